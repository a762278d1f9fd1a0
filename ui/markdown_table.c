/* markdown_table: see markdown_table.h. */
#include "ui/markdown_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/screen.h"
#include "ui/text.h"
#include "ui/theme.h"

enum { MAX_COLS = 32, GUTTER = 3 /* " │ " */ };

struct cell {
    struct para text;
    struct paper laid;
    int align;
};

struct table {
    unsigned n_cols, n_rows, at; /* at: cells in the last row */
    struct cell *cells;          /* n_rows * n_cols */
    size_t cap;
    int width[MAX_COLS];
};

struct table *table_new(unsigned n_cols) {
    struct table *t = mem_calloc(1, sizeof *t);
    t->n_cols = n_cols < 1 ? 1 : n_cols > MAX_COLS ? MAX_COLS : n_cols;
    return t;
}

void table_free(struct table *t) {
    for (size_t i = 0; i < (size_t)t->n_rows * t->n_cols; i++) {
        para_free(&t->cells[i].text);
        paper_free(&t->cells[i].laid);
    }
    free(t->cells);
    free(t);
}

void table_row(struct table *t) {
    size_t n = (size_t)t->n_rows * t->n_cols;
    t->cells = mem_grow(t->cells, &t->cap, n + t->n_cols, sizeof *t->cells);
    memset(t->cells + n, 0, t->n_cols * sizeof *t->cells);
    t->n_rows++;
    t->at = 0;
}

void table_cell(struct table *t, const struct para *a, int align) {
    if (t->n_rows == 0 || t->at == t->n_cols) return;
    struct cell *c = &t->cells[(size_t)(t->n_rows - 1) * t->n_cols + t->at];
    c->align = align;
    for (size_t r = 0; r < a->n_runs; r++) {
        size_t begin = r ? a->runs[r - 1].end : 0;
        para_add(&c->text, a->text.s + begin, a->runs[r].end - begin, a->runs[r].style,
                 a->runs[r].src);
    }
    int cols = text_cols(str_cstr(&c->text.text), c->text.text.len);
    if (cols > t->width[t->at]) t->width[t->at] = cols;
    t->at++;
}

static void fit_widths(struct table *t, int room) {
    int total = 0;
    for (unsigned c = 0; c < t->n_cols; c++) {
        if (t->width[c] < 1) t->width[c] = 1;
        total += t->width[c];
    }
    room -= GUTTER * (int)(t->n_cols - 1);
    if (room < (int)t->n_cols) room = (int)t->n_cols;
    while (total > room) {
        unsigned widest = 0;
        for (unsigned c = 1; c < t->n_cols; c++)
            if (t->width[c] > t->width[widest]) widest = c;
        if (t->width[widest] <= 1) break;
        t->width[widest]--;
        total--;
    }
}

static void put_spaces(struct paper *p, int n) {
    while (n-- > 0) paper_put(p, " ", 1, THEME_TEXT);
}

static void put_cell(struct paper *p, const struct cell *c, size_t k, int width) {
    if (k >= c->laid.n_lines) {
        put_spaces(p, width);
        return;
    }
    const struct line *l = &c->laid.lines[k];
    int spare = width - l->cols > 0 ? width - l->cols : 0;
    int before = c->align == 3 ? spare : c->align == 2 ? spare / 2 : 0;
    put_spaces(p, before);
    const char *s = c->laid.text.s + l->text;
    for (size_t r = l->run; r < l->run + l->n_runs; r++) {
        paper_put(p, s, c->laid.runs[r].bytes, c->laid.runs[r].style);
        s += c->laid.runs[r].bytes;
    }
    put_spaces(p, spare - before);
}

static size_t row_src(const struct cell *row, unsigned n_cols) {
    for (unsigned c = 0; c < n_cols; c++)
        if (row[c].text.n_runs) return row[c].text.runs[0].src;
    return 0;
}

size_t table_src(const struct table *t) { return t->n_rows ? row_src(t->cells, t->n_cols) : 0; }

static void put_rule(struct table *t, struct paper *p, const char *prefix, size_t src) {
    paper_line(p, src);
    paper_put(p, prefix, strlen(prefix), THEME_TEXT);
    const char *h = screen_glyph(GLYPH_HLINE), *x = screen_glyph(GLYPH_CROSS);
    for (unsigned c = 0; c < t->n_cols; c++) {
        int n = t->width[c] + (c > 0) + (c + 1 < t->n_cols);
        if (c) paper_put(p, x, strlen(x), THEME_RULE);
        while (n-- > 0) paper_put(p, h, strlen(h), THEME_RULE);
    }
}

void table_render(struct table *t, struct paper *p, const char *prefix, int width) {
    fit_widths(t, width - text_cols(prefix, strlen(prefix)));
    for (unsigned r = 0; r < t->n_rows; r++) {
        struct cell *row = &t->cells[(size_t)r * t->n_cols];
        size_t height = 1, src = row_src(row, t->n_cols);
        for (unsigned c = 0; c < t->n_cols; c++) {
            if (row[c].text.text.len)
                wrap_para(&row[c].laid, &row[c].text, (struct wrap_prefix){0},
                          (struct wrap_prefix){0}, t->width[c], WRAP_WORDS);
            if (row[c].laid.n_lines > height) height = row[c].laid.n_lines;
        }
        for (size_t k = 0; k < height; k++) {
            paper_line(p, src);
            paper_put(p, prefix, strlen(prefix), THEME_TEXT);
            for (unsigned c = 0; c < t->n_cols; c++) {
                if (c) {
                    paper_put(p, " ", 1, THEME_TEXT);
                    paper_put(p, screen_glyph(GLYPH_VLINE), strlen(screen_glyph(GLYPH_VLINE)),
                              THEME_RULE);
                    paper_put(p, " ", 1, THEME_TEXT);
                }
                put_cell(p, &row[c], k, t->width[c]);
            }
        }
        if (r == 0) put_rule(t, p, prefix, src);
    }
}
