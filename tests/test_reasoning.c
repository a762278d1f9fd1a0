/* Thought and answer are told apart, for every family's way of writing them, however the text was
 * cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/str.h"
#include "base/utf8.h"
#include "engine/reasoning.h"
#include "engine/template.h"

struct split {
    struct str thought, answer, all;
    bool was_thought, in_thought;
};

static void sink(void *ctx, enum channel c, const char *text, size_t n) {
    struct split *s = ctx;
    assert_true(n > 0);
    assert_true(utf8_valid(text, n));
    if (c == CHANNEL_THOUGHT) str_addn(&s->thought, text, n);
    if (c == CHANNEL_ANSWER) str_addn(&s->answer, text, n);
    str_addn(&s->all, text, n);
}

/* Feeds `text` in pieces of the given size; 0 = of random sizes. */
static struct split split(const char *format, const char *tail, const char *text, size_t n,
                          size_t piece, struct rng *rng) {
    struct split s = {0};
    struct reasoning *r = reasoning_new(reasoning_named(format), tail);
    for (size_t i = 0, len; i < n; i += len) {
        len = piece ? piece : 1 + rng_below(rng, 9);
        if (len > n - i) len = n - i;
        reasoning_feed(r, text + i, len, sink, &s);
    }
    s.in_thought = reasoning_in_thought(r);
    reasoning_finish(r, sink, &s);
    s.was_thought = reasoning_was_thought(r);
    reasoning_free(r);
    return s;
}

static void split_free(struct split *s) {
    str_free(&s->thought);
    str_free(&s->answer);
    str_free(&s->all);
}

static void assert_splits(const char *format, const char *tail, const char *text,
                          const char *thought, const char *answer) {
    for (size_t piece = 1; piece < 40; piece += piece < 8 ? 1 : 13) {
        struct split s = split(format, tail, text, strlen(text), piece, NULL);
        if (strcmp(str_cstr(&s.thought), thought) != 0 || strcmp(str_cstr(&s.answer), answer) != 0)
            fail_msg(
                "%s, after \"%s\", in pieces of %zu: \"%s\"\n  thought \"%s\"\n  answer \"%s\"",
                format, tail, piece, text, s.thought.s, s.answer.s);
        split_free(&s);
    }
}

static void splits_tagged_thoughts(void **state) {
    (void)state;
    assert_splits("think", "assistant\n", "<think>\nHm. \n\nYes\n</think>\n\nIt is.", "Hm. \n\nYes",
                  "It is.");
    assert_splits("think", "assistant\n<think>\n", "Hm.\n</think>\n\nIt is.\n", "Hm.", "It is.\n");
    assert_splits("think", "assistant\n", "It is.", "", "It is.");
    assert_splits("think", "<think>\n\n</think>\n\n", "It is.", "", "It is.");
    assert_splits("think", "<think>", "never ends ", "never ends", "");
    assert_splits("think", "<think>\n", " \n \n</think>\n\nIt is.", "", "It is.");
    assert_splits("think", "", "", "", "");
}

static void takes_later_tags_as_text(void **state) {
    (void)state;
    assert_splits("think", "", "<think>a</think>b <think>c</think> d", "a", "b <think>c</think> d");
    assert_splits("think", "", "The tag <think> opens.", "", "The tag <think> opens.");
    assert_splits("think", "<think>", "a < b, <thi, <think> </thin </think>c",
                  "a < b, <thi, <think> </thin", "c");
    assert_splits("none", "", "a </think> b <think> c", "", "a </think> b <think> c");
    assert_splits("none", "", "<think>a</think> b", "a", "b");
}

static void notices_a_thought_that_was_never_opened(void **state) {
    (void)state;
    struct split s = split("think-always", "", "Hm.</think>\n\nIt is.", 19, 1, NULL);
    assert_true(s.was_thought);
    split_free(&s);
    struct str thought = STR_INIT, answer = STR_INIT;
    reasoning_split(reasoning_named("think-always"), "Hm.</think>\n\nIt is.", 19, &thought,
                    &answer);
    assert_string_equal(str_cstr(&thought), "Hm.");
    assert_string_equal(str_cstr(&answer), "It is.");
    str_free(&thought);
    str_free(&answer);
    s = split("think", "<think>\n\n</think>\n\n", "The tag </think> closes.", 24, 1, NULL);
    assert_false(s.was_thought);
    assert_string_equal(str_cstr(&s.answer), "The tag </think> closes.");
    split_free(&s);
}

static void splits_channels(void **state) {
    (void)state;
    const char *start = "<|end|><|start|>assistant";
    assert_splits("harmony", start,
                  "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final"
                  "<|message|>It is.<|return|>",
                  "Hm.", "It is.");
    assert_splits("harmony", start,
                  "<|channel|>analysis<|message|>A.<|end|><|start|>assistant<|channel|>analysis"
                  "<|message|>B.<|end|><|start|>assistant<|channel|>final<|message|>C",
                  "A.\n\nB.", "C");
    assert_splits("harmony", "<|channel|>analysis<|message|>", "Hm.<|end|>", "Hm.", "");
    assert_splits("solar", "<|begin|>assistant",
                  "<|think|>Hm.<|end|><|begin|>assistant<|content|>It is.<|end|>", "Hm.", "It is.");
    assert_splits("solar", "<|think|><|end|><|begin|>assistant", "<|content|>It is.", "", "It is.");
}

static void splits_every_family(void **state) {
    (void)state;
    assert_splits("gemma", "model\n", "<|channel>thought\nHm.\n<channel|>It is.", "Hm.", "It is.");
    assert_splits("gemma", "<|channel>thought\n<channel|>", "It is.", "", "It is.");
    assert_splits("mistral", "[/INST]", "[THINK]Hm.[/THINK]It is.", "Hm.", "It is.");
    assert_splits("seed", "", "<seed:think>\nHm.\n</seed:think>It is.", "Hm.", "It is.");
    assert_splits("granite", "", "<think>Hm.</think><response>It is.</response>", "Hm.", "It is.");
    assert_splits("hunyuan", "", "<think>\nHm.\n</think>\n<answer>\nIt is.</answer>", "Hm.",
                  "It is.");
    assert_splits("cohere", "<|START_THINKING|>",
                  "Hm.<|END_THINKING|><|START_TEXT|>It is.<|END_TEXT|>", "Hm.", "It is.");
    assert_splits(
        "apriel", "<|assistant|>\n",
        "Here are my reasoning steps:\nHm.\n[BEGIN FINAL RESPONSE]\nIt is.[END FINAL RESPONSE]",
        "Hm.", "It is.");
    assert_splits("minimax3", "]~b]ai\n", "</mm:think>It is.", "", "It is.");
    assert_splits("minimax3", "]~b]ai\n<mm:think>", "Hm.</mm:think>It is.", "Hm.", "It is.");
    assert_splits("hunyuan3", "<think:opensource>", "Hm.</think:opensource>It is.", "Hm.",
                  "It is.");
    assert_splits("exaone-deep", "<thought>\n", "Hm.\n</thought>\n\nIt is.", "Hm.", "It is.");
    assert_splits("apertus", "", "<|inner_prefix|>Hm.<|inner_suffix|>It is.", "Hm.", "It is.");
}

/* Random texts of tags, their parts, white space, letters and broken UTF-8. */
static void splits_the_same_however_it_is_cut(void **state) {
    (void)state;
    static const char *const parts[] = {
        "<think>",     "</think>",  "<thi",     "</",         "<|channel|>",
        "<|message|>", "analysis",  "<|end|>",  "<|start|>",  "final",
        " ",           "\n",        "\n\n",     "a",          "word ",
        "ä",           "语",        "\xe8\xaf", "\xff",       "🙂",
        "<answer>",    "</answer>", "<|",       "<channel|>", "<|channel>thought\n",
        "[THINK]",     "[/THINK]",  "<"};
    static const char *const formats[] = {"think",   "harmony", "hunyuan", "gemma",
                                          "mistral", "none",    "apriel",  "solar"};
    static const char *const tails[] = {"", "<think>\n", "<think>\n\n</think>\n\n",
                                        "<|start|>assistant"};
    struct rng rng = {7, 1, 0};
    for (int i = 0; i < 6000; i++) {
        struct str text = STR_INIT;
        for (uint32_t k = rng_below(&rng, 14); k > 0; k--)
            str_add(&text, parts[rng_below(&rng, sizeof parts / sizeof *parts)]);
        str_cstr(&text);
        const char *format = formats[i % 8], *tail = tails[rng_below(&rng, 4)];
        struct split whole = split(format, tail, text.s, text.len, text.len + 1, &rng);
        struct split cut = split(format, tail, text.s, text.len, i % 3 ? 0 : 1, &rng);
        if (strcmp(str_cstr(&whole.thought), str_cstr(&cut.thought)) != 0 ||
            strcmp(str_cstr(&whole.answer), str_cstr(&cut.answer)) != 0 ||
            whole.was_thought != cut.was_thought)
            fail_msg("%s after \"%s\": \"%s\"\n whole: \"%s\" | \"%s\"\n cut: \"%s\" | \"%s\"",
                     format, tail, text.s, whole.thought.s, whole.answer.s, cut.thought.s,
                     cut.answer.s);
        split_free(&whole);
        split_free(&cut);
        str_free(&text);
    }
}

static void loses_and_adds_nothing(void **state) {
    (void)state;
    const char *text = " <think> \n a \n\n</think>\n\n b </think> c ";
    struct split s = split("think", "", text, strlen(text), 3, NULL);
    assert_string_equal(str_cstr(&s.all), text);
    split_free(&s);
}

static void finds_the_format_of_a_template(void **state) {
    (void)state;
    static const char *const rows[][3] = {
        /* template, architecture, format */
        {"<|start|>assistant<|channel|>analysis<|message|>", "gpt-oss", "harmony"},
        {"{% if enable_thinking %}<|im_start|></think>", "qwen3moe", "qwen3"},
        {"<｜Assistant｜></think>", "qwen2", "deepseek-r1"},
        {"<think>'</think>' enable_thinking", "llama", "think"},
        {"<|im_start|>", "qwen2", "none"},
        {"", "", "none"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(reasoning_detect(rows[i][0], rows[i][1])->name, rows[i][2]);
    assert_string_equal(reasoning_detect(NULL, NULL)->name, "none");
    assert_null(reasoning_named("no such"));
}

static void finds_the_format_of_published_templates(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"openai-gpt-oss-120b", "harmony"},
        {"google-gemma-4-31B-it", "gemma"},
        {"ByteDance-Seed-OSS", "seed"},
        {"mistralai-Ministral-3-14B-Reasoning-2512", "mistral"},
        {"unsloth-mistral-Devstral-Small-2507", "none"},
        {"Cohere2MoE", "cohere"},
        {"MiniMax-M2", "minimax"},
        {"MiniMax-M3", "minimax3"},
        {"Kimi-K2-Thinking", "kimi"},
        {"GLM-4.6", "glm"},
        {"upstage-Solar-Open-100B", "solar"},
        {"unsloth-Apriel-1.5", "apriel"},
        {"tencent-Hy3", "hunyuan3"},
        {"deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "deepseek-r1"},
        {"HuggingFaceTB-SmolLM3-3B", "think"},
        {"Qwen-Qwen2.5-7B-Instruct", "none"},
        {"meta-llama-Llama-3.1-8B-Instruct", "none"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[256], text[65536];
        snprintf(path, sizeof path, "../shared/templates/%s.jinja", rows[i][0]);
        FILE *f = fopen(path, "rb");
        if (!f) {
            print_message("skipped published templates: no %s\n", path);
            skip();
        }
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        fclose(f);
        const char *found = reasoning_detect(text, "")->name;
        if (strcmp(found, rows[i][1]) != 0) fail_msg("%s: %s", rows[i][0], found);
    }
}

enum { INSIDE, CLOSED, OUTSIDE };

static int left_off(const char *name, const char *options) {
    char path[256], text[65536];
    struct str variables = STR_INIT, out = STR_INIT;
    struct err e = {0};
    snprintf(path, sizeof path, "../shared/templates/%s.jinja", name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        print_message("skipped published templates: no %s\n", path);
        skip();
        return 0;
    }
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    str_addf(&variables,
             "{\"messages\": [{\"role\": \"user\", \"content\": \"</think> <think>\"}],"
             "\"add_generation_prompt\": true, \"bos_token\": \"\", \"eos_token\": \"\"%s%s}",
             *options ? ", " : "", options);
    struct template *t = template_compile(text, strlen(text), &e);
    if (!t || !template_render(t, variables.s, variables.len, &out, &e)) fail_msg("%s", e.msg);
    struct reasoning *r = reasoning_new(reasoning_detect(text, ""), str_cstr(&out));
    int state = reasoning_in_thought(r) ? INSIDE : reasoning_closed(r) ? CLOSED : OUTSIDE;
    reasoning_free(r);
    template_free(t);
    str_free(&variables);
    str_free(&out);
    return state;
}

static void knows_where_published_prompts_leave_off(void **state) {
    (void)state;
    static const struct {
        const char *name, *options;
        int expect;
    } rows[] = {{"Qwen3.5-4B", "", INSIDE},
                {"Qwen3.5-4B", "\"enable_thinking\": false", CLOSED},
                {"Qwen-Qwen3-0.6B", "", OUTSIDE},
                {"Qwen-Qwen3-0.6B", "\"enable_thinking\": false", CLOSED},
                {"GLM-4.6", "", OUTSIDE},
                {"GLM-4.6", "\"enable_thinking\": false", CLOSED},
                {"deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "", INSIDE},
                {"deepseek-ai-DeepSeek-V3.1", "", CLOSED},
                {"deepseek-ai-DeepSeek-V3.1", "\"thinking\": true", INSIDE},
                {"deepseek-ai-DeepSeek-V4", "", CLOSED},
                {"google-gemma-4-31B-it", "", CLOSED},
                {"google-gemma-4-31B-it", "\"enable_thinking\": true", OUTSIDE},
                {"Cohere2MoE", "", INSIDE},
                {"Cohere2MoE", "\"reasoning_effort\": \"none\"", CLOSED},
                {"MiniMax-M2", "", INSIDE},
                {"MiniMax-M3", "", OUTSIDE},
                {"MiniMax-M3", "\"thinking_mode\": \"enabled\"", INSIDE},
                {"MiniMax-M3", "\"thinking_mode\": \"disabled\"", CLOSED},
                {"tencent-Hy3", "", CLOSED},
                {"tencent-Hy3", "\"reasoning_effort\": \"high\"", INSIDE},
                {"ByteDance-Seed-OSS", "", OUTSIDE},
                {"ByteDance-Seed-OSS", "\"thinking_budget\": 0", CLOSED},
                {"mistralai-Ministral-3-14B-Reasoning-2512", "", OUTSIDE},
                {"openai-gpt-oss-120b", "", OUTSIDE},
                {"upstage-Solar-Open-100B", "", OUTSIDE},
                {"meta-llama-Llama-3.1-8B-Instruct", "", OUTSIDE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int found = left_off(rows[i].name, rows[i].options);
        if (found != rows[i].expect) fail_msg("%s {%s}: %d", rows[i].name, rows[i].options, found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_tagged_thoughts),
        cmocka_unit_test(takes_later_tags_as_text),
        cmocka_unit_test(notices_a_thought_that_was_never_opened),
        cmocka_unit_test(splits_channels),
        cmocka_unit_test(splits_every_family),
        cmocka_unit_test(splits_the_same_however_it_is_cut),
        cmocka_unit_test(loses_and_adds_nothing),
        cmocka_unit_test(finds_the_format_of_a_template),
        cmocka_unit_test(finds_the_format_of_published_templates),
        cmocka_unit_test(knows_where_published_prompts_leave_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
