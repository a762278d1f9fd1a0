/* markdown: see markdown.h. md4c calls back for every block, span and text; containers (quotes,
 * lists) are a stack whose entries give the lines their prefixes, leaf blocks are gathered into a
 * paragraph and wrapped when they end. Tables are in markdown_table.c. */
#include "ui/markdown.h"

#include <md4c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/markdown_table.h"
#include "ui/screen.h"
#include "ui/text.h"
#include "ui/theme.h"

enum { MAX_DEPTH = 32 };

struct container {
    enum { QUOTE, ITEM } kind;
    char first[24]; /* an item's mark, before its first line */
    int cols;       /* of the mark; following lines are indented as far */
    bool begun;     /* a line of it was written (an item's: with the mark) */
};

struct list {
    bool ordered, tight;
    unsigned next;
    char delimiter;
};

struct md {
    struct paper *p;
    int width;
    const char *s; /* the whole source: text that points into it tells its place */
    size_t n, src; /* src: the last known place */
    struct para para;
    unsigned styles[MAX_DEPTH]; /* of nested spans; styles[n_styles - 1] holds */
    int n_styles;
    struct container box[MAX_DEPTH];
    int n_box, n_box_lost; /* lost: deeper than we follow */
    struct list list[MAX_DEPTH];
    int n_list;
    bool first;      /* nothing was written yet */
    bool list_first; /* in an outermost list of which nothing was written yet */
    bool in_code;
    struct table *table;
    struct str href;
};

static void style_push(struct md *m, unsigned s) {
    if (m->n_styles < MAX_DEPTH) m->styles[m->n_styles] = s;
    m->n_styles++;
}

static void style_pop(struct md *m) {
    if (m->n_styles > 0) m->n_styles--;
}

static unsigned style_top(const struct md *m) {
    int n = m->n_styles < MAX_DEPTH ? m->n_styles : MAX_DEPTH;
    return n ? m->styles[n - 1] : THEME_TEXT;
}

/* ---- Prefixes ------------------------------------------------------------------------------- */

/* The prefix of the next line; with `mark` an item's mark is written where it is still due. */
static void prefix_build(struct md *m, struct str *out, bool mark) {
    str_clear(out);
    for (int i = 0; i < m->n_box; i++) {
        struct container *b = &m->box[i];
        if (b->kind == QUOTE) {
            str_addf(out, "%s ", screen_glyph(GLYPH_VLINE));
            b->begun = true;
        } else if (mark && !b->begun) {
            str_add(out, b->first);
            b->begun = true;
        } else {
            for (int k = 0; k < b->cols; k++) str_addc(out, ' ');
        }
    }
    int room = m->width / 2; /* deep nesting must leave room for words */
    if (text_cols(str_cstr(out), out->len) > room)
        str_truncate(out, text_fit(out->s, out->len, room));
}

static bool in_quote(const struct md *m) {
    for (int i = 0; i < m->n_box; i++)
        if (m->box[i].kind == QUOTE) return true;
    return false;
}

/* A blank line between blocks, except at the very start and inside tight lists. */
static void gap(struct md *m, size_t src) {
    bool tight = m->n_list > 0 && m->n_list <= MAX_DEPTH && m->list[m->n_list - 1].tight;
    bool skip = m->first || (tight && !m->list_first);
    m->first = m->list_first = false;
    if (skip) return;
    struct str prefix = {0};
    int all = m->n_box, begun = 0;
    while (begun < all && m->box[begun].begun) begun++;
    m->n_box = begun; /* the gap lies before what only now begins */
    prefix_build(m, &prefix, false);
    m->n_box = all;
    while (prefix.len && prefix.s[prefix.len - 1] == ' ') str_truncate(&prefix, prefix.len - 1);
    paper_line(m->p, src);
    paper_put(m->p, str_cstr(&prefix), prefix.len, THEME_QUOTE);
    str_free(&prefix);
}

/* ---- Leaf blocks ---------------------------------------------------------------------------- */

static void flush(struct md *m, enum wrap_mode mode) {
    if (m->para.text.len == 0) return;
    struct str first = {0}, rest = {0};
    gap(m, m->para.runs[0].src);
    prefix_build(m, &first, true);
    prefix_build(m, &rest, false);
    unsigned style = in_quote(m) ? THEME_QUOTE : THEME_TEXT;
    wrap_para(m->p, &m->para, (struct wrap_prefix){str_cstr(&first), style},
              (struct wrap_prefix){str_cstr(&rest), style}, m->width, mode);
    para_clear(&m->para);
    str_free(&first);
    str_free(&rest);
}

static void rule(struct md *m) {
    for (int i = 0; i < 3; i++) {
        const char *g = screen_glyph(GLYPH_HLINE);
        para_add(&m->para, g, strlen(g), THEME_RULE, m->src);
        para_add(&m->para, g, strlen(g), THEME_RULE, m->src);
    }
    flush(m, WRAP_EXACT);
}

static void code_flush(struct md *m) {
    struct str prefix = {0}, first = {0};
    gap(m, m->para.n_runs ? m->para.runs[0].src : m->src);
    prefix_build(m, &first, true);
    prefix_build(m, &prefix, false);
    str_add(&first, "  ");
    str_add(&prefix, "  ");
    while (m->para.text.len && m->para.text.s[m->para.text.len - 1] == '\n') {
        str_truncate(&m->para.text, m->para.text.len - 1);
        if (m->para.n_runs && m->para.runs[m->para.n_runs - 1].end > m->para.text.len)
            m->para.runs[m->para.n_runs - 1].end = m->para.text.len;
        if (m->para.n_runs > 1 && m->para.runs[m->para.n_runs - 2].end >= m->para.text.len)
            m->para.n_runs--;
    }
    wrap_para(m->p, &m->para, (struct wrap_prefix){str_cstr(&first), THEME_CODE},
              (struct wrap_prefix){str_cstr(&prefix), THEME_CODE}, m->width, WRAP_EXACT);
    para_clear(&m->para);
    str_free(&first);
    str_free(&prefix);
}

static void table_flush(struct md *m) {
    struct str prefix = {0};
    gap(m, table_src(m->table));
    prefix_build(m, &prefix, true);
    table_render(m->table, m->p, str_cstr(&prefix), m->width);
    table_free(m->table);
    m->table = NULL;
    str_free(&prefix);
}

/* ---- md4c's callbacks ----------------------------------------------------------------------- */

static void item_enter(struct md *m, const MD_BLOCK_LI_DETAIL *d) {
    struct list *l = m->n_list > 0 && m->n_list <= MAX_DEPTH ? &m->list[m->n_list - 1] : NULL;
    flush(m, WRAP_WORDS);
    if (m->n_box == MAX_DEPTH || !l) {
        m->n_box_lost++;
        return;
    }
    struct container *b = &m->box[m->n_box++];
    *b = (struct container){.kind = ITEM};
    if (d->is_task)
        snprintf(b->first, sizeof b->first, "%s ",
                 screen_glyph(d->task_mark == ' ' ? GLYPH_TODO : GLYPH_DONE));
    else if (l->ordered)
        snprintf(b->first, sizeof b->first, "%u%c ", l->next, l->delimiter ? l->delimiter : '.');
    else
        snprintf(b->first, sizeof b->first, "%s ", screen_glyph(GLYPH_BULLET));
    l->next++;
    b->cols = text_cols(b->first, strlen(b->first));
}

static void list_enter(struct md *m, bool ordered, bool tight, unsigned start, char delimiter) {
    flush(m, WRAP_WORDS);
    if (m->n_list == 0) m->list_first = true;
    if (m->n_list < MAX_DEPTH)
        m->list[m->n_list] = (struct list){ordered, tight, ordered ? start : 1, delimiter};
    m->n_list++;
}

static int on_enter_block(MD_BLOCKTYPE type, void *detail, void *ctx) {
    struct md *m = ctx;
    switch (type) {
    case MD_BLOCK_QUOTE:
        flush(m, WRAP_WORDS);
        if (m->n_box == MAX_DEPTH)
            m->n_box_lost++;
        else
            m->box[m->n_box++] = (struct container){.kind = QUOTE};
        style_push(m, THEME_QUOTE);
        break;
    case MD_BLOCK_UL:
        list_enter(m, false, ((MD_BLOCK_UL_DETAIL *)detail)->is_tight, 1, 0);
        break;
    case MD_BLOCK_OL: {
        MD_BLOCK_OL_DETAIL *d = detail;
        list_enter(m, true, d->is_tight, d->start, d->mark_delimiter);
        break;
    }
    case MD_BLOCK_LI:
        item_enter(m, detail);
        break;
    case MD_BLOCK_HR:
        rule(m);
        break;
    case MD_BLOCK_H:
        style_push(m, THEME_HEADING |
                          (((MD_BLOCK_H_DETAIL *)detail)->level == 1 ? STYLE_UNDERLINE : 0));
        break;
    case MD_BLOCK_CODE:
        m->in_code = true;
        break;
    case MD_BLOCK_TABLE:
        m->table = table_new(((MD_BLOCK_TABLE_DETAIL *)detail)->col_count);
        break;
    case MD_BLOCK_TR:
        table_row(m->table);
        break;
    case MD_BLOCK_TH:
        style_push(m, THEME_TEXT | STYLE_BOLD);
        break;
    default:
        break;
    }
    return 0;
}

static int on_leave_block(MD_BLOCKTYPE type, void *detail, void *ctx) {
    struct md *m = ctx;
    switch (type) {
    case MD_BLOCK_LI:
        flush(m, WRAP_WORDS);
        if (m->n_box_lost)
            m->n_box_lost--;
        else if (m->n_box) {
            struct container *b = &m->box[m->n_box - 1];
            if (!b->begun) { /* an empty item still shows its mark */
                para_add(&m->para, " ", 1, THEME_TEXT, m->src);
                flush(m, WRAP_EXACT);
            }
            m->n_box--;
        }
        break;
    case MD_BLOCK_QUOTE:
        flush(m, WRAP_WORDS);
        if (m->n_box_lost)
            m->n_box_lost--;
        else if (m->n_box)
            m->n_box--;
        style_pop(m);
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
        if (m->n_list > 0) m->n_list--;
        break;
    case MD_BLOCK_H:
        flush(m, WRAP_WORDS);
        style_pop(m);
        break;
    case MD_BLOCK_P:
        flush(m, WRAP_WORDS);
        break;
    case MD_BLOCK_CODE:
        code_flush(m);
        m->in_code = false;
        break;
    case MD_BLOCK_TH:
        style_pop(m); /* fall through */
    case MD_BLOCK_TD:
        table_cell(m->table, &m->para, (int)((MD_BLOCK_TD_DETAIL *)detail)->align);
        para_clear(&m->para);
        break;
    case MD_BLOCK_TABLE:
        table_flush(m);
        break;
    default:
        break;
    }
    return 0;
}

static int on_enter_span(MD_SPANTYPE type, void *detail, void *ctx) {
    struct md *m = ctx;
    unsigned s = style_top(m);
    switch (type) {
    case MD_SPAN_EM:
        s |= STYLE_ITALIC;
        break;
    case MD_SPAN_STRONG:
        s |= STYLE_BOLD;
        break;
    case MD_SPAN_DEL:
        s |= STYLE_DIM;
        break;
    case MD_SPAN_CODE:
        s = (s & ~0xffu) | THEME_CODE;
        break;
    case MD_SPAN_A: {
        const MD_ATTRIBUTE *href = &((MD_SPAN_A_DETAIL *)detail)->href;
        str_clear(&m->href);
        str_addn(&m->href, href->text, href->size);
        s = (s & ~0xffu) | THEME_LINK;
        break;
    }
    case MD_SPAN_IMG:
        para_add(&m->para, "[", 1, s, m->src);
        break;
    default:
        break;
    }
    style_push(m, s);
    return 0;
}

static int on_leave_span(MD_SPANTYPE type, void *detail, void *ctx) {
    struct md *m = ctx;
    (void)detail;
    style_pop(m);
    if (type == MD_SPAN_IMG) para_add(&m->para, "]", 1, style_top(m), m->src);
    if (type == MD_SPAN_A && m->href.len) {
        /* Shown unless the link's text is the address itself. */
        const struct str *t = &m->para.text;
        bool same = t->len >= m->href.len &&
                    memcmp(t->s + t->len - m->href.len, m->href.s, m->href.len) == 0;
        if (!same) {
            para_add(&m->para, " (", 2, THEME_DIM, m->src);
            para_add(&m->para, m->href.s, m->href.len, THEME_DIM, m->src);
            para_add(&m->para, ")", 1, THEME_DIM, m->src);
        }
        str_clear(&m->href);
    }
    return 0;
}

static void add_entity(struct md *m, const char *text, size_t n) {
    static const struct {
        const char *name, *is;
    } table[] = {{"&amp;", "&"},   {"&lt;", "<"},     {"&gt;", ">"},    {"&quot;", "\""},
                 {"&apos;", "'"},  {"&nbsp;", " "},   {"&ndash;", "–"}, {"&mdash;", "—"},
                 {"&times;", "×"}, {"&hellip;", "…"}, {"&le;", "≤"},    {"&ge;", "≥"},
                 {"&rarr;", "→"},  {"&deg;", "°"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == n && memcmp(table[i].name, text, n) == 0) {
            para_add(&m->para, table[i].is, strlen(table[i].is), style_top(m), m->src);
            return;
        }
    if (n > 3 && text[1] == '#') {
        bool hex = text[2] == 'x' || text[2] == 'X';
        unsigned long cp = strtoul(text + (hex ? 3 : 2), NULL, hex ? 16 : 10);
        if (cp >= 0x20 && cp <= 0x10FFFF) {
            struct str raw = {0}, safe = {0};
            str_add_cp(&raw, (unsigned)cp);
            utf8_add_harmless(&safe, raw.s, raw.len);
            para_add(&m->para, safe.s, safe.len, style_top(m), m->src);
            str_free(&raw);
            str_free(&safe);
            return;
        }
    }
    para_add(&m->para, text, n, style_top(m), m->src);
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *ctx) {
    struct md *m = ctx;
    unsigned style = m->in_code ? THEME_CODE : style_top(m);
    if (text >= m->s && text < m->s + m->n) m->src = (size_t)(text - m->s);
    switch (type) {
    case MD_TEXT_SOFTBR:
        para_add(&m->para, " ", 1, style, m->src);
        break;
    case MD_TEXT_BR:
        para_add(&m->para, "\n", 1, style, m->src);
        break;
    case MD_TEXT_NULLCHAR:
        break;
    case MD_TEXT_ENTITY:
        add_entity(m, text, size);
        break;
    default:
        para_add(&m->para, text, size, style, m->src);
    }
    return 0;
}

void markdown_render(struct paper *p, const char *s, size_t from, size_t n, int width) {
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_TASKLISTS | MD_FLAG_STRIKETHROUGH | MD_FLAG_NOHTML |
                 MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_PERMISSIVEURLAUTOLINKS,
        .enter_block = on_enter_block,
        .leave_block = on_leave_block,
        .enter_span = on_enter_span,
        .leave_span = on_leave_span,
        .text = on_text,
    };
    struct md m = {.p = p, .width = width, .s = s, .n = n, .src = from, .first = p->n_lines == 0};
    md_parse(s + from, (MD_SIZE)(n - from), &parser, &m);
    if (m.table) table_free(m.table);
    para_free(&m.para);
    str_free(&m.href);
}

/* ---- What no longer changes ----------------------------------------------------------------- */

static bool begins_item(const char *s, size_t n) {
    if (n == 0) return false;
    if (s[0] == '-' || s[0] == '*' || s[0] == '+') return n < 2 || s[1] == ' ' || s[1] == '\t';
    size_t i = 0;
    while (i < n && s[i] >= '0' && s[i] <= '9') i++;
    return i > 0 && i < 10 && (i == n || s[i] == '.' || s[i] == ')');
}

struct fence {
    char mark;  /* '`' or '~'; 0: none is open */
    size_t run; /* how many of them */
    size_t indent;
};

/* Follows code fences line by line. False where it cannot know (a fence that hangs in a list item
 * and may have ended with it, or in a table, which takes it for a row): nothing after that is
 * called settled. */
static bool fence_follow(struct fence *f, const char *s, size_t n, bool in_table) {
    size_t t = 0, run, info;
    while (t < n && (s[t] == ' ' || s[t] == '\t')) t++;
    for (run = t; run < n && s[run] == s[t] && (s[t] == '`' || s[t] == '~'); run++) {
    }
    for (info = run; info < n && (s[info] == ' ' || s[info] == '\t'); info++) {
    }
    if (f->mark) {
        if (t < n && t < f->indent) return false;
        if (t < n && s[t] == f->mark && run - t >= f->run && info == n) f->mark = 0;
        return true;
    }
    if (run - t >= 3 && !(s[t] == '`' && memchr(s + run, '`', n - run))) {
        *f = (struct fence){s[t], run - t, t};
        return !in_table;
    }
    if (t < n && begins_item(s + t, n - t))
        return !memmem(s + t, n - t, "```", 3) && !memmem(s + t, n - t, "~~~", 3);
    return true;
}

size_t markdown_settled(const char *s, size_t from, size_t n) {
    size_t settled = from;
    struct fence fence = {0};
    bool blank = false, piped = false;
    for (size_t i = from; i < n;) {
        const char *nl = memchr(s + i, '\n', n - i);
        if (!nl) break; /* an unfinished line may still become anything */
        size_t end = (size_t)(nl - s), t = i;
        while (t < end && (s[t] == ' ' || s[t] == '\t')) t++;
        if (!fence.mark && blank && t == i && t < end && !begins_item(s + i, end - i)) settled = i;
        if (!fence_follow(&fence, s + i, end - i, piped)) break;
        blank = t == end;
        piped = !blank && (piped || memchr(s + i, '|', end - i));
        i = end + 1;
    }
    return settled;
}
