/* vector_neon: the kernels over plain vectors, float weights and attention with NEON. */
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "engine/kernels/arm.h"
#include "engine/quant.h"

typedef float32x4_t vec;
enum { WIDTH = 4, PANEL_FLOAT_TOKENS = 12 };
static inline vec vec_zero(void) { return vdupq_n_f32(0); }
static inline vec vec_set(float x) { return vdupq_n_f32(x); }
static inline vec vec_load(const float *p) { return vld1q_f32(p); }
static inline void vec_store(float *p, vec x) { vst1q_f32(p, x); }
static inline vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
static inline vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
static inline vec vec_mul(vec a, vec b) { return vmulq_f32(a, b); }
static inline vec vec_div(vec a, vec b) { return vdivq_f32(a, b); }
static inline vec vec_max(vec a, vec b) { return vmaxq_f32(a, b); }
static inline vec vec_abs(vec x) { return vabsq_f32(x); }
static inline float vec_sum(vec x) { return vaddvq_f32(x); }
static inline void vec_sum4(vec a, vec b, vec c, vec d, float *out) {
    vst1q_f32(out, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)));
}
static inline float vec_top(vec x) { return vmaxvq_f32(x); }
static inline vec vec_halves(const uint16_t *h) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(h)));
}
static inline void vec_to_halves(uint16_t *h, vec x) {
    vst1_u16(h, vreinterpret_u16_f16(vcvt_f16_f32(x)));
}
static inline vec vec_bf16(const uint16_t *h) {
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(h), 16));
}
static inline float half_to_float(uint16_t h) {
    return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(h))), 0);
}
static inline vec vec_of_int8(const int8_t *q) {
    int8_t eight[8] = {0};
    memcpy(eight, q, 4);
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vld1_s8(eight)))));
}
/* Rounded to int8; returns their sum. */
static inline int vec_to_int8(int8_t *q, vec x) {
    int32x4_t i = vcvtnq_s32_f32(x);
    int16x4_t s = vqmovn_s32(i);
    int8_t out[8];
    vst1_s8(out, vqmovn_s16(vcombine_s16(s, s)));
    memcpy(q, out, 4);
    return vaddvq_s32(i);
}
/* x rounded to an integer in [-126, 127] as 2^x, and the integer as a number */
static inline vec vec_power_of_two(vec x, vec *rounded) {
    *rounded = vrndnq_f32(x);
    int32x4_t n = vaddq_s32(vcvtnq_s32_f32(*rounded), vdupq_n_s32(127));
    return vreinterpretq_f32_s32(vshlq_n_s32(n, 23));
}

#define KERNEL(name) name##_neon
#include "engine/kernels/vectors.h"
