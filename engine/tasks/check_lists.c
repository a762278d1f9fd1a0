/* check_lists: answers that are several numbers: lists, quotient and remainder, relations. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/tasks/check_private.h"

/* The boxed part of the answer if there is one, else all of it, plain. */
static void plain_of(struct str *out, const char *answer) {
    char *boxed = check_boxed(answer);
    check_plain(out, boxed != NULL ? boxed : answer);
    free(boxed);
}

/* The text between two candidates: small letters, no spaces. */
static void gap_between(char *gap, size_t size, const char *text, const struct cand *a,
                        const struct cand *b) {
    size_t n = 0;
    for (size_t i = a->to; i < b->from && n + 1 < size; i++)
        if (!isspace((unsigned char)text[i])) gap[n++] = (char)tolower((unsigned char)text[i]);
    gap[n] = '\0';
}

/* ---- lists ---- */

static bool joins(const char *gap) {
    static const char *const words[] = {"and", "then", "x", ",and", ",then"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(gap, words[i]) == 0) return true;
    return strspn(gap, ",*<>;-[](){}|") == strlen(gap);
}

/* Writes the last list of n numbers, as find_numbers names them, with powers written out. */
static bool last_list(struct str *out, const char *text, const struct cands *set, int n) {
    bool found = false;
    struct str run = STR_INIT;
    int length = 0;
    for (int i = 0; i < set->n; i++) {
        char gap[32] = "start";
        if (i > 0) gap_between(gap, sizeof gap, text, &set->at[i - 1], &set->at[i]);
        if (strcmp(gap, "^") == 0) { /* an exponent: repeat what stands before it */
            int times = atoi(set->at[i].s);
            for (int k = 1; k < times && k < 32; k++, length++)
                str_addf(&run, "%s ", set->at[i - 1].s);
        } else {
            /* after an exponent the gap is measured from the exponent, which is right */
            if (!joins(gap)) {
                str_clear(&run);
                length = 0;
            }
            str_addf(&run, "%s ", set->at[i].s);
            length++;
        }
        char after[32] = "end";
        if (i + 1 < set->n) gap_between(after, sizeof after, text, &set->at[i], &set->at[i + 1]);
        if (length == n && strcmp(after, "^") != 0 && !joins(after)) {
            str_clear(out);
            str_add(out, str_cstr(&run));
            found = true;
        }
    }
    str_free(&run);
    return found;
}

bool check_numbers(const char *answer, const char *gold) {
    struct cands want = {.n = 0}, set = {.n = 0};
    struct str text = STR_INIT, list = STR_INIT, right = STR_INIT;
    check_find_numbers(&want, gold);
    for (int i = 0; i < want.n; i++) str_addf(&right, "%s ", want.at[i].s);
    plain_of(&text, answer);
    check_find_numbers(&set, str_cstr(&text));
    bool ok =
        last_list(&list, text.s, &set, want.n) && strcmp(str_cstr(&list), str_cstr(&right)) == 0;
    str_free(&text);
    str_free(&list);
    str_free(&right);
    return ok;
}

/* ---- quotient and remainder ---- */

enum claim { NO_CLAIM, QUOTIENT_FIRST, REMAINDER_FIRST };

static enum claim read_claim(const char *text, const struct cand *a, const struct cand *b) {
    char gap[64];
    gap_between(gap, sizeof gap, text, a, b);
    if (strstr(gap, "quotient") != NULL) return REMAINDER_FIRST;
    if (strstr(gap, "rem") != NULL || strstr(gap, "rest") != NULL) return QUOTIENT_FIRST;
    if (strcmp(gap, "r") == 0 || strcmp(gap, "r.") == 0 || strcmp(gap, ",r") == 0)
        return QUOTIENT_FIRST;
    static const char *const tails[] = {" left", " remain", " over", " is left", " are left"};
    bool joined = strstr(gap, "with") != NULL || strstr(gap, "and") != NULL || gap[0] == ',';
    for (size_t i = 0; joined && i < sizeof tails / sizeof tails[0]; i++)
        if (str_starts(text + b->to, tails[i])) return QUOTIENT_FIRST;
    return NO_CLAIM;
}

bool check_quotient(const struct task_problem *p, const char *answer, const char *gold) {
    struct cands want = {.n = 0}, set = {.n = 0};
    check_find_numbers(&want, gold);
    if (want.n != 2) return false;
    const char *q = want.at[0].s, *r = want.at[1].s;
    struct str text = STR_INIT;
    plain_of(&text, answer);
    check_find_numbers(&set, str_cstr(&text));
    bool claimed = false, right = false;
    for (int i = 0; i + 1 < set.n; i++) {
        enum claim claim = read_claim(text.s, &set.at[i], &set.at[i + 1]);
        if (claim == NO_CLAIM) continue;
        claimed = true;
        const char *first = claim == QUOTIENT_FIRST ? q : r;
        const char *second = claim == QUOTIENT_FIRST ? r : q;
        right = strcmp(set.at[i].s, first) == 0 && strcmp(set.at[i + 1].s, second) == 0;
    }
    str_free(&text);
    if (claimed) return right;
    if (strcmp(r, "0/1") != 0) return false;
    char whole[CHECK_CAND_BYTES];
    snprintf(whole, sizeof whole, "%.*s", (int)strcspn(q, "/"), q);
    return check_number(p, answer, whole);
}

/* ---- relations ---- */

/* +1: what stands before is larger; -1: smaller; 0: no relation here. `text` is small letters. */
static int relation_at(const char *text, size_t *len) {
    static const struct {
        const char *word;
        int sense;
    } words[] = {
        {"larger", 1},  {"greater", 1},  {"bigger", 1},  {"more", 1},    {"higher", 1},
        {"largest", 1}, {"greatest", 1}, {"biggest", 1}, {"highest", 1}, {"exceeds", 1},
        {">", 1},       {"smaller", -1}, {"less", -1},   {"lower", -1},  {"smallest", -1},
        {"least", -1},  {"lowest", -1},  {"fewer", -1},  {"<", -1},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!str_starts(text, words[i].word)) continue;
        *len = strlen(words[i].word);
        return words[i].sense;
    }
    return 0;
}

/* The last "X is larger" in the text: which option X is (0, 1; -1: none) and in which sense. */
static int last_relation(const char *text, const struct cands *set, const struct cands *options,
                         int *sense) {
    int said = -1;
    for (int i = 0; i < set->n; i++) {
        int which = strcmp(set->at[i].s, options->at[0].s) == 0   ? 0
                    : strcmp(set->at[i].s, options->at[1].s) == 0 ? 1
                                                                  : -1;
        size_t end = i + 1 < set->n ? set->at[i + 1].from : strlen(text);
        bool negated = false;
        for (size_t at = set->at[i].to; which >= 0 && at < end; at++) {
            if (text[at] == '\n' || (text[at] == '.' && text[at + 1] == ' ')) break;
            if (str_starts(text + at, " not ") || str_starts(text + at, "n't ")) negated = true;
            size_t len = 0;
            int s = relation_at(text + at, &len);
            if (s == 0) continue;
            said = which;
            *sense = negated ? -s : s;
            break;
        }
    }
    return said;
}

/* "The larger one is X": the word before the number. */
static int named_option(const char *text, const struct cands *set, const struct cands *options,
                        int *sense) {
    for (int i = set->n - 1; i >= 0; i--) {
        int which = strcmp(set->at[i].s, options->at[0].s) == 0   ? 0
                    : strcmp(set->at[i].s, options->at[1].s) == 0 ? 1
                                                                  : -1;
        size_t begin = i > 0 ? set->at[i - 1].to : 0;
        for (size_t at = begin; which >= 0 && at < set->at[i].from; at++) {
            size_t len = 0;
            int s = relation_at(text + at, &len);
            bool is =
                s != 0 && (strstr(text + at, " is ") != NULL || strchr(text + at, ':') != NULL);
            if (is && (i == 0 || str_starts(text + begin, ".") || strchr(text + begin, '\n'))) {
                *sense = s;
                return which;
            }
        }
    }
    return -1;
}

bool check_compare(const char *answer, const char *gold) {
    struct cands options = {.n = 0}, set = {.n = 0};
    check_find_numbers(&options, gold);
    if (options.n != 2) return false;
    struct str text = STR_INIT;
    plain_of(&text, answer);
    str_cstr(&text);
    for (size_t i = 0; i < text.len; i++) text.s[i] = (char)tolower((unsigned char)text.s[i]);
    check_find_numbers(&set, text.s);

    bool equal = strstr(text.s, "equal") != NULL || strstr(text.s, "same") != NULL ||
                 strchr(text.s, '=') != NULL;
    bool right = false;
    int asked = str_starts(gold, "larger") ? 1 : -1, sense = 0, said;
    int mentions[2] = {0, 0};
    for (int i = 0; i < set.n; i++)
        for (int k = 0; k < 2; k++) mentions[k] += strcmp(set.at[i].s, options.at[k].s) == 0;
    if (str_starts(gold, "equal")) {
        right = equal && last_relation(text.s, &set, &options, &sense) < 0;
    } else if (mentions[0] > 0 && mentions[1] == 0) {
        said = last_relation(text.s, &set, &options, &sense);
        right = said < 0 ? strcmp(set.at[0].s, options.at[0].s) == 0 : sense == asked;
    } else if (mentions[0] > 0) {
        said = last_relation(text.s, &set, &options, &sense);
        if (said < 0) said = named_option(text.s, &set, &options, &sense);
        right = said >= 0 && (said == 0) == (sense == asked);
    }
    str_free(&text);
    return right;
}
