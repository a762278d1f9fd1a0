/* muon: momentum, orthogonalization, step. */
#include "engine/train/muon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ITERATIONS 5

void muon_orthogonalize(const struct ops *o, int rows, int cols, float *x) {
    const float a = 3.4445f, b = -4.7750f, c = 2.0315f;
    size_t n = (size_t)rows * (size_t)cols;
    bool wide = rows <= cols;
    int s = wide ? rows : cols; /* the smaller side: G = X·Xᵀ or Xᵀ·X is s x s */
    float *g = mem_array((size_t)s * (size_t)s, sizeof *g);
    float *p = mem_array((size_t)s * (size_t)s, sizeof *p);
    float *next = mem_array(n, sizeof *next);
    double norm2 = 0;
    for (size_t i = 0; i < n; i++) norm2 += (double)x[i] * (double)x[i];
    float inverse = (float)(1.0 / (sqrt(norm2) + 1e-12));
    for (size_t i = 0; i < n; i++) x[i] *= inverse;
    for (int k = 0; k < ITERATIONS; k++) {
        o->gemm(!wide, wide, s, s, wide ? cols : rows, x, cols, x, cols, false, g, s);
        o->gemm(false, false, s, s, s, g, s, g, s, false, p, s);
        for (size_t i = 0; i < (size_t)s * (size_t)s; i++) p[i] = b * g[i] + c * p[i];
        if (wide)
            o->gemm(false, false, rows, cols, s, p, s, x, cols, false, next, cols);
        else
            o->gemm(false, false, rows, cols, s, x, cols, p, s, false, next, cols);
        for (size_t i = 0; i < n; i++) x[i] = a * x[i] + next[i];
    }
    free(g);
    free(p);
    free(next);
}

void muon_update(const struct ops *o, int rows, int cols, float rate, float momentum, float decay,
                 float scale, const float *g, float *m, float *w) {
    size_t n = (size_t)rows * (size_t)cols;
    float *step = mem_array(n, sizeof *step);
    for (size_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] + g[i] * scale;
        step[i] = momentum * m[i] + g[i] * scale; /* Nesterov's look ahead */
    }
    muon_orthogonalize(o, rows, cols, step);
    float size = 0.2f * sqrtf((float)(rows > cols ? rows : cols));
    for (size_t i = 0; i < n; i++) w[i] += rate * (size * step[i] - decay * w[i]);
    free(step);
}
