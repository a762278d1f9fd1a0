/* attach: text files in messages, as /read and `@path` bring them. */
#ifndef APP_ATTACH_H
#define APP_ATTACH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define ATTACH_LIMIT (4u << 20) /* bytes of one file */

/* Appends "PATH:" and the file's text in a code fence that the text does not close. A leading "~/"
 * is the home directory. Fails, adding nothing, for what is no readable UTF-8 text. */
bool attach_file(struct str *out, const char *path, struct err *e);

/* The next `@path` of a message, from `*at` on: a word that begins with '@', or @"path with
 * spaces". False: there is none. `path` is emptied first; *at is then behind the word. */
bool attach_next(const char *message, size_t *at, struct str *path);

/* The message with the text of every `@path` that names a file appended, each file once; the words
 * stay. A path that names no file is text like any other (an address, a name): left alone. Fails
 * where a file is there but cannot be read, or is no text. */
bool attach_expand(struct str *out, const char *message, struct err *e);

#endif
