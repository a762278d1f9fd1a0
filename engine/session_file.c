/* session_file: see the header. Writing and reading are one walk over the session's memory. */
#include "engine/session_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/str.h"
#include "engine/gguf.h"
#include "engine/kernels/kernels.h"
#include "engine/session_private.h"

/* Of the states that a recurrent model saved, the latest are enough: where the last turn began, and
 * where its prompt ended. */
enum { KEPT_STATES = 2, PIECE = 1 << 20 /* summed while the processor's cache holds it */ };

static const char MAGIC[8] = "asideKV2";

struct head {
    char magic[8];
    uint64_t file_bytes;
    uint64_t model, shape; /* checksums of what it is bound to */
    uint64_t n_tokens, has_logits, n_states;
    uint64_t position[KEPT_STATES]; /* ascending */
    uint64_t first;                 /* of the positions that sliding blocks hold */
    uint64_t tokens;                /* checksum */
    uint64_t sum;                   /* of the above */
};

/* ---- what it is bound to ---- */

static void add(struct checksum *c, uint64_t x) { checksum_add(c, &x, sizeof x); }

static void add_string(struct checksum *c, struct gguf_string s) {
    add(c, s.len);
    checksum_add(c, s.s, s.len);
}

static void add_entry(struct checksum *c, const struct gguf_entry *e) {
    static const uint8_t size[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    add_string(c, e->key);
    add(c, (uint64_t)e->item << 8 | e->type);
    add(c, e->n);
    if (!e->strings) checksum_add(c, e->data, e->n * size[e->item]);
    for (uint64_t i = 0; e->strings && i < e->n; i++) add_string(c, e->strings[i]);
}

/* The whole file would take as long as reading the conversation again. */
static uint64_t model_sum(const struct model *m) {
    enum { SAMPLE = 256 };
    const struct gguf *g = m->gguf;
    struct checksum c = CHECKSUM_INIT;
    for (uint64_t i = 0; i < g->n_entries; i++) add_entry(&c, &g->entries[i]);
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        add_string(&c, t->name);
        checksum_add(&c, t->ne, sizeof t->ne);
        add(&c, t->type);
        add(&c, t->offset);
        if (t->data) checksum_add(&c, t->data, t->bytes < SAMPLE ? t->bytes : SAMPLE);
    }
    return checksum_end(&c);
}

static uint64_t shape_sum(const struct session *s) {
    const struct kvcache *k = s->cache;
    struct checksum c = CHECKSUM_INIT;
    add(&c, k->type);
    add(&c, k->exact);
    add(&c, k->n_blocks);
    add(&c, k->n_state);
    add(&c, k->window);
    add(&c, k->held);
    add(&c, s->params.draft);
    add(&c, s->forward->ropes[ROPE_GLOBAL] == &s->m->ropes[ROPE_LONG]);
    for (uint32_t i = 0; i < k->n_blocks; i++) {
        add(&c, k->layers[i].k_row);
        add(&c, k->layers[i].v_row);
    }
    return checksum_end(&c);
}

static uint64_t bytes_sum(const void *bytes, size_t n) {
    struct checksum c = CHECKSUM_INIT;
    checksum_add(&c, bytes, n);
    return checksum_end(&c);
}

static uint64_t head_sum(const struct head *h) { return bytes_sum(h, offsetof(struct head, sum)); }

/* ---- the walk ---- */

struct walk {
    bool (*move)(struct walk *w, void *at, size_t n); /* between memory and file; sets e */
    int fd;
    const char *path;
    uint64_t bytes; /* so far, after the head */
    struct checksum sum;
    struct err *e;
};

static bool count(struct walk *w, void *at, size_t n) {
    (void)at;
    w->bytes += n;
    return true;
}

static bool write_all(struct walk *w, const void *at, size_t n) {
    for (const char *from = at; n;) {
        ssize_t done = write(w->fd, from, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return err_set(w->e, "%s: %s", w->path, strerror(done < 0 ? errno : ENOSPC));
        from += done, n -= (size_t)done;
    }
    return true;
}

static bool read_all(struct walk *w, void *at, size_t n) {
    for (char *to = at; n;) {
        ssize_t done = read(w->fd, to, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return err_set(w->e, "%s: %s", w->path, strerror(errno));
        if (!done) return err_set(w->e, "%s: it is cut off", w->path);
        to += done, n -= (size_t)done;
    }
    return true;
}

static bool move_out(struct walk *w, void *at, size_t n) {
    checksum_add(&w->sum, at, n);
    return write_all(w, at, n);
}

static bool move_in(struct walk *w, void *at, size_t n) {
    if (!read_all(w, at, n)) return false;
    checksum_add(&w->sum, at, n);
    return true;
}

static bool pass(void *walk, void *at, size_t n) {
    struct walk *w = walk;
    for (char *from = at; n;) {
        size_t piece = n < PIECE ? n : PIECE;
        if (!w->move(w, from, piece)) return false;
        from += piece, n -= piece;
    }
    return true;
}

static int saved_at(const struct kvcache *c, uint64_t position) {
    int i = 0;
    while (!c->saved[i].age || c->saved[i].position != position) i++;
    return i;
}

static bool walk_states(struct walk *w, struct kvcache *c, const struct head *h) {
    size_t bytes = c->n_state * sizeof *c->state;
    if (!pass(w, c->state, bytes)) return false;
    for (uint64_t i = 0; i < h->n_states; i++) {
        int at = saved_at(c, h->position[i]);
        if (!pass(w, c->saved[at].state, bytes) ||
            !pass(w, c->saved[at].window, kvcache_saved_bytes(c, h->position[i])))
            return false;
    }
    return true;
}

static bool walk_session(struct walk *w, struct session *s, const struct head *h) {
    size_t E = s->m->hp.n_embd;
    return pass(w, s->tokens, h->n_tokens * sizeof *s->tokens) &&
           (!h->has_logits || pass(w, s->logits, s->m->hp.n_vocab * sizeof *s->logits)) &&
           kvcache_rows(s->cache, h->n_tokens, pass, w) &&
           (!s->params.draft ||
            pass(w, s->forward->hidden, (h->n_tokens + 1) * E * sizeof(float))) &&
           walk_states(w, s->cache, h);
}

/* ---- writing ---- */

/* The latest saved states, ascending. */
static void choose_states(const struct session *s, struct head *h) {
    const struct kvcache *c = s->cache;
    uint64_t below = s->length + 1;
    while (h->n_states < KEPT_STATES) {
        uint64_t best = 0;
        for (int i = 0; i < c->n_saves; i++) {
            uint64_t at = c->saved[i].age ? c->saved[i].position : 0;
            if (at < below && at > best) best = at;
        }
        if (!best) break;
        for (uint64_t i = h->n_states++; i > 0; i--) h->position[i] = h->position[i - 1];
        h->position[0] = below = best;
    }
}

static uint64_t walked_bytes(const struct session *s, const struct head *h) {
    struct walk w = {.move = count};
    walk_session(&w, (struct session *)(uintptr_t)s, h);
    return w.bytes;
}

static struct head head_of(const struct session *s) {
    struct head h = {.n_tokens = s->length, .has_logits = s->has_logits, .first = s->cache->first};
    memcpy(h.magic, MAGIC, sizeof h.magic);
    choose_states(s, &h);
    h.file_bytes = sizeof h + walked_bytes(s, &h) + sizeof(uint64_t);
    return h;
}

uint64_t session_file_bytes(const struct session *s) { return head_of(s).file_bytes; }

static bool write_session(struct walk *w, const struct session *s) {
    struct head h = head_of(s);
    h.model = model_sum(s->m);
    h.shape = shape_sum(s);
    h.tokens = bytes_sum(s->tokens, s->length * sizeof *s->tokens);
    h.sum = head_sum(&h);
    if (!write_all(w, &h, sizeof h) || !walk_session(w, (struct session *)(uintptr_t)s, &h))
        return false;
    uint64_t sum = checksum_end(&w->sum);
    return write_all(w, &sum, sizeof sum);
}

bool session_save(const struct session *s, const char *path, struct err *e) {
    struct str temp = STR_INIT;
    str_addf(&temp, "%s.new-%ld", path, (long)getpid());
    struct walk w = {.move = move_out, .path = path, .sum = CHECKSUM_INIT, .e = e};
    w.fd = open(str_cstr(&temp), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = w.fd >= 0;
    if (!ok) err_set(e, "%s: %s", path, strerror(errno));
    if (ok) ok = write_session(&w, s);
    if (w.fd >= 0 && close(w.fd) != 0 && ok) ok = err_set(e, "%s: %s", path, strerror(errno));
    if (ok && rename(temp.s, path) != 0) ok = err_set(e, "%s: %s", path, strerror(errno));
    if (!ok && w.fd >= 0) unlink(temp.s);
    str_free(&temp);
    return ok;
}

/* ---- reading ---- */

static bool check_head(const struct walk *w, const struct session *s, const struct head *h) {
    struct err *e = w->e;
    struct stat st;
    if (memcmp(h->magic, MAGIC, sizeof h->magic) != 0 || h->sum != head_sum(h))
        return err_set(e, "%s: it is no saved cache, or damaged", w->path);
    if (h->model != model_sum(s->m)) return err_set(e, "%s: it is another model's", w->path);
    if (h->shape != shape_sum(s)) return err_set(e, "%s: its cache has another shape", w->path);
    if (h->n_tokens > s->params.n_ctx)
        return err_set(e, "%s: its %llu tokens do not fit the context of %u", w->path,
                       (unsigned long long)h->n_tokens, s->params.n_ctx);
    if (h->n_states > KEPT_STATES || fstat(w->fd, &st) != 0 ||
        (uint64_t)st.st_size != h->file_bytes)
        return err_set(e, "%s: it is cut off", w->path);
    return true;
}

/* Makes the places that walk_session() will fill; their sizes hang on where they are. */
static bool place_states(struct kvcache *c, const struct head *h) {
    bool sound = h->first <= h->n_tokens && h->first % ATTEND_BLOCK == 0;
    sound &= c->window ? h->n_tokens - h->first <= c->held : !h->first;
    for (int i = 0; i < c->n_saves; i++) c->saved[i].age = 0;
    c->first = h->first;
    c->saves = h->n_states;
    for (uint64_t i = 0; i < h->n_states; i++) {
        sound &= h->position[i] <= h->n_tokens && h->position[i] > (i ? h->position[i - 1] : 0);
        c->saved[i].position = h->position[i];
        c->saved[i].age = i + 1;
    }
    return sound && kvcache_holds(c, h->n_tokens);
}

static bool read_session(struct walk *w, struct session *s, struct head *h) {
    uint64_t sum;
    if (!read_all(w, h, sizeof *h) || !check_head(w, s, h)) return false;
    if (!place_states(s->cache, h) || h->file_bytes != sizeof *h + walked_bytes(s, h) + sizeof sum)
        return err_set(w->e, "%s: its cache has another shape", w->path);
    if (!walk_session(w, s, h) || !read_all(w, &sum, sizeof sum)) return false;
    bool sound = sum == checksum_end(&w->sum) &&
                 h->tokens == bytes_sum(s->tokens, h->n_tokens * sizeof *s->tokens);
    for (uint64_t i = 0; i < h->n_tokens; i++) /* others index by them */
        sound &= s->tokens[i] >= 0 && (uint32_t)s->tokens[i] < s->m->hp.n_vocab;
    return sound || err_set(w->e, "%s: it is damaged", w->path);
}

bool session_restore(struct session *s, const char *path, struct err *e) {
    struct walk w = {.move = move_in, .path = path, .sum = CHECKSUM_INIT, .e = e};
    struct head h;
    session_truncate(s, 0);
    w.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (w.fd < 0) return err_set(e, "%s: %s", path, strerror(errno));
    bool ok = read_session(&w, s, &h);
    close(w.fd);
    if (ok) {
        s->length = h.n_tokens;
        s->has_logits = h.has_logits;
    } else {
        kvcache_clear(s->cache);
        if (s->params.draft) memset(s->forward->hidden, 0, s->m->hp.n_embd * sizeof(float));
    }
    return ok;
}
