/* task: one piece of work beside the interface, in a thread of its own. */
#ifndef APP_TASK_H
#define APP_TASK_H

#include <stdbool.h>

#include "base/err.h"

struct task;

/* Runs work(arg, e) in a new thread. NULL: no thread could be had. */
struct task *task_start(bool (*work)(void *arg, struct err *e), void *arg, struct err *e);
int task_fd(const struct task *t);    /* readable when the work is done */
bool task_over(const struct task *t); /* it is done */
/* Waits for it, and frees the task. What the work returned, with its error. */
bool task_end(struct task *t, struct err *e);

#endif
