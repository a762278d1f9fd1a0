/* Folders as Hugging Face publishes them: models of known numbers are written as such a folder,
 * and what is read from it must be those numbers and sizes; damaged files are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/hf_folder.h"
#include "engine/model.h"
#include "engine/quant.h"
#include "engine/safetensors.h"

static char dir[] = "/tmp/aside-folder-XXXXXX";

static void write_file(const char *name, const void *bytes, size_t n) {
    struct str path = STR_INIT;
    str_addf(&path, "%s/%s", dir, name);
    FILE *f = fopen(path.s, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    str_free(&path);
}

static void write_json(const char *name, cJSON *j) {
    char *text = cJSON_PrintUnformatted(j);
    write_file(name, text, strlen(text));
    free(text);
    cJSON_Delete(j);
}

/* ---- writing safetensors ---- */

struct shard {
    cJSON *header;
    struct str data;
};

static void put(struct shard *s, const char *name, const char *type, int n_dims,
                const uint64_t *shape, const void *data, size_t bytes) {
    cJSON *t = cJSON_AddObjectToObject(s->header, name);
    cJSON_AddStringToObject(t, "dtype", type);
    cJSON *dims = cJSON_AddArrayToObject(t, "shape"), *place;
    for (int i = 0; i < n_dims; i++)
        cJSON_AddItemToArray(dims, cJSON_CreateNumber((double)shape[i]));
    place = cJSON_AddArrayToObject(t, "data_offsets");
    cJSON_AddItemToArray(place, cJSON_CreateNumber((double)s->data.len));
    str_addn(&s->data, data, bytes);
    cJSON_AddItemToArray(place, cJSON_CreateNumber((double)s->data.len));
}

static void save(struct shard *s, const char *name) {
    char *text = cJSON_PrintUnformatted(s->header);
    struct str all = STR_INIT;
    uint64_t n = (strlen(text) + 7) / 8 * 8;
    str_addn(&all, &n, 8);
    str_add(&all, text);
    while (all.len < 8 + n) str_addc(&all, ' ');
    str_addn(&all, s->data.s, s->data.len);
    write_file(name, all.s, all.len);
    free(text);
    str_free(&all);
    str_free(&s->data);
    cJSON_Delete(s->header);
}

/* ---- a GGUF model as a folder ---- */

static const struct {
    const char *ours, *theirs;
} names[] = {
    {"attn_norm.weight", "input_layernorm.weight"},
    {"ffn_norm.weight", "post_attention_layernorm.weight"},
    {"attn_q.", "self_attn.q_proj."},
    {"attn_k.", "self_attn.k_proj."},
    {"attn_v.", "self_attn.v_proj."},
    {"attn_output.", "self_attn.o_proj."},
    {"attn_q_norm.", "self_attn.q_norm."},
    {"attn_k_norm.", "self_attn.k_norm."},
    {"attn_q_a.", "self_attn.q_a_proj."},
    {"attn_q_a_norm.", "self_attn.q_a_layernorm."},
    {"attn_q_b.", "self_attn.q_b_proj."},
    {"attn_kv_a_mqa.", "self_attn.kv_a_proj_with_mqa."},
    {"attn_kv_a_norm.", "self_attn.kv_a_layernorm."},
    {"attn_kv_b.", "self_attn.kv_b_proj."},
    {"ffn_gate.", "mlp.gate_proj."},
    {"ffn_up.", "mlp.up_proj."},
    {"ffn_down.", "mlp.down_proj."},
    {"ffn_gate_inp.", "mlp.gate."},
    {"exp_probs_b.bias", "mlp.gate.e_score_correction_bias"},
    {"ffn_gate_shexp.", "mlp.shared_experts.gate_proj."},
    {"ffn_up_shexp.", "mlp.shared_experts.up_proj."},
    {"ffn_down_shexp.", "mlp.shared_experts.down_proj."},
};

static const char *type_name(uint32_t type) {
    return type == TENSOR_F32 ? "F32" : type == TENSOR_F16 ? "F16" : "BF16";
}

/* From pairs back to halves, as the original has them. */
static void *unpaired(const struct gguf_tensor *t, uint32_t head_dim) {
    size_t row = quant_row_bytes(t->type, t->ne[0]), n = head_dim;
    char *out = mem_alloc(t->bytes);
    for (size_t r = 0; r < t->ne[1]; r++) {
        size_t h = r / n, k = r % n;
        memcpy(out + (h * n + k % 2 * (n / 2) + k / 2) * row, (const char *)t->data + r * row, row);
    }
    return out;
}

static void put_experts(struct shard *s, unsigned block, const char *part,
                        const struct gguf_tensor *t) {
    char name[128];
    uint64_t shape[2] = {t->ne[1], t->ne[0]};
    size_t bytes = t->bytes / t->ne[2];
    for (uint64_t i = 0; i < t->ne[2]; i++) {
        snprintf(name, sizeof name, "model.layers.%u.mlp.experts.%u.%s_proj.weight", block,
                 (unsigned)i, part);
        put(s, name, type_name(t->type), 2, shape, (const char *)t->data + i * bytes, bytes);
    }
}

static void put_tensor(struct shard *s, const struct gguf_tensor *t, bool permuted,
                       uint32_t head_dim) {
    char *name = gguf_string_dup(t->name), part[16], theirs[128] = "";
    const char *tail = strchr(name, '.');
    unsigned block;
    uint64_t shape[2] = {t->n_dims == 2 ? t->ne[1] : t->ne[0], t->ne[0]};
    void *turned = NULL;
    if (sscanf(name, "blk.%u.", &block) != 1) {
        strcpy(theirs, strcmp(name, "token_embd.weight") == 0    ? "model.embed_tokens.weight"
                       : strcmp(name, "output_norm.weight") == 0 ? "model.norm.weight"
                                                                 : "lm_head.weight");
    } else if (sscanf(tail = strchr(tail + 1, '.') + 1, "ffn_%15[a-z]_exps", part) == 1 &&
               strstr(tail, "_exps")) {
        put_experts(s, block, part, t);
    } else {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strncmp(tail, names[i].ours, strlen(names[i].ours)) == 0)
                snprintf(theirs, sizeof theirs, "model.layers.%u.%s%s", block, names[i].theirs,
                         tail + strlen(names[i].ours));
        assert_true(theirs[0]);
        if (permuted && (strstr(name, "attn_q.weight") || strstr(name, "attn_k.weight")))
            turned = unpaired(t, head_dim);
    }
    if (theirs[0] && strcmp(name, "rope_freqs.weight") != 0)
        put(s, theirs, type_name(t->type), (int)t->n_dims, shape, turned ? turned : t->data,
            t->bytes);
    free(turned);
    free(name);
}

static double number(const struct gguf *g, const char *arch, const char *key) {
    char full[128];
    float v = 0;
    bool b = false;
    snprintf(full, sizeof full, "%s.%s", arch, key);
    if (gguf_bool(g, full, &b)) return b;
    return gguf_f32(g, full, &v) ? (double)v : 0;
}

static void write_config(const struct gguf *g, const char *arch, const char *type) {
    static const struct {
        const char *theirs, *ours;
    } keys[] = {{"max_position_embeddings", "context_length"},
                {"hidden_size", "embedding_length"},
                {"num_hidden_layers", "block_count"},
                {"intermediate_size", "feed_forward_length"},
                {"num_attention_heads", "attention.head_count"},
                {"num_key_value_heads", "attention.head_count_kv"},
                {"rms_norm_eps", "attention.layer_norm_rms_epsilon"},
                {"rope_theta", "rope.freq_base"},
                {"vocab_size", "vocab_size"},
                {"num_experts_per_tok", "expert_used_count"},
                {"moe_intermediate_size", "expert_feed_forward_length"},
                {"q_lora_rank", "attention.q_lora_rank"},
                {"kv_lora_rank", "attention.kv_lora_rank"},
                {"qk_rope_head_dim", "rope.dimension_count"},
                {"v_head_dim", "attention.value_length"},
                {"first_k_dense_replace", "leading_dense_block_count"},
                {"n_shared_experts", "expert_shared_count"},
                {"routed_scaling_factor", "expert_weights_scale"}};
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "model_type", type);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (number(g, arch, keys[i].ours) != 0)
            cJSON_AddNumberToObject(j, keys[i].theirs, number(g, arch, keys[i].ours));
    double experts = number(g, arch, "expert_count");
    cJSON_AddNumberToObject(j, "num_experts", experts);
    cJSON_AddNumberToObject(j, "n_routed_experts", experts);
    cJSON_AddNumberToObject(j, "qk_nope_head_dim",
                            number(g, arch, "attention.key_length") -
                                number(g, arch, "rope.dimension_count"));
    if (number(g, arch, "rope.scaling.factor") > 0) {
        cJSON *s = cJSON_AddObjectToObject(j, "rope_scaling");
        cJSON_AddStringToObject(s, "type", "yarn");
        cJSON_AddNumberToObject(s, "factor", number(g, arch, "rope.scaling.factor"));
        cJSON_AddNumberToObject(s, "original_max_position_embeddings",
                                number(g, arch, "rope.scaling.original_context_length"));
        cJSON_AddNumberToObject(s, "mscale_all_dim",
                                10 * number(g, arch, "rope.scaling.yarn_log_multiplier"));
    }
    if (gguf_tensor(g, "rope_freqs.weight")) {
        cJSON *s = cJSON_AddObjectToObject(j, "rope_scaling");
        cJSON_AddStringToObject(s, "rope_type", "llama3");
        cJSON_AddNumberToObject(s, "factor", 8);
        cJSON_AddNumberToObject(s, "original_max_position_embeddings", 64);
    }
    write_json("config.json", j);
}

static void write_tokenizer(const struct gguf *g, const char *regex) {
    const struct gguf_entry *tokens = gguf_find(g, "tokenizer.ggml.tokens"),
                            *types = gguf_find(g, "tokenizer.ggml.token_type"),
                            *merges = gguf_find(g, "tokenizer.ggml.merges");
    cJSON *j = cJSON_CreateObject(), *model = cJSON_AddObjectToObject(j, "model"),
          *vocab = cJSON_AddObjectToObject(model, "vocab"),
          *list = cJSON_AddArrayToObject(model, "merges"),
          *added = cJSON_AddArrayToObject(j, "added_tokens"),
          *pre = cJSON_AddObjectToObject(j, "pre_tokenizer"),
          *steps = cJSON_AddArrayToObject(pre, "pretokenizers"), *step = cJSON_CreateObject();
    for (uint64_t i = 0; i < tokens->n; i++) {
        char *text = gguf_string_dup(tokens->strings[i]);
        int64_t type = 1;
        gguf_item_i64(types, i, &type);
        if (type == 1) {
            cJSON_AddNumberToObject(vocab, text, (double)i);
        } else {
            cJSON *t = cJSON_CreateObject();
            cJSON_AddNumberToObject(t, "id", (double)i);
            cJSON_AddStringToObject(t, "content", text);
            cJSON_AddBoolToObject(t, "special", type == 3);
            cJSON_AddItemToArray(added, t);
        }
        free(text);
    }
    for (uint64_t i = 0; i < merges->n; i++) {
        char *text = gguf_string_dup(merges->strings[i]), *space = strchr(text + 1, ' ');
        if (i % 2) {
            cJSON_AddItemToArray(list, cJSON_CreateString(text));
        } else { /* the newer spelling */
            cJSON *pair = cJSON_CreateArray();
            *space = '\0';
            cJSON_AddItemToArray(pair, cJSON_CreateString(text));
            cJSON_AddItemToArray(pair, cJSON_CreateString(space + 1));
            cJSON_AddItemToArray(list, pair);
        }
        free(text);
    }
    cJSON_AddStringToObject(step, "type", "Split");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(step, "pattern"), "Regex", regex);
    cJSON_AddItemToArray(steps, step);
    cJSON_AddItemToArray(steps, step = cJSON_CreateObject());
    cJSON_AddStringToObject(step, "type", "ByteLevel");
    cJSON_AddStringToObject(pre, "type", "Sequence");
    write_json("tokenizer.json", j);

    struct gguf_string template;
    assert_true(gguf_str(g, "tokenizer.chat_template", &template));
    write_file("chat_template.jinja", template.s, template.len);
    char *bos = gguf_string_dup(tokens->strings[0]), *eos = gguf_string_dup(tokens->strings[3]);
    j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "bos_token", bos);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(j, "eos_token"), "content", eos);
    cJSON_AddBoolToObject(j, "add_bos_token", false);
    write_json("tokenizer_config.json", j);
    free(bos);
    free(eos);
}

#define WORDS                                                                                      \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"                       \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static void write_folder(const struct gguf *g, const char *arch, const char *type, int n_shards) {
    struct shard shards[2] = {{cJSON_CreateObject(), {0}}, {cJSON_CreateObject(), {0}}};
    static const char *const files[] = {"model-00001-of-00002.safetensors",
                                        "model-00002-of-00002.safetensors"};
    uint32_t head_dim =
        (uint32_t)(number(g, arch, "embedding_length") / number(g, arch, "attention.head_count"));
    for (uint64_t i = 0; i < g->n_tensors; i++)
        put_tensor(&shards[(int)i % n_shards], &g->tensors[i], strcmp(type, "llama") == 0,
                   head_dim);
    cJSON *index = cJSON_CreateObject(), *map = cJSON_AddObjectToObject(index, "weight_map"), *t;
    for (int i = 0; i < n_shards; i++) {
        cJSON_ArrayForEach(t, shards[i].header) cJSON_AddStringToObject(map, t->string, files[i]);
        save(&shards[i], n_shards == 1 ? "model.safetensors" : files[i]);
    }
    if (n_shards == 1)
        cJSON_Delete(index);
    else
        write_json("model.safetensors.index.json", index);
    if (n_shards == 1) cJSON_Delete(shards[1].header);
    write_config(g, arch, type);
    write_tokenizer(g, WORDS);
}

static void clear_dir(void) {
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s/*", dir);
    assert_int_equal(system(line), 0);
}

/* ---- the same numbers ---- */

static void compare(const struct gguf *a, const struct gguf *b) {
    assert_int_equal(a->n_tensors, b->n_tensors);
    for (uint64_t i = 0; i < a->n_tensors; i++) {
        const struct gguf_tensor *t = &a->tensors[i], *u;
        char *name = gguf_string_dup(t->name);
        u = gguf_tensor(b, name);
        if (!u) fail_msg("no %s", name);
        size_t n = t->ne[0] * t->ne[1] * t->ne[2];
        float *x = mem_array(n, sizeof *x), *y = mem_array(n, sizeof *y);
        assert_memory_equal(t->ne, u->ne, sizeof t->ne);
        quant_type(t->type)->dequantize(t->data, x, n);
        quant_type(u->type)->dequantize(u->data, y, n);
        if (strcmp(name, "rope_freqs.weight") != 0 && memcmp(x, y, n * sizeof *x) != 0)
            fail_msg("%s: other numbers", name);
        free(x);
        free(y);
        free(name);
    }
}

static void read_back(const char *golden, const char *arch, const char *type, int n_shards) {
    struct err e = {0};
    struct str path = STR_INIT;
    str_addf(&path, "../shared/goldens/%s.gguf", golden);
    if (access(path.s, R_OK) != 0) {
        str_free(&path);
        skip();
    }
    struct gguf *g = gguf_open(path.s, &e);
    if (!g) fail_msg("%s", e.msg);
    clear_dir();
    write_folder(g, arch, type, n_shards);
    struct gguf *f = hf_open(dir, &e);
    if (!f) fail_msg("%s", e.msg);
    compare(g, f);
    struct model *m = model_open(dir, &e), *original = model_open(path.s, &e);
    if (!m || !original) fail_msg("%s", e.msg);
    const struct model_info *x = model_info(m), *y = model_info(original);
    assert_int_equal(x->n_params, y->n_params);
    assert_int_equal(x->kv_bytes_per_token, y->kv_bytes_per_token);
    assert_true(x->has_template && x->has_tokenizer);
    const char text[] = "The cat <|im_start|>sat on 1234 mats.\n\nDon't!";
    struct tokens a = {0}, b = {0};
    tokenizer_encode(model_tokenizer(m), text, strlen(text), TOKENIZE_SPECIAL, &a);
    if (strcmp(arch, "llama") == 0) { /* the same regex */
        tokenizer_encode(model_tokenizer(original), text, strlen(text), TOKENIZE_SPECIAL, &b);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.ids, b.ids, a.n * sizeof *a.ids);
    }
    tokens_free(&a);
    tokens_free(&b);
    model_close(m);
    model_close(original);
    gguf_close(f);
    gguf_close(g);
    str_free(&path);
}

static void llama_is_the_same_from_a_folder(void **state) {
    (void)state;
    read_back("llama-f32", "llama", "llama", 1);
    read_back("llama-bf16", "llama", "llama", 2);
}

static void qwen_is_the_same_from_a_folder(void **state) {
    (void)state;
    read_back("qwen2-f16", "qwen2", "qwen2", 2);
    read_back("qwen3-f16", "qwen3", "qwen3", 1);
}

static void experts_are_stacked(void **state) {
    (void)state;
    read_back("qwen3moe-f16", "qwen3moe", "qwen3_moe", 2);
}

static void deepseek_is_the_same_from_a_folder(void **state) {
    (void)state;
    read_back("deepseek2-old", "deepseek2", "deepseek_v2", 2);
}

/* ---- FP8, and damage ---- */

static void fp8_is_unpacked_with_the_scale_of_its_block(void **state) {
    (void)state;
    struct err e = {0};
    struct gguf *g = gguf_open("tests/golden/qwen3-f16.gguf", &e);
    if (!g) fail_msg("%s", e.msg);
    clear_dir();
    write_folder(g, "qwen3", "qwen3", 1);
    const struct gguf_tensor *up = gguf_tensor(g, "blk.0.ffn_up.weight");
    uint64_t rows = up->ne[1], columns = up->ne[0], ne[2] = {rows, columns},
             blocks[2] = {(rows + 127) / 128, (columns + 127) / 128};
    uint8_t *codes = mem_alloc(rows * columns);
    float scales[64];
    for (uint64_t i = 0; i < rows * columns; i++) codes[i] = (uint8_t)(i % 127 | (i & 1) << 7);
    for (int i = 0; i < 64; i++) scales[i] = (float)(1 << i % 8);
    assert_true(blocks[0] * blocks[1] <= 64);
    struct shard s = {cJSON_CreateObject(), {0}};
    for (uint64_t i = 0; i < g->n_tensors; i++)
        if (&g->tensors[i] != up) put_tensor(&s, &g->tensors[i], false, 0);
    put(&s, "model.layers.0.mlp.up_proj.weight", "F8_E4M3", 2, ne, codes, rows * columns);
    put(&s, "model.layers.0.mlp.up_proj.weight_scale_inv", "F32", 2, blocks, scales,
        blocks[0] * blocks[1] * 4);
    save(&s, "model.safetensors");
    struct gguf *f = hf_open(dir, &e);
    if (!f) fail_msg("%s", e.msg);
    const struct gguf_tensor *t = gguf_tensor(f, "blk.0.ffn_up.weight");
    assert_int_equal(t->type, TENSOR_BF16);
    const uint16_t *x = t->data;
    for (uint64_t r = 0; r < rows; r++)
        for (uint64_t c = 0; c < columns; c++) {
            uint8_t b = codes[r * columns + c];
            int exponent = b >> 3 & 15, mantissa = b & 7;
            double want = exponent ? ldexp(8 + mantissa, exponent - 10) : ldexp(mantissa, -9);
            want *= (double)scales[r / 128 * blocks[1] + c / 128] * (b & 128 ? -1 : 1);
            assert_true((double)bf16_to_f32(x[r * columns + c]) == want);
        }
    gguf_close(f);
    gguf_close(g);
    free(codes);
}

static void refused(const char *header, size_t data, const char *why) {
    struct str all = STR_INIT, path = STR_INIT;
    struct err e = {0};
    uint64_t n = strlen(header);
    str_addn(&all, &n, 8);
    str_add(&all, header);
    while (data--) str_addc(&all, 0);
    write_file("bad.safetensors", all.s, all.len);
    str_addf(&path, "%s/bad.safetensors", dir);
    assert_null(safetensors_open(path.s, &e));
    if (!strstr(e.msg, why)) fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
    str_free(&all);
    str_free(&path);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    refused("[]", 0, "JSON object");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "past the end");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "past the end");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "do not agree");
    refused("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "unknown type");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "shape");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[4e9,4e9,4e9],\"data_offsets\":[0,8]}}", 8,
            "shape");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            8, "overlap");
    struct err e = {0};
    uint64_t huge = UINT64_MAX;
    write_file("bad.safetensors", &huge, 8);
    struct str path = STR_INIT;
    str_addf(&path, "%s/bad.safetensors", dir);
    assert_null(safetensors_open(path.s, &e));
    assert_non_null(strstr(e.msg, "header"));
    str_free(&path);
}

static void what_a_folder_lacks_is_named(void **state) {
    (void)state;
    struct err e = {0};
    clear_dir();
    assert_null(hf_open(dir, &e));
    assert_non_null(strstr(e.msg, "config.json"));
    write_file("config.json", "{\"model_type\":\"bert\"}", 21);
    assert_null(hf_open(dir, &e));
    assert_non_null(strstr(e.msg, "bert"));
    struct gguf *g = gguf_open("tests/golden/qwen3-f16.gguf", &e);
    if (!g) fail_msg("%s", e.msg);
    write_folder(g, "qwen3", "qwen3", 1);
    write_tokenizer(g, "[a-z]+");
    assert_null(hf_open(dir, &e));
    assert_non_null(strstr(e.msg, "[a-z]+"));
    write_tokenizer(g, WORDS);
    write_file("generation_config.json", "{", 1);
    assert_null(hf_open(dir, &e));
    assert_non_null(strstr(e.msg, "generation_config.json"));
    gguf_close(g);
}

static int make_dir(void **state) {
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state) {
    (void)state;
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama_is_the_same_from_a_folder),
        cmocka_unit_test(qwen_is_the_same_from_a_folder),
        cmocka_unit_test(experts_are_stacked),
        cmocka_unit_test(deepseek_is_the_same_from_a_folder),
        cmocka_unit_test(fp8_is_unpacked_with_the_scale_of_its_block),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(what_a_folder_lacks_is_named),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
