/* backend_remote_stream: what a server streams, as events. It takes the data of each server-sent
 * event, trusts nothing in it, and never ends the answer itself: backend_remote does. */
#ifndef ENGINE_BACKEND_REMOTE_STREAM_H
#define ENGINE_BACKEND_REMOTE_STREAM_H

#include "engine/backend_remote_http.h"
#include "engine/events.h"

struct remote_stream {
    const struct http *http; /* for messages */
    struct events *events;
    int64_t start_us;
    size_t which; /* of the samples asked for, for the events; may be set at any time */
    struct reasoning *splitter; /* of the content, in which thoughts may stand between tags */
    struct sample sample;       /* of the token that is being handed out */
    const char *bytes;
    size_t n_bytes;
    bool markup;     /* it is, in part, a tag or white space around a thought */
    bool pending;    /* it was not handed out yet */
    bool anything;   /* a token came */
    bool understood; /* some event was JSON */
    bool ended;      /* [DONE] came */
    bool finished;   /* a finish reason came */
    bool failed;     /* the server said so; why is in `error` */
    bool garbled;    /* the notice on what is not JSON was given */
    bool thought_begun, has_answer, was_thought;
    enum done_reason reason;
    struct str error;
    long error_code;                                                    /* 0: none given */
    size_t n_thought, n_answer;                                         /* tokens handed out */
    size_t usage_prompt, usage_cached, usage_completion, usage_thought; /* 0: not told */
    int64_t first_us, thought_end_us;                                   /* -1: not yet */
};

void remote_stream_init(struct remote_stream *s, const struct http *h, struct events *events,
                        int64_t start_us);
bool remote_stream_data(void *ctx, const char *data, size_t n); /* an sse_sink */
void remote_stream_flush(struct remote_stream *s);              /* text that was held back */
void remote_stream_count(const struct remote_stream *s, struct event *done);
void remote_stream_done(struct remote_stream *s);

#endif
