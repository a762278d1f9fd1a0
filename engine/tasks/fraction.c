/* fraction: sums, differences and products of fractions, simplifying, comparing. Simplifying tries
 * small primes one after the other. */
#include <stdio.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

struct fraction {
    long long top, bottom; /* bottom >= 1 */
};

static long long gcd(long long a, long long b) { return b == 0 ? a : gcd(b, a % b); }

static struct fraction lowest(struct fraction f) {
    long long g = gcd(f.top, f.bottom);
    return (struct fraction){f.top / g, f.bottom / g};
}

/* A proper fraction in lowest terms. */
static struct fraction draw(struct rng *r, long long most) {
    struct fraction f;
    do {
        f.bottom = rng_between(r, 2, most);
        f.top = rng_between(r, 1, f.bottom - 1);
    } while (gcd(f.top, f.bottom) != 1);
    return f;
}

/* "84/144 by 2 -> 42/72", one prime a line, until the fraction is in lowest terms. */
static struct fraction write_simplified(struct str *t, struct fraction f) {
    static const int primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23};
    struct fraction low = lowest(f);
    if (f.top == 0) return (struct fraction){0, 1};
    for (size_t i = 0; f.bottom != low.bottom;) {
        if (f.top % primes[i] != 0 || f.bottom % primes[i] != 0) {
            i++;
            continue;
        }
        str_addf(t, "%lld/%lld by %d -> ", f.top, f.bottom, primes[i]);
        f = (struct fraction){f.top / primes[i], f.bottom / primes[i]};
        str_addf(t, "%lld/%lld\n", f.top, f.bottom);
    }
    str_addf(t, "%lld/%lld is in lowest terms\n", f.top, f.bottom);
    return f;
}

static void write_fraction(struct str *out, struct fraction f) {
    if (f.bottom == 1)
        str_addf(out, "%lld", f.top);
    else
        str_addf(out, "%lld/%lld", f.top, f.bottom);
}

/* Whatever is done with two fractions, the pair belongs to one split. */
static bool pair_fits(enum task_split split, struct fraction a, struct fraction b) {
    bool in_order = a.top * b.bottom <= b.top * a.bottom;
    struct fraction x = in_order ? a : b, y = in_order ? b : a;
    return ask_fits(split, "fraction %lld/%lld %lld/%lld", x.top, x.bottom, y.top, y.bottom);
}

/* ---- the kinds of question ---- */

static const struct wordings operation_wordings = {
    .ways = "fraction-operation",
    .train =
        (const char *const[]){
            "{a} {c} {b}", "{a} {c} {b} = ?", "What is {a} {c} {b}?", "What is {a} {d} {b}?",
            "Calculate {a} {c} {b}.", "Compute {a} {c} {b} as a fraction.",
            "Please work out {a} {c} {b}.", "How much is {a} {d} {b}?", "{a}{c}{b}",
            "i need {a} {d} {b}", "Find {a} {c} {b} in lowest terms.",
            "Can you do the fractions {a} {c} {b}?", "How much is {a} [{c}|{d}] {b}?",
            "{a} {c} {b} [=|= ?|is|gives]",
            "[With fractions|In fractions|As a fraction|Fractions]: {a} [{c}|{d}] {b}", NULL},
    .amounts = ASK_LIST("{a} [{d}|{c}] {b}", "the value of {a} {c} {b}", "{a}{c}{b}"),
    .deeds = ASK_LIST("[compute|calculate|work out|evaluate|do] {a} [{c}|{d}] {b}",
                      "[compute|work out] {a} {d} {b} [as a fraction|in lowest terms]"),
    .test = (const char *const[]){"Give me the result of {a} {c} {b}.",
                                  "Fractions: which value has {a} {d} {b}?",
                                  "Fraction drill: {a} {c} {b}", NULL},
};

static const struct wordings simplify_wordings = {
    .ways = "fraction-simplify",
    .train = (const char *const[]){"Simplify {a}.", "Simplify the fraction {a}.",
                                   "Reduce {a} to lowest terms.", "Cancel {a}.",
                                   "Which fraction with smaller numbers equals {a}?",
                                   "What is {a} in lowest terms?", "Write {a} in simplest form.",
                                   "reduce {a}", "Please simplify {a} as far as possible.",
                                   "Can {a} be reduced, and to what?",
                                   "Can {a} be [reduced|simplified]? To what?",
                                   "How does one [reduce|simplify] {a}?", NULL},
    .amounts = ASK_LIST("the simplest form of {a}",
                        "{a} [in lowest terms|in its simplest form|reduced|simplified]",
                        "the reduced form of {a}"),
    .deeds = ASK_LIST("[reduce|simplify] {a}", "[reduce|simplify] the fraction {a}",
                      "[bring|put|write] {a} [in|into] [lowest terms|its simplest form]",
                      "reduce {a} to lowest terms"),
    .test = (const char *const[]){"Cancel {a} down completely.",
                                  "Which fraction equals {a} with the smallest numbers?", NULL},
};

static const struct wordings larger_wordings = {
    .ways = "fraction-larger",
    .train =
        (const char *const[]){
            "Which is larger, {a} or {b}?", "Which is more, {a} or {b} of a pizza?",
            "Who has more: one with {a} or one with {b}?", "Between {a} and {b}, which is larger?",
            "Which fraction is bigger: {a} or {b}?", "Compare {a} and {b}. Which is larger?",
            "larger: {a} or {b}", "Is {a} or {b} the greater fraction?",
            "[Which|What] is [larger|bigger|greater|more], {a} or {b}?",
            "{a} or {b}: which [one |]is [larger|bigger|greater|more]?",
            "Is {a} [larger|bigger|more] than {b}, or is {b}?",
            "[Which|What] [has|is] the [larger|bigger|greater] value: {a} or {b}?", NULL},
    .amounts = ASK_LIST("the <largest> of {a} and {b}",
                        "the [larger|bigger|greater] [one |fraction |]of {a} and {b}"),
    .deeds = ASK_LIST("compare {a} [and|with|to] {b}",
                      "say which is [larger|bigger|greater], {a} or {b}"),
    .test = (const char *const[]){"I can eat {a} or {b} of the cake. Where is more?",
                                  "Between the fractions {a} and {b}, who wins in size?", NULL},
};

static void make_operation(struct rng *r, enum task_split split, struct task_problem *p) {
    static const char *const words[] = {"plus", "minus", "times"};
    struct fraction a, b, c;
    uint32_t kind;
    do {
        kind = rng_below(r, 3);
        a = draw(r, 12);
        b = draw(r, 12);
        if (kind == 1 && a.top * b.bottom < b.top * a.bottom) {
            struct fraction swap = a;
            a = b;
            b = swap;
        }
    } while (!pair_fits(split, a, b));
    struct str *t = &p->turns[0].thought;
    if (kind == 2) {
        c = (struct fraction){a.top * b.top, a.bottom * b.bottom};
        str_addf(t, "tops: %lld*%lld=%lld\nbottoms: ", a.top, b.top, c.top);
        str_addf(t, "%lld*%lld=%lld\n", a.bottom, b.bottom, c.bottom);
    } else {
        char op = kind == 0 ? '+' : '-';
        long long common = a.bottom / gcd(a.bottom, b.bottom) * b.bottom;
        long long ka = common / a.bottom, kb = common / b.bottom;
        str_addf(t, "common bottom of %lld and %lld: %lld\n", a.bottom, b.bottom, common);
        str_addf(t, "%lld*%lld=%lld, %lld*%lld=%lld: ", a.bottom, ka, common, a.top, ka,
                 a.top * ka);
        str_addf(t, "%lld/%lld\n", a.top * ka, common);
        str_addf(t, "%lld*%lld=%lld, %lld*%lld=%lld: ", b.bottom, kb, common, b.top, kb,
                 b.top * kb);
        str_addf(t, "%lld/%lld\n", b.top * kb, common);
        c = (struct fraction){kind == 0 ? a.top * ka + b.top * kb : a.top * ka - b.top * kb,
                              common};
        str_addf(t, "%lld%c%lld=%lld: %lld/%lld\n", a.top * ka, op, b.top * kb, c.top, c.top,
                 c.bottom);
    }
    c = write_simplified(t, c);
    write_fraction(&p->gold, c);
    worked_result(t, "%s", p->gold.s);
    struct ask_args args;
    ask_args(&args, "%lld/%lld|%lld/%lld|%c|%s|%s", a.top, a.bottom, b.top, b.bottom, "+-*"[kind],
             words[kind], p -> gold.s);
    ask_question(p, r, split, &operation_wordings, &args);
    static const char *const answers[] = {"{a} {c} {b} = {e}.", "The result is {e}.",
                                          "{a} {d} {b} is {e}.", NULL};
    ask_answer(p, r, answers, &args);
}

static void make_simplify(struct rng *r, enum task_split split, struct task_problem *p) {
    struct fraction f, low;
    do {
        static const int factors[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 12};
        long long k = factors[rng_below(r, sizeof factors / sizeof factors[0])];
        low = draw(r, 15);
        f = (struct fraction){low.top * k, low.bottom * k};
    } while (!ask_fits(split, "simplify %lld/%lld", f.top, f.bottom));
    struct str *t = &p->turns[0].thought;
    write_simplified(t, f);
    write_fraction(&p->gold, low);
    worked_result(t, "%s", p->gold.s);
    struct ask_args args;
    ask_args(&args, "%lld/%lld|%s", f.top, f.bottom, p->gold.s);
    ask_question(p, r, split, &simplify_wordings, &args);
    static const char *const answers[] = {"{a} = {b}.", "In lowest terms it is {b}.",
                                          "{a} simplifies to {b}.", NULL};
    ask_answer(p, r, answers, &args);
}

static void make_compare(struct rng *r, enum task_split split, struct task_problem *p) {
    struct fraction a, b;
    do {
        a = draw(r, 12);
        b = draw(r, 12);
    } while (a.top * b.bottom == b.top * a.bottom || !pair_fits(split, a, b));
    long long x = a.top * b.bottom, y = b.top * a.bottom;
    struct fraction win = x > y ? a : b, lose = x > y ? b : a;
    struct str *t = &p->turns[0].thought;
    str_addf(t, "which is larger?\nacross: %lld*%lld=%lld, %lld*%lld=%lld\n", a.top, b.bottom, x,
             b.top, a.bottom, y);
    str_addf(t, "%lld%c%lld, so %lld/%lld%c", x, x > y ? '>' : '<', y, a.top, a.bottom,
             x > y ? '>' : '<');
    str_addf(t, "%lld/%lld\n", b.top, b.bottom);
    worked_result(t, "%lld/%lld is larger", win.top, win.bottom);
    str_addf(&p->gold, "larger %lld/%lld %lld/%lld", win.top, win.bottom, lose.top, lose.bottom);
    struct ask_args args;
    ask_args(&args, "%lld/%lld|%lld/%lld|%lld/%lld|%lld/%lld", a.top, a.bottom, b.top, b.bottom,
             win.top, win.bottom, lose.top, lose.bottom);
    ask_question(p, r, split, &larger_wordings, &args);
    static const char *const answers[] = {"{c} is larger than {d}.", "{c} is larger.",
                                          "The larger one is {c}.", NULL};
    ask_answer(p, r, answers, &args);
}

static void make_fraction(struct rng *r, enum task_split split, struct task_problem *p) {
    switch (rng_below(r, 6)) {
    case 0:
        make_compare(r, split, p);
        break;
    case 1:
        make_simplify(r, split, p);
        break;
    default:
        make_operation(r, split, p);
        break;
    }
}

static bool check_fraction(const struct task_problem *p, const char *answer) {
    if (str_starts(p->gold.s, "larger")) return check_compare(answer, p->gold.s);
    return check_lowest_fraction(p, answer, p->gold.s);
}

const struct task_family task_fraction = {
    .name = "fraction",
    .title = "Fractions",
    .verifiable = true,
    .weight = 1.8,
    .make = make_fraction,
    .check = check_fraction,
};
