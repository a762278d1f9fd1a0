/* template_expr: tokens to expressions, by recursive descent; the levels are Jinja's: inline if,
 * or, and, not, comparisons, + -, ~, * / // %, **, signs, then . [] () | and `is`. */
#include <errno.h>
#include <stdlib.h>

#include "engine/template_impl.h"

bool tpl_at(const struct work *w, enum token_kind kind, const char *s) {
    const struct token *t = w->token;
    return t->kind == kind && (!s || (strlen(s) == t->len && memcmp(s, t->s, t->len) == 0));
}

static const struct token *next(struct work *w) {
    const struct token *t = w->token;
    if (t->kind != TOK_END) w->token++;
    w->line = w->token->line;
    return t;
}

bool tpl_accept(struct work *w, enum token_kind kind, const char *s) {
    if (!tpl_at(w, kind, s)) return false;
    next(w);
    return true;
}

const struct token *tpl_expect(struct work *w, enum token_kind kind, const char *s) {
    static const char *const names[] = {
        [TOK_DATA] = "text",      [TOK_PRINT] = "{{",       [TOK_PRINT_END] = "}}",
        [TOK_BLOCK] = "{%",       [TOK_BLOCK_END] = "%}",   [TOK_NAME] = "a name",
        [TOK_INT] = "a number",   [TOK_FLOAT] = "a number", [TOK_STRING] = "a string",
        [TOK_OP] = "an operator", [TOK_END] = "the end"};
    if (tpl_at(w, kind, s)) return next(w);
    const struct token *t = w->token;
    const char *found = t->len ? t->s : names[t->kind];
    tpl_fail(w, "expected %s, found %.*s", s ? s : names[kind],
             (int)(t->len ? t->len < 40 ? t->len : 40 : strlen(found)), found);
}

struct node *tpl_node(struct work *w, enum node_kind kind) {
    struct node *n = tpl_alloc(w, sizeof *n);
    n->kind = kind;
    n->line = w->line;
    return n;
}

void tpl_add_node(struct work *w, struct nodes *l, struct node *n) {
    l->at = tpl_grow(w, l->at, &l->cap, l->n + 1, sizeof *l->at);
    l->at[l->n++] = n;
}

static struct node *literal(struct work *w, struct value v) {
    struct node *n = tpl_node(w, N_LITERAL);
    n->value = v;
    return n;
}

static struct node *over(struct work *w, enum node_kind kind, struct node *a, struct node *b) {
    struct node *n = tpl_node(w, kind);
    n->a = a;
    n->b = b;
    return n;
}

static struct value name_value(const struct token *t) { return tpl_text(t->s, t->len); }

/* ---- primaries ---- */

static struct node *number(struct work *w) {
    const struct token *t = next(w);
    size_t mark = tpl_mark(w);
    for (size_t i = 0; i < t->len; i++)
        if (t->s[i] != '_') tpl_put(w, &t->s[i], 1);
    tpl_put(w, "", 1);
    struct value digits = tpl_take(w, mark);
    if (t->kind == TOK_FLOAT) return literal(w, tpl_float(strtod(digits.text, NULL)));
    errno = 0;
    long long i = strtoll(digits.text, NULL, 10);
    if (errno) return literal(w, (struct value){T_BIG, digits.len - 1, {.text = digits.text}});
    return literal(w, tpl_int(i));
}

static struct node *string(struct work *w) {
    size_t mark = tpl_mark(w);
    while (tpl_at(w, TOK_STRING, NULL)) {
        const struct token *t = next(w);
        tpl_put(w, t->s, t->len);
    }
    return literal(w, tpl_take(w, mark));
}

static struct node *list(struct work *w) {
    struct node *n = tpl_node(w, N_LIST);
    tpl_expect(w, TOK_OP, "[");
    while (!tpl_at(w, TOK_OP, "]")) {
        if (n->list.n) tpl_expect(w, TOK_OP, ",");
        if (tpl_at(w, TOK_OP, "]")) break;
        tpl_add_node(w, &n->list, tpl_parse_expr(w));
    }
    tpl_expect(w, TOK_OP, "]");
    return n;
}

static struct node *dict(struct work *w) {
    struct node *n = tpl_node(w, N_DICT);
    tpl_expect(w, TOK_OP, "{");
    while (!tpl_at(w, TOK_OP, "}")) {
        if (n->list.n) tpl_expect(w, TOK_OP, ",");
        if (tpl_at(w, TOK_OP, "}")) break;
        tpl_add_node(w, &n->list, tpl_parse_expr(w));
        tpl_expect(w, TOK_OP, ":");
        tpl_add_node(w, &n->list, tpl_parse_expr(w));
    }
    tpl_expect(w, TOK_OP, "}");
    return n;
}

static struct node *name(struct work *w) {
    static const struct {
        const char *name;
        struct value value;
    } constants[] = {{"true", {T_BOOL, 0, {.truth = true}}},
                     {"True", {T_BOOL, 0, {.truth = true}}},
                     {"false", {T_BOOL, 0, {.truth = false}}},
                     {"False", {T_BOOL, 0, {.truth = false}}},
                     {"none", {T_NONE, 0, {0}}},
                     {"None", {T_NONE, 0, {0}}}};
    struct value v = name_value(next(w));
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (tpl_is(v, constants[i].name)) return literal(w, constants[i].value);
    struct node *n = tpl_node(w, N_NAME);
    n->value = v;
    return n;
}

struct node *tpl_parse_primary(struct work *w) {
    switch (w->token->kind) {
    case TOK_NAME:
        return name(w);
    case TOK_STRING:
        return string(w);
    case TOK_INT:
    case TOK_FLOAT:
        return number(w);
    default:
        break;
    }
    if (tpl_at(w, TOK_OP, "[")) return list(w);
    if (tpl_at(w, TOK_OP, "{")) return dict(w);
    if (tpl_accept(w, TOK_OP, "(")) {
        struct node *n = tpl_at(w, TOK_OP, ")") ? tpl_node(w, N_TUPLE) : tpl_parse_tuple(w, true);
        tpl_expect(w, TOK_OP, ")");
        return n;
    }
    const struct token *t = w->token;
    tpl_fail(w, "expected an expression, found %.*s",
             t->len ? (int)(t->len < 40 ? t->len : 40) : 14, t->len ? t->s : "the end of tag");
}

/* ---- what follows a primary ---- */

static void arguments(struct work *w, struct nodes *out) {
    tpl_expect(w, TOK_OP, "(");
    bool keywords = false;
    while (!tpl_at(w, TOK_OP, ")")) {
        if (out->n) tpl_expect(w, TOK_OP, ",");
        if (tpl_at(w, TOK_OP, ")")) break;
        if (tpl_at(w, TOK_OP, "*") || tpl_at(w, TOK_OP, "**"))
            tpl_fail(w, "*args and **kwargs are not supported");
        if (tpl_at(w, TOK_NAME, NULL) && w->token[1].kind == TOK_OP && w->token[1].len == 1 &&
            w->token[1].s[0] == '=') {
            struct node *n = tpl_node(w, N_KEYWORD);
            n->value = name_value(next(w));
            next(w);
            n->a = tpl_parse_expr(w);
            tpl_add_node(w, out, n);
            keywords = true;
            continue;
        }
        if (keywords) tpl_fail(w, "a positional argument follows a keyword argument");
        tpl_add_node(w, out, tpl_parse_expr(w));
    }
    tpl_expect(w, TOK_OP, ")");
}

static struct node *subscript(struct work *w, struct node *of) {
    bool stop = false;
    struct node *parts[3] = {0};
    int n_colons = 0;
    while (!stop) {
        if (!tpl_at(w, TOK_OP, ":") && !tpl_at(w, TOK_OP, "]"))
            parts[n_colons] = n_colons ? tpl_parse_expr(w) : tpl_parse_tuple(w, true);
        if (n_colons < 2 && tpl_accept(w, TOK_OP, ":"))
            n_colons++;
        else
            stop = true;
    }
    tpl_expect(w, TOK_OP, "]");
    if (!n_colons) {
        if (!parts[0]) tpl_fail(w, "expected a subscript");
        return over(w, N_ITEM, of, parts[0]);
    }
    struct node *n = over(w, N_SLICE, of, NULL);
    for (int i = 0; i < 3; i++) tpl_add_node(w, &n->list, parts[i]);
    return n;
}

static struct node *call(struct work *w, struct node *of) {
    struct node *n = over(w, N_CALL, of, NULL);
    arguments(w, &n->list);
    return n;
}

struct node *tpl_parse_postfix(struct work *w, struct node *n) {
    for (;;) {
        if (tpl_accept(w, TOK_OP, ".")) {
            if (tpl_at(w, TOK_INT, NULL)) {
                n = over(w, N_ITEM, n, number(w));
                continue;
            }
            struct value attr = name_value(tpl_expect(w, TOK_NAME, NULL));
            n = over(w, N_ATTR, n, NULL);
            n->value = attr;
        } else if (tpl_accept(w, TOK_OP, "["))
            n = subscript(w, n);
        else if (tpl_at(w, TOK_OP, "("))
            n = call(w, n);
        else
            return n;
    }
}

/* A dotted name, as one text. */
static struct value dotted(struct work *w) {
    struct value v = name_value(tpl_expect(w, TOK_NAME, NULL));
    while (tpl_accept(w, TOK_OP, ".")) {
        const struct token *t = tpl_expect(w, TOK_NAME, NULL);
        v.len = (size_t)(t->s + t->len - v.text);
    }
    return v;
}

static struct node *test(struct work *w, struct node *of) {
    bool negated = tpl_accept(w, TOK_NAME, "not");
    struct node *n = over(w, N_TEST, of, NULL);
    n->value = dotted(w);
    const struct token *t = w->token;
    if (tpl_at(w, TOK_OP, "("))
        arguments(w, &n->list);
    else if (t->kind == TOK_STRING || t->kind == TOK_INT || t->kind == TOK_FLOAT ||
             tpl_at(w, TOK_OP, "[") || tpl_at(w, TOK_OP, "{") ||
             (t->kind == TOK_NAME && !tpl_at(w, TOK_NAME, "else") && !tpl_at(w, TOK_NAME, "or") &&
              !tpl_at(w, TOK_NAME, "and") && !tpl_at(w, TOK_NAME, "if") &&
              !tpl_at(w, TOK_NAME, "is") && !tpl_at(w, TOK_NAME, "not") &&
              !tpl_at(w, TOK_NAME, "in")))
        tpl_add_node(w, &n->list, tpl_parse_postfix(w, tpl_parse_primary(w)));
    return negated ? over(w, N_NOT, n, NULL) : n;
}

struct node *tpl_parse_filters(struct work *w, struct node *n, bool first_is_name) {
    for (;;) {
        if (first_is_name || tpl_accept(w, TOK_OP, "|")) {
            first_is_name = false;
            n = over(w, N_FILTER, n, NULL);
            n->value = dotted(w);
            if (tpl_at(w, TOK_OP, "(")) arguments(w, &n->list);
        } else if (n && tpl_accept(w, TOK_NAME, "is"))
            n = test(w, n);
        else if (n && tpl_at(w, TOK_OP, "("))
            n = call(w, n);
        else
            return n;
    }
}

/* ---- operators ---- */

static struct node *unary(struct work *w, bool filters) {
    struct node *n;
    tpl_nest(w);
    if (tpl_accept(w, TOK_OP, "-"))
        n = over(w, N_NEG, unary(w, false), NULL);
    else if (tpl_accept(w, TOK_OP, "+"))
        n = over(w, N_POS, unary(w, false), NULL);
    else
        n = tpl_parse_primary(w);
    n = tpl_parse_postfix(w, n);
    if (filters) n = tpl_parse_filters(w, n, false);
    tpl_leave(w);
    return n;
}

struct level {
    const char *sign;
    enum operator op;
};
/* The binary levels from loose to tight; each ends with an empty row. */
static const struct level levels[][5] = {
    {{"+", OP_ADD}, {"-", OP_SUB}, {NULL, 0}},
    {{"~", OP_CONCAT}, {NULL, 0}},
    {{"*", OP_MUL}, {"/", OP_DIV}, {"//", OP_FLOORDIV}, {"%", OP_MOD}, {NULL, 0}},
    {{"**", OP_POW}, {NULL, 0}}};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static struct node *binary(struct work *w, int level) {
    if (level == N_LEVELS) return unary(w, true);
    struct node *n = binary(w, level + 1);
    for (const struct level *l = levels[level]; l->sign; l++)
        if (tpl_accept(w, TOK_OP, l->sign)) {
            n = over(w, N_BINARY, n, NULL);
            n->op = l->op;
            n->b = binary(w, level + 1);
            l = levels[level] - 1; /* look for the next from the start */
        }
    return n;
}

static bool comparison(struct work *w, enum operator* op) {
    static const struct level signs[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<", OP_LT},
                                         {"<=", OP_LE}, {">", OP_GT},  {">=", OP_GE}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (tpl_accept(w, TOK_OP, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    if (tpl_accept(w, TOK_NAME, "in")) {
        *op = OP_IN;
        return true;
    }
    const struct token *after = w->token->kind == TOK_END ? w->token : w->token + 1;
    if (!tpl_at(w, TOK_NAME, "not") || after->kind != TOK_NAME || after->len != 2 ||
        memcmp(after->s, "in", 2) != 0)
        return false;
    next(w);
    next(w);
    *op = OP_NOT_IN;
    return true;
}

static struct node *compare(struct work *w) {
    struct node *n = binary(w, 0);
    enum operator op;
    if (!comparison(w, &op)) return n;
    n = over(w, N_COMPARE, n, NULL);
    do {
        struct node *right = over(w, N_BINARY, NULL, binary(w, 0));
        right->op = op;
        tpl_add_node(w, &n->list, right);
    } while (comparison(w, &op));
    return n;
}

static struct node *negation(struct work *w) {
    if (!tpl_accept(w, TOK_NAME, "not")) return compare(w);
    tpl_nest(w);
    struct node *n = over(w, N_NOT, negation(w), NULL);
    tpl_leave(w);
    return n;
}

static struct node *and_level(struct work *w) {
    struct node *n = negation(w);
    while (tpl_accept(w, TOK_NAME, "and")) n = over(w, N_AND, n, negation(w));
    return n;
}

struct node *tpl_parse_or(struct work *w) {
    struct node *n = and_level(w);
    while (tpl_accept(w, TOK_NAME, "or")) n = over(w, N_OR, n, and_level(w));
    return n;
}

struct node *tpl_parse_expr(struct work *w) {
    tpl_nest(w);
    struct node *n = tpl_parse_or(w);
    while (tpl_accept(w, TOK_NAME, "if")) {
        struct node *cond = over(w, N_COND, NULL, n);
        cond->a = tpl_parse_or(w);
        if (tpl_accept(w, TOK_NAME, "else")) cond->c = tpl_parse_expr(w);
        n = cond;
    }
    tpl_leave(w);
    return n;
}

struct node *tpl_parse_tuple(struct work *w, bool with_condition) {
    struct node *first = with_condition ? tpl_parse_expr(w) : tpl_parse_or(w);
    if (!tpl_at(w, TOK_OP, ",")) return first;
    struct node *n = tpl_node(w, N_TUPLE);
    tpl_add_node(w, &n->list, first);
    while (tpl_accept(w, TOK_OP, ",")) {
        if (w->token->kind == TOK_PRINT_END || w->token->kind == TOK_BLOCK_END ||
            tpl_at(w, TOK_OP, ")") || tpl_at(w, TOK_NAME, "in") || tpl_at(w, TOK_OP, "="))
            break;
        tpl_add_node(w, &n->list, with_condition ? tpl_parse_expr(w) : tpl_parse_or(w));
    }
    return n;
}
