/* arch: the list of families. */
#include "engine/arch.h"

#include <stddef.h>
#include <string.h>

extern const struct arch arch_deepseek2, arch_exaone4, arch_gemma3, arch_glm4moe, arch_gpt_oss,
    arch_granite, arch_granitemoe, arch_lfm2, arch_llama, arch_minimax_m2, arch_mistral3, arch_phi3,
    arch_qwen2, arch_qwen3, arch_qwen3moe, arch_qwen3next, arch_qwen35, arch_qwen35moe,
    arch_seed_oss, arch_smollm3;

static const struct arch *const families[] = {
    &arch_deepseek2,  &arch_exaone4,  &arch_gemma3,
    &arch_glm4moe,    &arch_gpt_oss,  &arch_granite,
    &arch_granitemoe, &arch_lfm2,     &arch_llama,
    &arch_minimax_m2, &arch_mistral3, &arch_phi3,
    &arch_qwen2,      &arch_qwen3,    &arch_qwen3moe,
    &arch_qwen3next,  &arch_qwen35,   &arch_qwen35moe,
    &arch_seed_oss,   &arch_smollm3,  NULL,
};

const struct arch *const *arch_list(void) { return families; }

const struct arch *arch_find(const char *name) {
    for (const struct arch *const *a = families; *a; a++)
        if (strcmp((*a)->name, name) == 0) return *a;
    return NULL;
}
