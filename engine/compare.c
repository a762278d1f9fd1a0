/* compare: see compare.h. Both distributions are needed at once, so the two sessions go through the
 * text side by side, a few rows of logits at a time. */
#include "engine/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LOGITS_MAX = 4 << 20 /* numbers a side */, ROWS_MAX = 128 };

void compare_rows_free(struct compare_rows *c) {
    free(c->rows);
    *c = (struct compare_rows){0};
}

/* ---- one row ---- */

static int32_t likeliest(const float *x, size_t n) {
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[at]) at = i;
    return (int32_t)at;
}

/* With e = exp(x - max) and S = sum of e: ln p = x - max - ln S, entropy = ln S - sum(e·(x-max))/S,
 * and KL = sum(e·(x - y))/S - (max + ln S) + the same of y. */
struct compare_row compare_logits(const float *first, const float *second, size_t n_vocab,
                                  int32_t id) {
    const float *x[2] = {first, second};
    struct compare_row r = {.id = id};
    double norm[2], apart = 0;
    for (int side = 0; side < 2; side++) {
        r.top[side] = likeliest(x[side], n_vocab);
        double max = (double)x[side][r.top[side]], sum = 0, weighted = 0, cross = 0;
        for (size_t i = 0; i < n_vocab; i++) {
            double d = (double)x[side][i] - max, e = exp(d);
            if (e == 0) continue;
            sum += e;
            weighted += e * d;
            if (side == 0) cross += e * ((double)first[i] - (double)second[i]);
        }
        norm[side] = max + log(sum);
        r.entropy[side] = log(sum) - weighted / sum;
        r.logprob[side] = (double)x[side][id] - norm[side];
        if (side == 0) apart = cross / sum;
    }
    r.kl = fmax(0, apart - norm[0] + norm[1]);
    return r;
}

static void add_row(struct compare_rows *c, struct compare_row r) {
    c->rows = mem_grow(c->rows, &c->cap, c->n + 1, sizeof *c->rows);
    c->rows[c->n++] = r;
}

/* ---- the text ---- */

/* Brings a session to where its logits are those after `before`. */
static bool read_before(struct session *s, const int32_t *before, size_t n, struct err *e) {
    size_t have = session_common_prefix(s, before, n);
    have = session_truncate(s, have < n ? have : n ? n - 1 : 0);
    return session_eval(s, before + have, n - have, NULL, NULL, NULL, e);
}

bool compare_run(struct session *const sides[2], const struct compare_text *t,
                 struct compare_rows *out, void (*progress)(void *ctx, size_t done, size_t n),
                 void *ctx, struct err *e) {
    size_t V = model_info(session_model(sides[0]))->n_vocab, piece = LOGITS_MAX / V;
    piece = piece < 1 ? 1 : piece > ROWS_MAX ? ROWS_MAX : piece;
    for (int i = 0; i < 2; i++)
        if (!read_before(sides[i], t->before[i], t->n_before[i], e)) return false;
    if (t->n && t->n_before[0] && t->n_before[1])
        add_row(out,
                compare_logits(session_logits(sides[0]), session_logits(sides[1]), V, t->ids[0]));
    float *logits[2] = {mem_array(piece * V, sizeof(float)), mem_array(piece * V, sizeof(float))};
    bool ok = true;
    for (size_t at = 0; ok && at + 1 < t->n; at += piece) {
        size_t n = t->n - 1 - at < piece ? t->n - 1 - at : piece;
        for (int i = 0; ok && i < 2; i++)
            ok = session_eval(sides[i], t->ids + at, n, logits[i], NULL, NULL, e);
        for (size_t k = 0; ok && k < n; k++)
            add_row(out,
                    compare_logits(logits[0] + k * V, logits[1] + k * V, V, t->ids[at + k + 1]));
        if (ok && progress) progress(ctx, at + n + 1, t->n);
    }
    free(logits[0]);
    free(logits[1]);
    return ok;
}

bool compare_vocabularies(const struct model *a, const struct model *b, struct err *e) {
    const struct tokenizer *ta = model_tokenizer(a), *tb = model_tokenizer(b);
    uint32_t na = model_info(a)->n_vocab, nb = model_info(b)->n_vocab;
    struct str x = STR_INIT, y = STR_INIT;
    bool same = true;
    if (na != nb)
        return err_set(e, "the vocabularies differ: %s has %u tokens, %s has %u",
                       model_info(a)->name, na, model_info(b)->name, nb);
    if (!ta || !tb) return true;
    for (int32_t id = 0; same && (uint32_t)id < na; id++) {
        str_clear(&x), str_clear(&y);
        tokenizer_piece(ta, id, true, &x);
        tokenizer_piece(tb, id, true, &y);
        same = x.len == y.len && (!x.len || !memcmp(x.s, y.s, x.len));
        if (!same)
            err_set(e, "the vocabularies differ: token %d is \"%.40s\" in %s and \"%.40s\" in %s",
                    id, str_cstr(&x), model_info(a)->name, str_cstr(&y), model_info(b)->name);
    }
    str_free(&x);
    str_free(&y);
    return same;
}

/* ---- totals ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *sorted, size_t n, double fraction) {
    double at = fraction * (double)(n - 1);
    size_t below = (size_t)at, above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static double standard_error(double sum, double squares, size_t n) {
    if (n < 2) return 0;
    double mean = sum / (double)n, variance = (squares - mean * sum) / (double)(n - 1);
    return sqrt(fmax(0, variance) / (double)n);
}

struct compare_totals compare_totals(const struct compare_rows *c) {
    struct compare_totals t = {.n = c->n};
    if (!c->n) return t;
    double sum = 0, squares = 0, ratio = 0, ratio_squares = 0, *kl = mem_array(c->n, sizeof *kl);
    for (size_t i = 0; i < c->n; i++) {
        const struct compare_row *r = &c->rows[i];
        double d = r->logprob[0] - r->logprob[1];
        kl[i] = r->kl;
        sum += r->kl, squares += r->kl * r->kl;
        ratio += d, ratio_squares += d * d;
        t.same_top += (double)(r->top[0] == r->top[1]) / (double)c->n;
        for (int k = 0; k < 2; k++) t.cross_entropy[k] -= r->logprob[k] / (double)c->n;
    }
    qsort(kl, c->n, sizeof *kl, ascending);
    for (int k = 0; k < 2; k++) t.perplexity[k] = exp(t.cross_entropy[k]);
    t.log_ratio = ratio / (double)c->n;
    t.log_ratio_error = standard_error(ratio, ratio_squares, c->n);
    t.kl_mean = sum / (double)c->n;
    t.kl_error = standard_error(sum, squares, c->n);
    t.kl_median = percentile(kl, c->n, 0.5);
    t.kl_90 = percentile(kl, c->n, 0.9);
    t.kl_99 = percentile(kl, c->n, 0.99);
    t.kl_max = kl[c->n - 1];
    free(kl);
    return t;
}

struct ranked {
    double kl;
    size_t at;
};

static int by_divergence(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->kl != y->kl) return x->kl < y->kl ? 1 : -1;
    return x->at < y->at ? -1 : 1;
}

size_t *compare_worst(const struct compare_rows *c, size_t most, size_t *n) {
    struct ranked *all = mem_array(c->n, sizeof *all);
    for (size_t i = 0; i < c->n; i++) all[i] = (struct ranked){c->rows[i].kl, i};
    qsort(all, c->n, sizeof *all, by_divergence);
    *n = c->n < most ? c->n : most;
    size_t *out = mem_array(*n, sizeof *out);
    for (size_t i = 0; i < *n; i++) out[i] = all[i].at;
    free(all);
    return out;
}
