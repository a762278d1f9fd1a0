/* lookup: see lookup.h. Where attention runs for all rows of a batch, the few rows that count are
 * computed once more, their weights written out: for each row all heads are spread over the
 * threads, then the positions, so that sums do not depend on the number of threads. */
#include "engine/lookup.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/attention.h"
#include "engine/kernels/kernels.h"
#include "engine/session_private.h"

struct row_call {
    struct lookup_pass *p;
    struct pool *pool;
    const struct attention *a;
    size_t t, begin, end; /* row t sees positions [begin, end) */
    float share;          /* of one head of one row */
    float *weights, *nowhere;
};

/* softmax of x[0..n) in place, with one more logit that has no position; returns its part. */
static float softmax_with_sink(float *x, size_t n, const float *sink) {
    float max = sink ? *sink : -INFINITY;
    for (size_t i = 0; i < n; i++) max = fmaxf(max, x[i]);
    double sunk = sink ? exp((double)(*sink - max)) : 0, sum = sunk;
    for (size_t i = 0; i < n; i++) sum += x[i] = expf(x[i] - max);
    for (size_t i = 0; i < n; i++) x[i] = (float)(x[i] / sum);
    return (float)(sunk / sum);
}

static void row_share(void *arg, int i, int n) {
    struct row_call *c = arg;
    const struct attention *a = c->a;
    size_t begin, end, group = a->n_head / a->n_head_kv, N = c->p->out->n;
    pool_share(a->n_head, 1, i, n, &begin, &end);
    for (size_t h = begin; h < end; h++) {
        const float *q = a->q + (c->t * a->n_head + h) * a->dk;
        const char *k = a->k + h / group * a->k_head;
        float *x = c->p->scores + h * N;
        for (size_t at = c->begin; at < c->end; at++)
            x[at] = a->scale *
                    kernels()->dot_f16(q, (const void *)(k + (at - a->first) * a->k_stride), a->dk);
        c->p->sunk[h] =
            softmax_with_sink(x + c->begin, c->end - c->begin, a->sinks ? &a->sinks[h] : NULL);
    }
    pool_barrier(c->pool);
    pool_share(c->end - c->begin, 16, i, n, &begin, &end);
    for (size_t at = c->begin + begin; at < c->begin + end; at++)
        for (size_t h = 0; h < a->n_head; h++)
            c->weights[at] += c->share * c->p->scores[h * N + at];
    for (size_t h = 0; i == 0 && h < a->n_head; h++) *c->nowhere += c->share * c->p->sunk[h];
}

void lookup_take(struct lookup_pass *p, struct pool *pool, uint32_t layer,
                 const struct attention *a) {
    struct lookup *out = p->out;
    if (layer >= out->n_layers) return; /* a block that drafts */
    size_t n_rows = p->last - p->first + 1;
    struct row_call c = {.p = p,
                         .pool = pool,
                         .a = a,
                         .share = 1 / ((float)a->n_head * (float)n_rows),
                         .weights = out->weights + layer * out->n,
                         .nowhere = out->nowhere + layer};
    for (c.t = 0; c.t < a->n_tokens; c.t++) {
        size_t position = a->n_past + c.t;
        if (position < p->first || position > p->last) continue;
        c.end = position + 1;
        c.begin = a->window && c.end > a->window ? c.end - a->window : 0;
        pool_run(pool, row_share, &c);
    }
}

static void average(struct lookup *l) {
    float *mean = l->weights + l->n_layers * l->n;
    size_t n_attend = 0;
    for (uint32_t i = 0; i < l->n_layers; i++) n_attend += l->attends[i];
    for (uint32_t i = 0; i < l->n_layers; i++) {
        const float *w = l->weights + i * l->n;
        for (size_t at = 0; at < l->n; at++) mean[at] += w[at] / (float)n_attend;
        l->nowhere[l->n_layers] += l->nowhere[i] / (float)n_attend;
    }
}

static size_t most_heads(const struct model *m) {
    size_t most = 1;
    for (uint32_t i = 0; i < m->hp.n_layers; i++)
        if (m->layers[i].n_head > most) most = m->layers[i].n_head;
    return most;
}

static bool attends_at_all(const struct model *m, struct lookup *out) {
    bool any = false;
    for (uint32_t i = 0; i < out->n_layers; i++) {
        enum mixer mixer = m->layers[i].mixer;
        any |= out->attends[i] = mixer == MIXER_GQA || mixer == MIXER_MLA;
    }
    return any;
}

bool session_lookup(struct session *s, const int32_t *ids, size_t begin, size_t end,
                    struct lookup *out, void (*progress)(void *ctx, size_t done, size_t n),
                    void *ctx, struct err *e) {
    *out = (struct lookup){.n = end - 1, .n_layers = s->m->hp.n_layers};
    out->attends = mem_calloc(out->n_layers, sizeof *out->attends);
    out->weights = mem_calloc((out->n_layers + 1) * out->n, sizeof *out->weights);
    out->nowhere = mem_calloc(out->n_layers + 1, sizeof *out->nowhere);
    if (!attends_at_all(s->m, out))
        return err_set(e, "%s looks nothing up: all its layers are recurrent", s->m->info.name);
    if (s->cache->type != CACHE_F16) return err_set(e, "looking up needs a cache of halves");
    size_t heads = most_heads(s->m);
    struct lookup_pass p = {.out = out, .first = begin - 1, .last = end - 2};
    p.scores = mem_array(heads * out->n, sizeof *p.scores);
    p.sunk = mem_array(heads, sizeof *p.sunk);
    size_t have = session_common_prefix(s, ids, begin - 1);
    have = session_truncate(s, have);
    s->forward->lookup = &p;
    bool ok = session_eval(s, ids + have, out->n - have, NULL, progress, ctx, e);
    s->forward->lookup = NULL;
    free(p.scores);
    free(p.sunk);
    if (ok) average(out);
    return ok;
}

void lookup_free(struct lookup *l) {
    free(l->attends);
    free(l->weights);
    free(l->nowhere);
    *l = (struct lookup){0};
}
