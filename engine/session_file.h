/* session_file: a session's timeline and cache as a file, so that a conversation that was left is
 * gone on with at once, instead of being read again.
 *
 * The file (little-endian, no padding) is
 *     head      struct head in session_file.c: magic, sizes, what it is bound to, its own checksum
 *     tokens    [n_tokens] int32
 *     logits    [n_vocab] F32 after the last token, if they were there
 *     rows      of each block the keys, then the values, of the positions that its cache holds
 *     hidden    [n_tokens + 1][n_embd] F32, where drafts are made
 *     states    where something is recurrent: the present state; then what was saved at a position,
 *               state and window
 *     checksum  of everything after the head
 * It is bound to the model (its metadata, its tensors' places and a piece of each) and to the shape
 * of the cache. Another build may compute other last bits; what it reads it goes on with. */
#ifndef ENGINE_SESSION_FILE_H
#define ENGINE_SESSION_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct session;

/* Bytes of the file that session_save() would write now. */
uint64_t session_file_bytes(const struct session *s);

/* Writes a temporary file beside `path`, in a folder that exists, and renames it when it is whole:
 * after a failure the old file is there. It is not forced to the disk, for which leaving would have
 * to wait: what a power cut leaves half-written is refused when it is read. */
bool session_save(const struct session *s, const char *path, struct err *e);

/* Takes the timeline from the file in place of what is there. A file that is damaged, cut, of
 * another model or shape, or too long for the context is refused; then the session is empty. */
bool session_restore(struct session *s, const char *path, struct err *e);

#endif
