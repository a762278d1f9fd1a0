/* generate: each worker keeps its slots filled; a prompt is fed token by token like the rest. */
#include "engine/train/generate.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/train/latent.h"

struct job {
    const struct net_config *c;
    const struct weights *w;
    const struct ops *o;
    struct generation *g;
    size_t n;
    atomic_size_t next;
    int slots;
};

struct slot {
    struct generation *g; /* NULL: free */
    int pos;              /* of the token to feed next */
};

static int sample(const struct generation *g, int n, const float *logits) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (logits[i] > logits[best]) best = i;
    if (g->temperature <= 0) return best;
    double sum = 0;
    for (int i = 0; i < n; i++) sum += exp((double)(logits[i] - logits[best]) / g->temperature);
    double at = (double)(rng_hash(g->seed, g->out.n, 0) >> 11) * 0x1p-53 * sum;
    for (int i = 0; i < n; i++) {
        at -= exp((double)(logits[i] - logits[best]) / g->temperature);
        if (at < 0) return i;
    }
    return best;
}

static int token_at(const struct generation *g, int pos) {
    return pos < g->n_prompt ? g->prompt[pos] : g->out.ids[pos - g->n_prompt];
}

static bool slot_fill(struct job *j, struct slot *s) {
    if (s->g) return true;
    size_t i = atomic_fetch_add(&j->next, 1);
    if (i >= j->n) return false;
    *s = (struct slot){&j->g[i], 0};
    return true;
}

/* After the token at pos went in: samples the next when the prompt is through. */
static void slot_advance(struct slot *s, const struct net_config *c, const float *logits) {
    struct generation *g = s->g;
    if (++s->pos < g->n_prompt) return;
    tokens_add(&g->out, sample(g, c->n_vocab, logits));
    g->ended = g->out.ids[g->out.n - 1] == TOKEN_EOS;
    if (g->ended || (int)g->out.n >= g->max_new || s->pos + 1 >= c->n_ctx) s->g = NULL;
}

static void generate_worker(void *ctx, int worker) {
    (void)worker;
    struct job *j = ctx;
    struct pass *p = pass_new(j->c, j->o, j->slots);
    struct latent_cache cache;
    latent_cache_init(&cache, j->c, j->slots);
    struct slot *slot = mem_calloc((size_t)j->slots, sizeof *slot);
    int *token = mem_array((size_t)j->slots, sizeof *token);
    int *pos = mem_array((size_t)j->slots, sizeof *pos);
    int *which = mem_array((size_t)j->slots, sizeof *which);
    for (;;) {
        int n = 0;
        for (int i = 0; i < j->slots; i++) {
            if (!slot_fill(j, &slot[i])) continue;
            token[n] = token_at(slot[i].g, slot[i].pos);
            pos[n] = slot[i].pos;
            which[n++] = i;
        }
        if (!n) break;
        pass_decode(p, j->w, &cache, n, token, pos, which);
        for (int i = 0; i < n; i++)
            slot_advance(&slot[which[i]], j->c, pass_logits(p) + (size_t)i * (size_t)j->c->n_vocab);
    }
    free(slot);
    free(token);
    free(pos);
    free(which);
    latent_cache_done(&cache);
    pass_free(p);
}

void generate_all(const struct net_config *c, const struct weights *w, const struct ops *o,
                  struct generation *g, size_t n, int slots, int workers) {
    struct job j = {c, w, o, g, n, 0, slots};
    parallel_run(workers, generate_worker, &j);
}
