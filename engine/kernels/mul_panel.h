/* mul_panel: products for prefill with integer dot products.
 *
 * As many rows of weights as a vector has lanes are unpacked once, with four neighbouring weights
 * of a row in a lane; then they meet all tokens, PANEL_TOKENS at a time, whose activations are
 * broadcast four at a time. Sums stay in lanes, one row each, and scales are vectors over rows:
 * nothing is added across lanes. A panel of 256 weights of every row holds, one after the other,
 *     codes [64][ROWS][4], scales [16][ROWS], offsets [16][ROWS]
 * The including file defines ints, floats and their functions (ymm.h), ROWS, PANEL_TOKENS,
 *     void unpack256(const uint8_t *blocks, struct row256 *out)  through UNPACK256(type, group, …)
 *     ints broadcast4(const int8_t *x), ints ints_load(const void *), ints ints_zero(void)
 * and PANEL_NAME(TYPE), FEW_NAME(TYPE). */

enum { PANEL_FLOATS = ROWS * (64 + 2 * 16) };

/* 256 weights of one row. */
struct row256 {
    uint8_t q[256] __attribute__((aligned(64)));
    float scale[16] __attribute__((aligned(64)));
    float offset[16] __attribute__((aligned(64)));
};

static void put_row(const struct row256 *row, size_t r, float *panel) {
    for (size_t i = 0; i < 64; i++) memcpy(panel + i * ROWS + r, row->q + 4 * i, 4);
    panel += 64 * ROWS;
    for (size_t g = 0; g < 16; g++) {
        panel[g * ROWS + r] = row->scale[g];
        panel[(16 + g) * ROWS + r] = row->offset[g];
    }
}

INLINE void fill_panels(const struct mul *m, size_t from, size_t n_rows, size_t bytes,
                        void (*unpack256)(const uint8_t *, struct row256 *)) {
    for (size_t r = 0; r < ROWS; r++) {
        float *panel = m->work;
        if (r >= n_rows) { /* lanes without a row */
            static const struct row256 nothing;
            for (size_t at = 0; at < m->n; at += 256, panel += PANEL_FLOATS)
                put_row(&nothing, r, panel);
            continue;
        }
        const uint8_t *b = (const uint8_t *)m->w + (from + r) * m->row_bytes;
        const uint8_t *end = b + m->row_bytes;
        uint8_t last[272] = {0};
        for (size_t at = 0; at < m->n; at += 256, b += bytes, panel += PANEL_FLOATS) {
            struct row256 row;
            if (m->n - at < 256) { /* the last few blocks of 32, followed by zeros */
                memcpy(last, b, (size_t)(end - b));
                b = last;
            }
            unpack256(b, &row);
            put_row(&row, r, panel);
        }
    }
}

/* All panels with n_tokens (a constant) tokens; `group` weights share a scale. */
INLINE void mul_panels(const struct mul *m, size_t row, size_t n_rows, size_t token, int n_tokens,
                       int is_signed, int group) {
    const float *panel = m->work;
    struct act_q8 x[PANEL_TOKENS];
    floats sum[PANEL_TOKENS];
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) {
        x[t] = act_q8_view(m->x[token + (size_t)t], m->n);
        sum[t] = floats_zero();
    }
    for (size_t at = 0; at < m->n; at += 256, panel += PANEL_FLOATS) {
        const float *scales = panel + 64 * ROWS, *offsets = scales + 16 * ROWS;
        for (size_t g = 0; g < 16; g += (size_t)group / 16) {
            ints part[PANEL_TOKENS];
#pragma GCC unroll 16
            for (int t = 0; t < n_tokens; t++) part[t] = ints_zero();
            for (size_t i = 4 * g; i < 4 * g + (size_t)group / 4; i++) {
                ints w = ints_load(panel + i * ROWS);
#pragma GCC unroll 16
                for (int t = 0; t < n_tokens; t++)
                    part[t] = add_products(part[t], w, broadcast4(x[t].q + at + 4 * i), is_signed);
            }
            floats scale = floats_load(scales + g * ROWS), offset = floats_load(offsets + g * ROWS);
#pragma GCC unroll 16
            for (int t = 0; t < n_tokens; t++) {
                const float *d = x[t].d + at / 16 + g, *total = x[t].sum + at / 16 + g;
                sum[t] = floats_fma(floats_of(part[t]), floats_mul(scale, floats_set(*d)), sum[t]);
                if (!is_signed)
                    sum[t] = floats_fma(
                        offset, floats_set(group == 32 ? total[0] + total[1] : *total), sum[t]);
            }
        }
    }
#pragma GCC unroll 16
    for (int t = 0; t < n_tokens; t++) {
        float out[ROWS] __attribute__((aligned(64)));
        floats_store(out, sum[t]);
        memcpy(m->y + (token + (size_t)t) * m->ldy + row, out, n_rows * sizeof *out);
    }
}

INLINE void mul_by_panels(const struct mul *m, size_t bytes,
                          void (*unpack256)(const uint8_t *, struct row256 *), int is_signed,
                          int group, void (*few)(const struct mul *)) {
    if ((m->n + 255) / 256 * PANEL_FLOATS * sizeof(float) > KERNEL_WORK_BYTES) {
        few(m); /* rows longer than any known */
        return;
    }
    for (size_t row = 0; row < m->n_rows; row += ROWS) {
        size_t n_rows = m->n_rows - row < ROWS ? m->n_rows - row : ROWS, t = 0;
        fill_panels(m, row, n_rows, bytes, unpack256);
        for (; t + PANEL_TOKENS <= m->n_tokens; t += PANEL_TOKENS)
            mul_panels(m, row, n_rows, t, PANEL_TOKENS, is_signed, group);
        for (; t + 2 <= m->n_tokens; t += 2) mul_panels(m, row, n_rows, t, 2, is_signed, group);
        if (t < m->n_tokens) mul_panels(m, row, n_rows, t, 1, is_signed, group);
    }
}

#define PANEL_OF_TYPE(TYPE, type, bytes, is_signed, group)                                         \
    static void unpack256_##type(const uint8_t *b, struct row256 *out) {                           \
        UNPACK256(type, group, b, out)                                                             \
    }                                                                                              \
    void PANEL_NAME(TYPE)(const struct mul *m) {                                                   \
        mul_by_panels(m, bytes, unpack256_##type, CODES_SIGNED(is_signed), group, FEW_NAME(TYPE)); \
    }
QUANTIZED_TYPES(PANEL_OF_TYPE)
