/* wrap: styled text broken into lines of a given width.
 *
 * A `paper` holds finished lines; all their bytes and styles lie in two growing arrays, so that a
 * streaming writer can cut the last lines off (paper_truncate) and write them anew without
 * touching what is above. A `para` is one logical paragraph on its way to the paper. Each line
 * remembers `src`, the byte of the source where it begins: by it a reader's place survives another
 * width. */
#ifndef UI_WRAP_H
#define UI_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct run {
    size_t bytes;
    unsigned style; /* theme.h */
};

struct line {
    size_t text, bytes; /* paper.text.s[text .. text + bytes) */
    size_t run, n_runs; /* paper.runs[run .. run + n_runs), their bytes add up to `bytes` */
    size_t src;         /* never decreases from line to line */
    int cols;
};

struct paper {
    struct str text;
    struct run *runs;
    size_t n_runs, cap_runs;
    struct line *lines;
    size_t n_lines, cap_lines;
};

void paper_free(struct paper *p);
void paper_truncate(struct paper *p, size_t n_lines);
/* Begins an empty line; paper_put() adds to the last line. */
void paper_line(struct paper *p, size_t src);
void paper_put(struct paper *p, const char *s, size_t n, unsigned style);
/* The last line that begins at or before `src`; 0 on an empty paper. */
size_t paper_at(const struct paper *p, size_t src);
/* A line as a place that holds at another width (src, and which of the lines that begin there),
 * and back; the line is clamped to those there are, 0 on an empty paper. */
void paper_place(const struct paper *p, size_t line, size_t *src, size_t *nth);
size_t paper_find(const struct paper *p, size_t src, size_t nth);

struct para_run {
    size_t end; /* in text; ascending */
    size_t src;
    unsigned style;
};

struct para {
    struct str text; /* '\n' is a forced break */
    struct para_run *runs;
    size_t n_runs, cap_runs;
};

void para_free(struct para *a);
void para_clear(struct para *a);
void para_add(struct para *a, const char *s, size_t n, unsigned style, size_t src);

enum wrap_mode {
    WRAP_WORDS, /* at spaces, swallowing them, and between wide characters */
    WRAP_EXACT  /* at the width, keeping every space: code */
};

struct wrap_prefix { /* what stands before the text of a line; text may be NULL */
    const char *text;
    unsigned style;
};

/* Writes the paragraph as one or more lines of at most `width` cells (at least one cluster each).
 */
void wrap_para(struct paper *p, const struct para *a, struct wrap_prefix first,
               struct wrap_prefix rest, int width, enum wrap_mode mode);

/* Writes plain text s[from..n) whose lines end in '\n', one style. With from > 0, `from` is the
 * start of a line that is already laid out (wrapped or not): earlier lines stay as they are,
 * because greedy breaking never looks back beyond the line it is in. */
void wrap_plain(struct paper *p, const char *s, size_t from, size_t n, int width, unsigned style);

#endif
