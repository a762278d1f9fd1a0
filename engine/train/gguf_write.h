/* gguf_write: writing a GGUF version 3 file: metadata in the order given, tensors after it, each
 * aligned to 32 bytes. (Layout: the GGUF specification of the ggml project.) */
#ifndef TRAIN_GGUF_WRITE_H
#define TRAIN_GGUF_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/tensor.h"

struct gguf_writer;

struct gguf_writer *gguf_writer_new(void);
void gguf_writer_free(struct gguf_writer *w);

void gguf_write_u32(struct gguf_writer *w, const char *key, uint32_t value);
void gguf_write_f32(struct gguf_writer *w, const char *key, float value);
void gguf_write_bool(struct gguf_writer *w, const char *key, bool value);
void gguf_write_text(struct gguf_writer *w, const char *key, const char *value);
void gguf_write_texts(struct gguf_writer *w, const char *key, char *const *values, size_t n);
void gguf_write_ints(struct gguf_writer *w, const char *key, const int32_t *values, size_t n);

/* ne: row length first; x is converted to `type` at once (Q8_0: ne[0] a multiple of 32). */
void gguf_write_tensor(struct gguf_writer *w, const char *name, enum tensor_type type, int n_dims,
                       const int64_t *ne, const float *x);

bool gguf_writer_save(const struct gguf_writer *w, const char *path, struct err *e);

#endif
