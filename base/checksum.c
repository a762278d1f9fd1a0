/* checksum: see the header. */
#include "base/checksum.h"

#include <string.h>

static uint64_t mix(uint64_t lane, uint64_t word) {
    lane = (lane ^ word) * 0x9E3779B97F4A7C15u;
    return lane ^ lane >> 32;
}

void checksum_add(struct checksum *c, const void *bytes, size_t n) {
    const char *at = bytes;
    uint64_t w[4];
    c->n_bytes += n;
    for (; n >= sizeof w; n -= sizeof w, at += sizeof w) {
        memcpy(w, at, sizeof w);
        for (int i = 0; i < 4; i++) c->lane[i] = mix(c->lane[i], w[i]);
    }
    if (!n) return;
    memset(w, 0, sizeof w);
    memcpy(w, at, n);
    for (int i = 0; i < 4; i++) c->lane[i] = mix(c->lane[i], w[i]);
}

uint64_t checksum_end(const struct checksum *c) {
    uint64_t sum = c->n_bytes;
    for (int i = 0; i < 4; i++) sum = mix(sum, c->lane[i]);
    return sum;
}
