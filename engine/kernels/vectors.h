/* vectors: the kernels over plain vectors, float weights and attention, for any width; the
 * including file defines vec, WIDTH, PANEL_FLOAT_TOKENS, the vec_ functions and KERNEL(name). */

/* e^x for x in [-87, 88], beyond that the values at the ends: 2^n times a polynomial of the rest.
 */
static inline vec vec_exp(vec x) {
    vec n;
    x = vec_max(x, vec_set(-87));
    x = vec_mul(vec_max(vec_mul(x, vec_set(-1)), vec_set(-88)), vec_set(-1)); /* the minimum */
    vec power = vec_power_of_two(vec_mul(x, vec_set(1.44269504f)), &n);
    vec r = vec_fma(n, vec_set(-0.693145752f), x);
    r = vec_fma(n, vec_set(-1.42860677e-6f), r);
    vec sum = vec_fma(vec_set(1 / 5040.0f), r, vec_set(1 / 720.0f));
    sum = vec_fma(sum, r, vec_set(1 / 120.0f));
    sum = vec_fma(sum, r, vec_set(1 / 24.0f));
    sum = vec_fma(sum, r, vec_set(1 / 6.0f));
    sum = vec_fma(sum, r, vec_set(0.5f));
    sum = vec_fma(sum, r, vec_set(1));
    return vec_mul(vec_fma(sum, r, vec_set(1)), power);
}

void KERNEL(to_q8)(const float *x, void *out, size_t n) {
    struct act_q8 v = act_q8_view(out, n);
    int8_t *q = (int8_t *)v.q;
    float *d = (float *)v.d, *total = (float *)v.sum;
    for (size_t i = 0; i < n; i += 32) {
        vec max = vec_zero();
        for (size_t j = i; j < i + 32; j += WIDTH) max = vec_max(max, vec_abs(vec_load(x + j)));
        float top = vec_top(max), scale = top / 127, inverse = top > 0 ? 127 / top : 0;
        int sum[2] = {0, 0};
        for (size_t j = 0; j < 32; j += WIDTH)
            sum[j / 16] += vec_to_int8(q + i + j, vec_mul(vec_load(x + i + j), vec_set(inverse)));
        d[i / 16] = d[i / 16 + 1] = scale;
        total[i / 16] = scale * (float)sum[0];
        total[i / 16 + 1] = scale * (float)sum[1];
    }
    size_t pad = act_q8_pad(n) - n;
    memset(q + n, 0, pad);
    memset(d + n / 16, 0, pad / 16 * sizeof *d);
    memset(total + n / 16, 0, pad / 16 * sizeof *total);
}

float KERNEL(dot_f32)(const float *a, const float *b, size_t n) {
    vec s = vec_zero(), s2 = s;
    size_t i = 0;
    for (; i + 2 * WIDTH <= n; i += 2 * WIDTH) {
        s = vec_fma(vec_load(a + i), vec_load(b + i), s);
        s2 = vec_fma(vec_load(a + i + WIDTH), vec_load(b + i + WIDTH), s2);
    }
    float sum = vec_sum(vec_add(s, s2));
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

float KERNEL(dot_f16)(const float *a, const uint16_t *b, size_t n) {
    vec s = vec_zero();
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) s = vec_fma(vec_load(a + i), vec_halves(b + i), s);
    float sum = vec_sum(s);
    for (; i < n; i++) sum += a[i] * f16_to_f32(b[i]);
    return sum;
}

void KERNEL(axpy_f16)(float *y, float a, const uint16_t *x, size_t n) {
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        vec_store(y + i, vec_fma(vec_set(a), vec_halves(x + i), vec_load(y + i)));
    for (; i < n; i++) y[i] += a * f16_to_f32(x[i]);
}

void KERNEL(to_f16)(const float *x, uint16_t *out, size_t n) {
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) vec_to_halves(out + i, vec_load(x + i));
    for (; i < n; i++) out[i] = f32_to_f16(x[i]);
}

/* A block of the cache, which begins with its scale. */
static void write_q8_0(const float *x, char *block) {
    vec max = vec_zero();
    for (size_t i = 0; i < CACHE_Q8_BLOCK; i += WIDTH) max = vec_max(max, vec_abs(vec_load(x + i)));
    float top = vec_top(max), inverse = top > 0 ? 127 / top : 0;
    uint16_t scale = f32_to_f16(top / 127);
    memcpy(block, &scale, sizeof scale);
    for (size_t i = 0; i < CACHE_Q8_BLOCK; i += WIDTH)
        vec_to_int8((int8_t *)block + sizeof scale + i, vec_mul(vec_load(x + i), vec_set(inverse)));
}

void KERNEL(to_q8_0)(const float *x, void *out, size_t n) {
    char *block = out;
    size_t i = 0;
    for (; i + CACHE_Q8_BLOCK <= n; i += CACHE_Q8_BLOCK, block += CACHE_Q8_BYTES)
        write_q8_0(x + i, block);
    if (i == n) return;
    float last[CACHE_Q8_BLOCK] = {0};
    memcpy(last, x + i, (n - i) * sizeof *x);
    write_q8_0(last, block);
}

void KERNEL(rms_norm)(const float *x, const float *weight, float eps, float *out, size_t n) {
    float scale = 1 / sqrtf(KERNEL(dot_f32)(x, x, n) / (float)n + eps);
    for (size_t i = 0; i < n; i++) out[i] = x[i] * scale * (weight ? weight[i] : 1);
}

void KERNEL(silu_mul)(const float *gate, const float *up, float *out, size_t n) {
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        vec g = vec_load(gate + i), e = vec_exp(vec_mul(g, vec_set(-1)));
        vec_store(out + i, vec_mul(vec_div(g, vec_add(vec_set(1), e)), vec_load(up + i)));
    }
    for (; i < n; i++) out[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

float KERNEL(softmax)(float *x, size_t n) {
    float max = x[0], sum = 0;
    for (size_t i = 1; i < n; i++) max = x[i] > max ? x[i] : max;
    size_t i = 0;
    vec sums = vec_zero();
    for (; i + WIDTH <= n; i += WIDTH) {
        vec e = vec_exp(vec_add(vec_load(x + i), vec_set(-max)));
        vec_store(x + i, e);
        sums = vec_add(sums, e);
    }
    for (; i < n; i++) sum += x[i] = expf(x[i] - max);
    sum += vec_sum(sums);
    for (i = 0; i < n; i++) x[i] /= sum;
    return max;
}

/* -- weights that are floats --------------------------------------------------------------------
 */

/* One row with n_tokens (a constant 1..4) tokens; `load` widens WIDTH weights, `one` a single one.
 */
static inline __attribute__((always_inline)) void
mul_float_row(const struct mul *m, size_t r, size_t token, int n_tokens,
              vec (*load)(const char *, size_t), float (*one)(const char *, size_t)) {
    const char *w = (const char *)m->w + r * m->row_bytes;
    vec sum[4];
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) sum[t] = vec_zero();
    size_t i = 0;
    for (; i + WIDTH <= m->n; i += WIDTH) {
        vec x = load(w, i);
#pragma GCC unroll 16
        for (int t = 0; t < n_tokens; t++)
            sum[t] = vec_fma(x, vec_load((const float *)m->x[token + (size_t)t] + i), sum[t]);
    }
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) {
        const float *x = m->x[token + (size_t)t];
        float rest = 0;
        for (size_t j = i; j < m->n; j++) rest += one(w, j) * x[j];
        m->y[(token + (size_t)t) * m->ldy + r] = vec_sum(sum[t]) + rest;
    }
}

static inline __attribute__((always_inline)) void mul_floats(const struct mul *m,
                                                             vec (*load)(const char *, size_t),
                                                             float (*one)(const char *, size_t)) {
    for (size_t r = 0; r < m->n_rows; r++) {
        size_t t = 0;
        for (; t + 4 <= m->n_tokens; t += 4) mul_float_row(m, r, t, 4, load, one);
        for (; t < m->n_tokens; t++) mul_float_row(m, r, t, 1, load, one);
    }
}

static inline vec load_f32(const char *w, size_t i) {
    return vec_load((const float *)(const void *)w + i);
}
static inline vec load_f16(const char *w, size_t i) {
    return vec_halves((const uint16_t *)(const void *)w + i);
}
static inline vec load_bf16(const char *w, size_t i) {
    return vec_bf16((const uint16_t *)(const void *)w + i);
}
static inline float one_f32(const char *w, size_t i) { return ((const float *)(const void *)w)[i]; }
static inline float one_f16(const char *w, size_t i) {
    return f16_to_f32(((const uint16_t *)(const void *)w)[i]);
}
static inline float one_bf16(const char *w, size_t i) {
    return bf16_to_f32(((const uint16_t *)(const void *)w)[i]);
}

void KERNEL(mul_f32)(const struct mul *m) { mul_floats(m, load_f32, one_f32); }
void KERNEL(mul_f16)(const struct mul *m) { mul_floats(m, load_f16, one_f16); }
void KERNEL(mul_bf16)(const struct mul *m) { mul_floats(m, load_bf16, one_bf16); }

/* -- the same for prefill: lanes are rows, see mul_panel.h ----------------------------------------
 */

enum { PANEL_ROWS = 2 * WIDTH, PANEL_NUMBERS = 256 /* of each row, at once */ };

/* Numbers [at, at + n) of n_rows rows as [number][PANEL_ROWS]. */
static inline __attribute__((always_inline)) void
fill_panel(const struct mul *m, size_t row, size_t n_rows, size_t at, size_t n,
           vec (*load)(const char *, size_t), float (*one)(const char *, size_t), float *panel) {
    for (size_t r = 0; r < PANEL_ROWS; r++) {
        const char *w = (const char *)m->w + (row + (r < n_rows ? r : 0)) * m->row_bytes;
        float numbers[PANEL_NUMBERS];
        size_t i = 0;
        for (; i + WIDTH <= n; i += WIDTH) vec_store(numbers + i, load(w, at + i));
        for (; i < n; i++) numbers[i] = one(w, at + i);
        for (i = 0; i < n; i++) panel[i * PANEL_ROWS + r] = numbers[i];
    }
}

/* y[t][row..] += panel·x[t] for n_tokens (a constant) tokens. */
static inline __attribute__((always_inline)) void add_panel(const struct mul *m, const float *panel,
                                                            size_t row, size_t n_rows, size_t at,
                                                            size_t n, size_t token, int n_tokens) {
    vec a[PANEL_FLOAT_TOKENS], b[PANEL_FLOAT_TOKENS];
    const float *x[PANEL_FLOAT_TOKENS];
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) {
        x[t] = (const float *)m->x[token + (size_t)t] + at;
        a[t] = b[t] = vec_zero();
    }
    for (size_t i = 0; i < n; i++) {
        vec u = vec_load(panel + i * PANEL_ROWS), w = vec_load(panel + i * PANEL_ROWS + WIDTH);
#pragma GCC unroll 16
        for (int t = 0; t < n_tokens; t++) {
            vec v = vec_set(x[t][i]);
            a[t] = vec_fma(u, v, a[t]);
            b[t] = vec_fma(w, v, b[t]);
        }
    }
    for (int t = 0; t < n_tokens; t++) {
        float sums[PANEL_ROWS], *y = m->y + (token + (size_t)t) * m->ldy + row;
        vec_store(sums, a[t]);
        vec_store(sums + WIDTH, b[t]);
        for (size_t r = 0; r < n_rows; r++) y[r] = at ? y[r] + sums[r] : sums[r];
    }
}

static inline __attribute__((always_inline)) void panel_floats(const struct mul *m,
                                                               vec (*load)(const char *, size_t),
                                                               float (*one)(const char *, size_t)) {
    float *panel = m->work;
    for (size_t row = 0; row < m->n_rows; row += PANEL_ROWS) {
        size_t n_rows = m->n_rows - row < PANEL_ROWS ? m->n_rows - row : PANEL_ROWS;
        for (size_t at = 0; at < m->n; at += PANEL_NUMBERS) {
            size_t n = m->n - at < PANEL_NUMBERS ? m->n - at : PANEL_NUMBERS, t = 0;
            fill_panel(m, row, n_rows, at, n, load, one, panel);
            for (; t + PANEL_FLOAT_TOKENS <= m->n_tokens; t += PANEL_FLOAT_TOKENS)
                add_panel(m, panel, row, n_rows, at, n, t, PANEL_FLOAT_TOKENS);
            for (; t < m->n_tokens; t++) add_panel(m, panel, row, n_rows, at, n, t, 1);
        }
    }
}

void KERNEL(panel_f32)(const struct mul *m) { panel_floats(m, load_f32, one_f32); }
void KERNEL(panel_f16)(const struct mul *m) { panel_floats(m, load_f16, one_f16); }
void KERNEL(panel_bf16)(const struct mul *m) { panel_floats(m, load_bf16, one_bf16); }

#define ATTEND KERNEL(attend)
#include "engine/kernels/attend_vector.h"
