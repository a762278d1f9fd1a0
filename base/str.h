/* str: a growing byte string. `s` is always NUL-terminated once something was added or
 * str_cstr() was called; it may hold NULs inside, `len` counts. Zero-initialise to start. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
    char *s;
    size_t len, cap; /* len < cap when s != NULL */
};

#define STR_INIT ((struct str){0})

void str_free(struct str *b);                  /* leaves it empty and reusable */
void str_clear(struct str *b);                 /* len = 0, keeps the memory */
void str_add(struct str *b, const char *text); /* NULL adds nothing */
void str_addn(struct str *b, const void *bytes, size_t n);
void str_addc(struct str *b, char c);
void str_addf(struct str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *b, const char *fmt, va_list ap);
void str_add_percent(struct str *b, double p); /* 0..1 as "62.1 %", "0.03 %", "<0.01 %" */
void str_add_cp(struct str *b, unsigned cp);  /* one code point as UTF-8 */
void str_truncate(struct str *b, size_t len); /* len <= b->len */
const char *str_cstr(struct str *b);          /* never NULL */
char *str_take(struct str *b);                /* owned, NUL-terminated; b is empty after */

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

#endif
