/* wrap: see wrap.h. Greedy breaking, one pass over the clusters. */
#include "ui/wrap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/text.h"

/* ---- Paper ---------------------------------------------------------------------------------- */

void paper_free(struct paper *p) {
    str_free(&p->text);
    free(p->runs);
    free(p->lines);
    *p = (struct paper){0};
}

void paper_truncate(struct paper *p, size_t n_lines) {
    if (n_lines >= p->n_lines) return;
    struct line *l = &p->lines[n_lines];
    str_truncate(&p->text, l->text);
    p->n_runs = l->run;
    p->n_lines = n_lines;
}

void paper_line(struct paper *p, size_t src) {
    p->lines = mem_grow(p->lines, &p->cap_lines, p->n_lines + 1, sizeof *p->lines);
    size_t before = p->n_lines ? p->lines[p->n_lines - 1].src : 0;
    p->lines[p->n_lines++] =
        (struct line){.text = p->text.len, .run = p->n_runs, .src = src > before ? src : before};
}

void paper_put(struct paper *p, const char *s, size_t n, unsigned style) {
    if (n == 0) return;
    struct line *l = &p->lines[p->n_lines - 1];
    str_addn(&p->text, s, n);
    l->bytes += n;
    l->cols += text_cols(s, n);
    if (l->n_runs && p->runs[p->n_runs - 1].style == style) {
        p->runs[p->n_runs - 1].bytes += n;
        return;
    }
    p->runs = mem_grow(p->runs, &p->cap_runs, p->n_runs + 1, sizeof *p->runs);
    p->runs[p->n_runs++] = (struct run){n, style};
    l->n_runs++;
}

size_t paper_at(const struct paper *p, size_t src) {
    size_t lo = 0, hi = p->n_lines; /* lines before lo begin at or before src */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->lines[mid].src <= src)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0) return 0;
    size_t i = lo - 1;
    /* Lines that share a source place (a rule, a gap): the first of them. */
    while (i > 0 && p->lines[i - 1].src == p->lines[i].src) i--;
    return i;
}

void paper_place(const struct paper *p, size_t line, size_t *src, size_t *nth) {
    *src = *nth = 0;
    if (p->n_lines == 0) return;
    if (line >= p->n_lines) line = p->n_lines - 1;
    *src = p->lines[line].src;
    *nth = line - paper_at(p, *src);
}

size_t paper_find(const struct paper *p, size_t src, size_t nth) {
    size_t line = paper_at(p, src), same = line < p->n_lines ? p->lines[line].src : 0;
    while (nth > 0 && line + 1 < p->n_lines && p->lines[line + 1].src == same) line++, nth--;
    return line;
}

/* ---- Paragraphs ----------------------------------------------------------------------------- */

void para_free(struct para *a) {
    str_free(&a->text);
    free(a->runs);
    *a = (struct para){0};
}

void para_clear(struct para *a) {
    str_clear(&a->text);
    a->n_runs = 0;
}

static void para_piece(struct para *a, const char *s, size_t n, unsigned style, size_t src) {
    if (n == 0) return;
    str_addn(&a->text, s, n);
    a->runs = mem_grow(a->runs, &a->cap_runs, a->n_runs + 1, sizeof *a->runs);
    a->runs[a->n_runs++] = (struct para_run){a->text.len, src, style};
}

/* A tab is four cells wherever it stands. */
void para_add(struct para *a, const char *s, size_t n, unsigned style, size_t src) {
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '\t') continue;
        para_piece(a, s + from, i - from, style, src + from);
        para_piece(a, "    ", 4, style, src + i);
        from = i + 1;
    }
    para_piece(a, s + from, n - from, style, src + from);
}

/* ---- Breaking ------------------------------------------------------------------------------- */

struct breaker {
    struct paper *p;
    const struct para *a;
    struct wrap_prefix prefix;
    struct wrap_prefix rest;
    enum wrap_mode mode;
    size_t run; /* the run in which the next line begins */
};

/* Writes text[from..to) as a line. Calls come in ascending order. */
static void emit(struct breaker *b, size_t from, size_t to) {
    const struct para *a = b->a;
    while (b->mode == WRAP_WORDS && to > from && a->text.s[to - 1] == ' ') to--;
    while (b->run < a->n_runs && a->runs[b->run].end <= from) b->run++;
    size_t src = 0, r = b->run;
    if (r < a->n_runs) {
        size_t begin = r ? a->runs[r - 1].end : 0;
        src = a->runs[r].src + (from - begin);
    } else if (a->n_runs) {
        size_t begin = a->n_runs > 1 ? a->runs[a->n_runs - 2].end : 0;
        src = a->runs[a->n_runs - 1].src + (from - begin);
    }
    paper_line(b->p, src);
    if (b->prefix.text) paper_put(b->p, b->prefix.text, strlen(b->prefix.text), b->prefix.style);
    for (size_t at = from; at < to; r++) {
        size_t end = a->runs[r].end < to ? a->runs[r].end : to;
        paper_put(b->p, a->text.s + at, end - at, a->runs[r].style);
        at = end;
    }
    b->prefix = b->rest;
}

static int prefix_cols(struct wrap_prefix x) {
    return x.text ? text_cols(x.text, strlen(x.text)) : 0;
}

/* Punctuation that must not begin a line of Chinese or Japanese. */
static bool hangs(const char *s, size_t n) {
    static const char *const marks[] = {"、", "。", "，", "．", "！", "？", "：", "；",
                                        "）", "」", "』", "】", "》", "”",  "’"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (n >= strlen(marks[i]) && memcmp(s, marks[i], strlen(marks[i])) == 0) return true;
    return false;
}

void wrap_para(struct paper *p, const struct para *a, struct wrap_prefix first,
               struct wrap_prefix rest, int width, enum wrap_mode mode) {
    struct breaker b = {p, a, first, rest, mode, 0};
    const char *s = a->text.s;
    size_t n = a->text.len, start = 0;
    size_t cut = 0, resume = 0;    /* the last place to break: line ends at cut, next at resume */
    bool inked = false;            /* something but spaces since the last forced break */
    int cols = 0, resume_cols = 0; /* cells of [start, i) and of [start, resume) */
    int room = width - prefix_cols(first), room_rest = width - prefix_cols(rest);
    if (room < 1) room = 1;
    if (room_rest < 1) room_rest = 1;
    struct cluster c;
    for (size_t i = 0; i < n; i += c.bytes) {
        text_cluster(s + i, n - i, &c);
        if (s[i] == '\n') {
            emit(&b, start, i);
            start = cut = resume = i + 1;
            cols = resume_cols = 0;
            inked = false;
            room = room_rest;
            continue;
        }
        bool space = mode == WRAP_WORDS && s[i] == ' ';
        while (!space && cols + c.cols > room && i > start) {
            if (resume <= start) cut = resume = i, resume_cols = cols;
            emit(&b, start, cut);
            start = resume;
            cols -= resume_cols;
            resume_cols = 0;
            room = room_rest;
        }
        cols += c.cols;
        size_t next = i + c.bytes;
        if (!space)
            inked = true;
        else if (!inked)
            continue; /* an indent is no place to break */
        if (space) {
            if (resume != i) cut = i;
            resume = next, resume_cols = cols;
        } else if (mode == WRAP_WORDS && next < n && !hangs(s + next, n - next) &&
                   ((c.cols == 2 && (unsigned char)s[i] >= 0x80) ||
                    (s[i] == '-' && i > start && s[i - 1] != ' ' && s[next] != ' ' &&
                     s[next] != '-'))) {
            cut = resume = next, resume_cols = cols;
        }
    }
    emit(&b, start, n);
}

void wrap_plain(struct paper *p, const char *s, size_t from, size_t n, int width, unsigned style) {
    struct para a = {0};
    while (from < n) {
        const char *nl = memchr(s + from, '\n', n - from);
        size_t end = nl ? (size_t)(nl - s) : n;
        para_clear(&a);
        para_add(&a, s + from, end - from, style, from);
        if (a.text.len == 0)
            paper_line(p, from);
        else
            wrap_para(p, &a, (struct wrap_prefix){0}, (struct wrap_prefix){0}, width, WRAP_WORDS);
        from = end + 1;
    }
    para_free(&a);
}
