/* pull: see pull.h. */
#include "app/pull.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/hub.h"
#include "app/models.h"
#include "app/pull_choice.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/str.h"

enum { DISK_SPARE = 64 << 20 };

static volatile sig_atomic_t stopped;
static void on_interrupt(int sig) {
    (void)sig;
    stopped = 1;
}

int64_t pull_memory(void) {
    FILE *f = fopen("/proc/meminfo", "r");
    char line[128];
    long long kib = 0;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lld", &kib) == 1) break;
    if (f) fclose(f);
    return (int64_t)kib * 1024;
}

/* ---- how far it is ---- */

struct progress {
    const char *name;
    bool terminal;
    int64_t start_us, start_bytes, shown_us;
    int shown_tenth; /* in a pipe: a line for each tenth */
};

static void show_progress(void *ctx, int64_t done, int64_t total) {
    struct progress *p = ctx;
    int64_t now = clock_mono_us();
    int tenth = total ? (int)(done * 10 / total) : 10;
    if (!p->start_us) p->start_us = now, p->start_bytes = done, p->shown_tenth = -1;
    if (p->terminal ? now - p->shown_us < 100000 && done < total : tenth == p->shown_tenth) return;
    p->shown_us = now;
    p->shown_tenth = tenth;
    double seconds = (double)(now - p->start_us) / 1e6, came = (double)(done - p->start_bytes);
    double speed = seconds > 0 ? came / seconds : 0;
    char rest[64] = "";
    if (speed > 0 && done < total) {
        long left = (long)((double)(total - done) / speed);
        snprintf(rest, sizeof rest, left >= 3600 ? ", %ld h %ld min left" : ", %ld min %ld s left",
                 left >= 3600 ? left / 3600 : left / 60, left >= 3600 ? left / 60 % 60 : left % 60);
    }
    fprintf(stderr, "%s%s  %3d%%  %.1f of %.1f MB, %.1f MB/s%s%s", p->terminal ? "\r" : "", p->name,
            total ? (int)(done * 100 / total) : 100, (double)done / 1e6, (double)total / 1e6,
            speed / 1e6, rest, p->terminal ? "\033[K" : "\n");
    if (p->terminal && done == total) fputc('\n', stderr);
}

/* ---- fetching ---- */

struct pull {
    char *repo;
    const char *quant; /* inside repo's memory; NULL = choose */
    struct hub_file *files;
    struct pull_model *models;
    size_t n_files, n_models;
};

static char *local_path(const char *file) {
    const char *slash = strrchr(file, '/');
    char *folder = models_folder();
    struct str path = STR_INIT;
    str_addf(&path, "%s/%s", folder, slash ? slash + 1 : file);
    free(folder);
    return str_take(&path);
}

static int64_t size_of(const char *path, const char *suffix) {
    struct str whole = STR_INIT;
    struct stat st;
    str_addf(&whole, "%s%s", path, suffix);
    int64_t n = stat(whole.s, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
    str_free(&whole);
    return n;
}

/* Whether `path` is this file already: 1 yes, 0 there is none, -1 there is another. */
static int is_here(const char *path, const struct hub_file *f) {
    struct str record = STR_INIT, text = STR_INIT;
    int64_t bytes = size_of(path, "");
    int here = bytes < 0 ? 0 : bytes == f->bytes ? 1 : -1;
    str_addf(&record, "%s.sha256", path);
    if (here == 1 && f->sha256[0] && files_read_whole(record.s, 4096, &text, NULL) &&
        !str_starts(str_cstr(&text), f->sha256))
        here = -1;
    str_free(&record);
    str_free(&text);
    return here;
}

static bool disk_suffices(const struct pull *p, const struct pull_model *m, struct err *e) {
    int64_t missing = 0;
    char *path = NULL;
    for (size_t i = 0; i < m->n_parts; i++) {
        const struct hub_file *f = &p->files[m->parts[i]];
        free(path);
        path = local_path(f->path);
        if (size_of(path, "") >= 0) continue;
        int64_t part = size_of(path, ".part");
        missing += f->bytes - (part > 0 && part <= f->bytes ? part : 0);
    }
    struct statvfs disk;
    *strrchr(path, '/') = '\0';
    bool ok = true;
    if (missing && statvfs(path, &disk) == 0) {
        int64_t available = (int64_t)(disk.f_bavail * disk.f_frsize);
        if (available < missing + DISK_SPARE)
            ok = err_set(e, "%s: %.2f GB are free there, %.2f GB are needed", path,
                         (double)available / 1e9, (double)(missing + DISK_SPARE) / 1e9);
    }
    free(path);
    return ok;
}

static bool fetch_part(const struct pull *p, const struct hub_file *f, struct err *e) {
    char *path = local_path(f->path);
    int here = is_here(path, f);
    bool ok = here == 1;
    if (here < 0) {
        err_set(
            e,
            "%s: is there, but another file than the repository's; `aside models remove` it first",
            path);
    } else if (!here) {
        struct progress progress = {.name = strrchr(path, '/') + 1, .terminal = isatty(2)};
        struct hub_watch watch = {show_progress, &progress, &stopped};
        ok = hub_download(p->repo, f, path, &watch, e);
        if (!ok && progress.terminal && progress.shown_us) fputc('\n', stderr);
    }
    free(path);
    return ok;
}

static char *fetch_model(const struct pull *p, const struct pull_model *m, struct err *e) {
    char *first = local_path(p->files[m->parts[0]].path);
    bool ok = files_make_parents(first, e) && disk_suffices(p, m, e);
    for (size_t i = 0; ok && i < m->n_parts; i++) ok = fetch_part(p, &p->files[m->parts[i]], e);
    if (ok) return first;
    free(first);
    return NULL;
}

static bool open_repository(struct pull *p, const char *name, struct err *e) {
    *p = (struct pull){.repo = mem_strdup(name)};
    char *colon = strchr(p->repo, ':');
    if (colon) *colon = '\0', p->quant = colon + 1;
    if (p->quant && !*p->quant) p->quant = NULL;
    if (!hub_list(p->repo, &p->files, &p->n_files, e)) return false;
    p->models = pull_models(p->files, p->n_files, &p->n_models);
    return p->n_models || err_set(e, "%s: no GGUF model there is complete", p->repo);
}

static void close_repository(struct pull *p) {
    pull_models_free(p->models, p->n_models);
    hub_list_free(p->files, p->n_files);
    free(p->repo);
}

static const struct pull_model *choose(const struct pull *p, struct err *e) {
    bool fits;
    const struct pull_model *m =
        pull_choose(p->models, p->n_models, p->quant, pull_memory(), &fits);
    if (!m && p->quant)
        return err_null(e, "%s has no \"%s\"; `aside pull --list %s` tells what it has", p->repo,
                        p->quant, p->repo);
    if (!m) return err_null(e, "%s: none of its quantizations can be run here", p->repo);
    if (!fits)
        fprintf(stderr, "aside: %s (%.1f GB) does not fit in the free memory; it will be slow\n",
                m->path, (double)m->bytes / 1e9);
    return m;
}

char *pull_model(const char *name, bool *interrupted, struct err *e) {
    struct pull p;
    struct sigaction act = {.sa_handler = on_interrupt}, old_int, old_term, old_size;
    stopped = 0;
    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGTERM, &act, &old_term);
    act.sa_handler = SIG_IGN; /* a file size limit is an error of write(), not our end */
    sigaction(SIGXFSZ, &act, &old_size);
    const struct pull_model *m = open_repository(&p, name, e) ? choose(&p, e) : NULL;
    char *path = m ? fetch_model(&p, m, e) : NULL;
    close_repository(&p);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    sigaction(SIGXFSZ, &old_size, NULL);
    *interrupted = stopped;
    return path;
}

static int report(const struct err *e, bool interrupted) {
    command_failed(e);
    return interrupted ? EXIT_INTERRUPTED : EXIT_FAILED;
}

int pull_arguments(int argc, char **argv) {
    struct err e = {""};
    bool interrupted;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "-hf") != 0) continue;
        if (i + 1 == argc) return command_misused("pull", "-hf needs OWNER/REPO[:QUANT]");
        char *path = pull_model(argv[i + 1], &interrupted, &e);
        if (!path) return report(&e, interrupted);
        argv[i] = "-m";
        argv[i + 1] = path; /* lives as long as the program's arguments */
    }
    return EXIT_OK;
}

/* ---- the command ---- */

static bool print_list(const char *name, struct err *e) {
    struct pull p;
    int64_t memory = pull_memory();
    bool fits, ok = open_repository(&p, name, e);
    const struct pull_model *chosen =
        ok ? pull_choose(p.models, p.n_models, p.quant, memory, &fits) : NULL;
    for (size_t i = 0; ok && i < p.n_models; i++) {
        const struct pull_model *m = &p.models[i];
        bool enough = !memory || pull_need(m->bytes) <= memory;
        printf("%c %-9s %9.2f GB  %-12s %s", m == chosen ? '*' : ' ', *m->quant ? m->quant : "?",
               (double)m->bytes / 1e9, enough ? "fits" : "too large", m->path);
        if (m->n_parts > 1) printf(" (%zu parts)", m->n_parts);
        putchar('\n');
    }
    if (ok)
        printf("\n%.1f GB of memory are free; a model needs its size and about 1 GB more. * is "
               "what `aside pull %s` takes.\n",
               (double)memory / 1e9, name);
    close_repository(&p);
    return ok;
}

int command_pull(int argc, char **argv) {
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    const char *name = NULL;
    bool list = false, interrupted;
    while (a.next < argc) {
        if (args_take(&a, "--list", false))
            list = true;
        else if (argv[a.next][0] != '-' && !name)
            name = argv[a.next++];
        else
            return command_misused("pull", "%s: not understood", argv[a.next]);
    }
    if (!name) return command_misused("pull", "say which OWNER/REPO[:QUANT]");
    if (list) return print_list(name, &e) ? EXIT_OK : command_failed(&e);
    char *path = pull_model(name, &interrupted, &e);
    if (!path) return report(&e, interrupted);
    puts(path);
    free(path);
    return EXIT_OK;
}

/* ---- what is worth pulling ---- */

static const struct {
    const char *memory, *name, *what;
} recommended[] = {
    {" 2 GB", "Qwen/Qwen3-0.6B-GGUF", "small, thinks on request"},
    {" 3 GB", "unsloth/DeepSeek-R1-Distill-Qwen-1.5B-GGUF", "mathematics"},
    {" 5 GB", "Qwen/Qwen3-4B-GGUF", "much for its size, thinks on request"},
    {" 8 GB", "unsloth/DeepSeek-R1-0528-Qwen3-8B-GGUF", "long thoughts, strong at mathematics"},
    {"16 GB", "unsloth/gpt-oss-20b-GGUF", "experts: fast, effort low, medium or high"},
    {"24 GB", "unsloth/Qwen3-30B-A3B-Thinking-2507-GGUF", "experts: fast, strong"},
};

void pull_recommend(void) {
    puts("memory  command");
    for (size_t i = 0; i < sizeof recommended / sizeof *recommended; i++)
        printf("%s   aside -hf %-46s %s\n", recommended[i].memory, recommended[i].name,
               recommended[i].what);
}
