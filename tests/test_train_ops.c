/* The trainer's operations: every backward against finite differences of its forward, the tile
 * unit's matrix product against OpenBLAS, and the whole net against finite differences. */
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
#include "engine/train/net.h"

static struct rng rng = {.seed = 11};

static float *randoms(size_t n, float size) {
    float *x = mem_array(n + 1, sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)rng_normal(&rng) * size;
    return x;
}

static float *zeros(size_t n) { return mem_calloc(n + 1, sizeof(float)); }

/* ---- the whole net ------------------------------------------------------------------------ */

static const struct net_config tiny = {.n_vocab = 40,
                                       .n_embd = 32,
                                       .n_block = 3,
                                       .n_head = 2,
                                       .nope = 32,
                                       .rope = 8,
                                       .v_dim = 32,
                                       .q_lora = 32,
                                       .kv_lora = 32,
                                       .n_ff = 64,
                                       .n_expert = 3,
                                       .n_used = 2,
                                       .n_ff_exp = 32,
                                       .n_ctx = 64,
                                       .expert_scale = 1.5f,
                                       .eps = 1e-6f,
                                       .rope_base = 100.0f};

static void fill_batch(struct batch *b) {
    int token[30];
    uint8_t loss[30];
    for (int d = 0; d < 3; d++) {
        int n = 5 + 9 * d;
        for (int i = 0; i < n; i++) {
            token[i] = (int)rng_below(&rng, (uint32_t)tiny.n_vocab);
            loss[i] = i > 2;
        }
        assert_true(batch_add(b, token, loss, n));
    }
}

struct net_case {
    struct pass *p;
    struct weights w;
    struct batch b;
    float *coef, *mtp_coef;
};

static double objective(struct net_case *t) {
    pass_forward(t->p, &t->w, &t->b, true);
    double sum = 0;
    for (int i = 0; i < t->b.n_tok; i++)
        sum += (double)t->coef[i] * pass_logp(t->p)[i] +
               (double)t->mtp_coef[i] * pass_mtp_logp(t->p)[i];
    return sum;
}

/* Central differences along random directions, one tensor at a time. */
static void net_gradient_agrees_with_finite_differences(void **state) {
    (void)state;
    struct param_list l;
    net_params(&tiny, &l);
    float *base = mem_array(l.total, sizeof *base), *grad = zeros(l.total);
    net_init(&tiny, base, 3);
    struct weights g;
    struct net_case t = {.p = pass_new(&tiny, ops_blas(), 64)};
    net_bind(&tiny, base, &t.w);
    net_bind(&tiny, grad, &g);
    batch_init(&t.b, 64);
    fill_batch(&t.b);
    t.coef = randoms(64, 1);
    t.mtp_coef = randoms(64, 1);
    /* A choice that flips is a step in the objective: the bias keeps expert 0 out. */
    for (int i = 1; i <= tiny.n_block; i++)
        for (int e = 0; e < tiny.n_expert; e++) t.w.block[i].router_bias[e] = 2.0f * (float)e;
    objective(&t);
    pass_backward(t.p, &t.w, &t.b, t.coef, t.mtp_coef, &g);
    for (size_t i = 0; i < l.n; i++) {
        if (l.p[i].kind == PARAM_BIAS) continue;
        float *w = base + l.p[i].offset, *dw = grad + l.p[i].offset;
        float *keep = mem_array(l.p[i].count, sizeof *keep);
        memcpy(keep, w, sizeof *keep * l.p[i].count);
        double along = 0, norm = 0;
        for (size_t j = 0; j < l.p[i].count; j++) norm += (double)dw[j] * dw[j];
        norm = sqrt(norm);
        assert_true(norm > 0);
        float *dir = randoms(l.p[i].count, 1);
        double dir_norm = 0;
        for (size_t j = 0; j < l.p[i].count; j++) {
            dir[j] = (float)(dir[j] / sqrt((double)l.p[i].count) + dw[j] / norm);
            dir_norm += (double)dir[j] * dir[j];
            along += (double)dir[j] * dw[j];
        }
        double h = 2e-3 / sqrt(dir_norm);
        for (size_t j = 0; j < l.p[i].count; j++) w[j] = keep[j] + (float)(h * dir[j]);
        double up = objective(&t);
        for (size_t j = 0; j < l.p[i].count; j++) w[j] = keep[j] - (float)(h * dir[j]);
        double down = objective(&t);
        memcpy(w, keep, sizeof *keep * l.p[i].count);
        double measured = (up - down) / (2 * h);
        if (fabs(measured - along) > 0.02 * fabs(along) + 2e-3)
            fail_msg("tensor %zu (%d x %d): measured %g, computed %g", i, l.p[i].rows, l.p[i].cols,
                     measured, along);
        free(keep);
        free(dir);
    }
    free(t.coef);
    free(t.mtp_coef);
    batch_done(&t.b);
    pass_free(t.p);
    free(base);
    free(grad);
    free(l.p);
}

/* ---- single operations -------------------------------------------------------------------- */

/* sum of y∘r for fixed random r is what the checks differentiate. */
static double dot(size_t n, const float *x, const float *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

struct op_case {
    float *x, *dx; /* the input that is moved, and the gradient that backward computed */
    size_t n;
    double (*forward)(void *ctx);
    void *ctx;
};

static void agrees(const char *name, struct op_case c) {
    float *keep = mem_array(c.n, sizeof *keep), *dir = randoms(c.n, 1);
    const float h = 1e-3f;
    memcpy(keep, c.x, c.n * sizeof *keep);
    for (size_t i = 0; i < c.n; i++) c.x[i] = keep[i] + h * dir[i];
    double up = c.forward(c.ctx);
    for (size_t i = 0; i < c.n; i++) c.x[i] = keep[i] - h * dir[i];
    double down = c.forward(c.ctx), computed = dot(c.n, dir, c.dx);
    memcpy(c.x, keep, c.n * sizeof *keep);
    double measured = (up - down) / (2.0 * (double)h);
    if (fabs(measured - computed) > 0.01 * fabs(computed) + 5e-3)
        fail_msg("%s: measured %g, computed %g", name, measured, computed);
    free(keep);
    free(dir);
}

struct norm_case {
    float *x, *w, *y, *r, *rstd;
};

static double norm_forward(void *ctx) {
    struct norm_case *c = ctx;
    ops_blas()->rmsnorm(5, 48, c->x, 60, c->w, 1e-6f, c->y, c->rstd);
    return dot(5 * 48, c->y, c->r);
}

static void rmsnorm_backward_is_right(void **state) {
    (void)state;
    struct norm_case c = {randoms(300, 1), randoms(48, 1), zeros(240), randoms(240, 1), zeros(5)};
    float *dx = zeros(300), *dw = zeros(48);
    norm_forward(&c);
    ops_blas()->rmsnorm_back(5, 48, c.x, 60, c.w, c.rstd, c.r, dx, 60, false, dw);
    agrees("rmsnorm x", (struct op_case){c.x, dx, 300, norm_forward, &c});
    agrees("rmsnorm w", (struct op_case){c.w, dw, 48, norm_forward, &c});
    float *all[] = {c.x, c.w, c.y, c.r, c.rstd, dx, dw};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

struct glu_case {
    float *gu, *y, *r;
};

static double glu_forward(void *ctx) {
    struct glu_case *c = ctx;
    ops_blas()->swiglu(7, 33, c->gu, c->y);
    return dot(7 * 33, c->y, c->r);
}

static void swiglu_backward_is_right(void **state) {
    (void)state;
    struct glu_case c = {randoms(7 * 66, 2), zeros(7 * 33), randoms(7 * 33, 1)};
    float *d = zeros(7 * 66);
    ops_blas()->swiglu_back(7, 33, c.gu, c.r, d);
    agrees("swiglu", (struct op_case){c.gu, d, 7 * 66, glu_forward, &c});
    free(c.gu);
    free(c.y);
    free(c.r);
    free(d);
}

/* Three documents, one longer than a block of query rows. */
static const int att_start[] = {0, 1, 20, 20 + OPS_ATTENTION_ROWS + 9};
#define ATT_N     (20 + OPS_ATTENTION_ROWS + 9)
#define ATT_HEADS 2
#define ATT_QK    12
#define ATT_V     8

struct att_case {
    struct ops_attention a;
    float *q, *k, *v, *out, *r;
};

static double att_forward(void *ctx) {
    struct att_case *c = ctx;
    struct ops_docs docs = {3, att_start};
    ops_blas()->attention(ops_blas(), &c->a, docs, c->q, c->k, c->v, c->out);
    return dot((size_t)ATT_N * ATT_HEADS * ATT_V, c->out, c->r);
}

static void attention_backward_is_right(void **state) {
    (void)state;
    size_t nk = (size_t)ATT_N * ATT_HEADS * ATT_QK, nv = (size_t)ATT_N * ATT_HEADS * ATT_V;
    struct att_case c = {{ATT_HEADS, ATT_QK, ATT_V, 0.3f, zeros(OPS_ATTENTION_ROWS * 256),
                          zeros(OPS_ATTENTION_ROWS * 256)},
                         randoms(nk, 1),
                         randoms(nk, 1),
                         randoms(nv, 1),
                         zeros(nv),
                         randoms(nv, 1)};
    float *dq = zeros(nk), *dk = zeros(nk), *dv = zeros(nv);
    att_forward(&c);
    ops_blas()->attention_back(ops_blas(), &c.a, (struct ops_docs){3, att_start}, c.q, c.k, c.v,
                               c.out, c.r, dq, dk, dv);
    agrees("attention q", (struct op_case){c.q, dq, nk, att_forward, &c});
    agrees("attention k", (struct op_case){c.k, dk, nk, att_forward, &c});
    agrees("attention v", (struct op_case){c.v, dv, nv, att_forward, &c});
    float *all[] = {c.a.scores, c.a.d_scores, c.q, c.k, c.v, c.out, c.r, dq, dk, dv};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

struct rope_case {
    float *x, *y, *r, *cs;
};

static const int rope_pos[3] = {0, 5, 9};

static double rope_forward(void *ctx) {
    struct rope_case *c = ctx;
    memcpy(c->y, c->x, 3 * 20 * sizeof(float));
    ops_blas()->rope(3, 2, 8, 10, c->y, 20, rope_pos, c->cs, 1);
    return dot(60, c->y, c->r);
}

static void rope_backward_is_the_rotation_back(void **state) {
    (void)state;
    struct net_config conf = tiny;
    struct rope_case c = {randoms(60, 1), zeros(60), randoms(60, 1),
                          zeros((size_t)conf.n_ctx * (size_t)conf.rope)};
    net_cos_sin(&conf, c.cs);
    float *d = zeros(60);
    memcpy(d, c.r, 60 * sizeof *d);
    ops_blas()->rope(3, 2, 8, 10, d, 20, rope_pos, c.cs, -1);
    agrees("rope", (struct op_case){c.x, d, 60, rope_forward, &c});
    free(c.x);
    free(c.y);
    free(c.r);
    free(c.cs);
    free(d);
}

static const struct ops_router router = {5, 2, 1.7f};

struct route_case {
    float *z, *bias, *w, *r;
    int idx[12];
};

static double route_forward(void *ctx) {
    struct route_case *c = ctx;
    ops_blas()->route(6, router, c->z, c->bias, c->idx, c->w);
    return dot(12, c->w, c->r);
}

static void routing_takes_the_best_by_score_and_bias_and_its_backward_is_right(void **state) {
    (void)state;
    struct route_case c = {randoms(30, 2), zeros(5), zeros(12), randoms(12, 1), {0}};
    c.bias[3] = 5; /* always chosen, whatever its score */
    float *d = zeros(30);
    route_forward(&c);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(c.idx[2 * i], 3);
        assert_int_not_equal(c.idx[2 * i + 1], 3);
        assert_true(fabsf(c.w[2 * i] + c.w[2 * i + 1] - 1.7f) < 1e-5f);
    }
    ops_blas()->route_back(6, router, c.z, c.idx, c.w, c.r, d);
    agrees("route", (struct op_case){c.z, d, 30, route_forward, &c});
    free(c.z);
    free(c.bias);
    free(c.w);
    free(c.r);
    free(d);
}

struct logp_case {
    float *z, *logp, *r;
    int target[4];
};

static double logp_forward(void *ctx) {
    struct logp_case *c = ctx;
    ops_blas()->logprob(4, 50, c->z, c->target, c->logp, NULL);
    return dot(4, c->logp, c->r);
}

static void logprob_backward_is_right(void **state) {
    (void)state;
    struct logp_case c = {randoms(200, 2), zeros(4), randoms(4, 1), {3, -1, 49, 0}};
    float *d = mem_array(200, sizeof *d);
    memcpy(d, c.z, 200 * sizeof *d);
    ops_blas()->logprob_back(4, 50, d, c.target, c.r);
    agrees("logprob", (struct op_case){c.z, d, 200, logp_forward, &c});
    free(c.z);
    free(c.logp);
    free(c.r);
    free(d);
}

/* ---- matrix products ---------------------------------------------------------------------- */

static double gemm_error(const struct ops *o, bool ta, bool tb, bool add, int m, int n, int k) {
    float *a = randoms((size_t)m * (size_t)k, 1), *b = randoms((size_t)n * (size_t)k, 1);
    float *c = randoms((size_t)m * (size_t)n, 1), *want = zeros((size_t)m * (size_t)n);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double sum = add ? (double)c[i * n + j] : 0;
            for (int l = 0; l < k; l++)
                sum +=
                    (double)a[ta ? l * m + i : i * k + l] * (double)b[tb ? j * k + l : l * n + j];
            want[i * n + j] = (float)sum;
        }
    o->gemm(ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, add, c, n);
    double error = 0, size = 0;
    for (int i = 0; i < m * n; i++) {
        error += pow((double)c[i] - (double)want[i], 2);
        size += pow((double)want[i], 2);
    }
    free(a);
    free(b);
    free(c);
    free(want);
    return sqrt(error / size);
}

static void products_agree_at_odd_sizes(const struct ops *o, double tolerance) {
    const int size[][3] = {{1, 1, 1}, {5, 7, 9}, {33, 17, 70}, {70, 40, 600}, {64, 1030, 33}};
    for (size_t s = 0; s < sizeof size / sizeof *size; s++)
        for (int f = 0; f < 8; f++) {
            double error = gemm_error(o, f & 1, f & 2, f & 4, size[s][0], size[s][1], size[s][2]);
            if (error > tolerance)
                fail_msg("%s %d x %d x %d, flags %d: off by %g", o->name, size[s][0], size[s][1],
                         size[s][2], f, error);
        }
}

static void the_reference_product_is_exact(void **state) {
    (void)state;
    products_agree_at_odd_sizes(ops_blas(), 1e-5);
}

static void the_tile_product_is_off_by_its_rounding_only(void **state) {
    (void)state;
    if (!ops_amx()) skip();
    products_agree_at_odd_sizes(ops_amx(), 8e-3);
}

static void fp8_rounding_keeps_three_bits_of_the_fraction(void **state) {
    (void)state;
    float x[64], y[64];
    for (int i = 0; i < 64; i++) x[i] = (float)rng_normal(&rng) * (i < 32 ? 1.0f : 1e-4f);
    ops_round_fp8(1, 64, x, 64, y);
    for (int i = 0; i < 64; i++) {
        float top = i < 32 ? 4.0f : 4e-4f; /* below 2^-15 of the block's largest steps are even */
        assert_true(fabsf(y[i] - x[i]) <= fabsf(x[i]) / 16 + top * 0x1p-15f);
    }
    assert_true(gemm_error(ops_fp8(), false, true, false, 33, 17, 70) < 0.06);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rmsnorm_backward_is_right),
        cmocka_unit_test(swiglu_backward_is_right),
        cmocka_unit_test(attention_backward_is_right),
        cmocka_unit_test(rope_backward_is_the_rotation_back),
        cmocka_unit_test(routing_takes_the_best_by_score_and_bias_and_its_backward_is_right),
        cmocka_unit_test(logprob_backward_is_right),
        cmocka_unit_test(the_reference_product_is_exact),
        cmocka_unit_test(the_tile_product_is_off_by_its_rounding_only),
        cmocka_unit_test(fp8_rounding_keeps_three_bits_of_the_fraction),
        cmocka_unit_test(net_gradient_agrees_with_finite_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
