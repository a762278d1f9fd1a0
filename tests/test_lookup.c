/* What tokens drew on: attention's weights against the textbook's, for every kind of attention on
 * random keys, and in whole models computed the naive way: full heads, double precision, no cache.
 * Small models of more families are looked for in ../shared/goldens. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "engine/attention.h"
#include "engine/lookup.h"
#include "engine/quant.h"
#include "engine/weights.h"

static struct rng rng = {.seed = 23};

static void near(const char *what, double got, double want, double bound) {
    if (!(fabs(got - want) <= bound))
        fail_msg("%s: %.9g is not within %g of %.9g", what, got, bound, want);
}

/* ---- rows of attention ---- */

struct shape {
    size_t n_tokens, n_past, n_head, n_head_kv, dk, window;
    bool sinks;
    size_t first, last; /* rows that count */
};

static const struct shape shapes[] = {
    {6, 0, 4, 4, 32, 0, false, 0, 5},    {9, 40, 6, 2, 64, 0, false, 43, 43},
    {8, 30, 8, 2, 64, 0, true, 30, 36},  {40, 10, 4, 1, 20, 7, false, 12, 30},
    {12, 90, 4, 2, 24, 33, true, 0, 99}, {5, 60, 16, 1, 576, 0, false, 61, 63},
};

/* weights [n] and what a sink takes, the mean over the heads of row t. */
static void add_row(const struct attention *a, size_t t, double share, double *weights,
                    double *sunk) {
    size_t end = a->n_past + t + 1, begin = a->window && end > a->window ? end - a->window : 0;
    for (size_t h = 0; h < a->n_head; h++) {
        size_t kv = h / (a->n_head / a->n_head_kv);
        double *w = mem_calloc(end, sizeof *w), sum = a->sinks ? exp((double)a->sinks[h]) : 0;
        *sunk += share * sum;
        double sink = sum;
        for (size_t p = begin; p < end; p++) {
            const uint16_t *key = (const void *)(a->k + p * a->k_stride);
            double score = 0;
            key += kv * a->dk;
            for (size_t i = 0; i < a->dk; i++)
                score += (double)a->q[(t * a->n_head + h) * a->dk + i] * (double)f16_to_f32(key[i]);
            sum += w[p] = exp(score * (double)a->scale);
        }
        for (size_t p = begin; p < end; p++) weights[p] += share * w[p] / sum;
        *sunk += share * (sink / sum - sink);
        free(w);
    }
}

static void check_shape(const struct shape *s, int n_threads) {
    size_t n = s->n_past + s->n_tokens, stride = s->n_head_kv * s->dk + 8;
    uint16_t *k = mem_array(n * stride, sizeof *k);
    float *q = mem_array(s->n_tokens * s->n_head * s->dk, sizeof *q), sinks[16];
    for (size_t i = 0; i < n * stride; i++) k[i] = f32_to_f16((float)rng_normal(&rng));
    for (size_t i = 0; i < s->n_tokens * s->n_head * s->dk; i++) q[i] = (float)rng_normal(&rng) * 2;
    for (int i = 0; i < 16; i++) sinks[i] = (float)rng_normal(&rng) * 3;
    struct attention a = {.n_tokens = s->n_tokens,
                          .n_past = s->n_past,
                          .n_head = s->n_head,
                          .n_head_kv = s->n_head_kv,
                          .dk = s->dk,
                          .q = q,
                          .k = (const char *)k,
                          .k_stride = stride * sizeof *k,
                          .k_head = s->dk * sizeof *k,
                          .scale = (float)(1 / sqrt((double)s->dk)),
                          .window = s->window,
                          .sinks = s->sinks ? sinks : NULL};
    struct lookup l = {.n = n, .n_layers = 1};
    l.weights = mem_calloc(2 * n, sizeof *l.weights);
    l.nowhere = mem_calloc(2, sizeof *l.nowhere);
    struct lookup_pass p = {.out = &l, .first = s->first, .last = s->last};
    p.scores = mem_array(s->n_head * n, sizeof *p.scores);
    p.sunk = mem_array(s->n_head, sizeof *p.sunk);
    struct pool *pool = pool_new(n_threads);
    lookup_take(&p, pool, 1, &a); /* not one of its layers: nothing is written */
    lookup_take(&p, pool, 0, &a);
    pool_free(pool);

    double *want = mem_calloc(n, sizeof *want), sunk = 0, sum = 0;
    size_t n_rows = s->last - s->first + 1;
    for (size_t t = 0; t < s->n_tokens; t++)
        if (s->n_past + t >= s->first && s->n_past + t <= s->last)
            add_row(&a, t, 1.0 / (double)(s->n_head * n_rows), want, &sunk);
    for (size_t i = 0; i < n; i++) {
        near("a weight", (double)l.weights[i], want[i], 2e-6);
        sum += (double)l.weights[i];
    }
    near("what is sunk", (double)l.nowhere[0], sunk, 2e-6);
    if (s->first >= s->n_past && s->last < n) near("the sum", sum + sunk, 1, 1e-5);
    free(k), free(q), free(want), free(p.scores), free(p.sunk);
    lookup_free(&l);
}

static void rows_are_what_the_textbook_says(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int threads = 1; threads <= 3; threads += 2) check_shape(&shapes[i], threads);
}

/* ---- the first layer of a model, the naive way ---- */

static double *row_of(const struct tensor *w, size_t row) {
    float *x = mem_array(w->ne[0], sizeof *x);
    double *out = mem_array(w->ne[0], sizeof *out);
    quant_type(w->type)->dequantize((const char *)w->data + row * w->row_bytes, x, w->ne[0]);
    for (size_t i = 0; i < w->ne[0]; i++) out[i] = (double)x[i];
    free(x);
    return out;
}

static double *times(const struct tensor *w, const double *x) {
    double *y = mem_calloc(w->ne[1], sizeof *y);
    for (size_t r = 0; r < w->ne[1]; r++) {
        double *row = row_of(w, r);
        for (size_t i = 0; i < w->ne[0]; i++) y[r] += row[i] * x[i];
        free(row);
    }
    return y;
}

static void norm(double *x, size_t n, const float *w, double eps) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    for (size_t i = 0; i < n; i++) x[i] *= (double)w[i] / sqrt(sum / (double)n + eps);
}

static void turn(const struct rope *r, size_t position, double *x) {
    for (size_t i = 0; i < r->n_rot / 2; i++) {
        size_t a = r->layout == ROPE_NORM ? 2 * i : i,
               b = r->layout == ROPE_NORM ? 2 * i + 1 : i + r->n_rot / 2;
        double angle = (double)position * r->freq[i], m = (double)r->magnitude, u = x[a], v = x[b];
        x[a] = m * (u * cos(angle) - v * sin(angle));
        x[b] = m * (u * sin(angle) + v * cos(angle));
    }
}

struct heads { /* of one position: queries [H][d], keys [H][d] */
    double *q, *k;
};

static struct heads gqa_heads(const struct model *m, const double *h, size_t position) {
    const struct layer *y = &m->layers[0];
    double *q = times(&y->wq, h), *few = times(&y->wk, h),
           *k = mem_array((size_t)y->n_head * y->dk, sizeof *k);
    for (size_t i = 0; i < y->n_head; i++) {
        double *one = q + i * y->dk;
        if (y->q_norm) norm(one, y->dk, y->q_norm, (double)m->hp.eps);
        turn(&m->ropes[y->rope], position, one);
        memcpy(k + i * y->dk, few + i / (y->n_head / y->n_head_kv) * y->dk, y->dk * sizeof *k);
        if (y->k_norm) norm(k + i * y->dk, y->dk, y->k_norm, (double)m->hp.eps);
        turn(&m->ropes[y->rope], position, k + i * y->dk);
    }
    free(few);
    return (struct heads){q, k};
}

/* Not absorbed: every head's key is written out from the latent. */
static struct heads mla_heads(const struct model *m, const double *h, size_t position) {
    const struct layer *y = &m->layers[0];
    size_t d = m->hp.dk_mla, nope = d - m->hp.n_rot, lora = m->hp.kv_lora, H = y->n_head;
    double *q, *latent = times(&y->wkv_a, h), *k = mem_calloc(H * d, sizeof *k);
    if (m->hp.q_lora) {
        double *low = times(&y->wq_a, h);
        norm(low, m->hp.q_lora, y->q_a_norm, (double)m->hp.eps);
        q = times(&y->wq_b, low);
        free(low);
    } else
        q = times(&y->wq, h);
    norm(latent, lora, y->kv_a_norm, (double)m->hp.eps);
    turn(&m->ropes[ROPE_GLOBAL], position, latent + lora);
    for (size_t i = 0; i < H; i++) {
        turn(&m->ropes[ROPE_GLOBAL], position, q + i * d + nope);
        memcpy(k + i * d + nope, latent + lora, m->hp.n_rot * sizeof *k);
        for (size_t c = 0; c < lora; c++) {
            double *row = row_of(&y->wk_b, i * lora + c);
            for (size_t j = 0; j < nope; j++) k[i * d + j] += row[j] * latent[c];
            free(row);
        }
    }
    free(latent);
    return (struct heads){q, k};
}

/* The mean over heads and over the rows [first, last] of the first layer's attention. */
static double *naive(const struct model *m, const int32_t *ids, size_t n, size_t first) {
    const struct layer *y = &m->layers[0];
    bool mla = y->mixer == MIXER_MLA;
    size_t d = mla ? m->hp.dk_mla : y->dk, H = y->n_head;
    double scale = m->hp.attention_scale != 0 ? (double)m->hp.attention_scale : 1 / sqrt((double)d),
           *out = mem_calloc(n, sizeof *out), *w = mem_array(n, sizeof *w);
    struct heads *all = mem_array(n, sizeof *all);
    for (size_t p = 0; p < n; p++) {
        double *h = row_of(&m->token_embd, (size_t)ids[p]);
        norm(h, m->hp.n_embd, y->attn_norm, (double)m->hp.eps);
        all[p] = mla ? mla_heads(m, h, p) : gqa_heads(m, h, p);
        free(h);
    }
    for (size_t t = first; t < n; t++)
        for (size_t i = 0; i < H; i++) {
            double sum = 0;
            for (size_t p = 0; p <= t; p++) {
                double score = 0;
                for (size_t j = 0; j < d; j++) score += all[t].q[i * d + j] * all[p].k[i * d + j];
                sum += w[p] = exp(score * scale);
            }
            for (size_t p = 0; p <= t; p++) out[p] += w[p] / sum / (double)(H * (n - first));
        }
    for (size_t p = 0; p < n; p++) free(all[p].q), free(all[p].k);
    free(all);
    free(w);
    return out;
}

enum { N = 48 };

static struct model *open_model(const char *path) {
    struct err e = {""};
    struct model *m = model_open(path, &e);
    if (!m) fail_msg("%s", e.msg);
    return m;
}

static void random_tokens(const struct model *m, int32_t ids[N]) {
    for (size_t i = 0; i < N; i++) ids[i] = (int32_t)rng_below(&rng, m->hp.n_vocab);
}

static struct session *open_session(const struct model *m, uint32_t n_batch) {
    struct err e = {""};
    struct session_params p = {.n_ctx = N, .n_threads = 2, .n_batch = n_batch, .exact = true};
    struct session *s = session_open(m, &p, &e);
    if (!s) fail_msg("%s", e.msg);
    return s;
}

static void look_up(struct session *s, const int32_t *ids, size_t begin, size_t end,
                    struct lookup *out) {
    struct err e = {""};
    if (!session_lookup(s, ids, begin, end, out, NULL, NULL, &e)) fail_msg("%s", e.msg);
}

static void the_first_layer_is_what_full_heads_say(void **state) {
    static const char *const paths[] = {"tests/golden/llama-q4_k_m.gguf",
                                        "tests/golden/qwen3-f16.gguf",
                                        "tests/golden/deepseek2-v3.gguf"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct model *m = open_model(paths[i]);
        int32_t ids[N];
        random_tokens(m, ids);
        struct session *s = open_session(m, 0);
        struct lookup l;
        look_up(s, ids, 31, 40, &l);
        assert_int_equal(l.n, 39);
        double *want = naive(m, ids, l.n, 30);
        for (size_t p = 0; p < l.n; p++)
            near(paths[i], (double)l.weights[p], want[p], 2e-4 * (want[p] + 0.01));
        free(want);
        lookup_free(&l);
        session_close(s);
        model_close(m);
    }
}

/* ---- whole models ---- */

static void check_sums(const struct model *m, const struct lookup *l, const char *path) {
    size_t last = l->n - 1; /* the last row that counts */
    for (uint32_t i = 0; i <= l->n_layers; i++) {
        const float *w = l->weights + i * l->n;
        const struct layer *y = &m->layers[i];
        bool layer = i < l->n_layers, none = layer && !l->attends[i];
        double sum = (double)l->nowhere[i];
        for (size_t p = 0; p < l->n; p++) {
            assert_true(w[p] >= 0);
            sum += (double)w[p];
            if (layer && y->window && p + y->window < last) assert_true(w[p] == 0);
        }
        near(path, sum, none ? 0 : 1, 1e-4);
        if (layer) assert_int_equal(none, y->mixer == MIXER_CONV || y->mixer == MIXER_DELTA);
        if (layer && !y->sinks) assert_true(l->nowhere[i] == 0);
        if (layer && y->sinks) assert_true(l->nowhere[i] > 0);
    }
}

/* One row of the last token; then spans of a session that was used before, in small batches: as in
 * a fresh one at once. */
static void check_model(const char *path) {
    struct model *m = open_model(path);
    int32_t ids[N];
    random_tokens(m, ids);
    struct session *used = open_session(m, 7), *fresh = open_session(m, 0);
    struct lookup a, b;
    look_up(used, ids, N - 1, N, &a);
    check_sums(m, &a, path);
    lookup_free(&a);
    look_up(used, ids, 20, 32, &a);
    look_up(fresh, ids, 20, 32, &b);
    for (size_t i = 0; i < (a.n_layers + 1) * a.n; i++)
        near(path, (double)a.weights[i], (double)b.weights[i], 1e-4);
    lookup_free(&a);
    lookup_free(&b);
    session_close(used);
    session_close(fresh);
    model_close(m);
}

static void in_every_family_weights_add_up(void **state) {
    static const char *const folders[] = {"tests/golden", "../shared/goldens/families"};
    size_t n_models = 0;
    (void)state;
    for (int i = 0; i < 2; i++) {
        DIR *d = opendir(folders[i]);
        if (!d) print_message("skipped %s: not here\n", folders[i]);
        for (struct dirent *f; d && (f = readdir(d));) {
            struct str path = STR_INIT;
            str_addf(&path, "%s/%s", folders[i], f->d_name);
            if (str_ends(path.s, ".gguf")) check_model(path.s), n_models++;
            str_free(&path);
        }
        if (d) closedir(d);
    }
    assert_true(n_models >= 3);
}

static void a_full_context_is_said(void **state) {
    struct model *m = open_model("tests/golden/qwen3-f16.gguf");
    struct session *s = open_session(m, 0);
    int32_t ids[N + 2] = {0};
    struct lookup l;
    struct err e = {""};
    (void)state;
    look_up(s, ids, N, N + 1, &l); /* the last token need not be evaluated */
    lookup_free(&l);
    assert_false(session_lookup(s, ids, N, N + 2, &l, NULL, NULL, &e));
    assert_non_null(strstr(e.msg, "is full"));
    lookup_free(&l);
    session_close(s);
    model_close(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_what_the_textbook_says),
        cmocka_unit_test(the_first_layer_is_what_full_heads_say),
        cmocka_unit_test(in_every_family_weights_add_up),
        cmocka_unit_test(a_full_context_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
