/* import: our JSON back as a new conversation, all of it or nothing. Ids are given anew; parents
 * must come before their children, which the export guarantees. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "history/db.h"

struct import {
    struct history *h;
    int64_t conversation, vocabulary; /* of the message at hand; 0: not known */
    struct {
        int64_t old, new;
    } * ids;
    size_t n_ids, cap_ids;
};

static const char *text_of(const cJSON *o, const char *name) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static bool number_of(const cJSON *o, const char *name, double *out) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, name);
    if (cJSON_IsNumber(item) && fabs(item->valuedouble) < 9.1e18) *out = item->valuedouble;
    return cJSON_IsNumber(item);
}

static int64_t int_of(const cJSON *o, const char *name, int64_t fallback) {
    double x = (double)fallback;
    return number_of(o, name, &x) ? (int64_t)x : fallback;
}

static double real_of(const cJSON *o, const char *name) {
    double x = NAN;
    number_of(o, name, &x);
    return x;
}

static bool role_of(const char *name, enum history_role *out) {
    static const char *const names[] = {"system", "user", "assistant"};
    for (int i = 0; i < 3; i++)
        if (name && strcmp(name, names[i]) == 0) return *out = (enum history_role)i, true;
    return false;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes that are given as hexadecimal digits; false: there are none of that name. */
static bool bytes_of(const cJSON *o, const char *name, struct str *out) {
    const char *hex = text_of(o, name);
    for (const char *s = hex; s && s[0] && hex_digit(s[0]) >= 0 && hex_digit(s[1]) >= 0; s += 2)
        str_addc(out, (char)(hex_digit(s[0]) << 4 | hex_digit(s[1])));
    return hex != NULL;
}

/* What the number of an alternative stands for. */
static bool add_piece(struct import *in, const cJSON *alt, int32_t id, struct err *e) {
    const char *text = text_of(alt, "text");
    struct str raw = STR_INIT;
    bool has_raw = bytes_of(alt, "raw", &raw), ok = true;
    if (in->vocabulary && id >= 0 && (text || has_raw))
        ok = db_piece_insert(in->h, in->vocabulary, id, has_raw ? str_cstr(&raw) : text,
                             has_raw ? raw.len : strlen(text), e);
    str_free(&raw);
    return ok;
}

static bool add_token(struct import *in, int64_t message, const cJSON *o, struct err *e) {
    const char *text = text_of(o, "text"), *channel = text_of(o, "channel");
    if (!text || !channel) return err_set(e, "a token lacks its text or channel");
    struct str raw = STR_INIT;
    bool has_raw = bytes_of(o, "raw", &raw);
    struct history_token t = {.token_id = (int32_t)int_of(o, "id", -1),
                              .channel = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "markup"))
                                             ? HISTORY_MARKUP
                                         : strcmp(channel, "answer") == 0 ? HISTORY_ANSWER
                                                                          : HISTORY_THOUGHT,
                              .forced = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "forced")),
                              .text = text,
                              .n_text = strlen(text),
                              .bytes = has_raw ? str_cstr(&raw) : text,
                              .n_bytes = has_raw ? raw.len : strlen(text),
                              .logprob = real_of(o, "logprob"),
                              .entropy = real_of(o, "entropy"),
                              .t_us = int_of(o, "t_us", 0)};
    const cJSON *alt;
    cJSON_ArrayForEach(alt, cJSON_GetObjectItemCaseSensitive(o, "alts")) {
        if (t.n_alts == HISTORY_ALTS) break;
        t.alt_id[t.n_alts] = (int32_t)int_of(alt, "id", 0);
        if (!add_piece(in, alt, t.alt_id[t.n_alts], e)) return str_free(&raw), false;
        t.alt_logprob[t.n_alts++] = (float)real_of(alt, "logprob");
    }
    bool ok = db_token_insert(in->h, message, &t, e);
    str_free(&raw);
    return ok;
}

static bool find_parent(const struct import *in, int64_t old, int64_t *new, struct err *e) {
    *new = 0;
    for (size_t i = 0; old && i < in->n_ids; i++)
        if (in->ids[i].old == old) *new = in->ids[i].new;
    return !old || *new || err_set(e, "message %lld comes before it is defined", (long long)old);
}

static bool add_outcome(struct import *in, int64_t message, const cJSON *o, struct err *e) {
    if (!text_of(o, "finish")) return true;
    struct history_outcome outcome = {.finish = text_of(o, "finish"),
                                      .error = text_of(o, "error"),
                                      .model = text_of(o, "model"),
                                      .sampling_json = text_of(o, "sampling"),
                                      .seed = (uint64_t)int_of(o, "seed", 0),
                                      .n_prompt = int_of(o, "n_prompt", 0),
                                      .n_cached = int_of(o, "n_cached", 0),
                                      .n_thought = int_of(o, "n_thought", 0),
                                      .n_answer = int_of(o, "n_answer", 0),
                                      .ttft_us = int_of(o, "ttft_us", 0),
                                      .prefill_us = int_of(o, "prefill_us", 0),
                                      .thought_us = int_of(o, "thought_us", 0),
                                      .total_us = int_of(o, "total_us", 0)};
    return history_message_finish(in->h, message, &outcome, e);
}

static bool add_message(struct import *in, const cJSON *o, struct err *e) {
    enum history_role role;
    int64_t parent, id, old = int_of(o, "id", 0);
    if (!role_of(text_of(o, "role"), &role))
        return err_set(e, "message %lld has no known role", (long long)old);
    if (!find_parent(in, int_of(o, "parent_id", 0), &parent, e)) return false;
    if (!db_message_insert(in->h, in->conversation, parent, role, text_of(o, "content"),
                           text_of(o, "reasoning"), int_of(o, "created_at", 0), &id, e))
        return false;
    in->ids = mem_grow(in->ids, &in->cap_ids, in->n_ids + 1, sizeof *in->ids);
    in->ids[in->n_ids].old = old;
    in->ids[in->n_ids++].new = id;
    in->vocabulary = int_of(o, "vocabulary", 0);
    if (in->vocabulary && !history_vocabulary_set(in->h, id, in->vocabulary, e)) return false;
    const cJSON *token;
    cJSON_ArrayForEach(token, cJSON_GetObjectItemCaseSensitive(o, "tokens")) {
        if (!add_token(in, id, token, e)) return false;
    }
    return add_outcome(in, id, o, e);
}

static bool add_all(struct import *in, const cJSON *root, struct err *e) {
    int64_t head;
    const cJSON *m, *messages = cJSON_GetObjectItemCaseSensitive(root, "messages");
    if (int_of(root, "aside_history", 0) != 1 || !cJSON_IsArray(messages))
        return err_set(e, "not a JSON export of aside (no \"aside_history\": 1 with \"messages\")");
    if (!history_conversation_new(in->h, text_of(root, "model"), text_of(root, "system"),
                                  &in->conversation, e) ||
        !history_title_set(in->h, in->conversation, text_of(root, "title"), e))
        return false;
    cJSON_ArrayForEach(m, messages) {
        if (!add_message(in, m, e)) return false;
    }
    const char *tags = text_of(root, "tags");
    bool pinned = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "pinned"));
    return find_parent(in, int_of(root, "head_id", 0), &head, e) &&
           history_head_set(in->h, in->conversation, head, e) &&
           history_pin(in->h, in->conversation, pinned, e) &&
           (!tags || db_tags_change(in->h, in->conversation, tags, e));
}

bool history_import(struct history *h, const char *json, size_t len, int64_t *id, struct err *e) {
    struct import in = {.h = h};
    if (!history_flush(h, e)) return false;
    cJSON *root = cJSON_ParseWithLength(json, len);
    if (!root) {
        const char *at = cJSON_GetErrorPtr();
        size_t where = at && at >= json && at <= json + len ? (size_t)(at - json) : 0;
        return err_set(e, "not JSON: byte %zu", where);
    }
    bool ok = db_begin(h, e);
    if (ok && !(ok = add_all(&in, root, e))) db_rollback(h);
    h->token_message = 0;
    ok = ok && db_commit(h, e);
    if (ok) *id = in.conversation;
    free(in.ids);
    cJSON_Delete(root);
    return ok;
}
