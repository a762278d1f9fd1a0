/* mistral3: Ministral 3, Devstral 2: a llama with YaRN whose queries sharpen as positions grow. */
#include "engine/hparams.h"
#include "engine/weights.h"

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)e;
    m->hp.temp_scale = hparam_f32(r, "attention.temperature_scale", 0);
    if (m->hp.temp_scale != 0)
        m->hp.temp_length = hparam_need(r, "rope.scaling.original_context_length");
    return true;
}

const struct arch arch_mistral3 = {
    .name = "mistral3",
    .rope = ROPE_NORM,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .expert_norm = true,
    .yarn_betas = true,
    .prepare = prepare,
    .sampling = {.temperature = 0.7f, .top_p = 0.95f},
};
