/* chat_follow: a problem of any family, and then something about it: "double that", "are you
 * sure?", "why?", "and backwards?". The gold begins with how it is checked: '#' a number, '=' a
 * word, '~' the gist. And a new problem after an exchange about something else. */
#include <stdlib.h>
#include <string.h>

#include "engine/tasks/chat.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/words.h"
#include "engine/tasks/worked.h"

enum op { ADD, SUBTRACT, TIMES, DOUBLE, N_OPS };

static const struct wordings op_asks[N_OPS] = {
    [ADD] = {.ways = "follow-add",
             .train = ASK_LIST(
                 "add {a} to that", "Add {a} to that.", "plus {a}", "And plus {a}?", "now add {a}",
                 "What if I add {a}?", "And {a} more?", "Add {a}.", "Increase that by {a}.",
                 "and {a} on top of that?", "that plus {a}?",
                 "[|Now |And now |Then |Ok, now |Please ]add {a}[| to that| to it| to the result| "
                 "to this| more][|.|?|!]",
                 "[What|And what] [is|about|would be] [that|it|the result] [plus|and] {a}[|?]",
                 "[|And ]plus {a}[|?|.]", "{a} more[|?|.]",
                 "[If|When] I add {a}[|, what then|, what is it|?]"),
             .test = ASK_LIST("Raise the result by {a}.", "With {a} more, what is it?",
                              "Put {a} on it.")},
    [SUBTRACT] =
        {.ways = "follow-subtract",
         .train = ASK_LIST(
             "subtract {a} from that", "Take away {a}.", "minus {a}", "And minus {a}?",
             "now subtract {a}", "What if I take {a} away?", "that minus {a}?", "{a} less?",
             "Decrease that by {a}.", "Remove {a} from that.", "and {a} less than that?",
             "[|Now |And now |Then |Ok, now |Please ][subtract {a}|take {a} away|take away "
             "{a}|take off {a}|deduct {a}][| from that| from it| from the result| again][|.|?|!]",
             "[What|And what] [is|about|would be] [that|it|the result] [minus|less] {a}[|?]",
             "[|And ]minus {a}[|?|.]",
             "[If|When] I [take away|subtract] {a}[|, what then|, what is left|?]"),
         .test = ASK_LIST("Lower the result by {a}.", "Without {a} of it, what remains?",
                          "Knock {a} off it.")},
    [TIMES] = {.ways = "follow-times",
               .train = ASK_LIST(
                   "times {a}", "Multiply that by {a}.", "And times {a}?", "now multiply by {a}",
                   "that times {a}?", "What is {a} times that?", "{a} times as much?",
                   "Multiply it by {a}.", "and {a} of those?", "multiplied by {a}?",
                   "[|Now |And now |Then |Ok, now |Please ]multiply [that|it|this|the result] "
                   "[by|with] {a}[|.|?|!]",
                   "[What|And what] [is|about|would be] [that|it|the result] times {a}[|?]",
                   "[|And ]times {a}[|?|.]", "{a} times [that|it|this][|?|.]"),
               .test =
                   ASK_LIST("Take the result {a} times over.", "Scale it up by a factor of {a}.",
                            "If there were {a} such numbers, what is their sum?")},
    [DOUBLE] = {.ways = "follow-double",
                .train =
                    ASK_LIST("double that", "Double that.", "Double it!", "And twice that?",
                             "now double it", "What is twice that?", "and doubled?", "times two",
                             "Twice as much?", "Can you double that?", "two of those?",
                             "[|Now |And now |Then |Ok, now |Please ]double [that|it|this|the "
                             "result|the number][|.|?|!]",
                             "[What|And what] [is|about|would be] [that|it|the result] "
                             "[doubled|times two|times 2][|?]",
                             "[|And ][twice|two times] [that|as much|it|the result][|?|.]",
                             "[Can|Could] you double [it|that|this][|?]"),
                .test = ASK_LIST("Make it two times as big.", "And with a factor of two?",
                                 "What if it were twofold?")},
};

static void follow_number(struct rng *r, enum task_split split, struct task_problem *p) {
    long long had = atoll(p->gold.s), by, result;
    enum op op = (enum op)rng_below(r, N_OPS);
    if (op == SUBTRACT && had < 2) op = ADD;
    by = op == ADD        ? rng_between(r, 1, 99)
         : op == SUBTRACT ? rng_between(r, 1, had < 99 ? had : 99)
         : op == TIMES    ? rng_between(r, 2, 9)
                          : 2;
    struct ask_num a = ask_num(had), b = ask_num(by);
    chat_ask(r, split, p, &op_asks[op], ASK_ARGS(b.s));
    struct str *t = &p->turns[1].thought;
    str_addf(t, "That is %lld.\n", had);
    result = op == ADD        ? worked_sum(t, had, by)
             : op == SUBTRACT ? worked_difference(t, had, by)
                              : worked_digit_product(t, had, (int)by);
    worked_result(t, "%lld", result);
    struct ask_num c = ask_num(result);
    const char *sign = op == ADD ? "+" : op == SUBTRACT ? "-" : "*";
    ask_answer(p, r, ASK_LIST("{a} {d} {b} = {c}.", "That gives {c}: {a} {d} {b} = {c}."),
               ASK_ARGS(a.s, b.s, c.s, sign));
    str_clear(&p->gold);
    str_addf(&p->gold, "#%s", c.s);
}

static const struct wordings sure_asks = {
    .ways = "follow-sure",
    .train = ASK_LIST(
        "Are you sure?", "are you sure", "Is that right?", "Really?", "Sure?", "Is this correct?",
        "Are you certain?", "Can you check that?", "Is that true?", "Did you check?", "you sure?",
        "I don't believe it.", "Hm, is that correct?", "Are you really sure?", "That looks wrong.",
        "Check again.", "I doubt that.",
        "[Are|R] [you|u] [really |quite |very |absolutely |][sure|certain|positive][| about that| "
        "about this| of that| of it][|?]",
        "[Is|Was] [that|this|it|your answer] [really |][right|correct|true|exact][|?]",
        "[Please |Can you |Could you |][check|double-check|verify|recheck] [that|it|this|your "
        "answer|again][|.|?]",
        "[I|I really] [doubt it|doubt that|don't believe you|think it is wrong|am not "
        "convinced|think you are wrong][|.]",
        "[Really|Seriously|Sure|Certain|Truly|Honestly|No mistake][|?]",
        "[Did|Have] you [check|check it|make a mistake|calculate correctly|checked it][|?]"),
    .test = ASK_LIST("Would you bet on it?", "Is there no mistake in it?", "Could you be mistaken?",
                     "No doubt about that?", "Does this hold?")};

static const struct wordings why_asks = {
    .ways = "follow-why",
    .train = ASK_LIST(
        "Why?", "why", "How did you get that?", "How come?", "Explain.", "Explain that.",
        "How do you know?", "Why is that?", "Show your work.", "How did you work that out?",
        "Can you explain?", "why so?", "Show me the steps.", "Where does that come from?",
        "[Why|How come|But why|And why|Why so|How so|How][| is that| is it| that| exactly][|?]",
        "[How|In what way] did you [get|find|work out|know|do|calculate|solve] [that|it|this][|?]",
        "[Please |Can you |Could you |][explain|explain it|explain that|show the steps|show your "
        "work|show me how|show your thinking][| to me| please][|.|?]",
        "[What|Which] [are the steps|steps did you take|is the way|is the reason][|?]",
        "[I|I still] [don't understand|do not get it|don't get how|want to see how][|.|. Explain.]",
        "[How|Why] do you [know|say|think][| that| so][|?]"),
    .test = ASK_LIST("What makes you say so?", "By which way did you arrive there?",
                     "Give me your reasons.", "On what grounds?")};

static void follow_doubt(struct rng *r, enum task_split split, struct task_problem *p) {
    const char *before = p->turns[0].answer.s;
    bool why = rng_below(r, 2);
    chat_ask(r, split, p, why ? &why_asks : &sure_asks, NULL);
    if (why)
        ask_answer(p, r,
                   ASK_LIST("I worked it out step by step; the steps stand in my thought beside "
                            "the answer (Ctrl-O). They ended with: {a}",
                            "Because the steps in my thought lead there; Ctrl-O shows them. {a}"),
                   ASK_ARGS(before));
    else
        ask_answer(p, r, ASK_LIST("Yes. {a} I checked it.", "Yes, it is right. {a}"),
                   ASK_ARGS(before));
    str_clear(&p->gold);
    str_add(&p->gold, why ? "~step|steps|because" : "~yes|i am sure|correct|checked");
}

static const struct wordings back_asks = {
    .ways = "follow-backwards",
    .train = ASK_LIST(
        "And backwards?", "and backwards", "Now backwards.", "And in reverse?", "Reverse it.",
        "Now reverse that word.", "What is it backwards?", "and the other way round?",
        "How about backwards?", "Now write it backwards.", "And reversed?",
        "[|And |Now |And now |Then ][backwards|in reverse|reversed|from the end|back to "
        "front][|?|, please|.]",
        "[|Now |And now |Then |Please ][reverse|flip|turn around] [it|that|this|the word|that "
        "word][|.|!|?]",
        "[What|And what] is [it|that|the word] [backwards|reversed|in reverse][|?]",
        "[|Now |And now |Please ][write|spell|say] [it|that|the word] backwards[|.|?]"),
    .test = ASK_LIST("And if you read it from its end?", "Turn it round for me.",
                     "The same word, last letter first?")};

static const struct wordings spell_first_asks = {
    .train = ASK_LIST("Spell {a}.", "How many letters does {a} have?", "spell {a}",
                      "Is {a} a long word?",
                      "[Spell|spell out|How do you spell|Please spell] [the word |]{a}[|.|?]",
                      "How many letters [has {a}|does {a} have|are in {a}|are there in {a}][|?]"),
    .test = ASK_LIST("What are all the letters in {a}?", "Tell me the length of {a}.")};

static const struct wordings long_asks = {
    .ways = "follow-length",
    .train = ASK_LIST("How many letters is that?", "How many letters does it have?",
                      "how long is it", "And how many letters?", "Count its letters.",
                      "How many letters are those?", "and its length?", "How long is the word?",
                      "[|And |So |Then ]how many letters [is that|has it|does it have|are "
                      "there|are in it|does that word have|are those][|?]",
                      "[|And |So ]how long is [it|that|the word|that word][|?]",
                      "[|Now |And ]count [its letters|the letters][|.|, please]"),
    .test = ASK_LIST("Of how many letters does it consist?", "Give me the number of its letters.")};

/* About a word: it was spelled, and is now to be reversed or its letters counted. */
static void follow_word(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], back[WORD_MAX];
    words_any(r, split, 3, 10, w);
    int n = (int)strlen(w);
    chat_ask(r, split, p, &spell_first_asks, ASK_ARGS(w));
    words_spell(&p->turns[0].thought, w);
    str_addf(&p->turns[0].thought, "\n%d letters.\n", n);
    worked_result(&p->turns[0].thought, "%d", n);
    str_addf(&p->turns[0].answer, "%s has %d letters: ", w, n);
    for (int i = 0; i < n; i++) str_addf(&p->turns[0].answer, "%s%c", i ? "-" : "", w[i]);
    str_addc(&p->turns[0].answer, '.');
    bool reverse = rng_below(r, 4) != 0;
    chat_ask(r, split, p, reverse ? &back_asks : &long_asks, NULL);
    struct str *t = &p->turns[1].thought;
    words_spell(t, w);
    if (!reverse) {
        struct ask_num num = ask_num(n);
        str_addf(t, "\n%d letters.\n", n);
        worked_result(t, "%d", n);
        ask_answer(p, r, ASK_LIST("{a} has {b} letters.", "It has {b} letters."),
                   ASK_ARGS(w, num.s));
        str_addf(&p->gold, "#%s", num.s);
        return;
    }
    for (int i = 0; i < n; i++) back[i] = w[n - 1 - i];
    back[n] = 0;
    str_add(t, "\nBackwards:");
    for (int i = n; i > 0; i--) str_addf(t, " %d:%c", i, w[i - 1]);
    str_add(t, "\n");
    worked_result(t, "%s", back);
    ask_answer(p, r, ASK_LIST("{a} backwards is {b}.", "Backwards it is {b}."), ASK_ARGS(w, back));
    str_addf(&p->gold, "=%s", back);
}

static void make_follow(struct rng *r, enum task_split split, struct task_problem *p) {
    uint32_t kind = rng_below(r, 10);
    if (kind >= 3 && chat_first_problem(r, split, p, kind < 7))
        (kind < 7 ? follow_number : follow_doubt)(r, split, p);
    else
        follow_word(r, split, p);
}

static bool check_follow(const struct task_problem *p, const char *answer) {
    const char *gold = p->gold.s + 1;
    switch (p->gold.s[0]) {
    case '#':
        return check_number(p, answer, gold);
    case '=':
        return says_word(answer, gold, p->turns[0].question.s);
    default:
        return says_any(answer, gold);
    }
}

const struct task_family task_follow_up = {"follow-up", "follow-ups", true,
                                           1.5,         make_follow,  check_follow};

/* A new problem after something else, so that what stands above does not distract. The gold is the
 * family's name, a newline, and that family's gold. */
static void make_next(struct rng *r, enum task_split split, struct task_problem *p) {
    size_t n = 0;
    while (task_families[n]) n++;
    for (;;) {
        const struct task_family *a = task_families[rng_below(r, (uint32_t)n)],
                                 *b = task_families[rng_below(r, (uint32_t)n)];
        struct task_problem next;
        if (a == &task_next_question || !b->verifiable || b == &task_next_question ||
            b == &task_follow_up)
            continue;
        a->make(r, split, p);
        task_problem_init(&next);
        task_make(b, r, split, &next);
        bool fits = p->n_turns == 1 && next.n_turns == 1 &&
                    p->turns[0].question.len + p->turns[0].answer.len < 250 &&
                    p->turns[0].thought.len + next.turns[0].thought.len < 500;
        if (fits) {
            p->turns[1] = next.turns[0];
            p->n_turns = 2;
            p->asked = next.asked;
            str_clear(&p->gold);
            str_addf(&p->gold, "%s\n%s", b->name, str_cstr(&next.gold));
            memset(&next.turns[0], 0, sizeof next.turns[0]); /* handed over */
        }
        task_problem_done(&next);
        if (fits) return;
        task_problem_done(p);
        task_problem_init(p);
    }
}

static bool check_next(const struct task_problem *p, const char *answer) {
    char name[64];
    size_t n = strcspn(p->gold.s, "\n");
    memcpy(name, p->gold.s, n);
    name[n] = 0;
    const struct task_family *f = task_family_find(name);
    struct task_problem alone = {.n_turns = 1};
    alone.turns[0] = p->turns[p->n_turns - 1];
    alone.gold.s = p->gold.s + n + 1;
    alone.gold.len = p->gold.len - n - 1;
    return f && f->check(&alone, answer);
}

const struct task_family task_next_question = {
    "next-question", "another question after one", true, 1.5, make_next, check_next};
