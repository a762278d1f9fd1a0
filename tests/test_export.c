/* Exports: the HTML of a conversation shows what was said and does nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "history/export.h"
#include "history/history.h"

static char folder[64], path[96];

static int setup(void **state) {
    strcpy(folder, "/tmp/aside-export-XXXXXX");
    *state = mkdtemp(folder);
    snprintf(path, sizeof path, "%s/history.db", folder);
    return *state == NULL;
}

static int teardown(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

static void add(struct history *h, int64_t m, enum history_channel c, const char *text, double p) {
    struct err e = {""};
    struct history_token t = {.token_id = 7,
                              .channel = c,
                              .text = text,
                              .n_text = strlen(text),
                              .bytes = text,
                              .n_bytes = strlen(text),
                              .logprob = log(p),
                              .entropy = 1.25};
    assert_true(history_token_add(h, m, &t, &e));
}

/* A conversation whose every text tries to be more than text. */
static struct history *hostile(int64_t *c) {
    struct err e = {""};
    int64_t q, a;
    struct history *h = history_open(path, NULL, &e);
    assert_non_null(h);
    assert_true(history_conversation_new(h, "/m/<b>.gguf", NULL, c, &e));
    assert_true(history_title_set(h, *c, "<script>alert(1)</script> \"t\"", &e));
    assert_true(history_tags(h, *c, "<i>", false, &e));
    assert_true(
        history_message_add(h, *c, 0, HISTORY_USER, "</div><script>x</script>", NULL, &q, &e));
    assert_true(history_message_add(h, *c, q, HISTORY_ASSISTANT, NULL, NULL, &a, &e));
    add(h, a, HISTORY_THOUGHT, "sure</details>", 0.9);
    add(h, a, HISTORY_THOUGHT, " <img src=x onerror=y>", 0.3);
    add(h, a, HISTORY_THOUGHT, " \xC3\xA9", 0.01);
    add(h, a, HISTORY_ANSWER,
        "**bold** <script src=//evil></script> ![w](http://evil/p.png) [a](javascript:1) "
        "[b](&#106;avascript:2) [c](https://good/?a=1&b=\"2\") [d](data:text/html,x)\n\n"
        "| x |\n|--:|\n| 1 |\n\n- [x] done\n\n```c\"><script>\nif (a < b && c)\n```\n\n"
        "<style>body{display:none}</style>\n",
        0.8);
    struct history_outcome o = {.finish = "length",
                                .n_thought = 3,
                                .n_answer = 1,
                                .thought_us = 1500000,
                                .total_us = 2000000};
    assert_true(history_message_finish(h, a, &o, &e));
    return h;
}

static size_t count(const char *text, const char *word) {
    size_t n = 0;
    for (const char *s = text; (s = strstr(s, word)); s += strlen(word)) n++;
    return n;
}

static void html_shows_what_was_said_and_runs_and_fetches_nothing(void **state) {
    (void)state;
    struct err e = {""};
    struct str out = STR_INIT;
    int64_t c;
    struct history *h = hostile(&c);
    assert_true(history_export(h, c, "html", &out, &e));
    static const char *const never[] = {
        "<script", "<img",    "onerror=y>", "javascript:", "href=\"data:", "src=\"",
        "url(",    "@import", "<link",      "<b>",         "<i>",          "<iframe"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(out.s, never[i])) fail_msg("%s is in it", never[i]);
    assert_int_equal(count(out.s, "<style"), 1);
    assert_int_equal(count(out.s, "href="), 1);
    static const char *const there[] = {
        "<title>&lt;script&gt;alert(1)&lt;/script&gt; &quot;t&quot;</title>",
        "default-src 'none'",
        "#&lt;i&gt;",
        "&lt;/div&gt;&lt;script&gt;x&lt;/script&gt;",
        "<details><summary>Thought for 1.5 s · 3 tokens</summary>",
        "<div class=thought>sure&lt;/details&gt;<span class=u1 title=\"30 %, entropy 1.25\"> "
        "&lt;img src=x onerror=y&gt;</span><span class=u3 title=\"1 %, entropy 1.25\"> é</span>",
        "<strong>bold</strong>",
        "[picture: w]",
        "href=\"https://good/?a=1&amp;b=&quot;2&quot;\"",
        "<th class=right>x</th>",
        "☑ done",
        "<pre><code>if (a &lt; b &amp;&amp; c)\n</code></pre>",
        "ended by: length",
        "perplexity 4.64",
        "@media print",
        "prefers-color-scheme:dark"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        if (!strstr(out.s, there[i])) fail_msg("%s is not in\n%s", there[i], out.s);
    assert_true(utf8_valid(out.s, out.len));
    str_free(&out);
    history_close(h);
}

/* Every element that is opened is closed, in order, whatever the Markdown. */
static void html_of_any_markdown_is_balanced(void **state) {
    (void)state;
    static const char *const texts[] = {
        "# h\n\npara *em **both***\n> quote\n> - a\n>   1. b\n",
        "| a | b |\n|:-|:-:|\n| 1 | 2 |\n\n1. x\n\n   y\n7. z",
        "`code` ~~del~~ <https://x.y> http://a.b [l](http://c) **open",
        "---\n\nline  \nbreak &amp; &bogus; \\< <not a tag>\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str out = STR_INIT;
        char stack[64][16];
        size_t depth = 0;
        export_markdown_html(&out, texts[i], strlen(texts[i]));
        for (const char *s = out.s; (s = strchr(s, '<')); s++) {
            char name[16] = "";
            sscanf(s + 1 + (s[1] == '/'), "%15[a-z0-9]", name);
            if (!strcmp(name, "hr") || !strcmp(name, "br")) continue;
            assert_true(*name && depth < 64);
            if (s[1] != '/')
                strcpy(stack[depth++], name);
            else
                assert_true(depth > 0 && strcmp(stack[--depth], name) == 0);
        }
        assert_int_equal(depth, 0);
        str_free(&out);
    }
}

static void a_format_is_known_by_name_and_by_the_end_of_a_file(void **state) {
    (void)state;
    struct err e = {""};
    struct str out = STR_INIT;
    int64_t c;
    struct history *h = hostile(&c);
    assert_string_equal(history_export_format("a.html"), "html");
    assert_string_equal(history_export_format("a.json"), "json");
    assert_string_equal(history_export_format("a"), "markdown");
    assert_string_equal(history_export_formats()[1], "html");
    assert_null(history_export_formats()[4]);
    assert_false(history_export(h, c, "pdf", &out, &e));
    assert_non_null(strstr(e.msg, "markdown, html, json, text"));
    history_close(h);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(html_shows_what_was_said_and_runs_and_fetches_nothing),
        TEST(html_of_any_markdown_is_balanced),
        TEST(a_format_is_known_by_name_and_by_the_end_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
