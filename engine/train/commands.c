/* commands: the options of each command and what it runs. Options are `--name value`. */
#include "engine/train/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/train/data.h"
#include "engine/train/evaluate.h"
#include "engine/train/export.h"
#include "engine/train/grpo.h"
#include "engine/train/sft.h"

/* ---- options ------------------------------------------------------------------------------- */

struct args {
    int n;
    char **v;
};

static const char *arg_text(struct args a, const char *name, const char *otherwise) {
    for (int i = 0; i + 1 < a.n; i += 2)
        if (strncmp(a.v[i], "--", 2) == 0 && strcmp(a.v[i] + 2, name) == 0) return a.v[i + 1];
    return otherwise;
}

static double arg_number(struct args a, const char *name, double otherwise) {
    const char *text = arg_text(a, name, NULL);
    return text ? strtod(text, NULL) : otherwise;
}

/* Every option must be one of `names` (separated by spaces) and have a value. */
static bool args_check(struct args a, const char *names, struct err *e) {
    for (int i = 0; i < a.n; i += 2) {
        const char *name = a.v[i] + 2, *at = strncmp(a.v[i], "--", 2) == 0 ? names : NULL;
        size_t len = at ? strlen(name) : 0;
        for (; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
            if (strncmp(at, name, len) == 0 && (at[len] == ' ' || at[len] == 0)) break;
        if (!at) return err_set(e, "no such option: %s (there are: %s)", a.v[i], names);
        if (i + 1 >= a.n) return err_set(e, "%s wants a value", a.v[i]);
    }
    return true;
}

/* ---- the model's shape --------------------------------------------------------------------- */

/* The shipped model: 7.6 million parameters, which Q8_0 makes 8 MB. */
static struct net_config config_default(int n_vocab) {
    return (struct net_config){.n_vocab = n_vocab,
                               .n_embd = 256,
                               .n_block = 5,
                               .n_head = 8,
                               .nope = 32,
                               .rope = 16,
                               .v_dim = 32,
                               .q_lora = 96,
                               .kv_lora = 64,
                               .n_ff = 640,
                               .n_expert = 10,
                               .n_used = 2,
                               .n_ff_exp = 128,
                               .n_ctx = 1024,
                               .expert_scale = 1.0f,
                               .eps = 1e-6f,
                               .rope_base = 10000.0f};
}

static bool sft_options_read(struct args a, struct sft_options *o, struct err *e) {
    *o = sft_defaults();
    o->checkpoint = arg_text(a, "out", NULL);
    o->metrics = arg_text(a, "metrics", NULL);
    o->steps = (int64_t)arg_number(a, "steps", (double)o->steps);
    o->seconds = arg_number(a, "seconds", 0);
    o->cut = arg_number(a, "cut", 0);
    o->stop = (int64_t)arg_number(a, "stop", 0);
    o->warmup = (int64_t)arg_number(a, "warmup", (double)o->warmup);
    o->decay =
        (int64_t)arg_number(a, "decay", (o->seconds > 0 ? o->seconds : (double)o->steps) * 0.25);
    o->adam.rate = (float)arg_number(a, "rate", (double)o->adam.rate);
    o->adam.decay = (float)arg_number(a, "weight-decay", (double)o->adam.decay);
    o->batch_tok = (int)arg_number(a, "batch", o->batch_tok);
    o->parts = (int)arg_number(a, "parts", o->parts);
    o->workers = (int)arg_number(a, "workers", o->workers);
    o->mtp_every = (int)arg_number(a, "mtp-every", o->mtp_every);
    o->adam.muon = strcmp(arg_text(a, "optimizer", "muon"), "muon") == 0;
    const char *ops = arg_text(a, "ops", "best");
    o->ops = ops_find(ops);
    return o->ops || err_set(e, "no such table of operations here: %s", ops);
}

static bool run_sft(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct sft_options o;
    struct model_state s;
    if (!args_check(a,
                    "out metrics steps stop warmup decay rate weight-decay batch parts workers "
                    "mtp-every ops seed vocab from optimizer seconds cut",
                    e) ||
        !sft_options_read(a, &o, e))
        return false;
    const char *from = arg_text(a, "from", NULL);
    uint64_t seed = (uint64_t)arg_number(a, "seed", 1);
    if (from) {
        if (!model_load(&s, from, e)) return false;
        s.seed = (uint64_t)arg_number(a, "seed", (double)s.seed);
    } else {
        struct bpe *b = data_learn_bpe(seed, 60000, (int)arg_number(a, "vocab", 1024));
        struct net_config c = config_default(bpe_size(b));
        model_state_init(&s, &c, b, seed);
    }
    printf("%zu parameters, %zu of them active, vocabulary %d, operations %s, %d workers\n",
           s.n_param, net_active_params(&s.c), s.c.n_vocab, o.ops->name, o.workers);
    bool ok = sft_run(&s, &o, e);
    model_state_done(&s);
    return ok;
}

static bool run_grpo(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct model_state s;
    struct grpo_options o = grpo_defaults();
    if (!args_check(a,
                    "from out metrics iterations prompts group steps rate kl temperature seconds "
                    "validate-every validate-n workers seed",
                    e))
        return false;
    const char *from = arg_text(a, "from", NULL);
    o.checkpoint = arg_text(a, "out", NULL);
    if (!from || !o.checkpoint) return err_set(e, "--from and --out are needed");
    o.metrics = arg_text(a, "metrics", NULL);
    o.iterations = (int)arg_number(a, "iterations", o.iterations);
    o.prompts = (int)arg_number(a, "prompts", o.prompts);
    o.group = (int)arg_number(a, "group", o.group);
    o.steps = (int)arg_number(a, "steps", o.steps);
    o.seconds = (int)arg_number(a, "seconds", o.seconds);
    o.validate_every = (int)arg_number(a, "validate-every", o.validate_every);
    o.validate_n = (int)arg_number(a, "validate-n", o.validate_n);
    o.workers = (int)arg_number(a, "workers", o.workers);
    o.kl = (float)arg_number(a, "kl", (double)o.kl);
    o.temperature = (float)arg_number(a, "temperature", (double)o.temperature);
    o.adam.rate = (float)arg_number(a, "rate", (double)o.adam.rate);
    if (!model_load(&s, from, e)) return false;
    s.seed = (uint64_t)arg_number(a, "seed", (double)s.seed);
    bool ok = grpo_run(&s, &o, e);
    model_state_done(&s);
    return ok;
}

static bool run_tokenizer(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    if (!args_check(a, "seed vocab dialogues", e)) return false;
    struct bpe *b =
        data_learn_bpe((uint64_t)arg_number(a, "seed", 1), (int)arg_number(a, "dialogues", 60000),
                       (int)arg_number(a, "vocab", 1024));
    for (int i = 0; i < bpe_size(b); i++) {
        size_t n;
        const char *text = bpe_bytes(b, i, &n);
        printf("%d\t", i);
        for (size_t j = 0; j < n; j++)
            if ((unsigned char)text[j] < 32)
                printf("\\x%02x", (unsigned char)text[j]);
            else
                putchar(text[j]);
        putchar('\n');
    }
    bpe_free(b);
    return true;
}

static bool run_export(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct model_state s;
    if (!args_check(a, "from out type", e)) return false;
    const char *from = arg_text(a, "from", NULL), *out = arg_text(a, "out", NULL);
    const char *type = arg_text(a, "type", "q8_0");
    if (!from || !out) return err_set(e, "--from and --out are needed");
    bool f32 = strcmp(type, "f32") == 0;
    if (!f32 && strcmp(type, "q8_0") != 0) return err_set(e, "type %s: q8_0 or f32", type);
    if (!model_load(&s, from, e)) return false;
    bool ok = export_gguf(&s, f32 ? TENSOR_F32 : TENSOR_Q8_0, out, e);
    model_state_done(&s);
    return ok;
}

static enum task_split split_by_name(const char *name) {
    return strcmp(name, "train") == 0      ? TASK_TRAIN
           : strcmp(name, "validate") == 0 ? TASK_VALIDATE
                                           : TASK_TEST;
}

static bool run_problems(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    if (!args_check(a, "family n seed split", e)) return false;
    const char *only = arg_text(a, "family", NULL);
    enum task_split split = split_by_name(arg_text(a, "split", "train"));
    for (int f = 0; task_families[f]; f++) {
        if (only && strcmp(only, task_families[f]->name) != 0) continue;
        for (int i = 0; i < (int)arg_number(a, "n", 3); i++) {
            struct rng r = {.seed = (uint64_t)arg_number(a, "seed", 1), .stream = (uint64_t)i};
            struct task_problem p;
            task_problem_init(&p);
            task_make(task_families[f], &r, split, &p);
            for (int t = 0; t < p.n_turns; t++)
                printf("[%s] %s\n<think>\n%s\n</think>\n%s\n", task_families[f]->name,
                       str_cstr(&p.turns[t].question), str_cstr(&p.turns[t].thought),
                       str_cstr(&p.turns[t].answer));
            putchar('\n');
            task_problem_done(&p);
        }
    }
    return true;
}

static bool run_sample(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct model_state s;
    if (!args_check(a, "from text think temperature ops", e)) return false;
    const char *from = arg_text(a, "from", NULL), *ops = arg_text(a, "ops", "best");
    if (!from || !ops_find(ops)) return err_set(e, "--from is needed; operations %s", ops);
    if (!model_load(&s, from, e)) return false;
    struct str out = STR_INIT;
    evaluate_answer(&s, ops_find(ops), arg_text(a, "text", "Hello!"),
                    strcmp(arg_text(a, "think", "on"), "off") != 0,
                    (float)arg_number(a, "temperature", 0), &out);
    puts(str_cstr(&out));
    str_free(&out);
    model_state_done(&s);
    return true;
}

static bool run_eval(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct model_state s;
    if (!args_check(a, "from n think family split seed show ops q8_0 workers", e)) return false;
    const char *from = arg_text(a, "from", NULL), *ops = arg_text(a, "ops", "best");
    if (!from || !ops_find(ops)) return err_set(e, "--from is needed; operations %s", ops);
    if (!model_load(&s, from, e)) return false;
    if (arg_number(a, "q8_0", 0) != 0) export_round_q8_0(&s.c, s.param);
    struct evaluate_options o = {
        .ops = ops_find(ops),
        .n = (int)arg_number(a, "n", 50),
        .think = strcmp(arg_text(a, "think", "on"), "off") != 0,
        .family = arg_text(a, "family", NULL),
        .split = split_by_name(arg_text(a, "split", "test")),
        .seed = (uint64_t)arg_number(a, "seed", 7),
        .show = (int)arg_number(a, "show", 0),
        .workers = (int)arg_number(a, "workers", 2),
    };
    struct evaluate_result r[EVALUATE_MAX];
    size_t n = evaluate_all(&s, &o, r);
    evaluate_print(r, n);
    model_state_done(&s);
    return true;
}

static bool run_measure(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct model_state s;
    struct evaluate_measures m;
    if (!args_check(a, "from batches", e)) return false;
    const char *from = arg_text(a, "from", NULL);
    if (!from) return err_set(e, "--from is needed");
    if (!model_load(&s, from, e)) return false;
    evaluate_measure(&s, (int)arg_number(a, "batches", 8), &m);
    printf("%d tokens: loss %.4f; KL of Q8_0 to F32 %.5f nats per token (worst %.3f); "
           "MTP draft accepted %.1f%%\n",
           m.tokens, m.loss, m.kl, m.kl_worst, m.mtp_accepted * 100);
    model_state_done(&s);
    return true;
}

/* The whole way in a minute or two, with a model too small to be of use. */
static bool run_mini(int argc, char **argv, struct err *e) {
    struct args a = {argc, argv};
    struct model_state s;
    if (!args_check(a, "out seed steps", e)) return false;
    const char *out = arg_text(a, "out", NULL);
    if (!out) return err_set(e, "--out is needed");
    uint64_t seed = (uint64_t)arg_number(a, "seed", 1);
    struct bpe *b = data_learn_bpe(seed, 3000, 512);
    struct net_config c = config_default(bpe_size(b));
    c.n_embd = 128;
    c.n_block = 3;
    c.n_ff = 256;
    c.n_expert = 4;
    c.n_ff_exp = 64;
    model_state_init(&s, &c, b, seed);
    struct sft_options o = sft_defaults();
    o.steps = (int64_t)arg_number(a, "steps", 150);
    o.warmup = 20;
    o.decay = o.steps / 3;
    o.batch_tok = 2048;
    bool ok = sft_run(&s, &o, e) && export_gguf(&s, TENSOR_Q8_0, out, e);
    model_state_done(&s);
    return ok;
}

const struct train_command train_commands[] = {
    {"tokenizer", "learn the tokenizer and print its tokens", run_tokenizer},
    {"sft", "supervised training: --out FILE [--from FILE] [--steps N] …", run_sft},
    {"problems", "write problems: [--family F] [--n N] [--split train|validate|test]",
     run_problems},
    {"grpo", "reinforcement learning: --from FILE --out FILE [--iterations N] …", run_grpo},
    {"export", "write a GGUF: --from FILE --out FILE [--type q8_0|f32]", run_export},
    {"eval", "accuracy by family: --from FILE [--n N] [--think off] [--split S] …", run_eval},
    {"measure", "loss, cost of Q8_0, MTP acceptance: --from FILE [--batches N]", run_measure},
    {"mini", "the whole way in miniature: --out FILE.gguf [--steps N]", run_mini},
    {"sample", "one answer: --from FILE --text QUESTION [--think off]", run_sample},
    {NULL, NULL, NULL},
};
