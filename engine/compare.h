/* compare: two conditions on the same text, token by token: two models with one vocabulary, two
 * quantizations, or one model that reads different things before the text. Of every token the
 * log-probability under both, and the Kullback-Leibler divergence between the two distributions
 * that it was drawn from. */
#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine/session.h"

/* Natural logs, of the models' own distributions (temperature 1), in double precision. */
struct compare_row {
    int32_t id;
    int32_t top[2]; /* the likeliest token of each */
    double logprob[2], entropy[2];
    double kl; /* KL(first || second) over the whole vocabulary, >= 0 */
};

/* What is gathered; zero-initialise to start. */
struct compare_rows {
    struct compare_row *rows;
    size_t n, cap;
};
void compare_rows_free(struct compare_rows *c);

/* A stretch of text, and what each side reads before it. */
struct compare_text {
    const int32_t *before[2];
    size_t n_before[2];
    const int32_t *ids;
    size_t n;
};

/* Appends a row for each token of the text; the first has none where a side reads nothing before it
 * (it has no distribution there). The sessions may be at any place of any timeline: what they share
 * with the text is not evaluated again. Logits are held for a few rows at a time: 16 MiB a side
 * however long the text is. progress(ctx, done, n): tokens of the text, may be NULL. Fails as
 * session_eval does; the rows so far stay. The two models must have as many tokens. */
bool compare_run(struct session *const sides[2], const struct compare_text *t,
                 struct compare_rows *out, void (*progress)(void *ctx, size_t done, size_t n),
                 void *ctx, struct err *e);

/* Whether the models have the same tokens; else one line that says what differs. */
bool compare_vocabularies(const struct model *a, const struct model *b, struct err *e);

/* One row from the logits of both, [n_vocab] each. */
struct compare_row compare_logits(const float *first, const float *second, size_t n_vocab,
                                  int32_t id);

struct compare_totals {
    size_t n;
    double cross_entropy[2], perplexity[2]; /* nats a token; exp of it */
    double log_ratio, log_ratio_error;      /* ln(perplexity second / first), its standard error */
    double kl_mean, kl_error;               /* and the standard error of the mean */
    double kl_median, kl_90, kl_99, kl_max;
    double same_top; /* share of the tokens where both have the same likeliest one */
};
/* Percentiles interpolate linearly between ranks. All zero for no rows. */
struct compare_totals compare_totals(const struct compare_rows *c);

/* The indices of the rows with the largest divergence, largest first; owned, *n of them <= most. */
size_t *compare_worst(const struct compare_rows *c, size_t most, size_t *n);

#endif
