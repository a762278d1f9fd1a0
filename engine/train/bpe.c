/* bpe: learning and applying byte pair merges. Both work on "words", the pieces that the
 * pre-tokenizer's pattern cuts a text into; merges never cross them. */
#include "engine/train/bpe.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *const bpe_special[TOKEN_BYTES] = {"<｜begin▁of▁sentence｜>",
                                              "<｜end▁of▁sentence｜>",
                                              "<｜User｜>",
                                              "<｜Assistant｜>",
                                              "<think>",
                                              "</think>"};

#define MAX_VOCAB 8192
#define MAX_WORD  4096 /* bytes; longer words are cut */

struct bpe {
    int n_vocab;
    int32_t (*merges)[2];
    struct str *text;  /* [n_vocab] */
    int16_t *merge_of; /* [n_vocab][n_vocab]: the token that a pair makes, or -1 */
};

/* ---- words -------------------------------------------------------------------------------- */

static pcre2_code *pattern;
static pthread_once_t pattern_once = PTHREAD_ONCE_INIT;

static void pattern_compile(void) {
    static const char text[] =
        "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
        "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    int code;
    PCRE2_SIZE at;
    pattern = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &code,
                            &at, NULL);
    if (pattern) pcre2_jit_compile(pattern, PCRE2_JIT_COMPLETE);
}

typedef void word_fn(void *ctx, const char *word, size_t n);

static void each_word(const char *text, size_t n, word_fn *fn, void *ctx) {
    pthread_once(&pattern_once, pattern_compile);
    pcre2_match_data *m = pcre2_match_data_create(1, NULL);
    for (size_t at = 0; at < n;) {
        int found = pcre2_match(pattern, (PCRE2_SPTR)text, n, at, 0, m, NULL);
        PCRE2_SIZE *range = pcre2_get_ovector_pointer(m);
        size_t end = found > 0 && range[1] > at ? range[1] : n;
        while (at < end) {
            size_t len = end - at < MAX_WORD ? end - at : MAX_WORD;
            fn(ctx, text + at, len);
            at += len;
        }
    }
    pcre2_match_data_free(m);
}

/* ---- learning ----------------------------------------------------------------------------- */

struct word {
    char *bytes;
    size_t n_bytes;
    int64_t count;
    int16_t *id; /* while learning */
    int n;
};

struct bpe_counter {
    struct word *word;
    size_t n, cap;
    int32_t *bucket; /* open addressing into word, -1 = free; n_bucket is a power of two */
    size_t n_bucket;
};

struct bpe_counter *bpe_counter_new(void) {
    struct bpe_counter *c = mem_calloc(1, sizeof *c);
    c->n_bucket = 1u << 20;
    c->bucket = mem_array(c->n_bucket, sizeof *c->bucket);
    memset(c->bucket, -1, c->n_bucket * sizeof *c->bucket);
    return c;
}

static void count_word(void *ctx, const char *text, size_t n) {
    struct bpe_counter *c = ctx;
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    size_t at = (h ^ h >> 29) & (c->n_bucket - 1);
    for (; c->bucket[at] >= 0; at = (at + 1) & (c->n_bucket - 1)) {
        struct word *w = &c->word[c->bucket[at]];
        if (w->n_bytes == n && memcmp(w->bytes, text, n) == 0) {
            w->count++;
            return;
        }
    }
    if (c->n >= c->n_bucket / 2) return; /* rare words beyond half a million teach nothing */
    c->word = mem_grow(c->word, &c->cap, c->n + 1, sizeof *c->word);
    c->bucket[at] = (int32_t)c->n;
    c->word[c->n++] = (struct word){mem_strndup(text, n), n, 1, NULL, 0};
}

void bpe_count(struct bpe_counter *c, const char *text, size_t n) {
    each_word(text, n, count_word, c);
}

static void counter_free(struct bpe_counter *c) {
    for (size_t i = 0; i < c->n; i++) {
        free(c->word[i].bytes);
        free(c->word[i].id);
    }
    free(c->word);
    free(c->bucket);
    free(c);
}

static void merge_in_word(struct word *w, int a, int b, int made) {
    int n = 0;
    for (int i = 0; i < w->n; i++) {
        if (i + 1 < w->n && w->id[i] == a && w->id[i + 1] == b) {
            w->id[n++] = (int16_t)made;
            i++;
        } else {
            w->id[n++] = w->id[i];
        }
    }
    w->n = n;
}

/* The most frequent pair, the first in id order among equals; false when none occurs twice. */
static bool best_pair(const struct bpe_counter *c, int n_vocab, int64_t *pairs, int32_t out[2]) {
    memset(pairs, 0, sizeof *pairs * (size_t)n_vocab * (size_t)n_vocab);
    for (size_t i = 0; i < c->n; i++)
        for (int j = 0; j + 1 < c->word[i].n; j++)
            pairs[(size_t)c->word[i].id[j] * (size_t)n_vocab + (size_t)c->word[i].id[j + 1]] +=
                c->word[i].count;
    size_t best = 0;
    for (size_t i = 0; i < (size_t)n_vocab * (size_t)n_vocab; i++)
        if (pairs[i] > pairs[best]) best = i;
    out[0] = (int32_t)(best / (size_t)n_vocab);
    out[1] = (int32_t)(best % (size_t)n_vocab);
    return pairs[best] > 1;
}

struct bpe *bpe_learn(struct bpe_counter *c, int n_vocab) {
    int n_merges = n_vocab > TOKEN_MERGES ? n_vocab - TOKEN_MERGES : 0, made = 0;
    int32_t(*merges)[2] = mem_array((size_t)n_merges + 1, sizeof *merges);
    int64_t *pairs = mem_array((size_t)n_vocab * (size_t)n_vocab, sizeof *pairs);
    for (size_t i = 0; i < c->n; i++) {
        struct word *w = &c->word[i];
        w->id = mem_array(w->n_bytes, sizeof *w->id);
        w->n = (int)w->n_bytes;
        for (int j = 0; j < w->n; j++)
            w->id[j] = (int16_t)(TOKEN_BYTES + (unsigned char)w->bytes[j]);
    }
    while (made < n_merges && best_pair(c, TOKEN_MERGES + made, pairs, merges[made])) {
        for (size_t i = 0; i < c->n; i++)
            merge_in_word(&c->word[i], merges[made][0], merges[made][1], TOKEN_MERGES + made);
        made++;
    }
    struct bpe *b = bpe_new(merges, made, NULL);
    free(merges);
    free(pairs);
    counter_free(c);
    return b;
}

/* ---- the tokenizer ------------------------------------------------------------------------ */

struct bpe *bpe_new(const int32_t (*merges)[2], int n_merges, struct err *e) {
    if (n_merges < 0 || n_merges > MAX_VOCAB - TOKEN_MERGES)
        return err_null(e, "tokenizer: %d merges", n_merges);
    struct bpe *b = mem_calloc(1, sizeof *b);
    size_t v = (size_t)(b->n_vocab = TOKEN_MERGES + n_merges);
    b->merges = mem_array((size_t)n_merges + 1, sizeof *b->merges);
    b->text = mem_calloc(v, sizeof *b->text);
    b->merge_of = mem_array(v * v, sizeof *b->merge_of);
    memset(b->merge_of, -1, v * v * sizeof *b->merge_of);
    for (int i = 0; i < TOKEN_BYTES; i++) str_add(&b->text[i], bpe_special[i]);
    for (int i = 0; i < 256; i++) str_addc(&b->text[TOKEN_BYTES + i], (char)i);
    for (int i = 0; i < n_merges; i++) {
        int x = merges[i][0], y = merges[i][1], id = TOKEN_MERGES + i;
        if (x < TOKEN_BYTES || y < TOKEN_BYTES || x >= id || y >= id) {
            bpe_free(b);
            return err_null(e, "tokenizer: merge %d joins %d and %d", i, x, y);
        }
        b->merges[i][0] = x;
        b->merges[i][1] = y;
        str_addn(&b->text[id], b->text[x].s, b->text[x].len);
        str_addn(&b->text[id], b->text[y].s, b->text[y].len);
        b->merge_of[(size_t)x * v + (size_t)y] = (int16_t)id;
    }
    return b;
}

void bpe_free(struct bpe *b) {
    if (!b) return;
    for (int i = 0; i < b->n_vocab; i++) str_free(&b->text[i]);
    free(b->text);
    free(b->merges);
    free(b->merge_of);
    free(b);
}

int bpe_size(const struct bpe *b) { return b->n_vocab; }

const int32_t (*bpe_merges(const struct bpe *b, int *n))[2] {
    *n = b->n_vocab - TOKEN_MERGES;
    return (const int32_t(*)[2])b->merges;
}

const char *bpe_bytes(const struct bpe *b, int id, size_t *n) {
    *n = b->text[id].len;
    return b->text[id].s;
}

struct encoding {
    const struct bpe *b;
    struct tokens *out;
};

/* Merges the pair that was learnt first until none is left; ids grow with the order of learning. */
static void encode_word(void *ctx, const char *text, size_t n) {
    struct encoding *x = ctx;
    size_t v = (size_t)x->b->n_vocab;
    int id[MAX_WORD];
    for (size_t i = 0; i < n; i++) id[i] = TOKEN_BYTES + (unsigned char)text[i];
    while (n > 1) {
        int best = -1;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            int made = x->b->merge_of[(size_t)id[i] * v + (size_t)id[i + 1]];
            if (made >= 0 && (best < 0 || made < best)) best = made, at = i;
        }
        if (best < 0) break;
        id[at] = best;
        memmove(id + at + 1, id + at + 2, (n - at - 2) * sizeof *id);
        n--;
    }
    for (size_t i = 0; i < n; i++) tokens_add(x->out, id[i]);
}

void bpe_encode(const struct bpe *b, const char *text, size_t n, struct tokens *out) {
    each_word(text, n, encode_word, &(struct encoding){b, out});
}

void bpe_decode(const struct bpe *b, const int *id, size_t n, struct str *out) {
    for (size_t i = 0; i < n; i++) str_addn(out, b->text[id[i]].s, b->text[id[i]].len);
}
