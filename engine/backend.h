/* backend: something that can continue a conversation. The engine on this machine is one; a server
 * elsewhere can be another. The caller starts a request and then receives events: it sleeps in
 * poll() on backend_fd() and takes events with backend_next() until EVENT_DONE. */
#ifndef ENGINE_BACKEND_H
#define ENGINE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/model.h"
#include "engine/reasoning.h"
#include "engine/sampler.h"

enum chat_role { CHAT_SYSTEM, CHAT_USER, CHAT_ASSISTANT };

struct chat_message {
    enum chat_role role;
    const char *content;   /* the answer, for the assistant */
    const char *reasoning; /* the thought, NULL or "" if none */
};

enum think_mode { THINK_AUTO /* the model's default */, THINK_ON, THINK_OFF };

struct chat_options {
    enum think_mode think;
    const char *effort;     /* "low", "medium", "high" or NULL */
    int64_t budget;         /* thought tokens after which the thought is closed; < 0 = none */
    const char *extra_json; /* further template variables, a JSON object, or NULL */
    struct sampling sampling;
    int64_t
        n_predict; /* most tokens to generate; < 0 = until the model ends or the context is full */
    bool ignore_eog; /* for benchmarks */
    bool loop_guard; /* close a thought that goes round in circles (loops.h) */
};

/* If the last message is the assistant's it is continued: inside its thought (`in_thought`) or its
 * answer. `resume_ids`, where given, are the exact tokens generated so far after the prompt; then
 * the texts of that message are not tokenized again. */
struct chat_request {
    const struct chat_message *messages;
    size_t n_messages;
    bool in_thought;
    const int32_t *resume_ids;
    size_t n_resume_ids;
    /* Put in next, before the model chooses again: reported as forced, with what the model would
     * have given them. (A fork at a token, an edited thought.) Where the last of them
     * is one that ends an answer, it ends there, as if the model had chosen it. */
    const int32_t *forced_ids;
    size_t n_forced_ids;
    /* How many answers are drawn at once, up to BACKEND_SAMPLES_MAX; 0 and 1: one. Sample i is what
     * a request for one would give with the seed backend_sample_seed(options.sampling.seed, i). */
    size_t n_samples;
    struct chat_options options;
};

enum { BACKEND_SAMPLES_MAX = 64 };
uint64_t backend_sample_seed(uint64_t seed, size_t i); /* the seed itself for i = 0 */

enum event_type {
    EVENT_PREFILL, /* progress: done of total prompt tokens (cached ones included) */
    EVENT_TOKEN,
    EVENT_NOTICE, /* a line for the person ("thinking budget of 256 tokens is used up") */
    /* Of a request for several: sample `which` is complete, and `done` is about it alone. When all
     * are, EVENT_DONE tells how the whole ended and adds up their tokens. */
    EVENT_SAMPLE_DONE,
    EVENT_DONE
};

enum done_reason { DONE_EOG, DONE_LENGTH, DONE_CONTEXT, DONE_STOPPED, DONE_ERROR };

struct event {
    enum event_type type;
    int64_t t_us; /* since the request started */
    size_t which; /* the sample that it is about, 0 where there is one */
    struct {
        size_t done, total, cached;
    } prefill;
    struct {
        enum channel channel;
        bool forced; /* put in by us (budget bridge, answer now), not chosen */
        /* A closing tag came although no thought was opened: all the answer so far was thought. */
        bool was_thought;
        struct sample sample;
        const char *bytes; /* what the token adds, raw; valid until the next backend_next */
        size_t n_bytes;
        /* Text in `channel` as far as it is decided: whole UTF-8 characters, tags removed. May be
         * empty while a tag or a character is incomplete. Where one token's text falls into two
         * channels (the end of a tag and the start of the answer), a second event follows for the
         * rest, with sample.id -1, no statistics and no bytes. (A token whose number is not known
         * has TOKEN_NO_ID.) */
        const char *text;
        size_t n_text;
    } token;
    const char *text; /* NOTICE; DONE and SAMPLE_DONE with DONE_ERROR: one line */
    struct {
        enum done_reason reason;
        bool in_thought; /* ended inside the thought: there is no answer yet */
        size_t n_prompt, n_cached, n_thought, n_answer; /* tokens */
        int64_t prefill_us, thought_us, total_us;
        /* Evaluations of the tokens, tokens that were drafted in them, and drafts that came true
         * (0 where the backend does not know): tokens per step are 1 + n_accepted / n_steps. */
        size_t n_steps, n_drafted, n_accepted;
    } done;
};

enum steer { STEER_STOP, STEER_ANSWER_NOW };

/* What goes on inside a model that runs here. */
struct backend_inside {
    uint64_t cache_bytes; /* allocated for what the session remembers */
    uint32_t *load;       /* [n_layers][n_experts] how often each expert was chosen; the caller's to
                           * fill, NULL: not wanted */
};

struct backend;
struct backend_ops {
    const char *name; /* "local", "remote" */
    bool (*start)(struct backend *b, const struct chat_request *r, struct err *e);
    int (*fd)(struct backend *b);
    bool (*next)(struct backend *b, struct event *out);
    void (*steer)(struct backend *b, enum steer what);
    int64_t (*count_tokens)(struct backend *b, const struct chat_request *r);
    const struct model_info *(*info)(struct backend *b);
    void (*context)(struct backend *b, size_t *used, size_t *total);
    /* NULL: it cannot keep its cache */
    void (*keep)(struct backend *b, const char *path);
    void (*restore)(struct backend *b, const char *path);
    bool (*settle)(struct backend *b, struct err *e);
    bool (*inside)(struct backend *b, struct backend_inside *out); /* NULL: nothing is seen of it */
    void (*close)(struct backend *b);
};
struct backend {
    const struct backend_ops *ops;
};

/* The engine on this machine. Takes a model that outlives it. */
struct session_params;
struct backend *backend_local_open(struct model *m, const struct session_params *p, struct err *e);

/* Starts a request (copied; the caller's memory may go). One at a time. Fails before any event:
 * a template error with its line, a prompt that does not fit the context (the text says by how
 * much). */
bool backend_start(struct backend *b, const struct chat_request *r, struct err *e);
int backend_fd(struct backend *b);                       /* readable when an event waits */
bool backend_next(struct backend *b, struct event *out); /* false: none now */
bool backend_wait(struct backend *b, struct event *out); /* sleeps until there is one */
void backend_steer(struct backend *b, enum steer what); /* from any thread; takes effect in 50 ms */
int64_t backend_count_tokens(struct backend *b,
                             const struct chat_request *r); /* the prompt's; < 0 unknown */
const struct model_info *backend_info(struct backend *b);
void backend_context(struct backend *b, size_t *used, size_t *total);

/* Saves the cache to a file (see engine/session_file.h), or takes it from one in place of what is
 * there; between requests, before a request that is started later. Both go on in the background,
 * and a failure comes as a notice; after one of restoring, prompts are read in full. False: this
 * backend cannot, as what it keeps is a server's affair. */
bool backend_keep(struct backend *b, const char *path);
bool backend_restore(struct backend *b, const char *path);
/* Waits until these are through; false with the last failure of keeping since it was asked last. */
bool backend_settle(struct backend *b, struct err *e);
bool backend_inside(struct backend *b, struct backend_inside *out); /* false: it cannot be seen */
void backend_close(struct backend *b); /* settles first */

#endif
