/* comparison: two conditions and the texts on which they are compared: a file's, or answers of the
 * history with the prompts they had. Builds the token sequences; engine/compare.h does the sums. */
#ifndef APP_COMPARISON_H
#define APP_COMPARISON_H

#include "engine/engine.h"
#include "history/history.h"

struct condition {
    char *model;       /* as -m takes it; owned */
    const char *think; /* as --think takes it; NULL: as the answer was made */
    bool exact;        /* session_params.exact: then the cache's type does not count */
    const char *cache; /* as --cache-type takes it; NULL: f16 */
};

struct passage {
    struct tokens before[2]; /* what each side reads first */
    struct tokens text;
    size_t answer;    /* its number in the conversation, from 1; 0: a plain text */
    size_t first_row; /* of comparison.rows; its last is the next passage's first */
};

struct comparison {
    struct condition conditions[2];
    struct model *models[2];  /* the same one twice where the paths are */
    const struct model *lent; /* one of them that is not ours to close, or NULL */
    struct passage *passages;
    size_t n_passages, cap_passages;
    struct session *sessions[2];
    struct compare_rows rows;
};

/* Opens the two models. `lent`, if not NULL, stands for the path that is its own. On failure, as
 * after success, the comparison is to be released with comparison_done. */
bool comparison_open(struct comparison *c, struct model *lent, struct err *e);
void comparison_done(struct comparison *c);

/* A plain text, tokenized as `aside score` does. What is longer than n_ctx tokens (0: as many as
 * both models were trained on, at most 4096) is cut into windows, of which the first half is only
 * read but in the first window. */
bool comparison_add_text(struct comparison *c, const char *text, size_t n, size_t n_ctx,
                         struct err *e);

/* The answers of a saved conversation (answer 0: all; else the one of that number), each after the
 * prompt it had. Where the conditions say how to think, the answers alone are compared, a side that
 * thinks reading the thought before them; else what the model wrote is, the thought too. */
bool comparison_add_conversation(struct comparison *c, struct history *h, int64_t conversation,
                                 size_t answer, struct err *e);

/* Opens the sessions; then the run, which another thread may do and which session_cancel on both
 * sessions ends. */
bool comparison_prepare(struct comparison *c, int n_threads, struct err *e);
bool comparison_run(struct comparison *c, void (*progress)(void *ctx, size_t done, size_t n),
                    void *ctx, struct err *e);

/* The place of a row's token, and the texts around it. */
struct compare_place {
    const struct passage *passage;
    size_t token; /* in passage->text */
};
struct compare_place comparison_place(const struct comparison *c, size_t row);
/* Appends the text of n tokens up to and without `at`, then of the one at it. */
void comparison_context(const struct comparison *c, struct compare_place at, size_t n,
                        struct str *before, struct str *token);

/* "aside mini Q8_0", with what else sets it apart from the other side. */
void comparison_label(const struct comparison *c, int side, struct str *out);

#endif
