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
#include "engine/hf_private.h"
#include "engine/quant.h"
#include "engine/tensor.h"

enum { JSON_MAX = 256 << 20, SHARDS_MAX = 10000 };

struct source {
    const struct safetensor *t;
    bool used;
};

/* A tensor as the engine will see it. */
struct made {
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
    struct source *sources; /* by name */
    size_t n_sources;
    struct made *made;
    size_t n_made, cap_made;
    void **copies;
    size_t n_copies, cap_copies;
    uint64_t file_bytes;
    struct err *e;
};

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
    return strcmp(((const struct source *)a)->t->name, ((const struct source *)b)->t->name);
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

static struct source *find_source(struct hf *f, const char *name) {
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

/* The tensor of that name, which is now used; NULL: there is none. */
static const struct safetensor *find(struct hf *f, const char *name) {
    struct source *s = find_source(f, name);
    if (!s) return NULL;
    s->used = true;
    return s->t;
}

/* ---- numbers ---- */

static void *keep(struct hf *f, void *p) {
    f->copies = mem_grow(f->copies, &f->cap_copies, f->n_copies + 1, sizeof *f->copies);
    return f->copies[f->n_copies++] = p;
}

static const struct {
    uint32_t type;
    unsigned bytes;
} stored[] = {[SAFE_F32] = {TENSOR_F32, 4},
              [SAFE_F16] = {TENSOR_F16, 2},
              [SAFE_BF16] = {TENSOR_BF16, 2},
              [SAFE_FP8] = {TENSOR_BF16, 2}}; /* as it is unpacked */

/* OCP 8-bit floating point, E4M3: bias 7, no infinities, all ones is NaN. */
static float from_fp8(uint8_t b) {
    int exponent = b >> 3 & 15, mantissa = b & 7;
    float v = exponent ? (float)(8 + mantissa) : (float)mantissa;
    static const float scale[] = {0x1p-9f, 0x1p-9f, 0x1p-8f, 0x1p-7f, 0x1p-6f, 0x1p-5f,
                                  0x1p-4f, 0x1p-3f, 0x1p-2f, 0x1p-1f, 0x1p0f,  0x1p1f,
                                  0x1p2f,  0x1p3f,  0x1p4f,  0x1p5f};
    if (exponent == 15 && mantissa == 7) return __builtin_nanf("");
    v *= scale[exponent];
    return b & 0x80 ? -v : v;
}

/* Writes BF16: each block of rows x columns has one scale. */
static bool unpack_fp8(struct hf *f, const struct safetensor *t, uint16_t *out) {
    const uint64_t rows = t->shape[0], columns = t->shape[1], br = f->config.fp8_rows,
                   bc = f->config.fp8_columns, across = (columns + bc - 1) / bc;
    struct str name = STR_INIT;
    str_addf(&name, "%s_scale_inv", t->name);
    const struct safetensor *s = find(f, name.s);
    str_free(&name);
    if (t->n_dims != 2 || !s || s->type != SAFE_F32 || s->n_dims != 2 || s->shape[1] != across ||
        s->shape[0] != (rows + br - 1) / br)
        return err_set(f->e, "tensor %s: no fit %s_scale_inv for its FP8 numbers", t->name,
                       t->name);
    float table[256];
    for (int i = 0; i < 256; i++) table[i] = from_fp8((uint8_t)i);
    for (uint64_t r = 0; r < rows; r++)
        for (uint64_t c = 0; c < columns; c++) {
            float scale;
            memcpy(&scale, s->data + (r / br * across + c / bc) * sizeof scale, sizeof scale);
            out[r * columns + c] = f32_to_bf16(table[t->data[r * columns + c]] * scale);
        }
    return true;
}

static bool copy_numbers(struct hf *f, const struct safetensor *t, void *out) {
    if (t->type == SAFE_FP8) return unpack_fp8(f, t, out);
    memcpy(out, t->data, t->bytes);
    return true;
}

static uint64_t count(const struct safetensor *t) {
    return t->shape[0] * t->shape[1] * t->shape[2] * t->shape[3];
}

/* The numbers in a stored type: a view, or a copy where they must be unpacked. NULL: failed. */
static const void *numbers(struct hf *f, const struct safetensor *t) {
    if (t->type != SAFE_FP8 && (uintptr_t)t->data % stored[t->type].bytes == 0) return t->data;
    void *out = keep(f, mem_array(count(t), stored[t->type].bytes));
    return copy_numbers(f, t, out) ? out : NULL;
}

/* ---- tensors ---- */

static bool add(struct hf *f, const char *name, uint32_t n_dims, const uint64_t *ne, uint32_t type,
                const void *data) {
    f->made = mem_grow(f->made, &f->cap_made, f->n_made + 1, sizeof *f->made);
    struct made *m = &f->made[f->n_made++];
    *m = (struct made){mem_strdup(name), n_dims, type, {ne[0], 1, 1, 1}, data};
    for (uint32_t i = 1; i < n_dims; i++) m->ne[i] = ne[i];
    return data != NULL;
}

static bool usable(struct hf *f, const struct safetensor *t, uint32_t n_dims) {
    if (t->type == SAFE_OTHER)
        return err_set(f->e, "tensor %s: numbers of its type are not read", t->name);
    return t->n_dims == n_dims ||
           err_set(f->e, "tensor %s: it has %u dimensions, not %u", t->name, t->n_dims, n_dims);
}

/* Small tensors, which a GGUF file has as F32; `more` is added to each number. Dimensions of one in
 * the middle are nothing to us. */
static bool add_f32(struct hf *f, const char *name, const struct safetensor *t, float more) {
    uint64_t n = count(t), ne[2] = {t->n_dims ? t->shape[t->n_dims - 1] : 1, t->shape[0]};
    bool fits = t->n_dims == 1 || (t->n_dims > 1 && ne[0] * ne[1] == n);
    if (t->type == SAFE_OTHER || t->type == SAFE_FP8 || !fits)
        return err_set(f->e, "tensor %s: neither F32, F16 nor BF16, or of no fit shape", t->name);
    const void *data = numbers(f, t);
    float *x = keep(f, mem_array(n, sizeof *x));
    quant_type(stored[t->type].type)->dequantize(data, x, n);
    for (uint64_t i = 0; i < n && more != 0; i++) x[i] += more;
    return add(f, name, t->n_dims > 1 ? 2 : 1, ne, TENSOR_F32, x);
}

static bool add_matrix(struct hf *f, const char *name, const struct safetensor *t) {
    uint64_t ne[2] = {t->shape[1], t->shape[0]};
    return usable(f, t, 2) && add(f, name, 2, ne, stored[t->type].type, numbers(f, t));
}

static bool add_stack(struct hf *f, const char *name, const struct safetensor *t) {
    uint64_t ne[3] = {t->shape[2], t->shape[1], t->shape[0]};
    if (t->type == SAFE_FP8) return err_set(f->e, "tensor %s: experts in one FP8 tensor", t->name);
    return usable(f, t, 3) && add(f, name, 3, ne, stored[t->type].type, numbers(f, t));
}

/* Rows of every head from halves to pairs: row j·(n/2) + i becomes row 2i + j. */
static bool add_paired(struct hf *f, const char *name, const struct safetensor *t, uint32_t heads) {
    if (!usable(f, t, t->n_dims < 2 ? 1 : 2)) return false;
    const uint64_t rows = t->shape[0], n = rows / heads;
    const size_t bytes = (size_t)(t->n_dims == 2 ? t->shape[1] : 1) * stored[t->type].bytes;
    if (rows != (uint64_t)heads * f->config.head_dim)
        return err_set(f->e, "tensor %s: %llu rows for %u heads of %u", t->name,
                       (unsigned long long)rows, heads, f->config.head_dim);
    const char *from = numbers(f, t);
    if (!from) return false;
    char *out = keep(f, mem_array(rows, bytes));
    for (uint64_t h = 0; h < heads; h++)
        for (uint64_t i = 0; i < n / 2; i++)
            for (uint64_t j = 0; j < 2; j++)
                memcpy(out + (h * n + 2 * i + j) * bytes, from + (h * n + j * n / 2 + i) * bytes,
                       bytes);
    uint64_t ne[2] = {t->n_dims == 2 ? t->shape[1] : rows, rows};
    return add(f, name, t->n_dims, ne, stored[t->type].type, out);
}

static bool add_experts(struct hf *f, unsigned block, const char *place, const char *part,
                        const char *name) {
    const uint32_t n = f->config.n_experts;
    const struct safetensor *first = NULL;
    uint64_t ne[3] = {0, 0, n};
    char *out = NULL, from[160];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(from, sizeof from, "%s.layers.%u.%s.%u.%s.weight", f->prefix, block, place, i,
                 part);
        const struct safetensor *t = find(f, from);
        if (!t) return err_set(f->e, "tensor %s is missing", from);
        if (!usable(f, t, 2)) return false;
        size_t bytes = (size_t)count(t) * stored[t->type].bytes;
        if (!first) {
            first = t;
            ne[0] = t->shape[1], ne[1] = t->shape[0];
            out = keep(f, mem_array(n, bytes));
        }
        if (t->type != first->type || t->shape[0] != ne[1] || t->shape[1] != ne[0])
            return err_set(f->e, "tensor %s: it differs from the first expert's", from);
        if (!copy_numbers(f, t, out + i * bytes)) return false;
    }
    return add(f, name, 3, ne, stored[first->type].type, out);
}

/* ---- the names ---- */

static bool add_as(struct hf *f, const char *name, const struct safetensor *t, enum hf_how how) {
    const struct hf_config *c = &f->config;
    bool paired = how == HF_PAIRED_Q || how == HF_PAIRED_K;
    if (paired && c->family->permuted)
        return add_paired(f, name, t, how == HF_PAIRED_Q ? c->n_head : c->n_head_kv);
    if (how == HF_STACK) return add_stack(f, name, t);
    if (how == HF_SMALL || how == HF_SMALL_PLUS_ONE || t->n_dims == 1)
        return add_f32(f, name, t, how == HF_SMALL_PLUS_ONE ? 1 : 0);
    return add_matrix(f, name, t);
}

/* The tensors of a block that a table names and no table before it did. */
static bool add_named(struct hf *f, unsigned block, const struct hf_name *names) {
    char from[160], to[64];
    for (; names && names->from; names++) {
        if (str_starts(names->from, "model.")) continue; /* of no block */
        snprintf(from, sizeof from, "%s.layers.%u.%s", f->prefix, block, names->from);
        snprintf(to, sizeof to, "blk.%u.%s", block, names->to);
        struct source *s = find_source(f, from);
        if (!s || s->used) continue;
        s->used = true;
        if (!add_as(f, to, s->t, names->how)) return false;
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
    if (!f->config.n_experts || !find_source(f, from)) return true;
    for (size_t i = 1; i < 4; i++) {
        snprintf(to, sizeof to, "blk.%u.%s.weight", block, ours[i]);
        if (!add_experts(f, block, theirs[0], theirs[i], to)) return false;
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
        if (find_source(f, name)) f->prefix = prefixes[i];
    }
}

/* What belongs to no block; `names` begin with "model.". */
static bool add_outer(struct hf *f, const struct hf_name *names) {
    char from[160];
    for (; names && names->from; names++) {
        if (!str_starts(names->from, "model.")) continue;
        snprintf(from, sizeof from, "%s%s", f->prefix, names->from + strlen("model"));
        struct source *s = find_source(f, from);
        if (!s || s->used) continue;
        s->used = true;
        if (!add_as(f, names->to, s->t, names->how)) return false;
    }
    return true;
}

static bool add_head(struct hf *f) {
    const struct safetensor *t = find(f, "lm_head.weight");
    if (!t) t = find(f, "language_model.lm_head.weight");
    return !t || f->config.tied || add_as(f, "output.weight", t, HF_MATRIX);
}

static void add_divisors(struct hf *f, const char *name, const float *divisors) {
    uint64_t n = f->config.n_divisors;
    if (divisors) add(f, name, 1, &n, TENSOR_F32, divisors);
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
        const struct made *m = &f->made[i];
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
