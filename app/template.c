/* template: `aside template`, a chat template rendered as the engine would, for inspection. The
 * messages and options reach the template as they are written: numbers and the order of keys too.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/models.h"
#include "base/files.h"
#include "engine/hf_folder.h"
#include "engine/template.h"
#include "engine/tokenizer.h"

enum { INPUT_MAX = 256 << 20 };

struct wish {
    const char *model, *file, *messages, *options;
};

/* `"name":` and the token's text as JSON, and a comma. */
static void add_token(struct str *out, const char *name, const struct tokenizer *t, int32_t id) {
    struct str text = STR_INIT;
    if (id >= 0) tokenizer_piece(t, id, true, &text);
    cJSON *j = cJSON_CreateString(str_cstr(&text));
    char *quoted = cJSON_PrintUnformatted(j);
    str_addf(out, "\"%s\":%s,", name, quoted);
    free(quoted);
    cJSON_Delete(j);
    str_free(&text);
}

/* The model's template, and its first and last token as variables. */
static bool from_model(const char *name, struct str *source, struct str *variables, struct err *e) {
    struct gguf_string text;
    char *path = models_resolve(name, e);
    struct gguf *g = path ? hf_open(path, e) : NULL;
    bool ok = g != NULL;
    if (ok && !gguf_str(g, "tokenizer.chat_template", &text))
        ok = err_set(e, "%s: the file has no chat template", path);
    struct tokenizer *t = ok ? tokenizer_new(g, e) : NULL;
    if (t) {
        str_addn(source, text.s, text.len);
        add_token(variables, "bos_token", t, tokenizer_bos(t));
        add_token(variables, "eos_token", t, tokenizer_eos(t));
    }
    tokenizer_free(t);
    gguf_close(g);
    free(path);
    return t != NULL;
}

/* Adds the members of a JSON object, as they are written, each with a comma after it. */
static bool add_members(struct str *out, const char *json, struct err *e) {
    cJSON *j = cJSON_Parse(json);
    bool object = cJSON_IsObject(j), empty = object && !j->child;
    cJSON_Delete(j);
    if (!object) return err_set(e, "the options are not a JSON object");
    if (empty) return true;
    const char *begin = strchr(json, '{') + 1, *end = strrchr(json, '}');
    str_addn(out, begin, (size_t)(end - begin));
    str_addc(out, ',');
    return true;
}

static bool add_messages(struct str *out, const char *path, struct err *e) {
    struct str text = STR_INIT;
    bool ok = files_read_whole(path, INPUT_MAX, &text, e);
    cJSON *j = ok ? cJSON_Parse(str_cstr(&text)) : NULL;
    if (ok && !cJSON_IsArray(j)) ok = err_set(e, "%s: not a JSON array of messages", path);
    if (ok) str_addf(out, "\"messages\":%s}", text.s);
    cJSON_Delete(j);
    str_free(&text);
    return ok;
}

static bool render(const struct wish *wish, struct err *e) {
    struct str source = STR_INIT, variables = STR_INIT, out = STR_INIT;
    struct template *t = NULL;
    str_addc(&variables, '{');
    bool ok = wish->file ? files_read_whole(wish->file, INPUT_MAX, &source, e)
                         : from_model(wish->model, &source, &variables, e);
    ok = ok && (!wish->options || add_members(&variables, wish->options, e)) &&
         add_messages(&variables, wish->messages, e) &&
         (t = template_compile(str_cstr(&source), source.len, e)) &&
         template_render(t, variables.s, variables.len, &out, e);
    if (ok) fwrite(str_cstr(&out), 1, out.len, stdout);
    if (ok && fflush(stdout) != 0) ok = err_set(e, "cannot write to standard output");
    template_free(t);
    str_free(&source);
    str_free(&variables);
    str_free(&out);
    return ok;
}

int command_template(int argc, char **argv) {
    struct args a = {.argc = argc, .next = 1, .argv = argv};
    struct wish wish = {0};
    const struct {
        const char *names;
        const char **value;
    } options[] = {{"-m|--model", &wish.model},
                   {"--template", &wish.file},
                   {"--messages", &wish.messages},
                   {"--options", &wish.options}};
    while (a.next < argc) {
        size_t i = 0, n = sizeof options / sizeof *options;
        if (args_take(&a, "-h|--help", false)) return command_usage("template");
        while (i < n && !args_take(&a, options[i].names, true)) i++;
        if (i == n) return command_misused("template", "what is \"%s\"?", argv[a.next]);
        if (a.failed) return command_misused("template", "%s needs a value", options[i].names);
        *options[i].value = a.value;
    }
    if (!wish.messages) return command_misused("template", "--messages is missing");
    struct err e = {0};
    return render(&wish, &e) ? EXIT_OK : command_failed(&e);
}
