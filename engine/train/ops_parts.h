/* ops_parts: the operations that all tables share, and the exponential that they are built on. */
#ifndef TRAIN_OPS_PARTS_H
#define TRAIN_OPS_PARTS_H

#include <string.h>

#include "engine/train/ops.h"

/* exp(x) to about 2 units in the last place for -87 <= x <= 88, clamped outside. Without branches
 * and calls, so that loops around it become vector code: x = n·ln2 + r, exp(x) = 2^n·p(r). */
static inline __attribute__((always_inline)) float ops_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float n = __builtin_rintf(x * 1.44269504f);
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int32_t scale = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &scale, sizeof power);
    return p * power;
}

static inline __attribute__((always_inline)) float ops_sigmoid(float x) {
    return 1.0f / (1.0f + ops_exp(-x));
}

void ops_attention_forward(const struct ops *o, const struct ops_attention *a, struct ops_docs docs,
                           const float *q, const float *k, const float *v, float *out);
void ops_attention_backward(const struct ops *o, const struct ops_attention *a,
                            struct ops_docs docs, const float *q, const float *k, const float *v,
                            const float *out, const float *d_out, float *d_q, float *d_k,
                            float *d_v);

/* gemm of struct ops on the tile unit; only where x86_has_amx(). */
void gemm_amx(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b,
              int ldb, bool add, float *c, int ldc);

#endif
