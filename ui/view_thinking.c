/* view_thinking: what the model thinks, beside what it says. The head says how long and how many
 * tokens, the foot how fast. It shows the newest thought, or the one of the turn that was chosen.
 */
#include "ui/state.h"

struct msg *ui_think_msg(struct ui *u) {
    if (u->turn < u->n_msgs && msg_has_thought(&u->msgs[u->turn])) return &u->msgs[u->turn];
    for (size_t i = u->n_msgs; i > 0; i--)
        if (msg_has_thought(&u->msgs[i - 1])) return &u->msgs[i - 1];
    return NULL;
}

static int text_rows(const struct ui *u) { return u->lay.thinking.rows - 2; }

static size_t end_line(const struct ui *u, const struct msg *m) {
    size_t n = m->thought_body.p.n_lines, rows = (size_t)(text_rows(u) > 0 ? text_rows(u) : 1);
    return n > rows ? n - rows : 0;
}

static void lay(struct ui *u, struct msg *m) {
    body_lay(&m->thought_body, m->thought.s, m->thought.len, u->lay.thinking.cols - 2, false,
             THEME_DIM);
    /* Another thought than before: a finished one is read from its beginning. */
    if (u->think_shown != (size_t)(m - u->msgs)) {
        u->think_shown = (size_t)(m - u->msgs);
        u->think = (struct scroll){.follow = m->facts.phase != UI_DONE || u->turn >= u->n_msgs};
    }
}

struct body *think_body(struct ui *u, struct msg *m) {
    lay(u, m);
    return &m->thought_body;
}

static size_t top_line(struct ui *u, const struct msg *m) {
    size_t end = end_line(u, m);
    size_t at =
        u->think.follow ? end : paper_find(&m->thought_body.p, u->think.top.src, u->think.top.nth);
    u->think.more = at < end;
    if (!u->think.more) u->think.unseen = false;
    return u->think.more ? at : end;
}

void think_scroll(struct ui *u, int rows) {
    struct msg *m = ui_think_msg(u);
    if (!m) return;
    lay(u, m);
    size_t at = top_line(u, m), end = end_line(u, m);
    if (rows < 0)
        at = at > (size_t)-rows ? at - (size_t)-rows : 0;
    else
        at += (size_t)rows;
    u->think.follow = at >= end;
    if (u->think.follow)
        u->think.unseen = false;
    else
        paper_place(&m->thought_body.p, at, &u->think.top.src, &u->think.top.nth);
}

void think_reveal(struct ui *u, struct msg *m, size_t src) {
    lay(u, m);
    size_t top = top_line(u, m), line = paper_at(&m->thought_body.p, src);
    size_t rows = (size_t)(text_rows(u) > 0 ? text_rows(u) : 1);
    if (line >= top && line < top + rows) return;
    size_t first = line > rows / 3 ? line - rows / 3 : 0;
    paper_place(&m->thought_body.p, first, &u->think.top.src, &u->think.top.nth);
    u->think.follow = first >= end_line(u, m);
}

static void draw_line(struct ui *u, const struct msg *m, size_t line, int y, int x, int room) {
    const struct paper *p = &m->thought_body.p;
    if (lens_raw(u, m))
        lens_line(u, m, UI_THOUGHT, p, line, y, x, room);
    else
        screen_line(y, x, room, p, &p->lines[line]);
}

static void draw(struct ui *u, struct rect box) {
    struct msg *m = ui_think_msg(u);
    int right = box.x + box.cols - 1;
    screen_puts(box.y, box.x + 1, box.cols - 2, "thinking",
                THEME_DIM | (u->focus_thinking ? STYLE_UNDERLINE : 0));
    if (!m) return;
    lay(u, m);
    if (u->lens != UI_LENS_OFF) lens_want(u, m);
    struct str s = {0};
    format_ms(&s, m->facts.thought_ms);
    str_add(&s, "  ");
    format_thought(&s, &m->facts);
    str_add(&s, " tok");
    int x = screen_puts_right(box.y, right, box.cols - 12, str_cstr(&s), THEME_DIM);
    draw_budget(&m->facts, box.y, box.x + 11, x - box.x - 13);
    const struct paper *p = &m->thought_body.p;
    size_t at = top_line(u, m);
    for (int i = 0; i < text_rows(u) && at + (size_t)i < p->n_lines; i++)
        draw_line(u, m, at + (size_t)i, box.y + 1 + i, box.x + 1, box.cols - 1);
    str_clear(&s);
    if (u->lens != UI_LENS_OFF) lens_summary(&m->spans[UI_THOUGHT], false, &s);
    screen_puts(box.y + box.rows - 1, box.x + 1, box.cols - 2, str_cstr(&s), THEME_DIM);
    str_clear(&s);
    if (m->facts.tokens_per_s > 0) str_addf(&s, "%.1f tok/s", m->facts.tokens_per_s);
    screen_puts_right(box.y + box.rows - 1, right, box.cols - 2, str_cstr(&s), THEME_DIM);
    str_free(&s);
}

static bool request(struct ui *u, enum request req) {
    int page = text_rows(u) > 2 ? text_rows(u) - 1 : 1;
    switch (req) {
    case REQ_PAGE_UP:
        think_scroll(u, -page);
        return true;
    case REQ_PAGE_DOWN:
        think_scroll(u, page);
        return true;
    case REQ_LINE_UP:
        think_scroll(u, -1);
        return true;
    case REQ_LINE_DOWN:
        think_scroll(u, 1);
        return true;
    case REQ_TOP:
        u->think = (struct scroll){0};
        return true;
    case REQ_BOTTOM:
        u->think = (struct scroll){.follow = true};
        return true;
    default:
        return false;
    }
}

const struct view_ops view_thinking = {
    .name = "thinking", .where = IN_CHAT, .draw = draw, .request = request};
