/* view_chat: the conversation.
 *
 * A message is rows of four parts: a head (its role, a fact), its thought (in one column only),
 * its text, and a gap. Rows are never kept, only places (state.h): the place at the top of the
 * pane is looked up anew for each drawing, so that neither a new width nor text that streams in
 * below moves what is being read. Only messages in sight are laid out. */
#include <string.h>

#include "ui/state.h"
#include "ui/text.h"

struct rows {
    size_t head, thought, text, gap;
    size_t thought_first; /* the first line of the thought that is shown */
    bool fold;            /* the thought's first row is its summary */
};

static size_t rows_sum(const struct rows *r) { return r->head + r->thought + r->text + r->gap; }

static bool live_thought(const struct msg *m) { return m->facts.phase == UI_THINKING; }

bool msg_has_thought(const struct msg *m) {
    return m->role == UI_ROLE_ASSISTANT && (m->thought.len > 0 || live_thought(m));
}

static size_t trimmed(const struct str *s) {
    size_t n = s->len;
    while (n > 0 && (s->s[n - 1] == '\n' || s->s[n - 1] == ' ')) n--;
    return n;
}

static const char no_answer[] =
    "The limit was reached inside the thought: there is no answer yet. Alt-G thinks on, Alt-A "
    "answers now.";

static void lay_text(struct ui *u, struct msg *m, int width) {
    const char *s = m->text.s;
    size_t n = trimmed(&m->text);
    bool markdown = u->markdown && m->role == UI_ROLE_ASSISTANT && !lens_raw(u, m);
    unsigned style = THEME_TEXT;
    if (m->role == UI_ROLE_NOTE || m->role == UI_ROLE_SYSTEM) style = THEME_NOTE;
    if (n == 0 && m->facts.cut_in_thought && m->facts.phase == UI_DONE) {
        s = no_answer;
        n = sizeof no_answer - 1;
        markdown = false;
        style = THEME_NOTICE;
        if (m->text_body.done != n) body_reset(&m->text_body);
    }
    body_lay(&m->text_body, s, n, width, markdown, style);
}

/* The cursor of the inspect mode is in this message's thought. */
static bool inspected_thought(const struct ui *u, const struct msg *m) {
    const struct inspect *in = &u->inspect;
    return in->on && in->msg == (size_t)(m - u->msgs) && in->channel == UI_THOUGHT;
}

static void lay_thought(struct ui *u, struct msg *m, struct rows *r, struct rect box) {
    bool inspected = inspected_thought(u, m), hidden = u->thinking == UI_THINKING_HIDE;
    if (!msg_has_thought(m) || (hidden && !inspected) || u->lay.wide) return;
    r->fold = true;
    r->thought = 1;
    bool open = m->opened || m->opened_auto || inspected;
    if (!open && (!live_thought(m) || u->thinking == UI_THINKING_COLLAPSE)) return;
    body_lay(&m->thought_body, m->thought.s, trimmed(&m->thought), box.cols - 4, false, THEME_DIM);
    size_t lines = m->thought_body.p.n_lines, most = (size_t)(box.rows / 3 > 2 ? box.rows / 3 : 2);
    if (!open && lines > most) {
        r->thought_first = lines - most;
        lines = most;
    }
    r->thought += lines;
}

static struct rows lay(struct ui *u, struct msg *m, struct rect box) {
    struct rows r = {.head = m->role != UI_ROLE_NOTE, .gap = 1};
    lay_thought(u, m, &r, box);
    lay_text(u, m, box.cols - 2);
    r.text = m->text_body.p.n_lines;
    if (r.thought > 1 && r.text) r.thought++; /* a blank row between thought and answer */
    return r;
}

struct body *chat_body(struct ui *u, struct msg *m, enum ui_channel channel) {
    lay(u, m, u->lay.chat);
    return channel == UI_THOUGHT ? &m->thought_body : &m->text_body;
}

/* ---- Places and rows ------------------------------------------------------------------------ */

static size_t place_row(const struct msg *m, const struct rows *r, struct place p) {
    size_t row = 0, line;
    switch (p.part) {
    case PART_HEAD:
        return 0;
    case PART_FOLD:
        return r->thought ? r->head : 0;
    case PART_THOUGHT:
        if (r->thought == 0) return r->head;
        line = paper_find(&m->thought_body.p, p.src, p.nth);
        row = line < r->thought_first ? 0 : line - r->thought_first + 1;
        return r->head + (row < r->thought ? row : r->thought - 1);
    case PART_TEXT:
        line = r->text ? paper_find(&m->text_body.p, p.src, p.nth) : 0;
        return r->head + r->thought + line;
    case PART_GAP:
        break;
    }
    return r->head + r->thought + r->text;
}

static struct place row_place(const struct msg *m, const struct rows *r, size_t msg, size_t row) {
    struct place p = {.msg = msg, .part = PART_HEAD};
    if (row < r->head) return p;
    row -= r->head;
    if (row < r->thought) {
        p.part = row ? PART_THOUGHT : PART_FOLD;
        if (row) paper_place(&m->thought_body.p, row - 1 + r->thought_first, &p.src, &p.nth);
        return p;
    }
    row -= r->thought;
    p.part = row < r->text ? PART_TEXT : PART_GAP;
    if (row < r->text) paper_place(&m->text_body.p, row, &p.src, &p.nth);
    return p;
}

/* The last message's gap is not shown. */
static size_t shown_rows(const struct ui *u, size_t i, const struct rows *r) {
    return rows_sum(r) - (i + 1 == u->n_msgs ? r->gap : 0);
}

/* Where the pane begins when it shows the end. */
static void end_top(struct ui *u, struct rect box, size_t *msg, size_t *row) {
    size_t left = (size_t)box.rows;
    *msg = *row = 0;
    for (size_t i = u->n_msgs; i > 0 && left > 0; i--) {
        struct rows r = lay(u, &u->msgs[i - 1], box);
        size_t n = shown_rows(u, i - 1, &r);
        *msg = i - 1;
        *row = n > left ? n - left : 0;
        left -= n > left ? left : n;
    }
}

static void find_top(struct ui *u, struct rect box, size_t *msg, size_t *row) {
    size_t end_msg, end_row;
    end_top(u, box, &end_msg, &end_row);
    *msg = end_msg, *row = end_row;
    u->chat.more = false;
    if (u->chat.follow || u->n_msgs == 0) return;
    struct place p = u->chat.top;
    if (p.msg < u->n_msgs) {
        struct rows r = lay(u, &u->msgs[p.msg], box);
        size_t at = place_row(&u->msgs[p.msg], &r, p);
        u->chat.more = p.msg < end_msg || (p.msg == end_msg && at < end_row);
        if (u->chat.more) *msg = p.msg, *row = at;
    }
    if (!u->chat.more) u->chat.follow = true; /* the end is in sight after all */
}

/* Who scrolls back sees the live thought whole, not only its last lines. */
static void leave_end(struct ui *u) {
    struct msg *m = u->n_msgs ? &u->msgs[u->n_msgs - 1] : NULL;
    if (m && live_thought(m)) m->opened_auto = true;
}

void chat_end(struct ui *u) {
    u->chat.follow = true;
    u->chat.unseen = false;
    for (size_t i = 0; i < u->n_msgs; i++) u->msgs[i].opened_auto = false;
}

void chat_scroll(struct ui *u, int n) {
    struct rect box = u->lay.chat;
    size_t msg, row, end_msg, end_row;
    if (u->n_msgs == 0) return;
    if (n < 0) leave_end(u);
    find_top(u, box, &msg, &row);
    struct rows r = lay(u, &u->msgs[msg], box);
    for (; n < 0 && (msg > 0 || row > 0); n++) {
        if (row > 0) {
            row--;
            continue;
        }
        msg--;
        r = lay(u, &u->msgs[msg], box);
        row = rows_sum(&r) - 1;
    }
    for (; n > 0; n--) {
        if (row + 1 < rows_sum(&r)) {
            row++;
        } else if (msg + 1 < u->n_msgs) {
            msg++;
            r = lay(u, &u->msgs[msg], box);
            row = 0;
        } else {
            break;
        }
    }
    end_top(u, box, &end_msg, &end_row);
    if (msg > end_msg || (msg == end_msg && row >= end_row)) {
        chat_end(u);
        return;
    }
    u->chat.top = row_place(&u->msgs[msg], &r, msg, row);
    u->chat.follow = false;
}

/* The rows from the top of the pane to a place; -1: it is above or far below. */
static int rows_to(struct ui *u, struct rect box, struct place p, size_t msg, size_t row) {
    struct rows r = lay(u, &u->msgs[p.msg], box);
    size_t want = place_row(&u->msgs[p.msg], &r, p);
    if (p.msg < msg || (p.msg == msg && want < row)) return -1;
    size_t n = 0;
    for (size_t i = msg; i < p.msg && n < row + (size_t)box.rows; i++) {
        r = lay(u, &u->msgs[i], box);
        n += rows_sum(&r);
    }
    return n + want - row < (size_t)box.rows ? (int)(n + want - row) : -1;
}

void chat_reveal(struct ui *u, struct place p) {
    struct rect box = u->lay.chat;
    size_t msg, row;
    if (p.msg >= u->n_msgs || box.rows < 1) return;
    find_top(u, box, &msg, &row);
    if (rows_to(u, box, p, msg, row) >= 0) return;
    u->chat.top = p;
    u->chat.follow = false;
    chat_scroll(u, -box.rows / 3);
}

/* ---- Drawing -------------------------------------------------------------------------------- */

static const char *const role_names[] = {
    [UI_ROLE_USER] = "you", [UI_ROLE_ASSISTANT] = "aside", [UI_ROLE_SYSTEM] = "system"};

static void speed(struct str *out, const struct ui_facts *f) {
    if (f->tokens_per_s > 0) str_addf(out, "%.1f tok/s", f->tokens_per_s);
}

/* What the head of an answer says at its right. */
static void head_fact(struct ui *u, const struct msg *m, struct str *out) {
    const struct ui_facts *f = &m->facts;
    bool beside = u->lay.wide || u->thinking == UI_THINKING_HIDE;
    switch (f->phase) {
    case UI_WAITING:
        if (f->prefill_total > 0)
            str_addf(out, "reading %d %%", (int)(100 * f->prefill_done / f->prefill_total));
        else
            str_addf(out, "reading %s", screen_glyph(GLYPH_DOTS));
        break;
    case UI_THINKING:
        if (beside)
            str_addf(out, "thinking %s", screen_glyph(GLYPH_DOTS));
        else
            speed(out, f);
        break;
    case UI_ANSWERING:
        speed(out, f);
        break;
    case UI_DONE:
        if (f->n_thought > 0 && u->lay.wide) {
            str_add(out, "thought for ");
            format_ms(out, f->thought_ms);
        }
        if (f->stopped) str_addf(out, "%sstopped", out->len ? ", " : "");
        break;
    }
}

/* And before it, under the lens, how sure it was. */
static void add_summary(struct ui *u, const struct spans *s, struct str *fact) {
    struct str out = {0};
    if (u->lens != UI_LENS_OFF) lens_summary(s, !u->lay.wide, &out);
    if (out.len && fact->len) str_add(&out, "  ");
    str_add(&out, str_cstr(fact));
    str_free(fact);
    *fact = out;
}

static void draw_head(struct ui *u, const struct msg *m, int y, struct rect box) {
    unsigned style = m->role == UI_ROLE_USER        ? THEME_YOU
                     : m->role == UI_ROLE_ASSISTANT ? THEME_ASIDE
                                                    : THEME_NOTE;
    int used = screen_puts(y, box.x + 1, box.cols - 2, role_names[m->role], style);
    if (m->n_siblings > 1) {
        struct str of = {0};
        str_addf(&of, "%d/%d", m->sibling, m->n_siblings);
        used += 2 + screen_puts(y, box.x + 3 + used, box.cols - 4 - used, of.s, THEME_DIM);
        str_free(&of);
    }
    if (m->role != UI_ROLE_ASSISTANT) return;
    struct str fact = {0};
    head_fact(u, m, &fact);
    add_summary(u, &m->spans[UI_TEXT], &fact);
    screen_puts_right(y, box.x + box.cols - 1, box.cols - used - 4, str_cstr(&fact), THEME_DIM);
    str_free(&fact);
}

static void draw_fold(struct ui *u, const struct msg *m, const struct rows *r, int y,
                      struct rect box) {
    struct str s = {0};
    if (live_thought(m)) {
        str_addf(&s, "thinking %s  ", screen_glyph(GLYPH_DOTS));
        format_ms(&s, m->facts.thought_ms);
        str_addf(&s, " %s ", screen_glyph(GLYPH_MIDDOT));
        format_thought(&s, &m->facts);
        str_add(&s, " tokens");
    } else {
        str_addf(&s, "%s ", screen_glyph(r->thought > 1 ? GLYPH_OPEN : GLYPH_CLOSED));
        thought_summary(&s, &m->facts);
        if (u->lens != UI_LENS_OFF && m->spans[UI_THOUGHT].n_known) {
            str_add(&s, "  ");
            lens_summary(&m->spans[UI_THOUGHT], true, &s);
        }
    }
    int used = screen_puts(y, box.x + 1, box.cols - 2, str_cstr(&s), THEME_DIM);
    if (live_thought(m)) draw_budget(&m->facts, y, box.x + used + 3, box.cols - used - 4);
    str_free(&s);
}

static void mark_needle(struct ui *u, const struct paper *p, const struct line *l, int y, int x) {
    if (!u->needle) return;
    const char *s = p->text.s + l->text;
    size_t k = strlen(u->needle), at, from = 0;
    while (from < l->bytes && (at = text_find(s + from, l->bytes - from, u->needle)) != SIZE_MAX) {
        at += from;
        screen_put(y, x + text_cols(s, at), 1000, s + at, k, THEME_MATCH);
        from = at + k;
    }
}

static void draw_row(struct ui *u, struct msg *m, const struct rows *r, size_t row, int y,
                     struct rect box) {
    if (u->lens != UI_LENS_OFF) lens_want(u, m);
    if (row < r->head) {
        draw_head(u, m, y, box);
        return;
    }
    row -= r->head;
    const struct paper *p = NULL;
    size_t line = 0;
    int x = box.x + 1;
    if (row < r->thought) {
        if (row == 0) {
            draw_fold(u, m, r, y, box);
            return;
        }
        p = &m->thought_body.p;
        line = row - 1 + r->thought_first;
        x += 2;
    } else if (row - r->thought < r->text) {
        p = &m->text_body.p;
        line = row - r->thought;
    }
    if (!p || line >= p->n_lines) return;
    enum ui_channel channel = p == &m->text_body.p ? UI_TEXT : UI_THOUGHT;
    if (lens_raw(u, m) && (channel == UI_THOUGHT || trimmed(&m->text)))
        lens_line(u, m, channel, p, line, y, x, box.x + box.cols - x);
    else
        screen_line(y, x, box.x + box.cols - x, p, &p->lines[line]);
    mark_needle(u, p, &p->lines[line], y, x);
}

static void draw_welcome(struct rect box) {
    static const char *const lines[] = {"Type a message and press Enter.",
                                        "/help lists the commands, F1 the keys."};
    for (int i = 0; i < 2 && i < box.rows; i++)
        screen_puts(box.y + i, box.x + 1, box.cols - 2, lines[i], THEME_DIM);
}

static void draw(struct ui *u, struct rect box) {
    size_t msg, row;
    if (u->n_msgs == 0) {
        draw_welcome(box);
        return;
    }
    find_top(u, box, &msg, &row);
    if (!u->chat.more) u->chat.unseen = false;
    struct rows r = lay(u, &u->msgs[msg], box);
    for (int y = box.y; y < box.y + box.rows; y++) {
        while (row >= rows_sum(&r)) {
            if (++msg >= u->n_msgs) return;
            r = lay(u, &u->msgs[msg], box);
            row = 0;
        }
        draw_row(u, &u->msgs[msg], &r, row++, y, box);
    }
}

/* ---- Requests ------------------------------------------------------------------------------- */

static void turn_select(struct ui *u, int step) {
    size_t now = u->turn < u->n_msgs ? u->turn : u->n_msgs;
    for (size_t i = now; step < 0 ? i > 0 : i + 1 < u->n_msgs;) {
        i += step < 0 ? (size_t)-1 : 1;
        if (u->msgs[i].role != UI_ROLE_ASSISTANT) continue;
        if (u->turn < u->n_msgs) u->msgs[u->turn].opened = false;
        u->turn = i;
        u->msgs[i].opened = true;
        u->chat.top = (struct place){.msg = i};
        u->chat.follow = false;
        return;
    }
    if (step > 0) {
        if (u->turn < u->n_msgs) u->msgs[u->turn].opened = false;
        u->turn = SIZE_MAX;
        chat_end(u);
    }
}

static bool request(struct ui *u, enum request req) {
    int page = u->lay.chat.rows > 2 ? u->lay.chat.rows - 1 : 1;
    switch (req) {
    case REQ_PAGE_UP:
        chat_scroll(u, -page);
        return true;
    case REQ_PAGE_DOWN:
        chat_scroll(u, page);
        return true;
    case REQ_LINE_UP:
        chat_scroll(u, -1);
        return true;
    case REQ_LINE_DOWN:
        chat_scroll(u, 1);
        return true;
    case REQ_TOP:
        leave_end(u);
        u->chat.top = (struct place){0};
        u->chat.follow = false;
        return true;
    case REQ_BOTTOM:
        chat_end(u);
        return true;
    case REQ_TURN_PREV:
        turn_select(u, -1);
        return true;
    case REQ_TURN_NEXT:
        turn_select(u, 1);
        return true;
    default:
        return false;
    }
}

const struct view_ops view_chat = {
    .name = "chat", .where = IN_CHAT, .draw = draw, .request = request};
