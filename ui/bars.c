/* bars: what frames the panes: the status line, the rules, the notice and the key bar. */
#include <string.h>

#include "ui/state.h"
#include "ui/text.h"

enum { METER = 10 };

static void draw_meter(const struct ui *u, int x) {
    size_t full = u->context_total ? u->context_used * METER / u->context_total : 0;
    if (u->context_used > 0 && full == 0) full = 1;
    if (full > METER) full = METER;
    bool near = u->context_used * 10 >= u->context_total * 9;
    screen_glyphs(0, x, (int)full, GLYPH_FULL, near ? THEME_METER_FULL : THEME_METER);
    screen_glyphs(0, x + (int)full, METER - (int)full, GLYPH_EMPTY, THEME_DIM);
}

/* From the longest to the shortest form; the first that leaves room for the name is taken. */
static void context_text(const struct ui *u, struct str *out, int form) {
    if (form == 0) str_add(out, "context ");
    if (form <= 1) {
        format_count(out, u->context_used);
        str_add(out, form == 0 ? " of " : "/");
        format_count(out, u->context_total);
    } else {
        str_addf(out, "%zu %%", u->context_total ? 100 * u->context_used / u->context_total : 0);
    }
}

static void draw_status(struct ui *u) {
    int cols = screen_cols(), right = cols - 1;
    int x = 1 + screen_puts(0, 1, cols - 2, "aside", THEME_ASIDE) + 3;
    const char *model = u->model ? u->model : "";
    int model_cols = text_cols(model, strlen(model));
    const char *activity = u->activity ? u->activity : "";
    int activity_cols = *activity ? text_cols(activity, strlen(activity)) + 3 : 0;
    if (u->context_total) {
        struct str s = {0};
        for (int form = 0; form < 3; form++) {
            str_clear(&s);
            context_text(u, &s, form);
            bool meter = form == 0;
            int need = (int)text_cols(s.s, s.len) + (meter ? METER + 1 : 0);
            if (form < 2 && x + model_cols + activity_cols + 3 + need > right) continue;
            if (meter) draw_meter(u, right - METER);
            right = screen_puts_right(0, right - (meter ? METER + 1 : 0), need, s.s, THEME_DIM) - 3;
            break;
        }
        str_free(&s);
    }
    int room = right - x - activity_cols;
    if (room < model_cols && room > 4) {
        const char *dots = screen_glyph(GLYPH_DOTS);
        int dots_cols = text_cols(dots, strlen(dots));
        size_t n = text_fit(model, strlen(model), room - dots_cols);
        x += screen_put(0, x, room, model, n, THEME_STATUS);
        x += screen_puts(0, x, dots_cols, dots, THEME_STATUS);
    } else {
        x += screen_puts(0, x, room, model, THEME_STATUS);
    }
    if (*activity) screen_puts(0, x + 3, right - x - 3, activity, THEME_DIM);
}

/* "↓ new" at the right end of the rule below a pane that is not at its end. */
static void draw_more(const struct scroll *s, struct rect pane, int y) {
    if (!s->more) return;
    struct str text = {0};
    str_addf(&text, " %s %s ", screen_glyph(GLYPH_MORE), s->unseen ? "new" : "more");
    screen_puts_right(y, pane.x + pane.cols - 2, pane.cols - 4, text.s,
                      s->unseen ? THEME_NEW : THEME_DIM);
    str_free(&text);
}

static void draw_notice(struct ui *u) {
    struct rect box = u->lay.notice;
    struct paper p = {0};
    if (u->notice.len == 0) return;
    if (box.rows == 0) {
        int y = u->lay.rule_bottom, room = u->lay.chat.cols - 2;
        int x = 2 + screen_puts(y, 2, 1, " ", THEME_TEXT);
        x += screen_put(y, x, room, u->notice.s, u->notice.len, THEME_NOTICE);
        screen_puts(y, x, 1, " ", THEME_TEXT);
        return;
    }
    wrap_plain(&p, u->notice.s, 0, u->notice.len, box.cols - 2, THEME_NOTICE);
    for (int i = 0; i < box.rows && (size_t)i < p.n_lines; i++)
        screen_line(box.y + i, 1, box.cols - 1, &p, &p.lines[i]);
    paper_free(&p);
}

/* ---- The key bar ---------------------------------------------------------------------------- */

static int hint_cols(struct hint h) {
    return text_cols(h.key, strlen(h.key)) + 1 + text_cols(h.what, strlen(h.what));
}

/* Writes the hint at x if it ends before `right`; returns where the next one goes. */
static int put_hint(int y, int x, int right, struct hint h) {
    int cols = screen_cols();
    if (x + hint_cols(h) > right) return x;
    x += screen_puts(y, x, cols - x, h.key, THEME_KEY);
    x += 1 + screen_puts(y, x + 1, cols - x, h.what, THEME_DIM);
    return x + 3;
}

void draw_hints(int y, const struct hint *h) {
    int x = 1, right = screen_cols() - 1;
    const struct hint *last = h;
    while (last[1].key) last++;
    for (; h < last; h++) x = put_hint(y, x, right - hint_cols(*last) - 3, *h);
    put_hint(y, x, right, *last);
}

static void draw_keys(struct ui *u) {
    static const struct hint idle[] = {{"Enter", "send"},
                                       {"Ctrl-O", "thinking"},
                                       {"Alt-Enter", "new line"},
                                       {"F1", "help"},
                                       {NULL, NULL}},
                             thinking[] = {{"Enter", "send"},  {"Ctrl-O", "thinking"},
                                           {"Ctrl-C", "stop"}, {"Alt-A", "answer now"},
                                           {"F1", "help"},     {NULL, NULL}},
                             busy[] = {{"Enter", "send"},
                                       {"Ctrl-O", "thinking"},
                                       {"Ctrl-C", "stop"},
                                       {"F1", "help"},
                                       {NULL, NULL}},
                             replay[] = {{"Space", "pause"}, {"-/+", "speed"},
                                         {"p/n", "turn"},    {".", "step"},
                                         {"i", "all"},       {"Ctrl-O", "thinking"},
                                         {"q", "leave"},     {NULL, NULL}};
    static const struct hint inspect[] = {
        {"Arrows", "move"},   {"1-6", "choose"}, {"Enter", "fork"},
        {"n/p", "uncertain"}, {"v", "select"},   {"a", "looked up"},
        {"l", "lens"},        {"q", "leave"},    {NULL, NULL}};
    const struct hint *h = u->inspect.on ? inspect : u->replay ? replay : u->busy ? busy : idle;
    if (h == busy && u->n_msgs && u->msgs[u->n_msgs - 1].facts.phase == UI_THINKING) h = thinking;
    draw_hints(u->lay.bar, h);
}

void draw_bars(struct ui *u) {
    struct layout *l = &u->lay;
    int cols = screen_cols();
    draw_status(u);
    screen_glyphs(l->rule_top, 0, cols, GLYPH_HLINE, THEME_RULE);
    screen_glyphs(l->rule_bottom, 0, cols, GLYPH_HLINE, THEME_RULE);
    if (l->wide) {
        int x = l->chat.cols;
        screen_glyphs(l->rule_top, x, 1, GLYPH_TEE_DOWN, THEME_RULE);
        screen_glyphs(l->rule_bottom, x, 1, GLYPH_TEE_UP, THEME_RULE);
        for (int y = l->chat.y; y < l->rule_bottom; y++)
            screen_glyphs(y, x, 1, GLYPH_VLINE, THEME_RULE);
        draw_more(&u->think, l->thinking, l->rule_bottom);
    }
    lens_legend(u);
    draw_more(&u->chat, l->chat, l->rule_bottom);
    draw_notice(u);
    draw_keys(u);
}
