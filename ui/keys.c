/* keys: see keys.h. Sequences are ECMA-48 control sequences with xterm's modifiers; the few forms
 * beyond them (rxvt, Linux console, bracketed paste, SGR mouse wheel, CSI u) are in the tables. */
#include "ui/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
    int number, code;
} by_number[] = {
    /* CSI number ; modifiers ~ */
    {1, KEYS_HOME},    {2, KEYS_INSERT},  {3, KEYS_DELETE},  {4, KEYS_END},      {5, KEYS_PGUP},
    {6, KEYS_PGDN},    {7, KEYS_HOME},    {8, KEYS_END},     {11, KEYS_F1},      {12, KEYS_F1 + 1},
    {13, KEYS_F1 + 2}, {14, KEYS_F1 + 3}, {15, KEYS_F1 + 4}, {17, KEYS_F1 + 5},  {18, KEYS_F1 + 6},
    {19, KEYS_F1 + 7}, {20, KEYS_F1 + 8}, {21, KEYS_F1 + 9}, {23, KEYS_F1 + 10}, {24, KEYS_F12},
};

static const struct {
    char final;
    int code;
} by_final[] = {
    /* CSI 1 ; modifiers X, SS3 X */
    {'A', KEYS_UP},     {'B', KEYS_DOWN},   {'C', KEYS_RIGHT},   {'D', KEYS_LEFT},
    {'H', KEYS_HOME},   {'F', KEYS_END},    {'P', KEYS_F1},      {'Q', KEYS_F1 + 1},
    {'R', KEYS_F1 + 2}, {'S', KEYS_F1 + 3}, {'Z', KEYS_BACKTAB},
};

void keys_free(struct keys *k) {
    str_free(&k->buf);
    str_free(&k->paste);
}

void keys_feed(struct keys *k, const char *s, size_t n) {
    if (k->at) {
        memmove(k->buf.s, k->buf.s + k->at, k->buf.len - k->at);
        str_truncate(&k->buf, k->buf.len - k->at);
        k->at = 0;
    }
    str_addn(&k->buf, s, n);
}

bool keys_pending(const struct keys *k) { return k->at < k->buf.len; }

/* xterm: 1 + shift(1) + alt(2) + ctrl(4). */
static int modifiers(int m) {
    int flags = 0;
    if (m < 2) return 0;
    m--;
    if (m & 1) flags |= KEYS_SHIFT;
    if (m & 2) flags |= KEYS_ALT;
    if (m & 4) flags |= KEYS_CTRL;
    return flags;
}

/* A character with modifiers (CSI 27 ; m ; c ~ and CSI c ; m u). */
static int modified_char(int c, int m) {
    int flags = modifiers(m);
    if (c <= 0 || c > 0x10FFFF) return KEYS_OTHER;
    if (flags & KEYS_CTRL && c < 0x80) return KEYS_C(c) | (flags & KEYS_ALT);
    if (c == '\r' || c == '\t') return c | flags;
    return c | (flags & KEYS_ALT);
}

static int control_sequence(const char *s, size_t n) {
    int args[3] = {0, 0, 0}, n_args = 0;
    char final = s[n - 1];
    if (n > 3 && s[2] == '<') { /* ESC [ < button ; x ; y M */
        int button = atoi(s + 3);
        if (final == 'M' && button == 64) return KEYS_WHEEL_UP;
        if (final == 'M' && button == 65) return KEYS_WHEEL_DOWN;
        return KEYS_OTHER;
    }
    for (size_t i = 2; i + 1 < n; i++) {
        if (s[i] == ';')
            n_args++;
        else if (s[i] >= '0' && s[i] <= '9' && n_args < 3 && args[n_args] < 100000)
            args[n_args] = args[n_args] * 10 + (s[i] - '0');
    }
    if (final == 'u') return modified_char(args[0], args[1]);
    if (final == '~' && args[0] == 27) return modified_char(args[2], args[1]);
    if (final == '~') {
        for (size_t i = 0; i < sizeof by_number / sizeof *by_number; i++)
            if (by_number[i].number == args[0]) return by_number[i].code | modifiers(args[1]);
        return KEYS_OTHER;
    }
    for (size_t i = 0; i < sizeof by_final / sizeof *by_final; i++)
        if (by_final[i].final == final) return by_final[i].code | modifiers(args[1]);
    return KEYS_OTHER;
}

static bool take(struct keys *k, struct key *out, int code, size_t n) {
    *out = (struct key){code, k->buf.s + k->at, n};
    k->at += n;
    return true;
}

/* ESC [ 200 ~ text ESC [ 201 ~; \r and \r\n become \n. */
static bool paste(struct keys *k, struct key *out) {
    static const char end[] = "\033[201~";
    const char *from = k->buf.s + k->at + 6;
    size_t n = k->buf.len - k->at - 6;
    const char *stop = memmem(from, n, end, sizeof end - 1);
    if (!stop) return false;
    struct str raw = {0};
    for (const char *p = from; p < stop; p++) {
        if (*p == '\r' && p + 1 < stop && p[1] == '\n') continue;
        str_addc(&raw, *p == '\r' ? '\n' : *p);
    }
    str_clear(&k->paste);
    utf8_add_harmless(&k->paste, str_cstr(&raw), raw.len);
    str_free(&raw);
    k->at += (size_t)(stop - from) + 6 + sizeof end - 1;
    *out = (struct key){KEYS_PASTE, str_cstr(&k->paste), k->paste.len};
    return true;
}

static bool after_escape(struct keys *k, struct key *out, bool flush) {
    const char *s = k->buf.s + k->at;
    size_t n = k->buf.len - k->at;
    if (n == 1) return flush && take(k, out, '\033', 1);
    if (s[1] == '\033') return take(k, out, '\033', 1);
    if (s[1] == '[' || s[1] == 'O') {
        if (s[1] == 'O') {
            if (n >= 3) return take(k, out, control_sequence(s, 3), 3);
        } else {
            size_t i = 2;
            while (i < n && i < 64 && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x40)
                i++;
            if (i < n && i < 64) {
                if (i == 5 && memcmp(s, "\033[200~", 6) == 0) return paste(k, out);
                if (i == 2 && s[2] == '[' && n >= 4) /* Linux console: ESC [ [ A is F1 */
                    return take(k, out, KEYS_F1 + (s[3] >= 'A' && s[3] <= 'E' ? s[3] - 'A' : 0), 4);
                if (!(i == 2 && s[2] == '['))
                    return take(k, out, control_sequence(s, i + 1), i + 1);
            } else if (i >= 64) {
                return take(k, out, KEYS_OTHER, i);
            }
        }
        return flush && take(k, out, KEYS_ALT | s[1], 2);
    }
    if (utf8_incomplete_tail(s + 1, n - 1) == n - 1 && !flush) return false;
    unsigned cp;
    size_t bytes = utf8_decode(s + 1, n - 1, &cp, NULL);
    return take(k, out, KEYS_ALT | (int)cp, 1 + bytes);
}

bool keys_next(struct keys *k, struct key *out, bool flush) {
    size_t n = k->buf.len - k->at;
    if (n == 0) return false;
    const char *s = k->buf.s + k->at;
    if (s[0] == '\033') return after_escape(k, out, flush);
    size_t look = n < 4 ? n : 4;
    if (n < 4 && utf8_incomplete_tail(s, look) == look && !flush) return false;
    unsigned cp;
    size_t bytes = utf8_decode(s, look, &cp, NULL);
    return take(k, out, (int)cp, bytes);
}
