/* tokenizer_private: what the tokenizer's files share.
 *
 *   tokenizer.c          the public functions
 *   tokenizer_vocab.c    a GGUF's vocabulary -> struct tokenizer
 *   tokenizer_special.c  which tokens are special, which end generation, where they stand in a text
 *   tokenizer_pre.c      pre-tokenizers: a table of names and regexes, run by PCRE2
 *   tokenizer_merge.c    merges adjacent symbols, best first
 *   tokenizer_bpe.c      byte-level and raw BPE
 *   tokenizer_spm.c      SentencePiece-style BPE
 *
 * Every text of the vocabulary is found through one kind of hash: a polynomial over the bytes,
 * modulo 2^64. It has the property that the hash of a concatenation follows from the parts, so
 * a merge costs no second look at the bytes. Hits are always confirmed by comparing bytes. */
#ifndef ENGINE_TOKENIZER_PRIVATE_H
#define ENGINE_TOKENIZER_PRIVATE_H

#include <pthread.h>

#include "engine/tokenizer.h"

/* The hash of a byte string: h = sum of (s[i] + 1) * HASH_BASE^(len-1-i), pow = HASH_BASE^len. */
struct hash {
    uint64_t h, pow;
};
#define HASH_BASE  0x9E3779B97F4A7C15u
#define HASH_EMPTY ((struct hash){0, 1})

static inline struct hash hash_add(struct hash a, unsigned char c) {
    return (struct hash){a.h * HASH_BASE + c + 1, a.pow * HASH_BASE};
}
static inline struct hash hash_join(struct hash a, struct hash b) {
    return (struct hash){a.h * b.pow + b.h, a.pow * b.pow};
}
static inline struct hash hash_bytes(const char *s, size_t n) {
    struct hash a = HASH_EMPTY;
    for (size_t i = 0; i < n; i++) a = hash_add(a, (unsigned char)s[i]);
    return a;
}

/* An open-addressing table from hash to an index; the owner of the strings compares them. */
struct hash_slot {
    uint32_t tag, index1; /* index + 1; 0 = free */
};
struct hash_table {
    struct hash_slot *slots; /* mask + 1 of them, a power of two, at least one free */
    size_t mask;
};

static inline uint64_t hash_spread(uint64_t x) {
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93u;
    return x ^ x >> 32;
}

enum token_type {
    TOKEN_UNDEFINED,
    TOKEN_NORMAL,
    TOKEN_UNKNOWN,
    TOKEN_CONTROL,
    TOKEN_USER,
    TOKEN_UNUSED,
    TOKEN_BYTE
};

enum tokenizer_kind { KIND_BPE, KIND_RAW_BPE, KIND_SPM };

struct special {
    int32_t id;
    struct gguf_string text; /* len >= 1 */
};

struct pretokenizer;
struct pre_code; /* the compiled regexes */

struct tokenizer {
    enum tokenizer_kind kind;
    uint32_t n;               /* number of tokens */
    struct gguf_string *text; /* [n], bytes in the file's mapping, or in `own` */
    uint8_t *type;            /* [n], enum token_type */
    uint8_t *eog;             /* [n], 1 = ends generation */
    float *score;             /* [n] for SPM, else NULL */
    struct str own;           /* the names of the tokens that had none */
    struct hash_table tokens; /* text -> id; among equal texts the lowest id */

    const struct gguf_string *merge; /* [n_merges], "A B", in the file's mapping; index = rank */
    uint32_t n_merges;
    struct hash_table merges; /* (A, B) -> rank; among equal pairs the lowest rank */

    struct special *specials; /* sorted by bytes */
    size_t n_specials;
    uint8_t special_first[256]; /* whether a special token starts with this byte */

    int32_t byte_token[256]; /* what a byte becomes that no token covers; -1 = nothing */
    struct {
        char s[2];
        uint8_t len;
        struct hash hash;
    } byte_text[256]; /* the byte-level alphabet */

    int32_t bos, eos, unk, eot, eom; /* -1 = none */
    int32_t fim_pad, fim_rep, fim_sep;
    bool add_bos, add_eos, add_space_prefix, strip_right;
    bool words_apart; /* SPM: no token has "▁" after another character */

    const struct pretokenizer *pre; /* NULL for SPM */
    struct gguf_string pre_name;
    char *pre_text; /* pre_name as a C string */
    pthread_mutex_t lock;
    struct pre_code *code; /* made by the first encode, under `lock` */
};

/* tokenizer_vocab.c */
int32_t vocab_find(const struct tokenizer *t, const char *s, size_t len, struct hash h); /* or -1 */
int32_t vocab_find_bytes(const struct tokenizer *t, const char *s, size_t len);
/* The rank of merging a then b, or UINT32_MAX. */
uint32_t vocab_merge_rank(const struct tokenizer *t, const char *a, size_t na, struct hash ha,
                          const char *b, size_t nb, struct hash hb);
int vocab_alphabet_byte(unsigned cp); /* the byte of a byte-level character, or -1 */

/* tokenizer_special.c */
void special_adjust(struct tokenizer *t); /* the roles that follow from token texts */
void special_index(struct tokenizer *t);  /* fills `specials` from the types */
/* Finds the special tokens of a text: calls part() for every stretch between them, then for each
 * token, from left to right. `id` is -1 for a stretch. A stretch is never empty. */
typedef void special_part(void *ctx, int32_t id, const char *s, size_t len);
void special_split(const struct tokenizer *t, const char *s, size_t len, int flags,
                   special_part *part, void *ctx);

/* tokenizer_pre.c */
const struct pretokenizer *pre_find(struct gguf_string name); /* NULL = unknown */
enum {
    PRE_IGNORE_MERGES = 1, /* a word that is a token is that token */
    PRE_ADD_BOS = 2,       /* BOS is added unless the file says otherwise */
    PRE_NFC = 4,           /* text is composed first */
    PRE_NO_BOS = 8,        /* there is no BOS unless the file names one */
    PRE_RAW = 16,          /* no byte-level alphabet: symbols are characters */
};
unsigned pre_flags(const struct pretokenizer *p);
struct pre_code *pre_compile(const struct pretokenizer *p);
void pre_code_free(struct pre_code *c);
typedef void pre_word(void *ctx, const char *s, size_t len);
/* Cuts s[0..len), valid UTF-8, into words. */
void pre_split(const struct pre_code *c, const char *s, size_t len, pre_word *word, void *ctx);

/* tokenizer_merge.c */
struct symbol {
    uint32_t start, len; /* bytes of the word; len 0 = merged into its left neighbour */
    uint32_t prev, next; /* SYMBOL_NONE at the ends */
    struct hash hash;
};
#define SYMBOL_NONE UINT32_MAX
#define WORD_MAX    ((size_t)1 << 28) /* bytes; longer words are cut */

struct candidate {
    uint64_t order; /* rank << 32 | left symbol: the lowest rank first, among equals the leftmost */
    uint32_t bytes; /* of both; when it has changed the candidate is void */
};
struct merger {
    struct symbol *symbols;
    size_t n, cap;
    struct candidate *heap;
    size_t n_heap, cap_heap;
};
/* The rank of joining neighbours a and b of `word`; UINT32_MAX = they do not join. */
typedef uint32_t merge_rank(const struct tokenizer *t, const char *word, const struct symbol *a,
                            const struct symbol *b);
void merger_add(struct merger *m, uint32_t len, struct hash hash); /* the next symbol of the word */
void merger_run(struct merger *m, const struct tokenizer *t, const char *word, merge_rank *rank);
void merger_free(struct merger *m);

/* What one call of tokenizer_encode works with. */
struct encoding {
    const struct tokenizer *t;
    struct tokens *out;
    struct merger merger;
    struct str text, word; /* scratch */
    bool after_special;    /* the previous part was a special token, or there was none */
    bool strip;            /* the previous special token strips white space to its right */
};
void tokenizer_bpe_encode(struct encoding *w, const char *s, size_t len); /* valid UTF-8 */
void tokenizer_spm_encode(struct encoding *w, const char *s, size_t len);

#endif
