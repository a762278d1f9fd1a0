/* clock_time: adding to and subtracting from a time of day, and how long between two times. */
#include <stdlib.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/worked.h"

static void clock_text(struct str *s, int minutes) {
    str_addf(s, "%d:%02d", minutes / 60, minutes % 60);
}

/* "2 h 50 min", "2 hours and 50 minutes", "50 minutes". */
static void duration_text(struct rng *r, struct str *s, int minutes) {
    int h = minutes / 60, m = minutes % 60;
    bool brief = rng_below(r, 2);
    if (h) str_addf(s, "%d %s", h, brief ? "h" : h == 1 ? "hour" : "hours");
    if (h && m) str_add(s, brief ? " " : " and ");
    if (m) str_addf(s, "%d %s", m, brief ? "min" : m == 1 ? "minute" : "minutes");
}

static bool check_clock(const struct task_problem *p, const char *answer) {
    return says_clock(answer, atoi(p->gold.s));
}

static bool check_duration(const struct task_problem *p, const char *answer) {
    return says_duration(answer, atoi(p->gold.s));
}

static const struct wordings add_asks = {
    .ways = "time-add",
    .train = ASK_LIST(
        "What time is it {b} after {a}?", "It is {a}. What time will it be in {b}?", "{a} + {b}",
        "Add {b} to {a}.", "If it is {a} now, what time is it {b} later?",
        "A film starts at {a} and lasts {b}. When does it end?", "{b} after {a}?",
        "The train leaves at {a} and takes {b}. When does it arrive?", "what is {a} plus {b}",
        "I start at {a} and need {b}. When am I done?", "What's the time {b} from {a}?",
        "Please add {b} to the time {a}.", "At {a} the cake goes in for {b}. When is it ready?",
        "My lesson begins at {a} and goes on for {b}. When is it over?",
        "Tell me the time {b} after {a}.", "Starting at {a}, when have {b} passed?",
        "The clock shows {a}. What will it show {b} later?", "time in {b} if now is {a}?",
        "When is it, {b} past {a}?", "Can you tell what time it will be {b} after {a}?",
        "A bus ride of {b} begins at {a}. When does it end?",
        "[It is|It's] {a}[| now]. [What|Which] time [is it|will it be] [in {b}|{b} later|after "
        "{b}]?",
        "[What|Which] time is {b} after {a}?",
        "[If|When] it is {a}, what time [is it|will it be] [in {b}|{b} later]?",
        "[A concert|A class|A flight|The show|The game|My shift] [starts|begins] at {a} and "
        "[takes|lasts] {b}. When [does it end|is it over|does it finish]?",
        "{b} from {a}, [what|which] time is [it|that]?", "[time|clock]: {a} + {b}"),
    .amounts = ASK_LIST("the time {b} [after|later than|past] {a}", "{a} plus {b}",
                        "the time in {b}, if it is {a}[| now]"),
    .deeds = ASK_LIST("add {b} to {a}", "[find|tell me|work out] the time {b} after {a}",
                      "go {b} [forward|on] from {a}"),
    .test = ASK_LIST("Set an alarm at {a} that rings after {b}. At what time does it ring?",
                     "We drive off at {a}; the journey is {b} long. Give our arrival.",
                     "The match kicks off at {a} and is over after {b}; at what time is that?",
                     "If {b} go by after {a}, what time is it?",
                     "The bread goes in at {a} and bakes for {b}. When is it done?"),
};

static const struct wordings sub_asks = {
    .ways = "time-sub",
    .train = ASK_LIST(
        "What time was it {b} before {a}?", "It is {a}. What time was it {b} ago?", "{a} - {b}",
        "Subtract {b} from {a}.", "If it is {a} now, what was the time {b} earlier?",
        "The film ended at {a} after {b}. When did it start?", "{b} before {a}?",
        "I must arrive at {a} and the trip takes {b}. When must I leave?", "what is {a} minus {b}",
        "Dinner is at {a} and cooking takes {b}. When do I begin?", "Go back {b} from {a}.",
        "The clock shows {a}. What did it show {b} ago?", "Tell me the time {b} before {a}.",
        "School starts at {a}; I wake up {b} before. When do I wake up?",
        "The train came at {a} after {b} of travel. When did it leave?",
        "What's the time {b} earlier than {a}?", "time {b} ago if now is {a}?",
        "Please take {b} off {a}.", "A meeting of {b} ended at {a}. When did it begin?",
        "Can you say what time it was {b} before {a}?",
        "[It is|It's] {a}[| now]. [What|Which] time was it {b} [ago|earlier|before]?",
        "[What|Which] time is {b} before {a}?",
        "[If|When] it is {a}, what time was it {b} [ago|earlier]?",
        "[A concert|A class|A flight|The show|The game|My shift] [ended|was over|finished] at {a} "
        "and [took|lasted] {b}. When did it [start|begin]?",
        "[time|clock]: {a} - {b}",
        "I [need|take] {b} and [want|have] to be done [at|by] {a}. When [do|must|should] I start?"),
    .amounts = ASK_LIST("the time {b} [before|earlier than] {a}", "{a} minus {b}",
                        "the time {b} ago, if it is {a}[| now]"),
    .deeds = ASK_LIST("subtract {b} from {a}", "[find|tell me|work out] the time {b} before {a}",
                      "go {b} back from {a}"),
    .test = ASK_LIST("I have to be there at {a} and the way takes {b}. When do I have to go?",
                     "Turn the hands of a clock back by {b} from {a}. What do they show?",
                     "The party was over at {a} having lasted {b}; its beginning was when?",
                     "Count {b} backwards from the time {a}.",
                     "I woke up at {a} and had slept for {b}. When did I fall asleep?"),
};

static void work_add(struct str *t, int at, int by) {
    int m = at % 60 + by % 60, h = at / 60 + by / 60;
    str_addf(t, "Minutes: %d+%d=%d", at % 60, by % 60, m);
    if (m >= 60) str_addf(t, ", %d-60=%d, 1 hour more", m, m - 60);
    str_addf(t, "\nHours: %d+%d=%d", at / 60, by / 60, h);
    if (m >= 60) str_addf(t, ", %d+1=%d", h, h + 1);
    h += m >= 60;
    if (h >= 24) str_addf(t, ", %d-24=%d", h, h - 24);
    str_add(t, "\n");
}

static void work_sub(struct str *t, int at, int by) {
    int a = at % 60, b = by % 60, h = at / 60 - by / 60;
    bool borrow = a < b;
    str_add(t, "Minutes: ");
    if (borrow)
        str_addf(t, "%d+60=%d, %d-%d=%d, 1 hour less", a, a + 60, a + 60, b, a + 60 - b);
    else
        str_addf(t, "%d-%d=%d", a, b, a - b);
    str_addf(t, "\nHours: %d-%d=%d", at / 60, by / 60, h);
    if (borrow) str_addf(t, ", %d-1=%d", h, h - 1);
    h -= borrow;
    if (h < 0) str_addf(t, ", %d+24=%d", h, h + 24);
    str_add(t, "\n");
}

static void make_shift(struct rng *r, enum task_split split, struct task_problem *p) {
    int at, by;
    bool sub = rng_below(r, 3) == 0;
    do {
        at = (int)rng_below(r, 24 * 60);
        by = (int)rng_between(r, 2, rng_below(r, 2) ? 59 : 11 * 60);
        if (rng_below(r, 2)) at -= at % 5, by += 5 - by % 5;
    } while (!ask_fits(split, "clock %d %d %d", at, by, sub));
    struct str a = STR_INIT, b = STR_INIT, c = STR_INIT, *t = &p->turns[0].thought;
    int end = (at + (sub ? 24 * 60 - by : by)) % (24 * 60);
    clock_text(&a, at);
    duration_text(r, &b, by);
    clock_text(&c, end);
    ask_question(p, r, split, sub ? &sub_asks : &add_asks, ASK_ARGS(a.s, b.s));
    (sub ? work_sub : work_add)(t, at, by);
    worked_result(t, "%s", c.s);
    ask_answer(p, r, ASK_LIST("It is {a}.", "The time is {a}.", "At {a}."), ASK_ARGS(c.s));
    str_addf(&p->gold, "%d", end);
    str_free(&a);
    str_free(&b);
    str_free(&c);
}

const struct task_family task_time_shift = {"time-shift", "times added", true,
                                            1.0,          make_shift,    check_clock};

static const struct wordings diff_asks = {
    .ways = "time-diff",
    .train = ASK_LIST(
        "How long is it from {a} to {b}?", "How much time is there between {a} and {b}?",
        "{a} to {b}", "time from {a} until {b}?", "How many hours and minutes from {a} to {b}?",
        "A film runs from {a} to {b}. How long is it?",
        "What is the difference between {a} and {b}?",
        "The train leaves at {a} and arrives at {b}. How long does it take?",
        "I slept from {a} until {b}. How long did I sleep?", "How long does {a} to {b} last?",
        "Tell me the time between {a} and {b}.", "School lasts from {a} to {b}. How long is that?",
        "Please work out how long it is from {a} till {b}.", "duration {a} - {b}?",
        "The shop is open from {a} to {b}. For how long?", "How much time passes from {a} to {b}?",
        "It is {a}. How long until {b}?", "From {a} to {b} is how long?",
        "Can you tell how long {a} to {b} is?",
        "A meeting began at {a} and ended at {b}. How long?",
        "Work from {a} to {b}: how many hours and minutes?",
        "How [long|much time] is [it |][from {a} to {b}|between {a} and {b}|from {a} until {b}]?",
        "How many hours and minutes [are|lie|is it] [between {a} and {b}|from {a} to {b}]?",
        "From {a} [to|until|till] {b}, how [long|much time] [is it|is that|passes]?",
        "[A concert|A class|A flight|The show|The game|My shift|The drive] [starts|begins] at {a} "
        "and [ends|is over|finishes] at {b}. How long [is it|does it take|does it last]?",
        "[time|duration|difference]: {a} [to|-|until] {b}",
        "[It is|It's] {a}[| now]. How [long|much time] [until|till|to] {b}?"),
    .amounts = ASK_LIST("the time [between|from] {a} [and|to] {b}",
                        "the [difference|time span|duration] [between|from] {a} [and|to] {b}",
                        "how [long|much time] it is from {a} to {b}"),
    .deeds = ASK_LIST("[find|tell me|work out] how [long|much time] it is from {a} [to|until] {b}",
                      "[count|work out] the hours and minutes from {a} to {b}"),
    .test = ASK_LIST("My candle burnt from {a} to {b}. Give its burning time.",
                     "Somebody waits at {a} for a bus due at {b}. What is the wait?",
                     "If I begin at {a} and stop at {b}, what does my stopwatch read?",
                     "I parked from {a} to {b}. For how long did I park?",
                     "Do you know how long it is from {a} to {b}?"),
};

/* To the full hour, full hours, and the rest; or within one hour by a subtraction. */
static void work_diff(struct str *t, int from, int to) {
    int h1 = from / 60, m1 = from % 60, h2 = to / 60, m2 = to % 60;
    if (h1 == h2) {
        str_addf(t, "Same hour: %d-%d=%d\n", m2, m1, m2 - m1);
        return;
    }
    int up = m1 ? 60 - m1 : 0, start = h1 + (m1 > 0), hours = h2 - start, m = up + m2;
    if (m1) str_addf(t, "%d:%02d to %d:00: 60-%d=%d min\n", h1, m1, start, m1, up);
    str_addf(t, "%d:00 to %d:00: %d-%d=%d h\n", start, h2, h2, start, hours);
    str_addf(t, "Minutes: %d+%d=%d", up, m2, m);
    if (m >= 60) str_addf(t, ", %d-60=%d, hours %d+1=%d", m, m - 60, hours, hours + 1);
    m = m1 + (to - from) % 60;
    str_addf(t, "\nCheck: %d+%d=%d", m1, (to - from) % 60, m);
    if (m >= 60) str_addf(t, ", %d-60=%d", m, m - 60);
    str_addf(t, ", ends in %02d.\n", m2);
}

static void make_diff(struct rng *r, enum task_split split, struct task_problem *p) {
    int from, to;
    do {
        from = (int)rng_below(r, 23 * 60);
        to = (int)rng_between(r, from + 1, 24 * 60 - 1);
        if (rng_below(r, 2)) from -= from % 5, to += 5 - to % 5;
    } while (to >= 24 * 60 || !ask_fits(split, "between %d %d", from, to));
    struct str a = STR_INIT, b = STR_INIT, c = STR_INIT, *t = &p->turns[0].thought;
    int h = (to - from) / 60, m = (to - from) % 60;
    clock_text(&a, from);
    clock_text(&b, to);
    if (h) str_addf(&c, "%d h%s", h, m ? " " : "");
    if (m) str_addf(&c, "%d min", m);
    ask_question(p, r, split, &diff_asks, ASK_ARGS(a.s, b.s));
    work_diff(t, from, to);
    worked_result(t, "%s", c.s);
    ask_answer(p, r, ASK_LIST("It is {a}.", "That is {a}.", "{a}."), ASK_ARGS(c.s));
    str_addf(&p->gold, "%d", to - from);
    str_free(&a);
    str_free(&b);
    str_free(&c);
}

const struct task_family task_time_between = {"time-between", "time differences", true, 0.6,
                                              make_diff,      check_duration};
