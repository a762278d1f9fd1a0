/* Resuming: the program on a terminal leaves a conversation, and comes back to it without reading
 * it again; what is wrong with a file costs that and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/str.h"
#include "tests/terminal.h"

static char aside[1100];
static char home[] = "/tmp/aside-kept-XXXXXX";

static int make_home(void **state) {
    (void)state;
    return access("engine/builtin/aside-mini.gguf", R_OK) || !mkdtemp(home) ? -1 : 0;
}

static void run(const char *command) {
    if (system(command) != 0) fail_msg("%s", command);
}

static int remove_home(void **state) {
    (void)state;
    char command[80];
    snprintf(command, sizeof command, "rm -rf %s", home);
    run(command);
    return 0;
}

static char *at(const char *name) {
    static char path[2][200];
    static int which;
    which = !which;
    snprintf(path[which], sizeof path[which], "%s/%s", home, name);
    return path[which];
}

/* ---- the program ---- */

/* Starts it with some flags, asks, waits for the answer's text and leaves. The screen at the end.
 */
static char *session(const char *const *flags, const char *question, const char *answer) {
    static char variables[5][300];
    static const char *const names[] = {"HOME=%s", "XDG_CACHE_HOME=%s/cache",
                                        "XDG_DATA_HOME=%s/data", "XDG_STATE_HOME=%s/state",
                                        "ASIDE_CONFIG=%s/config"};
    const char *env[6] = {NULL};
    char *argv[12] = {aside, "--temp", "0", "-m", "engine/builtin/aside-mini.gguf"};
    struct str screen = STR_INIT;
    for (int i = 0; i < 5; i++) {
        snprintf(variables[i], sizeof variables[i], names[i], home);
        env[i] = variables[i];
    }
    for (int i = 0; flags[i]; i++) argv[5 + i] = (char *)(uintptr_t)flags[i];
    struct terminal *t = terminal_start(argv, 30, 100, env, -1);
    assert_true(terminal_wait(t, "Enter send"));
    terminal_send(t, question, strlen(question));
    terminal_send(t, "\r", 1);
    if (!terminal_wait(t, answer)) fail_msg("no \"%s\" on the screen", answer);
    terminal_settle(t, 300);
    terminal_screen(t, &screen);
    terminal_send(t, "\004", 1);
    int status = -1;
    int64_t until = clock_mono_us() + 20000000;
    while (waitpid(terminal_pid(t), &status, WNOHANG) <= 0 && clock_mono_us() < until)
        terminal_read(t, 20);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    while (terminal_read(t, 50) && clock_mono_us() < until)
        if (!strstr(terminal_bytes(t)->s, "1049l")) break;
    terminal_end(t);
    return str_take(&screen);
}

/* Of the latest answer: tokens of its prompt, and those that were there already. */
static void latest(int *n_prompt, int *n_cached) {
    sqlite3 *db;
    sqlite3_stmt *s;
    char *path = at("data/aside/history.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT n_prompt, n_cached FROM messages WHERE role = "
                                        "'assistant' ORDER BY id DESC LIMIT 1",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    *n_prompt = sqlite3_column_int(s, 0);
    *n_cached = sqlite3_column_int(s, 1);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

/* The number of files kept; the first's name if asked for. */
static int files(struct str *first) {
    int n = 0;
    DIR *d = opendir(at("cache/aside/contexts"));
    for (struct dirent *f; d && (f = readdir(d));) {
        if (f->d_name[0] == '.') continue;
        if (!n++ && first) str_addf(first, "%s/%s", at("cache/aside/contexts"), f->d_name);
    }
    if (d) closedir(d);
    return n;
}

static const char *const anew[] = {NULL}, *const newest[] = {"--resume", NULL},
                         *const first[] = {"--resume", "1", NULL};

/* ---- tests ---- */

static void a_resumed_conversation_is_not_read_again(void **state) {
    (void)state;
    int n_prompt, n_cached;
    free(session(anew, "What is 12 + 7?", "thought for"));
    latest(&n_prompt, &n_cached);
    assert_int_equal(n_cached, 0);
    assert_int_equal(files(NULL), 1);
    free(session(newest, "What is 30 + 11?", "41"));
    int before = n_prompt;
    latest(&n_prompt, &n_cached);
    if (n_cached < before - 8) fail_msg("%d of %d were there", n_cached, n_prompt);
    assert_true(n_cached < n_prompt);
    assert_int_equal(files(NULL), 1);
}

static void a_damaged_file_costs_a_reading_and_a_notice(void **state) {
    (void)state;
    int n_prompt, n_cached;
    struct str path = STR_INIT, bytes = STR_INIT;
    struct err e;
    assert_int_equal(files(&path), 1);
    assert_true(files_read_whole(str_cstr(&path), 1 << 28, &bytes, &e));
    bytes.s[bytes.len / 2] ^= 16;
    assert_true(files_write_whole(path.s, bytes.s, bytes.len, &e));
    char *screen = session(newest, "What is 21 + 5?", "26");
    latest(&n_prompt, &n_cached);
    assert_int_equal(n_cached, 0);
    free(screen);
    free(session(newest, "What is 50 + 5?", "55")); /* what took its place is good */
    latest(&n_prompt, &n_cached);
    assert_true(n_cached > 0);
    str_free(&path);
    str_free(&bytes);
}

static void the_bound_drops_the_oldest_or_keeps_none(void **state) {
    (void)state;
    static const char *const little[] = {"--saved-caches", "1", NULL}, *const none[] = {
                                                                           "--saved-caches", "0",
                                                                           NULL};
    char command[400];
    snprintf(command, sizeof command,
             "cd %s && truncate -s 1048576 8-older && touch -d '2 days ago' 8-older && "
             "truncate -s 1000 9-old && touch -d yesterday 9-old",
             at("cache/aside/contexts"));
    run(command);
    free(session(anew, "What is 40 + 4?", "thought for"));
    assert_int_equal(files(NULL), 4);
    free(session(little, "What is 70 + 7?", "thought for"));
    assert_int_equal(access(at("cache/aside/contexts/8-older"), F_OK), -1);
    assert_int_equal(access(at("cache/aside/contexts/9-old"), F_OK), 0);
    assert_int_equal(files(NULL), 4);
    free(session(none, "What is 60 + 6?", "thought for"));
    assert_int_equal(files(NULL), 0); /* what was there is over the bound too */
}

static void deleting_a_conversation_deletes_its_cache(void **state) {
    (void)state;
    struct str command = STR_INIT;
    free(session(first, "What is 20 + 2?", "22"));
    int n = files(NULL);
    assert_true(n >= 1);
    str_addf(&command,
             "HOME=%s XDG_CACHE_HOME=%s/cache XDG_DATA_HOME=%s/data ASIDE_CONFIG=%s/config %s "
             "history delete 1",
             home, home, home, home, aside);
    run(str_cstr(&command));
    assert_int_equal(files(NULL), n - 1);
    str_free(&command);
}

int main(void) {
    char exe[1024];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0) return 1;
    exe[n] = 0;
    *strrchr(exe, '/') = 0;
    snprintf(aside, sizeof aside, "%.*s/aside", (int)(strrchr(exe, '/') - exe), exe);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_conversation_is_not_read_again),
        cmocka_unit_test(a_damaged_file_costs_a_reading_and_a_notice),
        cmocka_unit_test(the_bound_drops_the_oldest_or_keeps_none),
        cmocka_unit_test(deleting_a_conversation_deletes_its_cache),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
