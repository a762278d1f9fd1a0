/* db: the database handle behind struct history: cached statements, transactions, the tokens that
 * wait to be written. Private to history/. */
#ifndef HISTORY_DB_H
#define HISTORY_DB_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/str.h"
#include "history/history.h"

#define DB_STATEMENTS 64
#define DB_BATCH_US   250000

/* A token that waits; its bytes live in history.pending_bytes, since that may move. */
struct pending_token {
    struct history_token token; /* text and bytes are set when it is written */
    size_t text_at, bytes_at;
};

/* Of one vocabulary, the last that was written. */
struct pieces {
    int64_t vocabulary; /* 0: none yet */
    uint64_t *seen;     /* a bit for each token number that is or will be in the database */
    size_t n_seen;      /* words */
    struct {
        int32_t id;
        size_t at, n; /* in bytes */
    } * pending;
    size_t n, cap;
    struct str bytes;
};

struct history {
    sqlite3 *db;
    char *path;
    struct {
        const char *sql; /* a literal: compared by address */
        sqlite3_stmt *stmt;
    } cache[DB_STATEMENTS];
    struct pending_token *pending;
    size_t n_pending, cap_pending;
    int64_t pending_message; /* whose tokens they all are */
    struct str pending_bytes;
    int64_t pending_since_us; /* when the oldest pending token came */
    int64_t token_message;    /* the message whose next idx is known */
    int64_t token_idx;
    struct pieces pieces;
};

bool db_failed(struct history *h, struct err *e); /* says what SQLite says; returns false */

/* A statement for `sql` (a string literal), reset and with its bindings cleared; NULL on failure.
 */
sqlite3_stmt *db_statement(struct history *h, const char *sql, struct err *e);
/* Runs a statement that returns no rows. */
bool db_run(struct history *h, sqlite3_stmt *s, struct err *e);
/* One step: true with *row set to whether there is a row. */
bool db_step(struct history *h, sqlite3_stmt *s, bool *row, struct err *e);
bool db_exec(struct history *h, const char *sql, struct err *e);

/* Transactions that take the write lock at once, so that they never fail half-way for it. */
bool db_begin(struct history *h, struct err *e);
bool db_commit(struct history *h, struct err *e);
void db_rollback(struct history *h);

void db_bind_text(sqlite3_stmt *s, int at, const char *text);            /* NULL binds NULL */
void db_bind_bytes(sqlite3_stmt *s, int at, const char *text, size_t n); /* as text; valid UTF-8 */
char *db_text(sqlite3_stmt *s, int column);                              /* owned; NULL for NULL */

/* One row, inside the caller's transaction. */
bool db_message_insert(struct history *h, int64_t conversation, int64_t parent,
                       enum history_role role, const char *content, const char *reasoning,
                       int64_t created_ms, int64_t *id, struct err *e);
bool db_token_insert(struct history *h, int64_t message, const struct history_token *t,
                     struct err *e);

bool db_piece_insert(struct history *h, int64_t vocabulary, int32_t id, const void *bytes, size_t n,
                     struct err *e);
bool db_pieces_write(struct history *h, struct err *e); /* those that wait */
void db_pieces_written(struct history *h);              /* the transaction is through */
void db_pieces_free(struct history *h);

bool db_tags_change(struct history *h, int64_t conversation, const char *words, struct err *e);

/* Removes what has been in the trash long enough, for at most a moment. */
void db_purge_old(struct history *h);

bool db_migrate(struct history *h, struct err *e);

#endif
