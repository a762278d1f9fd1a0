/* attend_avx512: attention with AVX-512; see attend_vector.h. */
#include "engine/kernels/lanes_avx512.h"
#include "engine/kernels/x86.h"

typedef __m512 vec;
enum { WIDTH = 16 };
static inline vec vec_zero(void) { return _mm512_setzero_ps(); }
static inline vec vec_set(float x) { return _mm512_set1_ps(x); }
static inline vec vec_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void vec_store(float *p, vec x) { _mm512_storeu_ps(p, x); }
static inline vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
static inline vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
static inline vec vec_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
static inline vec vec_exp(vec x) { return exp512(x); }
static inline float vec_sum(vec x) { return _mm512_reduce_add_ps(x); }
static inline vec vec_halves(const uint16_t *h) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)h));
}

#define ATTEND attend_avx512
#include "engine/kernels/attend_vector.h"
