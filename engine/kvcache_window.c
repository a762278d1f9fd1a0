/* kvcache_window: what blocks with a sliding window hold: not the timeline but a piece of it, the
 * positions from `first` on. When a batch no longer fits behind them, the window before it is moved
 * to the beginning of the memory: a window's rows once in n_batch tokens, against as many that each
 * of these tokens reads. So a head's positions lie in one stream as everywhere else, attention's
 * blocks of positions stay where they are (`first` is at their edges), and sums are the same to the
 * last bit as with all positions held.
 *
 * After a cut the next token may see positions that are gone. As with recurrent states there are
 * saved windows to return to, and what came after is read again. They are of use where they are
 * small beside the context: with what slides they take at most half of what is spared, and where
 * not even two fit, all positions are held. */
#include <assert.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/kvcache.h"

/* Of the window that a token at `position` sees, at the edge of a block. */
static size_t window_begin(const struct kvcache *c, size_t position) {
    return position < c->window ? 0 : (position + 1 - c->window) / ATTEND_BLOCK * ATTEND_BLOCK;
}

void kvcache_choose_window(struct kvcache *c, size_t n_batch) {
    size_t window = 0;
    for (uint32_t i = 0; i < c->m->hp.n_layers; i++)
        if (c->m->layers[i].window > window) window = c->m->layers[i].window;
    size_t saved = window + ATTEND_BLOCK,
           held = (saved + KVCACHE_BACK + n_batch + ATTEND_BLOCK - 1) / ATTEND_BLOCK * ATTEND_BLOCK,
           fit = held < c->n_ctx ? (c->n_ctx - held) / 2 / saved : 0;
    c->n_saves = KVCACHE_SAVES;
    if (!window || fit < 2) return;
    if (fit < KVCACHE_SAVES) c->n_saves = (int)fit;
    c->window = window;
    c->held = held;
}

/* Bytes of a position in all blocks that slide. */
static uint64_t position_bytes(const struct kvcache *c) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < c->n_blocks; i++)
        if (c->layers[i].slides)
            bytes += c->layers[i].n_heads * (uint64_t)(c->layers[i].k_row + c->layers[i].v_row);
    return bytes;
}

uint64_t kvcache_window_bytes(const struct kvcache *c) {
    return position_bytes(c) * (c->window + ATTEND_BLOCK);
}

uint64_t kvcache_saved_bytes(const struct kvcache *c, size_t position) {
    return position_bytes(c) * (position - window_begin(c, position));
}

bool kvcache_holds(const struct kvcache *c, size_t position) {
    return !c->window || window_begin(c, position) >= c->first;
}

void kvcache_make_room(struct kvcache *c, size_t pos, size_t n) {
    if (!c->window || pos + n - c->first <= c->held) return;
    size_t first = window_begin(c, pos > KVCACHE_BACK ? pos - KVCACHE_BACK : 0),
           gone = first - c->first, stay = pos - first;
    assert(pos + n - first <= c->held);
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        const struct kv_rows *r = &c->layers[i];
        for (size_t h = 0; r->slides && h < r->n_heads; h++) {
            char *k = r->k + h * r->k_head, *v = r->v + h * r->v_head;
            memmove(k, k + gone * r->k_row, stay * r->k_row);
            if (r->v) memmove(v, v + gone * r->v_row, stay * r->v_row);
        }
    }
    c->first = first;
}

/* Copies n rows from `at` on of all blocks that slide, one after the other: to `out`, or from `in`
 * where that is given. */
static void move_rows(const struct kvcache *c, size_t at, size_t n, char *out, const char *in) {
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        const struct kv_rows *r = &c->layers[i];
        for (size_t j = 0; r->slides && j < 2 * r->n_heads; j++) {
            size_t h = j / 2, row = j % 2 ? r->v_row : r->k_row;
            if (!row) continue;
            char *rows = (j % 2 ? r->v + h * r->v_head : r->k + h * r->k_head) + at * row;
            if (in)
                memcpy(rows, in, n * row), in += n * row;
            else
                memcpy(out, rows, n * row), out += n * row;
        }
    }
}

void kvcache_window_out(const struct kvcache *c, size_t position, char *to) {
    size_t begin = window_begin(c, position);
    move_rows(c, begin - c->first, position - begin, to, NULL);
}

void kvcache_window_in(struct kvcache *c, size_t position, const char *from) {
    c->first = window_begin(c, position);
    move_rows(c, 0, position - c->first, NULL, from);
}
