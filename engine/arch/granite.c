/* granite, granitemoe: a llama with scales (IBM). Some files are made without positions and say so
 * by a key that is about something else. */
#include "engine/hparams.h"
#include "engine/weights.h"

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)e;
    if (hparam_bool(r, "rope.scaling.finetuned", true)) return true;
    for (uint32_t i = 0; i < m->hp.n_layers; i++) m->layers[i].rope = -1;
    return true;
}

const struct arch arch_granite = {
    .name = "granite",
    .rope = ROPE_NORM,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .prepare = prepare,
};

const struct arch arch_granitemoe = {
    .name = "granitemoe",
    .rope = ROPE_NORM,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .expert_norm = true,
    .prepare = prepare,
};
