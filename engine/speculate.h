/* speculate: fewer steps for the same tokens. Private to the engine, but for the choice of how.
 *
 * Evaluating a token reads every weight, and a few tokens together hardly more: so a few that are
 * likely to follow are evaluated with the one that is certain (speculative decoding: Leviathan et
 * al. 2022, arXiv:2211.17192), and those are kept that turn out to be chosen. The choice itself is
 * made as without drafts, token by token from the logits of its place: the sampler's noise hangs on
 * seed, position and token alone, and a token evaluated with a few others gets the bits that it
 * gets alone (attention.h), so that a draft changes when a token comes, never which.
 *
 * Drafts come from the model's own block for multi-token prediction (mtp.c), or from the
 * conversation: where its last tokens stood before, what followed them there (prompt lookup: Saxena
 * 2023, github.com/apoorvumang/prompt-lookup-decoding). How many are made is weighed step by step,
 * see speculate.c. */
#ifndef ENGINE_SPECULATE_H
#define ENGINE_SPECULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct session;
struct speculate;

enum speculation { SPECULATION_AUTO, SPECULATION_OFF, SPECULATION_MTP, SPECULATION_NGRAM };

struct speculation_counts {
    size_t steps;    /* evaluations, each of one certain token and what was drafted after it */
    size_t drafted;  /* tokens evaluated as drafts */
    size_t accepted; /* of those, tokens that were taken */
};

/* Sets what a session needs for it: MTP only where the model has such a block, unless it is asked
 * for by name (then session_open says that there is none). */
struct session_params;
struct model;
void speculate_prepare(struct session_params *p, const struct model *m);

/* For a session opened so. Allocates here only. */
struct speculate *speculate_new(struct session *s, enum speculation how);
void speculate_free(struct speculate *sp);

/* From here on tokens of the session go through this until speculate_end, which leaves the session
 * with exactly the tokens taken, and their logits. The session has logits. Counts begin at 0, what
 * was learned about drafts stays. */
void speculate_begin(struct speculate *sp);
void speculate_end(struct speculate *sp);

size_t speculate_length(const struct speculate *sp);       /* tokens taken: of session_tokens */
const float *speculate_logits(const struct speculate *sp); /* after the last of them, [n_vocab] */

/* Takes `id` as the next token: evaluated already if it was drafted, else evaluated now together
 * with drafts of at most `room` tokens that may follow. False: the session could not evaluate it
 * (full, cancelled); the timeline is without it. */
bool speculate_take(struct speculate *sp, int32_t id, size_t room, struct err *e);

struct speculation_counts speculate_counts(const struct speculate *sp);

/* For measuring and tests: always n drafts, where there are any to be had; < 0: weigh again. */
void speculate_fix(struct speculate *sp, int n);

#endif
