/* prompt: the input line as it is seen: the prompt, the text wrapped at the width, the cursor, and
 * the completions above it. */
#include <string.h>

#include "ui/input.h"
#include "ui/state.h"
#include "ui/text.h"

enum { MARGIN = 2 }; /* "› " */

struct spot {
    int row, col;
};

/* Walks the text at this width; puts where the byte `at` lies, and draws rows first.. if asked. */
static struct spot walk(const struct input_view *v, int cols, size_t at, const struct rect *box,
                        int first) {
    struct spot s = {0, 0}, found = {0, 0};
    struct cluster c;
    if (*v->prompt) s.col = text_cols(v->prompt, strlen(v->prompt));
    if (s.col > cols / 2) s.col = cols / 2;
    for (size_t i = 0;; i += c.bytes) {
        if (i < v->n)
            text_cluster(v->text + i, v->n - i, &c);
        else
            c = (struct cluster){.bytes = 1};
        if (s.col + c.cols > cols) s = (struct spot){s.row + 1, 0};
        if (i <= at) found = s;
        if (i >= v->n) break;
        if (v->text[i] == '\n') {
            s = (struct spot){s.row + 1, 0};
            continue;
        }
        int width = v->text[i] == '\t' ? 1 : c.cols;
        if (box && s.row >= first && s.row < first + box->rows)
            screen_put(box->y + s.row - first, box->x + MARGIN + s.col, width, v->text + i, c.bytes,
                       THEME_TEXT);
        s.col += width;
    }
    return found;
}

static int inner(int cols) { return cols - MARGIN - 1; }

int input_rows_wanted(struct ui *u, int cols, int most) {
    struct input_view v;
    if (u->replay) return 1;
    if (u->inspect.on) return inspect_rows(screen_rows());
    input_view(&v);
    int rows = walk(&v, inner(cols), v.n, NULL, 0).row + 1;
    return rows < 1 ? 1 : rows > most ? most : rows;
}

static void draw_matches(struct ui *u, const struct input_view *v) {
    struct rect box = u->lay.matches;
    int width = 1;
    if (box.rows <= 0) return;
    for (size_t i = 0; i < v->n_matches; i++) {
        int n = text_cols(v->matches[i], strlen(v->matches[i]));
        if (n > width) width = n;
    }
    int columns = (box.cols - 2) / (width + 2);
    if (columns < 1) columns = 1;
    size_t room = (size_t)(columns * box.rows);
    for (size_t i = 0; i < v->n_matches && i < room; i++) {
        int y = box.y + (int)i / columns, x = 2 + (int)i % columns * (width + 2);
        bool more = i + 1 == room && v->n_matches > room;
        screen_puts(y, x, width, more ? screen_glyph(GLYPH_DOTS) : v->matches[i], THEME_DIM);
    }
}

void draw_input(struct ui *u, bool cursor) {
    struct rect box = u->lay.input;
    struct input_view v;
    input_view(&v);
    draw_matches(u, &v);
    int cols = inner(box.cols);
    struct spot at = walk(&v, cols, v.cursor, NULL, 0);
    int first = at.row >= box.rows ? at.row - box.rows + 1 : 0;
    screen_puts(box.y, box.x, 1, v.vi_command ? ":" : screen_glyph(GLYPH_PROMPT), THEME_PROMPT);
    if (*v.prompt && first == 0) screen_puts(box.y, box.x + MARGIN, cols / 2, v.prompt, THEME_DIM);
    walk(&v, cols, v.cursor, &box, first);
    if (cursor) screen_cursor(box.y + at.row - first, box.x + MARGIN + at.col);
}
