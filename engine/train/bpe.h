/* bpe: the byte-level tokenizer that the model is taught with (Sennrich et al. 2016, over bytes as
 * in GPT-2). Text is cut by the pattern known as `qwen2` (digits stay single), then neighbouring
 * tokens are merged in the order in which the merges were learnt.
 *
 * Token ids: the special ones below, the 256 bytes, then one per merge. */
#ifndef TRAIN_BPE_H
#define TRAIN_BPE_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"
#include "engine/tokenizer.h"

enum {
    TOKEN_BOS,
    TOKEN_EOS,
    TOKEN_USER,
    TOKEN_ASSISTANT,
    TOKEN_THINK,
    TOKEN_THINK_END,
    TOKEN_BYTES,                     /* byte b is TOKEN_BYTES + b */
    TOKEN_MERGES = TOKEN_BYTES + 256 /* merge i makes TOKEN_MERGES + i */
};

extern const char *const bpe_special[TOKEN_BYTES]; /* their texts */

struct bpe;

/* Learning: count pieces of text, then make the tokenizer with n_vocab tokens (fewer if the text
 * has too few pairs; see bpe_size). */
struct bpe_counter;
struct bpe_counter *bpe_counter_new(void);
void bpe_count(struct bpe_counter *c, const char *text, size_t n); /* valid UTF-8 */
struct bpe *bpe_learn(struct bpe_counter *c, int n_vocab);         /* frees the counter */

/* A tokenizer from its merges, pairs of ids. NULL where a pair names a token of no earlier merge.
 */
struct bpe *bpe_new(const int32_t (*merges)[2], int n_merges, struct err *e);
void bpe_free(struct bpe *b);

int bpe_size(const struct bpe *b); /* n_vocab */
const int32_t (*bpe_merges(const struct bpe *b, int *n))[2];
const char *bpe_bytes(const struct bpe *b, int id, size_t *n); /* what a token stands for */

/* Plain text: special tokens are not looked for. */
void bpe_encode(const struct bpe *b, const char *text, size_t n, struct tokens *out);
void bpe_decode(const struct bpe *b, const int *id, size_t n, struct str *out);

#endif
