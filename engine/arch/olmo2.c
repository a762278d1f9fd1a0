/* olmo2: OLMo 2, and OLMo 3, whose blocks have a window in three of four, with positions that are
 * not stretched there. Results are normed, inputs are not. */
#include "engine/hparams.h"
#include "engine/weights.h"

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)e;
    m->sliding_base = hparam_f32(r, "rope.freq_base_swa", hparam_f32(r, "rope.freq_base", 10000));
    return true;
}

const struct arch arch_olmo2 = {
    .name = "olmo2",
    .rope = ROPE_NEOX,
    .attn_post_norm = "post_attention_norm",
    .ffn_post_norm = "post_ffw_norm",
    .qk_norm = QK_NORM_WHOLE,
    .window_period = 4,
    .sliding_base = 500000,
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_p = 0.95f},
};
