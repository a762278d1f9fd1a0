/* Sorting and finding conversations: titles, tags, pins, the trash, search; and an older program's
 * database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "history/history.h"

static char folder[64], path[96];

static int setup(void **state) {
    strcpy(folder, "/tmp/aside-sessions-XXXXXX");
    *state = mkdtemp(folder);
    snprintf(path, sizeof path, "%s/history.db", folder);
    return *state == NULL;
}

static int teardown(void **state) {
    (void)state;
    char line[128];
    unsetenv("ASIDE_NOW");
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

static struct history *open_db(void) {
    struct err e = {""};
    struct history *h = history_open(path, NULL, &e);
    if (!h) print_error("%s\n", e.msg);
    assert_non_null(h);
    return h;
}

/* A question and its answer, of one token each. */
static int64_t add(struct history *h, const char *title, const char *answer) {
    struct err e = {""};
    int64_t c, q, a;
    struct history_token t = {.token_id = 5,
                              .channel = HISTORY_ANSWER,
                              .text = answer,
                              .n_text = strlen(answer),
                              .bytes = answer,
                              .n_bytes = strlen(answer),
                              .logprob = -0.25};
    assert_true(history_conversation_new(h, "/m.gguf", NULL, &c, &e));
    assert_true(history_title_set(h, c, title, &e));
    assert_true(history_message_add(h, c, 0, HISTORY_USER, title, NULL, &q, &e));
    assert_true(history_message_add(h, c, q, HISTORY_ASSISTANT, NULL, NULL, &a, &e));
    assert_true(history_token_add(h, a, &t, &e));
    assert_true(history_message_finish(h, a, &(struct history_outcome){.n_answer = 1}, &e));
    return c;
}

/* The titles of a list, with commas between. */
static const char *titles(struct history *h, struct history_filter f) {
    static struct str out;
    struct history_conversation *all;
    struct err e = {""};
    size_t n;
    str_clear(&out);
    assert_true(history_conversations(h, &f, &all, &n, &e));
    for (size_t i = 0; i < n; i++) {
        str_addf(&out, "%s%s", i ? "," : "", all[i].title);
        history_conversation_done(&all[i]);
    }
    free(all);
    return str_cstr(&out);
}

static const char *tags(struct history *h, int64_t id) {
    static char out[200];
    struct history_conversation c;
    struct err e = {""};
    assert_true(history_conversation_get(h, id, &c, &e));
    snprintf(out, sizeof out, "%s", c.tags);
    history_conversation_done(&c);
    return out;
}

static size_t found(struct history *h, const char *words) {
    struct history_hit *hits;
    struct err e = {""};
    size_t n;
    assert_true(history_find(h, words, HISTORY_IN_ALL, 100, &hits, &n, &e));
    for (size_t i = 0; i < n; i++) history_hit_done(&hits[i]);
    free(hits);
    return n;
}

static int64_t rows(const char *sql) {
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

#define ALL     ((struct history_filter){0})
#define DELETED ((struct history_filter){.deleted = true})

static void pinned_ones_come_first_and_the_newest_is_still_the_newest(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t newest, a = add(h, "a", "x"), b = add(h, "b", "x");
    assert_string_equal(titles(h, ALL), "b,a");
    assert_true(history_pin(h, a, true, &e));
    assert_true(history_pin(h, a, true, &e));
    assert_string_equal(titles(h, ALL), "a,b");
    assert_true(history_newest(h, &newest, &e));
    assert_int_equal(newest, b);
    assert_true(history_pin(h, a, false, &e));
    assert_string_equal(titles(h, ALL), "b,a");
    assert_false(history_pin(h, 99, true, &e));
    assert_string_equal(e.msg, "there is no conversation 99");
    history_close(h);
}

static void tags_are_added_taken_away_and_listed_by(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t a = add(h, "a", "x"), b = add(h, "b", "x");
    assert_true(history_tags(h, a, "#work maths, +Draft", false, &e));
    assert_string_equal(tags(h, a), "Draft maths work");
    assert_true(history_tags(h, a, "DRAFT -maths", false, &e)); /* the same in any case */
    assert_string_equal(tags(h, a), "Draft work");
    assert_true(history_tags(h, b, "work", false, &e));
    assert_string_equal(titles(h, (struct history_filter){.tag = "Work"}), "b,a");
    assert_string_equal(titles(h, (struct history_filter){.tag = "draft"}), "a");
    assert_string_equal(titles(h, (struct history_filter){.tag = "draft", .words = "b"}), "");
    struct history_conversation *all;
    size_t n;
    assert_true(history_conversations(h, &(struct history_filter){.tokens = true}, &all, &n, &e));
    assert_true(n == 2 && all[0].n_tokens == 1 && all[0].n_messages == 2);
    for (size_t i = 0; i < n; i++) history_conversation_done(&all[i]);
    free(all);
    assert_true(history_tags(h, a, "home", true, &e));
    assert_string_equal(tags(h, a), "home");
    assert_false(history_tags(h, a, "fine #", true, &e)); /* all of it or nothing */
    assert_string_equal(tags(h, a), "home");
    assert_true(history_tags(h, a, "", true, &e));
    assert_string_equal(tags(h, a), "");
    assert_false(history_tags(h, 99, "x", false, &e));
    history_close(h);
}

static void a_deleted_conversation_is_out_of_sight_and_comes_back_whole(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct str before = STR_INIT, after = STR_INIT;
    struct history_message *m;
    size_t n;
    int64_t newest, last = 0, a = add(h, "apple", "green"), b = add(h, "pear", "yellow");
    assert_true(history_tags(h, b, "fruit", false, &e));
    assert_true(history_pin(h, b, true, &e));
    assert_true(history_export(h, b, "json", &before, &e));

    assert_true(history_conversation_delete(h, b, &e));
    assert_false(history_conversation_delete(h, b, &e));
    assert_string_equal(titles(h, ALL), "apple");
    assert_string_equal(titles(h, DELETED), "pear");
    assert_int_equal(found(h, "yellow"), 0);
    assert_int_equal(found(h, "pear"), 0);
    assert_true(history_newest(h, &newest, &e));
    assert_int_equal(newest, a);
    assert_false(history_messages(h, b, 0, &m, &n, &e));
    assert_string_equal(e.msg,
                        "conversation 2 is deleted; aside history undelete 2 brings it back");

    history_close(h);
    h = open_db();
    assert_true(history_conversation_undelete(h, &last, &e));
    assert_int_equal(last, b);
    assert_true(history_export(h, b, "json", &after, &e));
    assert_string_equal(before.s, after.s);
    assert_string_equal(titles(h, ALL), "pear,apple");
    assert_int_equal(found(h, "yellow"), 1);
    assert_false(history_conversation_undelete(h, &last, &e));
    last = 0;
    assert_false(history_conversation_undelete(h, &last, &e));
    assert_string_equal(e.msg, "no conversation is deleted");
    str_free(&before);
    str_free(&after);
    history_close(h);
}

static void the_last_deleted_comes_back_first(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t a = add(h, "a", "x"), b = add(h, "b", "x"), id;
    assert_true(history_conversation_delete(h, b, &e));
    usleep(2000);
    assert_true(history_conversation_delete(h, a, &e));
    assert_string_equal(titles(h, DELETED), "a,b");
    assert_true(history_conversation_undelete(h, &(int64_t){0}, &e));
    assert_string_equal(titles(h, ALL), "a");
    id = b;
    assert_true(history_conversation_undelete(h, &id, &e));
    history_close(h);
}

/* Another program may delete what this one goes on with. */
static void writing_to_a_deleted_conversation_takes_it_out_of_the_trash(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t m, a = add(h, "a", "x");
    assert_true(history_conversation_delete(h, a, &e));
    assert_true(history_message_add(h, a, 0, HISTORY_USER, "more", NULL, &m, &e));
    assert_string_equal(titles(h, ALL), "a");
    history_close(h);
}

static void the_trash_is_emptied_after_thirty_days(void **state) {
    (void)state;
    struct err e = {""};
    setenv("ASIDE_NOW", "2026-01-01T12:00:00Z", 1);
    struct history *h = open_db();
    int64_t a = add(h, "a", "x");
    add(h, "b", "x");
    assert_true(history_conversation_delete(h, a, &e));
    setenv("ASIDE_NOW", "2026-01-31T11:00:00Z", 1);
    history_close(h);
    h = open_db();
    assert_string_equal(titles(h, DELETED), "a");
    setenv("ASIDE_NOW", "2026-01-31T13:00:00Z", 1);
    history_close(h);
    h = open_db();
    assert_string_equal(titles(h, DELETED), "");
    assert_string_equal(titles(h, ALL), "b");
    history_close(h);
    assert_int_equal(rows("SELECT count(*) FROM messages"), 2);
    assert_int_equal(rows("SELECT count(*) FROM tokens"), 1);
}

static void purging_leaves_no_trace_also_of_a_long_conversation(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    int64_t a = add(h, "a", "x"), leaf = 0;
    assert_true(history_tags(h, a, "t", false, &e));
    for (int i = 0; i < 1500; i++) /* SQLite nests at most 1,000 triggers */
        assert_true(history_message_add(h, a, leaf, HISTORY_USER, "word", NULL, &leaf, &e));
    assert_true(history_conversation_purge(h, a, &e));
    assert_false(history_conversation_purge(h, a, &e));
    assert_int_equal(found(h, "word"), 0);
    history_close(h);
    assert_int_equal(rows("SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM"
                          " messages) + (SELECT count(*) FROM tokens) + (SELECT count(*) FROM"
                          " tags)"),
                     0);
}

static void an_import_keeps_tags_and_pin(void **state) {
    (void)state;
    struct err e = {""};
    struct history *h = open_db();
    struct str json = STR_INIT;
    int64_t copy, a = add(h, "a", "x");
    assert_true(history_tags(h, a, "one two", false, &e));
    assert_true(history_pin(h, a, true, &e));
    assert_true(history_export(h, a, "json", &json, &e));
    assert_true(history_import(h, json.s, json.len, &copy, &e));
    assert_string_equal(tags(h, copy), "one two");
    assert_true(history_pin(h, a, false, &e));
    assert_string_equal(titles(h, (struct history_filter){.limit = 1}), "a");
    str_free(&json);
    history_close(h);
}

/* What is found, as "conversation scope", with commas between. */
static const char *places(struct history *h, const char *query, size_t limit) {
    static struct str out;
    struct history_hit *hits;
    struct err e = {""};
    size_t n;
    str_clear(&out);
    assert_true(history_find(h, query, HISTORY_IN_ALL, limit, &hits, &n, &e));
    for (size_t i = 0; i < n; i++) {
        str_addf(&out, "%s%lld %s", i ? "," : "", (long long)hits[i].conversation,
                 history_scope_name(hits[i].scope));
        history_hit_done(&hits[i]);
    }
    free(hits);
    return str_cstr(&out);
}

static void titles_are_found_first_then_the_newest_message(void **state) {
    (void)state;
    struct history *h = open_db();
    add(h, "plums", "Plums are blue.");
    add(h, "pears", "As blue as plums.");
    add(h, "plums", "Nothing.");
    assert_string_equal(places(h, "plums", 9),
                        "3 title,1 title,3 prompt,2 answer,1 answer,1 prompt");
    assert_string_equal(places(h, "plums", 3), "3 title,1 title,3 prompt");
    assert_string_equal(places(h, "blue plums", 9), "2 answer,1 answer");
    history_close(h);
}

static void a_word_of_the_query_names_where_to_look(void **state) {
    (void)state;
    struct err e = {""};
    struct history_hit *hits;
    size_t n;
    struct history *h = open_db();
    enum history_scope scope = HISTORY_IN_ALL;
    add(h, "plums", "Plums are blue.");
    assert_string_equal(places(h, "in:answer plums", 9), "1 answer");
    assert_string_equal(places(h, "plums in:title", 9), "1 title");
    assert_string_equal(places(h, "plums in:nowhere", 9), "");
    char *words = history_query(" a  in:prompt b in: ", &scope);
    assert_string_equal(words, "a b in:");
    assert_int_equal(scope, HISTORY_IN_PROMPT);
    free(words);
    assert_false(history_find(h, "in:answer", HISTORY_IN_ALL, 9, &hits, &n, &e));
    history_close(h);
}

static void three_letters_find_longer_words_and_two_do_not(void **state) {
    (void)state;
    struct history *h = open_db();
    add(h, "x", "A plum is an 11th of \xC3\xBC\xC3\xA4 and 9.11.");
    assert_string_equal(places(h, "plu", 9), "1 answer");
    assert_string_equal(places(h, "pl", 9), "");
    assert_string_equal(places(h, "is", 9), "1 answer");
    assert_string_equal(places(h, "\xC3\xBC", 9), "1 answer");
    assert_string_equal(places(h, "9.11", 9), "1 answer");
    assert_string_equal(places(h, "\"plum", 9), "1 answer");
    history_close(h);
}

static void the_text_around_a_hit_has_every_place_marked(void **state) {
    (void)state;
    struct err e = {""};
    struct history_hit *hits;
    struct str text = STR_INIT;
    size_t n;
    struct history *h = open_db();
    add(h, "x", "One plum, two plums.");
    assert_true(history_find(h, "plum in:answer", HISTORY_IN_ALL, 9, &hits, &n, &e));
    assert_int_equal(n, 1);
    assert_true(history_hit_text(h, "plum in:answer", &hits[0], &text, &e));
    assert_string_equal(text.s, "One \x01plum\x02, two \x01plums\x02.");
    history_hit_done(&hits[0]);
    free(hits);
    str_free(&text);
    history_close(h);
}

/* tests/golden/history-1.db was written by the program when its schema was 1. */
static void a_database_of_an_older_program_is_brought_up_to_date(void **state) {
    (void)state;
    struct err e = {""};
    struct str old = STR_INIT;
    struct history_totals t;
    if (!files_read_whole("tests/golden/history-1.db", 1u << 20, &old, &e)) skip();
    assert_true(files_write_whole(path, old.s, old.len, &e));
    str_free(&old);
    struct history *h = open_db();
    assert_string_equal(titles(h, ALL), "What is 12 + 7?,How many r are in strawberry?");
    assert_true(history_totals(h, 1, &t, &e));
    assert_int_equal(t.messages, 2);
    assert_true(t.tokens > 50 && t.mean_logprob < 0);
    assert_true(history_tags(h, 1, "letters", false, &e));
    assert_true(history_conversation_delete(h, 1, &e));
    assert_true(history_conversation_undelete(h, &(int64_t){1}, &e));
    assert_int_equal(found(h, "strawberry"), 3);
    history_close(h);
    assert_true(rows("PRAGMA user_version") >= 3);
    history_close(open_db());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(pinned_ones_come_first_and_the_newest_is_still_the_newest),
        TEST(tags_are_added_taken_away_and_listed_by),
        TEST(a_deleted_conversation_is_out_of_sight_and_comes_back_whole),
        TEST(the_last_deleted_comes_back_first),
        TEST(writing_to_a_deleted_conversation_takes_it_out_of_the_trash),
        TEST(the_trash_is_emptied_after_thirty_days),
        TEST(purging_leaves_no_trace_also_of_a_long_conversation),
        TEST(an_import_keeps_tags_and_pin),
        TEST(titles_are_found_first_then_the_newest_message),
        TEST(a_word_of_the_query_names_where_to_look),
        TEST(three_letters_find_longer_words_and_two_do_not),
        TEST(the_text_around_a_hit_has_every_place_marked),
        TEST(a_database_of_an_older_program_is_brought_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
