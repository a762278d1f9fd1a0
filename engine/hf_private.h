/* hf_private: what the readers of a folder share.
 *
 *   hf_folder.c     the files, and which of their tensors is which of ours
 *   hf_tensors.c    from a tensor there to one of ours; hf_rearrange.c where more than that
 *   hf_families.c   what each family calls its tensors, and the numbers that it alone has
 *   hf_config.c     config.json and generation_config.json to metadata
 *   hf_tokenizer.c  tokenizer.json, tokenizer_config.json, chat_template.jinja to metadata */
#ifndef ENGINE_HF_PRIVATE_H
#define ENGINE_HF_PRIVATE_H

#include <cjson/cJSON.h>

#include "engine/gguf_head.h"
#include "engine/safetensors.h"

struct hf_config;

/* What is to be done with a tensor. */
enum hf_how {
    HF_MATRIX,
    HF_SMALL,          /* as F32, which a GGUF file has for vectors and routers */
    HF_SMALL_PLUS_ONE, /* a norm that is stored as what it differs from one */
    HF_PAIRED_Q, /* rows of heads, stored for pairs (2i, 2i+1) where the family is `permuted` */
    HF_PAIRED_K,
    HF_STACK,                      /* a matrix for each expert, in one tensor */
    HF_REARRANGED,                 /* from here on: hf_rearrange.c */
    HF_DELTA_QKVZ = HF_REARRANGED, /* queries, keys, values and gates together by key head */
    HF_DELTA_DECAY,                /* A_log */
    HF_HEADS_DECAY,                /* the same; from here on value heads change places */
    HF_HEADS_QKV,                  /* rows, behind those of queries and keys */
    HF_HEADS_CONV,                 /* the same of the small tensor of taps */
    HF_HEADS_ROWS,                 /* rows, as many for a head as it is wide */
    HF_HEADS_ONE,                  /* one row or number for a head */
    HF_HEADS_COLUMNS,
    HF_MXFP4,         /* "_blocks", with "_scales" beside it */
    HF_MXFP4_GATE_UP, /* the same, rows of gate and up in turn: becomes two tensors */
    HF_GATE_UP_BIAS
};

struct hf_name {
    const char *from, *to; /* behind "model.layers.N." and "blk.N." */
    enum hf_how how;
};

struct hf_family {
    const char *model_type, *arch;
    bool permuted; /* rows of q and k are stored for pairs (2i, 2i+1) */
    bool mla;
    const struct hf_name *names; /* its own, which go before those that most share; NULL: none */
    const char *experts[4];      /* their place, and gate, up and down there; NULL: as most */
    /* The numbers that it alone has; NULL: none. */
    void (*put)(const struct hf_config *c, struct gguf_head *h);
};

extern const struct hf_name hf_shared_names[]; /* end with a NULL */
const struct hf_family *hf_family_find(const char *model_type);

struct hf_config {
    const struct hf_family *family;
    cJSON *root, *generation; /* generation NULL: no such file */
    const cJSON *json;        /* of the text model: the root, or its "text_config" */
    uint32_t n_layers, n_head, n_head_kv, head_dim, n_experts, n_lead_dense;
    uint32_t fp8_rows, fp8_columns; /* of a scaled block; 128 where nothing is said */
    float *rope_divisors, *rope_short, *rope_long; /* [head_dim / 2 or less], or NULL */
    uint32_t n_divisors;
    bool tied;
};

/* Reads a file of the folder. One that is absent and not `needed` leaves *out NULL and is no error;
 * one that is there but no JSON object always is. */
bool hf_json(const char *folder, const char *name, bool needed, cJSON **out, struct err *e);
const cJSON *hf_item(const cJSON *j, const char *key);
double hf_number(const cJSON *j, const char *key, double otherwise);
uint32_t hf_whole(const cJSON *j, const char *key, uint32_t otherwise);
bool hf_text_is(const cJSON *j, const char *key, const char *text);
/* The numbers of RoPE that full attention has, wherever the config keeps them: "rope_scaling", or
 * newer "rope_parameters", which may hold one object for each kind of layer. NULL: none. */
const cJSON *hf_rope(const cJSON *config);

/* Metadata under the architecture's prefix. */
void hf_put_u32(const struct hf_config *c, struct gguf_head *h, const char *key, uint32_t v);
void hf_put_f32(const struct hf_config *c, struct gguf_head *h, const char *key, double v);
void hf_put_u32s(const struct hf_config *c, struct gguf_head *h, const char *key, const uint32_t *v,
                 uint32_t n);

bool hf_config_read(const char *folder, struct hf_config *c, struct gguf_head *h, struct err *e);
void hf_config_done(struct hf_config *c);
bool hf_tokenizer_read(const char *folder, const struct hf_config *c, struct gguf_head *h,
                       struct err *e);

#endif
