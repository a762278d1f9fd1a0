/* chat: the state of the interactive chat, shared by its files:
 *   chat.c           opening, the loop, what keys do
 *   chat_turn.c      sending a message, what the engine's events do
 *   chat_branch.c    the conversation as a tree: versions, undo and redo, forks
 *   chat_thought.c   taking a thought up again: editing it, thinking more
 *   chat_commands.c  the slash commands, as a table
 *   chat_settings.c  settings and presets
 *   chat_files.c     files into messages, answers to the clipboard
 *   chat_sessions.c  the list of conversations, the search
 *   chat_pages.c     the list of models; pages: statistics, the context
 *   chat_vote.c      several answers at once, and the choice among them
 *   chat_inspect.c   how sure the model was of each token
 *   chat_lookup.c    what tokens drew on
 *   chat_compare.c   what thinking changed
 *   chat_inside.c    the model while it works
 *   chat_work.c      work beside the interface, one at a time
 * Everything here runs in the main thread. */
#ifndef APP_CHAT_H
#define APP_CHAT_H

#include "app/kept.h"
#include "app/player.h"
#include "app/recorder.h"
#include "app/runner.h"
#include "app/task.h"
#include "app/token_rows.h"
#include "app/transcript.h"
#include "ui/ui.h"

enum chat_list { CHAT_LIST_SESSIONS, CHAT_LIST_MODELS, CHAT_LIST_HITS, CHAT_LIST_TREE };

/* What is to be done once the answer that was told to stop has stopped. */
enum chat_after { CHAT_AFTER_NOTHING, CHAT_AFTER_THINK_MORE, CHAT_AFTER_EDIT_THOUGHT };

enum { CHAT_RATES_MAX = 512, CHAT_RATE_US = 100000 };

struct chat_rates { /* tokens a second over time */
    float at[CHAT_RATES_MAX];
    size_t n;
    size_t tokens;    /* not yet in a point, since … */
    int64_t since_us; /* of the request's time */
};

struct chat {
    struct options options;
    struct runner runner;
    struct ui *ui;
    struct history *history; /* in memory where nothing is to be saved; NULL: it failed */
    struct kept kept;
    struct transcript transcript;
    size_t n_dropped; /* oldest messages (after the system's) that prompts leave out */

    /* The answer that is being generated. */
    bool generating;
    struct recorder recorder;
    struct chat_options request; /* of the last answer */
    struct tokens ids;           /* every token of the last answer, as generated */
    struct ui_facts facts;
    size_t live;               /* its index in the ui */
    int64_t offset_us;         /* time of the parts before a continuation */
    int64_t first_us, last_us; /* of its tokens, for the rate */
    size_t n_part;             /* tokens since first_us */
    bool ended_in_thought;     /* the last answer stopped inside its thought */
    char *queued;              /* sent when this answer is done */
    struct token_rows rows;    /* of the message that was inspected last, */
    int64_t rows_of;           /* which is this one; 0: none */
    struct ui_token *tags;     /* tokens before the first text of the live answer */
    size_t n_tags, cap_tags;
    enum chat_after after;
    struct chat_vote *vote; /* being held, until an answer is chosen; NULL: none */
    size_t n_samples;       /* answers that the request being made is for; 0: one, without a vote */

    /* Where the conversation stood before /edit took it back to the message being edited; the move
     * is made again, in one, when the new version is sent. 0: nothing is being edited. */
    int64_t edit_from;
    int64_t switched; /* the version that was chosen last: Alt-Left and Alt-Right go on there */

    struct chat_work {
        struct task *task; /* NULL: none is done */
        void (*over)(struct chat *c, bool ok, const struct err *e);
        void (*cancel)(struct chat *c); /* makes it end soon; from the main thread */
    } work;
    struct chat_rates reading, writing;
    size_t read_tokens;                 /* of the prompt, as last told */
    size_t n_drafted, n_accepted;       /* tokens, in all answers so far */
    int64_t inside_us;                  /* when the view of it was last brought up to date */
    struct chat_comparison *comparison; /* that is being made; NULL: none */
    struct chat_lookup *lookup;         /* of the message that is inspected; NULL: none */

    struct player *player; /* a replay inside the chat; NULL otherwise */
    struct history_hit *hits;
    size_t n_hits;
    char *search_query;              /* what they are hits for; NULL: not yet searched */
    enum history_scope search_scope; /* chosen with the key */
    struct model_file *models;
    size_t n_models;
    int64_t listened_us;    /* when the engine's events were last taken */
    int64_t interrupted_us; /* when Ctrl-C last hinted at quitting */
    char *weighed;          /* the attachment that was looked at last for its size */
    bool quit;
};

/* chat.c */
void chat_status(struct chat *c);
void chat_forget_lists(struct chat *c);
enum ui_lens chat_lens_value(const char *word);
bool chat_busy(struct chat *c); /* says so and returns true while an answer is generated */
void chat_complain(struct chat *c, const struct err *e);
bool chat_model_open(struct chat *c, const char *name); /* keeps the old one when it fails */

/* chat_turn.c */
void chat_send(struct chat *c, const char *text);
void chat_event(struct chat *c, const struct event *ev);
void chat_regenerate(struct chat *c); /* the answer that was chosen, else the last */
void chat_continue(struct chat *c);
void chat_new(struct chat *c);
bool chat_resume(struct chat *c, int64_t conversation, int64_t leaf);
void chat_show_transcript(struct chat *c);
void chat_stop_keeping(struct chat *c, const struct err *e); /* never stops chatting */
/* Starts the engine on the first n messages; what r says beyond them and the options goes along.
 * False: said to the person. */
bool chat_start(struct chat *c, size_t n, struct chat_request r);
/* The last message, on screen at c->live with c->facts, is being written from now on. */
void chat_began(struct chat *c);

/* chat_branch.c */
/* The message that the person chose, else the newest of this role; transcript.n: there is none. */
size_t chat_chosen(struct chat *c, enum chat_role role);
bool chat_go(struct chat *c, int64_t leaf); /* shows the way to a message, and stands there */
/* Notes for undo that the conversation stood at `from`; it stands at the transcript's end now. */
void chat_moved(struct chat *c, int64_t from);
int64_t chat_stood(struct chat *c); /* where it stands, for chat_moved() after a change */
void chat_show_versions(struct chat *c, size_t index); /* "2/3" at a message */
void chat_edit(struct chat *c, size_t turn);           /* 1: the first message; 0: chosen, last */
void chat_undo(struct chat *c);
void chat_redo(struct chat *c);
void chat_version(struct chat *c, int step); /* the version before (-1) or after */
void chat_tree(struct chat *c);
void chat_tree_go(struct chat *c, int64_t message);

/* chat_thought.c */
/* Makes another version of an answer: its first `keep` tokens as they were (statistics too), then
 * the forced ones, then what the model goes on with. What was there stays as a version. False: said
 * to the person; nothing changed. */
bool chat_fork(struct chat *c, size_t index, size_t keep, const struct tokens *forced);
/* What is needed to go on with the last message, where it is an answer from the history. */
void chat_recall(struct chat *c);
void chat_think_more(struct chat *c);
void chat_edit_thought(struct chat *c);

/* chat_settings.c: what /set, /save and /preset do */
void chat_set(struct chat *c, const char *name, const char *value);
void chat_settings_command(struct chat *c, const char *arg);
void chat_save(struct chat *c, const char *name);
void chat_preset(struct chat *c, const char *arg);

/* chat_files.c: text that comes in from files and goes out to the clipboard */
void chat_read(struct chat *c, const char *path);
void chat_copy(struct chat *c, const char *what); /* "", "thought", "code", "code N" */
/* Says how large the file is that the input line names last with @, once for each. */
void chat_weigh_attachment(struct chat *c);

/* chat_commands.c */
void chat_model_command(struct chat *c, const char *name);
void chat_command(struct chat *c, const char *line);
char **chat_complete(void *chat, const char *line, size_t start, size_t end);
char *chat_commands_markdown(void); /* owned */

/* chat_sessions.c */
void chat_list_sessions(struct chat *c, const char *words); /* words that narrow it; NULL: none */
void chat_search(struct chat *c, const char *query);        /* "": the empty search */
void chat_list_do(struct chat *c, const struct ui_action *a);
void chat_list_look(struct chat *c, int list, int64_t id);
void chat_pick_session(struct chat *c, int list, int64_t id);
void chat_title(struct chat *c, const char *words);
void chat_tag(struct chat *c, const char *words);
void chat_pin(struct chat *c, const char *arg);
void chat_delete(struct chat *c, const char *arg);
void chat_undelete(struct chat *c, const char *arg);

/* chat_pages.c */
void chat_list_models(struct chat *c);
/* Opens the model; of a server with several, where none is named, it lists them. */
void chat_model_choose(struct chat *c, const char *name);
void chat_pick(struct chat *c, int list, int64_t id);
void chat_stats(struct chat *c);
void chat_context(struct chat *c);
void chat_replay(struct chat *c, int64_t conversation);

/* chat_vote.c */
void chat_vote(struct chat *c, const char *words); /* "[N] [MESSAGE]" */
/* Answers to the transcript are being drawn from now on; it stood at `from` before. */
void chat_vote_began(struct chat *c, int64_t from);
void chat_vote_event(struct chat *c, const struct event *ev);
void chat_vote_take(struct chat *c, size_t i); /* goes on with answer i, once all have stopped */
void chat_vote_leave(struct chat *c);          /* with the one that most agree on */

/* chat_work.c */
bool chat_work_busy(struct chat *c); /* says so and returns true while there is some */
bool chat_work_start(struct chat *c, bool (*work)(void *arg, struct err *e), void *arg,
                     void (*over)(struct chat *c, bool ok, const struct err *e),
                     void (*cancel)(struct chat *c));
void chat_work_look(struct chat *c); /* ends what is done */
void chat_work_stop(struct chat *c); /* ends it now; over() is called, with an error */

/* chat_compare.c */
void chat_compare(struct chat *c, const char *against); /* "": with and without thinking */

/* chat_inside.c */
void chat_inside(struct chat *c);
void chat_inside_event(struct chat *c, const struct event *ev);
void chat_inside_refresh(struct chat *c, bool now); /* where the view is open */

/* chat_lookup.c */
void chat_lookup(struct chat *c, const struct ui_action *a);
void chat_lookup_layer(struct chat *c, int step);
void chat_lookup_forget(struct chat *c);

/* chat_inspect.c */
size_t chat_message_shown(const struct chat *c, size_t shown); /* in the transcript; SIZE_MAX */
/* All tokens of a message as they are now; NULL when nothing is known of it. */
const struct token_rows *chat_rows(struct chat *c, size_t i);
void chat_want_tokens(struct chat *c, size_t shown); /* messages by their index in the ui */
void chat_inspect(struct chat *c, size_t shown);
void chat_inspect_at(struct chat *c, const struct ui_action *a);
/* A table of how sure the newest answers were, as Markdown. */
void chat_add_certainty(struct chat *c, struct str *page);
void chat_inspect_fork(struct chat *c, const struct ui_action *a);
struct ui_token chat_ui_token(const struct history_token *t, const char *text);

#endif
