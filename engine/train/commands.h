/* commands: what aside-train can do, one row each. */
#ifndef TRAIN_COMMANDS_H
#define TRAIN_COMMANDS_H

#include <stdbool.h>

#include "base/err.h"

struct train_command {
    const char *name, *help;
    bool (*run)(int argc, char **argv, struct err *e);
};

extern const struct train_command train_commands[]; /* ends with name NULL */

#endif
