/* Saved caches: what comes back is what was there, to the bit; what is damaged, cut or foreign is
 * refused and leaves a session that reads its prompt as if nothing had been there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/gguf.h"
#include "engine/session.h"
#include "engine/session_file.h"

#define DENSE  "tests/golden/llama-q4_k_m.gguf"
#define LATENT "tests/golden/deepseek2-v3.gguf"
#define DRAFTS "../shared/goldens/families/mtp-qwen35.gguf"

static const char *const files[] = {DENSE,
                                    LATENT,
                                    DRAFTS,
                                    "../shared/goldens/families/qwen35.gguf",
                                    "../shared/goldens/families/lfm2.gguf",
                                    "../shared/goldens/families/gpt-oss.gguf",
                                    "../shared/goldens/families/mtp-glm47flash.gguf"};
enum { FILES = sizeof files / sizeof *files, LENGTH = 200, MORE = 20 };

static char folder[] = "/tmp/aside-saved-XXXXXX", path[64];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/cache", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static struct model *open_model(const char *name) {
    struct err e = {""};
    if (access(name, R_OK) != 0) {
        print_message("skipped %s: absent\n", name);
        return NULL;
    }
    struct model *m = model_open(name, &e);
    if (!m) fail_msg("%s", e.msg);
    return m;
}

static struct session *open_session(const struct model *m, const struct session_params *p) {
    struct err e = {""};
    struct session *s = session_open(m, p, &e);
    if (!s) fail_msg("%s", e.msg);
    return s;
}

static void eval(struct session *s, const int32_t *ids, size_t n) {
    struct err e = {""};
    if (!session_eval(s, ids, n, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
}

static void eval_singly(struct session *s, const int32_t *ids, size_t n) {
    for (size_t i = 0; i < n; i++) eval(s, ids + i, 1);
}

static void save(const struct session *s) {
    struct err e = {""};
    struct stat st;
    if (!session_save(s, path, &e)) fail_msg("%s", e.msg);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, session_file_bytes(s));
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void restore(struct session *s) {
    struct err e = {""};
    if (!session_restore(s, path, &e)) fail_msg("%s", e.msg);
}

static void same_logits(const struct session *a, const struct session *b) {
    size_t bytes = model_info(session_model(a))->n_vocab * sizeof(float);
    assert_non_null(session_logits(a));
    assert_non_null(session_logits(b));
    assert_memory_equal(session_logits(a), session_logits(b), bytes);
}

static void some_tokens(const struct model *m, int32_t *ids, size_t n, uint64_t seed) {
    struct rng r = {.seed = seed};
    for (size_t i = 0; i < n; i++) ids[i] = (int32_t)rng_below(&r, model_info(m)->n_vocab);
}

/* ---- what comes back ---- */

static void goes_on_alike(const struct model *m, const struct session_params *p) {
    int32_t ids[LENGTH + MORE];
    struct session *left = open_session(m, p), *resumed = open_session(m, p);
    some_tokens(m, ids, LENGTH + MORE, 1);
    eval(left, ids, LENGTH - 30);
    eval_singly(left, ids + LENGTH - 30, 30);
    save(left);
    eval(resumed, ids + 50, 60); /* whatever was there goes */
    restore(resumed);
    assert_int_equal(session_length(resumed), LENGTH);
    assert_memory_equal(session_tokens(resumed), ids, LENGTH * sizeof *ids);
    same_logits(left, resumed);
    eval_singly(left, ids + LENGTH, MORE);
    eval_singly(resumed, ids + LENGTH, MORE);
    same_logits(left, resumed);
    size_t back = session_truncate(left, LENGTH - 35); /* a recurrent one: its prompt's end */
    assert_true(back >= LENGTH - 60);
    assert_int_equal(session_truncate(resumed, LENGTH - 35), back);
    eval(left, ids + back, MORE);
    eval(resumed, ids + back, MORE);
    same_logits(left, resumed);
    if (p->draft) {
        size_t bytes = model_info(m)->n_vocab * sizeof(float);
        float *a = mem_alloc(bytes), *b = mem_alloc(bytes);
        assert_true(session_draft(left, ids[3], 0, a) && session_draft(resumed, ids[3], 0, b));
        assert_memory_equal(a, b, bytes);
        free(a);
        free(b);
    }
    session_close(left);
    session_close(resumed);
}

static void a_resumed_session_goes_on_as_if_it_had_stayed(void **state) {
    (void)state;
    for (size_t f = 0; f < FILES; f++) {
        struct model *m = open_model(files[f]);
        if (!m) continue;
        struct session_params p = {.n_ctx = 256, .n_threads = 2, .n_batch = 64};
        goes_on_alike(m, &p);
        p.cache_type = CACHE_Q8_0;
        p.draft = model_info(m)->n_mtp > 0;
        goes_on_alike(m, &p);
        p.exact = true;
        goes_on_alike(m, &p);
        model_close(m);
    }
}

static void a_larger_context_takes_what_a_smaller_one_left(void **state) {
    (void)state;
    struct model *m = open_model(DENSE);
    struct err e = {""};
    int32_t ids[LENGTH];
    struct session_params p = {.n_ctx = LENGTH, .n_threads = 2};
    struct session *small = open_session(m, &p);
    p.n_ctx = 2 * LENGTH;
    struct session *large = open_session(m, &p);
    some_tokens(m, ids, LENGTH, 2);
    eval(small, ids, LENGTH);
    save(small);
    restore(large);
    same_logits(small, large);
    p.n_ctx = LENGTH - 1;
    struct session *tiny = open_session(m, &p);
    assert_false(session_restore(tiny, path, &e));
    assert_non_null(strstr(e.msg, "its 200 tokens do not fit the context of 199"));
    session_close(small);
    session_close(large);
    session_close(tiny);
    model_close(m);
}

static void nothing_at_all_can_be_saved_too(void **state) {
    (void)state;
    struct model *m = open_model(DENSE);
    struct session_params p = {.n_ctx = 64, .n_threads = 1};
    struct session *s = open_session(m, &p), *t = open_session(m, &p);
    int32_t ids[] = {1, 2, 3};
    save(s);
    eval(t, ids, 3);
    restore(t);
    assert_int_equal(session_length(t), 0);
    assert_null(session_logits(t));
    session_close(s);
    session_close(t);
    model_close(m);
}

/* ---- what is refused ---- */

/* The session is empty and reads the prompt as a new one does. */
static void starts_anew(struct session *s, const struct session *fresh, const int32_t *ids,
                        size_t n) {
    assert_int_equal(session_length(s), 0);
    assert_null(session_logits(s));
    eval(s, ids, n);
    same_logits(s, fresh);
}

static void write_file(const char *bytes, size_t n) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void check_damage(const char *name) {
    struct err e = {""};
    struct str good = STR_INIT;
    int32_t ids[LENGTH];
    struct rng r = {.seed = 4};
    struct model *m = open_model(name);
    if (!m) return;
    struct session_params p = {.n_ctx = 256, .n_threads = 2};
    struct session *s = open_session(m, &p), *fresh = open_session(m, &p);
    some_tokens(m, ids, LENGTH, 3);
    eval(fresh, ids, LENGTH);
    save(fresh);
    if (!files_read_whole(path, 64 << 20, &good, &e)) fail_msg("%s", e.msg);
    for (int round = 0; round < 300; round++) {
        size_t byte = round < 120 ? (size_t)round : (size_t)rng_below(&r, good.len);
        good.s[byte] ^= (char)(1 << round % 8);
        write_file(good.s, good.len);
        if (session_restore(s, path, &e)) fail_msg("%s: a flipped bit in byte %zu", name, byte);
        good.s[byte] ^= (char)(1 << round % 8);
        assert_int_equal(session_length(s), 0);
    }
    starts_anew(s, fresh, ids, LENGTH);
    for (int round = 0; round < 100; round++) {
        size_t n = round < 10 ? (size_t)round * 8 : (size_t)rng_below(&r, good.len);
        write_file(good.s, n);
        if (session_restore(s, path, &e)) fail_msg("%s: cut to %zu bytes", name, n);
    }
    starts_anew(s, fresh, ids, LENGTH);
    str_addc(&good, 'x');
    write_file(good.s, good.len);
    assert_false(session_restore(s, path, &e));
    write_file(good.s, good.len - 1);
    restore(s); /* and it was good */
    same_logits(s, fresh);
    str_free(&good);
    session_close(s);
    session_close(fresh);
    model_close(m);
}

static void damaged_and_cut_files_are_refused(void **state) {
    (void)state;
    check_damage(DENSE);
    check_damage(LATENT);
    check_damage(DRAFTS);
}

static void foreign_files_are_refused(void **state) {
    (void)state;
    struct err e = {""};
    struct model *m = open_model(DENSE), *other = open_model(LATENT);
    struct session_params p = {.n_ctx = 64, .n_threads = 1};
    int32_t ids[] = {5, 6, 7};
    struct session *s = open_session(m, &p), *stranger = open_session(other, &p);
    eval(s, ids, 3);
    save(s);
    assert_false(session_restore(stranger, path, &e));
    assert_non_null(strstr(e.msg, "it is another model's"));
    p.cache_type = CACHE_Q8_0;
    struct session *bytes = open_session(m, &p);
    assert_false(session_restore(bytes, path, &e));
    assert_non_null(strstr(e.msg, "its cache has another shape"));
    write_file("not a cache at all, but long enough to hold a head ................................"
               "...................................",
               115);
    assert_false(session_restore(s, path, &e));
    assert_non_null(strstr(e.msg, "it is no saved cache, or damaged"));
    unlink(path);
    assert_false(session_restore(s, path, &e));
    assert_non_null(strstr(e.msg, "No such file"));
    session_close(s);
    session_close(bytes);
    session_close(stranger);
    model_close(m);
    model_close(other);
}

static void the_same_model_with_other_weights_is_another(void **state) {
    (void)state;
    struct err e = {""};
    struct str gguf = STR_INIT;
    char copy[80];
    int32_t ids[] = {5, 6, 7};
    struct session_params p = {.n_ctx = 64, .n_threads = 1};
    struct model *m = open_model(DENSE);
    struct session *s = open_session(m, &p);
    eval(s, ids, 3);
    save(s);
    assert_true(files_read_whole(DENSE, 64 << 20, &gguf, &e));
    const struct gguf *g = model_gguf(m);
    /* the first byte of the last tensor */
    uint64_t last = 0;
    for (uint64_t i = 1; i < g->n_tensors; i++)
        if (g->tensors[i].offset > g->tensors[last].offset) last = i;
    size_t first = gguf.len - g->tensors[last].bytes;
    gguf.s[first] ^= 1;
    snprintf(copy, sizeof copy, "%s/other.gguf", folder);
    assert_true(files_write_whole(copy, gguf.s, gguf.len, &e));
    struct model *other = open_model(copy);
    unlink(copy);
    struct session *t = open_session(other, &p);
    assert_false(session_restore(t, path, &e));
    assert_non_null(strstr(e.msg, "it is another model's"));
    session_close(s);
    session_close(t);
    model_close(m);
    model_close(other);
    str_free(&gguf);
}

static void a_full_disk_keeps_the_old_file(void **state) {
    (void)state;
    struct err e = {""};
    int32_t ids[LENGTH];
    struct model *m = open_model(DENSE);
    struct session_params p = {.n_ctx = 256, .n_threads = 2};
    struct session *s = open_session(m, &p), *t = open_session(m, &p);
    some_tokens(m, ids, LENGTH, 5);
    eval(s, ids, 100);
    save(s);
    eval(s, ids + 100, 100);
    struct rlimit all, little = {session_file_bytes(s) / 2, RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &all);
    little.rlim_max = all.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    bool saved = session_save(s, path, &e);
    setrlimit(RLIMIT_FSIZE, &all);
    assert_false(saved);
    assert_non_null(strstr(e.msg, "File too large"));
    restore(t);
    assert_int_equal(session_length(t), 100);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left there */
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_false(session_save(s, "/nosuch/folder/cache", &e));
    session_close(s);
    session_close(t);
    model_close(m);
}

static void every_difference_changes_the_checksum(void **state) {
    (void)state;
    unsigned char bytes[100] = {0};
    uint64_t seen[sizeof bytes * 8 + 1];
    size_t n = 0;
    for (size_t bit = 0; bit <= sizeof bytes * 8; bit++) {
        struct checksum c = CHECKSUM_INIT;
        if (bit < sizeof bytes * 8) bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        checksum_add(&c, bytes, sizeof bytes);
        if (bit < sizeof bytes * 8) bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        seen[n] = checksum_end(&c);
        for (size_t i = 0; i < n; i++) assert_true(seen[i] != seen[n]);
        n++;
    }
    struct checksum shorter = CHECKSUM_INIT; /* zeros at the end count */
    checksum_add(&shorter, bytes, sizeof bytes - 1);
    assert_true(checksum_end(&shorter) != seen[n - 1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_session_goes_on_as_if_it_had_stayed),
        cmocka_unit_test(a_larger_context_takes_what_a_smaller_one_left),
        cmocka_unit_test(nothing_at_all_can_be_saved_too),
        cmocka_unit_test(damaged_and_cut_files_are_refused),
        cmocka_unit_test(foreign_files_are_refused),
        cmocka_unit_test(the_same_model_with_other_weights_is_another),
        cmocka_unit_test(a_full_disk_keeps_the_old_file),
        cmocka_unit_test(every_difference_changes_the_checksum),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
