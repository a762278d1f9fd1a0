/* tree: the messages of a conversation as a tree. Every edit, retry and fork is a sibling; the
 * conversation's head says where one stands. Message ids grow with time, so the newest message
 * below another is a leaf: a reply is always newer than what it replies to.
 *
 * `moves` is the way that was gone, for undo and redo: a row for each change of the head, of which
 * those that were taken back are marked. A new move drops them. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "history/db.h"

static bool read_id(struct history *h, sqlite3_stmt *s, int64_t *out, struct err *e) {
    bool row;
    if (!db_step(h, s, &row, e)) return false;
    *out = row ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    return true;
}

/* ---- Looking around ----------------------------------------------------------------------- */

bool history_leaf(struct history *h, int64_t message, int64_t *leaf, struct err *e) {
    sqlite3_stmt *s =
        db_statement(h,
                     "WITH RECURSIVE below(id) AS (SELECT ?1 UNION ALL"
                     "  SELECT m.id FROM below JOIN messages m ON m.parent_id = below.id)"
                     " SELECT max(id) FROM below",
                     e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    return read_id(h, s, leaf, e);
}

bool history_sibling(struct history *h, int64_t message, int step, int64_t *sibling,
                     struct err *e) {
    sqlite3_stmt *s = db_statement(h,
                                   "SELECT k.id FROM messages m JOIN messages k"
                                   "  ON k.conversation_id = m.conversation_id"
                                   "  AND k.parent_id IS m.parent_id"
                                   " WHERE m.id = ?1 AND (k.id - ?1) * ?2 > 0"
                                   " ORDER BY abs(k.id - ?1) LIMIT 1",
                                   e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    sqlite3_bind_int(s, 2, step < 0 ? -1 : 1);
    return read_id(h, s, sibling, e);
}

bool history_sibling_place(struct history *h, int64_t message, int *at, int *n, struct err *e) {
    bool row;
    sqlite3_stmt *s = db_statement(h,
                                   "SELECT count(*), sum(k.id <= ?1) FROM messages m"
                                   " JOIN messages k ON k.conversation_id = m.conversation_id"
                                   "  AND k.parent_id IS m.parent_id WHERE m.id = ?1",
                                   e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    if (!db_step(h, s, &row, e)) return false;
    *n = sqlite3_column_int(s, 0);
    *at = sqlite3_column_int(s, 1);
    sqlite3_reset(s);
    return true;
}

static enum history_role role_of(char first) {
    return first == 's' ? HISTORY_SYSTEM : first == 'u' ? HISTORY_USER : HISTORY_ASSISTANT;
}

void history_node_done(struct history_node *n) {
    free(n->words);
    *n = (struct history_node){0};
}

#define WORDS "substr(iif(content = '', reasoning, content), 1, 200)"

bool history_tree(struct history *h, int64_t conversation, struct history_node **out, size_t *n,
                  struct err *e) {
    size_t cap = 0;
    bool row;
    *out = NULL;
    *n = 0;
    if (!history_flush(h, e)) return false;
    /* The deepest first, that is depth first. A join in the outer SELECT would lose the order. */
    sqlite3_stmt *s = db_statement(
        h,
        "WITH RECURSIVE t(id, depth, role, words, answered, n_thought, n_answer) AS ("
        "  SELECT id, 0, role, " WORDS ", content <> '', n_thought, n_answer"
        "   FROM messages WHERE conversation_id = ?1 AND parent_id IS NULL"
        "  UNION ALL SELECT m.id, t.depth + 1, m.role, " WORDS ", content <> '', m.n_thought,"
        "   m.n_answer FROM t JOIN messages m ON m.parent_id = t.id"
        "  ORDER BY 2 DESC, 1)"
        " SELECT id, depth, role, words, answered, coalesce(n_thought, 0), coalesce(n_answer, 0),"
        "  (SELECT avg(k.logprob) FROM tokens k WHERE k.message_id = t.id AND NOT k.forced) FROM t",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    while (db_step(h, s, &row, e)) {
        if (!row) return true;
        *out = mem_grow(*out, &cap, *n + 1, sizeof **out);
        (*out)[(*n)++] = (struct history_node){
            .id = sqlite3_column_int64(s, 0),
            .depth = (size_t)sqlite3_column_int64(s, 1),
            .role = role_of(*(const char *)sqlite3_column_text(s, 2)),
            .words = db_text(s, 3),
            .answered = sqlite3_column_int(s, 4) != 0,
            .n_thought = sqlite3_column_int64(s, 5),
            .n_answer = sqlite3_column_int64(s, 6),
            .mean_logprob =
                sqlite3_column_type(s, 7) == SQLITE_NULL ? NAN : sqlite3_column_double(s, 7)};
    }
    while (*n) history_node_done(&(*out)[--*n]);
    free(*out);
    *out = NULL;
    return false;
}

/* ---- Copies ------------------------------------------------------------------------------- */

/* The tokens' texts, joined in their order. */
#define TEXT_OF(channel)                                                                           \
    "coalesce((SELECT group_concat(CAST(text AS TEXT), '') FROM (SELECT text FROM tokens"          \
    " WHERE message_id = ?1 AND channel = '" channel "' AND NOT markup ORDER BY idx)), '')"

static bool copy_rows(struct history *h, int64_t from, int64_t to, size_t n, struct err *e) {
    /* up to, and without, the token after the n-th; rows of id -1 belong to the one before */
    sqlite3_stmt *rows = db_statement(
        h,
        "INSERT INTO tokens(message_id, idx, token_id, text, channel, markup, forced, logprob,"
        "  entropy, t_us, raw, alts)"
        " SELECT ?2, idx, token_id, text, channel, markup, forced, logprob, entropy, t_us, raw,"
        "  alts FROM tokens WHERE message_id = ?1 AND idx < coalesce((SELECT idx FROM tokens"
        "   WHERE message_id = ?1 AND token_id <> -1 ORDER BY idx LIMIT 1 OFFSET ?3), ?4)",
        e);
    if (!rows) return false;
    sqlite3_bind_int64(rows, 1, from);
    sqlite3_bind_int64(rows, 2, to);
    sqlite3_bind_int64(rows, 3, (int64_t)n);
    sqlite3_bind_int64(rows, 4, INT64_MAX);
    if (!db_run(h, rows, e)) return false;
    sqlite3_stmt *texts = db_statement(h,
                                       "UPDATE messages SET reasoning = " TEXT_OF("thought") //
                                       ", content = " TEXT_OF("answer")                      //
                                       ", vocabulary = (SELECT vocabulary FROM messages"
                                       "  WHERE id = ?2) WHERE id = ?1",
                                       e);
    if (!texts) return false;
    sqlite3_bind_int64(texts, 1, to);
    sqlite3_bind_int64(texts, 2, from);
    return db_run(h, texts, e);
}

bool history_tokens_copy(struct history *h, int64_t from, int64_t to, size_t n, struct err *e) {
    if (!history_flush(h, e) || !db_begin(h, e)) return false;
    h->token_message = 0; /* its next idx is another now */
    if (copy_rows(h, from, to, n, e)) return db_commit(h, e);
    db_rollback(h);
    return false;
}

/* ---- Undo and redo ------------------------------------------------------------------------ */

bool history_move_add(struct history *h, int64_t conversation, int64_t from, int64_t to,
                      struct err *e) {
    if (!db_begin(h, e)) return false;
    sqlite3_stmt *drop =
        db_statement(h, "DELETE FROM moves WHERE conversation_id = ?1 AND undone", e);
    sqlite3_stmt *add = db_statement(h,
                                     "INSERT INTO moves(conversation_id, from_id, to_id)"
                                     " VALUES (?1, nullif(?2, 0), nullif(?3, 0))",
                                     e);
    if (drop && add) {
        sqlite3_bind_int64(drop, 1, conversation);
        sqlite3_bind_int64(add, 1, conversation);
        sqlite3_bind_int64(add, 2, from);
        sqlite3_bind_int64(add, 3, to);
        if (db_run(h, drop, e) && db_run(h, add, e)) return db_commit(h, e);
    }
    db_rollback(h);
    return false;
}

/* Finds the move by `find` (id, head), marks it and sets the head. */
static bool step(struct history *h, sqlite3_stmt *find, int64_t conversation, bool undone,
                 bool *moved, int64_t *head, struct err *e) {
    *moved = false;
    if (!find || !db_begin(h, e)) return false;
    sqlite3_bind_int64(find, 1, conversation);
    if (!db_step(h, find, moved, e)) goto fail;
    if (!*moved) return db_commit(h, e);
    int64_t id = sqlite3_column_int64(find, 0);
    *head = sqlite3_column_int64(find, 1);
    sqlite3_reset(find);
    sqlite3_stmt *mark = db_statement(h, "UPDATE moves SET undone = ?2 WHERE id = ?1", e);
    if (!mark) goto fail;
    sqlite3_bind_int64(mark, 1, id);
    sqlite3_bind_int(mark, 2, undone);
    if (db_run(h, mark, e) && history_head_set(h, conversation, *head, e)) return db_commit(h, e);
fail:
    db_rollback(h);
    return false;
}

bool history_undo(struct history *h, int64_t conversation, bool *moved, int64_t *head,
                  struct err *e) {
    sqlite3_stmt *find = db_statement(h,
                                      "SELECT id, coalesce(from_id, 0) FROM moves"
                                      " WHERE conversation_id = ?1 AND NOT undone"
                                      " ORDER BY id DESC LIMIT 1",
                                      e);
    return step(h, find, conversation, true, moved, head, e);
}

bool history_redo(struct history *h, int64_t conversation, bool *moved, int64_t *head,
                  struct err *e) {
    sqlite3_stmt *find = db_statement(h,
                                      "SELECT id, coalesce(to_id, 0) FROM moves"
                                      " WHERE conversation_id = ?1 AND undone"
                                      " ORDER BY id LIMIT 1",
                                      e);
    return step(h, find, conversation, false, moved, head, e);
}
