/* tasks: problems whose answers a program can check.
 *
 * The same generators feed three readers: the trainer (worked dialogues for the cold start), the
 * reinforcement learning (question in, reward out) and `aside eval` (accuracy of any model).
 *
 * A family is one kind of problem ("addition", "letter-count"). make() writes one problem from a
 * random stream. The two splits share no wording and no operands: wordings are listed per split,
 * and operands belong to the split that task_operand_split() says.
 *
 * A thought is what a person would jot down: short steps, the running state written out, and a
 * check at the end. An answer is one or two plain sentences in which the result can be found. */
#ifndef ENGINE_TASKS_H
#define ENGINE_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"
#include "base/str.h"

/* TASK_VALIDATE has operands of its own too, and ways to ask that training lacks; it is what one
 * may look at while training, so that the test split stays unseen. */
enum task_split { TASK_TRAIN, TASK_TEST, TASK_VALIDATE };

/* One exchange. `thought` is empty where there is nothing to think about. */
struct task_turn {
    struct str question, thought, answer;
};

#define TASK_MAX_TURNS 4

struct wordings;

struct task_problem {
    const char *family;                     /* the family's name */
    struct task_turn turns[TASK_MAX_TURNS]; /* turns[n_turns-1] is the one that is graded */
    int n_turns;                            /* 1..TASK_MAX_TURNS */
    const struct wordings *asked;           /* where the last question's words are from (ask.h) */
    struct str gold; /* what check() compares with, in the family's own form */
};

struct task_family {
    const char *name;  /* lower case, '-' between words; the name `aside eval --family` takes */
    const char *title; /* for tables */
    bool verifiable;   /* check() decides by the result; false: chat, where it looks for the gist */
    double weight;     /* share in the training mixture, 1 = usual */
    /* Fills `p` (initialised, empty). The thought and answer are the worked solution. */
    void (*make)(struct rng *r, enum task_split split, struct task_problem *p);
    /* Whether `answer` (a model's answer, without its thought) is right. */
    bool (*check)(const struct task_problem *p, const char *answer);
};

extern const struct task_family *const task_families[]; /* NULL-terminated */

const struct task_family *task_family_find(const char *name); /* NULL: no such family */

/* make(), and the thought begins with a line that says what is asked: the family's name. */
void task_make(const struct task_family *f, struct rng *r, enum task_split split,
               struct task_problem *p);

void task_problem_init(struct task_problem *p);
void task_problem_done(struct task_problem *p);

/* Which split a set of operands belongs to: a hash of the text, 1 in 8 is TASK_TEST
 * and 1 in 8 TASK_VALIDATE. Generators
 * draw until the split fits. */
enum task_split task_operand_split(const char *operands);

#endif
