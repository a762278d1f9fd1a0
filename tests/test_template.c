/* Chat templates: what Jinja2 prints is what we print; and a template that means harm ends in an
 * error. tests/golden/jinja.tsv holds rows "template, variables, output" with ⏎ for newlines and ␉
 * for tabs, as Jinja2 (set as Hugging Face sets it) rendered them; "!!text" is an error. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "engine/template.h"

#define SHARED "../shared/templates"

static char *read_file(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    struct str s = STR_INIT;
    char buf[4096];
    for (size_t got; (got = fread(buf, 1, sizeof buf, f)) > 0;) str_addn(&s, buf, got);
    fclose(f);
    if (n) *n = s.len;
    return str_take(&s);
}

/* The rendered text, or "!!" and the error. Owned. */
static char *render(const char *source, size_t n, const char *variables) {
    struct err e = {0};
    struct str out = STR_INIT;
    struct template *t = template_compile(source, n, &e);
    bool ok = t && template_render(t, variables, strlen(variables), &out, &e);
    template_free(t);
    if (ok) return str_take(&out);
    assert_int_equal(out.len, 0);
    str_addf(&out, "!!%s", e.msg);
    return str_take(&out);
}

static char *render_text(const char *source, const char *variables) {
    return render(source, strlen(source), variables);
}

/* An error matches when it contains the expected text. */
static bool matches(const char *got, const char *expect) {
    if (strncmp(expect, "!!", 2) == 0) return strncmp(got, "!!", 2) == 0 && strstr(got, expect + 2);
    return strcmp(got, expect) == 0;
}

static char *unescape(const char *s) {
    static const char *const from[] = {"⏎", "␉", "␍"};
    struct str out = STR_INIT;
    while (*s) {
        size_t i = 0;
        while (i < 3 && !str_starts(s, from[i])) i++;
        str_addc(&out, i < 3 ? "\n\t\r"[i] : *s);
        s += i < 3 ? strlen(from[i]) : 1;
    }
    return str_take(&out);
}

static void renders_what_jinja_renders(void **state) {
    (void)state;
    char *table = read_file("tests/golden/jinja.tsv", NULL), *rest = table, *line;
    int rows = 0, wrong = 0;
    assert_non_null(table);
    while ((line = strsep(&rest, "\n")) && *line) {
        char *source = unescape(strsep(&line, "\t")), *variables = strsep(&line, "\t");
        char *expect = unescape(line), *got = render_text(source, variables);
        rows++;
        if (!matches(got, expect)) {
            wrong++;
            print_message("%s\n    expected %s\n    got      %s\n", source, expect, got);
        }
        free(source), free(expect), free(got);
    }
    free(table);
    assert_true(rows >= 250);
    assert_int_equal(wrong, 0);
}

static int check_published(const char *name, int *cases) {
    char path[512];
    int wrong = 0;
    size_t n = 0;
    snprintf(path, sizeof path, SHARED "/%s", name);
    char *text = read_file(path, NULL);
    snprintf(path, sizeof path, SHARED "/%.*s.jinja", (int)(strlen(name) - 5), name);
    char *source = read_file(path, &n);
    assert_non_null(source);
    cJSON *all = cJSON_Parse(text), *c;
    assert_non_null(all);
    cJSON_ArrayForEach(c, all) {
        cJSON *variables = cJSON_Duplicate(cJSON_GetObjectItem(c, "options"), true);
        cJSON_AddItemReferenceToObject(variables, "messages", cJSON_GetObjectItem(c, "messages"));
        char *json = cJSON_PrintUnformatted(variables), *got = render(source, n, json);
        cJSON *error = cJSON_GetObjectItem(c, "error");
        struct str expect = STR_INIT;
        if (error) str_add(&expect, "!!");
        str_add(&expect, (error ? error : cJSON_GetObjectItem(c, "expect"))->valuestring);
        ++*cases;
        if (!matches(got, str_cstr(&expect))) {
            wrong++;
            print_message("%s (%s)\n    expected %s\n    got      %s\n", name,
                          cJSON_GetObjectItem(c, "name")->valuestring, str_cstr(&expect), got);
        }
        free(json), free(got);
        str_free(&expect);
        cJSON_Delete(variables);
    }
    cJSON_Delete(all);
    free(text), free(source);
    return wrong;
}

static void renders_published_templates_to_the_byte(void **state) {
    (void)state;
    DIR *d = opendir(SHARED);
    int cases = 0, wrong = 0;
    if (!d) {
        print_message("skipped published templates: no " SHARED "\n");
        skip();
    }
    for (struct dirent *f; (f = readdir(d));)
        if (str_ends(f->d_name, ".json")) wrong += check_published(f->d_name, &cases);
    closedir(d);
    print_message("%d of %d published cases\n", cases - wrong, cases);
    assert_int_equal(wrong, 0);
}

static void assert_fails_with(const char *source, const char *variables, const char *text) {
    char *got = render_text(source, variables);
    if (strncmp(got, "!!", 2) != 0 || !strstr(got, text))
        fail_msg("%.200s\n    expected an error with: %s\n    got %.200s", source, text, got);
    free(got);
}

static void names_the_line_of_an_error(void **state) {
    (void)state;
    assert_fails_with("a\n\n{{ x.y }}", "{}", "template, line 3: 'x' is undefined");
    assert_fails_with("a\n{% if %}", "{}", "line 2: expected an expression");
    assert_fails_with("\n\n{% for x in y %}", "{}",
                      "line 3: a block is not closed: expected endfor");
    assert_fails_with("\n{{ 'a", "{}", "line 2: a string is not closed");
    assert_fails_with("{% foo %}", "{}", "line 1: unknown tag 'foo'");
    assert_fails_with("{{ 1|nothing }}", "{}", "no filter named 'nothing'");
    assert_fails_with("\n{{ raise_exception('No\nway') }}", "{}", "line 2: No way");
    assert_fails_with("x", "[1]", "not a JSON object");
    assert_fails_with("x", "{\"a\": }", "JSON: ");
}

static void ends_hostile_templates_with_an_error(void **state) {
    (void)state;
    assert_fails_with("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{}", "too deeply");
    assert_fails_with("{{ 'abcd' * 1000000000 }}", "{}", "template, line 1: ");
    assert_fails_with("{{ [1] * 1000000000 }}", "{}", "template, line 1: ");
    assert_fails_with("{{ range(1000000000)|list }}", "{}", "range too big");
    assert_fails_with(
        "{% set r = range(9999) %}{% for a in r %}{% for b in r %}{{ b }}{% endfor %}{% endfor %}",
        "{}", "takes too long");
    assert_fails_with("{% for a in range(99999) %}{% set b = range(99999) %}{% endfor %}", "{}",
                      "of memory");
    assert_fails_with("{% set s = ' ' * 1000000 %}{% for a in range(99999) %}{{ s|trim }}"
                      "{{ s.strip() }}{{ s.isspace() }}{{ s == s }}{{ s|length }}{% endfor %}",
                      "{}", "too long");
    assert_fails_with("{% set l = [] %}{% do l.append(l) %}{{ l }}", "{}", "too deeply");
    assert_fails_with("{{ '%999999999d' % 1 }}", "{}", "too large");
    assert_fails_with("{{ 'x'.ljust(999999999) }}", "{}", "too large");
    assert_fails_with("{{ 9223372036854775807 + 1 }}", "{}", "larger than 64 bits");
    struct str deep = STR_INIT;
    for (int i = 0; i < 5000; i++) str_add(&deep, "{% if 1 %}");
    assert_fails_with(str_cstr(&deep), "{}", "too deeply");
    str_clear(&deep);
    str_add(&deep, "{% if 1 %}");
    for (int i = 0; i < 50000; i++) str_add(&deep, "{% elif 1 %}");
    assert_fails_with(str_cstr(&deep), "{}", "too deeply");
    str_clear(&deep);
    str_add(&deep, "{{ ");
    for (int i = 0; i < 5000; i++) str_add(&deep, "not ");
    str_add(&deep, "1 }}");
    assert_fails_with(str_cstr(&deep), "{}", "too deeply");
    str_clear(&deep);
    str_add(&deep, "{{ ");
    for (int i = 0; i < 5000; i++) str_add(&deep, "(");
    assert_fails_with(str_cstr(&deep), "{}", "too deeply");
    str_clear(&deep);
    for (int i = 0; i < 5000; i++) str_add(&deep, "[");
    assert_fails_with("{{ x|from_json }}", "{\"x\": 1, \"y\": [[[}", "JSON: ");
    assert_fails_with("x", str_cstr(&deep), "nested too deeply");
    str_free(&deep);
}

static void keeps_what_was_in_the_output(void **state) {
    (void)state;
    struct str out = STR_INIT;
    struct err e;
    struct template *t = template_compile("{{ a }}!{{ b.c }}", 17, &e);
    str_add(&out, "before ");
    assert_false(template_render(t, "{\"a\":1}", 7, &out, &e));
    assert_string_equal(str_cstr(&out), "before ");
    assert_true(template_render(t, "{\"a\":1,\"b\":{}}", 14, &out, &e));
    assert_string_equal(str_cstr(&out), "before 1!");
    template_free(t);
    str_free(&out);
}

/* Every prefix of every template, and each with a byte changed, is compiled and rendered: nothing
 * may crash, whatever comes out. */
static void survives_broken_templates(void **state) {
    (void)state;
    char *table = read_file("tests/golden/jinja.tsv", NULL), *rest = table, *line;
    assert_non_null(table);
    while ((line = strsep(&rest, "\n")) && *line) {
        char *source = unescape(strsep(&line, "\t"));
        size_t n = strlen(source);
        for (size_t i = 0; i < n; i++) {
            free(render(source, i, "{}"));
            char old = source[i];
            source[i] = "{}%'(\xff-|"[i % 8];
            free(render(source, n, "{\"x\": {\"a\": [1, 2.5, null]}}"));
            source[i] = old;
        }
        free(source);
    }
    free(table);
}

int main(void) {
    setenv("ASIDE_NOW", "2025-01-02T03:04:05", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders_what_jinja_renders),
        cmocka_unit_test(renders_published_templates_to_the_byte),
        cmocka_unit_test(names_the_line_of_an_error),
        cmocka_unit_test(ends_hostile_templates_with_an_error),
        cmocka_unit_test(keeps_what_was_in_the_output),
        cmocka_unit_test(survives_broken_templates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
