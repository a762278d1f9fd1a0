/* fuzz_template: any bytes as a chat template, over fixed variables; and, where a NUL byte follows
 * it, the rest as the variables. Build it with libFuzzer (clang -fsanitize=fuzzer,address
 * -DWITH_LIBFUZZER), or run it on given files. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "engine/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char fixed[] =
    "{\"messages\": [{\"role\": \"system\", \"content\": \"Be kind.\"}, {\"role\": \"user\","
    "\"content\": [{\"type\": \"text\", \"text\": \"h\\u00e9\"}]}, {\"role\": \"assistant\","
    "\"content\": null, \"n\": 1.5}], \"add_generation_prompt\": true, \"bos_token\": \"<s>\"}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const char *source = (const char *)data, *nul = len ? memchr(source, '\0', len) : NULL;
    size_t n = nul ? (size_t)(nul - source) : len;
    struct template *t = template_compile(source, n, NULL);
    struct str out = STR_INIT;
    if (t && nul)
        template_render(t, nul + 1, len - n - 1, &out, NULL);
    else if (t)
        template_render(t, fixed, sizeof fixed - 1, &out, NULL);
    str_free(&out);
    template_free(t);
    return 0;
}

#ifndef WITH_LIBFUZZER
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct str s = STR_INIT;
        struct err e;
        if (!files_read_whole(argv[i], SIZE_MAX, &s, &e)) {
            fprintf(stderr, "%s\n", e.msg);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)str_cstr(&s), s.len);
        str_free(&s);
    }
    return 0;
}
#endif
