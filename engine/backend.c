/* backend: the calls that are the same for every backend. */
#include "engine/backend.h"

#include <errno.h>
#include <poll.h>

#include "base/rng.h"

/* 53 bits, as a drawn seed: JSON keeps them. */
uint64_t backend_sample_seed(uint64_t seed, size_t i) {
    return i ? rng_hash(seed, i, 0) >> 11 : seed;
}

bool backend_start(struct backend *b, const struct chat_request *r, struct err *e) {
    return b->ops->start(b, r, e);
}

int backend_fd(struct backend *b) { return b->ops->fd(b); }

bool backend_next(struct backend *b, struct event *out) { return b->ops->next(b, out); }

bool backend_wait(struct backend *b, struct event *out) {
    while (!b->ops->next(b, out)) {
        struct pollfd p = {.fd = b->ops->fd(b), .events = POLLIN};
        if (poll(&p, 1, -1) < 0 && errno != EINTR) return false;
    }
    return true;
}

void backend_steer(struct backend *b, enum steer what) { b->ops->steer(b, what); }

int64_t backend_count_tokens(struct backend *b, const struct chat_request *r) {
    return b->ops->count_tokens(b, r);
}

const struct model_info *backend_info(struct backend *b) { return b->ops->info(b); }

void backend_context(struct backend *b, size_t *used, size_t *total) {
    b->ops->context(b, used, total);
}

bool backend_keep(struct backend *b, const char *path) {
    if (b->ops->keep) b->ops->keep(b, path);
    return b->ops->keep != NULL;
}

bool backend_restore(struct backend *b, const char *path) {
    if (b->ops->restore) b->ops->restore(b, path);
    return b->ops->restore != NULL;
}

bool backend_settle(struct backend *b, struct err *e) {
    return !b->ops->settle || b->ops->settle(b, e);
}

bool backend_inside(struct backend *b, struct backend_inside *out) {
    return b->ops->inside && b->ops->inside(b, out);
}

void backend_close(struct backend *b) {
    if (b) b->ops->close(b);
}
