/* player: a saved conversation as a list of steps (a message appears, a token arrives), each with
 * the time it takes before the next. Position is an index; seeking forward shows steps without
 * waiting, seeking back starts over. */
#include "app/player.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define SPEED_MIN 0.25
#define SPEED_MAX 16.0
#define PAUSE_BETWEEN_TURNS_US                                                                     \
    800000 /* how long a person's typing takes here, whatever it took                              \
            */

struct step {
    int64_t wait_us; /* after the step before, at speed 1 */
    size_t message;
    size_t text, len; /* in texts; a token's */
    enum { STEP_MESSAGE, STEP_TOKEN, STEP_DONE } kind;
    enum history_channel channel;
    float surprise, entropy; /* of a token; NaN: not known */
    bool forced;
};

struct player {
    struct ui *ui;
    struct history_message *messages;
    size_t n_messages;
    struct step *steps;
    size_t n_steps, cap_steps, at; /* steps before `at` are shown */
    struct str texts;
    double speed; /* 0 = instant */
    bool paused;
    int64_t due_us;     /* when step `at` is due */
    int64_t message_us; /* of the message being read: time of its last token */
    size_t live;        /* its index in the ui */
    int64_t thought_us;
    struct ui_facts facts;
};

static void add_step(struct player *p, struct step s) {
    p->steps = mem_grow(p->steps, &p->cap_steps, p->n_steps + 1, sizeof *p->steps);
    p->steps[p->n_steps++] = s;
}

static bool add_token(void *ctx, const struct history_token *t) {
    struct player *p = ctx;
    int64_t wait = t->t_us - p->message_us;
    struct step s = {.wait_us = wait > 0 ? wait : 0,
                     .message = p->n_messages,
                     .text = p->texts.len,
                     .len = t->n_text,
                     .kind = STEP_TOKEN,
                     .channel = t->channel,
                     .surprise = t->token_id == -1 ? NAN : (float)-t->logprob,
                     .entropy = t->token_id == -1 ? NAN : (float)t->entropy,
                     .forced = t->forced};
    p->message_us = t->t_us;
    str_addn(&p->texts, t->text, t->n_text);
    add_step(p, s);
    return true;
}

static bool read_steps(struct player *p, struct history *h, size_t n, struct err *e) {
    /* n_messages counts up while reading, so that add_token knows where it is */
    for (p->n_messages = 0; p->n_messages < n; p->n_messages++) {
        size_t i = p->n_messages;
        add_step(p, (struct step){.wait_us = i ? PAUSE_BETWEEN_TURNS_US : 0,
                                  .message = i,
                                  .kind = STEP_MESSAGE});
        if (p->messages[i].role != HISTORY_ASSISTANT) continue;
        p->message_us = 0;
        if (!history_message_tokens(h, p->messages[i].id, add_token, p, e)) {
            p->n_messages = n;
            return false;
        }
        add_step(p, (struct step){.message = i, .kind = STEP_DONE});
    }
    return true;
}

static void show_status(struct player *p) {
    struct str text = STR_INIT;
    if (p->at == p->n_steps)
        str_add(&text, "replay: end");
    else if (p->paused)
        str_add(&text, "replay: paused");
    else
        str_addf(&text, "replay %gx", p->speed);
    struct ui_status s = {.activity = text.s};
    for (size_t i = 0; i < p->n_messages; i++)
        if (p->messages[i].model) {
            const char *end = strrchr(p->messages[i].model, '/'); /* of a folder or an address */
            if (strchr(end ? end : "", '#')) end = strchr(end, '#');
            s.model = end ? end + 1 : p->messages[i].model;
        }
    ui_status_set(p->ui, &s);
    str_free(&text);
}

struct player *player_open(struct history *h, struct ui *u, int64_t conversation, double speed,
                           struct err *e) {
    struct player *p = mem_calloc(1, sizeof *p);
    size_t n = 0;
    p->ui = u;
    p->speed = speed;
    if (!history_messages(h, conversation, 0, &p->messages, &n, e) || !read_steps(p, h, n, e)) {
        player_close(p);
        return NULL;
    }
    if (!n) {
        err_set(e, "conversation %lld has no messages", (long long)conversation);
        player_close(p);
        return NULL;
    }
    ui_replay_mode(u, true);
    ui_chat_clear(u, "");
    p->due_us = clock_mono_us();
    show_status(p);
    return p;
}

void player_close(struct player *p) {
    for (size_t i = 0; i < p->n_messages; i++) history_message_done(&p->messages[i]);
    free(p->messages);
    free(p->steps);
    str_free(&p->texts);
    ui_replay_mode(p->ui, false);
    free(p);
}

bool player_at_end(const struct player *p) { return p->at == p->n_steps; }

static int64_t wait_of(const struct player *p, size_t step) {
    return p->speed > 0 ? (int64_t)((double)p->steps[step].wait_us / p->speed) : 0;
}

static void show_message(struct player *p, const struct history_message *m) {
    bool streams = m->role == HISTORY_ASSISTANT;
    static const enum ui_role roles[] = {[HISTORY_SYSTEM] = UI_ROLE_SYSTEM,
                                         [HISTORY_USER] = UI_ROLE_USER,
                                         [HISTORY_ASSISTANT] = UI_ROLE_ASSISTANT};
    p->live = ui_chat_add(p->ui, roles[m->role], streams ? NULL : m->content, NULL);
    p->facts = (struct ui_facts){.phase = streams ? UI_WAITING : UI_DONE};
    p->message_us = 0;
    if (streams) ui_chat_facts(p->ui, p->live, &p->facts);
}

static void show_token(struct player *p, const struct step *s) {
    struct ui_token token = {p->texts.s + s->text, s->len, s->surprise, s->entropy, s->forced};
    p->message_us += s->wait_us;
    if (s->channel == HISTORY_THOUGHT) {
        p->facts.phase = UI_THINKING;
        p->facts.n_thought++;
        p->facts.thought_ms = p->message_us / 1000;
        ui_chat_append_token(p->ui, p->live, UI_THOUGHT, &token);
    } else if (s->channel == HISTORY_ANSWER) {
        p->facts.phase = UI_ANSWERING;
        p->facts.n_answer++;
        ui_chat_append_token(p->ui, p->live, UI_TEXT, &token);
    }
    if (p->message_us > 0)
        p->facts.tokens_per_s =
            (double)(p->facts.n_thought + p->facts.n_answer) * 1e6 / (double)p->message_us;
    ui_chat_facts(p->ui, p->live, &p->facts);
}

/* The message is over: what was recorded of it replaces what was counted on the way. */
static void show_done(struct player *p, const struct history_message *m) {
    p->facts.phase = UI_DONE;
    p->facts.thought_ms = m->thought_us / 1000;
    p->facts.n_thought = (size_t)m->n_thought;
    p->facts.n_answer = (size_t)m->n_answer;
    p->facts.stopped = m->finish && strcmp(m->finish, "interrupted") == 0;
    ui_chat_facts(p->ui, p->live, &p->facts);
}

static void show_step(struct player *p) {
    const struct step *s = &p->steps[p->at++];
    if (s->kind == STEP_MESSAGE) show_message(p, &p->messages[s->message]);
    if (s->kind == STEP_TOKEN) show_token(p, s);
    if (s->kind == STEP_DONE) show_done(p, &p->messages[s->message]);
}

int player_due_ms(const struct player *p) {
    if (p->paused || player_at_end(p)) return -1;
    int64_t left = p->due_us - clock_mono_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

void player_advance(struct player *p) {
    int64_t now = clock_mono_us();
    if (p->paused || player_at_end(p)) return;
    while (!player_at_end(p) && p->due_us <= now) {
        show_step(p);
        if (!player_at_end(p)) p->due_us += wait_of(p, p->at);
    }
    if (player_at_end(p)) show_status(p);
}

/* Shows everything up to the start of turn `turn` (the message step of its user's message). */
static void seek(struct player *p, size_t to) {
    if (to < p->at) {
        ui_chat_clear(p->ui, "");
        p->at = 0;
    }
    while (p->at < to) show_step(p);
    p->due_us = clock_mono_us();
}

/* The step where a user's message appears: the first one after `at`, or the last but `back` before.
 */
static size_t turn_step(const struct player *p, bool forward) {
    size_t found = forward ? p->n_steps : 0, before = 0;
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct step *s = &p->steps[i];
        if (s->kind != STEP_MESSAGE || p->messages[s->message].role != HISTORY_USER) continue;
        if (forward && i >= p->at) return i + 1;
        if (!forward && i + 1 < p->at) found = before, before = i + 1;
    }
    return forward ? p->n_steps : (before && before + 1 < p->at ? before : found);
}

bool player_key(struct player *p, int key) {
    switch (key) {
    case UI_REPLAY_PAUSE:
        p->paused = !p->paused;
        p->due_us = clock_mono_us();
        break;
    case UI_REPLAY_STEP:
        p->paused = true;
        if (!player_at_end(p)) show_step(p);
        break;
    case UI_REPLAY_NEXT_TURN:
        seek(p, turn_step(p, true));
        break;
    case UI_REPLAY_PREV_TURN:
        seek(p, turn_step(p, false));
        break;
    case UI_REPLAY_FASTER:
        if (p->speed < SPEED_MAX) p->speed *= 2;
        p->due_us = clock_mono_us();
        break;
    case UI_REPLAY_SLOWER:
        if (p->speed > SPEED_MIN) p->speed /= 2;
        p->due_us = clock_mono_us() + (player_at_end(p) ? 0 : wait_of(p, p->at));
        break;
    case UI_REPLAY_INSTANT:
        seek(p, p->n_steps);
        break;
    case UI_REPLAY_LEAVE:
        return false;
    }
    show_status(p);
    return true;
}
