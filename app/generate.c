/* generate: see generate.h. */
#include "app/generate.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int sig) {
    (void)sig;
    interrupted = 1;
}

/* SIGINT and SIGTERM are blocked but inside ppoll(), so that none is missed before it sleeps. */
struct signals {
    sigset_t before;
    struct sigaction old_int, old_term;
};

static void signals_take(struct signals *s) {
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &block, &s->before);
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGINT, &act, &s->old_int);
    sigaction(SIGTERM, &act, &s->old_term);
    interrupted = 0;
}

static void signals_give_back(struct signals *s) {
    sigaction(SIGINT, &s->old_int, NULL);
    sigaction(SIGTERM, &s->old_term, NULL);
    pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

static void take(struct generation *g, const struct event *ev) {
    if (ev->type == EVENT_TOKEN && !ev->which) {
        if (g->ttft_us < 0) g->ttft_us = ev->t_us;
        if (ev->token.was_thought) {
            str_addn(&g->thought, str_cstr(&g->answer), g->answer.len);
            str_clear(&g->answer);
        }
        if (ev->token.channel == CHANNEL_THOUGHT)
            str_addn(&g->thought, ev->token.text, ev->token.n_text);
        if (ev->token.channel == CHANNEL_ANSWER)
            str_addn(&g->answer, ev->token.text, ev->token.n_text);
    }
    if (ev->type == EVENT_DONE) {
        g->reason = ev->done.reason;
        g->in_thought = ev->done.in_thought;
        g->n_prompt = ev->done.n_prompt;
        g->n_cached = ev->done.n_cached;
        g->n_thought = ev->done.n_thought;
        g->n_answer = ev->done.n_answer;
        g->prefill_us = ev->done.prefill_us;
        g->thought_us = ev->done.thought_us;
        g->total_us = ev->done.total_us;
        g->n_steps = ev->done.n_steps;
        g->n_drafted = ev->done.n_drafted;
        g->n_accepted = ev->done.n_accepted;
    }
}

bool generate(struct runner *r, const struct chat_request *request,
              void (*each)(void *ctx, const struct event *ev), void *ctx, struct generation *out,
              struct err *e) {
    *out = (struct generation){.ttft_us = -1};
    struct signals signals;
    signals_take(&signals);
    bool ok = backend_start(r->backend, request, e), running = ok;
    while (running) {
        struct event ev;
        while (running && backend_next(r->backend, &ev)) {
            if (each) each(ctx, &ev);
            take(out, &ev);
            if (ev.type != EVENT_DONE) continue;
            running = false;
            if (ev.done.reason == DONE_ERROR) ok = err_set(e, "%s", ev.text ? ev.text : "failed");
        }
        if (!running) break;
        struct pollfd fd = {.fd = backend_fd(r->backend), .events = POLLIN};
        ppoll(&fd, 1, NULL, &signals.before);
        if (interrupted && !out->interrupted) {
            out->interrupted = true;
            backend_steer(r->backend, STEER_STOP);
        }
    }
    str_cstr(&out->thought);
    str_cstr(&out->answer);
    signals_give_back(&signals);
    return ok;
}

void generation_done(struct generation *g) {
    str_free(&g->thought);
    str_free(&g->answer);
}
