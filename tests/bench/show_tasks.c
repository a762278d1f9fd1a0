/* show_tasks [FAMILY|all] [N] [train|test] [SEED]: prints problems as a teacher would read them,
 * or, with N = 0, the size of each family's texts over 2,000 problems. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tasks/tasks.h"

static void show(const struct task_problem *p) {
    for (int i = 0; i < p->n_turns; i++) {
        const struct task_turn *turn = &p->turns[i];
        printf("Q: %s\n", turn->question.s);
        if (turn->thought.len > 0) printf("%s\n", turn->thought.s);
        printf("A: %s\n", turn->answer.s);
    }
    printf("   [gold %s]\n\n", p->gold.s != NULL ? p->gold.s : "");
}

/* A token is a digit, a mark, or a piece of a word of about five letters: a rough count. */
static size_t tokens(const struct task_problem *p) {
    size_t n = 0;
    for (int i = 0; i < p->n_turns; i++) {
        const struct str *texts[] = {&p->turns[i].question, &p->turns[i].thought,
                                     &p->turns[i].answer};
        for (int k = 0; k < 3; k++) {
            size_t letters = 0;
            for (size_t j = 0; j < texts[k]->len; j++) {
                char c = texts[k]->s[j];
                bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                letters = letter ? letters + 1 : 0;
                bool space_before_word = c == ' ' && j + 1 < texts[k]->len &&
                                         !(texts[k]->s[j + 1] >= '0' && texts[k]->s[j + 1] <= '9');
                if (letter ? letters % 5 == 1 : !space_before_word) n++;
            }
        }
    }
    return n;
}

static void measure(const struct task_family *f, enum task_split split, uint64_t seed) {
    size_t sum = 0, max = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        struct task_problem p;
        struct rng r = {.seed = seed, .stream = i};
        task_problem_init(&p);
        f->make(&r, split, &p);
        size_t n = tokens(&p);
        sum += n;
        if (n > max) max = n;
        task_problem_done(&p);
    }
    printf("%-22s weight %.2f  tokens: mean %4zu  max %4zu\n", f->name, f->weight, sum / 2000, max);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "all";
    int n = argc > 2 ? atoi(argv[2]) : 3;
    enum task_split split = argc > 3 && strcmp(argv[3], "test") == 0 ? TASK_TEST : TASK_TRAIN;
    uint64_t seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
    bool all = strcmp(name, "all") == 0;
    if (!all && task_family_find(name) == NULL) {
        fprintf(stderr, "show_tasks: no family \"%s\"\n", name);
        return 1;
    }
    for (size_t i = 0; task_families[i] != NULL; i++) {
        const struct task_family *f = task_families[i];
        if (!all && strcmp(f->name, name) != 0) continue;
        if (n == 0) measure(f, split, seed);
        for (int k = 0; k < n; k++) {
            struct task_problem p;
            struct rng r = {.seed = seed, .stream = (uint64_t)k};
            task_problem_init(&p);
            f->make(&r, split, &p);
            printf("-- %s\n", f->name);
            show(&p);
            task_problem_done(&p);
        }
    }
    return 0;
}
