/* plain: the chat as a linear dialogue, for screen readers and dumb terminals: no cursor movement,
 * no boxes, no spinners; thought and answer are announced in words. */
#ifndef APP_PLAIN_H
#define APP_PLAIN_H

#include <stdint.h>

#include "app/options.h"

/* `prompt` (may be NULL) is sent first; `resume` 0 starts anew. Returns the exit status. */
int plain_run(struct options *o, const char *prompt, int64_t resume);

#endif
