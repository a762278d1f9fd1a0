/* template_lex: a template's text to tokens, with Jinja's rules for the white space around tags
 * under trim_blocks (one newline after a block tag or comment goes) and lstrip_blocks (blanks
 * before a block tag or comment that begins its line go); `-` takes all white space, `+` none. */
#include <ctype.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "engine/template_impl.h"

struct lexer {
    struct work *w;
    const char *s; /* newlines are \n, the last one is gone */
    size_t n, at;
    bool fresh_line; /* the last thing taken ended in a newline, or nothing was taken yet */
    struct token *tokens;
    size_t n_tokens, cap;
};

static void emit(struct lexer *l, enum token_kind kind, const char *s, size_t len) {
    l->tokens = tpl_grow(l->w, l->tokens, &l->cap, l->n_tokens + 1, sizeof *l->tokens);
    l->tokens[l->n_tokens++] = (struct token){kind, l->w->line, s, len};
}

static bool ahead(const struct lexer *l, const char *text) {
    size_t n = strlen(text);
    return l->n - l->at >= n && memcmp(l->s + l->at, text, n) == 0;
}

/* Moves to `to`, counting lines. */
static void advance(struct lexer *l, size_t to) {
    for (; l->at < to; l->at++) l->w->line += l->s[l->at] == '\n';
    if (to) l->fresh_line = l->s[to - 1] == '\n';
}

static size_t space_at(const struct lexer *l, size_t at) { /* bytes of a space there, or 0 */
    unsigned cp;
    if (at >= l->n) return 0;
    size_t n = utf8_decode(l->s + at, l->n - at, &cp, NULL);
    return tpl_is_space(cp) ? n : 0;
}

static void skip_space(struct lexer *l) {
    size_t to = l->at;
    for (size_t n; (n = space_at(l, to)) != 0;) to += n;
    advance(l, to);
}

/* After a block tag or comment: what its end takes along. `end` is "%}" or "#}". */
static bool accept_end(struct lexer *l, const char *end, bool trim) {
    size_t sign = ahead(l, "-") || ahead(l, "+") ? 1 : 0;
    if (l->n - l->at < sign + 2 || memcmp(l->s + l->at + sign, end, 2) != 0) return false;
    if (sign && l->s[l->at] == '+' && !trim) return false;
    char how = sign ? l->s[l->at] : 0;
    advance(l, l->at + sign + 2);
    if (how == '-')
        skip_space(l);
    else if (!how && trim && ahead(l, "\n"))
        advance(l, l->at + 1);
    return true;
}

/* The text before a tag, after the tag's sign and lstrip_blocks have taken their part. */
static struct value data_before(struct lexer *l, size_t begin, size_t end, char sign, bool block,
                                bool fresh) {
    struct value v = tpl_text(l->s + begin, end - begin);
    if (sign == '-') return tpl_strip(v, NONE, STRIP_RIGHT);
    if (sign == '+' || !block) return v;
    size_t keep = v.len;
    while (keep && v.text[keep - 1] != '\n') keep--;
    if (!keep && !fresh) return v;
    if (tpl_strip(tpl_text(v.text + keep, v.len - keep), NONE, STRIP_LEFT).len == 0) v.len = keep;
    return v;
}

/* The character that an escape's digits name: \xhh, \uhhhh, \Uhhhhhhhh or up to three octal ones at
 * i. Returns where they end. */
static size_t put_code(struct lexer *l, size_t i, size_t end, int least, int most, unsigned base) {
    unsigned cp = 0;
    int n = 0;
    char buf[4];
    for (; n < most && i < end && isxdigit((unsigned char)l->s[i]); i++, n++) {
        unsigned char c = (unsigned char)l->s[i];
        unsigned digit = c <= '9' ? c - (unsigned)'0' : (c | 32u) - 'a' + 10;
        if (digit >= base) break;
        cp = cp * base + digit;
    }
    if (n < least) tpl_fail(l->w, "a string has a broken escape");
    tpl_put(l->w, buf, utf8_encode(cp, buf));
    return i;
}

/* The escape whose backslash is at i; returns where it ends. */
static size_t put_escape(struct lexer *l, size_t i, size_t end) {
    static const char from[] = "ntr\\'\"abfv\n", to[] = "\n\t\r\\'\"\a\b\f\v";
    char c = l->s[i + 1];
    const char *at = c ? strchr(from, c) : NULL;
    if (at) {
        tpl_put(l->w, &to[at - from], c != '\n'); /* an escaped newline is nothing */
        return i + 2;
    }
    if (c == 'x') return put_code(l, i + 2, end, 2, 2, 16);
    if (c == 'u') return put_code(l, i + 2, end, 4, 4, 16);
    if (c == 'U') return put_code(l, i + 2, end, 8, 8, 16);
    if (c >= '0' && c <= '7') return put_code(l, i + 1, end, 1, 3, 8);
    tpl_put(l->w, l->s + i, 2); /* no escape: as it stands */
    return i + 2;
}

static void lex_string(struct lexer *l) {
    char quote = l->s[l->at];
    size_t begin = l->at + 1, end = begin;
    while (end < l->n && l->s[end] != quote) end += l->s[end] == '\\' ? 2 : 1;
    if (end >= l->n) tpl_fail(l->w, "a string is not closed");
    size_t mark = tpl_mark(l->w);
    for (size_t i = begin; i < end;) {
        if (l->s[i] == '\\' && i + 1 < end)
            i = put_escape(l, i, end);
        else
            tpl_put(l->w, &l->s[i++], 1);
    }
    struct value v = tpl_take(l->w, mark);
    emit(l, TOK_STRING, v.text, v.len);
    advance(l, end + 1);
}

static size_t digits_at(const struct lexer *l, size_t i) {
    size_t begin = i;
    while (i < l->n &&
           (isdigit((unsigned char)l->s[i]) ||
            (l->s[i] == '_' && i > begin && i + 1 < l->n && isdigit((unsigned char)l->s[i + 1]))))
        i++;
    return i - begin;
}

static void lex_number(struct lexer *l) {
    size_t i = l->at, n;
    bool real = false, after_dot = i && l->s[i - 1] == '.';
    i += digits_at(l, i);
    if (!after_dot && i < l->n && l->s[i] == '.' && (n = digits_at(l, i + 1)) != 0) {
        i += 1 + n;
        real = true;
    }
    if (!after_dot && i < l->n && (l->s[i] | 32) == 'e') {
        size_t j = i + 1;
        if (j < l->n && (l->s[j] == '+' || l->s[j] == '-')) j++;
        if ((n = digits_at(l, j)) != 0) {
            i = j + n;
            real = true;
        }
    }
    emit(l, real ? TOK_FLOAT : TOK_INT, l->s + l->at, i - l->at);
    advance(l, i);
}

static size_t name_char(const struct lexer *l, size_t i, bool first) {
    unsigned cp;
    if (i >= l->n) return 0;
    size_t n = utf8_decode(l->s + i, l->n - i, &cp, NULL);
    if (cp < 0x80) return isalpha((int)cp) || cp == '_' || (!first && isdigit((int)cp)) ? n : 0;
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO ? n : 0;
}

static void lex_name(struct lexer *l) {
    size_t end = l->at;
    for (size_t n; (n = name_char(l, end, false)) != 0;) end += n;
    emit(l, TOK_NAME, l->s + l->at, end - l->at);
    advance(l, end);
}

struct brackets { /* the closing ones that are owed */
    char owed[TPL_MAX_NESTING];
    int n;
};

static void lex_operator(struct lexer *l, struct brackets *b) {
    static const char *const operators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                            "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                            ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    char c = l->s[l->at];
    size_t i = 0, count = sizeof operators / sizeof *operators;
    while (i < count && !ahead(l, operators[i])) i++;
    if (i == count) tpl_fail(l->w, "unexpected character '%.1s'", &c);
    if (strchr("([{", c)) {
        if (b->n == TPL_MAX_NESTING) tpl_fail(l->w, "brackets are nested too deeply");
        b->owed[b->n++] = c == '(' ? ')' : c == '[' ? ']' : '}';
    } else if (strchr(")]}", c) && (!b->n || b->owed[--b->n] != c)) {
        tpl_fail(l->w, "unexpected '%c'", c);
    }
    emit(l, TOK_OP, operators[i], strlen(operators[i]));
    advance(l, l->at + strlen(operators[i]));
}

/* The inside of a tag, up to and with its end. */
static void lex_tag(struct lexer *l, bool block) {
    struct brackets brackets = {.n = 0};
    int line = l->w->line;
    for (;;) {
        skip_space(l);
        int end_line = l->w->line;
        if (!brackets.n && accept_end(l, block ? "%}" : "}}", block)) {
            int now = l->w->line;
            l->w->line = end_line;
            emit(l, block ? TOK_BLOCK_END : TOK_PRINT_END, "", 0);
            l->w->line = now;
            return;
        }
        if (l->at >= l->n) {
            l->w->line = line;
            tpl_fail(l->w, "a tag is not closed");
        }
        char c = l->s[l->at];
        if (name_char(l, l->at, true))
            lex_name(l);
        else if (isdigit((unsigned char)c))
            lex_number(l);
        else if (c == '\'' || c == '"')
            lex_string(l);
        else
            lex_operator(l, &brackets);
    }
}

static void lex_comment(struct lexer *l) {
    int line = l->w->line;
    while (l->at < l->n) {
        if (accept_end(l, "#}", true)) return;
        advance(l, l->at + 1);
    }
    l->w->line = line;
    tpl_fail(l->w, "a comment is not closed");
}

/* At "{%" (with its sign): is this tag the one word `name`? Then moves behind it. */
static bool accept_word(struct lexer *l, const char *name, bool trim) {
    struct lexer saved = *l;
    int line = l->w->line;
    advance(l, l->at + 2 + (l->n - l->at > 2 && strchr("-+", l->s[l->at + 2]) ? 1 : 0));
    skip_space(l);
    if (ahead(l, name)) {
        advance(l, l->at + strlen(name));
        skip_space(l);
        /* raw's own tag keeps the newline after it */
        if (trim ? accept_end(l, "%}", true) : accept_end(l, "%}", false)) return true;
    }
    *l = saved;
    l->w->line = line;
    return false;
}

static void lex_raw(struct lexer *l) {
    size_t begin = l->at;
    bool fresh = l->fresh_line;
    int line = l->w->line;
    for (; l->at < l->n; advance(l, l->at + 1)) {
        if (!ahead(l, "{%")) continue;
        size_t end = l->at;
        char sign = end + 2 < l->n ? l->s[end + 2] : 0;
        if (!accept_word(l, "endraw", true)) continue;
        struct value v = data_before(l, begin, end, sign, true, fresh);
        emit(l, TOK_DATA, v.text, v.len);
        return;
    }
    l->w->line = line;
    tpl_fail(l->w, "raw is not closed");
}

static const char *normalize(struct work *w, const char *s, size_t *n) {
    char *out = tpl_alloc(w, *n + 1);
    size_t len = 0;
    for (size_t i = 0; i < *n; i++) {
        if (s[i] == '\r' && i + 1 < *n && s[i + 1] == '\n') continue;
        out[len++] = s[i] == '\r' ? '\n' : s[i];
    }
    if (len && out[len - 1] == '\n') len--;
    *n = len;
    return out;
}

static bool begins_tag(const struct lexer *l) {
    return ahead(l, "{{") || ahead(l, "{%") || ahead(l, "{#");
}

const struct token *tpl_lex(struct work *w, const char *s, size_t n) {
    s = normalize(w, s, &n);
    struct lexer l = {.w = w, .s = s, .n = n, .fresh_line = true};
    w->line = 1;
    while (l.at < n) {
        size_t begin = l.at;
        bool fresh = l.fresh_line;
        while (l.at < n && !begins_tag(&l)) advance(&l, l.at + 1);
        bool tag = l.at < n;
        char what = tag ? s[l.at + 1] : 0, sign = tag && l.at + 2 < n ? s[l.at + 2] : 0;
        struct value v = data_before(&l, begin, l.at, sign, tag && what != '{', fresh);
        if (!tag) v = tpl_text(s + begin, n - begin);
        if (v.len) emit(&l, TOK_DATA, v.text, v.len);
        if (!tag) break;
        if (what == '%' && accept_word(&l, "raw", false)) {
            lex_raw(&l);
            continue;
        }
        advance(&l, l.at + 2);
        if (sign == '-' || sign == '+') advance(&l, l.at + 1);
        if (what == '#') {
            lex_comment(&l);
            continue;
        }
        emit(&l, what == '%' ? TOK_BLOCK : TOK_PRINT, "", 0);
        lex_tag(&l, what == '%');
    }
    emit(&l, TOK_END, "", 0);
    return l.tokens;
}
