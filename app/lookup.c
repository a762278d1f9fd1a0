/* lookup: `aside lookup`, what an answer of the history drew on. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/looker.h"
#include "app/models.h"
#include "app/options.h"
#include "app/runner.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { MOST_LINES = 12, MOST_TOKENS = 3 };

struct call {
    struct options options;
    int64_t conversation, answer, layer; /* 0: the last answer; the mean */
    const char *of;
    bool json;
    struct transcript t;
    struct token_rows rows;
    struct model *model;
    struct looker looker;
    size_t message; /* in the transcript */
    size_t first, last;
};

static const char *const parts[] = {"tags", "prompt", "thought", "answer"};

static bool read_number(const char *text, int64_t *out) {
    char *end;
    *out = strtoll(text, &end, 10);
    return *text && !*end && *out > 0;
}

static int parse(struct call *k, struct args *a, struct err *e) {
    while (a->next < a->argc) {
        bool number = true;
        if (args_take(a, "--answer", true))
            number = a->failed || read_number(a->value, &k->answer);
        else if (args_take(a, "--layer", true))
            number = a->failed || read_number(a->value, &k->layer);
        else if (args_take(a, "--of", true))
            k->of = a->value;
        else if (args_take(a, "--json", false))
            k->json = true;
        else if (!options_take(&k->options, a, e)) {
            if (e->msg[0] || k->conversation || !read_number(a->argv[a->next], &k->conversation))
                return command_misused("lookup", "%s", e->msg[0] ? e->msg : a->argv[a->next]);
            a->next++;
        }
        if (a->failed) return command_misused("lookup", "an option lacks its value");
        if (!number) return command_misused("lookup", "%s is not a number from 1", a->value);
    }
    if (!k->conversation)
        return command_misused("lookup", "which conversation? (aside history list)");
    return EXIT_OK;
}

/* ---- which tokens ---- */

static bool find_answer(struct call *k, struct err *e) {
    size_t number = 0;
    k->message = SIZE_MAX;
    for (size_t i = 0; i < k->t.n; i++) {
        if (k->t.messages[i].role != CHAT_ASSISTANT) continue;
        number++;
        if (!k->answer || (size_t)k->answer == number) k->message = i;
    }
    if (k->message != SIZE_MAX) return true;
    return err_set(e, "conversation %lld has %zu answers", (long long)k->conversation, number);
}

/* The rows that make the words, in the answer or else in the thought; all of the answer where no
 * words are given. */
static bool find_span(struct call *k, struct err *e) {
    static const enum history_channel order[] = {HISTORY_ANSWER, HISTORY_THOUGHT};
    const struct transcript_message *m = &k->t.messages[k->message];
    for (int c = 0; c < 2; c++) {
        const char *text = c ? m->reasoning.s : m->content.s, *hit = !text   ? NULL
                                                                     : k->of ? strstr(text, k->of)
                                                                             : text;
        if (!hit || !*hit) continue;
        size_t from = (size_t)(hit - text), to = from + strlen(k->of ? k->of : hit), at = 0;
        k->first = SIZE_MAX;
        for (size_t i = 0; i < k->rows.n; i++) {
            const struct history_token *t = &k->rows.at[i].t;
            if (t->channel != order[c] || !t->n_text) continue;
            if (at < to && at + t->n_text > from) {
                k->last = i;
                if (k->first == SIZE_MAX) k->first = i;
            }
            at += t->n_text;
        }
        if (k->first != SIZE_MAX) return true;
    }
    return k->of ? err_set(e, "the answer does not hold \"%s\"", k->of)
                 : err_set(e, "there is no answer");
}

/* The options that an answer was made with; they borrow from the JSON, which is owned. */
static cJSON *read_settings(const struct history_message *m, struct chat_options *o) {
    struct options session = {0};
    cJSON *json = cJSON_Parse(m->sampling_json ? m->sampling_json : "");
    *o = (struct chat_options){0};
    runner_settings_read(json, o, &session);
    o->budget = -1;
    return json;
}

/* The model of the answer where none is named, and the texts laid out on it. */
static bool lay_out(struct call *k, const struct history_message *m, struct err *e) {
    char *path = models_resolve(k->options.model ? k->options.model : m->model, e);
    struct chat_options o;
    if (!path) return false;
    k->model = model_open(path, e);
    free(path);
    cJSON *json = read_settings(m, &o);
    bool ok = k->model && looker_open(&k->looker, k->model, &k->t, k->message, &k->rows, &o, e) &&
              looker_select(&k->looker, &k->rows, k->first, k->last, e);
    cJSON_Delete(json);
    return ok;
}

static bool read_history(struct call *k, struct err *e) {
    struct str notice = STR_INIT;
    struct history *h = history_open(NULL, &notice, e);
    struct history_message *m = NULL;
    size_t n = 0;
    if (notice.len) fprintf(stderr, "aside: %s\n", notice.s);
    str_free(&notice);
    if (!h) return false;
    bool ok = transcript_load(&k->t, h, k->conversation, 0, e) &&
              history_messages(h, k->conversation, 0, &m, &n, e) && find_answer(k, e) &&
              token_rows_read(&k->rows, h, k->t.messages[k->message].id, e) && find_span(k, e) &&
              lay_out(k, &m[k->message], e);
    for (size_t i = 0; i < n; i++) history_message_done(&m[i]);
    free(m);
    history_close(h);
    return ok;
}

/* ---- telling ---- */

struct line {               /* of one of the texts */
    struct looker_token at; /* from, to: the line */
    double weight;
    size_t top[MOST_TOKENS]; /* tokens, heaviest first */
    int n_top;
};

static const struct str *text_of(const struct call *k, const struct looker_token *t) {
    struct transcript_message *m = &k->t.messages[t->message];
    return t->part == LOOKER_THOUGHT ? &m->reasoning : &m->content;
}

/* Keeps the heaviest tokens of a line in order. */
static void add_top(const struct call *k, struct line *l, uint32_t layer, size_t token) {
    double w = looker_weight(&k->looker, layer, token);
    int at = l->n_top;
    while (at > 0 && looker_weight(&k->looker, layer, l->top[at - 1]) < w) at--;
    if (at == MOST_TOKENS) return;
    if (l->n_top < MOST_TOKENS) l->n_top++;
    for (int i = l->n_top - 1; i > at; i--) l->top[i] = l->top[i - 1];
    l->top[at] = token;
}

/* The lines of the texts before the span, in their order. Owned. */
static struct line *gather(const struct call *k, uint32_t layer, size_t *n) {
    struct line *lines = NULL;
    size_t cap = 0;
    *n = 0;
    for (size_t i = 1; i < k->looker.begin; i++) {
        const struct looker_token *t = &k->looker.tokens[i];
        if (t->part == LOOKER_TEMPLATE) continue;
        const struct str *text = text_of(k, t);
        struct line *last = *n ? &lines[*n - 1] : NULL;
        size_t from = t->from + strspn(text->s + t->from, "\n");
        bool begins = !last || last->at.part != t->part || last->at.message != t->message;
        if (begins || (t->from >= last->at.to && from < t->to)) {
            lines = mem_grow(lines, &cap, *n + 1, sizeof *lines);
            last = &lines[(*n)++];
            *last = (struct line){.at = *t};
            last->at.from = from;
            last->at.to = from + strcspn(text->s + from, "\n");
        }
        last->weight += looker_weight(&k->looker, layer, i);
        add_top(k, last, layer, i);
    }
    return lines;
}

static int heavier(const void *a, const void *b) {
    const struct line *x = a, *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return x->at.message != y->at.message ? (x->at.message > y->at.message ? 1 : -1)
                                          : (x->at.from > y->at.from) - (x->at.from < y->at.from);
}

static void add_piece(const struct call *k, size_t token, struct str *out) {
    struct str piece = STR_INIT;
    tokenizer_piece(model_tokenizer(k->model), k->looker.ids.ids[token], true, &piece);
    utf8_add_quoted(out, str_cstr(&piece), piece.len);
    str_free(&piece);
}

static void print_line(const struct call *k, uint32_t layer, const struct line *l) {
    const struct str *text = text_of(k, &l->at);
    struct str out = STR_INIT;
    utf8_add_harmless(&out, text->s + l->at.from, l->at.to - l->at.from);
    printf("%6.2f %%  %-7s  %s\n", 100 * l->weight, parts[l->at.part], str_cstr(&out));
    str_clear(&out);
    for (int i = 0; i < l->n_top; i++) {
        str_add(&out, i ? ", " : "");
        add_piece(k, l->top[i], &out);
        str_addf(&out, " %.2f %%", 100 * looker_weight(&k->looker, layer, l->top[i]));
    }
    printf("                    %s\n", str_cstr(&out));
    str_free(&out);
}

static void print_table(const struct call *k, uint32_t layer) {
    const struct looker *l = &k->looker;
    const struct model_info *info = model_info(k->model);
    struct looker_shares s = looker_shares(l, layer);
    struct str span = STR_INIT;
    size_t n, n_attend = 0;
    for (size_t i = l->begin; i < l->end; i++)
        tokenizer_piece(model_tokenizer(k->model), l->ids.ids[i], true, &span);
    for (uint32_t i = 0; i < l->lookup.n_layers; i++) n_attend += l->lookup.attends[i];
    struct str quoted = STR_INIT;
    utf8_add_quoted(&quoted, str_cstr(&span), span.len);
    printf("what %s drew on: %s %s, ", quoted.s, info->name, info->type_label);
    if (layer < l->lookup.n_layers)
        printf("layer %u of %u\n\n", layer + 1, l->lookup.n_layers);
    else
        printf("the mean of %zu layers\n\n", n_attend);
    for (int i = LOOKER_PARTS - 1; i >= 0; i--) printf("%6.2f %%  %s\n", 100 * s.part[i], parts[i]);
    printf("%6.2f %%  the first token, where models park what they do not use\n", 100 * s.first);
    if (s.nowhere > 0) printf("%6.2f %%  nowhere: learned sinks\n", 100 * s.nowhere);
    printf("%6.2f %%  the words themselves\n\n", 100 * s.span);
    struct line *lines = gather(k, layer, &n);
    qsort(lines, n, sizeof *lines, heavier);
    for (size_t i = 0; i < n && i < MOST_LINES; i++) print_line(k, layer, &lines[i]);
    free(lines);
    str_free(&span);
    str_free(&quoted);
}

static void print_json(const struct call *k, uint32_t layer) {
    const struct looker *l = &k->looker;
    struct looker_shares s = looker_shares(l, layer);
    cJSON *j = cJSON_CreateObject(), *shares = cJSON_AddObjectToObject(j, "shares"),
          *tokens = cJSON_AddArrayToObject(j, "tokens");
    for (int i = 0; i < LOOKER_PARTS; i++) cJSON_AddNumberToObject(shares, parts[i], s.part[i]);
    cJSON_AddNumberToObject(shares, "first_token", s.first);
    cJSON_AddNumberToObject(shares, "sinks", s.nowhere);
    cJSON_AddNumberToObject(shares, "span", s.span);
    cJSON_AddNumberToObject(j, "begin", (double)l->begin);
    cJSON_AddNumberToObject(j, "end", (double)l->end);
    for (size_t i = 0; i < l->lookup.n; i++) {
        struct str piece = STR_INIT, valid = STR_INIT;
        cJSON *t = cJSON_CreateObject();
        tokenizer_piece(model_tokenizer(k->model), l->ids.ids[i], true, &piece);
        utf8_add_valid(&valid, str_cstr(&piece), piece.len);
        cJSON_AddNumberToObject(t, "id", l->ids.ids[i]);
        cJSON_AddStringToObject(t, "text", str_cstr(&valid));
        cJSON_AddStringToObject(t, "part", parts[l->tokens[i].part]);
        cJSON_AddNumberToObject(t, "weight", (double)l->lookup.weights[layer * l->lookup.n + i]);
        cJSON_AddItemToArray(tokens, t);
        str_free(&piece);
        str_free(&valid);
    }
    char *text = cJSON_PrintUnformatted(j);
    puts(text);
    free(text);
    cJSON_Delete(j);
}

static bool choose_layer(const struct call *k, uint32_t *layer, struct err *e) {
    const struct lookup *l = &k->looker.lookup;
    *layer = k->layer ? (uint32_t)(k->layer - 1) : l->n_layers;
    if (!k->layer) return true;
    if (k->layer > l->n_layers)
        return err_set(e, "the model has %u layers, no layer %lld", l->n_layers,
                       (long long)k->layer);
    if (!l->attends[*layer])
        return err_set(e, "layer %lld is recurrent: it looks nothing up", (long long)k->layer);
    return true;
}

int command_lookup(int argc, char **argv) {
    struct call k = {0};
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    uint32_t layer;
    options_init(&k.options);
    int status = parse(&k, &a, &e);
    if (status == EXIT_OK) {
        bool ok = read_history(&k, &e) && looker_prepare(&k.looker, (int)k.options.threads, &e) &&
                  looker_run(&k.looker, &e) && choose_layer(&k, &layer, &e);
        if (!ok)
            status = command_failed(&e);
        else if (k.json)
            print_json(&k, layer);
        else
            print_table(&k, layer);
    }
    looker_done(&k.looker);
    model_close(k.model);
    token_rows_free(&k.rows);
    transcript_free(&k.t);
    options_done(&k.options);
    return status;
}
