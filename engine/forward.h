/* forward: one batch of tokens through the model. The parts of a block (attention_gqa.c,
 * attention_mla.c, ffn.c, moe.c) share this state: each reads its input rows from `h` and leaves
 * its result in `y`, which is then added to the residual stream `x`. Everything is F32, row-major,
 * one row per token of the batch. Private to the engine. */
#ifndef ENGINE_FORWARD_H
#define ENGINE_FORWARD_H

#include <stdatomic.h>

#include "engine/kvcache.h"
#include "engine/matmul.h"
#include "engine/pool.h"
#include "engine/weights.h"

struct moe_plan;
struct lookup_pass;

/* Where a row of a group's batch belongs: the next token of a timeline of its own. */
struct forward_line {
    struct kvcache *cache;
    size_t pos;
};

struct forward {
    const struct model *m;
    struct pool *pool;
    struct kvcache *cache;
    size_t n_batch;            /* the most tokens at once */
    const atomic_bool *cancel; /* looked at between the steps of a block */

    /* Scratch for products of n_batch rows, of n_batch·n_head rows (MLA), of n_batch·n_used (MoE).
     */
    struct matmul_scratch *mm, *mm_heads, *mm_experts;

    const struct rope *ropes[ROPE_KINDS];
    float *angles[ROPE_KINDS]; /* [n_batch][n_rot] */

    float *x, *h, *y;    /* [n_batch][E] */
    float *q, *k, *v;    /* one token: all heads; q has room for q, k and v fused */
    float *latent_q;     /* MLA: queries in the space of the cache, [n_head][dk] */
    float *o, *latent_o; /* [n_head][dv] before the output matrix; MLA: before wv_b */
    float *gate, *up;    /* [n_ff], also fused: [2·n_ff] in gate */
    float *attn_scratch;
    float *wide_q, *wide_o; /* for an exact cache: [n_head][2·dk], [n_head][2·dv] */
    const float *narrow_q;
    float *narrow_o;
    uint32_t *head_rows;          /* MLA: row numbers t·n_head + h, grouped by head */
    struct matmul_job *head_jobs; /* [n_head] */
    struct moe_plan *moe;

    size_t state; /* where the block's part of the recurrent state begins */

    /* [n_ctx + 1][E] hidden vectors, that of position p in row p + 1, zeros in row 0; NULL: no
     * drafting. */
    float *hidden;

    /* What recurrences read of the last few tokens, block by block; NULL: no rewinding. See
     * rewind.c. */
    float **inputs;
    size_t n_inputs;  /* tokens of it */
    bool keep_inputs; /* of the batch at hand */

    size_t n, pos; /* the batch at hand: n tokens, the first at position pos */
    /* Of a group: row t is one token of lines[t]. NULL: all rows follow one another in `cache`. */
    const struct forward_line *lines;

    struct lookup_pass *lookup; /* NULL, but while a session looks up */
};

/* exact: see session_params. */
struct forward *forward_new(const struct model *m, struct pool *pool, struct kvcache *cache,
                            size_t n_batch, const atomic_bool *cancel, bool exact);
void forward_free(struct forward *f);

/* Evaluates n <= n_batch tokens at positions pos… Fills logits of the last token, or of all n
 * ([n][V]). False when cancelled: the cache holds no more than before. */
bool forward_run(struct forward *f, const int32_t *ids, size_t n, size_t pos, float *logits,
                 bool all);

/* Evaluates one token of each of n <= n_batch timelines, which differ; logits [n][V]. False when
 * cancelled: their caches hold no more than before. Up to FORWARD_LINES_MAX of them every timeline
 * gets the same bits as alone: kernels compute as few rows as if there was one. */
enum { FORWARD_LINES_MAX = 8 };
bool forward_run_lines(struct forward *f, const int32_t *ids, size_t n,
                       const struct forward_line *lines, float *logits);

/* Lets the session draft: keeps hidden vectors and runs the MTP block beside. The cache must have
 * room for that block. */
void forward_enable_draft(struct forward *f);

/* Lets a recurrent state go back to after any of the last batch's tokens, if that was one of at
 * most ATTENTION_FEW_TOKENS with keep_inputs. */
void rewind_enable(struct forward *f);
void rewind_free(struct forward *f);
void rewind_to(struct forward *f, size_t n); /* the first n stay, 0 < n < all */

/* ---- for the parts ---- */

bool forward_block(struct forward *f, uint32_t i); /* x through block i; false: cancelled */
void forward_embed(struct forward *f, const struct tensor *w, const int32_t *ids); /* to x */
void forward_angles(struct forward *f);

void mtp_keep_hidden(struct forward *f); /* of the batch at hand, from h */
/* Fills the block's cache for n <= n_batch evaluated tokens from pos on. */
bool mtp_follow(struct forward *f, const int32_t *ids, size_t n, size_t pos);
/* Logits of position pos + 1 when `id` stands at pos. */
bool mtp_draft(struct forward *f, int32_t id, size_t pos, float *logits);

void attention_gqa(struct forward *f, const struct layer *y, uint32_t block);
void attention_mla(struct forward *f, const struct layer *y, uint32_t block);
/* Puts the batch's keys and values into the cache and lets its queries see what they may: q
 * [n][n_head][dk], k [n][n_head_kv][dk], v [n][n_head_kv][dv] or NULL where it is the first dv
 * numbers of k; out [n][n_head][dv]. */
void attend(struct forward *f, const struct layer *y, uint32_t block, const float *q,
            const float *k, const float *v, float scale, float *out);
void shortconv(struct forward *f, const struct layer *y, uint32_t block);
void deltanet(struct forward *f, const struct layer *y, uint32_t block);
/* Their second halves, which carry the state on, of inputs that are in q, gate and k. */
void shortconv_carry(struct forward *f);
void deltanet_carry(struct forward *f, const struct layer *y);
void rewind_keep(struct forward *f, uint32_t block); /* those inputs, if they are wanted */

/* Depthwise causal convolution of n channels, in a block whose part of the recurrent state begins
 * at `state` with the last conv_taps - 1 inputs: row t of the inputs x [f->n][n]; w is
 * [n][conv_taps]. Then, once for all rows, the state after the batch. */
void conv_row(const struct forward *f, size_t state, const float *x, const float *w, size_t n,
              size_t t, float *out);
void conv_keep(const struct forward *f, size_t state, const float *x, size_t n);

void ffn_dense(struct forward *f, const struct layer *y);
void moe_run(struct forward *f, const struct layer *y);
struct moe_plan *moe_plan_new(const struct model *m, size_t n_batch); /* NULL: no experts */
void moe_plan_free(struct moe_plan *p);
/* How often an expert was chosen so far; from any thread. */
uint32_t moe_load(const struct moe_plan *p, size_t layer, size_t expert, size_t n_experts);

/* act(gate) ⊙ up → gate, n numbers, as the family has it. */
void ffn_activate(const struct arch *a, float *gate, const float *up, size_t n);

/* Calls row(f, y, t) for t < n: over the threads when there are many. */
void forward_rows(struct forward *f, const struct layer *y, size_t n,
                  void (*row)(struct forward *f, const struct layer *y, size_t t));

/* x[t][0..n) += bias for all rows of the batch; a NULL bias adds nothing. */
void forward_bias(struct forward *f, float *x, const float *bias, size_t n);

/* The position of row t, the first row of its timeline, and that timeline's cache. */
static inline size_t forward_position(const struct forward *f, size_t t) {
    return f->lines ? f->lines[t].pos : f->pos + t;
}
static inline size_t forward_first(const struct forward *f, size_t t) { return f->lines ? t : 0; }
static inline struct kvcache *forward_cache(const struct forward *f, size_t t) {
    return f->lines ? f->lines[t].cache : f->cache;
}

static inline bool forward_cancelled(const struct forward *f) {
    return atomic_load_explicit(f->cancel, memory_order_relaxed);
}

#endif
