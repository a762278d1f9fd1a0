/* export_html: a conversation as one file of HTML: the thoughts fold (<details>), nothing is
 * fetched and nothing runs, it follows the reader's light or dark, and prints. Tokens of a thought
 * that the model was unsure of say so when pointed at; a box at the top colours them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "history/export.h"

static const char style[] =
    ":root{color-scheme:light dark;--dim:#5a5a5a;--rule:#ccc;--code:#f2f2f2;--u:255,140,0}\n"
    "@media(prefers-color-scheme:dark){:root{--dim:#a8a8a8;--rule:#444;--code:#242424}}\n"
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.55 system-ui,sans-serif;"
    "overflow-wrap:break-word}\n"
    "h1{font-size:1.4rem}h2{font-size:1rem;margin:1.6rem 0 .3rem}\n"
    "h3,h4,h5,h6{font-size:1rem;margin:1rem 0 .3rem}\n"
    "article{border-top:1px solid var(--rule)}\n"
    ".facts,summary,label{color:var(--dim);font-size:.85rem}\n"
    "details{margin:.3rem 0 .8rem;padding-left:.8rem;border-left:3px solid var(--rule)}\n"
    "summary{cursor:pointer}.plain{white-space:pre-wrap}\n"
    ".thought{white-space:pre-wrap;color:var(--dim);margin-top:.4rem}\n"
    "pre{background:var(--code);padding:.6rem;overflow-x:auto}code{font-size:.92em}\n"
    "blockquote{margin:0;padding-left:.8rem;border-left:3px solid var(--rule)}\n"
    "table{border-collapse:collapse}td,th{border:1px solid var(--rule);padding:.2rem .5rem}\n"
    ".left{text-align:left}.center{text-align:center}.right{text-align:right}\n"
    "#lens:checked~main .u1{background:rgba(var(--u),.2)}\n"
    "#lens:checked~main .u2{background:rgba(var(--u),.45)}\n"
    "#lens:checked~main .u3{background:rgba(var(--u),.75)}\n"
    "@media print{body{max-width:none;margin:0}#lens,label{display:none}"
    "pre{white-space:pre-wrap}h2,summary{break-after:avoid}}\n";

/* ---- Thoughts --------------------------------------------------------------------------- */

struct tokens {
    struct str html, text;
    double sum_logprob;
    int64_t n_known;
};

static bool add_token(void *ctx, const struct history_token *t) {
    static const double unsure[] = {0.5, 0.2, 0.05}; /* probabilities below: u1, u2, u3 */
    struct tokens *k = ctx;
    struct str valid = STR_INIT;
    bool known = isfinite(t->logprob) && !t->forced;
    double p = known ? exp(t->logprob) : 1;
    int level = 0;
    if (known) k->sum_logprob += t->logprob, k->n_known++;
    if (t->channel != HISTORY_THOUGHT) return true;
    while (level < 3 && p < unsure[level]) level++;
    utf8_add_valid(&valid, t->text, t->n_text);
    str_addn(&k->text, valid.s, valid.len);
    if (level && valid.len) {
        str_addf(&k->html, "<span class=u%d title=\"%.3g %%", level, 100 * p);
        if (isfinite(t->entropy)) str_addf(&k->html, ", entropy %.2f", t->entropy);
        str_add(&k->html, "\">");
    }
    export_escaped(&k->html, str_cstr(&valid), valid.len);
    if (level && valid.len) str_add(&k->html, "</span>");
    str_free(&valid);
    return true;
}

static void add_thought(struct str *out, const struct history_message *m, struct tokens *k) {
    str_addf(out, "<details><summary>Thought for %.1f s · %lld tokens</summary>\n",
             (double)m->thought_us / 1e6, (long long)m->n_thought);
    str_add(out, "<div class=thought>");
    if (strcmp(str_cstr(&k->text), m->reasoning) == 0)
        str_addn(out, k->html.s, k->html.len);
    else
        export_escaped(out, m->reasoning, strlen(m->reasoning));
    str_add(out, "</div></details>\n");
}

/* ---- Messages --------------------------------------------------------------------------- */

static void add_facts(struct str *out, const struct history_message *m, const struct tokens *k) {
    double decode_s = (double)(m->total_us - m->prefill_us) / 1e6;
    int64_t n = m->n_thought + m->n_answer;
    str_addf(out, "<p class=facts>%lld tokens", (long long)n);
    if (decode_s > 0 && n) str_addf(out, " · %.1f tokens/s", (double)n / decode_s);
    if (k->n_known) str_addf(out, " · perplexity %.2f", exp(-k->sum_logprob / (double)k->n_known));
    if (m->finish && strcmp(m->finish, "stop") != 0) {
        str_add(out, " · ended by: ");
        export_escaped(out, m->finish, strlen(m->finish));
    }
    str_add(out, "</p>\n");
}

static bool add_answer(struct history *h, const struct history_message *m, struct str *out,
                       struct err *e) {
    struct tokens k = {.html = STR_INIT};
    bool ok = history_message_tokens(h, m->id, add_token, &k, e);
    if (ok && m->reasoning && *m->reasoning) add_thought(out, m, &k);
    if (ok) {
        export_markdown_html(out, m->content, strlen(m->content));
        add_facts(out, m, &k);
    }
    str_free(&k.html);
    str_free(&k.text);
    return ok;
}

static bool add_message(struct history *h, const struct history_message *m, struct str *out,
                        struct err *e) {
    static const char *const who[] = {"system", "you", "aside"};
    bool ok = true;
    str_addf(out, "<article>\n<h2>%s</h2>\n", who[m->role]);
    if (m->role == HISTORY_ASSISTANT) {
        ok = add_answer(h, m, out, e);
    } else {
        str_add(out, "<div class=plain>");
        export_escaped(out, m->content, strlen(m->content));
        str_add(out, "</div>\n");
    }
    str_add(out, "</article>\n");
    return ok;
}

static void add_head(struct str *out, const struct history_conversation *c) {
    const char *title = c->title && *c->title ? c->title : "Conversation";
    const char *model = export_model_name(c->model);
    str_add(out, "<!doctype html>\n<html><head><meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'\">\n<meta name=\"generator\" content=\"aside\">\n"
                 "<title>");
    export_escaped(out, title, strlen(title));
    str_addf(out, "</title>\n<style>\n%s</style></head><body>\n<h1>", style);
    export_escaped(out, title, strlen(title));
    str_add(out, "</h1>\n<p class=facts>");
    export_escaped(out, model, strlen(model));
    str_add(out, *model ? " · " : "");
    export_time(out, c->created_ms);
    for (const char *tag = c->tags; *tag; tag += strcspn(tag, " "), tag += *tag == ' ') {
        str_add(out, " · #");
        export_escaped(out, tag, strcspn(tag, " "));
    }
    str_add(out, "</p>\n<input type=\"checkbox\" id=\"lens\"> <label for=\"lens\">colour what it "
                 "was unsure of in its thoughts</label>\n<main>\n");
}

bool export_html(struct history *h, const struct history_conversation *c, struct str *out,
                 struct err *e) {
    struct history_message *messages;
    size_t n;
    if (!history_messages(h, c->id, 0, &messages, &n, e)) return false;
    bool ok = true;
    add_head(out, c);
    for (size_t i = 0; i < n; i++) {
        ok = ok && add_message(h, &messages[i], out, e);
        history_message_done(&messages[i]);
    }
    free(messages);
    str_add(out, "</main>\n</body></html>\n");
    return ok;
}
