/* chat_branch: the conversation as a tree. What is written again, edited or forked becomes another
 * version beside the first; the chat shows one way through the tree, from a root to a leaf. Each
 * change of that way is noted, so that undo and redo go along it, also after a restart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "base/mem.h"

static bool keeps(struct chat *c) { return c->history && c->transcript.conversation; }

/* ---- Where it stands -------------------------------------------------------------------- */

/* The transcript's message that stands at this place of the screen; transcript.n: none. */
static size_t index_shown(const struct chat *c, size_t shown) {
    size_t i = 0;
    while (i < c->transcript.n && c->transcript.messages[i].shown != shown) i++;
    return i;
}

static size_t index_of(const struct chat *c, int64_t message) {
    size_t i = 0;
    while (i < c->transcript.n && c->transcript.messages[i].id != message) i++;
    return i;
}

size_t chat_chosen(struct chat *c, enum chat_role role) {
    const struct transcript *t = &c->transcript;
    size_t shown = ui_chat_chosen(c->ui);
    size_t from = shown == SIZE_MAX ? t->n : index_shown(c, shown) + 1;
    for (size_t i = from < t->n ? from : t->n; i > 0; i--)
        if (t->messages[i - 1].role == role) return i - 1;
    return t->n;
}

bool chat_go(struct chat *c, int64_t leaf) {
    struct err e;
    size_t dropped = c->n_dropped;
    if (!history_head_set(c->history, c->transcript.conversation, leaf, &e)) {
        chat_complain(c, &e);
        return false;
    }
    if (!chat_resume(c, c->transcript.conversation, leaf)) return false;
    c->n_dropped = dropped;
    chat_status(c);
    return true;
}

int64_t chat_stood(struct chat *c) {
    int64_t from = transcript_leaf(&c->transcript);
    if (!c->edit_from) return from;
    /* The way back to the message being edited and the new version are one move. */
    struct err e;
    bool moved;
    if (!history_undo(c->history, c->transcript.conversation, &moved, &from, &e))
        chat_stop_keeping(c, &e);
    from = c->edit_from;
    c->edit_from = 0;
    return from;
}

void chat_moved(struct chat *c, int64_t from) {
    struct err e;
    int64_t to = transcript_leaf(&c->transcript);
    if (keeps(c) && from != to &&
        !history_move_add(c->history, c->transcript.conversation, from, to, &e))
        chat_stop_keeping(c, &e);
}

/* ---- Versions --------------------------------------------------------------------------- */

void chat_show_versions(struct chat *c, size_t index) {
    const struct transcript_message *m = &c->transcript.messages[index];
    struct err e;
    int at, n;
    if (!c->history || !m->id) return;
    if (history_sibling_place(c->history, m->id, &at, &n, &e))
        ui_chat_siblings(c->ui, m->shown, at, n);
    else
        chat_stop_keeping(c, &e);
}

static int versions(struct chat *c, size_t index, int *at) {
    struct err e;
    int n = 0;
    int64_t id = c->transcript.messages[index].id;
    return id && history_sibling_place(c->history, id, at, &n, &e) ? n : 0;
}

/* Whose versions are meant: the chosen turn's answer or else its question; with none chosen the one
 * that was switched last, else the newest that has several. transcript.n: none has. */
static size_t with_versions(struct chat *c) {
    const struct transcript *t = &c->transcript;
    size_t shown = ui_chat_chosen(c->ui), last = index_of(c, c->switched), end = t->n, begin = 0;
    int at;
    if (shown != SIZE_MAX && index_shown(c, shown) < t->n) {
        end = index_shown(c, shown) + 1;
        begin = end >= 2 ? end - 2 : 0;
    }
    if (c->switched && last >= begin && last < end) return last;
    for (size_t i = end; i > begin; i--)
        if (versions(c, i - 1, &at) > 1) return i - 1;
    return t->n;
}

void chat_version(struct chat *c, int step) {
    struct err e;
    int64_t other = 0, leaf = 0;
    if (chat_busy(c)) return;
    size_t i = keeps(c) ? with_versions(c) : c->transcript.n;
    if (i == c->transcript.n) {
        ui_notice(c->ui, "there is only one version: /regen, /edit or a fork make another");
        return;
    }
    bool last = i + 1 == c->transcript.n;
    if (!history_sibling(c->history, c->transcript.messages[i].id, step, &other, &e) ||
        (other && !history_leaf(c->history, other, &leaf, &e))) {
        chat_complain(c, &e);
        return;
    }
    if (!other) {
        ui_notice(c->ui, "this is the %s version", step < 0 ? "first" : "last");
        return;
    }
    int64_t from = chat_stood(c);
    if (!chat_go(c, leaf)) return;
    chat_moved(c, from);
    c->switched = other;
    i = index_of(c, other);
    if (!last || i + 1 < c->transcript.n)
        ui_chat_show(c->ui, c->transcript.messages[i].shown, NULL, false);
    int at = 0, n = versions(c, i, &at);
    ui_notice(c->ui, "version %d of %d", at, n);
}

/* ---- Editing a message ------------------------------------------------------------------ */

/* Takes the conversation back to before message i, which is the person's. */
static bool back_to_before(struct chat *c, size_t i) {
    int64_t stood = chat_stood(c), before = i ? c->transcript.messages[i - 1].id : 0;
    if (keeps(c)) {
        if (!chat_go(c, before)) return false;
        chat_moved(c, stood);
        c->edit_from = stood;
    } else {
        transcript_cut(&c->transcript, i);
        c->ids.n = 0;
        chat_show_transcript(c);
    }
    return true;
}

void chat_edit(struct chat *c, size_t turn) {
    const struct transcript *t = &c->transcript;
    size_t i = turn ? 0 : chat_chosen(c, CHAT_USER), seen = 0;
    if (chat_busy(c)) return;
    for (; turn && i < t->n; i++)
        if (t->messages[i].role == CHAT_USER && ++seen == turn) break;
    if (i >= t->n) {
        if (turn)
            ui_notice(c->ui, "there is no message %zu of yours", turn);
        else
            ui_notice(c->ui, "there is no message to edit");
        return;
    }
    char *text = mem_strdup(str_cstr(&c->transcript.messages[i].content));
    if (back_to_before(c, i)) {
        ui_input_set(c->ui, text);
        ui_notice(c->ui, "Enter sends it as another version; Alt-Z (/undo) leaves it as it was");
    }
    free(text);
}

/* ---- Undo and redo ---------------------------------------------------------------------- */

/* Where nothing was noted (an older history, an import): a turn back, as if it had been. */
static bool note_last_turn(struct chat *c) {
    struct transcript *t = &c->transcript;
    struct err e;
    size_t n = t->n;
    while (n && t->messages[n - 1].role != CHAT_USER) n--;
    if (!n) return false;
    int64_t before = n > 1 ? t->messages[n - 2].id : 0;
    if (history_move_add(c->history, t->conversation, before, transcript_leaf(t), &e)) return true;
    chat_complain(c, &e);
    return false;
}

static void undo_or_redo(struct chat *c, bool redo) {
    struct err e;
    int64_t conversation = c->transcript.conversation, head = 0;
    bool moved = false, ok;
    if (chat_busy(c)) return;
    if (keeps(c)) {
        ok = (redo ? history_redo : history_undo)(c->history, conversation, &moved, &head, &e);
        if (ok && !moved && !redo && note_last_turn(c))
            ok = history_undo(c->history, conversation, &moved, &head, &e);
        if (!ok) {
            chat_complain(c, &e);
            return;
        }
    }
    if (!moved) {
        ui_notice(c->ui, "there is nothing to %s", redo ? "redo" : "undo");
        return;
    }
    if (chat_go(c, head))
        ui_notice(c->ui, redo ? "redone" : "undone: Alt-Shift-Z (/redo) goes forward again");
}

void chat_undo(struct chat *c) { undo_or_redo(c, false); }

void chat_redo(struct chat *c) { undo_or_redo(c, true); }

/* ---- The tree --------------------------------------------------------------------------- */

static struct ui_tree_item tree_item(const struct chat *c, const struct history_node *n) {
    static const enum ui_role roles[] = {[HISTORY_SYSTEM] = UI_ROLE_SYSTEM,
                                         [HISTORY_USER] = UI_ROLE_USER,
                                         [HISTORY_ASSISTANT] = UI_ROLE_ASSISTANT};
    struct str text = STR_INIT, detail = STR_INIT;
    if (!n->answered && n->role == HISTORY_ASSISTANT)
        str_add(&text, n->words && *n->words ? "(thought only) " : "(nothing)");
    str_add(&text, n->words);
    if (n->n_thought) str_addf(&detail, "%lld thought", (long long)n->n_thought);
    if (isfinite(n->mean_logprob))
        str_addf(&detail, "%sppl %.2f", detail.len ? "  " : "", exp(-n->mean_logprob));
    str_cstr(&text), str_cstr(&detail);
    return (struct ui_tree_item){.id = n->id,
                                 .depth = n->depth,
                                 .role = roles[n->role],
                                 .shown = index_of(c, n->id) < c->transcript.n,
                                 .text = str_take(&text),
                                 .detail = str_take(&detail)};
}

void chat_tree(struct chat *c) {
    struct history_conversation about;
    struct history_node *nodes;
    struct err e;
    size_t n, at = 0;
    if (!keeps(c)) {
        ui_notice(c->ui, "there is no conversation yet");
        return;
    }
    if (!history_conversation_get(c->history, c->transcript.conversation, &about, &e)) {
        chat_complain(c, &e);
        return;
    }
    if (history_tree(c->history, c->transcript.conversation, &nodes, &n, &e)) {
        struct ui_tree_item *items = mem_calloc(n ? n : 1, sizeof *items);
        for (size_t i = 0; i < n; i++) {
            items[i] = tree_item(c, &nodes[i]);
            if (nodes[i].id == transcript_leaf(&c->transcript)) at = i;
        }
        ui_tree_open(c->ui, CHAT_LIST_TREE, about.title, items, n, at);
        for (size_t i = 0; i < n; i++) {
            free((char *)(uintptr_t)items[i].text);
            free((char *)(uintptr_t)items[i].detail);
            history_node_done(&nodes[i]);
        }
        free(items);
        free(nodes);
    } else {
        chat_complain(c, &e);
    }
    history_conversation_done(&about);
}

void chat_tree_go(struct chat *c, int64_t message) {
    struct err e;
    int64_t leaf;
    if (index_of(c, message) == c->transcript.n) {
        if (!history_leaf(c->history, message, &leaf, &e)) {
            chat_complain(c, &e);
            return;
        }
        int64_t from = chat_stood(c);
        if (!chat_go(c, leaf)) return;
        chat_moved(c, from);
    }
    size_t i = index_of(c, message);
    if (i + 1 < c->transcript.n) ui_chat_show(c->ui, c->transcript.messages[i].shown, NULL, false);
}
