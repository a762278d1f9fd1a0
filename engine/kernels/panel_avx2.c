/* panel_avx2: products for prefill with AVX2; see mul_panel.h. */
#include "engine/kernels/ymm_panel.h"

#define PANEL_NAME(type) panel_avx2_##type
#define FEW_NAME(type)   mul_avx2_##type
#include "engine/kernels/mul_panel.h"
