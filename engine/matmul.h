/* matmul: weight matrices (quantized or not) times F32 activations, over the pool's threads. */
#ifndef ENGINE_MATMUL_H
#define ENGINE_MATMUL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/pool.h"
#include "engine/tensor.h"

/* Memory for quantized activations and tiles; a session makes one when it opens. */
struct matmul_scratch;
struct matmul_scratch *matmul_scratch_new(struct pool *p, size_t max_tokens, size_t max_n_in);
void matmul_scratch_free(struct matmul_scratch *s);

/* From now on: products with F32 activations, as exact as F32 sums are, and several times slower.
 */
void matmul_be_exact(struct matmul_scratch *s);
/* While *stop is true products end early and leave their results unfinished. */
void matmul_stop_on(struct matmul_scratch *s, const atomic_bool *stop);

/* One product that reads the common input x. Token j of the job is input row rows[j], or j where
 * rows is NULL. Its result goes to y + j·ldy (ne[1] floats). */
struct matmul_job {
    const struct tensor *w;
    uint64_t slice;       /* which expert of a 3-D tensor, else 0 */
    const uint32_t *rows; /* NULL: all n_tokens rows in order */
    size_t n_rows;        /* length of rows; ignored where NULL */
    float *y;
    size_t ldy;
};

/* Computes all jobs on x (n_tokens rows of w->ne[0] floats, ldx apart), quantizing x once per
 * activation form. n_tokens <= max_tokens of the scratch. Allocates nothing. */
void matmul_jobs(struct pool *p, struct matmul_scratch *s, const struct matmul_job *jobs,
                 size_t n_jobs, const float *x, size_t ldx, size_t n_tokens);

/* The usual case: y[t][o] = W·x[t], dense rows. */
void matmul(struct pool *p, struct matmul_scratch *s, const struct tensor *w, const float *x,
            size_t n_tokens, float *y);

#endif
