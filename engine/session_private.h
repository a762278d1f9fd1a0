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
    size_t tried_from, n_tried; /* the last evaluation, if it was session_try's, else 0 */
    /* Drafting: the MTP block has read the positions up to here; one beyond the length if it was
     * asked what follows `asked` there. */
    size_t followed;
    int32_t asked;
};

/* One batch; the timeline grows only when it is through. Logits go to `all` [n][n_vocab], or for
 * the last token to s->logits if `last`. */
bool session_step(struct session *s, const int32_t *ids, size_t n, float *all, bool last);
bool session_check_tokens(const struct session *s, const int32_t *ids, size_t n, struct err *e);

#endif
