/* template_json: JSON (RFC 8259) to values and back. Our own reader, because a template shows the
 * difference between 1 and 1.0, digits beyond 64 bits and the order of keys, and the usual
 * libraries keep not all three. The writer is Python's json.dumps. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "engine/template_impl.h"

/* ---- reading ---- */

struct reader {
    struct work *w;
    const char *s;
    size_t n, at;
    int depth;
};

static struct value read_value(struct reader *r);

static _Noreturn void bad(struct reader *r, const char *what) {
    tpl_fail(r->w, "JSON: %s at byte %zu", what, r->at);
}

static void skip_blank(struct reader *r) {
    while (r->at < r->n && strchr(" \t\n\r", r->s[r->at]) && r->s[r->at]) r->at++;
}

static bool take(struct reader *r, const char *text) {
    size_t n = strlen(text);
    if (r->n - r->at < n || memcmp(r->s + r->at, text, n) != 0) return false;
    r->at += n;
    return true;
}

static unsigned read_hex(struct reader *r) {
    unsigned cp = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        if (r->at >= r->n || !isxdigit((unsigned char)r->s[r->at])) bad(r, "a broken \\u escape");
        char c = r->s[r->at];
        cp = cp * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return cp;
}

static void read_escape(struct reader *r) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->at >= r->n) bad(r, "a string that is not closed");
    char c = r->s[r->at++];
    const char *at = c ? strchr(from, c) : NULL;
    if (at) {
        tpl_put(r->w, &to[at - from], 1);
        return;
    }
    if (c != 'u') bad(r, "an unknown escape");
    unsigned cp = read_hex(r);
    if (cp >= 0xD800 && cp < 0xDC00 && take(r, "\\u")) {
        unsigned low = read_hex(r);
        if (low >= 0xDC00 && low < 0xE000)
            cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        else {
            r->at -= 6; /* alone: U+FFFD, and the next one by itself */
        }
    }
    char buf[4];
    tpl_put(r->w, buf, utf8_encode(cp, buf));
}

static struct value read_string(struct reader *r) {
    size_t mark = tpl_mark(r->w);
    r->at++;
    for (;;) {
        size_t run = r->at;
        while (run < r->n && r->s[run] != '"' && r->s[run] != '\\' &&
               (unsigned char)r->s[run] >= 0x20)
            run++;
        tpl_put(r->w, r->s + r->at, run - r->at);
        r->at = run;
        if (r->at >= r->n) bad(r, "a string that is not closed");
        char c = r->s[r->at];
        if (c != '"' && c != '\\') bad(r, "a control character in a string");
        r->at++;
        if (c == '"') return tpl_take(r->w, mark);
        read_escape(r);
    }
}

static struct value read_number(struct reader *r) {
    size_t i = r->at, begin = i, digits;
    bool real = false;
    if (r->s[i] == '-') i++;
    for (digits = i; i < r->n && isdigit((unsigned char)r->s[i]);) i++;
    if (i == digits) bad(r, "an unexpected character");
    if (i + 1 < r->n && r->s[i] == '.' && isdigit((unsigned char)r->s[i + 1]))
        for (real = true, i++; i < r->n && isdigit((unsigned char)r->s[i]);) i++;
    if (i < r->n && (r->s[i] | 32) == 'e') {
        size_t j = i + 1;
        if (j < r->n && (r->s[j] == '+' || r->s[j] == '-')) j++;
        if (j < r->n && isdigit((unsigned char)r->s[j]))
            for (real = true, i = j; i < r->n && isdigit((unsigned char)r->s[i]);) i++;
    }
    char *text = tpl_alloc(r->w, i - begin + 1);
    memcpy(text, r->s + begin, i - begin);
    r->at = i;
    if (real) return tpl_float(strtod(text, NULL));
    errno = 0;
    long long v = strtoll(text, NULL, 10);
    return errno ? (struct value){T_BIG, i - begin, {.text = text}} : tpl_int(v);
}

static struct value read_array(struct reader *r) {
    struct value v = tpl_list(r->w, T_LIST);
    r->at++;
    skip_blank(r);
    if (take(r, "]")) return v;
    for (;;) {
        tpl_push(r->w, v.list, read_value(r));
        skip_blank(r);
        if (take(r, "]")) return v;
        if (!take(r, ",")) bad(r, "expected , or ]");
    }
}

static struct value read_object(struct reader *r) {
    struct value v = tpl_dict(r->w);
    r->at++;
    skip_blank(r);
    if (take(r, "}")) return v;
    for (;;) {
        skip_blank(r);
        if (r->at >= r->n || r->s[r->at] != '"') bad(r, "expected a key");
        struct value key = read_string(r);
        skip_blank(r);
        if (!take(r, ":")) bad(r, "expected :");
        tpl_put_key(r->w, v.dict, key, read_value(r));
        skip_blank(r);
        if (take(r, "}")) return v;
        if (!take(r, ",")) bad(r, "expected , or }");
    }
}

static struct value read_value(struct reader *r) {
    struct value v;
    skip_blank(r);
    if (r->at >= r->n) bad(r, "the text ends early");
    if (++r->depth > TPL_MAX_NESTING) bad(r, "nested too deeply");
    switch (r->s[r->at]) {
    case '{':
        v = read_object(r);
        break;
    case '[':
        v = read_array(r);
        break;
    case '"':
        v = read_string(r);
        break;
    default:
        if (take(r, "null"))
            v = NONE;
        else if (take(r, "true"))
            v = tpl_bool(true);
        else if (take(r, "false"))
            v = tpl_bool(false);
        else if (take(r, "NaN"))
            v = tpl_float(NAN);
        else
            v = read_number(r);
    }
    r->depth--;
    return v;
}

struct value tpl_json_read(struct work *w, const char *s, size_t n) {
    struct reader r = {.w = w, .s = s, .n = n};
    struct value v = read_value(&r);
    skip_blank(&r);
    if (r.at < n) bad(&r, "text after the end");
    return v;
}

/* ---- writing ---- */

struct writer {
    struct work *w;
    struct value indent; /* none, or the text of one level */
    struct value item_separator, key_separator;
    bool ascii, sort;
};

static void write_value(struct writer *j, struct value v, int level);

static void write_escape(struct writer *j, unsigned cp) {
    char buf[16];
    if (cp >= 0x10000)
        snprintf(buf, sizeof buf, "\\u%04x\\u%04x", 0xD7C0 + (cp >> 10), 0xDC00 + (cp & 0x3FF));
    else
        snprintf(buf, sizeof buf, "\\u%04x", cp);
    tpl_puts(j->w, buf);
}

static void write_text(struct writer *j, struct value v) {
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    tpl_puts(j->w, "\"");
    for (size_t i = 0, n; i < v.len; i += n) {
        unsigned cp;
        n = utf8_decode(v.text + i, v.len - i, &cp, NULL);
        const char *at = cp && cp < 0x80 ? strchr(from, (int)cp) : NULL;
        if (at)
            tpl_put(j->w, (char[]){'\\', to[at - from]}, 2);
        else if (cp < 0x20 || (cp >= 0x7F && j->ascii))
            write_escape(j, cp);
        else
            tpl_put(j->w, v.text + i, n);
    }
    tpl_puts(j->w, "\"");
}

static void new_line(struct writer *j, int level) {
    if (j->indent.kind != T_TEXT) return;
    tpl_puts(j->w, "\n");
    for (int i = 0; i < level; i++) tpl_put(j->w, j->indent.text, j->indent.len);
}

static void separator(struct writer *j, bool first, int level) {
    if (!first) tpl_put(j->w, j->item_separator.text, j->item_separator.len);
    new_line(j, level);
}

static void write_list(struct writer *j, const struct list *l, int level) {
    tpl_puts(j->w, "[");
    for (size_t i = 0; i < l->n; i++) {
        separator(j, i == 0, level + 1);
        write_value(j, l->items[i], level + 1);
    }
    if (l->n) new_line(j, level);
    tpl_puts(j->w, "]");
}

static int by_key(const void *a, const void *b) {
    const struct value *x = &((const struct pair *)a)->key, *y = &((const struct pair *)b)->key;
    int c = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

static void write_dict(struct writer *j, const struct dict *d, int level) {
    struct pair *pairs = tpl_alloc(j->w, (d->n + 1) * sizeof *pairs);
    for (size_t i = 0; i < d->n; i++) {
        pairs[i] = d->pairs[i];
        struct value key = pairs[i].key;
        if (key.kind == T_NONE)
            key = TEXT("null");
        else if (key.kind == T_BOOL)
            key = key.truth ? TEXT("true") : TEXT("false");
        pairs[i].key = tpl_str(j->w, key);
    }
    if (j->sort) qsort(pairs, d->n, sizeof *pairs, by_key);
    tpl_puts(j->w, "{");
    for (size_t i = 0; i < d->n; i++) {
        separator(j, i == 0, level + 1);
        write_text(j, pairs[i].key);
        tpl_put(j->w, j->key_separator.text, j->key_separator.len);
        write_value(j, pairs[i].value, level + 1);
    }
    if (d->n) new_line(j, level);
    tpl_puts(j->w, "}");
}

static void write_value(struct writer *j, struct value v, int level) {
    tpl_enter(j->w);
    tpl_charge(j->w, 1);
    switch (v.kind) {
    case T_NONE:
        tpl_puts(j->w, "null");
        break;
    case T_BOOL:
        tpl_puts(j->w, v.truth ? "true" : "false");
        break;
    case T_INT:
    case T_BIG:
        tpl_print(j->w, v);
        break;
    case T_FLOAT:
        if (isnan(v.real))
            tpl_puts(j->w, "NaN");
        else if (isinf(v.real))
            tpl_puts(j->w, v.real > 0 ? "Infinity" : "-Infinity");
        else
            tpl_print_float(j->w, v.real);
        break;
    case T_TEXT:
        write_text(j, v);
        break;
    case T_LIST:
    case T_TUPLE:
        write_list(j, v.list, level);
        break;
    case T_DICT:
        write_dict(j, v.dict, level);
        break;
    default:
        tpl_fail(j->w, "Object of type %s is not JSON serializable", tpl_type(v));
    }
    tpl_leave(j->w);
}

struct value tpl_json_write(struct work *w, struct value v, const struct args *a) {
    struct value indent = tpl_arg(a, 1, "indent", NONE);
    struct value separators = tpl_arg(a, 2, "separators", NONE);
    struct writer j = {.w = w, .item_separator = TEXT(", "), .key_separator = TEXT(": ")};
    j.ascii = tpl_truth(tpl_arg(a, 0, "ensure_ascii", tpl_bool(false)));
    j.sort = tpl_truth(tpl_arg(a, 3, "sort_keys", tpl_bool(false)));
    if (indent.kind == T_INT && indent.integer >= 0)
        indent = tpl_binary(w, OP_MUL, TEXT(" "), indent);
    if (indent.kind == T_TEXT) {
        j.indent = indent;
        j.item_separator = TEXT(",");
    }
    if (tpl_is_listing(separators) && separators.list->n == 2 &&
        separators.list->items[0].kind == T_TEXT && separators.list->items[1].kind == T_TEXT) {
        j.item_separator = separators.list->items[0];
        j.key_separator = separators.list->items[1];
    }
    size_t mark = tpl_mark(w);
    write_value(&j, v, 0);
    return tpl_take(w, mark);
}
