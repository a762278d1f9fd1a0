/* The families about numbers: what a teacher checks before handing out a sheet, thousands of times
 * per family, and what the checkers accept from models that write in their own way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

#define SAMPLES 1500

#define ADDRESS(name) &task_##name,
static const struct task_family *const families[] = {TASK_NUMBER_FAMILIES(ADDRESS) NULL};

static void make(const struct task_family *f, enum task_split split, uint64_t i,
                 struct task_problem *p) {
    struct rng r = {.seed = 7, .stream = i, .counter = split == TASK_TEST ? 1u << 20 : 0};
    task_problem_init(p);
    f->make(&r, split, p);
    str_cstr(&p->turns[0].question);
    str_cstr(&p->turns[0].thought);
    str_cstr(&p->turns[0].answer);
    str_cstr(&p->gold);
}

/* Calls `each` with SAMPLES problems of every family and split. */
static void for_all(void (*each)(const struct task_family *, enum task_split,
                                 struct task_problem *)) {
    for (size_t k = 0; families[k] != NULL; k++) {
        for (int split = TASK_TRAIN; split <= TASK_TEST; split++) {
            for (uint64_t i = 0; i < SAMPLES; i++) {
                struct task_problem p;
                make(families[k], (enum task_split)split, i, &p);
                each(families[k], (enum task_split)split, &p);
                task_problem_done(&p);
            }
        }
    }
}

static const char *last_line(const char *text) {
    const char *c = strrchr(text, '\n');
    return c != NULL ? c + 1 : text;
}

static void is_sound(const struct task_family *f, enum task_split split, struct task_problem *p) {
    (void)split;
    const struct task_turn *turn = &p->turns[0];
    bool sound = p->n_turns == 1 && turn->question.len > 0 && turn->thought.len > 0 &&
                 turn->answer.len > 0 && p->gold.len > 0 &&
                 strchr("{}|", turn->question.s[0]) == NULL;
    sound =
        sound && strpbrk(turn->question.s, "{}|") == NULL && strpbrk(turn->answer.s, "{}|") == NULL;
    sound = sound && turn->question.len < 200 && turn->thought.len < 620 && turn->answer.len < 120;
    const char *result = last_line(turn->thought.s);
    sound = sound && str_starts(result, "Result: ") && strstr(turn->thought.s, "\n\n") == NULL;
    if (!sound)
        print_error("%s: %s\n%s\n%s\n", f->name, turn->question.s, turn->thought.s, turn->answer.s);
    assert_true(sound);
    bool right = f->check(p, turn->answer.s) && f->check(p, result + strlen("Result: "));
    if (!right)
        print_error("%s: %s\n%s\n%s\n[%s]\n", f->name, turn->question.s, turn->thought.s,
                    turn->answer.s, p->gold.s);
    assert_true(right);
}

static void problems_are_sound_and_their_own_answers_right(void **state) {
    (void)state;
    for_all(is_sound);
}

/* The value of a product chain like "3*4/2" that begins at *c. */
static double read_product(const char **c) {
    char *end;
    double v = strtod(*c, &end);
    for (*c = end; **c == '*' || **c == '/';) {
        char op = **c;
        double w = strtod(*c + 1, &end);
        v = op == '*' ? v * w : v / w;
        *c = end;
    }
    return v;
}

/* Every "a+b*c=d" that a thought writes is true; returns how many there are, -1: one is false. */
static int count_equations(const char *thought) {
    int n = 0;
    for (const char *eq = strchr(thought, '='); eq != NULL; eq = strchr(eq + 1, '=')) {
        const char *from = eq;
        while (from > thought && strchr("0123456789+-*/.", from[-1]) != NULL) from--;
        char left[80];
        snprintf(left, sizeof left, "%.*s", (int)(eq - from), from);
        bool number_follows = strchr("-0123456789", eq[1]) != NULL && eq[1] != '\0';
        if (strpbrk(left + (left[0] != '\0'), "+-*/") == NULL || !number_follows) continue;
        const char *c = left;
        double v = read_product(&c);
        while (*c == '+' || *c == '-') {
            double sign = *c++ == '+' ? 1 : -1;
            v += sign * read_product(&c);
        }
        c = eq + 1;
        double right = read_product(&c); /* "35*16=16*35" */
        if (v - right > 1e-6 || right - v > 1e-6) return -1;
        n++;
    }
    return n;
}

static void every_step_of_a_thought_is_true(void **state) {
    (void)state;
    for (size_t k = 0; families[k] != NULL; k++) {
        int n = 0;
        for (uint64_t i = 0; i < SAMPLES; i++) {
            struct task_problem p;
            make(families[k], TASK_TRAIN, i, &p);
            int found = count_equations(p.turns[0].thought.s);
            if (found < 0) print_error("%s\n%s\n", p.turns[0].question.s, p.turns[0].thought.s);
            assert_true(found >= 0);
            n += found;
            task_problem_done(&p);
        }
        bool of_order =
            /* these compare more than they calculate */ families[k] == &task_sort_numbers ||
            families[k] == &task_min_max || families[k] == &task_decimal_compare ||
            families[k] == &task_rounding || families[k] == &task_median;
        if (n < SAMPLES / 2 && !of_order) print_error("%s: %d equations\n", families[k]->name, n);
        assert_true(n >= SAMPLES / 2 || of_order);
    }
    assert_int_equal(count_equations("7+6+0=13, 2*3-1=5"), 2);
    assert_int_equal(count_equations("7+6+0=14"), -1);
}

static bool same_words(const char *a, const char *b, int n) {
    for (; *a == *b && *a != '\0'; a++, b++)
        if (*a == ' ' && --n == 0) return true;
    return *a == *b;
}

/* Whether a right answer to the one key must be wrong by the other. Keys of some families name a
 * kind first; and the same number may win two comparisons. */
static bool comparable(const struct task_family *f, const char *a, const char *b) {
    bool based = f == &task_binary || f == &task_hex || f == &task_roman;
    bool relation = f == &task_decimal_compare || (f == &task_fraction && (*a > '9' || *b > '9'));
    if ((based || relation) && !same_words(a, b, 1)) return false;
    if (f == &task_sequence) return strcmp(strrchr(a, ' '), strrchr(b, ' ')) != 0;
    return strcmp(a, b) != 0 && !(relation && same_words(a, b, 2));
}

static void another_problems_answer_is_wrong(void **state) {
    (void)state;
    for (size_t k = 0; families[k] != NULL; k++) {
        for (uint64_t i = 0; i < SAMPLES; i++) {
            struct task_problem p, other;
            make(families[k], TASK_TRAIN, i, &p);
            make(families[k], TASK_TRAIN, i + 1, &other);
            if (comparable(families[k], p.gold.s, other.gold.s)) {
                struct str right = p.gold;
                p.gold = other.gold; /* the question stays, the key is another */
                bool accepted = families[k]->check(&p, p.turns[0].answer.s);
                if (accepted)
                    print_error("%s: %s [%s]\n", families[k]->name, p.turns[0].answer.s, p.gold.s);
                p.gold = right;
                assert_false(accepted);
                assert_false(families[k]->check(&p, ""));
                assert_false(families[k]->check(&p, "I do not know."));
            }
            task_problem_done(&p);
            task_problem_done(&other);
        }
    }
}

static void the_same_stream_gives_the_same_problem(void **state) {
    (void)state;
    for (size_t k = 0; families[k] != NULL; k++) {
        for (uint64_t i = 0; i < 200; i++) {
            struct task_problem a, b;
            make(families[k], TASK_TEST, i, &a);
            make(families[k], TASK_TEST, i, &b);
            assert_string_equal(a.turns[0].question.s, b.turns[0].question.s);
            assert_string_equal(a.turns[0].thought.s, b.turns[0].thought.s);
            assert_string_equal(a.turns[0].answer.s, b.turns[0].answer.s);
            assert_string_equal(a.gold.s, b.gold.s);
            task_problem_done(&a);
            task_problem_done(&b);
        }
    }
}

/* ---- the splits ---- */

/* The sentence without its operands: digits, capitals with digits and signs go; small letters. */
static void skeleton(struct str *out, const char *question) {
    for (const char *c = question; *c != '\0';) {
        size_t n = strcspn(c, " ?,.:()+-*/");
        bool operand =
            n > 0 && (strcspn(c, "0123456789") < n || (n > 1 && strspn(c, "ABCDEFIVXLM") >= n));
        if (operand && !str_ends(out->s != NULL ? out->s : "", "# ")) str_add(out, "# ");
        for (size_t i = 0; !operand && i < n; i++)
            str_addc(out, (char)(c[i] | ((unsigned)(c[i] - 'A') < 26 ? 32 : 0)));
        if (!operand && n > 0) str_addc(out, ' ');
        c += n + (c[n] != '\0');
    }
}

/* What is asked, without how: the numbers of the question, for expressions the signs, the key. */
static void operands(struct str *out, const struct task_problem *p, bool signs) {
    const char *q = p->turns[0].question.s;
    for (size_t i = 0; q[i] != '\0'; i++) {
        bool digit = q[i] >= '0' && q[i] <= '9';
        bool point = q[i] == '.' && q[i + 1] >= '0' && q[i + 1] <= '9';
        bool sign = signs && strchr("+-(x*", q[i]) != NULL;
        bool times = signs && (unsigned char)q[i] == 0xc3; /* the first byte of the cross */
        if (digit || point || (sign && q[i] != 'x'))
            str_addc(out, q[i]);
        else if (times || (sign && q[i - (i > 0)] == ' ' && q[i + 1] == ' '))
            str_addc(out, '*');
        else if (out->len > 0 && out->s[out->len - 1] != ' ' && !signs)
            str_addc(out, ' ');
    }
    while (out->len > 0 && out->s[out->len - 1] == ' ') str_truncate(out, out->len - 1);
    str_addf(out, " = %s", p->gold.s);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct texts {
    char **at;
    size_t n;
};

static struct texts collect(const struct task_family *f, enum task_split split, size_t n,
                            bool wording) {
    struct texts t = {mem_array(n, sizeof(char *)), 0};
    for (uint64_t i = 0; i < n; i++) {
        struct task_problem p;
        struct str s = STR_INIT;
        make(f, split, i, &p);
        if (wording)
            skeleton(&s, p.turns[0].question.s);
        else
            operands(&s, &p, f == &task_expression);
        str_cstr(&s);
        t.at[t.n++] = str_take(&s);
        task_problem_done(&p);
    }
    qsort(t.at, t.n, sizeof t.at[0], by_text);
    size_t kept = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (kept > 0 && strcmp(t.at[kept - 1], t.at[i]) == 0)
            free(t.at[i]);
        else
            t.at[kept++] = t.at[i];
    }
    t.n = kept;
    return t;
}

static void texts_free(struct texts *t) {
    for (size_t i = 0; i < t->n; i++) free(t->at[i]);
    free(t->at);
}

static void expect_disjoint(const struct task_family *f, bool wording, size_t least_train,
                            size_t least_test) {
    struct texts train = collect(f, TASK_TRAIN, 4 * SAMPLES, wording);
    struct texts test = collect(f, TASK_TEST, SAMPLES, wording);
    for (size_t i = 0; i < test.n; i++) {
        bool both = bsearch(&test.at[i], train.at, train.n, sizeof train.at[0], by_text) != NULL;
        if (both) print_error("%s: in both splits: %s\n", f->name, test.at[i]);
        assert_false(both);
    }
    if (train.n < least_train || test.n < least_test)
        print_error("%s: %zu and %zu\n", f->name, train.n, test.n);
    assert_true(train.n >= least_train && test.n >= least_test);
    texts_free(&train);
    texts_free(&test);
}

static void the_splits_share_no_wording(void **state) {
    (void)state;
    for (size_t k = 0; families[k] != NULL; k++) expect_disjoint(families[k], true, 18, 5);
}

static void the_splits_share_no_operands(void **state) {
    (void)state;
    for (size_t k = 0; families[k] != NULL; k++) expect_disjoint(families[k], false, 100, 20);
}

/* ---- the checkers ---- */

static struct task_problem asked(const char *question) {
    struct task_problem p;
    task_problem_init(&p);
    p.n_turns = 1;
    str_add(&p.turns[0].question, question);
    return p;
}

struct verdict {
    const char *answer;
    bool right;
};

static void expect_number(const char *question, const char *gold, const struct verdict *v) {
    struct task_problem p = asked(question);
    for (; v->answer != NULL; v++) {
        if (check_number(&p, v->answer, gold) != v->right) print_error("%s: %s\n", gold, v->answer);
        assert_int_equal(check_number(&p, v->answer, gold), v->right);
    }
    task_problem_done(&p);
}

static void a_number_is_found_in_any_models_answer(void **state) {
    (void)state;
    expect_number("What is 900 + 347?", "1247",
                  (const struct verdict[]){{"1247", true},
                                           {"900 + 347 = 1,247.", true},
                                           {"The sum is **1247**.", true},
                                           {"1247 is the sum of 900 and 347.", true},
                                           {"So we have \\boxed{1247}", true},
                                           {"$900 + 347 = 1{,}247$", true},
                                           {"The answer is 1247, since 900 + 300 is 1200.", true},
                                           {"The answer is **1247**. I added 900 and 347.", true},
                                           {"1247.0", true},
                                           {"First 900 + 300 = 1200, then 1200 + 47 = 1247.", true},
                                           {"Sum: 1247 apples", true},
                                           {"1248", false},
                                           {"", false},
                                           {"-1247", false},
                                           {"1247 or 1248", false},
                                           {"1248 or 1247", false},
                                           {"It could be 1245, 1246, 1247", false},
                                           {"\\boxed{1248}, not 1247", false},
                                           {"The answer is 1248. Check: 1247", false},
                                           {"It is 900", false},
                                           {"11247", false},
                                           {"1.247", false},
                                           {"12470", false},
                                           {NULL, false}});
    expect_number("5 - 17", "-12",
                  (const struct verdict[]){{"5 - 17 = -12.", true},
                                           {"\u221212", true},
                                           {"It is minus 12.", true},
                                           {"The result is negative 12.", true},
                                           {"12", false},
                                           {"5 - 12", false},
                                           {NULL, false}});
    expect_number("1/2 + 1/4", "3/4",
                  (const struct verdict[]){{"3/4", true},
                                           {"\\frac{3}{4}", true},
                                           {"0.75", true},
                                           {"6/8", true},
                                           {"1 3/4", false},
                                           {"4/3", false},
                                           {NULL, false}});
    expect_number("7/4", "7/4",
                  (const struct verdict[]){
                      {"1 3/4", true}, {"1\\frac{3}{4}", true}, {"3/4", false}, {NULL, false}});
    expect_number(
        "2.1 + 7.8", "9.9",
        (const struct verdict[]){
            {"9.90", true}, {"= 9.9.", true}, {"9.09", false}, {"99", false}, {NULL, false}});
    expect_number("How many r are there?", "3",
                  (const struct verdict[]){
                      {"There are three.", true}, {"There are four.", false}, {NULL, false}});
    expect_number(
        "2, 4, 6", "8",
        (const struct verdict[]){{"2, 4, 6, 8.", true}, {"2, 4, 6, 7, 8", false}, {NULL, false}});
}

static void lowest_terms_are_asked_for(void **state) {
    (void)state;
    struct task_problem p = asked("Simplify 12/16.");
    assert_true(check_lowest_fraction(&p, "12/16 = 3/4.", "3/4"));
    assert_false(check_lowest_fraction(&p, "12/16 = 6/8.", "3/4"));
    assert_false(check_lowest_fraction(&p, "12/16", "3/4"));
    task_problem_done(&p);
}

static void lists_must_be_in_order_and_whole(void **state) {
    (void)state;
    assert_true(check_numbers("Sorted: 1, 2, 5 and 9.", "1, 2, 5, 9"));
    assert_true(check_numbers("5, 9, 2, 1 becomes 1 < 2 < 5 < 9", "1, 2, 5, 9"));
    assert_true(check_numbers("**1, 2, 5, 9**", "1, 2, 5, 9"));
    assert_false(check_numbers("1, 5, 2, 9", "1, 2, 5, 9"));
    assert_false(check_numbers("1, 2, 5", "1, 2, 5, 9"));
    assert_false(check_numbers("1, 2, 5, 9, 10", "1, 2, 5, 9"));
    assert_true(check_numbers("60 = 2^2 \u00d7 3 \u00d7 5", "2 * 2 * 3 * 5"));
    assert_true(check_numbers("$60 = 2^2 \\cdot 3 \\cdot 5$", "2 * 2 * 3 * 5"));
    assert_true(check_numbers("8 = 2\u00b3", "2 * 2 * 2"));
    assert_false(check_numbers("60 = 4 * 3 * 5", "2 * 2 * 3 * 5"));
}

static void a_quotient_needs_its_remainder(void **state) {
    (void)state;
    struct task_problem p = asked("Divide 93 by 5.");
    assert_true(check_quotient(&p, "93 / 5 = 18 remainder 3.", "18 3"));
    assert_true(check_quotient(&p, "18 R3", "18 3"));
    assert_true(check_quotient(&p, "The quotient is 18, and the remainder is **3**.", "18 3"));
    assert_true(check_quotient(&p, "Quotient: 18\nRemainder: 3", "18 3"));
    assert_true(check_quotient(&p, "18 with 3 left over", "18 3"));
    assert_false(check_quotient(&p, "18", "18 3"));
    assert_false(check_quotient(&p, "18.6", "18 3"));
    assert_false(check_quotient(&p, "18 remainder 4", "18 3"));
    assert_false(check_quotient(&p, "3 remainder 18", "18 3"));
    assert_true(check_quotient(&p, "19 exactly", "19 0"));
    assert_true(check_quotient(&p, "19 remainder 0", "19 0"));
    assert_false(check_quotient(&p, "19 remainder 1", "19 0"));
    task_problem_done(&p);
}

static void other_writings_are_read(void **state) {
    (void)state;
    struct task_problem p = asked("What is 45 in binary?");
    assert_true(check_binary(&p, "45 in binary is 101101.", "101101"));
    assert_true(check_binary(&p, "0b101101", "101101"));
    assert_true(check_binary(&p, "It is **0010 1101**.", "101101"));
    assert_true(check_binary(&p, "$101101_2$", "101101"));
    assert_false(check_binary(&p, "101100", "101101"));
    assert_false(check_binary(&p, "45", "101101"));
    assert_true(check_hex(&p, "45 is 0x2d.", "2D"));
    assert_true(check_hex(&p, "2D", "2D"));
    assert_true(check_hex(&p, "45 is 2D in hexadecimal (base 16).", "2D"));
    assert_true(check_hex(&p, "In hex that is FA.", "FA"));
    assert_false(check_hex(&p, "2E", "2D"));
    assert_true(check_roman(&p, "I think it is XLV.", "XLV"));
    assert_false(check_roman(&p, "XLVI", "XLV"));
    task_problem_done(&p);
}

static void yes_and_no_are_told_apart(void **state) {
    (void)state;
    assert_true(check_yes_no("Yes, 17 is prime.", "yes", "prime", "composite"));
    assert_true(check_yes_no("17 is a prime number", "yes", "prime", "composite"));
    assert_true(check_yes_no("**No**", "no", "prime", "composite"));
    assert_true(check_yes_no("91 is not prime.", "no", "prime", "composite"));
    assert_true(check_yes_no("91 is composite.", "no", "prime", "composite"));
    assert_false(check_yes_no("91 is not prime.", "yes", "prime", "composite"));
    assert_true(check_yes_no("Yes. There is no divisor but 1.", "yes", "prime", "composite"));
    assert_true(check_yes_no("It has no divisor, so it is prime.", "yes", "prime", "composite"));
    assert_true(check_yes_no("Not composite: 17 is prime.", "yes", "prime", "composite"));
    assert_true(check_yes_no("91 isn't a prime number", "no", "prime", "composite"));
    assert_false(check_yes_no("prime or composite", "yes", "prime", "composite"));
    assert_false(check_yes_no("prime or composite", "no", "prime", "composite"));
    assert_false(check_yes_no("yes or no", "yes", "prime", "composite"));
    assert_false(check_yes_no("maybe", "yes", "prime", "composite"));
    assert_false(check_yes_no("maybe", "no", "prime", "composite"));
}

static void relations_are_read_in_both_directions(void **state) {
    (void)state;
    const char *gold = "larger 9.9 9.11";
    assert_true(check_compare("9.9", gold));
    assert_true(check_compare("9.9 is larger than 9.11.", gold));
    assert_true(check_compare("9.9 > 9.11", gold));
    assert_true(check_compare("9.11 < 9.9", gold));
    assert_true(check_compare("9.11 is less than 9.9", gold));
    assert_true(check_compare("The larger one is 9.9.", gold));
    assert_true(check_compare("Comparing 9.11 and 9.9: **9.9** is larger.", gold));
    assert_false(check_compare("9.11", gold));
    assert_false(check_compare("9.11 is larger than 9.9", gold));
    assert_false(check_compare("9.9 or 9.11", gold));
    assert_false(check_compare("9.9 is smaller than 9.11", gold));
    assert_false(check_compare("9.9 is not larger than 9.11", gold));
    assert_false(check_compare("They are equal.", gold));
    assert_true(check_compare("9.9 and 9.90 are equal.", "equal 9.9 9.90"));
    assert_false(check_compare("9.9 is larger.", "equal 9.9 9.90"));
}

static void any_text_is_judged_without_harm(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "1",          "23",       "9.9",  "-",        " ",  ",",   "/",
        "**",         "\\boxed{", "}",    "\\frac{",  "}{", "^",   "9999999999999999999",
        "answer is ", "\n",       ". ",   "0x",       "FA", "XIV", "or",
        "larger",     "=",        "not ", "\xe2\x88", "{",  "\\",  "remainder",
        "\xff",       "one"};
    struct rng r = {.seed = 11};
    for (int i = 0; i < 20000; i++) {
        struct str s = STR_INIT;
        struct task_problem p;
        for (uint32_t n = rng_below(&r, i % 50 == 0 ? 300 : 12); n > 0; n--)
            str_add(&s, pieces[rng_below(&r, sizeof pieces / sizeof pieces[0])]);
        const struct task_family *f =
            families[(size_t)i % (sizeof families / sizeof families[0] - 1)];
        make(f, TASK_TRAIN, (uint64_t)i % 50, &p);
        f->check(&p, str_cstr(&s));
        task_problem_done(&p);
        str_free(&s);
    }
}

/* ---- written arithmetic ---- */

static void written_work_ends_with_the_result(void **state) {
    (void)state;
    struct rng r = {.seed = 3};
    for (int i = 0; i < SAMPLES; i++) {
        long long a = rng_between(&r, 0, 99999), b = rng_between(&r, 1, 999);
        struct str t = STR_INIT;
        char end[40];
        snprintf(end, sizeof end, "-> %lld\n", a + b);
        assert_true(worked_sum(&t, a, b) == a + b);
        assert_true(str_ends(t.s, end));
        str_clear(&t);
        snprintf(end, sizeof end, "-> %lld\n", a % 1000 * b);
        if (a % 1000 > 0) {
            worked_product(&t, a % 1000, b);
            if (b > 9) assert_true(str_ends(t.s, end));
        }
        str_clear(&t);
        snprintf(end, sizeof end, " %lld\n", a + b - b);
        assert_true(worked_difference(&t, a + b, b) == a);
        assert_true(str_ends(t.s, end) || a == 0);
        str_clear(&t);
        assert_true(worked_quotient(&t, a, b) == a / b);
        str_free(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems_are_sound_and_their_own_answers_right),
        cmocka_unit_test(every_step_of_a_thought_is_true),
        cmocka_unit_test(another_problems_answer_is_wrong),
        cmocka_unit_test(the_same_stream_gives_the_same_problem),
        cmocka_unit_test(the_splits_share_no_wording),
        cmocka_unit_test(the_splits_share_no_operands),
        cmocka_unit_test(a_number_is_found_in_any_models_answer),
        cmocka_unit_test(lowest_terms_are_asked_for),
        cmocka_unit_test(lists_must_be_in_order_and_whole),
        cmocka_unit_test(a_quotient_needs_its_remainder),
        cmocka_unit_test(other_writings_are_read),
        cmocka_unit_test(yes_and_no_are_told_apart),
        cmocka_unit_test(relations_are_read_in_both_directions),
        cmocka_unit_test(any_text_is_judged_without_harm),
        cmocka_unit_test(written_work_ends_with_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
