/* view_page: a page of Markdown to read and scroll: statistics, the context, the help. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"

struct page {
    char *title;
    struct str text;
    struct body body;
    size_t src, nth; /* the place of the first line shown */
    int rows;
};

void page_free(struct page *p) {
    if (!p) return;
    free(p->title);
    str_free(&p->text);
    body_reset(&p->body);
    free(p);
}

void page_open(struct ui *u, const char *title, const char *markdown) {
    struct page *p = mem_calloc(1, sizeof *p);
    struct str t = {0};
    utf8_add_harmless(&t, title, strlen(title));
    str_cstr(&t);
    p->title = str_take(&t);
    utf8_add_harmless(&p->text, markdown, strlen(markdown));
    page_free(u->page);
    u->page = p;
    u->over = &view_page;
}

static size_t last_top(const struct page *p) {
    size_t rows = p->rows > 0 ? (size_t)p->rows : 1;
    return p->body.p.n_lines > rows ? p->body.p.n_lines - rows : 0;
}

static size_t top(const struct page *p) {
    size_t at = paper_find(&p->body.p, p->src, p->nth), last = last_top(p);
    return at < last ? at : last;
}

static void draw(struct ui *u, struct rect box) {
    struct page *p = u->page;
    p->rows = box.rows - 4;
    screen_puts(box.y, box.x + 1, box.cols - 2, p->title, THEME_STATUS);
    screen_glyphs(box.y + 1, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    body_lay(&p->body, str_cstr(&p->text), p->text.len, box.cols - 2, true, THEME_TEXT);
    size_t at = top(p);
    for (int i = 0; i < p->rows && at + (size_t)i < p->body.p.n_lines; i++)
        screen_line(box.y + 2 + i, box.x + 1, box.cols - 1, &p->body.p,
                    &p->body.p.lines[at + (size_t)i]);
    int foot = box.y + box.rows - 2;
    screen_glyphs(foot, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    if (at < last_top(p)) {
        struct str more = {0};
        str_addf(&more, " %s more ", screen_glyph(GLYPH_MORE));
        screen_puts_right(foot, box.x + box.cols - 2, box.cols, more.s, THEME_DIM);
        str_free(&more);
    }
    screen_puts(foot + 1, box.x + 1, box.cols - 2, "Esc back   PgUp/PgDn scroll", THEME_DIM);
}

static void scroll(struct page *p, long by) {
    long at = (long)top(p) + by, last = (long)last_top(p);
    at = at < 0 ? 0 : at > last ? last : at;
    paper_place(&p->body.p, (size_t)at, &p->src, &p->nth);
}

static bool request(struct ui *u, enum request req) {
    struct page *p = u->page;
    int page = p->rows > 2 ? p->rows - 1 : 1;
    switch (req) {
    case REQ_LINE_UP:
        scroll(p, -1);
        return true;
    case REQ_LINE_DOWN:
        scroll(p, 1);
        return true;
    case REQ_PAGE_UP:
        scroll(p, -page);
        return true;
    case REQ_PAGE_DOWN:
        scroll(p, page);
        return true;
    case REQ_TOP:
        p->src = p->nth = 0;
        return true;
    case REQ_BOTTOM:
        scroll(p, (long)p->body.p.n_lines);
        return true;
    case REQ_INTERRUPT:
    case REQ_LEAVE:
        ui_leave_view(u);
        ui_post(u, UI_LIST_CLOSE, NULL, -1, 0, 0);
        return true;
    default:
        return false;
    }
}

static void close_page(struct ui *u) {
    page_free(u->page);
    u->page = NULL;
}

const struct view_ops view_page = {
    .name = "page", .where = IN_PAGE, .draw = draw, .request = request, .close = close_page};
