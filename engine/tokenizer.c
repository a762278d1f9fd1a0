/* tokenizer: the public functions; see tokenizer_private.h for the rooms behind them.
 *
 * A text is first cut at its special tokens; what lies between is made valid UTF-8 and given to
 * the algorithm of the vocabulary's kind. */
#include "engine/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/tokenizer_private.h"

void tokens_add(struct tokens *t, int32_t id) {
    if (t->n == t->cap) t->ids = mem_grow(t->ids, &t->cap, t->n + 1, sizeof *t->ids);
    t->ids[t->n++] = id;
}

void tokens_free(struct tokens *t) {
    free(t->ids);
    *t = (struct tokens){0};
}

void tokenizer_free(struct tokenizer *t) {
    if (!t) return;
    pre_code_free(t->code);
    pthread_mutex_destroy(&t->lock);
    str_free(&t->own);
    free(t->text);
    free(t->type);
    free(t->eog);
    free(t->score);
    free(t->tokens.slots);
    free(t->merges.slots);
    free(t->specials);
    free(t->pre_text);
    free(t);
}

/* Regexes are compiled when the first text comes, not when a model is opened. */
static void compile_once(const struct tokenizer *t) {
    struct tokenizer *own = (struct tokenizer *)(uintptr_t)t; /* only `code`, under `lock` */
    if (!t->pre) return;
    pthread_mutex_lock(&own->lock);
    if (!own->code) own->code = pre_compile(t->pre);
    pthread_mutex_unlock(&own->lock);
}

static bool strips_right(const struct tokenizer *t, int32_t id) {
    return t->strip_right && !gguf_string_is(t->text[id], "<unk>") &&
           !gguf_string_is(t->text[id], "<s>") && !gguf_string_is(t->text[id], "<|endoftext|>");
}

static void on_part(void *ctx, int32_t id, const char *s, size_t len) {
    struct encoding *w = ctx;
    if (id >= 0) {
        tokens_add(w->out, id);
        w->after_special = true;
        w->strip = strips_right(w->t, id);
        return;
    }
    if (w->strip)
        while (len && strchr(" \t\n\v\f\r", *s) && *s) s++, len--;
    w->strip = false;
    if (!len) return;
    if (w->t->kind == KIND_SPM)
        tokenizer_spm_encode(w, s, len);
    else if (utf8_valid(s, len))
        tokenizer_bpe_encode(w, s, len);
    else {
        struct str valid = STR_INIT;
        utf8_add_valid(&valid, s, len);
        tokenizer_bpe_encode(w, valid.s, valid.len);
        str_free(&valid);
    }
    w->after_special = false;
}

void tokenizer_encode(const struct tokenizer *t, const char *text, size_t len, int flags,
                      struct tokens *out) {
    struct encoding w = {.t = t, .out = out, .after_special = true};
    if (len) compile_once(t);
    if (flags & TOKENIZE_ADD && t->add_bos && t->bos >= 0) tokens_add(out, t->bos);
    special_split(t, text, len, flags, on_part, &w);
    if (flags & TOKENIZE_ADD && t->add_eos && t->eos >= 0) tokens_add(out, t->eos);
    merger_free(&w.merger);
    str_free(&w.text);
    str_free(&w.word);
}

/* "<0x0A>" -> 10, anything else -1. */
static int byte_value(struct gguf_string s) {
    int v = 0;
    if (s.len != 6 || memcmp(s.s, "<0x", 3) != 0 || s.s[5] != '>') return -1;
    for (int i = 3; i < 5; i++) {
        const char *hex = "0123456789ABCDEFabcdef", *at = s.s[i] ? strchr(hex, s.s[i]) : NULL;
        if (!at) return -1;
        int digit = (int)(at - hex);
        v = v * 16 + (digit > 15 ? digit - 6 : digit);
    }
    return v;
}

/* Byte-level characters back to bytes; one outside of the alphabet stays as it is. */
static void add_bytes(struct str *out, struct gguf_string s) {
    for (size_t i = 0, step; i < s.len; i += step) {
        unsigned cp;
        step = utf8_decode(s.s + i, s.len - i, &cp, NULL);
        int byte = vocab_alphabet_byte(cp);
        if (byte >= 0)
            str_addc(out, (char)byte);
        else
            str_addn(out, s.s + i, step);
    }
}

static void add_spaced(struct str *out, struct gguf_string s) {
    for (size_t i = 0; i < s.len;) {
        const char *mark = memmem(s.s + i, s.len - i, "\xE2\x96\x81", 3);
        size_t plain = mark ? (size_t)(mark - (s.s + i)) : s.len - i;
        str_addn(out, s.s + i, plain);
        if (mark) str_addc(out, ' ');
        i += plain + (mark ? 3 : 0);
    }
}

void tokenizer_piece(const struct tokenizer *t, int32_t id, bool special, struct str *out) {
    if (id < 0 || (uint32_t)id >= t->n) return;
    struct gguf_string s = t->text[id];
    int byte;
    switch ((enum token_type)t->type[id]) {
    case TOKEN_UNKNOWN:
    case TOKEN_CONTROL:
        if (special) str_addn(out, s.s, s.len);
        return;
    case TOKEN_USER:
        str_addn(out, s.s, s.len);
        return;
    case TOKEN_UNUSED:
        return;
    case TOKEN_BYTE:
        byte = byte_value(s);
        if (byte >= 0) {
            str_addc(out, (char)byte);
            return;
        }
        break;
    case TOKEN_UNDEFINED:
    case TOKEN_NORMAL:
        break;
    }
    if (t->kind == KIND_BPE)
        add_bytes(out, s);
    else
        add_spaced(out, s);
}

void tokenizer_decode(const struct tokenizer *t, const int32_t *ids, size_t n, bool special,
                      struct str *out) {
    bool first = t->add_space_prefix; /* nothing but control tokens so far */
    for (size_t i = 0; i < n; i++) {
        size_t at = out->len;
        tokenizer_piece(t, ids[i], special, out);
        if (!first || tokenizer_is_control(t, ids[i])) continue;
        first = false;
        if (out->len > at && out->s[at] == ' ') {
            memmove(out->s + at, out->s + at + 1, out->len - at - 1);
            str_truncate(out, out->len - 1);
        }
    }
}

int32_t tokenizer_find(const struct tokenizer *t, const char *text) {
    return vocab_find_bytes(t, text, strlen(text));
}

static bool in_range(const struct tokenizer *t, int32_t id) {
    return id >= 0 && (uint32_t)id < t->n;
}

size_t tokenizer_size(const struct tokenizer *t) { return t->n; }
bool tokenizer_is_eog(const struct tokenizer *t, int32_t id) {
    return in_range(t, id) && t->eog[id];
}
bool tokenizer_is_control(const struct tokenizer *t, int32_t id) {
    return in_range(t, id) && t->type[id] == TOKEN_CONTROL;
}
int32_t tokenizer_bos(const struct tokenizer *t) { return t->bos; }
int32_t tokenizer_eos(const struct tokenizer *t) { return t->eos; }
bool tokenizer_adds_bos(const struct tokenizer *t) { return t->add_bos && t->bos >= 0; }
bool tokenizer_adds_eos(const struct tokenizer *t) { return t->add_eos && t->eos >= 0; }
const char *tokenizer_pre(const struct tokenizer *t) { return t->pre_text; }
