/* gguf_head: builds what stands before the numbers in a GGUF file (version 3): metadata and the
 * tensor directory. Zero-initialise to start; add entries and tensors in any order; take the bytes
 * with gguf_head_finish(). Numbers are little-endian, as the machines that we run on. */
#ifndef ENGINE_GGUF_HEAD_H
#define ENGINE_GGUF_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "engine/gguf.h"

enum { GGUF_ALIGN = 32 }; /* of tensors, when general.alignment says nothing else */

struct gguf_head {
    struct str meta, directory;
    uint64_t n_entries, n_tensors;
};

void gguf_head_u32(struct gguf_head *h, const char *key, uint32_t value);
void gguf_head_f32(struct gguf_head *h, const char *key, float value);
void gguf_head_bool(struct gguf_head *h, const char *key, bool value);
void gguf_head_text(struct gguf_head *h, const char *key, const char *s, size_t n);

/* An array of n elements, which must follow: by gguf_head_item() for texts, or as one run of bytes
 * by gguf_head_items(). */
void gguf_head_array(struct gguf_head *h, const char *key, enum gguf_type item, uint64_t n);
void gguf_head_item(struct gguf_head *h, const char *s, size_t n);
void gguf_head_items(struct gguf_head *h, const void *packed, size_t bytes);

/* An entry of another file as it is. */
void gguf_head_copy(struct gguf_head *h, const struct gguf_entry *x);

/* offset: from the start of the data section. */
void gguf_head_tensor(struct gguf_head *h, struct gguf_string name, uint32_t n_dims,
                      const uint64_t *ne, uint32_t type, uint64_t offset);

/* The bytes, padded to GGUF_ALIGN: the data section begins behind them. */
void gguf_head_finish(const struct gguf_head *h, struct str *out);
void gguf_head_free(struct gguf_head *h);

#endif
