/* sequence: the next term. The thought looks at the differences first and says what they show. */
#include <stdio.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

#define MAX_TERMS 8

struct terms {
    long long at[MAX_TERMS]; /* at[n] is the next one */
    int n;
};

static void write_differences(struct str *t, const struct terms *s, int from) {
    for (int i = from; i + 1 < s->n; i++)
        str_addf(t, "%lld-%lld=%lld\n", s->at[i + 1], s->at[i], s->at[i + 1] - s->at[i]);
}

static void write_step(struct str *t, long long last, long long step) {
    if (step < 0)
        str_addf(t, "%lld-%lld=%lld\n", last, -step, last + step);
    else
        str_addf(t, "%lld+%lld=%lld\n", last, step, last + step);
}

/* Each kind draws its terms and, given terms, writes what one sees in them. */

static void draw_arithmetic(struct rng *r, struct terms *s) {
    long long step = rng_between(r, 2, 15), first = rng_between(r, 1, 60);
    if (rng_below(r, 4) == 0) {
        first += 7 * step;
        step = -step;
    }
    for (int i = 0; i <= s->n; i++) s->at[i] = first + i * step;
}

static void think_arithmetic(struct str *t, const struct terms *s) {
    long long step = s->at[1] - s->at[0];
    write_differences(t, s, 0);
    str_addf(t, "always the same: %lld\n", step);
    write_step(t, s->at[s->n - 1], step);
}

static void draw_geometric(struct rng *r, struct terms *s) {
    long long ratio = rng_between(r, 2, 4), x = rng_between(r, 1, ratio == 2 ? 12 : 5);
    if (s->n > 5) s->n = 5;
    for (int i = 0; i <= s->n; i++, x *= ratio) s->at[i] = x;
}

static void think_geometric(struct str *t, const struct terms *s) {
    long long ratio = s->at[1] / s->at[0];
    write_differences(t, s, 0);
    str_add(t, "growing, try factors\n");
    for (int i = 0; i + 1 < s->n; i++)
        str_addf(t, "%lld*%lld=%lld\n", s->at[i], ratio, s->at[i + 1]);
    str_addf(t, "always times %lld\n%lld*%lld=%lld\n", ratio, s->at[s->n - 1], ratio, s->at[s->n]);
}

/* Squares, triangular numbers and the like: differences that grow evenly. */
static void draw_quadratic(struct rng *r, struct terms *s) {
    long long growth = rng_between(r, 1, 4), step = rng_between(r, 1, 8), x = rng_between(r, 1, 20);
    if (rng_below(r, 3) == 0) { /* squares */
        long long k = rng_between(r, 1, 9);
        growth = 2;
        step = 2 * k + 1;
        x = k * k;
    }
    for (int i = 0; i <= s->n; i++, x += step, step += growth) s->at[i] = x;
}

static void think_quadratic(struct str *t, const struct terms *s) {
    long long a = s->at[1] - s->at[0], growth = s->at[2] - s->at[1] - a;
    long long last = s->at[s->n - 1] - s->at[s->n - 2];
    write_differences(t, s, 0);
    str_addf(t, "they grow by %lld\n%lld+%lld=%lld\n", growth, last, growth, last + growth);
    write_step(t, s->at[s->n - 1], last + growth);
}

static void draw_fibonacci(struct rng *r, struct terms *s) {
    s->at[0] = rng_between(r, 1, 9);
    s->at[1] = rng_between(r, 1, 9);
    for (int i = 2; i <= s->n; i++) s->at[i] = s->at[i - 1] + s->at[i - 2];
}

static void think_fibonacci(struct str *t, const struct terms *s) {
    write_differences(t, s, 0);
    str_add(t, "they are the terms again, so add the last two\n");
    long long a = s->at[s->n - 2], b = s->at[s->n - 1];
    str_addf(t, "%lld+%lld=%lld\n", a, b, a + b);
}

static void draw_alternating(struct rng *r, struct terms *s) {
    long long x = rng_between(r, 1, 40), step[2];
    do {
        step[0] = rng_between(r, 2, 12);
        step[1] = rng_between(r, -9, 12);
    } while (step[1] == 0 || step[1] == step[0] || step[0] + step[1] < 0);
    for (int i = 0; i <= s->n; i++) {
        s->at[i] = x;
        x += step[i % 2];
    }
}

static void think_alternating(struct str *t, const struct terms *s) {
    long long a = s->at[1] - s->at[0], b = s->at[2] - s->at[1];
    write_differences(t, s, 0);
    long long next = (s->n - 1) % 2 == 0 ? a : b;
    str_addf(t, "they alternate: %lld, %lld; now %lld\n", a, b, next);
    write_step(t, s->at[s->n - 1], next);
}

static const struct {
    int least; /* terms shown, so that the rule can be seen */
    void (*draw)(struct rng *r, struct terms *s);
    void (*think)(struct str *t, const struct terms *s);
} kinds[] = {
    {4, draw_arithmetic, think_arithmetic},   {4, draw_geometric, think_geometric},
    {4, draw_quadratic, think_quadratic},     {5, draw_fibonacci, think_fibonacci},
    {5, draw_alternating, think_alternating},
};

static const struct wordings sequence_wordings = {
    .ways = "sequence",
    .train =
        (const char *const[]){
            "What comes next: {a}?",
            "{a}, ?",
            "Add one more number to {a}.",
            "Which number belongs after {a}?",
            "{a}, ...",
            "What is the next number in {a}?",
            "Continue the sequence {a}.",
            "Find the next term of {a}.",
            "next number: {a}",
            "Which number follows {a}?",
            "Please continue {a}.",
            "Complete the pattern: {a}, ?",
            "Can you tell me the next term in {a}?",
            "i have {a}, what is next",
            "The sequence starts {a}. What is the next term?",
            "Work out the term after {a}.",
            "How does {a} go on?",
            "Fill in the blank: {a}, _",
            "Guess the rule and continue: {a}",
            "What should come after {a}?",
            "Look at the pattern {a}. Which number is next?",
            "Tell me the number that follows in the series {a}.",
            "{a} and then?",
            "{a}, [what comes next|what is next|and next|what follows|then what]?",
            "[What|Which number] [comes|is|follows] next[:| in| after] {a}?",
            "[Sequence|Series|Pattern]: {a}. [Next?|What is next?|Next number?|Which number comes "
            "now?]",
            "After {a}, [what|which number] comes?",
            "{a}, __",
            "{a}... [next|what next|go on]?",
            NULL},
    .amounts = ASK_LIST("the next [number|term] [of|in] {a}",
                        "the next [number|term] [of|in] the [sequence|series|row|list] {a}",
                        "the number [after|that follows|that comes after] {a}",
                        "what comes [next|after] in {a}"),
    .deeds = ASK_LIST("continue {a}", "continue the [sequence|series|pattern|row] {a}",
                      "find the next [number|term] [of|in] {a}", "complete {a}, [_|?|...]",
                      "add the next [number|term] to {a}"),
    .test = (const char *const[]){"A puzzle shows {a}. Which number belongs at the end?",
                                  "Extend {a} by one more term.", "after {a} there comes what?",
                                  "I am counting {a}. Say the next one.",
                                  "Row of numbers: {a}. What would you write down next?", NULL},
};

static void make_sequence(struct rng *r, enum task_split split, struct task_problem *p) {
    struct terms s;
    struct str list = STR_INIT;
    size_t kind;
    do {
        kind = rng_below(r, sizeof kinds / sizeof kinds[0]);
        s.n = kinds[kind].least + (int)rng_below(r, 2);
        kinds[kind].draw(r, &s);
        str_clear(&list);
        for (int i = 0; i < s.n; i++) str_addf(&list, "%s%lld", i > 0 ? ", " : "", s.at[i]);
    } while (!ask_fits(split, "sequence %s", str_cstr(&list)));
    struct str *t = &p->turns[0].thought;
    kinds[kind].think(t, &s);
    long long next = s.at[s.n];
    worked_result(t, "%lld", next);
    struct ask_args args;
    ask_args(&args, "%s|%lld", list.s, next);
    ask_question(p, r, split, &sequence_wordings, &args);
    static const char *const answers[] = {"The next number is {b}.", "Next comes {b}.",
                                          "It goes on with {b}.", "{a}, {b}.", NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%s, %lld", list.s, next);
    str_free(&list);
}

/* The gold is the whole sequence: an answer may repeat it, or give the next term alone. */
static bool check_sequence(const struct task_problem *p, const char *answer) {
    return check_numbers(answer, p->gold.s) || check_number(p, answer, strrchr(p->gold.s, ' ') + 1);
}

const struct task_family task_sequence = {
    .name = "sequence",
    .title = "Next term",
    .verifiable = true,
    .weight = 2.3,
    .make = make_sequence,
    .check = check_sequence,
};
