/* panel_avx2: products for prefill with AVX2, which has no dot product of bytes that adds up in 32
 * bits.
 *
 * For 256 numbers of every row at a time: the tokens are laid out TOKENS side by side, so that all
 * of them together stay in the second-level cache; then ROWS rows of weights are unpacked, four
 * neighbours of a row to a lane, and stay in the first while the tokens pass. Sums stay in lanes,
 * one row each.
 *
 * vpmaddubsw multiplies bytes and adds pairs in 16 bits. Several such pairs can be added before
 * they must be widened where codes are small: codes below 16 times activations within ±127 eight
 * times (2·8·15·127 < 32768), which is a whole group of 32, codes below 64 twice. Codes of eight
 * bits with a sign are multiplied in 16 bits instead.
 * What offsets bring, sum_g offset[g]·sum_x[g], is a small product of its own. */
#include "engine/kernels/ymm.h"

enum { ROWS = 16, TOKENS = 6, PITCH = 8, GROUPS = 16 };
enum { PANELS = 16, TILES = 88 }; /* passed in turn before the next numbers are */

/* How codes are multiplied. */
enum way { BY_EIGHT, BY_TWO, WIDE };

/* 256 numbers of ROWS rows: four codes of a row in a lane, or two of 16 bits (WIDE). Of types whose
 * groups are 32 only the first half of the scales and offsets is there. */
struct panel {
    uint8_t codes[256 / 2][ROWS][4];
    float scale[GROUPS][ROWS], offset[GROUPS][ROWS];
};

/* 256 numbers of TOKENS tokens, as the panel has them. */
struct tile {
    uint8_t x[256 / 2][PITCH][4];
    float d[GROUPS][PITCH], total[GROUPS][PITCH]; /* scale, scale·sum */
};

typedef float results[TOKENS][ROWS];

struct work {
    struct panel panel;
    struct tile tiles[TILES];
    results sums[PANELS][TILES]; /* as the passes go on: nearer together than y's */
};
_Static_assert(sizeof(struct work) <= KERNEL_WORK_BYTES, "room in mul.work");

/* -- laying out -------------------------------------------------------------------------------- */

/* Rows of 8 lanes to columns; column j goes to out + j·stride. */
INLINE void transpose8(const __m256i *r, void *out, size_t stride) {
    __m256i pairs[8], fours[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        pairs[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        fours[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
        fours[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
        fours[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        fours[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        __m256i *low = (__m256i *)(void *)((char *)out + i * stride),
                *high = (__m256i *)(void *)((char *)out + (i + 4) * stride);
        _mm256_storeu_si256(low, _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20));
        _mm256_storeu_si256(high, _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31));
    }
}

/* 32 bytes of eight rows to columns of four bytes, or of two numbers of 16 bits. */
INLINE void transpose_bytes(__m256i *r, int wide, void *out, size_t stride) {
    if (!wide) {
        transpose8(r, out, stride);
        return;
    }
    for (size_t half = 0; half < 2; half++) {
        __m256i w[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            w[i] = _mm256_cvtepi8_epi16(_mm256_castsi256_si128(r[i]));
            r[i] = _mm256_castsi128_si256(_mm256_extracti128_si256(r[i], 1));
        }
        transpose8(w, (char *)out + half * 8 * stride, stride);
    }
}

/* A float for each group of eight rows to columns. */
INLINE void transpose_floats(const float *const *rows, int group, void *out, size_t stride) {
    for (size_t g = 0; g < 256 / (size_t)group; g += 8) {
        __m256i r[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) r[i] = _mm256_castps_si256(_mm256_loadu_ps(rows[i] + g));
        transpose8(r, (char *)out + g * stride, stride);
    }
}

/* The weights of eight rows, to lanes `first` and on. */
INLINE void fill(const uint8_t *const *rows, struct panel *p, size_t first, int group, enum way way,
                 int is_signed, void (*get_scales)(const uint8_t *, struct scales *),
                 codes (*get_codes)(const uint8_t *, int)) {
    struct scales s[8];
    const float *scale[8], *offset[8];
    for (int r = 0; r < 8; r++) {
        get_scales(rows[r], &s[r]);
        scale[r] = s[r].scale, offset[r] = s[r].offset;
    }
    transpose_floats(scale, group, &p->scale[0][first], sizeof p->scale[0]);
    if (!is_signed) transpose_floats(offset, group, &p->offset[0][first], sizeof p->offset[0]);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        __m256i w[8];
        size_t at = (way == WIDE ? 16 : 8) * (size_t)i;
#pragma GCC unroll 8
        for (int r = 0; r < 8; r++) w[r] = get_codes(rows[r], i);
        transpose_bytes(w, way == WIDE, p->codes[at][first], sizeof p->codes[0]);
    }
}

/* Numbers from `at` on of the ROWS rows from `row` on; lanes beyond the last repeat it. */
INLINE void fill_panel(const struct mul *m, size_t row, size_t at, size_t bytes, struct panel *p,
                       int group, enum way way, int is_signed,
                       void (*get_scales)(const uint8_t *, struct scales *),
                       codes (*get_codes)(const uint8_t *, int)) {
    size_t start = at / 256 * bytes;
    for (size_t first = 0; first < ROWS; first += 8) {
        const uint8_t *rows[8];
        uint8_t last[8][272];
        for (size_t r = 0; r < 8; r++) {
            size_t i = row + first + r < m->n_rows ? row + first + r : m->n_rows - 1;
            rows[r] = (const uint8_t *)m->w + i * m->row_bytes + start;
            if (start + bytes <= m->row_bytes) continue;
            memset(last[r], 0, sizeof last[r]); /* the last blocks of 32, then zeros */
            rows[r] = memcpy(last[r], rows[r], m->row_bytes - start);
        }
        fill(rows, p, first, group, way, is_signed, get_scales, get_codes);
    }
}

/* Numbers from `at` on of the tokens from `token` on; places beyond the last repeat it. */
INLINE void fill_tile(const struct mul *m, size_t token, size_t at, int group, enum way way,
                      struct tile *tile) {
    const int8_t *x[PITCH];
    const float *d[PITCH], *total[PITCH];
    float own[PITCH][GROUPS];
    for (size_t t = 0; t < PITCH; t++) {
        size_t i = token + t < m->n_tokens ? token + t : m->n_tokens - 1;
        const char *next = m->x[i + TOKENS < m->n_tokens ? i + TOKENS : i];
        for (size_t j = 0; j < 256; j += 64) __builtin_prefetch(next + at + j);
        struct act_q8 row = act_q8_view(m->x[i], m->n);
        x[t] = row.q + at, d[t] = row.d + at / 16, total[t] = row.sum + at / 16;
        if (group == 16) continue;
        floats_store(own[t], evens(d[t]));
        floats_store(own[t] + 8, sums_of_two(total[t]));
        d[t] = own[t], total[t] = own[t] + 8;
    }
    transpose_floats(d, group, tile->d, sizeof tile->d[0]);
    transpose_floats(total, group, tile->total, sizeof tile->total[0]);
    for (size_t i = 0; i < 8; i++) {
        __m256i q[PITCH];
#pragma GCC unroll 8
        for (size_t t = 0; t < PITCH; t++) q[t] = load32(x[t] + 32 * i);
        transpose_bytes(q, way == WIDE, tile->x[(way == WIDE ? 16 : 8) * i], sizeof tile->x[0]);
    }
}

/* -- multiplying ------------------------------------------------------------------------------- */

/* The sums of some tokens (a constant number) with the two vectors of a panel's rows. */
typedef ints sums[TOKENS][2];

INLINE __m256i four_of(const uint8_t *x) {
    return _mm256_castps_si256(_mm256_broadcast_ss((const float *)(const void *)x));
}

/* sum += a product. Written down as instructions, since the compiler reorders such additions and
 * then has not registers enough: half the speed. */
#define ADD_PRODUCT(sum, w, x, multiply, add)                                                      \
    do {                                                                                           \
        __m256i product;                                                                           \
        __asm__(multiply " %[x_], %[w_], %[t_]\n\t" add " %[t_], %[sum_], %[sum_]"                 \
                : [sum_] "+x"(sum), [t_] "=&x"(product)                                            \
                : [w_] "x"(w), [x_] "x"(x));                                                       \
    } while (0)

/* Eight steps of four numbers, all added in 16 bits before they are widened. */
INLINE void by_eight(const struct panel *p, const struct tile *x, size_t at, int n_tokens,
                     sums sum) {
#pragma GCC unroll 8
    for (int t = 0; t < n_tokens; t++) sum[t][0] = sum[t][1] = _mm256_setzero_si256();
#pragma GCC unroll 1
    for (size_t i = at; i < at + 8; i++) {
        __m256i a = load32(p->codes[i]), b = load32(p->codes[i][8]);
#pragma GCC unroll 8
        for (int t = 0; t < n_tokens; t++) {
            __m256i four = four_of(x->x[i][t]);
            ADD_PRODUCT(sum[t][0], a, four, "vpmaddubsw", "vpaddw");
            ADD_PRODUCT(sum[t][1], b, four, "vpmaddubsw", "vpaddw");
        }
    }
#pragma GCC unroll 8
    for (int t = 0; t < n_tokens; t++)
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) sum[t][h] = _mm256_madd_epi16(sum[t][h], _mm256_set1_epi16(1));
}

/* `steps` steps of four numbers, of which two at a time are added in 16 bits. */
INLINE void by_two(const struct panel *p, const struct tile *x, size_t at, int n_tokens, int steps,
                   sums sum) {
    static const int16_t ones[16]
        __attribute__((aligned(32))) = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
#pragma GCC unroll 8
    for (int t = 0; t < n_tokens; t++) sum[t][0] = sum[t][1] = _mm256_setzero_si256();
#pragma GCC unroll 1
    for (size_t i = at; i < at + (size_t)steps; i += 2) {
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
            __m256i a = load32(p->codes[i][8 * h]), b = load32(p->codes[i + 1][8 * h]);
#pragma GCC unroll 8
            for (int t = 0; t < n_tokens; t++) {
                __m256i u = _mm256_maddubs_epi16(a, four_of(x->x[i][t]));
                __m256i v = _mm256_maddubs_epi16(b, four_of(x->x[i + 1][t]));
                u = _mm256_add_epi16(u, v);
                __asm__("vpmaddwd %[ones], %[u], %[u]\n\tvpaddd %[u], %[sum], %[sum]"
                        : [sum] "+x"(sum[t][h]), [u] "+x"(u)
                        : [ones] "m"(ones));
            }
        }
    }
}

/* Sixteen steps of two numbers of 16 bits. */
INLINE void wide(const struct panel *p, const struct tile *x, size_t at, int n_tokens, sums sum) {
#pragma GCC unroll 8
    for (int t = 0; t < n_tokens; t++) sum[t][0] = sum[t][1] = _mm256_setzero_si256();
#pragma GCC unroll 1
    for (size_t i = at; i < at + 16; i++) {
        __m256i a = load32(p->codes[i]), b = load32(p->codes[i][8]);
#pragma GCC unroll 8
        for (int t = 0; t < n_tokens; t++) {
            __m256i two = four_of(x->x[i][t]);
            ADD_PRODUCT(sum[t][0], a, two, "vpmaddwd", "vpaddd");
            ADD_PRODUCT(sum[t][1], b, two, "vpmaddwd", "vpaddd");
        }
    }
}

/* out[t][row] += sum_g offset[g][row]·total[g][t] */
INLINE void add_offsets(const struct panel *p, const struct tile *x, int n_tokens, int group,
                        floats (*out)[2]) {
    for (size_t g = 0; g < 256 / (size_t)group; g++) {
        floats a = floats_load(p->offset[g]), b = floats_load(p->offset[g] + 8);
#pragma GCC unroll 8
        for (int t = 0; t < n_tokens; t++) {
            floats total = floats_set(x->total[g][t]);
            out[t][0] = floats_fma(a, total, out[t][0]);
            out[t][1] = floats_fma(b, total, out[t][1]);
        }
    }
}

/* y += the product of the panel with n_tokens (a constant) tokens. */
INLINE void multiply(const struct panel *p, const struct tile *x, int n_tokens, int group,
                     enum way way, int is_signed, results y) {
    floats out[TOKENS][2];
#pragma GCC unroll 8
    for (int t = 0; t < n_tokens; t++)
        out[t][0] = floats_load(y[t]), out[t][1] = floats_load(y[t] + 8);
    if (!is_signed) add_offsets(p, x, n_tokens, group, out);
    for (size_t g = 0; g < 256 / (size_t)group; g++) {
        sums sum;
        if (way == BY_EIGHT) by_eight(p, x, 8 * g, n_tokens, sum);
        if (way == BY_TWO) by_two(p, x, (size_t)group / 4 * g, n_tokens, group / 4, sum);
        if (way == WIDE) wide(p, x, 16 * g, n_tokens, sum);
        floats a = floats_load(p->scale[g]), b = floats_load(p->scale[g] + 8);
#pragma GCC unroll 8
        for (int t = 0; t < n_tokens; t++) {
            floats d = floats_set(x->d[g][t]);
            out[t][0] = floats_fma(floats_of(sum[t][0]), floats_mul(a, d), out[t][0]);
            out[t][1] = floats_fma(floats_of(sum[t][1]), floats_mul(b, d), out[t][1]);
        }
    }
#pragma GCC unroll 8
    for (int t = 0; t < n_tokens; t++)
        floats_store(y[t], out[t][0]), floats_store(y[t] + 8, out[t][1]);
}

/* What types of the same group and way share: laying out n tokens, passing them by a panel. */
#define PASSES(name, group, way, is_signed)                                                        \
    static void lay_##name(const struct mul *m, size_t token, size_t n, size_t at,                 \
                           struct tile *tiles) {                                                   \
        for (size_t t = 0; t < n; t += TOKENS) fill_tile(m, token + t, at, group, way, tiles++);   \
    }                                                                                              \
    static void pass_##name(const struct panel *p, const struct tile *x, size_t n, results *y) {   \
        for (; n > TOKENS / 2; n -= n < TOKENS ? n : TOKENS)                                       \
            multiply(p, x++, TOKENS, group, way, is_signed, *y++);                                 \
        if (n) multiply(p, x, TOKENS / 2, group, way, is_signed, *y);                              \
    }
PASSES(eight, 32, BY_EIGHT, 0)
PASSES(two_of_32, 32, BY_TWO, 0)
PASSES(two_of_16, 16, BY_TWO, 0)
PASSES(wide, 32, WIDE, 1)

/* What the passes of all panels have brought for token t, to y. */
static void store(const struct work *w, size_t t, size_t n_rows, float *y) {
    for (size_t r = 0; r < n_rows; r += ROWS) {
        const float *from = w->sums[r / ROWS][t / TOKENS][t % TOKENS];
        if (n_rows - r < ROWS) {
            memcpy(y + r, from, (n_rows - r) * sizeof *y);
            return;
        }
        floats_store(y + r, floats_load(from));
        floats_store(y + r + 8, floats_load(from + 8));
    }
}

/* The rows from `row` on, up to PANELS panels, with n tokens from `token` on, up to TILES tiles. */
INLINE void mul_piece(const struct mul *m, size_t row, size_t token, size_t n, size_t bytes,
                      void (*get_scales)(const uint8_t *, struct scales *),
                      codes (*get_codes)(const uint8_t *, int), int is_signed, int group,
                      enum way way) {
    void (*lay)(const struct mul *, size_t, size_t, size_t, struct tile *) =
        way == BY_EIGHT ? lay_eight
        : way == WIDE   ? lay_wide
        : group == 16   ? lay_two_of_16
                        : lay_two_of_32;
    void (*pass)(const struct panel *, const struct tile *, size_t, results *) =
        way == BY_EIGHT ? pass_eight
        : way == WIDE   ? pass_wide
        : group == 16   ? pass_two_of_16
                        : pass_two_of_32;
    struct work *w = m->work;
    size_t left = m->n_rows - row, rows = left < PANELS * ROWS ? left : PANELS * ROWS;
    size_t panels = (rows + ROWS - 1) / ROWS, tiles = (n + TOKENS - 1) / TOKENS;
    for (size_t i = 0; i < panels; i++) memset(w->sums[i], 0, tiles * sizeof(results));
    for (size_t at = 0; at < m->n; at += 256) {
        lay(m, token, n, at, w->tiles);
        for (size_t i = 0; i < panels; i++) {
            fill_panel(m, row + i * ROWS, at, bytes, &w->panel, group, way, is_signed, get_scales,
                       get_codes);
            pass(&w->panel, w->tiles, n, w->sums[i]);
        }
    }
    float *y = m->y + token * m->ldy + row;
    for (size_t t = 0; t < n; t++) store(w, t, rows, y + t * m->ldy);
}

INLINE void mul_by_panels(const struct mul *m, size_t bytes,
                          void (*get_scales)(const uint8_t *, struct scales *),
                          codes (*get_codes)(const uint8_t *, int), int is_signed, int group,
                          enum way way) {
    for (size_t token = 0, most = TILES * TOKENS; token < m->n_tokens; token += most) {
        size_t n = m->n_tokens - token < most ? m->n_tokens - token : most;
        for (size_t row = 0; row < m->n_rows; row += PANELS * ROWS)
            mul_piece(m, row, token, n, bytes, get_scales, get_codes, is_signed, group, way);
    }
}

/* By the largest code: 15, 63, or with a sign. */
#define WAY_q4_0    BY_EIGHT
#define WAY_q4_1    BY_EIGHT
#define WAY_q5_0    BY_TWO
#define WAY_q5_1    BY_TWO
#define WAY_q8_0    WIDE
#define WAY_q2_k    BY_TWO
#define WAY_q3_k    BY_TWO
#define WAY_q4_k    BY_EIGHT
#define WAY_q5_k    BY_TWO
#define WAY_q6_k    BY_TWO
#define WAY_iq4_nl  WIDE
#define WAY_iq4_xs  WIDE
#define WAY_mxfp4   BY_TWO
#define scales_q4_k scales_k
#define scales_q5_k scales_k
#define PANEL_OF_TYPE(TYPE, type, bytes, is_signed, group)                                         \
    void panel_avx2_##TYPE(const struct mul *m) {                                                  \
        mul_by_panels(m, bytes, scales_##type, codes_##type, is_signed, group, WAY_##type);        \
    }
QUANTIZED_TYPES(PANEL_OF_TYPE)
