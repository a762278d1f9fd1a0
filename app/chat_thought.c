/* chat_thought: taking a thought up again. An answer's tokens are in the history; some of them,
 * then tokens that are put in, then what the model goes on with make another version of the answer.
 * So a thought is edited (what is before the first change stays as it was, the rest is put in),
 * taken up where it was closed (think more), or forked at a token. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "base/mem.h"
#include "base/utf8.h"

/* The tokens of a message, as they were generated. */
struct record {
    struct tokens ids;
    struct str bytes; /* all of theirs */
    size_t *end;      /* [ids.n] in bytes, after each token */
    bool *forced;     /* [ids.n] */
    size_t cap_end, cap_forced;
    size_t first, last; /* tokens [first, last) hold the thought's text; first == last: none */
    size_t lead;        /* white space before the text in the bytes of token `first` */
    size_t *n_thought, *n_answer; /* [ids.n] tokens of each up to and with this one */
    size_t cap_thought, cap_answer;
    int64_t *t_us; /* [ids.n] */
    size_t cap_t;
    bool unknown; /* some have no number: a server chose them */
};

static void record_free(struct record *r) {
    tokens_free(&r->ids);
    str_free(&r->bytes);
    free(r->end);
    free(r->forced);
    free(r->n_thought);
    free(r->n_answer);
    free(r->t_us);
}

static bool take(void *ctx, const struct history_token *t) {
    struct record *r = ctx;
    bool thought = t->channel == HISTORY_THOUGHT && t->n_text;
    if (t->token_id < -1) r->unknown = true;
    if (t->token_id >= 0) {
        size_t i = r->ids.n;
        tokens_add(&r->ids, t->token_id);
        str_addn(&r->bytes, t->bytes, t->n_bytes);
        r->end = mem_grow(r->end, &r->cap_end, i + 1, sizeof *r->end);
        r->forced = mem_grow(r->forced, &r->cap_forced, i + 1, sizeof *r->forced);
        r->n_thought = mem_grow(r->n_thought, &r->cap_thought, i + 1, sizeof *r->n_thought);
        r->n_answer = mem_grow(r->n_answer, &r->cap_answer, i + 1, sizeof *r->n_answer);
        r->t_us = mem_grow(r->t_us, &r->cap_t, i + 1, sizeof *r->t_us);
        r->end[i] = r->bytes.len;
        r->forced[i] = t->forced;
        r->n_thought[i] = (i ? r->n_thought[i - 1] : 0) + (t->channel == HISTORY_THOUGHT);
        r->n_answer[i] = (i ? r->n_answer[i - 1] : 0) + (t->channel == HISTORY_ANSWER);
        r->t_us[i] = t->t_us;
    }
    if (!thought || !r->ids.n) return true;
    if (r->first == r->last) r->first = r->ids.n - 1;
    r->last = r->ids.n;
    return true;
}

static bool record_read(struct history *h, int64_t message, struct record *r, struct err *e) {
    *r = (struct record){0};
    if (!history_message_tokens(h, message, take, r, e)) {
        record_free(r);
        return false;
    }
    str_cstr(&r->bytes);
    size_t at = r->first ? r->end[r->first - 1] : 0;
    while (r->first < r->last && r->bytes.s[at + r->lead] &&
           strchr(" \t\r\n", r->bytes.s[at + r->lead]))
        r->lead++;
    return true;
}

/* Nothing but white space came after the thought's text. */
static bool is_open(const struct record *r) {
    size_t at = r->last ? r->end[r->last - 1] : 0;
    return r->last > r->first && at + strspn(r->bytes.s + at, " \t\r\n") == r->bytes.len;
}

/* ---- Forks ------------------------------------------------------------------------------ */

/* Why an answer cannot be taken up again token by token; NULL: it can. */
static const char *obstacle(const struct chat *c, const struct record *r,
                            const struct history_message *m) {
    if (!c->runner.model) return "a server elsewhere cannot go on inside an answer";
    if (!m->id || !r->ids.n || r->unknown)
        return "the tokens of this answer are not in the history";
    if (m->model && strcmp(m->model, c->runner.path))
        return "this answer is another model's: /model changes back to it";
    return NULL;
}

/* The row of a message on the way that is shown, with its tokens. False: said to the person. */
static bool look_up(struct chat *c, size_t index, struct record *r, struct history_message *m) {
    struct history_message *all = NULL;
    struct err e;
    size_t n = 0;
    int64_t id = index < c->transcript.n ? c->transcript.messages[index].id : 0;
    *m = (struct history_message){0};
    *r = (struct record){0};
    if (!c->history || !id) {
        ui_notice(c->ui, "this answer is not in the history");
        return false;
    }
    if (!record_read(c->history, id, r, &e)) {
        chat_complain(c, &e);
        return false;
    }
    if (history_messages(c->history, c->transcript.conversation, id, &all, &n, &e) && n)
        *m = all[--n];
    while (n) history_message_done(&all[--n]);
    free(all);
    const char *why = obstacle(c, r, m);
    if (why) {
        ui_notice(c->ui, "%s", why);
        history_message_done(m);
        record_free(r);
    }
    return !why;
}

/* The new version in the history and on screen; the engine has begun. */
static void show_fork(struct chat *c, size_t index, size_t keep, const struct record *r) {
    struct transcript *t = &c->transcript;
    struct err e;
    int64_t from = chat_stood(c), old = t->messages[index].id, id = 0;
    int64_t parent = index ? t->messages[index - 1].id : 0;
    bool ok = history_message_add(c->history, t->conversation, parent, HISTORY_ASSISTANT, NULL,
                                  NULL, &id, &e) &&
              history_tokens_copy(c->history, old, id, keep, &e);
    transcript_cut(t, index);
    struct transcript_message *m = transcript_add(t, CHAT_ASSISTANT, NULL, NULL, id);
    struct history_message *saved = NULL;
    size_t n = 0;
    m->model = mem_strdup(c->runner.path);
    if (ok && (ok = history_messages(c->history, t->conversation, id, &saved, &n, &e)) && n) {
        str_add(&m->content, saved[n - 1].content);
        str_add(&m->reasoning, saved[n - 1].reasoning);
    }
    while (n) history_message_done(&saved[--n]);
    free(saved);
    if (!ok) chat_stop_keeping(c, &e);
    chat_show_transcript(c);
    recorder_resume(&c->recorder, c->history, id);
    c->ids.n = 0;
    for (size_t i = 0; i < keep; i++) tokens_add(&c->ids, r->ids.ids[i]);
    c->live = m->shown;
    c->offset_us = keep ? r->t_us[keep - 1] : 0;
    c->facts = (struct ui_facts){.n_thought = keep ? r->n_thought[keep - 1] : 0,
                                 .n_answer = keep ? r->n_answer[keep - 1] : 0,
                                 .thought_ms = c->offset_us / 1000};
    c->recorder.n_given = keep;
    c->recorder.n_thought = (int64_t)c->facts.n_thought;
    c->recorder.n_answer = (int64_t)c->facts.n_answer;
    c->recorder.thought_us = c->recorder.total_us = c->offset_us;
    c->ended_in_thought = false;
    chat_began(c);
    chat_moved(c, from);
}

/* What a version of an answer goes on with: the settings as they are now, but for what the prompt
 * before it was written with, and for the seed: so the tokens that are kept are what these settings
 * give (a verified replay runs them again), and what follows differs by the tokens put in alone. */
static void settings_as_before(struct chat *c, const struct history_message *m) {
    static const char *const efforts[] = {"low", "medium", "high"};
    cJSON *json = cJSON_Parse(m->sampling_json ? m->sampling_json : "");
    struct chat_options before;
    struct options unused;
    if (runner_settings_read(json, &before, &unused)) {
        c->request.think = before.think;
        c->request.effort = NULL;
        for (size_t i = 0; before.effort && i < sizeof efforts / sizeof *efforts; i++)
            if (strcmp(before.effort, efforts[i]) == 0) c->request.effort = efforts[i];
        if (c->options.seed < 0) c->request.sampling.seed = m->seed;
    }
    cJSON_Delete(json);
}

/* Starts the engine on a version of the answer at `index`; see chat_fork(). */
static bool fork_recorded(struct chat *c, size_t index, size_t keep, const struct record *r,
                          const struct history_message *m, const struct tokens *forced) {
    c->request = runner_chat_options(&c->runner, &c->options);
    settings_as_before(c, m);
    struct chat_request q = {.resume_ids = keep ? r->ids.ids : NULL,
                             .n_resume_ids = keep,
                             .forced_ids = forced ? forced->ids : NULL,
                             .n_forced_ids = forced ? forced->n : 0};
    if (!chat_start(c, keep ? index + 1 : index, q)) return false;
    show_fork(c, index, keep, r);
    return true;
}

bool chat_fork(struct chat *c, size_t index, size_t keep, const struct tokens *forced) {
    struct history_message m;
    struct record r;
    if (chat_busy(c) || !look_up(c, index, &r, &m)) return false;
    bool ok = fork_recorded(c, index, keep < r.ids.n ? keep : r.ids.n, &r, &m, forced);
    record_free(&r);
    history_message_done(&m);
    return ok;
}

void chat_recall(struct chat *c) {
    const struct transcript *t = &c->transcript;
    struct history_message *saved = NULL;
    struct record r;
    struct err e;
    size_t n = 0;
    if (!c->history || !t->n || t->messages[t->n - 1].role != CHAT_ASSISTANT) return;
    if (!history_messages(c->history, t->conversation, transcript_leaf(t), &saved, &n, &e) || !n)
        return;
    struct history_message *m = &saved[n - 1];
    if (record_read(c->history, m->id, &r, &e)) {
        if (!obstacle(c, &r, m)) {
            for (size_t i = 0; i < r.ids.n; i++) tokens_add(&c->ids, r.ids.ids[i]);
            c->ended_in_thought = is_open(&r) && !*m->content;
            c->live = t->messages[t->n - 1].shown;
            c->offset_us = r.t_us[r.ids.n - 1];
            c->last_us = 0;
            c->request = runner_chat_options(&c->runner, &c->options);
            c->facts = (struct ui_facts){.n_thought = (size_t)m->n_thought,
                                         .n_answer = (size_t)m->n_answer,
                                         .thought_ms = m->thought_us / 1000,
                                         .cut_in_thought = c->ended_in_thought,
                                         .stopped = m->finish && !strcmp(m->finish, "interrupted")};
            ui_chat_facts(c->ui, c->live, &c->facts);
            recorder_resume(&c->recorder, c->history, m->id);
            c->recorder.n_given = r.ids.n;
            c->recorder.n_thought = m->n_thought;
            c->recorder.n_answer = m->n_answer;
            c->recorder.ttft_us = m->ttft_us;
            c->recorder.prefill_us = m->prefill_us;
            c->recorder.thought_us = m->thought_us;
            c->recorder.total_us = m->total_us;
        }
        record_free(&r);
    }
    while (n) history_message_done(&saved[--n]);
    free(saved);
}

/* ---- Thinking more ---------------------------------------------------------------------- */

/* Where the thought ended by itself: before our own words, if it was closed with them. */
static size_t end_of_thought(const struct record *r, const char *bridge) {
    size_t end = r->last, at = r->last;
    while (at > r->first && r->forced[at - 1]) at--;
    size_t from = at ? r->end[at - 1] : 0, n = r->end[end - 1] - from, k = strlen(bridge);
    while (k && strchr(" \n", bridge[k - 1])) k--;
    while (n && strchr(" \n", r->bytes.s[from + n - 1])) n--;
    return n >= k && k && !memcmp(r->bytes.s + from + n - k, bridge, k) ? at : end;
}

void chat_think_more(struct chat *c) {
    struct history_message m;
    struct record r;
    if (c->generating) {
        if (c->facts.phase == UI_THINKING || c->facts.phase == UI_WAITING) {
            ui_notice(c->ui, "it is still thinking");
        } else {
            c->after = CHAT_AFTER_THINK_MORE;
            backend_steer(c->runner.backend, STEER_STOP);
        }
        return;
    }
    size_t index = chat_chosen(c, CHAT_ASSISTANT);
    if (index == c->transcript.n) {
        ui_notice(c->ui, "there is no thought to take up again");
        return;
    }
    if (c->ended_in_thought && index + 1 == c->transcript.n) {
        chat_continue(c); /* it is not even closed */
        return;
    }
    if (!look_up(c, index, &r, &m)) return;
    if (r.first == r.last) {
        ui_notice(c->ui, "this answer has no thought: /think on switches thinking on");
    } else {
        const struct reasoning_format *f = model_reasoning(c->runner.model);
        struct tokens more = {0};
        tokenizer_encode(model_tokenizer(c->runner.model), f->more, strlen(f->more), 0, &more);
        fork_recorded(c, index, end_of_thought(&r, f->bridge), &r, &m, &more);
        tokens_free(&more);
    }
    record_free(&r);
    history_message_done(&m);
}

/* ---- Editing ---------------------------------------------------------------------------- */

/* How many tokens stand before the first byte in which `text` differs from the thought, and where
 * in text what follows them begins: between two characters. */
static size_t unchanged(const struct record *r, const struct str *text, size_t *from) {
    size_t begin = (r->first ? r->end[r->first - 1] : 0) + r->lead, same = 0, keep = r->first;
    while (same < text->len && begin + same < r->bytes.len &&
           text->s[same] == r->bytes.s[begin + same])
        same++;
    *from = 0;
    for (size_t i = r->first; i < r->last && r->end[i] <= begin + same; i++) {
        if (r->end[i] < begin) continue;
        size_t at = r->end[i] - begin;
        if (at < text->len && (text->s[at] & 0xC0) == 0x80) continue;
        keep = i + 1;
        *from = at;
    }
    return keep;
}

static bool differs(const struct str *a, const char *b) {
    size_t n = strlen(b), k = a->len;
    while (n && strchr(" \t\r\n", b[n - 1])) n--;
    while (k && strchr(" \t\r\n", a->s[k - 1])) k--;
    return n != k || memcmp(str_cstr((struct str *)(uintptr_t)a), b, n);
}

/* The thought as it is now goes to the editor; what comes back is gone on from. */
static void edit(struct chat *c, size_t index, const struct record *r,
                 const struct history_message *m) {
    struct str text = STR_INIT;
    struct tokens forced = {0};
    size_t from;
    const char *thought = m->reasoning ? m->reasoning : "";
    str_add(&text, thought);
    str_cstr(&text);
    if (!ui_edit(c->ui, &text)) goto out;
    if (!utf8_valid(text.s, text.len) || memchr(text.s, '\0', text.len)) {
        ui_notice(c->ui, "what the editor left is not text; the thought is as it was");
    } else if (!differs(&text, thought)) {
        ui_notice(c->ui, "the thought is as it was");
    } else {
        size_t keep = unchanged(r, &text, &from);
        tokenizer_encode(model_tokenizer(c->runner.model), text.s + from, text.len - from,
                         TOKENIZE_LITERAL, &forced);
        fork_recorded(c, index, keep, r, m, &forced);
    }
out:
    tokens_free(&forced);
    str_free(&text);
}

void chat_edit_thought(struct chat *c) {
    struct history_message m;
    struct record r;
    if (c->generating) {
        c->after = CHAT_AFTER_EDIT_THOUGHT;
        backend_steer(c->runner.backend, STEER_STOP);
        return;
    }
    size_t index = chat_chosen(c, CHAT_ASSISTANT);
    if (index == c->transcript.n) {
        ui_notice(c->ui, "there is no thought to edit");
        return;
    }
    if (!look_up(c, index, &r, &m)) return;
    if (r.first == r.last)
        ui_notice(c->ui, "this answer has no thought to edit");
    else
        edit(c, index, &r, &m);
    record_free(&r);
    history_message_done(&m);
}
