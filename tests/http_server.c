/* http_server: see http_server.h. One thread, one connection at a time. */
#include "tests/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

enum { REQUESTS_MAX = 64 }; /* that are kept */

struct http_server {
    const struct http_step *steps;
    size_t n_steps, count;
    struct str requests[REQUESTS_MAX];
    pthread_mutex_t lock;
    pthread_t thread;
    int listener, wake[2];
    bool stopped;
    char url[64];
};

/* Waits until `fd` can be read; false when the server is stopped. */
static bool ready(struct http_server *s, int fd) {
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = s->wake[0], .events = POLLIN}};
    poll(fds, 2, -1);
    return !fds[1].revents;
}

/* Reads one request; false when the client has gone. */
static bool read_request(struct http_server *s, int fd, struct str *request) {
    char buffer[4096], *end;
    size_t want = SIZE_MAX;
    while (request->len < want) {
        if (!ready(s, fd)) return false;
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n <= 0) return false;
        str_addn(request, buffer, (size_t)n);
        if (want != SIZE_MAX || !(end = strstr(str_cstr(request), "\r\n\r\n"))) continue;
        const char *length = strcasestr(request->s, "content-length:");
        want = (size_t)(end + 4 - request->s) + (length ? strtoul(length + 15, NULL, 10) : 0);
    }
    return true;
}

static bool put(int fd, const char *bytes, size_t n) {
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* True when the connection can be used again. */
static bool reply(struct http_server *s, int fd, const struct http_step *step) {
    struct str out = STR_INIT;
    size_t n = step->n_body || !step->body ? step->n_body : strlen(step->body), at = 0;
    if (step->end == HTTP_SILENT) return false;
    str_addf(&out, "HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n%s\r\n", step->status,
             step->headers ? step->headers : "");
    while (at < n) {
        size_t piece = step->piece && step->piece < n - at ? step->piece : n - at;
        str_addf(&out, "%zx\r\n", piece);
        str_addn(&out, step->body + at, piece);
        str_add(&out, "\r\n");
        at += piece;
    }
    if (step->end == HTTP_WHOLE) str_add(&out, "0\r\n\r\n");
    bool ok = put(fd, out.s, out.len) && step->end != HTTP_CUT;
    str_free(&out);
    if (ok && step->end == HTTP_HOLD) { /* until it is closed over there */
        char byte;
        while (ready(s, fd) && read(fd, &byte, 1) > 0) continue;
        return false;
    }
    return ok;
}

static void serve(struct http_server *s, int fd) {
    for (bool more = true; more;) {
        struct str request = STR_INIT;
        if (!read_request(s, fd, &request)) {
            str_free(&request);
            return;
        }
        pthread_mutex_lock(&s->lock);
        size_t i = s->count++;
        pthread_mutex_unlock(&s->lock);
        if (i < REQUESTS_MAX)
            s->requests[i] = request;
        else
            str_free(&request);
        more = reply(s, fd, &s->steps[i < s->n_steps ? i : s->n_steps - 1]);
    }
}

static void *work(void *arg) {
    struct http_server *s = arg;
    while (ready(s, s->listener)) {
        int fd = accept(s->listener, NULL, NULL), one = 1;
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        serve(s, fd);
        close(fd);
    }
    return NULL;
}

struct http_server *http_server_start(const struct http_step *steps, size_t n) {
    struct http_server *s = mem_calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    s->steps = steps;
    s->n_steps = n;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, len) != 0 ||
        listen(s->listener, 16) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&at, &len) != 0 || pipe(s->wake) != 0 ||
        pthread_create(&s->thread, NULL, work, s) != 0)
        abort();
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    return s;
}

const char *http_server_url(const struct http_server *s) { return s->url; }

size_t http_server_count(struct http_server *s) {
    pthread_mutex_lock(&s->lock);
    size_t n = s->count;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void http_server_stop(struct http_server *s) {
    if (s->stopped) return;
    s->stopped = true;
    if (write(s->wake[1], "x", 1) != 1) abort();
    pthread_join(s->thread, NULL);
    close(s->listener);
    close(s->wake[0]);
    close(s->wake[1]);
}

const char *http_server_request(const struct http_server *s, size_t i) {
    return i < REQUESTS_MAX && s->requests[i].s ? s->requests[i].s : "";
}

void http_server_free(struct http_server *s) {
    http_server_stop(s);
    for (size_t i = 0; i < REQUESTS_MAX; i++) str_free(&s->requests[i]);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
