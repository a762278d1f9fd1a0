/* lfm2: short convolutions, with attention in the blocks that have key heads. */
#include "engine/hparams.h"
#include "engine/weights.h"

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)e;
    m->hp.conv_taps = hparam_need(r, "shortconv.l_cache");
    for (uint32_t i = 0; i < m->hp.n_layers; i++)
        if (!m->layers[i].n_head_kv) m->layers[i].mixer = MIXER_CONV;
    return true;
}

const struct arch arch_lfm2 = {
    .name = "lfm2",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .output_norm = "token_embd_norm.weight",
    .qk_norm = QK_NORM_HEADS,
    .prepare = prepare,
    .sampling = {.temperature = 0.3f, .min_p = 0.15f},
};
