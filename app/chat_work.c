/* chat_work: work that would keep the interface waiting, in a thread beside it, one at a time. */
#include <stddef.h>

#include "app/chat.h"

bool chat_work_busy(struct chat *c) {
    if (c->work.task) ui_notice(c->ui, "the last question of this kind is still being worked on");
    return c->work.task != NULL;
}

bool chat_work_start(struct chat *c, bool (*work)(void *arg, struct err *e), void *arg,
                     void (*over)(struct chat *c, bool ok, const struct err *e),
                     void (*cancel)(struct chat *c)) {
    struct err e;
    struct task *t = task_start(work, arg, &e);
    if (!t)
        chat_complain(c, &e);
    else
        c->work = (struct chat_work){t, over, cancel};
    return t != NULL;
}

static void finish(struct chat *c) {
    struct err e = {""};
    struct chat_work w = c->work;
    bool ok = task_end(w.task, &e);
    c->work = (struct chat_work){0};
    w.over(c, ok, &e);
}

void chat_work_look(struct chat *c) {
    if (c->work.task && task_over(c->work.task)) finish(c);
}

void chat_work_stop(struct chat *c) {
    if (!c->work.task) return;
    c->work.cancel(c);
    finish(c);
}
