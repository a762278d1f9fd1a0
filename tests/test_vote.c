/* Voting: which answers are the same, and what a majority is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "app/vote.h"

static struct str key_of(const char *question, const char *answer) {
    struct str key = STR_INIT;
    vote_key(question, answer, &key);
    return key;
}

/* Whether two answers to a question are one. */
static bool same(const char *question, const char *a, const char *b) {
    struct str x = key_of(question, a), y = key_of(question, b);
    bool equal = x.len && strcmp(x.s, y.s) == 0;
    str_free(&x);
    str_free(&y);
    return equal;
}

static void assert_key(const char *question, const char *answer, const char *expected, bool value) {
    struct str key = STR_INIT;
    assert_int_equal(vote_key(question, answer, &key), value);
    assert_string_equal(key.s, expected);
    str_free(&key);
}

static void how_it_is_written_does_not_matter(void **state) {
    (void)state;
    assert_true(same("Capital of France?", "Paris", "  **paris**.\n"));
    assert_true(same("Capital of France?", "The capital is *Paris*!", "the capital is Paris"));
    assert_false(same("Capital of France?", "Paris", "Lyon"));
    assert_true(same("Say it", "\xEF\xBC\xA1\xEF\xBC\xA2", "ab")); /* full width */
    assert_true(same("Say it",
                     "stra\xC3\x9F"
                     "e",
                     "STRASSE"));
    assert_false(same("x?", "x < y", "x > y"));
    assert_key("Say nothing", " ... \n", "", false);
    assert_key("Capital of France?", "# The capital:\n\n- `Paris`", "the capital paris", false);
}

static void a_box_decides(void **state) {
    (void)state;
    assert_key("?", "So x = 3, and \\boxed{\\frac{1}{2}}. Check: 2.", "frac 1 2", true);
    assert_key("?", "\\boxed{41} no, \\boxed{ 42 }", "42", true);
    assert_key("?", "\\boxed{\\text{Paris}}", "paris", true);
    assert_true(same("?", "It is $\\boxed{1{,}204}$.", "\\(\\boxed{1 204}\\)"));
    assert_key("?", "an open \\boxed{17", "17", true);
    assert_key("?", "an empty \\boxed{} of 5", "5", true);
}

static void a_verdict_decides(void **state) {
    const char *prime = "Is 91 a prime number?";
    (void)state;
    assert_true(same(prime, "No, 91 = 7 * 13.", "**No.**"));
    assert_true(same(prime, "No \xE2\x80\x94 it is divisible by 7", "no"));
    assert_false(same(prime, "Yes, 91 is prime.", "No, 91 is not prime."));
    assert_false(same("How many are left?", "No apples are left.", "No, 3 are left."));
    assert_key("How many are left?", "No apples are left.", "no apples are left", false);
}

static void numbers_decide_that_the_question_does_not_hold(void **state) {
    (void)state;
    assert_key("How many r are in strawberry?", "There are 3 r's in strawberry.", "3", true);
    assert_key("What is 17 * 23?", "17 * 23 = 391", "391", true);
    assert_key("What is 3 + 4?", "**Sum**\n\n3 + 1 is 5... no.\n\nIt is 7.", "7", true);
    assert_key("Divide 17 by 5", "3 remainder 2", "3 2", true);
    assert_false(same("Sort 4, 7, 1", "1, 4, 7", "4, 1, 7"));
    assert_false(same("Which is larger, 9.11 or 9.9?", "9.9 is larger.", "9.11 is larger."));
    assert_false(same("Which day was 5 March?", "5 March was a Tuesday", "5 March was a Sunday"));
    assert_false(same("When?", "At 3 pm.", "At 3 a.m."));
    assert_true(same("When?", "At 3 PM.", "3 p.m."));
    assert_key("When?", "At 14:35 on 2024-03-05.", "14:35 2024-03-05", true);
}

static void numbers_have_one_form(void **state) {
    (void)state;
    assert_key("?", "1,204.50", "1204.5", true);
    assert_key("?", "+007", "7", true);
    assert_key("?",
               "\xE2\x88\x92"
               "3.0",
               "-3", true);
    assert_key("?", ".5", "0.5", true);
    assert_key("?", "5-3", "5-3", true); /* as a date or a span is written */
    assert_key("?", "5 - 3", "5 3", true);
    assert_key("?", "1,2", "1,2", true);
    assert_key("?", "1.2.3", "1.2.3", true);
    assert_key("?", "-", "", false);
    assert_key("?", "\\", "", false);
}

/* ---- counting ---- */

static void say(struct vote *v, size_t i, const char *answer) {
    struct event ev = {.type = EVENT_TOKEN, .which = i};
    ev.token.channel = CHANNEL_ANSWER;
    ev.token.text = answer;
    ev.token.n_text = strlen(answer);
    vote_event(v, &ev);
}

static void end(struct vote *v, size_t i, enum done_reason reason) {
    struct event ev = {.type = EVENT_SAMPLE_DONE, .which = i};
    ev.done.reason = reason;
    vote_event(v, &ev);
}

static void the_largest_group_wins(void **state) {
    static const char *const said[] = {"It is 5.", "7", "It's 7.", "6", "8", ""};
    struct vote v;
    struct str report = STR_INIT;
    (void)state;
    vote_init(&v, "What is 3 + 4?", 6);
    for (size_t i = 0; i < 6; i++) say(&v, i, said[i]);
    assert_int_equal(v.n_voting, 0); /* nobody is done */
    assert_int_equal(vote_choice(&v), 0);
    for (size_t i = 6; i-- > 0;) end(&v, i, i == 4 ? DONE_LENGTH : DONE_EOG);
    assert_int_equal(v.n_groups, 3);
    assert_int_equal(v.n_voting, 4);
    assert_int_equal(vote_choice(&v), 1);
    assert_int_equal(v.groups[1].first, 0); /* of equals the first */
    assert_int_equal(v.samples[2].group, 0);
    assert_int_equal(v.samples[3].group, 2);
    assert_true(v.samples[4].group == SIZE_MAX && v.samples[5].group == SIZE_MAX);
    assert_true(fabs(v.entropy - (0.5 * log(2) + 0.5 * log(4))) < 1e-9);
    vote_report(&v, &report);
    assert_string_equal(report.s, "  2 of 6   50%  7\n"
                                  "  1 of 6   25%  5\n"
                                  "  1 of 6   25%  6\n"
                                  "  2 of 6        no complete answer\n"
                                  "entropy 1.04 nats\n");
    str_free(&report);
    vote_done(&v);
}

static void a_thought_is_no_vote(void **state) {
    struct vote v;
    struct event ev = {.type = EVENT_SAMPLE_DONE, .which = 0};
    (void)state;
    vote_init(&v, "?", 1);
    say(&v, 0, "7 or 8");
    ev.done.in_thought = true;
    vote_event(&v, &ev);
    assert_int_equal(v.n_voting, 0);
    assert_true(v.entropy == 0);
    vote_done(&v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_it_is_written_does_not_matter),
        cmocka_unit_test(a_box_decides),
        cmocka_unit_test(a_verdict_decides),
        cmocka_unit_test(numbers_decide_that_the_question_does_not_hold),
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(the_largest_group_wins),
        cmocka_unit_test(a_thought_is_no_vote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
