/* reasoning_formats: how families of models write their thoughts, as a table. Sampling values are
 * those of the model cards; < 0 where a card says none. */
#include <string.h>

#include "base/str.h"
#include "engine/reasoning.h"
#include "engine/reasoning_impl.h"

enum {
    IN_START = 1 << STATE_START,
    IN_THOUGHT = 1 << STATE_THOUGHT,
    IN_ANSWER = 1 << STATE_ANSWER,
    IN_HEADER = 1 << STATE_HEADER,
    IN_OUTER = IN_START | IN_ANSWER,
    IN_ALL = IN_OUTER | IN_THOUGHT | IN_HEADER
};

#define TAGS(open_tag, close_tag)                                                                  \
    {open_tag, EFFECT_OPEN, IN_OUTER}, { close_tag, EFFECT_CLOSE, IN_OUTER | IN_THOUGHT }
#define END                                                                                        \
    { NULL, 0, 0 }
#define MARKERS static const struct reasoning_marker

MARKERS think[] = {TAGS("<think>", "</think>"), END};
MARKERS thought[] = {TAGS("<thought>", "</thought>"), END};
MARKERS seed[] = {TAGS("<seed:think>", "</seed:think>"), END};
MARKERS hunyuan3[] = {TAGS("<think:opensource>", "</think:opensource>"), END};
MARKERS minimax[] = {TAGS("<mm:think>", "</mm:think>"), END};
MARKERS mistral[] = {TAGS("[THINK]", "[/THINK]"), END};
MARKERS apertus[] = {TAGS("<|inner_prefix|>", "<|inner_suffix|>"), END};
MARKERS gemma[] = {TAGS("<|channel>thought", "<channel|>"), END};
MARKERS granite[] = {TAGS("<think>", "</think>"),
                     {"<response>", EFFECT_SKIP, IN_OUTER},
                     {"</response>", EFFECT_SKIP, IN_OUTER},
                     END};
MARKERS hunyuan[] = {TAGS("<think>", "</think>"),
                     {"<answer>", EFFECT_SKIP, IN_OUTER},
                     {"</answer>", EFFECT_SKIP, IN_OUTER},
                     END};
MARKERS cohere[] = {
    TAGS("<|START_THINKING|>", "<|END_THINKING|>"), {"<|START_TEXT|>", EFFECT_SKIP, IN_OUTER},
    {"<|END_TEXT|>", EFFECT_SKIP, IN_OUTER},        {"<|START_RESPONSE|>", EFFECT_SKIP, IN_OUTER},
    {"<|END_RESPONSE|>", EFFECT_SKIP, IN_OUTER},    END};
MARKERS apriel[] = {{"Here are my reasoning steps:", EFFECT_SKIP, IN_THOUGHT},
                    {"[BEGIN FINAL RESPONSE]", EFFECT_CLOSE, IN_THOUGHT},
                    {"[END FINAL RESPONSE]", EFFECT_SKIP, IN_ANSWER},
                    END};
MARKERS harmony[] = {{"<|start|>", EFFECT_HEADER, IN_ALL},
                     {"<|channel|>", EFFECT_HEADER, IN_ALL},
                     {"<|message|>", EFFECT_BODY, IN_HEADER},
                     {"<|end|>", EFFECT_HEADER, IN_ALL},
                     {"<|return|>", EFFECT_HEADER, IN_ALL},
                     {"<|call|>", EFFECT_HEADER, IN_ALL},
                     END};
MARKERS solar[] = {{"<|think|>", EFFECT_OPEN, IN_START | IN_HEADER},
                   {"<|begin|>", EFFECT_HEADER, IN_ALL},
                   {"<|content|>", EFFECT_BODY, IN_HEADER},
                   {"<|end|>", EFFECT_HEADER, IN_ALL},
                   END};
/* A model that is not said to think may still have learnt to. */
MARKERS plain[] = {{"<think>", EFFECT_OPEN, IN_START}, {"</think>", EFFECT_CLOSE, IN_THOUGHT}, END};

/* Our own words: calm, in the first person, and complete, so that an answer follows naturally. */
#define ENOUGH "\n\nThat is enough thinking; I will give my answer now.\n"
/* The word with which models that were taught to reason turn to doubt: put after a thought that had
 * ended it makes them check it (Muennighoff et al. 2025, arXiv:2501.19393). */
#define AGAIN "\n\nWait,"

struct family {
    const char *texts[3]; /* all of these are in the template (trailing NULLs) */
    const char *arch;     /* and the architecture's name begins so, where not NULL */
    struct reasoning_format format;
};

/* name, open, close, bridge, more, can be switched off, temperature, top_p, min_p, top_k, … */
#define THINK "<think>", "</think>", ENOUGH, AGAIN
static const struct family families[] = {
    {{"<|channel|>", "<|message|>"},
     NULL,
     {"harmony", "<|channel|>analysis<|message|>",
      "<|end|><|start|>assistant<|channel|>final<|message|>", ENOUGH, AGAIN, false, 1, 1, 0, 0,
      .markers = harmony, .answer = "<|channel|>final<|message|>", .start = STATE_HEADER}},
    {{"<|channel>thought"},
     NULL,
     {"gemma", "<|channel>thought\n", "<channel|>", ENOUGH, AGAIN, true, 1, 0.95f, 0, 64,
      .markers = gemma}},
    {{"<seed:think>"},
     NULL,
     {"seed", "<seed:think>", "</seed:think>", ENOUGH, AGAIN, true, 1.1f, 0.95f, 0, -1,
      .markers = seed}},
    {{"hy_Assistant", "<think"},
     NULL,
     {"hunyuan3", "<think:opensource>", "</think:opensource>", ENOUGH, AGAIN, true, -1, -1, -1, -1,
      .markers = hunyuan3, .effort_on = "high", .effort_off = "no_think"}},
    {{"<mm:think>"},
     NULL,
     {"minimax3", "<mm:think>", "</mm:think>", ENOUGH, AGAIN, true, 1, 0.95f, 0, 40,
      .markers = minimax}},
    {{"[THINK]"},
     NULL,
     {"mistral", "[THINK]", "[/THINK]", ENOUGH, AGAIN, false, 0.7f, 0.95f, 0, -1,
      .markers = mistral}},
    {{"<|START_THINKING|>"},
     NULL,
     {"cohere", "<|START_THINKING|>", "<|END_THINKING|>", ENOUGH, AGAIN, true, 0.6f, 0.95f, 0, -1,
      .markers = cohere, .effort_off = "none"}},
    {{"<|think|>", "<|content|>"},
     NULL,
     {"solar", "<|think|>", "<|end|><|begin|>assistant<|content|>", ENOUGH, AGAIN, true, -1, -1, -1,
      -1, .markers = solar, .answer = "<|content|>", .effort_off = "minimal",
      .start = STATE_HEADER}},
    {{"<|inner_prefix|>"},
     NULL,
     {"apertus", "<|inner_prefix|>", "<|inner_suffix|>", ENOUGH, AGAIN, true, -1, -1, -1, -1,
      .markers = apertus}},
    {{"[BEGIN FINAL RESPONSE]"},
     NULL,
     {"apriel", "Here are my reasoning steps:\n", "[BEGIN FINAL RESPONSE]", ENOUGH, AGAIN, false,
      0.6f, -1, 0, -1, .markers = apriel, .start = STATE_THOUGHT}},
    {{"</think>", "<response>"},
     "granite",
     {"granite", THINK, true, -1, -1, -1, -1, .markers = granite}},
    {{"<think>"}, "hunyuan", {"hunyuan", THINK, true, 0.7f, 0.8f, 0, 20, .markers = hunyuan}},
    {{"<thought>"},
     NULL,
     {"exaone-deep", "<thought>", "</thought>", ENOUGH, AGAIN, false, 0.6f, 0.95f, 0, -1,
      .markers = thought}},
    {{"</think>", "]~b]ai"}, NULL, {"minimax", THINK, false, 1, 0.95f, 0, 40, .markers = think}},
    {{"</think>", "<|im_middle|>"}, NULL, {"kimi", THINK, false, 1, -1, 0, -1, .markers = think}},
    {{"</think>", "[gMASK]"}, NULL, {"glm", THINK, true, 1, 0.95f, 0, -1, .markers = think}},
    {{"</think>", "truncate_history_thinking"},
     NULL,
     {"nemotron3", THINK, true, 1, 1, 0, -1, .markers = think}},
    {{"</think>"}, "lfm2", {"lfm2", THINK, false, 0.1f, 0.1f, 0.15f, 50, .markers = think}},
    {{"</think>", "<｜Assistant｜>", "thinking"},
     "deepseek",
     {"deepseek", THINK, true, 0.6f, 0.95f, 0, -1, .markers = think}},
    {{"</think>", "<｜Assistant｜>"},
     NULL,
     {"deepseek-r1", THINK, false, 0.6f, 0.95f, 0, -1, .markers = think}},
    {{"</think>", "enable_thinking"},
     "qwen35",
     {"qwen3.5", THINK, true, 1, 0.95f, 0, 20, .markers = think}},
    {{"</think>", "enable_thinking"},
     "qwen3",
     {"qwen3", THINK, true, 0.6f, 0.95f, 0, 20, .markers = think}},
    {{"</think>", "<|im_start|>"},
     "qwen",
     {"qwen-thinking", THINK, false, 0.6f, 0.95f, 0, 20, .markers = think}},
    {{"</think>", "thinking"}, NULL, {"think", THINK, true, 0.6f, 0.95f, 0, -1, .markers = think}},
    {{"</think>"}, NULL, {"think-always", THINK, false, 0.6f, 0.95f, 0, -1, .markers = think}},
    {{""}, NULL, {"none", NULL, NULL, NULL, NULL, false, -1, -1, -1, -1, .markers = plain}}};

enum { N_FAMILIES = sizeof families / sizeof *families };

static bool fits(const struct family *f, const char *chat_template, const char *arch) {
    if (f->arch && !str_starts(arch, f->arch)) return false;
    for (int i = 0; i < 3 && f->texts[i]; i++)
        if (!strstr(chat_template, f->texts[i])) return false;
    return true;
}

const struct reasoning_format *reasoning_detect(const char *chat_template, const char *arch) {
    size_t i = 0;
    while (i < N_FAMILIES - 1 &&
           !fits(&families[i], chat_template ? chat_template : "", arch ? arch : ""))
        i++;
    return &families[i].format;
}

const struct reasoning_format *reasoning_named(const char *name) {
    for (size_t i = 0; i < N_FAMILIES; i++)
        if (strcmp(families[i].format.name, name) == 0) return &families[i].format;
    return NULL;
}
