/* model: the weights of one GGUF file, read-only and shared by any number of sessions. */
#ifndef ENGINE_MODEL_H
#define ENGINE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/reasoning.h"
#include "engine/sampler.h"
#include "engine/template.h"
#include "engine/tokenizer.h"

struct model;

/* What a person or another layer may want to know. Pointers live as long as the model. */
struct model_info {
    const char *path, *name, *arch, *type_label; /* type_label: "Q4_K_M", from general.file_type */
    uint64_t file_bytes, weight_bytes;
    uint64_t n_params, n_params_active; /* active: touched for one token (experts used) */
    uint64_t bytes_per_token;           /* weight bytes read to decode one token */
    uint64_t kv_bytes_per_token;        /* of a session's cache, all layers */
    uint64_t kv_bytes_windowed;         /* of that, in layers that hold a window alone */
    uint64_t kv_bytes_full_heads;       /* what full keys and values of all heads would take */
    uint32_t n_layers, n_embd, n_head, n_head_kv, n_vocab, context_length;
    uint32_t n_experts, n_experts_used; /* 0: dense */
    uint32_t n_mtp;                     /* multi-token-prediction blocks present */
    uint32_t window;                    /* tokens that such layers see; 0: there are none */
    bool has_template, has_tokenizer;
    struct sampling sampling; /* recommended: the file's, else the family's, else ours */
};

struct model *model_open(const char *path, struct err *e);
void model_close(struct model *m); /* no session may be open; NULL is fine */

const struct model_info *model_info(const struct model *m);
const struct tokenizer *
model_tokenizer(const struct model *m); /* NULL: a file without vocabulary */
/* NULL, with the reason: none in the file, or an error with the template's line. */
const struct template *model_template(const struct model *m, struct err *e);
const struct reasoning_format *model_reasoning(const struct model *m);
const struct gguf *model_gguf(const struct model *m);

#endif
