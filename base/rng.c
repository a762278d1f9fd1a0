#include "base/rng.h"

#include <math.h>

static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint64_t rng_hash(uint64_t seed, uint64_t a, uint64_t b) {
    uint64_t z = mix(seed + 0x9E3779B97F4A7C15u);
    z = mix(z ^ (a + 0x9E3779B97F4A7C15u) * 0xD1342543DE82EF95u);
    return mix(z ^ (b + 0x9E3779B97F4A7C15u) * 0xDA942042E4DD58B5u);
}

uint64_t rng_next(struct rng *r) { return rng_hash(r->seed, r->stream, r->counter++); }

double rng_uniform(struct rng *r) { return (double)(rng_next(r) >> 11) * 0x1p-53; }

uint32_t rng_below(struct rng *r, uint32_t n) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;
    do x = rng_next(r);
    while (x >= limit);
    return (uint32_t)(x % n);
}

int64_t rng_between(struct rng *r, int64_t lo, int64_t hi) {
    return lo + (int64_t)(rng_next(r) % (uint64_t)(hi - lo + 1));
}

double rng_normal(struct rng *r) {
    double u = 1.0 - rng_uniform(r), v = rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}
