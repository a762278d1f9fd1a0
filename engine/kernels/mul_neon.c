/* mul_neon: products for decoding with NEON dot products; see mul_narrow.h. */
#include "engine/kernels/lanes_neon.h"

#define MUL_NAME(type) mul_neon_##type
#include "engine/kernels/mul_narrow.h"
