/* branches: see the header. */
#include "engine/branches.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/session_private.h"

#define NONE SIZE_MAX

struct branch {
    struct kvcache *cache; /* just large enough */
    int32_t *tokens;       /* [n] */
    size_t n;
    float *logits;   /* [n_vocab] after the last token; NULL: they were not there */
    float *hidden;   /* [n + 1][n_embd], where drafts are made */
    size_t followed; /* what the drafting block has read */
    uint64_t bytes, age;
};

struct branches {
    struct branch kept[BRANCHES_MAX + 1]; /* one more while one is left and one is taken */
    size_t n;
    uint64_t ages;
};

struct branches *branches_new(void) {
    return mem_calloc(1, sizeof(struct branches));
}

static void drop(struct branches *b, size_t i) {
    struct branch *k = &b->kept[i];
    kvcache_free(k->cache);
    free(k->tokens);
    free(k->logits);
    free(k->hidden);
    *k = b->kept[--b->n];
}

void branches_free(struct branches *b) {
    while (b && b->n) drop(b, b->n - 1);
    free(b);
}

static size_t useful(const struct branch *k, const int32_t *ids, size_t n) {
    size_t i = 0;
    while (i < n && i < k->n && ids[i] == k->tokens[i]) i++;
    return kvcache_reach(k->cache, i, k->n);
}

static size_t floats_of(const struct session *s, size_t n) {
    return s->params.draft ? (n + 1) * s->m->hp.n_embd : 0;
}

static uint64_t bytes_of(const struct session *s) {
    size_t n_vocab = s->has_logits ? s->m->hp.n_vocab : 0;
    return kvcache_bytes_like(s->cache, (uint32_t)s->length) + s->length * sizeof(int32_t) +
           (n_vocab + floats_of(s, s->length)) * sizeof(float);
}

static void *copy_of(const void *from, size_t bytes) {
    return bytes ? memcpy(mem_alloc(bytes), from, bytes) : NULL;
}

/* Makes room for a timeline of so many bytes, at the cost of the oldest; false where there is none.
 * The branch *spared, which is about to be taken and counts no more, stays, wherever it comes to
 * stand; NONE: there is none. */
static bool make_room(struct branches *b, const struct session *s, uint64_t bytes, size_t *spared) {
    for (;;) {
        uint64_t sum = bytes;
        size_t oldest = NONE;
        for (size_t i = 0; i < b->n; i++) {
            if (i == *spared) continue;
            sum += b->kept[i].bytes;
            if (oldest == NONE || b->kept[i].age < b->kept[oldest].age) oldest = i;
        }
        if (b->n - (*spared != NONE) < BRANCHES_MAX && sum <= s->cache->bytes) return true;
        if (oldest == NONE) return false;
        if (*spared == b->n - 1) *spared = oldest; /* the last one fills the gap */
        drop(b, oldest);
    }
}

static void leave(struct branches *b, const struct session *s, size_t *spared) {
    uint64_t bytes = bytes_of(s);
    if (!make_room(b, s, bytes, spared)) return;
    struct branch *k = &b->kept[b->n++];
    *k = (struct branch){.n = s->length, .bytes = bytes};
    k->cache = kvcache_new_like(s->cache, (uint32_t)s->length);
    k->age = ++b->ages;
    k->followed = s->followed < s->length ? s->followed : s->length;
    kvcache_copy(k->cache, s->cache, s->length);
    k->tokens = copy_of(s->tokens, s->length * sizeof *s->tokens);
    if (s->has_logits) k->logits = copy_of(s->logits, s->m->hp.n_vocab * sizeof *s->logits);
    if (s->params.draft)
        k->hidden = copy_of(s->forward->hidden, floats_of(s, s->length) * sizeof(float));
}

static void come_back(struct branches *b, struct session *s, size_t i) {
    const struct branch *k = &b->kept[i];
    kvcache_copy(s->cache, k->cache, k->n);
    memcpy(s->tokens, k->tokens, k->n * sizeof *s->tokens);
    s->length = k->n;
    s->followed = k->followed;
    s->n_tried = 0;
    s->has_logits = k->logits != NULL;
    if (k->logits) memcpy(s->logits, k->logits, s->m->hp.n_vocab * sizeof *s->logits);
    if (k->hidden) memcpy(s->forward->hidden, k->hidden, floats_of(s, k->n) * sizeof(float));
    drop(b, i);
}

void branches_go(struct branches *b, struct session *s, const int32_t *ids, size_t n) {
    size_t common = session_common_prefix(s, ids, n), best = NONE;
    size_t most = kvcache_reach(s->cache, common, s->length) + BRANCHES_LEAST;
    for (size_t i = 0; i < b->n; i++) {
        size_t has = useful(&b->kept[i], ids, n);
        if (has >= most) most = has + 1, best = i;
    }
    if (s->length - common >= BRANCHES_LEAST) leave(b, s, &best);
    if (best != NONE) come_back(b, s, best);
}
