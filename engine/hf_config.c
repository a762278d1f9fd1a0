/* hf_config: the numbers of config.json under the names that GGUF has for them. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/hf_private.h"

static const struct hf_family families[] = {
    {"llama", "llama", true, false},           {"mistral", "llama", true, false},
    {"qwen2", "qwen2", false, false},          {"qwen3", "qwen3", false, false},
    {"qwen3_moe", "qwen3moe", false, false},   {"deepseek_v2", "deepseek2", false, true},
    {"deepseek_v3", "deepseek2", false, true},
};

double hf_number(const cJSON *j, const char *key, double otherwise) {
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(j, key);
    return cJSON_IsNumber(x) ? x->valuedouble : otherwise;
}

bool hf_text_is(const cJSON *j, const char *key, const char *text) {
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(j, key);
    return cJSON_IsString(x) && strcmp(x->valuestring, text) == 0;
}

static uint32_t whole(const cJSON *j, const char *key, uint32_t otherwise) {
    double v = hf_number(j, key, otherwise);
    return v >= 0 && v <= INT32_MAX ? (uint32_t)v : otherwise;
}

static bool is_true(const cJSON *j, const char *key) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(j, key));
}

struct writer {
    struct gguf_head *h;
    const char *arch;
};

struct key {
    char s[128];
};

static struct key under(const struct writer *w, const char *key) {
    struct key k;
    snprintf(k.s, sizeof k.s, "%s.%s", w->arch, key);
    return k;
}

static void put_u32(const struct writer *w, const char *key, uint32_t v) {
    gguf_head_u32(w->h, under(w, key).s, v);
}

static void put_f32(const struct writer *w, const char *key, double v) {
    gguf_head_f32(w->h, under(w, key).s, (float)v);
}

/* ---- rope ---- */

/* Llama 3.1: low frequencies are divided, high ones kept, those between blended. */
static float *llama3_divisors(const cJSON *s, double base, uint32_t head_dim) {
    const double factor = hf_number(s, "factor", 8), low = hf_number(s, "low_freq_factor", 1),
                 high = hf_number(s, "high_freq_factor", 4),
                 n_orig = hf_number(s, "original_max_position_embeddings", 8192);
    float *d = mem_array(head_dim / 2, sizeof *d);
    for (uint32_t i = 0; i < head_dim / 2; i++) {
        double length = 2 * 3.14159265358979323846 * pow(base, 2.0 * i / head_dim);
        double smooth = (n_orig / length - low) / (high - low);
        d[i] = (float)(length < n_orig / high  ? 1
                       : length > n_orig / low ? factor
                                               : 1 / ((1 - smooth) / factor + smooth));
    }
    return d;
}

static bool put_rope(const struct writer *w, struct hf_config *c, struct err *e) {
    /* Newer configs keep the base and the scaling together. */
    const cJSON *together = cJSON_GetObjectItemCaseSensitive(c->json, "rope_parameters");
    const cJSON *s = cJSON_GetObjectItemCaseSensitive(c->json, "rope_scaling");
    const double base = hf_number(together, "rope_theta", hf_number(c->json, "rope_theta", 10000));
    if (cJSON_IsObject(together)) s = together;
    put_f32(w, "rope.freq_base", base);
    if (!cJSON_IsObject(s)) return true;
    const char *key = cJSON_GetObjectItemCaseSensitive(s, "rope_type") ? "rope_type" : "type";
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(s, key);
    if (!cJSON_IsString(type) || hf_text_is(s, key, "default")) return true;
    if (hf_text_is(s, key, "llama3")) {
        c->rope_divisors = llama3_divisors(s, base, c->head_dim);
        return true;
    }
    const bool yarn = hf_text_is(s, key, "yarn");
    if (!yarn && !hf_text_is(s, key, "linear"))
        return err_set(e, "config.json: rope_scaling \"%.40s\" is not known", type->valuestring);
    struct key k = under(w, "rope.scaling.type");
    gguf_head_text(w->h, k.s, type->valuestring, strlen(type->valuestring));
    put_f32(w, "rope.scaling.factor", hf_number(s, "factor", 1));
    if (!yarn) return true;
    put_u32(w, "rope.scaling.original_context_length",
            whole(s, "original_max_position_embeddings",
                  whole(c->json, "max_position_embeddings", 4096)));
    if (c->family->mla)
        put_f32(w, "rope.scaling.yarn_log_multiplier", 0.1 * hf_number(s, "mscale_all_dim", 0));
    return true;
}

/* ---- sizes ---- */

static void put_mla(const struct writer *w, const cJSON *j) {
    const uint32_t rope = whole(j, "qk_rope_head_dim", 0);
    if (whole(j, "q_lora_rank", 0)) put_u32(w, "attention.q_lora_rank", whole(j, "q_lora_rank", 0));
    put_u32(w, "attention.kv_lora_rank", whole(j, "kv_lora_rank", 0));
    put_u32(w, "attention.key_length", whole(j, "qk_nope_head_dim", 0) + rope);
    put_u32(w, "attention.value_length", whole(j, "v_head_dim", 0));
    put_u32(w, "rope.dimension_count", rope);
}

static void put_experts(const struct writer *w, struct hf_config *c) {
    const cJSON *j = c->json;
    put_u32(w, "expert_count", c->n_experts);
    put_u32(w, "expert_used_count", whole(j, "num_experts_per_tok", 1));
    put_u32(w, "expert_feed_forward_length", whole(j, "moe_intermediate_size", 0));
    if (!c->family->mla) return;
    put_u32(w, "leading_dense_block_count", c->n_lead_dense);
    put_u32(w, "expert_shared_count", whole(j, "n_shared_experts", 0));
    put_f32(w, "expert_weights_scale", hf_number(j, "routed_scaling_factor", 1));
    gguf_head_bool(w->h, under(w, "expert_weights_norm").s, is_true(j, "norm_topk_prob"));
    put_u32(w, "expert_gating_func", hf_text_is(j, "scoring_func", "sigmoid") ? 2 : 1);
    if (whole(j, "n_group", 0) > 1 && !hf_text_is(j, "topk_method", "greedy")) {
        put_u32(w, "expert_group_count", whole(j, "n_group", 0));
        put_u32(w, "expert_group_used_count", whole(j, "topk_group", 0));
    }
}

static void put_sampling(struct gguf_head *h, const cJSON *g) {
    static const char *const floats[][2] = {
        {"temperature", "general.sampling.temp"},
        {"top_p", "general.sampling.top_p"},
        {"min_p", "general.sampling.min_p"},
        {"repetition_penalty", "general.sampling.penalty_repeat"}};
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        double v = hf_number(g, floats[i][0], -1);
        if (v >= 0) gguf_head_f32(h, floats[i][1], (float)v);
    }
    if (hf_number(g, "top_k", -1) >= 0)
        gguf_head_u32(h, "general.sampling.top_k", whole(g, "top_k", 0));
}

static void put_numbers(struct hf_config *c, const struct writer *w) {
    const cJSON *j = c->json;
    put_u32(w, "context_length", whole(j, "max_position_embeddings", 4096));
    put_u32(w, "embedding_length", whole(j, "hidden_size", 0));
    put_u32(w, "block_count", c->n_layers);
    put_u32(w, "feed_forward_length", whole(j, "intermediate_size", 0));
    put_u32(w, "attention.head_count", c->n_head);
    put_u32(w, "attention.head_count_kv", c->n_head_kv);
    put_f32(w, "attention.layer_norm_rms_epsilon", hf_number(j, "rms_norm_eps", 1e-6));
    put_u32(w, "vocab_size", whole(j, "vocab_size", 0));
    if (c->family->mla) {
        put_mla(w, j);
    } else {
        put_u32(w, "attention.key_length", c->head_dim);
        put_u32(w, "attention.value_length", c->head_dim);
        put_u32(w, "rope.dimension_count", c->head_dim);
    }
    if (c->n_experts) put_experts(w, c);
}

static void read_sizes(struct hf_config *c) {
    const cJSON *j = c->json, *q = cJSON_GetObjectItemCaseSensitive(j, "quantization_config"),
                *block = cJSON_GetObjectItemCaseSensitive(q, "weight_block_size");
    c->n_layers = whole(j, "num_hidden_layers", 0);
    c->n_head = whole(j, "num_attention_heads", 0);
    c->n_head_kv = whole(j, "num_key_value_heads", c->n_head);
    c->head_dim = whole(j, "head_dim", c->n_head ? whole(j, "hidden_size", 0) / c->n_head : 0);
    c->n_experts = c->family->mla ? whole(j, "n_routed_experts", 0) : whole(j, "num_experts", 0);
    c->n_lead_dense = whole(j, "first_k_dense_replace", 0);
    c->tied = is_true(j, "tie_word_embeddings");
    c->fp8_rows = c->fp8_columns = 128;
    if (cJSON_IsArray(block) && cJSON_GetArraySize(block) == 2) {
        double rows = cJSON_GetArrayItem(block, 0)->valuedouble,
               columns = cJSON_GetArrayItem(block, 1)->valuedouble;
        if (rows >= 1 && rows <= 65536) c->fp8_rows = (uint32_t)rows;
        if (columns >= 1 && columns <= 65536) c->fp8_columns = (uint32_t)columns;
    }
}

static bool find_family(struct hf_config *c, struct err *e) {
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(c->json, "model_type");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (hf_text_is(c->json, "model_type", families[i].model_type)) c->family = &families[i];
    if (c->family) return true;
    return err_set(e, "config.json: model_type \"%.40s\" is not read from a folder; a GGUF file is",
                   cJSON_IsString(type) ? type->valuestring : "");
}

bool hf_config_read(const char *folder, struct hf_config *c, struct gguf_head *h, struct err *e) {
    if (!hf_json(folder, "config.json", true, &c->json, e) ||
        !hf_json(folder, "generation_config.json", false, &c->generation, e) || !find_family(c, e))
        return false;
    read_sizes(c);
    if (!c->n_layers || c->n_layers > 4096 || !c->n_head || c->n_head > 65536 || !c->n_head_kv ||
        c->head_dim % 2 || c->head_dim > 65536 || (!c->family->mla && !c->head_dim) ||
        c->n_experts > 65536)
        return err_set(e, "config.json: %u layers with %u heads of %u", c->n_layers, c->n_head,
                       c->head_dim);
    const struct writer w = {h, c->family->arch};
    const char *slash = strrchr(folder, '/'), *name = slash && slash[1] ? slash + 1 : folder;
    gguf_head_text(h, "general.architecture", w.arch, strlen(w.arch));
    gguf_head_text(h, "general.name", name, strlen(name));
    put_numbers(c, &w);
    if (c->generation) put_sampling(h, c->generation);
    return put_rope(&w, c, e);
}

void hf_config_done(struct hf_config *c) {
    cJSON_Delete(c->json);
    cJSON_Delete(c->generation);
    free(c->rope_divisors);
}
