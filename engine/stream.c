/* stream: see the header. */
#include "engine/stream.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "engine/engine.h"

int64_t stream_time(const struct stream *r) { return clock_mono_us() - r->job->started_us; }

static void ignore_run(void *ctx, enum channel c, const char *text, size_t n) {
    (void)ctx, (void)c, (void)text, (void)n;
}

void stream_init(struct stream *r, const struct model *m, struct events *events,
                 const struct job *job, size_t which) {
    *r = (struct stream){.m = m, .events = events, .job = job, .which = which};
    r->sampling = job->sampling;
    r->sampling.seed = backend_sample_seed(job->sampling.seed, which);
    const struct str *given = &job->prompt.given;
    r->split = prompt_splitter(m, &job->prompt);
    if (given->len) reasoning_feed(r->split, given->s, given->len, ignore_run, NULL);
    if (reasoning_in_thought(r->split)) r->thought_now = job->prompt.n_given_ids;
    for (size_t i = 0; i < job->forced.n; i++) tokens_add(&r->forced, job->forced.ids[i]);
    if (job->loop_guard && model_reasoning(m)->close) {
        r->loops = mem_calloc(1, sizeof *r->loops);
        loops_reset(r->loops);
    }
}

void stream_done(struct stream *r) {
    reasoning_free(r->split);
    tokens_free(&r->forced);
    free(r->loops);
    str_free(&r->bytes);
    str_free(&r->text);
}

/* ---- events of a token ---- */

static void send_text(struct stream *r) {
    if (!r->sent) r->first = r->channel;
    r->ev.token.channel = r->channel;
    r->ev.token.text = str_cstr(&r->text);
    r->ev.token.n_text = r->text.len;
    events_push(r->events, &r->ev);
    r->sent = true;
    r->ev.token = (struct event){.token.sample.id = -1}.token; /* more of it has no token */
    r->ev.token.bytes = "";
    str_clear(&r->text);
}

static void take_run(void *ctx, enum channel c, const char *text, size_t n) {
    struct stream *r = ctx;
    if (c == CHANNEL_MARKUP) {
        r->markup = true;
        return;
    }
    if (r->text.len && r->channel != c) send_text(r);
    r->channel = c;
    str_addn(&r->text, text, n);
}

static void count(struct stream *r, enum channel c) {
    if (c == CHANNEL_THOUGHT) r->n_thought++;
    if (c == CHANNEL_ANSWER) r->n_answer++;
    if (c == CHANNEL_THOUGHT) r->thought_until_us = stream_time(r);
    r->thought_now = reasoning_in_thought(r->split) ? r->thought_now + (c == CHANNEL_THOUGHT) : 0;
}

static void remember_tail(struct stream *r) {
    size_t n = r->bytes.len < sizeof r->tail ? r->bytes.len : sizeof r->tail;
    size_t keep = r->n_tail < sizeof r->tail - n ? r->n_tail : sizeof r->tail - n;
    memmove(r->tail, r->tail + r->n_tail - keep, keep);
    memcpy(r->tail + keep, r->bytes.s + r->bytes.len - n, n);
    r->n_tail = keep + n;
}

void stream_token(struct stream *r, const struct sample *sample, bool forced) {
    bool was_thought = reasoning_was_thought(r->split);
    str_clear(&r->bytes);
    prompt_piece(r->m, sample->id, &r->bytes);
    str_cstr(&r->bytes);
    remember_tail(r);
    r->sent = r->markup = false;
    r->ev = (struct event){.type = EVENT_TOKEN, .t_us = stream_time(r), .which = r->which};
    r->ev.token.sample = *sample;
    r->ev.token.forced = forced;
    r->ev.token.bytes = r->bytes.s;
    r->ev.token.n_bytes = r->bytes.len;
    reasoning_feed(r->split, r->bytes.s, r->bytes.len, take_run, r);
    if (reasoning_was_thought(r->split) != was_thought) {
        r->ev.token.was_thought = true;
        r->n_thought += r->n_answer;
        r->n_answer = 0;
        r->thought_until_us = stream_time(r);
    }
    if (!r->sent && !r->text.len)
        r->channel = r->markup || !r->bytes.len ? CHANNEL_MARKUP : reasoning_channel(r->split);
    if (!r->sent || r->text.len) send_text(r);
    count(r, r->first);
    if (!r->loops) return;
    if (!reasoning_in_thought(r->split) || forced)
        loops_reset(r->loops);
    else
        loops_add(r->loops, sample->id, sample->entropy);
}

void stream_notice(struct stream *r, const char *text) {
    struct event ev = {
        .type = EVENT_NOTICE, .t_us = stream_time(r), .which = r->which, .text = text};
    events_push(r->events, &ev);
}

/* ---- closing a thought early ---- */

/* Has the words put in that end the thought. */
static void close_thought(struct stream *r) {
    const struct tokenizer *t = model_tokenizer(r->m);
    const struct reasoning_format *f = model_reasoning(r->m);
    if (r->thought_now) tokenizer_encode(t, f->bridge, strlen(f->bridge), 0, &r->forced);
    tokenizer_encode(t, f->close, strlen(f->close), TOKENIZE_SPECIAL, &r->forced);
}

/* Why the thought is to end now, as a line for the person; false: it may go on. */
static bool has_to_end(const struct stream *r, struct str *why) {
    int64_t budget = r->job->budget;
    if (budget >= 0 && r->thought_now >= (size_t)budget)
        str_addf(why, "the thinking budget of %lld tokens is used up", (long long)budget);
    else if (r->loops && loops_found(r->loops))
        str_add(why, "the thought went round in circles and was closed (loop-guard off lets it)");
    return why->len > 0;
}

void stream_mind_thought(struct stream *r, atomic_bool *answer_now) {
    struct str why = STR_INIT;
    if (r->at < r->forced.n || !reasoning_in_thought(r->split)) return;
    if (!model_reasoning(r->m)->close || utf8_incomplete_tail(r->tail, r->n_tail)) return;
    bool asked = atomic_exchange(answer_now, false), ends = asked || has_to_end(r, &why);
    if (ends) close_thought(r);
    if (why.len) stream_notice(r, str_cstr(&why));
    str_free(&why);
}

bool stream_next(struct stream *r, struct sampler *sampler, const float *logits,
                 const int32_t *tokens, size_t length, struct sample *out) {
    size_t back = (size_t)r->sampling.repeat_last_n;
    if (r->at < r->forced.n) {
        sampler_measure(sampler, logits, r->forced.ids[r->at++], out);
        return true;
    }
    if (back > length) back = length;
    sampler_choose(sampler, &r->sampling, logits, tokens + length - back, back, length, out);
    return false;
}

/* ---- the end ---- */

void stream_finish(struct stream *r, enum event_type end, enum done_reason reason,
                   const struct err *e) {
    struct event ev = {
        .type = end, .which = r->which, .text = reason == DONE_ERROR ? e->msg : NULL};
    bool sums = end == EVENT_DONE && r->job->n_samples > 1; /* nothing was said here */
    ev.done.in_thought = !sums && reasoning_in_thought(r->split);
    r->ev = (struct event){.type = EVENT_TOKEN, .t_us = stream_time(r), .which = r->which};
    r->ev.token.sample.id = -1;
    r->ev.token.bytes = "";
    reasoning_finish(r->split, take_run, r);
    if (r->text.len) send_text(r);
    ev.t_us = ev.done.total_us = stream_time(r);
    ev.done.reason = reason;
    ev.done.n_prompt = r->job->prompt.ids.n;
    ev.done.n_cached = r->n_cached;
    ev.done.n_thought = r->n_thought;
    ev.done.n_answer = r->n_answer;
    ev.done.n_steps = r->counts.steps;
    ev.done.n_drafted = r->counts.drafted;
    ev.done.n_accepted = r->counts.accepted;
    ev.done.prefill_us = r->prefilled_us;
    ev.done.thought_us = r->thought_until_us - r->prefilled_us;
    events_push(r->events, &ev);
}
