/* Writing a model in other types: what a tensor becomes, how near the numbers stay, and that a
 * stopped or impossible conversion leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/commands.h"
#include "base/mem.h"
#include "engine/convert.h"
#include "engine/gguf_head.h"
#include "engine/quant.h"

#define MODEL "tests/golden/qwen3-f16.gguf"

static char dir[] = "/tmp/aside-quantize-XXXXXX";

static char *in_dir(const char *name) {
    struct str s = STR_INIT;
    str_addf(&s, "%s/%s", dir, name);
    return str_take(&s);
}

static struct gguf *open_model(const char *path) {
    struct err e = {0};
    struct gguf *g = gguf_open(path, &e);
    if (!g) fail_msg("%s", e.msg);
    return g;
}

static float *numbers(const struct gguf_tensor *t, size_t *n) {
    *n = t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
    float *x = mem_array(*n, sizeof *x);
    quant_type(t->type)->dequantize(t->data, x, *n);
    return x;
}

/* Root mean square of the difference over that of the original. */
static double distance(const struct gguf_tensor *a, const struct gguf_tensor *b) {
    size_t n, m;
    double off = 0, all = 0;
    float *x = numbers(a, &n), *y = numbers(b, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        off += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        all += (double)x[i] * x[i];
    }
    free(x);
    free(y);
    return sqrt(off / all);
}

static void every_type_keeps_the_numbers_near(void **state) {
    (void)state;
    static const struct {
        const char *type;
        double worst;
    } cases[] = {{"F32", 0},      {"F16", 0},     {"BF16", 0.003},
                 {"Q8_0", 0.008}, {"Q6_K", 0.03}, {"Q5_K_M", 0.05},
                 {"Q4_K_M", 0.1}, {"Q4_0", 0.12}, {"q4_k_m", 0.1}};
    struct gguf *in = open_model(MODEL);
    char *path = in_dir("out.gguf");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        const struct convert_mix *mix = convert_find(cases[i].type);
        assert_non_null(mix);
        if (!convert_write(in, mix, 2, path, NULL, NULL, &e)) fail_msg("%s", e.msg);
        struct gguf *out = open_model(path);
        assert_int_equal(out->file_bytes, convert_bytes(in, mix));
        assert_int_equal(out->n_tensors, in->n_tensors);
        uint32_t label = 99;
        assert_true(gguf_u32(out, "general.file_type", &label));
        assert_int_equal(label, mix->file_type);
        for (uint64_t k = 0; k < in->n_tensors; k++) {
            double far = distance(&in->tensors[k], &out->tensors[k]);
            if (!(far <= cases[i].worst))
                fail_msg("%s, %.*s: off by %g", cases[i].type, (int)in->tensors[k].name.len,
                         in->tensors[k].name.s, far);
        }
        gguf_close(out);
    }
    free(path);
    gguf_close(in);
}

static void what_speaks_of_the_model_is_kept(void **state) {
    (void)state;
    struct gguf *in = open_model(MODEL);
    char *path = in_dir("kept.gguf");
    assert_true(convert_write(in, convert_find("Q8_0"), 1, path, NULL, NULL, NULL));
    struct gguf *out = open_model(path);
    for (uint64_t i = 0; i < in->n_entries; i++) {
        const struct gguf_entry *a = &in->entries[i], *b;
        char *key = gguf_string_dup(a->key);
        if (strncmp(key, "general.", 8) != 0 || strcmp(key, "general.architecture") == 0) {
            b = gguf_find(out, key);
            assert_non_null(b);
            assert_int_equal(a->type, b->type);
            assert_int_equal(a->n, b->n);
            for (uint64_t k = 0; a->strings && k < a->n; k++) {
                assert_int_equal(a->strings[k].len, b->strings[k].len);
                assert_memory_equal(a->strings[k].s, b->strings[k].s, a->strings[k].len);
            }
        }
        free(key);
    }
    gguf_close(out);
    gguf_close(in);
    free(path);
}

/* A directory of a model of 16 blocks, whose numbers nobody asks for. */
static struct gguf *made_model(const char *path, uint32_t experts, uint64_t width, uint32_t type) {
    static const char *const parts[] = {"attn_norm.weight", "attn_q.weight", "attn_v.weight",
                                        "ffn_down.weight", "ffn_gate_inp.weight"};
    struct gguf_head h = {0};
    struct str bytes = STR_INIT;
    char name[64];
    uint64_t at = 0, ne[2] = {width, 2};
    gguf_head_text(&h, "general.architecture", "llama", 5);
    gguf_head_u32(&h, "llama.block_count", 16);
    gguf_head_u32(&h, "llama.expert_count", experts);
    for (int i = 0; i < 16; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            int n = snprintf(name, sizeof name, "blk.%d.%s", i, parts[k]);
            gguf_head_tensor(&h, (struct gguf_string){name, (size_t)n}, k ? 2 : 1, ne, type, at);
            at += (quant_row_bytes(type, width) * (k ? 2 : 1) + GGUF_ALIGN - 1) / GGUF_ALIGN *
                  GGUF_ALIGN;
        }
    gguf_head_finish(&h, &bytes);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.s, 1, bytes.len, f), bytes.len);
    while (at--) assert_int_not_equal(fputc(0xFF, f), EOF); /* as F32: no numbers */
    assert_int_equal(fclose(f), 0);
    str_free(&bytes);
    gguf_head_free(&h);
    return open_model(path);
}

static uint32_t type_of(const struct gguf *g, const char *mix, const char *name) {
    const struct gguf_tensor *t = gguf_tensor(g, name);
    assert_non_null(t);
    return convert_type(g, t, convert_find(mix));
}

static void sensitive_tensors_get_more_bits(void **state) {
    (void)state;
    char *path = in_dir("made.gguf");
    struct gguf *g = made_model(path, 0, 256, TENSOR_F32);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.0.attn_norm.weight"), TENSOR_F32);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.0.ffn_gate_inp.weight"), TENSOR_F32);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.0.attn_q.weight"), TENSOR_Q4_K);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.0.attn_v.weight"), TENSOR_Q6_K);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.2.attn_v.weight"), TENSOR_Q4_K);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.3.attn_v.weight"), TENSOR_Q4_K);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.4.ffn_down.weight"), TENSOR_Q6_K);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.15.ffn_down.weight"), TENSOR_Q6_K);
    assert_int_equal(type_of(g, "Q8_0", "blk.15.ffn_down.weight"), TENSOR_Q8_0);
    gguf_close(g);
    g = made_model(path, 8, 256, TENSOR_F32);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.2.attn_v.weight"), TENSOR_Q8_0);
    gguf_close(g);
    free(path);
}

static void rows_that_do_not_fit_get_other_blocks(void **state) {
    (void)state;
    char *path = in_dir("narrow.gguf");
    struct gguf *g = made_model(path, 0, 96, TENSOR_F32);
    assert_int_equal(type_of(g, "Q4_K_M", "blk.0.attn_q.weight"), TENSOR_Q5_0);
    assert_int_equal(type_of(g, "Q5_K_M", "blk.0.attn_q.weight"), TENSOR_Q5_1);
    assert_int_equal(type_of(g, "Q6_K", "blk.0.attn_q.weight"), TENSOR_Q8_0);
    gguf_close(g);
    g = made_model(path, 0, 40, TENSOR_F32);
    assert_int_equal(type_of(g, "Q4_0", "blk.0.attn_q.weight"), TENSOR_F16);
    gguf_close(g);
    free(path);
}

static void rounded_tensors_are_not_rounded_to_more_bits(void **state) {
    (void)state;
    char *path = in_dir("rounded.gguf");
    struct gguf *g = made_model(path, 0, 256, TENSOR_Q4_0);
    assert_int_equal(type_of(g, "Q8_0", "blk.0.attn_q.weight"), TENSOR_Q4_0);
    assert_int_equal(type_of(g, "F16", "blk.0.attn_q.weight"), TENSOR_F16);
    gguf_close(g);
    free(path);
}

static void what_is_no_number_is_refused_by_name(void **state) {
    (void)state;
    struct err e = {0};
    char *path = in_dir("nan.gguf"), *out = in_dir("nan-out.gguf"),
         *part = in_dir("nan-out.gguf.part");
    struct gguf *g = made_model(path, 0, 256, TENSOR_F32);
    assert_false(convert_write(g, convert_find("Q8_0"), 2, out, NULL, NULL, &e));
    assert_non_null(strstr(e.msg, "blk.0.attn_q.weight"));
    assert_int_not_equal(access(out, F_OK), 0);
    assert_int_not_equal(access(part, F_OK), 0);
    gguf_close(g);
    free(path);
    free(out);
    free(part);
}

static bool stop_at_third(void *ctx, const struct convert_step *step) {
    *(int *)ctx += step->begins;
    return step->tensor < 2;
}

static void a_stop_keeps_the_older_file(void **state) {
    (void)state;
    struct err e = {0};
    char *path = in_dir("older.gguf"), *part = in_dir("older.gguf.part"), text[16] = {0};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("older", f);
    fclose(f);
    struct gguf *g = open_model(MODEL);
    int begun = 0;
    assert_false(convert_write(g, convert_find("Q8_0"), 1, path, stop_at_third, &begun, &e));
    assert_int_equal(begun, 3);
    assert_non_null(f = fopen(path, "r"));
    assert_non_null(fgets(text, sizeof text, f));
    fclose(f);
    assert_string_equal(text, "older");
    assert_int_not_equal(access(part, F_OK), 0);
    gguf_close(g);
    free(path);
    free(part);
}

static int command(const char *a, const char *b, const char *c) {
    char *argv[] = {"quantize", (char *)(uintptr_t)a, (char *)(uintptr_t)b, (char *)(uintptr_t)c};
    return command_quantize(c ? 4 : b ? 3 : 2, argv);
}

static void the_command_minds_its_words(void **state) {
    (void)state;
    char *out = in_dir("command.gguf");
    assert_int_equal(command(MODEL, NULL, NULL), EXIT_USAGE);
    assert_int_equal(command(MODEL, out, "--type=Q3"), EXIT_USAGE);
    assert_int_equal(command(MODEL, MODEL, NULL), EXIT_FAILED);
    assert_int_equal(command(MODEL, out, "--type=Q8_0"), EXIT_OK);
    assert_int_equal(command(MODEL, out, "--type=Q8_0"), EXIT_FAILED); /* it is there now */
    assert_int_equal(command(MODEL, out, "--force"), EXIT_OK);
    assert_int_equal(command(MODEL, "/nowhere/x.gguf", NULL), EXIT_FAILED);
    free(out);
}

static int make_dir(void **state) {
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state) {
    (void)state;
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_keeps_the_numbers_near),
        cmocka_unit_test(what_speaks_of_the_model_is_kept),
        cmocka_unit_test(sensitive_tensors_get_more_bits),
        cmocka_unit_test(rows_that_do_not_fit_get_other_blocks),
        cmocka_unit_test(rounded_tensors_are_not_rounded_to_more_bits),
        cmocka_unit_test(what_is_no_number_is_refused_by_name),
        cmocka_unit_test(a_stop_keeps_the_older_file),
        cmocka_unit_test(the_command_minds_its_words),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
