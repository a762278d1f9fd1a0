/* chat_inside: what the view of the model at work shows: memory, active parameters, the experts'
 * load, and the rates of reading and writing over time. Rates are gathered from the engine's events
 * whether the view is open or not: a few sums a token. */
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "base/clock.h"
#include "base/mem.h"

enum { PARTS_MAX = 12, REFRESH_US = 200000 };

/* ---- Rates -------------------------------------------------------------------------------- */

static void add_rate(struct chat_rates *r, double rate) {
    if (r->n == CHAT_RATES_MAX) memmove(r->at, r->at + 1, --r->n * sizeof *r->at);
    r->at[r->n++] = (float)rate;
}

/* n tokens more at t_us; a point for each RATE_US. */
static void count(struct chat_rates *r, size_t n, int64_t t_us) {
    r->tokens += n;
    if (t_us - r->since_us < CHAT_RATE_US) return;
    add_rate(r, (double)r->tokens * 1e6 / (double)(t_us - r->since_us));
    r->tokens = 0;
    r->since_us = t_us;
}

void chat_inside_event(struct chat *c, const struct event *ev) {
    struct chat_rates *in = &c->reading, *out = &c->writing;
    if (ev->type == EVENT_PREFILL) {
        if (ev->prefill.done == ev->prefill.cached) { /* it begins */
            in->tokens = 0;
            in->since_us = ev->t_us;
            c->read_tokens = ev->prefill.done;
        }
        size_t more = ev->prefill.done - c->read_tokens;
        if (more && ev->t_us > in->since_us)
            add_rate(in, (double)more * 1e6 / (double)(ev->t_us - in->since_us));
        c->read_tokens = ev->prefill.done;
        in->since_us = out->since_us = ev->t_us;
        out->tokens = 0;
    }
    if (ev->type == EVENT_DONE) {
        c->n_drafted += ev->done.n_drafted;
        c->n_accepted += ev->done.n_accepted;
    }
    if (ev->type == EVENT_TOKEN && ev->token.sample.id != -1) count(out, 1, ev->t_us);
}

/* ---- Facts -------------------------------------------------------------------------------- */

struct facts {
    struct ui_fact at[PARTS_MAX];
    size_t n;
};

static void add(struct facts *f, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void add(struct facts *f, const char *name, const char *fmt, ...) {
    struct str s = STR_INIT;
    va_list ap;
    va_start(ap, fmt);
    str_addv(&s, fmt, ap);
    va_end(ap);
    f->at[f->n++] = (struct ui_fact){name, str_take(&s)};
}

static void add_cache(struct chat *c, struct facts *f, const struct model_info *i,
                      const struct backend_inside *in) {
    size_t used, total;
    backend_context(c->runner.backend, &used, &total);
    add(f, "cache", "%.1f MB for %zu tokens, %zu of them used", (double)in->cache_bytes / 1e6,
        total, used);
    bool latent = i->kv_bytes_full_heads > i->kv_bytes_per_token && i->kv_bytes_per_token;
    if (latent)
        add(f, "a token", "%llu bytes; full heads would take %llu (%.1f times)",
            (unsigned long long)i->kv_bytes_per_token, (unsigned long long)i->kv_bytes_full_heads,
            (double)i->kv_bytes_full_heads / (double)i->kv_bytes_per_token);
    else
        add(f, "a token", "%llu bytes: keys and values of all heads",
            (unsigned long long)i->kv_bytes_per_token);
}

static void gather(struct chat *c, struct facts *f, const struct backend_inside *in) {
    const struct model_info *i = backend_info(c->runner.backend);
    add(f, "model", "%s %s", i->name, i->type_label);
    add(f, "weights", "%.1f MB, of which a token reads %.1f MB", (double)i->weight_bytes / 1e6,
        (double)i->bytes_per_token / 1e6);
    add(f, "parameters", "%.2f M, %.2f M of them active for a token (%.0f %%)",
        (double)i->n_params / 1e6, (double)i->n_params_active / 1e6,
        100 * (double)i->n_params_active / (double)i->n_params);
    add_cache(c, f, i, in);
    if (i->n_experts)
        add(f, "experts", "%u a layer, %u used for a token", i->n_experts, i->n_experts_used);
    if (c->n_drafted)
        add(f, "drafts", "%zu of %zu drafted tokens came true (%.0f %%)", c->n_accepted,
            c->n_drafted, 100 * (double)c->n_accepted / (double)c->n_drafted);
    if (c->generating)
        add(f, "now", "%s",
            c->facts.phase == UI_WAITING    ? "reading"
            : c->facts.phase == UI_THINKING ? "thinking"
                                            : "answering");
}

/* ---- The view ----------------------------------------------------------------------------- */

static float *floats(const uint32_t *x, size_t n) {
    float *out = mem_array(n, sizeof *out);
    for (size_t i = 0; i < n; i++) out[i] = (float)x[i];
    return out;
}

static void show(struct chat *c) {
    const struct model_info *i = backend_info(c->runner.backend);
    size_t n = (size_t)i->n_layers * i->n_experts;
    uint32_t *counts = n ? mem_calloc(n, sizeof *counts) : NULL;
    struct backend_inside in = {.load = counts};
    struct facts f = {.n = 0};
    if (!backend_inside(c->runner.backend, &in)) {
        ui_notice(c->ui, "the inside of a server's model cannot be seen");
        free(counts);
        return;
    }
    gather(c, &f, &in);
    float *load = floats(counts, n);
    struct ui_inside view = {.facts = f.at,
                             .n_facts = f.n,
                             .plots = {{"reading, tokens/s", c->reading.at, c->reading.n},
                                       {"writing, tokens/s", c->writing.at, c->writing.n}},
                             .load = load,
                             .n_layers = i->n_layers,
                             .n_experts = i->n_experts};
    ui_inside_show(c->ui, &view);
    c->inside_us = clock_mono_us();
    for (size_t k = 0; k < f.n; k++) free((char *)(uintptr_t)f.at[k].value);
    free(counts);
    free(load);
}

void chat_inside(struct chat *c) { show(c); }

void chat_inside_refresh(struct chat *c, bool now) {
    if (!ui_inside_shown(c->ui)) return;
    if (now || clock_mono_us() - c->inside_us >= REFRESH_US) show(c);
}
