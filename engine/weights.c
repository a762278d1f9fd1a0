/* weights: from a GGUF's metadata and tensor directory to hparams, layers and tensor views. Every
 * tensor's shape and type is checked against what the numbers say; one that is missing, of another
 * shape, of a type that cannot be computed with, or that no part of the family uses is refused by
 * name, since a model computed without one of its tensors would talk nonsense. */
#include "engine/weights.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/hparams.h"
#include "engine/kernels/kernels.h"
#include "engine/quant.h"

enum { ANY = 0 }; /* a dimension that is taken as it is */
enum need { MAY, NEED };

struct loader {
    struct model *m;
    struct err *e;
    bool *claimed; /* [n_tensors] */
    bool failed;
    uint32_t block;
};

void *model_own(struct model *m, void *p) {
    m->owned = mem_grow(m->owned, &m->cap_owned, m->n_owned + 1, sizeof *m->owned);
    return m->owned[m->n_owned++] = p;
}

/* ---- single tensors ---- */

static void fail(struct loader *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct loader *l, const char *fmt, ...) {
    struct str text = STR_INIT;
    va_list ap;
    va_start(ap, fmt);
    str_addv(&text, fmt, ap);
    va_end(ap);
    if (!l->failed) err_set(l->e, "%s", str_cstr(&text));
    l->failed = true;
    str_free(&text);
}

static const struct gguf_tensor *claim(struct loader *l, enum need need, const char *name) {
    const struct gguf_tensor *t = l->failed ? NULL : gguf_tensor(l->m->gguf, name);
    if (t)
        l->claimed[t - l->m->gguf->tensors] = true;
    else if (need)
        fail(l, "tensor %s is missing", name);
    return t;
}

static bool usable(struct loader *l, const struct gguf_tensor *t, const char *name) {
    const struct quant_type *q = quant_type(t->type);
    if (!q)
        fail(l, "tensor %s: %u is not a tensor type of llama.cpp", name, t->type);
    else if (!q->dequantize)
        fail(l, "tensor %s: type %s is not supported", name, q->name);
    return !l->failed;
}

static struct tensor view(const struct gguf_tensor *t) {
    return (struct tensor){.data = t->data,
                           .type = (enum tensor_type)t->type,
                           .ne = {t->ne[0], t->ne[1], t->ne[2]},
                           .row_bytes = quant_row_bytes(t->type, t->ne[0])};
}

static void take_weight(struct loader *l, struct tensor *out, enum need need, const char *name,
                        uint64_t n_in, uint64_t n_out, uint64_t n_slices) {
    const struct gguf_tensor *t = claim(l, need, name);
    if (!t || !usable(l, t, name)) return;
    uint64_t want[3] = {n_in, n_out, n_slices};
    for (int i = 0; i < 3; i++)
        if ((want[i] != ANY && t->ne[i] != want[i]) || t->ne[i] > HPARAM_MAX || t->ne[3] != 1) {
            fail(l, "tensor %s: its shape is %llu x %llu x %llu, expected %llu x %llu x %llu", name,
                 (unsigned long long)t->ne[0], (unsigned long long)t->ne[1],
                 (unsigned long long)t->ne[2], (unsigned long long)want[0],
                 (unsigned long long)want[1], (unsigned long long)want[2]);
            return;
        }
    *out = view(t);
}

/* n numbers as F32, converted where the file has them otherwise. */
static void take_vector(struct loader *l, const float **out, enum need need, const char *name,
                        uint64_t n) {
    const struct gguf_tensor *t = claim(l, need, name);
    if (!t || !usable(l, t, name)) return;
    uint64_t have = t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
    if (have != n) {
        fail(l, "tensor %s: it has %llu numbers, expected %llu", name, (unsigned long long)have,
             (unsigned long long)n);
        return;
    }
    *out = t->data;
    if (t->type == TENSOR_F32) return;
    float *f32 = model_own(l->m, mem_array(n, sizeof *f32));
    quant_type(t->type)->dequantize(t->data, f32, n);
    *out = f32;
}

struct name {
    char s[128];
};

static struct name in_block(const struct loader *l, const char *part, const char *suffix) {
    struct name n;
    snprintf(n.s, sizeof n.s, "blk.%u.%s%s", l->block, part, suffix);
    return n;
}

static void slices(struct loader *l, struct tensor *out, enum need need, const char *part,
                   uint64_t n_in, uint64_t n_out, uint64_t n_slices) {
    struct name n = in_block(l, part, ".weight");
    take_weight(l, out, need, n.s, n_in, n_out, n_slices);
}

static void weight(struct loader *l, struct tensor *out, enum need need, const char *part,
                   uint64_t n_in, uint64_t n_out) {
    slices(l, out, need, part, n_in, n_out, 1);
}

/* `part` with its suffix: "attn_q.bias". NULL: the family has none. */
static void vector(struct loader *l, const float **out, enum need need, const char *part,
                   uint64_t n) {
    if (!part) return;
    struct name name = in_block(l, part, "");
    take_vector(l, out, need, name.s, n);
}

static void norm(struct loader *l, const float **out, const char *part) {
    if (!part) return;
    struct name name = in_block(l, part, ".weight");
    take_vector(l, out, NEED, name.s, l->m->hp.n_embd);
}

/* ---- parts of a block ---- */

static void load_qk_norm(struct loader *l, struct layer *y, enum qk_norm kind) {
    if (kind == QK_NORM_NONE) return;
    enum need need = kind == QK_NORM_MAYBE ? MAY : NEED;
    bool whole = y->norm_whole = kind == QK_NORM_WHOLE;
    vector(l, &y->q_norm, need, "attn_q_norm.weight", whole ? y->n_head * y->dk : y->dk);
    vector(l, &y->k_norm, need, "attn_k_norm.weight", whole ? y->n_head_kv * y->dk : y->dk);
}

static void load_gqa(struct loader *l, struct layer *y) {
    const struct arch *a = l->m->arch;
    uint64_t E = l->m->hp.n_embd, q = (uint64_t)y->n_head * y->dk,
             k = (uint64_t)y->n_head_kv * y->dk, v = (uint64_t)y->n_head_kv * y->dv,
             o = (uint64_t)y->n_head * y->dv;
    y->q_gated = a->q_gated;
    weight(l, &y->wqkv, MAY, "attn_qkv", E, q + k + v);
    vector(l, &y->bqkv, MAY, "attn_qkv.bias", q + k + v);
    if (!y->wqkv.data) {
        uint64_t rows = y->q_gated ? 2 * q : q;
        weight(l, &y->wq, NEED, "attn_q", E, rows);
        weight(l, &y->wk, NEED, "attn_k", E, k);
        weight(l, &y->wv, NEED, "attn_v", E, v);
        vector(l, &y->bq, MAY, "attn_q.bias", rows);
        vector(l, &y->bk, MAY, "attn_k.bias", k);
        vector(l, &y->bv, MAY, "attn_v.bias", v);
    } else if (y->q_gated) {
        fail(l, "block %u: a fused attn_qkv together with gated queries", l->block);
    }
    weight(l, &y->wo, NEED, "attn_output", o, E);
    vector(l, &y->bo, MAY, "attn_output.bias", E);
    load_qk_norm(l, y, a->qk_norm);
    if (a->sinks) vector(l, &y->sinks, NEED, "attn_sinks.weight", y->n_head);
}

static void load_mla(struct loader *l, struct layer *y) {
    const struct hparams *hp = &l->m->hp;
    uint64_t E = hp->n_embd, H = y->n_head, nope = hp->dk_mla - hp->n_rot;
    if (hp->q_lora) {
        weight(l, &y->wq_a, NEED, "attn_q_a", E, hp->q_lora);
        vector(l, &y->q_a_norm, NEED, "attn_q_a_norm.weight", hp->q_lora);
        weight(l, &y->wq_b, NEED, "attn_q_b", hp->q_lora, H * hp->dk_mla);
    } else {
        weight(l, &y->wq, NEED, "attn_q", E, H * hp->dk_mla);
    }
    weight(l, &y->wkv_a, NEED, "attn_kv_a_mqa", E, hp->kv_lora + hp->n_rot);
    vector(l, &y->kv_a_norm, NEED, "attn_kv_a_norm.weight", hp->kv_lora);
    weight(l, &y->wo, NEED, "attn_output", H * hp->dv_mla, E);

    struct tensor kv_b = {0}, v_b = {0};
    weight(l, &kv_b, MAY, "attn_kv_b", hp->kv_lora, H * (nope + hp->dv_mla));
    struct name k_name = in_block(l, "attn_k_b", ".weight");
    const struct gguf_tensor *k = gguf_tensor(l->m->gguf, k_name.s);
    if (!k && kv_b.data && !l->failed) {
        mla_split_kv_b(l->m, y, &kv_b);
        return;
    }
    /* Some tools write the same bytes with heads and rows in one dimension. */
    bool flat = k && k->ne[2] == 1 && H > 1;
    slices(l, &y->wk_b, NEED, "attn_k_b", nope, flat ? H * hp->kv_lora : hp->kv_lora, flat ? 1 : H);
    slices(l, &v_b, NEED, "attn_v_b", hp->kv_lora, flat ? H * hp->dv_mla : hp->dv_mla,
           flat ? 1 : H);
    if (l->failed) return;
    y->wk_b.ne[1] = hp->kv_lora, y->wk_b.ne[2] = H;
    v_b.ne[1] = hp->dv_mla, v_b.ne[2] = H;
    y->wv_b = model_own(l->m, mem_array(H, sizeof *y->wv_b));
    for (uint64_t h = 0; h < H; h++) {
        y->wv_b[h] = v_b;
        y->wv_b[h].data = tensor_slice(&v_b, h);
        y->wv_b[h].ne[2] = 1;
    }
}

static void load_conv(struct loader *l, struct layer *y) {
    uint64_t E = l->m->hp.n_embd;
    weight(l, &y->conv_in, NEED, "shortconv.in_proj", E, 3 * E);
    weight(l, &y->conv_out, NEED, "shortconv.out_proj", E, E);
    vector(l, &y->conv, NEED, "shortconv.conv.weight", E * l->m->hp.conv_taps);
}

static void load_delta(struct loader *l, struct layer *y) {
    const struct hparams *hp = &l->m->hp;
    uint64_t E = hp->n_embd, nk = hp->delta_k_heads, nv = hp->delta_v_heads,
             values = nv * hp->delta_dv, channels = 2 * nk * hp->delta_dk + values;
    weight(l, &y->delta_qkv, NEED, "attn_qkv", E, channels);
    weight(l, &y->delta_z, NEED, "attn_gate", E, values);
    weight(l, &y->delta_ba, MAY, "ssm_ba", E, 2 * nv);
    if (!y->delta_ba.data) {
        weight(l, &y->delta_beta, NEED, "ssm_beta", E, nv);
        weight(l, &y->delta_alpha, NEED, "ssm_alpha", E, nv);
    }
    weight(l, &y->delta_out, NEED, "ssm_out", values, E);
    vector(l, &y->conv, NEED, "ssm_conv1d.weight", channels * hp->conv_taps);
    vector(l, &y->delta_dt, NEED, "ssm_dt.bias", nv);
    vector(l, &y->delta_a, NEED, "ssm_a", nv);
    vector(l, &y->delta_norm, NEED, "ssm_norm.weight", hp->delta_dv);
}

static void load_dense(struct loader *l, struct layer *y) {
    uint64_t E = l->m->hp.n_embd;
    weight(l, &y->down, NEED, "ffn_down", ANY, E);
    if (!y->down.data) return;
    uint64_t F = y->n_ff = (uint32_t)y->down.ne[0];
    struct name gate = in_block(l, "ffn_gate", ".weight");
    if (gguf_tensor(l->m->gguf, gate.s)) {
        weight(l, &y->gate, NEED, "ffn_gate", E, F);
        weight(l, &y->up, NEED, "ffn_up", E, F);
        vector(l, &y->gate_b, MAY, "ffn_gate.bias", F);
        vector(l, &y->up_b, MAY, "ffn_up.bias", F);
    } else {
        weight(l, &y->gate_up, NEED, "ffn_up", E, 2 * F);
    }
    vector(l, &y->down_b, MAY, "ffn_down.bias", E);
}

static void load_shared_expert(struct loader *l, struct layer *y) {
    uint64_t E = l->m->hp.n_embd;
    weight(l, &y->down_sh, MAY, "ffn_down_shexp", ANY, E);
    if (!y->down_sh.data) return;
    weight(l, &y->gate_sh, NEED, "ffn_gate_shexp", E, y->down_sh.ne[0]);
    weight(l, &y->up_sh, NEED, "ffn_up_shexp", E, y->down_sh.ne[0]);
    slices(l, &y->shared_gate, MAY, "ffn_gate_inp_shexp", E, 1, 1);
}

static void load_moe(struct loader *l, struct layer *y) {
    uint64_t E = l->m->hp.n_embd, n = l->m->hp.n_experts;
    weight(l, &y->router, NEED, "ffn_gate_inp", E, n);
    vector(l, &y->router_b, MAY, "ffn_gate_inp.bias", n);
    vector(l, &y->select_b, MAY, "exp_probs_b.bias", n);
    slices(l, &y->down_exps, NEED, "ffn_down_exps", ANY, E, n);
    if (!y->down_exps.data) return;
    uint64_t F = y->n_ff = (uint32_t)y->down_exps.ne[0];
    slices(l, &y->gate_up_exps, MAY, "ffn_gate_up_exps", E, 2 * F, n);
    if (!y->gate_up_exps.data) {
        slices(l, &y->gate_exps, NEED, "ffn_gate_exps", E, F, n);
        slices(l, &y->up_exps, NEED, "ffn_up_exps", E, F, n);
        vector(l, &y->gate_exps_b, MAY, "ffn_gate_exps.bias", F * n);
        vector(l, &y->up_exps_b, MAY, "ffn_up_exps.bias", F * n);
    }
    vector(l, &y->down_exps_b, MAY, "ffn_down_exps.bias", E * n);
    load_shared_expert(l, y);
}

static void load_mtp(struct loader *l, struct layer *y) {
    uint64_t E = l->m->hp.n_embd, V = l->m->hp.n_vocab;
    weight(l, &y->mtp_proj, NEED, "nextn.eh_proj", 2 * E, E);
    norm(l, &y->mtp_enorm, "nextn.enorm");
    norm(l, &y->mtp_hnorm, "nextn.hnorm");
    vector(l, &y->mtp_head_norm, MAY, "nextn.shared_head_norm.weight", E);
    weight(l, &y->mtp_embd, MAY, "nextn.embed_tokens", E, V);
    weight(l, &y->mtp_head, MAY, "nextn.shared_head_head", E, V);
}

static void load_layer(struct loader *l, uint32_t i) {
    static void (*const load_mixer[])(struct loader *, struct layer *) = {
        [MIXER_GQA] = load_gqa,
        [MIXER_MLA] = load_mla,
        [MIXER_CONV] = load_conv,
        [MIXER_DELTA] = load_delta,
    };
    const struct arch *a = l->m->arch;
    struct layer *y = &l->m->layers[i];
    l->block = i;
    norm(l, &y->attn_norm, a->attn_norm);
    norm(l, &y->attn_post_norm, a->attn_post_norm);
    norm(l, &y->ffn_norm, a->ffn_norm);
    norm(l, &y->ffn_post_norm, a->ffn_post_norm);
    load_mixer[y->mixer](l, y);
    if (y->is_moe)
        load_moe(l, y);
    else
        load_dense(l, y);
    if (i >= l->m->hp.n_layers) load_mtp(l, y);
}

/* ---- the whole ---- */

static bool is_mtp_tensor(const struct model *m, const struct gguf_tensor *t) {
    unsigned block;
    char head[32] = {0};
    memcpy(head, t->name.s, t->name.len < sizeof head ? t->name.len : sizeof head - 1);
    return sscanf(head, "blk.%u.", &block) == 1 && block >= m->hp.n_layers;
}

static bool may_be_left(const struct model *m, const struct gguf_tensor *t) {
    char *name = gguf_string_dup(t->name);
    bool left = str_ends(name, ".attn_rot_embd.weight") || str_ends(name, ".input_scale") ||
                strcmp(name, "rope_freqs.weight") == 0 || is_mtp_tensor(m, t);
    free(name);
    return left;
}

static void check_all_used(struct loader *l) {
    const struct gguf *g = l->m->gguf;
    for (uint64_t i = 0; i < g->n_tensors && !l->failed; i++) {
        if (l->claimed[i] || may_be_left(l->m, &g->tensors[i])) continue;
        struct gguf_string s = g->tensors[i].name;
        fail(l, "tensor %.*s: the family %s has no use for it", (int)(s.len < 80 ? s.len : 80), s.s,
             l->m->arch->name);
    }
}

static void load_rope_divisors(struct loader *l, struct rope_scaling *s, const char *name) {
    take_vector(l, &s->divisor, MAY, name, l->m->hp.n_rot / 2);
}

static void load_ropes(struct loader *l, struct rope_scaling s) {
    struct model *m = l->m;
    const struct arch *a = m->arch;
    struct rope_scaling lng = s;
    float magnitude = m->ropes[ROPE_GLOBAL].magnitude;
    load_rope_divisors(l, &s, "rope_freqs.weight");
    load_rope_divisors(l, &s, "rope_factors_short.weight");
    load_rope_divisors(l, &lng, "rope_factors_long.weight");
    if (l->failed) return;
    rope_init(&m->ropes[ROPE_GLOBAL], a->rope, m->hp.n_rot, &s);
    m->ropes[ROPE_GLOBAL].magnitude = magnitude;
    if (lng.divisor) {
        rope_init(&m->ropes[ROPE_LONG], a->rope, m->hp.n_rot, &lng);
        m->ropes[ROPE_LONG].magnitude = magnitude;
        m->long_from = (uint32_t)s.n_orig;
    }
    if (a->sliding_base > 0) {
        struct rope_scaling plain = {.base = (double)m->sliding_base, .factor = 1};
        rope_init(&m->ropes[ROPE_SLIDING], a->rope, m->hp.n_rot, &plain);
    }
}

static void load_tensors(struct loader *l, const struct rope_scaling *scaling) {
    struct model *m = l->m;
    const char *final = m->arch->output_norm ? m->arch->output_norm : "output_norm.weight";
    take_weight(l, &m->token_embd, NEED, "token_embd.weight", m->hp.n_embd, ANY, 1);
    m->hp.n_vocab = (uint32_t)m->token_embd.ne[1];
    take_weight(l, &m->output, MAY, "output.weight", m->hp.n_embd, m->hp.n_vocab, 1);
    m->tied = !m->output.data;
    if (m->tied) m->output = m->token_embd;
    take_vector(l, &m->output_norm, NEED, final, m->hp.n_embd);
    load_ropes(l, *scaling);
    for (uint32_t i = 0; i < m->hp.n_layers + m->hp.n_mtp && !l->failed; i++) load_layer(l, i);
    check_all_used(l);
}

bool weights_load(struct model *m, struct err *e) {
    struct rope_scaling scaling;
    if (!weights_read_numbers(m, &scaling, e)) return false;
    struct loader l = {.m = m, .e = e};
    l.claimed = mem_calloc(m->gguf->n_tensors, sizeof *l.claimed);
    load_tensors(&l, &scaling);
    free(l.claimed);
    return !l.failed;
}

void weights_free(struct model *m) {
    for (size_t i = 0; i < m->n_owned; i++) free(m->owned[i]);
    free(m->owned);
    free(m->layers);
    for (int i = 0; i < ROPE_KINDS; i++) rope_done(&m->ropes[i]);
}
