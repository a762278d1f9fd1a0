/* export: what the exporters share. Private to history/. */
#ifndef HISTORY_EXPORT_H
#define HISTORY_EXPORT_H

#include "history/db.h"

typedef bool exporter(struct history *h, const struct history_conversation *c, struct str *out,
                      struct err *e);
exporter export_html;

void export_time(struct str *out, int64_t ms);    /* local: 2025-01-02 03:04 */
const char *export_model_name(const char *model); /* of a path or an address; never NULL */
void export_escaped(struct str *out, const char *s, size_t n); /* as HTML's text or attribute */
/* Markdown as HTML of few elements: no HTML of the text's own, no picture (its words stand there),
 * links only to http, https and mailto. */
void export_markdown_html(struct str *out, const char *s, size_t n);

#endif
