/* attention: softmax(scale·q·Kᵀ)·V over a cache, blockwise with a running softmax, heads
 * that share keys processed together (online softmax: Milakov & Gimelshein 2018; FlashAttention).
 * Grouped-query attention and absorbed latent attention (MLA: one shared row per token, whose first
 * dv numbers are also the value) are the same computation with other strides. */
#ifndef ENGINE_ATTENTION_H
#define ENGINE_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

#include "engine/cache_type.h"
#include "engine/pool.h"

/* A token gets the same bits whether it is evaluated alone or together with others, as long as they
 * are no more than this and none of them is the first of a multiple of ATTENTION_STEP positions. */
enum { ATTENTION_FEW_TOKENS = 8, ATTENTION_STEP = 256 };

struct attention {
    size_t n_tokens, n_past;  /* query t sits at position n_past + t and sees positions <= it */
    size_t n_head, n_head_kv; /* n_head is a multiple of n_head_kv */
    size_t dk, dv;            /* length of a key and of a value */
    const float *q;           /* [n_tokens][n_head][dk] */
    enum cache_type type;
    /* Position first + p, kv head h at h·head + p·stride, cache_bytes(type, dk or dv). `first` is a
     * multiple of ATTEND_BLOCK, and nobody sees what lies before it. */
    const char *k, *v;
    size_t first;
    size_t k_stride, v_stride; /* bytes between positions */
    size_t k_head, v_head;     /* bytes between heads */
    float scale;
    size_t window;      /* a query sees only the last `window` positions; 0 = all */
    const float *sinks; /* [n_head] extra logits without a value, or NULL */
    float *out;         /* [n_tokens][n_head][dv] */
    float *scratch;     /* attention_scratch_floats() numbers */
};

size_t attention_scratch_floats(int n_threads, size_t n_head, size_t dk, size_t dv);
void attention_run(struct pool *p, const struct attention *a);

#endif
