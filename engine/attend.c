/* attend: the step that all kinds of attention share: what the batch adds goes into the cache, then
 * queries meet the cache. An exact cache holds every number as two halves, x ≈ hi + lo with
 * hi = half(x), lo = half(x - hi): that is ordinary attention with heads twice as wide,
 * q·k = [q, q]·[hi, lo], whose results are summed the same way. */
#include <string.h>

#include "engine/attention.h"
#include "engine/forward.h"
#include "engine/kernels/kernels.h"
#include "engine/lookup.h"
#include "engine/quant.h"

/* A key is [value part | rest] where values lie inside keys (MLA): both parts are split on their
 * own, so that the value's two halves stay side by side. */
static size_t first_part(const struct layer *y) { return y->mixer == MIXER_MLA ? y->dv : y->dk; }

static void put_split(const float *x, uint16_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = f32_to_f16(x[i]);
        out[n + i] = f32_to_f16(x[i] - f16_to_f32(out[i]));
    }
}

static void put_exact(const struct layer *y, size_t dk, const float *x, uint16_t *out) {
    size_t first = dk == y->dk ? first_part(y) : dk;
    put_split(x, out, first);
    put_split(x + first, out + 2 * first, dk - first);
}

/* The n numbers of a head at one position to its row of the cache. */
static void put(const struct kvcache *c, const struct layer *y, size_t n, const float *x,
                char *row) {
    if (c->exact)
        put_exact(y, n, x, (uint16_t *)(void *)row);
    else if (c->type == CACHE_F16)
        kernels()->to_f16(x, (uint16_t *)(void *)row, n);
    else
        kernels()->to_q8_0(x, row, n);
}

static void store(struct forward *f, const struct layer *y, uint32_t block, const float *k,
                  const float *v) {
    const struct kv_rows *r = &f->cache->layers[block];
    for (size_t t = 0; t < f->n; t++) {
        size_t p = f->pos + t - kvcache_first(f->cache, block);
        for (size_t h = 0; h < y->n_head_kv; h++) {
            size_t row = t * y->n_head_kv + h;
            put(f->cache, y, y->dk, k + row * y->dk, r->k + h * r->k_head + p * r->k_row);
            if (v) put(f->cache, y, y->dv, v + row * y->dv, r->v + h * r->v_head + p * r->v_row);
        }
    }
}

static void widen_row(struct forward *f, const struct layer *y, size_t t) {
    size_t n[2] = {first_part(y), y->dk - first_part(y)};
    const float *q = f->narrow_q + t * y->n_head * y->dk;
    float *out = f->wide_q + t * y->n_head * 2 * y->dk;
    for (size_t h = 0; h < y->n_head; h++)
        for (int part = 0; part < 2; q += n[part], part++)
            for (int twice = 0; twice < 2; twice++, out += n[part])
                memcpy(out, q, n[part] * sizeof *q);
}

static void narrow_row(struct forward *f, const struct layer *y, size_t t) {
    const float *wide = f->wide_o + t * y->n_head * 2 * y->dv;
    float *out = f->narrow_o + t * y->n_head * y->dv;
    for (size_t h = 0; h < y->n_head; h++, wide += 2 * y->dv, out += y->dv)
        for (size_t i = 0; i < y->dv; i++) out[i] = wide[i] + wide[y->dv + i];
}

/* The batch's rows at hand, which follow one another in f->cache. */
static void attend_rows(struct forward *f, const struct layer *y, uint32_t block, const float *q,
                        const float *k, const float *v, float scale, float *out) {
    const struct kv_rows *r = &f->cache->layers[block];
    bool exact = f->cache->exact;
    struct attention a = {
        .n_tokens = f->n,
        .n_past = f->pos,
        .n_head = y->n_head,
        .n_head_kv = y->n_head_kv,
        .dk = exact ? 2 * y->dk : y->dk,
        .dv = exact ? 2 * y->dv : y->dv,
        .q = exact ? f->wide_q : q,
        .type = f->cache->type,
        .k = r->k,
        .v = v ? r->v : r->k,
        .first = kvcache_first(f->cache, block),
        .k_stride = r->k_row,
        .v_stride = v ? r->v_row : r->k_row,
        .k_head = r->k_head,
        .v_head = v ? r->v_head : r->k_head,
        .scale = scale,
        .window = y->window,
        .sinks = y->sinks,
        .out = exact ? f->wide_o : out,
        .scratch = f->attn_scratch,
    };
    store(f, y, block, k, v);
    f->narrow_q = q, f->narrow_o = out;
    if (exact) forward_rows(f, y, f->n, widen_row);
    attention_run(f->pool, &a);
    if (f->lookup) lookup_take(f->lookup, f->pool, block, &a);
    if (exact) forward_rows(f, y, f->n, narrow_row);
}

void attend(struct forward *f, const struct layer *y, uint32_t block, const float *q,
            const float *k, const float *v, float scale, float *out) {
    struct kvcache *cache = f->cache;
    size_t n = f->n, n_k = (size_t)y->n_head_kv * y->dk, n_v = (size_t)y->n_head_kv * y->dv;
    if (!f->lines) {
        attend_rows(f, y, block, q, k, v, scale, out);
        return;
    }
    for (size_t t = 0; t < n; t++) { /* each row to its own cache */
        f->cache = f->lines[t].cache, f->pos = f->lines[t].pos, f->n = 1;
        attend_rows(f, y, block, q + t * y->n_head * y->dk, k + t * n_k, v ? v + t * n_v : NULL,
                    scale, out + t * y->n_head * y->dv);
    }
    f->cache = cache, f->n = n;
}
