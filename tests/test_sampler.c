/* Sampling: that draws follow the distribution, filters keep what they say, and nothing but
 * logits, settings, seed and position decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/sampler.h"

enum { V = 64, DRAWS = 40000 };

static const struct sampling plain = {.temperature = 1, .top_p = 1, .repeat_penalty = 1};

static void fill(float *logits, size_t n, float spread) {
    struct rng r = {.seed = 5};
    for (size_t i = 0; i < n; i++) logits[i] = spread * (float)rng_normal(&r);
}

static int32_t draw(struct sampler *s, const struct sampling *set, const float *logits,
                    uint64_t position) {
    struct sample out;
    sampler_choose(s, set, logits, NULL, 0, position, &out);
    return out.id;
}

static void count_draws(const struct sampling *set, const float *logits, double *share) {
    struct sampler *s = sampler_new(V);
    memset(share, 0, V * sizeof *share);
    for (uint64_t i = 0; i < DRAWS; i++) share[draw(s, set, logits, i)] += 1.0 / DRAWS;
    sampler_free(s);
}

static void probs_of(const float *logits, double temperature, double *p) {
    double sum = 0;
    for (size_t i = 0; i < V; i++) sum += p[i] = exp((double)logits[i] / temperature);
    for (size_t i = 0; i < V; i++) p[i] /= sum;
}

/* Pearson's chi square per degree of freedom; about 1 for draws from p, far above otherwise. */
static double chi_square(const double *share, const double *p) {
    double x = 0, pooled = 0, pooled_share = 0;
    int n = 0;
    for (size_t i = 0; i < V; i++) {
        if (p[i] * DRAWS < 5) {
            pooled += p[i], pooled_share += share[i];
            continue;
        }
        x += DRAWS * (share[i] - p[i]) * (share[i] - p[i]) / p[i], n++;
    }
    if (pooled > 0) x += DRAWS * (pooled_share - pooled) * (pooled_share - pooled) / pooled, n++;
    return x / (n - 1);
}

static void draws_follow_the_distribution(void **state) {
    (void)state;
    const float temperatures[] = {0.5f, 1, 2};
    float logits[V];
    double p[V], share[V];
    fill(logits, V, 1.5f);
    for (size_t i = 0; i < 3; i++) {
        struct sampling set = plain;
        set.temperature = temperatures[i];
        count_draws(&set, logits, share);
        probs_of(logits, (double)set.temperature, p);
        assert_true(chi_square(share, p) < 1.6);
        set.top_k = V; /* the same through the filters' way */
        count_draws(&set, logits, share);
        assert_true(chi_square(share, p) < 1.6);
    }
    probs_of(logits, 1.8, p); /* the check can fail */
    assert_true(chi_square(share, p) > 1.6);
}

static void both_ways_of_drawing_choose_the_same_token(void **state) {
    (void)state;
    float logits[V];
    struct sampler *s = sampler_new(V);
    struct sampling kept = plain;
    kept.top_k = V;
    fill(logits, V, 2);
    for (uint64_t i = 0; i < 2000; i++)
        assert_int_equal(draw(s, &plain, logits, i), draw(s, &kept, logits, i));
    sampler_free(s);
}

static int descending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static void filters_keep_what_they_say(void **state) {
    (void)state;
    float logits[V];
    double p[V], sorted[V], share[V], mass = 0;
    fill(logits, V, 1.5f);
    probs_of(logits, 1, p);
    memcpy(sorted, p, sizeof p);
    qsort(sorted, V, sizeof *sorted, descending);
    struct sampling k = plain, nucleus = plain, m = plain;
    k.top_k = 7, nucleus.top_p = 0.6f, m.min_p = 0.2f;
    size_t n = 0;
    while (mass < 0.6) mass += sorted[n++];
    const struct {
        const struct sampling *set;
        double least;
    } cases[] = {{&k, sorted[6]}, {&nucleus, sorted[n - 1]}, {&m, 0.2 * sorted[0]}};
    for (size_t c = 0; c < 3; c++) {
        double sum = 0;
        count_draws(cases[c].set, logits, share);
        for (size_t i = 0; i < V; i++) sum += p[i] >= cases[c].least * 0.999999 ? p[i] : 0;
        for (size_t i = 0; i < V; i++) {
            double want = p[i] >= cases[c].least * 0.999999 ? p[i] / sum : 0;
            assert_true(fabs(share[i] - want) <= 5 * sqrt(want / DRAWS));
        }
    }
}

static void equal_logits_are_cut_at_exactly_k(void **state) {
    (void)state;
    float logits[V] = {0};
    double share[V];
    struct sampling set = plain;
    set.top_k = 10;
    count_draws(&set, logits, share);
    for (size_t i = 0; i < V; i++) assert_true(i < 10 ? share[i] > 0.08 : share[i] == 0);
}

static void no_temperature_takes_the_most_likely(void **state) {
    (void)state;
    float logits[V];
    struct sampler *s = sampler_new(V);
    struct sampling set = plain;
    set.temperature = 0;
    fill(logits, V, 1);
    logits[41] = 9;
    for (uint64_t i = 0; i < 50; i++) assert_int_equal(draw(s, &set, logits, i), 41);
    sampler_free(s);
}

static void a_repeated_token_is_punished_once(void **state) {
    (void)state;
    float logits[V] = {0};
    struct sampler *s = sampler_new(V);
    struct sampling set = plain;
    const int32_t recent[] = {3, 3, 3, 5};
    struct sample out;
    set.temperature = 0, set.repeat_penalty = 2, set.repeat_last_n = 3;
    logits[3] = 4, logits[4] = 1.9f, logits[5] = -1;
    sampler_choose(s, &set, logits, recent, 4, 0, &out);
    assert_int_equal(out.id, 3); /* 4/2 = 2 > 1.9; punished thrice it would lose */
    logits[4] = 2.1f;
    sampler_choose(s, &set, logits, recent, 4, 0, &out);
    assert_int_equal(out.id, 4);
    set.repeat_last_n = 1; /* only token 5 is recent */
    sampler_choose(s, &set, logits, recent, 4, 0, &out);
    assert_int_equal(out.id, 3);
    sampler_free(s);
}

static void the_same_seed_and_position_choose_the_same(void **state) {
    (void)state;
    float logits[V];
    struct sampler *a = sampler_new(V), *b = sampler_new(V);
    struct sampling set = plain, other = plain;
    set.seed = 11, other.seed = 12;
    fill(logits, V, 1);
    int differ = 0;
    for (uint64_t i = 0; i < 200; i++) {
        int32_t id = draw(a, &set, logits, i);
        assert_int_equal(draw(b, &set, logits, i), id);
        differ += draw(b, &other, logits, i) != id;
    }
    assert_true(differ > 100);
    sampler_free(a);
    sampler_free(b);
}

static void statistics_are_of_the_raw_distribution(void **state) {
    (void)state;
    float logits[V];
    double p[V], entropy = 0;
    fill(logits, V, 2);
    logits[9] = -INFINITY;
    probs_of(logits, 1, p);
    for (size_t i = 0; i < V; i++) entropy -= p[i] > 0 ? p[i] * log(p[i]) : 0;
    struct sampler *s = sampler_new(V);
    struct sampling set = plain;
    struct sample out;
    set.temperature = 0.3f, set.top_k = 2;
    sampler_choose(s, &set, logits, NULL, 0, 1, &out);
    assert_true(fabs((double)out.logprob - log(p[out.id])) < 1e-5);
    assert_true(fabs((double)out.entropy - entropy) < 1e-5);
    assert_int_equal(out.n_alts, SAMPLE_ALTS);
    for (int i = 0; i < SAMPLE_ALTS; i++) {
        assert_true(fabs((double)out.alt_logprob[i] - log(p[out.alt_id[i]])) < 1e-5);
        assert_true(!i || out.alt_logprob[i] <= out.alt_logprob[i - 1]);
    }
    for (size_t i = 0; i < V; i++)
        assert_true(log(p[i]) <= (double)out.alt_logprob[SAMPLE_ALTS - 1] + 1e-5 ||
                    i == (size_t)out.alt_id[0] || i == (size_t)out.alt_id[1] ||
                    i == (size_t)out.alt_id[2] || i == (size_t)out.alt_id[3] ||
                    i == (size_t)out.alt_id[4]);
    sampler_measure(s, logits, 9, &out);
    assert_true(isinf(out.logprob) && out.logprob < 0);
    sampler_free(s);
}

static void a_broken_model_gives_some_token_of_the_vocabulary(void **state) {
    (void)state;
    float logits[V];
    struct sampler *s = sampler_new(V);
    struct sampling set = plain;
    const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
    for (size_t b = 0; b < 4; b++)
        for (int filtered = 0; filtered < 2; filtered++) {
            for (size_t i = 0; i < V; i++) logits[i] = bad[b];
            set.top_k = filtered * 5;
            int32_t id = draw(s, &set, logits, b);
            assert_true(id >= 0 && id < V);
        }
    sampler_free(s);
}

static void a_large_flat_vocabulary_is_no_trouble(void **state) {
    (void)state;
    size_t n = 152000;
    float *logits = mem_array(n, sizeof *logits);
    struct sampler *s = sampler_new(n);
    struct sampling set = plain;
    fill(logits, n, 0.01f);
    set.top_p = 0.95f;
    for (uint64_t i = 0; i < 20; i++) {
        int32_t a = draw(s, &set, logits, i);
        assert_true(a >= 0 && (size_t)a < n);
    }
    sampler_free(s);
    free(logits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_the_distribution),
        cmocka_unit_test(both_ways_of_drawing_choose_the_same_token),
        cmocka_unit_test(filters_keep_what_they_say),
        cmocka_unit_test(equal_logits_are_cut_at_exactly_k),
        cmocka_unit_test(no_temperature_takes_the_most_likely),
        cmocka_unit_test(a_repeated_token_is_punished_once),
        cmocka_unit_test(the_same_seed_and_position_choose_the_same),
        cmocka_unit_test(statistics_are_of_the_raw_distribution),
        cmocka_unit_test(a_broken_model_gives_some_token_of_the_vocabulary),
        cmocka_unit_test(a_large_flat_vocabulary_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
