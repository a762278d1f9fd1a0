/* template_text: Python's string functions on UTF-8. Lengths, indices and slices count code points;
 * results that are parts of their input share its bytes. */
#include <utf8proc.h>

#include "base/utf8.h"
#include "engine/template_impl.h"

bool tpl_is_space(unsigned cp) {
    return (cp >= 9 && cp <= 13) || (cp >= 0x1C && cp <= 0x20) || cp == 0x85 || cp == 0xA0 ||
           cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

static size_t char_at(const char *s, size_t n, unsigned *cp) { return utf8_decode(s, n, cp, NULL); }

/* The bytes of the last character of s[0..n), n >= 1. */
static size_t char_before(const char *s, size_t n, unsigned *cp) {
    for (size_t len = n < 4 ? n : 4; len > 1; len--) {
        bool ok;
        if (utf8_decode(s + n - len, len, cp, &ok) == len && ok) return len;
    }
    utf8_decode(s + n - 1, 1, cp, NULL);
    return 1;
}

size_t tpl_count_chars(struct value v) {
    size_t count = 0;
    unsigned cp;
    for (size_t i = 0; i < v.len; count++) i += char_at(v.text + i, v.len - i, &cp);
    return count;
}

static bool strips(struct value chars, const char *s, size_t n, unsigned cp) {
    if (chars.kind != T_TEXT) return tpl_is_space(cp);
    for (size_t i = 0, len; i < chars.len; i += len) {
        unsigned c;
        len = char_at(chars.text + i, chars.len - i, &c);
        if (len == n && memcmp(chars.text + i, s, n) == 0) return true;
    }
    return false;
}

struct value tpl_strip(struct value v, struct value chars, int sides) {
    unsigned cp;
    while (v.len && (sides & STRIP_LEFT)) {
        size_t n = char_at(v.text, v.len, &cp);
        if (!strips(chars, v.text, n, cp)) break;
        v.text += n;
        v.len -= n;
    }
    while (v.len && (sides & STRIP_RIGHT)) {
        size_t n = char_before(v.text, v.len, &cp);
        if (!strips(chars, v.text + v.len - n, n, cp)) break;
        v.len -= n;
    }
    return v;
}

int64_t tpl_find_text(struct work *w, struct value v, struct value part, bool last) {
    tpl_scan(w, v);
    if (part.len > v.len) return -1;
    if (!part.len) return last ? (int64_t)v.len : 0;
    if (!last) {
        const char *at = memmem(v.text, v.len, part.text, part.len);
        return at ? at - v.text : -1;
    }
    tpl_charge(w, v.len / 16);
    for (size_t i = v.len - part.len + 1; i-- > 0;)
        if (v.text[i] == part.text[0] && memcmp(v.text + i, part.text, part.len) == 0)
            return (int64_t)i;
    return -1;
}

struct value tpl_chars(struct work *w, struct value v) {
    struct value out = tpl_list(w, T_LIST);
    unsigned cp;
    for (size_t i = 0, n; i < v.len; i += n) {
        n = char_at(v.text + i, v.len - i, &cp);
        tpl_push(w, out.list, tpl_text(v.text + i, n));
    }
    return out;
}

/* ---- split, replace ---- */

static struct value split_space(struct work *w, struct value v, int64_t most) {
    struct value out = tpl_list(w, T_LIST);
    v = tpl_strip(v, NONE, STRIP_LEFT);
    while (v.len && most != 0) {
        size_t end = 0, n;
        for (unsigned cp; end < v.len; end += n) {
            n = char_at(v.text + end, v.len - end, &cp);
            if (tpl_is_space(cp)) break;
        }
        tpl_push(w, out.list, tpl_text(v.text, end));
        v = tpl_strip(tpl_text(v.text + end, v.len - end), NONE, STRIP_LEFT);
        most--;
    }
    if (v.len) tpl_push(w, out.list, tpl_strip(v, NONE, STRIP_RIGHT));
    return out;
}

static void reverse(struct list *l) {
    for (size_t i = 0; i < l->n / 2; i++) {
        struct value t = l->items[i];
        l->items[i] = l->items[l->n - 1 - i];
        l->items[l->n - 1 - i] = t;
    }
}

struct value tpl_split(struct work *w, struct value v, struct value sep, int64_t most, bool right) {
    tpl_scan(w, v);
    if (sep.kind == T_NONE && !right) return split_space(w, v, most);
    if (sep.kind == T_NONE) sep = TEXT(" ");
    if (sep.kind != T_TEXT) tpl_fail(w, "must be str or None, not %s", tpl_type(sep));
    if (!sep.len) tpl_fail(w, "empty separator");
    struct value out = tpl_list(w, T_LIST);
    for (int64_t at; most != 0; most--) {
        const char *hit = right ? NULL : memmem(v.text, v.len, sep.text, sep.len);
        at = right ? tpl_find_text(w, v, sep, true) : hit ? hit - v.text : -1;
        if (at < 0) break;
        size_t i = (size_t)at, after = i + sep.len;
        tpl_push(w, out.list,
                 right ? tpl_text(v.text + after, v.len - after) : tpl_text(v.text, i));
        v = right ? tpl_text(v.text, i) : tpl_text(v.text + after, v.len - after);
    }
    tpl_push(w, out.list, v);
    if (right) reverse(out.list);
    return out;
}

static bool ends_line(unsigned cp) {
    return (cp >= 10 && cp <= 13) || (cp >= 0x1C && cp <= 0x1E) || cp == 0x85 || cp == 0x2028 ||
           cp == 0x2029;
}

struct value tpl_lines(struct work *w, struct value v, bool keep_ends) {
    tpl_scan(w, v);
    struct value out = tpl_list(w, T_LIST);
    size_t begin = 0, i = 0;
    while (i < v.len) {
        unsigned cp;
        size_t n = char_at(v.text + i, v.len - i, &cp), end = i;
        i += n;
        if (!ends_line(cp)) continue;
        if (cp == '\r' && i < v.len && v.text[i] == '\n') i++;
        tpl_push(w, out.list, tpl_text(v.text + begin, (keep_ends ? i : end) - begin));
        begin = i;
    }
    if (begin < v.len) tpl_push(w, out.list, tpl_text(v.text + begin, v.len - begin));
    return out;
}

struct value tpl_replace(struct work *w, struct value v, struct value from, struct value to,
                         int64_t most) {
    size_t mark = tpl_mark(w);
    for (; most != 0; most--) {
        const char *hit = from.len ? memmem(v.text, v.len, from.text, from.len) : v.text;
        if (!hit) break;
        unsigned cp;
        size_t before = (size_t)(hit - v.text), taken = from.len;
        tpl_put(w, v.text, before);
        tpl_put(w, to.text, to.len);
        if (!from.len) { /* between all characters, and at both ends */
            if (!v.len) return tpl_take(w, mark);
            taken = char_at(v.text, v.len, &cp);
            tpl_put(w, v.text, taken);
        }
        v = tpl_text(v.text + before + taken, v.len - before - taken);
    }
    tpl_put(w, v.text, v.len);
    return tpl_take(w, mark);
}

/* ---- letters ---- */

static bool is_cased(unsigned cp) {
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL || c == UTF8PROC_CATEGORY_LT;
}

static unsigned change(unsigned cp, bool upper) {
    return (unsigned)(upper ? utf8proc_toupper((utf8proc_int32_t)cp)
                            : utf8proc_tolower((utf8proc_int32_t)cp));
}

struct value tpl_letters(struct work *w, struct value v, enum letters how) {
    size_t mark = tpl_mark(w);
    bool after_letter = false;
    for (size_t i = 0, n; i < v.len; i += n) {
        unsigned cp;
        char buf[4];
        bool ok;
        n = utf8_decode(v.text + i, v.len - i, &cp, &ok);
        bool upper = how == LETTERS_UPPER || (how == LETTERS_TITLE && !after_letter) ||
                     (how == LETTERS_CAPITALIZE && i == 0) ||
                     (how == LETTERS_SWAP &&
                      utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LL);
        after_letter = is_cased(cp);
        if (!ok)
            tpl_put(w, v.text + i, n);
        else if (cp == 0xDF && upper)
            tpl_puts(w, how == LETTERS_UPPER || how == LETTERS_SWAP ? "SS" : "Ss");
        else
            tpl_put(w, buf, utf8_encode(change(cp, upper), buf));
    }
    return tpl_take(w, mark);
}

struct value tpl_indent(struct work *w, struct value v, struct value by, bool first, bool blank) {
    struct value spaces = by;
    if (by.kind != T_TEXT) {
        int64_t n = by.kind == T_INT ? by.integer : 4;
        spaces = tpl_binary(w, OP_MUL, TEXT(" "), tpl_int(n));
    }
    size_t mark = tpl_mark(w);
    tpl_put(w, v.text, v.len);
    tpl_puts(w, "\n");
    const struct list *lines = tpl_lines(w, tpl_take(w, mark), false).list;
    for (size_t i = 0; i < lines->n; i++) {
        struct value line = lines->items[i];
        if (i) tpl_puts(w, "\n");
        if (i ? blank || line.len : first) tpl_put(w, spaces.text, spaces.len);
        tpl_put(w, line.text, line.len);
    }
    return tpl_take(w, mark);
}

/* ---- slices ---- */

/* The byte offset of character i of n (i may be the end). */
static size_t offset_of(struct value v, int64_t i) {
    size_t at = 0;
    unsigned cp;
    while (i-- > 0 && at < v.len) at += char_at(v.text + at, v.len - at, &cp);
    return at;
}

static int64_t bound_of(struct work *w, struct value v, int64_t n, int64_t absent, bool backward) {
    if (v.kind == T_NONE) return absent;
    if (v.kind != T_INT && v.kind != T_BOOL) tpl_fail(w, "slice indices must be integers or None");
    int64_t i = v.kind == T_INT ? v.integer : v.truth, low = backward ? -1 : 0;
    if (i < 0) i = i < -n ? low : i + n;
    if (i < low) i = low;
    return i > n - backward ? n - backward : i;
}

struct value tpl_slice(struct work *w, struct value v, struct value from, struct value to,
                       struct value step) {
    if (v.kind == T_UNDEFINED) tpl_use_undefined(w, v);
    if (v.kind != T_TEXT && !tpl_is_listing(v))
        tpl_fail(w, "'%s' object is not subscriptable", tpl_type(v));
    int64_t n = (int64_t)tpl_length(w, v);
    int64_t by = step.kind == T_INT ? step.integer : 1;
    if (step.kind != T_INT && step.kind != T_NONE)
        tpl_fail(w, "slice indices must be integers or None");
    if (!by) tpl_fail(w, "slice step cannot be zero");
    bool back = by < 0;
    int64_t a = bound_of(w, from, n, back ? n - 1 : 0, back),
            b = bound_of(w, to, n, back ? -1 : n, back);
    if (v.kind == T_TEXT && by == 1) {
        size_t begin = offset_of(v, a);
        if (b <= a) return tpl_text(v.text, 0);
        struct value rest = tpl_text(v.text + begin, v.len - begin);
        rest.len = offset_of(rest, b - a);
        return rest;
    }
    const struct list *items = v.kind == T_TEXT ? tpl_chars(w, v).list : v.list;
    struct value out = tpl_list(w, v.kind == T_TUPLE ? T_TUPLE : T_LIST);
    for (int64_t i = a; back ? i > b : i < b;) {
        tpl_push(w, out.list, items->items[i]);
        if (back ? i < b - by : i > b - by) break; /* the next step would leave the range */
        i += by;
    }
    if (v.kind != T_TEXT) return out;
    size_t mark = tpl_mark(w);
    for (size_t i = 0; i < out.list->n; i++)
        tpl_put(w, out.list->items[i].text, out.list->items[i].len);
    return tpl_take(w, mark);
}
