/* tag: the words that a person sorts conversations by. */
#include <string.h>

#include "base/utf8.h"
#include "history/db.h"

#define TAG_BYTES  64
#define SEPARATORS " ,\t\n"

static bool change(struct history *h, int64_t conversation, const char *word, size_t n,
                   struct err *e) {
    bool away = *word == '-';
    if (away || *word == '+') word++, n--;
    if (n && *word == '#') word++, n--;
    if (!n || n > TAG_BYTES || !utf8_valid(word, n))
        return err_set(e, "a tag is a word of 1 to %d bytes", TAG_BYTES);
    sqlite3_stmt *s =
        away ? db_statement(h, "DELETE FROM tags WHERE conversation_id = ?1 AND tag = ?2", e)
             : db_statement(h, "INSERT OR IGNORE INTO tags(conversation_id, tag) VALUES (?1, ?2)",
                            e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    db_bind_bytes(s, 2, word, n);
    return db_run(h, s, e);
}

bool db_tags_change(struct history *h, int64_t conversation, const char *words, struct err *e) {
    for (const char *s = words + strspn(words, SEPARATORS); *s; s += strspn(s, SEPARATORS)) {
        size_t n = strcspn(s, SEPARATORS);
        if (!change(h, conversation, s, n, e)) return false;
        s += n;
    }
    return true;
}

static bool remove_all(struct history *h, int64_t conversation, struct err *e) {
    sqlite3_stmt *s = db_statement(h, "DELETE FROM tags WHERE conversation_id = ?1", e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    return db_run(h, s, e);
}

bool history_tags(struct history *h, int64_t conversation, const char *words, bool replace,
                  struct err *e) {
    struct history_conversation c;
    if (!history_conversation_get(h, conversation, &c, e)) return false;
    history_conversation_done(&c);
    if (!db_begin(h, e)) return false;
    if ((!replace || remove_all(h, conversation, e)) && db_tags_change(h, conversation, words, e))
        return db_commit(h, e);
    db_rollback(h);
    return false;
}
