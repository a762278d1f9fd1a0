/* chat: what the conversational families share. Nothing is computed in them, so their thoughts are
 * empty; check() looks for the gist, which is in the problem's gold: '|'-separated phrases of
 * which one has to occur. */
#ifndef ENGINE_TASKS_CHAT_H
#define ENGINE_TASKS_CHAT_H

#include "engine/tasks/ask.h"

/* Questions that deserve the same answer. */
struct chat_topic {
    struct wordings asks;
    const char *const *says;
    const char *gist;
};

/* Writes a problem on one of the n topics. Now and then an exchange about something else comes
 * before it. */
void chat_make(struct rng *r, enum task_split split, struct task_problem *p,
               const struct chat_topic *topics, size_t n);

/* With a chance of 1 in 6 fills the first turn with a short problem or a greeting; the next turn
 * to write is turns[n_turns]. */
void chat_prelude(struct rng *r, enum task_split split, struct task_problem *p);

/* Fills turn 0 with a short problem of any verifiable family and returns it, or NULL where the
 * few tries found none. `whole_number`: the result is a whole number that the answer shows. */
const struct task_family *chat_first_problem(struct rng *r, enum task_split split,
                                             struct task_problem *p, bool whole_number);

/* Appends the next turn's question. */
void chat_ask(struct rng *r, enum task_split split, struct task_problem *p,
              const struct wordings *w, const struct ask_args *args);

bool chat_check(const struct task_problem *p, const char *answer);

#endif
