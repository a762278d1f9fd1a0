/* tokenizer_special: tokens with a meaning beyond their text.
 *
 * Files name some of them in their metadata and get others wrong, so the well-known texts decide
 * too: which tokens end a turn, and which of them a reader is to see. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/tokenizer_private.h"

static const char *const EOT[] = {
    "<|eot_id|>",         "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>",
    "<|end_of_text|>",    "<EOT>",      "_<EOT>",  "[EOT]",         "<｜end▁of▁sentence｜>",
    "<end_of_utterance>", NULL};
static const char *const EOM[] = {"<|eom_id|>", NULL};
static const char *const FIM_PRE[] = {"<|fim_prefix|>",  "<fim-prefix>", "<fim_prefix>",
                                      "<｜fim▁begin｜>", "<PRE>",        "▁<PRE>",
                                      "<|code_prefix|>", "<|prefix|>",   NULL};
static const char *const FIM_SUF[] = {"<|fim_suffix|>",  "<fim-suffix>", "<fim_suffix>",
                                      "<｜fim▁hole｜>",  "<SUF>",        "▁<SUF>",
                                      "<|code_suffix|>", "<|suffix|>",   NULL};
static const char *const FIM_MID[] = {"<|fim_middle|>",  "<fim-middle>", "<fim_middle>",
                                      "<｜fim▁end｜>",   "<MID>",        "▁<MID>",
                                      "<|code_middle|>", "<|middle|>",   NULL};
static const char *const FIM_PAD[] = {"<|fim_pad|>", "<fim-pad>", "<fim_pad>",
                                      "<PAD>",       "[PAD]",     NULL};
static const char *const FIM_REP[] = {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>",
                                      "<REPO>",       "<reponame>",    NULL};
static const char *const FIM_SEP[] = {"<|file_sep|>", NULL};
static const char *const EOG[] = {"<|eot_id|>",
                                  "<|im_end|>",
                                  "<|end|>",
                                  "<|return|>",
                                  "<|call|>",
                                  "<|flush|>",
                                  "<|calls|>",
                                  "<end_of_turn>",
                                  "<|endoftext|>",
                                  "</s>",
                                  "<|eom_id|>",
                                  "<EOT>",
                                  "_<EOT>",
                                  "[EOT]",
                                  "[EOS]",
                                  "<|end_of_text|>",
                                  "<end_of_utterance>",
                                  "<eos>",
                                  "<turn|>",
                                  "<|tool_response>",
                                  "<｜end▁of▁sentence｜>",
                                  "[e~[",
                                  NULL};
/* Marks of a channel format: a reader of the raw stream must see them. */
static const char *const SHOWN[] = {"<|channel|>", "<|message|>", "<|start|>", "<|constrain|>",
                                    NULL};

/* The first of the texts that is a token becomes *id, unless the file named one. */
static void role(struct tokenizer *t, int32_t *id, const char *const *texts) {
    for (; *id < 0 && *texts; texts++) {
        *id = tokenizer_find(t, *texts);
        if (*id >= 0) t->type[*id] = TOKEN_CONTROL;
    }
}

static void end_at(struct tokenizer *t, int32_t id) {
    if (id >= 0) t->eog[id] = 1;
}

static bool ends_with_both(const struct tokenizer *t, const char *a, const char *b) {
    int32_t x = tokenizer_find(t, a), y = tokenizer_find(t, b);
    return x >= 0 && y >= 0 && t->eog[x] && t->eog[y];
}

static void no_end(struct tokenizer *t, const char *text, enum token_type type) {
    int32_t id = tokenizer_find(t, text);
    if (id < 0 || !t->eog[id]) return;
    t->eog[id] = 0;
    t->type[id] = (uint8_t)type;
}

void special_adjust(struct tokenizer *t) {
    int32_t pre = -1, suf = -1, mid = -1;
    role(t, &t->eot, EOT);
    role(t, &t->eom, EOM);
    role(t, &pre, FIM_PRE);
    role(t, &suf, FIM_SUF);
    role(t, &mid, FIM_MID);
    role(t, &t->fim_pad, FIM_PAD);
    role(t, &t->fim_rep, FIM_REP);
    role(t, &t->fim_sep, FIM_SEP);

    const int32_t ends[] = {t->fim_pad, t->fim_rep, t->fim_sep, t->eos, t->eot, t->eom};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) end_at(t, ends[i]);
    for (const char *const *s = EOG; *s; s++) {
        int32_t id = tokenizer_find(t, *s);
        if (id >= 0) t->type[id] = TOKEN_CONTROL;
        end_at(t, id);
    }
    for (const char *const *s = SHOWN; *s; s++) {
        int32_t id = tokenizer_find(t, *s);
        if (id >= 0) t->type[id] = TOKEN_USER;
    }
    /* In these formats a message may end and another one of the same turn follow. */
    if (ends_with_both(t, "<|return|>", "<|call|>") || ends_with_both(t, "<|calls|>", "<|flush|>"))
        no_end(t, "<|end|>", TOKEN_USER);
    if (ends_with_both(t, "<|tool_response>", "<|tool_response>")) no_end(t, "</s>", TOKEN_NORMAL);
}

static int by_bytes(const void *a, const void *b) {
    const struct special *x = a, *y = b;
    size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
    int c = memcmp(x->text.s, y->text.s, n);
    if (c) return c;
    if (x->text.len != y->text.len) return x->text.len < y->text.len ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

void special_index(struct tokenizer *t) {
    size_t cap = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        uint8_t type = t->type[i];
        if (type != TOKEN_CONTROL && type != TOKEN_USER && type != TOKEN_UNKNOWN) continue;
        t->specials = mem_grow(t->specials, &cap, t->n_specials + 1, sizeof *t->specials);
        t->specials[t->n_specials++] = (struct special){(int32_t)i, t->text[i]};
        t->special_first[(unsigned char)t->text[i].s[0]] = 1;
    }
    if (t->n_specials) qsort(t->specials, t->n_specials, sizeof *t->specials, by_bytes);
}

/* A place in the text where a special token stands. */
struct found {
    size_t at, len;
    int32_t id;
};
struct founds {
    struct found *v;
    size_t n, cap;
};

/* Among the sorted tokens [lo, hi), which agree in their first k bytes: those whose byte k is c. */
static void narrow(const struct special *v, size_t *lo, size_t *hi, size_t k, unsigned char c) {
    size_t bounds[2];
    for (int side = 0; side < 2; side++) {
        size_t a = *lo, b = *hi;
        while (a < b) {
            size_t mid = a + (b - a) / 2;
            int byte = v[mid].text.len > k ? (unsigned char)v[mid].text.s[k] : -1;
            if (byte < (int)c + side)
                a = mid + 1;
            else
                b = mid;
        }
        bounds[side] = a;
    }
    *lo = bounds[0];
    *hi = bounds[1];
}

/* Whether a text's author may write this token: see the flags of tokenizer_encode. */
static bool may_write(const struct tokenizer *t, const struct special *p, int flags) {
    if (t->type[p->id] != TOKEN_USER) return flags & TOKENIZE_SPECIAL;
    return !(flags & TOKENIZE_LITERAL) || !strchr("<[", p->text.s[0]);
}

static void find_at(const struct tokenizer *t, const char *s, size_t len, size_t at, int flags,
                    struct founds *out) {
    size_t lo = 0, hi = t->n_specials;
    for (size_t k = 0; at + k < len; k++) {
        narrow(t->specials, &lo, &hi, k, (unsigned char)s[at + k]);
        if (lo == hi) return;
        const struct special *p = &t->specials[lo]; /* the shortest of them comes first */
        if (p->text.len != k + 1 || !may_write(t, p, flags)) continue;
        out->v = mem_grow(out->v, &out->cap, out->n + 1, sizeof *out->v);
        out->v[out->n++] = (struct found){at, k + 1, p->id};
    }
}

static int longest_first(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->len != y->len) return x->len > y->len ? -1 : 1;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int leftmost_first(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* The longest token anywhere has the right of way, among equals the lower id, then the leftmost.
 * A later one is never longer, so it overlaps an earlier one only with its first or last byte
 * inside of it. */
static void drop_overlaps(struct founds *f, size_t len) {
    uint8_t *taken = mem_calloc(len, 1);
    size_t n = 0;
    qsort(f->v, f->n, sizeof *f->v, longest_first);
    for (size_t i = 0; i < f->n; i++) {
        struct found x = f->v[i];
        if (taken[x.at] || taken[x.at + x.len - 1]) continue;
        memset(taken + x.at, 1, x.len);
        f->v[n++] = x;
    }
    f->n = n;
    qsort(f->v, n, sizeof *f->v, leftmost_first);
    free(taken);
}

void special_split(const struct tokenizer *t, const char *s, size_t len, int flags,
                   special_part *part, void *ctx) {
    struct founds f = {0};
    if (t->n_specials)
        for (size_t i = 0; i < len; i++)
            if (t->special_first[(unsigned char)s[i]]) find_at(t, s, len, i, flags, &f);
    if (f.n > 1) drop_overlaps(&f, len);
    size_t at = 0;
    for (size_t i = 0; i < f.n; i++) {
        if (f.v[i].at > at) part(ctx, -1, s + at, f.v[i].at - at);
        part(ctx, f.v[i].id, s + f.v[i].at, f.v[i].len);
        at = f.v[i].at + f.v[i].len;
    }
    if (at < len) part(ctx, -1, s + at, len - at);
    free(f.v);
}
