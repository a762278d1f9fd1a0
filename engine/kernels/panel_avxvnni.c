/* panel_avxvnni: products for prefill with AVX-VNNI; see mul_panel.h. 8 rows, 4 tokens. */
#include "engine/kernels/ymm.h"

enum { ROWS = 8, PANEL_TOKENS = 4 };

INLINE ints ints_zero(void) { return _mm256_setzero_si256(); }
INLINE ints ints_load(const void *p) { return load32(p); }
INLINE ints broadcast4(const int8_t *x) {
    int four;
    memcpy(&four, x, 4);
    return _mm256_set1_epi32(four);
}

#define scales_q4_k             scales_k
#define scales_q5_k             scales_k
#define CODES_SIGNED(is_signed) is_signed
#define UNPACK256(type, group, b, out)                                                             \
    struct scales s;                                                                               \
    scales_##type(b, &s);                                                                          \
    for (int i = 0; i < 16; i++) {                                                                 \
        out->scale[i] = s.scale[i * 16 / group];                                                   \
        out->offset[i] = s.offset[i * 16 / group];                                                 \
    }                                                                                              \
    for (int i = 0; i < 8; i++)                                                                    \
        _mm256_store_si256((__m256i *)(void *)(out->q + 32 * i), codes_##type(b, i));

#define PANEL_NAME(type) panel_avxvnni_##type
#define FEW_NAME(type)   mul_avxvnni_##type
#include "engine/kernels/mul_panel.h"
