/* attention_gqa: attention whose query heads share key and value heads in groups (Ainslie et al.
 * 2023; one group: MQA, as many groups as heads: MHA), with whatever a family adds: biases, norms
 * of q and k, sinks, windows, gates. */
#include <math.h>
#include <string.h>

#include "engine/forward.h"
#include "engine/kernels/kernels.h"

/* The fused product leaves q, k, v of a token in one row. */
static void unfuse_row(struct forward *f, const struct layer *y, size_t t) {
    size_t q = (size_t)y->n_head * y->dk, k = (size_t)y->n_head_kv * y->dk,
           v = (size_t)y->n_head_kv * y->dv;
    const float *row = f->gate + t * (q + k + v);
    memcpy(f->q + t * q, row, q * sizeof *row);
    memcpy(f->k + t * k, row + q, k * sizeof *row);
    memcpy(f->v + t * v, row + q + k, v * sizeof *row);
}

static void project(struct forward *f, const struct layer *y) {
    size_t q = (size_t)y->n_head * y->dk, k = (size_t)y->n_head_kv * y->dk,
           v = (size_t)y->n_head_kv * y->dv, E = f->m->hp.n_embd;
    if (y->wqkv.data) {
        matmul(f->pool, f->mm, &y->wqkv, f->h, f->n, f->gate);
        forward_bias(f, f->gate, y->bqkv, q + k + v);
        forward_rows(f, y, f->n, unfuse_row);
        return;
    }
    struct matmul_job jobs[] = {
        {.w = &y->wq, .y = y->q_gated ? f->gate : f->q, .ldy = y->q_gated ? 2 * q : q},
        {.w = &y->wk, .y = f->k, .ldy = k},
        {.w = &y->wv, .y = f->v, .ldy = v},
    };
    matmul_jobs(f->pool, f->mm, jobs, 3, f->h, E, f->n);
    forward_bias(f, jobs[0].y, y->bq, jobs[0].ldy);
    forward_bias(f, f->k, y->bk, k);
    forward_bias(f, f->v, y->bv, v);
}

/* Rows of [query | gate] per head: the queries to f->q. */
static void ungate_row(struct forward *f, const struct layer *y, size_t t) {
    const float *from = f->gate + t * 2 * y->n_head * y->dk;
    float *to = f->q + t * y->n_head * y->dk;
    for (size_t h = 0; h < y->n_head; h++)
        memcpy(to + h * y->dk, from + 2 * h * y->dk, y->dk * sizeof *to);
}

static void gate_row(struct forward *f, const struct layer *y, size_t t) {
    const float *gate = f->gate + t * 2 * y->n_head * y->dk;
    float *o = f->o + t * y->n_head * y->dv;
    for (size_t h = 0; h < y->n_head; h++)
        for (size_t i = 0; i < y->dv; i++)
            o[h * y->dv + i] /= 1 + expf(-gate[(2 * h + 1) * y->dk + i]);
}

static void norm_heads(const struct layer *y, const float *w, float eps, float *x, size_t n_heads) {
    size_t n = y->norm_whole ? n_heads * y->dk : y->dk, rows = y->norm_whole ? 1 : n_heads;
    if (!w) return;
    for (size_t h = 0; h < rows; h++) kernels()->rms_norm(x + h * n, w, eps, x + h * n, n);
}

/* Some families sharpen attention as positions grow. */
static float temperature(const struct hparams *hp, size_t position) {
    if (hp->temp_scale == 0) return 1;
    return 1 + hp->temp_scale * logf(floorf((float)position / (float)hp->temp_length) + 1);
}

static void finish_row(struct forward *f, const struct layer *y, size_t t) {
    const struct hparams *hp = &f->m->hp;
    float *q = f->q + t * y->n_head * y->dk, *k = f->k + t * y->n_head_kv * y->dk;
    norm_heads(y, y->q_norm, hp->eps, q, y->n_head);
    norm_heads(y, y->k_norm, hp->eps, k, y->n_head_kv);
    if (y->rope >= 0) {
        const float *angles = f->angles[y->rope] + t * hp->n_rot;
        rope_apply(f->ropes[y->rope], angles, q, y->n_head, y->dk);
        rope_apply(f->ropes[y->rope], angles, k, y->n_head_kv, y->dk);
    }
    float sharp = temperature(hp, forward_position(f, t));
    if (sharp != 1)
        for (size_t i = 0; i < (size_t)y->n_head * y->dk; i++) q[i] *= sharp;
}

void attention_gqa(struct forward *f, const struct layer *y, uint32_t block) {
    const struct hparams *hp = &f->m->hp;
    float scale = hp->attention_scale != 0 ? hp->attention_scale : 1 / sqrtf((float)y->dk);
    project(f, y);
    if (y->q_gated) forward_rows(f, y, f->n, ungate_row);
    forward_rows(f, y, f->n, finish_row);
    if (forward_cancelled(f)) return;
    attend(f, y, block, f->q, f->k, f->v, scale, f->o);
    if (y->q_gated) forward_rows(f, y, f->n, gate_row);
    matmul(f->pool, f->mm, &y->wo, f->o, f->n, f->y);
    forward_bias(f, f->y, y->bo, hp->n_embd);
}
