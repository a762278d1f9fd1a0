/* shortconv: a gated short convolution over time in place of attention (LFM2, Liquid AI 2025). The
 * state of a sequence is what the convolution still sees: the last conv_taps - 1 inputs. */
#include <string.h>

#include "engine/forward.h"

/* Row t of a timeline's inputs, t < 0 reaching into the state (oldest first). */
static const float *input_at(const float *state, const float *x, size_t taps, size_t n,
                             ptrdiff_t t) {
    return t >= 0 ? x + (size_t)t * n : state + (size_t)(t + (ptrdiff_t)taps - 1) * n;
}

void conv_row(const struct forward *f, size_t state, const float *x, const float *w, size_t n,
              size_t t, float *out) {
    size_t taps = f->m->hp.conv_taps, first = forward_first(f, t);
    const float *before = forward_cache(f, t)->state + state;
    memset(out, 0, n * sizeof *out);
    for (size_t j = 0; j < taps; j++) {
        ptrdiff_t at = (ptrdiff_t)(t - first + j) - (ptrdiff_t)taps + 1;
        const float *in = input_at(before, x + first * n, taps, n, at);
        for (size_t i = 0; i < n; i++) out[i] += w[i * taps + j] * in[i];
    }
}

static void keep(const struct kvcache *c, size_t state, const float *x, size_t taps, size_t n,
                 size_t n_tokens) {
    for (size_t j = 0; j + 1 < taps; j++) {
        ptrdiff_t at = (ptrdiff_t)(n_tokens + j) - (ptrdiff_t)taps + 1;
        memcpy(c->next_state + state + j * n, input_at(c->state + state, x, taps, n, at),
               n * sizeof *x);
    }
}

void conv_keep(const struct forward *f, size_t state, const float *x, size_t n) {
    size_t taps = f->m->hp.conv_taps;
    if (!f->lines) keep(f->cache, state, x, taps, n, f->n);
    for (size_t t = 0; f->lines && t < f->n; t++)
        keep(f->lines[t].cache, state, x + t * n, taps, n, 1);
}

/* [b | c | x] to b ⊙ x. */
static void gate_in_row(struct forward *f, const struct layer *y, size_t t) {
    (void)y;
    size_t E = f->m->hp.n_embd;
    const float *b = f->gate + t * 3 * E, *x = b + 2 * E;
    for (size_t i = 0; i < E; i++) f->q[t * E + i] = b[i] * x[i];
}

static void mix_row(struct forward *f, const struct layer *y, size_t t) {
    size_t E = f->m->hp.n_embd;
    const float *c = f->gate + t * 3 * E + E;
    float *out = f->o + t * E;
    conv_row(f, f->state, f->q, y->conv, E, t, out);
    for (size_t i = 0; i < E; i++) out[i] *= c[i];
}

void shortconv_carry(struct forward *f) { conv_keep(f, f->state, f->q, f->m->hp.n_embd); }

void shortconv(struct forward *f, const struct layer *y, uint32_t block) {
    f->state = f->cache->layers[block].state;
    matmul(f->pool, f->mm, &y->conv_in, f->h, f->n, f->gate);
    forward_rows(f, y, f->n, gate_in_row);
    forward_rows(f, y, f->n, mix_row);
    rewind_keep(f, block);
    shortconv_carry(f);
    matmul(f->pool, f->mm, &y->conv_out, f->o, f->n, f->y);
}
