/* view_inside: the model while it works: facts, rates over time as plots, and how the load falls on
 * the experts of each layer. A plot is drawn with braille patterns, two columns and four rows of
 * dots to a cell; where those cannot be shown, with a mark of four heights. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"
#include "ui/text.h"

enum { NAME_COLS = 12, WIDE_FROM = 100, PLOT_ROWS = 4, PLOT_ROWS_NARROW = 2 };

struct inside {
    struct ui_fact *facts; /* texts owned */
    size_t n_facts;
    struct ui_plot plots[UI_PLOTS]; /* all owned */
    float *load;
    size_t n_layers, n_experts;
};

void inside_free(struct inside *in) {
    if (!in) return;
    for (size_t i = 0; i < in->n_facts; i++) {
        free((char *)(uintptr_t)in->facts[i].name);
        free((char *)(uintptr_t)in->facts[i].value);
    }
    free(in->facts);
    for (int i = 0; i < UI_PLOTS; i++) {
        free((char *)(uintptr_t)in->plots[i].name);
        free((float *)(uintptr_t)in->plots[i].at);
    }
    free(in->load);
    free(in);
}

static char *harmless(const char *s) {
    struct str out = {0};
    utf8_add_harmless(&out, s, strlen(s));
    str_cstr(&out);
    return str_take(&out);
}

static float *copy(const float *x, size_t n) {
    float *to = mem_array(n, sizeof *to);
    if (n) memcpy(to, x, n * sizeof *to);
    return to;
}

void inside_show(struct ui *u, const struct ui_inside *from) {
    struct inside *in = mem_calloc(1, sizeof *in);
    in->facts = mem_array(from->n_facts, sizeof *in->facts);
    in->n_facts = from->n_facts;
    for (size_t i = 0; i < in->n_facts; i++)
        in->facts[i] =
            (struct ui_fact){harmless(from->facts[i].name), harmless(from->facts[i].value)};
    for (int i = 0; i < UI_PLOTS; i++) {
        const struct ui_plot *p = &from->plots[i];
        in->plots[i] = (struct ui_plot){harmless(p->name), copy(p->at, p->n), p->n};
    }
    in->n_layers = from->n_layers;
    in->n_experts = from->n_experts;
    in->load = copy(from->load, in->n_layers * in->n_experts);
    inside_free(u->inside);
    u->inside = in;
    u->over = &view_inside;
    ui_touch(u, false);
}

/* ---- Plots ---------------------------------------------------------------------------------- */

static float most_of(const struct ui_plot *p, size_t from) {
    float most = 0;
    for (size_t i = from; i < p->n; i++)
        if (p->at[i] > most) most = p->at[i];
    return most;
}

/* How many of `dots` rows a value fills; whatever is not nothing is seen. */
static int height(float x, float most, int dots) {
    if (!(x > 0) || !(most > 0)) return 0;
    int n = (int)(x / most * (float)dots + 0.5f);
    return n < 1 ? 1 : n > dots ? dots : n;
}

static void draw_cell(int y, int x, int left, int right) {
    /* dots of a braille pattern from below, of its two columns (Unicode 2800) */
    static const unsigned char columns[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};
    unsigned bits = 0;
    char s[4];
    for (int i = 0; i < 4; i++) {
        if (i < left) bits |= columns[0][i];
        if (i < right) bits |= columns[1][i];
    }
    if (!bits) return;
    size_t n = utf8_encode(0x2800 + bits, s);
    screen_put(y, x, 1, s, n, THEME_METER);
}

static void draw_ascii_cell(int y, int x, int dots) {
    static const char marks[] = " .:|#";
    if (dots > 0) screen_put(y, x, 1, &marks[dots > 4 ? 4 : dots], 1, THEME_METER);
}

/* The newest value at the right end. */
static void draw_plot(const struct ui_plot *p, struct rect box) {
    int per_cell = screen_ascii() ? 1 : 2, dots = 4 * box.rows;
    size_t room = (size_t)box.cols * (size_t)per_cell, from = p->n > room ? p->n - room : 0;
    float most = most_of(p, from);
    for (int x = 0; x < box.cols; x++) {
        long at = (long)p->n - (long)(box.cols - x) * per_cell;
        int h[2] = {0, 0};
        for (int k = 0; k < per_cell; k++)
            if (at + k >= (long)from) h[k] = height(p->at[at + k], most, dots);
        for (int row = 0; row < box.rows; row++) {
            int below = 4 * (box.rows - 1 - row), y = box.y + row;
            if (per_cell == 1)
                draw_ascii_cell(y, box.x + x, h[0] - below);
            else
                draw_cell(y, box.x + x, h[0] - below, h[1] - below);
        }
    }
}

static int draw_titled_plot(const struct ui_plot *p, struct rect box) {
    struct str s = {0};
    size_t room = (size_t)box.cols * (screen_ascii() ? 1 : 2);
    screen_puts(box.y, box.x, box.cols, p->name, THEME_DIM);
    if (p->n) {
        str_addf(&s, "now %.1f, most %.1f", (double)p->at[p->n - 1],
                 (double)most_of(p, p->n > room ? p->n - room : 0));
        screen_puts_right(box.y, box.x + box.cols, box.cols, s.s, THEME_DIM);
    }
    str_free(&s);
    box.y++, box.rows--;
    draw_plot(p, box);
    return box.rows + 1;
}

/* ---- Experts -------------------------------------------------------------------------------- */

/* The load of the experts that fall into a cell, as a multiple of an even share. */
static float share(const struct inside *in, size_t layer, size_t from, size_t to) {
    const float *row = in->load + layer * in->n_experts;
    float sum = 0, part = 0;
    for (size_t i = 0; i < in->n_experts; i++) {
        sum += row[i];
        if (i >= from && i < to) part += row[i];
    }
    return sum > 0 ? part / sum * (float)in->n_experts / (float)(to - from) : 0;
}

static void draw_load(const struct inside *in, size_t layer, int y, int x, int cols) {
    static const char *const shades[] = {" ", "░", "▒", "▓", "█"}, *const ascii[] = {" ", ".", ":",
                                                                                     "+", "#"};
    static const float steps[] = {0, 0.25f, 0.75f, 1.5f};
    for (int i = 0; i < cols; i++) {
        size_t from = (size_t)i * in->n_experts / (size_t)cols,
               to = ((size_t)i + 1) * in->n_experts / (size_t)cols;
        float s = share(in, layer, from, to > from ? to : from + 1);
        int step = 0;
        for (int k = 0; k < 4; k++) step += s > steps[k];
        screen_puts(y, x + i, 1, (screen_ascii() ? ascii : shades)[step], THEME_METER);
    }
}

static bool has_load(const struct inside *in, size_t layer) {
    for (size_t i = 0; i < in->n_experts; i++)
        if (in->load[layer * in->n_experts + i] > 0) return true;
    return false;
}

static void draw_experts(const struct inside *in, struct rect box) {
    struct str s = {0};
    int y = box.y + 1, last = box.y + box.rows;
    size_t hidden = 0;
    int cols =
        box.cols - NAME_COLS < (int)in->n_experts ? box.cols - NAME_COLS : (int)in->n_experts;
    str_addf(&s, "load of %zu experts, %s: an even share", in->n_experts,
             screen_ascii() ? "+" : "▓");
    screen_puts(box.y, box.x, box.cols, s.s, THEME_DIM);
    for (size_t i = 0; i < in->n_layers; i++) {
        if (!has_load(in, i)) continue;
        if (y >= last) {
            hidden++;
            continue;
        }
        str_clear(&s);
        str_addf(&s, "layer %zu", i + 1);
        screen_puts(y, box.x, NAME_COLS, s.s, THEME_DIM);
        draw_load(in, i, y++, box.x + NAME_COLS, cols);
    }
    if (hidden && y > box.y + 1) {
        str_clear(&s);
        str_addf(&s, " and %zu layers more", hidden);
        screen_puts_right(box.y, box.x + box.cols, box.cols / 3, s.s, THEME_DIM);
    }
    str_free(&s);
}

/* ---- The page ------------------------------------------------------------------------------- */

static int draw_facts(const struct inside *in, struct rect box) {
    int y = box.y;
    for (size_t i = 0; i < in->n_facts && y < box.y + box.rows; i++, y++) {
        screen_puts(y, box.x, NAME_COLS, in->facts[i].name, THEME_DIM);
        screen_puts(y, box.x + NAME_COLS, box.cols - NAME_COLS, in->facts[i].value, THEME_TEXT);
    }
    return y - box.y;
}

/* Wide: the plots beside the facts; narrow: below them. Returns the first row after both. */
static int draw_upper(const struct inside *in, struct rect box) {
    bool wide = box.cols >= WIDE_FROM;
    struct rect facts = box, plot = box;
    if (wide) {
        facts.cols = box.cols * 58 / 100 - 2;
        plot.x = box.x + facts.cols + 2;
        plot.cols = box.cols - facts.cols - 2;
    }
    int n = draw_facts(in, facts), y = wide ? box.y : box.y + n;
    for (int i = 0; i < UI_PLOTS; i++) {
        plot.y = y;
        plot.rows = 1 + (wide ? PLOT_ROWS : PLOT_ROWS_NARROW);
        if (y + plot.rows > box.y + box.rows) break;
        y += draw_titled_plot(&in->plots[i], plot);
    }
    return y > box.y + n ? y : box.y + n;
}

static void draw(struct ui *u, struct rect box) {
    struct rect page = {box.y + 2, box.x + 1, box.rows - 4, box.cols - 2};
    screen_puts(box.y, box.x + 1, box.cols - 2, "inside the model", THEME_STATUS);
    screen_glyphs(box.y + 1, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    int y = draw_upper(u->inside, page), end = page.y + page.rows;
    if (u->inside->n_experts && y + 2 <= end) {
        if (y + 4 <= end) y++; /* a blank row where there is room */
        draw_experts(u->inside, (struct rect){y, page.x, end - y, page.cols});
    }
    screen_glyphs(box.y + box.rows - 2, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    screen_puts(box.y + box.rows - 1, box.x + 1, box.cols - 2,
                u->busy ? "Esc back   Ctrl-C stop" : "Esc back", THEME_DIM);
}

static bool request(struct ui *u, enum request req) {
    if (req == REQ_INTERRUPT && u->busy) {
        ui_post(u, UI_INTERRUPT, NULL, 0, 0, 0);
        return true;
    }
    if (req != REQ_INTERRUPT && req != REQ_LEAVE && req != REQ_INSIDE) return false;
    ui_leave_view(u);
    return true;
}

static void close_inside(struct ui *u) {
    inside_free(u->inside);
    u->inside = NULL;
}

const struct view_ops view_inside = {
    .name = "inside", .where = IN_PAGE, .draw = draw, .request = request, .close = close_inside};
