/* seed_oss: ByteDance Seed-OSS, a llama in the names of its norms apart. */
#include "engine/arch.h"

const struct arch arch_seed_oss = {
    .name = "seed_oss",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "post_attention_norm",
    .sampling = {.temperature = 1.1f, .top_p = 0.95f},
};
