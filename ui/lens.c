/* lens: what is known of each token of a text, kept beside it, and how it looks.
 *
 * A text's tokens are spans of its bytes, in ascending order, so that the token of a byte is found
 * by bisection and a row costs what it shows, however long the text is. The lens turns a value into
 * one of five steps; the lowest looks like plain text. Markdown rearranges a text's bytes; a text
 * under the lens is therefore shown as it came. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/state.h"
#include "ui/text.h"

enum { STEPS = 4 };

/* Where each step begins. Surprise is told by the probability of what was chosen, entropy by how
 * many equally likely choices would leave as much open. */
static const struct {
    const char *name, *label[STEPS], *unit;
    double from[STEPS];
} lenses[] = {
    [UI_LENS_SURPRISE] = {"surprise", {"<90", "<50", "<20", "<5"}, "%", {0.90, 0.50, 0.20, 0.05}},
    [UI_LENS_ENTROPY] = {"entropy", {">1.25", ">2", ">4", ">8"}, "choices", {1.25, 2, 4, 8}},
};

/* ---- Spans ---------------------------------------------------------------------------------- */

void spans_free(struct spans *s) {
    free(s->at);
    free(s->marks);
    *s = (struct spans){0};
}

void spans_clear(struct spans *s) {
    s->n = s->n_known = s->n_uncertain = 0;
    s->sum = 0;
}

bool span_uncertain(const struct span *s, float uncertain) {
    return !s->forced && s->surprise > uncertain; /* not when it is NaN */
}

static void count(struct spans *s, const struct span *span, float uncertain) {
    if (span->forced || isnan(span->surprise)) return;
    s->n_known++;
    s->n_uncertain += span_uncertain(span, uncertain);
    s->sum += span->surprise;
}

void spans_add(struct spans *s, const struct span *span, float uncertain) {
    assert(s->n == 0 || s->at[s->n - 1].to <= span->to);
    s->at = mem_grow(s->at, &s->cap, s->n + 1, sizeof *s->at);
    s->at[s->n++] = *span;
    count(s, span, uncertain);
}

size_t spans_at(const struct spans *s, size_t byte) {
    size_t lo = 0, hi = s->n; /* spans before lo end at or before the byte */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->at[mid].to <= byte)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t span_from(const struct spans *s, size_t i) { return i ? s->at[i - 1].to : 0; }

void ui_chat_tokens(struct ui *u, size_t index, enum ui_channel channel, const struct ui_token *t,
                    size_t n) {
    assert(index < u->n_msgs);
    struct msg *m = &u->msgs[index];
    struct spans *s = &m->spans[channel];
    size_t len = msg_text(m, channel)->len;
    struct str text = {0}, tail = {0}; /* as it became what it is */
    spans_clear(s);
    for (size_t i = 0; i < n; i++) {
        append_harmless(&text, &tail, t[i].text, t[i].n);
        size_t to = text.len < len ? text.len : len;
        spans_add(s, &(struct span){to, t[i].surprise, t[i].entropy, t[i].forced}, u->uncertain);
    }
    m->known = TOKENS_THERE;
    str_free(&text);
    str_free(&tail);
    ui_touch(u, false);
}

void ui_uncertain_set(struct ui *u, double probability) {
    u->uncertain = probability > 0 ? (float)-log(probability) : INFINITY;
    for (size_t i = 0; i < u->n_msgs; i++)
        for (int c = 0; c < 2; c++) {
            struct spans *s = &u->msgs[i].spans[c];
            s->n_known = s->n_uncertain = 0;
            s->sum = 0;
            for (size_t k = 0; k < s->n; k++) count(s, &s->at[k], u->uncertain);
        }
    ui_touch(u, false);
}

void ui_lens_set(struct ui *u, enum ui_lens lens) {
    u->lens = lens;
    ui_touch(u, true);
}

/* ---- Marks ---------------------------------------------------------------------------------- */

void ui_chat_mark(struct ui *u, size_t index, enum ui_channel channel, const char *text,
                  const struct ui_mark *marks, size_t n) {
    assert(index < u->n_msgs);
    struct spans *s = &u->msgs[index].spans[channel];
    struct str shown = {0}, tail = {0};
    size_t ends[2], done = 0;
    free(s->marks);
    s->marks = mem_array(n, sizeof *s->marks);
    s->n_marks = n;
    for (size_t i = 0; i < n; i++) {
        const size_t want[2] = {marks[i].from, marks[i].to};
        for (int k = 0; k < 2; k++) {
            assert(want[k] >= done);
            append_harmless(&shown, &tail, text + done, want[k] - done);
            done = want[k];
            ends[k] = shown.len;
        }
        s->marks[i] = (struct ui_mark){ends[0], ends[1], marks[i].weight};
    }
    u->marked = true;
    str_free(&shown);
    str_free(&tail);
    ui_touch(u, false);
}

void ui_chat_unmark(struct ui *u) {
    for (size_t i = 0; u->marked && i < u->n_msgs; i++)
        for (int c = 0; c < 2; c++) {
            free(u->msgs[i].spans[c].marks);
            u->msgs[i].spans[c].marks = NULL;
            u->msgs[i].spans[c].n_marks = 0;
        }
    u->marked = false;
    ui_touch(u, false);
}

static const struct ui_mark *mark_at(const struct spans *s, size_t byte) {
    size_t lo = 0, hi = s->n_marks;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->marks[mid].to <= byte)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n_marks && s->marks[lo].from <= byte ? &s->marks[lo] : NULL;
}

/* ---- Looks ---------------------------------------------------------------------------------- */

bool lens_raw(const struct ui *u, const struct msg *m) {
    if (u->inspect.on && (size_t)(m - u->msgs) == u->inspect.msg) return true;
    return u->lens != UI_LENS_OFF || u->marked;
}

void lens_want(struct ui *u, struct msg *m) {
    if (m->known != TOKENS_UNKNOWN) return;
    m->known = TOKENS_ASKED;
    ui_post_tokens(u, UI_WANT_TOKENS, (size_t)(m - u->msgs), UI_TEXT, 0, 0, 0);
}

static unsigned step(enum ui_lens lens, const struct span *s) {
    unsigned n = 0;
    if (lens == UI_LENS_SURPRISE && !isnan(s->surprise))
        while (n < STEPS && exp(-(double)s->surprise) < lenses[lens].from[n]) n++;
    if (lens == UI_LENS_ENTROPY && !isnan(s->entropy))
        while (n < STEPS && exp((double)s->entropy) > lenses[lens].from[n]) n++;
    return n;
}

/* One row on its way to the screen. */
struct row {
    struct ui *u;
    const struct msg *m;
    enum ui_channel channel;
    const struct spans *spans;
    size_t select_from, select_to, cursor_from, cursor_to; /* bytes; empty: not here */
    unsigned base;
};

static unsigned look(const struct row *r, size_t byte, size_t token) {
    if (byte >= r->cursor_from && byte < r->cursor_to) return THEME_SELECTED | STYLE_BOLD;
    if (byte >= r->select_from && byte < r->select_to) return THEME_SELECTED;
    if (r->u->marked) {
        const struct ui_mark *mark = mark_at(r->spans, byte);
        if (!mark) return r->base;
        return THEME_LENS_1 + (unsigned)(mark->weight >= 0.75f ? 3 : fmaxf(mark->weight * 4, 0));
    }
    unsigned n = token < r->spans->n ? step(r->u->lens, &r->spans->at[token]) : 0;
    return n ? THEME_LENS_1 + n - 1 : r->base;
}

static struct row row_make(struct ui *u, const struct msg *m, enum ui_channel channel) {
    const struct inspect *in = &u->inspect;
    struct row r = {.u = u, .m = m, .channel = channel, .spans = &m->spans[channel]};
    r.base = channel == UI_THOUGHT ? THEME_DIM : THEME_TEXT;
    if (m->role == UI_ROLE_SYSTEM || m->role == UI_ROLE_NOTE) r.base = THEME_NOTE;
    if (!in->on || in->msg != (size_t)(m - u->msgs) || in->channel != channel) return r;
    size_t at = in->token[channel];
    if (at >= r.spans->n) return r;
    r.cursor_from = span_from(r.spans, at);
    r.cursor_to = r.spans->at[at].to;
    if (r.cursor_to == r.cursor_from) r.cursor_to++; /* a token without a text stands before one */
    if (in->anchor < r.spans->n) {
        size_t first = in->anchor < at ? in->anchor : at, last = in->anchor < at ? at : in->anchor;
        r.select_from = span_from(r.spans, first);
        r.select_to = r.spans->at[last].to;
    }
    return r;
}

void lens_line(struct ui *u, const struct msg *m, enum ui_channel channel, const struct paper *p,
               size_t line, int y, int x, int room) {
    const struct line *l = &p->lines[line];
    const struct str *text = msg_text(m, channel);
    const char *s = p->text.s + l->text;
    struct row r = row_make(u, m, channel);
    size_t src = l->src, token = spans_at(r.spans, src), from = 0;
    size_t next_line = line + 1 < p->n_lines ? p->lines[line + 1].src : SIZE_MAX;
    unsigned style = 0;
    int at = x;
    bool cursor_drawn = false;
    for (size_t i = 0; i <= l->bytes;) {
        struct cluster c = {.bytes = 1};
        unsigned now = 0;
        if (i < l->bytes) {
            text_cluster(s + i, l->bytes - i, &c);
            if (text->s[src] == '\t') c.bytes = l->bytes - i < 4 ? l->bytes - i : 4;
            while (token < r.spans->n && r.spans->at[token].to <= src) token++;
            now = look(&r, src, token);
            if (src >= r.cursor_from && src < r.cursor_to && !cursor_drawn) {
                int cells = text_cols(s + from, i - from);
                u->inspect.y = y, u->inspect.x = at + cells;
                cursor_drawn = true;
            }
        }
        if (i > from && (i == l->bytes || now != style)) {
            int used = screen_put(y, at, x + room - at, s + from, i - from, style);
            at += used;
            from = i;
        }
        style = now;
        src += i < l->bytes && text->s[src] == '\t' ? 1 : c.bytes;
        i += c.bytes;
    }
    /* A newline, the space where a line is broken, a token that added nothing at the end. */
    bool here = r.cursor_to > r.cursor_from && r.cursor_from >= l->src && r.cursor_from < next_line;
    if (!here || cursor_drawn) return;
    if (at >= x + room) at = x + room - 1;
    screen_puts(y, at, 1, " ", THEME_SELECTED | STYLE_BOLD);
    u->inspect.y = y, u->inspect.x = at;
}

/* ---- Words ---------------------------------------------------------------------------------- */

void lens_legend(struct ui *u) {
    int y = u->lay.rule_top, x = 2, right = screen_cols() - 2;
    struct str s = {0};
    if (u->lens == UI_LENS_OFF || u->marked) {
        if (u->inspect.on) screen_puts(y, x, right - x, " text raw ", THEME_TEXT);
        return;
    }
    str_addf(&s, " %s ", lenses[u->lens].name);
    x += screen_puts(y, x, right - x, s.s, THEME_TEXT);
    for (int i = 0; i < STEPS; i++) {
        x += screen_puts(y, x, right - x, lenses[u->lens].label[i], THEME_LENS_1 + (unsigned)i);
        x += screen_puts(y, x, right - x, " ", THEME_TEXT);
    }
    x += screen_puts(y, x, right - x, lenses[u->lens].unit, THEME_TEXT);
    screen_puts(y, x, right - x, ", text raw ", THEME_TEXT);
    str_free(&s);
}

void lens_summary(const struct spans *s, bool brief, struct str *out) {
    if (!s->n_known) return;
    double perplexity = exp(s->sum / (double)s->n_known);
    double share = 100.0 * (double)s->n_uncertain / (double)s->n_known;
    str_addf(out, brief ? "ppl %.2f %.0f%%?" : "perplexity %.2f, %.0f %% uncertain", perplexity,
             share);
}
