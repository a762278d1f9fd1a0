/* check_words: answers that are words of some alphabet: binary, hexadecimal, Roman, yes or no. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/tasks/check_private.h"

/* ---- words of digits ---- */

/* Calls `take` with every run of letters and digits. */
static void each_word(struct cands *out, const char *text,
                      void (*take)(struct cands *, const char *word, size_t from, size_t to)) {
    for (size_t i = 0; text[i] != '\0';) {
        size_t n = 0;
        while (isalnum((unsigned char)text[i + n])) n++;
        char word[CHECK_CAND_BYTES];
        if (n > 0 && n < sizeof word) {
            snprintf(word, sizeof word, "%.*s", (int)n, text + i);
            take(out, word, i, i + n);
        }
        i += n > 0 ? n : 1;
    }
}

static const char *without_zeros(const char *digits) {
    while (digits[0] == '0' && digits[1] != '\0') digits++;
    return digits;
}

static void take_binary(struct cands *out, const char *word, size_t from, size_t to) {
    const char *bits = strncasecmp(word, "0b", 2) == 0 ? word + 2 : word;
    size_t n = strlen(bits);
    if (n == 0 || n > 32 || strspn(bits, "01") != n) return;
    struct cand *before = out->n > 0 ? &out->at[out->n - 1] : NULL;
    if (before != NULL && before->to + 1 == from && n == 4 && strlen(before->s) <= 28) {
        strcat(before->s, bits); /* 0010 1101 */
        before->to = to;
        return;
    }
    cands_add(out, bits, from, to);
}

static void find_binary(struct cands *out, const char *text) {
    each_word(out, text, take_binary);
    for (int i = 0; i < out->n; i++) {
        const char *bits = without_zeros(out->at[i].s);
        memmove(out->at[i].s, bits, strlen(bits) + 1);
    }
}

/* English has words of the letters a to f: letters alone count only as capitals or after 0x. */
static void take_hex(struct cands *out, const char *word, size_t from, size_t to) {
    bool prefixed = strncasecmp(word, "0x", 2) == 0;
    const char *digits = prefixed ? word + 2 : word;
    size_t n = strlen(digits);
    if (n == 0 || strspn(digits, "0123456789abcdefABCDEF") != n) return;
    bool plain_word = strpbrk(digits, "0123456789") == NULL && strpbrk(digits, "abcdef") != NULL;
    bool article = strcmp(digits, "A") == 0; /* "A …" at the start of a sentence */
    if (!prefixed && (plain_word || article)) return;
    char s[CHECK_CAND_BYTES];
    snprintf(s, sizeof s, "%s", without_zeros(digits));
    for (char *c = s; *c != '\0'; c++) *c = (char)toupper((unsigned char)*c);
    cands_add(out, s, from, to);
}

static void find_hex(struct cands *out, const char *text) { each_word(out, text, take_hex); }

static void take_roman(struct cands *out, const char *word, size_t from, size_t to) {
    if (strspn(word, "IVXLCDM") != strlen(word)) return;
    cands_add(out, word, from, to);
}

static void find_roman(struct cands *out, const char *text) {
    each_word(out, text, take_roman);
    if (out->n > 1 && strcmp(out->at[0].s, "I") == 0 && out->at[0].from == 0) { /* "I think …" */
        memmove(out->at, out->at + 1, (size_t)(out->n - 1) * sizeof out->at[0]);
        out->n--;
    }
}

bool check_binary(const struct task_problem *p, const char *answer, const char *gold) {
    return check_states(p, answer, gold, find_binary);
}

bool check_hex(const struct task_problem *p, const char *answer, const char *gold) {
    return check_states(p, answer, gold, find_hex);
}

bool check_roman(const struct task_problem *p, const char *answer, const char *gold) {
    return check_states(p, answer, gold, find_roman);
}

/* ---- words ---- */

/* The first place of a whole word in the text, or NULL. */
static const char *find_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *c = strcasestr(text, word); c != NULL; c = strcasestr(c + 1, word)) {
        bool begins = c == text || !isalnum((unsigned char)c[-1]);
        if (begins && !isalnum((unsigned char)c[n])) return c;
    }
    return NULL;
}

bool check_yes_no(const char *answer, const char *gold, const char *topic, const char *opposite) {
    char *boxed = check_boxed(answer);
    struct str text = STR_INIT;
    check_plain(&text, boxed != NULL ? boxed : answer);
    const char *t = str_cstr(&text);
    const char *yes = find_word(t, "yes"), *no = find_word(t, "no");
    int said = -1;
    if ((yes != NULL) != (no != NULL)) {
        said = yes != NULL;
    } else if (yes != NULL) {
        said = -1; /* both: a guess */
    } else if (opposite != NULL && find_word(t, opposite) != NULL) {
        said = 0;
    } else if (topic != NULL && find_word(t, topic) != NULL) {
        bool negated = find_word(t, "not") != NULL || strcasestr(t, "n't") != NULL;
        said = !negated;
    }
    str_free(&text);
    free(boxed);
    return said == (strcasecmp(gold, "yes") == 0);
}

/* Which one option the text names; -1: none or several. */
static int only_option(const char *text, const char *const *options) {
    int found = -1;
    for (int i = 0; options[i] != NULL; i++) {
        if (find_word(text, options[i]) == NULL) continue;
        if (found >= 0) return -1;
        found = i;
    }
    return found;
}

/* Copies the sentence that ends the text (last) or begins it. */
static char *sentence(const char *text, bool last) {
    size_t n = strlen(text), from = 0, to = n;
    while (to > 0 && strchr(" \n.!", text[to - 1]) != NULL) to--;
    if (last) {
        for (size_t i = 0; i + 1 < to; i++)
            if (text[i] == '\n' || (strchr(".!?:", text[i]) != NULL && text[i + 1] == ' '))
                from = i + 1;
    } else {
        for (size_t i = 0; i + 1 < to; i++) {
            if (text[i] != '\n' && !(strchr(".!?", text[i]) != NULL && text[i + 1] == ' '))
                continue;
            to = i;
            break;
        }
    }
    struct str s = STR_INIT;
    str_addn(&s, text + from, to - from);
    return str_take(&s);
}

bool check_option(const char *answer, const char *gold, const char *const *options) {
    char *boxed = check_boxed(answer);
    struct str text = STR_INIT;
    check_plain(&text, boxed != NULL ? boxed : answer);
    const char *t = str_cstr(&text);
    int said = only_option(t, options);
    for (int last = 1; said < 0 && last >= 0; last--) {
        char *part = sentence(t, last);
        said = only_option(part, options);
        free(part);
    }
    bool right = said >= 0 && strcasecmp(options[said], gold) == 0;
    str_free(&text);
    free(boxed);
    return right;
}
