/* gemma3: norms before and after both parts, GEGLU, five windowed blocks to each that sees all,
 * with a RoPE base of their own. */
#include <math.h>

#include "engine/weights.h"

enum { BLOCKS_OF_27B = 62 }; /* which scales by the width of the model, not of a head */

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)r, (void)e;
    struct hparams *hp = &m->hp;
    hp->embedding_scale = sqrtf((float)hp->n_embd);
    if (hp->n_layers == BLOCKS_OF_27B)
        hp->attention_scale = 1 / sqrtf((float)hp->n_embd / (float)m->layers[0].n_head);
    return true;
}

const struct arch arch_gemma3 = {
    .name = "gemma3",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .attn_post_norm = "post_attention_norm",
    .ffn_norm = "ffn_norm",
    .ffn_post_norm = "post_ffw_norm",
    .qk_norm = QK_NORM_HEADS,
    .glu = GLU_GELU,
    .window_period = 6,
    .sliding_base = 10000,
    .prepare = prepare,
    .sampling = {.temperature = 1.0f, .top_k = 64, .top_p = 0.95f},
};
