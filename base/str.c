#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void str_free(struct str *b) {
    free(b->s);
    *b = STR_INIT;
}

void str_clear(struct str *b) { str_truncate(b, 0); }

void str_addn(struct str *b, const void *bytes, size_t n) {
    b->s = mem_grow(b->s, &b->cap, b->len + n + 1, 1);
    if (n) memcpy(b->s + b->len, bytes, n);
    b->len += n;
    b->s[b->len] = '\0';
}

void str_add(struct str *b, const char *text) {
    if (text) str_addn(b, text, strlen(text));
}

void str_addc(struct str *b, char c) { str_addn(b, &c, 1); }

void str_addv(struct str *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n <= 0) return;
    b->s = mem_grow(b->s, &b->cap, b->len + (size_t)n + 1, 1);
    vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
    b->len += (size_t)n;
}

void str_addf(struct str *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    str_addv(b, fmt, ap);
    va_end(ap);
}

void str_add_percent(struct str *b, double p) {
    if (p > 0 && p < 0.0001)
        str_add(b, "<0.01 %");
    else
        str_addf(b, p < 0.01 ? "%.2f %%" : "%.1f %%", 100 * p);
}

void str_add_cp(struct str *b, unsigned cp) {
    char buf[4];
    str_addn(b, buf, utf8_encode(cp, buf));
}

void str_truncate(struct str *b, size_t len) {
    if (!b->s) return;
    b->len = len;
    b->s[len] = '\0';
}

const char *str_cstr(struct str *b) {
    if (!b->s) str_addn(b, "", 0);
    return b->s;
}

char *str_take(struct str *b) {
    str_cstr(b);
    char *s = b->s;
    *b = STR_INIT;
    return s;
}

bool str_starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix) {
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}
