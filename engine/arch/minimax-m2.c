/* minimax-m2: q and k are normed over all heads at once. */
#include "engine/arch.h"

const struct arch arch_minimax_m2 = {
    .name = "minimax-m2",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .qk_norm = QK_NORM_WHOLE,
    .gating = GATING_SIGMOID,
    .expert_norm = true,
    .sampling = {.temperature = 1.0f, .top_k = 40, .top_p = 0.95f},
};
