/* Files in messages: which words name one, and what comes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/attach.h"
#include "base/base64.h"
#include "base/files.h"

static int setup(void **state) {
    static char dir[] = "/tmp/aside-attach-XXXXXX";
    struct err e;
    *state = mkdtemp(dir);
    if (!*state || chdir(dir) != 0) return 1;
    setenv("HOME", dir, 1);
    return !(files_write_whole("notes.txt", "one\ntwo", 7, &e) &&
             files_write_whole("with space.md", "a\n```\nb\n```\n", 12, &e) &&
             files_write_whole("bytes.bin", "\xff\xfe\0", 3, &e));
}

static void expect(const char *message, const char *becomes) {
    struct str out = STR_INIT;
    struct err e = {""};
    assert_true(attach_expand(&out, message, &e));
    assert_string_equal(out.s, becomes);
    str_free(&out);
}

static void a_named_file_is_added_once_behind_the_message(void **state) {
    (void)state;
    expect("sum up @notes.txt, please: @notes.txt",
           "sum up @notes.txt, please: @notes.txt\n\nnotes.txt:\n```\none\ntwo\n```\n");
    expect("@~/notes.txt", "@~/notes.txt\n\n~/notes.txt:\n```\none\ntwo\n```\n");
}

static void words_that_name_no_file_stay_text(void **state) {
    (void)state;
    expect("ask me@example.org or @nobody", "ask me@example.org or @nobody");
    expect("@", "@");
    expect("@/", "@/"); /* a directory is none either */
}

static void the_fence_is_longer_than_any_in_the_file(void **state) {
    (void)state;
    expect("see @\"with space.md\"",
           "see @\"with space.md\"\n\nwith space.md:\n````\na\n```\nb\n```\n````\n");
}

static void what_is_no_text_is_refused(void **state) {
    (void)state;
    struct str out = STR_INIT;
    struct err e = {""};
    assert_false(attach_expand(&out, "look at @bytes.bin", &e));
    assert_string_equal(e.msg, "bytes.bin: not a text file");
    str_free(&out);
}

static void base64_is_that_of_the_rfc(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xfb\xf0", "//vw"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct str out = STR_INIT;
        base64_add(&out, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(str_cstr(&out), pairs[i][1]);
        str_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_file_is_added_once_behind_the_message),
        cmocka_unit_test(words_that_name_no_file_stay_text),
        cmocka_unit_test(the_fence_is_longer_than_any_in_the_file),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(base64_is_that_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
