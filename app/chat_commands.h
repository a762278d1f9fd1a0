/* chat_commands: the table of slash commands, for those that list it (help, manual). */
#ifndef APP_CHAT_COMMANDS_H
#define APP_CHAT_COMMANDS_H

struct chat;

struct chat_command {
    const char *name, *args, *help;
    /* What completes the argument: words, or "@path", "@model", "@option"; NULL = nothing. */
    const char *values;
    void (*run)(struct chat *c, const char *arg); /* arg: trimmed, "" when there is none */
};

extern const struct chat_command chat_commands[]; /* ends with a NULL name */

#endif
