/* x86: what the tables for x86-64 are put together from, and what the CPU can do. */
#ifndef ENGINE_KERNELS_X86_H
#define ENGINE_KERNELS_X86_H

#include <stdbool.h>

#include "engine/kernels/kernels.h"

extern const struct kernels kernels_avx512, kernels_amx;

bool x86_has_avx512(void); /* F, BW, DQ, VL and VNNI */
bool x86_has_amx(void);    /* the above, bfloat16, and tiles that the system lets us use */

#define X86_ALL_TYPES(X)                                                                           \
    X(F32)                                                                                         \
    X(F16) X(BF16) X(Q4_0) X(Q4_1) X(Q5_0) X(Q5_1) X(Q8_0) X(Q2_K) X(Q3_K) X(Q4_K) X(Q5_K) X(Q6_K) \
        X(IQ4_NL) X(IQ4_XS) X(MXFP4)

#define DECLARE(type)                                                                              \
    void mul_avx512_##type(const struct mul *m);                                                   \
    void mul_amx_##type(const struct mul *m);
X86_ALL_TYPES(DECLARE)
#undef DECLARE

/* Vector helpers, see struct kernels. */
void to_q8_avx512(const float *x, void *out, size_t n);
float dot_f32_avx512(const float *a, const float *b, size_t n);
float dot_f16_avx512(const float *a, const uint16_t *b, size_t n);
void axpy_f16_avx512(float *y, float a, const uint16_t *x, size_t n);
void to_f16_avx512(const float *x, uint16_t *out, size_t n);
void rms_norm_avx512(const float *x, const float *weight, float eps, float *out, size_t n);
void silu_mul_avx512(const float *gate, const float *up, float *out, size_t n);
float softmax_avx512(float *x, size_t n);
void to_tiles_amx(const float *const *x, size_t n_rows, void *out, size_t n);

#endif
