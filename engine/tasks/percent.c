/* percent: a part of a number, a number raised or lowered by a part, the part as a percentage. */
#include <stdio.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

/* hundredths as a decimal without zeros at its end: 1250 is "12.5". */
static void write_hundredths(char out[32], long long hundredths) {
    long long whole = hundredths / 100, rest = hundredths % 100;
    if (rest == 0)
        snprintf(out, 32, "%lld", whole);
    else if (rest % 10 == 0)
        snprintf(out, 32, "%lld.%lld", whole, rest / 10);
    else
        snprintf(out, 32, "%lld.%02lld", whole, rest);
}

/* ---- percentages ---- */

enum percent_kind { PART_OF, RAISED, LOWERED, SHARE };

static const struct wordings percent_wordings[] = {
    [PART_OF] =
        {.ways = "percent-of",
         .train =
             (const char *const[]){
                 "What is {a}% of {b}?", "{a}% of {b}", "What is the interest on {b} at {a}%?",
                 "Take {a}% of {b}.", "How much is {a}% of {b}?", "Calculate {a} percent of {b}.",
                 "Find {a}% of {b}, please.", "{a} percent of {b}?", "i need {a}% of {b}",
                 "Of {b} g of jam, {a}% is sugar. How many grams are that?",
                 "Can you work out {a}% of {b}?", "How [much|many] is {a}[%| percent] of {b}?",
                 "{a}% of {b} [=|= ?|is|makes]",
                 "Of {b} [pupils|people|euros|cars|pages|votes], {a}[%| percent] [are|were] "
                 "[ill|red|gone|new|done]. How many [is that|are that]?",
                 "<who> [saves|gets|pays|eats] {a}[%| percent] of {b}. How much is [that|it]?",
                 "How much is a [tip|tax|fee|share] of {a}% on {b}?", NULL},
         .amounts = ASK_LIST("{a}[%| percent| per cent] of {b}", "the {a}% part of {b}"),
         .deeds = ASK_LIST("[compute|calculate|find|work out|take] {a}[%| percent] of {b}"),
         .test = (const char *const[]){"Give me {a}% out of {b}.",
                                       "A loan of {b} costs {a}% interest a year. How much is "
                                       "that per year?",
                                       NULL}},
    [RAISED] =
        {.ways = "percent-raised",
         .train =
             (const char *const[]){
                 "Increase {b} by {a}%.", "What is {b} plus {a}%?",
                 "A price of {b} rises by {a}%. What is the new price?", "{b} + {a}%",
                 "{b} goes up by {a}%. What is it now?",
                 "I pay {b} and {a}% on top. How much is that?", "Add {a} percent to {b}.",
                 "How much is {b} [plus|with] {a}[%| percent][| more| on top]?",
                 "A [wage|rent|bill|number|score|fare] of {b} [grows|rises|goes up|is raised] by "
                 "{a}[%| percent]. [What is it then?|How much is it now?|What does it become?]",
                 "{b} [and|with] {a}% [tax|tip|interest|more] [comes to|is|makes] what?", NULL},
         .amounts = ASK_LIST("{b} [plus|increased by|raised by|and] {a}[%| percent]"),
         .deeds = ASK_LIST("[increase|raise] {b} by {a}[%| percent]", "add {a}[%| percent] to {b}",
                           "put {a}% on top of {b}"),
         .test =
             (const char *const[]){"My rent was {b} and grew by {a} percent. What do I pay now?",
                                   "{b}, then {a} percent more, please", NULL}},
    [LOWERED] = {.ways = "percent-lowered",
                 .train =
                     (const char *const[]){
                         "Decrease {b} by {a}%.", "What is {b} minus {a}%?",
                         "A coat costs {b} and is {a}% off. What do I pay?", "{b} - {a}%",
                         "{b} goes down by {a}%. What is left?",
                         "There is a discount of {a}% on {b}. What do I pay?",
                         "Take {a} percent off {b}.",
                         "How much is {b} [minus|less] {a}[%| percent]?",
                         "A [wage|rent|bill|number|price|fare] of {b} [falls|sinks|goes down|is "
                         "reduced|drops] by {a}[%| percent]. [What is it then?|How much is it "
                         "now?|What is left?]",
                         "{b} with {a}% [off|discount|rebate] [comes to|is|makes] what?",
                         "What do I pay for something that costs {b} with {a}% off?", NULL},
                 .amounts = ASK_LIST("{b} [minus|decreased by|lowered by|less by] {a}[%| percent]"),
                 .deeds = ASK_LIST("[decrease|lower|reduce] {b} by {a}[%| percent]",
                                   "[subtract|take off|deduct] {a}[%| percent] from {b}"),
                 .test =
                     (const char *const[]){"A town of {b} people lost {a}% of them. How many are "
                                           "left?",
                                           "Cut {b} by {a} percent. What remains?", NULL}},
    [SHARE] = {.ways = "percent-share",
               .train =
                   (const char *const[]){
                       "What percent of {b} is {a}?", "{a} is what percent of {b}?",
                       "{a} out of {b} in percent", "Write {a} of {b} as a percentage.",
                       "What percentage of {b} is {a}?",
                       "{a} of {b} seats are taken. How many percent is that?",
                       "I got {a} of {b} points. What percentage is that?",
                       "How many percent of {b} are {a}?",
                       "[What|How many] percent [is|are|makes] {a} [of|out of] {b}?",
                       "[What|Which] [share|percentage] of {b} is {a}[|, in percent]?",
                       "<who> [has|got|won|did] {a} [out of|of] {b} [right|games|questions|votes]. "
                       "[What percentage is that?|How many percent?|What is it in percent?]",
                       "{a}/{b} [in|as] [percent|a percentage]?", NULL},
               .amounts =
                   ASK_LIST("the percentage of {a} [in|out of] {b}",
                            "{a} [out of|of|in] {b} [as a percentage|in percent|as a percent]"),
               .deeds = ASK_LIST("[write|give] {a} [out of|of] {b} [as a percentage|in percent]",
                                 "find what percentage {a} is of {b}"),
               .test =
                   (const char *const[]){"Express {a} of {b} as a percentage.",
                                         "{a} of our {b} trees are oaks. Which percentage is that?",
                                         NULL}},
};

/* percent*base/100: first a zero of either goes against one of the hundred, then the product. */
static void think_part(struct str *t, long long percent, long long base, char part[32]) {
    long long x = base, y = percent, divisor = 100;
    str_addf(t, "%lld%% of %lld is %lld*%lld/100\n", percent, base, x, y);
    if (x % 10 == 0) x /= 10, divisor /= 10;
    if (y % 10 == 0) y /= 10, divisor /= 10;
    if (divisor == 10) str_addf(t, "take a zero off: %lld*%lld/10\n", x, y);
    if (divisor == 1) str_addf(t, "take both zeros off: %lld*%lld\n", x, y);
    if (x > 9 && (y > 9 || y < 2))
        worked_product(t, x, y);
    else if (x > 9)
        worked_digit_product(t, x, (int)y);
    else if (y > 9)
        worked_digit_product(t, y, (int)x);
    else
        str_addf(t, "%lld*%lld=%lld\n", x, y, x * y);
    write_hundredths(part, percent * base);
    if (divisor > 1) str_addf(t, "%lld/%lld=%s\n", x * y, divisor, part);
}

/* The two numbers that are shown, whatever is asked about them. */
static bool pair_fits(enum task_split split, long long a, long long b) {
    return ask_fits(split, "percent %lld %lld", a < b ? a : b, a < b ? b : a);
}

static void make_percent(struct rng *r, enum task_split split, struct task_problem *p) {
    static const int usual[] = {5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 90};
    enum percent_kind kind;
    long long percent, base;
    do {
        static const enum percent_kind kinds[] = {PART_OF, PART_OF, RAISED, LOWERED, SHARE};
        kind = kinds[rng_below(r, 5)];
        bool odd = kind == PART_OF && rng_below(r, 3) == 0;
        percent = odd ? rng_between(r, 1, 99) : usual[rng_below(r, 12)];
        base =
            rng_below(r, 2) == 0 ? rng_between(r, 1, 50) * 10 : rng_between(r, 10, odd ? 99 : 300);
        bool is_long = base > 99 && base % 10 != 0 && percent % 10 != 0 && percent > 9;
        if (is_long) base = base / 10 * 10;
        bool whole = percent * base % 100 == 0;
        if ((kind == SHARE && (!whole || base > 99)) || (kind != PART_OF && !whole)) base = 0;
    } while (base == 0 || !pair_fits(split, kind == SHARE ? percent * base / 100 : percent, base));
    struct str *t = &p->turns[0].thought;
    char part[32], gold[32];
    struct ask_args args;
    if (kind == SHARE) {
        long long top = percent * base / 100;
        str_addf(t, "%lld*100=%lld, %lld/%lld\n", top, top * 100, top * 100, base);
        worked_quotient(t, top * 100, base);
        snprintf(gold, sizeof gold, "%lld", percent);
        worked_result(t, "%s%%", gold);
        ask_args(&args, "%lld|%lld|%s", top, base, gold);
    } else {
        think_part(t, percent, base, part);
        strcpy(gold, part);
        if (kind != PART_OF) {
            long long change = percent * base / 100;
            long long c =
                kind == RAISED ? worked_sum(t, base, change) : worked_difference(t, base, change);
            snprintf(gold, sizeof gold, "%lld", c);
        }
        worked_result(t, "%s", gold);
        ask_args(&args, "%lld|%lld|%s", percent, base, gold);
    }
    ask_question(p, r, split, &percent_wordings[kind], &args);
    static const char *const answers[][4] = {
        [PART_OF] = {"{a}% of {b} is {c}.", "That is {c}.", "It comes to {c}.", NULL},
        [RAISED] = {"The new value is {c}.", "{b} plus {a}% is {c}.", "That makes {c}.", NULL},
        [LOWERED] = {"The new value is {c}.", "{b} minus {a}% is {c}.", "That leaves {c}.", NULL},
        [SHARE] = {"{a} is {c}% of {b}.", "That is {c}%.", "{a} of {b} is {c}%.", NULL},
    };
    ask_answer(p, r, answers[kind], &args);
    str_add(&p->gold, gold);
}

/* "12 is 15% of 80": the percentage counts, wherever it stands. */
static bool check_percent(const struct task_problem *p, const char *answer) {
    struct str marked = STR_INIT, text = STR_INIT;
    check_plain(&text, answer);
    str_addf(&marked, "is %s%% of", p->gold.s);
    bool said = strstr(str_cstr(&text), marked.s) != NULL;
    str_free(&marked);
    str_free(&text);
    return said || check_number(p, answer, p->gold.s);
}

const struct task_family task_percent = {
    .name = "percent",
    .title = "Percentages",
    .verifiable = true,
    .weight = 1.4,
    .make = make_percent,
    .check = check_percent,
};
