/* migrate: the schema, as a list of steps. Step i brings version i to i+1 (PRAGMA user_version);
 * a step that has shipped never changes. aside-history(5) describes the result. */
#include "history/db.h"

#define APPLICATION_ID 0x41734465 /* "AsDe" */

static const char *const steps[] = {
    /* 0 -> 1 */
    "CREATE TABLE conversations("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  title TEXT NOT NULL DEFAULT '',"
    "  model TEXT NOT NULL DEFAULT '',"
    "  system TEXT,"
    "  head_id INTEGER REFERENCES messages(id) ON DELETE SET NULL,"
    "  created_at INTEGER NOT NULL,"
    "  updated_at INTEGER NOT NULL);"
    "CREATE INDEX conversations_by_time ON conversations(updated_at);"

    "CREATE TABLE messages("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,"
    "  parent_id INTEGER REFERENCES messages(id) ON DELETE CASCADE,"
    "  role TEXT NOT NULL CHECK (role IN ('system','user','assistant')),"
    "  reasoning TEXT NOT NULL DEFAULT '',"
    "  content TEXT NOT NULL DEFAULT '',"
    "  created_at INTEGER NOT NULL,"
    "  finish TEXT, error TEXT, model TEXT, sampling TEXT, seed INTEGER,"
    "  n_prompt INTEGER, n_cached INTEGER, n_thought INTEGER, n_answer INTEGER,"
    "  ttft_us INTEGER, prefill_us INTEGER, thought_us INTEGER, total_us INTEGER);"
    "CREATE INDEX messages_by_conversation ON messages(conversation_id);"
    "CREATE INDEX messages_by_parent ON messages(parent_id);"

    "CREATE TABLE tokens("
    "  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,"
    "  idx INTEGER NOT NULL,"
    "  token_id INTEGER NOT NULL,"
    "  text BLOB NOT NULL,"
    "  channel TEXT NOT NULL CHECK (channel IN ('thought','answer')),"
    "  markup INTEGER NOT NULL DEFAULT 0,"
    "  forced INTEGER NOT NULL DEFAULT 0,"
    "  logprob REAL, entropy REAL,"
    "  t_us INTEGER NOT NULL,"
    "  raw BLOB,"
    "  alts BLOB,"
    "  PRIMARY KEY (message_id, idx)) WITHOUT ROWID;"

    /* Full-text search over three columns; each message fills the one or two that are its own. */
    "CREATE VIEW search_source AS SELECT id,"
    "  CASE role WHEN 'assistant' THEN reasoning ELSE '' END AS thought,"
    "  CASE role WHEN 'assistant' THEN content ELSE '' END AS answer,"
    "  CASE role WHEN 'user' THEN content ELSE '' END AS prompt FROM messages;"
    "CREATE VIRTUAL TABLE search USING fts5(thought, answer, prompt, content='search_source',"
    "  content_rowid='id', tokenize='unicode61 remove_diacritics 2');"
    "CREATE TRIGGER search_insert AFTER INSERT ON messages BEGIN"
    "  INSERT INTO search(rowid, thought, answer, prompt) VALUES (new.id,"
    "    CASE new.role WHEN 'assistant' THEN new.reasoning ELSE '' END,"
    "    CASE new.role WHEN 'assistant' THEN new.content ELSE '' END,"
    "    CASE new.role WHEN 'user' THEN new.content ELSE '' END); END;"
    "CREATE TRIGGER search_delete AFTER DELETE ON messages BEGIN"
    "  INSERT INTO search(search, rowid, thought, answer, prompt) VALUES ('delete', old.id,"
    "    CASE old.role WHEN 'assistant' THEN old.reasoning ELSE '' END,"
    "    CASE old.role WHEN 'assistant' THEN old.content ELSE '' END,"
    "    CASE old.role WHEN 'user' THEN old.content ELSE '' END); END;"
    "CREATE TRIGGER search_update AFTER UPDATE OF content, reasoning ON messages BEGIN"
    "  INSERT INTO search(search, rowid, thought, answer, prompt) VALUES ('delete', old.id,"
    "    CASE old.role WHEN 'assistant' THEN old.reasoning ELSE '' END,"
    "    CASE old.role WHEN 'assistant' THEN old.content ELSE '' END,"
    "    CASE old.role WHEN 'user' THEN old.content ELSE '' END);"
    "  INSERT INTO search(rowid, thought, answer, prompt) VALUES (new.id,"
    "    CASE new.role WHEN 'assistant' THEN new.reasoning ELSE '' END,"
    "    CASE new.role WHEN 'assistant' THEN new.content ELSE '' END,"
    "    CASE new.role WHEN 'user' THEN new.content ELSE '' END); END;"

    "CREATE VIEW message_stats AS SELECT m.id AS message_id, m.conversation_id, m.role, m.model, "
    "m.finish,"
    "  m.n_prompt, m.n_cached, m.n_thought, m.n_answer,"
    "  m.ttft_us / 1e6 AS ttft_s, m.thought_us / 1e6 AS thought_s, m.total_us / 1e6 AS total_s,"
    "  CASE WHEN m.total_us > m.prefill_us THEN"
    "    (m.n_thought + m.n_answer) * 1e6 / (m.total_us - m.prefill_us) END AS tokens_per_s,"
    "  (SELECT count(*) FROM tokens t WHERE t.message_id = m.id AND t.token_id <> -1) AS n_tokens,"
    "  (SELECT avg(t.logprob) FROM tokens t WHERE t.message_id = m.id AND NOT t.forced) AS "
    "mean_logprob,"
    "  (SELECT avg(t.entropy) FROM tokens t WHERE t.message_id = m.id AND NOT t.forced) AS "
    "mean_entropy"
    "  FROM messages m WHERE m.role = 'assistant';"
    "CREATE VIEW conversation_stats AS SELECT c.id AS conversation_id, c.title, c.model, "
    "c.created_at,"
    "  c.updated_at, count(m.id) AS n_messages,"
    "  coalesce(sum(m.n_thought), 0) AS n_thought, coalesce(sum(m.n_answer), 0) AS n_answer,"
    "  coalesce(sum(m.thought_us), 0) / 1e6 AS thought_s, coalesce(sum(m.total_us), 0) / 1e6 AS "
    "total_s"
    "  FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id GROUP BY c.id;",

    /* the way through the tree, for undo and redo */
    "CREATE TABLE moves("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,"
    "  from_id INTEGER, to_id INTEGER,"
    "  undone INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX moves_by_conversation ON moves(conversation_id, id);",

    /* Tags, pins, the trash; indices that answer a list without reading the messages' texts. */
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE conversations ADD COLUMN deleted_at INTEGER;"
    "CREATE TABLE tags("
    "  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,"
    "  tag TEXT NOT NULL COLLATE NOCASE,"
    "  PRIMARY KEY (conversation_id, tag)) WITHOUT ROWID;"
    "CREATE INDEX tags_by_name ON tags(tag);"
    "DROP INDEX conversations_by_time;"
    "CREATE INDEX conversations_by_time ON conversations(pinned DESC, updated_at DESC, id DESC)"
    "  WHERE deleted_at IS NULL;"
    "CREATE INDEX conversations_deleted ON conversations(deleted_at) WHERE deleted_at IS NOT NULL;"
    "DROP INDEX messages_by_conversation;"
    "CREATE INDEX messages_by_conversation ON messages(conversation_id, parent_id, n_thought,"
    "  n_answer, thought_us, total_us);",

    /* What the numbers of alternatives stand for. */
    "CREATE TABLE pieces("
    "  vocabulary INTEGER NOT NULL,"
    "  token_id INTEGER NOT NULL,"
    "  text BLOB NOT NULL,"
    "  PRIMARY KEY (vocabulary, token_id)) WITHOUT ROWID;"
    "ALTER TABLE messages ADD COLUMN vocabulary INTEGER;",
};

#define N_STEPS ((int)(sizeof steps / sizeof *steps))

static bool read_pragma(struct history *h, const char *sql, int *out, struct err *e) {
    bool row;
    sqlite3_stmt *s = db_statement(h, sql, e);
    if (!s || !db_step(h, s, &row, e)) return false;
    *out = row ? sqlite3_column_int(s, 0) : 0;
    sqlite3_reset(s);
    return true;
}

static bool check(struct history *h, int version, int application, int tables, struct err *e) {
    if (tables && application != APPLICATION_ID)
        return err_set(e, "%s: this database is not aside's history", h->path);
    if (version > N_STEPS)
        return err_set(e, "%s: written by a newer aside (schema %d, this one knows %d)", h->path,
                       version, N_STEPS);
    return true;
}

bool db_migrate(struct history *h, struct err *e) {
    int version, application, tables;
    if (!read_pragma(h, "PRAGMA user_version", &version, e) ||
        !read_pragma(h, "PRAGMA application_id", &application, e) ||
        !read_pragma(h, "SELECT count(*) FROM sqlite_master", &tables, e) ||
        !check(h, version, application, tables, e))
        return false;
    if (version == N_STEPS) return true;
    if (!db_begin(h, e)) return false;
    /* another program may have migrated while this one waited for the lock */
    bool ok = read_pragma(h, "PRAGMA user_version", &version, e);
    for (; ok && version < N_STEPS; version++) ok = db_exec(h, steps[version], e);
    struct str mark = STR_INIT;
    str_addf(&mark, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
             N_STEPS);
    ok = ok && db_exec(h, mark.s, e) && db_commit(h, e);
    str_free(&mark);
    if (!ok) db_rollback(h);
    return ok;
}
