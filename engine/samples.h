/* samples: several answers to one prompt, drawn together. Private to the engine. */
#ifndef ENGINE_SAMPLES_H
#define ENGINE_SAMPLES_H

#include <stdatomic.h>

#include "engine/session.h"
#include "engine/stream.h"

/* Draws job->n_samples answers after the prompt, which `s` has evaluated, and tells each as a
 * stream of its own that ends with EVENT_SAMPLE_DONE. `all` is the request's own stream: it knows
 * when the prompt was through, and gets the sums for the caller's EVENT_DONE. The session stays at
 * the prompt. Between two tokens of each it looks at `stop` and `answer_now`, which is for all of
 * them; `used` is what the longest has in its cache. */
enum done_reason samples_generate(struct stream *all, struct session *s, struct sampler *sampler,
                                  atomic_bool *stop, atomic_bool *answer_now, atomic_size_t *used,
                                  struct err *e);

#endif
