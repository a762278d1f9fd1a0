/* task: see task.h. */
#include "app/task.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct task {
    pthread_t thread;
    bool (*work)(void *arg, struct err *e);
    void *arg;
    int fd;
    bool ok;
    atomic_bool over;
    struct err err;
};

static void *run(void *arg) {
    struct task *t = arg;
    t->ok = t->work(t->arg, &t->err);
    atomic_store(&t->over, true);
    eventfd_write(t->fd, 1);
    return NULL;
}

struct task *task_start(bool (*work)(void *arg, struct err *e), void *arg, struct err *e) {
    struct task *t = mem_calloc(1, sizeof *t);
    t->work = work;
    t->arg = arg;
    t->fd = eventfd(0, EFD_CLOEXEC);
    int failed = t->fd < 0 ? -1 : pthread_create(&t->thread, NULL, run, t);
    if (!failed) return t;
    if (t->fd >= 0) close(t->fd);
    free(t);
    return err_null(e, "cannot start a thread");
}

bool task_over(const struct task *t) { return atomic_load(&t->over); }
int task_fd(const struct task *t) { return t->fd; }

bool task_end(struct task *t, struct err *e) {
    pthread_join(t->thread, NULL);
    bool ok = t->ok;
    if (!ok && e) *e = t->err;
    close(t->fd);
    free(t);
    return ok;
}
