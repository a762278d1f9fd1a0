/* chat_turn: sending a message, and what the engine's events do to screen and history. */
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "app/hints.h"
#include "base/mem.h"

/* From this share of the context on, the person is told before it is full. */
#define NEARLY_FULL 0.9

/* Thinking for longer than this, a person may want to know how to end it. */
#define LONG_THOUGHT_MS 8000

/* Never in place of what is still to be read. */
static void hint(struct chat *c, enum hint which) {
    const char *text = ui_notice_shown(c->ui) ? NULL : hint_tell(which);
    if (text) ui_notice(c->ui, "%s", text);
}

/* ---- Conversations ---------------------------------------------------------------------- */

static void forget_answer(struct chat *c) {
    c->ids.n = 0;
    c->ended_in_thought = false;
    c->edit_from = c->switched = 0;
}

/* A failing history ends keeping, never chatting. */
void chat_stop_keeping(struct chat *c, const struct err *e) {
    ui_notice(c->ui, "no longer saved: %s", e->msg);
    history_close(c->history);
    c->history = NULL;
}

void chat_new(struct chat *c) {
    kept_leave(&c->kept, &c->options, &c->runner, 0);
    transcript_free(&c->transcript);
    c->n_dropped = 0;
    forget_answer(c);
    ui_chat_clear(c->ui, "");
    chat_status(c);
}

void chat_show_transcript(struct chat *c) {
    static const enum ui_role roles[] = {[CHAT_SYSTEM] = UI_ROLE_SYSTEM,
                                         [CHAT_USER] = UI_ROLE_USER,
                                         [CHAT_ASSISTANT] = UI_ROLE_ASSISTANT};
    ui_chat_clear(c->ui, "");
    struct history_message *saved = NULL;
    size_t n_saved = 0;
    if (c->history && c->transcript.conversation)
        history_messages(c->history, c->transcript.conversation, transcript_leaf(&c->transcript),
                         &saved, &n_saved, NULL);
    for (size_t i = 0; i < c->transcript.n; i++) {
        struct transcript_message *m = &c->transcript.messages[i];
        m->shown =
            ui_chat_add(c->ui, roles[m->role], str_cstr(&m->content), str_cstr(&m->reasoning));
        for (size_t k = 0; k < n_saved; k++) {
            const struct history_message *s = &saved[k];
            if (s->id != m->id) continue;
            ui_chat_siblings(c->ui, m->shown, s->sibling, s->n_siblings);
            if (m->role != CHAT_ASSISTANT) continue;
            double decode_s = (double)(s->total_us - s->prefill_us) / 1e6;
            struct ui_facts f = {
                .thought_ms = s->thought_us / 1000,
                .n_thought = (size_t)s->n_thought,
                .n_answer = (size_t)s->n_answer,
                .tokens_per_s = decode_s > 0 ? (double)(s->n_thought + s->n_answer) / decode_s : 0,
                .stopped = s->finish && strcmp(s->finish, "interrupted") == 0};
            ui_chat_facts(c->ui, m->shown, &f);
        }
    }
    for (size_t k = 0; k < n_saved; k++) history_message_done(&saved[k]);
    free(saved);
}

bool chat_resume(struct chat *c, int64_t conversation, int64_t leaf) {
    struct err e;
    if (!transcript_load(&c->transcript, c->history, conversation, leaf, &e)) {
        chat_complain(c, &e);
        return false;
    }
    c->n_dropped = 0;
    forget_answer(c);
    kept_leave(&c->kept, &c->options, &c->runner, conversation);
    kept_return(&c->kept, &c->options, &c->runner, conversation);
    chat_show_transcript(c);
    chat_recall(c);
    return true;
}

/* ---- Requests --------------------------------------------------------------------------- */

/* The first n messages as a prompt: the system's and what was not dropped. Owned. */
static struct chat_message *prompt_messages(struct chat *c, size_t *n) {
    struct chat_message *all = transcript_request(&c->transcript, *n);
    size_t first = *n && all[0].role == CHAT_SYSTEM ? 1 : 0;
    size_t drop = c->n_dropped < *n - first ? c->n_dropped : 0;
    memmove(all + first, all + first + drop, (*n - first - drop) * sizeof *all);
    *n -= drop;
    return all;
}

static void explain_start_failure(struct chat *c, const struct err *e) {
    struct str text = STR_INIT;
    str_add(&text, e->msg);
    if (strstr(e->msg, "context") && c->transcript.n > 2)
        str_add(&text,
                " — /drop leaves the oldest turns out of the prompt (they stay in the history)");
    ui_chat_add(c->ui, UI_ROLE_NOTE, str_cstr(&text), NULL);
    str_free(&text);
}

bool chat_start(struct chat *c, size_t n, struct chat_request r) {
    struct err e;
    struct chat_message *messages = prompt_messages(c, &n);
    r.messages = messages;
    r.n_messages = n;
    r.options = c->request;
    bool ok = backend_start(c->runner.backend, &r, &e);
    free(messages);
    if (ok) kept_use(&c->kept, c->transcript.conversation);
    if (!ok) explain_start_failure(c, &e);
    return ok;
}

void chat_began(struct chat *c) {
    c->generating = true;
    c->first_us = c->last_us = 0;
    c->n_part = 0;
    c->facts.stopped = c->facts.cut_in_thought = false;
    c->facts.phase = UI_WAITING;
    c->facts.budget = c->request.budget > 0 ? (size_t)c->request.budget : 0;
    c->n_tags = 0;
    ui_chat_facts(c->ui, c->live, &c->facts);
    ui_busy(c->ui, true);
}

/* Begins the answer to the first n messages, which are all that are left; `from`: where the
 * conversation stood before. */
static bool answer(struct chat *c, size_t n, int64_t from) {
    struct transcript *t = &c->transcript;
    c->request = runner_chat_options(&c->runner, &c->options);
    if (!chat_start(c, n, (struct chat_request){.n_samples = c->n_samples})) return false;
    forget_answer(c);
    if (n < t->n) {
        transcript_cut(t, n);
        chat_show_transcript(c);
    }
    if (c->n_samples) {
        chat_vote_began(c, from);
        return true;
    }
    recorder_start(&c->recorder, c->history, t->conversation, transcript_leaf(t));
    struct transcript_message *m =
        transcript_add(t, CHAT_ASSISTANT, NULL, NULL, c->recorder.message);
    m->model = mem_strdup(c->runner.path);
    c->offset_us = 0;
    c->facts = (struct ui_facts){0};
    c->live = m->shown = ui_chat_add(c->ui, UI_ROLE_ASSISTANT, NULL, NULL);
    chat_began(c);
    chat_moved(c, from);
    chat_show_versions(c, t->n - 1);
    return true;
}

void chat_send(struct chat *c, const char *text) {
    struct err e;
    struct transcript *t = &c->transcript;
    int64_t from = chat_stood(c);
    if (!transcript_prompt(t, c->history, c->runner.path, c->options.system, text, &e))
        chat_stop_keeping(c, &e);
    /* Undoing the first message leaves the system's. */
    if (!from && t->messages[0].role == CHAT_SYSTEM) from = t->messages[0].id;
    t->messages[t->n - 1].shown = ui_chat_add(c->ui, UI_ROLE_USER, text, NULL);
    chat_show_versions(c, t->n - 1);
    if (answer(c, t->n, from)) return;
    forget_answer(c);
    chat_moved(c, from);
}

void chat_continue(struct chat *c) {
    struct transcript *t = &c->transcript;
    if (chat_busy(c)) return;
    if (!t->n || t->messages[t->n - 1].role != CHAT_ASSISTANT || (c->runner.model && !c->ids.n)) {
        ui_notice(c->ui, "there is no unfinished answer to go on with");
        return;
    }
    struct chat_request r = {.in_thought = c->ended_in_thought,
                             .resume_ids = c->ids.n ? c->ids.ids : NULL,
                             .n_resume_ids = c->ids.n};
    if (!chat_start(c, t->n, r)) return;
    c->offset_us += c->last_us;
    chat_began(c);
}

void chat_regenerate(struct chat *c) {
    struct transcript *t = &c->transcript;
    size_t at = chat_chosen(c, CHAT_ASSISTANT);
    if (ui_chat_chosen(c->ui) == SIZE_MAX && t->n && t->messages[t->n - 1].role == CHAT_USER)
        at = t->n; /* what was asked last has no answer yet */
    if (!t->n || !at || t->messages[at - 1].role != CHAT_USER) {
        ui_notice(c->ui, "there is no answer to write again");
        return;
    }
    answer(c, at, chat_stood(c));
}

/* ---- Events ----------------------------------------------------------------------------- */

static void on_prefill(struct chat *c, const struct event *ev) {
    c->facts.phase = UI_WAITING;
    c->facts.prefill_done = ev->prefill.done;
    c->facts.prefill_total = ev->prefill.total;
    ui_chat_facts(c->ui, c->live, &c->facts);
}

/* What was shown as the answer so far turned out to be the thought. */
static void take_back_as_thought(struct chat *c, struct transcript_message *m) {
    str_addn(&m->reasoning, str_cstr(&m->content), m->content.len);
    str_clear(&m->content);
    c->facts.n_thought += c->facts.n_answer;
    c->facts.n_answer = 0;
    c->facts.phase = UI_THINKING;
    ui_chat_was_thought(c->ui, c->live);
}

/* Shows a token with what is known of it. A tag has no text of its own: it stands at the end of the
 * text before it; those at the beginning wait for the first. */
static void show_token(struct chat *c, const struct event *ev) {
    struct history_token t;
    recorder_token(&t, ev);
    struct ui_token token = chat_ui_token(&t, t.text);
    bool thought = t.channel == HISTORY_THOUGHT;
    if (t.channel == HISTORY_MARKUP) {
        token.n = 0;
        thought = c->facts.phase == UI_THINKING || !c->facts.n_answer;
        if (!c->facts.n_thought && !c->facts.n_answer) {
            c->tags = mem_grow(c->tags, &c->cap_tags, c->n_tags + 1, sizeof *c->tags);
            token.text = "";
            c->tags[c->n_tags++] = token;
            return;
        }
    }
    enum ui_channel channel = thought ? UI_THOUGHT : UI_TEXT;
    for (size_t i = 0; i < c->n_tags; i++)
        ui_chat_append_token(c->ui, c->live, channel, &c->tags[i]);
    c->n_tags = 0;
    ui_chat_append_token(c->ui, c->live, channel, &token);
}

static void on_token(struct chat *c, const struct event *ev) {
    struct transcript_message *m = &c->transcript.messages[c->transcript.n - 1];
    const char *text = ev->token.text;
    size_t n = ev->token.n_text;
    bool thought = ev->token.channel == CHANNEL_THOUGHT, real = ev->token.sample.id != -1;
    if (ev->token.was_thought) take_back_as_thought(c, m);
    if (real) {
        if (ev->token.sample.id >= 0) tokens_add(&c->ids, ev->token.sample.id);
        if (!c->first_us) c->first_us = ev->t_us;
        c->last_us = ev->t_us;
        c->n_part++;
        if (thought) c->facts.n_thought++;
        if (ev->token.channel == CHANNEL_ANSWER) c->facts.n_answer++;
    }
    if (thought) {
        c->facts.phase = UI_THINKING;
        c->facts.thought_ms = (c->offset_us + ev->t_us) / 1000;
        if (c->facts.thought_ms > LONG_THOUGHT_MS) hint(c, HINT_LONG);
        str_addn(&m->reasoning, text, n);
    } else if (ev->token.channel == CHANNEL_ANSWER) {
        c->facts.phase = UI_ANSWERING;
        str_addn(&m->content, text, n);
    }
    show_token(c, ev);
    int64_t span = c->last_us - c->first_us;
    if (c->n_part > 1 && span > 0)
        c->facts.tokens_per_s = (double)(c->n_part - 1) * 1e6 / (double)span;
    ui_chat_facts(c->ui, c->live, &c->facts);
}

static void after_done(struct chat *c, const struct event *ev) {
    static const char *const offers = "/continue goes on, Alt-a (or /answer) answers now";
    size_t used, total;
    backend_context(c->runner.backend, &used, &total);
    if (ev->done.reason == DONE_ERROR)
        ui_chat_add(c->ui, UI_ROLE_NOTE, ev->text ? ev->text : "the engine failed", NULL);
    else if (ev->done.reason == DONE_CONTEXT)
        ui_chat_add(
            c->ui, UI_ROLE_NOTE,
            "The context is full. /drop leaves the oldest turns out of the prompt, /new starts "
            "anew, and aside -c N starts with room for more.",
            NULL);
    else if (ev->done.in_thought)
        ui_notice(c->ui, "it stopped while thinking, there is no answer yet: %s", offers);
    else if (ev->done.reason == DONE_LENGTH)
        ui_notice(c->ui, "the limit of %lld tokens is reached: /continue goes on",
                  (long long)c->request.n_predict);
    else if (total && (double)used > NEARLY_FULL * (double)total)
        ui_notice(
            c->ui,
            "the context is nearly full (%zu of %zu tokens): /drop leaves the oldest turns out",
            used, total);
    else if (ev->done.reason == DONE_STOPPED)
        hint(c, HINT_STOPPED);
    else if (c->facts.n_thought)
        hint(c, HINT_THOUGHT);
    else if (c->history)
        hint(c, HINT_HISTORY);
}

static void on_done(struct chat *c, const struct event *ev) {
    c->generating = false;
    c->ended_in_thought = ev->done.in_thought;
    c->facts.phase = UI_DONE;
    c->facts.stopped = ev->done.reason == DONE_STOPPED;
    c->facts.cut_in_thought = ev->done.in_thought;
    if (!c->offset_us && c->facts.n_thought) c->facts.thought_ms = ev->done.thought_us / 1000;
    ui_chat_facts(c->ui, c->live, &c->facts);
    ui_busy(c->ui, false);
    chat_status(c);
    after_done(c, ev);
    enum chat_after after = c->after;
    c->after = CHAT_AFTER_NOTHING;
    if (ev->done.reason != DONE_ERROR && after == CHAT_AFTER_THINK_MORE) chat_think_more(c);
    if (ev->done.reason != DONE_ERROR && after == CHAT_AFTER_EDIT_THOUGHT) chat_edit_thought(c);
    if (c->generating || c->quit) return;
    if (c->queued && ev->done.reason != DONE_ERROR && !ev->done.in_thought) {
        char *text = c->queued;
        c->queued = NULL;
        chat_send(c, text);
        free(text);
    }
}

void chat_event(struct chat *c, const struct event *ev) {
    if (c->vote) {
        chat_vote_event(c, ev);
        return;
    }
    struct event later = *ev; /* a continuation's clock goes on where the first part stopped */
    later.t_us += c->offset_us;
    bool was_broken = c->recorder.broken;
    recorder_event(&c->recorder, &later, &c->runner, &c->request);
    if (c->recorder.broken && !was_broken) chat_stop_keeping(c, &c->recorder.err);
    switch (ev->type) {
    case EVENT_PREFILL:
        on_prefill(c, ev);
        break;
    case EVENT_TOKEN:
        on_token(c, ev);
        break;
    case EVENT_NOTICE:
        ui_notice(c->ui, "%s", ev->text);
        break;
    case EVENT_SAMPLE_DONE:
        break;
    case EVENT_DONE:
        on_done(c, ev);
        break;
    }
}
