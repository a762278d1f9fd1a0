/* ui_demo: the interface over made-up data, for tests and for looking at it.
 *
 * With `--control` it reads lines from descriptor 3, one order each:
 *   clear TITLE | user TEXT | system TEXT | note TEXT | aside | think TEXT | say TEXT
 *   facts PHASE THOUGHT_MS N_THOUGHT N_ANSWER TOK_PER_S [stopped] [cut] [budget N]
 *   prefill DONE TOTAL | status MODEL|USED|TOTAL|ACTIVITY | notice TEXT | busy 0|1 | replay 0|1
 *   version INDEX AT N | tree [DEPTH…] | inside EXPERTS POINTS
 *   vote N QUESTION | votethink I TEXT | votesay I TEXT | votefacts I PHASE N_THOUGHT N_ANSWER
 * TOK_S votegroups ENTROPY G,G,… LABEL|LABEL|… (each sample's group, - for none) list N | sessions
 * | search TEXT | page TITLE | help | show INDEX NEEDLE showthought INDEX NEEDLE | remove INDEX |
 * input TEXT | theme NAME markdown 0|1 | thinking 0|1|2 | crash token think|say PROBABILITY ENTROPY
 * TEXT (a probability of 0: put in) | uncertain P mark INDEX think|say TEXT (as handed in; the
 * second word and the fourth are lit) | unmark In TEXT, \n is a newline and \xHH a byte. Without
 * it, it answers what is typed, word by word. Options: --inputrc is readline's own affair
 * (INPUTRC); --history FILE; --ascii; --mouse. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ui/ui.h"

static struct ui *u;
static struct ui_facts facts;
static size_t answer; /* the assistant message that the orders are about */

/* ---- Orders --------------------------------------------------------------------------------- */

static char *unescape(const char *s, size_t *n) {
    struct str out = {0};
    for (; *s; s++) {
        if (s[0] == '\\' && (s[1] == 'n' || s[1] == 't')) {
            str_addc(&out, s[1] == 'n' ? '\n' : '\t');
            s++;
        } else if (s[0] == '\\' && s[1] == 'x' && s[2] && s[3]) {
            char hex[3] = {s[2], s[3], 0};
            str_addc(&out, (char)strtol(hex, NULL, 16));
            s += 3;
        } else {
            str_addc(&out, *s);
        }
    }
    str_cstr(&out);
    *n = out.len;
    return str_take(&out);
}

static void order_facts(char *args) {
    char phase[16] = "", rest[64] = "";
    facts = (struct ui_facts){0};
    long long ms = 0;
    sscanf(args, "%15s %lld %zu %zu %lf %63[^\n]", phase, &ms, &facts.n_thought, &facts.n_answer,
           &facts.tokens_per_s, rest);
    facts.thought_ms = ms;
    facts.phase = strcmp(phase, "waiting") == 0     ? UI_WAITING
                  : strcmp(phase, "thinking") == 0  ? UI_THINKING
                  : strcmp(phase, "answering") == 0 ? UI_ANSWERING
                                                    : UI_DONE;
    facts.stopped = strstr(rest, "stopped") != NULL;
    facts.cut_in_thought = strstr(rest, "cut") != NULL;
    const char *budget = strstr(rest, "budget ");
    facts.budget = budget ? strtoul(budget + 7, NULL, 10) : 0;
    ui_chat_facts(u, answer, &facts);
}

static void order_version(const char *args) {
    size_t index = 0;
    int at = 0, n = 0;
    sscanf(args, "%zu %d %d", &index, &at, &n);
    ui_chat_siblings(u, index, at, n);
}

/* Messages at these depths; the last of each depth is on the way that is shown. */
/* inside EXPERTS POINTS: made-up facts, rates that rise, a load that leans to one side. */
static void order_inside(const char *args) {
    static const struct ui_fact made[] = {{"model", "aside mini Q8_0"},
                                          {"weights", "7.8 MB, of which a token reads 5.2 MB"},
                                          {"cache", "1.4 MB for 1,024 tokens, 169 of them used"}};
    enum { LAYERS = 6, MOST = 512 };
    size_t n_experts = 0, n = 0;
    static float load[LAYERS * MOST], rates[MOST];
    sscanf(args, "%zu %zu", &n_experts, &n);
    for (size_t i = 0; i < n; i++) rates[i] = (float)(10 + i % 40);
    for (size_t l = 1; l < LAYERS; l++) /* the first layer has none */
        for (size_t k = 0; k < n_experts; k++)
            load[l * n_experts + k] = (float)((k + l) % n_experts);
    struct ui_inside in = {
        .facts = made,
        .n_facts = 3,
        .plots = {{"reading, tokens/s", rates, n}, {"writing, tokens/s", rates, n / 3}},
        .load = load,
        .n_layers = LAYERS,
        .n_experts = n_experts};
    ui_inside_show(u, &in);
}

static void order_tree(char *depths) {
    static const char *const texts[] = {"Which is larger, 9.11 or 9.9?",
                                        "9.9 is larger: after the point, 0.90 is more than 0.11.",
                                        "And by how much? Show every step, please."};
    struct ui_tree_item items[64];
    size_t n = 0;
    for (char *word; n < 64 && (word = strsep(&depths, " "));) {
        size_t depth = strtoul(word, NULL, 10);
        for (size_t i = 0; i < n; i++)
            if (items[i].depth >= depth) items[i].shown = false;
        items[n++] = (struct ui_tree_item){.id = (int64_t)n + 1,
                                           .depth = depth,
                                           .role = depth % 2 ? UI_ROLE_ASSISTANT : UI_ROLE_USER,
                                           .shown = true,
                                           .text = texts[depth % 3],
                                           .detail = depth % 2 ? "341 thought  ppl 1.04" : NULL};
    }
    ui_tree_open(u, 7, "Which is larger, 9.11 or 9.9?", items, n, n ? n - 1 : 0);
}

static void order_status(char *args) {
    struct ui_status s = {.model = strsep(&args, "|")};
    char *used = strsep(&args, "|"), *total = strsep(&args, "|");
    s.context_used = used ? strtoul(used, NULL, 10) : 0;
    s.context_total = total ? strtoul(total, NULL, 10) : 0;
    s.activity = args;
    ui_status_set(u, &s);
}

static void order_list(int n) {
    struct ui_item *items = mem_calloc((size_t)n + 1, sizeof *items);
    static const char *const topics[] = {"Which is larger, 9.11 or 9.9?", "Letters in strawberry",
                                         "Plan for the garden", "How do tides work?"};
    for (int i = 0; i < n; i++) {
        struct str text = {0}, detail = {0}, preview = {0};
        str_addf(&text, "%d  %s", i + 1, topics[i % 4]);
        str_addf(&detail, "%d turns", i % 7 + 1);
        str_addf(&preview, "you: %s\naside: (answer %d)", topics[i % 4], i + 1);
        items[i] = (struct ui_item){i + 1, str_take(&text), str_take(&detail), str_take(&preview)};
    }
    struct ui_list list = {
        .number = 7, .title = "sessions", .verbs = {[UI_LIST_DELETE] = "delete"}};
    ui_list_open(u, &list, items, (size_t)n);
    for (int i = 0; i < n; i++) {
        free((char *)items[i].text);
        free((char *)items[i].detail);
        free((char *)items[i].preview);
    }
    free(items);
}

/* Lists as the program makes them: one with every verb and previews on demand, one that asks. */
enum { SESSIONS = 8, SEARCH = 9 };

static void order_sessions(void) {
    static const struct ui_item items[] = {
        {12, "  12* Plan for the garden  #home", "8 messages  2025-01-02", NULL},
        {15, "  15  Which is larger, 9.11 or 9.9?", "2 messages  2025-01-04", NULL},
        {14, "  14  How do tides work?  #sea #moon", "6 messages  2025-01-03", NULL}};
    struct ui_list list = {.number = SESSIONS,
                           .title = "conversations",
                           .take = "open",
                           .verbs = {"delete", "undo", "rename", "tags", "pin", NULL},
                           .looks = true};
    ui_list_open(u, &list, items, 3);
}

static void order_search(const char *text) {
    struct ui_item items[] = {
        {0, "…spelling \x01strawberry\x02 letter by letter…", "thought  2025-01-02", NULL},
        {1, "There are 3 r's in \x01strawberry\x02.", "answer  2025-01-02", NULL}};
    struct ui_list list = {.number = SEARCH,
                           .title = "search",
                           .take = "go there",
                           .verbs = {[UI_LIST_SCOPE] = "scope"},
                           .typed = text,
                           .hint = "words to search for",
                           .asks = true,
                           .looks = true};
    ui_list_open(u, &list, items, strstr(text, "straw") ? 2 : 0);
}

static void list_look(const struct ui_action *a) {
    if (a->list == SESSIONS)
        ui_list_preview(u, a->id,
                        a->id == 12 ? "made-up.gguf · 1,204 tokens\n\nyou: Plan for the garden"
                                    : "made-up.gguf · 80 tokens\n\nyou: another question");
    else
        ui_list_preview(
            u, a->id,
            "Letters in strawberry\n\nOne.\nTwo.\nThree.\nFour.\nFive.\nSix.\nSeven.\n"
            "Now \x01strawberry\x02 has ten letters, and \x01strawberries\x02 twelve.\nEnd.");
}

static void list_do(const struct ui_action *a) {
    static const char *const verbs[] = {"delete", "undelete", "rename", "tag", "pin", "scope"};
    if (!a->text && (a->value == UI_LIST_RENAME || a->value == UI_LIST_TAG))
        ui_list_ask(u, (enum ui_list_verb)a->value,
                    a->value == UI_LIST_TAG ? "tags:" : "title:", "as it was");
    else
        ui_notice(u, "%s %lld %s", verbs[a->value], (long long)a->id, a->text ? a->text : "");
}

static const char page_text[] =
    "## This conversation\n\n| | prompt | thought | answer | tok/s |\n|---|---:|---:|---:|---:|\n"
    "| turn 1 | 34 | 341 | 28 | 28.4 |\n| turn 2 | 96 | 120 | 40 | 27.9 |\n\n"
    "*Time to first token* 0.4 s, **total** 16 s.\n";

static enum ui_channel channel_named(const char *s) {
    return str_starts(s, "think") ? UI_THOUGHT : UI_TEXT;
}

static void order_token(char *args) {
    char *channel = strsep(&args, " "), *p = strsep(&args, " "), *entropy = strsep(&args, " ");
    if (!args) return;
    size_t n = strlen(args);
    double probability = atof(p);
    struct ui_token t = {args, n, probability > 0 ? (float)-log(probability) : NAN,
                         (float)atof(entropy), probability == 0};
    ui_chat_append_token(u, answer, channel_named(channel), &t);
}

static void order_mark(char *args) {
    struct ui_mark marks[2];
    char *index = strsep(&args, " "), *channel = strsep(&args, " "), *at = args;
    if (!at) return;
    for (int i = 0; i < 2; i++) {
        at += strcspn(at, " ");
        at += *at == ' ';
        size_t from = (size_t)(at - args), n = strcspn(at, " ");
        marks[i] = (struct ui_mark){from, from + n, i ? 0.9f : 0.3f};
        at += n;
        at += *at == ' ';
    }
    ui_chat_mark(u, strtoul(index, NULL, 10), channel_named(channel), args, marks, 2);
}

/* What a program would know of the token under the cursor. */
static void show_token(const struct ui_action *a) {
    struct str token = {0};
    str_addf(&token, "\"token %zu\"", a->first + 1);
    const struct ui_alternative alternatives[] = {{"\" ninth\"", 0.621, a->first % 2 == 0},
                                                  {"\" tenth\"", 0.203, a->first % 2 == 1},
                                                  {"\"\\n\"", 0.00004, false}};
    ui_inspect_show(u, token.s, a->first == 1 ? "a remark" : NULL, alternatives, 3);
    str_free(&token);
}

/* Orders on sample I: what follows its number. */
static bool order_vote(const char *name, const char *args) {
    size_t i = strtoul(args, NULL, 10);
    const char *rest = args + strcspn(args, " ");
    rest += *rest == ' ';
    if (strcmp(name, "vote") == 0) {
        ui_vote_open(u, rest, i);
    } else if (strcmp(name, "votethink") == 0) {
        ui_vote_append(u, i, UI_THOUGHT, rest, strlen(rest));
    } else if (strcmp(name, "votesay") == 0) {
        ui_vote_append(u, i, UI_TEXT, rest, strlen(rest));
    } else if (strcmp(name, "votefacts") == 0) {
        struct ui_facts f = {.thought_ms = 1200};
        char phase[16] = "";
        sscanf(rest, "%15s %zu %zu %lf", phase, &f.n_thought, &f.n_answer, &f.tokens_per_s);
        f.phase = strcmp(phase, "thinking") == 0    ? UI_THINKING
                  : strcmp(phase, "answering") == 0 ? UI_ANSWERING
                                                    : UI_DONE;
        f.stopped = strcmp(phase, "stopped") == 0;
        ui_vote_facts(u, i, &f);
    } else {
        return false;
    }
    return true;
}

static void order_votegroups(char *args) {
    struct ui_vote_group groups[8] = {{0}};
    size_t group_of[16], n_groups = 0, i = 0;
    double entropy = strtod(strsep(&args, " "), NULL);
    char *numbers = strsep(&args, " ");
    for (char *label; n_groups < 8 && (label = strsep(&args, "|"));)
        groups[n_groups++].label = label;
    for (char *g; i < 16 && (g = strsep(&numbers, ",")); i++) {
        group_of[i] = *g == '-' ? SIZE_MAX : strtoul(g, NULL, 10);
        if (*g != '-') groups[group_of[i]].n++;
    }
    ui_vote_groups(u, groups, n_groups, group_of, entropy);
}

static bool order(char *line) {
    char *args = line + strcspn(line, " ");
    if (*args) *args++ = 0;
    size_t n;
    char *text = unescape(args, &n);
    if (!strcmp(line, "clear"))
        ui_chat_clear(u, text);
    else if (!strcmp(line, "user"))
        ui_chat_add(u, UI_ROLE_USER, text, NULL);
    else if (!strcmp(line, "system"))
        ui_chat_add(u, UI_ROLE_SYSTEM, text, NULL);
    else if (!strcmp(line, "note"))
        ui_chat_add(u, UI_ROLE_NOTE, text, NULL);
    else if (!strcmp(line, "aside"))
        answer = ui_chat_add(u, UI_ROLE_ASSISTANT, NULL, NULL);
    else if (!strcmp(line, "think"))
        ui_chat_append_thought(u, answer, text, n);
    else if (!strcmp(line, "say"))
        ui_chat_append_text(u, answer, text, n);
    else if (!strcmp(line, "facts"))
        order_facts(text);
    else if (!strcmp(line, "prefill")) {
        facts.phase = UI_WAITING;
        sscanf(text, "%zu %zu", &facts.prefill_done, &facts.prefill_total);
        ui_chat_facts(u, answer, &facts);
    } else if (!strcmp(line, "token"))
        order_token(text);
    else if (!strcmp(line, "uncertain"))
        ui_uncertain_set(u, atof(text));
    else if (!strcmp(line, "mark"))
        order_mark(text);
    else if (!strcmp(line, "unmark"))
        ui_chat_unmark(u);
    else if (!strcmp(line, "status"))
        order_status(text);
    else if (!strcmp(line, "notice"))
        ui_notice(u, "%s", text);
    else if (!strcmp(line, "busy"))
        ui_busy(u, *text == '1');
    else if (!strcmp(line, "replay"))
        ui_replay_mode(u, *text == '1');
    else if (!strcmp(line, "list"))
        order_list(atoi(text));
    else if (!strcmp(line, "sessions"))
        order_sessions();
    else if (!strcmp(line, "search"))
        order_search(text);
    else if (!strcmp(line, "version"))
        order_version(text);
    else if (!strcmp(line, "inside"))
        order_inside(text);
    else if (!strcmp(line, "tree"))
        order_tree(text);
    else if (!strcmp(line, "votegroups"))
        order_votegroups(text);
    else if (order_vote(line, text))
        ; /* done */
    else if (!strcmp(line, "page"))
        ui_page_open(u, text, page_text);
    else if (!strcmp(line, "help"))
        ui_help_open(u, "`/help` this page");
    else if (!strcmp(line, "remove"))
        ui_chat_remove_from(u, strtoul(text, NULL, 10));
    else if (!strcmp(line, "input"))
        ui_input_set(u, text);
    else if (!strcmp(line, "copy"))
        ui_copy(u, text, n);
    else if (!strcmp(line, "theme"))
        ui_theme_set(u, text);
    else if (!strcmp(line, "markdown"))
        ui_markdown_set(u, *text == '1');
    else if (!strcmp(line, "thinking"))
        ui_thinking_set(u, (enum ui_thinking)atoi(text));
    else if (!strcmp(line, "crash"))
        raise(SIGSEGV);
    else if (str_starts(line, "show")) {
        char *needle = text + strcspn(text, " ");
        if (*needle) *needle++ = 0;
        ui_chat_show(u, strtoul(text, NULL, 10), *needle ? needle : NULL, line[4] != 0);
    }
    free(text);
    return true;
}

static bool read_orders(struct str *pending) {
    char buf[4096];
    ssize_t n = read(3, buf, sizeof buf);
    if (n <= 0) return false;
    str_addn(pending, buf, (size_t)n);
    char *nl;
    while ((nl = memchr(pending->s, '\n', pending->len))) {
        char *line = mem_strndup(pending->s, (size_t)(nl - pending->s));
        size_t used = (size_t)(nl - pending->s) + 1;
        memmove(pending->s, pending->s + used, pending->len - used);
        str_truncate(pending, pending->len - used);
        order(line);
        free(line);
    }
    return true;
}

/* ---- A made-up model ------------------------------------------------------------------------ */

static const char made_thought[] =
    "The person wrote something and wants to see how an answer looks. Let me think about it in "
    "several steps.\n\nFirst: what is asked? Then: what is known? Both start alike, so compare "
    "what "
    "follows. Written with as many digits, the one is 0.11 and the other 0.90.\n\nCheck: 9.9 - "
    "9.11 "
    "= 0.79, positive. So 9.9 is the larger one. 漢字も使える。 Fine. ";
static const char made_answer[] =
    "**9.9 is larger**: after the point, 0.90 is more than 0.11.\n\n1. Write both with as many "
    "digits.\n2. Compare `0.90` with `0.11`.\n   - nested, too\n\n> A quote, for the look of it, "
    "long enough to be broken at the width.\n\n```python\nprint(max(9.11, 9.9))\n```\n\n| number | "
    "digits |\n|---|---:|\n| 9.11 | 11 |\n| 9.9 | 90 |\n\nEmoji 👩‍💻 🇩🇪 ❤️ and "
    "עברית "
    "do "
    "no harm.\n";

static struct {
    const char *at;
    bool thought, on;
    int64_t start_us, next_us;
} model;

static void model_step(void) {
    const char *end = model.at + strcspn(model.at, " ");
    if (*end) end++;
    if (model.thought) {
        ui_chat_append_thought(u, answer, model.at, (size_t)(end - model.at));
        facts.phase = UI_THINKING;
        facts.n_thought++;
        facts.thought_ms = (clock_mono_us() - model.start_us) / 1000;
    } else {
        ui_chat_append_text(u, answer, model.at, (size_t)(end - model.at));
        facts.phase = UI_ANSWERING;
        facts.n_answer++;
    }
    facts.tokens_per_s = 28.4;
    model.at = end;
    model.next_us = clock_mono_us() + 35000;
    if (!*end) {
        model.on = model.thought;
        model.at = made_answer;
        model.thought = false;
        if (!model.on) facts.phase = UI_DONE;
        ui_busy(u, model.on);
    }
    ui_chat_facts(u, answer, &facts);
}

static void model_start(void) {
    facts = (struct ui_facts){.phase = UI_WAITING};
    answer = ui_chat_add(u, UI_ROLE_ASSISTANT, NULL, NULL);
    ui_chat_facts(u, answer, &facts);
    model.at = made_thought;
    model.thought = model.on = true;
    model.start_us = clock_mono_us();
    model.next_us = model.start_us + 300000;
    ui_busy(u, true);
}

/* ---- The loop ------------------------------------------------------------------------------- */

static bool act(const struct ui_action *a, bool scripted) {
    static const char *const names[] = {[UI_NONE] = "none",
                                        [UI_SUBMIT] = "submit",
                                        [UI_INTERRUPT] = "interrupt",
                                        [UI_QUIT] = "quit",
                                        [UI_ANSWER_NOW] = "answer now",
                                        [UI_COPY] = "copy",
                                        [UI_CONTINUE] = "continue",
                                        [UI_THINKING_MODE] = "thinking mode",
                                        [UI_PICK] = "pick",
                                        [UI_SESSIONS] = "sessions",
                                        [UI_SEARCH] = "search",
                                        [UI_LIST_CLOSE] = "list close",
                                        [UI_REPLAY] = "replay",
                                        [UI_INSPECT_LEAVE] = "left",
                                        [UI_SIBLING] = "version",
                                        [UI_VOTE_TAKE] = "vote take",
                                        [UI_VOTE_LEAVE] = "vote leave",
                                        [UI_TREE] = "tree",
                                        [UI_INSIDE] = "inside",
                                        [UI_UNDO] = "undo",
                                        [UI_REDO] = "redo",
                                        [UI_EDIT_THOUGHT] = "edit thought",
                                        [UI_THINK_MORE] = "think more"};
    switch (a->type) {
    case UI_QUIT:
        return false;
    case UI_SUBMIT:
        ui_chat_add(u, UI_ROLE_USER, a->text, NULL);
        if (scripted) break;
        if (str_starts(a->text, "/list"))
            order_list(40);
        else if (str_starts(a->text, "/page"))
            ui_page_open(u, "stats", page_text);
        else if (str_starts(a->text, "/help"))
            ui_help_open(u, "`/list` `/page` `/help`");
        else if (str_starts(a->text, "/replay"))
            ui_replay_mode(u, true);
        else
            model_start();
        break;
    case UI_LENS:
        break;
    case UI_INSPECT:
        if (!ui_inspect_open(u, a->message)) ui_notice(u, "nothing is known of %zu", a->message);
        break;
    case UI_INSPECT_AT:
        show_token(a);
        break;
    case UI_INSPECT_FORK:
        ui_notice(u, "fork of message %zu, %s, at token %zu with %d", a->message,
                  a->channel == UI_THOUGHT ? "thought" : "answer", a->first, a->value);
        break;
    case UI_INSPECT_LOOKUP:
        ui_notice(u, "what tokens %zu to %zu drew on", a->first, a->last);
        break;
    case UI_INSPECT_LAYER:
        ui_notice(u, "layer %+d", a->value);
        break;
    case UI_WANT_TOKENS:
        ui_notice(u, "the tokens of message %zu are wanted", a->message);
        break;
    case UI_LIST_LOOK:
        list_look(a);
        break;
    case UI_LIST_DO:
        list_do(a);
        break;
    case UI_LIST_QUERY:
        order_search(a->text);
        break;
    case UI_INTERRUPT:
        if (model.on) {
            model.on = false;
            facts.phase = UI_DONE;
            facts.stopped = true;
            ui_chat_facts(u, answer, &facts);
            ui_busy(u, false);
            break;
        } /* fall through */
    default:
        if (a->type == UI_REPLAY && a->value == UI_REPLAY_LEAVE) ui_replay_mode(u, false);
        if (a->type != UI_THINKING_MODE)
            ui_notice(u, "%s %d %lld", names[a->type], a->value, (long long)a->id);
    }
    return true;
}

static char **complete(void *ctx, const char *line, size_t start, size_t end) {
    static const char *const commands[] = {"/help",   "/history", "/list", "/model",
                                           "/replay", "/resume",  "/read", NULL};
    (void)ctx, (void)end;
    if (start != 0 || line[0] != '/') return NULL;
    char **out = mem_calloc(8, sizeof *out);
    for (int i = 0; commands[i]; i++) out[i] = mem_strdup(commands[i]);
    return out;
}

int main(int argc, char **argv) {
    struct err e;
    struct str orders = {0};
    struct ui_options o = {.markdown = true, .uncertain = 0.5, .complete = complete};
    bool scripted = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--control")) scripted = true;
        if (!strcmp(argv[i], "--ascii")) o.ascii = true;
        if (!strcmp(argv[i], "--mouse")) o.mouse = true;
        if (!strcmp(argv[i], "--history") && i + 1 < argc) o.history_file = argv[++i];
    }
    if (!(u = ui_open(&o, &e))) {
        fprintf(stderr, "ui_demo: %s\n", e.msg);
        return 1;
    }
    ui_status_set(u, &(struct ui_status){"R1-Distill-Qwen-1.5B Q4_K_M", 1204, 8192, ""});
    for (bool on = true; on;) {
        struct ui_action a;
        int wait = ui_draw(u);
        if (model.on) {
            int64_t ms = (model.next_us - clock_mono_us()) / 1000;
            ms = ms < 0 ? 0 : ms;
            wait = wait < 0 || ms < wait ? (int)ms : wait;
        }
        struct pollfd p[3] = {{.fd = ui_input_fd(u), .events = POLLIN},
                              {.fd = ui_wake_fd(u), .events = POLLIN},
                              {.fd = scripted ? 3 : -1, .events = POLLIN}};
        if (poll(p, 3, wait) < 0 && errno != EINTR) break;
        ui_input(u);
        if (p[2].revents && !read_orders(&orders)) scripted = false;
        while (on && ui_next_action(u, &a)) on = act(&a, scripted);
        if (model.on && clock_mono_us() >= model.next_us) model_step();
    }
    ui_close(u);
    str_free(&orders);
    return 0;
}
