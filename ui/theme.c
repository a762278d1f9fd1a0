/* theme: the table of themes. Colours are the eight of the terminal's own palette, so that they
 * fit a light and a dark ground alike, and each only where it tells something. */
#include "ui/theme.h"

#include <string.h>

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

#define PLAIN                                                                                      \
    { -1, -1, 0, 0 }
#define ATTR(a)                                                                                    \
    { -1, -1, (a), 0 }
#define INK(fg, a)                                                                                 \
    { (fg), -1, (a), 0 }
/* Colour carries a value: without colour these attributes do. */
#define STEP(fg, a, alone)                                                                         \
    { (fg), -1, (a), (alone) }

static const struct theme themes[] = {
    {"calm",
     "text first, a little colour",
     {
         [THEME_TEXT] = PLAIN,
         [THEME_DIM] = ATTR(STYLE_DIM),
         [THEME_YOU] = ATTR(STYLE_BOLD),
         [THEME_ASIDE] = INK(CYAN, STYLE_BOLD),
         [THEME_NOTE] = ATTR(STYLE_DIM),
         [THEME_HEADING] = ATTR(STYLE_BOLD),
         [THEME_CODE] = INK(CYAN, 0),
         [THEME_QUOTE] = ATTR(STYLE_DIM),
         [THEME_LINK] = ATTR(STYLE_UNDERLINE),
         [THEME_RULE] = ATTR(STYLE_DIM),
         [THEME_STATUS] = PLAIN,
         [THEME_METER] = INK(CYAN, 0),
         [THEME_METER_FULL] = INK(YELLOW, 0),
         [THEME_PROMPT] = INK(CYAN, STYLE_BOLD),
         [THEME_KEY] = PLAIN,
         [THEME_NOTICE] = INK(YELLOW, 0),
         [THEME_NEW] = INK(CYAN, 0),
         [THEME_SELECTED] = ATTR(STYLE_REVERSE),
         [THEME_MATCH] = ATTR(STYLE_REVERSE),
         [THEME_LENS_1] = STEP(CYAN, 0, STYLE_UNDERLINE),
         [THEME_LENS_2] = STEP(YELLOW, 0, STYLE_BOLD),
         [THEME_LENS_3] = STEP(RED, 0, STYLE_BOLD | STYLE_UNDERLINE),
         [THEME_LENS_4] = STEP(RED, STYLE_REVERSE, 0),
     }},
    {"mono",
     "no colour, only weight",
     {
         [THEME_TEXT] = PLAIN,
         [THEME_DIM] = ATTR(STYLE_DIM),
         [THEME_YOU] = ATTR(STYLE_BOLD),
         [THEME_ASIDE] = ATTR(STYLE_BOLD),
         [THEME_NOTE] = ATTR(STYLE_DIM),
         [THEME_HEADING] = ATTR(STYLE_BOLD),
         [THEME_CODE] = PLAIN,
         [THEME_QUOTE] = ATTR(STYLE_DIM),
         [THEME_LINK] = ATTR(STYLE_UNDERLINE),
         [THEME_RULE] = ATTR(STYLE_DIM),
         [THEME_STATUS] = PLAIN,
         [THEME_METER] = PLAIN,
         [THEME_METER_FULL] = ATTR(STYLE_BOLD),
         [THEME_PROMPT] = ATTR(STYLE_BOLD),
         [THEME_KEY] = PLAIN,
         [THEME_NOTICE] = ATTR(STYLE_BOLD),
         [THEME_NEW] = ATTR(STYLE_BOLD),
         [THEME_SELECTED] = ATTR(STYLE_REVERSE),
         [THEME_MATCH] = ATTR(STYLE_REVERSE),
         [THEME_LENS_1] = ATTR(STYLE_UNDERLINE),
         [THEME_LENS_2] = ATTR(STYLE_BOLD),
         [THEME_LENS_3] = ATTR(STYLE_BOLD | STYLE_UNDERLINE),
         [THEME_LENS_4] = ATTR(STYLE_REVERSE),
     }},
    {"contrast",
     "nothing dim, strong colours",
     {
         [THEME_TEXT] = PLAIN,
         [THEME_DIM] = INK(CYAN, 0),
         [THEME_YOU] = INK(YELLOW, STYLE_BOLD),
         [THEME_ASIDE] = INK(GREEN, STYLE_BOLD),
         [THEME_NOTE] = INK(MAGENTA, 0),
         [THEME_HEADING] = ATTR(STYLE_BOLD | STYLE_UNDERLINE),
         [THEME_CODE] = INK(GREEN, 0),
         [THEME_QUOTE] = INK(CYAN, 0),
         [THEME_LINK] = ATTR(STYLE_UNDERLINE),
         [THEME_RULE] = PLAIN,
         [THEME_STATUS] = ATTR(STYLE_BOLD),
         [THEME_METER] = INK(GREEN, STYLE_BOLD),
         [THEME_METER_FULL] = INK(RED, STYLE_BOLD),
         [THEME_PROMPT] = INK(YELLOW, STYLE_BOLD),
         [THEME_KEY] = ATTR(STYLE_BOLD),
         [THEME_NOTICE] = INK(YELLOW, STYLE_BOLD),
         [THEME_NEW] = INK(YELLOW, STYLE_BOLD),
         [THEME_SELECTED] = ATTR(STYLE_REVERSE | STYLE_BOLD),
         [THEME_MATCH] = ATTR(STYLE_REVERSE),
         [THEME_LENS_1] = STEP(GREEN, STYLE_UNDERLINE, 0),
         [THEME_LENS_2] = STEP(YELLOW, STYLE_BOLD, 0),
         [THEME_LENS_3] = STEP(RED, STYLE_BOLD | STYLE_UNDERLINE, 0),
         [THEME_LENS_4] = STEP(RED, STYLE_BOLD | STYLE_REVERSE, 0),
     }},
};
enum { N_THEMES = sizeof themes / sizeof themes[0] };

const struct theme *theme_find(const char *name) {
    if (!name || !*name) return &themes[0];
    for (int i = 0; i < N_THEMES; i++)
        if (strcmp(themes[i].name, name) == 0) return &themes[i];
    return NULL;
}

const char *const *theme_names(void) {
    static const char *names[N_THEMES + 1];
    for (int i = 0; i < N_THEMES; i++) names[i] = themes[i].name;
    return names;
}
