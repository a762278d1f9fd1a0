/* template_filters: what follows a `|`. A table of functions over (subject, arguments). */
#include <math.h>
#include <stdlib.h>

#include "engine/template_impl.h"

static struct value f_length(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_int((int64_t)tpl_length(w, v));
}

static struct value f_string(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_str(w, v);
}

static struct value f_trim(struct work *w, struct value v, const struct args *a) {
    v = tpl_str(w, v);
    tpl_scan(w, v);
    return tpl_strip(v, tpl_arg(a, 0, "chars", NONE), STRIP_LEFT | STRIP_RIGHT);
}

static struct value f_default(struct work *w, struct value v, const struct args *a) {
    (void)w;
    bool any = tpl_truth(tpl_arg(a, 1, "boolean", tpl_bool(false)));
    bool replace = v.kind == T_UNDEFINED || (any && !tpl_truth(v));
    return replace ? tpl_arg(a, 0, "default_value", TEXT("")) : v;
}

static struct value f_upper(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_letters(w, tpl_str(w, v), LETTERS_UPPER);
}

static struct value f_lower(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_letters(w, tpl_str(w, v), LETTERS_LOWER);
}

static struct value f_capitalize(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_letters(w, tpl_str(w, v), LETTERS_CAPITALIZE);
}

/* Words begin after white space and after - ( { [ <, unlike in str.title(). */
static struct value f_title(struct work *w, struct value v, const struct args *a) {
    (void)a;
    size_t mark = tpl_mark(w);
    const struct list *chars = tpl_chars(w, tpl_str(w, v)).list;
    bool begin = true;
    for (size_t i = 0; i < chars->n; i++) {
        struct value c = chars->items[i];
        tpl_print(w, tpl_letters(w, c, begin ? LETTERS_UPPER : LETTERS_LOWER));
        begin = strchr("-({[<", c.text[0]) || !tpl_strip(c, NONE, STRIP_LEFT).len;
    }
    return tpl_take(w, mark);
}

static struct value f_indent(struct work *w, struct value v, const struct args *a) {
    if (v.kind == T_UNDEFINED) tpl_use_undefined(w, v);
    if (v.kind != T_TEXT) tpl_fail(w, "indent needs a string, not %s", tpl_type(v));
    return tpl_indent(w, v, tpl_arg(a, 0, "width", tpl_int(4)),
                      tpl_truth(tpl_arg(a, 1, "first", tpl_bool(false))),
                      tpl_truth(tpl_arg(a, 2, "blank", tpl_bool(false))));
}

static struct value f_replace(struct work *w, struct value v, const struct args *a) {
    return tpl_replace(w, tpl_str(w, v), tpl_arg_text(w, a, 0, "old"), tpl_arg_text(w, a, 1, "new"),
                       tpl_arg_int(w, a, 2, "count", -1));
}

static struct value f_escape(struct work *w, struct value v, const struct args *a) {
    (void)a;
    static const char *const names[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&#34;", ['\''] = "&#39;"};
    v = tpl_str(w, v);
    size_t mark = tpl_mark(w);
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.text[i];
        if (c < sizeof names / sizeof *names && names[c])
            tpl_puts(w, names[c]);
        else
            tpl_put(w, &v.text[i], 1);
    }
    return tpl_take(w, mark);
}

/* Runs of letters, digits and _. */
static struct value f_wordcount(struct work *w, struct value v, const struct args *a) {
    (void)a;
    const struct list *chars = tpl_chars(w, tpl_str(w, v)).list;
    struct args none = {0};
    int64_t n = 0;
    bool inside = false;
    for (size_t i = 0; i < chars->n; i++) {
        struct value c = chars->items[i];
        bool word = tpl_is(c, "_") || tpl_method(c, TEXT("isalnum"))->call(w, c, &none).truth;
        n += word && !inside;
        inside = word;
    }
    return tpl_int(n);
}

static struct value f_format(struct work *w, struct value v, const struct args *a) {
    return tpl_format_percent(w, tpl_str(w, v), a);
}

static struct value f_tojson(struct work *w, struct value v, const struct args *a) {
    return tpl_json_write(w, v, a);
}

static struct value f_from_json(struct work *w, struct value v, const struct args *a) {
    (void)a;
    v = tpl_str(w, v);
    return tpl_json_read(w, v.text, v.len);
}

static struct value f_safe(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_str(w, v);
}

/* ---- numbers ---- */

/* A text as int() reads it, or as float() cut to a whole number. */
static bool text_number(struct value v, int base, bool whole, double *out, int64_t *out_int) {
    char buf[64], *end;
    v = tpl_strip(v, NONE, STRIP_LEFT | STRIP_RIGHT);
    if (!v.len || v.len >= sizeof buf) return false;
    memcpy(buf, v.text, v.len);
    buf[v.len] = '\0';
    *out_int = strtoll(buf, &end, base);
    if (whole && !*end) {
        *out = (double)*out_int;
        return true;
    }
    *out = strtod(buf, &end);
    bool plain = !*end && !strpbrk(buf, "xXpP");
    if (plain && fabs(*out) < 9e18) *out_int = (int64_t)*out;
    return plain && (!whole || fabs(*out) < 9e18);
}

static struct value f_int(struct work *w, struct value v, const struct args *a) {
    struct value fallback = tpl_arg(a, 0, "default", tpl_int(0));
    int base = (int)tpl_arg_int(w, a, 1, "base", 10);
    double f;
    int64_t i;
    if (base < 2 || base > 36) base = 10;
    if (v.kind == T_INT || v.kind == T_BIG) return v;
    if (v.kind == T_BOOL) return tpl_int(v.truth);
    if (v.kind == T_FLOAT) return fabs(v.real) < 9e18 ? tpl_int((int64_t)v.real) : fallback;
    return v.kind == T_TEXT && text_number(v, base, true, &f, &i) ? tpl_int(i) : fallback;
}

static struct value f_float(struct work *w, struct value v, const struct args *a) {
    (void)w;
    double f;
    int64_t i;
    if (tpl_is_number(v)) return tpl_float(tpl_number(v));
    if (v.kind == T_TEXT && text_number(v, 10, false, &f, &i)) return tpl_float(f);
    return tpl_arg(a, 0, "default", tpl_float(0));
}

static struct value f_abs(struct work *w, struct value v, const struct args *a) {
    (void)a;
    if (!tpl_is_number(v)) tpl_fail(w, "bad operand type for abs(): '%s'", tpl_type(v));
    if (v.kind == T_FLOAT) return tpl_float(fabs(v.real));
    if (v.kind == T_BOOL) return tpl_int(v.truth);
    return v.integer < 0 ? tpl_binary(w, OP_SUB, tpl_int(0), v) : v;
}

static struct value f_round(struct work *w, struct value v, const struct args *a) {
    int64_t precision = tpl_arg_int(w, a, 0, "precision", 0);
    struct value method = tpl_arg(a, 1, "method", TEXT("common"));
    if (!tpl_is_number(v)) tpl_fail(w, "type %s cannot be rounded", tpl_type(v));
    if (v.kind != T_FLOAT && precision >= 0 && tpl_is(method, "common"))
        return v.kind == T_BOOL ? tpl_int(v.truth) : v;
    double scale = pow(10, (double)precision), f = tpl_number(v) * scale;
    f = tpl_is(method, "ceil") ? ceil(f) : tpl_is(method, "floor") ? floor(f) : nearbyint(f);
    return tpl_float(f / scale);
}

/* ---- lists ---- */

static struct value f_list(struct work *w, struct value v, const struct args *a) {
    (void)a;
    struct value out = tpl_list(w, T_LIST);
    const struct list *l = tpl_iterate(w, v);
    for (size_t i = 0; i < l->n; i++) tpl_push(w, out.list, l->items[i]);
    return out;
}

static struct value f_items(struct work *w, struct value v, const struct args *a) {
    (void)a;
    struct value out = tpl_list(w, T_LIST);
    if (v.kind == T_UNDEFINED) return out;
    if (v.kind != T_DICT) tpl_fail(w, "can only get item pairs from a mapping");
    for (size_t i = 0; i < v.dict->n; i++)
        tpl_push(w, out.list, tpl_pair(w, v.dict->pairs[i].key, v.dict->pairs[i].value));
    return out;
}

/* item.a.b.0, as map(attribute=…), sort, join and the like take it. */
static struct value attribute_of(struct work *w, struct value v, struct value path) {
    if (path.kind == T_NONE) return v;
    if (path.kind != T_TEXT) return tpl_get_item(w, v, path);
    const struct list *parts = tpl_split(w, path, TEXT("."), -1, false).list;
    for (size_t i = 0; i < parts->n; i++) {
        struct value key = parts->items[i];
        int64_t n = 0;
        size_t k = 0;
        while (k < key.len && k < 9 && key.text[k] >= '0' && key.text[k] <= '9')
            n = n * 10 + (key.text[k++] - '0');
        if (k && k == key.len) key = tpl_int(n);
        v = tpl_get_item(w, v, key);
    }
    return v;
}

static struct value f_join(struct work *w, struct value v, const struct args *a) {
    struct value separator = tpl_str(w, tpl_arg(a, 0, "d", TEXT(""))),
                 path = tpl_arg(a, 1, "attribute", NONE);
    const struct list *l = tpl_iterate(w, v);
    size_t mark = tpl_mark(w);
    for (size_t i = 0; i < l->n; i++) {
        if (i) tpl_put(w, separator.text, separator.len);
        tpl_print(w, attribute_of(w, l->items[i], path));
    }
    return tpl_take(w, mark);
}

static struct args rest_of(const struct args *a, size_t skip) {
    struct args rest = *a;
    rest.at = a->n > skip ? a->at + skip : NULL;
    rest.n = a->n > skip ? a->n - skip : 0;
    return rest;
}

static struct value f_map(struct work *w, struct value v, const struct args *a) {
    struct value out = tpl_list(w, T_LIST), path = tpl_arg(a, 99, "attribute", NONE);
    struct args rest = rest_of(a, 1);
    if (!a->n && path.kind == T_NONE) tpl_fail(w, "map requires a filter argument");
    if (!tpl_truth(v)) return out; /* none too */
    const struct list *l = tpl_iterate(w, v);
    for (size_t i = 0; i < l->n; i++) {
        struct value one;
        if (a->n)
            one = tpl_filter(w, a->at[0], l->items[i], &rest);
        else
            one = attribute_of(w, l->items[i], path);
        if (!a->n && one.kind == T_UNDEFINED) one = tpl_arg(a, 99, "default", one);
        tpl_push(w, out.list, one);
    }
    return out;
}

/* select and its relatives: what is kept is where test(item or its attribute) == `keep`. */
static struct value choose(struct work *w, struct value v, const struct args *a, bool keep,
                           bool attr) {
    struct value out = tpl_list(w, T_LIST);
    size_t at = attr ? 1 : 0;
    if (attr && !a->n) tpl_fail(w, "missing parameter for attribute name");
    struct args rest = rest_of(a, at + 1);
    if (!tpl_truth(v)) return out; /* none too */
    const struct list *l = tpl_iterate(w, v);
    for (size_t i = 0; i < l->n; i++) {
        struct value subject = attr ? attribute_of(w, l->items[i], a->at[0]) : l->items[i];
        bool holds = a->n > at ? tpl_test(w, a->at[at], subject, &rest) : tpl_truth(subject);
        if (holds == keep) tpl_push(w, out.list, l->items[i]);
    }
    return out;
}

static struct value f_select(struct work *w, struct value v, const struct args *a) {
    return choose(w, v, a, true, false);
}
static struct value f_reject(struct work *w, struct value v, const struct args *a) {
    return choose(w, v, a, false, false);
}
static struct value f_selectattr(struct work *w, struct value v, const struct args *a) {
    return choose(w, v, a, true, true);
}
static struct value f_rejectattr(struct work *w, struct value v, const struct args *a) {
    return choose(w, v, a, false, true);
}

static struct value f_first(struct work *w, struct value v, const struct args *a) {
    (void)a;
    const struct list *l = tpl_iterate(w, v);
    return l->n ? l->items[0] : tpl_undefined(w, "No first item, sequence was empty.");
}

static struct value f_last(struct work *w, struct value v, const struct args *a) {
    (void)a;
    const struct list *l = tpl_iterate(w, v);
    return l->n ? l->items[l->n - 1] : tpl_undefined(w, "No last item, sequence was empty.");
}

static struct value f_sum(struct work *w, struct value v, const struct args *a) {
    struct value path = tpl_arg(a, 0, "attribute", NONE),
                 total = tpl_arg(a, 1, "start", tpl_int(0));
    const struct list *l = tpl_iterate(w, v);
    for (size_t i = 0; i < l->n; i++)
        total = tpl_binary(w, OP_ADD, total, attribute_of(w, l->items[i], path));
    return total;
}

/* ---- order ---- */

struct sorter {
    struct work *w;
    bool cased;
};
struct keyed {
    struct value key, item;
};

static struct value fold(struct work *w, struct value v, bool cased) {
    return v.kind == T_TEXT && !cased ? tpl_letters(w, v, LETTERS_LOWER) : v;
}

/* Merge sort: stable, and comparisons may fail in the middle. */
static void merge_sort(struct work *w, struct keyed *x, size_t n, struct keyed *tmp, bool down) {
    if (n < 2) return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge_sort(w, x, half, tmp, down);
    merge_sort(w, x + half, n - half, tmp, down);
    while (i < half && j < n) {
        tpl_charge(w, 1);
        int c = tpl_order(w, x[j].key, x[i].key, "<");
        tmp[k++] = (down ? c > 0 : c < 0) ? x[j++] : x[i++];
    }
    while (i < half) tmp[k++] = x[i++];
    memcpy(x, tmp, k * sizeof *x);
}

/* Items with the keys by which they sort. */
static struct keyed *sorted(struct work *w, const struct list *l, struct value path, bool cased,
                            bool down) {
    struct keyed *x = tpl_alloc(w, (l->n + 1) * sizeof *x),
                 *tmp = tpl_alloc(w, (l->n + 1) * sizeof *x);
    for (size_t i = 0; i < l->n; i++)
        x[i] = (struct keyed){fold(w, attribute_of(w, l->items[i], path), cased), l->items[i]};
    merge_sort(w, x, l->n, tmp, down);
    return x;
}

static struct value f_sort(struct work *w, struct value v, const struct args *a) {
    bool down = tpl_truth(tpl_arg(a, 0, "reverse", tpl_bool(false)));
    bool cased = tpl_truth(tpl_arg(a, 1, "case_sensitive", tpl_bool(false)));
    const struct list *l = tpl_iterate(w, v);
    struct keyed *x = sorted(w, l, tpl_arg(a, 2, "attribute", NONE), cased, down);
    struct value out = tpl_list(w, T_LIST);
    for (size_t i = 0; i < l->n; i++) tpl_push(w, out.list, x[i].item);
    return out;
}

static struct value f_dictsort(struct work *w, struct value v, const struct args *a) {
    bool cased = tpl_truth(tpl_arg(a, 0, "case_sensitive", tpl_bool(false)));
    bool by_value = tpl_is(tpl_arg(a, 1, "by", TEXT("key")), "value");
    bool down = tpl_truth(tpl_arg(a, 2, "reverse", tpl_bool(false)));
    struct args none = {0};
    if (v.kind != T_DICT) tpl_fail(w, "dictsort needs a mapping, not %s", tpl_type(v));
    const struct list *l = f_items(w, v, &none).list;
    struct keyed *x = sorted(w, l, tpl_int(by_value), cased, down);
    struct value out = tpl_list(w, T_LIST);
    for (size_t i = 0; i < l->n; i++) tpl_push(w, out.list, x[i].item);
    return out;
}

static struct value extreme(struct work *w, struct value v, const struct args *a, bool last) {
    const struct list *l = tpl_iterate(w, v);
    struct value path = tpl_arg(a, 1, "attribute", NONE);
    bool cased = tpl_truth(tpl_arg(a, 0, "case_sensitive", tpl_bool(false)));
    if (!l->n) return tpl_undefined(w, "No aggregated item, sequence was empty.");
    return sorted(w, l, path, cased, last)[0].item;
}

static struct value f_min(struct work *w, struct value v, const struct args *a) {
    return extreme(w, v, a, false);
}
static struct value f_max(struct work *w, struct value v, const struct args *a) {
    return extreme(w, v, a, true);
}

static struct value f_unique(struct work *w, struct value v, const struct args *a) {
    bool cased = tpl_truth(tpl_arg(a, 0, "case_sensitive", tpl_bool(false)));
    struct value path = tpl_arg(a, 1, "attribute", NONE), out = tpl_list(w, T_LIST),
                 seen = tpl_list(w, T_LIST);
    const struct list *l = tpl_iterate(w, v);
    for (size_t i = 0; i < l->n; i++) {
        struct value key = fold(w, attribute_of(w, l->items[i], path), cased);
        if (tpl_contains(w, key, seen)) continue;
        tpl_push(w, seen.list, key);
        tpl_push(w, out.list, l->items[i]);
    }
    return out;
}

static struct value f_reverse(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return tpl_slice(w, v.kind == T_TEXT ? v : f_list(w, v, a), NONE, NONE, tpl_int(-1));
}

static struct value f_groupby(struct work *w, struct value v, const struct args *a) {
    struct value out = tpl_list(w, T_LIST), path = tpl_arg(a, 0, "attribute", NONE);
    const struct list *l = tpl_iterate(w, v);
    struct keyed *x = sorted(w, l, path, false, false);
    for (size_t i = 0; i < l->n;) {
        struct value group = tpl_list(w, T_LIST);
        size_t begin = i;
        for (; i < l->n && tpl_equal(w, x[i].key, x[begin].key); i++)
            tpl_push(w, group.list, x[i].item);
        tpl_push(w, out.list, tpl_pair(w, attribute_of(w, x[begin].item, path), group));
    }
    return out;
}

static struct value f_batch(struct work *w, struct value v, const struct args *a) {
    struct value out = tpl_list(w, T_LIST), row = {0};
    int64_t size = tpl_arg_int(w, a, 0, "linecount", 1);
    const struct list *l = tpl_iterate(w, v);
    for (size_t i = 0; i < l->n; i++) {
        if (size < 1 || i % (size_t)size == 0) tpl_push(w, out.list, row = tpl_list(w, T_LIST));
        tpl_push(w, row.list, l->items[i]);
    }
    while (tpl_given(a, 1, "fill_with") && row.list && (int64_t)row.list->n < size)
        tpl_push(w, row.list, tpl_arg(a, 1, "fill_with", NONE));
    return out;
}

static struct value f_attr(struct work *w, struct value v, const struct args *a) {
    return tpl_get_attr(w, v, tpl_arg_text(w, a, 0, "name"));
}

static const struct function filters[] = {{"abs", f_abs, 0, 0},
                                          {"attr", f_attr, 1, 1},
                                          {"batch", f_batch, 1, 2},
                                          {"capitalize", f_capitalize, 0, 0},
                                          {"count", f_length, 0, 0},
                                          {"d", f_default, 0, 2},
                                          {"default", f_default, 0, 2},
                                          {"dictsort", f_dictsort, 0, 3},
                                          {"e", f_escape, 0, 0},
                                          {"escape", f_escape, 0, 0},
                                          {"first", f_first, 0, 0},
                                          {"float", f_float, 0, 1},
                                          {"format", f_format, 0, 99},
                                          {"from_json", f_from_json, 0, 0},
                                          {"fromjson", f_from_json, 0, 0},
                                          {"groupby", f_groupby, 1, 1},
                                          {"indent", f_indent, 0, 3},
                                          {"int", f_int, 0, 2},
                                          {"items", f_items, 0, 0},
                                          {"join", f_join, 0, 2},
                                          {"last", f_last, 0, 0},
                                          {"length", f_length, 0, 0},
                                          {"list", f_list, 0, 0},
                                          {"lower", f_lower, 0, 0},
                                          {"map", f_map, 0, 99},
                                          {"max", f_max, 0, 2},
                                          {"min", f_min, 0, 2},
                                          {"reject", f_reject, 0, 99},
                                          {"rejectattr", f_rejectattr, 1, 99},
                                          {"replace", f_replace, 2, 3},
                                          {"reverse", f_reverse, 0, 0},
                                          {"round", f_round, 0, 2},
                                          {"safe", f_safe, 0, 0},
                                          {"select", f_select, 0, 99},
                                          {"selectattr", f_selectattr, 1, 99},
                                          {"sort", f_sort, 0, 3},
                                          {"string", f_string, 0, 0},
                                          {"sum", f_sum, 0, 2},
                                          {"title", f_title, 0, 0},
                                          {"tojson", f_tojson, 0, 4},
                                          {"trim", f_trim, 0, 1},
                                          {"unique", f_unique, 0, 2},
                                          {"upper", f_upper, 0, 0},
                                          {"wordcount", f_wordcount, 0, 0}};

struct value tpl_filter(struct work *w, struct value name, struct value v, const struct args *a) {
    const struct function *f = tpl_function_find(filters, sizeof filters / sizeof *filters, name);
    if (!f)
        tpl_fail(w, "no filter named '%.*s'", name.kind == T_TEXT ? (int)name.len : 0, name.text);
    return tpl_function_call(w, f, v, a);
}
