/* history_command: `aside history …`, a table of verbs. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/history_tokens.h"
#include "app/kept.h"
#include "app/options.h"
#include "base/files.h"
#include "base/utf8.h"
#include "history/history.h"

#define IMPORT_LIMIT (1u << 30)
#define HITS_LIMIT   100000

struct call {
    struct history *h;
    struct args *a;
    struct err e;
};

static int failed(struct call *c) { return command_failed(&c->e); }

static int misused(const char *why) { return command_misused("history", "%s", why); }

/* To a terminal, made harmless; in a pipe as it is. */
static void print_text(const char *text, size_t n) {
    struct str safe = STR_INIT;
    if (isatty(1)) {
        utf8_add_harmless(&safe, text, n);
        text = str_cstr(&safe), n = safe.len;
    }
    fwrite(text, 1, n, stdout);
    str_free(&safe);
}

static bool next_id(struct call *c, int64_t *id) {
    if (c->a->next >= c->a->argc) return false;
    char *end;
    *id = strtoll(c->a->argv[c->a->next], &end, 10);
    if (*end || *id <= 0) return false;
    c->a->next++;
    return true;
}

/* The remaining words with spaces between; NULL when there are none. Owned. */
static char *rest(struct call *c) {
    struct str words = STR_INIT;
    for (; c->a->next < c->a->argc; c->a->next++) {
        if (words.len) str_addc(&words, ' ');
        str_add(&words, c->a->argv[c->a->next]);
    }
    return words.len ? str_take(&words) : NULL;
}

static void print_conversation(const struct history_conversation *c) {
    char day[32];
    struct tm tm;
    time_t t = (time_t)(c->updated_ms / 1000);
    localtime_r(&t, &tm);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M", &tm);
    printf("%5lld%c %s  %3lld messages  ", (long long)c->id, c->pinned ? '*' : ' ', day,
           (long long)c->n_messages);
    print_text(c->title, strlen(c->title));
    for (const char *tag = c->tags; *tag; tag += strcspn(tag, " "), tag += *tag == ' ') {
        fputs("  #", stdout);
        print_text(tag, strcspn(tag, " "));
    }
    putchar('\n');
}

static cJSON *conversation_json(const struct history_conversation *c) {
    cJSON *o = cJSON_CreateObject(), *tags;
    cJSON_AddNumberToObject(o, "id", (double)c->id);
    cJSON_AddStringToObject(o, "title", c->title ? c->title : "");
    cJSON_AddStringToObject(o, "model", c->model ? c->model : "");
    cJSON_AddNumberToObject(o, "created_at", (double)c->created_ms);
    cJSON_AddNumberToObject(o, "updated_at", (double)c->updated_ms);
    cJSON_AddNumberToObject(o, "messages", (double)c->n_messages);
    cJSON_AddNumberToObject(o, "tokens", (double)c->n_tokens);
    cJSON_AddBoolToObject(o, "pinned", c->pinned);
    if (c->deleted_ms) cJSON_AddNumberToObject(o, "deleted_at", (double)c->deleted_ms);
    tags = cJSON_AddArrayToObject(o, "tags");
    for (const char *tag = c->tags; *tag; tag += strcspn(tag, " "), tag += *tag == ' ') {
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)strcspn(tag, " "), tag);
        cJSON_AddItemToArray(tags, cJSON_CreateString(word));
    }
    return o;
}

static int list(struct call *c) {
    struct history_conversation *all;
    struct history_filter f = {0};
    size_t n;
    bool json = false;
    while (c->a->next < c->a->argc && c->a->argv[c->a->next][0] == '-') {
        if (args_take(c->a, "--json", false))
            json = f.tokens = true;
        else if (args_take(c->a, "--deleted", false))
            f.deleted = true;
        else if (args_take(c->a, "--tag", true) && !c->a->failed)
            f.tag = c->a->value + (c->a->value[0] == '#');
        else
            return misused("list [--tag TAG] [--deleted] [--json] [WORDS]");
    }
    char *words = rest(c);
    f.words = words;
    bool ok = history_conversations(c->h, &f, &all, &n, &c->e);
    free(words);
    if (!ok) return failed(c);
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        if (json)
            cJSON_AddItemToArray(array, conversation_json(&all[i]));
        else
            print_conversation(&all[i]);
        history_conversation_done(&all[i]);
    }
    if (json) {
        char *text = cJSON_PrintUnformatted(array);
        puts(text);
        free(text);
    }
    cJSON_Delete(array);
    free(all);
    return EXIT_OK;
}

static double uncertain(void) {
    struct options o;
    struct err e;
    options_init(&o);
    options_load(&o, &e);
    double p = o.uncertain;
    options_done(&o);
    return p;
}

static int show(struct call *c) {
    static const char *const who[] = {"system", "you", "aside"};
    struct history_message *m;
    int64_t id;
    size_t n;
    bool thoughts = true, tokens = false, ok = true;
    if (!next_id(c, &id)) return misused("show takes the number of a conversation");
    while (c->a->next < c->a->argc) {
        if (args_take(c->a, "--thinking", true) && !c->a->failed)
            thoughts = strcmp(c->a->value, "hide") != 0;
        else if (args_take(c->a, "--tokens", false))
            tokens = true;
        else
            return misused("show ID [--thinking hide] [--tokens]");
    }
    if (!history_messages(c->h, id, 0, &m, &n, &c->e)) return failed(c);
    for (size_t i = 0; i < n; i++) {
        if (tokens && m[i].role == HISTORY_ASSISTANT) {
            printf("%s:\n", who[m[i].role]);
            ok = ok && history_tokens_print(c->h, m[i].id, uncertain(), &c->e);
            putchar('\n');
            history_message_done(&m[i]);
            continue;
        }
        if (thoughts && m[i].reasoning && *m[i].reasoning) {
            printf("aside (thought for %.1f s, %lld tokens):\n", (double)m[i].thought_us / 1e6,
                   (long long)m[i].n_thought);
            print_text(m[i].reasoning, strlen(m[i].reasoning));
            puts("\n");
        }
        printf("%s:\n", who[m[i].role]);
        print_text(m[i].content, strlen(m[i].content));
        puts("\n");
        history_message_done(&m[i]);
    }
    free(m);
    return ok ? EXIT_OK : failed(c);
}

static int search(struct call *c) {
    enum history_scope scope = HISTORY_IN_ALL;
    struct history_hit *hits;
    struct str words = STR_INIT;
    size_t n;
    while (c->a->next < c->a->argc) {
        if (!args_take(c->a, "--in", true)) {
            if (words.len) str_addc(&words, ' ');
            str_add(&words, c->a->argv[c->a->next++]);
            continue;
        }
        if (!history_scope_find(c->a->value, strlen(c->a->value), &scope))
            return str_free(&words), misused("--in takes thought, answer, prompt, title or all");
    }
    if (!words.len) return misused("search takes words");
    bool ok = history_find(c->h, words.s, scope, HITS_LIMIT, &hits, &n, &c->e);
    str_free(&words);
    if (!ok) return failed(c);
    for (size_t i = 0; i < n; i++) {
        printf("%5lld  %-7s  ", (long long)hits[i].conversation, history_scope_name(hits[i].scope));
        struct str line = STR_INIT;
        for (const char *s = hits[i].snippet; *s; s++)
            str_addc(&line, *s == '\x01' ? '[' : *s == '\x02' ? ']' : *s == '\n' ? ' ' : *s);
        print_text(line.s, line.len);
        putchar('\n');
        str_free(&line);
        history_hit_done(&hits[i]);
    }
    free(hits);
    if (!n) fputs("nothing found\n", stderr);
    return n ? EXIT_OK : EXIT_FAILED;
}

static int export_to(struct call *c) {
    const char *format = NULL, *file = NULL;
    struct str out = STR_INIT;
    int64_t id;
    if (!next_id(c, &id)) return misused("export takes the number of a conversation");
    while (c->a->next < c->a->argc) {
        if (args_take(c->a, "--format|-f", true))
            format = c->a->value;
        else if (args_take(c->a, "-o|--output", true))
            file = c->a->value;
        else
            return misused("export ID [--format markdown|html|json|text] [-o FILE]");
    }
    if (file && !format && str_ends(file, ".cast"))
        return misused("a .cast is written by: aside replay ID --cast FILE");
    if (!format) format = history_export_format(file ? file : "");
    bool ok = history_export(c->h, id, format, &out, &c->e);
    if (ok && file)
        ok = files_write_whole(file, out.s, out.len, &c->e);
    else if (ok && (fwrite(out.s, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
        ok = err_set(&c->e, "standard output: could not write");
    str_free(&out);
    return ok ? EXIT_OK : failed(c);
}

static int import_from(struct call *c) {
    struct str json = STR_INIT;
    int64_t id;
    if (c->a->next + 1 != c->a->argc) return misused("import takes one file");
    const char *file = c->a->argv[c->a->next];
    bool ok = files_read_whole(file, IMPORT_LIMIT, &json, &c->e);
    if (ok && !(ok = history_import(c->h, str_cstr(&json), json.len, &id, &c->e)))
        err_prefix(&c->e, "%s", file);
    str_free(&json);
    if (!ok) return failed(c);
    printf("imported as conversation %lld\n", (long long)id);
    return EXIT_OK;
}

static int rename_one(struct call *c) {
    int64_t id;
    if (!next_id(c, &id) || c->a->next == c->a->argc)
        return misused("rename takes the number of a conversation and its new title");
    char *title = rest(c);
    bool ok = history_title_set(c->h, id, title, &c->e);
    free(title);
    return ok ? EXIT_OK : failed(c);
}

static int tag_one(struct call *c) {
    struct history_conversation one;
    int64_t id;
    if (!next_id(c, &id))
        return misused("tag takes the number of a conversation, and TAG or -TAG…");
    char *words = rest(c);
    bool ok = !words || history_tags(c->h, id, words, false, &c->e);
    free(words);
    if (!ok || !history_conversation_get(c->h, id, &one, &c->e)) return failed(c);
    if (*one.tags) {
        print_text(one.tags, strlen(one.tags));
        putchar('\n');
    }
    history_conversation_done(&one);
    return EXIT_OK;
}

/* Does `change` to each of the conversations named. */
static int each(struct call *c, const char *verb,
                bool (*change)(struct history *h, int64_t id, struct err *e)) {
    int64_t id;
    int n = 0;
    for (; next_id(c, &id); n++)
        if (!change(c->h, id, &c->e)) return failed(c);
    if (n && c->a->next == c->a->argc) return EXIT_OK;
    return command_misused("history", "%s takes the numbers of conversations", verb);
}

static bool pin_on(struct history *h, int64_t id, struct err *e) {
    return history_pin(h, id, true, e);
}

static bool pin_off(struct history *h, int64_t id, struct err *e) {
    return history_pin(h, id, false, e);
}

static bool undelete_one(struct history *h, int64_t id, struct err *e) {
    return history_conversation_undelete(h, &id, e);
}

static int pin(struct call *c) { return each(c, "pin", pin_on); }
static int unpin(struct call *c) { return each(c, "unpin", pin_off); }
static int undelete(struct call *c) { return each(c, "undelete", undelete_one); }

static bool delete_one(struct history *h, int64_t id, struct err *e) {
    kept_forget(id);
    return history_conversation_delete(h, id, e);
}

static bool purge_one(struct history *h, int64_t id, struct err *e) {
    kept_forget(id);
    return history_conversation_purge(h, id, e);
}

static int delete_some(struct call *c) {
    bool now = args_take(c->a, "--now", false);
    return each(c, "delete", now ? purge_one : delete_one);
}

static int stats(struct call *c) {
    struct history_totals t;
    struct history_conversation one;
    int64_t id = 0;
    if (c->a->next < c->a->argc && !next_id(c, &id))
        return misused("stats takes the number of a conversation, or nothing");
    if (id && !history_conversation_get(c->h, id, &one, &c->e)) return failed(c);
    if (id) history_conversation_done(&one);
    if (!history_totals(c->h, id, &t, &c->e)) return failed(c);
    printf("conversations   %lld\nmessages        %lld\ntokens          %lld\n"
           "  of thoughts   %lld\n  of answers    %lld\ntime thinking   %.1f s\ntime in all     "
           "%.1f s\n",
           (long long)t.conversations, (long long)t.messages, (long long)t.tokens,
           (long long)t.thought_tokens, (long long)t.answer_tokens, t.thought_s, t.total_s);
    if (isfinite(t.mean_logprob)) printf("mean logprob    %.4f\n", t.mean_logprob);
    printf("on disk         %.2f MB\n", (double)t.bytes / 1e6);
    return EXIT_OK;
}

static const struct {
    const char *name;
    int (*run)(struct call *c);
} verbs[] = {
    {"list", list},          {"show", show},          {"search", search},     {"export", export_to},
    {"import", import_from}, {"rename", rename_one},  {"tag", tag_one},       {"pin", pin},
    {"unpin", unpin},        {"delete", delete_some}, {"undelete", undelete}, {"stats", stats}};

#define N_VERBS (sizeof verbs / sizeof *verbs)

const char *command_history_verb(size_t i) { return i < N_VERBS ? verbs[i].name : NULL; }

static int which_verb(void) {
    fputs("aside history: which verb? ", stderr);
    for (size_t i = 0; i < N_VERBS; i++) fprintf(stderr, "%s%s", i ? ", " : "", verbs[i].name);
    fputs("\ntry: aside help history\n", stderr);
    return EXIT_USAGE;
}

int command_history(int argc, char **argv) {
    struct args a = {argc, 2, argv, NULL, false};
    if (argc < 2) return which_verb();
    for (size_t i = 0; i < N_VERBS; i++) {
        if (strcmp(argv[1], verbs[i].name) != 0) continue;
        struct call c = {.a = &a};
        struct str notice = STR_INIT;
        c.h = history_open(NULL, &notice, &c.e);
        if (notice.len) fprintf(stderr, "aside: %s\n", notice.s);
        str_free(&notice);
        int status = c.h ? verbs[i].run(&c) : failed(&c);
        history_close(c.h);
        return status;
    }
    return which_verb();
}
