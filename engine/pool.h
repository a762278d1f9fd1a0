/* pool: worker threads that run one function together. The caller is thread 0.
 * Workers spin briefly between jobs that follow each other and sleep (futex) when nothing comes,
 * so that an idle program uses no CPU and a step costs about a microsecond to start. */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include <stddef.h>

struct pool;

/* n_threads >= 1; 0 = one per physical core. */
struct pool *pool_new(int n_threads);
void pool_free(struct pool *p);
int pool_size(const struct pool *p);

/* Runs fn(arg, i, n) on every thread i of n; returns when all have returned. Not reentrant. */
void pool_run(struct pool *p, void (*fn)(void *arg, int i, int n), void *arg);
/* Inside fn: waits until all threads are here. */
void pool_barrier(struct pool *p);

/* The share of thread i of n in `count` items, cut at multiples of `grain`. */
void pool_share(size_t count, size_t grain, int i, int n, size_t *begin, size_t *end);

#endif
