/* export: a conversation as Markdown, plain text or HTML (its current path) or as JSON (everything:
 * the tree and every token, so that it can be imported again). A table of exporters. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "history/export.h"

void export_time(struct str *out, int64_t ms) {
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    char text[40];
    localtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    str_add(out, text);
}

const char *export_model_name(const char *model) {
    const char *end = model ? strrchr(model, '/') : NULL; /* of a folder or an address */
    if (strchr(end ? end : "", '#')) end = strchr(end, '#');
    return end ? end + 1 : model ? model : "";
}

static bool each_on_path(struct history *h, const struct history_conversation *c, struct str *out,
                         void (*add)(struct str *out, const struct history_message *m),
                         struct err *e) {
    struct history_message *messages;
    size_t n;
    if (!history_messages(h, c->id, 0, &messages, &n, e)) return false;
    for (size_t i = 0; i < n; i++) {
        add(out, &messages[i]);
        history_message_done(&messages[i]);
    }
    free(messages);
    return true;
}

/* ---- Markdown --------------------------------------------------------------------------- */

static void add_quoted(struct str *out, const char *text) {
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        str_addf(out, "> %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static void add_markdown(struct str *out, const struct history_message *m) {
    static const char *const heads[] = {"System", "You", "Aside"};
    str_addf(out, "## %s\n\n", heads[m->role]);
    if (m->reasoning && *m->reasoning) {
        str_addf(out, "> *Thought for %.0f s · %lld tokens*\n>\n", (double)m->thought_us / 1e6,
                 (long long)m->n_thought);
        add_quoted(out, m->reasoning);
        str_add(out, "\n");
    }
    str_addf(out, "%s\n\n", m->content ? m->content : "");
}

static bool markdown(struct history *h, const struct history_conversation *c, struct str *out,
                     struct err *e) {
    str_addf(out, "# %s\n\n", c->title && *c->title ? c->title : "Conversation");
    str_addf(out, "%s, ", export_model_name(c->model));
    export_time(out, c->created_ms);
    str_add(out, "\n\n");
    return each_on_path(h, c, out, add_markdown, e);
}

/* ---- Plain text ------------------------------------------------------------------------- */

static void add_text(struct str *out, const struct history_message *m) {
    static const char *const heads[] = {"system", "you", "aside"};
    if (m->reasoning && *m->reasoning) str_addf(out, "aside (thinking):\n%s\n\n", m->reasoning);
    str_addf(out, "%s:\n%s\n\n", heads[m->role], m->content ? m->content : "");
}

static bool text(struct history *h, const struct history_conversation *c, struct str *out,
                 struct err *e) {
    return each_on_path(h, c, out, add_text, e);
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void add_number(cJSON *o, const char *name, double x) {
    if (isfinite(x))
        cJSON_AddNumberToObject(o, name, x);
    else
        cJSON_AddNullToObject(o, name);
}

static void add_string(cJSON *o, const char *name, const char *s) {
    if (s) cJSON_AddStringToObject(o, name, s);
}

static void add_hex(cJSON *o, const char *name, const void *bytes, size_t n) {
    struct str hex = STR_INIT;
    for (size_t i = 0; i < n; i++) str_addf(&hex, "%02x", ((const unsigned char *)bytes)[i]);
    cJSON_AddStringToObject(o, name, str_cstr(&hex));
    str_free(&hex);
}

struct token_list {
    cJSON *list;
    struct history *h;
    int64_t message;
};

/* What the number stands for, where that is kept: as text, or, where it is no UTF-8, as bytes. */
static void add_piece(cJSON *alt, const struct token_list *l, int32_t id) {
    struct str piece = STR_INIT;
    bool known;
    if (history_piece(l->h, l->message, id, &piece, &known, NULL) && known) {
        if (utf8_valid(str_cstr(&piece), piece.len) && !memchr(piece.s, 0, piece.len))
            cJSON_AddStringToObject(alt, "text", piece.s);
        else
            add_hex(alt, "raw", piece.s, piece.len);
    }
    str_free(&piece);
}

static bool add_token(void *ctx, const struct history_token *t) {
    const struct token_list *l = ctx;
    cJSON *o = cJSON_CreateObject(), *alts;
    struct str valid = STR_INIT;
    utf8_add_valid(&valid, t->text, t->n_text);
    cJSON_AddNumberToObject(o, "id", t->token_id);
    cJSON_AddStringToObject(o, "text", str_cstr(&valid));
    cJSON_AddStringToObject(o, "channel", t->channel == HISTORY_ANSWER ? "answer" : "thought");
    if (t->channel == HISTORY_MARKUP) cJSON_AddTrueToObject(o, "markup");
    if (t->forced) cJSON_AddTrueToObject(o, "forced");
    if (t->n_bytes != t->n_text || memcmp(t->bytes, t->text, t->n_text) != 0)
        add_hex(o, "raw", t->bytes, t->n_bytes);
    add_number(o, "logprob", t->logprob);
    add_number(o, "entropy", t->entropy);
    cJSON_AddNumberToObject(o, "t_us", (double)t->t_us);
    alts = cJSON_AddArrayToObject(o, "alts");
    for (int i = 0; i < t->n_alts; i++) {
        cJSON *alt = cJSON_CreateObject();
        cJSON_AddNumberToObject(alt, "id", t->alt_id[i]);
        add_piece(alt, l, t->alt_id[i]);
        add_number(alt, "logprob", t->alt_logprob[i]);
        cJSON_AddItemToArray(alts, alt);
    }
    cJSON_AddItemToArray(l->list, o);
    str_free(&valid);
    return true;
}

static cJSON *message_json(sqlite3_stmt *s) {
    cJSON *o = cJSON_CreateObject();
    for (int i = 0; i < sqlite3_column_count(s); i++) {
        const char *name = sqlite3_column_name(s, i);
        int type = sqlite3_column_type(s, i);
        if (type == SQLITE_INTEGER)
            cJSON_AddNumberToObject(o, name, (double)sqlite3_column_int64(s, i));
        else if (type == SQLITE_TEXT)
            cJSON_AddStringToObject(o, name, (const char *)sqlite3_column_text(s, i));
    }
    return o;
}

static bool add_messages(struct history *h, int64_t conversation, cJSON *list, struct err *e) {
    bool row, ok = true;
    sqlite3_stmt *s = db_statement(
        h,
        "SELECT id, parent_id, role, content, reasoning, created_at, finish, error, model,"
        " sampling, seed, n_prompt, n_cached, n_thought, n_answer, ttft_us, prefill_us,"
        " thought_us, total_us, vocabulary FROM messages WHERE conversation_id = ?1 ORDER BY id",
        e);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, conversation);
    while (ok && (ok = db_step(h, s, &row, e)) && row) {
        int64_t id = sqlite3_column_int64(s, 0);
        cJSON *m = message_json(s), *tokens = cJSON_CreateArray();
        struct token_list l = {tokens, h, id};
        ok = history_message_tokens(h, id, add_token, &l, e);
        cJSON_AddItemToObject(m, "tokens", tokens);
        cJSON_AddItemToArray(list, m);
    }
    sqlite3_reset(s);
    return ok;
}

static bool json(struct history *h, const struct history_conversation *c, struct str *out,
                 struct err *e) {
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "aside_history", 1);
    add_string(root, "title", c->title);
    add_string(root, "model", c->model);
    add_string(root, "system", c->system);
    cJSON_AddNumberToObject(root, "created_at", (double)c->created_ms);
    cJSON_AddNumberToObject(root, "updated_at", (double)c->updated_ms);
    cJSON_AddNumberToObject(root, "head_id", (double)c->head);
    cJSON_AddBoolToObject(root, "pinned", c->pinned);
    add_string(root, "tags", c->tags);
    bool ok = add_messages(h, c->id, cJSON_AddArrayToObject(root, "messages"), e);
    if (ok) {
        char *printed = cJSON_Print(root);
        str_addf(out, "%s\n", printed);
        free(printed);
    }
    cJSON_Delete(root);
    return ok;
}

/* ---- The table -------------------------------------------------------------------------- */

static const struct {
    const char *name, *extension;
    exporter *run;
} exporters[] = {{"markdown", ".md", markdown},
                 {"html", ".html", export_html},
                 {"json", ".json", json},
                 {"text", ".txt", text}};

#define N_EXPORTERS (sizeof exporters / sizeof *exporters)

const char *const *history_export_formats(void) {
    static const char *names[N_EXPORTERS + 1];
    for (size_t i = 0; i < N_EXPORTERS; i++) names[i] = exporters[i].name;
    return names;
}

const char *history_export_format(const char *file) {
    for (size_t i = 0; i < N_EXPORTERS; i++)
        if (str_ends(file, exporters[i].extension)) return exporters[i].name;
    return exporters[0].name;
}

bool history_export(struct history *h, int64_t conversation, const char *format, struct str *out,
                    struct err *e) {
    struct history_conversation c;
    for (size_t i = 0; i < N_EXPORTERS; i++) {
        if (strcmp(exporters[i].name, format) != 0) continue;
        if (!history_flush(h, e) || !history_conversation_get(h, conversation, &c, e)) return false;
        bool ok = exporters[i].run(h, &c, out, e);
        history_conversation_done(&c);
        return ok;
    }
    return err_set(e, "there is no format \"%s\" (markdown, html, json, text)", format);
}
