/* editor: the message that is being written, in the person's editor. */
#ifndef UI_EDITOR_H
#define UI_EDITOR_H

#include "ui/state.h"

void editor_edit_line(struct ui *u);

#endif
