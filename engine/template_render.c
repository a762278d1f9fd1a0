/* template_render: runs statements. Scopes are frames of names: a loop's round, a macro's call and
 * a block's inside have their own, `if` has none; what a frame lacks is looked for outward. */
#include "engine/template_impl.h"

struct frame *tpl_frame(struct work *w, struct frame *parent) {
    struct frame *f = tpl_alloc(w, sizeof *f);
    f->parent = parent;
    return f;
}

static void assign_tuple(struct work *w, struct frame *f, const struct node *t, struct value v) {
    const struct list *l = tpl_iterate(w, v);
    if (l->n != t->list.n)
        tpl_fail(w, "%s values to unpack (expected %zu, got %zu)",
                 l->n < t->list.n ? "not enough" : "too many", t->list.n, l->n);
    for (size_t i = 0; i < l->n; i++) tpl_assign(w, f, t->list.at[i], l->items[i]);
}

void tpl_assign(struct work *w, struct frame *f, const struct node *target, struct value v) {
    if (target->kind == N_TUPLE) {
        assign_tuple(w, f, target, v);
        return;
    }
    struct dict *d = &f->names;
    if (target->kind == N_ATTR) {
        struct value space = tpl_eval(w, f, target->a);
        if (space.kind != T_NAMESPACE)
            tpl_fail(w, "cannot assign attribute on non-namespace object");
        d = space.dict;
    }
    tpl_put_key(w, d, target->value, v);
}

/* What the body prints, as a text. */
static struct value capture(struct work *w, struct frame *f, const struct nodes *body) {
    size_t mark = tpl_mark(w);
    tpl_run(w, tpl_frame(w, f), body);
    return tpl_take(w, mark);
}

/* The list as it is now: the body may change it, which must not lengthen the loop. */
static const struct list *loop_items(struct work *w, struct frame *f, const struct node *n) {
    const struct list *all = tpl_iterate(w, tpl_eval(w, f, n->b));
    struct list *kept = tpl_alloc(w, sizeof *kept);
    *kept = *all;
    if (!n->c) return kept;
    *kept = (struct list){0};
    for (size_t i = 0; i < all->n; i++) {
        struct frame *inner = tpl_frame(w, f);
        tpl_assign(w, inner, n->a, all->items[i]);
        if (tpl_truth(tpl_eval(w, inner, n->c))) tpl_push(w, kept, all->items[i]);
    }
    return kept;
}

static int loop_depth(const struct frame *f) {
    for (; f; f = f->parent) {
        const struct value *v = tpl_find_name(&f->names, "loop");
        if (v && v->kind == T_LOOP) return v->loop->depth0 + 1;
    }
    return 0;
}

static void run_for(struct work *w, struct frame *f, const struct node *n) {
    const struct list *items = loop_items(w, f, n);
    struct loop *loop = tpl_alloc(w, sizeof *loop);
    loop->items = items;
    loop->depth0 = loop_depth(f);
    struct value self = {T_LOOP, 0, {.loop = loop}};
    struct frame *inner = NULL;
    for (size_t i = 0; i < items->n; i++) {
        if (!inner || inner->kept) inner = tpl_frame(w, f);
        inner->names.n = 0;
        loop->index0 = i;
        tpl_put_key(w, &inner->names, TEXT("loop"), self);
        tpl_assign(w, inner, n->a, items->items[i]);
        tpl_charge(w, 1);
        if (tpl_run(w, inner, &n->list) == FLOW_BREAK) break;
    }
    if (!items->n) tpl_run(w, tpl_frame(w, f), &n->other);
}

static struct value macro_value(struct work *w, struct frame *f, const struct node *n) {
    struct macro *m = tpl_alloc(w, sizeof *m);
    *m = (struct macro){n, f};
    for (; f; f = f->parent) f->kept = true;
    return (struct value){T_MACRO, 0, {.macro = m}};
}

static void run_call_block(struct work *w, struct frame *f, const struct node *n) {
    struct value callee = tpl_eval(w, f, n->a->a);
    struct args a;
    tpl_eval_args(w, f, &n->a->list, &a);
    struct keyword *all = tpl_alloc(w, (a.n_keywords + 1) * sizeof *all);
    if (a.n_keywords) memcpy(all, a.keywords, a.n_keywords * sizeof *all);
    all[a.n_keywords] = (struct keyword){TEXT("caller"), macro_value(w, f, n)};
    a.keywords = all;
    a.n_keywords++;
    tpl_print(w, tpl_call(w, callee, &a));
}

static enum flow run_scope(struct work *w, struct frame *f, const struct node *n) {
    struct frame *inner = tpl_frame(w, f);
    for (size_t i = 0; i < n->other.n; i++)
        tpl_assign(w, inner, n->other.at[i]->a, tpl_eval(w, f, n->other.at[i]->b));
    return tpl_run(w, inner, &n->list);
}

/* The text of a block after its filters. */
static struct value filtered(struct work *w, struct frame *f, const struct node *n) {
    return tpl_filter_chain(w, f, n->b, capture(w, f, &n->list));
}

static enum flow run_one(struct work *w, struct frame *f, const struct node *n) {
    switch (n->kind) {
    case N_TEXT:
        tpl_put(w, n->value.text, n->value.len);
        break;
    case N_PRINT:
        tpl_print(w, tpl_eval(w, f, n->a));
        break;
    case N_IF:
        return tpl_run(w, f, tpl_truth(tpl_eval(w, f, n->a)) ? &n->list : &n->other);
    case N_FOR:
        run_for(w, f, n);
        break;
    case N_SET:
        tpl_assign(w, f, n->a, tpl_eval(w, f, n->b));
        break;
    case N_SET_BLOCK:
        tpl_assign(w, f, n->a, filtered(w, f, n));
        break;
    case N_MACRO:
        tpl_put_key(w, &f->names, n->value, macro_value(w, f, n));
        break;
    case N_CALL_BLOCK:
        run_call_block(w, f, n);
        break;
    case N_FILTER_BLOCK:
        tpl_print(w, filtered(w, f, n));
        break;
    case N_SCOPE:
        return run_scope(w, f, n);
    case N_BREAK:
        return FLOW_BREAK;
    case N_CONTINUE:
        return FLOW_CONTINUE;
    case N_DO:
        tpl_eval(w, f, n->a);
        break;
    default:
        tpl_fail(w, "not a statement");
    }
    return FLOW_ON;
}

enum flow tpl_run(struct work *w, struct frame *f, const struct nodes *body) {
    enum flow flow = FLOW_ON;
    tpl_enter(w);
    for (size_t i = 0; i < body->n && flow == FLOW_ON; i++) {
        w->line = body->at[i]->line;
        tpl_charge(w, 1);
        flow = run_one(w, f, body->at[i]);
    }
    tpl_leave(w);
    return flow;
}

struct value tpl_call_macro(struct work *w, const struct macro *m, const struct args *a) {
    const struct nodes *params = &m->node->other;
    struct frame *f = tpl_frame(w, m->frame);
    int line = w->line;
    if (a->n > params->n)
        tpl_fail(w, "macro '%.*s' takes not more than %zu argument(s)", (int)m->node->value.len,
                 m->node->value.text, params->n);
    for (size_t i = 0; i < params->n; i++) {
        const struct node *p = params->at[i];
        struct value v = {0};
        if (i < a->n)
            v = a->at[i];
        else if (p->a)
            v = tpl_eval(w, f, p->a);
        else
            v = tpl_undefined(w, "parameter '%.*s' was not provided", (int)p->value.len,
                              p->value.text);
        tpl_put_key(w, &f->names, p->value, v);
    }
    for (size_t i = 0; i < a->n_keywords; i++) {
        struct value name = a->keywords[i].name;
        if (!tpl_find(w, &f->names, name) && !tpl_is(name, "caller"))
            tpl_fail(w, "macro '%.*s' takes no keyword argument '%.*s'", (int)m->node->value.len,
                     m->node->value.text, (int)name.len, name.text);
        tpl_put_key(w, &f->names, name, a->keywords[i].value);
    }
    size_t mark = tpl_mark(w);
    tpl_run(w, f, &m->node->list);
    w->line = line;
    return tpl_take(w, mark);
}
