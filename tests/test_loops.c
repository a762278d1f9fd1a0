/* The loop detector: streams that go round in circles are found, soon; lists, tables, code and the
 * built-in model's right thoughts are not. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/loops.h"

static struct model *model; /* for its tokenizer */

static int open_model(void **state) {
    struct err e = {""};
    (void)state;
    model = model_open("engine/builtin/aside-mini.gguf", &e);
    if (!model) print_error("%s\n", e.msg);
    return model == NULL;
}

static int close_model(void **state) {
    (void)state;
    model_close(model);
    return 0;
}

/* Feeds a text; returns after how many tokens a loop was found, 0: never. *n: of how many. */
static size_t found_in(const char *text, size_t len, float entropy, size_t *n) {
    struct loops *l = mem_calloc(1, sizeof *l);
    struct tokens ids = {0};
    size_t found = 0;
    tokenizer_encode(model_tokenizer(model), text, len, TOKENIZE_LITERAL, &ids);
    loops_reset(l);
    for (size_t i = 0; i < ids.n && !found; i++) {
        loops_add(l, ids.ids[i], entropy);
        if (loops_found(l)) found = i + 1;
    }
    if (n) *n = ids.n;
    tokens_free(&ids);
    free(l);
    return found;
}

/* ---- Loops ---------------------------------------------------------------------------------- */

static void every_period_is_found_after_its_fourth_lap(void **state) {
    (void)state;
    static const int periods[] = {1, 2, 7, 8, 9, 40, 127, 128, 129, 300, 1000};
    struct loops *l = mem_calloc(1, sizeof *l);
    for (size_t k = 0; k < sizeof periods / sizeof *periods; k++) {
        int period = periods[k], before = 50, found = 0;
        loops_reset(l);
        for (int i = 0; i < before; i++) loops_add(l, 5000 + i, 1.0f);
        for (int i = 0; i < 10 * period + 1000 && !found; i++) {
            loops_add(l, 100 + i % period, 1.0f);
            if (loops_found(l)) found = i + 1;
        }
        int latest = LOOPS_REPEATS * period + LOOPS_SPAN + LOOPS_WINDOW;
        if (latest < LOOPS_LEAST - before) latest = LOOPS_LEAST - before;
        /* a few spans may have lost their place in the table */
        assert_in_range(found, LOOPS_REPEATS * period, latest + period / 10);
    }
    free(l);
}

/* As models write it when they cannot leave a thought. */
static void thoughts_that_circle_are_found(void **state) {
    (void)state;
    static const char *const laps[] = {
        "Wait, but the problem says that the answer is an integer. So maybe I made a mistake. ",
        "Let me check again.\n\n9.11 is larger than 9.9? No. 9.9 is larger than 9.11? Yes.\n\n",
        "0",
        "\n",
        "Hmm. ",
        "I need to think about this more carefully. Let me re-read the question. "
        "The question asks for the number of r's in strawberry. s-t-r-a-w-b-e-r-r-y. That's three. "
        "But wait, is it? Let me count again, letter by letter, to be sure about it. "};
    for (size_t k = 0; k < sizeof laps / sizeof *laps; k++) {
        struct str text = STR_INIT;
        size_t n;
        while (text.len < 12000) str_add(&text, laps[k]);
        size_t found = found_in(text.s, text.len, 0.05f, &n);
        assert_in_range(found, LOOPS_LEAST, n / 2);
        str_free(&text);
    }
}

/* Two thoughts that never ended, as an early built-in model thought them (greedily): a sum of 27
 * digits, a row of letters. Lines of a token's number and entropy. */
static void real_thoughts_that_never_ended_are_found(void **state) {
    (void)state;
    static const char *const names[] = {"sum", "letters"};
    struct loops *l = mem_calloc(1, sizeof *l);
    for (int k = 0; k < 2; k++) {
        char path[64];
        int id;
        float entropy;
        size_t n = 0, found = 0;
        snprintf(path, sizeof path, "tests/golden/loops/%s.tsv", names[k]);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        for (loops_reset(l); fscanf(f, "%d %f", &id, &entropy) == 2; n++) {
            loops_add(l, id, entropy);
            if (!found && loops_found(l)) found = n + 1;
        }
        fclose(f);
        assert_int_equal(n, 700);
        assert_in_range(found, LOOPS_LEAST, 600);
    }
    free(l);
}

/* Each lap differs by a number; only together with the missing doubt is that a loop. */
static void a_loop_that_counts_its_laps_is_found_when_the_model_is_sure(void **state) {
    (void)state;
    struct str text = STR_INIT;
    for (int i = 1; i < 200; i++)
        str_addf(&text, "Attempt %d: I will try to find the number that was asked for again. ", i);
    assert_in_range(found_in(text.s, text.len, 0.001f, NULL), LOOPS_LEAST, 2000);
    assert_int_equal(found_in(text.s, text.len, 0.2f, NULL), 0);
    str_free(&text);
}

static void a_short_thought_is_never_a_loop(void **state) {
    (void)state;
    struct loops *l = mem_calloc(1, sizeof *l);
    loops_reset(l);
    for (int i = 0; i < LOOPS_LEAST - 1; i++) {
        loops_add(l, 7, 0);
        assert_false(loops_found(l));
    }
    loops_add(l, 7, 0);
    assert_true(loops_found(l));
    loops_reset(l); /* another thought */
    assert_false(loops_found(l));
    free(l);
}

/* ---- What is none --------------------------------------------------------------------------- */

static void lists_and_tables_are_no_loops(void **state) {
    (void)state;
    struct str text = STR_INIT;
    str_add(&text, "| n | n^2 | n^3 | even | remark |\n|---|---|---|---|---|\n");
    for (int i = 1; i <= 120; i++)
        str_addf(&text, "| %d | %d | %d | %s | – |\n", i, i * i, i * i * i, i % 2 ? "no" : "yes");
    for (int i = 1; i <= 12; i++)
        for (int k = 1; k <= 12; k++) str_addf(&text, "%d x %d = %d\n", i, k, i * k);
    for (int i = 0; i < 100; i++)
        str_addf(&text, "%d. The %d-th number of the sequence is %d, which is %s.\n", i + 1, i + 1,
                 i * (i + 1) / 2, i % 3 ? "fine" : "divisible by three");
    for (int i = 0; i < 60; i++)
        str_addf(&text, "- [%c] item %c%d\n", i % 2 ? 'x' : ' ', 'a' + i % 26, i);
    /* however sure a model is of it */
    assert_int_equal(found_in(text.s, text.len, 0.5f, NULL), 0);
    assert_int_equal(found_in(text.s, text.len, 0.02f, NULL), 0);
    str_free(&text);
}

/* Real code, prose and tables: this project's own. */
static void no_file_of_this_project_is_a_loop(void **state) {
    (void)state;
    static const char *const folders[] = {"app", "base", "engine", "history",
                                          "ui",  "man",  "tests",  "engine/kernels"};
    size_t n_files = 0, n_tokens = 0;
    for (size_t k = 0; k < sizeof folders / sizeof *folders; k++) {
        DIR *d = opendir(folders[k]);
        assert_non_null(d);
        for (struct dirent *f; (f = readdir(d));) {
            struct str path = STR_INIT, text = STR_INIT;
            const char *dot = strrchr(f->d_name, '.');
            str_addf(&path, "%s/%s", folders[k], f->d_name);
            size_t n = 0, found = 0;
            struct err e;
            if (dot && strstr(".c.h.in.sh", dot) && files_read_whole(path.s, 1 << 20, &text, &e)) {
                found = found_in(text.s, text.len, 0.05f, &n);
                if (found) print_error("%s: after %zu tokens\n", path.s, found);
                assert_int_equal(found, 0);
                n_files++;
            }
            n_tokens += n;
            str_free(&path);
            str_free(&text);
        }
        closedir(d);
    }
    assert_true(n_files > 150 && n_tokens > 100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_period_is_found_after_its_fourth_lap),
        cmocka_unit_test(thoughts_that_circle_are_found),
        cmocka_unit_test(real_thoughts_that_never_ended_are_found),
        cmocka_unit_test(a_loop_that_counts_its_laps_is_found_when_the_model_is_sure),
        cmocka_unit_test(a_short_thought_is_never_a_loop),
        cmocka_unit_test(lists_and_tables_are_no_loops),
        cmocka_unit_test(no_file_of_this_project_is_a_loop),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
