/* session: see the header. */
#include "engine/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/session_private.h"

static struct session_params with_defaults(const struct model *m, const struct session_params *p) {
    struct session_params q = p ? *p : (struct session_params){0};
    uint32_t trained = m->hp.context_length;
    if (!q.n_ctx) q.n_ctx = trained < 8192 ? trained : 8192;
    if (!q.n_batch) q.n_batch = 512;
    if (q.n_batch > q.n_ctx) q.n_batch = q.n_ctx;
    if (q.exact) q.cache_type = CACHE_F16;
    return q;
}

struct session *session_open(const struct model *m, const struct session_params *p, struct err *e) {
    struct session_params q = with_defaults(m, p);
    if (q.n_ctx > 1u << 24) return err_null(e, "a context of %u tokens is too large", q.n_ctx);
    if (q.draft && !m->hp.n_mtp) return err_null(e, "the model has no block that drafts");
    struct session *s = mem_calloc(1, sizeof *s);
    s->m = m;
    s->params = q;
    s->pool = pool_new(q.n_threads);
    s->cache = kvcache_new(m, &q);
    s->forward = forward_new(m, s->pool, s->cache, q.n_batch, &s->cancel, q.exact);
    if (q.draft) forward_enable_draft(s->forward);
    if (q.rewind) rewind_enable(s->forward);
    s->tokens = mem_array(q.n_ctx, sizeof *s->tokens);
    s->logits = mem_aligned(64, m->hp.n_vocab * sizeof *s->logits);
    return s;
}

void session_close(struct session *s) {
    if (!s) return;
    forward_free(s->forward);
    kvcache_free(s->cache);
    pool_free(s->pool);
    free(s->tokens);
    free(s->logits);
    free(s);
}

const struct model *session_model(const struct session *s) { return s->m; }
uint32_t session_n_ctx(const struct session *s) { return s->params.n_ctx; }
int session_n_threads(const struct session *s) { return pool_size(s->pool); }
size_t session_length(const struct session *s) { return s->length; }
const int32_t *session_tokens(const struct session *s) { return s->tokens; }
uint64_t session_cache_bytes(const struct session *s) { return s->cache->bytes; }
uint64_t session_cache_needs(const struct model *m, const struct session_params *p) {
    struct session_params q = with_defaults(m, p);
    return kvcache_bytes(m, &q);
}
uint64_t session_cache_reads(const struct session *s, size_t n) {
    return kvcache_reads(s->cache, n);
}

void session_expert_load(const struct session *s, uint32_t *out) {
    size_t n = s->m->hp.n_experts;
    for (size_t i = 0; i < s->m->hp.n_layers; i++)
        for (size_t k = 0; k < n; k++)
            out[i * n + k] = s->m->layers[i].is_moe ? moe_load(s->forward->moe, i, k, n) : 0;
}

bool session_check_tokens(const struct session *s, const int32_t *ids, size_t n, struct err *e) {
    if (n > s->params.n_ctx - s->length)
        return err_set(e, "the context of %u tokens is full", s->params.n_ctx);
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (uint32_t)ids[i] >= s->m->hp.n_vocab)
            return err_set(e, "token %d is not in the vocabulary of %u", ids[i], s->m->hp.n_vocab);
    return true;
}

bool session_step(struct session *s, const int32_t *ids, size_t n, float *all, bool last) {
    s->has_logits = false;
    mem_forbid(true);
    bool done = forward_run(s->forward, ids, n, s->length,
                            all    ? all
                            : last ? s->logits
                                   : NULL,
                            all != NULL);
    mem_forbid(false);
    if (!done) return false;
    if (s->followed > s->length && ids[0] != s->asked) s->followed = s->length;
    s->n_tried = 0;
    memmove(s->tokens + s->length, ids, n * sizeof *ids); /* they may be there already */
    s->length += n;
    if (all) memcpy(s->logits, all + (n - 1) * s->m->hp.n_vocab, s->m->hp.n_vocab * sizeof *all);
    s->has_logits = all || last;
    return true;
}

/* Shortly before the end of a prompt of n tokens, where the next request for this conversation
 * begins to differ (another answer, or a template that writes the turn's opening otherwise once the
 * answer is known). */
static size_t prompt_tail(size_t n) { return n > KVCACHE_BACK ? KVCACHE_BACK : 1; }

/* How many of the n tokens that are left go into the next batch. Where a recurrent state can only
 * return to what was saved, a prompt is cut, and its state saved, before its tail. */
static size_t next_batch(struct session *s, size_t n, bool is_prompt) {
    size_t take = n < s->params.n_batch ? n : s->params.n_batch;
    if (!s->cache->n_state || !is_prompt) return take;
    kvcache_save(s->cache, s->length);
    return n > 1 && take > n - prompt_tail(n) ? n - prompt_tail(n) : take;
}

bool session_eval(struct session *s, const int32_t *ids, size_t n, float *logits_of_all,
                  void (*progress)(void *ctx, size_t done, size_t n), void *ctx, struct err *e) {
    if (!session_check_tokens(s, ids, n, e)) return false;
    bool saves = n > 1 && !s->cache->n_state; /* else next_batch does */
    if (saves) kvcache_save(s->cache, s->length);
    for (size_t done = 0; done < n;) {
        size_t take = next_batch(s, n - done, n > 1);
        float *all = logits_of_all ? logits_of_all + done * s->m->hp.n_vocab : NULL;
        if (atomic_load(&s->cancel) || !session_step(s, ids + done, take, all, done + take == n))
            return err_set(e, "cancelled");
        done += take;
        if (progress) progress(ctx, done, n);
    }
    if (saves) kvcache_save(s->cache, s->length - prompt_tail(n));
    return true;
}

void session_checkpoint(struct session *s) { kvcache_save(s->cache, s->length); }

const float *session_logits(const struct session *s) { return s->has_logits ? s->logits : NULL; }

size_t session_truncate(struct session *s, size_t n) {
    if (n >= s->length) return s->length;
    s->has_logits = false;
    if (s->cache->n_state && n > s->tried_from && n < s->tried_from + s->n_tried)
        rewind_to(s->forward, n - s->tried_from);
    else
        n = kvcache_go_back(s->cache, n, s->length), s->n_tried = 0;
    if (s->followed > n) s->followed = n;
    return s->length = n;
}

size_t session_common_prefix(const struct session *s, const int32_t *ids, size_t n) {
    size_t i = 0;
    while (i < n && i < s->length && ids[i] == s->tokens[i]) i++;
    return i;
}

struct session *session_fork(const struct session *s, struct err *e) {
    struct session *copy = session_open(s->m, &s->params, e);
    if (!copy) return NULL;
    kvcache_copy(copy->cache, s->cache, s->length);
    if (s->params.draft)
        memcpy(copy->forward->hidden, s->forward->hidden,
               (s->length + 1) * s->m->hp.n_embd * sizeof(float));
    memcpy(copy->tokens, s->tokens, s->length * sizeof *s->tokens);
    copy->length = copy->followed = s->length;
    if (s->followed < s->length) copy->followed = s->followed;
    copy->has_logits = s->has_logits;
    if (s->has_logits) memcpy(copy->logits, s->logits, s->m->hp.n_vocab * sizeof *s->logits);
    return copy;
}

void session_cancel(struct session *s) { atomic_store(&s->cancel, true); }
void session_uncancel(struct session *s) { atomic_store(&s->cancel, false); }
