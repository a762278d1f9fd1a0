/* ask: one prompt, one answer. The answer goes to standard output as it comes, the thought to
 * standard error; with --json one object at the end. With --vote several answers are drawn, and the
 * one that most agree on is given; how they were shared out goes to standard error. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ballot.h"
#include "app/commands.h"
#include "app/generate.h"
#include "app/recorder.h"
#include "app/transcript.h"
#include "base/files.h"
#include "base/utf8.h"

#define PROMPT_LIMIT (64u << 20)

struct ask {
    struct options options;
    bool json;
    struct str prompt;
    struct runner runner;
    struct chat_options chat;
    struct history *history;
    struct transcript transcript;
    struct recorder recorder;
    cJSON *tokens; /* with --json */
    enum channel last;
    bool any_answer, any_thought, write_failed;
    bool holding;    /* the answer so far may turn out to have been the thought, see hold() */
    struct str held; /* it */
    int64_t n_vote;  /* answers to choose from; 0: no vote */
    struct ballot ballot;
};

static bool shows_thought(const struct ask *a) {
    return !a->json && strcmp(a->options.thinking, "show") == 0;
}

/* To a terminal nothing of a model's goes raw; in a pipe the bytes are the model's. */
static void emit(FILE *to, const char *text, size_t n) {
    if (isatty(fileno(to))) {
        struct str safe = STR_INIT;
        utf8_add_harmless(&safe, text, n);
        fwrite(safe.s, 1, safe.len, to);
        str_free(&safe);
    } else {
        fwrite(text, 1, n, to);
    }
    fflush(to);
}

static void add_token_json(struct ask *a, const struct event *ev) {
    static const char *const channels[] = {"thought", "answer", "markup"};
    const struct sample *s = &ev->token.sample;
    struct str text = STR_INIT;
    utf8_add_valid(&text, ev->token.text, ev->token.n_text);
    cJSON *t = cJSON_CreateObject();
    cJSON_AddNumberToObject(t, "id", s->id);
    cJSON_AddStringToObject(t, "text", str_cstr(&text));
    cJSON_AddStringToObject(t, "channel", channels[ev->token.channel]);
    if (ev->token.forced) cJSON_AddTrueToObject(t, "forced");
    cJSON_AddNumberToObject(t, "logprob", s->logprob);
    cJSON_AddNumberToObject(t, "entropy", s->entropy);
    cJSON_AddNumberToObject(t, "t_us", (double)ev->t_us);
    cJSON *alts = cJSON_AddArrayToObject(t, "alts");
    for (int i = 0; i < s->n_alts; i++) {
        cJSON *alt = cJSON_CreateObject();
        cJSON_AddNumberToObject(alt, "id", s->alt_id[i]);
        cJSON_AddNumberToObject(alt, "logprob", s->alt_logprob[i]);
        cJSON_AddItemToArray(alts, alt);
    }
    cJSON_AddItemToArray(a->tokens, t);
    str_free(&text);
}

static void put_thought(struct ask *a, const char *text, size_t n) {
    if (!n || !shows_thought(a)) return;
    if (!a->any_thought && isatty(2)) fputs("\033[2m", stderr);
    a->any_thought = true;
    emit(stderr, text, n);
}

static void put_answer(struct ask *a, const char *text, size_t n) {
    if (!n || a->json) return;
    if (!a->any_answer && a->any_thought) fputs(isatty(2) ? "\033[0m\n\n" : "\n", stderr);
    a->any_answer = true;
    emit(stdout, text, n);
    if (ferror(stdout) && !a->write_failed) {
        a->write_failed = true;
        backend_steer(a->runner.backend, STEER_STOP);
    }
}

/* A server that does not take its model's thoughts apart sends them as if they were the answer; a
 * lone closing tag tells. What went down a pipe cannot be called back, so there the answer waits
 * until it is certain: at the first thought, or at the end. */
static void hold(struct ask *a) {
    bool thinks = a->chat.think != THINK_OFF;
    a->holding = !a->json && thinks && !a->runner.model && !isatty(1);
}

static void release(struct ask *a, void (*put)(struct ask *a, const char *text, size_t n)) {
    if (!a->holding) return;
    a->holding = false;
    put(a, str_cstr(&a->held), a->held.len);
    str_free(&a->held);
}

static void on_event(void *ctx, const struct event *ev) {
    struct ask *a = ctx;
    recorder_event(&a->recorder, ev, &a->runner, &a->chat);
    if (ev->type == EVENT_NOTICE && !a->json) fprintf(stderr, "aside: %s\n", ev->text);
    if (ev->type != EVENT_TOKEN) return;
    if (a->json && ev->token.sample.id != -1) add_token_json(a, ev);
    if (ev->token.was_thought) release(a, put_thought);
    if (ev->token.n_text == 0) return;
    if (ev->token.channel == CHANNEL_THOUGHT) {
        release(a, put_answer);
        put_thought(a, ev->token.text, ev->token.n_text);
    } else if (ev->token.channel == CHANNEL_ANSWER && a->holding) {
        str_addn(&a->held, ev->token.text, ev->token.n_text);
    } else if (ev->token.channel == CHANNEL_ANSWER) {
        put_answer(a, ev->token.text, ev->token.n_text);
    }
}

/* Whether somebody hands in text: a pipe or a file, not a terminal, socket or /dev/null. */
static bool stdin_is_handed_in(void) {
    struct stat st;
    return fstat(0, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

static bool read_prompt(struct ask *a, int argc, char **argv, int next, struct err *e) {
    for (int i = next; i < argc; i++) {
        if (i > next) str_addc(&a->prompt, ' ');
        str_add(&a->prompt, argv[i]);
    }
    if (!a->prompt.len || stdin_is_handed_in()) {
        struct str piped = STR_INIT;
        if (isatty(0)) fputs("(prompt, then Ctrl-D)\n", stderr);
        if (!files_read_whole("-", PROMPT_LIMIT, &piped, e)) return false;
        while (piped.len && strchr("\r\n", piped.s[piped.len - 1]))
            str_truncate(&piped, piped.len - 1);
        if (piped.len && a->prompt.len) str_add(&a->prompt, "\n\n");
        str_addn(&a->prompt, piped.s, piped.len);
        str_free(&piped);
    }
    struct str valid = STR_INIT;
    utf8_add_valid(&valid, a->prompt.s, a->prompt.len);
    str_free(&a->prompt);
    a->prompt = valid;
    if (!a->prompt.len) return err_set(e, "the prompt is empty");
    if (memchr(a->prompt.s, '\0', a->prompt.len))
        return err_set(e, "the prompt has a NUL byte in it; it is not text");
    return true;
}

/* A history that fails costs the record, not the answer. */
static void not_saved(struct ask *a, const struct err *e) {
    fprintf(stderr, "aside: not saved: %s\n", e->msg);
    history_close(a->history);
    a->history = NULL;
}

static void open_history(struct ask *a) {
    if (!a->options.save) return;
    struct err e = {""};
    struct str notice = STR_INIT;
    a->history = history_open(NULL, &notice, &e);
    if (notice.len) fprintf(stderr, "aside: %s\n", notice.s);
    str_free(&notice);
    if (!a->history) not_saved(a, &e);
}

static void add_text(cJSON *j, const char *name, const struct str *text) {
    struct str valid = STR_INIT;
    utf8_add_valid(&valid, text->s, text->len);
    cJSON_AddStringToObject(j, name, str_cstr(&valid));
    str_free(&valid);
}

static void add_votes(cJSON *j, const struct vote *v) {
    cJSON *votes = cJSON_AddArrayToObject(j, "votes");
    for (size_t g = 0; g < v->n_groups; g++) {
        cJSON *one = cJSON_CreateObject();
        add_text(one, "answer", &v->groups[g].label);
        cJSON_AddNumberToObject(one, "n", (double)v->groups[g].n);
        cJSON_AddItemToArray(votes, one);
    }
    cJSON_AddNumberToObject(j, "n_samples", (double)v->n);
    cJSON_AddNumberToObject(j, "n_voting", (double)v->n_voting);
    cJSON_AddNumberToObject(j, "vote_entropy", v->entropy);
}

static void print_json(const struct ask *a, const struct generation *g) {
    cJSON *j = cJSON_CreateObject();
    char *settings = runner_settings_json(&a->runner, &a->chat, 0);
    cJSON_AddStringToObject(j, "prompt", a->prompt.s);
    add_text(j, "thought", &g->thought);
    add_text(j, "answer", &g->answer);
    if (a->n_vote > 1) add_votes(j, &a->ballot.vote);
    cJSON_AddStringToObject(j, "finish", recorder_finish_word(g->reason));
    cJSON_AddBoolToObject(j, "in_thought", g->in_thought);
    cJSON_AddStringToObject(j, "model", a->runner.path);
    cJSON_AddNumberToObject(j, "seed", (double)a->chat.sampling.seed);
    cJSON_AddItemToObject(j, "settings", cJSON_Parse(settings));
    if (a->transcript.conversation)
        cJSON_AddNumberToObject(j, "conversation", (double)a->transcript.conversation);
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"n_prompt", (double)g->n_prompt},     {"n_cached", (double)g->n_cached},
                   {"n_thought", (double)g->n_thought},   {"n_answer", (double)g->n_answer},
                   {"ttft_us", (double)g->ttft_us},       {"prefill_us", (double)g->prefill_us},
                   {"thought_us", (double)g->thought_us}, {"total_us", (double)g->total_us},
                   {"n_steps", (double)g->n_steps},       {"n_drafted", (double)g->n_drafted},
                   {"n_accepted", (double)g->n_accepted}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cJSON_AddNumberToObject(j, numbers[i].name, numbers[i].value);
    if (a->tokens) cJSON_AddItemReferenceToObject(j, "tokens", a->tokens);
    char *text = cJSON_PrintUnformatted(j);
    puts(text);
    free(text);
    free(settings);
    cJSON_Delete(j);
}

/* ---- a vote ---- */

static void on_vote_event(void *ctx, const struct event *ev) {
    struct ask *a = ctx;
    bool was_broken = a->ballot.broken;
    ballot_event(&a->ballot, ev, &a->runner, &a->chat);
    if (a->ballot.broken && !was_broken)
        fprintf(stderr, "aside: not saved: %s\n", a->ballot.err.msg);
    if (ev->type == EVENT_NOTICE && !a->json) fprintf(stderr, "aside: %s\n", ev->text);
}

/* Makes the chosen sample what `g` tells of. */
static void choose(struct ask *a, struct generation *g) {
    size_t i = vote_choice(&a->ballot.vote);
    const struct vote_sample *s = &a->ballot.vote.samples[i];
    ballot_choose(&a->ballot, i);
    str_clear(&g->answer);
    str_clear(&g->thought);
    str_addn(&g->answer, s->answer.s, s->answer.len);
    str_addn(&g->thought, s->thought.s, s->thought.len);
    a->chat.sampling.seed = backend_sample_seed(a->chat.sampling.seed, i);
    if (!s->ended) return;
    g->reason = s->end.done.reason;
    g->in_thought = s->end.done.in_thought;
    g->n_thought = s->end.done.n_thought;
    g->n_answer = s->end.done.n_answer;
}

static int vote(struct ask *a, const struct chat_request *request, struct err *e) {
    struct generation g;
    struct str report = STR_INIT;
    struct chat_request several = *request;
    several.n_samples = (size_t)a->n_vote;
    ballot_start(&a->ballot, a->history, a->transcript.conversation,
                 transcript_leaf(&a->transcript), a->prompt.s, several.n_samples);
    bool ok = generate(&a->runner, &several, on_vote_event, a, &g, e);
    choose(a, &g);
    vote_report(&a->ballot.vote, &report);
    bool any = a->ballot.vote.n_voting > 0;
    if (a->json && any)
        print_json(a, &g);
    else if (any)
        emit(stdout, g.answer.s, g.answer.len), putchar('\n');
    if (!a->json && any) emit(stderr, report.s, report.len);
    if (ok && !any && !g.interrupted)
        ok = err_set(e, "none of the %zu answers is complete (-n or -c allows more)",
                     several.n_samples);
    int status = !ok ? command_failed(e) : g.interrupted ? EXIT_INTERRUPTED : EXIT_OK;
    str_free(&report);
    generation_done(&g);
    return status;
}

/* ---- one answer ---- */

static int check_output(const struct ask *a, int status) {
    if (fflush(stdout) == 0 && !ferror(stdout) && !a->write_failed) return status;
    fprintf(stderr, "aside: standard output: could not write\n");
    return EXIT_FAILED;
}

static int answer_once(struct ask *a, const struct chat_request *request, struct err *e) {
    struct generation g;
    recorder_start(&a->recorder, a->history, a->transcript.conversation,
                   transcript_leaf(&a->transcript));
    a->tokens = cJSON_CreateArray();
    hold(a);
    bool ok = generate(&a->runner, request, on_event, a, &g, e);
    release(a, put_answer);
    if (a->any_thought && !a->any_answer) fputs(isatty(2) ? "\033[0m\n" : "\n", stderr);
    if (a->json && (ok || g.n_thought + g.n_answer))
        print_json(a, &g);
    else if (a->any_answer)
        putchar('\n');
    if (a->recorder.broken) fprintf(stderr, "aside: not saved: %s\n", a->recorder.err.msg);
    int status = !ok ? command_failed(e) : g.interrupted ? EXIT_INTERRUPTED : EXIT_OK;
    if (ok && !g.interrupted && g.in_thought)
        fprintf(
            stderr,
            "aside: it ended while thinking, so there is no answer yet (-n or -c allows more)\n");
    generation_done(&g);
    cJSON_Delete(a->tokens);
    return status;
}

static int answer(struct ask *a, struct err *e) {
    a->chat = runner_chat_options(&a->runner, &a->options);
    if (a->n_vote > 1 && !ballot_can_differ(&a->chat, e)) return command_failed(e);
    if (!transcript_prompt(&a->transcript, a->history, a->runner.path, a->options.system,
                           a->prompt.s, e))
        not_saved(a, e);
    struct chat_message *messages = transcript_request(&a->transcript, a->transcript.n);
    struct chat_request request = {
        .messages = messages, .n_messages = a->transcript.n, .options = a->chat};
    int status = a->n_vote > 1 ? vote(a, &request, e) : answer_once(a, &request, e);
    free(messages);
    return check_output(a, status);
}

int command_ask(int argc, char **argv) {
    struct ask a = {0};
    struct err e = {""};
    struct args words = {argc, 1, argv, NULL, false};
    int status = EXIT_USAGE;
    options_init(&a.options);
    if (!options_load(&a.options, &e)) {
        status = command_failed(&e);
        goto out;
    }
    while (words.next < argc && argv[words.next][0] == '-' && argv[words.next][1]) {
        if (args_take(&words, "--", false)) break;
        if (args_take(&words, "--json", false)) {
            a.json = true;
        } else if (args_take(&words, "--vote", true)) {
            if (!vote_number(words.value, &a.n_vote)) {
                command_misused("ask", VOTE_NUMBER, BACKEND_SAMPLES_MAX);
                goto out;
            }
        } else if (args_take(&words, "-p|--prompt", true)) {
            str_add(&a.prompt, words.value);
        } else if (!options_take(&a.options, &words, &e)) {
            command_misused("ask", "%s", e.msg[0] ? e.msg : argv[words.next]);
            goto out;
        }
    }
    if (a.prompt.len && words.next < argc) str_addc(&a.prompt, ' ');
    status = EXIT_FAILED;
    if (!read_prompt(&a, argc, argv, words.next, &e) || !runner_open(&a.runner, &a.options, &e)) {
        command_failed(&e);
        goto out;
    }
    open_history(&a);
    status = answer(&a, &e);
out:
    history_close(a.history);
    runner_close(&a.runner);
    transcript_free(&a.transcript);
    ballot_done(&a.ballot);
    str_free(&a.prompt);
    options_done(&a.options);
    return status;
}
