/* layout: where things are. Wide: conversation | thinking. Narrow: one column. From top to bottom:
 * status, rule, panes, rule, notice, completions, input, key bar. */
#include "ui/state.h"
#include "ui/text.h"

enum {
    WIDE = 100,
    MIN_COLS = 40,
    MIN_ROWS = 10,
    NOTICE_ROWS = 3,
    NOTICE_ON_RULE = 16 /* less than the rule */
};

/* A short notice stands on the rule above the input, where it moves nothing; a longer one gets
 * rows of its own. */
static int notice_rows(const struct ui *u, int cols, int pane_cols) {
    int wants = text_cols(u->notice.s, u->notice.len);
    if (wants == 0 || wants <= pane_cols - NOTICE_ON_RULE) return 0;
    int rows = wants / (cols - 2) + 1;
    return rows > NOTICE_ROWS ? NOTICE_ROWS : rows;
}

struct layout layout_make(const struct ui *u, int rows, int cols, int input_rows, int match_rows) {
    struct layout l = {0};
    if (rows < MIN_ROWS || cols < MIN_COLS) {
        l.tiny = true;
        return l;
    }
    l.wide = cols >= WIDE && u->thinking == UI_THINKING_SHOW;
    int divider = l.wide ? cols * 58 / 100 : cols;
    int notice = notice_rows(u, cols, divider);
    int bottom = rows - 1; /* the key bar */
    l.bar = bottom;
    if (input_rows > bottom - 6) input_rows = bottom - 6;
    l.input = (struct rect){bottom - input_rows, 0, input_rows, cols};
    bottom -= input_rows;
    if (match_rows > bottom - 6) match_rows = bottom - 6 > 0 ? bottom - 6 : 0;
    l.matches = (struct rect){bottom - match_rows, 0, match_rows, cols};
    bottom -= match_rows;
    if (notice > bottom - 5) notice = bottom - 5 > 0 ? bottom - 5 : 0;
    l.notice = (struct rect){bottom - notice, 0, notice, cols};
    bottom -= notice;
    l.rule_top = 1;
    l.rule_bottom = bottom - 1;
    int height = l.rule_bottom - 2;
    l.chat = (struct rect){2, 0, height, divider};
    if (l.wide) l.thinking = (struct rect){2, divider + 1, height, cols - divider - 1};
    return l;
}
