/* clock: elapsed time and the time of day. ASIDE_NOW (ISO 8601, e.g. 2025-01-02T03:04:05, read as
 * local time unless it ends in Z) fixes the latter, for templates and screen tests. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t clock_mono_us(void);          /* microseconds of a clock that never jumps */
void clock_pretend(int64_t us);       /* from here on clock_mono_us() says this (recordings) */
int64_t clock_thread_us(void);        /* of processor time that this thread has had */
int64_t clock_now_ms(void);           /* Unix time in milliseconds, or ASIDE_NOW */
void clock_now_local(struct tm *out); /* local broken-down time, or ASIDE_NOW */
bool clock_is_fixed(void);            /* whether ASIDE_NOW is in force */

#endif
