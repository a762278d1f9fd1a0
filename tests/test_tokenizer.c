#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/tokenizer.h"

/* A vocabulary file, made field by field. */
struct file {
    struct str body;
    uint64_t entries;
};

static void put_n(struct str *b, uint64_t v, size_t bytes) { str_addn(b, &v, bytes); }
static void put_text(struct str *b, const char *s) {
    put_n(b, strlen(s), 8);
    str_add(b, s);
}
static void put_key(struct file *f, const char *key, int type) {
    f->entries++;
    put_text(&f->body, key);
    put_n(&f->body, (uint64_t)type, 4);
}
static void put_string(struct file *f, const char *key, const char *value) {
    put_key(f, key, GGUF_STRING);
    put_text(&f->body, value);
}
static void put_list(struct file *f, const char *key, const char *const *v, size_t n) {
    put_key(f, key, GGUF_ARRAY);
    put_n(&f->body, GGUF_STRING, 4);
    put_n(&f->body, n, 8);
    for (size_t i = 0; i < n; i++) put_text(&f->body, v[i]);
}
static void put_numbers(struct file *f, const char *key, int type, const void *v, size_t n) {
    put_key(f, key, GGUF_ARRAY);
    put_n(&f->body, (uint64_t)type, 4);
    put_n(&f->body, n, 8);
    str_addn(&f->body, v, n * 4);
}

struct loaded {
    struct gguf *file;
    struct tokenizer *t;
    struct err e;
};

static struct loaded load_path(const char *path) {
    struct loaded l = {0};
    l.file = gguf_open(path, &l.e);
    if (l.file) l.t = tokenizer_new(l.file, &l.e);
    return l;
}

static void unload(struct loaded *l) {
    tokenizer_free(l->t);
    gguf_close(l->file);
}

/* Opens what was put into f, and empties it. */
static struct loaded load(struct file *f) {
    char path[] = "/tmp/aside-vocab-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct str all = STR_INIT;
    str_add(&all, "GGUF");
    put_n(&all, 3, 4);
    put_n(&all, 0, 8);
    put_n(&all, f->entries, 8);
    str_addn(&all, f->body.s, f->body.len);
    while (all.len % 32) str_addc(&all, 0);
    assert_int_equal(write(fd, all.s, all.len), (ssize_t)all.len);
    close(fd);
    struct loaded l = load_path(path);
    unlink(path);
    str_free(&all);
    str_free(&f->body);
    *f = (struct file){0};
    return l;
}

/* All 256 bytes in the byte-level alphabet, then `more`. */
static size_t alphabet(const char *out[], char room[256][4], const char *const *more) {
    size_t n = 0;
    unsigned next = 256;
    for (unsigned c = 0; c < 256; c++) {
        bool same = (c > 32 && c < 127) || (c > 160 && c < 173) || c > 173;
        struct str s = STR_INIT;
        str_add_cp(&s, same ? c : next++);
        strcpy(room[c], s.s);
        str_free(&s);
        out[n++] = room[c];
    }
    while (*more) out[n++] = *more++;
    return n;
}

static const char *const MORE[] = {"lo",         "low",        "er",     "\xC4\xA0low",
                                   "<|im_end|>", "<x>",        "<x><x>", "</s>",
                                   "\xC4\xA0l",  "\xC4\xA0lo", NULL};
static const char *const MERGES[] = {"l o",     "lo w", "e r", "\xC4\xA0 low",
                                     "nospace", "",     "o w", "l o"};

static void put_bytes_vocabulary(struct file *f, const char *pre) {
    static char room[256][4];
    const char *texts[300];
    size_t n = alphabet(texts, room, MORE);
    int32_t types[300];
    for (size_t i = 0; i < n; i++) types[i] = 1;
    types[260] = 3, types[261] = types[262] = 4;
    put_string(f, "tokenizer.ggml.model", "gpt2");
    if (pre) put_string(f, "tokenizer.ggml.pre", pre);
    put_list(f, "tokenizer.ggml.tokens", texts, n);
    put_list(f, "tokenizer.ggml.merges", MERGES, sizeof MERGES / sizeof *MERGES);
    put_numbers(f, "tokenizer.ggml.token_type", GGUF_I32, types, n);
}

static struct loaded load_bytes(const char *pre) {
    struct file f = {0};
    put_bytes_vocabulary(&f, pre);
    struct loaded l = load(&f);
    if (!l.t) print_error("%s\n", l.e.msg);
    return l;
}

static struct str round_trip(const struct tokenizer *t, const char *s, size_t len) {
    struct tokens ids = {0};
    struct str back = STR_INIT;
    tokenizer_encode(t, s, len, 0, &ids);
    tokenizer_decode(t, ids.ids, ids.n, true, &back);
    tokens_free(&ids);
    return back;
}

static void expect_ids(const struct tokenizer *t, const char *text, int flags, const int32_t *ids,
                       size_t n) {
    struct tokens got = {0};
    tokenizer_encode(t, text, strlen(text), flags, &got);
    bool same = got.n == n && (!n || !memcmp(got.ids, ids, n * sizeof *ids));
    if (!same) {
        print_error("\"%s\" gave", text);
        for (size_t i = 0; i < got.n; i++) print_error(" %d", got.ids[i]);
        print_error("\n");
    }
    tokens_free(&got);
    assert_true(same);
}
#define IDS(...) (const int32_t[]){__VA_ARGS__}, sizeof((int32_t[]){__VA_ARGS__}) / 4

static char *read_all(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    struct str s = STR_INIT;
    char buf[4096];
    for (size_t n; (n = fread(buf, 1, sizeof buf, f));) str_addn(&s, buf, n);
    fclose(f);
    return str_take(&s);
}

static void real_vocabularies_match_to_the_id(void **state) {
    (void)state;
    static const char *const names[] = {"deepseek-coder", "deepseek-llm", "deepseek-v3", "gpt-2",
                                        "llama-bpe",      "llama-spm",    "phi-3",       "qwen2"};
    size_t seen = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "../shared/vocab/vocab-%s.json", names[i]);
        char *json = read_all(path);
        if (!json) continue;
        seen++;
        snprintf(path, sizeof path, "../shared/vocab/vocab-%s.gguf", names[i]);
        struct loaded l = load_path(path);
        if (!l.t) fail_msg("%s", l.e.msg);
        cJSON *cases = cJSON_Parse(json), *c;
        cJSON_ArrayForEach(c, cases) {
            const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(c, "text"));
            const cJSON *want = cJSON_GetObjectItem(c, "ids"), *id;
            struct tokens expect = {0};
            cJSON_ArrayForEach(id, want) tokens_add(&expect, (int32_t)id->valuedouble);
            expect_ids(l.t, text, TOKENIZE_SPECIAL, expect.ids, expect.n);
            tokens_free(&expect);
            if (strcmp(names[i], "qwen2") != 0) { /* that one composes */
                struct str back = round_trip(l.t, text, strlen(text));
                assert_string_equal(str_cstr(&back), text);
                str_free(&back);
            }
        }
        cJSON_Delete(cases);
        free(json);
        unload(&l);
    }
    if (!seen) {
        print_message("skipped real_vocabularies: ../shared/vocab is absent\n");
        skip();
    }
}

static void merges_apply_in_the_order_of_their_rank(void **state) {
    (void)state;
    struct loaded l = load_bytes("gpt-2");
    assert_non_null(l.t);
    expect_ids(l.t, "low", 0, IDS(257));
    expect_ids(l.t, " lower", 0, IDS(259, 258));
    expect_ids(l.t, "lol", 0, IDS(256, 'l'));
    expect_ids(l.t, "", TOKENIZE_SPECIAL, NULL, 0);
    unload(&l);
}

static void special_tokens_are_found_longest_first_and_only_where_asked(void **state) {
    (void)state;
    struct loaded l = load_bytes("gpt-2");
    expect_ids(l.t, "low<|im_end|>low", TOKENIZE_SPECIAL, IDS(257, 260, 257));
    expect_ids(l.t, "<x><x><x>", TOKENIZE_SPECIAL, IDS(262, 261));
    expect_ids(l.t, "<x>", 0, IDS(261)); /* user-defined ones are always found */
    struct tokens ids = {0};
    tokenizer_encode(l.t, "<|im_end|>", 10, 0, &ids);
    for (size_t i = 0; i < ids.n; i++) assert_int_not_equal(ids.ids[i], 260);
    assert_true(tokenizer_is_eog(l.t, 260));
    assert_true(tokenizer_is_eog(l.t, tokenizer_find(l.t, "</s>")));
    assert_false(tokenizer_is_eog(l.t, 257));
    assert_false(tokenizer_is_eog(l.t, -1));
    assert_false(tokenizer_is_eog(l.t, 1 << 30));
    struct str s = STR_INIT;
    tokenizer_piece(l.t, 260, false, &s);
    tokenizer_piece(l.t, 1 << 30, true, &s);
    assert_int_equal(s.len, 0);
    tokenizer_piece(l.t, 260, true, &s);
    assert_string_equal(s.s, "<|im_end|>");
    str_free(&s);
    tokens_free(&ids);
    unload(&l);
}

static const char *const PRES[] = {
    "llama-bpe",  "dbrx",         "glm4",        "jais-2",        "qwen2",    "deepseek-r1-qwen",
    "qwen35",     "laguna",       "minicpm5",    "afmoe",         "viking",   "seed-coder",
    "bailingmoe", "exaone-moe",   "youtu",       "falcon",        "default",  "smollm",
    "gpt-2",      "bloom",        "tekken",      "gpt-4o",        "tiny_aya", "kimi-k2",
    "superbpe",   "deepseek-llm", "deepseek-v3", "deepseek-coder"};
enum { N_PRES = sizeof PRES / sizeof *PRES };

static void every_pretokenizer_gives_back_what_it_was_given(void **state) {
    (void)state;
    static const char text[] =
        "Hello, World's  12345 \xD0\x9F\xD1\x80\xD0\xB8 \xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82 "
        "\t\r\n\n  x=1; don't I'LL caf\xC3\xA9 \xF0\x9F\xA6\x99 \xE0\xB8\xAA\xE0\xB8\xA7 \xC2\xBD "
        " ";
    for (size_t i = 0; i < N_PRES; i++) {
        struct loaded l = load_bytes(PRES[i]);
        assert_non_null(l.t);
        assert_string_equal(tokenizer_pre(l.t), PRES[i]);
        struct str back = round_trip(l.t, text, sizeof text - 1);
        assert_string_equal(back.s, text);
        str_free(&back);
        unload(&l);
    }
}

static void very_long_runs_end(void **state) {
    (void)state;
    enum { N = 1 << 20 };
    char *s = mem_alloc(N);
    static const char *const runs[] = {"a", " ",        "A",  "1",           "\n",
                                       "'", "\xCC\x81", " a", "\xE4\xBD\xA0"};
    for (size_t i = 0; i < N_PRES; i++) {
        struct loaded l = load_bytes(PRES[i]);
        for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
            size_t unit = strlen(runs[r]), n = i % 4 ? 1 << 16 : N / unit * unit - unit;
            n = n / unit * unit;
            for (size_t k = 0; k < n; k++) s[k] = runs[r][k % unit];
            s[n] = 'x';
            struct str back = round_trip(l.t, s, n + 1);
            if (back.len != n + 1 || memcmp(back.s, s, n) != 0)
                fail_msg("%s: a run of \"%s\" came back changed", PRES[i], runs[r]);
            str_free(&back);
        }
        unload(&l);
    }
    free(s);
}

static void broken_text_has_defined_tokens(void **state) {
    (void)state;
    struct loaded l = load_bytes("qwen2");
    struct str back = round_trip(l.t, "a\xFF\0b\xE2\x96", 6);
    assert_int_equal(back.len, 12);
    assert_memory_equal(back.s, "a\xEF\xBF\xBD\0b\xEF\xBF\xBD\xEF\xBF\xBD", 12);
    str_free(&back);
    struct rng r = {7, 0, 0};
    for (int i = 0; i < 300; i++) {
        char noise[64];
        size_t n = rng_below(&r, sizeof noise);
        for (size_t k = 0; k < n; k++) noise[k] = (char)rng_next(&r);
        back = round_trip(l.t, noise, n);
        str_free(&back);
    }
    unload(&l);
}

static void qwen_composes_and_others_do_not(void **state) {
    (void)state;
    struct loaded l = load_bytes("qwen2");
    struct str s = round_trip(l.t, "e\xCC\x81", 3);
    assert_string_equal(s.s, "\xC3\xA9");
    str_free(&s);
    unload(&l);
    l = load_bytes("qwen35");
    s = round_trip(l.t, "e\xCC\x81", 3);
    assert_string_equal(s.s, "e\xCC\x81");
    str_free(&s);
    unload(&l);
}

static const char *const SPM[] = {"<unk>",
                                  "<s>",
                                  "</s>",
                                  "<0x41>",
                                  "\xE2\x96\x81",
                                  "a",
                                  "b",
                                  "ab",
                                  "\xE2\x96\x81"
                                  "ab",
                                  "<0x0A>"};
static void put_spm(struct file *f, size_t n_scores) {
    static const float scores[] = {0, 0, 0, 0, -5, -6, -7, -1, -2, 0};
    static const int32_t types[] = {2, 3, 3, 6, 1, 1, 1, 1, 1, 6};
    put_string(f, "tokenizer.ggml.model", "llama");
    put_list(f, "tokenizer.ggml.tokens", SPM, 10);
    put_numbers(f, "tokenizer.ggml.scores", GGUF_F32, scores, n_scores);
    put_numbers(f, "tokenizer.ggml.token_type", GGUF_I32, types, 10);
}

static void sentencepiece_joins_by_score_and_falls_back_to_bytes(void **state) {
    (void)state;
    struct file f = {0};
    put_spm(&f, 10);
    struct loaded l = load(&f);
    assert_non_null(l.t);
    expect_ids(l.t, "ab", TOKENIZE_ADD, IDS(1, 8));
    expect_ids(l.t, "A\n", 0, IDS(4, 3, 9));
    expect_ids(l.t, "C", 0, IDS(4, 0));
    expect_ids(l.t, "ab</s>ab", TOKENIZE_SPECIAL, IDS(8, 2, 8));
    struct str s = STR_INIT;
    tokenizer_decode(l.t, IDS(1, 8, 3, 9), false, &s);
    assert_string_equal(s.s, "abA\n");
    str_free(&s);
    unload(&l);
}

static void expect_error(struct file *f, const char *what) {
    struct loaded l = load(f);
    assert_null(l.t);
    if (!strstr(l.e.msg, what)) fail_msg("\"%s\" does not say \"%s\"", l.e.msg, what);
    unload(&l);
}

static void hostile_vocabularies_are_refused_in_one_line(void **state) {
    (void)state;
    struct file f = {0};
    put_bytes_vocabulary(&f, "no-such-thing");
    expect_error(&f, "\"no-such-thing\"");
    put_string(&f, "tokenizer.ggml.model", "rwkv");
    expect_error(&f, "\"rwkv\"");
    put_string(&f, "general.architecture", "llama");
    expect_error(&f, "no tokenizer");
    put_spm(&f, 9);
    expect_error(&f, "9 entries for 10 tokens");
    put_string(&f, "tokenizer.ggml.model", "llama");
    expect_error(&f, "tokenizer.ggml.tokens");
}

static void odd_vocabularies_still_work(void **state) {
    (void)state;
    static const char *const texts[] = {"a", "a", "", "b", ""};
    struct file f = {0};
    put_string(&f, "tokenizer.ggml.model", "gpt2");
    put_string(&f, "tokenizer.ggml.pre", "gpt-2");
    put_list(&f, "tokenizer.ggml.tokens", texts, 5);
    put_key(&f, "tokenizer.ggml.bos_token_id", GGUF_U32);
    put_n(&f.body, 4000000000u, 4);
    struct loaded l = load(&f);
    assert_non_null(l.t);
    expect_ids(l.t, "abc", TOKENIZE_ADD, IDS(0, 3)); /* no token covers "c" */
    assert_int_equal(tokenizer_find(l.t, "[EMPTY_4]"), 4);
    assert_int_equal(tokenizer_bos(l.t), -1);
    assert_int_equal(tokenizer_eos(l.t), -1);
    unload(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_vocabularies_match_to_the_id),
        cmocka_unit_test(merges_apply_in_the_order_of_their_rank),
        cmocka_unit_test(special_tokens_are_found_longest_first_and_only_where_asked),
        cmocka_unit_test(every_pretokenizer_gives_back_what_it_was_given),
        cmocka_unit_test(very_long_runs_end),
        cmocka_unit_test(broken_text_has_defined_tokens),
        cmocka_unit_test(qwen_composes_and_others_do_not),
        cmocka_unit_test(sentencepiece_joins_by_score_and_falls_back_to_bytes),
        cmocka_unit_test(hostile_vocabularies_are_refused_in_one_line),
        cmocka_unit_test(odd_vocabularies_still_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
