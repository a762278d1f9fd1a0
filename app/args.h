/* args: the reader of command-line words. */
#ifndef APP_ARGS_H
#define APP_ARGS_H

#include <stdbool.h>

/* Walks argv; understands --name VALUE, --name=VALUE and short names. */
struct args {
    int argc, next;
    char **argv;
    const char *value; /* of the last option that args_take() took */
    bool failed;       /* the last option taken lacks its value */
};
/* Is the next word one of `names` ("-m|--model")? Consumes it, with its value when `has_value`. */
bool args_take(struct args *a, const char *names, bool has_value);

#endif
