/* editor: programs that get the terminal for a while: ui_run(), and the person's editor for the
 * message that is being written. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/editor.h"
#include "ui/input.h"

int ui_run(struct ui *u, char *const argv[]) {
    int status = 0;
    screen_leave();
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGTSTP, SIG_DFL);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid > 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
    screen_enter();
    input_size(screen_rows(), screen_cols());
    ui_touch(u, true);
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127) return -1;
    return WEXITSTATUS(status);
}

static bool write_text(int fd, const char *s, size_t n) {
    while (n > 0) {
        ssize_t k = write(fd, s, n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        s += k;
        n -= (size_t)k;
    }
    return true;
}

static bool read_text(const char *path, struct str *out) {
    FILE *f = fopen(path, "r");
    char buf[4096];
    size_t n;
    if (!f) return false;
    while ((n = fread(buf, 1, sizeof buf, f)) > 0) str_addn(out, buf, n);
    bool ok = !ferror(f);
    fclose(f);
    while (out->len && out->s[out->len - 1] == '\n') str_truncate(out, out->len - 1);
    return ok;
}

static const char *editor_name(void) {
    const char *e = getenv("VISUAL");
    if (!e || !*e) e = getenv("EDITOR");
    return e && *e ? e : "vi";
}

bool ui_edit(struct ui *u, struct str *text) {
    const char *dir = getenv("TMPDIR");
    struct str path = {0}, command = {0}, edited = {0};
    str_addf(&path, "%s/aside-XXXXXX", dir && *dir ? dir : "/tmp");
    int fd = mkstemp(path.s);
    if (fd < 0) {
        ui_notice(u, "%s: %s", path.s, strerror(errno));
        str_free(&path);
        return false;
    }
    bool ok = write_text(fd, str_cstr(text), text->len) && write_text(fd, "\n", 1);
    close(fd);
    /* Through the shell, because the variable may hold arguments; the path is ours and plain. */
    str_addf(&command, "%s \"$1\"", editor_name());
    char *argv[] = {"sh", "-c", command.s, "sh", path.s, NULL};
    ok = ok && ui_run(u, argv) == 0 && read_text(path.s, &edited);
    if (ok) {
        str_clear(text);
        str_addn(text, edited.s, edited.len);
        str_cstr(text);
    } else {
        ui_notice(u, "%s did not finish well; the text is as it was", editor_name());
    }
    unlink(path.s);
    str_free(&path);
    str_free(&command);
    str_free(&edited);
    return ok;
}

void editor_edit_line(struct ui *u) {
    struct str text = {0};
    struct input_view v;
    input_view(&v);
    str_addn(&text, v.text, v.n);
    if (ui_edit(u, &text)) input_set(str_cstr(&text));
    str_free(&text);
}
