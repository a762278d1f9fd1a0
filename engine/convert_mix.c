/* convert_mix: which tensor gets which type. The rules are those by which the models that people
 * download are made: rounding hurts most in the values of attention, in the way out of the
 * feed-forward part and in the output matrix, so these get more bits, the first two in the layers
 * where it shows most. Small tensors (norms, biases, routers, convolutions) stay as they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/convert.h"
#include "engine/quant.h"

const struct convert_mix convert_mixes[] = {
    {"Q8_0", 7, TENSOR_Q8_0},    {"Q6_K", 18, TENSOR_Q6_K}, {"Q5_K_M", 17, TENSOR_Q5_K},
    {"Q4_K_M", 15, TENSOR_Q4_K}, {"Q4_0", 2, TENSOR_Q4_0},  {"F16", 1, TENSOR_F16},
    {"BF16", 32, TENSOR_BF16},   {"F32", 0, TENSOR_F32},    {.name = NULL},
};

const struct convert_mix *convert_find(const char *name) {
    for (const struct convert_mix *m = convert_mixes; m->name; m++)
        if (strcasecmp(m->name, name) == 0) return m;
    return NULL;
}

/* ---- what a tensor is ---- */

struct name {
    char s[128]; /* cut if longer: no name that a rule knows is */
};

static struct name name_of(const struct gguf_tensor *t) {
    struct name n = {{0}};
    memcpy(n.s, t->name.s, t->name.len < sizeof n.s ? t->name.len : sizeof n.s - 1);
    return n;
}

/* Parts of names of weights that are never rounded. */
static const char *const kept[] = {
    "_norm.weight",   "ffn_gate_inp.weight",  "ssm_conv1d",
    "shortconv.conv", "per_layer_model_proj", "altup",
    "laurel",         "indexer.k_proj",       "indexer.q_proj",
    "position_embd",  "token_types",          "time_mix_",
};

static bool may_be_rounded(const struct gguf_tensor *t, const char *name) {
    const size_t n = strlen(name);
    if (t->ne[1] * t->ne[2] * t->ne[3] < 2 || n < 6 || strcmp(name + n - 6, "weight") != 0)
        return false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strstr(name, kept[i])) return false;
    return true;
}

static bool is_value(const char *name) {
    return strstr(name, "attn_v.weight") || strstr(name, "attn_qkv.weight") ||
           strstr(name, "attn_kv_b.weight");
}

/* ---- what the model is ---- */

static uint32_t number(const struct gguf *g, const char *part) {
    struct gguf_string arch = {"", 0};
    char key[128];
    uint32_t value = 0;
    gguf_str(g, "general.architecture", &arch);
    snprintf(key, sizeof key, "%.*s.%s", (int)(arch.len < 64 ? arch.len : 64), arch.s, part);
    gguf_u32(g, key, &value);
    return value;
}

static unsigned block_of(const char *name) {
    unsigned block = 0;
    return sscanf(name, "blk.%u.", &block) == 1 ? block : 0;
}

/* The tensor's place among the attention values of all blocks, and how many there are: some
 * families have them in every block, some in every fourth. */
static void place_among_values(const struct gguf *g, unsigned block, uint32_t *place, uint32_t *n) {
    *place = *n = 0;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        struct name other = name_of(&g->tensors[i]);
        if (!is_value(other.s)) continue;
        *n += 1;
        *place += block_of(other.s) < block;
    }
}

/* The layers in which a wrong digit costs most: the first and last eighth and every third. */
static bool wants_more(uint32_t i, uint32_t n) {
    return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
}

static bool is_70b(const struct gguf *g) {
    struct gguf_string arch = {"", 0};
    gguf_str(g, "general.architecture", &arch);
    return number(g, "block_count") == 80 &&
           (gguf_string_is(arch, "qwen2") ||
            (gguf_string_is(arch, "llama") &&
             number(g, "attention.head_count") != number(g, "attention.head_count_kv")));
}

/* ---- the rules ---- */

static bool is_k_mix(const struct convert_mix *m) {
    return m->base == TENSOR_Q4_K || m->base == TENSOR_Q5_K;
}

static enum tensor_type output_type(const struct gguf_tensor *t, enum tensor_type base) {
    if (base == TENSOR_Q8_0 || t->ne[0] % quant_type(base)->block) return TENSOR_Q8_0;
    return TENSOR_Q6_K;
}

static enum tensor_type value_type(const struct gguf *g, const char *name, enum tensor_type type,
                                   bool mixed) {
    uint32_t place, n;
    place_among_values(g, block_of(name), &place, &n);
    if (mixed && wants_more(place, n)) type = TENSOR_Q6_K;
    if (is_70b(g) && type == TENSOR_Q4_K) type = TENSOR_Q5_K;
    return number(g, "expert_count") == 8 ? TENSOR_Q8_0 : type;
}

static enum tensor_type mixed_type(const struct gguf *g, const struct gguf_tensor *t,
                                   const char *name, const struct convert_mix *mix) {
    const bool eight = number(g, "expert_count") == 8;
    const bool tied = !gguf_tensor(g, "output.weight");
    if (strcmp(name, "output.weight") == 0 || (tied && strcmp(name, "token_embd.weight") == 0))
        return output_type(t, mix->base);
    if (is_value(name)) return value_type(g, name, mix->base, is_k_mix(mix));
    if (strstr(name, "attn_k.weight") && eight) return TENSOR_Q8_0;
    if (strstr(name, "attn_output.weight") && eight && mix->base == TENSOR_Q4_K) return TENSOR_Q5_K;
    if (strstr(name, "ffn_down") && is_k_mix(mix) &&
        wants_more(block_of(name), number(g, "block_count")))
        return TENSOR_Q6_K;
    return mix->base;
}

/* A type whose blocks fit into the row. */
static enum tensor_type fitting(enum tensor_type type, uint64_t n) {
    static const enum tensor_type instead[TENSOR_TYPE_LIMIT] = {
        [TENSOR_Q4_K] = TENSOR_Q5_0, [TENSOR_Q5_K] = TENSOR_Q5_1, [TENSOR_Q6_K] = TENSOR_Q8_0};
    if (n % quant_type(type)->block && instead[type]) type = instead[type];
    return n % quant_type(type)->block ? TENSOR_F16 : type;
}

/* Whether `from` is a rounded type of no more bits: rounding it anew would only lose. */
static bool is_small_enough(uint32_t from, enum tensor_type to) {
    const struct quant_type *a = quant_type(from), *b = quant_type(to);
    return a->block > 1 && (uint64_t)a->bytes * b->block <= (uint64_t)b->bytes * a->block;
}

enum tensor_type convert_type(const struct gguf *g, const struct gguf_tensor *t,
                              const struct convert_mix *mix) {
    const struct name name = name_of(t);
    if (!quant_type(t->type) || !may_be_rounded(t, name.s)) return (enum tensor_type)t->type;
    if (quant_type(mix->base)->block == 1) return mix->base;
    enum tensor_type type = fitting(mixed_type(g, t, name.s, mix), t->ne[0]);
    return is_small_enough(t->type, type) ? (enum tensor_type)t->type : type;
}
