/* mul_narrow: products straight from stored blocks for vectors of 16 bytes. The including
 * file defines the vector pieces:
 *     ints: eight 32-bit sums, floats: eight F32
 *     struct scales, scales_TYPE(), codes_TYPE() giving `codes` (unpack_*.h)
 *     ints dot(codes w, const int8_t *x, int is_signed)   sums of four neighbours each
 *     floats two_scales(float low, float high)             low in lanes 0-3, high in 4-7
 *     floats floats_zero/load/of/mul/fma, float floats_sum
 * and MUL_NAME(type). The additions are in the same order whatever the number of rows and tokens.
 * The mathematics: mul_avx512.c. */
enum {
    TOKENS = 4,  /* at once */
    AHEAD = 2048 /* bytes of weights that are asked for before their turn */
};

INLINE void mul_row(const struct mul *m, size_t r, size_t token, int n_tokens, size_t bytes,
                    void (*get_scales)(const uint8_t *, struct scales *),
                    codes (*get_codes)(const uint8_t *, int), int is_signed) {
    const uint8_t *b = (const uint8_t *)m->w + r * m->row_bytes, *end = b + m->row_bytes;
    struct act_q8 x[TOKENS];
    floats sum[TOKENS];
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) {
        x[t] = act_q8_view(m->x[token + (size_t)t], m->n);
        sum[t] = floats_zero();
    }
    uint8_t last[272] = {0};
    for (size_t at = 0; at < m->n; at += 256, b += bytes) {
        if (m->n - at < 256) { /* the last few blocks of 32, followed by zeros */
            memcpy(last, b, (size_t)(end - b));
            b = last;
        }
        for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(b + AHEAD + i);
        struct scales s;
        float scaled[TOKENS][16];
        get_scales(b, &s);
#pragma GCC unroll 16
        for (int t = 0; t < n_tokens; t++) {
            for (size_t g = 0; g < 16; g += 8) {
                const float *d = x[t].d + at / 16 + g, *total = x[t].sum + at / 16 + g;
                floats_store(scaled[t] + g, floats_mul(floats_load(s.scale + g), floats_load(d)));
                if (!is_signed)
                    sum[t] = floats_fma(floats_load(s.offset + g), floats_load(total), sum[t]);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            codes w = get_codes(b, i);
#pragma GCC unroll 16
            for (int t = 0; t < n_tokens; t++) {
                ints products = dot(w, x[t].q + at + 32 * (size_t)i, is_signed);
                sum[t] = floats_fma(two_scales(scaled[t][2 * i], scaled[t][2 * i + 1]),
                                    floats_of(products), sum[t]);
            }
        }
    }
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) m->y[(token + (size_t)t) * m->ldy + r] = floats_sum(sum[t]);
}

INLINE void mul_rows(const struct mul *m, size_t bytes,
                     void (*get_scales)(const uint8_t *, struct scales *),
                     codes (*get_codes)(const uint8_t *, int), int is_signed) {
    for (size_t r = 0; r < m->n_rows; r++) {
        size_t t = 0;
        for (; t + 4 <= m->n_tokens; t += 4)
            mul_row(m, r, t, 4, bytes, get_scales, get_codes, is_signed);
        for (; t + 2 <= m->n_tokens; t += 2)
            mul_row(m, r, t, 2, bytes, get_scales, get_codes, is_signed);
        if (t < m->n_tokens) mul_row(m, r, t, 1, bytes, get_scales, get_codes, is_signed);
    }
}

#define scales_q4_k scales_k
#define scales_q5_k scales_k
#define MUL_OF_TYPE(TYPE, type, bytes, is_signed, group)                                           \
    void MUL_NAME(TYPE)(const struct mul *m) {                                                     \
        mul_rows(m, bytes, scales_##type, codes_##type, is_signed);                                \
    }
QUANTIZED_TYPES(MUL_OF_TYPE)
