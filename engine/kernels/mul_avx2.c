/* mul_avx2: products for decoding with AVX2; see mul_ymm.h. */
#include "engine/kernels/ymm.h"

#define MUL_NAME(type) mul_avx2_##type
#include "engine/kernels/mul_ymm.h"
