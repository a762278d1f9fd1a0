/* export: names, shapes and metadata of the `deepseek2` architecture.
 *
 * Latent attention is stored in the absorbed form: attn_k_b transposed per head, so that a query
 * can be taken into the latent space; attn_v_b as it is. The MTP module is one more block with
 * the NextN tensors. The chat template below is what data.c renders. */
#include "engine/train/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/quant.h"

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

struct exporter {
    struct gguf_writer *w;
    const struct net_config *c;
    enum tensor_type type;
    int block; /* -1: outside the blocks */
};

static void put(struct exporter *x, const char *name, enum tensor_type type, int64_t ne0,
                int64_t ne1, int64_t ne2, const float *data) {
    struct str full = STR_INIT;
    if (x->block >= 0) str_addf(&full, "blk.%d.", x->block);
    str_add(&full, name);
    const int64_t ne[3] = {ne0, ne1, ne2};
    gguf_write_tensor(x->w, full.s, type, ne2 ? 3 : ne1 ? 2 : 1, ne, data);
    str_free(&full);
}

static void put_matrix(struct exporter *x, const char *name, int in, int out, const float *data) {
    put(x, name, x->type, in, out, 0, data);
}

static void put_vector(struct exporter *x, const char *name, int n, const float *data) {
    put(x, name, TENSOR_F32, n, 0, 0, data);
}

/* attn_k_b {nope, kv_lora, heads}: each head's key rows transposed. */
static void put_k_b(struct exporter *x, const float *kv_b) {
    const struct net_config *c = x->c;
    size_t each = (size_t)c->nope * (size_t)c->kv_lora;
    float *t = mem_array(each * (size_t)c->n_head, sizeof *t);
    for (int h = 0; h < c->n_head; h++)
        for (int r = 0; r < c->kv_lora; r++)
            for (int j = 0; j < c->nope; j++)
                t[(size_t)h * each + (size_t)(r * c->nope + j)] =
                    kv_b[(size_t)h * each + (size_t)(j * c->kv_lora + r)];
    put(x, "attn_k_b.weight", x->type, c->nope, c->kv_lora, c->n_head, t);
    free(t);
}

/* gate's rows and up's rows of each expert, apart. */
static void put_gate_up_exps(struct exporter *x, const float *gate_up) {
    const struct net_config *c = x->c;
    size_t half = (size_t)c->n_ff_exp * (size_t)c->n_embd;
    float *t = mem_array(half * (size_t)c->n_expert, sizeof *t);
    for (int up = 0; up < 2; up++) {
        for (int e = 0; e < c->n_expert; e++)
            memcpy(t + (size_t)e * half, gate_up + ((size_t)e * 2 + (size_t)up) * half,
                   half * sizeof *t);
        put(x, up ? "ffn_up_exps.weight" : "ffn_gate_exps.weight", x->type, c->n_embd, c->n_ff_exp,
            c->n_expert, t);
    }
    free(t);
}

static void put_block(struct exporter *x, const struct block_weights *b) {
    const struct net_config *c = x->c;
    put_vector(x, "attn_norm.weight", c->n_embd, b->attn_norm);
    put_matrix(x, "attn_q_a.weight", c->n_embd, c->q_lora, b->q_a);
    put_vector(x, "attn_q_a_norm.weight", c->q_lora, b->q_a_norm);
    put_matrix(x, "attn_q_b.weight", c->q_lora, c->n_head * (c->nope + c->rope), b->q_b);
    put_matrix(x, "attn_kv_a_mqa.weight", c->n_embd, c->kv_lora + c->rope, b->kv_a);
    put_vector(x, "attn_kv_a_norm.weight", c->kv_lora, b->kv_a_norm);
    put_k_b(x, b->kv_b);
    put(x, "attn_v_b.weight", x->type, c->kv_lora, c->v_dim, c->n_head,
        b->kv_b + (size_t)c->n_head * (size_t)c->nope * (size_t)c->kv_lora);
    put_matrix(x, "attn_output.weight", c->n_head * c->v_dim, c->n_embd, b->attn_out);
    put_vector(x, "ffn_norm.weight", c->n_embd, b->ffn_norm);
    int ff = b->router ? c->n_ff_exp : c->n_ff;
    const float *up = b->gate_up + (size_t)ff * (size_t)c->n_embd;
    put_matrix(x, b->router ? "ffn_gate_shexp.weight" : "ffn_gate.weight", c->n_embd, ff,
               b->gate_up);
    put_matrix(x, b->router ? "ffn_up_shexp.weight" : "ffn_up.weight", c->n_embd, ff, up);
    put_matrix(x, b->router ? "ffn_down_shexp.weight" : "ffn_down.weight", ff, c->n_embd, b->down);
    if (!b->router) return;
    put(x, "ffn_gate_inp.weight", TENSOR_F32, c->n_embd, c->n_expert, 0, b->router);
    put_vector(x, "exp_probs_b.bias", c->n_expert, b->router_bias);
    put_gate_up_exps(x, b->gate_up_exps);
    put(x, "ffn_down_exps.weight", x->type, c->n_ff_exp, c->n_embd, c->n_expert, b->down_exps);
}

bool export_gguf(const struct model_state *s, enum tensor_type type, const char *path,
                 struct err *e) {
    const struct net_config *c = &s->c;
    struct weights w;
    net_bind(c, s->param, &w);
    struct exporter x = {gguf_writer_new(), c, type, -1};
    write_general(x.w, type);
    write_config(x.w, c);
    write_tokenizer(x.w, s->bpe);
    put_matrix(&x, "token_embd.weight", c->n_embd, c->n_vocab, w.embed);
    put_vector(&x, "output_norm.weight", c->n_embd, w.out_norm);
    put_matrix(&x, "output.weight", c->n_embd, c->n_vocab, w.head);
    for (x.block = 0; x.block <= c->n_block; x.block++) put_block(&x, &w.block[x.block]);
    x.block = c->n_block;
    put_matrix(&x, "nextn.eh_proj.weight", 2 * c->n_embd, c->n_embd, w.mtp_proj);
    put_vector(&x, "nextn.enorm.weight", c->n_embd, w.mtp_embed_norm);
    put_vector(&x, "nextn.hnorm.weight", c->n_embd, w.mtp_hidden_norm);
    put_vector(&x, "nextn.shared_head_norm.weight", c->n_embd, w.mtp_out_norm);
    bool ok = gguf_writer_save(x.w, path, e);
    gguf_writer_free(x.w);
    return ok;
}

static void round_q8_0(const struct quant_type *q, size_t n, float *x) {
    void *blocks = mem_alloc(quant_row_bytes(TENSOR_Q8_0, n));
    q->quantize(x, blocks, n);
    q->dequantize(blocks, x, n);
    free(blocks);
}

void export_round_q8_0(const struct net_config *c, float *param) {
    struct param_list l;
    struct weights w;
    net_params(c, &l);
    net_bind(c, param, &w);
    for (size_t i = 0; i < l.n; i++) {
        float *at = param + l.p[i].offset;
        bool exact = l.p[i].kind > PARAM_TABLE;
        for (int b = 0; b <= c->n_block; b++) exact |= at == w.block[b].router;
        if (!exact) round_q8_0(quant_type(TENSOR_Q8_0), l.p[i].count, at);
    }
    free(l.p);
}
