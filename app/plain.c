/* plain: see plain.h. Input is plain readline; what happens is said in words on lines of its own.
 */
#include "app/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* readline.h wants stdio.h first */
#include <readline/history.h>
#include <readline/readline.h>

#include "app/commands.h"
#include "app/generate.h"
#include "app/kept.h"
#include "app/recorder.h"
#include "app/transcript.h"
#include "base/utf8.h"

struct plain {
    struct options *options;
    struct runner runner;
    struct history *history;
    struct transcript transcript;
    struct recorder recorder;
    struct kept kept;
    struct chat_options request;
    enum channel said; /* what was announced last */
};

static void print_harmless(const char *text, size_t n) {
    struct str safe = STR_INIT;
    utf8_add_harmless(&safe, text, n);
    fwrite(str_cstr(&safe), 1, safe.len, stdout);
    fflush(stdout);
    str_free(&safe);
}

static void on_event(void *ctx, const struct event *ev) {
    struct plain *p = ctx;
    recorder_event(&p->recorder, ev, &p->runner, &p->request);
    if (ev->type == EVENT_NOTICE) printf("\nNote: %s\n", ev->text);
    if (ev->type != EVENT_TOKEN || !ev->token.n_text || ev->token.channel == CHANNEL_MARKUP) return;
    bool thought = ev->token.channel == CHANNEL_THOUGHT;
    if (ev->token.channel != p->said) {
        if (thought && strcmp(p->options->thinking, "show") != 0)
            puts("Thinking.");
        else
            puts(thought ? "Thinking:" : p->said == CHANNEL_THOUGHT ? "\n\nAnswer:" : "Answer:");
        p->said = ev->token.channel;
    }
    if (!thought || strcmp(p->options->thinking, "show") == 0)
        print_harmless(ev->token.text, ev->token.n_text);
}

static void send_message(struct plain *p, const char *text) {
    struct err e = {""};
    struct generation g;
    if (!transcript_prompt(&p->transcript, p->history, p->runner.path, p->options->system, text,
                           &e)) {
        printf("Note: not saved: %s\n", e.msg);
        history_close(p->history);
        p->history = NULL;
    }
    recorder_start(&p->recorder, p->history, p->transcript.conversation,
                   transcript_leaf(&p->transcript));
    kept_use(&p->kept, p->transcript.conversation);
    p->request = runner_chat_options(&p->runner, p->options);
    p->said = CHANNEL_MARKUP;
    struct chat_message *messages = transcript_request(&p->transcript, p->transcript.n);
    struct chat_request request = {
        .messages = messages, .n_messages = p->transcript.n, .options = p->request};
    bool ok = generate(&p->runner, &request, on_event, p, &g, &e);
    free(messages);
    putchar('\n');
    if (!ok) printf("Note: %s\n", e.msg);
    if (g.interrupted) puts("Stopped.");
    if (ok && g.in_thought) puts("It ended while thinking; there is no answer.");
    transcript_add(&p->transcript, CHAT_ASSISTANT, g.answer.s, g.thought.s, p->recorder.message);
    generation_done(&g);
}

/* The commands that make sense without a screen. False: leave. */
static bool command(struct plain *p, const char *line) {
    struct err e;
    char name[64] = "", rest[512] = "";
    sscanf(line, "/%63s %511[^\n]", name, rest);
    if (strcmp(name, "quit") == 0) return false;
    if (strcmp(name, "new") == 0 || strcmp(name, "clear") == 0) {
        kept_leave(&p->kept, p->options, &p->runner, 0);
        transcript_free(&p->transcript);
        puts("A new conversation.");
    } else if (strcmp(name, "think") == 0 || strcmp(name, "thinking") == 0) {
        if (option_set(p->options, name, rest, &e))
            printf("%s is now %s.\n", name, rest);
        else
            puts(e.msg);
    } else if (strcmp(name, "set") == 0) {
        char *value = strchr(rest, ' ');
        if (value) *value++ = '\0';
        if (value && option_set(p->options, rest, value, &e))
            printf("%s is now %s.\n", rest, value);
        else
            puts(value ? e.msg : "/set NAME VALUE");
    } else {
        puts("Commands here: /new, /think MODE, /thinking show|hide, /set NAME VALUE, /quit.");
    }
    return true;
}

int plain_run(struct options *o, const char *prompt, int64_t resume) {
    struct plain p = {.options = o};
    struct err e = {""};
    struct str notice = STR_INIT;
    if (!runner_open(&p.runner, o, &e)) return command_failed(&e);
    if (o->save && !(p.history = history_open(NULL, &notice, &e)))
        printf("Note: nothing will be saved: %s\n", e.msg);
    if (notice.len) printf("Note: %s\n", notice.s);
    str_free(&notice);
    printf("aside with %s. /quit leaves, Ctrl-C stops an answer.\n",
           backend_info(p.runner.backend)->name);
    if (resume && p.history && !transcript_load(&p.transcript, p.history, resume, 0, &e))
        puts(e.msg);
    kept_return(&p.kept, o, &p.runner, p.transcript.conversation);
    if (prompt) send_message(&p, prompt);
    rl_bind_key('\t', rl_insert);
    for (char *line; (line = readline("You: ")); free(line)) {
        if (!line[strspn(line, " \t")]) continue;
        add_history(line);
        if (line[0] != '/')
            send_message(&p, line);
        else if (!command(&p, line)) {
            free(line);
            break;
        }
    }
    kept_leave(&p.kept, o, &p.runner, 0);
    if (!kept_settle(o, &p.runner, &e)) printf("Note: %s\n", e.msg);
    history_close(p.history);
    runner_close(&p.runner);
    transcript_free(&p.transcript);
    return EXIT_OK;
}
