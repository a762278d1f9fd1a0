/* evaluate: how many problems of each family the model in training gets right. */
#ifndef TRAIN_EVALUATE_H
#define TRAIN_EVALUATE_H

#include "engine/tasks/tasks.h"
#include "engine/train/trainer.h"

#define EVALUATE_MAX 128 /* families */

struct evaluate_options {
    const struct ops *ops;
    int n; /* problems per family */
    bool think;
    const char *family; /* NULL: all */
    enum task_split split;
    uint64_t seed;
    int show; /* prints the first so many answers of each family */
    int workers;
};

struct evaluate_result {
    const struct task_family *family;
    int n, right;
    double thought_tokens; /* mean */
};

/* Greedy answers to o->n problems of each family; fills out[EVALUATE_MAX], returns the number. */
size_t evaluate_all(const struct model_state *s, const struct evaluate_options *o,
                    struct evaluate_result *out);

void evaluate_print(const struct evaluate_result *r, size_t n); /* a table with 95% intervals */

/* Over fresh dialogues of the training split: what rounding to Q8_0 costs, KL(F32 || Q8_0) in nats
 * per token, and how often the MTP module drafts what the main model would choose. */
struct evaluate_measures {
    int tokens;
    double loss, kl, kl_worst, mtp_accepted;
};
void evaluate_measure(const struct model_state *s, int batches, struct evaluate_measures *out);

/* Splits what the model wrote after the prompt into thought and answer (without EOS). False: the
 * thought was not closed. */
bool evaluate_split(const struct bpe *b, const struct tokens *t, bool think, struct str *thought,
                    struct str *answer);

/* The whole reply to one question, special tokens written out. */
void evaluate_answer(const struct model_state *s, const struct ops *o, const char *question,
                     bool think, float temperature, struct str *out);

#endif
