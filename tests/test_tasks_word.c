/* The word, calendar, everyday, logic and chat families: what they write is right and checkable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/tasks/families.h"
#include "engine/tasks/says.h"

#define N_SAMPLES 1500

static const struct task_family *const mine[] = {
#define ROW(name) &task_##name,
    TASK_WORD_FAMILIES(ROW)
#undef ROW
};
#define N_MINE (sizeof mine / sizeof *mine)

static void make(const struct task_family *f, enum task_split split, uint64_t i,
                 struct task_problem *p) {
    struct rng r = {.seed = 7, .stream = i};
    task_problem_init(p);
    f->make(&r, split, p);
}

static const struct task_turn *last(const struct task_problem *p) {
    return &p->turns[p->n_turns - 1];
}

static void every_family_solves_its_own_problems(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++)
        for (uint64_t i = 0; i < N_SAMPLES; i++) {
            struct task_problem p;
            make(mine[k], i % 4 ? TASK_TRAIN : TASK_TEST, i, &p);
            assert_true(p.n_turns >= 1 && p.n_turns <= TASK_MAX_TURNS);
            for (int t = 0; t < p.n_turns; t++) {
                assert_true(p.turns[t].question.len > 0);
                assert_true(p.turns[t].answer.len > 0);
                assert_null(strchr(p.turns[t].question.s, '{'));
            }
            if (!mine[k]->check(&p, last(&p)->answer.s))
                fail_msg("%s: \"%s\" -> \"%s\" is not %s", mine[k]->name, last(&p)->question.s,
                         last(&p)->answer.s, p.gold.s);
            task_problem_done(&p);
        }
}

/* Every family rejects the answer to another problem of its own, unless the golds are equal; the
 * rare answer that names both days, swapped, may pass. */
static void another_problems_answer_is_wrong(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++) {
        /* Of different families, two golds can differ in form and mean the same. */
        if (!mine[k]->verifiable || mine[k] == &task_next_question) continue;
        int accepted = 0, tried = 0;
        for (uint64_t i = 0; i < N_SAMPLES; i++) {
            struct task_problem p, q;
            make(mine[k], TASK_TRAIN, i, &p);
            make(mine[k], TASK_TRAIN, i + 77777, &q);
            size_t n = strcspn(p.gold.s, "|"); /* names that could be meant follow the bar */
            if (strncmp(p.gold.s, q.gold.s, n + 1) != 0) {
                tried++;
                accepted += mine[k]->check(&p, last(&q)->answer.s);
            }
            task_problem_done(&p);
            task_problem_done(&q);
        }
        if (accepted * 60 > tried) fail_msg("%s: %d of %d", mine[k]->name, accepted, tried);
    }
}

static void a_thought_ends_with_the_result_that_is_answered(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++) {
        if (!mine[k]->verifiable) continue;
        for (uint64_t i = 0; i < N_SAMPLES; i++) {
            struct task_problem p;
            make(mine[k], TASK_TRAIN, i, &p);
            if (last(&p)->thought.len) {
                const char *end = strstr(last(&p)->thought.s, "Result: ");
                assert_non_null(end);
                if (!mine[k]->check(&p, end + 8))
                    fail_msg("%s: %s, not %s", mine[k]->name, end, p.gold.s);
            }
            task_problem_done(&p);
        }
    }
}

static void texts_stay_short_enough_for_the_model(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++)
        for (uint64_t i = 0; i < N_SAMPLES; i++) {
            struct task_problem p;
            make(mine[k], TASK_TRAIN, i, &p);
            size_t bytes = 0;
            for (int t = 0; t < p.n_turns; t++)
                bytes += p.turns[t].question.len + p.turns[t].thought.len + p.turns[t].answer.len;
            if (bytes > 1000) fail_msg("%s: %zu bytes", mine[k]->name, bytes);
            task_problem_done(&p);
        }
}

static void the_same_stream_gives_the_same_problem(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++) {
        struct task_problem p, q;
        make(mine[k], TASK_TEST, 5, &p);
        make(mine[k], TASK_TEST, 5, &q);
        assert_string_equal(last(&p)->question.s, last(&q)->question.s);
        assert_string_equal(last(&p)->thought.len ? last(&p)->thought.s : "",
                            last(&q)->thought.len ? last(&q)->thought.s : "");
        assert_string_equal(last(&p)->answer.s, last(&q)->answer.s);
        task_problem_done(&p);
        task_problem_done(&q);
    }
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Without capitals and marks, as accidents of typing change them. */
static char *bare(const char *s) {
    struct str out = STR_INIT;
    for (; *s; s++)
        if (isalnum((unsigned char)*s)) str_addc(&out, (char)tolower((unsigned char)*s));
    str_cstr(&out);
    return str_take(&out);
}

static void no_test_question_is_a_training_question(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++) {
        static char *train[N_SAMPLES * 2];
        size_t n = 0;
        struct task_problem p;
        for (; n < N_SAMPLES * 2; n++) {
            make(mine[k], TASK_TRAIN, n, &p);
            train[n] = bare(last(&p)->question.s);
            if (p.n_turns > 1) { /* a follow-up is asked about something */
                char *whole = bare(p.turns[0].question.s);
                whole = realloc(whole, strlen(whole) + strlen(train[n]) + 1);
                assert_non_null(whole);
                strcat(whole, train[n]);
                free(train[n]);
                train[n] = whole;
            }
            task_problem_done(&p);
        }
        qsort(train, n, sizeof *train, compare);
        for (uint64_t i = 0; i < N_SAMPLES; i++) {
            make(mine[k], TASK_TEST, i, &p);
            if (p.n_turns == 1) {
                char *q = bare(p.turns[0].question.s);
                if (bsearch(&q, train, n, sizeof *train, compare))
                    fail_msg("%s: \"%s\" is in both splits", mine[k]->name, p.turns[0].question.s);
                free(q);
            }
            task_problem_done(&p);
        }
        while (n > 0) free(train[--n]);
    }
}

static void thoughts_of_problems_begin_with_what_is_asked(void **state) {
    (void)state;
    for (size_t k = 0; task_families[k]; k++) {
        const struct task_family *f = task_families[k];
        struct rng r = {.seed = 7, .stream = 1};
        struct task_problem p;
        task_problem_init(&p);
        task_make(f, &r, TASK_TRAIN, &p);
        const char *first = str_cstr(&p.turns[p.n_turns - 1].thought);
        size_t n = strcspn(first, "\n");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)n, first);
        if (f == &task_next_question) /* it is the other family's */
            assert_non_null(task_family_find(name));
        else if (f->verifiable && f != &task_follow_up)
            assert_string_equal(name, f->name);
        else
            assert_null(task_family_find(name));
        task_problem_done(&p);
    }
}

static void the_weekday_of_a_date_agrees_with_the_c_library(void **state) {
    (void)state;
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    int seen = 0;
    for (uint64_t i = 0; i < N_SAMPLES; i++) {
        struct task_problem p;
        make(&task_weekday_date, TASK_TRAIN, i, &p);
        static const char *const months[] = {"January",   "February", "March",    "April",
                                             "May",       "June",     "July",     "August",
                                             "September", "October",  "November", "December"};
        int d, y;
        char month[16];
        const char *t = last(&p)->thought.s;
        if (sscanf(t, "Day %d, month %*d is %15[A-Za-z], year %d", &d, month, &y) != 3)
            assert_int_equal(3, sscanf(t, "Day %d, month %15[A-Za-z], year %d", &d, month, &y));
        struct tm tm = {.tm_mday = d, .tm_year = y - 1900, .tm_hour = 12};
        while (strcmp(months[tm.tm_mon], month)) tm.tm_mon++;
        timegm(&tm);
        assert_string_equal(days[tm.tm_wday], p.gold.s);
        seen++;
        task_problem_done(&p);
    }
    assert_true(seen > 0);
}

static void words_belong_to_their_split(void **state) {
    (void)state;
    for (uint64_t i = 0; i < N_SAMPLES; i++)
        for (enum task_split split = TASK_TRAIN; split <= TASK_TEST; split++) {
            struct task_problem p;
            make(&task_spell, split, i, &p);
            assert_int_equal(split, task_operand_split(p.gold.s));
            task_problem_done(&p);
            make(&task_reverse, split, i, &p);
            for (size_t k = 0; k < p.gold.len / 2; k++) {
                char c = p.gold.s[k];
                p.gold.s[k] = p.gold.s[p.gold.len - 1 - k];
                p.gold.s[p.gold.len - 1 - k] = c;
            }
            assert_int_equal(split, task_operand_split(p.gold.s));
            task_problem_done(&p);
        }
}

/* A family that had only a few wordings would ask few different things in the same way. */
static void questions_begin_in_many_ways(void **state) {
    (void)state;
    for (size_t k = 0; k < N_MINE; k++) {
        char seen[64][8];
        size_t n = 0;
        for (uint64_t i = 0; i < N_SAMPLES && n < 12; i++) {
            struct task_problem p;
            make(mine[k], TASK_TRAIN, i, &p);
            char *q = bare(last(&p)->question.s);
            size_t j = 0;
            while (j < n && strncmp(seen[j], q, 7)) j++;
            if (j == n) snprintf(seen[n++], sizeof seen[0], "%s", q);
            free(q);
            task_problem_done(&p);
        }
        if (n < 12) fail_msg("%s: %zu", mine[k]->name, n);
    }
}

static void claims_are_found_in_free_text(void **state) {
    (void)state;
    assert_true(says_word("The reverse is **yrrebwarts**.", "yrrebwarts", "Reverse strawberry."));
    assert_true(says_word("\\boxed{god}", "god", "reverse dog"));
    assert_true(says_word("The word \"dog\" backwards is G-O-D.", "god", "reverse dog"));
    assert_false(says_word("god or gdo", "god", "reverse dog"));
    assert_false(says_word("The reverse is gdo.", "god", "reverse dog"));
    assert_true(says_yes_no("**Yes**, it is.", true));
    assert_true(says_yes_no("It isn't a palindrome.", false));
    assert_false(says_yes_no("yes or no", true));
    assert_true(says_option("Tom, not Ann? The answer is Tom.", "Tom", "Tom|Ann"));
    assert_false(says_option("Tom or Ann.", "Tom", "Tom|Ann"));
    assert_true(says_clock("It will be 5:25 p.m.", 17 * 60 + 25));
    assert_true(says_clock("14:35 plus 2:50 is **17:25**.", 17 * 60 + 25));
    assert_false(says_clock("17:25 or 18:25", 17 * 60 + 25));
    assert_true(says_duration("3 hours and 35 minutes", 215));
    assert_true(says_duration("215 minutes", 215));
    assert_true(says_duration("That is 3h 35m.", 215));
    assert_false(says_duration("3 hours", 215));
}

static void answers_of_any_model_are_judged(void **state) {
    (void)state;
    static const struct {
        const char *family, *question, *gold, *answer;
        bool right;
    } cases[] = {
        {"letter-count", "How many r's are in strawberry?", "3",
         "There are **3** r's in \"strawberry\": st**r**awbe**rr**y.", true},
        {"letter-count", "How many r's are in strawberry?", "3",
         "The word strawberry contains three r's.", true},
        {"letter-count", "How many r's are in strawberry?", "3", "There are 2 r's in strawberry.",
         false},
        {"reverse", "reverse strawberry", "yrrebwarts", "The reversed word is: yrrebwarts", true},
        {"reverse", "reverse strawberry", "yrrebwarts",
         "s-t-r-a-w-b-e-r-r-y reversed is y-r-r-e-b-w-a-r-t-s", true},
        {"reverse", "reverse strawberry", "yrrebwarts", "yrrebwrats", false},
        {"spell", "spell strawberry", "strawberry", "S-T-R-A-W-B-E-R-R-Y", true},
        {"spell", "spell strawberry", "strawberry",
         "The word strawberry is spelled: **s t r a w b e r r y**.", true},
        {"spell", "spell strawberry", "strawberry", "strawberry", false},
        {"spell", "spell strawberry", "strawberry", "s-t-r-a-w-b-e-r-y", false},
        {"nth-letter", "3rd letter of strawberry", "r", "The 3rd letter is **R**.", true},
        {"nth-letter", "3rd letter of strawberry", "r",
         "The third letter of \"strawberry\" is \"r\".", true},
        {"nth-letter", "3rd letter of strawberry", "r", "It's r.", true},
        {"nth-letter", "2nd letter of banana", "a", "The second letter is a.", true},
        {"nth-letter", "3rd letter of strawberry", "r", "t", false},
        {"nth-letter", "5th letter of x", "i", "I", true},
        {"palindrome", "Is level a palindrome?", "yes", "Yes, \"level\" is a palindrome.", true},
        {"palindrome", "Is lever a palindrome?", "no", "The word \"lever\" is not a palindrome.",
         true},
        {"palindrome", "Is lever a palindrome?", "no", "Yes", false},
        {"sort-letters", "sort letters of banana", "aaabnn", "a, a, a, b, n, n", true},
        {"sort-letters", "sort letters of banana", "aaabnn", "The sorted letters are **aaabnn**.",
         true},
        {"sort-letters", "sort letters of banana", "aaabnn", "aaabn", false},
        {"sort-words", "Sort: pear, apple", "apple, pear", "1. apple\n2. pear", true},
        {"sort-words", "Sort: pear, apple", "apple, pear", "pear, apple", false},
        {"sort-words", "Sort: pear, apple", "apple, pear",
         "The words pear, apple sorted are: **apple, pear**", true},
        {"acronym", "acronym of North Atlantic Treaty", "NAT",
         "The acronym for North Atlantic Treaty is **NAT**.", true},
        {"acronym", "acronym of North Atlantic Treaty", "NAT", "N.A.T.", true},
        {"acronym", "acronym of North Atlantic Treaty", "NAT", "NTA", false},
        {"weekday-shift", "Today is Tuesday. What day in 9 days?", "Thursday",
         "9 days after Tuesday it will be **Thursday**.", true},
        {"weekday-shift", "Today is Tuesday. What day in 9 days?", "Thursday", "Thursday or Friday",
         false},
        {"weekday-shift", "Today is Tuesday. What day in 9 days?", "Thursday", "It will be Friday.",
         false},
        {"time-shift", "It is 14:35. In 2 h 50 min?", "1045", "It will be 5:25 PM.", true},
        {"time-shift", "It is 14:35. In 2 h 50 min?", "1045", "17:25", true},
        {"time-shift", "It is 14:35. In 2 h 50 min?", "1045", "17:24", false},
        {"time-between", "9:40 to 13:15", "215", "It is 3 hours and 35 minutes.", true},
        {"time-between", "9:40 to 13:15", "215", "From 9:40 to 13:15 it is **3 hours 35 minutes**.",
         true},
        {"time-between", "9:40 to 13:15", "215", "3.5 hours", false},
        {"comparisons", "Ann is taller than Bob. Who is tallest?", "Ann|Ann|Bob",
         "Ann is the tallest.", true},
        {"comparisons", "Ann is taller than Bob. Who is tallest?", "Ann|Ann|Bob",
         "Since Ann is taller than Bob, the tallest is Ann.", true},
        {"comparisons", "Ann is taller than Bob. Who is tallest?", "Ann|Ann|Bob",
         "Ann is taller than Bob. So **Ann** is tallest.", true},
        {"comparisons", "Ann is taller than Bob. Who is tallest?", "Ann|Ann|Bob", "Bob", false},
        {"knights", "q", "A knight, B knave", "A is a knight, and B is a knave.", true},
        {"knights", "q", "A knight, B knave", "- **A**: knight\n- **B**: knave", true},
        {"knights", "q", "A knight, B knave", "A is a knave and B is a knight", false},
        {"knights", "q", "A knave, B knave", "Both A and B are knaves.", true},
        {"knights", "q", "A knave, B knave",
         "Let's see. If A were a knight... So A and B are knaves.", true},
        {"syllogisms", "q", "no", "No, it does not necessarily follow.", true},
        {"syllogisms", "q", "yes", "Yes, it does follow. There is no doubt.", true},
        {"truth", "Is true and false true or false?", "false",
         "The expression evaluates to **False**.", true},
        {"truth", "Evaluate true and false", "false", "`true and false` is false.", true},
        {"change", "q 20 12.65", "7.35", "You get $7.35 back.", true},
        {"change", "q 20 12.65", "7.35", "20 - 12.65 = 7.45", false},
        {"units", "3 km in m", "3000", "3 km = 3,000 m", true},
        {"leap-year", "Is 1900 a leap year?", "no", "1900 was not a leap year.", true},
        {"month-length", "How many days in April 2023?", "30", "April 2023 has 30 days.", true},
        {"caesar", "Shift each letter of abc by 3", "def", "d-e-f", true},
        {"caesar", "Shift each letter of abc by 3", "def", "The answer is DEF.", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct task_problem p;
        task_problem_init(&p);
        p.n_turns = 1;
        str_add(&p.turns[0].question, cases[i].question);
        str_add(&p.gold, cases[i].gold);
        bool right = task_family_find(cases[i].family)->check(&p, cases[i].answer);
        if (right != cases[i].right)
            fail_msg("%s: gold %s, answer \"%s\"", cases[i].family, cases[i].gold, cases[i].answer);
        task_problem_done(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_solves_its_own_problems),
        cmocka_unit_test(another_problems_answer_is_wrong),
        cmocka_unit_test(a_thought_ends_with_the_result_that_is_answered),
        cmocka_unit_test(texts_stay_short_enough_for_the_model),
        cmocka_unit_test(the_same_stream_gives_the_same_problem),
        cmocka_unit_test(no_test_question_is_a_training_question),
        cmocka_unit_test(thoughts_of_problems_begin_with_what_is_asked),
        cmocka_unit_test(the_weekday_of_a_date_agrees_with_the_c_library),
        cmocka_unit_test(words_belong_to_their_split),
        cmocka_unit_test(questions_begin_in_many_ways),
        cmocka_unit_test(claims_are_found_in_free_text),
        cmocka_unit_test(answers_of_any_model_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
