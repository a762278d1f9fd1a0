/* pull_choice: see pull_choice.h. */
#include "app/pull_choice.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gguf_split.h"

/* In the order in which we take them: four to five bits lose little and are fast, more bits cost
 * speed, fewer cost sense. Longer names stand for themselves: Q4_K_M does not match Q4_K. */
static const char *const quants[] = {
    "Q4_K_M", "Q4_K_S", "Q5_K_M", "Q5_K_S", "Q6_K",   "Q8_0",   "MXFP4",  "Q4_K_XL", "Q4_1",
    "Q4_0",   "IQ4_NL", "IQ4_XS", "Q5_1",   "Q5_0",   "Q3_K_L", "Q3_K_M", "Q3_K_S",  "Q2_K",
    "Q2_K_S", "Q2_K_L", "Q4_K_L", "Q5_K_L", "Q6_K_L", "BF16",   "F16",    "F32",
};
/* Types that the engine does not compute with: listed, taken only when named. */
static const char *const foreign[] = {
    "IQ1_S",   "IQ1_M",   "IQ2_XXS", "IQ2_XS",  "IQ2_S",   "IQ2_M", "IQ3_XXS",
    "IQ3_XS",  "IQ3_S",   "IQ3_M",   "TQ1_0",   "TQ2_0",   "Q1_0",  "Q2_0",
    "Q2_K_XL", "Q3_K_XL", "Q5_K_XL", "Q6_K_XL", "Q8_K_XL",
};
enum { N_QUANTS = sizeof quants / sizeof *quants, N_FOREIGN = sizeof foreign / sizeof *foreign };
enum { RANK_UNKNOWN = N_QUANTS, RANK_FOREIGN };

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether `name` has `word` between marks ("-Q4_K_M.gguf"). */
static bool has_word(const char *name, const char *word) {
    size_t n = strlen(word);
    for (const char *at = name; (at = strcasestr(at, word)); at++) {
        bool starts = at == name || strchr("-._", at[-1]);
        if (starts && (!at[n] || strchr("-.", at[n]))) return true;
    }
    return false;
}

static void name_quant(struct pull_model *m) {
    const char *name = base_name(m->path);
    m->rank = RANK_UNKNOWN;
    for (int i = 0; i < N_QUANTS + N_FOREIGN; i++) {
        const char *quant = i < N_QUANTS ? quants[i] : foreign[i - N_QUANTS];
        if (!has_word(name, quant)) continue;
        snprintf(m->quant, sizeof m->quant, "%s", quant);
        m->rank = i < N_QUANTS ? i : RANK_FOREIGN;
        return;
    }
}

/* The index of a part of the model that `path` begins, or -1. */
static long find_part(const struct hub_file *files, size_t n, const char *path, unsigned no) {
    char *wanted = gguf_part_path(path, no);
    long found = -1;
    for (size_t i = 0; i < n && found < 0; i++)
        if (strcmp(files[i].path, wanted) == 0) found = (long)i;
    free(wanted);
    return found;
}

static bool collect(struct pull_model *m, const struct hub_file *files, size_t n, size_t first) {
    unsigned no = 1, count = 1;
    bool split = gguf_part_name(files[first].path, &no, &count);
    if (no != 1 || count > n) return false;
    *m =
        (struct pull_model){.path = files[first].path, .parts = mem_array(count, sizeof *m->parts)};
    for (unsigned i = 1; i <= count; i++) {
        long at = split ? find_part(files, n, files[first].path, i) : (long)first;
        if (at < 0) return free(m->parts), false;
        m->parts[m->n_parts++] = (size_t)at;
        m->bytes += files[at].bytes;
    }
    name_quant(m);
    return true;
}

static int by_size(const void *a, const void *b) {
    const struct pull_model *x = a, *y = b;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

struct pull_model *pull_models(const struct hub_file *files, size_t n_files, size_t *n) {
    struct pull_model *models = mem_calloc(n_files, sizeof *models);
    *n = 0;
    for (size_t i = 0; i < n_files; i++) {
        const char *name = base_name(files[i].path);
        if (strncasecmp(name, "mmproj", 6) == 0 || strcasestr(name, "imatrix")) continue;
        if (collect(&models[*n], files, n_files, i)) ++*n;
    }
    qsort(models, *n, sizeof *models, by_size);
    return models;
}

void pull_models_free(struct pull_model *models, size_t n) {
    for (size_t i = 0; i < n; i++) free(models[i].parts);
    free(models);
}

int64_t pull_need(int64_t bytes) { return bytes + bytes / 20 + (1LL << 30); }

static const struct pull_model *named(const struct pull_model *models, size_t n,
                                      const char *quant) {
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(models[i].quant, quant) == 0 ||
            strcasecmp(base_name(models[i].path), quant) == 0)
            return &models[i];
    for (size_t i = 0; i < n; i++)
        if (has_word(base_name(models[i].path), quant)) return &models[i];
    return NULL;
}

const struct pull_model *pull_choose(const struct pull_model *models, size_t n, const char *quant,
                                     int64_t memory, bool *fits) {
    const struct pull_model *best = NULL, *smallest = NULL;
    if (quant) {
        best = named(models, n, quant);
        *fits = best && (!memory || pull_need(best->bytes) <= memory);
        return best;
    }
    for (size_t i = 0; i < n; i++) {
        const struct pull_model *m = &models[i];
        if (m->rank == RANK_FOREIGN) continue;
        if (!smallest) smallest = m;
        if (memory && pull_need(m->bytes) > memory) continue;
        if (!best || m->rank < best->rank) best = m;
    }
    *fits = best != NULL;
    return best ? best : smallest;
}
