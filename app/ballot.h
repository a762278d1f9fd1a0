/* ballot: a vote that is being held: the samples of one request, as they come, counted (vote.h) and
 * kept in the history, each as a message of its own beside the others. */
#ifndef APP_BALLOT_H
#define APP_BALLOT_H

#include "app/recorder.h"
#include "app/vote.h"

struct ballot {
    struct vote vote;
    struct history *history;
    int64_t conversation, parent;
    struct recorder *recorders; /* [vote.n]; a message begins with the sample's first token */
    bool broken;                /* keeping failed; `err` is the first reason */
    struct err err;
};

/* A vote needs answers that can differ: false with a line at temperature 0. */
bool ballot_can_differ(const struct chat_options *o, struct err *e);

/* The answers will be kept below `parent`; h NULL: nothing is kept. */
void ballot_start(struct ballot *b, struct history *h, int64_t conversation, int64_t parent,
                  const char *question, size_t n);
void ballot_event(struct ballot *b, const struct event *ev, struct runner *run,
                  const struct chat_options *options);
/* The conversation goes on with sample i. Its message, 0 where there is none. */
int64_t ballot_choose(struct ballot *b, size_t i);
void ballot_done(struct ballot *b); /* fine on a zeroed one */

#endif
