/* kvcache: what a model remembers of a sequence, block by block.
 *
 * Attention remembers each position, in the cache's type: keys and values of the key heads, or one
 * latent row (MLA), whose first part is also the value. Recurrent blocks (convolutions, linear
 * attention) remember one state in F32, which is only known for the last position. A batch reads
 * `state` and writes `next_state`; kvcache_advance makes that the state once the whole batch is
 * through. Going back means returning to a state that was saved. */
#ifndef ENGINE_KVCACHE_H
#define ENGINE_KVCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/session.h"
#include "engine/weights.h"

struct kv_rows {
    char *k, *v;           /* head h, position p at h·k_head + p·k_row; the same for v */
    size_t n_heads;        /* of keys */
    size_t k_row, v_row;   /* bytes of a position of a head; v_row 0: v is inside k */
    size_t k_head, v_head; /* bytes of a head: one stream for who reads many positions of it */
    size_t state;          /* where the block's part of the state begins */
};

enum { KVCACHE_SAVES = 6 };

struct kvcache {
    const struct model *m;
    uint32_t n_ctx;
    uint32_t n_blocks; /* the model's, and an MTP block where drafts are made */
    enum cache_type type;
    bool exact;             /* every number as two halves, see attend.c */
    struct kv_rows *layers; /* [n_blocks] */
    uint64_t bytes;

    size_t n_state; /* floats of a state; 0: nothing is recurrent */
    float *state, *next_state;
    struct {
        size_t position; /* tokens that the state has seen */
        uint64_t age;    /* the least is the oldest; 0: empty */
        float *state;
    } saved[KVCACHE_SAVES];
    uint64_t saves;
};

/* The parameters have no zeros left where those mean a default. */
struct kvcache *kvcache_new(const struct model *m, const struct session_params *p);
void kvcache_free(struct kvcache *c);
/* A batch is through. */
void kvcache_advance(struct kvcache *c);
/* Remembers the state after `position` tokens, in place of the oldest that is remembered. Allocates
 * nothing. */
void kvcache_save(struct kvcache *c, size_t position);
/* Goes back to `position` tokens or, where that state is not known, to the latest before it that
 * is. Returns where it is now. `length` is where it was. */
size_t kvcache_go_back(struct kvcache *c, size_t position, size_t length);
/* Copies the first n positions of `from`, which has the same shape; of recurrent states the present
 * one alone, or those that were saved as well. */
void kvcache_copy_present(struct kvcache *c, const struct kvcache *from, size_t n);
void kvcache_copy(struct kvcache *c, const struct kvcache *from, size_t n);

/* The beginning of a timeline: no state is remembered. */
void kvcache_clear(struct kvcache *c);
/* Hands out the memory of the first n positions' rows, in an order that depends on the cache's
 * shape and n alone, until one is refused (false). */
bool kvcache_rows(struct kvcache *c, size_t n, bool (*each)(void *ctx, void *rows, size_t bytes),
                  void *ctx);

/* Bytes that the attention of one token after n others reads. */
uint64_t kvcache_reads(const struct kvcache *c, size_t n);

/* Bytes that one position takes in all blocks, and would take with all heads' keys and values as
 * halves. */
uint64_t kvcache_position_bytes(const struct model *m, enum cache_type type);
uint64_t kvcache_full_heads_bytes(const struct model *m);

#endif
