/* hparams: see the header. */
#include "engine/hparams.h"

#include <math.h>
#include <stdio.h>

struct full_key {
    char s[160];
};

static struct full_key full(const struct hparams_reader *r, const char *key) {
    struct full_key k;
    snprintf(k.s, sizeof k.s, "%s.%s", r->arch, key);
    return k;
}

static void fail(struct hparams_reader *r, const char *key, const char *what) {
    if (!r->failed) err_set(r->e, "key %s.%s: %s", r->arch, key, what);
    r->failed = true;
}

bool hparam_has(const struct hparams_reader *r, const char *key) {
    struct full_key k = full(r, key);
    return gguf_find(r->g, k.s) != NULL;
}

uint32_t hparam_u32_at(struct hparams_reader *r, const char *key, uint32_t i, uint32_t otherwise) {
    struct full_key k = full(r, key);
    const struct gguf_entry *x = gguf_find(r->g, k.s);
    int64_t v;
    if (!x || r->failed) return otherwise;
    if (x->type == GGUF_ARRAY && x->n <= i)
        fail(r, key, "has fewer numbers than there are blocks");
    else if (!gguf_item_i64(x, x->type == GGUF_ARRAY ? i : 0, &v))
        fail(r, key, "not an integer");
    else if (v < 0 || v > HPARAM_MAX)
        fail(r, key, "an impossible number");
    else
        return (uint32_t)v;
    return otherwise;
}

uint32_t hparam_u32(struct hparams_reader *r, const char *key, uint32_t otherwise) {
    struct full_key k = full(r, key);
    const struct gguf_entry *x = gguf_find(r->g, k.s);
    if (x && x->type == GGUF_ARRAY) {
        fail(r, key, "one number is expected");
        return otherwise;
    }
    return hparam_u32_at(r, key, 0, otherwise);
}

uint32_t hparam_need(struct hparams_reader *r, const char *key) {
    uint32_t v = hparam_u32(r, key, 0);
    if (!v) fail(r, key, hparam_has(r, key) ? "must not be 0" : "missing");
    return v ? v : 1;
}

float hparam_f32(struct hparams_reader *r, const char *key, float otherwise) {
    struct full_key k = full(r, key);
    float v = otherwise;
    if (r->failed || !gguf_find(r->g, k.s)) return otherwise;
    if (!gguf_f32(r->g, k.s, &v) || !isfinite(v)) fail(r, key, "not a finite number");
    return v;
}

bool hparam_bool(struct hparams_reader *r, const char *key, bool otherwise) {
    struct full_key k = full(r, key);
    bool v = otherwise;
    if (!r->failed && gguf_find(r->g, k.s) && !gguf_bool(r->g, k.s, &v))
        fail(r, key, "not true or false");
    return v;
}

bool hparam_is(const struct hparams_reader *r, const char *key, const char *text) {
    struct full_key k = full(r, key);
    struct gguf_string s;
    return gguf_str(r->g, k.s, &s) && gguf_string_is(s, text);
}
