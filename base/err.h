/* err: what went wrong, in one line.
 *
 * What can fail takes a `struct err *` last and returns false or NULL after filling it. The text
 * is one line for a person: what and where ("tensor blk.3.attn_q.weight: offset 12 is past the
 * end of the file"). NULL is allowed where the caller does not care. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

struct err {
    char msg[512]; /* NUL-terminated, no newline, valid UTF-8; "" = no error */
};

/* Fills `e` and returns false, so that `return err_set(e, …)` is the whole error path. Newlines
 * and control characters are replaced by spaces. */
bool err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for functions that return a pointer: always NULL. */
void *err_null(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " in front of the message that is already in `e`; returns false. */
bool err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
