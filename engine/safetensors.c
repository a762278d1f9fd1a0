/* safetensors: see the header. Format: huggingface/safetensors, format.md. */
#include "engine/safetensors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { HEADER_MAX = 100 << 20 };

static const struct {
    const char *name;
    enum safetensor_type type;
    unsigned bytes;
} types[] = {
    {"F32", SAFE_F32, 4},     {"F16", SAFE_F16, 2},    {"BF16", SAFE_BF16, 2},
    {"F8_E4M3", SAFE_FP8, 1}, {"F64", SAFE_OTHER, 8},  {"I64", SAFE_OTHER, 8},
    {"I32", SAFE_OTHER, 4},   {"I16", SAFE_OTHER, 2},  {"I8", SAFE_OTHER, 1},
    {"U64", SAFE_OTHER, 8},   {"U32", SAFE_OTHER, 4},  {"U16", SAFE_OTHER, 2},
    {"U8", SAFE_U8, 1},       {"BOOL", SAFE_OTHER, 1}, {"F8_E5M2", SAFE_OTHER, 1},
};

/* A whole number that a double holds exactly. */
static bool whole(const cJSON *x, uint64_t *out) {
    if (!cJSON_IsNumber(x) || !(x->valuedouble >= 0 && x->valuedouble < 9e15)) return false;
    *out = (uint64_t)x->valuedouble;
    return (double)*out == x->valuedouble;
}

static bool read_shape(struct safetensor *t, const cJSON *shape, uint64_t *count) {
    const cJSON *x;
    *count = 1;
    for (int i = 0; i < 4; i++) t->shape[i] = 1;
    if (!cJSON_IsArray(shape)) return false;
    cJSON_ArrayForEach(x, shape) {
        if (t->n_dims == 4 || !whole(x, &t->shape[t->n_dims]) || !t->shape[t->n_dims] ||
            __builtin_mul_overflow(*count, t->shape[t->n_dims], count))
            return false;
        t->n_dims++;
    }
    return true;
}

static bool read_tensor(struct safetensors *s, const cJSON *x, uint64_t start, struct err *e) {
    struct safetensor *t = &s->tensors[s->n];
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(x, "dtype"),
                *place = cJSON_GetObjectItemCaseSensitive(x, "data_offsets");
    uint64_t count, end, want;
    size_t k = 0, n_types = sizeof types / sizeof *types;
    while (cJSON_IsString(type) && k < n_types && strcmp(type->valuestring, types[k].name)) k++;
    if (!cJSON_IsString(type) || k == n_types)
        return err_set(e, "tensor %s: unknown type \"%.20s\"", x->string,
                       cJSON_IsString(type) ? type->valuestring : "");
    t->type = types[k].type;
    if (!read_shape(t, cJSON_GetObjectItemCaseSensitive(x, "shape"), &count))
        return err_set(e, "tensor %s: impossible shape", x->string);
    if (!cJSON_IsArray(place) || cJSON_GetArraySize(place) != 2 ||
        !whole(cJSON_GetArrayItem(place, 0), &t->begin) ||
        !whole(cJSON_GetArrayItem(place, 1), &end) || end < t->begin || end > s->file_bytes - start)
        return err_set(e, "tensor %s: its data runs past the end of the file", x->string);
    t->bytes = end - t->begin;
    if (__builtin_mul_overflow(count, (uint64_t)types[k].bytes, &want) || want != t->bytes)
        return err_set(e, "tensor %s: its shape and its %llu bytes do not agree", x->string,
                       (unsigned long long)t->bytes);
    t->data = (const unsigned char *)s->map + start + t->begin;
    t->name = mem_strdup(x->string);
    s->n++;
    return true;
}

static int by_place(const void *a, const void *b) {
    const struct safetensor *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static bool read_header(struct safetensors *s, struct err *e) {
    uint64_t n;
    memcpy(&n, s->map, sizeof n);
    if (n > s->file_bytes - 8 || n > HEADER_MAX)
        return err_set(e, "its header of %llu bytes does not fit", (unsigned long long)n);
    cJSON *header = cJSON_ParseWithLength((const char *)s->map + 8, (size_t)n), *x;
    bool ok = cJSON_IsObject(header) || err_set(e, "its header is not a JSON object");
    if (ok) s->tensors = mem_calloc((size_t)cJSON_GetArraySize(header), sizeof *s->tensors);
    for (x = ok ? header->child : NULL; ok && x; x = x->next)
        if (strcmp(x->string, "__metadata__") != 0) ok = read_tensor(s, x, 8 + n, e);
    cJSON_Delete(header);
    if (!ok || !s->n) return ok;
    qsort(s->tensors, s->n, sizeof *s->tensors, by_place);
    for (size_t i = 1; i < s->n; i++)
        if (s->tensors[i].begin < s->tensors[i - 1].begin + s->tensors[i - 1].bytes)
            return err_set(e, "tensors %s and %s overlap", s->tensors[i - 1].name,
                           s->tensors[i].name);
    return true;
}

static bool map_file(struct safetensors *s, const char *path, struct err *e) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0) return err_set(e, "%s", strerror(errno));
    bool ok = fstat(fd, &st) == 0 || err_set(e, "%s", strerror(errno));
    if (ok && (!S_ISREG(st.st_mode) || st.st_size < 8)) ok = err_set(e, "not a safetensors file");
    if (ok) {
        s->file_bytes = (uint64_t)st.st_size;
        s->map = mmap(NULL, s->file_bytes, PROT_READ, MAP_SHARED, fd, 0);
        if (s->map == MAP_FAILED) s->map = NULL, ok = err_set(e, "%s", strerror(errno));
    }
    close(fd);
    return ok;
}

struct safetensors *safetensors_open(const char *path, struct err *e) {
    struct safetensors *s = mem_calloc(1, sizeof *s);
    if (map_file(s, path, e) && read_header(s, e)) return s;
    err_prefix(e, "%s", path);
    safetensors_close(s);
    return NULL;
}

void safetensors_close(struct safetensors *s) {
    if (!s) return;
    for (size_t i = 0; i < s->n; i++) free(s->tensors[i].name);
    free(s->tensors);
    if (s->map) munmap(s->map, s->file_bytes);
    free(s);
}
