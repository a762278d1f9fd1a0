/* view_tree: the whole conversation as a tree, one line a message: the way that is shown is marked,
 * a message with several replies is followed by its branches, set in and tied by a rail.
 *
 * Items come depth first, each before its replies. Only a fork sets its branches in: a conversation
 * without forks is a plain list, however long. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"
#include "ui/text.h"

#define NONE SIZE_MAX
enum { ROLE_COLS = 7, RAIL_COLS = 2 };

struct node {
    int64_t id;
    enum ui_role role;
    bool shown;
    char *text, *detail;
    size_t parent; /* NONE: a root */
    size_t n_replies;
    size_t indent; /* forks above it */
    bool branch;   /* has siblings */
    bool last;     /* among them */
};

struct tree {
    int number;
    char *title;
    struct node *nodes;
    size_t n, at, top;
    size_t n_branches; /* ends of the conversation */
    int page;
};

void tree_free(struct tree *t) {
    if (!t) return;
    for (size_t i = 0; i < t->n; i++) {
        free(t->nodes[i].text);
        free(t->nodes[i].detail);
    }
    free(t->nodes);
    free(t->title);
    free(t);
}

/* Harmless, on one line. */
static char *copy(const char *s) {
    struct str out = {0};
    if (s) utf8_add_harmless(&out, s, strlen(s));
    for (size_t i = 0; i < out.len; i++)
        if (out.s[i] == '\n' || out.s[i] == '\t') out.s[i] = ' ';
    str_cstr(&out);
    return str_take(&out);
}

/* Who replies to whom, from the depths. */
static void tie(struct tree *t, const struct ui_tree_item *items) {
    size_t *at_depth = mem_array(t->n + 1, sizeof *at_depth), n_roots = 0;
    for (size_t i = 0; i < t->n; i++) {
        size_t depth = items[i].depth;
        t->nodes[i].parent = depth ? at_depth[depth - 1] : NONE;
        at_depth[depth] = i;
        if (depth)
            t->nodes[at_depth[depth - 1]].n_replies++;
        else
            n_roots++;
    }
    for (size_t i = 0; i < t->n; i++) {
        struct node *n = &t->nodes[i];
        const struct node *p = n->parent == NONE ? NULL : &t->nodes[n->parent];
        n->branch = (p ? p->n_replies : n_roots) > 1;
        n->indent = (p ? p->indent : 0) + n->branch;
        t->n_branches += n->n_replies == 0;
    }
    /* from the end: the first sibling seen is the last */
    bool *seen = mem_calloc(t->n + 1, sizeof *seen);
    for (size_t i = t->n; i-- > 0;) {
        size_t p = t->nodes[i].parent == NONE ? t->n : t->nodes[i].parent;
        t->nodes[i].last = !seen[p];
        seen[p] = true;
    }
    free(seen);
    free(at_depth);
}

void tree_open(struct ui *u, int number, const char *title, const struct ui_tree_item *items,
               size_t n, size_t at) {
    struct tree *t = mem_calloc(1, sizeof *t);
    *t = (struct tree){.number = number, .title = copy(title), .n = n, .at = at < n ? at : 0};
    t->nodes = mem_calloc(n ? n : 1, sizeof *t->nodes);
    for (size_t i = 0; i < n; i++)
        t->nodes[i] = (struct node){.id = items[i].id,
                                    .role = items[i].role,
                                    .shown = items[i].shown,
                                    .text = copy(items[i].text),
                                    .detail = copy(items[i].detail)};
    tie(t, items);
    tree_free(u->tree);
    u->tree = t;
    u->over = &view_tree;
}

/* ---- Drawing -------------------------------------------------------------------------------- */

/* The rails left of node i: its own corner, and what passes by on the way to later branches.
 * `skip`: so many of the outermost are left out for want of room. */
static void draw_rails(const struct tree *t, size_t i, int y, int x, size_t skip, unsigned style) {
    for (size_t a = i; a != NONE; a = t->nodes[a].parent) {
        const struct node *n = &t->nodes[a];
        if (!n->branch || n->indent <= skip) continue;
        int at = x + (int)(n->indent - 1 - skip) * RAIL_COLS;
        if (a == i)
            screen_glyphs(y, at, 1, n->last ? GLYPH_CORNER : GLYPH_TEE_RIGHT, style);
        else if (!n->last)
            screen_glyphs(y, at, 1, GLYPH_VLINE, style);
    }
}

static void put_cut(int y, int x, int room, const char *text, unsigned style) {
    size_t n = strlen(text), fits = text_fit(text, n, room);
    if (fits == n) {
        screen_put(y, x, room, text, n, style);
        return;
    }
    const char *dots = screen_glyph(GLYPH_DOTS);
    fits = text_fit(text, n, room - text_cols(dots, strlen(dots)));
    int used = screen_put(y, x, room, text, fits, style);
    screen_puts(y, x + used, room - used, dots, style);
}

static void draw_node(const struct tree *t, size_t i, int y, struct rect box) {
    static const char *const names[] = {[UI_ROLE_USER] = "you",
                                        [UI_ROLE_ASSISTANT] = "aside",
                                        [UI_ROLE_SYSTEM] = "system",
                                        [UI_ROLE_NOTE] = "note"};
    static const unsigned styles[] = {[UI_ROLE_USER] = THEME_YOU,
                                      [UI_ROLE_ASSISTANT] = THEME_ASIDE,
                                      [UI_ROLE_SYSTEM] = THEME_NOTE,
                                      [UI_ROLE_NOTE] = THEME_NOTE};
    const struct node *n = &t->nodes[i];
    bool on = i == t->at;
    int right = box.x + box.cols - 1, x = box.x + 1;
    size_t levels = (size_t)(box.cols / 3 / RAIL_COLS);
    size_t skip = n->indent > levels ? n->indent - levels : 0;
    if (on)
        for (int k = box.x; k < box.x + box.cols; k++) screen_puts(y, k, 1, " ", THEME_SELECTED);
    if (n->shown) screen_glyphs(y, x, 1, GLYPH_BULLET, on ? THEME_SELECTED : THEME_METER);
    x += 2;
    draw_rails(t, i, y, x, skip, on ? THEME_SELECTED : THEME_RULE);
    x += (int)(n->indent - skip) * RAIL_COLS;
    screen_puts(y, x, ROLE_COLS, names[n->role],
                on         ? THEME_SELECTED
                : n->shown ? styles[n->role]
                           : THEME_DIM);
    x += ROLE_COLS;
    int room = right - x, detail = text_cols(n->detail, strlen(n->detail));
    if (detail && detail + 12 <= room) {
        screen_puts_right(y, right, detail, n->detail, on ? THEME_SELECTED : THEME_DIM);
        room -= detail + 2;
    }
    put_cut(y, x, room, n->text, on ? THEME_SELECTED : n->shown ? THEME_TEXT : THEME_DIM);
}

static void draw(struct ui *u, struct rect box) {
    struct tree *t = u->tree;
    struct str s = {0};
    str_addf(&s, "%zu messages", t->n);
    if (t->n_branches > 1) str_addf(&s, ", %zu branches", t->n_branches);
    screen_puts_right(box.y, box.x + box.cols - 1, box.cols / 2, s.s, THEME_DIM);
    put_cut(box.y, box.x + 1, box.cols - 4 - text_cols(s.s, s.len), t->title, THEME_STATUS);
    str_free(&s);
    screen_glyphs(box.y + 1, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    int rows = box.rows - 4;
    t->page = rows > 1 ? rows : 1;
    if (t->at < t->top) t->top = t->at;
    if (t->at >= t->top + (size_t)t->page) t->top = t->at - (size_t)t->page + 1;
    for (int i = 0; i < rows && t->top + (size_t)i < t->n; i++)
        draw_node(t, t->top + (size_t)i, box.y + 2 + i, box);
    int foot = box.y + box.rows - 2;
    screen_glyphs(foot, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    if (t->top + (size_t)t->page < t->n) {
        str_addf(&s, " %s more ", screen_glyph(GLYPH_MORE));
        screen_puts_right(foot, box.x + box.cols - 2, box.cols, s.s, THEME_DIM);
        str_free(&s);
    }
    screen_puts(foot + 1, box.x + 1, box.cols - 2,
                "Enter go there   Esc back   Left/Right reply to, reply   n/p branch", THEME_DIM);
}

/* ---- Keys ----------------------------------------------------------------------------------- */

static void move(struct tree *t, long by) {
    long at = (long)t->at + by;
    if (t->n) t->at = at < 0 ? 0 : at >= (long)t->n ? t->n - 1 : (size_t)at;
}

/* To the next message, down (step 1) or up (-1), where a branch begins. */
static void move_branch(struct tree *t, long step) {
    for (long i = (long)t->at + step; i >= 0 && i < (long)t->n; i += step)
        if (t->nodes[i].branch) {
            t->at = (size_t)i;
            return;
        }
}

static bool request(struct ui *u, enum request req) {
    struct tree *t = u->tree;
    int number = t->number;
    int64_t id = t->n ? t->nodes[t->at].id : 0;
    switch (req) {
    case REQ_LINE_UP:
        move(t, -1);
        return true;
    case REQ_LINE_DOWN:
        move(t, 1);
        return true;
    case REQ_PAGE_UP:
        move(t, -t->page);
        return true;
    case REQ_PAGE_DOWN:
        move(t, t->page);
        return true;
    case REQ_TOP:
        move(t, -(long)t->n);
        return true;
    case REQ_BOTTOM:
        move(t, (long)t->n);
        return true;
    case REQ_TREE_PARENT:
        if (t->n && t->nodes[t->at].parent != NONE) t->at = t->nodes[t->at].parent;
        return true;
    case REQ_TREE_REPLY:
        if (t->n && t->nodes[t->at].n_replies) t->at++; /* depth first: the first reply is next */
        return true;
    case REQ_TREE_NEXT:
        move_branch(t, 1);
        return true;
    case REQ_TREE_PREV:
        move_branch(t, -1);
        return true;
    case REQ_INTERRUPT:
    case REQ_LEAVE:
        ui_leave_view(u);
        ui_post(u, UI_LIST_CLOSE, NULL, number, 0, 0);
        return true;
    case REQ_PICK:
        if (!t->n) return true;
        ui_leave_view(u);
        ui_post(u, UI_PICK, NULL, number, id, 0);
        return true;
    default:
        return false;
    }
}

static void close_tree(struct ui *u) {
    tree_free(u->tree);
    u->tree = NULL;
}

const struct view_ops view_tree = {
    .name = "tree", .where = IN_TREE, .draw = draw, .request = request, .close = close_tree};
