/* Products over threads: jobs together, chosen rows, slices, any number of threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/kernels/kernels.h"
#include "engine/matmul.h"
#include "tests/random_blocks.h"

enum { N_IN = 512, MAX_TOKENS = 80, MAX_OUT = 100 };

static struct rng rng = {.seed = 5};

static struct tensor tensor_new(enum tensor_type type, size_t n_out, size_t slices) {
    struct tensor t = {.type = type, .ne = {N_IN, n_out, slices}};
    t.row_bytes = quant_row_bytes(type, N_IN);
    unsigned char *b = malloc(t.row_bytes * n_out * slices);
    for (size_t r = 0; r < n_out * slices; r++) random_row(&rng, type, b + r * t.row_bytes, N_IN);
    t.data = b;
    return t;
}

static double exact(const struct tensor *w, size_t slice, size_t row, const float *x,
                    double *size) {
    float numbers[N_IN];
    double sum = 0, ww = 0, xx = 0;
    quant_type(w->type)->dequantize((const char *)tensor_slice(w, slice) + row * w->row_bytes,
                                    numbers, N_IN);
    for (int i = 0; i < N_IN; i++) {
        sum += (double)numbers[i] * x[i];
        ww += (double)numbers[i] * numbers[i];
        xx += (double)x[i] * x[i];
    }
    *size = sqrt(ww * xx);
    return sum;
}

/* Whether the job's result is the product, as near as rounded activations allow. */
static bool job_is_right(const struct matmul_job *j, size_t n_tokens, const float *x, size_t ldx) {
    size_t n = j->rows ? j->n_rows : n_tokens;
    for (size_t t = 0; t < n; t++) {
        const float *row = x + (j->rows ? j->rows[t] : t) * ldx;
        for (size_t r = 0; r < j->w->ne[1]; r++) {
            double size, sum = exact(j->w, j->slice, r, row, &size);
            if (!(fabs(j->y[t * j->ldy + r] - sum) < 8e-3 * size)) return false;
        }
    }
    return true;
}

struct scene {
    float x[MAX_TOKENS * (N_IN + 7)], y[3][MAX_TOKENS * (MAX_OUT + 5)];
    uint32_t rows[MAX_TOKENS];
    struct tensor w[3];
    struct matmul_job jobs[3];
};

/* Three jobs on one input: all tokens, some of them with the last slice, one token. */
static struct scene *scene_new(enum tensor_type a, enum tensor_type b, size_t n_tokens) {
    struct scene *s = calloc(1, sizeof *s);
    for (size_t i = 0; i < sizeof s->x / sizeof *s->x; i++) s->x[i] = (float)rng_normal(&rng);
    s->w[0] = tensor_new(a, MAX_OUT, 1);
    s->w[1] = tensor_new(b, 37, 3);
    s->w[2] = tensor_new(a, 1, 1);
    size_t n = 0;
    for (size_t t = 0; t < n_tokens; t += 1 + t % 2) s->rows[n++] = (uint32_t)(n_tokens - 1 - t);
    s->jobs[0] = (struct matmul_job){&s->w[0], 0, NULL, 0, s->y[0], MAX_OUT + 5};
    s->jobs[1] = (struct matmul_job){&s->w[1], 2, s->rows, n, s->y[1], 37};
    s->jobs[2] = (struct matmul_job){&s->w[2], 0, s->rows, 1, s->y[2], 1};
    return s;
}

static void scene_free(struct scene *s) {
    for (int i = 0; i < 3; i++) free((void *)(uintptr_t)s->w[i].data);
    free(s);
}

static void scene_run(struct scene *s, size_t n_tokens, int n_threads) {
    struct pool *p = pool_new(n_threads);
    struct matmul_scratch *scratch = matmul_scratch_new(p, MAX_TOKENS, N_IN);
    matmul_jobs(p, scratch, s->jobs, 3, s->x, N_IN + 7, n_tokens);
    matmul_scratch_free(scratch);
    pool_free(p);
}

static void jobs_with_all_and_with_chosen_rows_are_right(void **state) {
    (void)state;
    static const size_t tokens[] = {1, 2, 5, 17, 80};
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        kernels_choose(*k);
        for (int i = 0; i < N_TYPES; i++) {
            for (size_t t = 0; t < sizeof tokens / sizeof *tokens; t++) {
                struct scene *s = scene_new(all_types[i], all_types[(i + 5) % N_TYPES], tokens[t]);
                scene_run(s, tokens[t], 2);
                for (int j = 0; j < 3; j++)
                    if (!job_is_right(&s->jobs[j], tokens[t], s->x, N_IN + 7))
                        fail_msg("%s %s, %zu tokens, job %d", (*k)->name,
                                 quant_type(all_types[i])->name, tokens[t], j);
                scene_free(s);
            }
        }
    }
}

static void threads_do_not_change_the_result(void **state) {
    (void)state;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        kernels_choose(*k);
        for (int i = 0; i < N_TYPES; i++) {
            struct scene *s = scene_new(all_types[i], all_types[i], 33);
            scene_run(s, 33, 1);
            float *one = malloc(sizeof s->y);
            memcpy(one, s->y, sizeof s->y);
            memset(s->y, 0, sizeof s->y);
            scene_run(s, 33, 4);
            assert_memory_equal(one, s->y, sizeof s->y);
            free(one);
            scene_free(s);
        }
    }
}

static void the_comparison_notices_another_slice(void **state) {
    (void)state;
    struct scene *s = scene_new(TENSOR_Q8_0, TENSOR_Q8_0, 9);
    scene_run(s, 9, 2);
    assert_true(job_is_right(&s->jobs[1], 9, s->x, N_IN + 7));
    s->jobs[1].slice = 1;
    assert_false(job_is_right(&s->jobs[1], 9, s->x, N_IN + 7));
    scene_free(s);
}

static void nothing_to_do_is_fine(void **state) {
    (void)state;
    struct scene *s = scene_new(TENSOR_Q4_K, TENSOR_Q4_K, 4);
    s->jobs[0].rows = s->rows; /* an expert that nobody chose */
    s->jobs[0].n_rows = 0;
    scene_run(s, 4, 2);
    assert_true(s->y[0][0] == 0);
    assert_true(job_is_right(&s->jobs[1], 4, s->x, N_IN + 7));
    scene_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_with_all_and_with_chosen_rows_are_right),
        cmocka_unit_test(threads_do_not_change_the_result),
        cmocka_unit_test(the_comparison_notices_another_slice),
        cmocka_unit_test(nothing_to_do_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
