/* kvcache: see the header. Pages are touched when positions are written, so that a large context
 * costs memory only as it fills. */
#include "engine/kvcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool remembers(const struct layer *y) {
    return y->mixer == MIXER_GQA || y->mixer == MIXER_MLA;
}

/* Of one head. */
static size_t k_bytes(const struct layer *y, enum cache_type t) {
    return remembers(y) ? cache_bytes(t, y->dk) : 0;
}

static size_t v_bytes(const struct layer *y, enum cache_type t) {
    return y->mixer == MIXER_GQA ? cache_bytes(t, y->dv) : 0;
}

/* Floats of a block's recurrent state. */
static size_t state_floats(const struct model *m, const struct layer *y) {
    const struct hparams *hp = &m->hp;
    size_t values = (size_t)hp->delta_v_heads * hp->delta_dv;
    if (y->mixer == MIXER_CONV) return (size_t)(hp->conv_taps - 1) * hp->n_embd;
    if (y->mixer != MIXER_DELTA) return 0;
    size_t channels = 2 * (size_t)hp->delta_k_heads * hp->delta_dk + values;
    return (hp->conv_taps - 1) * channels + values * hp->delta_dk;
}

static void new_state(struct kvcache *c) {
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        c->layers[i].state = c->n_state;
        c->n_state += state_floats(c->m, &c->m->layers[i]);
    }
    if (!c->n_state) return;
    c->state = mem_calloc(c->n_state, sizeof(float));
    c->next_state = mem_calloc(c->n_state, sizeof(float));
    for (int i = 0; i < KVCACHE_SAVES; i++)
        c->saved[i].state = mem_calloc(c->n_state, sizeof(float));
    c->bytes += (2 + KVCACHE_SAVES) * (uint64_t)c->n_state * sizeof(float);
}

struct kvcache *kvcache_new(const struct model *m, const struct session_params *p) {
    struct kvcache *c = mem_calloc(1, sizeof *c);
    c->m = m;
    c->n_ctx = p->n_ctx;
    c->type = p->cache_type;
    c->exact = p->exact;
    c->n_blocks = m->hp.n_layers + p->draft;
    c->layers = mem_calloc(c->n_blocks, sizeof *c->layers);
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        struct kv_rows *r = &c->layers[i];
        r->k_row = k_bytes(&m->layers[i], c->type) * (c->exact ? 2 : 1);
        r->v_row = v_bytes(&m->layers[i], c->type) * (c->exact ? 2 : 1);
        r->k_head = c->n_ctx * r->k_row;
        r->v_head = c->n_ctx * r->v_row;
        r->n_heads = r->k_row ? m->layers[i].n_head_kv : 0;
        r->k = mem_calloc(r->n_heads, r->k_head);
        r->v = r->v_row ? mem_calloc(r->n_heads, r->v_head) : NULL;
        c->bytes += (uint64_t)r->n_heads * (r->k_head + r->v_head);
    }
    new_state(c);
    return c;
}

void kvcache_free(struct kvcache *c) {
    if (!c) return;
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        free(c->layers[i].k);
        free(c->layers[i].v);
    }
    for (int i = 0; i < KVCACHE_SAVES; i++) free(c->saved[i].state);
    free(c->state);
    free(c->next_state);
    free(c->layers);
    free(c);
}

void kvcache_advance(struct kvcache *c) {
    float *old = c->state;
    c->state = c->next_state;
    c->next_state = old;
}

void kvcache_save(struct kvcache *c, size_t position) {
    int at = 0;
    if (!c->n_state || !position) return; /* the beginning is always known */
    for (int i = 0; i < KVCACHE_SAVES; i++) {
        if (c->saved[i].age && c->saved[i].position == position) at = i;
        if (c->saved[at].age && c->saved[at].position == position) continue;
        if (c->saved[i].age < c->saved[at].age) at = i;
    }
    c->saved[at].position = position;
    c->saved[at].age = ++c->saves;
    memcpy(c->saved[at].state, c->state, c->n_state * sizeof *c->state);
}

size_t kvcache_go_back(struct kvcache *c, size_t position, size_t length) {
    int best = -1;
    if (!c->n_state || position >= length) return position < length ? position : length;
    for (int i = 0; i < KVCACHE_SAVES; i++) {
        if (c->saved[i].age && c->saved[i].position > position) c->saved[i].age = 0;
        if (!c->saved[i].age) continue;
        if (best < 0 || c->saved[i].position > c->saved[best].position) best = i;
    }
    if (best < 0)
        memset(c->state, 0, c->n_state * sizeof *c->state);
    else
        memcpy(c->state, c->saved[best].state, c->n_state * sizeof *c->state);
    return best < 0 ? 0 : c->saved[best].position;
}

void kvcache_copy_present(struct kvcache *c, const struct kvcache *from, size_t n) {
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        struct kv_rows *to = &c->layers[i], *r = &from->layers[i];
        for (size_t h = 0; h < r->n_heads; h++) {
            memcpy(to->k + h * to->k_head, r->k + h * r->k_head, n * r->k_row);
            if (r->v) memcpy(to->v + h * to->v_head, r->v + h * r->v_head, n * r->v_row);
        }
    }
    if (c->n_state) memcpy(c->state, from->state, c->n_state * sizeof *c->state);
}

void kvcache_copy(struct kvcache *c, const struct kvcache *from, size_t n) {
    kvcache_copy_present(c, from, n);
    if (!c->n_state) return;
    c->saves = from->saves;
    for (int i = 0; i < KVCACHE_SAVES; i++) {
        c->saved[i].age = from->saved[i].age;
        c->saved[i].position = from->saved[i].position;
        memcpy(c->saved[i].state, from->saved[i].state, c->n_state * sizeof *c->state);
    }
}

void kvcache_clear(struct kvcache *c) {
    if (!c->n_state) return;
    for (int i = 0; i < KVCACHE_SAVES; i++) c->saved[i].age = 0;
    memset(c->state, 0, c->n_state * sizeof *c->state);
}

bool kvcache_rows(struct kvcache *c, size_t n, bool (*each)(void *ctx, void *rows, size_t bytes),
                  void *ctx) {
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        const struct kv_rows *r = &c->layers[i];
        for (size_t h = 0; h < r->n_heads; h++)
            if (!each(ctx, r->k + h * r->k_head, n * r->k_row)) return false;
        for (size_t h = 0; r->v && h < r->n_heads; h++)
            if (!each(ctx, r->v + h * r->v_head, n * r->v_row)) return false;
    }
    return true;
}

uint64_t kvcache_reads(const struct kvcache *c, size_t n) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < c->m->hp.n_layers; i++) {
        size_t window = c->m->layers[i].window, seen = window && window < n ? window : n;
        bytes += seen * (uint64_t)c->layers[i].n_heads * (c->layers[i].k_row + c->layers[i].v_row);
    }
    return bytes;
}

uint64_t kvcache_position_bytes(const struct model *m, enum cache_type type) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < m->hp.n_layers; i++)
        bytes += m->layers[i].n_head_kv *
                 (uint64_t)(k_bytes(&m->layers[i], type) + v_bytes(&m->layers[i], type));
    return bytes;
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
