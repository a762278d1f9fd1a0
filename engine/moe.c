/* moe: a feed-forward part of many experts, of which a router picks a few for each token (Shazeer
 * et al. 2017; group-limited choice and selection bias: DeepSeek-V3, arXiv:2412.19437 §2.1.2).
 *
 * A pair is one (token, chosen expert). Pairs are ordered by expert, so that every expert's weights
 * are read once for all tokens that chose it: gate and up of all experts are one call of matmul on
 * the tokens' rows, down is one call on the pairs' rows. Results are summed in the order in which
 * the token ranked its experts, whatever else is in the batch. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/forward.h"

struct moe_plan {
    float *scores;           /* [n_batch][n_experts] router logits, then scores */
    float *ranking;          /* [n_experts] what is chosen by */
    uint32_t *expert;        /* [n_batch][n_used] best first */
    float *weight;           /* [n_batch][n_used] */
    uint32_t *pair;          /* [n_batch][n_used] where the pair's row is */
    uint32_t *first;         /* [n_experts + 1] pairs of an expert: first[e]..first[e+1] */
    uint32_t *token;         /* [pairs] in the order of pairs */
    uint32_t *self;          /* [pairs] 0, 1, 2… */
    uint32_t *of;            /* [pairs] the pair's expert */
    float *gate, *up, *out;  /* [pairs][n_ff] (gate: [2·n_ff] where fused), [pairs][E] */
    struct matmul_job *jobs; /* [2·n_experts] */
    float *shared_gate;      /* [n_batch] */
    size_t n_layers;
    /* [n_layers][n_experts] how often each was chosen; another thread may look. One thread counts,
     * so that a plain load and store will do. */
    _Atomic uint32_t *load;
};

struct moe_plan *moe_plan_new(const struct model *m, size_t n_batch) {
    const struct hparams *hp = &m->hp;
    size_t n_ff = 0, pairs = n_batch * hp->n_used;
    for (uint32_t i = 0; i < hp->n_layers + hp->n_mtp; i++)
        if (m->layers[i].is_moe && m->layers[i].n_ff > n_ff) n_ff = m->layers[i].n_ff;
    if (!n_ff) return NULL;
    struct moe_plan *p = mem_calloc(1, sizeof *p);
    p->scores = mem_array(n_batch * hp->n_experts, sizeof(float));
    p->ranking = mem_array(hp->n_experts, sizeof(float));
    p->expert = mem_array(pairs, sizeof(uint32_t));
    p->weight = mem_array(pairs, sizeof(float));
    p->pair = mem_array(pairs, sizeof(uint32_t));
    p->first = mem_array(hp->n_experts + 1, sizeof(uint32_t));
    p->token = mem_array(pairs, sizeof(uint32_t));
    p->self = mem_array(pairs, sizeof(uint32_t));
    p->of = mem_array(pairs, sizeof(uint32_t));
    p->gate = mem_aligned(64, pairs * 2 * n_ff * sizeof(float));
    p->up = mem_aligned(64, pairs * n_ff * sizeof(float));
    p->out = mem_aligned(64, pairs * hp->n_embd * sizeof(float));
    p->jobs = mem_array((size_t)hp->n_experts * 2, sizeof *p->jobs);
    p->shared_gate = mem_array(n_batch, sizeof(float));
    p->n_layers = hp->n_layers + hp->n_mtp;
    p->load = mem_calloc(p->n_layers * hp->n_experts, sizeof *p->load);
    for (size_t i = 0; i < pairs; i++) p->self[i] = (uint32_t)i;
    return p;
}

void moe_plan_free(struct moe_plan *p) {
    if (!p) return;
    void *all[] = {p->scores, p->ranking, p->expert, p->weight, p->pair, p->first, p->token,
                   p->self,   p->of,      p->gate,   p->up,     p->out,  p->jobs,  p->shared_gate,
                   (void *)p->load};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    free(p);
}

/* ---- routing ---- */

static void softmax(float *x, size_t n) {
    float max = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) max = fmaxf(max, x[i]);
    for (size_t i = 0; i < n; i++) sum += x[i] = expf(x[i] - max);
    for (size_t i = 0; i < n; i++) x[i] /= sum;
}

static void score(enum gating g, float *x, size_t n) {
    if (g == GATING_SOFTMAX) softmax(x, n);
    for (size_t i = 0; i < n; i++)
        if (g == GATING_SIGMOID)
            x[i] = 1 / (1 + expf(-x[i]));
        else if (g == GATING_SQRT_SOFTPLUS)
            x[i] = sqrtf(x[i] > 20 ? x[i] : log1pf(expf(x[i])));
}

/* Index of the largest, the lowest of equals. NaN marks what is taken; there is always another. */
static uint32_t best(const float *x, size_t n) {
    uint32_t at = 0;
    for (uint32_t i = 1; i < n; i++)
        if (x[i] > x[at] || isnan(x[at])) at = i;
    return at;
}

/* Leaves only the experts of the n_groups_used best groups, ranked by their two best experts. */
static void limit_groups(const struct hparams *hp, float *ranking) {
    size_t size = hp->n_experts / hp->n_groups;
    float group[MOE_GROUPS_MAX];
    bool kept[MOE_GROUPS_MAX] = {false};
    for (size_t g = 0; g < hp->n_groups; g++) {
        float a = -INFINITY, b = -INFINITY; /* a >= b */
        for (size_t i = g * size; i < (g + 1) * size; i++)
            if (ranking[i] > a)
                b = a, a = ranking[i];
            else if (ranking[i] > b)
                b = ranking[i];
        group[g] = size > 1 ? a + b : a;
    }
    for (size_t k = 0; k < hp->n_groups_used; k++) {
        uint32_t g = best(group, hp->n_groups);
        group[g] = NAN;
        kept[g] = true;
    }
    for (size_t i = 0; i < hp->n_experts; i++)
        if (!kept[i / size]) ranking[i] = -INFINITY;
}

static void weigh(const struct hparams *hp, float *weight) {
    float sum = 0;
    if (hp->gating == GATING_SOFTMAX_CHOSEN) softmax(weight, hp->n_used);
    for (size_t k = 0; k < hp->n_used; k++) sum += weight[k];
    for (size_t k = 0; k < hp->n_used; k++) {
        if (hp->expert_norm) weight[k] /= fmaxf(sum, 6.103515625e-5f);
        weight[k] *= hp->expert_scale;
    }
}

static void choose(const struct hparams *hp, const struct layer *y, struct moe_plan *p, size_t t) {
    float *scores = p->scores + t * hp->n_experts;
    if (y->router_b)
        for (size_t i = 0; i < hp->n_experts; i++) scores[i] += y->router_b[i];
    score(hp->gating, scores, hp->n_experts);
    for (size_t i = 0; i < hp->n_experts; i++)
        p->ranking[i] = fmaxf(-INFINITY, scores[i] + (y->select_b ? y->select_b[i] : 0));
    if (hp->n_groups > 1) limit_groups(hp, p->ranking);
    for (size_t k = 0; k < hp->n_used; k++) {
        uint32_t e = best(p->ranking, hp->n_experts);
        p->ranking[e] = NAN;
        p->expert[t * hp->n_used + k] = e;
        p->weight[t * hp->n_used + k] = scores[e];
    }
    weigh(hp, p->weight + t * hp->n_used);
}

static void count_load(const struct hparams *hp, struct moe_plan *p, size_t layer, size_t n) {
    _Atomic uint32_t *load = p->load + layer * hp->n_experts;
    for (size_t i = 0; i < n * hp->n_used; i++) {
        _Atomic uint32_t *at = &load[p->expert[i]];
        atomic_store_explicit(at, atomic_load_explicit(at, memory_order_relaxed) + 1,
                              memory_order_relaxed);
    }
}

uint32_t moe_load(const struct moe_plan *p, size_t layer, size_t expert, size_t n_experts) {
    return atomic_load_explicit(&p->load[layer * n_experts + expert], memory_order_relaxed);
}

/* Counting sort of the pairs by expert. */
static void order_pairs(const struct hparams *hp, struct moe_plan *p, size_t n) {
    size_t pairs = n * hp->n_used;
    memset(p->first, 0, (hp->n_experts + 1) * sizeof *p->first);
    for (size_t i = 0; i < pairs; i++) p->first[p->expert[i] + 1]++;
    for (size_t e = 0; e < hp->n_experts; e++) p->first[e + 1] += p->first[e];
    for (size_t i = 0; i < pairs; i++) {
        uint32_t at = p->first[p->expert[i]]++; /* first[e] moves to where e + 1 begins */
        p->pair[i] = at;
        p->token[at] = (uint32_t)(i / hp->n_used);
        p->of[at] = p->expert[i];
    }
    memmove(p->first + 1, p->first, hp->n_experts * sizeof *p->first);
    p->first[0] = 0;
}

/* ---- computing ---- */

/* One job per expert that has pairs: rows[first..] of the input to the pairs' rows of `y`. */
static size_t expert_jobs(const struct hparams *hp, struct moe_plan *p, struct matmul_job *jobs,
                          const struct tensor *w, const uint32_t *rows, float *y) {
    size_t n = 0;
    for (uint32_t e = 0; e < hp->n_experts; e++) {
        uint32_t first = p->first[e], count = p->first[e + 1] - first;
        if (!count) continue;
        jobs[n++] = (struct matmul_job){.w = w,
                                        .slice = e,
                                        .rows = rows + first,
                                        .n_rows = count,
                                        .y = y + first * w->ne[1],
                                        .ldy = w->ne[1]};
    }
    return n;
}

static void add(float *x, const float *b, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] += b[i];
}

static void activate_pair(struct forward *f, const struct layer *y, size_t i) {
    struct moe_plan *p = f->moe;
    size_t F = y->n_ff, e = p->of[i];
    float *gate = p->gate + i * F, *up = p->up + i * F;
    if (y->gate_exps_b) add(gate, y->gate_exps_b + e * F, F);
    if (y->up_exps_b) add(up, y->up_exps_b + e * F, F);
    ffn_activate(f->m->arch, gate, up, F);
}

static void activate_fused_pair(struct forward *f, const struct layer *y, size_t i) {
    struct moe_plan *p = f->moe;
    float *row = p->gate + i * 2 * y->n_ff;
    ffn_activate(f->m->arch, row, row + y->n_ff, y->n_ff);
    memcpy(p->up + i * y->n_ff, row, y->n_ff * sizeof *row);
}

static void sum_row(struct forward *f, const struct layer *y, size_t t) {
    struct moe_plan *p = f->moe;
    size_t E = f->m->hp.n_embd, n_used = f->m->hp.n_used;
    float *out = f->y + t * E;
    memset(out, 0, E * sizeof *out);
    for (size_t k = 0; k < n_used; k++) {
        size_t i = p->pair[t * n_used + k];
        float w = p->weight[t * n_used + k], *from = p->out + i * E;
        if (y->down_exps_b) add(from, y->down_exps_b + p->of[i] * E, E);
        for (size_t j = 0; j < E; j++) out[j] += w * from[j];
    }
}

static void run_experts(struct forward *f, const struct layer *y) {
    const struct hparams *hp = &f->m->hp;
    struct moe_plan *p = f->moe;
    size_t pairs = f->n * hp->n_used, n_jobs;
    if (y->gate_up_exps.data) {
        n_jobs = expert_jobs(hp, p, p->jobs, &y->gate_up_exps, p->token, p->gate);
    } else {
        n_jobs = expert_jobs(hp, p, p->jobs, &y->gate_exps, p->token, p->gate);
        n_jobs += expert_jobs(hp, p, p->jobs + n_jobs, &y->up_exps, p->token, p->up);
    }
    matmul_jobs(f->pool, f->mm, p->jobs, n_jobs, f->h, hp->n_embd, f->n);
    forward_rows(f, y, pairs, y->gate_up_exps.data ? activate_fused_pair : activate_pair);
    if (forward_cancelled(f)) return;
    const float *in = y->gate_up_exps.data ? p->up : p->gate;
    n_jobs = expert_jobs(hp, p, p->jobs, &y->down_exps, p->self, p->out);
    matmul_jobs(f->pool, f->mm_experts, p->jobs, n_jobs, in, y->n_ff, pairs);
}

static void activate_shared_row(struct forward *f, const struct layer *y, size_t t) {
    size_t F = y->down_sh.ne[0];
    float *gate = f->gate + t * F;
    ffn_activate(f->m->arch, gate, f->up + t * F, F);
}

static void add_shared_row(struct forward *f, const struct layer *y, size_t t) {
    size_t E = f->m->hp.n_embd;
    float *out = f->y + t * E;
    const float *from = f->o + t * E;
    float w = y->shared_gate.data ? 1 / (1 + expf(-f->moe->shared_gate[t])) : 1;
    for (size_t i = 0; i < E; i++) out[i] += w * from[i];
}

/* The expert that every token uses, added to f->y. */
static void run_shared(struct forward *f, const struct layer *y) {
    size_t F = y->down_sh.ne[0];
    struct matmul_job jobs[] = {{.w = &y->gate_sh, .y = f->gate, .ldy = F},
                                {.w = &y->up_sh, .y = f->up, .ldy = F},
                                {.w = &y->shared_gate, .y = f->moe->shared_gate, .ldy = 1}};
    matmul_jobs(f->pool, f->mm, jobs, y->shared_gate.data ? 3 : 2, f->h, f->m->hp.n_embd, f->n);
    forward_rows(f, y, f->n, activate_shared_row);
    if (forward_cancelled(f)) return;
    matmul(f->pool, f->mm, &y->down_sh, f->gate, f->n, f->o);
    forward_rows(f, y, f->n, add_shared_row);
}

void moe_run(struct forward *f, const struct layer *y) {
    const struct hparams *hp = &f->m->hp;
    struct moe_plan *p = f->moe;
    matmul(f->pool, f->mm, &y->router, f->h, f->n, p->scores);
    for (size_t t = 0; t < f->n; t++) choose(hp, y, p, t);
    count_load(hp, p, (size_t)(y - f->m->layers), f->n);
    order_pairs(hp, p, f->n);
    run_experts(f, y);
    if (forward_cancelled(f)) return;
    forward_rows(f, y, f->n, sum_row);
    if (y->down_sh.data) run_shared(f, y);
}
