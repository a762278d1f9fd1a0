/* table_avx512: the tables for AVX-512 with VNNI, without and with AMX. */
#include "engine/kernels/x86.h"

#define FLOAT(type) [TENSOR_##type] = {.few = {ACT_F32, 1, mul_avx512_##type}}
#define QUANT(type) [TENSOR_##type] = {.few = {ACT_Q8, 1, mul_avx512_##type}}
#define TILED(type)                                                                                \
    [TENSOR_##                                                                                     \
        type] = {.few = {ACT_Q8, 1, mul_avx512_##type}, .many = {ACT_TILES, 16, mul_amx_##type}}

#define VECTORS                                                                                    \
    .to_q8 = to_q8_avx512, .dot_f32 = dot_f32_avx512, .dot_f16 = dot_f16_avx512,                   \
    .axpy_f16 = axpy_f16_avx512, .to_f16 = to_f16_avx512, .rms_norm = rms_norm_avx512,             \
    .silu_mul = silu_mul_avx512, .softmax = softmax_avx512

const struct kernels kernels_avx512 = {
    .name = "avx512",
    .by_type = {FLOAT(F32), FLOAT(F16), FLOAT(BF16), QUANT(Q4_0), QUANT(Q4_1), QUANT(Q5_0),
                QUANT(Q5_1), QUANT(Q8_0), QUANT(Q2_K), QUANT(Q3_K), QUANT(Q4_K), QUANT(Q5_K),
                QUANT(Q6_K), QUANT(IQ4_NL), QUANT(IQ4_XS), QUANT(MXFP4)},
    VECTORS,
};

const struct kernels kernels_amx = {
    .name = "amx",
    .by_type = {FLOAT(F32), FLOAT(F16), FLOAT(BF16), TILED(Q4_0), TILED(Q4_1), TILED(Q5_0),
                TILED(Q5_1), TILED(Q8_0), TILED(Q2_K), TILED(Q3_K), TILED(Q4_K), TILED(Q5_K),
                TILED(Q6_K), TILED(IQ4_NL), TILED(IQ4_XS), TILED(MXFP4)},
    .to_tiles = to_tiles_amx,
    VECTORS,
};
