/* sampler: from logits to a token, as argmax of logits plus Gumbel noise (Gumbel-max trick) from a
 * counter-based generator keyed by (seed, position, token): the choice at a position depends on
 * nothing but the logits, the settings and the seed. */
#ifndef ENGINE_SAMPLER_H
#define ENGINE_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

struct sampling {
    float temperature;    /* 0 = greedy */
    int top_k;            /* 0 = off */
    float top_p;          /* 1 = off */
    float min_p;          /* 0 = off */
    float repeat_penalty; /* 1 = off */
    int repeat_last_n;    /* how far the penalty looks back, 0 = off */
    uint64_t seed;
};

#define SAMPLE_ALTS 5

/* The id of a token whose number is not known: a server elsewhere chose it and did not tell. (-1 is
 * no token at all: more text of the one before.) */
#define TOKEN_NO_ID (-2)

/* The chosen token and how sure the model was: natural logs, of the model's own distribution
 * (temperature 1, before any filter). NaN: not known. */
struct sample {
    int32_t id;
    float logprob, entropy; /* entropy in nats, of the whole vocabulary */
    int n_alts;             /* the most likely tokens, best first (may hold id) */
    int32_t alt_id[SAMPLE_ALTS];
    float alt_logprob[SAMPLE_ALTS];
};

struct sampler; /* scratch for one vocabulary */
struct sampler *sampler_new(size_t n_vocab);
void sampler_free(struct sampler *s);

/* `recent`: the last n_recent tokens of the context (for the penalty). `position`: the index that
 * the new token will have in the timeline. Allocates nothing. */
void sampler_choose(struct sampler *s, const struct sampling *set, const float *logits,
                    const int32_t *recent, size_t n_recent, uint64_t position, struct sample *out);
/* The statistics alone, for a token that is given (forced text, scoring). */
void sampler_measure(struct sampler *s, const float *logits, int32_t id, struct sample *out);

#endif
