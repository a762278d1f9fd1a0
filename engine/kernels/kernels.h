/* kernels: the innermost loops, one table per instruction set. kernels_scalar.c is the definition;
 * the others fill the same table and are chosen once at start by what the CPU has
 * (ASIDE_ISA=scalar|avx2|avxvnni|avx512|amx|neon overrides). Every kernel's result depends only on
 * its row and its token, never on how many rows or tokens are computed in one call. */
#ifndef ENGINE_KERNELS_H
#define ENGINE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/cache_type.h"
#include "engine/tensor.h"

/* Activations are brought once per matmul to the form that a weight type multiplies with. */
enum act_type {
    ACT_F32,
    ACT_Q8,    /* int8 with one scale per 32: see act_q8_view() */
    ACT_TILES, /* bfloat16, 16 tokens together: pair of numbers p, token t at [p][t][2] */
    ACT_TYPES
};

/* A product of n_rows rows of weights, row_bytes apart, with n_tokens rows of activations, n
 * numbers each: y[t·ldy + r] = W[r]·x[t]. */
struct mul {
    enum tensor_type type;
    const void *w;
    size_t row_bytes, n_rows, n, n_tokens;
    const void *const *x; /* [n_tokens] rows in the kernel's form; of tiles, each 16th counts */
    float *y;
    size_t ldy;
    void *work; /* KERNEL_WORK_BYTES, 64-byte aligned, of this thread */
};
#define KERNEL_WORK_BYTES ((size_t)2 << 20)

struct mul_kernel {
    enum act_type act;
    size_t min_tokens; /* used from this many tokens on; 0 with run = NULL: no such kernel */
    void (*run)(const struct mul *m);
};

/* Attention of up to ATTEND_QUERIES queries that share their keys, over the positions [from, to):
 * query i sees those in [begin[i], end[i]). The state of the running softmax is carried on:
 * weight = exp(q·k - max), values = Σ weight·v, sum = Σ weight. */
enum { ATTEND_QUERIES = 96, ATTEND_BLOCK = 64 /* positions whose scores are held at once */ };
#define ATTEND_LOWEST (-1e30f) /* the maximum of nothing */
#define ATTEND_WORK_FLOATS(dk, dv)                                                                 \
    (ATTEND_BLOCK * ((dk) + (dv) + 64) + ATTEND_QUERIES * ((dk) + 64 + 4 * ATTEND_BLOCK))
struct attend {
    size_t n_q, dk, dv;
    const float *q; /* [n_q][dk], scaled */
    enum cache_type type;
    const char *k, *v;         /* position p at p·stride */
    size_t k_stride, v_stride; /* bytes between positions */
    size_t from, to;           /* positions */
    size_t begin[ATTEND_QUERIES], end[ATTEND_QUERIES];
    float *max, *sum, *values; /* [n_q], [n_q], [n_q][dv] */
    float *work;               /* ATTEND_WORK_FLOATS, 64-byte aligned */
};

struct kernels {
    const char *name;
    /* For each weight type: `few` for decoding (always there for the 16 types of the engine),
     * `many` where prefill has a kernel of its own. */
    struct {
        struct mul_kernel few, many;
    } by_type[TENSOR_TYPE_LIMIT];
    /* One row of n numbers, or up to 16 rows for ACT_TILES, to the form. */
    void (*to_q8)(const float *x, void *out, size_t n);
    void (*to_tiles)(const float *const *x, size_t n_rows, void *out, size_t n);

    void (*attend)(const struct attend *a);
    float (*dot_f32)(const float *a, const float *b, size_t n);
    float (*dot_f16)(const float *a, const uint16_t *b, size_t n);    /* b: halves */
    void (*axpy_f16)(float *y, float a, const uint16_t *x, size_t n); /* y += a·x */
    void (*to_f16)(const float *x, uint16_t *out, size_t n);
    void (*to_q8_0)(const float *x, void *out, size_t n); /* cache_bytes(CACHE_Q8_0, n) */
    void (*rms_norm)(const float *x, const float *weight, float eps, float *out, size_t n);
    void (*silu_mul)(const float *gate, const float *up, float *out, size_t n); /* silu(gate)·up */
    float (*softmax)(float *x, size_t n); /* in place; returns the maximum that was subtracted */
};

const struct kernels *kernels(void); /* the chosen table; stable for the program's life */
/* The tables that this CPU can run, best last; NULL-terminated. The first is the scalar one. */
const struct kernels *const *kernels_usable(void);
/* Changes the choice while nothing runs: for tests and measurements. */
void kernels_choose(const struct kernels *k);
extern const struct kernels kernels_scalar;

/* A row of n numbers in ACT_Q8 (n a multiple of 32): the numbers, then for each 16 of them the
 * scale (two neighbours share one) and scale·sum. Each part is padded with zeros to whole blocks of
 * 256 numbers, so that kernels need no tail for activations. */
struct act_q8 {
    const int8_t *q;
    const float *d, *sum;
};
static inline size_t act_q8_pad(size_t n) { return (n + 255) & ~(size_t)255; }
static inline struct act_q8 act_q8_view(const void *row, size_t n) {
    size_t padded = act_q8_pad(n);
    struct act_q8 v = {row, (const float *)(const void *)((const char *)row + padded), 0};
    v.sum = v.d + padded / 16;
    return v;
}
/* Bytes of a row (or of a group of 16 for ACT_TILES), a multiple of 64; 0: n does not fit. */
size_t act_bytes(enum act_type a, size_t n);

#endif
