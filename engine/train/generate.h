/* generate: many sequences sampled at once, one token of each per pass through the net. */
#ifndef TRAIN_GENERATE_H
#define TRAIN_GENERATE_H

#include "engine/train/trainer.h"

struct generation {
    const int *prompt;
    int n_prompt;      /* >= 1 */
    int max_new;       /* prompt and answer together stay within the context */
    float temperature; /* 0: the likeliest token */
    uint64_t seed;     /* of this sequence's random numbers */
    struct tokens out; /* result, an ending EOS included; empty before */
    bool ended;        /* by EOS */
};

/* Runs all of them, `slots` at a time per worker, on `workers` threads. Results do not depend on
 * the number of threads or slots beyond rounding. */
void generate_all(const struct net_config *c, const struct weights *w, const struct ops *o,
                  struct generation *g, size_t n, int slots, int workers);

#endif
