/* chat: opening, the loop, and what keys do. See chat.h. */
#include "app/chat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/attach.h"
#include "app/commands.h"
#include "app/hints.h"
#include "app/loop.h"
#include "app/models.h"
#include "app/plain.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mem.h"

#define QUIT_WINDOW_US   2000000
#define EVENTS_PER_ROUND 256
#define REST_US          16000

static char *state_file(const char *name) {
    return files_xdg("XDG_STATE_HOME", ".local/state", name);
}

static enum ui_thinking thinking_value(const char *word) {
    return strcmp(word, "hide") == 0       ? UI_THINKING_HIDE
           : strcmp(word, "collapse") == 0 ? UI_THINKING_COLLAPSE
                                           : UI_THINKING_SHOW;
}

/* The panel's mode is remembered between runs; a flag on the command line wins. */
static void recall_thinking(struct options *o) {
    char *path = state_file("thinking");
    struct str word = STR_INIT;
    struct err e;
    if (files_read_whole(path, 64, &word, &e)) {
        while (word.len && strchr(" \n", word.s[word.len - 1])) str_truncate(&word, word.len - 1);
        option_set(o, "thinking", str_cstr(&word), &e);
    }
    str_free(&word);
    free(path);
}

static void remember_thinking(struct chat *c, int mode) {
    static const char *const words[] = {"show", "collapse", "hide"};
    struct err e;
    char *path = state_file("thinking");
    option_set(&c->options, "thinking", words[mode], &e);
    files_write_whole(path, words[mode], strlen(words[mode]), &e);
    free(path);
}

enum ui_lens chat_lens_value(const char *word) {
    return strcmp(word, "surprise") == 0  ? UI_LENS_SURPRISE
           : strcmp(word, "entropy") == 0 ? UI_LENS_ENTROPY
                                          : UI_LENS_OFF;
}

static void remember_lens(struct chat *c, int lens) {
    static const char *const words[] = {"off", "surprise", "entropy"};
    struct err e;
    option_set(&c->options, "lens", words[lens], &e);
}

void chat_complain(struct chat *c, const struct err *e) { ui_notice(c->ui, "%s", e->msg); }

bool chat_busy(struct chat *c) {
    if (c->generating) ui_notice(c->ui, "an answer is being written: Ctrl-C stops it first");
    return c->generating;
}

void chat_status(struct chat *c) {
    struct ui_status s = {.activity = ""};
    struct str name = STR_INIT;
    if (c->runner.backend) {
        const struct model_info *info = backend_info(c->runner.backend);
        str_addf(&name, "%s%s%s", info->name, *info->type_label ? " " : "", info->type_label);
        backend_context(c->runner.backend, &s.context_used, &s.context_total);
    }
    s.model = str_cstr(&name);
    ui_status_set(c->ui, &s);
    str_free(&name);
}

bool chat_model_open(struct chat *c, const char *name) {
    struct err e = {""};
    struct options wanted = c->options;
    wanted.model = (char *)(uintptr_t)name;
    struct runner fresh;
    if (!runner_open(&fresh, &wanted, &e)) {
        chat_complain(c, &e);
        return false;
    }
    kept_leave(&c->kept, &c->options, &c->runner, 0);
    if (!kept_settle(&c->options, &c->runner, &e)) chat_complain(c, &e);
    chat_lookup_forget(c);
    chat_work_stop(c);
    runner_close(&c->runner);
    c->runner = fresh;
    c->kept = (struct kept){0};
    kept_return(&c->kept, &c->options, &c->runner, c->transcript.conversation);
    option_set(&c->options, "model", name ? name : "", &e);
    chat_status(c);
    return true;
}

void chat_forget_lists(struct chat *c) {
    for (size_t i = 0; i < c->n_hits; i++) history_hit_done(&c->hits[i]);
    free(c->hits);
    c->hits = NULL;
    c->n_hits = 0;
    models_list_free(c->models, c->n_models);
    c->models = NULL;
    c->n_models = 0;
}

static void interrupt(struct chat *c) {
    int64_t now = clock_mono_us();
    if (c->generating) {
        free(c->queued);
        c->queued = NULL;
        c->after = CHAT_AFTER_NOTHING;
        backend_steer(c->runner.backend, STEER_STOP);
    } else if (c->interrupted_us && now - c->interrupted_us < QUIT_WINDOW_US) {
        c->quit = true;
    } else {
        c->interrupted_us = now;
        ui_notice(c->ui, "Ctrl-C again quits (or Ctrl-D, or /quit)");
    }
}

/* A message, with the files that it names. */
static void submit_message(struct chat *c, const char *text) {
    struct str message = STR_INIT;
    struct err e;
    if (!attach_expand(&message, text, &e)) {
        chat_complain(c, &e);
        ui_input_set(c->ui, text);
    } else if (c->generating) {
        free(c->queued);
        c->queued = mem_strdup(str_cstr(&message));
        ui_notice(c->ui, "will be sent when this answer is done");
    } else if (message.len) {
        chat_send(c, message.s);
    }
    str_free(&message);
    free(c->weighed);
    c->weighed = NULL;
}

static void submit(struct chat *c, const char *text) {
    if (text[0] == '/')
        chat_command(c, text);
    else
        submit_message(c, text);
}

/* In a list, the inspect mode, a vote, a replay. */
static void act_in_view(struct chat *c, const struct ui_action *a) {
    switch (a->type) {
    case UI_PICK:
        chat_pick(c, a->list, a->id);
        break;
    case UI_LIST_DO:
        chat_list_do(c, a);
        break;
    case UI_LIST_QUERY:
        chat_search(c, a->text);
        break;
    case UI_LIST_LOOK:
        chat_list_look(c, a->list, a->id);
        break;
    case UI_LIST_CLOSE:
        chat_forget_lists(c);
        break;
    case UI_WANT_TOKENS:
        chat_want_tokens(c, a->message);
        break;
    case UI_INSPECT:
        chat_inspect(c, a->message);
        break;
    case UI_INSPECT_AT:
        chat_inspect_at(c, a);
        break;
    case UI_VOTE_TAKE:
        chat_vote_take(c, (size_t)a->id);
        break;
    case UI_VOTE_LEAVE:
        chat_vote_leave(c);
        break;
    case UI_INSPECT_LOOKUP:
        chat_lookup(c, a);
        break;
    case UI_INSPECT_LAYER:
        chat_lookup_layer(c, a->value);
        break;
    case UI_INSPECT_LEAVE:
        chat_lookup_forget(c);
        break;
    case UI_INSPECT_FORK:
        chat_inspect_fork(c, a);
        break;
    case UI_REPLAY:
        if (c->player && !player_key(c->player, a->value)) {
            player_close(c->player);
            c->player = NULL;
            chat_show_transcript(c);
            chat_status(c);
        }
        break;
    default:
        break;
    }
}

static void act(struct chat *c, const struct ui_action *a) {
    switch (a->type) {
    case UI_SUBMIT:
        submit(c, a->text);
        break;
    case UI_INTERRUPT:
        interrupt(c);
        break;
    case UI_QUIT:
        c->quit = true;
        break;
    case UI_ANSWER_NOW:
        if (c->generating)
            backend_steer(c->runner.backend, STEER_ANSWER_NOW);
        else if (c->ended_in_thought)
            chat_command(c, "/answer");
        break;
    case UI_COPY:
        chat_copy(c, "");
        break;
    case UI_CONTINUE:
        chat_continue(c);
        break;
    case UI_SIBLING:
        chat_version(c, a->value);
        break;
    case UI_TREE:
        chat_tree(c);
        break;
    case UI_UNDO:
        chat_undo(c);
        break;
    case UI_REDO:
        chat_redo(c);
        break;
    case UI_EDIT_THOUGHT:
        chat_edit_thought(c);
        break;
    case UI_THINK_MORE:
        chat_think_more(c);
        break;
    case UI_THINKING_MODE:
        remember_thinking(c, a->value);
        break;
    case UI_SESSIONS:
        chat_list_sessions(c, NULL);
        break;
    case UI_SEARCH:
        chat_search(c, "");
        break;
    case UI_INSIDE:
        chat_inside(c);
        break;
    case UI_LENS:
        remember_lens(c, a->value);
        break;
    default:
        act_in_view(c, a);
    }
}

static void tick(struct chat *c) {
    struct err e;
    if (c->history && history_due_ms(c->history) == 0 && !history_tick(c->history, &e))
        ui_notice(c->ui, "not saved: %s", e.msg);
}

/* Takes what the engine has said. Waking for every token would cost a fast model's threads their
 * processor hundreds of times a second; so after a round the engine is left alone for a while.
 * Returns the milliseconds of that rest that are left, -1 for none. */
static int listen(struct chat *c) {
    int64_t left = c->listened_us + REST_US - clock_mono_us();
    if (left > 0) return (int)((left + 999) / 1000);
    struct event ev;
    int n = 0;
    while (n < EVENTS_PER_ROUND && c->runner.backend && backend_next(c->runner.backend, &ev)) {
        chat_inside_event(c, &ev);
        chat_event(c, &ev);
        n++;
    }
    if (n) c->listened_us = clock_mono_us();
    if (n) chat_inside_refresh(c, !c->generating);
    return n ? (int)(REST_US / 1000) : -1;
}

static void run(struct chat *c) {
    while (!c->quit && !loop_ended()) {
        int rest = listen(c);
        int timeout = loop_sooner(ui_draw(c->ui), rest);
        if (c->history) timeout = loop_sooner(timeout, history_due_ms(c->history));
        if (c->player) timeout = loop_sooner(timeout, player_due_ms(c->player));
        bool wake = rest < 0 && c->runner.backend;
        loop_sleep(ui_input_fd(c->ui), ui_wake_fd(c->ui), wake ? backend_fd(c->runner.backend) : -1,
                   c->work.task ? task_fd(c->work.task) : -1, timeout);
        ui_input(c->ui);
        struct ui_action a;
        while (!c->quit && ui_next_action(c->ui, &a)) act(c, &a);
        chat_weigh_attachment(c);
        if (c->player) player_advance(c->player);
        chat_work_look(c);
        tick(c);
    }
    c->after = CHAT_AFTER_NOTHING;
    c->quit = true;
    if (c->generating) { /* what is there is kept */
        backend_steer(c->runner.backend, STEER_STOP);
        struct event ev;
        while (c->generating && backend_wait(c->runner.backend, &ev)) chat_event(c, &ev);
    }
    kept_leave(&c->kept, &c->options, &c->runner, 0);
}

static struct ui *open_ui(struct chat *c, struct err *e) {
    char *input_history = state_file("input-history");
    char *commands_help = chat_commands_markdown();
    struct ui_options o = {.theme = c->options.theme,
                           .history_file = input_history,
                           .thinking = thinking_value(c->options.thinking),
                           .lens = chat_lens_value(c->options.lens),
                           .uncertain = c->options.uncertain,
                           .markdown = c->options.markdown,
                           .mouse = c->options.mouse,
                           .complete = chat_complete,
                           .complete_ctx = c,
                           .commands_help = commands_help};
    files_make_parents(input_history, NULL);
    struct ui *u = ui_open(&o, e);
    free(input_history);
    free(commands_help);
    return u;
}

static void welcome(struct chat *c, const struct str *notice) {
    if (notice->len) ui_chat_add(c->ui, UI_ROLE_NOTE, notice->s, NULL);
    const char *start = c->transcript.n ? NULL : hint_tell(HINT_START);
    if (start) ui_chat_add(c->ui, UI_ROLE_NOTE, start, NULL);
}

static int open_and_run(struct chat *c, const char *prompt, int64_t resume, bool resume_newest) {
    struct err e = {""};
    struct str notice = STR_INIT;
    if (!runner_open(&c->runner, &c->options, &e)) return command_failed(&e);
    if (c->options.save) {
        c->history = history_open(NULL, &notice, &e);
        if (!c->history)
            str_addf(&notice, "%snothing will be saved: %s", notice.len ? "; " : "", e.msg);
    }
    if (!c->history) c->history = history_open(":memory:", NULL, &e); /* for undo and branches */
    c->ui = open_ui(c, &e);
    if (!c->ui) return str_free(&notice), command_failed(&e);
    mem_on_exhausted(ui_emergency_restore);
    loop_open();
    if (c->history && resume_newest && !history_newest(c->history, &resume, &e))
        chat_complain(c, &e);
    if (resume) chat_resume(c, resume, 0);
    welcome(c, &notice);
    str_free(&notice);
    chat_status(c);
    if (prompt) submit(c, prompt);
    run(c);
    chat_lookup_forget(c);
    chat_work_stop(c);
    ui_close(c->ui);
    if (!kept_settle(&c->options, &c->runner, &e)) fprintf(stderr, "aside: %s\n", e.msg);
    return EXIT_OK;
}

static void close_chat(struct chat *c) {
    if (c->player) player_close(c->player);
    chat_forget_lists(c);
    history_close(c->history);
    runner_close(&c->runner);
    transcript_free(&c->transcript);
    tokens_free(&c->ids);
    token_rows_free(&c->rows);
    free(c->tags);
    free(c->queued);
    free(c->weighed);
    free(c->search_query);
    options_done(&c->options);
}

static bool wants_plain(void) {
    const char *term = getenv("TERM"), *accessible = getenv("ACCESSIBLE");
    return !term || strcmp(term, "dumb") == 0 ||
           (accessible && *accessible && strcmp(accessible, "0"));
}

int command_chat(int argc, char **argv) {
    struct chat c = {0};
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    const char *prompt = NULL;
    int64_t resume = 0;
    bool resume_newest = false, plain = wants_plain();
    if (!isatty(0) || !isatty(1)) return command_ask(argc, argv);
    options_init(&c.options);
    int status = EXIT_OK;
    if (!options_load(&c.options, &e)) status = command_failed(&e);
    recall_thinking(&c.options);
    while (status == EXIT_OK && a.next < argc) {
        if (args_take(&a, "-p|--prompt", true) && !a.failed)
            prompt = a.value;
        else if (args_take(&a, "--plain", false))
            plain = true;
        else if (args_take(&a, "--resume", false)) {
            resume_newest = true;
            if (a.next < argc && argv[a.next][0] != '-') {
                resume = strtoll(argv[a.next++], NULL, 10);
                resume_newest = false;
                if (resume <= 0)
                    status = command_misused("chat", "--resume takes the number of a conversation");
            }
        } else if (!options_take(&c.options, &a, &e))
            status = command_misused("chat", "%s", e.msg[0] ? e.msg : argv[a.next]);
    }
    if (status == EXIT_OK)
        status = plain ? plain_run(&c.options, prompt, resume)
                       : open_and_run(&c, prompt, resume, resume_newest);
    close_chat(&c);
    return status;
}
