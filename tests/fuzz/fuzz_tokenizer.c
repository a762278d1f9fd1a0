/* fuzz_tokenizer: any bytes as a vocabulary file, and the same bytes as text for it. Build it with
 * libFuzzer (clang -fsanitize=fuzzer,address -DWITH_LIBFUZZER), or run it on given files. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "engine/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void try_text(const struct tokenizer *t, const char *s, size_t len) {
    for (int flags = 0; flags < 4; flags++) {
        struct tokens ids = {0};
        struct str back = STR_INIT;
        tokenizer_encode(t, s, len, flags, &ids);
        for (size_t i = 0; i < ids.n; i++)
            if (ids.ids[i] < 0 || (size_t)ids.ids[i] >= tokenizer_size(t)) abort();
        tokenizer_decode(t, ids.ids, ids.n, flags & 1, &back);
        str_free(&back);
        tokens_free(&ids);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    char path[32];
    int fd = memfd_create("vocabulary", 0);
    if (fd < 0 || write(fd, data, len) != (ssize_t)len) abort();
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    struct gguf *g = gguf_open(path, NULL);
    struct tokenizer *t = g ? tokenizer_new(g, NULL) : NULL;
    if (t) try_text(t, (const char *)data, len < 4096 ? len : 4096);
    if (t && len > 4096) try_text(t, (const char *)data + len - 4096, 4096);
    tokenizer_free(t);
    gguf_close(g);
    close(fd);
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
