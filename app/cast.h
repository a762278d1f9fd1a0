/* cast: a conversation's replay as an asciicast, version 2, the format of asciinema: a header in
 * JSON, then a line for each moment at which the terminal was written to. */
#ifndef APP_CAST_H
#define APP_CAST_H

#include <stdint.h>

#include "app/options.h"
#include "base/err.h"
#include "base/str.h"

struct cast {
    struct str out;  /* the file so far */
    struct str held; /* the beginning of a character whose rest has not come */
    int64_t at_us;   /* of the last event */
};

void cast_begin(struct cast *c, int cols, int rows, int64_t when_ms, const char *title);
/* What was written at a time since the start; an earlier time than the last one's counts as that.
 * Bytes that are no UTF-8 become U+FFFD, a character in two parts comes with its second. */
void cast_add(struct cast *c, int64_t at_us, const char *bytes, size_t n);
void cast_free(struct cast *c);

struct cast_size {
    int cols, rows;
};
/* "100x30"; false unless both are 40..500 and 10..200. */
bool cast_size_read(const char *text, struct cast_size *out);

/* Plays the conversation of the default history on a terminal of its own, by a clock that does not
 * wait, at `speed` as player_open() has it. */
bool cast_record(const struct options *o, int64_t conversation, struct cast_size size, double speed,
                 struct str *out, struct err *e);

#endif
