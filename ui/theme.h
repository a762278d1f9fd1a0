/* theme: how each element of the interface looks. A style is an element of the theme plus
 * attributes of the text itself, or-ed: STYLE_CODE | STYLE_BOLD. */
#ifndef UI_THEME_H
#define UI_THEME_H

enum theme_element {
    THEME_TEXT,
    THEME_DIM, /* thinking, secondary facts */
    THEME_YOU,
    THEME_ASIDE,
    THEME_NOTE,
    THEME_HEADING,
    THEME_CODE,
    THEME_QUOTE,
    THEME_LINK,
    THEME_RULE,
    THEME_STATUS,
    THEME_METER,
    THEME_METER_FULL, /* the context is nearly used up */
    THEME_PROMPT,
    THEME_KEY,    /* a key's name in the key bar */
    THEME_NOTICE, /* the quiet line above the input */
    THEME_NEW,    /* "↓ new" */
    THEME_SELECTED,
    THEME_MATCH,  /* what was searched for */
    THEME_LENS_1, /* steps of a value that the lens shows, from low to high */
    THEME_LENS_2,
    THEME_LENS_3,
    THEME_LENS_4,
    THEME_N
};

#define STYLE_ELEMENT(s) ((s)&0xffu)
#define STYLE_BOLD       0x100u
#define STYLE_ITALIC     0x200u
#define STYLE_UNDERLINE  0x400u
#define STYLE_DIM        0x800u
#define STYLE_REVERSE    0x1000u

struct theme_look {
    signed char fg, bg; /* 0..7 of the terminal's own palette, -1: its default */
    unsigned attrs;     /* STYLE_* attributes */
    unsigned alone;     /* and these where there is no colour, so that the step is still seen */
};

struct theme {
    const char *name;
    const char *help;
    struct theme_look look[THEME_N];
};

const struct theme *theme_find(const char *name); /* NULL or "": the default; NULL if unknown */
const char *const *theme_names(void);             /* NULL-terminated, the default first */

#endif
