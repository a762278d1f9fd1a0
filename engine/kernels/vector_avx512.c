/* vector_avx512: the kernels over plain vectors, float weights and attention with AVX-512. */
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "engine/kernels/x86.h"
#include "engine/quant.h"

typedef __m512 vec;
enum { WIDTH = 16, PANEL_FLOAT_TOKENS = 12 };
static inline vec vec_zero(void) { return _mm512_setzero_ps(); }
static inline vec vec_set(float x) { return _mm512_set1_ps(x); }
static inline vec vec_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void vec_store(float *p, vec x) { _mm512_storeu_ps(p, x); }
static inline vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
static inline vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
static inline vec vec_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
static inline vec vec_div(vec a, vec b) { return _mm512_div_ps(a, b); }
static inline vec vec_max(vec a, vec b) { return _mm512_max_ps(a, b); }
static inline vec vec_abs(vec x) { return _mm512_abs_ps(x); }
static inline float vec_sum(vec x) { return _mm512_reduce_add_ps(x); }
static inline void vec_sum4(vec a, vec b, vec c, vec d, float *out) {
    out[0] = vec_sum(a), out[1] = vec_sum(b), out[2] = vec_sum(c), out[3] = vec_sum(d);
}
static inline float vec_top(vec x) { return _mm512_reduce_max_ps(x); }
static inline vec vec_halves(const uint16_t *h) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)h));
}
static inline void vec_to_halves(uint16_t *h, vec x) {
    _mm256_storeu_si256((__m256i *)(void *)h,
                        _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
static inline vec vec_bf16(const uint16_t *h) {
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)h);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
}
static inline float half_to_float(uint16_t h) { return _cvtsh_ss(h); }
static inline vec vec_of_int8(const int8_t *q) {
    return _mm512_cvtepi32_ps(
        _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)q)));
}
/* Rounded to int8; returns their sum. */
static inline int vec_to_int8(int8_t *q, vec x) {
    __m512i i = _mm512_cvtps_epi32(x);
    _mm_storeu_si128((__m128i *)(void *)q, _mm512_cvtsepi32_epi8(i));
    return _mm512_reduce_add_epi32(i);
}
/* x rounded to an integer in [-126, 127] as 2^x, and the integer as a number */
static inline vec vec_power_of_two(vec x, vec *rounded) {
    *rounded = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return _mm512_scalef_ps(_mm512_set1_ps(1), *rounded);
}

#define KERNEL(name) name##_avx512
#include "engine/kernels/vectors.h"
