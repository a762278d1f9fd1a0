/* How text becomes lines: clusters and their cells, breaking, Markdown, and that laying out a text
 * while it grows gives the very lines that laying it out at once gives. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "ui/markdown.h"
#include "ui/state.h"
#include "ui/text.h"

static int cols(const char *s) { return text_cols(s, strlen(s)); }

static void cells_of_clusters(void **state) {
    (void)state;
    assert_int_equal(cols("abc"), 3);
    assert_int_equal(cols("漢字"), 4);
    assert_int_equal(cols("e\xCC\x81"), 1);   /* e + acute */
    assert_int_equal(cols("\xCC\x81"), 0);    /* a mark without a base */
    assert_int_equal(cols("👩‍💻"), 4); /* shown as its two members */
    assert_int_equal(cols("👍🏽"), 2);    /* without the skin tone */
    assert_int_equal(cols("🇩🇪"), 2);          /* DE */
    assert_int_equal(cols("❤️"), 1);
    assert_int_equal(cols("a\tb\n"), 2);
}

static void a_cluster_is_never_cut(void **state) {
    (void)state;
    const char *s = "👩‍💻x";
    assert_int_equal(text_fit(s, strlen(s), 3), 0);
    assert_int_equal(text_fit(s, strlen(s), 4), strlen(s) - 1);
    struct cluster c;
    text_cluster(s, strlen(s), &c);
    assert_int_equal(c.bytes, strlen(s) - 1);
}

static void text_is_found_without_case(void **state) {
    (void)state;
    assert_int_equal(text_find("Which Is", 8, "is"), 6);
    assert_true(text_find("Which", 5, "is") == SIZE_MAX);
    assert_true(text_find("x", 1, "") == SIZE_MAX);
}

/* ---- Breaking ------------------------------------------------------------------------------- */

static void lines_are(const struct paper *p, const char *expected) {
    static struct str s;
    str_clear(&s);
    for (size_t i = 0; i < p->n_lines; i++) {
        str_addn(&s, str_cstr((struct str *)&p->text) + p->lines[i].text, p->lines[i].bytes);
        str_addc(&s, '|');
    }
    assert_string_equal(str_cstr(&s), expected);
}

static void plain(const char *text, int width, const char *expected) {
    struct paper p = {0};
    wrap_plain(&p, text, 0, strlen(text), width, 0);
    lines_are(&p, expected);
    paper_free(&p);
}

static void words_are_kept_whole(void **state) {
    (void)state;
    plain("one two three", 8, "one two|three|");
    plain("one  two", 4, "one|two|");
    plain("abcdefgh ij", 4, "abcd|efgh|ij|");
    plain("a\n\nb", 4, "a||b|");
    plain("  indented text", 8, "  indent|ed text|");
    plain("  in a text", 6, "  in a|text|");
    plain("well-known", 6, "well-|known|");
    plain("a -1 b", 4, "a -1|b|");
    plain("", 4, "");
}

static void wide_characters_break_anywhere_but_before_punctuation(void **state) {
    (void)state;
    plain("漢字漢字", 4, "漢字|漢字|");
    plain("漢字漢字", 5, "漢字|漢字|");
    plain("漢字、漢", 4, "漢|字、|漢|");
    plain("漢", 1, "漢|"); /* wider than the line: still shown */
}

static void a_line_knows_its_source(void **state) {
    (void)state;
    struct paper p = {0};
    const char *s = "one two three\nfour";
    wrap_plain(&p, s, 0, strlen(s), 8, 0);
    assert_int_equal(p.lines[1].src, 8);
    assert_int_equal(p.lines[2].src, 14);
    assert_int_equal(paper_at(&p, 9), 1);
    assert_int_equal(paper_at(&p, 100), 2);
    paper_free(&p);
}

/* ---- Markdown ------------------------------------------------------------------------------- */

static void marked(const char *text, int width, const char *expected) {
    struct paper p = {0};
    markdown_render(&p, text, 0, strlen(text), width);
    lines_are(&p, expected);
    paper_free(&p);
}

static void blocks_are_set_apart(void **state) {
    (void)state;
    marked("a\n\nb", 20, "a||b|");
    marked("a\n- b\n- c\n\nd", 20, "a||• b|• c||d|");
    marked("- a\n  - b\n- c", 20, "• a|  • b|• c|");
    marked("- a\n\n- b", 20, "• a||• b|");
    marked("7. a\n8. b", 20, "7. a|8. b|");
    marked("> a\n>\n> b", 20, "│ a|│|│ b|");
    marked("```\nx  y\n\n z\n```\nend", 20, "  x  y|  |   z||end|");
    marked("-\n- x", 20, "•  |• x|");
    marked("# A *b*\ntext", 20, "A b||text|");
}

static void html_stays_as_written(void **state) {
    (void)state;
    marked("<b>x</b> &amp; &#65; &bogus;", 40, "<b>x</b> & A &bogus;|");
    marked("&#27;[31m &#x9b;", 40, "&#27;[31m \xEF\xBF\xBD|"); /* nor does an entity escape */
}

static void deep_nesting_leaves_room(void **state) {
    (void)state;
    struct str s = {0};
    for (int i = 0; i < 60; i++) str_add(&s, "> ");
    str_add(&s, "words in the deep");
    struct paper p = {0};
    markdown_render(&p, s.s, 0, s.len, 40);
    for (size_t i = 0; i < p.n_lines; i++) assert_true(p.lines[i].cols <= 40);
    paper_free(&p);
    str_free(&s);
}

/* ---- Growing is the same as being there ----------------------------------------------------- */

static const char *const pieces[] = {
    "word ",       "longerword ", "\n",
    "\n\n",        "- item\n",    "1. one\n",
    "  - sub\n",   "**bold** ",   "*it* ",
    "`code` ",     "```\n",       "```c\nx;\n",
    "> quote\n",   "# Head\n\n",  "| a | b |\n|---|---|\n",
    "| 1 | 2 |\n", "漢字",        "👩‍💻 ",
    "e\xCC\x81",   "---\n\n",     "    ",
    "\t",          "~~~\n",       "[l](http://x) ",
    "* * *\n",     "+ plus\n",    "2) two\n",
    "a-b ",        "<b> ",        "\\* ",
    "&amp; ",      "עברית ",      "- ```\n  in\n",
};
enum { N_PIECES = sizeof pieces / sizeof *pieces };

/* Places may differ where Markdown is laid out in parts; the lines may not. */
static const char *show(const struct paper *p, struct str *out) {
    for (size_t i = 0; i < p->n_lines; i++) {
        str_addn(out, p->text.s + p->lines[i].text, p->lines[i].bytes);
        str_addc(out, '|');
        str_addc(out, '\n');
    }
    return str_cstr(out);
}

static void same_lines(const struct body *a, const struct body *b, const char *text) {
    static struct str seen_a, seen_b;
    str_clear(&seen_a);
    str_clear(&seen_b);
    if (strcmp(show(&a->p, &seen_a), show(&b->p, &seen_b)) == 0) return;
    fail_msg("grown and whole differ for:\n%s\n----- grown\n%s----- whole\n%s", text, seen_a.s,
             seen_b.s);
}

static void growing(bool markdown) {
    struct rng r = {.seed = 7, .stream = markdown};
    for (int round = 0; round < 1500; round++) {
        struct str s = {0};
        struct body grown = {0}, whole = {0};
        int width = (int)rng_between(&r, 1, 60), n = (int)rng_between(&r, 1, 40);
        for (int i = 0; i < n; i++) {
            str_add(&s, pieces[rng_below(&r, N_PIECES)]);
            if (rng_below(&r, 3)) body_lay(&grown, s.s, s.len, width, markdown, 0);
        }
        body_lay(&grown, s.s, s.len, width, markdown, 0);
        body_lay(&whole, s.s, s.len, width, markdown, 0);
        same_lines(&grown, &whole, s.s);
        for (size_t i = 0; i < whole.p.n_lines && !markdown; i++)
            assert_true(whole.p.lines[i].cols <= (width < 4 ? 4 : width));
        for (size_t i = 1; i < whole.p.n_lines; i++)
            assert_true(whole.p.lines[i - 1].src <= whole.p.lines[i].src);
        body_reset(&grown);
        body_reset(&whole);
        str_free(&s);
    }
}

static void plain_text_grows_in_place(void **state) {
    (void)state;
    growing(false);
}

/* The whole is laid out in settled parts too; md4c on all of it must agree with them. */
static void markdown_grows_in_place(void **state) {
    (void)state;
    growing(true);
    struct rng r = {.seed = 9};
    for (int round = 0; round < 1500; round++) {
        struct str s = {0};
        struct body parts = {0}, once = {0};
        int n = (int)rng_between(&r, 1, 40);
        for (int i = 0; i < n; i++) str_add(&s, pieces[rng_below(&r, N_PIECES)]);
        body_lay(&parts, s.s, s.len, 50, true, 0);
        once.p = (struct paper){0};
        markdown_render(&once.p, s.s, 0, s.len, 50);
        same_lines(&parts, &once, s.s);
        body_reset(&parts);
        body_reset(&once);
        str_free(&s);
    }
}

static void any_bytes_are_laid_out(void **state) {
    (void)state;
    struct rng r = {.seed = 11};
    for (int round = 0; round < 3000; round++) {
        struct str raw = {0}, s = {0};
        struct body b = {0};
        int n = (int)rng_below(&r, 200);
        for (int i = 0; i < n; i++)
            str_addc(&raw, (char)(rng_below(&r, 3) ? "\n `*_[]()|-#>\t1.~<&;"[rng_below(&r, 21)]
                                                   : (char)rng_below(&r, 256)));
        utf8_add_harmless(&s, str_cstr(&raw), raw.len);
        body_lay(&b, str_cstr(&s), s.len, (int)rng_between(&r, 1, 50), round & 1, 0);
        body_reset(&b);
        str_free(&raw);
        str_free(&s);
    }
}

int main(void) {
    if (!setlocale(LC_CTYPE, "C.UTF-8")) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_clusters),
        cmocka_unit_test(a_cluster_is_never_cut),
        cmocka_unit_test(text_is_found_without_case),
        cmocka_unit_test(words_are_kept_whole),
        cmocka_unit_test(wide_characters_break_anywhere_but_before_punctuation),
        cmocka_unit_test(a_line_knows_its_source),
        cmocka_unit_test(blocks_are_set_apart),
        cmocka_unit_test(html_stays_as_written),
        cmocka_unit_test(deep_nesting_leaves_room),
        cmocka_unit_test(plain_text_grows_in_place),
        cmocka_unit_test(markdown_grows_in_place),
        cmocka_unit_test(any_bytes_are_laid_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
