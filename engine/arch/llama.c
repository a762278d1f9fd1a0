/* llama: Llama 2 and 3, Mistral, Mixtral, R1-Distill-Llama and most that follow their shape. */
#include "engine/arch.h"

const struct arch arch_llama = {
    .name = "llama",
    .rope = ROPE_NORM,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .expert_norm = true,
};
