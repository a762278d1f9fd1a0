/* prompt: see prompt.h. The marks are two noncharacters of Unicode, which no text should hold; one
 * that does gets U+FFFD in their place. */
#include "engine/prompt.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/engine.h"

#define MARK_BEGIN "\xEF\xB7\x90" /* U+FDD0 */
#define MARK_END   "\xEF\xB7\x91" /* U+FDD1 */
enum { MARK_BYTES = 3 };

void prompt_free(struct prompt *p) {
    str_free(&p->text);
    str_free(&p->given);
    tokens_free(&p->ids);
}

/* ---- contents ---- */

/* Whether the text reads differently when special tokens in it are recognised. */
static bool holds_special(const struct tokenizer *t, const char *text) {
    struct tokens with = {0}, without = {0};
    tokenizer_encode(t, text, strlen(text), TOKENIZE_SPECIAL, &with);
    tokenizer_encode(t, text, strlen(text), TOKENIZE_LITERAL, &without);
    bool differ = with.n != without.n || memcmp(with.ids, without.ids, with.n * sizeof *with.ids);
    tokens_free(&with);
    tokens_free(&without);
    return differ;
}

static void add_without_marks(struct str *out, const char *s) {
    for (; *s; s++) {
        bool mark = str_starts(s, MARK_BEGIN) || str_starts(s, MARK_END);
        str_addn(out, mark ? "\xEF\xBF\xBD" : s, mark ? MARK_BYTES : 1);
        if (mark) s += MARK_BYTES - 1;
    }
}

/* The marks stand inside the white space at the ends, so that templates can strip it. */
static void add_marked(struct str *out, const char *s) {
    size_t left = strspn(s, " \t\r\n"), n = strlen(s);
    while (n > left && strchr(" \t\r\n", s[n - 1])) n--;
    str_addn(out, s, left);
    str_add(out, MARK_BEGIN);
    str_addn(out, s + left, n - left);
    str_add(out, MARK_END);
    str_add(out, s + n);
}

/* The text as the template gets it. *special: whether it holds special tokens. */
static char *content(const struct tokenizer *t, const char *s, bool mark, bool *special) {
    struct str plain = STR_INIT, marked = STR_INIT;
    add_without_marks(&plain, s ? s : "");
    str_cstr(&plain);
    bool holds = plain.len && holds_special(t, plain.s);
    if (special && holds) *special = true;
    if (!mark || !holds) return str_take(&plain);
    add_marked(&marked, plain.s);
    str_free(&plain);
    return str_take(&marked);
}

/* ---- variables ---- */

static void add_message(cJSON *list, const struct tokenizer *t, const struct chat_message *m,
                        bool mark, bool *special) {
    static const char *const roles[] = {"system", "user", "assistant"};
    /* families differ in the name of the thought's field; what they do not know they ignore */
    static const char *const names[] = {"reasoning_content", "reasoning", "thinking"};
    cJSON *j = cJSON_CreateObject();
    char *text = content(t, m->content, mark, special);
    cJSON_AddStringToObject(j, "role", roles[m->role]);
    cJSON_AddStringToObject(j, "content", text);
    free(text);
    if (m->role == CHAT_ASSISTANT && m->reasoning && *m->reasoning) {
        text = content(t, m->reasoning, mark, special);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            cJSON_AddStringToObject(j, names[i], text);
        free(text);
    }
    cJSON_AddItemToArray(list, j);
}

static void add_token_text(cJSON *j, const char *name, const struct tokenizer *t, int32_t id) {
    struct str text = STR_INIT;
    if (id >= 0) tokenizer_piece(t, id, true, &text);
    cJSON_AddStringToObject(j, name, str_cstr(&text));
    str_free(&text);
}

/* How much to think, in every family's words; without a wish the template's default holds. */
static void add_thinking(cJSON *j, const struct reasoning_format *f, const struct chat_options *o) {
    const char *effort = o->effort;
    if (o->think != THINK_AUTO) {
        bool on = o->think == THINK_ON;
        cJSON_AddBoolToObject(j, "enable_thinking", on);
        cJSON_AddBoolToObject(j, "thinking", on);
        cJSON_AddStringToObject(j, "thinking_mode", on ? "enabled" : "disabled");
        if (!on)
            effort = f->effort_off;
        else if (!effort)
            effort = f->effort_on;
    }
    if (o->think == THINK_OFF)
        cJSON_AddNumberToObject(j, "thinking_budget", 0);
    else if (o->budget >= 0)
        cJSON_AddNumberToObject(j, "thinking_budget", (double)o->budget);
    if (effort) cJSON_AddStringToObject(j, "reasoning_effort", effort);
}

static void add_extra(cJSON *j, const char *json) {
    cJSON *extra = json ? cJSON_Parse(json) : NULL, *item;
    while (extra && (item = extra->child) != NULL) {
        cJSON_DetachItemViaPointer(extra, item);
        cJSON_DeleteItemFromObjectCaseSensitive(j, item->string);
        cJSON_AddItemToObject(j, item->string, item);
    }
    cJSON_Delete(extra);
}

static bool continues(const struct chat_request *r) {
    return r->n_messages && r->messages[r->n_messages - 1].role == CHAT_ASSISTANT;
}

static char *variables(const struct model *m, const struct chat_request *r, bool mark,
                       bool *special) {
    const struct tokenizer *t = model_tokenizer(m);
    cJSON *j = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(j, "messages");
    for (size_t i = 0; i < r->n_messages - continues(r); i++)
        add_message(list, t, &r->messages[i], mark, special);
    cJSON_AddBoolToObject(j, "add_generation_prompt", true);
    add_token_text(j, "bos_token", t, tokenizer_bos(t));
    add_token_text(j, "eos_token", t, tokenizer_eos(t));
    add_thinking(j, model_reasoning(m), &r->options);
    add_extra(j, r->options.extra_json);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}

char *prompt_variables(const struct model *m, const struct chat_request *r, bool mark) {
    return variables(m, r, mark, NULL);
}

static bool render(const struct model *m, const struct chat_request *r, bool mark, bool *special,
                   struct str *out, struct err *e) {
    char *json = variables(m, r, mark, special);
    bool ok = template_render(model_template(m, NULL), json, strlen(json), out, e);
    free(json);
    str_cstr(out);
    return ok;
}

/* ---- tokens ---- */

/* Appends the ids of `marked`, special tokens recognised outside of the marks only. */
static void encode_marked(const struct tokenizer *t, const char *marked, struct tokens *ids) {
    bool inside = false;
    while (*marked) {
        const char *end = strstr(marked, inside ? MARK_END : MARK_BEGIN);
        size_t n = end ? (size_t)(end - marked) : strlen(marked);
        if (n) tokenizer_encode(t, marked, n, inside ? TOKENIZE_LITERAL : TOKENIZE_SPECIAL, ids);
        marked += n + (end ? MARK_BYTES : 0);
        inside = !inside;
    }
}

/* Whether the marked text is the plain one but for marks in pairs: then they show the contents. */
static bool marks_hold(const char *marked, const char *plain) {
    bool inside = false;
    while (*marked) {
        bool begin = str_starts(marked, MARK_BEGIN);
        if (begin || str_starts(marked, MARK_END)) {
            if (begin == inside) return false;
            inside = begin;
            marked += MARK_BYTES;
        } else if (*marked++ != *plain++)
            return false;
    }
    return !inside && !*plain;
}

/* Renders and tokenizes the messages. A template that takes contents apart cannot be followed with
 * marks; then its text is tokenized as one piece. */
static bool encode_messages(const struct model *m, const struct chat_request *r, struct prompt *out,
                            struct err *e) {
    const struct tokenizer *t = model_tokenizer(m);
    struct str marked = STR_INIT;
    bool special = false;
    if (!render(m, r, false, &special, &out->text, e)) return false;
    bool hold =
        special && render(m, r, true, NULL, &marked, NULL) && marks_hold(marked.s, out->text.s);
    encode_marked(t, hold ? marked.s : out->text.s, &out->ids);
    str_free(&marked);
    if (tokenizer_adds_bos(t) && (!out->ids.n || out->ids.ids[0] != tokenizer_bos(t))) {
        tokens_add(&out->ids, 0);
        memmove(out->ids.ids + 1, out->ids.ids, (out->ids.n - 1) * sizeof *out->ids.ids);
        out->ids.ids[0] = tokenizer_bos(t);
    }
    return true;
}

/* ---- after the generation prompt ---- */

static void add_text(const struct model *m, struct prompt *p, struct str *to, const char *text,
                     int flags) {
    if (!text || !*text) return;
    str_add(to, text);
    tokenizer_encode(model_tokenizer(m), text, strlen(text), flags, &p->ids);
}

static void add_markup(const struct model *m, struct prompt *p, struct str *to, const char *text) {
    add_text(m, p, to, text, TOKENIZE_SPECIAL);
}

/* Where output would begin after this prompt. */
static bool opens_thought(const struct model *m, const struct prompt *p, bool *closed) {
    const struct reasoning_format *f = model_reasoning(m);
    struct reasoning *r = reasoning_new(f, p->text.s);
    bool thought = reasoning_in_thought(r);
    *closed = !thought && reasoning_closed(r);
    reasoning_free(r);
    return thought;
}

/* Whether the template itself makes a difference between thinking and not. */
static bool knows_thinking(const struct model *m, const struct chat_request *r, const char *off) {
    struct chat_request on = *r;
    struct str text = STR_INIT;
    on.options.think = THINK_ON;
    bool knows = render(m, &on, false, NULL, &text, NULL) && strcmp(text.s, off) != 0;
    str_free(&text);
    return knows;
}

/* Thinking off, where the template has no way to say so: the thought is closed before it began. */
static void close_thought(const struct model *m, const struct chat_request *r, struct prompt *p) {
    const struct reasoning_format *f = model_reasoning(m);
    bool closed, opened = opens_thought(m, p, &closed);
    if (closed || !f->close || (!opened && knows_thinking(m, r, p->text.s))) return;
    if (!opened && f->answer) {
        add_markup(m, p, &p->text, f->answer);
        return;
    }
    if (!opened) add_markup(m, p, &p->text, f->open);
    struct str tag = STR_INIT;
    str_addf(&tag, "\n%s\n\n", f->close);
    add_markup(m, p, &p->text, str_cstr(&tag));
    str_free(&tag);
}

/* The given part of an answer, from its texts. */
static void add_given(const struct model *m, const struct chat_request *r, struct prompt *p) {
    const struct reasoning_format *f = model_reasoning(m);
    const struct chat_message *last = &r->messages[r->n_messages - 1];
    bool has_thought = last->reasoning && *last->reasoning && f->open;
    bool closed, opened = opens_thought(m, p, &closed);
    if (has_thought && !closed) {
        if (!opened) add_markup(m, p, &p->given, f->open);
        if (!opened && !strchr(f->open, '\n')) add_markup(m, p, &p->given, "\n");
        add_text(m, p, &p->given, last->reasoning, TOKENIZE_LITERAL);
        if (r->in_thought) return;
        opened = true;
    }
    if (opened && r->in_thought) return;
    if (opened) {
        add_markup(m, p, &p->given, "\n");
        add_markup(m, p, &p->given, f->close);
        if (!f->answer) add_markup(m, p, &p->given, "\n\n");
    } else if (f->answer)
        add_markup(m, p, &p->given, f->answer);
    add_text(m, p, &p->given, last->content, TOKENIZE_LITERAL);
}

static void add_resume_ids(const struct model *m, const struct chat_request *r, struct prompt *p) {
    for (size_t i = 0; i < r->n_resume_ids; i++) {
        tokens_add(&p->ids, r->resume_ids[i]);
        prompt_piece(m, r->resume_ids[i], &p->given);
    }
    p->n_given_ids = r->n_resume_ids;
}

static bool is_object(const char *json) {
    cJSON *j = cJSON_Parse(json);
    bool object = cJSON_IsObject(j);
    cJSON_Delete(j);
    return object;
}

bool prompt_build(const struct model *m, const struct chat_request *r, struct prompt *out,
                  struct err *e) {
    *out = (struct prompt){0};
    if (!model_tokenizer(m)) return err_set(e, "the model has no vocabulary to chat with");
    if (!model_template(m, e)) return false;
    if (r->options.extra_json && !is_object(r->options.extra_json))
        return err_set(e, "the further template variables are not a JSON object");
    if (!r->n_messages) return err_set(e, "there is no message to answer");
    if (!encode_messages(m, r, out, e)) return false;
    if (r->options.think == THINK_OFF) close_thought(m, r, out);
    if (r->n_resume_ids)
        add_resume_ids(m, r, out);
    else if (continues(r))
        add_given(m, r, out);
    return true;
}

void prompt_piece(const struct model *m, int32_t id, struct str *out) {
    const struct tokenizer *t = model_tokenizer(m);
    size_t before = out->len;
    bool control = tokenizer_is_control(t, id);
    tokenizer_piece(t, id, control, out);
    if (control && !reasoning_knows(model_reasoning(m), out->s + before, out->len - before))
        str_truncate(out, before);
}

struct reasoning *prompt_splitter(const struct model *m, const struct prompt *p) {
    return reasoning_new(model_reasoning(m), p->text.s);
}
