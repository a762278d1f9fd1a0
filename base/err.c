#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void flatten(char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) *s = ' ';
}

static void set_va(struct err *e, const char *fmt, va_list ap) {
    if (!e) return;
    vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    flatten(e->msg);
}

bool err_set(struct err *e, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    set_va(e, fmt, ap);
    va_end(ap);
    return false;
}

void *err_null(struct err *e, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    set_va(e, fmt, ap);
    va_end(ap);
    return NULL;
}

bool err_prefix(struct err *e, const char *fmt, ...) {
    if (!e) return false;
    char old[sizeof e->msg], prefix[sizeof e->msg];
    memcpy(old, e->msg, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    return err_set(e, "%s: %s", prefix, old);
}
