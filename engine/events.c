/* events: a list under a mutex, with an eventfd (a pipe where there is none) that holds one byte
 * exactly while the list is not empty. */
#include "engine/events.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include "base/mem.h"

struct node {
    struct node *next;
    struct event ev;
    char strings[]; /* token.bytes, token.text and text, each with a NUL */
};

struct events {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct node *first, **last, *current; /* current: the one handed out */
    size_t n;
    bool closed;
    int read_fd, write_fd; /* the same for an eventfd */
};

static bool open_fds(struct events *q) {
#ifdef __linux__
    q->read_fd = q->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return q->read_fd >= 0;
#else
    int fds[2];
    if (pipe(fds) != 0) return false;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    q->read_fd = fds[0];
    q->write_fd = fds[1];
    return true;
#endif
}

struct events *events_new(struct err *e) {
    struct events *q = mem_calloc(1, sizeof *q);
    q->last = &q->first;
    if (!open_fds(q)) {
        free(q);
        return err_null(e, "cannot make an event queue: %s", strerror(errno));
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    return q;
}

void events_free(struct events *q) {
    if (!q) return;
    events_clear(q);
    free(q->current);
    close(q->read_fd);
    if (q->write_fd != q->read_fd) close(q->write_fd);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

int events_fd(const struct events *q) { return q->read_fd; }

/* A short write or read cannot be: the descriptor holds one value at most. */
static void raise_flag(struct events *q) {
    uint64_t one = 1;
    while (write(q->write_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
}

static void lower_flag(struct events *q) {
    uint64_t value;
    while (read(q->read_fd, &value, sizeof value) < 0 && errno == EINTR) continue;
}

static char *copy_string(char *to, const char **s, size_t n) {
    if (!*s) return to;
    memcpy(to, *s, n);
    to[n] = '\0';
    *s = to;
    return to + n + 1;
}

static struct node *copy(const struct event *ev) {
    size_t n_text = ev->text ? strlen(ev->text) : 0;
    size_t n_bytes = ev->token.bytes ? ev->token.n_bytes : 0;
    size_t n_shown = ev->token.text ? ev->token.n_text : 0;
    struct node *node = mem_alloc(sizeof *node + n_bytes + n_shown + n_text + 3);
    node->next = NULL;
    node->ev = *ev;
    char *to = copy_string(node->strings, &node->ev.token.bytes, n_bytes);
    to = copy_string(to, &node->ev.token.text, n_shown);
    copy_string(to, &node->ev.text, n_text);
    return node;
}

void events_push(struct events *q, const struct event *ev) {
    struct node *node = copy(ev);
    pthread_mutex_lock(&q->lock);
    while (q->n >= EVENTS_MAX && !q->closed) pthread_cond_wait(&q->room, &q->lock);
    *q->last = node;
    q->last = &node->next;
    if (q->n++ == 0) raise_flag(q);
    pthread_mutex_unlock(&q->lock);
}

static struct node *take(struct events *q) {
    pthread_mutex_lock(&q->lock);
    struct node *node = q->first;
    if (node) {
        q->first = node->next;
        if (!q->first) q->last = &q->first;
        if (--q->n == 0) lower_flag(q);
        pthread_cond_signal(&q->room);
    }
    pthread_mutex_unlock(&q->lock);
    return node;
}

bool events_pop(struct events *q, struct event *out) {
    free(q->current);
    q->current = take(q);
    if (q->current) *out = q->current->ev;
    return q->current != NULL;
}

void events_clear(struct events *q) {
    for (struct node *node; (node = take(q)) != NULL;) free(node);
}

void events_close(struct events *q) {
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}
