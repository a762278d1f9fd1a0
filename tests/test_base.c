/* The helpers that everyone shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/utf8.h"

static void an_error_is_always_one_line(void **state) {
    (void)state;
    struct err e;
    assert_false(err_set(&e, "%s", "two\nlines\x1b[2J"));
    assert_string_equal(e.msg, "two lines [2J");
    assert_false(err_prefix(&e, "file %d", 7));
    assert_string_equal(e.msg, "file 7: two lines [2J");
    assert_false(err_set(NULL, "nobody listens"));
}

static void every_code_point_survives_encoding(void **state) {
    (void)state;
    for (unsigned cp = 0; cp <= 0x10FFFF; cp++) {
        if (cp >= 0xD800 && cp <= 0xDFFF) continue;
        char buf[4];
        unsigned back;
        bool ok;
        size_t n = utf8_encode(cp, buf);
        assert_int_equal(utf8_decode(buf, n, &back, &ok), n);
        assert_true(ok && back == cp);
        for (size_t k = 1; k < n; k++) assert_int_equal(utf8_incomplete_tail(buf, k), k);
        assert_int_equal(utf8_incomplete_tail(buf, n), 0);
    }
}

static void broken_bytes_are_taken_one_at_a_time(void **state) {
    (void)state;
    static const char *const broken[] = {
        "\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80", "\xF8\x88\x80", "\xFF"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        unsigned cp;
        bool ok;
        assert_int_equal(utf8_decode(broken[i], strlen(broken[i]), &cp, &ok), 1);
        assert_true(!ok && cp == UTF8_REPLACEMENT);
        assert_false(utf8_valid(broken[i], strlen(broken[i])));
        assert_int_equal(utf8_incomplete_tail(broken[i], strlen(broken[i])), 0);
    }
}

static void nothing_that_moves_a_cursor_gets_through(void **state) {
    (void)state;
    struct str out = STR_INIT;
    static const char hostile[] = "a\x1b[31mb\r\x07\xC2\x9B"
                                  "1m\xE2\x80\xAE\x7F\n\t\xC3";
    utf8_add_harmless(&out, hostile, sizeof hostile - 1);
    for (size_t i = 0; i < out.len; i++) {
        unsigned char c = (unsigned char)out.s[i];
        assert_true(c >= 0x20 || c == '\n' || c == '\t');
        assert_true(c != 0x7F);
    }
    assert_null(strstr(out.s, "\xC2\x9B"));
    assert_null(strstr(out.s, "\xE2\x80\xAE"));
    assert_true(utf8_valid(out.s, out.len));
    str_free(&out);
}

static void a_string_grows_and_hands_itself_over(void **state) {
    (void)state;
    struct str s = STR_INIT;
    assert_string_equal(str_cstr(&s), "");
    for (int i = 0; i < 1000; i++) str_addf(&s, "%d,", i % 10);
    assert_int_equal(s.len, 2000);
    str_truncate(&s, 4);
    str_addn(&s, "\0x", 2);
    assert_int_equal(s.len, 6);
    char *owned = str_take(&s);
    assert_memory_equal(owned, "0,1,\0x", 7);
    assert_null(s.s);
    free(owned);
    assert_true(str_starts("abc", "ab") && !str_starts("a", "ab"));
    assert_true(str_ends("abc", "bc") && !str_ends("c", "bc"));
}

static void random_numbers_are_a_function_of_their_place(void **state) {
    (void)state;
    struct rng a = {1, 2, 0}, b = {1, 2, 500};
    for (int i = 0; i < 500; i++) rng_next(&a);
    assert_true(rng_next(&a) == rng_next(&b));
    assert_true(rng_hash(1, 2, 3) != rng_hash(1, 3, 2));
    double sum = 0, squares = 0;
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        double x = rng_normal(&a);
        sum += x, squares += x * x;
        counts[rng_below(&a, 7)]++;
    }
    assert_true(fabs(sum / 70000) < 0.02 && fabs(squares / 70000 - 1) < 0.03);
    for (int i = 0; i < 7; i++) assert_true(abs(counts[i] - 10000) < 500);
}

static void the_clock_can_be_fixed(void **state) {
    (void)state;
    setenv("ASIDE_NOW", "2025-01-02T03:04:05Z", 1);
    assert_true(clock_is_fixed());
    assert_true(clock_now_ms() == 1735787045000);
    setenv("ASIDE_NOW", "nonsense", 1);
    assert_false(clock_is_fixed());
    unsetenv("ASIDE_NOW");
    int64_t t = clock_mono_us();
    assert_true(clock_mono_us() >= t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_always_one_line),
        cmocka_unit_test(every_code_point_survives_encoding),
        cmocka_unit_test(broken_bytes_are_taken_one_at_a_time),
        cmocka_unit_test(nothing_that_moves_a_cursor_gets_through),
        cmocka_unit_test(a_string_grows_and_hands_itself_over),
        cmocka_unit_test(random_numbers_are_a_function_of_their_place),
        cmocka_unit_test(the_clock_can_be_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
