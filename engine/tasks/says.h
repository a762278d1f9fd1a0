/* says: what an answer in words claims, whoever wrote it.
 *
 * The claim is looked for in this order: what stands in \boxed{}, what is set in **bold**, what
 * follows the last "answer is" or "answer:", the whole text, its last sentence. An answer that
 * names several candidates claims none of them, unless it ends in "is" and one of them. Case and
 * punctuation never count. */
#ifndef ENGINE_TASKS_SAYS_H
#define ENGINE_TASKS_SAYS_H

#include <stdbool.h>

/* Whether the answer names `gold` and no other of `options`, a '|'-separated list of words or
 * phrases that may contain gold. */
bool says_option(const char *answer, const char *gold, const char *options);

/* The same where the gold is any word: other words count as candidates when they are like it
 * (nearly the same letters and length) and do not stand in the question. */
bool says_word(const char *answer, const char *gold, const char *question);

bool says_yes_no(const char *answer, bool yes);

/* Whether the answer names a clock time or, as "3 h 35 min", "3:35", "215 minutes", a duration
 * that is this many minutes, and no other. */
bool says_clock(const char *answer, int minutes);
bool says_duration(const char *answer, int minutes);

/* Whether any of the '|'-separated phrases occurs. */
bool says_any(const char *answer, const char *phrases);

#endif
