/* hf_config: the numbers of config.json under the names that GGUF has for them. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/hf_private.h"

const cJSON *hf_item(const cJSON *j, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(j, key);
}

double hf_number(const cJSON *j, const char *key, double otherwise) {
    const cJSON *x = hf_item(j, key);
    return cJSON_IsNumber(x) ? x->valuedouble : otherwise;
}

bool hf_text_is(const cJSON *j, const char *key, const char *text) {
    const cJSON *x = hf_item(j, key);
    return cJSON_IsString(x) && strcmp(x->valuestring, text) == 0;
}

uint32_t hf_whole(const cJSON *j, const char *key, uint32_t otherwise) {
    double v = hf_number(j, key, otherwise);
    return v >= 0 && v <= INT32_MAX ? (uint32_t)v : otherwise;
}

static bool is_true(const cJSON *j, const char *key) { return cJSON_IsTrue(hf_item(j, key)); }

/* Of two names for a number, the one that is there. */
static uint32_t whole_of(const cJSON *j, const char *key, const char *or_key, uint32_t otherwise) {
    return hf_whole(j, key, hf_whole(j, or_key, otherwise));
}

struct key {
    char s[128];
};

static struct key under(const struct hf_config *c, const char *key) {
    struct key k;
    snprintf(k.s, sizeof k.s, "%s.%s", c->family->arch, key);
    return k;
}

void hf_put_u32(const struct hf_config *c, struct gguf_head *h, const char *key, uint32_t v) {
    gguf_head_u32(h, under(c, key).s, v);
}

void hf_put_f32(const struct hf_config *c, struct gguf_head *h, const char *key, double v) {
    gguf_head_f32(h, under(c, key).s, (float)v);
}

void hf_put_u32s(const struct hf_config *c, struct gguf_head *h, const char *key, const uint32_t *v,
                 uint32_t n) {
    gguf_head_array(h, under(c, key).s, GGUF_U32, n);
    gguf_head_items(h, v, n * sizeof *v);
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

const cJSON *hf_rope(const cJSON *config) {
    const cJSON *together = hf_item(config, "rope_parameters"),
                *full = hf_item(together, "full_attention");
    return full ? full : together ? together : hf_item(config, "rope_scaling");
}

static float *divisors(const cJSON *list, uint32_t n) {
    if (!cJSON_IsArray(list) || (uint32_t)cJSON_GetArraySize(list) != n) return NULL;
    float *d = mem_array(n, sizeof *d);
    const cJSON *x;
    uint32_t i = 0;
    cJSON_ArrayForEach(x, list) d[i++] = (float)x->valuedouble;
    return d;
}

static bool read_longrope(struct hf_config *c, const cJSON *s, struct err *e) {
    c->n_divisors = (uint32_t)cJSON_GetArraySize(hf_item(s, "long_factor"));
    c->rope_short = divisors(hf_item(s, "short_factor"), c->n_divisors);
    c->rope_long = divisors(hf_item(s, "long_factor"), c->n_divisors);
    return (c->n_divisors && c->rope_short && c->rope_long) ||
           err_set(e, "config.json: rope_scaling has no fit short_factor and long_factor");
}

static bool put_rope(struct hf_config *c, struct gguf_head *h, struct err *e) {
    const cJSON *s = hf_rope(c->json);
    const double base = hf_number(s, "rope_theta", hf_number(c->json, "rope_theta", 10000));
    hf_put_f32(c, h, "rope.freq_base", base);
    if (!cJSON_IsObject(s)) return true;
    const char *key = hf_item(s, "rope_type") ? "rope_type" : "type";
    const cJSON *type = hf_item(s, key);
    if (!cJSON_IsString(type) || hf_text_is(s, key, "default")) return true;
    if (hf_text_is(s, key, "longrope")) return read_longrope(c, s, e);
    if (hf_text_is(s, key, "llama3")) {
        c->rope_divisors = llama3_divisors(s, base, c->head_dim);
        c->n_divisors = c->head_dim / 2;
        return true;
    }
    const bool yarn = hf_text_is(s, key, "yarn");
    if (!yarn && !hf_text_is(s, key, "linear"))
        return err_set(e, "config.json: rope_scaling \"%.40s\" is not known", type->valuestring);
    gguf_head_text(h, under(c, "rope.scaling.type").s, type->valuestring,
                   strlen(type->valuestring));
    hf_put_f32(c, h, "rope.scaling.factor", hf_number(s, "factor", 1));
    if (!yarn) return true;
    hf_put_u32(c, h, "rope.scaling.original_context_length",
               hf_whole(s, "original_max_position_embeddings",
                        hf_whole(c->json, "max_position_embeddings", 4096)));
    if (c->family->mla)
        hf_put_f32(c, h, "rope.scaling.yarn_log_multiplier",
                   0.1 * hf_number(s, "mscale_all_dim", 0));
    return true;
}

/* ---- sizes ---- */

static void put_mla(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *j = c->json;
    const uint32_t rope = hf_whole(j, "qk_rope_head_dim", 0), lora = hf_whole(j, "q_lora_rank", 0);
    if (lora) hf_put_u32(c, h, "attention.q_lora_rank", lora);
    hf_put_u32(c, h, "attention.kv_lora_rank", hf_whole(j, "kv_lora_rank", 0));
    hf_put_u32(c, h, "attention.key_length", hf_whole(j, "qk_nope_head_dim", 0) + rope);
    hf_put_u32(c, h, "attention.value_length", hf_whole(j, "v_head_dim", 0));
    hf_put_u32(c, h, "rope.dimension_count", rope);
}

/* Where the config is silent, DeepSeek-V2 takes the softmax and what came after it the sigmoid;
 * other families' rules are the engine's own. */
static uint32_t gating(const struct hf_config *c) {
    if (hf_item(c->json, "scoring_func"))
        return hf_text_is(c->json, "scoring_func", "sigmoid") ? 2 : 1;
    return !c->family->mla ? 0 : hf_text_is(c->json, "model_type", "deepseek_v2") ? 1 : 2;
}

static void put_experts(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *j = c->json;
    hf_put_u32(c, h, "expert_count", c->n_experts);
    hf_put_u32(c, h, "expert_used_count",
               whole_of(j, "num_experts_per_tok", "num_experts_per_token", 1));
    hf_put_u32(c, h, "expert_feed_forward_length",
               whole_of(j, "moe_intermediate_size", "intermediate_size", 0));
    if (c->n_lead_dense) hf_put_u32(c, h, "leading_dense_block_count", c->n_lead_dense);
    if (hf_whole(j, "n_shared_experts", 0))
        hf_put_u32(c, h, "expert_shared_count", hf_whole(j, "n_shared_experts", 0));
    if (hf_item(j, "routed_scaling_factor"))
        hf_put_f32(c, h, "expert_weights_scale", hf_number(j, "routed_scaling_factor", 1));
    if (hf_item(j, "norm_topk_prob"))
        gguf_head_bool(h, under(c, "expert_weights_norm").s, is_true(j, "norm_topk_prob"));
    if (gating(c)) hf_put_u32(c, h, "expert_gating_func", gating(c));
    if (hf_whole(j, "n_group", 0) > 1 && !hf_text_is(j, "topk_method", "greedy")) {
        hf_put_u32(c, h, "expert_group_count", hf_whole(j, "n_group", 0));
        hf_put_u32(c, h, "expert_group_used_count", hf_whole(j, "topk_group", 0));
    }
}

/* Blocks that see only a window, where the config names the kind of each. */
static void put_windows(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *types = hf_item(c->json, "layer_types"), *x;
    uint32_t *slides = mem_calloc(c->n_layers, sizeof *slides), i = 0, n = 0;
    cJSON_ArrayForEach(x, types) if (i < c->n_layers) {
        slides[i] = cJSON_IsString(x) && strcmp(x->valuestring, "sliding_attention") == 0;
        n += slides[i++];
    }
    if (n) {
        hf_put_u32(c, h, "attention.sliding_window", hf_whole(c->json, "sliding_window", 0));
        hf_put_u32s(c, h, "attention.sliding_window_pattern", slides, c->n_layers);
    }
    free(slides);
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
        gguf_head_u32(h, "general.sampling.top_k", hf_whole(g, "top_k", 0));
}

/* LFM2 says how wide its feed-forward part was before two thirds of it were taken and rounded. */
static uint32_t feed_forward(const cJSON *j) {
    uint32_t n = whole_of(j, "intermediate_size", "block_ff_dim", 0);
    uint32_t step = hf_whole(j, "block_multiple_of", 0);
    if (!is_true(j, "block_auto_adjust_ff_dim") || !step) return n;
    n = (uint32_t)(hf_number(j, "block_ffn_dim_multiplier", 1) * (uint32_t)(2.0 * n / 3));
    return (n + step - 1) / step * step;
}

/* The part of a head that turns. */
static uint32_t turning(const struct hf_config *c) {
    double share = hf_number(hf_rope(c->json), "partial_rotary_factor",
                             hf_number(c->json, "partial_rotary_factor", 1));
    return hf_whole(c->json, "rotary_dim", (uint32_t)(c->head_dim * share));
}

/* Blocks that convolve have no key heads. */
static void put_key_heads(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *x;
    uint32_t *heads = mem_calloc(c->n_layers, sizeof *heads), i = 0, n = 0;
    cJSON_ArrayForEach(x, hf_item(c->json, "layer_types")) if (i < c->n_layers) {
        bool convolves = cJSON_IsString(x) && strcmp(x->valuestring, "conv") == 0;
        heads[i++] = convolves ? 0 : c->n_head_kv;
        n += convolves;
    }
    if (n)
        hf_put_u32s(c, h, "attention.head_count_kv", heads, c->n_layers);
    else
        hf_put_u32(c, h, "attention.head_count_kv", c->n_head_kv);
    free(heads);
}

static void put_numbers(const struct hf_config *c, struct gguf_head *h) {
    const cJSON *j = c->json;
    hf_put_u32(c, h, "context_length", hf_whole(j, "max_position_embeddings", 4096));
    hf_put_u32(c, h, "embedding_length", hf_whole(j, "hidden_size", 0));
    hf_put_u32(c, h, "block_count", c->n_layers);
    hf_put_u32(c, h, "feed_forward_length", feed_forward(j));
    hf_put_u32(c, h, "attention.head_count", c->n_head);
    put_key_heads(c, h);
    hf_put_f32(c, h, "attention.layer_norm_rms_epsilon",
               hf_number(j, "rms_norm_eps", hf_number(j, "norm_eps", 1e-6)));
    hf_put_u32(c, h, "vocab_size", hf_whole(j, "vocab_size", 0));
    if (c->family->mla) {
        put_mla(c, h);
    } else {
        hf_put_u32(c, h, "attention.key_length", c->head_dim);
        hf_put_u32(c, h, "attention.value_length", c->head_dim);
        hf_put_u32(c, h, "rope.dimension_count", turning(c));
    }
    if (c->n_experts) put_experts(c, h);
    put_windows(c, h);
    if (c->family->put) c->family->put(c, h);
}

static void read_blocks(struct hf_config *c) {
    const cJSON *block = hf_item(hf_item(c->root, "quantization_config"), "weight_block_size");
    c->fp8_rows = c->fp8_columns = 128;
    if (!cJSON_IsArray(block) || cJSON_GetArraySize(block) != 2) return;
    double rows = cJSON_GetArrayItem(block, 0)->valuedouble,
           columns = cJSON_GetArrayItem(block, 1)->valuedouble;
    if (rows >= 1 && rows <= 65536) c->fp8_rows = (uint32_t)rows;
    if (columns >= 1 && columns <= 65536) c->fp8_columns = (uint32_t)columns;
}

static void read_sizes(struct hf_config *c) {
    const cJSON *j = c->json;
    c->n_layers = hf_whole(j, "num_hidden_layers", 0);
    c->n_head = hf_whole(j, "num_attention_heads", 0);
    c->n_head_kv = hf_whole(j, "num_key_value_heads", c->n_head);
    c->head_dim =
        hf_whole(j, "head_dim", c->n_head ? hf_whole(j, "hidden_size", 0) / c->n_head : 0);
    c->n_experts =
        hf_whole(j, "n_routed_experts", whole_of(j, "num_experts", "num_local_experts", 0));
    c->n_lead_dense = hf_whole(j, "first_k_dense_replace", 0);
    c->tied = is_true(hf_item(j, "tie_word_embeddings") ? j : c->root, "tie_word_embeddings");
    read_blocks(c);
}

/* A model that also sees keeps the numbers of its text model apart. */
static bool find_family(struct hf_config *c, struct err *e) {
    const cJSON *text = hf_item(c->root, "text_config");
    c->json = cJSON_IsObject(text) ? text : c->root;
    const char *type = cJSON_GetStringValue(hf_item(c->json, "model_type"));
    c->family = type ? hf_family_find(type) : NULL;
    return c->family ||
           err_set(e, "config.json: model_type \"%.40s\" is not read from a folder; a GGUF file is",
                   type ? type : "");
}

bool hf_config_read(const char *folder, struct hf_config *c, struct gguf_head *h, struct err *e) {
    if (!hf_json(folder, "config.json", true, &c->root, e) ||
        !hf_json(folder, "generation_config.json", false, &c->generation, e) || !find_family(c, e))
        return false;
    read_sizes(c);
    if (!c->n_layers || c->n_layers > 4096 || !c->n_head || c->n_head > 65536 || !c->n_head_kv ||
        c->head_dim % 2 || c->head_dim > 65536 || (!c->family->mla && !c->head_dim) ||
        c->n_experts > 65536)
        return err_set(e, "config.json: %u layers with %u heads of %u", c->n_layers, c->n_head,
                       c->head_dim);
    const char *slash = strrchr(folder, '/'), *name = slash && slash[1] ? slash + 1 : folder;
    gguf_head_text(h, "general.architecture", c->family->arch, strlen(c->family->arch));
    gguf_head_text(h, "general.name", name, strlen(name));
    if (c->generation) put_sampling(h, c->generation);
    if (!put_rope(c, h, e)) return false;
    put_numbers(c, h);
    return true;
}

void hf_config_done(struct hf_config *c) {
    cJSON_Delete(c->root);
    cJSON_Delete(c->generation);
    free(c->rope_divisors);
    free(c->rope_short);
    free(c->rope_long);
}
