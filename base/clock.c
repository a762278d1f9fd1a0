#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static int64_t pretended; /* 0: the real time */

void clock_pretend(int64_t us) { pretended = us; }

int64_t clock_mono_us(void) {
    if (pretended) return pretended;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_thread_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool fixed_time(time_t *out) {
    const char *text = getenv("ASIDE_NOW");
    if (!text || !*text) return false;
    struct tm tm = {.tm_isdst = -1};
    const char *rest = strptime(text, "%Y-%m-%d", &tm);
    if (!rest) return false;
    if (*rest == 'T' || *rest == ' ') rest = strptime(rest + 1, "%H:%M:%S", &tm);
    bool utc = rest && *rest == 'Z';
    *out = utc ? timegm(&tm) : mktime(&tm);
    return *out != (time_t)-1;
}

bool clock_is_fixed(void) {
    time_t t;
    return fixed_time(&t);
}

int64_t clock_now_ms(void) {
    time_t t;
    if (fixed_time(&t)) return (int64_t)t * 1000;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_now_local(struct tm *out) {
    time_t t = (time_t)(clock_now_ms() / 1000);
    localtime_r(&t, out);
}
