/* ffn: the dense feed-forward part with a gated linear unit (Shazeer 2020). */
#include <math.h>

#include "engine/forward.h"
#include "engine/kernels/kernels.h"

static void silu(float *gate, const float *up, size_t n) { kernels()->silu_mul(gate, up, gate, n); }

static void gelu(float *gate, const float *up, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float x = gate[i], inner = 0.79788456080286535588f * x * (1 + 0.044715f * x * x);
        gate[i] = 0.5f * x * (1 + tanhf(inner)) * up[i];
    }
}

static void clamped(float *gate, const float *up, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float g = fminf(gate[i], 7), u = fmaxf(-7, fminf(up[i], 7));
        gate[i] = g / (1 + expf(-1.702f * g)) * (u + 1);
    }
}

void ffn_activate(const struct arch *a, float *gate, const float *up, size_t n) {
    static void (*const by_kind[])(float *, const float *, size_t) = {
        [GLU_SILU] = silu,
        [GLU_GELU] = gelu,
        [GLU_CLAMPED] = clamped,
    };
    by_kind[a->glu](gate, up, n);
}

static void activate_row(struct forward *f, const struct layer *y, size_t t) {
    float *gate = f->gate + t * y->n_ff;
    ffn_activate(f->m->arch, gate, f->up + t * y->n_ff, y->n_ff);
}

/* The fused product leaves [gate | up] in a row of f->up; its first half becomes a row of f->gate.
 */
static void activate_fused_row(struct forward *f, const struct layer *y, size_t t) {
    float *from = f->up + t * 2 * y->n_ff, *to = f->gate + t * y->n_ff;
    ffn_activate(f->m->arch, from, from + y->n_ff, y->n_ff);
    for (size_t i = 0; i < y->n_ff; i++) to[i] = from[i];
}

void ffn_dense(struct forward *f, const struct layer *y) {
    size_t E = f->m->hp.n_embd;
    if (y->gate_up.data) {
        matmul(f->pool, f->mm, &y->gate_up, f->h, f->n, f->up);
        forward_rows(f, y, f->n, activate_fused_row);
    } else {
        struct matmul_job jobs[] = {{.w = &y->gate, .y = f->gate, .ldy = y->n_ff},
                                    {.w = &y->up, .y = f->up, .ldy = y->n_ff}};
        matmul_jobs(f->pool, f->mm, jobs, 2, f->h, E, f->n);
        forward_bias(f, f->gate, y->gate_b, y->n_ff);
        forward_bias(f, f->up, y->up_b, y->n_ff);
        forward_rows(f, y, f->n, activate_row);
    }
    if (forward_cancelled(f)) return;
    matmul(f->pool, f->mm, &y->down, f->gate, f->n, f->y);
    forward_bias(f, f->y, y->down_b, E);
}
