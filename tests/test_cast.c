/* Casts: the format, and the program recording a replay that a terminal then shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cast.h"
#include "base/files.h"
#include "base/utf8.h"
#include "tests/terminal.h"

static char folder[64], aside[1100];

static int setup(void **state) {
    struct str old = STR_INIT;
    struct err e;
    char db[96];
    strcpy(folder, "/tmp/aside-cast-XXXXXX");
    *state = mkdtemp(folder);
    snprintf(db, sizeof db, "%s/history.db", folder);
    if (!*state || !files_read_whole("tests/golden/history-1.db", 1u << 20, &old, &e) ||
        !files_write_whole(db, old.s, old.len, &e))
        return 1;
    str_free(&old);
    ssize_t len = readlink("/proc/self/exe", aside, 1000);
    aside[len > 0 ? len : 0] = '\0';
    strcpy(strstr(aside, "/tests/"), "/aside");
    setenv("ASIDE_DATA_DIR", folder, 1);
    setenv("ASIDE_CONFIG", "/dev/null", 1);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

static int sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int sh(const char *fmt, ...) {
    char line[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    return WEXITSTATUS(system(line));
}

struct read {
    int cols, rows, n_events;
    double last_s;
    struct str bytes; /* of all events but the last */
};

/* Reads a cast as its format is described, strictly. */
static void read_cast(const char *text, size_t n, struct read *r) {
    *r = (struct read){0};
    assert_true(utf8_valid(text, n));
    assert_true(n > 0 && text[n - 1] == '\n');
    struct str held = STR_INIT;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        const char *end;
        cJSON *o = cJSON_ParseWithOpts(line, &end, false);
        assert_non_null(o);
        assert_int_equal(*end, '\n');
        if (line == text) {
            assert_int_equal(cJSON_GetObjectItem(o, "version")->valueint, 2);
            r->cols = cJSON_GetObjectItem(o, "width")->valueint;
            r->rows = cJSON_GetObjectItem(o, "height")->valueint;
        } else {
            assert_int_equal(cJSON_GetArraySize(o), 3);
            double at = cJSON_GetArrayItem(o, 0)->valuedouble;
            assert_true(at >= r->last_s);
            r->last_s = at;
            assert_string_equal(cJSON_GetArrayItem(o, 1)->valuestring, "o");
            str_addn(&r->bytes, str_cstr(&held), held.len);
            str_clear(&held);
            str_add(&held, cJSON_GetArrayItem(o, 2)->valuestring);
            r->n_events++;
        }
        cJSON_Delete(o);
    }
    str_free(&held);
}

static void events_are_json_of_whole_characters_at_times_that_never_go_back(void **state) {
    (void)state;
    struct cast c;
    struct read r;
    cast_begin(&c, 80, 24, 1735786800000, "a \"title\"\n");
    cast_add(&c, 0, "\033[1m\"\\ \001 \xC3", 10);
    cast_add(&c, 2500000, "\xA9 \xFF", 3);
    cast_add(&c, 1000000, "\xE6\xBC", 2);
    cast_add(&c, 3000000, "\xA2.", 2);
    cast_add(&c, 3000000, "", 0);
    assert_non_null(strstr(c.out.s, "[0,\"o\",\"\\u001b[1m\\\"\\\\ \\u0001 \"]\n"));
    assert_non_null(strstr(c.out.s, "[2.5,\"o\",\"é \xEF\xBF\xBD\"]\n[2.5,\"o\",\"\"]\n"));
    assert_non_null(strstr(c.out.s, "\"timestamp\":1735786800,"));
    read_cast(c.out.s, c.out.len, &r);
    assert_int_equal(r.cols, 80);
    assert_int_equal(r.rows, 24);
    assert_int_equal(r.n_events, 5);
    assert_non_null(strstr(r.bytes.s, "漢."));
    str_free(&r.bytes);
    cast_free(&c);
}

static void a_size_is_two_numbers_in_bounds(void **state) {
    (void)state;
    static const char *const wrong[] = {"",       "80",    "80x",  "x24",
                                        "80x24x", "39x24", "80x9", "501x24"};
    struct cast_size s;
    assert_true(cast_size_read("120x32", &s));
    assert_true(s.cols == 120 && s.rows == 32);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(cast_size_read(wrong[i], &s));
}

/* Plays a cast, but for its last event, on the emulated terminal; the screen that comes of it. */
static void show(const struct read *r, struct str *screen) {
    char raw[96], command[200];
    struct err e;
    snprintf(raw, sizeof raw, "%s/raw", folder);
    assert_true(files_write_whole(raw, r->bytes.s, r->bytes.len, &e));
    snprintf(command, sizeof command, "stty raw; cat %s; sleep 30", raw);
    char *argv[] = {"/bin/sh", "-c", command, NULL};
    struct terminal *t = terminal_start(argv, r->rows, r->cols, NULL, -1);
    assert_true(terminal_wait(t, "replay: end"));
    terminal_settle(t, 100);
    terminal_screen(t, screen);
    terminal_end(t);
}

static void a_recorded_replay_shows_the_panels_on_a_terminal(void **state) {
    (void)state;
    static const struct {
        const char *size, *thought;
    } cases[] = {{"120x32", "│ Check: 3:r 8:r 10:y is 3."},
                 {"60x20", "▸ Thought for 1 s · 112 tokens"}};
    for (size_t i = 0; i < 2; i++) {
        struct str cast = STR_INIT, screen = STR_INIT;
        struct err e = {""};
        struct read r;
        char file[96];
        snprintf(file, sizeof file, "%s/%s.cast", folder, cases[i].size);
        assert_int_equal(sh("%s replay 1 --cast %s --size %s", aside, file, cases[i].size), 0);
        assert_true(files_read_whole(file, 1u << 20, &cast, &e));
        read_cast(cast.s, cast.len, &r);
        assert_true(r.n_events > 20);
        assert_true(r.last_s > 3 &&
                    r.last_s < 6); /* 1.5 s of tokens, the pauses before and after */
        show(&r, &screen);
        if (!strstr(screen.s, cases[i].thought) ||
            !strstr(screen.s, "The letter r occurs 3 times in strawberry."))
            fail_msg("%s", screen.s);
        str_free(&cast);
        str_free(&screen);
        str_free(&r.bytes);
    }
}

static void a_recording_that_fails_says_so_and_leaves_the_file_as_it_was(void **state) {
    (void)state;
    assert_int_equal(sh("cd %s && %s replay 9 --cast x.cast 2>err", folder, aside), 1);
    assert_int_equal(sh("cd %s && [ ! -e x.cast ] && [ $(wc -l <err) = 1 ]", folder), 0);
    assert_int_equal(sh("cd %s && grep -q 'no conversation 9' err", folder), 0);
    assert_int_equal(sh("cd %s && %s replay 1 --cast x.cast --size 5x5 2>err", folder, aside), 2);
    /* a limit on the size of files stands for the full disk */
    assert_int_equal(sh("cd %s && %s history list >/dev/null && echo old >x.cast && trap '' XFSZ &&"
                        " ulimit -f 2 && %s replay 1 --cast x.cast 2>err",
                        folder, aside, aside),
                     1);
    assert_int_equal(sh("cd %s && [ \"$(cat x.cast)\" = old ] && [ $(ls | grep -c cast) = 1 ] &&"
                        " [ $(wc -l <err) = 1 ]",
                        folder),
                     0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(events_are_json_of_whole_characters_at_times_that_never_go_back),
        TEST(a_size_is_two_numbers_in_bounds),
        TEST(a_recorded_replay_shows_the_panels_on_a_terminal),
        TEST(a_recording_that_fails_says_so_and_leaves_the_file_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
