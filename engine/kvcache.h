/* kvcache: what a model remembers of a sequence, block by block.
 *
 * Attention remembers each position, in the cache's type: keys and values of the key heads, or one
 * latent row (MLA), whose first part is also the value. Recurrent blocks (convolutions, linear
 * attention) remember one state in F32, which is only known for the last position. A batch reads
 * `state` and writes `next_state`; kvcache_advance makes that the state once the whole batch is
 * through. Going back means returning to a state that was saved.
 *
 * Blocks with a sliding window hold no more than they can see: a piece of the timeline, see
 * kvcache_window.c. Where that piece has moved on, going back means returning to a window that was
 * saved, likewise. */
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
    bool slides;           /* position p lies at p - first: see kvcache_first */
};

enum {
    KVCACHE_SAVES = 6, /* at most */
    KVCACHE_BACK = 16  /* positions before a batch that a window can still be saved at after it */
};

struct kvcache {
    const struct model *m;
    uint32_t n_ctx;
    uint32_t n_blocks; /* the model's, and an MTP block where drafts are made */
    enum cache_type type;
    bool exact;             /* every number as two halves, see attend.c */
    struct kv_rows *layers; /* [n_blocks] */
    uint64_t bytes;

    size_t window; /* of the blocks that slide; 0: all blocks hold all positions */
    size_t held;   /* positions that they have room for */
    size_t first;  /* the first of them, a multiple of ATTEND_BLOCK */

    size_t n_state; /* floats of a state; 0: nothing is recurrent */
    float *state, *next_state;
    struct {
        size_t position; /* tokens that the state has seen, or that the window ends after */
        uint64_t age;    /* the least is the oldest; 0: empty */
        float *state;
        char *window; /* kvcache_window_bytes() at most */
    } saved[KVCACHE_SAVES];
    int n_saves;
    uint64_t saves;
};

/* The parameters have no zeros left where those mean a default. */
struct kvcache *kvcache_new(const struct model *m, const struct session_params *p);
/* The bytes that it would have. */
uint64_t kvcache_bytes(const struct model *m, const struct session_params *p);
/* An empty one that takes copies of another, as long as they have at most n_ctx positions; and the
 * bytes that it would have. */
struct kvcache *kvcache_new_like(const struct kvcache *c, uint32_t n_ctx);
uint64_t kvcache_bytes_like(const struct kvcache *c, uint32_t n_ctx);
void kvcache_free(struct kvcache *c);
/* Before a batch of n tokens from position pos on. */
void kvcache_make_room(struct kvcache *c, size_t pos, size_t n);
/* A batch is through. */
void kvcache_advance(struct kvcache *c);
/* Remembers the state after `position` tokens, in place of the oldest that is remembered: of all
 * there are, but where nothing is recurrent it may be up to KVCACHE_BACK before the last batch.
 * Allocates nothing. */
void kvcache_save(struct kvcache *c, size_t position);
/* Where a timeline of `length` tokens can go back to: to `position`, or to the latest before it
 * that is known. */
size_t kvcache_reach(const struct kvcache *c, size_t position, size_t length);
/* Goes there, and returns it. */
size_t kvcache_go_back(struct kvcache *c, size_t position, size_t length);
/* Copies the n positions of `from`, which has the same shape; of states and windows the present
 * ones alone, or those that were saved as well. */
void kvcache_copy_present(struct kvcache *c, const struct kvcache *from, size_t n);
void kvcache_copy(struct kvcache *c, const struct kvcache *from, size_t n);

/* The beginning of a timeline: no state is remembered. */
void kvcache_clear(struct kvcache *c);
/* Hands out the memory of those of the first n positions' rows that are held, in an order that
 * depends on the cache's shape, n and `first` alone, until one is refused (false). */
bool kvcache_rows(struct kvcache *c, size_t n, bool (*each)(void *ctx, void *rows, size_t bytes),
                  void *ctx);

/* The position that the block's first row is of. */
static inline size_t kvcache_first(const struct kvcache *c, uint32_t block) {
    return c->layers[block].slides ? c->first : 0;
}

/* ---- the window (kvcache_window.c) ---- */

/* Decides whether blocks with a window slide, and how many windows are saved. */
void kvcache_choose_window(struct kvcache *c, size_t n_batch);
uint64_t kvcache_window_bytes(const struct kvcache *c);
/* Bytes of the window that is saved for that position. */
uint64_t kvcache_saved_bytes(const struct kvcache *c, size_t position);
/* Whether what a token at that position sees is all there. */
bool kvcache_holds(const struct kvcache *c, size_t position);
void kvcache_window_out(const struct kvcache *c, size_t position, char *to);
void kvcache_window_in(struct kvcache *c, size_t position, const char *from);

/* Bytes that the attention of one token after n others reads. */
uint64_t kvcache_reads(const struct kvcache *c, size_t n);

/* Bytes that one position takes in all blocks, in those with a window, and would take with all
 * heads' keys and values as halves. */
uint64_t kvcache_position_bytes(const struct model *m, enum cache_type type);
uint64_t kvcache_windowed_bytes(const struct model *m, enum cache_type type);
uint64_t kvcache_full_heads_bytes(const struct model *m);

#endif
