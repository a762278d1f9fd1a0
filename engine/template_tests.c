/* template_tests: what follows `is`. */
#include "engine/template_impl.h"

static bool is_whole(struct value v) { return v.kind == T_INT || v.kind == T_BIG; }

static bool is_kind(struct value v, const char *name) {
    const struct {
        const char *name;
        bool holds;
    } all[] = {{"defined", v.kind != T_UNDEFINED},
               {"undefined", v.kind == T_UNDEFINED},
               {"none", v.kind == T_NONE},
               {"boolean", v.kind == T_BOOL},
               {"true", v.kind == T_BOOL && v.truth},
               {"false", v.kind == T_BOOL && !v.truth},
               {"integer", is_whole(v)},
               {"float", v.kind == T_FLOAT},
               {"number", tpl_is_number(v) || v.kind == T_BIG},
               {"string", v.kind == T_TEXT},
               {"mapping", v.kind == T_DICT},
               {"iterable",
                v.kind == T_TEXT || tpl_is_listing(v) || v.kind == T_DICT || v.kind == T_UNDEFINED},
               {"sequence",
                v.kind == T_TEXT || tpl_is_listing(v) || v.kind == T_DICT || v.kind == T_UNDEFINED},
               {"callable", v.kind == T_MACRO || v.kind == T_FUNCTION || v.kind == T_METHOD},
               {"escaped", false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0) return all[i].holds;
    return false;
}

static struct value t_kind(struct work *w, struct value v, const struct args *a) {
    (void)w, (void)v, (void)a;
    return NONE; /* answered by is_kind */
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

static const struct function tests[] = {{"defined", t_kind, 0, 0},
                                        {"undefined", t_kind, 0, 0},
                                        {"none", t_kind, 0, 0},
                                        {"boolean", t_kind, 0, 0},
                                        {"true", t_kind, 0, 0},
                                        {"false", t_kind, 0, 0},
                                        {"integer", t_kind, 0, 0},
                                        {"float", t_kind, 0, 0},
                                        {"number", t_kind, 0, 0},
                                        {"string", t_kind, 0, 0},
                                        {"mapping", t_kind, 0, 0},
                                        {"iterable", t_kind, 0, 0},
                                        {"sequence", t_kind, 0, 0},
                                        {"callable", t_kind, 0, 0},
                                        {"escaped", t_kind, 0, 0},
                                        {"eq", t_eq, 1, 1},
                                        {"equalto", t_eq, 1, 1},
                                        {"ne", t_ne, 1, 1},
                                        {"lt", t_lt, 1, 1},
                                        {"lessthan", t_lt, 1, 1},
                                        {"le", t_le, 1, 1},
                                        {"gt", t_gt, 1, 1},
                                        {"greaterthan", t_gt, 1, 1},
                                        {"ge", t_ge, 1, 1},
                                        {"in", t_in, 1, 1},
                                        {"sameas", t_sameas, 1, 1},
                                        {"odd", t_odd, 0, 0},
                                        {"even", t_even, 0, 0},
                                        {"divisibleby", t_divisibleby, 1, 1},
                                        {"upper", t_upper, 0, 0},
                                        {"lower", t_lower, 0, 0},
                                        {"==", t_eq, 1, 1},
                                        {"!=", t_ne, 1, 1},
                                        {"<", t_lt, 1, 1},
                                        {"<=", t_le, 1, 1},
                                        {">", t_gt, 1, 1},
                                        {">=", t_ge, 1, 1}};

bool tpl_test(struct work *w, struct value name, struct value v, const struct args *a) {
    const struct function *f = tpl_function_find(tests, sizeof tests / sizeof *tests, name);
    if (!f) tpl_fail(w, "no test named '%.*s'", name.kind == T_TEXT ? (int)name.len : 0, name.text);
    struct value answer = tpl_function_call(w, f, v, a);
    return f->call == t_kind ? is_kind(v, f->name) : answer.truth;
}
