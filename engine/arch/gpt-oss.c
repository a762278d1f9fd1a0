/* gpt-oss: a window in every other block, sinks that take attention away, experts with a clamped
 * linear unit, biases everywhere. */
#include "engine/arch.h"

const struct arch arch_gpt_oss = {
    .name = "gpt-oss",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "post_attention_norm",
    .sinks = true,
    .glu = GLU_CLAMPED,
    .gating = GATING_SOFTMAX_CHOSEN,
    .window_period = 2,
    .sampling = {.temperature = 1.0f, .top_p = 1.0f},
};
