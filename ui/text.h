/* text: how UTF-8 falls into cells of a terminal.
 *
 * A cluster is what a person takes for one character: a base and its marks (utf8proc's extended
 * grapheme clusters). Terminals disagree about the width of emoji that are built from several code
 * points, and a disagreement shifts the rest of the row. So a cluster is shown by the parts on
 * which all agree: joiners, variation selectors and skin tones are left out (a joined family shows
 * its members side by side), a flag shows its two letters. The stored text keeps everything. */
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { TEXT_MAX_PARTS = 12 };

struct cluster {
    size_t bytes; /* of the source, >= 1 */
    int cols;     /* cells: 0 (a mark without a base, a joiner) .. 2 * TEXT_MAX_PARTS */
    int n;        /* code points to show, bases and marks in order */
    unsigned cp[TEXT_MAX_PARTS];
};

/* The cluster that begins at s[0..n), n >= 1; s is valid UTF-8 made harmless. */
void text_cluster(const char *s, size_t n, struct cluster *c);
/* Cells that one code point takes: 0, 1 or 2. */
int text_cp_cols(unsigned cp);
/* Cells of s[0..n); a newline or tab counts none. */
int text_cols(const char *s, size_t n);
/* The longest prefix of s[0..n) that fits in `cols` cells, in bytes. */
size_t text_fit(const char *s, size_t n, int cols);
/* The first place of `needle` in s[0..n), ASCII letters compared without case; SIZE_MAX if none. */
size_t text_find(const char *s, size_t n, const char *needle);

#endif
