/* net: the list of parameters, their initial values, and batches. */
#include "engine/train/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

bool net_config_check(const struct net_config *c, struct err *e) {
    if (c->n_vocab < 1 || c->n_block < 1 || c->n_block >= NET_MAX_BLOCKS)
        return err_set(e, "model: vocabulary %d, blocks %d: out of range", c->n_vocab, c->n_block);
    if (c->rope % 2 || c->n_used < 1 || c->n_used > 8 || c->n_used > c->n_expert)
        return err_set(e, "model: rope %d must be even, experts used %d of %d", c->rope, c->n_used,
                       c->n_expert);
    const int rows[] = {c->n_embd, c->q_lora,  c->kv_lora, c->nope, c->n_head * c->v_dim,
                        c->n_ff,   c->n_ff_exp};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i] < 32 || rows[i] % 32)
            return err_set(e, "model: a row of %d numbers is not a multiple of 32", rows[i]);
    return true;
}

/* Walks all tensors in their order: lists them, or binds pointers to them, or both. */
struct walk {
    float *base;
    struct param_list *list;
    size_t offset;
};

static float *take(struct walk *w, enum param_kind kind, int rows, int cols, int stack, float std) {
    float *at = w->base ? w->base + w->offset : NULL;
    size_t count = (size_t)rows * (size_t)cols;
    if (w->list) {
        struct param_list *l = w->list;
        l->p = mem_grow(l->p, &l->cap, l->n + 1, sizeof *l->p);
        l->p[l->n++] = (struct param){kind, w->offset, count, rows, cols, stack, std};
    }
    w->offset += count;
    return at;
}

static float *take_norm(struct walk *w, int n) { return take(w, PARAM_NORM, 1, n, 1, 0); }

/* Variance 1/in: what enters with size 1 leaves with size 1. `gain` shrinks what is added to the
 * residual stream. */
static float *take_matrix(struct walk *w, int out, int in, int stack, float gain) {
    return take(w, PARAM_MATRIX, out, in, stack, gain / sqrtf((float)in));
}

static void take_block(struct walk *w, const struct net_config *c, bool dense,
                       struct block_weights *b) {
    float gain = 1.0f / sqrtf(2.0f * (float)c->n_block);
    int qk = c->n_head * (c->nope + c->rope), ff = dense ? c->n_ff : c->n_ff_exp;
    b->attn_norm = take_norm(w, c->n_embd);
    b->q_a = take_matrix(w, c->q_lora, c->n_embd, 1, 1);
    b->q_a_norm = take_norm(w, c->q_lora);
    b->q_b = take_matrix(w, qk, c->q_lora, 1, 1);
    b->kv_a = take_matrix(w, c->kv_lora + c->rope, c->n_embd, 1, 1);
    b->kv_a_norm = take_norm(w, c->kv_lora);
    b->kv_b = take_matrix(w, c->n_head * (c->nope + c->v_dim), c->kv_lora, 1, 1);
    b->attn_out = take_matrix(w, c->n_embd, c->n_head * c->v_dim, 1, gain);
    b->ffn_norm = take_norm(w, c->n_embd);
    b->gate_up = take_matrix(w, 2 * ff, c->n_embd, 2, 1);
    b->down = take_matrix(w, c->n_embd, ff, 1, gain);
    if (dense) return;
    int x = c->n_expert;
    b->router = take(w, PARAM_TABLE, x, c->n_embd, 1, 0.02f);
    b->router_bias = take(w, PARAM_BIAS, 1, x, 1, 0);
    b->gate_up_exps = take_matrix(w, x * 2 * c->n_ff_exp, c->n_embd, 2 * x, 1);
    b->down_exps = take_matrix(w, x * c->n_embd, c->n_ff_exp, x, gain);
}

static size_t walk_all(const struct net_config *c, float *base, struct param_list *list,
                       struct weights *out) {
    struct walk w = {base, list, 0};
    memset(out, 0, sizeof *out);
    out->embed = take(&w, PARAM_TABLE, c->n_vocab, c->n_embd, 1, 0.1f);
    for (int i = 0; i < c->n_block; i++) take_block(&w, c, net_is_dense(i), &out->block[i]);
    out->out_norm = take_norm(&w, c->n_embd);
    out->head = take(&w, PARAM_TABLE, c->n_vocab, c->n_embd, 1, 0.02f);
    out->mtp_embed_norm = take_norm(&w, c->n_embd);
    out->mtp_hidden_norm = take_norm(&w, c->n_embd);
    out->mtp_proj = take_matrix(&w, c->n_embd, 2 * c->n_embd, 1, 1);
    take_block(&w, c, false, &out->block[c->n_block]);
    out->mtp_out_norm = take_norm(&w, c->n_embd);
    return w.offset;
}

void net_params(const struct net_config *c, struct param_list *out) {
    struct weights ignored;
    *out = (struct param_list){0};
    out->total = walk_all(c, NULL, out, &ignored);
}

void net_bind(const struct net_config *c, float *base, struct weights *out) {
    walk_all(c, base, NULL, out);
}

void net_init(const struct net_config *c, float *base, uint64_t seed) {
    struct param_list l;
    net_params(c, &l);
    for (size_t i = 0; i < l.n; i++) {
        struct rng r = {.seed = seed, .stream = i};
        float *w = base + l.p[i].offset;
        for (size_t j = 0; j < l.p[i].count; j++)
            w[j] = l.p[i].kind <= PARAM_TABLE  ? (float)rng_normal(&r) * l.p[i].init_std
                   : l.p[i].kind == PARAM_NORM ? 1.0f
                                               : 0.0f;
    }
    free(l.p);
}

void net_cos_sin(const struct net_config *c, float *cs) {
    for (int pos = 0; pos < c->n_ctx; pos++)
        for (int i = 0; i < c->rope; i += 2) {
            double angle = pos * pow(c->rope_base, -(double)i / c->rope);
            *cs++ = (float)cos(angle);
            *cs++ = (float)sin(angle);
        }
}

size_t net_active_params(const struct net_config *c) {
    size_t attention = (size_t)c->n_embd * (size_t)(c->q_lora + c->kv_lora + c->rope) +
                       (size_t)c->n_head * (size_t)(c->nope + c->rope) * (size_t)c->q_lora +
                       (size_t)c->n_head * (size_t)(c->nope + c->v_dim) * (size_t)c->kv_lora +
                       (size_t)c->n_embd * (size_t)(c->n_head * c->v_dim);
    size_t dense = 3 * (size_t)c->n_embd * (size_t)c->n_ff;
    size_t experts = 3 * (size_t)c->n_embd * (size_t)c->n_ff_exp * (size_t)(c->n_used + 1) +
                     (size_t)c->n_embd * (size_t)c->n_expert;
    return (size_t)c->n_block * attention + dense + (size_t)(c->n_block - 1) * experts +
           (size_t)c->n_vocab * (size_t)c->n_embd;
}

void batch_init(struct batch *b, int cap_tok) {
    size_t n = (size_t)cap_tok;
    *b = (struct batch){.cap = cap_tok,
                        .token = mem_array(n, sizeof(int)),
                        .pos = mem_array(n, sizeof(int)),
                        .target = mem_array(n, sizeof(int)),
                        .weight = mem_array(n, sizeof(float)),
                        .doc_start = mem_array(n + 1, sizeof(int))};
    batch_clear(b);
}

void batch_done(struct batch *b) {
    free(b->token);
    free(b->pos);
    free(b->target);
    free(b->weight);
    free(b->doc_start);
    memset(b, 0, sizeof *b);
}

void batch_clear(struct batch *b) {
    b->n_tok = b->n_docs = 0;
    b->doc_start[0] = 0;
}

bool batch_add(struct batch *b, const int *token, const uint8_t *loss, int n) {
    if (n < 1 || b->n_tok + n > b->cap) return false;
    for (int i = 0; i < n; i++) {
        int at = b->n_tok + i;
        bool wanted = i + 1 < n && loss[i + 1];
        b->token[at] = token[i];
        b->pos[at] = i;
        b->target[at] = wanted ? token[i + 1] : -1;
        b->weight[at] = wanted ? 1.0f : 0.0f;
    }
    b->n_tok += n;
    b->doc_start[++b->n_docs] = b->n_tok;
    return true;
}
