/* Sessions: one timeline that grows, is cut, copied and cancelled, and gives the same numbers
 * whichever way it came to a position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/branches.h"
#include "engine/session.h"

#define DENSE    "tests/golden/llama-q4_k_m.gguf"
#define LATENT   "tests/golden/deepseek2-v3.gguf"
#define HYBRID   "../shared/goldens/families/qwen35.gguf"
#define CONV     "../shared/goldens/families/lfm2.gguf"
#define WINDOWED "../shared/goldens/families/gpt-oss.gguf"

static const char *const files[] = {DENSE, LATENT, HYBRID, CONV, WINDOWED};
enum { FILES = sizeof files / sizeof *files, LENGTH = 330 };

static struct model *open_model(const char *path) {
    struct err e = {""};
    if (access(path, R_OK) != 0) {
        print_message("skipped %s: absent\n", path);
        return NULL;
    }
    struct model *m = model_open(path, &e);
    if (!m) fail_msg("%s", e.msg);
    return m;
}

static struct session *open_session(const struct model *m, int threads, uint32_t batch) {
    struct err e = {""};
    struct session_params p = {.n_ctx = 384, .n_threads = threads, .n_batch = batch};
    struct session *s = session_open(m, &p, &e);
    if (!s) fail_msg("%s", e.msg);
    return s;
}

static void some_tokens(const struct model *m, int32_t *ids, size_t n, uint64_t seed) {
    struct rng r = {.seed = seed};
    for (size_t i = 0; i < n; i++) ids[i] = (int32_t)rng_below(&r, model_info(m)->n_vocab);
}

static void eval(struct session *s, const int32_t *ids, size_t n) {
    struct err e = {""};
    if (!session_eval(s, ids, n, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
}

/* The largest difference of two rows of logits. */
static double apart(const float *a, const float *b, size_t n) {
    double worst = 0;
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    return worst;
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    int32_t ids[LENGTH];
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        size_t bytes = model_info(m)->n_vocab * sizeof(float);
        float *first = mem_alloc(bytes);
        some_tokens(m, ids, LENGTH, f);
        for (int threads = 1; threads <= 4; threads++) {
            struct session *s = open_session(m, threads, 0);
            assert_int_equal(session_n_threads(s), threads);
            eval(s, ids, LENGTH - 8);
            for (size_t i = LENGTH - 8; i < LENGTH; i++) eval(s, ids + i, 1);
            if (threads == 1) memcpy(first, session_logits(s), bytes);
            if (memcmp(first, session_logits(s), bytes) != 0)
                fail_msg("%s: %d threads differ by %g", files[f], threads,
                         apart(first, session_logits(s), bytes / sizeof(float)));
            session_close(s);
        }
        free(first);
        model_close(m);
    }
}

/* As one by one: which is what lets drafts be checked without changing what a model says. */
static void a_few_tokens_at_once_get_the_same_bits(void **state) {
    (void)state;
    enum { AT_ONCE = 8, FROM = 2200, TO = 2330, STEP = 256 };
    int32_t ids[TO];
    struct session_params p = {.n_ctx = TO, .n_threads = 2};
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        struct err e = {""};
        size_t V = model_info(m)->n_vocab;
        float *rows = mem_array(AT_ONCE * V, sizeof *rows);
        some_tokens(m, ids, TO, f);
        struct session *s = session_open(m, &p, &e), *alone = session_open(m, &p, &e);
        eval(s, ids, FROM);
        eval(alone, ids, FROM);
        for (size_t at = FROM, n = 2, want = 2; at < TO; at += n) {
            n = want;
            want = want < AT_ONCE ? want + 1 : 2;
            if (n > STEP - at % STEP) n = STEP - at % STEP;
            if (n > TO - at) n = TO - at;
            if (!session_eval(s, ids + at, n, rows, NULL, NULL, &e)) fail_msg("%s", e.msg);
            for (size_t i = 0; i < n; i++) {
                eval(alone, ids + at + i, 1);
                if (memcmp(rows + i * V, session_logits(alone), V * sizeof *rows) != 0)
                    fail_msg("%s: position %zu, row %zu of %zu, differs by %g", files[f], at + i, i,
                             n, apart(rows + i * V, session_logits(alone), V));
            }
        }
        session_close(s);
        session_close(alone);
        free(rows);
        model_close(m);
    }
}

static void going_back_and_on_is_like_never_having_left(void **state) {
    (void)state;
    int32_t ids[LENGTH], other[64];
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        size_t V = model_info(m)->n_vocab;
        some_tokens(m, ids, LENGTH, f);
        some_tokens(m, other, 64, f + 100);
        struct session *s = open_session(m, 2, 0), *straight = open_session(m, 2, 0);
        eval(s, ids, 200);
        for (size_t i = 0; i < 40; i++) eval(s, other + i, 1);
        assert_null(session_truncate(s, 190) > 190 ? s : NULL);
        assert_null(session_logits(s));
        size_t kept = session_length(s);
        assert_true(kept <= 190 && kept >= 180);
        assert_int_equal(session_common_prefix(s, ids, LENGTH), kept);
        eval(s, ids + kept, LENGTH - kept);
        eval(straight, ids, kept);
        eval(straight, ids + kept, LENGTH - kept);
        assert_true(apart(session_logits(s), session_logits(straight), V) < 0.3);
        assert_memory_equal(session_tokens(s), ids, sizeof ids);
        session_close(s);
        session_close(straight);
        model_close(m);
    }
}

static void a_checkpoint_is_returned_to_exactly(void **state) {
    (void)state;
    int32_t ids[LENGTH];
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        size_t bytes = model_info(m)->n_vocab * sizeof(float);
        float *before = mem_alloc(bytes);
        some_tokens(m, ids, LENGTH, f);
        struct session *s = open_session(m, 2, 0);
        eval(s, ids, 100);
        for (size_t i = 100; i < 117; i++) eval(s, ids + i, 1);
        session_checkpoint(s);
        eval(s, ids + 117, 1);
        memcpy(before, session_logits(s), bytes);
        for (size_t i = 118; i < 140; i++) eval(s, ids + i, 1);
        assert_int_equal(session_truncate(s, 117), 117);
        eval(s, ids + 117, 1);
        assert_memory_equal(before, session_logits(s), bytes);
        free(before);
        session_close(s);
        model_close(m);
    }
}

static void a_fork_goes_its_own_way(void **state) {
    (void)state;
    int32_t ids[LENGTH];
    struct err e = {""};
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        size_t V = model_info(m)->n_vocab;
        some_tokens(m, ids, LENGTH, f);
        struct session *s = open_session(m, 2, 0);
        eval(s, ids, 150);
        struct session *copy = session_fork(s, &e);
        assert_non_null(copy);
        assert_memory_equal(session_logits(s), session_logits(copy), V * sizeof(float));
        for (size_t i = 150; i < 160; i++) {
            eval(s, ids + i, 1);
            eval(copy, ids + i, 1);
        }
        assert_memory_equal(session_logits(s), session_logits(copy), V * sizeof(float));
        eval(copy, ids + 200, 1);
        assert_int_equal(session_length(s), 160);
        assert_int_equal(session_length(copy), 161);
        session_close(s);
        session_close(copy);
        model_close(m);
    }
}

/* Of every family, recurrent ones too: as if the session had never been elsewhere, and more of them
 * than are kept do no harm. */
static void a_branch_is_left_and_returned_to(void **state) {
    (void)state;
    int32_t trunk[LENGTH], ids[LENGTH];
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        size_t V = model_info(m)->n_vocab;
        struct branches *b = branches_new();
        struct session *s = open_session(m, 2, 0), *straight = open_session(m, 2, 0);
        some_tokens(m, trunk, LENGTH, f);
        for (size_t round = 0; round < 2 * BRANCHES_MAX + 3; round++) {
            size_t which = round % (BRANCHES_MAX + 1);
            memcpy(ids, trunk, sizeof ids);
            some_tokens(m, ids + 100, 150, f + 10 * which + 1);
            branches_go(b, s, ids, 250);
            size_t kept = session_truncate(s, session_common_prefix(s, ids, 250));
            if (kept == 250 && !session_logits(s)) kept = session_truncate(s, 249);
            eval(s, ids + kept, 250 - kept);
            session_truncate(straight, 0);
            eval(straight, ids, 250);
            assert_memory_equal(session_tokens(s), ids, 250 * sizeof *ids);
            assert_true(apart(session_logits(s), session_logits(straight), V) < 0.3);
        }
        some_tokens(m, ids + 100, 150, f + 1); /* one away and back */
        branches_go(b, s, ids, 250);
        session_truncate(s, session_common_prefix(s, ids, 250));
        eval(s, ids + session_length(s), 250 - session_length(s));
        branches_go(b, s, trunk, 101);
        session_truncate(s, session_common_prefix(s, trunk, 101));
        eval(s, trunk + session_length(s), 101 - session_length(s));
        branches_go(b, s, ids, 250);
        assert_int_equal(session_common_prefix(s, ids, 250), 250);
        assert_non_null(session_logits(s));
        branches_free(b);
        session_close(s);
        session_close(straight);
        model_close(m);
    }
}

static void batches_may_be_cut_anywhere(void **state) {
    (void)state;
    int32_t ids[LENGTH];
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        size_t V = model_info(m)->n_vocab;
        some_tokens(m, ids, LENGTH, f);
        struct session *whole = open_session(m, 2, 0), *parts = open_session(m, 2, 37);
        eval(whole, ids, LENGTH);
        eval(parts, ids, LENGTH);
        assert_true(apart(session_logits(whole), session_logits(parts), V) < 0.3);
        session_close(whole);
        session_close(parts);
        model_close(m);
    }
}

static void a_cache_of_8_bits_takes_about_half(void **state) {
    (void)state;
    struct err e = {""};
    struct model *m = open_model(DENSE);
    struct session_params p = {.n_ctx = 384, .n_threads = 1};
    struct session *halves = session_open(m, &p, &e);
    p.cache_type = CACHE_Q8_0;
    struct session *bytes = session_open(m, &p, &e);
    assert_int_equal(session_cache_bytes(bytes) * 32, session_cache_bytes(halves) * 17);
    assert_int_equal(session_cache_reads(bytes, 384), session_cache_bytes(bytes));
    session_close(halves);
    session_close(bytes);
    model_close(m);
}

static void a_full_context_says_so_and_changes_nothing(void **state) {
    (void)state;
    struct model *m = open_model(DENSE);
    struct session *s = open_session(m, 1, 0);
    struct err e = {""};
    int32_t ids[400] = {0};
    eval(s, ids, 380);
    assert_false(session_eval(s, ids, 5, NULL, NULL, NULL, &e));
    assert_string_equal(e.msg, "the context of 384 tokens is full");
    assert_int_equal(session_length(s), 380);
    eval(s, ids, 4);
    ids[0] = 512;
    session_truncate(s, 10);
    assert_false(session_eval(s, ids, 1, NULL, NULL, NULL, &e));
    assert_string_equal(e.msg, "token 512 is not in the vocabulary of 512");
    session_close(s);
    model_close(m);
}

/* ---- cancelling ---- */

static void *cancel_soon(void *arg) {
    usleep(20000);
    session_cancel(arg);
    return NULL;
}

static void a_cancelled_evaluation_leaves_a_timeline_that_goes_on(void **state) {
    (void)state;
    enum { LONG = 6000 };
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        struct err e = {""};
        struct session_params p = {.n_ctx = LONG, .n_threads = 2};
        struct session *s = session_open(m, &p, &e);
        int32_t *ids = mem_array(LONG, sizeof *ids);
        some_tokens(m, ids, LONG, f);
        pthread_t t;
        assert_int_equal(pthread_create(&t, NULL, cancel_soon, s), 0);
        bool done = session_eval(s, ids, LONG, NULL, NULL, NULL, &e);
        pthread_join(t, NULL);
        assert_true(done || strcmp(e.msg, "cancelled") == 0);
        assert_false(session_eval(s, ids, 1, NULL, NULL, NULL, &e)); /* it sticks */
        session_uncancel(s);
        size_t at = session_length(s) > 300 ? session_truncate(s, 300) : session_length(s);
        struct session *straight = session_open(m, &p, &e);
        eval(s, ids + at, 310 - at);
        eval(straight, ids, 310);
        assert_true(apart(session_logits(s), session_logits(straight), model_info(m)->n_vocab) <
                    0.3);
        session_close(straight);
        session_close(s);
        free(ids);
        model_close(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(a_few_tokens_at_once_get_the_same_bits),
        cmocka_unit_test(going_back_and_on_is_like_never_having_left),
        cmocka_unit_test(a_checkpoint_is_returned_to_exactly),
        cmocka_unit_test(a_fork_goes_its_own_way),
        cmocka_unit_test(a_branch_is_left_and_returned_to),
        cmocka_unit_test(batches_may_be_cut_anywhere),
        cmocka_unit_test(a_cache_of_8_bits_takes_about_half),
        cmocka_unit_test(a_full_context_says_so_and_changes_nothing),
        cmocka_unit_test(a_cancelled_evaluation_leaves_a_timeline_that_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
