/* kernels_scalar: the definition of every kernel, written to be read. Runs anywhere. */
#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/quant.h"

/* -- activations ------------------------------------------------------------------------------- */

static void to_q8(const float *x, void *out, size_t n) {
    struct act_q8 v = act_q8_view(out, n);
    int8_t *q = (int8_t *)v.q;
    float *d = (float *)v.d, *sum = (float *)v.sum;
    memset(out, 0, act_bytes(ACT_Q8, n));
    for (size_t block = 0; block < n / 32; block++, x += 32, q += 32) {
        float max = 0;
        for (int i = 0; i < 32; i++) max = fmaxf(max, fabsf(x[i]));
        float inverse = max > 0 ? 127 / max : 0;
        for (size_t half = 0; half < 2; half++) {
            int total = 0;
            for (size_t i = 16 * half; i < 16 * half + 16; i++) {
                q[i] = (int8_t)lrintf(x[i] * inverse);
                total += q[i];
            }
            d[2 * block + half] = max / 127;
            sum[2 * block + half] = max / 127 * (float)total;
        }
    }
}

static void to_tiles(const float *const *x, size_t n_rows, void *out, size_t n) {
    uint16_t *o = out;
    memset(out, 0, act_bytes(ACT_TILES, n));
    for (size_t row = 0; row < n_rows; row++)
        for (size_t i = 0; i < n; i++) o[(i / 2 * 16 + row) * 2 + i % 2] = f32_to_bf16(x[row][i]);
}

/* -- products ---------------------------------------------------------------------------------- */

/* Weights are brought to F32 a piece at a time; so are the activations they meet. */
enum { PIECE = 256 };

static void read_q8(const void *row, size_t n, size_t at, size_t len, float *out) {
    struct act_q8 v = act_q8_view(row, n);
    for (size_t i = at; i < at + len; i++) *out++ = v.d[i / 16] * (float)v.q[i];
}

static void mul_rows(const struct mul *m, enum tensor_type type) {
    const struct quant_type *t = quant_type(type);
    for (size_t r = 0; r < m->n_rows; r++) {
        const char *row = (const char *)m->w + r * m->row_bytes;
        for (size_t token = 0; token < m->n_tokens; token++) m->y[token * m->ldy + r] = 0;
        for (size_t at = 0; at < m->n; at += PIECE) {
            float w[PIECE], x[PIECE];
            size_t len = m->n - at < PIECE ? m->n - at : PIECE;
            t->dequantize(row + at / t->block * t->bytes, w, len);
            for (size_t token = 0; token < m->n_tokens; token++) {
                float sum = 0;
                if (t->block == 1)
                    memcpy(x, (const float *)m->x[token] + at, len * sizeof *x);
                else
                    read_q8(m->x[token], m->n, at, len, x);
                for (size_t i = 0; i < len; i++) sum += w[i] * x[i];
                m->y[token * m->ldy + r] += sum;
            }
        }
    }
}

#define MUL(type)                                                                                  \
    static void mul_##type(const struct mul *m) { mul_rows(m, TENSOR_##type); }
MUL(F32)
MUL(F16)
MUL(BF16)
MUL(Q4_0)
MUL(Q4_1)
MUL(Q5_0)
MUL(Q5_1)
MUL(Q8_0)
MUL(Q2_K)
MUL(Q3_K)
MUL(Q4_K)
MUL(Q5_K)
MUL(Q6_K)
MUL(IQ4_NL)
MUL(IQ4_XS)
MUL(MXFP4)

/* -- vectors ----------------------------------------------------------------------------------- */

static float dot_f32(const float *a, const float *b, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static float dot_f16(const float *a, const uint16_t *b, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * f16_to_f32(b[i]);
    return sum;
}

static void axpy_f16(float *y, float a, const uint16_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] += a * f16_to_f32(x[i]);
}

static void to_f16(const float *x, uint16_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = f32_to_f16(x[i]);
}

static void to_q8_0(const float *x, void *out, size_t n) {
    char *block = out;
    for (size_t i = 0; i < n; i += CACHE_Q8_BLOCK, block += CACHE_Q8_BYTES) {
        float whole[CACHE_Q8_BLOCK] = {0};
        memcpy(whole, x + i, (n - i < CACHE_Q8_BLOCK ? n - i : CACHE_Q8_BLOCK) * sizeof *x);
        quant_type(TENSOR_Q8_0)->quantize(whole, block, CACHE_Q8_BLOCK);
    }
}

static void rms_norm(const float *x, const float *weight, float eps, float *out, size_t n) {
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (double)x[i] * x[i];
    float scale = (float)(1 / sqrt(squares / (double)n + (double)eps));
    for (size_t i = 0; i < n; i++) out[i] = x[i] * scale * (weight ? weight[i] : 1);
}

static void silu_mul(const float *gate, const float *up, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

static float softmax(float *x, size_t n) {
    float max = x[0], sum = 0;
    for (size_t i = 1; i < n; i++) max = fmaxf(max, x[i]);
    for (size_t i = 0; i < n; i++) sum += x[i] = expf(x[i] - max);
    for (size_t i = 0; i < n; i++) x[i] /= sum;
    return max;
}

/* -- attention --------------------------------------------------------------------------------- */

/* n numbers of a row of the cache as they are in F32. */
static void read_row(enum cache_type type, const char *row, float *out, size_t n) {
    float whole[CACHE_Q8_BLOCK];
    if (type == CACHE_F16) {
        quant_type(TENSOR_F16)->dequantize(row, out, n);
        return;
    }
    for (size_t i = 0; i < n; i += CACHE_Q8_BLOCK, row += CACHE_Q8_BYTES) {
        quant_type(TENSOR_Q8_0)->dequantize(row, whole, CACHE_Q8_BLOCK);
        memcpy(out + i, whole, (n - i < CACHE_Q8_BLOCK ? n - i : CACHE_Q8_BLOCK) * sizeof *out);
    }
}

static void attend_query(const struct attend *a, size_t i, size_t begin, size_t end) {
    float *values = a->values + i * a->dv, *key = a->work, *value = key + a->dk;
    for (size_t p = begin; p < end; p++) {
        read_row(a->type, a->k + p * a->k_stride, key, a->dk);
        read_row(a->type, a->v + p * a->v_stride, value, a->dv);
        float score = dot_f32(a->q + i * a->dk, key, a->dk);
        if (score > a->max[i]) { /* everything so far was relative to a smaller maximum */
            float keep = expf(a->max[i] - score);
            for (size_t j = 0; j < a->dv; j++) values[j] *= keep;
            a->sum[i] *= keep;
            a->max[i] = score;
        }
        float weight = expf(score - a->max[i]);
        a->sum[i] += weight;
        for (size_t j = 0; j < a->dv; j++) values[j] += weight * value[j];
    }
}

static void attend(const struct attend *a) {
    for (size_t i = 0; i < a->n_q; i++)
        attend_query(a, i, a->begin[i] > a->from ? a->begin[i] : a->from,
                     a->end[i] < a->to ? a->end[i] : a->to);
}

#define FLOAT(type) [TENSOR_##type] = {.few = {ACT_F32, 1, mul_##type}}
#define QUANT(type) [TENSOR_##type] = {.few = {ACT_Q8, 1, mul_##type}}

const struct kernels kernels_scalar = {
    .name = "scalar",
    .by_type = {FLOAT(F32), FLOAT(F16), FLOAT(BF16), QUANT(Q4_0), QUANT(Q4_1), QUANT(Q5_0),
                QUANT(Q5_1), QUANT(Q8_0), QUANT(Q2_K), QUANT(Q3_K), QUANT(Q4_K), QUANT(Q5_K),
                QUANT(Q6_K), QUANT(IQ4_NL), QUANT(IQ4_XS), QUANT(MXFP4)},
    .to_q8 = to_q8,
    .to_tiles = to_tiles,
    .attend = attend,
    .dot_f32 = dot_f32,
    .dot_f16 = dot_f16,
    .axpy_f16 = axpy_f16,
    .to_f16 = to_f16,
    .to_q8_0 = to_q8_0,
    .rms_norm = rms_norm,
    .silu_mul = silu_mul,
    .softmax = softmax,
};
