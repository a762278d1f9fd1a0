/* db: opening the database, setting a corrupt one aside, and the small verbs that the other files
 * use. WAL and a busy timeout let several programs share it; every write takes the lock at once. */
#include "history/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/mem.h"

#define BUSY_TIMEOUT_MS 5000

bool db_failed(struct history *h, struct err *e) {
    return err_set(e, "%s: %s", h->path, sqlite3_errmsg(h->db));
}

sqlite3_stmt *db_statement(struct history *h, const char *sql, struct err *e) {
    for (size_t i = 0; i < DB_STATEMENTS; i++) {
        if (h->cache[i].sql && h->cache[i].sql != sql) continue;
        if (!h->cache[i].sql) {
            if (sqlite3_prepare_v3(h->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &h->cache[i].stmt,
                                   NULL) != SQLITE_OK) {
                db_failed(h, e);
                return NULL;
            }
            h->cache[i].sql = sql;
        }
        sqlite3_reset(h->cache[i].stmt);
        sqlite3_clear_bindings(h->cache[i].stmt);
        return h->cache[i].stmt;
    }
    return err_null(e, "bug: more than %d statements", DB_STATEMENTS);
}

bool db_step(struct history *h, sqlite3_stmt *s, bool *row, struct err *e) {
    int rc = sqlite3_step(s);
    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW) return true;
    bool ok = rc == SQLITE_DONE || db_failed(h, e);
    sqlite3_reset(s);
    return ok;
}

bool db_run(struct history *h, sqlite3_stmt *s, struct err *e) {
    bool row;
    return s && db_step(h, s, &row, e);
}

bool db_exec(struct history *h, const char *sql, struct err *e) {
    return sqlite3_exec(h->db, sql, NULL, NULL, NULL) == SQLITE_OK || db_failed(h, e);
}

bool db_begin(struct history *h, struct err *e) {
    return db_run(h, db_statement(h, "BEGIN IMMEDIATE", e), e);
}

bool db_commit(struct history *h, struct err *e) {
    if (db_run(h, db_statement(h, "COMMIT", e), e)) return true;
    db_rollback(h);
    return false;
}

void db_rollback(struct history *h) {
    if (!sqlite3_get_autocommit(h->db)) sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
}

void db_bind_text(sqlite3_stmt *s, int at, const char *text) {
    if (text)
        sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(s, at);
}

void db_bind_bytes(sqlite3_stmt *s, int at, const char *text, size_t n) {
    sqlite3_bind_text64(s, at, n ? text : "", n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

char *db_text(sqlite3_stmt *s, int column) {
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? mem_strndup(text, (size_t)sqlite3_column_bytes(s, column)) : NULL;
}

/* ---- Opening ---------------------------------------------------------------------------- */

char *history_data_dir(void) {
    const char *named = getenv("ASIDE_DATA_DIR"), *xdg = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    struct str path = STR_INIT;
    if (named && *named)
        str_add(&path, named);
    else if (xdg && *xdg == '/')
        str_addf(&path, "%s/aside", xdg);
    else
        str_addf(&path, "%s/.local/share/aside", home && *home ? home : ".");
    return str_take(&path);
}

static bool connect_db(struct history *h, struct err *e) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(h->path, &h->db, flags, NULL) != SQLITE_OK) return db_failed(h, e);
    sqlite3_busy_timeout(h->db, BUSY_TIMEOUT_MS);
    sqlite3_extended_result_codes(h->db, 1);
    return db_exec(h, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;", e) &&
           db_exec(h, "SELECT count(*) FROM sqlite_master; PRAGMA journal_mode = WAL;", e) &&
           db_migrate(h, e);
}

static void disconnect(struct history *h) {
    for (size_t i = 0; i < DB_STATEMENTS; i++) {
        sqlite3_finalize(h->cache[i].stmt);
        h->cache[i].stmt = NULL;
        h->cache[i].sql = NULL;
    }
    sqlite3_close_v2(h->db);
    h->db = NULL;
}

static bool is_corrupt(const struct history *h) {
    int code = sqlite3_extended_errcode(h->db) & 0xFF;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

/* Renames the file, and what SQLite keeps beside it, out of the way; nothing is overwritten. */
static bool set_aside(struct history *h, struct str *notice, struct err *e) {
    char stamp[32];
    struct tm now;
    struct str to = STR_INIT;
    clock_now_local(&now);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &now);
    str_addf(&to, "%s.corrupt-%s", h->path, stamp);
    for (int k = 2; access(to.s, F_OK) == 0; k++) {
        str_clear(&to);
        str_addf(&to, "%s.corrupt-%s-%d", h->path, stamp, k);
    }
    bool ok = rename(h->path, to.s) == 0 ||
              err_set(e, "%s is corrupt and cannot be renamed: %s", h->path, strerror(errno));
    static const char *const tails[] = {"-wal", "-shm"};
    for (size_t i = 0; ok && i < 2; i++) {
        struct str old = STR_INIT, new = STR_INIT;
        str_addf(&old, "%s%s", h->path, tails[i]);
        str_addf(&new, "%s%s", to.s, tails[i]);
        rename(old.s, new.s);
        str_free(&old);
        str_free(&new);
    }
    if (ok && notice)
        str_addf(notice, "the history was corrupt and is kept as %s; a new one is begun", to.s);
    str_free(&to);
    return ok;
}

struct history *history_open(const char *path, struct str *notice, struct err *e) {
    struct history *h = mem_calloc(1, sizeof *h);
    struct str full = STR_INIT;
    struct err first = {""};
    if (path) {
        str_add(&full, path);
    } else {
        char *dir = history_data_dir();
        str_addf(&full, "%s/history.db", dir);
        free(dir);
    }
    h->path = str_take(&full);
    if (!files_make_parents(h->path, e)) goto fail;
    if (connect_db(h, &first)) {
        chmod(h->path, 0600);
        return h;
    }
    if (!is_corrupt(h)) {
        if (e) *e = first;
        goto fail;
    }
    disconnect(h);
    if (set_aside(h, notice, e) && connect_db(h, e)) {
        chmod(h->path, 0600);
        return h;
    }
fail:
    disconnect(h);
    free(h->path);
    free(h);
    return NULL;
}

void history_close(struct history *h) {
    if (!h) return;
    history_flush(h, NULL);
    db_purge_old(h);
    disconnect(h);
    free(h->pending);
    str_free(&h->pending_bytes);
    db_pieces_free(h);
    free(h->path);
    free(h);
}
