/* checkpoint: the whole state of a training run in one file, so that it resumes to the bit.
 * Layout (native byte order, this machine's own use): magic, config, counters, merges, then
 * parameters and both moments as F32. Written beside and renamed, so a crash leaves the old one. */
#include "engine/train/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char magic[8] = "asideTr1";

struct head {
    char magic[8];
    struct net_config c;
    uint64_t seed;
    int64_t step, tokens;
    int32_t n_merges;
};

void model_state_init(struct model_state *s, const struct net_config *c, struct bpe *b,
                      uint64_t seed) {
    struct param_list l;
    *s = (struct model_state){.c = *c, .bpe = b, .seed = seed};
    net_params(c, &l);
    free(l.p);
    s->n_param = l.total;
    s->param = ops_alloc(l.total * sizeof(float));
    s->m = ops_alloc(l.total * sizeof(float));
    s->v = ops_alloc(l.total * sizeof(float));
    memset(s->m, 0, l.total * sizeof(float));
    memset(s->v, 0, l.total * sizeof(float));
    net_init(c, s->param, seed);
}

void model_state_done(struct model_state *s) {
    bpe_free(s->bpe);
    free(s->param);
    free(s->m);
    free(s->v);
    memset(s, 0, sizeof *s);
}

bool model_state_save(const struct model_state *s, const char *path, struct err *e) {
    struct str tmp = STR_INIT;
    str_addf(&tmp, "%s.part", path);
    FILE *f = fopen(tmp.s, "wb");
    int n_merges;
    const int32_t(*merges)[2] = bpe_merges(s->bpe, &n_merges);
    struct head h;
    memset(&h, 0, sizeof h);
    memcpy(h.magic, magic, sizeof magic);
    h.c = s->c;
    h.seed = s->seed;
    h.step = s->step;
    h.tokens = s->tokens;
    h.n_merges = n_merges;
    bool ok = f && fwrite(&h, sizeof h, 1, f) == 1 &&
              fwrite(merges, sizeof *merges, (size_t)n_merges, f) == (size_t)n_merges &&
              fwrite(s->param, sizeof(float), s->n_param, f) == s->n_param &&
              fwrite(s->m, sizeof(float), s->n_param, f) == s->n_param &&
              fwrite(s->v, sizeof(float), s->n_param, f) == s->n_param;
    if (f && fclose(f) != 0) ok = false;
    if (ok && rename(tmp.s, path) != 0) ok = false;
    str_free(&tmp);
    return ok || err_set(e, "cannot write the checkpoint %s", path);
}

static bool read_body(struct model_state *s, const struct head *h, FILE *f, struct err *e) {
    if (memcmp(h->magic, magic, sizeof magic) != 0) return err_set(e, "not a checkpoint");
    if (!net_config_check(&h->c, e)) return false;
    if (h->n_merges < 0 || h->n_merges > 8000) return err_set(e, "%d merges", h->n_merges);
    int32_t(*merges)[2] = mem_array((size_t)h->n_merges + 1, sizeof *merges);
    bool ok = fread(merges, sizeof *merges, (size_t)h->n_merges, f) == (size_t)h->n_merges;
    struct bpe *b = ok ? bpe_new((const int32_t(*)[2])merges, h->n_merges, e) : NULL;
    free(merges);
    if (!b) return ok ? false : err_set(e, "the file is cut short");
    model_state_init(s, &h->c, b, h->seed);
    s->step = h->step;
    s->tokens = h->tokens;
    ok = bpe_size(b) == h->c.n_vocab &&
         fread(s->param, sizeof(float), s->n_param, f) == s->n_param &&
         fread(s->m, sizeof(float), s->n_param, f) == s->n_param &&
         fread(s->v, sizeof(float), s->n_param, f) == s->n_param;
    if (!ok) model_state_done(s);
    return ok || err_set(e, "the file is cut short");
}

bool model_state_load(struct model_state *s, const char *path, struct err *e) {
    FILE *f = fopen(path, "rb");
    if (!f) return err_set(e, "cannot open the checkpoint %s", path);
    struct head h;
    bool ok = fread(&h, sizeof h, 1, f) == 1 ? read_body(s, &h, f, e)
                                             : err_set(e, "the file is cut short");
    fclose(f);
    return ok || err_prefix(e, "checkpoint %s", path);
}
