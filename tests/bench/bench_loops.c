/* What the loop detector would have done: the built-in model (or another: -m) solves the problems
 * of `aside eval` with the guard off, and the detector looks on. A right answer in whose thought it
 * saw a loop is a false alarm.
 *   bench_loops [-m FILE] [-n PROBLEMS-A-FAMILY] [-t TEMPERATURE] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "engine/loops.h"
#include "engine/tasks/tasks.h"

#define SEED 20250101u

struct tally {
    long n, right, endless, alarms, false_alarms, endless_found, tokens;
};

/* One problem; adds to the tally. */
static bool solve(struct backend *b, const struct task_family *f, struct task_problem *p,
                  float temperature, struct loops *l, struct tally *t) {
    struct chat_message messages[2 * TASK_MAX_TURNS];
    size_t n = 0;
    for (int i = 0; i < p->n_turns; i++) {
        struct task_turn *turn = &p->turns[i];
        messages[n++] = (struct chat_message){CHAT_USER, str_cstr(&turn->question), ""};
        if (i + 1 < p->n_turns)
            messages[n++] = (struct chat_message){CHAT_ASSISTANT, str_cstr(&turn->answer),
                                                  str_cstr(&turn->thought)};
    }
    struct chat_request r = {
        .messages = messages,
        .n_messages = n,
        .options = {.budget = -1, .n_predict = -1, .sampling = backend_info(b)->sampling}};
    r.options.sampling.temperature = temperature;
    r.options.sampling.seed = SEED;
    struct err e;
    struct event ev;
    struct str answer = STR_INIT;
    bool loop = false;
    loops_reset(l);
    if (!backend_start(b, &r, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        return false;
    }
    do {
        if (!backend_wait(b, &ev)) return false;
        if (ev.type != EVENT_TOKEN) continue;
        if (ev.token.channel == CHANNEL_ANSWER) str_addn(&answer, ev.token.text, ev.token.n_text);
        if (ev.token.channel != CHANNEL_THOUGHT || ev.token.sample.id < 0) continue;
        loops_add(l, ev.token.sample.id, ev.token.sample.entropy);
        loop |= loops_found(l);
        t->tokens++;
    } while (ev.type != EVENT_DONE);
    bool endless = ev.done.in_thought;
    bool right = !endless && ev.done.reason == DONE_EOG && f->check(p, str_cstr(&answer));
    t->n++;
    t->right += right;
    t->endless += endless;
    t->alarms += loop;
    t->false_alarms += loop && right;
    t->endless_found += loop && endless;
    if (loop && right) printf("false alarm: %s\n", str_cstr(&p->turns[p->n_turns - 1].question));
    str_free(&answer);
    return true;
}

/* What looking on costs, in nanoseconds a token. */
static double cost(struct loops *l) {
    enum { N = 2000000 };
    int64_t from = clock_mono_us();
    loops_reset(l);
    for (int i = 0; i < N; i++) {
        loops_add(l, (int32_t)((uint32_t)i * 2654435761u >> 8), 0.5f); /* no span comes twice */
        if (loops_found(l)) abort();
    }
    return (double)(clock_mono_us() - from) * 1e3 / N;
}

int main(int argc, char **argv) {
    const char *path = "engine/builtin/aside-mini.gguf";
    float temperature = 0;
    long per_family = 5;
    for (int c; (c = getopt(argc, argv, "m:n:t:")) != -1;) {
        if (c == 'm') path = optarg;
        if (c == 'n') per_family = atol(optarg);
        if (c == 't') temperature = strtof(optarg, NULL);
        if (c == '?') return 2;
    }
    struct err e = {""};
    struct session_params params = {0};
    struct model *m = model_open(path, &e);
    struct backend *b = m ? backend_local_open(m, &params, &e) : NULL;
    if (!b) return fprintf(stderr, "%s\n", e.msg), 1;
    struct loops *l = mem_calloc(1, sizeof *l);
    struct tally t = {0};
    printf("cost %.1f ns a token\n", cost(l));
    for (size_t k = 0; task_families[k]; k++) {
        struct rng rng = {SEED, rng_hash(SEED, k, 0), 0};
        for (long i = 0; i < per_family; i++) {
            struct task_problem p;
            task_problem_init(&p);
            task_families[k]->make(&rng, TASK_TEST, &p);
            bool ok = solve(b, task_families[k], &p, temperature, l, &t);
            task_problem_done(&p);
            if (!ok) return 1;
        }
    }
    printf("%ld thoughts of %.0f tokens on the average, temperature %g\n", t.n,
           t.n ? (double)t.tokens / (double)t.n : 0, (double)temperature);
    printf("right answers %ld, of them taken for a loop %ld\n", t.right, t.false_alarms);
    printf("thoughts that did not end %ld, of them found %ld\n", t.endless, t.endless_found);
    printf("loops found in all %ld\n", t.alarms);
    free(l);
    backend_close(b);
    model_close(m);
    return 0;
}
