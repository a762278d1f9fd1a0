/* backend_remote_stream: see backend_remote_stream.h. */
#include "engine/backend_remote_stream.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

void remote_stream_init(struct remote_stream *s, const struct http *h, struct events *events,
                        int64_t start_us) {
    *s = (struct remote_stream){.http = h,
                                .events = events,
                                .start_us = start_us,
                                .reason = DONE_EOG,
                                .first_us = -1,
                                .thought_end_us = -1};
    s->splitter = reasoning_new(reasoning_named("think-always"), "");
}

void remote_stream_done(struct remote_stream *s) {
    reasoning_free(s->splitter);
    str_free(&s->error);
    *s = (struct remote_stream){0};
}

static const cJSON *item(const cJSON *j, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(j, name);
}

/* ---- Tokens ----------------------------------------------------------------------------- */

static void count(struct remote_stream *s, enum channel c, int64_t now) {
    if (s->first_us < 0) s->first_us = now;
    s->anything = true;
    s->n_thought += c == CHANNEL_THOUGHT;
    s->n_answer += c == CHANNEL_ANSWER;
}

/* Posts the token with its statistics first, what else it gives as id -1. */
static void deliver(struct remote_stream *s, enum channel c, const char *text, size_t n) {
    struct event ev = {
        .type = EVENT_TOKEN, .t_us = clock_mono_us() - s->start_us, .which = s->which};
    ev.token.channel = c;
    ev.token.text = text;
    ev.token.n_text = n;
    ev.token.sample = (struct sample){.id = -1, .logprob = NAN, .entropy = NAN};
    ev.token.bytes = "";
    if (reasoning_was_thought(s->splitter) && !s->was_thought) {
        ev.token.was_thought = s->was_thought = s->thought_begun = true;
        s->n_thought += s->n_answer;
        s->n_answer = 0;
        s->has_answer = false;
    }
    if (s->pending) {
        ev.token.sample = s->sample;
        ev.token.bytes = s->bytes;
        ev.token.n_bytes = s->n_bytes;
        count(s, c, ev.t_us);
    }
    s->pending = false;
    if (n && c == CHANNEL_THOUGHT) s->thought_begun = true;
    if (n && c == CHANNEL_ANSWER) {
        if (!s->has_answer) s->thought_end_us = ev.t_us;
        s->has_answer = true;
    }
    events_push(s->events, &ev);
}

/* A reasoning_sink. Tags and white space around thoughts are nobody's text. */
static void on_run(void *ctx, enum channel c, const char *text, size_t n) {
    struct remote_stream *s = ctx;
    if (c == CHANNEL_MARKUP)
        s->markup = true;
    else
        deliver(s, c, text, n);
}

static void put_thought(struct remote_stream *s, const char *text, size_t n) {
    struct str valid = STR_INIT;
    size_t blank = s->thought_begun ? 0 : strspn(text, " \n\r\t");
    if (blank) s->markup = true;
    utf8_add_valid(&valid, text + blank, n - blank);
    if (valid.len) deliver(s, CHANNEL_THOUGHT, valid.s, valid.len);
    str_free(&valid);
}

/* Hands out a token whose text belongs to the thought or to the content. */
static void put(struct remote_stream *s, bool thought, const char *text, size_t n) {
    s->pending = true;
    s->markup = !n;
    if (thought)
        put_thought(s, text, n);
    else if (n)
        reasoning_feed(s->splitter, text, n, on_run, s);
    enum channel rest = s->markup ? CHANNEL_MARKUP
                        : thought ? CHANNEL_THOUGHT
                                  : reasoning_channel(s->splitter);
    if (s->pending || reasoning_was_thought(s->splitter) != s->was_thought) deliver(s, rest, "", 0);
}

static int32_t id_of(const cJSON *entry) {
    const cJSON *id = item(entry, "id"); /* llama-server gives it */
    return cJSON_IsNumber(id) && id->valuedouble >= 0 && id->valuedouble <= INT32_MAX ? id->valueint
                                                                                      : TOKEN_NO_ID;
}

static float logprob_of(const cJSON *entry) {
    const cJSON *x = item(entry, "logprob");
    return cJSON_IsNumber(x) && isfinite(x->valuedouble) && x->valuedouble <= 0.001
               ? (float)fmin(x->valuedouble, 0)
               : NAN;
}

static void read_sample(struct sample *out, const cJSON *entry) {
    const cJSON *alt;
    *out = (struct sample){.id = id_of(entry), .logprob = logprob_of(entry), .entropy = NAN};
    cJSON_ArrayForEach(alt, item(entry, "top_logprobs")) {
        if (out->n_alts == SAMPLE_ALTS) break;
        if (isnan(logprob_of(alt))) continue;
        out->alt_id[out->n_alts] = id_of(alt);
        out->alt_logprob[out->n_alts++] = logprob_of(alt);
    }
}

/* What a token is made of: `bytes`, else the text of `token`. */
static void read_bytes(struct str *out, const cJSON *entry) {
    const cJSON *bytes = item(entry, "bytes"), *b;
    cJSON_ArrayForEach(b, bytes) str_addc(out, (char)(b->valueint & 0xFF));
    if (!cJSON_IsArray(bytes)) str_add(out, cJSON_GetStringValue(item(entry, "token")));
}

/* Whether the entries' bytes make up the text, so that each can have its own. */
static bool spells(const cJSON *entries, const char *text, size_t n) {
    struct str all = STR_INIT;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, entries) read_bytes(&all, entry);
    bool same = all.len == n && memcmp(str_cstr(&all), text, n) == 0;
    str_free(&all);
    return same;
}

/* A delta's text with the statistics of its tokens. Where these do not spell the text (a parser on
 * the server took tags out, or holds back half a character) the first stands for all of it. */
static void put_delta(struct remote_stream *s, bool thought, const char *text,
                      const cJSON *entries) {
    size_t n = strlen(text), i = 0;
    bool split = spells(entries, text, n);
    const cJSON *entry;
    struct str bytes = STR_INIT;
    cJSON_ArrayForEach(entry, entries) {
        str_clear(&bytes);
        read_bytes(&bytes, entry);
        read_sample(&s->sample, entry);
        s->bytes = str_cstr(&bytes);
        s->n_bytes = bytes.len;
        if (split)
            put(s, thought, s->bytes, s->n_bytes);
        else
            put(s, thought, i ? "" : text, i ? 0 : n);
        i++;
    }
    str_free(&bytes);
    if (i || !n) return;
    s->sample = (struct sample){.id = TOKEN_NO_ID, .logprob = NAN, .entropy = NAN};
    s->bytes = text;
    s->n_bytes = n;
    put(s, thought, text, n);
}

/* ---- Chunks ----------------------------------------------------------------------------- */

static void finish(struct remote_stream *s, const char *why) {
    static const struct {
        const char *word;
        enum done_reason reason;
    } words[] = {{"stop", DONE_EOG},
                 {"eos", DONE_EOG},
                 {"tool_calls", DONE_EOG},
                 {"function_call", DONE_EOG},
                 {"length", DONE_LENGTH}};
    s->finished = true;
    s->reason = DONE_ERROR;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, why) == 0) s->reason = words[i].reason;
    if (s->reason != DONE_ERROR) return;
    str_clear(&s->error);
    str_add(&s->error, "the server ended the answer: ");
    http_explain(s->http, why, strlen(why), &s->error);
}

static void read_choice(struct remote_stream *s, const cJSON *choice) {
    const cJSON *delta = item(choice, "delta"), *logprobs = item(choice, "logprobs");
    if (!cJSON_IsObject(delta)) delta = item(choice, "message");
    const char *content = cJSON_GetStringValue(item(delta, "content"));
    const char *thought = cJSON_GetStringValue(item(delta, "reasoning_content"));
    const char *why = cJSON_GetStringValue(item(choice, "finish_reason"));
    const cJSON *of_content = item(logprobs, "content");
    const cJSON *of_thought = item(logprobs, "reasoning_content");
    if (!thought || !*thought) thought = cJSON_GetStringValue(item(delta, "reasoning"));
    bool thinks = thought && *thought, answers = content && *content;
    if (thinks && !answers && !cJSON_GetArraySize(of_thought)) {
        of_thought = of_content;
        of_content = NULL;
    }
    if (thinks && !s->thought_begun) { /* the server takes thoughts apart: tags mean nothing */
        reasoning_free(s->splitter);
        s->splitter = reasoning_new(reasoning_named("none"), "");
    }
    if (thinks) put_delta(s, true, thought, of_thought);
    if (answers || (!thinks && cJSON_GetArraySize(of_content)))
        put_delta(s, false, answers ? content : "", of_content);
    if (why) finish(s, why);
}

static size_t number(const cJSON *j, const char *name) {
    const cJSON *x = item(j, name);
    return cJSON_IsNumber(x) && x->valuedouble >= 0 && x->valuedouble < 1e12
               ? (size_t)x->valuedouble
               : 0;
}

static void read_usage(struct remote_stream *s, const cJSON *u) {
    if (!cJSON_IsObject(u)) return;
    s->usage_prompt = number(u, "prompt_tokens");
    s->usage_completion = number(u, "completion_tokens");
    s->usage_thought = number(item(u, "completion_tokens_details"), "reasoning_tokens");
    if (!s->usage_thought) s->usage_thought = number(u, "reasoning_tokens");
    s->usage_cached = number(item(u, "prompt_tokens_details"), "cached_tokens");
    if (!s->usage_cached) s->usage_cached = number(u, "prompt_cache_hit_tokens");
}

static void note_garbage(struct remote_stream *s, const char *data, size_t n) {
    struct str text = STR_INIT;
    struct event ev = {
        .type = EVENT_NOTICE, .t_us = clock_mono_us() - s->start_us, .which = s->which};
    if (s->garbled) return;
    s->garbled = true;
    str_addf(&text, "%s sent something that is not JSON: ", http_host(s->http));
    http_explain(s->http, data, n, &text);
    ev.text = text.s;
    events_push(s->events, &ev);
    str_free(&text);
}

bool remote_stream_data(void *ctx, const char *data, size_t n) {
    struct remote_stream *s = ctx;
    while (n && strchr(" \n", data[n - 1])) n--;
    if (n == 6 && memcmp(data, "[DONE]", 6) == 0) {
        s->ended = true;
        return false;
    }
    cJSON *j = cJSON_ParseWithLength(data, n);
    if (!cJSON_IsObject(j)) {
        if (n) note_garbage(s, data, n);
        cJSON_Delete(j);
        return true;
    }
    s->understood = true;
    if (!s->failed && http_error_of(s->http, j, &s->error, &s->error_code)) s->failed = true;
    const cJSON *choice = cJSON_GetArrayItem(item(j, "choices"), 0);
    if (cJSON_IsObject(choice)) read_choice(s, choice);
    read_usage(s, item(j, "usage"));
    cJSON_Delete(j);
    return !s->failed;
}

void remote_stream_flush(struct remote_stream *s) {
    s->pending = false;
    reasoning_finish(s->splitter, on_run, s);
}

/* The server's counts where it gave them: its deltas may be several tokens each. */
void remote_stream_count(const struct remote_stream *s, struct event *ev) {
    int64_t now = clock_mono_us() - s->start_us;
    size_t mine = s->n_thought + s->n_answer, all = s->usage_completion;
    ev->t_us = now;
    ev->done.in_thought = s->thought_begun && !s->has_answer;
    ev->done.n_prompt = s->usage_prompt;
    ev->done.n_cached = s->usage_cached < s->usage_prompt ? s->usage_cached : s->usage_prompt;
    ev->done.n_thought = s->n_thought;
    ev->done.n_answer = s->n_answer;
    if (all && mine) {
        double share = (double)s->n_thought / (double)mine;
        ev->done.n_thought = s->usage_thought && s->usage_thought <= all
                                 ? s->usage_thought
                                 : (size_t)llround(share * (double)all);
        ev->done.n_answer = all - ev->done.n_thought;
    }
    ev->done.prefill_us = s->first_us < 0 ? now : s->first_us;
    ev->done.total_us = now;
    if (s->thought_begun)
        ev->done.thought_us = (s->thought_end_us < 0 ? now : s->thought_end_us) - s->first_us;
}
