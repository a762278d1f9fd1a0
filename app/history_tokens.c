/* history_tokens: `aside history show ID --tokens`: a line for each token of the answers: its
 * number in the message, what it is part of, its text, its probability, the entropy there, and what
 * else could have come with its probability. */
#include "app/history_tokens.h"

#include <math.h>
#include <stdio.h>

#include "app/token_rows.h"
#include "base/utf8.h"

enum { TEXT_COLS = 20 };

static const char *kind(const struct history_token *t) {
    if (t->forced) return "put in";
    static const char *const names[] = {
        [HISTORY_THOUGHT] = "thought", [HISTORY_ANSWER] = "answer", [HISTORY_MARKUP] = "tag"};
    return names[t->channel];
}

/* What an alternative is called: its text where that is kept, else its number. */
static bool add_piece(struct history *h, int64_t message, int32_t id, struct str *out,
                      struct err *e) {
    struct str piece = STR_INIT;
    bool known, ok = history_piece(h, message, id, &piece, &known, e);
    if (known)
        utf8_add_quoted(out, str_cstr(&piece), piece.len);
    else
        str_addf(out, "token %d", (int)id);
    str_free(&piece);
    return ok;
}

static void pad(struct str *line, size_t from, size_t cols) {
    size_t n = 0;
    for (size_t i = from; i < line->len; i++) n += (line->s[i] & 0xc0) != 0x80;
    for (; n < cols; n++) str_addc(line, ' ');
}

static bool add_token(struct history *h, int64_t message, const struct token_rows *rows, size_t i,
                      struct str *line, struct err *e) {
    const struct history_token *t = &rows->at[i].t;
    size_t at = line->len;
    utf8_add_quoted(line, token_row_bytes(rows, i), t->n_bytes);
    pad(line, at, TEXT_COLS);
    str_addc(line, ' ');
    at = line->len;
    if (!isnan(t->logprob)) str_add_percent(line, exp(t->logprob));
    pad(line, at, 8);
    if (!isnan(t->entropy)) str_addf(line, " %5.2f ", t->entropy);
    for (int k = 0; k < t->n_alts; k++) {
        if (t->alt_id[k] == t->token_id) continue;
        str_add(line, "  ");
        if (!add_piece(h, message, t->alt_id[k], line, e)) return false;
        str_addc(line, ' ');
        str_add_percent(line, exp(t->alt_logprob[k]));
    }
    return true;
}

static void print_certainty(const char *name, const struct token_rows *rows,
                            enum history_channel channel, double below) {
    struct certainty c = token_rows_certainty(rows, channel, below);
    struct str s = STR_INIT;
    certainty_add(&c, &s);
    if (s.len) printf("%s: %s (below %g %%)\n", name, s.s, 100 * below);
    str_free(&s);
}

bool history_tokens_print(struct history *h, int64_t message, double below, struct err *e) {
    struct token_rows rows = {0};
    struct str line = STR_INIT;
    bool ok = token_rows_read(&rows, h, message, e);
    size_t number = 0;
    for (size_t i = 0; ok && i < rows.n; i++) {
        if (rows.at[i].t.token_id == -1) continue; /* more text of the one before */
        str_clear(&line);
        ok = add_token(h, message, &rows, i, &line, e);
        if (ok) printf("%5zu  %-7s  %s\n", ++number, kind(&rows.at[i].t), line.s);
    }
    if (ok) print_certainty("thought", &rows, HISTORY_THOUGHT, below);
    if (ok) print_certainty("answer", &rows, HISTORY_ANSWER, below);
    if (ok && !number) puts("nothing is known of its tokens");
    str_free(&line);
    token_rows_free(&rows);
    return ok;
}
