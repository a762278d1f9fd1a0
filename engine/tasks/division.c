/* division: whole numbers by long division, with a remainder. */
#include <assert.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

/* ---- division ---- */

static const struct wordings division_wordings = {
    .ways = "division",
    .train =
        (const char *const[]){
            "{a}/{b}",
            "{a} / {b}",
            "{a} : {b} with remainder",
            "{a} \u00f7 {b} = ?",
            "What is {a} divided by {b}?",
            "Divide {a} by {b}.",
            "A tape of {a} cm is cut into pieces of {b} cm. How many pieces, and what is left?",
            "Take {b} out of {a} again and again. How often, and what remains?",
            "Please divide {a} by {b} and give the remainder.",
            "Calculate {a} / {b} with remainder.",
            "How many times does {b} go into {a}?",
            "How often does {b} fit into {a}, and what is left?",
            "Quotient and remainder of {a} and {b}?",
            "i need {a} divided by {b}",
            "Can you divide {a} by {b} for me?",
            "What do you get if you split {a} into {b} equal parts?",
            "what does {a} / {b} equal, with remainder",
            "Work out {a} divided by {b}.",
            "Tell me what {a} / {b} is.",
            "{a} sweets are shared by {b} children. How many does each get, and "
            "how many are left?",
            "I pack {a} eggs into boxes of {b}. How many boxes are full, and what "
            "is left over?",
            "Find the quotient and the remainder of {a} / {b}.",
            "Do the long division {a} / {b}.",
            "{a} divided by {b}?",
            "Could you please work out {a} \u00f7 {b}?",
            "How much is {a} [/|divided by|by|\u00f7] {b}?",
            "How [often|many times] does {b} [go into|fit into|fit in] {a}[|, and what is left|, "
            "with remainder]?",
            "{a} [cards|coins|nuts|apples|euros|sheets|stickers] are [shared|divided|dealt out] "
            "[among|between] {b} [friends|players|people|pupils]. How many does each [get|have][|, "
            "and how many are left|, and what is left over]?",
            "{a} [bottles|books|balls|rolls|plants|photos] go into [crates|boxes|bags|rows|albums] "
            "of {b}. How many [crates|boxes|rows] are [full|filled|needed][|, and what is left]?",
            "If {b} [people|friends|children] share {a} [fairly|equally|evenly], what does each "
            "one get?",
            NULL},
    .amounts = ASK_LIST("{a} [divided by|/|\u00f7|:] {b}[| with remainder|, with the remainder]",
                        "the quotient [and the remainder |and remainder |]of {a} and {b}",
                        "{a} divided [into|by] {b}[| equal parts]"),
    .deeds = ASK_LIST("divide {a} by {b}[| with remainder| and say what is left]",
                      "[compute|calculate|work out|evaluate] {a} [/|\u00f7|divided by] {b}",
                      "split {a} into {b} equal [parts|groups|shares]",
                      "share {a} [among|between|by] {b}", "do the division {a} / {b}"),
    .test =
        (const char *const[]){"Give me the result of {a} / {b}, as whole number and remainder.",
                              "{a} over {b}, rest too",
                              "A rope of {a} m is cut into pieces of {b} m. How many pieces are "
                              "there, and how much rope remains?",
                              "Quick one: {a} by {b}, and what remains?",
                              "Take {b} from {a} as often as you can. How often is that, and "
                              "what stays?",
                              NULL},
};

static void make_division(struct rng *r, enum task_split split, struct task_problem *p) {
    long long a, b;
    do {
        bool long_divisor = rng_below(r, 3) == 0;
        b = long_divisor ? rng_between(r, 10, 99) : rng_between(r, 2, 9);
        a = long_divisor ? ask_digits(r, 2, 4) : ask_digits(r, 2, 5);
        if (rng_below(r, 3) == 0) a -= a % b;
    } while (a < b || !ask_fits(split, "division %lld %lld", a, b));
    long long q = a / b, rest = a % b;
    struct ask_args args;
    ask_args(&args, "%lld|%lld|%lld|%lld", a, b, q, rest);
    ask_question(p, r, split, &division_wordings, &args);

    struct str *t = &p->turns[0].thought;
    worked_quotient(t, a, b);
    str_add(t, "Check by nines: ");
    int x = worked_nines(t, q);
    str_add(t, ", ");
    int y = worked_nines(t, b);
    str_add(t, ", ");
    int z = worked_nines(t, rest);
    str_add(t, ", ");
    int all = worked_nines(t, a);
    str_addf(t, "; %d*%d+%d=%d", x, y, z, x * y + z);
    if (x * y + z > 8) str_addf(t, ", %d by nines", (x * y + z) % 9);
    assert((x * y + z - all) % 9 == 0);
    str_add(t, ", right.\n");
    worked_result(t, "%lld remainder %lld", q, rest);
    static const char *const exact[] = {"{a} / {b} = {c} exactly.", "{a} divided by {b} is {c}.",
                                        "{b} goes into {a} exactly {c} times.",
                                        "That is {c}, with no remainder.", NULL};
    static const char *const inexact[] = {
        "{a} / {b} = {c} remainder {d}.", "{a} divided by {b} is {c} with remainder {d}.",
        "The quotient is {c} and the remainder is {d}.", "{c}, with {d} left over.", NULL};
    ask_answer(p, r, rest == 0 ? exact : inexact, &args);
    str_addf(&p->gold, "%lld %lld", q, rest);
}

static bool check_division(const struct task_problem *p, const char *answer) {
    return check_quotient(p, answer, p->gold.s);
}

const struct task_family task_division = {
    .name = "division",
    .title = "Division with remainder",
    .verifiable = true,
    .weight = 2.2,
    .make = make_division,
    .check = check_division,
};
