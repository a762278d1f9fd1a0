/* backend_remote_http: one server, and one request to it at a time, over libcurl. It sleeps in
 * curl_multi_poll and is woken by http_stop and http_wake from other threads. Certificates are
 * checked; redirections are not followed, so that the key goes nowhere else. */
#ifndef ENGINE_BACKEND_REMOTE_HTTP_H
#define ENGINE_BACKEND_REMOTE_HTTP_H

#include "engine/backend_remote.h"

struct http;

struct http *http_new(const struct remote_params *p, struct err *e);
void http_free(struct http *h); /* no request may run; NULL is fine */

const char *http_base(const struct http *h);  /* https://host/v1 */
const char *http_host(const struct http *h);  /* host[:port], for messages */
const char *http_model(const struct http *h); /* what follows #; NULL if nothing does */

struct http_request {
    const char *path, *body;                              /* below base; JSON to post, NULL = GET */
    bool (*sink)(void *ctx, const char *bytes, size_t n); /* of a 2xx reply; false: enough */
    void (*woken)(void *ctx);                             /* each time it wakes; may be NULL */
    void *ctx;
    int64_t total_ms; /* the whole may take; 0 = for ever */
};

struct http_reply {
    bool complete; /* a 2xx reply came to its end, or the sink had enough */
    bool stopped;  /* by http_stop */
    bool again;    /* it failed in a way that may pass */
    long status;   /* 0: there was no reply */
    int64_t retry_after_s;
    struct str body; /* the first 64 KiB of a reply that is not 2xx */
    struct err err;  /* where not complete */
};

void http_run(struct http *h, const struct http_request *q, struct http_reply *out);
void http_reply_done(struct http_reply *r);

bool http_sleep(struct http *h, int64_t ms); /* false: stopped */
void http_stop(struct http *h, bool stop);   /* true: what runs or is started ends at once */
bool http_stopped(const struct http *h);
void http_wake(struct http *h);

/* A line for a person from a server's reply, without the key: its message where it is JSON with
 * one, else its first bytes. */
void http_explain(const struct http *h, const char *body, size_t n, struct str *out);
/* The same of {"error": …}, or of an object that is an error itself; false: it is none. `code`: the
 * number in it, 0 if there is none. */
struct cJSON;
bool http_error_of(const struct http *h, const struct cJSON *j, struct str *out, long *code);

#endif
