/* loops: see the header.
 *
 * A model that has begun to repeat itself becomes surer of the repetition with each lap (Holtzman
 * et al. 2020, "The curious case of neural text degeneration"; Xu et al. 2022, "Learning to break
 * the loop"), and a thought has no limit but the context. But lists, tables and code repeat much
 * too, rightly. What tells them apart is that they do not say the same thing a fourth time at
 * length:
 *
 *  - a span of LOOPS_SPAN tokens that came LOOPS_REPEATS times before is worn;
 *  - the thought is a loop when of the last LOOPS_WINDOW tokens at least 98 % end a worn span;
 *  - or 60 %, when the model also was in no doubt about any of them (less than 0.01 nats on the
 *    average): a loop that counts its laps. A list of real things has tokens that could have been
 *    others.
 *
 * Spans are counted by a rolling hash in a table of pairs of places, where who comes later takes
 * the place of the rarer: an old span may be forgotten, none is found where it was not (but for one
 * in 2^32). */
#include "engine/loops.h"

#include <math.h>
#include <string.h>

#define BASE      0x9E3779B97F4A7C15u /* odd: each step is a bijection modulo 2^64 */
#define WORN      0.98
#define WORN_SURE 0.60
#define SURE_NATS 0.01

void loops_reset(struct loops *l) { memset(l, 0, sizeof *l); }

/* BASE to the power of LOOPS_SPAN, with which the oldest token is weighed when it leaves. */
static uint64_t oldest_weight(void) {
    uint64_t w = 1;
    for (int i = 0; i < LOOPS_SPAN; i++) w *= BASE;
    return w;
}

/* How often the span of the last tokens came before; it is counted. */
static uint32_t times_before(struct loops *l) {
    uint64_t mixed = (l->hash ^ l->hash >> 29) * 0xBF58476D1CE4E5B9u;
    uint32_t tag = (uint32_t)(mixed >> 32);
    size_t at = mixed >> 7 & (LOOPS_TABLE - 1);
    for (size_t k = 0; k < 2; k++)
        if (l->spans[at ^ k].times && l->spans[at ^ k].tag == tag) return l->spans[at ^ k].times++;
    if (l->spans[at ^ 1].times < l->spans[at].times) at ^= 1;
    l->spans[at].tag = tag;
    l->spans[at].times = 1;
    return 0;
}

void loops_add(struct loops *l, int32_t id, float entropy) {
    size_t at = l->n % LOOPS_WINDOW;
    int32_t *last = &l->ids[l->n % LOOPS_SPAN];
    uint64_t leaves = l->n < LOOPS_SPAN ? 0 : ((uint64_t)(uint32_t)*last + 1) * oldest_weight();
    l->hash = l->hash * BASE + (uint64_t)(uint32_t)id + 1 - leaves;
    *last = id;
    l->n++;
    bool worn = l->n >= LOOPS_SPAN && times_before(l) >= LOOPS_REPEATS;
    if (!isfinite(entropy)) entropy = 1; /* nothing is known: in doubt */
    l->n_worn += (size_t)worn - l->worn[at];
    l->sum_entropy += (double)entropy - l->entropy[at];
    l->worn[at] = worn;
    l->entropy[at] = entropy;
}

bool loops_found(const struct loops *l) {
    if (l->n < LOOPS_LEAST) return false;
    bool sure = l->sum_entropy < SURE_NATS * LOOPS_WINDOW;
    return (double)l->n_worn >= (sure ? WORN_SURE : WORN) * LOOPS_WINDOW;
}
