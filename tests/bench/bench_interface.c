/* bench_interface ASIDE MODEL [RUNS]: what the interface costs, and how soon a key is on the
 * screen.
 *
 * The program runs on a pseudo-terminal whose other side is libvterm. While it generates with all
 * threads, one letter at a time is typed and the time until the screen shows it is taken. Then the
 * decode rates of `aside ask` and of the chat are compared in pairs, from the times that the
 * history kept. MODEL needs a chat template; one from make_model generates until the limit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "history/history.h"
#include "tests/terminal.h"

#define KEYS   200
#define TOKENS "160"

static char folder[] = "/tmp/aside-bench-XXXXXX";

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Milliseconds from each key press to the screen that shows it. */
static void keystrokes(const char *aside, const char *model) {
    static double ms[KEYS];
    const char *env[] = {"ASIDE_CONFIG=/dev/null", NULL};
    char *argv[] = {(char *)(uintptr_t)aside,
                    "-m",
                    (char *)(uintptr_t)model,
                    "--no-save",
                    "-p",
                    "Go on.",
                    NULL};
    struct terminal *t = terminal_start(argv, 32, 120, env, -1);
    struct str typed = STR_INIT, screen = STR_INIT;
    terminal_wait(t, "Go on.");
    usleep(500000);
    str_add(&typed, "\xE2\x80\xBA ");
    for (int i = 0; i < KEYS; i++) {
        char key = (char)('a' + i % 26);
        if (i % 40 == 0 && i) {
            terminal_send(t, "\x15", 1); /* clears the line */
            str_truncate(&typed, 4);
            terminal_settle(t, 30);
        }
        str_addc(&typed, key);
        int64_t sent = clock_mono_us();
        terminal_send(t, &key, 1);
        do {
            terminal_read(t, 50);
            str_clear(&screen);
            terminal_screen(t, &screen);
        } while (!strstr(screen.s, typed.s) && clock_mono_us() - sent < 2000000);
        ms[i] = (double)(clock_mono_us() - sent) / 1e3;
        usleep(20000 + (useconds_t)(i * 7919 % 13000));
    }
    bool generating = strstr(screen.s, "Ctrl-C stop") != NULL;
    terminal_end(t);
    qsort(ms, KEYS, sizeof *ms, by_value);
    printf("keystroke to screen, %s: median %.1f ms, 90%% %.1f ms, 99%% %.1f ms, worst %.1f ms (%d "
           "keys)\n",
           generating ? "while generating" : "IDLE (the model ended early)", ms[KEYS / 2],
           ms[KEYS * 9 / 10], ms[KEYS * 99 / 100], ms[KEYS - 1], KEYS);
    str_free(&typed);
    str_free(&screen);
}

struct span {
    int64_t first, last;
    int n;
};

static bool extend(void *ctx, const struct history_token *t) {
    struct span *s = ctx;
    if (t->token_id < 0) return true;
    if (!s->n++) s->first = t->t_us;
    s->last = t->t_us;
    return true;
}

/* Decode rate of the newest answer in the history, tokens per second. */
static double newest_rate(void) {
    struct err e;
    struct history *h = history_open(NULL, NULL, &e);
    struct history_message *m;
    struct span s = {0};
    int64_t id;
    size_t k;
    if (!h || !history_newest(h, &id, &e) || !id || !history_messages(h, id, 0, &m, &k, &e))
        return 0;
    history_message_tokens(h, m[k - 1].id, extend, &s, &e);
    history_close(h);
    return s.n > 1 ? (s.n - 1) * 1e6 / (double)(s.last - s.first) : 0;
}

static double run_ask(const char *aside, const char *model) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
        execl(aside, aside, "ask", "-m", model, "-n", TOKENS, "--seed", "1", "Go on.",
              (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
    return newest_rate();
}

static double run_chat(const char *aside, const char *model) {
    char *argv[] = {(char *)(uintptr_t)aside,
                    "-m",
                    (char *)(uintptr_t)model,
                    "-n",
                    TOKENS,
                    "--seed",
                    "1",
                    "-p",
                    "Go on.",
                    NULL};
    char data[96];
    snprintf(data, sizeof data, "ASIDE_DATA_DIR=%s", folder);
    const char *env[] = {data, "ASIDE_CONFIG=/dev/null", NULL};
    struct terminal *t = terminal_start(argv, 32, 120, env, -1);
    struct str screen = STR_INIT;
    terminal_wait(t, "Ctrl-C stop");
    do {
        terminal_read(t, 200);
        str_clear(&screen);
        terminal_screen(t, &screen);
    } while (strstr(screen.s, "Ctrl-C stop"));
    terminal_send(t, "\x04", 1);
    terminal_settle(t, 300);
    terminal_end(t);
    str_free(&screen);
    return newest_rate();
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_interface ASIDE MODEL [RUNS]\n");
        return 2;
    }
    int runs = argc > 3 ? atoi(argv[3]) : 5;
    double ratio[100];
    if (!mkdtemp(folder) || runs < 1 || runs > 100) return 1;
    setenv("ASIDE_DATA_DIR", folder, 1);
    setenv("ASIDE_CONFIG", "/dev/null", 1);
    keystrokes(argv[1], argv[2]);
    for (int i = 0; i < runs; i++) {
        double ask = run_ask(argv[1], argv[2]), chat = run_chat(argv[1], argv[2]);
        ratio[i] = ask > 0 ? chat / ask : 0;
        printf("decode: ask %.2f tokens/s, chat %.2f tokens/s, ratio %.4f\n", ask, chat, ratio[i]);
        fflush(stdout);
    }
    qsort(ratio, (size_t)runs, sizeof *ratio, by_value);
    printf("chat / ask, median of %d pairs: %.4f\n", runs, ratio[runs / 2]);
    char line[96];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}
