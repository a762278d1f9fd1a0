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

/* Sizes of a block's rows. */
static void shape_rows(struct kvcache *c, uint32_t i) {
    const struct layer *y = &c->m->layers[i];
    struct kv_rows *r = &c->layers[i];
    r->slides = c->window && y->window && i < c->m->hp.n_layers;
    r->k_row = k_bytes(y, c->type) * (c->exact ? 2 : 1);
    r->v_row = v_bytes(y, c->type) * (c->exact ? 2 : 1);
    r->k_head = (r->slides ? c->held : c->n_ctx) * r->k_row;
    r->v_head = (r->slides ? c->held : c->n_ctx) * r->v_row;
    r->n_heads = r->k_row ? y->n_head_kv : 0;
    r->state = c->n_state;
    c->n_state += state_floats(c->m, y);
}

/* All sizes, where what they hang on is set. */
static void shape(struct kvcache *c) {
    c->layers = mem_calloc(c->n_blocks, sizeof *c->layers);
    for (uint32_t i = 0; i < c->n_blocks; i++) shape_rows(c, i);
    c->bytes = kvcache_bytes_like(c, c->n_ctx);
}

static struct kvcache *allocate(struct kvcache *c) {
    size_t window = kvcache_window_bytes(c);
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        struct kv_rows *r = &c->layers[i];
        r->k = mem_calloc(r->n_heads, r->k_head);
        r->v = r->v_row ? mem_calloc(r->n_heads, r->v_head) : NULL;
    }
    if (c->n_state) c->state = mem_calloc(c->n_state, sizeof(float));
    if (c->n_state) c->next_state = mem_calloc(c->n_state, sizeof(float));
    for (int i = 0; i < c->n_saves; i++) {
        if (c->n_state) c->saved[i].state = mem_calloc(c->n_state, sizeof(float));
        if (window) c->saved[i].window = mem_calloc(1, window);
    }
    return c;
}

static void set(struct kvcache *c, const struct model *m, const struct session_params *p) {
    c->m = m;
    c->n_ctx = p->n_ctx;
    c->type = p->cache_type;
    c->exact = p->exact;
    c->n_blocks = m->hp.n_layers + p->draft;
    kvcache_choose_window(c, p->n_batch);
    shape(c);
}

struct kvcache *kvcache_new(const struct model *m, const struct session_params *p) {
    struct kvcache *c = mem_calloc(1, sizeof *c);
    set(c, m, p);
    return allocate(c);
}

uint64_t kvcache_bytes(const struct model *m, const struct session_params *p) {
    struct kvcache c = {0};
    set(&c, m, p);
    free(c.layers);
    return c.bytes;
}

struct kvcache *kvcache_new_like(const struct kvcache *like, uint32_t n_ctx) {
    struct kvcache *c = mem_calloc(1, sizeof *c);
    c->m = like->m;
    c->n_ctx = n_ctx;
    c->type = like->type;
    c->exact = like->exact;
    c->n_blocks = like->n_blocks;
    c->window = like->window;
    c->held = like->held;
    c->n_saves = like->n_saves;
    shape(c);
    return allocate(c);
}

uint64_t kvcache_bytes_like(const struct kvcache *c, uint32_t n_ctx) {
    uint64_t n_saves = (uint64_t)c->n_saves;
    uint64_t bytes = (2 + n_saves) * c->n_state * sizeof(float) + n_saves * kvcache_window_bytes(c);
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        const struct kv_rows *r = &c->layers[i];
        bytes += (r->slides ? c->held : n_ctx) * (uint64_t)r->n_heads * (r->k_row + r->v_row);
    }
    return bytes;
}

void kvcache_free(struct kvcache *c) {
    if (!c) return;
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        free(c->layers[i].k);
        free(c->layers[i].v);
    }
    for (int i = 0; i < c->n_saves; i++) {
        free(c->saved[i].state);
        free(c->saved[i].window);
    }
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
    if (!position || !kvcache_holds(c, position)) return; /* the beginning is always known */
    if (!c->n_state && !c->window) return;
    for (int i = 0; i < c->n_saves; i++) {
        if (c->saved[i].age && c->saved[i].position == position) at = i;
        if (c->saved[at].age && c->saved[at].position == position) continue;
        if (c->saved[i].age < c->saved[at].age) at = i;
    }
    c->saved[at].position = position;
    c->saved[at].age = ++c->saves;
    if (c->n_state) memcpy(c->saved[at].state, c->state, c->n_state * sizeof *c->state);
    if (c->window) kvcache_window_out(c, position, c->saved[at].window);
}

/* The latest that was saved up to there; -1: none. */
static int last_save(const struct kvcache *c, size_t position) {
    int best = -1;
    for (int i = 0; i < c->n_saves; i++) {
        if (!c->saved[i].age || c->saved[i].position > position) continue;
        if (best < 0 || c->saved[i].position > c->saved[best].position) best = i;
    }
    return best;
}

/* Whether nothing that was saved is needed for it. */
static bool reaches_freely(const struct kvcache *c, size_t position, size_t length) {
    return position >= length || (!c->n_state && kvcache_holds(c, position));
}

size_t kvcache_reach(const struct kvcache *c, size_t position, size_t length) {
    if (reaches_freely(c, position, length)) return position < length ? position : length;
    int best = last_save(c, position);
    return best < 0 ? 0 : c->saved[best].position;
}

size_t kvcache_go_back(struct kvcache *c, size_t position, size_t length) {
    size_t to = kvcache_reach(c, position, length);
    if (!reaches_freely(c, position, length)) {
        int best = last_save(c, position);
        if (best < 0) {
            c->first = 0;
            if (c->n_state) memset(c->state, 0, c->n_state * sizeof *c->state);
        } else {
            if (c->window) kvcache_window_in(c, to, c->saved[best].window);
            if (c->n_state) memcpy(c->state, c->saved[best].state, c->n_state * sizeof *c->state);
        }
    }
    for (int i = 0; to < length && i < c->n_saves; i++)
        if (c->saved[i].position > to) c->saved[i].age = 0;
    return to;
}

void kvcache_copy_present(struct kvcache *c, const struct kvcache *from, size_t n) {
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        struct kv_rows *to = &c->layers[i], *r = &from->layers[i];
        size_t rows = n - kvcache_first(from, i);
        for (size_t h = 0; h < r->n_heads; h++) {
            memcpy(to->k + h * to->k_head, r->k + h * r->k_head, rows * r->k_row);
            if (r->v) memcpy(to->v + h * to->v_head, r->v + h * r->v_head, rows * r->v_row);
        }
    }
    c->first = from->first;
    if (c->n_state) memcpy(c->state, from->state, c->n_state * sizeof *c->state);
}

void kvcache_copy(struct kvcache *c, const struct kvcache *from, size_t n) {
    kvcache_copy_present(c, from, n);
    c->saves = from->saves;
    for (int i = 0; i < c->n_saves; i++) {
        size_t position = from->saved[i].position;
        c->saved[i].age = from->saved[i].age;
        c->saved[i].position = position;
        if (!c->saved[i].age) continue;
        if (c->n_state)
            memcpy(c->saved[i].state, from->saved[i].state, c->n_state * sizeof *c->state);
        if (c->window)
            memcpy(c->saved[i].window, from->saved[i].window, kvcache_saved_bytes(c, position));
    }
}

void kvcache_clear(struct kvcache *c) {
    for (int i = 0; i < c->n_saves; i++) c->saved[i].age = 0;
    c->first = 0;
    if (c->n_state) memset(c->state, 0, c->n_state * sizeof *c->state);
}

bool kvcache_rows(struct kvcache *c, size_t n, bool (*each)(void *ctx, void *rows, size_t bytes),
                  void *ctx) {
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        const struct kv_rows *r = &c->layers[i];
        size_t rows = n - kvcache_first(c, i);
        for (size_t h = 0; h < r->n_heads; h++)
            if (!each(ctx, r->k + h * r->k_head, rows * r->k_row)) return false;
        for (size_t h = 0; r->v && h < r->n_heads; h++)
            if (!each(ctx, r->v + h * r->v_head, rows * r->v_row)) return false;
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

static uint64_t bytes_of_position(const struct layer *y, enum cache_type type) {
    return y->n_head_kv * (uint64_t)(k_bytes(y, type) + v_bytes(y, type));
}

uint64_t kvcache_position_bytes(const struct model *m, enum cache_type type) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < m->hp.n_layers; i++) bytes += bytes_of_position(&m->layers[i], type);
    return bytes;
}

uint64_t kvcache_windowed_bytes(const struct model *m, enum cache_type type) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < m->hp.n_layers; i++)
        if (m->layers[i].window) bytes += bytes_of_position(&m->layers[i], type);
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
