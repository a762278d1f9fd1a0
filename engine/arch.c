/* arch: the list of families. */
#include "engine/arch.h"

#include <stddef.h>
#include <string.h>

extern const struct arch arch_deepseek2, arch_exaone4, arch_gemma3, arch_glm4moe, arch_gpt_oss,
    arch_granite, arch_granitemoe, arch_lfm2, arch_llama, arch_minimax_m2, arch_mistral3,
    arch_olmo2, arch_phi3, arch_qwen2, arch_qwen3, arch_qwen3moe, arch_qwen3next, arch_qwen35,
    arch_qwen35moe, arch_seed_oss, arch_smollm3;

static const struct arch *const families[] = {
    &arch_deepseek2,  &arch_exaone4,
    &arch_gemma3,     &arch_glm4moe,
    &arch_gpt_oss,    &arch_granite,
    &arch_granitemoe, &arch_lfm2,
    &arch_llama,      &arch_minimax_m2,
    &arch_mistral3,   &arch_olmo2,
    &arch_phi3,       &arch_qwen2,
    &arch_qwen3,      &arch_qwen3moe,
    &arch_qwen3next,  &arch_qwen35,
    &arch_qwen35moe,  &arch_seed_oss,
    &arch_smollm3,    NULL,
};

const struct arch *const *arch_list(void) { return families; }

const struct arch *arch_find(const char *name) {
    for (const struct arch *const *a = families; *a; a++)
        if (strcmp((*a)->name, name) == 0) return *a;
    return NULL;
}

static const struct {
    const char *name, *lacks;
} others[] = {
    {"gemma4", "blocks that read the keys of earlier ones, and embeddings for every block"},
    {"gemma3n", "blocks that read the keys of earlier ones, and embeddings for every block"},
    {"llama4", "attention in chunks, and experts that weigh their input"},
    {"granitehybrid", "Mamba-2 blocks"},
    {"nemotron_h", "Mamba-2 blocks"},
    {"nemotron_h_moe", "Mamba-2 blocks"},
    {"falcon-h1", "Mamba-2 blocks"},
    {"jamba", "Mamba blocks"},
    {"mamba", "Mamba blocks"},
    {"mamba2", "Mamba-2 blocks"},
    {"rwkv6", "RWKV blocks"},
    {"rwkv7", "RWKV blocks"},
    {"kimi-linear", "linear attention with a gate for every channel"},
    {"deepseek32", "attention to chosen positions only"},
    {"glm-dsa", "attention to chosen positions only"},
};

const char *arch_lacks(const char *name) {
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i].name, name) == 0) return others[i].lacks;
    return NULL;
}
