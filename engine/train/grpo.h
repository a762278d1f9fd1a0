/* grpo: reinforcement learning with answers that a program checks (DeepSeekMath, arXiv
 * 2402.03300; DeepSeek-R1, arXiv 2501.12948).
 *
 * Per iteration the model answers each of some problems a few times. A reply's reward is 0.9 for
 * the right result and 0.1 for the form (thought closed, an answer, an end); its advantage is the
 * reward minus the group's mean, over the group's deviation. Every token of the reply is then made
 * likelier or less likely by its advantage times the ratio to the policy that sampled it, clipped,
 * and held to the supervised model by the k3 estimate of their divergence. Families where some
 * replies succeed and some fail are asked more often, because only those teach. */
#ifndef TRAIN_GRPO_H
#define TRAIN_GRPO_H

#include "engine/train/trainer.h"

struct grpo_options {
    const char *checkpoint; /* the model that was best on validation problems */
    const char *metrics;    /* TSV; NULL: none */
    int iterations, prompts, group;
    int steps;          /* optimizer steps per iteration */
    int max_new;        /* tokens of a reply */
    int validate_every; /* iterations */
    int validate_n;     /* problems per family, of the training split */
    int seconds;        /* stop after so long; 0: after all iterations */
    int batch_tok, workers;
    float temperature, clip, kl; /* kl: weight of the divergence */
    struct adam adam;
    const struct ops *ops;
};

struct grpo_options grpo_defaults(void);

bool grpo_run(struct model_state *s, const struct grpo_options *o, struct err *e);

/* What the objective's gradient with respect to logp is, for one token. */
float grpo_coef(const struct grpo_options *o, float advantage, float logp, float old_logp,
                float ref_logp);

/* Rewards of one group become its advantages; all equal: zeros. */
void grpo_advantages(float *reward, int n);

#endif
