/* pull: `aside pull` and the option -hf: models from a Hugging Face repository. */
#ifndef APP_PULL_H
#define APP_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Makes sure that OWNER/REPO[:QUANT] is in the models folder, telling on standard error how far it
 * is. Gives the path of the model (of its first part), owned; NULL with e->msg. *interrupted: by
 * Ctrl-C; what came is kept. */
char *pull_model(const char *name, bool *interrupted, struct err *e);

/* Replaces every "-hf NAME" in argv (up to "--") by "-m PATH", pulling where need be. Gives the
 * exit status: EXIT_OK to go on. */
int pull_arguments(int argc, char **argv);

/* Bytes that this machine can give to a model now; 0 = unknown. */
int64_t pull_memory(void);

/* Prints the built-in table of models worth trying, by the memory that they take. */
void pull_recommend(void);

#endif
