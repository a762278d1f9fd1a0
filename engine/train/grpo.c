/* grpo: sample, reward, compare within the group, step. */
#include "engine/train/grpo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/train/data.h"
#include "engine/train/evaluate.h"
#include "engine/train/generate.h"

#define MAX_BATCHES 16 /* per worker and optimizer step */
#define SLOTS       64

struct grpo_options grpo_defaults(void) {
    return (struct grpo_options){
        .iterations = 200,
        .prompts = 48,
        .group = 8,
        .steps = 2,
        .max_new = 480,
        .validate_every = 20,
        .validate_n = 16,
        .batch_tok = 3072,
        .workers = 2,
        .temperature = 1.0f,
        .clip = 0.2f,
        .kl = 0.02f,
        .adam = {.rate = 5e-5f, .beta1 = 0.9f, .beta2 = 0.95f, .eps = 1e-8f, .clip = 1.0f},
        .ops = ops_best()};
}

/* One sampled reply. */
struct episode {
    struct tokens prompt;
    struct generation g;
    float advantage;
};

/* A batch and what each of its tokens is weighed with; [n_tok] each, at the position whose target
 * the token is. */
struct scored {
    struct batch b;
    float *advantage, *old_logp, *ref_logp;
};

struct iteration {
    struct episode *episode;
    struct task_problem *problem;       /* [prompts] */
    int *family;                        /* [prompts] */
    struct scored *batch;               /* [steps][workers][MAX_BATCHES] */
    int wanted[64];                     /* tokens with an advantage, per step */
    double reward, right, form, length; /* means over all replies */
    int useful;                         /* groups whose rewards differ */
};

struct grpo {
    struct model_state *s;
    const struct grpo_options *o;
    struct trainer *t;
    float *ref;
    struct weights ref_w;
    double success[EVALUATE_MAX]; /* running mean by family */
    struct iteration it;
    int step;
};

void grpo_advantages(float *reward, int n) {
    double mean = 0, var = 0;
    for (int i = 0; i < n; i++) mean += (double)reward[i] / n;
    for (int i = 0; i < n; i++) var += pow((double)reward[i] - mean, 2) / n;
    for (int i = 0; i < n; i++)
        reward[i] = var < 1e-8 ? 0.0f : (float)(((double)reward[i] - mean) / (sqrt(var) + 1e-4));
}

float grpo_coef(const struct grpo_options *o, float advantage, float logp, float old_logp,
                float ref_logp) {
    float ratio = expf(logp - old_logp);
    bool clipped = advantage > 0 ? ratio > 1 + o->clip : ratio < 1 - o->clip;
    float policy = clipped ? 0.0f : advantage * ratio;
    /* k3 = e^d − d − 1 with d = ref − logp; −∂k3/∂logp = e^d − 1 */
    return policy + o->kl * (expf(fminf(ref_logp - logp, 10.0f)) - 1.0f);
}

/* ---- sampling ------------------------------------------------------------------------------ */

static int pick_family(const struct grpo *r, struct rng *rng) {
    double weight[EVALUATE_MAX], sum = 0;
    int n = 0;
    for (; task_families[n] && n < EVALUATE_MAX; n++) {
        double p = r->success[n];
        weight[n] = task_families[n]->verifiable ? 0.05 + p * (1 - p) : 0;
        sum += weight[n];
    }
    double at = rng_uniform(rng) * sum;
    int i = 0;
    while (i + 1 < n && at >= weight[i]) at -= weight[i++];
    while (!task_families[i]->verifiable) i--;
    return i;
}

static void draw_problems(struct grpo *r, int iteration) {
    struct iteration *it = &r->it;
    const struct grpo_options *o = r->o;
    struct rng rng = {.seed = r->s->seed ^ 0x6772706fu, .stream = (uint64_t)iteration};
    for (int i = 0; i < o->prompts; i++) {
        struct task_problem *p = &it->problem[i];
        int f = it->family[i] = pick_family(r, &rng);
        task_problem_init(p);
        task_families[f]->make(&rng, TASK_TRAIN, p);
        for (int k = 0; k < o->group; k++) {
            struct episode *e = &it->episode[i * o->group + k];
            *e = (struct episode){0};
            data_prompt(r->s->bpe, NULL, p, p->n_turns - 1, true, &e->prompt);
            e->g = (struct generation){.prompt = e->prompt.ids,
                                       .n_prompt = (int)e->prompt.n,
                                       .max_new = o->max_new,
                                       .temperature = o->temperature,
                                       .seed = rng_next(&rng)};
        }
    }
}

static float reward_of(struct grpo *r, const struct task_problem *p, const struct task_family *f,
                       const struct episode *e) {
    struct str thought = STR_INIT, answer = STR_INIT;
    bool form = evaluate_split(r->s->bpe, &e->g.out, true, &thought, &answer) && e->g.ended &&
                answer.len > 0;
    bool right = form && f->check(p, str_cstr(&answer));
    str_free(&thought);
    str_free(&answer);
    r->it.form += form;
    r->it.right += right;
    r->it.length += (double)e->g.out.n;
    return 0.9f * (float)right + 0.1f * (float)form;
}

static void reward_all(struct grpo *r) {
    const struct grpo_options *o = r->o;
    struct iteration *it = &r->it;
    it->right = it->form = it->length = it->reward = 0;
    it->useful = 0;
    for (int i = 0; i < o->prompts; i++) {
        float reward[64];
        double mean = 0;
        const struct task_family *f = task_families[it->family[i]];
        for (int k = 0; k < o->group; k++) {
            reward[k] = reward_of(r, &it->problem[i], f, &it->episode[i * o->group + k]);
            mean += (double)reward[k] / o->group;
        }
        it->reward += mean / o->prompts;
        double *success = &r->success[it->family[i]];
        *success += 0.2 * (mean - *success);
        grpo_advantages(reward, o->group);
        it->useful += reward[0] != 0 || reward[1] != 0;
        for (int k = 0; k < o->group; k++) it->episode[i * o->group + k].advantage = reward[k];
    }
    double n = (double)o->prompts * o->group;
    it->right /= n;
    it->form /= n;
    it->length /= n;
}

/* ---- batches ------------------------------------------------------------------------------- */

static struct scored *scored_at(const struct grpo *r, int step, int worker, int part) {
    return &r->it.batch[(step * r->o->workers + worker) * MAX_BATCHES + part];
}

static bool add_episode(struct scored *s, const struct episode *e) {
    int n = e->g.n_prompt + (int)e->g.out.n, at = s->b.n_tok;
    int *token = mem_array((size_t)n, sizeof *token);
    uint8_t *loss = mem_calloc((size_t)n, 1);
    memcpy(token, e->prompt.ids, sizeof *token * (size_t)e->g.n_prompt);
    memcpy(token + e->g.n_prompt, e->g.out.ids, sizeof *token * e->g.out.n);
    memset(loss + e->g.n_prompt, 1, e->g.out.n);
    bool ok = batch_add(&s->b, token, loss, n);
    for (int i = 0; i < n && ok; i++) s->advantage[at + i] = e->advantage;
    free(token);
    free(loss);
    return ok;
}

/* Deals the replies that teach out to the steps and workers in turn. */
static void make_batches(struct grpo *r) {
    const struct grpo_options *o = r->o;
    int turn = 0, all = o->steps * o->workers;
    for (int i = 0; i < all * MAX_BATCHES; i++) batch_clear(&r->it.batch[i].b);
    memset(r->it.wanted, 0, sizeof r->it.wanted);
    for (int i = 0; i < o->prompts * o->group; i++) {
        const struct episode *e = &r->it.episode[i];
        if (e->advantage == 0) continue;
        int step = turn % o->steps, worker = turn / o->steps % o->workers;
        turn++;
        for (int part = 0; part < MAX_BATCHES; part++)
            if (add_episode(scored_at(r, step, worker, part), e)) {
                r->it.wanted[step] += (int)e->g.out.n;
                break;
            }
    }
}

/* Log-probabilities of what was sampled, by the policy as it is and by the reference. */
static void score_batches(void *ctx, int worker) {
    struct grpo *r = ctx;
    struct pass *p = trainer_pass(r->t, worker);
    for (int i = 0; i < r->o->steps * MAX_BATCHES; i++) {
        struct scored *s = scored_at(r, i / MAX_BATCHES, worker, i % MAX_BATCHES);
        size_t bytes = sizeof(float) * (size_t)s->b.n_tok;
        if (!bytes) continue;
        pass_forward(p, trainer_weights(r->t), &s->b, false);
        memcpy(s->old_logp, pass_logp(p), bytes);
        pass_forward(p, &r->ref_w, &s->b, false);
        memcpy(s->ref_logp, pass_logp(p), bytes);
    }
}

static void batch_copy(struct batch *to, const struct batch *from) {
    size_t n = (size_t)from->n_tok;
    to->n_tok = from->n_tok;
    to->n_docs = from->n_docs;
    memcpy(to->token, from->token, n * sizeof *to->token);
    memcpy(to->pos, from->pos, n * sizeof *to->pos);
    memcpy(to->target, from->target, n * sizeof *to->target);
    memcpy(to->weight, from->weight, n * sizeof *to->weight);
    memcpy(to->doc_start, from->doc_start, ((size_t)from->n_docs + 1) * sizeof *to->doc_start);
}

static void fill(void *ctx, int64_t step, int worker, int part, struct batch *b) {
    (void)step;
    struct grpo *r = ctx;
    batch_copy(b, &scored_at(r, r->step, worker, part)->b);
}

static void coefs(void *ctx, int worker, int part, const struct batch *b, const struct pass *p,
                  float *coef) {
    struct grpo *r = ctx;
    const struct scored *s = scored_at(r, r->step, worker, part);
    const float *logp = pass_logp(p);
    float share = 1.0f / (float)r->it.wanted[r->step];
    for (int i = 0; i < b->n_tok; i++)
        coef[i] = b->target[i] < 0 ? 0.0f
                                   : share * grpo_coef(r->o, s->advantage[i], logp[i],
                                                       s->old_logp[i], s->ref_logp[i]);
}

/* ---- the run ------------------------------------------------------------------------------- */

static double divergence(const struct grpo *r) {
    double sum = 0, n = 0;
    for (int i = 0; i < r->o->steps * r->o->workers * MAX_BATCHES; i++) {
        const struct scored *s = &r->it.batch[i];
        for (int k = 0; k < s->b.n_tok; k++) {
            if (s->b.target[k] < 0) continue;
            double d = (double)s->ref_logp[k] - (double)s->old_logp[k];
            sum += exp(d) - d - 1;
            n++;
        }
    }
    return n > 0 ? sum / n : 0;
}

static void iterate(struct grpo *r, int iteration, double *entropy) {
    const struct grpo_options *o = r->o;
    struct step_stats st = {0};
    draw_problems(r, iteration);
    struct generation *g = mem_array((size_t)(o->prompts * o->group), sizeof *g);
    for (int i = 0; i < o->prompts * o->group; i++) g[i] = r->it.episode[i].g;
    generate_all(&r->s->c, trainer_weights(r->t), o->ops, g, (size_t)(o->prompts * o->group), SLOTS,
                 o->workers);
    for (int i = 0; i < o->prompts * o->group; i++) r->it.episode[i].g = g[i];
    free(g);
    reward_all(r);
    make_batches(r);
    parallel_run(o->workers, score_batches, r);
    for (r->step = 0; r->step < o->steps; r->step++) {
        struct trainer_job job = {r, fill, coefs, MAX_BATCHES, 0, 0};
        if (r->it.wanted[r->step]) trainer_step(r->t, &job, &o->adam, &st);
    }
    *entropy = st.entropy;
    for (int i = 0; i < o->prompts * o->group; i++) {
        tokens_free(&r->it.episode[i].prompt);
        tokens_free(&r->it.episode[i].g.out);
    }
    for (int i = 0; i < o->prompts; i++) task_problem_done(&r->it.problem[i]);
}

/* Mean accuracy over the verifiable families on problems of the validation split. */
static double validate(const struct grpo *r) {
    struct evaluate_options o = {.ops = r->o->ops,
                                 .n = r->o->validate_n,
                                 .think = true,
                                 .split = TASK_VALIDATE,
                                 .seed = 991,
                                 .workers = r->o->workers};
    struct evaluate_result out[EVALUATE_MAX];
    size_t n = evaluate_all(r->s, &o, out);
    double sum = 0, families = 0;
    for (size_t i = 0; i < n; i++) {
        if (!out[i].family->verifiable) continue;
        sum += (double)out[i].right / out[i].n;
        families++;
    }
    return families > 0 ? sum / families : 0;
}

static void grpo_init(struct grpo *r, struct model_state *s, const struct grpo_options *o) {
    size_t batches = (size_t)(o->steps * o->workers * MAX_BATCHES), n = (size_t)o->batch_tok;
    *r = (struct grpo){.s = s, .o = o, .t = trainer_new(s, o->ops, o->workers, o->batch_tok)};
    r->ref = ops_alloc(s->n_param * sizeof *r->ref);
    memcpy(r->ref, s->param, s->n_param * sizeof *r->ref);
    net_bind(&s->c, r->ref, &r->ref_w);
    for (int i = 0; i < EVALUATE_MAX; i++) r->success[i] = 0.5;
    r->it.episode = mem_calloc((size_t)(o->prompts * o->group), sizeof *r->it.episode);
    r->it.problem = mem_calloc((size_t)o->prompts, sizeof *r->it.problem);
    r->it.family = mem_calloc((size_t)o->prompts, sizeof *r->it.family);
    r->it.batch = mem_calloc(batches, sizeof *r->it.batch);
    for (size_t i = 0; i < batches; i++) {
        batch_init(&r->it.batch[i].b, o->batch_tok);
        r->it.batch[i].advantage = mem_calloc(n, sizeof(float));
        r->it.batch[i].old_logp = mem_calloc(n, sizeof(float));
        r->it.batch[i].ref_logp = mem_calloc(n, sizeof(float));
    }
    /* The optimizer begins anew: its memory is of another objective. */
    memset(s->m, 0, s->n_param * sizeof *s->m);
    memset(s->v, 0, s->n_param * sizeof *s->v);
    s->step = 0;
}

static void grpo_done(struct grpo *r) {
    for (int i = 0; i < r->o->steps * r->o->workers * MAX_BATCHES; i++) {
        batch_done(&r->it.batch[i].b);
        free(r->it.batch[i].advantage);
        free(r->it.batch[i].old_logp);
        free(r->it.batch[i].ref_logp);
    }
    free(r->it.batch);
    free(r->it.episode);
    free(r->it.problem);
    free(r->it.family);
    free(r->ref);
    trainer_free(r->t);
}

static void report(const struct grpo *r, int iteration, double entropy, double seconds, FILE *f) {
    const struct iteration *it = &r->it;
    double kl = divergence(r);
    printf("iteration %d  reward %.3f  right %.1f%%  form %.1f%%  length %.0f  useful %d of %d  "
           "entropy %.3f  kl %.4f  %.0f s\n",
           iteration, it->reward, it->right * 100, it->form * 100, it->length, it->useful,
           r->o->prompts, entropy, kl, seconds);
    fflush(stdout);
    if (!f) return;
    fprintf(f, "%d\t%.4f\t%.4f\t%.4f\t%.1f\t%d\t%.4f\t%.5f\n", iteration, it->reward, it->right,
            it->form, it->length, it->useful, entropy, kl);
    fflush(f);
}

bool grpo_run(struct model_state *s, const struct grpo_options *o, struct err *e) {
    struct grpo r;
    if (o->group < 2 || o->group > 64 || o->steps < 1 || o->steps > 64)
        return err_set(e, "groups of %d, %d steps: out of range", o->group, o->steps);
    FILE *f = o->metrics ? fopen(o->metrics, "w") : NULL;
    if (o->metrics && !f) return err_set(e, "cannot write the metrics file %s", o->metrics);
    if (f) fputs("iteration\treward\tright\tform\tlength\tuseful\tentropy\tkl\n", f);
    grpo_init(&r, s, o);
    double started = (double)clock_mono_us(), best = validate(&r), entropy;
    printf("before: %.2f%% of validation problems\n", best * 100);
    bool ok = !o->checkpoint || model_state_save(s, o->checkpoint, e);
    for (int i = 1; ok && i <= o->iterations; i++) {
        iterate(&r, i, &entropy);
        double seconds = ((double)clock_mono_us() - started) * 1e-6;
        report(&r, i, entropy, seconds, f);
        bool last = i == o->iterations || (o->seconds && seconds > o->seconds);
        if (i % o->validate_every == 0 || last) {
            double now = validate(&r);
            printf("validation %.2f%%, best so far %.2f%%\n", now * 100, best * 100);
            if (now > best && o->checkpoint) ok = model_state_save(s, o->checkpoint, e);
            if (now > best) best = now;
        }
        if (last) break;
    }
    if (f) fclose(f);
    grpo_done(&r);
    return ok;
}
