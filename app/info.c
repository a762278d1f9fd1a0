/* info: what a model file is, what it needs, and, where it cannot run, why not. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/models.h"
#include "engine/engine.h"
#include "engine/hf_folder.h"

static const uint32_t contexts[] = {2048, 8192, 32768, 131072};

#define MIB (1024.0 * 1024.0)

static void print_model(const struct model *m, const struct model_info *i) {
    printf("file            %s\n", i->path);
    printf("name            %s\n", i->name);
    printf("architecture    %s, %s, %.1f MiB\n", i->arch, i->type_label,
           (double)i->file_bytes / MIB);
    printf("parameters      %.2f M, %.2f M of them active for a token\n", (double)i->n_params / 1e6,
           (double)i->n_params_active / 1e6);
    printf("layers          %u of width %u, %u heads, %u for keys\n", i->n_layers, i->n_embd,
           i->n_head, i->n_head_kv);
    if (i->n_experts)
        printf("experts         %u, %u used for a token\n", i->n_experts, i->n_experts_used);
    if (i->n_mtp) printf("prediction      %u block for further tokens\n", i->n_mtp);
    printf("vocabulary      %u tokens%s%s\n", i->n_vocab,
           i->has_tokenizer ? ", " : ", no tokenizer in the file",
           i->has_tokenizer ? tokenizer_pre(model_tokenizer(m)) : "");
    printf("chat template   %s\n", i->has_template ? "yes" : "none: it cannot chat");
    printf("thoughts        %s\n", model_reasoning(m)->name);
    printf("sampling        temperature %g, top-k %d, top-p %g, min-p %g\n",
           i->sampling.temperature, i->sampling.top_k, i->sampling.top_p, i->sampling.min_p);
    printf("trained context %u tokens\n", i->context_length);
    printf("read per token  %.1f MiB of weights\n", (double)i->bytes_per_token / MIB);
    printf("cache per token %llu bytes", (unsigned long long)i->kv_bytes_per_token);
    if (i->kv_bytes_full_heads > i->kv_bytes_per_token)
        printf(" (full heads would take %llu)", (unsigned long long)i->kv_bytes_full_heads);
    if (i->kv_bytes_windowed)
        printf(", %llu of them in layers that hold a window of %u tokens",
               (unsigned long long)i->kv_bytes_windowed, i->window);
    puts("\n\n     context        cache    with weights");
    for (size_t k = 0; k < sizeof contexts / sizeof *contexts; k++) {
        uint32_t n = contexts[k] < i->context_length ? contexts[k] : i->context_length;
        double cache = (double)session_cache_needs(m, &(struct session_params){.n_ctx = n}) / MIB;
        printf("%12u %8.1f MiB %11.1f MiB\n", n, cache, cache + (double)i->weight_bytes / MIB);
        if (n == i->context_length) break;
    }
}

static void print_json(const struct model *m, const struct model_info *i) {
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"file_bytes", (double)i->file_bytes},
                   {"weight_bytes", (double)i->weight_bytes},
                   {"n_params", (double)i->n_params},
                   {"n_params_active", (double)i->n_params_active},
                   {"bytes_per_token", (double)i->bytes_per_token},
                   {"kv_bytes_per_token", (double)i->kv_bytes_per_token},
                   {"kv_bytes_windowed", (double)i->kv_bytes_windowed},
                   {"kv_bytes_full_heads", (double)i->kv_bytes_full_heads},
                   {"n_layers", i->n_layers},
                   {"n_embd", i->n_embd},
                   {"n_head", i->n_head},
                   {"n_head_kv", i->n_head_kv},
                   {"n_vocab", i->n_vocab},
                   {"context_length", i->context_length},
                   {"n_experts", i->n_experts},
                   {"n_experts_used", i->n_experts_used},
                   {"n_mtp", i->n_mtp},
                   {"window", i->window}};
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "path", i->path);
    cJSON_AddStringToObject(j, "name", i->name);
    cJSON_AddStringToObject(j, "arch", i->arch);
    cJSON_AddStringToObject(j, "type", i->type_label);
    cJSON_AddBoolToObject(j, "has_tokenizer", i->has_tokenizer);
    cJSON_AddBoolToObject(j, "has_template", i->has_template);
    cJSON_AddStringToObject(j, "reasoning", model_reasoning(m)->name);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        cJSON_AddNumberToObject(j, numbers[k].name, numbers[k].value);
    char *text = cJSON_PrintUnformatted(j);
    puts(text);
    free(text);
    cJSON_Delete(j);
}

/* What can be said of a file that the engine does not run: it is GGUF, but … */
static int explain(const char *path, const struct err *why) {
    struct gguf *g = hf_open(path, NULL);
    if (g) {
        struct gguf_string arch = {"unknown", 7}, name = {"", 0};
        gguf_str(g, "general.architecture", &arch);
        gguf_str(g, "general.name", &name);
        printf("file            %s\narchitecture    %.*s%s%.*s\ntensors         %llu, %.1f "
               "MiB\ncannot run      %s\n",
               path, (int)arch.len, arch.s, name.len ? ", " : "", (int)name.len, name.s,
               (unsigned long long)g->n_tensors, (double)g->file_bytes / MIB, why->msg);
        gguf_close(g);
    }
    return command_failed(why);
}

int command_info(int argc, char **argv) {
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    const char *name = NULL;
    bool json = false;
    while (a.next < argc) {
        if (args_take(&a, "--json", false))
            json = true;
        else if (args_take(&a, "-m|--model", true) && !a.failed)
            name = a.value;
        else if (argv[a.next - a.failed][0] != '-' && !name)
            name = argv[a.next++];
        else
            return command_misused("info", "%s", a.failed ? "-m needs a file" : argv[a.next]);
    }
    char *path = models_resolve(name, &e);
    if (!path) return command_failed(&e);
    struct model *m = model_open(path, &e);
    int status = EXIT_OK;
    if (!m)
        status = explain(path, &e);
    else if (json)
        print_json(m, model_info(m));
    else
        print_model(m, model_info(m));
    model_close(m);
    free(path);
    return status;
}
