/* Files that cannot run: the loader says which key, tensor or type it is, `aside info` still says
 * what the file is, and `aside models` lists it with the reason. They are a sound model's file with
 * one thing changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "engine/gguf.h"
#include "engine/gguf_head.h"
#include "engine/model.h"

#define SOUND "tests/golden/olmo2.gguf"

static const struct refusal {
    const char *file;
    const char *arch;          /* in place of the sound one's */
    const char *key;           /* is left out */
    const char *tensor, *gone; /* has another type; is left out */
    uint32_t type;
    const char *named, *reason; /* the family that info names, why the file cannot run */
} refusals[] = {
    {"arch", .arch = "gemma4", .named = "gemma4",
     .reason = "architecture \"gemma4\" is not supported: it has blocks that read the keys of "
               "earlier ones, and embeddings for every block"},
    {"alien", .arch = "alien", .named = "alien",
     .reason = "architecture \"alien\" is not supported"},
    {"key", .key = "olmo2.attention.head_count", .named = "olmo2",
     .reason = "key olmo2.attention.head_count: missing"},
    {"gone", .gone = "blk.1.attn_k.weight", .named = "olmo2",
     .reason = "tensor blk.1.attn_k.weight is missing"},
    {"type", .tensor = "blk.2.ffn_up.weight", .type = 57, .named = "olmo2",
     .reason = "tensor blk.2.ffn_up.weight: 57 is not a tensor type of llama.cpp"},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

static char home[] = "/tmp/aside-refused-XXXXXX";

static void path_of(const struct refusal *r, char path[128]) {
    snprintf(path, 128, "%s/models/%s.gguf", home, r->file);
}

static bool is(struct gguf_string s, const char *text) { return text && gguf_string_is(s, text); }

static void write_changed(const struct refusal *r) {
    struct err e = {""};
    struct gguf *g = gguf_open(SOUND, &e);
    if (!g) fail_msg("%s", e.msg);
    struct gguf_head h = {0};
    struct str out = STR_INIT;
    for (uint64_t i = 0; i < g->n_entries; i++) {
        const struct gguf_entry *x = &g->entries[i];
        if (r->arch && is(x->key, "general.architecture"))
            gguf_head_text(&h, "general.architecture", r->arch, strlen(r->arch));
        else if (!is(x->key, r->key))
            gguf_head_copy(&h, x);
    }
    uint64_t data = UINT64_MAX;
    for (uint64_t i = 0; i < g->n_tensors; i++)
        if (g->tensors[i].offset < data) data = g->tensors[i].offset;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        if (!is(t->name, r->gone))
            gguf_head_tensor(&h, t->name, t->n_dims, t->ne,
                             is(t->name, r->tensor) ? r->type : t->type, t->offset - data);
    }
    gguf_head_finish(&h, &out);
    for (uint64_t at = data, i = 0; i < g->n_tensors; i++) { /* to the end of the last */
        uint64_t end = g->tensors[i].offset + g->tensors[i].bytes;
        if (end <= at) continue;
        str_addn(&out, (const char *)g->tensors[0].data - g->tensors[0].offset + at, end - at);
        at = end;
    }
    char path[128];
    path_of(r, path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(out.s, 1, out.len, f), out.len);
    assert_int_equal(fclose(f), 0);
    str_free(&out);
    gguf_head_free(&h);
    gguf_close(g);
}

static int make_files(void **state) {
    (void)state;
    char folder[64];
    if (!mkdtemp(home)) return -1;
    snprintf(folder, sizeof folder, "mkdir %s/models", home);
    if (system(folder) != 0) return -1;
    for (int i = 0; i < REFUSALS; i++) write_changed(&refusals[i]);
    write_changed(&(struct refusal){.file = "sound"});
    setenv("ASIDE_DATA_DIR", home, 1);
    setenv("HOME", home, 1);
    unsetenv("ASIDE_MODELS");
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", home);
    return system(command);
}

static char aside[1100];

/* What the program prints, both ways; its exit status. */
static int run(const char *arguments, struct str *out) {
    char command[1400], text[4096];
    size_t n;
    snprintf(command, sizeof command, "%s %s 2>&1", aside, arguments);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    while ((n = fread(text, 1, sizeof text, p)) > 0) str_addn(out, text, n);
    int status = pclose(p);
    assert_true(WIFEXITED(status));
    str_cstr(out);
    return WEXITSTATUS(status);
}

static void contains(const char *text, const char *want) {
    if (!strstr(text, want)) fail_msg("no \"%s\" in:\n%s", want, text);
}

static void the_loader_says_which_key_tensor_or_type(void **state) {
    (void)state;
    for (int i = 0; i < REFUSALS; i++) {
        struct err e = {""};
        char path[128];
        path_of(&refusals[i], path);
        assert_null(model_open(path, &e));
        assert_memory_equal(e.msg, path, strlen(path));
        contains(e.msg, refusals[i].reason);
        assert_null(strchr(e.msg, '\n'));
    }
}

static void info_says_what_the_file_is_all_the_same(void **state) {
    (void)state;
    for (int i = 0; i < REFUSALS; i++) {
        struct str out = STR_INIT;
        char arguments[160] = "info ", line[64];
        path_of(&refusals[i], arguments + 5);
        assert_int_equal(run(arguments, &out), 1);
        snprintf(line, sizeof line, "\narchitecture    %s, olmo2 with windows", refusals[i].named);
        contains(out.s, line);
        contains(out.s, "\ntensors         ");
        contains(out.s, "\ncannot run      ");
        contains(strstr(out.s, "\ncannot run"), refusals[i].reason);
        str_free(&out);
    }
}

static void models_marks_them(void **state) {
    (void)state;
    struct str out = STR_INIT;
    assert_int_equal(run("models", &out), 0);
    for (int i = 0; i < REFUSALS; i++) {
        char name[64];
        snprintf(name, sizeof name, "\n%s.gguf ", refusals[i].file);
        contains(out.s, name);
        const char *line = strstr(out.s, name) + 1, *mark = strstr(line, "cannot run: ");
        assert_true(mark && mark < strchr(line, '\n'));
        assert_memory_equal(mark + strlen("cannot run: "), refusals[i].reason,
                            strlen(refusals[i].reason));
    }
    const char *sound = strstr(out.s, "\nsound.gguf ");
    assert_non_null(sound); /* it has no vocabulary: it runs, but does not chat */
    contains(sound, "olmo2 F32, cannot chat: no vocabulary\n");
    out.len = 0;
    assert_int_equal(run("models --json", &out), 0);
    contains(out.s,
             "\"what\":\"cannot run: tensor blk.1.attn_k.weight is missing\",\"runs\":false");
    str_free(&out);
}

int main(int argc, char **argv) {
    (void)argc;
    const char *slash = strrchr(argv[0], '/');
    snprintf(aside, sizeof aside, "%.*s/../aside", (int)(slash - argv[0]), argv[0]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loader_says_which_key_tensor_or_type),
        cmocka_unit_test(info_says_what_the_file_is_all_the_same),
        cmocka_unit_test(models_marks_them),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
