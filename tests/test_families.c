/* A whole conversation of two turns with each family that reasons, by its published template: the
 * prompt, what the model writes split into thought and answer, and the second prompt, in which the
 * first turn stands as the family wants it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/prompt.h"
#include "engine/weights.h"

#define SHARED "../shared/templates"

/* Of both prompts: what follows the first question. */
struct family {
    const char *published, *arch, *format;
    const char *first;  /* the end of the first prompt */
    const char *writes; /* the model, thought "Hm." (if it thinks) and answer "It is." */
    const char *second; /* the second prompt from there to its end, with the question "Why?" */
};

/* Where a template writes the end-of-sequence token by name, it is that of the vocabulary lent
 * here,
 * "<｜end▁of▁sentence｜>". */
static const struct family families[] = {
    {"openai-gpt-oss-120b", "gpt-oss", "harmony", "<|end|><|start|>assistant",
     "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>It is.",
     "<|end|><|start|>assistant<|channel|>final<|message|>It "
     "is.<|end|><|start|>user<|message|>Why?<|end|><|start|>assistant"},
    {"Qwen-Qwen3-0.6B", "qwen3", "qwen3", "<|im_end|>\n<|im_start|>assistant\n",
     "<think>\nHm.\n</think>\n\nIt is.",
     "<|im_end|>\n<|im_start|>assistant\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"},
    {"Qwen3.5-4B", "qwen35", "qwen3.5", "<|im_end|>\n<|im_start|>assistant\n<think>\n",
     "Hm.\n</think>\n\nIt is.",
     "<|im_end|>\n<|im_start|>assistant\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n<think>\n"},
    {"deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "llama", "deepseek-r1", "<｜Assistant｜><think>\n",
     "Hm.\n</think>\n\nIt is.",
     "<｜Assistant｜>It is.<｜end▁of▁sentence｜><｜User｜>Why?<｜Assistant｜><think>\n"},
    {"deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "qwen2", "deepseek-r1", "<｜Assistant｜><think>\n",
     "Hm.\n</think>\n\nIt is.",
     "<｜Assistant｜>It is.<｜end▁of▁sentence｜><｜User｜>Why?<｜Assistant｜><think>\n"},
    {"deepseek-ai-DeepSeek-V3.1", "deepseek2", "deepseek", "<｜Assistant｜><think>",
     "Hm.</think>It is.",
     "<｜Assistant｜><think></think>It "
     "is.<｜end▁of▁sentence｜><｜User｜>Why?<｜Assistant｜><think>"},
    {"Kimi-K2-Thinking", "deepseek2", "kimi", "<|im_end|><|im_assistant|>assistant<|im_middle|>",
     "<think>Hm.</think>It is.",
     "<|im_end|><|im_assistant|>assistant<|im_middle|><think></think>It "
     "is.<|im_end|><|im_user|>user<|im_middle|>Why?<|im_end|><|im_assistant|>assistant<|im_middle|"
     ">"},
    {"GLM-4.6", "glm4moe", "glm", "<|assistant|>", "\n<think>Hm.</think>\nIt is.",
     "<|assistant|>\n<think></think>\nIt is.<|user|>\nWhy?<|assistant|>"},
    {"google-gemma-4-31B-it", "gemma4", "gemma", "<turn|>\n<|turn>model\n",
     "<|channel>thought\nHm.\n<channel|>It is.",
     "<turn|>\n<|turn>model\nIt is.<turn|>\n<|turn>user\nWhy?<turn|>\n<|turn>model\n"},
    {"ibm-granite-granite-3.3-2B-Instruct", "granite", "granite",
     "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
     "<think>Hm.</think><response>It is.</response>",
     "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>It "
     "is.<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>Why?<|end_of_text|>\n<|start_of_role|"
     ">assistant<|end_of_role|>"},
    {"LFM2.5-Instruct", "lfm2", "lfm2", "<|im_end|>\n<|im_start|>assistant\n",
     "<think>Hm.</think>It is.",
     "<|im_end|>\n<|im_start|>assistant\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"},
    {"HuggingFaceTB-SmolLM3-3B", "smollm3", "think", "<|im_end|>\n<|im_start|>assistant\n",
     "<think>\nHm.\n</think>\nIt is.",
     "<|im_end|>\n<|im_start|>assistant\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"},
    {"ByteDance-Seed-OSS", "seed_oss", "seed", "<seed:eos><seed:bos>assistant\n",
     "<seed:think>\nHm.\n</seed:think>It is.",
     "<seed:eos><seed:bos>assistant\n<seed:think>Hm.</seed:think>\nIt "
     "is.<seed:eos><seed:bos>user\nWhy?<seed:eos><seed:bos>assistant\n"},
    {"MiniMax-M2", "minimax-m2", "minimax", "[e~[\n]~b]ai\n<think>\n", "Hm.\n</think>\n\nIt is.",
     "[e~[\n]~b]ai\nIt is.[e~[\n]~b]user\nWhy?[e~[\n]~b]ai\n<think>\n"},
    {"mistralai-Ministral-3-14B-Reasoning-2512", "mistral3", "mistral", "[/INST]",
     "[THINK]Hm.[/THINK]It is.", "[/INST]It is.<｜end▁of▁sentence｜>[INST]Why?[/INST]"},
    {"tencent-Hy3", "hunyuan", "hunyuan3", "<｜hy_Assistant:opensource｜><think:opensource>",
     "Hm.</think:opensource>It is.",
     "<｜hy_Assistant:opensource｜><think:opensource></think:opensource>It "
     "is.<｜hy_eos:opensource｜><｜hy_User:opensource｜>Why?<｜hy_Assistant:opensource｜><think:"
     "opensource>"},
    {"upstage-Solar-Open-100B", "solar", "solar", "<|end|><|begin|>assistant",
     "<|think|>Hm.<|end|><|begin|>assistant<|content|>It is.",
     "<|end|><|begin|>assistant<|content|>It "
     "is.<|end|><|begin|>user<|content|>Why?<|end|><|begin|>assistant"},
    {"ibm-granite-granite-4.0", "granitemoe", "none",
     "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>", "It is.",
     "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>It "
     "is.<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>Why?<|end_of_text|>\n<|start_of_role|"
     ">assistant<|end_of_role|>"},
    {"ibm-granite-granite-4.1", "granite", "none",
     "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>", "It is.",
     "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>It "
     "is.<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>Why?<|end_of_text|>\n<|start_of_role|"
     ">assistant<|end_of_role|>"},
    {"Qwen3-Coder", "qwen3moe", "none", "<|im_end|>\n<|im_start|>assistant\n", "It is.",
     "<|im_end|>\n<|im_start|>assistant\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"},
    {"openbmb-MiniCPM5-1B", "llama", "think", "<|im_end|>\n<|im_start|>assistant\n<think>\n",
     "Hm.\n</think>\n\nIt is.",
     "<|im_end|>\n<|im_start|>assistant\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n<think>\n"},
    {"Bielik-11B-v3.0-Instruct", "llama", "think", "<|im_end|>\n<|im_start|>assistant\n<think>\n",
     "Hm.\n</think>\n\nIt is.",
     "<|im_end|>\n<|im_start|>assistant\n<think>\nHm.\n</think>\nIt "
     "is.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n<think>\n"},
    {"unsloth-Apriel-1.5", "llama", "apriel", "\n<|end|>\n<|assistant|>\n",
     "Here are my reasoning steps:\nHm.\n[BEGIN FINAL RESPONSE]\nIt is.",
     "\n<|end|>\n<|assistant|>\nIt "
     "is.\n<|end|>\n<｜end▁of▁sentence｜><|user|>\nWhy?\n<|end|>\n<|assistant|>\n"},
};
enum { FAMILIES = sizeof families / sizeof *families };

/* Enough of a model to build prompts with: the template, and any vocabulary. */
static bool open_family(struct model *m, const struct model *words, const struct family *f) {
    char path[256];
    struct str text = STR_INIT;
    struct err e = {""};
    snprintf(path, sizeof path, SHARED "/%s.jinja", f->published);
    if (access(path, R_OK) != 0) {
        print_message("skipped %s: absent\n", path);
        return false;
    }
    if (!files_read_whole(path, 1 << 20, &text, &e)) fail_msg("%s", e.msg);
    *m = (struct model){.tokenizer = words->tokenizer};
    m->template = template_compile(str_cstr(&text), text.len, &e);
    if (!m->template) fail_msg("%s: %s", path, e.msg);
    m->reasoning = reasoning_detect(str_cstr(&text), f->arch);
    str_free(&text);
    return true;
}

/* The prompt's text after the words of the first question. Owned. */
static char *after_question(const struct model *m, const struct chat_message *messages, size_t n,
                            struct prompt *p, const char *name) {
    struct chat_request r = {.messages = messages, .n_messages = n, .options = {.budget = -1}};
    struct err e = {""};
    r.options.think = THINK_ON;
    if (!prompt_build(m, &r, p, &e)) fail_msg("%s: %s", name, e.msg);
    const char *at = strstr(str_cstr(&p->text), "Is it so?");
    assert_non_null(at);
    return mem_strdup(at + strlen("Is it so?"));
}

struct split {
    struct str thought, answer;
};

static void sink(void *ctx, enum channel c, const char *text, size_t n) {
    struct split *s = ctx;
    if (c == CHANNEL_THOUGHT) str_addn(&s->thought, text, n);
    if (c == CHANNEL_ANSWER) str_addn(&s->answer, text, n);
}

static int differs(const char *name, const char *what, const char *got, const char *want) {
    if (strcmp(got, want) == 0) return 0;
    print_error("%s, %s:\n    got      %s\n    expected %s\n", name, what, got, want);
    return 1;
}

static int play(const struct model *m, const struct family *f) {
    struct chat_message turns[3] = {{CHAT_USER, "Is it so?", NULL}};
    struct prompt first = {0}, second = {0};
    struct split s = {0};
    int wrong = differs(f->published, "format", m->reasoning->name, f->format);
    char *end = after_question(m, turns, 1, &first, f->published);
    wrong += differs(f->published, "first prompt", end, f->first);
    struct reasoning *r = prompt_splitter(m, &first);
    for (const char *c = f->writes; *c; c++) reasoning_feed(r, c, 1, sink, &s);
    reasoning_finish(r, sink, &s);
    reasoning_free(r);
    wrong += differs(f->published, "thought", str_cstr(&s.thought),
                     strstr(f->writes, "Hm.") ? "Hm." : "");
    wrong += differs(f->published, "answer", str_cstr(&s.answer), "It is.");
    turns[1] = (struct chat_message){CHAT_ASSISTANT, s.answer.s, s.thought.s};
    turns[2] = (struct chat_message){CHAT_USER, "Why?", NULL};
    char *rest = after_question(m, turns, 3, &second, f->published);
    wrong += differs(f->published, "second prompt", rest, f->second);
    free(end);
    free(rest);
    prompt_free(&first);
    prompt_free(&second);
    str_free(&s.thought);
    str_free(&s.answer);
    return wrong;
}

static void two_turns_are_written_as_each_family_wants_them(void **state) {
    (void)state;
    struct err e = {""};
    struct model m, *words = model_open("engine/builtin/aside-mini.gguf", &e);
    int wrong = 0;
    assert_non_null(words);
    for (int i = 0; i < FAMILIES; i++) {
        if (!open_family(&m, words, &families[i])) continue;
        wrong += play(&m, &families[i]);
        template_free(m.template);
    }
    model_close(words);
    assert_int_equal(wrong, 0);
}

/* A file of one key, the architecture's name. */
static char *write_head(const char *arch) {
    static const char key[] = "general.architecture";
    struct str s = STR_INIT;
    uint64_t n_key = sizeof key - 1, n = strlen(arch), counts[] = {0, 1};
    uint32_t version = 3, string = 8;
    str_add(&s, "GGUF");
    str_addn(&s, (const char *)&version, 4);
    str_addn(&s, (const char *)counts, 16);
    str_addn(&s, (const char *)&n_key, 8);
    str_add(&s, key);
    str_addn(&s, (const char *)&string, 4);
    str_addn(&s, (const char *)&n, 8);
    str_add(&s, arch);
    while (s.len % 32) str_addc(&s, '\0');
    char *path = mem_strdup("/tmp/aside-test-families-XXXXXX");
    FILE *f = fdopen(mkstemp(path), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(s.s, 1, s.len, f), s.len);
    fclose(f);
    str_free(&s);
    return path;
}

static void a_family_that_cannot_run_is_named_with_what_it_lacks(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"gemma4", "architecture \"gemma4\" is not supported: it has blocks that read the keys of "
                   "earlier ones, and embeddings for every block"},
        {"mamba2", "architecture \"mamba2\" is not supported: it has Mamba-2 blocks"},
        {"nonsense", "architecture \"nonsense\" is not supported"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {""};
        char *path = write_head(cases[i][0]);
        assert_null(model_open(path, &e));
        const char *end = strstr(e.msg, "architecture");
        assert_non_null(end);
        assert_string_equal(end, cases[i][1]);
        unlink(path);
        free(path);
    }
}

int main(void) {
    setenv("ASIDE_NOW", "2025-01-02T03:04:05", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_turns_are_written_as_each_family_wants_them),
        cmocka_unit_test(a_family_that_cannot_run_is_named_with_what_it_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
