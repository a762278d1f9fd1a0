/* history_tokens: the tokens of an answer as lines of text. */
#ifndef APP_HISTORY_TOKENS_H
#define APP_HISTORY_TOKENS_H

#include "history/history.h"

/* Prints them on standard output, then perplexity and the share of those whose probability was
 * `below`. */
bool history_tokens_print(struct history *h, int64_t message, double below, struct err *e);

#endif
