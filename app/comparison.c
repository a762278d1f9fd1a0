/* comparison: see comparison.h. */
#include "app/comparison.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "app/models.h"
#include "app/runner.h"
#include "app/transcript.h"
#include "base/mem.h"
#include "engine/prompt.h"

enum { WINDOW_MAX = 4096 };

/* ---- models ---- */

static struct model *open_side(struct comparison *c, int side, struct model *lent, struct err *e) {
    struct condition *k = &c->conditions[side];
    char *path = models_resolve(k->model, e);
    if (!path) return NULL;
    free(k->model);
    k->model = path;
    if (side && strcmp(path, c->conditions[0].model) == 0) return c->models[0];
    if (lent && strcmp(path, model_info(lent)->path) == 0) {
        c->lent = lent;
        return lent;
    }
    return model_open(path, e);
}

bool comparison_open(struct comparison *c, struct model *lent, struct err *e) {
    for (int i = 0; i < 2; i++) {
        c->models[i] = open_side(c, i, lent, e);
        if (!c->models[i]) return false;
    }
    if (!model_tokenizer(c->models[0]))
        return err_set(e, "%s: the file has no vocabulary", c->conditions[0].model);
    return c->models[0] == c->models[1] || compare_vocabularies(c->models[0], c->models[1], e);
}

void comparison_done(struct comparison *c) {
    for (int i = 0; i < 2; i++) session_close(c->sessions[i]);
    for (size_t i = 0; i < c->n_passages; i++) {
        tokens_free(&c->passages[i].before[0]);
        tokens_free(&c->passages[i].before[1]);
        tokens_free(&c->passages[i].text);
    }
    free(c->passages);
    if (c->models[1] != c->models[0] && c->models[1] != c->lent) model_close(c->models[1]);
    if (c->models[0] != c->lent) model_close(c->models[0]);
    for (int i = 0; i < 2; i++) free(c->conditions[i].model);
    compare_rows_free(&c->rows);
    *c = (struct comparison){0};
}

/* ---- plain texts ---- */

static struct passage *add_passage(struct comparison *c) {
    c->passages = mem_grow(c->passages, &c->cap_passages, c->n_passages + 1, sizeof *c->passages);
    struct passage *p = &c->passages[c->n_passages++];
    *p = (struct passage){0};
    return p;
}

static void add_ids(struct tokens *to, const int32_t *ids, size_t n) {
    for (size_t i = 0; i < n; i++) tokens_add(to, ids[i]);
}

static size_t window(const struct comparison *c) {
    size_t n = WINDOW_MAX;
    for (int i = 0; i < 2; i++)
        if (model_info(c->models[i])->context_length < n)
            n = model_info(c->models[i])->context_length;
    return n;
}

bool comparison_add_text(struct comparison *c, const char *text, size_t n, size_t n_ctx,
                         struct err *e) {
    const struct tokenizer *t = model_tokenizer(c->models[0]);
    struct tokens all = {0};
    size_t most = n_ctx ? n_ctx : window(c);
    tokenizer_encode(t, text, n, TOKENIZE_ADD, &all);
    bool ok = all.n >= 2 || err_set(e, "there are no tokens to compare");
    if (most < 4) ok = err_set(e, "windows of %zu tokens are too short", most);
    for (size_t at = 0; ok && at < all.n;) {
        struct passage *p = add_passage(c);
        bool bos = at && tokenizer_adds_bos(t);
        size_t read = at ? most / 2 : 0, take = most - read;
        if (take > all.n - at) take = all.n - at;
        for (int i = 0; i < 2 && read; i++) {
            if (bos) tokens_add(&p->before[i], tokenizer_bos(t));
            add_ids(&p->before[i], all.ids + at - read + bos, read - bos);
        }
        add_ids(&p->text, all.ids + at, take);
        at += take;
    }
    tokens_free(&all);
    return ok;
}

/* ---- answers of the history ---- */

struct stored { /* the tokens of an answer as they were */
    const struct model *model;
    struct tokens ids;
    size_t n_before_answer; /* thought and markup; SIZE_MAX: no answer came */
    bool fits;              /* the model has these tokens */
    struct str piece;
};

static bool take_token(void *ctx, const struct history_token *t) {
    struct stored *s = ctx;
    if (t->channel == HISTORY_ANSWER && s->n_before_answer == SIZE_MAX)
        s->n_before_answer = s->ids.n;
    if (t->token_id == -1) return true; /* more text of the one before */
    str_clear(&s->piece);
    prompt_piece(s->model, t->token_id, &s->piece);
    s->fits = t->token_id >= 0 && s->piece.len == t->n_bytes &&
              (!t->n_bytes || memcmp(s->piece.s, t->bytes, t->n_bytes) == 0);
    if (s->fits) tokens_add(&s->ids, t->token_id);
    return s->fits;
}

/* One answer of a conversation, on its way to a passage. */
struct answer {
    struct comparison *c;
    struct chat_message *messages; /* the last is the answer's */
    size_t n;
    const struct history_message *saved;
    struct stored stored;
    bool alone; /* without the thought */
};

static bool render(const struct answer *a, int side, const struct chat_options *o, bool given,
                   const char *thought, const char *content, size_t n_resume, struct tokens *out,
                   struct err *e) {
    struct prompt p;
    a->messages[a->n - 1].reasoning = thought;
    a->messages[a->n - 1].content = content;
    struct chat_request r = {.messages = a->messages,
                             .n_messages = given ? a->n : a->n - 1,
                             .options = *o,
                             .resume_ids = n_resume ? a->stored.ids.ids : NULL,
                             .n_resume_ids = n_resume};
    bool ok = prompt_build(a->c->models[side], &r, &p, e);
    if (ok) add_ids(out, p.ids.ids, p.ids.n);
    prompt_free(&p);
    return ok;
}

static bool add_before(const struct answer *a, int side, struct chat_options o, struct tokens *out,
                       struct err *e) {
    const char *think = a->c->conditions[side].think;
    if (think) runner_think(&o, think);
    if (!a->alone) return render(a, side, &o, false, "", "", 0, out, e);
    if (o.think == THINK_OFF) return render(a, side, &o, true, "", "", 0, out, e);
    size_t n = a->stored.fits ? a->stored.n_before_answer : 0;
    return render(a, side, &o, true, n ? "" : a->saved->reasoning, "", n, out, e);
}

/* What is to be scored, as it was or, for another vocabulary, tokenized again. */
static bool add_text(const struct answer *a, const struct chat_options *o, struct passage *p,
                     struct err *e) {
    const struct stored *s = &a->stored;
    if (s->fits) {
        size_t from = a->alone ? s->n_before_answer : 0;
        add_ids(&p->text, s->ids.ids + from, s->ids.n - from);
        return true;
    }
    if (a->alone) {
        const char *text = a->saved->content ? a->saved->content : "";
        tokenizer_encode(model_tokenizer(a->c->models[0]), text, strlen(text), TOKENIZE_LITERAL,
                         &p->text);
        return true;
    }
    struct tokens whole = {0};
    bool ok = render(a, 0, o, true, a->saved->reasoning, a->saved->content, 0, &whole, e);
    size_t n = p->before[0].n;
    if (ok && whole.n > n) add_ids(&p->text, whole.ids + n, whole.n - n);
    tokens_free(&whole);
    return ok;
}

static bool add_answer(struct answer *a, size_t number, struct err *e) {
    struct passage *p = add_passage(a->c);
    struct chat_options o = {.budget = -1};
    struct options unused;
    cJSON *settings = cJSON_Parse(a->saved->sampling_json ? a->saved->sampling_json : "");
    runner_settings_read(settings, &o, &unused);
    o.budget = -1;
    p->answer = number;
    bool ok = add_before(a, 0, o, &p->before[0], e) && add_before(a, 1, o, &p->before[1], e) &&
              add_text(a, &o, p, e);
    cJSON_Delete(settings);
    return ok;
}

/* Whether the answer can be compared as wanted: without a thought nothing changes where only the
 * thinking differs. */
static bool is_fit(const struct answer *a) {
    bool has_thought = a->saved->reasoning && *a->saved->reasoning;
    if (a->alone && !has_thought) return false;
    return !a->alone || (a->saved->content && *a->saved->content);
}

static bool add_saved(struct comparison *c, struct history *h, struct transcript *t, size_t i,
                      const struct history_message *m, size_t number, bool *taken, struct err *e) {
    struct answer a = {.c = c,
                       .messages = transcript_request(t, i + 1),
                       .n = i + 1,
                       .saved = m,
                       .stored = {.model = c->models[0], .n_before_answer = SIZE_MAX},
                       .alone = c->conditions[0].think != NULL};
    bool ok = history_message_tokens(h, m->id, take_token, &a.stored, e);
    if (a.stored.n_before_answer == SIZE_MAX) a.stored.fits &= !a.alone;
    *taken = ok && is_fit(&a);
    if (*taken) ok = add_answer(&a, number, e);
    free(a.messages);
    tokens_free(&a.stored.ids);
    str_free(&a.stored.piece);
    return ok;
}

bool comparison_add_conversation(struct comparison *c, struct history *h, int64_t conversation,
                                 size_t answer, struct err *e) {
    struct transcript t = {0};
    struct history_message *m = NULL;
    size_t n = 0, number = 0, n_taken = 0;
    bool ok = transcript_load(&t, h, conversation, 0, e) &&
              history_messages(h, conversation, 0, &m, &n, e);
    for (size_t i = 0; ok && i < n; i++) {
        bool taken = false;
        if (m[i].role != HISTORY_ASSISTANT) continue;
        number++;
        if (!answer || answer == number) ok = add_saved(c, h, &t, i, &m[i], number, &taken, e);
        n_taken += taken;
    }
    if (ok && answer > number)
        ok = err_set(e, "conversation %lld has %zu answers", (long long)conversation, number);
    else if (ok && !n_taken)
        ok = err_set(e, "conversation %lld has no %s", (long long)conversation,
                     c->conditions[0].think ? "answer with a thought before it" : "answer");
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    transcript_free(&t);
    return ok;
}

/* ---- the run ---- */

bool comparison_prepare(struct comparison *c, int n_threads, struct err *e) {
    for (int side = 0; side < 2; side++) {
        size_t most = 1;
        for (size_t i = 0; i < c->n_passages; i++) {
            size_t n = c->passages[i].before[side].n + c->passages[i].text.n;
            if (n > most) most = n;
        }
        struct session_params p = {.n_ctx = most > UINT32_MAX ? UINT32_MAX : (uint32_t)most,
                                   .n_threads = n_threads,
                                   .cache_type = runner_cache_type(c->conditions[side].cache),
                                   .exact = c->conditions[side].exact};
        c->sessions[side] = session_open(c->models[side], &p, e);
        if (!c->sessions[side]) return false;
    }
    return true;
}

struct progress {
    void (*tell)(void *ctx, size_t done, size_t n);
    void *ctx;
    size_t before, total;
};

static void tell_all(void *ctx, size_t done, size_t n) {
    struct progress *p = ctx;
    (void)n;
    if (p->tell) p->tell(p->ctx, p->before + done, p->total);
}

bool comparison_run(struct comparison *c, void (*progress)(void *ctx, size_t done, size_t n),
                    void *ctx, struct err *e) {
    struct progress p = {progress, ctx, 0, 0};
    for (size_t i = 0; i < c->n_passages; i++) p.total += c->passages[i].text.n;
    for (size_t i = 0; i < c->n_passages; i++) {
        struct passage *at = &c->passages[i];
        struct compare_text t = {.before = {at->before[0].ids, at->before[1].ids},
                                 .n_before = {at->before[0].n, at->before[1].n},
                                 .ids = at->text.ids,
                                 .n = at->text.n};
        at->first_row = c->rows.n;
        if (!compare_run(c->sessions, &t, &c->rows, tell_all, &p, e)) return false;
        p.before += at->text.n;
    }
    return c->rows.n || err_set(e, "there are no tokens to compare");
}

/* ---- telling ---- */

struct compare_place comparison_place(const struct comparison *c, size_t row) {
    const struct passage *p = &c->passages[c->n_passages - 1];
    while (p->first_row > row) p--;
    bool skips = !p->before[0].n || !p->before[1].n;
    return (struct compare_place){p, row - p->first_row + skips};
}

void comparison_context(const struct comparison *c, struct compare_place at, size_t n,
                        struct str *before, struct str *token) {
    const struct tokenizer *t = model_tokenizer(c->models[0]);
    const struct tokens *text = &at.passage->text, *read = &at.passage->before[0];
    for (size_t back = n; back > 0; back--) {
        if (back <= at.token)
            tokenizer_piece(t, text->ids[at.token - back], true, before);
        else if (back <= at.token + read->n)
            tokenizer_piece(t, read->ids[read->n + at.token - back], true, before);
    }
    tokenizer_piece(t, text->ids[at.token], true, token);
}

void comparison_label(const struct comparison *c, int side, struct str *out) {
    const struct condition *a = &c->conditions[side], *b = &c->conditions[!side];
    const struct model_info *i = model_info(c->models[side]);
    str_addf(out, "%s%s%s", i->name, *i->type_label ? " " : "", i->type_label);
    if (a->think) str_addf(out, ", thinking %s", a->think);
    if (a->cache) str_addf(out, ", cache %s", a->cache);
    if (a->exact != b->exact) str_add(out, a->exact ? ", exact" : ", as it chats");
}
