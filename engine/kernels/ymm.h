/* ymm: the vector pieces of the products with AVX2, with or without VNNI. */
#ifndef ENGINE_KERNELS_YMM_H
#define ENGINE_KERNELS_YMM_H

#include "engine/kernels/types.h"
#include "engine/kernels/x86.h"
#include "engine/quant.h"

#include "engine/kernels/unpack_avx2.h"

typedef __m256i codes, ints;
typedef __m256 floats;

/* Sums of four neighbouring products, added to `sums`. */
INLINE ints add_products(ints sums, codes w, __m256i x, int is_signed) {
    if (is_signed) {
        x = _mm256_sign_epi8(x, w);
        w = _mm256_abs_epi8(w);
    }
#ifdef __AVXVNNI__
    return _mm256_dpbusd_avx_epi32(sums, w, x);
#else
    __m256i pairs = _mm256_maddubs_epi16(w, x);
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#endif
}

INLINE ints dot(codes w, const int8_t *x, int is_signed) {
    return add_products(_mm256_setzero_si256(), w, load32(x), is_signed);
}
INLINE floats floats_zero(void) { return _mm256_setzero_ps(); }
INLINE floats floats_set(float x) { return _mm256_set1_ps(x); }
INLINE floats floats_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void floats_store(float *p, floats x) { _mm256_storeu_ps(p, x); }
INLINE floats floats_of(ints x) { return _mm256_cvtepi32_ps(x); }
INLINE floats floats_mul(floats a, floats b) { return _mm256_mul_ps(a, b); }
INLINE floats floats_fma(floats a, floats b, floats c) { return _mm256_fmadd_ps(a, b, c); }
INLINE float floats_sum(floats x) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
/* Of 16 floats those with an even index. */
INLINE floats evens(const float *x) {
    floats s = _mm256_shuffle_ps(floats_load(x), floats_load(x + 8), 0x88);
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(s), 0xD8));
}
/* The sums of every two of 16 floats. */
INLINE floats sums_of_two(const float *x) {
    floats s = _mm256_hadd_ps(floats_load(x), floats_load(x + 8));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(s), 0xD8));
}

#endif
