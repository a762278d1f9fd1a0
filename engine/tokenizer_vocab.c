/* tokenizer_vocab: reads the vocabulary of a GGUF.
 *
 * Start-up time is a feature: texts stay in the mapping, the two tables are filled in one pass
 * over the strings each, nothing is allocated per token. Everything the file says is checked
 * here; after that any text can be tokenized. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/tokenizer_private.h"

/* Byte-level alphabet: printable Latin-1 stands for itself, the other bytes in order for U+0100..
 */
static bool stands_for_itself(unsigned c) {
    return (c >= 0x21 && c <= 0x7E) || (c >= 0xA1 && c <= 0xAC) || c >= 0xAE;
}

static void fill_alphabet(struct tokenizer *t) {
    unsigned next = 0x100;
    for (unsigned c = 0; c < 256; c++) {
        char s[4];
        size_t n = utf8_encode(stands_for_itself(c) ? c : next++, s);
        memcpy(t->byte_text[c].s, s, n); /* below U+0800: two bytes at most */
        t->byte_text[c].len = (uint8_t)n;
        t->byte_text[c].hash = hash_bytes(s, n);
    }
}

int vocab_alphabet_byte(unsigned cp) {
    if (cp < 256) return stands_for_itself(cp) ? (int)cp : -1;
    if (cp < 0x100 + 33) return (int)(cp - 0x100);
    if (cp < 0x100 + 33 + 34) return (int)(cp - 0x100 - 33 + 0x7F);
    return cp == 0x143 ? 0xAD : -1;
}

static void table_init(struct hash_table *h, size_t n) {
    size_t size = 16;
    while (size < 2 * n) size *= 2;
    h->slots = mem_calloc(size, sizeof *h->slots);
    h->mask = size - 1;
}

static bool same(struct gguf_string a, const char *s, size_t len) {
    return a.len == len && !memcmp(a.s, s, len);
}

/* The slot of a text: the one that holds it, or the free one where it belongs. */
static struct hash_slot *token_slot(const struct tokenizer *t, const char *s, size_t len,
                                    uint64_t h) {
    h = hash_spread(h);
    for (size_t i = h & t->tokens.mask;; i = (i + 1) & t->tokens.mask) {
        struct hash_slot *slot = &t->tokens.slots[i];
        if (!slot->index1) return slot;
        if (slot->tag == (uint32_t)(h >> 32) && same(t->text[slot->index1 - 1], s, len))
            return slot;
    }
}

int32_t vocab_find(const struct tokenizer *t, const char *s, size_t len, struct hash h) {
    return (int32_t)token_slot(t, s, len, h.h)->index1 - 1;
}

int32_t vocab_find_bytes(const struct tokenizer *t, const char *s, size_t len) {
    return vocab_find(t, s, len, hash_bytes(s, len));
}

static bool is_merge(struct gguf_string m, const char *a, size_t na, const char *b, size_t nb) {
    return m.len == na + 1 + nb && m.s[na] == ' ' && !memcmp(m.s, a, na) &&
           !memcmp(m.s + na + 1, b, nb);
}

static struct hash_slot *merge_slot(const struct tokenizer *t, const char *a, size_t na,
                                    uint64_t ha, const char *b, size_t nb, uint64_t hb) {
    uint64_t h = hash_spread(ha * 0xC2B2AE3D27D4EB4Fu + hb);
    for (size_t i = h & t->merges.mask;; i = (i + 1) & t->merges.mask) {
        struct hash_slot *slot = &t->merges.slots[i];
        if (!slot->index1) return slot;
        if (slot->tag == (uint32_t)(h >> 32) && is_merge(t->merge[slot->index1 - 1], a, na, b, nb))
            return slot;
    }
}

uint32_t vocab_merge_rank(const struct tokenizer *t, const char *a, size_t na, struct hash ha,
                          const char *b, size_t nb, struct hash hb) {
    return merge_slot(t, a, na, ha.h, b, nb, hb.h)->index1 - 1; /* none: 0 - 1 = UINT32_MAX */
}

static void put(struct hash_slot *slot, uint64_t tag, uint32_t index) {
    if (!slot->index1) *slot = (struct hash_slot){(uint32_t)(tag >> 32), index + 1};
}

/* Tokens without a text are called "[EMPTY_<id>]", as elsewhere. */
static void name_empty_tokens(struct tokenizer *t) {
    size_t total = 0;
    for (uint32_t i = 0; i < t->n; i++) total += t->text[i].len ? 0 : 24;
    if (!total) return;
    t->own.s = mem_grow(t->own.s, &t->own.cap, total + 1, 1); /* so that it never moves */
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->text[i].len) continue;
        size_t at = t->own.len;
        str_addf(&t->own, "[EMPTY_%u]", i);
        t->text[i] = (struct gguf_string){t->own.s + at, t->own.len - at};
    }
}

static bool read_tokens(struct tokenizer *t, const struct gguf *g, struct err *e) {
    const struct gguf_entry *a = gguf_find(g, "tokenizer.ggml.tokens");
    if (!a || a->type != GGUF_ARRAY || a->item != GGUF_STRING || !a->n)
        return err_set(e, "%s: tokenizer.ggml.tokens is not a list of texts", g->path);
    if (a->n > INT32_MAX / 4)
        return err_set(e, "%s: %llu tokens are too many", g->path, (unsigned long long)a->n);
    t->n = (uint32_t)a->n;
    t->text = mem_array(t->n, sizeof *t->text);
    memcpy(t->text, a->strings, t->n * sizeof *t->text);
    name_empty_tokens(t);
    table_init(&t->tokens, t->n);
    for (uint32_t i = 0; i < t->n; i++) {
        uint64_t h = hash_bytes(t->text[i].s, t->text[i].len).h;
        put(token_slot(t, t->text[i].s, t->text[i].len, h), hash_spread(h), i);
    }
    return true;
}

static bool check_array(const struct tokenizer *t, const struct gguf *g, const struct gguf_entry *a,
                        struct err *e) {
    if (a->type != GGUF_ARRAY || a->item == GGUF_STRING || a->item == GGUF_ARRAY)
        return err_set(e, "%s: %.*s is not a list of numbers", g->path, (int)a->key.len, a->key.s);
    if (a->n < t->n)
        return err_set(e, "%s: %.*s has %llu entries for %u tokens", g->path, (int)a->key.len,
                       a->key.s, (unsigned long long)a->n, t->n);
    return true;
}

static bool read_types(struct tokenizer *t, const struct gguf *g, struct err *e) {
    t->type = mem_alloc(t->n);
    t->eog = mem_calloc(t->n, 1);
    memset(t->type, TOKEN_NORMAL, t->n);
    const struct gguf_entry *a = gguf_find(g, "tokenizer.ggml.token_type");
    if (!a) return true;
    if (!check_array(t, g, a, e)) return false;
    for (uint32_t i = 0; i < t->n; i++) {
        int64_t v = 0;
        if (!gguf_item_i64(a, i, &v) || v < TOKEN_UNDEFINED || v > TOKEN_BYTE) v = TOKEN_NORMAL;
        t->type[i] = (uint8_t)v;
    }
    return true;
}

static bool read_scores(struct tokenizer *t, const struct gguf *g, struct err *e) {
    if (t->kind != KIND_SPM) return true;
    t->score = mem_calloc(t->n, sizeof *t->score);
    const struct gguf_entry *a = gguf_find(g, "tokenizer.ggml.scores");
    if (!a) return true;
    if (!check_array(t, g, a, e)) return false;
    for (uint32_t i = 0; i < t->n; i++) {
        double v = 0;
        gguf_item_f64(a, i, &v);
        t->score[i] = (float)v;
    }
    return true;
}

static bool read_merges(struct tokenizer *t, const struct gguf *g, struct err *e) {
    const struct gguf_entry *a = gguf_find(g, "tokenizer.ggml.merges");
    size_t n = a && t->kind != KIND_SPM ? (size_t)a->n : 0;
    if (n && (a->type != GGUF_ARRAY || a->item != GGUF_STRING))
        return err_set(e, "%s: tokenizer.ggml.merges is not a list of texts", g->path);
    if (n > INT32_MAX / 4)
        return err_set(e, "%s: %llu merges are too many", g->path, (unsigned long long)n);
    t->merge = n ? a->strings : NULL;
    t->n_merges = (uint32_t)n;
    table_init(&t->merges, n);
    for (uint32_t i = 0; i < n; i++) {
        struct gguf_string m = t->merge[i];
        const char *space = m.len > 1 ? memchr(m.s + 1, ' ', m.len - 1) : NULL;
        if (!space) continue; /* joins nothing */
        size_t na = (size_t)(space - m.s), nb = m.len - na - 1;
        uint64_t ha = hash_bytes(m.s, na).h, hb = hash_bytes(space + 1, nb).h;
        put(merge_slot(t, m.s, na, ha, space + 1, nb, hb),
            hash_spread(ha * 0xC2B2AE3D27D4EB4Fu + hb), i);
    }
    return true;
}

/* What stands for a byte that no token covers: "<0x0A>", else the token that is that byte. */
static void fill_byte_tokens(struct tokenizer *t) {
    static const char hex[] = "0123456789ABCDEF";
    for (int c = 0; c < 256; c++) {
        char name[6] = {'<', '0', 'x', hex[c >> 4], hex[c & 15], '>'}, byte = (char)c;
        int32_t id = t->kind == KIND_BPE ? -1 : vocab_find_bytes(t, name, sizeof name);
        t->byte_token[c] = id >= 0 ? id : vocab_find_bytes(t, &byte, 1);
    }
}

static const struct {
    const char *name;
    enum tokenizer_kind kind;
    int bos, eos, unk;
    bool add_bos, add_space_prefix;
} KINDS[] = {
    {"gpt2", KIND_BPE, 11, 11, -1, false, false},
    {"llama", KIND_SPM, 1, 2, 0, true, true},
    {"gemma4", KIND_RAW_BPE, -1, -1, -1, true, false},
};

static bool read_kind(struct tokenizer *t, const struct gguf *g, struct err *e) {
    struct gguf_string model;
    if (!gguf_str(g, "tokenizer.ggml.model", &model))
        return err_set(e, "%s: no tokenizer (tokenizer.ggml.model is missing)", g->path);
    size_t k = 0, n = sizeof KINDS / sizeof *KINDS;
    while (k < n && !gguf_string_is(model, KINDS[k].name)) k++;
    if (k == n)
        return err_set(e, "%s: tokenizer \"%.*s\" is not known", g->path,
                       (int)(model.len < 64 ? model.len : 64), model.s);
    t->kind = KINDS[k].kind;
    t->bos = KINDS[k].bos, t->eos = KINDS[k].eos, t->unk = KINDS[k].unk;
    t->add_bos = KINDS[k].add_bos, t->add_space_prefix = KINDS[k].add_space_prefix;
    if (t->kind == KIND_SPM) return true;

    t->pre_name = (struct gguf_string){"default", 7};
    if (t->kind == KIND_RAW_BPE)
        t->pre_name = (struct gguf_string){"gemma4", 6};
    else
        gguf_str(g, "tokenizer.ggml.pre", &t->pre_name);
    t->pre = pre_find(t->pre_name);
    if (!t->pre)
        return err_set(e, "%s: pre-tokenizer \"%.*s\" is not known", g->path,
                       (int)(t->pre_name.len < 64 ? t->pre_name.len : 64), t->pre_name.s);
    if (pre_flags(t->pre) & PRE_ADD_BOS) t->add_bos = true;
    if (pre_flags(t->pre) & PRE_NO_BOS) t->bos = -1;
    if (pre_flags(t->pre) & PRE_RAW) t->kind = KIND_RAW_BPE;
    return true;
}

static void read_id(const struct tokenizer *t, const struct gguf *g, const char *key, int32_t *id) {
    uint32_t v;
    if (gguf_u32(g, key, &v) && v < t->n) *id = (int32_t)v;
    if (*id >= (int32_t)t->n) *id = -1;
}

static void read_roles(struct tokenizer *t, const struct gguf *g) {
    struct gguf_string model = {"", 0};
    gguf_str(g, "tokenizer.ggml.model", &model);
    t->eot = t->eom = t->fim_pad = t->fim_rep = t->fim_sep = -1;
    read_id(t, g, "tokenizer.ggml.bos_token_id", &t->bos);
    read_id(t, g, "tokenizer.ggml.eos_token_id", &t->eos);
    read_id(t, g, "tokenizer.ggml.unknown_token_id", &t->unk);
    read_id(t, g, "tokenizer.ggml.eot_token_id", &t->eot);
    read_id(t, g, "tokenizer.ggml.eom_token_id", &t->eom);
    read_id(t, g, "tokenizer.ggml.fim_pad_token_id", &t->fim_pad);
    read_id(t, g, "tokenizer.ggml.fim_rep_token_id", &t->fim_rep);
    read_id(t, g, "tokenizer.ggml.fim_sep_token_id", &t->fim_sep);
    gguf_bool(g, "tokenizer.ggml.add_space_prefix", &t->add_space_prefix);
    gguf_bool(g, "tokenizer.ggml.add_bos_token", &t->add_bos);
    gguf_bool(g, "tokenizer.ggml.add_eos_token", &t->add_eos);
    if (gguf_string_is(model, "gemma4")) t->add_bos = true;
}

/* Phi-3's special tokens swallow the white space to their right; only its name tells. */
static bool is_phi3(const struct gguf *g) {
    struct gguf_string name;
    if (!gguf_str(g, "general.name", &name)) return false;
    for (size_t i = 0; i + 4 <= name.len; i++) {
        const char *s = name.s + i;
        if (strncasecmp(s, "phi", 3) != 0) continue;
        if (s[3] == '3' || (i + 5 <= name.len && s[3] == '-' && s[4] == '3')) return true;
    }
    return false;
}

/* Whether no token spans the beginning of a word. */
static bool words_apart(const struct tokenizer *t) {
    for (uint32_t i = 0; i < t->n; i++) {
        struct gguf_string s = t->text[i];
        size_t k = 0;
        while (k + 3 <= s.len && !memcmp(s.s + k, "\xE2\x96\x81", 3)) k += 3;
        if (k < s.len && memmem(s.s + k, s.len - k, "\xE2\x96\x81", 3)) return false;
    }
    return true;
}

struct tokenizer *tokenizer_new(const struct gguf *g, struct err *e) {
    struct tokenizer *t = mem_calloc(1, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    if (!read_kind(t, g, e) || !read_tokens(t, g, e) || !read_types(t, g, e) ||
        !read_scores(t, g, e) || !read_merges(t, g, e)) {
        tokenizer_free(t);
        return NULL;
    }
    t->pre_text = mem_strndup(t->pre ? t->pre_name.s : "", t->pre_name.len);
    fill_alphabet(t);
    fill_byte_tokens(t);
    read_roles(t, g);
    t->strip_right = is_phi3(g);
    t->words_apart = t->kind == KIND_SPM && words_apart(t);
    special_adjust(t);
    special_index(t);
    return t;
}
