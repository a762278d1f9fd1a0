/* Small random models of every family, and what an independent reference computes for them with
 * F32 weights and an F32 cache. A few live in tests/golden; all of them in ../shared/goldens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gguf.h"
#include "engine/model.h"
#include "engine/quant.h"
#include "engine/sampler.h"
#include "engine/session.h"

enum { MAX_TOKENS = 640, N_CTX = 256 };

struct golden {
    size_t n;
    int32_t token[MAX_TOKENS], next[MAX_TOKENS], top1[MAX_TOKENS];
    double next_logprob[MAX_TOKENS], top1_logprob[MAX_TOKENS], entropy[MAX_TOKENS];
};

static bool read_golden(const char *model_path, struct golden *g) {
    char path[512], line[256];
    size_t n = strlen(model_path) - (str_ends(model_path, ".gguf") ? strlen(".gguf") : 0);
    snprintf(path, sizeof path, "%.*s.tsv", (int)n, model_path);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    g->n = 0;
    while (g->n < MAX_TOKENS && fgets(line, sizeof line, f)) {
        size_t i = g->n;
        if (sscanf(line, "%*d %d %d %lf %d %lf %lf", &g->token[i], &g->next[i], &g->next_logprob[i],
                   &g->top1[i], &g->top1_logprob[i], &g->entropy[i]) == 6)
            g->n++;
    }
    fclose(f);
    return g->n > 0;
}

/* Logits of all positions, [n][V]. Owned. */
static float *logits_with(const struct model *m, const struct golden *g, size_t step,
                          const struct session_params *p) {
    struct err e = {""};
    size_t V = model_info(m)->n_vocab;
    struct session *s = session_open(m, p, &e);
    assert_non_null(s);
    float *out = mem_array(g->n * V, sizeof *out);
    for (size_t at = 0; at < g->n; at += step) {
        size_t n = g->n - at < step ? g->n - at : step;
        if (!session_eval(s, g->token + at, n, out + at * V, NULL, NULL, &e)) fail_msg("%s", e.msg);
    }
    session_close(s);
    return out;
}

static float *logits_of(const struct model *m, const struct golden *g, size_t step, bool exact) {
    struct session_params p = {.n_ctx = N_CTX, .n_threads = 2, .exact = exact};
    return logits_with(m, g, step, &p);
}

struct distance {
    double worst, mean;
    size_t same_top1;
};

static struct distance compare(const struct golden *g, const float *logits, size_t V) {
    struct distance d = {0};
    struct sampler *s = sampler_new(V);
    for (size_t i = 0; i < g->n; i++) {
        struct sample x;
        sampler_measure(s, logits + i * V, g->next[i], &x);
        double off = g->next[i] < 0 ? 0 : fabs((double)x.logprob - g->next_logprob[i]);
        off = fmax(off, fabs((double)x.entropy - g->entropy[i]));
        if (x.alt_id[0] == g->top1[i]) {
            d.same_top1++;
            off = fmax(off, fabs((double)x.alt_logprob[0] - g->top1_logprob[i]));
        }
        d.worst = fmax(d.worst, off);
        d.mean += off / (double)g->n;
    }
    sampler_free(s);
    return d;
}

static void to_probs(const float *logits, size_t V, double *p) {
    double max = -INFINITY, sum = 0;
    for (size_t i = 0; i < V; i++) max = fmax(max, (double)logits[i]);
    for (size_t i = 0; i < V; i++) sum += p[i] = exp((double)logits[i] - max);
    for (size_t i = 0; i < V; i++) p[i] /= sum;
}

/* Mean over positions of KL(a || b), in nats. */
static double mean_kl(const float *a, const float *b, size_t n, size_t V) {
    double *p = mem_array(V, sizeof *p), *q = mem_array(V, sizeof *q), kl = 0;
    for (size_t t = 0; t < n; t++) {
        to_probs(a + t * V, V, p);
        to_probs(b + t * V, V, q);
        for (size_t i = 0; i < V; i++)
            if (p[i] > 0) kl += p[i] * log(p[i] / q[i]) / (double)n;
    }
    free(p);
    free(q);
    return kl;
}

/* ---- the same model with its weights written out as F32 ---- */

static const unsigned char *end_of_metadata(const struct gguf *g) {
    const struct gguf_entry *last = &g->entries[g->n_entries - 1];
    static const uint8_t size[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    if (!last->strings) return last->data + last->n * size[last->item];
    return (const unsigned char *)last->strings[last->n - 1].s + last->strings[last->n - 1].len;
}

static void put_u(struct str *b, uint64_t v, size_t bytes) { str_addn(b, &v, bytes); }

static uint64_t count(const struct gguf_tensor *t) {
    return t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
}

static void put_directory(struct str *out, const struct gguf *g) {
    uint64_t offset = 0;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        put_u(out, t->name.len, 8);
        str_addn(out, t->name.s, t->name.len);
        put_u(out, t->n_dims, 4);
        for (uint32_t d = 0; d < t->n_dims; d++) put_u(out, t->ne[d], 8);
        put_u(out, TENSOR_F32, 4);
        put_u(out, offset, 8);
        offset += (count(t) * sizeof(float) + 31) / 32 * 32;
    }
}

static void write_f32(const struct gguf *g, const char *path) {
    struct str out = STR_INIT;
    const struct gguf_entry *first = &g->entries[0];
    const char *head = first->key.s - 8 - 24;
    str_addn(&out, head, (size_t)((const char *)end_of_metadata(g) - head));
    put_directory(&out, g);
    while (out.len % 32) str_addc(&out, '\0');
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        float *x = mem_array(count(t), sizeof *x);
        quant_type(t->type)->dequantize(t->data, x, count(t));
        str_addn(&out, x, count(t) * sizeof *x);
        while (out.len % 32) str_addc(&out, '\0');
        free(x);
    }
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(out.s, 1, out.len, f), out.len);
    assert_int_equal(fclose(f), 0);
    str_free(&out);
}

static struct model *open_as_f32(const struct model *m) {
    char path[] = "/tmp/aside-golden-XXXXXX";
    struct err e = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_f32(model_gguf(m), path);
    struct model *plain = model_open(path, &e);
    if (!plain) fail_msg("%s", e.msg);
    unlink(path);
    return plain;
}

/* ---- the checks ---- */

static bool is_quantized(const struct model *m) {
    const struct gguf *g = model_gguf(m);
    for (uint64_t i = 0; i < g->n_tensors; i++)
        if (quant_type(g->tensors[i].type)->block > 1) return true;
    return false;
}

static bool near(const char *what, const char *path, double worst, double bound) {
    if (worst <= bound) return true;
    print_error("%s: %s is off by %.6f, more than %.6f\n", path, what, worst, bound);
    return false;
}

static bool check_plain(const char *path, const struct model *m, const struct golden *g,
                        double bound) {
    size_t V = model_info(m)->n_vocab;
    float *whole = logits_of(m, g, g->n, true), *steps = logits_of(m, g, 1, true);
    float *halves = logits_of(m, g, g->n, false);
    struct distance a = compare(g, whole, V), b = compare(g, steps, V);
    double kl = mean_kl(whole, halves, g->n, V);
    print_message("    %-52s worst %.6f, by steps %.6f, KL of the f16 cache %.2g\n", path, a.worst,
                  b.worst, kl);
    bool ok = near("one prefill", path, a.worst, bound) &&
              near("token by token", path, b.worst, bound) &&
              near("the f16 cache's KL", path, kl, model_info(m)->n_experts ? 0.02 : 0.003);
    free(whole);
    free(steps);
    free(halves);
    return ok;
}

/* The chat rounds activations. In a model of experts that can tip a near-tie between two of them,
 * which moves one position far; so there the bound is wider. */
static bool check_fast(const char *path, const struct model *m, const struct golden *g,
                       const float *truth) {
    size_t V = model_info(m)->n_vocab;
    double bound = model_info(m)->n_experts ? 0.02 : 0.003;
    float *whole = logits_of(m, g, g->n, false), *steps = logits_of(m, g, 1, false);
    double kl_a = mean_kl(truth, whole, g->n, V), kl_b = mean_kl(truth, steps, g->n, V),
           between = mean_kl(whole, steps, g->n, V);
    print_message("    %-52s rounded: KL %.5f, by steps %.5f, between %.5f; top-1 %zu, %zu\n", "",
                  kl_a, kl_b, between, compare(g, whole, V).same_top1,
                  compare(g, steps, V).same_top1);
    free(whole);
    free(steps);
    return near("KL of a rounded prefill", path, kl_a, bound) &&
           near("KL of rounded steps", path, kl_b, bound) &&
           near("KL between the two", path, between, bound);
}

static bool check_quantized(const char *path, const struct model *m, const struct golden *g) {
    size_t V = model_info(m)->n_vocab;
    struct model *plain = open_as_f32(m);
    float *truth = logits_of(plain, g, g->n, true);
    float *whole = logits_of(m, g, g->n, true), *steps = logits_of(m, g, 1, true);
    struct distance t = compare(g, truth, V), a = compare(g, whole, V), b = compare(g, steps, V);
    double kl_a = mean_kl(truth, whole, g->n, V), kl_b = mean_kl(truth, steps, g->n, V);
    print_message("    %-52s worst %.6f, by steps %.6f, KL %.2g, %.2g; top-1 %zu, %zu of %zu\n",
                  path, a.worst, b.worst, kl_a, kl_b, a.same_top1, b.same_top1, g->n);
    bool ok = near("its weights as F32", path, t.worst, 0.002) &&
              near("one prefill's KL", path, kl_a, 0.003) &&
              near("token by token's KL", path, kl_b, 0.003) &&
              near("top-1 of one prefill", path, 1 - (double)a.same_top1 / (double)g->n, 0.05) &&
              near("top-1 by steps", path, 1 - (double)b.same_top1 / (double)g->n, 0.05) &&
              check_fast(path, m, g, truth);
    free(truth);
    free(whole);
    free(steps);
    model_close(plain);
    return ok;
}

static bool check_file(const char *path, double bound) {
    struct err e = {""};
    struct golden g;
    if (!read_golden(path, &g)) return true;
    struct model *m = model_open(path, &e);
    if (!m) {
        print_error("%s\n", e.msg);
        return false;
    }
    bool ok = is_quantized(m) ? check_quantized(path, m, &g) : check_plain(path, m, &g, bound);
    model_close(m);
    return ok;
}

static int is_model(const struct dirent *d) {
    return str_ends(d->d_name, ".gguf") || (d->d_name[0] != '.' && !strchr(d->d_name, '.'));
}

static void check_folder(const char *folder, double bound) {
    struct dirent **files;
    int n = scandir(folder, &files, is_model, alphasort);
    if (n < 0) {
        print_message("skipped %s: absent\n", folder);
        return;
    }
    int bad = 0;
    for (int i = 0; i < n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
        bad += !check_file(path, bound);
        free(files[i]);
    }
    free(files);
    assert_true(n > 0);
    assert_int_equal(bad, 0);
}

static void the_models_of_this_repository_compute_what_the_reference_does(void **state) {
    (void)state;
    check_folder("tests/golden", 0.002);
}

/* Folders and log-probabilities as Hugging Face's transformers write and compute them (in F32, from
 * the numbers as stored; FP8 as unpacked to BF16). The one of phi3 is longer than the context that
 * its short RoPE divisors are for. */
static void published_folders_compute_what_their_publisher_does(void **state) {
    (void)state;
    check_folder("tests/golden/folders", 0.001);
}

static void all_files_of_the_first_families_compute_what_the_reference_does(void **state) {
    (void)state;
    check_folder("../shared/goldens", 0.002);
}

static void all_further_families_compute_what_the_reference_does(void **state) {
    (void)state;
    check_folder("../shared/goldens/families", 0.005);
}

/* Short contexts turn by one set of divisors, those longer than the model was first trained for
 * (512 tokens) by another, from the first token on. */
static void check_divisors(const char *name, uint32_t n_ctx) {
    char path[256];
    struct golden g;
    struct err e = {""};
    snprintf(path, sizeof path, "tests/golden/phi3-longrope-%s.gguf", name);
    assert_true(read_golden(path, &g));
    struct model *m = model_open("tests/golden/phi3-longrope.gguf", &e);
    if (!m) fail_msg("%s", e.msg);
    struct session_params p = {.n_ctx = n_ctx, .n_threads = 2, .exact = true};
    float *logits = logits_with(m, &g, g.n, &p);
    struct distance d = compare(&g, logits, model_info(m)->n_vocab);
    print_message("    phi3 in a context of %-31u worst %.6f; top-1 %zu of %zu\n", n_ctx, d.worst,
                  d.same_top1, g.n);
    assert_true(d.worst < 0.002 && d.same_top1 == g.n);
    free(logits);
    model_close(m);
}

static void the_context_decides_which_divisors_turn(void **state) {
    (void)state;
    check_divisors("short", 256);
    check_divisors("short", 512);
    check_divisors("long", 1024);
}

/* At each position: what the block drafts when the token there is known but not yet evaluated. */
static void check_drafts(const char *name) {
    char path[256], line[256];
    struct err e = {""};
    snprintf(path, sizeof path, "../shared/goldens/families/%s.mtp.tsv", name);
    FILE *f = fopen(path, "r");
    if (!f) {
        print_message("skipped %s: absent\n", path);
        return;
    }
    snprintf(path, sizeof path, "../shared/goldens/families/%s.gguf", name);
    struct model *m = model_open(path, &e);
    if (!m) fail_msg("%s", e.msg);
    size_t V = model_info(m)->n_vocab, rows = 0;
    struct session_params p = {.n_ctx = N_CTX, .n_threads = 2, .exact = true, .draft = true};
    struct session *s = session_open(m, &p, &e);
    struct sampler *sampler = sampler_new(V);
    float *logits = mem_array(V, sizeof *logits);
    while (fgets(line, sizeof line, f)) {
        int token, top1;
        double logprob, entropy;
        struct sample x;
        if (sscanf(line, "%*d %d %d %lf %lf", &token, &top1, &logprob, &entropy) != 4) continue;
        assert_true(session_draft(s, token, 0, logits));
        sampler_measure(sampler, logits, top1, &x);
        assert_int_equal(x.alt_id[0], top1);
        assert_true(fabs((double)x.logprob - logprob) < 0.005);
        assert_true(fabs((double)x.entropy - entropy) < 0.005);
        if (!session_draft(s, top1, 1, logits)) fail(); /* must leave no trace */
        if (!session_eval(s, &token, 1, NULL, NULL, NULL, &e)) fail_msg("%s", e.msg);
        rows++;
    }
    assert_true(rows >= 30);
    fclose(f);
    free(logits);
    sampler_free(sampler);
    session_close(s);
    model_close(m);
}

static void drafting_blocks_draft_what_the_reference_does(void **state) {
    (void)state;
    check_drafts("mtp-glm47flash");
    check_drafts("mtp-qwen35");
    check_drafts("mtp-qwen35moe");
    check_drafts("mtp-qwen3next");
}

/* What keeping keys and values in 8 bits changes, beside halves. Experts: see check_fast. */
static void check_cache_of_8_bits(const char *path) {
    struct err e = {""};
    struct golden g;
    if (!read_golden(path, &g)) {
        print_message("skipped %s: absent\n", path);
        return;
    }
    struct model *m = model_open(path, &e);
    if (!m) fail_msg("%s", e.msg);
    size_t V = model_info(m)->n_vocab;
    struct session_params p = {.n_ctx = N_CTX, .n_threads = 2};
    float *halves = logits_with(m, &g, g.n, &p);
    p.cache_type = CACHE_Q8_0;
    float *bytes = logits_with(m, &g, g.n, &p), *steps = logits_with(m, &g, 1, &p);
    double whole = mean_kl(halves, bytes, g.n, V), stepped = mean_kl(halves, steps, g.n, V),
           bound = model_info(m)->n_experts ? 0.02 : 0.003;
    print_message("    %-52s KL of the q8_0 cache %.2g, by steps %.2g\n", path, whole, stepped);
    assert_true(whole > 0);
    if (!near("KL of the q8_0 cache", path, whole, bound) ||
        !near("KL of the q8_0 cache by steps", path, stepped, bound))
        fail();
    free(halves);
    free(bytes);
    free(steps);
    model_close(m);
}

static void a_cache_of_8_bits_changes_little(void **state) {
    (void)state;
    check_cache_of_8_bits("tests/golden/qwen3-f16.gguf");
    check_cache_of_8_bits("tests/golden/llama-q4_k_m.gguf");
    check_cache_of_8_bits("tests/golden/deepseek2-v3.gguf");
    check_cache_of_8_bits("../shared/goldens/families/gpt-oss.gguf");
    check_cache_of_8_bits("../shared/goldens/families/qwen35.gguf");
}

static void a_wrong_number_would_be_noticed(void **state) {
    (void)state;
    struct golden g;
    struct err e = {""};
    assert_true(read_golden("tests/golden/qwen3-f16.gguf", &g));
    struct model *m = model_open("tests/golden/qwen3-f16.gguf", &e);
    assert_non_null(m);
    g.next_logprob[20] += 0.003;
    float *logits = logits_of(m, &g, g.n, true);
    assert_true(compare(&g, logits, model_info(m)->n_vocab).worst > 0.002);
    g.next_logprob[20] -= 0.003;
    g.token[7] ^= 1;
    free(logits);
    logits = logits_of(m, &g, g.n, true);
    assert_true(compare(&g, logits, model_info(m)->n_vocab).worst > 0.002);
    free(logits);
    model_close(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_models_of_this_repository_compute_what_the_reference_does),
        cmocka_unit_test(published_folders_compute_what_their_publisher_does),
        cmocka_unit_test(all_files_of_the_first_families_compute_what_the_reference_does),
        cmocka_unit_test(all_further_families_compute_what_the_reference_does),
        cmocka_unit_test(the_context_decides_which_divisors_turn),
        cmocka_unit_test(drafting_blocks_draft_what_the_reference_does),
        cmocka_unit_test(a_cache_of_8_bits_changes_little),
        cmocka_unit_test(a_wrong_number_would_be_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
