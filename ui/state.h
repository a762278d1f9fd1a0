/* state: what the parts of ui share. Private to ui/.
 *
 * The conversation is a list of messages, each with the laid-out lines of its text and its thought
 * (`body`), made when first seen at a width and carried on while the text grows. A view draws into
 * a rectangle and answers requests. `ui.over` is the full-screen view that lies over the
 * conversation, NULL for none. */
#ifndef UI_STATE_H
#define UI_STATE_H

#include "base/str.h"
#include "ui/actions.h"
#include "ui/keys.h"
#include "ui/screen.h"
#include "ui/ui.h"
#include "ui/wrap.h"

struct rect {
    int y, x, rows, cols;
};

/* Lines of a growing text. */
struct body {
    struct paper p;
    int width; /* for which p was made; 0: nothing yet */
    bool markdown;
    size_t done;                   /* bytes of the text that p covers */
    size_t settled, settled_lines; /* Markdown: that much never changes again */
};

void body_reset(struct body *b);
/* Brings the lines up to date with the text, at this width. */
void body_lay(struct body *b, const char *s, size_t n, int width, bool markdown, unsigned style);

/* A token's place in a text: it ends before byte `to`, and begins where the one before ends. */
struct span {
    size_t to;
    float surprise, entropy;
    bool forced;
};

struct spans {
    struct span *at;
    size_t n, cap;
    struct ui_mark *marks; /* in bytes of the text as it is here */
    size_t n_marks;
    /* Over the tokens that the model chose and whose probability is known: */
    size_t n_known, n_uncertain;
    double sum; /* of surprise */
};

enum known { TOKENS_UNKNOWN, TOKENS_ASKED, TOKENS_THERE };

struct msg {
    enum ui_role role;
    struct str text, thought;           /* harmless UTF-8 */
    struct str text_tail, thought_tail; /* the beginning of a character, not yet complete */
    struct ui_facts facts;
    int sibling, n_siblings; /* 2 of 3; n_siblings <= 1: the only one */
    struct body text_body, thought_body;
    struct spans spans[2]; /* by enum ui_channel */
    enum known known;
    bool opened;      /* the person opened this turn's thought */
    bool opened_auto; /* kept open because it is being read; folded when they return to the end */
};

/* A place in the conversation that holds at any width. */
enum part {
    PART_HEAD,
    PART_FOLD, /* the thought's summary */
    PART_THOUGHT,
    PART_TEXT,
    PART_GAP
};
struct place {
    size_t msg;
    enum part part;
    size_t src; /* of the thought or text */
    size_t nth; /* of the lines that begin at src (a gap, a table's rows) */
};

struct scroll {
    bool follow; /* keeps the end in sight; else `top` is the first line shown */
    bool more;   /* as last drawn: there is something below */
    bool unseen; /* something came while not following */
    struct place top;
};

struct view_ops {
    const char *name;
    enum action_where where;
    void (*draw)(struct ui *u, struct rect r);
    bool (*request)(struct ui *u, enum request req); /* true: done */
    bool (*key)(struct ui *u, const struct key *k);  /* a key without a request; true: done */
    void (*close)(struct ui *u);
};

extern const struct view_ops view_chat, view_thinking, view_list, view_page, view_tree, view_vote,
    view_inside;

struct layout {
    bool tiny; /* too small for anything but a notice */
    bool wide; /* thinking beside the conversation */
    struct rect chat, thinking, input, matches, notice;
    int rule_top, rule_bottom, bar; /* rows; the status is row 0 */
};

struct queued {
    struct ui_action action;
    char *text; /* owned */
};

struct list;
struct page;
struct tree;
struct vote;
struct inside;

struct inspect {
    bool on;
    bool reveal; /* the cursor has to be brought into sight */
    size_t msg;
    enum ui_channel channel;
    size_t token[2];  /* the cursor in each channel: an index into its spans */
    size_t anchor;    /* the selection's other end; SIZE_MAX: none */
    int goal;         /* the column that Up and Down keep to; -1: the cursor's */
    int y, x;         /* where the cursor was drawn; y < 0: not in sight */
    size_t turn;      /* what ui.turn was before */
    char *token_text; /* the panel; NULL: not told yet */
    char *remark;
    struct ui_alternative *alternatives; /* their texts are owned */
    size_t n_alternatives, choice;
};

struct ui {
    const struct theme *theme;
    enum ui_thinking thinking;
    bool markdown, busy, replay;
    enum ui_lens lens;
    float uncertain; /* as a surprise: above it a token is uncertain */
    bool marked;     /* some message has marks */
    struct inspect inspect;

    struct msg *msgs;
    size_t n_msgs, cap_msgs;
    char *title;
    struct scroll chat, think;
    size_t turn;         /* whose thought the panel shows; SIZE_MAX: the newest */
    size_t think_shown;  /* whose it showed last; SIZE_MAX: none */
    bool focus_thinking; /* which pane PgUp scrolls */
    char *needle;        /* shown marked; NULL: none */

    char *model, *activity;
    char *commands_help; /* Markdown; NULL: none */
    size_t context_used, context_total;
    struct str notice;

    struct queued *queue;
    size_t n_queue, at_queue, cap_queue;
    char *handed; /* the text of the action handed out last */

    struct keys keys;
    bool asked;           /* keys wait until the program has done what it was asked for */
    int64_t flush_due_us; /* when a lone Escape is taken for one; 0: none waits */

    const struct view_ops *over;
    struct list *list;
    struct page *page;
    struct tree *tree;
    struct vote *vote;
    struct inside *inside;

    struct layout lay;
    bool dirty;  /* something to draw */
    bool urgent; /* because of a key: at once */
    int64_t drawn_us;
};

struct layout layout_make(const struct ui *u, int rows, int cols, int input_rows, int match_rows);

void ui_post(struct ui *u, enum ui_action_type type, const char *text, int list, int64_t id,
             int value);
void ui_post_tokens(struct ui *u, enum ui_action_type type, size_t message, enum ui_channel channel,
                    size_t first, size_t last, int value);
void ui_touch(struct ui *u, bool urgent);
void ui_leave_view(struct ui *u); /* closes u->over */

/* The message whose thought is on show; NULL: none. */
struct msg *ui_think_msg(struct ui *u);
bool msg_has_thought(const struct msg *m);
/* "12 s", "1 min 05 s", "1 h 02 min" */
void format_ms(struct str *out, int64_t ms);
/* 1204 -> "1,204" */
void format_count(struct str *out, size_t n);
/* "52", or "52 of 256" where the thought has a budget. */
void format_thought(struct str *out, const struct ui_facts *f);
/* A bar of `cols` cells at x: how much of the budget is used. */
void draw_budget(const struct ui_facts *f, int y, int x, int cols);
void thought_summary(struct str *out,
                     const struct ui_facts *f); /* "Thought for 12 s · 341 tokens" */

/* A message's text in a channel, and its lines where that channel is shown, brought up to date. */
const struct str *msg_text(const struct msg *m, enum ui_channel channel);
struct body *chat_body(struct ui *u, struct msg *m, enum ui_channel channel);
struct body *think_body(struct ui *u, struct msg *m);

/* lens.c */
void append_harmless(struct str *to, struct str *tail, const char *s, size_t n); /* chat.c */
void msg_free(struct msg *m);
void msg_take_back(struct msg *m, float uncertain); /* all of its text so far was its thought */
void spans_free(struct spans *s);
void spans_clear(struct spans *s);
void spans_add(struct spans *s, const struct span *span, float uncertain);
size_t spans_at(const struct spans *s, size_t byte); /* the token of a byte; s->n: none */
size_t span_from(const struct spans *s, size_t i);
bool span_uncertain(const struct span *s, float uncertain);
/* The text of this message is shown as it came, tokens and all. */
bool lens_raw(const struct ui *u, const struct msg *m);
void lens_want(struct ui *u, struct msg *m); /* asks for its tokens, once */
/* A line of a raw text with its tokens' looks; false: there is nothing to show but the line. */
void lens_line(struct ui *u, const struct msg *m, enum ui_channel channel, const struct paper *p,
               size_t line, int y, int x, int room);
void lens_legend(struct ui *u);
/* "perplexity 1.34, 12 % uncertain", in a short form for narrow places; nothing when not known. */
void lens_summary(const struct spans *s, bool brief, struct str *out);

void inspect_ask(struct ui *u, int step);       /* F2, or the answer before or after */
void inspect_forget(struct ui *u, size_t from); /* messages from.. are gone */
bool inspect_request(struct ui *u, enum request req);
void inspect_key(struct ui *u, const struct key *k);
/* The selected tokens of the cursor's channel; false: none is selected, it is the cursor's. */
bool inspect_selection(const struct ui *u, size_t *first, size_t *last);
void inspect_settle(struct ui *u); /* before the panes are drawn: the cursor is in sight */
int inspect_rows(int rows);        /* what the panel takes of that many */
void draw_inspect(struct ui *u);

struct hint {
    const char *key, *what;
};
/* As many of the hints as fit in row y; the last one (ends with a NULL key) always does. */
void draw_hints(int y, const struct hint *h);
void draw_bars(struct ui *u);   /* status, rules, key bar */
void draw_replay(struct ui *u); /* in place of the input */
bool replay_request(struct ui *u, enum request req);
void draw_input(struct ui *u, bool cursor);
int input_rows_wanted(struct ui *u, int cols, int most);
void chat_scroll(struct ui *u, int rows);       /* rows < 0: up */
void chat_reveal(struct ui *u, struct place p); /* scrolls no more than needed */
void chat_end(struct ui *u);
void chat_free(struct ui *u);
void think_scroll(struct ui *u, int rows);
void think_reveal(struct ui *u, struct msg *m, size_t src);
void list_free(struct list *l);
void page_free(struct page *p);
void tree_free(struct tree *t);
void vote_free(struct vote *v);
void inside_free(struct inside *in);
void inside_show(struct ui *u, const struct ui_inside *from);
void list_open(struct ui *u, const struct ui_list *spec, const struct ui_item *items, size_t n);
void page_open(struct ui *u, const char *title, const char *markdown);
void tree_open(struct ui *u, int number, const char *title, const struct ui_tree_item *items,
               size_t n, size_t at);
void help_markdown(struct str *out, const char *commands);

#endif
