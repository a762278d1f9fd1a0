/* pool: see the header. One counter tells workers that a job is there; another counts who is
 * still at work. A waiter spins for some tens of microseconds, then sleeps in a futex on the very
 * counter it waits for, so that a wake-up is never lost. */
#include "engine/pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

struct worker {
    struct pool *pool;
    int index;
    pthread_t thread;
};

struct pool {
    int n_threads, spins;
    void (*fn)(void *arg, int i, int n); /* written before `job` is raised */
    void *arg;
    bool quit;
    struct worker *workers; /* [n_threads], the first is the caller's and has no thread */
    /* Each counter has a cache line of its own. */
    _Alignas(64) atomic_uint job;
    _Alignas(64) atomic_uint busy; /* workers that have not finished the job */
    _Alignas(64) atomic_uint arrived;
    _Alignas(64) atomic_uint round; /* barriers passed */
    _Alignas(64) atomic_uint sleepers;
};

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Returns once *word is not `old`. */
static void wait_while(struct pool *p, atomic_uint *word, unsigned old) {
    for (int i = 0; i < p->spins; i++) {
        if (atomic_load_explicit(word, memory_order_acquire) != old) return;
        relax();
    }
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(word) == old)
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
    atomic_fetch_sub(&p->sleepers, 1);
}

/* After *word was changed. The sleeper raises `sleepers` before it looks at the word, we look
 * after changing it: one of the two sees the other. */
static void wake(struct pool *p, atomic_uint *word) {
    if (atomic_load(&p->sleepers))
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void *work(void *arg) {
    struct worker *w = arg;
    struct pool *p = w->pool;
    for (unsigned seen = 0;; seen++) {
        wait_while(p, &p->job, seen);
        if (p->quit) return NULL;
        p->fn(p->arg, w->index, p->n_threads);
        if (atomic_fetch_sub(&p->busy, 1) == 1) wake(p, &p->busy);
    }
}

/* -- how many ---------------------------------------------------------------------------------- */

/* Whether `cpu` is the first of the hardware threads that share its core. */
static bool leads_core(int cpu) {
    char path[96];
    int first = cpu;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    FILE *f = fopen(path, "re");
    if (!f) return true;
    if (fscanf(f, "%d", &first) != 1) first = cpu;
    fclose(f);
    return first == cpu;
}

static int allowed_cpus(bool cores_only) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int n = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set) && (!cores_only || leads_core(cpu))) n++;
    return n ? n : 1;
}

/* -- interface --------------------------------------------------------------------------------- */

struct pool *pool_new(int n_threads) {
    if (n_threads <= 0) n_threads = allowed_cpus(true);
    struct pool *p = mem_aligned(64, (sizeof *p + 63) / 64 * 64);
    *p = (struct pool){.n_threads = n_threads};
    /* About 50 µs; none where threads would take the CPU from each other. */
    p->spins = n_threads <= allowed_cpus(false) ? 1000 : 0;
    p->workers = mem_calloc((size_t)n_threads, sizeof *p->workers);
    for (int i = 1; i < n_threads; i++) {
        p->workers[i] = (struct worker){.pool = p, .index = i};
        if (pthread_create(&p->workers[i].thread, NULL, work, &p->workers[i])) {
            p->n_threads = i; /* nothing has run yet: the pool is just smaller */
            break;
        }
    }
    return p;
}

static void start(struct pool *p) {
    atomic_store(&p->busy, (unsigned)p->n_threads - 1);
    atomic_fetch_add(&p->job, 1);
    wake(p, &p->job);
}

void pool_free(struct pool *p) {
    if (!p) return;
    p->quit = true;
    start(p);
    for (int i = 1; i < p->n_threads; i++) pthread_join(p->workers[i].thread, NULL);
    free(p->workers);
    free(p);
}

int pool_size(const struct pool *p) { return p->n_threads; }

void pool_run(struct pool *p, void (*fn)(void *arg, int i, int n), void *arg) {
    if (p->n_threads == 1) {
        fn(arg, 0, 1);
        return;
    }
    p->fn = fn;
    p->arg = arg;
    start(p);
    fn(arg, 0, p->n_threads);
    for (unsigned left; (left = atomic_load(&p->busy));) wait_while(p, &p->busy, left);
}

void pool_barrier(struct pool *p) {
    if (p->n_threads == 1) return;
    unsigned round = atomic_load(&p->round);
    if (atomic_fetch_add(&p->arrived, 1) + 1 == (unsigned)p->n_threads) {
        atomic_store(&p->arrived, 0);
        atomic_fetch_add(&p->round, 1);
        wake(p, &p->round);
    } else {
        wait_while(p, &p->round, round);
    }
}

void pool_share(size_t count, size_t grain, int i, int n, size_t *begin, size_t *end) {
    size_t pieces = (count + grain - 1) / grain, from = pieces * (size_t)i / (size_t)n * grain,
           to = pieces * (size_t)(i + 1) / (size_t)n * grain;
    *begin = from < count ? from : count;
    *end = to < count ? to : count;
}
