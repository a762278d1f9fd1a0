/* reasoning: splits thought from answer while text streams in.
 *
 * Undecided bytes wait in `held`: what may still become a tag, and an unfinished UTF-8 character.
 * All decisions depend on the text alone, never on how it was cut into pieces. White space around
 * thoughts and before answers is markup; inside a thought it is kept back until more text shows
 * that it was not the end. */
#include "engine/reasoning.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/reasoning_impl.h"

struct reasoning {
    const struct reasoning_format *f;
    enum state state;
    bool opened;          /* a thought was opened, or the prompt closed it */
    bool was_thought;     /* see reasoning_was_thought */
    bool fresh;           /* no text in this stretch of the channel yet */
    bool written[2];      /* some text went to the thought, to the answer */
    struct str held;      /* undecided */
    struct str space;     /* white space at the end of the thought so far */
    struct str header;    /* since the last header marker */
    reasoning_sink *sink; /* during a call */
    void *ctx;
};

static bool blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

static bool tail_is(const char *tail, const char *tag) {
    size_t n = strlen(tail), m = tag ? strlen(tag) : 0;
    while (n && blank(tail[n - 1])) n--;
    while (m && blank(tag[m - 1])) m--;
    return m && n >= m && memcmp(tail + n - m, tag, m) == 0;
}

struct reasoning *reasoning_new(const struct reasoning_format *f, const char *prompt_tail) {
    struct reasoning *r = mem_calloc(1, sizeof *r);
    const char *tail = prompt_tail ? prompt_tail : "";
    r->f = f;
    r->state = (enum state)f->start;
    r->fresh = true;
    if (tail_is(tail, f->open)) r->state = STATE_THOUGHT;
    if (tail_is(tail, f->close)) {
        r->state = STATE_START;
        r->opened = true;
    }
    if (r->state == STATE_THOUGHT) r->opened = true;
    return r;
}

void reasoning_free(struct reasoning *r) {
    if (!r) return;
    str_free(&r->held);
    str_free(&r->space);
    str_free(&r->header);
    free(r);
}

/* ---- handing out ---- */

static void put(struct reasoning *r, enum channel c, const char *s, size_t n) {
    struct str valid = STR_INIT;
    if (!n) return;
    if (utf8_valid(s, n))
        r->sink(r->ctx, c, s, n);
    else {
        utf8_add_valid(&valid, s, n);
        r->sink(r->ctx, c, valid.s, valid.len);
        str_free(&valid);
    }
}

static void drop_space(struct reasoning *r) {
    if (r->space.len) put(r, CHANNEL_MARKUP, r->space.s, r->space.len);
    str_clear(&r->space);
}

/* Text of thought or answer, without what surrounds it. */
static void put_text(struct reasoning *r, const char *s, size_t n) {
    enum channel c = r->state == STATE_THOUGHT ? CHANNEL_THOUGHT : CHANNEL_ANSWER;
    size_t i = 0;
    if (r->fresh) {
        while (i < n && blank(s[i])) i++;
        put(r, CHANNEL_MARKUP, s, i);
        if (i == n) return;
        /* a second stretch of the same channel is a paragraph of its own */
        if (r->written[c]) put(r, c, "\n\n", 2);
        r->fresh = false;
    }
    size_t end = n;
    while (c == CHANNEL_THOUGHT && end > i && blank(s[end - 1])) end--;
    if (end > i) {
        if (r->space.len) put(r, c, r->space.s, r->space.len);
        str_clear(&r->space);
        put(r, c, s + i, end - i);
        r->written[c] = true;
    }
    str_addn(&r->space, s + end, n - end);
}

static void enter(struct reasoning *r, enum state s) {
    drop_space(r);
    r->state = s;
    r->fresh = true;
    str_clear(&r->header);
}

static void put_run(struct reasoning *r, const char *s, size_t n) {
    if (r->state == STATE_HEADER) {
        str_addn(&r->header, s, n);
        put(r, CHANNEL_MARKUP, s, n);
        return;
    }
    if (r->state == STATE_START) {
        size_t i = 0;
        while (i < n && blank(s[i])) i++;
        put(r, CHANNEL_MARKUP, s, i);
        if (i == n) return;
        enter(r, STATE_ANSWER);
        s += i;
        n -= i;
    }
    put_text(r, s, n);
}

/* ---- markers ---- */

/* Whether the marker counts where we are. */
static bool counts(const struct reasoning *r, const struct reasoning_marker *m) {
    if (!(m->in >> r->state & 1)) return false;
    if (r->state != STATE_ANSWER) return true;
    if (m->effect == EFFECT_OPEN) return !r->written[CHANNEL_ANSWER]; /* later it is literal */
    if (m->effect == EFFECT_CLOSE) return !r->written[CHANNEL_ANSWER] || !r->opened;
    return true;
}

static void apply(struct reasoning *r, const struct reasoning_marker *m) {
    switch (m->effect) {
    case EFFECT_OPEN:
        enter(r, STATE_THOUGHT);
        r->opened = true;
        break;
    case EFFECT_CLOSE:
        if (r->state == STATE_ANSWER && r->written[CHANNEL_ANSWER]) {
            r->was_thought = true;
            r->written[CHANNEL_THOUGHT] = true;
            r->written[CHANNEL_ANSWER] = false;
        }
        r->opened = true;
        enter(r, STATE_ANSWER);
        break;
    case EFFECT_HEADER:
        enter(r, STATE_HEADER);
        break;
    case EFFECT_BODY: {
        bool thought = strstr(str_cstr(&r->header), "analysis") != NULL;
        enter(r, thought ? STATE_THOUGHT : STATE_ANSWER);
        break;
    }
    case EFFECT_SKIP:
        break;
    }
    put(r, CHANNEL_MARKUP, m->text, strlen(m->text));
}

/* The longest marker at s, or NULL. *wait: more text could make one, or a longer one. */
static const struct reasoning_marker *marker_at(const struct reasoning *r, const char *s, size_t n,
                                                bool *wait) {
    const struct reasoning_marker *best = NULL;
    *wait = false;
    for (const struct reasoning_marker *m = r->f->markers; m->text; m++) {
        size_t len = strlen(m->text);
        if (m->text[0] != s[0] || !counts(r, m)) continue;
        if (memcmp(m->text, s, len < n ? len : n) != 0) continue;
        if (len > n)
            *wait = true;
        else if (!best || len > strlen(best->text))
            best = m;
    }
    return best;
}

static void decide(struct reasoning *r, bool final) {
    const char *s = r->held.s;
    size_t n = r->held.len, begin = 0, i = 0;
    bool wait = false;
    while (i < n) {
        /* What stands before a tag is decided before the tag, whose meaning hangs on it. */
        const struct reasoning_marker *m = marker_at(r, s + i, n - i, &wait);
        if ((m || wait) && i > begin) {
            put_run(r, s + begin, i - begin);
            begin = i;
            continue;
        }
        if (wait && !final) break;
        if (m) {
            apply(r, m);
            begin = i += strlen(m->text);
        } else
            i++;
    }
    if (i == n && !final) i -= utf8_incomplete_tail(s + begin, n - begin);
    if (i > begin) put_run(r, s + begin, i - begin);
    memmove(r->held.s, s + i, n - i);
    str_truncate(&r->held, n - i);
}

/* ---- the interface ---- */

void reasoning_feed(struct reasoning *r, const char *bytes, size_t n, reasoning_sink *sink,
                    void *ctx) {
    if (!n) return;
    r->sink = sink;
    r->ctx = ctx;
    str_addn(&r->held, bytes, n);
    decide(r, false);
}

void reasoning_finish(struct reasoning *r, reasoning_sink *sink, void *ctx) {
    r->sink = sink;
    r->ctx = ctx;
    if (r->held.len) decide(r, true);
    drop_space(r);
}

bool reasoning_was_thought(const struct reasoning *r) { return r->was_thought; }

bool reasoning_closed(const struct reasoning *r) { return r->state == STATE_START && r->opened; }

bool reasoning_in_thought(const struct reasoning *r) { return r->state == STATE_THOUGHT; }

enum channel reasoning_channel(const struct reasoning *r) {
    static const enum channel of[N_STATES] = {[STATE_START] = CHANNEL_ANSWER,
                                              [STATE_THOUGHT] = CHANNEL_THOUGHT,
                                              [STATE_ANSWER] = CHANNEL_ANSWER,
                                              [STATE_HEADER] = CHANNEL_MARKUP};
    return of[r->state];
}

bool reasoning_knows(const struct reasoning_format *f, const char *text, size_t n) {
    for (const struct reasoning_marker *m = f->markers; m->text; m++)
        if (n && memmem(m->text, strlen(m->text), text, n)) return true;
    return false;
}

struct halves {
    struct str *thought, *answer;
};

static void collect(void *ctx, enum channel c, const char *text, size_t n) {
    struct halves *h = ctx;
    if (c != CHANNEL_MARKUP) str_addn(c == CHANNEL_THOUGHT ? h->thought : h->answer, text, n);
}

void reasoning_split(const struct reasoning_format *f, const char *text, size_t n,
                     struct str *thought, struct str *answer) {
    struct str first = STR_INIT;
    struct halves h = {thought, answer};
    struct reasoning *r = reasoning_new(f, "");
    if (f->start == STATE_HEADER && n && text[0] != '<') r->state = STATE_ANSWER; /* bare text */
    /* A lone closing tag tells only afterwards that what came before was thought. */
    for (size_t i = 0; i < n; i++) {
        bool before = r->was_thought;
        reasoning_feed(r, text + i, 1, collect, &h);
        if (r->was_thought == before) continue;
        first = *answer;
        *answer = STR_INIT;
        str_addn(thought, first.s, first.len);
        str_free(&first);
    }
    reasoning_finish(r, collect, &h);
    reasoning_free(r);
}
