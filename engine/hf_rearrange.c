/* hf_rearrange: tensors whose numbers stand in another order, or in another packing, in a folder
 * than in a GGUF file.
 *
 * Linear attention (Qwen3-Next, Qwen3.5): each key head k serves r value heads, which the folder
 * has side by side, k·r + j. Qwen3-Next's files keep that order, but want queries, keys, values and
 * gates apart, which the folder has together for each key head. Qwen3.5's files have value head j
 * of all key heads side by side instead: j·n_k + k.
 *
 * gpt-oss: rows of gate and up alternate; 32 numbers of four bits have their bytes in order, where
 * a GGUF block has number i and i + 16 in a byte, behind the scale (OCP microscaling formats,
 * MXFP4). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/hf_tensors.h"
#include "engine/tensor.h"

enum { MXFP4_NUMBERS = 32, MXFP4_PACKED = 16, MXFP4_BLOCK = 17 };

struct heads {
    uint32_t n_k, n_v, dk, dv, r; /* r = n_v / n_k */
};

static bool heads_of(struct hf *f, struct heads *h) {
    const cJSON *j = f->config.json;
    *h = (struct heads){
        hf_whole(j, "linear_num_key_heads", 0), hf_whole(j, "linear_num_value_heads", 0),
        hf_whole(j, "linear_key_head_dim", 0), hf_whole(j, "linear_value_head_dim", 0), 0};
    bool ok = h->n_k && h->n_v && h->n_v % h->n_k == 0 && h->dk && h->dv && h->n_v <= 65536 &&
              h->dk <= 65536 && h->dv <= 65536;
    if (ok) h->r = h->n_v / h->n_k;
    return ok || err_set(f->e, "config.json: heads of linear attention that do not fit");
}

/* Where the file has what the folder has at value head v. */
static uint32_t place_of(const struct heads *h, uint32_t v) { return v % h->r * h->n_k + v / h->r; }

/* Copies `lead` items as they are, then n_v groups of `group` items, each to its head's place. */
static void place_heads(const struct heads *h, size_t lead, size_t group, size_t item,
                        const char *from, char *to) {
    memcpy(to, from, lead * item);
    from += lead * item, to += lead * item;
    for (uint32_t v = 0; v < h->n_v; v++)
        memcpy(to + place_of(h, v) * group * item, from + v * group * item, group * item);
}

/* Rows of a matrix, or numbers of a small tensor, by value heads behind `lead` of them. */
static bool rows_by_head(struct hf *f, const char *name, const struct safetensor *t, bool small,
                         size_t lead, size_t group, const struct heads *h) {
    const size_t rows = lead + group * h->n_v;
    if (t->shape[0] != rows)
        return err_set(f->e, "tensor %s: %llu rows, not %zu", t->name,
                       (unsigned long long)t->shape[0], rows);
    if (small) {
        float *x = hf_add_f32(f, name, t);
        if (!x) return false;
        const size_t bytes = hf_count(t) * sizeof *x;
        char *old = mem_alloc(bytes);
        memcpy(old, x, bytes);
        place_heads(h, lead, group, bytes / rows, old, (char *)x);
        free(old);
        return true;
    }
    if (!hf_usable(f, t, 2)) return false;
    const size_t item = (size_t)t->shape[1] * hf_elements[t->type].bytes;
    const char *from = hf_numbers(f, t);
    if (!from) return false;
    char *to = hf_keep(f, mem_array(rows, item));
    place_heads(h, lead, group, item, from, to);
    uint64_t ne[2] = {t->shape[1], rows};
    return hf_add(f, name, 2, ne, hf_elements[t->type].type, to);
}

static bool columns_by_head(struct hf *f, const char *name, const struct safetensor *t,
                            const struct heads *h) {
    if (!hf_usable(f, t, 2)) return false;
    if (t->shape[1] != (uint64_t)h->n_v * h->dv)
        return err_set(f->e, "tensor %s: its columns do not fit its heads", t->name);
    const size_t item = hf_elements[t->type].bytes, row = (size_t)t->shape[1] * item;
    const char *from = hf_numbers(f, t);
    if (!from) return false;
    char *to = hf_keep(f, mem_array(t->shape[0], row));
    for (uint64_t i = 0; i < t->shape[0]; i++)
        place_heads(h, 0, h->dv, item, from + i * row, to + i * row);
    uint64_t ne[2] = {t->shape[1], t->shape[0]};
    return hf_add(f, name, 2, ne, hf_elements[t->type].type, to);
}

/* "blk.N.attn_qkv.weight" -> "blk.N.attn_gate.weight" */
static void sibling(const char *name, const char *part, char out[96]) {
    const char *dot = strchr(name + strlen("blk."), '.');
    snprintf(out, 96, "%.*s%s", (int)(dot + 1 - name), name, part);
}

/* For each key head: its query, its key, its values, their gates. */
static bool split_qkvz(struct hf *f, const char *name, const struct safetensor *t,
                       const struct heads *h) {
    const size_t keys = (size_t)h->n_k * h->dk, values = (size_t)h->n_v * h->dv, own = h->r * h->dv;
    const size_t group = 2 * h->dk + 2 * own;
    char gate[96];
    if (!hf_usable(f, t, 2)) return false;
    if (t->shape[0] != h->n_k * group)
        return err_set(f->e, "tensor %s: its rows do not fit its heads", t->name);
    const size_t row = (size_t)t->shape[1] * hf_elements[t->type].bytes;
    const char *from = hf_numbers(f, t);
    if (!from) return false;
    char *qkv = hf_keep(f, mem_array(2 * keys + values, row));
    char *z = hf_keep(f, mem_array(values, row));
    for (size_t k = 0; k < h->n_k; k++, from += group * row) {
        memcpy(qkv + k * h->dk * row, from, h->dk * row);
        memcpy(qkv + (keys + k * h->dk) * row, from + h->dk * row, h->dk * row);
        memcpy(qkv + (2 * keys + k * own) * row, from + 2 * h->dk * row, own * row);
        memcpy(z + k * own * row, from + (2 * h->dk + own) * row, own * row);
    }
    sibling(name, "attn_gate.weight", gate);
    uint64_t ne[2] = {t->shape[1], 2 * keys + values}, ne_z[2] = {t->shape[1], values};
    return hf_add(f, name, 2, ne, hf_elements[t->type].type, qkv) &&
           hf_add(f, gate, 2, ne_z, hf_elements[t->type].type, z);
}

/* The decay is kept as minus its exponential. */
static void decay(float *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) x[i] = -expf(x[i]);
}

static bool rearrange_delta(struct hf *f, const char *name, const struct safetensor *t,
                            enum hf_how how) {
    struct heads h;
    if (!heads_of(f, &h)) return false;
    const size_t keys = 2 * (size_t)h.n_k * h.dk;
    float *x;
    switch (how) {
    case HF_DELTA_QKVZ:
        return split_qkvz(f, name, t, &h);
    case HF_DELTA_DECAY:
        if (!(x = hf_add_f32(f, name, t))) return false;
        decay(x, hf_count(t));
        return true;
    case HF_HEADS_DECAY:
        if (!rows_by_head(f, name, t, true, 0, 1, &h)) return false;
        decay((float *)(uintptr_t)f->made[f->n_made - 1].data, hf_count(t));
        return true;
    case HF_HEADS_QKV:
        return rows_by_head(f, name, t, false, keys, h.dv, &h);
    case HF_HEADS_CONV:
        return rows_by_head(f, name, t, true, keys, h.dv, &h);
    case HF_HEADS_ROWS:
        return rows_by_head(f, name, t, false, 0, h.dv, &h);
    case HF_HEADS_ONE:
        return rows_by_head(f, name, t, t->n_dims == 1, 0, 1, &h);
    default:
        return columns_by_head(f, name, t, &h);
    }
}

/* ---- gpt-oss ---- */

/* The tensor beside "…_blocks" that has its scales. */
static const struct safetensor *scales_of(struct hf *f, const struct safetensor *t) {
    struct str name = STR_INIT;
    str_addn(&name, t->name, strlen(t->name) - strlen("_blocks"));
    str_add(&name, "_scales");
    const struct safetensor *s = hf_find(f, name.s);
    str_free(&name);
    bool fits = s && t->type == SAFE_U8 && s->type == SAFE_U8 && t->n_dims == 4 && s->n_dims == 3 &&
                t->shape[3] == MXFP4_PACKED;
    for (int i = 0; fits && i < 3; i++) fits = s->shape[i] == t->shape[i];
    if (fits) return s;
    return err_null(f->e, "tensor %s: not MXFP4 with its scales beside it", t->name);
}

static void mxfp4_block(const unsigned char *packed, unsigned char scale, unsigned char *out) {
    unsigned char number[MXFP4_NUMBERS];
    for (int i = 0; i < MXFP4_PACKED; i++) {
        number[2 * i] = packed[i] & 15;
        number[2 * i + 1] = packed[i] >> 4;
    }
    *out++ = scale;
    for (int i = 0; i < MXFP4_PACKED; i++)
        out[i] = (unsigned char)(number[i] | number[i + MXFP4_PACKED] << 4);
}

/* Every `step`-th row of each expert, from `first` on. */
static bool add_mxfp4(struct hf *f, const char *name, const struct safetensor *t,
                      const struct safetensor *s, uint64_t first, uint64_t step) {
    const uint64_t rows = t->shape[1] / step, blocks = t->shape[2];
    unsigned char *out = hf_keep(f, mem_array(t->shape[0] * rows * blocks, MXFP4_BLOCK)), *at = out;
    for (uint64_t e = 0; e < t->shape[0]; e++)
        for (uint64_t r = 0; r < rows; r++)
            for (uint64_t b = 0; b < blocks; b++, at += MXFP4_BLOCK) {
                uint64_t i = (e * t->shape[1] + r * step + first) * blocks + b;
                mxfp4_block(t->data + i * MXFP4_PACKED, s->data[i], at);
            }
    uint64_t ne[3] = {blocks * MXFP4_NUMBERS, rows, t->shape[0]};
    return hf_add(f, name, 3, ne, TENSOR_MXFP4, out);
}

/* Biases of gate and up alternate too. */
static bool split_biases(struct hf *f, const char *name, const struct safetensor *t) {
    char up[96];
    float *both = hf_add_f32(f, name, t);
    if (!both || t->n_dims != 2 || t->shape[1] % 2)
        return both && err_set(f->e, "tensor %s: gate and up do not fit", t->name);
    const uint64_t n = hf_count(t) / 2, ne[2] = {t->shape[1] / 2, t->shape[0]};
    float *second = hf_keep(f, mem_array(n, sizeof *second));
    for (uint64_t i = 0; i < n; i++) {
        second[i] = both[2 * i + 1];
        both[i] = both[2 * i];
    }
    f->made[f->n_made - 1].ne[0] = ne[0];
    sibling(name, "ffn_up_exps.bias", up);
    return hf_add(f, up, 2, ne, TENSOR_F32, second);
}

bool hf_rearrange(struct hf *f, const char *name, const struct safetensor *t, enum hf_how how) {
    char up[96];
    if (how == HF_GATE_UP_BIAS) return split_biases(f, name, t);
    if (how != HF_MXFP4 && how != HF_MXFP4_GATE_UP) return rearrange_delta(f, name, t, how);
    const struct safetensor *s = scales_of(f, t);
    if (!s) return false;
    if (how == HF_MXFP4) return add_mxfp4(f, name, t, s, 0, 1);
    sibling(name, "ffn_up_exps.weight", up);
    return add_mxfp4(f, name, t, s, 0, 2) && add_mxfp4(f, up, t, s, 1, 2);
}
