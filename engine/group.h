/* group: several timelines that go on from where one session stands, decoded together. The weights
 * are read once for all of them, so that eight cost far less than eight times one.
 *
 * Every row of a step belongs to one timeline: the linear layers and experts see all rows as a
 * batch, attention goes row by row to its timeline's own cache, and so do recurrent states. The
 * logits are, bit for bit, those of a session that decodes the timeline alone. A timeline has its
 * own copy of the cache so far; memory is touched only as far as it is used. */
#ifndef ENGINE_GROUP_H
#define ENGINE_GROUP_H

#include "engine/session.h"

struct group;

/* n >= 1 timelines, copies of the session's. The group uses the session's threads and is cancelled
 * with it: no session_eval while group_step runs, and the session is closed after the group. Fails
 * where nothing is evaluated: a prompt's last token gives the first logits. */
struct group *group_open(struct session *s, size_t n, struct err *e);
void group_close(struct group *g); /* NULL is fine */

size_t group_size(const struct group *g);
size_t group_length(const struct group *g, size_t i);         /* tokens of timeline i */
const int32_t *group_tokens(const struct group *g, size_t i); /* [group_length] */
/* After its last token, [n_vocab]; they stay until the timeline's next step. */
const float *group_logits(const struct group *g, size_t i);

/* Evaluates ids[j] after timeline which[j], for n <= group_size of them that all differ. Allocates
 * nothing. Fails when a context is full or an id is none, with nothing changed; and when cancelled:
 * then some of the timelines may have grown, as group_length tells. */
bool group_step(struct group *g, const size_t *which, const int32_t *ids, size_t n, struct err *e);

uint64_t group_cache_bytes(const struct group *g); /* reserved for the timelines' caches */

#endif
