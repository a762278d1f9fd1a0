/* rewind: the way back from tokens that were only tried, in a model with a recurrent state. The
 * state after a batch cannot be undone, and a copy of it for each token is large (50 MB in a model
 * of 4 billion weights). But the state before the batch is still there, in what will be the next
 * batch's next_state, and what the recurrences read of each token is little: so that is kept, and
 * the recurrences alone, which read no weights, are run again over the tokens that stay. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/attention.h"
#include "engine/forward.h"

/* The buffers of `forward` from which a block's recurrence reads, and floats of a row. */
enum { INPUTS = 3 };
struct input {
    float *buffer;
    size_t n;
};

static void inputs_of(const struct forward *f, const struct layer *y, struct input in[INPUTS]) {
    const struct hparams *hp = &f->m->hp;
    size_t channels =
        2 * (size_t)hp->delta_k_heads * hp->delta_dk + (size_t)hp->delta_v_heads * hp->delta_dv;
    memset(in, 0, INPUTS * sizeof *in);
    if (y->mixer == MIXER_CONV) in[0] = (struct input){f->q, hp->n_embd};
    if (y->mixer != MIXER_DELTA) return;
    in[0] = (struct input){f->gate, channels};
    in[1] = (struct input){f->q, channels};
    in[2] = (struct input){f->k, 2 * (size_t)hp->delta_v_heads};
}

void rewind_enable(struct forward *f) {
    uint32_t n = f->m->hp.n_layers;
    if (!f->cache->n_state) return;
    f->inputs = mem_calloc(n, sizeof *f->inputs);
    for (uint32_t i = 0; i < n; i++) {
        struct input in[INPUTS];
        inputs_of(f, &f->m->layers[i], in);
        size_t row = in[0].n + in[1].n + in[2].n;
        if (row) f->inputs[i] = mem_array(ATTENTION_FEW_TOKENS * row, sizeof(float));
    }
}

void rewind_free(struct forward *f) {
    for (uint32_t i = 0; f->inputs && i < f->m->hp.n_layers; i++) free(f->inputs[i]);
    free(f->inputs);
}

void rewind_keep(struct forward *f, uint32_t block) {
    struct input in[INPUTS];
    if (!f->keep_inputs) return;
    float *to = f->inputs[block];
    inputs_of(f, &f->m->layers[block], in);
    for (int i = 0; i < INPUTS; to += f->n * in[i++].n)
        if (in[i].n) memcpy(to, in[i].buffer, f->n * in[i].n * sizeof *to);
    f->n_inputs = f->n;
}

/* The first f->n rows of what was kept. */
static void put_back(struct forward *f, uint32_t block) {
    struct input in[INPUTS];
    const float *from = f->inputs[block];
    inputs_of(f, &f->m->layers[block], in);
    for (int i = 0; i < INPUTS; from += f->n_inputs * in[i++].n)
        if (in[i].n) memcpy(in[i].buffer, from, f->n * in[i].n * sizeof *from);
}

void rewind_to(struct forward *f, size_t n) {
    f->n = n;
    kvcache_advance(f->cache); /* back to before the batch */
    for (uint32_t i = 0; i < f->m->hp.n_layers; i++) {
        const struct layer *y = &f->m->layers[i];
        if (!f->inputs[i]) continue;
        put_back(f, i);
        f->state = f->cache->layers[i].state;
        if (y->mixer == MIXER_CONV) shortconv_carry(f);
        if (y->mixer == MIXER_DELTA) deltanet_carry(f, y);
    }
    kvcache_advance(f->cache);
}
