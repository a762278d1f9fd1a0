/* token: the tokens of a streaming message. They wait in memory at most DB_BATCH_US and are then
 * written, with the text that they add to the message, in one transaction: after a kill at any
 * moment the message's text and its tokens agree.
 *
 * alts is packed little-endian: for each alternative an i32 token id and an f32 log-probability. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "history/db.h"

bool history_token_add(struct history *h, int64_t message, const struct history_token *t,
                       struct err *e) {
    if (h->n_pending && h->pending_message != message && !history_flush(h, e)) return false;
    h->pending = mem_grow(h->pending, &h->cap_pending, h->n_pending + 1, sizeof *h->pending);
    if (!h->n_pending) h->pending_since_us = clock_mono_us();
    h->pending_message = message;
    struct pending_token *p = &h->pending[h->n_pending++];
    *p = (struct pending_token){.token = *t, .text_at = h->pending_bytes.len};
    str_addn(&h->pending_bytes, t->text, t->n_text);
    p->bytes_at = h->pending_bytes.len;
    str_addn(&h->pending_bytes, t->bytes, t->n_bytes);
    return history_due_ms(h) != 0 || history_flush(h, e);
}

int history_due_ms(const struct history *h) {
    if (!h->n_pending) return -1;
    int64_t left = h->pending_since_us + DB_BATCH_US - clock_mono_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

bool history_tick(struct history *h, struct err *e) {
    return history_due_ms(h) != 0 || history_flush(h, e);
}

static size_t pack_alts(const struct history_token *t, unsigned char out[8 * HISTORY_ALTS]) {
    size_t n = 0;
    for (int i = 0; i < t->n_alts && i < HISTORY_ALTS; i++) {
        uint32_t words[2] = {(uint32_t)t->alt_id[i], 0};
        memcpy(&words[1], &t->alt_logprob[i], 4);
        for (int w = 0; w < 2; w++)
            for (int b = 0; b < 4; b++) out[n++] = (unsigned char)(words[w] >> 8 * b);
    }
    return n;
}

static void unpack_alts(sqlite3_stmt *s, int column, struct history_token *t) {
    const unsigned char *in = sqlite3_column_blob(s, column);
    int n = sqlite3_column_bytes(s, column) / 8;
    t->n_alts = n > HISTORY_ALTS ? HISTORY_ALTS : n;
    for (int i = 0; i < t->n_alts; i++) {
        uint32_t words[2] = {0, 0};
        for (int w = 0; w < 2; w++)
            for (int b = 0; b < 4; b++) words[w] |= (uint32_t)in[8 * i + 4 * w + b] << 8 * b;
        t->alt_id[i] = (int32_t)words[0];
        memcpy(&t->alt_logprob[i], &words[1], 4);
    }
}

static void bind_number(sqlite3_stmt *s, int at, double x) {
    if (isfinite(x))
        sqlite3_bind_double(s, at, x);
    else
        sqlite3_bind_null(s, at);
}

static bool insert(struct history *h, int64_t message, int64_t idx, const struct history_token *t,
                   struct err *e) {
    sqlite3_stmt *s =
        db_statement(h,
                     "INSERT INTO tokens(message_id, idx, token_id, text, channel, markup, forced,"
                     " logprob, entropy, t_us, raw, alts)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                     e);
    if (!s) return false;
    bool same = t->n_bytes == t->n_text && memcmp(t->text, t->bytes, t->n_text) == 0;
    unsigned char alts[8 * HISTORY_ALTS];
    size_t n_alts = pack_alts(t, alts);
    sqlite3_bind_int64(s, 1, message);
    sqlite3_bind_int64(s, 2, idx);
    sqlite3_bind_int(s, 3, t->token_id);
    sqlite3_bind_blob64(s, 4, t->n_text ? t->text : "", t->n_text, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 5, t->channel == HISTORY_ANSWER ? "answer" : "thought", -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 6, t->channel == HISTORY_MARKUP);
    sqlite3_bind_int(s, 7, t->forced);
    bind_number(s, 8, t->token_id == -1 ? NAN : t->logprob);
    bind_number(s, 9, t->token_id == -1 ? NAN : t->entropy);
    sqlite3_bind_int64(s, 10, t->t_us);
    if (!same) sqlite3_bind_blob64(s, 11, t->n_bytes ? t->bytes : "", t->n_bytes, SQLITE_TRANSIENT);
    if (n_alts) sqlite3_bind_blob64(s, 12, alts, n_alts, SQLITE_TRANSIENT);
    return db_run(h, s, e);
}

static bool next_idx(struct history *h, int64_t message, struct err *e) {
    bool row;
    if (h->token_message == message) return true;
    sqlite3_stmt *s =
        db_statement(h, "SELECT coalesce(max(idx) + 1, 0) FROM tokens WHERE message_id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    if (!db_step(h, s, &row, e)) return false;
    h->token_message = message;
    h->token_idx = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return true;
}

bool db_token_insert(struct history *h, int64_t message, const struct history_token *t,
                     struct err *e) {
    if (!next_idx(h, message, e) || !insert(h, message, h->token_idx, t, e)) return false;
    h->token_idx++;
    return true;
}

bool history_answer_was_thought(struct history *h, int64_t message, struct err *e) {
    if (!history_flush(h, e) || !db_begin(h, e)) return false;
    sqlite3_stmt *text = db_statement(
        h, "UPDATE messages SET reasoning = reasoning || content, content = '' WHERE id = ?1", e);
    sqlite3_stmt *tokens =
        db_statement(h, "UPDATE tokens SET channel = 'thought' WHERE message_id = ?1", e);
    if (text && tokens) {
        sqlite3_bind_int64(text, 1, message);
        sqlite3_bind_int64(tokens, 1, message);
        if (db_run(h, text, e) && db_run(h, tokens, e)) return db_commit(h, e);
    }
    db_rollback(h);
    return false;
}

/* Adds what the pending tokens say to the message's two texts. */
static bool extend_message(struct history *h, int64_t message, struct err *e) {
    struct str texts[2] = {STR_INIT, STR_INIT};
    sqlite3_stmt *s = db_statement(
        h, "UPDATE messages SET reasoning = reasoning || ?2, content = content || ?3 WHERE id = ?1",
        e);
    for (size_t i = 0; i < h->n_pending; i++) {
        const struct pending_token *p = &h->pending[i];
        if (p->token.channel == HISTORY_MARKUP) continue;
        utf8_add_valid(&texts[p->token.channel == HISTORY_ANSWER], h->pending_bytes.s + p->text_at,
                       p->token.n_text);
    }
    bool ok = s != NULL;
    if (ok && texts[0].len + texts[1].len) {
        sqlite3_bind_int64(s, 1, message);
        db_bind_bytes(s, 2, texts[0].s, texts[0].len);
        db_bind_bytes(s, 3, texts[1].s, texts[1].len);
        ok = db_run(h, s, e);
    }
    str_free(&texts[0]);
    str_free(&texts[1]);
    return ok;
}

bool history_flush(struct history *h, struct err *e) {
    if (!h->n_pending && !h->pieces.n) return true;
    bool ok = db_begin(h, e);
    for (size_t i = 0; ok && i < h->n_pending; i++) {
        struct pending_token *p = &h->pending[i];
        p->token.text = h->pending_bytes.s + p->text_at;
        p->token.bytes = h->pending_bytes.s + p->bytes_at;
        ok = db_token_insert(h, h->pending_message, &p->token, e);
    }
    ok = ok && extend_message(h, h->pending_message, e) && db_pieces_write(h, e) && db_commit(h, e);
    if (ok) {
        db_pieces_written(h);
        h->n_pending = 0;
        str_clear(&h->pending_bytes);
    } else {
        db_rollback(h);
        h->token_message = 0;
        h->pending_since_us = clock_mono_us(); /* they stay, and are tried again a batch later */
    }
    return ok;
}

bool history_message_tokens(struct history *h, int64_t message,
                            bool (*each)(void *ctx, const struct history_token *t), void *ctx,
                            struct err *e) {
    bool row;
    if (!history_flush(h, e)) return false;
    sqlite3_stmt *s = db_statement(
        h,
        "SELECT token_id, text, channel, markup, forced, logprob, entropy, t_us, raw, alts"
        " FROM tokens WHERE message_id = ?1 ORDER BY idx",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, message);
    while (db_step(h, s, &row, e)) {
        if (!row) return true;
        struct history_token t = {.token_id = sqlite3_column_int(s, 0),
                                  .forced = sqlite3_column_int(s, 4) != 0};
        const char *channel = (const char *)sqlite3_column_text(s, 2);
        t.channel = sqlite3_column_int(s, 3)                ? HISTORY_MARKUP
                    : channel && !strcmp(channel, "answer") ? HISTORY_ANSWER
                                                            : HISTORY_THOUGHT;
        t.text = sqlite3_column_blob(s, 1);
        t.n_text = (size_t)sqlite3_column_bytes(s, 1);
        bool has_raw = sqlite3_column_type(s, 8) != SQLITE_NULL;
        t.bytes = has_raw ? sqlite3_column_blob(s, 8) : t.text;
        t.n_bytes = has_raw ? (size_t)sqlite3_column_bytes(s, 8) : t.n_text;
        t.logprob = sqlite3_column_type(s, 5) == SQLITE_NULL ? NAN : sqlite3_column_double(s, 5);
        t.entropy = sqlite3_column_type(s, 6) == SQLITE_NULL ? NAN : sqlite3_column_double(s, 6);
        t.t_us = sqlite3_column_int64(s, 7);
        unpack_alts(s, 9, &t);
        if (!each(ctx, &t)) break;
    }
    sqlite3_reset(s);
    return row;
}
