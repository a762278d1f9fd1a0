/* base64: bytes as text (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/str.h"

/* Appends the bytes encoded, padded, without line breaks. */
void base64_add(struct str *out, const void *bytes, size_t n);

#endif
