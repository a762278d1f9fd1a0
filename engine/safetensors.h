/* safetensors: one file of tensors mapped into memory, as Hugging Face folders have them: eight
 * bytes of length, a JSON object of names, types, shapes and places, then the numbers. Lengths,
 * types, shapes and places are checked when it is opened. */
#ifndef ENGINE_SAFETENSORS_H
#define ENGINE_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum safetensor_type {
    SAFE_F32,
    SAFE_F16,
    SAFE_BF16,
    SAFE_FP8,
    SAFE_U8,
    SAFE_OTHER
}; /* FP8: E4M3 */

struct safetensor {
    char *name;
    enum safetensor_type type;
    uint32_t n_dims;   /* 0 for a single number */
    uint64_t shape[4]; /* the last is the contiguous one; 1 beyond n_dims */
    uint64_t begin, bytes;
    const unsigned char *data;
};

struct safetensors {
    uint64_t file_bytes;
    void *map;
    size_t n;
    struct safetensor *tensors; /* in the order of their places */
};

struct safetensors *safetensors_open(const char *path, struct err *e);
void safetensors_close(struct safetensors *s); /* NULL is fine */

#endif
