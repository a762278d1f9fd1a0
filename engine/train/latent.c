/* latent: the cache and the absorbed attention. */
#include "engine/train/latent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/train/ops_parts.h"

void latent_cache_init(struct latent_cache *k, const struct net_config *c, int n_slots) {
    size_t width = (size_t)(c->kv_lora + c->rope), n = (size_t)n_slots, heads = (size_t)c->n_head;
    *k = (struct latent_cache){.c = c, .n_slots = n_slots};
    k->rows = mem_array(n * (size_t)c->n_block * (size_t)c->n_ctx * width, sizeof(float));
    k->q = mem_array(n * heads * width, sizeof(float));
    k->u = mem_array(n * heads * (size_t)c->kv_lora, sizeof(float));
    k->scores = mem_array(heads * (size_t)c->n_ctx, sizeof(float));
}

void latent_cache_done(struct latent_cache *k) {
    free(k->rows);
    free(k->q);
    free(k->u);
    free(k->scores);
}

OPS_HOT static void softmax_rows(int rows, int n, float scale, float *s) {
    for (int r = 0; r < rows; r++, s += n) {
        float top = s[0], sum = 0;
        for (int i = 1; i < n; i++) top = s[i] > top ? s[i] : top;
        for (int i = 0; i < n; i++) {
            s[i] = ops_exp((s[i] - top) * scale);
            sum += s[i];
        }
        for (int i = 0; i < n; i++) s[i] /= sum;
    }
}

static float *cache_row(const struct latent_cache *k, int slot, int block, int pos) {
    const struct net_config *c = k->c;
    size_t at = ((size_t)slot * (size_t)c->n_block + (size_t)block) * (size_t)c->n_ctx;
    return k->rows + (at + (size_t)pos) * (size_t)(c->kv_lora + c->rope);
}

void latent_attend(struct latent_cache *k, const struct ops *o, const struct block_weights *w,
                   int block, int n, const int *slot, const int *pos, const float *q,
                   const float *latent, const float *kva, float *att) {
    const struct net_config *c = k->c;
    int r = c->kv_lora, width = r + c->rope, qk = c->nope + c->rope, heads = c->n_head;
    const float *v_rows = w->kv_b + (size_t)heads * (size_t)c->nope * (size_t)r;
    for (int h = 0; h < heads; h++) {
        o->gemm(false, false, n, r, c->nope, q + h * qk, heads * qk,
                w->kv_b + (size_t)h * (size_t)c->nope * (size_t)r, r, false, k->q + h * width,
                heads * width);
        for (int i = 0; i < n; i++)
            memcpy(k->q + ((size_t)i * (size_t)heads + (size_t)h) * (size_t)width + r,
                   q + ((size_t)i * (size_t)heads + (size_t)h) * (size_t)qk + c->nope,
                   sizeof(float) * (size_t)c->rope);
    }
    for (int i = 0; i < n; i++) {
        float *now = cache_row(k, slot[i], block, pos[i]), *first = cache_row(k, slot[i], block, 0);
        memcpy(now, latent + (size_t)i * (size_t)r, sizeof(float) * (size_t)r);
        memcpy(now + r, kva + (size_t)i * (size_t)width + r, sizeof(float) * (size_t)c->rope);
        int len = pos[i] + 1;
        o->gemm(false, true, heads, len, width, k->q + (size_t)i * (size_t)(heads * width), width,
                first, width, false, k->scores, len);
        softmax_rows(heads, len, 1.0f / sqrtf((float)qk), k->scores);
        o->gemm(false, false, heads, r, len, k->scores, len, first, width, false,
                k->u + (size_t)i * (size_t)(heads * r), r);
    }
    for (int h = 0; h < heads; h++)
        o->gemm(false, true, n, c->v_dim, r, k->u + (size_t)h * (size_t)r, heads * r,
                v_rows + (size_t)h * (size_t)c->v_dim * (size_t)r, r, false, att + h * c->v_dim,
                heads * c->v_dim);
}
