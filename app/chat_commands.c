/* chat_commands: what a line that starts with "/" does. One table: name, arguments, help,
 * function; help, completion, suggestions and the manual come from it. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "app/chat_commands.h"
#include "app/models.h"
#include "app/presets.h"
#include "base/files.h"
#include "base/mem.h"

static void do_help(struct chat *c, const char *arg) {
    (void)arg;
    char *markdown = chat_commands_markdown();
    ui_help_open(c->ui, markdown);
    free(markdown);
}

static void do_new(struct chat *c, const char *arg) {
    (void)arg;
    if (!chat_busy(c)) chat_new(c);
}

void chat_model_command(struct chat *c, const char *arg) {
    if (chat_busy(c)) return;
    if (*arg)
        chat_model_choose(c, arg);
    else
        chat_list_models(c);
}

static void do_system(struct chat *c, const char *arg) {
    struct err e;
    if (chat_busy(c)) return;
    option_set(&c->options, "system", strcmp(arg, "none") == 0 ? "" : arg, &e);
    if (!*arg) {
        ui_notice(c->ui, "no system prompt from here on; a new conversation begins");
    } else
        ui_notice(c->ui, "the system prompt is set; a new conversation begins");
    chat_new(c);
}

static void do_think(struct chat *c, const char *arg) {
    if (*arg)
        chat_set(c, "think", arg);
    else
        ui_notice(c->ui,
                  "think is %s: /think auto, on, off, low, medium, high, or a number of tokens",
                  c->options.think);
}

static void do_thinking(struct chat *c, const char *arg) {
    if (*arg)
        chat_set(c, "thinking", arg);
    else
        ui_notice(c->ui, "thoughts: /thinking show, collapse or hide (Ctrl-O cycles)");
}

static void do_lens(struct chat *c, const char *arg) {
    if (*arg)
        chat_set(c, "lens", arg);
    else
        ui_notice(c->ui, "lens: /lens off, surprise or entropy (Alt-S cycles)");
}

static void do_inspect(struct chat *c, const char *arg) {
    (void)arg;
    ui_inspect_ask(c->ui);
}

static void do_resume(struct chat *c, const char *arg) {
    int64_t id = strtoll(arg, NULL, 10);
    if (chat_busy(c)) return;
    if (!c->history)
        ui_notice(c->ui, "nothing is saved, so there is nothing to resume");
    else if (id > 0)
        chat_resume(c, id, 0);
    else
        chat_list_sessions(c, NULL);
}

static void do_regen(struct chat *c, const char *arg) {
    (void)arg;
    if (!chat_busy(c)) chat_regenerate(c);
}

static void do_vote(struct chat *c, const char *arg) { chat_vote(c, arg); }

static void do_undo(struct chat *c, const char *arg) {
    (void)arg;
    chat_undo(c);
}

static void do_redo(struct chat *c, const char *arg) {
    (void)arg;
    chat_redo(c);
}

static void do_edit(struct chat *c, const char *arg) {
    char *end;
    unsigned long turn = strtoul(arg, &end, 10);
    if (*end || (*arg && (!turn || *arg == '-')))
        ui_notice(c->ui, "/edit N edits your N-th message; alone, the chosen or the last one");
    else
        chat_edit(c, turn);
}

static void do_branch(struct chat *c, const char *arg) {
    if (*arg && strcmp(arg, "next") && strcmp(arg, "previous"))
        ui_notice(c->ui, "/branch next or /branch previous shows another version of a message");
    else
        chat_version(c, *arg == 'p' ? -1 : 1);
}

static void do_compare(struct chat *c, const char *arg) { chat_compare(c, arg); }

static void do_inside(struct chat *c, const char *arg) {
    (void)arg;
    chat_inside(c);
}

static void do_tree(struct chat *c, const char *arg) {
    (void)arg;
    chat_tree(c);
}

static void do_thought(struct chat *c, const char *arg) {
    if (strcmp(arg, "edit"))
        ui_notice(c->ui, "/thought edit opens the thought in $VISUAL or $EDITOR");
    else
        chat_edit_thought(c);
}

static void do_think_more(struct chat *c, const char *arg) {
    (void)arg;
    chat_think_more(c);
}

static void do_continue(struct chat *c, const char *arg) {
    (void)arg;
    chat_continue(c);
}

static void do_answer(struct chat *c, const char *arg) {
    (void)arg;
    if (!c->generating) chat_continue(c);
    if (c->generating) backend_steer(c->runner.backend, STEER_ANSWER_NOW);
}

static void do_drop(struct chat *c, const char *arg) {
    if (chat_busy(c)) return;
    size_t turns = *arg ? (size_t)strtoul(arg, NULL, 10) : 1;
    size_t most = c->transcript.n > 2 ? (c->transcript.n - 1) / 2 * 2 : 0;
    c->n_dropped = c->n_dropped + 2 * turns > most ? most : c->n_dropped + 2 * turns;
    ui_notice(c->ui, "the oldest %zu turns are left out of the prompt; they stay in the history",
              c->n_dropped / 2);
}

static void do_replay(struct chat *c, const char *arg) {
    if (chat_busy(c)) return;
    int64_t id = *arg ? strtoll(arg, NULL, 10) : c->transcript.conversation;
    if (id <= 0 || !c->history)
        ui_notice(c->ui, "there is no saved conversation to replay");
    else
        chat_replay(c, id);
}

static void do_stats(struct chat *c, const char *arg) {
    (void)arg;
    chat_stats(c);
}

static void do_context(struct chat *c, const char *arg) {
    (void)arg;
    chat_context(c);
}

static void do_export(struct chat *c, const char *arg) {
    struct str text = STR_INIT;
    struct err e;
    const char *format = history_export_format(arg);
    if (!*arg)
        ui_notice(c->ui, "/export FILE (.md, .html, .json or .txt)");
    else if (str_ends(arg, ".cast"))
        ui_notice(c->ui, "a recording is made by aside replay %lld --cast FILE",
                  (long long)c->transcript.conversation);
    else if (!c->history || !c->transcript.conversation)
        ui_notice(c->ui, "there is no saved conversation to export");
    else if (!history_flush(c->history, &e) ||
             !history_export(c->history, c->transcript.conversation, format, &text, &e) ||
             !files_write_whole(arg, text.s, text.len, &e))
        chat_complain(c, &e);
    else
        ui_notice(c->ui, "written to %s (%s)", arg, format);
    str_free(&text);
}

static void do_quit(struct chat *c, const char *arg) {
    (void)arg;
    c->quit = true;
}

const struct chat_command chat_commands[] = {
    {"help", "", "keys and commands", NULL, do_help},
    {"new", "", "begin a new conversation", NULL, do_new},
    {"clear", "", "the same as /new", NULL, do_new},
    {"model", "[NAME|FILE]", "change the model; alone, pick one from a list", "@model",
     chat_model_command},
    {"system", "[TEXT]", "set the system prompt and begin a new conversation", NULL, do_system},
    {"set", "[NAME [VALUE]]", "show or change settings", "@option", chat_settings_command},
    {"save", "NAME", "keep a setting for the next time", "@option", chat_save},
    {"preset", "[NAME | save NAME | delete NAME]",
     "apply settings that were kept under a name; keep the present ones; alone, list them",
     "@preset", chat_preset},
    {"think", "[MODE]",
     "whether and how much the model thinks: auto, on, off, low, medium, high, N tokens",
     "auto on off low medium high", do_think},
    {"thinking", "[MODE]", "what the screen shows of thoughts: show, collapse, hide",
     "show collapse hide", do_thinking},
    {"lens", "[VALUE]", "colour tokens by surprise or entropy, or not: off, surprise, entropy",
     "off surprise entropy", do_lens},
    {"inspect", "", "look at an answer's tokens, their probabilities and alternatives (F2)", NULL,
     do_inspect},
    {"answer", "", "close the thought and answer now", NULL, do_answer},
    {"continue", "", "go on with an answer that was stopped or cut", NULL, do_continue},
    {"list", "[WORDS]", "saved conversations, to open, rename, tag, pin or delete (F5)", NULL,
     chat_list_sessions},
    {"resume", "[ID]", "go on with a saved conversation", NULL, do_resume},
    {"title", "WORDS", "rename this conversation", NULL, chat_title},
    {"tag", "[TAG|-TAG…]", "add tags to this conversation or take them away; alone, show them",
     NULL, chat_tag},
    {"pin", "", "keep this conversation at the top of the list, or no longer", NULL, chat_pin},
    {"delete", "[ID]", "delete this conversation or another; /undelete brings it back", NULL,
     chat_delete},
    {"undelete", "[ID]", "bring back the conversation deleted last, or another", NULL,
     chat_undelete},
    {"think-more", "", "take the thought up again and think more; the answer so far is kept", NULL,
     do_think_more},
    {"thought", "edit", "change the thought in your editor; the model goes on from there", "edit",
     do_thought},
    {"regen", "", "write the chosen or the last answer again, as another version", NULL, do_regen},
    {"vote", "[N] [MESSAGE]",
     "draw N answers at once (8), see how they agree, and choose; alone, to the last message", NULL,
     do_vote},
    {"edit", "[N]", "edit your N-th, the chosen or the last message, as another version", NULL,
     do_edit},
    {"branch", "[next|previous]", "show another version of the chosen or the newest such message",
     "next previous", do_branch},
    {"compare", "[MODEL]",
     "the last answer with its thought and without it, or as another model finds it", "@model",
     do_compare},
    {"inside", "", "the model while it works: memory, experts, rates", NULL, do_inside},
    {"tree", "", "the whole conversation as a tree; Enter goes to a message", NULL, do_tree},
    {"undo", "", "go back to where the conversation stood before (nothing is lost)", NULL, do_undo},
    {"redo", "", "go forward again after /undo", NULL, do_redo},
    {"drop", "[N]", "leave the oldest N turns out of the prompt", NULL, do_drop},
    {"search", "[WORDS] [in:SCOPE]",
     "search all conversations as you type: thoughts, answers, prompts, titles (F6)",
     "in:thought in:answer in:prompt in:title in:all", chat_search},
    {"replay", "[ID]", "play this or another conversation with its real timing", NULL, do_replay},
    {"stats", "", "speed, lengths and certainty of this conversation", NULL, do_stats},
    {"context", "", "what fills the context", NULL, do_context},
    {"export", "FILE", "write the conversation as .md, .html, .json or .txt", "@path", do_export},
    {"read", "FILE", "put a text file into the message", "@path", chat_read},
    {"copy", "[thought | code [N]]",
     "send the last answer, its thought, or its last (or Nth) code block to the clipboard",
     "thought code", chat_copy},
    {"quit", "", "leave (also Ctrl-D)", NULL, do_quit},
    {.name = NULL},
};

/* Edit distance (Levenshtein 1966) of two short words, bounded by their buffers. */
static size_t distance(const char *a, const char *b) {
    size_t row[64], n = strlen(b);
    if (n >= 64) return n;
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; *a; i++, a++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t cost = diagonal + (*a != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < cost) cost = row[j] + 1;
            if (row[j - 1] + 1 < cost) cost = row[j - 1] + 1;
            row[j] = cost;
        }
    }
    return row[n];
}

static void suggest(struct chat *c, const char *name) {
    const struct chat_command *best = NULL;
    size_t least = 3;
    for (const struct chat_command *k = chat_commands; k->name; k++) {
        size_t d = strncmp(k->name, name, strlen(name)) == 0 ? 1 : distance(name, k->name);
        if (d < least) least = d, best = k;
    }
    if (best)
        ui_notice(c->ui, "there is no /%s; did you mean /%s?", name, best->name);
    else
        ui_notice(c->ui, "there is no /%s; /help lists the commands", name);
}

void chat_command(struct chat *c, const char *line) {
    char name[32];
    size_t n = strcspn(line + 1, " \t\n");
    const char *arg = line + 1 + n;
    arg += strspn(arg, " \t\n");
    char *trimmed = mem_strdup(arg);
    for (size_t k = strlen(trimmed); k && strchr(" \t\n", trimmed[k - 1]);) trimmed[--k] = '\0';
    if (n >= sizeof name) n = sizeof name - 1;
    memcpy(name, line + 1, n);
    name[n] = '\0';
    const struct chat_command *k = chat_commands;
    while (k->name && strcmp(k->name, name) != 0) k++;
    if (k->name)
        k->run(c, trimmed);
    else
        suggest(c, name);
    free(trimmed);
}

char *chat_commands_markdown(void) {
    struct str s = STR_INIT;
    for (const struct chat_command *k = chat_commands; k->name; k++)
        str_addf(&s, "- `/%s%s%s` %s\n", k->name, *k->args ? " " : "", k->args, k->help);
    return str_take(&s);
}

/* ---- Completion ------------------------------------------------------------------------- */

struct words {
    char **list;
    size_t n, cap;
    const char *prefix;
    size_t prefix_len;
};

static void offer(struct words *w, const char *lead, const char *word, size_t len) {
    char text[300];
    if (len + strlen(lead) >= sizeof text) return;
    strcpy(text, lead);
    strncat(text, word, len);
    if (strncmp(text, w->prefix, w->prefix_len) != 0) return;
    w->list = mem_grow(w->list, &w->cap, w->n + 2, sizeof *w->list);
    w->list[w->n++] = mem_strdup(text);
    w->list[w->n] = NULL;
}

static void offer_each(struct words *w, const char *list, const char *separators) {
    for (const char *s = list; *s; s += strspn(s, separators)) {
        size_t len = strcspn(s, separators);
        offer(w, "", s, len);
        s += len;
    }
}

static void offer_presets(struct words *w) {
    char **names = preset_names();
    for (size_t i = 0; names[i]; i++) offer(w, "", names[i], strlen(names[i]));
    preset_names_free(names);
}

/* Values of a setting: "/set thinking <Tab>". */
static void offer_values(struct words *w, const char *line, size_t start) {
    char name[64];
    size_t from = strcspn(line, " ") + 1, n = from < start ? strcspn(line + from, " ") : 0;
    if (!n || n >= sizeof name) return;
    memcpy(name, line + from, n);
    name[n] = '\0';
    const struct option *o = option_find(name);
    if (o && o->choices) offer_each(w, o->choices, "|");
    if (o && o->kind == OPTION_BOOL) offer_each(w, "on off", " ");
    if (o && strcmp(o->name, "preset") == 0) offer_presets(w);
    if (o && strcmp(o->name, "think") == 0) offer_each(w, "auto on off low medium high", " ");
    if (o && strcmp(o->name, "theme") == 0)
        for (const char *const *t = ui_theme_names(); *t; t++) offer(w, "", *t, strlen(*t));
}

static void offer_argument(struct words *w, const struct chat_command *k, const char *line,
                           size_t start) {
    bool first = strcspn(line, " ") + 1 == start;
    if (!k->values) return;
    if (strcmp(k->values, "@option") == 0) {
        if (first)
            for (const struct option *o = options_table; o->name; o++)
                offer(w, "", o->name, strlen(o->name));
        else
            offer_values(w, line, start);
    } else if (strcmp(k->values, "@preset") == 0) {
        if (first) offer_each(w, "save delete", " ");
        offer_presets(w);
    } else if (strcmp(k->values, "@model") == 0) {
        size_t n;
        struct model_file *files = models_list(&n);
        for (size_t i = 0; i < n; i++) offer(w, "", files[i].name, strlen(files[i].name));
        models_list_free(files, n);
    } else if (k->values[0] != '@')
        offer_each(w, k->values, " ");
}

char **chat_complete(void *chat, const char *line, size_t start, size_t end) {
    (void)chat;
    struct words w = {.prefix = line + start, .prefix_len = end - start};
    if (line[0] != '/') return NULL;
    if (start <= 1) {
        for (const struct chat_command *k = chat_commands; k->name; k++)
            offer(&w, start == 0 ? "/" : "", k->name, strlen(k->name));
        return w.list;
    }
    size_t n = strcspn(line + 1, " ");
    for (const struct chat_command *k = chat_commands; k->name; k++)
        if (strlen(k->name) == n && strncmp(k->name, line + 1, n) == 0)
            offer_argument(&w, k, line, start);
    return w.list;
}
