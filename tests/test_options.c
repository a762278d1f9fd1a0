/* Options: the table, the config file, the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/options.h"
#include "app/presets.h"
#include "app/transcript.h"
#include "base/files.h"

static char config[64];

static int setup(void **state) {
    strcpy(config, "/tmp/aside-config-XXXXXX");
    *state = mkdtemp(config);
    strcat(config, "/sub/config");
    setenv("ASIDE_CONFIG", config, 1);
    return 0;
}

static void write_config(const char *text) {
    struct err e;
    assert_true(files_write_whole(config, text, strlen(text), &e));
}

static void every_default_is_a_valid_value_and_reads_back(void **state) {
    (void)state;
    struct options o;
    options_init(&o);
    for (const struct option *opt = options_table; opt->name; opt++) {
        struct str now = STR_INIT;
        option_get(&o, opt, &now);
        assert_string_equal(str_cstr(&now), opt->fallback);
        assert_true(strlen(opt->help) > 10);
        str_free(&now);
    }
    options_done(&o);
}

static void the_config_file_sets_and_names_its_wrong_line(void **state) {
    (void)state;
    struct options o;
    struct err e;
    options_init(&o);
    write_config("# mine\n\n temp = 0.5 \nthink=off\nsave = no\n");
    assert_true(options_load(&o, &e));
    assert_true(o.temp == 0.5 && !o.save);
    assert_string_equal(o.think, "off");
    static const char *const wrong[] = {"temp = hot\n",       "colour = red\n",  "temp\n",
                                        "top-p = 2\n",        "predict = 1.5\n", "think = maybe\n",
                                        "thinking = shown\n", "seed = 1e999\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct str text = STR_INIT;
        str_addf(&text, "# one\n%s", wrong[i]);
        write_config(text.s);
        assert_false(options_load(&o, &e));
        assert_non_null(strstr(e.msg, "config:2: "));
        str_free(&text);
    }
    options_done(&o);
}

static void persisting_one_setting_keeps_the_rest(void **state) {
    (void)state;
    struct err e;
    struct str text = STR_INIT;
    write_config("# mine\ntemp = 0.5\n# end\ntemp = 0.6\n");
    struct options o, again;
    options_init(&o);
    assert_true(option_set(&o, "temp", "0.7", &e) && option_set(&o, "think", "on", &e));
    assert_true(option_set(&o, "system", "one\ntwo\\three\\n", &e));
    assert_true(options_persist(&o, option_find("temp"), &e));
    assert_true(options_persist(&o, option_find("think"), &e));
    assert_true(options_persist(&o, option_find("system"), &e));
    assert_true(files_read_whole(config, 1000, &text, &e));
    assert_string_equal(text.s, "# mine\ntemp = 0.7\n# end\nthink = on\n"
                                "system = one\\ntwo\\\\three\\\\n\n");
    options_init(&again);
    assert_true(options_load(&again, &e));
    assert_string_equal(again.system, o.system);
    options_done(&o);
    options_done(&again);
    str_free(&text);
}

static void a_preset_sets_what_it_says_and_leaves_the_rest(void **state) {
    (void)state;
    struct options o, fresh;
    struct err e;
    options_init(&o);
    assert_true(option_set(&o, "system", "Say it\nshort.", &e) && option_set(&o, "temp", "0", &e));
    assert_true(option_set(&o, "theme", "mono", &e)); /* not a matter of presets */
    assert_true(preset_save(&o, "terse", &e));
    options_init(&fresh);
    assert_true(option_set(&fresh, "top-k", "7", &e));
    assert_true(option_set(&fresh, "preset", "terse", &e));
    assert_string_equal(fresh.system, "Say it\nshort.");
    assert_string_equal(fresh.preset, "terse");
    assert_string_equal(fresh.theme, "calm");
    assert_true(fresh.temp == 0 && fresh.top_k == 7);
    char **names = preset_names();
    assert_string_equal(names[0], "terse");
    assert_null(names[1]);
    preset_names_free(names);
    options_done(&o);
    options_done(&fresh);
}

static void a_preset_that_fails_changes_nothing(void **state) {
    (void)state;
    struct options o;
    struct err e;
    struct str path = STR_INIT;
    options_init(&o);
    str_addn(&path, config, strlen(config) - strlen("config"));
    size_t folder = path.len;
    static const struct {
        const char *name, *text, *says;
    } bad[] = {{"half", "temp = 0.5\ntemp = hot\n", "half:2: "},
               {"loop", "temp = 0.5\npreset = loop\n", "loop:2: a preset cannot"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        str_truncate(&path, folder);
        str_addf(&path, "presets/%s", bad[i].name);
        assert_true(files_write_whole(path.s, bad[i].text, strlen(bad[i].text), &e));
        assert_false(option_set(&o, "preset", bad[i].name, &e));
        assert_non_null(strstr(e.msg, bad[i].says));
        assert_true(o.temp == -1 && !o.preset);
        assert_true(preset_delete(bad[i].name, &e));
    }
    assert_false(option_set(&o, "preset", "none", &e));
    assert_non_null(strstr(e.msg, "there is no preset \"none\""));
    assert_false(option_set(&o, "preset", "../config", &e));
    assert_false(preset_save(&o, "empty", &e)); /* nothing differs from the defaults */
    str_free(&path);
    options_done(&o);
}

static bool take(struct options *o, struct err *e, char **words, int n) {
    struct args a = {n, 0, words, NULL, false};
    while (a.next < n)
        if (!options_take(o, &a, e)) return false;
    return true;
}

static void flags_have_long_short_attached_and_negated_forms(void **state) {
    (void)state;
    struct options o;
    struct err e;
    options_init(&o);
    char *words[] = {"-m",     "a.gguf", "--ctx-size=512", "-t", "3", "--no-save",
                     "--temp", "-1",     "--mouse"};
    assert_true(take(&o, &e, words, 9));
    assert_string_equal(o.model, "a.gguf");
    assert_true(o.ctx_size == 512 && o.threads == 3 && !o.save && o.mouse && o.temp == -1);
    char *lacking[] = {"--temp"}, *unknown[] = {"--tempo"}, *bad[] = {"-t", "many"};
    assert_false(take(&o, &e, lacking, 1));
    assert_non_null(strstr(e.msg, "needs a value"));
    assert_false(take(&o, &e, unknown, 1));
    assert_string_equal(e.msg, "");
    assert_false(take(&o, &e, bad, 2));
    assert_non_null(strstr(e.msg, "many"));
    options_done(&o);
}

static void a_title_is_one_short_line_of_whole_characters(void **state) {
    (void)state;
    char *title = transcript_title("  two\n\nlines  ");
    assert_string_equal(title, "two lines");
    free(title);
    char text[600];
    for (int i = 0; i < 199; i++) memcpy(text + 3 * i, "\xE6\x97\xA5", 4);
    title = transcript_title(text);
    assert_int_equal(strlen(title), 61 * 3);
    free(title);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_default_is_a_valid_value_and_reads_back, setup),
        cmocka_unit_test_setup(the_config_file_sets_and_names_its_wrong_line, setup),
        cmocka_unit_test_setup(persisting_one_setting_keeps_the_rest, setup),
        cmocka_unit_test_setup(a_preset_sets_what_it_says_and_leaves_the_rest, setup),
        cmocka_unit_test_setup(a_preset_that_fails_changes_nothing, setup),
        cmocka_unit_test_setup(flags_have_long_short_attached_and_negated_forms, setup),
        cmocka_unit_test_setup(a_title_is_one_short_line_of_whole_characters, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
