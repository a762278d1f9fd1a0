/* evaluate: problems → prompts → greedy answers → the family's own check. */
#include "engine/train/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/train/data.h"
#include "engine/train/export.h"
#include "engine/train/generate.h"

#define SLOTS 48

bool evaluate_split(const struct bpe *b, const struct tokens *t, bool think, struct str *thought,
                    struct str *answer) {
    size_t end = 0, n = t->n;
    if (n > 0 && t->ids[n - 1] == TOKEN_EOS) n--;
    while (think && end < n && t->ids[end] != TOKEN_THINK_END) end++;
    if (think) bpe_decode(b, t->ids, end, thought);
    if (think && end == n) return false;
    if (think) end++;
    bpe_decode(b, t->ids + end, n - end, answer);
    while (answer->len > 0 && answer->s[0] == '\n') {
        memmove(answer->s, answer->s + 1, answer->len);
        answer->len--;
    }
    return true;
}

/* One problem's text and what became of it. */
struct question {
    struct task_problem p;
    struct tokens prompt;
    int family;
};

static void print_answer(const struct question *q, const char *thought, const char *answer,
                         bool right) {
    struct task_problem *p = (struct task_problem *)&q->p;
    printf("[%s] %s\n  <%s>\n  %s\n  %s, wanted %s\n", p->family,
           str_cstr(&p->turns[p->n_turns - 1].question), thought, answer, right ? "right" : "WRONG",
           str_cstr(&p->gold));
}

static void grade(const struct model_state *s, const struct evaluate_options *o,
                  const struct question *q, const struct generation *g, struct evaluate_result *r) {
    struct str thought = STR_INIT, answer = STR_INIT;
    bool right = evaluate_split(s->bpe, &g->out, o->think, &thought, &answer) && g->ended &&
                 r->family->check(&q->p, str_cstr(&answer));
    size_t in_thought = 0;
    while (o->think && in_thought < g->out.n && g->out.ids[in_thought] != TOKEN_THINK_END)
        in_thought++;
    r->thought_tokens += (double)in_thought;
    r->right += right;
    if (r->n++ < o->show) print_answer(q, str_cstr(&thought), str_cstr(&answer), right);
    str_free(&thought);
    str_free(&answer);
}

size_t evaluate_all(const struct model_state *s, const struct evaluate_options *o,
                    struct evaluate_result *out) {
    size_t families = 0, n = 0;
    for (int i = 0; task_families[i] && families < EVALUATE_MAX; i++)
        if (!o->family || strcmp(o->family, task_families[i]->name) == 0)
            out[families++] = (struct evaluate_result){.family = task_families[i]};
    struct question *q = mem_calloc(families * (size_t)o->n + 1, sizeof *q);
    struct generation *g = mem_calloc(families * (size_t)o->n + 1, sizeof *g);
    for (size_t f = 0; f < families; f++)
        for (int i = 0; i < o->n; i++, n++) {
            struct rng r = {.seed = o->seed, .stream = (uint64_t)i};
            task_problem_init(&q[n].p);
            out[f].family->make(&r, o->split, &q[n].p);
            q[n].family = (int)f;
            data_prompt(s->bpe, NULL, &q[n].p, q[n].p.n_turns - 1, o->think, &q[n].prompt);
            g[n] = (struct generation){
                .prompt = q[n].prompt.ids, .n_prompt = (int)q[n].prompt.n, .max_new = s->c.n_ctx};
        }
    struct weights w;
    net_bind(&s->c, s->param, &w);
    generate_all(&s->c, &w, o->ops, g, n, SLOTS, o->workers);
    for (size_t i = 0; i < n; i++) {
        grade(s, o, &q[i], &g[i], &out[q[i].family]);
        task_problem_done(&q[i].p);
        tokens_free(&q[i].prompt);
        tokens_free(&g[i].out);
    }
    for (size_t f = 0; f < families; f++) out[f].thought_tokens /= out[f].n ? out[f].n : 1;
    free(q);
    free(g);
    return families;
}

/* Wilson's interval for k of n at 95%. */
static void wilson(int k, int n, double *lo, double *hi) {
    double z = 1.959964, p = n ? (double)k / n : 0, m = n ? n : 1;
    double centre = (p + z * z / (2 * m)) / (1 + z * z / m);
    double half = z / (1 + z * z / m) * sqrt(p * (1 - p) / m + z * z / (4 * m * m));
    *lo = centre - half;
    *hi = centre + half;
}

void evaluate_print(const struct evaluate_result *r, size_t n) {
    double mean = 0, lo, hi;
    printf("%-24s %5s %7s  %-15s %s\n", "family", "n", "right", "95% interval", "thought tokens");
    for (size_t i = 0; i < n; i++) {
        double share = r[i].n ? 100.0 * r[i].right / r[i].n : 0;
        wilson(r[i].right, r[i].n, &lo, &hi);
        printf("%-24s %5d %6.1f%%  %5.1f to %5.1f   %8.0f\n", r[i].family->name, r[i].n, share,
               lo * 100, hi * 100, r[i].thought_tokens);
        mean += share / (double)n;
    }
    printf("%-24s %5s %6.1f%%\n", "mean", "", mean);
}

void evaluate_answer(const struct model_state *s, const struct ops *o, const char *question,
                     bool think, float temperature, struct str *out) {
    struct task_problem p;
    struct tokens prompt = {0};
    struct weights w;
    task_problem_init(&p);
    p.n_turns = 1;
    str_add(&p.turns[0].question, question);
    data_prompt(s->bpe, NULL, &p, 0, think, &prompt);
    struct generation g = {.prompt = prompt.ids,
                           .n_prompt = (int)prompt.n,
                           .max_new = s->c.n_ctx,
                           .temperature = temperature,
                           .seed = 1};
    net_bind(&s->c, s->param, &w);
    generate_all(&s->c, &w, o, &g, 1, 1, 1);
    bpe_decode(s->bpe, g.out.ids, g.out.n, out);
    tokens_free(&g.out);
    tokens_free(&prompt);
    task_problem_done(&p);
}

/* KL(softmax a || softmax b) in nats. */
static double divergence(int n, const float *a, const float *b) {
    double top_a = (double)a[0], top_b = (double)b[0], sum_a = 0, sum_b = 0, kl = 0;
    for (int i = 1; i < n; i++) {
        top_a = fmax(top_a, (double)a[i]);
        top_b = fmax(top_b, (double)b[i]);
    }
    for (int i = 0; i < n; i++) {
        sum_a += exp((double)a[i] - top_a);
        sum_b += exp((double)b[i] - top_b);
    }
    for (int i = 0; i < n; i++) {
        double la = (double)a[i] - top_a - log(sum_a), lb = (double)b[i] - top_b - log(sum_b);
        kl += exp(la) * (la - lb);
    }
    return kl;
}

static void measure_batch(const struct model_state *s, struct pass *exact, struct pass *rounded,
                          const struct batch *b, struct evaluate_measures *out) {
    size_t v = (size_t)s->c.n_vocab;
    for (int i = 0; i < b->n_tok; i++) {
        if (b->target[i] < 0) continue;
        size_t at = (size_t)i * v;
        double kl = divergence((int)v, pass_logits(exact) + at, pass_logits(rounded) + at);
        out->kl += kl;
        out->kl_worst = fmax(out->kl_worst, kl);
        out->loss -= (double)pass_logp(exact)[i];
        out->mtp_accepted += pass_mtp_hits(exact)[i];
        out->tokens++;
    }
}

void evaluate_measure(const struct model_state *s, int batches, struct evaluate_measures *out) {
    const int cap = 2048;
    struct data_source source;
    struct batch b;
    struct weights w, w8;
    struct pass *exact = pass_new(&s->c, ops_blas(), cap);
    struct pass *rounded = pass_new(&s->c, ops_blas(), cap);
    float *q8 = ops_alloc(s->n_param * sizeof *q8);
    memcpy(q8, s->param, s->n_param * sizeof *q8);
    export_round_q8_0(&s->c, q8);
    net_bind(&s->c, s->param, &w);
    net_bind(&s->c, q8, &w8);
    data_source_init(&source, s->bpe, s->seed ^ 0x6d656173u, s->c.n_ctx);
    batch_init(&b, cap);
    *out = (struct evaluate_measures){0};
    for (int i = 0; i < batches; i++) {
        data_fill(&source, (uint64_t)i, &b);
        pass_forward(exact, &w, &b, true);
        pass_forward(rounded, &w8, &b, false);
        measure_batch(s, exact, rounded, &b, out);
    }
    double n = out->tokens ? out->tokens : 1;
    out->kl /= n;
    out->loss /= n;
    out->mtp_accepted /= n;
    batch_done(&b);
    free(q8);
    pass_free(exact);
    pass_free(rounded);
}
