/* table_neon: the table for aarch64 with dot products, and whether the CPU has them. */
#include <sys/auxv.h>

#include "engine/kernels/arm.h"

bool arm_has_neon(void) {
    const unsigned long half_arithmetic = 1ul << 10, dot_products = 1ul << 20;
    const unsigned long wanted = half_arithmetic | dot_products;
    return (getauxval(AT_HWCAP) & wanted) == wanted;
}

#define NEON(TYPE, type, bytes, is_signed, group)                                                  \
    [TENSOR_##                                                                                     \
        TYPE] = {.few = {ACT_Q8, 1, mul_neon_##TYPE}, .many = {ACT_Q8, 12, panel_neon_##TYPE}},

const struct kernels kernels_neon = {
    .name = "neon",
    .by_type = {QUANTIZED_TYPES(NEON)[TENSOR_F32] = {.few = {ACT_F32, 1, mul_f32_neon},
                                                     .many = {ACT_F32, 12, panel_f32_neon}},
                [TENSOR_F16] = {.few = {ACT_F32, 1, mul_f16_neon},
                                .many = {ACT_F32, 12, panel_f16_neon}},
                [TENSOR_BF16] = {.few = {ACT_F32, 1, mul_bf16_neon},
                                 .many = {ACT_F32, 12, panel_bf16_neon}}},
    .to_q8 = to_q8_neon,
    .attend = attend_neon,
    .dot_f32 = dot_f32_neon,
    .dot_f16 = dot_f16_neon,
    .axpy_f16 = axpy_f16_neon,
    .to_f16 = to_f16_neon,
    .to_q8_0 = to_q8_0_neon,
    .rms_norm = rms_norm_neon,
    .silu_mul = silu_mul_neon,
    .softmax = softmax_neon,
};
