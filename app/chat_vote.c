/* chat_vote: /vote draws several answers to a question at once, shows how they agree, and goes on
 * with the one that is chosen. All of them stay, as versions of the answer. */
#include <stdlib.h>
#include <string.h>

#include "app/ballot.h"
#include "app/chat.h"
#include "base/mem.h"

enum { USUAL = 8 };

struct chat_vote {
    struct ballot ballot;
    struct ui_facts *facts; /* [ballot.vote.n] */
    int64_t from;           /* where the conversation stood before, for undo */
    size_t taken;           /* chosen while they were drawn; SIZE_MAX: not yet */
};

/* ---- What comes of it ------------------------------------------------------------------- */

static void forget(struct chat *c) {
    struct chat_vote *v = c->vote;
    c->vote = NULL;
    ballot_done(&v->ballot);
    free(v->facts);
    free(v);
}

/* Goes on with sample i: from the history, where it is kept, with all that belongs to it. */
static void take(struct chat *c, size_t i) {
    struct chat_vote *v = c->vote;
    const struct vote_sample *s = &v->ballot.vote.samples[i];
    int64_t message = ballot_choose(&v->ballot, i), from = v->from;
    ui_vote_close(c->ui);
    if (v->ballot.broken) {
        chat_stop_keeping(c, &v->ballot.err);
        transcript_add(&c->transcript, CHAT_ASSISTANT, s->answer.s, s->thought.s, 0);
        chat_show_transcript(c);
    } else if (message && chat_go(c, message)) {
        chat_moved(c, from);
        ui_notice(c->ui, "the others are versions of this answer: Alt-Left and Alt-Right");
    } else {
        ui_notice(c->ui, "there is no answer to go on with");
    }
    forget(c);
    chat_status(c);
}

void chat_vote_take(struct chat *c, size_t i) {
    if (!c->vote || i >= c->vote->ballot.vote.n) return;
    if (!c->generating) {
        take(c, i);
        return;
    }
    c->vote->taken = i;
    backend_steer(c->runner.backend, STEER_STOP);
}

void chat_vote_leave(struct chat *c) {
    if (c->vote) chat_vote_take(c, vote_choice(&c->vote->ballot.vote));
}

/* ---- Events ----------------------------------------------------------------------------- */

static void on_token(struct chat *c, const struct event *ev) {
    struct ui_facts *f = &c->vote->facts[ev->which];
    enum channel channel = ev->token.channel;
    if (ev->token.was_thought) {
        ui_vote_was_thought(c->ui, ev->which);
        f->n_thought += f->n_answer;
        f->n_answer = 0;
    }
    if (channel != CHANNEL_MARKUP) {
        bool thought = channel == CHANNEL_THOUGHT, real = ev->token.sample.id != -1;
        size_t *n = thought ? &f->n_thought : &f->n_answer;
        *n += real;
        f->phase = thought ? UI_THINKING : UI_ANSWERING;
        if (thought) f->thought_ms = ev->t_us / 1000;
        ui_vote_append(c->ui, ev->which, thought ? UI_THOUGHT : UI_TEXT, ev->token.text,
                       ev->token.n_text);
    }
    if (!c->first_us) c->first_us = ev->t_us;
    if (ev->t_us > c->first_us)
        f->tokens_per_s =
            (double)(f->n_thought + f->n_answer) * 1e6 / (double)(ev->t_us - c->first_us);
    ui_vote_facts(c->ui, ev->which, f);
}

static void show_groups(struct chat *c) {
    const struct vote *v = &c->vote->ballot.vote;
    struct ui_vote_group *groups = mem_calloc(v->n, sizeof *groups);
    size_t *group_of = mem_array(v->n, sizeof *group_of);
    for (size_t i = 0; i < v->n; i++) group_of[i] = v->samples[i].group;
    for (size_t g = 0; g < v->n_groups; g++)
        groups[g] = (struct ui_vote_group){v->groups[g].label.s, v->groups[g].n};
    ui_vote_groups(c->ui, groups, v->n_groups, group_of, v->entropy);
    free(groups);
    free(group_of);
}

static void on_sample_done(struct chat *c, const struct event *ev) {
    struct ui_facts *f = &c->vote->facts[ev->which];
    f->phase = UI_DONE;
    f->stopped = ev->done.reason != DONE_EOG;
    f->cut_in_thought = ev->done.in_thought;
    if (f->n_thought) f->thought_ms = ev->done.thought_us / 1000;
    ui_vote_facts(c->ui, ev->which, f);
    show_groups(c);
}

static void on_done(struct chat *c, const struct event *ev) {
    struct chat_vote *v = c->vote;
    bool any = false;
    c->generating = false;
    for (size_t i = 0; i < v->ballot.vote.n; i++) {
        const struct vote_sample *s = &v->ballot.vote.samples[i];
        any = any || s->answer.len || s->thought.len;
        if (v->facts[i].phase == UI_DONE) continue;
        v->facts[i].phase = UI_DONE; /* it did not begin */
        v->facts[i].stopped = true;
        ui_vote_facts(c->ui, i, &v->facts[i]);
    }
    ui_busy(c->ui, false);
    chat_status(c);
    if (ev->done.reason == DONE_ERROR)
        ui_notice(c->ui, "%s", ev->text ? ev->text : "the engine failed");
    if (v->taken != SIZE_MAX || c->quit || !any)
        take(c, v->taken != SIZE_MAX ? v->taken : vote_choice(&v->ballot.vote));
}

void chat_vote_event(struct chat *c, const struct event *ev) {
    ballot_event(&c->vote->ballot, ev, &c->runner, &c->request);
    switch (ev->type) {
    case EVENT_PREFILL:
        break;
    case EVENT_TOKEN:
        on_token(c, ev);
        break;
    case EVENT_NOTICE:
        ui_notice(c->ui, "%s", ev->text);
        break;
    case EVENT_SAMPLE_DONE:
        on_sample_done(c, ev);
        break;
    case EVENT_DONE:
        on_done(c, ev);
        break;
    }
}

/* ---- The command ------------------------------------------------------------------------ */

void chat_vote_began(struct chat *c, int64_t from) {
    struct transcript *t = &c->transcript;
    struct chat_vote *v = c->vote = mem_calloc(1, sizeof *v);
    const char *question = str_cstr(&t->messages[t->n - 1].content);
    ballot_start(&v->ballot, c->history, t->conversation, transcript_leaf(t), question,
                 c->n_samples);
    v->facts = mem_calloc(c->n_samples, sizeof *v->facts);
    for (size_t i = 0; i < c->n_samples; i++) v->facts[i].phase = UI_WAITING;
    v->from = from;
    v->taken = SIZE_MAX;
    c->generating = true;
    c->first_us = 0;
    ui_vote_open(c->ui, question, c->n_samples);
    ui_busy(c->ui, true);
}

/* The number at the beginning of the words, if there is one. False: it is no number of answers. */
static bool read_number(const char **words, int64_t *n) {
    char number[16];
    size_t len = strcspn(*words, " \t\n");
    if (!len || strspn(*words, "0123456789") < len) return true;
    if (len >= sizeof number) return false;
    memcpy(number, *words, len);
    number[len] = '\0';
    *words += len + strspn(*words + len, " \t\n");
    return vote_number(number, n) && *n > 1;
}

void chat_vote(struct chat *c, const char *words) {
    struct err e = {""};
    int64_t n = USUAL;
    if (chat_busy(c)) return;
    if (!read_number(&words, &n)) {
        ui_notice(c->ui, "a vote takes 2 to %d answers: /vote N, or /vote N MESSAGE",
                  BACKEND_SAMPLES_MAX);
        return;
    }
    c->request = runner_chat_options(&c->runner, &c->options);
    if (!c->history)
        ui_notice(c->ui, "a vote keeps its answers in the history, and there is none");
    else if (!ballot_can_differ(&c->request, &e))
        chat_complain(c, &e);
    else {
        c->n_samples = (size_t)n;
        if (*words)
            chat_send(c, words);
        else
            chat_regenerate(c);
        c->n_samples = 0;
    }
}
