/* mtp: the multi-token-prediction block (DeepSeek-V3, arXiv:2412.19437 §2.2): an ordinary block
 * with a cache of its own, which guesses the token after the next. At position p it reads the token
 * there and the hidden vector that the model had one position before (the one that logits are made
 * from), and its result predicts position p + 1. A session that drafts therefore keeps the hidden
 * vectors, and runs the block over what was evaluated before it asks, to fill its cache. */
#include <string.h>

#include "engine/forward.h"
#include "engine/kernels/kernels.h"
#include "engine/quant.h"

static const struct layer *mtp_layer(const struct forward *f) {
    return &f->m->layers[f->m->hp.n_layers];
}

/* [norm(embedding) | norm(hidden before)] of token t to its row of f->gate. */
static void join_row(struct forward *f, const struct layer *y, size_t t) {
    size_t E = f->m->hp.n_embd;
    float *row = f->gate + t * 2 * E;
    const float *before = f->hidden + (f->pos + t) * E;
    kernels()->rms_norm(f->x + t * E, y->mtp_enorm, f->m->hp.eps, row, E);
    kernels()->rms_norm(before, y->mtp_hnorm, f->m->hp.eps, row + E, E);
}

static bool run(struct forward *f, const int32_t *ids) {
    const struct layer *y = mtp_layer(f);
    forward_embed(f, y->mtp_embd.data ? &y->mtp_embd : &f->m->token_embd, ids);
    forward_rows(f, y, f->n, join_row);
    matmul(f->pool, f->mm, &y->mtp_proj, f->gate, f->n, f->x);
    return forward_block(f, f->m->hp.n_layers);
}

void mtp_keep_hidden(struct forward *f) {
    size_t E = f->m->hp.n_embd;
    memcpy(f->hidden + (f->pos + 1) * E, f->h, f->n * E * sizeof *f->h);
}

bool mtp_follow(struct forward *f, const int32_t *ids, size_t n, size_t pos) {
    f->n = n, f->pos = pos;
    forward_angles(f);
    return run(f, ids);
}

bool mtp_draft(struct forward *f, int32_t id, size_t pos, float *logits) {
    const struct layer *y = mtp_layer(f);
    const struct tensor *head = y->mtp_head.data ? &y->mtp_head : &f->m->output;
    f->n = 1, f->pos = pos;
    forward_angles(f);
    if (!run(f, &id)) return false;
    kernels()->rms_norm(f->x, y->mtp_head_norm ? y->mtp_head_norm : f->m->output_norm, f->m->hp.eps,
                        f->h, f->m->hp.n_embd);
    mtp_keep_hidden(f); /* for a draft that follows this one, until the real one takes its place */
    matmul(f->pool, f->mm, head, f->h, 1, logits);
    return !forward_cancelled(f);
}
