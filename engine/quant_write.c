/* quant_write: see the header. The 32-element formats take the scale from the extremes of the
 * block; the K formats try a few scales around that and keep the one with the least squared error,
 * then round the sub-block scales to integers of one common float. The searches weigh errors as
 * llama.cpp's do, so that both write nearly the same files. */
#include "engine/quant_write.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/quant.h"

static void put_half(uint8_t *b, float f) {
    uint16_t h = f32_to_f16(f);
    b[0] = (uint8_t)h;
    b[1] = (uint8_t)(h >> 8);
}

static float half(const uint8_t *b) { return f16_to_f32((uint16_t)(b[0] | b[1] << 8)); }

static int clamp(int v, int low, int high) { return v < low ? low : v > high ? high : v; }

void quant_write_f32(const float *x, void *blocks, size_t n) { memcpy(blocks, x, n * 4); }

void quant_write_f16(const float *x, void *blocks, size_t n) {
    uint8_t *b = blocks;
    for (size_t i = 0; i < n; i++) put_half(b + 2 * i, x[i]);
}

void quant_write_bf16(const float *x, void *blocks, size_t n) {
    uint8_t *b = blocks;
    for (size_t i = 0; i < n; i++) {
        uint16_t h = f32_to_bf16(x[i]);
        b[2 * i] = (uint8_t)h;
        b[2 * i + 1] = (uint8_t)(h >> 8);
    }
}

/* -- blocks of 32 ------------------------------------------------------------------------------ */

/* The element of largest magnitude, with its sign. */
static float extreme(const float *x, int n) {
    float m = 0;
    for (int i = 0; i < n; i++)
        if (fabsf(x[i]) > fabsf(m)) m = x[i];
    return m;
}

static void range(const float *x, int n, float *min, float *max) {
    *min = *max = x[0];
    for (int i = 1; i < n; i++) {
        *min = fminf(*min, x[i]);
        *max = fmaxf(*max, x[i]);
    }
}

/* 32 codes of 4 bits: 0..15 in the low halves, 16..31 in the high ones. */
static void put_nibbles(uint8_t *qs, const int *q) {
    for (int i = 0; i < 16; i++) qs[i] = (uint8_t)((q[i] & 15) | (q[i + 16] & 15) << 4);
}

static void put_fifth_bits(uint8_t *qh, const int *q) {
    memset(qh, 0, 4);
    for (int i = 0; i < 32; i++) qh[i / 8] |= (uint8_t)((q[i] >> 4 & 1) << i % 8);
}

/* Codes 0..2·middle-1 around `middle`, the extreme mapped to code 0. */
static float symmetric_codes(const float *x, int middle, int *q) {
    float d = extreme(x, 32) / (float)-middle, inverse = d != 0 ? 1 / d : 0;
    for (int i = 0; i < 32; i++)
        q[i] = clamp((int)(x[i] * inverse + ((float)middle + 0.5f)), 0, 2 * middle - 1);
    return d;
}

/* Codes 0..top from the minimum upwards. */
static float ranged_codes(const float *x, int top, float *min, int *q) {
    float max;
    range(x, 32, min, &max);
    float d = (max - *min) / (float)top, inverse = d != 0 ? 1 / d : 0;
    for (int i = 0; i < 32; i++) q[i] = clamp((int)((x[i] - *min) * inverse + 0.5f), 0, top);
    return d;
}

void quant_write_q4_0(const float *x, void *blocks, size_t n) {
    int q[32];
    for (uint8_t *b = blocks; n; n -= 32, b += 18, x += 32) {
        put_half(b, symmetric_codes(x, 8, q));
        put_nibbles(b + 2, q);
    }
}

void quant_write_q4_1(const float *x, void *blocks, size_t n) {
    int q[32];
    float min;
    for (uint8_t *b = blocks; n; n -= 32, b += 20, x += 32) {
        put_half(b, ranged_codes(x, 15, &min, q));
        put_half(b + 2, min);
        put_nibbles(b + 4, q);
    }
}

void quant_write_q5_0(const float *x, void *blocks, size_t n) {
    int q[32];
    for (uint8_t *b = blocks; n; n -= 32, b += 22, x += 32) {
        put_half(b, symmetric_codes(x, 16, q));
        put_fifth_bits(b + 2, q);
        put_nibbles(b + 6, q);
    }
}

void quant_write_q5_1(const float *x, void *blocks, size_t n) {
    int q[32];
    float min;
    for (uint8_t *b = blocks; n; n -= 32, b += 24, x += 32) {
        put_half(b, ranged_codes(x, 31, &min, q));
        put_half(b + 2, min);
        put_fifth_bits(b + 4, q);
        put_nibbles(b + 8, q);
    }
}

void quant_write_q8_0(const float *x, void *blocks, size_t n) {
    for (uint8_t *b = blocks; n; n -= 32, b += 34, x += 32) {
        float d = fabsf(extreme(x, 32)) / 127, inverse = d != 0 ? 1 / d : 0;
        put_half(b, d);
        for (int i = 0; i < 32; i++) b[2 + i] = (uint8_t)(int8_t)roundf(x[i] * inverse);
    }
}

static int nearest(const int8_t *values, float x) {
    int best = 0;
    for (int i = 1; i < 16; i++)
        if (fabsf(x - values[i]) < fabsf(x - values[best])) best = i;
    return best;
}

static void table_codes(const float *x, const int8_t *values, float d, int *q) {
    float inverse = d != 0 ? 1 / d : 0;
    for (int i = 0; i < 32; i++) q[i] = nearest(values, x[i] * inverse);
}

void quant_write_iq4_nl(const float *x, void *blocks, size_t n) {
    int q[32];
    for (uint8_t *b = blocks; n; n -= 32, b += 18, x += 32) {
        float d = extreme(x, 32) / -127;
        put_half(b, d);
        table_codes(x, quant_iq4_values, d, q);
        put_nibbles(b + 2, q);
    }
}

void quant_write_mxfp4(const float *x, void *blocks, size_t n) {
    int q[32];
    for (uint8_t *b = blocks; n; n -= 32, b += 17, x += 32) {
        float m = fabsf(extreme(x, 32));
        b[0] = m > 0 ? (uint8_t)clamp((int)floorf(log2f(m)) - 2 + 127, 0, 254) : 0;
        table_codes(x, quant_fp4_values, quant_e8m0_half(b[0]), q);
        put_nibbles(b + 1, q);
    }
}

/* -- blocks of 256 ----------------------------------------------------------------------------- */

/* Scale and offset (x ~ d·q - m, 0 <= q <= top, m >= 0) of a sub-block of 32. A step of the search
 * takes a scale near the range of x over `top`, rounds x with it, and solves the least-squares
 * problem for those codes; large numbers weigh more. The step of the least error stays. */
struct fit {
    const float *x;
    float weight[32], sum_w, sum_wx, min;
    int top;
};

static void fit_init(struct fit *f, const float *x, int top) {
    float squares = 0;
    *f = (struct fit){.x = x, .top = top};
    for (int i = 0; i < 32; i++) squares += x[i] * x[i];
    for (int i = 0; i < 32; i++) {
        f->weight[i] = sqrtf(squares / 32) + fabsf(x[i]);
        f->sum_w += f->weight[i];
        f->sum_wx += f->weight[i] * x[i];
    }
}

static float fit_error(const struct fit *f, const float *q, float d, float m) {
    float error = 0;
    for (int i = 0; i < 32; i++) {
        float off = d * q[i] - m - f->x[i];
        error += f->weight[i] * off * off;
    }
    return error;
}

/* The best scale and offset for the codes that x has at 1/inverse; false: they do not tell. */
static bool fit_step(const struct fit *f, float inverse, float *q, float *d, float *m) {
    float sq = 0, sqq = 0, sqx = 0;
    for (int i = 0; i < 32; i++) {
        q[i] = (float)clamp((int)lrintf((f->x[i] - f->min) * inverse), 0, f->top);
        float wq = f->weight[i] * q[i];
        sq += wq, sqq += wq * q[i], sqx += wq * f->x[i];
    }
    float det = f->sum_w * sqq - sq * sq;
    if (!(det > 0)) return false;
    *d = (f->sum_w * sqx - f->sum_wx * sq) / det;
    *m = (sq * sqx - sqq * f->sum_wx) / det;
    if (*m < 0) *m = 0, *d = sqx / sqq;
    return true;
}

/* Candidates: (top + first + step/10) codes over the range, for step = 0..n_steps. */
static float fit_offset(const float *x, int top, float first, int n_steps, float *m) {
    struct fit f;
    float max, q[32];
    fit_init(&f, x, top);
    range(x, 32, &f.min, &max);
    f.min = fminf(f.min, 0);
    *m = -f.min;
    if (max <= f.min) return 0;
    float inverse = (float)top / (max - f.min), best_d = 1 / inverse;
    for (int i = 0; i < 32; i++) q[i] = (float)clamp((int)lrintf((x[i] - f.min) * inverse), 0, top);
    float best = fit_error(&f, q, best_d, *m);
    for (int step = 0; step <= n_steps; step++) {
        float d, offset;
        inverse = ((float)top + first + 0.1f * (float)step) / (max - f.min);
        if (!fit_step(&f, inverse, q, &d, &offset)) continue;
        float error = fit_error(&f, q, d, offset);
        if (error < best) best = error, best_d = d, *m = offset;
    }
    return best_d;
}

static void put_q4_k_scales(uint8_t *sc, const int *s, const int *m) {
    for (int j = 0; j < 4; j++) {
        sc[j] = (uint8_t)(s[j] | s[j + 4] >> 4 << 6);
        sc[j + 4] = (uint8_t)(m[j] | m[j + 4] >> 4 << 6);
        sc[j + 8] = (uint8_t)((s[j + 4] & 15) | (m[j + 4] & 15) << 4);
    }
}

/* What Q4_K and Q5_K share: 16 bytes of scales, and the 256 codes. The codes are rounded with the
 * scales as stored. */
static void offset_codes(const float *x, int top, float first, int n_steps, uint8_t *b, int *q) {
    float d[8], m[8], max_d = 0, max_m = 0;
    int s[8], sm[8];
    for (int j = 0; j < 8; j++) {
        d[j] = fit_offset(x + 32 * j, top, first, n_steps, &m[j]);
        max_d = fmaxf(max_d, d[j]);
        max_m = fmaxf(max_m, m[j]);
    }
    put_half(b, max_d / 63);
    put_half(b + 2, max_m / 63);
    const float unit = half(b), unit_m = half(b + 2);
    for (int j = 0; j < 8; j++) {
        s[j] = max_d > 0 ? clamp((int)lrintf(63 / max_d * d[j]), 0, 63) : 0;
        sm[j] = max_m > 0 ? clamp((int)lrintf(63 / max_m * m[j]), 0, 63) : 0;
    }
    put_q4_k_scales(b + 4, s, sm);
    for (int i = 0; i < 256; i++) {
        float step = unit * (float)s[i / 32], offset = unit_m * (float)sm[i / 32];
        q[i] = step > 0 ? clamp((int)lrintf((x[i] + offset) / step), 0, top) : 0;
    }
}

static void put_nibbles_k(uint8_t *qs, const int *q) {
    memset(qs, 0, 128);
    for (int i = 0; i < 256; i++)
        qs[32 * (i / 64) + i % 32] |= (uint8_t)((q[i] & 15) << 4 * (i / 32 % 2));
}

void quant_write_q4_k(const float *x, void *blocks, size_t n) {
    int q[256];
    for (uint8_t *b = blocks; n; n -= 256, b += 144, x += 256) {
        offset_codes(x, 15, -1, 20, b, q);
        put_nibbles_k(b + 16, q);
    }
}

void quant_write_q5_k(const float *x, void *blocks, size_t n) {
    int q[256];
    for (uint8_t *b = blocks; n; n -= 256, b += 176, x += 256) {
        offset_codes(x, 31, -0.5f, 15, b, q);
        put_nibbles_k(b + 48, q);
        memset(b + 16, 0, 32);
        for (int i = 0; i < 256; i++) b[16 + i % 32] |= (uint8_t)(q[i] >> 4 << i / 32);
    }
}

/* The scale (x ~ d·q, -half <= q < half) of least squared error among a few, each number weighing
 * its own square. */
static float fit_scale(const float *x, int n, int half_range) {
    float m = extreme(x, n), best = -1, best_d = 0;
    if (fabsf(m) < 1e-15f) return 0;
    for (int i = 0; i <= 18; i++) {
        int step = i == 0 ? 0 : i <= 9 ? i - 10 : i - 9; /* the plain one wins a tie */
        float inverse = -((float)half_range + 0.1f * (float)step) / m, sqx = 0, sqq = 0;
        for (int k = 0; k < n; k++) {
            float q = (float)clamp((int)lrintf(x[k] * inverse), -half_range, half_range - 1);
            float wq = x[k] * x[k] * q;
            sqx += wq * x[k], sqq += wq * q;
        }
        if (sqq > 0 && sqx * sqx / sqq > best) best = sqx * sqx / sqq, best_d = sqx / sqq;
    }
    return best_d;
}

static void write_block_q6_k(const float *x, uint8_t *b) {
    float d[16];
    for (int j = 0; j < 16; j++) d[j] = fit_scale(x + 16 * j, 16, 32);
    float largest = extreme(d, 16), inverse = largest != 0 ? -128 / largest : 0;
    memset(b, 0, 210);
    put_half(b + 208, inverse != 0 ? 1 / inverse : 0);
    const float unit = half(b + 208);
    for (int i = 0; i < 256; i++) {
        int s = clamp((int)lrintf(inverse * d[i / 16]), -128, 127);
        float step = unit * (float)s;
        int q = (step != 0 ? clamp((int)lrintf(x[i] / step), -32, 31) : 0) + 32;
        int side = i / 128, group = i % 128 / 32, l = i % 32;
        b[64 * side + 32 * (group % 2) + l] |= (uint8_t)((q & 15) << 4 * (group / 2));
        b[128 + 32 * side + l] |= (uint8_t)(q >> 4 << 2 * group);
        b[192 + i / 16] = (uint8_t)s;
    }
}

void quant_write_q6_k(const float *x, void *blocks, size_t n) {
    for (uint8_t *b = blocks; n; n -= 256, b += 210, x += 256) write_block_q6_k(x, b);
}
