/* Groups: timelines decoded together give, bit for bit, what each gives alone, in every
 * architecture that there is a file of and with every instruction set of this CPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "engine/group.h"
#include "engine/kernels/kernels.h"

/* PROMPT is past what attention cuts into spans, and past the goldens' windows. */
enum { N_CTX = 352, PROMPT = 300, LINES = 10, ROUNDS = 9, STEPS = 2 * ROUNDS / 3 };

static struct session *open_session(const struct model *m, bool exact) {
    struct err e = {""};
    struct session_params p = {.n_ctx = N_CTX, .n_threads = 2, .exact = exact};
    struct session *s = session_open(m, &p, &e);
    if (!s) fail_msg("%s", e.msg);
    return s;
}

static struct session *session_after_prompt(const struct model *m, bool exact) {
    struct err e = {""};
    int32_t ids[PROMPT];
    struct rng r = {.seed = 5};
    for (size_t i = 0; i < PROMPT; i++) ids[i] = (int32_t)rng_below(&r, model_info(m)->n_vocab);
    struct session *s = open_session(m, exact);
    if (!session_eval(s, ids, PROMPT, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
    return s;
}

static int32_t token(const struct model *m, size_t line, size_t step) {
    return (int32_t)(rng_hash(line, step, 9) % model_info(m)->n_vocab);
}

/* Each timeline pauses in its own rounds, so that they stand at different positions. */
static bool takes_part(size_t line, size_t round) { return (line + round) % 3 != 0; }

/* The logits of each timeline after each of its steps, decoded alone: [LINES][STEPS][V]. Owned. */
static float *alone(const struct session *prompt, const struct model *m, size_t V) {
    struct err e = {""};
    float *out = mem_array(LINES * STEPS * V, sizeof *out);
    for (size_t i = 0; i < LINES; i++) {
        struct session *s = session_fork(prompt, &e);
        assert_non_null(s);
        for (size_t step = 0; step < STEPS; step++) {
            int32_t id = token(m, i, step);
            if (!session_eval(s, &id, 1, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
            memcpy(out + (i * STEPS + step) * V, session_logits(s), V * sizeof *out);
        }
        session_close(s);
    }
    return out;
}

/* One step of those that take part, the last one first: rows are not timelines in order. */
static void step_of(struct group *g, const struct model *m, size_t round) {
    struct err e = {""};
    size_t which[LINES], n = 0;
    int32_t ids[LINES];
    for (size_t i = LINES; i-- > 0;) {
        if (!takes_part(i, round)) continue;
        ids[n] = token(m, i, group_length(g, i) - PROMPT);
        which[n++] = i;
    }
    if (!group_step(g, which, ids, n, &e)) fail_msg("%s", e.msg);
}

static bool same_as_alone(const char *path, const struct model *m, bool exact) {
    struct err e = {""};
    size_t V = model_info(m)->n_vocab, bad = 0;
    struct session *s = session_after_prompt(m, exact);
    float *truth = alone(s, m, V);
    struct group *g = group_open(s, LINES, &e);
    assert_non_null(g);
    for (size_t round = 0; round < ROUNDS; round++) {
        step_of(g, m, round);
        for (size_t i = 0; i < LINES; i++) {
            if (group_length(g, i) == PROMPT) continue;
            size_t step = group_length(g, i) - PROMPT - 1;
            bad +=
                memcmp(group_logits(g, i), truth + (i * STEPS + step) * V, V * sizeof *truth) != 0;
        }
    }
    for (size_t i = 0; i < LINES; i++) {
        assert_int_equal(group_length(g, i), PROMPT + STEPS);
        assert_int_equal(group_tokens(g, i)[PROMPT], token(m, i, 0));
    }
    if (bad) print_error("%s (%s): %zu rows differ\n", path, kernels()->name, bad);
    group_close(g);
    session_close(s);
    free(truth);
    return bad == 0;
}

static int is_gguf(const struct dirent *d) { return str_ends(d->d_name, ".gguf"); }

static void check_folder(const char *folder) {
    struct dirent **files;
    struct err e = {""};
    int n = scandir(folder, &files, is_gguf, alphasort), bad = 0;
    if (n < 0) {
        print_message("skipped %s: absent\n", folder);
        return;
    }
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        struct str path = STR_INIT;
        str_addf(&path, "%s/%s", folder, files[i]->d_name);
        free(files[i]);
        struct model *m = model_open(str_cstr(&path), &e);
        if (!m) fail_msg("%s", e.msg);
        bad += !same_as_alone(path.s, m, false);
        model_close(m);
        str_free(&path);
    }
    free(files);
    assert_int_equal(bad, 0);
}

static void timelines_decoded_together_have_the_bits_of_each_alone(void **state) {
    (void)state;
    check_folder("tests/golden");
    check_folder("../shared/goldens");
    check_folder("../shared/goldens/families");
}

static void so_they_have_with_every_instruction_set_and_an_exact_cache(void **state) {
    static const char *const files[] = {"tests/golden/llama-q4_k_m.gguf",
                                        "tests/golden/deepseek2-v3.gguf",
                                        "../shared/goldens/families/qwen35moe.gguf"};
    const struct kernels *chosen = kernels();
    struct err e = {""};
    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        if (access(files[f], R_OK) != 0) continue;
        struct model *m = model_open(files[f], &e);
        if (!m) fail_msg("%s", e.msg);
        for (const struct kernels *const *k = kernels_usable(); *k; k++) {
            kernels_choose(*k);
            assert_true(same_as_alone(files[f], m, false));
        }
        kernels_choose(chosen);
        assert_true(same_as_alone(files[f], m, true));
        model_close(m);
    }
}

static void the_session_is_left_as_it_was(void **state) {
    struct err e = {""};
    struct model *m = model_open("tests/golden/deepseek2-v3.gguf", &e);
    (void)state;
    assert_non_null(m);
    size_t bytes = model_info(m)->n_vocab * sizeof(float);
    struct session *s = session_after_prompt(m, false), *other = session_fork(s, &e);
    struct group *g = group_open(s, LINES, &e);
    assert_non_null(g);
    assert_true(group_cache_bytes(g) >= LINES * session_cache_bytes(s));
    for (size_t i = 0; i < LINES; i++)
        assert_memory_equal(group_logits(g, i), session_logits(s), bytes);
    step_of(g, m, 0);
    int32_t id = 7;
    assert_true(session_eval(s, &id, 1, NULL, NULL, NULL, &e));
    assert_true(session_eval(other, &id, 1, NULL, NULL, NULL, &e));
    assert_memory_equal(session_logits(s), session_logits(other), bytes);
    group_close(g);
    session_close(other);
    session_close(s);
    model_close(m);
}

static void what_cannot_be_evaluated_changes_nothing(void **state) {
    struct err e = {""};
    struct model *m = model_open("tests/golden/llama-q4_k_m.gguf", &e);
    (void)state;
    assert_non_null(m);
    struct session *empty = open_session(m, false), *s = session_after_prompt(m, false);
    assert_null(group_open(empty, 2, &e));
    assert_string_equal(e.msg, "there is no token to go on from");
    session_close(empty);
    struct group *g = group_open(s, 2, &e);
    const size_t which[] = {1, 0};
    int32_t ids[] = {5, (int32_t)model_info(m)->n_vocab};
    assert_false(group_step(g, which, ids, 2, &e));
    assert_string_equal(e.msg, "token 512 is not in the vocabulary of 512");
    assert_int_equal(group_length(g, 1), PROMPT);
    for (size_t i = PROMPT; i < N_CTX; i++) assert_true(group_step(g, which, ids, 1, &e));
    ids[1] = 5;
    assert_false(group_step(g, which, ids, 2, &e));
    assert_string_equal(e.msg, "the context of 352 tokens is full");
    assert_int_equal(group_length(g, 0), PROMPT);
    session_cancel(s);
    assert_false(group_step(g, which + 1, ids, 1, &e));
    assert_string_equal(e.msg, "cancelled");
    assert_int_equal(group_length(g, 0), PROMPT);
    session_uncancel(s);
    assert_true(group_step(g, which + 1, ids, 1, &e));
    group_close(g);
    session_close(s);
    model_close(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timelines_decoded_together_have_the_bits_of_each_alone),
        cmocka_unit_test(so_they_have_with_every_instruction_set_and_an_exact_cache),
        cmocka_unit_test(the_session_is_left_as_it_was),
        cmocka_unit_test(what_cannot_be_evaluated_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
