/* looker: what a span of an answer drew on, told in the conversation's own texts: the tokens of the
 * prompt and of the answer, with the place of each in the messages, and the weights of
 * engine/lookup.h between them. */
#ifndef APP_LOOKER_H
#define APP_LOOKER_H

#include "app/token_rows.h"
#include "app/transcript.h"
#include "engine/engine.h"

enum looker_part { LOOKER_TEMPLATE, LOOKER_PROMPT, LOOKER_THOUGHT, LOOKER_ANSWER, LOOKER_PARTS };

/* Where a token stands. Tags and what the template adds belong to no text. */
struct looker_token {
    enum looker_part part;
    size_t message;  /* in the transcript; of a part but LOOKER_TEMPLATE */
    size_t from, to; /* bytes of its content, of its reasoning for LOOKER_THOUGHT */
};

struct looker {
    const struct model *model;
    struct tokens ids;           /* prompt and answer */
    struct looker_token *tokens; /* [ids.n] */
    size_t cap, n_prompt;
    size_t begin, end; /* the span, in ids */
    struct session *session;
    struct lookup lookup;
};

/* Lays out message i of the transcript, an answer with these rows, after the prompt it had.
 * `options` are those that it was made with. */
bool looker_open(struct looker *l, const struct model *m, const struct transcript *t, size_t i,
                 const struct token_rows *rows, const struct chat_options *options, struct err *e);
void looker_done(struct looker *l); /* fine on a zeroed one */

/* The span of the tokens that rows first..last hold. */
bool looker_select(struct looker *l, const struct token_rows *rows, size_t first, size_t last,
                   struct err *e);
/* Opens the session that the run needs; another thread may do the run, and session_cancel ends it.
 */
bool looker_prepare(struct looker *l, int n_threads, struct err *e);
bool looker_run(struct looker *l, struct err *e);

/* Shares of the attention, adding up to 1 but for roundings. The texts' are of what stands before
 * the span; the first token, on which models park what they do not use, and learned sinks are told
 * apart. */
struct looker_shares {
    double part[LOOKER_PARTS], first, nowhere, span;
};
struct looker_shares looker_shares(const struct looker *l, uint32_t layer);
/* Of a token before the span that is in one of the texts; 0 for all others. layer n_layers: the
 * mean of all. */
double looker_weight(const struct looker *l, uint32_t layer, size_t token);

#endif
