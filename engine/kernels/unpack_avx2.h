/* unpack_avx2: 256 stored weights as bytes and two floats per group of 16 or 32 (types.h):
 *     weight[i] = scale[i/group]·q[i] + offset[i/group].
 * Codes are handed out 32 at a time, where they are used. Where they need all eight bits they are
 * signed and the offset is 0, elsewhere unsigned below 128, as vpmaddubsw asks.
 * Layouts: the scalar readers in quant.c. The types of 32 take eight blocks. */
#ifndef ENGINE_KERNELS_UNPACK_AVX2_H
#define ENGINE_KERNELS_UNPACK_AVX2_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline, unused))

struct scales {
    float scale[16], offset[16];
};

INLINE __m128i load16(const void *b) { return _mm_loadu_si128((const __m128i *)b); }
INLINE __m256i load32(const void *b) { return _mm256_loadu_si256((const __m256i *)b); }

INLINE float half_at(const uint8_t *b) {
    uint16_t h;
    memcpy(&h, b, sizeof h);
    return _cvtsh_ss(h);
}

/* -- scales ------------------------------------------------------------------------------------ */

/* The halves at b, b + stride, … of eight blocks. */
INLINE __m256 halves8(const uint8_t *b, int stride) {
    uint16_t h[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) memcpy(&h[i], b + i * stride, 2);
    return _mm256_cvtph_ps(_mm_setr_epi16((short)h[0], (short)h[1], (short)h[2], (short)h[3],
                                          (short)h[4], (short)h[5], (short)h[6], (short)h[7]));
}

INLINE void put_scales(struct scales *s, __m256 scale, float offset_of_scale) {
    _mm256_storeu_ps(s->scale, scale);
    _mm256_storeu_ps(s->offset, _mm256_mul_ps(scale, _mm256_set1_ps(offset_of_scale)));
}

INLINE void scales_q4_0(const uint8_t *b, struct scales *s) { put_scales(s, halves8(b, 18), -8); }
INLINE void scales_q5_0(const uint8_t *b, struct scales *s) { put_scales(s, halves8(b, 22), -16); }
INLINE void scales_q8_0(const uint8_t *b, struct scales *s) { put_scales(s, halves8(b, 34), 0); }
INLINE void scales_iq4_nl(const uint8_t *b, struct scales *s) { put_scales(s, halves8(b, 18), 0); }

INLINE void scales_q4_1(const uint8_t *b, struct scales *s) {
    _mm256_storeu_ps(s->scale, halves8(b, 20));
    _mm256_storeu_ps(s->offset, halves8(b + 2, 20));
}

INLINE void scales_q5_1(const uint8_t *b, struct scales *s) {
    _mm256_storeu_ps(s->scale, halves8(b, 24));
    _mm256_storeu_ps(s->offset, halves8(b + 2, 24));
}

INLINE void scales_mxfp4(const uint8_t *b, struct scales *s) {
    uint32_t bits[8];
    for (int i = 0; i < 8; i++) {
        uint32_t e = b[17 * i];
        bits[i] = e < 2 ? 0x00200000u << e : (e - 1) << 23;
    }
    put_scales(s, _mm256_castsi256_ps(load32(bits)), -12);
}

INLINE __m256 ps_of_u8(__m128i bytes) { return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)); }

INLINE void scales_q2_k(const uint8_t *b, struct scales *s) {
    __m128i both = load16(b), mask = _mm_set1_epi8(15);
    __m128i low = _mm_and_si128(both, mask), high = _mm_and_si128(_mm_srli_epi16(both, 4), mask);
    __m256 d = _mm256_set1_ps(half_at(b + 80)), dmin = _mm256_set1_ps(-half_at(b + 82));
    _mm256_storeu_ps(s->scale, _mm256_mul_ps(d, ps_of_u8(low)));
    _mm256_storeu_ps(s->scale + 8, _mm256_mul_ps(d, ps_of_u8(_mm_srli_si128(low, 8))));
    _mm256_storeu_ps(s->offset, _mm256_mul_ps(dmin, ps_of_u8(high)));
    _mm256_storeu_ps(s->offset + 8, _mm256_mul_ps(dmin, ps_of_u8(_mm_srli_si128(high, 8))));
}

/* Sixteen signed bytes times d, offsets `of_scale` times that. */
INLINE void put_signed(struct scales *s, __m128i bytes, float d, float of_scale) {
    for (int i = 0; i < 2; i++) {
        __m256 x = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
        x = _mm256_mul_ps(x, _mm256_set1_ps(d));
        _mm256_storeu_ps(s->scale + 8 * i, x);
        _mm256_storeu_ps(s->offset + 8 * i, _mm256_mul_ps(x, _mm256_set1_ps(of_scale)));
        bytes = _mm_srli_si128(bytes, 8);
    }
}

INLINE void scales_q3_k(const uint8_t *b, struct scales *s) {
    uint32_t sc[3];
    memcpy(sc, b + 96, 12);
    const uint32_t low = 0x0F0F0F0F, two = 0x03030303;
    __m128i six = _mm_setr_epi32((int)((sc[0] & low) | (sc[2] & two) << 4),
                                 (int)((sc[1] & low) | (sc[2] >> 2 & two) << 4),
                                 (int)((sc[0] >> 4 & low) | (sc[2] >> 4 & two) << 4),
                                 (int)((sc[1] >> 4 & low) | (sc[2] >> 6 & two) << 4));
    put_signed(s, _mm_sub_epi8(six, _mm_set1_epi8(32)), half_at(b + 108), -4);
}

/* Q4_K and Q5_K */
INLINE void scales_k(const uint8_t *b, struct scales *s) {
    uint32_t sc[3];
    memcpy(sc, b + 4, 12);
    const uint32_t six = 0x3F3F3F3F, low = 0x0F0F0F0F, two = 0x03030303;
    uint64_t scale = (uint64_t)((sc[2] & low) | (sc[0] >> 6 & two) << 4) << 32 | (sc[0] & six);
    uint64_t min = (uint64_t)((sc[2] >> 4 & low) | (sc[1] >> 6 & two) << 4) << 32 | (sc[1] & six);
    _mm256_storeu_ps(s->scale, _mm256_mul_ps(_mm256_set1_ps(half_at(b)),
                                             ps_of_u8(_mm_cvtsi64_si128((long long)scale))));
    _mm256_storeu_ps(s->offset, _mm256_mul_ps(_mm256_set1_ps(-half_at(b + 2)),
                                              ps_of_u8(_mm_cvtsi64_si128((long long)min))));
}

INLINE void scales_q6_k(const uint8_t *b, struct scales *s) {
    put_signed(s, load16(b + 192), half_at(b + 208), -32);
}

INLINE void scales_iq4_xs(const uint8_t *b, struct scales *s) {
    uint32_t low;
    uint16_t high;
    memcpy(&low, b + 4, 4);
    memcpy(&high, b + 2, 2);
    __m256i l = _mm256_srlv_epi32(_mm256_set1_epi32((int)low),
                                  _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28));
    __m256i h =
        _mm256_srlv_epi32(_mm256_set1_epi32(high), _mm256_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14));
    l = _mm256_and_si256(l, _mm256_set1_epi32(15));
    h = _mm256_slli_epi32(_mm256_and_si256(h, _mm256_set1_epi32(3)), 4);
    l = _mm256_sub_epi32(_mm256_or_si256(l, h), _mm256_set1_epi32(32));
    put_scales(s, _mm256_mul_ps(_mm256_set1_ps(half_at(b)), _mm256_cvtepi32_ps(l)), 0);
}

/* -- codes: the 32 with number i, 0..7 ----------------------------------------------------------
 */

/* 16 bytes: low halves, then high halves. */
INLINE __m256i nibbles(const uint8_t *b) {
    __m128i x = load16(b);
    __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(x), _mm_srli_epi16(x, 4), 1);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

/* 32 bits to 32 bytes: `value` where set. */
INLINE __m256i where_bits(uint32_t bits, int value) {
    __m256i spread = _mm256_shuffle_epi8(
        _mm256_set1_epi32((int)bits),
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303));
    __m256i each = _mm256_set1_epi64x((long long)0x8040201008040201);
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(spread, each), each);
    return _mm256_and_si256(set, _mm256_set1_epi8((char)value));
}

/* `value` where bit `bit` of each of 32 bytes is set. */
INLINE __m256i where_bit(const uint8_t *b, int bit, int value) {
    __m256i each = _mm256_set1_epi8((char)(1 << bit));
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(load32(b), each), each);
    return _mm256_and_si256(set, _mm256_set1_epi8((char)value));
}

INLINE uint32_t u32_at(const uint8_t *b) {
    uint32_t x;
    memcpy(&x, b, 4);
    return x;
}

INLINE __m256i from_table(const int8_t *table, int add, __m256i codes) {
    __m128i t = _mm_add_epi8(load16(table), _mm_set1_epi8((char)add));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(t), codes);
}

INLINE __m256i codes_q4_0(const uint8_t *b, int i) { return nibbles(b + 18 * i + 2); }
INLINE __m256i codes_q4_1(const uint8_t *b, int i) { return nibbles(b + 20 * i + 4); }
INLINE __m256i codes_q5_0(const uint8_t *b, int i) {
    b += 22 * i;
    return _mm256_or_si256(nibbles(b + 6), where_bits(u32_at(b + 2), 16));
}
INLINE __m256i codes_q5_1(const uint8_t *b, int i) {
    b += 24 * i;
    return _mm256_or_si256(nibbles(b + 8), where_bits(u32_at(b + 4), 16));
}
INLINE __m256i codes_q8_0(const uint8_t *b, int i) { return load32(b + 34 * i + 2); }
INLINE __m256i codes_iq4_nl(const uint8_t *b, int i) {
    return from_table(quant_iq4_values, 0, nibbles(b + 18 * i + 2));
}
INLINE __m256i codes_mxfp4(const uint8_t *b, int i) {
    return from_table(quant_fp4_values, 12, nibbles(b + 17 * i + 1));
}

INLINE __m256i two_bits(const uint8_t *qs, int i) {
    __m256i x = _mm256_srli_epi16(load32(qs + 32 * (i / 4)), 2 * (i % 4));
    return _mm256_and_si256(x, _mm256_set1_epi8(3));
}
INLINE __m256i nibbles_k(const uint8_t *qs, int i) {
    __m256i x = _mm256_srli_epi16(load32(qs + 32 * (i / 2)), 4 * (i % 2));
    return _mm256_and_si256(x, _mm256_set1_epi8(15));
}

INLINE __m256i codes_q2_k(const uint8_t *b, int i) { return two_bits(b + 16, i); }
INLINE __m256i codes_q3_k(const uint8_t *b, int i) {
    return _mm256_or_si256(two_bits(b + 32, i), where_bit(b, i, 4));
}
INLINE __m256i codes_q4_k(const uint8_t *b, int i) { return nibbles_k(b + 16, i); }
INLINE __m256i codes_q5_k(const uint8_t *b, int i) {
    return _mm256_or_si256(nibbles_k(b + 48, i), where_bit(b + 16, i, 16));
}
INLINE __m256i codes_q6_k(const uint8_t *b, int i) {
    int half = i / 4, group = i % 4;
    __m256i low = _mm256_srli_epi16(load32(b + 64 * half + 32 * (group % 2)), 4 * (group / 2));
    __m256i high = _mm256_srli_epi16(load32(b + 128 + 32 * half), 2 * group);
    high = _mm256_slli_epi16(_mm256_and_si256(high, _mm256_set1_epi8(3)), 4);
    return _mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi8(15)), high);
}
INLINE __m256i codes_iq4_xs(const uint8_t *b, int i) {
    return from_table(quant_iq4_values, 0, nibbles(b + 8 + 16 * i));
}

#endif
