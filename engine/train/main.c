/* aside-train: makes the built-in model. `aside-train` alone lists the commands. */
#include <cblas.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "engine/train/commands.h"

int main(int argc, char **argv) {
    struct err e = {0};
    openblas_set_num_threads(1); /* the workers are the threads */
    /* Scratch matrices come and go all the time: keep their pages instead of clearing new ones. */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    for (const struct train_command *c = train_commands; argc > 1 && c->name; c++) {
        if (strcmp(c->name, argv[1]) != 0) continue;
        if (c->run(argc - 2, argv + 2, &e)) return 0;
        fprintf(stderr, "aside-train %s: %s\n", c->name, e.msg);
        return 1;
    }
    fputs("usage: aside-train COMMAND [--option value]…\n", stderr);
    for (const struct train_command *c = train_commands; c->name; c++)
        fprintf(stderr, "  %-10s %s\n", c->name, c->help);
    return 2;
}
