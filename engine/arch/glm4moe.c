/* glm4moe: GLM-4.5 to 4.7: experts after some dense blocks, a shared one, half of a head turns. */
#include "engine/arch.h"

const struct arch arch_glm4moe = {
    .name = "glm4moe",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "post_attention_norm",
    .qk_norm = QK_NORM_MAYBE,
    .gating = GATING_SIGMOID,
    .sampling = {.temperature = 1.0f, .top_p = 0.95f},
};
