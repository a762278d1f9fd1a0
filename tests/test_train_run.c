/* The trainer as a whole, in miniature: it learns, resumes to the bit, generates what its training
 * forward says, keeps the test split out of the training stream, and writes a GGUF that the engine
 * reads. */
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

#include "base/mem.h"
#include "engine/gguf.h"
#include "engine/train/data.h"
#include "engine/train/export.h"
#include "engine/train/generate.h"
#include "engine/train/grpo.h"
#include "engine/train/muon.h"
#include "engine/train/sft.h"

static const struct net_config small = {.n_embd = 64,
                                        .n_block = 2,
                                        .n_head = 2,
                                        .nope = 32,
                                        .rope = 16,
                                        .v_dim = 32,
                                        .q_lora = 32,
                                        .kv_lora = 32,
                                        .n_ff = 64,
                                        .n_expert = 4,
                                        .n_used = 2,
                                        .n_ff_exp = 32,
                                        .n_ctx = 512,
                                        .expert_scale = 1.0f,
                                        .eps = 1e-6f,
                                        .rope_base = 10000.0f};

static void state_new(struct model_state *s) {
    struct bpe *b = data_learn_bpe(1, 500, 400);
    struct net_config c = small;
    c.n_vocab = bpe_size(b);
    model_state_init(s, &c, b, 1);
}

static struct sft_options options(int64_t steps) {
    struct sft_options o = sft_defaults();
    o.steps = steps;
    o.warmup = 2;
    o.decay = 0;
    o.batch_tok = 1024;
    o.mtp_every = 2;
    o.ops = ops_blas();
    o.quiet = true;
    return o;
}

static double loss_now(struct model_state *s) {
    struct data_source source;
    struct batch b;
    struct weights w;
    struct pass *p = pass_new(&s->c, ops_blas(), 1024);
    data_source_init(&source, s->bpe, 77, s->c.n_ctx);
    batch_init(&b, 1024);
    data_fill(&source, 0, &b);
    net_bind(&s->c, s->param, &w);
    pass_forward(p, &w, &b, false);
    double sum = 0, n = 0;
    for (int i = 0; i < b.n_tok; i++)
        if (b.target[i] >= 0) sum -= (double)pass_logp(p)[i], n++;
    batch_done(&b);
    pass_free(p);
    return sum / n;
}

static void a_few_steps_lower_the_loss(void **state) {
    (void)state;
    struct model_state s;
    struct err e;
    state_new(&s);
    double before = loss_now(&s);
    struct sft_options o = options(12);
    o.adam.rate = 5e-3f;
    assert_true(sft_run(&s, &o, &e));
    double after = loss_now(&s);
    if (!(after < before - 0.8)) fail_msg("loss %g before, %g after", before, after);
    model_state_done(&s);
}

static char *temp_path(char buf[64]) {
    strcpy(buf, "/tmp/aside-train-XXXXXX");
    int fd = mkstemp(buf);
    assert_true(fd >= 0);
    close(fd);
    return buf;
}

static void a_resumed_run_has_the_same_bits(void **state) {
    (void)state;
    struct model_state whole, first, second;
    struct err e;
    char path[64];
    state_new(&whole);
    state_new(&first);
    struct sft_options o = options(6);
    assert_true(sft_run(&whole, &o, &e));
    o.stop = 3;
    o.checkpoint = temp_path(path);
    assert_true(sft_run(&first, &o, &e));
    assert_true(model_state_load(&second, path, &e));
    assert_int_equal(second.step, 3);
    o.stop = 0;
    assert_true(sft_run(&second, &o, &e));
    assert_memory_equal(whole.param, second.param, whole.n_param * sizeof(float));
    assert_memory_equal(whole.v, second.v, whole.n_param * sizeof(float));
    assert_memory_not_equal(whole.param, first.param, whole.n_param * sizeof(float));
    unlink(path);
    model_state_done(&whole);
    model_state_done(&first);
    model_state_done(&second);
}

static void a_damaged_checkpoint_is_refused(void **state) {
    (void)state;
    struct model_state s, t;
    struct err e = {0};
    char path[64];
    state_new(&s);
    assert_true(model_state_save(&s, temp_path(path), &e));
    assert_int_equal(truncate(path, 5000), 0);
    assert_false(model_state_load(&t, path, &e));
    assert_non_null(strstr(e.msg, "cut short"));
    FILE *f = fopen(path, "wb");
    fputs("something else altogether, long enough to hold a head "
          "…………………………………………………………………………………………………",
          f);
    fclose(f);
    assert_false(model_state_load(&t, path, &e));
    unlink(path);
    model_state_done(&s);
}

/* The absorbed form on the latent cache against expanded keys and values: same choice each time. */
static void generation_follows_the_training_forward(void **state) {
    (void)state;
    struct model_state s;
    struct weights w;
    struct batch b;
    state_new(&s);
    net_bind(&s.c, s.param, &w);
    int prompt[] = {TOKEN_BOS, TOKEN_USER, 40, 41, 99, TOKEN_ASSISTANT, TOKEN_THINK};
    struct generation g[3] = {0};
    for (int i = 0; i < 3; i++)
        g[i] = (struct generation){.prompt = prompt, .n_prompt = 7 - i, .max_new = 20};
    generate_all(&s.c, &w, ops_blas(), g, 3, 2, 2);
    struct pass *p = pass_new(&s.c, ops_blas(), 64);
    batch_init(&b, 64);
    for (int i = 0; i < 3; i++) {
        int all[64], n = g[i].n_prompt;
        uint8_t loss[64] = {0};
        memcpy(all, prompt, sizeof(int) * (size_t)n);
        memcpy(all + n, g[i].out.ids, sizeof(int) * g[i].out.n);
        batch_clear(&b);
        batch_add(&b, all, loss, n + (int)g[i].out.n);
        pass_forward(p, &w, &b, false);
        for (size_t t = 0; t < g[i].out.n; t++) {
            const float *z = pass_logits(p) + ((size_t)n - 1 + t) * (size_t)s.c.n_vocab;
            for (int v = 0; v < s.c.n_vocab; v++) assert_true(z[v] <= z[g[i].out.ids[t]] + 1e-4f);
        }
        tokens_free(&g[i].out);
    }
    batch_done(&b);
    pass_free(p);
    model_state_done(&s);
}

static void text_comes_back_from_its_tokens(void **state) {
    (void)state;
    struct bpe *b = data_learn_bpe(2, 300, 500);
    const char *text = "What is 12 × 34?\n\nÄpfel, 日本 — it's 9.11\t!";
    struct tokens t = {0};
    struct str back = STR_INIT;
    bpe_encode(b, text, strlen(text), &t);
    bpe_decode(b, t.ids, t.n, &back);
    assert_string_equal(str_cstr(&back), text);
    for (size_t i = 0; i < t.n; i++) { /* a digit is a token of its own */
        size_t n;
        const char *piece = bpe_bytes(b, t.ids[i], &n);
        for (size_t k = 0; k < n; k++)
            if (piece[k] >= '0' && piece[k] <= '9') assert_int_equal(n, 1);
    }
    tokens_free(&t);
    str_free(&back);
    bpe_free(b);
}

/* Part of the dialogues come after talk about other things, and all end with what is asked last. */
static void dialogues_come_after_other_talk(void **state) {
    (void)state;
    struct bpe *b = data_learn_bpe(1, 500, 400);
    struct data_source source;
    data_source_init(&source, b, 5, 1024);
    struct rng r = {.seed = 5};
    int late = 0, alone = 0, cut = 0;
    for (int i = 0; i < 400; i++) {
        struct dialogue d = {0};
        source.cut_share = i < 200 ? 0 : 1;
        data_dialogue(&source, &r, &d);
        int users = 0, answers = 0;
        for (size_t k = 0; k < d.n_prompt; k++) {
            users += d.token.ids[k] == TOKEN_USER;
            answers += d.token.ids[k] == TOKEN_ASSISTANT;
        }
        assert_true(users >= 1 && users == answers);
        late += users > TASK_MAX_TURNS;
        alone += users == 1;
        bool ends = d.token.ids[d.token.n - 1] == TOKEN_EOS;
        assert_true(ends || (i >= 200 && d.token.n == d.n_prompt + CUT_TOKENS));
        cut += !ends;
        dialogue_done(&d);
    }
    assert_true(late > 10 && alone > 100 && cut > 50);
    bpe_free(b);
}

static int compare_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What would be asked: every question of a dialogue, the graded one with what led to it. */
static char *asked(struct task_problem *p) {
    struct str s = STR_INIT;
    for (int i = 0; i < p->n_turns; i++) str_addf(&s, "%s\n", str_cstr(&p->turns[i].question));
    return str_take(&s);
}

static void no_test_problem_is_in_the_training_stream(void **state) {
    (void)state;
    const int n_train = 60000, per_family = 60;
    char **seen = mem_array((size_t)n_train, sizeof *seen);
    struct data_source source;
    struct rng r = {.seed = 1, .stream = 0};
    data_source_init(&source, NULL, 1, 1024);
    for (int i = 0; i < n_train; i++) {
        struct task_problem p;
        task_problem_init(&p);
        r.stream = (uint64_t)i / 25; /* as data_fill: about so many dialogues per batch */
        if (i % 25 == 0) r.counter = 0;
        data_problem(&source, &r, &p);
        seen[i] = asked(&p);
        task_problem_done(&p);
    }
    qsort(seen, (size_t)n_train, sizeof *seen, compare_text);
    for (int f = 0; task_families[f]; f++)
        for (int i = 0; i < per_family; i++) {
            struct task_problem p;
            struct rng t = {.seed = 7, .stream = (uint64_t)i};
            task_problem_init(&p);
            task_families[f]->make(&t, TASK_TEST, &p);
            char *text = asked(&p);
            if (bsearch(&text, seen, (size_t)n_train, sizeof *seen, compare_text))
                fail_msg("%s: in both splits: %s", task_families[f]->name, text);
            free(text);
            task_problem_done(&p);
        }
    for (int i = 0; i < n_train; i++) free(seen[i]);
    free(seen);
}

static void the_exported_file_reads_back(void **state) {
    (void)state;
    struct model_state s;
    struct weights w;
    struct err e = {0};
    char path[64];
    uint32_t value;
    state_new(&s);
    net_bind(&s.c, s.param, &w);
    assert_true(export_gguf(&s, TENSOR_F32, temp_path(path), &e));
    struct gguf *g = gguf_open(path, &e);
    if (!g) fail_msg("%s", e.msg);
    assert_true(gguf_u32(g, "deepseek2.attention.key_length_mla", &value));
    assert_int_equal(value, 48);
    const struct gguf_tensor *k_b = gguf_tensor(g, "blk.1.attn_k_b.weight");
    assert_non_null(k_b);
    assert_int_equal(k_b->ne[0], s.c.nope);
    const float *x = k_b->data, *kv_b = w.block[1].kv_b; /* [nope][kv_lora] of each head */
    for (int j = 0; j < s.c.nope; j++)
        for (int c = 0; c < s.c.kv_lora; c++)
            assert_true(x[c * s.c.nope + j] == kv_b[j * s.c.kv_lora + c]);
    assert_non_null(gguf_tensor(g, "blk.2.nextn.eh_proj.weight"));
    struct tokenizer *t = tokenizer_new(g, &e);
    if (!t) fail_msg("%s", e.msg);
    const char *text = "How many r's are in strawberry? 9.11 or 9.9\n\nÄ";
    struct tokens ours = {0}, theirs = {0};
    bpe_encode(s.bpe, text, strlen(text), &ours);
    tokenizer_encode(t, text, strlen(text), 0, &theirs);
    assert_int_equal(ours.n, theirs.n);
    assert_memory_equal(ours.ids, theirs.ids, ours.n * sizeof *ours.ids);
    assert_int_equal(tokenizer_find(t, "<think>"), TOKEN_THINK);
    tokens_free(&ours);
    tokens_free(&theirs);
    tokenizer_free(t);
    gguf_close(g);
    unlink(path);
    model_state_done(&s);
}

/* F32 comes back to the bit, Q8_0 as it was rounded; the tokenizer with either. */
static void an_exported_model_can_be_trained_on(void **state) {
    (void)state;
    const enum tensor_type types[] = {TENSOR_F32, TENSOR_Q8_0};
    for (int i = 0; i < 2; i++) {
        struct model_state s, t;
        struct err e = {0};
        char path[64];
        state_new(&s);
        assert_true(export_gguf(&s, types[i], temp_path(path), &e));
        if (!import_gguf(&t, path, &e)) fail_msg("%s", e.msg);
        if (types[i] == TENSOR_Q8_0) export_round_q8_0(&s.c, s.param);
        assert_memory_equal(&s.c, &t.c, sizeof s.c);
        assert_memory_equal(s.param, t.param, s.n_param * sizeof(float));
        assert_true(loss_now(&s) == loss_now(&t));
        struct sft_options o = options(2);
        assert_true(sft_run(&t, &o, &e));
        assert_int_equal(truncate(path, 3000), 0);
        model_state_done(&t);
        assert_false(import_gguf(&t, path, &e));
        unlink(path);
        model_state_done(&s);
    }
}

/* The rate rises, stays and falls, in steps or by the time that is left. */
static void the_rate_falls_with_the_time_left(void **state) {
    (void)state;
    struct sft_options o = options(100);
    o.decay = 50;
    o.adam.rate = 1;
    assert_true(sft_rate(&o, 0, 100) == 0.5f);
    assert_true(sft_rate(&o, 20, 80) == 1);
    assert_true(fabsf(sft_rate(&o, 75, 25) - 0.51f) < 1e-6f);
    assert_true(fabsf(sft_rate(&o, 99, 0) - 0.02f) < 1e-6f);
    struct model_state s;
    struct err e;
    state_new(&s);
    o.seconds = 0.05;
    assert_true(sft_run(&s, &o, &e)); /* ends by itself, long before its 100 steps */
    assert_true(s.step >= 1 && s.step < 100);
    model_state_done(&s);
}

static void orthogonalizing_makes_singular_values_about_one(void **state) {
    (void)state;
    const int size[][2] = {{32, 64}, {96, 32}};
    struct rng r = {.seed = 5};
    for (int i = 0; i < 2; i++) {
        int rows = size[i][0], cols = size[i][1];
        float x[96 * 64], v[96], u[96];
        for (int k = 0; k < rows * cols; k++) x[k] = (float)rng_normal(&r);
        muon_orthogonalize(ops_blas(), rows, cols, x);
        for (int trial = 0; trial < 5; trial++) { /* |X·v| for v in the row space */
            double in = 0, out = 0;
            memset(v, 0, sizeof v);
            for (int a = 0; a < rows; a++) {
                float c = (float)rng_normal(&r);
                for (int b = 0; b < cols; b++) v[b] += c * x[a * cols + b];
            }
            for (int a = 0; a < rows; a++) {
                u[a] = 0;
                for (int b = 0; b < cols; b++) u[a] += x[a * cols + b] * v[b];
                out += (double)u[a] * (double)u[a];
            }
            for (int b = 0; b < cols; b++) in += (double)v[b] * (double)v[b];
            double gain = sqrt(out / in);
            assert_true(gain > 0.6 && gain < 1.3);
        }
    }
}

static void advantages_compare_within_the_group(void **state) {
    (void)state;
    float same[3] = {0.5f, 0.5f, 0.5f}, mixed[4] = {1, 0, 0, 1};
    grpo_advantages(same, 3);
    grpo_advantages(mixed, 4);
    for (int i = 0; i < 3; i++) assert_true(same[i] == 0);
    for (int i = 0; i < 4; i++) assert_true(fabsf(mixed[i] - (i % 3 == 0 ? 1.0f : -1.0f)) < 1e-3f);
}

/* The coefficient is the derivative of the clipped objective, by finite differences. */
static double grpo_objective(const struct grpo_options *o, double a, double logp, double old,
                             double ref) {
    double ratio = exp(logp - old), d = ref - logp;
    double clipped = fmin(fmax(ratio, 1 - (double)o->clip), 1 + (double)o->clip);
    return fmin(ratio * a, clipped * a) - (double)o->kl * (exp(d) - d - 1);
}

static void the_policy_gradient_is_that_of_the_clipped_objective(void **state) {
    (void)state;
    struct grpo_options o = grpo_defaults();
    const float cases[][4] = {{1, -1, -1, -1.2f},  {1, -0.5f, -1, -1},       {-1, -1.5f, -1, -0.7f},
                              {-1, -0.7f, -1, -1}, {0.5f, -1.1f, -1, -2.0f}, {2, -2, -1.5f, -2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const float *c = cases[i];
        double h = 1e-5,
               up = grpo_objective(&o, (double)c[0], (double)c[1] + h, (double)c[2], (double)c[3]);
        double down =
            grpo_objective(&o, (double)c[0], (double)c[1] - h, (double)c[2], (double)c[3]);
        double coef = (double)grpo_coef(&o, c[0], c[1], c[2], c[3]);
        assert_true(fabs((up - down) / (2 * h) - coef) < 1e-3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_back_from_its_tokens),
        cmocka_unit_test(a_few_steps_lower_the_loss),
        cmocka_unit_test(a_resumed_run_has_the_same_bits),
        cmocka_unit_test(a_damaged_checkpoint_is_refused),
        cmocka_unit_test(generation_follows_the_training_forward),
        cmocka_unit_test(dialogues_come_after_other_talk),
        cmocka_unit_test(no_test_problem_is_in_the_training_stream),
        cmocka_unit_test(the_exported_file_reads_back),
        cmocka_unit_test(an_exported_model_can_be_trained_on),
        cmocka_unit_test(the_rate_falls_with_the_time_left),
        cmocka_unit_test(orthogonalizing_makes_singular_values_about_one),
        cmocka_unit_test(advantages_compare_within_the_group),
        cmocka_unit_test(the_policy_gradient_is_that_of_the_clipped_objective),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
