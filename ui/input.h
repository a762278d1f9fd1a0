/* input: the line that a person types, edited by readline.
 *
 * Readline runs through its callback interface: keys are fed to it as bytes, and instead of drawing
 * it tells us what its line is. It never reads from or writes to the terminal itself. ~/.inputrc,
 * vi mode, undo, the kill ring and history search are all readline's own. */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct input_options {
    const char *history_file; /* NULL: not kept */
    char **(*complete)(void *ctx, const char *line, size_t start, size_t end);
    void *complete_ctx;
};

bool input_open(const struct input_options *o, struct err *e);
void input_close(void);
void input_size(int rows, int cols);

/* Feeds one key's bytes. */
void input_key(const char *bytes, size_t n);
void input_insert(const char *text, size_t n); /* as if pasted: one undo step */
void input_set(const char *text);              /* replaces the line */
void input_clear(void);       /* drops the line and whatever readline was in the middle of */
const char *input_line(void); /* the line as it is; until the next key */
bool input_empty(void);
/* True when the cursor was moved one row up (delta -1) or down (+1) inside a text of several rows;
 * at its first or last row readline's history takes over. */
bool input_vertical(int delta);

/* What was accepted by Enter, once; NULL: nothing. Valid until the next input_* call. */
const char *input_taken(void);
/* True once after Ctrl-X Ctrl-E: the line is to be edited in an editor. */
bool input_wants_editor(void);

struct input_view {
    const char *prompt; /* readline's message (history search, arguments); "" ordinarily */
    const char *text;   /* harmless UTF-8, may hold '\n' */
    size_t n, cursor;   /* bytes */
    bool vi_command;
    const char *const *matches; /* completions to choose from; NULL: none to show */
    size_t n_matches;
};
void input_view(struct input_view *v);
void input_matches_close(void);

#endif
