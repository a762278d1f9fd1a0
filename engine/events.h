/* events: the queue between the thread that generates and the thread that shows. The consumer
 * sleeps in poll() on events_fd(), which is readable while an event waits. The queue is bounded: a
 * producer that is EVENTS_MAX ahead waits until the consumer has caught up or events_close() lets
 * it go. */
#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include "engine/backend.h"

enum { EVENTS_MAX = 1024 };

struct events;

struct events *events_new(struct err *e);
void events_free(struct events *q); /* no thread may use it any more; NULL is fine */
int events_fd(const struct events *q);

/* Copies the event and what it points to. */
void events_push(struct events *q, const struct event *ev);
/* The oldest event; its strings live until the next call. False: none waits. */
bool events_pop(struct events *q, struct event *out);
/* From now on events_push never waits (what it pushes is kept). For the end, when nobody reads. */
void events_close(struct events *q);
void events_clear(struct events *q); /* drops what waits */

#endif
