/* What a backend remembers of a conversation is all that it would know from scratch: another
 * answer, a fork, a second turn, and branches to and fro give token by token what a fresh one gives
 * that reads everything anew and drafts nothing. With the models that cannot simply cut their
 * memory, those with recurrent states and those that hold windows; random ones, lent a vocabulary.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/gguf.h"
#include "engine/gguf_head.h"

#define FAMILIES "../shared/goldens/families/"

/* Those whose logits are their embeddings' products repeat themselves unless they are heated. */
static const struct {
    const char *path;
    float temperature;
} files[] = {
    {FAMILIES "qwen35.gguf", 2},     {FAMILIES "qwen3next.gguf", 2}, {FAMILIES "lfm2.gguf", 8},
    {FAMILIES "mtp-qwen35.gguf", 2}, {FAMILIES "gpt-oss.gguf", 2},   {FAMILIES "gemma3.gguf", 30},
    {"tests/golden/olmo2.gguf", 2},
};
enum { FILES = sizeof files / sizeof *files, N_ANSWER = 150, QUESTION = 300, N_CTX = 1024 };

/* ---- a model that can chat ---- */

static const char chat_template[] =
    "{%- for m in messages %}{{- '<|' ~ m.role ~ '|>' ~ m.content ~ '<|end|>' }}{%- endfor %}"
    "{{- '<|assistant|>' }}";

/* Three names, every printable character, and words that no text is cut into. */
static void name_token(uint32_t id, char text[32]) {
    static const char *const named[] = {"<|user|>", "<|assistant|>", "<|end|>"};
    if (id < 3)
        strcpy(text, named[id]);
    else if (id < 3 + 94)
        snprintf(text, 32, "%c", (char)('!' + id - 3));
    else
        snprintf(text, 32, "w%u", id);
}

static void put_language(struct gguf_head *h, uint32_t n_vocab) {
    char text[32];
    gguf_head_text(h, "tokenizer.ggml.model", "gpt2", 4);
    gguf_head_text(h, "tokenizer.ggml.pre", "gpt-2", 5);
    gguf_head_array(h, "tokenizer.ggml.tokens", GGUF_STRING, n_vocab);
    for (uint32_t i = 0; i < n_vocab; i++) {
        name_token(i, text);
        gguf_head_item(h, text, strlen(text));
    }
    gguf_head_array(h, "tokenizer.ggml.token_type", GGUF_I32, n_vocab);
    for (uint32_t i = 0; i < n_vocab; i++) gguf_head_items(h, &(int32_t){i < 3 ? 3 : 1}, 4);
    gguf_head_array(h, "tokenizer.ggml.merges", GGUF_STRING, 0);
    gguf_head_u32(h, "tokenizer.ggml.eos_token_id", 2);
    gguf_head_text(h, "tokenizer.chat_template", chat_template, sizeof chat_template - 1);
}

static void write_file(const struct str *head, const struct gguf *g, const char *path) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(head->s, 1, head->len, f), head->len);
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        static const char zeros[GGUF_ALIGN];
        const struct gguf_tensor *t = &g->tensors[i];
        assert_int_equal(fwrite(t->data, 1, t->bytes, f), t->bytes);
        fwrite(zeros, 1, -t->bytes % GGUF_ALIGN, f);
    }
    assert_int_equal(fclose(f), 0);
}

/* The model's file with a vocabulary and a longer context. */
static void lend_language(const char *from, const char *to) {
    struct err e = {""};
    struct gguf *g = gguf_open(from, &e);
    if (!g) fail_msg("%s", e.msg);
    struct gguf_head h = {0};
    struct str head = STR_INIT;
    uint64_t offset = 0;
    uint32_t n_vocab = 0;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensors[i];
        if (gguf_string_is(t->name, "token_embd.weight")) n_vocab = (uint32_t)t->ne[1];
        gguf_head_tensor(&h, t->name, t->n_dims, t->ne, t->type, offset);
        offset += (t->bytes + GGUF_ALIGN - 1) / GGUF_ALIGN * GGUF_ALIGN;
    }
    for (uint64_t i = 0; i < g->n_entries; i++)
        if (!(g->entries[i].key.len > 10 && memcmp(g->entries[i].key.s, "tokenizer.", 10) == 0))
            gguf_head_copy(&h, &g->entries[i]);
    put_language(&h, n_vocab);
    gguf_head_finish(&h, &head);
    write_file(&head, g, to);
    str_free(&head);
    gguf_head_free(&h);
    gguf_close(g);
}

/* ---- what is asked, and what comes ---- */

struct answer {
    int32_t ids[N_ANSWER];
    size_t n, n_prompt, n_cached;
    char text[N_ANSWER * 5 + 1];
};

static struct backend *open_backend(struct model *m, enum speculation how) {
    struct session_params p = {.n_ctx = N_CTX, .n_threads = 1, .n_batch = 32, .speculation = how};
    struct err e = {""};
    struct backend *b = backend_local_open(m, &p, &e);
    if (!b) fail_msg("%s", e.msg);
    return b;
}

static void ask(struct backend *b, const struct chat_request *r, struct answer *a) {
    struct err e = {""};
    struct event ev;
    *a = (struct answer){0};
    if (!backend_start(b, r, &e)) fail_msg("%s", e.msg);
    do {
        assert_true(backend_wait(b, &ev));
        if (ev.type != EVENT_TOKEN || ev.token.sample.id < 0) continue;
        assert_true(a->n < N_ANSWER);
        a->ids[a->n++] = ev.token.sample.id;
        strcat(a->text, "a"); /* any text will do for the next turn */
    } while (ev.type != EVENT_DONE);
    if (ev.text) fail_msg("%s", ev.text);
    a->n_prompt = ev.done.n_prompt, a->n_cached = ev.done.n_cached;
}

static struct chat_request request(const struct chat_message *messages, size_t n, uint64_t seed,
                                   float temperature) {
    struct chat_request r = {.messages = messages, .n_messages = n};
    r.options.budget = -1;
    r.options.n_predict = N_ANSWER;
    r.options.ignore_eog = true;
    r.options.sampling = (struct sampling){
        .temperature = temperature, .top_p = 1, .repeat_penalty = 1, .seed = seed};
    return r;
}

/* Asks the backend that remembers and a fresh one. */
static void ask_both(struct backend *b, struct model *m, const struct chat_request *r,
                     const char *what, struct answer *a) {
    struct answer scratch;
    struct backend *fresh = open_backend(m, SPECULATION_OFF);
    ask(fresh, r, &scratch);
    ask(b, r, a);
    assert_int_equal(scratch.n_cached, 0);
    assert_int_equal(scratch.n_prompt, a->n_prompt);
    for (size_t i = 0; i < scratch.n; i++)
        if (i >= a->n || a->ids[i] != scratch.ids[i])
            fail_msg("%s, %s: token %zu of %zu is another one", model_info(m)->name, what, i,
                     scratch.n);
    assert_int_equal(a->n, scratch.n);
    backend_close(fresh);
}

static void converse(struct model *m, float temperature, enum speculation how) {
    static struct answer first, other, fork, turn, again;
    char question[QUESTION + 1] = "", second[] = "And_then?_Tell_me_more_of_the_same.";
    struct rng r = {.seed = 4};
    for (int i = 0; i < QUESTION; i++) question[i] = (char)('!' + rng_below(&r, 94));
    for (int i = 0; i < QUESTION; i++)
        if (strchr("<|>", question[i])) question[i] = '_';
    struct chat_message on[] = {
        {CHAT_USER, question, NULL}, {CHAT_ASSISTANT, "", NULL}, {CHAT_USER, second, NULL}};
    struct backend *b = open_backend(m, how);

    struct chat_request q = request(on, 1, 1, temperature);
    ask_both(b, m, &q, "the first answer", &first);
    q = request(on, 1, 2, temperature);
    ask_both(b, m, &q, "another answer", &other);
    assert_true(other.n_cached + 17 >= other.n_prompt); /* the question is not read again */
    assert_memory_not_equal(first.ids, other.ids, sizeof first.ids);

    int32_t put_in = 40;
    on[1].content = "";
    q = request(on, 2, 1, temperature);
    q.resume_ids = first.ids, q.n_resume_ids = 60;
    q.forced_ids = &put_in, q.n_forced_ids = 1;
    q.options.n_predict = N_ANSWER - 60;
    ask_both(b, m, &q, "a fork", &fork);

    const struct answer *of[] = {&first, &other, &first};
    for (size_t i = 0; i < 3; i++) {
        on[1].content = of[i] == &first ? first.text : "Something_else_was_said.";
        q = request(on, 3, 3 + i, temperature);
        ask_both(b, m, &q, "a second turn", &turn);
        assert_true(turn.n_cached >= first.n_prompt - 17);
    }
    q = request(on, 1, 1, temperature);
    ask_both(b, m, &q, "the first answer again", &again);
    assert_memory_equal(again.ids, first.ids, sizeof first.ids);
    backend_close(b);
}

static void what_is_remembered_is_as_from_scratch(void **state) {
    (void)state;
    static const enum speculation hows[] = {SPECULATION_OFF, SPECULATION_AUTO};
    char path[] = "/tmp/aside-test-memory-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    for (size_t f = 0; f < FILES; f++) {
        struct err e = {""};
        if (access(files[f].path, R_OK) != 0) {
            print_message("skipped %s: absent\n", files[f].path);
            continue;
        }
        lend_language(files[f].path, path);
        struct model *m = model_open(path, &e);
        if (!m) fail_msg("%s", e.msg);
        for (size_t i = 0; i < sizeof hows / sizeof *hows; i++)
            converse(m, files[f].temperature, hows[i]);
        model_close(m);
    }
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_remembered_is_as_from_scratch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
