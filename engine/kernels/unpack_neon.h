/* unpack_neon: 256 stored weights as bytes and two floats per 16 of them:
 *     weight[i] = scale[i/16]·q[i] + offset[i/16].
 * Codes are handed out 32 at a time, where they are used; all fit into signed bytes, and where they
 * need all eight bits the offset is 0. Layouts: the scalar readers in quant.c. The types of 32 take
 * eight blocks. */
#ifndef ENGINE_KERNELS_UNPACK_NEON_H
#define ENGINE_KERNELS_UNPACK_NEON_H

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline, unused))

struct scales {
    float scale[16], offset[16];
};

struct codes_neon {
    int8x16_t a, b; /* 16 each */
};
typedef struct codes_neon codes;

INLINE float half_at(const uint8_t *b) {
    __fp16 h;
    memcpy(&h, b, sizeof h);
    return (float)h;
}

INLINE uint32_t u32_at(const uint8_t *b) {
    uint32_t x;
    memcpy(&x, b, 4);
    return x;
}

/* -- scales ------------------------------------------------------------------------------------ */

/* Eight blocks with a scale each and offsets `of_scale` times that. */
INLINE void blocks_scaled(const uint8_t *b, int stride, float of_scale, struct scales *s) {
    for (int i = 0; i < 16; i++) {
        s->scale[i] = half_at(b + i / 2 * stride);
        s->offset[i] = s->scale[i] * of_scale;
    }
}

/* Eight blocks with a scale and a minimum each. */
INLINE void blocks_with_minimum(const uint8_t *b, int stride, struct scales *s) {
    for (int i = 0; i < 16; i++) {
        s->scale[i] = half_at(b + i / 2 * stride);
        s->offset[i] = half_at(b + i / 2 * stride + 2);
    }
}

INLINE void scales_q4_0(const uint8_t *b, struct scales *s) { blocks_scaled(b, 18, -8, s); }
INLINE void scales_q5_0(const uint8_t *b, struct scales *s) { blocks_scaled(b, 22, -16, s); }
INLINE void scales_q8_0(const uint8_t *b, struct scales *s) { blocks_scaled(b, 34, 0, s); }
INLINE void scales_iq4_nl(const uint8_t *b, struct scales *s) { blocks_scaled(b, 18, 0, s); }
INLINE void scales_q4_1(const uint8_t *b, struct scales *s) { blocks_with_minimum(b, 20, s); }
INLINE void scales_q5_1(const uint8_t *b, struct scales *s) { blocks_with_minimum(b, 24, s); }

INLINE void scales_mxfp4(const uint8_t *b, struct scales *s) {
    for (int i = 0; i < 16; i++) {
        uint32_t e = b[17 * (i / 2)], bits = e < 2 ? 0x00200000u << e : (e - 1) << 23;
        memcpy(&s->scale[i], &bits, 4);
        s->offset[i] = s->scale[i] * -12;
    }
}

INLINE void scales_q2_k(const uint8_t *b, struct scales *s) {
    float d = half_at(b + 80), dmin = -half_at(b + 82);
    for (int i = 0; i < 16; i++) {
        s->scale[i] = d * (float)(b[i] & 15);
        s->offset[i] = dmin * (float)(b[i] >> 4);
    }
}

/* Sixteen signed bytes times d, offsets `of_scale` times that. */
INLINE void signed_scales(const int8_t *bytes, float d, float of_scale, struct scales *s) {
    for (int i = 0; i < 16; i++) {
        s->scale[i] = d * (float)bytes[i];
        s->offset[i] = s->scale[i] * of_scale;
    }
}

INLINE void scales_q3_k(const uint8_t *b, struct scales *s) {
    uint32_t sc[3] = {u32_at(b + 96), u32_at(b + 100), u32_at(b + 104)};
    const uint32_t low = 0x0F0F0F0F, two = 0x03030303;
    uint32_t six[4] = {(sc[0] & low) | (sc[2] & two) << 4, (sc[1] & low) | (sc[2] >> 2 & two) << 4,
                       (sc[0] >> 4 & low) | (sc[2] >> 4 & two) << 4,
                       (sc[1] >> 4 & low) | (sc[2] >> 6 & two) << 4};
    int8_t bytes[16];
    memcpy(bytes, six, 16);
    for (int i = 0; i < 16; i++) bytes[i] = (int8_t)(bytes[i] - 32);
    signed_scales(bytes, half_at(b + 108), -4, s);
}

/* Q4_K and Q5_K */
INLINE void scales_k(const uint8_t *b, struct scales *s) {
    uint32_t sc[3] = {u32_at(b + 4), u32_at(b + 8), u32_at(b + 12)};
    const uint32_t six = 0x3F3F3F3F, low = 0x0F0F0F0F, two = 0x03030303;
    uint32_t scale[2] = {sc[0] & six, (sc[2] & low) | (sc[0] >> 6 & two) << 4};
    uint32_t min[2] = {sc[1] & six, (sc[2] >> 4 & low) | (sc[1] >> 6 & two) << 4};
    uint8_t bytes[8], mins[8];
    memcpy(bytes, scale, 8);
    memcpy(mins, min, 8);
    float d = half_at(b), dmin = -half_at(b + 2);
    for (int i = 0; i < 16; i++) {
        s->scale[i] = d * (float)bytes[i / 2];
        s->offset[i] = dmin * (float)mins[i / 2];
    }
}

INLINE void scales_q6_k(const uint8_t *b, struct scales *s) {
    signed_scales((const int8_t *)b + 192, half_at(b + 208), -32, s);
}

INLINE void scales_iq4_xs(const uint8_t *b, struct scales *s) {
    float d = half_at(b);
    for (int i = 0; i < 16; i++) {
        s->scale[i] = d * (float)quant_iq4_xs_scale(b, i / 2);
        s->offset[i] = 0;
    }
}

/* -- codes: the 32 with number i, 0..7 ----------------------------------------------------------
 */

INLINE codes pair(uint8x16_t a, uint8x16_t b) {
    return (codes){vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b)};
}
INLINE codes either(codes x, codes y) { return (codes){vorrq_s8(x.a, y.a), vorrq_s8(x.b, y.b)}; }

/* 16 bytes: low halves, then high halves. */
INLINE codes nibbles(const uint8_t *b) {
    uint8x16_t x = vld1q_u8(b);
    return pair(vandq_u8(x, vdupq_n_u8(15)), vshrq_n_u8(x, 4));
}

/* Bits [shift, shift + width) of 32 bytes; mask = 2^width - 1. */
INLINE codes fields(const uint8_t *b, int shift, int mask) {
    int8x16_t right = vdupq_n_s8((int8_t)-shift);
    uint8x16_t keep = vdupq_n_u8((uint8_t)mask);
    return pair(vandq_u8(vshlq_u8(vld1q_u8(b), right), keep),
                vandq_u8(vshlq_u8(vld1q_u8(b + 16), right), keep));
}

/* 32 bits to 32 bytes: `value` where set. */
INLINE codes where_bits(uint32_t bits, int value) {
    static const uint8_t spread[32] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
                                       2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3};
    uint8x16_t all = vreinterpretq_u8_u32(vdupq_n_u32(bits)), v = vdupq_n_u8((uint8_t)value);
    uint8x16_t each = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
    return pair(vandq_u8(vtstq_u8(vqtbl1q_u8(all, vld1q_u8(spread)), each), v),
                vandq_u8(vtstq_u8(vqtbl1q_u8(all, vld1q_u8(spread + 16)), each), v));
}

/* `value` where bit `bit` of each of 32 bytes is set. */
INLINE codes where_bit(const uint8_t *b, int bit, int value) {
    uint8x16_t each = vdupq_n_u8((uint8_t)(1 << bit)), v = vdupq_n_u8((uint8_t)value);
    return pair(vandq_u8(vtstq_u8(vld1q_u8(b), each), v),
                vandq_u8(vtstq_u8(vld1q_u8(b + 16), each), v));
}

INLINE codes from_table(const int8_t *table, int add, codes c) {
    int8x16_t t = vaddq_s8(vld1q_s8(table), vdupq_n_s8((int8_t)add));
    return (codes){vqtbl1q_s8(t, vreinterpretq_u8_s8(c.a)),
                   vqtbl1q_s8(t, vreinterpretq_u8_s8(c.b))};
}

INLINE codes codes_q4_0(const uint8_t *b, int i) { return nibbles(b + 18 * i + 2); }
INLINE codes codes_q4_1(const uint8_t *b, int i) { return nibbles(b + 20 * i + 4); }
INLINE codes codes_q5_0(const uint8_t *b, int i) {
    b += 22 * i;
    return either(nibbles(b + 6), where_bits(u32_at(b + 2), 16));
}
INLINE codes codes_q5_1(const uint8_t *b, int i) {
    b += 24 * i;
    return either(nibbles(b + 8), where_bits(u32_at(b + 4), 16));
}
INLINE codes codes_q8_0(const uint8_t *b, int i) {
    b += 34 * i + 2;
    return pair(vld1q_u8(b), vld1q_u8(b + 16));
}
INLINE codes codes_iq4_nl(const uint8_t *b, int i) {
    return from_table(quant_iq4_values, 0, nibbles(b + 18 * i + 2));
}
INLINE codes codes_mxfp4(const uint8_t *b, int i) {
    return from_table(quant_fp4_values, 12, nibbles(b + 17 * i + 1));
}
INLINE codes codes_q2_k(const uint8_t *b, int i) {
    return fields(b + 16 + 32 * (i / 4), 2 * (i % 4), 3);
}
INLINE codes codes_q3_k(const uint8_t *b, int i) {
    return either(fields(b + 32 + 32 * (i / 4), 2 * (i % 4), 3), where_bit(b, i, 4));
}
INLINE codes codes_q4_k(const uint8_t *b, int i) {
    return fields(b + 16 + 32 * (i / 2), 4 * (i % 2), 15);
}
INLINE codes codes_q5_k(const uint8_t *b, int i) {
    return either(fields(b + 48 + 32 * (i / 2), 4 * (i % 2), 15), where_bit(b + 16, i, 16));
}
INLINE codes codes_q6_k(const uint8_t *b, int i) {
    int half = i / 4, group = i % 4;
    codes low = fields(b + 64 * half + 32 * (group % 2), 4 * (group / 2), 15);
    codes high = fields(b + 128 + 32 * half, 2 * group, 3);
    return either(low, (codes){vshlq_n_s8(high.a, 4), vshlq_n_s8(high.b, 4)});
}
INLINE codes codes_iq4_xs(const uint8_t *b, int i) {
    return from_table(quant_iq4_values, 0, nibbles(b + 8 + 16 * i));
}

#endif
