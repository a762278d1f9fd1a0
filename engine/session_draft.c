/* session_draft: what a session does for who drafts: guesses from the multi-token-prediction block,
 * and evaluations that may be taken back. */
#include <assert.h>

#include "base/mem.h"
#include "engine/attention.h"
#include "engine/session_private.h"

/* Lets the block read what was evaluated since it was last asked, so that sessions that do not ask
 * pay nothing. */
static bool follow(struct session *s) {
    while (s->followed < s->length) {
        size_t n = s->length - s->followed;
        if (n > s->params.n_batch) n = s->params.n_batch;
        if (!mtp_follow(s->forward, s->tokens + s->followed, n, s->followed)) return false;
        s->followed += n;
    }
    return true;
}

bool session_draft(struct session *s, int32_t id, size_t ahead, float *logits) {
    size_t pos = s->length + ahead;
    if (!s->params.draft || pos >= s->params.n_ctx) return false;
    if (id < 0 || (uint32_t)id >= s->m->hp.n_vocab || atomic_load(&s->cancel)) return false;
    mem_forbid(true);
    bool done = follow(s) && mtp_draft(s->forward, id, pos, logits);
    mem_forbid(false);
    if (done && !ahead) s->followed = s->length + 1, s->asked = id;
    return done;
}

bool session_try(struct session *s, const int32_t *ids, size_t n, float *logits, struct err *e) {
    assert(n && n <= ATTENTION_FEW_TOKENS && n <= s->params.n_batch && s->params.rewind);
    if (!session_check_tokens(s, ids, n, e)) return false;
    size_t from = s->length;
    s->forward->keep_inputs = true;
    bool done = !atomic_load(&s->cancel) && session_step(s, ids, n, logits, true);
    s->forward->keep_inputs = false;
    if (!done) return err_set(e, "cancelled");
    s->tried_from = from;
    s->n_tried = n;
    return true;
}
