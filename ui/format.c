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

void thought_summary(struct str *out, const struct ui_facts *f) {
    str_add(out, "Thought for ");
    format_ms(out, f->thought_ms);
    str_addf(out, " %s ", screen_glyph(GLYPH_MIDDOT));
    format_count(out, f->n_thought);
    str_add(out, f->n_thought == 1 ? " token" : " tokens");
}
