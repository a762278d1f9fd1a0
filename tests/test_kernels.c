/* Every kernel of every table that this CPU can run, against the scalar definition: at odd sizes,
 * with inputs that end where readable memory ends and sentinels around the output. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/kernels/kernels.h"
#include "engine/quant.h"
#include "tests/random_blocks.h"

static struct rng rng = {.seed = 7};

/* -- memory that ends at a wall ---------------------------------------------------------------- */

struct walled {
    char *base, *p; /* p .. wall is usable */
    size_t mapped;
};

static struct walled wall_new(size_t bytes) {
    size_t page = 4096, need = (bytes + page - 1) / page * page;
    struct walled w = {.mapped = need + page};
    w.base = mmap(NULL, w.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(w.base != MAP_FAILED);
    assert_int_equal(mprotect(w.base + need, page, PROT_NONE), 0);
    w.p = w.base + need - bytes;
    return w;
}

static void wall_free(struct walled *w) { munmap(w->base, w->mapped); }

/* -- inputs ------------------------------------------------------------------------------------ */

struct product {
    enum tensor_type type;
    size_t n_rows, n, n_tokens;
    struct walled w, x, y;
    size_t row_bytes, ldy;
};

static const float SENTINEL = 12345.0f;

static struct product product_new(enum tensor_type type, size_t n_rows, size_t n, size_t n_tokens) {
    struct product p = {.type = type, .n_rows = n_rows, .n = n, .n_tokens = n_tokens};
    p.row_bytes = quant_row_bytes(type, n);
    p.ldy = n_rows + 3;
    p.w = wall_new(n_rows * p.row_bytes);
    p.x = wall_new(n_tokens * n * sizeof(float));
    p.y = wall_new(n_tokens * p.ldy * sizeof(float));
    for (size_t r = 0; r < n_rows; r++)
        random_row(&rng, type, (unsigned char *)p.w.p + r * p.row_bytes, n);
    float *x = (float *)p.x.p;
    for (size_t i = 0; i < n * n_tokens; i++) x[i] = (float)rng_normal(&rng);
    return p;
}

static void product_free(struct product *p) {
    wall_free(&p->w);
    wall_free(&p->x);
    wall_free(&p->y);
}

static float *product_y(const struct product *p) { return (float *)(void *)p->y.p; }

/* Brings the tokens to the kernel's form, in memory that ends at a wall, and multiplies. */
static void product_run(const struct product *p, const struct kernels *k,
                        const struct mul_kernel *kernel) {
    size_t group = kernel->act == ACT_TILES ? 16 : 1, groups = (p->n_tokens + group - 1) / group;
    size_t bytes = act_bytes(kernel->act, p->n);
    struct walled act = wall_new(groups * bytes);
    const float *x = (const float *)(void *)p->x.p, *rows[16];
    const void **tokens = calloc(p->n_tokens, sizeof *tokens);
    for (size_t t = 0; t < p->n_tokens; t++) {
        char *out = act.p + t / group * bytes;
        tokens[t] = out;
        if (kernel->act == ACT_F32) memcpy(out, x + t * p->n, bytes);
        if (kernel->act == ACT_Q8) k->to_q8(x + t * p->n, out, p->n);
        if (kernel->act == ACT_TILES && t % group == 0) {
            size_t count = p->n_tokens - t < group ? p->n_tokens - t : group;
            for (size_t i = 0; i < count; i++) rows[i] = x + (t + i) * p->n;
            k->to_tiles(rows, count, out, p->n);
        }
    }
    for (size_t i = 0; i < p->n_tokens * p->ldy; i++) product_y(p)[i] = SENTINEL;
    void *work = aligned_alloc(64, KERNEL_WORK_BYTES);
    memset(work, 0xFF, KERNEL_WORK_BYTES); /* not a number, whatever it is read as */
    kernel->run(&(struct mul){.w = p->w.p,
                              .row_bytes = p->row_bytes,
                              .n_rows = p->n_rows,
                              .n = p->n,
                              .n_tokens = p->n_tokens,
                              .x = tokens,
                              .y = product_y(p),
                              .ldy = p->ldy,
                              .work = work});
    free(work);
    free(tokens);
    wall_free(&act);
}

/* The largest deviation from `expected` (laid out as y), or from exact arithmetic where that is
 * NULL, in units of |w|·|x|; 1e9 for a number that is not one or an overwritten sentinel. */
static double product_error(const struct product *p, const float *expected) {
    double worst = 0;
    float *w = malloc(p->n * sizeof *w);
    for (size_t r = 0; r < p->n_rows; r++) {
        quant_type(p->type)->dequantize(p->w.p + r * p->row_bytes, w, p->n);
        for (size_t t = 0; t < p->n_tokens; t++) {
            const float *x = (const float *)(void *)p->x.p + t * p->n;
            double sum = 0, ww = 0, xx = 0;
            for (size_t i = 0; i < p->n; i++) {
                sum += (double)w[i] * x[i];
                ww += (double)w[i] * w[i];
                xx += (double)x[i] * x[i];
            }
            if (expected) sum = expected[t * p->ldy + r];
            double error = fabs(product_y(p)[t * p->ldy + r] - sum) / sqrt(ww * xx);
            if (!(error < 1e9)) error = 1e9;
            if (error > worst) worst = error;
        }
    }
    for (size_t t = 0; t < p->n_tokens; t++)
        for (size_t r = p->n_rows; r < p->ldy; r++)
            if (product_y(p)[t * p->ldy + r] != SENTINEL) worst = 1e9;
    free(w);
    return worst;
}

/* What the form of the activations alone may cost. */
static double allowed(const struct mul_kernel *k) {
    return k->act == ACT_F32 ? 2e-6 : k->act == ACT_Q8 ? 6e-3 : 4e-3;
}

static bool product_is_right(const struct kernels *k, const struct mul_kernel *kernel,
                             enum tensor_type type, size_t rows, size_t n, size_t tokens) {
    struct product p = product_new(type, rows, n, tokens);
    product_run(&p, k, kernel);
    double error = product_error(&p, NULL), from_scalar = 0;
    if (kernel->act != ACT_TILES) { /* the same integers: only the order of additions differs */
        float *own = malloc(tokens * p.ldy * sizeof *own);
        memcpy(own, product_y(&p), tokens * p.ldy * sizeof *own);
        product_run(&p, &kernels_scalar, &kernels_scalar.by_type[type].few);
        from_scalar = product_error(&p, own);
        free(own);
    }
    bool right = error <= allowed(kernel) && from_scalar <= 3e-6;
    if (!right)
        print_message("%s %s: %zu rows, n %zu, %zu tokens: error %g, from scalar %g\n", k->name,
                      quant_type(type)->name, rows, n, tokens, error, from_scalar);
    product_free(&p);
    return right;
}

/* -- tests ------------------------------------------------------------------------------------- */

static void products_agree_with_scalar_at_odd_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {32, 96, 256, 288, 512, 1056};
    static const size_t batches[] = {1, 2, 3, 4, 7, 13, 33, 50};
    static const size_t floats[] = {1, 7, 15, 17, 33, 100, 257};
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        for (int i = 0; i < N_TYPES; i++) {
            const struct quant_type *t = quant_type(all_types[i]);
            const size_t *list = t->block == 1 ? floats : sizes;
            size_t count =
                t->block == 1 ? sizeof floats / sizeof *floats : sizeof sizes / sizeof *sizes;
            for (size_t s = 0; s < count; s++) {
                if (list[s] % t->block) continue;
                const struct mul_kernel *both[] = {&(*k)->by_type[all_types[i]].few,
                                                   &(*k)->by_type[all_types[i]].many};
                assert_non_null(both[0]->run);
                for (int kind = 0; kind < 2 && both[kind]->run; kind++)
                    for (size_t batch = 0; batch < sizeof batches / sizeof *batches; batch++)
                        assert_true(product_is_right(*k, both[kind], all_types[i],
                                                     1 + (s * 7 + batch * 5) % 33, list[s],
                                                     batches[batch]));
            }
        }
    }
}

/* y of row 3, token 2 does not change with the rows and tokens around it. */
static void a_row_does_not_depend_on_its_company(void **state) {
    (void)state;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        for (int i = 0; i < N_TYPES; i++) {
            const struct mul_kernel *few = &(*k)->by_type[all_types[i]].few;
            struct product p = product_new(all_types[i], 9, 512, 7);
            product_run(&p, *k, few);
            float in_company = product_y(&p)[2 * p.ldy + 3];
            struct product alone = p;
            alone.n_rows = alone.n_tokens = 1;
            alone.w.p += 3 * p.row_bytes;
            alone.x.p += 2 * p.n * sizeof(float);
            product_run(&alone, *k, few);
            assert_true(product_y(&alone)[0] == in_company);
            product_free(&p);
        }
    }
}

static void a_wrong_product(const struct mul *m) {
    kernels_scalar.by_type[TENSOR_Q4_K].few.run(m);
    m->y[(m->n_tokens - 1) * m->ldy + m->n_rows - 1] *= 1.1f;
}

static void a_greedy_product(const struct mul *m) {
    kernels_scalar.by_type[TENSOR_Q4_K].few.run(m);
    m->y[m->n_rows] = 0; /* one past the row */
}

static void the_checker_catches_wrong_kernels(void **state) {
    (void)state;
    struct mul_kernel wrong = {ACT_Q8, 1, a_wrong_product}, greedy = {ACT_Q8, 1, a_greedy_product};
    print_message("two complaints are meant to follow\n");
    assert_false(product_is_right(&kernels_scalar, &wrong, TENSOR_Q4_K, 5, 512, 3));
    assert_false(product_is_right(&kernels_scalar, &greedy, TENSOR_Q4_K, 5, 512, 3));
}

static void near(float a, float b, double tolerance) {
    if (!(fabs((double)a - b) <= tolerance)) fail_msg("%.9g is not %.9g", a, b);
}

/* Integers may differ by one where a number lies between two; the scale and the padding may not. */
static void keep_in_8_bits_like_scalar(const struct kernels *k, const float *x, size_t n) {
    size_t bytes = cache_bytes(CACHE_Q8_0, n);
    struct walled ours = wall_new(bytes), theirs = wall_new(bytes);
    k->to_q8_0(x, ours.p, n), kernels_scalar.to_q8_0(x, theirs.p, n);
    for (size_t i = 0; i < bytes; i++) {
        const int8_t *a = (const int8_t *)ours.p + i, *b = (const int8_t *)theirs.p + i;
        bool is_number = i % CACHE_Q8_BYTES >= 2;
        if (abs(*a - *b) > (is_number ? 1 : 0)) fail_msg("byte %zu: %d is not %d", i, *a, *b);
    }
    wall_free(&ours), wall_free(&theirs);
}

static void vectors_agree_with_scalar_at_odd_lengths(void **state) {
    (void)state;
    const struct kernels *s = &kernels_scalar;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        for (size_t n = 1; n < 150; n += n < 40 ? 1 : 13) {
            struct walled wa = wall_new(n * 4), wb = wall_new(n * 4), wh = wall_new(n * 2),
                          wo = wall_new(n * 4), wp = wall_new(n * 4), wq = wall_new(n * 2);
            float *a = (float *)(void *)wa.p, *b = (float *)(void *)wb.p;
            float *o = (float *)(void *)wo.p, *p = (float *)(void *)wp.p;
            uint16_t *h = (uint16_t *)(void *)wh.p, *q = (uint16_t *)(void *)wq.p;
            for (size_t i = 0; i < n; i++) {
                a[i] = (float)rng_normal(&rng) * 4;
                b[i] = (float)rng_normal(&rng);
                h[i] = f32_to_f16((float)rng_normal(&rng));
            }
            double scale = 1e-5 * sqrt((double)n) * 4;
            near((*k)->dot_f32(a, b, n), s->dot_f32(a, b, n), scale);
            near((*k)->dot_f16(a, h, n), s->dot_f16(a, h, n), scale);
            (*k)->to_f16(a, q, n);
            for (size_t i = 0; i < n; i++) assert_int_equal(q[i], f32_to_f16(a[i]));
            keep_in_8_bits_like_scalar(*k, a, n);
            memcpy(o, b, n * 4), memcpy(p, b, n * 4);
            (*k)->axpy_f16(o, 0.3f, h, n), s->axpy_f16(p, 0.3f, h, n);
            for (size_t i = 0; i < n; i++) near(o[i], p[i], 1e-6);
            (*k)->rms_norm(a, b, 1e-6f, o, n), s->rms_norm(a, b, 1e-6f, p, n);
            for (size_t i = 0; i < n; i++) near(o[i], p[i], 1e-5);
            (*k)->rms_norm(a, NULL, 1e-6f, o, n), s->rms_norm(a, NULL, 1e-6f, p, n);
            for (size_t i = 0; i < n; i++) near(o[i], p[i], 1e-5);
            a[0] = n % 2 ? -200 : 95; /* beyond what e^x can say */
            (*k)->silu_mul(a, b, o, n), s->silu_mul(a, b, p, n);
            for (size_t i = 0; i < n; i++) near(o[i], p[i], 1e-5 * (1 + fabs((double)p[i])));
            memcpy(o, a, n * 4), memcpy(p, a, n * 4);
            near((*k)->softmax(o, n), s->softmax(p, n), 0);
            for (size_t i = 0; i < n; i++) near(o[i], p[i], 1e-6);
            wall_free(&wa), wall_free(&wb), wall_free(&wh);
            wall_free(&wo), wall_free(&wp), wall_free(&wq);
        }
    }
}

static void activations_are_the_same_integers_everywhere(void **state) {
    (void)state;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        for (size_t n = 32; n < 700; n += 32) {
            float x[704];
            size_t bytes = act_bytes(ACT_Q8, n);
            for (size_t i = 0; i < n; i++) x[i] = i / 32 % 3 == 2 ? 0 : (float)rng_normal(&rng);
            struct walled own = wall_new(bytes), other = wall_new(bytes);
            memset(own.p, 0xFF, bytes);
            (*k)->to_q8(x, own.p, n);
            kernels_scalar.to_q8(x, other.p, n);
            assert_memory_equal(own.p, other.p, bytes);
            wall_free(&own), wall_free(&other);
        }
    }
}

static void tiles_are_the_same_everywhere(void **state) {
    (void)state;
    for (const struct kernels *const *k = kernels_usable(); *k; k++) {
        if (!(*k)->to_tiles) continue;
        for (size_t n = 1; n < 100; n += 7) {
            size_t bytes = act_bytes(ACT_TILES, n), n_rows = 1 + n % 16;
            struct walled own = wall_new(bytes), other = wall_new(bytes), in = wall_new(n * 16 * 4);
            float *x = (float *)(void *)in.p;
            const float *rows[16];
            for (size_t i = 0; i < n * 16; i++) x[i] = (float)rng_normal(&rng);
            for (size_t r = 0; r < 16; r++) rows[r] = x + (15 - r) * n;
            memset(own.p, 0xFF, bytes);
            (*k)->to_tiles(rows, n_rows, own.p, n);
            kernels_scalar.to_tiles(rows, n_rows, other.p, n);
            assert_memory_equal(own.p, other.p, bytes);
            wall_free(&own), wall_free(&other), wall_free(&in);
        }
    }
}

int main(void) {
    for (const struct kernels *const *k = kernels_usable(); *k; k++)
        printf("table %s\n", (*k)->name);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_scalar_at_odd_sizes),
        cmocka_unit_test(a_row_does_not_depend_on_its_company),
        cmocka_unit_test(the_checker_catches_wrong_kernels),
        cmocka_unit_test(vectors_agree_with_scalar_at_odd_lengths),
        cmocka_unit_test(activations_are_the_same_integers_everywhere),
        cmocka_unit_test(tiles_are_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
