/* hparams: reads the numbers under an architecture's prefix ("llama.block_count"), with one line
 * for what is missing, of another kind, or beyond any real model. After the first failure every
 * read gives its default, so that a list of reads is checked once at its end. */
#ifndef ENGINE_HPARAMS_H
#define ENGINE_HPARAMS_H

#include "base/err.h"
#include "engine/gguf.h"

struct hparams_reader {
    const struct gguf *g;
    const char *arch;
    struct err *e;
    bool failed;
};

enum { HPARAM_MAX = 1 << 24 }; /* sizes and counts above this are refused */

bool hparam_has(const struct hparams_reader *r, const char *key);
uint32_t hparam_need(struct hparams_reader *r, const char *key); /* >= 1 */
uint32_t hparam_u32(struct hparams_reader *r, const char *key, uint32_t otherwise);
/* Of block i, where the key may hold one number or one for each block. */
uint32_t hparam_u32_at(struct hparams_reader *r, const char *key, uint32_t i, uint32_t otherwise);
float hparam_f32(struct hparams_reader *r, const char *key, float otherwise); /* finite */
bool hparam_bool(struct hparams_reader *r, const char *key, bool otherwise);
bool hparam_is(const struct hparams_reader *r, const char *key, const char *text);

#endif
