/* sft: supervised training on worked dialogues, the cold start. */
#ifndef TRAIN_SFT_H
#define TRAIN_SFT_H

#include "engine/train/trainer.h"

struct sft_options {
    const char *checkpoint; /* written every save_s seconds and at the end */
    const char *metrics;    /* TSV, appended; NULL: none */
    int64_t steps;          /* to reach in all */
    double seconds;         /* > 0: ends after so long instead, and `decay` is in seconds */
    int64_t stop;           /* leaves off here, to be resumed; 0: at the end */
    int64_t warmup, decay;  /* steps of rising rate at the start, of falling rate at the end */
    int batch_tok, parts;   /* tokens per batch, batches per worker and step */
    int workers;
    double cut;    /* share of dialogues cut off early in the thought (data.h) */
    int mtp_every; /* the MTP loss takes part in every n-th step */
    int save_s, report_every;
    struct adam adam; /* rate: the peak */
    const struct ops *ops;
    bool quiet;
};

struct sft_options sft_defaults(void);

/* Rate at a step with `left` steps or seconds to go: rises linearly, stays, falls linearly to 2% at
 * the last. */
float sft_rate(const struct sft_options *o, int64_t step, double left);

bool sft_run(struct model_state *s, const struct sft_options *o, struct err *e);

#endif
