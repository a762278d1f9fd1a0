/* options: the table and its readers. See options.h. */
#include "app/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/presets.h"
#include "base/files.h"
#include "base/mem.h"

#define AT(field) offsetof(struct options, field)

const struct option options_table[] = {
    {"preset", NULL, OPTION_TEXT, AT(preset), 0, 0, "", NULL, "NAME",
     "apply a preset: the settings that were kept together under that name (/preset)"},
    {"model", "-m", OPTION_PATH, AT(model), 0, 0, "", NULL, "FILE",
     "model to run: a GGUF file, a name in the models folder, or a server's address "
     "(https://host/v1#model); the built-in one if unset"},
    {"system", "-sys", OPTION_TEXT, AT(system), 0, 0, "", NULL, "TEXT", "system prompt"},
    {"think", NULL, OPTION_TEXT, AT(think), 0, 0, "auto", NULL, "MODE",
     "whether and how much the model thinks: auto, on, off, low, medium, high, or a number of "
     "tokens after which a thought is closed"},
    {"loop-guard", NULL, OPTION_BOOL, AT(loop_guard), 0, 0, "on", NULL, NULL,
     "close a thought that goes round in circles, and have the model answer"},
    {"thinking", NULL, OPTION_CHOICE, AT(thinking), 0, 0, "show", "show|collapse|hide", "MODE",
     "what is shown of thoughts: show, collapse or hide"},
    {"ctx-size", "-c", OPTION_INT, AT(ctx_size), 0, 16777216, "0", NULL, "N",
     "tokens of context to keep; 0 lets aside choose (the model's own, at most 8192)"},
    {"cache-type", NULL, OPTION_CHOICE, AT(cache_type), 0, 0, "f16", "f16|q8_0", "TYPE",
     "how the context's keys and values are kept: f16, or q8_0 in about half the memory"},
    {"predict", "-n", OPTION_INT, AT(predict), -1, 16777216, "-1", NULL, "N",
     "most tokens to generate for an answer, thought included; -1 until the model ends"},
    {"threads", "-t", OPTION_INT, AT(threads), 0, 1024, "0", NULL, "N",
     "threads to compute with; 0 is one for each physical core"},
    {"speculate", NULL, OPTION_CHOICE, AT(speculate), 0, 0, "auto", "auto|off|mtp|ngram", "HOW",
     "evaluate tokens that are likely to follow together with the next one, which changes how fast "
     "it writes and never what: auto, off, or by one means only: mtp, the model's own block for "
     "it, "
     "or ngram, what followed in the conversation before"},
    {"seed", "-s", OPTION_INT, AT(seed), -1, 9007199254740991.0, "-1", NULL, "N",
     "seed of the sampling; -1 draws one for each answer (it is kept in the history)"},
    {"temp", "--temperature", OPTION_FLOAT, AT(temp), -1, 100, "-1", NULL, "T",
     "sampling temperature; 0 always takes the most likely token; -1 as the model recommends"},
    {"top-k", NULL, OPTION_FLOAT, AT(top_k), -1, 1000000, "-1", NULL, "K",
     "sample among the K most likely tokens; 0 is off, -1 as the model recommends"},
    {"top-p", NULL, OPTION_FLOAT, AT(top_p), -1, 1, "-1", NULL, "P",
     "sample among the most likely tokens that together have probability P; 1 is off, -1 as the "
     "model recommends"},
    {"min-p", NULL, OPTION_FLOAT, AT(min_p), -1, 1, "-1", NULL, "P",
     "leave out tokens less likely than P times the likeliest; 0 is off, -1 as the model "
     "recommends"},
    {"repeat-penalty", NULL, OPTION_FLOAT, AT(repeat_penalty), -1, 10, "-1", NULL, "X",
     "divide the weight of recent tokens by X; 1 is off, -1 as the model recommends"},
    {"servers", NULL, OPTION_TEXT, AT(servers), 0, 0, "", NULL, "NAME=URL…",
     "names for servers, with spaces between: gpu=http://10.0.0.2:8000/v1#qwen3 makes -m gpu (or "
     "-m gpu#MODEL) that server"},
    {"api-key-command", NULL, OPTION_TEXT, AT(api_key_command), 0, 0, "", NULL, "COMMAND",
     "a command that prints the key for a server (it finds the server's host in $ASIDE_HOST), "
     "where $ASIDE_API_KEY is not set"},
    {"theme", NULL, OPTION_TEXT, AT(theme), 0, 0, "calm", NULL, "NAME",
     "colours of the interface: calm, mono or contrast"},
    {"lens", NULL, OPTION_CHOICE, AT(lens), 0, 0, "off", "off|surprise|entropy", "VALUE",
     "colour thoughts and answers, shown raw, by how surprising each token was or by how open the "
     "choice was (entropy): off, surprise or entropy"},
    {"uncertain", NULL, OPTION_FLOAT, AT(uncertain), 0, 1, "0.5", NULL, "P",
     "a token counts as uncertain when its probability was below P"},
    {"markdown", NULL, OPTION_BOOL, AT(markdown), 0, 0, "on", NULL, NULL,
     "show answers as formatted Markdown; off shows them raw"},
    {"mouse", NULL, OPTION_BOOL, AT(mouse), 0, 0, "off", NULL, NULL,
     "take the mouse wheel for scrolling"},
    {"saved-caches", NULL, OPTION_INT, AT(saved_caches), 0, 1048576, "2048", NULL, "MIB",
     "disk for the contexts of conversations that were left, so that resuming one takes no reading "
     "again; the oldest are dropped, 0 keeps none"},
    {"save", NULL, OPTION_BOOL, AT(save), 0, 0, "on", NULL, NULL,
     "keep conversations in the history"},
    {.name = NULL},
};

const struct option *option_find(const char *name) {
    for (const struct option *o = options_table; o->name; o++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

static void *field(struct options *o, const struct option *opt) { return (char *)o + opt->offset; }

static bool set_number(struct options *o, const struct option *opt, const char *value,
                       struct err *e) {
    char *end;
    errno = 0;
    double x = strtod(value, &end);
    bool whole = opt->kind == OPTION_INT;
    if (end == value || *end || errno || !isfinite(x) || (whole && x != floor(x)))
        return err_set(e, "%s: \"%s\" is not a %snumber", opt->name, value, whole ? "whole " : "");
    if (x < opt->min || x > opt->max)
        return err_set(e, "%s: %s is not between %.15g and %.15g", opt->name, value, opt->min,
                       opt->max);
    if (whole)
        *(int64_t *)field(o, opt) = (int64_t)x;
    else
        *(double *)field(o, opt) = x;
    return true;
}

static bool is_choice(const char *choices, const char *value) {
    size_t n = strlen(value);
    for (const char *c = choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL)
        if (n && strncmp(c, value, n) == 0 && (c[n] == '|' || c[n] == '\0')) return true;
    return false;
}

static bool set_bool(struct options *o, const struct option *opt, const char *value,
                     struct err *e) {
    bool on = is_choice("on|true|yes|1", value);
    if (!on && !is_choice("off|false|no|0", value))
        return err_set(e, "%s: \"%s\" is neither on nor off", opt->name, value);
    *(bool *)field(o, opt) = on;
    return true;
}

static bool think_is_valid(const char *value) {
    if (is_choice("auto|on|off|low|medium|high", value)) return true;
    return *value && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 9;
}

bool option_set(struct options *o, const char *name, const char *value, struct err *e) {
    const struct option *opt = option_find(name);
    if (!opt) return err_set(e, "there is no setting called \"%s\"", name);
    switch (opt->kind) {
    case OPTION_INT:
    case OPTION_FLOAT:
        return set_number(o, opt, value, e);
    case OPTION_BOOL:
        return set_bool(o, opt, value, e);
    case OPTION_CHOICE:
        if (!is_choice(opt->choices, value))
            return err_set(e, "%s: \"%s\" is none of %s", name, value, opt->choices);
        break;
    case OPTION_TEXT:
    case OPTION_PATH:
        break;
    }
    if (opt->offset == AT(think) && !think_is_valid(value))
        return err_set(e, "think: \"%s\" is none of auto, on, off, low, medium, high, or a number",
                       value);
    if (opt->offset == AT(preset) && *value && !preset_apply(o, value, e)) return false;
    char **text = field(o, opt);
    free(*text);
    *text = *value ? mem_strdup(value) : NULL;
    return true;
}

void option_get(const struct options *o, const struct option *opt, struct str *out) {
    const void *at = (const char *)o + opt->offset;
    switch (opt->kind) {
    case OPTION_INT:
        str_addf(out, "%lld", (long long)*(const int64_t *)at);
        break;
    case OPTION_FLOAT:
        str_addf(out, "%g", *(const double *)at);
        break;
    case OPTION_BOOL:
        str_add(out, *(const bool *)at ? "on" : "off");
        break;
    default:
        str_add(out, *(char *const *)at);
    }
}

void options_init(struct options *o) {
    *o = (struct options){0};
    for (const struct option *opt = options_table; opt->name; opt++) {
        struct err e;
        if (*opt->fallback && !option_set(o, opt->name, opt->fallback, &e)) abort();
    }
}

void options_done(struct options *o) {
    for (const struct option *opt = options_table; opt->name; opt++)
        if (opt->kind >= OPTION_TEXT) free(*(char **)field(o, opt));
    *o = (struct options){0};
}

char *options_config_path(void) {
    const char *named = getenv("ASIDE_CONFIG");
    if (named && *named) return mem_strdup(named);
    return files_xdg("XDG_CONFIG_HOME", ".config", "config");
}

/* Splits "name = value  " in place; false for a blank or comment line. `value` NULL: no "=". */
static bool split_line(char *line, char **name, char **value) {
    line += strspn(line, " \t");
    if (!*line || *line == '#' || *line == '\n') return false;
    char *eq = strchr(line, '=');
    *name = line;
    *value = eq ? eq + 1 + strspn(eq + 1, " \t") : NULL;
    if (eq) *eq = '\0';
    for (char *s = line + strlen(line); s > line && strchr(" \t", s[-1]);) *--s = '\0';
    if (*value)
        for (char *s = *value + strlen(*value); s > *value && strchr(" \t\r\n", s[-1]);)
            *--s = '\0';
    return true;
}

/* In place. */
static void unescape(char *s) {
    char *to = s;
    for (; *s; s++) {
        bool escape = *s == '\\' && s[1] && strchr("nt\\", s[1]);
        if (escape) s++;
        *to++ = escape && *s == 'n' ? '\n' : escape && *s == 't' ? '\t' : *s;
    }
    *to = '\0';
}

static void add_escaped(struct str *out, const char *s) {
    for (; *s; s++) {
        if (*s == '\n')
            str_add(out, "\\n");
        else if (*s == '\t')
            str_add(out, "\\t");
        else if (*s == '\\' && s[1] && strchr("nt\\", s[1]))
            str_add(out, "\\\\");
        else
            str_addc(out, *s);
    }
}

void options_line(const struct options *o, const struct option *opt, struct str *out) {
    struct str value = STR_INIT;
    option_get(o, opt, &value);
    str_addf(out, "%s = ", opt->name);
    if (opt->kind == OPTION_TEXT)
        add_escaped(out, str_cstr(&value));
    else
        str_add(out, str_cstr(&value));
    str_addc(out, '\n');
    str_free(&value);
}

static bool set_line(struct options *o, const char *name, char *value, struct err *e) {
    const struct option *opt = option_find(name);
    if (opt && opt->kind == OPTION_TEXT) unescape(value);
    return option_set(o, name, value, e);
}

static bool load(struct options *o, FILE *f, const char *path, struct err *e) {
    char *line = NULL;
    size_t cap = 0;
    bool ok = true;
    for (int number = 1; ok && getline(&line, &cap, f) >= 0; number++) {
        char *name, *value;
        if (!split_line(line, &name, &value)) continue;
        if (!value)
            ok = err_set(e, "%s:%d: expected NAME = VALUE", path, number);
        else if (!set_line(o, name, value, e))
            ok = err_prefix(e, "%s:%d", path, number);
    }
    free(line);
    return ok;
}

bool options_load_file(struct options *o, const char *path, struct err *e) {
    FILE *f = fopen(path, "r");
    if (!f) return err_set(e, "%s: %s", path, strerror(errno));
    bool ok = load(o, f, path, e);
    fclose(f);
    return ok;
}

bool options_load(struct options *o, struct err *e) {
    char *path = options_config_path();
    bool absent = access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
    bool ok = absent || options_load_file(o, path, e);
    free(path);
    return ok;
}

bool options_persist(const struct options *o, const struct option *opt, struct err *e) {
    char *path = options_config_path(), *line = NULL;
    size_t cap = 0;
    struct str out = STR_INIT;
    bool replaced = false;
    FILE *f = fopen(path, "r");
    while (f && getline(&line, &cap, f) >= 0) {
        char *copy = mem_strdup(line), *key, *old;
        bool same = split_line(copy, &key, &old) && strcmp(key, opt->name) == 0;
        if (same && !replaced) options_line(o, opt, &out);
        if (!same) str_add(&out, line);
        replaced |= same;
        free(copy);
    }
    if (f) fclose(f);
    if (!replaced && out.len && out.s[out.len - 1] != '\n') str_addc(&out, '\n');
    if (!replaced) options_line(o, opt, &out);
    bool ok = files_write_whole(path, str_cstr(&out), out.len, e);
    free(line);
    free(path);
    str_free(&out);
    return ok;
}

bool options_take(struct options *o, struct args *a, struct err *e) {
    e->msg[0] = '\0';
    for (const struct option *opt = options_table; opt->name; opt++) {
        char names[128], negated[72];
        snprintf(names, sizeof names, "--%s%s%s", opt->name, opt->flags ? "|" : "",
                 opt->flags ? opt->flags : "");
        snprintf(negated, sizeof negated, "--no-%s", opt->name);
        if (opt->kind == OPTION_BOOL) {
            if (args_take(a, names, false)) return option_set(o, opt->name, "on", e);
            if (args_take(a, negated, false)) return option_set(o, opt->name, "off", e);
        } else if (args_take(a, names, true)) {
            if (a->failed) return err_set(e, "--%s needs a value", opt->name);
            return option_set(o, opt->name, a->value, e);
        }
    }
    return false;
}
