/* weights: what is inside a model: its numbers and, block by block, its tensors. Private to the
 * engine. A tensor that the file does not have has data == NULL, a vector that it does not have is
 * NULL; the code of a block takes the steps whose tensors are there. Shapes are written
 * {n_in, n_out}; E = n_embd, V = n_vocab. */
#ifndef ENGINE_WEIGHTS_H
#define ENGINE_WEIGHTS_H

#include "engine/arch.h"
#include "engine/gguf.h"
#include "engine/model.h"
#include "engine/rope.h"
#include "engine/tensor.h"

/* What mixes positions in a block. */
enum mixer { MIXER_GQA, MIXER_MLA, MIXER_CONV, MIXER_DELTA };

/* Metadata under the architecture's prefix, defaults filled in. Numbers that a family does not
 * have are 0 (scales: 1). */
enum { MOE_GROUPS_MAX = 256 };

struct hparams {
    uint32_t n_embd, n_layers /* without MTP blocks */, n_mtp, n_vocab, context_length;
    float eps;
    float embedding_scale, residual_scale, logit_scale /* logits are divided by it */;
    float attention_scale; /* 0 = 1/sqrt(dk) */
    float logit_softcap;   /* 0 = off */
    /* q is scaled by 1 + temp_scale·ln(floor(position / temp_length) + 1) */
    float temp_scale;
    uint32_t temp_length;
    uint32_t n_rot;
    uint32_t window, window_period; /* every window_period-th block sees everything */
    uint32_t n_lead_dense, n_experts, n_used;
    uint32_t n_groups, n_groups_used;
    enum gating gating;
    bool expert_norm;
    float expert_scale;
    uint32_t q_lora, kv_lora, dk_mla, dv_mla; /* MLA: heads before absorption; 0 otherwise */
    uint32_t conv_taps;                       /* short convolution: inputs that an output sees */
    uint32_t delta_k_heads, delta_v_heads, delta_dk, delta_dv;
};

struct layer {
    enum mixer mixer;
    bool is_moe;
    uint32_t n_head, n_head_kv; /* MLA: n_head_kv is 1 */
    uint32_t dk, dv;            /* of a cached key and value; MLA: kv_lora + n_rot, kv_lora */
    uint32_t n_ff, window;      /* window 0: sees everything */
    int rope;                   /* ROPE_GLOBAL or ROPE_SLIDING; -1: no positions */

    const float *attn_norm, *attn_post_norm, *ffn_norm, *ffn_post_norm; /* {E}, all optional */

    /* MIXER_GQA. Where q_gated, wq has per head its query and then its gate. */
    struct tensor wq, wk, wv, wqkv /* instead of the three */, wo;
    const float *bq, *bk, *bv, *bqkv, *bo;
    const float *q_norm, *k_norm; /* {dk}, or of all heads where norm_whole */
    const float *sinks;           /* {n_head} */
    bool norm_whole, q_gated;

    /* MIXER_MLA (wo as above) */
    struct tensor wq_a, wq_b; /* or wq */
    struct tensor wkv_a;      /* {E, kv_lora + n_rot} */
    struct tensor wk_b;       /* {nope, kv_lora, n_head} */
    struct tensor *wv_b;      /* [n_head] of {kv_lora, dv_mla} */
    const float *q_a_norm, *kv_a_norm;

    /* MIXER_CONV: in {E, 3E} gives b, c, x; out {E, E} */
    struct tensor conv_in, conv_out;
    const float *conv; /* {conv_taps} per channel, the newest last; MIXER_DELTA too */

    /* MIXER_DELTA */
    struct tensor delta_qkv, delta_z, delta_beta, delta_alpha, delta_ba, delta_out;
    const float *delta_dt, *delta_a, *delta_norm; /* {v heads}, {v heads}, {dv} */

    /* dense */
    struct tensor gate, up, gate_up /* {E, 2·n_ff} instead */, down;
    const float *gate_b, *up_b, *down_b;

    /* experts; a third dimension counts them */
    struct tensor router, gate_exps, up_exps, gate_up_exps, down_exps;
    const float *router_b, *select_b /* for choosing only */;
    const float *gate_exps_b, *up_exps_b, *down_exps_b; /* [expert][n_out] */
    struct tensor gate_sh, up_sh, down_sh;              /* the shared expert */
    struct tensor shared_gate;                          /* {E, 1}: its sigmoid scales it */

    /* MTP blocks only */
    struct tensor mtp_proj; /* {2E, E} of [embedding | hidden] */
    const float *mtp_enorm, *mtp_hnorm, *mtp_head_norm;
    struct tensor mtp_embd, mtp_head; /* optional: the model's own */
};

/* ROPE_LONG takes the place of ROPE_GLOBAL in a session of more than long_from tokens. */
enum { ROPE_GLOBAL, ROPE_SLIDING, ROPE_LONG, ROPE_KINDS };

struct model {
    struct gguf *gguf;
    const struct arch *arch;
    struct hparams hp;
    struct layer *layers;          /* [n_layers + n_mtp] */
    struct rope ropes[ROPE_KINDS]; /* freq NULL: none of that kind */
    uint32_t long_from;
    float sliding_base;
    struct tensor token_embd; /* {E, V} */
    struct tensor output;     /* {E, V}; the embedding where the file has none */
    const float *output_norm; /* {E} */
    bool tied;

    struct model_info info;
    struct tokenizer *tokenizer;
    struct template *template;
    struct err template_error; /* why there is none although the file has one */
    const struct reasoning_format *reasoning;
    char *name;
    void **owned; /* what was converted when loading */
    size_t n_owned, cap_owned;
};

/* Fills m->hp, layers, ropes and tensors from m->gguf; m->arch is set. */
bool weights_load(struct model *m, struct err *e);
/* Its first half: hp, and mixer, sizes, window and rope of every layer. */
bool weights_read_numbers(struct model *m, struct rope_scaling *scaling, struct err *e);
void weights_free(struct model *m);

/* MLA files before April 2025 hold attn_kv_b, {kv_lora, n_head·(nope + dv_mla)}, instead of the
 * two tensors of the absorbed form; this makes those: wk_b transposed into memory of the model,
 * wv_b as views. */
void mla_split_kv_b(struct model *m, struct layer *y, const struct tensor *kv_b);

/* Memory that lives as long as the model. */
void *model_own(struct model *m, void *p);

#endif
