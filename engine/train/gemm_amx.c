/* gemm_amx: matrix products on the tile unit of Intel CPUs (AMX, bfloat16).
 *
 * Inputs are rounded to bfloat16 while they are packed into the order the tiles want; products are
 * summed in F32. A tile of the left side is 16 rows of 32 numbers; one of the right side holds 32
 * numbers of 16 columns with each two neighbours along k together. Four accumulators (2x2 tiles)
 * are computed at a time, so that each loaded tile is used twice.
 *
 * Right-hand blocks of up to 512 x 1024 are packed once and stay in the second-level cache, left
 * panels of 32 rows pass by. Every edge is padded with zeros while packing.
 * Source: Intel 64 and IA-32 Architectures Optimization Reference Manual, chapter on AMX. */
#include "engine/train/ops_parts.h"

#include <immintrin.h>
#include <string.h>

#define TILE_ROWS 16
#define TILE_K    32 /* bfloat16 numbers of a tile row */
#define TILE      (TILE_ROWS * TILE_K)
#define BLOCK_K   512
#define BLOCK_N   1024

static _Thread_local _Alignas(64) uint16_t packed_b[BLOCK_K * BLOCK_N];
static _Thread_local _Alignas(64) uint16_t packed_a[2 * TILE_ROWS * BLOCK_K];

struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

static void tiles_configure(void) {
    static _Thread_local bool done;
    if (done) return;
    struct tile_config c = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        c.row_bytes[i] = 64;
        c.rows[i] = TILE_ROWS;
    }
    _tile_loadconfig(&c);
    done = true;
}

static __mmask16 mask_of(int n) {
    return n >= 16 ? 0xFFFF : n <= 0 ? 0 : (__mmask16)((1 << n) - 1);
}

/* 32 numbers of a row, zero beyond n, as bfloat16. */
static __m512i row32(const float *src, int n) {
    __m512 lo = _mm512_maskz_loadu_ps(mask_of(n), src);
    __m512 hi = n > 16 ? _mm512_maskz_loadu_ps(mask_of(n - 16), src + 16) : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(hi, lo);
}

/* 16 columns of the rows k and k+1 as pairs (row k, row k+1). */
static __m512i pairs16(const float *k0, const float *k1, __mmask16 cols) {
    static const uint16_t order[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                       21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                       11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    __m512 lo = k0 ? _mm512_maskz_loadu_ps(cols, k0) : _mm512_setzero_ps();
    __m512 hi = k1 ? _mm512_maskz_loadu_ps(cols, k1) : _mm512_setzero_ps();
    return _mm512_permutexvar_epi16(_mm512_loadu_si512(order),
                                    (__m512i)_mm512_cvtne2ps_pbh(hi, lo));
}

static void transpose16(__m512i r[16]) {
    __m512i t[16];
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (int j = 0; j < 4; j++) {
        __m512i a = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88);
        __m512i b = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd);
        __m512i c = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
        __m512i d = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
        t[j] = _mm512_shuffle_i32x4(a, c, 0x88);
        t[8 + j] = _mm512_shuffle_i32x4(a, c, 0xdd);
        t[4 + j] = _mm512_shuffle_i32x4(b, d, 0x88);
        t[12 + j] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
    memcpy(r, t, sizeof t);
}

/* One tile from `x` stored with k along the row: rows r of x are the tile's rows. */
static void tile_along(uint16_t *dst, const float *x, int ld, int rows, int k, bool transposed) {
    __m512i r[16];
    for (int i = 0; i < TILE_ROWS; i++)
        r[i] = i < rows ? row32(x + (size_t)i * ld, k) : _mm512_setzero_si512();
    if (transposed) transpose16(r);
    for (int i = 0; i < TILE_ROWS; i++) _mm512_store_si512(dst + i * TILE_K, r[i]);
}

/* One tile from `x` stored with k down the rows. */
static void tile_across(uint16_t *dst, const float *x, int ld, int cols, int k, bool transposed) {
    __m512i r[16];
    for (int i = 0; i < TILE_ROWS; i++) {
        const float *k0 = 2 * i < k ? x + (size_t)(2 * i) * ld : NULL;
        const float *k1 = 2 * i + 1 < k ? x + (size_t)(2 * i + 1) * ld : NULL;
        r[i] = pairs16(k0, k1, mask_of(cols));
    }
    if (transposed) transpose16(r);
    for (int i = 0; i < TILE_ROWS; i++) _mm512_store_si512(dst + i * TILE_K, r[i]);
}

static int min_int(int a, int b) { return a < b ? a : b; }

/* Tiles of the left side: rows x k, from a[rows][k] or (ta) a[k][rows]. */
static void pack_a(uint16_t *dst, bool ta, const float *a, int lda, int rows, int k) {
    for (int kb = 0; kb < k; kb += TILE_K, dst += TILE) {
        if (ta)
            tile_across(dst, a + (size_t)kb * lda, lda, rows, min_int(TILE_K, k - kb), true);
        else
            tile_along(dst, a + kb, lda, rows, min_int(TILE_K, k - kb), false);
    }
}

/* Tiles of the right side: cols x k, from b[k][cols] or (tb) b[cols][k]. */
static void pack_b(uint16_t *dst, bool tb, const float *b, int ldb, int cols, int k) {
    for (int kb = 0; kb < k; kb += TILE_K, dst += TILE) {
        if (tb)
            tile_along(dst, b + kb, ldb, cols, min_int(TILE_K, k - kb), true);
        else
            tile_across(dst, b + (size_t)kb * ldb, ldb, cols, min_int(TILE_K, k - kb), false);
    }
}

/* c (32 x 32, all of it inside) += or = the product over nk tiles of k. */
static void block_2x2(const uint16_t *a, const uint16_t *b, size_t panel, int nk, bool add,
                      float *c, int ldc) {
    size_t stride = (size_t)ldc * sizeof(float);
    float *c1 = c + (size_t)TILE_ROWS * ldc;
    if (add) {
        _tile_loadd(0, c, stride);
        _tile_loadd(1, c + 16, stride);
        _tile_loadd(2, c1, stride);
        _tile_loadd(3, c1 + 16, stride);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int i = 0; i < nk; i++) {
        _tile_loadd(4, a + (size_t)i * TILE, 64);
        _tile_loadd(6, b + (size_t)i * TILE, 64);
        _tile_loadd(7, b + panel + (size_t)i * TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + panel + (size_t)i * TILE, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, stride);
    _tile_stored(1, c + 16, stride);
    _tile_stored(2, c1, stride);
    _tile_stored(3, c1 + 16, stride);
}

/* One tile of c, of which rows x cols exist. */
static void block_1x1(const uint16_t *a, const uint16_t *b, int nk, bool add, float *c, int ldc,
                      int rows, int cols) {
    _Alignas(64) float tmp[TILE_ROWS][16];
    _tile_zero(0);
    for (int i = 0; i < nk; i++) {
        _tile_loadd(4, a + (size_t)i * TILE, 64);
        _tile_loadd(6, b + (size_t)i * TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
    }
    _tile_stored(0, tmp, 64);
    __mmask16 m = mask_of(cols);
    for (int r = 0; r < rows; r++) {
        float *dst = c + (size_t)r * ldc;
        __m512 sum = _mm512_load_ps(tmp[r]);
        if (add) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(m, dst));
        _mm512_mask_storeu_ps(dst, m, sum);
    }
}

static void panel(const uint16_t *a, int rows, const uint16_t *b, int cols, int nk, bool add,
                  float *c, int ldc) {
    size_t len = (size_t)nk * TILE;
    for (int j = 0; j < cols; j += 32) {
        const uint16_t *bj = b + (size_t)(j / TILE_ROWS) * len;
        if (rows >= 32 && cols - j >= 32) {
            block_2x2(a, bj, len, nk, add, c + j, ldc);
            continue;
        }
        for (int r = 0; r < rows; r += 16)
            for (int q = j; q < min_int(j + 32, cols); q += 16)
                block_1x1(a + (size_t)(r / 16) * len, b + (size_t)(q / 16) * len, nk, add,
                          c + (size_t)r * ldc + q, ldc, min_int(16, rows - r),
                          min_int(16, cols - q));
    }
}

void gemm_amx(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b,
              int ldb, bool add, float *c, int ldc) {
    tiles_configure();
    if (k <= 0) {
        for (int i = 0; i < m && !add; i++) memset(c + (size_t)i * ldc, 0, sizeof(float) * n);
        return;
    }
    for (int k0 = 0; k0 < k; k0 += BLOCK_K) {
        int kc = min_int(BLOCK_K, k - k0), nk = (kc + TILE_K - 1) / TILE_K;
        size_t len = (size_t)nk * TILE;
        for (int n0 = 0; n0 < n; n0 += BLOCK_N) {
            int nc = min_int(BLOCK_N, n - n0);
            for (int j = 0; j < nc; j += 16) {
                const float *src =
                    tb ? b + (size_t)(n0 + j) * ldb + k0 : b + (size_t)k0 * ldb + n0 + j;
                pack_b(packed_b + (size_t)(j / 16) * len, tb, src, ldb, min_int(16, nc - j), kc);
            }
            for (int i = 0; i < m; i += 32) {
                int rows = min_int(32, m - i);
                for (int r = 0; r < rows; r += 16) {
                    const float *src =
                        ta ? a + (size_t)k0 * lda + i + r : a + (size_t)(i + r) * lda + k0;
                    pack_a(packed_a + (size_t)(r / 16) * len, ta, src, lda, min_int(16, rows - r),
                           kc);
                }
                panel(packed_a, rows, packed_b, nc, nk, add || k0 > 0, c + (size_t)i * ldc + n0,
                      ldc);
            }
        }
    }
}
