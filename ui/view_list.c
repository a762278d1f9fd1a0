/* view_list: a list to pick from: conversations, models, what a search found. Typing narrows it to
 * the items that hold every word typed, or asks the program for others; the selected item's preview
 * stands beside it, or below. What else can be done to an item is a verb that the list offers: the
 * key is in the action table, the deed is the program's. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/state.h"
#include "ui/text.h"

static_assert(REQ_SCOPE - REQ_DELETE == UI_LIST_SCOPE - UI_LIST_DELETE, "one order");

enum { MARK_ON = 1, MARK_OFF = 2 }; /* around what was found; no cells wide */

struct entry {
    int64_t id;
    char *text, *detail, *preview;
    bool looked; /* its preview was asked for */
};

struct list {
    struct ui_list spec;
    char *title, *take, *hint, *verbs[UI_LIST_VERBS]; /* behind spec's */
    struct entry *items;
    size_t n;
    struct str filter;
    size_t *shown;           /* indices of the items that pass */
    size_t n_shown, at, top; /* at: selected, in shown */
    int page;
    char *prompt; /* a line is asked for: what is said before it; NULL: none */
    enum ui_list_verb verb;
    struct str answer; /* that line */
};

static void items_free(struct list *l) {
    for (size_t i = 0; i < l->n; i++) {
        free(l->items[i].text);
        free(l->items[i].detail);
        free(l->items[i].preview);
    }
    free(l->items);
    free(l->shown);
}

static void ask_done(struct list *l) {
    free(l->prompt);
    l->prompt = NULL;
    str_clear(&l->answer);
}

void list_free(struct list *l) {
    if (!l) return;
    items_free(l);
    ask_done(l);
    str_free(&l->answer);
    str_free(&l->filter);
    free(l->title);
    free(l->take);
    free(l->hint);
    for (int i = 0; i < UI_LIST_VERBS; i++) free(l->verbs[i]);
    free(l);
}

/* Harmless but for the marks, and without newlines where it is one line. */
static char *copy(const char *s, bool one_line) {
    struct str out = {0};
    if (!s) return NULL;
    while (*s) {
        size_t n = strcspn(s, "\x01\x02");
        utf8_add_harmless(&out, s, n);
        if (s[n]) str_addc(&out, s[n]);
        s += n + (s[n] != '\0');
    }
    str_cstr(&out);
    for (size_t i = 0; one_line && i < out.len; i++)
        if (out.s[i] == '\n' || out.s[i] == '\t') out.s[i] = ' ';
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
        if (l->spec.asks || passes(&l->items[i], str_cstr(&l->filter))) l->shown[l->n_shown++] = i;
}

static struct entry *selected(const struct list *l) {
    return l->n_shown ? &l->items[l->shown[l->at]] : NULL;
}

/* Asks for the selected item's preview, once. */
static void look(struct ui *u) {
    struct entry *e = selected(u->list);
    if (!e || !u->list->spec.looks || e->looked) return;
    e->looked = true;
    ui_post(u, UI_LIST_LOOK, NULL, u->list->spec.number, e->id, 0);
}

static void take_spec(struct list *l, const struct ui_list *spec) {
    l->spec = *spec;
    free(l->title);
    free(l->take);
    free(l->hint);
    l->title = copy(spec->title, true);
    l->take = copy(spec->take ? spec->take : "take", true);
    l->hint = copy(spec->hint ? spec->hint : "type to narrow", true);
    for (int i = 0; i < UI_LIST_VERBS; i++) {
        free(l->verbs[i]);
        l->verbs[i] = copy(spec->verbs[i], true);
    }
}

static void take_items(struct list *l, const struct ui_item *items, size_t n) {
    l->items = mem_calloc(n ? n : 1, sizeof *l->items);
    l->shown = mem_calloc(n ? n : 1, sizeof *l->shown);
    l->n = n;
    for (size_t i = 0; i < n; i++)
        l->items[i] =
            (struct entry){items[i].id, copy(items[i].text, true), copy(items[i].detail, true),
                           copy(items[i].preview, false), items[i].preview != NULL};
}

/* Selects the item of this id, or else what stands where it stood. */
static void select_again(struct list *l, int64_t id, size_t at, size_t top) {
    size_t i = 0;
    while (i < l->n_shown && l->items[l->shown[i]].id != id) i++;
    if (i == l->n_shown) i = at < l->n_shown ? at : l->n_shown ? l->n_shown - 1 : 0;
    l->at = i;
    l->top = top < l->n_shown ? top : 0;
}

void list_open(struct ui *u, const struct ui_list *spec, const struct ui_item *items, size_t n) {
    struct list *l = u->list;
    bool again = u->over == &view_list && l->spec.number == spec->number;
    if (!again) {
        list_free(l);
        u->list = l = mem_calloc(1, sizeof *l);
        utf8_add_harmless(&l->filter, spec->typed ? spec->typed : "",
                          spec->typed ? strlen(spec->typed) : 0);
    }
    const struct entry *e = selected(l);
    int64_t id = e ? e->id : 0;
    size_t at = l->at, top = l->top;
    items_free(l);
    take_spec(l, spec);
    take_items(l, items, n);
    narrow(l);
    if (again && !spec->asks) select_again(l, id, at, top);
    u->over = &view_list;
    look(u);
}

void ui_list_preview(struct ui *u, int64_t id, const char *text) {
    for (size_t i = 0; u->over == &view_list && i < u->list->n; i++) {
        struct entry *e = &u->list->items[i];
        if (e->id != id) continue;
        free(e->preview);
        e->preview = copy(text, false);
    }
    ui_touch(u, true);
}

void ui_list_ask(struct ui *u, enum ui_list_verb verb, const char *prompt, const char *initial) {
    if (u->over != &view_list) return;
    ask_done(u->list);
    u->list->prompt = copy(prompt, true);
    u->list->verb = verb;
    utf8_add_harmless(&u->list->answer, initial, strlen(initial));
    ui_touch(u, true);
}

/* ---- Drawing -------------------------------------------------------------------------------- */

/* s[0..n) with what was found set off; returns the cells taken. */
static int put_marked(int y, int x, int room, const char *s, size_t n, unsigned style,
                      unsigned found) {
    int used = 0;
    bool on = false;
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && s[k] != MARK_ON && s[k] != MARK_OFF) k++;
        used += screen_put(y, x + used, room - used, s + i, k - i, on ? found : style);
        if (k < n) on = s[k] == MARK_ON;
        i = k + 1;
    }
    return used;
}

static void draw_item(const struct entry *e, int y, struct rect box, bool on) {
    unsigned style = on ? THEME_SELECTED : THEME_TEXT;
    unsigned found = on ? THEME_SELECTED | STYLE_UNDERLINE | STYLE_BOLD : THEME_MATCH;
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
        int used = put_marked(y, box.x + 1, room, text, fits, style, found);
        screen_puts(y, box.x + 1 + used, room - used, dots, style);
    } else {
        put_marked(y, box.x + 1, room, text, n, style, found);
    }
}

static void draw_preview(const struct entry *e, struct rect box) {
    struct paper p = {0};
    struct para a = {0};
    if (!e || !e->preview || box.rows <= 0) return;
    unsigned style = THEME_DIM;
    const char *mark = strchr(e->preview, MARK_ON);
    for (const char *s = e->preview; *s;) {
        size_t n = strcspn(s, "\x01\x02");
        para_add(&a, s, n, style, (size_t)(s - e->preview));
        if (s[n]) style = s[n] == MARK_ON ? THEME_MATCH : THEME_DIM;
        s += n + (s[n] != '\0');
    }
    wrap_para(&p, &a, (struct wrap_prefix){0}, (struct wrap_prefix){0}, box.cols - 2, WRAP_WORDS);
    size_t at = mark ? paper_at(&p, (size_t)(mark - e->preview)) : 0, rows = (size_t)box.rows;
    size_t first = at < rows ? 0 : at - rows / 2; /* what was found is in sight */
    for (size_t i = 0; i < rows && first + i < p.n_lines; i++)
        screen_line(box.y + (int)i, box.x + 1, box.cols - 1, &p, &p.lines[first + i]);
    para_free(&a);
    paper_free(&p);
}

static bool has_previews(const struct list *l) {
    bool any = l->spec.looks && l->n;
    for (size_t i = 0; !any && i < l->n; i++) any = l->items[i].preview != NULL;
    return any;
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

/* The line that is typed, its end in sight. */
static void draw_line(const char *prompt, const struct str *line, const char *hint,
                      struct rect box) {
    int y = box.y + box.rows - 2;
    int x = box.x + screen_puts(y, box.x, box.cols - 8, prompt, THEME_PROMPT) + 1;
    int room = box.x + box.cols - 1 - x;
    const char *s = line->len ? line->s : "";
    size_t n = line->len;
    struct cluster c;
    while (text_cols(s, n) > room) {
        text_cluster(s, n, &c);
        s += c.bytes, n -= c.bytes;
    }
    if (n)
        x += screen_put(y, x, room, s, n, THEME_TEXT);
    else
        screen_puts(y, x, room, hint, THEME_DIM);
    screen_cursor(y, x);
}

static const char *key_of(enum request req) {
    const struct action *a = actions;
    while (a->request && !(a->request == req && a->where & IN_LIST)) a++;
    return a->request ? a->label : NULL;
}

static void draw_foot(struct ui *u, struct rect box) {
    static const struct hint asked[] = {{"Enter", "change"}, {"Esc", "leave it"}, {NULL, NULL}};
    const struct list *l = u->list;
    struct hint hints[UI_LIST_VERBS + 3];
    int n = 0, rule = box.y + box.rows - 3;
    screen_glyphs(rule, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    if (u->notice.len) {
        screen_puts(rule, box.x + 2, 1, " ", THEME_TEXT);
        int x = box.x + 3;
        x += screen_put(rule, x, box.cols - 5, u->notice.s, u->notice.len, THEME_NOTICE);
        screen_puts(rule, x, 1, " ", THEME_TEXT);
    }
    if (l->prompt) {
        draw_line(l->prompt, &l->answer, "", box);
        draw_hints(box.y + box.rows - 1, asked);
        return;
    }
    draw_line(screen_glyph(GLYPH_PROMPT), &l->filter, l->hint, box);
    hints[n++] = (struct hint){"Enter", l->take};
    for (int v = 0; v < UI_LIST_VERBS; v++)
        if (l->verbs[v])
            hints[n++] = (struct hint){key_of((enum request)(REQ_DELETE + v)), l->verbs[v]};
    hints[n++] = (struct hint){"Esc", "back"};
    hints[n] = (struct hint){NULL, NULL};
    draw_hints(box.y + box.rows - 1, hints);
}

/* Where the items and the preview go. */
static void split(struct rect *rows, struct rect *side, struct rect box) {
    if (box.cols >= 100) {
        rows->cols = box.cols * 58 / 100;
        *side = (struct rect){rows->y, rows->cols + 1, rows->rows, box.cols - rows->cols - 1};
        for (int y = rows->y; y < rows->y + rows->rows; y++)
            screen_glyphs(y, rows->cols, 1, GLYPH_VLINE, THEME_RULE);
    } else if (rows->rows >= 9) {
        int below = rows->rows / 3;
        rows->rows -= below + 1;
        *side = (struct rect){rows->y + rows->rows + 1, box.x, below, box.cols};
        screen_glyphs(rows->y + rows->rows, box.x, box.cols, GLYPH_HLINE, THEME_RULE);
    }
}

static const char *nothing(const struct list *l) {
    if (l->spec.asks) return l->filter.len ? "Nothing found." : "";
    return l->n ? "Nothing matches." : "Nothing here.";
}

static void draw(struct ui *u, struct rect box) {
    struct list *l = u->list;
    draw_head(l, box);
    struct rect rows = {box.y + 2, box.x, box.rows - 5, box.cols}, side = {0};
    if (has_previews(l)) split(&rows, &side, box);
    l->page = rows.rows > 1 ? rows.rows : 1;
    if (l->at < l->top) l->top = l->at;
    if (l->at >= l->top + (size_t)l->page) l->top = l->at - (size_t)l->page + 1;
    for (int i = 0; i < rows.rows && l->top + (size_t)i < l->n_shown; i++)
        draw_item(&l->items[l->shown[l->top + (size_t)i]], rows.y + i, rows,
                  l->top + (size_t)i == l->at);
    if (l->n_shown == 0) screen_puts(rows.y, rows.x + 1, rows.cols - 2, nothing(l), THEME_DIM);
    draw_preview(selected(l), side);
    draw_foot(u, box);
}

/* ---- Keys ----------------------------------------------------------------------------------- */

static bool move(struct ui *u, long by) {
    struct list *l = u->list;
    if (l->n_shown == 0) return true;
    long at = (long)l->at + by;
    l->at = at < 0 ? 0 : at >= (long)l->n_shown ? l->n_shown - 1 : (size_t)at;
    look(u);
    return true;
}

static void leave(struct ui *u) {
    int number = u->list->spec.number;
    ui_leave_view(u);
    ui_post(u, UI_LIST_CLOSE, NULL, number, 0, 0);
}

/* While a line is asked for: Enter and Esc end that, all else is for the line. */
static bool request_asked(struct ui *u, enum request req) {
    struct list *l = u->list;
    const struct entry *e = selected(l);
    if (req == REQ_PICK)
        ui_post(u, UI_LIST_DO, str_cstr(&l->answer), l->spec.number, e ? e->id : 0, (int)l->verb);
    if (req == REQ_PICK || req == REQ_LEAVE || req == REQ_INTERRUPT) ask_done(l);
    return true;
}

static void pick(struct ui *u) {
    const struct entry *e = selected(u->list);
    if (!e) return;
    int number = u->list->spec.number;
    int64_t id = e->id;
    ui_leave_view(u);
    ui_post(u, UI_PICK, NULL, number, id, 0);
}

static bool request(struct ui *u, enum request req) {
    struct list *l = u->list;
    const struct entry *e = selected(l);
    if (l->prompt) return request_asked(u, req);
    if (req >= REQ_DELETE && req <= REQ_SCOPE) {
        if (l->verbs[req - REQ_DELETE])
            ui_post(u, UI_LIST_DO, NULL, l->spec.number, e ? e->id : 0, (int)(req - REQ_DELETE));
        return true;
    }
    switch (req) {
    case REQ_LINE_UP:
        return move(u, -1);
    case REQ_LINE_DOWN:
        return move(u, 1);
    case REQ_PAGE_UP:
        return move(u, -l->page);
    case REQ_PAGE_DOWN:
        return move(u, l->page);
    case REQ_TOP:
        return move(u, -(long)l->n_shown);
    case REQ_BOTTOM:
        return move(u, (long)l->n_shown);
    case REQ_INTERRUPT:
    case REQ_LEAVE:
        leave(u);
        return true;
    case REQ_PICK:
        pick(u);
        return true;
    default:
        return false;
    }
}

/* Of keys that come in one go, the program hears the last line only. */
static void ask_program(struct ui *u) {
    struct list *l = u->list;
    struct queued *last = u->n_queue > u->at_queue ? &u->queue[u->n_queue - 1] : NULL;
    if (last && last->action.type == UI_LIST_QUERY) {
        free(last->text);
        last->text = mem_strdup(str_cstr(&l->filter));
    } else {
        ui_post(u, UI_LIST_QUERY, str_cstr(&l->filter), l->spec.number, 0, 0);
    }
}

static bool key(struct ui *u, const struct key *k) {
    struct list *l = u->list;
    struct str *line = l->prompt ? &l->answer : &l->filter;
    size_t before = line->len;
    if (k->code == 127 || k->code == KEYS_C('H')) {
        size_t n = line->len;
        while (n > 0 && (line->s[--n] & 0xC0) == 0x80) {
        }
        str_truncate(line, n);
    } else if (k->code == KEYS_C('U')) {
        str_clear(line);
    } else if (k->code == KEYS_PASTE || (k->code >= 0x20 && k->code < KEYS_NAMED)) {
        utf8_add_harmless(line, k->text, k->n);
        for (size_t i = before; i < line->len; i++)
            if (line->s[i] == '\n' || line->s[i] == '\t') line->s[i] = ' ';
    }
    if (l->prompt || line->len == before) return true;
    if (l->spec.asks)
        ask_program(u);
    else
        narrow(l);
    look(u);
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
