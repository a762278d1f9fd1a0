/* people: who is tallest, how old is she, how far do they drive, how long do they work. */
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/words.h"
#include "engine/tasks/worked.h"

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

static const struct wordings compare_asks = {
    .ways = "compare-people",
    .train = ASK_LIST("{a} Who is the {b}?", "{a} Which of them is the {b}?", "{a} So who is {b}?",
                      "{a} {b}?", "If {c} who is the {b}?", "{a} Name the {b} person.",
                      "{a} Tell me who is the {b}.", "{a} Who of them is {b}?",
                      "{a} Please say who is the {b}.", "Who is the {b}? {a}", "Find the {b}: {a}",
                      "{a} Can you tell who is the {b}?", "{a} The {b} one is who?",
                      "{a} Who would be called the {b}?", "{a} I want to know who is the {b}.",
                      "{a} Which person is the {b}?", "Given this, who is the {b}? {a}",
                      "{a} Work out who is the {b}.", "Puzzle: {a} Who is the {b}?",
                      "{a} Who, then, is the {b}?", "{a} And the {b} is?",
                      "{a} [Who|Which one|Which person|Which of them] is the {b}[| of them| of "
                      "all| one| person]?",
                      "[Who|Which one|Which person] is the {b}[| of them]? {a}",
                      "{a} [Say|Tell me|Find out|Find|Name|Decide] who is the {b}.",
                      "{a} [Who|Which one] [must|would] be the {b}?",
                      "[Riddle|Puzzle|Question|Logic]: {a} [Who is the {b}?|Who is {b}?|The {b}?]",
                      "[We know|It is known|I was told|Facts]: {a} [Who is the {b}?|So who is the "
                      "{b}?|Who is {b}?]",
                      "If {c} [who|then who|which one|which of them] is the {b}?",
                      "{a} The {b} [is|person is|of them is] [who|which one]?"),
    .test = ASK_LIST("{a} Put them in a row: who is at the end as the {b}?",
                     "Read this and tell me who is the {b}: {a}",
                     "Some friends compare themselves. {a} Which friend is the {b}?",
                     "{a} Deduce the {b} among these people.",
                     "From these facts decide on the {b}. {a}")};

static const struct {
    const char *more, *less, *most, *least;
} scales[] = {
    {"taller", "shorter", "tallest", "shortest"}, {"older", "younger", "oldest", "youngest"},
    {"faster", "slower", "fastest", "slowest"},   {"heavier", "lighter", "heaviest", "lightest"},
    {"richer", "poorer", "richest", "poorest"},   {"stronger", "weaker", "strongest", "weakest"},
};

/* The pairs who[k] > who[k+1], given in the order `order`, put together one by one: each line sets
 * the next pair that fits before or behind the row so far. */
static void write_row(struct str *t, const char *const *who, int n, const int *order) {
    int first = order[0], last = first + 1;
    str_addf(t, "%s > %s\n", who[first], who[last]);
    while (last - first < n - 1) {
        int k = 0;
        while (order[k] != first - 1 && order[k] != last) k++;
        str_addf(t, "%s > %s:", who[order[k]], who[order[k] + 1]);
        if (order[k] == last)
            last++;
        else
            first--;
        for (int i = first; i <= last; i++) str_addf(t, "%s%s", i > first ? " > " : " ", who[i]);
        str_add(t, "\n");
    }
    str_addf(t, "%d pairs, %d names\n", n - 1, n);
}

/* who[0] > who[1] > …; the clues are the neighbouring pairs in any order, either way round. */
static void make_compare(struct rng *r, enum task_split split, struct task_problem *p) {
    const char *who[5];
    int n = (int)rng_between(r, 3, 5), order[4], s;
    struct str clues = STR_INIT, facts = STR_INIT, *t = &p->turns[0].thought;
    bool top = rng_below(r, 2);
    do {
        str_clear(&clues);
        str_clear(&facts);
        words_names(r, n, who);
        s = (int)rng_below(r, sizeof scales / sizeof *scales);
        for (int i = 0; i < n - 1; i++) order[i] = i;
        for (int i = n - 2; i > 0; i--) {
            int j = (int)rng_below(r, (uint32_t)i + 1), k = order[i];
            order[i] = order[j];
            order[j] = k;
        }
        for (int i = 0; i < n - 1; i++) {
            const char *a = who[order[i]], *b = who[order[i] + 1];
            bool turned = rng_below(r, 2);
            str_addf(&clues, "%s%s is %s than %s.", i ? " " : "", turned ? b : a,
                     turned ? scales[s].less : scales[s].more, turned ? a : b);
            str_addf(&facts, "%s%s > %s", i ? ", " : "", a, b);
        }
    } while (task_operand_split(clues.s) != split);
    struct str joined = STR_INIT;
    for (const char *c = clues.s; *c; c++) str_addc(&joined, *c == '.' ? ',' : *c);
    const char *asked = top ? scales[s].most : scales[s].least, *gold = top ? who[0] : who[n - 1];
    ask_question(p, r, split, &compare_asks, ASK_ARGS(clues.s, asked, joined.s));
    str_addf(t, "%s first: %s\n", scales[s].more, facts.s);
    t->s[0] = (char)(t->s[0] - 32);
    write_row(t, who, n, order);
    str_addf(t, "The %s is %s.\n", asked, top ? "first" : "last");
    worked_result(t, "%s", gold);
    ask_answer(p, r, ASK_LIST("{a} is the {b}.", "It is {a}.", "The {b} is {a}."),
               ASK_ARGS(gold, asked));
    str_addf(&p->gold, "%s", gold);
    for (int i = 0; i < n; i++) str_addf(&p->gold, "|%s", who[i]);
    str_free(&clues);
    str_free(&facts);
    str_free(&joined);
}

static bool check_compare_people(const struct task_problem *p, const char *answer) {
    char gold[32];
    size_t n = strcspn(p->gold.s, "|");
    memcpy(gold, p->gold.s, n);
    gold[n] = 0;
    return says_option(answer, gold, p->gold.s + n + 1);
}

const struct task_family task_comparisons = {"comparisons", "who is tallest", true,
                                             2.2,           make_compare,     check_compare_people};

static const struct wordings age_asks = {
    .ways = "ages",
    .train =
        ASK_LIST("{a} How old is {b}?", "{a} What is the age of {b}?", "{a} So how old is {b}?",
                 "How old is {b}? {a}", "{a} What age is {b}?", "{a} Tell me how old {b} is.",
                 "{a} Work out the age of {b}.", "{a} {b} is how old?", "{a} age of {b}?",
                 "{a} Please find out how old {b} is.", "{a} Can you tell how old {b} is?",
                 "Find the age of {b}. {a}", "{a} Then how old is {b}?", "{a} Say the age of {b}.",
                 "Puzzle about ages: {a} How old is {b}?", "{a} How many years old is {b}?",
                 "{a} I want to know the age of {b}.", "{a} Compute how old {b} is.",
                 "What is the age of {b}? {a}", "{a} and {b}?", "{a} How old must {b} be?",
                 "{a} [How old|What age] is {b}[| now| then]?",
                 "[How old|What age] is {b}[|, if this holds|, if this is true]? {a}",
                 "{a} [Say|Tell me|Find out|Find|Work out] how old {b} is.",
                 "{a} [What is|Find|Give|State] the age of {b}[|.|?]",
                 "[Riddle|Puzzle|Question]: {a} [How old is {b}?|And {b}?|The age of {b}?]",
                 "[We know|It is known|I was told|Facts]: {a} [How old is {b}?|So how old is {b}?]",
                 "{a} {b} is how [old|many years old]?"),
    .test = ASK_LIST("{a} Do you know how old {b} is?", "{a} Which number of years has {b} lived?",
                     "With these facts give the years of {b}: {a}",
                     "{a} What should {b} write into a form under age?",
                     "Riddle. {a} Reveal the age of {b}.")};

static void make_ages(struct rng *r, enum task_split split, struct task_problem *p) {
    const char *who[3];
    int n = rng_below(r, 3) ? 2 : 3;
    struct str story = STR_INIT, work = STR_INIT;
    int age;
    do {
        str_clear(&story);
        str_clear(&work);
        words_names(r, n, who);
        age = (int)rng_between(r, 6, 40);
        bool late = rng_below(r, 2);
        int first = age;
        if (!late) str_addf(&story, "%s is %d. ", who[0], first);
        str_addf(&work, "%s: %d\n", who[0], first);
        for (int i = 1; i < n; i++) {
            uint32_t kind = rng_below(r, 8);
            int by = (int)rng_between(r, 2,
                                      kind < 4 || age > 20 ? 15
                                      : age > 3            ? age - 1
                                                           : 2),
                was = age;
            const char *a = who[i], *b = who[i - 1];
            if (kind < 4)
                age = was + by, str_addf(&story, "%s is %d years older than %s. ", a, by, b);
            else if (kind < 7)
                age = was - by, str_addf(&story, "%s is %d years younger than %s. ", a, by, b);
            else
                age = was * 2, str_addf(&story, "%s is twice as old as %s. ", a, b);
            str_addf(&work, "%s: %d%c%d=%d\n", a, was,
                     kind < 4   ? '+'
                     : kind < 7 ? '-'
                                : '*',
                     kind < 7 ? by : 2, age);
        }
        if (late) str_addf(&story, "%s is %d. ", who[0], first);
        str_truncate(&story, story.len - 1);
    } while (age < 1 || age > 99 || task_operand_split(story.s) != split);
    ask_question(p, r, split, &age_asks, ASK_ARGS(story.s, who[n - 1]));
    str_add(&p->turns[0].thought, work.s);
    worked_result(&p->turns[0].thought, "%d", age);
    struct ask_num num = ask_num(age);
    ask_answer(p, r, ASK_LIST("{a} is {b} years old.", "{a} is {b}."), ASK_ARGS(who[n - 1], num.s));
    str_add(&p->gold, num.s);
    str_free(&story);
    str_free(&work);
}

const struct task_family task_ages = {"ages", "ages", true, 0.3, make_ages, check_gold};

static const struct wordings far_asks = {
    .ways = "rate-far",
    .train = ASK_LIST(
        "A car drives at {a} km/h for {b} hours. How far does it get?",
        "How far do you get in {b} hours at {a} km/h?", "{a} km/h for {b} h, distance?",
        "A train goes {a} km an hour. How far does it go in {b} hours?",
        "What distance is covered in {b} hours at {a} km/h?",
        "She cycles {b} hours at {a} km/h. How many km?",
        "I travel {b} hours with a speed of {a} km/h. How far is it?",
        "distance at {a} km/h in {b} hours?",
        "How [far|many km|many kilometres] [is it|do you get|does one get|do I get] in {b} hours "
        "[at|with] {a} km/h?",
        "[A|The] [bus|train|boat|truck|cyclist|plane|bike] [goes|drives|travels|moves] [at |with "
        "]{a} km/h for {b} hours. How [far|many km] [is that|does it go|does it get]?",
        "[Speed|At a speed of|With a speed of] {a} km/h[, time|, for| for] {b} hours[: how far|, "
        "how far|: distance]?",
        "{b} hours [at|with] {a} km/h, how [far|many km][| is that]?",
        "If [I|you|we] [drive|ride|go|travel] {a} km/h for {b} hours, how far [is it|do I get|do "
        "we get|is that]?"),
    .amounts = ASK_LIST("the distance [covered |travelled |]in {b} hours at {a} km/h",
                        "the way [done|covered] at {a} km/h in {b} hours"),
    .deeds = ASK_LIST("[find|compute|work out] the distance for {b} hours at {a} km/h"),
    .test = ASK_LIST("For {b} hours a ship makes {a} km every hour. Length of the trip?",
                     "Moving steadily with {a} km/h, what way lies behind me after {b} hours?")};
static const struct wordings long_asks = {
    .ways = "rate-long",
    .train = ASK_LIST(
        "How long does it take to drive {c} km at {a} km/h?",
        "A car covers {c} km at {a} km/h. How many hours does it need?",
        "{c} km at {a} km/h, how many hours?",
        "A train goes {c} km with {a} km/h. How long does it take?",
        "At {a} km/h, how many hours are {c} km?",
        "How many hours for {c} km if the speed is {a} km/h?", "time for {c} km at {a} km/h?",
        "How [long|many hours] [does it take|is it|do you need|does one need] [for|to go|to "
        "travel|to cover] {c} km [at|with] {a} km/h?",
        "[A|The] [bus|train|boat|truck|cyclist|plane|bike] [goes|drives|travels|moves] {c} km "
        "[at|with] {a} km/h. How [long|many hours] [does it take|is that|does it need]?",
        "{c} km [at|with] {a} km/h, how [long|many hours][| is that| does it take]?",
        "If [I|you|we] [drive|ride|go|travel] {a} km/h, how [long|many hours] [is it for|for|does "
        "it take for] {c} km?",
        "[Distance|Way] {c} km, speed {a} km/h: [how long|how many hours|time]?"),
    .amounts =
        ASK_LIST("the time for {c} km at {a} km/h", "the hours needed for {c} km at {a} km/h"),
    .deeds = ASK_LIST("[find|compute|work out] the time for {c} km at {a} km/h"),
    .test = ASK_LIST("The way is {c} km; my speed never leaves {a} km/h. Hours needed?",
                     "Tell how many hours pass on a road of {c} km driven with {a} km/h.")};
static const struct wordings fast_asks = {
    .ways = "rate-fast",
    .train = ASK_LIST("A car drives {c} km in {b} hours. How fast is it in km/h?",
                      "What is the speed if {c} km take {b} hours?", "{c} km in {b} h, speed?",
                      "A train needs {b} hours for {c} km. What is its speed?",
                      "I ride {c} km in {b} hours. How many km/h is that?",
                      "How fast must I go for {c} km in {b} hours?",
                      "average speed for {c} km in {b} hours?",
                      "How fast [is it|do you go|must one go|is that] [if {c} km take {b} "
                      "hours|for {c} km in {b} hours]?",
                      "[A|The] [bus|train|boat|truck|cyclist|plane|bike] "
                      "[goes|drives|travels|covers] {c} km in {b} hours. [How fast is it?|What is "
                      "its speed?|How many km/h is that?|What is the speed in km/h?]",
                      "{c} km in {b} hours, [how fast|how many km/h|what speed][| is that]?",
                      "If [I|you|we] [drive|ride|go|travel] {c} km in {b} hours, [how fast is "
                      "that|what is the speed|how many km/h is it]?",
                      "[Distance|Way] {c} km, time {b} hours: [speed|how fast|how many km/h]?"),
    .amounts = ASK_LIST("the [speed|average speed] for {c} km in {b} hours",
                        "the speed in km/h if {c} km take {b} hours"),
    .deeds = ASK_LIST("[find|compute|work out] the speed for {c} km in {b} hours"),
    .test = ASK_LIST("After {b} hours the counter shows {c} km. What was my km/h?",
                     "Which velocity brings one {c} km away within {b} hours?")};
static const struct wordings work_asks = {
    .ways = "rate-work",
    .train = ASK_LIST(
        "{a} workers need {b} days. How many days do {c} workers need?",
        "If {a} people paint a house in {b} days, how long do {c} people take?",
        "{a} pumps empty a pool in {b} hours. How many hours do {c} pumps need?",
        "A job takes {a} men {b} days. How many days does it take {c} men?",
        "{a} machines finish in {b} hours; {c} machines in how many?",
        "Work: {a} people, {b} days. And {c} people?",
        "{a} gardeners mow a park in {b} hours. How long do {c} need?",
        "{a} [people|workers|painters|cooks|machines|robots|men|printers] [need|take|work] {b} "
        "[days|hours]. How [long|many days|many hours] [do|will|would] {c} [need|take]?",
        "If {a} [people|workers|painters|machines|robots|men] [do|finish|build|make] it in {b} "
        "[days|hours], how [long|many days|many hours] [do|would|will] {c} [need|take]?",
        "With {a} [people|workers|helpers|machines] it [takes|lasts] {b} [days|hours]. [How "
        "long|How many] with {c}?",
        "{b} [days|hours] for {a} [people|workers|machines]: how many for {c}?",
        "How [long|many days|many hours] do {c} [people|workers|painters|machines] [need|take], if "
        "{a} [need|take] {b}?"),
    .test =
        ASK_LIST("A wall takes {b} days with {a} masons. With {c} masons it takes?",
                 "We were {a} helpers and done after {b} hours; how many hours for {c} helpers?")};

static void make_rates(struct rng *r, enum task_split split, struct task_problem *p) {
    const struct wordings *const asks[] = {&far_asks, &long_asks, &fast_asks, &work_asks};
    int kind, speed, hours, many = 0;
    do {
        kind = (int)rng_below(r, 4);
        speed = kind == 3 ? (int)rng_between(r, 2, 9) : (int)rng_between(r, 2, 24) * 5;
        hours = (int)rng_between(r, 2, kind == 3 ? 12 : 9);
        many = (int)rng_between(r, 2, 12);
    } while ((kind == 3 && ((speed * hours) % many || many == speed)) ||
             !ask_fits(split, "rate %d %d %d %d", kind, speed, hours, many));
    int all = speed * hours, result = kind == 0   ? all
                                      : kind == 1 ? hours
                                      : kind == 2 ? speed
                                                  : all / many;
    struct ask_num a = ask_num(speed), b = ask_num(hours), c = ask_num(kind == 3 ? many : all),
                   x = ask_num(result);
    ask_question(p, r, split, asks[kind], ASK_ARGS(a.s, b.s, c.s));
    struct str *t = &p->turns[0].thought;
    if (kind == 0) {
        str_addf(t, "Distance is speed times time: %d*%d\n", speed, hours);
        worked_digit_product(t, speed, hours);
    } else if (kind == 3) {
        str_addf(t, "All the work: %d*%d=%d\n", speed, hours, all);
        str_addf(t, "Shared by %d: %d/%d=%d\nCheck: %d*%d=%d\n", many, all, many, result, many,
                 result, all);
    } else {
        int by = kind == 1 ? speed : hours;
        str_addf(t, "%s: %d/%d=%d\nCheck: %d*%d=%d\n",
                 kind == 1 ? "Time is distance by speed" : "Speed is distance by time", all, by,
                 result, result, by, all);
    }
    worked_result(t, "%d", result);
    ask_answer(p, r,
               kind == 0   ? ASK_LIST("It is {a} km.", "{a} km.", "The distance is {a} km.")
               : kind == 1 ? ASK_LIST("It takes {a} hours.", "{a} hours.")
               : kind == 2 ? ASK_LIST("The speed is {a} km/h.", "{a} km/h.")
                           : ASK_LIST("They need {a}.", "It takes them {a}."),
               ASK_ARGS(x.s));
    str_add(&p->gold, x.s);
}

const struct task_family task_rates = {"rates", "rates and work", true,
                                       1.0,     make_rates,       check_gold};
