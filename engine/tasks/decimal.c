/* decimal: numbers with a point compared, added, subtracted and rounded. The thought gives both
 * numbers as many places, then works as with whole numbers. */
#include <stdio.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

static long long power_of_ten(int places) {
    long long p = 1;
    while (places-- > 0) p *= 10;
    return p;
}

/* units / 10^places, with exactly that many places: 375, 2 is "3.75". */
struct decimal {
    long long units;
    int places;
    char s[32];
};

static struct decimal decimal(long long units, int places) {
    struct decimal d = {.units = units, .places = places};
    long long one = power_of_ten(places), size = units < 0 ? -units : units;
    if (places == 0)
        snprintf(d.s, sizeof d.s, "%lld", units);
    else
        snprintf(d.s, sizeof d.s, "%s%lld.%0*lld", units < 0 ? "-" : "", size / one, places,
                 size % one);
    return d;
}

static struct decimal with_places(struct decimal d, int places) {
    return decimal(d.units * power_of_ten(places - d.places), places);
}

static int more_places(struct decimal a, struct decimal b) {
    return a.places > b.places ? a.places : b.places;
}

/* ---- comparing ---- */

static const struct wordings larger_wordings = {
    .ways = "decimal-larger",
    .train =
        (const char *const[]){
            "Which is larger, {a} or {b}?",
            "Which number is bigger: {a} or {b}?",
            "What is greater, {a} or {b}?",
            "{a} or {b}, which is larger?",
            "Is there more in {a} or in {b}?",
            "Which of the two has the larger value: {a} or {b}?",
            "Who wins, {a} or {b}, if the larger number wins?",
            "Compare {a} and {b}. Which is larger?",
            "Tell me the larger of {a} and {b}.",
            "Which is more, {a} or {b}?",
            "is {a} or {b} bigger",
            "Which of {a} and {b} is the greater number?",
            "Please say which is larger: {a} or {b}.",
            "larger: {a} vs {b}",
            "Pick the bigger number: {a}, {b}",
            "[Which|What|Which one|Which number] is [larger|bigger|greater|more|higher], {a} or "
            "{b}?",
            "[Which|What|Which number] is [larger|bigger|greater|more]: {a} or {b}?",
            "{a} or {b}[, which|? Which|: which|, what] [one |number |]is "
            "[larger|bigger|greater|more|higher]?",
            "Is {a} [larger|bigger|greater] than {b}, or the other way round?",
            "Of {a} and {b}, [which|what] is [larger|bigger|greater|the bigger one]?",
            "[bigger|larger|greater|more]: {a} or {b}",
            "Which [has|is of] [more|greater|larger] value, {a} or {b}?",
            "{a} vs {b}: which is [larger|bigger|greater]?",
            "Take {a} and {b}. Which is [larger|bigger|greater]?",
            "[Two numbers|Two values|I have]: {a} and {b}. [Which|Which one] is "
            "[larger|bigger|greater]?",
            "<who> says {a} is more than {b}; or is {b} more than {a}? Which is the larger?",
            "[Which price|Which weight|Which length|Which time] is [higher|greater|larger], {a} or "
            "{b}?",
            NULL},
    .amounts =
        ASK_LIST("the [larger|bigger|greater] [number |one |]of {a} and {b}",
                 "the [larger|bigger|greater] number, {a} or {b}", "the maximum of {a} and {b}"),
    .deeds = ASK_LIST("compare {a} [and|with|to] {b} and name the [larger|bigger|greater] one",
                      "say which is [larger|bigger|greater], {a} or {b}",
                      "decide which is [larger|bigger|more], {a} or {b}"),
    .test = (const char *const[]){"I can have {a} kg or {b} kg of gold. Where do I get more?",
                                  "On the number line, which lies further right, {a} or {b}?",
                                  "Between {a} and {b}, who wins in size?", NULL},
};

static const struct wordings smaller_wordings = {
    .ways = "decimal-smaller",
    .train =
        (const char *const[]){
            "Which is smaller, {a} or {b}?",
            "Which number is less: {a} or {b}?",
            "What is smaller, {a} or {b}?",
            "{a} or {b}, which is smaller?",
            "Is there less in {a} or in {b}?",
            "Which of the two has the smaller value: {a} or {b}?",
            "Which lies lower, {a} or {b}?",
            "Compare {a} and {b}. Which is smaller?",
            "Tell me the smaller of {a} and {b}.",
            "Which is less, {a} or {b}?",
            "is {a} or {b} smaller",
            "Please say which is smaller: {a} or {b}.",
            "smaller: {a} vs {b}",
            "Pick the smaller number: {a}, {b}",
            "[Which|What|Which one|Which number] is [smaller|less|lower], {a} or {b}?",
            "[Which|What|Which number] is [smaller|less|lower]: {a} or {b}?",
            "{a} or {b}[, which|? Which|: which|, what] [one |number |]is [smaller|less|lower]?",
            "Of {a} and {b}, [which|what] is [smaller|less|lower|the smaller one]?",
            "[smaller|less|lower]: {a} or {b}",
            "Which has [less|smaller] value, {a} or {b}?",
            "{a} vs {b}: which is [smaller|less]?",
            "[Two numbers|Two values|I have]: {a} and {b}. [Which|Which one] is "
            "[smaller|less|lower]?",
            "[Which price|Which weight|Which length|Which time] is [lower|less|smaller], {a} or "
            "{b}?",
            NULL},
    .amounts =
        ASK_LIST("the [smaller|lesser|lower] [number |one |]of {a} and {b}",
                 "the [smaller|lesser|lower] number, {a} or {b}", "the minimum of {a} and {b}"),
    .deeds = ASK_LIST("compare {a} [and|with|to] {b} and name the [smaller|lower] one",
                      "say which is [smaller|less|lower], {a} or {b}",
                      "decide which is [smaller|less|lower], {a} or {b}"),
    .test = (const char *const[]){"One shop asks {a} and the other {b}. Where do I pay less?",
                                  "On the number line, which lies further left, {a} or {b}?",
                                  "Between {a} and {b}, who loses in size?", NULL},
};

/* Two numbers that look alike: the same whole part most of the time, unequal places. */
static void draw_alike(struct rng *r, struct decimal *a, struct decimal *b) {
    int pa = (int)rng_between(r, 1, 4), pb = (int)rng_between(r, 1, rng_below(r, 4) ? 3 : 4);
    long long whole = rng_below(r, 4) == 0 ? rng_between(r, 10, 120) : rng_between(r, 0, 12);
    long long other = rng_below(r, 4) == 0 ? whole + rng_between(r, -1, 9) : whole;
    if (other < 0) other = 0;
    *a = decimal(whole * power_of_ten(pa) + rng_between(r, 1, power_of_ten(pa) - 1), pa);
    *b = decimal(other * power_of_ten(pb) + rng_between(r, 1, power_of_ten(pb) - 1), pb);
    if (whole == other && rng_below(r, 3) == 0 && pa > 1) { /* the same first place, too */
        long long first = a->units / power_of_ten(pa - 1);
        *b = decimal(first * power_of_ten(pb - 1) + b->units % power_of_ten(pb - 1), pb);
    }
}

/* From the left, digit by digit, until two differ. */
static void think_compare(struct str *t, struct decimal a, struct decimal b) {
    int places = more_places(a, b);
    char x[40], y[40];
    struct decimal pa = with_places(a, places), pb = with_places(b, places);
    size_t la = strlen(pa.s), lb = strlen(pb.s), width = la > lb ? la : lb;
    memset(x, '0', sizeof x);
    memset(y, '0', sizeof y);
    memcpy(x + width - la, pa.s, la + 1);
    memcpy(y + width - lb, pb.s, lb + 1);
    str_addf(t, "as many digits: %s and %s\n", x, y);
    for (size_t i = 0; x[i] != '\0'; i++) {
        if (x[i] == '.') continue;
        char sign = x[i] < y[i] ? '<' : x[i] > y[i] ? '>' : '=';
        str_addf(t, "%s%c%c%c", i > 0 ? ", " : "", x[i], sign, y[i]);
        if (sign != '=') break;
    }
}

static void make_decimal_compare(struct rng *r, enum task_split split, struct task_problem *p) {
    struct decimal a, b;
    do {
        draw_alike(r, &a, &b);
    } while (strcmp(a.s, b.s) == 0 ||
             !ask_fits(split, "decimal-compare %s %s", strcmp(a.s, b.s) < 0 ? a.s : b.s,
                       strcmp(a.s, b.s) < 0 ? b.s : a.s));
    int places = more_places(a, b);
    long long difference = with_places(a, places).units - with_places(b, places).units;
    bool larger = rng_below(r, 3) > 0, a_wins = larger == (difference > 0);
    struct decimal win = a_wins ? a : b, lose = a_wins ? b : a;
    const char *word = larger ? "larger" : "smaller";
    struct ask_args args;
    ask_args(&args, "%s|%s|%s|%s|%s|%s", a.s, b.s, win.s, lose.s, word, larger ? "more" : "less");
    ask_question(p, r, split, larger ? &larger_wordings : &smaller_wordings, &args);
    struct str *t = &p->turns[0].thought;
    str_addf(t, "which is %s?\n", word);
    think_compare(t, a, b);
    if (difference == 0) {
        str_add(t, ", all the same\n");
        worked_result(t, "%s and %s are equal", a.s, b.s);
        str_addf(&p->gold, "equal %s %s", a.s, b.s);
        static const char *const equal[] = {"{a} and {b} are equal.", "Neither: {a} = {b}.", NULL};
        ask_answer(p, r, equal, &args);
        return;
    }
    str_addf(t, ", so %s%c%s\n", a.s, difference > 0 ? '>' : '<', b.s);
    worked_result(t, "%s is %s", win.s, word);
    str_addf(&p->gold, "%s %s %s", word, win.s, lose.s);
    static const char *const answers[] = {"{c} is {e} than {d}.", "{c} is {e}.",
                                          "The {e} one is {c}.", "{c} is {f} than {d}.", NULL};
    ask_answer(p, r, answers, &args);
}

static bool check_comparison(const struct task_problem *p, const char *answer) {
    return check_compare(answer, p->gold.s);
}

const struct task_family task_decimal_compare = {
    .name = "decimal-compare",
    .title = "Decimals compared",
    .verifiable = true,
    .weight = 1.0,
    .make = make_decimal_compare,
    .check = check_comparison,
};

/* ---- adding and subtracting ---- */

static const struct wordings plus_wordings = {
    .ways = "decimal-plus",
    .train =
        (const char *const[]){
            "{a}+{b}", "{a} + {b} = ?", "What is {a} + {b}?", "What is {a} plus {b}?",
            "Add {a} and {b}.", "Calculate {a} + {b}.", "Please compute {a} plus {b}.",
            "How much is {a} + {b}?", "sum of {a} and {b}",
            "One costs {a} and the other {b}. What do they cost together?", "i need {a} plus {b}",
            "Work out the sum {a} + {b}.", "How much is {a} [+|plus|and] {b}?",
            "{a} + {b} [=|= ?|makes|is]",
            "One [rope|bag|bottle|plank] has {a} [m|kg|l] and another {b}. How much [is that|do "
            "they have] together?",
            "<who> [ran|drove|bought|saved] {a} and then {b}. What is the total?", NULL},
    .amounts = ASK_LIST("the sum of {a} and {b}", "{a} [plus|+|added to|and] {b}",
                        "the total of {a} and {b}", "{a} [increased|raised] by {b}"),
    .deeds = ASK_LIST("add {a} [and|to|plus] {b}", "sum [up |]{a} and {b}",
                      "[compute|calculate|work out] {a} + {b}", "[put|count] {a} and {b} together"),
    .test = (const char *const[]){"Give me the result of {a} + {b}.", "{a} and {b} added",
                                  "A jug holds {a} l and I pour in {b} l. How much is in it now?",
                                  NULL},
};

static const struct wordings minus_wordings = {
    .ways = "decimal-minus",
    .train =
        (const char *const[]){
            "{a}-{b}", "{a} - {b} = ?", "What is {a} - {b}?", "What is {a} minus {b}?",
            "Subtract {b} from {a}.", "Calculate {a} - {b}.", "Please compute {a} minus {b}.",
            "How much is {a} - {b}?", "By how much is {a} larger than {b}?",
            "I had {a} and spent {b}. What is left?", "i need {a} minus {b}",
            "Work out the difference {a} - {b}.", "How much is {a} [-|minus|take away] {b}?",
            "{a} - {b} [=|= ?|makes|is]", "What is left if [I|you] take {b} [from|out of|off] {a}?",
            "<who> had {a} [m|kg|l] and used {b}. How much is left?", NULL},
    .amounts = ASK_LIST("the difference [of|between] {a} and {b}", "{a} [minus|-|take away] {b}",
                        "{a} [lowered|decreased] by {b}"),
    .deeds = ASK_LIST("subtract {b} from {a}", "take {b} [away |off |]from {a}",
                      "[compute|calculate|work out] {a} - {b}"),
    .test = (const char *const[]){"Give me the result of {a} - {b}.", "{a} less {b}",
                                  "A ribbon of {a} m loses {b} m. How long is it then?", NULL},
};

static void make_decimal_sum(struct rng *r, enum task_split split, struct task_problem *p) {
    struct decimal a, b;
    bool plus;
    long long x, y;
    int places;
    do {
        int pa = (int)rng_between(r, 0, 3), pb = (int)rng_between(r, 1, 3);
        a = decimal(ask_digits(r, pa + 1, pa + 2), pa);
        b = decimal(ask_digits(r, pb, pb + 2), pb);
        plus = rng_below(r, 2) == 0;
        places = more_places(a, b);
        x = with_places(a, places).units;
        y = with_places(b, places).units;
        if (!plus && x < y) {
            struct decimal swap = a;
            a = b;
            b = swap;
            x = with_places(a, places).units;
            y = with_places(b, places).units;
        }
    } while (!ask_fits(split, "decimal-sum %s %c %s", a.s, plus ? '+' : '-', b.s));
    long long c = plus ? x + y : x - y;
    struct decimal sum = decimal(c, places), shown = sum;
    while (shown.places > 0 && shown.units % 10 == 0)
        shown = decimal(shown.units / 10, shown.places - 1);
    char sign = plus ? '+' : '-';
    struct str *t = &p->turns[0].thought;
    str_addf(t, "as many places: %s%c%s\nwithout the point, %d back at the end: ",
             with_places(a, places).s, sign, with_places(b, places).s, places);
    str_addf(t, "%lld%c%lld\n", x, sign, y);
    if (plus)
        worked_sum(t, x, y);
    else
        worked_difference(t, x, y);
    str_addf(t, "%d back: %s\n", places, sum.s);
    worked_result(t, "%s", shown.s);
    struct ask_args args;
    ask_args(&args, "%s|%s|%s|%c", a.s, b.s, shown.s, sign);
    ask_question(p, r, split, plus ? &plus_wordings : &minus_wordings, &args);
    static const char *const answers[] = {"{a} {d} {b} = {c}.", "The result is {c}.",
                                          "That makes {c}.", NULL};
    ask_answer(p, r, answers, &args);
    str_add(&p->gold, shown.s);
}

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

const struct task_family task_decimal_sum = {
    .name = "decimal-sum",
    .title = "Decimals added and subtracted",
    .verifiable = true,
    .weight = 1,
    .make = make_decimal_sum,
    .check = check_gold,
};

/* ---- rounding ---- */

static const struct wordings rounding_wordings = {
    .ways = "rounding",
    .train = (const char *const[]){"Round {a} to {b}.",
                                   "Round {a} to {b}, please.",
                                   "What is {a} rounded to {b}?",
                                   "round {a} to {b}",
                                   "Please round {a} to {b}.",
                                   "Can you round {a} to {b}?",
                                   "{a} rounded to {b}?",
                                   "{a}, to {b}",
                                   "i need {a} rounded to {b}",
                                   "Rounding to {b}, what does {a} become?",
                                   "Give {a} rounded to {b}.",
                                   "If you round {a} to {b}, what do you get?",
                                   "Write {a} to {b}.",
                                   "What do I get when I round {a} to {b}?",
                                   "Tell me {a} to {b}.",
                                   "How much is {a}, rounded to {b}?",
                                   "Find the value of {a} rounded to {b}.",
                                   "The counter says {a}. Round that to {b}.",
                                   "Could you please give me {a} to {b}?",
                                   "Simplify {a} by rounding it to {b}.",
                                   "to {b}: {a}",
                                   "[Rounded|Rounding] to {b}, what is {a}?",
                                   "To {b}, what is {a}?",
                                   "How much is {a} [to|when rounded to|rounded to] {b}?",
                                   "I [measured|weighed|got|read] {a} and [need|want] it to {b}. "
                                   "[What is it?|What do I say?|]",
                                   "What does {a} round to, to {b}?",
                                   NULL},
    .amounts = ASK_LIST("{a} [rounded|when rounded] to {b}", "{a} [correct |]to {b}",
                        "the rounded value of {a}, to {b}"),
    .deeds = ASK_LIST("round {a} to {b}", "round [off |][the number |the value |]{a} to {b}",
                      "[give|write|state] {a} [rounded |]to {b}", "bring {a} to {b} by rounding"),
    .test = (const char *const[]){"The report shows {a}, but only to {b} matters. What do I write?",
                                  "Shorten {a}, exact to {b}.",
                                  "My calculator prints {a}. To {b}, that is what?",
                                  "Quick one: {a}, and I want it to {b}",
                                  "Which number to {b} lies closest to {a}?", NULL},
};

static void make_rounding(struct rng *r, enum task_split split, struct task_problem *p) {
    static const struct {
        int drop_whole; /* digits dropped before the point; 0: places kept counts */
        int keep;       /* places kept */
        const char *words;
    } aims[] = {
        {1, 0, "the nearest ten"},      {1, 0, "tens"},
        {2, 0, "the nearest hundred"},  {2, 0, "hundreds"},
        {3, 0, "the nearest thousand"}, {0, 0, "the nearest whole number"},
        {0, 1, "one decimal place"},    {0, 1, "the nearest tenth"},
        {0, 2, "two decimal places"},   {0, 2, "2 decimal places"},
        {0, 3, "three decimal places"},
    };
    size_t k;
    long long units;
    int places;
    struct decimal a;
    do {
        k = rng_below(r, sizeof aims / sizeof aims[0]);
        bool whole = aims[k].drop_whole > 0;
        places = whole ? 0 : aims[k].keep + (int)rng_between(r, 1, 3);
        units = whole ? ask_digits(r, aims[k].drop_whole, aims[k].drop_whole + 3)
                      : ask_digits(r, places, places + 3);
        a = decimal(units, places);
    } while (!ask_fits(split, "rounding %s", a.s));
    int drop = aims[k].drop_whole > 0 ? aims[k].drop_whole : places - aims[k].keep;
    long long cut = power_of_ten(drop), head = units / cut, tail = units % cut;
    int next = (int)(tail / (cut / 10));
    long long rounded = head + (next >= 5);
    struct decimal result =
        aims[k].drop_whole > 0 ? decimal(rounded * cut, 0) : decimal(rounded, aims[k].keep);
    struct str *t = &p->turns[0].thought;
    struct decimal kept = aims[k].drop_whole > 0 ? decimal(head, 0) : decimal(head, aims[k].keep);
    struct decimal moved = aims[k].drop_whole > 0 ? decimal(rounded, 0) : result;
    str_addf(t, "keep %s, cut %0*lld\nfirst digit cut: %d", kept.s, drop, tail, next);
    if (next >= 5)
        str_addf(t, ">=5, so up: %s -> %s\n", kept.s, moved.s);
    else
        str_addf(t, "<5, so down: %s stays\n", kept.s);
    if (aims[k].drop_whole > 0) str_addf(t, "%d zeros for what was cut: %s\n", drop, result.s);
    worked_result(t, "%s", result.s);
    struct ask_args args;
    ask_args(&args, "%s|%s|%s", a.s, aims[k].words, result.s);
    ask_question(p, r, split, &rounding_wordings, &args);
    static const char *const answers[] = {"{a} rounded to {b} is {c}.", "Rounded, it is {c}.",
                                          "That is {c}.", NULL};
    ask_answer(p, r, answers, &args);
    str_add(&p->gold, result.s);
}

const struct task_family task_rounding = {
    .name = "rounding",
    .title = "Rounding",
    .verifiable = true,
    .weight = 1.0,
    .make = make_rounding,
    .check = check_gold,
};
