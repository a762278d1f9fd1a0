/* main: finds the command and runs it. The only place that decides the exit status. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/commands.h"
#include "app/pull.h"

static bool asks(const char *word, const char *name) { return strcmp(word, name) == 0; }

int main(int argc, char **argv) {
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in files and JSON do not depend on the locale */
    signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && (asks(argv[1], "--version") || asks(argv[1], "-V"))) {
        puts("aside " ASIDE_VERSION);
        return EXIT_OK;
    }
    if (argc > 1 && (asks(argv[1], "--help") || asks(argv[1], "-h"))) return command_help(1, argv);
    if (argc > 1 && argv[1][0] != '-') {
        const struct command *c = command_find(argv[1]);
        if (!c) return command_misused("help", "there is no command \"%s\"", argv[1]);
        for (int i = 2; i < argc && !asks(argv[i], "--"); i++)
            if (asks(argv[i], "--help") || asks(argv[i], "-h")) return command_usage(c->name);
        int status = pull_arguments(argc - 1, argv + 1);
        return status != EXIT_OK ? status : c->run(argc - 1, argv + 1);
    }
    int status = pull_arguments(argc, argv);
    return status != EXIT_OK ? status : command_chat(argc, argv);
}
