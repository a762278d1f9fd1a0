/* random_blocks: stored weights with random codes under scales of sensible size, for any type. */
#ifndef TESTS_RANDOM_BLOCKS_H
#define TESTS_RANDOM_BLOCKS_H

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "engine/quant.h"

static const enum tensor_type all_types[] = {
    TENSOR_F32,  TENSOR_F16,    TENSOR_BF16,   TENSOR_Q4_0, TENSOR_Q4_1, TENSOR_Q5_0,
    TENSOR_Q5_1, TENSOR_Q8_0,   TENSOR_Q2_K,   TENSOR_Q3_K, TENSOR_Q4_K, TENSOR_Q5_K,
    TENSOR_Q6_K, TENSOR_IQ4_NL, TENSOR_IQ4_XS, TENSOR_MXFP4};
enum { N_TYPES = sizeof all_types / sizeof *all_types };

/* Where the halves of a block are; -1: none. */
static inline void half_offsets(enum tensor_type type, int *d, int *m) {
    static const struct {
        enum tensor_type type;
        int d, m;
    } at[] = {{TENSOR_Q4_0, 0, -1},   {TENSOR_Q4_1, 0, 2},    {TENSOR_Q5_0, 0, -1},
              {TENSOR_Q5_1, 0, 2},    {TENSOR_Q8_0, 0, -1},   {TENSOR_Q2_K, 80, 82},
              {TENSOR_Q3_K, 108, -1}, {TENSOR_Q4_K, 0, 2},    {TENSOR_Q5_K, 0, 2},
              {TENSOR_Q6_K, 208, -1}, {TENSOR_IQ4_NL, 0, -1}, {TENSOR_IQ4_XS, 0, -1}};
    *d = *m = -1;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        if (at[i].type == type) *d = at[i].d, *m = at[i].m;
}

/* n weights of that type, normal or of random codes, at b. */
static inline void random_row(struct rng *rng, enum tensor_type type, unsigned char *b, size_t n) {
    const struct quant_type *t = quant_type(type);
    if (t->block == 1) {
        float *x = malloc(n * sizeof *x);
        for (size_t i = 0; i < n; i++) x[i] = (float)rng_normal(rng);
        t->quantize(x, b, n);
        free(x);
        return;
    }
    int d, m;
    half_offsets(type, &d, &m);
    for (size_t block = 0; block < n / t->block; block++, b += t->bytes) {
        for (size_t i = 0; i < t->bytes; i++) b[i] = (unsigned char)rng_next(rng);
        uint16_t h = f32_to_f16((float)rng_normal(rng) * 0.05f);
        if (d >= 0) memcpy(b + d, &h, 2);
        h = f32_to_f16((float)rng_normal(rng) * 0.05f);
        if (m >= 0) memcpy(b + m, &h, 2);
        if (type == TENSOR_MXFP4) b[0] = (unsigned char)rng_between(rng, 120, 130);
    }
}

#endif
