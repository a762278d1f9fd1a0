/* quant_write: see the header. The 32-element formats take the scale from the extremes of the
 * block; the K formats try a few scales around that and keep the one with the least squared error,
 * then round the sub-block scales to integers of one common float. */
#include "engine/quant_write.h"

#include <math.h>
#include <string.h>

#include "engine/quant.h"

static void put_half(uint8_t *b, float f) {
    uint16_t h = f32_to_f16(f);
    b[0] = (uint8_t)h;
    b[1] = (uint8_t)(h >> 8);
}

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
        q[i] = clamp((int)(x[i] * inverse + (float)middle + 0.5f), 0, 2 * middle - 1);
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

/* Scale and offset (x ~ d·q - m, 0 <= q <= top, m >= 0) of least squared error among a few: each
 * candidate rounds x, then solves the two-parameter least-squares problem for those codes. */
static float fit_offset(const float *x, int n, int top, float *m) {
    float min, max, best = INFINITY, best_d = 0;
    range(x, n, &min, &max);
    min = fminf(min, 0);
    *m = -min;
    if (max <= min) return 0;
    for (int step = -4; step <= 4; step++) {
        float inverse = ((float)top + 0.1f * (float)step) / (max - min), error = 0;
        float sq = 0, sqq = 0, sx = 0, sqx = 0;
        for (int i = 0; i < n; i++) {
            float q = (float)clamp((int)lrintf((x[i] - min) * inverse), 0, top);
            sq += q, sqq += q * q, sx += x[i], sqx += q * x[i];
        }
        float det = (float)n * sqq - sq * sq;
        if (det <= 0) continue;
        float d = ((float)n * sqx - sq * sx) / det, offset = (sq * sqx - sqq * sx) / det;
        if (offset < 0) offset = 0, d = sqx / sqq;
        for (int i = 0; i < n; i++) {
            float q = (float)clamp((int)lrintf((x[i] + offset) / d), 0, top);
            error += (x[i] + offset - d * q) * (x[i] + offset - d * q);
        }
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

static void write_block_q4_k(const float *x, uint8_t *b) {
    float d[8], m[8], max_d = 0, max_m = 0;
    int s[8], sm[8];
    for (int j = 0; j < 8; j++) {
        d[j] = fit_offset(x + 32 * j, 32, 15, &m[j]);
        max_d = fmaxf(max_d, d[j]);
        max_m = fmaxf(max_m, m[j]);
    }
    put_half(b, max_d / 63);
    put_half(b + 2, max_m / 63);
    for (int j = 0; j < 8; j++) {
        s[j] = max_d > 0 ? clamp((int)lrintf(63 * d[j] / max_d), 0, 63) : 0;
        sm[j] = max_m > 0 ? clamp((int)lrintf(63 * m[j] / max_m), 0, 63) : 0;
    }
    put_q4_k_scales(b + 4, s, sm);
    memset(b + 16, 0, 128);
    for (int i = 0; i < 256; i++) {
        float step = max_d / 63 * (float)s[i / 32], offset = max_m / 63 * (float)sm[i / 32];
        int q = step > 0 ? clamp((int)lrintf((x[i] + offset) / step), 0, 15) : 0;
        b[16 + 32 * (i / 64) + i % 32] |= (uint8_t)(q << 4 * (i / 32 % 2));
    }
}

void quant_write_q4_k(const float *x, void *blocks, size_t n) {
    for (uint8_t *b = blocks; n; n -= 256, b += 144, x += 256) write_block_q4_k(x, b);
}

/* The scale (x ~ d·q, -half <= q < half) of least squared error among a few. */
static float fit_scale(const float *x, int n, int half) {
    float m = extreme(x, n), best = -1, best_d = 0;
    if (m == 0) return 0;
    for (int step = -9; step <= 9; step++) {
        float inverse = -((float)half + 0.1f * (float)step) / m, sqx = 0, sqq = 0;
        for (int i = 0; i < n; i++) {
            float q = (float)clamp((int)lrintf(x[i] * inverse), -half, half - 1);
            sqx += q * x[i], sqq += q * q;
        }
        if (sqq > 0 && sqx * sqx / sqq > best) best = sqx * sqx / sqq, best_d = sqx / sqq;
    }
    return best_d;
}

static void write_block_q6_k(const float *x, uint8_t *b) {
    float d[16];
    for (int j = 0; j < 16; j++) d[j] = fit_scale(x + 16 * j, 16, 32);
    float unit = extreme(d, 16) / -128;
    memset(b, 0, 210);
    put_half(b + 208, unit);
    for (int i = 0; i < 256; i++) {
        int s = unit != 0 ? clamp((int)lrintf(d[i / 16] / unit), -128, 127) : 0;
        float step = unit * (float)s;
        int q = (step != 0 ? clamp((int)lrintf(x[i] / step), -32, 31) : 0) + 32;
        int half = i / 128, group = i % 128 / 32, l = i % 32;
        b[64 * half + 32 * (group % 2) + l] |= (uint8_t)((q & 15) << 4 * (group / 2));
        b[128 + 32 * half + l] |= (uint8_t)(q >> 4 << 2 * group);
        b[192 + i / 16] = (uint8_t)s;
    }
}

void quant_write_q6_k(const float *x, void *blocks, size_t n) {
    for (uint8_t *b = blocks; n; n -= 256, b += 210, x += 256) write_block_q6_k(x, b);
}
