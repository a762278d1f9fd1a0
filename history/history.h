/* history: conversations, their messages as a tree, and every token's statistics, in one SQLite
 * database. The schema is public (aside-history(5)).
 *
 * Only the main thread calls it. Tokens are gathered and written in one transaction at most 250 ms
 * after they came: call history_tick() when history_due_ms() says so; a killed program loses at
 * most that. Two programs may use one database at once (WAL, busy timeout). */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct history;

/* Opens or creates the database (directories too) and migrates it. A corrupt file is renamed to
 * PATH.corrupt-YYYYMMDD-HHMMSS, said in `notice` (may be NULL), and a new one started. A database
 * from a newer aside is refused, untouched. path NULL: ASIDE_DATA_DIR, else
 * $XDG_DATA_HOME/aside, else ~/.local/share/aside, each + /history.db. */
struct history *history_open(const char *path, struct str *notice, struct err *e);
void history_close(struct history *h); /* writes what is pending; NULL is fine */
char *history_data_dir(void);          /* owned; the directory named above */

/* ---- Writing ------------------------------------------------------------------------------ */

bool history_conversation_new(struct history *h, const char *model, const char *system, int64_t *id,
                              struct err *e);
bool history_title_set(struct history *h, int64_t conversation, const char *title, struct err *e);
bool history_pin(struct history *h, int64_t conversation, bool on, struct err *e);
/* Tags are single words; a leading # is left out, letters compare without case. `words` are split
 * at spaces and commas: TAG or +TAG adds one, -TAG takes one away; with `replace` no others stay.
 * All of it or nothing. */
bool history_tags(struct history *h, int64_t conversation, const char *words, bool replace,
                  struct err *e);
/* Into the trash: only history_conversation_undelete() and the list of the deleted know it then,
 * and after 30 days it is removed. Adding a message to it takes it out again. */
bool history_conversation_delete(struct history *h, int64_t conversation, struct err *e);
/* *conversation 0: the one deleted last; its number is put there. */
bool history_conversation_undelete(struct history *h, int64_t *conversation, struct err *e);
/* For good, at once, deleted before or not. */
bool history_conversation_purge(struct history *h, int64_t conversation, struct err *e);
/* The message that the conversation stands at (its current leaf); 0 = none. */
bool history_head_set(struct history *h, int64_t conversation, int64_t message, struct err *e);

enum history_role { HISTORY_SYSTEM, HISTORY_USER, HISTORY_ASSISTANT };

/* A complete message (user, system), or the start of one that streams (assistant, texts NULL).
 * parent 0 = root. Becomes the conversation's head. */
bool history_message_add(struct history *h, int64_t conversation, int64_t parent,
                         enum history_role role, const char *content, const char *reasoning,
                         int64_t *id, struct err *e);

enum history_channel { HISTORY_THOUGHT, HISTORY_ANSWER, HISTORY_MARKUP };
#define HISTORY_ALTS 5

struct history_token {
    int32_t token_id; /* -1: more text of the token before, in another channel; less: not known */
    enum history_channel channel;
    bool forced;       /* put in by aside, not chosen by the model */
    const void *bytes; /* what the token adds, raw */
    size_t n_bytes;
    /* What became readable with this token: goes into the message's content or reasoning. */
    const char *text;
    size_t n_text;
    double logprob, entropy; /* natural logs; NaN = unknown (stored as NULL) */
    int64_t t_us;            /* since the request started */
    int n_alts;
    int32_t alt_id[HISTORY_ALTS];
    float alt_logprob[HISTORY_ALTS];
};
/* Appends to a streaming message; kept in memory until the next batch is written. */
bool history_token_add(struct history *h, int64_t message, const struct history_token *t,
                       struct err *e);

/* Which vocabulary a message's token numbers are of: a number below 2^53 that tells vocabularies
 * apart (a hash of their pieces); 0: not known. */
bool history_vocabulary_set(struct history *h, int64_t message, int64_t vocabulary, struct err *e);
/* What a number of a vocabulary stands for; kept once, however often it is told. Written with the
 * tokens that are pending. `wanted` says, at no cost, whether it needs to be told. */
bool history_piece_wanted(struct history *h, int64_t vocabulary, int32_t id);
bool history_piece_add(struct history *h, int64_t vocabulary, int32_t id, const void *bytes,
                       size_t n, struct err *e);

/* What a streaming message has taken for its answer so far was its thought (a closing tag came that
 * was never opened): text and tokens move over. */
bool history_answer_was_thought(struct history *h, int64_t message, struct err *e);

struct history_outcome { /* how an assistant message came about */
    const char *finish;  /* "stop", "length", "context", "interrupted", "error" */
    const char *error;   /* or NULL */
    const char *model;   /* path or URL */
    int64_t n_prompt, n_cached, n_thought, n_answer;
    int64_t ttft_us, prefill_us, thought_us, total_us;
    const char
        *sampling_json; /* temperature, top_k … think, budget, n_ctx: what replay --verify needs */
    uint64_t seed;
};
bool history_message_finish(struct history *h, int64_t message, const struct history_outcome *o,
                            struct err *e);

int history_due_ms(const struct history *h); /* -1: nothing pending */
bool history_tick(struct history *h, struct err *e);
bool history_flush(struct history *h, struct err *e);

/* ---- Reading ------------------------------------------------------------------------------ */
/* Structs filled by readers own their strings; release with the _done function. */

struct history_conversation {
    int64_t id, created_ms, updated_ms, head;
    char *title, *model, *system;
    int64_t n_messages, n_tokens;
    bool pinned;
    int64_t deleted_ms; /* 0: it is not */
    char *tags;         /* in order, spaces between; "" for none */
};
struct history_message {
    int64_t id, conversation, parent, created_ms;
    enum history_role role;
    char *content, *reasoning, *finish, *error, *model, *sampling_json;
    int64_t n_prompt, n_cached, n_thought, n_answer, ttft_us, prefill_us, thought_us, total_us;
    uint64_t seed;
    int sibling, n_siblings; /* 1-based place among the children of its parent */
};
void history_conversation_done(struct history_conversation *c);
void history_message_done(struct history_message *m);

struct history_filter {
    const char *words; /* a substring of the title; NULL: any */
    const char *tag;   /* NULL: any or none */
    bool deleted;      /* those in the trash, in the order of deletion */
    bool tokens;       /* n_tokens is wanted too; else 0 */
    size_t limit;      /* 0: all */
};
/* Pinned ones first, then newest first. Owned array in *out. */
bool history_conversations(struct history *h, const struct history_filter *f,
                           struct history_conversation **out, size_t *n, struct err *e);
bool history_newest(struct history *h, int64_t *id, struct err *e); /* 0: there is none */
/* A deleted one is an error that says how to get it back. */
bool history_conversation_get(struct history *h, int64_t id, struct history_conversation *out,
                              struct err *e);
/* The path from the root to `leaf` (0 = the conversation's head), in order. */
bool history_messages(struct history *h, int64_t conversation, int64_t leaf,
                      struct history_message **out, size_t *n, struct err *e);
bool history_message_tokens(struct history *h, int64_t message,
                            bool (*each)(void *ctx, const struct history_token *t), void *ctx,
                            struct err *e);

/* Appends what a token number stands for in a message's vocabulary; *known false: it was never
 * told. */
bool history_piece(struct history *h, int64_t message, int32_t id, struct str *out, bool *known,
                   struct err *e);

/* ---- The tree ----------------------------------------------------------------------------- */

struct history_node { /* a message as the tree shows it */
    int64_t id;
    size_t depth; /* 0: a root */
    enum history_role role;
    char *words;   /* the first of its text, or of its thought where it has no answer */
    bool answered; /* words are its text's */
    int64_t n_thought, n_answer;
    double mean_logprob; /* of what the model chose; NaN: not known */
};
/* All messages of a conversation, depth first: each before its replies, siblings as they came. */
bool history_tree(struct history *h, int64_t conversation, struct history_node **out, size_t *n,
                  struct err *e);
void history_node_done(struct history_node *n);

/* The newest message at or below `message`, which is a leaf: where to stand in that branch. */
bool history_leaf(struct history *h, int64_t message, int64_t *leaf, struct err *e);
/* The sibling after (step > 0) or before; 0 where there is none. */
bool history_sibling(struct history *h, int64_t message, int step, int64_t *sibling, struct err *e);

/* Its place among its siblings, as in struct history_message. */
bool history_sibling_place(struct history *h, int64_t message, int *at, int *n, struct err *e);

/* Begins message `to`, which has none, with the first n tokens of `from` (those of id -1 go with
 * the one before), statistics and texts included. */
bool history_tokens_copy(struct history *h, int64_t from, int64_t to, size_t n, struct err *e);

/* Undo and redo: history_move_add() notes that the head moved, on which what was undone can no
 * longer be redone; the other two set the head to where it was before or after (0: before all
 * messages). *moved false: there is nothing to undo or redo. */
bool history_move_add(struct history *h, int64_t conversation, int64_t from, int64_t to,
                      struct err *e);
bool history_undo(struct history *h, int64_t conversation, bool *moved, int64_t *head,
                  struct err *e);
bool history_redo(struct history *h, int64_t conversation, bool *moved, int64_t *head,
                  struct err *e);

enum history_scope {
    HISTORY_IN_ALL,
    HISTORY_IN_THOUGHT,
    HISTORY_IN_ANSWER,
    HISTORY_IN_PROMPT,
    HISTORY_IN_TITLE,
    HISTORY_SCOPES
};
const char *history_scope_name(enum history_scope scope); /* "all", "thought", … */
bool history_scope_find(const char *name, size_t n, enum history_scope *out);
/* The words of a query without those like in:thought, which set *scope. Owned. */
char *history_query(const char *query, enum history_scope *scope);

struct history_hit {
    int64_t conversation, message;
    int64_t when_ms;          /* of the message; of a title: when the conversation was last used */
    enum history_scope scope; /* where it was found */
    char *title, *snippet;    /* the snippet marks the hit with \x01 … \x02 */
};
/* (Not history_search: readline exports that name.) Full-text search (FTS5); `query` is plain
 * words, quoting is ours: no syntax errors. All words must stand in one text; they are found at the
 * beginning of longer words too, those of one or two ASCII characters only as they are. A word like
 * in:thought narrows the scope. Titles come first, then messages, the newest first. */
bool history_find(struct history *h, const char *query, enum history_scope scope, size_t limit,
                  struct history_hit **out, size_t *n, struct err *e);
void history_hit_done(struct history_hit *hit);
/* The whole text that a hit is in, each place marked with \x01 … \x02. */
bool history_hit_text(struct history *h, const char *query, const struct history_hit *hit,
                      struct str *out, struct err *e);

struct history_totals {
    int64_t conversations, messages, tokens, thought_tokens, answer_tokens, bytes;
    double thought_s, total_s;
    double mean_logprob; /* of one conversation; NaN for all, or unknown */
};
bool history_totals(struct history *h, int64_t conversation /* 0 = all */,
                    struct history_totals *out, struct err *e);

/* ---- In and out --------------------------------------------------------------------------- */

/* Exporters by name: "markdown", "html", "text" (the current path), "json" (everything: tree and
 * tokens). */
bool history_export(struct history *h, int64_t conversation, const char *format, struct str *out,
                    struct err *e);
const char *const *history_export_formats(void);     /* NULL-terminated */
const char *history_export_format(const char *file); /* by the end of a file's name */
/* Our JSON back as a new conversation; nothing is changed when it fails. */
bool history_import(struct history *h, const char *json, size_t len, int64_t *id, struct err *e);

#endif
