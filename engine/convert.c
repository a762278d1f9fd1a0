/* convert: see the header. The output's directory follows from the input's and the mix, so that
 * head and offsets are known before the first number is written; then the tensors stream in order,
 * each in pieces. A piece is a multiple of every block size, and every row is whole blocks of both
 * types, so rows need not be known. */
#include "engine/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gguf_head.h"
#include "engine/pool.h"
#include "engine/quant.h"

enum {
    GRAIN = 1 << 14,  /* elements that a thread takes at a time */
    CHUNK = 1 << 20,  /* elements between two writes: at most 4 MB of output */
    COPY = CHUNK * 4, /* bytes between two writes of what is only copied */
};

struct conversion {
    const struct gguf *g;
    const struct convert_mix *mix;
    int fd;
    struct pool *pool;
    convert_report *report;
    void *ctx;
    struct convert_step step;
    uint8_t *out;    /* [CHUNK] numbers of any type */
    float **scratch; /* [threads][GRAIN] */
};

/* ---- the plan ---- */

static uint64_t count(const struct gguf_tensor *t) {
    return t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
}

static uint64_t bytes_as(const struct gguf_tensor *t, enum tensor_type type) {
    const struct quant_type *q = quant_type(type);
    return (uint32_t)type == t->type ? t->bytes : count(t) / q->block * q->bytes;
}

static uint64_t aligned(uint64_t n) { return (n + GGUF_ALIGN - 1) / GGUF_ALIGN * GGUF_ALIGN; }

/* Entries that speak of the file rather than of the model. */
static bool is_left_out(const struct gguf_entry *x) {
    static const char *const keys[] = {
        "general.alignment", "general.file_type", "general.quantization_version",
        "split.no",          "split.count",       "split.tensors.count"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (gguf_string_is(x->key, keys[i])) return true;
    return false;
}

static uint64_t make_head(const struct gguf *g, const struct convert_mix *mix, struct str *head) {
    struct gguf_head h = {0};
    uint64_t at = 0;
    for (uint64_t i = 0; i < g->n_entries; i++)
        if (!is_left_out(&g->entries[i])) gguf_head_copy(&h, &g->entries[i]);
    gguf_head_u32(&h, "general.quantization_version", 2);
    gguf_head_u32(&h, "general.file_type", mix->file_type);
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        enum tensor_type type = convert_type(g, t, mix);
        gguf_head_tensor(&h, t->name, t->n_dims, t->ne, type, at);
        at += aligned(bytes_as(t, type));
    }
    gguf_head_finish(&h, head);
    gguf_head_free(&h);
    return head->len + at;
}

uint64_t convert_bytes(const struct gguf *g, const struct convert_mix *mix) {
    struct str head = STR_INIT;
    uint64_t bytes = make_head(g, mix, &head);
    str_free(&head);
    return bytes;
}

static bool can_read(const struct gguf *g, const struct convert_mix *mix, struct err *e) {
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        const struct quant_type *q = quant_type(t->type);
        int n = (int)(t->name.len < 80 ? t->name.len : 80);
        if (!q) return err_set(e, "tensor %.*s: %u is not a type", n, t->name.s, t->type);
        if (convert_type(g, t, mix) != (enum tensor_type)t->type && !q->dequantize)
            return err_set(e, "tensor %.*s: type %s cannot be read", n, t->name.s, q->name);
    }
    return true;
}

/* ---- writing ---- */

static bool put(struct conversion *c, const void *bytes, size_t n, struct err *e) {
    const char *at = bytes;
    c->step.done += n;
    while (n) {
        ssize_t w = write(c->fd, at, n);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return err_set(e, "%s", strerror(w < 0 ? errno : EIO));
        at += w;
        n -= (size_t)w;
    }
    return true;
}

static bool go_on(struct conversion *c, struct err *e) {
    bool more = !c->report || c->report(c->ctx, &c->step);
    c->step.begins = false;
    return more || err_set(e, "stopped");
}

static bool copy_tensor(struct conversion *c, const struct gguf_tensor *t, struct err *e) {
    for (uint64_t at = 0; at < t->bytes; at += COPY) {
        size_t n = (size_t)(t->bytes - at < COPY ? t->bytes - at : COPY);
        if (!put(c, (const char *)t->data + at, n, e) || !go_on(c, e)) return false;
    }
    return true;
}

struct piece {
    struct conversion *c;
    const struct quant_type *from, *to;
    const uint8_t *in; /* n elements */
    size_t n;
    atomic_bool bad; /* holds what is not a number */
};

static void round_share(void *arg, int thread, int n_threads) {
    struct piece *p = arg;
    float *x = p->c->scratch[thread];
    size_t begin, end;
    pool_share(p->n, GRAIN, thread, n_threads, &begin, &end);
    for (; begin < end; begin += GRAIN) {
        size_t n = end - begin < GRAIN ? end - begin : GRAIN;
        p->from->dequantize(p->in + begin / p->from->block * p->from->bytes, x, n);
        for (size_t i = 0; i < n; i++)
            if (!isfinite(x[i])) atomic_store(&p->bad, true);
        if (atomic_load(&p->bad)) return;
        p->to->quantize(x, p->c->out + begin / p->to->block * p->to->bytes, n);
    }
}

static bool round_tensor(struct conversion *c, const struct gguf_tensor *t, enum tensor_type type,
                         struct err *e) {
    struct piece p = {.c = c, .from = quant_type(t->type), .to = quant_type(type)};
    for (uint64_t at = 0, all = count(t); at < all; at += CHUNK) {
        p.in = (const uint8_t *)t->data + at / p.from->block * p.from->bytes;
        p.n = (size_t)(all - at < CHUNK ? all - at : CHUNK);
        pool_run(c->pool, round_share, &p);
        if (atomic_load(&p.bad))
            return err_set(e, "tensor %s: it holds an infinity or something that is no number",
                           c->step.name);
        if (!put(c, c->out, p.n / p.to->block * p.to->bytes, e) || !go_on(c, e)) return false;
    }
    return true;
}

static bool write_tensor(struct conversion *c, uint64_t i, struct err *e) {
    static const char zeros[GGUF_ALIGN];
    const struct gguf_tensor *t = &c->g->tensors[i];
    const enum tensor_type type = convert_type(c->g, t, c->mix);
    char *name = gguf_string_dup(t->name);
    c->step.tensor = i;
    c->step.name = name;
    c->step.from = quant_type(t->type)->name;
    c->step.to = quant_type(type)->name;
    c->step.begins = true;
    uint64_t bytes = bytes_as(t, type);
    bool ok = go_on(c, e) &&
              ((uint32_t)type == t->type ? copy_tensor(c, t, e) : round_tensor(c, t, type, e)) &&
              put(c, zeros, (size_t)(aligned(bytes) - bytes), e);
    free(name);
    return ok;
}

static bool write_all(struct conversion *c, const struct str *head, struct err *e) {
    if (!put(c, head->s, head->len, e)) return false;
    for (uint64_t i = 0; i < c->g->n_tensors; i++)
        if (!write_tensor(c, i, e)) return false;
    return fsync(c->fd) == 0 || err_set(e, "%s", strerror(errno));
}

/* ---- the file ---- */

static bool has_room(int fd, const char *path, uint64_t bytes, struct err *e) {
    struct statvfs s;
    if (fstatvfs(fd, &s) != 0) return true; /* then writing will tell */
    uint64_t room = (uint64_t)s.f_bavail * s.f_frsize;
    return room >= bytes || err_set(e, "%s: it needs %.1f MB, but only %.1f MB are free there",
                                    path, (double)bytes / 1e6, (double)room / 1e6);
}

static bool run(struct conversion *c, const struct str *head, int n_threads, struct err *e) {
    c->pool = pool_new(n_threads);
    int n = pool_size(c->pool);
    c->out = mem_array(CHUNK, sizeof(float));
    c->scratch = mem_array((size_t)n, sizeof *c->scratch);
    for (int i = 0; i < n; i++) c->scratch[i] = mem_array(GRAIN, sizeof(float));
    bool ok = write_all(c, head, e);
    for (int i = 0; i < n; i++) free(c->scratch[i]);
    free(c->scratch);
    free(c->out);
    pool_free(c->pool);
    return ok;
}

bool convert_write(const struct gguf *g, const struct convert_mix *mix, int n_threads,
                   const char *path, convert_report *report, void *ctx, struct err *e) {
    if (!can_read(g, mix, e)) return err_prefix(e, "%s", g->path);
    struct conversion c = {.g = g, .mix = mix, .report = report, .ctx = ctx};
    struct str head = STR_INIT, part = STR_INIT;
    c.step.all_bytes = make_head(g, mix, &head);
    c.step.n_tensors = g->n_tensors;
    str_addf(&part, "%s.part", path);
    c.fd = open(part.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = c.fd >= 0 || err_set(e, "%s: %s", part.s, strerror(errno));
    if (ok) {
        ok = has_room(c.fd, path, c.step.all_bytes, e) &&
             (run(&c, &head, n_threads, e) || err_prefix(e, "%s", path));
        if (close(c.fd) != 0 && ok) ok = err_set(e, "%s: %s", path, strerror(errno));
        if (ok && rename(part.s, path) != 0) ok = err_set(e, "%s: %s", path, strerror(errno));
        if (!ok) unlink(part.s);
    }
    str_free(&head);
    str_free(&part);
    return ok;
}
