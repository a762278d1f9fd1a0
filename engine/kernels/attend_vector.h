/* attend_vector: attention for any vector width; the including file defines vec, WIDTH, the vec_
 * functions and the name ATTEND.
 *
 * A block of positions at a time: scores, weights, values. Up to TILE queries meet two positions,
 * or two vectors of a position's values, in registers. With few queries, as in decoding, keys and
 * values are read as the cache has them, once, and the next ones asked for meanwhile: that is as
 * fast as memory gives them. With many, they are first brought to F32. Either way does the same
 * operations on a query in the same order: how many there are changes no bit. */
#include <math.h>
#include <string.h>

enum { BLOCK = ATTEND_BLOCK, TILE = 6, FEW_QUERIES = 18, AHEAD = 16 };

/* How the numbers of a row stand there: as in the cache, or brought to F32. */
enum form { FORM_F16 = CACHE_F16, FORM_Q8_0 = CACHE_Q8_0, FORM_F32 };

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
        vec scale = vec_set(half_to_float(half));
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

/* WIDTH numbers of a row from j on. */
static inline __attribute__((always_inline)) vec numbers(enum form form, const char *row,
                                                         size_t j) {
    if (form == FORM_F32) return vec_load((const float *)(const void *)row + j);
    if (form == FORM_F16) return vec_halves((const uint16_t *)(const void *)row + j);
    const char *block = row + j / CACHE_Q8_BLOCK * CACHE_Q8_BYTES;
    uint16_t half;
    memcpy(&half, block, sizeof half);
    const int8_t *q = (const int8_t *)block + sizeof half + j % CACHE_Q8_BLOCK;
    return vec_mul(vec_set(half_to_float(half)), vec_of_int8(q));
}

/* Rows of a block of positions. */
struct rows {
    const char *at;
    size_t stride; /* bytes */
    size_t n;
};

static inline void ask_for(const char *row, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(row + i);
}

/* s[i][p] = q[i]·k[p] for n (a constant, up to TILE) queries, q [n][ld] and s [n][BLOCK]. */
static inline __attribute__((always_inline)) void score_tile(enum form form, const float *q, int n,
                                                             size_t ld, struct rows k,
                                                             const char *next, size_t next_stride,
                                                             size_t next_bytes, float *s) {
    for (size_t p = 0; p < k.n; p += 2) {
        const char *k0 = k.at + p * k.stride, *k1 = p + 1 < k.n ? k0 + k.stride : k0;
        vec sum[TILE + 1][2];
        if (next) {
            size_t other = p + 1 < k.n ? p + 1 : p;
            ask_for(k0 + AHEAD * k.stride, next_bytes);
            ask_for(k1 + AHEAD * k.stride, next_bytes);
            ask_for(next + p * next_stride, next_bytes);
            ask_for(next + other * next_stride, next_bytes);
        }
#pragma GCC unroll 8
        for (int i = 0; i <= n; i++) sum[i][0] = sum[i][1] = vec_zero();
        for (size_t j = 0; j < ld; j += WIDTH) {
            vec u = numbers(form, k0, j), w = numbers(form, k1, j);
#pragma GCC unroll 8
            for (int i = 0; i < n; i++) {
                vec x = vec_load(q + (size_t)i * ld + j);
                sum[i][0] = vec_fma(x, u, sum[i][0]);
                sum[i][1] = vec_fma(x, w, sum[i][1]);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < n; i += 2) {
            float four[4];
            vec_sum4(sum[i][0], sum[i][1], sum[i + 1][0], sum[i + 1][1], four);
            memcpy(s + i * BLOCK + p, four, 2 * sizeof *s);
            if (i + 1 < n) memcpy(s + (i + 1) * BLOCK + p, four + 2, 2 * sizeof *s);
        }
    }
}

/* values[i][j .. j + c·WIDTH) += sum over positions of s[i][p]·v[p], for n queries, dv apart; n and
 * c are constants, up to TILE and 2. */
static inline __attribute__((always_inline)) void add_tile(enum form form, const float *s, int n,
                                                           struct rows v, size_t j, int c,
                                                           float *values, size_t dv) {
    vec sum[TILE][2];
#pragma GCC unroll 8
    for (int i = 0; i < n; i++)
#pragma GCC unroll 2
        for (int x = 0; x < c; x++)
            sum[i][x] = vec_load(values + (size_t)i * dv + (size_t)x * WIDTH);
    for (size_t p = 0; p < v.n; p++) {
        const char *row = v.at + p * v.stride;
        vec u[2];
#pragma GCC unroll 2
        for (int x = 0; x < c; x++) u[x] = numbers(form, row, j + (size_t)x * WIDTH);
#pragma GCC unroll 8
        for (int i = 0; i < n; i++) {
            vec w = vec_set(s[(size_t)i * BLOCK + p]);
#pragma GCC unroll 2
            for (int x = 0; x < c; x++) sum[i][x] = vec_fma(w, u[x], sum[i][x]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < n; i++)
#pragma GCC unroll 2
        for (int x = 0; x < c; x++)
            vec_store(values + (size_t)i * dv + (size_t)x * WIDTH, sum[i][x]);
}

static inline __attribute__((always_inline)) void add_all(enum form form, const float *s, int n,
                                                          struct rows v, float *values, size_t dv) {
    size_t j = 0;
    for (; j + 2 * WIDTH <= dv; j += 2 * WIDTH) add_tile(form, s, n, v, j, 2, values + j, dv);
    for (; j + WIDTH <= dv; j += WIDTH) add_tile(form, s, n, v, j, 1, values + j, dv);
    if (j == dv) return;
    float last[TILE * WIDTH] = {0}; /* only of rows that are F32 and filled up */
    for (int i = 0; i < n; i++)
        memcpy(last + i * WIDTH, values + (size_t)i * dv + j, (dv - j) * sizeof *last);
    add_tile(form, s, n, v, j, 1, last, WIDTH);
    for (int i = 0; i < n; i++)
        memcpy(values + (size_t)i * dv + j, last + i * WIDTH, (dv - j) * sizeof *last);
}

/* Scores to weights in place; positions that query i does not see get 0. Carries the state on. */
static void weigh(const struct attend *a, size_t i, size_t from, size_t n, float *s) {
    float max = a->max[i], old = max;
    bool all = n == BLOCK && a->begin[i] <= from && a->end[i] >= from + n;
    vec sum = vec_zero();
    if (all) {
        vec top = vec_load(s);
        for (size_t p = WIDTH; p < BLOCK; p += WIDTH) top = vec_max(top, vec_load(s + p));
        max = fmaxf(max, vec_top(top));
    }
    for (size_t p = 0; !all && p < BLOCK; p++) {
        if (p >= n || from + p < a->begin[i] || from + p >= a->end[i]) s[p] = -INFINITY;
        if (s[p] > max) max = s[p];
    }
    for (size_t p = 0; p < BLOCK; p += WIDTH) {
        vec w = vec_exp(vec_add(vec_load(s + p), vec_set(-max)));
        if (!all) {
            for (size_t j = p; j < p + WIDTH; j++) s[j] = s[j] == -INFINITY ? 0 : 1;
            w = vec_mul(w, vec_load(s + p));
        }
        vec_store(s + p, w);
        sum = vec_add(sum, w);
    }
    float keep = max == old ? 1 : expf(old - max);
    a->sum[i] = a->sum[i] * keep + vec_sum(sum);
    a->max[i] = max;
    if (keep == 1) return;
    for (size_t j = 0; j < a->dv; j++) a->values[i * a->dv + j] *= keep;
}

/* One block of positions from `from` on, for n (a constant) queries from the i-th on. */
static inline __attribute__((always_inline)) void
attend_tile(const struct attend *a, enum form form, size_t i, int n, const float *q, size_t ldk,
            struct rows k, struct rows v, size_t from, float *scores) {
    bool ask = form != FORM_F32, seen = false;
    for (size_t j = i; j < i + (size_t)n; j++) seen |= a->begin[j] < from + k.n && a->end[j] > from;
    if (!seen) return;
    score_tile(form, q + i * ldk, n, ldk, k, ask ? v.at : NULL, v.stride,
               cache_bytes(a->type, a->dv), scores);
    for (int j = 0; j < n; j++) weigh(a, i + (size_t)j, from, k.n, scores + j * BLOCK);
    add_all(form, scores, n, v, a->values + i * a->dv, a->dv);
}

static inline __attribute__((always_inline)) void
attend_block(const struct attend *a, enum form form, const float *q, size_t ldk, struct rows k,
             struct rows v, size_t from, float *scores) {
    size_t tiles = (a->n_q + TILE - 1) / TILE, most = (a->n_q + tiles - 1) / tiles;
    for (size_t i = 0; i < a->n_q;) {
        size_t n = a->n_q - i < most ? a->n_q - i : most;
        switch (n) {
#define QUERIES(n)                                                                                 \
    case n:                                                                                        \
        attend_tile(a, form, i, n, q, ldk, k, v, from, scores);                                    \
        break;
            QUERIES(1)
            QUERIES(2)
            QUERIES(3)
            QUERIES(4)
            QUERIES(5)
            QUERIES(6)
#undef QUERIES
        }
        i += n;
    }
}

void ATTEND(const struct attend *a) {
    size_t ldk = (a->dk + WIDTH - 1) / WIDTH * WIDTH, ldv = (a->dv + WIDTH - 1) / WIDTH * WIDTH;
    float *k = a->work, *v = k + BLOCK * ldk, *scores = v + BLOCK * ldv, *q = scores + TILE * BLOCK;
    bool as_it_is = a->n_q <= FEW_QUERIES && ldk == a->dk && ldv == a->dv;
    for (size_t i = 0; i < a->n_q; i++) {
        memset(q + i * ldk, 0, ldk * sizeof *q);
        memcpy(q + i * ldk, a->q + i * a->dk, a->dk * sizeof *q);
    }
    for (size_t from = a->from; from < a->to; from += BLOCK) {
        size_t n = a->to - from < BLOCK ? a->to - from : BLOCK;
        struct rows keys = {a->k + from * a->k_stride, a->k_stride, n},
                    values = {a->v + from * a->v_stride, a->v_stride, n};
        if (as_it_is && a->type == CACHE_F16) {
            attend_block(a, FORM_F16, q, ldk, keys, values, from, scores);
        } else if (as_it_is) {
            attend_block(a, FORM_Q8_0, q, ldk, keys, values, from, scores);
        } else {
            load_rows(a->type, keys.at, keys.stride, n, a->dk, k, ldk);
            load_rows(a->type, values.at, values.stride, n, a->dv, v, ldv);
            keys = (struct rows){(const char *)k, ldk * sizeof *k, n};
            values = (struct rows){(const char *)v, ldv * sizeof *v, n};
            attend_block(a, FORM_F32, q, ldk, keys, values, from, scores);
        }
    }
}
