/* ui: the curses interface, as views over plain data.
 *
 * The program hands in what is to be seen (messages, text that arrives, facts for the status line,
 * lists to pick from) and takes out what the person wants (actions). The ui knows nothing of
 * engines or databases. Only the main thread calls it. It never sleeps: the program polls
 * ui_input_fd() together with its own descriptors, calls ui_input() when there is something to
 * read, and ui_draw() before it sleeps again. */
#ifndef UI_UI_H
#define UI_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct ui;

enum ui_thinking { UI_THINKING_SHOW, UI_THINKING_COLLAPSE, UI_THINKING_HIDE };
enum ui_lens { UI_LENS_OFF, UI_LENS_SURPRISE, UI_LENS_ENTROPY };
enum ui_channel { UI_TEXT, UI_THOUGHT }; /* the two texts of a message */

struct ui_options {           /* what it points to is copied, but for complete_ctx */
    const char *theme;        /* a name of the theme table; NULL = default */
    const char *history_file; /* readline's saved input history; NULL = none */
    enum ui_thinking thinking;
    enum ui_lens lens;
    double uncertain; /* see ui_uncertain_set() */
    bool markdown;    /* false: answers raw */
    bool mouse;       /* capture the wheel; only on request */
    bool ascii;       /* stand-ins for every glyph; set by itself where the locale is not UTF-8 */
    /* Completion of the word line[start..end): an owned, NULL-terminated array of owned strings,
     * or NULL for none (then file names are offered after /read, /export and @). */
    char **(*complete)(void *ctx, const char *line, size_t start, size_t end);
    void *complete_ctx;
    const char *commands_help; /* Markdown, shown by F1 above the keys; NULL: keys only */
};

/* Fails with one line when standard input or output is no terminal, or TERM is unusable. Installs
 * nothing that ui_close() does not take back; the terminal is restored on exit and on fatal
 * signals too. */
struct ui *ui_open(const struct ui_options *o, struct err *e);
void ui_close(struct ui *u);
/* Restores the terminal at once, from any context that ends the program (out-of-memory hook). */
void ui_emergency_restore(void);

/* ---- What the person does ---------------------------------------------------------------- */

enum ui_action_type {
    UI_NONE,
    UI_SUBMIT,        /* text: a message or a /command; owned by the ui until the next call */
    UI_INTERRUPT,     /* Ctrl-C while busy, or with an empty line: stop, hint or quit */
    UI_QUIT,          /* Ctrl-D on an empty line */
    UI_ANSWER_NOW,    /* Alt-a */
    UI_COPY,          /* Alt-W: the last answer to the clipboard */
    UI_CONTINUE,      /* the person asks to go on after a length stop (offered in the notice) */
    UI_THINKING_MODE, /* Ctrl-O changed it; value: enum ui_thinking, so that it can be remembered */
    UI_PICK,          /* Enter in a list: list, id; */
    UI_LIST_DO,       /* a verb that the list offers: list, id (0: no item), value: enum
                       * ui_list_verb; text: what ui_list_ask() asked for, NULL before */
    UI_LIST_QUERY,    /* another line was typed in a list that asks: list, text */
    UI_LIST_LOOK,     /* an item without a preview is selected in a list that looks: list, id */
    UI_SESSIONS,      /* F5: the list of conversations */
    UI_INSIDE,        /* F4: the model while it works: ui_inside_show() */
    UI_SEARCH,        /* F6: the search */
    UI_LIST_CLOSE,    /* a list or text page was left without a choice */
    UI_REPLAY,        /* a key of the replay bar: value: enum ui_replay_key */
    UI_LENS,          /* Alt-S changed it; value: enum ui_lens */
    /* message: which tokens made its texts? Answer with ui_chat_tokens() for both, soon. */
    UI_WANT_TOKENS,
    UI_INSPECT,        /* F2: message is to be inspected: answer with ui_inspect_open() */
    UI_INSPECT_AT,     /* the cursor is on a token (message, channel, first): ui_inspect_show() */
    UI_INSPECT_FORK,   /* go on from a token (message, channel, first) with another: value: the
                          index of the alternative */
    UI_INSPECT_LOOKUP, /* what tokens (message, channel, first, last) drew on: ui_chat_mark() */
    UI_INSPECT_LAYER,  /* of what was looked up last: value: 1 the next layer, -1 the one before */
    UI_INSPECT_LEAVE,  /* the mode was left; marks are gone */
    UI_SIBLING,        /* Alt-Left, Alt-Right; value: -1 the version before, 1 the one after */
    UI_VOTE_TAKE,      /* Enter in a vote: id is the sample */
    UI_VOTE_LEAVE,     /* Esc in it, once all are drawn */
    UI_TREE,           /* F3 */
    UI_UNDO,           /* Alt-Z */
    UI_REDO,           /* Alt-Shift-Z */
    UI_EDIT_THOUGHT,   /* Alt-E */
    UI_THINK_MORE      /* Alt-M */
};

enum ui_replay_key {
    UI_REPLAY_PAUSE,
    UI_REPLAY_STEP,
    UI_REPLAY_NEXT_TURN,
    UI_REPLAY_PREV_TURN,
    UI_REPLAY_FASTER,
    UI_REPLAY_SLOWER,
    UI_REPLAY_INSTANT,
    UI_REPLAY_LEAVE
};

struct ui_action {
    enum ui_action_type type;
    const char *text;
    int list;
    int64_t id;
    int value;
    size_t message; /* index in the ui */
    enum ui_channel channel;
    size_t first, last; /* tokens of that channel, counted as they were handed in; last >= first */
};

int ui_input_fd(const struct ui *u);
/* Readable after SIGWINCH, SIGCONT or SIGTSTP, whichever thread got it: poll it too, and call
 * ui_input(). */
int ui_wake_fd(const struct ui *u);
/* Reads the keys that are there (also after SIGWINCH, SIGCONT: call it on EINTR). */
void ui_input(struct ui *u);
bool ui_next_action(struct ui *u, struct ui_action *out); /* false: nothing more */
/* Draws what changed, at most once a frame. Returns the milliseconds after which it wants to be
 * called again, or -1 when nothing is due. */
int ui_draw(struct ui *u);
void ui_redraw(struct ui *u); /* everything, from scratch (Ctrl-L) */

/* ---- The conversation -------------------------------------------------------------------- */

enum ui_role {
    UI_ROLE_USER,
    UI_ROLE_ASSISTANT,
    UI_ROLE_SYSTEM,
    UI_ROLE_NOTE /* a line from aside itself */
};
enum ui_phase { UI_DONE, UI_WAITING /* prefill */, UI_THINKING, UI_ANSWERING };

struct ui_facts { /* of one assistant message; updated while it runs */
    enum ui_phase phase;
    int64_t thought_ms;
    size_t n_thought, n_answer; /* tokens */
    size_t budget;              /* most tokens of the thought; 0 = none */
    double tokens_per_s;        /* 0 = unknown */
    size_t prefill_done, prefill_total;
    bool stopped,
        cut_in_thought; /* stopped by the person; ended inside the thought: no answer yet */
};

void ui_chat_clear(struct ui *u, const char *title);
/* Adds a message at the end; texts are copied and may be NULL. Returns its index. */
size_t ui_chat_add(struct ui *u, enum ui_role role, const char *text, const char *thought);
void ui_chat_append_text(struct ui *u, size_t index, const char *text, size_t n);
void ui_chat_append_thought(struct ui *u, size_t index, const char *text, size_t n);
void ui_chat_facts(struct ui *u, size_t index, const struct ui_facts *f);
/* All the text of a message so far turned out to be its thought. */
void ui_chat_was_thought(struct ui *u, size_t index);
/* "2/3" beside the message's heading: it is one of several versions (n <= 1: nothing is said). */
void ui_chat_siblings(struct ui *u, size_t index, int at, int n);
/* The message that the person chose (Alt-Up, Alt-Down); SIZE_MAX: none, the newest counts. */
size_t ui_chat_chosen(const struct ui *u);
void ui_chat_remove_from(struct ui *u, size_t index); /* drops messages index.. */
size_t ui_chat_count(const struct ui *u);
/* Scrolls to a message, and within it to the first occurrence of `needle` (NULL: its start). */
void ui_chat_show(struct ui *u, size_t index, const char *needle, bool in_thought);

/* ---- Tokens: how sure the model was ------------------------------------------------------ */

struct ui_token {
    const char *text; /* what became readable with it in its channel, raw; may be nothing */
    size_t n;
    float surprise; /* -ln of its probability; NaN: not known */
    float entropy;  /* of what could have come instead, nats; NaN: not known */
    bool forced;    /* put in, not chosen by the model: left out of perplexity and shares */
};

/* Appends a token's text together with what is known of the token. */
void ui_chat_append_token(struct ui *u, size_t index, enum ui_channel channel,
                          const struct ui_token *t);
/* Which tokens made a text that is there already, from its beginning; n = 0: not known. What their
 * texts do not cover stays without. Replaces what was said before. */
void ui_chat_tokens(struct ui *u, size_t index, enum ui_channel channel, const struct ui_token *t,
                    size_t n);
/* Colours texts by one of their tokens' values; they are then shown as they came, not as Markdown.
 * Messages in sight whose tokens are not known are asked for by UI_WANT_TOKENS. */
void ui_lens_set(struct ui *u, enum ui_lens lens);
/* A token whose probability was below this (0..1) counts as uncertain. */
void ui_uncertain_set(struct ui *u, double probability);

/* The inspect mode: a cursor on a token of a message. Tokens have to be there (ui_chat_tokens). */
void ui_inspect_ask(struct ui *u); /* as F2: posts UI_INSPECT, or says that there is no answer */
bool ui_inspect_open(struct ui *u, size_t index); /* false: no token is known of this message */
void ui_inspect_close(struct ui *u);
bool ui_inspecting(const struct ui *u);

struct ui_alternative {
    const char *text;   /* as it is to be shown, in quotes if need be */
    double probability; /* 0..1 */
    bool taken;         /* the one that was chosen */
};
/* What the panel says of the token under the cursor: its own text, a remark (NULL: none), and what
 * could have stood there instead, the likeliest first. Copied. */
void ui_inspect_show(struct ui *u, const char *token, const char *remark,
                     const struct ui_alternative *a, size_t n);

struct ui_mark {
    size_t from, to; /* bytes of `text`, to > from, in ascending order */
    float weight;    /* 0..1; four steps are told apart: from 0, 0.25, 0.5, 0.75 on */
};
/* Lights up parts of a message's channel until ui_chat_unmark() or the end of the inspect mode;
 * `text` is that channel's text as it was handed in. Replaces the channel's marks. */
void ui_chat_mark(struct ui *u, size_t index, enum ui_channel channel, const char *text,
                  const struct ui_mark *marks, size_t n);
void ui_chat_unmark(struct ui *u);

/* ---- Status, notices, modes -------------------------------------------------------------- */

struct ui_status {
    const char *model;                  /* "R1-Distill-Qwen-1.5B Q4_K_M" */
    size_t context_used, context_total; /* total 0: unknown */
    const char *activity;               /* "", "loading", "replay 2x", … */
};
void ui_status_set(struct ui *u, const struct ui_status *s);
/* One quiet line above the input, gone with the next key press or after ui_notice(u, NULL). */
void ui_notice(struct ui *u, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool ui_notice_shown(const struct ui *u); /* one is still to be read */

enum ui_thinking ui_thinking_mode(const struct ui *u);
void ui_thinking_set(struct ui *u, enum ui_thinking mode);
void ui_markdown_set(struct ui *u, bool on);
bool ui_theme_set(struct ui *u, const char *name); /* false: no such theme */
const char *const *ui_theme_names(void);           /* NULL-terminated */
void ui_busy(struct ui *u, bool generating);       /* tells the key bar what Ctrl-C does */
void ui_replay_mode(struct ui *u, bool on);        /* replay keys instead of the input line */
void ui_input_set(struct ui *u, const char *text); /* puts text in the input line (/edit) */
const char *ui_input_line(const struct ui *u);     /* what is in it; until the next call */
/* Asks the terminal to take the text into its clipboard (OSC 52). Whether it does, no one says.
 * False: too long for terminals to take (UI_COPY_LIMIT). */
#define UI_COPY_LIMIT (1u << 20) /* bytes */
bool ui_copy(struct ui *u, const char *text, size_t n);
/* Runs a child (an editor) with the terminal handed over; its exit status, -1 if it did not run. */
int ui_run(struct ui *u, char *const argv[]);
/* Lets the person edit a text in $VISUAL or $EDITOR. False, with a notice: the editor failed, the
 * text is as it was. */
bool ui_edit(struct ui *u, struct str *text);

/* ---- Lists and pages --------------------------------------------------------------------- */

/* In an item's text and preview, \x01 … \x02 stand around what was found. */
struct ui_item {
    int64_t id;
    const char *text;    /* the line */
    const char *detail;  /* right-aligned, dim; may be NULL */
    const char *preview; /* shown beside or below when selected; may be NULL */
};

/* What can be done in a list beside taking an item; their keys are in the action table. */
enum ui_list_verb {
    UI_LIST_DELETE,
    UI_LIST_UNDELETE,
    UI_LIST_RENAME,
    UI_LIST_TAG,
    UI_LIST_PIN,
    UI_LIST_SCOPE,
    UI_LIST_VERBS
};

struct ui_list { /* what it points to is copied; NULL or false where not said */
    int number;  /* the program's own, handed back in actions */
    const char *title;
    const char *take;                 /* what Enter does: "open" */
    const char *verbs[UI_LIST_VERBS]; /* those it offers, as the key bar names them: "rename" */
    const char *typed;                /* what stands in the line at first */
    const char *hint;                 /* what may be typed, shown while nothing is */
    bool asks;  /* typing asks the program (UI_LIST_QUERY) instead of narrowing the list */
    bool looks; /* previews come when they are looked at (UI_LIST_LOOK, ui_list_preview()) */
};
/* A full-screen list. Typing narrows it to the items that hold every word; Enter takes one (and
 * closes it), Esc leaves. Opened again under the number of the one that is open, it keeps what is
 * typed and the selected id: so a program shows what changed. */
void ui_list_open(struct ui *u, const struct ui_list *l, const struct ui_item *items, size_t n);
void ui_list_preview(struct ui *u, int64_t id, const char *text);
/* Asks for a line of text in the open list, `initial` to begin with; Enter answers with UI_LIST_DO
 * for the selected item, Esc drops it. */
void ui_list_ask(struct ui *u, enum ui_list_verb verb, const char *prompt, const char *initial);

struct ui_tree_item { /* depth first: a message before its replies */
    int64_t id;
    size_t depth; /* at most one more than the item before; 0: a root */
    enum ui_role role;
    bool shown;         /* on the way that the chat shows */
    const char *text;   /* its first words */
    const char *detail; /* right-aligned, dim; may be NULL */
};
/* The conversation as a tree: arrows move (from item `at`), Enter picks (UI_PICK with `list`), Esc
 * leaves (UI_LIST_CLOSE). Items are copied. */
void ui_tree_open(struct ui *u, int list, const char *title, const struct ui_tree_item *items,
                  size_t n, size_t at);

/* A vote: n answers to a question, known by their numbers from 0, while they are drawn (ui_busy)
 * and after. Enter takes the selected one (UI_VOTE_TAKE), Ctrl-C and Esc post UI_INTERRUPT while
 * they are drawn, and UI_VOTE_LEAVE after. It stays until ui_vote_close(). */
struct ui_vote_group {
    const char *label;
    size_t n; /* samples in it */
};
void ui_vote_open(struct ui *u, const char *question, size_t n);
void ui_vote_append(struct ui *u, size_t i, enum ui_channel channel, const char *text, size_t n);
void ui_vote_was_thought(struct ui *u, size_t i); /* all of its text so far */
void ui_vote_facts(struct ui *u, size_t i, const struct ui_facts *f);
/* The groups so far, the largest first; group_of [n]: each sample's, SIZE_MAX for none. */
void ui_vote_groups(struct ui *u, const struct ui_vote_group *groups, size_t n_groups,
                    const size_t *group_of, double entropy);
void ui_vote_close(struct ui *u);

/* A full-screen page of Markdown to scroll (stats, context). */
void ui_page_open(struct ui *u, const char *title, const char *markdown);
void ui_help_open(struct ui *u,
                  const char *commands_markdown); /* keys come from the action table */

/* The model while it works. */
struct ui_fact {
    const char *name, *value;
};
struct ui_plot {
    const char *name;
    const float *at; /* [n] over time, the newest last; >= 0 */
    size_t n;
};
enum { UI_PLOTS = 2 };
struct ui_inside { /* what it points to is copied */
    const struct ui_fact *facts;
    size_t n_facts;
    struct ui_plot plots[UI_PLOTS];
    const float *load; /* [n_layers][n_experts] how often each was chosen; rows of zeros are left
                        * out */
    size_t n_layers, n_experts; /* n_experts 0: the model has none */
};
/* Opens the view or, where it is open, changes what it shows. */
void ui_inside_show(struct ui *u, const struct ui_inside *in);
bool ui_inside_shown(const struct ui *u);

/* The key table, for the manual: rows "key<TAB>what it does", NULL-terminated. */
const char *const *ui_key_help(void);

#endif
