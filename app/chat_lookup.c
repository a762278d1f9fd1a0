/* chat_lookup: what the tokens under the cursor of the inspect mode drew on, lit up in the
 * conversation. The pass runs beside the interface, in a session of its own that is kept while one
 * message is inspected, so that further questions about it cost their own tokens only. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "app/looker.h"
#include "base/mem.h"

/* Weights below this share of the largest are not lit. */
#define FAINT 0.08

struct chat_lookup {
    struct looker looker;
    size_t message; /* in the transcript */
    uint32_t layer; /* n_layers: the mean of all */
    bool dropped;   /* forgotten while the pass was running */
};

/* ---- Lighting up -------------------------------------------------------------------------- */

static double heaviest(const struct looker *l, uint32_t layer) {
    double most = 0;
    for (size_t i = 0; i < l->begin; i++) {
        double w = looker_weight(l, layer, i);
        if (w > most) most = w;
    }
    return most;
}

/* The marks of one text, in the order of its bytes. */
static void mark_text(struct chat *c, size_t message, enum looker_part part, double most) {
    const struct chat_lookup *k = c->lookup;
    const struct looker *l = &k->looker;
    struct transcript_message *m = &c->transcript.messages[message];
    bool thought = part == LOOKER_THOUGHT;
    struct ui_mark *marks = mem_array(l->begin, sizeof *marks);
    size_t n = 0;
    for (size_t i = 0; i < l->begin; i++) {
        const struct looker_token *t = &l->tokens[i];
        double w = looker_weight(l, k->layer, i);
        if (t->part != part || t->message != message || w < FAINT * most || t->to <= t->from)
            continue;
        if (n && t->from < marks[n - 1].to) continue; /* two tokens of one character */
        marks[n++] = (struct ui_mark){t->from, t->to, (float)(w / most)};
    }
    if (n)
        ui_chat_mark(c->ui, m->shown, thought ? UI_THOUGHT : UI_TEXT,
                     str_cstr(thought ? &m->reasoning : &m->content), marks, n);
    free(marks);
}

static void tell_shares(struct chat *c) {
    const struct chat_lookup *k = c->lookup;
    const struct looker *l = &k->looker;
    struct looker_shares s = looker_shares(l, k->layer);
    struct str text = STR_INIT;
    if (k->layer < l->lookup.n_layers)
        str_addf(&text, "layer %u of %u", k->layer + 1, l->lookup.n_layers);
    else
        str_add(&text, "all layers");
    str_addf(&text, ": question %.0f %%, thought %.0f %%, answer %.0f %%, tags %.0f %%",
             100 * s.part[LOOKER_PROMPT], 100 * s.part[LOOKER_THOUGHT], 100 * s.part[LOOKER_ANSWER],
             100 * s.part[LOOKER_TEMPLATE]);
    str_addf(&text, ", parked %.0f %%", 100 * (s.first + s.nowhere));
    ui_notice(c->ui, "%s", text.s);
    str_free(&text);
}

static void show(struct chat *c) {
    const struct chat_lookup *k = c->lookup;
    const struct looker *l = &k->looker;
    ui_chat_unmark(c->ui);
    if (k->layer < l->lookup.n_layers && !l->lookup.attends[k->layer]) {
        ui_notice(c->ui, "layer %u is recurrent: it looks nothing up", k->layer + 1);
        return;
    }
    double most = heaviest(l, k->layer);
    for (size_t i = 0; most > 0 && i <= k->message; i++)
        for (enum looker_part part = LOOKER_PROMPT; part < LOOKER_PARTS; part++)
            mark_text(c, i, part, most);
    tell_shares(c);
}

void chat_lookup_layer(struct chat *c, int step) {
    struct chat_lookup *k = c->lookup;
    if (!k || c->work.task || !k->looker.lookup.n) {
        ui_notice(c->ui, "nothing was looked up yet: a does");
        return;
    }
    uint32_t n = k->looker.lookup.n_layers + 1;
    k->layer = (k->layer + (step > 0 ? 1 : n - 1)) % n;
    show(c);
}

/* ---- The pass ----------------------------------------------------------------------------- */

static void drop(struct chat *c) {
    looker_done(&c->lookup->looker);
    free(c->lookup);
    c->lookup = NULL;
}

static void cancel(struct chat *c) { session_cancel(c->lookup->looker.session); }

static bool work(void *arg, struct err *e) { return looker_run(arg, e); }

static void over(struct chat *c, bool ok, const struct err *e) {
    if (!ok && !c->lookup->dropped) chat_complain(c, e);
    if (!ok)
        drop(c);
    else if (!c->lookup->dropped) {
        c->lookup->layer = c->lookup->looker.lookup.n_layers;
        show(c);
    }
}

void chat_lookup_forget(struct chat *c) {
    if (!c->lookup) return;
    c->lookup->dropped = true;
    if (c->work.cancel == cancel) chat_work_stop(c);
    if (c->lookup) drop(c);
}

/* The options that a message was made with; they borrow from the JSON, which is owned. */
static cJSON *saved_options(struct chat *c, size_t i, struct chat_options *o) {
    struct history_message *m = NULL;
    struct options session = {0};
    cJSON *json = NULL;
    size_t n = 0;
    *o = c->request;
    if (c->history)
        history_messages(c->history, c->transcript.conversation, c->transcript.messages[i].id, &m,
                         &n, NULL);
    if (n && m[n - 1].sampling_json) json = cJSON_Parse(m[n - 1].sampling_json);
    runner_settings_read(json, o, &session);
    o->budget = -1;
    for (size_t k = 0; k < n; k++) history_message_done(&m[k]);
    free(m);
    return json;
}

static bool lay_out(struct chat *c, size_t i, const struct token_rows *rows, struct err *e) {
    struct chat_options o;
    if (c->lookup && c->lookup->message == i) return true;
    chat_lookup_forget(c);
    c->lookup = mem_calloc(1, sizeof *c->lookup);
    c->lookup->message = i;
    cJSON *json = saved_options(c, i, &o);
    bool ok = looker_open(&c->lookup->looker, c->runner.model, &c->transcript, i, rows, &o, e) &&
              looker_prepare(&c->lookup->looker, (int)c->options.threads, e);
    cJSON_Delete(json);
    return ok;
}

void chat_lookup(struct chat *c, const struct ui_action *a) {
    struct err e = {""};
    size_t i = chat_message_shown(c, a->message);
    enum history_channel channel = a->channel == UI_THOUGHT ? HISTORY_THOUGHT : HISTORY_ANSWER;
    if (i == SIZE_MAX || chat_busy(c) || chat_work_busy(c)) return;
    if (!c->runner.model) {
        ui_notice(c->ui, "a server does not tell what it looked up");
        return;
    }
    const struct token_rows *rows = chat_rows(c, i);
    size_t first = rows ? token_rows_find(rows, channel, a->first) : SIZE_MAX,
           last = rows ? token_rows_find(rows, channel, a->last) : SIZE_MAX;
    if (first == SIZE_MAX || last == SIZE_MAX) return;
    bool ok = lay_out(c, i, rows, &e) && looker_select(&c->lookup->looker, rows, first, last, &e) &&
              chat_work_start(c, work, &c->lookup->looker, over, cancel);
    if (!ok) {
        if (e.msg[0]) chat_complain(c, &e);
        drop(c);
        return;
    }
    ui_notice(c->ui, "reading it once more");
}
