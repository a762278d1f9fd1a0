/* eval: accuracy of a model on problems that a program can check (engine/tasks), from the test
 * split, which shares neither wordings nor numbers with what the built-in model was taught. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ballot.h"
#include "app/commands.h"
#include "app/generate.h"
#include "engine/tasks/tasks.h"

#define EVAL_SEED 20250101u

struct eval {
    struct options options;
    struct runner runner;
    const char *only[64];
    size_t n_only;
    int64_t n;
    int64_t n_vote; /* answers to a problem, of which the majority's counts; 1: no vote */
    bool json;
};

struct tally {
    int64_t n, right, thought_tokens, tokens;
    double seconds;
};

/* Wilson score interval at 95% (Wilson 1927). */
static void wilson(int64_t right, int64_t n, double *low, double *high) {
    double z = 1.959964, p = n ? (double)right / (double)n : 0, m = n ? (double)n : 1;
    double mid = p + z * z / (2 * m), spread = z * sqrt(p * (1 - p) / m + z * z / (4 * m * m));
    *low = fmax(0, (mid - spread) / (1 + z * z / m));
    *high = fmin(1, (mid + spread) / (1 + z * z / m));
}

static bool is_wanted(const struct eval *v, const char *family) {
    for (size_t i = 0; i < v->n_only; i++)
        if (strcmp(v->only[i], family) == 0) return true;
    return v->n_only == 0;
}

static void on_event(void *vote, const struct event *ev) { vote_event(vote, ev); }

static bool solve(struct eval *v, const struct task_family *f, struct task_problem *p,
                  struct tally *t, bool *interrupted, struct err *e) {
    struct chat_message messages[2 * TASK_MAX_TURNS];
    size_t n = 0;
    for (int i = 0; i < p->n_turns; i++) {
        struct task_turn *turn = &p->turns[i];
        messages[n++] = (struct chat_message){CHAT_USER, str_cstr(&turn->question), ""};
        if (i + 1 < p->n_turns)
            messages[n++] = (struct chat_message){CHAT_ASSISTANT, str_cstr(&turn->answer),
                                                  str_cstr(&turn->thought)};
    }
    struct generation g;
    struct chat_request request = {.messages = messages,
                                   .n_messages = n,
                                   .n_samples = (size_t)v->n_vote,
                                   .options = runner_chat_options(&v->runner, &v->options)};
    struct vote vote;
    vote_init(&vote, messages[n - 1].content, (size_t)v->n_vote);
    bool ok = generate(&v->runner, &request, on_event, &vote, &g, e);
    if (ok && !g.interrupted) {
        t->n++;
        t->right += vote.n_groups && f->check(p, vote.samples[vote_choice(&vote)].answer.s);
        t->thought_tokens += (int64_t)g.n_thought;
        t->tokens += (int64_t)(g.n_thought + g.n_answer);
        t->seconds += (double)g.total_us / 1e6;
    }
    *interrupted = g.interrupted;
    vote_done(&vote);
    generation_done(&g);
    return ok;
}

static void print_tally(const struct eval *v, const char *name, const struct tally *t) {
    double low, high, n = t->n ? (double)t->n : 1;
    wilson(t->right, t->n, &low, &high);
    if (!v->json) {
        printf("%-24s %5lld  %6.1f%%  [%5.1f, %5.1f]  %8.1f  %8.1f  %7.2f\n", name, (long long)t->n,
               100 * (double)t->right / n, 100 * low, 100 * high, (double)t->thought_tokens / n,
               (double)t->tokens / n, t->seconds / n);
        fflush(stdout);
        return;
    }
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "family", name);
    cJSON_AddNumberToObject(j, "n", (double)t->n);
    cJSON_AddNumberToObject(j, "right", (double)t->right);
    cJSON_AddNumberToObject(j, "accuracy", (double)t->right / n);
    cJSON_AddNumberToObject(j, "low", low);
    cJSON_AddNumberToObject(j, "high", high);
    cJSON_AddNumberToObject(j, "vote", (double)v->n_vote);
    cJSON_AddNumberToObject(j, "thought_tokens", (double)t->thought_tokens / n);
    cJSON_AddNumberToObject(j, "tokens", (double)t->tokens / n);
    cJSON_AddNumberToObject(j, "seconds", t->seconds / n);
    char *text = cJSON_PrintUnformatted(j);
    puts(text);
    fflush(stdout);
    free(text);
    cJSON_Delete(j);
}

static int run(struct eval *v, struct err *e) {
    struct tally all = {0};
    double sum = 0;
    int families = 0;
    bool interrupted = false;
    if (!v->json)
        printf("%-24s %5s  %7s  %-14s  %8s  %8s  %7s\n", "family", "n", "right", "95% interval",
               "thought", "tokens", "seconds");
    for (size_t k = 0; task_families[k] && !interrupted; k++) {
        const struct task_family *f = task_families[k];
        struct tally t = {0};
        if (!is_wanted(v, f->name)) continue;
        struct rng rng = {EVAL_SEED, rng_hash(EVAL_SEED, k, 0), 0};
        for (int64_t i = 0; i < v->n && !interrupted; i++) {
            struct task_problem p;
            task_problem_init(&p);
            f->make(&rng, TASK_TEST, &p);
            bool ok = solve(v, f, &p, &t, &interrupted, e);
            task_problem_done(&p);
            if (!ok) return command_failed(e);
        }
        print_tally(v, f->name, &t);
        all.n += t.n, all.right += t.right, all.seconds += t.seconds;
        all.thought_tokens += t.thought_tokens, all.tokens += t.tokens;
        sum += t.n ? (double)t.right / (double)t.n : 0, families++;
    }
    if (families > 1) {
        print_tally(v, "all", &all);
        if (!v->json) printf("mean of %d families: %.1f%%\n", families, 100 * sum / families);
    }
    return interrupted ? EXIT_INTERRUPTED : EXIT_OK;
}

static int list_families(void) {
    for (size_t k = 0; task_families[k]; k++)
        printf("%-24s %s\n", task_families[k]->name, task_families[k]->title);
    return EXIT_OK;
}

/* Greedy unless the temperature is given or a vote is held: the same table every time. */
static int parse(struct eval *v, struct args *a, struct err *e) {
    while (a->next < a->argc) {
        if (args_take(a, "--family", true)) {
            if (a->failed) return command_misused("eval", "--family needs a name");
            if (!task_family_find(a->value))
                return command_misused("eval", "there is no family \"%s\" (aside eval list)",
                                       a->value);
            if (v->n_only < sizeof v->only / sizeof *v->only) v->only[v->n_only++] = a->value;
        } else if (args_take(a, "-n", true)) {
            char *end;
            v->n = strtoll(a->value, &end, 10);
            if (*end || v->n < 1) return command_misused("eval", "-n takes a number of problems");
        } else if (args_take(a, "--vote", true)) {
            if (!vote_number(a->value, &v->n_vote))
                return command_misused("eval", VOTE_NUMBER, BACKEND_SAMPLES_MAX);
        } else if (args_take(a, "--json", false)) {
            v->json = true;
        } else if (!options_take(&v->options, a, e)) {
            return command_misused("eval", "%s", e->msg[0] ? e->msg : a->argv[a->next]);
        }
    }
    if (v->options.temp < 0 && v->n_vote == 1) v->options.temp = 0;
    if (v->options.temp == 0 && v->n_vote > 1)
        return command_misused("eval", "--vote needs a temperature above 0");
    if (v->options.seed < 0) v->options.seed = EVAL_SEED;
    return EXIT_OK;
}

int command_eval(int argc, char **argv) {
    struct eval v = {.n = 20, .n_vote = 1};
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    if (argc > 1 && strcmp(argv[1], "list") == 0) return list_families();
    options_init(&v.options);
    int status = options_load(&v.options, &e) ? parse(&v, &a, &e) : command_failed(&e);
    if (status == EXIT_OK)
        status = runner_open(&v.runner, &v.options, &e) ? run(&v, &e) : command_failed(&e);
    runner_close(&v.runner);
    options_done(&v.options);
    return status;
}
