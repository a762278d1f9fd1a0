/* arithmetic: sums, differences and products of whole numbers, worked digit by digit. */
#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

/* ---- addition ---- */

static const struct wordings addition_wordings = {
    .ways = "addition",
    .train =
        (const char *const[]){
            "{a}+{b}",
            "{a} + {b}",
            "{a} + {b} = ?",
            "What is {a} + {b}?",
            "What is {a} plus {b}?",
            "Add {a} and {b}.",
            "What is {b} more than {a}?",
            "Raise {a} by {b}.",
            "Please add {a} to {b}.",
            "Calculate {a} + {b}.",
            "Compute the sum of {a} and {b}.",
            "How much is {a} + {b}?",
            "How much do {a} and {b} make together?",
            "Can you add up {a} and {b} for me?",
            "i need the sum {a}+{b}",
            "Work out {a} plus {b}, please.",
            "What do you get if you add {b} to {a}?",
            "sum of {a} and {b}",
            "{a} plus {b}?",
            "Find the total of {a} and {b}.",
            "Tell me what {a} + {b} is.",
            "A farm has {a} hens and buys {b} more. How many hens are there?",
            "I had {a} points and won {b}. How many points do I have now?",
            "what does {a} + {b} equal",
            "If I put {a} stones with {b} stones, how many are there?",
            "Could you sum {a} and {b}?",
            "How much is {a} [+|plus|and] {b}?",
            "{a} + {b} [=|= ?|makes|gives|is]",
            "[How many|What] do you [have|get] if you [have|take] {a} and [then "
            "|][get|add|find|win] {b}[| more]?",
            "<who> has {a} [stamps|coins|marbles|cards|apples|points|euros|pages|beads|sheets] and "
            "[gets|buys|finds|receives|collects] {b} more. How many [is that|are there|does that "
            "make][| now| altogether| in all]?",
            "There are {a} [boys|cars|red balls|birds|seats|adults|trees] and {b} "
            "[girls|buses|blue balls|more|children|bushes]. How many are [there|they|that] "
            "[together|in all|altogether|in total]?",
            "[On Monday|In May|Last year|First] we [sold|counted|drove|used] {a} and [on "
            "Tuesday|in June|this year|then] {b}. [What is the total?|How much is that "
            "together?|And in sum?]",
            "If a [number|counter|price|account] [is|stands at|shows] {a} and [grows|rises|goes "
            "up] by {b}, what is it then?",
            NULL},
    .amounts = ASK_LIST("the sum of {a} and {b}", "{a} [plus|+|added to|and] {b}",
                        "the [total|sum] of {a} [and|plus] {b}", "{a}+{b}",
                        "{a} [increased|raised] by {b}",
                        "the number that is {b} [above|greater than|larger than] {a}"),
    .deeds = ASK_LIST("add {a} [and|to|plus] {b}", "add {b} to {a}", "sum [up |]{a} and {b}",
                      "[put|count] {a} and {b} together",
                      "[compute|calculate|work out|evaluate] {a} + {b}",
                      "do the [addition|sum] {a} + {b}"),
    .test =
        (const char *const[]){
            "Give me the result of {a} + {b}.", "What number is {b} more than {a}?",
            "{a} and {b} added", "Increase {a} by {b}. What comes out?",
            "Quick one: {a} plus {b} makes what?",
            "A library owned {a} books and was given {b}. What is the new count?", NULL},
};

static void make_addition(struct rng *r, enum task_split split, struct task_problem *p) {
    long long a, b;
    do {
        int most = rng_below(r, 4) == 0 ? 6 : 4; /* long ones cost more than they teach */
        a = ask_digits(r, 2, most);
        b = ask_digits(r, rng_below(r, 3) == 0 ? 1 : 2, most);
    } while (!ask_fits(split, "addition %lld %lld", a < b ? a : b, a < b ? b : a));
    long long c = a + b;
    struct ask_args args;
    ask_args(&args, "%lld|%lld|%lld", a, b, c);
    ask_question(p, r, split, &addition_wordings, &args);

    struct str *t = &p->turns[0].thought;
    worked_sum(t, a, b);
    worked_check_nines(t, a, '+', b, c);
    worked_result(t, "%lld", c);
    static const char *const answers[] = {"{a} + {b} = {c}.", "{a} plus {b} is {c}.",
                                          "The sum of {a} and {b} is {c}.", "That makes {c}.",
                                          NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%lld", c);
}

const struct task_family task_addition = {
    .name = "addition",
    .title = "Addition",
    .verifiable = true,
    .weight = 1.0,
    .make = make_addition,
    .check = check_gold,
};

/* ---- subtraction ---- */

static const struct wordings subtraction_wordings = {
    .ways = "subtraction",
    .train =
        (const char *const[]){
            "{a}-{b}",
            "{a} - {b}",
            "{a} - {b} = ?",
            "What is {a} - {b}?",
            "What is {a} minus {b}?",
            "Subtract {b} from {a}.",
            "What is {b} less than {a}?",
            "Lower {a} by {b}.",
            "Please subtract {b} from {a}.",
            "Calculate {a} - {b}.",
            "Compute {a} minus {b}.",
            "How much is {a} - {b}?",
            "Take {b} away from {a}.",
            "Can you work out {a} minus {b}?",
            "i need {a}-{b}",
            "What remains of {a} after taking away {b}?",
            "If I take {b} from {a}, what do I get?",
            "{a} minus {b}?",
            "what does {a} - {b} equal",
            "Tell me what {a} - {b} is.",
            "Find {a} - {b}, please.",
            "My balance was {a} and I spent {b}. What is it now?",
            "It was at {a} and fell by {b}. Where is it now?",
            "could you do {a} minus {b} for me",
            "Start at {a} and go down {b}. Where do you end?",
            "Do the subtraction {a} - {b}.",
            "How much is {a} [-|minus|take away] {b}?",
            "{a} - {b} [=|= ?|makes|gives|is]",
            "<who> [had|owned|held] {a} "
            "[stamps|coins|marbles|cards|apples|points|euros|beads|sheets] and [gave "
            "away|lost|sold|spent|used] {b}. How many [are left|remain|are still there]?",
            "[Of|From] {a} [seats|tickets|eggs|pages|litres|cars], {b} are "
            "[taken|sold|broken|read|gone|away]. How many [are not|are left|remain]?",
            "What is left if [I|you|we] [take|remove|lose] {b} [out of|from|of] {a}?",
            "If a [number|counter|price|account] [is|stands at|shows] {a} and [falls|sinks|goes "
            "down|drops] by {b}, what is it then?",
            "[How much|How many] [more|larger] is {a} than {b}?",
            NULL},
    .amounts = ASK_LIST("the difference [of|between] {a} and {b}", "{a} [minus|-|take away] {b}",
                        "{a}-{b}", "{a} [lowered|decreased|diminished] by {b}",
                        "what [is left|remains] of {a} [without|after losing|when you remove] {b}",
                        "the number that is {b} [below|smaller than|under] {a}"),
    .deeds = ASK_LIST("subtract {b} from {a}", "take {b} [away |off |]from {a}",
                      "deduct {b} from {a}", "[compute|calculate|work out|evaluate] {a} - {b}",
                      "do the [subtraction|difference] {a} - {b}", "remove {b} from {a}"),
    .test =
        (const char *const[]){
            "Give me the result of {a} - {b}.", "What number is {b} less than {a}?", "{a} less {b}",
            "Reduce {a} by {b}. What comes out?", "Quick one: {a} minus {b} makes what?",
            "An account holds {a} and pays out {b}. What does it hold then?", NULL},
};

static void make_subtraction(struct rng *r, enum task_split split, struct task_problem *p) {
    long long a, b;
    do {
        int most = rng_below(r, 4) == 0 ? 6 : 4;
        a = ask_digits(r, 2, most);
        b = ask_digits(r, rng_below(r, 3) == 0 ? 1 : 2, most);
        if (a < b && rng_below(r, 100) < 60) {
            long long swap = a;
            a = b;
            b = swap;
        }
    } while (!ask_fits(split, "subtraction %lld %lld", a, b));
    long long c = a - b;
    struct ask_args args;
    ask_args(&args, "%lld|%lld|%lld", a, b, c);
    ask_question(p, r, split, &subtraction_wordings, &args);

    struct str *t = &p->turns[0].thought;
    if (c < 0) str_addf(t, "%lld < %lld, so swap them and put a minus.\n", a, b);
    long long more = c < 0 ? b : a, less = c < 0 ? a : b;
    worked_difference(t, more, less);
    worked_check_nines(t, more - less, '+', less, more);
    worked_result(t, "%lld", c);
    static const char *const answers[] = {"{a} - {b} = {c}.", "{a} minus {b} is {c}.",
                                          "The result is {c}.", "That leaves {c}.", NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%lld", c);
}

const struct task_family task_subtraction = {
    .name = "subtraction",
    .title = "Subtraction",
    .verifiable = true,
    .weight = 1.2,
    .make = make_subtraction,
    .check = check_gold,
};

/* ---- multiplication ---- */

static const struct wordings multiplication_wordings = {
    .ways = "multiplication",
    .train =
        (const char *const[]){
            "{a}*{b}",
            "{a} x {b}",
            "{a} \u00d7 {b} = ?",
            "What is {a} * {b}?",
            "What is {a} times {b}?",
            "Multiply {a} by {b}.",
            "What is the area of a floor of {a} by {b} tiles?",
            "A worker packs {a} boxes a day. How many are that in {b} days?",
            "Please multiply {a} and {b}.",
            "Calculate {a} * {b}.",
            "Compute the product of {a} and {b}.",
            "How much is {a} \u00d7 {b}?",
            "Can you multiply {a} with {b}?",
            "i need {a} times {b}",
            "{a} times {b}?",
            "product of {a} and {b}",
            "Work out {a} x {b}.",
            "Tell me what {a} * {b} is.",
            "what does {a} x {b} equal",
            "There are {a} boxes with {b} pens each. How many pens is that?",
            "A seat costs {a} and I buy {b}. What do I pay?",
            "If I have {b} lots of {a}, how many do I have?",
            "Find {a} multiplied by {b}.",
            "Could you please compute {a}*{b}?",
            "A hall has {a} rows of {b} chairs. How many chairs are there?",
            "How much is {a} [*|x|times] {b}?",
            "{a} * {b} [=|= ?|makes|gives|is]",
            "<who> has {b} [boxes|bags|shelves|albums|packs|crates|trays] with {a} "
            "[pens|eggs|books|photos|cards|bottles|screws] [each|in each|in every one]. How many "
            "[is that|are there][| altogether| in all]?",
            "One [ticket|book|shirt|night|box|lesson] costs {a} [euros|dollars|]. What do {b} "
            "[cost|come to]?",
            "[A|One] [train|bus|hall|box|page|field] has {a} "
            "[seats|places|chairs|pieces|lines|plants]. How many do {b} have?",
            "{b} [groups|teams|classes|rows|tables] of {a} [people|pupils|chairs|players]: how "
            "many [in all|is that|are there]?",
            "If I [save|walk|read|earn|plant] {a} [a|every|each] day, [how much|how many] is that "
            "[in|after] {b} days?",
            NULL},
    .amounts = ASK_LIST("the product of {a} and {b}",
                        "{a} [times|*|x|multiplied by|multiplied with|\u00d7] {b}", "{a}*{b}",
                        "{a}x{b}", "{b} times {a}"),
    .deeds = ASK_LIST("multiply {a} [by|with|and|times] {b}",
                      "[compute|calculate|work out|evaluate] {a} [*|x|times] {b}",
                      "do the multiplication {a} * {b}", "find the product of {a} and {b}"),
    .test =
        (const char *const[]){
            "Give me the result of {a} * {b}.", "{a} by {b}, multiplied",
            "Take {a} exactly {b} times. What comes out?", "Quick one: {a} by {b} makes what?",
            "A machine makes {a} parts an hour. How many does it make in {b} hours?",
            "How large is a field of {a} by {b} squares?", NULL},
};

static void make_multiplication(struct rng *r, enum task_split split, struct task_problem *p) {
    long long a, b;
    do {
        static const int sizes[][2] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {2, 2}, {2, 2}, {3, 2}};
        const int *size = sizes[rng_below(r, sizeof sizes / sizeof sizes[0])];
        a = ask_digits(r, size[0], size[0]);
        b = ask_digits(r, size[1], size[1]);
        if (b < 2 || a < 2) b = a = 0;
    } while (a == 0 || !ask_fits(split, "multiplication %lld %lld", a < b ? a : b, a < b ? b : a));
    if (rng_below(r, 4) == 0) {
        long long swap = a;
        a = b;
        b = swap;
    }
    long long c = a * b;
    struct ask_args args;
    ask_args(&args, "%lld|%lld|%lld", a, b, c);
    ask_question(p, r, split, &multiplication_wordings, &args);

    struct str *t = &p->turns[0].thought;
    if (b > 99 || (a < 10 && b > 9)) { /* the longer one goes first */
        str_addf(t, "%lld*%lld=%lld*%lld\n", a, b, b, a);
        long long swap = a;
        a = b;
        b = swap;
    }
    worked_product(t, a, b);
    if (a < 10) {
        str_addf(t, "Check: %lld*%lld=%lld, right.\n", b, a, c);
    } else if (a > 99 && b > 9) { /* the work is long enough */
        long long last = (a % 10) * (b % 10);
        str_addf(t, "Check: %lld*%lld=%lld, last digit %lld, right.\n", a % 10, b % 10, last,
                 last % 10);
    } else {
        worked_check_nines(t, a, '*', b, c);
    }
    worked_result(t, "%lld", c);
    static const char *const answers[] = {"{a} * {b} = {c}.", "{a} times {b} is {c}.",
                                          "The product of {a} and {b} is {c}.", "That makes {c}.",
                                          NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%lld", c);
}

const struct task_family task_multiplication = {
    .name = "multiplication",
    .title = "Multiplication",
    .verifiable = true,
    .weight = 1.3,
    .make = make_multiplication,
    .check = check_gold,
};
