/* The chat as a person uses it: the program itself on an emulated terminal, with the built-in
 * model, a home of its own, and what it leaves in the database. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "history/history.h"
#include "tests/terminal.h"

static char home[64], aside[1100];

static int make_home(void **state) {
    strcpy(home, "/tmp/aside-chat-XXXXXX");
    *state = mkdtemp(home);
    return *state == NULL;
}

static int remove_home(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", home);
    return system(line);
}

/* The chat at this size, greedy, with these further arguments and this editor. */
static struct terminal *chat(int rows, int cols, const char *further, const char *editor) {
    static char names[5][160], words[256];
    snprintf(names[0], sizeof names[0], "HOME=%s", home);
    snprintf(names[1], sizeof names[1], "ASIDE_DATA_DIR=%s", home);
    snprintf(names[2], sizeof names[2], "XDG_STATE_HOME=%s", home);
    snprintf(names[3], sizeof names[3], "ASIDE_CONFIG=%s/config", home);
    snprintf(names[4], sizeof names[4], "VISUAL=%s", editor ? editor : "false");
    const char *env[] = {names[0], names[1], names[2], names[3], names[4], NULL};
    char *argv[16] = {aside, "--temp", "0", "-t", "1"};
    int n = 5;
    snprintf(words, sizeof words, "%s", further ? further : "");
    for (char *rest = words, *word; (word = strsep(&rest, " "));)
        if (*word) argv[n++] = word;
    struct terminal *t = terminal_start(argv, rows, cols, env, -1);
    assert_true(terminal_wait(t, "Enter send"));
    return t;
}

static void type(struct terminal *t, const char *keys) { terminal_send(t, keys, strlen(keys)); }

#define ALT_LEFT  "\033[1;3D"
#define ALT_RIGHT "\033[1;3C"
#define F3        "\033OR"

/* Patient: the machine may be busy with other tests. */
static void sees(struct terminal *t, const char *text) {
    for (int i = 0; i < 10; i++)
        if (terminal_wait(t, text)) return;
    struct str screen = {0};
    terminal_screen(t, &screen);
    fail_msg("\"%s\" is not on the screen:\n%s", text, str_cstr(&screen));
}

static bool on_screen(struct terminal *t, const char *text) {
    struct str screen = {0};
    terminal_settle(t, 100);
    terminal_screen(t, &screen);
    bool is = strstr(str_cstr(&screen), text) != NULL;
    str_free(&screen);
    return is;
}

/* Waits until nothing is being written. */
static void rests(struct terminal *t) {
    int64_t until = clock_mono_us() + 50000000;
    while (on_screen(t, "Ctrl-C stop") && clock_mono_us() < until) {
    }
    assert_false(on_screen(t, "Ctrl-C stop"));
}

static void leave(struct terminal *t) {
    int status;
    type(t, "\025\004");
    for (int64_t until = clock_mono_us() + 30000000; clock_mono_us() < until;) {
        if (!terminal_read(t, 20)) usleep(2000);
        if (waitpid(terminal_pid(t), &status, WNOHANG) <= 0) continue;
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        terminal_end(t);
        return;
    }
    fail_msg("it does not end");
}

static struct history *database(void) {
    struct err e = {""};
    char path[128];
    snprintf(path, sizeof path, "%s/history.db", home);
    struct history *h = history_open(path, NULL, &e);
    if (!h) fail_msg("%s", e.msg);
    return h;
}

struct answer {
    size_t n, n_forced;
    struct str forced; /* the text of the forced tokens */
    char *thought, *text, *finish;
};

static bool count(void *ctx, const struct history_token *t) {
    struct answer *a = ctx;
    a->n += t->token_id >= 0;
    a->n_forced += t->forced;
    if (t->forced && t->token_id >= 0) str_addn(&a->forced, t->bytes, t->n_bytes);
    return true;
}

/* The answer with this number of the only conversation. */
static struct answer answer_read(struct history *h, int64_t id) {
    struct answer a = {0};
    struct history_message *m;
    struct err e;
    size_t n;
    assert_true(history_messages(h, 1, id, &m, &n, &e));
    assert_true(n > 0);
    a.thought = mem_strdup(m[n - 1].reasoning);
    a.text = mem_strdup(m[n - 1].content);
    a.finish = mem_strdup(m[n - 1].finish);
    while (n) history_message_done(&m[--n]);
    free(m);
    assert_true(history_message_tokens(h, id, count, &a, &e));
    str_cstr(&a.forced);
    return a;
}

static void answer_done(struct answer *a) {
    free(a->thought);
    free(a->text);
    free(a->finish);
    str_free(&a->forced);
}

#define STRAWBERRY "How many r are in strawberry?\r"
/* What its thought begins with, but for the last letter. */
#define SPELLED "letter-count\ncount r: 1:s 2:t 3:r 4:a 5:w 6:b 7:e 8:r 9:r 10:"

static void ask_strawberry(struct terminal *t) {
    type(t, STRAWBERRY);
    sees(t, "in strawberry.");
    rests(t);
}

/* ---- Versions ------------------------------------------------------------------------------- */

static void what_is_written_again_is_another_version(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    ask_strawberry(t);
    type(t, "/regen\r");
    sees(t, "aside  2/2");
    rests(t);
    type(t, ALT_LEFT);
    sees(t, "aside  1/2");
    sees(t, "version 1 of 2");
    type(t, ALT_LEFT);
    sees(t, "this is the first version");
    type(t, "\033z"); /* undo, redo */
    sees(t, "aside  2/2");
    type(t, "\033Z");
    sees(t, "aside  1/2");
    type(t, F3);
    sees(t, "3 messages, 2 branches");
    type(t, "\033[B\r"); /* the other answer */
    sees(t, "aside  2/2");
    leave(t);
    t = chat(32, 120, "--resume", NULL); /* the way is kept */
    sees(t, "aside  2/2");
    type(t, "/undo\r");
    sees(t, "aside  1/2");
    type(t, "/redo\r");
    sees(t, "aside  2/2");
    type(t, "/branch previous\r");
    sees(t, "aside  1/2");
    leave(t);
}

static void an_earlier_message_is_edited_as_another_version(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    ask_strawberry(t);
    type(t, "What is 12 + 7?\r");
    sees(t, "19");
    rests(t);
    type(t, "/edit 1\r");
    sees(t, "Enter sends it as another version");
    assert_false(on_screen(t, "12 + 7"));
    type(t, "\033z"); /* never mind */
    sees(t, "12 + 7");
    type(t, "\025/edit 1\r Please count.\r"); /* typed ahead: what comes after waits for the text */
    sees(t, "you  2/2");
    rests(t);
    type(t, "\033z"); /* one step, though it went back and then forth */
    sees(t, "12 + 7");
    sees(t, "you  1/2");
    type(t, "\033Z");
    sees(t, "Please count.");
    type(t, "/edit 7\r");
    sees(t, "there is no message 7 of yours");
    leave(t);
}

static void versions_work_where_nothing_is_saved(void **state) {
    (void)state;
    char path[128];
    struct stat st;
    struct terminal *t = chat(20, 60, "--no-save", NULL);
    ask_strawberry(t);
    type(t, "/regen\r");
    sees(t, "aside  2/2");
    rests(t);
    type(t, "/undo\r");
    sees(t, "aside  1/2");
    leave(t);
    snprintf(path, sizeof path, "%s/history.db", home);
    assert_int_equal(stat(path, &st), -1);
}

static void a_kill_in_a_branch_loses_no_version(void **state) {
    (void)state;
    struct terminal *t = chat(20, 60, NULL, NULL);
    ask_strawberry(t);
    type(t, "\033m"); /* think more */
    sees(t, "aside  2/2");
    terminal_resize(t, 32, 120);
    kill(terminal_pid(t), SIGKILL);
    terminal_end(t);
    struct history *h = database();
    struct answer first = answer_read(h, 2), second = answer_read(h, 3);
    assert_non_null(strstr(first.text, "strawberry"));
    assert_true(second.n >= first.n / 2); /* the copied part was there at once */
    assert_memory_equal(first.thought, second.thought, 40);
    answer_done(&first), answer_done(&second);
    history_close(h);
    t = chat(32, 120, "--resume", NULL);
    sees(t, "aside  2/2");
    type(t, ALT_LEFT);
    sees(t, "in strawberry.");
    leave(t);
}

/* ---- Thoughts ------------------------------------------------------------------------------- */

static void a_closed_thought_is_taken_up_again(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    ask_strawberry(t);
    type(t, "/think-more\r");
    sees(t, "aside  2/2");
    sees(t, "Wait,");
    rests(t);
    leave(t);
    struct history *h = database();
    struct answer first = answer_read(h, 2), second = answer_read(h, 3);
    assert_memory_equal(first.thought, second.thought, strlen(first.thought));
    assert_string_equal(second.forced.s, "\n\nWait,");
    assert_string_equal(first.finish, "stop");
    assert_string_equal(second.finish, "stop");
    assert_int_equal(first.n_forced, 0);
    answer_done(&first), answer_done(&second);
    history_close(h);
}

/* Drawn, not greedy: the new part with its own seed, after tokens that another one gave. */
static void a_fork_is_found_again_by_a_replay(void **state) {
    (void)state;
    char line[1500];
    struct terminal *t = chat(32, 120, "--temp 3 -s 5 -n 30", "sed -i -e s/.$/#/");
    type(t, STRAWBERRY);
    sees(t, "thought for");
    rests(t);
    leave(t);
    t = chat(32, 120, "-n 30 --resume", "sed -i -e s/.$/#/");
    type(t, "\033e");
    sees(t, "aside  2/2");
    rests(t);
    leave(t);
    snprintf(line, sizeof line, "HOME=%s ASIDE_DATA_DIR=%s %s replay --verify 1 >%s/out 2>&1", home,
             home, aside, home);
    if (!system(line)) return;
    snprintf(line, sizeof line, "cat %s/out", home);
    fail_msg("%d", system(line));
}

static void an_edited_thought_is_gone_on_from(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, "sed -i -e s/10:y/10:Q/ -e 3,\\$d");
    ask_strawberry(t);
    type(t, "\033e");
    sees(t, "aside  2/2");
    rests(t);
    leave(t);
    struct history *h = database();
    struct answer first = answer_read(h, 2), second = answer_read(h, 3);
    assert_true(str_starts(first.thought, SPELLED "y"));
    assert_true(str_starts(second.thought, SPELLED "Q"));
    assert_true(strlen(second.thought) > sizeof SPELLED "Q" + 5); /* and on */
    assert_true(str_ends(second.forced.s, "Q"));
    assert_true(second.n_forced > 0 && second.n_forced < 4); /* what came before is not forced */
    answer_done(&first), answer_done(&second);
    history_close(h);
}

static void an_editor_that_fails_changes_nothing(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, "false");
    ask_strawberry(t);
    type(t, "/thought edit\r");
    sees(t, "did not finish well");
    assert_false(on_screen(t, "2/2"));
    type(t, "/think off\r/regen\r");
    sees(t, "2/2");
    rests(t);
    type(t, "\033e"); /* there is none */
    sees(t, "no thought to edit");
    type(t, "\033m");
    sees(t, "this answer has no thought");
    leave(t);
}

static void a_stopped_thought_goes_on_after_a_restart(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, "-n 20", NULL);
    type(t, STRAWBERRY);
    sees(t, "there is no answer yet");
    leave(t);
    t = chat(32, 120, "--resume", NULL);
    type(t, "/continue\r");
    sees(t, "in strawberry.");
    rests(t);
    assert_false(on_screen(t, "2/2"));
    leave(t);
    struct history *h = database();
    struct answer a = answer_read(h, 2);
    assert_string_equal(a.finish, "stop");
    assert_true(str_starts(a.thought, SPELLED "y"));
    answer_done(&a);
    history_close(h);
}

/* ---- A vote --------------------------------------------------------------------------------- */

/* The versions of the last answer on the way that the only conversation stands at. */
static size_t read_versions(struct history *h, int64_t ids[8]) {
    struct history_message *m;
    struct err e;
    size_t n, n_ids = 0;
    assert_true(history_messages(h, 1, 0, &m, &n, &e));
    assert_true(n > 0 && m[n - 1].role == HISTORY_ASSISTANT);
    int64_t id = m[n - 1].id, before = id;
    assert_true(m[n - 1].n_siblings <= 8);
    while (n) history_message_done(&m[--n]);
    free(m);
    while (before) {
        id = before;
        assert_true(history_sibling(h, id, -1, &before, &e));
    }
    for (; id; n_ids++) {
        ids[n_ids] = id;
        assert_true(history_sibling(h, id, 1, &id, &e));
    }
    return n_ids;
}

static void a_vote_keeps_every_answer_and_goes_on_with_the_chosen(void **state) {
    int64_t ids[8];
    (void)state;
    struct terminal *t = chat(32, 120, "--temp 1.2 --seed 5", NULL);
    type(t, "/vote 3 " STRAWBERRY);
    sees(t, "vote: How many r are in strawberry?");
    sees(t, "Enter go on with this one");
    sees(t, "entropy ");
    type(t, "\033[F\r"); /* the last of the list */
    sees(t, "/3 ");
    sees(t, "Alt-Left and Alt-Right");
    type(t, ALT_LEFT);
    sees(t, "/3 ");
    type(t, "\033z\033z"); /* back to the choice, and before the question */
    rests(t);
    assert_false(on_screen(t, "strawberry?"));
    type(t, "\033Z");
    sees(t, "/3 ");
    leave(t);
    struct history *h = database();
    assert_int_equal(read_versions(h, ids), 3);
    for (size_t i = 0; i < 3; i++) {
        struct answer a = answer_read(h, ids[i]);
        assert_true(a.n > 20 && *a.thought && *a.text);
        assert_string_equal(a.finish, "stop");
        answer_done(&a);
    }
    history_close(h);
    t = chat(32, 120, "--temp 1.2 --seed 6 --resume", NULL); /* again, to the last message */
    sees(t, "/3 ");
    type(t, "/vote 2\r");
    sees(t, "Enter go on with this one");
    type(t, "\033"); /* with the one that most agree on */
    sees(t, "/5 ");
    leave(t);
}

static void a_vote_that_is_stopped_keeps_what_is_there(void **state) {
    int64_t ids[8];
    (void)state;
    struct terminal *t = chat(20, 60, "--temp 1.2 --seed 5", NULL);
    type(t, "/vote 8 " STRAWBERRY);
    sees(t, "Thinking");
    type(t, "\003");
    sees(t, "cut short");
    type(t, "\r");
    sees(t, "/8");
    leave(t);
    struct history *h = database();
    assert_int_equal(read_versions(h, ids), 8);
    for (size_t i = 0; i < 8; i++) {
        struct answer a = answer_read(h, ids[i]);
        assert_true(a.n > 0);
        assert_string_equal(a.finish, "interrupted");
        answer_done(&a);
    }
    history_close(h);
}

static void a_vote_says_why_it_cannot_be_held(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    type(t, "/vote 3 hello\r");
    sees(t, "at temperature 0 all answers are the same");
    type(t, "/vote 1\r");
    sees(t, "a vote takes 2 to 64 answers");
    type(t, "/set temp 1\r");
    type(t, "/vote 99 hello\r");
    sees(t, "a vote takes 2 to 64 answers");
    type(t, "/vote\r");
    sees(t, "there is no answer to write again");
    leave(t);
}

/* ---- Forks at a token ----------------------------------------------------------------------- */

#define F2 "\033OQ"

struct rows {
    struct history_token at[400]; /* their texts are gone */
    size_t n;
};

static bool take_token(void *ctx, const struct history_token *t) {
    struct rows *r = ctx;
    if (t->token_id < 0) return true;
    assert_true(r->n < 400);
    r->at[r->n++] = *t;
    return true;
}

static void rows_read(struct history *h, int64_t message, struct rows *r) {
    struct err e;
    r->n = 0;
    assert_true(history_message_tokens(h, message, take_token, r, &e));
    assert_true(r->n > 10);
}

/* The first token that is not the same; statistics and times count too. */
static size_t same_until(const struct rows *a, const struct rows *b) {
    size_t i = 0;
    for (; i < a->n && i < b->n; i++) {
        const struct history_token *x = &a->at[i], *y = &b->at[i];
        if (x->token_id != y->token_id || x->channel != y->channel || x->t_us != y->t_us ||
            x->logprob != y->logprob || x->entropy != y->entropy || x->n_alts != y->n_alts ||
            memcmp(x->alt_id, y->alt_id, sizeof x->alt_id) ||
            memcmp(x->alt_logprob, y->alt_logprob, sizeof x->alt_logprob))
            break;
    }
    return i;
}

static void a_fork_at_a_token_keeps_what_came_before(void **state) {
    (void)state;
    static struct rows first, other, back;
    struct terminal *t = chat(32, 120, NULL, NULL);
    ask_strawberry(t);
    type(t, F2);
    sees(t, "Enter fork");
    type(t, "\r");
    sees(t, "this one was taken");
    type(t, "\033[H"); /* the answer's first token */
    sees(t, "answer 1/");
    type(t, "2\r");
    sees(t, "aside  2/2");
    rests(t);
    type(t, F2);
    sees(t, "Enter fork");
    type(t, "\033[H");
    sees(t, "put in, not chosen by the model");
    type(t, "1\r"); /* the likeliest, which was taken at first */
    sees(t, "aside  3/3");
    rests(t);
    leave(t);
    struct history *h = database();
    rows_read(h, 2, &first);
    rows_read(h, 3, &other);
    rows_read(h, 4, &back);
    size_t at = same_until(&first, &other);
    assert_true(at > 100 && at < first.n);
    assert_int_equal(first.at[at].channel, HISTORY_ANSWER);
    assert_int_equal(first.at[at].alt_id[0], first.at[at].token_id);
    assert_int_equal(other.at[at].token_id, first.at[at].alt_id[1]);
    assert_true(other.at[at].forced && !first.at[at].forced);
    /* What the model thought of the token that was put in is what it said when asked at first. */
    assert_true(other.at[at].logprob == first.at[at].alt_logprob[1]);
    assert_true(other.at[at].entropy == first.at[at].entropy);
    /* With its own choice put in it goes on as it did. */
    assert_int_equal(same_until(&first, &back), at);
    assert_int_equal(back.n, first.n);
    for (size_t i = at; i < back.n; i++) {
        assert_int_equal(back.at[i].token_id, first.at[i].token_id);
        assert_true(back.at[i].logprob == first.at[i].logprob);
        assert_int_equal(back.at[i].forced, i == at);
    }
    struct answer a = answer_read(h, 2), b = answer_read(h, 4);
    assert_string_equal(a.text, b.text);
    assert_string_equal(a.thought, b.thought);
    answer_done(&a);
    answer_done(&b);
    history_close(h);
}

/* Inside the thought, in one column, after a restart; and where nothing is saved. */
static void a_fork_in_the_thought_goes_on_thinking(void **state) {
    (void)state;
    static struct rows first, other;
    struct terminal *t = chat(20, 60, NULL, NULL);
    ask_strawberry(t);
    leave(t);
    t = chat(20, 60, "--resume", NULL);
    sees(t, "in strawberry.");
    type(t, F2);
    sees(t, "Enter fork");
    type(t, "\033[Z\033[H\033[C\033[C");
    sees(t, "thought 3/");
    type(t, "3\r");
    sees(t, "aside  2/2");
    rests(t);
    leave(t);
    struct history *h = database();
    rows_read(h, 2, &first);
    rows_read(h, 3, &other);
    assert_int_equal(same_until(&first, &other), 2);
    assert_int_equal(other.at[2].token_id, first.at[2].alt_id[2]);
    assert_int_equal(other.at[2].channel, HISTORY_THOUGHT);
    struct answer b = answer_read(h, 3);
    assert_true(b.text[0] != '\0');
    answer_done(&b);
    history_close(h);
}

static void forks_work_where_nothing_is_saved(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, "--no-save", NULL);
    ask_strawberry(t);
    type(t, "/lens surprise\r");
    sees(t, "lens is now surprise");
    sees(t, "uncertain");
    type(t, "/inspect\r");
    sees(t, "Enter fork");
    type(t, "\033[H");
    sees(t, "answer 1/");
    type(t, "2\r");
    sees(t, "aside  2/2");
    rests(t);
    type(t, "/stats\r");
    sees(t, "uncertain: below 50 %");
    sees(t, "perplexity 1.0");
    type(t, "q");
    leave(t);
}

/* Whatever it is doing: thinking (it says so), answering (the answer stays as it is), or done. */
static void more_thought_can_be_asked_for_at_any_moment(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    type(t, STRAWBERRY);
    for (int i = 0; i < 500 && !on_screen(t, "aside  2/2"); i++) type(t, "\033m");
    sees(t, "aside  2/2");
    rests(t);
    leave(t);
    struct history *h = database();
    struct answer first = answer_read(h, 2), second = answer_read(h, 3);
    assert_true(strlen(first.thought) > 100);
    assert_memory_equal(first.thought, second.thought, strlen(first.thought));
    assert_non_null(strstr(second.forced.s, "Wait,"));
    assert_true(!strcmp(first.finish, "interrupted") || !strcmp(first.finish, "stop"));
    answer_done(&first), answer_done(&second);
    history_close(h);
}

static void a_thought_is_stopped_to_be_edited(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, "sed -i -e s/1:s/1:S/");
    type(t, STRAWBERRY);
    sees(t, "1:s");
    type(t, "\033e");
    sees(t, "aside  2/2");
    sees(t, "1:S");
    rests(t);
    leave(t);
    struct history *h = database();
    struct answer first = answer_read(h, 2), second = answer_read(h, 3);
    assert_non_null(strstr(first.thought, "1:s"));
    assert_non_null(strstr(second.thought, "1:S"));
    assert_true(strlen(second.thought) >= strlen(first.thought)); /* it went on */
    answer_done(&first), answer_done(&second);
    history_close(h);
}

static void a_budget_is_shown_while_it_is_used(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, "--think 40", NULL);
    type(t, STRAWBERRY);
    sees(t, "of 40 tok");
    sees(t, "the thinking budget of 40 tokens is used up");
    rests(t);
    leave(t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_home, remove_home)

static void what_thinking_changed_is_a_page(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    ask_strawberry(t);
    type(t, "/compare\r");
    sees(t, "cross-entropy");
    sees(t, "KL");
    type(t, "q");
    sees(t, "How many r are in strawberry?");
    leave(t);
}

static void a_preset_is_kept_and_applied(void **state) {
    (void)state;
    struct terminal *t = chat(32, 120, NULL, NULL);
    type(t, "/preset\r");
    sees(t, "no presets yet");
    type(t, "/set temp 0.25\r");
    sees(t, "temp is now 0.25");
    type(t, "/preset save cool\r");
    sees(t, "kept as preset cool");
    type(t, "/set temp 1\r");
    sees(t, "temp is now 1");
    type(t, "/preset cool\r");
    sees(t, "preset cool is applied");
    type(t, "/set temp\r");
    sees(t, "temp is 0.25");
    leave(t);
}

int main(int argc, char **argv) {
    (void)argc;
    snprintf(aside, sizeof aside, "%.*s../aside", (int)(strrchr(argv[0], '/') - argv[0] + 1),
             argv[0]);
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_again_is_another_version),
        TEST(an_earlier_message_is_edited_as_another_version),
        TEST(versions_work_where_nothing_is_saved),
        TEST(a_kill_in_a_branch_loses_no_version),
        TEST(a_closed_thought_is_taken_up_again),
        TEST(a_fork_is_found_again_by_a_replay),
        TEST(an_edited_thought_is_gone_on_from),
        TEST(an_editor_that_fails_changes_nothing),
        TEST(a_stopped_thought_goes_on_after_a_restart),
        TEST(more_thought_can_be_asked_for_at_any_moment),
        TEST(a_thought_is_stopped_to_be_edited),
        TEST(a_budget_is_shown_while_it_is_used),
        TEST(a_vote_keeps_every_answer_and_goes_on_with_the_chosen),
        TEST(a_vote_that_is_stopped_keeps_what_is_there),
        TEST(a_vote_says_why_it_cannot_be_held),
        TEST(a_fork_at_a_token_keeps_what_came_before),
        TEST(a_fork_in_the_thought_goes_on_thinking),
        TEST(forks_work_where_nothing_is_saved),
        TEST(what_thinking_changed_is_a_page),
        TEST(a_preset_is_kept_and_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
