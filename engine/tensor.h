/* tensor: a view of weights as GGUF stores them. ne[0] is the contiguous dimension (one row);
 * a matrix {n_in, n_out} has n_out rows of n_in numbers; a third dimension counts experts. */
#ifndef ENGINE_TENSOR_H
#define ENGINE_TENSOR_H

#include <stddef.h>
#include <stdint.h>

/* The ids are GGUF's. */
enum tensor_type {
    TENSOR_F32 = 0,
    TENSOR_F16 = 1,
    TENSOR_Q4_0 = 2,
    TENSOR_Q4_1 = 3,
    TENSOR_Q5_0 = 6,
    TENSOR_Q5_1 = 7,
    TENSOR_Q8_0 = 8,
    TENSOR_Q2_K = 10,
    TENSOR_Q3_K = 11,
    TENSOR_Q4_K = 12,
    TENSOR_Q5_K = 13,
    TENSOR_Q6_K = 14,
    TENSOR_IQ4_NL = 20,
    TENSOR_IQ4_XS = 23,
    TENSOR_BF16 = 30,
    TENSOR_MXFP4 = 39,
    TENSOR_TYPE_LIMIT = 64 /* ids are below this */
};

struct tensor {
    const void *data; /* ne[2]·ne[1] rows of row_bytes, packed; borrowed from the mapping */
    enum tensor_type type;
    uint64_t ne[3];   /* each >= 1 */
    size_t row_bytes; /* bytes of ne[0] elements */
};

/* The rows of expert e: ne[1] rows. */
static inline const void *tensor_slice(const struct tensor *t, uint64_t e) {
    return (const char *)t->data + e * t->ne[1] * t->row_bytes;
}

#endif
