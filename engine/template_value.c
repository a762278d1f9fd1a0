/* template_value: what a value of the template language is: made, compared, printed. The meaning
 * is Python's, as Jinja shows it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/template_impl.h"

struct value tpl_bool(bool b) {
    return (struct value){T_BOOL, 0, {.truth = b}};
}
struct value tpl_int(int64_t i) {
    return (struct value){T_INT, 0, {.integer = i}};
}
struct value tpl_float(double f) {
    return (struct value){T_FLOAT, 0, {.real = f}};
}
struct value tpl_text(const char *s, size_t n) {
    return (struct value){T_TEXT, n, {.text = s}};
}

struct value tpl_undefined(struct work *w, const char *fmt, ...) {
    char buf[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    size_t n = strlen(buf);
    char *s = tpl_alloc(w, n + 1);
    memcpy(s, buf, n);
    return (struct value){T_UNDEFINED, n, {.text = s}};
}

void tpl_use_undefined(struct work *w, struct value v) {
    tpl_fail(w, "%.*s", (int)v.len, v.text ? v.text : "undefined");
}

struct value tpl_list(struct work *w, enum kind kind) {
    return (struct value){kind, 0, {.list = tpl_alloc(w, sizeof(struct list))}};
}

struct value tpl_dict(struct work *w) {
    return (struct value){T_DICT, 0, {.dict = tpl_alloc(w, sizeof(struct dict))}};
}

void tpl_push(struct work *w, struct list *l, struct value v) {
    l->items = tpl_grow(w, l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] = v;
}

struct value tpl_pair(struct work *w, struct value a, struct value b) {
    struct value t = tpl_list(w, T_TUPLE);
    tpl_push(w, t.list, a);
    tpl_push(w, t.list, b);
    return t;
}

/* ---- dicts ---- */

static bool same_text(struct value a, struct value b) {
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

struct value *tpl_find(struct work *w, const struct dict *d, struct value key) {
    if (key.kind == T_LIST || key.kind == T_DICT)
        tpl_fail(w, "unhashable type: '%s'", tpl_type(key));
    tpl_charge(w, d->n / 16 + (key.kind == T_TEXT ? key.len / 32 : 0));
    for (size_t i = 0; i < d->n; i++) {
        struct value k = d->pairs[i].key;
        bool same = key.kind == T_TEXT ? k.kind == T_TEXT && same_text(k, key)
                                       : k.kind != T_TEXT && tpl_equal(w, k, key);
        if (same) return &d->pairs[i].value;
    }
    return NULL;
}

struct value *tpl_find_name(const struct dict *d, const char *name) {
    for (size_t i = 0; i < d->n; i++)
        if (tpl_is(d->pairs[i].key, name)) return &d->pairs[i].value;
    return NULL;
}

void tpl_put_key(struct work *w, struct dict *d, struct value key, struct value v) {
    struct value *old = tpl_find(w, d, key);
    if (old) {
        *old = v;
        return;
    }
    d->pairs = tpl_grow(w, d->pairs, &d->cap, d->n + 1, sizeof *d->pairs);
    d->pairs[d->n++] = (struct pair){key, v};
}

bool tpl_remove_key(struct work *w, struct dict *d, struct value key, struct value *old) {
    struct value *at = tpl_find(w, d, key);
    if (!at) return false;
    *old = *at;
    size_t i =
        (size_t)((struct pair *)(void *)((char *)at - offsetof(struct pair, value)) - d->pairs);
    memmove(d->pairs + i, d->pairs + i + 1, (d->n - i - 1) * sizeof *d->pairs);
    d->n--;
    return true;
}

/* ---- asking ---- */

bool tpl_is(struct value v, const char *text) {
    return v.kind == T_TEXT && v.len == strlen(text) && memcmp(v.text, text, v.len) == 0;
}

bool tpl_is_number(struct value v) {
    return v.kind == T_BOOL || v.kind == T_INT || v.kind == T_FLOAT;
}

double tpl_number(struct value v) {
    return v.kind == T_FLOAT ? v.real : v.kind == T_BOOL ? v.truth : (double)v.integer;
}

bool tpl_is_listing(struct value v) { return v.kind == T_LIST || v.kind == T_TUPLE; }

bool tpl_truth(struct value v) {
    switch (v.kind) {
    case T_UNDEFINED:
    case T_NONE:
        return false;
    case T_BOOL:
        return v.truth;
    case T_INT:
        return v.integer != 0;
    case T_FLOAT:
        return v.real != 0;
    case T_TEXT:
        return v.len != 0;
    case T_LIST:
    case T_TUPLE:
        return v.list->n != 0;
    case T_DICT:
        return v.dict->n != 0;
    default:
        return true;
    }
}

const char *tpl_type(struct value v) {
    static const char *const names[] = {[T_UNDEFINED] = "Undefined",
                                        [T_NONE] = "NoneType",
                                        [T_BOOL] = "bool",
                                        [T_INT] = "int",
                                        [T_BIG] = "int",
                                        [T_FLOAT] = "float",
                                        [T_TEXT] = "str",
                                        [T_LIST] = "list",
                                        [T_TUPLE] = "tuple",
                                        [T_DICT] = "dict",
                                        [T_NAMESPACE] = "Namespace",
                                        [T_LOOP] = "LoopContext",
                                        [T_MACRO] = "Macro",
                                        [T_FUNCTION] = "function",
                                        [T_METHOD] = "method"};
    return names[v.kind];
}

/* ---- comparing ---- */

static bool equal_numbers(struct value a, struct value b) {
    if (a.kind != T_FLOAT && b.kind != T_FLOAT) {
        int64_t x = a.kind == T_BOOL ? a.truth : a.integer;
        int64_t y = b.kind == T_BOOL ? b.truth : b.integer;
        return x == y;
    }
    return tpl_number(a) == tpl_number(b);
}

static bool equal_lists(struct work *w, const struct list *a, const struct list *b) {
    if (a->n != b->n) return false;
    tpl_charge(w, a->n);
    for (size_t i = 0; i < a->n; i++)
        if (!tpl_equal(w, a->items[i], b->items[i])) return false;
    return true;
}

static bool equal_dicts(struct work *w, const struct dict *a, const struct dict *b) {
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct value *v = tpl_find(w, b, a->pairs[i].key);
        if (!v || !tpl_equal(w, a->pairs[i].value, *v)) return false;
    }
    return true;
}

bool tpl_equal(struct work *w, struct value a, struct value b) {
    if (tpl_is_number(a) && tpl_is_number(b)) return equal_numbers(a, b);
    if (a.kind != b.kind) return false;
    tpl_enter(w);
    bool same;
    switch (a.kind) {
    case T_UNDEFINED:
    case T_NONE:
        same = true;
        break;
    case T_TEXT:
        if (a.len == b.len) tpl_scan(w, a); /* fall through */
    case T_BIG:
        same = same_text(a, b);
        break;
    case T_LIST:
    case T_TUPLE:
        same = equal_lists(w, a.list, b.list);
        break;
    case T_DICT:
        same = equal_dicts(w, a.dict, b.dict);
        break;
    default:
        same = a.dict == b.dict;
        break; /* the same object */
    }
    tpl_leave(w);
    return same;
}

static int order_lists(struct work *w, const struct list *a, const struct list *b, const char *op) {
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (!tpl_equal(w, a->items[i], b->items[i]))
            return tpl_order(w, a->items[i], b->items[i], op);
    return (a->n > b->n) - (a->n < b->n);
}

int tpl_order(struct work *w, struct value a, struct value b, const char *op) {
    if (a.kind == T_UNDEFINED) tpl_use_undefined(w, a);
    if (b.kind == T_UNDEFINED) tpl_use_undefined(w, b);
    if (a.kind == T_INT && b.kind == T_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    if (tpl_is_number(a) && tpl_is_number(b)) {
        double x = tpl_number(a), y = tpl_number(b);
        return (x > y) - (x < y);
    }
    if (a.kind == T_TEXT && b.kind == T_TEXT) {
        size_t n = a.len < b.len ? a.len : b.len;
        tpl_charge(w, n / 32);
        int c = n ? memcmp(a.text, b.text, n) : 0; /* UTF-8 sorts as its code points do */
        return c ? c : (a.len > b.len) - (a.len < b.len);
    }
    if (tpl_is_listing(a) && a.kind == b.kind) {
        tpl_enter(w);
        int c = order_lists(w, a.list, b.list, op);
        tpl_leave(w);
        return c;
    }
    tpl_fail(w, "'%s' not supported between instances of '%s' and '%s'", op, tpl_type(a),
             tpl_type(b));
}

bool tpl_contains(struct work *w, struct value item, struct value in) {
    switch (in.kind) {
    case T_UNDEFINED:
        return false;
    case T_TEXT:
        if (item.kind == T_UNDEFINED) tpl_use_undefined(w, item);
        if (item.kind != T_TEXT)
            tpl_fail(w, "'in <string>' requires string as left operand, not %s", tpl_type(item));
        return tpl_find_text(w, in, item, false) >= 0;
    case T_DICT:
        return tpl_find(w, in.dict, item) != NULL;
    case T_LIST:
    case T_TUPLE:
        tpl_charge(w, in.list->n);
        for (size_t i = 0; i < in.list->n; i++)
            if (tpl_equal(w, in.list->items[i], item)) return true;
        return false;
    default:
        tpl_fail(w, "argument of type '%s' is not iterable", tpl_type(in));
    }
}

const struct list *tpl_iterate(struct work *w, struct value v) {
    switch (v.kind) {
    case T_LIST:
    case T_TUPLE:
        return v.list;
    case T_TEXT:
        return tpl_chars(w, v).list;
    case T_DICT: {
        struct value keys = tpl_list(w, T_LIST);
        for (size_t i = 0; i < v.dict->n; i++) tpl_push(w, keys.list, v.dict->pairs[i].key);
        return keys.list;
    }
    case T_UNDEFINED:
        return tpl_list(w, T_LIST).list;
    default:
        tpl_fail(w, "'%s' object is not iterable", tpl_type(v));
    }
}

size_t tpl_length(struct work *w, struct value v) {
    switch (v.kind) {
    case T_UNDEFINED:
        return 0;
    case T_TEXT:
        tpl_scan(w, v);
        return tpl_count_chars(v);
    case T_LIST:
    case T_TUPLE:
        return v.list->n;
    case T_DICT:
        return v.dict->n;
    default:
        tpl_fail(w, "object of type '%s' has no len()", tpl_type(v));
    }
}

/* ---- printing ---- */

void tpl_print_float(struct work *w, double f) {
    char buf[40];
    if (isnan(f) || isinf(f)) {
        tpl_puts(w, isnan(f) ? "nan" : f > 0 ? "inf" : "-inf");
        return;
    }
    tpl_charge(w, 20);
    int digits = 1;
    do snprintf(buf, sizeof buf, "%.*e", digits - 1, f);
    while (strtod(buf, NULL) != f && digits++ < 17);
    int exponent = atoi(strchr(buf, 'e') + 1);
    if (exponent >= -4 && exponent < 16) {
        int decimals = digits - 1 - exponent;
        snprintf(buf, sizeof buf, "%.*f", decimals < 1 ? 1 : decimals, f);
    }
    tpl_puts(w, buf);
}

/* What Python's repr() shows as it is. */
static bool printable(unsigned cp) {
    if (cp < 0x80) return cp >= 0x20 && cp != 0x7F;
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
        return false;
    default:
        return true;
    }
}

static void print_repr_char(struct work *w, unsigned cp, const char *bytes, size_t n, char quote) {
    char buf[16];
    if (cp == '\n')
        tpl_puts(w, "\\n");
    else if (cp == '\r')
        tpl_puts(w, "\\r");
    else if (cp == '\t')
        tpl_puts(w, "\\t");
    else if (cp == '\\' || cp == (unsigned)quote) {
        tpl_puts(w, "\\");
        tpl_put(w, bytes, n);
    } else if (printable(cp))
        tpl_put(w, bytes, n);
    else {
        snprintf(buf, sizeof buf,
                 cp < 0x100     ? "\\x%02x"
                 : cp < 0x10000 ? "\\u%04x"
                                : "\\U%08x",
                 cp);
        tpl_puts(w, buf);
    }
}

static void print_repr_text(struct work *w, struct value v) {
    bool single = memchr(v.text, '\'', v.len), twice = memchr(v.text, '"', v.len);
    char quote = single && !twice ? '"' : '\'';
    tpl_put(w, &quote, 1);
    for (size_t i = 0, n; i < v.len; i += n) {
        unsigned cp;
        n = utf8_decode(v.text + i, v.len - i, &cp, NULL);
        print_repr_char(w, cp, v.text + i, n, quote);
    }
    tpl_put(w, &quote, 1);
}

static void print_items(struct work *w, const struct list *l, const char *open, const char *close) {
    tpl_puts(w, open);
    for (size_t i = 0; i < l->n; i++) {
        if (i) tpl_puts(w, ", ");
        tpl_print_repr(w, l->items[i]);
    }
    tpl_puts(w, close);
}

static void print_dict(struct work *w, const struct dict *d) {
    tpl_puts(w, "{");
    for (size_t i = 0; i < d->n; i++) {
        if (i) tpl_puts(w, ", ");
        tpl_print_repr(w, d->pairs[i].key);
        tpl_puts(w, ": ");
        tpl_print_repr(w, d->pairs[i].value);
    }
    tpl_puts(w, "}");
}

void tpl_print(struct work *w, struct value v) {
    char buf[64];
    switch (v.kind) {
    case T_TEXT:
    case T_BIG:
        tpl_put(w, v.text, v.len);
        break;
    case T_UNDEFINED:
        break;
    case T_INT:
        snprintf(buf, sizeof buf, "%lld", (long long)v.integer);
        tpl_puts(w, buf);
        break;
    default:
        tpl_print_repr(w, v);
    }
}

void tpl_print_repr(struct work *w, struct value v) {
    tpl_enter(w);
    switch (v.kind) {
    case T_UNDEFINED:
        tpl_puts(w, "Undefined");
        break;
    case T_NONE:
        tpl_puts(w, "None");
        break;
    case T_BOOL:
        tpl_puts(w, v.truth ? "True" : "False");
        break;
    case T_INT:
    case T_BIG:
        tpl_print(w, v);
        break;
    case T_FLOAT:
        tpl_print_float(w, v.real);
        break;
    case T_TEXT:
        print_repr_text(w, v);
        break;
    case T_LIST:
        print_items(w, v.list, "[", "]");
        break;
    case T_TUPLE:
        print_items(w, v.list, "(", v.list->n == 1 ? ",)" : ")");
        break;
    case T_DICT:
        print_dict(w, v.dict);
        break;
    case T_NAMESPACE:
        tpl_puts(w, "<Namespace ");
        print_dict(w, v.dict);
        tpl_puts(w, ">");
        break;
    default:
        tpl_puts(w, "<");
        tpl_puts(w, tpl_type(v));
        tpl_puts(w, ">");
    }
    tpl_leave(w);
}

struct value tpl_str(struct work *w, struct value v) {
    if (v.kind == T_TEXT) return v;
    size_t mark = tpl_mark(w);
    tpl_print(w, v);
    return tpl_take(w, mark);
}
