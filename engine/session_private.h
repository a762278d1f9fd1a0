/* session_private: what a session is made of, for it and for groups, which go on where it stands.
 */
#ifndef ENGINE_SESSION_PRIVATE_H
#define ENGINE_SESSION_PRIVATE_H

#include "engine/forward.h"
#include "engine/session.h"

struct session {
    const struct model *m;
    struct session_params params; /* with the defaults filled in */
    struct pool *pool;
    struct kvcache *cache;
    struct forward *forward;
    int32_t *tokens; /* [n_ctx], length <= n_ctx are valid */
    size_t length;
    float *logits;   /* [n_vocab] after the last token, if has_logits */
    bool has_logits; /* length > 0 */
    atomic_bool cancel;
};

#endif
