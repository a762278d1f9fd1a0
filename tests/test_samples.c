/* Several answers drawn at once by the engine on this machine, with the built-in model: each is
 * told apart, and is what its seed gives alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"

#define MODEL "engine/builtin/aside-mini.gguf"
enum { MOST = BACKEND_SAMPLES_MAX };

struct told { /* what one sample said */
    struct str thought, answer;
    struct tokens ids;
    double logprob; /* summed */
    size_t n_forced, n_ends;
    struct event end;
};

struct all {
    struct told of[MOST];
    struct event end;
};

static struct model *m;
static struct backend *b;

static struct backend *open_backend(void) {
    struct err e = {""};
    struct session_params p = {.n_ctx = 512, .n_threads = 2};
    struct backend *fresh = backend_local_open(m, &p, &e);
    if (!fresh) print_error("%s\n", e.msg);
    return fresh;
}

static int open_model(void **state) {
    struct err e = {""};
    (void)state;
    m = model_open(MODEL, &e);
    if (!m) print_error("%s\n", e.msg);
    b = m ? open_backend() : NULL;
    return b ? 0 : -1;
}

/* Has the prompt read whole: of one that is there already the last token alone would be read again,
 * by kernels that add in another order. */
static void begin_anew(void) {
    backend_close(b);
    b = open_backend();
    assert_non_null(b);
}

static int close_model(void **state) {
    (void)state;
    backend_close(b);
    model_close(m);
    return 0;
}

static const struct chat_message question[] = {{CHAT_USER, "What is 17 * 23?", NULL}};

static struct chat_request ask(size_t n_samples) {
    return (struct chat_request){
        .messages = question,
        .n_messages = 1,
        .n_samples = n_samples,
        .options = {
            .budget = -1,
            .n_predict = 200,
            .sampling = {.temperature = 1.2F, .top_p = 0.98F, .repeat_penalty = 1, .seed = 11}}};
}

static void take(struct told *t, const struct event *ev) {
    if (ev->type == EVENT_SAMPLE_DONE) {
        t->end = *ev;
        t->n_ends++;
    }
    if (ev->type != EVENT_TOKEN) return;
    assert_int_equal(t->n_ends, 0); /* nothing after its end */
    if (ev->token.channel == CHANNEL_THOUGHT)
        str_addn(&t->thought, ev->token.text, ev->token.n_text);
    if (ev->token.channel == CHANNEL_ANSWER) str_addn(&t->answer, ev->token.text, ev->token.n_text);
    if (ev->token.sample.id < 0) return;
    tokens_add(&t->ids, ev->token.sample.id);
    t->logprob += (double)ev->token.sample.logprob;
    t->n_forced += ev->token.forced;
}

/* The whole request; `what` once `at` tokens of all samples are there. Owned. */
static struct all *run(const struct chat_request *r, size_t at, enum steer what) {
    struct all *a = mem_calloc(1, sizeof *a);
    struct err e = {""};
    size_t n = 0;
    if (!backend_start(b, r, &e)) fail_msg("%s", e.msg);
    do {
        assert_true(backend_wait(b, &a->end));
        assert_true(a->end.which < MOST);
        take(&a->of[a->end.which], &a->end);
        n += a->end.type == EVENT_TOKEN;
        if (at && n == at) backend_steer(b, what);
    } while (a->end.type != EVENT_DONE);
    return a;
}

static void all_free(struct all *a) {
    for (size_t i = 0; i < MOST; i++) {
        str_free(&a->of[i].thought);
        str_free(&a->of[i].answer);
        tokens_free(&a->of[i].ids);
    }
    free(a);
}

static void each_sample_is_what_its_seed_gives_alone(void **state) {
    enum { N = 11 }; /* more than go in one pass */
    struct chat_request several = ask(N), one = ask(1);
    (void)state;
    begin_anew();
    struct all *together = run(&several, 0, STEER_STOP);
    size_t n_thought = 0, n_answer = 0, differ = 0;
    for (size_t i = 0; i < N; i++) {
        begin_anew();
        const struct told *t = &together->of[i];
        one.options.sampling.seed = backend_sample_seed(11, i);
        struct all *alone = run(&one, 0, STEER_STOP);
        const struct told *u = &alone->of[0];
        assert_int_equal(t->n_ends, 1);
        assert_int_equal(t->ids.n, u->ids.n);
        assert_memory_equal(t->ids.ids, u->ids.ids, u->ids.n * sizeof *u->ids.ids);
        assert_true(t->logprob == u->logprob);
        assert_string_equal(str_cstr((struct str *)&t->thought),
                            str_cstr((struct str *)&u->thought));
        assert_string_equal(str_cstr((struct str *)&t->answer), str_cstr((struct str *)&u->answer));
        assert_int_equal(t->end.done.reason, alone->end.done.reason);
        assert_int_equal(t->end.done.n_thought, alone->end.done.n_thought);
        assert_int_equal(t->end.done.n_prompt, alone->end.done.n_prompt);
        assert_int_equal(t->end.done.in_thought, alone->end.done.in_thought);
        n_thought += t->end.done.n_thought;
        n_answer += t->end.done.n_answer;
        differ += t->ids.n != together->of[0].ids.n ||
                  memcmp(t->ids.ids, together->of[0].ids.ids, t->ids.n * sizeof *t->ids.ids) != 0;
        all_free(alone);
    }
    assert_true(differ > 0); /* they are not all the same */
    assert_int_equal(together->end.done.n_thought, n_thought);
    assert_int_equal(together->end.done.n_answer, n_answer);
    assert_int_equal(together->end.done.reason, DONE_EOG);
    all_free(together);
}

static void stopping_keeps_what_each_has(void **state) {
    struct chat_request r = ask(3);
    (void)state;
    struct all *a = run(&r, 30, STEER_STOP);
    assert_int_equal(a->end.done.reason, DONE_STOPPED);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(a->of[i].n_ends, 1);
        assert_int_equal(a->of[i].end.done.reason, DONE_STOPPED);
        assert_true(a->of[i].ids.n >= 9);
    }
    all_free(a);
    a = run(&r, 0, STEER_STOP); /* and the next one is as if nothing had been */
    assert_int_equal(a->end.done.reason, DONE_EOG);
    assert_true(a->of[0].end.done.n_cached > 0);
    all_free(a);
    struct err e = {""};
    assert_true(backend_start(b, &r, &e)); /* closing in the middle must not hang */
    backend_close(b);
    struct session_params p = {.n_ctx = 512, .n_threads = 2};
    b = backend_local_open(m, &p, &e);
    assert_non_null(b);
}

static void answering_now_closes_every_thought(void **state) {
    struct chat_request r = ask(3);
    (void)state;
    struct all *a = run(&r, 12, STEER_ANSWER_NOW);
    for (size_t i = 0; i < 3; i++) {
        assert_true(a->of[i].n_forced > 0);
        assert_true(a->of[i].end.done.n_answer > 0);
    }
    all_free(a);
}

static void limits_hold_for_each(void **state) {
    struct chat_request r = ask(2);
    struct err e = {""};
    (void)state;
    r.options.n_predict = 5;
    struct all *a = run(&r, 0, STEER_STOP);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(a->of[i].end.done.reason, DONE_LENGTH);
        assert_int_equal(a->of[i].ids.n, 5);
    }
    all_free(a);
    r.options.n_predict = -1;
    r.options.ignore_eog = true;
    a = run(&r, 0, STEER_STOP);
    for (size_t i = 0; i < 2; i++) assert_int_equal(a->of[i].end.done.reason, DONE_CONTEXT);
    all_free(a);
    r.n_samples = MOST + 1;
    assert_false(backend_start(b, &r, &e));
    assert_string_equal(e.msg, "65 answers at once are too many: 64 at most");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_is_what_its_seed_gives_alone),
        cmocka_unit_test(stopping_keeps_what_each_has),
        cmocka_unit_test(answering_now_closes_every_thought),
        cmocka_unit_test(limits_hold_for_each),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
