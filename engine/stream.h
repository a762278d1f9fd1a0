/* stream: what one timeline says, token by token: which token comes next, and the events that tell
 * its text in the channel where it belongs; what is put in to end a thought, and the counts at the
 * end. It evaluates nothing. Private to the engine. */
#ifndef ENGINE_STREAM_H
#define ENGINE_STREAM_H

#include <stdatomic.h>

#include "engine/events.h"
#include "engine/loops.h"
#include "engine/prompt.h"
#include "engine/speculate.h"

struct job { /* a request, ready for the worker */
    struct prompt prompt;
    struct tokens forced; /* to be put in first */
    struct sampling sampling;
    int64_t budget, n_predict;
    bool ignore_eog, loop_guard;
    size_t n_samples;
    int64_t started_us;
};

struct stream {
    const struct model *m;
    struct events *events;
    const struct job *job;
    size_t which; /* of the job's samples */
    struct sampling sampling;
    struct reasoning *split;
    struct tokens forced; /* to be put in next, from at */
    size_t at;
    size_t thought_now;  /* tokens of the thought that is open */
    struct loops *loops; /* of what the model chose in it; NULL: nobody asked */
    char tail[8];        /* the last bytes, to know where a character ends */
    size_t n_tail;
    struct str bytes, text; /* of the token in work */
    enum channel channel;   /* of text */
    enum channel first;     /* of the token's first event, by which it is counted */
    struct event ev;        /* the token's event, in the making */
    bool sent, markup;      /* an event of this token was sent; a tag was in it */
    size_t n_thought, n_answer;
    size_t n_cached; /* of the prompt; this and the next for the caller to set */
    int64_t prefilled_us, thought_until_us;
    struct speculation_counts counts; /* for the caller to set */
};

void stream_init(struct stream *r, const struct model *m, struct events *events,
                 const struct job *job, size_t which);
void stream_done(struct stream *r);

/* Microseconds since the request started. */
int64_t stream_time(const struct stream *r);

/* Between two tokens: puts in the end of the thought if it is to end now, because `*answer_now`
 * asks for it (then it becomes false), its budget is used up or it goes round in circles. Never
 * inside a character. */
void stream_mind_thought(struct stream *r, atomic_bool *answer_now);
/* The next token after tokens [length], whose logits are given: what is to be put in (true), or
 * what the sampler draws. */
bool stream_next(struct stream *r, struct sampler *sampler, const float *logits,
                 const int32_t *tokens, size_t length, struct sample *out);
/* The events of a token. */
void stream_token(struct stream *r, const struct sample *sample, bool forced);
void stream_notice(struct stream *r, const char *text);
/* What was held back, and the event that ends it, EVENT_DONE or EVENT_SAMPLE_DONE; `e` only for
 * DONE_ERROR. */
void stream_finish(struct stream *r, enum event_type end, enum done_reason reason,
                   const struct err *e);

#endif
