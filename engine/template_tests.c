/* template_tests: what follows `is`. */
#include "engine/template_impl.h"

#define IS(kind) (1u << (kind))
enum { ROWS = IS(T_TEXT) | IS(T_LIST) | IS(T_TUPLE) | IS(T_DICT) | IS(T_UNDEFINED) };

/* Tests that ask only what kind of value it is. */
static const struct {
    const char *name;
    unsigned kinds;
} kinds[] = {{"defined", ~IS(T_UNDEFINED)},
             {"undefined", IS(T_UNDEFINED)},
             {"none", IS(T_NONE)},
             {"boolean", IS(T_BOOL)},
             {"integer", IS(T_INT) | IS(T_BIG)},
             {"float", IS(T_FLOAT)},
             {"number", IS(T_BOOL) | IS(T_INT) | IS(T_BIG) | IS(T_FLOAT)},
             {"string", IS(T_TEXT)},
             {"mapping", IS(T_DICT)},
             {"iterable", ROWS},
             {"sequence", ROWS},
             {"callable", IS(T_MACRO) | IS(T_FUNCTION) | IS(T_METHOD)},
             {"escaped", 0}};

static struct value t_true(struct work *w, struct value v, const struct args *a) {
    (void)w, (void)a;
    return tpl_bool(v.kind == T_BOOL && v.truth);
}
static struct value t_false(struct work *w, struct value v, const struct args *a) {
    (void)w, (void)a;
    return tpl_bool(v.kind == T_BOOL && !v.truth);
}
static struct value t_eq(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(tpl_equal(w, v, a->at[0]));
}
static struct value t_ne(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(!tpl_equal(w, v, a->at[0]));
}
static struct value t_lt(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(tpl_order(w, v, a->at[0], "<") < 0);
}
static struct value t_le(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(tpl_order(w, v, a->at[0], "<=") <= 0);
}
static struct value t_gt(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(tpl_order(w, v, a->at[0], ">") > 0);
}
static struct value t_ge(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(tpl_order(w, v, a->at[0], ">=") >= 0);
}
static struct value t_in(struct work *w, struct value v, const struct args *a) {
    return tpl_bool(tpl_contains(w, v, a->at[0]));
}
static struct value t_sameas(struct work *w, struct value v, const struct args *a) {
    struct value b = a->at[0];
    if (v.kind != b.kind) return tpl_bool(false);
    bool object = v.kind == T_LIST || v.kind == T_TUPLE || v.kind == T_DICT;
    return tpl_bool(object ? v.dict == b.dict : tpl_equal(w, v, b));
}
static struct value remainder_is(struct work *w, struct value v, int64_t by, int64_t r) {
    return tpl_bool(tpl_equal(w, tpl_binary(w, OP_MOD, v, tpl_int(by)), tpl_int(r)));
}
static struct value t_odd(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return remainder_is(w, v, 2, 1);
}
static struct value t_even(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return remainder_is(w, v, 2, 0);
}
static struct value t_divisibleby(struct work *w, struct value v, const struct args *a) {
    return remainder_is(w, v, tpl_arg_int(w, a, 0, "num", 1), 0);
}
/* str.isupper(): no letter is of the other case and at least one is of this one. */
static struct value cased(struct work *w, struct value v, enum letters how, enum letters other) {
    v = tpl_str(w, v);
    return tpl_bool(tpl_equal(w, tpl_letters(w, v, how), v) &&
                    !tpl_equal(w, tpl_letters(w, v, other), v));
}
static struct value t_upper(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return cased(w, v, LETTERS_UPPER, LETTERS_LOWER);
}
static struct value t_lower(struct work *w, struct value v, const struct args *a) {
    (void)a;
    return cased(w, v, LETTERS_LOWER, LETTERS_UPPER);
}

static const struct function tests[] = {
    {"true", t_true, 0, 0},     {"false", t_false, 0, 0},
    {"eq", t_eq, 1, 1},         {"equalto", t_eq, 1, 1},
    {"ne", t_ne, 1, 1},         {"lt", t_lt, 1, 1},
    {"lessthan", t_lt, 1, 1},   {"le", t_le, 1, 1},
    {"gt", t_gt, 1, 1},         {"greaterthan", t_gt, 1, 1},
    {"ge", t_ge, 1, 1},         {"in", t_in, 1, 1},
    {"sameas", t_sameas, 1, 1}, {"odd", t_odd, 0, 0},
    {"even", t_even, 0, 0},     {"divisibleby", t_divisibleby, 1, 1},
    {"upper", t_upper, 0, 0},   {"lower", t_lower, 0, 0},
    {"==", t_eq, 1, 1},         {"!=", t_ne, 1, 1},
    {"<", t_lt, 1, 1},          {"<=", t_le, 1, 1},
    {">", t_gt, 1, 1},          {">=", t_ge, 1, 1}};

bool tpl_test(struct work *w, struct value name, struct value v, const struct args *a) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (tpl_is(name, kinds[i].name)) return kinds[i].kinds >> v.kind & 1;
    const struct function *f = tpl_function_find(tests, sizeof tests / sizeof *tests, name);
    if (!f) tpl_fail(w, "no test named '%.*s'", name.kind == T_TEXT ? (int)name.len : 0, name.text);
    return tpl_function_call(w, f, v, a).truth;
}
