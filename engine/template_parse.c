/* template_parse: tokens to statements. */
#include "engine/template_impl.h"

/* Statements until one of the `ends` (NULL-terminated; the end's name is not consumed), or the end
 * of the template where ends is NULL. */
static void body(struct work *w, struct nodes *out, const char *const *ends);

static const struct token *name_token(struct work *w) { return tpl_expect(w, TOK_NAME, NULL); }

static void end_tag(struct work *w) { tpl_expect(w, TOK_BLOCK_END, NULL); }

/* The body of a simple block: "%} … {% endNAME %}". */
static void body_until(struct work *w, struct nodes *out, const char *end) {
    end_tag(w);
    body(w, out, (const char *const[]){end, NULL});
    tpl_expect(w, TOK_NAME, end);
    end_tag(w);
}

static struct node *parse_if(struct work *w) {
    struct node *n = tpl_node(w, N_IF);
    n->a = tpl_parse_tuple(w, false);
    end_tag(w);
    body(w, &n->list, (const char *const[]){"elif", "else", "endif", NULL});
    if (tpl_accept(w, TOK_NAME, "elif")) {
        tpl_nest(w);
        tpl_add_node(w, &n->other, parse_if(w)); /* takes the endif */
        tpl_leave(w);
        return n;
    }
    if (tpl_accept(w, TOK_NAME, "else")) {
        end_tag(w);
        body(w, &n->other, (const char *const[]){"endif", NULL});
    }
    tpl_expect(w, TOK_NAME, "endif");
    end_tag(w);
    return n;
}

/* A name, a tuple of names, or (for set) an attribute of a namespace. */
static struct node *target(struct work *w, bool attribute) {
    struct node *n = NULL;
    bool bracket = tpl_accept(w, TOK_OP, "(");
    for (size_t i = 0; i == 0 || tpl_accept(w, TOK_OP, ","); i++) {
        if (i && !tpl_at(w, TOK_NAME, NULL)) break;
        struct node *one = tpl_node(w, N_NAME);
        const struct token *t = name_token(w);
        one->value = tpl_text(t->s, t->len);
        if (attribute && tpl_accept(w, TOK_OP, ".")) {
            struct node *attr = tpl_node(w, N_ATTR);
            t = name_token(w);
            attr->a = one;
            attr->value = tpl_text(t->s, t->len);
            one = attr;
        }
        if (i == 1) {
            struct node *tuple = tpl_node(w, N_TUPLE);
            tpl_add_node(w, &tuple->list, n);
            n = tuple;
        }
        if (i)
            tpl_add_node(w, &n->list, one);
        else
            n = one;
    }
    if (bracket) tpl_expect(w, TOK_OP, ")");
    return n;
}

static struct node *parse_for(struct work *w) {
    struct node *n = tpl_node(w, N_FOR);
    n->a = target(w, false);
    tpl_expect(w, TOK_NAME, "in");
    n->b = tpl_parse_tuple(w, false);
    if (tpl_accept(w, TOK_NAME, "if")) n->c = tpl_parse_expr(w);
    if (tpl_at(w, TOK_NAME, "recursive")) tpl_fail(w, "recursive loops are not supported");
    end_tag(w);
    body(w, &n->list, (const char *const[]){"else", "endfor", NULL});
    if (tpl_accept(w, TOK_NAME, "else")) {
        end_tag(w);
        body(w, &n->other, (const char *const[]){"endfor", NULL});
    }
    tpl_expect(w, TOK_NAME, "endfor");
    end_tag(w);
    return n;
}

static struct node *parse_set(struct work *w) {
    struct node *n = tpl_node(w, N_SET);
    n->a = target(w, true);
    if (tpl_accept(w, TOK_OP, "=")) {
        n->b = tpl_parse_tuple(w, true);
        end_tag(w);
        return n;
    }
    n->kind = N_SET_BLOCK;
    n->b = tpl_parse_filters(w, NULL, false);
    body_until(w, &n->list, "endset");
    return n;
}

static void parameters(struct work *w, struct nodes *out) {
    tpl_expect(w, TOK_OP, "(");
    while (!tpl_at(w, TOK_OP, ")")) {
        if (out->n) tpl_expect(w, TOK_OP, ",");
        struct node *p = tpl_node(w, N_NAME);
        const struct token *t = name_token(w);
        p->value = tpl_text(t->s, t->len);
        if (tpl_accept(w, TOK_OP, "="))
            p->a = tpl_parse_expr(w);
        else if (out->n && out->at[out->n - 1]->a)
            tpl_fail(w, "a parameter without default follows one with a default");
        tpl_add_node(w, out, p);
    }
    tpl_expect(w, TOK_OP, ")");
}

static struct node *parse_macro(struct work *w) {
    struct node *n = tpl_node(w, N_MACRO);
    const struct token *t = name_token(w);
    n->value = tpl_text(t->s, t->len);
    parameters(w, &n->other);
    body_until(w, &n->list, "endmacro");
    return n;
}

static struct node *parse_call(struct work *w) {
    struct node *n = tpl_node(w, N_CALL_BLOCK);
    n->value = TEXT("caller");
    if (tpl_at(w, TOK_OP, "(")) parameters(w, &n->other);
    n->a = tpl_parse_expr(w);
    if (n->a->kind != N_CALL) tpl_fail(w, "expected a call");
    body_until(w, &n->list, "endcall");
    return n;
}

static struct node *parse_filter(struct work *w) {
    struct node *n = tpl_node(w, N_FILTER_BLOCK);
    n->b = tpl_parse_filters(w, NULL, true);
    body_until(w, &n->list, "endfilter");
    return n;
}

static struct node *parse_with(struct work *w) {
    struct node *n = tpl_node(w, N_SCOPE);
    while (!tpl_at(w, TOK_BLOCK_END, NULL)) {
        if (n->other.n) tpl_expect(w, TOK_OP, ",");
        struct node *set = tpl_node(w, N_SET);
        set->a = target(w, false);
        tpl_expect(w, TOK_OP, "=");
        set->b = tpl_parse_expr(w);
        tpl_add_node(w, &n->other, set);
    }
    body_until(w, &n->list, "endwith");
    return n;
}

static struct node *parse_generation(struct work *w) {
    struct node *n = tpl_node(w, N_SCOPE);
    body_until(w, &n->list, "endgeneration");
    return n;
}

static struct node *parse_autoescape(struct work *w) {
    struct node *n = tpl_node(w, N_SCOPE);
    tpl_parse_expr(w); /* there is no HTML here */
    body_until(w, &n->list, "endautoescape");
    return n;
}

static struct node *parse_block(struct work *w) {
    struct node *n = tpl_node(w, N_SCOPE);
    name_token(w);
    end_tag(w);
    body(w, &n->list, (const char *const[]){"endblock", NULL});
    tpl_expect(w, TOK_NAME, "endblock");
    tpl_accept(w, TOK_NAME, NULL);
    end_tag(w);
    return n;
}

static struct node *parse_do(struct work *w) {
    struct node *n = tpl_node(w, N_DO);
    n->a = tpl_parse_tuple(w, true);
    end_tag(w);
    return n;
}

static struct node *parse_break(struct work *w) {
    struct node *n = tpl_node(w, N_BREAK);
    end_tag(w);
    return n;
}

static struct node *parse_continue(struct work *w) {
    struct node *n = tpl_node(w, N_CONTINUE);
    end_tag(w);
    return n;
}

static const struct {
    const char *name;
    struct node *(*parse)(struct work *w);
} statements[] = {{"if", parse_if},
                  {"for", parse_for},
                  {"set", parse_set},
                  {"macro", parse_macro},
                  {"call", parse_call},
                  {"filter", parse_filter},
                  {"with", parse_with},
                  {"generation", parse_generation},
                  {"do", parse_do},
                  {"break", parse_break},
                  {"continue", parse_continue},
                  {"block", parse_block},
                  {"autoescape", parse_autoescape}};

static struct node *statement(struct work *w) {
    int line = w->line;
    const struct token *t = name_token(w);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (tpl_is(tpl_text(t->s, t->len), statements[i].name)) {
            struct node *n = statements[i].parse(w);
            n->line = line;
            return n;
        }
    w->line = line;
    tpl_fail(w, "unknown tag '%.*s'", (int)(t->len < 60 ? t->len : 60), t->s);
}

static bool at_one_of(const struct work *w, const char *const *ends) {
    for (; ends && *ends; ends++)
        if (tpl_at(w, TOK_NAME, *ends)) return true;
    return false;
}

static void body(struct work *w, struct nodes *out, const char *const *ends) {
    int line = w->line;
    tpl_nest(w);
    while (!tpl_at(w, TOK_END, NULL)) {
        struct node *n = NULL;
        const struct token *t = w->token;
        if (tpl_accept(w, TOK_DATA, NULL)) {
            n = tpl_node(w, N_TEXT);
            n->value = tpl_text(t->s, t->len);
        } else if (tpl_accept(w, TOK_PRINT, NULL)) {
            n = tpl_node(w, N_PRINT);
            n->a = tpl_parse_tuple(w, true);
            tpl_expect(w, TOK_PRINT_END, NULL);
        } else {
            tpl_expect(w, TOK_BLOCK, NULL);
            if (at_one_of(w, ends)) {
                tpl_leave(w);
                return;
            }
            n = statement(w);
        }
        tpl_add_node(w, out, n);
    }
    tpl_leave(w);
    if (!ends) return;
    w->line = line;
    while (ends[1]) ends++;
    tpl_fail(w, "a block is not closed: expected %s", *ends);
}

struct node *tpl_parse(struct work *w) {
    struct node *n = tpl_node(w, N_BLOCK);
    w->line = w->token->line;
    body(w, &n->list, NULL);
    return n;
}
