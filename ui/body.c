/* body: the laid-out lines of a text that grows. What was laid out stays; only the line (plain
 * text) or the block (Markdown) that can still change is done again. */
#include "ui/markdown.h"
#include "ui/state.h"

void body_reset(struct body *b) {
    paper_free(&b->p);
    *b = (struct body){0};
}

static void lay_markdown(struct body *b, const char *s, size_t n, int width) {
    paper_truncate(&b->p, b->settled_lines);
    size_t settled = markdown_settled(s, b->settled, n);
    if (settled > b->settled) {
        markdown_render(&b->p, s, b->settled, settled, width);
        b->settled = settled;
        b->settled_lines = b->p.n_lines;
    }
    if (settled < n) markdown_render(&b->p, s, settled, n, width);
}

void body_lay(struct body *b, const char *s, size_t n, int width, bool markdown, unsigned style) {
    if (width < 1) width = 1;
    if (b->width != width || b->markdown != markdown || n < b->done) {
        body_reset(b);
        b->width = width;
        b->markdown = markdown;
    }
    if (b->done == n) return;
    b->done = n;
    if (markdown) {
        lay_markdown(b, s, n, width);
        return;
    }
    size_t from = 0;
    if (b->p.n_lines) {
        from = b->p.lines[b->p.n_lines - 1].src;
        paper_truncate(&b->p, b->p.n_lines - 1);
    }
    wrap_plain(&b->p, s, from, n, width, style);
}
