/* cache_type: how keys and values are kept. The numbers of one head (or of a latent row) stand in
 * blocks, filled up with zeros where they do not fill the last one:
 *   f16   single halves
 *   q8_0  32 bytes with one scale, a half in front: GGUF's Q8_0, 8.5 bits a number */
#ifndef ENGINE_CACHE_TYPE_H
#define ENGINE_CACHE_TYPE_H

#include <stddef.h>

enum cache_type { CACHE_F16, CACHE_Q8_0, CACHE_TYPES };

enum { CACHE_Q8_BLOCK = 32, CACHE_Q8_BYTES = 34 };

/* Bytes of n numbers of one head. */
static inline size_t cache_bytes(enum cache_type t, size_t n) {
    if (t == CACHE_F16) return 2 * n;
    return (n + CACHE_Q8_BLOCK - 1) / CACHE_Q8_BLOCK * CACHE_Q8_BYTES;
}

#endif
