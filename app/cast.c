/* cast: see cast.h. What is recorded is the interface itself: a child process plays the
 * conversation on a pseudo-terminal, by a clock that jumps to the next moment at which anything is
 * due. After each moment it writes a mark with the time into the terminal; what stands before a
 * mark was drawn then. What comes after the last mark gives the terminal back, when the last screen
 * has stayed for a while. */
#include "app/cast.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/loop.h"
#include "app/player.h"
#include "base/clock.h"
#include "base/utf8.h"

#define MARK     "\033_aside " /* an application's own string (APC); text never holds an escape */
#define MARK_END "\033\\"
#define LAST_US  2000000 /* how long the last screen stays */

/* ---- The format ------------------------------------------------------------------------- */

static void add_json(struct str *out, cJSON *value) {
    char *text = cJSON_PrintUnformatted(value);
    str_addf(out, "%s\n", text);
    free(text);
    cJSON_Delete(value);
}

void cast_begin(struct cast *c, int cols, int rows, int64_t when_ms, const char *title) {
    *c = (struct cast){.out = STR_INIT};
    cJSON *head = cJSON_CreateObject(), *env;
    cJSON_AddNumberToObject(head, "version", 2);
    cJSON_AddNumberToObject(head, "width", cols);
    cJSON_AddNumberToObject(head, "height", rows);
    cJSON_AddNumberToObject(head, "timestamp", (double)(when_ms / 1000));
    cJSON_AddStringToObject(head, "title", title);
    env = cJSON_AddObjectToObject(head, "env");
    cJSON_AddStringToObject(env, "TERM", "xterm-256color");
    add_json(&c->out, head);
}

void cast_add(struct cast *c, int64_t at_us, const char *bytes, size_t n) {
    struct str valid = STR_INIT;
    cJSON *event = cJSON_CreateArray();
    str_addn(&c->held, bytes, n);
    size_t whole = c->held.len - utf8_incomplete_tail(c->held.s, c->held.len);
    utf8_add_valid(&valid, c->held.s, whole);
    memmove(c->held.s, c->held.s + whole, c->held.len - whole);
    str_truncate(&c->held, c->held.len - whole);
    if (at_us > c->at_us) c->at_us = at_us;
    cJSON_AddItemToArray(event, cJSON_CreateNumber((double)c->at_us / 1e6));
    cJSON_AddItemToArray(event, cJSON_CreateString("o"));
    cJSON_AddItemToArray(event, cJSON_CreateString(str_cstr(&valid)));
    add_json(&c->out, event);
    str_free(&valid);
}

void cast_free(struct cast *c) {
    str_free(&c->out);
    str_free(&c->held);
}

bool cast_size_read(const char *text, struct cast_size *out) {
    int used = 0;
    return sscanf(text, "%dx%d%n", &out->cols, &out->rows, &used) == 2 && !text[used] &&
           out->cols >= 40 && out->cols <= 500 && out->rows >= 10 && out->rows <= 200;
}

/* ---- The child, on its terminal --------------------------------------------------------- */

static bool mark(int64_t us) {
    char text[64];
    int n = snprintf(text, sizeof text, MARK "%lld" MARK_END, (long long)us);
    return write(STDOUT_FILENO, text, (size_t)n) == n;
}

static void play(struct player *p, struct ui *u) {
    int64_t start = clock_mono_us(), now = start;
    for (int wait = 0; wait >= 0; now += 1000 * (int64_t)wait) {
        clock_pretend(now);
        player_advance(p);
        wait = loop_sooner(ui_draw(u), player_due_ms(p));
        if (!mark(now - start)) return;
    }
}

static bool perform(const struct options *o, int64_t conversation, double speed, struct err *e) {
    struct ui_options uo = {.theme = o->theme, .markdown = o->markdown};
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("INPUTRC", "/dev/null", 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    clock_pretend(clock_mono_us());
    struct history *h = history_open(NULL, NULL, e);
    if (!h) return false;
    struct ui *u = ui_open(&uo, e);
    struct player *p = u ? player_open(h, u, conversation, speed, e) : NULL;
    if (p) {
        play(p, u);
        player_close(p);
    }
    ui_close(u);
    history_close(h);
    return p != NULL;
}

/* ---- The parent ------------------------------------------------------------------------- */

static void read_all(int fd, struct str *out) {
    char buf[65536];
    ssize_t n;
    while ((n = read(fd, buf, sizeof buf)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) str_addn(out, buf, (size_t)n);
}

static void split(struct cast *c, const char *s, size_t n) {
    const char *end = s + n, *at;
    while ((at = memmem(s, (size_t)(end - s), MARK, sizeof MARK - 1))) {
        char *rest;
        int64_t us = strtoll(at + sizeof MARK - 1, &rest, 10);
        if (at > s) cast_add(c, us, s, (size_t)(at - s));
        s = rest + sizeof MARK_END - 1;
    }
    cast_add(c, c->at_us + LAST_US, s, (size_t)(end - s));
}

static bool about(int64_t conversation, struct history_conversation *out, struct err *e) {
    struct history *h = history_open(NULL, NULL, e);
    bool ok = h && history_conversation_get(h, conversation, out, e);
    history_close(h);
    return ok;
}

bool cast_record(const struct options *o, int64_t conversation, struct cast_size size, double speed,
                 struct str *out, struct err *e) {
    struct history_conversation c;
    struct winsize w = {.ws_col = (unsigned short)size.cols, .ws_row = (unsigned short)size.rows};
    struct str bytes = STR_INIT, why = STR_INIT;
    int terminal, errors[2], status = 0;
    if (!about(conversation, &c, e)) return false;
    pid_t pid = pipe(errors) == 0 ? forkpty(&terminal, NULL, NULL, &w) : -1;
    if (pid < 0) {
        history_conversation_done(&c);
        return err_set(e, "a terminal to record on: %s", strerror(errno));
    }
    if (pid == 0) {
        struct err failed = {""};
        bool ok = perform(o, conversation, speed, &failed);
        if (!ok) ok = write(errors[1], failed.msg, strlen(failed.msg)) < 0;
        _exit(ok ? 0 : 1);
    }
    close(errors[1]);
    read_all(terminal, &bytes);
    read_all(errors[0], &why);
    waitpid(pid, &status, 0);
    close(terminal);
    close(errors[0]);
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ok) {
        struct cast cast;
        cast_begin(&cast, size.cols, size.rows, c.created_ms, c.title);
        split(&cast, str_cstr(&bytes), bytes.len);
        str_addn(out, cast.out.s, cast.out.len);
        cast_free(&cast);
    } else {
        err_set(e, "%s", why.len ? why.s : "the recording ended early");
    }
    history_conversation_done(&c);
    str_free(&bytes);
    str_free(&why);
    return ok;
}
