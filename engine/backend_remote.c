/* backend_remote: see backend_remote.h.
 *
 * Each request has a thread of its own, which owns the connection while it runs and posts into the
 * same queue of events as the engine on this machine. A request that fails before its first token
 * in a way that may pass is made again, ATTEMPTS times in all, with twice the pause each time or
 * with the pause that the server asks for. Several samples are as many requests, one after the
 * other: not every server takes `n`, and none tells which of them can run together. */
#include "engine/backend_remote.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/backend_remote_body.h"
#include "engine/backend_remote_http.h"
#include "engine/backend_remote_stream.h"
#include "engine/events.h"
#include "engine/sse.h"

#define ATTEMPTS     5
#define BACKOFF_MS   500
#define WAIT_MAX_S   60 /* longer than this a server may not ask us to wait */
#define MODELS_MS    15000
#define MODELS_MAX   (8u << 20)
#define REFUSALS_MAX 12 /* requests with ever fewer optional fields */

struct remote {
    struct backend base; /* first */
    struct http *http;
    struct events *events;
    struct model_info info;
    char *model, *path;
    int64_t backoff_ms;
    pthread_t thread;
    bool started;           /* there is a thread to join */
    atomic_bool running;    /* a request is; until its last event is posted */
    atomic_bool answer_now; /* asked for, not yet told that it cannot be */
    atomic_size_t used, context;
    unsigned given_up; /* optional fields that the server does not take; the thread's */
    cJSON *body;       /* of the request that runs */
    bool has_budget;
    size_t n_samples;
    uint64_t seed;
    struct sse sse;
    struct remote_stream stream;
};

static void notice(struct remote *r, const char *text) {
    struct event ev = {.type = EVENT_NOTICE, .text = text};
    ev.t_us = clock_mono_us() - r->stream.start_us;
    events_push(r->events, &ev);
}

/* ---- One request, in its thread --------------------------------------------------------- */

static bool on_bytes(void *ctx, const char *bytes, size_t n) {
    struct remote *r = ctx;
    return sse_feed(&r->sse, bytes, n, remote_stream_data, &r->stream);
}

static void on_wake(void *ctx) {
    struct remote *r = ctx;
    if (atomic_exchange(&r->answer_now, false))
        notice(r, "a server elsewhere cannot be told to answer now; Ctrl-C stops it");
}

static void post(struct remote *r, struct http_reply *reply) {
    char *body = cJSON_PrintUnformatted(r->body);
    struct http_request q = {
        .path = "/chat/completions", .body = body, .sink = on_bytes, .woken = on_wake, .ctx = r};
    int64_t start_us = r->stream.start_us;
    size_t which = r->stream.which;
    remote_stream_done(&r->stream);
    remote_stream_init(&r->stream, r->http, r->events, start_us);
    r->stream.which = which;
    sse_done(&r->sse);
    http_run(r->http, &q, reply);
    if (reply->complete && !r->stream.ended && !r->stream.failed)
        sse_finish(&r->sse, remote_stream_data, &r->stream);
    cJSON_free(body);
}

/* Whether the answer is all there, or the server said that it will not be. */
static bool is_over(const struct remote *r) {
    return r->stream.finished || r->stream.ended || r->stream.failed;
}

/* Says in `why` what is wrong with a reply that is not over. */
static void explain(const struct remote *r, const struct http_reply *reply, struct str *why) {
    const char *host = http_host(r->http);
    if (!reply->complete)
        str_add(why, reply->err.msg);
    else if (r->stream.anything)
        str_addf(why, "%s broke the answer off", host);
    else if (r->stream.understood)
        str_addf(why, "%s ended the answer before it began", host);
    else
        str_addf(why, "%s did not answer with a stream of events", host);
    if (r->stream.anything) str_add(why, "; what had come is kept");
}

/* Waits before another attempt; false when there shall be none. */
static bool wait_for_another(struct remote *r, const struct http_reply *reply, int attempt) {
    bool again = reply->complete ? !is_over(r) && r->stream.understood : reply->again;
    if (r->stream.failed) again = r->stream.error_code == 429 || r->stream.error_code / 100 == 5;
    if (r->stream.anything || !again || attempt >= ATTEMPTS) return false;
    if (reply->retry_after_s > WAIT_MAX_S) return false;
    int64_t ms =
        reply->retry_after_s > 0 ? reply->retry_after_s * 1000 : r->backoff_ms << (attempt - 1);
    struct str text = STR_INIT;
    if (r->stream.failed)
        str_add(&text, str_cstr(&r->stream.error));
    else
        explain(r, reply, &text);
    str_addf(&text, "; trying again in %.1f s", (double)ms / 1000);
    notice(r, str_cstr(&text));
    str_free(&text);
    return http_sleep(r->http, ms);
}

/* How the answer ended, with what is wrong in `why`. */
static struct event ending(struct remote *r, const struct http_reply *reply, struct str *why) {
    struct event ev = {.type = r->n_samples > 1 ? EVENT_SAMPLE_DONE : EVENT_DONE,
                       .which = r->stream.which};
    remote_stream_flush(&r->stream);
    remote_stream_count(&r->stream, &ev);
    ev.done.reason = r->stream.reason;
    if (r->stream.failed) {
        ev.done.reason = DONE_ERROR;
        str_addf(why, "%s: %s", http_host(r->http), str_cstr(&r->stream.error));
        if (r->stream.anything) str_add(why, "; what had come is kept");
    } else if (r->stream.finished) {
        str_add(why, str_cstr(&r->stream.error));
    } else if (http_stopped(r->http)) {
        ev.done.reason = DONE_STOPPED;
    } else if (!r->stream.ended) {
        ev.done.reason = DONE_ERROR;
        explain(r, reply, why);
    }
    if (ev.done.reason == DONE_ERROR) {
        if (reply->retry_after_s > WAIT_MAX_S && !r->stream.anything)
            str_addf(why, " (it asks to wait %lld s)", (long long)reply->retry_after_s);
        ev.text = str_cstr(why);
    }
    if (ev.done.n_prompt) atomic_store(&r->used, ev.done.n_prompt + r->stream.usage_completion);
    return ev;
}

/* One answer, with as many attempts as it takes; ends with the reply to the last. */
static void answer(struct remote *r, struct http_reply *reply) {
    int attempt = 1, refusals = 0;
    for (;;) {
        post(r, reply);
        if (reply->stopped) return;
        bool refused = (reply->status == 400 || reply->status == 422) && reply->body.len;
        if (refused && refusals++ < REFUSALS_MAX &&
            remote_body_give_up(r->body, str_cstr(&reply->body), &r->given_up)) {
            http_reply_done(reply);
            continue;
        }
        if (!wait_for_another(r, reply, attempt++)) return;
        http_reply_done(reply);
    }
}

/* Posts the end of a sample, and adds it to the end of all. */
static void end_sample(struct remote *r, const struct event *ev, struct event *all) {
    all->text = ev->text;
    all->done.reason = ev->done.reason;
    all->done.n_prompt = ev->done.n_prompt;
    all->done.n_thought += ev->done.n_thought;
    all->done.n_answer += ev->done.n_answer;
    all->done.thought_us += ev->done.thought_us;
    events_push(r->events, ev);
}

static void *work(void *arg) {
    struct remote *r = arg;
    struct http_reply reply;
    struct event ev, all = {.type = EVENT_DONE};
    struct str why = STR_INIT;
    int64_t start_us = r->stream.start_us;
    if (r->has_budget)
        notice(r,
               "the budget of thought tokens is only asked of the server, which may not keep it");
    for (size_t i = 0; i < r->n_samples; i++) {
        r->stream.which = i;
        if (i) r->stream.start_us = clock_mono_us();
        remote_body_seed(r->body, backend_sample_seed(r->seed, i));
        answer(r, &reply);
        ev = ending(r, &reply, &why);
        http_reply_done(&reply);
        if (r->n_samples == 1) break;
        end_sample(r, &ev, &all);
        if (ev.done.reason == DONE_ERROR || ev.done.reason == DONE_STOPPED) break;
    }
    all.t_us = all.done.total_us = clock_mono_us() - start_us;
    atomic_store(&r->running, false);
    events_push(r->events, r->n_samples == 1 ? &ev : &all);
    str_free(&why);
    return NULL;
}

/* ---- The table -------------------------------------------------------------------------- */

static void end_thread(struct remote *r) {
    if (r->started) pthread_join(r->thread, NULL);
    r->started = false;
    cJSON_Delete(r->body);
    r->body = NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct remote *r, struct err *e) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&r->thread, NULL, work, r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) return err_set(e, "cannot start a thread: %s", strerror(failed));
    return r->started = true;
}

static bool start(struct backend *b, const struct chat_request *q, struct err *e) {
    struct remote *r = (struct remote *)b;
    if (atomic_load(&r->running)) return err_set(e, "an answer is being written already");
    if (!q->n_messages) return err_set(e, "there is no message to answer");
    if (q->messages[q->n_messages - 1].role == CHAT_ASSISTANT || q->n_forced_ids)
        return err_set(e, "a server elsewhere cannot go on with an unfinished answer; /regen asks "
                          "for a new one");
    if (q->n_samples > BACKEND_SAMPLES_MAX)
        return err_set(e, "%zu answers are too many: %d at most", q->n_samples,
                       BACKEND_SAMPLES_MAX);
    end_thread(r);
    events_clear(r->events);
    http_stop(r->http, false);
    r->n_samples = q->n_samples ? q->n_samples : 1;
    r->seed = q->options.sampling.seed;
    atomic_store(&r->answer_now, false);
    r->body = remote_body(q, r->model, r->given_up);
    r->has_budget = q->options.budget >= 0 && q->options.think != THINK_OFF;
    r->stream.start_us = clock_mono_us();
    atomic_store(&r->running, true);
    if (start_thread(r, e)) return true;
    atomic_store(&r->running, false);
    return false;
}

static int fd(struct backend *b) { return events_fd(((struct remote *)b)->events); }

static bool next(struct backend *b, struct event *out) {
    return events_pop(((struct remote *)b)->events, out);
}

static void steer(struct backend *b, enum steer what) {
    struct remote *r = (struct remote *)b;
    if (!atomic_load(&r->running)) return;
    if (what == STEER_STOP) {
        http_stop(r->http, true);
    } else {
        atomic_store(&r->answer_now, true);
        http_wake(r->http);
    }
}

static int64_t count_tokens(struct backend *b, const struct chat_request *q) {
    (void)b;
    (void)q;
    return -1;
}

static const struct model_info *info(struct backend *b) { return &((struct remote *)b)->info; }

static void context(struct backend *b, size_t *used, size_t *total) {
    struct remote *r = (struct remote *)b;
    *used = atomic_load(&r->used);
    *total = atomic_load(&r->context);
}

static void close_remote(struct backend *b) {
    struct remote *r = (struct remote *)b;
    if (r->http) http_stop(r->http, true);
    if (r->events) events_close(r->events);
    end_thread(r);
    remote_stream_done(&r->stream);
    sse_done(&r->sse);
    events_free(r->events);
    http_free(r->http);
    free(r->model);
    free(r->path);
    free(r);
}

static const struct backend_ops ops = {.name = "remote",
                                       .start = start,
                                       .fd = fd,
                                       .next = next,
                                       .steer = steer,
                                       .count_tokens = count_tokens,
                                       .info = info,
                                       .context = context,
                                       .close = close_remote};

/* ---- Models and opening ----------------------------------------------------------------- */

struct download {
    struct str body;
};

static bool on_models(void *ctx, const char *bytes, size_t n) {
    struct download *d = ctx;
    str_addn(&d->body, bytes, n);
    return d->body.len <= MODELS_MAX;
}

static uint64_t context_of(const cJSON *m) {
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(m, "max_model_len"); /* vLLM, SGLang */
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(m, "meta");       /* llama-server */
    if (!cJSON_IsNumber(x)) x = cJSON_GetObjectItemCaseSensitive(meta, "n_ctx");
    if (!cJSON_IsNumber(x)) x = cJSON_GetObjectItemCaseSensitive(meta, "n_ctx_train");
    return cJSON_IsNumber(x) && x->valuedouble > 0 && x->valuedouble < 1e12
               ? (uint64_t)x->valuedouble
               : 0;
}

static bool list_models(struct http *h, struct remote_model **out, size_t *n, struct err *e) {
    struct download d = {STR_INIT};
    struct http_request q = {
        .path = "/models", .sink = on_models, .ctx = &d, .total_ms = MODELS_MS};
    struct http_reply reply;
    size_t cap = 0;
    *out = NULL;
    *n = 0;
    http_run(h, &q, &reply);
    cJSON *j = reply.complete ? cJSON_ParseWithLength(str_cstr(&d.body), d.body.len) : NULL, *m;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(j, "data");
    bool ok = cJSON_IsArray(list);
    if (!reply.complete)
        err_set(e, "%s", reply.err.msg);
    else if (!ok)
        err_set(e, "%s/models: not a list of models", http_base(h));
    cJSON_ArrayForEach(m, list) {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(m, "id"));
        if (!id || !*id) continue;
        *out = mem_grow(*out, &cap, *n + 1, sizeof **out);
        (*out)[(*n)++] = (struct remote_model){mem_strdup(id), context_of(m)};
    }
    cJSON_Delete(j);
    str_free(&d.body);
    http_reply_done(&reply);
    return ok;
}

bool remote_models(const struct remote_params *p, struct remote_model **out, size_t *n,
                   struct err *e) {
    struct http *h = http_new(p, e);
    if (!h) return false;
    bool ok = list_models(h, out, n, e);
    http_free(h);
    return ok;
}

void remote_models_free(struct remote_model *models, size_t n) {
    for (size_t i = 0; i < n; i++) free(models[i].id);
    free(models);
}

/* The model of an address that names none: the only one there. */
static bool choose_model(struct remote *r, struct err *e) {
    struct remote_model *models;
    size_t n;
    if (!list_models(r->http, &models, &n, e)) return false;
    if (n == 1) {
        r->model = mem_strdup(models[0].id);
        atomic_store(&r->context, (size_t)models[0].context);
    } else {
        struct str names = STR_INIT;
        for (size_t i = 0; i < n && names.len < 200; i++)
            str_addf(&names, "%s%s", i ? ", " : "", models[i].id);
        err_set(e, "%s: add #MODEL to the address; there %s %s", http_host(r->http),
                n ? "are" : "is", n ? str_cstr(&names) : "no model");
        str_free(&names);
    }
    remote_models_free(models, n);
    return r->model != NULL;
}

static void describe(struct remote *r) {
    struct str path = STR_INIT;
    str_addf(&path, "%s#%s", http_base(r->http), r->model);
    r->path = str_take(&path);
    r->info = (struct model_info){
        .path = r->path,
        .name = r->model,
        .arch = "remote",
        .type_label = "",
        .context_length = (uint32_t)atomic_load(&r->context),
        .has_template = true,
        .sampling = {
            .temperature = -1, .top_k = -1, .top_p = -1, .min_p = -1, .repeat_penalty = 1}};
}

struct backend *backend_remote_open(const struct remote_params *p, struct err *e) {
    struct remote *r = mem_calloc(1, sizeof *r);
    r->base.ops = &ops;
    r->backoff_ms = p->backoff_ms ? p->backoff_ms : BACKOFF_MS;
    r->http = http_new(p, e);
    if (!r->http || !(r->events = events_new(e))) goto fail;
    if (http_model(r->http))
        r->model = mem_strdup(http_model(r->http));
    else if (!choose_model(r, e))
        goto fail;
    describe(r);
    return &r->base;
fail:
    close_remote(&r->base);
    return NULL;
}
