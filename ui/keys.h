/* keys: bytes of a terminal into keys.
 *
 * Each key keeps its bytes, because a key that is not ours goes on to readline exactly as it came.
 * A lone Escape and the start of a sequence look alike: keys_next() waits until the caller says,
 * by `flush`, that nothing has followed for a while. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* A key's code: a code point (control keys are 1..31), or one of these; modifiers are or-ed. */
enum {
    KEYS_NAMED = 0x200000,
    KEYS_UP,
    KEYS_DOWN,
    KEYS_RIGHT,
    KEYS_LEFT,
    KEYS_HOME,
    KEYS_END,
    KEYS_INSERT,
    KEYS_DELETE,
    KEYS_PGUP,
    KEYS_PGDN,
    KEYS_BACKTAB,
    KEYS_F1,
    KEYS_F12 = KEYS_F1 + 11,
    KEYS_WHEEL_UP,
    KEYS_WHEEL_DOWN,
    KEYS_PASTE, /* text: what was pasted */
    KEYS_OTHER  /* a sequence that we do not know; its bytes are there */
};
#define KEYS_SHIFT 0x1000000
#define KEYS_ALT   0x2000000
#define KEYS_CTRL  0x4000000 /* with named keys only */
#define KEYS_C(c)  ((c)&0x1f)

struct key {
    int code;
    const char *text; /* the bytes of the key, or of the paste; valid until the next call */
    size_t n;
};

struct keys {
    struct str buf;
    size_t at;        /* buf[0..at) is done with */
    struct str paste; /* what the last KEYS_PASTE points to */
};

void keys_free(struct keys *k);
void keys_feed(struct keys *k, const char *s, size_t n);
/* The next whole key; false when there is none yet. */
bool keys_next(struct keys *k, struct key *out, bool flush);
bool keys_pending(const struct keys *k); /* part of a key is there */

#endif
