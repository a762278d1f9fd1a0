/* template_impl: what the files of the template language share: values, the syntax tree, and the
 * workspace of one parse or one rendering. Private to engine/template*.c.
 *
 *   template_lex        text → tokens, and the white-space rules around tags
 *   template_parse      tokens → statements        template_expr   tokens → expressions
 *   template_render     runs statements            template_eval   computes expressions
 *   template_filters, template_tests, template_methods, template_globals: what names mean
 *   template_value      values, their truth, order and printed form
 *   template_text       Python's string functions  template_format `%` and .format()
 *   template_json       JSON to values and back
 *
 * Two ideas keep this small. All memory of a rendering is an arena that is dropped at its end, and
 * an error leaves by longjmp to the one place that drops it (tpl_fail). Everything that builds text
 * writes at the end of one buffer and takes it from there again (tpl_mark/tpl_take), so captures
 * nest without buffers of their own. */
#ifndef ENGINE_TEMPLATE_IMPL_H
#define ENGINE_TEMPLATE_IMPL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

enum { /* what one rendering may use: hostile templates end in an error, not in a hang */
       TPL_MAX_STEPS = 30 * 1000 * 1000,
       TPL_MAX_DEPTH = 600,      /* nested evaluations, macro calls included */
       TPL_MAX_NESTING = 200,    /* of the source and of JSON */
       TPL_MAX_RANGE = 100000,   /* as the sandbox of Jinja has it */
       TPL_MAX_BYTES = 256 << 20 /* arena, and text, each */
};

/* ---- values ---- */

enum kind {
    T_UNDEFINED, /* text: the error that using it gives */
    T_NONE,
    T_BOOL,
    T_INT,
    T_BIG, /* an integer beyond 64 bits, kept as its digits in text; not computed with */
    T_FLOAT,
    T_TEXT,
    T_LIST,
    T_TUPLE,
    T_DICT,
    T_NAMESPACE,
    T_LOOP,
    T_MACRO,
    T_FUNCTION,
    T_METHOD
};

struct value {
    enum kind kind;
    size_t len; /* bytes of text */
    union {
        bool truth;
        int64_t integer;
        double real;
        const char *text; /* UTF-8, not NUL-terminated */
        struct list *list;
        struct dict *dict; /* of a namespace too */
        struct loop *loop;
        const struct macro *macro;
        const struct function *function;
        const struct bound *bound;
    };
};

struct list {
    struct value *items;
    size_t n, cap;
};
struct pair {
    struct value key, value;
};
struct dict { /* in order of insertion; small, so found by looking through */
    struct pair *pairs;
    size_t n, cap;
};
struct loop {
    const struct list *items;
    size_t index0;
    int depth0;
    struct value changed; /* last argument of loop.changed() */
};

#define TEXT(literal) ((struct value){T_TEXT, sizeof literal - 1, {.text = literal}})
#define NONE          ((struct value){T_NONE, 0, {0}})

/* ---- syntax ---- */

enum token_kind {
    TOK_DATA,
    TOK_PRINT,
    TOK_PRINT_END,
    TOK_BLOCK,
    TOK_BLOCK_END,
    TOK_NAME,
    TOK_INT,
    TOK_FLOAT,
    TOK_STRING,
    TOK_OP,
    TOK_END
};

struct token {
    enum token_kind kind;
    int line;
    const char *s; /* name or operator as written; data and strings as they are meant */
    size_t len;
};

enum node_kind {
    N_LITERAL,
    N_NAME,
    N_LIST,
    N_TUPLE,
    N_DICT,
    N_ATTR,
    N_ITEM,
    N_SLICE,
    N_CALL,
    N_KEYWORD,
    N_FILTER,
    N_TEST,
    N_NOT,
    N_NEG,
    N_POS,
    N_AND,
    N_OR,
    N_BINARY,
    N_COMPARE,
    N_COND,
    /* statements */
    N_TEXT,
    N_PRINT,
    N_IF,
    N_FOR,
    N_SET,
    N_SET_BLOCK,
    N_MACRO,
    N_CALL_BLOCK,
    N_FILTER_BLOCK,
    N_SCOPE,
    N_BREAK,
    N_CONTINUE,
    N_DO,
    N_BLOCK
};

enum operator{
    OP_ADD,
    OP_SUB,
    OP_CONCAT,
    OP_MUL,
    OP_DIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_POW,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_IN,
    OP_NOT_IN
};

struct nodes {
    struct node **at;
    size_t n, cap;
};

/* Which fields a kind uses:
 *   LITERAL value · NAME value · LIST TUPLE list · DICT list (key, value, key, …)
 *   ATTR a.value · ITEM a[b] · SLICE a[list[0]:list[1]:list[2]], entries may be NULL
 *   CALL a(list), where KEYWORD is value=a · FILTER a|value(list), a NULL = the block's text
 *   TEST a is value(list) · NOT NEG POS a · AND OR a, b · BINARY a op b
 *   COMPARE a, then list of BINARY nodes (op, b) · COND b if a else c (c may be NULL)
 *   TEXT value · PRINT a · IF a, list, otherwise · FOR a in b if c, list, otherwise
 *   SET a = b · SET_BLOCK a = list|b · MACRO value(other), list; parameters are NAMEs, a = default
 *   CALL_BLOCK a with parameters other, list · FILTER_BLOCK b, list
 *   SCOPE other (SETs), list · BLOCK list · DO a */
struct node {
    enum node_kind kind;
    enum operator op;
    int line;
    struct value value;
    struct node *a, *b, *c;
    struct nodes list, other;
};

/* ---- workspace ---- */

struct chunk;
struct work {
    struct chunk *chunks; /* arena, newest first */
    size_t bytes;         /* in the arena */
    struct str out;       /* rendered text, and above it what is being built */
    jmp_buf *escape;      /* where tpl_fail goes */
    struct err *e;
    int line; /* of the template, for errors; 0 = unknown */
    int depth;
    size_t steps;
    /* parsing */
    const struct token *token; /* the next one; the last is TOK_END */
};

_Noreturn void tpl_fail(struct work *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *tpl_alloc(struct work *w, size_t bytes); /* zeroed, 16-aligned, lives with the workspace */
void *tpl_grow(struct work *w, void *p, size_t *cap, size_t need, size_t size);
void tpl_free_chunks(struct chunk *c);
void tpl_charge(struct work *w, size_t steps);    /* fails when the rendering worked too long */
void tpl_scan(struct work *w, struct value text); /* charges for looking through a text */
void tpl_enter(struct work *w);                   /* one level deeper; fails when too deep */
void tpl_nest(struct work *w);                    /* the same for a level of the source */
static inline void tpl_leave(struct work *w) { w->depth--; }

static inline size_t tpl_mark(const struct work *w) { return w->out.len; }
void tpl_put(struct work *w, const char *s, size_t n);
void tpl_puts(struct work *w, const char *s);
struct value tpl_take(struct work *w, size_t mark); /* what was put since the mark */

/* ---- template_value ---- */

struct value tpl_bool(bool b);
struct value tpl_int(int64_t i);
struct value tpl_float(double f);
struct value tpl_text(const char *s, size_t n); /* borrows */
struct value tpl_undefined(struct work *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct value tpl_list(struct work *w, enum kind kind); /* T_LIST or T_TUPLE */
struct value tpl_dict(struct work *w);
void tpl_push(struct work *w, struct list *l, struct value v);
struct value tpl_pair(struct work *w, struct value a, struct value b); /* a tuple */

struct value *tpl_find(struct work *w, const struct dict *d, struct value key); /* or NULL */
struct value *tpl_find_name(const struct dict *d, const char *name);
void tpl_put_key(struct work *w, struct dict *d, struct value key, struct value v);
bool tpl_remove_key(struct work *w, struct dict *d, struct value key, struct value *old);

bool tpl_is(struct value v, const char *text); /* equal as text */
bool tpl_is_number(struct value v);            /* bool, int or float */
double tpl_number(struct value v);
bool tpl_is_listing(struct value v); /* list or tuple */
bool tpl_truth(struct value v);
bool tpl_equal(struct work *w, struct value a, struct value b);
int tpl_order(struct work *w, struct value a, struct value b, const char *op); /* <0, 0, >0 */
bool tpl_contains(struct work *w, struct value item, struct value in);
const char *tpl_type(struct value v);                 /* Python's name of the type */
void tpl_print(struct work *w, struct value v);       /* str() */
void tpl_print_repr(struct work *w, struct value v);  /* repr() */
void tpl_print_float(struct work *w, double f);       /* shortest digits that read back */
struct value tpl_str(struct work *w, struct value v); /* str() as a value */
_Noreturn void tpl_use_undefined(struct work *w, struct value v);
const struct list *tpl_iterate(struct work *w, struct value v); /* what a loop goes over */
size_t tpl_length(struct work *w, struct value v);

/* ---- arguments of a call ---- */

struct keyword {
    struct value name, value;
};
struct args {
    struct value *at;
    size_t n;
    struct keyword *keywords;
    size_t n_keywords;
};
/* Argument i, which may be given as `name`; `fallback` where it is not. */
struct value tpl_arg(const struct args *a, size_t i, const char *name, struct value fallback);
bool tpl_given(const struct args *a, size_t i, const char *name);
int64_t tpl_arg_int(struct work *w, const struct args *a, size_t i, const char *name,
                    int64_t fallback);
struct value tpl_arg_text(struct work *w, const struct args *a, size_t i, const char *name);

struct function {
    const char *name;
    struct value (*call)(struct work *w, struct value subject, const struct args *a);
    size_t min, max; /* positional arguments */
};
struct bound { /* a method of a value */
    const struct function *function;
    struct value subject;
};
const struct function *tpl_function_find(const struct function *table, size_t n, struct value name);
struct value tpl_function_call(struct work *w, const struct function *f, struct value subject,
                               const struct args *a);

/* ---- the rest ---- */

struct frame { /* the names of a scope */
    struct frame *parent;
    struct dict names;
    bool kept; /* a macro was defined in it, so it stays as it is */
};
struct macro {
    const struct node *node;
    struct frame *frame; /* where it was defined */
};
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

const struct token *tpl_lex(struct work *w, const char *s, size_t n);

struct node *tpl_parse(struct work *w); /* the whole template */
struct node *tpl_node(struct work *w, enum node_kind kind);
void tpl_add_node(struct work *w, struct nodes *l, struct node *n);
struct node *tpl_parse_expr(struct work *w); /* with inline if */
struct node *tpl_parse_or(struct work *w);   /* without */
struct node *tpl_parse_tuple(struct work *w, bool with_condition);
struct node *tpl_parse_primary(struct work *w);
struct node *tpl_parse_postfix(struct work *w, struct node *n);
struct node *tpl_parse_filters(struct work *w, struct node *n, bool first_is_name);
bool tpl_at(const struct work *w, enum token_kind kind, const char *s); /* s NULL: any */
bool tpl_accept(struct work *w, enum token_kind kind, const char *s);
const struct token *tpl_expect(struct work *w, enum token_kind kind, const char *s);

enum flow tpl_run(struct work *w, struct frame *f, const struct nodes *body);
struct value tpl_call_macro(struct work *w, const struct macro *m, const struct args *a);
struct frame *tpl_frame(struct work *w, struct frame *parent);
void tpl_assign(struct work *w, struct frame *f, const struct node *target, struct value v);

struct value tpl_eval(struct work *w, struct frame *f, const struct node *n);
void tpl_eval_args(struct work *w, struct frame *f, const struct nodes *list, struct args *out);
struct value tpl_filter_chain(struct work *w, struct frame *f, const struct node *n,
                              struct value subject);
struct value tpl_binary(struct work *w, enum operator op, struct value a, struct value b);
struct value tpl_get_attr(struct work *w, struct value v, struct value name);
struct value tpl_get_item(struct work *w, struct value v, struct value key);
struct value tpl_call(struct work *w, struct value f, const struct args *a);

struct value tpl_filter(struct work *w, struct value name, struct value v, const struct args *a);
bool tpl_test(struct work *w, struct value name, struct value v, const struct args *a);
const struct function *tpl_method(struct value v, struct value name); /* NULL: none */
const struct function *tpl_global(struct value name);                 /* NULL: none */
/* Adds the pairs of a mapping (the one positional argument, if any) and the keywords. */
void tpl_merge(struct work *w, struct dict *into, const struct args *a);

enum strip { STRIP_LEFT = 1, STRIP_RIGHT = 2 };
enum letters { LETTERS_UPPER, LETTERS_LOWER, LETTERS_TITLE, LETTERS_CAPITALIZE, LETTERS_SWAP };
bool tpl_is_space(unsigned cp);
size_t tpl_count_chars(struct value v);
struct value tpl_strip(struct value v, struct value chars, int sides); /* chars none: spaces */
struct value tpl_split(struct work *w, struct value v, struct value sep, int64_t most, bool right);
struct value tpl_lines(struct work *w, struct value v, bool keep_ends);
struct value tpl_replace(struct work *w, struct value v, struct value from, struct value to,
                         int64_t most);
struct value tpl_letters(struct work *w, struct value v, enum letters how);
struct value tpl_indent(struct work *w, struct value v, struct value by, bool first, bool blank);
int64_t tpl_find_text(struct work *w, struct value v, struct value part, bool last); /* bytes */
struct value tpl_chars(struct work *w, struct value v); /* a list of its characters */
struct value tpl_slice(struct work *w, struct value v, struct value from, struct value to,
                       struct value step);

struct value tpl_format_percent(struct work *w, struct value format, const struct args *a);
struct value tpl_format_braces(struct work *w, struct value format, const struct args *a);

struct value tpl_json_read(struct work *w, const char *s, size_t n);
struct value tpl_json_write(struct work *w, struct value v, const struct args *a);

#endif
