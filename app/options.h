/* options: everything a person can set, as one table: name, short flag, kind, range, default,
 * help. The command line, the config file, /set, their completion and the manual pages all come
 * from it. Later sources win: defaults, the config file, the command line, /set. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/args.h"
#include "base/err.h"
#include "base/str.h"

enum option_kind { OPTION_BOOL, OPTION_INT, OPTION_FLOAT, OPTION_TEXT, OPTION_PATH, OPTION_CHOICE };

struct options {
    char *preset;    /* the name of the last one applied; NULL = none */
    char *model;     /* path, name or a server's address; NULL = the built-in one */
    char *system;    /* system prompt; NULL = none */
    char *think;     /* auto, on, off, low, medium, high or a number of tokens */
    char *thinking;  /* show, collapse, hide */
    char *speculate; /* auto, off, mtp, ngram */
    char *theme;
    char *cache_type;      /* f16, q8_0 */
    char *lens;            /* off, surprise, entropy */
    char *servers;         /* NAME=URL … */
    char *api_key_command; /* its first line is the key for a server; NULL = none */
    int64_t saved_caches;  /* MiB; 0: none */
    int64_t ctx_size, predict, threads, seed;         /* 0, -1, 0, -1: aside chooses */
    double temp, top_k, top_p, min_p, repeat_penalty; /* < 0: the model's recommendation */
    double uncertain;                                 /* a probability */
    bool loop_guard, markdown, mouse, save;
};

struct option {
    const char *name;  /* "top-p": --top-p, `top-p = 0.9`, /set top-p 0.9 */
    const char *flags; /* further spellings: "-c|--context", or NULL */
    enum option_kind kind;
    size_t offset;        /* in struct options */
    double min, max;      /* for numbers, inclusive */
    const char *fallback; /* the default, as text; "" = unset */
    const char *choices;  /* "show|collapse|hide" for OPTION_CHOICE */
    const char *value;    /* what the help calls the value: "N", "FILE" */
    const char *help;
};

extern const struct option options_table[]; /* ends with a NULL name */
const struct option *option_find(const char *name);

void options_init(struct options *o); /* defaults */
void options_done(struct options *o);
/* Setting "preset" sets everything that the preset of that name does (presets.h). */
bool option_set(struct options *o, const char *name, const char *value, struct err *e);
void option_get(const struct options *o, const struct option *opt, struct str *out);

/* $XDG_CONFIG_HOME/aside/config (or ASIDE_CONFIG); a file that is absent is no error. In the file
 * a line break in a text is written \n, a tab \t, and a backslash before n, t or a backslash \\. */
char *options_config_path(void); /* owned */
bool options_load(struct options *o, struct err *e);
/* The same of another file, which has to be there. */
bool options_load_file(struct options *o, const char *path, struct err *e);
/* Appends the line "NAME = VALUE\n" as such a file has it. */
void options_line(const struct options *o, const struct option *opt, struct str *out);
/* Writes the present value of one setting into the config file, keeping the rest and its comments.
 */
bool options_persist(const struct options *o, const struct option *opt, struct err *e);

/* Takes the next word(s) from `a` if they are an option of the table. False when they are not
 * (e->msg is empty) or when the value is wrong (e->msg says so). */
bool options_take(struct options *o, struct args *a, struct err *e);

#endif
