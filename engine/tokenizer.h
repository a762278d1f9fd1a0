/* tokenizer: text to token ids and back, from a GGUF's vocabulary: byte-level BPE ("gpt2", with
 * the pre-tokenizer that the file names), SentencePiece-style BPE ("llama"), and raw-UTF-8 BPE
 * ("gemma4"). Read-only after it is made; any thread may use it. */
#ifndef ENGINE_TOKENIZER_H
#define ENGINE_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "engine/gguf.h"

struct tokenizer;

struct tokens {
    int32_t *ids; /* owned; free with tokens_free */
    size_t n, cap;
};
void tokens_add(struct tokens *t, int32_t id);
void tokens_free(struct tokens *t);

/* NULL and one line in e when the file has no vocabulary, one of an unknown kind or pre-tokenizer,
 * or a broken one. `g` must outlive the tokenizer: texts stay in its mapping. */
struct tokenizer *tokenizer_new(const struct gguf *g, struct err *e);
void tokenizer_free(struct tokenizer *t);

enum {
    TOKENIZE_SPECIAL = 1, /* special tokens in the text are recognised (a template's own text) */
    TOKENIZE_ADD = 2,     /* add BOS / EOS as the file asks */
    /* Nor are user-defined tokens that look like tags, "<think>" or "[INST]" (other user-defined
     * ones, runs of spaces for instance, always are): for words that must not act as markup. */
    TOKENIZE_LITERAL = 4,
};
/* Appends the ids of text[0..len) (any bytes) to out. A byte that is not UTF-8 counts as U+FFFD.
 * Time is nearly linear in len for any text. */
void tokenizer_encode(const struct tokenizer *t, const char *text, size_t len, int flags,
                      struct tokens *out);

/* Appends the bytes of one token as streamed: may be part of a UTF-8 character. CONTROL tokens give
 * nothing unless `special`. An id out of range gives nothing. */
void tokenizer_piece(const struct tokenizer *t, int32_t id, bool special, struct str *out);
/* Whole-sequence decoding: as above, and removes the one leading space that SPM adds. */
void tokenizer_decode(const struct tokenizer *t, const int32_t *ids, size_t n, bool special,
                      struct str *out);

int32_t tokenizer_find(const struct tokenizer *t, const char *text); /* exact token text, or -1 */
size_t tokenizer_size(const struct tokenizer *t);
bool tokenizer_is_eog(const struct tokenizer *t, int32_t id); /* ends generation */
bool tokenizer_is_control(const struct tokenizer *t, int32_t id);
int32_t tokenizer_bos(const struct tokenizer *t); /* -1: none */
int32_t tokenizer_eos(const struct tokenizer *t);
bool tokenizer_adds_bos(const struct tokenizer *t);
bool tokenizer_adds_eos(const struct tokenizer *t);
const char *tokenizer_pre(const struct tokenizer *t); /* the pre-tokenizer's name, "" if none */

#endif
