/* tokenizer_bpe: byte-level BPE (Radford et al. 2019) and its raw variant.
 *
 * A pre-tokenizer cuts the text into words; the bytes of a word are written in an alphabet of 256
 * printable characters, and neighbours are merged in the order of the file's list. In the raw
 * variant ("gemma4") spaces become "▁" and the symbols are the characters themselves. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "engine/tokenizer_private.h"

static uint32_t bpe_rank(const struct tokenizer *t, const char *word, const struct symbol *a,
                         const struct symbol *b) {
    return vocab_merge_rank(t, word + a->start, a->len, a->hash, word + b->start, b->len, b->hash);
}

/* The symbols of the merged word as tokens; one that is no token is spelled byte by byte. */
static void emit(struct encoding *w, const char *word) {
    const struct merger *m = &w->merger;
    for (uint32_t i = m->n ? 0 : SYMBOL_NONE; i != SYMBOL_NONE; i = m->symbols[i].next) {
        const struct symbol *y = &m->symbols[i];
        int32_t id = vocab_find(w->t, word + y->start, y->len, y->hash);
        if (id >= 0) {
            tokens_add(w->out, id);
            continue;
        }
        for (uint32_t k = 0; k < y->len; k++) {
            id = w->t->byte_token[(unsigned char)word[y->start + k]];
            if (id >= 0) tokens_add(w->out, id);
        }
    }
}

static void bytes_word(struct encoding *w, const char *s, size_t len) {
    const struct tokenizer *t = w->t;
    struct str *word = &w->word;
    struct hash whole = HASH_EMPTY;
    str_clear(word);
    w->merger.n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        str_addn(word, t->byte_text[c].s, t->byte_text[c].len);
        merger_add(&w->merger, t->byte_text[c].len, t->byte_text[c].hash);
        whole = hash_join(whole, t->byte_text[c].hash);
    }
    if (pre_flags(t->pre) & PRE_IGNORE_MERGES) {
        int32_t id = vocab_find(t, word->s, word->len, whole);
        if (id >= 0) {
            tokens_add(w->out, id);
            return;
        }
    }
    merger_run(&w->merger, t, word->s, bpe_rank);
    emit(w, word->s);
}

static void raw_word(struct encoding *w, const char *s, size_t len) {
    const struct tokenizer *t = w->t;
    if (s[0] == '\n') {
        int32_t id = vocab_find_bytes(t, s, len);
        if (id >= 0) {
            tokens_add(w->out, id);
            return;
        }
    }
    w->merger.n = 0;
    for (size_t i = 0, step; i < len; i += step) {
        unsigned cp;
        step = utf8_decode(s + i, len - i, &cp, NULL);
        merger_add(&w->merger, (uint32_t)step, hash_bytes(s + i, step));
    }
    merger_run(&w->merger, t, s, bpe_rank);
    emit(w, s);
}

static void on_word(void *ctx, const char *s, size_t len) {
    struct encoding *w = ctx;
    while (len) {
        size_t n = len;
        if (n > WORD_MAX) /* cut between characters */
            for (n = WORD_MAX; (s[n] & 0xC0) == 0x80; n--) {
            }
        if (w->t->kind == KIND_RAW_BPE)
            raw_word(w, s, n);
        else
            bytes_word(w, s, n);
        s += n;
        len -= n;
    }
}

/* More combining marks in a row than any language writes (UAX #15 allows 30). Such text is left
 * as it is: ordering the marks takes quadratic time in utf8proc. */
enum { MARKS_MAX = 256 };

/* Whether composing s could change it and can be afforded. */
static bool wants_composing(const char *s, size_t len) {
    bool wanted = false;
    for (size_t i = 0, marks = 0, step; i < len; i += step) {
        unsigned cp;
        step = 1;
        if (!(s[i] & 0x80)) {
            marks = 0;
            continue;
        }
        step = utf8_decode(s + i, len - i, &cp, NULL);
        if (cp < 0x300) {
            marks = 0;
            continue;
        }
        wanted = true;
        marks = utf8proc_get_property((utf8proc_int32_t)cp)->combining_class ? marks + 1 : 0;
        if (marks > MARKS_MAX) return false;
    }
    return wanted;
}

void tokenizer_bpe_encode(struct encoding *w, const char *s, size_t len) {
    const struct tokenizer *t = w->t;
    if (t->kind == KIND_RAW_BPE) {
        str_clear(&w->text);
        for (size_t i = 0; i < len; i++)
            str_addn(&w->text, s[i] == ' ' ? "\xE2\x96\x81" : s + i, s[i] == ' ' ? 3 : 1);
        pre_split(t->code, w->text.s, w->text.len, on_word, w);
        return;
    }
    utf8proc_uint8_t *composed = NULL;
    if (pre_flags(t->pre) & PRE_NFC && wants_composing(s, len)) {
        utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len,
                                          &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        if (n > 0) {
            s = (const char *)composed;
            len = (size_t)n;
        }
    }
    pre_split(t->code, s, len, on_word, w);
    free(composed);
}
