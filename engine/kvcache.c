/* kvcache: see the header. Pages are touched when positions are written, so that a large context
 * costs memory only as it fills. */
#include "engine/kvcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool remembers(const struct layer *y) {
    return y->mixer == MIXER_GQA || y->mixer == MIXER_MLA;
}

static size_t k_halves(const struct layer *y) {
    return remembers(y) ? (size_t)y->n_head_kv * y->dk : 0;
}

static size_t v_halves(const struct layer *y) {
    return y->mixer == MIXER_GQA ? (size_t)y->n_head_kv * y->dv : 0;
}

struct kvcache *kvcache_new(const struct model *m, uint32_t n_ctx, bool exact) {
    struct kvcache *c = mem_calloc(1, sizeof *c);
    c->m = m;
    c->n_ctx = n_ctx;
    c->exact = exact;
    c->layers = mem_calloc(m->hp.n_layers, sizeof *c->layers);
    for (uint32_t i = 0; i < m->hp.n_layers; i++) {
        struct kv_rows *r = &c->layers[i];
        r->k_row = k_halves(&m->layers[i]) * (exact ? 2 : 1);
        r->v_row = v_halves(&m->layers[i]) * (exact ? 2 : 1);
        r->k = mem_calloc((size_t)n_ctx * r->k_row, sizeof *r->k);
        r->v = r->v_row ? mem_calloc((size_t)n_ctx * r->v_row, sizeof *r->v) : NULL;
        c->bytes += (uint64_t)n_ctx * (r->k_row + r->v_row) * sizeof *r->k;
    }
    return c;
}

void kvcache_free(struct kvcache *c) {
    if (!c) return;
    for (uint32_t i = 0; i < c->m->hp.n_layers; i++) {
        free(c->layers[i].k);
        free(c->layers[i].v);
    }
    free(c->layers);
    free(c);
}

void kvcache_copy(struct kvcache *c, const struct kvcache *from, size_t n) {
    for (uint32_t i = 0; i < c->m->hp.n_layers; i++) {
        struct kv_rows *to = &c->layers[i], *r = &from->layers[i];
        memcpy(to->k, r->k, n * r->k_row * sizeof *r->k);
        if (r->v) memcpy(to->v, r->v, n * r->v_row * sizeof *r->v);
    }
}

uint64_t kvcache_position_bytes(const struct model *m) {
    uint64_t halves = 0;
    for (uint32_t i = 0; i < m->hp.n_layers; i++)
        halves += k_halves(&m->layers[i]) + v_halves(&m->layers[i]);
    return halves * sizeof(uint16_t);
}

uint64_t kvcache_full_heads_bytes(const struct model *m) {
    uint64_t halves = 0;
    for (uint32_t i = 0; i < m->hp.n_layers; i++) {
        const struct layer *y = &m->layers[i];
        if (!remembers(y)) continue;
        bool mla = y->mixer == MIXER_MLA;
        halves += (uint64_t)y->n_head *
                  (mla ? (uint64_t)m->hp.dk_mla + m->hp.dv_mla : (uint64_t)y->dk + y->dv);
    }
    return halves * sizeof(uint16_t);
}
