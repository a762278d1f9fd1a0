/* lanes_neon: the vector pieces of mul_narrow.h and mul_panel.h for NEON with dot products: eight
 * lanes in two registers. */
#ifndef ENGINE_KERNELS_LANES_NEON_H
#define ENGINE_KERNELS_LANES_NEON_H

#include "engine/kernels/arm.h"
#include "engine/quant.h"

#include "engine/kernels/unpack_neon.h"

struct ints_neon {
    int32x4_t a, b;
};
struct floats_neon {
    float32x4_t a, b;
};
typedef struct ints_neon ints;
typedef struct floats_neon floats;

INLINE ints ints_zero(void) { return (ints){vdupq_n_s32(0), vdupq_n_s32(0)}; }
INLINE ints dot(codes w, const int8_t *x, int is_signed) {
    (void)is_signed;
    return (ints){vdotq_s32(vdupq_n_s32(0), w.a, vld1q_s8(x)),
                  vdotq_s32(vdupq_n_s32(0), w.b, vld1q_s8(x + 16))};
}
INLINE floats two_scales(float low, float high) {
    return (floats){vdupq_n_f32(low), vdupq_n_f32(high)};
}
INLINE floats floats_zero(void) { return two_scales(0, 0); }
INLINE floats floats_set(float x) { return two_scales(x, x); }
INLINE floats floats_load(const float *p) { return (floats){vld1q_f32(p), vld1q_f32(p + 4)}; }
INLINE void floats_store(float *p, floats x) {
    vst1q_f32(p, x.a);
    vst1q_f32(p + 4, x.b);
}
INLINE floats floats_of(ints x) { return (floats){vcvtq_f32_s32(x.a), vcvtq_f32_s32(x.b)}; }
INLINE floats floats_mul(floats x, floats y) {
    return (floats){vmulq_f32(x.a, y.a), vmulq_f32(x.b, y.b)};
}
INLINE floats floats_fma(floats x, floats y, floats z) {
    return (floats){vfmaq_f32(z.a, x.a, y.a), vfmaq_f32(z.b, x.b, y.b)};
}
INLINE float floats_sum(floats x) { return vaddvq_f32(vaddq_f32(x.a, x.b)); }

#endif
