/* check_private: what the files of `check` share. */
#ifndef ENGINE_TASKS_CHECK_PRIVATE_H
#define ENGINE_TASKS_CHECK_PRIVATE_H

#include "engine/tasks/check.h"

#define CHECK_MAX_CANDS  64
#define CHECK_CAND_BYTES 64

/* A candidate in a plain text: its value in a form where equal values are equal strings. */
struct cand {
    char s[CHECK_CAND_BYTES];
    size_t from, to; /* text[from..to) */
};

struct cands {
    struct cand at[CHECK_MAX_CANDS]; /* the last ones, in the order of the text */
    int n;
};

void cands_add(struct cands *set, const char *text, size_t from, size_t to);
void check_find_numbers(struct cands *out, const char *text);

/* The inside of the last \boxed{}; owned; NULL: none. */
char *check_boxed(const char *answer);

/* Whether the answer states `gold`, which `find` reads as one candidate. */
bool check_states(const struct task_problem *p, const char *answer, const char *gold,
                  void (*find)(struct cands *, const char *));

#endif
