/* hf_tokenizer: tokenizer.json as the GGUF keys of a vocabulary. Byte-level BPE goes over as it is;
 * its pre-tokenizer is known by its regexes. BPE with byte fallback (Llama 2 and its kin) becomes
 * the "llama" kind, where the merge that makes a token gives it its score. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/hf_private.h"

enum { TOKENS_MAX = 1 << 24, NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER = 4, UNUSED = 5, BYTE = 6 };

struct vocab {
    uint32_t n;
    const char **text; /* [n], borrowed from the JSON; NULL: no such token */
    int32_t *type;
    const cJSON *json, *model;
};

static const cJSON *item(const cJSON *j, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(j, key);
}

/* ---- pre-tokenizers ---- */

#define WORDS(numbers)                                                                             \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" numbers                          \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/* The regexes of the Split steps, each ended by a newline; a row fits when they start so. */
static const struct {
    const char *regexes, *pre;
    bool nfc; /* only with this normalizer */
} pres[] = {
    {WORDS("\\p{N}{1,3}") "\n", "llama-bpe", false},
    {WORDS("\\p{N}") "\n", "qwen2", true},
    {WORDS("\\p{N}") "\n", "deepseek-r1-qwen", false},
    {"\\p{N}{1,3}\n[一-龥぀-ゟ゠-ヿ]+\n", "deepseek-v3", false},
    {"[\r\n]\n\\s?\\p{L}+\n", "deepseek-coder", false},
    {"[\r\n]\n\\s?[A-Za-zµ", "deepseek-llm", false},
    {"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
     "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
     "gpt-4o", false},
    {"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|",
     "tekken", false},
};

/* Collects the regexes; says whether some step maps bytes. */
static void read_steps(const cJSON *step, struct str *regexes, bool *byte_level) {
    const cJSON *x, *pattern = item(step, "pattern");
    cJSON_ArrayForEach(x, item(step, "pretokenizers")) read_steps(x, regexes, byte_level);
    if (hf_text_is(step, "type", "ByteLevel")) *byte_level = true;
    if (!hf_text_is(step, "type", "Split") || !cJSON_IsString(item(pattern, "Regex"))) return;
    str_add(regexes, item(pattern, "Regex")->valuestring);
    str_addc(regexes, '\n');
}

static bool has_nfc(const cJSON *normalizer) {
    const cJSON *x;
    bool found = hf_text_is(normalizer, "type", "NFC");
    cJSON_ArrayForEach(x, item(normalizer, "normalizers")) found |= hf_text_is(x, "type", "NFC");
    return found;
}

static const char *pre_of(const struct vocab *v, bool *byte_level, struct err *e) {
    struct str regexes = STR_INIT;
    const bool nfc = has_nfc(item(v->json, "normalizer"));
    const char *pre = NULL;
    *byte_level = false;
    read_steps(item(v->json, "pre_tokenizer"), &regexes, byte_level);
    if (!regexes.len) pre = "gpt-2"; /* what ByteLevel does by itself */
    for (size_t i = 0; !pre && i < sizeof pres / sizeof *pres; i++)
        if (str_starts(regexes.s, pres[i].regexes) && (nfc || !pres[i].nfc)) pre = pres[i].pre;
    if (!pre) err_set(e, "tokenizer.json: pre-tokenizer not known: %.120s", regexes.s);
    str_free(&regexes);
    return pre;
}

/* ---- tokens ---- */

static bool add_token(struct vocab *v, const cJSON *id, const char *text, int32_t type) {
    if (!cJSON_IsNumber(id) || !text || id->valuedouble < 0 || id->valuedouble >= v->n)
        return false;
    uint32_t i = (uint32_t)id->valuedouble;
    v->text[i] = text;
    v->type[i] = type;
    return true;
}

static uint32_t highest(const cJSON *id, uint32_t n) {
    return cJSON_IsNumber(id) && id->valuedouble >= n && id->valuedouble < TOKENS_MAX
               ? (uint32_t)id->valuedouble + 1
               : n;
}

static bool read_tokens(struct vocab *v, uint32_t at_least, struct err *e) {
    const cJSON *x, *vocab = item(v->model, "vocab"), *added = item(v->json, "added_tokens");
    const cJSON *unknown = item(v->model, "unk_token");
    v->n = at_least;
    cJSON_ArrayForEach(x, vocab) v->n = highest(x, v->n);
    cJSON_ArrayForEach(x, added) v->n = highest(item(x, "id"), v->n);
    v->text = mem_calloc(v->n, sizeof *v->text);
    v->type = mem_calloc(v->n, sizeof *v->type);
    cJSON_ArrayForEach(x, vocab) {
        bool byte = strlen(x->string) == 6 && str_starts(x->string, "<0x");
        bool unk = cJSON_IsString(unknown) && strcmp(unknown->valuestring, x->string) == 0;
        if (!add_token(v, x, x->string, byte ? BYTE : unk ? UNKNOWN : NORMAL))
            return err_set(e, "tokenizer.json: token \"%.40s\" has no fit id", x->string);
    }
    cJSON_ArrayForEach(x, added) {
        const cJSON *content = item(x, "content"), *id = item(x, "id");
        bool special = cJSON_IsTrue(item(x, "special"));
        if (!add_token(v, id, cJSON_GetStringValue(content), special ? CONTROL : USER))
            return err_set(e, "tokenizer.json: an added token has no fit id or text");
    }
    return v->n > 0 || err_set(e, "tokenizer.json: no tokens");
}

static void put_tokens(const struct vocab *v, struct gguf_head *h) {
    char pad[32];
    gguf_head_array(h, "tokenizer.ggml.tokens", GGUF_STRING, v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        if (!v->text[i]) v->type[i] = UNUSED;
        snprintf(pad, sizeof pad, "[PAD%u]", i);
        const char *text = v->text[i] ? v->text[i] : pad;
        gguf_head_item(h, text, strlen(text));
    }
    gguf_head_array(h, "tokenizer.ggml.token_type", GGUF_I32, v->n);
    gguf_head_items(h, v->type, v->n * sizeof *v->type);
}

/* ---- merges ---- */

static bool merge_text(const cJSON *m, struct str *out) {
    str_clear(out);
    if (cJSON_IsString(m)) {
        str_add(out, m->valuestring);
        return true;
    }
    const char *a = cJSON_GetStringValue(cJSON_GetArrayItem(m, 0)),
               *b = cJSON_GetStringValue(cJSON_GetArrayItem(m, 1));
    if (!a || !b) return false;
    str_addf(out, "%s %s", a, b);
    return true;
}

static bool put_merges(const struct vocab *v, struct gguf_head *h, struct err *e) {
    const cJSON *x, *merges = item(v->model, "merges");
    struct str text = STR_INIT;
    bool ok = true;
    gguf_head_array(h, "tokenizer.ggml.merges", GGUF_STRING, (uint64_t)cJSON_GetArraySize(merges));
    cJSON_ArrayForEach(x, merges) {
        ok &= merge_text(x, &text);
        gguf_head_item(h, str_cstr(&text), text.len);
    }
    str_free(&text);
    return ok || err_set(e, "tokenizer.json: a merge is not two texts");
}

struct scored {
    const char *text;
    uint32_t id;
};

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct scored *)a)->text, ((const struct scored *)b)->text);
}

/* A token's score is minus the rank of the first merge that makes it. */
static void put_scores(const struct vocab *v, struct gguf_head *h) {
    struct scored *sorted = mem_array(v->n, sizeof *sorted);
    float *score = mem_calloc(v->n, sizeof *score), rank = 0;
    struct str text = STR_INIT;
    size_t n = 0;
    const cJSON *x;
    for (uint32_t i = 0; i < v->n; i++) {
        if (v->text[i]) sorted[n++] = (struct scored){v->text[i], i};
        score[i] = -1e9f;
    }
    qsort(sorted, n, sizeof *sorted, by_text);
    cJSON_ArrayForEach(x, item(v->model, "merges")) {
        char *space = merge_text(x, &text) ? strchr(str_cstr(&text) + (text.len > 0), ' ') : NULL;
        if (space) memmove(space, space + 1, strlen(space));
        struct scored want = {str_cstr(&text), 0},
                      *found = space ? bsearch(&want, sorted, n, sizeof *sorted, by_text) : NULL;
        if (found && score[found->id] < -1e8f) score[found->id] = -rank;
        rank++;
    }
    gguf_head_array(h, "tokenizer.ggml.scores", GGUF_F32, v->n);
    gguf_head_items(h, score, v->n * sizeof *score);
    str_free(&text);
    free(score);
    free(sorted);
}

/* ---- roles and template ---- */

static int64_t id_of(const struct vocab *v, const cJSON *token) {
    const char *text = cJSON_GetStringValue(cJSON_IsObject(token) ? item(token, "content") : token);
    for (uint32_t i = 0; text && i < v->n; i++)
        if (v->text[i] && strcmp(v->text[i], text) == 0) return i;
    return -1;
}

static void put_role(const struct vocab *v, struct gguf_head *h, const struct hf_config *c,
                     const cJSON *config, const char *role, const char *key) {
    char name[32];
    snprintf(name, sizeof name, "%s_token", role);
    int64_t id = id_of(v, item(config, name));
    snprintf(name, sizeof name, "%s_token_id", role);
    const cJSON *other = item(c->json, name);
    if (cJSON_IsArray(other)) other = cJSON_GetArrayItem(other, 0);
    if (id < 0 && cJSON_IsNumber(other) && other->valuedouble >= 0 && other->valuedouble < v->n)
        id = (int64_t)other->valuedouble;
    if (id >= 0) gguf_head_u32(h, key, (uint32_t)id);
}

/* Further tokens that end an answer, such as <|eom_id|>: the first that is not eos itself. */
static void put_other_end(const struct vocab *v, struct gguf_head *h, const struct hf_config *c,
                          const cJSON *config) {
    const cJSON *x, *ends = item(c->generation, "eos_token_id");
    int64_t eos = id_of(v, item(config, "eos_token"));
    cJSON_ArrayForEach(x, ends) {
        if (!cJSON_IsNumber(x) || x->valuedouble < 0 || x->valuedouble >= v->n) continue;
        if ((int64_t)x->valuedouble == eos) continue;
        gguf_head_u32(h, "tokenizer.ggml.eot_token_id", (uint32_t)x->valuedouble);
        return;
    }
}

/* Whether the template of the post-processor starts with a special token. */
static bool starts_with_special(const cJSON *p) {
    const cJSON *x;
    cJSON_ArrayForEach(x, item(p, "processors")) if (starts_with_special(x)) return true;
    return item(cJSON_GetArrayItem(item(p, "single"), 0), "SpecialToken") != NULL;
}

static void put_template(const char *folder, const cJSON *config, struct gguf_head *h) {
    struct str path = STR_INIT, text = STR_INIT;
    const cJSON *t = item(config, "chat_template"), *x, *chosen = t;
    str_addf(&path, "%s/chat_template.jinja", folder);
    FILE *f = fopen(path.s, "rb");
    if (f) {
        char buf[4096];
        for (size_t n; (n = fread(buf, 1, sizeof buf, f)) && text.len < 1 << 24;)
            str_addn(&text, buf, n);
        fclose(f);
    } else if (cJSON_IsArray(t)) {
        cJSON_ArrayForEach(x, t) if (hf_text_is(x, "name", "default")) chosen = item(x, "template");
    }
    if (!f && cJSON_IsString(chosen)) str_add(&text, chosen->valuestring);
    if (text.len) gguf_head_text(h, "tokenizer.chat_template", text.s, text.len);
    str_free(&text);
    str_free(&path);
}

static bool put_kind(const struct vocab *v, struct gguf_head *h, struct err *e) {
    bool byte_level;
    const char *pre = pre_of(v, &byte_level, e);
    if (!byte_level && cJSON_IsTrue(item(v->model, "byte_fallback"))) {
        gguf_head_text(h, "tokenizer.ggml.model", "llama", 5);
        put_scores(v, h);
        return true;
    }
    if (!pre) return false;
    gguf_head_text(h, "tokenizer.ggml.model", "gpt2", 4);
    gguf_head_text(h, "tokenizer.ggml.pre", pre, strlen(pre));
    return put_merges(v, h, e);
}

bool hf_tokenizer_read(const char *folder, const struct hf_config *c, struct gguf_head *h,
                       struct err *e) {
    struct vocab v = {0};
    cJSON *json = NULL, *config = NULL;
    bool ok = hf_json(folder, "tokenizer.json", true, &json, e) &&
              hf_json(folder, "tokenizer_config.json", false, &config, e);
    v.json = json;
    v.model = item(json, "model");
    if (ok && !cJSON_IsObject(item(v.model, "vocab")))
        ok = err_set(e, "tokenizer.json: only BPE vocabularies are read");
    double least = hf_number(c->json, "vocab_size", 0);
    ok = ok && read_tokens(&v, least > 0 && least < TOKENS_MAX ? (uint32_t)least : 0, e) &&
         put_kind(&v, h, e);
    if (ok) {
        put_tokens(&v, h);
        put_role(&v, h, c, config, "bos", "tokenizer.ggml.bos_token_id");
        put_role(&v, h, c, config, "eos", "tokenizer.ggml.eos_token_id");
        put_role(&v, h, c, config, "pad", "tokenizer.ggml.padding_token_id");
        put_other_end(&v, h, c, config);
        const cJSON *add = item(config, "add_bos_token");
        gguf_head_bool(h, "tokenizer.ggml.add_bos_token",
                       cJSON_IsBool(add) ? cJSON_IsTrue(add)
                                         : starts_with_special(item(json, "post_processor")));
        put_template(folder, config, h);
    }
    cJSON_Delete(json);
    cJSON_Delete(config);
    free(v.text);
    free(v.type);
    return ok;
}
