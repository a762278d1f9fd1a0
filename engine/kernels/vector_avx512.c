/* vector_avx512: the kernels over plain vectors with AVX-512. */
#include <float.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "engine/kernels/lanes_avx512.h"
#include "engine/kernels/x86.h"

void to_q8_avx512(const float *x, void *out, size_t n) {
    struct act_q8 v = act_q8_view(out, n);
    int8_t *q = (int8_t *)v.q;
    float *d = (float *)v.d, *sum = (float *)v.sum;
    for (size_t i = 0; i < n; i += 32) {
        __m512 a = _mm512_loadu_ps(x + i), b = _mm512_loadu_ps(x + i + 16);
        float max = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
        float scale = max / 127;
        __m512 inverse = _mm512_set1_ps(max > 0 ? 127 / max : 0);
        __m512i ia = _mm512_cvtps_epi32(_mm512_mul_ps(a, inverse));
        __m512i ib = _mm512_cvtps_epi32(_mm512_mul_ps(b, inverse));
        _mm_storeu_si128((__m128i *)(void *)(q + i), _mm512_cvtsepi32_epi8(ia));
        _mm_storeu_si128((__m128i *)(void *)(q + i + 16), _mm512_cvtsepi32_epi8(ib));
        d[i / 16] = d[i / 16 + 1] = scale;
        sum[i / 16] = scale * (float)_mm512_reduce_add_epi32(ia);
        sum[i / 16 + 1] = scale * (float)_mm512_reduce_add_epi32(ib);
    }
    size_t pad = act_q8_pad(n) - n;
    memset(q + n, 0, pad);
    memset(d + n / 16, 0, pad / 16 * sizeof *d);
    memset(sum + n / 16, 0, pad / 16 * sizeof *sum);
}

float dot_f32_avx512(const float *a, const float *b, size_t n) {
    __m512 s = _mm512_setzero_ps(), s2 = _mm512_setzero_ps();
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s);
        s2 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s2);
    }
    for (; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        s = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(k, a + i), _mm512_maskz_loadu_ps(k, b + i), s);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(s, s2));
}

static __m512 halves(const uint16_t *h, __mmask16 k) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(k, h));
}

float dot_f16_avx512(const float *a, const uint16_t *b, size_t n) {
    __m512 s = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        s = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(k, a + i), halves(b + i, k), s);
    }
    return _mm512_reduce_add_ps(s);
}

void axpy_f16_avx512(float *y, float a, const uint16_t *x, size_t n) {
    __m512 scale = _mm512_set1_ps(a);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        __m512 sum = _mm512_fmadd_ps(scale, halves(x + i, k), _mm512_maskz_loadu_ps(k, y + i));
        _mm512_mask_storeu_ps(y + i, k, sum);
    }
}

void to_f16_avx512(const float *x, uint16_t *out, size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        __m256i h = _mm512_cvtps_ph(_mm512_maskz_loadu_ps(k, x + i),
                                    _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm256_mask_storeu_epi16(out + i, k, h);
    }
}

void rms_norm_avx512(const float *x, const float *weight, float eps, float *out, size_t n) {
    __m512 squares = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        __m512 v = _mm512_maskz_loadu_ps(first_lanes(n - i), x + i);
        squares = _mm512_fmadd_ps(v, v, squares);
    }
    float scale = 1 / sqrtf(_mm512_reduce_add_ps(squares) / (float)n + eps);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(k, x + i), _mm512_set1_ps(scale));
        if (weight) v = _mm512_mul_ps(v, _mm512_maskz_loadu_ps(k, weight + i));
        _mm512_mask_storeu_ps(out + i, k, v);
    }
}

void silu_mul_avx512(const float *gate, const float *up, float *out, size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        __m512 g = _mm512_maskz_loadu_ps(k, gate + i), u = _mm512_maskz_loadu_ps(k, up + i);
        __m512 e = exp512(_mm512_sub_ps(_mm512_setzero_ps(), g));
        __m512 s = _mm512_div_ps(g, _mm512_add_ps(_mm512_set1_ps(1), e));
        _mm512_mask_storeu_ps(out + i, k, _mm512_mul_ps(s, u));
    }
}

float softmax_avx512(float *x, size_t n) {
    __m512 top = _mm512_set1_ps(-FLT_MAX), sum = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16)
        top = _mm512_mask_max_ps(top, first_lanes(n - i), top,
                                 _mm512_maskz_loadu_ps(first_lanes(n - i), x + i));
    float max = _mm512_reduce_max_ps(top);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        __m512 v = _mm512_sub_ps(_mm512_maskz_loadu_ps(k, x + i), _mm512_set1_ps(max));
        v = exp512(v);
        sum = _mm512_mask_add_ps(sum, k, sum, v);
        _mm512_mask_storeu_ps(x + i, k, v);
    }
    __m512 inverse = _mm512_set1_ps(1 / _mm512_reduce_add_ps(sum));
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = first_lanes(n - i);
        __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(k, x + i), inverse);
        _mm512_mask_storeu_ps(x + i, k, v);
    }
    return max;
}
