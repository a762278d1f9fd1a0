/* message: the tree of messages of a conversation. A message's parent is in the same conversation
 * (checked here); the conversation's head says which path is the current one. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "history/db.h"

static const char *const role_names[] = {
    [HISTORY_SYSTEM] = "system", [HISTORY_USER] = "user", [HISTORY_ASSISTANT] = "assistant"};

static enum history_role role_of(const char *name) {
    for (int r = 0; r < 3; r++)
        if (name && strcmp(name, role_names[r]) == 0) return (enum history_role)r;
    return HISTORY_USER;
}

bool db_message_insert(struct history *h, int64_t conversation, int64_t parent,
                       enum history_role role, const char *content, const char *reasoning,
                       int64_t created_ms, int64_t *id, struct err *e) {
    sqlite3_stmt *s = db_statement(
        h,
        "INSERT INTO messages(conversation_id, parent_id, role, content, reasoning,"
        " created_at) SELECT ?1, nullif(?2, 0), ?3, coalesce(?4, ''), coalesce(?5, ''), ?6"
        " WHERE ?2 = 0 OR EXISTS"
        " (SELECT 1 FROM messages WHERE id = ?2 AND conversation_id = ?1)",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    sqlite3_bind_int64(s, 2, parent);
    sqlite3_bind_text(s, 3, role_names[role], -1, SQLITE_STATIC);
    db_bind_text(s, 4, content);
    db_bind_text(s, 5, reasoning);
    sqlite3_bind_int64(s, 6, created_ms);
    if (!db_run(h, s, e)) return false;
    if (sqlite3_changes(h->db) == 0)
        return err_set(e, "message %lld is not in conversation %lld", (long long)parent,
                       (long long)conversation);
    *id = sqlite3_last_insert_rowid(h->db);
    return true;
}

bool history_message_add(struct history *h, int64_t conversation, int64_t parent,
                         enum history_role role, const char *content, const char *reasoning,
                         int64_t *id, struct err *e) {
    if (!history_flush(h, e) || !db_begin(h, e)) return false;
    if (db_message_insert(h, conversation, parent, role, content, reasoning, clock_now_ms(), id,
                          e) &&
        history_head_set(h, conversation, *id, e))
        return db_commit(h, e);
    db_rollback(h);
    return false;
}

bool history_message_finish(struct history *h, int64_t message, const struct history_outcome *o,
                            struct err *e) {
    if (!history_flush(h, e)) return false;
    sqlite3_stmt *s = db_statement(
        h,
        "UPDATE messages SET finish = ?2, error = ?3, model = ?4, sampling = ?5, seed = ?6,"
        " n_prompt = ?7, n_cached = ?8, n_thought = ?9, n_answer = ?10, ttft_us = ?11,"
        " prefill_us = ?12, thought_us = ?13, total_us = ?14 WHERE id = ?1",
        e);
    if (!s) return false;
    const int64_t numbers[] = {o->n_prompt, o->n_cached,   o->n_thought,  o->n_answer,
                               o->ttft_us,  o->prefill_us, o->thought_us, o->total_us};
    sqlite3_bind_int64(s, 1, message);
    db_bind_text(s, 2, o->finish);
    db_bind_text(s, 3, o->error);
    db_bind_text(s, 4, o->model);
    db_bind_text(s, 5, o->sampling_json);
    sqlite3_bind_int64(s, 6, (int64_t)o->seed);
    for (int i = 0; i < 8; i++) sqlite3_bind_int64(s, 7 + i, numbers[i]);
    return db_run(h, s, e);
}

static void read_row(sqlite3_stmt *s, struct history_message *m) {
    char *role = db_text(s, 4);
    *m = (struct history_message){.id = sqlite3_column_int64(s, 0),
                                  .conversation = sqlite3_column_int64(s, 1),
                                  .parent = sqlite3_column_int64(s, 2),
                                  .created_ms = sqlite3_column_int64(s, 3),
                                  .role = role_of(role),
                                  .content = db_text(s, 5),
                                  .reasoning = db_text(s, 6),
                                  .finish = db_text(s, 7),
                                  .error = db_text(s, 8),
                                  .model = db_text(s, 9),
                                  .sampling_json = db_text(s, 10),
                                  .seed = (uint64_t)sqlite3_column_int64(s, 11),
                                  .n_prompt = sqlite3_column_int64(s, 12),
                                  .n_cached = sqlite3_column_int64(s, 13),
                                  .n_thought = sqlite3_column_int64(s, 14),
                                  .n_answer = sqlite3_column_int64(s, 15),
                                  .ttft_us = sqlite3_column_int64(s, 16),
                                  .prefill_us = sqlite3_column_int64(s, 17),
                                  .thought_us = sqlite3_column_int64(s, 18),
                                  .total_us = sqlite3_column_int64(s, 19),
                                  .sibling = sqlite3_column_int(s, 20),
                                  .n_siblings = sqlite3_column_int(s, 21)};
    free(role);
}

void history_message_done(struct history_message *m) {
    free(m->content);
    free(m->reasoning);
    free(m->finish);
    free(m->error);
    free(m->model);
    free(m->sampling_json);
    *m = (struct history_message){0};
}

bool history_messages(struct history *h, int64_t conversation, int64_t leaf,
                      struct history_message **out, size_t *n, struct err *e) {
    struct history_conversation c;
    size_t cap = 0;
    bool row;
    *out = NULL;
    *n = 0;
    if (!history_flush(h, e) || !history_conversation_get(h, conversation, &c, e)) return false;
    if (!leaf) leaf = c.head;
    history_conversation_done(&c);
    sqlite3_stmt *s = db_statement(
        h,
        "WITH RECURSIVE path(id, depth) AS ("
        "  SELECT id, 0 FROM messages WHERE id = ?2 AND conversation_id = ?1"
        "  UNION ALL SELECT m.parent_id, path.depth + 1 FROM path JOIN messages m ON m.id = path.id"
        "   WHERE m.parent_id IS NOT NULL)"
        " SELECT m.id, m.conversation_id, coalesce(m.parent_id, 0), m.created_at, m.role, "
        "m.content, m.reasoning,"
        "  m.finish, m.error, m.model, m.sampling, m.seed, m.n_prompt, m.n_cached, m.n_thought, "
        "m.n_answer,"
        "  m.ttft_us, m.prefill_us, m.thought_us, m.total_us,"
        "  (SELECT count(*) FROM messages k WHERE k.conversation_id = m.conversation_id"
        "    AND k.parent_id IS m.parent_id AND k.id <= m.id),"
        "  (SELECT count(*) FROM messages k WHERE k.conversation_id = m.conversation_id"
        "    AND k.parent_id IS m.parent_id)"
        " FROM path JOIN messages m ON m.id = path.id ORDER BY path.depth DESC",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    sqlite3_bind_int64(s, 2, leaf);
    while (db_step(h, s, &row, e)) {
        if (!row) return true;
        *out = mem_grow(*out, &cap, *n + 1, sizeof **out);
        read_row(s, &(*out)[(*n)++]);
    }
    while (*n) history_message_done(&(*out)[--*n]);
    free(*out);
    *out = NULL;
    return false;
}
