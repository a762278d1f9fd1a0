/* arm: what the table for aarch64 is put together from, and what the CPU can do. */
#ifndef ENGINE_KERNELS_ARM_H
#define ENGINE_KERNELS_ARM_H

#include <stdbool.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/types.h"

extern const struct kernels kernels_neon;

bool arm_has_neon(void); /* with dot products and half-precision arithmetic (ARMv8.2) */

#define DECLARE(TYPE, type, bytes, is_signed, group)                                               \
    void mul_neon_##TYPE(const struct mul *m);                                                     \
    void panel_neon_##TYPE(const struct mul *m);
QUANTIZED_TYPES(DECLARE)
#undef DECLARE

void mul_f32_neon(const struct mul *m);
void mul_f16_neon(const struct mul *m);
void mul_bf16_neon(const struct mul *m);
void panel_f32_neon(const struct mul *m);
void panel_f16_neon(const struct mul *m);
void panel_bf16_neon(const struct mul *m);
void to_q8_neon(const float *x, void *out, size_t n);
void attend_neon(const struct attend *a);
float dot_f32_neon(const float *a, const float *b, size_t n);
float dot_f16_neon(const float *a, const uint16_t *b, size_t n);
void axpy_f16_neon(float *y, float a, const uint16_t *x, size_t n);
void to_f16_neon(const float *x, uint16_t *out, size_t n);
void to_q8_0_neon(const float *x, void *out, size_t n);
void rms_norm_neon(const float *x, const float *weight, float eps, float *out, size_t n);
void silu_mul_neon(const float *gate, const float *up, float *out, size_t n);
float softmax_neon(float *x, size_t n);

#endif
