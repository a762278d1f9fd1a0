/* transcript: see transcript.h. */
#include "app/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void transcript_free(struct transcript *t) {
    transcript_cut(t, 0);
    free(t->messages);
    *t = (struct transcript){0};
}

struct transcript_message *transcript_add(struct transcript *t, enum chat_role role,
                                          const char *content, const char *reasoning, int64_t id) {
    t->messages = mem_grow(t->messages, &t->cap, t->n + 1, sizeof *t->messages);
    struct transcript_message *m = &t->messages[t->n++];
    *m = (struct transcript_message){.role = role, .id = id};
    str_add(&m->content, content);
    str_add(&m->reasoning, reasoning);
    return m;
}

static bool begin(struct transcript *t, struct history *h, const char *model, const char *system,
                  const char *text, struct err *e) {
    int64_t id;
    if (!h || t->conversation) return true;
    if (!history_conversation_new(h, model, system, &id, e)) return false;
    t->conversation = id;
    char *title = transcript_title(text);
    bool ok = history_title_set(h, id, title, e);
    free(title);
    return ok;
}

static bool keep(struct transcript *t, struct history *h, enum chat_role role, enum history_role as,
                 const char *text, struct err *e) {
    int64_t id = 0;
    bool ok =
        !h || history_message_add(h, t->conversation, transcript_leaf(t), as, text, NULL, &id, e);
    transcript_add(t, role, text, NULL, id);
    return ok;
}

bool transcript_prompt(struct transcript *t, struct history *h, const char *model,
                       const char *system, const char *text, struct err *e) {
    bool ok = begin(t, h, model, system, text, e);
    if (!ok) h = NULL;
    if (!t->n && system && !keep(t, h, CHAT_SYSTEM, HISTORY_SYSTEM, system, e))
        ok = false, h = NULL;
    return keep(t, h, CHAT_USER, HISTORY_USER, text, e) && ok;
}

void transcript_cut(struct transcript *t, size_t n) {
    while (t->n > n) {
        struct transcript_message *m = &t->messages[--t->n];
        str_free(&m->content);
        str_free(&m->reasoning);
        free(m->model);
    }
}

int64_t transcript_leaf(const struct transcript *t) {
    for (size_t i = t->n; i-- > 0;)
        if (t->messages[i].id) return t->messages[i].id;
    return 0;
}

struct chat_message *transcript_request(const struct transcript *t, size_t n) {
    struct chat_message *out = mem_array(n, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct chat_message){.role = t->messages[i].role,
                                       .content = str_cstr(&t->messages[i].content),
                                       .reasoning = str_cstr(&t->messages[i].reasoning)};
    return out;
}

bool transcript_load(struct transcript *t, struct history *h, int64_t conversation, int64_t leaf,
                     struct err *e) {
    static const enum chat_role roles[] = {[HISTORY_SYSTEM] = CHAT_SYSTEM,
                                           [HISTORY_USER] = CHAT_USER,
                                           [HISTORY_ASSISTANT] = CHAT_ASSISTANT};
    struct history_message *messages;
    size_t n;
    if (!history_messages(h, conversation, leaf, &messages, &n, e)) return false;
    transcript_free(t);
    t->conversation = conversation;
    for (size_t i = 0; i < n; i++) {
        struct history_message *m = &messages[i];
        transcript_add(t, roles[m->role], m->content, m->reasoning, m->id)->model =
            mem_strdup(m->model);
        history_message_done(m);
    }
    free(messages);
    return true;
}

char *transcript_title(const char *prompt) {
    struct str title = STR_INIT;
    size_t columns = 0, n = strlen(prompt);
    for (size_t i = 0; i < n && columns < 60;) {
        unsigned cp;
        i += utf8_decode(prompt + i, n - i, &cp, NULL);
        bool space = cp <= 0x20 || cp == 0x7F;
        if (space && (title.len == 0 || title.s[title.len - 1] == ' ')) continue;
        str_add_cp(&title, space ? ' ' : cp);
        columns++;
    }
    if (columns == 60)
        str_add(&title, "…");
    else if (title.len && title.s[title.len - 1] == ' ')
        str_truncate(&title, title.len - 1);
    return str_take(&title);
}
