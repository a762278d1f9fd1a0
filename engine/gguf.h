/* gguf: a GGUF file (version 2 and 3) mapped into memory: metadata and the tensor directory.
 *
 * Every count, length, offset, type and shape is checked against the file's size when the file is
 * opened; after that no accessor can leave the mapping. Strings are not NUL-terminated in the
 * file; they are handed out as (pointer, length) into the mapping. */
#ifndef ENGINE_GGUF_H
#define ENGINE_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/tensor.h"

enum gguf_type {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY,
    GGUF_U64,
    GGUF_I64,
    GGUF_F64
};

struct gguf_string {
    const char *s; /* not NUL-terminated, not necessarily UTF-8 */
    size_t len;
};

/* One metadata entry. For an array `type` is GGUF_ARRAY, `item` the elements' type, `n` their
 * number; for anything else n is 1. */
struct gguf_entry {
    struct gguf_string key;
    enum gguf_type type, item;
    uint64_t n;
    const unsigned char *data;   /* the packed value or elements */
    struct gguf_string *strings; /* n strings, for strings and arrays of strings; else NULL */
};

struct gguf_tensor {
    struct gguf_string name;
    uint32_t n_dims;
    uint64_t ne[4];
    uint32_t type;   /* as stored; may be one that the engine cannot compute with */
    uint64_t offset; /* from the start of the file (of its part, in a model of several) */
    uint64_t bytes;  /* 0 when the type's size is unknown */
    const void *data;
};

struct gguf {
    const char *path;
    uint32_t version;
    uint64_t file_bytes, n_entries, n_tensors;
    struct gguf_entry *entries;
    struct gguf_tensor *tensors;
    struct gguf_private *own;
};

/* A model in several files (NAME-00001-of-00003.gguf …) is opened by its first part: the metadata
 * is that file's, the tensors are those of all parts and file_bytes their sum. */
struct gguf *gguf_open(const char *path, struct err *e);
void gguf_close(struct gguf *g); /* NULL is fine */

/* A model that is no GGUF file: `head` (copied) is what gguf_head_finish() made; the caller fills
 * in the tensors' data. `release` (may be NULL) runs at the close, and when this fails. */
struct gguf *gguf_from_head(const char *path, const void *head, size_t bytes,
                            void (*release)(void *owner), void *owner, struct err *e);

const struct gguf_entry *gguf_find(const struct gguf *g, const char *key);
const struct gguf_tensor *gguf_tensor(const struct gguf *g, const char *name);

/* Typed reads. Each returns false (leaving *out) when the key is absent. Integers are accepted in
 * every width, floats from either width or an integer; a value of another kind, an array, a
 * negative one for u64 or one that does not fit counts as absent too (gguf_find tells). */
bool gguf_u64(const struct gguf *g, const char *key, uint64_t *out);
bool gguf_u32(const struct gguf *g, const char *key, uint32_t *out);
bool gguf_f32(const struct gguf *g, const char *key, float *out);
bool gguf_bool(const struct gguf *g, const char *key, bool *out);
bool gguf_str(const struct gguf *g, const char *key, struct gguf_string *out);
/* Element i of an array (or the value itself when i is 0), converted as above. */
bool gguf_item_i64(const struct gguf_entry *a, uint64_t i, int64_t *out);
bool gguf_item_f64(const struct gguf_entry *a, uint64_t i, double *out);

bool gguf_string_is(struct gguf_string s, const char *text);
char *gguf_string_dup(struct gguf_string s); /* owned, NUL-terminated; NULL when s.s is */

#endif
