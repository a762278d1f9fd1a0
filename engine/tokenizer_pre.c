/* tokenizer_pre: pre-tokenizers. The file's `tokenizer.ggml.pre` names a list of regexes; each
 * cuts every piece that the one before it left, and what stands between two matches is a piece
 * too. PCRE2 compiles them just in time.
 *
 * The regexes are those of the original tokenizers. Where one of them could take more than linear
 * time it is written in another way that matches the same: a possessive repeat, a look behind.
 * Text that still exceeds PCRE2's limits is cut at its spaces instead. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <assert.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/tokenizer_private.h"

enum { STEPS_MAX = 6 };

#define CONTRACTION "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define SPACES      "\\s+(?!\\S)|\\s+"
#define NEWLINES    "\\s*[\\r\\n]+"
#define UPPER       "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER       "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"

/* Words of llama-3 and its many descendants, which differ in how numbers are cut. */
#define WORDS(numbers)                                                                             \
    CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" numbers                                          \
                "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" NEWLINES "|" SPACES
/* Words that keep a contraction and begin anew at a capital letter: gpt-4o and its kin. */
#define CASED(end, numbers)                                                                        \
    "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" end "|[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER     \
    "*" end "|" numbers "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" NEWLINES "|" SPACES
#define GPT2 "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|" SPACES
#define PUNCTUATED                                                                                 \
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"                                       \
    "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" NEWLINES "|" SPACES
#define POWERS_OF_TWO                                                                              \
    "\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)|"               \
    "\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}"
#define CJK_WIDE    "[\\x{4E00}-\\x{9FA5}\\x{800}-\\x{4E00}\\x{AC00}-\\x{D7FF}]+"
#define CJK_KANA    "[\\x{4E00}-\\x{9FA5}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}]+"
#define NO_SENTENCE " ?[^(\\s|.,!?\\x{2026}\\x{3002}\\x{FF0C}\\x{3001}\\x{964}\\x{6D4}\\x{60C})]+"
#define LINES       "[^\\n]+|\\n+"
/* Upper- and lower-case letters that are not Han, as the complement of everything else. */
#define UPPER_NOT_HAN "[^\\p{Ll}\\p{N}\\p{P}\\p{S}\\p{Z}\\p{C}\\p{sc:Han}]"
#define LOWER_NOT_HAN "[^\\p{Lu}\\p{Lt}\\p{N}\\p{P}\\p{S}\\p{Z}\\p{C}\\p{sc:Han}]"
#define ANY_CASE      "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
#define KIMI                                                                                       \
    "\\p{sc:Han}+|[^\\r\\n\\p{L}\\p{N}]?" UPPER_NOT_HAN "*" LOWER_NOT_HAN "+" ANY_CASE             \
    "|[^\\r\\n\\p{L}\\p{N}]?" UPPER_NOT_HAN "+" LOWER_NOT_HAN "*" ANY_CASE                         \
    "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" NEWLINES "|" SPACES
/* Scripts that are written without spaces between words. */
#define UNSPACED                                                                                   \
    "[\\x{4E00}-\\x{9FFF}\\x{3400}-\\x{4DBF}\\x{F900}-\\x{FAFF}\\x{3040}-\\x{309F}"                \
    "\\x{30A0}-\\x{30FF}\\x{FF65}-\\x{FF9F}\\x{2F00}-\\x{2FDF}\\x{E40}-\\x{E7F}\\x{E80}-\\x{EFF}"  \
    "\\x{1780}-\\x{17FF}\\x{1000}-\\x{109F}\\x{AA60}-\\x{AA7F}\\x{A9E0}-\\x{A9FF}"                 \
    "\\x{AC00}-\\x{D7AF}\\x{1100}-\\x{11FF}]+"
/* The letters that deepseek-llm lists. */
#define LETTERS                                                                                    \
    "\\x{41}-\\x{5A}\\x{61}-\\x{7A}\\x{B5}\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{1BA}"          \
    "\\x{1BC}-\\x{1BF}\\x{1C4}-\\x{293}\\x{295}-\\x{2AF}\\x{370}-\\x{373}\\x{376}\\x{377}"         \
    "\\x{37B}-\\x{37D}\\x{37F}\\x{386}\\x{388}-\\x{38A}\\x{38C}\\x{38E}-\\x{3A1}"                  \
    "\\x{3A3}-\\x{3F5}\\x{3F7}-\\x{481}\\x{48A}-\\x{52F}\\x{531}-\\x{556}\\x{10A0}-\\x{10C5}"      \
    "\\x{13A0}-\\x{13F5}\\x{13F8}-\\x{13FD}\\x{1C90}-\\x{1CBA}\\x{1CBD}-\\x{1CBF}"                 \
    "\\x{1D00}-\\x{1D2B}\\x{1D6B}-\\x{1D77}\\x{1D79}-\\x{1D9A}\\x{1E00}-\\x{1F15}"                 \
    "\\x{1F18}-\\x{1F1D}\\x{1F20}-\\x{1F45}\\x{1F48}-\\x{1F4D}\\x{1F50}-\\x{1F57}\\x{1F59}"        \
    "\\x{1F5B}\\x{1F5D}\\x{1F5F}-\\x{1F7D}\\x{1F80}-\\x{1FB4}\\x{1FB6}-\\x{1FBC}\\x{1FBE}"         \
    "\\x{1FC2}-\\x{1FC4}\\x{1FC6}-\\x{1FCC}\\x{1FD0}-\\x{1FD3}\\x{1FD6}-\\x{1FDB}"                 \
    "\\x{1FE0}-\\x{1FEC}\\x{1FF2}-\\x{1FF4}\\x{1FF6}-\\x{1FFC}\\x{2102}\\x{2107}"                  \
    "\\x{210A}-\\x{2113}\\x{2115}\\x{2119}-\\x{211D}\\x{2124}\\x{2126}\\x{2128}"                   \
    "\\x{212A}-\\x{212D}\\x{212F}-\\x{2134}\\x{2139}\\x{213C}-\\x{213F}\\x{2145}-\\x{2149}"        \
    "\\x{214E}\\x{2183}\\x{2184}\\x{2C00}-\\x{2C7B}\\x{2C7E}-\\x{2CE4}\\x{2CEB}-\\x{2CEE}"         \
    "\\x{2CF2}\\x{2CF3}\\x{A640}-\\x{A66D}\\x{A680}-\\x{A69B}\\x{A722}-\\x{A76F}"                  \
    "\\x{A771}-\\x{A787}\\x{A78B}-\\x{A78E}\\x{AB70}-\\x{ABBF}\\x{FB00}-\\x{FB06}"                 \
    "\\x{FB13}-\\x{FB17}\\x{FF21}-\\x{FF3A}\\x{FF41}-\\x{FF5A}\\x{10400}-\\x{1044F}"               \
    "\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}"         \
    "\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}"

/* Not a regex: cuts every run of digits into groups of three, counted from its end. */
static const char GROUP_DIGITS[] = "\\d+";

struct pretokenizer {
    const char *names; /* separated by spaces */
    unsigned flags;
    const char *step[STEPS_MAX];
};

static const struct pretokenizer PRETOKENIZERS[] = {
    {"llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
     PRE_IGNORE_MERGES | PRE_ADD_BOS,
     {WORDS("\\p{N}{1,3}")}},
    {"dbrx smaug-bpe", 0, {WORDS("\\p{N}{1,3}")}},
    {"glm4 chatglm-bpe", PRE_NO_BOS, {WORDS("\\p{N}{1,3}")}},
    {"jais-2",
     0,
     {CONTRACTION
      "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" NEWLINES
      "|" POWERS_OF_TWO}},
    {"qwen2", PRE_NFC, {WORDS("\\p{N}")}},
    {"deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open grok-2",
     0,
     {WORDS("\\p{N}")}},
    {"qwen35",
     0,
     {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
                  " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" NEWLINES "|" SPACES}},
    {"laguna", 0, {LINES, WORDS("\\p{N}")}},
    {"minicpm5", PRE_IGNORE_MERGES, {"\\p{N}{1,3}", WORDS("\\p{N}+")}},
    {"seed-coder",
     0,
     {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" NEWLINES
                  "|" SPACES}},
    {"bailingmoe bailingmoe2 llada-moe",
     0,
     {"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
      " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|" SPACES}},
    {"exaone-moe",
     0,
     {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}(?:[\\p{L}\\p{M}]++| (?=\\p{L}))*+|\\p{N}|"
                  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|" SPACES}},
    {"deepseek-llm",
     0,
     {"[\\r\\n]", "\\s?[" LETTERS "]+",
      "\\s?[!-/:-~\\x{FF01}-\\x{FF0F}\\x{FF1A}-\\x{FF5E}\\x{2018}-\\x{201F}\\x{3000}-\\x{3002}]+",
      "(?<!\\s)\\s++$", CJK_WIDE, "\\p{N}+"}},
    {"deepseek-coder", 0, {"[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK_WIDE, "\\p{N}"}},
    {"deepseek-v3 hunyuan-dense joyai-llm", 0, {"\\p{N}{1,3}", CJK_KANA, PUNCTUATED}},
    {"afmoe", 0, {GROUP_DIGITS, UNSPACED, PUNCTUATED}},
    {"youtu",
     PRE_IGNORE_MERGES,
     {"[\\x{AC00}-\\x{D7A3}\\x{3131}-\\x{318E}]+|[\\x{FF01}\\x{2026}\\x{201C}\\x{201D}\\x{2018}"
      "\\x{2019}\\x{2014}\\x{FF1A}\\x{FF1B}\\x{FF0C}\\x{3001}-\\x{303F}\\x{FE30}-\\x{FE4F}]+|"
      "[\\x{3105}-\\x{312F}]+|" CJK_KANA,
      CASED(CONTRACTION "?", "\\p{N}")}},
    {"falcon", 0, {"[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]"}},
    {"default", 0, {"[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"}},
    {"starcoder refact command-r smollm codeshell exaone minerva-7b mellum2", 0, {"\\p{N}", GPT2}},
    {"gpt-2 phi-2 jina-es jina-de jina-v2-es jina-v2-de jina-v1-en jina-v2-code roberta-bpe "
     "gigachat a.x-4.0 mellum modern-bert exaone4 mpt olmo jais trillion granite-docling",
     0,
     {GPT2}},
    {"poro-chat bloom gpt3-finnish", 0, {NO_SENTENCE}},
    {"viking", 0, {NO_SENTENCE, "\\p{N}"}},
    {"tekken", PRE_IGNORE_MERGES | PRE_ADD_BOS, {CASED("", "\\p{N}")}},
    {"gpt-4o llama4 kanana2 talkie minimax-m2", 0, {CASED(ANY_CASE, "\\p{N}{1,3}")}},
    {"tiny_aya cohere2moe", 0, {GROUP_DIGITS, CASED(CONTRACTION "?", "\\p{N}{1,3}")}},
    {"kimi-k2", 0, {KIMI}},
    {"superbpe", 0, {"\\p{N}+", GROUP_DIGITS}},
    {"gemma4 granite-embed-multi-311m sarvam-moe", PRE_RAW, {LINES}},
};

const struct pretokenizer *pre_find(struct gguf_string name) {
    for (size_t i = 0; i < sizeof PRETOKENIZERS / sizeof *PRETOKENIZERS; i++)
        for (const char *s = PRETOKENIZERS[i].names; *s;) {
            size_t n = strcspn(s, " ");
            if (n == name.len && !memcmp(s, name.s, n)) return &PRETOKENIZERS[i];
            s += n + (s[n] == ' ');
        }
    return NULL;
}

unsigned pre_flags(const struct pretokenizer *p) { return p->flags; }

struct pre_code {
    size_t n;
    struct {
        pcre2_code *code;
        bool group; /* cut every match into groups of three characters */
    } step[STEPS_MAX];
};

/* White space as the original tokenizers understand it; PCRE2's \s has one character more. */
#define WHITE                                                                                      \
    "\\t-\\r \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}"       \
    "\\x{3000}"

/* Appends the regex with \s and \S written out. */
static void spell_white(struct str *out, const char *regex) {
    bool in_class = false;
    for (const char *s = regex; *s; s++) {
        if (*s == '\\' && s[1] == 's') {
            str_add(out, in_class ? WHITE : "[" WHITE "]");
            s++;
        } else if (*s == '\\' && s[1] == 'S') {
            str_add(out, "[^" WHITE "]");
            s++;
        } else if (*s == '\\') {
            str_addn(out, s++, 2);
        } else {
            if (*s == '[') in_class = true;
            if (*s == ']') in_class = false;
            str_addc(out, *s);
        }
    }
}

struct pre_code *pre_compile(const struct pretokenizer *p) {
    struct pre_code *c = mem_calloc(1, sizeof *c);
    for (; c->n < STEPS_MAX && p->step[c->n]; c->n++) {
        struct str regex = STR_INIT;
        int error;
        PCRE2_SIZE at;
        spell_white(&regex, p->step[c->n]);
        pcre2_code *code =
            pcre2_compile((PCRE2_SPTR)regex.s, regex.len,
                          PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
        assert(code && "a regex of the table does not compile");
        pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it PCRE2 interprets */
        c->step[c->n].code = code;
        c->step[c->n].group = p->step[c->n] == GROUP_DIGITS;
        str_free(&regex);
    }
    return c;
}

void pre_code_free(struct pre_code *c) {
    if (!c) return;
    for (size_t i = 0; i < c->n; i++) pcre2_code_free(c->step[i].code);
    free(c);
}

struct splitting {
    const struct pre_code *code;
    pcre2_match_data *match[STEPS_MAX];
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pre_word *word;
    void *ctx;
};

static void split(struct splitting *w, size_t step, const char *s, size_t len);

static void group_digits(struct splitting *w, size_t next, const char *s, size_t len) {
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) digits += (s[i] & 0xC0) != 0x80;
    for (size_t group = digits % 3 ? digits % 3 : 3; len; group = 3) {
        size_t n = 0;
        for (size_t k = 0; k < group && n < len; k++) {
            unsigned cp;
            n += utf8_decode(s + n, len - n, &cp, NULL);
        }
        split(w, next, s, n);
        s += n;
        len -= n;
    }
}

/* Where to go on when PCRE2 gave up at `at`: past the next run of spaces. */
static size_t give_up_at(const char *s, size_t len, size_t at) {
    while (at < len && s[at] != ' ' && s[at] != '\n') at++;
    while (at < len && (s[at] == ' ' || s[at] == '\n')) at++;
    return at;
}

static void split(struct splitting *w, size_t step, const char *s, size_t len) {
    if (!len) return;
    if (step == w->code->n) {
        w->word(w->ctx, s, len);
        return;
    }
    size_t *span = pcre2_get_ovector_pointer(w->match[step]);
    for (size_t at = 0; at < len;) {
        int rc = pcre2_match(w->code->step[step].code, (PCRE2_SPTR)s, len, at, PCRE2_NO_UTF_CHECK,
                             w->match[step], w->context);
        size_t from = span[0], to = span[1];
        if (rc < 0) {
            size_t end = rc == PCRE2_ERROR_NOMATCH ? len : give_up_at(s, len, at);
            split(w, step + 1, s + at, end - at);
            at = end;
            continue;
        }
        assert(to > from); /* no regex of the table matches the empty text */
        split(w, step + 1, s + at, from - at);
        if (w->code->step[step].group)
            group_digits(w, step + 1, s + from, to - from);
        else
            split(w, step + 1, s + from, to - from);
        at = to;
    }
}

void pre_split(const struct pre_code *c, const char *s, size_t len, pre_word *word, void *ctx) {
    struct splitting w = {.code = c, .word = word, .ctx = ctx};
    w.context = pcre2_match_context_create(NULL);
    w.stack = pcre2_jit_stack_create(32 << 10, 1 << 20, NULL);
    if (w.context) pcre2_jit_stack_assign(w.context, NULL, w.stack);
    for (size_t i = 0; i < c->n; i++) w.match[i] = pcre2_match_data_create(1, NULL);
    split(&w, 0, s, len);
    for (size_t i = 0; i < c->n; i++) pcre2_match_data_free(w.match[i]);
    pcre2_jit_stack_free(w.stack);
    pcre2_match_context_free(w.context);
}
