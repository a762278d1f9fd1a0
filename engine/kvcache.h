/* kvcache: what attention remembers of each position, as halves, block by block: keys and values
 * of the key heads, or one latent row (MLA), whose first part is also the value. */
#ifndef ENGINE_KVCACHE_H
#define ENGINE_KVCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/weights.h"

struct kv_rows {
    uint16_t *k, *v;     /* position p at p·k_row, p·v_row */
    size_t k_row, v_row; /* halves of a position; v_row 0: v is inside k */
};

struct kvcache {
    const struct model *m;
    uint32_t n_ctx;
    bool exact;             /* every number as two halves, see attend.c */
    struct kv_rows *layers; /* [n_layers] */
    uint64_t bytes;
};

struct kvcache *kvcache_new(const struct model *m, uint32_t n_ctx, bool exact);
void kvcache_free(struct kvcache *c);
/* Copies the first n positions of `from`, which has the same shape. */
void kvcache_copy(struct kvcache *c, const struct kvcache *from, size_t n);

/* Bytes that one position takes in all blocks, and would take with all heads' keys and values. */
uint64_t kvcache_position_bytes(const struct model *m);
uint64_t kvcache_full_heads_bytes(const struct model *m);

#endif
