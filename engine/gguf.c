/* gguf: the reader. The file is walked once with a cursor that can only move inside the mapping;
 * what it finds is written to two directories (metadata, tensors) with a hash index each.
 * Format: the GGUF specification, versions 2 and 3 (they differ only in what this reader does not
 * care about). Opening never touches the tensor data. */
#include "engine/gguf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/gguf_split.h"
#include "engine/quant.h"

/* Open addressing over records that start with their name; a slot holds index + 1, 0 is empty. */
struct name_index {
    uint32_t *slots;
    size_t mask;
};

struct gguf_private {
    void *map;
    uint64_t map_bytes;
    char *path;
    struct name_index by_key, by_tensor;
    void (*release)(void *owner); /* of what the tensors of gguf_from_head() point into */
    void *owner;
    struct gguf *next_part; /* of a model in several files; owned */
};

static const uint8_t value_bytes[] = {
    [GGUF_U8] = 1,  [GGUF_I8] = 1,   [GGUF_U16] = 2, [GGUF_I16] = 2, [GGUF_U32] = 4, [GGUF_I32] = 4,
    [GGUF_F32] = 4, [GGUF_BOOL] = 1, [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8,
};

/* ---- names ---- */

static uint64_t hash_name(const char *s, size_t n) {
    uint64_t h = 0xCBF29CE484222325u; /* FNV-1a */
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)s[i]) * 0x100000001B3u;
    return h ^ h >> 29;
}

static void index_init(struct name_index *x, size_t n) {
    size_t size = 16;
    while (size < n * 2) size *= 2;
    x->slots = mem_calloc(size, sizeof *x->slots);
    x->mask = size - 1;
}

static const struct gguf_string *name_of(const void *records, size_t size, size_t i) {
    return (const struct gguf_string *)((const char *)records + i * size);
}

/* The slot where the name is or would go. */
static uint32_t *index_slot(const struct name_index *x, const void *records, size_t size,
                            const char *s, size_t n) {
    size_t at = hash_name(s, n) & x->mask;
    for (; x->slots[at]; at = (at + 1) & x->mask) {
        const struct gguf_string *have = name_of(records, size, x->slots[at] - 1);
        if (have->len == n && memcmp(have->s, s, n) == 0) break;
    }
    return &x->slots[at];
}

/* A name from the file, fit for a message. */
struct shown {
    char s[72];
};

static struct shown show(struct gguf_string name) {
    struct shown out = {{0}};
    size_t n = name.len < sizeof out.s - 1 ? name.len : sizeof out.s - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name.s[i];
        out.s[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    return out;
}

/* ---- the cursor ---- */

struct cursor {
    const unsigned char *start, *at, *end;
};

static uint64_t left(const struct cursor *c) { return (uint64_t)(c->end - c->at); }

static bool take(struct cursor *c, void *out, size_t n) {
    if (left(c) < n) return false;
    memcpy(out, c->at, n);
    c->at += n;
    return true;
}

static bool take_string(struct cursor *c, struct gguf_string *out) {
    uint64_t len;
    if (!take(c, &len, sizeof len) || len > left(c)) return false;
    *out = (struct gguf_string){(const char *)c->at, (size_t)len};
    c->at += len;
    return true;
}

/* ---- metadata ---- */

static bool read_strings(struct cursor *c, struct gguf_entry *x) {
    x->data = c->at;
    if (x->n > left(c) / 8) return false; /* each takes at least its length */
    x->strings = mem_array(x->n, sizeof *x->strings);
    for (uint64_t i = 0; i < x->n; i++)
        if (!take_string(c, &x->strings[i])) return false;
    return true;
}

static bool read_value(struct cursor *c, struct gguf_entry *x, struct err *e) {
    const struct shown name = show(x->key);
    const char *key = name.s;
    uint32_t type, item;
    if (!take(c, &type, 4)) return err_set(e, "key %s: the file ends in it", key);
    if (type > GGUF_F64) return err_set(e, "key %s: unknown value type %u", key, type);
    item = type;
    x->n = 1;
    if (type == GGUF_ARRAY) {
        if (!take(c, &item, 4) || !take(c, &x->n, 8))
            return err_set(e, "key %s: the file ends in it", key);
        if (item > GGUF_F64) return err_set(e, "key %s: unknown element type %u", key, item);
        if (item == GGUF_ARRAY) return err_set(e, "key %s: arrays of arrays are not read", key);
    }
    x->type = (enum gguf_type)type;
    x->item = (enum gguf_type)item;
    if (item == GGUF_STRING)
        return read_strings(c, x) || err_set(e, "key %s: %llu strings do not fit in the file", key,
                                             (unsigned long long)x->n);
    x->data = c->at;
    if (x->n > left(c) / value_bytes[item])
        return err_set(e, "key %s: %llu values do not fit in the file", key,
                       (unsigned long long)x->n);
    c->at += x->n * value_bytes[item];
    return true;
}

static bool read_entries(struct gguf *g, struct cursor *c, uint64_t n, struct err *e) {
    if (n > left(c) / 13 || n > INT32_MAX) /* key length, type, one byte */
        return err_set(e, "%llu metadata entries do not fit in a file of %llu bytes",
                       (unsigned long long)n, (unsigned long long)g->file_bytes);
    g->entries = mem_calloc(n, sizeof *g->entries);
    index_init(&g->own->by_key, n);
    for (; g->n_entries < n; g->n_entries++) {
        struct gguf_entry *x = &g->entries[g->n_entries];
        if (!take_string(c, &x->key))
            return err_set(e, "metadata entry %llu: its key runs past the end of the file",
                           (unsigned long long)g->n_entries);
        if (!x->key.len)
            return err_set(e, "metadata entry %llu: empty key", (unsigned long long)g->n_entries);
        uint32_t *slot = index_slot(&g->own->by_key, g->entries, sizeof *x, x->key.s, x->key.len);
        if (*slot) return err_set(e, "key %s: given twice", show(x->key).s);
        *slot = (uint32_t)g->n_entries + 1;
        if (!read_value(c, x, e)) {
            g->n_entries++; /* so that its strings are freed */
            return false;
        }
    }
    return true;
}

/* ---- tensors ---- */

static bool tensor_shape(struct cursor *c, struct gguf_tensor *t, const char *name,
                         uint64_t *n_elements, struct err *e) {
    if (!take(c, &t->n_dims, 4)) return err_set(e, "tensor %s: the file ends in it", name);
    if (t->n_dims > 4) return err_set(e, "tensor %s: %u dimensions", name, t->n_dims);
    *n_elements = 1;
    for (uint32_t i = 0; i < 4; i++) {
        t->ne[i] = 1;
        if (i >= t->n_dims) continue;
        if (!take(c, &t->ne[i], 8)) return err_set(e, "tensor %s: the file ends in it", name);
        if (t->ne[i] == 0 || t->ne[i] > INT64_MAX ||
            __builtin_mul_overflow(*n_elements, t->ne[i], n_elements) || *n_elements > INT64_MAX)
            return err_set(e, "tensor %s: impossible size in dimension %u", name, i);
    }
    return true;
}

static bool tensor_bytes(struct gguf_tensor *t, const char *name, uint64_t n_elements,
                         struct err *e) {
    const struct quant_type *q = quant_type(t->type);
    if (!q) return true; /* named when a model asks for it */
    if (t->ne[0] % q->block)
        return err_set(e, "tensor %s: rows of %llu are not whole %s blocks of %u", name,
                       (unsigned long long)t->ne[0], q->name, q->block);
    if (__builtin_mul_overflow(n_elements / q->block, (uint64_t)q->bytes, &t->bytes))
        return err_set(e, "tensor %s: impossible size", name);
    return true;
}

static bool read_tensors(struct gguf *g, struct cursor *c, uint64_t n, struct err *e) {
    if (n > left(c) / 24 || n > INT32_MAX) /* name length, dimensions, type, offset */
        return err_set(e, "%llu tensors do not fit in a file of %llu bytes", (unsigned long long)n,
                       (unsigned long long)g->file_bytes);
    g->tensors = mem_calloc(n, sizeof *g->tensors);
    index_init(&g->own->by_tensor, n);
    for (; g->n_tensors < n; g->n_tensors++) {
        struct gguf_tensor *t = &g->tensors[g->n_tensors];
        uint64_t n_elements = 1;
        if (!take_string(c, &t->name))
            return err_set(e, "tensor %llu: its name runs past the end of the file",
                           (unsigned long long)g->n_tensors);
        struct shown name = show(t->name);
        uint32_t *slot =
            index_slot(&g->own->by_tensor, g->tensors, sizeof *t, t->name.s, t->name.len);
        if (*slot) return err_set(e, "tensor %s: there are two", name.s);
        *slot = (uint32_t)g->n_tensors + 1;
        if (!tensor_shape(c, t, name.s, &n_elements, e)) return false;
        if (!take(c, &t->type, 4) || !take(c, &t->offset, 8))
            return err_set(e, "tensor %s: the file ends in it", name.s);
        if (!tensor_bytes(t, name.s, n_elements, e)) return false;
    }
    return true;
}

/* Offsets are stored relative to the data section, which starts at the next aligned place. */
static bool place_tensors(struct gguf *g, const struct cursor *c, struct err *e) {
    uint32_t align = 32;
    if (gguf_find(g, "general.alignment") &&
        (!gguf_u32(g, "general.alignment", &align) || align < 8 || align & (align - 1)))
        return err_set(e, "general.alignment: must be a power of two of at least 8");
    uint64_t head = (uint64_t)(c->at - c->start), base = (head + align - 1) / align * align;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        struct gguf_tensor *t = &g->tensors[i];
        if (t->offset % align)
            return err_set(e, "tensor %s: its offset %llu is not a multiple of %u", show(t->name).s,
                           (unsigned long long)t->offset, align);
        uint64_t end;
        if (__builtin_add_overflow(t->offset, base, &t->offset) ||
            __builtin_add_overflow(t->offset, t->bytes, &end) || end > g->file_bytes)
            return err_set(e,
                           "tensor %s: its data runs past the end of the file (%llu bytes at "
                           "%llu of %llu): the file is cut or damaged",
                           show(t->name).s, (unsigned long long)t->bytes,
                           (unsigned long long)t->offset, (unsigned long long)g->file_bytes);
        t->data = c->start + t->offset;
    }
    return true;
}

/* ---- the file ---- */

static bool map_file(struct gguf *g, struct err *e) {
    int fd = open(g->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    struct stat st;
    if (fd < 0) return err_set(e, "%s", strerror(errno));
    bool ok = false;
    if (fstat(fd, &st))
        err_set(e, "%s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        err_set(e, "not a regular file");
    else if (st.st_size < 24)
        err_set(e, "too short to be a GGUF file");
    else {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (p == MAP_FAILED)
            err_set(e, "cannot map it: %s", strerror(errno));
        else {
            g->own->map = p;
            g->own->map_bytes = g->file_bytes = (uint64_t)st.st_size;
            ok = true;
        }
    }
    close(fd);
    return ok;
}

/* Leaves the cursor behind the directory. */
static bool read_head(struct gguf *g, struct cursor *c, struct err *e) {
    *c = (struct cursor){g->own->map, g->own->map, (unsigned char *)g->own->map + g->file_bytes};
    uint64_t n_tensors = 0, n_entries = 0;
    if (memcmp(c->at, "GGUF", 4)) return err_set(e, "not a GGUF file");
    c->at += 4;
    take(c, &g->version, 4);
    if (!(g->version & 0xFFFF))
        return err_set(e, "a GGUF file of the other byte order; this machine cannot read it");
    if (g->version != 2 && g->version != 3)
        return err_set(e, "GGUF version %u; versions 2 and 3 are read", g->version);
    take(c, &n_tensors, 8);
    take(c, &n_entries, 8);
    return read_entries(g, c, n_entries, e) && read_tensors(g, c, n_tensors, e);
}

static bool read_file(struct gguf *g, struct err *e) {
    struct cursor c;
    return read_head(g, &c, e) && place_tensors(g, &c, e);
}

struct gguf *gguf_open_file(const char *path, struct err *e) {
    struct gguf *g = mem_calloc(1, sizeof *g);
    g->own = mem_calloc(1, sizeof *g->own);
    g->path = g->own->path = mem_strdup(path);
    if (map_file(g, e) && read_file(g, e)) return g;
    err_prefix(e, "%s", path);
    gguf_close(g);
    return NULL;
}

struct gguf *gguf_open(const char *path, struct err *e) {
    struct gguf *g = gguf_open_file(path, e);
    if (!g || gguf_join_parts(g, e)) return g;
    gguf_close(g);
    return NULL;
}

bool gguf_adopt(struct gguf *g, struct gguf *part, struct err *e) {
    const uint64_t n = g->n_tensors + part->n_tensors;
    part->own->next_part = g->own->next_part;
    g->own->next_part = part;
    g->file_bytes += part->file_bytes;
    if (n > INT32_MAX) return err_set(e, "%s: too many tensors", part->path);
    g->tensors = mem_realloc(g->tensors, n * sizeof *g->tensors);
    free(g->own->by_tensor.slots);
    index_init(&g->own->by_tensor, n);
    for (uint64_t i = 0; i < n; i++) {
        struct gguf_tensor *t = &g->tensors[i];
        if (i >= g->n_tensors) *t = part->tensors[i - g->n_tensors];
        uint32_t *slot =
            index_slot(&g->own->by_tensor, g->tensors, sizeof *t, t->name.s, t->name.len);
        if (*slot)
            return err_set(e, "%s: tensor %s: an earlier part has it too", part->path,
                           show(t->name).s);
        *slot = (uint32_t)i + 1;
    }
    g->n_tensors = n;
    return true;
}

struct gguf *gguf_from_head(const char *path, const void *head, size_t bytes,
                            void (*release)(void *owner), void *owner, struct err *e) {
    struct gguf *g = mem_calloc(1, sizeof *g);
    g->own = mem_calloc(1, sizeof *g->own);
    *g->own = (struct gguf_private){.release = release, .owner = owner};
    g->path = g->own->path = mem_strdup(path);
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        err_set(e, "%s: %s", path, strerror(errno));
    } else {
        memcpy(p, head, bytes);
        g->own->map = p;
        g->own->map_bytes = g->file_bytes = bytes;
        struct cursor c;
        if (read_head(g, &c, e)) return g;
        err_prefix(e, "%s", path);
    }
    gguf_close(g);
    return NULL;
}

void gguf_close(struct gguf *g) {
    if (!g) return;
    for (struct gguf *part = g->own->next_part; part;) {
        struct gguf *next = part->own->next_part;
        part->own->next_part = NULL;
        gguf_close(part);
        part = next;
    }
    for (uint64_t i = 0; i < g->n_entries; i++) free(g->entries[i].strings);
    free(g->entries);
    free(g->tensors);
    free(g->own->by_key.slots);
    free(g->own->by_tensor.slots);
    if (g->own->map) munmap(g->own->map, g->own->map_bytes);
    if (g->own->release) g->own->release(g->own->owner);
    free(g->own->path);
    free(g->own);
    free(g);
}

/* ---- reading ---- */

const struct gguf_entry *gguf_find(const struct gguf *g, const char *key) {
    uint32_t i = *index_slot(&g->own->by_key, g->entries, sizeof *g->entries, key, strlen(key));
    return i ? &g->entries[i - 1] : NULL;
}

const struct gguf_tensor *gguf_tensor(const struct gguf *g, const char *name) {
    uint32_t i =
        *index_slot(&g->own->by_tensor, g->tensors, sizeof *g->tensors, name, strlen(name));
    return i ? &g->tensors[i - 1] : NULL;
}

bool gguf_item_i64(const struct gguf_entry *a, uint64_t i, int64_t *out) {
    if (i >= a->n) return false;
    union {
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
    } v;
    memcpy(&v, a->data + i * value_bytes[a->item], value_bytes[a->item]);
    switch (a->item) {
    case GGUF_I8:
        *out = v.i8;
        return true;
    case GGUF_U8:
    case GGUF_BOOL:
        *out = v.u8;
        return true;
    case GGUF_I16:
        *out = v.i16;
        return true;
    case GGUF_U16:
        *out = v.u16;
        return true;
    case GGUF_I32:
        *out = v.i32;
        return true;
    case GGUF_U32:
        *out = v.u32;
        return true;
    case GGUF_U64:                   /* above the signed range it is no count, size or id of ours */
        if (v.i64 < 0) return false; /* fall through */
    case GGUF_I64:
        *out = v.i64;
        return true;
    default:
        return false;
    }
}

bool gguf_item_f64(const struct gguf_entry *a, uint64_t i, double *out) {
    if (i >= a->n) return false;
    float f;
    int64_t n;
    if (a->item == GGUF_F32) {
        memcpy(&f, a->data + i * sizeof f, sizeof f);
        *out = (double)f;
    } else if (a->item == GGUF_F64) {
        memcpy(out, a->data + i * sizeof *out, sizeof *out);
    } else {
        if (!gguf_item_i64(a, i, &n)) return false;
        *out = (double)n;
    }
    return true;
}

/* The single value under a key, NULL if absent or an array. */
static const struct gguf_entry *single(const struct gguf *g, const char *key) {
    const struct gguf_entry *x = gguf_find(g, key);
    return x && x->type != GGUF_ARRAY ? x : NULL;
}

bool gguf_u64(const struct gguf *g, const char *key, uint64_t *out) {
    const struct gguf_entry *x = single(g, key);
    int64_t v;
    if (!x || x->type == GGUF_BOOL || !gguf_item_i64(x, 0, &v) || v < 0) return false;
    *out = (uint64_t)v;
    return true;
}

bool gguf_u32(const struct gguf *g, const char *key, uint32_t *out) {
    uint64_t v;
    if (!gguf_u64(g, key, &v) || v > UINT32_MAX) return false;
    *out = (uint32_t)v;
    return true;
}

bool gguf_f32(const struct gguf *g, const char *key, float *out) {
    const struct gguf_entry *x = single(g, key);
    double v;
    if (!x || !gguf_item_f64(x, 0, &v)) return false;
    *out = (float)v;
    return true;
}

bool gguf_bool(const struct gguf *g, const char *key, bool *out) {
    const struct gguf_entry *x = single(g, key);
    if (!x || x->type != GGUF_BOOL) return false;
    *out = x->data[0] != 0;
    return true;
}

bool gguf_str(const struct gguf *g, const char *key, struct gguf_string *out) {
    const struct gguf_entry *x = single(g, key);
    if (!x || x->type != GGUF_STRING) return false;
    *out = x->strings[0];
    return true;
}

bool gguf_string_is(struct gguf_string s, const char *text) {
    return s.len == strlen(text) && memcmp(s.s, text, s.len) == 0;
}

char *gguf_string_dup(struct gguf_string s) { return s.s ? mem_strndup(s.s, s.len) : NULL; }
