/* deltanet: linear attention by the gated delta rule (Yang et al. 2024, arXiv:2412.06464), as in
 * Qwen3-Next and Qwen3.5. Each value head keeps a matrix M of what it has seen: a token first lets
 * it fade, then corrects what M answers for its key towards its value, then asks with its query:
 *     M ← e^g·M;   d = β·(v - Mᵀk);   M ← M + k·dᵀ;   o = Mᵀq
 * M is stored by value index, [dv][dk], so that every line is dots and sums over contiguous keys.
 * State of a sequence: the convolution's last inputs, then the matrices. */
#include <math.h>
#include <string.h>

#include "engine/forward.h"
#include "engine/kernels/kernels.h"

struct sizes {
    size_t nk, nv, dk, dv, values, channels, conv_state;
};

static struct sizes sizes_of(const struct hparams *hp) {
    struct sizes s = {
        .nk = hp->delta_k_heads, .nv = hp->delta_v_heads, .dk = hp->delta_dk, .dv = hp->delta_dv};
    s.values = s.nv * s.dv;
    s.channels = 2 * s.nk * s.dk + s.values;
    s.conv_state = (hp->conv_taps - 1) * s.channels;
    return s;
}

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }
static float softplus(float x) { return x > 20 ? x : log1pf(expf(x)); }

/* β and α of all value heads in a row of 2·nv, whichever way the file has them. */
static void project_gates(struct forward *f, const struct layer *y, const struct sizes *s) {
    if (y->delta_ba.data) {
        matmul(f->pool, f->mm, &y->delta_ba, f->h, f->n, f->k);
        return;
    }
    struct matmul_job jobs[] = {{.w = &y->delta_beta, .y = f->k, .ldy = 2 * s->nv},
                                {.w = &y->delta_alpha, .y = f->k + s->nv, .ldy = 2 * s->nv}};
    matmul_jobs(f->pool, f->mm, jobs, 2, f->h, f->m->hp.n_embd, f->n);
}

/* Where head h has its β and α in that row: side by side per key head in the fused form. */
static void gates_at(const struct layer *y, const struct sizes *s, size_t h, size_t *beta,
                     size_t *alpha) {
    size_t r = s->nv / s->nk;
    *beta = y->delta_ba.data ? h / r * 2 * r + h % r : h;
    *alpha = y->delta_ba.data ? *beta + r : s->nv + h;
}

static void to_unit(float *x, size_t n, float eps, float scale) {
    scale /= fmaxf(sqrtf(kernels()->dot_f32(x, x, n)), eps);
    for (size_t i = 0; i < n; i++) x[i] *= scale;
}

/* Convolution, silu, and unit length for the queries and keys of a token. */
static void mix_row(struct forward *f, const struct layer *y, size_t t) {
    const struct hparams *hp = &f->m->hp;
    struct sizes s = sizes_of(hp);
    float *row = f->q + t * s.channels;
    conv_row(f, f->state, f->gate, y->conv, s.channels, t, row);
    for (size_t i = 0; i < s.channels; i++) row[i] *= sigmoid(row[i]);
    for (size_t h = 0; h < s.nk; h++) {
        to_unit(row + h * s.dk, s.dk, hp->eps, 1 / sqrtf((float)s.dk));
        to_unit(row + (s.nk + h) * s.dk, s.dk, hp->eps, 1);
    }
}

/* x = a·x + b·y. Blocks of a known length, which compilers turn into vectors. */
static void blend(float *x, float a, const float *y, float b, size_t n) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t j = 0; j < 16; j++) x[i + j] = a * x[i + j] + b * y[i + j];
    for (; i < n; i++) x[i] = a * x[i] + b * y[i];
}

/* One token of one head: M and o from k, q, v. */
static void update(float *M, const float *k, const float *q, const float *v, float fade, float beta,
                   size_t dk, size_t dv, float *o) {
    const struct kernels *ker = kernels();
    float kq = ker->dot_f32(k, q, dk);
    for (size_t i = 0; i < dv; i++, M += dk) {
        float d = beta * (v[i] - fade * ker->dot_f32(M, k, dk));
        o[i] = fade * ker->dot_f32(M, q, dk) + d * kq;
        blend(M, fade, k, d, dk);
    }
}

/* All tokens of the batch through value head h. */
static void run_head(struct forward *f, const struct layer *y, size_t h) {
    struct sizes s = sizes_of(&f->m->hp);
    size_t at = f->state + s.conv_state + h * s.dk * s.dv, beta, alpha;
    size_t kh = f->m->arch->delta_grouped ? h / (s.nv / s.nk) : h % s.nk;
    gates_at(y, &s, h, &beta, &alpha);
    for (size_t t = 0; t < f->n; t++) {
        const struct kvcache *c = forward_cache(f, t);
        float *M = c->next_state + at;
        if (t == forward_first(f, t)) memcpy(M, c->state + at, s.dk * s.dv * sizeof *M);
        const float *row = f->q + t * s.channels, *gates = f->k + t * 2 * s.nv;
        float *o = f->o + t * s.values + h * s.dv, *z = f->up + t * s.values + h * s.dv;
        float fade = expf(y->delta_a[h] * softplus(gates[alpha] + y->delta_dt[h]));
        update(M, row + (s.nk + kh) * s.dk, row + kh * s.dk, row + 2 * s.nk * s.dk + h * s.dv, fade,
               sigmoid(gates[beta]), s.dk, s.dv, o);
        kernels()->rms_norm(o, y->delta_norm, f->m->hp.eps, o, s.dv);
        kernels()->silu_mul(z, o, o, s.dv);
    }
}

void deltanet_carry(struct forward *f, const struct layer *y) {
    struct sizes s = sizes_of(&f->m->hp);
    conv_keep(f, f->state, f->gate, s.channels);
    forward_rows(f, y, s.nv, run_head);
}

void deltanet(struct forward *f, const struct layer *y, uint32_t block) {
    const struct hparams *hp = &f->m->hp;
    struct sizes s = sizes_of(hp);
    f->state = f->cache->layers[block].state;
    struct matmul_job jobs[] = {{.w = &y->delta_qkv, .y = f->gate, .ldy = s.channels},
                                {.w = &y->delta_z, .y = f->up, .ldy = s.values}};
    matmul_jobs(f->pool, f->mm, jobs, 2, f->h, hp->n_embd, f->n);
    project_gates(f, y, &s);
    if (forward_cancelled(f)) return;
    forward_rows(f, y, f->n, mix_row);
    rewind_keep(f, block);
    deltanet_carry(f, y);
    if (forward_cancelled(f)) return;
    matmul(f->pool, f->mm, &y->delta_out, f->o, f->n, f->y);
}
