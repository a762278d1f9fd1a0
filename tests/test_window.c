/* Windows: blocks that see only the latest positions hold only those, and nobody can tell from what
 * the model says: every number here is compared, to the last bit, with that of a session which
 * holds all positions. Tokens are evaluated a few at once, which gives the same bits however they
 * are cut (attention.h). */
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
#include "engine/attention.h"
#include "engine/branches.h"
#include "engine/group.h"
#include "engine/lookup.h"
#include "engine/session.h"
#include "engine/session_file.h"

static const char *const files[] = {
    "tests/golden/olmo2.gguf",
    "../shared/goldens/families/gpt-oss.gguf",
    "../shared/goldens/families/gemma3.gguf",
};
enum {
    FILES = sizeof files / sizeof *files,
    FEW = ATTENTION_FEW_TOKENS,
    LENGTH = 700, /* dozens of windows; the piece that is held moves on many times */
    N_CTX = 960,
    BATCH = 40
};

static const struct session_params kinds[] = {
    {.cache_type = CACHE_F16}, {.cache_type = CACHE_Q8_0}, {.exact = true}};

struct timeline {
    struct model *m;
    size_t V;
    int32_t ids[LENGTH], other[LENGTH];
};

static struct session *open_batch(const struct model *m, const struct session_params *kind,
                                  uint32_t batch) {
    struct err e = {""};
    struct session_params p = *kind;
    p.n_ctx = N_CTX, p.n_threads = 1, p.n_batch = batch, p.rewind = true;
    struct session *s = session_open(m, &p, &e);
    if (!s) fail_msg("%s", e.msg);
    return s;
}

static struct session *open_sliding(const struct model *m, const struct session_params *kind) {
    return open_batch(m, kind, BATCH);
}

/* Where a batch may be as large as the context, nothing is to be spared. */
static struct session *open_whole(const struct model *m, const struct session_params *kind) {
    return open_batch(m, kind, N_CTX);
}

static void eval(struct session *s, const int32_t *ids, size_t n) {
    struct err e = {""};
    if (!session_eval(s, ids, n, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
}

static void eval_singly(struct session *s, const int32_t *ids, size_t n) {
    for (size_t i = 0; i < n; i++) eval(s, ids + i, 1);
}

/* A few at once, never across what changes sums. */
static void eval_few(struct session *s, const int32_t *ids, size_t n) {
    for (size_t done = 0; done < n;) {
        size_t step = ATTENTION_STEP - session_length(s) % ATTENTION_STEP,
               take = n - done < FEW ? n - done : FEW;
        if (take > step) take = step;
        eval(s, ids + done, take);
        done += take;
    }
}

/* What the model says after ids[0..n), all positions held. */
static void same_as_whole(const struct timeline *t, struct session *whole, const struct session *s,
                          const int32_t *ids, size_t n) {
    size_t common = session_common_prefix(whole, ids, n);
    if (common == n) common--;
    session_truncate(whole, common);
    eval_few(whole, ids + common, n - common);
    assert_int_equal(session_length(s), n);
    assert_memory_equal(session_tokens(s), ids, n * sizeof *ids);
    assert_non_null(session_logits(s));
    assert_memory_equal(session_logits(s), session_logits(whole), t->V * sizeof(float));
}

static bool open_timeline(struct timeline *t, const char *path) {
    struct err e = {""};
    struct rng r = {.seed = 3};
    if (access(path, R_OK) != 0) {
        print_message("skipped %s: absent\n", path);
        return false;
    }
    t->m = model_open(path, &e);
    if (!t->m) fail_msg("%s", e.msg);
    t->V = model_info(t->m)->n_vocab;
    for (size_t i = 0; i < LENGTH; i++) {
        t->ids[i] = (int32_t)rng_below(&r, (uint32_t)t->V);
        t->other[i] = (int32_t)rng_below(&r, (uint32_t)t->V);
    }
    return true;
}

/* Calls check for every model and kind of cache. */
static void for_all(void (*check)(const struct timeline *t, const struct session_params *kind)) {
    struct timeline t;
    for (size_t f = 0; f < FILES; f++) {
        if (!open_timeline(&t, files[f])) continue;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) check(&t, &kinds[k]);
        model_close(t.m);
    }
}

static void check_text(const struct timeline *t, const struct session_params *kind) {
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    assert_true(session_cache_bytes(s) < session_cache_bytes(whole));
    for (size_t n = 1; n <= LENGTH; n += 1 + n % 13) {
        size_t have = session_length(s);
        eval_few(s, t->ids + have, n - have);
        same_as_whole(t, whole, s, t->ids, n);
    }
    session_close(s);
    session_close(whole);
}

static void a_long_text_is_read_as_if_all_was_held(void **state) {
    (void)state;
    for_all(check_text);
}

static void check_batches(const struct timeline *t, const struct session_params *kind) {
    struct err e = {""};
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    float *a = mem_array(LENGTH * t->V, sizeof *a), *b = mem_array(LENGTH * t->V, sizeof *b);
    if (!session_eval(s, t->ids, LENGTH, a, NULL, NULL, &e)) fail_msg("%s", e.msg);
    for (size_t at = 0; at < LENGTH; at += BATCH) {
        size_t n = LENGTH - at < BATCH ? LENGTH - at : BATCH;
        if (!session_eval(whole, t->ids + at, n, b + at * t->V, NULL, NULL, &e))
            fail_msg("%s", e.msg);
    }
    assert_memory_equal(a, b, LENGTH * t->V * sizeof *a);
    free(a);
    free(b);
    session_close(s);
    session_close(whole);
}

static void batches_are_read_as_if_all_was_held(void **state) {
    (void)state;
    for_all(check_batches);
}

static void check_cuts(const struct timeline *t, const struct session_params *kind) {
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    int32_t ids[LENGTH];
    struct rng r = {.seed = 7};
    size_t far = 0, n = 0;
    for (int round = 0; round < 24; round++) {
        size_t cut = n ? rng_below(&r, (uint32_t)n) : 0, kept = session_truncate(s, cut);
        assert_true(kept <= cut && session_length(s) == kept && !session_logits(s));
        far += kept < cut;
        n = cut + 1 + rng_below(&r, round % 3 ? 60 : (uint32_t)(LENGTH - cut) / 2 + 1);
        if (n > LENGTH) n = LENGTH;
        for (size_t i = cut; i < n; i++) ids[i] = (round % 2 ? t->ids : t->other)[i];
        eval_few(s, ids + kept, n - kept);
        same_as_whole(t, whole, s, ids, n);
    }
    assert_true(far > 3); /* else nothing was tried */
    session_close(s);
    session_close(whole);
}

static void cutting_anywhere_and_going_on_is_right(void **state) {
    (void)state;
    for_all(check_cuts);
}

/* Goes back to `to` and on by a token: the bits of `rows` [.][V]; false: that is not known. */
static bool returns_to(const struct timeline *t, struct session *s, size_t to, const float *rows) {
    if (session_truncate(s, to) < to) return false;
    eval(s, t->ids + to, 1);
    assert_memory_equal(session_logits(s), rows + to * t->V, t->V * sizeof *rows);
    return true;
}

/* Wherever the edge of a window lies in a block of positions. */
static void check_edges(const struct timeline *t, const struct session_params *kind) {
    enum { FROM = 128, TO = FROM + 66, AWAY = 150, SAVES = 5 };
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    float *rows = mem_array((TO + AWAY) * t->V, sizeof *rows);
    for (size_t i = 0; i < TO + AWAY; i++) {
        eval(whole, t->ids + i, 1);
        memcpy(rows + i * t->V, session_logits(whole), t->V * sizeof *rows);
    }
    for (size_t at = FROM; at < TO; at += SAVES) {
        session_truncate(s, 0);
        eval_few(s, t->ids, at);
        for (size_t i = 0; i < SAVES; i++, session_checkpoint(s)) eval(s, t->ids + at + i, 1);
        eval_singly(s, t->ids + at + SAVES, AWAY - SAVES);
        for (size_t i = SAVES; i > 0; i--) assert_true(returns_to(t, s, at + i, rows));
        eval_singly(s, t->ids + at + 2, AWAY - SAVES);
        for (size_t to = session_length(s) - 1; returns_to(t, s, to, rows); to--)
            assert_true(to > at);
    }
    free(rows);
    session_close(s);
    session_close(whole);
}

static void windows_are_whole_at_every_edge(void **state) {
    (void)state;
    for_all(check_edges);
}

/* A prompt, a long answer, another answer: the prompt is not read again. */
static void check_regenerating(const struct timeline *t, const struct session_params *kind) {
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    enum { PROMPT = 250, SECOND = 600 };
    eval(s, t->ids, PROMPT);
    for (int answer = 0; answer < 3; answer++) {
        eval_singly(s, t->ids + PROMPT, SECOND - PROMPT);
        size_t kept = session_truncate(s, PROMPT - 1);
        assert_true(kept >= PROMPT - 16);
        eval(s, t->ids + kept, PROMPT - kept);
    }
    eval_singly(s, t->other + PROMPT, SECOND - PROMPT);
    eval(s, t->ids + SECOND, 100);                  /* a second turn, */
    size_t kept = session_truncate(s, SECOND + 99); /* another answer to it, */
    assert_true(kept >= SECOND + 84);
    eval(s, t->ids + kept, 10);
    kept = session_truncate(s, SECOND - 3); /* another question */
    assert_true(kept >= PROMPT - 16);
    kept = session_truncate(s, PROMPT - 80); /* before all that is known */
    assert_int_equal(kept, 0);
    eval_few(s, t->ids, LENGTH);
    same_as_whole(t, whole, s, t->ids, LENGTH);
    session_close(s);
    session_close(whole);
}

static void another_answer_does_not_read_the_prompt_again(void **state) {
    (void)state;
    for_all(check_regenerating);
}

static void check_drafts(const struct timeline *t, const struct session_params *kind) {
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    struct err e = {""};
    float *rows = mem_array(FEW * t->V, sizeof *rows);
    for (size_t round = 0, n = 0; n < LENGTH - FEW; round++) {
        size_t right = round % FEW, step = ATTENTION_STEP - n % ATTENTION_STEP,
               tried = step < FEW ? step : FEW;
        int32_t guess[FEW];
        if (right >= tried) right = tried - 1;
        memcpy(guess, t->ids + n, sizeof guess);
        for (size_t i = right + 1; i < FEW; i++) guess[i] = t->other[n + i];
        if (!session_try(s, guess, tried, rows, &e)) fail_msg("%s", e.msg);
        n += right + 1;
        assert_int_equal(session_truncate(s, n), n);
        eval_few(whole, t->ids + session_length(whole), n - session_length(whole));
        assert_memory_equal(rows + right * t->V, session_logits(whole), t->V * sizeof *rows);
    }
    free(rows);
    session_close(s);
    session_close(whole);
}

static void drafts_are_taken_back(void **state) {
    (void)state;
    for_all(check_drafts);
}

static void check_copies(const struct timeline *t, const struct session_params *kind) {
    struct err e = {""};
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    enum { TRUNK = 400, STEPS = 150, LINES = 3 };
    eval_few(s, t->ids, TRUNK);
    struct session *fork = session_fork(s, &e);
    struct group *g = group_open(s, LINES, &e);
    for (size_t i = TRUNK; i < TRUNK + STEPS; i++) {
        size_t which[LINES] = {0, 1, 2};
        int32_t ids[LINES] = {t->ids[i], t->other[i], t->ids[i - TRUNK]};
        if (!group_step(g, which, ids, LINES, &e)) fail_msg("%s", e.msg);
    }
    eval_few(s, t->ids + TRUNK, LENGTH - TRUNK);
    eval_few(fork, t->other + TRUNK, STEPS);
    same_as_whole(t, whole, s, t->ids, LENGTH);
    for (size_t line = 0; line < LINES; line++) {
        session_truncate(whole, TRUNK);
        eval_few(whole, group_tokens(g, line) + TRUNK, STEPS);
        assert_memory_equal(group_logits(g, line), session_logits(whole), t->V * sizeof(float));
    }
    session_truncate(whole, TRUNK);
    eval_few(whole, t->other + TRUNK, STEPS);
    assert_memory_equal(session_logits(fork), session_logits(whole), t->V * sizeof(float));
    group_close(g);
    session_close(fork);
    session_close(s);
    session_close(whole);
}

static void forks_and_groups_go_their_own_ways(void **state) {
    (void)state;
    for_all(check_copies);
}

static void check_branches(const struct timeline *t, const struct session_params *kind) {
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    struct branches *b = branches_new();
    int32_t ids[LENGTH];
    enum { TRUNK = 100, END = 500 };
    for (size_t round = 0, read = 0; round < 6; round++) {
        memcpy(ids, t->ids, sizeof ids);
        if (round % 2) memcpy(ids + TRUNK, t->other + TRUNK, (LENGTH - TRUNK) * sizeof *ids);
        size_t end = END + 20 * round;
        branches_go(b, s, ids, end);
        read = end - session_truncate(s, session_common_prefix(s, ids, end));
        if (round > 1) assert_int_equal(read, 40); /* what its branch grew by */
        eval_few(s, ids + end - read, read);
        same_as_whole(t, whole, s, ids, end);
    }
    branches_free(b);
    session_close(s);
    session_close(whole);
}

static void a_branch_is_returned_to(void **state) {
    (void)state;
    for_all(check_branches);
}

static void check_files(const struct timeline *t, const struct session_params *kind) {
    struct err e = {""};
    char path[] = "/tmp/aside-window-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind),
                   *resumed = open_sliding(t->m, kind);
    enum { PROMPT = 200, LEFT = 600 };
    eval(s, t->ids, PROMPT);
    eval_singly(s, t->ids + PROMPT, LEFT - PROMPT);
    size_t bytes = session_file_bytes(s);
    eval(resumed, t->other, 300);
    if (!session_save(s, path, &e) || !session_restore(resumed, path, &e)) fail_msg("%s", e.msg);
    assert_memory_equal(session_logits(resumed), session_logits(s), t->V * sizeof(float));
    eval_singly(s, t->ids + LEFT, LENGTH - LEFT);
    eval_singly(resumed, t->ids + LEFT, LENGTH - LEFT);
    assert_memory_equal(session_logits(resumed), session_logits(s), t->V * sizeof(float));
    for (int i = 0; i < 2; i++) /* what was saved came along */
        assert_int_equal(session_truncate(i ? resumed : s, PROMPT - 2), PROMPT - 16);
    eval_few(s, t->other, 300);
    eval_few(resumed, t->other, 300);
    assert_memory_equal(session_logits(resumed), session_logits(s), t->V * sizeof(float));
    eval(whole, t->ids, LEFT);
    assert_true(bytes < session_file_bytes(whole) * 85 / 100);
    assert_false(session_restore(whole, path, &e));
    assert_non_null(strstr(e.msg, "its cache has another shape"));
    unlink(path);
    session_close(s);
    session_close(whole);
    session_close(resumed);
}

static void a_file_brings_the_window_back(void **state) {
    (void)state;
    for_all(check_files);
}

/* What tokens drew on is told by position, wherever that lies in the cache. */
static void check_lookup(const struct timeline *t, const struct session_params *kind) {
    struct err e = {""};
    struct lookup a = {0}, b = {0};
    if (kind->cache_type != CACHE_F16 || kind->exact) return;
    struct session *s = open_sliding(t->m, kind), *whole = open_whole(t->m, kind);
    eval_few(s, t->ids, 598);
    eval_few(whole, t->ids, 598);
    if (!session_lookup(s, t->ids, 590, 606, &a, NULL, NULL, &e) ||
        !session_lookup(whole, t->ids, 590, 606, &b, NULL, NULL, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < (a.n_layers + 1) * a.n; i++)
        if (fabsf(a.weights[i] - b.weights[i]) > 1e-4f)
            fail_msg("layer %zu, position %zu: %g is %g", i / a.n, i % a.n, (double)b.weights[i],
                     (double)a.weights[i]);
    lookup_free(&a);
    lookup_free(&b);
    session_close(s);
    session_close(whole);
}

static void what_tokens_drew_on_is_told_alike(void **state) {
    (void)state;
    for_all(check_lookup);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_text_is_read_as_if_all_was_held),
        cmocka_unit_test(batches_are_read_as_if_all_was_held),
        cmocka_unit_test(cutting_anywhere_and_going_on_is_right),
        cmocka_unit_test(windows_are_whole_at_every_edge),
        cmocka_unit_test(another_answer_does_not_read_the_prompt_again),
        cmocka_unit_test(drafts_are_taken_back),
        cmocka_unit_test(forks_and_groups_go_their_own_ways),
        cmocka_unit_test(a_branch_is_returned_to),
        cmocka_unit_test(a_file_brings_the_window_back),
        cmocka_unit_test(what_tokens_drew_on_is_told_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
