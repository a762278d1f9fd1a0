/* looker: see looker.h. */
#include "app/looker.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/prompt.h"

static void add_token(struct looker *l, int32_t id, struct looker_token at) {
    tokens_add(&l->ids, id);
    l->tokens = mem_grow(l->tokens, &l->cap, l->ids.n, sizeof *l->tokens);
    l->tokens[l->ids.n - 1] = at;
}

/* ---- the prompt ---- */

static const char *find(const char *in, size_t n, const char *what, size_t len) {
    return len && n >= len ? memmem(in, n, what, len) : NULL;
}

/* Gives the tokens that make the bytes [from, to) of the prompt their place in a message. offsets
 * are those of the tokens, n + 1 of them. */
static void place_text(struct looker *l, const size_t *offsets, size_t from, size_t to,
                       struct looker_token at, size_t skipped) {
    for (size_t i = 0; i < l->ids.n; i++) {
        size_t a = offsets[i] > from ? offsets[i] : from, b = offsets[i + 1];
        if (b > to) b = to;
        if (a >= b) continue;
        l->tokens[i] = at;
        l->tokens[i].from = skipped + a - from;
        l->tokens[i].to = skipped + b - from;
    }
}

/* Templates strip the white space at the ends of what they are given. */
static void trim(const char *s, size_t *from, size_t *n) {
    *from = strspn(s, " \t\r\n");
    *n = strlen(s + *from);
    while (*n && strchr(" \t\r\n", s[*from + *n - 1])) --*n;
}

/* Finds the messages' texts in the prompt, one after the other. What a template changed or left out
 * is not found, and stays the template's. */
static void place_messages(struct looker *l, const struct transcript *t, size_t n) {
    struct str text = STR_INIT;
    size_t *offsets = mem_array(l->ids.n + 1, sizeof *offsets), at = 0;
    for (size_t i = 0; i < l->ids.n; i++) {
        offsets[i] = text.len;
        tokenizer_piece(model_tokenizer(l->model), l->ids.ids[i], true, &text);
    }
    offsets[l->ids.n] = text.len;
    for (size_t i = 0; i < n; i++) {
        struct transcript_message *m = &t->messages[i];
        bool answer = m->role == CHAT_ASSISTANT;
        for (int thought = answer; thought >= 0; thought--) {
            const char *s = str_cstr(thought ? &m->reasoning : &m->content);
            size_t skipped, len;
            trim(s, &skipped, &len);
            const char *hit = find(text.s + at, text.len - at, s + skipped, len);
            if (!hit) continue;
            size_t from = (size_t)(hit - text.s);
            struct looker_token place = {.part = thought  ? LOOKER_THOUGHT
                                                 : answer ? LOOKER_ANSWER
                                                          : LOOKER_PROMPT,
                                         .message = i};
            place_text(l, offsets, from, from + len, place, skipped);
            at = from + len;
        }
    }
    free(offsets);
    str_free(&text);
}

/* ---- the answer ---- */

/* Its tokens as they were; false where the model does not have them. */
static bool add_answer(struct looker *l, size_t message, const struct token_rows *rows,
                       struct err *e) {
    struct str piece = STR_INIT;
    size_t at[2] = {0, 0};
    bool ok = true;
    for (size_t i = 0; ok && i < rows->n; i++) {
        const struct history_token *t = &rows->at[i].t;
        struct looker_token place = {.part = LOOKER_TEMPLATE, .message = message};
        if (t->channel != HISTORY_MARKUP) {
            bool answer = t->channel == HISTORY_ANSWER;
            place.part = answer ? LOOKER_ANSWER : LOOKER_THOUGHT;
            place.from = at[answer];
            place.to = at[answer] += t->n_text;
        }
        if (t->token_id == -1) { /* the rest of the one before: it is where its text is */
            if (l->ids.n > l->n_prompt && l->tokens[l->ids.n - 1].part == LOOKER_TEMPLATE)
                l->tokens[l->ids.n - 1] = place;
            continue;
        }
        str_clear(&piece);
        prompt_piece(l->model, t->token_id, &piece);
        ok = t->token_id >= 0 && piece.len == t->n_bytes &&
             (!piece.len || memcmp(piece.s, token_row_bytes(rows, i), piece.len) == 0);
        if (ok) add_token(l, t->token_id, place);
    }
    str_free(&piece);
    return ok || err_set(e, "another model wrote this answer: its tokens are not those of %s",
                         model_info(l->model)->name);
}

bool looker_open(struct looker *l, const struct model *m, const struct transcript *t, size_t i,
                 const struct token_rows *rows, const struct chat_options *options, struct err *e) {
    struct chat_message *messages = transcript_request(t, i);
    struct chat_request r = {.messages = messages, .n_messages = i, .options = *options};
    struct prompt p;
    *l = (struct looker){.model = m};
    bool ok = prompt_build(m, &r, &p, e);
    for (size_t k = 0; ok && k < p.ids.n; k++) add_token(l, p.ids.ids[k], (struct looker_token){0});
    l->n_prompt = l->ids.n;
    if (ok) place_messages(l, t, i);
    prompt_free(&p);
    free(messages);
    return ok && add_answer(l, i, rows, e);
}

void looker_done(struct looker *l) {
    session_close(l->session);
    lookup_free(&l->lookup);
    tokens_free(&l->ids);
    free(l->tokens);
    *l = (struct looker){0};
}

/* ---- the span ---- */

bool looker_select(struct looker *l, const struct token_rows *rows, size_t first, size_t last,
                   struct err *e) {
    size_t at = l->n_prompt;
    first = token_row_whole(rows, first);
    l->begin = l->end = 0;
    for (size_t i = 0; i <= last && i < rows->n; i++) {
        if (i == first) l->begin = at;
        if (rows->at[i].t.token_id != -1) at++;
    }
    l->end = at;
    if (l->begin < 1 || l->end <= l->begin) return err_set(e, "there is nothing before this token");
    return true;
}

bool looker_prepare(struct looker *l, int n_threads, struct err *e) {
    struct session_params p = {.n_ctx = (uint32_t)l->ids.n, .n_threads = n_threads};
    if (!l->session) l->session = session_open(l->model, &p, e);
    return l->session != NULL;
}

bool looker_run(struct looker *l, struct err *e) {
    lookup_free(&l->lookup);
    return session_lookup(l->session, l->ids.ids, l->begin, l->end, &l->lookup, NULL, NULL, e);
}

/* ---- telling ---- */

struct looker_shares looker_shares(const struct looker *l, uint32_t layer) {
    const float *w = l->lookup.weights + layer * l->lookup.n;
    struct looker_shares s = {.nowhere = (double)l->lookup.nowhere[layer]};
    for (size_t i = 0; i < l->lookup.n; i++) {
        double *to = i == 0 ? &s.first : i >= l->begin ? &s.span : &s.part[l->tokens[i].part];
        *to += (double)w[i];
    }
    return s;
}

double looker_weight(const struct looker *l, uint32_t layer, size_t token) {
    if (token == 0 || token >= l->begin || l->tokens[token].part == LOOKER_TEMPLATE) return 0;
    return (double)l->lookup.weights[layer * l->lookup.n + token];
}
