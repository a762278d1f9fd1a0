/* phi3: Phi-3 and Phi-4-mini: fused products; two sets of RoPE divisors, for short and for long
 * contexts (longrope). */
#include "engine/arch.h"

const struct arch arch_phi3 = {
    .name = "phi3",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .sampling = {.temperature = 0.8f, .top_p = 0.95f},
};
