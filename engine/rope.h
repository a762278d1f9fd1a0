/* rope: rotary positions (Su et al. 2021) with the ways in which files stretch them: linear,
 * YaRN (Peng et al. 2023), llama3 and longrope divisors. All of them only change the frequency of
 * each pair and the length of the rotated vectors, so a `rope` is a list of frequencies. */
#ifndef ENGINE_ROPE_H
#define ENGINE_ROPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/arch.h"

struct rope {
    enum rope_layout layout;
    uint32_t n_rot;  /* the first n_rot numbers of a head turn, the rest pass through; even */
    double *freq;    /* [n_rot/2] radians per position */
    float magnitude; /* of the rotated part */
};

/* What a file says. */
struct rope_scaling {
    double base;
    double factor; /* >= 1; 1 = not stretched */
    bool yarn;     /* otherwise linear */
    double n_orig; /* YaRN: the context before stretching */
    double beta_fast, beta_slow;
    const float *divisor; /* [n_rot/2] or NULL */
};

void rope_init(struct rope *r, enum rope_layout layout, uint32_t n_rot,
               const struct rope_scaling *s);
void rope_done(struct rope *r);

/* The turn of every pair at a position: out[2i] = cos, out[2i+1] = sin, n_rot numbers. */
void rope_angles(const struct rope *r, size_t position, float *out);

/* Turns n_heads heads, `stride` floats apart, in place. */
void rope_apply(const struct rope *r, const float *angles, float *x, size_t n_heads, size_t stride);

#endif
