/* sft: the loop around the optimizer step: rate, progress, metrics, checkpoints. */
#include "engine/train/sft.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "engine/train/data.h"

struct sft_options sft_defaults(void) {
    return (struct sft_options){.steps = 1000,
                                .warmup = 100,
                                .decay = 300,
                                .batch_tok = 3072,
                                .parts = 1,
                                .workers = 2,
                                .mtp_every = 4,
                                .save_s = 120,
                                .report_every = 20,
                                .adam = {.rate = 5e-3f,
                                         .beta1 = 0.9f,
                                         .beta2 = 0.95f,
                                         .eps = 1e-8f,
                                         .decay = 0.1f,
                                         .clip = 1.0f,
                                         .muon = true},
                                .ops = ops_best()};
}

float sft_rate(const struct sft_options *o, int64_t step, double left) {
    double up = o->warmup ? (double)(step + 1) / (double)o->warmup : 1;
    double down = o->decay ? left / (double)o->decay : 1;
    double f = up < down ? up : down;
    f = f > 1 ? 1 : f;
    if (down < 1) f = 0.02 + 0.98 * f;
    return o->adam.rate * (float)f;
}

struct sft_job {
    struct data_source source;
    int workers, parts;
};

static void fill(void *ctx, int64_t step, int worker, int part, struct batch *b) {
    struct sft_job *j = ctx;
    uint64_t index =
        ((uint64_t)step * (uint64_t)j->workers + (uint64_t)worker) * (uint64_t)j->parts +
        (uint64_t)part;
    data_fill(&j->source, index, b);
}

/* As in the DeepSeek-V3 report: 0.3, then 0.1, here for the time of decay. */
static float mtp_share(const struct sft_options *o, int64_t step, double left) {
    if (o->mtp_every < 1 || step % o->mtp_every) return 0;
    return left > (double)o->decay ? 0.3f : 0.1f;
}

/* Large while the experts find their places, small when the rate falls. */
static float bias_step(const struct sft_options *o, double left) {
    return left > (double)o->decay ? 5e-3f : 1e-3f;
}

struct progress {
    double loss, tokens, since_us, end_us;
    int64_t since_step;
};

static void report(const struct sft_options *o, const struct model_state *s,
                   const struct step_stats *st, const struct step_stats *mtp, float rate,
                   struct progress *p, FILE *metrics) {
    double now = (double)clock_mono_us(), per_s = p->tokens / (now - p->since_us) * 1e6;
    double steps = (double)(s->step - p->since_step);
    double left = o->seconds ? (p->end_us - now) * 1e-6
                             : (double)(o->steps - s->step) * (now - p->since_us) / steps * 1e-6;
    double loss = p->loss / steps;
    if (!o->quiet) {
        printf("step %lld  loss %.4f  mtp %.3f (%.0f%%)  norm %.2f  load %.2f  rate %.1e  "
               "%.1fk tok/s  %.1fM tok  %.0f min left\n",
               (long long)s->step, loss, mtp->mtp_loss, mtp->mtp_hits * 100, st->grad_norm,
               st->load_worst, (double)rate, per_s * 1e-3, (double)s->tokens * 1e-6, left / 60);
        fflush(stdout);
    }
    if (metrics) {
        fprintf(metrics, "%lld\t%lld\t%.5f\t%.5f\t%.4f\t%.4f\t%.4f\t%.3e\t%.0f\n",
                (long long)s->step, (long long)s->tokens, loss, mtp->mtp_loss, mtp->mtp_hits,
                st->entropy, st->grad_norm, (double)rate, per_s);
        fflush(metrics);
    }
    *p = (struct progress){.since_us = now, .since_step = s->step, .end_us = p->end_us};
}

static FILE *metrics_open(const char *path, int64_t step, struct err *e) {
    FILE *f = fopen(path, step ? "a" : "w");
    if (!f) err_set(e, "cannot write the metrics file %s", path);
    if (f && !step)
        fputs("step\ttokens\tloss\tmtp_loss\tmtp_hits\tentropy\tgrad_norm\trate\ttok_s\n", f);
    return f;
}

bool sft_run(struct model_state *s, const struct sft_options *o, struct err *e) {
    struct sft_job ctx = {.workers = o->workers, .parts = o->parts};
    data_source_init(&ctx.source, s->bpe, s->seed, s->c.n_ctx);
    ctx.source.cut_share = o->cut;
    FILE *metrics = o->metrics ? metrics_open(o->metrics, s->step, e) : NULL;
    if (o->metrics && !metrics) return false;
    struct trainer *t = trainer_new(s, o->ops, o->workers, o->batch_tok);
    struct progress p = {.since_us = (double)clock_mono_us(), .since_step = s->step};
    struct step_stats st, mtp = {0};
    double saved = p.since_us;
    p.end_us = saved + o->seconds * 1e6;
    int64_t end = o->stop ? o->stop : o->seconds ? INT64_MAX : o->steps;
    bool ok = true;
    while (ok && s->step < end) {
        double left =
            o->seconds ? (p.end_us - (double)clock_mono_us()) * 1e-6 : (double)(o->steps - s->step);
        if (left <= 0) end = s->step + 1; /* the last step, so that it is reported and saved */
        struct adam a = o->adam;
        a.rate = sft_rate(o, s->step, left > 0 ? left : 0);
        struct trainer_job job = {
            &ctx, fill, NULL, o->parts, mtp_share(o, s->step, left), bias_step(o, left)};
        trainer_step(t, &job, &a, &st);
        if (st.mtp_wanted) mtp = st;
        p.loss += st.loss;
        p.tokens += (double)st.tokens;
        if (s->step % o->report_every == 0 || s->step == end)
            report(o, s, &st, &mtp, a.rate, &p, metrics);
        if (o->checkpoint &&
            ((double)clock_mono_us() - saved > o->save_s * 1e6 || s->step == end)) {
            ok = model_state_save(s, o->checkpoint, e);
            saved = (double)clock_mono_us();
        }
    }
    if (metrics) fclose(metrics);
    trainer_free(t);
    return ok;
}
