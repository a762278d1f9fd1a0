/* qwen35, qwen35moe, qwen3next: three blocks of linear attention to each of full attention, whose
 * result is gated. */
#include "engine/hparams.h"
#include "engine/weights.h"

static bool is_recurrent(struct hparams_reader *r, uint32_t i, uint32_t interval) {
    if (hparam_has(r, "attention.recurrent_layers"))
        return hparam_u32_at(r, "attention.recurrent_layers", i, 0) != 0;
    return (i + 1) % interval != 0;
}

static bool prepare(struct model *m, struct hparams_reader *r, struct err *e) {
    struct hparams *hp = &m->hp;
    uint32_t inner = hparam_need(r, "ssm.inner_size");
    hp->conv_taps = hparam_need(r, "ssm.conv_kernel");
    hp->delta_k_heads = hparam_need(r, "ssm.group_count");
    hp->delta_v_heads = hparam_need(r, "ssm.time_step_rank");
    hp->delta_dk = hparam_need(r, "ssm.state_size");
    hp->delta_dv = inner / hp->delta_v_heads;
    uint32_t interval = hparam_u32(r, "full_attention_interval", 4);
    if (r->failed) return false;
    if (!interval || inner % hp->delta_v_heads || hp->delta_v_heads % hp->delta_k_heads ||
        (uint64_t)hp->delta_k_heads * hp->delta_dk > HPARAM_MAX || hp->conv_taps > 256 ||
        (uint64_t)inner * hp->delta_dk > 16 * (uint64_t)HPARAM_MAX)
        return err_set(e, "keys %s.ssm.…: sizes that do not fit each other", r->arch);
    for (uint32_t i = 0; i < hp->n_layers; i++)
        if (is_recurrent(r, i, interval)) m->layers[i].mixer = MIXER_DELTA;
    return true;
}

const struct arch arch_qwen35 = {
    .name = "qwen35",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "post_attention_norm",
    .qk_norm = QK_NORM_HEADS,
    .q_gated = true,
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_k = 20, .top_p = 0.95f},
};

const struct arch arch_qwen35moe = {
    .name = "qwen35moe",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "post_attention_norm",
    .qk_norm = QK_NORM_HEADS,
    .q_gated = true,
    .expert_norm = true,
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_k = 20, .top_p = 0.95f},
};

const struct arch arch_qwen3next = {
    .name = "qwen3next",
    .rope = ROPE_NEOX,
    .attn_norm = "attn_norm",
    .ffn_norm = "post_attention_norm",
    .qk_norm = QK_NORM_HEADS,
    .q_gated = true,
    .delta_grouped = true,
    .expert_norm = true,
    .prepare = prepare,
    .sampling = {.temperature = 0.6f, .top_k = 20, .top_p = 0.95f},
};
