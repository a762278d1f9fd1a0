/* conversation: making, naming, pinning, listing conversations, and their trash.
 *
 * Deleting marks a conversation; it is then found by nothing but the list of the deleted, and can
 * be taken back with all that it had. history_close() removes for good what has been there for
 * TRASH_DAYS, a little at a time. */
#include <math.h>
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

static bool exists(struct history *h, int64_t id, struct err *e) {
    bool row;
    sqlite3_stmt *s = db_statement(h, "SELECT 1 FROM conversations WHERE id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, id);
    if (!db_step(h, s, &row, e)) return false;
    sqlite3_reset(s);
    return row || err_set(e, "there is no conversation %lld", (long long)id);
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
        h,
        "UPDATE conversations SET head_id = nullif(?2, 0), updated_at = ?3, deleted_at = NULL"
        " WHERE id = ?1",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    sqlite3_bind_int64(s, 2, message);
    sqlite3_bind_int64(s, 3, clock_now_ms());
    return change_one(h, s, conversation, e);
}

bool history_pin(struct history *h, int64_t conversation, bool on, struct err *e) {
    sqlite3_stmt *s =
        db_statement(h, "UPDATE conversations SET pinned = ?2 WHERE id = ?1 AND pinned <> ?2", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    sqlite3_bind_int(s, 2, on);
    return db_run(h, s, e) && (sqlite3_changes(h->db) > 0 || exists(h, conversation, e));
}

/* ---- The trash -------------------------------------------------------------------------- */

#define TRASH_MS         (30 * 86400000LL) /* aside-history(5) and the help tell the 30 days */
#define PURGE_AT_MOST_US 100000

bool history_conversation_delete(struct history *h, int64_t conversation, struct err *e) {
    if (!history_flush(h, e)) return false;
    sqlite3_stmt *s = db_statement(
        h, "UPDATE conversations SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    sqlite3_bind_int64(s, 2, clock_now_ms());
    return change_one(h, s, conversation, e);
}

bool history_conversation_undelete(struct history *h, int64_t *conversation, struct err *e) {
    bool row;
    sqlite3_stmt *s =
        db_statement(h,
                     "UPDATE conversations SET deleted_at = NULL WHERE deleted_at IS NOT NULL AND"
                     " id = CASE WHEN ?1 THEN ?1 ELSE (SELECT id FROM conversations"
                     "  WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC LIMIT 1) END"
                     " RETURNING id",
                     e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, *conversation);
    if (!db_step(h, s, &row, e)) return false;
    int64_t id = row ? sqlite3_column_int64(s, 0) : 0;
    if (row && !db_run(h, s, e)) return false; /* to the end: that is what commits */
    if (!row && *conversation)
        return err_set(e, "there is no deleted conversation %lld", (long long)*conversation);
    if (!row) return err_set(e, "no conversation is deleted");
    *conversation = id;
    return true;
}

bool history_conversation_purge(struct history *h, int64_t conversation, struct err *e) {
    if (!history_flush(h, e) || !db_begin(h, e)) return false;
    /* Without parents, or else each message's deletion would nest in its parent's, and SQLite
     * bounds that depth. */
    sqlite3_stmt *apart =
        db_statement(h, "UPDATE messages SET parent_id = NULL WHERE conversation_id = ?1", e);
    sqlite3_stmt *all = db_statement(h, "DELETE FROM conversations WHERE id = ?1", e);
    if (apart && all) {
        sqlite3_bind_int64(apart, 1, conversation);
        sqlite3_bind_int64(all, 1, conversation);
        if (db_run(h, apart, e) && change_one(h, all, conversation, e)) return db_commit(h, e);
    }
    db_rollback(h);
    return false;
}

void db_purge_old(struct history *h) {
    int64_t until = clock_mono_us() + PURGE_AT_MOST_US;
    bool row = true;
    while (row && clock_mono_us() < until) {
        sqlite3_stmt *s = db_statement(
            h, "SELECT id FROM conversations WHERE deleted_at < ?1 ORDER BY deleted_at LIMIT 1",
            NULL);
        if (!s) return;
        sqlite3_bind_int64(s, 1, clock_now_ms() - TRASH_MS);
        if (!db_step(h, s, &row, NULL)) return;
        int64_t id = row ? sqlite3_column_int64(s, 0) : 0;
        sqlite3_reset(s);
        if (row && !history_conversation_purge(h, id, NULL)) return;
    }
}

/* ---- Reading ---------------------------------------------------------------------------- */

#define N_TOKENS                                                                                   \
    "(SELECT coalesce(sum(m.n_thought + m.n_answer), 0) FROM messages m"                           \
    "   WHERE m.conversation_id = c.id)"
#define TOKENS_IF_WANTED "CASE WHEN ?4 THEN " N_TOKENS " ELSE 0 END"
#define COLUMNS(tokens)                                                                            \
    "c.id, c.created_at, c.updated_at, coalesce(c.head_id, 0), c.title, c.model, c.system,"        \
    " (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id), " tokens                   \
    ", c.pinned, coalesce(c.deleted_at, 0),"                                                       \
    " coalesce((SELECT group_concat(tag, ' ') FROM"                                                \
    "   (SELECT tag FROM tags t WHERE t.conversation_id = c.id ORDER BY tag)), '')"

/* What a filter asks of a conversation: its words in the title, its tag. */
#define PASSES                                                                                     \
    " (?1 IS NULL OR instr(lower(c.title), lower(?1)) > 0) AND (?2 IS NULL OR EXISTS"              \
    " (SELECT 1 FROM tags t WHERE t.conversation_id = c.id AND t.tag = ?2))"

static void read_row(sqlite3_stmt *s, struct history_conversation *c) {
    *c = (struct history_conversation){.id = sqlite3_column_int64(s, 0),
                                       .created_ms = sqlite3_column_int64(s, 1),
                                       .updated_ms = sqlite3_column_int64(s, 2),
                                       .head = sqlite3_column_int64(s, 3),
                                       .title = db_text(s, 4),
                                       .model = db_text(s, 5),
                                       .system = db_text(s, 6),
                                       .n_messages = sqlite3_column_int64(s, 7),
                                       .n_tokens = sqlite3_column_int64(s, 8),
                                       .pinned = sqlite3_column_int(s, 9) != 0,
                                       .deleted_ms = sqlite3_column_int64(s, 10),
                                       .tags = db_text(s, 11)};
}

bool history_conversations(struct history *h, const struct history_filter *f,
                           struct history_conversation **out, size_t *n, struct err *e) {
    static const char *const kept = "SELECT " COLUMNS(
        TOKENS_IF_WANTED) " FROM conversations c WHERE c.deleted_at IS NULL AND" PASSES
                          " ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT ?3";
    static const char *const deleted = "SELECT " COLUMNS(
        TOKENS_IF_WANTED) " FROM conversations c WHERE c.deleted_at IS NOT NULL AND" PASSES
                          " ORDER BY c.deleted_at DESC, c.id DESC LIMIT ?3";
    size_t cap = 0;
    bool row;
    *out = NULL;
    *n = 0;
    sqlite3_stmt *s = db_statement(h, f->deleted ? deleted : kept, e);
    if (!s) return false;
    db_bind_text(s, 1, f->words);
    db_bind_text(s, 2, f->tag);
    sqlite3_bind_int64(s, 3, f->limit ? (int64_t)f->limit : -1);
    sqlite3_bind_int(s, 4, f->tokens);
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

bool history_newest(struct history *h, int64_t *id, struct err *e) {
    bool row;
    sqlite3_stmt *s = db_statement(h,
                                   "SELECT id FROM conversations WHERE deleted_at IS NULL"
                                   " ORDER BY updated_at DESC, id DESC LIMIT 1",
                                   e);
    if (!s || !db_step(h, s, &row, e)) return false;
    *id = row ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    return true;
}

bool history_conversation_get(struct history *h, int64_t id, struct history_conversation *out,
                              struct err *e) {
    bool row;
    sqlite3_stmt *s =
        db_statement(h, "SELECT " COLUMNS(N_TOKENS) " FROM conversations c WHERE c.id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, id);
    if (!db_step(h, s, &row, e)) return false;
    if (!row) return err_set(e, "there is no conversation %lld", (long long)id);
    read_row(s, out);
    sqlite3_reset(s);
    if (!out->deleted_ms) return true;
    history_conversation_done(out);
    return err_set(e, "conversation %lld is deleted; aside history undelete %lld brings it back",
                   (long long)id, (long long)id);
}

void history_conversation_done(struct history_conversation *c) {
    free(c->title);
    free(c->model);
    free(c->system);
    free(c->tags);
    *c = (struct history_conversation){0};
}

/* The tokens' log-probabilities are read for one conversation only: those of a whole history are
 * gigabytes. */
bool history_totals(struct history *h, int64_t conversation, struct history_totals *out,
                    struct err *e) {
    bool row;
    sqlite3_stmt *s = db_statement(
        h,
        "SELECT count(DISTINCT m.conversation_id), count(*), coalesce(sum(m.n_thought), 0),"
        " coalesce(sum(m.n_answer), 0), coalesce(sum(m.thought_us), 0),"
        " coalesce(sum(m.total_us), 0),"
        " (SELECT avg(t.logprob) FROM messages k CROSS JOIN tokens t"
        "   WHERE k.conversation_id = ?1 AND t.message_id = k.id AND NOT t.forced),"
        " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)"
        " FROM conversations c CROSS JOIN messages m WHERE m.conversation_id = c.id"
        " AND c.deleted_at IS NULL AND (?1 = 0 OR c.id = ?1)",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    if (!db_step(h, s, &row, e)) return false;
    bool known = sqlite3_column_type(s, 6) != SQLITE_NULL;
    *out = (struct history_totals){.conversations = sqlite3_column_int64(s, 0),
                                   .messages = sqlite3_column_int64(s, 1),
                                   .thought_tokens = sqlite3_column_int64(s, 2),
                                   .answer_tokens = sqlite3_column_int64(s, 3),
                                   .thought_s = sqlite3_column_double(s, 4) / 1e6,
                                   .total_s = sqlite3_column_double(s, 5) / 1e6,
                                   .mean_logprob = known ? sqlite3_column_double(s, 6) : NAN,
                                   .bytes = sqlite3_column_int64(s, 7)};
    out->tokens = out->thought_tokens + out->answer_tokens;
    sqlite3_reset(s);
    return true;
}
