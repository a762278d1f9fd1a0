/* lanes_avx512: small pieces that several AVX-512 files share. */
#ifndef ENGINE_KERNELS_LANES_AVX512_H
#define ENGINE_KERNELS_LANES_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

static inline __attribute__((always_inline, unused)) __mmask16 first_lanes(size_t n) {
    return n < 16 ? (__mmask16)((1u << n) - 1) : 0xFFFF;
}

/* e^x, relative error below 2e-7: 2^n times a polynomial of the rest in [-ln2/2, ln2/2]. */
static inline __attribute__((always_inline, unused)) __m512 exp512(__m512 x) {
    x = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(88.7f)), _mm512_set1_ps(-104));
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)),
                                    _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693145752f), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(1.42860677e-6f), r);
    __m512 sum = _mm512_set1_ps(1 / 5040.0f);
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1 / 720.0f));
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1 / 120.0f));
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1 / 24.0f));
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1 / 6.0f));
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(0.5f));
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1));
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1));
    return _mm512_scalef_ps(sum, n);
}

/* 16 rows of 16 words of 32 bits: x[i] lane j becomes x[j] lane i. */
static inline __attribute__((always_inline, unused)) void turn16(__m512i x[16]) {
    __m512i a[16], b[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        a[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) { /* b[i + j]: column j of each quarter, rows i..i+3 */
        b[i] = _mm512_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm512_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm512_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        __m512i top02 = _mm512_shuffle_i32x4(b[j], b[4 + j], 0x88),
                top13 = _mm512_shuffle_i32x4(b[j], b[4 + j], 0xDD),
                low02 = _mm512_shuffle_i32x4(b[8 + j], b[12 + j], 0x88),
                low13 = _mm512_shuffle_i32x4(b[8 + j], b[12 + j], 0xDD);
        x[j] = _mm512_shuffle_i32x4(top02, low02, 0x88);
        x[4 + j] = _mm512_shuffle_i32x4(top13, low13, 0x88);
        x[8 + j] = _mm512_shuffle_i32x4(top02, low02, 0xDD);
        x[12 + j] = _mm512_shuffle_i32x4(top13, low13, 0xDD);
    }
}

#endif
