/* make_history FILE [MESSAGES [TOKENS [SEED]]]: a history of that size (100,000 messages with 20
 * million tokens), for bench_history.
 *
 * history_open() makes the schema; the rows are then inserted through SQLite in the columns that
 * every version has, so that a file of an older program can be made with that program's tree. Half
 * of the messages are answers with three quarters of their tokens in the thought; words follow
 * Zipf's law, so that a search can be for a common or a rare one; conversations have 2 to 38
 * messages and one has 1,000. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "history/history.h"

enum { VOCABULARY = 20000, LONG_CONVERSATION = 1000, COMMIT_EVERY = 2000 };

static struct rng rng;
static char words[VOCABULARY][12];
static double weight_up_to[VOCABULARY];
static sqlite3 *db;
static sqlite3_stmt *add_conversation, *add_message, *add_token, *set_head;

static void fail(const char *what) {
    fprintf(stderr, "make_history: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

static void make_words(void) {
    static const char *const parts[] = {"ba", "ne", "ti", "ro", "su", "ka", "le", "mi",
                                        "do", "fu", "ga", "he", "vi", "zo", "pu", "ta"};
    double sum = 0;
    for (int i = 0; i < VOCABULARY; i++) {
        words[i][0] = '\0';
        for (int k = i; strlen(words[i]) < 3 || k; k /= 16) strcat(words[i], parts[k % 16]);
        weight_up_to[i] = sum += 1.0 / (i + 1);
    }
}

static int some_word(void) {
    double x = rng_uniform(&rng) * weight_up_to[VOCABULARY - 1];
    int from = 0, to = VOCABULARY - 1;
    while (from < to) {
        int mid = (from + to) / 2;
        if (weight_up_to[mid] < x)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static void run(sqlite3_stmt *s) {
    if (sqlite3_step(s) != SQLITE_DONE) fail("insert");
    sqlite3_reset(s);
}

static void exec(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK) fail(sql);
    return s;
}

static void write_token(int64_t message, int idx, int word, const char *text, bool thought) {
    float alts[10];
    double p = rng_uniform(&rng);
    for (int i = 0; i < 5; i++) {
        int32_t id = word + i;
        memcpy(&alts[2 * i], &id, 4);
        alts[2 * i + 1] = (float)log(p / (i + 1));
    }
    sqlite3_bind_int64(add_token, 1, message);
    sqlite3_bind_int(add_token, 2, idx);
    sqlite3_bind_int(add_token, 3, word);
    sqlite3_bind_blob(add_token, 4, text, (int)strlen(text), SQLITE_STATIC);
    sqlite3_bind_text(add_token, 5, thought ? "thought" : "answer", -1, SQLITE_STATIC);
    sqlite3_bind_double(add_token, 6, log(p));
    sqlite3_bind_double(add_token, 7, -log(p) * 0.7);
    sqlite3_bind_int64(add_token, 8, 20000 * (int64_t)(idx + 1));
    sqlite3_bind_blob(add_token, 9, alts, sizeof alts, SQLITE_STATIC);
    run(add_token);
}

/* A prompt of 30 words, or an answer of n tokens. */
static int64_t write_message(int64_t conversation, int64_t parent, bool answer, int n, int64_t ms) {
    struct str texts[2] = {STR_INIT, STR_INIT};
    int *chosen = mem_array((size_t)n, sizeof *chosen);
    int n_thought = answer ? n * 3 / 4 : 0;
    for (int i = 0; i < n; i++) {
        struct str *t = &texts[i >= n_thought];
        chosen[i] = some_word();
        if (t->len) str_addc(t, ' ');
        str_add(t, words[chosen[i]]);
    }
    sqlite3_bind_int64(add_message, 1, conversation);
    if (parent)
        sqlite3_bind_int64(add_message, 2, parent);
    else
        sqlite3_bind_null(add_message, 2);
    sqlite3_bind_text(add_message, 3, answer ? "assistant" : "user", -1, SQLITE_STATIC);
    sqlite3_bind_text(add_message, 4, str_cstr(&texts[0]), -1, SQLITE_STATIC);
    sqlite3_bind_text(add_message, 5, str_cstr(&texts[1]), -1, SQLITE_STATIC);
    sqlite3_bind_int64(add_message, 6, ms);
    sqlite3_bind_int(add_message, 7, answer ? n_thought : 0);
    sqlite3_bind_int(add_message, 8, answer ? n - n_thought : 0);
    sqlite3_bind_int64(add_message, 9, 20000 * (int64_t)n_thought);
    sqlite3_bind_int64(add_message, 10, 20000 * (int64_t)n);
    run(add_message);
    int64_t id = sqlite3_last_insert_rowid(db);
    for (int i = 0; answer && i < n; i++) {
        char text[16];
        snprintf(text, sizeof text, "%s%s", i && i != n_thought ? " " : "", words[chosen[i]]);
        write_token(id, i, chosen[i], text, i < n_thought);
    }
    free(chosen);
    str_free(&texts[0]);
    str_free(&texts[1]);
    return id;
}

static void write_all(int64_t n_messages, int64_t n_tokens) {
    int64_t done = 0, ms = 1700000000000, uncommitted = 0;
    int per_answer = (int)(n_tokens / (n_messages / 2));
    while (done < n_messages) {
        int64_t n = done ? 2 * (int64_t)(1 + rng_below(&rng, 19)) : LONG_CONVERSATION;
        char title[64];
        if (n > n_messages - done) n = n_messages - done;
        snprintf(title, sizeof title, "%s %s %s?", words[some_word()], words[some_word()],
                 words[some_word()]);
        sqlite3_bind_text(add_conversation, 1, title, -1, SQLITE_STATIC);
        sqlite3_bind_int64(add_conversation, 2, ms += 3600000);
        run(add_conversation);
        int64_t conversation = sqlite3_last_insert_rowid(db), parent = 0;
        for (int64_t i = 0; i < n; i++)
            parent = write_message(conversation, parent, i % 2 == 1, i % 2 ? per_answer : 30,
                                   ms + 1000 * i);
        sqlite3_bind_int64(set_head, 1, conversation);
        sqlite3_bind_int64(set_head, 2, parent);
        run(set_head);
        done += n;
        if ((uncommitted += n) > COMMIT_EVERY) {
            exec("COMMIT; BEGIN");
            uncommitted = 0;
        }
    }
}

int main(int argc, char **argv) {
    struct err e = {""};
    if (argc < 2) {
        fprintf(stderr, "usage: make_history FILE [MESSAGES [TOKENS [SEED]]]\n");
        return 2;
    }
    int64_t n_messages = argc > 2 ? atoll(argv[2]) : 100000;
    int64_t n_tokens = argc > 3 ? atoll(argv[3]) : 20000000;
    rng.seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
    if (n_messages < 2) fail("at least two messages");
    struct history *h = history_open(argv[1], NULL, &e);
    if (!h) fail(e.msg);
    history_close(h);
    if (sqlite3_open(argv[1], &db) != SQLITE_OK) fail(argv[1]);
    exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN");
    add_conversation = prepare("INSERT INTO conversations(title, model, created_at, updated_at)"
                               " VALUES (?1, '/models/made-up.gguf', ?2, ?2)");
    add_message = prepare("INSERT INTO messages(conversation_id, parent_id, role, reasoning,"
                          " content, created_at, finish, n_thought, n_answer, thought_us, total_us)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'stop', ?7, ?8, ?9, ?10)");
    add_token = prepare("INSERT INTO tokens(message_id, idx, token_id, text, channel, logprob,"
                        " entropy, t_us, alts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    set_head = prepare("UPDATE conversations SET head_id = ?2 WHERE id = ?1");
    make_words();
    write_all(n_messages, n_tokens);
    exec("COMMIT; PRAGMA journal_mode = WAL");
    sqlite3_stmt *const all[] = {add_conversation, add_message, add_token, set_head};
    for (int i = 0; i < 4; i++) sqlite3_finalize(all[i]);
    sqlite3_close(db);
    return 0;
}
