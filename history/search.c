/* search: full-text search (SQLite FTS5) over thoughts, answers and prompts, and words in titles.
 * Each word of the query becomes a quoted prefix, so no input is a syntax error. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "history/db.h"

static const struct {
    enum history_scope scope;
    const char *column; /* of the FTS table */
    int index;
} columns[] = {{HISTORY_IN_THOUGHT, "thought", 0},
               {HISTORY_IN_ANSWER, "answer", 1},
               {HISTORY_IN_PROMPT, "prompt", 2}};

/* {column} : ("word"* "other"*) */
static void add_match(struct str *out, const char *column, const char *query) {
    str_addf(out, "{%s} : (", column);
    for (const char *s = query + strspn(query, " \t\n"); *s; s += strspn(s, " \t\n")) {
        size_t n = strcspn(s, " \t\n");
        str_add(out, " \"");
        for (size_t i = 0; i < n; i++)
            str_addn(out, s[i] == '"' ? "\"\"" : &s[i], s[i] == '"' ? 2 : 1);
        str_add(out, "\"*");
        s += n;
    }
    str_add(out, ")");
}

struct hits {
    struct history_hit *list;
    size_t n, cap, limit;
};

static bool collect(struct history *h, sqlite3_stmt *s, enum history_scope scope, struct hits *hits,
                    struct err *e) {
    bool row;
    while (hits->n < hits->limit) {
        if (!db_step(h, s, &row, e)) return false;
        if (!row) return true;
        hits->list = mem_grow(hits->list, &hits->cap, hits->n + 1, sizeof *hits->list);
        hits->list[hits->n++] = (struct history_hit){.conversation = sqlite3_column_int64(s, 0),
                                                     .message = sqlite3_column_int64(s, 1),
                                                     .title = db_text(s, 2),
                                                     .snippet = db_text(s, 3),
                                                     .scope = scope};
    }
    sqlite3_reset(s);
    return true;
}

static bool search_column(struct history *h, size_t k, const char *query, struct hits *hits,
                          struct err *e) {
    struct str match = STR_INIT;
    sqlite3_stmt *s =
        db_statement(h,
                     "SELECT m.conversation_id, m.id, c.title,"
                     " snippet(search, ?2, char(1), char(2), '…', 16)"
                     " FROM search JOIN messages m ON m.id = search.rowid"
                     " JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL"
                     " WHERE search MATCH ?1 ORDER BY rank, m.id DESC LIMIT ?3",
                     e);
    if (!s) return false;
    add_match(&match, columns[k].column, query);
    sqlite3_bind_text(s, 1, match.s, (int)match.len, SQLITE_TRANSIENT);
    sqlite3_bind_int(s, 2, columns[k].index);
    sqlite3_bind_int64(s, 3, (int64_t)hits->limit);
    str_free(&match);
    return collect(h, s, columns[k].scope, hits, e);
}

static bool search_titles(struct history *h, const char *query, struct hits *hits, struct err *e) {
    sqlite3_stmt *s = db_statement(
        h,
        "SELECT id, coalesce(head_id, 0), title,"
        " substr(title, 1, instr(lower(title), lower(?1)) - 1) || char(1) ||"
        " substr(title, instr(lower(title), lower(?1)), length(?1)) || char(2) ||"
        " substr(title, instr(lower(title), lower(?1)) + length(?1))"
        " FROM conversations WHERE deleted_at IS NULL AND instr(lower(title), lower(?1)) > 0"
        " ORDER BY updated_at DESC LIMIT ?2",
        e);
    if (!s) return false;
    db_bind_text(s, 1, query);
    sqlite3_bind_int64(s, 2, (int64_t)hits->limit);
    return collect(h, s, HISTORY_IN_TITLE, hits, e);
}

bool history_find(struct history *h, const char *query, enum history_scope scope, size_t limit,
                  struct history_hit **out, size_t *n, struct err *e) {
    struct hits hits = {.limit = limit};
    *out = NULL;
    *n = 0;
    if (!query[strspn(query, " \t\n")]) return err_set(e, "nothing to search for");
    bool ok = history_flush(h, e);
    for (size_t k = 0; ok && k < sizeof columns / sizeof *columns; k++)
        if (scope == HISTORY_IN_ALL || scope == columns[k].scope)
            ok = search_column(h, k, query, &hits, e);
    if (ok && (scope == HISTORY_IN_ALL || scope == HISTORY_IN_TITLE))
        ok = search_titles(h, query, &hits, e);
    if (!ok) {
        for (size_t i = 0; i < hits.n; i++) history_hit_done(&hits.list[i]);
        free(hits.list);
        return false;
    }
    *out = hits.list;
    *n = hits.n;
    return true;
}

void history_hit_done(struct history_hit *hit) {
    free(hit->title);
    free(hit->snippet);
    *hit = (struct history_hit){0};
}
