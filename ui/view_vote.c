/* view_vote: several answers to one question, while they are drawn and after. Left (above, where it
 * is narrow) the groups of answers that agree, the largest first, with their samples; beside it
 * what the selected sample thought and said, to be read. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"
#include "ui/text.h"

#define NO_GROUP SIZE_MAX
enum { SHARE_COLS = 10 };

struct group {
    char *label;
    size_t n;
};

struct vote {
    char *question;
    struct msg *samples;
    size_t *group_of; /* [n]; NO_GROUP: it has no vote (yet) */
    size_t n, n_voting;
    struct group *groups;
    size_t n_groups;
    double entropy;
    size_t at;   /* the selected sample */
    bool chosen; /* the person selected it; else the first of the largest group is */
    size_t top;  /* first row of the list on show */
    bool moved;  /* the person scrolled the text; else a live one is followed to its end */
    size_t line; /* its first line on show, once moved */
    size_t last_line;
    int page; /* lines of the text on show */
};

void vote_free(struct vote *v) {
    if (!v) return;
    for (size_t i = 0; i < v->n; i++) msg_free(&v->samples[i]);
    for (size_t g = 0; g < v->n; g++) free(v->groups[g].label);
    free(v->samples);
    free(v->groups);
    free(v->group_of);
    free(v->question);
    free(v);
}

/* Harmless, on one line. */
static char *copy(const char *s) {
    struct str out = {0};
    utf8_add_harmless(&out, s, strlen(s));
    for (size_t i = 0; i < out.len; i++)
        if (out.s[i] == '\n' || out.s[i] == '\t') out.s[i] = ' ';
    str_cstr(&out);
    return str_take(&out);
}

/* ---- What the program hands in -------------------------------------------------------------- */

void ui_vote_open(struct ui *u, const char *question, size_t n) {
    struct vote *v = mem_calloc(1, sizeof *v);
    *v = (struct vote){.question = copy(question), .n = n};
    v->samples = mem_calloc(n, sizeof *v->samples);
    v->groups = mem_calloc(n, sizeof *v->groups);
    v->group_of = mem_array(n, sizeof *v->group_of);
    for (size_t i = 0; i < n; i++) {
        v->samples[i] = (struct msg){.role = UI_ROLE_ASSISTANT, .facts.phase = UI_WAITING};
        v->group_of[i] = NO_GROUP;
    }
    if (u->over) ui_leave_view(u);
    vote_free(u->vote);
    u->vote = v;
    u->over = &view_vote;
    ui_touch(u, true);
}

void ui_vote_append(struct ui *u, size_t i, enum ui_channel channel, const char *text, size_t n) {
    struct msg *m = &u->vote->samples[i];
    if (channel == UI_THOUGHT)
        append_harmless(&m->thought, &m->thought_tail, text, n);
    else
        append_harmless(&m->text, &m->text_tail, text, n);
    ui_touch(u, false);
}

void ui_vote_was_thought(struct ui *u, size_t i) {
    msg_take_back(&u->vote->samples[i], u->uncertain);
    ui_touch(u, false);
}

void ui_vote_facts(struct ui *u, size_t i, const struct ui_facts *f) {
    u->vote->samples[i].facts = *f;
    ui_touch(u, false);
}

void ui_vote_groups(struct ui *u, const struct ui_vote_group *groups, size_t n_groups,
                    const size_t *group_of, double entropy) {
    struct vote *v = u->vote;
    v->n_groups = n_groups;
    v->n_voting = 0;
    v->entropy = entropy;
    for (size_t g = 0; g < n_groups; g++) {
        free(v->groups[g].label);
        v->groups[g] = (struct group){copy(groups[g].label), groups[g].n};
        v->n_voting += groups[g].n;
    }
    memcpy(v->group_of, group_of, v->n * sizeof *group_of);
    for (size_t i = v->n; !v->chosen && i-- > 0;)
        if (group_of[i] == 0) v->at = i;
    ui_touch(u, false);
}

void ui_vote_close(struct ui *u) {
    if (u->over == &view_vote) ui_leave_view(u);
}

/* ---- The list ------------------------------------------------------------------------------- */

/* A row is a group's head or a sample. */
struct row {
    bool head;
    size_t i; /* the group, NO_GROUP for those without a vote; or the sample */
};

/* Groups with their samples, then the samples without a vote. Owned; at most 2·n + 1. */
static struct row *rows_of(const struct vote *v, size_t *n) {
    struct row *rows = mem_array(2 * v->n + 1, sizeof *rows);
    *n = 0;
    for (size_t g = 0; g <= v->n_groups; g++) {
        size_t group = g < v->n_groups ? g : NO_GROUP, before = *n;
        if (v->n_groups) rows[(*n)++] = (struct row){true, group};
        for (size_t i = 0; i < v->n; i++)
            if (v->group_of[i] == group) rows[(*n)++] = (struct row){false, i};
        if (v->n_groups && *n == before + 1) *n = before; /* a head of nothing */
    }
    return rows;
}

static void put_cut(int y, int x, int room, const char *text, unsigned style) {
    size_t n = strlen(text), fits = text_fit(text, n, room);
    const char *dots = screen_glyph(GLYPH_DOTS);
    if (fits < n) fits = text_fit(text, n, room - text_cols(dots, strlen(dots)));
    int used = screen_put(y, x, room, text, fits, style);
    if (fits < n) screen_puts(y, x + used, room - used, dots, style);
}

static void draw_head_row(const struct vote *v, size_t g, int y, struct rect box) {
    struct str s = {0};
    int x = box.x + 1, right = box.x + box.cols - 1;
    if (g == NO_GROUP) {
        screen_puts(y, x, box.cols - 2, "no vote", THEME_DIM);
        return;
    }
    const struct group *group = &v->groups[g];
    size_t full = (group->n * SHARE_COLS + v->n_voting / 2) / v->n_voting;
    str_addf(&s, "%zu of %zu  %3.0f%%", group->n, v->n,
             100 * (double)group->n / (double)v->n_voting);
    x += screen_puts(y, x, right - x, s.s, g ? THEME_TEXT : THEME_STATUS) + 1;
    screen_glyphs(y, x, (int)full, GLYPH_FULL, THEME_METER);
    screen_glyphs(y, x + (int)full, SHARE_COLS - (int)full, GLYPH_EMPTY, THEME_DIM);
    x += SHARE_COLS + 1;
    put_cut(y, x, right - x, group->label, g ? THEME_TEXT : THEME_STATUS);
    str_free(&s);
}

/* The sample's answer, or what it is doing. */
static void draw_sample_row(const struct vote *v, size_t i, int y, struct rect box) {
    static const char *const doing[] = {[UI_DONE] = "no answer",
                                        [UI_WAITING] = "waiting",
                                        [UI_THINKING] = "thinking",
                                        [UI_ANSWERING] = "answering"};
    const struct msg *m = &v->samples[i];
    unsigned style = i == v->at ? THEME_SELECTED : THEME_TEXT, dim = THEME_DIM;
    int right = box.x + box.cols - 1, x = box.x + 2;
    struct str s = {0};
    if (i == v->at) {
        dim = style;
        for (int k = box.x; k < box.x + box.cols; k++) screen_puts(y, k, 1, " ", style);
    }
    if (m->facts.stopped || m->facts.cut_in_thought) str_add(&s, "cut short  ");
    format_count(&s, m->facts.n_thought + m->facts.n_answer);
    str_add(&s, " tok");
    right = screen_puts_right(y, right, box.cols / 2, s.s, dim) - 2;
    str_clear(&s);
    str_addf(&s, "%2zu  ", i + 1);
    x += screen_puts(y, x, right - x, s.s, dim);
    str_clear(&s);
    str_addn(&s, str_cstr((struct str *)(uintptr_t)&m->text), m->text.len);
    for (size_t k = 0; k < s.len; k++)
        if (s.s[k] == '\n' || s.s[k] == '\t') s.s[k] = ' ';
    const char *text = str_cstr(&s) + strspn(str_cstr(&s), " ");
    if (*text)
        put_cut(y, x, right - x, text, style);
    else
        screen_puts(y, x, right - x, doing[m->facts.phase], dim);
    str_free(&s);
}

static void draw_list(struct vote *v, struct rect box) {
    size_t n, at = 0;
    struct row *rows = rows_of(v, &n);
    while (at < n && (rows[at].head || rows[at].i != v->at)) at++;
    size_t shown = box.rows > 0 ? (size_t)box.rows : 1;
    size_t least = at && rows[at - 1].head ? at - 1 : at; /* with its head, where it is the first */
    if (least < v->top) v->top = least;
    if (at >= v->top + shown) v->top = at - shown + 1;
    if (v->top + shown > n) v->top = n > shown ? n - shown : 0;
    for (size_t k = v->top; k < n && k < v->top + shown; k++) {
        int y = box.y + (int)(k - v->top);
        if (rows[k].head)
            draw_head_row(v, rows[k].i, y, box);
        else
            draw_sample_row(v, rows[k].i, y, box);
    }
    free(rows);
}

/* ---- The text ------------------------------------------------------------------------------- */

static void draw_summary(const struct msg *m, int y, struct rect box) {
    struct str s = {0};
    if (m->thought.len && m->facts.phase == UI_DONE)
        thought_summary(&s, &m->facts);
    else if (m->facts.phase == UI_THINKING)
        str_add(&s, "Thinking");
    screen_puts(y, box.x + 1, box.cols - 2, str_cstr(&s), THEME_DIM);
    str_free(&s);
}

/* Line `k` of the thought, a gap, and the answer. */
static void draw_text_line(const struct msg *m, size_t k, int y, struct rect box) {
    const struct paper *p = &m->thought_body.p;
    size_t thought = p->n_lines, gap = thought && m->text.len;
    if (k >= thought) {
        if (k < thought + gap) return;
        k -= thought + gap;
        p = &m->text_body.p;
    }
    screen_line(y, box.x + 1, box.cols - 1, p, &p->lines[k]);
}

static void draw_text(struct ui *u, struct rect box) {
    struct vote *v = u->vote;
    struct msg *m = &v->samples[v->at];
    if (box.rows < 2) return;
    draw_summary(m, box.y, box);
    body_lay(&m->thought_body, str_cstr(&m->thought), m->thought.len, box.cols - 2, false,
             THEME_DIM);
    body_lay(&m->text_body, str_cstr(&m->text), m->text.len, box.cols - 2, u->markdown, THEME_TEXT);
    size_t thought = m->thought_body.p.n_lines, text = m->text.len ? m->text_body.p.n_lines : 0;
    size_t n = thought + (thought && text) + text, shown = (size_t)box.rows - 1;
    v->page = box.rows - 1;
    v->last_line = n > shown ? n - shown : 0;
    size_t from = m->facts.phase == UI_DONE ? 0 : v->last_line;
    if (v->moved) from = v->line < v->last_line ? v->line : v->last_line;
    v->line = from;
    for (size_t k = 0; k < shown && from + k < n; k++)
        draw_text_line(m, from + k, box.y + 1 + (int)k, box);
}

/* ---- The whole ------------------------------------------------------------------------------ */

static size_t n_done(const struct vote *v) {
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) n += v->samples[i].facts.phase == UI_DONE;
    return n;
}

static void draw_title(const struct ui *u, struct rect box) {
    const struct vote *v = u->vote;
    struct str s = {0};
    double rate = 0;
    for (size_t i = 0; i < v->n; i++)
        if (v->samples[i].facts.phase != UI_DONE) rate += v->samples[i].facts.tokens_per_s;
    if (u->busy) str_addf(&s, "%zu of %zu done  ", n_done(v), v->n);
    if (u->busy && rate > 0 && box.cols >= 100) str_addf(&s, "%.1f tok/s  ", rate);
    if (v->n_voting) str_addf(&s, "entropy %.2f nats", v->entropy);
    int right =
        screen_puts_right(box.y, box.x + box.cols - 1, box.cols - 10, str_cstr(&s), THEME_DIM);
    int x = box.x + 1 + screen_puts(box.y, box.x + 1, box.cols - 2, "vote: ", THEME_STATUS);
    put_cut(box.y, x, right - 2 - x, v->question, THEME_STATUS);
    screen_glyphs(box.y + 1, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    str_free(&s);
}

static void draw(struct ui *u, struct rect box) {
    static const struct hint drawing[] = {{"Ctrl-C", "stop"},
                                          {"Enter", "take this one, stop the rest"},
                                          {"Alt-A", "answer now"},
                                          {"PgUp/PgDn", "read"},
                                          {NULL, NULL}};
    static const struct hint drawn[] = {{"Enter", "go on with this one"},
                                        {"Esc", "with the most frequent"},
                                        {"PgUp/PgDn", "read"},
                                        {NULL, NULL}};
    struct vote *v = u->vote;
    struct rect list = {box.y + 2, box.x, box.rows - 4, box.cols}, text = list;
    draw_title(u, box);
    if (box.cols >= 100) {
        list.cols = box.cols * 45 / 100;
        text.x = list.cols + 1;
        text.cols = box.cols - text.x;
        for (int y = list.y; y < list.y + list.rows; y++)
            screen_glyphs(y, list.cols, 1, GLYPH_VLINE, THEME_RULE);
    } else if (list.rows > 3) {
        list.rows = list.rows / 2;
        text.y = list.y + list.rows + 1;
        text.rows -= list.rows + 1;
        screen_glyphs(text.y - 1, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    } else {
        text.rows = 0;
    }
    draw_list(v, list);
    draw_text(u, text);
    screen_glyphs(box.y + box.rows - 2, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    if (u->notice.len)
        screen_puts(box.y + box.rows - 1, box.x + 1, box.cols - 2, u->notice.s, THEME_NOTICE);
    else
        draw_hints(box.y + box.rows - 1, u->busy ? drawing : drawn);
}

/* ---- Keys ----------------------------------------------------------------------------------- */

/* Selects the sample `by` rows away from this one, in the order of the list. */
static void move(struct vote *v, long by) {
    size_t n, k = 0, *order = mem_array(v->n, sizeof *order);
    struct row *rows = rows_of(v, &n);
    long at = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].head) continue;
        if (rows[i].i == v->at) at = (long)k;
        order[k++] = rows[i].i;
    }
    at += by;
    v->at = order[at < 0 ? 0 : at >= (long)k ? k - 1 : (size_t)at];
    v->moved = false;
    v->chosen = true;
    free(rows);
    free(order);
}

static void scroll(struct vote *v, long by) {
    long line = (long)v->line + by, last = (long)v->last_line;
    v->line = (size_t)(line < 0 ? 0 : line > last ? last : line);
    v->moved = v->chosen = true;
}

static bool request(struct ui *u, enum request req) {
    struct vote *v = u->vote;
    int page = v->page > 2 ? v->page - 1 : 1;
    switch (req) {
    case REQ_LINE_UP:
        move(v, -1);
        return true;
    case REQ_LINE_DOWN:
        move(v, 1);
        return true;
    case REQ_TOP:
        move(v, -(long)v->n);
        return true;
    case REQ_BOTTOM:
        move(v, (long)v->n);
        return true;
    case REQ_PAGE_UP:
        scroll(v, -page);
        return true;
    case REQ_PAGE_DOWN:
        scroll(v, page);
        return true;
    case REQ_ANSWER_NOW:
        if (u->busy) ui_post(u, UI_ANSWER_NOW, NULL, 0, 0, 0);
        return true;
    case REQ_PICK:
        ui_post(u, UI_VOTE_TAKE, NULL, 0, (int64_t)v->at, 0);
        return true;
    case REQ_INTERRUPT:
    case REQ_LEAVE:
        ui_post(u, u->busy ? UI_INTERRUPT : UI_VOTE_LEAVE, NULL, 0, 0, 0);
        return true;
    default:
        return false;
    }
}

static void close_vote(struct ui *u) {
    vote_free(u->vote);
    u->vote = NULL;
}

const struct view_ops view_vote = {
    .name = "vote", .where = IN_VOTE, .draw = draw, .request = request, .close = close_vote};
