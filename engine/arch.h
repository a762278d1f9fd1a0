/* arch: families of models. A family is one constant table: where its norms stand, how positions
 * enter, which parts its blocks are made of, and the few rules that its files leave unsaid. What
 * the file says itself (sizes, biases that are there or not, scales) is read for every family
 * alike. To add one: write engine/arch/NAME.c and name it in arch.c. */
#ifndef ENGINE_ARCH_H
#define ENGINE_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/sampler.h"

struct model;
struct hparams_reader;

enum rope_layout {
    ROPE_NORM, /* pairs (2i, 2i+1) */
    ROPE_NEOX  /* pairs (i, i + n_rot/2) */
};

enum qk_norm { QK_NORM_NONE, QK_NORM_HEADS, QK_NORM_MAYBE /* if there */, QK_NORM_WHOLE };

enum activation {
    GLU_SILU,   /* silu(gate)·up */
    GLU_GELU,   /* gelu, tanh form */
    GLU_CLAMPED /* gpt-oss: gate <= 7, |up| <= 7, gate·sigmoid(1.702·gate)·(up + 1) */
};

/* From router logits to scores; the numbers are those of the file. */
enum gating {
    GATING_BY_FAMILY,
    GATING_SOFTMAX,
    GATING_SIGMOID,
    GATING_SOFTMAX_CHOSEN, /* softmax over the chosen experts only */
    GATING_SQRT_SOFTPLUS,
    GATING_LIMIT
};

struct arch {
    const char *name;
    enum rope_layout rope;

    /* Names of norm tensors; NULL: the family has no norm in that place. */
    const char *attn_norm, *attn_post_norm; /* before attention; on its result */
    const char *ffn_norm, *ffn_post_norm;
    const char *output_norm; /* NULL: "output_norm" */

    enum qk_norm qk_norm;
    bool q_gated; /* attn_q holds per head a query and a gate */
    bool sinks;
    bool delta_grouped; /* value heads that share a key head stand side by side */
    enum activation glu;

    enum gating gating; /* where the file has no key */
    bool expert_norm;   /* weights of the chosen experts are always made to sum to 1 */

    bool mla;
    uint32_t
        window_period;  /* sliding windows in all but every n-th block; 0: the family has none */
    float sliding_base; /* RoPE base in sliding blocks, not stretched; 0: as the others */
    bool yarn_betas;    /* the file's beta_fast and beta_slow count */

    /* Sets what this family's files leave unsaid, after the shared reading: `m` has its numbers and
     * its layers' sizes, no tensors yet. May be NULL. */
    bool (*prepare)(struct model *m, struct hparams_reader *r, struct err *e);

    struct sampling sampling; /* recommended; temperature 0 = no recommendation */
};

/* NULL: not a family that the engine can run. */
const struct arch *arch_find(const char *name);
/* What such a family is made of that the engine has no part for; NULL: unknown. */
const char *arch_lacks(const char *name);
const struct arch *const *arch_list(void); /* ends with NULL */

#endif
