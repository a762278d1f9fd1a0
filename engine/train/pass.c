/* pass: one batch through the net, forward and backward.
 *
 * Each block's forward is followed by its backward, in the same order of steps reversed. What the
 * backward needs is kept in `struct block_acts`; scratch that no one needs later is shared by all
 * blocks. Keys and values are expanded from the latent here, as training wants; generation works
 * on the latent itself (generate.c), and a test holds the two together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/train/latent.h"
#include "engine/train/net.h"

/* n = tokens of the batch; shapes are [n][…]. */
struct block_acts {
    float *x;                    /* n_embd: the block's input */
    float *xn, *r_attn;          /* n_embd, 1: normalised input and 1/rms */
    float *qa, *qan, *r_qa;      /* q_lora, q_lora, 1 */
    float *q;                    /* n_head*(nope+rope), rotated */
    float *kva, *c, *r_c;        /* kv_lora+rope, kv_lora, 1: latent before and after its norm */
    float *k, *v;                /* n_head*(nope+rope), n_head*v_dim */
    float *att;                  /* n_head*v_dim */
    float *mid;                  /* n_embd: after attention */
    float *fn, *r_ffn;           /* n_embd, 1 */
    float *gu, *act;             /* 2*ff, ff: dense or shared expert */
    float *z, *w;                /* n_expert, n_used: router */
    int *idx;                    /* n_used */
    int *slot;                   /* n_used: the row of this choice in the sorted arrays below */
    int *source;                 /* [n*n_used]: token of each sorted row */
    int *first;                  /* [n_expert+1]: sorted rows of each expert */
    float *ex, *egu, *eact, *ey; /* sorted rows: n_embd, 2*n_ff_exp, n_ff_exp, n_embd */
};

struct pass {
    struct net_config c;
    const struct ops *o;
    int cap, n;
    struct block_acts block[NET_MAX_BLOCKS];
    float *final_x, *hidden, *r_out; /* n_embd, n_embd, 1 */
    float *logits, *logp, *entropy;  /* n_vocab, 1, 1 */
    uint8_t *hits;
    float *mtp_e, *mtp_en, *r_me;  /* embedding, normed */
    float *mtp_h, *mtp_hn, *r_mh;  /* shifted hidden, normed */
    float *mtp_cat;                /* 2*n_embd */
    float *mtp_x, *mtp_out, *r_mo; /* n_embd */
    float *mtp_logits, *mtp_logp;
    uint8_t *mtp_hits;
    int *mtp_target;
    int *best; /* [n] the main model's likeliest token */
    struct ops_attention attention;
    float *cos_sin; /* [n_ctx][rope] */
    /* scratch */
    float *kv;                                 /* n_head*(nope+v_dim) */
    float *d_x, *d_a, *d_q, *d_k, *d_v, *d_kv; /* gradients of the like-named */
    float *d_qa, *d_c, *d_kva, *d_att, *d_gu, *d_act, *d_fn;
    float *d_ey, *d_eact, *d_egu, *d_ex, *d_w, *d_z, *d_hidden, *d_cat;
    int64_t *load; /* [n_block+1][n_expert] */
    void **owned;
    size_t n_owned, cap_owned;
};

static void *own(struct pass *p, size_t n, size_t size) {
    p->owned = mem_grow(p->owned, &p->cap_owned, p->n_owned + 1, sizeof *p->owned);
    return p->owned[p->n_owned++] = ops_alloc(n * size);
}

static float *rows(struct pass *p, int width) {
    return own(p, (size_t)p->cap * (size_t)width, sizeof(float));
}

static int *int_rows(struct pass *p, int width) {
    return own(p, (size_t)p->cap * (size_t)width, sizeof(int));
}

static void acts_new(struct pass *p, bool dense, struct block_acts *a) {
    const struct net_config *c = &p->c;
    int qk = c->n_head * (c->nope + c->rope), ff = dense ? c->n_ff : c->n_ff_exp;
    a->x = rows(p, c->n_embd);
    a->xn = rows(p, c->n_embd);
    a->r_attn = rows(p, 1);
    a->qa = rows(p, c->q_lora);
    a->qan = rows(p, c->q_lora);
    a->r_qa = rows(p, 1);
    a->q = rows(p, qk);
    a->kva = rows(p, c->kv_lora + c->rope);
    a->c = rows(p, c->kv_lora);
    a->r_c = rows(p, 1);
    a->k = rows(p, qk);
    a->v = rows(p, c->n_head * c->v_dim);
    a->att = rows(p, c->n_head * c->v_dim);
    a->mid = rows(p, c->n_embd);
    a->fn = rows(p, c->n_embd);
    a->r_ffn = rows(p, 1);
    a->gu = rows(p, 2 * ff);
    a->act = rows(p, ff);
    if (dense) return;
    a->z = rows(p, c->n_expert);
    a->w = rows(p, c->n_used);
    a->idx = int_rows(p, c->n_used);
    a->slot = int_rows(p, c->n_used);
    a->source = int_rows(p, c->n_used);
    a->first = own(p, (size_t)c->n_expert + 1, sizeof(int));
    a->ex = rows(p, c->n_used * c->n_embd);
    a->egu = rows(p, c->n_used * 2 * c->n_ff_exp);
    a->eact = rows(p, c->n_used * c->n_ff_exp);
    a->ey = rows(p, c->n_used * c->n_embd);
}

static void scratch_new(struct pass *p) {
    const struct net_config *c = &p->c;
    int qk = c->n_head * (c->nope + c->rope), hv = c->n_head * c->v_dim;
    int ff = c->n_ff > c->n_ff_exp ? c->n_ff : c->n_ff_exp;
    p->kv = rows(p, c->n_head * (c->nope + c->v_dim));
    p->d_kv = rows(p, c->n_head * (c->nope + c->v_dim));
    p->d_x = rows(p, c->n_embd);
    p->d_a = rows(p, c->n_embd);
    p->d_fn = rows(p, c->n_embd);
    p->d_hidden = rows(p, c->n_embd);
    p->d_cat = rows(p, 2 * c->n_embd);
    p->d_q = rows(p, qk);
    p->d_k = rows(p, qk);
    p->d_v = rows(p, hv);
    p->d_att = rows(p, hv);
    p->d_qa = rows(p, c->q_lora);
    p->d_c = rows(p, c->kv_lora);
    p->d_kva = rows(p, c->kv_lora + c->rope);
    p->d_gu = rows(p, 2 * ff);
    p->d_act = rows(p, ff);
    p->d_ey = rows(p, c->n_used * c->n_embd);
    p->d_ex = rows(p, c->n_used * c->n_embd);
    p->d_egu = rows(p, c->n_used * 2 * c->n_ff_exp);
    p->d_eact = rows(p, c->n_used * c->n_ff_exp);
    p->d_w = rows(p, c->n_used);
    p->d_z = rows(p, c->n_expert);
    p->attention = (struct ops_attention){c->n_head, c->nope + c->rope,
                                          c->v_dim,  1.0f / sqrtf((float)(c->nope + c->rope)),
                                          NULL,      NULL};
    p->attention.scores =
        own(p, (size_t)OPS_ATTENTION_ROWS * ((size_t)c->n_ctx + 16), sizeof(float));
    p->attention.d_scores =
        own(p, (size_t)OPS_ATTENTION_ROWS * ((size_t)c->n_ctx + 16), sizeof(float));
}

static void heads_new(struct pass *p) {
    const struct net_config *c = &p->c;
    float **wide[] = {&p->final_x, &p->hidden, &p->mtp_e, &p->mtp_en,
                      &p->mtp_h,   &p->mtp_hn, &p->mtp_x, &p->mtp_out};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) *wide[i] = rows(p, c->n_embd);
    float **single[] = {&p->r_out, &p->logp, &p->entropy, &p->r_me,
                        &p->r_mh,  &p->r_mo, &p->mtp_logp};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) *single[i] = rows(p, 1);
    p->mtp_cat = rows(p, 2 * c->n_embd);
    p->logits = rows(p, c->n_vocab);
    p->mtp_logits = rows(p, c->n_vocab);
    p->hits = own(p, (size_t)p->cap, 1);
    p->mtp_hits = own(p, (size_t)p->cap, 1);
    p->mtp_target = int_rows(p, 1);
    p->best = int_rows(p, 1);
}

struct pass *pass_new(const struct net_config *c, const struct ops *o, int cap_tok) {
    struct pass *p = mem_calloc(1, sizeof *p);
    p->c = *c;
    p->o = o;
    p->cap = cap_tok;
    for (int i = 0; i <= c->n_block; i++) acts_new(p, net_is_dense(i), &p->block[i]);
    heads_new(p);
    scratch_new(p);
    p->cos_sin = own(p, (size_t)c->n_ctx * (size_t)c->rope, sizeof(float));
    net_cos_sin(c, p->cos_sin);
    p->load = own(p, (size_t)(c->n_block + 1) * (size_t)c->n_expert, sizeof *p->load);
    pass_expert_load_reset(p);
    return p;
}

void pass_free(struct pass *p) {
    if (!p) return;
    for (size_t i = 0; i < p->n_owned; i++) free(p->owned[i]);
    free(p->owned);
    free(p);
}

/* y[n][out] (+)= x[n][in]·Wᵀ, and its two gradients. */
static void linear(const struct pass *p, int n, int out, int in, const float *x, const float *w,
                   bool add, float *y) {
    p->o->gemm(false, true, n, out, in, x, in, w, in, add, y, out);
}

static void linear_back(const struct pass *p, int n, int out, int in, const float *x,
                        const float *w, const float *d_y, bool add, float *d_x, float *d_w) {
    if (d_x) p->o->gemm(false, false, n, in, out, d_y, out, w, in, add, d_x, in);
    p->o->gemm(true, false, out, in, n, d_y, out, x, in, true, d_w, in);
}

static struct ops_docs docs_of(const struct batch *b) {
    return (struct ops_docs){b->n_docs, b->doc_start};
}

OPS_HOT static void add_rows(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

/* ---- latent attention -------------------------------------------------------------------- */

/* kv [k of all heads | v of all heads] and the shared rotated part → k, v as attention wants. */
static void spread_kv(const struct net_config *c, int n, const float *kv, const float *kva,
                      float *k, float *v) {
    int qk = c->nope + c->rope, hk = c->n_head * c->nope, hv = c->n_head * c->v_dim;
    for (int i = 0; i < n; i++) {
        const float *from = kv + (size_t)i * (hk + hv);
        const float *pe = kva + (size_t)i * (c->kv_lora + c->rope) + c->kv_lora;
        float *to = k + (size_t)i * c->n_head * qk;
        for (int h = 0; h < c->n_head; h++) {
            memcpy(to + h * qk, from + h * c->nope, sizeof(float) * c->nope);
            memcpy(to + h * qk + c->nope, pe, sizeof(float) * c->rope);
        }
        memcpy(v + (size_t)i * hv, from + hk, sizeof(float) * hv);
    }
}

static void spread_kv_back(const struct net_config *c, int n, const float *d_k, const float *d_v,
                           float *d_kv, float *d_kva) {
    int qk = c->nope + c->rope, hk = c->n_head * c->nope, hv = c->n_head * c->v_dim;
    for (int i = 0; i < n; i++) {
        float *to = d_kv + (size_t)i * (hk + hv);
        float *pe = d_kva + (size_t)i * (c->kv_lora + c->rope) + c->kv_lora;
        const float *from = d_k + (size_t)i * c->n_head * qk;
        memset(pe, 0, sizeof(float) * c->rope);
        for (int h = 0; h < c->n_head; h++) {
            memcpy(to + h * c->nope, from + h * qk, sizeof(float) * c->nope);
            for (int j = 0; j < c->rope; j++) pe[j] += from[h * qk + c->nope + j];
        }
        memcpy(to + hk, d_v + (size_t)i * hv, sizeof(float) * hv);
    }
}

/* norm(x) → rotated queries, latent and its rotated companion. */
static void attention_project(struct pass *p, const struct block_weights *w, int n, const int *pos,
                              struct block_acts *a) {
    const struct net_config *c = &p->c;
    const struct ops *o = p->o;
    int qk = c->nope + c->rope, lr = c->kv_lora + c->rope;
    o->rmsnorm(n, c->n_embd, a->x, c->n_embd, w->attn_norm, c->eps, a->xn, a->r_attn);
    linear(p, n, c->q_lora, c->n_embd, a->xn, w->q_a, false, a->qa);
    o->rmsnorm(n, c->q_lora, a->qa, c->q_lora, w->q_a_norm, c->eps, a->qan, a->r_qa);
    linear(p, n, c->n_head * qk, c->q_lora, a->qan, w->q_b, false, a->q);
    o->rope(n, c->n_head, c->rope, qk, a->q + c->nope, c->n_head * qk, pos, p->cos_sin, 1);
    linear(p, n, lr, c->n_embd, a->xn, w->kv_a, false, a->kva);
    o->rope(n, 1, c->rope, 0, a->kva + c->kv_lora, lr, pos, p->cos_sin, 1);
    o->rmsnorm(n, c->kv_lora, a->kva, lr, w->kv_a_norm, c->eps, a->c, a->r_c);
}

/* mid = x + W·att */
static void attention_output(struct pass *p, const struct block_weights *w, int n,
                             struct block_acts *a) {
    const struct net_config *c = &p->c;
    memcpy(a->mid, a->x, sizeof(float) * (size_t)n * (size_t)c->n_embd);
    linear(p, n, c->n_embd, c->n_head * c->v_dim, a->att, w->attn_out, true, a->mid);
}

static void attention_forward(struct pass *p, const struct block_weights *w, const struct batch *b,
                              struct block_acts *a) {
    const struct net_config *c = &p->c;
    int n = b->n_tok;
    attention_project(p, w, n, b->pos, a);
    linear(p, n, c->n_head * (c->nope + c->v_dim), c->kv_lora, a->c, w->kv_b, false, p->kv);
    spread_kv(c, n, p->kv, a->kva, a->k, a->v);
    p->o->attention(p->o, &p->attention, docs_of(b), a->q, a->k, a->v, a->att);
    attention_output(p, w, n, a);
}

/* p->d_x holds d_mid and becomes the gradient of the block's input. */
static void attention_backward(struct pass *p, const struct block_weights *w, const struct batch *b,
                               const struct block_acts *a, struct block_weights *g) {
    const struct net_config *c = &p->c;
    const struct ops *o = p->o;
    int n = b->n_tok, qk = c->nope + c->rope, lr = c->kv_lora + c->rope;
    int hv = c->n_head * c->v_dim;
    linear_back(p, n, c->n_embd, hv, a->att, w->attn_out, p->d_x, false, p->d_att, g->attn_out);
    o->attention_back(o, &p->attention, docs_of(b), a->q, a->k, a->v, a->att, p->d_att, p->d_q,
                      p->d_k, p->d_v);
    spread_kv_back(c, n, p->d_k, p->d_v, p->d_kv, p->d_kva);
    linear_back(p, n, c->n_head * (c->nope + c->v_dim), c->kv_lora, a->c, w->kv_b, p->d_kv, false,
                p->d_c, g->kv_b);
    o->rmsnorm_back(n, c->kv_lora, a->kva, lr, w->kv_a_norm, a->r_c, p->d_c, p->d_kva, lr, false,
                    g->kv_a_norm);
    o->rope(n, 1, c->rope, 0, p->d_kva + c->kv_lora, lr, b->pos, p->cos_sin, -1);
    linear_back(p, n, lr, c->n_embd, a->xn, w->kv_a, p->d_kva, false, p->d_a, g->kv_a);
    o->rope(n, c->n_head, c->rope, qk, p->d_q + c->nope, c->n_head * qk, b->pos, p->cos_sin, -1);
    linear_back(p, n, c->n_head * qk, c->q_lora, a->qan, w->q_b, p->d_q, false, p->d_qa, g->q_b);
    /* d_qa → through the norm, in place row by row */
    o->rmsnorm_back(n, c->q_lora, a->qa, c->q_lora, w->q_a_norm, a->r_qa, p->d_qa, p->d_qa,
                    c->q_lora, false, g->q_a_norm);
    linear_back(p, n, c->q_lora, c->n_embd, a->xn, w->q_a, p->d_qa, true, p->d_a, g->q_a);
    o->rmsnorm_back(n, c->n_embd, a->x, c->n_embd, w->attn_norm, a->r_attn, p->d_a, p->d_x,
                    c->n_embd, true, g->attn_norm);
}

/* ---- experts ------------------------------------------------------------------------------ */

/* Sorts the choices by expert: counts, first rows, then each choice its row. */
static void sort_choices(struct pass *p, int n, struct block_acts *a, int64_t *load) {
    const struct net_config *c = &p->c;
    int next[64] = {0};
    memset(a->first, 0, sizeof(int) * ((size_t)c->n_expert + 1));
    for (int i = 0; i < n * c->n_used; i++) a->first[a->idx[i] + 1]++;
    for (int e = 0; e < c->n_expert; e++) {
        load[e] += a->first[e + 1];
        a->first[e + 1] += a->first[e];
        next[e] = a->first[e];
    }
    for (int i = 0; i < n * c->n_used; i++) {
        int row = next[a->idx[i]]++;
        a->slot[i] = row;
        a->source[row] = i / c->n_used;
        memcpy(a->ex + (size_t)row * c->n_embd, a->fn + (size_t)(i / c->n_used) * c->n_embd,
               sizeof(float) * c->n_embd);
    }
}

OPS_HOT static void mix_experts(int n, int used, int d, const int *slot, const float *w,
                                const float *ey, float *out) {
    for (int i = 0; i < n * used; i++) {
        const float *y = ey + (size_t)slot[i] * d;
        float *x = out + (size_t)(i / used) * d, wi = w[i];
        for (int j = 0; j < d; j++) x[j] += wi * y[j];
    }
}

OPS_HOT static void mix_experts_back(int n, int used, int d, const int *slot, const float *w,
                                     const float *ey, const float *d_out, float *d_ey, float *d_w) {
    for (int i = 0; i < n * used; i++) {
        const float *y = ey + (size_t)slot[i] * d, *g = d_out + (size_t)(i / used) * d;
        float *dy = d_ey + (size_t)slot[i] * d, wi = w[i], dot = 0;
        for (int j = 0; j < d; j++) {
            dot += g[j] * y[j];
            dy[j] = wi * g[j];
        }
        d_w[i] = dot;
    }
}

static void experts_forward(struct pass *p, const struct block_weights *w, int n,
                            struct block_acts *a, int64_t *load, float *out) {
    const struct net_config *c = &p->c;
    int f = c->n_ff_exp, d = c->n_embd;
    ops_blas()->gemm(false, true, n, c->n_expert, d, a->fn, d, w->router, d, false, a->z,
                     c->n_expert); /* in F32 always: the choice must not hang on rounding */
    p->o->route(n, (struct ops_router){c->n_expert, c->n_used, c->expert_scale}, a->z,
                w->router_bias, a->idx, a->w);
    sort_choices(p, n, a, load);
    for (int e = 0; e < c->n_expert; e++) {
        int first = a->first[e], m = a->first[e + 1] - first;
        if (!m) continue;
        float *gu = a->egu + (size_t)first * 2 * f, *act = a->eact + (size_t)first * f;
        linear(p, m, 2 * f, d, a->ex + (size_t)first * d, w->gate_up_exps + (size_t)e * 2 * f * d,
               false, gu);
        p->o->swiglu(m, f, gu, act);
        linear(p, m, d, f, act, w->down_exps + (size_t)e * d * f, false, a->ey + (size_t)first * d);
    }
    mix_experts(n, c->n_used, d, a->slot, a->w, a->ey, out);
}

/* Adds to d_fn. */
static void experts_backward(struct pass *p, const struct block_weights *w, int n,
                             const struct block_acts *a, const float *d_out,
                             struct block_weights *g, float *d_fn) {
    const struct net_config *c = &p->c;
    int f = c->n_ff_exp, d = c->n_embd;
    mix_experts_back(n, c->n_used, d, a->slot, a->w, a->ey, d_out, p->d_ey, p->d_w);
    for (int e = 0; e < c->n_expert; e++) {
        int m = a->first[e + 1] - a->first[e];
        size_t at = (size_t)a->first[e], wgu = (size_t)e * 2 * f * d, wd = (size_t)e * d * f;
        if (!m) continue;
        linear_back(p, m, d, f, a->eact + at * f, w->down_exps + wd, p->d_ey + at * d, false,
                    p->d_eact + at * f, g->down_exps + wd);
        p->o->swiglu_back(m, f, a->egu + at * 2 * f, p->d_eact + at * f, p->d_egu + at * 2 * f);
        linear_back(p, m, 2 * f, d, a->ex + at * d, w->gate_up_exps + wgu, p->d_egu + at * 2 * f,
                    false, p->d_ex + at * d, g->gate_up_exps + wgu);
    }
    for (int i = 0; i < n * c->n_used; i++)
        add_rows((size_t)d, p->d_ex + (size_t)a->slot[i] * d, d_fn + (size_t)(i / c->n_used) * d);
    p->o->route_back(n, (struct ops_router){c->n_expert, c->n_used, c->expert_scale}, a->z, a->idx,
                     a->w, p->d_w, p->d_z);
    const struct ops *exact = ops_blas();
    exact->gemm(false, false, n, d, c->n_expert, p->d_z, c->n_expert, w->router, d, true, d_fn, d);
    exact->gemm(true, false, c->n_expert, d, n, p->d_z, c->n_expert, a->fn, d, true, g->router, d);
}

/* ---- a block ------------------------------------------------------------------------------ */

/* out = mid + feed-forward(norm(mid)) */
static void ffn_forward(struct pass *p, int i, const struct block_weights *w, int n, float *out) {
    const struct net_config *c = &p->c;
    struct block_acts *a = &p->block[i];
    int d = c->n_embd, f = net_is_dense(i) ? c->n_ff : c->n_ff_exp;
    p->o->rmsnorm(n, d, a->mid, d, w->ffn_norm, c->eps, a->fn, a->r_ffn);
    linear(p, n, 2 * f, d, a->fn, w->gate_up, false, a->gu);
    p->o->swiglu(n, f, a->gu, a->act);
    memcpy(out, a->mid, sizeof(float) * (size_t)n * (size_t)d);
    linear(p, n, d, f, a->act, w->down, true, out);
    if (w->router) experts_forward(p, w, n, a, p->load + (size_t)i * (size_t)c->n_expert, out);
}

static void block_forward(struct pass *p, int i, const struct block_weights *w,
                          const struct batch *b, float *out) {
    attention_forward(p, w, b, &p->block[i]);
    ffn_forward(p, i, w, b->n_tok, out);
}

/* p->d_x holds the gradient of the block's output and becomes that of its input. */
static void block_backward(struct pass *p, int i, const struct block_weights *w,
                           const struct batch *b, struct block_weights *g) {
    const struct net_config *c = &p->c;
    const struct block_acts *a = &p->block[i];
    int n = b->n_tok, d = c->n_embd, f = net_is_dense(i) ? c->n_ff : c->n_ff_exp;
    linear_back(p, n, d, f, a->act, w->down, p->d_x, false, p->d_act, g->down);
    p->o->swiglu_back(n, f, a->gu, p->d_act, p->d_gu);
    linear_back(p, n, 2 * f, d, a->fn, w->gate_up, p->d_gu, false, p->d_fn, g->gate_up);
    if (w->router) experts_backward(p, w, n, a, p->d_x, g, p->d_fn);
    p->o->rmsnorm_back(n, d, a->mid, d, w->ffn_norm, a->r_ffn, p->d_fn, p->d_x, d, true,
                       g->ffn_norm);
    attention_backward(p, w, b, a, g);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void embed(const struct net_config *c, const struct weights *w, int n, const int *token,
                  float *x) {
    for (int i = 0; i < n; i++)
        memcpy(x + (size_t)i * (size_t)c->n_embd, w->embed + (size_t)token[i] * (size_t)c->n_embd,
               sizeof(float) * (size_t)c->n_embd);
}

static void embed_back(const struct net_config *c, const struct batch *b, const float *d_x,
                       struct weights *g) {
    for (int i = 0; i < b->n_tok; i++)
        add_rows((size_t)c->n_embd, d_x + (size_t)i * c->n_embd,
                 g->embed + (size_t)b->token[i] * c->n_embd);
}

static int argmax(int n, const float *x) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best]) best = i;
    return best;
}

/* At position p the module sees the token there and the hidden state of p-1 (zeros at the
 * beginning), and predicts the token at p+1, two after the one that the hidden state has seen. Its
 * targets are the main model's, but for the first position, where there is nothing to go by. */
static void mtp_forward(struct pass *p, const struct weights *w, const struct batch *b) {
    const struct net_config *c = &p->c;
    int n = b->n_tok, d = c->n_embd;
    size_t row = sizeof(float) * (size_t)d;
    embed(c, w, n, b->token, p->mtp_e);
    for (int i = 0; i < n; i++) {
        bool begins = b->pos[i] == 0;
        if (begins)
            memset(p->mtp_h + (size_t)i * d, 0, row);
        else
            memcpy(p->mtp_h + (size_t)i * d, p->hidden + (size_t)(i - 1) * d, row);
        p->mtp_target[i] = begins ? -1 : b->target[i];
    }
    p->o->rmsnorm(n, d, p->mtp_e, d, w->mtp_embed_norm, c->eps, p->mtp_en, p->r_me);
    p->o->rmsnorm(n, d, p->mtp_h, d, w->mtp_hidden_norm, c->eps, p->mtp_hn, p->r_mh);
    for (int i = 0; i < n; i++) {
        memcpy(p->mtp_cat + (size_t)i * 2 * d, p->mtp_en + (size_t)i * d, row);
        memcpy(p->mtp_cat + (size_t)i * 2 * d + d, p->mtp_hn + (size_t)i * d, row);
    }
    linear(p, n, d, 2 * d, p->mtp_cat, w->mtp_proj, false, p->block[c->n_block].x);
    block_forward(p, c->n_block, &w->block[c->n_block], b, p->mtp_x);
    p->o->rmsnorm(n, d, p->mtp_x, d, w->mtp_out_norm, c->eps, p->mtp_out, p->r_mo);
    linear(p, n, c->n_vocab, d, p->mtp_out, w->head, false, p->mtp_logits);
    p->o->logprob(n, c->n_vocab, p->mtp_logits, p->mtp_target, p->mtp_logp, NULL);
    for (int i = 0; i < n; i++)
        p->mtp_hits[i] = p->mtp_target[i] >= 0 &&
                         argmax(c->n_vocab, p->mtp_logits + (size_t)i * c->n_vocab) == p->best[i];
}

/* Adds to d_hidden (rows shifted back by one) and to the gradients. */
static void mtp_backward(struct pass *p, const struct weights *w, const struct batch *b,
                         const float *coef, struct weights *g) {
    const struct net_config *c = &p->c;
    int n = b->n_tok, d = c->n_embd;
    p->o->logprob_back(n, c->n_vocab, p->mtp_logits, p->mtp_target, coef);
    linear_back(p, n, c->n_vocab, d, p->mtp_out, w->head, p->mtp_logits, false, p->d_a, g->head);
    p->o->rmsnorm_back(n, d, p->mtp_x, d, w->mtp_out_norm, p->r_mo, p->d_a, p->d_x, d, false,
                       g->mtp_out_norm);
    block_backward(p, c->n_block, &w->block[c->n_block], b, &g->block[c->n_block]);
    linear_back(p, n, d, 2 * d, p->mtp_cat, w->mtp_proj, p->d_x, false, p->d_cat, g->mtp_proj);
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < n; i++)
            memcpy(p->d_a + (size_t)i * d, p->d_cat + (size_t)i * 2 * d + half * d,
                   sizeof(float) * (size_t)d);
        const float *x = half ? p->mtp_h : p->mtp_e, *r = half ? p->r_mh : p->r_me;
        p->o->rmsnorm_back(n, d, x, d, half ? w->mtp_hidden_norm : w->mtp_embed_norm, r, p->d_a,
                           p->d_x, d, false, half ? g->mtp_hidden_norm : g->mtp_embed_norm);
        if (!half) embed_back(c, b, p->d_x, g);
    }
    for (int i = 0; i < n; i++)
        if (b->pos[i] > 0)
            add_rows((size_t)d, p->d_x + (size_t)i * d, p->d_hidden + (size_t)(i - 1) * d);
}

void pass_forward(struct pass *p, const struct weights *w, const struct batch *b, bool mtp) {
    const struct net_config *c = &p->c;
    int n = b->n_tok, d = c->n_embd;
    embed(c, w, n, b->token, p->block[0].x);
    for (int i = 0; i < c->n_block; i++)
        block_forward(p, i, &w->block[i], b, i + 1 < c->n_block ? p->block[i + 1].x : p->final_x);
    p->o->rmsnorm(n, d, p->final_x, d, w->out_norm, c->eps, p->hidden, p->r_out);
    linear(p, n, c->n_vocab, d, p->hidden, w->head, false, p->logits);
    p->o->logprob(n, c->n_vocab, p->logits, b->target, p->logp, p->entropy);
    for (int i = 0; i < n && mtp; i++) {
        p->best[i] = argmax(c->n_vocab, p->logits + (size_t)i * c->n_vocab);
        p->hits[i] = p->best[i] == b->target[i];
    }
    if (mtp) mtp_forward(p, w, b);
}

void pass_backward(struct pass *p, const struct weights *w, const struct batch *b,
                   const float *coef, const float *mtp_coef, struct weights *grad) {
    const struct net_config *c = &p->c;
    int n = b->n_tok, d = c->n_embd;
    p->o->logprob_back(n, c->n_vocab, p->logits, b->target, coef);
    linear_back(p, n, c->n_vocab, d, p->hidden, w->head, p->logits, false, p->d_hidden, grad->head);
    if (mtp_coef) mtp_backward(p, w, b, mtp_coef, grad);
    p->o->rmsnorm_back(n, d, p->final_x, d, w->out_norm, p->r_out, p->d_hidden, p->d_x, d, false,
                       grad->out_norm);
    for (int i = c->n_block - 1; i >= 0; i--)
        block_backward(p, i, &w->block[i], b, &grad->block[i]);
    embed_back(c, b, p->d_x, grad);
}

void pass_decode(struct pass *p, const struct weights *w, struct latent_cache *cache, int n,
                 const int *token, const int *pos, const int *slot) {
    const struct net_config *c = &p->c;
    int d = c->n_embd;
    embed(c, w, n, token, p->block[0].x);
    for (int i = 0; i < c->n_block; i++) {
        struct block_acts *a = &p->block[i];
        attention_project(p, &w->block[i], n, pos, a);
        latent_attend(cache, p->o, &w->block[i], i, n, slot, pos, a->q, a->c, a->kva, a->att);
        attention_output(p, &w->block[i], n, a);
        ffn_forward(p, i, &w->block[i], n, i + 1 < c->n_block ? p->block[i + 1].x : p->final_x);
    }
    p->o->rmsnorm(n, d, p->final_x, d, w->out_norm, c->eps, p->hidden, p->r_out);
    linear(p, n, c->n_vocab, d, p->hidden, w->head, false, p->logits);
}

const float *pass_logp(const struct pass *p) { return p->logp; }
const float *pass_entropy(const struct pass *p) { return p->entropy; }
const float *pass_mtp_logp(const struct pass *p) { return p->mtp_logp; }
const int *pass_mtp_target(const struct pass *p) { return p->mtp_target; }
const uint8_t *pass_hits(const struct pass *p) { return p->hits; }
const uint8_t *pass_mtp_hits(const struct pass *p) { return p->mtp_hits; }
const float *pass_logits(const struct pass *p) { return p->logits; }
const int64_t *pass_expert_load(struct pass *p) { return p->load; }

void pass_expert_load_reset(struct pass *p) {
    memset(p->load, 0, sizeof *p->load * (size_t)(p->c.n_block + 1) * (size_t)p->c.n_expert);
}
