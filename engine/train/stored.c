/* stored: the list of tensors. */
#include "engine/train/stored.h"

#include <stdio.h>

struct walk {
    const struct net_config *c;
    void (*fn)(void *ctx, const struct stored *t);
    void *ctx;
    int block; /* -1: outside the blocks */
};

static void give(struct walk *w, const char *name, struct stored t) {
    int n = w->block >= 0 ? snprintf(t.name, sizeof t.name, "blk.%d.", w->block) : 0;
    snprintf(t.name + n, sizeof t.name - (size_t)n, "%s", name);
    w->fn(w->ctx, &t);
}

static void give_vector(struct walk *w, const char *name, int n, float *at) {
    give(w, name, (struct stored){.n_dims = 1, .ne = {n, 1, 1}, .order = {1, 0, 0}, .at = at});
}

static struct stored rows_of(int in, int out, float *at) {
    return (struct stored){
        .n_dims = 2, .ne = {in, out, 1}, .order = {1, (size_t)in, 0}, .at = at, .matrix = true};
}

static void give_matrix(struct walk *w, const char *name, int in, int out, float *at) {
    give(w, name, rows_of(in, out, at));
}

/* `stack` matrices, `apart` numbers from one another. */
static void give_stack(struct walk *w, const char *name, int in, int out, int stack, size_t apart,
                       float *at) {
    struct stored t = rows_of(in, out, at);
    t.n_dims = 3;
    t.ne[2] = stack;
    t.order[2] = apart;
    give(w, name, t);
}

/* kv_b holds [nope][kv_lora] of each head, then the values' rows. */
static void give_kv_b(struct walk *w, float *kv_b) {
    const struct net_config *c = w->c;
    size_t lora = (size_t)c->kv_lora, each = (size_t)c->nope * lora;
    give(w, "attn_k_b.weight",
         (struct stored){.n_dims = 3,
                         .ne = {c->nope, c->kv_lora, c->n_head},
                         .order = {lora, 1, each},
                         .at = kv_b,
                         .matrix = true});
    give_stack(w, "attn_v_b.weight", c->kv_lora, c->v_dim, c->n_head, (size_t)c->v_dim * lora,
               kv_b + (size_t)c->n_head * each);
}

static void give_experts(struct walk *w, const struct block_weights *b) {
    const struct net_config *c = w->c;
    int d = c->n_embd, f = c->n_ff_exp, x = c->n_expert;
    size_t half = (size_t)f * (size_t)d;
    struct stored router = rows_of(d, x, b->router);
    router.matrix = false;
    give(w, "ffn_gate_inp.weight", router);
    give_vector(w, "exp_probs_b.bias", x, b->router_bias);
    give_stack(w, "ffn_gate_exps.weight", d, f, x, 2 * half, b->gate_up_exps);
    give_stack(w, "ffn_up_exps.weight", d, f, x, 2 * half, b->gate_up_exps + half);
    give_stack(w, "ffn_down_exps.weight", f, d, x, half, b->down_exps);
}

static void give_block(struct walk *w, const struct block_weights *b) {
    const struct net_config *c = w->c;
    int d = c->n_embd, ff = b->router ? c->n_ff_exp : c->n_ff;
    float *up = b->gate_up + (size_t)ff * (size_t)d;
    give_vector(w, "attn_norm.weight", d, b->attn_norm);
    give_matrix(w, "attn_q_a.weight", d, c->q_lora, b->q_a);
    give_vector(w, "attn_q_a_norm.weight", c->q_lora, b->q_a_norm);
    give_matrix(w, "attn_q_b.weight", c->q_lora, c->n_head * (c->nope + c->rope), b->q_b);
    give_matrix(w, "attn_kv_a_mqa.weight", d, c->kv_lora + c->rope, b->kv_a);
    give_vector(w, "attn_kv_a_norm.weight", c->kv_lora, b->kv_a_norm);
    give_kv_b(w, b->kv_b);
    give_matrix(w, "attn_output.weight", c->n_head * c->v_dim, d, b->attn_out);
    give_vector(w, "ffn_norm.weight", d, b->ffn_norm);
    give_matrix(w, b->router ? "ffn_gate_shexp.weight" : "ffn_gate.weight", d, ff, b->gate_up);
    give_matrix(w, b->router ? "ffn_up_shexp.weight" : "ffn_up.weight", d, ff, up);
    give_matrix(w, b->router ? "ffn_down_shexp.weight" : "ffn_down.weight", ff, d, b->down);
    if (b->router) give_experts(w, b);
}

void stored_each(const struct net_config *c, const struct weights *w,
                 void (*fn)(void *ctx, const struct stored *t), void *ctx) {
    struct walk k = {c, fn, ctx, -1};
    int d = c->n_embd;
    give_matrix(&k, "token_embd.weight", d, c->n_vocab, w->embed);
    give_vector(&k, "output_norm.weight", d, w->out_norm);
    give_matrix(&k, "output.weight", d, c->n_vocab, w->head);
    for (k.block = 0; k.block <= c->n_block; k.block++) give_block(&k, &w->block[k.block]);
    k.block = c->n_block;
    give_matrix(&k, "nextn.eh_proj.weight", 2 * d, d, w->mtp_proj);
    give_vector(&k, "nextn.enorm.weight", d, w->mtp_embed_norm);
    give_vector(&k, "nextn.hnorm.weight", d, w->mtp_hidden_norm);
    give_vector(&k, "nextn.shared_head_norm.weight", d, w->mtp_out_norm);
}

size_t stored_count(const struct stored *t) {
    return (size_t)t->ne[0] * (size_t)t->ne[1] * (size_t)t->ne[2];
}

static float *place(const struct stored *t, size_t i) {
    size_t n0 = (size_t)t->ne[0], n1 = (size_t)t->ne[1];
    return t->at + i % n0 * t->order[0] + i / n0 % n1 * t->order[1] + i / n0 / n1 * t->order[2];
}

void stored_gather(const struct stored *t, float *out) {
    for (size_t i = 0; i < stored_count(t); i++) out[i] = *place(t, i);
}

void stored_scatter(const struct stored *t, const float *in) {
    for (size_t i = 0; i < stored_count(t); i++) *place(t, i) = in[i];
}
