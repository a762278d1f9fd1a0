/* model: see the header. Opening reads the directory of the file and makes views; the weights are
 * touched only when they are used. */
#include "engine/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/hf_folder.h"
#include "engine/kvcache.h"
#include "engine/quant.h"
#include "engine/weights.h"

/* ---- what kind of file ---- */

static bool check_kind(const struct gguf *g, struct err *e) {
    struct gguf_string type = {0};
    if (gguf_str(g, "general.type", &type) && !gguf_string_is(type, "model"))
        return err_set(e, "this is no model but a file of type \"%.*s\"",
                       (int)(type.len < 40 ? type.len : 40), type.s);
    return true;
}

static const struct arch *find_arch(const struct gguf *g, struct err *e) {
    struct gguf_string s = {0};
    if (!gguf_str(g, "general.architecture", &s))
        return err_null(e, "key general.architecture is missing: this is no model");
    char *name = gguf_string_dup(s);
    const struct arch *a = arch_find(name);
    const char *lacks = a ? NULL : arch_lacks(name);
    if (!a)
        err_set(e, "architecture \"%.60s\" is not supported%s%s", name, lacks ? ": it has " : "",
                lacks ? lacks : "");
    free(name);
    return a;
}

/* ---- what a person wants to know ---- */

static const struct {
    uint32_t id;
    const char *label;
} file_types[] = {
    {0, "F32"},     {1, "F16"},     {2, "Q4_0"},    {3, "Q4_1"},    {7, "Q8_0"},    {8, "Q5_0"},
    {9, "Q5_1"},    {10, "Q2_K"},   {11, "Q3_K_S"}, {12, "Q3_K_M"}, {13, "Q3_K_L"}, {14, "Q4_K_S"},
    {15, "Q4_K_M"}, {16, "Q5_K_S"}, {17, "Q5_K_M"}, {18, "Q6_K"},   {21, "Q2_K_S"}, {25, "IQ4_NL"},
    {30, "IQ4_XS"}, {32, "BF16"},   {38, "MXFP4"},
};

/* The label that the file has, or else the type that holds most of its bytes. */
static const char *type_label(const struct gguf *g) {
    uint32_t id, most = 0;
    uint64_t bytes[TENSOR_TYPE_LIMIT] = {0};
    if (gguf_u32(g, "general.file_type", &id))
        for (size_t i = 0; i < sizeof file_types / sizeof *file_types; i++)
            if (file_types[i].id == (id & 1023)) return file_types[i].label;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        uint32_t t = g->tensors[i].type;
        if (t < TENSOR_TYPE_LIMIT && (bytes[t] += g->tensors[i].bytes) > bytes[most]) most = t;
    }
    return quant_type(most)->name;
}

static void count_weights(const struct model *m, struct model_info *info) {
    const struct gguf *g = m->gguf;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        char *name = gguf_string_dup(t->name);
        uint64_t n = t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3], used = n, bytes = t->bytes;
        unsigned block = 0;
        sscanf(name, "blk.%u.", &block);
        if (strstr(name, "_exps.") && m->hp.n_experts) {
            used = n / m->hp.n_experts * m->hp.n_used;
            bytes = bytes / m->hp.n_experts * m->hp.n_used;
        }
        if (block >= m->hp.n_layers) used = bytes = 0; /* drafting is not part of a token's cost */
        if (t->data == m->token_embd.data && !m->tied) bytes = m->token_embd.row_bytes;
        info->n_params += n;
        info->weight_bytes += t->bytes;
        info->n_params_active += used;
        info->bytes_per_token += bytes;
        free(name);
    }
}

static struct sampling recommended(const struct model *m) {
    struct sampling s = {.temperature = 0.7f, .top_k = 40, .top_p = 0.95f, .repeat_penalty = 1};
    const struct reasoning_format *f = m->reasoning;
    if (m->arch->sampling.temperature > 0) {
        s = m->arch->sampling;
        s.repeat_penalty = 1;
    }
    if (f && f->temperature >= 0) s.temperature = f->temperature;
    if (f && f->top_p >= 0) s.top_p = f->top_p;
    if (f && f->min_p >= 0) s.min_p = f->min_p;
    if (f && f->top_k >= 0) s.top_k = f->top_k;
    uint32_t n;
    gguf_f32(m->gguf, "general.sampling.temp", &s.temperature);
    gguf_f32(m->gguf, "general.sampling.top_p", &s.top_p);
    gguf_f32(m->gguf, "general.sampling.min_p", &s.min_p);
    gguf_f32(m->gguf, "general.sampling.penalty_repeat", &s.repeat_penalty);
    if (gguf_u32(m->gguf, "general.sampling.top_k", &n) && n < 1u << 30) s.top_k = (int)n;
    if (gguf_u32(m->gguf, "general.sampling.penalty_last_n", &n) && n < 1u << 30)
        s.repeat_last_n = (int)n;
    return s;
}

static void fill_info(struct model *m) {
    const struct hparams *hp = &m->hp;
    struct gguf_string name = {0};
    const char *slash = strrchr(m->gguf->path, '/');
    if (gguf_str(m->gguf, "general.name", &name)) m->name = gguf_string_dup(name);
    m->info = (struct model_info){
        .path = m->gguf->path,
        .name = m->name ? m->name
                : slash ? slash + 1
                        : m->gguf->path,
        .arch = m->arch->name,
        .type_label = type_label(m->gguf),
        .file_bytes = m->gguf->file_bytes,
        .kv_bytes_per_token = kvcache_position_bytes(m, CACHE_F16),
        .kv_bytes_windowed = kvcache_windowed_bytes(m, CACHE_F16),
        .kv_bytes_full_heads = kvcache_full_heads_bytes(m),
        .n_layers = hp->n_layers,
        .n_embd = hp->n_embd,
        .n_head = m->layers[0].n_head,
        .n_head_kv = m->layers[0].n_head_kv,
        .n_vocab = hp->n_vocab,
        .context_length = hp->context_length,
        .n_experts = hp->n_experts,
        .n_experts_used = hp->n_used,
        .n_mtp = hp->n_mtp,
        .window = hp->window,
        .has_template = m->template || m->template_error.msg[0],
        .has_tokenizer = m->tokenizer != NULL,
        .sampling = recommended(m),
    };
    count_weights(m, &m->info);
}

/* ---- language ---- */

static bool has_vocabulary(const struct gguf *g) {
    struct gguf_string s = {0};
    return gguf_str(g, "tokenizer.ggml.model", &s) && !gguf_string_is(s, "none") &&
           !gguf_string_is(s, "no_vocab");
}

static bool load_language(struct model *m, struct err *e) {
    struct gguf_string source = {0};
    if (has_vocabulary(m->gguf)) {
        m->tokenizer = tokenizer_new(m->gguf, e);
        if (!m->tokenizer) return false;
        if (tokenizer_size(m->tokenizer) > m->hp.n_vocab)
            return err_set(e, "%zu tokens in the vocabulary, but embeddings for %u",
                           tokenizer_size(m->tokenizer), m->hp.n_vocab);
    }
    if (gguf_str(m->gguf, "tokenizer.chat_template", &source)) {
        /* a template beyond us is an error of chatting, not of the model */
        m->template = template_compile(source.s, source.len, &m->template_error);
    }
    char *text = gguf_string_dup(source);
    m->reasoning = reasoning_detect(text ? text : "", m->arch->name);
    free(text);
    return true;
}

/* ---- open and close ---- */

struct model *model_open(const char *path, struct err *e) {
    struct gguf *g = hf_open(path, e);
    if (!g) return NULL;
    struct model *m = mem_calloc(1, sizeof *m);
    m->gguf = g;
    if (check_kind(g, e) && (m->arch = find_arch(g, e)) && weights_load(m, e) &&
        load_language(m, e)) {
        fill_info(m);
        return m;
    }
    err_prefix(e, "%s", path);
    model_close(m);
    return NULL;
}

void model_close(struct model *m) {
    if (!m) return;
    weights_free(m);
    tokenizer_free(m->tokenizer);
    template_free(m->template);
    gguf_close(m->gguf);
    free(m->name);
    free(m);
}

const struct model_info *model_info(const struct model *m) { return &m->info; }
const struct tokenizer *model_tokenizer(const struct model *m) { return m->tokenizer; }
const struct template *model_template(const struct model *m, struct err *e) {
    if (!m->template && m->template_error.msg[0])
        err_set(e, "chat %s", m->template_error.msg);
    else if (!m->template)
        err_set(e, "the model has no chat template");
    return m->template;
}
const struct reasoning_format *model_reasoning(const struct model *m) { return m->reasoning; }
const struct gguf *model_gguf(const struct model *m) { return m->gguf; }
