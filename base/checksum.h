/* checksum: 64 bits over bytes, at the speed of memory, against accidents (a lost page, a flipped
 * bit), not against malice. Four lanes take eight bytes each in turn and multiply by an odd number,
 * so that two inputs that differ in one such word never end alike. */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

struct checksum {
    uint64_t lane[4];
    uint64_t n_bytes;
};

#define CHECKSUM_INIT ((struct checksum){{1, 2, 3, 4}, 0})

/* What is taken in pieces ends differently from the same bytes in other pieces, unless all but the
 * last are multiples of 32 bytes. */
void checksum_add(struct checksum *c, const void *bytes, size_t n);
uint64_t checksum_end(const struct checksum *c);

#endif
