/* hf_families: what each family calls its tensors in a folder, and the numbers of its config that
 * no other has. A tensor's name is looked for in the family's own table, then in the shared one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/hf_private.h"

const struct hf_name hf_shared_names[] = {
    {"input_layernorm.weight", "attn_norm.weight", HF_SMALL},
    {"post_attention_layernorm.weight", "ffn_norm.weight", HF_SMALL},
    {"self_attn.q_proj.weight", "attn_q.weight", HF_PAIRED_Q},
    {"self_attn.k_proj.weight", "attn_k.weight", HF_PAIRED_K},
    {"self_attn.v_proj.weight", "attn_v.weight", HF_MATRIX},
    {"self_attn.o_proj.weight", "attn_output.weight", HF_MATRIX},
    {"self_attn.q_proj.bias", "attn_q.bias", HF_PAIRED_Q},
    {"self_attn.k_proj.bias", "attn_k.bias", HF_PAIRED_K},
    {"self_attn.v_proj.bias", "attn_v.bias", HF_SMALL},
    {"self_attn.o_proj.bias", "attn_output.bias", HF_SMALL},
    {"self_attn.q_norm.weight", "attn_q_norm.weight", HF_SMALL},
    {"self_attn.k_norm.weight", "attn_k_norm.weight", HF_SMALL},
    {"self_attn.q_a_proj.weight", "attn_q_a.weight", HF_MATRIX},
    {"self_attn.q_a_layernorm.weight", "attn_q_a_norm.weight", HF_SMALL},
    {"self_attn.q_b_proj.weight", "attn_q_b.weight", HF_MATRIX},
    {"self_attn.kv_a_proj_with_mqa.weight", "attn_kv_a_mqa.weight", HF_MATRIX},
    {"self_attn.kv_a_layernorm.weight", "attn_kv_a_norm.weight", HF_SMALL},
    {"self_attn.kv_b_proj.weight", "attn_kv_b.weight", HF_MATRIX},
    {"self_attn.sinks", "attn_sinks.weight", HF_SMALL},
    {"mlp.gate_proj.weight", "ffn_gate.weight", HF_MATRIX},
    {"mlp.up_proj.weight", "ffn_up.weight", HF_MATRIX},
    {"mlp.down_proj.weight", "ffn_down.weight", HF_MATRIX},
    {"mlp.gate.weight", "ffn_gate_inp.weight", HF_SMALL},
    {"mlp.gate.e_score_correction_bias", "exp_probs_b.bias", HF_SMALL},
    {"mlp.shared_experts.gate_proj.weight", "ffn_gate_shexp.weight", HF_MATRIX},
    {"mlp.shared_experts.up_proj.weight", "ffn_up_shexp.weight", HF_MATRIX},
    {"mlp.shared_experts.down_proj.weight", "ffn_down_shexp.weight", HF_MATRIX},
    {.from = NULL},
};

/* The norm before the feed-forward part goes by another name in these families' GGUF files. */
static const struct hf_name post_attention_names[] = {
    {"post_attention_layernorm.weight", "post_attention_norm.weight", HF_SMALL},
    {.from = NULL},
};

static const struct hf_name gemma3_names[] = {
    {"input_layernorm.weight", "attn_norm.weight", HF_SMALL_PLUS_ONE},
    {"post_attention_layernorm.weight", "post_attention_norm.weight", HF_SMALL_PLUS_ONE},
    {"pre_feedforward_layernorm.weight", "ffn_norm.weight", HF_SMALL_PLUS_ONE},
    {"post_feedforward_layernorm.weight", "post_ffw_norm.weight", HF_SMALL_PLUS_ONE},
    {"self_attn.q_norm.weight", "attn_q_norm.weight", HF_SMALL_PLUS_ONE},
    {"self_attn.k_norm.weight", "attn_k_norm.weight", HF_SMALL_PLUS_ONE},
    {"model.norm.weight", "output_norm.weight", HF_SMALL_PLUS_ONE},
    {.from = NULL},
};

static const struct hf_name exaone4_names[] = {
    {"post_attention_layernorm.weight", "post_attention_norm.weight", HF_SMALL},
    {"post_feedforward_layernorm.weight", "post_ffw_norm.weight", HF_SMALL},
    {.from = NULL},
};

static const struct hf_name phi3_names[] = {
    {"self_attn.qkv_proj.weight", "attn_qkv.weight", HF_MATRIX},
    {"mlp.gate_up_proj.weight", "ffn_up.weight", HF_MATRIX},
    {.from = NULL},
};

static const struct hf_name granitemoe_names[] = {
    {"block_sparse_moe.router.layer.weight", "ffn_gate_inp.weight", HF_SMALL},
    {"block_sparse_moe.input_linear.weight", "ffn_gate_up_exps.weight", HF_STACK},
    {"block_sparse_moe.output_linear.weight", "ffn_down_exps.weight", HF_STACK},
    {.from = NULL},
};

static const struct hf_name minimax_names[] = {
    {"block_sparse_moe.gate.weight", "ffn_gate_inp.weight", HF_SMALL},
    {"block_sparse_moe.e_score_correction_bias", "exp_probs_b.bias", HF_SMALL},
    {.from = NULL},
};

static const struct hf_name lfm2_names[] = {
    {"operator_norm.weight", "attn_norm.weight", HF_SMALL},
    {"ffn_norm.weight", "ffn_norm.weight", HF_SMALL},
    {"self_attn.out_proj.weight", "attn_output.weight", HF_MATRIX},
    {"self_attn.q_layernorm.weight", "attn_q_norm.weight", HF_SMALL},
    {"self_attn.k_layernorm.weight", "attn_k_norm.weight", HF_SMALL},
    {"conv.in_proj.weight", "shortconv.in_proj.weight", HF_MATRIX},
    {"conv.out_proj.weight", "shortconv.out_proj.weight", HF_MATRIX},
    {"conv.conv.weight", "shortconv.conv.weight", HF_SMALL},
    {"feed_forward.w1.weight", "ffn_gate.weight", HF_MATRIX},
    {"feed_forward.w3.weight", "ffn_up.weight", HF_MATRIX},
    {"feed_forward.w2.weight", "ffn_down.weight", HF_MATRIX},
    {"model.embedding_norm.weight", "token_embd_norm.weight", HF_SMALL},
    {.from = NULL},
};

static const struct hf_name gpt_oss_names[] = {
    {"post_attention_layernorm.weight", "post_attention_norm.weight", HF_SMALL},
    {"mlp.router.weight", "ffn_gate_inp.weight", HF_SMALL},
    {"mlp.router.bias", "ffn_gate_inp.bias", HF_SMALL},
    {"mlp.experts.gate_up_proj_blocks", "ffn_gate_exps.weight", HF_MXFP4_GATE_UP},
    {"mlp.experts.gate_up_proj_bias", "ffn_gate_exps.bias", HF_GATE_UP_BIAS},
    {"mlp.experts.down_proj_blocks", "ffn_down_exps.weight", HF_MXFP4},
    {"mlp.experts.down_proj_bias", "ffn_down_exps.bias", HF_SMALL},
    {.from = NULL},
};

/* Qwen's hybrids: norms as what they differ from one, but for the one inside linear attention. */
#define QWEN_HYBRID                                                                                \
    {"input_layernorm.weight", "attn_norm.weight", HF_SMALL_PLUS_ONE},                             \
        {"post_attention_layernorm.weight", "post_attention_norm.weight", HF_SMALL_PLUS_ONE},      \
        {"self_attn.q_norm.weight", "attn_q_norm.weight", HF_SMALL_PLUS_ONE},                      \
        {"self_attn.k_norm.weight", "attn_k_norm.weight", HF_SMALL_PLUS_ONE},                      \
        {"model.norm.weight", "output_norm.weight", HF_SMALL_PLUS_ONE},                            \
        {"linear_attn.norm.weight", "ssm_norm.weight", HF_SMALL},                                  \
        {"mlp.shared_expert.gate_proj.weight", "ffn_gate_shexp.weight", HF_MATRIX},                \
        {"mlp.shared_expert.up_proj.weight", "ffn_up_shexp.weight", HF_MATRIX},                    \
        {"mlp.shared_expert.down_proj.weight", "ffn_down_shexp.weight", HF_MATRIX}, {              \
        "mlp.shared_expert_gate.weight", "ffn_gate_inp_shexp.weight", HF_SMALL                     \
    }

static const struct hf_name qwen3_next_names[] = {
    QWEN_HYBRID,
    {"linear_attn.in_proj_qkvz.weight", "attn_qkv.weight", HF_DELTA_QKVZ},
    {"linear_attn.in_proj_ba.weight", "ssm_ba.weight", HF_MATRIX},
    {"linear_attn.conv1d.weight", "ssm_conv1d.weight", HF_SMALL},
    {"linear_attn.dt_bias", "ssm_dt.bias", HF_SMALL},
    {"linear_attn.A_log", "ssm_a", HF_DELTA_DECAY},
    {"linear_attn.out_proj.weight", "ssm_out.weight", HF_MATRIX},
    {.from = NULL},
};

static const struct hf_name qwen3_5_names[] = {
    QWEN_HYBRID,
    {"linear_attn.in_proj_qkv.weight", "attn_qkv.weight", HF_HEADS_QKV},
    {"linear_attn.in_proj_z.weight", "attn_gate.weight", HF_HEADS_ROWS},
    {"linear_attn.in_proj_b.weight", "ssm_beta.weight", HF_HEADS_ONE},
    {"linear_attn.in_proj_a.weight", "ssm_alpha.weight", HF_HEADS_ONE},
    {"linear_attn.conv1d.weight", "ssm_conv1d.weight", HF_HEADS_CONV},
    {"linear_attn.dt_bias", "ssm_dt.bias", HF_HEADS_ONE},
    {"linear_attn.A_log", "ssm_a", HF_HEADS_DECAY},
    {"linear_attn.out_proj.weight", "ssm_out.weight", HF_HEADS_COLUMNS},
    {.from = NULL},
};

/* ---- numbers ---- */

static void put_gemma3(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *local = hf_item(hf_item(c->json, "rope_parameters"), "sliding_attention");
    hf_put_f32(c, h, "rope.freq_base_swa",
               hf_number(local, "rope_theta", hf_number(c->json, "rope_local_base_freq", 10000)));
    double by = hf_number(c->json, "query_pre_attn_scalar", 0);
    if (by > 0) hf_put_f32(c, h, "attention.scale", 1 / sqrt(by));
    double cap = hf_number(c->json, "final_logit_softcapping", 0);
    if (cap > 0) hf_put_f32(c, h, "final_logit_softcapping", cap);
}

static void put_granite(const struct hf_config *c, struct gguf_head *h) {
    static const char *const scales[][2] = {{"embedding_multiplier", "embedding_scale"},
                                            {"residual_multiplier", "residual_scale"},
                                            {"attention_multiplier", "attention.scale"},
                                            {"logits_scaling", "logit_scale"}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        hf_put_f32(c, h, scales[i][1], hf_number(c->json, scales[i][0], 1));
}

static void put_phi3(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *rope = hf_rope(c->json);
    double longest = hf_number(c->json, "max_position_embeddings", 4096);
    double first = hf_number(rope, "original_max_position_embeddings",
                             hf_number(c->json, "original_max_position_embeddings", longest));
    double factor = longest / first;
    if (!c->rope_long) return;
    hf_put_u32(c, h, "rope.scaling.original_context_length", (uint32_t)first);
    double grown = factor > 1 ? sqrt(1 + log(factor) / log(first)) : 1;
    hf_put_f32(c, h, "rope.scaling.attn_factor", hf_number(rope, "attention_factor", grown));
}

/* Queries grow with the logarithm of their place. */
static void put_ministral(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *rope = hf_rope(c->json);
    double beta = hf_number(rope, "llama_4_scaling_beta", 0);
    if (beta > 0) hf_put_f32(c, h, "attention.temperature_scale", beta);
    hf_put_f32(c, h, "rope.scaling.yarn_beta_fast", hf_number(rope, "beta_fast", 32));
    hf_put_f32(c, h, "rope.scaling.yarn_beta_slow", hf_number(rope, "beta_slow", 1));
    hf_put_f32(c, h, "rope.scaling.yarn_log_multiplier", hf_number(rope, "mscale_all_dim", 0));
}

static void put_lfm2(const struct hf_config *c, struct gguf_head *h) {
    hf_put_u32(c, h, "shortconv.l_cache", hf_whole(c->json, "conv_L_cache", 3));
}

static void put_hybrid(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *x;
    uint32_t heads = hf_whole(c->json, "linear_num_value_heads", 0), i = 0;
    hf_put_u32(c, h, "ssm.conv_kernel", hf_whole(c->json, "linear_conv_kernel_dim", 4));
    hf_put_u32(c, h, "ssm.group_count", hf_whole(c->json, "linear_num_key_heads", 0));
    hf_put_u32(c, h, "ssm.time_step_rank", heads);
    hf_put_u32(c, h, "ssm.state_size", hf_whole(c->json, "linear_key_head_dim", 0));
    hf_put_u32(c, h, "ssm.inner_size", heads * hf_whole(c->json, "linear_value_head_dim", 0));
    uint32_t *recurrent = mem_calloc(c->n_layers, sizeof *recurrent);
    uint32_t every = hf_whole(c->json, "full_attention_interval", 4);
    for (i = 0; i < c->n_layers; i++) recurrent[i] = !every || (i + 1) % every != 0;
    i = 0;
    cJSON_ArrayForEach(x, hf_item(c->json, "layer_types")) if (i < c->n_layers) recurrent[i++] =
        cJSON_IsString(x) && strcmp(x->valuestring, "linear_attention") == 0;
    hf_put_u32s(c, h, "attention.recurrent_layers", recurrent, c->n_layers);
    free(recurrent);
}

static const struct hf_family families[] = {
    {"llama", "llama", .permuted = true},
    {"mistral", "llama", .permuted = true},
    {"qwen2", "qwen2", .permuted = false},
    {"qwen3", "qwen3", .permuted = false},
    {"qwen3_moe", "qwen3moe", .permuted = false},
    {"deepseek_v2", "deepseek2", .mla = true},
    {"deepseek_v3", "deepseek2", .mla = true},
    {"kimi_k2", "deepseek2", .mla = true},
    {"glm4_moe_lite", "deepseek2", .mla = true},
    {"gemma3_text", "gemma3", .names = gemma3_names, .put = put_gemma3},
    {"granite", "granite", .permuted = true, .put = put_granite},
    {"granitemoe", "granitemoe", .permuted = true, .names = granitemoe_names, .put = put_granite},
    {"smollm3", "smollm3", .permuted = true},
    {"seed_oss", "seed_oss", .names = post_attention_names},
    {"exaone4", "exaone4", .names = exaone4_names},
    {"phi3", "phi3", .names = phi3_names, .put = put_phi3},
    {"glm4_moe", "glm4moe", .names = post_attention_names},
    {"minimax_m2", "minimax-m2", .names = minimax_names,
     .experts = {"block_sparse_moe.experts", "w1", "w3", "w2"}},
    {"ministral3", "mistral3", .permuted = true, .put = put_ministral},
    {"gpt_oss", "gpt-oss", .names = gpt_oss_names},
    {"qwen3_next", "qwen3next", .names = qwen3_next_names, .put = put_hybrid},
    {"qwen3_5_text", "qwen35", .names = qwen3_5_names, .put = put_hybrid},
    {"qwen3_5_moe_text", "qwen35moe", .names = qwen3_5_names, .put = put_hybrid},
    {"lfm2", "lfm2", .names = lfm2_names, .put = put_lfm2},
};

const struct hf_family *hf_family_find(const char *model_type) {
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].model_type, model_type) == 0) return &families[i];
    return NULL;
}
