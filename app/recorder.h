/* recorder: writes one answer into the history while it streams. A failing disk never stops the
 * answer: the first error is kept for the caller to show, and recording ends. */
#ifndef APP_RECORDER_H
#define APP_RECORDER_H

#include "app/runner.h"
#include "history/history.h"

struct recorder {
    struct history *history; /* NULL: nothing is kept */
    int64_t message;
    int64_t ttft_us; /* -1 until the first token */
    /* Of what the message held before this request (it is continued, or began with a copy). */
    size_t n_given; /* tokens that other settings made: `sampling` tells of the rest */
    int64_t n_thought, n_answer, prefill_us, thought_us, total_us;
    bool named; /* the message's vocabulary is in the history */
    bool broken;
    struct err err; /* why, when broken */
};

/* Starts the assistant's message under `parent`. */
void recorder_start(struct recorder *r, struct history *h, int64_t conversation, int64_t parent);
/* Goes on with a message that is there; the caller sets the numbers of what it holds. */
void recorder_resume(struct recorder *r, struct history *h, int64_t message);
void recorder_event(struct recorder *r, const struct event *ev, struct runner *run,
                    const struct chat_options *options);

void recorder_token(struct history_token *out, const struct event *ev); /* borrows its texts */

const char *recorder_finish_word(enum done_reason reason); /* "stop", "length", … */

#endif
