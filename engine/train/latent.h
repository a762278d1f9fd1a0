/* latent: attention on the compressed cache, as generation uses it.
 *
 * Per token and block the cache holds the normalised latent and the rotated part of the key, which
 * all heads share. Instead of expanding keys and values, a query is taken into the latent space
 * (q·K_h), attends there, and what it gathers is taken out by V_h: the "absorbed" form. */
#ifndef TRAIN_LATENT_H
#define TRAIN_LATENT_H

#include "engine/train/net.h"

struct latent_cache {
    const struct net_config *c;
    int n_slots;           /* sequences */
    float *rows;           /* [slot][block][n_ctx][kv_lora + rope] */
    float *q, *u, *scores; /* scratch: [slots][n_head][kv_lora+rope], …[kv_lora], [n_head][n_ctx] */
};

void latent_cache_init(struct latent_cache *k, const struct net_config *c, int n_slots);
void latent_cache_done(struct latent_cache *k);

/* n tokens, each the newest of its own sequence: stores their row (latent[i], kva[i]'s rotated
 * end) at pos[i] and attends to 0..pos[i]. q: [n][n_head*(nope+rope)], att: [n][n_head*v_dim]. */
void latent_attend(struct latent_cache *k, const struct ops *o, const struct block_weights *w,
                   int block, int n, const int *slot, const int *pos, const float *q,
                   const float *latent, const float *kva, float *att);

#endif
