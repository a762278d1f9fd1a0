/* kernels: which table this process uses. */
#include "engine/kernels/kernels.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kernels *usable[8], *chosen;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void) {
    size_t n = 0;
    usable[n++] = &kernels_scalar;
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

size_t act_row_bytes(enum act_type a, size_t n) {
    switch (a) {
    case ACT_F32:
        return act_pad64(n * sizeof(float));
    case ACT_BF16:
        return act_pad64(n * sizeof(uint16_t));
    case ACT_Q8:
        if (n % 32) return 0;
        return act_pad64(n) + 2 * act_pad64(n / 32 * sizeof(float)) +
               act_pad64(n / 16 * sizeof(float));
    default:
        return 0;
    }
}
