/* samples: see the header. */
#include "engine/samples.h"

#include <stdlib.h>

#include "base/mem.h"
#include "engine/group.h"
#include "engine/tokenizer.h"

struct line {
    struct stream out;
    atomic_bool answer_now; /* asked for, not yet done */
    bool ended;
};

struct samples {
    struct group *group;
    struct session *s;
    struct sampler *sampler;
    struct line *lines;
    size_t n;
};

static void start_lines(struct samples *w, const struct stream *all) {
    w->lines = mem_calloc(w->n, sizeof *w->lines);
    for (size_t i = 0; i < w->n; i++) {
        struct stream *out = &w->lines[i].out;
        stream_init(out, all->m, all->events, all->job, i);
        out->n_cached = i ? all->job->prompt.ids.n : all->n_cached;
        out->prefilled_us = out->thought_until_us = all->prefilled_us;
    }
}

static void end_line(struct line *k, enum done_reason reason, const struct err *e) {
    k->ended = true;
    stream_finish(&k->out, EVENT_SAMPLE_DONE, reason, e);
}

/* The n-th token of sample i, told. False: it has ended. */
static bool next_token(struct samples *w, size_t i, int64_t n, int32_t *id) {
    struct line *k = &w->lines[i];
    const struct job *job = k->out.job;
    size_t length = group_length(w->group, i);
    struct sample sample;
    if (job->n_predict >= 0 && n >= job->n_predict) return end_line(k, DONE_LENGTH, NULL), false;
    if (length >= session_n_ctx(w->s)) return end_line(k, DONE_CONTEXT, NULL), false;
    stream_mind_thought(&k->out, &k->answer_now);
    bool forced = stream_next(&k->out, w->sampler, group_logits(w->group, i),
                              group_tokens(w->group, i), length, &sample);
    bool end = tokenizer_is_eog(model_tokenizer(k->out.m), sample.id);
    if (end && !forced && !job->ignore_eog) return end_line(k, DONE_EOG, NULL), false;
    stream_token(&k->out, &sample, forced);
    *id = sample.id;
    return true;
}

/* The n-th token of all that have not ended. False: there was none. */
static bool step(struct samples *w, int64_t n, atomic_size_t *used, struct err *e) {
    size_t which[BACKEND_SAMPLES_MAX], rows = 0;
    int32_t ids[BACKEND_SAMPLES_MAX];
    for (size_t i = 0; i < w->n; i++) {
        if (w->lines[i].ended || !next_token(w, i, n, &ids[rows])) continue;
        which[rows++] = i;
    }
    if (!rows || !group_step(w->group, which, ids, rows, e)) return false;
    atomic_store(used, group_length(w->group, which[0]));
    return true;
}

static void add_up(struct samples *w, struct stream *all) {
    for (size_t i = 0; i < w->n; i++) {
        all->n_thought += w->lines[i].out.n_thought;
        all->n_answer += w->lines[i].out.n_answer;
        if (w->lines[i].out.thought_until_us > all->thought_until_us)
            all->thought_until_us = w->lines[i].out.thought_until_us;
        stream_done(&w->lines[i].out);
    }
}

enum done_reason samples_generate(struct stream *all, struct session *s, struct sampler *sampler,
                                  atomic_bool *stop, atomic_bool *answer_now, atomic_size_t *used,
                                  struct err *e) {
    struct samples w = {.s = s, .sampler = sampler, .n = all->job->n_samples};
    enum done_reason reason = DONE_EOG;
    w.group = group_open(s, w.n, e);
    if (!w.group) return DONE_ERROR;
    start_lines(&w, all);
    e->msg[0] = '\0';
    for (int64_t n = 0; !atomic_load(stop); n++) {
        bool hurry = atomic_exchange(answer_now, false);
        for (size_t i = 0; hurry && i < w.n; i++) atomic_store(&w.lines[i].answer_now, true);
        if (!step(&w, n, used, e)) break;
    }
    if (e->msg[0]) reason = DONE_ERROR;
    if (atomic_load(stop)) reason = DONE_STOPPED;
    for (size_t i = 0; i < w.n; i++)
        if (!w.lines[i].ended) end_line(&w.lines[i], reason, e);
    add_up(&w, all);
    free(w.lines);
    group_close(w.group);
    return reason;
}
