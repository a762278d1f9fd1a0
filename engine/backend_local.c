/* backend_local: the engine on this machine as a backend.
 *
 * A worker thread owns the session: it prefills what the cache does not hold yet, then chooses,
 * reports and evaluates one token after another (or has it evaluated already, see speculate.h). The
 * other side only builds prompts, takes events and sets two flags, `stop` and `answer_now`, which
 * the worker looks at before each token; a running evaluation is left early through session_cancel.
 * The worker also writes and reads files of the cache, between requests. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/branches.h"
#include "engine/engine.h"
#include "engine/samples.h"
#include "engine/stream.h"

struct local {
    struct backend base;
    struct model *m;
    struct session *s;
    struct branches *branches; /* the worker's */
    struct speculate *drafts;
    struct sampler *sampler;
    struct events *events;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, settled;
    struct job *job;      /* waiting for the worker; under lock, as the following are */
    char *keep, *restore; /* paths of files to write, then to read, before a job */
    bool filing;          /* the worker is about it */
    struct err keep_failed;
    bool quit;
    bool busy; /* from start until DONE was taken; the caller's side only */
    atomic_bool stop, answer_now;
    atomic_size_t used; /* tokens in the cache */
};

/* One request while it runs; the worker's. */
struct run {
    struct local *l;
    const struct job *job;
    struct stream out;
};

/* ---- generation ---- */

static void on_prefill(void *ctx, size_t done, size_t n) {
    struct run *r = ctx;
    struct event ev = {.type = EVENT_PREFILL, .t_us = stream_time(&r->out)};
    (void)n;
    ev.prefill.done = r->out.n_cached + done;
    ev.prefill.total = r->job->prompt.ids.n;
    ev.prefill.cached = r->out.n_cached;
    atomic_store(&r->l->used, ev.prefill.done);
    events_push(r->l->events, &ev);
}

static bool prefill(struct run *r, struct err *e) {
    const struct tokens *ids = &r->job->prompt.ids;
    struct session *s = r->l->s;
    branches_go(r->l->branches, s, ids->ids, ids->n);
    size_t have = session_common_prefix(s, ids->ids, ids->n);
    have = session_truncate(s, have);
    if (have == ids->n && !session_logits(s)) have = session_truncate(s, have - 1);
    r->out.n_cached = have;
    on_prefill(r, 0, 0);
    bool ok = session_eval(s, ids->ids + have, ids->n - have, NULL, on_prefill, r, e);
    atomic_store(&r->l->used, session_length(s));
    r->out.prefilled_us = r->out.thought_until_us = stream_time(&r->out);
    return ok;
}

/* Tokens that may still follow when n are said and one is chosen. */
static size_t room_after(const struct job *job, int64_t n) {
    return job->n_predict < 0 ? SIZE_MAX : (size_t)(job->n_predict - n - 1);
}

static enum done_reason say(struct run *r, struct err *e) {
    struct local *l = r->l;
    for (int64_t n = 0;; n++) {
        struct sample sample;
        if (atomic_load(&l->stop)) return DONE_STOPPED;
        if (r->job->n_predict >= 0 && n >= r->job->n_predict) return DONE_LENGTH;
        if (speculate_length(l->drafts) >= session_n_ctx(l->s)) return DONE_CONTEXT;
        stream_mind_thought(&r->out, &l->answer_now);
        bool forced = stream_next(&r->out, l->sampler, speculate_logits(l->drafts),
                                  session_tokens(l->s), speculate_length(l->drafts), &sample);
        bool end = tokenizer_is_eog(model_tokenizer(l->m), sample.id);
        bool asked = forced && r->out.at == r->job->forced.n; /* the request's last */
        if (end && (!forced || asked) && !r->job->ignore_eog) return DONE_EOG;
        stream_token(&r->out, &sample, forced);
        if (!speculate_take(l->drafts, sample.id, room_after(r->job, n), e))
            return atomic_load(&l->stop) ? DONE_STOPPED : DONE_ERROR;
        atomic_store(&l->used, speculate_length(l->drafts));
    }
}

static enum done_reason generate(struct run *r, struct err *e) {
    struct local *l = r->l;
    if (!prefill(r, e)) return atomic_load(&l->stop) ? DONE_STOPPED : DONE_ERROR;
    if (r->job->n_samples > 1)
        return samples_generate(&r->out, l->s, l->sampler, &l->stop, &l->answer_now, &l->used, e);
    speculate_begin(l->drafts);
    enum done_reason reason = say(r, e);
    speculate_end(l->drafts);
    r->out.counts = speculate_counts(l->drafts);
    return reason;
}

static void run_job(struct local *l, const struct job *job) {
    struct run r = {.l = l, .job = job};
    struct err e = {0};
    stream_init(&r.out, l->m, l->events, job, 0);
    enum done_reason reason = generate(&r, &e);
    stream_finish(&r.out, EVENT_DONE, reason, &e);
    stream_done(&r.out);
}

static void job_free(struct job *job) {
    if (!job) return;
    prompt_free(&job->prompt);
    tokens_free(&job->forced);
    free(job);
}

/* ---- files ---- */

static void tell(struct local *l, const struct err *e, const char *and) {
    struct str text = STR_INIT;
    str_addf(&text, "%s%s", e->msg, and);
    struct event ev = {.type = EVENT_NOTICE, .text = str_cstr(&text)};
    events_push(l->events, &ev);
    str_free(&text);
}

static void file(struct local *l, char *keep, char *restore) {
    struct err kept = {""}, e = {""};
    if (keep && !session_save(l->s, keep, &kept)) tell(l, &kept, ": the context is not kept");
    if (restore && !session_restore(l->s, restore, &e))
        tell(l, &e, "; the conversation is read again");
    atomic_store(&l->used, session_length(l->s));
    free(keep);
    free(restore);
    pthread_mutex_lock(&l->lock);
    if (kept.msg[0]) l->keep_failed = kept;
    l->filing = false;
    pthread_cond_broadcast(&l->settled);
    pthread_mutex_unlock(&l->lock);
}

static void *work(void *arg) {
    struct local *l = arg;
    for (;;) {
        pthread_mutex_lock(&l->lock);
        while (!l->job && !l->keep && !l->restore && !l->quit)
            pthread_cond_wait(&l->wake, &l->lock);
        struct job *job = l->job;
        char *keep = l->keep, *restore = l->restore;
        bool quit = l->quit;
        l->job = NULL;
        l->keep = l->restore = NULL;
        l->filing = keep || restore;
        pthread_mutex_unlock(&l->lock);
        if (keep || restore) file(l, keep, restore);
        if (!quit && job) run_job(l, job);
        job_free(job);
        if (quit) return NULL;
    }
}

/* ---- the table ---- */

static bool fits(const struct local *l, size_t n, struct err *e) {
    size_t room = session_n_ctx(l->s);
    if (n < room) return true;
    return err_set(e, "the prompt of %zu tokens does not fit the context of %zu: %zu too many", n,
                   room, n - room + 1);
}

static bool local_start(struct backend *b, const struct chat_request *r, struct err *e) {
    struct local *l = (struct local *)b;
    if (l->busy) return err_set(e, "an answer is being written already");
    if (r->n_samples > BACKEND_SAMPLES_MAX)
        return err_set(e, "%zu answers at once are too many: %d at most", r->n_samples,
                       BACKEND_SAMPLES_MAX);
    struct job *job = mem_calloc(1, sizeof *job);
    job->started_us = clock_mono_us();
    job->sampling = r->options.sampling;
    job->budget = r->options.budget;
    job->n_predict = r->options.n_predict;
    job->ignore_eog = r->options.ignore_eog;
    job->loop_guard = r->options.loop_guard;
    job->n_samples = r->n_samples;
    for (size_t i = 0; i < r->n_forced_ids; i++) tokens_add(&job->forced, r->forced_ids[i]);
    if (!prompt_build(l->m, r, &job->prompt, e) || !fits(l, job->prompt.ids.n + job->forced.n, e)) {
        job_free(job);
        return false;
    }
    events_clear(l->events);
    l->busy = true;
    atomic_store(&l->stop, false);
    atomic_store(&l->answer_now, false);
    session_uncancel(l->s);
    pthread_mutex_lock(&l->lock);
    l->job = job;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    return true;
}

static int local_fd(struct backend *b) { return events_fd(((struct local *)b)->events); }

static bool local_next(struct backend *b, struct event *out) {
    struct local *l = (struct local *)b;
    if (!events_pop(l->events, out)) return false;
    if (out->type == EVENT_DONE) l->busy = false;
    return true;
}

static void local_steer(struct backend *b, enum steer what) {
    struct local *l = (struct local *)b;
    if (what == STEER_ANSWER_NOW) atomic_store(&l->answer_now, true);
    if (what != STEER_STOP) return;
    atomic_store(&l->stop, true);
    session_cancel(l->s);
}

static int64_t local_count_tokens(struct backend *b, const struct chat_request *r) {
    struct prompt p;
    bool ok = prompt_build(((struct local *)b)->m, r, &p, NULL);
    int64_t n = ok ? (int64_t)p.ids.n : -1;
    prompt_free(&p);
    return n;
}

static const struct model_info *local_info(struct backend *b) {
    return model_info(((struct local *)b)->m);
}

static void local_context(struct backend *b, size_t *used, size_t *total) {
    struct local *l = (struct local *)b;
    *used = atomic_load(&l->used);
    *total = session_n_ctx(l->s);
}

static void ask_file(struct local *l, char **slot, const char *path) {
    pthread_mutex_lock(&l->lock);
    free(*slot);
    *slot = mem_strdup(path);
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

static void local_keep(struct backend *b, const char *path) {
    struct local *l = (struct local *)b;
    ask_file(l, &l->keep, path);
}

static void local_restore(struct backend *b, const char *path) {
    struct local *l = (struct local *)b;
    ask_file(l, &l->restore, path);
}

static bool local_settle(struct backend *b, struct err *e) {
    struct local *l = (struct local *)b;
    pthread_mutex_lock(&l->lock);
    while (l->keep || l->restore || l->filing) pthread_cond_wait(&l->settled, &l->lock);
    struct err failed = l->keep_failed;
    l->keep_failed.msg[0] = '\0';
    pthread_mutex_unlock(&l->lock);
    return !failed.msg[0] || err_set(e, "%s", failed.msg);
}

static bool local_inside(struct backend *b, struct backend_inside *out) {
    struct local *l = (struct local *)b;
    out->cache_bytes = session_cache_bytes(l->s);
    if (out->load) session_expert_load(l->s, out->load);
    return true;
}

static void local_close(struct backend *b) {
    struct local *l = (struct local *)b;
    local_steer(b, STEER_STOP);
    events_close(l->events);
    pthread_mutex_lock(&l->lock);
    l->quit = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->wake);
    pthread_cond_destroy(&l->settled);
    pthread_mutex_destroy(&l->lock);
    events_free(l->events);
    sampler_free(l->sampler);
    branches_free(l->branches);
    speculate_free(l->drafts);
    session_close(l->s);
    free(l);
}

static const struct backend_ops local_ops = {.name = "local",
                                             .start = local_start,
                                             .fd = local_fd,
                                             .next = local_next,
                                             .steer = local_steer,
                                             .count_tokens = local_count_tokens,
                                             .info = local_info,
                                             .context = local_context,
                                             .keep = local_keep,
                                             .restore = local_restore,
                                             .settle = local_settle,
                                             .inside = local_inside,
                                             .close = local_close};

struct backend *backend_local_open(struct model *m, const struct session_params *p, struct err *e) {
    struct session_params q = p ? *p : (struct session_params){0};
    speculate_prepare(&q, m);
    struct events *events = events_new(e);
    struct session *s = events ? session_open(m, &q, e) : NULL;
    if (!s) {
        events_free(events);
        return NULL;
    }
    struct local *l = mem_calloc(1, sizeof *l);
    l->base.ops = &local_ops;
    l->m = m;
    l->s = s;
    l->drafts = speculate_new(s, q.speculation);
    l->events = events;
    l->branches = branches_new();
    l->sampler = sampler_new(model_info(m)->n_vocab);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake, NULL);
    pthread_cond_init(&l->settled, NULL);
    int failed = pthread_create(&l->thread, NULL, work, l);
    if (!failed) return &l->base;
    pthread_cond_destroy(&l->wake);
    pthread_cond_destroy(&l->settled);
    pthread_mutex_destroy(&l->lock);
    events_free(events);
    sampler_free(l->sampler);
    branches_free(l->branches);
    speculate_free(l->drafts);
    session_close(s);
    free(l);
    return err_null(e, "cannot start the engine's thread: %s", strerror(failed));
}
