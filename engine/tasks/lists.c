/* lists: numbers sorted, the smallest or largest, the median and the mean. */
#include <stdio.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

#define MAX_NUMBERS 8

struct numbers {
    long long at[MAX_NUMBERS];
    int n;
};

/* lo..hi numbers below `limit`. Half of the lists have numbers of two digits only. */
static void draw(struct rng *r, struct numbers *l, int lo, int hi, long long limit) {
    long long below = limit > 100 && rng_below(r, 2) == 0 ? 100 : limit;
    l->n = (int)rng_between(r, lo, hi);
    for (int i = 0; i < l->n; i++) l->at[i] = rng_between(r, 1, below - 1);
}

static void join(struct str *out, const struct numbers *l, const char *comma, const char *last) {
    for (int i = 0; i < l->n; i++)
        str_addf(out, "%s%lld", i == 0 ? "" : i == l->n - 1 ? last : comma, l->at[i]);
}

/* As a question writes the list: "3, 1 and 2", "3, 1, 2" or "3 1 2". */
static void join_asked(struct str *out, struct rng *r, const struct numbers *l) {
    static const char *const styles[][2] = {
        {", ", ", "}, {", ", ", "}, {", ", " and "}, {" ", " "}};
    const char *const *style = styles[rng_below(r, 4)];
    join(out, l, style[0], style[1]);
}

static bool fits(enum task_split split, const char *family, const struct numbers *l) {
    struct str s = STR_INIT;
    join(&s, l, " ", " ");
    bool ok = ask_fits(split, "%s %s", family, str_cstr(&s));
    str_free(&s);
    return ok;
}

static char relation(long long x, long long y) { return x > y ? '>' : x < y ? '<' : '='; }

/* Insertion sort, written out: each line compares one more number with those of the line above,
 * from the end, until it has found its place: "4: 4<7, 4>3 -> 1 3 4 7". Descending when `down`. */
static void write_sorted(struct str *t, const struct numbers *given, struct numbers *sorted,
                         bool down) {
    *sorted = (struct numbers){.n = 0};
    str_addf(t, "%s first\n", down ? "largest" : "smallest");
    for (int i = 0; i < given->n; i++) {
        long long x = given->at[i];
        int at = sorted->n++;
        str_addf(t, "%lld:", x);
        for (; at > 0; at--) {
            long long y = sorted->at[at - 1];
            str_addf(t, "%s %lld%c%lld", at < i ? "," : "", x, relation(x, y), y);
            if (down ? y >= x : y <= x) break;
            sorted->at[at] = y;
        }
        sorted->at[at] = x;
        str_add(t, i ? " -> " : " ");
        join(t, sorted, " ", " ");
        str_add(t, "\n");
    }
}

/* ---- sorting ---- */

/* Those that name no direction mean upwards. */
static const struct wordings sort_up = {
    .ways = "sort-up",
    .train =
        (const char *const[]){
            "Sort {a}.", "Sort these numbers: {a}", "Sort {a} from smallest to largest.",
            "Please sort {a} in ascending order.", "Put {a} in order.",
            "Put {a} in order, smallest first.", "Can you arrange {a} from low to high?",
            "i need {a} sorted", "Order these numbers from least to greatest: {a}",
            "What is {a} in increasing order?", "sort ascending: {a}", "Write {a} in rising order.",
            "Here are some numbers: {a}. Sort them.", "List {a} from the smallest to the biggest.",
            "[sort|sorted|ascending|sort up|in order]: {a}",
            "[Here are|These are|We have|I have|There are] [some numbers|the scores|the prices|the "
            "numbers|the heights|the ages]: {a}. [Sort them.|Put them in order.|Order them from "
            "smallest to largest.|Arrange them in ascending order.|What is the order?]",
            "How do {a} [look|go] [sorted|in order|in ascending order]?", NULL},
    .amounts = ASK_LIST("{a} [sorted|in order|in ascending order|from smallest to largest|in "
                        "increasing order|from low to high]",
                        "the [sorted list|ascending order] of {a}"),
    .deeds = ASK_LIST("sort {a}",
                      "[sort|order|arrange] {a}[| from smallest to largest| from low to high| in "
                      "ascending order| by size| in increasing order|, smallest first]",
                      "[sort|order|arrange] [the numbers|these numbers|the list|this list]: {a}",
                      "put {a} [in order|in ascending order|in order of size|from smallest to "
                      "largest|in increasing order]",
                      "put the numbers {a} in order",
                      "list {a} [in ascending order|from least to greatest|from the smallest up]"),
    .test =
        (const char *const[]){"Bring {a} into the right order, the smallest at the front.",
                              "Which order do {a} have when they go up?", "ascending please: {a}",
                              "My notes say {a}. Can you order that by size?", NULL},
};

static const struct wordings sort_down = {
    .ways = "sort-down",
    .train =
        (const char *const[]){
            "Sort {a} from largest to smallest.", "Sort {a} in descending order.",
            "Put {a} in order, largest first.", "Can you arrange {a} from high to low?",
            "Order these numbers from greatest to least: {a}", "sort descending: {a}",
            "Please write {a} in falling order.", "List {a} from the biggest to the smallest.",
            "[descending|sort down|sorted downwards|largest first]: {a}",
            "[Here are|These are|We have|I have] [some numbers|the scores|the prices|the heights]: "
            "{a}. [Sort them from largest to smallest.|Order them, largest first.|Arrange them in "
            "descending order.]",
            NULL},
    .amounts = ASK_LIST(
        "{a} [in descending order|from largest to smallest|in decreasing order|from high to low]",
        "the descending order of {a}"),
    .deeds = ASK_LIST("[sort|order|arrange] {a} [from largest to smallest|from high to low|in "
                      "descending order|in decreasing order|downwards]",
                      "[sort|order] {a}, [largest|biggest|highest] first",
                      "[sort|order|arrange] [the numbers|these numbers|the list] {a} [from largest "
                      "to smallest|in descending order]",
                      "put {a} [in descending order|from largest to smallest|in decreasing order]",
                      "list {a} [in descending order|from greatest to least]"),
    .test = (const char *const[]){"Bring {a} into the right order, the biggest at the front.",
                                  "descending please: {a}",
                                  "Which order do {a} have when they go down?", NULL},
};

static void make_sort(struct rng *r, enum task_split split, struct task_problem *p) {
    struct numbers l, sorted;
    do {
        draw(r, &l, 3, 7, 1000);
    } while (!fits(split, "sort", &l));
    bool down = rng_below(r, 3) == 0;
    struct str asked = STR_INIT, result = STR_INIT;
    join_asked(&asked, r, &l);
    struct str *t = &p->turns[0].thought;
    write_sorted(t, &l, &sorted, down);
    join(&result, &sorted, ", ", ", ");
    str_addf(t, "Check: %d numbers in, %d out.\n", l.n, sorted.n);
    worked_result(t, "%s", str_cstr(&result));

    struct ask_args args;
    ask_args(&args, "%s|%s", str_cstr(&asked), result.s);
    ask_question(p, r, split, down ? &sort_down : &sort_up, &args);
    static const char *const answers[] = {"{b}.", "Sorted: {b}.", "In order: {b}.",
                                          "The order is {b}.", NULL};
    ask_answer(p, r, answers, &args);
    str_add(&p->gold, result.s);
    str_free(&asked);
    str_free(&result);
}

static bool check_sort(const struct task_problem *p, const char *answer) {
    return check_numbers(answer, p->gold.s);
}

const struct task_family task_sort_numbers = {
    .name = "sort-numbers",
    .title = "Numbers sorted",
    .verifiable = true,
    .weight = 2.4,
    .make = make_sort,
    .check = check_sort,
};

/* ---- smallest and largest ---- */

static const struct wordings largest_wordings = {
    .ways = "largest",
    .train = (const char *const[]){"What is the largest of {a}?",
                                   "Which is the biggest number: {a}?",
                                   "Find the maximum of {a}.",
                                   "max of {a}",
                                   "The rivers are {a} km long. How long is the longest?",
                                   "What is the top score in {a}?",
                                   "Which number in {a} is above all the others?",
                                   "We grew pumpkins of {a} kg. How heavy was the heaviest?",
                                   "Which of these is the greatest: {a}",
                                   "Please tell me the highest of {a}.",
                                   "Pick the largest number from {a}.",
                                   "the biggest of {a}?",
                                   "My scores were {a}. What was my best score?",
                                   "Of {a}, which one is the largest?",
                                   "i need the maximum of {a}",
                                   "[Which|What] is the <largest>[|:| one:| number:] {a}?",
                                   "[Which|What] [number |one |]is the <largest>, {a}?",
                                   "Which of {a} is [the <largest>|larger than the others]?",
                                   "max: {a}",
                                   "[The children|The towers|The bags|The scores] "
                                   "[are|were|measure] {a}. What is the [largest|highest|maximum]?",
                                   "In {a}, [what|which] is the <largest>[| number| value]?",
                                   NULL},
    .amounts = ASK_LIST("the <largest> [number |value |]of {a}",
                        "the <largest> [number|value|one] [in|among] {a}",
                        "the <largest> of the numbers {a}", "the maximum of {a}", "max({a})"),
    .deeds = ASK_LIST("find the <largest> [number |one |]of {a}", "pick the <largest> of {a}",
                      "[say|tell me] which of {a} is the <largest>"),
    .test = (const char *const[]){"Say which number in {a} is larger than the rest.",
                                  "The jumps measured {a} cm. How far was the longest jump?",
                                  "Look at {a}. What is the top value?", NULL},
};

static const struct wordings smallest_wordings = {
    .ways = "smallest",
    .train = (const char *const[]){"What is the smallest of {a}?",
                                   "Which is the lowest number: {a}?",
                                   "Find the minimum of {a}.",
                                   "min of {a}",
                                   "The runners needed {a} minutes. What was the fastest time?",
                                   "Which number in {a} is below all the others?",
                                   "What is the bottom score in {a}?",
                                   "These parcels weigh {a} kg. How heavy is the lightest?",
                                   "Which of these is the least: {a}",
                                   "Please tell me the smallest of {a}.",
                                   "Pick the lowest number from {a}.",
                                   "the smallest of {a}?",
                                   "The prices are {a}. What is the cheapest?",
                                   "Of {a}, which one is the smallest?",
                                   "i need the minimum of {a}",
                                   "[Which|What] is the <smallest>[|:| one:| number:] {a}?",
                                   "[Which|What] [number |one |]is the <smallest>, {a}?",
                                   "Which of {a} is [the <smallest>|smaller than the others]?",
                                   "min: {a}",
                                   "[The children|The towers|The bags|The scores] "
                                   "[are|were|measure] {a}. What is the [smallest|lowest|minimum]?",
                                   "In {a}, [what|which] is the <smallest>[| number| value]?",
                                   NULL},
    .amounts = ASK_LIST("the <smallest> [number |value |]of {a}",
                        "the <smallest> [number|value|one] [in|among] {a}",
                        "the <smallest> of the numbers {a}", "the minimum of {a}", "min({a})"),
    .deeds = ASK_LIST("find the <smallest> [number |one |]of {a}", "pick the <smallest> of {a}",
                      "[say|tell me] which of {a} is the <smallest>"),
    .test = (const char *const[]){"Say which number in {a} is smaller than the rest.",
                                  "The runs took {a} seconds. How long was the fastest?",
                                  "Look at {a}. What is the bottom value?", NULL},
};

static void make_min_max(struct rng *r, enum task_split split, struct task_problem *p) {
    struct numbers l;
    do {
        draw(r, &l, 3, 8, 1000);
    } while (!fits(split, "min-max", &l));
    bool largest = rng_below(r, 2) == 0;
    struct str asked = STR_INIT;
    join_asked(&asked, r, &l);
    struct str *t = &p->turns[0].thought;
    long long best = l.at[0];
    str_addf(t, "%s, start with %lld\n", largest ? "largest" : "smallest", best);
    for (int i = 1; i < l.n; i++) {
        long long x = l.at[i];
        bool wins = largest ? x > best : x < best;
        str_addf(t, "%lld%c%lld: %s ", x, relation(x, best), best, wins ? "take" : "keep");
        if (wins) best = x;
        str_addf(t, "%lld\n", best);
    }
    worked_result(t, "%lld", best);

    struct ask_args args;
    ask_args(&args, "%s|%lld", str_cstr(&asked), best);
    ask_question(p, r, split, largest ? &largest_wordings : &smallest_wordings, &args);
    static const char *const large[] = {"The largest is {b}.", "{b} is the largest.",
                                        "The maximum is {b}.", NULL};
    static const char *const small[] = {"The smallest is {b}.", "{b} is the smallest.",
                                        "The minimum is {b}.", NULL};
    ask_answer(p, r, largest ? large : small, &args);
    str_addf(&p->gold, "%lld", best);
    str_free(&asked);
}

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

const struct task_family task_min_max = {
    .name = "min-max",
    .title = "Smallest and largest",
    .verifiable = true,
    .weight = 1.5,
    .make = make_min_max,
    .check = check_gold,
};

/* ---- median ---- */

static const struct wordings median_wordings = {
    .ways = "median",
    .train =
        (const char *const[]){"What is the median of {a}?",
                              "Find the median of {a}.",
                              "median of {a}",
                              "median: {a}",
                              "What is in the middle of {a} when they are sorted?",
                              "Sort {a} and tell me the middle value.",
                              "Please compute the median of {a}.",
                              "Calculate the median of these numbers: {a}",
                              "Can you tell me the median of {a}?",
                              "i need the median of {a}",
                              "What's the median for {a}?",
                              "Which number is the median of {a}?",
                              "Tell me the median of the list {a}.",
                              "Give the median: {a}",
                              "Here are my results: {a}. What is the median?",
                              "Work out the median of {a}.",
                              "Determine the median of {a}.",
                              "what is the median value of {a}",
                              "The values are {a}. Find their median.",
                              "Take the numbers {a}. What is their median?",
                              "I measured {a}. What is the median?",
                              "Could you find the median of {a}?",
                              "How large is the median of {a}?",
                              "[What|Which] [number |value |]is the median of {a}?",
                              "median [for|of|in]: {a}",
                              "[The scores|The times|My results|The prices|Their ages] [are|were] "
                              "{a}. [What is the median?|And the median?|Find the median.]",
                              "In {a}, what is the median?",
                              NULL},
    .amounts = ASK_LIST(
        "the median of {a}", "the median of [the numbers|the list|the values|these numbers:] {a}",
        "the middle [value|number] of {a} [when sorted|after sorting|by size]", "median({a})"),
    .deeds = ASK_LIST("[find|compute|calculate|work out|determine] the median of {a}",
                      "[find|name] the median of [the numbers|the list|the values] {a}"),
    .test = (const char *const[]){"Sorted by size, what lies in the middle of {a}?",
                                  "Half of the values lie below the median. For {a}, which is it?",
                                  "The plants are {a} cm tall. State the median height.",
                                  "Look at {a}. Where is the median?", "{a} - median please", NULL},
};

static void make_median(struct rng *r, enum task_split split, struct task_problem *p) {
    struct numbers l, sorted;
    do {
        draw(r, &l, 3, 7, 100);
        if (l.n % 2 == 0 && rng_below(r, 2) == 0) l.n--;
    } while (!fits(split, "median", &l));
    struct str asked = STR_INIT;
    join_asked(&asked, r, &l);
    struct str *t = &p->turns[0].thought;
    write_sorted(t, &l, &sorted, false);
    char gold[32];
    int half = l.n / 2;
    if (l.n % 2 == 1) {
        snprintf(gold, sizeof gold, "%lld", sorted.at[half]);
        str_addf(t, "%d numbers: the middle one has %d before and %d after: %s\n", l.n, half, half,
                 gold);
    } else {
        long long a = sorted.at[half - 1], b = sorted.at[half];
        snprintf(gold, sizeof gold, (a + b) % 2 ? "%lld.5" : "%lld", (a + b) / 2);
        str_addf(t, "%d numbers: the middle two are %lld and %lld\n%lld+%lld=%lld, %lld/2=%s\n",
                 l.n, a, b, a, b, a + b, a + b, gold);
    }
    worked_result(t, "%s", gold);
    struct ask_args args;
    ask_args(&args, "%s|%s", str_cstr(&asked), gold);
    ask_question(p, r, split, &median_wordings, &args);
    static const char *const answers[] = {"The median is {b}.", "{b} is the median.",
                                          "The median of these numbers is {b}.", NULL};
    ask_answer(p, r, answers, &args);
    str_add(&p->gold, gold);
    str_free(&asked);
}

const struct task_family task_median = {
    .name = "median",
    .title = "Median",
    .verifiable = true,
    .weight = 1.3,
    .make = make_median,
    .check = check_gold,
};

/* ---- mean ---- */

static const struct wordings mean_wordings = {
    .ways = "mean",
    .train =
        (const char *const[]){
            "What is the mean of {a}?",
            "What is the average of {a}?",
            "Find the mean of {a}.",
            "average of {a}",
            "mean: {a}",
            "If {a} were shared evenly, how much would each be?",
            "The children are {a} years old. What is their mean age?",
            "Please compute the average of {a}.",
            "Calculate the arithmetic mean of {a}.",
            "Can you tell me the average of {a}?",
            "i need the mean of {a}",
            "What's the mean value of {a}?",
            "Work out the average: {a}",
            "Tell me the mean of the list {a}.",
            "Here are my marks: {a}. What is my average?",
            "Determine the mean of {a}.",
            "what is the average value of {a}",
            "The values are {a}. Find their mean.",
            "Take the numbers {a}. What is their average?",
            "I walked {a} km on these days. What is the daily average?",
            "Could you average {a}?",
            "How large is the mean of {a}?",
            "My scores are {a}. What do I score on average?",
            "[What|How much] is {a} on average?",
            "[mean|average] [for|of|in]: {a}",
            "[The scores|The times|My results|The prices|Their ages] [are|were] {a}. [What is the "
            "mean?|And the average?|Find the mean.|What is the average?]",
            "On average, what are {a}?",
            NULL},
    .amounts = ASK_LIST(
        "the [mean|average|arithmetic mean|mean value|average value] of {a}",
        "the [mean|average] of [the numbers|the list|the values|these numbers:] {a}", "mean({a})"),
    .deeds = ASK_LIST("[find|compute|calculate|work out|determine] the [mean|average] of {a}",
                      "average {a}", "average the numbers {a}"),
    .test =
        (const char *const[]){"Friends compare their ages {a}. What is the mean of these?",
                              "The plants are {a} cm tall. State the mean height.",
                              "Look at {a}. What do they come to on average?", "{a} - mean please",
                              "We sold {a} tickets on these evenings. How many is that per "
                              "evening, on average?",
                              NULL},
};

static void make_mean(struct rng *r, enum task_split split, struct task_problem *p) {
    struct numbers l;
    long long sum;
    do {
        draw(r, &l, 3, 6, rng_below(r, 2) == 0 ? 30 : 100);
        sum = 0;
        for (int i = 0; i < l.n; i++) sum += l.at[i];
        long long lift = (l.n - sum % l.n) % l.n; /* mostly a whole mean */
        if (rng_below(r, 5) > 0 || l.n == 3 || l.n == 6) l.at[0] += lift, sum += lift;
    } while ((sum * 20) % l.n != 0 || !fits(split, "mean", &l));
    struct str asked = STR_INIT;
    join_asked(&asked, r, &l);
    struct str *t = &p->turns[0].thought;
    long long so_far = l.at[0];
    for (int i = 1; i < l.n; i++) {
        str_addf(t, "%lld+%lld=%lld\n", so_far, l.at[i], so_far + l.at[i]);
        so_far += l.at[i];
    }
    long long q = sum / l.n, rest = sum % l.n;
    char gold[32];
    str_addf(t, "%d numbers: %lld/%d\n", l.n, sum, l.n);
    worked_quotient(t, sum, l.n);
    if (rest == 0) {
        snprintf(gold, sizeof gold, "%lld", q);
        str_addf(t, "Check: %lld*%d=%lld, right.\n", q, l.n, sum);
    } else {
        long long hundredths = rest * 100 / l.n;
        snprintf(gold, sizeof gold, hundredths % 10 ? "%lld.%02lld" : "%lld.%lld", q,
                 hundredths % 10 ? hundredths : hundredths / 10);
        str_addf(t, "rest %lld of %d is %s%s: %s\n", rest, l.n, "0", strchr(gold, '.'), gold);
    }
    worked_result(t, "%s", gold);
    struct ask_args args;
    ask_args(&args, "%s|%s", str_cstr(&asked), gold);
    ask_question(p, r, split, &mean_wordings, &args);
    static const char *const answers[] = {"The mean is {b}.", "The average is {b}.",
                                          "On average that is {b}.", NULL};
    ask_answer(p, r, answers, &args);
    str_add(&p->gold, gold);
    str_free(&asked);
}

const struct task_family task_mean = {
    .name = "mean",
    .title = "Mean",
    .verifiable = true,
    .weight = 1.5,
    .make = make_mean,
    .check = check_gold,
};
