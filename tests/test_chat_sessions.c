/* The list of conversations and the search in the program itself, with the built-in model, on an
 * emulated terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "history/history.h"
#include "tests/terminal.h"

static char folder[64], aside[1100];
static int64_t letters, sums; /* two conversations */

static int64_t converse(struct history *h, const char *prompt, const char *thought,
                        const char *answer) {
    struct err e = {""};
    int64_t c, q, a;
    if (!history_conversation_new(h, "builtin", NULL, &c, &e) ||
        !history_title_set(h, c, prompt, &e) ||
        !history_message_add(h, c, 0, HISTORY_USER, prompt, NULL, &q, &e) ||
        !history_message_add(h, c, q, HISTORY_ASSISTANT, answer, thought, &a, &e) ||
        !history_message_finish(h, a, &(struct history_outcome){.finish = "stop"}, &e) ||
        !history_message_add(h, c, a, HISTORY_USER, "And then?", NULL, &q, &e) ||
        !history_message_add(h, c, q, HISTORY_ASSISTANT, "Then nothing.", NULL, &a, &e))
        fail_msg("%s", e.msg);
    return c;
}

static int setup(void **state) {
    struct err e = {""};
    struct str thought = STR_INIT;
    char path[96];
    strcpy(folder, "/tmp/aside-chat-XXXXXX");
    *state = mkdtemp(folder);
    snprintf(path, sizeof path, "%s/history.db", folder);
    struct history *h = history_open(path, NULL, &e);
    for (int i = 0; i < 60; i++) str_addf(&thought, "Step %d of a long way.\n", i);
    str_add(&thought, "Here is the walnut.\n");
    for (int i = 60; i < 90; i++) str_addf(&thought, "Step %d of a long way.\n", i);
    letters = converse(h, "How many letters?", thought.s, "Seven letters.");
    sums = converse(h, "What is 2 + 2?", "Two and two.", "Four.");
    history_close(h);
    str_free(&thought);
    ssize_t len = readlink("/proc/self/exe", aside, 1000);
    aside[len > 0 ? len : 0] = '\0';
    strcpy(strstr(aside, "/tests/"), "/aside");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

static struct terminal *start(int cols, int rows) {
    char data[96], state_home[96];
    snprintf(data, sizeof data, "ASIDE_DATA_DIR=%s", folder);
    snprintf(state_home, sizeof state_home, "XDG_STATE_HOME=%s", folder);
    const char *env[] = {data, state_home, "ASIDE_CONFIG=/dev/null", NULL};
    char *argv[] = {aside, "--temp", "0", NULL};
    struct terminal *t = terminal_start(argv, rows, cols, env, -1);
    assert_true(terminal_wait(t, "Enter send"));
    return t;
}

static void send(struct terminal *t, const char *keys) { terminal_send(t, keys, strlen(keys)); }

static void shows(struct terminal *t, const char *text) {
    struct str screen = STR_INIT;
    if (terminal_wait(t, text)) return;
    terminal_screen(t, &screen);
    fail_msg("no \"%s\" in\n%s", text, str_cstr(&screen));
}

/* Until it is gone, or five seconds have passed. */
static void shows_not(struct terminal *t, const char *text) {
    struct str screen = STR_INIT;
    int64_t until = clock_mono_us() + 5000000;
    do {
        terminal_screen(t, &screen);
    } while (strstr(screen.s, text) && clock_mono_us() < until && terminal_read(t, 50));
    if (strstr(screen.s, text)) fail_msg("still \"%s\" in\n%s", text, screen.s);
    str_free(&screen);
}

#define F5    "\033[15~"
#define F6    "\033[17~"
#define DEL   "\033[3~"
#define ALT_R "\033r"
#define ALT_T "\033t"
#define ALT_P "\033p"
#define ALT_Z "\033z"
#define UP    "\033[A"
#define DOWN  "\033[B"
#define CLEAR "\025"

static struct history_conversation saved(int64_t id) {
    struct history_conversation c = {0};
    struct err e = {""};
    char path[96];
    snprintf(path, sizeof path, "%s/history.db", folder);
    struct history *h = history_open(path, NULL, &e);
    assert_non_null(h);
    if (!history_conversation_get(h, id, &c, &e)) c.title = NULL;
    history_close(h);
    return c;
}

static void a_conversation_is_renamed_tagged_pinned_deleted_and_brought_back(void **state) {
    (void)state;
    static const int sizes[][2] = {{120, 32}, {60, 20}};
    for (int i = 0; i < 2; i++) {
        struct terminal *t = start(sizes[i][0], sizes[i][1]);
        send(t, F5);
        shows(t, "type to narrow");
        shows(t, "aside: Four."); /* the preview of the newest */
        send(t, DOWN);
        shows(t, "aside: Seven letters.");
        send(t, ALT_R);
        shows(t, "title:");
        send(t, CLEAR "Letters of words\r");
        shows(t, "Letters of words");
        send(t, ALT_T);
        shows(t, "tags:");
        send(t, CLEAR "#words two\r");
        shows(t, "#two");
        send(t, ALT_P);
        shows(t, "1* Letters of words");
        send(t, DEL);
        shows(t, "is deleted; for 30 days Alt-Z");
        shows_not(t, "Letters of words");
        send(t, ALT_Z);
        shows(t, "Letters of words");
        send(t, "words");
        shows(t, "1 of 2");
        send(t, "\r");
        shows(t, "Then nothing.");
        send(t, "/pin\r");
        shows(t, "no longer pinned");
        send(t, "/tag -two -words\r");
        shows(t, "no tags");
        send(t, "/title How many letters?\r");
        terminal_settle(t, 200);
        send(t, "\004");
        while (terminal_read(t, 1000)) {
        }
        terminal_end(t);
        struct history_conversation c = saved(letters);
        assert_string_equal(c.title, "How many letters?");
        assert_string_equal(c.tags, "");
        assert_false(c.pinned);
        history_conversation_done(&c);
    }
}

static void deleting_the_open_conversation_begins_a_new_one(void **state) {
    (void)state;
    struct terminal *t = start(120, 32);
    send(t, "/resume 2\r");
    shows(t, "Four.");
    send(t, "/delete\r");
    shows(t, "conversation 2 is deleted");
    shows_not(t, "Four.");
    struct history_conversation gone = saved(sums);
    assert_null(gone.title);
    send(t, "/undelete\r");
    shows(t, "conversation 2 is back");
    send(t, "/resume 2\r");
    shows(t, "Four.");
    terminal_end(t);
    struct history_conversation back = saved(sums);
    assert_int_equal(back.n_messages, 4);
    history_conversation_done(&back);
}

static void a_search_goes_to_the_place_with_the_thought_open(void **state) {
    (void)state;
    static const int sizes[][2] = {{120, 32}, {60, 20}};
    for (int i = 0; i < 2; i++) {
        struct terminal *t = start(sizes[i][0], sizes[i][1]);
        send(t, F6);
        shows(t, "words to search for");
        send(t, "walnut");
        shows(t, "the walnut");
        shows(t, i ? "Step 61 of" : "thought of conversation 1"); /* the preview */
        send(t, CLEAR "letters");
        shows(t, "Seven letters.");
        shows(t, "How many letters?");
        send(t, "\t\t");
        shows(t, "search in answers");
        shows_not(t, "prompt ");
        send(t, CLEAR "four in:prompt");
        shows(t, "search in prompts");
        shows(t, "Nothing found.");
        send(t, CLEAR "walnut in:thought");
        shows(t, "search in thoughts");
        shows(t, "the walnut");
        send(t, "\r");
        shows_not(t, "search in thoughts");
        shows(t, "Here is the walnut.");
        shows(t, "Step 6"); /* around it */
        send(t, "\033[1;5F"); /* the conversation goes on behind it */
        shows(t, "Then nothing.");
        terminal_end(t);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_conversation_is_renamed_tagged_pinned_deleted_and_brought_back),
        TEST(deleting_the_open_conversation_begins_a_new_one),
        TEST(a_search_goes_to_the_place_with_the_thought_open),
    };
    if (access("engine/builtin/aside-mini.gguf", R_OK) != 0) {
        puts("skipped the chat's lists: there is no built-in model");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
