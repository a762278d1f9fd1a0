/* hf_private: what the readers of a folder share.
 *
 *   hf_folder.c     the files, and from their tensors to ours
 *   hf_config.c     config.json and generation_config.json to metadata
 *   hf_tokenizer.c  tokenizer.json, tokenizer_config.json, chat_template.jinja to metadata */
#ifndef ENGINE_HF_PRIVATE_H
#define ENGINE_HF_PRIVATE_H

#include <cjson/cJSON.h>

#include "engine/gguf_head.h"
#include "engine/safetensors.h"

struct hf_family {
    const char *model_type, *arch;
    bool permuted; /* rows of q and k are stored for pairs (2i, 2i+1) */
    bool mla;
};

struct hf_config {
    const struct hf_family *family;
    cJSON *json, *generation; /* generation NULL: no such file */
    uint32_t n_layers, n_head, n_head_kv, head_dim, n_experts, n_lead_dense;
    uint32_t fp8_rows, fp8_columns; /* of a scaled block; 128 where nothing is said */
    float *rope_divisors;           /* [head_dim / 2], or NULL */
    bool tied;
};

/* Reads a file of the folder. One that is absent and not `needed` leaves *out NULL and is no error;
 * one that is there but no JSON object always is. */
bool hf_json(const char *folder, const char *name, bool needed, cJSON **out, struct err *e);
double hf_number(const cJSON *j, const char *key, double otherwise);
bool hf_text_is(const cJSON *j, const char *key, const char *text);

bool hf_config_read(const char *folder, struct hf_config *c, struct gguf_head *h, struct err *e);
void hf_config_done(struct hf_config *c);
bool hf_tokenizer_read(const char *folder, const struct hf_config *c, struct gguf_head *h,
                       struct err *e);

#endif
