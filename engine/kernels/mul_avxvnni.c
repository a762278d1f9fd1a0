/* mul_avxvnni: products for decoding with AVX2 and AVX-VNNI; see mul_ymm.h. */
#include "engine/kernels/ymm.h"

#define MUL_NAME(type) mul_avxvnni_##type
#include "engine/kernels/mul_ymm.h"
