/* x86: what the tables for x86-64 are put together from, and what the CPU can do. */
#ifndef ENGINE_KERNELS_X86_H
#define ENGINE_KERNELS_X86_H

#include <stdbool.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/types.h"

extern const struct kernels kernels_avx2, kernels_avxvnni, kernels_avx512, kernels_amx;

bool x86_has_avx2(void);    /* and FMA and F16C */
bool x86_has_avxvnni(void); /* and the above */
bool x86_has_avx512(void);  /* F, BW, DQ, VL and VNNI */
bool x86_has_amx(void);     /* the above, bfloat16, and tiles that the system lets us use */

/* Products of each quantized type: mul_ISA_TYPE for decoding, panel_ISA_TYPE for prefill. */
#define DECLARE(TYPE, type, bytes, is_signed, group)                                               \
    void mul_avx2_##TYPE(const struct mul *m);                                                     \
    void mul_avxvnni_##TYPE(const struct mul *m);                                                  \
    void mul_avx512_##TYPE(const struct mul *m);                                                   \
    void mul_amx_##TYPE(const struct mul *m);                                                      \
    void panel_avx2_##TYPE(const struct mul *m);                                                   \
    void panel_avxvnni_##TYPE(const struct mul *m);                                                \
    void panel_avx512_##TYPE(const struct mul *m);
QUANTIZED_TYPES(DECLARE)
#undef DECLARE

/* The rest of a table, see struct kernels. */
#define DECLARE(isa)                                                                               \
    void mul_f32_##isa(const struct mul *m);                                                       \
    void mul_f16_##isa(const struct mul *m);                                                       \
    void mul_bf16_##isa(const struct mul *m);                                                      \
    void panel_f32_##isa(const struct mul *m);                                                     \
    void panel_f16_##isa(const struct mul *m);                                                     \
    void panel_bf16_##isa(const struct mul *m);                                                    \
    void to_q8_##isa(const float *x, void *out, size_t n);                                         \
    void attend_##isa(const struct attend *a);                                                     \
    float dot_f32_##isa(const float *a, const float *b, size_t n);                                 \
    float dot_f16_##isa(const float *a, const uint16_t *b, size_t n);                              \
    void axpy_f16_##isa(float *y, float a, const uint16_t *x, size_t n);                           \
    void to_f16_##isa(const float *x, uint16_t *out, size_t n);                                    \
    void to_q8_0_##isa(const float *x, void *out, size_t n);                                       \
    void rms_norm_##isa(const float *x, const float *weight, float eps, float *out, size_t n);     \
    void silu_mul_##isa(const float *gate, const float *up, float *out, size_t n);                 \
    float softmax_##isa(float *x, size_t n);
DECLARE(avx2)
DECLARE(avx512)
#undef DECLARE
void attend_amx(const struct attend *a);
void to_tiles_amx(const float *const *x, size_t n_rows, void *out, size_t n);

#endif
