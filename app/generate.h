/* generate: runs one request to its end for the commands without an interface (ask, eval, replay
 * --verify). Ctrl-C stops at once and keeps what is there. */
#ifndef APP_GENERATE_H
#define APP_GENERATE_H

#include "app/runner.h"

struct generation {
    struct str thought, answer; /* of several samples the first's */
    enum done_reason reason;
    bool in_thought;  /* it ended before there was an answer */
    bool interrupted; /* by Ctrl-C */
    size_t n_prompt, n_cached, n_thought, n_answer;
    int64_t ttft_us, prefill_us, thought_us, total_us;
    size_t n_steps, n_drafted, n_accepted; /* see struct event */
};

/* each(ctx, event) sees every event first; may be NULL. False when it could not start or the
 * engine failed (e says why; what came is in `out`). Release with generation_done. */
bool generate(struct runner *r, const struct chat_request *request,
              void (*each)(void *ctx, const struct event *ev), void *ctx, struct generation *out,
              struct err *e);
void generation_done(struct generation *g);

#endif
