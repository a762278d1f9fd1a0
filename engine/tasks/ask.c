/* ask: wordings, filled in. */
#include "engine/tasks/ask.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/tasks/vary.h"

void ask_args(struct ask_args *args, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(args->text, sizeof args->text, fmt, ap);
    va_end(ap);
    assert(n >= 0 && (size_t)n < sizeof args->text);
    size_t k = 0;
    args->at[k++] = args->text;
    for (char *c = args->text; *c != '\0'; c++) {
        if (*c != '|') continue;
        *c = '\0';
        assert(k < sizeof args->at / sizeof args->at[0]);
        args->at[k++] = c + 1;
    }
    while (k < sizeof args->at / sizeof args->at[0]) args->at[k++] = "";
}

struct ask_num ask_num(long long n) {
    struct ask_num t;
    snprintf(t.s, sizeof t.s, "%lld", n);
    return t;
}

const char *ask_pick(struct rng *r, const char *const *list) {
    uint32_t n = 0;
    while (list[n] != NULL) n++;
    return list[rng_below(r, n)];
}

void ask_fill(struct str *out, const char *wording, const struct ask_args *args) {
    for (const char *c = wording; *c != '\0'; c++) {
        if (c[0] == '{' && c[1] >= 'a' && c[1] <= 'h' && c[2] == '}') {
            str_add(out, args->at[c[1] - 'a']);
            c += 2;
        } else {
            str_addc(out, *c);
        }
    }
}

/* How people type: a small first letter, no mark at the end. */
static void loosen(struct str *q, struct rng *r) {
    bool one_word_begins =
        q->len > 1 && isupper((unsigned char)q->s[0]) && islower((unsigned char)q->s[1]);
    if (rng_below(r, 100) < 15 && one_word_begins) q->s[0] = (char)tolower((unsigned char)q->s[0]);
    bool marked = q->len > 1 && strchr("?.", q->s[q->len - 1]) != NULL && q->s[q->len - 2] != '.';
    if (rng_below(r, 100) >= 15 || !marked) return;
    str_truncate(q, q->len - 1);
    while (q->len > 0 && strchr(" ,", q->s[q->len - 1]) != NULL) str_truncate(q, q->len - 1);
}

void ask_turn(struct task_problem *p, struct rng *r, enum task_split split,
              const struct wordings *w, bool chat, const struct ask_args *args) {
    struct str *q = &p->turns[p->n_turns++].question, wording = STR_INIT;
    p->asked = w;
    if (split == TASK_TEST) {
        ask_fill(q, ask_pick(r, w->test), args);
        loosen(q, r);
        return;
    }
    vary_wording(r, split, w, chat, &wording);
    ask_fill(q, str_cstr(&wording), args);
    str_free(&wording);
}

void ask_question(struct task_problem *p, struct rng *r, enum task_split split,
                  const struct wordings *w, const struct ask_args *args) {
    p->n_turns = 0;
    ask_turn(p, r, split, w, false, args);
}

void ask_answer(struct task_problem *p, struct rng *r, const char *const *phrasings,
                const struct ask_args *args) {
    ask_fill(&p->turns[p->n_turns - 1].answer, ask_pick(r, phrasings), args);
}

bool ask_fits(enum task_split split, const char *fmt, ...) {
    struct str s = STR_INIT;
    va_list ap;
    va_start(ap, fmt);
    str_addv(&s, fmt, ap);
    va_end(ap);
    bool fits = task_operand_split(str_cstr(&s)) == split;
    str_free(&s);
    return fits;
}

long long ask_digits(struct rng *r, int lo, int hi) {
    long long low = 1;
    for (long long n = rng_between(r, lo, hi); n > 1; n--) low *= 10;
    return rng_between(r, low, low * 10 - 1);
}
