/* Pre-tokenizers: where each cuts a text, against another engine that runs the published regexes as
 * they stand. (Ours are written so that they end soon on any text.)
 *
 * tests/golden/pretokenizers.jsonl was made with Python's `regex` module from the regexes of the
 * original tokenizers: a line for each pre-tokenizer and text, with its pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/str.h"
#include "engine/tokenizer_private.h"

enum { PRETOKENIZERS = 28, TEXTS = 15 };

/* Puts a bar behind every piece. */
static void show(struct str *out, const char *s, size_t n) {
    str_addn(out, s, n);
    str_addc(out, '\x01');
}

static void take_piece(void *ctx, const char *s, size_t n) { show(ctx, s, n); }

static void print_pieces(const char *what, const char *s) {
    print_error("    %s ", what);
    for (; *s; s++) print_error("%c", *s == '\x01' ? '|' : *s);
    print_error("\n");
}

static bool same_pieces(const struct pretokenizer *p, const cJSON *pieces, const char *name) {
    struct str text = STR_INIT, want = STR_INIT, got = STR_INIT;
    const cJSON *piece;
    cJSON_ArrayForEach(piece, pieces) {
        str_add(&text, piece->valuestring);
        show(&want, piece->valuestring, strlen(piece->valuestring));
    }
    struct pre_code *code = pre_compile(p);
    pre_split(code, str_cstr(&text), text.len, take_piece, &got);
    pre_code_free(code);
    bool same = strcmp(str_cstr(&got), str_cstr(&want)) == 0;
    if (!same) {
        print_error("%s:\n", name);
        print_pieces("got     ", got.s);
        print_pieces("expected", want.s);
    }
    str_free(&text), str_free(&want), str_free(&got);
    return same;
}

static void every_pretokenizer_cuts_where_the_published_one_does(void **state) {
    (void)state;
    struct str lines = STR_INIT;
    struct err e = {""};
    size_t n = 0, wrong = 0;
    if (!files_read_whole("tests/golden/pretokenizers.jsonl", 1 << 20, &lines, &e))
        fail_msg("%s", e.msg);
    for (char *line = strtok(lines.s, "\n"); line; line = strtok(NULL, "\n"), n++) {
        cJSON *j = cJSON_Parse(line);
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(j, "pre"));
        assert_non_null(name);
        const struct pretokenizer *p =
            pre_find((struct gguf_string){.s = name, .len = strlen(name)});
        if (!p) fail_msg("%s is unknown", name);
        wrong += !same_pieces(p, cJSON_GetObjectItem(j, "pieces"), name);
        cJSON_Delete(j);
    }
    assert_int_equal(n, PRETOKENIZERS * TEXTS);
    assert_int_equal(wrong, 0);
    str_free(&lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pretokenizer_cuts_where_the_published_one_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
