/* rng: random numbers that are a pure function of (seed, counter), so that a result does not
 * depend on thread count or order. Philox-like use of the SplitMix64 finalizer (Steele et al.
 * 2014) keyed twice; passes as a hash, not for cryptography. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

/* 64 uniform bits for this (seed, a, b). */
uint64_t rng_hash(uint64_t seed, uint64_t a, uint64_t b);

/* A stream: rng_next(&r) == rng_hash(r.seed, r.stream, counter++). */
struct rng {
    uint64_t seed, stream, counter;
};

uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r);                          /* [0, 1), 53 bits */
uint32_t rng_below(struct rng *r, uint32_t n);              /* 0..n-1, unbiased; n >= 1 */
int64_t rng_between(struct rng *r, int64_t lo, int64_t hi); /* lo..hi inclusive */
double rng_normal(struct rng *r);                           /* mean 0, variance 1 */

#endif
