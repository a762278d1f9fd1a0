/* kernels: the innermost loops, one table per instruction set. kernels_scalar.c is the definition;
 * the others fill the same table and are chosen once at start by what the CPU has
 * (ASIDE_ISA=scalar|avx2|avxvnni|avx512|amx|neon overrides). Every kernel's result depends only on
 * its row and its token, never on how many rows or tokens are computed in one call. */
#ifndef ENGINE_KERNELS_H
#define ENGINE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/tensor.h"

/* Activations are brought once per matmul to the form that a weight type multiplies with. */
enum act_type {
    ACT_F32,
    ACT_Q8, /* int8 with one scale per 32: see act_q8_view() */
    ACT_BF16,
    ACT_TYPES
};

/* A product of n_rows rows of weights, row_bytes apart, with n_tokens rows of activations, n
 * numbers each: y[t·ldy + r] = W[r]·x[t]. */
struct mul {
    const void *w;
    size_t row_bytes, n_rows, n, n_tokens;
    const void *const *x; /* [n_tokens], each in the kernel's act form */
    float *y;
    size_t ldy;
    void *work; /* KERNEL_WORK_BYTES, 64-byte aligned, of this thread */
};
#define KERNEL_WORK_BYTES ((size_t)1 << 20)

struct mul_kernel {
    enum act_type act;
    size_t min_tokens; /* used from this many tokens on; 0 with run = NULL: no such kernel */
    void (*run)(const struct mul *m);
};

struct kernels {
    const char *name;
    /* For each weight type: `few` for decoding (always there for the 16 types of the engine),
     * `many` where prefill has a kernel of its own. */
    struct {
        struct mul_kernel few, many;
    } by_type[TENSOR_TYPE_LIMIT];
    void (*to_act[ACT_TYPES])(const float *x, void *out, size_t n);

    float (*dot_f32)(const float *a, const float *b, size_t n);
    float (*dot_f16)(const float *a, const uint16_t *b, size_t n);    /* b: halves */
    void (*axpy_f16)(float *y, float a, const uint16_t *x, size_t n); /* y += a·x */
    void (*to_f16)(const float *x, uint16_t *out, size_t n);
    void (*rms_norm)(const float *x, const float *weight, float eps, float *out, size_t n);
    void (*silu_mul)(const float *gate, const float *up, float *out, size_t n); /* silu(gate)·up */
    float (*softmax)(float *x, size_t n); /* in place; returns the maximum that was subtracted */
};

const struct kernels *kernels(void); /* the chosen table; stable for the program's life */
/* The tables that this CPU can run, best last; NULL-terminated. The first is the scalar one. */
const struct kernels *const *kernels_usable(void);
extern const struct kernels kernels_scalar;

/* A row of n numbers in ACT_Q8 (n a multiple of 32): the numbers, then per block of 32 the scale
 * and scale·sum, then per 16 scale·sum. Each part begins on a multiple of 64 bytes and is padded
 * with zeros to one. */
struct act_q8 {
    const int8_t *q;
    const float *d, *sum32, *sum16;
};
static inline size_t act_pad64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }
static inline struct act_q8 act_q8_view(const void *row, size_t n) {
    const char *p = row;
    size_t scales = act_pad64(n / 32 * sizeof(float));
    struct act_q8 v = {(const int8_t *)p, (const float *)(const void *)(p + act_pad64(n)), 0, 0};
    v.sum32 = v.d + scales / sizeof(float);
    v.sum16 = v.sum32 + scales / sizeof(float);
    return v;
}
/* Bytes of a row, a multiple of 64; 0: n does not fit the form. */
size_t act_row_bytes(enum act_type a, size_t n);

#endif
