/* deepseek2: DeepSeek V2, V3 and R1, Kimi K2, GLM-4.7-Flash: latent attention (MLA) and experts
 * with shared ones beside them (DeepSeek-AI 2024, arXiv:2405.04434). */
#include <math.h>

#include "engine/hparams.h"
#include "engine/weights.h"

/* GLM-4.7-Flash files may lack the key that says how its router scores. */
static bool is_glm_flash(const struct model *m) {
    const struct gguf_tensor *t = gguf_tensor(m->gguf, "token_embd.weight");
    uint32_t blocks = m->hp.n_layers + m->hp.n_mtp;
    return t && t->ne[1] == 154880 && (blocks == 47 || blocks == 48);
}

/* Under YaRN attention is sharpened by s², with s from two logarithms that cancel on the rotated
 * part in most files. The stored multiplier is a tenth of what it means. */
static void set_yarn(struct model *m, struct hparams_reader *r) {
    float stored = hparam_f32(r, "rope.scaling.yarn_log_multiplier", 0);
    float factor = hparam_f32(r, "rope.scaling.factor", 1);
    float attn_factor = hparam_f32(r, "rope.scaling.attn_factor", 1);
    double multiplier = (double)stored * 10;
    double stretch =
        hparam_is(r, "rope.scaling.type", "yarn") && factor > 1 ? 0.1 * log((double)factor) : 0;
    double mu = fabs(multiplier - 1) < 1e-4 || stored == 0 ? 1 : multiplier;
    double turn = (1 + mu * stretch) / (1 + multiplier * stretch) * (double)attn_factor;
    double s = turn * (1 + multiplier * stretch);
    m->ropes[ROPE_GLOBAL].magnitude = (float)turn;
    m->hp.attention_scale = (float)(s * s / sqrt(m->hp.dk_mla));
}

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    (void)e;
    if (!hparam_u32(r, "expert_gating_func", 0) && is_glm_flash(m)) m->hp.gating = GATING_SIGMOID;
    if (gguf_tensor(m->gguf, "blk.0.attn_q.weight")) m->hp.q_lora = 0; /* the Lite form */
    set_yarn(m, r);
    return true;
}

const struct arch arch_deepseek2 = {
    .name = "deepseek2",
    .rope = ROPE_NORM,
    .attn_norm = "attn_norm",
    .ffn_norm = "ffn_norm",
    .mla = true,
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_p = 0.95f},
};
