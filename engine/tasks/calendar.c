/* calendar: days of the week, dates, month lengths and leap years, worked as one does by hand. */
#include <stdlib.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/worked.h"

static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

static bool leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }

static int month_days(int m, int y) {
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return length[m] + (m == 1 && leap(y));
}

/* A weekday counts wherever it stands, unless it is the one that the question gave. */
static bool check_day(const struct task_problem *p, const char *answer) {
    struct str others = STR_INIT;
    for (int d = 0; d < 7; d++)
        if (!says_any(p->turns[0].question.s, days[d])) str_addf(&others, "%s|", days[d]);
    bool right = says_option(answer, p->gold.s, str_cstr(&others));
    str_free(&others);
    return right;
}

static bool check_count(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

static bool check_claim(const struct task_problem *p, const char *answer) {
    return says_yes_no(answer, p->gold.s[0] == 'y');
}

/* Takes sevens off n, big pieces first; returns what is left, 0..6. */
static int write_sevens(struct str *t, int n) {
    if (n >= 70) {
        int tens = n / 70 * 70;
        str_addf(t, "%d-%d=%d\n", n, tens, n - tens);
        n -= tens;
    }
    if (n >= 7) {
        int part = n / 7 * 7;
        str_addf(t, "%d-%d=%d\n", n, part, n - part);
        n -= part;
    }
    return n;
}

static const struct wordings after_asks = {
    .ways = "days-after",
    .train = ASK_LIST(
        "Today is {a}. What day is it in {b} days?",
        "If today is {a}, what day is it {b} days later?", "What day comes {b} days after {a}?",
        "{a} plus {b} days", "{a} + {b} days = ?",
        "It is {a} now. Which weekday will it be in {b} days?", "which day is {b} days after {a}",
        "What weekday is it {b} days from {a}?", "In {b} days from {a}, what day will it be?",
        "Please tell me the day of the week {b} days after a {a}.",
        "Starting on {a}, count {b} days forward. Which day is it?",
        "My parcel comes {b} days after {a}. What weekday is that?",
        "Can you say which day follows {a} by {b} days?", "day of the week: {a}, {b} days later?",
        "If it is {a}, what will the day be after {b} days?",
        "Today's a {a}; what's the day in {b} days?", "Add {b} days to {a}.",
        "A holiday starts {b} days after {a}. On which day of the week?",
        "We meet in {b} days and today is {a}. What day do we meet?",
        "What day of the week will it be {b} days after {a}?",
        "I planted a seed on {a}. {b} days later it was what day?",
        "Today is [|a ]{a}[.|,|;] [what|which] [day|weekday] [is it|will it be] in {b} days?",
        "[If|When] [today is|it is] {a}, [what|which] [day|weekday] [is it|comes|will it be] [{b} "
        "days later|in {b} days|after {b} days]?",
        "[What|Which] [day|weekday|day of the week] is {b} days after {a}?",
        "In {b} days, [what|which] [day|weekday] [is it|will it be], [if|when] [today is|it is] "
        "{a}?",
        "[The party|My exam|The trip|Our visit] is {b} days after {a}. [Which weekday is "
        "that?|What day is that?]"),
    .amounts = ASK_LIST("the [day|weekday|day of the week] {b} days after {a}",
                        "the [weekday|day] [in {b} days|{b} days from now], if today is {a}",
                        "{a} plus {b} days"),
    .deeds = ASK_LIST("[find|tell me|say|work out] [which|what] day [is|comes] {b} days after {a}",
                      "add {b} days to {a}", "count {b} days [on|forward] from {a}"),
    .test = ASK_LIST("Suppose today is a {a}. What weekday will we have {b} days from now?",
                     "{b} days have passed since {a}. Name the weekday.",
                     "Counting {b} days on from {a} leads to which day?",
                     "The exam is on the day that lies {b} days past {a}. Which one is it?",
                     "Which weekday do I reach when I let {b} days go by from {a}?"),
};

static const struct wordings before_asks = {
    .ways = "days-before",
    .train =
        ASK_LIST("Today is {a}. What day was it {b} days ago?", "What day was {b} days before {a}?",
                 "{a} minus {b} days", "If today is {a}, which weekday was it {b} days earlier?",
                 "Which day is {b} days before {a}?", "What weekday came {b} days before {a}?",
                 "It is {a}. What was the day {b} days ago?", "Go back {b} days from {a}.",
                 "{b} days ago, if today is {a}?", "Subtract {b} days from {a}.",
                 "Please tell me the weekday {b} days before a {a}.", "{a} - {b} days = ?",
                 "Count back {b} days from {a}. Which day is it?",
                 "I arrived {b} days ago and today is {a}. On which day did I arrive?",
                 "Today's {a}; what day was it {b} days back?", "which day was {b} days before {a}",
                 "What day of the week was it {b} days before {a}?",
                 "If it is {a} now, what day was it {b} days ago?",
                 "A letter was sent {b} days before {a}. What day was that?",
                 "Can you find the weekday {b} days prior to {a}?",
                 "Today is [|a ]{a}[.|,|;] [what|which] [day|weekday] was it {b} days ago?",
                 "[If|When] [today is|it is] {a}, [what|which] [day|weekday] was it {b} days "
                 "[ago|earlier|before]?",
                 "[What|Which] [day|weekday|day of the week] [is|was] {b} days before {a}?",
                 "{b} days ago, [what|which] [day|weekday] was it, if today is {a}?"),
    .amounts = ASK_LIST("the [day|weekday|day of the week] {b} days before {a}",
                        "the [weekday|day] {b} days ago, if today is {a}", "{a} minus {b} days"),
    .deeds = ASK_LIST("[find|tell me|say|work out] [which|what] day [was|came] {b} days before {a}",
                      "subtract {b} days from {a}", "go {b} days back from {a}"),
    .test = ASK_LIST("Which weekday do you get if you go {b} days back from {a}?",
                     "It happened {b} days before this {a}. Name its weekday.",
                     "My diary jumps back {b} days from {a}; where does it land?",
                     "Let today be {a}. Which weekday did we have {b} days ago?",
                     "Stepping {b} days into the past from {a} gives what day?"),
};

static void make_shift(struct rng *r, enum task_split split, struct task_problem *p) {
    int day, n;
    bool back = rng_below(r, 4) == 0;
    do {
        day = (int)rng_below(r, 7);
        n = (int)rng_between(r, 2, rng_below(r, 3) ? 40 : 400);
    } while (!ask_fits(split, "weekday %d %d %d", day, n, back));
    struct ask_num num = ask_num(n);
    ask_question(p, r, split, back ? &before_asks : &after_asks, ASK_ARGS(days[day], num.s));
    struct str *t = &p->turns[0].thought;
    int left = write_sevens(t, n), end = (day + (back ? 7 - left : left)) % 7;
    str_addf(t, "%d %s from %s:", left, back ? "back" : "on", days[day]);
    for (int i = 1; i <= left; i++)
        str_addf(t, "%s %d %s", i > 1 ? "," : "", i, days[(day + (back ? 7 - i : i)) % 7]);
    if (left == 0) str_addf(t, " the same day, %s", days[day]);
    str_add(t, "\n");
    worked_result(t, "%s", days[end]);
    ask_answer(p, r,
               back ? ASK_LIST("It was {a}.", "{b} days before {c} it was {a}.")
                    : ASK_LIST("It will be {a}.", "It is {a}.", "{b} days after {c} it is {a}."),
               ASK_ARGS(days[end], num.s, days[day]));
    str_add(&p->gold, days[end]);
}

const struct task_family task_weekday_shift = {
    "weekday-shift", "weekday after n days", true, 0.6, make_shift, check_day};

static const struct wordings date_asks = {
    .ways = "weekday-date",
    .train = ASK_LIST(
        "What day of the week is {a}?", "Which weekday is {a}?", "weekday of {a}",
        "On which day of the week does {a} fall?", "{a} is what day?", "What weekday was {a}?",
        "Tell me the day of the week of {a}.", "What day is {a}?", "Which day of the week was {a}?",
        "Please work out the weekday of {a}.", "day of the week for {a}?",
        "Find the weekday of {a}.", "I was born on {a}. What weekday was that?",
        "Can you tell me what day of the week {a} is?", "Calculate the day of the week: {a}.",
        "Does {a} fall on a Monday, or which day?", "{a}: which weekday?",
        "Our wedding is on {a}. What day of the week is it?", "What day does {a} fall on?",
        "Give the day of the week of {a}.", "The date is {a}. Which weekday?",
        "[What|Which] [weekday|day of the week|day] [is|was|will be] {a}?",
        "{a} [is|was] [what|which] [day|weekday|day of the week]?",
        "On [what|which] [day|weekday|day of the week] [does|did] {a} fall?",
        "[weekday|day of the week]: {a}", "{a}, [what|which] [day|weekday] [is|was] that?",
        "[We met|I was born|He arrived|She left|School starts|The match is|The house was sold] on "
        "{a}. [Which weekday was that?|What day of the week is that?|What weekday?]"),
    .amounts = ASK_LIST("the [weekday|day of the week] of {a}", "the weekday on {a}"),
    .deeds = ASK_LIST("[find|tell me|say|work out|calculate] the [weekday|day of the week] of {a}",
                      "find out [which weekday|what day of the week] {a} [is|was]"),
    .test = ASK_LIST("If I look at a calendar for {a}, what weekday do I find?",
                     "If a newspaper is dated {a}, which weekday stands beside it?",
                     "Was or will {a} be a weekend day? Name the day.",
                     "Someone's birthday is {a}; name the weekday.",
                     "Determine what day from Monday to Sunday belongs to {a}."),
};

/* Whether the month is written as a number. */
static bool write_date(struct rng *r, struct str *out, int d, int m, int y) {
    uint32_t form = rng_below(r, 5);
    if (form < 2)
        str_addf(out, "%d %s %d", d, months[m], y);
    else if (form < 4)
        str_addf(out, "%s %d, %d", months[m], d, y);
    else
        str_addf(out, "%d-%02d-%02d", y, m + 1, d);
    return form >= 4;
}

/* Year, quarter of the year, code of the month, day and code of the century add up to the weekday
 * (0 Sunday) when sevens are taken off; the codes are those that people learn by heart. */
static void make_date(struct rng *r, enum task_split split, struct task_problem *p) {
    static const int code[] = {0, 3, 3, 6, 1, 4, 6, 2, 5, 0, 3, 5};
    int y, m, d;
    do {
        y = (int)rng_between(r, 1950, 2049);
        m = (int)rng_below(r, 12);
        d = (int)rng_between(r, 1, month_days(m, y));
    } while (!ask_fits(split, "date %d-%d-%d", y, m, d));
    struct str date = STR_INIT, *t = &p->turns[0].thought;
    bool as_number = write_date(r, &date, d, m, y);
    ask_question(p, r, split, &date_asks, ASK_ARGS(date.s));
    int yy = y % 100, sum = yy + yy / 4, century = y < 2000 ? 0 : 6;
    str_addf(t, "Day %d, month ", d);
    if (as_number) str_addf(t, "%02d is ", m + 1);
    str_addf(t, "%s, year %d%s\n", months[m], y, leap(y) && m < 2 ? ", leap" : "");
    str_addf(t, "%d/4 is %d, %d+%d=%d\n", yy, yy / 4, yy, yy / 4, sum);
    str_addf(t, "Code of %s is %d: %d+%d=%d\n", months[m], code[m], sum, code[m], sum + code[m]);
    sum += code[m];
    str_addf(t, "Day: %d+%d=%d\n", sum, d, sum + d);
    sum += d;
    str_addf(t, "Code of the %d00s is %d: %d+%d=%d\n", y / 100, century, sum, century,
             sum + century);
    sum += century;
    if (leap(y) && m < 2) {
        str_addf(t, "Leap year before March: %d-1=%d\n", sum, sum - 1);
        sum--;
    }
    int day = write_sevens(t, sum);
    str_addf(t, "%d is %s.\n", day, days[day]);
    worked_result(t, "%s", days[day]);
    ask_answer(p, r, ASK_LIST("{a} is a {b}.", "It is a {b}.", "{b}."),
               ASK_ARGS(date.s, days[day]));
    str_add(&p->gold, days[day]);
    str_free(&date);
}

static bool check_date(const struct task_problem *p, const char *answer) {
    return says_option(answer, p->gold.s,
                       "Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday");
}

const struct task_family task_weekday_date = {"weekday-date", "weekday of a date", true, 1.3,
                                              make_date,      check_date};

static const struct wordings between_asks = {
    .ways = "days-between",
    .train = ASK_LIST(
        "How many days are there from {a} to {b} {c}?", "days between {a} and {b} {c}",
        "How many days is it from {a} until {b} in {c}?",
        "How many days lie between {a} and {b} {c}?",
        "What is the number of days from {a} to {b} {c}?", "In {c}, how many days from {a} to {b}?",
        "Count the days from {a} to {b} {c}.", "{a} to {b} {c}: how many days?",
        "Please count the days between {a} and {b} {c}.", "How many days pass from {a} to {b} {c}?",
        "It is {a} {c}. How many days until {b}?", "How far apart are {a} and {b} {c}, in days?",
        "Difference in days: {a} and {b} {c}?", "How long is it from {a} to {b} {c} in days?",
        "Tell me how many days after {a} {c} it is {b}.", "Year {c}: days from {a} to {b}?",
        "Today is {a} {c}; my birthday is on {b}. How many days to wait?",
        "Find the number of days between {a} and {b} of {c}.",
        "Can you count how many days there are between {a} and {b} {c}?",
        "A trip runs from {a} to {b} {c}. How many nights is that?",
        "How many days separate {a} from {b} {c}?",
        "How many days [are there|are|is it|lie|pass] [from {a} to {b}|between {a} and {b}|from "
        "{a} until {b}][| in| of] {c}?",
        "In {c}, how many days [are there|is it|pass] [from {a} to {b}|between {a} and {b}]?",
        "[days|number of days|how many days]: {a} to {b} {c}",
        "[The holidays|The course|The sale|My trip] [start|begins|starts] on {a} {c} and "
        "[end|ends|stops] on {b}. How many days [later|lie between|is that]?",
        "From {a} to {b} {c}, how many days[| is it| are there]?",
        "How [long|many days] from {a} to {b}[,| in] {c}[| in days|, counted in days]?"),
    .amounts = ASK_LIST(
        "the number of days [from {a} to {b} {c}|between {a} and {b} {c}|from {a} {c} to {b} {c}]",
        "the days [from|between] {a} [to|and] {b} {c}"),
    .deeds = ASK_LIST(
        "count the days [from {a} to {b} {c}|between {a} and {b} {c}|from {a} until {b} {c}]",
        "[find|work out] how many days [there are|it is] from {a} to {b} {c}"),
    .test =
        ASK_LIST("In the year {c} I start waiting on {a} and stop on {b}. How many days?",
                 "How many days would I have to wait from {a} till {b} {c}?",
                 "{b} comes how many days later than {a} (year {c})?",
                 "Give the gap in days, {a} as start, {b} as end, both in {c}.",
                 "Using a calendar of {c}, count how many days it takes to get from {a} to {b}."),
};

static void make_between(struct rng *r, enum task_split split, struct task_problem *p) {
    int y, m1, m2, d1, d2;
    do {
        y = (int)rng_between(r, 1990, 2040);
        m1 = (int)rng_below(r, 12);
        m2 = m1 + (int)rng_between(r, 0, 6);
        if (m2 > 11) m2 = 11;
        d1 = (int)rng_between(r, 1, month_days(m1, y));
        d2 = (int)rng_between(r, 1, month_days(m2, y));
    } while ((m1 == m2 && d2 <= d1) ||
             !ask_fits(split, "between %d-%d %d-%d %d", m1, d1, m2, d2, y));
    struct str a = STR_INIT, b = STR_INIT, *t = &p->turns[0].thought;
    bool us = rng_below(r, 2);
    str_addf(&a, us ? "%2$s %1$d" : "%1$d %2$s", d1, months[m1]);
    str_addf(&b, us ? "%2$s %1$d" : "%1$d %2$s", d2, months[m2]);
    struct ask_num year = ask_num(y);
    ask_question(p, r, split, &between_asks, ASK_ARGS(a.s, b.s, year.s));
    int sum = 0;
    if (m1 == m2) {
        sum = d2 - d1;
        str_addf(t, "Same month: %d-%d=%d", d2, d1, sum);
    } else {
        if (m1 <= 1 && m2 > 1) str_addf(t, "%d is %sa leap year.\n", y, leap(y) ? "" : "not ");
        sum = month_days(m1, y) - d1;
        str_addf(t, "%s has %d: %d-%d=%d", months[m1], month_days(m1, y), month_days(m1, y), d1,
                 sum);
        for (int m = m1 + 1; m <= m2; m++) {
            int add = m < m2 ? month_days(m, y) : d2;
            str_addf(t, "\n%s %d: %d+%d=%d", months[m], add, sum, add, sum + add);
            sum += add;
        }
    }
    str_add(t, "\n");
    worked_result(t, "%d", sum);
    struct ask_num gold = ask_num(sum);
    ask_answer(p, r,
               sum == 1 ? ASK_LIST("It is 1 day.", "From {b} to {c} it is 1 day.")
                        : ASK_LIST("It is {a} days.", "From {b} to {c} it is {a} days.",
                                   "There are {a} days."),
               ASK_ARGS(gold.s, a.s, b.s));
    str_add(&p->gold, gold.s);
    str_free(&a);
    str_free(&b);
}

const struct task_family task_days_between = {"days-between", "days between dates", true, 1.4,
                                              make_between,   check_count};

/* The thought on whether y is a leap year; ends with a newline. */
static void write_leap(struct str *t, int y) {
    int n = y % 100, by = 4;
    str_addf(t, "%d ends in %02d.\n", y, n);
    if (n == 0) {
        n = y / 100;
        str_addf(t, "It is a full century, so look at %d.\n", n);
    }
    str_addf(t, "%d=%d*%d+%d\n", n, by, n / by, n % by);
    str_add(t,
            n % by ? "Something is left: not a leap year.\n" : "Nothing is left: a leap year.\n");
}

static const struct wordings leap_asks = {
    .ways = "leap-year",
    .train = ASK_LIST(
        "Is {a} a leap year?", "Was {a} a leap year?", "leap year {a}?", "is {a} leap",
        "Is the year {a} a leap year?", "Does {a} have 366 days?", "Tell me if {a} is a leap year.",
        "{a}: leap year or not?", "Check whether {a} is a leap year.",
        "Does February have 29 days in {a}?", "Is there a 29 February in {a}?",
        "Please say whether {a} is a leap year.", "Would {a} count as a leap year?",
        "I wonder if {a} is a leap year.", "Can {a} be a leap year?",
        "Does the year {a} have an extra day?", "Yes or no: {a} is a leap year.",
        "Do we have a February 29 in {a}?", "Is {a} one of the leap years?",
        "Is it right that {a} is a leap year?", "Decide whether {a} is a leap year.",
        "[Is|Was] [|the year ]{a} a leap year[|, yes or no| or not]?",
        "[leap|leap year|leap year or not]: {a}", "{a}, [is that|was that|is it] a leap year?",
        "Does [|the year ]{a} have [a leap day|29 days in February|366 days]?"),
    .deeds = ASK_LIST("[check|find out] [if|whether] {a} is a leap year"),
    .claims =
        ASK_LIST("{a} is a leap year", "{a} [has|had] 366 days", "the year {a} is a leap year"),
    .test = ASK_LIST("Would you say that {a} is a leap year?",
                     "By the Gregorian rule, does {a} get a leap day?",
                     "Is {a} one day longer than a usual year?", "Someone says {a} is leap. True?",
                     "Are there 366 days in {a}?"),
};

static int draw_year(struct rng *r) {
    uint32_t kind = rng_below(r, 10);
    if (kind < 3) return (int)rng_between(r, 10, 29) * 100;
    if (kind < 6) return (int)rng_between(r, 250, 700) * 4;
    return (int)rng_between(r, 1500, 2500);
}

static void make_leap(struct rng *r, enum task_split split, struct task_problem *p) {
    int y;
    do y = draw_year(r);
    while (!ask_fits(split, "leap %d", y));
    struct ask_num year = ask_num(y);
    ask_question(p, r, split, &leap_asks, ASK_ARGS(year.s));
    write_leap(&p->turns[0].thought, y);
    worked_result(&p->turns[0].thought, leap(y) ? "yes" : "no");
    ask_answer(
        p, r,
        leap(y) ? ASK_LIST("Yes, {a} is a leap year.", "Yes, {a} is a leap year: 366 days.")
                : ASK_LIST("No, {a} is not a leap year.", "No, {a} is not a leap year: 365 days."),
        ASK_ARGS(year.s));
    str_add(&p->gold, leap(y) ? "yes" : "no");
}

const struct task_family task_leap_year = {"leap-year", "leap years", true,
                                           0.3,         make_leap,    check_claim};

static const struct wordings length_asks = {
    .ways = "month-length",
    .train =
        ASK_LIST("How many days does {a} {b} have?", "How many days are in {a} {b}?",
                 "days in {a} {b}", "How long is {a} {b} in days?", "length of {a} {b}?",
                 "What is the number of days in {a} {b}?", "How many days has {a} {b}?",
                 "In {b}, how many days does {a} have?", "{a} {b}: how many days?",
                 "How many days are there in {a} of {b}?", "Tell me the length of {a} {b}.",
                 "What is the last day of {a} {b}, as a number?",
                 "Please give the number of days in {a} {b}.", "{a} {b} has how many days?",
                 "How many days did {a} {b} have?", "Count the days of {a} {b}.",
                 "Is {a} {b} 28, 29, 30 or 31 days long?", "Days of {a} in {b}?",
                 "Can you tell me how many days {a} {b} has?",
                 "I pay rent per day. For how many days in {a} {b}?",
                 "With how many days does {a} {b} come?", "How many days [does|did] {a} {b} have?",
                 "How many days [are|are there|were|were there] in {a} {b}?",
                 "[days|length|days of the month|month length]: {a} {b}",
                 "{a} {b}, how many days[| is that| does it have]?",
                 "In {b}, how [long|many days long] [is|was] {a}[|, in days]?"),
    .amounts = ASK_LIST("the number of days [in|of] {a} {b}", "the length of {a} {b}[| in days]",
                        "how many days {a} {b} [has|had]"),
    .deeds = ASK_LIST("count the days [in|of] {a} {b}",
                      "[find|tell me|say] how many days {a} {b} [has|had]"),
    .test = ASK_LIST("Do you know how many days there were in {a} {b}?",
                     "My calendar sheet for {a} {b} shows how many numbered days?",
                     "The month is {a} and the year is {b}. How many days does that month have?",
                     "Say how many days long {a} {b} is.",
                     "Up to what number do the days of {a} {b} go?"),
};

static void make_length(struct rng *r, enum task_split split, struct task_problem *p) {
    int y, m;
    do {
        y = draw_year(r);
        m = rng_below(r, 2) ? 1 : (int)rng_below(r, 12);
    } while (!ask_fits(split, "length %d %d", y, m));
    struct ask_num year = ask_num(y), n = ask_num(month_days(m, y));
    ask_question(p, r, split, &length_asks, ASK_ARGS(months[m], year.s));
    struct str *t = &p->turns[0].thought;
    if (m == 1) {
        str_add(t, "February: 29 in a leap year, else 28.\n");
        write_leap(t, y);
    } else {
        str_addf(t, "%s has %s days in every year.\n", months[m], n.s);
    }
    worked_result(t, "%s", n.s);
    ask_answer(p, r, ASK_LIST("{a} {b} has {c} days.", "It has {c} days."),
               ASK_ARGS(months[m], year.s, n.s));
    str_add(&p->gold, n.s);
}

const struct task_family task_month_length = {"month-length", "month lengths", true, 0.3,
                                              make_length,    check_count};
