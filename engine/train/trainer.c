/* trainer: the optimizer step. */
#include "engine/train/trainer.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/train/muon.h"

#define MAX_WORKERS 64

struct worker {
    struct pass *pass;
    struct batch batch;
    float *grad, *coef, *mtp_coef;
    struct weights g;
    struct step_stats stats; /* sums, not means */
};

struct trainer {
    struct model_state *s;
    struct weights w;
    struct param_list list;
    const struct ops *o;
    int n;
    struct worker worker[MAX_WORKERS];
};

struct task {
    void (*fn)(void *ctx, int worker);
    void *ctx;
    int worker;
};

static void *task_main(void *arg) {
    struct task *t = arg;
    t->fn(t->ctx, t->worker);
    return NULL;
}

void parallel_run(int n, void (*fn)(void *ctx, int worker), void *ctx) {
    pthread_t thread[MAX_WORKERS];
    struct task task[MAX_WORKERS];
    bool started[MAX_WORKERS] = {false};
    for (int i = 1; i < n; i++) {
        task[i] = (struct task){fn, ctx, i};
        started[i] = pthread_create(&thread[i], NULL, task_main, &task[i]) == 0;
        if (!started[i]) fn(ctx, i);
    }
    fn(ctx, 0);
    for (int i = 1; i < n; i++)
        if (started[i]) pthread_join(thread[i], NULL);
}

struct trainer *trainer_new(struct model_state *s, const struct ops *o, int workers, int cap_tok) {
    struct trainer *t = mem_calloc(1, sizeof *t);
    t->s = s;
    t->o = o;
    t->n = workers < 1 ? 1 : workers > MAX_WORKERS ? MAX_WORKERS : workers;
    net_bind(&s->c, s->param, &t->w);
    net_params(&s->c, &t->list);
    for (int i = 0; i < t->n; i++) {
        struct worker *k = &t->worker[i];
        k->pass = pass_new(&s->c, o, cap_tok);
        batch_init(&k->batch, cap_tok);
        k->grad = ops_alloc(s->n_param * sizeof *k->grad);
        k->coef = mem_array((size_t)cap_tok, sizeof *k->coef);
        k->mtp_coef = mem_array((size_t)cap_tok, sizeof *k->mtp_coef);
        net_bind(&s->c, k->grad, &k->g);
    }
    return t;
}

void trainer_free(struct trainer *t) {
    if (!t) return;
    for (int i = 0; i < t->n; i++) {
        pass_free(t->worker[i].pass);
        batch_done(&t->worker[i].batch);
        free(t->worker[i].grad);
        free(t->worker[i].coef);
        free(t->worker[i].mtp_coef);
    }
    free(t->list.p);
    free(t);
}

struct pass *trainer_pass(struct trainer *t, int worker) {
    return t->worker[worker].pass;
}
const struct weights *trainer_weights(const struct trainer *t) { return &t->w; }
int trainer_workers(const struct trainer *t) { return t->n; }

struct step {
    struct trainer *t;
    const struct trainer_job *job;
    const struct adam *a;
    double norm2[MAX_WORKERS];
    float scale; /* of the gradient, after clipping */
};

static void count(struct worker *k, const struct batch *b, bool mtp) {
    const float *logp = pass_logp(k->pass), *entropy = pass_entropy(k->pass);
    const int *mtp_target = pass_mtp_target(k->pass);
    k->stats.tokens += b->n_tok;
    for (int i = 0; i < b->n_tok; i++) {
        if (b->target[i] < 0) continue;
        k->stats.wanted++;
        k->stats.loss -= logp[i];
        k->stats.entropy += entropy[i];
        if (!mtp) continue;
        k->stats.hits += pass_hits(k->pass)[i];
        if (mtp_target[i] < 0) continue;
        k->stats.mtp_wanted++;
        k->stats.mtp_loss -= pass_mtp_logp(k->pass)[i];
        k->stats.mtp_hits += pass_mtp_hits(k->pass)[i];
    }
}

/* Coefficients of the mean log-probability over all workers and parts. */
static void mean_coefs(const struct batch *b, int batches, float *coef) {
    int wanted = 0;
    for (int i = 0; i < b->n_tok; i++) wanted += b->target[i] >= 0;
    for (int i = 0; i < b->n_tok; i++)
        coef[i] = b->target[i] >= 0 ? b->weight[i] / ((float)wanted * (float)batches) : 0.0f;
}

static void step_gradient(void *ctx, int worker) {
    struct step *s = ctx;
    struct trainer *t = s->t;
    struct worker *k = &t->worker[worker];
    const struct trainer_job *job = s->job;
    bool mtp = job->mtp_share > 0;
    memset(k->grad, 0, sizeof *k->grad * t->s->n_param);
    memset(&k->stats, 0, sizeof k->stats);
    pass_expert_load_reset(k->pass);
    for (int part = 0; part < job->parts; part++) {
        struct batch *b = &k->batch;
        job->fill(job->ctx, t->s->step, worker, part, b);
        if (b->n_tok == 0) continue;
        pass_forward(k->pass, &t->w, b, mtp);
        count(k, b, mtp);
        mean_coefs(b, job->parts * t->n, k->coef);
        for (int i = 0; i < b->n_tok; i++) k->mtp_coef[i] = k->coef[i] * job->mtp_share;
        if (job->coefs) job->coefs(job->ctx, worker, part, b, k->pass, k->coef);
        pass_backward(k->pass, &t->w, b, k->coef, mtp ? k->mtp_coef : NULL, &k->g);
    }
}

static void share_of(size_t n, int workers, int worker, size_t *first, size_t *end) {
    size_t each = (n / (size_t)workers + 15) / 16 * 16;
    *first = each * (size_t)worker < n ? each * (size_t)worker : n;
    *end = worker + 1 == workers || *first + each > n ? n : *first + each;
}

OPS_HOT static void add_range(size_t n, float *sum, const float *x) {
    for (size_t i = 0; i < n; i++) sum[i] += x[i];
}

static void step_reduce(void *ctx, int worker) {
    struct step *s = ctx;
    struct trainer *t = s->t;
    size_t first, end;
    share_of(t->s->n_param, t->n, worker, &first, &end);
    float *sum = t->worker[0].grad;
    for (int k = 1; k < t->n; k++) add_range(end - first, sum + first, t->worker[k].grad + first);
    double norm2 = 0;
    for (size_t i = first; i < end; i++) norm2 += (double)sum[i] * sum[i];
    s->norm2[worker] = norm2;
}

/* The gradient is that of what is to grow, so parameters move along it. */
OPS_HOT static void adam_range(size_t n, const struct adam *a, float scale, float fix1, float fix2,
                               float decay, const float *g, float *m, float *v, float *w) {
    for (size_t i = 0; i < n; i++) {
        float gi = g[i] * scale;
        m[i] = a->beta1 * m[i] + (1.0f - a->beta1) * gi;
        v[i] = a->beta2 * v[i] + (1.0f - a->beta2) * gi * gi;
        w[i] += a->rate * (m[i] * fix1 / (sqrtf(v[i] * fix2) + a->eps) - decay * w[i]);
    }
}

static void step_update(void *ctx, int worker) {
    struct step *s = ctx;
    struct trainer *t = s->t;
    struct model_state *st = t->s;
    double n = (double)st->step + 1;
    float fix1 = (float)(1.0 / (1.0 - pow(s->a->beta1, n)));
    float fix2 = (float)(1.0 / (1.0 - pow(s->a->beta2, n)));
    size_t first, end;
    share_of(st->n_param, t->n, worker, &first, &end);
    for (size_t i = 0; i < t->list.n; i++) {
        const struct param *p = &t->list.p[i];
        size_t lo = p->offset > first ? p->offset : first;
        size_t hi = p->offset + p->count < end ? p->offset + p->count : end;
        if (lo >= hi || p->kind == PARAM_BIAS || (p->kind == PARAM_MATRIX && s->a->muon)) continue;
        adam_range(hi - lo, s->a, s->scale, fix1, fix2, p->kind == PARAM_NORM ? 0.0f : s->a->decay,
                   t->worker[0].grad + lo, st->m + lo, st->v + lo, st->param + lo);
    }
}

/* Muon's share: the matrices one by one, dealt out in turn. */
static void step_muon(void *ctx, int worker) {
    struct step *s = ctx;
    struct trainer *t = s->t;
    struct model_state *st = t->s;
    size_t turn = 0;
    for (size_t i = 0; i < t->list.n; i++) {
        const struct param *p = &t->list.p[i];
        if (p->kind != PARAM_MATRIX) continue;
        int rows = p->rows / p->stack;
        for (int k = 0; k < p->stack; k++) {
            size_t at = p->offset + (size_t)k * (size_t)rows * (size_t)p->cols;
            if (turn++ % (size_t)t->n != (size_t)worker) continue;
            muon_update(t->o, rows, p->cols, s->a->rate, 0.95f, s->a->decay, s->scale,
                        t->worker[0].grad + at, st->m + at, st->param + at);
        }
    }
}

/* bias += step for experts below the mean load, −= above; returns the worst load over mean. */
static double balance(struct trainer *t, float step) {
    const struct net_config *c = &t->s->c;
    double worst = 0;
    for (int i = 0; i <= c->n_block; i++) {
        if (net_is_dense(i)) continue;
        int64_t load[64] = {0}, sum = 0;
        for (int e = 0; e < c->n_expert; e++) {
            for (int k = 0; k < t->n; k++)
                load[e] += pass_expert_load(t->worker[k].pass)[i * c->n_expert + e];
            sum += load[e];
        }
        for (int e = 0; e < c->n_expert && sum; e++) {
            double ratio = (double)load[e] * c->n_expert / (double)sum;
            if (ratio > worst) worst = ratio;
            t->w.block[i].router_bias[e] += ratio < 1 ? step : ratio > 1 ? -step : 0;
        }
    }
    return worst;
}

static void sum_stats(const struct trainer *t, struct step_stats *out) {
    memset(out, 0, sizeof *out);
    for (int i = 0; i < t->n; i++) {
        const struct step_stats *k = &t->worker[i].stats;
        out->tokens += k->tokens;
        out->wanted += k->wanted;
        out->mtp_wanted += k->mtp_wanted;
        out->loss += k->loss;
        out->entropy += k->entropy;
        out->hits += k->hits;
        out->mtp_loss += k->mtp_loss;
        out->mtp_hits += k->mtp_hits;
    }
    double n = out->wanted ? (double)out->wanted : 1;
    double m = out->mtp_wanted ? (double)out->mtp_wanted : 1;
    out->loss /= n;
    out->entropy /= n;
    out->hits /= n;
    out->mtp_loss /= m;
    out->mtp_hits /= m;
}

void trainer_step(struct trainer *t, const struct trainer_job *job, const struct adam *a,
                  struct step_stats *out) {
    struct step s = {.t = t, .job = job, .a = a};
    parallel_run(t->n, step_gradient, &s);
    parallel_run(t->n, step_reduce, &s);
    double norm2 = 0;
    for (int i = 0; i < t->n; i++) norm2 += s.norm2[i];
    sum_stats(t, out);
    out->grad_norm = sqrt(norm2);
    s.scale = out->grad_norm > a->clip ? (float)(a->clip / out->grad_norm) : 1.0f;
    if (isfinite(norm2)) parallel_run(t->n, step_update, &s);
    if (isfinite(norm2) && a->muon) parallel_run(t->n, step_muon, &s);
    out->load_worst = balance(t, job->bias_step);
    t->s->step++;
    t->s->tokens += out->tokens;
}
