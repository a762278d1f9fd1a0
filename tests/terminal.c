/* terminal: see terminal.h. */
#include "tests/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#include "base/clock.h"
#include "base/mem.h"

struct terminal {
    VTerm *vt;
    VTermScreen *screen;
    int fd, rows, cols;
    pid_t pid;
    struct str bytes;
};

static void child(char *const argv[], const char *const *env, int control) {
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("INPUTRC", "/dev/null", 1);
    unsetenv("NO_COLOR");
    for (; env && *env; env++) putenv(mem_strdup(*env));
    if (control >= 0 && control != 3) {
        dup2(control, 3);
        close(control);
    }
    /* in the background a shell has these ignored */
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    execv(argv[0], argv);
    _exit(127);
}

struct terminal *terminal_start(char *const argv[], int rows, int cols, const char *const *env,
                                int control) {
    struct terminal *t = mem_calloc(1, sizeof *t);
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    t->pid = forkpty(&t->fd, NULL, NULL, &w);
    if (t->pid == 0) child(argv, env, control);
    t->rows = rows, t->cols = cols;
    t->vt = vterm_new(rows, cols);
    vterm_set_utf8(t->vt, 1);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_reset(t->screen, 1);
    return t;
}

int terminal_end(struct terminal *t) {
    int status = 0;
    while (waitpid(t->pid, &status, WNOHANG) == 0) {
        kill(t->pid, SIGKILL);
        waitpid(t->pid, &status, 0);
        break;
    }
    close(t->fd);
    vterm_free(t->vt);
    str_free(&t->bytes);
    free(t);
    return status;
}

void terminal_send(struct terminal *t, const char *bytes, size_t n) {
    while (n > 0) {
        ssize_t k = write(t->fd, bytes, n);
        if (k <= 0) return;
        bytes += k;
        n -= (size_t)k;
    }
}

void terminal_resize(struct terminal *t, int rows, int cols) {
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    t->rows = rows, t->cols = cols;
    vterm_set_size(t->vt, rows, cols);
    ioctl(t->fd, TIOCSWINSZ, &w);
}

pid_t terminal_pid(const struct terminal *t) { return t->pid; }
int terminal_fd(const struct terminal *t) { return t->fd; }
const struct str *terminal_bytes(const struct terminal *t) { return &t->bytes; }

bool terminal_read(struct terminal *t, int ms) {
    char buf[16384];
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    if (poll(&p, 1, ms) <= 0) return true;
    ssize_t n = read(t->fd, buf, sizeof buf);
    if (n <= 0) return false;
    str_addn(&t->bytes, buf, (size_t)n);
    vterm_input_write(t->vt, buf, (size_t)n);
    return true;
}

void terminal_settle(struct terminal *t, int quiet_ms) {
    size_t before;
    do {
        before = t->bytes.len;
        if (!terminal_read(t, quiet_ms)) return;
    } while (t->bytes.len > before);
}

void terminal_screen(struct terminal *t, struct str *out) {
    str_clear(out);
    for (int y = 0; y < t->rows; y++) {
        size_t end = out->len;
        for (int x = 0; x < t->cols;) {
            VTermScreenCell cell;
            vterm_screen_get_cell(t->screen, (VTermPos){y, x}, &cell);
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
                str_add_cp(out, cell.chars[i]);
            if (!cell.chars[0]) str_addc(out, ' ');
            if (cell.chars[0] && cell.chars[0] != ' ') end = out->len;
            x += cell.width > 1 ? cell.width : 1;
        }
        str_truncate(out, end);
        str_addc(out, '\n');
    }
}

bool terminal_wait(struct terminal *t, const char *text) {
    struct str s = {0};
    int64_t until = clock_mono_us() + 20000000;
    bool found = false;
    while (!found && clock_mono_us() < until) {
        terminal_screen(t, &s);
        found = strstr(str_cstr(&s), text) != NULL;
        if (!found && !terminal_read(t, 50)) break;
    }
    str_free(&s);
    return found;
}

void terminal_cursor(struct terminal *t, int *row, int *col) {
    VTermPos p;
    vterm_state_get_cursorpos(vterm_obtain_state(t->vt), &p);
    *row = p.row;
    *col = p.col;
}
