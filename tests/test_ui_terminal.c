/* The terminal's side of the contract: what reaches it, and that it is given back however the
 * interface ends. The demo (tests/ui_demo.c) runs on a pseudo-terminal. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/terminal.h"

static char demo[1100];

struct scene {
    struct terminal *t;
    int control;
    struct termios before;
};

static void open_scene(struct scene *s, const char *const *env) {
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    char *argv[] = {demo, "--control", NULL};
    s->t = terminal_start(argv, 20, 60, env, fds[0]);
    tcgetattr(terminal_fd(s->t), &s->before);
    close(fds[0]);
    s->control = fds[1];
}

static void close_scene(struct scene *s) {
    terminal_end(s->t);
    close(s->control);
}

static void order(struct scene *s, const char *text) {
    assert_int_equal(write(s->control, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(write(s->control, "\n", 1), 1);
}

static void key(struct scene *s, const char *bytes) { terminal_send(s->t, bytes, strlen(bytes)); }

static bool sent(struct scene *s, const char *bytes) {
    const struct str *b = terminal_bytes(s->t);
    return b->len && memmem(b->s, b->len, bytes, strlen(bytes)) != NULL;
}

/* Waits for the program to end and returns its wait status. */
static int ended(struct scene *s) {
    int status = -1;
    int64_t until = clock_mono_us() + 20000000;
    while (clock_mono_us() < until) {
        terminal_read(s->t, 20);
        if (waitpid(terminal_pid(s->t), &status, WNOHANG) > 0) break;
    }
    while (terminal_read(s->t, 50) && clock_mono_us() < until) {
        static size_t seen;
        if (terminal_bytes(s->t)->len == seen) break;
        seen = terminal_bytes(s->t)->len;
    }
    return status;
}

static void is_given_back(struct scene *s) {
    struct termios now;
    if (tcgetattr(terminal_fd(s->t), &now) == 0) {
        assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG),
                         s->before.c_lflag & (ICANON | ECHO | ISIG));
        assert_int_equal(now.c_iflag & (ICRNL | IXON), s->before.c_iflag & (ICRNL | IXON));
    }
    assert_true(sent(s, "\033[?1049l"));
    assert_true(sent(s, "\033[?2004l"));
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void quitting_gives_the_terminal_back(void **state) {
    (void)state;
    struct scene s;
    open_scene(&s, NULL);
    assert_true(terminal_wait(s.t, "aside"));
    assert_true(sent(&s, "\033[?1049h"));
    key(&s, "\004");
    int status = ended(&s);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    is_given_back(&s);
    close_scene(&s);
}

static void signals_give_the_terminal_back(void **state) {
    (void)state;
    static const int signals[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct scene s;
        /* Under a sanitizer the fatal ones are its own unless it is told otherwise. */
        const char *env[] = {"ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0",
                             "UBSAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0",
                             "TSAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0", NULL};
        open_scene(&s, env);
        assert_true(terminal_wait(s.t, "aside"));
        kill(terminal_pid(s.t), signals[i]);
        int status = ended(&s);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        is_given_back(&s);
        close_scene(&s);
    }
}

static void suspension_gives_the_terminal_back_and_resumes(void **state) {
    (void)state;
    /* A shell with job control, because an orphan cannot be stopped by the terminal. */
    char script[1300];
    snprintf(script, sizeof script, "%s; echo stopped; read x; fg >/dev/null; echo done", demo);
    char *argv[] = {"/bin/bash", "--norc", "-mc", script, NULL};
    if (access(argv[0], X_OK) != 0) skip();
    struct scene s = {.control = -1};
    s.t = terminal_start(argv, 20, 60, NULL, -1);
    tcgetattr(terminal_fd(s.t), &s.before);
    assert_true(terminal_wait(s.t, "Enter send"));
    key(&s, "half a line");
    assert_true(terminal_wait(s.t, "half a line"));
    key(&s, "\032");
    assert_true(terminal_wait(s.t, "stopped"));
    is_given_back(&s);
    key(&s, "\n");
    assert_true(terminal_wait(s.t, "half a line"));
    assert_true(terminal_wait(s.t, "Enter send"));
    key(&s, "\025\004");
    assert_true(terminal_wait(s.t, "done"));
    terminal_end(s.t);
}

/* ---- What reaches the terminal -------------------------------------------------------------- */

/* Text, newlines, and the control sequences that curses writes: nothing that sets a title, rings,
 * asks the terminal something, or carries a string. */
static bool harmless(const struct str *b) {
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)b->s[i];
        if (c == 0xC2 && i + 1 < b->len && (unsigned char)b->s[i + 1] < 0xA0) return false;
        if (c >= 0x20 && c != 0x7f && c != 033) continue;
        if (c == '\r' || c == '\n' || c == '\b' || c == 017) continue;
        if (c != 033 || i + 1 >= b->len) return false;
        char next = b->s[++i];
        if (next == '(' && i + 1 < b->len) {
            i++;
        } else if (next == '[') {
            size_t from = i + 1;
            while (++i < b->len && (unsigned char)b->s[i] < 0x40) {
            }
            /* xterm's entry saves and restores its title around the whole. */
            size_t n = i - from;
            if (n == 6 && (!memcmp(b->s + from, "22;0;0", 6) || !memcmp(b->s + from, "23;0;0", 6)))
                continue;
            if (i < b->len && strchr("cnqt", b->s[i])) return false; /* questions, window orders */
        } else if (!strchr("=>78M", next)) {
            return false;
        }
    }
    return true;
}

static void a_wrong_byte_is_noticed(void **state) {
    (void)state;
    static const char *const bad[] = {"x\033]0;t\007", "\007", "\033P", "\xC2\x9b", "\033[6n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str s = {0};
        str_add(&s, bad[i]);
        assert_false(harmless(&s));
        str_free(&s);
    }
}

static void no_byte_of_a_text_controls_the_terminal(void **state) {
    (void)state;
    struct scene s;
    struct str bytes = {0};
    for (int c = 1; c < 256; c++)
        if (c != '\n') str_addf(&bytes, "\\x%02x", (unsigned)c);
    str_add(&bytes, "\\x1b]0;title\\x07\\x1bP1$r\\x1b\\x5c\\x1b[6n\\x9b31m\\xc2\\x9b5n\\x1b_x");
    open_scene(&s, NULL);
    assert_true(terminal_wait(s.t, "aside"));
    static const char *const verbs[] = {"user",  "note",   "system", "notice",
                                        "clear", "status", "input",  "page"};
    struct str line = {0};
    order(&s, "aside");
    for (int i = 0; i < 2; i++) {
        str_clear(&line);
        str_addf(&line, "%s %s", i ? "think" : "say", bytes.s);
        order(&s, line.s);
        terminal_settle(s.t, 80);
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        str_clear(&line);
        str_addf(&line, "%s %s", verbs[i], bytes.s);
        order(&s, line.s);
        terminal_settle(s.t, 80);
    }
    assert_true(harmless(terminal_bytes(s.t)));
    str_free(&line);
    str_free(&bytes);
    close_scene(&s);
}

static void no_color_means_none(void **state) {
    (void)state;
    struct scene s;
    const char *env[] = {"NO_COLOR=1", NULL};
    open_scene(&s, env);
    order(&s, "aside");
    order(&s, "say `code` and more");
    assert_true(terminal_wait(s.t, "and more"));
    const struct str *b = terminal_bytes(s.t);
    for (size_t i = 0; i + 2 < b->len; i++)
        if (b->s[i] == '\033' && b->s[i + 1] == '[')
            for (size_t k = i + 2; k < b->len && (unsigned char)b->s[k] < 0x40; k++)
                if ((b->s[k] == '3' || b->s[k] == '4') &&
                    (b->s[k - 1] == '[' || b->s[k - 1] == ';') && b->s[k + 1] >= '0' &&
                    b->s[k + 1] <= '7' && b->s[k + 2] == 'm')
                    fail_msg("a colour was set");
    close_scene(&s);
}

/* Whether some sequence that sets this parameter stands right before the text. */
static bool set_before(struct scene *s, const char *text, int parameter) {
    const struct str *b = terminal_bytes(s->t);
    char words[64];
    for (const char *at = b->s; (at = memmem(at, b->len - (size_t)(at - b->s), text, strlen(text)));
         at++) {
        const char *from = at;
        while (from > b->s && at - from < 60 && *from != '\033') from--;
        snprintf(words, sizeof words, "%.*s", (int)(at - from), from);
        char *list = strchr(words, '['), *end = strchr(words, 'm');
        if (!list || !end || end[1]) continue;
        *end = 0;
        list++;
        for (char *word; (word = strsep(&list, ";"));)
            if (atoi(word) == parameter) return true;
    }
    return false;
}

static void order_lens(struct scene *s) {
    assert_true(terminal_wait(s->t, "aside"));
    order(s, "aside");
    order(s, "token say 0.95 0 sure ");
    order(s, "token say 0.7 0 first ");
    order(s, "token say 0.3 0 second ");
    order(s, "token say 0.1 0 third ");
    order(s, "token say 0.01 0 fourth.");
    assert_true(terminal_wait(s->t, "fourth."));
    key(s, "\033s");
    assert_true(terminal_wait(s->t, "surprise <90"));
    terminal_settle(s->t, 150);
}

static void the_lens_has_four_steps_with_and_without_colour(void **state) {
    (void)state;
    struct scene s;
    const char *env[] = {"NO_COLOR=1", NULL};
    open_scene(&s, env);
    order_lens(&s);
    assert_true(set_before(&s, "first", 4) && !set_before(&s, "first", 1));
    assert_true(set_before(&s, "second", 1) && !set_before(&s, "second", 4));
    assert_true(set_before(&s, "third", 1) && set_before(&s, "third", 4));
    assert_true(set_before(&s, "fourth", 7));
    assert_false(set_before(&s, "first", 36));
    close_scene(&s);
    open_scene(&s, NULL);
    order_lens(&s);
    assert_true(set_before(&s, "first", 36));
    assert_true(set_before(&s, "second", 33));
    assert_true(set_before(&s, "third", 31) && !set_before(&s, "third", 7));
    assert_true(set_before(&s, "fourth", 31));
    assert_false(set_before(&s, "sure", 36));
    close_scene(&s);
}

static void thinking_is_dim_by_sgr_2(void **state) {
    (void)state;
    struct scene s;
    open_scene(&s, NULL);
    order(&s, "aside");
    order(&s, "think abc def");
    order(&s, "facts thinking 1000 2 0 5");
    assert_true(terminal_wait(s.t, "abc def"));
    assert_true(sent(&s, "\033[2m") || sent(&s, "\033[0;2m") || sent(&s, "\033[0;10;2m") ||
                sent(&s, ";2m"));
    close_scene(&s);
}

static void a_terminal_without_a_cursor_is_refused_in_one_line(void **state) {
    (void)state;
    struct scene s;
    const char *env[] = {"TERM=dumb", NULL};
    open_scene(&s, env);
    int status = ended(&s);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_true(sent(&s, "TERM=dumb"));
    assert_false(sent(&s, "\033"));
    close_scene(&s);
}

/* ---- Living with it ------------------------------------------------------------------------- */

static void resizing_while_text_streams_is_clean(void **state) {
    (void)state;
    struct scene s;
    open_scene(&s, NULL);
    assert_true(terminal_wait(s.t, "aside"));
    order(&s, "aside");
    order(&s, "facts answering 0 0 1 0");
    for (int i = 0; i < 60; i++) {
        char line[64];
        snprintf(line, sizeof line, "say word%d ", i);
        order(&s, line);
        terminal_resize(s.t, 12 + i % 7 * 3, 40 + i % 11 * 9);
        terminal_read(s.t, 2);
    }
    terminal_resize(s.t, 20, 60);
    assert_true(terminal_wait(s.t, "word59"));
    terminal_settle(s.t, 150);
    struct str seen = {0};
    terminal_screen(s.t, &seen);
    /* One rule below the status, one above the input, nothing left over. */
    int rules = 0;
    for (const char *p = seen.s; (p = strstr(p, "──────────")) != NULL; rules++)
        p = strchr(p, '\n');
    assert_int_equal(rules, 2);
    str_free(&seen);
    close_scene(&s);
}

static void an_idle_interface_sends_nothing_and_burns_nothing(void **state) {
    (void)state;
    struct scene s;
    open_scene(&s, NULL);
    assert_true(terminal_wait(s.t, "Enter send"));
    terminal_settle(s.t, 200);
    size_t before = terminal_bytes(s.t)->len;
    char path[64], stat[1024];
    unsigned long ticks[2][2];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)terminal_pid(s.t));
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(path, "r");
        if (!f) skip();
        size_t n = fread(stat, 1, sizeof stat - 1, f);
        stat[n] = 0;
        fclose(f);
        assert_int_equal(sscanf(strrchr(stat, ')') + 1,
                                " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                                &ticks[i][0], &ticks[i][1]),
                         2);
        if (i == 0) terminal_read(s.t, 500);
    }
    assert_int_equal(terminal_bytes(s.t)->len, before);
    assert_true(ticks[1][0] + ticks[1][1] - ticks[0][0] - ticks[0][1] <= 1);
    close_scene(&s);
}

static void the_editor_writes_the_message(void **state) {
    (void)state;
    struct scene s;
    const char *env[] = {"VISUAL=sed -i s/draft/final/", NULL};
    open_scene(&s, env);
    assert_true(terminal_wait(s.t, "Enter send"));
    key(&s, "a draft\030\005");
    assert_true(terminal_wait(s.t, "a final"));
    assert_true(terminal_wait(s.t, "Enter send"));
    close_scene(&s);
}

static void a_copy_goes_out_encoded_and_moves_nothing(void **state) {
    (void)state;
    struct scene s;
    struct str before = STR_INIT, after = STR_INIT;
    open_scene(&s, NULL);
    assert_true(terminal_wait(s.t, "Enter send"));
    terminal_settle(s.t, 100);
    terminal_screen(s.t, &before);
    order(&s, "copy a \\033[2J line\\nand one");
    order(&s, "notice sent");
    assert_true(terminal_wait(s.t, "sent"));
    /* the text's own escape sequence is inside the encoding, as its four characters */
    assert_true(sent(&s, "\033]52;c;YSBcMDMzWzJKIGxpbmUKYW5kIG9uZQ==\a"));
    order(&s, "notice ");
    terminal_settle(s.t, 200);
    terminal_screen(s.t, &after);
    assert_string_equal(before.s, after.s);
    str_free(&before);
    str_free(&after);
    close_scene(&s);
}

static void vi_mode_works(void **state) {
    (void)state;
    struct scene s;
    char rc[] = "/tmp/aside-inputrc-XXXXXX";
    int fd = mkstemp(rc);
    static const char text[] = "set editing-mode vi\n";
    assert_int_equal(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    struct str env_rc = {0};
    str_addf(&env_rc, "INPUTRC=%s", rc);
    const char *env[] = {env_rc.s, NULL};
    open_scene(&s, env);
    assert_true(terminal_wait(s.t, "Enter send"));
    key(&s, "one two three");
    assert_true(terminal_wait(s.t, "one two three"));
    key(&s, "\033");
    terminal_settle(s.t, 150); /* a lone Escape */
    key(&s, "0dw");
    assert_true(terminal_wait(s.t, ": two three"));
    key(&s, "u");
    assert_true(terminal_wait(s.t, ": one two three"));
    unlink(rc);
    str_free(&env_rc);
    close_scene(&s);
}

static void a_paste_is_one_message(void **state) {
    (void)state;
    struct scene s;
    open_scene(&s, NULL);
    assert_true(terminal_wait(s.t, "Enter send"));
    key(&s, "\033[200~first\rsecond\033[31m");
    terminal_settle(s.t, 60);
    key(&s, " third\r\033[201~");
    assert_true(terminal_wait(s.t, " third"));
    struct str seen = {0};
    terminal_screen(s.t, &seen);
    assert_null(strstr(seen.s, " you\n"));
    key(&s, "\r");
    assert_true(terminal_wait(s.t, " you\n first\n second"));
    str_free(&seen);
    close_scene(&s);
}

int main(void) {
    char exe[1024];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0) return 1;
    exe[n] = 0;
    snprintf(demo, sizeof demo, "%.*s/ui_demo", (int)(strrchr(exe, '/') - exe), exe);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quitting_gives_the_terminal_back),
        cmocka_unit_test(signals_give_the_terminal_back),
        cmocka_unit_test(suspension_gives_the_terminal_back_and_resumes),
        cmocka_unit_test(a_wrong_byte_is_noticed),
        cmocka_unit_test(no_byte_of_a_text_controls_the_terminal),
        cmocka_unit_test(no_color_means_none),
        cmocka_unit_test(the_lens_has_four_steps_with_and_without_colour),
        cmocka_unit_test(thinking_is_dim_by_sgr_2),
        cmocka_unit_test(a_terminal_without_a_cursor_is_refused_in_one_line),
        cmocka_unit_test(resizing_while_text_streams_is_clean),
        cmocka_unit_test(an_idle_interface_sends_nothing_and_burns_nothing),
        cmocka_unit_test(the_editor_writes_the_message),
        cmocka_unit_test(a_copy_goes_out_encoded_and_moves_nothing),
        cmocka_unit_test(vi_mode_works),
        cmocka_unit_test(a_paste_is_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
