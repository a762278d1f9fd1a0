/* ui: opening and closing, keys to requests, and when to draw.
 *
 * Keys are handled before anything is drawn, and what a key changed is drawn at once. Text that
 * streams in is gathered: it is drawn at most once in FRAME_US, however fast the tokens come. */
#include "ui/ui.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ui/editor.h"
#include "ui/input.h"
#include "ui/state.h"
#include "ui/text.h"

enum {
    FRAME_US = 33000,  /* between frames of streaming text */
    ESCAPE_US = 40000, /* after which an Escape that nothing follows is one */
    READ_AT_ONCE = 64  /* reads of 4 KiB before the program gets a turn */
};

/* ---- Opening and closing -------------------------------------------------------------------- */

struct ui *ui_open(const struct ui_options *o, struct err *e) {
    const struct theme *theme = theme_find(o->theme);
    if (!theme) return err_null(e, "theme %s: there is no such theme", o->theme);
    struct screen_options so = {.ascii = o->ascii, .mouse = o->mouse, .theme = theme};
    if (!screen_open(&so, e)) return NULL;
    struct input_options io = {o->history_file, o->complete, o->complete_ctx};
    if (!input_open(&io, e)) {
        screen_close();
        return NULL;
    }
    struct ui *u = mem_calloc(1, sizeof *u);
    u->commands_help = mem_strdup(o->commands_help);
    u->theme = theme;
    u->thinking = o->thinking;
    u->lens = o->lens;
    ui_uncertain_set(u, o->uncertain);
    u->markdown = o->markdown;
    u->chat.follow = u->think.follow = true;
    u->turn = u->think_shown = SIZE_MAX;
    input_size(screen_rows(), screen_cols());
    ui_touch(u, true);
    return u;
}

void ui_close(struct ui *u) {
    if (!u) return;
    ui_leave_view(u);
    ui_inspect_close(u);
    input_close();
    screen_close();
    chat_free(u);
    for (size_t i = u->at_queue; i < u->n_queue; i++) free(u->queue[i].text);
    free(u->queue);
    free(u->handed);
    free(u->model);
    free(u->activity);
    free(u->commands_help);
    str_free(&u->notice);
    keys_free(&u->keys);
    free(u);
}

void ui_emergency_restore(void) { screen_emergency(); }

void ui_touch(struct ui *u, bool urgent) {
    u->dirty = true;
    if (urgent) u->urgent = true;
}

void ui_leave_view(struct ui *u) {
    const struct view_ops *v = u->over;
    u->over = NULL;
    if (v && v->close) v->close(u);
    ui_touch(u, true);
}

/* ---- Actions -------------------------------------------------------------------------------- */

void ui_post(struct ui *u, enum ui_action_type type, const char *text, int list, int64_t id,
             int value) {
    u->queue = mem_grow(u->queue, &u->cap_queue, u->n_queue + 1, sizeof *u->queue);
    u->queue[u->n_queue++] = (struct queued){
        .action = {.type = type, .list = list, .id = id, .value = value},
        .text = mem_strdup(text),
    };
    u->asked = true;
}

void ui_post_tokens(struct ui *u, enum ui_action_type type, size_t message, enum ui_channel channel,
                    size_t first, size_t last, int value) {
    ui_post(u, type, NULL, 0, 0, value);
    struct ui_action *a = &u->queue[u->n_queue - 1].action;
    a->message = message;
    a->channel = channel;
    a->first = first;
    a->last = last;
}

static void take_keys(struct ui *u);

bool ui_next_action(struct ui *u, struct ui_action *out) {
    free(u->handed);
    u->handed = NULL;
    if (u->at_queue == u->n_queue) {
        u->at_queue = u->n_queue = 0;
        if (!u->asked) return false;
        u->asked = false;
        take_keys(u);
        if (u->n_queue == 0) return false;
    }
    struct queued *q = &u->queue[u->at_queue++];
    u->handed = q->text;
    *out = q->action;
    out->text = u->handed;
    return true;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static const struct view_ops *focused(struct ui *u) {
    return u->lay.wide && u->focus_thinking ? &view_thinking : &view_chat;
}

static enum action_where where(const struct ui *u) {
    if (u->over) return u->over->where;
    if (u->inspect.on) return IN_INSPECT;
    return u->replay ? IN_REPLAY : IN_CHAT;
}

static void suspend(struct ui *u) {
    screen_suspend();
    input_size(screen_rows(), screen_cols());
    ui_touch(u, true);
}

static void thinking_cycle(struct ui *u) {
    static const char *const said[] = {"thinking: shown", "thinking: collapsed",
                                       "thinking: hidden"};
    ui_thinking_set(u, (enum ui_thinking)((u->thinking + 1) % 3));
    ui_notice(u, "%s", said[u->thinking]);
    ui_post(u, UI_THINKING_MODE, NULL, 0, 0, (int)u->thinking);
}

static void lens_cycle(struct ui *u) {
    static const char *const said[] = {"lens: off", "lens: how surprising each token was",
                                       "lens: how open each choice was"};
    ui_lens_set(u, (enum ui_lens)((u->lens + 1) % 3));
    ui_notice(u, "%s", said[u->lens]);
    ui_post(u, UI_LENS, NULL, 0, 0, (int)u->lens);
}

/* What does not depend on the view. */
static bool request_anywhere(struct ui *u, enum request req) {
    switch (req) {
    case REQ_REDRAW:
        ui_redraw(u);
        return true;
    case REQ_SUSPEND:
        suspend(u);
        return true;
    case REQ_THINKING:
        thinking_cycle(u);
        return true;
    case REQ_FOCUS:
        u->focus_thinking = u->lay.wide && !u->focus_thinking;
        return true;
    case REQ_LENS:
        lens_cycle(u);
        return true;
    case REQ_INSPECT:
        inspect_ask(u, -1);
        return true;
    case REQ_HELP:
        ui_help_open(u, u->commands_help);
        return true;
    case REQ_SESSIONS:
        ui_post(u, UI_SESSIONS, NULL, 0, 0, 0);
        return true;
    case REQ_SEARCH:
        ui_post(u, UI_SEARCH, NULL, 0, 0, 0);
        return true;
    default:
        return false;
    }
}

static bool offers_continue(const struct ui *u) {
    return u->n_msgs && !u->busy && u->msgs[u->n_msgs - 1].role == UI_ROLE_ASSISTANT;
}

/* Those that only ask the program for something. */
static bool post_plain(struct ui *u, enum request req) {
    static const struct {
        enum request request;
        enum ui_action_type action;
    } plain[] = {{REQ_TREE, UI_TREE},
                 {REQ_INSIDE, UI_INSIDE},
                 {REQ_UNDO, UI_UNDO},
                 {REQ_REDO, UI_REDO},
                 {REQ_EDIT_THOUGHT, UI_EDIT_THOUGHT},
                 {REQ_THINK_MORE, UI_THINK_MORE}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (plain[i].request != req) continue;
        ui_post(u, plain[i].action, NULL, 0, 0, 0);
        return true;
    }
    return false;
}

/* Those of the input line; false where readline is to have the key. */
static bool request_input(struct ui *u, enum request req) {
    switch (req) {
    case REQ_NEWLINE:
        input_insert("\n", 1);
        return true;
    case REQ_INTERRUPT:
        if (u->busy || input_empty())
            ui_post(u, UI_INTERRUPT, NULL, 0, 0, 0);
        else
            input_clear();
        return true;
    case REQ_EOF:
        if (!input_empty()) return false;
        ui_post(u, UI_QUIT, NULL, 0, 0, 0);
        return true;
    case REQ_ANSWER_NOW:
        if (!u->busy && !offers_continue(u)) return false;
        ui_post(u, UI_ANSWER_NOW, NULL, 0, 0, 0);
        return true;
    case REQ_COPY:
        ui_post(u, UI_COPY, NULL, 0, 0, 0);
        return true;
    case REQ_CONTINUE:
        if (!offers_continue(u)) return false;
        ui_post(u, UI_CONTINUE, NULL, 0, 0, 0);
        return true;
    case REQ_SIBLING_PREV:
    case REQ_SIBLING_NEXT:
        if (!input_empty()) return false; /* readline goes by words */
        ui_post(u, UI_SIBLING, NULL, 0, 0, req == REQ_SIBLING_NEXT ? 1 : -1);
        return true;
    default:
        return post_plain(u, req);
    }
}

static bool request(struct ui *u, enum request req) {
    if (req == REQ_NONE) return false;
    bool inspects = u->inspect.on && !u->over;
    if (inspects && inspect_request(u, req)) return true;
    if (request_anywhere(u, req) || inspects) return true;
    if (u->over) return u->over->request && u->over->request(u, req);
    if (focused(u)->request(u, req)) return true;
    return u->replay ? replay_request(u, req) : request_input(u, req);
}

/* ---- Keys ----------------------------------------------------------------------------------- */

static void line_key(struct ui *u, const struct key *k) {
    if (k->code == KEYS_PASTE)
        input_insert(k->text, k->n);
    else if (k->code == KEYS_UP && input_vertical(-1))
        return;
    else if (k->code == KEYS_DOWN && input_vertical(1))
        return;
    else
        input_key(k->text, k->n);
    if (input_wants_editor()) editor_edit_line(u);
    const char *line = input_taken();
    if (line && line[strspn(line, " \t\n")]) {
        ui_post(u, UI_SUBMIT, line, 0, 0, 0);
        chat_end(u);
        u->turn = SIZE_MAX;
    }
}

static void one_key(struct ui *u, const struct key *k) {
    str_clear(&u->notice);
    ui_touch(u, true);
    if (k->code == KEYS_C('\\')) {
        raise(SIGQUIT); /* as the terminal would, were it not in raw mode */
        return;
    }
    if (request(u, action_of_key(k->code, where(u)))) return;
    if (u->over) {
        if (u->over->key) u->over->key(u, k);
    } else if (u->inspect.on) {
        inspect_key(u, k);
    } else if (!u->replay) {
        line_key(u, k);
    }
}

static void handle_signals(struct ui *u) {
    struct screen_signals s = screen_signals();
    if (s.suspend) {
        suspend(u);
        return;
    }
    if (s.resumed) {
        screen_leave();
        screen_enter();
    }
    if (s.resized) screen_resize();
    if (s.resized) u->inspect.reveal = u->inspect.on;
    if (s.resized || s.resumed) {
        input_size(screen_rows(), screen_cols());
        ui_touch(u, true);
    }
}

static bool readable(void) {
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&p, 1, 0) > 0 && p.revents;
}

/* The keys that are whole. What a key does may depend on what the program answers to the one before
 * it: then the rest waits. */
static void take_keys(struct ui *u) {
    struct key k;
    while (!u->asked && keys_next(&u->keys, &k, false)) one_key(u, &k);
    u->flush_due_us = keys_pending(&u->keys) ? clock_mono_us() + ESCAPE_US : 0;
}

void ui_input(struct ui *u) {
    char buf[4096];
    handle_signals(u);
    for (int i = 0; i < READ_AT_ONCE && readable(); i++) {
        ssize_t n = read(STDIN_FILENO, buf, sizeof buf);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) { /* the terminal is gone */
            ui_post(u, UI_QUIT, NULL, 0, 0, 0);
            return;
        }
        keys_feed(&u->keys, buf, (size_t)n);
        take_keys(u);
    }
}

static void flush_keys(struct ui *u) {
    struct key k;
    if (!u->flush_due_us || clock_mono_us() < u->flush_due_us) return;
    u->flush_due_us = 0;
    while (!u->asked && keys_next(&u->keys, &k, true)) one_key(u, &k);
}

int ui_input_fd(const struct ui *u) {
    (void)u;
    return STDIN_FILENO;
}

int ui_wake_fd(const struct ui *u) {
    (void)u;
    return screen_wake_fd();
}

/* ---- Drawing -------------------------------------------------------------------------------- */

static void draw_tiny(void) {
    screen_puts(0, 0, screen_cols(), "aside: at least 40x10, please", THEME_TEXT);
}

static void draw_all(struct ui *u) {
    int rows = screen_rows(), cols = screen_cols();
    int most = rows / 3 < 1 ? 1 : rows / 3 > 10 ? 10 : rows / 3;
    struct input_view v;
    input_view(&v);
    int match_rows = 0;
    if (v.n_matches && !u->replay && !u->inspect.on) {
        size_t per_row = (size_t)(cols / 22 > 0 ? cols / 22 : 1);
        size_t want = (v.n_matches + per_row - 1) / per_row;
        match_rows = want > 6 ? 6 : (int)want;
    }
    screen_begin();
    u->lay = layout_make(u, rows, cols, input_rows_wanted(u, cols, most), match_rows);
    if (u->inspect.on && !u->lay.tiny && !u->over) inspect_settle(u);
    if (u->lay.tiny) {
        draw_tiny();
    } else if (u->over) {
        u->over->draw(u, (struct rect){0, 0, rows, cols});
    } else {
        view_chat.draw(u, u->lay.chat);
        if (u->lay.wide) view_thinking.draw(u, u->lay.thinking);
        draw_bars(u);
        if (u->inspect.on)
            draw_inspect(u);
        else if (u->replay)
            draw_replay(u);
        else
            draw_input(u, true);
    }
    screen_flush();
}

static int ms_until(int64_t due_us, int64_t now_us) {
    return due_us <= now_us ? 0 : (int)((due_us - now_us + 999) / 1000);
}

int ui_draw(struct ui *u) {
    flush_keys(u);
    int64_t now = clock_mono_us();
    int wait = u->flush_due_us ? ms_until(u->flush_due_us, now) : -1;
    if (!u->dirty) return wait;
    if (!u->urgent && now - u->drawn_us < FRAME_US) {
        int frame = ms_until(u->drawn_us + FRAME_US, now);
        return wait < 0 || frame < wait ? frame : wait;
    }
    draw_all(u);
    u->dirty = u->urgent = false;
    u->drawn_us = now;
    return u->at_queue < u->n_queue ? 0 : wait; /* drawing may have asked for something */
}

void ui_redraw(struct ui *u) {
    screen_repaint();
    ui_touch(u, true);
}

/* ---- Status, notices, modes ----------------------------------------------------------------- */

static void replace(char **to, const char *s) {
    struct str out = {0};
    if (s) utf8_add_harmless(&out, s, strlen(s));
    str_cstr(&out);
    free(*to);
    *to = str_take(&out);
}

void ui_status_set(struct ui *u, const struct ui_status *s) {
    replace(&u->model, s->model);
    replace(&u->activity, s->activity);
    u->context_used = s->context_used;
    u->context_total = s->context_total;
    ui_touch(u, false);
}

bool ui_notice_shown(const struct ui *u) { return u->notice.len > 0; }

void ui_notice(struct ui *u, const char *fmt, ...) {
    struct str raw = {0};
    str_clear(&u->notice);
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        str_addv(&raw, fmt, ap);
        va_end(ap);
        utf8_add_harmless(&u->notice, str_cstr(&raw), raw.len);
        str_free(&raw);
    }
    ui_touch(u, true);
}

enum ui_thinking ui_thinking_mode(const struct ui *u) { return u->thinking; }

void ui_thinking_set(struct ui *u, enum ui_thinking mode) {
    u->thinking = mode;
    if (mode != UI_THINKING_SHOW) u->focus_thinking = false;
    ui_touch(u, true);
}

void ui_markdown_set(struct ui *u, bool on) {
    u->markdown = on;
    ui_touch(u, true);
}

bool ui_theme_set(struct ui *u, const char *name) {
    const struct theme *t = theme_find(name);
    if (!t) return false;
    u->theme = t;
    screen_theme(t);
    ui_redraw(u);
    return true;
}

const char *const *ui_theme_names(void) { return theme_names(); }

void ui_busy(struct ui *u, bool generating) {
    u->busy = generating;
    ui_touch(u, false);
}

void ui_replay_mode(struct ui *u, bool on) {
    u->replay = on;
    ui_touch(u, true);
}

const char *ui_input_line(const struct ui *u) {
    (void)u;
    return input_line();
}

bool ui_copy(struct ui *u, const char *text, size_t n) {
    struct str s = STR_INIT;
    (void)u;
    if (n > UI_COPY_LIMIT) return false;
    str_add(&s, "\033]52;c;");
    base64_add(&s, text, n);
    str_addc(&s, '\a');
    screen_send(s.s, s.len);
    str_free(&s);
    return true;
}

void ui_input_set(struct ui *u, const char *text) {
    input_set(text);
    ui_touch(u, true);
}

/* ---- Lists and pages ------------------------------------------------------------------------ */

void ui_list_open(struct ui *u, const struct ui_list *l, const struct ui_item *items, size_t n) {
    if (u->over != &view_list) ui_leave_view(u);
    list_open(u, l, items, n);
    ui_touch(u, true);
}

void ui_tree_open(struct ui *u, int list, const char *title, const struct ui_tree_item *items,
                  size_t n, size_t at) {
    ui_leave_view(u);
    tree_open(u, list, title, items, n, at);
}

void ui_page_open(struct ui *u, const char *title, const char *markdown) {
    ui_leave_view(u);
    page_open(u, title, markdown);
}

void ui_inside_show(struct ui *u, const struct ui_inside *in) {
    if (!ui_inside_shown(u)) ui_leave_view(u);
    inside_show(u, in);
}

bool ui_inside_shown(const struct ui *u) { return u->over == &view_inside; }

void ui_help_open(struct ui *u, const char *commands_markdown) {
    struct str text = {0};
    help_markdown(&text, commands_markdown);
    ui_page_open(u, "help", str_cstr(&text));
    str_free(&text);
}
