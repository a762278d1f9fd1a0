/* hf_folder: see the header. The tensors of all safetensors files are sorted by name; a table says
 * what each is called here and what has to be done to it. Every tensor of the folder must find its
 * use, as in a GGUF file. */
#include "engine/hf_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/hf_tensors.h"
#include "engine/tensor.h"

enum { JSON_MAX = 256 << 20, SHARDS_MAX = 10000 };

/* ---- files ---- */

bool hf_json(const char *folder, const char *name, bool needed, cJSON **out, struct err *e) {
    struct str path = STR_INIT, text = STR_INIT;
    char buf[1 << 14];
    *out = NULL;
    str_addf(&path, "%s/%s", folder, name);
    FILE *f = fopen(path.s, "rb");
    str_free(&path);
    if (!f) return !needed || err_set(e, "%s is missing or cannot be read", name);
    for (size_t n; text.len < JSON_MAX && (n = fread(buf, 1, sizeof buf, f));)
        str_addn(&text, buf, n);
    fclose(f);
    *out = cJSON_ParseWithLength(str_cstr(&text), text.len);
    str_free(&text);
    return cJSON_IsObject(*out) || err_set(e, "%s: not a JSON object", name);
}

static bool open_file(struct hf *f, const char *name) {
    struct str path = STR_INIT;
    if (strchr(name, '/') || f->n_files == SHARDS_MAX)
        return err_set(f->e, "model.safetensors.index.json: impossible file %.60s", name);
    str_addf(&path, "%s/%s", f->folder, name);
    struct safetensors *s = safetensors_open(path.s, f->e);
    str_free(&path);
    if (!s) return false;
    f->files = mem_grow(f->files, &f->cap_files, f->n_files + 1, sizeof *f->files);
    f->files[f->n_files++] = s;
    f->file_bytes += s->file_bytes;
    return true;
}

static int by_string(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool open_files(struct hf *f) {
    cJSON *index, *x;
    bool ok = hf_json(f->folder, "model.safetensors.index.json", false, &index, f->e);
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(index, "weight_map");
    const char **names = mem_array((size_t)cJSON_GetArraySize(map) + 1, sizeof *names);
    size_t n = 0;
    if (ok && !index) ok = open_file(f, "model.safetensors");
    for (x = map ? map->child : NULL; x; x = x->next)
        if (cJSON_IsString(x)) names[n++] = x->valuestring;
    qsort(names, n, sizeof *names, by_string);
    for (size_t i = 0; ok && i < n; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) ok = open_file(f, names[i]);
    free(names);
    cJSON_Delete(index);
    return ok;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct hf_source *)a)->t->name, ((const struct hf_source *)b)->t->name);
}

static bool sort_sources(struct hf *f) {
    size_t all = 0;
    for (size_t i = 0; i < f->n_files; i++) all += f->files[i]->n;
    f->sources = mem_calloc(all, sizeof *f->sources);
    for (size_t i = 0; i < f->n_files; i++)
        for (size_t k = 0; k < f->files[i]->n; k++)
            f->sources[f->n_sources++].t = &f->files[i]->tensors[k];
    qsort(f->sources, f->n_sources, sizeof *f->sources, by_name);
    for (size_t i = 1; i < f->n_sources; i++)
        if (strcmp(f->sources[i].t->name, f->sources[i - 1].t->name) == 0)
            return err_set(f->e, "tensor %s: there are two", f->sources[i].t->name);
    return true;
}

struct hf_source *hf_find_source(struct hf *f, const char *name) {
    size_t low = 0, high = f->n_sources;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcmp(name, f->sources[mid].t->name);
        if (c == 0) return &f->sources[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const struct safetensor *hf_find(struct hf *f, const char *name) {
    struct hf_source *s = hf_find_source(f, name);
    if (!s) return NULL;
    s->used = true;
    return s->t;
}

/* ---- the names ---- */

/* The tensors of a block that a table names and no table before it did. */
static bool add_named(struct hf *f, unsigned block, const struct hf_name *names) {
    char from[160], to[64];
    for (; names && names->from; names++) {
        if (str_starts(names->from, "model.")) continue; /* of no block */
        snprintf(from, sizeof from, "%s.layers.%u.%s", f->prefix, block, names->from);
        snprintf(to, sizeof to, "blk.%u.%s", block, names->to);
        struct hf_source *s = hf_find_source(f, from);
        if (!s || s->used) continue;
        s->used = true;
        if (!hf_add_as(f, to, s->t, names->how)) return false;
    }
    return true;
}

static bool add_block(struct hf *f, unsigned block) {
    static const char *const as_most[] = {"mlp.experts", "gate_proj", "up_proj", "down_proj"};
    static const char *const ours[] = {NULL, "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"};
    const struct hf_family *family = f->config.family;
    const char *const *theirs = family->experts[0] ? family->experts : as_most;
    char from[160], to[64];
    if (!add_named(f, block, family->names) || !add_named(f, block, hf_shared_names)) return false;
    snprintf(from, sizeof from, "%s.layers.%u.%s.0.%s.weight", f->prefix, block, theirs[0],
             theirs[1]);
    if (!f->config.n_experts || !hf_find_source(f, from)) return true;
    for (size_t i = 1; i < 4; i++) {
        snprintf(to, sizeof to, "blk.%u.%s.weight", block, ours[i]);
        if (!hf_add_experts(f, block, theirs[0], theirs[i], to)) return false;
    }
    return true;
}

/* Of no use to us: tables that follow from the config, the drafting block, and what sees. */
static bool may_be_left(const struct hf *f, const char *name) {
    unsigned block;
    size_t n = strlen(f->prefix);
    return strstr(name, "rotary_emb.inv_freq") || strstr(name, "vision_") ||
           strstr(name, "multi_modal_projector") ||
           (strncmp(name, f->prefix, n) == 0 && sscanf(name + n, ".layers.%u.", &block) == 1 &&
            block >= f->config.n_layers) ||
           (f->config.tied && str_ends(name, "lm_head.weight"));
}

/* Models that also see keep their text model under a longer name. */
static void find_prefix(struct hf *f) {
    static const char *const prefixes[] = {"model", "model.language_model", "language_model.model"};
    f->prefix = prefixes[0];
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s.embed_tokens.weight", prefixes[i]);
        if (hf_find_source(f, name)) f->prefix = prefixes[i];
    }
}

/* What belongs to no block; `names` begin with "model.". */
static bool add_outer(struct hf *f, const struct hf_name *names) {
    char from[160];
    for (; names && names->from; names++) {
        if (!str_starts(names->from, "model.")) continue;
        snprintf(from, sizeof from, "%s%s", f->prefix, names->from + strlen("model"));
        struct hf_source *s = hf_find_source(f, from);
        if (!s || s->used) continue;
        s->used = true;
        if (!hf_add_as(f, names->to, s->t, names->how)) return false;
    }
    return true;
}

static bool add_head(struct hf *f) {
    const struct safetensor *t = hf_find(f, "lm_head.weight");
    if (!t) t = hf_find(f, "language_model.lm_head.weight");
    return !t || f->config.tied || hf_add_as(f, "output.weight", t, HF_MATRIX);
}

static void add_divisors(struct hf *f, const char *name, const float *divisors) {
    uint64_t n = f->config.n_divisors;
    if (divisors) hf_add(f, name, 1, &n, TENSOR_F32, divisors);
}

static bool add_all(struct hf *f) {
    static const struct hf_name outer[] = {
        {"model.embed_tokens.weight", "token_embd.weight", HF_MATRIX},
        {"model.norm.weight", "output_norm.weight", HF_SMALL},
        {.from = NULL}};
    find_prefix(f);
    if (!add_outer(f, f->config.family->names) || !add_outer(f, outer) || !add_head(f))
        return false;
    add_divisors(f, "rope_freqs.weight", f->config.rope_divisors);
    add_divisors(f, "rope_factors_short.weight", f->config.rope_short);
    add_divisors(f, "rope_factors_long.weight", f->config.rope_long);
    for (unsigned i = 0; i < f->config.n_layers; i++)
        if (!add_block(f, i)) return false;
    for (size_t i = 0; i < f->n_sources; i++)
        if (!f->sources[i].used && !may_be_left(f, f->sources[i].t->name))
            return err_set(f->e, "tensor %s: the family %s has no use for it",
                           f->sources[i].t->name, f->config.family->arch);
    return true;
}

/* ---- the whole ---- */

static void release(void *owner) {
    struct hf *f = owner;
    for (size_t i = 0; i < f->n_files; i++) safetensors_close(f->files[i]);
    for (size_t i = 0; i < f->n_made; i++) free(f->made[i].name);
    for (size_t i = 0; i < f->n_copies; i++) free(f->copies[i]);
    free(f->files);
    free(f->sources);
    free(f->made);
    free(f->copies);
    gguf_head_free(&f->head);
    hf_config_done(&f->config);
    free(f);
}

static bool read_folder(struct hf *f) {
    struct err *e = f->e;
    return hf_config_read(f->folder, &f->config, &f->head, e) &&
           hf_tokenizer_read(f->folder, &f->config, &f->head, e) && open_files(f) &&
           sort_sources(f) && add_all(f);
}

/* The label that most of the matrices deserve. */
static uint32_t file_type(const struct hf *f) {
    uint64_t n[TENSOR_TYPE_LIMIT] = {0};
    for (size_t i = 0; i < f->n_made; i++)
        n[f->made[i].type] += f->made[i].ne[0] * f->made[i].ne[1] * f->made[i].ne[2];
    if (n[TENSOR_BF16] >= n[TENSOR_F16] && n[TENSOR_BF16] >= n[TENSOR_F32]) return 32;
    return n[TENSOR_F16] >= n[TENSOR_F32] ? 1 : 0;
}

static struct gguf *present(struct hf *f, const char *path, struct err *e) {
    struct str head = STR_INIT;
    gguf_head_u32(&f->head, "general.file_type", file_type(f));
    for (size_t i = 0; i < f->n_made; i++) {
        const struct hf_made *m = &f->made[i];
        gguf_head_tensor(&f->head, (struct gguf_string){m->name, strlen(m->name)}, m->n_dims, m->ne,
                         m->type, 0);
    }
    gguf_head_finish(&f->head, &head);
    struct gguf *g = gguf_from_head(path, head.s, head.len, release, f, e);
    str_free(&head);
    if (!g) return NULL;
    for (uint64_t i = 0; i < g->n_tensors; i++) g->tensors[i].data = f->made[i].data;
    g->file_bytes = f->file_bytes;
    return g;
}

struct gguf *hf_open(const char *path, struct err *e) {
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) return gguf_open(path, e);
    struct hf *f = mem_calloc(1, sizeof *f);
    f->e = e;
    char *folder = mem_strdup(path);
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--) folder[n - 1] = '\0';
    f->folder = folder;
    bool ok = read_folder(f);
    struct gguf *g = NULL;
    if (ok) {
        g = present(f, folder, e);
    } else {
        err_prefix(e, "%s", folder);
        release(f);
    }
    free(folder);
    return g;
}
