/* ballot: see ballot.h. */
#include "app/ballot.h"

#include <stdlib.h>

#include "base/mem.h"

bool ballot_can_differ(const struct chat_options *o, struct err *e) {
    if (o->sampling.temperature != 0) return true; /* below it: the server decides */
    return err_set(e, "at temperature 0 all answers are the same; --temp 0.7 lets them differ");
}

void ballot_start(struct ballot *b, struct history *h, int64_t conversation, int64_t parent,
                  const char *question, size_t n) {
    *b = (struct ballot){.history = h, .conversation = conversation, .parent = parent};
    vote_init(&b->vote, question, n);
    b->recorders = mem_calloc(n, sizeof *b->recorders);
}

static void record(struct ballot *b, const struct event *ev, struct runner *run,
                   const struct chat_options *options) {
    struct recorder *r = &b->recorders[ev->which];
    struct chat_options own = *options;
    if (!b->history || b->broken) return;
    if (!r->message) {
        if (ev->type != EVENT_TOKEN) return;
        recorder_start(r, b->history, b->conversation, b->parent);
    }
    own.sampling.seed = backend_sample_seed(options->sampling.seed, ev->which);
    if (!r->broken) recorder_event(r, ev, run, &own);
    b->broken = r->broken;
    if (b->broken) b->err = r->err;
}

void ballot_event(struct ballot *b, const struct event *ev, struct runner *run,
                  const struct chat_options *options) {
    if (ev->which >= b->vote.n) return;
    if (ev->type != EVENT_DONE || b->vote.n == 1) record(b, ev, run, options);
    vote_event(&b->vote, ev);
}

int64_t ballot_choose(struct ballot *b, size_t i) {
    int64_t message = b->recorders[i].message;
    if (b->history && !b->broken && message)
        b->broken = !history_head_set(b->history, b->conversation, message, &b->err);
    return message;
}

void ballot_done(struct ballot *b) {
    vote_done(&b->vote);
    free(b->recorders);
    *b = (struct ballot){0};
}
