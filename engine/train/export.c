/* export: metadata, tokenizer and tensors (stored.h) of the `deepseek2` architecture, and the way
 * back. The chat template below is what data.c renders. */
#include "engine/train/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/gguf.h"
#include "engine/quant.h"
#include "engine/train/stored.h"

static const char chat_template[] =
    "{#- system text, then turns; of earlier turns only the answers are kept -#}\n"
    "{{- bos_token -}}\n"
    "{%- for message in messages -%}\n"
    "{%- if message.role == 'system' -%}{{- message.content -}}{%- endif -%}\n"
    "{%- if message.role == 'user' -%}{{- '<｜User｜>' + message.content -}}{%- endif -%}\n"
    "{%- if message.role == 'assistant' -%}\n"
    "{%- set answer = message.content -%}\n"
    "{%- if '</think>' in answer -%}{%- set answer = answer.split('</think>')[-1] -%}{%- endif "
    "-%}\n"
    "{{- '<｜Assistant｜>' + answer.strip() + eos_token -}}\n"
    "{%- endif -%}\n"
    "{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}\n"
    "{{- '<｜Assistant｜><think>\\n' -}}\n"
    "{%- if enable_thinking is defined and not enable_thinking -%}{{- '\\n</think>\\n\\n' -}}"
    "{%- endif -%}\n"
    "{%- endif -%}\n";

static void write_config(struct gguf_writer *w, const struct net_config *c) {
    const struct {
        const char *key;
        int value;
    } ints[] = {
        {"deepseek2.context_length", c->n_ctx},
        {"deepseek2.embedding_length", c->n_embd},
        {"deepseek2.block_count", c->n_block + 1},
        {"deepseek2.nextn_predict_layers", 1},
        {"deepseek2.feed_forward_length", c->n_ff},
        {"deepseek2.leading_dense_block_count", 1},
        {"deepseek2.vocab_size", c->n_vocab},
        {"deepseek2.attention.head_count", c->n_head},
        {"deepseek2.attention.head_count_kv", 1},
        {"deepseek2.attention.q_lora_rank", c->q_lora},
        {"deepseek2.attention.kv_lora_rank", c->kv_lora},
        {"deepseek2.attention.key_length", c->kv_lora + c->rope},
        {"deepseek2.attention.value_length", c->kv_lora},
        {"deepseek2.attention.key_length_mla", c->nope + c->rope},
        {"deepseek2.attention.value_length_mla", c->v_dim},
        {"deepseek2.rope.dimension_count", c->rope},
        {"deepseek2.expert_count", c->n_expert},
        {"deepseek2.expert_used_count", c->n_used},
        {"deepseek2.expert_shared_count", 1},
        {"deepseek2.expert_feed_forward_length", c->n_ff_exp},
        {"deepseek2.expert_group_count", 1},
        {"deepseek2.expert_group_used_count", 1},
        {"deepseek2.expert_gating_func", 2}, /* sigmoid */
    };
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        gguf_write_u32(w, ints[i].key, (uint32_t)ints[i].value);
    gguf_write_f32(w, "deepseek2.attention.layer_norm_rms_epsilon", c->eps);
    gguf_write_f32(w, "deepseek2.rope.freq_base", c->rope_base);
    gguf_write_f32(w, "deepseek2.expert_weights_scale", c->expert_scale);
    gguf_write_bool(w, "deepseek2.expert_weights_norm", true);
}

static void write_general(struct gguf_writer *w, enum tensor_type type) {
    gguf_write_text(w, "general.architecture", "deepseek2");
    gguf_write_text(w, "general.type", "model");
    gguf_write_text(w, "general.name", "aside mini");
    gguf_write_text(w, "general.description",
                    "The built-in model of aside: a miniature that thinks step by step.");
    gguf_write_text(w, "general.license", "gpl-3.0-or-later");
    gguf_write_u32(w, "general.file_type", type == TENSOR_Q8_0 ? 7 : (uint32_t)type);
    gguf_write_u32(w, "general.quantization_version", 2);
    gguf_write_f32(w, "general.sampling.temp", 0.2f);
    gguf_write_f32(w, "general.sampling.top_p", 0.95f);
}

/* A byte as the character that stands for it in byte-level token texts. */
static void add_mapped(struct str *s, unsigned char byte) {
    static unsigned map[256];
    if (!map['!']) {
        unsigned next = 256;
        for (unsigned b = 0; b < 256; b++) {
            bool itself = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            map[b] = itself ? b : next++;
        }
    }
    str_add_cp(s, map[byte]);
}

static char *mapped_text(const struct bpe *b, int id) {
    size_t n;
    const char *text = bpe_bytes(b, id, &n);
    if (id < TOKEN_BYTES) return mem_strndup(text, n);
    struct str s = STR_INIT;
    for (size_t i = 0; i < n; i++) add_mapped(&s, (unsigned char)text[i]);
    return str_take(&s);
}

static void write_tokenizer(struct gguf_writer *w, const struct bpe *b) {
    enum { NORMAL = 1, CONTROL = 3, USER_DEFINED = 4 };
    size_t v = (size_t)bpe_size(b);
    int n_merges;
    const int32_t(*merges)[2] = bpe_merges(b, &n_merges);
    char **token = mem_array(v, sizeof *token),
         **merge = mem_array((size_t)n_merges + 1, sizeof *merge);
    int32_t *type = mem_array(v, sizeof *type);
    for (size_t i = 0; i < v; i++) {
        token[i] = mapped_text(b, (int)i);
        type[i] = i <= TOKEN_EOS ? CONTROL : i < TOKEN_BYTES ? USER_DEFINED : NORMAL;
    }
    for (int i = 0; i < n_merges; i++) {
        struct str s = STR_INIT;
        str_addf(&s, "%s %s", token[merges[i][0]], token[merges[i][1]]);
        merge[i] = str_take(&s);
    }
    gguf_write_text(w, "tokenizer.ggml.model", "gpt2");
    gguf_write_text(w, "tokenizer.ggml.pre", "qwen2");
    gguf_write_texts(w, "tokenizer.ggml.tokens", token, v);
    gguf_write_ints(w, "tokenizer.ggml.token_type", type, v);
    gguf_write_texts(w, "tokenizer.ggml.merges", merge, (size_t)n_merges);
    gguf_write_u32(w, "tokenizer.ggml.bos_token_id", TOKEN_BOS);
    gguf_write_u32(w, "tokenizer.ggml.eos_token_id", TOKEN_EOS);
    gguf_write_u32(w, "tokenizer.ggml.padding_token_id", TOKEN_EOS);
    gguf_write_bool(w, "tokenizer.ggml.add_bos_token", false);
    gguf_write_bool(w, "tokenizer.ggml.add_eos_token", false);
    gguf_write_text(w, "tokenizer.chat_template", chat_template);
    for (size_t i = 0; i < v; i++) free(token[i]);
    for (int i = 0; i < n_merges; i++) free(merge[i]);
    free(token);
    free(merge);
    free(type);
}

/* One tensor of the list, written. */
struct exporter {
    struct gguf_writer *w;
    enum tensor_type type;
};

static void put(void *ctx, const struct stored *t) {
    struct exporter *x = ctx;
    float *data = mem_array(stored_count(t), sizeof *data);
    stored_gather(t, data);
    gguf_write_tensor(x->w, t->name, t->matrix ? x->type : TENSOR_F32, t->n_dims, t->ne, data);
    free(data);
}

bool export_gguf(const struct model_state *s, enum tensor_type type, const char *path,
                 struct err *e) {
    const struct net_config *c = &s->c;
    struct weights w;
    net_bind(c, s->param, &w);
    struct exporter x = {gguf_writer_new(), type};
    write_general(x.w, type);
    write_config(x.w, c);
    write_tokenizer(x.w, s->bpe);
    stored_each(c, &w, put, &x);
    bool ok = gguf_writer_save(x.w, path, e);
    gguf_writer_free(x.w);
    return ok;
}

static void round_q8_0(void *ctx, const struct stored *t) {
    const struct quant_type *q = ctx;
    if (!t->matrix) return;
    size_t n = stored_count(t);
    float *x = mem_array(n, sizeof *x);
    void *blocks = mem_alloc(quant_row_bytes(TENSOR_Q8_0, n));
    stored_gather(t, x);
    q->quantize(x, blocks, n);
    q->dequantize(blocks, x, n);
    stored_scatter(t, x);
    free(blocks);
    free(x);
}

void export_round_q8_0(const struct net_config *c, float *param) {
    struct weights w;
    net_bind(c, param, &w);
    stored_each(c, &w, round_q8_0, (void *)quant_type(TENSOR_Q8_0));
}

/* ---- the way back --------------------------------------------------------------------------- */

static bool read_int(const struct gguf *g, const char *key, int32_t *out, struct err *e) {
    struct str full = STR_INIT;
    uint32_t value = 0;
    str_addf(&full, "deepseek2.%s", key);
    bool ok = gguf_u32(g, full.s, &value) && value < 1u << 20;
    *out = (int32_t)value;
    str_free(&full);
    return ok || err_set(e, "%s is missing or out of range", key);
}

static bool read_config(const struct gguf *g, struct net_config *c, struct err *e) {
    int32_t qk = 0, blocks = 0;
    const struct {
        const char *key;
        int32_t *to;
    } ints[] = {{"context_length", &c->n_ctx},
                {"embedding_length", &c->n_embd},
                {"block_count", &blocks},
                {"feed_forward_length", &c->n_ff},
                {"vocab_size", &c->n_vocab},
                {"attention.head_count", &c->n_head},
                {"attention.q_lora_rank", &c->q_lora},
                {"attention.kv_lora_rank", &c->kv_lora},
                {"attention.key_length_mla", &qk},
                {"attention.value_length_mla", &c->v_dim},
                {"rope.dimension_count", &c->rope},
                {"expert_count", &c->n_expert},
                {"expert_used_count", &c->n_used},
                {"expert_feed_forward_length", &c->n_ff_exp}};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        if (!read_int(g, ints[i].key, ints[i].to, e)) return false;
    c->n_block = blocks - 1;
    c->nope = qk - c->rope;
    return (gguf_f32(g, "deepseek2.attention.layer_norm_rms_epsilon", &c->eps) &&
            gguf_f32(g, "deepseek2.rope.freq_base", &c->rope_base) &&
            gguf_f32(g, "deepseek2.expert_weights_scale", &c->expert_scale)) ||
           err_set(e, "a number of the architecture is missing");
}

/* The id of a token by its text, or -1. */
static int32_t find_token(const struct gguf_entry *tokens, const char *text, size_t n) {
    for (uint64_t i = 0; i < tokens->n; i++)
        if (tokens->strings[i].len == n && memcmp(tokens->strings[i].s, text, n) == 0)
            return (int32_t)i;
    return -1;
}

/* The tokenizer from the file's merges; its tokens must be the file's, one by one. */
static struct bpe *read_bpe(const struct gguf *g, struct err *e) {
    const struct gguf_entry *tokens = gguf_find(g, "tokenizer.ggml.tokens");
    const struct gguf_entry *merges = gguf_find(g, "tokenizer.ggml.merges");
    if (!tokens || !tokens->strings || !merges || !merges->strings || merges->n > 8000) {
        err_set(e, "no tokenizer of merges");
        return NULL;
    }
    int32_t(*pair)[2] = mem_array((size_t)merges->n + 1, sizeof *pair);
    for (uint64_t i = 0; i < merges->n; i++) {
        struct gguf_string m = merges->strings[i];
        const char *gap = memchr(m.s, ' ', m.len);
        size_t first = gap ? (size_t)(gap - m.s) : m.len;
        pair[i][0] = find_token(tokens, m.s, first);
        pair[i][1] = gap ? find_token(tokens, gap + 1, m.len - first - 1) : -1;
    }
    struct bpe *b = bpe_new((const int32_t(*)[2])pair, (int)merges->n, e);
    free(pair);
    bool same = b && (uint64_t)bpe_size(b) == tokens->n;
    for (int i = 0; same && i < bpe_size(b); i++) {
        char *text = mapped_text(b, i);
        same = gguf_string_is(tokens->strings[i], text);
        free(text);
    }
    if (same) return b;
    if (b) err_set(e, "its tokenizer is not of this trainer's kind");
    bpe_free(b);
    return NULL;
}

struct importer {
    const struct gguf *g;
    struct err *e;
    bool ok;
};

static void take(void *ctx, const struct stored *t) {
    struct importer *x = ctx;
    if (!x->ok) return;
    const struct gguf_tensor *from = gguf_tensor(x->g, t->name);
    const struct quant_type *q = from ? quant_type(from->type) : NULL;
    x->ok = q && q->dequantize && from->bytes;
    for (uint32_t i = 0; x->ok && i < 4; i++)
        x->ok = (i < from->n_dims ? from->ne[i] : 1) == (i < 3 ? (uint64_t)t->ne[i] : 1);
    if (!x->ok) {
        err_set(x->e, "tensor %s is missing or has another shape", t->name);
        return;
    }
    float *data = mem_array(stored_count(t), sizeof *data);
    q->dequantize(from->data, data, stored_count(t));
    stored_scatter(t, data);
    free(data);
}

static bool read_state(struct model_state *s, const struct gguf *g, struct err *e) {
    struct net_config c = {0};
    struct weights w;
    if (!read_config(g, &c, e) || !net_config_check(&c, e)) return false;
    struct bpe *b = read_bpe(g, e);
    if (!b) return false;
    if (bpe_size(b) != c.n_vocab) {
        bpe_free(b);
        return err_set(e, "vocabulary %d, tokens %d", c.n_vocab, bpe_size(b));
    }
    model_state_init(s, &c, b, 1);
    net_bind(&c, s->param, &w);
    struct importer x = {g, e, true};
    stored_each(&c, &w, take, &x);
    if (!x.ok) model_state_done(s);
    return x.ok;
}

bool import_gguf(struct model_state *s, const char *path, struct err *e) {
    struct gguf *g = gguf_open(path, e);
    if (!g) return false;
    bool ok = read_state(s, g, e);
    gguf_close(g);
    return ok || err_prefix(e, "%s", path);
}

bool model_load(struct model_state *s, const char *path, struct err *e) {
    const char *end = strrchr(path, '.');
    return end && strcmp(end, ".gguf") == 0 ? import_gguf(s, path, e)
                                            : model_state_load(s, path, e);
}
