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

/* "yes" and "no" answer where they stand alone: at the start of a sentence or before a mark; not in
 * "no divisor" or "yes or no". */
static bool stands_alone(const char *text, const char *c, size_t n) {
    while (c > text && c[-1] == ' ') {
        c--;
        n++;
    }
    bool begins = c == text || strchr("\n.!?:", c[-1]) != NULL;
    const char *after = c + n;
    if (str_starts(after, " or ") || (!begins && c - text >= 3 && str_starts(c - 3, " or")))
        return false;
    return begins || *after == '\0' || strchr(",.!;:\n", *after) != NULL;
}

/* The last answer of this word in the text, or NULL. */
static const char *last_alone(const char *text, const char *word) {
    const char *last = NULL;
    for (const char *c = find_word(text, word); c != NULL; c = find_word(c + 1, word))
        if (stands_alone(text, c, strlen(word))) last = c;
    return last;
}

/* The last mention of the topic that is not denied (*sense 1) or denied (0); NULL: none. */
static const char *last_mention(const char *text, const char *topic, int *sense) {
    const char *last = NULL;
    for (const char *c = topic != NULL ? find_word(text, topic) : NULL; c != NULL;
         c = find_word(c + 1, topic)) {
        size_t before = (size_t)(c - text) < 10 ? (size_t)(c - text) : 10;
        char near[12];
        snprintf(near, sizeof near, "%.*s", (int)before, c - before);
        *sense = strstr(near, "not ") == NULL && strstr(near, "n't ") == NULL;
        last = c;
    }
    return last;
}

bool check_yes_no(const char *answer, const char *gold, const char *topic, const char *opposite) {
    char *boxed = check_boxed(answer);
    struct str text = STR_INIT;
    check_plain(&text, boxed != NULL ? boxed : answer);
    const char *t = str_cstr(&text);
    const char *yes = last_alone(t, "yes"), *no = last_alone(t, "no");
    int said = -1, sense = 0, against = 0;
    if ((yes != NULL) != (no != NULL)) {
        said = yes != NULL;
    } else if (yes == NULL) {
        const char *a = last_mention(t, topic, &sense), *b = last_mention(t, opposite, &against);
        bool choice =
            a != NULL && b != NULL && /* "prime or composite" */
            (str_starts(a + strlen(topic), " or ") || str_starts(b + strlen(opposite), " or "));
        if (a != NULL && (b == NULL || a > b)) said = sense;
        if (b != NULL && (a == NULL || b > a)) said = !against;
        if (choice) said = -1;
    }
    str_free(&text);
    free(boxed);
    return said == (strcasecmp(gold, "yes") == 0);
}
