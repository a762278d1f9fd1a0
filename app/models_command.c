/* models_command: `aside models`: which models there are, whether they run here, whether they are
 * still what was downloaded, and how to be rid of one. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/models.h"
#include "app/options.h"
#include "app/pull.h"
#include "app/servers.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/gguf_split.h"

/* ---- list ---- */

/* "qwen3 Q4_K_M", or why it cannot run. Appended. */
static bool describe(const char *path, struct str *out) {
    struct err e = {""};
    struct model *m = model_open(path, &e);
    if (!m) {
        const char *why = e.msg; /* "PATH: why": the path is beside it already */
        if (str_starts(why, path)) why += strlen(path), why += strspn(why, ": ");
        str_addf(out, "cannot run: %s", why);
        return false;
    }
    const struct model_info *i = model_info(m);
    int64_t memory = pull_memory(),
            need = (int64_t)i->weight_bytes + (int64_t)session_cache_needs(m, NULL);
    str_addf(out, "%s %s", i->arch, i->type_label);
    if (!i->has_tokenizer || !i->has_template)
        str_addf(out, ", cannot chat: no %s", i->has_tokenizer ? "chat template" : "vocabulary");
    else if (memory && need > memory)
        str_addf(out, ", needs %.1f GB of memory, %.1f GB are free", (double)need / 1e9,
                 (double)memory / 1e9);
    bool runs = i->has_tokenizer && i->has_template;
    model_close(m);
    return runs;
}

static void print_file(const struct model_file *f, bool server, const char *what) {
    if (server)
        printf("%-40s %11s  %s\n", f->name, "server", f->path);
    else
        printf("%-40s %8.1f MB  %s\n", f->name, (double)f->bytes / 1e6, what);
}

static int list_files(const struct options *o, bool json) {
    size_t n;
    struct model_file *files = models_list(&n);
    servers_add(o, &files, &n);
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        struct str what = STR_INIT;
        bool server = strstr(files[i].path, "://"), runs = server || describe(files[i].path, &what);
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", files[i].name);
        cJSON_AddStringToObject(one, "path", files[i].path);
        cJSON_AddNumberToObject(one, "bytes", (double)files[i].bytes);
        cJSON_AddStringToObject(one, "what", str_cstr(&what));
        cJSON_AddBoolToObject(one, "runs", runs);
        cJSON_AddItemToArray(list, one);
        if (!json) print_file(&files[i], server, str_cstr(&what));
        str_free(&what);
    }
    if (json) {
        char *text = cJSON_PrintUnformatted(list);
        puts(text);
        free(text);
    }
    cJSON_Delete(list);
    models_list_free(files, n);
    return EXIT_OK;
}

/* For completion: opens nothing. */
static int list_names(void) {
    size_t n;
    struct model_file *files = models_list(&n);
    for (size_t i = 0; i < n; i++) puts(files[i].name);
    models_list_free(files, n);
    return EXIT_OK;
}

/* ---- verify ---- */

static bool digest(const char *path, char hex[65], struct err *e) {
    static unsigned char buf[1 << 16];
    FILE *f = fopen(path, "r");
    if (!f) return err_set(e, "%s: %s", path, strerror(errno));
    struct sha256 h;
    size_t n;
    sha256_init(&h);
    while ((n = fread(buf, 1, sizeof buf, f)) > 0) sha256_add(&h, buf, n);
    bool ok = !ferror(f) || err_set(e, "%s: %s", path, strerror(EIO));
    fclose(f);
    sha256_end(&h, hex);
    return ok;
}

static bool verify_file(const char *path, struct err *e) {
    struct str record = STR_INIT, text = STR_INIT;
    char hex[65];
    str_addf(&record, "%s.sha256", path);
    bool ok = files_read_whole(record.s, 4096, &text, NULL) && text.len >= 64;
    if (!ok)
        err_set(e, "%s: no SHA-256 was recorded (it was not downloaded by aside)", path);
    else
        ok = digest(path, hex, e);
    if (ok && memcmp(hex, text.s, 64) != 0)
        ok = err_set(e, "%s: damaged: its SHA-256 is not what it was at download", path);
    if (ok) printf("%s: as downloaded\n", path);
    str_free(&record);
    str_free(&text);
    return ok;
}

/* ---- all parts of one model ---- */

static bool each_part(const char *path, bool (*act)(const char *, struct err *), struct err *e) {
    unsigned no, count;
    if (!gguf_part_name(path, &no, &count)) return act(path, e);
    bool ok = true;
    for (no = 1; no <= count; no++) {
        char *part = gguf_part_path(path, no);
        ok = act(part, e) && ok;
        free(part);
    }
    return ok;
}

static bool remove_file(const char *path, struct err *e) {
    static const char *const suffixes[] = {".sha256", ".part", ".part.etag"};
    bool ok = unlink(path) == 0 || errno == ENOENT || err_set(e, "%s: %s", path, strerror(errno));
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct str beside = STR_INIT;
        str_addf(&beside, "%s%s", path, suffixes[i]);
        unlink(beside.s);
        str_free(&beside);
    }
    return ok;
}

/* A folder's own files, then itself; what holds more than a published model is left. */
static bool remove_folder(const char *path, struct err *e) {
    DIR *dir = opendir(path);
    bool ok = dir != NULL;
    for (struct dirent *d; ok && (d = readdir(dir));) {
        struct str file = STR_INIT;
        str_addf(&file, "%s/%s", path, d->d_name);
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) ok = unlink(file.s) == 0;
        str_free(&file);
    }
    ok = ok && rmdir(path) == 0;
    if (!ok) err_set(e, "%s: %s", path, strerror(errno));
    if (dir) closedir(dir);
    return ok;
}

static bool agreed(const char *path) {
    char answer[16];
    fprintf(stderr, "remove %s? [y/N] ", path);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int remove_model(const char *path, bool yes) {
    struct err e = {""};
    char *folder = models_folder();
    size_t n = strlen(folder);
    bool ours = strncmp(path, folder, n) == 0 && path[n] == '/';
    if (!ours) err_set(&e, "%s: is not in %s; remove it yourself", path, folder);
    free(folder);
    if (!ours) return command_failed(&e);
    if (!yes && !agreed(path)) return EXIT_FAILED;
    bool ok = models_is_folder(path) ? remove_folder(path, &e) : each_part(path, remove_file, &e);
    return ok ? EXIT_OK : command_failed(&e);
}

/* ---- the command ---- */

static int on_model(const char *verb, const char *name, bool yes) {
    struct err e = {""};
    if (strcmp(verb, "show") == 0) {
        char *words[] = {"info", (char *)(uintptr_t)name, NULL};
        return command_info(2, words);
    }
    char *path = models_resolve(name, &e);
    int status = !path                              ? command_failed(&e)
                 : strcmp(verb, "remove") == 0      ? remove_model(path, yes)
                 : each_part(path, verify_file, &e) ? EXIT_OK
                                                    : command_failed(&e);
    free(path);
    return status;
}

static int on_server(const struct options *o, const char *name, bool json) {
    struct err e = {""};
    char *url = servers_find(o, name);
    int status = !url ? command_misused("models", "%s: neither an action nor a server", name)
                 : servers_print(o, url, json, &e) ? EXIT_OK
                                                   : command_failed(&e);
    free(url);
    return status;
}

int command_models(int argc, char **argv) {
    struct args a = {argc, 1, argv, NULL, false};
    struct options o;
    struct err e = {""};
    bool json = false, yes = false, names = false, recommend = false;
    const char *words[2] = {"list", NULL};
    size_t n = 0;
    while (a.next < argc) {
        if (args_take(&a, "--json", false))
            json = true;
        else if (args_take(&a, "--yes|-y", false))
            yes = true;
        else if (args_take(&a, "--names", false))
            names = true;
        else if (args_take(&a, "--recommended", false))
            recommend = true;
        else if (argv[a.next][0] != '-' && n < 2)
            words[n++] = argv[a.next++];
        else
            return command_misused("models", "%s: not understood", argv[a.next]);
    }
    if (names) return list_names();
    if (recommend) return pull_recommend(), EXIT_OK;
    bool verb = strcmp(words[0], "show") == 0 || strcmp(words[0], "verify") == 0 ||
                strcmp(words[0], "remove") == 0;
    if (verb)
        return words[1] ? on_model(words[0], words[1], yes)
                        : command_misused("models", "%s: say which model", words[0]);
    if (words[1]) return command_misused("models", "%s: not understood", words[1]);
    options_init(&o);
    int status = !options_load(&o, &e)           ? command_failed(&e)
                 : strcmp(words[0], "list") == 0 ? list_files(&o, json)
                                                 : on_server(&o, words[0], json);
    options_done(&o);
    return status;
}
