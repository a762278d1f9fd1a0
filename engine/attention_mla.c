/* attention_mla: latent attention (DeepSeek-V2, arXiv:2405.04434 §2.1) in its absorbed form. The
 * cache has one row per position for all heads: the normed latent c and the turned key k_pe.
 * Instead of expanding c to keys and values of every head, the expansion is moved to the other
 * side: queries go through wk_b into the space of c, results come back through wv_b. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/forward.h"
#include "engine/kernels/kernels.h"
#include "engine/quant.h"

void mla_split_kv_b(struct model *m, struct layer *y, const struct tensor *kv_b) {
    size_t H = y->n_head, lora = m->hp.kv_lora, dv = m->hp.dv_mla,
           nope = m->hp.dk_mla - m->hp.n_rot;
    bool exact = kv_b->type == TENSOR_F32 || kv_b->type == TENSOR_BF16;
    size_t size = exact ? sizeof(float) : sizeof(uint16_t);
    void *k = model_own(m, mem_array(H * lora * nope, size));
    float *row = mem_array(lora, sizeof *row);
    y->wv_b = model_own(m, mem_array(H, sizeof *y->wv_b));
    for (size_t h = 0; h < H; h++) {
        const char *head = (const char *)kv_b->data + h * (nope + dv) * kv_b->row_bytes;
        for (size_t j = 0; j < nope; j++) {
            quant_type(kv_b->type)->dequantize(head + j * kv_b->row_bytes, row, lora);
            for (size_t c = 0; c < lora; c++) {
                size_t at = (h * lora + c) * nope + j;
                if (exact)
                    ((float *)k)[at] = row[c];
                else
                    ((uint16_t *)k)[at] = f32_to_f16(row[c]);
            }
        }
        y->wv_b[h] = *kv_b;
        y->wv_b[h].data = head + nope * kv_b->row_bytes;
        y->wv_b[h].ne[1] = dv;
    }
    free(row);
    y->wk_b = (struct tensor){.data = k,
                              .type = exact ? TENSOR_F32 : TENSOR_F16,
                              .ne = {nope, lora, H},
                              .row_bytes = nope * size};
}

static void norm_q_row(struct forward *f, const struct layer *y, size_t t) {
    size_t n = f->m->hp.q_lora;
    kernels()->rms_norm(f->k + t * n, y->q_a_norm, f->m->hp.eps, f->k + t * n, n);
}

/* q and the latent row of every token. */
static void project(struct forward *f, const struct layer *y) {
    const struct hparams *hp = &f->m->hp;
    bool lora = hp->q_lora != 0;
    struct matmul_job jobs[] = {
        {.w = lora ? &y->wq_a : &y->wq,
         .y = lora ? f->k : f->q,
         .ldy = lora ? hp->q_lora : (size_t)y->n_head * hp->dk_mla},
        {.w = &y->wkv_a, .y = f->v, .ldy = y->dk},
    };
    matmul_jobs(f->pool, f->mm, jobs, 2, f->h, hp->n_embd, f->n);
    if (!lora) return;
    forward_rows(f, y, f->n, norm_q_row);
    matmul(f->pool, f->mm, &y->wq_b, f->k, f->n, f->q);
}

/* Norms the latent, turns what turns, and puts the turned parts of q beside the latent ones. */
static void finish_row(struct forward *f, const struct layer *y, size_t t) {
    const struct hparams *hp = &f->m->hp;
    const struct rope *rope = f->ropes[ROPE_GLOBAL];
    const float *angles = f->angles[ROPE_GLOBAL] + t * hp->n_rot;
    size_t nope = hp->dk_mla - hp->n_rot;
    float *row = f->v + t * y->dk, *q = f->q + t * y->n_head * hp->dk_mla,
          *latent = f->latent_q + t * y->n_head * y->dk;
    kernels()->rms_norm(row, y->kv_a_norm, hp->eps, row, hp->kv_lora);
    rope_apply(rope, angles, row + hp->kv_lora, 1, 0);
    rope_apply(rope, angles, q + nope, y->n_head, hp->dk_mla);
    for (size_t h = 0; h < y->n_head; h++)
        memcpy(latent + h * y->dk + hp->kv_lora, q + h * hp->dk_mla + nope, hp->n_rot * sizeof *q);
}

/* One product per head: head h takes the rows t·n_head + h of x ([n][n_head], ldx apart) and
 * writes n_out numbers to y + h·n_out_stride. */
static void per_head(struct forward *f, const struct layer *y, const struct tensor *w,
                     const float *x, size_t ldx, float *out, size_t stride) {
    size_t H = y->n_head;
    for (size_t h = 0; h < H; h++) {
        bool sliced = w->ne[2] > 1;
        uint32_t *rows = f->head_rows + h * f->n;
        for (size_t t = 0; t < f->n; t++) rows[t] = (uint32_t)(t * H + h);
        f->head_jobs[h] = (struct matmul_job){.w = sliced ? w : w + h,
                                              .slice = sliced ? h : 0,
                                              .rows = rows,
                                              .n_rows = f->n,
                                              .y = out + h * stride,
                                              .ldy = H * stride};
    }
    matmul_jobs(f->pool, f->mm_heads, f->head_jobs, H, x, ldx, f->n * H);
}

void attention_mla(struct forward *f, const struct layer *y, uint32_t block) {
    const struct hparams *hp = &f->m->hp;
    project(f, y);
    if (forward_cancelled(f)) return;
    per_head(f, y, &y->wk_b, f->q, hp->dk_mla, f->latent_q, y->dk);
    forward_rows(f, y, f->n, finish_row);
    if (forward_cancelled(f)) return;
    attend(f, y, block, f->latent_q, f->v, NULL, hp->attention_scale, f->latent_o);
    if (forward_cancelled(f)) return;
    per_head(f, y, y->wv_b, f->latent_o, y->dv, f->o, hp->dv_mla);
    matmul(f->pool, f->mm, &y->wo, f->o, f->n, f->y);
}
