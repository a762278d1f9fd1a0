/* ask: from lists of wordings to the text of a question or an answer.
 *
 * A wording is a sentence with places: "What is {a} plus {b}?". {a} is the first
 * of its arguments, {b} the second, and so on to {h}. A list ends with NULL. The lists of a
 * `struct wordings` share no sentence with its test list. */
#ifndef ENGINE_TASKS_ASK_H
#define ENGINE_TASKS_ASK_H

#include "engine/tasks/tasks.h"

struct wordings {
    const char *const *train, *const *test;
    const char *ways; /* the key of whole sentences in ways/ (ways.h), for training; may be NULL */
    /* What the common frames of training ask about (vary.h); each may be NULL. */
    const char *const *amounts; /* "the sum of {a} and {b}" */
    const char *const *deeds;   /* "add {a} and {b}" */
    const char *const *claims;  /* "{a} is prime" */
};

/* What the places stand for. */
struct ask_args {
    char text[512];
    const char *at[8]; /* into text */
};

/* Fills args from a text as by printf, its parts separated by '|': "%lld|%lld". */
void ask_args(struct ask_args *args, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same from strings, which have to live as long: ASK_ARGS(word, letter). */
#define ASK_ARGS(...) (&(const struct ask_args){.at = {__VA_ARGS__}})

/* A list of strings that ends with NULL, for wordings and phrasings. */
#define ASK_LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The text of a whole number, for ASK_ARGS. */
struct ask_num {
    char s[24];
};
struct ask_num ask_num(long long n);

/* One wording of the list, all equally likely. */
const char *ask_pick(struct rng *r, const char *const *list);

void ask_fill(struct str *out, const char *wording, const struct ask_args *args);

/* Writes the next turn's question in a wording of the split: in training one of many (vary.h), in
 * the test split one of its own. Now and then the first letter is small or the last mark is
 * missing, as people type. `chat`: see vary_wording(). */
void ask_turn(struct task_problem *p, struct rng *r, enum task_split split,
              const struct wordings *w, bool chat, const struct ask_args *args);

/* Starts a problem of one turn with such a question. */
void ask_question(struct task_problem *p, struct rng *r, enum task_split split,
                  const struct wordings *w, const struct ask_args *args);

/* Writes the answer of the last turn in one of the phrasings. */
void ask_answer(struct task_problem *p, struct rng *r, const char *const *phrasings,
                const struct ask_args *args);

/* Whether operands written as by printf belong to `split`. */
bool ask_fits(enum task_split split, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A whole number with lo..hi digits, every count of digits equally likely. */
long long ask_digits(struct rng *r, int lo, int hi);

#endif
