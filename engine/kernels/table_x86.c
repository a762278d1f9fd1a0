/* table_x86: the tables for x86-64. */
#if defined(__x86_64__)
#include "engine/kernels/x86.h"

#define FLOATS(isa)                                                                                \
    [TENSOR_F32] = {.few = {ACT_F32, 1, mul_f32_##isa}, .many = {ACT_F32, 12, panel_f32_##isa}},   \
    [TENSOR_F16] = {.few = {ACT_F32, 1, mul_f16_##isa}, .many = {ACT_F32, 12, panel_f16_##isa}},   \
    [TENSOR_BF16] = {.few = {ACT_F32, 1, mul_bf16_##isa}, .many = {ACT_F32, 12, panel_bf16_##isa}}

#define VECTORS(isa)                                                                               \
    .to_q8 = to_q8_##isa, .dot_f32 = dot_f32_##isa, .dot_f16 = dot_f16_##isa,                      \
    .axpy_f16 = axpy_f16_##isa, .to_f16 = to_f16_##isa, .to_q8_0 = to_q8_0_##isa,                  \
    .rms_norm = rms_norm_##isa, .silu_mul = silu_mul_##isa, .softmax = softmax_##isa

#define PRODUCTS(TYPE, isa, form, tokens, kernel)                                                  \
    [TENSOR_##TYPE] = {.few = {ACT_Q8, 1, mul_##isa##_##TYPE}, .many = {form, tokens, kernel}},

#define AVX2(TYPE, type, bytes, is_signed, group)                                                  \
    PRODUCTS(TYPE, avx2, ACT_Q8, 12, panel_avx2_##TYPE)
#define AVXVNNI(TYPE, type, bytes, is_signed, group)                                               \
    PRODUCTS(TYPE, avxvnni, ACT_Q8, 12, panel_avxvnni_##TYPE)
#define AVX512(TYPE, type, bytes, is_signed, group)                                                \
    PRODUCTS(TYPE, avx512, ACT_Q8, 12, panel_avx512_##TYPE)
#define AMX(TYPE, type, bytes, is_signed, group)                                                   \
    PRODUCTS(TYPE, avx512, ACT_TILES, 12, mul_amx_##TYPE)

const struct kernels kernels_avx2 = {
    .name = "avx2",
    .by_type = {QUANTIZED_TYPES(AVX2) FLOATS(avx2)},
    .attend = attend_avx2,
    VECTORS(avx2),
};

const struct kernels kernels_avxvnni = {
    .name = "avxvnni",
    .by_type = {QUANTIZED_TYPES(AVXVNNI) FLOATS(avx2)},
    .attend = attend_avx2,
    VECTORS(avx2),
};

const struct kernels kernels_avx512 = {
    .name = "avx512",
    .by_type = {QUANTIZED_TYPES(AVX512) FLOATS(avx512)},
    .attend = attend_avx512,
    VECTORS(avx512),
};

const struct kernels kernels_amx = {
    .name = "amx",
    .by_type = {QUANTIZED_TYPES(AMX) FLOATS(avx512)},
    .to_tiles = to_tiles_amx,
    .attend = attend_amx,
    VECTORS(avx512),
};
#endif
