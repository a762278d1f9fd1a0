/* template_format: Python's `'%s' % x` and '{}'.format(x), as far as templates use them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/template_impl.h"

struct spec {
    char fill, align, sign, type; /* 0 = not given */
    bool alternate;
    int width, precision; /* precision < 0: none */
};

static const int most_width = 10000;

static size_t read_int(struct value f, size_t i, int *out) {
    for (*out = 0; i < f.len && isdigit((unsigned char)f.text[i]); i++)
        if (*out <= most_width) *out = *out * 10 + (f.text[i] - '0');
    return i;
}

static void pad(struct work *w, char fill, int64_t n) {
    for (; n > 0; n--) tpl_put(w, &fill, 1);
}

/* Puts `body` with the spec's width; a number's sign stays in front of zeros. */
static void put_padded(struct work *w, const struct spec *s, struct value body, bool number) {
    int64_t lack = s->width - (int64_t)tpl_count_chars(body);
    char align = s->align ? s->align : number ? '>' : '<', fill = s->fill ? s->fill : ' ';
    if (align == '=' && body.len && strchr("+-", body.text[0])) {
        tpl_put(w, body.text, 1);
        body = tpl_text(body.text + 1, body.len - 1);
    }
    int64_t left = align == '<' ? 0 : align == '^' ? lack / 2 : lack;
    pad(w, fill, left);
    tpl_put(w, body.text, body.len);
    pad(w, fill, lack - (left > 0 ? left : 0));
}

static struct value number_text(struct work *w, const struct spec *s, struct value v) {
    char format[16], buf[512];
    bool real = strchr("eEfFgG", s->type) != NULL;
    const char *sign = s->sign == '+' ? "+" : s->sign == ' ' ? " " : "";
    if (!tpl_is_number(v))
        tpl_fail(w, "%%%c format: a real number is required, not %s", s->type, tpl_type(v));
    size_t mark = tpl_mark(w);
    if (real) {
        snprintf(format, sizeof format, "%%%s%s.*%c", sign, s->alternate ? "#" : "", s->type);
        int precision = s->precision < 0 ? 6 : s->precision > 100 ? 100 : s->precision;
        snprintf(buf, sizeof buf, format, precision, tpl_number(v));
    } else {
        long long i = v.kind == T_FLOAT  ? (long long)v.real
                      : v.kind == T_BOOL ? v.truth
                                         : (long long)v.integer;
        char type = s->type == 'i' || s->type == 'u' ? 'd' : s->type;
        if (type != 'd' && i < 0) { /* hexadecimal and octal have a sign of their own */
            tpl_puts(w, "-");
            i = -i;
        }
        snprintf(format, sizeof format, "%%%s%sll%c", type == 'd' ? sign : "",
                 s->alternate ? "#" : "", type);
        snprintf(buf, sizeof buf, format, i);
    }
    tpl_puts(w, buf);
    return tpl_take(w, mark);
}

static struct value cut(struct value v, int precision) {
    if (precision < 0) return v;
    unsigned char c;
    size_t i = 0;
    for (; i < v.len && precision >= 0; i++) {
        c = (unsigned char)v.text[i];
        if ((c & 0xC0) != 0x80 && precision-- == 0) break;
    }
    v.len = i;
    return v;
}

/* ---- % ---- */

static size_t percent_spec(struct work *w, struct value f, size_t i, struct spec *s) {
    *s = (struct spec){.precision = -1};
    for (; i < f.len && strchr("-+ 0#", f.text[i]); i++) {
        char c = f.text[i];
        if (c == '-')
            s->align = '<';
        else if (c == '0' && s->align != '<')
            s->fill = '0', s->align = '=';
        else if (c == '#')
            s->alternate = true;
        else if (c == '+' || (c == ' ' && !s->sign))
            s->sign = c;
    }
    if (s->align == '<') s->fill = 0;
    i = read_int(f, i, &s->width);
    if (i < f.len && f.text[i] == '.') i = read_int(f, i + 1, &s->precision);
    if (i >= f.len) tpl_fail(w, "incomplete format");
    if (s->width > most_width) tpl_fail(w, "a format's width is too large");
    s->type = f.text[i];
    return i + 1;
}

/* "(key)" at i, if there is one; returns where it ends. */
static size_t percent_key(struct work *w, struct value f, size_t i, struct value *key) {
    if (i >= f.len || f.text[i] != '(') return i;
    const char *end = memchr(f.text + i, ')', f.len - i);
    if (!end) tpl_fail(w, "incomplete format key");
    *key = tpl_text(f.text + i + 1, (size_t)(end - f.text) - i - 1);
    return (size_t)(end - f.text) + 1;
}

static struct value percent_value(struct work *w, struct value key, const struct args *a,
                                  size_t *used) {
    if (key.kind == T_TEXT) {
        if (a->n != 1 || a->at[0].kind != T_DICT) tpl_fail(w, "format requires a mapping");
        return tpl_get_item(w, a->at[0], key);
    }
    if (*used >= a->n) tpl_fail(w, "not enough arguments for format string");
    return a->at[(*used)++];
}

static void put_percent(struct work *w, struct spec *s, struct value v) {
    if (s->type && strchr("diuxXoeEfFgG", s->type)) {
        put_padded(w, s, number_text(w, s, v), true);
        return;
    }
    if (s->type != 's' && s->type != 'r') tpl_fail(w, "unsupported format character '%c'", s->type);
    size_t mark = tpl_mark(w);
    if (s->type == 's')
        tpl_print(w, v);
    else
        tpl_print_repr(w, v);
    struct value text = cut(tpl_take(w, mark), s->precision);
    if (s->align != '<') s->align = '>', s->fill = ' ';
    put_padded(w, s, text, false);
}

struct value tpl_format_percent(struct work *w, struct value f, const struct args *a) {
    size_t mark = tpl_mark(w), used = 0;
    for (size_t i = 0; i < f.len;) {
        struct spec s;
        struct value key = NONE;
        if (f.text[i] != '%') {
            tpl_put(w, &f.text[i++], 1);
            continue;
        }
        i = percent_key(w, f, i + 1, &key);
        i = percent_spec(w, f, i, &s);
        if (s.type == '%')
            tpl_puts(w, "%");
        else
            put_percent(w, &s, percent_value(w, key, a, &used));
    }
    enum kind first = a->n == 1 ? a->at[0].kind : T_NONE;
    bool keyed = first == T_DICT || first == T_LIST || first == T_UNDEFINED; /* need not be used */
    if (used < a->n && !keyed) tpl_fail(w, "not all arguments converted during string formatting");
    return tpl_take(w, mark);
}

/* ---- .format ---- */

static void braces_spec(struct work *w, struct value f, struct spec *s) {
    size_t i = 0;
    *s = (struct spec){.precision = -1};
    if (f.len > 1 && strchr("<>^=", f.text[1])) {
        s->fill = f.text[0];
        s->align = f.text[1];
        i = 2;
    } else if (f.len && strchr("<>^=", f.text[0]))
        s->align = f.text[i++];
    if (i < f.len && strchr("+- ", f.text[i])) s->sign = f.text[i++];
    if (i < f.len && f.text[i] == '#') s->alternate = true, i++;
    if (i < f.len && f.text[i] == '0') {
        if (!s->align) s->fill = '0', s->align = '=';
        i++;
    }
    i = read_int(f, i, &s->width);
    if (i < f.len && f.text[i] == '.') i = read_int(f, i + 1, &s->precision);
    if (i < f.len) s->type = f.text[i++];
    if (i < f.len || s->width > most_width || (s->type && !strchr("sdxXoeEfFgG", s->type)))
        tpl_fail(w, "unsupported format '%.*s'", (int)(f.len < 60 ? f.len : 60), f.text);
}

static void put_field(struct work *w, struct value v, struct value spec) {
    struct spec s;
    braces_spec(w, spec, &s);
    bool number = tpl_is_number(v) && v.kind != T_BOOL;
    if (!s.type && number && s.precision >= 0) s.type = 'g';
    if (s.type && s.type != 's')
        put_padded(w, &s, number_text(w, &s, v), true);
    else
        put_padded(w, &s, cut(tpl_str(w, v), s.precision), number);
}

/* The value of a field's name: "", "0", "name", "0.attr", "name[key]". */
static struct value field_value(struct work *w, struct value name, const struct args *a,
                                size_t *used) {
    size_t n = 0;
    while (n < name.len && !strchr(".[", name.text[n])) n++;
    struct value v = NONE;
    bool found = false;
    if (n == 0 || isdigit((unsigned char)name.text[0])) {
        int at = 0;
        if (n) read_int(name, 0, &at);
        size_t i = n ? (size_t)at : (*used)++;
        if ((found = i < a->n)) v = a->at[i];
    }
    for (size_t i = 0; i < a->n_keywords && !found; i++)
        if (tpl_equal(w, a->keywords[i].name, tpl_text(name.text, n))) {
            v = a->keywords[i].value;
            found = true;
        }
    if (!found) tpl_fail(w, "format has no argument '%.*s'", (int)n, name.text);
    while (n < name.len) {
        bool item = name.text[n++] == '[';
        size_t begin = n;
        while (n < name.len && !strchr(item ? "]" : ".[", name.text[n])) n++;
        struct value key = tpl_text(name.text + begin, n - begin);
        int at;
        if (item && key.len && read_int(key, 0, &at) == key.len) key = tpl_int(at);
        v = item ? tpl_get_item(w, v, key) : tpl_get_attr(w, v, key);
        if (item) n++;
    }
    return v;
}

struct value tpl_format_braces(struct work *w, struct value f, const struct args *a) {
    size_t mark = tpl_mark(w), used = 0;
    for (size_t i = 0; i < f.len; i++) {
        char c = f.text[i];
        if ((c == '{' || c == '}') && i + 1 < f.len && f.text[i + 1] == c)
            i++;
        else if (c == '}')
            tpl_fail(w, "single '}' encountered in format string");
        else if (c == '{') {
            const char *end = memchr(f.text + i, '}', f.len - i);
            if (!end) tpl_fail(w, "single '{' encountered in format string");
            struct value name = tpl_text(f.text + i + 1, (size_t)(end - f.text) - i - 1),
                         spec = TEXT("");
            const char *colon = memchr(name.text, ':', name.len);
            if (colon) {
                spec = tpl_text(colon + 1, (size_t)(name.text + name.len - colon) - 1);
                name.len = (size_t)(colon - name.text);
            }
            put_field(w, field_value(w, name, a, &used), spec);
            i = (size_t)(end - f.text);
            continue;
        }
        tpl_put(w, &c, 1);
    }
    return tpl_take(w, mark);
}
