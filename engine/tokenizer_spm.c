/* tokenizer_spm: SentencePiece-style BPE ("llama"). Spaces become "▁" (U+2581); neighbouring
 * symbols whose concatenation is a token are joined, highest score first; what is left and is no
 * token is spelled in byte tokens. Kudo and Richardson 2018. */
#include <string.h>

#include "base/utf8.h"
#include "engine/tokenizer_private.h"

static const char SPACE[] = "\xE2\x96\x81";

/* Scores as ranks: a higher score is a lower number. NaN comes last. */
static uint32_t score_rank(float score) {
    uint32_t bits;
    score += 0.0f; /* -0 is 0 */
    memcpy(&bits, &score, 4);
    uint32_t ascending = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return score != score ? UINT32_MAX - 1 : ~ascending;
}

static uint32_t spm_rank(const struct tokenizer *t, const char *word, const struct symbol *a,
                         const struct symbol *b) {
    int32_t id = vocab_find(t, word + a->start, a->len + b->len, hash_join(a->hash, b->hash));
    return id < 0 ? UINT32_MAX : score_rank(t->score[id]);
}

static void spm_word(struct encoding *w, const char *s, size_t len) {
    const struct tokenizer *t = w->t;
    struct merger *m = &w->merger;
    m->n = 0;
    for (size_t i = 0, step; i < len; i += step) {
        unsigned cp;
        step = utf8_decode(s + i, len - i, &cp, NULL);
        merger_add(m, (uint32_t)step, hash_bytes(s + i, step));
    }
    merger_run(m, t, s, spm_rank);
    for (uint32_t i = m->n ? 0 : SYMBOL_NONE; i != SYMBOL_NONE; i = m->symbols[i].next) {
        const struct symbol *y = &m->symbols[i];
        int32_t id = vocab_find(t, s + y->start, y->len, y->hash);
        if (id >= 0) {
            tokens_add(w->out, id);
            continue;
        }
        for (uint32_t k = 0; k < y->len; k++) {
            id = t->byte_token[(unsigned char)s[y->start + k]];
            if (id < 0) id = t->unk;
            if (id >= 0) tokens_add(w->out, id);
        }
    }
}

/* Where a new word starts for certain: at a "▁" that follows something else, provided that no
 * token spans that place. Cutting there changes no result and keeps the heap small. */
static size_t word_end(const struct tokenizer *t, const char *s, size_t len) {
    size_t most = len < WORD_MAX ? len : WORD_MAX;
    if (!t->words_apart) return most;
    for (size_t i = 1; i + 3 <= most; i++)
        if (!memcmp(s + i, SPACE, 3) && (i < 3 || memcmp(s + i - 3, SPACE, 3) != 0)) return i;
    return most;
}

void tokenizer_spm_encode(struct encoding *w, const char *s, size_t len) {
    struct str *text = &w->text;
    str_clear(text);
    if (w->t->add_space_prefix && w->after_special) str_addn(text, SPACE, 3);
    for (size_t i = 0; i < len;) {
        const char *space = memchr(s + i, ' ', len - i);
        size_t plain = space ? (size_t)(space - (s + i)) : len - i;
        str_addn(text, s + i, plain);
        if (space) str_addn(text, SPACE, 3);
        i += plain + (space ? 1 : 0);
    }
    for (size_t i = 0, n; i < text->len; i += n) {
        n = word_end(w->t, text->s + i, text->len - i);
        spm_word(w, text->s + i, n);
    }
}
