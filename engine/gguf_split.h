/* gguf_split: models that come in several files, NAME-00001-of-00003.gguf and so on, as large ones
 * are published. The first part has all metadata; each has a tensor directory and data of its own.
 * Private to the GGUF reader, but for the names. */
#ifndef ENGINE_GGUF_SPLIT_H
#define ENGINE_GGUF_SPLIT_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/gguf.h"

/* Whether a file name (or path) is that of a part: its number and their number, both from 1. */
bool gguf_part_name(const char *name, unsigned *no, unsigned *count);
/* The path of another part of the same model. `path` must be a part's. Owned. */
char *gguf_part_path(const char *path, unsigned no);

/* Opens the other parts, when `g` is the first of several, and joins their tensors to g's. Every
 * part must be there and belong to it. */
bool gguf_join_parts(struct gguf *g, struct err *e);

/* ---- given by gguf.c ---- */
struct gguf *gguf_open_file(const char *path, struct err *e); /* this file alone */
/* Takes over `part`, also on failure, and appends its tensors; two of a name are an error. */
bool gguf_adopt(struct gguf *g, struct gguf *part, struct err *e);

#endif
