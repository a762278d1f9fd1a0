/* logic: knights and knaves by cases, syllogisms, truth of small expressions. */
#include <ctype.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/words.h"
#include "engine/tasks/worked.h"

static bool check_claim(const struct task_problem *p, const char *answer) {
    return says_yes_no(answer, p->gold.s[0] == 'y');
}

static const struct wordings knight_asks = {
    .ways = "knights",
    .train = ASK_LIST(
        "Knights tell the truth, knaves lie. {a} Who is what?",
        "Knights always tell the truth and knaves always lie. {a} Who is a knight and who a knave?",
        "{a} Who is a knight, who is a knave?", "knights and knaves: {a}",
        "On an island knights never lie and knaves always lie. {a} What is each of them?",
        "{a} Knights are honest, knaves are liars. Tell who is what.",
        "Each of them is a knight (truthful) or a knave (liar). {a} Which are which?",
        "Solve this: {a} Knight or knave, who is which?", "{a} Find the knights and the knaves.",
        "A puzzle of knights and knaves. {a} What are they?",
        "Knights speak true, knaves speak false. {a} Please say who is what.",
        "{a} Knights tell the truth; knaves lie. Which is each?",
        "You meet islanders, knights or knaves. {a} What is each one?",
        "Can you solve it? Knights tell the truth and knaves lie. {a}",
        "Knight (true) or knave (false)? {a}", "{a} Decide for each: knight or knave.",
        "Who lies? Knights do not, knaves do. {a}",
        "I met some islanders. {a} Knights are truthful, knaves not. Who is what?",
        "Help me with knights and knaves: {a}", "{a} Knaves lie, knights do not. Who is who?",
        "Logic puzzle: knights tell the truth, knaves lie. {a}",
        "Knights [tell|always tell|speak] the truth[,| and] knaves [lie|always lie|never do]. {a} "
        "[Who is who?|Who is what?|What are they?|Which is which?|Who is a knight?|Solve it.]",
        "{a} A knight tells the truth, a knave lies. [Who is who?|Who is what?|What is each?]",
        "[Puzzle|Riddle|Logic|Knights and knaves|An island of knights and knaves][:|.] {a} [Who is "
        "what?|Who is who?|What is each of them?|Knight or knave?|Find out who is what.]",
        "{a} [Who is|Which of them is] a knight and who [is |]a knave?",
        "[Say|Tell me|Find out|Decide] who is a knight and who is a knave[:|.] {a}"),
    .test = ASK_LIST("There live only truthful knights and lying knaves here. {a} Sort them out.",
                     "{a} Assign to every speaker the role of knight or knave.",
                     "Liars are called knaves, honest folk knights. Judge by their words: {a}",
                     "Some people are knights, who tell the truth, the others are knaves, who lie. "
                     "{a} What is each person?",
                     "Raymond's island has knights and knaves. {a} Give everyone's kind.")};

/* What one islander says of two: mask a says that `b` is of a kind, or that b and c are (un)like.
 */
struct claim {
    enum { IS_KNIGHT, IS_KNAVE, SAME, DIFFERENT, N_CLAIMS } kind;
    int b, c;
};

static bool holds(const struct claim *c, unsigned knights) {
    bool b = knights >> c->b & 1, d = knights >> c->c & 1;
    return c->kind == IS_KNIGHT ? b : c->kind == IS_KNAVE ? !b : c->kind == SAME ? b == d : b != d;
}

static bool consistent(const struct claim *claims, int n, unsigned knights) {
    for (int i = 0; i < n; i++)
        if (holds(&claims[i], knights) != (knights >> i & 1)) return false;
    return true;
}

/* Draws claims until exactly one assignment fits; returns it, bit i set: i is a knight. */
static unsigned draw_claims(struct rng *r, struct claim *claims, int n) {
    for (;;) {
        unsigned fit = 0;
        int fits = 0;
        for (int i = 0; i < n; i++) {
            struct claim *c = &claims[i];
            c->kind = rng_below(r, N_CLAIMS);
            do c->b = (int)rng_below(r, (uint32_t)n);
            while (c->b == i);
            c->c = i;
            if (n == 3 && rng_below(r, 2)) c->c = 3 - i - c->b;
        }
        for (unsigned k = 0; k < 1u << n; k++)
            if (consistent(claims, n, k)) fit = k, fits++;
        if (fits == 1) return fit;
    }
}

static void say_claim(struct str *s, const struct claim *c, int i, const char *const *who) {
    static const char *const kinds[] = {"is a knight", "is a knave", "are the same kind",
                                        "are different kinds"};
    if (c->kind <= IS_KNAVE)
        str_addf(s, "%s says: %s %s.", who[i], who[c->b], kinds[c->kind]);
    else if (c->c == i)
        str_addf(s, "%s says: %s and I %s.", who[i], who[c->b], kinds[c->kind]);
    else
        str_addf(s, "%s says: %s and %s %s.", who[i], who[c->b], who[c->c], kinds[c->kind]);
}

static void say_kinds(struct str *s, unsigned knights, int n, const char *const *who,
                      const char *link) {
    for (int i = 0; i < n; i++)
        str_addf(s, "%s%s%s%s",
                 i == 0                                           ? ""
                 : i == n - 1 && link[0] == ' ' && link[1] == 'i' ? " and "
                                                                  : ", ",
                 who[i], link, knights >> i & 1 ? "knight" : "knave");
}

/* Tries every case in order; a line ends at the first speaker whose words do not suit him. */
static void work_cases(struct str *t, const struct claim *claims, int n, const char *const *who) {
    for (unsigned k = 0; k < 1u << n; k++) {
        unsigned knights = ~k & ((1u << n) - 1);
        bool fits = true;
        say_kinds(t, knights, n, who, " ");
        str_add(t, ":");
        for (int i = 0; i < n && fits; i++) {
            bool true_words = holds(&claims[i], knights);
            fits = true_words == (knights >> i & 1);
            str_addf(t, " %s says %s %s", who[i], true_words ? "true" : "false",
                     fits ? "ok" : "no");
        }
        str_add(t, fits ? ", fits\n" : "\n");
        if (fits) return;
    }
}

static void make_knights(struct rng *r, enum task_split split, struct task_problem *p) {
    const char *who[3] = {"A", "B", "C"};
    struct claim claims[3];
    int n = rng_below(r, 3) ? 2 : 3;
    unsigned knights;
    struct str says = STR_INIT, answer = STR_INIT, short_form = STR_INIT;
    do {
        str_clear(&says);
        if (rng_below(r, 3)) words_names(r, n, who);
        knights = draw_claims(r, claims, n);
        for (int i = 0; i < n; i++) {
            if (i) str_addc(&says, ' ');
            say_claim(&says, &claims[i], i, who);
        }
    } while (task_operand_split(says.s) != split);
    ask_question(p, r, split, &knight_asks, ASK_ARGS(says.s));
    work_cases(&p->turns[0].thought, claims, n, who);
    say_kinds(&answer, knights, n, who, " is a ");
    say_kinds(&short_form, knights, n, who, " ");
    worked_result(&p->turns[0].thought, "%s", answer.s);
    ask_answer(p, r, ASK_LIST("{a}."), ASK_ARGS(answer.s));
    str_add(&p->gold, short_form.s);
    str_free(&says);
    str_free(&answer);
    str_free(&short_form);
}

/* The kind named first after the last mention of `name`, in words: 'k' knight, 'v' knave, 0. */
static char kind_after(const char *answer, const char *name) {
    size_t n = strlen(name);
    const char *at = NULL;
    for (const char *s = answer; (s = strstr(s, name)) != NULL; s++)
        if ((s == answer || !isalpha((unsigned char)s[-1])) && !isalpha((unsigned char)s[n]))
            at = s;
    for (; at && *at; at++) {
        if (!strncasecmp(at, "knight", 6)) return 'k';
        if (!strncasecmp(at, "knave", 5)) return 'v';
    }
    return 0;
}

static bool check_knights(const struct task_problem *p, const char *answer) {
    for (const char *g = p->gold.s; *g;) {
        char name[32];
        size_t n = strcspn(g, " ");
        memcpy(name, g, n);
        name[n] = 0;
        char want = g[n + 3] == 'i' ? 'k' : 'v';
        if (kind_after(answer, name) != want) return false;
        g += strcspn(g, ",");
        g += strspn(g, ", ");
    }
    return !says_any(answer, "or");
}

const struct task_family task_knights = {"knights", "knights and knaves", true,
                                         1.2,       make_knights,         check_knights};

static const struct wordings syllogism_asks = {
    .ways = "syllogism",
    .train = ASK_LIST("{a} Does it follow that {b}?", "{a} Can we conclude that {b}?",
                      "{a} So {b}?", "{a} Is it certain that {b}?", "{a} Must it be true that {b}?",
                      "{a} Therefore {b}?", "If this is true: {a} is it then true that {b}?",
                      "{a} Do we know that {b}?", "{a} Is the conclusion valid that {b}?",
                      "Does it follow that {b}? {a}", "{a} Is it right to say that {b}?",
                      "{a} Yes or no: {b}?", "{a} Tell me if it follows that {b}.",
                      "{a} Conclusion: {b}. Valid?", "Syllogism: {a} Hence {b}?",
                      "{a} Can I be sure that {b}?", "{a} It follows that {b}, right?",
                      "Check this: {a} Thus {b}.", "{a} Please decide whether it follows that {b}.",
                      "{a} Is it necessarily so that {b}?", "Given: {a} Is it proved that {b}?",
                      "{a} [Does it follow|Is it certain|Is it sure|Is it true|Can we say|Do we "
                      "know|Does that mean|Can one conclude|Is it clear] that {b}?",
                      "{a} [So|Hence|Then|Thus|Therefore|Consequently][,|] {b}[?|, right?|, yes or "
                      "no?|. Correct?|. Valid?]",
                      "[Does it follow|Is it certain|Can we say|Can one conclude] that {b}, "
                      "[if|given] [this|these facts][:|?] {a}",
                      "[Premises|Facts|Given|We know|Suppose|Assume][:] {a} "
                      "[Conclusion|Claim|So|Then][:] {b}[.|?] [Valid?|Right?|Does it follow?|]",
                      "{a} [Tell me|Decide|Say|Check|Find out] [if|whether] {b}[.|?]"),
    .test = ASK_LIST("{a} Would a logician accept that {b}?",
                     "Suppose the following. {a} Are we forced to grant that {b}?",
                     "{a} Someone infers that {b}. Is the inference sound?",
                     "{a} Without further facts, is there proof that {b}?",
                     "These are the premises: {a} Is it a valid conclusion that {b}?")};

/* A = {0}, B = {1}, C = {2} as plurals, N = a name. */
static const struct {
    const char *premises, *conclusion, *work;
    bool follows;
} forms[] = {
    {"All {a} are {b}. All {b} are {c}.", "all {a} are {c}",
     "{a} in {b}, {b} in {c}.\nSo {a} in {c}.", true},
    {"All {b} are {c}. All {a} are {b}.", "all {a} are {c}",
     "{b} in {c}, {a} in {b}.\nSo {a} in {c}.", true},
    {"Some {a} are {b}. All {b} are {c}.", "some {a} are {c}",
     "A part of {a} in {b}, {b} in {c}.\nSo a part of {a} in {c}.", true},
    {"All {a} are {b}. No {b} are {c}.", "no {a} are {c}",
     "{a} in {b}, {b} outside {c}.\nSo {a} outside {c}.", true},
    {"No {b} are {c}. All {a} are {b}.", "some {a} are {c}",
     "{b} outside {c}, {a} in {b}.\nSo {a} outside {c}, not even some.", false},
    {"All {a} are {b}. {d} is one of the {a}.", "{d} is one of the {b}",
     "{d} in {a}, {a} in {b}.\nSo {d} in {b}.", true},
    {"All {a} are {b}. {d} is one of the {b}.", "{d} is one of the {a}",
     "{d} in {b}, {a} in {b}.\n{d} may be outside {a}.", false},
    {"All {a} are {b}. All {c} are {b}.", "all {a} are {c}",
     "{a} in {b}, {c} in {b}.\n{a} may be outside {c}.", false},
    {"All {a} are {b}. All {b} are {c}.", "all {c} are {a}",
     "{a} in {b}, {b} in {c}.\n{c} may be outside {a}.", false},
    {"Some {a} are {b}. Some {b} are {c}.", "some {a} are {c}",
     "A part of {a} in {b}, a part of {b} in {c}.\nThe parts may be apart.", false},
    {"All {a} are {b}. {d} is not one of the {b}.", "{d} is not one of the {a}",
     "{a} in {b}, {d} outside {b}.\nSo {d} outside {a}.", true},
    {"Some {a} are {b}. No {b} are {c}.", "all {a} are {c}",
     "A part of {a} in {b}, {b} outside {c}.\nThat part is outside {c}, so not all.", false},
};

static void make_syllogism(struct rng *r, enum task_split split, struct task_problem *p) {
    static const enum word_topic plural[] = {WORD_ANIMAL, WORD_HOME, WORD_PEOPLE, WORD_SCIENCE};
    char w[3][WORD_MAX + 2];
    const char *name[1];
    struct str premises = STR_INIT, conclusion = STR_INIT, work = STR_INIT;
    const int f = (int)rng_below(r, sizeof forms / sizeof *forms);
    bool pseudo = rng_below(r, 2);
    do {
        for (int i = 0; i < 3; i++) {
            do {
                if (pseudo)
                    words_pseudo(r, split, 3, 6, w[i]);
                else
                    words_pick_topic(r, plural[rng_below(r, 4)], w[i]);
            } while (strchr("sxyhfnz", w[i][strlen(w[i]) - 1]) || (i > 0 && !strcmp(w[i], w[0])) ||
                     strlen(w[i]) < 3);
            strcat(w[i], "s");
        }
    } while (!strcmp(w[1], w[2]) || !ask_fits(split, "%s %s %s", w[0], w[1], w[2]));
    words_names(r, 1, name);
    const struct ask_args *args = ASK_ARGS(w[0], w[1], w[2], name[0]);
    ask_fill(&premises, forms[f].premises, args);
    ask_fill(&conclusion, forms[f].conclusion, args);
    ask_fill(&work, forms[f].work, args);
    ask_question(p, r, split, &syllogism_asks, ASK_ARGS(premises.s, conclusion.s));
    str_addf(&p->turns[0].thought, "%s\n", work.s);
    worked_result(&p->turns[0].thought, forms[f].follows ? "yes" : "no");
    ask_answer(p, r,
               forms[f].follows ? ASK_LIST("Yes, it follows.", "Yes, {a}.")
                                : ASK_LIST("No, it does not follow.", "No, that does not follow."),
               ASK_ARGS(conclusion.s));
    str_add(&p->gold, forms[f].follows ? "yes" : "no");
    str_free(&premises);
    str_free(&conclusion);
    str_free(&work);
}

const struct task_family task_syllogisms = {"syllogisms", "syllogisms",   true,
                                            1.2,          make_syllogism, check_claim};

static const struct wordings truth_asks = {
    .ways = "truth",
    .train =
        ASK_LIST("Is {a} true or false?", "What is {a}?", "Evaluate {a}.", "{a}", "{a} = ?",
                 "What is the value of {a}?", "Compute {a}.", "true or false: {a}",
                 "What does {a} evaluate to?", "Find the truth value of {a}.", "Work out {a}.",
                 "Please evaluate {a}.", "Logic: {a}", "Simplify {a}.", "Boolean value of {a}?",
                 "Tell me whether {a} is true.", "{a}, true or false?", "What do you get for {a}?",
                 "Can you evaluate {a}?", "Determine the truth of {a}.", "What comes out of {a}?",
                 "[Is|Is the expression|Is the statement] {a} [true or false|true|false or true]?",
                 "[True or false|Logic|Evaluate|Boolean][:|,] {a}",
                 "{a}, [is that|is it] [true or false|true]?",
                 "What [is|does one get for|is the value of] {a}?"),
    .amounts = ASK_LIST("{a}", "the [truth |]value of {a}",
                        "the value of the [expression|formula|statement] {a}"),
    .deeds = ASK_LIST("[evaluate|compute|work out|simplify|calculate] {a}",
                      "[evaluate|work out] the [expression|formula|condition] {a}"),
    .test = ASK_LIST(
        "A circuit computes {a}. Which value does it show?", "Reduce the formula {a} to one word.",
        "As a condition in a program, how does {a} turn out?",
        "Would {a} hold or not? Answer true or false.", "In Boolean algebra, {a} equals what?")};

struct term {
    bool negated, value;
};

static void write_term(struct str *s, const struct term *t) {
    str_addf(s, "%s%s", t->negated ? "not " : "", t->value ? "true" : "false");
}

static bool apply(bool is_and, bool a, bool b) { return is_and ? a && b : a || b; }

/* (t0 op t1) op t2, or t0 op (t1 op t2), or t0 op t1; ops: true is "and". */
static void write_expression(struct str *s, const struct term *t, int n, bool left,
                             const bool *op) {
    static const char *const names[] = {" or ", " and "};
    if (n == 3 && left) str_addc(s, '(');
    write_term(s, &t[0]);
    str_add(s, names[op[0]]);
    if (n == 3 && !left) str_addc(s, '(');
    write_term(s, &t[1]);
    if (n == 3 && left) str_addc(s, ')');
    if (n < 3) return;
    str_add(s, names[op[1]]);
    write_term(s, &t[2]);
    if (!left) str_addc(s, ')');
}

static void make_truth(struct rng *r, enum task_split split, struct task_problem *p) {
    struct term t[3];
    bool op[2], left, any;
    int n;
    struct str e = STR_INIT, *out = &p->turns[0].thought;
    do {
        str_clear(&e);
        any = false;
        n = rng_below(r, 4) ? 3 : 2;
        left = rng_below(r, 2);
        for (int i = 0; i < 3; i++) {
            t[i].negated = rng_below(r, 5) < 2;
            t[i].value = rng_below(r, 2);
            any |= i < n && t[i].negated;
        }
        op[0] = rng_below(r, 2);
        op[1] = rng_below(r, 2);
        write_expression(&e, t, n, left, op);
    } while (task_operand_split(e.s) != split);
    ask_question(p, r, split, &truth_asks, ASK_ARGS(e.s));
    str_addf(out, "%s\n", e.s);
    for (int i = 0; i < n; i++) t[i].value ^= t[i].negated, t[i].negated = false;
    if (any) {
        write_expression(out, t, n, left, op);
        str_add(out, "\n");
    }
    if (n == 3) {
        if (left)
            t[0].value = apply(op[0], t[0].value, t[1].value), t[1] = t[2], op[0] = op[1];
        else
            t[1].value = apply(op[1], t[1].value, t[2].value);
        write_expression(out, t, 2, left, op);
        str_add(out, "\n");
    }
    const char *gold = apply(op[0], t[0].value, t[1].value) ? "true" : "false";
    worked_result(out, "%s", gold);
    ask_answer(p, r, ASK_LIST("It is {a}.", "The value is {a}.", "{a}."), ASK_ARGS(gold));
    str_add(&p->gold, gold);
    str_free(&e);
}

static bool check_truth(const struct task_problem *p, const char *answer) {
    return says_option(answer, p->gold.s, "true|false");
}

const struct task_family task_truth = {"truth", "and, or, not", true, 0.3, make_truth, check_truth};
