/* bench_history ASIDE FOLDER [RUNS]: how long a person waits for FOLDER/history.db, which
 * make_history wrote: through the functions that the program calls, and in the program itself on an
 * emulated terminal.
 *
 * "cold" is the first time after the kernel was asked to forget the file, through a connection that
 * has read nothing; the others follow on it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "history/history.h"
#include "tests/terminal.h"

enum { MAX_RUNS = 101 };

static char path[1000];
static struct err e;
static int runs = 9;

static void fail(const char *what) {
    fprintf(stderr, "bench_history: %s: %s\n", what, e.msg);
    exit(1);
}

static struct history *open_it(void) {
    struct history *h = history_open(path, NULL, &e);
    if (!h) fail("open");
    return h;
}

static void forget(void) {
    int fd = open(path, O_RDONLY);
    if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) fail("forget");
    close(fd);
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts; prints the median and the worst. */
static void print_times(int64_t *us) {
    qsort(us, (size_t)runs, sizeof *us, by_value);
    printf(" %.1f | %.1f |", (double)us[runs / 2] / 1e3, (double)us[runs - 1] / 1e3);
    fflush(stdout);
}

static int64_t cpu_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- The functions ---------------------------------------------------------------------- */

static size_t do_open(struct history *h, const char *arg) {
    (void)h, (void)arg;
    history_close(open_it());
    return 1;
}

static size_t do_list(struct history *h, const char *arg) {
    (void)arg;
    struct history_conversation *all;
    struct history_filter f = {0};
    size_t n;
    if (!history_conversations(h, &f, &all, &n, &e)) fail("list");
    for (size_t i = 0; i < n; i++) history_conversation_done(&all[i]);
    free(all);
    return n;
}

static size_t do_newest(struct history *h, const char *arg) {
    int64_t id;
    (void)arg;
    if (!history_newest(h, &id, &e)) fail("newest");
    return 1;
}

static size_t do_messages(struct history *h, const char *id) {
    struct history_message *m;
    size_t n;
    if (!history_messages(h, atoll(id), 0, &m, &n, &e)) fail("messages");
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    return n;
}

static bool count(void *ctx, const struct history_token *t) {
    (void)t;
    ++*(size_t *)ctx;
    return true;
}

static size_t do_tokens(struct history *h, const char *message) {
    size_t n = 0;
    if (!history_message_tokens(h, atoll(message), count, &n, &e)) fail("tokens");
    return n;
}

static size_t do_find(struct history *h, const char *query) {
    struct history_hit *hits;
    size_t n;
    if (!history_find(h, query, HISTORY_IN_ALL, 100, &hits, &n, &e)) fail("find");
    for (size_t i = 0; i < n; i++) history_hit_done(&hits[i]);
    free(hits);
    return n;
}

static size_t do_totals(struct history *h, const char *arg) {
    struct history_totals t;
    if (!history_totals(h, atoll(arg), &t, &e)) fail("totals");
    return (size_t)t.messages;
}

static const struct {
    const char *what;
    size_t (*run)(struct history *h, const char *arg);
    const char *arg;
} deeds[] = {{"open and close the database", do_open, ""},
             {"list all conversations", do_list, ""},
             {"find the newest", do_newest, ""},
             {"read a conversation", do_messages, "100"},
             {"read the longest conversation", do_messages, "1"},
             {"read one answer's tokens", do_tokens, "50002"},
             {"search: the most common word", do_find, "baba"},
             {"search: a rare word", do_find, "banetiro"},
             {"search: three letters", do_find, "kab"},
             {"search: two words", do_find, "bane suba"},
             {"search: nothing found", do_find, "walnut"},
             {"search: a letter", do_find, "b"},
             {"totals of the history", do_totals, "0"},
             {"totals of a conversation", do_totals, "100"}};

static void functions(void) {
    int64_t us[MAX_RUNS], cpu[MAX_RUNS];
    printf(
        "| through the functions | rows | cold ms | median ms | worst ms | of the processor | |\n"
        "|---|---|---|---|---|---|---|\n");
    for (size_t k = 0; k < sizeof deeds / sizeof *deeds; k++) {
        forget();
        struct history *h = deeds[k].run == do_open ? NULL : open_it();
        int64_t start = clock_mono_us();
        size_t n = deeds[k].run(h, deeds[k].arg);
        int64_t cold = clock_mono_us() - start;
        for (int i = 0; i < runs; i++) {
            start = clock_mono_us();
            cpu[i] = cpu_us();
            deeds[k].run(h, deeds[k].arg);
            cpu[i] = cpu_us() - cpu[i];
            us[i] = clock_mono_us() - start;
        }
        printf("| %s | %zu | %.1f |", deeds[k].what, n, (double)cold / 1e3);
        print_times(us);
        print_times(cpu);
        puts("");
        history_close(h);
    }
}

/* ---- The program ------------------------------------------------------------------------ */

#define F5 "\033[15~"
#define F6 "\033[17~"

enum { STEPS = 7 };
static const struct {
    const char *what, *keys, *wait;
} steps[STEPS] = {{"start to the prompt", "", "Enter send"},
                  {"F5: the list, with a preview", F5, "tokens · begun"},
                  {"a letter narrows it", "k", " of "},
                  {"Esc: back", "\033", "Enter send"},
                  {"F6, ready to type", F6, "words to search for"},
                  {"a word is typed: its hits", "baba", "of conversation"},
                  {"Enter: that conversation", "\r", "Ctrl-O thinking"}};

static int64_t wait_for(struct terminal *t, const char *text, int64_t since) {
    struct str screen = STR_INIT;
    do {
        terminal_screen(t, &screen);
        if (strstr(screen.s, text)) break;
    } while (terminal_read(t, 20) && clock_mono_us() - since < 20000000);
    str_free(&screen);
    return clock_mono_us() - since;
}

static void run_program(const char *aside, const char *folder, int64_t us[STEPS]) {
    char data[1100], state[1100];
    snprintf(data, sizeof data, "ASIDE_DATA_DIR=%s", folder);
    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", folder);
    const char *env[] = {data, state, "ASIDE_CONFIG=/dev/null", NULL};
    char *argv[] = {(char *)(uintptr_t)aside, NULL};
    int64_t start = clock_mono_us();
    struct terminal *t = terminal_start(argv, 32, 120, env, -1);
    for (int i = 0; i < STEPS; i++) {
        if (i) start = clock_mono_us();
        terminal_send(t, steps[i].keys, strlen(steps[i].keys));
        us[i] = wait_for(t, steps[i].wait, start);
        terminal_settle(t, 100);
    }
    terminal_end(t);
}

static void program(const char *aside, const char *folder) {
    static int64_t us[STEPS][MAX_RUNS];
    int64_t cold[STEPS], one[STEPS];
    forget();
    run_program(aside, folder, cold);
    for (int i = 0; i < runs; i++) {
        run_program(aside, folder, one);
        for (int k = 0; k < STEPS; k++) us[k][i] = one[k];
    }
    printf("\n| in the program, key to screen | cold ms | median ms | worst ms |\n"
           "|---|---|---|---|\n");
    for (int k = 0; k < STEPS; k++) {
        printf("| %s | %.1f |", steps[k].what, (double)cold[k] / 1e3);
        print_times(us[k]);
        puts("");
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_history ASIDE FOLDER [RUNS]\n");
        return 2;
    }
    if (argc > 3) runs = atoi(argv[3]);
    if (runs < 1 || runs > MAX_RUNS) runs = 9;
    snprintf(path, sizeof path, "%s/history.db", argv[2]);
    int64_t start = clock_mono_us();
    history_close(open_it());
    printf("first open (migrates an older schema): %.1f ms\n\n",
           (double)(clock_mono_us() - start) / 1e3);
    functions();
    program(argv[1], argv[2]);
    return 0;
}
