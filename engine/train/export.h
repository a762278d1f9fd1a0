/* export: a trained state as a `deepseek2` GGUF with tokenizer, chat template and MTP module,
 * and back. */
#ifndef TRAIN_EXPORT_H
#define TRAIN_EXPORT_H

#include "engine/train/gguf_write.h"
#include "engine/train/trainer.h"

/* `type`: of the matrices; norms, router and its bias stay F32. */
bool export_gguf(const struct model_state *s, enum tensor_type type, const char *path,
                 struct err *e);

/* A state from such a file, any type of tensor that can be read: seed 1, step 0, no moments. */
bool import_gguf(struct model_state *s, const char *path, struct err *e);

/* From either kind of file: one named *.gguf, or a checkpoint. */
bool model_load(struct model_state *s, const char *path, struct err *e);

/* Rounds the parameters in place as the exported file stores them. */
void export_round_q8_0(const struct net_config *c, float *param);

#endif
