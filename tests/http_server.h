/* http_server: a small server on loopback that answers each request with the next step of a
 * script, whole, cut, or never ending, and keeps what it was asked. For tests. */
#ifndef TESTS_HTTP_SERVER_H
#define TESTS_HTTP_SERVER_H

#include "base/str.h"

enum http_end {
    HTTP_WHOLE,  /* the reply is complete and the connection stays */
    HTTP_CUT,    /* closed in the middle of the reply */
    HTTP_HOLD,   /* nothing more comes until the client goes */
    HTTP_SILENT, /* closed without a reply */
};

struct http_step {
    int status;
    const char *headers; /* further lines, each with \r\n; or NULL */
    const char *body;
    size_t n_body; /* 0: up to its NUL */
    size_t piece;  /* bytes in a chunk, 0 = all in one */
    enum http_end end;
};

struct http_server;

/* Plays the steps in order; the last one again and again. */
struct http_server *http_server_start(const struct http_step *steps, size_t n);
const char *http_server_url(const struct http_server *s); /* http://127.0.0.1:PORT */
size_t http_server_count(struct http_server *s);          /* requests so far */
void http_server_stop(struct http_server *s);

/* After the stop: what request `i` was, head and body. */
const char *http_server_request(const struct http_server *s, size_t i);
void http_server_free(struct http_server *s); /* stops it too */

#endif
