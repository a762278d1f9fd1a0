/* view_inspect: the inspect mode. A cursor stands on a token of one message's answer or thought; a
 * panel in place of the input line tells how likely the token was and what could have stood there
 * instead. It is a mode of the conversation, not a view over it: the panes stay, and what streams
 * in goes on streaming. What the panel says of a token comes from the program, for each place that
 * the cursor goes to (UI_INSPECT_AT). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/state.h"
#include "ui/text.h"

enum { BAR = 10, HEAD_ROWS = 2, MOST_ROWS = 8 };

static struct msg *inspected(struct ui *u) { return &u->msgs[u->inspect.msg]; }

static struct spans *spans_here(struct ui *u) { return &inspected(u)->spans[u->inspect.channel]; }

static size_t *cursor(struct ui *u) { return &u->inspect.token[u->inspect.channel]; }

/* ---- The panel's words ---------------------------------------------------------------------- */

static void forget_token(struct inspect *in) {
    for (size_t i = 0; i < in->n_alternatives; i++)
        free((char *)(uintptr_t)in->alternatives[i].text);
    free(in->alternatives);
    free(in->token_text);
    free(in->remark);
    in->alternatives = NULL;
    in->token_text = in->remark = NULL;
    in->n_alternatives = in->choice = 0;
}

static char *harmless(const char *s) {
    struct str out = {0}, tail = {0};
    append_harmless(&out, &tail, s ? s : "", s ? strlen(s) : 0);
    str_free(&tail);
    str_cstr(&out);
    return str_take(&out);
}

void ui_inspect_show(struct ui *u, const char *token, const char *remark,
                     const struct ui_alternative *a, size_t n) {
    struct inspect *in = &u->inspect;
    if (!in->on) return;
    forget_token(in);
    in->token_text = harmless(token);
    in->remark = harmless(remark);
    in->alternatives = mem_array(n, sizeof *a);
    in->n_alternatives = n;
    for (size_t i = 0; i < n; i++) {
        in->alternatives[i] = a[i];
        in->alternatives[i].text = harmless(a[i].text);
        if (a[i].taken) in->choice = i;
    }
    ui_touch(u, true);
}

/* ---- Moving --------------------------------------------------------------------------------- */

static void moved(struct ui *u) {
    struct inspect *in = &u->inspect;
    forget_token(in);
    in->reveal = true;
    ui_post_tokens(u, UI_INSPECT_AT, in->msg, in->channel, *cursor(u), *cursor(u), 0);
}

static void move_to(struct ui *u, size_t token) {
    size_t n = spans_here(u)->n;
    if (n == 0) return;
    *cursor(u) = token < n ? token : n - 1;
    u->inspect.goal = -1;
    moved(u);
}

static void move_by(struct ui *u, int step) {
    size_t at = *cursor(u);
    if (step < 0 && at == 0) return;
    move_to(u, step < 0 ? at - 1 : at + 1);
}

/* The nearest uncertain token after or before the cursor. */
static void move_uncertain(struct ui *u, int step) {
    const struct spans *s = spans_here(u);
    for (size_t i = *cursor(u); step > 0 ? i + 1 < s->n : i > 0;) {
        i += step > 0 ? 1 : (size_t)-1;
        if (!span_uncertain(&s->at[i], u->uncertain)) continue;
        move_to(u, i);
        return;
    }
    ui_notice(u, step > 0 ? "no uncertain token after this one"
                          : "no uncertain token before this one");
}

static struct body *body_here(struct ui *u) {
    bool beside = u->lay.wide && u->inspect.channel == UI_THOUGHT;
    return beside ? think_body(u, inspected(u)) : chat_body(u, inspected(u), u->inspect.channel);
}

/* The column at which byte `src` of the text stands in its line. */
static int column_of(const struct str *text, const struct line *l, size_t src) {
    int cols = 0;
    struct cluster c;
    for (size_t i = l->src; i < src && i < text->len; i += c.bytes) {
        text_cluster(text->s + i, text->len - i, &c);
        cols += text->s[i] == '\t' ? 4 : c.cols;
    }
    return cols;
}

static size_t byte_at(const struct str *text, const struct line *l, size_t end, int column) {
    int cols = 0;
    size_t at = l->src;
    struct cluster c;
    for (size_t i = l->src; i < end && i < text->len && text->s[i] != '\n'; i += c.bytes) {
        text_cluster(text->s + i, text->len - i, &c);
        if (cols > column) break;
        at = i;
        cols += text->s[i] == '\t' ? 4 : c.cols;
    }
    return at;
}

static void move_lines(struct ui *u, int by) {
    const struct spans *s = spans_here(u);
    const struct paper *p = &body_here(u)->p;
    const struct str *text = msg_text(inspected(u), u->inspect.channel);
    if (s->n == 0 || p->n_lines == 0) return;
    size_t from = span_from(s, *cursor(u)), line = paper_at(p, from), last = p->n_lines - 1;
    if (u->inspect.goal < 0) u->inspect.goal = column_of(text, &p->lines[line], from);
    int goal = u->inspect.goal;
    size_t to = by < 0 && line < (size_t)-by ? 0 : line + (size_t)by;
    if (by > 0 && to > last) to = last;
    size_t end = to < last ? p->lines[to + 1].src : text->len;
    size_t token = spans_at(s, byte_at(text, &p->lines[to], end, goal));
    if (to == line) token = by < 0 ? 0 : s->n - 1;
    if (to != line && token == *cursor(u) && by > 0) token++;
    move_to(u, token);
    u->inspect.goal = goal;
}

static void select_by(struct ui *u, int step) {
    if (u->inspect.anchor == SIZE_MAX) u->inspect.anchor = *cursor(u);
    move_by(u, step);
}

bool inspect_selection(const struct ui *u, size_t *first, size_t *last) {
    const struct inspect *in = &u->inspect;
    size_t at = in->token[in->channel];
    bool some = in->anchor != SIZE_MAX;
    *first = some && in->anchor < at ? in->anchor : at;
    *last = some && in->anchor > at ? in->anchor : at;
    return some;
}

/* ---- In and out ----------------------------------------------------------------------------- */

/* Where the cursor begins: at the first uncertain token, if there is one. */
static size_t first_stop(const struct spans *s, float uncertain) {
    for (size_t i = 0; i < s->n; i++)
        if (span_uncertain(&s->at[i], uncertain)) return i;
    return 0;
}

static void enter_channel(struct ui *u, enum ui_channel channel) {
    u->inspect.channel = channel;
    u->inspect.anchor = SIZE_MAX;
    u->focus_thinking = channel == UI_THOUGHT && u->lay.wide;
    move_to(u, *cursor(u));
}

bool ui_inspect_open(struct ui *u, size_t index) {
    struct inspect *in = &u->inspect;
    if (index >= u->n_msgs) return false;
    struct msg *m = &u->msgs[index];
    size_t n_text = m->spans[UI_TEXT].n, n_thought = m->spans[UI_THOUGHT].n;
    if (n_text + n_thought == 0) return false;
    enum ui_channel channel = in->on ? in->channel : u->focus_thinking ? UI_THOUGHT : UI_TEXT;
    size_t turn = in->on ? in->turn : u->turn;
    if (!m->spans[channel].n) channel = n_text ? UI_TEXT : UI_THOUGHT;
    ui_leave_view(u);
    forget_token(in);
    *in = (struct inspect){.on = true, .msg = index, .anchor = SIZE_MAX, .goal = -1, .turn = turn};
    in->token[UI_TEXT] = first_stop(&m->spans[UI_TEXT], u->uncertain);
    in->token[UI_THOUGHT] = first_stop(&m->spans[UI_THOUGHT], u->uncertain);
    u->turn = index;
    enter_channel(u, channel);
    return true;
}

void ui_inspect_close(struct ui *u) {
    if (!u->inspect.on) return;
    forget_token(&u->inspect);
    u->turn = u->inspect.turn;
    u->inspect = (struct inspect){0};
    ui_chat_unmark(u);
    ui_post_tokens(u, UI_INSPECT_LEAVE, 0, UI_TEXT, 0, 0, 0);
    ui_touch(u, true);
}

bool ui_inspecting(const struct ui *u) { return u->inspect.on; }

void ui_inspect_ask(struct ui *u) { inspect_ask(u, -1); }

void inspect_forget(struct ui *u, size_t from) {
    if (u->inspect.on && u->inspect.msg >= from) ui_inspect_close(u);
}

/* Asks for the answer before or after this one, or for the one that is on show. */
void inspect_ask(struct ui *u, int step) {
    size_t i = u->inspect.on ? u->inspect.msg : u->turn < u->n_msgs ? u->turn + 1 : u->n_msgs;
    if (!u->inspect.on) step = -1;
    while (step < 0 ? i > 0 : i + 1 < u->n_msgs) {
        i += step < 0 ? (size_t)-1 : 1;
        if (u->msgs[i].role != UI_ROLE_ASSISTANT) continue;
        ui_post_tokens(u, UI_INSPECT, i, UI_TEXT, 0, 0, 0);
        return;
    }
    ui_notice(u, u->inspect.on ? "there is no answer further on" : "there is no answer to inspect");
}

void inspect_settle(struct ui *u) {
    struct inspect *in = &u->inspect;
    in->y = -1;
    if (!in->reveal) return;
    in->reveal = false;
    size_t src = span_from(spans_here(u), *cursor(u));
    if (u->lay.wide && in->channel == UI_THOUGHT)
        think_reveal(u, inspected(u), src);
    else
        chat_reveal(u, (struct place){.msg = in->msg,
                                      .part = in->channel == UI_THOUGHT ? PART_THOUGHT : PART_TEXT,
                                      .src = src});
}

/* ---- Requests ------------------------------------------------------------------------------- */

static void other_channel(struct ui *u) {
    enum ui_channel other = u->inspect.channel == UI_TEXT ? UI_THOUGHT : UI_TEXT;
    if (inspected(u)->spans[other].n == 0)
        ui_notice(u, other == UI_TEXT ? "there is no answer yet" : "it did not think");
    else
        enter_channel(u, other);
}

static void fork_here(struct ui *u) {
    const struct inspect *in = &u->inspect;
    if (in->n_alternatives == 0)
        ui_notice(u, "no alternatives are known here");
    else if (in->alternatives[in->choice].taken)
        ui_notice(u, "this one was taken: Tab or a digit chooses another to go on with");
    else {
        ui_post_tokens(u, UI_INSPECT_FORK, in->msg, in->channel, *cursor(u), *cursor(u),
                       (int)in->choice);
    }
}

static void look_up(struct ui *u) {
    const struct inspect *in = &u->inspect;
    size_t first, last;
    inspect_selection(u, &first, &last);
    ui_post_tokens(u, UI_INSPECT_LOOKUP, in->msg, in->channel, first, last, 0);
}

static void leave(struct ui *u) {
    if (u->inspect.anchor != SIZE_MAX)
        u->inspect.anchor = SIZE_MAX;
    else
        ui_inspect_close(u);
}

bool inspect_request(struct ui *u, enum request req) {
    struct inspect *in = &u->inspect;
    struct rect box = u->lay.wide && in->channel == UI_THOUGHT ? u->lay.thinking : u->lay.chat;
    int page = box.rows > 3 ? box.rows - 2 : 1;
    switch (req) {
    case REQ_TOKEN_PREV:
    case REQ_TOKEN_NEXT:
        move_by(u, req == REQ_TOKEN_PREV ? -1 : 1);
        return true;
    case REQ_LINE_UP:
    case REQ_LINE_DOWN:
        move_lines(u, req == REQ_LINE_UP ? -1 : 1);
        return true;
    case REQ_PAGE_UP:
    case REQ_PAGE_DOWN:
        move_lines(u, req == REQ_PAGE_UP ? -page : page);
        return true;
    case REQ_TOP:
    case REQ_BOTTOM:
        move_to(u, req == REQ_TOP ? 0 : SIZE_MAX);
        return true;
    case REQ_UNCERTAIN_PREV:
    case REQ_UNCERTAIN_NEXT:
        move_uncertain(u, req == REQ_UNCERTAIN_PREV ? -1 : 1);
        return true;
    case REQ_SELECT:
        in->anchor = in->anchor == SIZE_MAX ? *cursor(u) : SIZE_MAX;
        return true;
    case REQ_SELECT_PREV:
    case REQ_SELECT_NEXT:
        select_by(u, req == REQ_SELECT_PREV ? -1 : 1);
        return true;
    case REQ_CHOICE_NEXT:
        if (in->n_alternatives) in->choice = (in->choice + 1) % in->n_alternatives;
        return true;
    case REQ_TURN_PREV:
    case REQ_TURN_NEXT:
        inspect_ask(u, req == REQ_TURN_PREV ? -1 : 1);
        return true;
    case REQ_FOCUS:
        other_channel(u);
        return true;
    case REQ_FORK:
        fork_here(u);
        return true;
    case REQ_LOOKUP:
        look_up(u);
        return true;
    case REQ_LAYER_PREV:
    case REQ_LAYER_NEXT:
        ui_post(u, UI_INSPECT_LAYER, NULL, 0, 0, req == REQ_LAYER_PREV ? -1 : 1);
        return true;
    case REQ_LEAVE:
        leave(u);
        return true;
    case REQ_INTERRUPT:
        if (u->busy)
            ui_post(u, UI_INTERRUPT, NULL, 0, 0, 0);
        else
            ui_inspect_close(u);
        return true;
    default:
        return false;
    }
}

void inspect_key(struct ui *u, const struct key *k) {
    if (k->code < '1' || k->code > '9') return;
    size_t choice = (size_t)(k->code - '1');
    if (choice < u->inspect.n_alternatives) u->inspect.choice = choice;
}

/* ---- The panel ------------------------------------------------------------------------------ */

int inspect_rows(int rows) {
    int n = rows * 2 / 5;
    return n > MOST_ROWS ? MOST_ROWS : n < 3 ? 3 : n;
}

static void draw_token(struct ui *u, struct rect box) {
    const struct inspect *in = &u->inspect;
    const struct spans *s = spans_here(u);
    const struct span *t = &s->at[*cursor(u)];
    struct str text = {0};
    const char *name = in->channel == UI_THOUGHT ? "thought" : "answer";
    str_addf(&text, "%s ", name);
    format_count(&text, *cursor(u) + 1);
    str_add(&text, "/");
    format_count(&text, s->n);
    int right = screen_puts_right(box.y, box.x + box.cols - 1, box.cols / 2, text.s, THEME_DIM);
    int x = box.x + 1, room = right - x - 2;
    str_clear(&text);
    if (isnan(t->surprise))
        str_add(&text, "  probability not known");
    else {
        str_add(&text, "  ");
        str_add_percent(&text, exp(-(double)t->surprise));
    }
    if (!isnan(t->entropy))
        str_addf(&text, room > 60 ? "  entropy %.2f nats: as open as among %.1f" : "  entropy %.2f",
                 (double)t->entropy, exp((double)t->entropy));
    if (span_uncertain(t, u->uncertain)) str_add(&text, "  uncertain");
    int facts = text_cols(text.s, text.len), most = room - facts;
    const char *token = in->token_text ? in->token_text : "";
    if (most > 4)
        x += screen_put(box.y, x, most, token, text_fit(token, strlen(token), most), THEME_HEADING);
    screen_puts(box.y, x, right - x - 2, text.s, THEME_TEXT);
    str_free(&text);
}

static void draw_message(struct ui *u, struct rect box) {
    const struct inspect *in = &u->inspect;
    struct str text = {0};
    bool brief = box.cols < 100;
    lens_summary(spans_here(u), brief, &text);
    int right = screen_puts_right(box.y + 1, box.x + box.cols - 1, box.cols - 2, str_cstr(&text),
                                  THEME_DIM);
    str_clear(&text);
    if (in->anchor != SIZE_MAX) {
        size_t first, last;
        inspect_selection(u, &first, &last);
        str_addf(&text, "%zu tokens selected", last - first + 1);
    } else if (in->remark)
        str_add(&text, in->remark);
    screen_puts(box.y + 1, box.x + 1, right - box.x - 3, str_cstr(&text), THEME_NOTICE);
    str_free(&text);
}

static void draw_choice(const struct ui *u, size_t i, int y, struct rect box) {
    const struct ui_alternative *a = &u->inspect.alternatives[i];
    bool chosen = i == u->inspect.choice;
    int x = box.x + 1, wide = box.cols - 37 < 32 ? box.cols - 37 : 32;
    struct str s = {0};
    if (chosen) screen_puts(y, x, 1, screen_glyph(GLYPH_PROMPT), THEME_PROMPT);
    str_addf(&s, "%zu ", i + 1);
    x += 2 + screen_puts(y, x + 2, 3, s.s, THEME_KEY);
    screen_put(y, x, wide, a->text, strlen(a->text), chosen ? THEME_SELECTED : THEME_TEXT);
    x += wide;
    str_clear(&s);
    str_add_percent(&s, a->probability);
    screen_puts_right(y, x + 9, 9, s.s, THEME_TEXT);
    x += 11;
    int full = (int)(a->probability * BAR + 0.5);
    full = full < 0 ? 0 : full > BAR ? BAR : full;
    screen_glyphs(y, x, full, GLYPH_FULL, THEME_METER);
    screen_glyphs(y, x + full, BAR - full, GLYPH_EMPTY, THEME_DIM);
    x += BAR + 2;
    if (a->taken) screen_puts(y, x, box.x + box.cols - x, "taken", THEME_DIM);
    str_free(&s);
}

void draw_inspect(struct ui *u) {
    const struct inspect *in = &u->inspect;
    struct rect box = u->lay.input;
    if (spans_here(u)->n == 0 || box.rows < 1) return;
    draw_token(u, box);
    if (box.rows > 1) draw_message(u, box);
    int rows = box.rows - HEAD_ROWS;
    size_t first = rows > 0 && in->choice >= (size_t)rows ? in->choice - (size_t)rows + 1 : 0;
    for (int i = 0; i < rows && first + (size_t)i < in->n_alternatives; i++)
        draw_choice(u, first + (size_t)i, box.y + HEAD_ROWS + i, box);
    if (in->y >= 0) screen_cursor(in->y, in->x);
}
