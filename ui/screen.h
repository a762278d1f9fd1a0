/* screen: the terminal, through curses.
 *
 * One screen at a time. It draws into curses' virtual screen; screen_flush() lets curses send what
 * changed. Whatever happens the terminal is given back as it was: screen_close(), suspension, and
 * screen_emergency(), which calls only what a signal handler may. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ui/theme.h"
#include "ui/wrap.h"

/* Glyphs with an ASCII stand-in for locales that are not UTF-8. */
enum glyph {
    GLYPH_HLINE,
    GLYPH_VLINE,
    GLYPH_TEE_DOWN,
    GLYPH_TEE_UP,
    GLYPH_TEE_RIGHT,
    GLYPH_CORNER,
    GLYPH_CROSS,
    GLYPH_PROMPT,
    GLYPH_MORE,
    GLYPH_FULL,
    GLYPH_EMPTY,
    GLYPH_DOTS,
    GLYPH_BULLET,
    GLYPH_BAR,
    GLYPH_CLOSED,
    GLYPH_OPEN,
    GLYPH_MIDDOT,
    GLYPH_CURSOR,
    GLYPH_PLAY,
    GLYPH_PAUSE,
    GLYPH_DONE,
    GLYPH_TODO,
    GLYPH_N
};

struct screen_options {
    bool ascii, mouse;
    const struct theme *theme;
};

bool screen_open(const struct screen_options *o, struct err *e);
void screen_close(void);
void screen_emergency(void);
void screen_theme(const struct theme *t);
bool screen_ascii(void);
const char *screen_glyph(enum glyph g);

int screen_rows(void);
int screen_cols(void);

/* What signals asked for since the last call; each is reported once. */
struct screen_signals {
    bool resized, suspend, resumed;
};
struct screen_signals screen_signals(void);
int screen_wake_fd(void); /* readable once a signal came; drained by screen_signals() */
void screen_resize(void); /* takes the terminal's new size */

/* Hands the terminal over (to a child, to the shell) and takes it back. */
void screen_leave(void);
void screen_enter(void);
void screen_suspend(void); /* leaves, stops the process, enters again when it is continued */

void screen_begin(void); /* blank, cursor hidden */
void screen_flush(void);
void screen_repaint(void); /* the next flush sends everything */
/* Sends a control sequence that moves nothing and shows nothing. */
void screen_send(const char *s, size_t n);
void screen_cursor(int y, int x);

/* Writes s[0..n) at (y, x) in at most `room` cells, cutting what does not fit; returns the cells
 * taken. s is valid, harmless UTF-8 without newlines (each such byte is skipped). */
int screen_put(int y, int x, int room, const char *s, size_t n, unsigned style);
int screen_puts(int y, int x, int room, const char *s, unsigned style);
/* Right-aligned so that it ends before column `right`. Returns where it begins. */
int screen_puts_right(int y, int right, int room, const char *s, unsigned style);
void screen_line(int y, int x, int room, const struct paper *p, const struct line *l);
void screen_glyphs(int y, int x, int n, enum glyph g, unsigned style);

#endif
