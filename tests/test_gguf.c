/* The GGUF reader: what it reads, what it refuses, and that no damage to a file leads it astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "engine/gguf.h"
#include "engine/model.h"

#define GOLDEN "tests/golden/qwen3-f16.gguf"

/* ---- files made by hand ---- */

static void put(struct str *b, uint64_t v, size_t bytes) { str_addn(b, &v, bytes); }
static void put_text(struct str *b, const char *s) {
    put(b, strlen(s), 8);
    str_add(b, s);
}
static void put_head(struct str *b, uint32_t version, uint64_t n_tensors, uint64_t n_entries) {
    str_add(b, "GGUF");
    put(b, version, 4);
    put(b, n_tensors, 8);
    put(b, n_entries, 8);
}
static void put_key(struct str *b, const char *key, uint32_t type) {
    put_text(b, key);
    put(b, type, 4);
}

static const char *temp_path(void) {
    static char path[64];
    snprintf(path, sizeof path, "/tmp/aside-test-gguf-%d", (int)getpid());
    return path;
}

static void write_bytes(const void *bytes, size_t n) {
    FILE *f = fopen(temp_path(), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static struct gguf *open_bytes(struct str *b, struct err *e) {
    write_bytes(b->s, b->len);
    str_free(b);
    return gguf_open(temp_path(), e);
}

static void refused(struct str *b, const char *why) {
    struct err e = {""};
    struct gguf *g = open_bytes(b, &e);
    if (g || !strstr(e.msg, why)) fail_msg("expected \"%s\", got \"%s\"", why, e.msg);
}

/* ---- reading ---- */

static void every_kind_of_value_is_read(void **state) {
    (void)state;
    struct str b = STR_INIT;
    struct err e = {""};
    put_head(&b, 3, 0, 8);
    put_key(&b, "u8", GGUF_U8), put(&b, 200, 1);
    put_key(&b, "i16", GGUF_I16), put(&b, (uint64_t)-5, 2);
    put_key(&b, "u64", GGUF_U64), put(&b, 1ull << 40, 8);
    put_key(&b, "huge", GGUF_U64), put(&b, UINT64_MAX, 8);
    float f = 1.5f;
    put_key(&b, "f32", GGUF_F32), str_addn(&b, &f, 4);
    put_key(&b, "yes", GGUF_BOOL), put(&b, 1, 1);
    put_key(&b, "text", GGUF_STRING), put_text(&b, "grüße");
    put_key(&b, "list", GGUF_ARRAY), put(&b, GGUF_STRING, 4), put(&b, 2, 8);
    put_text(&b, "a"), put_text(&b, "");
    struct gguf *g = open_bytes(&b, &e);
    if (!g) fail_msg("%s", e.msg);

    uint64_t n = 7;
    uint32_t small = 7;
    float x = 0;
    bool yes = false;
    struct gguf_string s = {0};
    assert_true(gguf_u64(g, "u8", &n) && n == 200);
    assert_false(gguf_u64(g, "i16", &n));
    assert_true(gguf_f32(g, "i16", &x) && x == -5);
    assert_true(gguf_u64(g, "u64", &n) && n == 1ull << 40);
    assert_false(gguf_u32(g, "u64", &small));
    assert_int_equal(small, 7);
    assert_false(gguf_u64(g, "huge", &n));
    assert_true(gguf_f32(g, "f32", &x) && x == 1.5f);
    assert_true(gguf_bool(g, "yes", &yes) && yes);
    assert_true(gguf_str(g, "text", &s) && gguf_string_is(s, "grüße"));
    const struct gguf_entry *list = gguf_find(g, "list");
    assert_non_null(list);
    assert_int_equal(list->n, 2);
    assert_true(gguf_string_is(list->strings[0], "a") && gguf_string_is(list->strings[1], ""));
    assert_null(gguf_find(g, "lis"));
    assert_false(gguf_str(g, "u8", &s));
    gguf_close(g);
}

static void tensors_are_views_of_the_file(void **state) {
    (void)state;
    struct err e = {""};
    struct gguf *g = gguf_open(GOLDEN, &e);
    if (!g) fail_msg("%s", e.msg);
    const struct gguf_tensor *t = gguf_tensor(g, "output_norm.weight");
    assert_non_null(t);
    assert_int_equal(t->type, TENSOR_F32);
    assert_int_equal(t->bytes, t->ne[0] * 4);
    assert_true(t->offset + t->bytes <= g->file_bytes);
    assert_null(gguf_tensor(g, "output_norm.weigh"));
    gguf_close(g);
}

/* ---- refusing ---- */

static void what_is_no_file_of_ours_is_named(void **state) {
    (void)state;
    struct err e = {""};
    struct str b = STR_INIT;
    assert_null(gguf_open("tests/golden/absent.gguf", &e));
    assert_non_null(strstr(e.msg, "absent.gguf: No such file"));
    assert_null(gguf_open("tests/golden", &e));
    assert_non_null(strstr(e.msg, "not a regular file"));
    str_add(&b, "GGUF");
    refused(&b, "too short");
    str_add(&b, "PK\x03\x04 this is something else altogether");
    refused(&b, "not a GGUF file");
    put_head(&b, 1, 0, 0);
    refused(&b, "version 1");
    put_head(&b, 0x03000000, 0, 0);
    refused(&b, "other byte order");
}

static void counts_and_lengths_beyond_the_file_are_refused(void **state) {
    (void)state;
    struct str b = STR_INIT;
    put_head(&b, 3, 0, UINT64_MAX);
    refused(&b, "metadata entries do not fit");
    put_head(&b, 3, 1ull << 62, 0);
    refused(&b, "tensors do not fit");
    put_head(&b, 3, 0, 1);
    put(&b, UINT64_MAX, 8), str_add(&b, "key and some more bytes");
    refused(&b, "its key runs past the end");
    put_head(&b, 3, 0, 1);
    put_key(&b, "list", GGUF_ARRAY), put(&b, GGUF_U32, 4), put(&b, UINT64_MAX / 2, 8);
    refused(&b, "key list: 9223372036854775807 values do not fit");
    put_head(&b, 3, 0, 1);
    put_key(&b, "list", GGUF_ARRAY), put(&b, GGUF_STRING, 4), put(&b, 1ull << 61, 8);
    refused(&b, "key list");
}

static void nonsense_in_metadata_is_refused_by_name(void **state) {
    (void)state;
    struct str b = STR_INIT;
    put_head(&b, 3, 0, 1);
    put_key(&b, "odd", 13), put(&b, 0, 8);
    refused(&b, "key odd: unknown value type 13");
    put_head(&b, 3, 0, 1);
    put_key(&b, "nested", GGUF_ARRAY), put(&b, GGUF_ARRAY, 4), put(&b, 1, 8);
    refused(&b, "key nested: arrays of arrays");
    put_head(&b, 3, 0, 2);
    for (int i = 0; i < 2; i++) put_key(&b, "twice", GGUF_U8), put(&b, 1, 1);
    put(&b, 0, 8);
    refused(&b, "key twice: given twice");
    put_head(&b, 3, 0, 1);
    put_key(&b, "general.alignment", GGUF_U32), put(&b, 48, 4);
    refused(&b, "general.alignment");
}

static void put_tensor(struct str *b, const char *name, uint32_t type, uint64_t n, uint64_t rows,
                       uint64_t offset) {
    put_text(b, name);
    put(b, 2, 4), put(b, n, 8), put(b, rows, 8), put(b, type, 4), put(b, offset, 8);
}

static void tensors_that_cannot_be_are_refused_by_name(void **state) {
    (void)state;
    struct str b = STR_INIT;
    put_head(&b, 3, 1, 0);
    put_tensor(&b, "w", TENSOR_F32, 1ull << 40, 1ull << 40, 0);
    refused(&b, "tensor w: impossible size");
    put_head(&b, 3, 1, 0);
    put_tensor(&b, "w", TENSOR_F32, 0, 1, 0);
    refused(&b, "tensor w: impossible size");
    put_head(&b, 3, 1, 0);
    put_tensor(&b, "w", TENSOR_Q4_K, 100, 1, 0);
    refused(&b, "tensor w: rows of 100 are not whole Q4_K blocks");
    put_head(&b, 3, 1, 0);
    put_tensor(&b, "w", TENSOR_F32, 1024, 1024, 0);
    refused(&b, "tensor w: its data runs past the end");
    put_head(&b, 3, 1, 0);
    put_tensor(&b, "w", TENSOR_F32, 1, 1, UINT64_MAX - 31);
    refused(&b, "tensor w: its data runs past the end");
    put_head(&b, 3, 1, 0);
    put_tensor(&b, "w", TENSOR_F32, 1, 1, 4);
    refused(&b, "not a multiple of 32");
    put_head(&b, 3, 2, 0);
    put_tensor(&b, "w", TENSOR_F32, 1, 1, 0);
    put_tensor(&b, "w", TENSOR_F32, 1, 1, 0);
    refused(&b, "tensor w: there are two");
}

/* ---- damage ---- */

static char *read_golden(size_t *n) {
    FILE *f = fopen(GOLDEN, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *bytes = mem_alloc(*n);
    assert_int_equal(fread(bytes, 1, *n, f), *n);
    fclose(f);
    return bytes;
}

/* Everything of a model that can be reached without running it. NULL and one line, or a model. */
static bool opens(void) {
    struct err e = {""};
    struct model *m = model_open(temp_path(), &e);
    if (!m) {
        assert_true(e.msg[0] != '\0' && !strchr(e.msg, '\n'));
        return false;
    }
    model_close(m);
    return true;
}

static void a_file_cut_at_any_length_is_refused_with_one_line(void **state) {
    (void)state;
    size_t n, head = 24000;
    char *bytes = read_golden(&n);
    write_bytes(bytes, n);
    free(bytes);
    assert_true(opens());
    for (size_t cut = n - 1;; cut -= cut < 600 ? 1 : cut < head + 65521 ? 97 : 65521) {
        assert_int_equal(truncate(temp_path(), (off_t)cut), 0);
        assert_false(opens());
        if (cut == 0) break;
    }
}

static void flipped_bytes_never_lead_outside_the_file(void **state) {
    (void)state;
    size_t n;
    char *bytes = read_golden(&n);
    struct rng r = {.seed = 20};
    write_bytes(bytes, n);
    int fd = open(temp_path(), O_WRONLY);
    assert_true(fd >= 0);
    for (int i = 0; i < 3000; i++) {
        off_t at[3];
        int flips = 1 + (int)rng_below(&r, 3);
        for (int k = 0; k < flips; k++) {
            at[k] = rng_below(&r, i % 2 ? 24000 : 1500);
            char new = (char)rng_next(&r);
            assert_int_equal(pwrite(fd, &new, 1, at[k]), 1);
        }
        opens();
        for (int k = 0; k < flips; k++) assert_int_equal(pwrite(fd, bytes + at[k], 1, at[k]), 1);
    }
    close(fd);
    free(bytes);
}

static int remove_temp(void **state) {
    (void)state;
    unlink(temp_path());
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_read),
        cmocka_unit_test(tensors_are_views_of_the_file),
        cmocka_unit_test(what_is_no_file_of_ours_is_named),
        cmocka_unit_test(counts_and_lengths_beyond_the_file_are_refused),
        cmocka_unit_test(nonsense_in_metadata_is_refused_by_name),
        cmocka_unit_test(tensors_that_cannot_be_are_refused_by_name),
        cmocka_unit_test(a_file_cut_at_any_length_is_refused_with_one_line),
        cmocka_unit_test(flipped_bytes_never_lead_outside_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, remove_temp);
}
