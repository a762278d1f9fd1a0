/* gguf_split: see gguf_split.h. The keys are split.no (from 0), split.count and
 * split.tensors.count; the numbers in the file names count from 1. */
#include "engine/gguf_split.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { SUFFIX = sizeof "-00001-of-00003.gguf" - 1 };

static bool is_number(const char *s, unsigned *out) {
    *out = 0;
    for (int i = 0; i < 5; i++) {
        if (!isdigit((unsigned char)s[i])) return false;
        *out = *out * 10 + (unsigned)(s[i] - '0');
    }
    return true;
}

bool gguf_part_name(const char *name, unsigned *no, unsigned *count) {
    size_t n = strlen(name);
    if (n <= SUFFIX) return false;
    const char *s = name + n - SUFFIX;
    return s[0] == '-' && is_number(s + 1, no) && memcmp(s + 6, "-of-", 4) == 0 &&
           is_number(s + 10, count) && strcmp(s + 15, ".gguf") == 0 && *no >= 1 && *no <= *count;
}

char *gguf_part_path(const char *path, unsigned no) {
    struct str out = STR_INIT;
    size_t stem = strlen(path) - SUFFIX;
    str_addf(&out, "%.*s-%05u%s", (int)stem, path, no, path + stem + 6);
    return str_take(&out);
}

static bool join_part(struct gguf *g, unsigned no, uint64_t count, struct err *e) {
    char *path = gguf_part_path(g->path, no);
    struct gguf *part = gguf_open_file(path, e);
    free(path);
    if (!part) return err_prefix(e, "part %u of %llu", no, (unsigned long long)count);
    uint64_t its_no, its_count;
    if (!gguf_u64(part, "split.no", &its_no) || !gguf_u64(part, "split.count", &its_count) ||
        its_no != no - 1 || its_count != count) {
        err_set(e, "%s: is not part %u of a model of %llu parts", part->path, no,
                (unsigned long long)count);
        gguf_close(part);
        return false;
    }
    return gguf_adopt(g, part, e);
}

bool gguf_join_parts(struct gguf *g, struct err *e) {
    uint64_t count, no = 0, n_tensors;
    unsigned name_no, name_count;
    if (!gguf_u64(g, "split.count", &count) || count < 2) return true;
    gguf_u64(g, "split.no", &no);
    bool named = gguf_part_name(g->path, &name_no, &name_count) && name_count == count;
    if (!named || name_no != no + 1)
        return err_set(e,
                       "%s: part %llu of %llu of a model; the file names of the parts must end in "
                       "-%05llu-of-%05llu.gguf and so on",
                       g->path, (unsigned long long)no + 1, (unsigned long long)count,
                       (unsigned long long)no + 1, (unsigned long long)count);
    if (no) {
        char *first = gguf_part_path(g->path, 1);
        err_set(e, "%s: part %llu of a model of several files; open the first, %s", g->path,
                (unsigned long long)no + 1, first);
        free(first);
        return false;
    }
    for (unsigned i = 2; i <= count; i++)
        if (!join_part(g, i, count, e)) return false;
    if (gguf_u64(g, "split.tensors.count", &n_tensors) && n_tensors != g->n_tensors)
        return err_set(e, "%s: %llu tensors in all parts together, but it announces %llu", g->path,
                       (unsigned long long)g->n_tensors, (unsigned long long)n_tensors);
    return true;
}
