/* quantize: `aside quantize`, a model written anew in fewer bits. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/models.h"
#include "base/clock.h"
#include "engine/convert.h"
#include "engine/hf_folder.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int sig) {
    (void)sig;
    interrupted = 1;
}

static void catch_signals(void) {
    struct sigaction act = {.sa_handler = on_signal};
    interrupted = 0;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

/* ---- progress ---- */

struct progress {
    bool terminal;
    int64_t start_us, shown_us;
};

static void draw_bar(struct progress *p, const struct convert_step *s) {
    enum { WIDTH = 24 };
    int64_t now = clock_mono_us();
    if (s->done < s->all_bytes && now - p->shown_us < 100000) return;
    double part = s->all_bytes ? (double)s->done / (double)s->all_bytes : 1;
    double left = part > 0 ? (double)(now - p->start_us) / 1e6 * (1 - part) / part : 0;
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++) bar[i] = (double)i < part * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %3.0f%%  %llu of %llu tensors  %.0f s left \033[K", bar, 100 * part,
            (unsigned long long)s->tensor + 1, (unsigned long long)s->n_tensors, left);
    p->shown_us = now;
}

static bool show_progress(void *ctx, const struct convert_step *s) {
    struct progress *p = ctx;
    if (p->terminal)
        draw_bar(p, s);
    else if (s->begins)
        fprintf(stderr, "[%llu/%llu] %s: %s%s%s\n", (unsigned long long)s->tensor + 1,
                (unsigned long long)s->n_tensors, s->name, s->from,
                strcmp(s->from, s->to) ? " to " : "", strcmp(s->from, s->to) ? s->to : "");
    return !interrupted;
}

/* ---- the command ---- */

struct job {
    const char *in, *out, *type;
    int threads;
    bool force;
};

static bool check_output(const char *in, const char *out, bool force, struct err *e) {
    struct stat a, b;
    if (stat(out, &b) != 0)
        return errno == ENOENT || errno == ENOTDIR || err_set(e, "%s: %s", out, strerror(errno));
    if (stat(in, &a) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return err_set(e, "%s: that is the model itself", out);
    if (!S_ISREG(b.st_mode)) return err_set(e, "%s: not a regular file", out);
    return force || err_set(e, "%s: it exists; --force replaces it", out);
}

static bool quantize(const struct job *j, const struct convert_mix *mix, struct err *e) {
    struct progress p = {.terminal = isatty(STDERR_FILENO), .start_us = clock_mono_us()};
    char *path = models_resolve(j->in, e);
    struct gguf *g = NULL;
    bool ok = path && check_output(path, j->out, j->force, e) && (g = hf_open(path, e));
    if (ok) {
        catch_signals();
        ok = convert_write(g, mix, j->threads, j->out, show_progress, &p, e);
        if (p.terminal) fputs("\r\033[K", stderr);
    }
    if (ok)
        printf("%s: %s, %.1f MB from %.1f MB in %.1f s\n", j->out, mix->name,
               (double)convert_bytes(g, mix) / 1e6, (double)g->file_bytes / 1e6,
               (double)(clock_mono_us() - p.start_us) / 1e6);
    gguf_close(g);
    free(path);
    return ok;
}

static bool take_threads(const char *text, int *out) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > 1024) return false;
    *out = (int)n;
    return true;
}

/* EXIT_OK, or the exit status of a misuse. */
static int read_words(struct args *a, struct job *j) {
    while (a->next < a->argc) {
        if (args_take(a, "--type", true)) {
            j->type = a->value;
        } else if (args_take(a, "-t|--threads", true)) {
            if (!take_threads(a->value, &j->threads))
                return command_misused("quantize", "-t needs a number from 1 to 1024");
        } else if (args_take(a, "-f|--force", false)) {
            j->force = true;
        } else if (a->argv[a->next][0] == '-' && a->argv[a->next][1]) {
            return command_misused("quantize", "what is \"%s\"?", a->argv[a->next]);
        } else if (!j->in) {
            j->in = a->argv[a->next++];
        } else if (!j->out) {
            j->out = a->argv[a->next++];
        } else {
            return command_misused("quantize", "one word too many: \"%s\"", a->argv[a->next]);
        }
    }
    return j->out ? EXIT_OK : command_misused("quantize", "it needs a model and a file to write");
}

int command_quantize(int argc, char **argv) {
    struct args a = {.argc = argc, .next = 1, .argv = argv};
    struct job j = {.type = "Q4_K_M"};
    if (args_take(&a, "-h|--help", false)) return command_usage("quantize");
    int status = read_words(&a, &j);
    if (status != EXIT_OK) return status;
    const struct convert_mix *mix = convert_find(j.type);
    if (!mix) return command_misused("quantize", "there is no type \"%s\"", j.type);
    struct err e = {0};
    if (quantize(&j, mix, &e)) return EXIT_OK;
    if (!interrupted) return command_failed(&e);
    fputs("aside: interrupted; nothing was written\n", stderr);
    return EXIT_INTERRUPTED;
}
