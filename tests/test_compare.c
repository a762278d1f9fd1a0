/* Two conditions on one text, against the textbook's sums over raw logits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/compare.h"
#include "engine/sampler.h"

enum { N = 200 }; /* more than one piece of rows */

static const char golden[] = "tests/golden/llama-q4_k_m.gguf";

static struct model *open_model(const char *path) {
    struct err e = {""};
    struct model *m = model_open(path, &e);
    if (!m) fail_msg("%s", e.msg);
    return m;
}

static struct session *open_session(const struct model *m, bool exact) {
    struct err e = {""};
    struct session_params p = {.n_ctx = 256, .n_threads = 2, .exact = exact};
    struct session *s = session_open(m, &p, &e);
    if (!s) fail_msg("%s", e.msg);
    return s;
}

static void some_text(const struct model *m, int32_t *ids, size_t n) {
    struct rng rng = {.seed = 3};
    for (size_t i = 0; i < n; i++) ids[i] = (int32_t)rng_below(&rng, model_info(m)->n_vocab);
}

/* ---- the textbook ---- */

static void log_probs(const float *x, size_t n, double *out) {
    double max = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) max = fmax(max, (double)x[i]);
    for (size_t i = 0; i < n; i++) sum += exp((double)x[i] - max);
    for (size_t i = 0; i < n; i++) out[i] = (double)x[i] - max - log(sum);
}

static struct compare_row textbook(const float *a, const float *b, size_t n, int32_t id) {
    double *p = mem_array(n, sizeof *p), *q = mem_array(n, sizeof *q);
    struct compare_row r = {.id = id};
    log_probs(a, n, p);
    log_probs(b, n, q);
    for (size_t i = 0; i < n; i++) {
        r.kl += exp(p[i]) * (p[i] - q[i]);
        r.entropy[0] -= exp(p[i]) * p[i];
        r.entropy[1] -= exp(q[i]) * q[i];
        if (p[i] > p[r.top[0]]) r.top[0] = (int32_t)i;
        if (q[i] > q[r.top[1]]) r.top[1] = (int32_t)i;
    }
    r.logprob[0] = p[id], r.logprob[1] = q[id];
    free(p);
    free(q);
    return r;
}

static void near(double a, double b, double bound) {
    if (!(fabs(a - b) <= bound)) fail_msg("%.12g and %.12g are not within %g", a, b, bound);
}

static void same_row(const struct compare_row *a, const struct compare_row *b, double bound) {
    assert_int_equal(a->id, b->id);
    near(a->kl, b->kl, bound);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(a->top[i], b->top[i]);
        near(a->logprob[i], b->logprob[i], bound);
        near(a->entropy[i], b->entropy[i], bound);
    }
}

/* ---- the tests ---- */

static void a_row_is_what_the_textbook_says(void **state) {
    enum { V = 5003 };
    float *a = mem_array(V, sizeof *a), *b = mem_array(V, sizeof *b);
    struct rng rng = {.seed = 5};
    (void)state;
    for (int round = 0; round < 4; round++) {
        double spread = round < 2 ? 4 : 40, apart = round % 2 ? 3 : 1e-4;
        for (int i = 0; i < V; i++) {
            a[i] = (float)(rng_normal(&rng) * spread);
            b[i] = a[i] + (float)(rng_normal(&rng) * apart);
        }
        struct compare_row got = compare_logits(a, b, V, 17), want = textbook(a, b, V, 17);
        same_row(&got, &want, 1e-10);
        assert_true(got.kl > 0);
    }
    struct compare_row same = compare_logits(a, a, V, 3);
    assert_true(same.kl == 0);
    free(a);
    free(b);
}

/* Logits of the n tokens after `before`, all at once. Owned. */
static float *all_logits(const struct model *m, bool exact, const int32_t *ids, size_t n) {
    struct err e = {""};
    float *out = mem_array(n * model_info(m)->n_vocab, sizeof *out);
    struct session *s = open_session(m, exact);
    if (!session_eval(s, ids, n, out, NULL, NULL, &e)) fail_msg("%s", e.msg);
    session_close(s);
    return out;
}

static void count_progress(void *ctx, size_t done, size_t n) {
    size_t *last = ctx;
    assert_true(done > *last && done <= n);
    *last = done;
}

static void two_precisions_differ_as_their_logits_do(void **state) {
    struct model *m = open_model(golden);
    struct session *sides[2] = {open_session(m, true), open_session(m, false)};
    size_t V = model_info(m)->n_vocab, done = 0;
    struct compare_rows c = {0};
    struct err e = {""};
    int32_t ids[N];
    (void)state;
    some_text(m, ids, N);
    struct compare_text t = {.ids = ids, .n = N};
    assert_true(compare_run(sides, &t, &c, count_progress, &done, &e));
    assert_int_equal(done, N);
    assert_int_equal(c.n, N - 1); /* nothing says how likely the first is */
    float *a = all_logits(m, true, ids, N), *b = all_logits(m, false, ids, N);
    struct sampler *sampler = sampler_new(V);
    double sum = 0;
    for (size_t i = 0; i < c.n; i++) {
        struct compare_row want = textbook(a + i * V, b + i * V, V, ids[i + 1]);
        /* pieces of another size may sum the rounded side's products in another order */
        same_row(&c.rows[i], &want, 2e-3);
        struct sample x;
        sampler_measure(sampler, a + i * V, ids[i + 1], &x);
        near(c.rows[i].logprob[0], (double)x.logprob, 1e-4);
        sum += c.rows[i].kl;
    }
    assert_true(sum > 1e-6);
    near(compare_totals(&c).kl_mean, sum / (double)c.n, 1e-12);
    sampler_free(sampler);
    free(a);
    free(b);
    compare_rows_free(&c);
    session_close(sides[0]);
    session_close(sides[1]);
    model_close(m);
}

/* The second side reads more before the text, as an answer after its thought. */
static void what_was_read_before_counts(void **state) {
    enum { SHORT = 5, LONG = 60, TEXT = 40 };
    struct model *m = open_model(golden);
    struct session *sides[2] = {open_session(m, true), open_session(m, true)};
    size_t V = model_info(m)->n_vocab;
    struct compare_rows c = {0};
    struct err e = {""};
    int32_t ids[2][LONG + TEXT];
    (void)state;
    some_text(m, ids[1], LONG + TEXT);
    memcpy(ids[0], ids[1], SHORT * sizeof *ids[0]);
    memcpy(ids[0] + SHORT, ids[1] + LONG, TEXT * sizeof *ids[0]);
    struct compare_text t = {
        .before = {ids[0], ids[1]}, .n_before = {SHORT, LONG}, .ids = ids[1] + LONG, .n = TEXT};
    /* once more on the used sessions: the same again */
    for (int round = 0; round < 2; round++) assert_true(compare_run(sides, &t, &c, NULL, NULL, &e));
    assert_int_equal(c.n, 2 * TEXT);
    float *a = all_logits(m, true, ids[0], SHORT + TEXT),
          *b = all_logits(m, true, ids[1], LONG + TEXT);
    for (size_t i = 0; i < c.n; i++) {
        size_t k = i % TEXT;
        struct compare_row want =
            textbook(a + (SHORT + k - 1) * V, b + (LONG + k - 1) * V, V, t.ids[k]);
        same_row(&c.rows[i], &want, 1e-4);
    }
    assert_true(compare_totals(&c).kl_mean > 1e-4);
    free(a);
    free(b);
    compare_rows_free(&c);
    session_close(sides[0]);
    session_close(sides[1]);
    model_close(m);
}

static void totals_are_means_and_percentiles(void **state) {
    struct compare_rows c = {0};
    (void)state;
    struct compare_totals none = compare_totals(&c);
    assert_true(none.n == 0 && none.kl_max == 0);
    c.rows = mem_calloc(101, sizeof *c.rows);
    c.n = 101;
    for (int i = 0; i < 101; i++) { /* 0 … 100 in some order */
        double x = (double)(i * 37 % 101);
        c.rows[i] = (struct compare_row){.kl = x, .logprob = {-1, i % 2 ? -2.5 : -1.5}};
        c.rows[i].top[1] = i < 10;
    }
    struct compare_totals t = compare_totals(&c);
    near(t.kl_mean, 50, 1e-12);
    near(t.kl_median, 50, 0);
    near(t.kl_90, 90, 1e-9);
    near(t.kl_99, 99, 1e-9);
    near(t.kl_max, 100, 0);
    near(t.kl_error, sqrt(858.5 / 101), 1e-9); /* variance of 0…100 with n - 1: 101·102/12 */
    near(t.cross_entropy[0], 1, 1e-12);
    near(t.perplexity[0], exp(1), 1e-9);
    near(t.cross_entropy[1], (50 * 2.5 + 51 * 1.5) / 101, 1e-12);
    near(t.log_ratio, t.cross_entropy[1] - 1, 1e-12);
    near(t.same_top, 91.0 / 101, 1e-12);
    size_t n, *worst = compare_worst(&c, 3, &n);
    assert_int_equal(n, 3);
    near(c.rows[worst[0]].kl, 100, 0);
    near(c.rows[worst[1]].kl, 99, 0);
    free(worst);
    compare_rows_free(&c);
}

static void other_vocabularies_are_refused(void **state) {
    struct model *a = open_model(golden), *c = open_model("engine/builtin/aside-mini.gguf");
    struct err e = {""};
    (void)state;
    assert_true(compare_vocabularies(a, a, &e));
    assert_true(compare_vocabularies(c, c, &e));
    assert_false(compare_vocabularies(a, c, &e));
    assert_non_null(strstr(e.msg, "vocabularies differ"));
    model_close(a);
    model_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_what_the_textbook_says),
        cmocka_unit_test(two_precisions_differ_as_their_logits_do),
        cmocka_unit_test(what_was_read_before_counts),
        cmocka_unit_test(totals_are_means_and_percentiles),
        cmocka_unit_test(other_vocabularies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
