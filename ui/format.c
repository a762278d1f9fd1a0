/* format: durations and counts in words that people use. */
#include <stdio.h>

#include "ui/screen.h"
#include "ui/state.h"

void format_ms(struct str *out, int64_t ms) {
    long long s = (ms + 500) / 1000;
    if (ms < 0) s = 0;
    if (ms > 0 && ms < 950)
        str_addf(out, "%.1f s", (double)ms / 1000);
    else if (s < 60)
        str_addf(out, "%lld s", s);
    else if (s < 3600)
        str_addf(out, "%lld min %02lld s", s / 60, s % 60);
    else
        str_addf(out, "%lld h %02lld min", s / 3600, s / 60 % 60);
}

void format_count(struct str *out, size_t n) {
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%zu", n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) str_addc(out, ',');
        str_addc(out, digits[i]);
    }
}

void format_thought(struct str *out, const struct ui_facts *f) {
    format_count(out, f->n_thought);
    if (!f->budget) return;
    str_add(out, " of ");
    format_count(out, f->budget);
}

void draw_budget(const struct ui_facts *f, int y, int x, int cols) {
    enum { MOST = 10, LEAST = 4 };
    if (!f->budget || cols < LEAST) return;
    if (cols > MOST) cols = MOST;
    size_t full =
        f->n_thought >= f->budget ? (size_t)cols : f->n_thought * (size_t)cols / f->budget;
    if (f->n_thought && !full) full = 1;
    bool near = f->n_thought * 10 >= f->budget * 9;
    screen_glyphs(y, x, (int)full, GLYPH_FULL, near ? THEME_METER_FULL : THEME_METER);
    screen_glyphs(y, x + (int)full, cols - (int)full, GLYPH_EMPTY, THEME_DIM);
}

void thought_summary(struct str *out, const struct ui_facts *f) {
    str_add(out, "Thought for ");
    format_ms(out, f->thought_ms);
    str_addf(out, " %s ", screen_glyph(GLYPH_MIDDOT));
    format_count(out, f->n_thought);
    str_add(out, f->n_thought == 1 ? " token" : " tokens");
}
