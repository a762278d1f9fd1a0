/* text: see text.h. Cluster boundaries follow UAX #29 by way of utf8proc. */
#include "ui/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>
#include <wchar.h>

#include "base/utf8.h"

int text_cp_cols(unsigned cp) {
    if (cp < 0x20 || cp == 0x7f) return 0;
    if (cp < 0x7f) return 1;
    /* Curses places by libc's widths; what libc does not know (in a locale that is not UTF-8:
     * nearly all) is shown as a stand-in, as wide as Unicode says. */
    int w = wcwidth((wchar_t)cp);
    if (w < 0) w = utf8proc_charwidth((utf8proc_int32_t)cp);
    return w < 0 ? 0 : w > 2 ? 2 : w;
}

static bool is_regional(unsigned cp) { return cp >= 0x1F1E6 && cp <= 0x1F1FF; }

/* Left out of the display: see the head of text.h. */
static bool is_silent(unsigned cp) {
    return cp == 0x200D || (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0x1F3FB && cp <= 0x1F3FF) ||
           cp == 0x20E3 || (cp >= 0xE0000 && cp <= 0xE0FFF);
}

static void cluster_add(struct cluster *c, unsigned cp, bool first) {
    if (is_silent(cp) && !first) return;
    if (is_silent(cp) && text_cp_cols(cp) == 0) return;
    if (is_regional(cp)) cp = 'A' + (cp - 0x1F1E6);
    if (c->n == TEXT_MAX_PARTS) return;
    c->cp[c->n++] = cp;
    c->cols += text_cp_cols(cp);
}

void text_cluster(const char *s, size_t n, struct cluster *c) {
    *c = (struct cluster){.bytes = 1};
    unsigned char a = (unsigned char)s[0];
    if (a < 0x80 && (n == 1 || (unsigned char)s[1] < 0x80)) {
        c->n = 1;
        c->cp[0] = a;
        c->cols = a >= 0x20 && a < 0x7f;
        return;
    }
    unsigned cp, next;
    c->bytes = utf8_decode(s, n, &cp, NULL);
    cluster_add(c, cp, true);
    if (cp == '\n' || cp == '\t') return;
    utf8proc_int32_t state = 0;
    while (c->bytes < n) {
        size_t more = utf8_decode(s + c->bytes, n - c->bytes, &next, NULL);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)cp, (utf8proc_int32_t)next, &state))
            break;
        cluster_add(c, next, false);
        c->bytes += more;
        cp = next;
    }
}

int text_cols(const char *s, size_t n) {
    int cols = 0;
    struct cluster c;
    for (size_t i = 0; i < n; i += c.bytes) {
        text_cluster(s + i, n - i, &c);
        cols += c.cols;
    }
    return cols;
}

size_t text_fit(const char *s, size_t n, int cols) {
    size_t i = 0;
    struct cluster c;
    while (i < n) {
        text_cluster(s + i, n - i, &c);
        if (c.cols > cols) break;
        cols -= c.cols;
        i += c.bytes;
    }
    return i;
}

size_t text_find(const char *s, size_t n, const char *needle) {
    size_t k = strlen(needle);
    if (k == 0) return SIZE_MAX;
    for (size_t i = 0; i + k <= n; i++)
        if (strncasecmp(s + i, needle, k) == 0) return i;
    return SIZE_MAX;
}
