/* token_rows: see token_rows.h. */
#include "app/token_rows.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void token_rows_free(struct token_rows *r) {
    free(r->at);
    str_free(&r->texts);
    *r = (struct token_rows){0};
}

void token_rows_add(struct token_rows *r, const struct history_token *t) {
    r->at = mem_grow(r->at, &r->cap, r->n + 1, sizeof *r->at);
    struct token_row *row = &r->at[r->n++];
    *row = (struct token_row){.t = *t, .text_at = r->texts.len};
    str_addn(&r->texts, t->text, t->n_text);
    row->bytes_at = r->texts.len;
    str_addn(&r->texts, t->bytes, t->n_bytes);
    row->t.text = row->t.bytes = NULL;
}

static bool add(void *ctx, const struct history_token *t) {
    token_rows_add(ctx, t);
    return true;
}

bool token_rows_read(struct token_rows *r, struct history *h, int64_t message, struct err *e) {
    token_rows_free(r);
    return history_message_tokens(h, message, add, r, e);
}

const char *token_row_text(const struct token_rows *r, size_t i) {
    return r->texts.s + r->at[i].text_at;
}

const char *token_row_bytes(const struct token_rows *r, size_t i) {
    return r->texts.s + r->at[i].bytes_at;
}

enum history_channel token_row_channel(const struct token_rows *r, size_t i) {
    for (size_t k = i + 1; k-- > 0;)
        if (r->at[k].t.channel != HISTORY_MARKUP) return r->at[k].t.channel;
    for (size_t k = i; k < r->n; k++)
        if (r->at[k].t.channel != HISTORY_MARKUP) return r->at[k].t.channel;
    return HISTORY_ANSWER;
}

size_t token_rows_find(const struct token_rows *r, enum history_channel channel, size_t n) {
    enum history_channel now = r->n ? token_row_channel(r, 0) : channel;
    for (size_t i = 0; i < r->n; i++) {
        if (r->at[i].t.channel != HISTORY_MARKUP) now = r->at[i].t.channel;
        if (now == channel && n-- == 0) return i;
    }
    return SIZE_MAX;
}

size_t token_row_whole(const struct token_rows *r, size_t i) {
    while (i > 0 && r->at[i].t.token_id == -1) i--;
    return i;
}

struct certainty token_rows_certainty(const struct token_rows *r, enum history_channel channel,
                                      double below) {
    struct certainty c = {0};
    enum history_channel now = r->n ? token_row_channel(r, 0) : channel;
    for (size_t i = 0; i < r->n; i++) {
        const struct history_token *t = &r->at[i].t;
        if (t->channel != HISTORY_MARKUP) now = t->channel;
        if (now != channel || t->forced || t->token_id == -1 || isnan(t->logprob)) continue;
        c.n++;
        c.n_uncertain += exp(t->logprob) < below;
        c.sum -= t->logprob;
    }
    return c;
}

void certainty_add(const struct certainty *c, struct str *out) {
    if (c->n)
        str_addf(out, "perplexity %.2f, %.0f %% uncertain", exp(c->sum / (double)c->n),
                 100.0 * (double)c->n_uncertain / (double)c->n);
}
