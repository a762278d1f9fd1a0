/* compare: `aside compare`, how far two conditions are apart on the same text. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/comparison.h"
#include "app/options.h"
#include "app/runner.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/utf8.h"

#define TEXT_LIMIT (256u << 20)

enum { WORST = 12, CONTEXT = 8 };

struct compare {
    struct options options;
    struct comparison c;
    const char *against, *text, *file;
    char *thinks[2], *precisions[2], *caches[2]; /* owned */
    int64_t conversation, answer;
    bool json;
};

/* "A,B" into two words, "A" into the same twice. */
static void split_pair(const char *value, char *out[2]) {
    size_t n = strcspn(value, ",");
    for (int i = 0; i < 2; i++) free(out[i]);
    out[0] = mem_strndup(value, n);
    out[1] = mem_strdup(value[n] ? value + n + 1 : value);
}

static bool read_number(const char *text, int64_t *out) {
    char *end;
    *out = strtoll(text, &end, 10);
    return *text && !*end && *out > 0;
}

static int parse(struct compare *k, struct args *a, struct err *e) {
    while (a->next < a->argc) {
        if (args_take(a, "--against", true))
            k->against = a->value;
        else if (args_take(a, "--think", true))
            split_pair(a->value, k->thinks);
        else if (args_take(a, "--cache-type", true))
            split_pair(a->value, k->caches);
        else if (args_take(a, "--precision", true))
            split_pair(a->value, k->precisions);
        else if (args_take(a, "--text", true))
            k->text = a->value;
        else if (args_take(a, "--conversation", true)) {
            if (!a->failed && !read_number(a->value, &k->conversation))
                return command_misused("compare", "--conversation takes its number");
        } else if (args_take(a, "--answer", true)) {
            if (!a->failed && !read_number(a->value, &k->answer))
                return command_misused("compare", "--answer takes its number, from 1");
        } else if (args_take(a, "--json", false))
            k->json = true;
        else if (!options_take(&k->options, a, e)) {
            bool word = a->argv[a->next][0] != '-' || !a->argv[a->next][1];
            if (e->msg[0] || !word || k->file)
                return command_misused("compare", "%s", e->msg[0] ? e->msg : a->argv[a->next]);
            k->file = a->argv[a->next++];
        }
        if (a->failed) return command_misused("compare", "an option lacks its value");
    }
    return EXIT_OK;
}

/* The words of the command line into the two conditions. */
static int set_conditions(struct compare *k) {
    struct options probe;
    struct err e = {""};
    bool differ = k->against != NULL;
    for (int i = 0; i < 2; i++) {
        struct condition *c = &k->c.conditions[i];
        const char *word = k->precisions[i] ? k->precisions[i] : k->caches[i] ? "fast" : "exact";
        c->model = mem_strdup(i && k->against ? k->against : k->options.model);
        c->think = k->thinks[i];
        c->cache = k->caches[i];
        c->exact = strcmp(word, "exact") == 0;
        if (!c->exact && strcmp(word, "fast") != 0)
            return command_misused("compare", "--precision takes exact, fast, or both");
        options_init(&probe);
        bool ok = (!c->think || option_set(&probe, "think", c->think, &e)) &&
                  (!c->cache || option_set(&probe, "cache-type", c->cache, &e));
        options_done(&probe);
        if (!ok) return command_misused("compare", "%s", e.msg);
        if (c->cache && c->exact)
            return command_misused("compare", "the cache's type counts with --precision fast only");
    }
    differ |= k->c.conditions[0].exact != k->c.conditions[1].exact;
    differ |= k->caches[0] && strcmp(k->caches[0], k->caches[1]) != 0;
    differ |= k->thinks[0] && strcmp(k->thinks[0], k->thinks[1]) != 0;
    if (!differ)
        return command_misused("compare", "what is to differ? --against MODEL, --think on,off, "
                                          "--precision exact,fast or --cache-type f16,q8_0");
    if (k->thinks[0] && !k->conversation)
        return command_misused("compare", "--think needs the answers of a --conversation");
    if (!!k->text + !!k->file + (k->conversation != 0) > 1)
        return command_misused("compare", "give one of --text, FILE and --conversation");
    if (k->answer && !k->conversation)
        return command_misused("compare", "--answer is one of a --conversation");
    return EXIT_OK;
}

/* The model that a conversation was held with stands where none is named. */
static void default_model(struct compare *k, struct history *h) {
    struct history_conversation v;
    if (k->options.model || !history_conversation_get(h, k->conversation, &v, NULL)) return;
    for (int i = 0; i < 2; i++)
        if (!k->c.conditions[i].model) k->c.conditions[i].model = mem_strdup(v.model);
    history_conversation_done(&v);
}

static bool read_conversation(struct compare *k, struct err *e) {
    struct str notice = STR_INIT;
    struct history *h = history_open(NULL, &notice, e);
    if (notice.len) fprintf(stderr, "aside: %s\n", notice.s);
    str_free(&notice);
    if (!h) return false;
    default_model(k, h);
    bool ok = comparison_open(&k->c, NULL, e) &&
              comparison_add_conversation(&k->c, h, k->conversation, (size_t)k->answer, e);
    history_close(h);
    return ok;
}

static bool read_texts(struct compare *k, struct err *e) {
    struct str text = STR_INIT;
    if (k->conversation) return read_conversation(k, e);
    if (k->text)
        str_add(&text, k->text);
    else if (!files_read_whole(k->file ? k->file : "-", TEXT_LIMIT, &text, e))
        return str_free(&text), false;
    bool ok = comparison_open(&k->c, NULL, e) &&
              comparison_add_text(&k->c, str_cstr(&text), text.len, (size_t)k->options.ctx_size, e);
    str_free(&text);
    return ok;
}

/* ---- for people ---- */

/* A piece of text in quotes, on one line and harmless. */
static void add_quoted(struct str *out, const struct str *text) {
    struct str safe = STR_INIT;
    utf8_add_valid(&safe, text->s, text->len);
    cJSON *j = cJSON_CreateString(str_cstr(&safe));
    char *quoted = cJSON_PrintUnformatted(j);
    utf8_add_harmless(out, quoted, strlen(quoted));
    free(quoted);
    cJSON_Delete(j);
    str_free(&safe);
}

static void print_worst(const struct comparison *c) {
    size_t n, *worst = compare_worst(&c->rows, WORST, &n);
    puts("\nwhere they differ most\n      KL     first    second  token");
    for (size_t i = 0; i < n; i++) {
        const struct compare_row *r = &c->rows.rows[worst[i]];
        struct str before = STR_INIT, token = STR_INIT, line = STR_INIT;
        comparison_context(c, comparison_place(c, worst[i]), CONTEXT, &before, &token);
        add_quoted(&line, &token);
        str_add(&line, " after ");
        add_quoted(&line, &before);
        printf("%8.4f  %8.4f  %8.4f  %s\n", r->kl, r->logprob[0], r->logprob[1], line.s);
        str_free(&before);
        str_free(&token);
        str_free(&line);
    }
    free(worst);
}

static void print_table(const struct comparison *c) {
    struct compare_totals t = compare_totals(&c->rows);
    for (int i = 0; i < 2; i++) {
        struct str label = STR_INIT;
        comparison_label(c, i, &label);
        printf("%s%s\n", i ? "second          " : "first           ", label.s);
        str_free(&label);
    }
    printf("tokens          %zu\n\n                   first    second\n", t.n);
    printf("cross-entropy   %8.4f  %8.4f  nats a token\n", t.cross_entropy[0], t.cross_entropy[1]);
    printf("perplexity      %8.4f  %8.4f  ln of their ratio %.5f ± %.5f\n", t.perplexity[0],
           t.perplexity[1], t.log_ratio, t.log_ratio_error);
    printf("same top token  %7.2f %%\n\nKL(first || second), nats\nmean            %.6f ± %.6f\n",
           100 * t.same_top, t.kl_mean, t.kl_error);
    printf("median          %.6f\n90 %%            %.6f\n99 %%            %.6f\nmost            "
           "%.6f\n",
           t.kl_median, t.kl_90, t.kl_99, t.kl_max);
    print_worst(c);
}

/* ---- for programs ---- */

static void add_pair(cJSON *to, const char *name, double first, double second) {
    double pair[2] = {first, second};
    cJSON_AddItemToObject(to, name, cJSON_CreateDoubleArray(pair, 2));
}

static cJSON *side_json(const struct comparison *c, int side) {
    const struct condition *k = &c->conditions[side];
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "model", k->model);
    if (k->think) cJSON_AddStringToObject(j, "think", k->think);
    if (k->cache) cJSON_AddStringToObject(j, "cache_type", k->cache);
    cJSON_AddStringToObject(j, "precision", k->exact ? "exact" : "fast");
    return j;
}

static cJSON *token_json(const struct comparison *c, size_t row) {
    const struct compare_row *r = &c->rows.rows[row];
    struct compare_place at = comparison_place(c, row);
    struct str unused = STR_INIT, token = STR_INIT, text = STR_INIT;
    cJSON *j = cJSON_CreateObject();
    comparison_context(c, at, 0, &unused, &token);
    utf8_add_valid(&text, token.s, token.len);
    if (at.passage->answer) cJSON_AddNumberToObject(j, "answer", (double)at.passage->answer);
    cJSON_AddNumberToObject(j, "id", r->id);
    cJSON_AddStringToObject(j, "text", str_cstr(&text));
    add_pair(j, "logprob", r->logprob[0], r->logprob[1]);
    add_pair(j, "entropy", r->entropy[0], r->entropy[1]);
    add_pair(j, "top", r->top[0], r->top[1]);
    cJSON_AddNumberToObject(j, "kl", r->kl);
    str_free(&token);
    str_free(&text);
    return j;
}

static void print_json(const struct comparison *c) {
    struct compare_totals t = compare_totals(&c->rows);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddItemToObject(j, "first", side_json(c, 0));
    cJSON_AddItemToObject(j, "second", side_json(c, 1));
    cJSON_AddNumberToObject(j, "n", (double)t.n);
    add_pair(j, "cross_entropy", t.cross_entropy[0], t.cross_entropy[1]);
    add_pair(j, "perplexity", t.perplexity[0], t.perplexity[1]);
    cJSON_AddNumberToObject(j, "log_ratio", t.log_ratio);
    cJSON_AddNumberToObject(j, "log_ratio_error", t.log_ratio_error);
    cJSON_AddNumberToObject(j, "same_top", t.same_top);
    cJSON *kl = cJSON_AddObjectToObject(j, "kl");
    cJSON_AddNumberToObject(kl, "mean", t.kl_mean);
    cJSON_AddNumberToObject(kl, "error", t.kl_error);
    cJSON_AddNumberToObject(kl, "median", t.kl_median);
    cJSON_AddNumberToObject(kl, "p90", t.kl_90);
    cJSON_AddNumberToObject(kl, "p99", t.kl_99);
    cJSON_AddNumberToObject(kl, "max", t.kl_max);
    cJSON *tokens = cJSON_AddArrayToObject(j, "tokens");
    for (size_t i = 0; i < c->rows.n; i++) cJSON_AddItemToArray(tokens, token_json(c, i));
    char *text = cJSON_PrintUnformatted(j);
    puts(text);
    free(text);
    cJSON_Delete(j);
}

static void tell(void *ctx, size_t done, size_t n) {
    (void)ctx;
    fprintf(stderr, "\r%zu of %zu tokens%s", done, n, done == n ? "\r\033[K" : "");
}

int command_compare(int argc, char **argv) {
    struct compare k = {0};
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    options_init(&k.options);
    int status = parse(&k, &a, &e);
    if (status == EXIT_OK) status = set_conditions(&k);
    if (status == EXIT_OK) {
        bool ok = read_texts(&k, &e) && comparison_prepare(&k.c, (int)k.options.threads, &e) &&
                  comparison_run(&k.c, isatty(2) ? tell : NULL, NULL, &e);
        if (!ok)
            status = command_failed(&e);
        else if (k.json)
            print_json(&k.c);
        else
            print_table(&k.c);
    }
    comparison_done(&k.c);
    for (int i = 0; i < 2; i++) free(k.thinks[i]), free(k.precisions[i]), free(k.caches[i]);
    options_done(&k.options);
    return status;
}
