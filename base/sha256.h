/* sha256: the SHA-256 digest (FIPS 180-4) of bytes that come in pieces of any size. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t n_bytes;        /* taken so far */
    unsigned char block[64]; /* its first n_bytes % 64 are waiting for the rest */
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *bytes, size_t n);
/* The digest as 64 lower-case hexadecimal digits and a NUL; `h` is used up. */
void sha256_end(struct sha256 *h, char hex[65]);

#endif
