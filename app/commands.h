/* commands: the table of what `aside WORD …` can be. One file per command; each exports one
 * function that gets the words after `aside` (argv[0] is the command's name) and returns the
 * exit status: 0, 1 failed, 2 usage, 130 interrupted. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/args.h"
#include "base/err.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

struct command {
    const char *name;
    const char *synopsis; /* what follows the name: "[OPTION…] [PROMPT…]" */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs for --help and the manual; may be NULL */
    int (*run)(int argc, char **argv);
};

extern const struct command commands[]; /* ends with a NULL name */
const struct command *command_find(const char *name);

int command_ask(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_chat(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_completion(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_help(int argc, char **argv);
int command_history(int argc, char **argv);
const char *command_history_verb(size_t i); /* for completion; NULL past the last */
int command_info(int argc, char **argv);
int command_lookup(int argc, char **argv);
int command_manual(int argc, char **argv);
int command_models(int argc, char **argv);
int command_pull(int argc, char **argv);
int command_quantize(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_score(int argc, char **argv);
int command_template(int argc, char **argv);
int command_tokenize(int argc, char **argv);

/* Help of a command on stdout; EXIT_OK. */
int command_usage(const char *name);
/* "aside NAME: what" and "try aside NAME --help" on stderr; EXIT_USAGE. */
int command_misused(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "aside: MESSAGE" on stderr; EXIT_FAILED. */
int command_failed(const struct err *e);

#endif
