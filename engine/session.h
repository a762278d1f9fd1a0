/* session: one timeline of tokens with its KV cache, on a model. Allocates when it opens, never
 * while it decodes. One thread uses a session at a time; session_cancel may come from any. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/cache_type.h"
#include "engine/model.h"
#include "engine/speculate.h"

struct session;

struct session_params {
    uint32_t n_ctx;   /* tokens the cache can hold; 0 = the smaller of the model's and 8192 */
    int n_threads;    /* 0 = physical cores */
    uint32_t n_batch; /* tokens per prefill step; 0 = 512 */
    enum cache_type cache_type; /* of keys and values; 0 = halves */
    /* For measuring a model rather than using it: products with F32 activations, and keys and
     * values in 22 bits instead of 11, whatever cache_type says. Several times slower, twice the
     * cache. */
    bool exact;
    bool draft;  /* session_draft is wanted; the model must have an MTP block (model_info.n_mtp) */
    bool rewind; /* session_try is wanted */
    enum speculation speculation; /* for who drafts with the session, it does not itself */
};

struct session *session_open(const struct model *m, const struct session_params *p, struct err *e);
void session_close(struct session *s);

const struct model *session_model(const struct session *s);
uint32_t session_n_ctx(const struct session *s);
int session_n_threads(const struct session *s);
size_t session_length(const struct session *s);         /* tokens evaluated */
const int32_t *session_tokens(const struct session *s); /* [session_length] */

/* Evaluates tokens after what is there, in batches. `logits_of_all`: row-major [n][n_vocab] to
 * fill, or NULL for the last position only (session_logits). progress(ctx, done, n) after each
 * batch, may be NULL. Fails with the timeline unchanged beyond the evaluated part when the context
 * is full ("the context of 4096 tokens is full") or when cancelled ("cancelled"). */
bool session_eval(struct session *s, const int32_t *ids, size_t n, float *logits_of_all,
                  void (*progress)(void *ctx, size_t done, size_t n), void *ctx, struct err *e);
/* Logits after the last evaluated token, [n_vocab]; NULL if nothing was evaluated since a
 * truncation (evaluate the last token again to have them). */
const float *session_logits(const struct session *s);

/* Keeps the first n tokens; or fewer in a model with a recurrent state, or with windows of which
 * the cache holds the latest alone: those can only go back to where they were saved (before and
 * shortly before the end of each prompt, and at checkpoints). Returns how many are kept. */
size_t session_truncate(struct session *s, size_t n);
/* How much of ids[0..n) is already there. */
size_t session_common_prefix(const struct session *s, const int32_t *ids, size_t n);

/* Makes the present length a place to go back to exactly. The last few are kept. */
void session_checkpoint(struct session *s);

/* Evaluates a few tokens of which some may be wrong: n <= ATTENTION_FEW_TOKENS (and n_batch). Fills
 * the logits of all, row-major [n][n_vocab], each row with the bits it would have alone as long as
 * no token but the first is at a multiple of ATTENTION_STEP. Until the next evaluation
 * session_truncate can go back to after any of them exactly, whatever the model. */
bool session_try(struct session *s, const int32_t *ids, size_t n, float *logits, struct err *e);

/* Guesses what follows `id` when it comes `ahead` positions after the evaluated tokens: 0 for the
 * next token itself; 1 for a drafted token after that one, once the former was asked, and so on.
 * Fills logits [n_vocab]. Nothing is evaluated by it. False when cancelled or without room. */
bool session_draft(struct session *s, int32_t id, size_t ahead, float *logits);

/* A second session with the same timeline (its own copy of the used part of the cache). */
struct session *session_fork(const struct session *s, struct err *e);

/* Makes a running session_eval return within one layer's work; sticky until session_uncancel. */
void session_cancel(struct session *s);
void session_uncancel(struct session *s);

/* How often each expert was chosen since the session was opened: out [n_layers][n_experts], zeros
 * for layers without experts. From any thread, also while the session runs. */
void session_expert_load(const struct session *s, uint32_t *out);

uint64_t session_cache_bytes(const struct session *s); /* allocated for KV */
/* What a session opened with these parameters (NULL: none) would allocate. */
uint64_t session_cache_needs(const struct model *m, const struct session_params *p);
/* Bytes of the cache that evaluating one token after n others reads. */
uint64_t session_cache_reads(const struct session *s, size_t n);

#endif
