/* sse: see sse.h. */
#include "engine/sse.h"

#include <string.h>

static bool dispatch(struct sse *p, sse_sink *sink, void *ctx) {
    bool more = !p->has_data || sink(ctx, str_cstr(&p->data), p->data.len);
    str_clear(&p->data);
    p->has_data = false;
    return more;
}

static bool end_line(struct sse *p, sse_sink *sink, void *ctx) {
    const char *line = str_cstr(&p->line), *value = line;
    size_t n = p->line.len;
    if (!p->begun && n >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0) line += 3, n -= 3;
    p->begun = true;
    bool more = true;
    if (n == 0) {
        more = dispatch(p, sink, ctx);
    } else if (n >= 4 && memcmp(line, "data", 4) == 0 && (n == 4 || line[4] == ':')) {
        value = line + (n == 4 ? 4 : 5);
        if (value < line + n && *value == ' ') value++;
        if (p->has_data) str_addc(&p->data, '\n');
        str_addn(&p->data, value, (size_t)(line + n - value));
        p->has_data = true;
    }
    str_clear(&p->line);
    return more && p->data.len <= SSE_EVENT_MAX;
}

bool sse_feed(struct sse *p, const char *bytes, size_t n, sse_sink *sink, void *ctx) {
    for (size_t i = 0; i < n;) {
        if (p->after_cr && bytes[i] == '\n') {
            p->after_cr = false;
            i++;
            continue;
        }
        p->after_cr = false;
        size_t end = i;
        while (end < n && bytes[end] != '\n' && bytes[end] != '\r') end++;
        str_addn(&p->line, bytes + i, end - i);
        if (p->line.len > SSE_EVENT_MAX) return false;
        if (end == n) break;
        p->after_cr = bytes[end] == '\r';
        if (!end_line(p, sink, ctx)) return false;
        i = end + 1;
    }
    return true;
}

bool sse_finish(struct sse *p, sse_sink *sink, void *ctx) {
    if (p->line.len && !end_line(p, sink, ctx)) return false;
    return dispatch(p, sink, ctx);
}

void sse_done(struct sse *p) {
    str_free(&p->line);
    str_free(&p->data);
    *p = (struct sse){0};
}
