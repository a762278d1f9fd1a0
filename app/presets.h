/* presets: settings that belong together, kept under a name: a system prompt, sampling, how much to
 * think. Each is a file like the config file, presets/NAME beside it. */
#ifndef APP_PRESETS_H
#define APP_PRESETS_H

#include "app/options.h"

/* Sets what the preset says and leaves the rest as it is. After a failure (no such preset, with
 * the names that there are; a wrong line) nothing is changed. */
bool preset_apply(struct options *o, const char *name, struct err *e);

/* Keeps what of the system prompt, the sampling and the thinking differs from the defaults. */
bool preset_save(const struct options *o, const char *name, struct err *e);
bool preset_delete(const char *name, struct err *e);

/* Their names in order, NULL-terminated; owned, each too. */
char **preset_names(void);
void preset_names_free(char **names);

#endif
