/* net: the model that is trained, DeepSeek-V3 in miniature (arXiv 2412.19437).
 *
 * Blocks of latent attention and a feed-forward part, which is dense SwiGLU in the first block and
 * a mixture of experts with one shared expert in the others; behind them one module that predicts
 * the token after the next (MTP). All parameters lie in one array; `struct weights` holds pointers
 * into it, and the same struct bound to another array holds the gradients.
 *
 * Matrices are [out][in]: y = x·Wᵀ. gate and up are kept as one matrix, gate's rows first; the
 * key and value halves of kv_b too. */
#ifndef TRAIN_NET_H
#define TRAIN_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/train/ops.h"

#define NET_MAX_BLOCKS 16

struct net_config {
    int32_t n_vocab, n_embd, n_block;  /* n_block: without the MTP block */
    int32_t n_head, nope, rope, v_dim; /* numbers per head: not rotated, rotated, value */
    int32_t q_lora, kv_lora;
    int32_t n_ff;                       /* dense block */
    int32_t n_expert, n_used, n_ff_exp; /* the shared expert has n_ff_exp too */
    int32_t n_ctx;                      /* longest document */
    float expert_scale, eps, rope_base;
};

struct block_weights {
    float *attn_norm;            /* [n_embd] */
    float *q_a, *q_a_norm, *q_b; /* [q_lora][n_embd], [q_lora], [n_head*(nope+rope)][q_lora] */
    float *kv_a, *kv_a_norm;     /* [kv_lora+rope][n_embd], [kv_lora] */
    float *kv_b;                 /* [n_head*nope + n_head*v_dim][kv_lora] */
    float *attn_out;             /* [n_embd][n_head*v_dim] */
    float *ffn_norm;             /* [n_embd] */
    float *gate_up, *down;       /* [2*n_ff][n_embd], [n_embd][n_ff]; in a block of experts those
                                    of the shared expert, with n_ff_exp */
    float *router;               /* [n_expert][n_embd], NULL in the dense block */
    float *router_bias;          /* [n_expert], moved by the balancing rule only */
    float *gate_up_exps, *down_exps; /* n_expert times the above shapes with n_ff_exp */
};

struct weights {
    float *embed;                               /* [n_vocab][n_embd] */
    struct block_weights block[NET_MAX_BLOCKS]; /* [n_block] is the MTP block */
    float *out_norm, *head;                     /* [n_embd], [n_vocab][n_embd] */
    float *mtp_embed_norm, *mtp_hidden_norm;    /* [n_embd] each */
    float *mtp_proj;                            /* [n_embd][2*n_embd], embedding half first */
    float *mtp_out_norm;                        /* [n_embd] */
};

/* PARAM_TABLE: embeddings, head and router, whose rows stand for themselves. */
enum param_kind { PARAM_MATRIX, PARAM_TABLE, PARAM_NORM, PARAM_BIAS };

/* One tensor of the parameter array, in order, without gaps. */
struct param {
    enum param_kind kind;
    size_t offset, count;
    int rows, cols;
    int stack;      /* so many equal matrices lie on one another */
    float init_std; /* of matrices and tables */
};

struct param_list {
    struct param *p;
    size_t n, cap, total; /* total: numbers in all */
};

bool net_config_check(const struct net_config *c, struct err *e);
void net_params(const struct net_config *c, struct param_list *out); /* free(out->p) */
void net_bind(const struct net_config *c, float *base, struct weights *out);
void net_init(const struct net_config *c, float *base, uint64_t seed);
/* Multiplications per token of the main model: what "active parameters" means. */
size_t net_active_params(const struct net_config *c);

/* cs[n_ctx][rope]: cosine and sine of each position's angles, in turn. */
void net_cos_sin(const struct net_config *c, float *cs);

static inline bool net_is_dense(int block) { return block == 0; }

/* A batch: whole documents end to end. */
struct batch {
    int n_tok, n_docs, cap;
    int *token;     /* [n_tok] */
    int *pos;       /* [n_tok] within its document */
    int *target;    /* [n_tok] the next token, -1 at a document's end or where none is wanted */
    float *weight;  /* [n_tok] of the target in the loss */
    int *doc_start; /* [n_docs + 1] */
};

void batch_init(struct batch *b, int cap_tok);
void batch_done(struct batch *b);
void batch_clear(struct batch *b);
/* Adds a document, whose token i is a wanted target when loss[i] is set. False: no room. */
bool batch_add(struct batch *b, const int *token, const uint8_t *loss, int n);

/* What one thread needs to run batches through the net: activations of up to cap tokens. */
struct pass;

struct pass *pass_new(const struct net_config *c, const struct ops *o, int cap_tok);
void pass_free(struct pass *p);

/* Runs the batch; after it pass_logp()[i] = log p(target[i]) and pass_entropy()[i], and with `mtp`
 * pass_mtp_logp() and pass_mtp_hits(). Keeps what pass_backward() needs. */
void pass_forward(struct pass *p, const struct weights *w, const struct batch *b, bool mtp);
const float *pass_logp(const struct pass *p);
const float *pass_entropy(const struct pass *p);
const float *pass_mtp_logp(const struct pass *p);
const int *pass_mtp_target(const struct pass *p); /* what row i of the MTP module predicts, or -1 */
const uint8_t *pass_hits(const struct pass *p);   /* whether the target is the likeliest token */
const uint8_t *
pass_mtp_hits(const struct pass *p);            /* whether the draft is the main model's choice */
const float *pass_logits(const struct pass *p); /* [n_tok][n_vocab], until pass_backward() */

/* Adds to `grad` the gradient of sum_i coef[i]·logp[i] + sum_i mtp_coef[i]·mtp_logp[i];
 * mtp_coef NULL when the pass ran without mtp. */
void pass_backward(struct pass *p, const struct weights *w, const struct batch *b,
                   const float *coef, const float *mtp_coef, struct weights *grad);

/* One more token of each of n sequences, on the compressed cache: token[i] at pos[i] of the
 * sequence in slot[i]. Then pass_logits() holds [n][n_vocab]. */
struct latent_cache;
void pass_decode(struct pass *p, const struct weights *w, struct latent_cache *cache, int n,
                 const int *token, const int *pos, const int *slot);

/* Tokens sent to each expert of each block since the last call with `reset`:
 * [n_block+1][n_expert]. */
const int64_t *pass_expert_load(struct pass *p);
void pass_expert_load_reset(struct pass *p);

#endif
