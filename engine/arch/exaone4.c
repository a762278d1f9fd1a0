/* exaone4: results are normed, inputs are not. The large one has windows in three of four blocks,
 * and only those blocks know positions. */
#include "engine/weights.h"

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)r, (void)e;
    for (uint32_t i = 0; m->hp.window && i < m->hp.n_layers; i++)
        if (!m->layers[i].window) m->layers[i].rope = -1;
    return true;
}

const struct arch arch_exaone4 = {
    .name = "exaone4",
    .rope = ROPE_NEOX,
    .attn_post_norm = "post_attention_norm",
    .ffn_post_norm = "post_ffw_norm",
    .qk_norm = QK_NORM_HEADS,
    .window_period = 4,
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_p = 0.95f},
};
