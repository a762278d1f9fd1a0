/* make_model SHAPE MIX FILE: a GGUF file with the shapes of a real model and random weights, for
 * measuring speed. Shapes and mixes are the tables below. The vocabulary has the right size and
 * every byte, but no words. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/quant.h"

struct shape {
    const char *name, *arch;
    uint32_t layers, embd, ff, heads, kv_heads, head_dim, vocab, context;
    float rope_base;
    /* latent attention and experts; 0: none */
    uint32_t q_lora, kv_lora, rope_dim, nope_dim, value_dim, dense_layers, experts, used, shared,
        expert_ff;
    uint32_t window; /* gpt-oss: of every other block */
    /* qwen35: three blocks of linear attention to one of attention */
    uint32_t key_heads, value_heads, state, taps;
};

static const struct shape shapes[] = {
    {.name = "qwen2-1.5b",
     .arch = "qwen2",
     .layers = 28,
     .embd = 1536,
     .ff = 8960,
     .heads = 12,
     .kv_heads = 2,
     .head_dim = 128,
     .vocab = 151936,
     .context = 131072,
     .rope_base = 10000},
    {.name = "qwen2-0.1b",
     .arch = "qwen2",
     .layers = 4,
     .embd = 768,
     .ff = 2048,
     .heads = 12,
     .kv_heads = 2,
     .head_dim = 64,
     .vocab = 32000,
     .context = 32768,
     .rope_base = 10000},
    {.name = "deepseek-5l",
     .arch = "deepseek2",
     .layers = 5,
     .embd = 2048,
     .ff = 10944,
     .heads = 16,
     .kv_heads = 1,
     .vocab = 129280,
     .context = 163840,
     .rope_base = 10000,
     .q_lora = 1536,
     .kv_lora = 512,
     .rope_dim = 64,
     .nope_dim = 128,
     .value_dim = 128,
     .dense_layers = 1,
     .experts = 64,
     .used = 6,
     .shared = 2,
     .expert_ff = 1408},
    {.name = "gpt-oss-20b",
     .arch = "gpt-oss",
     .layers = 24,
     .embd = 2880,
     .ff = 2880,
     .heads = 64,
     .kv_heads = 8,
     .head_dim = 64,
     .vocab = 201088,
     .context = 131072,
     .rope_base = 150000,
     .experts = 32,
     .used = 4,
     .expert_ff = 2880,
     .window = 128},
    {.name = "gpt-oss-thin", /* the large one's attention between narrow experts */
     .arch = "gpt-oss",
     .layers = 8,
     .embd = 512,
     .ff = 512,
     .heads = 64,
     .kv_heads = 8,
     .head_dim = 64,
     .vocab = 8192,
     .context = 131072,
     .rope_base = 150000,
     .experts = 8,
     .used = 2,
     .expert_ff = 512,
     .window = 128},
    {.name = "qwen35-4b",
     .arch = "qwen35",
     .layers = 32,
     .embd = 2560,
     .ff = 9216,
     .heads = 16,
     .kv_heads = 4,
     .head_dim = 256,
     .vocab = 248320,
     .context = 262144,
     .rope_base = 10000000,
     .rope_dim = 64,
     .key_heads = 16,
     .value_heads = 32,
     .state = 128,
     .taps = 4},
};

/* output.weight; attn_v and ffn_down where `more` says so; experts where those differ; everything
 * else
 */
static const struct mix {
    const char *name;
    uint32_t file_type;
    enum tensor_type base, output, more;
    enum tensor_type experts; /* 0: as the others */
} mixes[] = {
    {"F16", 1, TENSOR_F16, TENSOR_F16, TENSOR_F16, 0},
    {"Q4_0", 2, TENSOR_Q4_0, TENSOR_Q6_K, TENSOR_Q4_0, 0},
    {"Q8_0", 7, TENSOR_Q8_0, TENSOR_Q8_0, TENSOR_Q8_0, 0},
    {"Q4_K_M", 15, TENSOR_Q4_K, TENSOR_Q6_K, TENSOR_Q6_K, 0},
    {"Q5_K_M", 17, TENSOR_Q5_K, TENSOR_Q6_K, TENSOR_Q6_K, 0},
    {"Q6_K", 18, TENSOR_Q6_K, TENSOR_Q6_K, TENSOR_Q6_K, 0},
    {"MXFP4", 38, TENSOR_Q8_0, TENSOR_Q8_0, TENSOR_Q8_0, TENSOR_MXFP4},
    {"IQ4_XS", 30, TENSOR_IQ4_XS, TENSOR_Q6_K, TENSOR_IQ4_XS, 0},
};

struct planned {
    char name[64];
    uint32_t n_dims, type;
    uint64_t ne[3];
    float spread; /* standard deviation of the weights; 0: all are `same` */
    float same;
};

struct writer {
    FILE *f;
    const struct shape *s;
    const struct mix *m;
    struct planned *tensors;
    size_t n, cap;
    uint64_t n_keys;
    struct rng rng;
};

/* -- tensors ----------------------------------------------------------------------------------- */

/* Where rows do not divide into blocks of 256, what llama.cpp falls back to. */
static uint32_t fitting(uint32_t type, uint64_t n) {
    if (n % quant_type(type)->block == 0) return type;
    switch (type) {
    case TENSOR_Q4_K:
        return TENSOR_Q5_0;
    case TENSOR_Q5_K:
        return TENSOR_Q5_1;
    case TENSOR_Q6_K:
        return TENSOR_Q8_0;
    default:
        return TENSOR_IQ4_NL;
    }
}

static void plan(struct writer *w, uint32_t type, uint64_t a, uint64_t b, uint64_t c,
                 const char *fmt, ...) __attribute__((format(printf, 6, 7)));

static void plan(struct writer *w, uint32_t type, uint64_t a, uint64_t b, uint64_t c,
                 const char *fmt, ...) {
    w->tensors = mem_grow(w->tensors, &w->cap, w->n + 1, sizeof *w->tensors);
    struct planned *t = &w->tensors[w->n++];
    *t = (struct planned){.n_dims = c ? 3 : b ? 2 : 1, .ne = {a, b ? b : 1, c ? c : 1}};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->name, sizeof t->name, fmt, ap);
    va_end(ap);
    t->type = fitting(type, a);
    bool norm = !b && strstr(t->name, "norm");
    bool fade = strstr(t->name, "ssm_a") && !strstr(t->name, "alpha");
    t->spread = norm || fade ? 0 : b ? 1 / sqrtf((float)a) : 0.02f;
    t->same = fade ? -1 : 1;
}

/* The layers whose attn_v and ffn_down get more bits. */
static uint32_t more(const struct writer *w, uint32_t i) {
    uint32_t n = w->s->layers;
    return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2 ? w->m->more : w->m->base;
}

static void plan_gqa(struct writer *w, uint32_t i) {
    const struct shape *s = w->s;
    uint32_t base = w->m->base, q = s->heads * s->head_dim, kv = s->kv_heads * s->head_dim;
    plan(w, base, s->embd, q, 0, "blk.%u.attn_q.weight", i);
    plan(w, TENSOR_F32, q, 0, 0, "blk.%u.attn_q.bias", i);
    plan(w, base, s->embd, kv, 0, "blk.%u.attn_k.weight", i);
    plan(w, TENSOR_F32, kv, 0, 0, "blk.%u.attn_k.bias", i);
    plan(w, more(w, i), s->embd, kv, 0, "blk.%u.attn_v.weight", i);
    plan(w, TENSOR_F32, kv, 0, 0, "blk.%u.attn_v.bias", i);
    plan(w, base, q, s->embd, 0, "blk.%u.attn_output.weight", i);
}

/* Attention of gpt-oss, with biases and sinks, and of qwen35, with gates and norms. */
static void plan_further_gqa(struct writer *w, uint32_t i) {
    const struct shape *s = w->s;
    uint32_t base = w->m->base, q = s->heads * s->head_dim, kv = s->kv_heads * s->head_dim;
    bool gated = s->key_heads != 0;
    if (!gated) plan_gqa(w, i);
    if (!gated) plan(w, TENSOR_F32, s->embd, 0, 0, "blk.%u.attn_output.bias", i);
    if (!gated) plan(w, TENSOR_F32, s->heads, 0, 0, "blk.%u.attn_sinks.weight", i);
    if (!gated) return;
    plan(w, base, s->embd, 2 * q, 0, "blk.%u.attn_q.weight", i);
    plan(w, base, s->embd, kv, 0, "blk.%u.attn_k.weight", i);
    plan(w, more(w, i), s->embd, kv, 0, "blk.%u.attn_v.weight", i);
    plan(w, base, q, s->embd, 0, "blk.%u.attn_output.weight", i);
    plan(w, TENSOR_F32, s->head_dim, 0, 0, "blk.%u.attn_q_norm.weight", i);
    plan(w, TENSOR_F32, s->head_dim, 0, 0, "blk.%u.attn_k_norm.weight", i);
}

static void plan_delta(struct writer *w, uint32_t i) {
    const struct shape *s = w->s;
    uint32_t base = w->m->base, values = s->value_heads * s->state,
             channels = 2 * s->key_heads * s->state + values;
    plan(w, base, s->embd, channels, 0, "blk.%u.attn_qkv.weight", i);
    plan(w, base, s->embd, values, 0, "blk.%u.attn_gate.weight", i);
    plan(w, TENSOR_F32, s->taps, channels, 0, "blk.%u.ssm_conv1d.weight", i);
    plan(w, TENSOR_F32, s->embd, s->value_heads, 0, "blk.%u.ssm_beta.weight", i);
    plan(w, TENSOR_F32, s->embd, s->value_heads, 0, "blk.%u.ssm_alpha.weight", i);
    plan(w, TENSOR_F32, s->value_heads, 0, 0, "blk.%u.ssm_dt.bias", i);
    plan(w, TENSOR_F32, s->value_heads, 0, 0, "blk.%u.ssm_a", i);
    plan(w, TENSOR_F32, s->state, 0, 0, "blk.%u.ssm_norm.weight", i);
    plan(w, base, values, s->embd, 0, "blk.%u.ssm_out.weight", i);
}

static void plan_mla(struct writer *w, uint32_t i) {
    const struct shape *s = w->s;
    uint32_t base = w->m->base, key = s->nope_dim + s->rope_dim;
    plan(w, base, s->embd, s->q_lora, 0, "blk.%u.attn_q_a.weight", i);
    plan(w, TENSOR_F32, s->q_lora, 0, 0, "blk.%u.attn_q_a_norm.weight", i);
    plan(w, base, s->q_lora, s->heads * key, 0, "blk.%u.attn_q_b.weight", i);
    plan(w, base, s->embd, s->kv_lora + s->rope_dim, 0, "blk.%u.attn_kv_a_mqa.weight", i);
    plan(w, TENSOR_F32, s->kv_lora, 0, 0, "blk.%u.attn_kv_a_norm.weight", i);
    plan(w, base, s->nope_dim, s->kv_lora, s->heads, "blk.%u.attn_k_b.weight", i);
    plan(w, base, s->kv_lora, s->value_dim, s->heads, "blk.%u.attn_v_b.weight", i);
    plan(w, base, s->heads * s->value_dim, s->embd, 0, "blk.%u.attn_output.weight", i);
}

static void plan_ffn(struct writer *w, uint32_t i) {
    const struct shape *s = w->s;
    uint32_t base = w->m->base, down = more(w, i);
    if (!s->experts || i < s->dense_layers) {
        plan(w, base, s->embd, s->ff, 0, "blk.%u.ffn_gate.weight", i);
        plan(w, base, s->embd, s->ff, 0, "blk.%u.ffn_up.weight", i);
        plan(w, down, s->ff, s->embd, 0, "blk.%u.ffn_down.weight", i);
        return;
    }
    uint32_t e = s->experts, ff = s->expert_ff, sh = s->shared * s->expert_ff;
    if (w->m->experts) base = down = w->m->experts;
    plan(w, TENSOR_F32, s->embd, e, 0, "blk.%u.ffn_gate_inp.weight", i);
    plan(w, TENSOR_F32, e, 0, 0, s->window ? "blk.%u.ffn_gate_inp.bias" : "blk.%u.exp_probs_b.bias",
         i);
    plan(w, base, s->embd, ff, e, "blk.%u.ffn_gate_exps.weight", i);
    plan(w, base, s->embd, ff, e, "blk.%u.ffn_up_exps.weight", i);
    plan(w, down, ff, s->embd, e, "blk.%u.ffn_down_exps.weight", i);
    if (s->window) {
        plan(w, TENSOR_F32, ff, e, 0, "blk.%u.ffn_gate_exps.bias", i);
        plan(w, TENSOR_F32, ff, e, 0, "blk.%u.ffn_up_exps.bias", i);
        plan(w, TENSOR_F32, s->embd, e, 0, "blk.%u.ffn_down_exps.bias", i);
    }
    if (!sh) return;
    plan(w, base, s->embd, sh, 0, "blk.%u.ffn_gate_shexp.weight", i);
    plan(w, base, s->embd, sh, 0, "blk.%u.ffn_up_shexp.weight", i);
    plan(w, down, sh, s->embd, 0, "blk.%u.ffn_down_shexp.weight", i);
}

static void plan_all(struct writer *w) {
    const struct shape *s = w->s;
    plan(w, w->m->base, s->embd, s->vocab, 0, "token_embd.weight");
    plan(w, w->m->output, s->embd, s->vocab, 0, "output.weight");
    plan(w, TENSOR_F32, s->embd, 0, 0, "output_norm.weight");
    for (uint32_t i = 0; i < s->layers; i++) {
        plan(w, TENSOR_F32, s->embd, 0, 0, "blk.%u.attn_norm.weight", i);
        if (s->kv_lora)
            plan_mla(w, i);
        else if (s->key_heads && (i + 1) % 4 != 0)
            plan_delta(w, i);
        else if (s->window || s->key_heads)
            plan_further_gqa(w, i);
        else
            plan_gqa(w, i);
        plan(w, TENSOR_F32, s->embd, 0, 0,
             s->window || s->key_heads ? "blk.%u.post_attention_norm.weight"
                                       : "blk.%u.ffn_norm.weight",
             i);
        plan_ffn(w, i);
    }
}

/* -- metadata ---------------------------------------------------------------------------------- */

enum { U32 = 4, I32 = 5, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9 };

static void put(struct writer *w, const void *p, size_t n) {
    if (fwrite(p, 1, n, w->f) != n) {
        perror("make_model");
        exit(1);
    }
}
static void put_u32(struct writer *w, uint32_t v) { put(w, &v, sizeof v); }
static void put_u64(struct writer *w, uint64_t v) { put(w, &v, sizeof v); }
static void put_string(struct writer *w, const char *s) {
    put_u64(w, strlen(s));
    put(w, s, strlen(s));
}
static void key(struct writer *w, const char *name, uint32_t type) {
    char full[96];
    if (*name == '.')
        snprintf(full, sizeof full, "%s%s", w->s->arch, name);
    else
        snprintf(full, sizeof full, "%s", name);
    put_string(w, full);
    put_u32(w, type);
    w->n_keys++;
}
static void key_u32(struct writer *w, const char *name, uint32_t v) {
    key(w, name, U32);
    put_u32(w, v);
}
static void key_f32(struct writer *w, const char *name, float v) {
    key(w, name, F32);
    put(w, &v, sizeof v);
}
static void key_string(struct writer *w, const char *name, const char *v) {
    key(w, name, STRING);
    put_string(w, v);
}
static void key_true(struct writer *w, const char *name) {
    key(w, name, BOOL);
    put(w, &(char){1}, 1);
}

static void put_gpt_oss_keys(struct writer *w) {
    const struct shape *s = w->s;
    key_u32(w, ".attention.sliding_window", s->window);
    key_u32(w, ".expert_count", s->experts);
    key_u32(w, ".expert_used_count", s->used);
    key_u32(w, ".expert_feed_forward_length", s->expert_ff);
    key_string(w, ".rope.scaling.type", "yarn");
    key_f32(w, ".rope.scaling.factor", 32);
    key_u32(w, ".rope.scaling.original_context_length", 4096);
}

static void put_delta_keys(struct writer *w) {
    const struct shape *s = w->s;
    key_u32(w, ".rope.dimension_count", s->rope_dim);
    key(w, ".rope.dimension_sections", ARRAY);
    put_u32(w, I32);
    put_u64(w, 4);
    for (uint32_t i = 0; i < 4; i++) put_u32(w, i < 3 ? (s->rope_dim / 2 + 2 - i) / 3 : 0);
    key_u32(w, ".full_attention_interval", 4);
    key_u32(w, ".ssm.conv_kernel", s->taps);
    key_u32(w, ".ssm.state_size", s->state);
    key_u32(w, ".ssm.group_count", s->key_heads);
    key_u32(w, ".ssm.time_step_rank", s->value_heads);
    key_u32(w, ".ssm.inner_size", s->value_heads * s->state);
}

static void put_keys(struct writer *w) {
    const struct shape *s = w->s;
    key_string(w, "general.architecture", s->arch);
    key_string(w, "general.name", s->name);
    key_u32(w, "general.file_type", w->m->file_type);
    key_u32(w, "general.quantization_version", 2);
    key_u32(w, ".block_count", s->layers);
    key_u32(w, ".context_length", s->context);
    key_u32(w, ".embedding_length", s->embd);
    key_u32(w, ".feed_forward_length", s->ff);
    key_u32(w, ".attention.head_count", s->heads);
    key_u32(w, ".attention.head_count_kv", s->kv_heads);
    key_f32(w, ".attention.layer_norm_rms_epsilon", 1e-6f);
    key_f32(w, ".rope.freq_base", s->rope_base);
    if (s->head_dim && s->head_dim * s->heads != s->embd) {
        key_u32(w, ".attention.key_length", s->head_dim);
        key_u32(w, ".attention.value_length", s->head_dim);
    }
    if (s->window) put_gpt_oss_keys(w);
    if (s->key_heads) put_delta_keys(w);
    if (!s->kv_lora) return;
    key_u32(w, ".attention.q_lora_rank", s->q_lora);
    key_u32(w, ".attention.kv_lora_rank", s->kv_lora);
    key_u32(w, ".attention.key_length", s->kv_lora + s->rope_dim);
    key_u32(w, ".attention.value_length", s->kv_lora);
    key_u32(w, ".attention.key_length_mla", s->nope_dim + s->rope_dim);
    key_u32(w, ".attention.value_length_mla", s->value_dim);
    key_u32(w, ".rope.dimension_count", s->rope_dim);
    key_u32(w, ".leading_dense_block_count", s->dense_layers);
    key_u32(w, ".expert_count", s->experts);
    key_u32(w, ".expert_used_count", s->used);
    key_u32(w, ".expert_shared_count", s->shared);
    key_u32(w, ".expert_feed_forward_length", s->expert_ff);
    key_u32(w, ".expert_gating_func", 2);
    key_f32(w, ".expert_weights_scale", 2.5f);
    key_true(w, ".expert_weights_norm");
    key_u32(w, ".vocab_size", s->vocab);
}

/* The character that stands for byte b in byte-level vocabularies. */
static void byte_character(unsigned b, char out[4]) {
    static unsigned code[256];
    if (!code[255]) {
        unsigned next = 256;
        for (unsigned i = 0; i < 256; i++)
            code[i] = (i > 32 && i < 127) || (i > 160 && i != 173) ? i : next++;
    }
    unsigned c = code[b];
    if (c < 128) {
        out[0] = (char)c, out[1] = 0;
    } else {
        out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), out[2] = 0;
    }
}

static void put_vocabulary(struct writer *w) {
    uint32_t n = w->s->vocab;
    key_string(w, "tokenizer.ggml.model", "gpt2");
    key_string(w, "tokenizer.ggml.pre", w->s->kv_lora ? "deepseek-v3" : "qwen2");
    key(w, "tokenizer.ggml.tokens", ARRAY);
    put_u32(w, STRING);
    put_u64(w, n);
    for (uint32_t i = 0; i < n; i++) {
        char text[32];
        if (i < 256)
            byte_character(i, text);
        else if (i == n - 1)
            snprintf(text, sizeof text, "<|end|>");
        else
            snprintf(text, sizeof text, "w%ux", i);
        put_string(w, text);
    }
    key(w, "tokenizer.ggml.token_type", ARRAY);
    put_u32(w, I32);
    put_u64(w, n);
    for (uint32_t i = 0; i < n; i++) put_u32(w, i == n - 1 ? 3 : 1);
    key(w, "tokenizer.ggml.merges", ARRAY);
    put_u32(w, STRING);
    put_u64(w, 1);
    put_string(w, "w 2");
    key_u32(w, "tokenizer.ggml.bos_token_id", n - 1);
    key_u32(w, "tokenizer.ggml.eos_token_id", n - 1);
    key_string(w, "tokenizer.chat_template",
               "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}<think>\n");
}

/* -- data -------------------------------------------------------------------------------------- */

static void half_offsets(uint32_t type, int *d, int *m) {
    *d = type == TENSOR_Q2_K ? 80 : type == TENSOR_Q3_K ? 108 : 0;
    *m = type == TENSOR_Q2_K ? 82 : type == TENSOR_Q5_K ? 2 : -1;
}

/* Blocks of random weights of that spread: rounded ones, or random codes under a fitting scale. */
static void random_blocks(struct writer *w, const struct planned *p, unsigned char *b, size_t n) {
    uint32_t type = p->type;
    float spread = p->spread;
    const struct quant_type *t = quant_type(type);
    float *x = mem_array(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = spread > 0 ? (float)rng_normal(&w->rng) * spread : p->same;
    if (t->quantize) {
        t->quantize(x, b, n);
    } else {
        int d, m;
        half_offsets(type, &d, &m);
        uint16_t zero = 0, unit = f32_to_f16(spread / 200);
        for (size_t i = 0; i < n / t->block; i++, b += t->bytes) {
            for (uint32_t j = 0; j < t->bytes; j++) b[j] = (unsigned char)rng_next(&w->rng);
            memcpy(b + d, &unit, 2);
            if (m >= 0) memcpy(b + m, &zero, 2);
        }
    }
    free(x);
}

/* A tensor is made of pieces of a stock of blocks, each from a random place. */
static void put_tensor(struct writer *w, const struct planned *t) {
    enum { STOCK = 256 * 1024, PIECE = 16 * 1024 };
    const struct quant_type *q = quant_type(t->type);
    uint64_t left = t->ne[0] * t->ne[1] * t->ne[2];
    size_t stock = left < STOCK ? left : STOCK, piece = left < PIECE ? left : PIECE;
    unsigned char *b = mem_alloc(stock / q->block * q->bytes);
    random_blocks(w, t, b, stock);
    while (left) {
        size_t n = left < piece ? left : piece;
        size_t at = rng_below(&w->rng, (uint32_t)((stock - n) / q->block + 1));
        put(w, b + at * q->bytes, n / q->block * q->bytes);
        left -= n;
    }
    free(b);
}

static void pad(struct writer *w) {
    while (ftell(w->f) % 32) put(w, "", 1);
}

static void write_file(struct writer *w) {
    put(w, "GGUF", 4);
    put_u32(w, 3);
    put_u64(w, w->n);
    put_u64(w, 0); /* the number of keys, later */
    put_keys(w);
    put_vocabulary(w);
    uint64_t offset = 0;
    for (size_t i = 0; i < w->n; i++) {
        struct planned *t = &w->tensors[i];
        put_string(w, t->name);
        put_u32(w, t->n_dims);
        for (uint32_t d = 0; d < t->n_dims; d++) put_u64(w, t->ne[d]);
        put_u32(w, t->type);
        put_u64(w, offset);
        offset += (quant_row_bytes(t->type, t->ne[0]) * t->ne[1] * t->ne[2] + 31) / 32 * 32;
    }
    pad(w);
    for (size_t i = 0; i < w->n; i++) {
        put_tensor(w, &w->tensors[i]);
        pad(w);
    }
    fseek(w->f, 16, SEEK_SET);
    put_u64(w, w->n_keys);
}

int main(int argc, char **argv) {
    enum { N_SHAPES = sizeof shapes / sizeof *shapes, N_MIXES = sizeof mixes / sizeof *mixes };
    struct writer w = {.rng = {.seed = 1}};
    if (argc == 4) {
        for (int i = 0; i < N_SHAPES; i++)
            if (strcmp(shapes[i].name, argv[1]) == 0) w.s = &shapes[i];
        for (int i = 0; i < N_MIXES; i++)
            if (strcmp(mixes[i].name, argv[2]) == 0) w.m = &mixes[i];
    }
    if (!w.s || !w.m) {
        fputs("usage: make_model SHAPE MIX FILE\nshapes:", stderr);
        for (int i = 0; i < N_SHAPES; i++) fprintf(stderr, " %s", shapes[i].name);
        fputs("\nmixes:", stderr);
        for (int i = 0; i < N_MIXES; i++) fprintf(stderr, " %s", mixes[i].name);
        fputs("\n", stderr);
        return 2;
    }
    w.f = fopen(argv[3], "wb");
    if (!w.f) {
        perror(argv[3]);
        return 1;
    }
    plan_all(&w);
    write_file(&w);
    free(w.tensors);
    if (fclose(w.f)) {
        perror(argv[3]);
        return 1;
    }
    return 0;
}
