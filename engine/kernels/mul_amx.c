/* mul_amx: products for prefill with AMX bfloat16 tiles.
 *
 * 32 rows of weights are unpacked once to bfloat16 (about 600 KB at most, in the second-level
 * cache) and meet all tokens; sums stay in F32 in the tile registers over the whole row, so that
 * scales need no second look. Tile A is 16 rows of weights as they lie, tile B 16 tokens in the
 * ACT_TILES form, tile C comes out [row][token] and is turned when it is stored.
 *     tiles 0-3: C, 4-5: A, 6-7: B */
#include "engine/kernels/lanes_avx512.h"
#include "engine/kernels/tiles_amx.h"
#include "engine/kernels/types.h"
#include "engine/kernels/x86.h"
#include "engine/quant.h"

#include "engine/kernels/unpack_avx512.h"

enum { ROWS = 16, STEP = 32 /* numbers of a row that a tile holds */ };

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

/* n_rows rows to `out`, `ld` numbers apart (ld >= n rounded up to 256); the rest of ROWS rows and
 * of each row is not used or zero. */
INLINE void unpack_rows(const struct mul *m, size_t from, size_t n_rows,
                        struct piece512 (*unpack)(const uint8_t *), size_t bytes, uint16_t *out,
                        size_t ld) {
    for (size_t r = 0; r < n_rows; r++, out += ld) {
        const uint8_t *b = (const uint8_t *)m->w + (from + r) * m->row_bytes;
        size_t at = 0;
        for (; at + 256 <= m->n; at += 256, b += bytes) {
            struct piece512 p = unpack(b);
            to_bf16(&p, out + at);
        }
        if (at < m->n) {
            uint8_t last[272] = {0};
            memcpy(last, b, m->row_bytes - at / 256 * bytes);
            struct piece512 p = unpack(last);
            to_bf16(&p, out + at);
        }
    }
}

/* -- tiles ---------------------------------------------------------------------------------------
 */

/* C, [row][token], to y[token][row]. */
static void store_turned(const float *c, float *y, size_t ldy, size_t n_rows, size_t n_tokens) {
    __m512i x[16];
    for (size_t i = 0; i < 16; i++) x[i] = _mm512_load_si512(c + 16 * i);
    turn16(x);
    for (size_t t = 0; t < n_tokens; t++)
        _mm512_mask_storeu_epi32(y + t * ldy, first_lanes(n_rows), x[t]);
}

/* Rows [row, row + 32) with tokens [token, token + 32), of which n_rows and n_tokens are there. */
static void multiply(const struct mul *m, const uint16_t *w, size_t ld, size_t token) {
    float c[4][256] __attribute__((aligned(64)));
    bool second_rows = m->n_rows > 16, second_tokens = m->n_tokens - token > 16;
    const char *b0 = m->x[token], *b1 = second_tokens ? m->x[token + 16] : b0;
    const uint16_t *a1 = second_rows ? w + 16 * ld : w;
    TILES_READ_MEMORY();
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t i = 0; i < m->n; i += STEP, b0 += 1024, b1 += 1024) {
        _tile_loadd(4, w + i, ld * 2);
        _tile_loadd(6, b0, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b1, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a1 + i, ld * 2);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c[0], 64);
    _tile_stored(1, c[1], 64);
    _tile_stored(2, c[2], 64);
    _tile_stored(3, c[3], 64);
    size_t tokens = m->n_tokens - token, rows = m->n_rows;
    size_t t0 = tokens < 16 ? tokens : 16, r0 = rows < 16 ? rows : 16;
    size_t t1 = tokens < 16 ? 0 : tokens < 32 ? tokens - 16 : 16, r1 = rows - r0;
    float *y = m->y + token * m->ldy;
    store_turned(c[0], y, m->ldy, r0, t0);
    store_turned(c[1], y + 16 * m->ldy, m->ldy, r0, t1);
    store_turned(c[2], y + 16, m->ldy, r1, t0);
    store_turned(c[3], y + 16 * m->ldy + 16, m->ldy, r1, t1);
}

INLINE void mul_rows(const struct mul *m, struct piece512 (*unpack)(const uint8_t *), size_t bytes,
                     void (*few)(const struct mul *)) {
    size_t ld = (m->n + 255) / 256 * 256 + 32; /* not a power of two: rows in different sets */
    if (2 * ROWS * ld * sizeof(uint16_t) > KERNEL_WORK_BYTES) { /* rows longer than any known */
        few(m);
        return;
    }
    tiles_configure();
    for (size_t row = 0; row < m->n_rows; row += 2 * ROWS) {
        struct mul part = *m;
        part.n_rows = m->n_rows - row < 2 * ROWS ? m->n_rows - row : 2 * ROWS;
        part.y = m->y + row;
        unpack_rows(m, row, part.n_rows, unpack, bytes, m->work, ld);
        for (size_t t = 0; t < m->n_tokens; t += 32) multiply(&part, m->work, ld, t);
    }
    _tile_release();
}

#define MUL(TYPE, type, bytes, is_signed, group)                                                   \
    void mul_amx_##TYPE(const struct mul *m) {                                                     \
        mul_rows(m, unpack_##type, bytes, mul_avx512_##TYPE);                                      \
    }
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
