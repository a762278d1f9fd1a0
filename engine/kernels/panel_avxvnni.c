/* panel_avxvnni: products for prefill with AVX-VNNI; see mul_panel.h. */
#include "engine/kernels/ymm_panel.h"

#define PANEL_NAME(type) panel_avxvnni_##type
#define FEW_NAME(type)   mul_avxvnni_##type
#include "engine/kernels/mul_panel.h"
