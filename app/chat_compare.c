/* chat_compare: what thinking changed in the last answer, or what another model thinks of it: read
 * twice beside the interface, told as a page, the text lit up where the two differ most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "app/comparison.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Divergences below this share of the largest are not lit. */
#define FAINT 0.02

enum { WORST = 16, CONTEXT = 8 };

struct chat_comparison {
    struct comparison c;
    size_t message; /* in the transcript */
};

/* ---- Telling ------------------------------------------------------------------------------ */

/* In a table's cell. */
static void add_cell(struct str *page, const struct str *text) {
    struct str quoted = STR_INIT;
    utf8_add_quoted(&quoted, text->s ? text->s : "", text->len);
    for (const char *s = str_cstr(&quoted); *s; s++) {
        if (strchr("|*_`<>[]\\", *s)) str_addc(page, '\\');
        str_addc(page, *s);
    }
    str_free(&quoted);
}

static void add_worst(struct str *page, const struct comparison *c) {
    size_t n, *worst = compare_worst(&c->rows, WORST, &n);
    str_add(page, "\n| KL | first | second | token | after |\n|---:|---:|---:|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        const struct compare_row *r = &c->rows.rows[worst[i]];
        struct str before = STR_INIT, token = STR_INIT;
        comparison_context(c, comparison_place(c, worst[i]), CONTEXT, &before, &token);
        str_addf(page, "| %.3f | %.1f %% | %.1f %% | ", r->kl, 100 * exp(r->logprob[0]),
                 100 * exp(r->logprob[1]));
        add_cell(page, &token);
        str_add(page, " | ");
        add_cell(page, &before);
        str_add(page, " |\n");
        str_free(&before);
        str_free(&token);
    }
    free(worst);
}

static void show_page(struct chat *c, const struct comparison *k) {
    struct compare_totals t = compare_totals(&k->rows);
    struct str page = STR_INIT, label = STR_INIT;
    for (int i = 0; i < 2; i++) {
        str_clear(&label);
        comparison_label(k, i, &label);
        str_addf(&page, "%s: %s\n\n", i ? "second" : "first", label.s);
    }
    str_addf(&page, "| %zu tokens | first | second |\n|---|---:|---:|\n", t.n);
    str_addf(&page, "| cross-entropy, nats | %.4f | %.4f |\n", t.cross_entropy[0],
             t.cross_entropy[1]);
    str_addf(&page, "| perplexity | %.3f | %.3f |\n\n", t.perplexity[0], t.perplexity[1]);
    str_addf(&page,
             "KL of the second from the first: mean %.4f, median %.4f, 90 %% %.4f, 99 %% %.4f, "
             "most %.4f nats. The same token is likeliest for %.1f %%.\n",
             t.kl_mean, t.kl_median, t.kl_90, t.kl_99, t.kl_max, 100 * t.same_top);
    add_worst(&page, k);
    ui_page_open(c->ui, "compared", page.s);
    str_free(&page);
    str_free(&label);
}

/* Lights up the tokens of the answer's two texts, which follow one another in the passage. */
static void light_up(struct chat *c, const struct chat_comparison *k) {
    struct transcript_message *m = &c->transcript.messages[k->message];
    const struct str *texts[2] = {&m->reasoning, &m->content};
    struct ui_mark *marks[2];
    size_t n[2] = {0, 0}, at[2] = {0, 0};
    double most = compare_totals(&k->c.rows).kl_max;
    for (int i = 0; i < 2; i++) marks[i] = mem_array(k->c.rows.n, sizeof **marks);
    for (size_t row = 0; row < k->c.rows.n; row++) {
        struct str before = STR_INIT, token = STR_INIT;
        comparison_context(&k->c, comparison_place(&k->c, row), 0, &before, &token);
        for (int i = 0; i < 2 && token.len; i++) {
            if (token.len > texts[i]->len - at[i] ||
                memcmp(texts[i]->s + at[i], token.s, token.len) != 0)
                continue;
            double kl = k->c.rows.rows[row].kl;
            if (kl > FAINT * most)
                marks[i][n[i]++] = (struct ui_mark){at[i], at[i] + token.len, (float)(kl / most)};
            at[i] += token.len;
            break;
        }
        str_free(&token);
    }
    ui_chat_unmark(c->ui);
    for (int i = 0; i < 2; i++) {
        if (n[i])
            ui_chat_mark(c->ui, m->shown, i ? UI_TEXT : UI_THOUGHT, texts[i]->s, marks[i], n[i]);
        free(marks[i]);
    }
}

/* ---- The work ----------------------------------------------------------------------------- */

static void drop(struct chat *c) {
    comparison_done(&c->comparison->c);
    free(c->comparison);
    c->comparison = NULL;
}

static bool work(void *arg, struct err *e) { return comparison_run(arg, NULL, NULL, e); }

static void cancel(struct chat *c) {
    for (int i = 0; i < 2; i++) session_cancel(c->comparison->c.sessions[i]);
}

static void over(struct chat *c, bool ok, const struct err *e) {
    const struct chat_comparison *k = c->comparison;
    if (!ok)
        chat_complain(c, e);
    else if (k->message < c->transcript.n) {
        light_up(c, k);
        show_page(c, &k->c);
    }
    drop(c);
}

static bool prepare(struct chat *c, const char *against, struct err *e) {
    struct comparison *k = &c->comparison->c;
    size_t answer = 0;
    for (size_t i = 0; i < c->transcript.n; i++) {
        if (c->transcript.messages[i].role != CHAT_ASSISTANT) continue;
        answer++;
        c->comparison->message = i;
    }
    if (!answer || !c->history) return err_set(e, "there is no answer to compare");
    k->conditions[0].model = mem_strdup(c->runner.path);
    k->conditions[1].model = mem_strdup(*against ? against : c->runner.path);
    if (!*against) k->conditions[0].think = "on", k->conditions[1].think = "off";
    return history_flush(c->history, e) && comparison_open(k, c->runner.model, e) &&
           comparison_add_conversation(k, c->history, c->transcript.conversation, answer, e) &&
           comparison_prepare(k, (int)c->options.threads, e);
}

void chat_compare(struct chat *c, const char *against) {
    struct err e = {""};
    if (chat_busy(c) || chat_work_busy(c)) return;
    if (!c->runner.model) {
        ui_notice(c->ui, "a server does not tell its distributions");
        return;
    }
    c->comparison = mem_calloc(1, sizeof *c->comparison);
    bool ok = prepare(c, against, &e);
    if (ok && chat_work_start(c, work, &c->comparison->c, over, cancel)) {
        ui_notice(c->ui, "reading it twice more");
        return;
    }
    if (!ok) chat_complain(c, &e);
    drop(c);
}
