/* chat: the conversation's data, and what of it is on show. Text arrives as bytes; it is stored
 * harmless, and the beginning of a character is held back until the rest has come. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"
#include "ui/text.h"

void msg_free(struct msg *m) {
    str_free(&m->text);
    str_free(&m->thought);
    str_free(&m->text_tail);
    str_free(&m->thought_tail);
    body_reset(&m->text_body);
    body_reset(&m->thought_body);
    spans_free(&m->spans[UI_TEXT]);
    spans_free(&m->spans[UI_THOUGHT]);
}

void ui_chat_remove_from(struct ui *u, size_t index) {
    inspect_forget(u, index);
    while (u->n_msgs > index) msg_free(&u->msgs[--u->n_msgs]);
    u->turn = SIZE_MAX;
    if (u->chat.top.msg >= u->n_msgs) chat_end(u);
    if (u->think_shown >= u->n_msgs) u->think_shown = SIZE_MAX;
    ui_touch(u, false);
}

void ui_chat_clear(struct ui *u, const char *title) {
    struct str t = {0};
    ui_chat_remove_from(u, 0);
    chat_end(u);
    free(u->title);
    free(u->needle);
    u->needle = NULL;
    if (title) utf8_add_harmless(&t, title, strlen(title));
    str_cstr(&t);
    u->title = str_take(&t);
}

void append_harmless(struct str *to, struct str *tail, const char *s, size_t n) {
    str_addn(tail, s, n);
    size_t hold = utf8_incomplete_tail(str_cstr(tail), tail->len), whole = tail->len - hold;
    /* \r\n is a newline. */
    for (size_t i = 0, from = 0; i <= whole; i++) {
        bool crlf = i + 1 < whole && tail->s[i] == '\r' && tail->s[i + 1] == '\n';
        if (i < whole && !crlf) continue;
        utf8_add_harmless(to, tail->s + from, i - from);
        from = i + 1;
    }
    memmove(tail->s, tail->s + whole, hold);
    str_truncate(tail, hold);
}

const struct str *msg_text(const struct msg *m, enum ui_channel channel) {
    return channel == UI_THOUGHT ? &m->thought : &m->text;
}

size_t ui_chat_add(struct ui *u, enum ui_role role, const char *text, const char *thought) {
    u->msgs = mem_grow(u->msgs, &u->cap_msgs, u->n_msgs + 1, sizeof *u->msgs);
    struct msg *m = &u->msgs[u->n_msgs];
    *m = (struct msg){.role = role, .known = text || thought ? TOKENS_UNKNOWN : TOKENS_THERE};
    if (role != UI_ROLE_ASSISTANT) m->known = TOKENS_THERE; /* they have none */
    if (text) append_harmless(&m->text, &m->text_tail, text, strlen(text));
    if (thought) append_harmless(&m->thought, &m->thought_tail, thought, strlen(thought));
    if (u->chat.follow)
        u->turn = SIZE_MAX;
    else
        u->chat.unseen = true;
    ui_touch(u, false);
    return u->n_msgs++;
}

void ui_chat_append_text(struct ui *u, size_t index, const char *text, size_t n) {
    assert(index < u->n_msgs);
    append_harmless(&u->msgs[index].text, &u->msgs[index].text_tail, text, n);
    if (!u->chat.follow) u->chat.unseen = true;
    ui_touch(u, false);
}

void ui_chat_append_thought(struct ui *u, size_t index, const char *text, size_t n) {
    assert(index < u->n_msgs);
    append_harmless(&u->msgs[index].thought, &u->msgs[index].thought_tail, text, n);
    if (!u->think.follow) u->think.unseen = true;
    if (!u->chat.follow && !u->lay.wide) u->chat.unseen = true;
    ui_touch(u, false);
}

void ui_chat_append_token(struct ui *u, size_t index, enum ui_channel channel,
                          const struct ui_token *t) {
    assert(index < u->n_msgs);
    struct msg *m = &u->msgs[index];
    struct spans *s = &m->spans[channel];
    size_t before = msg_text(m, channel)->len, covered = s->n ? s->at[s->n - 1].to : 0;
    if (channel == UI_THOUGHT)
        ui_chat_append_thought(u, index, t->text, t->n);
    else
        ui_chat_append_text(u, index, t->text, t->n);
    if (m->known != TOKENS_THERE) return; /* all of them come when they are asked for */
    if (covered < before) spans_add(s, &(struct span){before, NAN, NAN, true}, u->uncertain);
    struct span span = {msg_text(m, channel)->len, t->surprise, t->entropy, t->forced};
    spans_add(s, &span, u->uncertain);
}

void msg_take_back(struct msg *m, float uncertain) {
    struct spans *text = &m->spans[UI_TEXT], *thought = &m->spans[UI_THOUGHT];
    size_t before = m->thought.len;
    for (size_t i = 0; i < text->n; i++) {
        struct span s = text->at[i];
        s.to += before;
        spans_add(thought, &s, uncertain);
    }
    spans_clear(text);
    str_addn(&m->thought, str_cstr(&m->text), m->text.len);
    str_addn(&m->thought_tail, str_cstr(&m->text_tail), m->text_tail.len);
    str_clear(&m->text);
    str_clear(&m->text_tail);
    body_reset(&m->text_body);
}

void ui_chat_was_thought(struct ui *u, size_t index) {
    assert(index < u->n_msgs);
    msg_take_back(&u->msgs[index], u->uncertain);
    ui_touch(u, false);
}

void ui_chat_facts(struct ui *u, size_t index, const struct ui_facts *f) {
    assert(index < u->n_msgs);
    struct msg *m = &u->msgs[index];
    /* A thought that is being read stays open when it ends. */
    if (m->facts.phase == UI_THINKING && f->phase != UI_THINKING && !u->chat.follow)
        m->opened_auto = true;
    m->facts = *f;
    ui_touch(u, false);
}

void ui_chat_siblings(struct ui *u, size_t index, int at, int n) {
    assert(index < u->n_msgs);
    u->msgs[index].sibling = at;
    u->msgs[index].n_siblings = n;
    ui_touch(u, false);
}

size_t ui_chat_chosen(const struct ui *u) { return u->turn < u->n_msgs ? u->turn : SIZE_MAX; }

size_t ui_chat_count(const struct ui *u) { return u->n_msgs; }

void ui_chat_show(struct ui *u, size_t index, const char *needle, bool in_thought) {
    if (index >= u->n_msgs) return;
    struct msg *m = &u->msgs[index];
    struct str *s = in_thought ? &m->thought : &m->text;
    size_t at = needle ? text_find(str_cstr(s), s->len, needle) : SIZE_MAX;
    free(u->needle);
    u->needle = mem_strdup(needle);
    u->chat = (struct scroll){.top = {.msg = index}};
    if (m->role == UI_ROLE_ASSISTANT) u->turn = index;
    if (in_thought) m->opened = true;
    if (at != SIZE_MAX && !(in_thought && u->lay.wide))
        u->chat.top = (struct place){index, in_thought ? PART_THOUGHT : PART_TEXT, at, 0};
    if (at != SIZE_MAX && in_thought) {
        u->think_shown = index;
        u->think = (struct scroll){.top = {index, PART_THOUGHT, at, 0}};
    }
    ui_touch(u, true);
}

void chat_free(struct ui *u) {
    ui_chat_remove_from(u, 0);
    free(u->msgs);
    free(u->title);
    free(u->needle);
}
