/* kernels: which table this process uses. */
#include "engine/kernels/kernels.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include "engine/kernels/x86.h"
#elif defined(__aarch64__)
#include "engine/kernels/arm.h"
#endif

static const struct kernels *usable[8], *chosen;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void) {
    size_t n = 0;
    usable[n++] = &kernels_scalar;
#if defined(__x86_64__)
    if (x86_has_avx2()) usable[n++] = &kernels_avx2;
    if (x86_has_avxvnni()) usable[n++] = &kernels_avxvnni;
    if (x86_has_avx512()) usable[n++] = &kernels_avx512;
    if (x86_has_amx()) usable[n++] = &kernels_amx;
#elif defined(__aarch64__)
    if (arm_has_neon()) usable[n++] = &kernels_neon;
#endif
    chosen = usable[n - 1];
    const char *asked = getenv("ASIDE_ISA");
    if (!asked || !*asked) return;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(usable[i]->name, asked) == 0) {
            chosen = usable[i];
            return;
        }
    }
    fprintf(stderr, "aside: ASIDE_ISA=%s is not available here; using %s\n", asked, chosen->name);
}

const struct kernels *kernels(void) {
    pthread_once(&once, choose);
    return chosen;
}

const struct kernels *const *kernels_usable(void) {
    pthread_once(&once, choose);
    return usable;
}

void kernels_choose(const struct kernels *k) {
    pthread_once(&once, choose);
    chosen = k;
}

size_t act_bytes(enum act_type a, size_t n) {
    switch (a) {
    case ACT_F32:
        return n * sizeof(float);
    case ACT_Q8:
        return n % 32 ? 0 : act_q8_pad(n) + 2 * (act_q8_pad(n) / 16 * sizeof(float));
    case ACT_TILES:
        return (n + 31) / 32 * 32 * 16 * sizeof(uint16_t);
    default:
        return 0;
    }
}
