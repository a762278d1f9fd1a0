/* quant_write: rounding of F32 numbers to the stored formats, for the tools that write files. Each
 * function writes n elements (a multiple of the type's block); see quant_type(). */
#ifndef ENGINE_QUANT_WRITE_H
#define ENGINE_QUANT_WRITE_H

#include <stddef.h>

void quant_write_f32(const float *x, void *blocks, size_t n);
void quant_write_f16(const float *x, void *blocks, size_t n);
void quant_write_bf16(const float *x, void *blocks, size_t n);
void quant_write_q4_0(const float *x, void *blocks, size_t n);
void quant_write_q4_1(const float *x, void *blocks, size_t n);
void quant_write_q5_0(const float *x, void *blocks, size_t n);
void quant_write_q5_1(const float *x, void *blocks, size_t n);
void quant_write_q8_0(const float *x, void *blocks, size_t n);
void quant_write_iq4_nl(const float *x, void *blocks, size_t n);
void quant_write_mxfp4(const float *x, void *blocks, size_t n);
void quant_write_q4_k(const float *x, void *blocks, size_t n);
void quant_write_q5_k(const float *x, void *blocks, size_t n);
void quant_write_q6_k(const float *x, void *blocks, size_t n);

#endif
