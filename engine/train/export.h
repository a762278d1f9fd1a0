/* export: a trained state as a `deepseek2` GGUF with tokenizer, chat template and MTP module. */
#ifndef TRAIN_EXPORT_H
#define TRAIN_EXPORT_H

#include "engine/train/gguf_write.h"
#include "engine/train/trainer.h"

/* `type`: of the matrices; norms, router and its bias stay F32. */
bool export_gguf(const struct model_state *s, enum tensor_type type, const char *path,
                 struct err *e);

/* Rounds the parameters in place as the exported file stores them. */
void export_round_q8_0(const struct net_config *c, float *param);

#endif
