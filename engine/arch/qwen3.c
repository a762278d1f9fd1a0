/* qwen3, qwen3moe: every head of q and k is normed before it turns. */
#include "engine/arch.h"

const struct arch arch_qwen3 = {
    .name = "qwen3",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .qk_norm = QK_NORM_HEADS,
    .sampling = {.temperature = 0.6f, .top_k = 20, .top_p = 0.95f},
};

const struct arch arch_qwen3moe = {
    .name = "qwen3moe",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .qk_norm = QK_NORM_HEADS,
    .expert_norm = true,
    .sampling = {.temperature = 0.6f, .top_k = 20, .top_p = 0.95f},
};
