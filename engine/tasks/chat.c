/* chat: see chat.h. */
#include "engine/tasks/chat.h"

#include <string.h>

#include "engine/tasks/families.h"
#include "engine/tasks/says.h"

void chat_ask(struct rng *r, enum task_split split, struct task_problem *p,
              const struct wordings *w, const struct ask_args *args) {
    ask_turn(p, r, split, w, true, args);
}

bool chat_check(const struct task_problem *p, const char *answer) {
    return says_any(answer, p->gold.s);
}

static bool is_whole_number(const struct task_problem *p) {
    size_t n = p->gold.len;
    return n >= 1 && n <= 4 && strspn(p->gold.s, "0123456789") == n &&
           strstr(p->turns[0].answer.s, p->gold.s) != NULL;
}

const struct task_family *chat_first_problem(struct rng *r, enum task_split split,
                                             struct task_problem *p, bool whole_number) {
    size_t n = 0;
    while (task_families[n]) n++;
    for (int tries = 0; tries < 60; tries++) {
        const struct task_family *f = task_families[rng_below(r, (uint32_t)n)];
        if (!f->verifiable || f == &task_follow_up || f == &task_next_question) continue;
        f->make(r, split, p);
        if (p->n_turns == 1 && p->turns[0].thought.len < 260 && p->turns[0].question.len < 120 &&
            (!whole_number || is_whole_number(p)))
            return f;
        task_problem_done(p);
        task_problem_init(p);
    }
    return NULL;
}

void chat_prelude(struct rng *r, enum task_split split, struct task_problem *p) {
    uint32_t kind = rng_below(r, 18);
    if (kind < 2 && chat_first_problem(r, split, p, false)) {
        str_clear(&p->gold);
    } else if (kind == 2) {
        str_add(&p->turns[0].question, split == TASK_TEST ? "hello there" : "hello");
        str_add(&p->turns[0].answer, "Hello! What shall we work out?");
        p->n_turns = 1;
    }
}

void chat_make(struct rng *r, enum task_split split, struct task_problem *p,
               const struct chat_topic *topics, size_t n) {
    const struct chat_topic *t = &topics[rng_below(r, (uint32_t)n)];
    chat_prelude(r, split, p);
    chat_ask(r, split, p, &t->asks, NULL);
    ask_answer(p, r, t->says, NULL);
    str_add(&p->gold, t->gist);
}
