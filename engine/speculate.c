/* speculate: see the header.
 *
 * How many drafts: at the pace of late a token takes `pace` microseconds. A further draft that will
 * be taken with probability P saves P·pace and costs what its row adds to the step (and, from the
 * MTP block, what drafting it takes): it is made while it saves more than it costs. Where drafting
 * does not pay, no draft is made, and nothing is lost but looking.
 *
 * - P is the product of the rates at which drafts of its kind were right: of the conversation by
 *   how many tokens matched, of the block by how sure it was. Looking costs nothing, so a first
 *   draft that was not made is compared with what came all the same; the block, which costs
 *   something, is tried again after a while, and later each time that it does not pay.
 * - The cost of a row is the slope of a line through the durations of late by their rows, which
 *   leans towards a cheap one as long as it has seen few: what was never tried is tried.
 * - Durations are of the thread's own processor time, and followed quickly downwards and slowly
 *   upwards: what takes long because of another program is no property of the model. */
#include "engine/speculate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/attention.h"
#include "engine/session_private.h"

enum {
    ROWS = ATTENTION_FEW_TOKENS, /* of a step: one certain token, the rest drafts */
    CLASSES = 8,
    PROBE = 4,        /* steps that the block is tried for */
    PROBE_FIRST = 32, /* tokens until the block is tried again; twice as many each time … */
    PROBE_LAST = 1024 /* … up to this */
};

/* The block's guesses on guesses of its own are another thing than its first ones. */
enum source { NGRAM, MTP, MTP_AHEAD, SOURCES };

struct draft {
    int32_t id;
    enum source source;
    int class;
};

/* How long a step of so many rows takes, and how much is known of it, less as time goes by. */
struct duration {
    double us, weight;
};

struct speculate {
    struct session *s;
    enum speculation how;
    int fixed;
    float *rows;    /* [ROWS][n_vocab] logits of the step at hand */
    float *guessed; /* [n_vocab] of the MTP block */

    /* The step at hand: tokens at base … base + n - 1 were evaluated together, tokens 0 … at of
     * them are taken; the logits of `at` are rows[at]. n = 0: nothing is open, all is the session.
     */
    size_t base, n, at;
    struct draft step[ROWS];      /* [0] is the certain one */
    struct draft unmade[SOURCES]; /* first drafts that were not made; id < 0: none */
    float rate[SOURCES][CLASSES]; /* of drafts that were right */
    float mean_rate[SOURCES];     /* the same, whatever the class */
    struct duration durations[ROWS + 1];
    double step_us;                /* the step at hand took this long, with its drafts */
    double mean_us, mean_n;        /* of a step: its duration, and the tokens that it gave */
    double mtp_us;                 /* of a draft of the block */
    bool mtp_before;               /* the step before drafted with the block */
    int probing;                   /* steps to go in which it is tried */
    size_t since_mtp, probe_after; /* tokens */
    struct speculation_counts counts;
};

void speculate_prepare(struct session_params *p, const struct model *m) {
    bool may = p->speculation == SPECULATION_AUTO && m->hp.n_mtp;
    p->draft = p->speculation == SPECULATION_MTP || may;
    p->rewind = p->speculation != SPECULATION_OFF;
}

struct speculate *speculate_new(struct session *s, enum speculation how) {
    static const float matched[CLASSES] = {.15f, .35f, .5f, .6f, .7f, .75f, .8f, .9f};
    struct speculate *sp = mem_calloc(1, sizeof *sp);
    size_t n_vocab = s->m->hp.n_vocab;
    sp->s = s;
    sp->how = how;
    sp->fixed = -1;
    sp->probe_after = PROBE_FIRST;
    sp->mean_rate[MTP] = 0.6f;
    sp->mean_rate[MTP_AHEAD] = 0.4f;
    for (int i = 0; i < CLASSES; i++) {
        sp->rate[NGRAM][i] = matched[i];
        sp->rate[MTP][i] = ((float)i + 0.5f) / CLASSES;
        sp->rate[MTP_AHEAD][i] = ((float)i + 0.5f) / CLASSES;
    }
    if (how == SPECULATION_OFF) return sp;
    sp->rows = mem_aligned(64, ROWS * n_vocab * sizeof *sp->rows);
    if (s->params.draft) sp->guessed = mem_aligned(64, n_vocab * sizeof *sp->guessed);
    return sp;
}

void speculate_free(struct speculate *sp) {
    if (!sp) return;
    free(sp->rows);
    free(sp->guessed);
    free(sp);
}

void speculate_fix(struct speculate *sp, int n) { sp->fixed = n; }

struct speculation_counts speculate_counts(const struct speculate *sp) {
    return sp->counts;
}

size_t speculate_length(const struct speculate *sp) {
    return sp->n ? sp->base + sp->at + 1 : session_length(sp->s);
}

const float *speculate_logits(const struct speculate *sp) {
    return sp->n ? sp->rows + sp->at * sp->s->m->hp.n_vocab : session_logits(sp->s);
}

static void forget_unmade(struct speculate *sp) {
    for (int i = 0; i < SOURCES; i++) sp->unmade[i].id = -1;
}

void speculate_begin(struct speculate *sp) {
    sp->n = 0;
    sp->counts = (struct speculation_counts){0};
    forget_unmade(sp);
}

void speculate_end(struct speculate *sp) {
    struct session *s = sp->s;
    if (!sp->n) return;
    size_t length = speculate_length(sp);
    memcpy(s->logits, speculate_logits(sp), s->m->hp.n_vocab * sizeof *s->logits);
    sp->n = 0;
    if (session_truncate(s, length) == length) s->has_logits = true;
}

/* ---- what was learned ---- */

static void learn_rate(float *rate, bool right) {
    *rate += ((right ? 1.f : 0.f) - *rate) / 16;
    *rate = fmaxf(0.01f, fminf(*rate, 0.99f));
}

static void learn(struct speculate *sp, const struct draft *d, bool right) {
    learn_rate(&sp->rate[d->source][d->class], right);
    learn_rate(&sp->mean_rate[d->source], right);
}

/* `id` came: were the drafts for its place right? */
static void compare(struct speculate *sp, int32_t id) {
    for (int i = 0; i < SOURCES; i++)
        if (sp->unmade[i].id >= 0) learn(sp, &sp->unmade[i], sp->unmade[i].id == id);
    forget_unmade(sp);
    if (sp->at + 1 < sp->n) learn(sp, &sp->step[sp->at + 1], sp->step[sp->at + 1].id == id);
}

static void follow(double *us, double now) {
    if (*us <= 0) *us = now;
    if (now > 2 * *us) now = 2 * *us;
    *us += (now - *us) / (now < *us ? 4 : 16);
}

static void learn_duration(struct speculate *sp, size_t n, double us) {
    for (size_t i = 1; i <= ROWS; i++) sp->durations[i].weight *= 1 - 1.0 / 64;
    sp->durations[n].weight += 1;
    follow(&sp->durations[n].us, us);
    for (size_t i = 1; i < n; i++) /* fewer rows take no longer */
        if (sp->durations[i].us > sp->durations[n].us) sp->durations[i].us = sp->durations[n].us;
}

/* Microseconds that a further row adds to a step: the slope of the line, drawn towards a tenth of a
 * step as if two steps with a row more or less had said so. */
static double row_cost(const struct speculate *sp) {
    double w = 0, n = 0, t = 0, nn = 0, nt = 0, lean = 2;
    for (size_t i = 1; i <= ROWS; i++) {
        const struct duration *d = &sp->durations[i];
        double x = (double)i;
        w += d->weight, n += d->weight * x, t += d->weight * d->us;
        nn += d->weight * x * x, nt += d->weight * x * d->us;
    }
    if (w <= 0) return 0;
    double slope = (nt - n * t / w + lean * 0.1 * t / n) / (nn - n * n / w + lean);
    return fmax(slope, 0.02 * t / n);
}

/* Microseconds that a token takes of late. */
static double pace(const struct speculate *sp) {
    return sp->mean_n > 0 ? sp->mean_us / sp->mean_n : 0;
}

static void learn_pace(struct speculate *sp, double us, size_t tokens) {
    double now = (double)tokens;
    follow(&sp->mean_us, us);
    sp->mean_n = sp->mean_n > 0 ? sp->mean_n + (now - sp->mean_n) / 16 : now;
}

static bool pays(const struct speculate *sp, double chance, double cost) {
    return chance * pace(sp) > 1.05 * cost;
}

/* ---- drafts ---- */

/* Where the last tokens stood before, the longest match and of those the latest: the place of what
 * followed, and how many tokens matched, at most CLASSES. The last token is `id`, which stands at
 * `length` and is not in `ids` yet. */
static size_t look_up(const int32_t *ids, size_t length, int32_t id, size_t *matched) {
    size_t best = 0, most = 0;
    for (size_t i = length; i-- > 0 && most < CLASSES;) {
        if (ids[i] != id) continue;
        size_t n = 1;
        while (n < CLASSES && n <= i && ids[i - n] == ids[length - n]) n++;
        if (n > most) most = n, best = i + 1;
    }
    *matched = most;
    return best;
}

/* Drafts from the conversation after sp->step[0]; returns how many. Fills `saves` with the
 * microseconds that they are expected to save. */
static size_t from_conversation(struct speculate *sp, struct draft *out, size_t room,
                                double *saves) {
    size_t length = session_length(sp->s), matched, n = 0;
    const int32_t *ids = session_tokens(sp->s);
    size_t at = look_up(ids, length, sp->step[0].id, &matched);
    double chance = 1, cost = row_cost(sp);
    *saves = 0;
    if (!matched) return 0;
    for (; n < room; n++, at++) {
        size_t class = matched + n < CLASSES ? matched + n - 1 : CLASSES - 1;
        int32_t id = at < length    ? ids[at]
                     : at == length ? sp->step[0].id
                                    : out[at - length - 1].id;
        struct draft d = {id, NGRAM, (int)class};
        if (!n) sp->unmade[NGRAM] = d;
        chance *= (double)sp->rate[NGRAM][class];
        if (sp->fixed < 0 && !pays(sp, chance, cost)) break;
        out[n] = d;
        *saves += chance * pace(sp) - cost;
    }
    return n;
}

/* What the block is expected to save. */
static double mtp_saves(const struct speculate *sp, size_t room) {
    double chance = 1, saves = 0, cost = row_cost(sp) + sp->mtp_us;
    for (size_t i = 0; i < room; i++) {
        chance *= (double)sp->mean_rate[i ? MTP_AHEAD : MTP];
        if (!pays(sp, chance, cost)) break;
        saves += chance * pace(sp) - cost;
    }
    return saves;
}

/* The likeliest token, and how sure the block is of it in CLASSES steps. */
static struct draft likeliest(const float *logits, size_t n) {
    size_t best = 0;
    double sum = 0;
    for (size_t i = 1; i < n; i++)
        if (logits[i] > logits[best]) best = i;
    for (size_t i = 0; i < n; i++) sum += (double)expf(logits[i] - logits[best]);
    int class = (int)(CLASSES / sum);
    return (struct draft){(int32_t)best, MTP, class < CLASSES ? class : CLASSES - 1};
}

static size_t from_block(struct speculate *sp, struct draft *out, size_t room) {
    double chance = 1, cost = row_cost(sp);
    int64_t start = clock_thread_us();
    int32_t before = sp->step[0].id;
    size_t n = 0, asked = 0;
    while (n < room) {
        if (!session_draft(sp->s, before, n, sp->guessed)) break;
        struct draft d = likeliest(sp->guessed, sp->s->m->hp.n_vocab);
        d.source = asked ? MTP_AHEAD : MTP;
        if (!asked++) sp->unmade[MTP] = d;
        chance *= (double)sp->rate[d.source][d.class];
        if (sp->fixed < 0 && !pays(sp, chance, cost)) break;
        out[n++] = d;
        before = d.id;
        double next = chance * (double)sp->mean_rate[MTP_AHEAD];
        if (sp->fixed < 0 && !pays(sp, next, cost + sp->mtp_us)) break;
    }
    /* After a while without it, the block has first read what came meanwhile. */
    double each = (double)(clock_thread_us() - start) / (double)(asked ? asked : 1);
    if (sp->mtp_before && asked) follow(&sp->mtp_us, each);
    sp->mtp_before = asked > 0;
    return n;
}

/* Whether the block is to draft, given what the conversation offers. */
static bool ask_block(struct speculate *sp, size_t room, double offered) {
    if (!sp->guessed || !room) return false;
    if (sp->fixed >= 0) return sp->how == SPECULATION_MTP || !(offered > 0);
    double saves = mtp_saves(sp, room);
    if (saves > 0) {
        sp->probe_after = PROBE_FIRST;
        return saves > offered;
    }
    if (sp->since_mtp >= sp->probe_after) {
        sp->probing = PROBE;
        if (sp->probe_after < PROBE_LAST) sp->probe_after *= 2;
    }
    return sp->probing > 0 && sp->probing--;
}

/* Fills step[1 …] and returns how many they are. */
static size_t make_drafts(struct speculate *sp, size_t room) {
    struct draft found[ROWS];
    double offered = 0;
    size_t n = 0;
    if (sp->fixed >= 0 && room > (size_t)sp->fixed) room = (size_t)sp->fixed;
    if (sp->how != SPECULATION_MTP) n = from_conversation(sp, found, room, &offered);
    if (ask_block(sp, room, n ? fmax(offered, 1e-9) : 0)) {
        n = from_block(sp, found, room);
        sp->since_mtp = 0;
    } else {
        sp->mtp_before = false;
        sp->since_mtp++;
    }
    memcpy(sp->step + 1, found, n * sizeof *found);
    if (n) sp->unmade[found[0].source].id = -1; /* is made, and compared as such */
    return n;
}

/* ---- steps ---- */

/* How many drafts may go with a token at `length`. */
static size_t most_drafts(const struct speculate *sp, size_t length, size_t room) {
    const struct session_params *p = &sp->s->params;
    size_t limits[] = {room, ROWS - 1, p->n_batch - 1,
                       length < p->n_ctx ? p->n_ctx - length - 1 : 0,
                       ATTENTION_STEP - 1 - length % ATTENTION_STEP};
    size_t least = sp->how == SPECULATION_OFF ? 0 : room;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i] < least) least = limits[i];
    return least;
}

/* Takes back what was drafted and did not come. */
static bool settle(struct speculate *sp, struct err *e) {
    struct session *s = sp->s;
    size_t length = speculate_length(sp);
    sp->n = 0;
    size_t kept = session_truncate(s, length);
    return kept == length || session_eval(s, s->tokens + kept, length - kept, NULL, NULL, NULL, e);
}

static bool evaluate(struct speculate *sp, size_t n, struct err *e) {
    int32_t ids[ROWS];
    size_t base = session_length(sp->s);
    int64_t start = clock_thread_us();
    for (size_t i = 0; i < n; i++) ids[i] = sp->step[i].id;
    if (n > 1 ? !session_try(sp->s, ids, n, sp->rows, e)
              : !session_eval(sp->s, ids, 1, NULL, NULL, NULL, e))
        return false;
    learn_duration(sp, n, (double)(clock_thread_us() - start));
    sp->base = base;
    sp->n = n > 1 ? n : 0;
    sp->at = 0;
    sp->counts.steps++;
    sp->counts.drafted += n - 1;
    return true;
}

bool speculate_take(struct speculate *sp, int32_t id, size_t room, struct err *e) {
    compare(sp, id);
    if (sp->at + 1 < sp->n && sp->step[sp->at + 1].id == id) {
        sp->at++;
        sp->counts.accepted++;
        return true;
    }
    size_t gave = sp->n ? sp->at + 1 : 1;
    if (sp->n && !settle(sp, e)) return false;
    if (sp->counts.steps) learn_pace(sp, sp->step_us, gave);
    int64_t start = clock_thread_us();
    sp->step[0].id = id;
    size_t n = make_drafts(sp, most_drafts(sp, session_length(sp->s), room));
    bool ok = evaluate(sp, n + 1, e);
    sp->step_us = (double)(clock_thread_us() - start);
    return ok;
}
