/* template: compiles and renders; the workspace that all the files of the language write in. */
#include "engine/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/template_impl.h"

struct template {
    struct chunk *chunks; /* the syntax tree's arena */
    const struct node *root;
};

/* ---- workspace ---- */

struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(16) char data[];
};

void tpl_fail(struct work *w, const char *fmt, ...) {
    char text[480];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (w->line)
        err_set(w->e, "template, line %d: %s", w->line, text);
    else
        err_set(w->e, "template: %s", text);
    longjmp(*w->escape, 1);
}

void *tpl_alloc(struct work *w, size_t bytes) {
    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > TPL_MAX_BYTES || w->bytes + bytes > TPL_MAX_BYTES)
        tpl_fail(w, "rendering takes more than %d MiB of memory", TPL_MAX_BYTES >> 20);
    struct chunk *c = w->chunks;
    if (!c || c->size - c->used < bytes) {
        size_t size = bytes > 64 * 1024 - sizeof *c ? bytes : 64 * 1024 - sizeof *c;
        c = mem_alloc(sizeof *c + size);
        c->used = 0;
        c->size = size;
        c->next = w->chunks;
        w->chunks = c;
    }
    void *p = c->data + c->used;
    c->used += bytes;
    w->bytes += bytes;
    return memset(p, 0, bytes);
}

void *tpl_grow(struct work *w, void *p, size_t *cap, size_t need, size_t size) {
    if (need <= *cap) return p;
    size_t more = *cap ? *cap * 2 : 4;
    void *bigger = tpl_alloc(w, more * size);
    if (*cap) memcpy(bigger, p, *cap * size);
    *cap = more;
    return bigger;
}

void tpl_free_chunks(struct chunk *c) {
    while (c) {
        struct chunk *next = c->next;
        free(c);
        c = next;
    }
}

void tpl_charge(struct work *w, size_t steps) {
    w->steps += steps;
    if (w->steps > TPL_MAX_STEPS) tpl_fail(w, "rendering takes too long");
}

void tpl_scan(struct work *w, struct value text) { tpl_charge(w, text.len / 32); }

void tpl_enter(struct work *w) {
    if (++w->depth > TPL_MAX_DEPTH) tpl_fail(w, "nested or recursing too deeply");
}

void tpl_nest(struct work *w) {
    tpl_enter(w);
    if (w->depth > TPL_MAX_NESTING) tpl_fail(w, "the template is nested too deeply");
}

void tpl_put(struct work *w, const char *s, size_t n) {
    if (n > TPL_MAX_BYTES || w->out.len + n > TPL_MAX_BYTES)
        tpl_fail(w, "the text is longer than %d MiB", TPL_MAX_BYTES >> 20);
    if (n) str_addn(&w->out, s, n);
}

void tpl_puts(struct work *w, const char *s) { tpl_put(w, s, strlen(s)); }

struct value tpl_take(struct work *w, size_t mark) {
    size_t n = w->out.len - mark;
    char *s = tpl_alloc(w, n + 1);
    if (n) memcpy(s, w->out.s + mark, n);
    str_truncate(&w->out, mark);
    return tpl_text(s, n);
}

/* ---- the two verbs ---- */

struct template *template_compile(const char *source, size_t len, struct err *e) {
    jmp_buf escape;
    struct work *w = mem_calloc(1, sizeof *w); /* not on the stack, which longjmp spoils */
    struct template *t = mem_calloc(1, sizeof *t);
    w->e = e;
    w->escape = &escape;
    bool ok = setjmp(escape) == 0;
    if (ok) {
        w->token = tpl_lex(w, source, len);
        t->root = tpl_parse(w);
    }
    t->chunks = w->chunks;
    str_free(&w->out);
    free(w);
    if (ok) return t;
    template_free(t);
    return NULL;
}

void template_free(struct template *t) {
    if (!t) return;
    tpl_free_chunks(t->chunks);
    free(t);
}

static void render(struct work *w, const struct template *t, const char *json, size_t len) {
    struct value variables = tpl_json_read(w, json, len);
    if (variables.kind != T_DICT) tpl_fail(w, "the variables are not a JSON object");
    struct frame *given = tpl_frame(w, NULL);
    given->names = *variables.dict;
    if (tpl_run(w, tpl_frame(w, given), &t->root->list) != FLOW_ON)
        tpl_fail(w, "break or continue outside of a loop");
}

bool template_render(const struct template *t, const char *variables_json, size_t len,
                     struct str *out, struct err *e) {
    jmp_buf escape;
    struct work *w = mem_calloc(1, sizeof *w);
    w->e = e;
    w->escape = &escape;
    bool ok = setjmp(escape) == 0;
    if (ok) {
        render(w, t, variables_json, len);
        str_addn(out, w->out.s ? w->out.s : "", w->out.len);
    }
    tpl_free_chunks(w->chunks);
    str_free(&w->out);
    free(w);
    return ok;
}
