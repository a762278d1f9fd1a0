/* view_list: a list to pick from: sessions, models, what a search found. Typing narrows it to the
 * items that hold every word typed; the selected item's preview stands beside it, or below. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"
#include "ui/text.h"

struct entry {
    int64_t id;
    char *text, *detail, *preview;
};

struct list {
    int number;
    char *title;
    struct entry *items;
    size_t n;
    bool can_delete, sure; /* sure: Del was pressed once */
    struct str filter;
    size_t *shown;           /* indices of the items that pass */
    size_t n_shown, at, top; /* at: selected, in shown */
    int page;
};

void list_free(struct list *l) {
    if (!l) return;
    for (size_t i = 0; i < l->n; i++) {
        free(l->items[i].text);
        free(l->items[i].detail);
        free(l->items[i].preview);
    }
    free(l->items);
    free(l->shown);
    free(l->title);
    str_free(&l->filter);
    free(l);
}

/* Harmless, and without newlines where it is one line. */
static char *copy(const char *s, bool one_line) {
    struct str out = {0};
    if (!s) return NULL;
    utf8_add_harmless(&out, s, strlen(s));
    for (size_t i = 0; one_line && i < out.len; i++)
        if (out.s[i] == '\n' || out.s[i] == '\t') out.s[i] = ' ';
    str_cstr(&out);
    return str_take(&out);
}

static bool has(const char *s, const char *word) {
    return s && text_find(s, strlen(s), word) != SIZE_MAX;
}

static bool passes(const struct entry *e, const char *filter) {
    char *words = mem_strdup(filter), *rest = words, *word;
    bool ok = true;
    while (ok && (word = strsep(&rest, " ")))
        if (*word) ok = has(e->text, word) || has(e->detail, word) || has(e->preview, word);
    free(words);
    return ok;
}

static void narrow(struct list *l) {
    l->n_shown = l->at = l->top = 0;
    for (size_t i = 0; i < l->n; i++)
        if (passes(&l->items[i], str_cstr(&l->filter))) l->shown[l->n_shown++] = i;
}

void list_open(struct ui *u, int number, const char *title, const struct ui_item *items, size_t n,
               bool can_delete) {
    struct list *l = mem_calloc(1, sizeof *l);
    *l = (struct list){.number = number, .title = copy(title, true), .can_delete = can_delete};
    l->items = mem_calloc(n ? n : 1, sizeof *l->items);
    l->shown = mem_calloc(n ? n : 1, sizeof *l->shown);
    l->n = n;
    for (size_t i = 0; i < n; i++)
        l->items[i] = (struct entry){items[i].id, copy(items[i].text, true),
                                     copy(items[i].detail, true), copy(items[i].preview, false)};
    narrow(l);
    list_free(u->list);
    u->list = l;
    u->over = &view_list;
}

static const struct entry *selected(const struct list *l) {
    return l->n_shown ? &l->items[l->shown[l->at]] : NULL;
}

/* ---- Drawing -------------------------------------------------------------------------------- */

static void draw_item(const struct entry *e, int y, struct rect box, bool on) {
    unsigned style = on ? THEME_SELECTED : THEME_TEXT;
    int right = box.x + box.cols - 1, room = box.cols - 2;
    if (on)
        for (int x = box.x; x < box.x + box.cols; x++) screen_puts(y, x, 1, " ", style);
    if (e->detail) {
        int cols = text_cols(e->detail, strlen(e->detail));
        if (cols <= room / 2) {
            screen_puts_right(y, right, room, e->detail, on ? style : THEME_DIM);
            room -= cols + 2;
        }
    }
    const char *text = e->text ? e->text : "";
    size_t n = strlen(text), fits = text_fit(text, n, room);
    if (fits < n) {
        const char *dots = screen_glyph(GLYPH_DOTS);
        fits = text_fit(text, n, room - text_cols(dots, strlen(dots)));
        int used = screen_put(y, box.x + 1, room, text, fits, style);
        screen_puts(y, box.x + 1 + used, room - used, dots, style);
    } else {
        screen_put(y, box.x + 1, room, text, n, style);
    }
}

static void draw_preview(const struct entry *e, struct rect box) {
    struct paper p = {0};
    if (!e || !e->preview || box.rows <= 0) return;
    wrap_plain(&p, e->preview, 0, strlen(e->preview), box.cols - 2, THEME_DIM);
    for (int i = 0; i < box.rows && (size_t)i < p.n_lines; i++)
        screen_line(box.y + i, box.x + 1, box.cols - 1, &p, &p.lines[i]);
    paper_free(&p);
}

static bool any_preview(const struct list *l) {
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].preview) return true;
    return false;
}

static void draw_head(const struct list *l, struct rect box) {
    struct str s = {0};
    screen_puts(box.y, box.x + 1, box.cols - 2, l->title ? l->title : "", THEME_STATUS);
    if (l->n_shown == l->n)
        str_addf(&s, "%zu", l->n);
    else
        str_addf(&s, "%zu of %zu", l->n_shown, l->n);
    screen_puts_right(box.y, box.x + box.cols - 1, box.cols / 2, s.s, THEME_DIM);
    screen_glyphs(box.y + 1, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    str_free(&s);
}

static void draw_foot(const struct list *l, struct rect box) {
    int y = box.y + box.rows - 2;
    int x = box.x + screen_puts(y, box.x, box.cols, screen_glyph(GLYPH_PROMPT), THEME_PROMPT) + 1;
    size_t n = l->filter.len;
    if (n == 0)
        screen_puts(y, x, box.cols - 3, "type to narrow", THEME_DIM);
    else
        x += screen_put(y, x, box.cols - 4, l->filter.s, n, THEME_TEXT);
    screen_puts(y + 1, box.x + 1, box.cols - 2,
                l->sure         ? "Del again deletes it for good"
                : l->can_delete ? "Enter take   Esc back   Del delete"
                                : "Enter take   Esc back",
                l->sure ? THEME_NOTICE : THEME_DIM);
    screen_cursor(y, x);
}

static void draw(struct ui *u, struct rect box) {
    struct list *l = u->list;
    draw_head(l, box);
    struct rect rows = {box.y + 2, box.x, box.rows - 5, box.cols}, side = {0};
    if (any_preview(l)) {
        if (box.cols >= 100) {
            rows.cols = box.cols * 58 / 100;
            side = (struct rect){rows.y, rows.cols + 1, rows.rows, box.cols - rows.cols - 1};
            for (int y = rows.y; y < rows.y + rows.rows; y++)
                screen_glyphs(y, rows.cols, 1, GLYPH_VLINE, THEME_RULE);
        } else if (rows.rows >= 9) {
            int below = rows.rows / 3;
            rows.rows -= below + 1;
            side = (struct rect){rows.y + rows.rows + 1, box.x, below, box.cols};
            screen_glyphs(rows.y + rows.rows, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
        }
    }
    screen_glyphs(box.y + box.rows - 3, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    l->page = rows.rows > 1 ? rows.rows : 1;
    if (l->at < l->top) l->top = l->at;
    if (l->at >= l->top + (size_t)l->page) l->top = l->at - (size_t)l->page + 1;
    for (int i = 0; i < rows.rows && l->top + (size_t)i < l->n_shown; i++)
        draw_item(&l->items[l->shown[l->top + (size_t)i]], rows.y + i, rows,
                  l->top + (size_t)i == l->at);
    if (l->n_shown == 0)
        screen_puts(rows.y, rows.x + 1, rows.cols - 2, l->n ? "Nothing matches." : "Nothing here.",
                    THEME_DIM);
    draw_preview(selected(l), side);
    draw_foot(l, box);
}

/* ---- Keys ----------------------------------------------------------------------------------- */

static void move(struct list *l, long by) {
    if (l->n_shown == 0) return;
    long at = (long)l->at + by;
    l->at = at < 0 ? 0 : at >= (long)l->n_shown ? l->n_shown - 1 : (size_t)at;
}

static void leave(struct ui *u) {
    int number = u->list->number;
    ui_leave_view(u);
    ui_post(u, UI_LIST_CLOSE, NULL, number, 0, 0);
}

static bool request(struct ui *u, enum request req) {
    struct list *l = u->list;
    const struct entry *e = selected(l);
    bool sure = l->sure;
    l->sure = false;
    switch (req) {
    case REQ_LINE_UP:
        move(l, -1);
        return true;
    case REQ_LINE_DOWN:
        move(l, 1);
        return true;
    case REQ_PAGE_UP:
        move(l, -l->page);
        return true;
    case REQ_PAGE_DOWN:
        move(l, l->page);
        return true;
    case REQ_TOP:
        move(l, -(long)l->n_shown);
        return true;
    case REQ_BOTTOM:
        move(l, (long)l->n_shown);
        return true;
    case REQ_INTERRUPT:
    case REQ_LEAVE:
        leave(u);
        return true;
    case REQ_PICK: {
        if (!e) return true;
        int number = l->number;
        int64_t id = e->id;
        ui_leave_view(u);
        ui_post(u, UI_PICK, NULL, number, id, 0);
        return true;
    }
    case REQ_DELETE:
        if (!e || !l->can_delete) return true;
        if (sure)
            ui_post(u, UI_LIST_DELETE, NULL, l->number, e->id, 0);
        else
            l->sure = true;
        return true;
    default:
        return false;
    }
}

static bool key(struct ui *u, const struct key *k) {
    struct list *l = u->list;
    l->sure = false;
    if (k->code == 127 || k->code == KEYS_C('H')) {
        if (l->filter.len == 0) return true;
        size_t n = l->filter.len - 1;
        while (n > 0 && (l->filter.s[n] & 0xC0) == 0x80) n--;
        str_truncate(&l->filter, n);
    } else if (k->code == KEYS_C('U')) {
        str_clear(&l->filter);
    } else if (k->code >= 0x20 && k->code < KEYS_NAMED) {
        utf8_add_harmless(&l->filter, k->text, k->n);
    } else {
        return true;
    }
    narrow(l);
    return true;
}

static void close_list(struct ui *u) {
    list_free(u->list);
    u->list = NULL;
}

const struct view_ops view_list = {.name = "list",
                                   .where = IN_LIST,
                                   .draw = draw,
                                   .request = request,
                                   .key = key,
                                   .close = close_list};
