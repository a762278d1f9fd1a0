/* search: full-text search (SQLite FTS5) over thoughts, answers and prompts, and words in titles.
 *
 * Each word of the query becomes a quoted phrase, so no input is a syntax error. It is taken for
 * the beginning of a word, but not when that beginning is one or two ASCII characters: those begin
 * so many words that gathering their places takes longer than a person notices. The newest come
 * first: FTS5 walks that order without looking at more rows than are wanted, where its ranking
 * would look at every one. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "history/db.h"

#define SPACES     " \t\n"
#define MIN_PREFIX 3

static const char *const scope_names[] = {[HISTORY_IN_ALL] = "all",
                                          [HISTORY_IN_THOUGHT] = "thought",
                                          [HISTORY_IN_ANSWER] = "answer",
                                          [HISTORY_IN_PROMPT] = "prompt",
                                          [HISTORY_IN_TITLE] = "title"};

const char *history_scope_name(enum history_scope scope) { return scope_names[scope]; }

bool history_scope_find(const char *name, size_t n, enum history_scope *out) {
    for (int i = 0; i < HISTORY_SCOPES; i++)
        if (strlen(scope_names[i]) == n && memcmp(scope_names[i], name, n) == 0)
            return *out = (enum history_scope)i, true;
    return false;
}

char *history_query(const char *query, enum history_scope *scope) {
    struct str words = STR_INIT;
    for (const char *s = query + strspn(query, SPACES); *s; s += strspn(s, SPACES)) {
        size_t n = strcspn(s, SPACES);
        if (n < 4 || memcmp(s, "in:", 3) != 0 || !history_scope_find(s + 3, n - 3, scope)) {
            if (words.len) str_addc(&words, ' ');
            str_addn(&words, s, n);
        }
        s += n;
    }
    str_cstr(&words);
    return str_take(&words);
}

static bool may_be_prefix(const char *word, size_t n) {
    size_t at = n;
    while (at && (isalnum((unsigned char)word[at - 1]) || (word[at - 1] & 0x80))) at--;
    for (size_t i = at; i < n; i++)
        if (word[i] & 0x80) return true;
    return n - at >= MIN_PREFIX;
}

/* {column} : ("word"* "other"*) */
static void add_match(struct str *out, const char *column, const char *query) {
    str_addf(out, "{%s} : (", column);
    for (const char *s = query + strspn(query, SPACES); *s; s += strspn(s, SPACES)) {
        size_t n = strcspn(s, SPACES);
        str_add(out, " \"");
        for (size_t i = 0; i < n; i++)
            str_addn(out, s[i] == '"' ? "\"\"" : &s[i], s[i] == '"' ? 2 : 1);
        str_add(out, may_be_prefix(s, n) ? "\"*" : "\"");
        s += n;
    }
    str_add(out, ")");
}

struct hits {
    struct history_hit *list;
    size_t n, cap, limit;
};

/* Takes the row that the statement stands at. */
static void take(struct hits *hits, sqlite3_stmt *s, enum history_scope scope) {
    hits->list = mem_grow(hits->list, &hits->cap, hits->n + 1, sizeof *hits->list);
    hits->list[hits->n++] = (struct history_hit){.conversation = sqlite3_column_int64(s, 0),
                                                 .message = sqlite3_column_int64(s, 1),
                                                 .title = db_text(s, 2),
                                                 .snippet = db_text(s, 3),
                                                 .when_ms = sqlite3_column_int64(s, 4),
                                                 .scope = scope};
}

static bool bind_match(sqlite3_stmt *s, enum history_scope scope, const char *query) {
    struct str match = STR_INIT;
    if (!s) return false;
    add_match(&match, scope_names[scope], query);
    sqlite3_bind_text(s, 1, match.s, (int)match.len, SQLITE_TRANSIENT);
    str_free(&match);
    return true;
}

/* One statement for each column, since they run at once; the newest first. */
#define FIND(column)                                                                               \
    "SELECT m.conversation_id, m.id, c.title,"                                                     \
    " snippet(search, " column ", char(1), char(2), '…', 16), m.created_at FROM search"          \
    " CROSS JOIN messages m ON m.id = search.rowid"                                                \
    " CROSS JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL"             \
    " WHERE search MATCH ?1 ORDER BY search.rowid DESC"
#define TEXT(column)                                                                               \
    "SELECT highlight(search, " column ", char(1), char(2)) FROM search"                           \
    " WHERE search MATCH ?1 AND rowid = ?2"

enum { COLUMNS = HISTORY_IN_PROMPT - HISTORY_IN_THOUGHT + 1 };
static const char *const find_sql[COLUMNS] = {FIND("0"), FIND("1"), FIND("2")};
static const char *const text_sql[COLUMNS] = {TEXT("0"), TEXT("1"), TEXT("2")};

/* Goes through the columns together, always on with the one that stands at the newest message, so
 * that no more snippets are made than are wanted. */
static bool search_messages(struct history *h, const char *query, enum history_scope scope,
                            struct hits *hits, struct err *e) {
    sqlite3_stmt *s[COLUMNS] = {NULL};
    bool row[COLUMNS] = {false}, ok = true;
    for (int k = 0; ok && k < COLUMNS; k++) {
        enum history_scope in = (enum history_scope)(HISTORY_IN_THOUGHT + k);
        if (scope != HISTORY_IN_ALL && scope != in) continue;
        s[k] = db_statement(h, find_sql[k], e);
        ok = bind_match(s[k], in, query) && db_step(h, s[k], &row[k], e);
    }
    while (ok && hits->n < hits->limit) {
        int newest = -1;
        for (int k = 0; k < COLUMNS; k++)
            if (row[k] &&
                (newest < 0 || sqlite3_column_int64(s[k], 1) > sqlite3_column_int64(s[newest], 1)))
                newest = k;
        if (newest < 0) break;
        take(hits, s[newest], (enum history_scope)(HISTORY_IN_THOUGHT + newest));
        ok = db_step(h, s[newest], &row[newest], e);
    }
    for (int k = 0; k < COLUMNS; k++)
        if (s[k]) sqlite3_reset(s[k]);
    return ok;
}

static bool search_titles(struct history *h, const char *query, struct hits *hits, struct err *e) {
    bool row;
    sqlite3_stmt *s =
        db_statement(h,
                     "SELECT id, coalesce(head_id, 0), title,"
                     " substr(title, 1, instr(lower(title), lower(?1)) - 1) || char(1) ||"
                     " substr(title, instr(lower(title), lower(?1)), length(?1)) || char(2) ||"
                     " substr(title, instr(lower(title), lower(?1)) + length(?1)), updated_at"
                     " FROM conversations WHERE deleted_at IS NULL"
                     " AND instr(lower(title), lower(?1)) > 0"
                     " ORDER BY updated_at DESC, id DESC LIMIT ?2",
                     e);
    if (!s) return false;
    db_bind_text(s, 1, query);
    sqlite3_bind_int64(s, 2, (int64_t)hits->limit);
    while (db_step(h, s, &row, e)) {
        if (!row) return true;
        take(hits, s, HISTORY_IN_TITLE);
    }
    return false;
}

bool history_find(struct history *h, const char *query, enum history_scope scope, size_t limit,
                  struct history_hit **out, size_t *n, struct err *e) {
    struct hits hits = {.limit = limit};
    *out = NULL;
    *n = 0;
    char *words = history_query(query, &scope);
    bool ok = *words ? history_flush(h, e) : err_set(e, "nothing to search for");
    if (ok && (scope == HISTORY_IN_ALL || scope == HISTORY_IN_TITLE))
        ok = search_titles(h, words, &hits, e);
    if (ok && scope != HISTORY_IN_TITLE) ok = search_messages(h, words, scope, &hits, e);
    free(words);
    if (!ok) {
        while (hits.n) history_hit_done(&hits.list[--hits.n]);
        free(hits.list);
        return false;
    }
    *out = hits.list;
    *n = hits.n;
    return true;
}

bool history_hit_text(struct history *h, const char *query, const struct history_hit *hit,
                      struct str *out, struct err *e) {
    bool row;
    if (hit->scope == HISTORY_IN_TITLE) return str_add(out, hit->snippet), true;
    sqlite3_stmt *s = db_statement(h, text_sql[hit->scope - HISTORY_IN_THOUGHT], e);
    enum history_scope scope = hit->scope;
    char *words = history_query(query, &scope);
    bool ok = bind_match(s, hit->scope, words);
    free(words);
    if (!ok) return false;
    sqlite3_bind_int64(s, 2, hit->message);
    if (!db_step(h, s, &row, e)) return false;
    if (row) str_add(out, (const char *)sqlite3_column_text(s, 0));
    sqlite3_reset(s);
    return true;
}

void history_hit_done(struct history_hit *hit) {
    free(hit->title);
    free(hit->snippet);
    *hit = (struct history_hit){0};
}
