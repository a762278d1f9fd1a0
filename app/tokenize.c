/* tokenize: `aside tokenize`, standard input as token ids and back. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/models.h"
#include "base/files.h"
#include "engine/hf_folder.h"
#include "engine/tokenizer.h"

enum { INPUT_MAX = 1 << 30 };

static void print_ids(const struct tokenizer *t, const struct str *text, bool special) {
    struct tokens ids = {0};
    tokenizer_encode(t, text->s, text->len, special ? TOKENIZE_SPECIAL : 0, &ids);
    putchar('[');
    for (size_t i = 0; i < ids.n; i++) printf("%s%d", i ? ", " : "", ids.ids[i]);
    puts("]");
    tokens_free(&ids);
}

static bool read_ids(const struct tokenizer *t, struct str *json, struct tokens *ids,
                     struct err *e) {
    bool ok = true;
    size_t n = tokenizer_size(t);
    cJSON *list = cJSON_Parse(str_cstr(json)), *item;
    if (!cJSON_IsArray(list)) ok = err_set(e, "standard input is not a JSON array of token ids");
    for (item = ok ? list->child : NULL; ok && item; item = item->next) {
        double v = item->valuedouble;
        if (cJSON_IsNumber(item) && v >= 0 && v < (double)n && v == floor(v))
            tokens_add(ids, (int32_t)v);
        else
            ok = err_set(e, "item %zu of the input is not a token id below %zu", ids->n + 1, n);
    }
    cJSON_Delete(list);
    return ok;
}

static bool print_text(const struct tokenizer *t, struct str *json, bool special, struct err *e) {
    struct tokens ids = {0};
    struct str text = STR_INIT;
    bool ok = read_ids(t, json, &ids, e);
    if (ok) {
        tokenizer_decode(t, ids.ids, ids.n, special, &text);
        fwrite(str_cstr(&text), 1, text.len, stdout);
    }
    str_free(&text);
    tokens_free(&ids);
    return ok;
}

static bool tokenize(const char *model, bool special, bool decode, struct err *e) {
    struct gguf *file = NULL;
    struct tokenizer *t = NULL;
    struct str input = STR_INIT;
    char *path = models_resolve(model, e);
    bool ok = path && (file = hf_open(path, e)) && (t = tokenizer_new(file, e)) &&
              files_read_whole("-", INPUT_MAX, &input, e);
    if (ok && decode)
        ok = print_text(t, &input, special, e);
    else if (ok)
        print_ids(t, &input, special);
    if (ok && fflush(stdout) != 0) ok = err_set(e, "cannot write to standard output");
    str_free(&input);
    tokenizer_free(t);
    gguf_close(file);
    free(path);
    return ok;
}

int command_tokenize(int argc, char **argv) {
    struct args a = {.argc = argc, .next = 1, .argv = argv};
    const char *model = NULL;
    bool special = false, decode = false;
    while (a.next < argc) {
        if (args_take(&a, "-m|--model", true)) {
            if (a.failed) return command_misused("tokenize", "-m needs a model");
            model = a.value;
        } else if (args_take(&a, "--special", false)) {
            special = true;
        } else if (args_take(&a, "--decode", false)) {
            decode = true;
        } else if (args_take(&a, "-h|--help", false)) {
            return command_usage("tokenize");
        } else {
            return command_misused("tokenize", "what is \"%s\"?", argv[a.next]);
        }
    }
    struct err e = {0};
    return tokenize(model, special, decode, &e) ? EXIT_OK : command_failed(&e);
}
