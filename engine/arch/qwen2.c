/* qwen2: Qwen2, Qwen2.5, QwQ, R1-Distill-Qwen. Biases on q, k and v. */
#include "engine/arch.h"

const struct arch arch_qwen2 = {
    .name = "qwen2",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
};
