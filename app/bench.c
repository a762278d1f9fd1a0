/* bench: `aside bench`, how fast a model runs here, beside what the memory could give.
 *
 * Decoding reads every weight that a token uses and the cache once, so its limit is the read
 * bandwidth, which is measured first with a plain streaming read on the same number of threads.
 * Speeds are the best and the mean of a few rounds: the best says what the program can do, the
 * mean how quiet the machine is. Samples that are decoded together read the weights once for all
 * of them, and each its own cache. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/bench_text.h"
#include "app/commands.h"
#include "app/models.h"
#include "app/runner.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/engine.h"

enum { MAX_LIST = 16 };

struct list {
    size_t n, at[MAX_LIST];
};

struct bench {
    struct options options;
    struct list prefill, decode, depth, samples;
    size_t rounds;
    const char *text; /* a file; NULL: the lists count */
    struct model *model;
    struct session *session;
    int32_t *ids;
    double bandwidth; /* bytes a second */
    bool json;
};

/* -- read bandwidth ---------------------------------------------------------------------------- */

struct reader {
    pthread_t thread;
    const uint64_t *words;
    size_t n;
    uint64_t sum;
};

static void *read_all(void *arg) {
    struct reader *r = arg;
    uint64_t sum[8] = {0};
    for (size_t i = 0; i + 8 <= r->n; i += 8)
        for (size_t j = 0; j < 8; j++) sum[j] ^= r->words[i + j];
    for (size_t j = 0; j < 8; j++) r->sum ^= sum[j];
    return NULL;
}

/* Bytes a second, the best of a few passes over half a gigabyte. */
static double read_bandwidth(int n_threads) {
    size_t bytes = (size_t)512 << 20, each = bytes / sizeof(uint64_t) / (size_t)n_threads / 8 * 8;
    uint64_t *words = mem_aligned(64, bytes);
    memset(words, 1, bytes);
    struct reader *readers = mem_calloc((size_t)n_threads, sizeof *readers);
    double best = 0;
    for (int round = 0; round < 5; round++) {
        int64_t start = clock_mono_us();
        int started = 0;
        for (; started < n_threads; started++) {
            struct reader *r = &readers[started];
            r->words = words + (size_t)started * each;
            r->n = each;
            if (pthread_create(&r->thread, NULL, read_all, r)) break;
        }
        for (int i = 0; i < started; i++) pthread_join(readers[i].thread, NULL);
        double seconds = (double)(clock_mono_us() - start) * 1e-6;
        double speed = (double)((size_t)started * each * sizeof *words) / seconds;
        if (speed > best) best = speed;
    }
    free(readers);
    free(words);
    return best;
}

/* -- rounds ------------------------------------------------------------------------------------ */

static bool eval(struct bench *b, size_t n, bool together, struct err *e) {
    size_t from = session_length(b->session);
    if (together) return session_eval(b->session, b->ids + from, n, NULL, NULL, NULL, e);
    for (size_t i = 0; i < n; i++)
        if (!session_eval(b->session, b->ids + from + i, 1, NULL, NULL, NULL, e)) return false;
    return true;
}

/* bytes: touched for one token; 0: not worth saying */
static void print_row(const struct bench *b, const char *what, size_t n, size_t depth, double best,
                      double mean, double bytes) {
    if (b->json) {
        printf("{\"test\": \"%s\", \"tokens\": %zu, \"depth\": %zu, \"threads\": %d, "
               "\"best_tok_s\": %.3f, \"mean_tok_s\": %.3f, \"bytes_per_token\": %.0f, "
               "\"read_bytes_s\": %.0f}\n",
               what, n, depth, session_n_threads(b->session), (double)n / best, (double)n / mean,
               bytes, b->bandwidth);
        fflush(stdout);
        return;
    }
    char name[64];
    snprintf(name, sizeof name, "%s %zu%s", what, n, depth ? " at depth" : "");
    printf("%-20s %7zu %10.2f %10.2f", name, depth, (double)n / best, (double)n / mean);
    if (bytes > 0) {
        double speed = bytes * (double)n / best;
        printf(" %9.1f %9.2f %9.0f%%", bytes * 1e-6, speed * 1e-9, 100 * speed / b->bandwidth);
    }
    putchar('\n');
    fflush(stdout);
}

/* Has the session hold `depth` tokens. Where it cannot go back to any place, it remembers this. */
static bool stand_at(struct bench *b, size_t depth, struct err *e) {
    size_t kept = session_truncate(b->session, depth);
    if (kept < depth && !eval(b, depth - kept, true, e)) return false;
    session_checkpoint(b->session);
    return true;
}

/* n tokens after `depth` others, at once or one by one. */
static bool measure(struct bench *b, size_t n, size_t depth, bool together, struct err *e) {
    const struct model_info *info = model_info(b->model);
    double best = 1e30, sum = 0;
    for (size_t round = 0; round <= b->rounds; round++) {
        if (!stand_at(b, depth, e)) return false;
        int64_t start = clock_mono_us();
        if (!eval(b, round ? n : (n < 4 ? n : 4), together, e)) return false;
        double seconds = (double)(clock_mono_us() - start) * 1e-6;
        if (!round) continue; /* the first one warms up */
        sum += seconds;
        if (seconds < best) best = seconds;
    }
    double bytes =
        (double)info->bytes_per_token + (double)session_cache_reads(b->session, depth + n / 2);
    print_row(b, together ? "prefill" : "decode", n, depth, best, sum / (double)b->rounds,
              together ? 0 : bytes);
    return true;
}

/* One token of each of n_samples timelines. */
static bool step(struct bench *b, struct group *g, size_t n_samples, struct err *e) {
    size_t which[BACKEND_SAMPLES_MAX];
    int32_t ids[BACKEND_SAMPLES_MAX];
    for (size_t i = 0; i < n_samples; i++) {
        which[i] = i;
        ids[i] = b->ids[(group_length(g, i) + i) % session_n_ctx(b->session)];
    }
    return group_step(g, which, ids, n_samples, e);
}

static bool eval_samples(struct bench *b, size_t n, size_t n_samples, double *seconds,
                         struct err *e) {
    struct group *g = group_open(b->session, n_samples, e);
    bool ok = g != NULL;
    int64_t start = clock_mono_us();
    for (size_t i = 0; ok && i < n; i++) ok = step(b, g, n_samples, e);
    *seconds = (double)(clock_mono_us() - start) * 1e-6;
    group_close(g);
    return ok;
}

/* n tokens of each of n_samples timelines, together, after `depth` others (one at the least). */
static bool measure_samples(struct bench *b, size_t n, size_t n_samples, size_t depth,
                            struct err *e) {
    double best = 1e30, sum = 0, seconds;
    char what[32];
    if (!stand_at(b, depth ? depth - 1 : 0, e) || !eval(b, 1, true, e)) return false;
    for (size_t round = 0; round <= b->rounds; round++) {
        if (!eval_samples(b, round ? n : (n < 4 ? n : 4), n_samples, &seconds, e)) return false;
        if (!round) continue; /* the first one warms up */
        sum += seconds;
        if (seconds < best) best = seconds;
    }
    snprintf(what, sizeof what, "%zu sample%s", n_samples, n_samples == 1 ? "" : "s");
    print_row(b, what, n * n_samples, depth, best, sum / (double)b->rounds, 0);
    return true;
}

static size_t largest(const struct list *l) {
    size_t most = 0;
    for (size_t i = 0; i < l->n; i++) most = l->at[i] > most ? l->at[i] : most;
    return most;
}

static bool open_model(struct bench *b, struct err *e) {
    char *path = models_resolve(b->options.model, e);
    if (!path) return false;
    b->model = model_open(path, e);
    free(path);
    return b->model != NULL;
}

static bool open_session(struct bench *b, struct err *e) {
    size_t p = largest(&b->prefill), n = largest(&b->decode) + 1;
    size_t n_ctx = largest(&b->depth) + (p > n ? p : n);
    struct session_params params = runner_session_params(&b->options);
    params.n_ctx = (uint32_t)n_ctx;
    b->session = session_open(b->model, &params, e);
    if (!b->session) return false;
    b->ids = mem_array(n_ctx, sizeof *b->ids);
    struct rng r = {.seed = 1};
    for (size_t i = 0; i < n_ctx; i++)
        b->ids[i] = (int32_t)rng_below(&r, model_info(b->model)->n_vocab);
    return true;
}

static bool run_lists(struct bench *b, struct err *e) {
    const struct model_info *info = model_info(b->model);
    int threads = session_n_threads(b->session);
    b->bandwidth = read_bandwidth(threads);
    if (!b->json)
        printf("%s, %s, %s, %.2f GB; %d threads; reading memory at %.1f GB/s\n",
               info->name ? info->name : "?", info->arch, info->type_label ? info->type_label : "?",
               (double)info->file_bytes * 1e-9, threads, b->bandwidth * 1e-9);
    if (!b->json)
        printf("%-20s %7s %10s %10s %9s %9s %10s\n", "", "depth", "best tok/s", "mean", "MB/token",
               "GB/s", "of memory");
    for (size_t d = 0; d < b->depth.n; d++) {
        for (size_t i = 0; i < b->prefill.n; i++)
            if (!measure(b, b->prefill.at[i], b->depth.at[d], true, e)) return false;
        for (size_t i = 0; i < b->decode.n; i++)
            if (!measure(b, b->decode.at[i], b->depth.at[d], false, e)) return false;
        for (size_t i = 0; i < b->decode.n * b->samples.n; i++)
            if (!measure_samples(b, b->decode.at[i / b->samples.n], b->samples.at[i % b->samples.n],
                                 b->depth.at[d], e))
                return false;
    }
    return true;
}

static bool run(struct bench *b, struct err *e) {
    if (!open_model(b, e)) return false;
    if (b->text)
        return bench_text(b->model, runner_session_params(&b->options), b->text, b->rounds, b->json,
                          e);
    return open_session(b, e) && run_lists(b, e);
}

/* -- command line ------------------------------------------------------------------------------ */

/* "0,2048": numbers up to `max`; "0" alone in a list that may be empty leaves it empty. */
static bool read_list(const char *s, struct list *l, bool may_be_zero) {
    enum { LARGEST = 1 << 24 };
    l->n = 0;
    for (;;) {
        char *end;
        errno = 0;
        unsigned long v = strtoul(s, &end, 10);
        if (end == s || *s == '-' || errno || v > LARGEST || l->n == MAX_LIST) return false;
        if (v || may_be_zero) l->at[l->n++] = v;
        if (!*end) return true;
        if (*end != ',') return false;
        s = end + 1;
    }
}

static int parse(struct bench *b, struct args *a, struct err *e) {
    static const struct {
        const char *names, *fallback;
        size_t offset;
        bool zero;
    } lists[] = {{"-p|--prompt", "512", offsetof(struct bench, prefill), false},
                 {"-n|--gen", "64", offsetof(struct bench, decode), false},
                 {"-d|--depth", "0", offsetof(struct bench, depth), true},
                 {"--samples", "0", offsetof(struct bench, samples), false}};
    enum { N_LISTS = sizeof lists / sizeof *lists };
    for (int i = 0; i < N_LISTS; i++)
        read_list(lists[i].fallback, (struct list *)((char *)b + lists[i].offset), lists[i].zero);
    b->rounds = 3;
    while (a->next < a->argc) {
        int i = 0;
        while (i < N_LISTS && !args_take(a, lists[i].names, true)) i++;
        if (i < N_LISTS) {
            struct list *l = (struct list *)((char *)b + lists[i].offset);
            if (!a->failed && !read_list(a->value, l, lists[i].zero))
                return command_misused("bench", "%s: \"%s\" is not a list of numbers",
                                       lists[i].names, a->value);
        } else if (args_take(a, "-r|--rounds", true)) {
            b->rounds = a->failed ? 1 : strtoul(a->value, NULL, 10);
            if (!b->rounds || b->rounds > 1000)
                return command_misused("bench", "rounds are 1 to 1000");
        } else if (args_take(a, "--text", true)) {
            b->text = a->value;
        } else if (args_take(a, "--json", false)) {
            b->json = true;
        } else if (!options_take(&b->options, a, e)) {
            return command_misused("bench", "%s", e->msg[0] ? e->msg : a->argv[a->next]);
        }
        if (largest(&b->samples) > BACKEND_SAMPLES_MAX)
            return command_misused("bench", "--samples are 1 to %d", BACKEND_SAMPLES_MAX);
        if (a->failed) return command_misused("bench", "an option lacks its value");
    }
    return EXIT_OK;
}

int command_bench(int argc, char **argv) {
    struct bench b = {0};
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    options_init(&b.options);
    int status = parse(&b, &a, &e);
    if (status == EXIT_OK && !run(&b, &e)) status = command_failed(&e);
    session_close(b.session);
    model_close(b.model);
    free(b.ids);
    options_done(&b.options);
    return status;
}
