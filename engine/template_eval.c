/* template_eval: computes expressions. */
#include <math.h>

#include "engine/template_impl.h"

static struct value look_up(struct work *w, const struct frame *f, struct value name) {
    for (; f; f = f->parent) {
        tpl_charge(w, f->names.n / 16);
        for (size_t i = 0; i < f->names.n; i++) {
            struct value k = f->names.pairs[i].key;
            if (k.len == name.len && memcmp(k.text, name.text, k.len) == 0)
                return f->names.pairs[i].value;
        }
    }
    const struct function *g = tpl_global(name);
    if (g) return (struct value){T_FUNCTION, 0, {.function = g}};
    return tpl_undefined(w, "'%.*s' is undefined", (int)name.len, name.text);
}

/* ---- attributes and items ---- */

static struct value loop_attr(struct work *w, struct loop *l, struct value name) {
    size_t n = l->items->n, i = l->index0;
    const struct {
        const char *name;
        struct value value;
    } all[] = {{"index", tpl_int((int64_t)i + 1)},
               {"index0", tpl_int((int64_t)i)},
               {"first", tpl_bool(i == 0)},
               {"last", tpl_bool(i + 1 == n)},
               {"length", tpl_int((int64_t)n)},
               {"revindex", tpl_int((int64_t)(n - i))},
               {"revindex0", tpl_int((int64_t)(n - i) - 1)},
               {"depth", tpl_int(l->depth0 + 1)},
               {"depth0", tpl_int(l->depth0)}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (tpl_is(name, all[k].name)) return all[k].value;
    if (tpl_is(name, "previtem"))
        return i ? l->items->items[i - 1] : tpl_undefined(w, "there is no previous item");
    if (tpl_is(name, "nextitem"))
        return i + 1 < n ? l->items->items[i + 1] : tpl_undefined(w, "there is no next item");
    return tpl_undefined(w, "the loop has no attribute '%.*s'", (int)name.len, name.text);
}

static struct value missing(struct work *w, struct value v, struct value name) {
    return tpl_undefined(w, "'%s object' has no attribute '%.*s'", tpl_type(v), (int)name.len,
                         name.text);
}

struct value tpl_get_attr(struct work *w, struct value v, struct value name) {
    if (v.kind == T_UNDEFINED) tpl_use_undefined(w, v);
    const struct function *m = tpl_method(v, name);
    if (m) {
        struct bound *b = tpl_alloc(w, sizeof *b);
        *b = (struct bound){m, v};
        return (struct value){T_METHOD, 0, {.bound = b}};
    }
    if (v.kind == T_DICT || v.kind == T_NAMESPACE) {
        const struct value *at = tpl_find(w, v.dict, name);
        return at ? *at : missing(w, v, name);
    }
    if (v.kind == T_LOOP) return loop_attr(w, v.loop, name);
    if (v.kind == T_MACRO && tpl_is(name, "name")) return v.macro->node->value;
    return missing(w, v, name);
}

struct value tpl_get_item(struct work *w, struct value v, struct value key) {
    if (v.kind == T_UNDEFINED) tpl_use_undefined(w, v);
    if (key.kind == T_UNDEFINED && v.kind != T_DICT) return tpl_undefined(w, "no such item");
    if (v.kind == T_DICT) {
        const struct value *at = key.kind == T_UNDEFINED ? NULL : tpl_find(w, v.dict, key);
        if (at) return *at;
    } else if ((tpl_is_listing(v) || v.kind == T_TEXT) &&
               (key.kind == T_INT || key.kind == T_BOOL)) {
        int64_t n = (int64_t)tpl_length(w, v), i = key.kind == T_INT ? key.integer : key.truth;
        if (i < 0) i += n;
        if (i < 0 || i >= n)
            return tpl_undefined(w, "%s object has no element %lld", tpl_type(v), (long long)i);
        if (v.kind != T_TEXT) return v.list->items[i];
        struct value c = tpl_slice(w, v, tpl_int(i), tpl_int(i + 1), NONE);
        return c;
    }
    if (key.kind == T_TEXT) return tpl_get_attr(w, v, key);
    struct value shown = tpl_str(w, key);
    return missing(w, v, shown);
}

/* ---- operators ---- */

static _Noreturn void bad_operands(struct work *w, const char *sign, struct value a,
                                   struct value b) {
    tpl_fail(w, "unsupported operand type(s) for %s: '%s' and '%s'", sign, tpl_type(a),
             tpl_type(b));
}

static struct value repeat(struct work *w, struct value v, int64_t times) {
    size_t mark = tpl_mark(w);
    if (v.kind == T_TEXT) {
        if (v.len) /* nothing, any number of times, is nothing */
            for (int64_t i = 0; i < times; i++) {
                tpl_charge(w, 1);
                tpl_put(w, v.text, v.len);
            }
        return tpl_take(w, mark);
    }
    struct value out = tpl_list(w, v.kind);
    for (int64_t i = 0; i < times && v.list->n; i++)
        for (size_t j = 0; j < v.list->n; j++) {
            tpl_charge(w, 1);
            tpl_push(w, out.list, v.list->items[j]);
        }
    return out;
}

static struct value join_two(struct work *w, struct value a, struct value b) {
    if (a.kind == T_TEXT) {
        size_t mark = tpl_mark(w);
        tpl_put(w, a.text, a.len);
        tpl_put(w, b.text, b.len);
        return tpl_take(w, mark);
    }
    struct value out = tpl_list(w, a.kind);
    for (size_t i = 0; i < a.list->n; i++) tpl_push(w, out.list, a.list->items[i]);
    for (size_t i = 0; i < b.list->n; i++) tpl_push(w, out.list, b.list->items[i]);
    return out;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static struct value on_integers(struct work *w, enum operator op, int64_t a, int64_t b) {
    int64_t r = 1;
    bool over = false;
    switch (op) {
    case OP_ADD:
        over = __builtin_add_overflow(a, b, &r);
        break;
    case OP_SUB:
        over = __builtin_sub_overflow(a, b, &r);
        break;
    case OP_MUL:
        over = __builtin_mul_overflow(a, b, &r);
        break;
    case OP_FLOORDIV:
    case OP_MOD:
        if (!b) tpl_fail(w, "integer division or modulo by zero");
        if (b == -1)
            over = op == OP_FLOORDIV && __builtin_sub_overflow(0, a, &r);
        else
            r = floor_div(a, b);
        if (op == OP_MOD) r = b == -1 ? 0 : a - r * b;
        break;
    default: /* OP_POW */
        if (b < 0) return tpl_float(pow((double)a, (double)b));
        if (b > 64 && a != 0 && a != 1 && a != -1) over = true;
        if (a == -1) b &= 1;
        for (int64_t i = 0; i < b && !over && a != 1 && (a || !i); i++)
            over = __builtin_mul_overflow(r, a, &r);
    }
    if (over) tpl_fail(w, "an integer became larger than 64 bits");
    return tpl_int(r);
}

static double float_mod(double a, double b) {
    double r = fmod(a, b);
    if (r == 0) return copysign(0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}

/* The whole number nearest to (a - a % b) / b, as Python has it: 2.5 // 0.1 is 24. */
static double float_floor(double a, double b) { return nearbyint((a - float_mod(a, b)) / b); }

static struct value on_floats(struct work *w, enum operator op, double a, double b) {
    if ((op == OP_DIV || op == OP_FLOORDIV || op == OP_MOD) && b == 0)
        tpl_fail(w, "division by zero");
    switch (op) {
    case OP_ADD:
        return tpl_float(a + b);
    case OP_SUB:
        return tpl_float(a - b);
    case OP_MUL:
        return tpl_float(a * b);
    case OP_DIV:
        return tpl_float(a / b);
    case OP_FLOORDIV:
        return tpl_float(float_floor(a, b));
    case OP_MOD:
        return tpl_float(float_mod(a, b));
    default:
        return tpl_float(pow(a, b));
    }
}

static int64_t as_integer(struct value v) { return v.kind == T_BOOL ? v.truth : v.integer; }

static struct value concatenate(struct work *w, struct value a, struct value b) {
    size_t mark = tpl_mark(w);
    tpl_print(w, a);
    tpl_print(w, b);
    return tpl_take(w, mark);
}

struct value tpl_binary(struct work *w, enum operator op, struct value a, struct value b) {
    static const char *const signs[] = {"+", "-", "~", "*", "/", "//", "%", "** or pow()"};
    if (op == OP_CONCAT) return concatenate(w, a, b);
    if (a.kind == T_UNDEFINED) tpl_use_undefined(w, a);
    if (op == OP_MOD && a.kind == T_TEXT) {
        struct args one = {&b, 1, NULL, 0};
        if (b.kind == T_TUPLE) one = (struct args){b.list->items, b.list->n, NULL, 0};
        return tpl_format_percent(w, a, &one);
    }
    if (b.kind == T_UNDEFINED) tpl_use_undefined(w, b);
    bool whole_a = a.kind == T_INT || a.kind == T_BOOL,
         whole_b = b.kind == T_INT || b.kind == T_BOOL;
    if (whole_a && whole_b && op != OP_DIV) return on_integers(w, op, as_integer(a), as_integer(b));
    if (tpl_is_number(a) && tpl_is_number(b)) return on_floats(w, op, tpl_number(a), tpl_number(b));
    bool row_a = a.kind == T_TEXT || tpl_is_listing(a),
         row_b = b.kind == T_TEXT || tpl_is_listing(b);
    if (op == OP_ADD && row_a && a.kind == b.kind) return join_two(w, a, b);
    if (op == OP_ADD && row_a)
        tpl_fail(w, "can only concatenate %s (not \"%s\") to %s", tpl_type(a), tpl_type(b),
                 tpl_type(a));
    if (op == OP_MUL && row_a && whole_b) return repeat(w, a, as_integer(b));
    if (op == OP_MUL && row_b && whole_a) return repeat(w, b, as_integer(a));
    bad_operands(w, signs[op], a, b);
}

static bool holds(struct work *w, enum operator op, struct value a, struct value b) {
    switch (op) {
    case OP_EQ:
        return tpl_equal(w, a, b);
    case OP_NE:
        return !tpl_equal(w, a, b);
    case OP_LT:
        return tpl_order(w, a, b, "<") < 0;
    case OP_LE:
        return tpl_order(w, a, b, "<=") <= 0;
    case OP_GT:
        return tpl_order(w, a, b, ">") > 0;
    case OP_GE:
        return tpl_order(w, a, b, ">=") >= 0;
    case OP_IN:
        return tpl_contains(w, a, b);
    default:
        return !tpl_contains(w, a, b);
    }
}

static struct value negative(struct work *w, struct value v, bool minus) {
    if (v.kind == T_UNDEFINED) tpl_use_undefined(w, v);
    if (!tpl_is_number(v))
        tpl_fail(w, "bad operand type for unary %c: '%s'", minus ? '-' : '+', tpl_type(v));
    if (v.kind == T_FLOAT) return tpl_float(minus ? -v.real : v.real);
    return minus ? tpl_binary(w, OP_SUB, tpl_int(0), v) : tpl_int(as_integer(v));
}

/* ---- calls ---- */

void tpl_eval_args(struct work *w, struct frame *f, const struct nodes *list, struct args *out) {
    *out = (struct args){0};
    if (!list->n) return;
    out->at = tpl_alloc(w, list->n * sizeof *out->at);
    out->keywords = tpl_alloc(w, list->n * sizeof *out->keywords);
    for (size_t i = 0; i < list->n; i++) {
        const struct node *n = list->at[i];
        if (n->kind == N_KEYWORD)
            out->keywords[out->n_keywords++] = (struct keyword){n->value, tpl_eval(w, f, n->a)};
        else
            out->at[out->n++] = tpl_eval(w, f, n);
    }
}

struct value tpl_call(struct work *w, struct value f, const struct args *a) {
    struct value none = NONE;
    if (f.kind == T_MACRO) return tpl_call_macro(w, f.macro, a);
    if (f.kind == T_FUNCTION) return tpl_function_call(w, f.function, none, a);
    if (f.kind == T_METHOD) return tpl_function_call(w, f.bound->function, f.bound->subject, a);
    if (f.kind == T_UNDEFINED) tpl_use_undefined(w, f);
    tpl_fail(w, "'%s' object is not callable", tpl_type(f));
}

struct value tpl_filter_chain(struct work *w, struct frame *f, const struct node *n,
                              struct value subject) {
    if (!n) return subject;
    if (n->kind != N_FILTER) tpl_fail(w, "expected a filter");
    struct value v = tpl_filter_chain(w, f, n->a, subject);
    struct args a;
    tpl_eval_args(w, f, &n->list, &a);
    return tpl_filter(w, n->value, v, &a);
}

/* ---- expressions ---- */

static struct value eval_items(struct work *w, struct frame *f, const struct node *n) {
    struct value v =
        n->kind == N_DICT ? tpl_dict(w) : tpl_list(w, n->kind == N_LIST ? T_LIST : T_TUPLE);
    if (n->kind != N_DICT)
        for (size_t i = 0; i < n->list.n; i++) tpl_push(w, v.list, tpl_eval(w, f, n->list.at[i]));
    else
        for (size_t i = 0; i + 1 < n->list.n; i += 2) {
            struct value key = tpl_eval(w, f, n->list.at[i]);
            tpl_put_key(w, v.dict, key, tpl_eval(w, f, n->list.at[i + 1]));
        }
    return v;
}

static struct value eval_slice(struct work *w, struct frame *f, const struct node *n) {
    struct value v = tpl_eval(w, f, n->a), part[3];
    for (int i = 0; i < 3; i++) part[i] = n->list.at[i] ? tpl_eval(w, f, n->list.at[i]) : NONE;
    return tpl_slice(w, v, part[0], part[1], part[2]);
}

static struct value eval_compare(struct work *w, struct frame *f, const struct node *n) {
    struct value left = tpl_eval(w, f, n->a);
    for (size_t i = 0; i < n->list.n; i++) {
        struct value right = tpl_eval(w, f, n->list.at[i]->b);
        if (!holds(w, n->list.at[i]->op, left, right)) return tpl_bool(false);
        left = right;
    }
    return tpl_bool(true);
}

static struct value eval_node(struct work *w, struct frame *f, const struct node *n) {
    struct value v;
    struct args args;
    switch (n->kind) {
    case N_LITERAL:
        return n->value;
    case N_NAME:
        return look_up(w, f, n->value);
    case N_LIST:
    case N_TUPLE:
    case N_DICT:
        return eval_items(w, f, n);
    case N_ATTR:
        return tpl_get_attr(w, tpl_eval(w, f, n->a), n->value);
    case N_ITEM:
        v = tpl_eval(w, f, n->a);
        return tpl_get_item(w, v, tpl_eval(w, f, n->b));
    case N_SLICE:
        return eval_slice(w, f, n);
    case N_CALL:
        v = tpl_eval(w, f, n->a);
        tpl_eval_args(w, f, &n->list, &args);
        return tpl_call(w, v, &args);
    case N_FILTER:
        v = tpl_eval(w, f, n->a);
        tpl_eval_args(w, f, &n->list, &args);
        return tpl_filter(w, n->value, v, &args);
    case N_TEST:
        v = tpl_eval(w, f, n->a);
        tpl_eval_args(w, f, &n->list, &args);
        return tpl_bool(tpl_test(w, n->value, v, &args));
    case N_NOT:
        return tpl_bool(!tpl_truth(tpl_eval(w, f, n->a)));
    case N_NEG:
    case N_POS:
        return negative(w, tpl_eval(w, f, n->a), n->kind == N_NEG);
    case N_AND:
        v = tpl_eval(w, f, n->a);
        return tpl_truth(v) ? tpl_eval(w, f, n->b) : v;
    case N_OR:
        v = tpl_eval(w, f, n->a);
        return tpl_truth(v) ? v : tpl_eval(w, f, n->b);
    case N_BINARY:
        v = tpl_eval(w, f, n->a);
        return tpl_binary(w, n->op, v, tpl_eval(w, f, n->b));
    case N_COMPARE:
        return eval_compare(w, f, n);
    case N_COND:
        if (tpl_truth(tpl_eval(w, f, n->a))) return tpl_eval(w, f, n->b);
        if (n->c) return tpl_eval(w, f, n->c);
        return tpl_undefined(w, "the inline if has no else");
    default:
        tpl_fail(w, "not an expression");
    }
}

struct value tpl_eval(struct work *w, struct frame *f, const struct node *n) {
    tpl_enter(w);
    tpl_charge(w, 1);
    int line = w->line;
    w->line = n->line;
    struct value v = eval_node(w, f, n);
    w->line = line;
    tpl_leave(w);
    return v;
}
