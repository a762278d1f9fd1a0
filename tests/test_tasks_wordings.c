/* The grammar of wordings: choices are made as written, frames are kept for validation, operands
 * survive the roughening, and, for every family, no wording of training can say a sentence of the
 * test split, whichever choices are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/tasks/families.h"
#include "engine/tasks/vary.h"
#include "engine/tasks/ways.h"

/* ---- what a pattern can say ---------------------------------------------------------------- */

/* What is still to be matched after the piece at hand. */
struct rest {
    const char *from, *end;
    const struct rest *then;
};

/* Letters, digits and braces count; case, marks and spaces do not. */
static bool counts(char c) {
    return isalnum((unsigned char)c) || c == '{' || c == '}' || (unsigned char)c > 127;
}

/* Where the alternative at c ends: at '|' or ']' of its own level. */
static const char *piece_end(const char *c, const char *end) {
    for (int depth = 0; c < end; c++) {
        if (depth == 0 && (*c == '|' || *c == ']')) break;
        depth += (*c == '[') - (*c == ']');
    }
    return c;
}

static bool says(const char *c, const char *end, const struct rest *then, const char *thing,
                 const char *text);

/* Whether one of the alternatives that begin at c says the text's beginning, and `then` its end. */
static bool any_says(const char *c, const char *end, const struct rest *then, const char *thing,
                     const char *text) {
    for (;; c++) {
        const char *stop = piece_end(c, end);
        if (says(c, stop, then, thing, text)) return true;
        if (stop >= end || *stop != '|') return false;
        c = stop;
    }
}

static bool says(const char *c, const char *end, const struct rest *then, const char *thing,
                 const char *text) {
    for (;; c++) {
        if (c >= end) {
            if (then) return says(then->from, then->end, then->then, thing, text);
            while (*text && !counts(*text)) text++;
            return *text == '\0';
        }
        const char *close = *c == '<' ? memchr(c, '>', (size_t)(end - c)) : NULL;
        const char *slot = close ? vary_slot(c + 1, (size_t)(close - c - 1)) : NULL;
        if (*c == '[' || slot || (thing && strncmp(c, "{x}", 3) == 0)) {
            const char *list = *c == '[' ? c + 1 : slot ? slot : thing;
            const char *list_end = list + strlen(list), *after = slot ? close + 1 : c + 3;
            if (*c == '[') {
                for (list_end = list; *list_end != ']' && list_end < end;)
                    list_end = piece_end(list_end + (*list_end == '|'), end);
                after = list_end + 1;
            }
            struct rest rest = {after, end, then};
            /* the thing has no choice of its own on the outermost level, nor a place {x} */
            return *c == '{' ? says(list, list_end, &rest, NULL, text)
                             : any_says(list, list_end, &rest, thing, text);
        }
        if (!counts(*c)) continue;
        while (*text && !counts(*text)) text++;
        if (tolower((unsigned char)*c) != tolower((unsigned char)*text)) return false;
        text++;
    }
}

static bool pattern_says(const char *pattern, const char *thing, const char *text) {
    return says(pattern, pattern + strlen(pattern), NULL, thing, text);
}

static void the_matcher_finds_what_can_be_said(void **state) {
    (void)state;
    const char *p = "[What [is|was]|<find>] {x}[|, please]?";
    assert_true(
        pattern_says(p, "the sum of {a} [and|plus] {b}", "What was the sum of {a} plus {b}"));
    assert_true(pattern_says(p, "{a}", "work out {a} PLEASE!"));
    assert_true(pattern_says("{a}[|?]", NULL, "{a}"));
    assert_false(
        pattern_says(p, "the sum of {a} [and|plus] {b}", "What will the sum of {a} plus {b}"));
    assert_false(pattern_says(p, "{a}", "What is {a} pleas"));
    assert_false(pattern_says(p, "{a}", "What is"));
    assert_true(pattern_says("<word> here", NULL, "the word \"{a}\" here"));
}

/* ---- the families -------------------------------------------------------------------------- */

static int said; /* sentences of the test split that training can say */

static void expect_unsaid(const char *family, const char *pattern, const char *thing,
                          const char *const *test) {
    for (; *test; test++) {
        if (!pattern_says(pattern, thing, *test)) continue;
        print_error("%s: \"%s\" with \"%s\" says the test's \"%s\"\n", family, pattern,
                    thing ? thing : "", *test);
        said++;
    }
}

static void expect_frames_unsaid(const char *family, const char *const *frames,
                                 const char *const *things, const char *const *test) {
    for (; things && *things; things++)
        for (const char *const *f = frames; *f; f++) expect_unsaid(family, *f, *things, test);
}

static void expect_ways_unsaid(const char *family, const struct wordings *w) {
    char way[512];
    if (!w->ways) return;
    const char *line = ways_text(w->ways);
    if (!line) fail_msg("%s: no ways/%s.txt", family, w->ways);
    for (const char *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_true((size_t)(end - line) < sizeof way);
        snprintf(way, sizeof way, "%.*s", (int)(end - line), line);
        expect_unsaid(family, way, NULL, w->test);
    }
}

static void expect_wordings_apart(const char *family, const struct wordings *w) {
    for (const char *const *s = w->train; *s; s++) expect_unsaid(family, *s, NULL, w->test);
    expect_ways_unsaid(family, w);
    expect_frames_unsaid(family, vary_amounts, w->amounts, w->test);
    expect_frames_unsaid(family, vary_deeds, w->deeds, w->test);
    expect_frames_unsaid(family, vary_claims, w->claims, w->test);
}

static void no_wording_can_say_a_test_sentence(void **state) {
    (void)state;
    for (size_t f = 0; task_families[f]; f++) {
        const struct wordings *seen[64] = {NULL};
        size_t n = 0;
        for (uint64_t i = 0; i < 400; i++) {
            struct rng r = {.seed = 3, .stream = i};
            struct task_problem p;
            task_problem_init(&p);
            task_families[f]->make(&r, TASK_TRAIN, &p);
            size_t k = 0;
            while (k < n && seen[k] != p.asked) k++;
            if (k == n && n < 64) {
                assert_non_null(p.asked);
                seen[n++] = p.asked;
                expect_wordings_apart(task_families[f]->name, p.asked);
            }
            task_problem_done(&p);
        }
        assert_true(n > 0);
    }
    assert_int_equal(said, 0);
}

/* Thousands of questions of a family are hardly ever worded alike. */
static void a_family_asks_in_hundreds_of_ways(void **state) {
    (void)state;
    const char *names[] = {"addition", "sort-numbers", "spell", "prime", "greeting", "help-aside"};
    for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
        static uint64_t seen[1000];
        size_t n = 0;
        for (uint64_t i = 0; i < 1000; i++) {
            struct rng r = {.seed = 4, .stream = i};
            struct task_problem p;
            struct str s = STR_INIT;
            task_problem_init(&p);
            task_family_find(names[f])->make(&r, TASK_TRAIN, &p);
            vary_wording(&r, TASK_TRAIN, p.asked, true, &s);
            uint64_t h = 1469598103934665603u;
            for (size_t c = 0; c < s.len; c++) h = (h ^ (unsigned char)s.s[c]) * 1099511628211u;
            size_t k = 0;
            while (k < n && seen[k] != h) k++;
            if (k == n) seen[n++] = h;
            str_free(&s);
            task_problem_done(&p);
        }
        if (n < 250) fail_msg("%s: %zu of 1000", names[f], n);
    }
}

static void every_choice_is_made(void **state) {
    (void)state;
    const char *want[] = {"a c", "a d", "a", "b c", "b d", "b"};
    int times[6] = {0};
    for (uint64_t i = 0; i < 300; i++) {
        struct rng r = {.seed = 5, .stream = i};
        struct str s = STR_INIT;
        vary_expand(&r, "[a|b][ [c|d]|]", &s);
        for (int k = 0; k < 6; k++) times[k] += strcmp(str_cstr(&s), want[k]) == 0;
        str_free(&s);
    }
    for (int k = 0; k < 6; k++) assert_true(times[k] > 10);
    assert_int_equal(times[0] + times[1] + times[2] + times[3] + times[4] + times[5], 300);
}

/* Numbers in a question are those of the problem, whatever is done to the words about them. */
static void operands_stay_as_they_are(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        struct rng r = {.seed = 6, .stream = i};
        struct str q = STR_INIT;
        static const char *const asks[] = {"[Add|Count] {a} and {b}.", "what is {b} and {a}", NULL};
        struct wordings w = {.train = asks, .test = asks};
        struct task_problem p;
        task_problem_init(&p);
        ask_question(&p, &r, TASK_TRAIN, &w, ASK_ARGS("1234567", "Zebra"));
        str_add(&q, str_cstr(&p.turns[0].question));
        if (!strstr(q.s, "1234567") || !strstr(q.s, "Zebra")) fail_msg("%s", q.s);
        if (strchr(q.s, '[') || strchr(q.s, ']') || strchr(q.s, '{')) fail_msg("%s", q.s);
        str_free(&q);
        task_problem_done(&p);
    }
}

static void validation_asks_in_frames_of_its_own(void **state) {
    (void)state;
    static const char *const things[] = {"zzz", NULL}, *const none[] = {"qqq", NULL};
    const struct wordings w = {.train = none, .test = none, .amounts = things, .deeds = things};
    int alike = 0;
    for (uint64_t i = 0; i < 400; i++) {
        struct rng a = {.seed = 8, .stream = i}, b = {.seed = 9, .stream = i};
        struct str s = STR_INIT, t = STR_INIT;
        vary_wording(&a, TASK_VALIDATE, &w, false, &s);
        vary_wording(&b, TASK_TRAIN, &w, false, &t);
        assert_null(strstr(str_cstr(&s), "qqq"));
        alike += strcmp(s.s, str_cstr(&t)) == 0;
        str_free(&s);
        str_free(&t);
    }
    assert_true(alike < 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matcher_finds_what_can_be_said),
        cmocka_unit_test(no_wording_can_say_a_test_sentence),
        cmocka_unit_test(a_family_asks_in_hundreds_of_ways),
        cmocka_unit_test(every_choice_is_made),
        cmocka_unit_test(operands_stay_as_they_are),
        cmocka_unit_test(validation_asks_in_frames_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
