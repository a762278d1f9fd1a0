/* Reading and writing stored weights. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/random_blocks.h"

static uint64_t hash_of(const void *p, size_t n) {
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++) h = (h ^ ((const unsigned char *)p)[i]) * 0x100000001B3u;
    return h;
}

/* What another implementation of the format (ggml's, release b9749) reads from the same blocks. */
static const struct {
    enum tensor_type type;
    uint64_t hash;
} others[] = {
    {TENSOR_F16, 0x7d92cf401b38f9fdu},    {TENSOR_BF16, 0x4f6c4471a4c0ad15u},
    {TENSOR_Q4_0, 0x13799e10c6719b1eu},   {TENSOR_Q4_1, 0xea80241213bac147u},
    {TENSOR_Q5_0, 0x5893424ecbc94c23u},   {TENSOR_Q5_1, 0xf019670dbee95b87u},
    {TENSOR_Q8_0, 0xb9835ddf9bc56b48u},   {TENSOR_Q2_K, 0x59f5f701b93b5ad7u},
    {TENSOR_Q3_K, 0x4fd653e3a27227edu},   {TENSOR_Q4_K, 0xfd2fdd506d3e3b3fu},
    {TENSOR_Q5_K, 0x2a218d89354e5905u},   {TENSOR_Q6_K, 0xd3def92a43d75756u},
    {TENSOR_IQ4_NL, 0x938d38f31d7c5b97u}, {TENSOR_IQ4_XS, 0x902eb865cd1bf4f2u},
    {TENSOR_MXFP4, 0x2bb2199a7f2c56bfu},
};

static void every_type_reads_as_another_implementation_reads_it(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct rng rng = {.seed = others[i].type};
        unsigned char b[4096];
        float x[1024];
        random_row(&rng, others[i].type, b, 1024);
        quant_type(others[i].type)->dequantize(b, x, 1024);
        for (int j = 0; j < 1024; j++) x[j] += 0; /* one zero, not two */
        if (hash_of(x, sizeof x) != others[i].hash)
            fail_msg("%s reads differently", quant_type(others[i].type)->name);
    }
}

static void rounding_stays_within_the_step_of_the_format(void **state) {
    (void)state;
    static const struct {
        enum tensor_type type;
        double error; /* root mean square, of normal numbers of spread 1 */
    } bounds[] = {{TENSOR_F32, 0},      {TENSOR_F16, 3e-4},   {TENSOR_BF16, 2.5e-3},
                  {TENSOR_Q8_0, 6e-3},  {TENSOR_Q6_K, 0.02},  {TENSOR_Q5_0, 0.045},
                  {TENSOR_Q5_1, 0.045}, {TENSOR_Q4_K, 0.08},  {TENSOR_Q4_0, 0.1},
                  {TENSOR_Q4_1, 0.09},  {TENSOR_IQ4_NL, 0.1}, {TENSOR_MXFP4, 0.15}};
    struct rng rng = {.seed = 3};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        const struct quant_type *t = quant_type(bounds[i].type);
        float x[4096], y[4096];
        unsigned char b[4096 * 4];
        double sum = 0;
        for (int j = 0; j < 4096; j++) x[j] = (float)rng_normal(&rng);
        t->quantize(x, b, 4096);
        t->dequantize(b, y, 4096);
        for (int j = 0; j < 4096; j++) sum += ((double)x[j] - y[j]) * ((double)x[j] - y[j]);
        if (!(sqrt(sum / 4096) <= bounds[i].error))
            fail_msg("%s: error %g", t->name, sqrt(sum / 4096));
    }
}

static void zeros_and_single_values_survive_rounding(void **state) {
    (void)state;
    for (int i = 0; i < N_TYPES; i++) {
        const struct quant_type *t = quant_type(all_types[i]);
        if (!t->quantize) continue;
        float x[256] = {0}, y[256];
        unsigned char b[1024];
        t->quantize(x, b, 256);
        t->dequantize(b, y, 256);
        for (int j = 0; j < 256; j++) assert_true(y[j] == 0);
        x[77] = -3;
        t->quantize(x, b, 256);
        t->dequantize(b, y, 256);
        for (int j = 0; j < 256; j++) assert_true(fabsf(y[j] - x[j]) < 0.26f);
    }
}

static void halves_go_to_float_and_back_unchanged(void **state) {
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        float f = f16_to_f32((uint16_t)h);
        if ((h & 0x7C00) == 0x7C00 && h & 0x3FF)
            assert_true(isnan(f) && isnan(f16_to_f32(f32_to_f16(f))));
        else
            assert_int_equal(f32_to_f16(f), h);
        f = bf16_to_f32((uint16_t)h);
        if (!isnan(f)) assert_int_equal(f32_to_bf16(f), h);
    }
}

static void ties_go_to_the_even_half(void **state) {
    (void)state;
    for (uint32_t h = 0; h < 0x7BFF; h++) {
        double between = ((double)f16_to_f32((uint16_t)h) + f16_to_f32((uint16_t)(h + 1))) / 2;
        assert_int_equal(f32_to_f16((float)between), h + (h & 1));
        assert_int_equal(f32_to_f16((float)-between), (h + (h & 1)) | 0x8000);
        assert_int_equal(f32_to_f16(nextafterf((float)between, 0)), h);
    }
    assert_int_equal(f32_to_f16(65519), 0x7BFF);
    assert_int_equal(f32_to_f16(65520), 0x7C00);
    assert_int_equal(f32_to_f16(1e30f), 0x7C00);
    assert_int_equal(f32_to_bf16(NAN) & 0x7FC0, 0x7FC0);
}

static void sizes_that_do_not_fit_are_refused(void **state) {
    (void)state;
    assert_int_equal(quant_row_bytes(TENSOR_Q4_K, 512), 288);
    assert_int_equal(quant_row_bytes(TENSOR_Q4_K, 128), 0);
    assert_int_equal(quant_row_bytes(4, 256), 0); /* a type that was withdrawn */
    assert_int_equal(quant_row_bytes(1000, 256), 0);
    assert_int_equal(quant_row_bytes(TENSOR_F32, UINT64_MAX / 2), 0);
    assert_null(quant_type(TENSOR_TYPE_LIMIT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_reads_as_another_implementation_reads_it),
        cmocka_unit_test(rounding_stays_within_the_step_of_the_format),
        cmocka_unit_test(zeros_and_single_values_survive_rounding),
        cmocka_unit_test(halves_go_to_float_and_back_unchanged),
        cmocka_unit_test(ties_go_to_the_even_half),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
