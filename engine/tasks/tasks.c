/* tasks: the table of all families, and what every problem has in common. */
#include "engine/tasks/tasks.h"

#include <stdint.h>
#include <string.h>

#include "engine/tasks/families.h"

#define TASK_ROW(name) &task_##name,
const struct task_family *const task_families[] = {
    TASK_NUMBER_FAMILIES(TASK_ROW) TASK_WORD_FAMILIES(TASK_ROW) NULL,
};
#undef TASK_ROW

const struct task_family *task_family_find(const char *name) {
    for (size_t i = 0; task_families[i] != NULL; i++)
        if (strcmp(task_families[i]->name, name) == 0) return task_families[i];
    return NULL;
}

void task_make(const struct task_family *f, struct rng *r, enum task_split split,
               struct task_problem *p) {
    f->make(r, split, p);
    struct str *t = &p->turns[p->n_turns - 1].thought;
    if (!f->verifiable || f == &task_follow_up || f == &task_next_question) return;
    struct str named = STR_INIT;
    str_addf(&named, "%s\n%s", f->name, t->s);
    str_free(t);
    *t = named;
}

void task_problem_init(struct task_problem *p) { memset(p, 0, sizeof *p); }

void task_problem_done(struct task_problem *p) {
    for (int i = 0; i < TASK_MAX_TURNS; i++) {
        str_free(&p->turns[i].question);
        str_free(&p->turns[i].thought);
        str_free(&p->turns[i].answer);
    }
    str_free(&p->gold);
    task_problem_init(p);
}

enum task_split task_operand_split(const char *operands) {
    uint64_t h = 14695981039346656037u; /* FNV-1a, then mixed: its low bits alone are weak */
    for (const char *c = operands; *c != '\0'; c++) h = (h ^ (unsigned char)*c) * 1099511628211u;
    uint64_t part = rng_hash(h, 0, 0) % 8;
    return part == 0 ? TASK_TEST : part == 1 ? TASK_VALIDATE : TASK_TRAIN;
}
