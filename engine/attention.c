/* attention: see the header. The work is cut into units of (query, group of heads that share keys,
 * span of positions). A unit walks its positions in blocks with a running maximum and sum; where
 * there are fewer queries than threads the positions are split, and the parts are merged by their
 * maxima afterwards. */
#include "engine/attention.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/kernels.h"

enum { BLOCK = 64 }; /* positions whose scores are held at once */

/* What a span of positions gives for one head: out = values / sum, weighted by exp(max). */
struct partial {
    float max, sum;
    float *values; /* [dv] */
};

struct call {
    struct pool *pool;
    const struct attention *a;
};

size_t attention_scratch_floats(int n_threads, size_t n_head, size_t dk, size_t dv) {
    (void)dk;
    return (size_t)n_threads * n_head * (dv + 2);
}

static void visible(const struct attention *a, size_t t, size_t *begin, size_t *end) {
    *end = a->n_past + t + 1;
    *begin = a->window && *end > a->window ? *end - a->window : 0;
}

/* Adds the positions [begin, end) to `p` for head `head` of query t. */
static void add_span(const struct attention *a, size_t t, size_t head, size_t begin, size_t end,
                     struct partial *p) {
    const struct kernels *k = kernels();
    size_t kv = head / (a->n_head / a->n_head_kv);
    const float *q = a->q + (t * a->n_head + head) * a->dk;
    for (size_t at = begin; at < end; at += BLOCK) {
        size_t n = end - at < BLOCK ? end - at : BLOCK;
        float score[BLOCK], max = p->max;
        for (size_t i = 0; i < n; i++) {
            score[i] = a->scale * k->dot_f16(q, a->k + (at + i) * a->k_stride + kv * a->dk, a->dk);
            max = fmaxf(max, score[i]);
        }
        float keep = expf(p->max - max);
        for (size_t i = 0; i < a->dv; i++) p->values[i] *= keep;
        p->sum *= keep;
        p->max = max;
        for (size_t i = 0; i < n; i++) {
            float weight = expf(score[i] - max);
            p->sum += weight;
            k->axpy_f16(p->values, weight, a->v + (at + i) * a->v_stride + kv * a->dv, a->dv);
        }
    }
}

static void start(struct partial *p, float *values, size_t dv) {
    *p = (struct partial){.max = -INFINITY, .values = values};
    memset(values, 0, dv * sizeof *values);
}

static void finish(const struct attention *a, size_t head, const struct partial *p, float *out) {
    float max = p->max, sum = p->sum, scale = 1;
    if (a->sinks) {
        max = fmaxf(max, a->sinks[head]);
        scale = expf(p->max - max);
        sum = sum * scale + expf(a->sinks[head] - max);
    }
    for (size_t i = 0; i < a->dv; i++) out[i] = p->values[i] * (scale / sum);
}

static float *slot(const struct attention *a, size_t split, size_t head) {
    return a->scratch + (split * a->n_head + head) * (a->dv + 2);
}

static void merge(const struct attention *a, size_t splits, size_t t, size_t head) {
    float *out = a->out + (t * a->n_head + head) * a->dv;
    struct partial all = {.max = -INFINITY, .values = slot(a, 0, head) + 2};
    for (size_t s = 0; s < splits; s++) all.max = fmaxf(all.max, slot(a, s, head)[0]);
    for (size_t s = 0; s < splits; s++) {
        float *part = slot(a, s, head), scale = expf(part[0] - all.max);
        all.sum += scale * part[1];
        for (size_t i = 0; i < a->dv; i++)
            all.values[i] = s ? all.values[i] + scale * part[2 + i] : scale * part[2 + i];
    }
    finish(a, head, &all, out);
}

static void run_split(void *arg, int i, int n) {
    const struct call *c = arg;
    const struct attention *a = c->a;
    for (size_t t = 0; t < a->n_tokens; t++) {
        size_t first, last, begin, end;
        visible(a, t, &first, &last);
        pool_share(last - first, BLOCK, i, n, &begin, &end);
        for (size_t head = 0; head < a->n_head; head++) {
            float *part = slot(a, (size_t)i, head);
            struct partial p;
            start(&p, part + 2, a->dv);
            add_span(a, t, head, first + begin, first + end, &p);
            part[0] = p.max;
            part[1] = p.sum;
        }
        pool_barrier(c->pool);
        pool_share(a->n_head, 1, i, n, &begin, &end);
        for (size_t head = begin; head < end; head++) merge(a, (size_t)n, t, head);
        pool_barrier(c->pool);
    }
}

static void run_whole(void *arg, int i, int n) {
    const struct call *c = arg;
    const struct attention *a = c->a;
    for (size_t unit = (size_t)i; unit < a->n_tokens * a->n_head; unit += (size_t)n) {
        size_t t = unit / a->n_head, head = unit % a->n_head, begin, end;
        float *out = a->out + unit * a->dv;
        struct partial p;
        visible(a, t, &begin, &end);
        start(&p, out, a->dv);
        add_span(a, t, head, begin, end, &p);
        finish(a, head, &p, out);
    }
}

void attention_run(struct pool *p, const struct attention *a) {
    struct call c = {.pool = p, .a = a};
    bool split = a->n_tokens < 8 && a->n_past >= 256 && pool_size(p) > 1;
    pool_run(p, split ? run_split : run_whole, &c);
}
