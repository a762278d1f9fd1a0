/* vote: several answers to one question, grouped by what they say (self-consistency: Wang et al.
 * 2022, arXiv:2203.11171). The share of a group estimates the probability of its answer over all
 * ways of reasoning; the entropy of the shares tells how much they disagree. */
#ifndef APP_VOTE_H
#define APP_VOTE_H

#include "base/str.h"
#include "engine/engine.h"

/* What an answer comes down to, so that equal keys mean equal answers. In this order:
 *   1. what its last \boxed{} holds;
 *   2. a verdict: it begins with yes, no, true or false, and a punctuation mark or its end follows;
 *   3. the numbers, in order, that the question does not hold, of the last paragraph that has any
 *      (1,204.50 is 1204.5; am and pm belong to the number before);
 *   4. all its words and numbers.
 * Case, white space, punctuation and markup count for nothing. True for 1 to 3, where `key` is a
 * final value; empty where the answer has no words. */
bool vote_key(const char *question, const char *answer, struct str *key);

struct vote_sample {
    struct str thought, answer;
    struct str key;
    size_t group; /* in groups; SIZE_MAX: it has no vote, as there is no complete answer */
    bool ended;
    struct event end; /* once ended */
};

struct vote_group {
    struct str label; /* the final value, or the answer's first line */
    size_t first;     /* the sample that stands for it */
    size_t n;
};

struct vote {
    char *question;
    struct vote_sample *samples;
    size_t n;
    struct vote_group *groups; /* [n_groups] the largest first, of equals the one that came first */
    size_t n_groups, n_voting; /* n_voting: samples with a vote */
    double entropy;            /* of the shares, in nats; 0 where nobody votes */
};

void vote_init(struct vote *v, const char *question, size_t n);
void vote_done(struct vote *v); /* fine on a zeroed one */

/* Takes the texts and the end of a sample from the events of a request for v->n samples; counts
 * anew when one ends. */
void vote_event(struct vote *v, const struct event *ev);

/* The sample that stands for the largest group. Where nobody votes: the first that says anything,
 * else 0. */
size_t vote_choice(const struct vote *v);

/* The N of --vote and /vote: false unless it is 1 to BACKEND_SAMPLES_MAX; the line that says so. */
bool vote_number(const char *text, int64_t *n);
#define VOTE_NUMBER "a vote takes a number of answers, 1 to %d"

/* "5 of 8  62%  391", a line for each group, then how many have no vote, and the entropy. */
void vote_report(const struct vote *v, struct str *out);

#endif
