/* vote_key: what an answer comes down to; see vote.h. Two mistakes are possible: to part what is
 * the same, which costs a vote, and to join what is not, which makes a wrong majority. The rules
 * lean to the former. That is why the last number alone does not decide ("1, 4, 7" and "4, 1, 7"),
 * nor do numbers that stand in the question ("9.9 is larger", "5 March was a Tuesday"). */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "app/vote.h"
#include "base/mem.h"
#include "base/utf8.h"

struct words {
    struct str *at;
    size_t n, cap;
};

static void words_done(struct words *w) {
    for (size_t i = 0; i < w->n; i++) str_free(&w->at[i]);
    free(w->at);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool has_digit(const struct str *s) {
    for (size_t i = 0; i < s->len; i++)
        if (is_digit(s->s[i])) return true;
    return false;
}

/* ---- reading words ---- */

/* Letters, marks, numbers, and signs that mean something (+, =, <, currency); no punctuation. */
enum kind { KIND_GAP, KIND_WORD, KIND_SIGN };

static enum kind kind_of(unsigned cp) {
    if (cp < 0x80 && strchr("`^$~|", (int)cp)) return KIND_GAP; /* markup */
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return KIND_WORD;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SO:
        return KIND_SIGN;
    default:
        return KIND_GAP;
    }
}

/* Bytes of a minus or plus sign at s; 0: none. */
static size_t sign_at(const char *s) {
    if (*s == '-' || *s == '+') return 1;
    return strncmp(s, "\xE2\x88\x92", 3) == 0 ? 3 : 0; /* U+2212 */
}

/* "1,204.50" to "1204.5", "+5" to "5", "007" to "7"; times, dates and "3rd" stay as they are. */
static void plain_number(struct str *w) {
    struct str out = STR_INIT;
    size_t i = 0, dots = 0;
    for (size_t k = w->s[0] == '-'; k < w->len; k++) {
        bool thousands = w->s[k] == ',' && !dots && k + 3 < w->len && is_digit(w->s[k + 1]) &&
                         is_digit(w->s[k + 2]) && is_digit(w->s[k + 3]) &&
                         (k + 4 == w->len || !is_digit(w->s[k + 4]));
        dots += w->s[k] == '.';
        if (!is_digit(w->s[k]) && !thousands && w->s[k] != '.') return;
    }
    if (dots > 1) return;
    if (w->s[0] == '-') str_addc(&out, w->s[i++]);
    while (w->s[i] == '0' && is_digit(w->s[i + 1])) i++;
    if (w->s[i] == '.') str_addc(&out, '0');
    for (; i < w->len; i++)
        if (w->s[i] != ',') str_addc(&out, w->s[i]);
    while (dots && out.len && out.s[out.len - 1] == '0') str_truncate(&out, out.len - 1);
    if (out.len && out.s[out.len - 1] == '.') str_truncate(&out, out.len - 1);
    str_cstr(&out);
    str_free(w);
    *w = out;
}

/* One word from s on: letters and digits, and between digits what belongs to numbers, times, dates
 * and fractions. Returns its bytes. */
static size_t read_word(const char *s, struct str *out) {
    size_t i = sign_at(s), n = strlen(s);
    if (i && *s != '+') str_addc(out, '-');
    while (i < n) {
        unsigned cp;
        size_t len = utf8_decode(s + i, n - i, &cp, NULL);
        bool inner = i && is_digit(s[i - 1]) && is_digit(s[i + 1]) && strchr(".,:/-", s[i]);
        bool point = i == sign_at(s) && s[i] == '.'; /* ".5" */
        if (!inner && !point && kind_of(cp) != KIND_WORD) break;
        str_addn(out, s + i, len);
        i += len;
    }
    if (has_digit(out)) plain_number(out);
    return i;
}

/* LaTeX's names for how things look say nothing. */
static bool is_looks(const struct str *w) {
    static const char *const names[] = {"text",   "textbf", "mathrm", "mathbf",
                                        "left",   "right",  "quad",   "displaystyle",
                                        "mathit", "textrm", "mbox",   "operatorname"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(w->s, names[i]) == 0) return true;
    return false;
}

static void read_words(const char *s, struct words *out) {
    bool after_word = false; /* "5-3" is no minus three */
    while (*s) {
        unsigned cp;
        size_t len = utf8_decode(s, strlen(s), &cp, NULL), sign = after_word ? 0 : sign_at(s);
        bool number = is_digit(s[sign]) || (s[sign] == '.' && is_digit(s[sign + 1]));
        bool command = *s == '\\' && s[1] >= 'a' && s[1] <= 'z'; /* LaTeX */
        enum kind kind = command ? KIND_WORD : kind_of(cp);
        s += command;
        struct str w = STR_INIT;
        if (kind == KIND_WORD || (number && !after_word))
            len = read_word(s, &w);
        else if (kind == KIND_SIGN)
            str_addn(&w, s, len);
        after_word = kind == KIND_WORD || number;
        if (w.len && !(command && is_looks(&w))) {
            out->at = mem_grow(out->at, &out->cap, out->n + 1, sizeof *out->at);
            str_cstr(&w);
            out->at[out->n++] = w;
        } else {
            str_free(&w);
        }
        s += len;
    }
}

/* The text in one case and one form of each character (Unicode's NFKC_Casefold). Owned. */
static char *folded(const char *s) {
    struct str valid = STR_INIT;
    utf8_add_valid(&valid, s, strlen(s));
    utf8proc_uint8_t *out = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)str_cstr(&valid));
    if (!out) return str_take(&valid);
    str_free(&valid);
    return (char *)out;
}

/* ---- the rules ---- */

static void add_word(struct str *key, const struct str *w) {
    if (key->len) str_addc(key, ' ');
    str_addn(key, w->s, w->len);
}

static void add_words(struct str *key, const char *text) {
    struct words w = {0};
    read_words(text, &w);
    for (size_t i = 0; i < w.n; i++) add_word(key, &w.at[i]);
    words_done(&w);
}

/* What the last \boxed{} holds, braces inside it balanced. */
static bool boxed(const char *answer, struct str *key) {
    static const char mark[] = "\\boxed{";
    const char *last = NULL;
    for (const char *s = answer; (s = strstr(s, mark)) != NULL; s++) last = s;
    if (!last) return false;
    const char *from = last + sizeof mark - 1, *to = from;
    for (int depth = 1; *to; to++) {
        depth += *to == '{' ? 1 : *to == '}' ? -1 : 0;
        if (!depth) break;
    }
    char *inside = mem_strndup(from, (size_t)(to - from));
    add_words(key, inside);
    free(inside);
    return key->len > 0;
}

static bool verdict(const char *answer, struct str *key) {
    static const char *const words[] = {"yes", "no", "true", "false"};
    answer += strspn(answer, " \t\n*_\"'`#");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(answer, words[i], n) != 0) continue;
        const char *after = answer + n + strspn(answer + n, "*_\"'`");
        unsigned cp = 0;
        const char *next = after + strspn(after, " ");
        if (*next) utf8_decode(next, strlen(next), &cp, NULL);
        bool dash = cp == '-' || cp == 0x2013 || cp == 0x2014;
        if (*after && !dash && !strchr(".,:;!\n", *after)) continue;
        str_add(key, words[i]);
        return true;
    }
    return false;
}

static bool is_among(const struct words *w, const struct str *x) {
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->at[i].s, x->s) == 0) return true;
    return false;
}

/* "3 pm", "3 p.m." */
static const char *half_of_day(const struct words *w, size_t i) {
    const char *a = i + 1 < w->n ? w->at[i + 1].s : "", *b = i + 2 < w->n ? w->at[i + 2].s : "";
    if (strcmp(a, "am") == 0 || (strcmp(a, "a") == 0 && strcmp(b, "m") == 0)) return "am";
    if (strcmp(a, "pm") == 0 || (strcmp(a, "p") == 0 && strcmp(b, "m") == 0)) return "pm";
    return NULL;
}

static bool add_values(const struct words *question, const char *paragraph, struct str *key) {
    struct words w = {0};
    read_words(paragraph, &w);
    for (size_t i = 0; i < w.n; i++) {
        if (!has_digit(&w.at[i]) || is_among(question, &w.at[i])) continue;
        add_word(key, &w.at[i]);
        if (half_of_day(&w, i)) str_addf(key, " %s", half_of_day(&w, i));
    }
    words_done(&w);
    return key->len > 0;
}

/* The numbers that are new, of the last paragraph that has any. Cuts `answer` up. */
static bool values(const char *question, char *answer, struct str *key) {
    struct words known = {0};
    bool found = false;
    read_words(question, &known);
    while (!found && *answer) {
        char *cut = NULL;
        for (char *s = answer; (s = strstr(s, "\n\n")) != NULL; s++) cut = s;
        found = add_values(&known, cut ? cut : answer, key);
        if (!cut) break;
        *cut = '\0';
    }
    words_done(&known);
    return found;
}

bool vote_key(const char *question, const char *answer, struct str *key) {
    char *q = folded(question), *a = folded(answer);
    char *pieces = mem_strdup(a);
    str_clear(key);
    bool value = boxed(a, key) || verdict(a, key) || values(q, pieces, key);
    if (!value) add_words(key, a);
    str_cstr(key);
    free(pieces);
    free(q);
    free(a);
    return value;
}
