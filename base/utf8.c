#include "base/utf8.h"

#include <string.h>

/* Bytes a lead byte announces, 0 if it is none (continuation bytes, C0, C1, F5..FF). */
static size_t announced(unsigned char c) {
    if (c < 0x80) return 1;
    if (c >= 0xC2 && c <= 0xDF) return 2;
    if (c >= 0xE0 && c <= 0xEF) return 3;
    if (c >= 0xF0 && c <= 0xF4) return 4;
    return 0;
}

/* Whether c may follow as the k-th byte (k >= 1) of a character that starts with `lead`
 * (RFC 3629 table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
static bool may_follow(unsigned char lead, size_t k, unsigned char c) {
    if (k == 1) {
        if (lead == 0xE0) return c >= 0xA0 && c <= 0xBF;
        if (lead == 0xED) return c >= 0x80 && c <= 0x9F;
        if (lead == 0xF0) return c >= 0x90 && c <= 0xBF;
        if (lead == 0xF4) return c >= 0x80 && c <= 0x8F;
    }
    return (c & 0xC0) == 0x80;
}

size_t utf8_decode(const char *text, size_t n, unsigned *cp, bool *ok) {
    const unsigned char *s = (const unsigned char *)text;
    size_t len = announced(s[0]);
    bool valid = len && len <= n;
    for (size_t k = 1; valid && k < len; k++) valid = may_follow(s[0], k, s[k]);
    if (ok) *ok = valid;
    if (!valid) {
        *cp = UTF8_REPLACEMENT;
        return 1;
    }
    *cp = len == 1 ? s[0] : s[0] & (0xFFu >> (len + 1));
    for (size_t k = 1; k < len; k++) *cp = *cp << 6 | (s[k] & 0x3Fu);
    return len;
}

size_t utf8_encode(unsigned cp, char out[4]) {
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) cp = UTF8_REPLACEMENT;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t k = len - 1; k > 0; k--, cp >>= 6) out[k] = (char)(0x80 | (cp & 0x3F));
    out[0] = (char)((0xF00 >> len & 0xFF) | cp);
    return len;
}

bool utf8_valid(const char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        unsigned cp;
        bool ok;
        i += utf8_decode(s + i, n - i, &cp, &ok);
        if (!ok) return false;
    }
    return true;
}

size_t utf8_incomplete_tail(const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char lead = s[n - back];
        if ((lead & 0xC0) == 0x80) continue;
        if (announced(lead) <= back) return 0;
        for (size_t k = 1; k < back; k++)
            if (!may_follow(lead, k, s[n - back + k])) return 0;
        return back;
    }
    return 0;
}

void utf8_add_valid(struct str *out, const char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        unsigned cp;
        i += utf8_decode(s + i, n - i, &cp, NULL);
        str_add_cp(out, cp);
    }
}

static unsigned harmless(unsigned cp) {
    if (cp == '\n' || cp == '\t') return cp;
    if (cp < 0x20) return 0x2400 + cp;
    if (cp == 0x7F) return 0x2421;
    if (cp >= 0x80 && cp < 0xA0) return UTF8_REPLACEMENT;
    if ((cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069)) return UTF8_REPLACEMENT;
    return cp;
}

void utf8_add_harmless(struct str *out, const char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        unsigned cp;
        i += utf8_decode(s + i, n - i, &cp, NULL);
        str_add_cp(out, harmless(cp));
    }
}

void utf8_add_quoted(struct str *out, const char *s, size_t n) {
    static const char plain[] = "\n\t\r\"\\", named[] = "ntr\"\\";
    str_addc(out, '"');
    for (size_t i = 0; i < n;) {
        unsigned cp;
        bool ok;
        const char *at = memchr(plain, s[i], sizeof plain - 1);
        size_t bytes = utf8_decode(s + i, n - i, &cp, &ok);
        if (at)
            str_addf(out, "\\%c", named[at - plain]);
        else if (ok && harmless(cp) == cp)
            str_addn(out, s + i, bytes);
        else
            for (size_t k = 0; k < bytes; k++) str_addf(out, "\\x%02X", (unsigned char)s[i + k]);
        i += bytes;
    }
    str_addc(out, '"');
}
