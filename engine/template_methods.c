/* template_methods: the methods of texts, lists, dicts and of `loop`. */
#include <utf8proc.h>

#include "base/utf8.h"
#include "engine/template_impl.h"

/* ---- texts ---- */

#define METHOD(name) static struct value name(struct work *w, struct value v, const struct args *a)
#define UNUSED       (void)w, (void)v, (void)a

static struct value strip(struct work *w, struct value v, const struct args *a, int sides) {
    struct value chars = tpl_arg(a, 0, "", NONE);
    tpl_scan(w, v);
    if (chars.kind == T_TEXT) tpl_charge(w, v.len / 32 * chars.len);
    return tpl_strip(v, chars, sides);
}
METHOD(s_strip) { return strip(w, v, a, STRIP_LEFT | STRIP_RIGHT); }
METHOD(s_lstrip) { return strip(w, v, a, STRIP_LEFT); }
METHOD(s_rstrip) { return strip(w, v, a, STRIP_RIGHT); }
METHOD(s_upper) {
    UNUSED;
    return tpl_letters(w, v, LETTERS_UPPER);
}
METHOD(s_lower) {
    UNUSED;
    return tpl_letters(w, v, LETTERS_LOWER);
}
METHOD(s_title) {
    UNUSED;
    return tpl_letters(w, v, LETTERS_TITLE);
}
METHOD(s_capitalize) {
    UNUSED;
    return tpl_letters(w, v, LETTERS_CAPITALIZE);
}
METHOD(s_swapcase) {
    UNUSED;
    return tpl_letters(w, v, LETTERS_SWAP);
}
METHOD(s_format) { return tpl_format_braces(w, v, a); }

METHOD(s_split) {
    return tpl_split(w, v, tpl_arg(a, 0, "sep", NONE), tpl_arg_int(w, a, 1, "maxsplit", -1), false);
}
METHOD(s_rsplit) {
    return tpl_split(w, v, tpl_arg(a, 0, "sep", NONE), tpl_arg_int(w, a, 1, "maxsplit", -1), true);
}
METHOD(s_splitlines) {
    return tpl_lines(w, v, tpl_truth(tpl_arg(a, 0, "keepends", tpl_bool(false))));
}

METHOD(s_replace) {
    return tpl_replace(w, v, tpl_arg_text(w, a, 0, "old"), tpl_arg_text(w, a, 1, "new"),
                       tpl_arg_int(w, a, 2, "count", -1));
}

static bool has_end(struct value v, struct value part, bool at_start) {
    return part.kind == T_TEXT && part.len <= v.len &&
           memcmp(at_start ? v.text : v.text + v.len - part.len, part.text, part.len) == 0;
}

static struct value has_some_end(struct work *w, struct value v, const struct args *a,
                                 bool at_start) {
    struct value part = a->at[0];
    tpl_scan(w, v);
    if (part.kind == T_TUPLE) {
        for (size_t i = 0; i < part.list->n; i++)
            if (has_end(v, part.list->items[i], at_start)) return tpl_bool(true);
        return tpl_bool(false);
    }
    return tpl_bool(has_end(v, tpl_arg_text(w, a, 0, "prefix"), at_start));
}
METHOD(s_startswith) { return has_some_end(w, v, a, true); }
METHOD(s_endswith) { return has_some_end(w, v, a, false); }

METHOD(s_removeprefix) {
    struct value part = tpl_arg_text(w, a, 0, "prefix");
    return has_end(v, part, true) ? tpl_text(v.text + part.len, v.len - part.len) : v;
}
METHOD(s_removesuffix) {
    struct value part = tpl_arg_text(w, a, 0, "suffix");
    return has_end(v, part, false) ? tpl_text(v.text, v.len - part.len) : v;
}

static struct value found_at(struct work *w, struct value v, const struct args *a, bool last,
                             bool must) {
    int64_t at = tpl_find_text(w, v, tpl_arg_text(w, a, 0, "sub"), last);
    tpl_scan(w, v);
    if (at < 0 && must) tpl_fail(w, "substring not found");
    return tpl_int(at < 0 ? -1 : (int64_t)tpl_count_chars(tpl_text(v.text, (size_t)at)));
}
METHOD(s_find) { return found_at(w, v, a, false, false); }
METHOD(s_rfind) { return found_at(w, v, a, true, false); }
METHOD(s_index) { return found_at(w, v, a, false, true); }
METHOD(s_rindex) { return found_at(w, v, a, true, true); }

METHOD(s_count) {
    struct value part = tpl_arg_text(w, a, 0, "sub");
    if (!part.len) return tpl_int((int64_t)tpl_count_chars(v) + 1);
    return tpl_int((int64_t)tpl_split(w, v, part, -1, false).list->n - 1);
}

METHOD(s_join) {
    const struct list *l = tpl_iterate(w, a->at[0]);
    size_t mark = tpl_mark(w);
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].kind != T_TEXT)
            tpl_fail(w, "sequence item %zu: expected str instance, %s found", i,
                     tpl_type(l->items[i]));
        if (i) tpl_put(w, v.text, v.len);
        tpl_put(w, l->items[i].text, l->items[i].len);
    }
    return tpl_take(w, mark);
}

static struct value parts_at(struct work *w, struct value v, const struct args *a, bool last) {
    struct value sep = tpl_arg_text(w, a, 0, "sep"), out = tpl_list(w, T_TUPLE);
    int64_t at = tpl_find_text(w, v, sep, last);
    size_t i = at < 0 ? 0 : (size_t)at;
    struct value left = tpl_text(v.text, i),
                 right = tpl_text(v.text + i + sep.len, v.len - i - sep.len);
    if (at < 0) left = last ? TEXT("") : v, right = last ? v : TEXT("");
    tpl_push(w, out.list, left);
    tpl_push(w, out.list, at < 0 ? TEXT("") : sep);
    tpl_push(w, out.list, right);
    return out;
}
METHOD(s_partition) { return parts_at(w, v, a, false); }
METHOD(s_rpartition) { return parts_at(w, v, a, true); }

static struct value padded(struct work *w, struct value v, int64_t width, bool left,
                           struct value fill) {
    size_t mark = tpl_mark(w);
    tpl_scan(w, v);
    int64_t lack = width - (int64_t)tpl_count_chars(v);
    if (lack > TPL_MAX_RANGE) tpl_fail(w, "a width is too large");
    for (int64_t i = 0; left && i < lack; i++) tpl_put(w, fill.text, fill.len);
    tpl_put(w, v.text, v.len);
    for (int64_t i = 0; !left && i < lack; i++) tpl_put(w, fill.text, fill.len);
    return tpl_take(w, mark);
}
METHOD(s_ljust) {
    struct value fill = tpl_given(a, 1, "") ? tpl_arg_text(w, a, 1, "") : TEXT(" ");
    return padded(w, v, tpl_arg_int(w, a, 0, "width", 0), false, fill);
}
METHOD(s_rjust) {
    struct value fill = tpl_given(a, 1, "") ? tpl_arg_text(w, a, 1, "") : TEXT(" ");
    return padded(w, v, tpl_arg_int(w, a, 0, "width", 0), true, fill);
}
METHOD(s_zfill) {
    int64_t width = tpl_arg_int(w, a, 0, "width", 0);
    if (!v.len || !strchr("+-", v.text[0])) return padded(w, v, width, true, TEXT("0"));
    struct value digits = tpl_text(v.text + 1, v.len - 1);
    return tpl_binary(w, OP_ADD, tpl_text(v.text, 1),
                      padded(w, digits, width - 1, true, TEXT("0")));
}

/* isdigit() and its relatives: every character is in one of the categories from..to. */
static struct value all_in(struct work *w, struct value v, int from, int to, int from2, int to2) {
    tpl_scan(w, v);
    for (size_t i = 0, n; i < v.len; i += n) {
        unsigned cp;
        n = utf8_decode(v.text + i, v.len - i, &cp, NULL);
        int c = (int)utf8proc_category((utf8proc_int32_t)cp);
        if (!(c >= from && c <= to) && !(c >= from2 && c <= to2)) return tpl_bool(false);
    }
    return tpl_bool(v.len > 0);
}
METHOD(s_isdigit) {
    UNUSED;
    return all_in(w, v, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_ND, 1, 0);
}
METHOD(s_isnumeric) {
    UNUSED;
    return all_in(w, v, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO, 1, 0);
}
METHOD(s_isalpha) {
    UNUSED;
    return all_in(w, v, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO, 1, 0);
}
METHOD(s_isalnum) {
    UNUSED;
    return all_in(w, v, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO, UTF8PROC_CATEGORY_ND,
                  UTF8PROC_CATEGORY_NO);
}
METHOD(s_isspace) {
    UNUSED;
    tpl_scan(w, v);
    return tpl_bool(v.len && !tpl_strip(v, NONE, STRIP_LEFT).len);
}
METHOD(s_isupper) {
    struct args none = {0};
    UNUSED;
    return tpl_bool(tpl_test(w, TEXT("upper"), v, &none));
}
METHOD(s_islower) {
    struct args none = {0};
    UNUSED;
    return tpl_bool(tpl_test(w, TEXT("lower"), v, &none));
}

static const struct function of_text[] = {{"capitalize", s_capitalize, 0, 0},
                                          {"count", s_count, 1, 1},
                                          {"endswith", s_endswith, 1, 1},
                                          {"find", s_find, 1, 1},
                                          {"format", s_format, 0, 99},
                                          {"index", s_index, 1, 1},
                                          {"isalnum", s_isalnum, 0, 0},
                                          {"isalpha", s_isalpha, 0, 0},
                                          {"isdecimal", s_isdigit, 0, 0},
                                          {"isdigit", s_isdigit, 0, 0},
                                          {"islower", s_islower, 0, 0},
                                          {"isnumeric", s_isnumeric, 0, 0},
                                          {"isspace", s_isspace, 0, 0},
                                          {"isupper", s_isupper, 0, 0},
                                          {"join", s_join, 1, 1},
                                          {"ljust", s_ljust, 1, 2},
                                          {"lower", s_lower, 0, 0},
                                          {"lstrip", s_lstrip, 0, 1},
                                          {"partition", s_partition, 1, 1},
                                          {"removeprefix", s_removeprefix, 1, 1},
                                          {"removesuffix", s_removesuffix, 1, 1},
                                          {"replace", s_replace, 2, 3},
                                          {"rfind", s_rfind, 1, 1},
                                          {"rindex", s_rindex, 1, 1},
                                          {"rjust", s_rjust, 1, 2},
                                          {"rpartition", s_rpartition, 1, 1},
                                          {"rsplit", s_rsplit, 0, 2},
                                          {"rstrip", s_rstrip, 0, 1},
                                          {"split", s_split, 0, 2},
                                          {"splitlines", s_splitlines, 0, 1},
                                          {"startswith", s_startswith, 1, 1},
                                          {"strip", s_strip, 0, 1},
                                          {"swapcase", s_swapcase, 0, 0},
                                          {"title", s_title, 0, 0},
                                          {"upper", s_upper, 0, 0},
                                          {"zfill", s_zfill, 1, 1}};

/* ---- lists ---- */

METHOD(l_append) {
    tpl_push(w, v.list, a->at[0]);
    return NONE;
}
METHOD(l_extend) {
    const struct list *more = tpl_iterate(w, a->at[0]);
    size_t n = more->n; /* it may be the same list */
    for (size_t i = 0; i < n; i++) tpl_push(w, v.list, more->items[i]);
    return NONE;
}
static void remove_at(struct list *l, size_t i) {
    memmove(l->items + i, l->items + i + 1, (l->n - i - 1) * sizeof *l->items);
    l->n--;
}
METHOD(l_pop) {
    int64_t i = tpl_arg_int(w, a, 0, "index", -1), n = (int64_t)v.list->n;
    if (i < 0) i += n;
    if (i < 0 || i >= n) tpl_fail(w, n ? "pop index out of range" : "pop from empty list");
    struct value out = v.list->items[i];
    tpl_charge(w, v.list->n / 16);
    remove_at(v.list, (size_t)i);
    return out;
}
METHOD(l_insert) {
    int64_t i = tpl_arg_int(w, a, 0, "index", 0), n = (int64_t)v.list->n;
    if (i < 0) i = i < -n ? 0 : i + n;
    if (i > n) i = n;
    tpl_charge(w, v.list->n / 16);
    tpl_push(w, v.list, NONE);
    memmove(v.list->items + i + 1, v.list->items + i, (size_t)(n - i) * sizeof *v.list->items);
    v.list->items[i] = a->at[1];
    return NONE;
}
static int64_t position(struct work *w, const struct list *l, struct value item) {
    tpl_charge(w, l->n);
    for (size_t i = 0; i < l->n; i++)
        if (tpl_equal(w, l->items[i], item)) return (int64_t)i;
    return -1;
}
METHOD(l_index) {
    int64_t i = position(w, v.list, a->at[0]);
    if (i < 0) tpl_fail(w, "the item is not in the list");
    return tpl_int(i);
}
METHOD(l_remove) {
    int64_t i = position(w, v.list, a->at[0]);
    if (i < 0) tpl_fail(w, "list.remove(x): x not in list");
    remove_at(v.list, (size_t)i);
    return NONE;
}
METHOD(l_count) {
    int64_t n = 0;
    tpl_charge(w, v.list->n);
    for (size_t i = 0; i < v.list->n; i++) n += tpl_equal(w, v.list->items[i], a->at[0]);
    return tpl_int(n);
}
METHOD(l_reverse) {
    UNUSED;
    *v.list = *tpl_slice(w, v, NONE, NONE, tpl_int(-1)).list;
    return NONE;
}
METHOD(l_copy) {
    UNUSED;
    return tpl_slice(w, v, NONE, NONE, NONE);
}
METHOD(l_clear) {
    UNUSED;
    v.list->n = 0;
    return NONE;
}

static const struct function of_list[] = {{"append", l_append, 1, 1}, {"clear", l_clear, 0, 0},
                                          {"copy", l_copy, 0, 0},     {"count", l_count, 1, 1},
                                          {"extend", l_extend, 1, 1}, {"index", l_index, 1, 1},
                                          {"insert", l_insert, 2, 2}, {"pop", l_pop, 0, 1},
                                          {"remove", l_remove, 1, 1}, {"reverse", l_reverse, 0, 0}};
static const struct function of_tuple[] = {{"count", l_count, 1, 1}, {"index", l_index, 1, 1}};

/* ---- dicts ---- */

METHOD(d_items) { return tpl_filter(w, TEXT("items"), v, a); }
METHOD(d_keys) { return tpl_filter(w, TEXT("list"), v, a); }
METHOD(d_values) {
    UNUSED;
    struct value out = tpl_list(w, T_LIST);
    for (size_t i = 0; i < v.dict->n; i++) tpl_push(w, out.list, v.dict->pairs[i].value);
    return out;
}
METHOD(d_get) {
    const struct value *at = a->at[0].kind == T_UNDEFINED ? NULL : tpl_find(w, v.dict, a->at[0]);
    return at ? *at : tpl_arg(a, 1, "default", NONE);
}
METHOD(d_pop) {
    struct value old;
    if (tpl_remove_key(w, v.dict, a->at[0], &old)) return old;
    if (a->n > 1) return a->at[1];
    tpl_fail(w, "the key is not in the dict");
}
void tpl_merge(struct work *w, struct dict *into, const struct args *a) {
    if (a->n && a->at[0].kind != T_DICT)
        tpl_fail(w, "expected a mapping, not %s", tpl_type(a->at[0]));
    size_t n = a->n ? a->at[0].dict->n : 0;
    for (size_t i = 0; i < n; i++) {
        struct pair p = a->at[0].dict->pairs[i];
        tpl_put_key(w, into, p.key, p.value);
    }
    for (size_t i = 0; i < a->n_keywords; i++)
        tpl_put_key(w, into, a->keywords[i].name, a->keywords[i].value);
}
METHOD(d_update) {
    tpl_merge(w, v.dict, a);
    return NONE;
}
METHOD(d_setdefault) {
    const struct value *at = tpl_find(w, v.dict, a->at[0]);
    struct value set = at ? *at : tpl_arg(a, 1, "default", NONE);
    if (!at) tpl_put_key(w, v.dict, a->at[0], set);
    return set;
}
METHOD(d_copy) {
    UNUSED;
    struct value out = tpl_dict(w);
    tpl_merge(w, out.dict, &(struct args){&v, 1, NULL, 0});
    return out;
}
METHOD(d_clear) {
    UNUSED;
    v.dict->n = 0;
    return NONE;
}

static const struct function of_dict[] = {
    {"clear", d_clear, 0, 0},           {"copy", d_copy, 0, 0},     {"get", d_get, 1, 2},
    {"items", d_items, 0, 0},           {"keys", d_keys, 0, 0},     {"pop", d_pop, 1, 2},
    {"setdefault", d_setdefault, 1, 2}, {"update", d_update, 0, 1}, {"values", d_values, 0, 0}};

/* ---- loop ---- */

METHOD(loop_cycle) {
    if (!a->n) tpl_fail(w, "no items for cycling given");
    return a->at[v.loop->index0 % a->n];
}
METHOD(loop_changed) {
    struct value now = a->n == 1 ? a->at[0] : tpl_list(w, T_TUPLE);
    for (size_t i = 0; a->n != 1 && i < a->n; i++) tpl_push(w, now.list, a->at[i]);
    bool changed = v.loop->index0 == 0 || !tpl_equal(w, now, v.loop->changed);
    v.loop->changed = now;
    return tpl_bool(changed);
}
static const struct function of_loop[] = {{"changed", loop_changed, 0, 99},
                                          {"cycle", loop_cycle, 0, 99}};

const struct function *tpl_method(struct value v, struct value name) {
#define IN(table) tpl_function_find(table, sizeof table / sizeof *table, name)
    switch (v.kind) {
    case T_TEXT:
        return IN(of_text);
    case T_LIST:
        return IN(of_list);
    case T_TUPLE:
        return IN(of_tuple);
    case T_DICT:
        return IN(of_dict);
    case T_LOOP:
        return IN(of_loop);
    default:
        return NULL;
    }
}
