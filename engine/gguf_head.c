/* gguf_head: see the header. Layout: the GGUF specification of the ggml project, version 3. */
#include "engine/gguf_head.h"

#include <string.h>

static void put_u32(struct str *s, uint32_t v) { str_addn(s, &v, sizeof v); }
static void put_u64(struct str *s, uint64_t v) { str_addn(s, &v, sizeof v); }

static void put_text(struct str *s, const char *text, size_t n) {
    put_u64(s, n);
    str_addn(s, text, n);
}

static void begin(struct gguf_head *h, const char *key, size_t n, enum gguf_type type) {
    put_text(&h->meta, key, n);
    put_u32(&h->meta, (uint32_t)type);
    h->n_entries++;
}

void gguf_head_u32(struct gguf_head *h, const char *key, uint32_t value) {
    begin(h, key, strlen(key), GGUF_U32);
    put_u32(&h->meta, value);
}

void gguf_head_f32(struct gguf_head *h, const char *key, float value) {
    begin(h, key, strlen(key), GGUF_F32);
    str_addn(&h->meta, &value, sizeof value);
}

void gguf_head_bool(struct gguf_head *h, const char *key, bool value) {
    begin(h, key, strlen(key), GGUF_BOOL);
    str_addc(&h->meta, value);
}

void gguf_head_text(struct gguf_head *h, const char *key, const char *s, size_t n) {
    begin(h, key, strlen(key), GGUF_STRING);
    put_text(&h->meta, s, n);
}

void gguf_head_array(struct gguf_head *h, const char *key, enum gguf_type item, uint64_t n) {
    begin(h, key, strlen(key), GGUF_ARRAY);
    put_u32(&h->meta, (uint32_t)item);
    put_u64(&h->meta, n);
}

void gguf_head_item(struct gguf_head *h, const char *s, size_t n) { put_text(&h->meta, s, n); }

void gguf_head_items(struct gguf_head *h, const void *packed, size_t bytes) {
    str_addn(&h->meta, packed, bytes);
}

void gguf_head_copy(struct gguf_head *h, const struct gguf_entry *x) {
    static const uint8_t bytes[] = {
        [GGUF_U8] = 1,  [GGUF_I8] = 1,  [GGUF_U16] = 2, [GGUF_I16] = 2,
        [GGUF_U32] = 4, [GGUF_I32] = 4, [GGUF_F32] = 4, [GGUF_BOOL] = 1,
        [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8, [GGUF_STRING] = 0,
    };
    begin(h, x->key.s, x->key.len, x->type);
    if (x->type == GGUF_ARRAY) {
        put_u32(&h->meta, (uint32_t)x->item);
        put_u64(&h->meta, x->n);
    }
    for (uint64_t i = 0; x->strings && i < x->n; i++)
        put_text(&h->meta, x->strings[i].s, x->strings[i].len);
    if (!x->strings) str_addn(&h->meta, x->data, (size_t)x->n * bytes[x->item]);
}

void gguf_head_tensor(struct gguf_head *h, struct gguf_string name, uint32_t n_dims,
                      const uint64_t *ne, uint32_t type, uint64_t offset) {
    put_text(&h->directory, name.s, name.len);
    put_u32(&h->directory, n_dims);
    for (uint32_t i = 0; i < n_dims; i++) put_u64(&h->directory, ne[i]);
    put_u32(&h->directory, type);
    put_u64(&h->directory, offset);
    h->n_tensors++;
}

void gguf_head_finish(const struct gguf_head *h, struct str *out) {
    size_t start = out->len;
    str_add(out, "GGUF");
    put_u32(out, 3);
    put_u64(out, h->n_tensors);
    put_u64(out, h->n_entries);
    str_addn(out, h->meta.s, h->meta.len);
    str_addn(out, h->directory.s, h->directory.len);
    while ((out->len - start) % GGUF_ALIGN) str_addc(out, 0);
}

void gguf_head_free(struct gguf_head *h) {
    str_free(&h->meta);
    str_free(&h->directory);
}
