/* rope: see the header. */
#include "engine/rope.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* The pair index at which a wave turns `turns` times within the original context. */
static double yarn_corner(const struct rope_scaling *s, uint32_t n_rot, double turns) {
    return n_rot * log(s->n_orig / (turns * 2 * M_PI)) / (2 * log(s->base));
}

/* YaRN: how much of pair i keeps its own frequency; fast waves do (1), slow ones are stretched. */
static double yarn_keep(const struct rope_scaling *s, uint32_t n_rot, uint32_t i) {
    double low = fmax(0, floor(yarn_corner(s, n_rot, s->beta_fast)));
    double high = fmin(n_rot - 1, ceil(yarn_corner(s, n_rot, s->beta_slow)));
    return 1 - fmin(1, fmax(0, (i - low) / fmax(0.001, high - low)));
}

void rope_init(struct rope *r, enum rope_layout layout, uint32_t n_rot,
               const struct rope_scaling *s) {
    *r = (struct rope){.layout = layout, .n_rot = n_rot, .magnitude = 1};
    r->freq = mem_array(n_rot / 2, sizeof *r->freq);
    for (uint32_t i = 0; i < n_rot / 2; i++) {
        double own = pow(s->base, -2.0 * i / n_rot) / (s->divisor ? (double)s->divisor[i] : 1);
        double keep = s->yarn ? yarn_keep(s, n_rot, i) : 0;
        r->freq[i] = own * keep + own / s->factor * (1 - keep);
    }
}

void rope_done(struct rope *r) {
    free(r->freq);
    r->freq = NULL;
}

void rope_angles(const struct rope *r, size_t position, float *out) {
    for (uint32_t i = 0; i < r->n_rot / 2; i++) {
        double angle = (double)position * r->freq[i];
        out[2 * i] = (float)cos(angle) * r->magnitude;
        out[2 * i + 1] = (float)sin(angle) * r->magnitude;
    }
}

void rope_apply(const struct rope *r, const float *angles, float *x, size_t n_heads,
                size_t stride) {
    size_t half = r->n_rot / 2;
    size_t step = r->layout == ROPE_NORM ? 2 : 1, apart = r->layout == ROPE_NORM ? 1 : half;
    for (size_t h = 0; h < n_heads; h++, x += stride)
        for (size_t i = 0; i < half; i++) {
            float *a = x + i * step, *b = a + apart;
            float c = angles[2 * i], s = angles[2 * i + 1], old = *a;
            *a = old * c - *b * s;
            *b = old * s + *b * c;
        }
}
