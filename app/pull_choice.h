/* pull_choice: a repository's files as models: the parts of one belong together, the name tells
 * the quantization, and one of them suits this machine best. */
#ifndef APP_PULL_CHOICE_H
#define APP_PULL_CHOICE_H

#include "app/hub.h"

struct pull_model {
    char quant[24]; /* "Q4_K_M"; "" when the name has none that we know */
    int rank;       /* of the quantization: lower is preferred; see pull_choice.c */
    int64_t bytes;  /* of all parts */
    size_t *parts;  /* indices in the list of files, in the order of the parts */
    size_t n_parts;
    const char *path; /* of the first part; of the list */
};

/* Sorted by size. A model that lacks a part is left out. Owned. */
struct pull_model *pull_models(const struct hub_file *files, size_t n_files, size_t *n);
void pull_models_free(struct pull_model *models, size_t n);

/* Bytes of memory for a model file of this size with 8,192 tokens of context: before its header is
 * here the cache is a guess. */
int64_t pull_need(int64_t bytes);

/* The one that `quant` names (NULL: what suits `memory` bytes best, 0 = any; *fits tells whether
 * it does). NULL when there is none such. */
const struct pull_model *pull_choose(const struct pull_model *models, size_t n, const char *quant,
                                     int64_t memory, bool *fits);

#endif
