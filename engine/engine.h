/* engine: what the program may use of the engine. Two objects: a `model` (weights, read-only,
 * shared) and a `session` (one mutable timeline of tokens and its KV cache); and a `backend`, which
 * turns conversations into streams of events and hides where the model runs. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/backend.h"
#include "engine/backend_remote.h"
#include "engine/compare.h"
#include "engine/group.h"
#include "engine/lookup.h"
#include "engine/model.h"
#include "engine/reasoning.h"
#include "engine/sampler.h"
#include "engine/session.h"
#include "engine/session_file.h"
#include "engine/speculate.h"
#include "engine/template.h"
#include "engine/tokenizer.h"

#endif
