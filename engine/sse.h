/* sse: the parser of server-sent events (WHATWG HTML, "9.2 Server-sent events"), as far as a
 * stream of answers needs it: the `data` of each event. Bytes may be cut anywhere; lines end in
 * \n, \r\n or \r; comments and other fields are passed over; data lines of one event are joined
 * with \n. An event that the stream's end cuts short is handed out by sse_finish, since servers
 * often leave out the last blank line. */
#ifndef ENGINE_SSE_H
#define ENGINE_SSE_H

#include "base/str.h"

enum { SSE_EVENT_MAX = 1 << 24 }; /* bytes of one event or line; more is no answer's */

struct sse {
    struct str line, data;
    bool has_data, after_cr, begun; /* begun: past a byte order mark that may stand first */
};

/* `data` is NUL-terminated; false asks to stop. */
typedef bool sse_sink(void *ctx, const char *data, size_t n);

/* False when the sink asked to stop or an event is too large. */
bool sse_feed(struct sse *p, const char *bytes, size_t n, sse_sink *sink, void *ctx);
bool sse_finish(struct sse *p, sse_sink *sink, void *ctx);
void sse_done(struct sse *p); /* frees; it can be used again */

#endif
