/* panel_avx512: products for prefill with AVX-512 VNNI; see mul_panel.h. 16 rows, 8 tokens. */
#include "engine/kernels/types.h"
#include "engine/kernels/x86.h"
#include "engine/quant.h"

#include "engine/kernels/unpack_avx512.h"

enum { ROWS = 16, PANEL_TOKENS = 8 };

typedef __m512i ints;
typedef __m512 floats;

INLINE ints add_products(ints sums, ints w, ints x, int is_signed) {
    (void)is_signed;
    return _mm512_dpbusd_epi32(sums, w, x);
}
INLINE ints ints_zero(void) { return _mm512_setzero_si512(); }
INLINE ints ints_load(const void *p) { return _mm512_load_si512(p); }
INLINE ints broadcast4(const int8_t *x) {
    int four;
    memcpy(&four, x, 4);
    return _mm512_set1_epi32(four);
}
INLINE floats floats_zero(void) { return _mm512_setzero_ps(); }
INLINE floats floats_set(float x) { return _mm512_set1_ps(x); }
INLINE floats floats_load(const float *p) { return _mm512_load_ps(p); }
INLINE void floats_store(float *p, floats x) { _mm512_store_ps(p, x); }
INLINE floats floats_of(ints x) { return _mm512_cvtepi32_ps(x); }
INLINE floats floats_mul(floats a, floats b) { return _mm512_mul_ps(a, b); }
INLINE floats floats_fma(floats a, floats b, floats c) { return _mm512_fmadd_ps(a, b, c); }

#define CODES_SIGNED(is_signed) 0 /* those of unpack_avx512.h never are */
#define UNPACK256(type, group, b, out)                                                             \
    struct piece512 p = unpack_##type(b);                                                          \
    _mm512_store_ps(out->scale, p.scale);                                                          \
    _mm512_store_ps(out->offset, p.offset);                                                        \
    UNROLL                                                                                         \
    for (int i = 0; i < 4; i++) _mm512_store_si512(out->q + 64 * i, p.q[i]);
#define PANEL_NAME(type) panel_avx512_##type
#define FEW_NAME(type)   mul_avx512_##type
#include "engine/kernels/mul_panel.h"
