/* hub: a Hugging Face repository's GGUF files: their list, and a download that can go on where it
 * was cut. HF_ENDPOINT names another server than https://huggingface.co; HF_TOKEN is sent to that
 * server alone, never to where it redirects. */
#ifndef APP_HUB_H
#define APP_HUB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct hub_file {
    char *path; /* inside the repository; ends in .gguf, its last part is a harmless name */
    int64_t bytes;
    char sha256[65]; /* 64 hexadecimal digits; "" when the repository does not say */
};

/* The GGUF files of owner/repo. Owned. */
bool hub_list(const char *repo, struct hub_file **files, size_t *n, struct err *e);
void hub_list_free(struct hub_file *files, size_t n);

struct hub_watch {
    void (*tell)(void *ctx, int64_t done, int64_t total); /* often, and at both ends */
    void *ctx;
    volatile sig_atomic_t *stop; /* non-zero: stop as soon as possible; what came is kept */
};

/* Downloads one file to `path`. Until it is whole and its SHA-256 is right the bytes are in
 * PATH.part (with the server's ETag in PATH.part.etag), which the next call goes on from;
 * PATH.sha256 keeps the digest in sha256sum's format. One process at a time. */
bool hub_download(const char *repo, const struct hub_file *f, const char *path,
                  const struct hub_watch *watch, struct err *e);

#endif
