/* arch: the list of families. */
#include "engine/arch.h"

#include <stddef.h>
#include <string.h>

extern const struct arch arch_llama, arch_qwen2, arch_qwen3, arch_qwen3moe, arch_deepseek2;

static const struct arch *const families[] = {
    &arch_llama, &arch_qwen2, &arch_qwen3, &arch_qwen3moe, &arch_deepseek2, NULL,
};

const struct arch *const *arch_list(void) { return families; }

const struct arch *arch_find(const char *name) {
    for (const struct arch *const *a = families; *a; a++)
        if (strcmp((*a)->name, name) == 0) return *a;
    return NULL;
}
