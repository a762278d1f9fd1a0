/* hub: see hub.h. The list comes from /api/models/REPO/tree/main, a file from
 * /REPO/resolve/main/FILE, which redirects to a store elsewhere. */
#include "app/hub.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"

enum { LIST_LIMIT = 16 << 20, CONNECT_S = 15, SILENCE_S = 60, MAX_TRIES = 4 };

static const char *endpoint(void) {
    const char *named = getenv("HF_ENDPOINT");
    return named && *named ? named : "https://huggingface.co";
}

/* ENDPOINT/… without a doubled slash. */
static void url_start(struct str *url) {
    str_add(url, endpoint());
    while (url->len && url->s[url->len - 1] == '/') str_truncate(url, url->len - 1);
}

static void url_add_path(struct str *url, const char *path) {
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        if (c < 0x80 &&
            (strchr("/-._~", c) || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')))
            str_addc(url, *path);
        else
            str_addf(url, "%%%02X", c);
    }
}

static struct curl_slist *add_token(struct curl_slist *headers) {
    const char *token = getenv("HF_TOKEN");
    if (!token || !*token) return headers;
    struct str line = STR_INIT;
    str_addf(&line, "Authorization: Bearer %s", token);
    headers = curl_slist_append(headers, line.s);
    explicit_bzero(line.s, line.len);
    str_free(&line);
    return headers;
}

/* libcurl itself keeps the Authorization header from other hosts after a redirect. */
static CURL *request(const char *url, struct curl_slist *headers) {
    static bool ready;
    if (!ready) curl_global_init(CURL_GLOBAL_DEFAULT);
    ready = true;
    CURL *c = curl_easy_init();
    bool secure = str_starts(url, "https:");
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
#else
    curl_easy_setopt(c, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTPS | (secure ? 0 : CURLPROTO_HTTP));
#endif
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "aside/" ASIDE_VERSION);
    return c;
}

static bool refused(const char *repo, long status, struct err *e) {
    const char *token = getenv("HF_TOKEN");
    if (status == 401 || status == 403 || status == 404)
        return err_set(e, "%s: %s does not give it (status %ld)%s", repo, endpoint(), status,
                       status == 404     ? ""
                       : token && *token ? ", or HF_TOKEN may not read it"
                                         : ", or it needs a token in HF_TOKEN");
    return err_set(e, "%s: %s answers with status %ld", repo, endpoint(), status);
}

static bool unreachable(CURLcode code, struct err *e) {
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)
        return err_set(e, "%s cannot be reached (%s): is this machine offline?", endpoint(),
                       curl_easy_strerror(code));
    return err_set(e, "%s: %s", endpoint(), curl_easy_strerror(code));
}

/* ---- the list ---- */

static bool repo_is_valid(const char *repo) {
    const char *slash = strchr(repo, '/');
    return slash && slash > repo && slash[1] && !strchr(slash + 1, '/') && repo[0] != '.' &&
           slash[1] != '.' &&
           strspn(repo, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") ==
               strlen(repo);
}

/* The name comes from elsewhere and becomes one of ours. */
static bool name_is_harmless(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (const char *s = path; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == '\x7f') return false;
    return name[0] != '.' && strlen(name) < 200 && str_ends(name, ".gguf");
}

static size_t keep_text(char *bytes, size_t size, size_t n, void *ctx) {
    struct str *text = ctx;
    if (text->len + size * n > LIST_LIMIT) return 0;
    str_addn(text, bytes, size * n);
    return size * n;
}

static bool read_list(const char *text, struct hub_file **files, size_t *n) {
    cJSON *list = cJSON_Parse(text), *one;
    bool ok = cJSON_IsArray(list);
    size_t cap = 0;
    cJSON_ArrayForEach(one, list) {
        const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "path"));
        cJSON *size = cJSON_GetObjectItemCaseSensitive(one, "size");
        cJSON *lfs = cJSON_GetObjectItemCaseSensitive(one, "lfs");
        const char *oid = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(lfs, "oid"));
        if (!path || !cJSON_IsNumber(size) || !(size->valuedouble >= 0 && size->valuedouble < 1e15))
            continue;
        if (!name_is_harmless(path)) continue;
        *files = mem_grow(*files, &cap, *n + 1, sizeof **files);
        struct hub_file *f = &(*files)[(*n)++];
        *f = (struct hub_file){.path = mem_strdup(path), .bytes = (int64_t)size->valuedouble};
        if (oid && strlen(oid) == 64 && strspn(oid, "0123456789abcdef") == 64)
            memcpy(f->sha256, oid, 65);
    }
    cJSON_Delete(list);
    return ok;
}

bool hub_list(const char *repo, struct hub_file **files, size_t *n, struct err *e) {
    *files = NULL;
    *n = 0;
    if (!repo_is_valid(repo)) return err_set(e, "\"%s\" is not OWNER/REPOSITORY", repo);
    struct str url = STR_INIT, text = STR_INIT;
    url_start(&url);
    str_addf(&url, "/api/models/%s/tree/main?recursive=true", repo);
    struct curl_slist *headers = add_token(NULL);
    CURL *c = request(url.s, headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_text);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
    CURLcode code = curl_easy_perform(c);
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    bool ok = false;
    if (code != CURLE_OK)
        unreachable(code, e);
    else if (status != 200)
        refused(repo, status, e);
    else if (!read_list(str_cstr(&text), files, n))
        err_set(e, "%s: %s answers with something else than a list of files", repo, endpoint());
    else
        ok = *n > 0 || err_set(e, "%s: the repository has no GGUF files", repo);
    str_free(&url);
    str_free(&text);
    return ok;
}

void hub_list_free(struct hub_file *files, size_t n) {
    for (size_t i = 0; i < n; i++) free(files[i].path);
    free(files);
}

/* ---- one file ---- */

struct download {
    const char *repo, *path;
    const struct hub_file *file;
    const struct hub_watch *watch;
    char *part, *etag_path;
    int fd;
    int64_t done; /* bytes in the part, all of them in `hash` */
    struct sha256 hash;
    CURL *curl;
    char etag[256];  /* of the last response; "" = none */
    int64_t from;    /* where the body of this response starts, as the server says */
    bool begun;      /* the body of this response was accepted */
    int wrong_errno; /* writing failed */
    bool too_much, misplaced;
};

static bool start_over(struct download *d) {
    d->done = 0;
    sha256_init(&d->hash);
    return ftruncate(d->fd, 0) == 0 && lseek(d->fd, 0, SEEK_SET) == 0;
}

static size_t take_header(char *line, size_t size, size_t n, void *ctx) {
    struct download *d = ctx;
    n *= size;
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0) d->etag[0] = '\0', d->from = 0; /* a new one */
    if (n > 5 && strncasecmp(line, "etag:", 5) == 0) {
        size_t from = 5;
        while (from < n && line[from] == ' ') from++;
        snprintf(d->etag, sizeof d->etag, "%.*s", (int)(n - from), line + from);
        d->etag[strcspn(d->etag, "\r\n")] = '\0';
    }
    char range[64];
    long long from;
    snprintf(range, sizeof range, "%.*s", (int)(n < 63 ? n : 63), line);
    if (strncasecmp(range, "content-range:", 14) == 0 &&
        sscanf(range + 14, " bytes %lld-", &from) == 1)
        d->from = from;
    return n;
}

/* The first bytes of a body: is it the rest that was asked for, or the whole, or no file? */
static bool begin(struct download *d) {
    long status = 0;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) {
        if (d->done && !start_over(d)) return d->wrong_errno = errno, false;
    } else if (status != 206)
        return false;
    else if (!d->done || d->from != d->done)
        return d->misplaced = true, false;
    d->begun = true;
    files_write_whole(d->etag_path, d->etag, strlen(d->etag), NULL);
    return true;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx) {
    struct download *d = ctx;
    n *= size;
    if (!d->begun && !begin(d)) return 0;
    if ((int64_t)n > d->file->bytes - d->done) return d->too_much = true, 0;
    for (size_t at = 0; at < n;) {
        ssize_t w = write(d->fd, bytes + at, n - at);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return d->wrong_errno = errno, 0;
        sha256_add(&d->hash, bytes + at, (size_t)w);
        d->done += w;
        at += (size_t)w;
    }
    d->watch->tell(d->watch->ctx, d->done, d->file->bytes);
    return n;
}

static int look(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t x) {
    (void)a, (void)b, (void)c, (void)x;
    return *((struct download *)ctx)->watch->stop;
}

/* Asks for what is missing. True when all is there; else *again tells whether asking again may
 * help. */
static bool fetch(struct download *d, bool *again, struct err *e) {
    struct str url = STR_INIT, line = STR_INIT;
    char had_etag[256];
    snprintf(had_etag, sizeof had_etag, "%s", d->etag);
    url_start(&url);
    str_addf(&url, "/%s/resolve/main/", d->repo);
    url_add_path(&url, d->file->path);
    struct curl_slist *headers = add_token(NULL);
    if (d->done && had_etag[0] == '"') { /* a weak tag cannot vouch for bytes; the digest will */
        str_addf(&line, "If-Range: %s", had_etag);
        headers = curl_slist_append(headers, line.s);
    }
    CURL *c = d->curl = request(url.s, headers);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, d);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, d);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    char range[32];
    snprintf(range, sizeof range, "%lld-", (long long)d->done);
    if (d->done) curl_easy_setopt(c, CURLOPT_RANGE, range);
    d->begun = d->misplaced = d->too_much = false;
    d->wrong_errno = 0;
    CURLcode code = curl_easy_perform(c);
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    str_free(&url);
    str_free(&line);
    *again = false;
    if (*d->watch->stop) return err_set(e, "interrupted; the same command goes on from here");
    if (d->wrong_errno)
        return err_set(e, "%s: %s; what came is kept", d->part, strerror(d->wrong_errno));
    if (status == 416 && d->done) { /* the file there is another one now */
        *again = start_over(d);
        return err_set(e, "%s: %s cannot go on from byte %s", d->repo, endpoint(), range);
    }
    if (d->too_much || d->misplaced) {
        start_over(d);
        return err_set(e, "%s: the server sends other bytes than were asked for", d->file->path);
    }
    if (status >= 400) {
        *again = status == 429 || status >= 500;
        return refused(d->repo, status, e);
    }
    if (code != CURLE_OK) {
        *again = true;
        return unreachable(code, e);
    }
    if (d->done == d->file->bytes) return true;
    *again = true;
    return err_set(e, "%s: the connection ended at byte %lld of %lld", d->file->path,
                   (long long)d->done, (long long)d->file->bytes);
}

static bool fetch_all(struct download *d, struct err *e) {
    int64_t before = d->done;
    for (int tries = 1; d->done < d->file->bytes; tries++) {
        bool again;
        if (fetch(d, &again, e)) return true;
        if (d->done > before) tries = 1; /* it does come, if in pieces */
        before = d->done;
        if (!again || tries == MAX_TRIES) return false;
        long ms = 250L << tries;
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
        if (*d->watch->stop) return err_set(e, "interrupted; the same command goes on from here");
    }
    return true;
}

/* Opens the part and takes in what is there from before. */
static bool open_part(struct download *d, struct err *e) {
    struct str old_etag = STR_INIT;
    if (!files_make_parents(d->part, e)) return false;
    d->fd = open(d->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (d->fd < 0) return err_set(e, "%s: %s", d->part, strerror(errno));
    if (flock(d->fd, LOCK_EX | LOCK_NB) != 0)
        return err_set(e, "%s: another aside is downloading it", d->part);
    sha256_init(&d->hash);
    unsigned char buf[65536];
    ssize_t n;
    while ((n = read(d->fd, buf, sizeof buf)) > 0 && !*d->watch->stop) {
        sha256_add(&d->hash, buf, (size_t)n);
        d->done += n;
    }
    if (n < 0) return err_set(e, "%s: %s", d->part, strerror(errno));
    if (*d->watch->stop) return err_set(e, "interrupted; the same command goes on from here");
    if (d->done > d->file->bytes && !start_over(d))
        return err_set(e, "%s: %s", d->part, strerror(errno));
    if (files_read_whole(d->etag_path, sizeof d->etag - 1, &old_etag, NULL))
        snprintf(d->etag, sizeof d->etag, "%s", str_cstr(&old_etag));
    str_free(&old_etag);
    return true;
}

/* What is whole is checked, recorded and takes its name. */
static bool finish(struct download *d, struct err *e) {
    char hex[65];
    sha256_end(&d->hash, hex);
    if (d->file->sha256[0] && strcmp(hex, d->file->sha256) != 0) {
        unlink(d->part);
        unlink(d->etag_path);
        return err_set(e,
                       "%s: what came has another SHA-256 than the repository says; it was "
                       "deleted, pull again",
                       d->file->path);
    }
    if (fsync(d->fd) != 0) return err_set(e, "%s: %s", d->part, strerror(errno));
    struct str record = STR_INIT, line = STR_INIT;
    str_addf(&record, "%s.sha256", d->path);
    str_addf(&line, "%s  %s\n", hex, strrchr(d->path, '/') + 1);
    bool ok = files_write_whole(record.s, line.s, line.len, e);
    if (ok && rename(d->part, d->path) != 0) ok = err_set(e, "%s: %s", d->path, strerror(errno));
    if (ok) unlink(d->etag_path);
    str_free(&record);
    str_free(&line);
    return ok;
}

bool hub_download(const char *repo, const struct hub_file *f, const char *path,
                  const struct hub_watch *watch, struct err *e) {
    struct download d = {.repo = repo, .path = path, .file = f, .watch = watch, .fd = -1};
    struct str part = STR_INIT, etag = STR_INIT;
    str_addf(&part, "%s.part", path);
    str_addf(&etag, "%s.part.etag", path);
    d.part = part.s;
    d.etag_path = etag.s;
    bool ok = open_part(&d, e);
    if (ok) watch->tell(watch->ctx, d.done, f->bytes);
    ok = ok && fetch_all(&d, e) && finish(&d, e);
    if (d.fd >= 0) close(d.fd);
    str_free(&part);
    str_free(&etag);
    return ok;
}
