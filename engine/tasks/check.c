/* check: candidates in a text, and which of them the text states as its result. */
#include "engine/tasks/check.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/tasks/check_private.h"

/* ---- candidates ---- */

static bool same(const struct cand *a, const struct cand *b) { return strcmp(a->s, b->s) == 0; }

static bool among(const struct cand *c, const struct cands *set) {
    for (int i = 0; i < set->n; i++)
        if (same(c, &set->at[i])) return true;
    return false;
}

void cands_add(struct cands *set, const char *text, size_t from, size_t to) {
    if (set->n == CHECK_MAX_CANDS) { /* keep the end of the text, where results are */
        memmove(set->at, set->at + 1, sizeof set->at - sizeof set->at[0]);
        set->n--;
    }
    struct cand *c = &set->at[set->n++];
    snprintf(c->s, sizeof c->s, "%s", text);
    c->from = from;
    c->to = to;
}

/* ---- deciding ---- */

/* Whether only a word of choice stands between two candidates. */
static bool side_by_side(const char *text, const struct cand *a, const struct cand *b) {
    static const char *const gaps[] = {"or",  ",",    ",or",   "/",   "ormaybe", ",maybe",
                                       "and", ",and", "maybe", "?or", NULL};
    char gap[16];
    size_t n = 0;
    for (size_t i = a->to; i < b->from; i++) {
        char ch = (char)tolower((unsigned char)text[i]);
        if (isspace((unsigned char)ch) || ch == '*' || ch == '(' || ch == ')') continue;
        if (n == sizeof gap - 1) return false;
        gap[n++] = ch;
    }
    gap[n] = '\0';
    for (size_t i = 0; gaps[i] != NULL; i++)
        if (strcmp(gap, gaps[i]) == 0) return true;
    return false;
}

static bool is_subject(const char *text, const struct cand *c) {
    static const char *const verbs[] = {" is ",       " equals ", ".", " was ",
                                        " would be ", " (",       ",", "!"};
    const char *after = text + c->to;
    if (*after == '\0' || *after == '\n') return true;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (str_starts(after, verbs[i])) return true;
    return false;
}

static bool text_states(const char *text, const struct cands *set, const struct cands *given,
                        const struct cand *gold) {
    int n = set->n;
    if (n == 0) return false;
    const struct cand *last = &set->at[n - 1];
    bool guess = n > 1 && !same(last, last - 1) && side_by_side(text, last - 1, last);
    /* "2, 4, 6, 8" goes on with 8: a list that was given may stand before the result. */
    if (guess && among(last - 1, given) && !among(last, given)) guess = text[last[-1].to] != ',';
    if (same(last, gold) && !guess) return true;

    bool rest_given = true, any_new = false, all_new_gold = true;
    for (int i = 0; i < n; i++) {
        bool is_given = among(&set->at[i], given);
        if (i > 0 && !is_given) rest_given = false;
        if (!is_given) {
            any_new = true;
            if (!same(&set->at[i], gold)) all_new_gold = false;
        }
    }
    bool second_guess =
        n > 1 && !same(&set->at[0], &set->at[1]) && side_by_side(text, &set->at[0], &set->at[1]);
    if (same(&set->at[0], gold) && rest_given && !second_guess && is_subject(text, &set->at[0]))
        return true;
    return any_new && all_new_gold && !guess;
}

/* "… is 17." and "… = 17": every sentence that ends so names gold, and there is one. */
static bool closes_sentences(const char *text, const struct cands *set, const struct cand *gold) {
    int n = 0;
    for (int i = 0; i < set->n; i++) {
        const struct cand *c = &set->at[i];
        const char *after = text + c->to, *before = text + c->from;
        bool ends = *after == '\0' || *after == '\n' ||
                    (*after == '.' && (after[1] == ' ' || after[1] == '\n' || after[1] == '\0'));
        if (before > text && before[-1] == '-') before--;
        size_t room = (size_t)(before - text);
        bool stated = (room >= 4 && str_starts(before - 4, " is ")) ||
                      (room >= 2 && (str_starts(before - 2, "= ") || str_starts(before - 2, ": ")));
        if (!ends || !stated) continue;
        if (!same(c, gold)) return false;
        n++;
    }
    return n > 0;
}

/* The part after the last of the marks, up to the end of its clause; NULL: no mark. */
static char *marked_part(const char *text) {
    static const char *const marks[] = {
        "answer is", "answer:", "result is", "result:", "answer =", "we get", "therefore,"};
    const char *best = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        for (const char *c = strcasestr(text, marks[i]); c != NULL;
             c = strcasestr(c + 1, marks[i])) {
            const char *end = c + strlen(marks[i]);
            if (best == NULL || end > best) best = end;
        }
    }
    if (best == NULL) return NULL;
    while (isspace((unsigned char)*best)) best++;
    size_t n = 0;
    while (best[n] != '\0' && best[n] != '\n' && best[n] != '(' &&
           !(best[n] == ',' && best[n + 1] == ' ' && isalpha((unsigned char)best[n + 2])) &&
           !str_starts(best + n, " because ") && !str_starts(best + n, " since ") &&
           !(best[n] == '.' && (isspace((unsigned char)best[n + 1]) || best[n + 1] == '\0')))
        n++;
    struct str s = STR_INIT;
    str_addn(&s, best, n);
    return str_take(&s);
}

/* All bold parts that hold exactly one candidate agree on gold. */
static bool bold_states(const char *answer, void (*find)(struct cands *, const char *),
                        const struct cand *gold) {
    int n = 0;
    for (const char *c = strstr(answer, "**"); c != NULL; c = strstr(c, "**")) {
        const char *from = c + 2, *to = strstr(from, "**");
        if (to == NULL) break;
        struct str raw = STR_INIT, part = STR_INIT;
        str_addn(&raw, from, (size_t)(to - from));
        check_plain(&part, str_cstr(&raw));
        struct cands set = {.n = 0};
        find(&set, str_cstr(&part));
        str_free(&raw);
        str_free(&part);
        if (set.n == 1 && !same(&set.at[0], gold)) return false;
        n += set.n == 1;
        c = to + 2;
    }
    return n > 0;
}

bool check_states(const struct task_problem *p, const char *answer, const char *gold,
                  void (*find)(struct cands *, const char *)) {
    struct cands gold_set = {.n = 0}, given = {.n = 0}, set = {.n = 0};
    find(&gold_set, gold);
    if (gold_set.n != 1) return false;
    struct str plain = STR_INIT;
    const struct str *asked = &p->turns[p->n_turns - 1].question;
    check_plain(&plain, asked->s != NULL ? asked->s : "");
    find(&given, plain.s);

    char *boxed = check_boxed(answer);
    str_clear(&plain);
    check_plain(&plain, boxed != NULL ? boxed : answer);
    const char *text = str_cstr(&plain);
    char *part = boxed == NULL ? marked_part(text) : NULL;
    bool right = false;
    if (part != NULL) {
        find(&set, part);
        if (set.n > 0) {
            right = text_states(part, &set, &given, &gold_set.at[0]);
            goto out;
        }
    }
    find(&set, text);
    right = text_states(text, &set, &given, &gold_set.at[0]) ||
            closes_sentences(text, &set, &gold_set.at[0]) ||
            (boxed == NULL && bold_states(answer, find, &gold_set.at[0]));
out:
    free(part);
    free(boxed);
    str_free(&plain);
    return right;
}

/* ---- numbers ---- */

static int64_t gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a < 0 ? -a : a;
}

/* Reads digits with an optional fraction part at text; false when there are too many. */
static bool read_decimal(const char *text, size_t *len, int64_t *num, int64_t *den) {
    size_t i = 0;
    int digits = 0;
    *num = 0;
    *den = 1;
    for (; isdigit((unsigned char)text[i]); i++, digits++)
        if (digits < 18) *num = *num * 10 + (text[i] - '0');
    if (text[i] == '.' && isdigit((unsigned char)text[i + 1])) {
        for (i++; isdigit((unsigned char)text[i]); i++, digits++) {
            if (digits < 18) {
                *num = *num * 10 + (text[i] - '0');
                *den *= 10;
            }
        }
    }
    *len = i;
    return digits > 0 && digits <= 18;
}

/* "-" that is a sign, not an operator or a hyphen: nothing to subtract from stands before it. */
static bool is_sign(const char *text, size_t at) {
    size_t i = at;
    while (i > 0 && text[i - 1] == ' ') i--;
    if (i == 0) return true;
    unsigned char before = (unsigned char)text[i - 1];
    if (i == at) return !isalnum(before) && before != ')';
    return !isdigit(before) && before != ')';
}

static bool negative_word(const char *text, size_t at) {
    return (at >= 9 && strncasecmp(text + at - 9, "negative ", 9) == 0) ||
           (at >= 9 && strncasecmp(text + at - 9, "is minus ", 9) == 0) ||
           (at >= 8 && strncasecmp(text + at - 8, "= minus ", 8) == 0) ||
           (at == 6 && strncasecmp(text, "minus ", 6) == 0);
}

static void find_values(struct cands *out, const char *text, bool lowest) {
    for (size_t i = 0; text[i] != '\0';) {
        size_t len, more;
        int64_t num, den, num2, den2;
        if (!isdigit((unsigned char)text[i])) {
            i++;
            continue;
        }
        size_t from = i;
        bool fits = read_decimal(text + i, &len, &num, &den);
        size_t end = i + len;
        bool whole = den == 1, is_fraction = false;
        /* 1 3/4 */
        if (fits && whole && text[end] == ' ' && isdigit((unsigned char)text[end + 1]) &&
            read_decimal(text + end + 1, &more, &num2, &den2) && den2 == 1 &&
            text[end + 1 + more] == '/' && isdigit((unsigned char)text[end + 2 + more])) {
            size_t at = end + 2 + more, n3;
            int64_t num3, den3;
            if (read_decimal(text + at, &n3, &num3, &den3) && den3 == 1 && num3 > 0 &&
                num < 1000000000 && num2 < num3 && num3 < 1000000000) {
                is_fraction = true;
                num = num * num3 + num2;
                den = num3;
                end = at + n3;
            }
        }
        if (fits && !is_fraction && whole && text[end] == '/' &&
            isdigit((unsigned char)text[end + 1]) &&
            read_decimal(text + end + 1, &more, &num2, &den2) && den2 == 1 && num2 > 0) {
            is_fraction = true;
            den = num2;
            end += 1 + more;
        }
        bool negative = false;
        if (from > 0 && text[from - 1] == '-' && is_sign(text, from - 1)) negative = true;
        if (negative_word(text, from)) negative = true;
        i = end;
        char s[CHECK_CAND_BYTES];
        if (!fits) {
            snprintf(s, sizeof s, "%.*s", (int)(end - from), text + from);
        } else {
            int64_t g = lowest && is_fraction ? 1 : gcd(num, den);
            if (g > 1) num /= g, den /= g;
            snprintf(s, sizeof s, "%s%" PRId64 "/%" PRId64, negative && num != 0 ? "-" : "", num,
                     den);
        }
        cands_add(out, s, from, end);
    }
}

/* Numbers below thirteen as words count only where the text has no digits: "one" is a pronoun. */
static void find_number_words(struct cands *out, const char *text) {
    static const char *const words[] = {"zero", "one",    "two",    "three", "four",
                                        "five", "six",    "seven",  "eight", "nine",
                                        "ten",  "eleven", "twelve", NULL};
    for (size_t i = 0; text[i] != '\0';) {
        size_t n = 0;
        while (isalpha((unsigned char)text[i + n])) n++;
        for (int w = 0; n > 0 && words[w] != NULL; w++) {
            char s[CHECK_CAND_BYTES];
            snprintf(s, sizeof s, "%d/1", w);
            if (strlen(words[w]) == n && strncasecmp(text + i, words[w], n) == 0)
                cands_add(out, s, i, i + n);
        }
        i += n > 0 ? n : 1;
    }
}

void check_find_numbers(struct cands *out, const char *text) {
    find_values(out, text, false);
    if (out->n == 0) find_number_words(out, text);
}

static void find_lowest(struct cands *out, const char *text) { find_values(out, text, true); }

bool check_number(const struct task_problem *p, const char *answer, const char *gold) {
    return check_states(p, answer, gold, check_find_numbers);
}

bool check_lowest_fraction(const struct task_problem *p, const char *answer, const char *gold) {
    return check_states(p, answer, gold, find_lowest);
}
