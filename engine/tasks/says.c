/* says: see says.h. */
#include "engine/tasks/says.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* Lower case, every run of other characters than letters and digits one blank, a blank at both
 * ends; an apostrophe inside a word vanishes ("isn't" is "isnt"). */
static void normalise(struct str *out, const char *s, size_t n) {
    str_addc(out, ' ');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (isalnum(c))
            str_addc(out, (char)tolower(c));
        else if (c != '\'' && out->s[out->len - 1] != ' ')
            str_addc(out, ' ');
    }
    if (out->s[out->len - 1] != ' ') str_addc(out, ' ');
}

/* The k-th place to look for the claim, or false when there is none such. */
static bool region(const char *a, int k, const char **at, size_t *n) {
    const char *p = NULL, *q, *end = a + strlen(a);
    if (k == 0) {
        for (q = a; (q = strstr(q, "\\boxed{")) != NULL; q++) p = q + 7;
        if (!p || !(q = strchr(p, '}'))) return false;
        end = q;
    } else if (k == 1) {
        const char *open = NULL;
        for (q = a; (q = strstr(q, "**")) != NULL; q += 2) {
            if (open && q > open)
                p = open, end = q, open = NULL;
            else
                open = q + 2;
        }
        if (!p) return false;
    } else if (k == 2) {
        for (q = a; *q; q++)
            if (!strncasecmp(q, "answer is", 9) || !strncasecmp(q, "answer:", 7)) p = q + 7;
        if (!p) return false;
    } else if (k == 3) {
        p = a;
    } else if (k == 4) {
        while (end > a && !isalnum((unsigned char)end[-1])) end--;
        for (p = end; p > a && !strchr(".!?\n", p[-1]);) p--;
        if (p == a) return false;
    } else {
        return false;
    }
    *at = p;
    *n = (size_t)(end - p);
    return true;
}

/* Asks `judge` about each region: 1 it claims the gold, -1 something else, 0 it is unclear. The
 * first that is clear decides. */
static bool claims(const char *answer, int (*judge)(const char *text, const void *ctx),
                   const void *ctx) {
    const char *at;
    size_t n;
    for (int k = 0; k < 5; k++) {
        if (!region(answer, k, &at, &n)) continue;
        struct str text = STR_INIT;
        normalise(&text, at, n);
        int verdict = judge(text.s, ctx);
        str_free(&text);
        if (verdict) return verdict > 0;
    }
    return false;
}

static bool has_phrase(const char *text, const char *phrase, size_t n) {
    struct str want = STR_INIT;
    normalise(&want, phrase, n);
    bool found = want.len > 2 && strstr(text, want.s);
    str_free(&want);
    return found;
}

struct options {
    const char *gold, *list;
};

/* "…, so the tallest is Ann": the text ends in "is" and the option. */
static bool ends_with_claim(const char *text, const char *gold) {
    struct str want = STR_INIT;
    str_add(&want, " is");
    normalise(&want, gold, strlen(gold));
    bool ends = str_ends(text, want.s);
    str_free(&want);
    return ends;
}

static int judge_options(const char *text, const void *ctx) {
    const struct options *o = ctx;
    bool gold = has_phrase(text, o->gold, strlen(o->gold)), other = false;
    for (const char *s = o->list; *s;) {
        size_t n = strcspn(s, "|");
        bool is_gold = n == strlen(o->gold) && !strncasecmp(s, o->gold, n);
        if (!is_gold && has_phrase(text, s, n)) other = true;
        s += n + (s[n] == '|');
    }
    if (gold && other) return ends_with_claim(text, o->gold);
    return gold ? 1 : other ? -1 : 0;
}

bool says_option(const char *answer, const char *gold, const char *options) {
    struct options o = {gold, options};
    return claims(answer, judge_options, &o);
}

struct word {
    const char *gold;
    struct str question;
};

/* Nearly the letters of the gold: at most a third of them differ, as a bag; a short gold has so
 * many neighbours among the small words that only its own letters count. */
static bool is_like(const char *w, size_t n, const char *gold) {
    int bag[256] = {0}, off = 0;
    size_t len = strlen(gold);
    for (size_t i = 0; i < n; i++) bag[(unsigned char)w[i]]++;
    for (const char *g = gold; *g; g++) bag[(unsigned char)*g]--;
    for (int i = 0; i < 256; i++) off += abs(bag[i]);
    return len <= 4 ? n == len && off <= 2 : off <= ((int)len + 2) / 3;
}

/* "s-t-r-a-w" and "s t r a w" are "straw": single letters in a row become one word. */
static void join_letters(struct str *out, const char *text) {
    for (const char *s = text + 1; *s;) {
        size_t n = strcspn(s, " ");
        bool single = n == 1 && isalpha((unsigned char)*s);
        bool next_single =
            s[n] && isalpha((unsigned char)s[n + 1]) && (s[n + 2] == ' ' || s[n + 2] == 0);
        str_addn(out, s, n);
        if (!(single && next_single)) str_addc(out, ' ');
        s += n + (s[n] == ' ');
    }
}

static int judge_word(const char *text, const void *ctx) {
    const struct word *w = ctx;
    struct str line = STR_INIT;
    bool gold = false, other = strstr(text, " or ") != NULL;
    join_letters(&line, text);
    for (const char *s = str_cstr(&line); *s;) {
        size_t n = strcspn(s, " ");
        struct str pad = STR_INIT;
        str_addc(&pad, ' ');
        str_addn(&pad, s, n);
        str_addc(&pad, ' ');
        if (n == strlen(w->gold) && !strncmp(s, w->gold, n))
            gold = true;
        else if (n && is_like(s, n, w->gold) && !strstr(w->question.s, pad.s))
            other = true;
        str_free(&pad);
        s += n + (s[n] == ' ');
    }
    str_free(&line);
    return gold && !other ? 1 : other ? -1 : 0;
}

bool says_word(const char *answer, const char *gold, const char *question) {
    struct str low = STR_INIT;
    for (const char *g = gold; *g; g++) str_addc(&low, (char)tolower((unsigned char)*g));
    struct word w = {.gold = str_cstr(&low)};
    normalise(&w.question, question, strlen(question));
    bool yes = claims(answer, judge_word, &w);
    str_free(&w.question);
    str_free(&low);
    return yes;
}

static int judge_yes_no(const char *text, const void *ctx) {
    bool want = *(const bool *)ctx;
    bool yes = strstr(text, " yes "), no = strstr(text, " no ");
    if (yes && no) { /* "Yes. There is no …" begins with its claim; "yes or no" claims nothing */
        if (strstr(text, " yes or no ") || strstr(text, " yes and no ")) return 0;
        yes = !strncmp(text, " yes ", 5);
        no = !strncmp(text, " no ", 4);
        if (!yes && !no) return 0;
    }
    if (!yes && !no) {
        no = says_any(text, "not|isnt|arent|doesnt|dont|cannot|cant|false|never|invalid|wasnt");
        yes = !no && says_any(text, "is|are|true|does|must|can|follows|valid|was");
        if (!yes && !no) return 0;
    }
    return yes == want ? 1 : -1;
}

bool says_yes_no(const char *answer, bool yes) { return claims(answer, judge_yes_no, &yes); }

bool says_any(const char *answer, const char *phrases) {
    struct str text = STR_INIT;
    bool found = false;
    normalise(&text, answer, strlen(answer));
    for (const char *s = phrases; *s && !found;) {
        size_t n = strcspn(s, "|");
        found = has_phrase(text.s, s, n);
        s += n + (s[n] == '|');
    }
    str_free(&text);
    return found;
}

/* Reads "9:05", "9:05 pm" or "9:05 p.m." at *s; -1: no clock time there. */
static int read_clock(const char **s) {
    int h, m, used = 0;
    if (sscanf(*s, "%2d:%2d%n", &h, &m, &used) != 2 || used < 4 || m > 59 || h > 24) return -1;
    const char *t = *s + used;
    while (*t == ' ') t++;
    bool pm = tolower((unsigned char)*t) == 'p' && strchr("mM.", t[1]) && t[1];
    bool am = tolower((unsigned char)*t) == 'a' && strchr("mM.", t[1]) && t[1];
    if (pm && h < 12) h += 12;
    if (am && h == 12) h = 0;
    *s += used;
    return h % 24 * 60 + m;
}

/* Reads "3 h 35 min", "3 hours and 35 minutes", "35 min" or "3:35" at *s; -1: none there. */
static int read_duration(const char **s) {
    static const char *const filler = " ,*";
    char *end;
    int clock = read_clock(s), total = 0;
    if (clock >= 0) return clock;
    long n = strtol(*s, &end, 10);
    *s = end;
    const char *t = end + strspn(end, filler);
    if (tolower((unsigned char)*t) == 'm') return (int)n;
    if (tolower((unsigned char)*t) != 'h') return -1;
    total = (int)n * 60;
    while (isalpha((unsigned char)*t)) t++;
    *s = t;
    t += strspn(t, filler);
    if (!strncasecmp(t, "and", 3)) t += 3;
    t += strspn(t, filler);
    if (!isdigit((unsigned char)*t)) return total;
    n = strtol(t, &end, 10);
    end += strspn(end, filler);
    if (tolower((unsigned char)*end) != 'm') return total;
    *s = end;
    return total + (int)n;
}

/* The claim among times: the gold is the last one named, and not one of "x or y". */
static bool says_time(const char *answer, int minutes, int (*reader)(const char **)) {
    const char *at;
    size_t n;
    for (int k = 0; k < 4; k++) {
        if (!region(answer, k, &at, &n)) continue;
        int last = -1;
        for (const char *s = at; s < at + n && *s;) {
            if (!isdigit((unsigned char)*s)) {
                if (last >= 0 && last != minutes && !strncasecmp(s, " or ", 4)) return false;
                if (last == minutes && !strncasecmp(s, " or ", 4)) return false;
                s++;
                continue;
            }
            const char *before = s;
            int v = reader(&s);
            if (v >= 0) last = v;
            if (s == before)
                while (isdigit((unsigned char)*s)) s++;
        }
        if (last >= 0) return last == minutes;
    }
    return false;
}

bool says_clock(const char *answer, int minutes) { return says_time(answer, minutes, read_clock); }

bool says_duration(const char *answer, int minutes) {
    return says_time(answer, minutes, read_duration);
}
