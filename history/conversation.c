/* conversation: making, naming, listing, deleting conversations. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "history/db.h"

bool history_conversation_new(struct history *h, const char *model, const char *system, int64_t *id,
                              struct err *e) {
    sqlite3_stmt *s =
        db_statement(h,
                     "INSERT INTO conversations(model, system, created_at, updated_at)"
                     " VALUES (coalesce(?1, ''), ?2, ?3, ?3)",
                     e);
    if (!s) return false;
    db_bind_text(s, 1, model);
    db_bind_text(s, 2, system);
    sqlite3_bind_int64(s, 3, clock_now_ms());
    if (!db_run(h, s, e)) return false;
    *id = sqlite3_last_insert_rowid(h->db);
    return true;
}

/* Runs an UPDATE or DELETE of one conversation; an id that is not there is an error. */
static bool change_one(struct history *h, sqlite3_stmt *s, int64_t id, struct err *e) {
    if (!db_run(h, s, e)) return false;
    return sqlite3_changes(h->db) > 0 || err_set(e, "there is no conversation %lld", (long long)id);
}

bool history_title_set(struct history *h, int64_t conversation, const char *title, struct err *e) {
    sqlite3_stmt *s =
        db_statement(h, "UPDATE conversations SET title = coalesce(?2, '') WHERE id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    db_bind_text(s, 2, title);
    return change_one(h, s, conversation, e);
}

bool history_head_set(struct history *h, int64_t conversation, int64_t message, struct err *e) {
    sqlite3_stmt *s = db_statement(
        h, "UPDATE conversations SET head_id = nullif(?2, 0), updated_at = ?3 WHERE id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    sqlite3_bind_int64(s, 2, message);
    sqlite3_bind_int64(s, 3, clock_now_ms());
    return change_one(h, s, conversation, e);
}

bool history_conversation_delete(struct history *h, int64_t conversation, struct err *e) {
    if (!history_flush(h, e)) return false;
    sqlite3_stmt *s = db_statement(h, "DELETE FROM conversations WHERE id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    return change_one(h, s, conversation, e);
}

#define COLUMNS                                                                                    \
    "c.id, c.created_at, c.updated_at, coalesce(c.head_id, 0), c.title, c.model, c.system,"        \
    " (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id),"                           \
    " (SELECT coalesce(sum(m.n_thought + m.n_answer), 0) FROM messages m"                          \
    "   WHERE m.conversation_id = c.id)"

static void read_row(sqlite3_stmt *s, struct history_conversation *c) {
    *c = (struct history_conversation){.id = sqlite3_column_int64(s, 0),
                                       .created_ms = sqlite3_column_int64(s, 1),
                                       .updated_ms = sqlite3_column_int64(s, 2),
                                       .head = sqlite3_column_int64(s, 3),
                                       .title = db_text(s, 4),
                                       .model = db_text(s, 5),
                                       .system = db_text(s, 6),
                                       .n_messages = sqlite3_column_int64(s, 7),
                                       .n_tokens = sqlite3_column_int64(s, 8)};
}

bool history_conversations(struct history *h, const char *filter, size_t limit,
                           struct history_conversation **out, size_t *n, struct err *e) {
    size_t cap = 0;
    bool row;
    *out = NULL;
    *n = 0;
    sqlite3_stmt *s = db_statement(h,
                                   "SELECT " COLUMNS " FROM conversations c"
                                   " WHERE ?1 IS NULL OR instr(lower(c.title), lower(?1)) > 0"
                                   " ORDER BY c.updated_at DESC, c.id DESC LIMIT ?2",
                                   e);
    if (!s) return false;
    db_bind_text(s, 1, filter);
    sqlite3_bind_int64(s, 2, (int64_t)limit);
    while (db_step(h, s, &row, e)) {
        if (!row) return true;
        *out = mem_grow(*out, &cap, *n + 1, sizeof **out);
        read_row(s, &(*out)[(*n)++]);
    }
    while (*n) history_conversation_done(&(*out)[--*n]);
    free(*out);
    *out = NULL;
    return false;
}

bool history_conversation_get(struct history *h, int64_t id, struct history_conversation *out,
                              struct err *e) {
    bool row;
    sqlite3_stmt *s = db_statement(h, "SELECT " COLUMNS " FROM conversations c WHERE c.id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, id);
    if (!db_step(h, s, &row, e)) return false;
    if (!row) return err_set(e, "there is no conversation %lld", (long long)id);
    read_row(s, out);
    sqlite3_reset(s);
    return true;
}

void history_conversation_done(struct history_conversation *c) {
    free(c->title);
    free(c->model);
    free(c->system);
    *c = (struct history_conversation){0};
}

bool history_totals(struct history *h, int64_t conversation, struct history_totals *out,
                    struct err *e) {
    bool row;
    sqlite3_stmt *s =
        db_statement(h,
                     "SELECT count(DISTINCT conversation_id), count(*), coalesce(sum(n_thought), "
                     "0), coalesce(sum(n_answer), 0),"
                     " coalesce(sum(thought_us), 0), coalesce(sum(total_us), 0),"
                     " (SELECT avg(t.logprob) FROM tokens t JOIN messages k ON k.id = t.message_id"
                     "   WHERE NOT t.forced AND (?1 = 0 OR k.conversation_id = ?1)),"
                     " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)"
                     " FROM messages WHERE ?1 = 0 OR conversation_id = ?1",
                     e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    if (!db_step(h, s, &row, e)) return false;
    *out = (struct history_totals){.conversations = sqlite3_column_int64(s, 0),
                                   .messages = sqlite3_column_int64(s, 1),
                                   .thought_tokens = sqlite3_column_int64(s, 2),
                                   .answer_tokens = sqlite3_column_int64(s, 3),
                                   .thought_s = sqlite3_column_double(s, 4) / 1e6,
                                   .total_s = sqlite3_column_double(s, 5) / 1e6,
                                   .mean_logprob = sqlite3_column_double(s, 6),
                                   .bytes = sqlite3_column_int64(s, 7)};
    out->tokens = out->thought_tokens + out->answer_tokens;
    sqlite3_reset(s);
    return true;
}
