/* attend_vector: attention for any vector width; the including file defines vec, WIDTH, the vec_
 * functions and the name ATTEND. Keys and values of a block of positions are brought to F32 once
 * for all queries; two queries meet two positions at a time. */
#include <math.h>
#include <string.h>

enum { BLOCK = ATTEND_BLOCK };

/* `n` halves to F32, filled up with zeros to ld. */
static void load_halves(const uint16_t *h, size_t n, float *out, size_t ld) {
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) vec_store(out + i, vec_halves(h + i));
    if (i == ld) return;
    uint16_t last[WIDTH] = {0};
    memcpy(last, h + i, (n - i) * sizeof *h);
    vec_store(out + i, vec_halves(last));
}

/* ld numbers of blocks of 8 bits to F32. */
static void load_q8_0(const char *block, float *out, size_t ld) {
    for (size_t i = 0; i < ld; i += CACHE_Q8_BLOCK, block += CACHE_Q8_BYTES) {
        uint16_t half;
        memcpy(&half, block, sizeof half);
        vec scale = vec_set(f16_to_f32(half));
        const int8_t *q = (const int8_t *)block + sizeof half;
        for (size_t j = 0; j < CACHE_Q8_BLOCK && i + j < ld; j += WIDTH)
            vec_store(out + i + j, vec_mul(scale, vec_of_int8(q + j)));
    }
}

/* n_rows rows of n numbers of the cache to F32, ld apart. What lies between n and ld is finite. */
static void load_rows(enum cache_type type, const char *row, size_t stride, size_t n_rows, size_t n,
                      float *out, size_t ld) {
    for (size_t r = 0; r < n_rows; r++, row += stride, out += ld) {
        if (type == CACHE_Q8_0)
            load_q8_0(row, out, ld);
        else
            load_halves((const uint16_t *)(const void *)row, n, out, ld);
    }
}

/* s[i][j] = q[i]·k[j] for two queries and two keys of n numbers (a multiple of WIDTH). */
static inline void score_2x2(const float *q0, const float *q1, const float *k0, const float *k1,
                             size_t n, float *s0, float *s1) {
    vec a = vec_zero(), b = a, c = a, d = a;
    for (size_t i = 0; i < n; i += WIDTH) {
        vec x = vec_load(q0 + i), y = vec_load(q1 + i), u = vec_load(k0 + i), w = vec_load(k1 + i);
        a = vec_fma(x, u, a);
        b = vec_fma(x, w, b);
        c = vec_fma(y, u, c);
        d = vec_fma(y, w, d);
    }
    s0[0] = vec_sum(a);
    s0[1] = vec_sum(b);
    s1[0] = vec_sum(c);
    s1[1] = vec_sum(d);
}

/* Scores to weights in place; positions that query i does not see get 0. Carries the state on. */
static void weigh(const struct attend *a, size_t i, size_t from, size_t n, float *s) {
    float max = a->max[i], old = max;
    for (size_t p = 0; p < BLOCK; p++) {
        if (p >= n || from + p < a->begin[i] || from + p >= a->end[i]) s[p] = -INFINITY;
        if (s[p] > max) max = s[p];
    }
    vec sum = vec_zero();
    for (size_t p = 0; p < BLOCK; p += WIDTH) {
        for (size_t j = p; j < p + WIDTH; j++) s[j] -= max;
        vec w = vec_exp(vec_load(s + p));
        for (size_t j = p; j < p + WIDTH; j++) s[j] = s[j] == -INFINITY ? 0 : 1;
        w = vec_mul(w, vec_load(s + p));
        vec_store(s + p, w);
        sum = vec_add(sum, w);
    }
    float keep = expf(old - max);
    a->sum[i] = a->sum[i] * keep + vec_sum(sum);
    a->max[i] = max;
    if (keep == 1) return;
    for (size_t j = 0; j < a->dv; j++) a->values[i * a->dv + j] *= keep;
}

/* values[j .. j + n·WIDTH) += sum over positions of weight·v, n a constant 1..4. */
static inline void add_columns(float *values, const float *weights, const float *v, size_t ld,
                               int n) {
    vec sum[4];
#pragma GCC unroll 16
    for (int c = 0; c < n; c++) sum[c] = vec_load(values + c * WIDTH);
    for (size_t p = 0; p < BLOCK; p++) {
        vec w = vec_set(weights[p]);
#pragma GCC unroll 16
        for (int c = 0; c < n; c++) sum[c] = vec_fma(w, vec_load(v + p * ld + c * WIDTH), sum[c]);
    }
#pragma GCC unroll 16
    for (int c = 0; c < n; c++) vec_store(values + c * WIDTH, sum[c]);
}

static void add_values(const struct attend *a, size_t i, const float *weights, const float *v,
                       size_t ld) {
    float *values = a->values + i * a->dv;
    size_t j = 0;
    for (; j + 4 * WIDTH <= a->dv; j += 4 * WIDTH) add_columns(values + j, weights, v + j, ld, 4);
    for (; j + WIDTH <= a->dv; j += WIDTH) add_columns(values + j, weights, v + j, ld, 1);
    if (j == a->dv) return;
    float last[WIDTH] = {0};
    memcpy(last, values + j, (a->dv - j) * sizeof *last);
    add_columns(last, weights, v + j, ld, 1);
    memcpy(values + j, last, (a->dv - j) * sizeof *last);
}

void ATTEND(const struct attend *a) {
    size_t ldk = (a->dk + WIDTH - 1) / WIDTH * WIDTH, ldv = (a->dv + WIDTH - 1) / WIDTH * WIDTH;
    float *k = a->work, *v = k + BLOCK * ldk, *scores = v + BLOCK * ldv;
    float *q = scores + ATTEND_QUERIES * BLOCK;
    for (size_t i = 0; i < a->n_q; i++) {
        memset(q + i * ldk, 0, ldk * sizeof *q);
        memcpy(q + i * ldk, a->q + i * a->dk, a->dk * sizeof *q);
    }
    for (size_t from = a->from; from < a->to; from += BLOCK) {
        size_t n = a->to - from < BLOCK ? a->to - from : BLOCK;
        load_rows(a->type, a->k + from * a->k_stride, a->k_stride, n, a->dk, k, ldk);
        load_rows(a->type, a->v + from * a->v_stride, a->v_stride, n, a->dv, v, ldv);
        memset(k + n * ldk, 0, (BLOCK - n) * ldk * sizeof *k);
        memset(v + n * ldv, 0, (BLOCK - n) * ldv * sizeof *v);
        for (size_t i = 0; i < a->n_q; i += 2) {
            size_t other = i + 1 < a->n_q ? i + 1 : i;
            float *s0 = scores + i * BLOCK, *s1 = scores + other * BLOCK;
            for (size_t p = 0; p < n; p += 2)
                score_2x2(q + i * ldk, q + other * ldk, k + p * ldk, k + (p + 1) * ldk, ldk, s0 + p,
                          s1 + p);
        }
        for (size_t i = 0; i < a->n_q; i++) {
            if (a->begin[i] >= from + n || a->end[i] <= from) continue;
            weigh(a, i, from, n, scores + i * BLOCK);
            add_values(a, i, scores + i * BLOCK, v, ldv);
        }
    }
}
