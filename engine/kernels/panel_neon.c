/* panel_neon: products for prefill with NEON dot products; see mul_panel.h. 8 rows, 4 tokens. */
#include "engine/kernels/lanes_neon.h"

enum { ROWS = 8, PANEL_TOKENS = 4 };

INLINE ints ints_load(const void *p) {
    return (ints){vreinterpretq_s32_u8(vld1q_u8(p)),
                  vreinterpretq_s32_u8(vld1q_u8((const uint8_t *)p + 16))};
}
INLINE ints broadcast4(const int8_t *x) {
    int four;
    memcpy(&four, x, 4);
    return (ints){vdupq_n_s32(four), vdupq_n_s32(four)};
}
INLINE ints add_products(ints sums, ints w, ints x, int is_signed) {
    (void)is_signed;
    return (ints){vdotq_s32(sums.a, vreinterpretq_s8_s32(w.a), vreinterpretq_s8_s32(x.a)),
                  vdotq_s32(sums.b, vreinterpretq_s8_s32(w.b), vreinterpretq_s8_s32(x.b))};
}

#define scales_q4_k             scales_k
#define scales_q5_k             scales_k
#define CODES_SIGNED(is_signed) is_signed
#define UNPACK256(type, group, blocks, out)                                                        \
    struct scales s;                                                                               \
    scales_##type(blocks, &s);                                                                     \
    memcpy((out)->scale, s.scale, sizeof s.scale);                                                 \
    memcpy((out)->offset, s.offset, sizeof s.offset);                                              \
    for (int i = 0; i < 8; i++) {                                                                  \
        codes c = codes_##type(blocks, i);                                                         \
        vst1q_s8((int8_t *)(out)->q + 32 * i, c.a);                                                \
        vst1q_s8((int8_t *)(out)->q + 32 * i + 16, c.b);                                           \
    }
#define PANEL_NAME(type) panel_neon_##type
#define FEW_NAME(type)   mul_neon_##type
#include "engine/kernels/mul_panel.h"
