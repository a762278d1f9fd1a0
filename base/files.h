/* files: paths, and whole-file reads and writes. */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* $VAR/aside/NAME, or ~/FALLBACK/aside/NAME where VAR is unset. Owned. */
char *files_xdg(const char *var, const char *fallback, const char *name);

/* Makes the directories of `path` (all but its last part). */
bool files_make_parents(const char *path, struct err *e);

/* Writes through a temporary file beside it that is renamed when whole and on disk: after a
 * failure the old contents are there. Makes parent directories. */
bool files_write_whole(const char *path, const void *bytes, size_t n, struct err *e);

/* Appends the file's contents ("-" is standard input); more than `limit` bytes is an error. */
bool files_read_whole(const char *path, size_t limit, struct str *out, struct err *e);

#endif
