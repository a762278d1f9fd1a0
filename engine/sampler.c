/* sampler: see the header.
 *
 * The Gumbel-max trick: argmax over tokens of log p + G, with G = -log(-log u) drawn independently
 * for each token, is a draw from p (Gumbel 1954; Maddison et al. 2014). Since u is a hash of
 * (seed, position, token), the noise of a token is the same whatever else is asked.
 *
 * Order of the settings, as in most model cards: repetition penalty, temperature, top-k, top-p,
 * min-p. The kept tokens are found without sorting a vocabulary: probabilities fall into bins by
 * the leading bits of their floats (which order them), and only the bin through which the boundary
 * goes is sorted. */
#include "engine/sampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/kernels/kernels.h"

enum { BINS = 256 * 8, BIN_SHIFT = 20 }; /* 8 exponent and 3 mantissa bits of a float >= 0 */

struct ranked {
    float p;
    int32_t id;
};

struct sampler {
    size_t n;
    float *probs;        /* [n] */
    float *scaled;       /* [n] logits with penalty and temperature, then their probabilities */
    struct ranked *kept; /* [n] */
    double mass[BINS];
    uint32_t count[BINS];
};

struct sampler *sampler_new(size_t n_vocab) {
    struct sampler *s = mem_calloc(1, sizeof *s);
    s->n = n_vocab;
    s->probs = mem_aligned(64, n_vocab * sizeof *s->probs);
    s->scaled = mem_aligned(64, n_vocab * sizeof *s->scaled);
    s->kept = mem_array(n_vocab, sizeof *s->kept);
    return s;
}

void sampler_free(struct sampler *s) {
    if (!s) return;
    free(s->probs);
    free(s->scaled);
    free(s->kept);
    free(s);
}

/* ---- statistics ---- */

/* The SAMPLE_ALTS largest, best first, the lower id of equals. */
static int most_likely(const float *x, size_t n, int32_t *ids) {
    int have = 0;
    float least = -INFINITY; /* of those kept, once there are enough */
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > least)) continue;
        int at = have < SAMPLE_ALTS ? have++ : SAMPLE_ALTS - 1;
        for (; at > 0 && x[ids[at - 1]] < x[i]; at--) ids[at] = ids[at - 1];
        ids[at] = (int32_t)i;
        if (have == SAMPLE_ALTS) least = x[ids[SAMPLE_ALTS - 1]];
    }
    return have;
}

/* Leaves the model's distribution in s->probs. */
static void measure(struct sampler *s, const float *logits, struct sample *out) {
    const struct kernels *k = kernels();
    memcpy(s->probs, logits, s->n * sizeof *logits);
    float max = k->softmax(s->probs, s->n);
    *out = (struct sample){0};
    out->n_alts = most_likely(logits, s->n, out->alt_id);
    /* p of the best is 1/sum of exp(logit - max). */
    float log_sum = out->n_alts ? -logf(s->probs[out->alt_id[0]]) : 0;
    for (int i = 0; i < out->n_alts; i++)
        out->alt_logprob[i] = logits[out->alt_id[i]] - max - log_sum;
    float mean = 0; /* of logit - max under p; a logit of -inf has p = 0 and adds nothing */
    for (size_t i = 0; i < s->n; i += 256) {
        size_t n = s->n - i < 256 ? s->n - i : 256;
        float part[256];
        for (size_t j = 0; j < n; j++) part[j] = fmaxf(logits[i + j] - max, -200);
        mean += k->dot_f32(s->probs + i, part, n);
    }
    out->entropy = fmaxf(0, log_sum - mean);
}

static void set_token(const struct sampler *s, const float *logits, int32_t id,
                      struct sample *out) {
    out->id = id;
    if (id < 0 || (size_t)id >= s->n || !out->n_alts) return;
    out->logprob = logits[id] - logits[out->alt_id[0]] + out->alt_logprob[0];
}

void sampler_measure(struct sampler *s, const float *logits, int32_t id, struct sample *out) {
    measure(s, logits, out);
    set_token(s, logits, id, out);
}

/* ---- what may be chosen ---- */

static void penalize(float *x, const float *logits, size_t n, const struct sampling *set,
                     const int32_t *recent, size_t n_recent) {
    if (set->repeat_penalty == 1 || set->repeat_penalty <= 0 || set->repeat_last_n <= 0) return;
    size_t last = (size_t)set->repeat_last_n < n_recent ? (size_t)set->repeat_last_n : n_recent;
    for (size_t i = n_recent - last; i < n_recent; i++) {
        int32_t id = recent[i];
        if (id < 0 || (size_t)id >= n) continue;
        float l = logits[id]; /* from the original, so that a token is punished once */
        x[id] = l > 0 ? l / set->repeat_penalty : l * set->repeat_penalty;
    }
}

static unsigned bin_of(float p) {
    union {
        float f;
        uint32_t u;
    } v = {p};
    return v.u >> BIN_SHIFT;
}

static int by_rank(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? 1 : -1;
    return x->id < y->id ? -1 : 1;
}

/* Below what probability no token can be kept: min-p, or too small to be drawn or to matter for
 * top-p by 2^-40. */
static float floor_of(const struct sampling *set, float best) {
    float floor = best * 0x1p-40f;
    return set->min_p > 0 ? fmaxf(floor, set->min_p * best) : floor;
}

/* The tokens that pass top-k, top-p and min-p, in no order; at least one. */
static size_t keep(struct sampler *s, const struct sampling *set, float best) {
    const float *p = s->scaled;
    float floor = floor_of(set, best);
    memset(s->mass, 0, sizeof s->mass);
    memset(s->count, 0, sizeof s->count);
    for (size_t i = 0; i < s->n; i++) {
        if (!(p[i] >= best * 0x1p-40f)) continue;
        unsigned b = bin_of(p[i]);
        s->mass[b] += (double)p[i];
        s->count[b]++;
    }
    double top_p = set->top_p > 0 && set->top_p < 1 ? (double)set->top_p : 2, mass = 0;
    size_t top_k = set->top_k > 0 ? (size_t)set->top_k : s->n, above = 0;
    /* Down to the bin in which the k-th token or the p-th part lies. top-p counts what top-k
     * leaves, like everybody: but its parts are of the whole, so the first to be reached ends it.
     */
    int edge = BINS - 1;
    for (; edge > 0; edge--) {
        if (above + s->count[edge] >= top_k || mass + s->mass[edge] >= top_p) break;
        above += s->count[edge];
        mass += s->mass[edge];
    }
    size_t n = 0, n_edge = 0;
    for (size_t i = 0; i < s->n; i++)
        if (p[i] >= floor && bin_of(p[i]) > (unsigned)edge)
            s->kept[n++] = (struct ranked){p[i], (int32_t)i};
    for (size_t i = 0; i < s->n; i++)
        if (p[i] >= floor && bin_of(p[i]) == (unsigned)edge)
            s->kept[n + n_edge++] = (struct ranked){p[i], (int32_t)i};
    qsort(s->kept + n, n_edge, sizeof *s->kept, by_rank);
    for (size_t i = 0; i < n_edge && (above < top_k && mass < top_p); i++, above++, n++)
        mass += (double)s->kept[n].p;
    return n;
}

/* ---- the draw ---- */

/* -log(-log u) with u uniform in (0, 1). */
static double gumbel(uint64_t hash) {
    double u = ((double)(hash >> 11) + 0.5) * 0x1p-53;
    return -log(-log(u));
}

static int32_t draw_kept(const struct sampler *s, size_t n, uint64_t seed, uint64_t position) {
    double best = -INFINITY;
    int32_t id = n ? s->kept[0].id : 0;
    for (size_t i = 0; i < n; i++) {
        const struct ranked *t = &s->kept[i];
        double score = log((double)t->p) + gumbel(rng_hash(seed, position, (uint64_t)t->id));
        if (score > best || (score == best && t->id < id)) best = score, id = t->id;
    }
    return id;
}

/* The same over the whole vocabulary. Noise above -log(-log u) >= d needs 1 - u < exp(-d), which
 * is cheap to see: the logarithms are taken for a handful of tokens only. */
static int32_t draw_all(const struct sampler *s, int32_t first, uint64_t seed, uint64_t position) {
    const float *p = s->scaled;
    double best = log((double)p[first]) + gumbel(rng_hash(seed, position, (uint64_t)first));
    double bar = exp(-best); /* token i can win only if 1 - u < p[i]·bar */
    int32_t id = first;
    for (size_t i = 0; i < s->n; i++) {
        double reach = (double)p[i] * bar;
        if (reach < 0x1p-54 || (int32_t)i == first) continue;
        uint64_t hash = rng_hash(seed, position, i);
        if ((double)((~hash >> 11)) * 0x1p-53 > reach) continue;
        double score = log((double)p[i]) + gumbel(hash);
        if (score < best || (score == best && (int32_t)i > id)) continue;
        best = score, id = (int32_t)i, bar = exp(-best);
    }
    return id;
}

static int32_t argmax(const float *x, size_t n) {
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[at]) at = i;
    return (int32_t)at;
}

static int32_t choose(struct sampler *s, const struct sampling *set, const float *logits,
                      const int32_t *recent, size_t n_recent, uint64_t position) {
    float *x = s->scaled;
    memcpy(x, logits, s->n * sizeof *x);
    penalize(x, logits, s->n, set, recent, n_recent);
    int32_t best = argmax(x, s->n);
    if (!(set->temperature > 0) || !isfinite(x[best])) return best;
    float inverse = 1 / set->temperature;
    for (size_t i = 0; i < s->n; i++) x[i] *= inverse;
    kernels()->softmax(x, s->n);
    bool filtered = set->top_k > 0 || (set->top_p > 0 && set->top_p < 1) || set->min_p > 0;
    if (!filtered) return draw_all(s, best, set->seed, position);
    return draw_kept(s, keep(s, set, x[best]), set->seed, position);
}

void sampler_choose(struct sampler *s, const struct sampling *set, const float *logits,
                    const int32_t *recent, size_t n_recent, uint64_t position, struct sample *out) {
    measure(s, logits, out);
    set_token(s, logits, choose(s, set, logits, recent, n_recent, position), out);
}
