/* vary: choices made, frames filled, and the result roughened. */
#include "engine/tasks/vary.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "engine/tasks/ways.h"

/* ---- choices ------------------------------------------------------------------------------- */

/* The end of the alternative at c: the '|' or `close` of its own level, or the text's end. */
static const char *alternative_end(const char *c) {
    for (int depth = 0; *c != '\0'; c++) {
        if (depth == 0 && (*c == '|' || *c == ']')) break;
        depth += (*c == '[') - (*c == ']');
    }
    return c;
}

static void expand(struct rng *r, const char *c, const char *end, struct str *out);

/* One of the alternatives that begin at c; returns where they end. */
static const char *choose(struct rng *r, const char *c, struct str *out) {
    uint32_t n = 1;
    const char *end = alternative_end(c);
    for (; *end == '|'; n++) end = alternative_end(end + 1);
    for (uint32_t k = rng_below(r, n); k > 0; k--) c = alternative_end(c) + 1;
    expand(r, c, alternative_end(c), out);
    return end;
}

static void expand(struct rng *r, const char *c, const char *end, struct str *out) {
    while (c < end) {
        const char *close = *c == '<' ? memchr(c, '>', (size_t)(end - c)) : NULL;
        const char *slot = close ? vary_slot(c + 1, (size_t)(close - c - 1)) : NULL;
        if (*c == '[') {
            c = choose(r, c + 1, out);
            c += *c == ']';
        } else if (slot) {
            choose(r, slot, out);
            c = close + 1;
        } else {
            str_addc(out, *c++);
        }
    }
}

void vary_expand(struct rng *r, const char *pattern, struct str *out) {
    expand(r, pattern, pattern + strlen(pattern), out);
}

/* ---- frames -------------------------------------------------------------------------------- */

static size_t length(const char *const *list) {
    size_t n = 0;
    while (list && list[n]) n++;
    return n;
}

/* One frame in eight is kept for validation. */
static bool held_out(const char *frame) {
    return (strlen(frame) * 7 + (unsigned char)frame[3]) % 8 == 0;
}

static const char *pick_frame(struct rng *r, enum task_split split, const char *const *frames) {
    const char *f;
    do f = ask_pick(r, frames);
    while (held_out(f) != (split == TASK_VALIDATE));
    return f;
}

static void fill_frame(struct rng *r, enum task_split split, const char *const *frames,
                       const char *const *things, struct str *out) {
    struct str frame = STR_INIT;
    vary_expand(r, pick_frame(r, split, frames), &frame);
    const char *at = strstr(str_cstr(&frame), "{x}");
    assert(at != NULL);
    str_addn(out, frame.s, (size_t)(at - frame.s));
    vary_expand(r, ask_pick(r, things), out);
    str_add(out, at + 3);
    str_free(&frame);
}

/* ---- roughening ---------------------------------------------------------------------------- */

static const char *const before[] = {
    "[Hi|Hello|Hey|Hey aside|Good morning|Good evening|Hi there|Dear aside][,|!|.] ",
    "[Ok|Okay|So|Well|Alright|Right|Now|Next|Now then|And now|Good][,|.|:] ",
    "[Please help|I need help|A question|One question|A small question|Another one|One more|Next "
    "one|Here is one|Try this|This one is hard|Something else][:|.|,] ",
    "[For school|For work|For a game|For my class|For my notes|Just for fun|For a bet]: ",
    "[I am bored|I am learning|I am curious|I have a test tomorrow|We are playing a game|I am bad "
    "at "
    "this|This has to be right|My friends and I argue]. ",
    "[Could you help me|Can you help|Are you there|Do you have a minute|May I ask something]? ",
    NULL};

static const char *const behind[] = {
    " [Thanks|Thank you|Thanks a lot|Thx|Many thanks|Cheers][!|.|]",
    " [Please|Please be exact|Take your time|Think carefully|Be careful|Step by step|Explain "
    "briefly|Show the steps|Just the answer|Only the result|A short answer will do|No guessing]"
    "[.|!|]",
    " [I need it for school|It is for my homework|I am not sure|I keep getting it wrong|I have no "
    "calculator|It is urgent].",
    " [Can you do that|Do you know|Any idea|Is that hard]?", NULL};

static const char *const contractions[][2] = {
    {"What is ", "What's "},
    {"what is ", "what's "},
    {"I am ", "I'm "},
    {"I would ", "I'd "},
    {"do not ", "don't "},
    {"cannot ", "can't "},
    {"Please ", "Pls "},
    {"please ", "pls "},
    {" you ", " u "},
    {" are ", " r "},
    {"What is ", "Whats "},
    {"it is ", "it's "},
    {"How much is", "How much's"},
    {"Let us ", "Let's "},
    {"want to ", "wanna "},
    {"? ", "?? "},
    {" and ", " & "},
    {"the ", ""},
};

static void replace(struct str *s, size_t at, size_t n, const char *by) {
    struct str out = STR_INIT;
    str_addn(&out, s->s, at);
    str_add(&out, by);
    str_add(&out, s->s + at + n);
    str_free(s);
    *s = out;
}

static void contract(struct rng *r, struct str *s) {
    uint32_t k = rng_below(r, sizeof contractions / sizeof *contractions);
    const char *at = strstr(str_cstr(s), contractions[k][0]);
    if (at) replace(s, (size_t)(at - s->s), strlen(contractions[k][0]), contractions[k][1]);
}

/* A slip inside a word of four letters or more: two letters swapped, one left out, one doubled. */
static void slip(struct rng *r, struct str *s) {
    if (s->len < 6) return;
    size_t at = 1 + rng_below(r, (uint32_t)s->len - 4);
    for (size_t i = at - 1; i < at + 3; i++)
        if (!isalpha((unsigned char)s->s[i])) return;
    char two[3] = {s->s[at + 1], s->s[at], 0}, same[3] = {s->s[at], s->s[at], 0};
    uint32_t kind = rng_below(r, 3);
    replace(s, at, kind == 0 ? 2 : 1, kind == 0 ? two : kind == 1 ? "" : same);
}

static void lower(struct str *s, size_t n) {
    for (size_t i = 0; i < n && i < s->len; i++) s->s[i] = (char)tolower((unsigned char)s->s[i]);
}

/* The mark at the end: gone, or more than one. Not after "{a}": it may belong to what is asked. */
static void end_mark(struct rng *r, struct str *s) {
    char last = s->len ? s->s[s->len - 1] : 0;
    if (!strchr("?.!", last) || !last) return;
    uint32_t how = rng_below(r, 100);
    if (how < 22)
        str_truncate(s, s->len - 1);
    else if (how < 24 && last == '?')
        str_add(s, "?");
    else if (how < 26)
        replace(s, s->len - 1, 1, last == '?' ? " ?" : "!");
}

static void roughen(struct rng *r, bool chat, struct str *s) {
    struct str out = STR_INIT;
    if (rng_below(r, 100) < 15) contract(r, s);
    if (rng_below(r, 100) < 10) slip(r, s);
    if (islower((unsigned char)str_cstr(s)[0])) s->s[0] = (char)toupper((unsigned char)s->s[0]);
    end_mark(r, s);
    if (rng_below(r, 100) < (chat ? 3 : 12)) vary_expand(r, ask_pick(r, before), &out);
    if (out.len && rng_below(r, 2)) lower(s, 1);
    str_addn(&out, s->s, s->len);
    if (!chat && rng_below(r, 100) < 10) {
        if (isalnum((unsigned char)out.s[out.len - 1])) str_addc(&out, '.');
        vary_expand(r, ask_pick(r, behind), &out);
    }
    uint32_t small = rng_below(r, 100);
    lower(&out, small < 18 ? out.len : small < 28 ? 1 : 0);
    str_free(s);
    *s = out;
}

/* ---- whole sentences ----------------------------------------------------------------------- */

/* One line in eight is kept for validation. */
static bool line_held_out(const char *line, size_t n) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)line[i]) * 16777619u;
    return (h >> 16) % 8 == 0;
}

/* One of the split's lines, all equally likely. */
static void pick_way(struct rng *r, enum task_split split, const char *text, struct str *out) {
    uint32_t n = 0, left = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (const char *line = text, *end; *line; line = end + 1) {
            end = strchr(line, '\n');
            if (line_held_out(line, (size_t)(end - line)) != (split == TASK_VALIDATE)) continue;
            if (pass == 0) {
                n++;
            } else if (left-- == 0) {
                expand(r, line, end, out);
                return;
            }
        }
        assert(n > 0);
        left = rng_below(r, n);
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

void vary_wording(struct rng *r, enum task_split split, const struct wordings *w, bool chat,
                  struct str *out) {
    const struct {
        const char *const *frames, *const *things;
    } forms[] = {{vary_amounts, w->amounts}, {vary_deeds, w->deeds}, {vary_claims, w->claims}};
    struct str s = STR_INIT;
    size_t n[3], all = 0;
    for (int k = 0; k < 3; k++) all += n[k] = length(forms[k].things);
    /* For validation only what is held out will do: lines of ways/ and frames. */
    bool framed = all > 0, train = split != TASK_VALIDATE && w->train;
    const char *ways = w->ways ? ways_text(w->ways) : NULL;
    if (ways && (!(framed || train) || rng_below(r, 100) < 60)) {
        pick_way(r, split, ways, &s);
    } else if (!framed || (train && rng_below(r, 2) == 0)) {
        vary_expand(r, ask_pick(r, w->train), &s);
    } else {
        size_t at = rng_below(r, (uint32_t)all), k = 0;
        while (at >= n[k]) at -= n[k++];
        fill_frame(r, split, forms[k].frames, forms[k].things, &s);
    }
    roughen(r, chat, &s);
    str_addn(out, s.s, s.len);
    str_free(&s);
}
