/* presets: see presets.h. */
#include "app/presets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"

/* What a preset keeps: how the model is asked, not which model or how the screen looks. */
static const char *const kept[] = {"system", "think", "predict", "temp",
                                   "top-k",  "top-p", "min-p",   "repeat-penalty"};

static char *folder(void) {
    char *config = options_config_path(), *slash = strrchr(config, '/');
    struct str s = STR_INIT;
    if (slash) str_addn(&s, config, (size_t)(slash + 1 - config));
    str_add(&s, "presets");
    free(config);
    return str_take(&s);
}

/* A name is a file's: no path, nothing hidden, no temporary file of another save. */
static bool is_name(const char *name) {
    return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 64 &&
           name[strcspn(name, "\n\t ")] == '\0';
}

static char *path_of(const char *name, struct err *e) {
    if (!is_name(name)) return err_null(e, "preset: \"%s\" is not a name", name);
    char *dir = folder();
    struct str s = STR_INIT;
    str_addf(&s, "%s/%s", dir, name);
    free(dir);
    return str_take(&s);
}

static bool unknown(const char *name, struct err *e) {
    struct str all = STR_INIT;
    char **names = preset_names();
    for (size_t i = 0; names[i]; i++) str_addf(&all, "%s%s", i ? ", " : "", names[i]);
    preset_names_free(names);
    err_set(e, "there is no preset \"%s\" (there %s%s)", name, all.len ? "are: " : "are none",
            str_cstr(&all));
    str_free(&all);
    return false;
}

/* The values that `o` has now, as a file; read back where a preset fails half-way. */
static void copy(const struct options *from, struct options *to) {
    options_init(to);
    for (const struct option *opt = options_table; opt->name; opt++) {
        struct str value = STR_INIT;
        if (strcmp(opt->name, "preset") == 0) continue;
        option_get(from, opt, &value);
        if (!option_set(to, opt->name, str_cstr(&value), NULL)) abort();
        str_free(&value);
    }
    to->preset = mem_strdup(from->preset);
}

bool preset_apply(struct options *o, const char *name, struct err *e) {
    static bool applying; /* a preset that names a preset would not end */
    char *path = applying ? err_null(e, "a preset cannot apply another one") : path_of(name, e);
    if (!path) return false;
    if (access(path, F_OK) != 0) {
        free(path);
        return unknown(name, e);
    }
    struct options fresh;
    copy(o, &fresh);
    applying = true;
    bool ok = options_load_file(&fresh, path, e);
    applying = false;
    struct options old = ok ? *o : fresh;
    if (ok) *o = fresh;
    options_done(&old);
    free(path);
    return ok;
}

bool preset_save(const struct options *o, const char *name, struct err *e) {
    struct str text = STR_INIT;
    char *path = path_of(name, e);
    if (!path) return false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const struct option *opt = option_find(kept[i]);
        struct str value = STR_INIT;
        option_get(o, opt, &value);
        if (strcmp(str_cstr(&value), opt->fallback) != 0) options_line(o, opt, &text);
        str_free(&value);
    }
    bool ok = text.len ? files_write_whole(path, text.s, text.len, e)
                       : err_set(e, "nothing differs from the defaults: set something first");
    str_free(&text);
    free(path);
    return ok;
}

bool preset_delete(const char *name, struct err *e) {
    char *path = path_of(name, e);
    if (!path) return false;
    bool ok = unlink(path) == 0;
    if (!ok && errno == ENOENT)
        unknown(name, e);
    else if (!ok)
        err_set(e, "%s: %s", path, strerror(errno));
    free(path);
    return ok;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **preset_names(void) {
    char *dir = folder();
    DIR *d = opendir(dir);
    size_t n = 0, cap = 0;
    char **names = mem_grow(NULL, &cap, 1, sizeof *names);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        if (!is_name(entry->d_name)) continue;
        names = mem_grow(names, &cap, n + 2, sizeof *names);
        names[n++] = mem_strdup(entry->d_name);
    }
    if (d) closedir(d);
    qsort(names, n, sizeof *names, by_name);
    names[n] = NULL;
    free(dir);
    return names;
}

void preset_names_free(char **names) {
    for (size_t i = 0; names[i]; i++) free(names[i]);
    free(names);
}
