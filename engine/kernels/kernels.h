/* kernels: the innermost loops, one table per instruction set. kernels_scalar.c is the definition;
 * the others fill the same table and are chosen once at start by what the CPU has
 * (ASIDE_ISA=scalar|avx2|avx512|amx|neon overrides). Every kernel's result depends only on its row
 * and its token, never on how many rows or tokens are computed in one call. */
#ifndef ENGINE_KERNELS_H
#define ENGINE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/tensor.h"

/* Activations are quantized once per matmul to the form that a weight type multiplies with. */
enum act_type {
    ACT_F32,
    ACT_Q8_32 /* int8, one scale per 32 */,
    ACT_Q8_256 /* int8, per 256, with sums of 16 */
};

struct kernels {
    const char *name;
    /* y[t·ldy + r] = W[r]·x[t] for n_rows rows and n_tokens tokens; x rows are `x_bytes` apart, in
     * the weight type's act form (quantize_act). n is the row length. */
    struct {
        enum act_type act;
        void (*mul)(const void *w, size_t w_row_bytes, size_t n_rows, const void *x, size_t x_bytes,
                    size_t n_tokens, size_t n, float *y, size_t ldy);
    } by_type[TENSOR_TYPE_LIMIT];
    void (*quantize_act[3])(const float *x, void *out, size_t n);

    float (*dot_f32)(const float *a, const float *b, size_t n);
    float (*dot_f16)(const float *a, const uint16_t *b, size_t n);    /* b: halves */
    void (*axpy_f16)(float *y, float a, const uint16_t *x, size_t n); /* y += a·x */
    void (*to_f16)(const float *x, uint16_t *out, size_t n);
    void (*rms_norm)(const float *x, const float *weight, float eps, float *out, size_t n);
    void (*silu_mul)(const float *gate, const float *up, float *out, size_t n); /* silu(gate)·up */
    float (*softmax)(float *x, size_t n); /* in place; returns the maximum that was subtracted */
};

extern const struct kernels kernels_scalar;
const struct kernels *kernels(void); /* the chosen table; stable for the program's life */
size_t act_row_bytes(enum act_type a, size_t n); /* 0: n does not fit the form */

#endif
