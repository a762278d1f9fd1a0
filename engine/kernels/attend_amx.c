/* attend_amx: attention with AMX bfloat16 tiles at nearly F32 accuracy.
 *
 * Every number is split into two bfloat16 parts, high + low (exact for halves), and a product is
 * high·high + low·high + high·low: the tiles have the time, decoding waits for memory. For 64
 * positions and 16 queries at a time
 *     scores[position][query] = K·Qᵀ      K as it lies, Qᵀ packed once
 *     values[query][dv]      += P·V       V with pairs of positions interleaved
 * so that maxima and sums are vertical: a lane is a query. */
#include <string.h>

#include "engine/kernels/lanes_avx512.h"
#include "engine/kernels/tiles_amx.h"
#include "engine/kernels/x86.h"

enum { BLOCK = ATTEND_BLOCK, TILE = 16 };

/* Where things are in the work memory. */
struct room {
    size_t dk;      /* padded to 32 */
    uint16_t *q[2]; /* high and low: [query tile][dk / 2][16][2] */
    uint16_t *k[2]; /* [BLOCK][dk] */
    uint16_t *v[2]; /* [BLOCK / 2][dv][2] */
    uint16_t *p[2]; /* [16][BLOCK] */
    float *scores;  /* [BLOCK][16] */
};

static struct room room_in(const struct attend *a) {
    struct room r = {.dk = (a->dk + 31) / 32 * 32};
    uint16_t *at = (uint16_t *)(void *)a->work;
    for (int part = 0; part < 2; part++) {
        r.q[part] = at, at += (a->n_q + TILE - 1) / TILE * TILE * r.dk;
        r.k[part] = at, at += BLOCK * r.dk;
        r.v[part] = at, at += BLOCK * a->dv;
        r.p[part] = at, at += TILE * BLOCK;
    }
    r.scores = (float *)(void *)at;
    return r;
}

/* The upper halves of 32 floats, and what is left of them. */
static inline __m512i upper(__m512 *a, __m512 *b) {
    const __m512i odd =
        _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27,
                         25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    const __m512i mask = _mm512_set1_epi32((int)0xFFFF0000);
    __m512i ia = _mm512_castps_si512(*a), ib = _mm512_castps_si512(*b);
    *a = _mm512_sub_ps(*a, _mm512_castsi512_ps(_mm512_and_si512(ia, mask)));
    *b = _mm512_sub_ps(*b, _mm512_castsi512_ps(_mm512_and_si512(ib, mask)));
    return _mm512_permutex2var_epi16(ia, odd, ib);
}

/* The upper halves of two vectors as pairs (a below b), and what is left. */
static inline __m512i upper_pairs(__m512 *a, __m512 *b) {
    const __m512i mask = _mm512_set1_epi32((int)0xFFFF0000);
    __m512i ia = _mm512_castps_si512(*a), ib = _mm512_and_si512(_mm512_castps_si512(*b), mask);
    *a = _mm512_sub_ps(*a, _mm512_castsi512_ps(_mm512_and_si512(ia, mask)));
    *b = _mm512_sub_ps(*b, _mm512_castsi512_ps(ib));
    return _mm512_or_si512(_mm512_srli_epi32(ia, 16), ib);
}

static void pack_queries(const struct attend *a, const struct room *r) {
    for (size_t first = 0; first < a->n_q; first += TILE) {
        for (size_t j = 0; j < r->dk; j += 32) {
            __m512i high[TILE], low[TILE];
            for (size_t i = 0; i < TILE; i++) {
                size_t left = a->dk > j ? a->dk - j : 0;
                const float *q = a->q + (first + i) * a->dk + j;
                __mmask16 there = first + i < a->n_q ? 0xFFFF : 0;
                __m512 x = _mm512_maskz_loadu_ps(first_lanes(left) & there, q);
                __m512 y =
                    _mm512_maskz_loadu_ps(first_lanes(left > 16 ? left - 16 : 0) & there, q + 16);
                high[i] = upper(&x, &y);
                low[i] = upper(&x, &y);
            }
            turn16(high);
            turn16(low);
            size_t at = first * r->dk + j * TILE;
            for (size_t i = 0; i < TILE; i++) {
                _mm512_storeu_si512(r->q[0] + at + i * 32, high[i]);
                _mm512_storeu_si512(r->q[1] + at + i * 32, low[i]);
            }
        }
    }
}

/* Numbers [j, j + 16) of a row of the cache, the first n of them; j is a multiple of 16. */
static inline __m512 numbers(enum cache_type type, const char *row, size_t j, size_t n) {
    __mmask16 there = first_lanes(n);
    if (type == CACHE_F16) return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(there, row + 2 * j));
    uint16_t half;
    const char *block = row + j / CACHE_Q8_BLOCK * CACHE_Q8_BYTES;
    memcpy(&half, block, sizeof half);
    __m128i q = _mm_maskz_loadu_epi8(there, block + sizeof half + j % CACHE_Q8_BLOCK);
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(q)),
                         _mm512_set1_ps(_cvtsh_ss(half)));
}

static void load_keys(const struct attend *a, const struct room *r, size_t from, size_t n) {
    for (size_t p = 0; p < BLOCK; p++) {
        /* beyond the end the last key again: finite, and masked later */
        const char *k = a->k + (from + (p < n ? p : n - 1)) * a->k_stride;
        uint16_t *high = r->k[0] + p * r->dk, *low = r->k[1] + p * r->dk;
        if (p + 8 < n) _mm_prefetch(k + 8 * a->k_stride, _MM_HINT_T0);
        for (size_t j = 0; j < r->dk; j += 32) {
            size_t left = a->dk - j;
            __m512 x = numbers(a->type, k, j, left),
                   y = numbers(a->type, k, j + 16, left > 16 ? left - 16 : 0);
            _mm512_storeu_si512(high + j, upper(&x, &y));
            _mm512_storeu_si512(low + j, upper(&x, &y));
        }
    }
}

static void load_values(const struct attend *a, const struct room *r, size_t from, size_t n) {
    for (size_t p = 0; p < BLOCK; p += 2) {
        const char *v0 = a->v + (from + (p < n ? p : n - 1)) * a->v_stride;
        const char *v1 = a->v + (from + (p + 1 < n ? p + 1 : n - 1)) * a->v_stride;
        uint16_t *high = r->v[0] + p * a->dv, *low = r->v[1] + p * a->dv;
        for (size_t j = 0; j < a->dv; j += TILE) {
            __m512 x = numbers(a->type, v0, j, TILE), y = numbers(a->type, v1, j, TILE);
            _mm512_storeu_si512(high + 2 * j, upper_pairs(&x, &y));
            _mm512_storeu_si512(low + 2 * j, upper_pairs(&x, &y));
        }
    }
}

/* scores of the block with the queries of a tile */
static void score(const struct room *r, size_t tile) {
    const uint16_t *q0 = r->q[0] + tile * TILE * r->dk, *q1 = r->q[1] + tile * TILE * r->dk;
    TILES_READ_MEMORY();
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
#define POSITIONS(c, at)                                                                           \
    _tile_loadd(4, r->k[0] + (at)*r->dk + j, r->dk * 2);                                           \
    _tile_loadd(5, r->k[1] + (at)*r->dk + j, r->dk * 2);                                           \
    _tile_dpbf16ps(c, 4, 6);                                                                       \
    _tile_dpbf16ps(c, 5, 6);                                                                       \
    _tile_dpbf16ps(c, 4, 7);
    for (size_t j = 0; j < r->dk; j += 32) {
        _tile_loadd(6, q0 + j * TILE, 64);
        _tile_loadd(7, q1 + j * TILE, 64);
        POSITIONS(0, 0)
        POSITIONS(1, 16)
        POSITIONS(2, 32)
        POSITIONS(3, 48)
    }
#undef POSITIONS
    _tile_stored(0, r->scores, 64);
    _tile_stored(1, r->scores + 256, 64);
    _tile_stored(2, r->scores + 512, 64);
    _tile_stored(3, r->scores + 768, 64);
}

/* Scores to weights, in place; brings the state of the tile's queries to the new maxima. */
static void weigh(const struct attend *a, const struct room *r, size_t tile, size_t from,
                  size_t n) {
    int begin[TILE] = {0}, end[TILE] = {0};
    size_t count = a->n_q - tile * TILE < TILE ? a->n_q - tile * TILE : TILE;
    for (size_t i = 0; i < count; i++) {
        size_t b = a->begin[tile * TILE + i], e = a->end[tile * TILE + i];
        begin[i] = b > from ? (int)(b - from < BLOCK ? b - from : BLOCK) : 0;
        end[i] = e > from ? (int)(e - from < n ? e - from : n) : 0;
    }
    __mmask16 used = first_lanes(count);
    __m512i vb = _mm512_loadu_si512(begin), ve = _mm512_loadu_si512(end);
    __m512 max = _mm512_maskz_loadu_ps(used, a->max + tile * TILE), old = max;
    __mmask16 seen[BLOCK];
    for (int p = 0; p < BLOCK; p++) {
        __m512i at = _mm512_set1_epi32(p);
        seen[p] = _mm512_cmple_epi32_mask(vb, at) & _mm512_cmplt_epi32_mask(at, ve);
        max = _mm512_mask_max_ps(max, seen[p], max, _mm512_loadu_ps(r->scores + p * TILE));
    }
    __m512 keep = exp512(_mm512_sub_ps(old, max));
    __m512 sum = _mm512_mul_ps(_mm512_maskz_loadu_ps(used, a->sum + tile * TILE), keep);
    for (int p = 0; p < BLOCK; p++) {
        __m512 s = _mm512_sub_ps(_mm512_loadu_ps(r->scores + p * TILE), max);
        __m512 w = _mm512_maskz_mov_ps(seen[p], exp512(s));
        sum = _mm512_add_ps(sum, w);
        _mm512_storeu_ps(r->scores + p * TILE, w);
    }
    _mm512_mask_storeu_ps(a->max + tile * TILE, used, max);
    _mm512_mask_storeu_ps(a->sum + tile * TILE, used, sum);
    __mmask16 moved = _mm512_mask_cmp_ps_mask(used, old, max, _CMP_NEQ_UQ);
    float factors[TILE];
    _mm512_storeu_ps(factors, keep);
    for (size_t i = 0; i < count; i++) {
        if (!(moved >> i & 1)) continue;
        float *values = a->values + (tile * TILE + i) * a->dv;
        for (size_t j = 0; j < a->dv; j += 16)
            _mm512_storeu_ps(
                values + j, _mm512_mul_ps(_mm512_loadu_ps(values + j), _mm512_set1_ps(factors[i])));
    }
}

/* The weights as [query][position] in two parts. */
static void pack_weights(const struct room *r) {
    for (int half = 0; half < BLOCK; half += 32) {
        __m512i high[TILE], low[TILE];
        for (int i = 0; i < TILE; i++) {
            __m512 x = _mm512_loadu_ps(r->scores + (half + 2 * i) * TILE);
            __m512 y = _mm512_loadu_ps(r->scores + (half + 2 * i + 1) * TILE);
            high[i] = upper_pairs(&x, &y);
            low[i] = upper_pairs(&x, &y);
        }
        turn16(high);
        turn16(low);
        for (int i = 0; i < TILE; i++) {
            _mm512_storeu_si512(r->p[0] + i * BLOCK + half, high[i]);
            _mm512_storeu_si512(r->p[1] + i * BLOCK + half, low[i]);
        }
    }
}

/* values of the tile's queries += weights · V, 64 columns at a time and then 16. */
static void add_values(const struct attend *a, const struct room *r, size_t tile) {
    float *values = a->values + tile * TILE * a->dv;
    size_t row = a->dv * sizeof *values, j = 0;
#define COLUMNS(c, at)                                                                             \
    _tile_loadd(6, r->v[0] + p * a->dv + 2 * (at), a->dv * 4);                                     \
    _tile_loadd(7, r->v[1] + p * a->dv + 2 * (at), a->dv * 4);                                     \
    _tile_dpbf16ps(c, 4, 6);                                                                       \
    _tile_dpbf16ps(c, 5, 6);                                                                       \
    _tile_dpbf16ps(c, 4, 7);
    TILES_READ_MEMORY();
    for (; j + 64 <= a->dv; j += 64) {
        _tile_loadd(0, values + j, row);
        _tile_loadd(1, values + j + 16, row);
        _tile_loadd(2, values + j + 32, row);
        _tile_loadd(3, values + j + 48, row);
        for (size_t p = 0; p < BLOCK; p += 32) {
            _tile_loadd(4, r->p[0] + p, BLOCK * 2);
            _tile_loadd(5, r->p[1] + p, BLOCK * 2);
            COLUMNS(0, j)
            COLUMNS(1, j + 16)
            COLUMNS(2, j + 32)
            COLUMNS(3, j + 48)
        }
        _tile_stored(0, values + j, row);
        _tile_stored(1, values + j + 16, row);
        _tile_stored(2, values + j + 32, row);
        _tile_stored(3, values + j + 48, row);
    }
    for (; j < a->dv; j += 16) {
        _tile_loadd(0, values + j, row);
        for (size_t p = 0; p < BLOCK; p += 32) {
            _tile_loadd(4, r->p[0] + p, BLOCK * 2);
            _tile_loadd(5, r->p[1] + p, BLOCK * 2);
            COLUMNS(0, j)
        }
        _tile_stored(0, values + j, row);
    }
#undef COLUMNS
}

/* Whether some query of the tile sees something of [from, from + n). */
static bool looks_at(const struct attend *a, size_t tile, size_t from, size_t n) {
    for (size_t i = tile * TILE; i < a->n_q && i < (tile + 1) * TILE; i++)
        if (a->begin[i] < from + n && a->end[i] > from) return true;
    return false;
}

void attend_amx(const struct attend *a) {
    if (a->dv % TILE) { /* no model known so far */
        kernels_scalar.attend(a);
        return;
    }
    struct room r = room_in(a);
    size_t tiles = (a->n_q + TILE - 1) / TILE;
    tiles_configure();
    pack_queries(a, &r);
    for (size_t from = a->from; from < a->to; from += BLOCK) {
        size_t n = a->to - from < BLOCK ? a->to - from : BLOCK;
        load_keys(a, &r, from, n);
        load_values(a, &r, from, n);
        for (size_t tile = 0; tile < tiles; tile++) {
            if (!looks_at(a, tile, from, n)) continue;
            score(&r, tile);
            weigh(a, &r, tile, from, n);
            pack_weights(&r);
            add_values(a, &r, tile);
        }
    }
    _tile_release();
}
