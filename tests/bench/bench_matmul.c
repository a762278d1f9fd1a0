/* bench_matmul [TYPE] [N_IN] [N_OUT] [TOKENS] [THREADS]: the speed of one product, in GB/s of
 * weights and billions of multiply-adds a second, over enough different weights to leave the
 * caches; the best of at least five rounds and half a second, so that a small product has a moment
 * to itself on a busy machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/kernels/kernels.h"
#include "engine/matmul.h"
#include "engine/quant.h"

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint32_t type_named(const char *name) {
    for (uint32_t i = 0; i < TENSOR_TYPE_LIMIT; i++)
        if (quant_type(i) && strcmp(quant_type(i)->name, name) == 0) return i;
    fprintf(stderr, "no type %s\n", name);
    exit(2);
}

int main(int argc, char **argv) {
    uint32_t type = type_named(argc > 1 ? argv[1] : "Q4_K");
    size_t n_in = argc > 2 ? strtoul(argv[2], NULL, 10) : 1536;
    size_t n_out = argc > 3 ? strtoul(argv[3], NULL, 10) : 8960;
    size_t tokens = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
    int threads = argc > 5 ? atoi(argv[5]) : 2;
    struct tensor w = {.type = (enum tensor_type)type, .ne = {n_in, n_out, 1}};
    w.row_bytes = quant_row_bytes(type, n_in);
    size_t bytes = w.row_bytes * n_out, copies = tokens > 8 ? 1 : ((size_t)1 << 30) / bytes + 1;
    char *data = mem_alloc(bytes * copies);
    struct rng rng = {.seed = 1};
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
        uint64_t r = rng_next(&rng) & 0x3F3F3F3F3F3F3F3Fu;
        memcpy(data + i, &r, 8);
    }
    if (quant_type(type)->block == 1) { /* random bits are no sensible floats */
        float number;
        for (size_t i = 0; i < n_in * n_out; i++) {
            number = (float)rng_uniform(&rng) - 0.5f;
            quant_type(type)->quantize(&number, data + i * quant_type(type)->bytes, 1);
        }
    }
    for (size_t c = 1; c < copies; c++) memcpy(data + c * bytes, data, bytes);
    float *x = mem_array(n_in * tokens, sizeof *x), *y = mem_array(n_out * tokens, sizeof *y);
    for (size_t i = 0; i < n_in * tokens; i++) x[i] = (float)rng_normal(&rng);
    struct pool *p = pool_new(threads);
    struct matmul_scratch *s = matmul_scratch_new(p, tokens, n_in);
    double best = 1e9, best_cpu = 1e9;
    int64_t begin = clock_mono_us();
    for (int round = 0; round < 5 || clock_mono_us() - begin < 500000; round++) {
        int64_t start = clock_mono_us();
        double cpu = cpu_seconds();
        for (size_t c = 0; c < copies; c++) {
            w.data = data + c * bytes;
            matmul(p, s, &w, x, tokens, y);
        }
        double t = (double)(clock_mono_us() - start) * 1e-6 / (double)copies;
        if (t < best) best = t;
        cpu = (cpu_seconds() - cpu) / (double)copies / threads;
        if (cpu < best_cpu) best_cpu = cpu;
    }
    double macs = (double)(n_in * n_out * tokens);
    printf("%-6s %-8s n_in %zu n_out %zu tokens %zu threads %d: %.1f us, %.2f GB/s, %.1f GMAC/s; "
           "cpu %.2f GB/s, %.1f GMAC/s\n",
           quant_type(type)->name, kernels()->name, n_in, n_out, tokens, threads, best * 1e6,
           (double)bytes / best * 1e-9, macs / best * 1e-9, (double)bytes / best_cpu * 1e-9,
           macs / best_cpu * 1e-9);
    matmul_scratch_free(s);
    pool_free(p);
    free(data);
    free(x);
    free(y);
    return 0;
}
