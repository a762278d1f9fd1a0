/* tokenizer_merge: joins neighbouring symbols of a word, best rank first, leftmost among equals,
 * until no pair has a rank.
 *
 * Symbols are a doubly linked list in an array, candidates a binary heap: n log n, so that a word
 * of a megabyte is no trouble. A candidate is not removed when one of its symbols changes; it is
 * recognised when it comes up, because the length of the pair can only have grown. */
#include <stdlib.h>

#include "base/mem.h"
#include "engine/tokenizer_private.h"

void merger_free(struct merger *m) {
    free(m->symbols);
    free(m->heap);
}

void merger_add(struct merger *m, uint32_t len, struct hash hash) {
    if (m->n == m->cap) m->symbols = mem_grow(m->symbols, &m->cap, m->n + 1, sizeof *m->symbols);
    struct symbol *s = &m->symbols[m->n], *left = m->n ? s - 1 : NULL;
    *s = (struct symbol){left ? left->start + left->len : 0, len,
                         left ? (uint32_t)m->n - 1 : SYMBOL_NONE, SYMBOL_NONE, hash};
    if (left) left->next = (uint32_t)m->n;
    m->n++;
}

static void heap_push(struct merger *m, struct candidate c) {
    if (m->n_heap == m->cap_heap)
        m->heap = mem_grow(m->heap, &m->cap_heap, m->n_heap + 1, sizeof *m->heap);
    size_t i = m->n_heap++;
    while (i) {
        size_t up = (i - 1) / 2;
        if (m->heap[up].order <= c.order) break;
        m->heap[i] = m->heap[up];
        i = up;
    }
    m->heap[i] = c;
}

static struct candidate heap_pop(struct merger *m) {
    struct candidate top = m->heap[0], last = m->heap[--m->n_heap];
    size_t i = 0, n = m->n_heap;
    for (;;) {
        size_t down = 2 * i + 1;
        if (down >= n) break;
        if (down + 1 < n && m->heap[down + 1].order < m->heap[down].order) down++;
        if (last.order <= m->heap[down].order) break;
        m->heap[i] = m->heap[down];
        i = down;
    }
    if (n) m->heap[i] = last;
    return top;
}

static void consider(struct merger *m, const struct tokenizer *t, const char *word,
                     merge_rank *rank, uint32_t left) {
    const struct symbol *a = &m->symbols[left];
    if (a->next == SYMBOL_NONE) return;
    const struct symbol *b = &m->symbols[a->next];
    uint32_t r = rank(t, word, a, b);
    if (r != UINT32_MAX)
        heap_push(m, (struct candidate){(uint64_t)r << 32 | left, a->len + b->len});
}

void merger_run(struct merger *m, const struct tokenizer *t, const char *word, merge_rank *rank) {
    m->n_heap = 0;
    for (size_t i = 0; i + 1 < m->n; i++) consider(m, t, word, rank, (uint32_t)i);
    while (m->n_heap) {
        struct candidate c = heap_pop(m);
        uint32_t left = (uint32_t)c.order;
        struct symbol *a = &m->symbols[left];
        if (!a->len || a->next == SYMBOL_NONE) continue;
        struct symbol *b = &m->symbols[a->next];
        if (a->len + b->len != c.bytes) continue;
        a->len = c.bytes;
        a->hash = hash_join(a->hash, b->hash);
        a->next = b->next;
        b->len = 0;
        if (a->next != SYMBOL_NONE) m->symbols[a->next].prev = left;
        if (a->prev != SYMBOL_NONE) consider(m, t, word, rank, a->prev);
        consider(m, t, word, rank, left);
    }
}
