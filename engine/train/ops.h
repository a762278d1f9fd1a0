/* ops: what a transformer is computed with, forward and backward side by side.
 *
 * The network (net.h) calls only through `struct ops`, a table of functions over row-major F32
 * arrays, so that another device can be added by filling another table. Three tables exist:
 *   blas  the reference: OpenBLAS matrix products, everything in F32
 *   amx   the same with bfloat16 tiles of Intel AMX (inputs rounded, sums in F32)
 *   fp8   the blas or amx product over inputs rounded to E4M3 with a scale per 32 numbers: shows
 *         what 8-bit training costs
 * Only matrix products differ between them; the other operations are shared.
 *
 * Conventions: n rows (tokens); `ld` is the distance of two rows in floats; a gradient has the
 * shape of what it is the gradient of; "d_x" is written (=), parameters' gradients are added to
 * (+=), because several batches contribute to one step. */
#ifndef TRAIN_OPS_H
#define TRAIN_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compiled once per instruction set and chosen when the program starts. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define OPS_HOT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OPS_HOT
#endif

/* The documents of a batch: tokens doc_start[i] .. doc_start[i+1]-1 belong to document i. They see
 * only their own document; positions count from its beginning. */
struct ops_docs {
    int n_docs;
    const int *doc_start; /* [n_docs + 1], ascending */
};

struct ops_attention {
    int n_head, qk_dim, v_dim; /* q, k: [n][n_head*qk_dim]; v, out: [n][n_head*v_dim] */
    float scale;
    float *scores, *d_scores; /* scratch: [OPS_ATTENTION_ROWS][longest document + 16] each */
};

#define OPS_ATTENTION_ROWS 128 /* query rows handled at once, so that the scores stay in cache */

struct ops_router {
    int n_expert, n_used;
    float scale; /* the chosen experts' weights sum to this */
};

struct ops {
    const char *name;

    /* c[m][n] = op(a)·op(b), or += with `add`. op transposes when the flag is set: a is stored
     * [m][k] or, transposed, [k][m]; b is stored [k][n] or, transposed, [n][k]. */
    void (*gemm)(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b,
                 int ldb, bool add, float *c, int ldc);

    /* y = x / sqrt(mean(x²) + eps) · w over rows of d numbers; rstd[n] is kept for backward. */
    void (*rmsnorm)(int n, int d, const float *x, int ldx, const float *w, float eps, float *y,
                    float *rstd);
    void (*rmsnorm_back)(int n, int d, const float *x, int ldx, const float *w, const float *rstd,
                         const float *d_y, float *d_x, int lddx, bool add, float *d_w);

    /* Rotates pairs (2i, 2i+1) of `rot` numbers at x, `heads` of them `stride` apart, by the
     * angles of pos[row]; sign -1 rotates back, which is the gradient. cs: [position][rot] as
     * cos, sin, cos, sin, … */
    void (*rope)(int n, int heads, int rot, int stride, float *x, int ldx, const int *pos,
                 const float *cs, float sign);

    /* Causal attention within documents. */
    void (*attention)(const struct ops *o, const struct ops_attention *a, struct ops_docs docs,
                      const float *q, const float *k, const float *v, float *out);
    void (*attention_back)(const struct ops *o, const struct ops_attention *a, struct ops_docs docs,
                           const float *q, const float *k, const float *v, const float *out,
                           const float *d_out, float *d_q, float *d_k, float *d_v);

    /* y[n][f] = silu(gate)·up, where gu[n][2f] holds gate in its first half, up in its second. */
    void (*swiglu)(int n, int f, const float *gu, float *y);
    void (*swiglu_back)(int n, int f, const float *gu, const float *d_y, float *d_gu);

    /* Sigmoid gating: the n_used experts with the largest sigmoid(z)+bias, weighted by their
     * sigmoid(z) (without bias), normalised to sum `scale`. z: [n][n_expert]; idx, w, each
     * [n][n_used]. Backward adds nothing to the bias: it is moved by the balancing rule. */
    void (*route)(int n, struct ops_router r, const float *z, const float *bias, int *idx,
                  float *w);
    void (*route_back)(int n, struct ops_router r, const float *z, const int *idx, const float *w,
                       const float *d_w, float *d_z);

    /* logp[i] = log softmax(logits[i])[target[i]], entropy[i] that of the softmax in nats (NULL:
     * not wanted); rows with target < 0 give 0. */
    void (*logprob)(int n, int v, const float *logits, const int *target, float *logp,
                    float *entropy);
    /* In place: logits become the gradient of sum_i coef[i]·logp[i]. */
    void (*logprob_back)(int n, int v, float *logits, const int *target, const float *coef);
};

const struct ops *ops_blas(void);
const struct ops *ops_amx(void);              /* NULL where the CPU or the kernel has none */
const struct ops *ops_fp8(void);              /* over amx where there is one, else over blas */
const struct ops *ops_best(void);             /* amx, else blas */
const struct ops *ops_find(const char *name); /* "blas", "amx", "fp8", "best"; NULL: none */

/* Uninitialised memory for free(); large blocks ask the kernel for large pages, which matters to
 * products that walk down columns. */
void *ops_alloc(size_t bytes);

/* The shared operations, which a new table starts from. */
extern const struct ops ops_shared;
/* Rounds to E4M3 with one power-of-two scale per 32 numbers of a row; exposed for tests. */
void ops_round_fp8(int rows, int cols, const float *x, int ldx, float *y);

#endif
