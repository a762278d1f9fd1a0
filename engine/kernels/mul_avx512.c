/* mul_avx512: products straight from stored blocks, for decoding, with AVX-512 VNNI.
 *
 * 256 weights at a time are unpacked to bytes and multiplied with the int8 activations of up to
 * four tokens; every four lanes of the integer sums belong to 16 weights, which have one scale.
 *     sum_i w[i]·x[i] = sum_g scale_w[g]·scale_x[g]·(q_w·q_x)[g] + offset_w[g]·sum_x[g]
 * The order of the additions is the same however many rows or tokens there are. */
#include "engine/kernels/types.h"
#include "engine/kernels/x86.h"
#include "engine/quant.h"

#include "engine/kernels/unpack_avx512.h"

enum {
    TOKENS = 4,  /* at once */
    AHEAD = 2048 /* bytes of weights that are asked for before their turn */
};

struct sums {
    __m512 a, b;
};

INLINE void add_piece(struct sums *s, const struct piece512 *w, struct act_q8 x, size_t at) {
    const __m512i lanes = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    __m512 scale = _mm512_mul_ps(w->scale, _mm512_loadu_ps(x.d + at / 16)), part[4];
    UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), w->q[i],
                                               _mm512_loadu_si512(x.q + at + 64 * (size_t)i));
        __m512i own = _mm512_add_epi32(lanes, _mm512_set1_epi32(4 * i));
        part[i] = _mm512_permutexvar_ps(own, scale);
        if (i % 2)
            s->b = _mm512_fmadd_ps(part[i], _mm512_cvtepi32_ps(products), s->b);
        else
            s->a = _mm512_fmadd_ps(part[i], _mm512_cvtepi32_ps(products), s->a);
    }
    s->b = _mm512_fmadd_ps(w->offset, _mm512_loadu_ps(x.sum + at / 16), s->b);
}

/* One row with n_tokens (a constant 1..TOKENS) tokens from x on. `bytes` hold 256 weights. */
INLINE void mul_row(const struct mul *m, size_t r, size_t token, int n_tokens,
                    struct piece512 (*unpack)(const uint8_t *), size_t bytes) {
    const uint8_t *b = (const uint8_t *)m->w + r * m->row_bytes;
    struct act_q8 x[TOKENS];
    struct sums sum[TOKENS];
    UNROLL
    for (int t = 0; t < n_tokens; t++) {
        x[t] = act_q8_view(m->x[token + (size_t)t], m->n);
        sum[t] = (struct sums){_mm512_setzero_ps(), _mm512_setzero_ps()};
    }
    size_t at = 0;
    for (; at + 256 <= m->n; at += 256, b += bytes) {
        struct piece512 w = unpack(b);
        for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(b + AHEAD + i);
        UNROLL
        for (int t = 0; t < n_tokens; t++) add_piece(&sum[t], &w, x[t], at);
    }
    if (at < m->n) { /* the last few blocks of 32, followed by zeros */
        uint8_t last[272] = {0};
        memcpy(last, b, m->row_bytes - at / 256 * bytes);
        struct piece512 w = unpack(last);
        UNROLL
        for (int t = 0; t < n_tokens; t++) add_piece(&sum[t], &w, x[t], at);
    }
    UNROLL
    for (int t = 0; t < n_tokens; t++)
        m->y[(token + (size_t)t) * m->ldy + r] =
            _mm512_reduce_add_ps(_mm512_add_ps(sum[t].a, sum[t].b));
}

INLINE void mul_rows(const struct mul *m, struct piece512 (*unpack)(const uint8_t *),
                     size_t bytes) {
    for (size_t r = 0; r < m->n_rows; r++) {
        size_t t = 0;
        for (; t + 4 <= m->n_tokens; t += 4) mul_row(m, r, t, 4, unpack, bytes);
        switch (m->n_tokens - t) {
        case 3:
            mul_row(m, r, t, 3, unpack, bytes);
            break;
        case 2:
            mul_row(m, r, t, 2, unpack, bytes);
            break;
        case 1:
            mul_row(m, r, t, 1, unpack, bytes);
            break;
        default:
            break;
        }
    }
}

#define MUL(TYPE, type, bytes, is_signed, group)                                                   \
    void mul_avx512_##TYPE(const struct mul *m) { mul_rows(m, unpack_##type, bytes); }
QUANTIZED_TYPES(MUL)
