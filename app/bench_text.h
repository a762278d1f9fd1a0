/* bench_text: how fast a model says a given text, one token a step and with drafts, in turns. */
#ifndef APP_BENCH_TEXT_H
#define APP_BENCH_TEXT_H

#include "engine/engine.h"

/* Prints a row for each way. Beginning with a quarter of the text, the rest is said. */
bool bench_text(const struct model *m, struct session_params p, const char *path, size_t rounds,
                bool json, struct err *e);

#endif
