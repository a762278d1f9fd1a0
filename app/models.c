/* models: finding model files. */
#include "app/models.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gguf_split.h"
#include "history/history.h"

#define BUILTIN_FILE "aside-mini.gguf"

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool models_is_folder(const char *path) {
    struct str config = STR_INIT;
    str_addf(&config, "%s/config.json", path);
    bool ok = is_file(config.s);
    str_free(&config);
    return ok;
}

/* DIR of this program + "/" + tail, or NULL when the system does not tell. Owned. */
static char *beside_program(const char *tail) {
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0) return NULL;
    exe[n] = '\0';
    struct str path = STR_INIT;
    str_addf(&path, "%.*s/%s", (int)(strrchr(exe, '/') - exe), exe, tail);
    return str_take(&path);
}

char *models_builtin(struct err *e) {
    char *places[] = {beside_program("../engine/builtin/" BUILTIN_FILE),
                      beside_program("../share/aside/" BUILTIN_FILE),
                      mem_strdup(ASIDE_PREFIX "/share/aside/" BUILTIN_FILE)};
    char *found = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!found && places[i] && is_file(places[i]))
            found = places[i];
        else
            free(places[i]);
    }
    if (!found)
        err_set(e, "the built-in model (" BUILTIN_FILE ") is not installed; name one with -m FILE");
    return found;
}

char *models_folder(void) {
    const char *named = getenv("ASIDE_MODELS");
    if (named && *named) return mem_strdup(named);
    char *data = history_data_dir();
    struct str path = STR_INIT;
    str_addf(&path, "%s/models", data);
    free(data);
    return str_take(&path);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct model_file *)a)->name, ((const struct model_file *)b)->name);
}

static long long file_bytes(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? (long long)st.st_size : 0;
}

/* Of a folder, the weights. */
static long long folder_bytes(const char *path) {
    long long sum = 0;
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        struct str file = STR_INIT;
        str_addf(&file, "%s/%s", path, d->d_name);
        if (str_ends(d->d_name, ".safetensors")) sum += file_bytes(file.s);
        str_free(&file);
    }
    if (dir) closedir(dir);
    return sum;
}

/* Of all parts, where the file is the first of several. */
static long long model_bytes(const char *path) {
    unsigned no, count;
    long long sum = 0;
    if (models_is_folder(path)) return folder_bytes(path);
    if (!gguf_part_name(path, &no, &count)) return file_bytes(path);
    for (no = 1; no <= count; no++) {
        char *part = gguf_part_path(path, no);
        sum += file_bytes(part);
        free(part);
    }
    return sum;
}

static void add_file(struct model_file **files, size_t *n, size_t *cap, const char *name,
                     char *path) {
    *files = mem_grow(*files, cap, *n + 1, sizeof **files);
    (*files)[(*n)++] = (struct model_file){mem_strdup(name), path, model_bytes(path)};
}

struct model_file *models_list(size_t *n) {
    struct model_file *files = NULL;
    size_t cap = 0;
    *n = 0;
    char *builtin = models_builtin(NULL);
    if (builtin) add_file(&files, n, &cap, "builtin", builtin);
    size_t first = *n;
    char *folder = models_folder();
    DIR *dir = opendir(folder);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        unsigned no, count;
        struct str path = STR_INIT;
        str_addf(&path, "%s/%s", folder, d->d_name);
        bool part = gguf_part_name(d->d_name, &no, &count) && no > 1;
        if ((str_ends(d->d_name, ".gguf") && !part) ||
            (*d->d_name != '.' && models_is_folder(path.s)))
            add_file(&files, n, &cap, d->d_name, str_take(&path));
        str_free(&path);
    }
    if (dir) closedir(dir);
    free(folder);
    if (*n > first) qsort(files + first, *n - first, sizeof *files, by_name);
    return files;
}

void models_list_free(struct model_file *files, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(files[i].name);
        free(files[i].path);
    }
    free(files);
}

/* How well a file's name fits: 2 the same (with or without .gguf), 1 contains it, 0 not. */
static int fit(const char *file, const char *name) {
    size_t n = strlen(name);
    if (strncasecmp(file, name, n) == 0 && (file[n] == '\0' || strcasecmp(file + n, ".gguf") == 0))
        return 2;
    return strcasestr(file, name) ? 1 : 0;
}

char *models_resolve(const char *name, struct err *e) {
    if (!name || !*name || strcmp(name, "builtin") == 0) return models_builtin(e);
    if (is_file(name) || models_is_folder(name)) return mem_strdup(name);
    if (strstr(name, "://")) return err_null(e, "this needs a model file, not a server");
    if (strchr(name, '/')) return err_null(e, "%s: no such model file", name);
    size_t n, candidates = 0;
    struct model_file *files = models_list(&n), *chosen = NULL;
    for (size_t i = 0; i < n; i++) {
        int how = fit(files[i].name, name);
        if (how == 2) {
            chosen = &files[i], candidates = 1;
            break;
        }
        if (how == 1) chosen = &files[i], candidates++;
    }
    char *folder = models_folder(), *path = NULL;
    if (candidates == 1)
        path = mem_strdup(chosen->path);
    else if (candidates)
        err_set(e, "%s: %zu models in %s have that in their names; say more of it", name,
                candidates, folder);
    else
        err_set(e, "%s: neither a file nor a model in %s", name, folder);
    free(folder);
    models_list_free(files, n);
    return path;
}
