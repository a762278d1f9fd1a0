/* piece: what token numbers stand for, so that alternatives can be read without the model that they
 * came from. The pieces of a vocabulary are kept once, each when it first occurs; a message names
 * its vocabulary. New pieces wait for the tokens that brought them and are written together. */
#include <limits.h>
#include <stdlib.h>

#include "base/mem.h"
#include "history/db.h"

enum { WORD_BITS = 64, MOST_IDS = 1 << 24 };

bool history_vocabulary_set(struct history *h, int64_t message, int64_t vocabulary, struct err *e) {
    sqlite3_stmt *s =
        db_statement(h, "UPDATE messages SET vocabulary = nullif(?2, 0) WHERE id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    sqlite3_bind_int64(s, 2, vocabulary);
    return db_run(h, s, e);
}

static void forget(struct pieces *p) {
    free(p->seen);
    free(p->pending);
    str_free(&p->bytes);
    *p = (struct pieces){0};
}

void db_pieces_free(struct history *h) { forget(&h->pieces); }

bool history_piece_wanted(struct history *h, int64_t vocabulary, int32_t id) {
    struct pieces *p = &h->pieces;
    if (id < 0 || id >= MOST_IDS || !vocabulary) return false;
    size_t word = (size_t)id / WORD_BITS;
    if (p->vocabulary != vocabulary) return true;
    return word >= p->n_seen || !(p->seen[word] >> ((size_t)id % WORD_BITS) & 1);
}

bool history_piece_add(struct history *h, int64_t vocabulary, int32_t id, const void *bytes,
                       size_t n, struct err *e) {
    struct pieces *p = &h->pieces;
    if (!history_piece_wanted(h, vocabulary, id)) return true;
    if (p->vocabulary != vocabulary) {
        if (!history_flush(h, e)) return false;
        forget(p);
        p->vocabulary = vocabulary;
    }
    size_t word = (size_t)id / WORD_BITS;
    if (word >= p->n_seen) {
        size_t had = p->n_seen;
        p->seen = mem_grow(p->seen, &p->n_seen, word + 1, sizeof *p->seen);
        for (size_t i = had; i < p->n_seen; i++) p->seen[i] = 0;
    }
    p->seen[word] |= (uint64_t)1 << ((size_t)id % WORD_BITS);
    p->pending = mem_grow(p->pending, &p->cap, p->n + 1, sizeof *p->pending);
    p->pending[p->n].id = id;
    p->pending[p->n].at = p->bytes.len;
    p->pending[p->n++].n = n;
    str_addn(&p->bytes, bytes, n);
    return true;
}

bool db_piece_insert(struct history *h, int64_t vocabulary, int32_t id, const void *bytes, size_t n,
                     struct err *e) {
    sqlite3_stmt *s = db_statement(
        h, "INSERT OR IGNORE INTO pieces(vocabulary, token_id, text) VALUES (?1, ?2, ?3)", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, vocabulary);
    sqlite3_bind_int(s, 2, id);
    sqlite3_bind_blob64(s, 3, n ? bytes : "", n, SQLITE_TRANSIENT);
    return db_run(h, s, e);
}

bool db_pieces_write(struct history *h, struct err *e) {
    struct pieces *p = &h->pieces;
    for (size_t i = 0; i < p->n; i++)
        if (!db_piece_insert(h, p->vocabulary, p->pending[i].id, p->bytes.s + p->pending[i].at,
                             p->pending[i].n, e))
            return false;
    return true;
}

void db_pieces_written(struct history *h) {
    h->pieces.n = 0;
    str_clear(&h->pieces.bytes);
}

bool history_piece(struct history *h, int64_t message, int32_t id, struct str *out, bool *known,
                   struct err *e) {
    *known = false;
    sqlite3_stmt *s =
        db_statement(h,
                     "SELECT p.text FROM messages m JOIN pieces p ON p.vocabulary = m.vocabulary"
                     " WHERE m.id = ?1 AND p.token_id = ?2",
                     e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    sqlite3_bind_int(s, 2, id);
    if (!db_step(h, s, known, e)) return false;
    if (*known) str_addn(out, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
    sqlite3_reset(s);
    return true;
}
