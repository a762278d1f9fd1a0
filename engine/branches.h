/* branches: timelines that a session left, kept for when it comes back to them.
 *
 * A conversation is a tree, and a person goes from branch to branch. A session has one timeline:
 * what two branches have in common it reuses, the rest it would have to read again each time. So a
 * timeline of which much would be given up is copied first, and taken back when a prompt has more
 * in common with it than with what the session holds. At most BRANCHES_MAX are kept, the latest,
 * and together no more bytes than the session's own cache. Private to the engine. */
#ifndef ENGINE_BRANCHES_H
#define ENGINE_BRANCHES_H

#include "engine/session.h"

enum {
    BRANCHES_MAX = 4,
    BRANCHES_LEAST = 64 /* tokens that a copy has to save */
};

struct branches;

struct branches *branches_new(void);
void branches_free(struct branches *b); /* NULL is fine */
/* Before the session goes on with ids[0..n): keeps what it would give up, and has it go back to the
 * branch that has most in common with them. The session's thread calls it, between evaluations. */
void branches_go(struct branches *b, struct session *s, const int32_t *ids, size_t n);

#endif
