/* completion: completion scripts for bash and zsh, written from the tables of commands and
 * options. */
#include <stdio.h>
#include <string.h>

#include "app/commands.h"
#include "app/options.h"

static void print_words(void) {
    for (const struct command *c = commands; c->name; c++) printf("%s ", c->name);
}

static void print_flags(void) {
    for (const struct option *o = options_table; o->name; o++) {
        printf("--%s ", o->name);
        if (o->kind == OPTION_BOOL) printf("--no-%s ", o->name);
        for (const char *f = o->flags; f; f = strchr(f, '|') ? strchr(f, '|') + 1 : NULL)
            printf("%.*s ", (int)strcspn(f, "|"), f);
    }
}

static int bash(void) {
    puts("# bash completion for aside\n_aside() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    case $before in");
    for (const struct option *o = options_table; o->name; o++) {
        if (!o->choices) continue;
        printf("    --%s) COMPREPLY=($(compgen -W '", o->name);
        for (const char *s = o->choices; *s; s++) putchar(*s == '|' ? ' ' : *s);
        puts("' -- \"$word\")); return ;;");
    }
    puts("    -m|--model) COMPREPLY=($(compgen -f -X '!*.gguf' -- \"$word\") $(compgen -d -- "
         "\"$word\") \\\n"
         "        $(compgen -W \"$(aside models --names 2>/dev/null)\" -- \"$word\")); "
         "return ;;\n"
         "    --think) COMPREPLY=($(compgen -W 'auto on off low medium high' -- \"$word\")); "
         "return ;;\n"
         "    completion) COMPREPLY=($(compgen -W 'bash zsh' -- \"$word\")); return ;;\n"
         "    esac");
    printf(
        "    if [ \"$COMP_CWORD\" = 2 ] && [ $before = history ]; then COMPREPLY=($(compgen -W '");
    for (size_t i = 0; command_history_verb(i); i++) printf("%s ", command_history_verb(i));
    printf("' -- \"$word\"))\n    elif [[ $word == -* ]]; then COMPREPLY=($(compgen -W '");
    print_flags();
    printf("--help --version' -- \"$word\"))\n    elif [ \"$COMP_CWORD\" = 1 ]; then "
           "COMPREPLY=($(compgen -W '");
    print_words();
    puts("' -- \"$word\"))\n    else COMPREPLY=($(compgen -f -- \"$word\")); fi\n}\ncomplete -o "
         "filenames -F _aside aside");
    return EXIT_OK;
}

/* Help texts inside [] and '' of a zsh specification. */
static void print_zsh_text(const char *s) {
    for (; *s; s++) {
        if (strchr("[]:\\", *s)) putchar('\\');
        if (*s == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*s);
    }
}

static void print_zsh_value(const struct option *o) {
    if (o->kind == OPTION_BOOL) return;
    printf(":%s:", o->value);
    if (o->choices) {
        putchar('(');
        for (const char *s = o->choices; *s; s++) putchar(*s == '|' ? ' ' : *s);
        putchar(')');
    } else if (o->kind == OPTION_PATH)
        fputs("_files", stdout);
}

static int zsh(void) {
    puts("#compdef aside\n# zsh completion for aside\nlocal -a commands\ncommands=(");
    for (const struct command *c = commands; c->name; c++) {
        printf("  '%s:", c->name);
        print_zsh_text(c->summary);
        puts("'");
    }
    puts(")\n_arguments \\");
    for (const struct option *o = options_table; o->name; o++) {
        printf("  '--%s[", o->name);
        print_zsh_text(o->help);
        putchar(']');
        print_zsh_value(o);
        puts("' \\");
    }
    puts("  '1: :{_describe command commands}' '*: :_files'");
    return EXIT_OK;
}

int command_completion(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "bash") == 0) return bash();
    if (argc == 2 && strcmp(argv[1], "zsh") == 0) return zsh();
    return command_misused("completion", "say bash or zsh");
}
