/* models: which model files there are and what their names mean. */
#ifndef APP_MODELS_H
#define APP_MODELS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The path of the model that ships with aside: beside the build tree's binary, or installed. NULL
 * (with e) when it is nowhere. Owned. */
char *models_builtin(struct err *e);

/* The folder of models: $ASIDE_MODELS, or `models` in the data directory. Its models are the .gguf
 * files and the folders with a config.json in it. Owned. */
char *models_folder(void);

/* A model as Hugging Face publishes them: a folder with a config.json in it. */
bool models_is_folder(const char *path);

/* What -m NAME means: a path that exists; else a file of the folder by its name, with or without
 * ".gguf"; else the only file there whose name contains NAME. NULL or "" or "builtin" is the
 * built-in model. Owned; NULL with one line that says what was looked for. */
char *models_resolve(const char *name, struct err *e);

struct model_file {
    char *name, *path;
    long long bytes;
};
/* The built-in one first, then the folder's in alphabetical order. Owned. */
struct model_file *models_list(size_t *n);
void models_list_free(struct model_file *files, size_t n);

#endif
