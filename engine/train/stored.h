/* stored: how the parameters lie in a GGUF file of architecture `deepseek2`: the one list of names,
 * shapes and orders, which both directions use.
 *
 * Latent attention is stored in the absorbed form: attn_k_b transposed per head, so that a query
 * can be taken into the latent space; attn_v_b as it is. gate and up are apart in the file and one
 * matrix here. The MTP module is one more block with the NextN tensors. */
#ifndef TRAIN_STORED_H
#define TRAIN_STORED_H

#include "engine/train/net.h"

struct stored {
    char name[48];
    int n_dims;
    int64_t ne[3];   /* the file's shape, row length first; 1 beyond n_dims */
    size_t order[3]; /* of our numbers: element (i0, i1, i2) is at[i0*order[0]+i1*order[1]+…] */
    float *at;
    bool matrix; /* may be quantized; the others stay F32 */
};

/* Calls fn for every tensor of the file, in the file's order; w is bound to c's parameters. */
void stored_each(const struct net_config *c, const struct weights *w,
                 void (*fn)(void *ctx, const struct stored *t), void *ctx);

size_t stored_count(const struct stored *t);                  /* numbers in the tensor */
void stored_gather(const struct stored *t, float *out);       /* ours → the file's order */
void stored_scatter(const struct stored *t, const float *in); /* the file's order → ours */

#endif
