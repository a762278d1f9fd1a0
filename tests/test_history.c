/* The history: a real SQLite file in a temporary folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history/history.h"

static char folder[64];

static int setup(void **state) {
    strcpy(folder, "/tmp/aside-history-XXXXXX");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static int teardown(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

static char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct history *open_db(void) {
    struct err e = {""};
    struct history *h = history_open(path_of("history.db"), NULL, &e);
    if (!h) print_error("%s\n", e.msg);
    assert_non_null(h);
    return h;
}

static struct history_token token(int32_t id, enum history_channel c, const char *text,
                                  int64_t t_us) {
    return (struct history_token){.token_id = id,
                                  .channel = c,
                                  .text = text,
                                  .n_text = strlen(text),
                                  .bytes = text,
                                  .n_bytes = strlen(text),
                                  .logprob = -0.5,
                                  .entropy = 1.25,
                                  .t_us = t_us,
                                  .n_alts = 2,
                                  .alt_id = {id, id + 1},
                                  .alt_logprob = {-0.5f, -2.0f}};
}

/* A conversation: a question, an answer of four tokens with a thought. */
static int64_t fill(struct history *h, int64_t *answer) {
    struct err e = {""};
    int64_t c, q;
    assert_true(history_conversation_new(h, "/m.gguf", NULL, &c, &e));
    assert_true(history_title_set(h, c, "Counting strawberries", &e));
    assert_true(
        history_message_add(h, c, 0, HISTORY_USER, "How many r in strawberry?", NULL, &q, &e));
    assert_true(history_message_add(h, c, q, HISTORY_ASSISTANT, NULL, NULL, answer, &e));
    struct history_token open = token(1, HISTORY_MARKUP, "", 10);
    open.bytes = "<think>";
    open.n_bytes = 7;
    struct history_token tokens[] = {open, token(2, HISTORY_THOUGHT, "Spell", 20),
                                     token(3, HISTORY_THOUGHT, " it: s-t-r", 30),
                                     token(4, HISTORY_ANSWER, "Three \xC3\xA9", 45)};
    for (int i = 0; i < 4; i++) assert_true(history_token_add(h, *answer, &tokens[i], &e));
    struct history_outcome o = {.finish = "stop",
                                .model = "/m.gguf",
                                .n_prompt = 12,
                                .n_thought = 2,
                                .n_answer = 1,
                                .ttft_us = 10,
                                .thought_us = 30,
                                .total_us = 45,
                                .sampling_json = "{}",
                                .seed = 7};
    assert_true(history_message_finish(h, *answer, &o, &e));
    return c;
}

static void what_was_written_is_read_back(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t answer, c = fill(h, &answer);
    history_close(h);
    h = open_db();
    struct history_message *m;
    size_t n;
    assert_true(history_messages(h, c, 0, &m, &n, &e));
    assert_int_equal(n, 2);
    assert_string_equal(m[0].content, "How many r in strawberry?");
    assert_string_equal(m[1].reasoning, "Spell it: s-t-r");
    assert_string_equal(m[1].content, "Three \xC3\xA9");
    assert_string_equal(m[1].finish, "stop");
    assert_int_equal(m[1].seed, 7);
    assert_int_equal(m[1].parent, m[0].id);
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    history_close(h);
}

struct seen {
    int n;
    struct history_token last;
    char raw[16];
};

static bool see(void *ctx, const struct history_token *t) {
    struct seen *s = ctx;
    if (s->n == 0) snprintf(s->raw, sizeof s->raw, "%.*s", (int)t->n_bytes, (const char *)t->bytes);
    s->n++;
    s->last = *t;
    return true;
}

static void every_token_keeps_its_statistics(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct seen s = {0};
    int64_t answer;
    fill(h, &answer);
    assert_true(history_message_tokens(h, answer, see, &s, &e));
    assert_int_equal(s.n, 4);
    assert_string_equal(s.raw, "<think>");
    assert_int_equal(s.last.token_id, 4);
    assert_int_equal(s.last.channel, HISTORY_ANSWER);
    assert_true(s.last.logprob == -0.5 && s.last.entropy == 1.25);
    assert_int_equal(s.last.t_us, 45);
    assert_int_equal(s.last.n_alts, 2);
    assert_int_equal(s.last.alt_id[1], 5);
    assert_true(s.last.alt_logprob[1] == -2.0f);
    history_close(h);
}

static void words_are_found_in_their_scope_only(void **state) {
    (void)state;
    static const struct {
        const char *query;
        enum history_scope scope;
        size_t hits;
    } cases[] = {{"spell", HISTORY_IN_THOUGHT, 1},          {"spell", HISTORY_IN_ANSWER, 0},
                 {"three", HISTORY_IN_ANSWER, 1},           {"strawb", HISTORY_IN_PROMPT, 1},
                 {"many strawberry", HISTORY_IN_PROMPT, 1}, {"counting", HISTORY_IN_TITLE, 1},
                 {"strawberr", HISTORY_IN_ALL, 2},          {"\" OR 1 NEAR( *", HISTORY_IN_ALL, 0}};
    struct err e = {""};
    struct history *h = open_db();
    int64_t answer;
    fill(h, &answer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct history_hit *hits;
        size_t n;
        assert_true(history_find(h, cases[i].query, cases[i].scope, 10, &hits, &n, &e));
        if (n != cases[i].hits) print_error("%s: %zu hits\n", cases[i].query, n);
        assert_int_equal(n, cases[i].hits);
        for (size_t k = 0; k < n; k++) {
            assert_non_null(strchr(hits[k].snippet, '\x01'));
            history_hit_done(&hits[k]);
        }
        free(hits);
    }
    history_close(h);
}

static void an_export_imports_as_the_same_conversation(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct str first = STR_INIT, second = STR_INIT;
    int64_t answer, copy, c = fill(h, &answer);
    assert_true(history_export(h, c, "json", &first, &e));
    assert_true(history_import(h, first.s, first.len, &copy, &e));
    assert_true(history_export(h, copy, "text", &second, &e));
    str_clear(&first);
    assert_true(history_export(h, c, "text", &first, &e));
    assert_string_equal(first.s, second.s);
    struct seen s = {0};
    struct history_message *m;
    size_t n;
    assert_true(history_messages(h, copy, 0, &m, &n, &e));
    assert_int_equal(n, 2);
    assert_true(history_message_tokens(h, m[1].id, see, &s, &e));
    assert_int_equal(s.n, 4);
    assert_string_equal(s.raw, "<think>");
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    str_free(&first);
    str_free(&second);
    history_close(h);
}

/* Cut anywhere, changed anywhere: one line, and nothing of it stays. */
static void a_broken_import_changes_nothing(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct str json = STR_INIT;
    struct history_totals before, after;
    int64_t answer, id, c = fill(h, &answer);
    assert_true(history_export(h, c, "json", &json, &e));
    assert_true(history_totals(h, 0, &before, &e));
    int refused = 0;
    for (size_t cut = 0; cut + 2 < json.len; cut += 7) {
        e.msg[0] = '\0';
        assert_false(history_import(h, json.s, cut, &id, &e));
        assert_true(e.msg[0] != '\0');
        refused++;
    }
    assert_true(refused > 50);
    char *role = strstr(json.s, "assistant");
    memcpy(role, "assassin!", 9);
    assert_false(history_import(h, json.s, json.len, &id, &e));
    assert_true(history_totals(h, 0, &after, &e));
    assert_int_equal(before.messages, after.messages);
    assert_int_equal(before.conversations, after.conversations);
    str_free(&json);
    history_close(h);
}

static void an_answer_can_turn_out_to_have_been_the_thought(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct history_message *m;
    struct seen s = {0};
    size_t n;
    int64_t c, id;
    assert_true(history_conversation_new(h, "", NULL, &c, &e));
    assert_true(history_message_add(h, c, 0, HISTORY_ASSISTANT, NULL, NULL, &id, &e));
    struct history_token first = token(1, HISTORY_ANSWER, "Let me see. ", 1);
    struct history_token last = token(2, HISTORY_ANSWER, "Four.", 2);
    assert_true(history_token_add(h, id, &first, &e));
    assert_true(history_answer_was_thought(h, id, &e));
    assert_true(history_token_add(h, id, &last, &e));
    assert_true(history_messages(h, c, 0, &m, &n, &e));
    assert_string_equal(m[0].reasoning, "Let me see. ");
    assert_string_equal(m[0].content, "Four.");
    assert_true(history_message_tokens(h, id, see, &s, &e));
    assert_int_equal(s.n, 2);
    assert_int_equal(s.last.channel, HISTORY_ANSWER);
    history_message_done(&m[0]);
    free(m);
    history_close(h);
}

static void siblings_are_counted_and_the_head_chooses_the_path(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct history_message *m;
    size_t n;
    int64_t first, second, c = fill(h, &first);
    assert_true(history_messages(h, c, 0, &m, &n, &e));
    assert_true(history_message_add(h, c, m[0].id, HISTORY_ASSISTANT, "Again.", NULL, &second, &e));
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    assert_true(history_messages(h, c, 0, &m, &n, &e));
    assert_int_equal(m[1].id, second);
    assert_int_equal(m[1].sibling, 2);
    assert_int_equal(m[1].n_siblings, 2);
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    assert_true(history_head_set(h, c, first, &e));
    assert_true(history_messages(h, c, 0, &m, &n, &e));
    assert_int_equal(m[1].id, first);
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    int64_t other, stray;
    assert_true(history_conversation_new(h, "", NULL, &other, &e));
    assert_false(history_message_add(h, other, first, HISTORY_USER, "x", NULL, &stray, &e));
    history_close(h);
}

static int64_t add(struct history *h, int64_t c, int64_t parent, enum history_role role,
                   const char *text) {
    struct err e = {""};
    int64_t id;
    if (!history_message_add(h, c, parent, role, text, NULL, &id, &e)) fail_msg("%s", e.msg);
    return id;
}

/* question - (answer, again - more, third) */
static void a_tree_is_walked_and_its_branches_found(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t answer, id, c = fill(h, &answer);
    int64_t again = add(h, c, answer - 1, HISTORY_ASSISTANT, "Again.");
    int64_t more = add(h, c, again, HISTORY_USER, "More?");
    int64_t third = add(h, c, answer - 1, HISTORY_ASSISTANT, "");
    struct history_node *tree;
    size_t n;
    assert_true(history_tree(h, c, &tree, &n, &e));
    const int64_t ids[] = {answer - 1, answer, again, more, third};
    const size_t depths[] = {0, 1, 1, 2, 1};
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tree[i].id, ids[i]);
        assert_int_equal(tree[i].depth, depths[i]);
    }
    assert_int_equal(tree[0].role, HISTORY_USER);
    assert_int_equal(tree[1].role, HISTORY_ASSISTANT);
    assert_string_equal(tree[1].words, "Three \xC3\xA9");
    assert_int_equal(tree[1].n_thought, 2);
    assert_true(fabs(tree[1].mean_logprob + 0.5) < 1e-9);
    assert_true(isnan(tree[2].mean_logprob));
    assert_false(tree[4].answered);
    for (size_t i = 0; i < n; i++) history_node_done(&tree[i]);
    free(tree);
    assert_true(history_leaf(h, again, &id, &e));
    assert_int_equal(id, more);
    assert_true(history_leaf(h, answer, &id, &e));
    assert_int_equal(id, answer);
    assert_true(history_leaf(h, answer - 1, &id, &e));
    assert_int_equal(id, third);
    assert_true(history_sibling(h, again, 1, &id, &e));
    assert_int_equal(id, third);
    int at, of;
    assert_true(history_sibling_place(h, again, &at, &of, &e));
    assert_true(at == 2 && of == 3);
    assert_true(history_sibling_place(h, answer - 1, &at, &of, &e)); /* a root */
    assert_true(at == 1 && of == 1);
    assert_true(history_sibling(h, again, -1, &id, &e));
    assert_int_equal(id, answer);
    assert_true(history_sibling(h, answer, -1, &id, &e));
    assert_int_equal(id, 0);
    assert_true(history_sibling(h, more, 1, &id, &e));
    assert_int_equal(id, 0);
    history_close(h);
}

/* The numbers of alternatives can be read without the model: each piece is kept once, under the
 * vocabulary that its message names. */
static void pieces_tell_what_numbers_stand_for(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t first, c = fill(h, &first), second = add(h, c, first, HISTORY_ASSISTANT, NULL), copy;
    struct history_token t = token(70, HISTORY_ANSWER, "a", 0);
    struct str out = STR_INIT, json = STR_INIT;
    bool known;
    assert_true(history_vocabulary_set(h, first, 111, &e));
    assert_true(history_vocabulary_set(h, second, 222, &e));
    assert_true(history_piece_wanted(h, 111, 2));
    assert_true(history_piece_add(h, 111, 2, " elf", 4, &e));
    assert_false(history_piece_wanted(h, 111, 2));
    assert_true(history_piece_add(h, 111, 2, "other", 5, &e));
    assert_true(history_piece_add(h, 111, 100000, "far", 3, &e));
    assert_true(history_piece_wanted(h, 111, 99999));
    assert_true(history_piece_add(h, 222, 70, "\xf0\x9f\0x", 4, &e)); /* another vocabulary */
    assert_true(history_token_add(h, second, &t, &e));
    history_close(h);
    h = open_db();
    assert_true(history_piece(h, first, 2, &out, &known, &e) && known);
    assert_string_equal(out.s, " elf");
    str_clear(&out);
    assert_true(history_piece(h, second, 70, &out, &known, &e) && known);
    assert_int_equal(out.len, 4);
    assert_memory_equal(out.s, "\xf0\x9f\0x", 4);
    assert_true(history_piece(h, second, 2, &out, &known, &e) && !known);
    /* Written once: a second process's telling changes nothing. */
    assert_true(history_piece_wanted(h, 111, 2));
    assert_true(history_piece_add(h, 111, 2, "later", 5, &e) && history_flush(h, &e));
    str_clear(&out);
    assert_true(history_piece(h, first, 2, &out, &known, &e) && known);
    assert_string_equal(out.s, " elf");
    /* Out and in again, into a database that has none of them. */
    assert_true(history_export(h, c, "json", &json, &e));
    history_close(h);
    h = history_open(path_of("other.db"), NULL, &e);
    assert_true(history_import(h, json.s, json.len, &copy, &e));
    str_clear(&out);
    assert_true(history_piece(h, first, 2, &out, &known, &e) && known);
    assert_string_equal(out.s, " elf");
    str_clear(&out);
    assert_true(history_piece(h, second, 70, &out, &known, &e) && known);
    assert_int_equal(out.len, 4);
    str_free(&out);
    str_free(&json);
    history_close(h);
}

static void a_branch_begins_with_a_copy_of_tokens(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t answer, c = fill(h, &answer);
    struct history_token rest = token(-1, HISTORY_ANSWER, "!", 50);
    assert_true(history_token_add(h, answer, &rest, &e));
    for (size_t take = 0; take <= 5; take++) {
        static const int rows[] = {0, 1, 2, 3, 5, 5};
        static const char *const thoughts[] = {
            "", "", "Spell", "Spell it: s-t-r", "Spell it: s-t-r", "Spell it: s-t-r"};
        int64_t copy = add(h, c, answer - 1, HISTORY_ASSISTANT, NULL);
        struct history_message *m;
        struct seen s = {0};
        size_t n;
        assert_true(history_tokens_copy(h, answer, copy, take, &e));
        struct history_token next = token(9, HISTORY_ANSWER, " on", 60);
        assert_true(history_token_add(h, copy, &next, &e));
        assert_true(history_messages(h, c, copy, &m, &n, &e));
        assert_string_equal(m[1].reasoning, thoughts[take]);
        assert_string_equal(m[1].content, take < 4 ? " on" : "Three \xC3\xA9! on");
        assert_true(history_message_tokens(h, copy, see, &s, &e));
        assert_int_equal(s.n, rows[take] + 1);
        for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
        free(m);
    }
    history_close(h);
}

static int64_t undo(struct history *h, int64_t c, bool redo) {
    struct err e = {""};
    int64_t head = 0;
    bool moved;
    if (!(redo ? history_redo : history_undo)(h, c, &moved, &head, &e)) fail_msg("%s", e.msg);
    struct history_conversation now;
    assert_true(history_conversation_get(h, c, &now, &e));
    if (moved) assert_int_equal(now.head, head);
    history_conversation_done(&now);
    return moved ? head : -1;
}

static void moves_are_undone_and_redone_across_a_restart(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t b, c = fill(h, &b), a = b - 1;
    assert_int_equal(undo(h, c, false), -1);
    assert_true(history_move_add(h, c, 0, a, &e));
    assert_true(history_move_add(h, c, a, b, &e));
    assert_int_equal(undo(h, c, true), -1);
    assert_int_equal(undo(h, c, false), a);
    history_close(h);
    h = open_db();
    assert_int_equal(undo(h, c, false), 0);
    assert_int_equal(undo(h, c, false), -1);
    assert_int_equal(undo(h, c, true), a);
    assert_int_equal(undo(h, c, true), b);
    assert_int_equal(undo(h, c, true), -1);
    assert_int_equal(undo(h, c, false), a);
    assert_true(history_move_add(h, c, a, b, &e)); /* what was undone is gone */
    assert_int_equal(undo(h, c, true), -1);
    assert_int_equal(undo(h, c, false), a);
    history_close(h);
}

static void purging_a_conversation_leaves_no_trace(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct history_hit *hits;
    size_t n;
    int64_t answer, c = fill(h, &answer);
    struct seen s = {0};
    assert_true(history_conversation_purge(h, c, &e));
    assert_false(history_conversation_purge(h, c, &e));
    assert_true(history_message_tokens(h, answer, see, &s, &e));
    assert_int_equal(s.n, 0);
    assert_true(history_find(h, "spell", HISTORY_IN_ALL, 10, &hits, &n, &e));
    assert_int_equal(n, 0);
    free(hits);
    history_close(h);
}

/* A writer is killed in the middle of streaming; what it wrote until a quarter second before is
 * there, and the message's text is what its tokens say. */
static void a_killed_writer_loses_at_most_the_last_batch(void **state) {
    (void)state;
    int64_t written = 0;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err e;
        int64_t c, m;
        struct history *h = history_open(path_of("history.db"), NULL, &e);
        if (!h || !history_conversation_new(h, "", NULL, &c, &e) ||
            !history_message_add(h, c, 0, HISTORY_ASSISTANT, NULL, NULL, &m, &e))
            _exit(1);
        for (int64_t i = 0;; i++) {
            struct history_token t = token((int32_t)i, HISTORY_THOUGHT, "x", i);
            if (!history_token_add(h, m, &t, &e) || !history_tick(h, &e)) _exit(1);
            if (write(fds[1], &i, sizeof i) != sizeof i) _exit(1);
            usleep(1000);
        }
    }
    close(fds[1]);
    usleep(900000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int64_t i; read(fds[0], &i, sizeof i) == sizeof i;) written = i + 1;
    close(fds[0]);
    struct err e;
    struct seen s = {0};
    struct history_message *m;
    size_t n;
    struct history *h = open_db();
    assert_true(history_messages(h, 1, 0, &m, &n, &e));
    assert_true(history_message_tokens(h, m[0].id, see, &s, &e));
    assert_true(written > 200);
    assert_true(s.n > 0 && s.n <= written + 1);
    assert_true(written - s.n <= 300); /* 250 ms of tokens a millisecond apart, and slack */
    assert_int_equal(strlen(m[0].reasoning), s.n);
    assert_null(m[0].finish);
    history_message_done(&m[0]);
    free(m);
    history_close(h);
}

static void two_programs_write_at_once(void **state) {
    (void)state;
    history_close(open_db());
    pid_t pids[2];
    for (int k = 0; k < 2; k++) {
        pids[k] = fork();
        if (pids[k]) continue;
        struct err e;
        struct history *h = history_open(path_of("history.db"), NULL, &e);
        for (int i = 0; h && i < 40; i++) {
            int64_t c, m;
            if (!history_conversation_new(h, "", NULL, &c, &e) ||
                !history_message_add(h, c, 0, HISTORY_USER, "hello", NULL, &m, &e))
                _exit(1);
        }
        history_close(h);
        _exit(h ? 0 : 1);
    }
    for (int k = 0; k < 2; k++) {
        int status;
        waitpid(pids[k], &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct history_totals t;
    struct err e;
    struct history *h = open_db();
    assert_true(history_totals(h, 0, &t, &e));
    assert_int_equal(t.messages, 80);
    history_close(h);
}

static void write_file(const char *path, const char *bytes, size_t n) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void a_corrupt_file_is_set_aside_and_named(void **state) {
    (void)state;
    struct err e = {""};
    struct str notice = STR_INIT;
    write_file(path_of("history.db"),
               "this is no database, it only has the name of one ............", 60);
    struct history *h = history_open(path_of("history.db"), &notice, &e);
    assert_non_null(h);
    const char *name = strstr(notice.s, folder);
    assert_non_null(name);
    char kept[160];
    snprintf(kept, sizeof kept, "%.*s", (int)strcspn(name, ";"), name);
    struct stat st;
    assert_int_equal(stat(kept, &st), 0);
    assert_int_equal(st.st_size, 60);
    int64_t answer;
    fill(h, &answer);
    history_close(h);
    str_free(&notice);
}

static void a_database_of_the_future_or_of_others_is_refused_untouched(void **state) {
    (void)state;
    struct err e = {""};
    sqlite3 *db;
    history_close(open_db());
    assert_int_equal(sqlite3_open(path_of("history.db"), &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_null(history_open(path_of("history.db"), NULL, &e));
    assert_non_null(strstr(e.msg, "newer aside"));
    assert_int_equal(sqlite3_open(path_of("other.db"), &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE mine(x)", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_null(history_open(path_of("other.db"), NULL, &e));
    assert_non_null(strstr(e.msg, "not aside's history"));
}

static void a_full_disk_is_an_error_and_keeps_what_was_there(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t answer, m, c = fill(h, &answer);
    history_close(h);
    pid_t pid = fork();
    if (pid == 0) { /* a limit on the size of files stands for the full disk */
        struct rlimit limit = {1 << 19, 1 << 19};
        signal(SIGXFSZ, SIG_IGN);
        struct history *again = history_open(path_of("history.db"), NULL, &e);
        char *big = malloc(1 << 20);
        memset(big, 'x', 1 << 20);
        big[(1 << 20) - 1] = '\0';
        setrlimit(RLIMIT_FSIZE, &limit);
        e.msg[0] = '\0';
        bool refused = again && !history_message_add(again, c, 0, HISTORY_USER, big, NULL, &m, &e);
        _exit(refused && e.msg[0] ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    h = open_db();
    struct history_message *messages;
    size_t n;
    assert_true(history_messages(h, c, answer, &messages, &n, &e));
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) history_message_done(&messages[i]);
    free(messages);
    history_close(h);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_read_back),
        TEST(every_token_keeps_its_statistics),
        TEST(words_are_found_in_their_scope_only),
        TEST(an_export_imports_as_the_same_conversation),
        TEST(pieces_tell_what_numbers_stand_for),
        TEST(a_broken_import_changes_nothing),
        TEST(an_answer_can_turn_out_to_have_been_the_thought),
        TEST(siblings_are_counted_and_the_head_chooses_the_path),
        TEST(a_tree_is_walked_and_its_branches_found),
        TEST(a_branch_begins_with_a_copy_of_tokens),
        TEST(moves_are_undone_and_redone_across_a_restart),
        TEST(purging_a_conversation_leaves_no_trace),
        TEST(a_killed_writer_loses_at_most_the_last_batch),
        TEST(two_programs_write_at_once),
        TEST(a_corrupt_file_is_set_aside_and_named),
        TEST(a_database_of_the_future_or_of_others_is_refused_untouched),
        TEST(a_full_disk_is_an_error_and_keeps_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
