/* files: see files.h. */
#include "base/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

char *files_xdg(const char *var, const char *fallback, const char *name) {
    const char *base = getenv(var), *home = getenv("HOME");
    struct str path = STR_INIT;
    if (base && *base == '/')
        str_addf(&path, "%s/aside/%s", base, name);
    else
        str_addf(&path, "%s/%s/aside/%s", home && *home ? home : ".", fallback, name);
    return str_take(&path);
}

bool files_make_parents(const char *path, struct err *e) {
    char *dir = mem_strdup(path);
    bool ok = true;
    for (char *slash = strchr(dir + 1, '/'); slash && ok; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(dir, 0700) != 0 && errno != EEXIST)
            ok = err_set(e, "%s: %s", dir, strerror(errno));
        *slash = '/';
    }
    free(dir);
    return ok;
}

bool files_write_whole(const char *path, const void *bytes, size_t n, struct err *e) {
    if (!files_make_parents(path, e)) return false;
    struct str temp = STR_INIT;
    str_addf(&temp, "%s.new-%ld", path, (long)getpid());
    FILE *f = fopen(str_cstr(&temp), "w");
    bool ok = f && fwrite(bytes, 1, n, f) == n && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (f && fclose(f) != 0) ok = false;
    if (ok) ok = rename(temp.s, path) == 0;
    if (!ok) {
        err_set(e, "%s: %s", path, strerror(errno));
        unlink(temp.s);
    }
    str_free(&temp);
    return ok;
}

bool files_read_whole(const char *path, size_t limit, struct str *out, struct err *e) {
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "r");
    if (!f) return err_set(e, "%s: %s", path, strerror(errno));
    char buf[65536];
    size_t n, total = 0;
    bool ok = true;
    while (ok && (n = fread(buf, 1, sizeof buf, f)) > 0) {
        total += n;
        if (total > limit)
            ok = err_set(e, "%s: larger than the %zu bytes allowed", path, limit);
        else
            str_addn(out, buf, n);
    }
    if (ok && ferror(f)) ok = err_set(e, "%s: %s", path, strerror(errno ? errno : EIO));
    if (!is_stdin) fclose(f);
    return ok;
}
