/* hf_folder: a folder as Hugging Face publishes models (config.json, tokenizer.json, safetensors),
 * presented as if it were a GGUF file, so that nothing else need know. */
#ifndef ENGINE_HF_FOLDER_H
#define ENGINE_HF_FOLDER_H

#include "engine/gguf.h"

/* A folder, or by gguf_open() a file. Tensors stay views of the mapped files where the layouts
 * agree; what must be turned, stacked (experts) or unpacked (FP8) is copied when it is opened. */
struct gguf *hf_open(const char *path, struct err *e);

#endif
