/* mul_ymm: products straight from stored blocks, for decoding, with AVX2, with or without VNNI
 * (ymm.h). The mathematics: mul_avx512.c.
 *
 * 256 weights of a row at a time meet up to four tokens. Memory is to be the limit, so what does
 * not depend on the row is made ready once for all rows of a call: the tokens' scales and sums for
 * each group. The additions are in the same order whatever the number of rows and tokens. The
 * including file defines MUL_NAME(type). */
enum {
    TOKENS = 4,  /* at once */
    BATCH = 16,  /* made ready together */
    AHEAD = 4096 /* bytes of weights that are asked for before their turn */
};

/* A token, its groups' scales and scale·sum. */
struct ready {
    const int8_t *q;
    const float *d, *total;
};

/* Takes what is there where groups are 16, packs every second where they are 32. */
INLINE struct ready make_ready(struct act_q8 x, size_t n, int group, float *own) {
    struct ready r = {x.q, x.d, x.sum};
    size_t padded = act_q8_pad(n);
    if (group == 16) return r;
    float *d = own, *total = own + padded / 32;
    for (size_t g = 0; g < padded / 16; g += 16) {
        floats_store(d + g / 2, evens(x.d + g));
        floats_store(total + g / 2, sums_of_two(x.sum + g));
    }
    r.d = d, r.total = total;
    return r;
}

/* scaled[..] as each lane of the products of the 32 weights with number i wants it. */
INLINE floats scale_of(const float *scaled, int i, int group) {
    if (group == 32) return floats_set(scaled[i]);
    double two;
    memcpy(&two, scaled + 2 * i, sizeof two);
    return _mm256_permutevar_ps(_mm256_castpd_ps(_mm256_set1_pd(two)),
                                _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1));
}

/* 256 weights with n_tokens (a constant) tokens, whose numbers from `at` on they meet. */
INLINE void add_256(const uint8_t *b, const struct ready *x, int n_tokens, size_t at, int group,
                    void (*get_scales)(const uint8_t *, struct scales *),
                    codes (*get_codes)(const uint8_t *, int), int is_signed, floats (*sum)[2]) {
    struct scales s;
    float scaled[TOKENS][16];
    get_scales(b, &s);
#pragma GCC unroll 4
    for (int t = 0; t < n_tokens; t++) {
#pragma GCC unroll 2
        for (int g = 0; g < 256 / group; g += 8) {
            size_t i = at / (size_t)group + (size_t)g;
            floats_store(scaled[t] + g,
                         floats_mul(floats_load(s.scale + g), floats_load(x[t].d + i)));
            if (!is_signed)
                sum[t][g / 8] = floats_fma(floats_load(s.offset + g), floats_load(x[t].total + i),
                                           sum[t][g / 8]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        codes w = get_codes(b, i);
#pragma GCC unroll 4
        for (int t = 0; t < n_tokens; t++)
            sum[t][i % 2] =
                floats_fma(scale_of(scaled[t], i, group),
                           floats_of(dot(w, x[t].q + at + 32 * i, is_signed)), sum[t][i % 2]);
    }
}

INLINE void mul_row(const struct mul *m, size_t r, size_t token, const struct ready *x,
                    int n_tokens, size_t bytes, int group,
                    void (*get_scales)(const uint8_t *, struct scales *),
                    codes (*get_codes)(const uint8_t *, int), int is_signed) {
    const uint8_t *b = (const uint8_t *)m->w + r * m->row_bytes, *end = b + m->row_bytes;
    floats sum[TOKENS][2];
    uint8_t last[272];
#pragma GCC unroll 4
    for (int t = 0; t < n_tokens; t++) sum[t][0] = sum[t][1] = floats_zero();
    for (size_t at = 0; at < m->n; at += 256, b += bytes) {
        if (m->n - at < 256) { /* the last few blocks of 32, followed by zeros */
            memset(last, 0, sizeof last);
            b = memcpy(last, b, (size_t)(end - b));
        }
#pragma GCC unroll 8
        for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(b + AHEAD + i);
        add_256(b, x, n_tokens, at, group, get_scales, get_codes, is_signed, sum);
    }
#pragma GCC unroll 4
    for (size_t t = 0; t < (size_t)n_tokens; t++)
        m->y[(token + t) * m->ldy + r] = floats_sum(_mm256_add_ps(sum[t][0], sum[t][1]));
}

INLINE void mul_rows(const struct mul *m, size_t bytes,
                     void (*get_scales)(const uint8_t *, struct scales *),
                     codes (*get_codes)(const uint8_t *, int), int is_signed, int group) {
    size_t own = act_q8_pad(m->n) / 16;
    if (BATCH * own * sizeof(float) > KERNEL_WORK_BYTES) { /* rows longer than any known */
        kernels_scalar.by_type[m->type].few.run(m);
        return;
    }
    for (size_t token = 0; token < m->n_tokens; token += BATCH) {
        size_t n = m->n_tokens - token < BATCH ? m->n_tokens - token : BATCH;
        struct ready x[BATCH];
        for (size_t t = 0; t < n; t++)
            x[t] = make_ready(act_q8_view(m->x[token + t], m->n), m->n, group,
                              (float *)m->work + t * own);
        for (size_t r = 0; r < m->n_rows; r++) {
            size_t t = 0;
#define TOGETHER(n_tokens)                                                                         \
    for (; t + n_tokens <= n; t += n_tokens)                                                       \
        mul_row(m, r, token + t, x + t, n_tokens, bytes, group, get_scales, get_codes, is_signed);
            TOGETHER(4)
            TOGETHER(2)
            TOGETHER(1)
#undef TOGETHER
        }
    }
}

#define scales_q4_k scales_k
#define scales_q5_k scales_k
#define MUL_OF_TYPE(TYPE, type, bytes, is_signed, group)                                           \
    void MUL_NAME(TYPE)(const struct mul *m) {                                                     \
        mul_rows(m, bytes, scales_##type, codes_##type, is_signed, group);                         \
    }
QUANTIZED_TYPES(MUL_OF_TYPE)
