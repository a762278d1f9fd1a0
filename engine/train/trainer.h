/* trainer: one optimizer step after another, on as many threads as there are cores.
 *
 * Each worker has its own batch, activations and gradient; after all are through, gradients are
 * summed in worker order, clipped by their norm, and AdamW (Loshchilov & Hutter, arXiv 1711.05101)
 * moves the parameters. The experts' selection bias moves by a fixed step toward the under-used
 * (arXiv 2408.15664). Same state, same batches, same number of workers: same bits.
 *
 * What the loss is, the job says: it fills the batches and gives each token its coefficient. */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "engine/train/bpe.h"
#include "engine/train/net.h"

struct adam {
    float rate, beta1, beta2, eps, decay, clip;
    bool muon; /* matrices by Muon (muon.h) instead */
};

/* What a checkpoint holds. */
struct model_state {
    struct net_config c;
    struct bpe *bpe;
    float *param, *m, *v; /* [n_param] each: parameters, AdamW's two moments */
    size_t n_param;
    uint64_t seed;
    int64_t step, tokens; /* done so far */
};

void model_state_init(struct model_state *s, const struct net_config *c, struct bpe *b,
                      uint64_t seed); /* takes b */
void model_state_done(struct model_state *s);
bool model_state_save(const struct model_state *s, const char *path, struct err *e);
bool model_state_load(struct model_state *s, const char *path, struct err *e);

struct step_stats {
    double loss, mtp_loss, entropy; /* means over wanted tokens, nats */
    double hits, mtp_hits;          /* shares: likeliest token right; draft = main model's choice */
    double grad_norm;
    int64_t tokens, wanted, mtp_wanted; /* mtp_* are 0 in a step without it */
    double load_worst;                  /* busiest expert's load over the mean, worst block */
};

struct trainer_job {
    void *ctx;
    void (*fill)(void *ctx, int64_t step, int worker, int part, struct batch *b);
    /* coef[i]: the factor of logp(target i) in what is to GROW. NULL: the mean of wanted tokens. */
    void (*coefs)(void *ctx, int worker, int part, const struct batch *b, const struct pass *p,
                  float *coef);
    int parts;       /* batches per worker and step */
    float mtp_share; /* weight of the MTP loss in this step, 0: left out */
    float bias_step; /* of the experts' balancing */
};

struct trainer;
struct trainer *trainer_new(struct model_state *s, const struct ops *o, int workers, int cap_tok);
void trainer_free(struct trainer *t);
struct pass *trainer_pass(struct trainer *t, int worker);
const struct weights *trainer_weights(const struct trainer *t);
int trainer_workers(const struct trainer *t);

void trainer_step(struct trainer *t, const struct trainer_job *job, const struct adam *a,
                  struct step_stats *out);

/* Runs fn(ctx, 0..n-1) on n threads and waits. */
void parallel_run(int n, void (*fn)(void *ctx, int worker), void *ctx);

#endif
