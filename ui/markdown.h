/* markdown: CommonMark with tables and task lists, as wrapped, styled lines (md4c parses). */
#ifndef UI_MARKDOWN_H
#define UI_MARKDOWN_H

#include <stddef.h>

#include "ui/wrap.h"

/* Appends s[from..n) to the paper, wrapped to `width` cells; `from` begins a block. Lines' `src`
 * count from s[0]. HTML is shown as it is written. */
void markdown_render(struct paper *p, const char *s, size_t from, size_t n, int width);

/* A place in s[from..n) before which nothing changes whatever is appended: the start of a block
 * after a blank line, outside fences and lists. `from` if there is none. While an answer streams,
 * only what follows is laid out again. (A reference definition is found only within its part.) */
size_t markdown_settled(const char *s, size_t from, size_t n);

#endif
