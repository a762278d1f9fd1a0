/* lookup: what tokens drew on. Attention is a soft look-up in the context: to choose a token, each
 * head of each layer spreads a weight of 1 over the positions it may see. One more pass over the
 * tokens, in a session of its own, takes those weights down; generation never pays for it. Heads
 * are averaged, layers are kept apart.
 *
 * Two things are to be known when reading the weights. Models park weight that they have no use for
 * on the first token (Xiao et al. 2023, arXiv:2309.17453) or on learned sinks: it says little about
 * the text. And weights tell where was looked, not what was made of it. */
#ifndef ENGINE_LOOKUP_H
#define ENGINE_LOOKUP_H

#include "engine/session.h"

struct lookup {
    size_t n; /* positions */
    uint32_t n_layers;
    bool *attends; /* [n_layers] false: a recurrent layer, which looks nothing up: all its weights
                    * are 0 */
    /* [n_layers + 1][n]: of each layer, and at last their mean (of those that attend): the mean
     * over the rows of the span and over heads. A layer's weights and its share of `nowhere` add up
     * to 1. */
    float *weights;
    float *nowhere; /* [n_layers + 1] what learned sinks take; 0 for families that have none */
};

/* How the tokens ids[begin..end) were chosen: looks at the rows that chose them, those of positions
 * begin - 1 to end - 2, so that out->n = end - 1. 1 <= begin < end <= session_n_ctx + 1. The
 * session may be at any place: of its timeline the part that is the same before the rows is not
 * evaluated again. Its cache has to hold halves. Fails as session_eval does, and where no layer
 * attends; `out` is to be freed either way. */
bool session_lookup(struct session *s, const int32_t *ids, size_t begin, size_t end,
                    struct lookup *out, void (*progress)(void *ctx, size_t done, size_t n),
                    void *ctx, struct err *e);
void lookup_free(struct lookup *l);

/* ---- inside the engine ---- */

struct attention;
struct pool;

struct lookup_pass {
    struct lookup *out;
    size_t first, last; /* the rows that count, by position */
    float *scores;      /* [n_head][out->n] */
    float *sunk;        /* [n_head] */
};

/* Adds the weights of the rows of `a` that count to those of the layer. */
void lookup_take(struct lookup_pass *p, struct pool *pool, uint32_t layer,
                 const struct attention *a);

#endif
