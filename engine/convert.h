/* convert: writes a model anew with its numbers in other formats. The tensors are read, rounded and
 * written piece by piece, so that memory does not grow with the model. */
#ifndef ENGINE_CONVERT_H
#define ENGINE_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/gguf.h"
#include "engine/tensor.h"

/* What becomes of a model's tensors: a base type, and for mixes ("Q4_K_M") exceptions. */
struct convert_mix {
    const char *name;
    uint32_t file_type; /* the number that general.file_type has for it */
    enum tensor_type base;
};
extern const struct convert_mix convert_mixes[];          /* ends with a NULL name */
const struct convert_mix *convert_find(const char *name); /* any case; NULL: there is none */

/* The type that a tensor of `g` gets. */
enum tensor_type convert_type(const struct gguf *g, const struct gguf_tensor *t,
                              const struct convert_mix *mix);

/* Size of the file that convert_write() would write. */
uint64_t convert_bytes(const struct gguf *g, const struct convert_mix *mix);

/* Where a conversion stands; strings live until the next report. */
struct convert_step {
    uint64_t tensor, n_tensors; /* from 0 */
    const char *name, *from, *to;
    bool begins;              /* the first report of this tensor */
    uint64_t done, all_bytes; /* of the output */
};
typedef bool convert_report(void *ctx, const struct convert_step *step); /* false: stop */

/* Writes to path + ".part" and renames it to `path` when it is whole and on disk; after an error or
 * a stop nothing is left there and an older `path` is untouched. Free space is checked first. */
bool convert_write(const struct gguf *g, const struct convert_mix *mix, int n_threads,
                   const char *path, convert_report *report, void *ctx, struct err *e);

#endif
