/* template_globals: the functions that every template has, and how functions get their arguments.
 */
#include <locale.h>
#include <time.h>

#include "base/clock.h"
#include "engine/template_impl.h"

/* ---- arguments ---- */

bool tpl_given(const struct args *a, size_t i, const char *name) {
    if (i < a->n) return true;
    for (size_t k = 0; k < a->n_keywords; k++)
        if (tpl_is(a->keywords[k].name, name)) return true;
    return false;
}

struct value tpl_arg(const struct args *a, size_t i, const char *name, struct value fallback) {
    if (i < a->n) return a->at[i];
    for (size_t k = 0; k < a->n_keywords; k++)
        if (tpl_is(a->keywords[k].name, name)) return a->keywords[k].value;
    return fallback;
}

int64_t tpl_arg_int(struct work *w, const struct args *a, size_t i, const char *name,
                    int64_t fallback) {
    struct value v = tpl_arg(a, i, name, tpl_int(fallback));
    if (v.kind == T_BOOL) return v.truth;
    if (v.kind != T_INT) tpl_fail(w, "%s must be an integer, not %s", name, tpl_type(v));
    return v.integer;
}

struct value tpl_arg_text(struct work *w, const struct args *a, size_t i, const char *name) {
    struct value v = tpl_arg(a, i, name, NONE);
    if (v.kind == T_UNDEFINED) tpl_use_undefined(w, v);
    if (v.kind != T_TEXT) tpl_fail(w, "%s must be str, not %s", name, tpl_type(v));
    return v;
}

const struct function *tpl_function_find(const struct function *table, size_t n,
                                         struct value name) {
    for (size_t i = 0; i < n; i++)
        if (tpl_is(name, table[i].name)) return &table[i];
    return NULL;
}

struct value tpl_function_call(struct work *w, const struct function *f, struct value subject,
                               const struct args *a) {
    if (a->n > f->max)
        tpl_fail(w, "%s takes at most %zu argument(s), %zu given", f->name, f->max, a->n);
    if (a->n + a->n_keywords < f->min) tpl_fail(w, "%s: an argument is missing", f->name);
    struct args full = *a;
    if (a->n < f->min) { /* given by name: in the order given, which is the order meant */
        full.at = tpl_alloc(w, (a->n + a->n_keywords) * sizeof *full.at);
        if (a->n) memcpy(full.at, a->at, a->n * sizeof *full.at);
        for (size_t i = 0; i < a->n_keywords && full.n < f->min; i++)
            full.at[full.n++] = a->keywords[i].value;
    }
    return f->call(w, subject, &full);
}

/* ---- globals ---- */

#define GLOBAL(name) static struct value name(struct work *w, struct value v, const struct args *a)

GLOBAL(g_raise) {
    (void)v;
    struct value text = tpl_str(w, a->at[0]);
    tpl_fail(w, "%.*s", (int)(text.len < 400 ? text.len : 400), text.text);
}

GLOBAL(g_namespace) {
    (void)v;
    struct value out = tpl_dict(w);
    tpl_merge(w, out.dict, a);
    out.kind = T_NAMESPACE;
    return out;
}

GLOBAL(g_dict) {
    (void)v;
    struct value out = tpl_dict(w);
    tpl_merge(w, out.dict, a);
    return out;
}

GLOBAL(g_range) {
    (void)v;
    int64_t from = tpl_arg_int(w, a, 0, "start", 0), to = tpl_arg_int(w, a, 1, "stop", 0);
    int64_t by = tpl_arg_int(w, a, 2, "step", 1);
    if (a->n == 1) to = from, from = 0;
    if (!by) tpl_fail(w, "range() arg 3 must not be zero");
    struct value out = tpl_list(w, T_LIST);
    for (int64_t i = from; by > 0 ? i < to : i > to;) {
        if (out.list->n == TPL_MAX_RANGE)
            tpl_fail(w, "range too big, maximum size is %d", TPL_MAX_RANGE);
        tpl_push(w, out.list, tpl_int(i));
        if (__builtin_add_overflow(i, by, &i)) break;
    }
    return out;
}

/* strftime in the C locale, since templates ask for English names. */
static size_t format_time(char *out, size_t size, const char *format, const struct tm *t) {
    locale_t c = newlocale(LC_TIME_MASK, "C", (locale_t)0);
    size_t n = c ? strftime_l(out, size, format, t, c) : 0;
    if (c) freelocale(c);
    return n;
}

/* The time now, as the format says (ASIDE_NOW fixes it). */
GLOBAL(g_strftime_now) {
    (void)v;
    struct tm now;
    char format[256], buf[1024];
    struct value f = tpl_arg_text(w, a, 0, "format");
    if (f.len >= sizeof format - 1) tpl_fail(w, "the time format is too long");
    memcpy(format, f.text, f.len);
    format[f.len] = '\0';
    clock_now_local(&now);
    size_t n = format_time(buf, sizeof buf, format, &now);
    size_t mark = tpl_mark(w);
    tpl_put(w, buf, n);
    return tpl_take(w, mark);
}

static const struct function globals[] = {{"raise_exception", g_raise, 1, 1},
                                          {"namespace", g_namespace, 0, 1},
                                          {"dict", g_dict, 0, 1},
                                          {"range", g_range, 1, 3},
                                          {"strftime_now", g_strftime_now, 1, 1}};

const struct function *tpl_global(struct value name) {
    return tpl_function_find(globals, sizeof globals / sizeof *globals, name);
}
