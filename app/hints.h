/* hints: what a newcomer does not know yet, told when it is of use, in one quiet line; each in two
 * runs at most, at one moment of a run. Which were told is kept in a file of the state directory.
 */
#ifndef APP_HINTS_H
#define APP_HINTS_H

#include <stdbool.h>

enum hint {
    HINT_START,   /* the chat is empty */
    HINT_THOUGHT, /* an answer came after a thought */
    HINT_LONG,    /* it has been thinking for a while */
    HINT_STOPPED, /* an answer was stopped */
    HINT_HISTORY, /* the first answers are kept */
    HINT_N
};

/* The hint's text if it is to be told now, which counts as telling it; else NULL. */
const char *hint_tell(enum hint which);

#endif
