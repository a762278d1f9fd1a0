/* group: see the header. */
#include "engine/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/session_private.h"

struct timeline {
    struct kvcache *cache;
    int32_t *tokens; /* [n_ctx], length are valid */
    size_t length;
    float *logits; /* [n_vocab] */
};

struct group {
    struct session *s;
    struct forward *forward;
    size_t n;
    struct timeline *timelines; /* [n] */
    float *logits;              /* [FORWARD_LINES_MAX][n_vocab], of the pass at hand */
};

static void open_timeline(struct timeline *t, const struct session *s) {
    const struct session_params *p = &s->params;
    size_t n_vocab = s->m->hp.n_vocab;
    t->cache = kvcache_new(s->m, p);
    kvcache_copy_present(t->cache, s->cache, s->length);
    t->tokens = mem_array(p->n_ctx, sizeof *t->tokens);
    memcpy(t->tokens, s->tokens, s->length * sizeof *t->tokens);
    t->length = s->length;
    t->logits = mem_array(n_vocab, sizeof *t->logits);
    memcpy(t->logits, s->logits, n_vocab * sizeof *t->logits);
}

struct group *group_open(struct session *s, size_t n, struct err *e) {
    if (!s->has_logits) return err_null(e, "there is no token to go on from");
    struct group *g = mem_calloc(1, sizeof *g);
    size_t rows = n < FORWARD_LINES_MAX ? n : FORWARD_LINES_MAX;
    g->s = s;
    g->n = n;
    g->forward = forward_new(s->m, s->pool, s->cache, rows, &s->cancel, s->params.exact);
    g->logits = mem_aligned(64, rows * s->m->hp.n_vocab * sizeof *g->logits);
    g->timelines = mem_calloc(n, sizeof *g->timelines);
    for (size_t i = 0; i < n; i++) open_timeline(&g->timelines[i], s);
    return g;
}

void group_close(struct group *g) {
    if (!g) return;
    for (size_t i = 0; i < g->n; i++) {
        kvcache_free(g->timelines[i].cache);
        free(g->timelines[i].tokens);
        free(g->timelines[i].logits);
    }
    forward_free(g->forward);
    free(g->timelines);
    free(g->logits);
    free(g);
}

size_t group_size(const struct group *g) { return g->n; }
size_t group_length(const struct group *g, size_t i) { return g->timelines[i].length; }
const int32_t *group_tokens(const struct group *g, size_t i) { return g->timelines[i].tokens; }
const float *group_logits(const struct group *g, size_t i) { return g->timelines[i].logits; }

uint64_t group_cache_bytes(const struct group *g) { return g->n * g->timelines[0].cache->bytes; }

static bool check(const struct group *g, const size_t *which, const int32_t *ids, size_t n,
                  struct err *e) {
    uint32_t n_ctx = g->s->params.n_ctx, n_vocab = g->s->m->hp.n_vocab;
    for (size_t j = 0; j < n; j++) {
        if (g->timelines[which[j]].length >= n_ctx)
            return err_set(e, "the context of %u tokens is full", n_ctx);
        if (ids[j] < 0 || (uint32_t)ids[j] >= n_vocab)
            return err_set(e, "token %d is not in the vocabulary of %u", ids[j], n_vocab);
    }
    return true;
}

/* One pass of n <= FORWARD_LINES_MAX rows. */
static bool pass(struct group *g, const size_t *which, const int32_t *ids, size_t n) {
    struct forward_line lines[FORWARD_LINES_MAX];
    size_t n_vocab = g->s->m->hp.n_vocab;
    for (size_t j = 0; j < n; j++) {
        const struct timeline *t = &g->timelines[which[j]];
        lines[j] = (struct forward_line){t->cache, t->length};
    }
    mem_forbid(true);
    bool done = forward_run_lines(g->forward, ids, n, lines, g->logits);
    mem_forbid(false);
    for (size_t j = 0; done && j < n; j++) {
        struct timeline *t = &g->timelines[which[j]];
        t->tokens[t->length++] = ids[j];
        memcpy(t->logits, g->logits + j * n_vocab, n_vocab * sizeof *t->logits);
    }
    return done;
}

bool group_step(struct group *g, const size_t *which, const int32_t *ids, size_t n, struct err *e) {
    if (!check(g, which, ids, n, e)) return false;
    for (size_t j = 0; j < n; j += FORWARD_LINES_MAX) {
        size_t rows = n - j < FORWARD_LINES_MAX ? n - j : FORWARD_LINES_MAX;
        if (atomic_load(&g->s->cancel) || !pass(g, which + j, ids + j, rows))
            return err_set(e, "cancelled");
    }
    return true;
}
