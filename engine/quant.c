/* quant: the tensor-type table and the conversion of stored blocks to F32.
 *
 * A block is a run of `block` elements in `bytes` bytes, little-endian, without padding. Reading is
 * here; rounding to the formats is in quant_write.c. Layouts: GGUF (ggml's quantized blocks). */
#include "engine/quant.h"

#include <math.h>
#include <string.h>

#include "engine/quant_write.h"

/* -- halves ------------------------------------------------------------------------------------ */

static uint32_t bits_of(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static float float_of(uint32_t u) {
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

float f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 1023;
    if (exponent == 31) return float_of(sign | 0x7F800000u | mantissa << 13);
    if (exponent) return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
    float f = (float)mantissa * 0x1p-24f;
    return sign ? -f : f;
}

uint16_t f32_to_f16(float f) {
    uint32_t u = bits_of(f), sign = u >> 16 & 0x8000, a = u & 0x7FFFFFFF;
    if (a > 0x7F800000) return (uint16_t)(sign | 0x7E00);
    if (a >= 0x477FF000) return (uint16_t)(sign | 0x7C00); /* 65520 and above round to infinity */
    if (a < 0x38800000) {                                  /* subnormal: units of 2^-24 */
        return (uint16_t)(sign | (uint32_t)lrintf(float_of(a) * 0x1p24f));
    }
    uint32_t rounded = a + 0xFFF + (a >> 13 & 1);
    return (uint16_t)(sign | (rounded - (112u << 23)) >> 13);
}

uint16_t f32_to_bf16(float f) {
    uint32_t u = bits_of(f);
    if ((u & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7FFF + (u >> 16 & 1)) >> 16);
}

static float half_at(const uint8_t *b) { return f16_to_f32((uint16_t)(b[0] | b[1] << 8)); }

static uint32_t u32_at(const uint8_t *b) {
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* -- plain numbers ----------------------------------------------------------------------------- */

static void read_f32(const void *blocks, float *out, size_t n) { memcpy(out, blocks, n * 4); }

static void read_f16(const void *blocks, float *out, size_t n) {
    const uint8_t *b = blocks;
    for (size_t i = 0; i < n; i++) out[i] = half_at(b + 2 * i);
}

static void read_bf16(const void *blocks, float *out, size_t n) {
    const uint8_t *b = blocks;
    for (size_t i = 0; i < n; i++) out[i] = bf16_to_f32((uint16_t)(b[2 * i] | b[2 * i + 1] << 8));
}

/* -- blocks of 32 ------------------------------------------------------------------------------ */

const int8_t quant_iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                     1,    13,   25,  38,  53,  69,  89,  113};
/* Twice the E2M1 values; quant_e8m0_half() halves the scale. */
const int8_t quant_fp4_values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

float quant_e8m0_half(uint8_t e) {
    return float_of(e < 2 ? 0x00200000u << e : (uint32_t)(e - 1) << 23);
}

/* Nibble i of 16 bytes: the low halves are elements 0..15, the high ones 16..31. */
static int nibble(const uint8_t *qs, int i) { return i < 16 ? qs[i] & 15 : qs[i - 16] >> 4; }

static void read_q4_0(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 18, out += 32) {
        float d = half_at(b);
        for (int i = 0; i < 32; i++) out[i] = d * (float)(nibble(b + 2, i) - 8);
    }
}

static void read_q4_1(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 20, out += 32) {
        float d = half_at(b), m = half_at(b + 2);
        for (int i = 0; i < 32; i++) out[i] = d * (float)nibble(b + 4, i) + m;
    }
}

static void read_q5_0(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 22, out += 32) {
        float d = half_at(b);
        uint32_t high = u32_at(b + 2);
        for (int i = 0; i < 32; i++)
            out[i] = d * (float)((nibble(b + 6, i) | (int)(high >> i & 1) << 4) - 16);
    }
}

static void read_q5_1(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 24, out += 32) {
        float d = half_at(b), m = half_at(b + 2);
        uint32_t high = u32_at(b + 4);
        for (int i = 0; i < 32; i++)
            out[i] = d * (float)(nibble(b + 8, i) | (int)(high >> i & 1) << 4) + m;
    }
}

static void read_q8_0(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 34, out += 32) {
        float d = half_at(b);
        for (int i = 0; i < 32; i++) out[i] = d * (float)(int8_t)b[2 + i];
    }
}

static void read_iq4_nl(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 18, out += 32) {
        float d = half_at(b);
        for (int i = 0; i < 32; i++) out[i] = d * (float)quant_iq4_values[nibble(b + 2, i)];
    }
}

static void read_mxfp4(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 32, b += 17, out += 32) {
        float d = quant_e8m0_half(b[0]);
        for (int i = 0; i < 32; i++) out[i] = d * (float)quant_fp4_values[nibble(b + 1, i)];
    }
}

/* -- blocks of 256 ----------------------------------------------------------------------------- */

/* Two-bit field i of 64 bytes, as Q2_K and Q3_K store them. */
static int two_bits(const uint8_t *qs, int i) {
    return qs[32 * (i / 128) + i % 32] >> 2 * (i % 128 / 32) & 3;
}

static void read_q2_k(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 256, b += 84, out += 256) {
        float d = half_at(b + 80), dmin = half_at(b + 82);
        for (int i = 0; i < 256; i++) {
            int s = b[i / 16];
            out[i] = d * (float)(s & 15) * (float)two_bits(b + 16, i) - dmin * (float)(s >> 4);
        }
    }
}

int quant_q3_k_scale(const uint8_t *sc, int k) {
    int low = k < 8 ? sc[k] & 15 : sc[k - 8] >> 4, high = sc[8 + k % 4] >> 2 * (k / 4) & 3;
    return (low | high << 4) - 32;
}

static void read_q3_k(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 256, b += 110, out += 256) {
        float d = half_at(b + 108);
        for (int i = 0; i < 256; i++) {
            int keep = b[i % 32] >> i / 32 & 1, q = two_bits(b + 32, i) - (keep ? 0 : 4);
            out[i] = d * (float)quant_q3_k_scale(b + 96, i / 16) * (float)q;
        }
    }
}

void quant_q4_k_scale(const uint8_t *sc, int j, int *scale, int *min) {
    if (j < 4) {
        *scale = sc[j] & 63;
        *min = sc[j + 4] & 63;
    } else {
        *scale = (sc[j + 4] & 15) | sc[j - 4] >> 6 << 4;
        *min = sc[j + 4] >> 4 | sc[j] >> 6 << 4;
    }
}

/* Nibble i of 128 bytes: 32 low halves, then the 32 high halves of the same bytes, and so on. */
static int nibble_k(const uint8_t *qs, int i) {
    return qs[32 * (i / 64) + i % 32] >> 4 * (i / 32 % 2) & 15;
}

static void read_q4_k(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 256, b += 144, out += 256) {
        float d = half_at(b), dmin = half_at(b + 2);
        for (int i = 0; i < 256; i++) {
            int s, m;
            quant_q4_k_scale(b + 4, i / 32, &s, &m);
            out[i] = d * (float)s * (float)nibble_k(b + 16, i) - dmin * (float)m;
        }
    }
}

static void read_q5_k(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 256, b += 176, out += 256) {
        float d = half_at(b), dmin = half_at(b + 2);
        for (int i = 0; i < 256; i++) {
            int s, m, q = nibble_k(b + 48, i) | (b[16 + i % 32] >> i / 32 & 1) << 4;
            quant_q4_k_scale(b + 4, i / 32, &s, &m);
            out[i] = d * (float)s * (float)q - dmin * (float)m;
        }
    }
}

static void read_q6_k(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 256, b += 210, out += 256) {
        float d = half_at(b + 208);
        for (int i = 0; i < 256; i++) {
            int half = i / 128, group = i % 128 / 32, l = i % 32;
            int low = b[64 * half + 32 * (group % 2) + l] >> 4 * (group / 2) & 15;
            int high = b[128 + 32 * half + l] >> 2 * group & 3;
            out[i] = d * (float)(int8_t)b[192 + i / 16] * (float)((low | high << 4) - 32);
        }
    }
}

int quant_iq4_xs_scale(const uint8_t *b, int k) {
    int high = (b[2] | b[3] << 8) >> 2 * k & 3;
    return ((b[4 + k / 2] >> 4 * (k % 2) & 15) | high << 4) - 32;
}

static void read_iq4_xs(const void *blocks, float *out, size_t n) {
    for (const uint8_t *b = blocks; n; n -= 256, b += 136, out += 256) {
        float d = half_at(b);
        for (int i = 0; i < 256; i++) {
            float s = d * (float)quant_iq4_xs_scale(b, i / 32);
            out[i] = s * (float)quant_iq4_values[nibble(b + 8 + 16 * (i / 32), i % 32)];
        }
    }
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct quant_type types[TENSOR_TYPE_LIMIT] = {
    [TENSOR_F32] = {"F32", 1, 4, read_f32, quant_write_f32},
    [TENSOR_F16] = {"F16", 1, 2, read_f16, quant_write_f16},
    [TENSOR_Q4_0] = {"Q4_0", 32, 18, read_q4_0, quant_write_q4_0},
    [TENSOR_Q4_1] = {"Q4_1", 32, 20, read_q4_1, quant_write_q4_1},
    [TENSOR_Q5_0] = {"Q5_0", 32, 22, read_q5_0, quant_write_q5_0},
    [TENSOR_Q5_1] = {"Q5_1", 32, 24, read_q5_1, quant_write_q5_1},
    [TENSOR_Q8_0] = {"Q8_0", 32, 34, read_q8_0, quant_write_q8_0},
    [9] = {"Q8_1", 32, 36, NULL, NULL},
    [TENSOR_Q2_K] = {"Q2_K", 256, 84, read_q2_k, NULL},
    [TENSOR_Q3_K] = {"Q3_K", 256, 110, read_q3_k, NULL},
    [TENSOR_Q4_K] = {"Q4_K", 256, 144, read_q4_k, quant_write_q4_k},
    [TENSOR_Q5_K] = {"Q5_K", 256, 176, read_q5_k, quant_write_q5_k},
    [TENSOR_Q6_K] = {"Q6_K", 256, 210, read_q6_k, quant_write_q6_k},
    [15] = {"Q8_K", 256, 292, NULL, NULL},
    [16] = {"IQ2_XXS", 256, 66, NULL, NULL},
    [17] = {"IQ2_XS", 256, 74, NULL, NULL},
    [18] = {"IQ3_XXS", 256, 98, NULL, NULL},
    [19] = {"IQ1_S", 256, 50, NULL, NULL},
    [TENSOR_IQ4_NL] = {"IQ4_NL", 32, 18, read_iq4_nl, quant_write_iq4_nl},
    [21] = {"IQ3_S", 256, 110, NULL, NULL},
    [22] = {"IQ2_S", 256, 82, NULL, NULL},
    [TENSOR_IQ4_XS] = {"IQ4_XS", 256, 136, read_iq4_xs, NULL},
    [24] = {"I8", 1, 1, NULL, NULL},
    [25] = {"I16", 1, 2, NULL, NULL},
    [26] = {"I32", 1, 4, NULL, NULL},
    [27] = {"I64", 1, 8, NULL, NULL},
    [28] = {"F64", 1, 8, NULL, NULL},
    [29] = {"IQ1_M", 256, 56, NULL, NULL},
    [TENSOR_BF16] = {"BF16", 1, 2, read_bf16, quant_write_bf16},
    [34] = {"TQ1_0", 256, 54, NULL, NULL},
    [35] = {"TQ2_0", 256, 66, NULL, NULL},
    [TENSOR_MXFP4] = {"MXFP4", 32, 17, read_mxfp4, quant_write_mxfp4},
    [40] = {"NVFP4", 64, 36, NULL, NULL},
    [41] = {"Q1_0", 128, 18, NULL, NULL},
    [42] = {"Q2_0", 64, 18, NULL, NULL},
};

const struct quant_type *quant_type(uint32_t id) {
    return id < TENSOR_TYPE_LIMIT && types[id].name ? &types[id] : NULL;
}

size_t quant_row_bytes(uint32_t id, uint64_t n) {
    const struct quant_type *t = quant_type(id);
    if (!t || n % t->block || n / t->block > SIZE_MAX / t->bytes) return 0;
    return (size_t)(n / t->block) * t->bytes;
}
