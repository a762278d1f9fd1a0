/* everyday: units converted, change from money, shopping totals. Money is worked out in cents. */
#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

static const struct wordings unit_asks = {
    .ways = "units",
    .train = ASK_LIST(
        "How many {b} are {a}?", "Convert {a} to {b}.", "{a} in {b}", "What is {a} in {b}?",
        "How many {b} is {a}?", "convert {a} into {b}", "{a} = ? {b}", "Express {a} in {b}.",
        "Change {a} to {b}.", "How much is {a} in {b}?", "Please convert {a} into {b}.",
        "Turn {a} into {b}.", "{a} to {b}?", "How many {b} are there in {a}?", "Write {a} in {b}.",
        "Can you convert {a} to {b}?", "I have {a}. How many {b} is that?", "{a} are how many {b}?",
        "What do {a} come to in {b}?", "Tell me {a} as {b}.", "Give {a} in {b}.",
        "How many {b} [are|is|are in|are there in|make|do you have in] {a}?",
        "{a}, how many {b}[| is that| are that]?",
        "[convert|conversion|units]: {a} [to|in|into|->] {b}",
        "{a} [=|is|are|makes|equals] [how many|? |what in |] {b}[|?]",
        "[What|How much] [is|are] {a} in {b}?", "In {b}, [what|how much] [is|are] {a}?",
        "<who> has {a}. How many {b} is that?",
        "My [recipe|plan|list|notes] [say|says] {a}, but I need {b}. [How many is it?|How much is "
        "it?|Convert it.]"),
    .amounts = ASK_LIST("{a} in {b}", "{a} [converted|expressed|given|changed] [to|in|into] {b}",
                        "the number of {b} in {a}"),
    .deeds = ASK_LIST("convert {a} [to|into] {b}", "[change|turn|transform] {a} [to|into] {b}",
                      "[write|express|give|state] {a} in {b}", "find how many {b} {a} [is|are]"),
    .test = ASK_LIST("Somebody measured {a}; state it in {b}.",
                     "With {b} as the unit, what does {a} read?",
                     "I know that it is {a}, but how many {b} would that be?",
                     "How would {a} be expressed if you only used {b}?",
                     "For {a}, find the equal amount of {b}.")};

struct unit {
    const char *one, *big, *small;
    int factor;
};

static const struct unit units[] = {
    {"km", "km", "m", 1000},
    {"m", "m", "cm", 100},
    {"cm", "cm", "mm", 10},
    {"kg", "kg", "g", 1000},
    {"tonne", "tonnes", "kg", 1000},
    {"litre", "litres", "ml", 1000},
    {"kilometre", "kilometres", "metres", 1000},
    {"metre", "metres", "centimetres", 100},
    {"gram", "grams", "milligrams", 1000},
    {"hour", "hours", "minutes", 60},
    {"minute", "minutes", "seconds", 60},
    {"day", "days", "hours", 24},
    {"week", "weeks", "days", 7},
    {"year", "years", "months", 12},
    {"dozen", "dozen", "pieces", 12},
    {"foot", "feet", "inches", 12},
    {"yard", "yards", "feet", 3},
    {"euro", "euros", "cents", 100},
    {"dollar", "dollars", "cents", 100},
    {"pound", "pounds", "ounces", 16},
};

static int zeros(int factor) {
    return factor == 10 ? 1 : factor == 100 ? 2 : factor == 1000 ? 3 : 0;
}

/* n / factor as a decimal without zeros at its end. */
static void decimal(struct str *s, int n, int factor) {
    str_addf(s, "%d", n / factor);
    int rest = n % factor;
    if (rest) str_addc(s, '.');
    for (int f = factor / 10; rest; f /= 10) {
        str_addf(s, "%d", rest / f);
        rest %= f;
    }
}

static void make_unit(struct rng *r, enum task_split split, struct task_problem *p) {
    const struct unit *u;
    int n;
    bool down;
    do {
        u = &units[rng_below(r, sizeof units / sizeof *units)];
        down = rng_below(r, 2);
        n = (int)rng_between(r, 2, zeros(u->factor) ? 99 : down ? 12 : 40);
        if (down && zeros(u->factor)) n = (int)rng_between(r, 1, 99) * (u->factor / 10);
    } while (!ask_fits(split, "%s %d %d", u->big, n, down));
    struct str from = STR_INIT, to = STR_INIT, *t = &p->turns[0].thought;
    const char *unit = down ? u->big : u->small;
    int given = down && !zeros(u->factor) ? n * u->factor : n;
    str_addf(&from, "%d %s", given, down ? u->small : u->big);
    ask_question(p, r, split, &unit_asks, ASK_ARGS(from.s, unit));
    str_addf(t, "1 %s is %d %s.\n", u->one, u->factor, u->small);
    if (down && zeros(u->factor)) {
        decimal(&to, n, u->factor);
        str_addf(t, "%d/%d: the point moves %d to the left: %s\n", n, u->factor, zeros(u->factor),
                 to.s);
    } else if (down) {
        str_addf(&to, "%d", n);
        str_addf(t, "%d*%d=%d, so %d/%d=%d\n", n, u->factor, given, given, u->factor, n);
    } else if (zeros(u->factor)) {
        str_addf(&to, "%d", n * u->factor);
        str_addf(t, "%d*%d: %d more zero%s: %s\n", n, u->factor, zeros(u->factor),
                 u->factor > 10 ? "s" : "", to.s);
    } else {
        str_addf(&to, "%lld", worked_product(t, n, u->factor));
    }
    worked_result(t, "%s", to.s);
    ask_answer(p, r, ASK_LIST("{a} = {b} {c}.", "That is {b} {c}.", "{b} {c}."),
               ASK_ARGS(from.s, to.s, unit));
    str_add(&p->gold, to.s);
    str_free(&from);
    str_free(&to);
}

const struct task_family task_units = {"units", "unit conversion", true,
                                       1.5,     make_unit,         check_gold};

static void money(struct str *s, int cents) { str_addf(s, "%d.%02d", cents / 100, cents % 100); }

static const struct wordings change_asks = {
    .ways = "change",
    .train = ASK_LIST(
        "Something costs ${a} and I pay with ${b}. How much change do I get?",
        "What is the change from ${b} for ${a}?", "change: pay ${b}, price ${a}",
        "I buy a book for ${a} and give ${b}. What change do I get?",
        "How much change is due if the price is ${a} and you pay ${b}?", "${b} - ${a}, change?",
        "The bill is ${a}. I hand over ${b}. How much comes back?",
        "A toy costs ${a}. How much is left of ${b}?", "You pay ${b} for ${a}. Change?",
        "Lunch was ${a} and she paid ${b}. How much change did she receive?",
        "Please work out the change: cost ${a}, paid ${b}.",
        "If I give the cashier ${b} for ${a}, what do I get back?",
        "What do I get back from ${b} when I spend ${a}?", "change from ${b} after spending ${a}?",
        "A ticket is ${a}. Tom pays with ${b}. What is his change?",
        "From ${b} I pay ${a}. How much money remains?",
        "The coffee costs ${a}; I have ${b}. How much do I keep?",
        "How much do I have left if I spend ${a} of ${b}?",
        "Tell me the change for a price of ${a} paid with ${b}.",
        "My shopping was ${a}. I paid ${b}. My change?",
        "Can you compute the change for ${a} out of ${b}?",
        "How much change [do I get|is there|do you get|comes back] [from ${b} for ${a}|if I pay "
        "${a} with ${b}|when I pay ${a} with ${b}|for ${a} out of ${b}]?",
        "[The price|The total|The pizza|The shirt|The taxi|My drink|The fare] is ${a}. [I pay|I "
        "give|You pay|She pays|We hand over] [|with ]${b}. [What is the change?|How much "
        "change?|How much do I get back?|What comes back?]",
        "[I have|<who> has] ${b} and [buy|buys|pay|pays|spend|spends] [something for |a thing for "
        "|]${a}. [How much is left?|What is left?|How much money is left?|What remains?]",
        "[change|change due][:|,] [price|cost|bill] ${a}, [paid|cash|given] ${b}",
        "Paying ${a} with ${b}, [what|how much] [do I get back|is the change|comes back]?",
        "${b} minus ${a}, [what|how much] [is left|change is that]?"),
    .amounts = ASK_LIST("the change [from|for|out of] ${b} [for ${a}|if the price is ${a}|when I "
                        "spend ${a}|for a price of ${a}]",
                        "the change when [I pay|you pay|paying] ${a} with ${b}",
                        "what is left of ${b} after [paying|spending] ${a}"),
    .deeds = ASK_LIST(
        "[find|compute|work out|calculate] the change for ${a} [paid with|out of|from] ${b}",
        "tell me what I get back from ${b} [for|if I pay] ${a}"),
    .test =
        ASK_LIST("I had ${b} and spent ${a} at the bakery. How much money do I have now?",
                 "The till shows ${a}, the customer lays down ${b}: what must the clerk return?",
                 "I pay with a ${b} note for goods that cost ${a}. What change do I get back?",
                 "She paid ${a} with ${b}. How much did the shop give back to her?",
                 "Having ${b}, what do I still own once ${a} is gone?")};

static void make_change(struct rng *r, enum task_split split, struct task_problem *p) {
    static const int notes[] = {500, 1000, 2000, 5000, 10000};
    int paid, cost;
    do {
        paid = notes[rng_below(r, 5)];
        cost = (int)rng_between(r, 5, paid - 5);
        if (rng_below(r, 2)) cost -= cost % 5;
    } while (cost < 5 || !ask_fits(split, "change %d %d", paid, cost));
    struct str a = STR_INIT, b = STR_INIT, c = STR_INIT, *t = &p->turns[0].thought;
    money(&a, cost);
    if (paid % 100 || rng_below(r, 2))
        money(&b, paid);
    else
        str_addf(&b, "%d", paid / 100);
    money(&c, paid - cost);
    ask_question(p, r, split, &change_asks, ASK_ARGS(a.s, b.s));
    str_addf(t, "In cents: %d-%d\n", paid, cost);
    worked_difference(t, paid, cost);
    str_addf(t, "%d cents is %s\n", paid - cost, c.s);
    worked_result(t, "%s", c.s);
    ask_answer(p, r, ASK_LIST("The change is ${a}.", "You get ${a} back.", "${a}."), ASK_ARGS(c.s));
    str_add(&p->gold, c.s);
    str_free(&a);
    str_free(&b);
    str_free(&c);
}

const struct task_family task_change = {"change", "change from money", true,
                                        0.7,      make_change,         check_gold};

static const struct wordings shop_asks = {
    .ways = "shopping",
    .train = ASK_LIST(
        "How much do {a} cost together?", "What is the total for {a}?", "total: {a}",
        "I buy {a}. How much do I pay?", "What do {a} cost in all?", "Add up: {a}.",
        "My basket has {a}. What is the total?", "How much is {a}?", "Sum of {a}?",
        "Please work out the price of {a}.", "What must I pay for {a}?",
        "Tom buys {a}. What does he pay altogether?", "How much money do I need for {a}?",
        "She bought {a}. How much did she spend?", "Find the total cost of {a}.",
        "The bill lists {a}. What is the sum?", "If I take {a}, what does it come to?",
        "price of {a}?", "Can you total {a} for me?", "Tell me what {a} cost altogether.",
        "Shopping: {a}. Total?", "How much [do|would] {a} cost[| together| altogether| in total]?",
        "What [do|would|must] [I|you|we] pay for {a}?",
        "[I|We|<who>] [bought|ordered|took|got] {a}. [What is the total?|How much was it?|What did "
        "that cost?|How much is that?]",
        "[total|price|sum|bill|cost][:|,] {a}",
        "{a}, how much [is that|in all|altogether|do I pay]?"),
    .amounts = ASK_LIST("the [total|total cost|total price|sum|price] [of|for] {a}",
                        "the [cost|price] of {a} [together|in all|altogether]",
                        "how much {a} cost[| together| altogether]"),
    .deeds =
        ASK_LIST("[add up|total|compute the total of|work out the price of|find the cost of] {a}",
                 "[find|compute|calculate] the [total|price] [of|for] {a}"),
    .test = ASK_LIST("What is the total amount on the bill for {a}?",
                     "Our order is {a}. How much will it cost?",
                     "If I put {a} into my cart, how much will I have to pay?",
                     "How many dollars will {a} cost me?", "Compute the receipt for {a}.")};

static void make_shop(struct rng *r, enum task_split split, struct task_problem *p) {
    static const char *const goods[] = {"apples",  "eggs",   "rolls",  "pens",
                                        "lemons",  "cups",   "stamps", "candles",
                                        "cookies", "onions", "cards",  "books"};
    int n = rng_below(r, 6) ? 2 : 3, price[3], count[3];
    struct str list = STR_INIT, total = STR_INIT, *t = &p->turns[0].thought;
    do {
        str_clear(&list);
        int first = (int)rng_below(r, 12);
        for (int i = 0; i < n; i++) {
            count[i] = (int)rng_between(r, 2, n == 2 ? 9 : 5);
            price[i] = (int)rng_between(r, 1, n == 3 || rng_below(r, 3) ? 19 : 59) * 5;
            str_addf(&list, "%s%d %s at $%d.%02d",
                     i == 0       ? ""
                     : i == n - 1 ? " and "
                                  : ", ",
                     count[i], goods[(first + i * 5) % 12], price[i] / 100, price[i] % 100);
        }
    } while (task_operand_split(list.s) != split);
    ask_question(p, r, split, &shop_asks, ASK_ARGS(list.s));
    long long sum = 0;
    for (int i = 0; i < n; i++) {
        str_addf(t, "%d times %d cents\n", count[i], price[i]);
        long long part = worked_digit_product(t, price[i], count[i]);
        sum = i ? worked_sum(t, sum, part) : part;
    }
    money(&total, (int)sum);
    str_addf(t, "%lld cents is %s\n", sum, total.s);
    worked_result(t, "%s", total.s);
    ask_answer(p, r, ASK_LIST("The total is ${a}.", "Together they cost ${a}.", "It is ${a}."),
               ASK_ARGS(total.s));
    str_add(&p->gold, total.s);
    str_free(&list);
    str_free(&total);
}

const struct task_family task_shopping = {"shopping", "shopping totals", true,
                                          0.5,        make_shop,         check_gold};
