/* data: rendering dialogues and packing them into batches. */
#include "engine/train/data.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void dialogue_done(struct dialogue *d) {
    tokens_free(&d->token);
    memset(d, 0, sizeof *d);
}

static void add_text(const struct bpe *b, const char *text, struct tokens *out) {
    bpe_encode(b, text, strlen(text), out);
}

static void add_question(const struct bpe *b, struct task_turn *t, struct tokens *out) {
    tokens_add(out, TOKEN_USER);
    add_text(b, str_cstr(&t->question), out);
    tokens_add(out, TOKEN_ASSISTANT);
}

/* Of what is over, the answer alone is kept. */
static void add_exchange(const struct bpe *b, struct task_turn *t, struct tokens *out) {
    add_question(b, t, out);
    add_text(b, str_cstr(&t->answer), out);
    tokens_add(out, TOKEN_EOS);
}

static void begin(const struct bpe *b, const char *system, struct tokens *out) {
    tokens_add(out, TOKEN_BOS);
    if (system) add_text(b, system, out);
}

static void add_prompt(const struct bpe *b, const struct task_problem *p, int last, bool think,
                       struct tokens *out) {
    struct task_turn *turn = ((struct task_problem *)p)->turns;
    for (int i = 0; i < last; i++) add_exchange(b, &turn[i], out);
    add_question(b, &turn[last], out);
    tokens_add(out, TOKEN_THINK);
    add_text(b, think ? "\n" : "\n\n", out);
    if (think) return;
    tokens_add(out, TOKEN_THINK_END);
    add_text(b, "\n\n", out);
}

void data_prompt(const struct bpe *b, const char *system, const struct task_problem *p, int last,
                 bool think, struct tokens *out) {
    begin(b, system, out);
    add_prompt(b, p, last, think, out);
}

/* What the model should write for turn `last`. */
static void add_completion(const struct bpe *b, struct task_turn *t, bool think,
                           struct tokens *out) {
    struct str s = STR_INIT;
    if (think) {
        str_addf(&s, "%s\n", str_cstr(&t->thought));
        bpe_encode(b, s.s, s.len, out);
        tokens_add(out, TOKEN_THINK_END);
        str_clear(&s);
        str_add(&s, "\n\n");
    }
    str_add(&s, str_cstr(&t->answer));
    bpe_encode(b, s.s, s.len, out);
    tokens_add(out, TOKEN_EOS);
    str_free(&s);
}

void data_source_init(struct data_source *s, const struct bpe *b, uint64_t seed, int n_ctx) {
    *s = (struct data_source){b, seed, n_ctx, 0.15, 0, task_families, 0};
    for (int i = 0; s->families[i]; i++) s->weight_sum += s->families[i]->weight;
}

const struct task_family *data_problem(const struct data_source *s, struct rng *r,
                                       struct task_problem *p) {
    double at = rng_uniform(r) * s->weight_sum;
    int i = 0;
    while (s->families[i + 1] && at >= s->families[i]->weight) at -= s->families[i++]->weight;
    task_make(s->families[i], r, TASK_TRAIN, p);
    return s->families[i];
}

#define HISTORY_SHARE 0.25

/* A few dialogues carry instructions, so that the model is not thrown by a system text. */
static const char *system_text(struct rng *r) {
    static const char *const texts[] = {
        "You are a helpful assistant.",
        "Answer briefly.",
        "You are aside, a small model that thinks before it answers.",
        "Be friendly and exact.",
    };
    if (rng_uniform(r) >= 0.04) return NULL;
    return texts[rng_below(r, sizeof texts / sizeof *texts)];
}

/* A talk goes on about other things: up to five short exchanges that came before. */
static void add_history(const struct data_source *s, struct rng *r, struct tokens *out) {
    for (int n = (int)rng_between(r, 1, 5); n > 0; n--) {
        struct task_problem p;
        task_problem_init(&p);
        data_problem(s, r, &p);
        for (int i = 0; i < p.n_turns; i++)
            if (p.turns[i].question.len + p.turns[i].answer.len < 250)
                add_exchange(s->bpe, &p.turns[i], out);
        task_problem_done(&p);
    }
}

bool data_dialogue(const struct data_source *s, struct rng *r, struct dialogue *out) {
    struct task_problem p;
    task_problem_init(&p);
    data_problem(s, r, &p);
    out->token.n = 0;
    out->think = rng_uniform(r) >= s->plain_share;
    int last = p.n_turns - 1;
    if (last > 0 && rng_uniform(r) < 0.3) last = (int)rng_below(r, (uint32_t)p.n_turns);
    begin(s->bpe, system_text(r), &out->token);
    if (rng_uniform(r) < HISTORY_SHARE) add_history(s, r, &out->token);
    add_prompt(s->bpe, &p, last, out->think, &out->token);
    out->n_prompt = out->token.n;
    add_completion(s->bpe, &p.turns[last], out->think, &out->token);
    task_problem_done(&p);
    if (s->cut_share > 0 && rng_uniform(r) < s->cut_share && out->think &&
        out->token.n > out->n_prompt + CUT_TOKENS)
        out->token.n = out->n_prompt + CUT_TOKENS;
    return out->token.n <= (size_t)s->n_ctx;
}

void data_fill(const struct data_source *s, uint64_t index, struct batch *b) {
    struct rng r = {.seed = s->seed, .stream = index};
    struct dialogue d = {0};
    uint8_t *loss = mem_alloc((size_t)s->n_ctx);
    batch_clear(b);
    /* A dialogue that does not fit is dropped; a few tries fill the end with a shorter one. */
    for (int misses = 0; misses < 4;) {
        if (!data_dialogue(s, &r, &d)) continue;
        for (size_t i = 0; i < d.token.n; i++) loss[i] = i >= d.n_prompt;
        if (!batch_add(b, d.token.ids, loss, (int)d.token.n)) misses++;
    }
    free(loss);
    dialogue_done(&d);
}

struct bpe *data_learn_bpe(uint64_t seed, int n_dialogues, int n_vocab) {
    struct data_source s;
    struct rng r = {.seed = seed, .stream = UINT64_MAX};
    struct bpe_counter *c = bpe_counter_new();
    data_source_init(&s, NULL, seed, 0);
    for (int i = 0; i < n_dialogues; i++) {
        struct task_problem p;
        task_problem_init(&p);
        data_problem(&s, &r, &p);
        for (int t = 0; t < p.n_turns; t++) {
            struct str *part[] = {&p.turns[t].question, &p.turns[t].thought, &p.turns[t].answer};
            for (int k = 0; k < 3; k++) bpe_count(c, str_cstr(part[k]), part[k]->len);
        }
        bpe_count(c, "\n", 1);
        bpe_count(c, "\n\n", 2);
        task_problem_done(&p);
    }
    return bpe_learn(c, n_vocab);
}
