/* attention: see the header. The work is cut into units of (group of heads that share keys, tile
 * of tokens, span of positions), which threads take as they come free. A unit runs the kernel
 * attend() over its positions. With few tokens (decoding) the positions are cut into spans as well
 * and the parts merged afterwards.
 *
 * All cuts lie on a grid of positions whose width depends on where the last token is, in steps of
 * SPAN_MIN: results depend neither on the number of threads nor on how many tokens, up to
 * FEW_TOKENS that lie in one step, are evaluated together. */
#include "engine/attention.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "engine/kernels/kernels.h"

enum {
    FEW_TOKENS = ATTENTION_FEW_TOKENS,
    SPANS = 16,                /* at most */
    SPAN_MIN = ATTENTION_STEP, /* positions; shorter ones cost more than they bring */
};

struct call {
    struct pool *pool;
    const struct attention *a;
    size_t group;  /* query heads to a key head */
    size_t heads;  /* of a group, in one unit */
    size_t tokens; /* of a unit */
    /* Positions of a span, the first span's number; spans == 1: units write the result. */
    size_t span, first_span, spans;
    size_t head_tiles, token_tiles, n_units;
    float *partials;
    atomic_size_t next;
};

/* Every thread's own: queries, their values, their maxima and sums. */
static size_t thread_floats(size_t dk, size_t dv) {
    return ATTEND_QUERIES * (dk + dv + 2) + ATTEND_WORK_FLOATS(dk, dv) + 16;
}

size_t attention_scratch_floats(int n_threads, size_t n_head, size_t dk, size_t dv) {
    return 16 + (size_t)n_threads * ((thread_floats(dk, dv) + 15) / 16 * 16) +
           SPANS * FEW_TOKENS * n_head * (dv + 2);
}

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

static float *aligned64(float *p) {
    return (float *)(void *)(((uintptr_t)p + 63) & ~(uintptr_t)63);
}

static size_t first_visible(const struct attention *a, size_t t) {
    size_t end = a->n_past + t + 1;
    return a->window && end > a->window ? end - a->window : 0;
}

/* What span `s` holds for head `head` of token t: maximum, sum, values. */
static float *partial(const struct call *c, size_t s, size_t t, size_t head) {
    return c->partials + ((s * FEW_TOKENS + t) * c->a->n_head + head) * (c->a->dv + 2);
}

static void finish(const struct attention *a, size_t head, float max, float sum,
                   const float *values, float *out) {
    float scale = 1;
    if (a->sinks) {
        float top = fmaxf(max, a->sinks[head]);
        scale = expf(max - top);
        sum = sum * scale + expf(a->sinks[head] - top);
    }
    for (size_t i = 0; i < a->dv; i++) out[i] = values[i] * (scale / sum);
}

/* -- units ------------------------------------------------------------------------------------- */

struct unit {
    size_t kv, head, n_heads, token, n_tokens, span; /* head: the first query head */
};

/* Spans first, so that threads work on different positions of the same keys late. Long units
 * (late tokens see more) come first where positions are not cut. */
static struct unit unit_at(const struct call *c, size_t i) {
    struct unit u;
    size_t tile = i % c->head_tiles;
    i /= c->head_tiles;
    u.kv = i % c->a->n_head_kv;
    i /= c->a->n_head_kv;
    u.token = (c->token_tiles - 1 - i % c->token_tiles) * c->tokens;
    u.span = i / c->token_tiles;
    u.head = u.kv * c->group + tile * c->heads;
    u.n_heads = c->group - tile * c->heads < c->heads ? c->group - tile * c->heads : c->heads;
    u.n_tokens = c->a->n_tokens - u.token < c->tokens ? c->a->n_tokens - u.token : c->tokens;
    return u;
}

static void load_queries(const struct call *c, const struct unit *u, struct attend *w, float *q) {
    const struct attention *a = c->a;
    for (size_t t = 0; t < u->n_tokens; t++) {
        size_t begin = first_visible(a, u->token + t), end = a->n_past + u->token + t + 1;
        for (size_t h = 0; h < u->n_heads; h++) {
            size_t i = t * u->n_heads + h;
            const float *from = a->q + ((u->token + t) * a->n_head + u->head + h) * a->dk;
            for (size_t j = 0; j < a->dk; j++) q[i * a->dk + j] = from[j] * a->scale;
            w->begin[i] = begin - a->first;
            w->end[i] = end - a->first;
        }
    }
}

static void store_values(const struct call *c, const struct unit *u, const struct attend *w) {
    const struct attention *a = c->a;
    for (size_t i = 0; i < w->n_q; i++) {
        size_t t = u->token + i / u->n_heads, head = u->head + i % u->n_heads;
        const float *values = w->values + i * a->dv;
        if (c->spans == 1) {
            finish(a, head, w->max[i], w->sum[i], values, a->out + (t * a->n_head + head) * a->dv);
        } else {
            float *part = partial(c, u->span, t, head);
            part[0] = w->max[i];
            part[1] = w->sum[i];
            memcpy(part + 2, values, a->dv * sizeof *values);
        }
    }
}

static void run_unit(const struct call *c, const struct unit *u, float *own) {
    const struct attention *a = c->a;
    struct attend w = {.n_q = u->n_tokens * u->n_heads,
                       .dk = a->dk,
                       .dv = a->dv,
                       .type = a->type,
                       .k = a->k + u->kv * a->k_head,
                       .v = a->v + u->kv * a->v_head,
                       .k_stride = a->k_stride,
                       .v_stride = a->v_stride};
    w.from = first_visible(a, u->token) / ATTEND_BLOCK * ATTEND_BLOCK;
    w.to = a->n_past + u->token + u->n_tokens;
    if (c->spans > 1) {
        size_t begin = (c->first_span + u->span) * c->span, end = begin + c->span;
        if (begin > w.from) w.from = begin;
        if (end < w.to) w.to = end;
    }
    w.from -= a->first, w.to -= a->first;
    w.work = own;
    w.values = own + ATTEND_WORK_FLOATS(a->dk, a->dv);
    w.max = w.values + ATTEND_QUERIES * a->dv;
    w.sum = w.max + ATTEND_QUERIES;
    w.q = w.sum + ATTEND_QUERIES;
    load_queries(c, u, &w, w.sum + ATTEND_QUERIES);
    memset(w.values, 0, w.n_q * a->dv * sizeof *w.values);
    for (size_t i = 0; i < w.n_q; i++) {
        w.max[i] = ATTEND_LOWEST;
        w.sum[i] = 0;
    }
    if (w.from < w.to) kernels()->attend(&w);
    store_values(c, u, &w);
}

static void merge(const struct call *c, size_t t, size_t head) {
    const struct attention *a = c->a;
    float max = ATTEND_LOWEST, sum = 0, *all = partial(c, 0, t, head) + 2;
    for (size_t s = 0; s < c->spans; s++) max = fmaxf(max, partial(c, s, t, head)[0]);
    for (size_t s = 0; s < c->spans; s++) {
        float *part = partial(c, s, t, head), scale = expf(part[0] - max);
        sum += scale * part[1];
        for (size_t i = 0; i < a->dv; i++)
            all[i] = s ? all[i] + scale * part[2 + i] : scale * part[2 + i];
    }
    finish(a, head, max, sum, all, a->out + (t * a->n_head + head) * a->dv);
}

static void run(void *arg, int i, int n) {
    struct call *c = arg;
    const struct attention *a = c->a;
    size_t per_thread = (thread_floats(a->dk, a->dv) + 15) / 16 * 16;
    float *own = aligned64(a->scratch) + (size_t)i * per_thread;
    for (size_t unit; (unit = atomic_fetch_add(&c->next, 1)) < c->n_units;) {
        struct unit u = unit_at(c, unit);
        run_unit(c, &u, own);
    }
    if (c->spans == 1) return;
    pool_barrier(c->pool);
    size_t begin, end;
    pool_share(a->n_tokens * a->n_head, 1, i, n, &begin, &end);
    for (size_t j = begin; j < end; j++) merge(c, j / a->n_head, j % a->n_head);
}

/* Spans of few tokens: at most SPANS of the whole sequence, of which a window sees fewer. */
static void cut_positions(struct call *c) {
    const struct attention *a = c->a;
    size_t last = a->n_past + a->n_tokens, steps = ceil_div(last, SPAN_MIN);
    c->span = ceil_div(steps, SPANS) * SPAN_MIN;
    c->first_span = first_visible(a, 0) / c->span;
    c->spans = ceil_div(last, c->span) - c->first_span;
}

void attention_run(struct pool *p, const struct attention *a) {
    struct call c = {.pool = p, .a = a, .group = a->n_head / a->n_head_kv, .spans = 1};
    size_t per_thread = (thread_floats(a->dk, a->dv) + 15) / 16 * 16;
    c.partials = aligned64(a->scratch) + (size_t)pool_size(p) * per_thread;
    c.heads = c.group < ATTEND_QUERIES ? c.group : ATTEND_QUERIES;
    c.tokens = ATTEND_QUERIES / c.heads;
    if (a->n_tokens <= FEW_TOKENS) cut_positions(&c);
    c.head_tiles = ceil_div(c.group, c.heads);
    c.token_tiles = ceil_div(a->n_tokens, c.tokens);
    c.n_units = c.head_tiles * a->n_head_kv * c.token_tiles * c.spans;
    pool_run(p, run, &c);
}
