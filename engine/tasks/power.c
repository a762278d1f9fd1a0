/* power: squares, higher powers and square roots. */
#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

static const struct wordings square_wordings = {
    .ways = "square",
    .train =
        (const char *const[]){
            "What is {a} squared?", "{a}^2", "What do you get for {a} times itself?",
            "A square garden is {a} m long. What is its area?", "{a}\u00b2",
            "What is the square of {a}?", "Square {a}.", "Calculate {a} squared, please.",
            "How much is {a}^2?", "i need the square of {a}",
            "How much is {a} [squared|times {a}|*{a}]?", "{a} * {a} [=|is]", "{a}^2 [=|= ?|is]",
            "[A square|A square room|A chessboard-like field] has {a} [fields|tiles|metres|steps] "
            "[along|on] [a|each|every] side. How many [fields|tiles|squares] is [that|it][| in "
            "all]?",
            NULL},
    .amounts = ASK_LIST("{a} squared", "the square of {a}", "{a}[^2|\u00b2]",
                        "{a} to the power of [two|2]", "{a} to the second power"),
    .deeds = ASK_LIST("square {a}", "[compute|calculate|work out] {a}[^2| squared|\u00b2]",
                      "raise {a} to the power of [two|2]", "multiply {a} by itself"),
    .test = (const char *const[]){"A square has sides of {a} cm. How large is it?",
                                  "Multiply {a} by itself. What comes out?", NULL},
};

static const struct wordings power_wordings = {
    .ways = "power",
    .train =
        (const char *const[]){
            "What is {a}^{b}?", "{a}^{b}", "Use {a} as a factor {b} times. What is the product?",
            "What is {a} with exponent {b}?", "What is {a} to the power of {b}?",
            "Compute {a} to the power {b}.", "Calculate {a}^{b}.", "{a} to the {b}th power?",
            "How much is {a} to the power of {b}?", "Raise {a} to the power of {b}.",
            "How much is {a}^{b}?", "{a}^{b} [=|= ?|is|gives]",
            "[What|How much] is {a} to the {b}th[| power]?",
            "Base {a}, exponent {b}: [what is it|what is the power|what do I get]?", NULL},
    .amounts =
        ASK_LIST("{a} to the [power of {b}|power {b}|{b}th|{b}th power]", "{a}^{b}", "{a}**{b}",
                 "{a} raised to [{b}|the power of {b}|the power {b}]", "the {b}th power of {a}"),
    .deeds = ASK_LIST("raise {a} to the [power of {b}|power {b}|{b}th power]",
                      "[compute|calculate|work out|evaluate] {a}^{b}",
                      "multiply {a} by itself so that there are {b} factors"),
    .test =
        (const char *const[]){"Multiply {b} factors of {a}. What comes out?",
                              "Give me the value of {a}**{b}.", "{a} with the exponent {b}?", NULL},
};

static const struct wordings root_wordings = {
    .ways = "root",
    .train = (const char *const[]){"What is the square root of {a}?", "sqrt({a})",
                                   "A square has an area of {a}. How long is its side?",
                                   "{a} is the square of which number?", "square root of {a}",
                                   "Find the square root of {a}.", "\u221a{a}",
                                   "Which number squared gives {a}?",
                                   "Please take the square root of {a}.",
                                   "[What|Which] [number|value] [has|gives] the square {a}?",
                                   "[Which|What] number times itself [is|gives|makes] {a}?",
                                   "x*x = {a}, [what is x|x = ?|and x]?",
                                   "A square [room|garden|sheet|tile] [has|covers] {a} "
                                   "[squares|tiles|square feet]. How long is [a|one|its] side?",
                                   NULL},
    .amounts = ASK_LIST("the [square |]root of {a}", "the number whose square is {a}", "sqrt({a})",
                        "sqrt {a}", "\u221a{a}"),
    .deeds = ASK_LIST("[take|find|compute|calculate|extract|work out] the [square |]root of {a}",
                      "find the number whose square is {a}"),
    .test = (const char *const[]){"A square field has {a} square metres. How long is a side?",
                                  "Somebody squared a number and got {a}. Find the number.", NULL},
};

/* The root: its tens, the last digits that fit, and which half of the ten it lies in. */
static void think_root(struct str *t, long long n, long long root) {
    long long tens = root / 10 * 10, middle = tens + 5;
    str_addf(t, "%lld*%lld=%lld, %lld*%lld=%lld, so from %lld\n", tens, tens, tens * tens,
             tens + 10, tens + 10, (tens + 10) * (tens + 10), tens);
    str_addf(t, "last digit %lld:", n % 10);
    for (int d = 0; d < 10; d++)
        if (d * d % 10 == n % 10) str_addf(t, " %d*%d=%d", d, d, d * d);
    char sign = root < middle ? '>' : root > middle ? '<' : '=';
    str_addf(t, "\n%lld*%lld=%lld%c%lld, so %lld\n", middle, middle, middle * middle, sign, n,
             root);
    worked_check_nines(t, root, '*', root, n);
}

static void make_power(struct rng *r, enum task_split split, struct task_problem *p) {
    static const int most_exponent[] = {0, 0, 12, 7, 6, 5, 4, 4, 4, 4, 6};
    uint32_t kind = rng_below(r, 3); /* square, power, root */
    long long a, b = 2;
    do {
        a = kind == 1 ? rng_between(r, 2, 10) : rng_between(r, kind == 0 ? 2 : 4, 99);
        if (kind == 1) b = rng_between(r, 3, most_exponent[a]);
    } while (a < 2 || !ask_fits(split, "power %u %lld %lld", kind, a, b));
    struct str *t = &p->turns[0].thought;
    struct ask_args args;
    long long result = a * a;
    if (kind == 1) {
        long long x = a;
        str_addf(t, "%lld^1=%lld\n", a, a);
        for (int k = 2; k <= b; k++, x *= a)
            str_addf(t, "%lld^%d: %lld*%lld=%lld\n", a, k, x, a, x * a);
        result = x;
    } else if (kind == 2) {
        think_root(t, a * a, a);
        result = a;
    } else {
        str_addf(t, "%lld*%lld\n", a, a);
        worked_product(t, a, a);
        str_addf(t, "Check: last digit %lld*%lld=%lld, right.\n", a % 10, a % 10,
                 (a % 10) * (a % 10));
    }
    worked_result(t, "%lld", result);
    ask_args(&args, "%lld|%lld|%lld", kind == 2 ? a * a : a, b, result);
    static const struct wordings *const wordings[] = {&square_wordings, &power_wordings,
                                                      &root_wordings};
    ask_question(p, r, split, wordings[kind], &args);
    static const char *const answers[][4] = {
        {"{a} squared is {c}.", "The square of {a} is {c}.", "That is {c}.", NULL},
        {"{a}^{b} = {c}.", "{a} to the power of {b} is {c}.", "That is {c}.", NULL},
        {"The square root of {a} is {c}.", "It is {c}.", "That is {c}.", NULL},
    };
    ask_answer(p, r, answers[kind], &args);
    str_addf(&p->gold, "%lld", result);
}

const struct task_family task_power = {
    .name = "power",
    .title = "Powers and roots",
    .verifiable = true,
    .weight = 2.2,
    .make = make_power,
    .check = check_gold,
};
