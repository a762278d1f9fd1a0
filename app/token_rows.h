/* token_rows: every token of one message with what is known of it, in the order in which it came:
 * read from the history, or gathered while the message streams where nothing is kept. */
#ifndef APP_TOKEN_ROWS_H
#define APP_TOKEN_ROWS_H

#include "base/str.h"
#include "history/history.h"

struct token_row {
    struct history_token t;   /* text and bytes are not set: see below */
    size_t text_at, bytes_at; /* in texts */
};

struct token_rows {
    struct token_row *at;
    size_t n, cap;
    struct str texts;
};

void token_rows_free(struct token_rows *r); /* leaves it empty and reusable */
void token_rows_add(struct token_rows *r, const struct history_token *t);
/* All tokens of a message of the history; r is made empty first. */
bool token_rows_read(struct token_rows *r, struct history *h, int64_t message, struct err *e);

const char *token_row_text(const struct token_rows *r, size_t i);
const char *token_row_bytes(const struct token_rows *r, size_t i);

/* In which of its message's two texts a token is told: a tag is where the text before it is, or, at
 * the beginning, with the first that comes. */
enum history_channel token_row_channel(const struct token_rows *r, size_t i);
/* The row of the n-th token of a channel so counted; SIZE_MAX: there are not so many. */
size_t token_rows_find(const struct token_rows *r, enum history_channel channel, size_t n);
/* The row that holds a token's number and statistics: i, or the one that it is the rest of. */
size_t token_row_whole(const struct token_rows *r, size_t i);

/* Over the tokens of a channel (tags as above) that the model chose and whose probability is known.
 */
struct certainty {
    size_t n, n_uncertain; /* less likely than `below` */
    double sum;            /* of -ln of their probabilities */
};
struct certainty token_rows_certainty(const struct token_rows *r, enum history_channel channel,
                                      double below);
/* "perplexity 1.34, 12 % uncertain"; nothing where n is 0. */
void certainty_add(const struct certainty *c, struct str *out);

#endif
