/* kept: see kept.h. */
#include "app/kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/files.h"
#include "base/mem.h"

/* Fewer tokens are read again in no time. */
enum { WORTH_KEEPING = 64 };

#define MIB (1 << 20)

static char *folder(void) { return files_xdg("XDG_CACHE_HOME", ".cache", "contexts"); }

/* CONVERSATION-MODEL-TYPE; the model by its path, as the file itself is bound to its contents. */
static char *path_of(const struct options *o, const struct runner *r, int64_t conversation) {
    struct checksum model = CHECKSUM_INIT;
    struct str name = STR_INIT;
    checksum_add(&model, r->path, strlen(r->path));
    str_addf(&name, "contexts/%lld-%016llx-%s", (long long)conversation,
             (unsigned long long)checksum_end(&model), o->cache_type);
    char *path = files_xdg("XDG_CACHE_HOME", ".cache", str_cstr(&name));
    str_free(&name);
    return path;
}

/* ---- the folder ---- */

struct entry {
    char *path;
    int64_t bytes, used_s;
};

static int latest_first(const void *a, const void *b) {
    int64_t x = ((const struct entry *)a)->used_s, y = ((const struct entry *)b)->used_s;
    return (x < y) - (x > y);
}

/* Owned, with their paths. */
static struct entry *list(size_t *n) {
    struct entry *all = NULL;
    size_t cap = 0;
    char *in = folder();
    DIR *d = opendir(in);
    *n = 0;
    for (struct dirent *f; d && (f = readdir(d));) {
        struct stat st;
        struct str path = STR_INIT;
        str_addf(&path, "%s/%s", in, f->d_name);
        if (stat(str_cstr(&path), &st) == 0 && S_ISREG(st.st_mode)) {
            all = mem_grow(all, &cap, *n + 1, sizeof *all);
            all[(*n)++] = (struct entry){mem_strdup(path.s), st.st_size, st.st_mtime};
        }
        str_free(&path);
    }
    if (d) closedir(d);
    free(in);
    return all;
}

static void drop_oldest(int64_t limit) {
    size_t n;
    int64_t total = 0;
    struct entry *all = list(&n);
    if (n) qsort(all, n, sizeof *all, latest_first);
    for (size_t i = 0; i < n; i++) {
        total += all[i].bytes;
        if (total > limit) unlink(all[i].path);
        free(all[i].path);
    }
    free(all);
}

void kept_forget(int64_t conversation) {
    size_t n;
    char start[32];
    struct entry *all = list(&n);
    snprintf(start, sizeof start, "%lld-", (long long)conversation);
    for (size_t i = 0; i < n; i++) {
        if (str_starts(strrchr(all[i].path, '/') + 1, start)) unlink(all[i].path);
        free(all[i].path);
    }
    free(all);
}

/* ---- coming and going ---- */

void kept_use(struct kept *k, int64_t conversation) {
    *k = (struct kept){.conversation = conversation, .changed = true};
}

static bool is_wanted(const struct options *o, const struct runner *r) {
    return r->model && o->save && o->saved_caches > 0;
}

void kept_leave(struct kept *k, const struct options *o, const struct runner *r, int64_t next) {
    size_t used, total;
    if (!k->changed || !k->conversation || k->conversation == next) return;
    if (!is_wanted(o, r)) return;
    backend_context(r->backend, &used, &total);
    uint64_t about =
        session_cache_needs(r->model, &(struct session_params){.n_ctx = (uint32_t)used});
    if (used < WORTH_KEEPING || about / MIB > (uint64_t)o->saved_caches) return;
    char *path = path_of(o, r, k->conversation);
    if (files_make_parents(path, NULL)) k->changed = !backend_keep(r->backend, path);
    free(path);
}

void kept_return(struct kept *k, const struct options *o, const struct runner *r,
                 int64_t conversation) {
    if (!is_wanted(o, r) || !conversation || conversation == k->conversation) return;
    char *path = path_of(o, r, conversation);
    if (utimensat(AT_FDCWD, path, NULL, 0) == 0 && /* used now; and there is one */
        backend_restore(r->backend, path))
        *k = (struct kept){.conversation = conversation};
    free(path);
}

bool kept_settle(const struct options *o, const struct runner *r, struct err *e) {
    bool ok = !r->backend || backend_settle(r->backend, e);
    if (r->model) drop_oldest(o->saved_caches * MIB);
    return ok;
}
