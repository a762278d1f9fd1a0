/* weights_numbers: a model's numbers, from metadata keys that most families share. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "engine/hparams.h"
#include "engine/weights.h"

enum { LAYERS_MAX = 4096 };

static void read_sizes(struct model *m, struct hparams_reader *r) {
    struct hparams *hp = &m->hp;
    uint32_t blocks = hparam_need(r, "block_count");
    hp->n_mtp = hparam_u32(r, "nextn_predict_layers", 0);
    if (!r->failed && (hp->n_mtp >= blocks || blocks > LAYERS_MAX))
        r->failed = !err_set(r->e, "key %s.block_count: %u blocks, %u of them for drafting",
                             r->arch, blocks, hp->n_mtp);
    hp->n_layers = r->failed ? 1 : blocks - hp->n_mtp;
    hp->n_embd = hparam_need(r, "embedding_length");
    hp->context_length = hparam_need(r, "context_length");
    hp->eps = hparam_f32(r, "attention.layer_norm_rms_epsilon", 0);
    if (!hparam_has(r, "attention.layer_norm_rms_epsilon"))
        hparam_need(r, "attention.layer_norm_rms_epsilon");
    if (!hparam_has(r, "attention.head_count")) hparam_need(r, "attention.head_count");
    hp->embedding_scale = hparam_f32(r, "embedding_scale", 1);
    hp->residual_scale = hparam_f32(r, "residual_scale", 1);
    hp->logit_scale = hparam_f32(r, "logit_scale", 1);
    hp->attention_scale = hparam_f32(r, "attention.scale", 0);
    hp->logit_softcap = hparam_f32(r, "final_logit_softcapping", 0);
    if (hp->logit_scale == 0) hp->logit_scale = 1;
    if (hp->embedding_scale == 0) hp->embedding_scale = 1;
    if (hp->residual_scale == 0) hp->residual_scale = 1;
}

static void read_experts(struct model *m, struct hparams_reader *r) {
    struct hparams *hp = &m->hp;
    hp->n_experts = hparam_u32(r, "expert_count", 0);
    if (!hp->n_experts) return;
    hp->n_used = hparam_need(r, "expert_used_count");
    hp->n_lead_dense = hparam_u32(r, "leading_dense_block_count", 0);
    hp->n_groups = hparam_u32(r, "expert_group_count", 0);
    hp->n_groups_used = hparam_u32(r, "expert_group_used_count", 0);
    hp->expert_scale = hparam_f32(r, "expert_weights_scale", 1);
    hp->expert_norm = m->arch->expert_norm || hparam_bool(r, "expert_weights_norm", false);
    uint32_t gating = hparam_u32(r, "expert_gating_func", 0);
    hp->gating = gating ? (enum gating)gating : m->arch->gating;
    if (hp->expert_scale == 0) hp->expert_scale = 1;
    if (hp->gating == GATING_BY_FAMILY) hp->gating = GATING_SOFTMAX;
    if (r->failed) return;
    if (hp->n_used > hp->n_experts || gating >= GATING_LIMIT || hp->n_groups > MOE_GROUPS_MAX ||
        (hp->n_groups > 1 && (hp->n_experts % hp->n_groups || hp->n_groups_used < 1 ||
                              hp->n_groups_used > hp->n_groups ||
                              hp->n_groups_used * (hp->n_experts / hp->n_groups) < hp->n_used)))
        r->failed =
            !err_set(r->e, "keys %s.expert_…: %u of %u experts, %u of %u groups, gating %u",
                     r->arch, hp->n_used, hp->n_experts, hp->n_groups_used, hp->n_groups, gating);
}

static void read_mla(struct model *m, struct hparams_reader *r) {
    struct hparams *hp = &m->hp;
    if (!m->arch->mla) return;
    hp->q_lora = hparam_u32(r, "attention.q_lora_rank", 0);
    hp->kv_lora = hparam_need(r, "attention.kv_lora_rank");
    hp->n_rot = hparam_need(r, "rope.dimension_count");
    /* Files before the absorbed form have the heads' own sizes under the plain keys. */
    bool absorbed = hparam_u32(r, "attention.key_length_mla", 0) &&
                    hparam_u32(r, "attention.value_length_mla", 0);
    hp->dk_mla = hparam_need(r, absorbed ? "attention.key_length_mla" : "attention.key_length");
    hp->dv_mla = hparam_need(r, absorbed ? "attention.value_length_mla" : "attention.value_length");
    if (!r->failed && hp->dk_mla <= hp->n_rot)
        r->failed = !err_set(r->e, "keys %s.attention.key_length… and rope.dimension_count: %u, %u",
                             r->arch, hp->dk_mla, hp->n_rot);
}

/* Every period-th block sees everything; or the file says so block by block. */
static bool slides(const struct model *m, struct hparams_reader *r, uint32_t i) {
    const struct hparams *hp = &m->hp;
    char key[160];
    snprintf(key, sizeof key, "%s.attention.sliding_window_pattern", r->arch);
    const struct gguf_entry *x = gguf_find(r->g, key);
    if (!hp->window) return false;
    if (x && x->type == GGUF_ARRAY)
        return hparam_u32_at(r, "attention.sliding_window_pattern", i, 0) != 0;
    return i % hp->window_period < hp->window_period - 1;
}

static void read_windows(struct model *m, struct hparams_reader *r) {
    struct hparams *hp = &m->hp;
    if (!m->arch->window_period) return;
    hp->window = hparam_u32(r, "attention.sliding_window", 0);
    hp->window_period = m->arch->window_period;
    char key[160];
    snprintf(key, sizeof key, "%s.attention.sliding_window_pattern", r->arch);
    const struct gguf_entry *x = gguf_find(r->g, key);
    if (x && x->type != GGUF_ARRAY)
        hp->window_period = hparam_need(r, "attention.sliding_window_pattern");
}

static void read_layer(struct model *m, struct hparams_reader *r, uint32_t i) {
    const struct hparams *hp = &m->hp;
    struct layer *y = &m->layers[i];
    y->n_head = hparam_u32_at(r, "attention.head_count", i, 0);
    y->n_head_kv = hparam_u32_at(r, "attention.head_count_kv", i, y->n_head);
    uint32_t share = y->n_head ? hp->n_embd / y->n_head : 0;
    y->dk = hparam_u32(r, "attention.key_length", share);
    y->dv = hparam_u32(r, "attention.value_length", share);
    y->is_moe = hp->n_experts && i >= hp->n_lead_dense;
    if (m->arch->mla) {
        y->mixer = MIXER_MLA;
        y->n_head_kv = 1;
        y->dk = hp->kv_lora + hp->n_rot;
        y->dv = hp->kv_lora;
    }
    if (slides(m, r, i)) {
        y->window = hp->window;
        if (m->arch->sliding_base > 0) y->rope = ROPE_SLIDING;
    }
}

/* Once the family has had its say. */
static bool check_layer(const struct model *m, uint32_t i, struct err *e) {
    const struct layer *y = &m->layers[i];
    if (y->mixer != MIXER_GQA && y->mixer != MIXER_MLA) return true;
    if (!y->n_head || !y->n_head_kv || y->n_head % y->n_head_kv)
        return err_set(e, "block %u: %u attention heads with %u for keys", i, y->n_head,
                       y->n_head_kv);
    if (!y->dk || !y->dv || (uint64_t)y->n_head * y->dk > HPARAM_MAX ||
        (uint64_t)y->n_head * y->dv > HPARAM_MAX)
        return err_set(e, "block %u: attention heads of %u and %u numbers", i, y->dk, y->dv);
    if (m->hp.n_rot > y->dk)
        return err_set(e, "key %s.rope.dimension_count: %u of a head of %u", m->arch->name,
                       m->hp.n_rot, y->dk);
    return true;
}

static void read_rope(struct model *m, struct hparams_reader *r, struct rope_scaling *s) {
    struct hparams *hp = &m->hp;
    float factor = hparam_f32(r, "rope.scaling.factor", hparam_f32(r, "rope.scale_linear", 1));
    bool none = hparam_is(r, "rope.scaling.type", "none");
    *s = (struct rope_scaling){
        .base = (double)hparam_f32(r, "rope.freq_base", 10000),
        .factor = none || factor == 0 ? 1 : (double)factor,
        .yarn = hparam_is(r, "rope.scaling.type", "yarn"),
        .n_orig = hparam_u32(r, "rope.scaling.original_context_length", hp->context_length),
        .beta_fast = 32,
        .beta_slow = 1,
    };
    if (m->arch->yarn_betas) {
        s->beta_fast = (double)hparam_f32(r, "rope.scaling.yarn_beta_fast", 32);
        s->beta_slow = (double)hparam_f32(r, "rope.scaling.yarn_beta_slow", 1);
    }
    m->sliding_base = hparam_f32(r, "rope.freq_base_swa", m->arch->sliding_base);
    if (!hp->n_rot) hp->n_rot = hparam_u32(r, "rope.dimension_count", m->layers[0].dk);
    if (!r->failed && (hp->n_rot % 2 || hp->n_rot == 0))
        r->failed = !err_set(r->e, "key %s.rope.dimension_count: %u", r->arch, hp->n_rot);
    if (!r->failed && !(s->base > 1 && s->factor > 0))
        r->failed =
            !err_set(r->e, "keys %s.rope.…: base %g, factor %g", r->arch, s->base, s->factor);
    double stretch = s->yarn && s->factor > 1 ? log(s->factor) : 0;
    double multiplier = (double)hparam_f32(r, "rope.scaling.yarn_log_multiplier", 0);
    double magnitude = (1 + 0.1 * stretch) / (1 + 0.1 * multiplier * stretch);
    m->ropes[ROPE_GLOBAL].magnitude =
        (float)magnitude * hparam_f32(r, "rope.scaling.attn_factor", 1);
}

/* A file may lack the drafting blocks that its key speaks of. */
static void drop_absent_mtp(struct model *m) {
    for (uint32_t i = 0; i < m->hp.n_mtp; i++) {
        char name[64];
        snprintf(name, sizeof name, "blk.%u.nextn.eh_proj.weight", m->hp.n_layers + i);
        if (!gguf_tensor(m->gguf, name)) m->hp.n_mtp = i;
    }
}

bool weights_read_numbers(struct model *m, struct rope_scaling *scaling, struct err *e) {
    struct hparams_reader r = {.g = m->gguf, .arch = m->arch->name, .e = e};
    read_sizes(m, &r);
    read_experts(m, &r);
    read_mla(m, &r);
    read_windows(m, &r);
    if (r.failed) return false;
    drop_absent_mtp(m);
    uint32_t n = m->hp.n_layers + m->hp.n_mtp;
    m->layers = mem_calloc(n, sizeof *m->layers);
    for (uint32_t i = 0; i < n; i++) read_layer(m, &r, i);
    read_rope(m, &r, scaling);
    if (r.failed) return false;
    if (m->arch->prepare && !m->arch->prepare(m, &r, e)) return false;
    if (r.failed) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!check_layer(m, i, e)) return false;
    return true;
}
