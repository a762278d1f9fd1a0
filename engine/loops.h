/* loops: does a thought go round in circles? Told each token as it comes, it says so once the last
 * LOOPS_WINDOW tokens are what was said before, again and again. */
#ifndef ENGINE_LOOPS_H
#define ENGINE_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOOPS_SPAN = 8,       /* tokens that count as the same words when they come in the same order */
    LOOPS_REPEATS = 3,    /* a span that came so often before is worn */
    LOOPS_WINDOW = 320,   /* the last tokens, of which nearly all must be worn */
    LOOPS_LEAST = 400,    /* no thought that is shorter is called a loop */
    LOOPS_TABLE = 1 << 15 /* spans that are remembered */
};

struct loops {
    size_t n;                /* tokens since the thought began */
    int32_t ids[LOOPS_SPAN]; /* the last ones; token i at i % LOOPS_SPAN */
    uint64_t hash;           /* of them */
    bool worn[LOOPS_WINDOW]; /* token i at i % LOOPS_WINDOW */
    float entropy[LOOPS_WINDOW];
    size_t n_worn; /* in the window */
    double sum_entropy;
    struct {
        uint32_t tag;   /* the other half of the span's hash */
        uint32_t times; /* 0: empty */
    } spans[LOOPS_TABLE];
};

void loops_reset(struct loops *l); /* a thought begins; also the first time */
/* `entropy` in nats, of the distribution from which the token was chosen; NaN: not known. Takes
 * constant time and allocates nothing. */
void loops_add(struct loops *l, int32_t id, float entropy);
bool loops_found(const struct loops *l);

#endif
