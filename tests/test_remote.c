/* The remote backend against a real server on loopback that plays recorded streams, in the formats
 * of the servers that people run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/generate.h"
#include "app/recorder.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "engine/backend_remote_stream.h"
#include "engine/engine.h"
#include "engine/sse.h"
#include "tests/http_server.h"

#define KEY "sk-Secret-7391"
/* Longer than this hangs; it is less than a silent server is waited for. */
#define HANG_S  100
#define THOUGHT "9.9 is 9.90; 9.11 has only 0.11."
#define ANSWER  "**9.9** is larger \xE2\x80\x94 by 0.79 \xF0\x9F\x98\x80."

/* ---- What came --------------------------------------------------------------------------- */

struct got {
    struct str thought, answer, notices, error;
    size_t n_tokens, n_known, n_alts, n_texts; /* known: with a number; texts: with a text */
    double logprob;                            /* the sum of those given */
    struct event done;
};

static void take(struct got *g, const struct event *ev) {
    if (ev->type == EVENT_NOTICE) str_addf(&g->notices, "%s\n", ev->text);
    if (ev->type == EVENT_DONE) {
        g->done = *ev;
        str_add(&g->error, ev->text);
    }
    if (ev->type != EVENT_TOKEN) return;
    if (ev->token.was_thought) {
        str_addn(&g->thought, str_cstr(&g->answer), g->answer.len);
        str_clear(&g->answer);
    }
    const struct sample *s = &ev->token.sample;
    assert_true(utf8_valid(ev->token.text, ev->token.n_text));
    if (ev->token.channel == CHANNEL_THOUGHT)
        str_addn(&g->thought, ev->token.text, ev->token.n_text);
    if (ev->token.channel == CHANNEL_ANSWER) str_addn(&g->answer, ev->token.text, ev->token.n_text);
    if (s->id == -1) {
        assert_int_equal(ev->token.n_bytes, 0);
        return;
    }
    g->n_tokens++;
    g->n_known += s->id >= 0;
    g->n_texts += ev->token.n_text > 0;
    g->n_alts += (size_t)s->n_alts;
    assert_true(isnan(s->entropy));
    if (!isnan(s->logprob)) g->logprob += (double)s->logprob;
}

static void got_done(struct got *g) {
    str_free(&g->thought);
    str_free(&g->answer);
    str_free(&g->notices);
    str_free(&g->error);
}

static const struct chat_message question = {CHAT_USER, "Which is larger, 9.11 or 9.9?", NULL};
static const struct chat_options plain_options = {
    .budget = -1,
    .n_predict = -1,
    .sampling = {
        .temperature = -1, .top_k = -1, .top_p = -1, .min_p = -1, .repeat_penalty = 1, .seed = 7}};

static struct backend *connect_to(const struct http_server *s) {
    char url[96];
    struct err e = {""};
    snprintf(url, sizeof url, "%s/v1#m", http_server_url(s));
    struct remote_params p = {.url = url, .key = KEY, .backoff_ms = 1};
    struct backend *b = backend_remote_open(&p, &e);
    assert_non_null(b);
    return b;
}

static void ask(struct backend *b) {
    alarm(HANG_S);
    struct err e = {""};
    struct chat_request r = {.messages = &question, .n_messages = 1, .options = plain_options};
    if (!backend_start(b, &r, &e)) fail_msg("%s", e.msg);
}

static void collect(struct backend *b, struct got *g) {
    struct event ev;
    do {
        assert_true(backend_wait(b, &ev));
        take(g, &ev);
    } while (ev.type != EVENT_DONE);
}

/* One question to a server that plays `steps`. The server is left stopped, to be looked at. */
static struct http_server *play(const struct http_step *steps, size_t n, struct got *g) {
    struct http_server *s = http_server_start(steps, n);
    struct backend *b = connect_to(s);
    *g = (struct got){.thought = STR_INIT};
    ask(b);
    collect(b, g);
    backend_close(b);
    http_server_stop(s);
    str_cstr(&g->thought);
    str_cstr(&g->answer);
    return s;
}

/* ---- Recorded streams ------------------------------------------------------------------- */

static const struct recording {
    const char *name;
    size_t n_tokens, n_known, n_alts;               /* events that are tokens */
    size_t n_prompt, n_cached, n_thought, n_answer; /* as reported at the end */
} recordings[] = {{"vllm", 20, 0, 60, 23, 16, 13, 9},         {"sglang", 19, 0, 57, 23, 0, 11, 9},
                  {"llama-server", 19, 19, 57, 23, 4, 12, 8}, {"ollama", 19, 0, 0, 23, 0, 12, 9},
                  {"deepseek", 19, 0, 0, 23, 8, 14, 10},      {"inline", 25, 0, 0, 0, 0, 13, 9}};
#define N_RECORDINGS (sizeof recordings / sizeof *recordings)

static void load(const char *name, struct str *out) {
    char path[128], buffer[4096];
    snprintf(path, sizeof path, "tests/golden/streams/%s.sse", name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s is missing", path);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;) str_addn(out, buffer, n);
    fclose(f);
}

static void each_servers_stream_becomes_thought_answer_and_statistics(void **state) {
    (void)state;
    for (size_t i = 0; i < N_RECORDINGS; i++) {
        const struct recording *r = &recordings[i];
        struct str body = STR_INIT;
        struct got g;
        load(r->name, &body);
        struct http_step step = {.status = 200, .body = body.s, .n_body = body.len, .piece = 1};
        http_server_free(play(&step, 1, &g));
        print_message("%s\n", r->name);
        assert_string_equal(g.thought.s, THOUGHT);
        assert_string_equal(g.answer.s, ANSWER);
        assert_string_equal(str_cstr(&g.notices), "");
        assert_int_equal(g.done.done.reason, DONE_EOG);
        assert_false(g.done.done.in_thought);
        assert_int_equal(g.n_tokens, r->n_tokens);
        assert_int_equal(g.n_known, r->n_known);
        assert_int_equal(g.n_alts, r->n_alts);
        assert_true(r->n_alts == 0 || g.logprob < -1);
        assert_true(r->n_alts == 0 || g.n_texts == 19); /* each token has its own text */
        assert_int_equal(g.done.done.n_prompt, r->n_prompt);
        assert_int_equal(g.done.done.n_cached, r->n_cached);
        assert_int_equal(g.done.done.n_thought, r->n_thought);
        assert_int_equal(g.done.done.n_answer, r->n_answer);
        assert_true(g.done.done.total_us >= g.done.done.prefill_us);
        got_done(&g);
        str_free(&body);
    }
}

/* Feeds a stream in two parts, without a connection. */
static void feed(const char *bytes, size_t n, size_t cut, struct got *g) {
    struct err e = {""};
    struct http *h = http_new(&(struct remote_params){.url = "http://h/v1#m"}, &e);
    struct events *q = events_new(&e);
    struct sse sse = {0};
    struct remote_stream s;
    struct event ev;
    remote_stream_init(&s, h, q, 0);
    if (sse_feed(&sse, bytes, cut, remote_stream_data, &s) &&
        sse_feed(&sse, bytes + cut, n - cut, remote_stream_data, &s))
        sse_finish(&sse, remote_stream_data, &s);
    remote_stream_flush(&s);
    *g = (struct got){.thought = STR_INIT};
    while (events_pop(q, &ev)) take(g, &ev);
    str_cstr(&g->thought);
    str_cstr(&g->answer);
    remote_stream_done(&s);
    sse_done(&sse);
    events_free(q);
    http_free(h);
}

static void a_stream_may_be_split_at_every_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < N_RECORDINGS; i++) {
        struct str body = STR_INIT;
        load(recordings[i].name, &body);
        for (size_t cut = 0; cut <= body.len; cut++) {
            struct got g;
            feed(body.s, body.len, cut, &g);
            assert_string_equal(g.thought.s, THOUGHT);
            assert_string_equal(g.answer.s, ANSWER);
            assert_int_equal(g.n_tokens, recordings[i].n_tokens);
            got_done(&g);
        }
        str_free(&body);
    }
}

/* Whether `text` is a beginning of `whole`, or all of it and a beginning of `tag`. */
static bool begins(const struct str *text, const char *whole, const char *tag) {
    size_t n = strlen(whole), rest = text->len > n ? text->len - n : 0;
    return memcmp(text->s, whole, text->len - rest) == 0 &&
           strncmp(text->s + text->len - rest, tag, rest) == 0;
}

static void a_stream_may_end_at_every_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < N_RECORDINGS; i++) {
        struct str body = STR_INIT;
        load(recordings[i].name, &body);
        for (size_t n = 0; n <= body.len; n++) {
            struct got g;
            feed(body.s, n, n / 2, &g);
            assert_true(begins(&g.thought, THOUGHT, "\n</think>"));
            assert_true(begins(&g.answer, ANSWER, "") || begins(&g.answer, "", "<think>"));
            assert_true(begins(&g.answer, "", "<think>") || g.thought.len == strlen(THOUGHT));
            got_done(&g);
        }
        str_free(&body);
    }
}

static void a_stream_of_broken_bytes_harms_nobody(void **state) {
    (void)state;
    struct rng rng = {.seed = 11};
    struct str body = STR_INIT;
    for (size_t i = 0; i < N_RECORDINGS; i++) load(recordings[i].name, &body);
    for (int round = 0; round < 400; round++) {
        struct got g;
        char *copy = mem_strndup(body.s, body.len);
        for (uint32_t k = 0; k < 1 + rng_below(&rng, 40); k++)
            copy[rng_below(&rng, (uint32_t)body.len)] = (char)rng_below(&rng, 256);
        for (char *done = copy;
             (done = memmem(done, body.len - (size_t)(done - copy), "[DONE]", 6));)
            *done = '{'; /* so that it goes on */
        feed(copy, body.len, rng_below(&rng, (uint32_t)body.len), &g);
        got_done(&g);
        free(copy);
    }
    str_free(&body);
}

/* ---- Broken connections ----------------------------------------------------------------- */

static void a_dropped_stream_is_kept_and_says_so_or_is_asked_for_again(void **state) {
    (void)state;
    struct str body = STR_INIT;
    load("vllm", &body);
    for (size_t n = 0; n < body.len; n += 61) {
        struct http_step steps[] = {
            {.status = 200, .body = body.s, .n_body = n, .piece = 7, .end = HTTP_CUT},
            {.status = 200, .body = body.s, .n_body = body.len}};
        struct got g;
        struct http_server *s = play(steps, 2, &g);
        assert_memory_equal(g.thought.s, THOUGHT, g.thought.len);
        assert_memory_equal(g.answer.s, ANSWER, g.answer.len);
        if (http_server_count(s) == 2) {
            assert_int_equal(g.done.done.reason, DONE_EOG);
            assert_int_equal(g.answer.len, strlen(ANSWER));
            assert_non_null(strstr(str_cstr(&g.notices), "trying again"));
        } else if (g.done.done.reason == DONE_ERROR) {
            assert_true(g.thought.len > 0);
            assert_non_null(strstr(g.error.s, "what had come is kept"));
            assert_int_equal(g.done.done.in_thought, g.answer.len == 0);
        } else { /* only the last words after the end were lost */
            assert_int_equal(g.answer.len, strlen(ANSWER));
        }
        http_server_free(s);
        got_done(&g);
    }
    str_free(&body);
}

#define HELLO                                                                                      \
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n"                                \
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
#define PART "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n"

static void a_busy_server_is_asked_again(void **state) {
    (void)state;
    const struct http_step steps[] = {
        {.status = 503, .body = "overloaded"},
        {.status = 429,
         .headers = "Retry-After: 1\r\n",
         .body = "{\"error\":{\"message\":\"slow\"}}"},
        {.end = HTTP_SILENT},
        {.status = 200, .body = "data: {\"error\":{\"message\":\"no room\",\"code\":503}}\n\n"},
        {.status = 200, .body = HELLO}};
    struct got g;
    struct http_server *s = play(steps, 5, &g);
    assert_int_equal(http_server_count(s), 5);
    assert_string_equal(g.answer.s, "Hello");
    assert_int_equal(g.done.done.reason, DONE_EOG);
    assert_non_null(strstr(g.notices.s, "503: overloaded; trying again"));
    assert_non_null(strstr(g.notices.s, "429: slow; trying again in 1.0 s"));
    assert_non_null(strstr(g.notices.s, "no room; trying again"));
    http_server_free(s);
    got_done(&g);
}

static void it_gives_up_after_five_attempts(void **state) {
    (void)state;
    const struct http_step step = {.status = 502, .body = "bad gateway"};
    struct got g;
    struct http_server *s = play(&step, 1, &g);
    assert_int_equal(http_server_count(s), 5);
    assert_int_equal(g.done.done.reason, DONE_ERROR);
    assert_non_null(strstr(g.error.s, "status 502: bad gateway"));
    http_server_free(s);
    got_done(&g);
}

static void it_does_not_wait_for_an_hour(void **state) {
    (void)state;
    const struct http_step step = {.status = 429, .headers = "Retry-After: 3600\r\n", .body = "no"};
    struct got g;
    struct http_server *s = play(&step, 1, &g);
    assert_int_equal(http_server_count(s), 1);
    assert_non_null(strstr(g.error.s, "asks to wait 3600 s"));
    http_server_free(s);
    got_done(&g);
}

static void an_error_in_mid_stream_keeps_what_came(void **state) {
    (void)state;
    const struct http_step step = {
        .status = 200,
        .body = PART "data: {\"error\":{\"message\":\"CUDA out of memory\",\"code\":500}}\n\n"};
    struct got g;
    struct http_server *s = play(&step, 1, &g);
    assert_int_equal(http_server_count(s), 1);
    assert_int_equal(g.done.done.reason, DONE_ERROR);
    assert_string_equal(g.answer.s, "Hel");
    assert_non_null(strstr(g.error.s, "CUDA out of memory; what had come is kept"));
    http_server_free(s);
    got_done(&g);
}

static void what_is_not_json_is_passed_over_and_said_once(void **state) {
    (void)state;
    const struct http_step step = {
        .status = 200, .body = "data: <html>\n\ndata: 3\n\nevent: x\nid: 4\nretry: 9\n\n" HELLO};
    struct got g;
    http_server_free(play(&step, 1, &g));
    assert_string_equal(g.answer.s, "Hello");
    assert_non_null(strstr(g.notices.s, "not JSON: <html>"));
    assert_null(strstr(g.notices.s, ": 3"));
    got_done(&g);
}

static void a_lone_closing_tag_makes_what_came_a_thought(void **state) {
    (void)state;
    const struct http_step step = {
        .status = 200,
        .body = "data: {\"choices\":[{\"delta\":{\"content\":\"It is 2.\"}}]}\n\n"
                "data: {\"choices\":[{\"delta\":{\"content\":\"\\n</think>\"}}]}\n\n" HELLO};
    struct got g;
    http_server_free(play(&step, 1, &g));
    assert_string_equal(g.thought.s, "It is 2.\n");
    assert_string_equal(g.answer.s, "Hello");
    assert_int_equal(g.done.done.n_answer, 1);
    got_done(&g);
}

/* What `aside ask` puts on its standard output, and on its standard error. */
static void ask_in_a_pipe(const char *body, struct str *out, struct str *err) {
    const struct http_step step = {.status = 200, .body = body};
    struct http_server *s = http_server_start(&step, 1);
    char exe[1024], command[2048], buffer[4096];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    assert_true(len > 0);
    exe[len] = 0;
    *strstr(exe, "/tests/") = 0;
    for (int which = 0; which < 2; which++) {
        snprintf(command, sizeof command, "%s/aside ask --no-save -m %s/v1#m Sum? </dev/null %s",
                 exe, http_server_url(s), which ? "2>&1 >/dev/null" : "2>/dev/null");
        FILE *f = popen(command, "r");
        assert_non_null(f);
        for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;)
            str_addn(which ? err : out, buffer, n);
        assert_int_equal(pclose(f), 0);
    }
    http_server_free(s);
}

static void a_pipe_gets_no_thought_that_came_as_an_answer(void **state) {
    (void)state;
    static const char late[] =
        "data: {\"choices\":[{\"delta\":{\"content\":\"It is 2.\"}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\n</think>\"}}]}\n\n" HELLO;
    struct str out = STR_INIT, err = STR_INIT;
    ask_in_a_pipe(late, &out, &err);
    assert_string_equal(str_cstr(&out), "Hello\n");
    assert_non_null(strstr(str_cstr(&err), "It is 2."));
    str_clear(&out);
    ask_in_a_pipe(HELLO, &out, &err);
    assert_string_equal(str_cstr(&out), "Hello\n");
    str_free(&out);
    str_free(&err);
}

static void a_page_instead_of_a_stream_is_an_error(void **state) {
    (void)state;
    const struct http_step step = {.status = 200, .body = "<html>Welcome</html>"};
    struct got g;
    http_server_free(play(&step, 1, &g));
    assert_int_equal(g.done.done.reason, DONE_ERROR);
    assert_non_null(strstr(g.error.s, "did not answer with a stream"));
    got_done(&g);
}

static void silence_ends_after_the_idle_time(void **state) {
    (void)state;
    const struct http_step step = {.status = 200, .body = ": waiting\n\n", .end = HTTP_HOLD};
    struct http_server *s = http_server_start(&step, 1);
    struct err e = {""};
    char url[96];
    snprintf(url, sizeof url, "%s#m", http_server_url(s));
    struct backend *b = backend_remote_open(&(struct remote_params){.url = url, .idle_ms = 50}, &e);
    struct got g = {.thought = STR_INIT};
    ask(b);
    collect(b, &g);
    assert_int_equal(g.done.done.reason, DONE_ERROR);
    assert_non_null(strstr(g.error.s, "nothing came"));
    got_done(&g);
    backend_close(b);
    http_server_free(s);
}

/* ---- Steering --------------------------------------------------------------------------- */

static void a_stop_ends_it_at_once_and_keeps_what_came(void **state) {
    (void)state;
    const struct http_step step = {.status = 200, .body = PART, .end = HTTP_HOLD};
    struct http_server *s = http_server_start(&step, 1);
    struct backend *b = connect_to(s);
    struct got g = {.thought = STR_INIT};
    struct event ev;
    ask(b);
    while (g.answer.len < 3 && backend_wait(b, &ev)) take(&g, &ev);
    backend_steer(b, STEER_ANSWER_NOW);
    while (!g.notices.len && backend_wait(b, &ev)) take(&g, &ev);
    assert_non_null(strstr(g.notices.s, "cannot be told to answer now"));
    backend_steer(b, STEER_STOP);
    collect(b, &g);
    assert_int_equal(g.done.done.reason, DONE_STOPPED);
    assert_string_equal(g.answer.s, "Hel");
    ask(b); /* and it can be used again, and closed in the middle */
    assert_true(backend_wait(b, &ev));
    backend_close(b);
    got_done(&g);
    http_server_free(s);
}

static void a_stop_ends_the_wait_between_attempts(void **state) {
    (void)state;
    const struct http_step step = {.status = 503, .headers = "Retry-After: 50\r\n", .body = "no"};
    struct http_server *s = http_server_start(&step, 1);
    struct backend *b = connect_to(s);
    struct got g = {.thought = STR_INIT};
    struct event ev;
    ask(b);
    while (!g.notices.len && backend_wait(b, &ev)) take(&g, &ev);
    backend_steer(b, STEER_STOP);
    collect(b, &g);
    assert_int_equal(g.done.done.reason, DONE_STOPPED);
    backend_close(b);
    got_done(&g);
    http_server_free(s);
}

/* ---- Requests --------------------------------------------------------------------------- */

static cJSON *body_of(const struct http_server *s, size_t i) {
    const char *body = strstr(http_server_request(s, i), "\r\n\r\n");
    cJSON *j = body ? cJSON_Parse(body + 4) : NULL;
    assert_non_null(j);
    return j;
}

static const cJSON *at(const cJSON *j, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(j, name);
}

static void a_request_holds_the_messages_the_sampling_and_the_thinking(void **state) {
    (void)state;
    const struct http_step step = {.status = 200, .body = HELLO};
    struct http_server *s = http_server_start(&step, 1);
    struct backend *b = connect_to(s);
    const struct chat_message messages[] = {{CHAT_SYSTEM, "Be brief.", NULL},
                                            {CHAT_USER, "Hi", NULL},
                                            {CHAT_ASSISTANT, "Hello.", "They greet me."},
                                            {CHAT_USER, "9.11 or 9.9?", NULL}};
    struct chat_request r = {.messages = messages, .n_messages = 4, .options = plain_options};
    struct got g = {.thought = STR_INIT};
    struct err e = {""};
    r.options.think = THINK_ON;
    r.options.effort = "high";
    r.options.n_predict = 100;
    r.options.sampling.temperature = 0.5f;
    r.options.sampling.seed = 0x1FFFFFFFFFFFFFull;
    assert_true(backend_start(b, &r, &e));
    collect(b, &g);
    r.n_messages = 3;
    assert_false(backend_start(b, &r, &e));
    assert_non_null(strstr(e.msg, "cannot go on with an unfinished answer"));
    backend_close(b);
    http_server_stop(s);
    const char *head = http_server_request(s, 0);
    assert_true(str_starts(head, "POST /v1/chat/completions HTTP/1.1\r\n"));
    assert_non_null(strstr(head, "\r\nAuthorization: Bearer " KEY "\r\n"));
    cJSON *j = body_of(s, 0);
    assert_string_equal(cJSON_GetStringValue(at(j, "model")), "m");
    assert_int_equal(cJSON_GetArraySize(at(j, "messages")), 4);
    assert_null(strstr(head, "They greet me")); /* earlier thoughts stay here */
    assert_true(cJSON_IsTrue(at(j, "stream")) && cJSON_IsTrue(at(j, "logprobs")));
    assert_true(cJSON_IsTrue(at(at(j, "stream_options"), "include_usage")));
    assert_true(cJSON_IsTrue(at(at(j, "chat_template_kwargs"), "enable_thinking")));
    assert_string_equal(cJSON_GetStringValue(at(j, "reasoning_effort")), "high");
    assert_int_equal(at(j, "max_tokens")->valueint, 100);
    assert_int_equal(at(j, "seed")->valueint, 0x7FFFFFFF);
    assert_true(at(j, "temperature")->valuedouble == 0.5);
    assert_null(at(j, "top_p")); /* left to the server */
    cJSON_Delete(j);
    got_done(&g);
    http_server_free(s);
}

static void fields_that_a_server_refuses_are_given_up(void **state) {
    (void)state;
    const struct http_step steps[] = {
        {.status = 400,
         .body = "{\"error\":{\"message\":\"deepseek-reasoner does not support logprobs\"}}"},
        {.status = 200, .body = HELLO}};
    struct http_server *s = http_server_start(steps, 2);
    struct backend *b = connect_to(s);
    struct got g = {.thought = STR_INIT};
    for (int i = 0; i < 2; i++) {
        ask(b);
        collect(b, &g);
        assert_int_equal(g.done.done.reason, DONE_EOG);
    }
    backend_close(b);
    http_server_stop(s);
    assert_int_equal(http_server_count(s), 3); /* the second question knows */
    for (size_t i = 0; i < 3; i++) {
        cJSON *j = body_of(s, i);
        assert_int_equal(at(j, "logprobs") != NULL, i == 0);
        assert_int_equal(at(j, "top_logprobs") != NULL, i == 0);
        cJSON_Delete(j);
    }
    got_done(&g);
    http_server_free(s);
}

static void a_refusal_is_shown_without_the_key(void **state) {
    (void)state;
    const struct http_step step = {
        .status = 401, .body = "{\"error\":{\"message\":\"Incorrect API key: " KEY ".\"}}"};
    struct got g;
    struct http_server *s = play(&step, 1, &g);
    assert_int_equal(http_server_count(s), 1);
    assert_non_null(strstr(g.error.s, "status 401: Incorrect API key: (key)."));
    assert_null(strstr(g.error.s, KEY));
    http_server_free(s);
    got_done(&g);
}

static void a_line_that_is_not_json_is_shown_without_the_key(void **state) {
    (void)state;
    struct str body = STR_INIT;
    struct got g;
    str_addf(&body, "data: %*s\n\n" HELLO, 305, KEY); /* across the end of what is shown */
    struct http_step step = {.status = 200, .body = body.s};
    http_server_free(play(&step, 1, &g));
    assert_string_equal(g.answer.s, "Hello");
    assert_non_null(strstr(g.notices.s, "(key)"));
    assert_null(strstr(g.notices.s, "sk-"));
    got_done(&g);
    str_free(&body);
}

/* ---- The program ------------------------------------------------------------------------ */

struct recording_run {
    struct runner runner;
    struct recorder recorder;
    struct chat_options options;
};

static void record(void *ctx, const struct event *ev) {
    struct recording_run *r = ctx;
    recorder_event(&r->recorder, ev, &r->runner, &r->options);
}

/* Asks through the program's own ways and keeps it in `h`; the error, if any, in e. */
static void converse(const struct options *o, struct history *h, int64_t conversation,
                     struct err *e) {
    struct recording_run r = {.options = plain_options};
    struct chat_request q = {.messages = &question, .n_messages = 1, .options = plain_options};
    struct generation g;
    int64_t asked;
    if (!runner_open(&r.runner, o, e)) fail_msg("%s", e->msg);
    assert_null(r.runner.model);
    assert_true(
        history_message_add(h, conversation, 0, HISTORY_USER, question.content, NULL, &asked, e));
    recorder_start(&r.recorder, h, conversation, asked);
    generate(&r.runner, &q, record, &r, &g, e);
    assert_false(r.recorder.broken);
    generation_done(&g);
    runner_close(&r.runner);
}

static bool file_has(const char *path, const char *text) {
    char command[256];
    snprintf(command, sizeof command, "cat %s* | grep -qaF -- '%s'", path, text);
    return system(command) == 0;
}

static void a_key_is_in_no_history_export_or_error(void **state) {
    (void)state;
    const struct http_step steps[] = {
        {.status = 401, .body = "{\"error\":{\"message\":\"Wrong key " KEY "\"}}"},
        {.status = 200, .body = HELLO}};
    struct http_server *s = http_server_start(steps, 2);
    char folder[] = "/tmp/aside-remote-XXXXXX", path[64], servers[96], command[64];
    struct err e = {""};
    struct options o;
    struct str text = STR_INIT;
    int64_t id;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/history.db", folder);
    snprintf(servers, sizeof servers, "other=http://h/v1#x mine=%s#old", http_server_url(s));
    options_init(&o);
    assert_true(option_set(&o, "servers", servers, &e));
    assert_true(option_set(&o, "model", "mine#new", &e));
    assert_true(option_set(&o, "api-key-command", "test $ASIDE_HOST = 127.0.0.1 && echo " KEY, &e));
    struct history *h = history_open(path, NULL, &e);
    assert_non_null(h);
    assert_true(history_conversation_new(h, "m", NULL, &id, &e));
    unsetenv("ASIDE_API_KEY");
    converse(&o, h, id, &e);
    assert_non_null(strstr(e.msg, "Wrong key (key)"));
    setenv("ASIDE_API_KEY", KEY "2", 1);
    e.msg[0] = '\0';
    converse(&o, h, id, &e);
    assert_string_equal(e.msg, "");
    unsetenv("ASIDE_API_KEY");
    for (const char *const *f = history_export_formats(); *f; f++)
        assert_true(history_export(h, id, *f, &text, &e));
    assert_null(strstr(text.s, KEY));
    assert_non_null(strstr(text.s, "Hello"));
    assert_non_null(strstr(text.s, "/v1#new"));
    history_close(h);
    assert_false(file_has(path, KEY));
    assert_true(file_has(path, "Hello")); /* so it would have been found */
    http_server_stop(s);
    assert_non_null(strstr(http_server_request(s, 0), "Bearer " KEY "\r\n"));
    assert_non_null(strstr(http_server_request(s, 1), "Bearer " KEY "2\r\n"));
    options_done(&o);
    str_free(&text);
    http_server_free(s);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static void a_key_command_that_fails_says_so(void **state) {
    (void)state;
    static const char *const wrong[] = {"false", "true", "echo", "echo a b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err e = {""};
        struct options o;
        struct runner r;
        options_init(&o);
        assert_true(option_set(&o, "model", "http://h/v1#m", &e));
        assert_true(option_set(&o, "api-key-command", wrong[i], &e));
        assert_false(runner_open(&r, &o, &e));
        assert_non_null(strstr(e.msg, "key"));
        options_done(&o);
    }
}

/* ---- Addresses and models --------------------------------------------------------------- */

static void an_address_with_a_secret_in_it_is_refused_unrepeated(void **state) {
    (void)state;
    static const char *const wrong[] = {"https://me:" KEY "@host/v1#m", "https://" KEY "@host/v1",
                                        "https://host/v1?key=" KEY "#m", "ftp://host/v1#" KEY,
                                        "https://ho st" KEY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err e = {""};
        assert_null(backend_remote_open(&(struct remote_params){.url = wrong[i]}, &e));
        assert_true(e.msg[0]);
        assert_null(strstr(e.msg, KEY));
    }
    struct err e = {""};
    struct remote_params split = {.url = "http://h/v1#m", .key = "a\r\nX-Other: b"};
    assert_null(backend_remote_open(&split, &e));
}

static void an_address_is_kept_as_host_path_and_model(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"http://localhost:8080#m", "http://localhost:8080/v1#m"},
        {"HTTPS://h.example/#Qwen/Qwen3-8B", "https://h.example/v1#Qwen/Qwen3-8B"},
        {"https://h.example/api/v2/#a b", "https://h.example/api/v2#a b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {""};
        size_t used, total;
        struct backend *b = backend_remote_open(&(struct remote_params){.url = cases[i][0]}, &e);
        assert_non_null(b);
        assert_string_equal(backend_info(b)->path, cases[i][1]);
        assert_string_equal(backend_info(b)->arch, "remote");
        backend_context(b, &used, &total);
        assert_int_equal(total, 0);
        assert_int_equal(backend_count_tokens(b, NULL), -1);
        backend_close(b);
    }
}

static void the_only_model_is_taken_and_several_are_named(void **state) {
    (void)state;
    const struct http_step steps[] = {
        {.status = 200,
         .body = "{\"data\":[{\"id\":\"only\",\"max_model_len\":4096}],\"object\":\"list\"}"},
        {.status = 200, .body = "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"x\":1}]}"},
        {.status = 200, .body = "{\"data\":3}"}};
    struct http_server *s = http_server_start(steps, 3);
    struct remote_params p = {.url = http_server_url(s), .key = KEY};
    struct err e = {""};
    size_t used, total;
    struct backend *b = backend_remote_open(&p, &e);
    assert_non_null(b);
    assert_string_equal(backend_info(b)->name, "only");
    backend_context(b, &used, &total);
    assert_int_equal(total, 4096);
    backend_close(b);
    assert_null(backend_remote_open(&p, &e));
    assert_non_null(strstr(e.msg, "add #MODEL to the address; there are a, b"));
    assert_null(backend_remote_open(&p, &e));
    assert_non_null(strstr(e.msg, "/v1/models: not a list of models"));
    http_server_stop(s);
    assert_true(str_starts(http_server_request(s, 0), "GET /v1/models HTTP/1.1\r\n"));
    assert_null(backend_remote_open(&p, &e)); /* nobody is there any more */
    assert_non_null(strstr(e.msg, "127.0.0.1"));
    http_server_free(s);
}

/* ---- Server-sent events ----------------------------------------------------------------- */

static bool add_data(void *ctx, const char *data, size_t n) {
    str_addn(ctx, data, n);
    str_addc(ctx, '|');
    return true;
}

static void events_are_read_as_the_standard_says(void **state) {
    (void)state;
    static const char text[] = "\xEF\xBB\xBF"
                               "data: a\r\ndata:A\r\n\r\n" /* either line end */
                               ": comment\n\n"             /* no event */
                               "event: x\rdata:b\rdata\rdata:  c\r\r"
                               "datax: no\ndata : no\n\n" /* other fields */
                               "data:\n\n"
                               "data: last"; /* cut short */
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct sse p = {0};
        struct str out = STR_INIT;
        assert_true(sse_feed(&p, text, cut, add_data, &out));
        assert_true(sse_feed(&p, text + cut, sizeof text - 1 - cut, add_data, &out));
        assert_true(sse_finish(&p, add_data, &out));
        assert_string_equal(str_cstr(&out), "a\nA|b\n\n c||last|");
        str_free(&out);
        sse_done(&p);
    }
}

static void an_endless_line_is_refused(void **state) {
    (void)state;
    static char block[1 << 16];
    struct sse p = {0};
    struct str out = STR_INIT;
    int n = 0;
    memset(block, 'x', sizeof block);
    while (n < 1000 && sse_feed(&p, block, sizeof block, add_data, &out)) n++;
    assert_int_equal(n, SSE_EVENT_MAX / (int)sizeof block);
    sse_done(&p);
}

/* ---- Several answers --------------------------------------------------------------------- */

#define SAID(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"

static void several_answers_are_as_many_requests(void **state) {
    static const struct http_step steps[] = {
        {.status = 200, .body = SAID("9.9") SAID(".") "data: [DONE]\n\n"},
        {.status = 200, .body = SAID("9.11.") "data: [DONE]\n\n"},
        {.status = 200, .body = SAID("9.9") "data: [DONE]\n\n"}};
    struct str said[3] = {STR_INIT, STR_INIT, STR_INIT};
    struct err e = {""};
    struct event ev;
    size_t n_ends = 0;
    (void)state;
    struct http_server *s = http_server_start(steps, 3);
    struct backend *b = connect_to(s);
    struct chat_request r = {
        .messages = &question, .n_messages = 1, .n_samples = 3, .options = plain_options};
    alarm(HANG_S);
    if (!backend_start(b, &r, &e)) fail_msg("%s", e.msg);
    do {
        assert_true(backend_wait(b, &ev));
        if (ev.type == EVENT_TOKEN) str_addn(&said[ev.which], ev.token.text, ev.token.n_text);
        if (ev.type == EVENT_SAMPLE_DONE) assert_int_equal(ev.which, n_ends++);
    } while (ev.type != EVENT_DONE);
    assert_int_equal(n_ends, 3);
    assert_int_equal(ev.done.reason, DONE_EOG);
    assert_int_equal(ev.done.n_answer, 4);
    assert_string_equal(str_cstr(&said[0]), "9.9.");
    assert_string_equal(str_cstr(&said[1]), "9.11.");
    assert_string_equal(str_cstr(&said[2]), "9.9");
    backend_close(b);
    http_server_stop(s);
    assert_int_equal(http_server_count(s), 3);
    for (size_t i = 0; i < 3; i++) {
        char seed[40];
        snprintf(seed, sizeof seed, "\"seed\":%llu",
                 (unsigned long long)(backend_sample_seed(7, i) & 0x7FFFFFFF));
        assert_non_null(strstr(http_server_request(s, i), seed));
        str_free(&said[i]);
    }
    http_server_free(s);
}

static void stopping_asks_for_no_further_answers(void **state) {
    static const struct http_step steps[] = {
        {.status = 200, .body = SAID("9.9.") "data: [DONE]\n\n"},
        {.status = 200, .body = SAID("It is"), .end = HTTP_HOLD}};
    struct err e = {""};
    struct event ev;
    enum done_reason reasons[2] = {DONE_ERROR, DONE_ERROR};
    (void)state;
    struct http_server *s = http_server_start(steps, 2);
    struct backend *b = connect_to(s);
    struct chat_request r = {
        .messages = &question, .n_messages = 1, .n_samples = 3, .options = plain_options};
    alarm(HANG_S);
    if (!backend_start(b, &r, &e)) fail_msg("%s", e.msg);
    do {
        assert_true(backend_wait(b, &ev));
        if (ev.type == EVENT_TOKEN && ev.which == 1) backend_steer(b, STEER_STOP);
        if (ev.type == EVENT_SAMPLE_DONE) reasons[ev.which] = ev.done.reason;
    } while (ev.type != EVENT_DONE);
    assert_int_equal(ev.done.reason, DONE_STOPPED);
    assert_int_equal(reasons[0], DONE_EOG);
    assert_int_equal(reasons[1], DONE_STOPPED);
    r.n_samples = BACKEND_SAMPLES_MAX + 1;
    assert_false(backend_start(b, &r, &e));
    backend_close(b);
    http_server_stop(s);
    assert_int_equal(http_server_count(s), 2);
    http_server_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_servers_stream_becomes_thought_answer_and_statistics),
        cmocka_unit_test(a_stream_may_be_split_at_every_byte),
        cmocka_unit_test(a_stream_may_end_at_every_byte),
        cmocka_unit_test(a_stream_of_broken_bytes_harms_nobody),
        cmocka_unit_test(a_dropped_stream_is_kept_and_says_so_or_is_asked_for_again),
        cmocka_unit_test(a_busy_server_is_asked_again),
        cmocka_unit_test(it_gives_up_after_five_attempts),
        cmocka_unit_test(it_does_not_wait_for_an_hour),
        cmocka_unit_test(an_error_in_mid_stream_keeps_what_came),
        cmocka_unit_test(what_is_not_json_is_passed_over_and_said_once),
        cmocka_unit_test(a_lone_closing_tag_makes_what_came_a_thought),
        cmocka_unit_test(a_pipe_gets_no_thought_that_came_as_an_answer),
        cmocka_unit_test(a_page_instead_of_a_stream_is_an_error),
        cmocka_unit_test(silence_ends_after_the_idle_time),
        cmocka_unit_test(a_stop_ends_it_at_once_and_keeps_what_came),
        cmocka_unit_test(a_stop_ends_the_wait_between_attempts),
        cmocka_unit_test(a_request_holds_the_messages_the_sampling_and_the_thinking),
        cmocka_unit_test(fields_that_a_server_refuses_are_given_up),
        cmocka_unit_test(a_refusal_is_shown_without_the_key),
        cmocka_unit_test(a_line_that_is_not_json_is_shown_without_the_key),
        cmocka_unit_test(a_key_is_in_no_history_export_or_error),
        cmocka_unit_test(a_key_command_that_fails_says_so),
        cmocka_unit_test(an_address_with_a_secret_in_it_is_refused_unrepeated),
        cmocka_unit_test(an_address_is_kept_as_host_path_and_model),
        cmocka_unit_test(the_only_model_is_taken_and_several_are_named),
        cmocka_unit_test(events_are_read_as_the_standard_says),
        cmocka_unit_test(an_endless_line_is_refused),
        cmocka_unit_test(several_answers_are_as_many_requests),
        cmocka_unit_test(stopping_asks_for_no_further_answers),
    };
    setenv("no_proxy", "127.0.0.1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
