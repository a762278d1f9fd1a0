/* chat_sessions: the list of conversations and what can be done to them there, the search through
 * them, and the slash commands that do the same to the conversation that is open. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/chat.h"
#include "base/clock.h"
#include "base/mem.h"

#define LIST_LIMIT    20000
#define HITS_LIMIT    100
#define PREVIEW_BYTES 2000
#define CONTEXT_BYTES 400 /* before the first place that was found */

static bool nothing_saved(struct chat *c) {
    if (!c->history) ui_notice(c->ui, "nothing is saved");
    return !c->history;
}

static void add_time(struct str *out, int64_t ms) {
    time_t t = (time_t)(ms / 1000);
    struct tm then, now;
    char text[32];
    localtime_r(&t, &then);
    clock_now_local(&now);
    bool today = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
    strftime(text, sizeof text, today ? "%H:%M" : "%Y-%m-%d", &then);
    str_add(out, text);
}

/* At most `most` bytes of a text, whole characters. */
static void add_cut(struct str *out, const char *text, size_t most) {
    size_t n = strlen(text);
    if (n <= most) {
        str_add(out, text);
        return;
    }
    while (most && (text[most] & 0xC0) == 0x80) most--;
    str_addn(out, text, most);
    str_add(out, "…");
}

static const char *title_of(const char *title) { return title && *title ? title : "untitled"; }

/* ---- The list --------------------------------------------------------------------------- */

static void add_item(struct ui_item *item, const struct history_conversation *c) {
    struct str text = STR_INIT, detail = STR_INIT;
    str_addf(&text, "%4lld%c %s", (long long)c->id, c->pinned ? '*' : ' ', title_of(c->title));
    for (const char *tag = c->tags; *tag; tag += strcspn(tag, " "), tag += *tag == ' ')
        str_addf(&text, "  #%.*s", (int)strcspn(tag, " "), tag);
    str_addf(&detail, "%lld messages  ", (long long)c->n_messages);
    add_time(&detail, c->updated_ms);
    *item = (struct ui_item){c->id, str_take(&text), str_take(&detail), NULL};
}

static void free_items(struct ui_item *items, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free((char *)(uintptr_t)items[i].text);
        free((char *)(uintptr_t)items[i].detail);
    }
    free(items);
}

void chat_list_sessions(struct chat *c, const char *words) {
    struct history_conversation *all;
    struct history_filter f = {.limit = LIST_LIMIT};
    struct err e;
    size_t n;
    if (nothing_saved(c)) return;
    if (!history_conversations(c->history, &f, &all, &n, &e)) {
        chat_complain(c, &e);
        return;
    }
    struct ui_item *items = mem_calloc(n, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        add_item(&items[i], &all[i]);
        history_conversation_done(&all[i]);
    }
    struct ui_list list = {.number = CHAT_LIST_SESSIONS,
                           .title = "conversations",
                           .take = "open",
                           .verbs = {[UI_LIST_DELETE] = "delete",
                                     [UI_LIST_UNDELETE] = "undo",
                                     [UI_LIST_RENAME] = "rename",
                                     [UI_LIST_TAG] = "tags",
                                     [UI_LIST_PIN] = "pin"},
                           .typed = words,
                           .looks = true};
    ui_list_open(c->ui, &list, items, n);
    free_items(items, n);
    free(all);
}

static void add_said(struct str *out, const struct history_message *m) {
    static const char *const who[] = {"system", "you", "aside"};
    str_addf(out, "\n\n%s: ", who[m->role]);
    add_cut(out, m->content ? m->content : "", 400);
}

/* How it began and where it stands. */
static void preview_session(struct chat *c, int64_t id) {
    struct history_conversation about;
    struct history_message *messages;
    struct str out = STR_INIT;
    size_t n;
    if (!history_conversation_get(c->history, id, &about, NULL)) return;
    const char *file = strrchr(about.model, '/');
    str_addf(&out, "%s · %lld tokens · begun ", file ? file + 1 : about.model,
             (long long)about.n_tokens);
    add_time(&out, about.created_ms);
    history_conversation_done(&about);
    if (history_messages(c->history, id, 0, &messages, &n, NULL)) {
        size_t last = n > 4 ? n - 2 : n;
        for (size_t i = 0; i < n; i++) {
            if (i < 2 || i >= last) add_said(&out, &messages[i]);
            if (i == 2 && last > 2 && last < n) str_add(&out, "\n\n…");
            if (i >= 2 && last == n) add_said(&out, &messages[i]);
            history_message_done(&messages[i]);
        }
        free(messages);
    }
    ui_list_preview(c->ui, id, out.s);
    str_free(&out);
}

/* ---- What is done to a conversation ----------------------------------------------------- */

static void delete_one(struct chat *c, int64_t id, const char *text) {
    struct err e;
    (void)text;
    bool open = id == c->transcript.conversation;
    if (!id || (open && chat_busy(c))) return;
    if (!history_conversation_delete(c->history, id, &e)) {
        chat_complain(c, &e);
        return;
    }
    if (open) chat_new(c);
    backend_settle(c->runner.backend, NULL); /* it may be written this moment */
    kept_forget(id);
    ui_notice(c->ui, "conversation %lld is deleted; for 30 days Alt-Z or /undelete brings it back",
              (long long)id);
}

static void undelete_one(struct chat *c, int64_t id, const char *text) {
    struct err e;
    (void)text;
    if (history_conversation_undelete(c->history, &id, &e))
        ui_notice(c->ui, "conversation %lld is back", (long long)id);
    else
        chat_complain(c, &e);
}

static void undelete_last(struct chat *c, int64_t id, const char *text) {
    (void)id;
    undelete_one(c, 0, text);
}

static void rename_one(struct chat *c, int64_t id, const char *text) {
    struct history_conversation now;
    struct err e = {""};
    if (!id) return;
    if (text) {
        if (!history_title_set(c->history, id, text, &e)) chat_complain(c, &e);
    } else if (history_conversation_get(c->history, id, &now, &e)) {
        ui_list_ask(c->ui, UI_LIST_RENAME, "title:", now.title);
        history_conversation_done(&now);
    } else {
        chat_complain(c, &e);
    }
}

static void tag_one(struct chat *c, int64_t id, const char *text) {
    struct history_conversation now;
    struct err e = {""};
    if (!id) return;
    if (text) {
        if (!history_tags(c->history, id, text, true, &e)) chat_complain(c, &e);
    } else if (history_conversation_get(c->history, id, &now, &e)) {
        ui_list_ask(c->ui, UI_LIST_TAG, "tags:", now.tags);
        history_conversation_done(&now);
    } else {
        chat_complain(c, &e);
    }
}

static void pin_one(struct chat *c, int64_t id, const char *text) {
    struct history_conversation now;
    struct err e;
    (void)text;
    if (!id) return;
    bool ok = history_conversation_get(c->history, id, &now, &e);
    bool on = ok && !now.pinned;
    if (ok) history_conversation_done(&now);
    if (ok && history_pin(c->history, id, on, &e))
        ui_notice(c->ui, on ? "pinned" : "no longer pinned");
    else
        chat_complain(c, &e);
}

static void (*const verbs[UI_LIST_VERBS])(struct chat *c, int64_t id, const char *text) = {
    [UI_LIST_DELETE] = delete_one, [UI_LIST_UNDELETE] = undelete_last,
    [UI_LIST_RENAME] = rename_one, [UI_LIST_TAG] = tag_one,
    [UI_LIST_PIN] = pin_one,
};

/* ---- Searching -------------------------------------------------------------------------- */

static void search_title(struct str *out, enum history_scope scope, bool all) {
    if (scope == HISTORY_IN_ALL)
        str_add(out, "search");
    else
        str_addf(out, "search in %ss", history_scope_name(scope));
    if (!all) str_addf(out, ", the newest %d", HITS_LIMIT);
}

static void show_hits(struct chat *c) {
    struct str title = STR_INIT;
    struct ui_item *items = mem_calloc(c->n_hits, sizeof *items);
    enum history_scope scope = c->search_scope;
    free(history_query(c->search_query, &scope));
    search_title(&title, scope, c->n_hits < HITS_LIMIT);
    for (size_t i = 0; i < c->n_hits; i++) {
        struct str detail = STR_INIT;
        str_addf(&detail, "%s  ", history_scope_name(c->hits[i].scope));
        add_time(&detail, c->hits[i].when_ms);
        items[i] =
            (struct ui_item){(int64_t)i, mem_strdup(c->hits[i].snippet), str_take(&detail), NULL};
    }
    struct ui_list list = {.number = CHAT_LIST_HITS,
                           .title = title.s,
                           .take = "go there",
                           .verbs = {[UI_LIST_SCOPE] = "scope"},
                           .typed = c->search_query,
                           .hint = "words to search for; in:thought, in:title … or Tab narrow",
                           .asks = true,
                           .looks = true};
    ui_list_open(c->ui, &list, items, c->n_hits);
    free_items(items, c->n_hits);
    str_free(&title);
}

void chat_search(struct chat *c, const char *query) {
    struct err e = {""};
    if (nothing_saved(c)) return;
    chat_forget_lists(c);
    char *kept = mem_strdup(query);
    free(c->search_query);
    c->search_query = kept;
    enum history_scope scope = c->search_scope;
    char *words = history_query(kept, &scope);
    bool ok = !*words ||
              history_find(c->history, kept, c->search_scope, HITS_LIMIT, &c->hits, &c->n_hits, &e);
    free(words);
    show_hits(c);
    if (!ok) chat_complain(c, &e);
}

static void next_scope(struct chat *c) {
    c->search_scope = (enum history_scope)((c->search_scope + 1) % HISTORY_SCOPES);
    chat_search(c, c->search_query ? c->search_query : "");
}

static void preview_hit(struct chat *c, size_t i) {
    const struct history_hit *hit = &c->hits[i];
    struct str text = STR_INIT, out = STR_INIT;
    str_addf(&out, "%s\n%s of conversation %lld, ", title_of(hit->title),
             history_scope_name(hit->scope), (long long)hit->conversation);
    add_time(&out, hit->when_ms);
    str_add(&out, "\n\n");
    if (hit->scope != HISTORY_IN_TITLE &&
        history_hit_text(c->history, c->search_query, hit, &text, NULL)) {
        const char *s = str_cstr(&text), *found = strchr(s, '\x01');
        const char *from = found && found - s > CONTEXT_BYTES ? found - CONTEXT_BYTES : s;
        if (from > s) {
            from += strcspn(from, " \n");
            str_add(&out, "…");
        }
        add_cut(&out, from, PREVIEW_BYTES);
    }
    ui_list_preview(c->ui, (int64_t)i, out.s);
    str_free(&text);
    str_free(&out);
}

static bool show_message(struct chat *c, const struct history_hit *hit, const char *needle) {
    for (size_t i = 0; i < c->transcript.n; i++) {
        if (c->transcript.messages[i].id != hit->message) continue;
        ui_chat_show(c->ui, i, needle, hit->scope == HISTORY_IN_THOUGHT);
        return true;
    }
    return false;
}

/* Opens the conversation of a hit at the words that were found: where it stands if the message is
 * on that path, else on the newest branch through it. */
static void open_hit(struct chat *c, const struct history_hit *hit) {
    struct err e;
    int64_t leaf;
    const char *from = strchr(hit->snippet, '\x01'), *to = from ? strchr(from, '\x02') : NULL;
    char *needle = to && hit->scope != HISTORY_IN_TITLE
                       ? mem_strndup(from + 1, (size_t)(to - from - 1))
                       : NULL;
    if (chat_resume(c, hit->conversation, 0) && hit->scope != HISTORY_IN_TITLE &&
        !show_message(c, hit, needle)) {
        if (!history_leaf(c->history, hit->message, &leaf, &e))
            chat_complain(c, &e);
        else if (chat_resume(c, hit->conversation, leaf))
            show_message(c, hit, needle);
    }
    free(needle);
}

/* ---- What the lists ask for ------------------------------------------------------------- */

void chat_list_do(struct chat *c, const struct ui_action *a) {
    if (a->list == CHAT_LIST_HITS && a->value == UI_LIST_SCOPE) next_scope(c);
    if (a->list != CHAT_LIST_SESSIONS || !c->history || !verbs[a->value]) return;
    verbs[a->value](c, a->id, a->text);
    chat_list_sessions(c, NULL);
}

void chat_list_look(struct chat *c, int list, int64_t id) {
    if (list == CHAT_LIST_SESSIONS && c->history) preview_session(c, id);
    if (list == CHAT_LIST_HITS && (size_t)id < c->n_hits) preview_hit(c, (size_t)id);
}

void chat_pick_session(struct chat *c, int list, int64_t id) {
    if (chat_busy(c)) return;
    if (list == CHAT_LIST_SESSIONS) chat_resume(c, id, 0);
    if (list == CHAT_LIST_HITS && (size_t)id < c->n_hits) open_hit(c, &c->hits[id]);
}

/* ---- Commands on the open conversation -------------------------------------------------- */

static bool none_open(struct chat *c) {
    if (nothing_saved(c)) return true;
    if (!c->transcript.conversation) ui_notice(c->ui, "there is no saved conversation yet");
    return !c->transcript.conversation;
}

void chat_title(struct chat *c, const char *words) {
    if (none_open(c)) return;
    if (!*words)
        ui_notice(c->ui, "/title WORDS names this conversation");
    else
        rename_one(c, c->transcript.conversation, words);
}

void chat_tag(struct chat *c, const char *words) {
    struct history_conversation now;
    struct err e;
    if (none_open(c)) return;
    if (!history_tags(c->history, c->transcript.conversation, words, false, &e) ||
        !history_conversation_get(c->history, c->transcript.conversation, &now, &e)) {
        chat_complain(c, &e);
        return;
    }
    ui_notice(c->ui,
              *now.tags ? "tags: %s" : "no tags: /tag WORD adds one, /tag -WORD takes it away",
              now.tags);
    history_conversation_done(&now);
}

void chat_pin(struct chat *c, const char *arg) {
    if (!none_open(c)) pin_one(c, c->transcript.conversation, arg);
}

void chat_delete(struct chat *c, const char *arg) {
    int64_t id = *arg ? strtoll(arg, NULL, 10) : c->transcript.conversation;
    if (*arg ? !nothing_saved(c) : !none_open(c)) delete_one(c, id, NULL);
}

void chat_undelete(struct chat *c, const char *arg) {
    if (!nothing_saved(c)) undelete_one(c, strtoll(arg, NULL, 10), NULL);
}
