/* ops_tables: the tables of operations and how to choose one; the OpenBLAS product, which is the
 * reference; and the FP8 one.
 *
 * FP8 as in the DeepSeek-V3 report (arXiv 2412.19437, 3.3): inputs of every product are rounded
 * to E4M3 with fine-grained scales, sums are kept in F32. With power-of-two scales a rounded
 * number is exact in bfloat16 too, so the tile unit computes exactly what FP8 hardware would. */
#include "engine/train/ops_parts.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "engine/kernels/x86.h"

static void gemm_blas(bool ta, bool tb, int m, int n, int k, const float *a, int lda,
                      const float *b, int ldb, bool add, float *c, int ldc) {
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n,
                k, 1.0f, a, lda, b, ldb, add ? 1.0f : 0.0f, c, ldc);
}

#define FP8_BLOCK    32
#define FP8_MAX      448.0f /* the largest E4M3 number */
#define FP8_MIN_EXP  (-6)   /* below 2^-6 the step stays 2^-9 */
#define FP8_MANTISSA 3

static float round_e4m3(float x) {
    int e;
    frexpf(x, &e); /* x = f·2^e, f in [0.5, 1) */
    int exponent = e - 1 < FP8_MIN_EXP ? FP8_MIN_EXP : e - 1;
    float step = ldexpf(1.0f, exponent - FP8_MANTISSA);
    float y = rintf(x / step) * step;
    return y > FP8_MAX ? FP8_MAX : y < -FP8_MAX ? -FP8_MAX : y;
}

void ops_round_fp8(int rows, int cols, const float *x, int ldx, float *y) {
    for (int r = 0; r < rows; r++) {
        for (int c0 = 0; c0 < cols; c0 += FP8_BLOCK) {
            int c1 = c0 + FP8_BLOCK < cols ? c0 + FP8_BLOCK : cols;
            const float *src = x + (size_t)r * ldx;
            float largest = 0;
            for (int c = c0; c < c1; c++) largest = fmaxf(largest, fabsf(src[c]));
            int e = 0;
            if (largest > 0) frexpf(largest / FP8_MAX, &e); /* largest <= 448·2^e */
            float scale = ldexpf(1.0f, e), inverse = ldexpf(1.0f, -e);
            for (int c = c0; c < c1; c++)
                y[(size_t)r * cols + c] = round_e4m3(src[c] * inverse) * scale;
        }
    }
}

static void gemm_fp8(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b,
                     int ldb, bool add, float *c, int ldc) {
    int ra = ta ? k : m, ca = ta ? m : k, rb = tb ? n : k, cb = tb ? k : n;
    float *qa = mem_array((size_t)ra * ca + 1, sizeof *qa);
    float *qb = mem_array((size_t)rb * cb + 1, sizeof *qb);
    ops_round_fp8(ra, ca, a, lda, qa);
    ops_round_fp8(rb, cb, b, ldb, qb);
    ops_best()->gemm(ta, tb, m, n, k, qa, ca, qb, cb, add, c, ldc);
    free(qa);
    free(qb);
}

void *ops_alloc(size_t bytes) {
    const size_t large = (size_t)2 << 20;
    if (bytes < large) return mem_aligned(64, (bytes + 127) / 64 * 64);
    bytes = (bytes + large - 1) / large * large;
    void *p = mem_aligned(large, bytes);
    madvise(p, bytes, MADV_HUGEPAGE); /* advice: without it only slower */
    return p;
}

const struct ops *ops_blas(void) {
    static struct ops table;
    if (!table.gemm) {
        table = ops_shared;
        table.name = "blas";
        table.gemm = gemm_blas;
    }
    return &table;
}

const struct ops *ops_fp8(void) {
    static struct ops table;
    if (!table.gemm) {
        table = ops_shared;
        table.name = "fp8";
        table.gemm = gemm_fp8;
    }
    return &table;
}

const struct ops *ops_amx(void) {
#ifdef __x86_64__
    static struct ops table;
    if (!table.gemm && x86_has_amx()) {
        table = ops_shared;
        table.name = "amx";
        table.gemm = gemm_amx;
    }
    return table.gemm ? &table : NULL;
#else
    return NULL;
#endif
}

const struct ops *ops_best(void) { return ops_amx() ? ops_amx() : ops_blas(); }

const struct ops *ops_find(const char *name) {
    static const struct {
        const char *name;
        const struct ops *(*get)(void);
    } all[] = {{"best", ops_best}, {"blas", ops_blas}, {"amx", ops_amx}, {"fp8", ops_fp8}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0) return all[i].get();
    return NULL;
}
