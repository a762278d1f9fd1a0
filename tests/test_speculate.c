/* Drafts change when a token comes, never which: tokens and logits are compared, bit by bit, with
 * those of a session that evaluates one after another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/engine.h"

static const char *const files[] = {"engine/builtin/aside-mini.gguf",
                                    "tests/golden/llama-q4_k_m.gguf",
                                    "../shared/goldens/families/mtp-qwen35.gguf",
                                    "../shared/goldens/families/mtp-glm47flash.gguf",
                                    "../shared/goldens/families/qwen3next.gguf",
                                    "../shared/goldens/families/lfm2.gguf",
                                    "../shared/goldens/families/gpt-oss.gguf"};
enum { FILES = sizeof files / sizeof *files, PROMPT = 200, SAID = 130 };

/* A session on a model after a prompt, with drafts or without. */
struct line {
    struct model *m;
    struct session *s;
    struct sampler *sampler;
    struct speculate *drafts; /* NULL: one token after another */
    size_t n_vocab;
};

static bool line_open(struct line *l, const char *path, const enum speculation *how) {
    struct err e = {""};
    struct session_params p = {.n_ctx = 512, .n_threads = 1, .speculation = how ? *how : 0};
    if (access(path, R_OK) != 0) {
        print_message("skipped %s: absent\n", path);
        return false;
    }
    l->m = model_open(path, &e);
    if (!l->m) fail_msg("%s", e.msg);
    if (how) speculate_prepare(&p, l->m);
    l->s = session_open(l->m, &p, &e);
    if (!l->s) fail_msg("%s", e.msg);
    l->n_vocab = model_info(l->m)->n_vocab;
    l->sampler = sampler_new(l->n_vocab);
    l->drafts = how ? speculate_new(l->s, *how) : NULL;
    return true;
}

static void line_close(struct line *l) {
    speculate_free(l->drafts);
    sampler_free(l->sampler);
    session_close(l->s);
    model_close(l->m);
}

/* A text that comes back to what it said, with small changes. */
static void some_text(const struct line *l, int32_t *ids, size_t n) {
    struct rng r = {.seed = 7};
    for (size_t i = 0; i < n; i++)
        ids[i] = i >= 23 && rng_below(&r, 9) ? ids[i - 23] : (int32_t)rng_below(&r, l->n_vocab);
}

static void read_prompt(struct line *l, const int32_t *ids) {
    struct err e = {""};
    session_truncate(l->s, 0);
    if (!session_eval(l->s, ids, PROMPT, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
    if (l->drafts) speculate_begin(l->drafts);
}

static const float *logits_of(const struct line *l) {
    return l->drafts ? speculate_logits(l->drafts) : session_logits(l->s);
}

static size_t length_of(const struct line *l) {
    return l->drafts ? speculate_length(l->drafts) : session_length(l->s);
}

static void take(struct line *l, int32_t id, size_t room) {
    struct err e = {""};
    bool ok = l->drafts ? speculate_take(l->drafts, id, room, &e)
                        : session_eval(l->s, &id, 1, NULL, NULL, NULL, &e);
    if (!ok) fail_msg("%s", e.msg);
}

static int32_t choose(struct line *l, const struct sampling *set) {
    struct sample x;
    size_t n = length_of(l);
    sampler_choose(l->sampler, set, logits_of(l), session_tokens(l->s) + n - 64, 64, n, &x);
    return x.id;
}

/* What is said without drafts: SAID tokens that the model chooses, but for every 17th, which is put
 * in; and the logits before each and after the last. */
struct said {
    int32_t prompt[PROMPT], ids[SAID];
    float *logits; /* [SAID + 1][n_vocab] */
};

static void say(struct line *l, const struct sampling *set, struct said *out) {
    size_t row = l->n_vocab;
    some_text(l, out->prompt, PROMPT);
    read_prompt(l, out->prompt);
    for (size_t i = 0; i < SAID; i++) {
        memcpy(out->logits + i * row, logits_of(l), row * sizeof(float));
        out->ids[i] = i % 17 == 16 ? (int32_t)(i % row) : choose(l, set);
        take(l, out->ids[i], 0);
    }
    memcpy(out->logits + SAID * row, logits_of(l), row * sizeof(float));
}

static void say_the_same(struct line *l, const struct sampling *set, const struct said *want,
                         const char *what) {
    size_t row = l->n_vocab;
    read_prompt(l, want->prompt);
    for (size_t i = 0; i < SAID; i++) {
        if (memcmp(logits_of(l), want->logits + i * row, row * sizeof(float)) != 0)
            fail_msg("%s: other logits at token %zu", what, i);
        if (i % 17 != 16) assert_int_equal(choose(l, set), want->ids[i]);
        take(l, want->ids[i], SAID - i - 1);
        assert_int_equal(length_of(l), PROMPT + i + 1);
    }
    speculate_end(l->drafts);
    assert_int_equal(session_length(l->s), PROMPT + SAID);
    assert_memory_equal(session_tokens(l->s) + PROMPT, want->ids, sizeof want->ids);
    assert_memory_equal(session_logits(l->s), want->logits + SAID * row, row * sizeof(float));
}

static void the_same_is_said_with_any_drafts(void **state) {
    (void)state;
    static const struct sampling settings[] = {{.top_p = 1, .repeat_penalty = 1},
                                               {.temperature = 0.9f,
                                                .top_p = 0.9f,
                                                .repeat_penalty = 1.1f,
                                                .repeat_last_n = 64,
                                                .seed = 3}};
    static const struct {
        enum speculation how;
        int fixed;
    } ways[] = {{SPECULATION_OFF, -1},  {SPECULATION_AUTO, -1}, {SPECULATION_AUTO, 3},
                {SPECULATION_NGRAM, 7}, {SPECULATION_MTP, 1},   {SPECULATION_MTP, 7}};
    for (size_t f = 0; f < FILES; f++) {
        struct line plain;
        if (!line_open(&plain, files[f], NULL)) continue;
        for (size_t k = 0; k < 2; k++) {
            struct said want = {.logits = mem_array((SAID + 1) * plain.n_vocab, sizeof(float))};
            say(&plain, &settings[k], &want);
            for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
                struct line l;
                if (ways[w].how == SPECULATION_MTP && !model_info(plain.m)->n_mtp) continue;
                line_open(&l, files[f], &ways[w].how);
                speculate_fix(l.drafts, ways[w].fixed);
                say_the_same(&l, &settings[k], &want, files[f]);
                struct speculation_counts c = speculate_counts(l.drafts);
                if (ways[w].how == SPECULATION_OFF) assert_int_equal(c.drafted, 0);
                if (ways[w].fixed > 0) assert_true(c.drafted > 20);
                assert_true(c.steps + c.accepted == SAID);
                line_close(&l);
            }
            free(want.logits);
        }
        line_close(&plain);
    }
}

/* A repeated text whose tokens are given is foretold from the conversation; noise, once it is left
 * to weigh, is not drafted. (Whether a draft that comes true pays is a matter of time: bench
 * --text.) */
static void what_repeats_is_foretold_and_noise_is_left(void **state) {
    (void)state;
    enum { N = 300 };
    enum speculation how = SPECULATION_NGRAM;
    struct line l;
    int32_t ids[PROMPT];
    struct rng r = {.seed = 9};
    if (!line_open(&l, files[1], &how)) return;
    some_text(&l, ids, PROMPT);
    read_prompt(&l, ids);
    speculate_fix(l.drafts, 4);
    for (size_t i = 0; i < N; i++) take(&l, ids[i % 40], N);
    struct speculation_counts c = speculate_counts(l.drafts);
    print_message("repeated: %zu steps, %zu drafted, %zu accepted\n", c.steps, c.drafted,
                  c.accepted);
    assert_true(c.accepted > N / 2);
    speculate_fix(l.drafts, -1);
    for (int part = 0; part < 2; part++) {
        read_prompt(&l, ids);
        for (size_t i = 0; i < N; i++) take(&l, (int32_t)rng_below(&r, l.n_vocab), N);
        c = speculate_counts(l.drafts);
    }
    print_message("noise: %zu steps, %zu drafted\n", c.steps, c.drafted);
    assert_true(c.drafted < N / 10);
    line_close(&l);
}

/* Never beyond what is still wanted or fits. */
static void drafts_keep_to_the_room(void **state) {
    (void)state;
    enum speculation how = SPECULATION_NGRAM;
    struct line l;
    struct err e = {""};
    int32_t ids[PROMPT];
    if (!line_open(&l, files[1], &how)) return;
    speculate_fix(l.drafts, 7);
    for (size_t i = 0; i < PROMPT; i++) ids[i] = (int32_t)(i % 5);
    read_prompt(&l, ids);
    take(&l, 0, 0);
    assert_int_equal(speculate_counts(l.drafts).drafted, 0);
    take(&l, 1, 2);
    assert_int_equal(speculate_counts(l.drafts).drafted, 2);
    for (size_t i = 2; PROMPT + i < 512; i++) take(&l, (int32_t)(i % 5), 100);
    assert_int_equal(speculate_length(l.drafts), 512);
    assert_false(speculate_take(l.drafts, 0, 100, &e));
    assert_non_null(strstr(e.msg, "full"));
    line_close(&l);
}

/* With noise drawn anew, tokens that follow a draft come as often as the model says. */
static void tokens_are_drawn_from_the_models_distribution(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    enum speculation how = SPECULATION_NGRAM;
    struct line l;
    int32_t ids[PROMPT];
    if (!line_open(&l, files[1], &how)) return;
    speculate_fix(l.drafts, 3);
    for (size_t i = 0; i < PROMPT; i++) ids[i] = (int32_t)(i % 5);
    read_prompt(&l, ids);
    take(&l, 0, 9); /* and 1, 2, 3 as drafts: what comes after 1 is drawn */
    size_t *came = mem_calloc(l.n_vocab, sizeof *came);
    double *p = mem_calloc(l.n_vocab, sizeof *p), chi = 0, sum = 0;
    take(&l, 1, 9);
    assert_int_equal(speculate_counts(l.drafts).accepted, 1);
    const float *logits = speculate_logits(l.drafts);
    for (size_t i = 0; i < l.n_vocab; i++) sum += p[i] = exp((double)logits[i]);
    for (int i = 0; i < DRAWS; i++) {
        struct sampling set = {.temperature = 1, .top_p = 1, .seed = (uint64_t)i};
        came[choose(&l, &set)]++;
    }
    size_t cells = 0;
    double rest = DRAWS, rest_came = DRAWS;
    for (size_t i = 0; i < l.n_vocab; i++) {
        double expected = p[i] / sum * DRAWS, n = (double)came[i];
        if (expected < 8) continue;
        chi += (n - expected) * (n - expected) / expected;
        rest -= expected, rest_came -= n;
        cells++;
    }
    if (rest >= 8) chi += (rest_came - rest) * (rest_came - rest) / rest, cells++;
    double freedom = (double)cells - 1;
    print_message("chi squared %.1f of %.0f degrees\n", chi, freedom);
    assert_true(freedom > 10 && chi < freedom + 4 * sqrt(2 * freedom));
    free(came);
    free(p);
    line_close(&l);
}

static void asking_for_a_block_that_is_not_there_says_so(void **state) {
    (void)state;
    struct err e = {""};
    struct model *m = model_open(files[1], &e);
    struct session_params p = {.speculation = SPECULATION_MTP};
    speculate_prepare(&p, m);
    assert_null(session_open(m, &p, &e));
    assert_string_equal(e.msg, "the model has no block that drafts");
    model_close(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_said_with_any_drafts),
        cmocka_unit_test(what_repeats_is_foretold_and_noise_is_left),
        cmocka_unit_test(drafts_keep_to_the_room),
        cmocka_unit_test(tokens_are_drawn_from_the_models_distribution),
        cmocka_unit_test(asking_for_a_block_that_is_not_there_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
