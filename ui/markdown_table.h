/* markdown_table: a Markdown table as lines. Columns get the width they ask for while that fits;
 * else the widest ones are narrowed first and their cells wrap. */
#ifndef UI_MARKDOWN_TABLE_H
#define UI_MARKDOWN_TABLE_H

#include "ui/wrap.h"

struct table;

struct table *table_new(unsigned n_cols);
void table_free(struct table *t);
void table_row(struct table *t); /* the next cells belong to a new row; the first is the head */
/* Copies the paragraph; align is md4c's: 0 default, 1 left, 2 centre, 3 right. */
void table_cell(struct table *t, const struct para *a, int align);
size_t table_src(const struct table *t); /* where its head begins in the source */
void table_render(struct table *t, struct paper *p, const char *prefix, int width);

#endif
