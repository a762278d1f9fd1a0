/* bench_resume MODEL [TOKENS [THREADS]]: how long it takes to have a conversation of so many tokens
 * before one: reading it, and taking it from a file; and how long leaving it takes. The file is
 * written to the working directory and removed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/engine.h"

static const char path[] = "bench_resume.cache";

static double seconds_since(int64_t start) { return (double)(clock_mono_us() - start) * 1e-6; }

static bool measure(const struct model *m, const struct session_params *p, struct err *e) {
    struct rng r = {.seed = 1};
    int32_t *ids = mem_array(p->n_ctx, sizeof *ids);
    for (uint32_t i = 0; i < p->n_ctx; i++) ids[i] = (int32_t)rng_below(&r, model_info(m)->n_vocab);
    struct session *s = session_open(m, p, e);
    bool ok = s != NULL;
    int64_t start = clock_mono_us();
    if (ok) ok = session_eval(s, ids, p->n_ctx - 1, NULL, NULL, NULL, e);
    if (ok) printf("prefill of %u tokens   %8.3f s\n", p->n_ctx - 1, seconds_since(start));
    for (int round = 0; ok && round < 3; round++) {
        start = clock_mono_us();
        ok = session_save(s, path, e);
        double save = seconds_since(start);
        struct session *again = ok ? session_open(m, p, e) : NULL;
        start = clock_mono_us();
        if (ok) ok = again && session_restore(again, path, e);
        if (ok)
            printf("saved in %.3f s, restored in %.3f s, %.1f MB\n", save, seconds_since(start),
                   (double)session_file_bytes(s) * 1e-6);
        session_close(again);
    }
    unlink(path);
    session_close(s);
    free(ids);
    return ok;
}

int main(int argc, char **argv) {
    struct err e = {""};
    struct session_params p = {.n_ctx = argc > 2 ? (uint32_t)atoi(argv[2]) + 1 : 8001,
                               .n_threads = argc > 3 ? atoi(argv[3]) : 0};
    struct model *m = argc > 1 ? model_open(argv[1], &e) : NULL;
    bool ok = m && measure(m, &p, &e);
    if (!ok) fprintf(stderr, "bench_resume: %s\n", argc > 1 ? e.msg : "MODEL [TOKENS [THREADS]]");
    model_close(m);
    return ok ? 0 : 1;
}
