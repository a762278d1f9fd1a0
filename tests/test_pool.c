/* Threads that run one function together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/pool.h"

struct counts {
    struct pool *pool;
    int seen[64], phase[64], wrong;
    atomic_int total;
};

static void count(void *arg, int i, int n) {
    struct counts *c = arg;
    c->seen[i] += n;
    atomic_fetch_add(&c->total, 1);
}

static void every_thread_runs_once_per_job(void **state) {
    (void)state;
    for (int n = 1; n <= 9; n += 2) {
        struct counts c = {.pool = pool_new(n)};
        assert_int_equal(pool_size(c.pool), n);
        for (int job = 0; job < 200; job++) pool_run(c.pool, count, &c);
        for (int i = 0; i < n; i++) assert_int_equal(c.seen[i], 200 * n);
        assert_int_equal(c.total, 200 * n);
        pool_free(c.pool);
    }
}

/* Each thread writes its phase, and after the barrier sees everybody else's. */
static void step_together(void *arg, int i, int n) {
    struct counts *c = arg;
    for (int phase = 1; phase <= 50; phase++) {
        c->phase[i] = phase;
        pool_barrier(c->pool);
        for (int j = 0; j < n; j++)
            if (c->phase[j] != phase) atomic_fetch_add(&c->total, 1);
        pool_barrier(c->pool);
    }
}

static void a_barrier_holds_until_all_are_there(void **state) {
    (void)state;
    for (int n = 1; n <= 6; n++) {
        struct counts c = {.pool = pool_new(n)};
        pool_run(c.pool, step_together, &c);
        pool_run(c.pool, step_together, &c);
        assert_int_equal(c.total, 0);
        pool_free(c.pool);
    }
}

static void workers_that_fell_asleep_wake_up(void **state) {
    (void)state;
    struct counts c = {.pool = pool_new(3)};
    for (int job = 0; job < 5; job++) {
        usleep(5000); /* long enough to sleep */
        pool_run(c.pool, count, &c);
    }
    assert_int_equal(c.total, 15);
    pool_free(c.pool);
}

static void shares_cover_everything_once(void **state) {
    (void)state;
    for (size_t total = 0; total < 200; total += 7) {
        for (size_t grain = 1; grain <= 32; grain *= 4) {
            for (int n = 1; n < 9; n++) {
                size_t next = 0, begin, end;
                for (int i = 0; i < n; i++) {
                    pool_share(total, grain, i, n, &begin, &end);
                    assert_int_equal(begin, next);
                    assert_true(end >= begin && (end % grain == 0 || end == total));
                    next = end;
                }
                assert_int_equal(next, total);
            }
        }
    }
}

static void zero_threads_means_a_sensible_number(void **state) {
    (void)state;
    struct pool *p = pool_new(0);
    assert_true(pool_size(p) >= 1);
    pool_free(p);
    pool_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_runs_once_per_job),
        cmocka_unit_test(a_barrier_holds_until_all_are_there),
        cmocka_unit_test(workers_that_fell_asleep_wake_up),
        cmocka_unit_test(shares_cover_everything_once),
        cmocka_unit_test(zero_threads_means_a_sensible_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
