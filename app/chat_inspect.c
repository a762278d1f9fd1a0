/* chat_inspect: how sure the model was, for the lens and the inspect mode: the tokens of a message
 * with their statistics, from the history; and going on with another token. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "base/mem.h"
#include "base/utf8.h"

#define STATS_ANSWERS 20

/* ---- Tokens of a message ---------------------------------------------------------------- */

/* The transcript's message that is shown there; SIZE_MAX: a line of aside's own. */
size_t chat_message_shown(const struct chat *c, size_t shown) {
    for (size_t i = c->transcript.n; i-- > 0;)
        if (c->transcript.messages[i].shown == shown) return i;
    return SIZE_MAX;
}

/* All tokens of a message as they are now; NULL when nothing is known of it. */
const struct token_rows *chat_rows(struct chat *c, size_t i) {
    struct err e;
    const struct transcript_message *m = &c->transcript.messages[i];
    if (!m->id || !c->history) return NULL;
    if (!token_rows_read(&c->rows, c->history, m->id, &e)) {
        chat_complain(c, &e);
        c->rows_of = 0;
        return NULL;
    }
    c->rows_of = m->id;
    return &c->rows;
}

struct ui_token chat_ui_token(const struct history_token *t, const char *text) {
    bool whole = t->token_id != -1;
    return (struct ui_token){.text = text,
                             .n = t->n_text,
                             .surprise = whole ? (float)-t->logprob : NAN,
                             .entropy = whole ? (float)t->entropy : NAN,
                             .forced = t->forced};
}

/* Hands the tokens to the ui; false when none is known. */
static bool show_tokens(struct chat *c, size_t shown) {
    size_t i = chat_message_shown(c, shown), n[2] = {0, 0};
    const struct token_rows *rows = i == SIZE_MAX ? NULL : chat_rows(c, i);
    struct ui_token *tokens[2] = {NULL, NULL};
    for (int k = 0; rows && k < 2; k++) tokens[k] = mem_array(rows->n, sizeof **tokens);
    enum history_channel channel = rows && rows->n ? token_row_channel(rows, 0) : HISTORY_ANSWER;
    for (size_t r = 0; rows && r < rows->n; r++) {
        const struct history_token *t = &rows->at[r].t;
        if (t->channel != HISTORY_MARKUP) channel = t->channel;
        enum ui_channel to = channel == HISTORY_THOUGHT ? UI_THOUGHT : UI_TEXT;
        struct ui_token token = chat_ui_token(t, token_row_text(rows, r));
        if (t->channel == HISTORY_MARKUP) token.n = 0; /* a tag is not part of the text */
        tokens[to][n[to]++] = token;
    }
    ui_chat_tokens(c->ui, shown, UI_TEXT, tokens[UI_TEXT], n[UI_TEXT]);
    ui_chat_tokens(c->ui, shown, UI_THOUGHT, tokens[UI_THOUGHT], n[UI_THOUGHT]);
    free(tokens[0]);
    free(tokens[1]);
    return n[0] + n[1] > 0;
}

void chat_want_tokens(struct chat *c, size_t shown) {
    if (shown < ui_chat_count(c->ui)) show_tokens(c, shown);
}

/* ---- The inspect mode ------------------------------------------------------------------- */

void chat_inspect(struct chat *c, size_t shown) {
    if (shown >= ui_chat_count(c->ui)) return;
    if (!show_tokens(c, shown) || !ui_inspect_open(c->ui, shown))
        ui_notice(c->ui, "nothing is known of this answer's tokens");
}

/* The row of the token that an action is about; NULL: it is not there. They are read anew where it
 * came after the others were read. */
static const struct token_rows *find_row(struct chat *c, size_t i, const struct ui_action *a,
                                         size_t *row) {
    enum history_channel channel = a->channel == UI_THOUGHT ? HISTORY_THOUGHT : HISTORY_ANSWER;
    const struct token_rows *rows = &c->rows;
    bool read = c->rows_of == c->transcript.messages[i].id;
    for (int again = 0; again < 2; again++) {
        if (again || !read) rows = chat_rows(c, i);
        if (!rows) return NULL;
        *row = token_rows_find(rows, channel, a->first);
        if (*row != SIZE_MAX) return rows;
    }
    return NULL;
}

/* Whether the numbers of a message's tokens are those of the model at hand. */
static bool same_model(const struct chat *c, const struct transcript_message *m) {
    return c->runner.model && m->model && strcmp(m->model, c->runner.path) == 0;
}

/* What a token would add, as it is shown: the model at hand knows, else the history may. Owned. */
static char *piece(const struct chat *c, const struct transcript_message *m, int32_t id) {
    struct str bytes = STR_INIT, out = STR_INIT;
    const struct tokenizer *t = same_model(c, m) ? model_tokenizer(c->runner.model) : NULL;
    bool known = t != NULL;
    if (t)
        tokenizer_piece(t, id, true, &bytes);
    else if (m->id)
        history_piece(c->history, m->id, id, &bytes, &known, NULL);
    if (known)
        utf8_add_quoted(&out, str_cstr(&bytes), bytes.len);
    else
        str_addf(&out, "token %d", (int)id);
    if (t && tokenizer_is_eog(t, id)) str_add(&out, " ends the answer");
    str_free(&bytes);
    return str_take(&out);
}

static int alternatives(const struct chat *c, const struct transcript_message *m,
                        const struct history_token *t,
                        struct ui_alternative out[HISTORY_ALTS + 1]) {
    int n = 0;
    bool taken = false;
    for (; n < t->n_alts; n++) {
        bool it = t->alt_id[n] == t->token_id;
        out[n] = (struct ui_alternative){piece(c, m, t->alt_id[n]), exp(t->alt_logprob[n]), it};
        taken |= it;
    }
    if (n && !taken)
        out[n++] = (struct ui_alternative){piece(c, m, t->token_id), exp(t->logprob), true};
    return n;
}

static const char *remark(const struct history_token *t, bool rest) {
    if (rest) return "the rest of a token that began in the other text";
    if (t->forced) return "put in, not chosen by the model";
    if (!t->n_alts) return "no alternatives were told";
    if (t->channel == HISTORY_MARKUP) return "a tag, not shown in the text";
    if (!t->n_text) return "part of what the next token completes";
    return NULL;
}

void chat_inspect_at(struct chat *c, const struct ui_action *a) {
    struct ui_alternative list[HISTORY_ALTS + 1];
    size_t i = chat_message_shown(c, a->message);
    if (i == SIZE_MAX) return;
    const struct transcript_message *m = &c->transcript.messages[i];
    size_t row, whole;
    const struct token_rows *rows = find_row(c, i, a, &row);
    if (!rows) return;
    whole = token_row_whole(rows, row);
    const struct history_token *t = &rows->at[whole].t;
    struct str text = STR_INIT;
    utf8_add_quoted(&text, token_row_bytes(rows, whole), t->n_bytes);
    int n = alternatives(c, m, t, list);
    ui_inspect_show(c->ui, text.s, remark(t, whole != row), list, (size_t)n);
    while (n > 0) free((char *)(uintptr_t)list[--n].text);
    str_free(&text);
}

/* ---- Statistics ------------------------------------------------------------------------- */

void chat_add_certainty(struct chat *c, struct str *page) {
    size_t shown = 0, from = c->transcript.n;
    while (from > 0 && shown < STATS_ANSWERS)
        shown += c->transcript.messages[--from].role == CHAT_ASSISTANT;
    str_addf(page, "\n| uncertain: below %g %% | thought | answer |\n|---|---|---|\n",
             100 * c->options.uncertain);
    for (size_t i = 0, number = 0; i < c->transcript.n; i++) {
        if (c->transcript.messages[i].role != CHAT_ASSISTANT) continue;
        number++;
        const struct token_rows *rows = i < from ? NULL : chat_rows(c, i);
        if (!rows) continue;
        str_addf(page, "| answer %zu ", number);
        for (int k = 0; k < 2; k++) {
            struct certainty sure = token_rows_certainty(rows, k ? HISTORY_ANSWER : HISTORY_THOUGHT,
                                                         c->options.uncertain);
            str_add(page, "| ");
            certainty_add(&sure, page);
        }
        str_add(page, " |\n");
    }
}

/* ---- Going on with another token -------------------------------------------------------- */

void chat_inspect_fork(struct chat *c, const struct ui_action *a) {
    size_t i = chat_message_shown(c, a->message), row;
    const struct token_rows *rows = i == SIZE_MAX ? NULL : find_row(c, i, a, &row);
    if (!rows || chat_busy(c)) return;
    row = token_row_whole(rows, row);
    const struct history_token *t = &rows->at[row].t;
    if (a->value < 0 || a->value >= t->n_alts) return;
    struct tokens other = {0};
    size_t keep = 0;
    for (size_t k = 0; k < row; k++) keep += rows->at[k].t.token_id >= 0;
    tokens_add(&other, t->alt_id[a->value]);
    chat_fork(c, i, keep, &other);
    tokens_free(&other);
}
