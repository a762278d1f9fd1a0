/* manual: fills the tables of commands, options, slash commands and keys into the source of a
 * manual page (the .in files of man/), so that the manual cannot disagree with the program. A line
 * that is
 * @COMMANDS@, @OPTIONS@, @SETTINGS@, @SLASH@, @KEYS@ or @VERSION@ is replaced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat_commands.h"
#include "app/commands.h"
#include "app/options.h"
#include "base/files.h"
#include "ui/ui.h"

#define PAGE_LIMIT (1u << 20)

/* Text as roff wants it: backslashes and leading dots escaped, hyphens real. */
static void put(const char *s) {
    bool start = true;
    for (; *s; s++) {
        if (start && (*s == '.' || *s == '\'')) fputs("\\&", stdout);
        if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '-')
            fputs("\\-", stdout);
        else
            putchar(*s);
        start = *s == '\n';
    }
}

static void put_commands(void) {
    for (const struct command *c = commands; c->name; c++) {
        fputs(".TP\n.B aside ", stdout);
        put(c->name);
        fputs(" \\fR", stdout);
        put(c->synopsis);
        fputs("\\fP\n", stdout);
        put(c->summary);
        fputs(".\n", stdout);
        if (!c->details) continue;
        fputs(".RS\n.nf\n", stdout);
        put(c->details);
        fputs("\n.fi\n.RE\n", stdout);
    }
}

static void put_options(void) {
    for (const struct option *o = options_table; o->name; o++) {
        fputs(".TP\n.B ", stdout);
        for (const char *f = o->flags; f && *f; f += strcspn(f, "|"), f += *f == '|') {
            printf("%.*s, ", (int)strcspn(f, "|"), f);
        }
        fputs(o->kind == OPTION_BOOL ? "\\-\\-[no\\-]" : "\\-\\-", stdout);
        put(o->name);
        if (o->value) printf(" \\fI%s\\fP", o->value);
        putchar('\n');
        put(o->help);
        fputs(".\n", stdout);
    }
}

static void put_settings(void) {
    for (const struct option *o = options_table; o->name; o++) {
        fputs(".TP\n.B ", stdout);
        put(o->name);
        fputs(" = ", stdout);
        put(o->kind == OPTION_BOOL ? "on|off" : o->choices ? o->choices : o->value);
        putchar('\n');
        put(o->help);
        if (o->kind == OPTION_INT || o->kind == OPTION_FLOAT)
            printf(" (%.15g to %.15g)", o->min, o->max);
        fputs(".\nDefault: ", stdout);
        put(*o->fallback ? o->fallback : "unset");
        fputs(".\n", stdout);
    }
}

static void put_slash(void) {
    for (const struct chat_command *c = chat_commands; c->name; c++) {
        fputs(".TP\n.B /", stdout);
        put(c->name);
        fputs(" \\fR", stdout);
        put(c->args);
        fputs("\\fP\n", stdout);
        put(c->help);
        fputs(".\n", stdout);
    }
}

static void put_keys(void) {
    for (const char *const *row = ui_key_help(); *row; row++) {
        const char *tab = strchr(*row, '\t');
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)(tab ? tab - *row : 0), *row);
        fputs(".TP\n.B ", stdout);
        put(key);
        putchar('\n');
        put(tab ? tab + 1 : *row);
        fputs(".\n", stdout);
    }
}

static void put_version(void) { puts(ASIDE_VERSION); }

static const struct {
    const char *mark;
    void (*put)(void);
} marks[] = {{"@COMMANDS@", put_commands}, {"@OPTIONS@", put_options}, {"@SETTINGS@", put_settings},
             {"@SLASH@", put_slash},       {"@KEYS@", put_keys},       {"@VERSION@", put_version}};

static void put_line(const char *line, size_t n) {
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strlen(marks[i].mark) == n && memcmp(line, marks[i].mark, n) == 0) {
            marks[i].put();
            return;
        }
    printf("%.*s\n", (int)n, line);
}

int command_manual(int argc, char **argv) {
    struct str page = STR_INIT;
    struct err e;
    if (argc != 2) return command_misused("manual", "say which source of a page to fill");
    if (!files_read_whole(argv[1], PAGE_LIMIT, &page, &e)) return command_failed(&e);
    for (const char *line = str_cstr(&page); *line;) {
        size_t n = strcspn(line, "\n");
        put_line(line, n);
        line += n + (line[n] == '\n');
    }
    str_free(&page);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}
