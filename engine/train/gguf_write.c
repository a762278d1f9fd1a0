/* gguf_write: metadata and tensor directory are built up as bytes, tensor data beside them. */
#include "engine/train/gguf_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/quant.h"

#define ALIGN 32

enum value_type { U32 = 4, I32 = 5, F32 = 6, BOOL = 7, TEXT = 8, ARRAY = 9 };

struct gguf_writer {
    struct str meta, directory, data;
    uint64_t n_meta, n_tensors;
};

struct gguf_writer *gguf_writer_new(void) {
    return mem_calloc(1, sizeof(struct gguf_writer));
}

void gguf_writer_free(struct gguf_writer *w) {
    str_free(&w->meta);
    str_free(&w->directory);
    str_free(&w->data);
    free(w);
}

static void put_u32(struct str *s, uint32_t v) { str_addn(s, &v, sizeof v); }
static void put_u64(struct str *s, uint64_t v) { str_addn(s, &v, sizeof v); }

static void put_text(struct str *s, const char *text) {
    put_u64(s, strlen(text));
    str_addn(s, text, strlen(text));
}

static void begin(struct gguf_writer *w, const char *key, enum value_type type) {
    put_text(&w->meta, key);
    put_u32(&w->meta, (uint32_t)type);
    w->n_meta++;
}

static void begin_array(struct gguf_writer *w, const char *key, enum value_type type, size_t n) {
    begin(w, key, ARRAY);
    put_u32(&w->meta, (uint32_t)type);
    put_u64(&w->meta, n);
}

void gguf_write_u32(struct gguf_writer *w, const char *key, uint32_t value) {
    begin(w, key, U32);
    put_u32(&w->meta, value);
}

void gguf_write_f32(struct gguf_writer *w, const char *key, float value) {
    begin(w, key, F32);
    str_addn(&w->meta, &value, sizeof value);
}

void gguf_write_bool(struct gguf_writer *w, const char *key, bool value) {
    begin(w, key, BOOL);
    str_addc(&w->meta, value);
}

void gguf_write_text(struct gguf_writer *w, const char *key, const char *value) {
    begin(w, key, TEXT);
    put_text(&w->meta, value);
}

void gguf_write_texts(struct gguf_writer *w, const char *key, char *const *values, size_t n) {
    begin_array(w, key, TEXT, n);
    for (size_t i = 0; i < n; i++) put_text(&w->meta, values[i]);
}

void gguf_write_ints(struct gguf_writer *w, const char *key, const int32_t *values, size_t n) {
    begin_array(w, key, I32, n);
    str_addn(&w->meta, values, n * sizeof *values);
}

static void put_numbers(struct str *s, enum tensor_type type, size_t n, const float *x) {
    size_t bytes = quant_row_bytes(type, n);
    void *blocks = mem_alloc(bytes);
    quant_type(type)->quantize(x, blocks, n);
    str_addn(s, blocks, bytes);
    free(blocks);
}

static void pad(struct str *s, size_t start) {
    while ((start + s->len) % ALIGN) str_addc(s, 0);
}

void gguf_write_tensor(struct gguf_writer *w, const char *name, enum tensor_type type, int n_dims,
                       const int64_t *ne, const float *x) {
    size_t n = 1;
    put_text(&w->directory, name);
    put_u32(&w->directory, (uint32_t)n_dims);
    for (int i = 0; i < n_dims; i++) {
        put_u64(&w->directory, (uint64_t)ne[i]);
        n *= (size_t)ne[i];
    }
    put_u32(&w->directory, (uint32_t)type);
    put_u64(&w->directory, w->data.len);
    put_numbers(&w->data, type, n, x);
    pad(&w->data, 0);
    w->n_tensors++;
}

bool gguf_writer_save(const struct gguf_writer *w, const char *path, struct err *e) {
    struct str head = STR_INIT;
    str_add(&head, "GGUF");
    put_u32(&head, 3);
    put_u64(&head, w->n_tensors);
    put_u64(&head, w->n_meta);
    str_addn(&head, w->meta.s, w->meta.len);
    str_addn(&head, w->directory.s, w->directory.len);
    pad(&head, 0);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(head.s, 1, head.len, f) == head.len &&
              fwrite(w->data.s, 1, w->data.len, f) == w->data.len;
    if (f && fclose(f) != 0) ok = false;
    str_free(&head);
    return ok || err_set(e, "cannot write %s", path);
}
