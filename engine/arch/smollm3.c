/* smollm3: a llama in which every fourth block has no positions. */
#include "engine/weights.h"

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)r, (void)e;
    for (uint32_t i = 3; i < m->hp.n_layers; i += 4) m->layers[i].rope = -1;
    return true;
}

const struct arch arch_smollm3 = {
    .name = "smollm3",
    .rope = ROPE_NORM,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_p = 0.95f},
};
