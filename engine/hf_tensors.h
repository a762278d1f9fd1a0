/* hf_tensors: a tensor of a published folder becomes one or more of ours. Views of the mapped files
 * where the layouts agree, else copies that the folder owns. */
#ifndef ENGINE_HF_TENSORS_H
#define ENGINE_HF_TENSORS_H

#include "engine/hf_private.h"

struct hf_source {
    const struct safetensor *t;
    bool used;
};

/* A tensor as the engine will see it. */
struct hf_made {
    char *name;
    uint32_t n_dims, type;
    uint64_t ne[4];
    const void *data;
};

struct hf {
    const char *folder;
    const char *prefix; /* of the text model's tensors: "model" */
    struct hf_config config;
    struct gguf_head head;
    struct safetensors **files;
    size_t n_files, cap_files;
    struct hf_source *sources; /* by name */
    size_t n_sources;
    struct hf_made *made;
    size_t n_made, cap_made;
    void **copies;
    size_t n_copies, cap_copies;
    uint64_t file_bytes;
    struct err *e;
};

/* What a number of a safetensor_type becomes: its tensor type, and its bytes there. */
struct hf_element {
    uint32_t type;
    unsigned bytes;
};
extern const struct hf_element hf_elements[];

struct hf_source *hf_find_source(struct hf *f, const char *name); /* NULL: there is none */
/* The same, and it counts as used. */
const struct safetensor *hf_find(struct hf *f, const char *name);

void *hf_keep(struct hf *f, void *p); /* lives as long as the folder; returns p */
uint64_t hf_count(const struct safetensor *t);
/* It has so many dimensions, and numbers that are read as such. */
bool hf_usable(struct hf *f, const struct safetensor *t, uint32_t n_dims);
/* The numbers in the type of hf_elements: a view, or a copy where they must be unpacked. NULL:
 * failed. */
const void *hf_numbers(struct hf *f, const struct safetensor *t);

/* Adds a tensor of ours. False when data is NULL. */
bool hf_add(struct hf *f, const char *name, uint32_t n_dims, const uint64_t *ne, uint32_t type,
            const void *data);
/* Adds `t` as F32 and returns its numbers, which may still be changed; NULL: failed. */
float *hf_add_f32(struct hf *f, const char *name, const struct safetensor *t);
bool hf_add_as(struct hf *f, const char *name, const struct safetensor *t, enum hf_how how);
/* The matrices of all experts, one tensor each there, as one of ours. */
bool hf_add_experts(struct hf *f, unsigned block, const char *place, const char *part,
                    const char *name);

/* hf_rearrange.c: what is HF_REARRANGED and beyond. */
bool hf_rearrange(struct hf *f, const char *name, const struct safetensor *t, enum hf_how how);

#endif
