/* forward: see the header. */
#include "engine/forward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/attention.h"
#include "engine/kernels/kernels.h"
#include "engine/quant.h"

/* ---- memory ---- */

/* The most floats per token that any block wants of each buffer. */
struct needs {
    size_t q, k, v, latent_q, o, latent_o, wide_q, wide_o, gate, up, n_in, heads, attn_scratch;
};

static void at_least(size_t *have, size_t want) {
    if (*have < want) *have = want;
}

static void need_mixer(struct needs *n, const struct model *m, const struct layer *y,
                       int n_threads) {
    const struct hparams *hp = &m->hp;
    size_t H = y->n_head, Hkv = y->n_head_kv;
    if (y->mixer == MIXER_CONV || y->mixer == MIXER_DELTA) {
        size_t values = (size_t)hp->delta_v_heads * hp->delta_dv,
               channels = 2 * (size_t)hp->delta_k_heads * hp->delta_dk + values;
        bool conv = y->mixer == MIXER_CONV;
        at_least(&n->gate, conv ? 3 * (size_t)hp->n_embd : channels);
        at_least(&n->q, conv ? hp->n_embd : channels);
        at_least(&n->up, values);
        at_least(&n->k, 2 * (size_t)hp->delta_v_heads);
        at_least(&n->o, values);
        at_least(&n->n_in, values);
        return;
    }
    at_least(&n->attn_scratch, attention_scratch_floats(n_threads, H, 2 * y->dk, 2 * y->dv));
    at_least(&n->wide_q, H * 2 * y->dk);
    at_least(&n->wide_o, H * 2 * y->dv);
    if (y->mixer == MIXER_MLA) {
        at_least(&n->q, H * hp->dk_mla);
        at_least(&n->k, hp->q_lora);
        at_least(&n->v, y->dk);
        at_least(&n->latent_q, H * y->dk);
        at_least(&n->latent_o, H * y->dv);
        at_least(&n->o, H * hp->dv_mla);
        at_least(&n->heads, H);
        at_least(&n->n_in, hp->q_lora);
        at_least(&n->n_in, H * hp->dv_mla);
    } else if (y->mixer == MIXER_GQA) {
        at_least(&n->q, H * y->dk);
        at_least(&n->k, Hkv * y->dk);
        at_least(&n->v, Hkv * y->dv);
        at_least(&n->gate, (H > Hkv ? 2 * H : H + Hkv) * y->dk + Hkv * y->dv);
        at_least(&n->o, H * y->dv);
        at_least(&n->n_in, H * y->dv);
    }
}

static void need_ffn(struct needs *n, const struct layer *y) {
    size_t F = y->is_moe ? y->down_sh.ne[0] : y->n_ff;
    at_least(&n->gate, F);
    at_least(&n->up, y->gate_up.data ? 2 * F : F);
    at_least(&n->n_in, F);
}

static struct needs all_needs(const struct model *m, int n_threads) {
    struct needs n = {.n_in = m->hp.n_embd, .o = m->hp.n_embd};
    if (m->hp.n_mtp) {
        n.n_in = 2 * (size_t)m->hp.n_embd;
        n.gate = 2 * (size_t)m->hp.n_embd;
    }
    for (uint32_t i = 0; i < m->hp.n_layers + m->hp.n_mtp; i++) {
        need_mixer(&n, m, &m->layers[i], n_threads);
        need_ffn(&n, &m->layers[i]);
    }
    return n;
}

static float *floats(size_t rows, size_t n) {
    size_t bytes;
    if (__builtin_mul_overflow(rows * sizeof(float), n, &bytes)) bytes = SIZE_MAX / 2;
    return mem_aligned(64, bytes);
}

static void new_scratch(struct forward *f, const struct needs *n) {
    const struct hparams *hp = &f->m->hp;
    size_t n_ff = 0, head_in = hp->dk_mla > hp->kv_lora ? hp->dk_mla : hp->kv_lora;
    f->mm = matmul_scratch_new(f->pool, f->n_batch, n->n_in);
    if (n->heads) {
        f->mm_heads = matmul_scratch_new(f->pool, f->n_batch * n->heads, head_in);
        f->head_rows = mem_array(f->n_batch * n->heads, sizeof *f->head_rows);
        f->head_jobs = mem_array(n->heads, sizeof *f->head_jobs);
    }
    f->moe = moe_plan_new(f->m, f->n_batch);
    for (uint32_t i = 0; i < hp->n_layers + hp->n_mtp; i++)
        if (f->m->layers[i].is_moe) at_least(&n_ff, f->m->layers[i].n_ff);
    if (f->moe) f->mm_experts = matmul_scratch_new(f->pool, f->n_batch * hp->n_used, n_ff);
}

static void set_scratch(struct forward *f, bool exact) {
    struct matmul_scratch *all[] = {f->mm, f->mm_heads, f->mm_experts};
    for (int i = 0; i < 3; i++) {
        if (!all[i]) continue;
        if (exact) matmul_be_exact(all[i]);
        matmul_stop_on(all[i], f->cancel);
    }
}

static void choose_ropes(struct forward *f) {
    for (int i = 0; i < ROPE_KINDS; i++) {
        f->ropes[i] = &f->m->ropes[i];
        if (f->m->ropes[i].freq) f->angles[i] = floats(f->n_batch, f->m->ropes[i].n_rot);
    }
    if (f->m->ropes[ROPE_LONG].freq && f->cache->n_ctx > f->m->long_from)
        f->ropes[ROPE_GLOBAL] = &f->m->ropes[ROPE_LONG];
}

struct forward *forward_new(const struct model *m, struct pool *pool, struct kvcache *cache,
                            size_t n_batch, const atomic_bool *cancel, bool exact) {
    struct forward *f = mem_calloc(1, sizeof *f);
    struct needs n = all_needs(m, pool_size(pool));
    f->m = m, f->pool = pool, f->cache = cache, f->n_batch = n_batch, f->cancel = cancel;
    f->x = floats(n_batch, m->hp.n_embd);
    f->h = floats(n_batch, m->hp.n_embd);
    f->y = floats(n_batch, m->hp.n_embd);
    f->q = floats(n_batch, n.q);
    f->k = floats(n_batch, n.k);
    f->v = floats(n_batch, n.v);
    f->latent_q = floats(n_batch, n.latent_q);
    f->latent_o = floats(n_batch, n.latent_o);
    f->o = floats(n_batch, n.o);
    f->gate = floats(n_batch, n.gate);
    f->up = floats(n_batch, n.up);
    f->attn_scratch = floats(1, n.attn_scratch);
    if (cache->exact) {
        f->wide_q = floats(n_batch, n.wide_q);
        f->wide_o = floats(n_batch, n.wide_o);
    }
    new_scratch(f, &n);
    set_scratch(f, exact);
    choose_ropes(f);
    return f;
}

void forward_enable_draft(struct forward *f) {
    f->hidden = mem_calloc(((size_t)f->cache->n_ctx + 1) * f->m->hp.n_embd, sizeof *f->hidden);
}

void forward_free(struct forward *f) {
    if (!f) return;
    free(f->hidden);
    rewind_free(f);
    void *all[] = {f->x,        f->h,      f->y,         f->q,        f->k,  f->v,
                   f->latent_q, f->o,      f->latent_o,  f->gate,     f->up, f->attn_scratch,
                   f->wide_q,   f->wide_o, f->head_rows, f->head_jobs};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    for (int i = 0; i < ROPE_KINDS; i++) free(f->angles[i]);
    matmul_scratch_free(f->mm);
    matmul_scratch_free(f->mm_heads);
    matmul_scratch_free(f->mm_experts);
    moe_plan_free(f->moe);
    free(f);
}

/* ---- rows ---- */

struct rows_call {
    struct forward *f;
    const struct layer *y;
    size_t n;
    void (*row)(struct forward *f, const struct layer *y, size_t t);
};

static void rows_share(void *arg, int i, int n) {
    struct rows_call *c = arg;
    size_t begin, end;
    pool_share(c->n, 1, i, n, &begin, &end);
    for (size_t t = begin; t < end; t++) c->row(c->f, c->y, t);
}

void forward_rows(struct forward *f, const struct layer *y, size_t n,
                  void (*row)(struct forward *f, const struct layer *y, size_t t)) {
    struct rows_call c = {f, y, n, row};
    if (n < 4)
        rows_share(&c, 0, 1);
    else
        pool_run(f->pool, rows_share, &c);
}

void forward_bias(struct forward *f, float *x, const float *bias, size_t n) {
    if (!bias) return;
    for (size_t t = 0; t < f->n; t++)
        for (size_t i = 0; i < n; i++) x[t * n + i] += bias[i];
}

/* ---- the way through ---- */

/* h = norm(x), or x itself where the family has no norm in that place. */
static void norm_input(struct forward *f, const float *w, size_t t) {
    size_t E = f->m->hp.n_embd;
    if (w)
        kernels()->rms_norm(f->x + t * E, w, f->m->hp.eps, f->h + t * E, E);
    else
        memcpy(f->h + t * E, f->x + t * E, E * sizeof *f->h);
}

/* x += y, normed and scaled as the family wants it. */
static void add_result(struct forward *f, const float *post_norm, size_t t) {
    size_t E = f->m->hp.n_embd;
    float *x = f->x + t * E, *y = f->y + t * E, scale = f->m->hp.residual_scale;
    if (post_norm) kernels()->rms_norm(y, post_norm, f->m->hp.eps, y, E);
    for (size_t i = 0; i < E; i++) x[i] += scale * y[i];
}

static void before_mixer(struct forward *f, const struct layer *y, size_t t) {
    norm_input(f, y->attn_norm, t);
}

static void between(struct forward *f, const struct layer *y, size_t t) {
    add_result(f, y->attn_post_norm, t);
    norm_input(f, y->ffn_norm, t);
}

static void after_ffn(struct forward *f, const struct layer *y, size_t t) {
    add_result(f, y->ffn_post_norm, t);
}

bool forward_block(struct forward *f, uint32_t i) {
    static void (*const mixers[])(struct forward *, const struct layer *, uint32_t) = {
        [MIXER_GQA] = attention_gqa,
        [MIXER_MLA] = attention_mla,
        [MIXER_CONV] = shortconv,
        [MIXER_DELTA] = deltanet,
    };
    const struct layer *y = &f->m->layers[i];
    forward_rows(f, y, f->n, before_mixer);
    mixers[y->mixer](f, y, i);
    if (forward_cancelled(f)) return false;
    forward_rows(f, y, f->n, between);
    if (y->is_moe)
        moe_run(f, y);
    else
        ffn_dense(f, y);
    if (forward_cancelled(f)) return false;
    forward_rows(f, y, f->n, after_ffn);
    return true;
}

void forward_embed(struct forward *f, const struct tensor *w, const int32_t *ids) {
    size_t E = f->m->hp.n_embd;
    for (size_t t = 0; t < f->n; t++) {
        const char *row = (const char *)w->data + (size_t)ids[t] * w->row_bytes;
        quant_type(w->type)->dequantize(row, f->x + t * E, E);
        if (f->m->hp.embedding_scale != 1)
            for (size_t i = 0; i < E; i++) f->x[t * E + i] *= f->m->hp.embedding_scale;
    }
}

void forward_angles(struct forward *f) {
    for (int kind = 0; kind < ROPE_KINDS; kind++) {
        if (!f->angles[kind]) continue;
        const struct rope *r = f->ropes[kind];
        for (size_t t = 0; t < f->n; t++)
            rope_angles(r, forward_position(f, t), f->angles[kind] + t * r->n_rot);
    }
}

static void final_norm(struct forward *f, const struct layer *y, size_t t) {
    (void)y;
    norm_input(f, f->m->output_norm, t);
}

static void logits_of(struct forward *f, size_t first, size_t n, float *logits) {
    const struct hparams *hp = &f->m->hp;
    matmul(f->pool, f->mm, &f->m->output, f->h + first * hp->n_embd, n, logits);
    size_t count = n * hp->n_vocab;
    if (hp->logit_scale != 1)
        for (size_t i = 0; i < count; i++) logits[i] /= hp->logit_scale;
    if (hp->logit_softcap > 0)
        for (size_t i = 0; i < count; i++)
            logits[i] = hp->logit_softcap * tanhf(logits[i] / hp->logit_softcap);
}

/* All blocks, and the last norm. */
static bool run_blocks(struct forward *f, const int32_t *ids) {
    forward_embed(f, &f->m->token_embd, ids);
    forward_angles(f);
    for (uint32_t i = 0; i < f->m->hp.n_layers; i++)
        if (!forward_block(f, i)) return false;
    forward_rows(f, NULL, f->n, final_norm);
    return true;
}

bool forward_run(struct forward *f, const int32_t *ids, size_t n, size_t pos, float *logits,
                 bool all) {
    f->n = n, f->pos = pos;
    kvcache_make_room(f->cache, pos, n);
    if (!run_blocks(f, ids)) return false;
    if (logits) logits_of(f, all ? 0 : n - 1, all ? n : 1, logits);
    if (forward_cancelled(f)) return false;
    if (f->hidden) mtp_keep_hidden(f);
    kvcache_advance(f->cache);
    return true;
}

bool forward_run_lines(struct forward *f, const int32_t *ids, size_t n,
                       const struct forward_line *lines, float *logits) {
    f->n = n, f->lines = lines;
    for (size_t t = 0; t < n; t++) kvcache_make_room(lines[t].cache, lines[t].pos, 1);
    bool done = run_blocks(f, ids);
    f->lines = NULL;
    if (done) logits_of(f, 0, n, logits);
    if (!done || forward_cancelled(f)) return false;
    for (size_t t = 0; t < n; t++) kvcache_advance(lines[t].cache);
    return true;
}
