/* ops_attention: causal attention within documents.
 *
 * Per document and head, query rows in blocks: scores S = scale·Q·Kᵀ for the keys that the block
 * can see, P = softmax(S), O = P·V. Backward computes P again instead of keeping it:
 *   dV += Pᵀ·dO,  dP = dO·Vᵀ,  dS = P∘(dP − rowsum(dO∘O))·scale,  dQ = dS·K,  dK += dSᵀ·Q. */
#include "engine/train/ops_parts.h"

#include <string.h>

/* One block of query rows of one head. */
struct block {
    int first, rows; /* query rows, counted from the document's beginning */
    int keys;        /* keys that the last of them sees */
};

/* P in place of S: row r sees the keys 0 .. first+r. Rows are `ld` apart, a multiple of 16, and
 * work is done in whole sixteens, which the compiler makes vectors of without a remainder. */
OPS_HOT static void softmax_causal(struct block b, float scale, int ld, float *s) {
    for (int r = 0; r < b.rows; r++) {
        float *row = s + (size_t)r * (size_t)ld;
        int n = b.first + r + 1, m = (n + 15) / 16 * 16;
        for (int i = n; i < m; i++) row[i] = -1e30f;
        float top = -1e30f, sum = 0;
        for (int i = 0; i < m; i++) top = row[i] > top ? row[i] : top;
        for (int i = 0; i < m; i++) {
            row[i] = ops_exp((row[i] - top) * scale);
            sum += row[i];
        }
        float inverse = 1.0f / sum;
        for (int i = 0; i < m; i++) row[i] *= inverse;
        for (int i = n; i < ld; i++) row[i] = 0;
    }
}

/* dS in place of dP. */
OPS_HOT static void softmax_back(struct block b, float scale, int v_dim, const float *p,
                                 const float *out, const float *d_out, int ldv, int ld,
                                 float *d_s) {
    for (int r = 0; r < b.rows; r++) {
        const float *o = out + (size_t)r * (size_t)ldv, *g = d_out + (size_t)r * (size_t)ldv;
        const float *pr = p + (size_t)r * (size_t)ld;
        float *row = d_s + (size_t)r * (size_t)ld;
        float mean = 0;
        for (int i = 0; i < v_dim; i++) mean += o[i] * g[i];
        for (int i = 0; i < ld; i++) row[i] = pr[i] * (row[i] - mean) * scale;
    }
}

/* Distance of two rows of scores; what lies beyond the keys is zero in P, so dS is too. */
static int score_ld(struct block b) { return (b.keys + 15) / 16 * 16; }

static bool next_block(struct block *b, int len) {
    b->first += b->rows;
    b->rows = len - b->first < OPS_ATTENTION_ROWS ? len - b->first : OPS_ATTENTION_ROWS;
    b->keys = b->first + b->rows;
    return b->rows > 0;
}

void ops_attention_forward(const struct ops *o, const struct ops_attention *a, struct ops_docs docs,
                           const float *q, const float *k, const float *v, float *out) {
    int ldk = a->n_head * a->qk_dim, ldv = a->n_head * a->v_dim;
    for (int d = 0; d < docs.n_docs; d++) {
        size_t t0 = (size_t)docs.doc_start[d];
        int len = docs.doc_start[d + 1] - docs.doc_start[d];
        for (int h = 0; h < a->n_head; h++) {
            const float *qh = q + t0 * ldk + h * a->qk_dim, *kh = k + t0 * ldk + h * a->qk_dim;
            const float *vh = v + t0 * ldv + h * a->v_dim;
            float *oh = out + t0 * ldv + h * a->v_dim;
            for (struct block b = {0}; next_block(&b, len);) {
                int ld = score_ld(b);
                o->gemm(false, true, b.rows, b.keys, a->qk_dim, qh + (size_t)b.first * ldk, ldk, kh,
                        ldk, false, a->scores, ld);
                softmax_causal(b, a->scale, ld, a->scores);
                o->gemm(false, false, b.rows, a->v_dim, b.keys, a->scores, ld, vh, ldv, false,
                        oh + (size_t)b.first * ldv, ldv);
            }
        }
    }
}

void ops_attention_backward(const struct ops *o, const struct ops_attention *a,
                            struct ops_docs docs, const float *q, const float *k, const float *v,
                            const float *out, const float *d_out, float *d_q, float *d_k,
                            float *d_v) {
    int ldk = a->n_head * a->qk_dim, ldv = a->n_head * a->v_dim;
    for (int d = 0; d < docs.n_docs; d++) {
        int len = docs.doc_start[d + 1] - docs.doc_start[d];
        size_t k0 = (size_t)docs.doc_start[d] * ldk, v0 = (size_t)docs.doc_start[d] * ldv;
        memset(d_k + k0, 0, sizeof(float) * (size_t)len * ldk);
        memset(d_v + v0, 0, sizeof(float) * (size_t)len * ldv);
        for (int h = 0; h < a->n_head; h++) {
            size_t kh = k0 + (size_t)h * a->qk_dim, vh = v0 + (size_t)h * a->v_dim;
            for (struct block b = {0}; next_block(&b, len);) {
                int ld = score_ld(b);
                const float *qb = q + kh + (size_t)b.first * ldk;
                const float *gb = d_out + vh + (size_t)b.first * ldv;
                o->gemm(false, true, b.rows, b.keys, a->qk_dim, qb, ldk, k + kh, ldk, false,
                        a->scores, ld);
                softmax_causal(b, a->scale, ld, a->scores);
                o->gemm(true, false, b.keys, a->v_dim, b.rows, a->scores, ld, gb, ldv, true,
                        d_v + vh, ldv);
                o->gemm(false, true, b.rows, b.keys, a->v_dim, gb, ldv, v + vh, ldv, false,
                        a->d_scores, ld);
                softmax_back(b, a->scale, a->v_dim, a->scores, out + vh + (size_t)b.first * ldv, gb,
                             ldv, ld, a->d_scores);
                o->gemm(false, false, b.rows, a->qk_dim, b.keys, a->d_scores, ld, k + kh, ldk,
                        false, d_q + kh + (size_t)b.first * ldk, ldk);
                o->gemm(true, false, b.keys, a->qk_dim, b.rows, a->d_scores, ld, qb, ldk, true,
                        d_k + kh, ldk);
            }
        }
    }
}
