/* unpack_avx512: 256 stored weights as bytes and two floats per 16 of them:
 *     weight[i] = scale[i/16]·q[i] + offset[i/16],  q unsigned.
 * One function per type; the types of 32 take eight blocks. Everything inlines into registers.
 * Layouts: the scalar readers in quant.c. */
#ifndef ENGINE_KERNELS_UNPACK_AVX512_H
#define ENGINE_KERNELS_UNPACK_AVX512_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline, unused))
#define UNROLL _Pragma("GCC unroll 4")

struct piece512 {
    __m512i q[4];         /* 64 weights each, in order */
    __m512 scale, offset; /* of 16 weights each */
};

/* -- scales ------------------------------------------------------------------------------------ */

/* Eight numbers, each twice. */
INLINE __m512 twice(__m256 x) {
    const __m512i order = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    return _mm512_permutexvar_ps(order, _mm512_castps256_ps512(x));
}

/* The four bytes at b, b + stride, … of eight blocks. */
INLINE __m256i words8(const uint8_t *b, int stride) {
    __m256i at =
        _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(stride));
    return _mm256_i32gather_epi32((const int *)(const void *)b, at, 1);
}

INLINE __m256 low_halves(__m256i words) { return _mm256_cvtph_ps(_mm256_cvtepi32_epi16(words)); }
INLINE __m256 high_halves(__m256i words) { return low_halves(_mm256_srli_epi32(words, 16)); }

INLINE float half_at(const uint8_t *b) {
    uint16_t h;
    memcpy(&h, b, sizeof h);
    return _cvtsh_ss(h);
}

INLINE __m512 ps_of_u8(__m128i bytes) { return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)); }

/* -- codes ------------------------------------------------------------------------------------- */

/* Two blocks of 16 bytes: low halves, high halves of a, then of b. */
INLINE __m512i nibbles(const uint8_t *a, const uint8_t *b) {
    __m512i x = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)a));
    x = _mm512_mask_broadcast_i32x4(x, 0xFF00, _mm_loadu_si128((const __m128i *)(const void *)b));
    x = _mm512_srlv_epi64(x, _mm512_setr_epi64(0, 0, 4, 4, 0, 0, 4, 4));
    return _mm512_and_si512(x, _mm512_set1_epi8(15));
}

INLINE uint64_t u32_pair(const uint8_t *a, const uint8_t *b) {
    uint32_t x, y;
    memcpy(&x, a, 4);
    memcpy(&y, b, 4);
    return (uint64_t)y << 32 | x;
}

/* q + `add` where the bit is set. */
INLINE __m512i add_where(__m512i q, __mmask64 bits, int add) {
    return _mm512_mask_add_epi8(q, bits, q, _mm512_set1_epi8((char)add));
}

/* 32 bytes in both halves. */
INLINE __m512i both_halves(const uint8_t *b) {
    return _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)b));
}

/* Bits 2p (first 32) and 2p+1 (next 32) of 32 bytes given in both halves. */
INLINE __mmask64 bit_planes(__m512i bytes, int p) {
    __m512i bits = _mm512_inserti64x4(_mm512_set1_epi8((char)(1 << 2 * p)),
                                      _mm256_set1_epi8((char)(2 << 2 * p)), 1);
    return _mm512_test_epi8_mask(bytes, bits);
}

/* Weights 0..127 of the K formats: 32 low halves, the 32 high ones of the same bytes, … */
INLINE void nibbles_k(const uint8_t *qs, __m512i q[2]) {
    __m512i bytes = _mm512_loadu_si512(qs), mask = _mm512_set1_epi8(15);
    __m512i low = _mm512_and_si512(bytes, mask),
            high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask);
    q[0] = _mm512_shuffle_i64x2(low, high, 0x44);
    q[1] = _mm512_shuffle_i64x2(low, high, 0xEE);
}

INLINE __m512i table16(const int8_t *values, int add) {
    __m128i t = _mm_loadu_si128((const __m128i *)(const void *)values);
    return _mm512_broadcast_i32x4(_mm_add_epi8(t, _mm_set1_epi8((char)add)));
}

/* -- blocks of 32, eight at a time ------------------------------------------------------------- */

INLINE struct piece512 unpack_q4_0(const uint8_t *b) {
    struct piece512 p;
    p.scale = twice(low_halves(words8(b, 18)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-8));
    UNROLL
    for (int i = 0; i < 4; i++) p.q[i] = nibbles(b + 36 * i + 2, b + 36 * i + 20);
    return p;
}

INLINE struct piece512 unpack_q4_1(const uint8_t *b) {
    struct piece512 p;
    __m256i words = words8(b, 20);
    p.scale = twice(low_halves(words));
    p.offset = twice(high_halves(words));
    UNROLL
    for (int i = 0; i < 4; i++) p.q[i] = nibbles(b + 40 * i + 4, b + 40 * i + 24);
    return p;
}

INLINE struct piece512 unpack_q5_0(const uint8_t *b) {
    struct piece512 p;
    p.scale = twice(low_halves(words8(b, 22)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-16));
    UNROLL
    for (int i = 0; i < 4; i++, b += 44)
        p.q[i] = add_where(nibbles(b + 6, b + 28), u32_pair(b + 2, b + 24), 16);
    return p;
}

INLINE struct piece512 unpack_q5_1(const uint8_t *b) {
    struct piece512 p;
    __m256i words = words8(b, 24);
    p.scale = twice(low_halves(words));
    p.offset = twice(high_halves(words));
    UNROLL
    for (int i = 0; i < 4; i++, b += 48)
        p.q[i] = add_where(nibbles(b + 8, b + 32), u32_pair(b + 4, b + 28), 16);
    return p;
}

INLINE struct piece512 unpack_q8_0(const uint8_t *b) {
    struct piece512 p;
    p.scale = twice(low_halves(words8(b, 34)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-128));
    UNROLL
    for (int i = 0; i < 4; i++, b += 68) {
        __m256i first = _mm256_loadu_si256((const __m256i *)(const void *)(b + 2));
        __m256i second = _mm256_loadu_si256((const __m256i *)(const void *)(b + 36));
        p.q[i] = _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
        p.q[i] = _mm512_xor_si512(p.q[i], _mm512_set1_epi8((char)0x80));
    }
    return p;
}

INLINE struct piece512 unpack_iq4_nl(const uint8_t *b) {
    struct piece512 p;
    __m512i values = table16(quant_iq4_values, 128);
    p.scale = twice(low_halves(words8(b, 18)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-128));
    UNROLL
    for (int i = 0; i < 4; i++)
        p.q[i] = _mm512_shuffle_epi8(values, nibbles(b + 36 * i + 2, b + 36 * i + 20));
    return p;
}

INLINE struct piece512 unpack_mxfp4(const uint8_t *b) {
    struct piece512 p;
    __m512i values = table16(quant_fp4_values, 12);
    __m256i e = _mm256_and_si256(words8(b, 17), _mm256_set1_epi32(255));
    __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(e, _mm256_set1_epi32(1)), 23);
    __m256i tiny = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), e);
    __mmask8 is_tiny = _mm256_cmplt_epi32_mask(e, _mm256_set1_epi32(2));
    p.scale = twice(_mm256_castsi256_ps(_mm256_mask_mov_epi32(normal, is_tiny, tiny)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-12));
    UNROLL
    for (int i = 0; i < 4; i++)
        p.q[i] = _mm512_shuffle_epi8(values, nibbles(b + 34 * i + 1, b + 34 * i + 18));
    return p;
}

/* -- blocks of 256 ----------------------------------------------------------------------------- */

/* Two-bit codes of 128 weights. */
INLINE void two_bits(const uint8_t *qs, __m512i q[2]) {
    __m512i bytes = both_halves(qs), mask = _mm512_set1_epi8(3);
    __m512i low = _mm512_srlv_epi64(bytes, _mm512_setr_epi64(0, 0, 0, 0, 2, 2, 2, 2));
    __m512i high = _mm512_srlv_epi64(bytes, _mm512_setr_epi64(4, 4, 4, 4, 6, 6, 6, 6));
    q[0] = _mm512_and_si512(low, mask);
    q[1] = _mm512_and_si512(high, mask);
}

INLINE struct piece512 unpack_q2_k(const uint8_t *b) {
    struct piece512 p;
    __m128i both = _mm_loadu_si128((const __m128i *)(const void *)b), mask = _mm_set1_epi8(15);
    __m512 d = _mm512_set1_ps(half_at(b + 80)), dmin = _mm512_set1_ps(-half_at(b + 82));
    p.scale = _mm512_mul_ps(d, ps_of_u8(_mm_and_si128(both, mask)));
    p.offset = _mm512_mul_ps(dmin, ps_of_u8(_mm_and_si128(_mm_srli_epi16(both, 4), mask)));
    two_bits(b + 16, p.q);
    two_bits(b + 48, p.q + 2);
    return p;
}

INLINE struct piece512 unpack_q3_k(const uint8_t *b) {
    struct piece512 p;
    uint32_t sc[3];
    memcpy(sc, b + 96, 12);
    const uint32_t low = 0x0F0F0F0F, two = 0x03030303;
    __m128i s = _mm_setr_epi32((int)((sc[0] & low) | (sc[2] & two) << 4),
                               (int)((sc[1] & low) | (sc[2] >> 2 & two) << 4),
                               (int)((sc[0] >> 4 & low) | (sc[2] >> 4 & two) << 4),
                               (int)((sc[1] >> 4 & low) | (sc[2] >> 6 & two) << 4));
    p.scale = _mm512_mul_ps(_mm512_set1_ps(half_at(b + 108)),
                            _mm512_sub_ps(ps_of_u8(s), _mm512_set1_ps(32)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-4));
    two_bits(b + 32, p.q);
    two_bits(b + 64, p.q + 2);
    __m512i high = both_halves(b);
    UNROLL
    for (int i = 0; i < 4; i++) p.q[i] = add_where(p.q[i], bit_planes(high, i), 4);
    return p;
}

/* The scales and minima of Q4_K and Q5_K: block scales at b, the 12 packed bytes at b + 4. */
INLINE void scales_k(const uint8_t *b, struct piece512 *p) {
    uint32_t sc[3];
    memcpy(sc, b + 4, 12);
    const uint32_t six = 0x3F3F3F3F, low = 0x0F0F0F0F, two = 0x03030303;
    uint64_t s = (uint64_t)((sc[2] & low) | (sc[0] >> 6 & two) << 4) << 32 | (sc[0] & six);
    uint64_t m = (uint64_t)((sc[2] >> 4 & low) | (sc[1] >> 6 & two) << 4) << 32 | (sc[1] & six);
    __m256 scale = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)s)));
    __m256 min = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)m)));
    p->scale = twice(_mm256_mul_ps(_mm256_set1_ps(half_at(b)), scale));
    p->offset = twice(_mm256_mul_ps(_mm256_set1_ps(-half_at(b + 2)), min));
}

INLINE struct piece512 unpack_q4_k(const uint8_t *b) {
    struct piece512 p;
    scales_k(b, &p);
    nibbles_k(b + 16, p.q);
    nibbles_k(b + 80, p.q + 2);
    return p;
}

INLINE struct piece512 unpack_q5_k(const uint8_t *b) {
    struct piece512 p;
    scales_k(b, &p);
    nibbles_k(b + 48, p.q);
    nibbles_k(b + 112, p.q + 2);
    __m512i high = both_halves(b + 16);
    UNROLL
    for (int i = 0; i < 4; i++) p.q[i] = add_where(p.q[i], bit_planes(high, i), 16);
    return p;
}

INLINE struct piece512 unpack_q6_k(const uint8_t *b) {
    struct piece512 p;
    __m128i scales = _mm_loadu_si128((const __m128i *)(const void *)(b + 192));
    p.scale = _mm512_mul_ps(_mm512_set1_ps(half_at(b + 208)),
                            _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(scales)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-32));
    __m512i low = _mm512_set1_epi8(15), two = _mm512_set1_epi8(0x30);
    UNROLL
    for (int half = 0; half < 2; half++) {
        __m512i bytes = _mm512_loadu_si512(b + 64 * half), high = both_halves(b + 128 + 32 * half);
        __m512i h0 = _mm512_sllv_epi64(high, _mm512_setr_epi64(4, 4, 4, 4, 2, 2, 2, 2));
        __m512i h1 = _mm512_srlv_epi64(high, _mm512_setr_epi64(0, 0, 0, 0, 2, 2, 2, 2));
        p.q[2 * half] = _mm512_or_si512(_mm512_and_si512(bytes, low), _mm512_and_si512(h0, two));
        p.q[2 * half + 1] = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(bytes, 4), low),
                                            _mm512_and_si512(h1, two));
    }
    return p;
}

INLINE struct piece512 unpack_iq4_xs(const uint8_t *b) {
    struct piece512 p;
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
    p.scale = twice(_mm256_mul_ps(_mm256_set1_ps(half_at(b)), _mm256_cvtepi32_ps(l)));
    p.offset = _mm512_mul_ps(p.scale, _mm512_set1_ps(-128));
    __m512i values = table16(quant_iq4_values, 128);
    UNROLL
    for (int i = 0; i < 4; i++)
        p.q[i] = _mm512_shuffle_epi8(values, nibbles(b + 8 + 32 * i, b + 24 + 32 * i));
    return p;
}

#endif
