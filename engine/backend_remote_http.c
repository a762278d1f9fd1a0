/* backend_remote_http: see backend_remote_http.h. */
#include "engine/backend_remote_http.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#define CONNECT_MS 10000
#define IDLE_MS    120000
#define TAIL_MS    200 /* for the end of a reply of which we have enough, to keep the connection */
#define BODY_MAX   (64 * 1024)
#define LINE_MAX_N 300 /* bytes of a server's message that are shown */

struct http {
    CURLM *multi;
    struct curl_slist *headers; /* with the key in them */
    char *base, *host, *model, *key;
    int64_t connect_ms, idle_ms;
    atomic_bool stop;
};

/* ---- Addresses -------------------------------------------------------------------------- */

bool remote_is_url(const char *name) {
    return name && (strncasecmp(name, "http://", 7) == 0 || strncasecmp(name, "https://", 8) == 0);
}

/* A header's value: one word of printable ASCII. */
bool remote_key_valid(const char *key) {
    for (const char *s = key; *s; s++)
        if (*s < '!' || *s > '~') return false;
    return *key != '\0';
}

/* Owned, NULL when the address has no such part. */
static char *part(CURLU *u, CURLUPart which) {
    char *value = NULL, *copy;
    if (curl_url_get(u, which, &value, 0) != CURLUE_OK) return NULL;
    copy = mem_strdup(value);
    curl_free(value);
    return copy;
}

static bool has(CURLU *u, CURLUPart which) {
    char *value = part(u, which);
    free(value);
    return value != NULL;
}

static void set_base(struct http *h, CURLU *u) {
    char *path = part(u, CURLUPART_PATH), *port = part(u, CURLUPART_PORT);
    char *name = part(u, CURLUPART_HOST);
    struct str host = STR_INIT;
    size_t n = path ? strlen(path) : 0;
    while (n && path[n - 1] == '/') path[--n] = '\0';
    curl_url_set(u, CURLUPART_PATH, n ? path : "/v1", 0);
    h->base = part(u, CURLUPART_URL);
    str_addf(&host, "%s%s%s", name ? name : "", port ? ":" : "", port ? port : "");
    h->host = str_take(&host);
    free(path);
    free(port);
    free(name);
}

/* Messages here do not repeat the address: there may be a key in it. What follows # is the model's
 * name as it is, spaces and all. */
static bool read_url(struct http *h, const char *url, struct err *e) {
    bool ok = true;
    size_t n = strcspn(url, "#");
    char *base = mem_strndup(url, n);
    CURLU *u = curl_url();
    if (!remote_is_url(base) || curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK)
        ok = err_set(e, "a server's address looks like https://host:port/v1#model");
    else if (has(u, CURLUPART_USER) || has(u, CURLUPART_PASSWORD) || has(u, CURLUPART_QUERY))
        ok = err_set(e, "a server's address holds no name, password or query; a key is taken from "
                        "ASIDE_API_KEY or from the setting api-key-command");
    if (ok && url[n] && url[n + 1]) h->model = mem_strdup(url + n + 1);
    if (ok) set_base(h, u);
    curl_url_cleanup(u);
    free(base);
    return ok;
}

/* ---- Opening ---------------------------------------------------------------------------- */

static void init_curl(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

static void add_header(struct http *h, const char *line) {
    struct curl_slist *more = curl_slist_append(h->headers, line);
    if (more) h->headers = more;
}

struct http *http_new(const struct remote_params *p, struct err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    struct http *h = mem_calloc(1, sizeof *h);
    h->connect_ms = p->connect_ms ? p->connect_ms : CONNECT_MS;
    h->idle_ms = p->idle_ms ? p->idle_ms : IDLE_MS;
    if (!read_url(h, p->url, e)) return http_free(h), NULL;
    if (p->key && *p->key && !remote_key_valid(p->key)) {
        err_set(e, "the key for %s has characters that no key has", h->host);
        return http_free(h), NULL;
    }
    add_header(h, "Content-Type: application/json");
    add_header(h, "Expect:"); /* no round trip before a long conversation */
    if (p->key && *p->key) {
        struct str line = STR_INIT;
        h->key = mem_strdup(p->key);
        str_addf(&line, "Authorization: Bearer %s", h->key);
        add_header(h, line.s);
        explicit_bzero(line.s, line.len);
        str_free(&line);
    }
    h->multi = curl_multi_init();
    if (!h->multi) {
        err_set(e, "libcurl does not start");
        return http_free(h), NULL;
    }
    return h;
}

void http_free(struct http *h) {
    if (!h) return;
    if (h->multi) curl_multi_cleanup(h->multi);
    for (struct curl_slist *l = h->headers; l; l = l->next)
        explicit_bzero(l->data, strlen(l->data));
    curl_slist_free_all(h->headers);
    if (h->key) explicit_bzero(h->key, strlen(h->key));
    free(h->key);
    free(h->base);
    free(h->host);
    free(h->model);
    free(h);
}

const char *http_base(const struct http *h) { return h->base; }
const char *http_host(const struct http *h) { return h->host; }
const char *http_model(const struct http *h) { return h->model; }

void http_wake(struct http *h) { curl_multi_wakeup(h->multi); }

void http_stop(struct http *h, bool stop) {
    atomic_store(&h->stop, stop);
    if (stop) http_wake(h);
}

bool http_stopped(const struct http *h) { return atomic_load(&h->stop); }

/* ---- What servers say ------------------------------------------------------------------- */

/* Appends what a server said, on one line, with the key blotted out should it repeat it. */
static void add_line(const struct http *h, const char *text, size_t n, struct str *out) {
    struct str clean = STR_INIT;
    size_t n_key = h->key ? strlen(h->key) : 0;
    for (size_t i = 0; i < n && clean.len < LINE_MAX_N;) {
        if (n_key && n - i >= n_key && memcmp(text + i, h->key, n_key) == 0) {
            str_add(&clean, "(key)");
            i += n_key;
        } else {
            unsigned char c = (unsigned char)text[i++];
            str_addc(&clean, c < ' ' || c == 0x7F ? ' ' : (char)c);
        }
    }
    str_truncate(&clean, clean.len - utf8_incomplete_tail(str_cstr(&clean), clean.len));
    utf8_add_valid(out, str_cstr(&clean), clean.len);
    str_free(&clean);
}

bool http_error_of(const struct http *h, const cJSON *j, struct str *out, long *code) {
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(j, "error");
    const char *object = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, "object"));
    if (!error || cJSON_IsNull(error)) {
        error = cJSON_GetObjectItemCaseSensitive(j, "detail"); /* what FastAPI makes of errors */
        if (object && strcmp(object, "error") == 0) error = j;
    }
    if (!error) return false;
    const char *message = cJSON_GetStringValue(error);
    if (!message)
        message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, "message"));
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(error, "code");
    *code = cJSON_IsNumber(number) ? number->valueint : 0;
    char *printed = message ? NULL : cJSON_PrintUnformatted(error);
    if (printed) message = printed;
    add_line(h, message ? message : "", message ? strlen(message) : 0, out);
    cJSON_free(printed);
    return true;
}

void http_explain(const struct http *h, const char *body, size_t n, struct str *out) {
    long code;
    cJSON *j = cJSON_ParseWithLength(body ? body : "", n);
    if (!j || !http_error_of(h, j, out, &code)) add_line(h, body ? body : "", n, out);
    cJSON_Delete(j);
}

/* ---- One request ------------------------------------------------------------------------ */

struct transfer {
    CURL *easy;
    const struct http_request *q;
    struct http_reply *out;
    int64_t last_us; /* when something came */
    bool enough;
};

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx) {
    struct transfer *t = ctx;
    (void)bytes;
    t->last_us = clock_mono_us();
    return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx) {
    struct transfer *t = ctx;
    n *= size;
    t->last_us = clock_mono_us();
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->out->status);
    if (t->out->status / 100 == 2) {
        if (!t->enough && !t->q->sink(t->q->ctx, bytes, n)) t->enough = true;
    } else if (t->out->body.len < BODY_MAX) {
        size_t room = BODY_MAX - t->out->body.len;
        str_addn(&t->out->body, bytes, n < room ? n : room);
    }
    return n;
}

static CURL *prepare(struct http *h, struct transfer *t, char *message) {
    CURL *c = curl_easy_init();
    if (!c) return NULL;
    struct str url = STR_INIT;
    str_addf(&url, "%s%s", h->base, t->q->path);
    curl_easy_setopt(c, CURLOPT_URL, url.s);
    str_free(&url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "aside/" ASIDE_VERSION);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)h->connect_ms);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    if (t->q->body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(t->q->body));
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, t->q->body);
    }
    return c;
}

/* Sleeps and works until the transfer is over, is stopped or takes too long: then false. */
static bool drive(struct http *h, struct transfer *t, bool *late) {
    int64_t start = t->last_us;
    for (int running = 1;;) {
        curl_multi_perform(h->multi, &running);
        if (t->q->woken) t->q->woken(t->q->ctx);
        if (http_stopped(h)) return false;
        if (!running) return true;
        int64_t until = t->last_us + (t->enough ? TAIL_MS : h->idle_ms) * 1000;
        if (t->q->total_ms && until > start + t->q->total_ms * 1000)
            until = start + t->q->total_ms * 1000;
        int64_t left = until - clock_mono_us();
        *late = left <= 0;
        if (*late) return false;
        curl_multi_poll(h->multi, NULL, 0, (int)(left / 1000 + 1), NULL);
    }
}

/* Whether a failure was of the connection while it was in use: not of a name or a certificate. */
static bool may_pass(CURLcode code) {
    static const CURLcode codes[] = {CURLE_GOT_NOTHING,  CURLE_SEND_ERROR, CURLE_RECV_ERROR,
                                     CURLE_PARTIAL_FILE, CURLE_HTTP2,      CURLE_HTTP2_STREAM};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code) return true;
    return false;
}

static void judge(struct http *h, struct transfer *t, CURLcode code, const char *message) {
    struct http_reply *r = t->out;
    struct str said = STR_INIT;
    curl_off_t wait = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->status);
    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait);
    r->retry_after_s = (int64_t)wait;
    if (code != CURLE_OK) {
        r->again = may_pass(code);
        err_set(&r->err, "%s: %s", h->host, *message ? message : curl_easy_strerror(code));
    } else if (r->status / 100 == 2) {
        r->complete = true;
    } else {
        r->again = r->status == 429 || r->status == 408 || r->status / 100 == 5;
        http_explain(h, r->body.s, r->body.len, &said);
        err_set(&r->err, "%s: status %ld: %s", h->host, r->status,
                said.len ? said.s : "no explanation");
        str_free(&said);
    }
}

void http_run(struct http *h, const struct http_request *q, struct http_reply *out) {
    char message[CURL_ERROR_SIZE] = "";
    bool late = false;
    *out = (struct http_reply){0};
    struct transfer t = {.q = q, .out = out, .last_us = clock_mono_us()};
    t.easy = prepare(h, &t, message);
    if (!t.easy || curl_multi_add_handle(h->multi, t.easy) != CURLM_OK) {
        err_set(&out->err, "libcurl does not start");
    } else if (drive(h, &t, &late)) {
        int left;
        CURLMsg *m = curl_multi_info_read(h->multi, &left);
        judge(h, &t, m ? m->data.result : CURLE_RECV_ERROR, message);
    } else if (late && !t.enough) {
        err_set(&out->err, "%s: nothing came for %lld s", h->host,
                (long long)((q->total_ms ? q->total_ms : h->idle_ms) / 1000));
    }
    out->complete |= t.enough;
    out->stopped = http_stopped(h);
    if (t.easy) {
        curl_multi_remove_handle(h->multi, t.easy);
        curl_easy_cleanup(t.easy);
    }
}

void http_reply_done(struct http_reply *r) { str_free(&r->body); }

bool http_sleep(struct http *h, int64_t ms) {
    int64_t until = clock_mono_us() + ms * 1000, left;
    while (!http_stopped(h) && (left = until - clock_mono_us()) > 0)
        curl_multi_poll(h->multi, NULL, 0, (int)(left / 1000 + 1), NULL);
    return !http_stopped(h);
}
