/* What a person sees: each file in tests/screens is a script for the demo (tests/ui_demo.c) on an
 * emulated terminal, with the screens that must come of it. Lines of a script:
 *   # remark
 *   size COLSxROWS | option NAME=VALUE (environment) | argument --ascii      before anything else
 *   > ORDER                an order to the demo, in its words
 *   key NAME               Enter, Tab, Esc, Up, PgUp, Ctrl-O, Alt-Enter, F1, Shift-Tab, Wheel-Up, …
 *   type TEXT              | paste TEXT (with \n) | resize COLSxROWS
 *   screen                 followed by one line per row, each beginning with '|'
 * A screen is waited for until it matches (or twenty seconds have passed).
 * ASIDE_SCREENS=write puts what is seen in the files instead of comparing. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/terminal.h"

#define SCREENS "tests/screens"

struct run {
    struct terminal *t;
    int control;
    int rows, cols;
    const char *env[16];
    char *args[8];
    int n_env, n_args;
    struct str out; /* the file as it would be written */
    bool write;
};

static void demo_path(char *out, size_t n) {
    char exe[1024];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    assert_true(len > 0);
    exe[len] = 0;
    snprintf(out, n, "%.*s/ui_demo", (int)(strrchr(exe, '/') - exe), exe);
}

static void start(struct run *r) {
    static char path[1100];
    if (r->t) return;
    demo_path(path, sizeof path);
    if (access(path, X_OK) != 0) fail_msg("%s is not built", path);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    char *argv[10] = {path, "--control"};
    for (int i = 0; i < r->n_args; i++) argv[2 + i] = r->args[i];
    r->env[r->n_env] = NULL;
    r->t = terminal_start(argv, r->rows, r->cols, r->env, fds[0]);
    close(fds[0]);
    r->control = fds[1];
    assert_true(terminal_wait(r->t, "aside"));
}

/* ---- Keys by name --------------------------------------------------------------------------- */

static const struct {
    const char *name, *bytes;
} keys[] = {
    {"Enter", "\r"},
    {"Tab", "\t"},
    {"Esc", "\033"},
    {"Backspace", "\177"},
    {"Up", "\033[A"},
    {"Down", "\033[B"},
    {"Right", "\033[C"},
    {"Left", "\033[D"},
    {"Home", "\033[H"},
    {"End", "\033[F"},
    {"Del", "\033[3~"},
    {"PgUp", "\033[5~"},
    {"PgDn", "\033[6~"},
    {"F1", "\033OP"},
    {"F2", "\033OQ"},
    {"F3", "\033OR"},
    {"F4", "\033OS"},
    {"F5", "\033[15~"},
    {"F6", "\033[17~"},
    {"Alt-Left", "\033[1;3D"},
    {"Alt-Right", "\033[1;3C"},
    {"Shift-Tab", "\033[Z"},
    {"Shift-Left", "\033[1;2D"},
    {"Shift-Right", "\033[1;2C"},
    {"Shift-Up", "\033[1;2A"},
    {"Shift-Down", "\033[1;2B"},
    {"Alt-Up", "\033[1;3A"},
    {"Alt-Down", "\033[1;3B"},
    {"Ctrl-Home", "\033[1;5H"},
    {"Ctrl-End", "\033[1;5F"},
    {"Alt-Enter", "\033\r"},
    {"Space", " "},
    {"Wheel-Up", "\033[<64;1;1M"},
    {"Wheel-Down", "\033[<65;1;1M"},
};

static void send_key(struct run *r, const char *name) {
    char c;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0) {
            terminal_send(r->t, keys[i].bytes, strlen(keys[i].bytes));
            return;
        }
    if (sscanf(name, "Ctrl-%c", &c) == 1) {
        c &= 0x1f;
        terminal_send(r->t, &c, 1);
    } else if (sscanf(name, "Alt-%c", &c) == 1) {
        char seq[2] = {'\033', c};
        terminal_send(r->t, seq, 2);
    } else if (strlen(name) == 1) {
        terminal_send(r->t, name, 1);
    } else {
        fail_msg("no key is called %s", name);
    }
}

static void send_paste(struct run *r, const char *text) {
    struct str s = {0};
    str_add(&s, "\033[200~");
    for (; *text; text++) {
        bool nl = text[0] == '\\' && text[1] == 'n';
        str_addc(&s, nl ? '\r' : *text);
        text += nl;
    }
    str_add(&s, "\033[201~");
    terminal_send(r->t, s.s, s.len);
    str_free(&s);
}

static void send_order(struct run *r, const char *order) {
    struct str s = {0};
    str_addf(&s, "%s\n", order);
    assert_int_equal(write(r->control, s.s, s.len), (ssize_t)s.len);
    str_free(&s);
}

/* ---- Screens -------------------------------------------------------------------------------- */

static bool matches(struct run *r, const char *expected) {
    struct str seen = {0};
    int64_t until = clock_mono_us() + 20000000;
    bool same = false;
    do {
        terminal_screen(r->t, &seen);
        same = strcmp(str_cstr(&seen), expected) == 0;
    } while (!same && clock_mono_us() < until && terminal_read(r->t, 50));
    str_free(&seen);
    return same;
}

static void check_screen(struct run *r, const char *file, int line, const char *expected) {
    struct str seen = {0};
    if (r->write)
        terminal_settle(r->t, 300);
    else if (matches(r, expected))
        goto out;
    terminal_screen(r->t, &seen);
    if (!r->write)
        fail_msg("%s:%d: expected\n%s----- seen\n%s", file, line, expected, str_cstr(&seen));
out:
    if (r->write) {
        char *rest = seen.s, *row;
        str_add(&r->out, "screen\n");
        while ((row = strsep(&rest, "\n")))
            if (rest) str_addf(&r->out, "|%s\n", row);
    }
    str_free(&seen);
}

/* ---- Scripts -------------------------------------------------------------------------------- */

static bool is(const char *line, const char *word, const char **rest) {
    size_t n = strlen(word);
    if (strncmp(line, word, n) != 0 || (line[n] && line[n] != ' ')) return false;
    *rest = line[n] ? line + n + 1 : line + n;
    return true;
}

static void run_line(struct run *r, const char *file, int n, const char *line) {
    const char *rest;
    str_addf(&r->out, "%s\n", line);
    if (*line == '#' || *line == 0) return;
    if (is(line, "size", &rest) && sscanf(rest, "%dx%d", &r->cols, &r->rows) == 2) return;
    if (is(line, "option", &rest)) {
        r->env[r->n_env++] = mem_strdup(rest);
        return;
    }
    if (is(line, "argument", &rest)) {
        r->args[r->n_args++] = mem_strdup(rest);
        return;
    }
    start(r);
    if (is(line, ">", &rest)) {
        send_order(r, rest);
        terminal_settle(r->t, 60);
    } else if (is(line, "key", &rest)) {
        send_key(r, rest);
        /* What follows an Escape within its waiting time would be part of one key. */
        terminal_settle(r->t, strcmp(rest, "Esc") == 0 ? 120 : 40);
    } else if (is(line, "type", &rest)) {
        terminal_send(r->t, rest, strlen(rest));
        terminal_settle(r->t, 40);
    } else if (is(line, "paste", &rest)) {
        send_paste(r, rest);
        terminal_settle(r->t, 40);
    } else if (is(line, "resize", &rest) && sscanf(rest, "%dx%d", &r->cols, &r->rows) == 2) {
        terminal_resize(r->t, r->rows, r->cols);
        terminal_settle(r->t, 60);
    } else {
        fail_msg("%s:%d: what is this: %s", file, n, line);
    }
}

static void run_script(void **state) {
    const char *name = *state;
    char path[512], line[4096];
    struct run r = {.rows = 32, .cols = 120, .control = -1};
    const char *mode = getenv("ASIDE_SCREENS");
    r.write = mode && strcmp(mode, "write") == 0;
    snprintf(path, sizeof path, SCREENS "/%s", name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    struct str expected = {0};
    int n = 0, screen_at = 0;
    for (bool more = true; more;) {
        more = fgets(line, sizeof line, f) != NULL;
        n++;
        if (more) line[strcspn(line, "\n")] = 0;
        if (more && screen_at && line[0] == '|') {
            str_addf(&expected, "%s\n", line + 1);
            continue;
        }
        if (screen_at) check_screen(&r, path, screen_at, str_cstr(&expected));
        screen_at = 0;
        str_clear(&expected);
        if (more && strcmp(line, "screen") == 0) {
            start(&r);
            screen_at = n;
        } else if (more) {
            run_line(&r, path, n, line);
        }
    }
    fclose(f);
    terminal_end(r.t);
    close(r.control);
    if (r.write) {
        assert_non_null(f = fopen(path, "w"));
        fwrite(r.out.s, 1, r.out.len, f);
        fclose(f);
    }
    for (int i = 0; i < r.n_env; i++) free((char *)r.env[i]);
    for (int i = 0; i < r.n_args; i++) free(r.args[i]);
    str_free(&r.out);
    str_free(&expected);
}

static int is_script(const struct dirent *d) { return str_ends(d->d_name, ".txt"); }

int main(void) {
    struct dirent **files;
    int n = scandir(SCREENS, &files, is_script, alphasort);
    if (n <= 0) {
        printf("skipped test_ui_screens: no %s here\n", SCREENS);
        return 0;
    }
    struct CMUnitTest *tests = mem_calloc((size_t)n, sizeof *tests);
    for (int i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){files[i]->d_name, run_script, NULL, NULL, files[i]->d_name};
    int failed = _cmocka_run_group_tests("screens", tests, (size_t)n, NULL, NULL);
    for (int i = 0; i < n; i++) free(files[i]);
    free(files);
    free(tests);
    return failed;
}
