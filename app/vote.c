/* vote: see vote.h. */
#include "app/vote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void vote_init(struct vote *v, const char *question, size_t n) {
    *v = (struct vote){.question = mem_strdup(question), .n = n};
    v->samples = mem_calloc(n, sizeof *v->samples);
    v->groups = mem_calloc(n, sizeof *v->groups);
    for (size_t i = 0; i < n; i++) v->samples[i].group = SIZE_MAX;
}

void vote_done(struct vote *v) {
    for (size_t i = 0; i < v->n; i++) {
        str_free(&v->samples[i].thought);
        str_free(&v->samples[i].answer);
        str_free(&v->samples[i].key);
        str_free(&v->groups[i].label);
    }
    free(v->samples);
    free(v->groups);
    free(v->question);
    *v = (struct vote){0};
}

bool vote_number(const char *text, int64_t *n) {
    char *end;
    long v = text ? strtol(text, &end, 10) : 0;
    if (!text || *end || v < 1 || v > BACKEND_SAMPLES_MAX) return false;
    *n = v;
    return true;
}

/* ---- counting ---- */

static void set_label(struct vote_group *g, const struct vote_sample *s, bool value) {
    const char *line = value ? s->key.s : s->answer.s + strspn(s->answer.s, " \t\n");
    str_clear(&g->label);
    str_addn(&g->label, line, strcspn(line, "\n"));
    str_cstr(&g->label);
}

static void add_sample(struct vote *v, size_t i) {
    struct vote_sample *s = &v->samples[i];
    s->group = SIZE_MAX;
    if (!s->ended || s->end.done.reason != DONE_EOG || s->end.done.in_thought) return;
    bool value = vote_key(v->question, str_cstr(&s->answer), &s->key);
    if (!s->key.len) return;
    size_t g = 0;
    while (g < v->n_groups && strcmp(v->samples[v->groups[g].first].key.s, s->key.s) != 0) g++;
    struct vote_group *group = &v->groups[g];
    if (g == v->n_groups) {
        v->n_groups++;
        group->first = i;
        group->n = 0;
        set_label(group, s, value);
    }
    group->n++;
    v->n_voting++;
}

static int larger_first(const void *a, const void *b) {
    const struct vote_group *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static void count(struct vote *v) {
    v->n_groups = v->n_voting = 0;
    v->entropy = 0;
    for (size_t i = 0; i < v->n; i++) add_sample(v, i);
    qsort(v->groups, v->n_groups, sizeof *v->groups, larger_first);
    for (size_t g = 0; g < v->n_groups; g++) {
        double share = (double)v->groups[g].n / (double)v->n_voting;
        v->entropy -= share * log(share);
        for (size_t i = 0; i < v->n; i++)
            if (v->samples[i].key.len &&
                strcmp(v->samples[i].key.s, v->samples[v->groups[g].first].key.s) == 0)
                v->samples[i].group = g;
    }
    v->entropy = fabs(v->entropy); /* no -0 */
}

/* ---- events ---- */

void vote_event(struct vote *v, const struct event *ev) {
    if (ev->which >= v->n) return;
    struct vote_sample *s = &v->samples[ev->which];
    if (ev->type == EVENT_TOKEN) {
        if (ev->token.was_thought) {
            str_addn(&s->thought, str_cstr(&s->answer), s->answer.len);
            str_clear(&s->answer);
        }
        if (ev->token.channel == CHANNEL_THOUGHT)
            str_addn(&s->thought, ev->token.text, ev->token.n_text);
        if (ev->token.channel == CHANNEL_ANSWER)
            str_addn(&s->answer, ev->token.text, ev->token.n_text);
    }
    /* A request for one has no other end. */
    if (ev->type == EVENT_SAMPLE_DONE || (ev->type == EVENT_DONE && v->n == 1)) {
        s->ended = true;
        s->end = *ev;
        s->end.text = NULL;
        str_cstr(&s->answer);
        count(v);
    }
}

size_t vote_choice(const struct vote *v) {
    if (v->n_groups) return v->groups[0].first;
    for (size_t i = 0; i < v->n; i++)
        if (v->samples[i].answer.len) return i;
    for (size_t i = 0; i < v->n; i++)
        if (v->samples[i].thought.len) return i;
    return 0;
}

void vote_report(const struct vote *v, struct str *out) {
    for (size_t g = 0; g < v->n_groups; g++)
        str_addf(out, "%3zu of %zu  %3.0f%%  %s\n", v->groups[g].n, v->n,
                 100 * (double)v->groups[g].n / (double)v->n_voting, str_cstr(&v->groups[g].label));
    if (v->n_voting < v->n)
        str_addf(out, "%3zu of %zu        no complete answer\n", v->n - v->n_voting, v->n);
    str_addf(out, "entropy %.2f nats\n", v->entropy);
}
