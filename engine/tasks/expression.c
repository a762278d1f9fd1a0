/* expression: several operations, with parentheses and precedence. The thought takes the operation
 * that is due, writes its result, and writes the whole expression again with the result in its
 * place, until one number is left. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

#define MAX_TOKENS 24

/* One token: a number, or one of + - * ( ). */
struct token {
    char op; /* 0: a number */
    long long value;
};

struct expression {
    struct token at[MAX_TOKENS];
    int n;
};

static void put(struct expression *e, char op, long long value) {
    assert(e->n < MAX_TOKENS);
    e->at[e->n++] = (struct token){.op = op, .value = value};
}

/* Writes the expression; `spaced`: with spaces around operators; `times`: the multiplication sign.
 */
static void write_expression(struct str *out, const struct expression *e, bool spaced,
                             const char *times) {
    for (int i = 0; i < e->n; i++) {
        char op = e->at[i].op;
        const char *pad = spaced && op != '(' && op != ')' ? " " : "";
        if (op == 0) {
            str_addf(out, e->at[i].value < 0 && i > 0 ? "(%lld)" : "%lld", e->at[i].value);
        } else if (op == '*') {
            str_addf(out, "%s%s%s", pad, times, pad);
        } else {
            str_addf(out, "%s%c%s", pad, op, pad);
        }
    }
}

/* The place of the operator that is due: in the first innermost parentheses, products first,
 * then from the left. -1: none. */
static int due(const struct expression *e) {
    int from = 0, to = e->n;
    for (int i = 0; i < e->n; i++) {
        if (e->at[i].op == '(') from = i + 1;
        if (e->at[i].op != ')') continue;
        to = i;
        break;
    }
    int sum = -1;
    for (int i = to - 1; i >= from; i--)
        if (e->at[i].op == '+' || e->at[i].op == '-') sum = i;
    for (int i = from; i < to; i++)
        if (e->at[i].op == '*') return i;
    return sum;
}

static void erase(struct expression *e, int at, int n) {
    memmove(e->at + at, e->at + at + n, (size_t)(e->n - at - n) * sizeof e->at[0]);
    e->n -= n;
}

static long long apply(long long a, char op, long long b) {
    return op == '+' ? a + b : op == '-' ? a - b : a * b;
}

/* Does the operation at `i`, drops parentheses that hold only its result. */
static void reduce(struct expression *e, int i) {
    e->at[i - 1].value = apply(e->at[i - 1].value, e->at[i].op, e->at[i + 1].value);
    erase(e, i, 2);
    if (i >= 2 && i < e->n && e->at[i - 2].op == '(' && e->at[i].op == ')') {
        erase(e, i, 1);
        erase(e, i - 2, 1);
    }
}

/* The value, or false where a step leaves the range in which one step is small. */
static bool in_range(const struct expression *given) {
    struct expression e = *given;
    for (int i = due(&e); i > 0; i = due(&e)) {
        long long a = e.at[i - 1].value, b = e.at[i + 1].value, c = apply(a, e.at[i].op, b);
        bool small = a >= 0 && b >= 0 && c >= -99 && c <= 400;
        if (e.at[i].op == '*') small = small && (a < 10 || b < 10 || a % 10 == 0 || b % 10 == 0);
        if (!small || (c < 0 && e.n > 3)) return false; /* only the last result may be negative */
        reduce(&e, i);
    }
    return true;
}

static void draw(struct rng *r, struct expression *e) {
    int n = (int)rng_between(r, 3, 5);                                        /* numbers */
    int open = rng_below(r, 3) > 0 ? (int)rng_below(r, (uint32_t)n - 1) : -1; /* "(" before it */
    int close = open >= 0 ? open + 1 + (n > 3 && open + 2 < n ? (int)rng_below(r, 2) : 0) : -1;
    e->n = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0) put(e, "+-*"[rng_below(r, 3)], 0);
        if (i == open) put(e, '(', 0);
        put(e, 0, rng_below(r, 3) == 0 ? rng_between(r, 10, 60) : rng_between(r, 1, 12));
        if (i == close) put(e, ')', 0);
    }
}

static const struct wordings expression_wordings = {
    .ways = "expression",
    .train =
        (const char *const[]){
            "{a}",
            "{a} = ?",
            "What is {a}?",
            "Calculate {a}.",
            "Compute {a}.",
            "Evaluate {a}.",
            "Please work out {a}.",
            "How much is {a}?",
            "what does {a} equal",
            "Find the value of {a}.",
            "Solve: {a}",
            "Can you calculate {a} for me?",
            "i need the value of {a}",
            "Simplify {a} to one number.",
            "Tell me the value of {a}.",
            "What do you get for {a}?",
            "Step by step, what is {a}?",
            "Mind the order of operations: {a}",
            "What number is {a} equal to?",
            "Could you evaluate the expression {a}?",
            "The task says {a}. What is the result?",
            "Let me know what {a} gives.",
            "How much is {a}?",
            "{a} [=|= ?|is|gives|equals]",
            "[What|Which number] does {a} [equal|make|come to|evaluate to|add up to]?",
            "[With|Using] the [usual|right] order of operations, what is {a}?",
            "Brackets first: {a}",
            NULL},
    .amounts = ASK_LIST("{a}", "the value of {a}", "the value of the [expression|term|sum] {a}"),
    .deeds = ASK_LIST("[compute|calculate|evaluate|work out|solve|simplify] {a}",
                      "[compute|calculate|evaluate|work out|solve] the [expression|term] {a}",
                      "reduce {a} to a number"),
    .test = (const char *const[]){"{a} ... and the answer?", "Which value does the term {a} have?",
                                  "Help me with this sum: {a}",
                                  "My homework asks for {a}. What comes out?",
                                  "Quick one: {a} makes what?", "Give me the result of {a}.", NULL},
};

static void make_expression(struct rng *r, enum task_split split, struct task_problem *p) {
    struct expression e;
    struct str plain = STR_INIT, shown = STR_INIT;
    do {
        draw(r, &e);
        str_clear(&plain);
        write_expression(&plain, &e, false, "*");
    } while (!in_range(&e) || !ask_fits(split, "expression %s", str_cstr(&plain)));
    static const char *const signs[] = {"*", "*", "x", "\u00d7", NULL};
    const char *times = ask_pick(r, signs);
    write_expression(&shown, &e, times[0] == 'x' || rng_below(r, 3) > 0, times);

    struct str *t = &p->turns[0].thought;
    long long a = 0, b = 0, c = 0;
    char op = '+';
    str_addf(t, "%s\n", str_cstr(&plain));
    for (int i = due(&e); i > 0; i = due(&e)) {
        a = e.at[i - 1].value;
        b = e.at[i + 1].value;
        op = e.at[i].op;
        c = apply(a, op, b);
        reduce(&e, i);
        if (op == '-' && a >= 0 && b > a) str_addf(t, "%lld-%lld=%lld, ", b, a, b - a);
        str_addf(t, "%lld%c%lld=%lld -> ", a, op, b, c);
        write_expression(t, &e, false, "*");
        str_add(t, "\n");
    }
    if (op == '+') str_addf(t, "Check: %lld-%lld=%lld, right.\n", c, b, a);
    if (op == '-') str_addf(t, "Check: %lld+%lld=%lld, right.\n", c, b, a);
    worked_result(t, "%lld", c);
    struct ask_args args;
    ask_args(&args, "%s|%lld", str_cstr(&shown), c);
    ask_question(p, r, split, &expression_wordings, &args);
    static const char *const answers[] = {"{a} = {b}.", "The value is {b}.", "The result is {b}.",
                                          "It comes to {b}.", NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%lld", c);
    str_free(&plain);
    str_free(&shown);
}

static bool check_expression(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

const struct task_family task_expression = {
    .name = "expression",
    .title = "Expressions",
    .verifiable = true,
    .weight = 2.0,
    .make = make_expression,
    .check = check_expression,
};
