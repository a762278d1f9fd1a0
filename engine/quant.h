/* quant: block layouts of the tensor types, as one table (sizes, names, and the reference
 * conversion to and from F32). The formulas are the GGUF format's (ggml's quantized blocks). */
#ifndef ENGINE_QUANT_H
#define ENGINE_QUANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tensor.h"

struct quant_type {
    const char *name; /* "Q4_K" */
    uint32_t block;   /* elements in a block */
    uint32_t bytes;   /* bytes of a block */
    /* n elements (a multiple of block) to F32; NULL: the engine knows the size only. */
    void (*dequantize)(const void *blocks, float *out, size_t n);
    /* The plain rounding of the format; NULL where writing is not offered. */
    void (*quantize)(const float *x, void *blocks, size_t n);
};

/* NULL for an id that is not a type. */
const struct quant_type *quant_type(uint32_t id);
/* Bytes of a row of n elements; 0 if n is not a multiple of the block or the type is unknown. */
size_t quant_row_bytes(uint32_t id, uint64_t n);

/* Pieces of the layouts that the kernels share. */
extern const int8_t quant_iq4_values[16]; /* IQ4_NL and IQ4_XS */
extern const int8_t quant_fp4_values[16]; /* MXFP4: twice the E2M1 values … */
float quant_e8m0_half(uint8_t e);         /* … and half the E8M0 scale */
/* Sub-block scales: `sc` is the block's 12 scale bytes; IQ4_XS takes the whole block. */
int quant_q3_k_scale(const uint8_t *sc, int k);                        /* -32..31, k < 16 */
void quant_q4_k_scale(const uint8_t *sc, int j, int *scale, int *min); /* 0..63, j < 8 */
int quant_iq4_xs_scale(const uint8_t *block, int k);                   /* -32..31, k < 8 */

float f16_to_f32(uint16_t h);
uint16_t f32_to_f16(float f); /* round to nearest even */
static inline float bf16_to_f32(uint16_t b) {
    union {
        uint32_t u;
        float f;
    } v = {(uint32_t)b << 16};
    return v.f;
}
uint16_t f32_to_bf16(float f); /* round to nearest even, NaN stays NaN */

#endif
