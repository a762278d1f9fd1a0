/* recorder: see recorder.h. */
#include "app/recorder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *recorder_finish_word(enum done_reason reason) {
    static const char *const words[] = {[DONE_EOG] = "stop",
                                        [DONE_LENGTH] = "length",
                                        [DONE_CONTEXT] = "context",
                                        [DONE_STOPPED] = "interrupted",
                                        [DONE_ERROR] = "error"};
    return words[reason];
}

static void give_up(struct recorder *r) { r->broken = true; }

void recorder_start(struct recorder *r, struct history *h, int64_t conversation, int64_t parent) {
    *r = (struct recorder){.history = h, .ttft_us = -1};
    if (h && !history_message_add(h, conversation, parent, HISTORY_ASSISTANT, NULL, NULL,
                                  &r->message, &r->err))
        give_up(r);
}

void recorder_resume(struct recorder *r, struct history *h, int64_t message) {
    *r = (struct recorder){.history = h, .message = message, .ttft_us = -1};
}

void recorder_token(struct history_token *out, const struct event *ev) {
    static const enum history_channel channels[] = {[CHANNEL_THOUGHT] = HISTORY_THOUGHT,
                                                    [CHANNEL_ANSWER] = HISTORY_ANSWER,
                                                    [CHANNEL_MARKUP] = HISTORY_MARKUP};
    const struct sample *s = &ev->token.sample;
    *out = (struct history_token){.token_id = s->id,
                                  .channel = channels[ev->token.channel],
                                  .forced = ev->token.forced,
                                  .bytes = ev->token.bytes,
                                  .n_bytes = ev->token.n_bytes,
                                  .text = ev->token.text,
                                  .n_text = ev->token.n_text,
                                  .logprob = s->logprob,
                                  .entropy = s->entropy,
                                  .t_us = ev->t_us,
                                  .n_alts = s->n_alts};
    memcpy(out->alt_id, s->alt_id, sizeof out->alt_id);
    memcpy(out->alt_logprob, s->alt_logprob, sizeof out->alt_logprob);
}

/* Keeps what the alternatives' numbers stand for, so that they can be read without the model. */
static bool keep_pieces(struct recorder *r, const struct sample *s, struct runner *run) {
    int64_t vocabulary = runner_vocabulary(run);
    struct str piece = STR_INIT;
    bool ok = !vocabulary || r->named ||
              history_vocabulary_set(r->history, r->message, vocabulary, &r->err);
    r->named = true;
    for (int i = 0; ok && i < s->n_alts; i++) {
        if (!history_piece_wanted(r->history, vocabulary, s->alt_id[i])) continue;
        str_clear(&piece);
        tokenizer_piece(model_tokenizer(run->model), s->alt_id[i], true, &piece);
        ok = history_piece_add(r->history, vocabulary, s->alt_id[i], str_cstr(&piece), piece.len,
                               &r->err);
    }
    str_free(&piece);
    return ok;
}

static void add_token(struct recorder *r, const struct event *ev, struct runner *run) {
    struct history_token t;
    if (ev->token.was_thought && !history_answer_was_thought(r->history, r->message, &r->err)) {
        give_up(r);
        return;
    }
    recorder_token(&t, ev);
    if (!keep_pieces(r, &ev->token.sample, run) ||
        !history_token_add(r->history, r->message, &t, &r->err))
        give_up(r);
}

static void finish(struct recorder *r, const struct event *ev, const struct runner *run,
                   const struct chat_options *options) {
    r->n_thought += (int64_t)ev->done.n_thought;
    r->n_answer += (int64_t)ev->done.n_answer;
    r->prefill_us += ev->done.prefill_us;
    r->thought_us += ev->done.thought_us;
    r->total_us += ev->done.total_us;
    char *settings = runner_settings_json(run, options, r->n_given);
    struct history_outcome o = {.finish = recorder_finish_word(ev->done.reason),
                                .error = ev->done.reason == DONE_ERROR ? ev->text : NULL,
                                .model = run->path,
                                .n_prompt = (int64_t)ev->done.n_prompt,
                                .n_cached = (int64_t)ev->done.n_cached,
                                .n_thought = r->n_thought,
                                .n_answer = r->n_answer,
                                .ttft_us = r->ttft_us,
                                .prefill_us = r->prefill_us,
                                .thought_us = r->thought_us,
                                .total_us = r->total_us,
                                .sampling_json = settings,
                                .seed = options->sampling.seed};
    if (!history_message_finish(r->history, r->message, &o, &r->err)) give_up(r);
    free(settings);
}

void recorder_event(struct recorder *r, const struct event *ev, struct runner *run,
                    const struct chat_options *options) {
    if (ev->type == EVENT_TOKEN && r->ttft_us < 0) r->ttft_us = ev->t_us;
    if (!r->history || r->broken) return;
    if (ev->type == EVENT_TOKEN) add_token(r, ev, run);
    if (ev->type == EVENT_DONE || ev->type == EVENT_SAMPLE_DONE) finish(r, ev, run, options);
}
