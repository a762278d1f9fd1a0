/* Models in several files: a golden model is cut into parts as the publishers' tools do, and must
 * compute the very same numbers; a part that is missing or strange is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gguf.h"
#include "engine/gguf_split.h"
#include "engine/model.h"
#include "engine/session.h"

enum { N_PARTS = 3, ALIGN = 32 };

static const char whole[] = "tests/golden/llama-q4_k_m.gguf";
static char folder[] = "/tmp/aside-split-XXXXXX";

/* ---- the splitter ---- */

static void put(struct str *b, uint64_t v, size_t bytes) { str_addn(b, &v, bytes); }

static void put_name(struct str *b, const char *s, size_t n) {
    put(b, n, 8);
    str_addn(b, s, n);
}

static void put_key(struct str *b, const char *key, uint64_t v, enum gguf_type type, size_t bytes) {
    put_name(b, key, strlen(key));
    put(b, (uint64_t)type, 4);
    put(b, v, bytes);
}

static void pad(struct str *b) {
    while (b->len % ALIGN) str_addc(b, '\0');
}

static size_t value_size(enum gguf_type type) {
    static const uint8_t size[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return size[type];
}

/* The first part's metadata: that of the whole file, byte for byte. */
static void copy_metadata(struct str *b, const struct gguf *g) {
    for (uint64_t i = 0; i < g->n_entries; i++) {
        const struct gguf_entry *x = &g->entries[i];
        put_name(b, x->key.s, x->key.len);
        put(b, (uint64_t)x->type, 4);
        if (x->type == GGUF_ARRAY) {
            put(b, (uint64_t)x->item, 4);
            put(b, x->n, 8);
        }
        for (uint64_t k = 0; x->strings && k < x->n; k++)
            put_name(b, x->strings[k].s, x->strings[k].len);
        if (!x->strings) str_addn(b, x->data, x->n * value_size(x->item));
    }
}

/* How a part lies about itself. */
struct lie {
    unsigned in_part; /* from 1; 0 = no lie */
    uint64_t no, count, total;
    bool first_again; /* it has the first part's tensors */
};

static void write_part(const struct gguf *g, unsigned no, const char *path, struct lie lie) {
    bool lies = lie.in_part == no;
    unsigned from = lies && lie.first_again ? 1 : no;
    uint64_t first = g->n_tensors * (from - 1) / N_PARTS, end = g->n_tensors * from / N_PARTS;
    struct str b = STR_INIT;
    uint64_t at = 0;
    str_add(&b, "GGUF");
    put(&b, 3, 4);
    put(&b, end - first, 8);
    put(&b, 3 + (no == 1 ? g->n_entries : 0), 8);
    if (no == 1) copy_metadata(&b, g);
    put_key(&b, "split.no", lies ? lie.no : no - 1, GGUF_U16, 2);
    put_key(&b, "split.count", lies ? lie.count : N_PARTS, GGUF_U16, 2);
    put_key(&b, "split.tensors.count", lies ? lie.total : g->n_tensors, GGUF_I32, 4);
    for (uint64_t i = first; i < end; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        put_name(&b, t->name.s, t->name.len);
        put(&b, t->n_dims, 4);
        for (uint32_t d = 0; d < t->n_dims; d++) put(&b, t->ne[d], 8);
        put(&b, t->type, 4);
        put(&b, at, 8);
        at += (t->bytes + ALIGN - 1) / ALIGN * ALIGN;
    }
    pad(&b);
    for (uint64_t i = first; i < end; i++) {
        str_addn(&b, g->tensors[i].data, g->tensors[i].bytes);
        pad(&b);
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(b.s, 1, b.len, f), b.len);
    assert_int_equal(fclose(f), 0);
    str_free(&b);
}

static char *part_path(unsigned no) {
    struct str path = STR_INIT;
    str_addf(&path, "%s/m-%05u-of-%05d.gguf", folder, no, N_PARTS);
    return str_take(&path);
}

static void split(struct lie lie) {
    struct err e = {""};
    struct gguf *g = gguf_open(whole, &e);
    if (!g) fail_msg("%s", e.msg);
    for (unsigned no = 1; no <= N_PARTS; no++) {
        char *path = part_path(no);
        write_part(g, no, path, lie);
        free(path);
    }
    gguf_close(g);
}

/* ---- the tests ---- */

static float *logits_of(const char *path, size_t *n) {
    static const int32_t tokens[] = {1, 5, 9, 2, 77, 300, 4, 8, 15, 16, 23, 42};
    enum { N = sizeof tokens / sizeof *tokens };
    struct err e = {""};
    struct model *m = model_open(path, &e);
    if (!m) fail_msg("%s", e.msg);
    struct session_params p = {.n_ctx = 64, .n_threads = 2};
    struct session *s = session_open(m, &p, &e);
    assert_non_null(s);
    *n = N * (size_t)model_info(m)->n_vocab;
    float *out = mem_array(*n, sizeof *out);
    if (!session_eval(s, tokens, N, out, NULL, NULL, &e)) fail_msg("%s", e.msg);
    session_close(s);
    model_close(m);
    return out;
}

static void a_model_in_parts_computes_the_same(void **state) {
    (void)state;
    split((struct lie){0});
    char *path = part_path(1);
    size_t n, n_whole;
    float *parts = logits_of(path, &n), *one = logits_of(whole, &n_whole);
    assert_int_equal(n, n_whole);
    assert_memory_equal(parts, one, n * sizeof *one);
    free(parts);
    free(one);
    free(path);
}

static void its_size_is_that_of_all_parts(void **state) {
    (void)state;
    split((struct lie){0});
    long long sum = 0;
    for (unsigned no = 1; no <= N_PARTS; no++) {
        struct stat st;
        char *path = part_path(no);
        assert_int_equal(stat(path, &st), 0);
        sum += (long long)st.st_size;
        free(path);
    }
    char *path = part_path(1);
    struct gguf *g = gguf_open(path, NULL);
    assert_non_null(g);
    assert_int_equal(g->file_bytes, sum);
    gguf_close(g);
    free(path);
}

/* Opening part `no` fails with a line that has both words. */
static void refused(unsigned no, const char *word, const char *other) {
    struct err e = {""};
    char *path = part_path(no);
    struct gguf *g = gguf_open(path, &e);
    if (g) fail_msg("%s opened", path);
    if (!strstr(e.msg, word) || !strstr(e.msg, other))
        fail_msg("\"%s\" has not both \"%s\" and \"%s\"", e.msg, word, other);
    free(path);
}

static void a_missing_part_is_named(void **state) {
    (void)state;
    split((struct lie){0});
    char *path = part_path(3);
    unlink(path);
    free(path);
    refused(1, "part 3 of 3", "m-00003-of-00003.gguf: No such file");
}

static void a_cut_part_is_named(void **state) {
    (void)state;
    split((struct lie){0});
    char *path = part_path(2);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2), 0);
    free(path);
    refused(1, "m-00002-of-00003.gguf", "past the end of the file");
}

static void another_part_than_the_first_points_to_it(void **state) {
    (void)state;
    split((struct lie){0});
    refused(2, "open the first", "m-00001-of-00003.gguf");
}

static void parts_that_do_not_belong_together_are_refused(void **state) {
    (void)state;
    static const struct {
        struct lie lie;
        const char *word, *other;
    } cases[] = {
        {{2, 2, 3, 39, false}, "m-00002-of-00003.gguf", "is not part 2"},
        {{2, 1, 4, 39, false}, "m-00002-of-00003.gguf", "is not part 2"},
        {{1, 0, 3, 9999, false}, "m-00001-of-00003.gguf", "announces 9999"},
        {{1, 0, 4, 39, false}, "m-00001-of-00003.gguf", "-00001-of-00004.gguf"},
        {{1, 0, 65535, 39, false}, "m-00001-of-00003.gguf", "-of-65535.gguf"},
        {{3, 2, 3, 39, true}, "m-00003-of-00003.gguf", "an earlier part has it too"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        split(cases[i].lie);
        refused(1, cases[i].word, cases[i].other);
    }
}

static void names_of_parts_are_told_from_others(void **state) {
    (void)state;
    static const char *const others[] = {
        "m.gguf",
        "m-00001-of-0003.gguf",
        "m-00004-of-00003.gguf",
        "m-00000-of-00003.gguf",
        "-00001-of-00003.gguf",
        "m-0000x-of-00003.gguf",
        "m-00001-of-00003.bin",
        "",
    };
    unsigned no, count;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(gguf_part_name(others[i], &no, &count));
    assert_true(gguf_part_name("/a/b-00002-of-00010.gguf", &no, &count));
    assert_int_equal(no, 2);
    assert_int_equal(count, 10);
}

static int set_up(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int clean_up(void **state) {
    (void)state;
    for (unsigned no = 1; no <= N_PARTS; no++) {
        char *path = part_path(no);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_in_parts_computes_the_same),
        cmocka_unit_test(its_size_is_that_of_all_parts),
        cmocka_unit_test(a_missing_part_is_named),
        cmocka_unit_test(a_cut_part_is_named),
        cmocka_unit_test(another_part_than_the_first_points_to_it),
        cmocka_unit_test(parts_that_do_not_belong_together_are_refused),
        cmocka_unit_test(names_of_parts_are_told_from_others),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
