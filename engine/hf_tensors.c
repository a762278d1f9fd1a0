/* hf_tensors: see the header. */
#include "engine/hf_tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/quant.h"
#include "engine/tensor.h"

/* ---- numbers ---- */

void *hf_keep(struct hf *f, void *p) {
    f->copies = mem_grow(f->copies, &f->cap_copies, f->n_copies + 1, sizeof *f->copies);
    return f->copies[f->n_copies++] = p;
}

const struct hf_element hf_elements[] = {[SAFE_F32] = {TENSOR_F32, 4},
                                         [SAFE_F16] = {TENSOR_F16, 2},
                                         [SAFE_BF16] = {TENSOR_BF16, 2},
                                         [SAFE_FP8] = {TENSOR_BF16, 2}}; /* as it is unpacked */

/* OCP 8-bit floating point, E4M3: bias 7, no infinities, all ones is NaN. */
static float from_fp8(uint8_t b) {
    int exponent = b >> 3 & 15, mantissa = b & 7;
    float v = exponent ? (float)(8 + mantissa) : (float)mantissa;
    static const float scale[] = {0x1p-9f, 0x1p-9f, 0x1p-8f, 0x1p-7f, 0x1p-6f, 0x1p-5f,
                                  0x1p-4f, 0x1p-3f, 0x1p-2f, 0x1p-1f, 0x1p0f,  0x1p1f,
                                  0x1p2f,  0x1p3f,  0x1p4f,  0x1p5f};
    if (exponent == 15 && mantissa == 7) return __builtin_nanf("");
    v *= scale[exponent];
    return b & 0x80 ? -v : v;
}

/* Writes BF16: each block of rows x columns has one scale. */
static bool unpack_fp8(struct hf *f, const struct safetensor *t, uint16_t *out) {
    const uint64_t rows = t->shape[0], columns = t->shape[1], br = f->config.fp8_rows,
                   bc = f->config.fp8_columns, across = (columns + bc - 1) / bc;
    struct str name = STR_INIT;
    str_addf(&name, "%s_scale_inv", t->name);
    const struct safetensor *s = hf_find(f, name.s);
    str_free(&name);
    if (t->n_dims != 2 || !s || s->type != SAFE_F32 || s->n_dims != 2 || s->shape[1] != across ||
        s->shape[0] != (rows + br - 1) / br)
        return err_set(f->e, "tensor %s: no fit %s_scale_inv for its FP8 numbers", t->name,
                       t->name);
    float table[256];
    for (int i = 0; i < 256; i++) table[i] = from_fp8((uint8_t)i);
    for (uint64_t r = 0; r < rows; r++)
        for (uint64_t c = 0; c < columns; c++) {
            float scale;
            memcpy(&scale, s->data + (r / br * across + c / bc) * sizeof scale, sizeof scale);
            out[r * columns + c] = f32_to_bf16(table[t->data[r * columns + c]] * scale);
        }
    return true;
}

static bool copy_numbers(struct hf *f, const struct safetensor *t, void *out) {
    if (t->type == SAFE_FP8) return unpack_fp8(f, t, out);
    memcpy(out, t->data, t->bytes);
    return true;
}

uint64_t hf_count(const struct safetensor *t) {
    return t->shape[0] * t->shape[1] * t->shape[2] * t->shape[3];
}

const void *hf_numbers(struct hf *f, const struct safetensor *t) {
    if (t->type != SAFE_FP8 && (uintptr_t)t->data % hf_elements[t->type].bytes == 0) return t->data;
    void *out = hf_keep(f, mem_array(hf_count(t), hf_elements[t->type].bytes));
    return copy_numbers(f, t, out) ? out : NULL;
}

/* ---- tensors ---- */

bool hf_add(struct hf *f, const char *name, uint32_t n_dims, const uint64_t *ne, uint32_t type,
            const void *data) {
    f->made = mem_grow(f->made, &f->cap_made, f->n_made + 1, sizeof *f->made);
    struct hf_made *m = &f->made[f->n_made++];
    *m = (struct hf_made){mem_strdup(name), n_dims, type, {ne[0], 1, 1, 1}, data};
    for (uint32_t i = 1; i < n_dims; i++) m->ne[i] = ne[i];
    return data != NULL;
}

bool hf_usable(struct hf *f, const struct safetensor *t, uint32_t n_dims) {
    if (t->type >= SAFE_U8)
        return err_set(f->e, "tensor %s: numbers of its type are not read", t->name);
    return t->n_dims == n_dims ||
           err_set(f->e, "tensor %s: it has %u dimensions, not %u", t->name, t->n_dims, n_dims);
}

/* Small tensors, which a GGUF file has as F32. Dimensions of one in the middle are nothing to us.
 */
float *hf_add_f32(struct hf *f, const char *name, const struct safetensor *t) {
    uint64_t n = hf_count(t), ne[2] = {t->n_dims ? t->shape[t->n_dims - 1] : 1, t->shape[0]};
    bool fits = t->n_dims == 1 || (t->n_dims > 1 && ne[0] * ne[1] == n);
    if (t->type >= SAFE_FP8 || !fits)
        return err_null(f->e, "tensor %s: neither F32, F16 nor BF16, or of no fit shape", t->name);
    const void *data = hf_numbers(f, t);
    float *x = hf_keep(f, mem_array(n, sizeof *x));
    quant_type(hf_elements[t->type].type)->dequantize(data, x, n);
    hf_add(f, name, t->n_dims > 1 ? 2 : 1, ne, TENSOR_F32, x);
    return x;
}

static bool add_matrix(struct hf *f, const char *name, const struct safetensor *t) {
    uint64_t ne[2] = {t->shape[1], t->shape[0]};
    return hf_usable(f, t, 2) &&
           hf_add(f, name, 2, ne, hf_elements[t->type].type, hf_numbers(f, t));
}

static bool add_stack(struct hf *f, const char *name, const struct safetensor *t) {
    uint64_t ne[3] = {t->shape[2], t->shape[1], t->shape[0]};
    if (t->type == SAFE_FP8) return err_set(f->e, "tensor %s: experts in one FP8 tensor", t->name);
    return hf_usable(f, t, 3) &&
           hf_add(f, name, 3, ne, hf_elements[t->type].type, hf_numbers(f, t));
}

/* Rows of every head from halves to pairs: row j·(n/2) + i becomes row 2i + j. */
static bool add_paired(struct hf *f, const char *name, const struct safetensor *t, uint32_t heads) {
    if (!hf_usable(f, t, t->n_dims < 2 ? 1 : 2)) return false;
    const uint64_t rows = t->shape[0], n = rows / heads;
    const size_t bytes = (size_t)(t->n_dims == 2 ? t->shape[1] : 1) * hf_elements[t->type].bytes;
    if (rows != (uint64_t)heads * f->config.head_dim)
        return err_set(f->e, "tensor %s: %llu rows for %u heads of %u", t->name,
                       (unsigned long long)rows, heads, f->config.head_dim);
    const char *from = hf_numbers(f, t);
    if (!from) return false;
    char *out = hf_keep(f, mem_array(rows, bytes));
    for (uint64_t h = 0; h < heads; h++)
        for (uint64_t i = 0; i < n / 2; i++)
            for (uint64_t j = 0; j < 2; j++)
                memcpy(out + (h * n + 2 * i + j) * bytes, from + (h * n + j * n / 2 + i) * bytes,
                       bytes);
    uint64_t ne[2] = {t->n_dims == 2 ? t->shape[1] : rows, rows};
    return hf_add(f, name, t->n_dims, ne, hf_elements[t->type].type, out);
}

bool hf_add_experts(struct hf *f, unsigned block, const char *place, const char *part,
                    const char *name) {
    const uint32_t n = f->config.n_experts;
    const struct safetensor *first = NULL;
    uint64_t ne[3] = {0, 0, n};
    char *out = NULL, from[160];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(from, sizeof from, "%s.layers.%u.%s.%u.%s.weight", f->prefix, block, place, i,
                 part);
        const struct safetensor *t = hf_find(f, from);
        if (!t) return err_set(f->e, "tensor %s is missing", from);
        if (!hf_usable(f, t, 2)) return false;
        size_t bytes = (size_t)hf_count(t) * hf_elements[t->type].bytes;
        if (!first) {
            first = t;
            ne[0] = t->shape[1], ne[1] = t->shape[0];
            out = hf_keep(f, mem_array(n, bytes));
        }
        if (t->type != first->type || t->shape[0] != ne[1] || t->shape[1] != ne[0])
            return err_set(f->e, "tensor %s: it differs from the first expert's", from);
        if (!copy_numbers(f, t, out + i * bytes)) return false;
    }
    return hf_add(f, name, 3, ne, hf_elements[first->type].type, out);
}

bool hf_add_as(struct hf *f, const char *name, const struct safetensor *t, enum hf_how how) {
    const struct hf_config *c = &f->config;
    bool paired = how == HF_PAIRED_Q || how == HF_PAIRED_K;
    if (how >= HF_REARRANGED) return hf_rearrange(f, name, t, how);
    if (paired && c->family->permuted)
        return add_paired(f, name, t, how == HF_PAIRED_Q ? c->n_head : c->n_head_kv);
    if (how == HF_STACK) return add_stack(f, name, t);
    if (how != HF_SMALL && how != HF_SMALL_PLUS_ONE && t->n_dims != 1)
        return add_matrix(f, name, t);
    float *x = hf_add_f32(f, name, t);
    for (uint64_t i = 0; x && how == HF_SMALL_PLUS_ONE && i < hf_count(t); i++) x[i] += 1;
    return x != NULL;
}
