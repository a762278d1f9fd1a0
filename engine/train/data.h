/* data: problems from engine/tasks as the token sequences that the model is taught.
 *
 * A dialogue is rendered exactly as the chat template does (template.jinja text in export.c):
 *   BOS [system] (User question Assistant answer EOS)* User question Assistant <think>\n
 *   thought \n</think>\n\n answer EOS
 * and without thinking <think>\n\n</think>\n\n before the answer. What the program writes when it
 * asks (the prompt) and what the model writes are tokenized apart, as they are in use. Only what
 * the model writes counts in the loss. */
#ifndef TRAIN_DATA_H
#define TRAIN_DATA_H

#include "engine/tasks/tasks.h"
#include "engine/train/bpe.h"
#include "engine/train/net.h"

struct dialogue {
    struct tokens token;
    size_t n_prompt; /* tokens before what the model writes */
    bool think;
};

void dialogue_done(struct dialogue *d);

/* The exchange up to the question of turn `last`, ready for the model to write. */
void data_prompt(const struct bpe *b, const char *system, const struct task_problem *p, int last,
                 bool think, struct tokens *out);

#define CUT_TOKENS 32

struct data_source {
    const struct bpe *bpe;
    uint64_t seed;
    int n_ctx;
    double plain_share; /* dialogues without thinking */
    double cut_share; /* thoughts cut off after CUT_TOKENS: what is asked shows in their beginning,
                         so that more questions go into a batch */
    const struct task_family *const *families; /* NULL-terminated */
    double weight_sum;
};

void data_source_init(struct data_source *s, const struct bpe *b, uint64_t seed, int n_ctx);

/* A family by weight and one of its problems of the training split, drawn from r. */
const struct task_family *data_problem(const struct data_source *s, struct rng *r,
                                       struct task_problem *p);

/* One dialogue of the training split, drawn from r. False: longer than n_ctx. */
bool data_dialogue(const struct data_source *s, struct rng *r, struct dialogue *out);

/* Fills the batch (cleared first) with the dialogues of stream `index`: a pure function of the
 * source's seed and the index. */
void data_fill(const struct data_source *s, uint64_t index, struct batch *b);

/* Learns a tokenizer from n dialogues of the training split. */
struct bpe *data_learn_bpe(uint64_t seed, int n_dialogues, int n_vocab);

#endif
