/* mul_amx: products for prefill with AMX bfloat16 tiles.
 *
 * Tiles are fed from the second-level cache at most of their speed, from beyond at a fifth of it.
 * So rows are cut into blocks of 512 numbers: that much of up to 512 tokens (half a megabyte) stays
 * near while up to 256 rows of weights pass by, 32 at a time, unpacked to bfloat16 with their
 * scales. The F32 sums rest in memory between blocks. Tile A is 16 rows of weights as they lie,
 * tile B 16 tokens in the ACT_TILES form, tile C comes out [row][token] and is turned when it is
 * stored at last.
 *     tiles 0-3: C, 4-5: A, 6-7: B */
#include "engine/kernels/lanes_avx512.h"
#include "engine/kernels/tiles_amx.h"
#include "engine/kernels/types.h"
#include "engine/kernels/x86.h"
#include "engine/quant.h"

#include "engine/kernels/unpack_avx512.h"

enum {
    TILE = 16,
    STEP = 32,       /* numbers of a row that a tile holds */
    BLOCK = 512,     /* numbers of a row that are unpacked at once */
    LD = BLOCK + 32, /* between rows: not a power of two, so that they lie in different sets */
    ROWS = 256,      /* of weights, and … */
    TOKENS = 512     /* … tokens at once; more go by turns */
};

/* -- weights to bfloat16 -------------------------------------------------------------------------
 */

/* 256 weights; `out` on a multiple of 64 bytes. */
INLINE void to_bf16(const struct piece512 *p, uint16_t *out) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        __m128i part[4] = {_mm512_castsi512_si128(p->q[i]), _mm512_extracti32x4_epi32(p->q[i], 1),
                           _mm512_extracti32x4_epi32(p->q[i], 2),
                           _mm512_extracti32x4_epi32(p->q[i], 3)};
        __m512 w[4];
        UNROLL
        for (int j = 0; j < 4; j++) {
            __m512i group = _mm512_set1_epi32(4 * i + j);
            w[j] = _mm512_fmadd_ps(ps_of_u8(part[j]), _mm512_permutexvar_ps(group, p->scale),
                                   _mm512_permutexvar_ps(group, p->offset));
        }
        __m512bh low = _mm512_cvtne2ps_pbh(w[1], w[0]), high = _mm512_cvtne2ps_pbh(w[3], w[2]);
        _mm512_store_si512(out + 64 * i, (__m512i)low);
        _mm512_store_si512(out + 64 * i + 32, (__m512i)high);
    }
}

/* The numbers [at, at + BLOCK) of n_rows rows, filled up with zeros to 256. */
INLINE void unpack_rows(const struct mul *m, size_t row, size_t n_rows, size_t at,
                        struct piece512 (*unpack)(const uint8_t *), size_t bytes, uint16_t *out) {
    size_t end = m->n - at < BLOCK ? m->n - at : BLOCK;
    for (size_t r = 0; r < n_rows; r++, out += LD) {
        const uint8_t *b = (const uint8_t *)m->w + (row + r) * m->row_bytes + at / 256 * bytes;
        size_t i = 0;
        for (; i + 256 <= end; i += 256, b += bytes) {
            struct piece512 p = unpack(b);
            to_bf16(&p, out + i);
        }
        if (i < end) {
            uint8_t last[272] = {0};
            memcpy(last, b, m->row_bytes - (at + i) / 256 * bytes);
            struct piece512 p = unpack(last);
            to_bf16(&p, out + i);
        }
    }
}

/* Asks for what unpack_rows() will read of these rows later, while the tiles are busy: short pieces
 * of many rows are beyond what the processor foresees. */
static void expect_rows(const struct mul *m, size_t row, size_t end, size_t at, size_t bytes) {
    if (at >= m->n) return;
    for (; row < end; row++) {
        const char *w = (const char *)m->w + row * m->row_bytes + at / 256 * bytes;
        for (size_t i = 0; i < BLOCK / 256 * bytes; i += 64) _mm_prefetch(w + i, _MM_HINT_T1);
    }
}

/* -- tiles ---------------------------------------------------------------------------------------
 */

/* C, [row][token], to y[token][row]. */
static void store_turned(const float *c, float *y, size_t ldy, size_t n_rows, size_t n_tokens) {
    __m512i x[16];
    for (size_t i = 0; i < 16; i++) x[i] = _mm512_load_si512(c + 16 * i);
    turn16(x);
    for (size_t t = 0; t < n_tokens; t++) __builtin_prefetch(y + t * ldy + 32, 1);
    for (size_t t = 0; t < n_tokens; t++)
        _mm512_mask_storeu_epi32(y + t * ldy, first_lanes(n_rows), x[t]);
}

/* c[2·row tile + token tile] += 32 rows of `a` with the tokens of b0 and b1, over n numbers.
 * One token tile is enough where `both` is false. */
INLINE void multiply(const uint16_t *a, const char *b0, const char *b1, size_t n, bool both,
                     float (*c)[TILE * TILE]) {
    _tile_loadd(0, c[0], 64);
    _tile_loadd(2, c[2], 64);
    if (both) {
        _tile_loadd(1, c[1], 64);
        _tile_loadd(3, c[3], 64);
    }
    for (size_t i = 0; i < n; i += STEP, b0 += 1024, b1 += 1024) {
        _tile_loadd(6, b0, 64);
        _tile_loadd(4, a + i, LD * 2);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(5, a + TILE * LD + i, LD * 2);
        _tile_dpbf16ps(2, 5, 6);
        if (!both) continue;
        _tile_loadd(7, b1, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c[0], 64);
    _tile_stored(2, c[2], 64);
    if (both) {
        _tile_stored(1, c[1], 64);
        _tile_stored(3, c[3], 64);
    }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void store(const struct mul *m, size_t row, size_t token, float (*c)[TILE * TILE]) {
    for (size_t i = 0; i < 4; i++) {
        size_t r = row + i / 2 * TILE, t = token + i % 2 * TILE;
        if (r < m->n_rows && t < m->n_tokens)
            store_turned(c[i], m->y + t * m->ldy + r, m->ldy, least(m->n_rows - r, TILE),
                         least(m->n_tokens - t, TILE));
    }
}

/* Rows [row, row_end) with tokens [token, token_end). The sums of 32 rows and 32 tokens are four
 * tiles of c, tokens running first. */
INLINE void mul_block(const struct mul *m, struct piece512 (*unpack)(const uint8_t *), size_t bytes,
                      size_t row, size_t row_end, size_t token, size_t token_end) {
    uint16_t *a = m->work;
    float(*sums)[TILE * TILE] = (void *)(a + 2 * TILE * LD), (*c)[TILE * TILE] = sums;
    size_t pairs = (token_end - token + 2 * TILE - 1) / (2 * TILE);
    size_t each = (2 * TILE + pairs - 1) / pairs; /* rows to prefetch with each pair */
    memset(sums, 0, (row_end - row + 2 * TILE - 1) / (2 * TILE) * pairs * 4 * sizeof *sums);
    for (size_t at = 0; at < m->n; at += BLOCK) {
        c = sums;
        for (size_t r = row; r < row_end; r += 2 * TILE) {
            unpack_rows(m, r, least(row_end - r, 2 * TILE), at, unpack, bytes, a);
            bool more = r + 2 * TILE < row_end;
            size_t next = more ? r + 2 * TILE : row, next_at = more ? at : at + BLOCK;
            TILES_READ_MEMORY();
            for (size_t t = token; t < token_end; t += 2 * TILE, c += 4) {
                bool both = token_end - t > TILE;
                const char *b0 = (const char *)m->x[t] + at * 2 * TILE,
                           *b1 = both ? (const char *)m->x[t + TILE] + at * 2 * TILE : b0;
                expect_rows(m, next, least(next + each, row_end), next_at, bytes);
                next = least(next + each, row_end);
                multiply(a, b0, b1, least(m->n - at, BLOCK), both, c);
            }
        }
    }
    for (size_t t = token; t < token_end; t += 2 * TILE)
        for (size_t r = row; r < row_end; r += 2 * TILE)
            store(m, r, t, sums + ((r - row) / (2 * TILE) * pairs + (t - token) / (2 * TILE)) * 4);
}

INLINE void mul_all(const struct mul *m, struct piece512 (*unpack)(const uint8_t *), size_t bytes) {
    _Static_assert(2 * TILE * LD * 2 + ROWS * TOKENS * 4 <= KERNEL_WORK_BYTES, "work memory");
    tiles_configure();
    for (size_t r = 0; r < m->n_rows; r += ROWS)
        for (size_t t = 0; t < m->n_tokens; t += TOKENS)
            mul_block(m, unpack, bytes, r, least(r + ROWS, m->n_rows), t,
                      least(t + TOKENS, m->n_tokens));
    _tile_release();
}

#define MUL(TYPE, type, bytes, is_signed, group)                                                   \
    void mul_amx_##TYPE(const struct mul *m) { mul_all(m, unpack_##type, bytes); }
QUANTIZED_TYPES(MUL)

/* -- activations ---------------------------------------------------------------------------------
 */

void to_tiles_amx(const float *const *x, size_t n_rows, void *out, size_t n) {
    uint32_t *o = out;
    for (size_t i = 0; i < n; i += 32, o += 256) {
        size_t left = n - i;
        __mmask16 ka = first_lanes(left), kb = first_lanes(left > 16 ? left - 16 : 0);
        __m512i pairs[16];
        for (size_t t = 0; t < 16; t++) {
            pairs[t] = _mm512_setzero_si512();
            if (t < n_rows)
                pairs[t] = (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(kb, x[t] + i + 16),
                                                        _mm512_maskz_loadu_ps(ka, x[t] + i));
        }
        turn16(pairs);
        for (size_t t = 0; t < 16; t++) _mm512_store_si512(o + 16 * t, pairs[t]);
    }
}
