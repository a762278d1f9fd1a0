/* Attention against a plain double-precision one, with every kernel table of this machine. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/attention.h"
#include "engine/kernels/kernels.h"
#include "engine/quant.h"

static struct rng rng = {.seed = 11};
static enum cache_type type; /* of the runs that follow */

struct shape {
    size_t n_tokens, n_past, n_head, n_head_kv, dk, dv, window;
    bool sinks, latent; /* latent: the value is the beginning of the key */
};

struct run {
    struct attention a;
    char *keys, *values;        /* the cache */
    float *key_plain, *v_plain; /* what it stands for: [position][kv head][dk], [dv] */
    float *q, *sinks;
    size_t n_out;
};

static float *random_floats(size_t n, double spread) {
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)(rng_normal(&rng) * spread);
    return x;
}

/* A cache of random rows of n_head·n numbers, `stride` bytes apart, and what it stands for. The
 * bytes between rows are poison. */
static char *random_cache(size_t positions, size_t n_head, size_t n, size_t stride, float **plain) {
    size_t head = cache_bytes(type, n);
    char *cache = malloc(positions * stride);
    memset(cache, 0xFF, positions * stride);
    *plain = random_floats(positions * n_head * n, 1);
    for (size_t i = 0; i < positions * n_head; i++) {
        char *row = cache + i / n_head * stride + i % n_head * head;
        float *x = *plain + i * n, back[1024] = {0};
        if (type == CACHE_Q8_0)
            kernels_scalar.to_q8_0(x, row, n);
        else
            kernels_scalar.to_f16(x, (uint16_t *)(void *)row, n);
        if (type == CACHE_Q8_0)
            quant_type(TENSOR_Q8_0)->dequantize(row, back, (n + 31) / 32 * 32);
        else
            quant_type(TENSOR_F16)->dequantize(row, back, n);
        memcpy(x, back, n * sizeof *x);
    }
    return cache;
}

static struct run run_new(const struct shape *s) {
    struct run r = {.n_out = s->n_tokens * s->n_head * s->dv};
    size_t positions = s->n_past + s->n_tokens;
    size_t k_stride = s->n_head_kv * cache_bytes(type, s->dk) + 16,
           v_stride = s->n_head_kv * cache_bytes(type, s->dv) + 48;
    r.keys = random_cache(positions, s->n_head_kv, s->dk, k_stride, &r.key_plain);
    if (!s->latent) r.values = random_cache(positions, s->n_head_kv, s->dv, v_stride, &r.v_plain);
    r.q = random_floats(s->n_tokens * s->n_head * s->dk, 2);
    r.sinks = s->sinks ? random_floats(s->n_head, 3) : NULL;
    r.a = (struct attention){.n_tokens = s->n_tokens,
                             .n_past = s->n_past,
                             .n_head = s->n_head,
                             .n_head_kv = s->n_head_kv,
                             .dk = s->dk,
                             .dv = s->dv,
                             .q = r.q,
                             .type = type,
                             .k = r.keys,
                             .v = s->latent ? r.keys : r.values,
                             .k_stride = k_stride,
                             .v_stride = s->latent ? k_stride : v_stride,
                             .k_head = cache_bytes(type, s->dk),
                             .v_head = cache_bytes(type, s->dv),
                             .scale = (float)(1 / sqrt((double)s->dk)),
                             .window = s->window,
                             .sinks = r.sinks};
    return r;
}

static void run_free(struct run *r) {
    free(r->keys);
    free(r->values);
    free(r->key_plain);
    free(r->v_plain);
    free(r->q);
    free(r->sinks);
}

static float *with_threads(const struct run *r, int n_threads) {
    struct attention a = r->a;
    struct pool *p = pool_new(n_threads);
    size_t floats = attention_scratch_floats(n_threads, a.n_head, a.dk, a.dv);
    a.scratch = malloc(floats * sizeof(float));
    memset(a.scratch, 0xFF, floats * sizeof(float));
    a.out = malloc(r->n_out * sizeof(float));
    attention_run(p, &a);
    pool_free(p);
    free(a.scratch);
    return a.out;
}

/* out[dv] of head h of token t, by the textbook. */
static void plain(const struct run *r, size_t t, size_t h, double *out) {
    const struct attention *a = &r->a;
    size_t end = a->n_past + t + 1, begin = a->window && end > a->window ? end - a->window : 0;
    size_t kv = h / (a->n_head / a->n_head_kv);
    const float *values = r->v_plain ? r->v_plain : r->key_plain;
    size_t v_row = r->v_plain ? a->dv : a->dk;
    double sum = a->sinks ? exp((double)a->sinks[h]) : 0;
    for (size_t i = 0; i < a->dv; i++) out[i] = 0;
    for (size_t p = begin; p < end; p++) {
        double score = 0;
        for (size_t i = 0; i < a->dk; i++)
            score += (double)a->q[(t * a->n_head + h) * a->dk + i] *
                     (double)r->key_plain[(p * a->n_head_kv + kv) * a->dk + i];
        double weight = exp(score * (double)a->scale);
        sum += weight;
        for (size_t i = 0; i < a->dv; i++)
            out[i] += weight * (double)values[(p * a->n_head_kv + kv) * v_row + i];
    }
    for (size_t i = 0; i < a->dv; i++) out[i] /= sum;
}

static double deviation(const struct run *r, const float *out) {
    double worst = 0, *row = malloc(r->a.dv * sizeof *row);
    for (size_t t = 0; t < r->a.n_tokens; t++) {
        for (size_t h = 0; h < r->a.n_head; h++) {
            plain(r, t, h, row);
            for (size_t i = 0; i < r->a.dv; i++) {
                double d = fabs((double)out[(t * r->a.n_head + h) * r->a.dv + i] - row[i]);
                if (!(d <= worst)) worst = isnan(d) ? 1e9 : d;
            }
        }
    }
    free(row);
    return worst;
}

static const struct shape shapes[] = {
    {1, 0, 1, 1, 32, 32, 0, false, false},      {1, 5, 4, 2, 64, 64, 0, false, false},
    {1, 700, 12, 2, 128, 128, 0, false, false}, {3, 500, 6, 2, 64, 64, 0, true, false},
    {8, 300, 8, 8, 32, 48, 0, false, false},    {50, 0, 12, 2, 128, 128, 0, false, false},
    {33, 100, 4, 1, 80, 80, 0, false, false},   {70, 130, 2, 2, 24, 24, 0, true, false},
    {1, 900, 8, 2, 64, 64, 128, true, false},   {40, 200, 4, 2, 64, 64, 33, true, false},
    {9, 64, 4, 2, 20, 12, 7, false, false},     {1, 600, 16, 1, 576, 512, 0, false, true},
    {17, 90, 16, 1, 576, 512, 0, false, true},  {2, 40, 128, 1, 96, 64, 0, false, true},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static void it_is_what_the_textbook_says(void **state) {
    (void)state;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        kernels_choose(*k);
        for (int i = 0; i < 2 * N_SHAPES; i++) {
            type = i % 2 ? CACHE_Q8_0 : CACHE_F16;
            struct run r = run_new(&shapes[i / 2]);
            float *out = with_threads(&r, 2);
            double d = deviation(&r, out);
            /* pairs of bfloat16 carry 16 bits */
            if (d > (strcmp((*k)->name, "amx") ? 3e-5 : 2e-4))
                fail_msg("%s, shape %d, type %d: off by %g", (*k)->name, i / 2, i % 2, d);
            free(out);
            run_free(&r);
        }
    }
}

static void threads_do_not_change_the_result(void **state) {
    (void)state;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        kernels_choose(*k);
        for (int i = 0; i < 2 * N_SHAPES; i++) {
            type = i % 2 ? CACHE_Q8_0 : CACHE_F16;
            struct run r = run_new(&shapes[i / 2]);
            float *one = with_threads(&r, 1), *three = with_threads(&r, 3);
            assert_memory_equal(one, three, r.n_out * sizeof *one);
            free(one);
            free(three);
            run_free(&r);
        }
    }
}

/* Token t of the run, evaluated alone: what was past for it then. */
static float *alone(const struct run *r, size_t t) {
    struct run one = *r;
    one.a.n_tokens = 1;
    one.a.n_past = r->a.n_past + t;
    one.a.q = r->a.q + t * r->a.n_head * r->a.dk;
    one.n_out = r->a.n_head * r->a.dv;
    return with_threads(&one, 2);
}

static void a_few_tokens_get_the_bits_that_each_gets_alone(void **state) {
    (void)state;
    static const struct shape few[] = {
        {8, 200, 4, 2, 64, 64, 0, false, false},   {8, 2540, 12, 2, 64, 64, 0, true, false},
        {5, 4400, 4, 2, 64, 64, 0, false, false},  {7, 3000, 8, 2, 64, 64, 128, true, false},
        {6, 700, 4, 2, 64, 64, 600, false, false}, {8, 2600, 16, 1, 576, 512, 0, false, true}};
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        kernels_choose(*k);
        for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
            struct run r = run_new(&few[i]);
            float *together = with_threads(&r, 2);
            size_t row = r.a.n_head * r.a.dv;
            for (size_t t = 0; t < few[i].n_tokens; t++) {
                float *one = alone(&r, t);
                if (memcmp(one, together + t * row, row * sizeof *one) != 0)
                    fail_msg("%s, shape %zu: token %zu is another alone", (*k)->name, i, t);
                free(one);
            }
            free(together);
            run_free(&r);
        }
    }
}

static void the_comparison_notices_a_missing_position(void **state) {
    (void)state;
    struct run r = run_new(&shapes[2]);
    r.a.n_past--; /* computes without the last position … */
    float *out = with_threads(&r, 1);
    r.a.n_past++; /* … and compares with it */
    assert_true(deviation(&r, out) > 3e-5);
    free(out);
    run_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_the_textbook_says),
        cmocka_unit_test(threads_do_not_change_the_result),
        cmocka_unit_test(a_few_tokens_get_the_bits_that_each_gets_alone),
        cmocka_unit_test(the_comparison_notices_a_missing_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
