/* check: is this answer right? Finds the result in the free text of any model.
 *
 * The text is made plain first (Markdown, LaTeX, Unicode signs, thousands separators). Then the
 * candidates are taken from it: numbers, hexadecimal words, Roman numerals, plain words. Where the
 * text marks its result (\boxed{}, "the answer is"), only that part counts. The candidate that the
 * text states decides: the last one; the first one if it is the subject ("9 is the largest of 3, 9
 * and 4"); the only one that the question did not give; the one that closes sentences ("The next
 * number is 17. Each is 3 more."); or the one in bold. Two different
 * candidates side by side ("12 or 13") are a guess, not an answer, and never right. */
#ifndef ENGINE_TASKS_CHECK_H
#define ENGINE_TASKS_CHECK_H

#include "engine/tasks/tasks.h"

/* `gold`: "933", "-12", "9.9", "3/4". Equal values are equal: 9.90 = 9.9, 6/8 = 0.75 = 3/4. */
bool check_number(const struct task_problem *p, const char *answer, const char *gold);

/* The same with a fraction in lowest terms: 6/8 is not 3/4; 0.75 is; 1 1/2 is 3/2. */
bool check_lowest_fraction(const struct task_problem *p, const char *answer, const char *gold);

/* Several numbers in order, `gold` "3 5 9": the last list of that kind in the answer. Powers are
 * written out: "2^3 * 5" is "2 2 2 5". */
bool check_numbers(const char *answer, const char *gold);

/* Quotient and remainder, `gold` "18 3". */
bool check_quotient(const struct task_problem *p, const char *answer, const char *gold);

/* Words of digits: 0x, 0b and subscripts may be there, small or capital letters. */
bool check_binary(const struct task_problem *p, const char *answer, const char *gold);
bool check_hex(const struct task_problem *p, const char *answer, const char *gold);
bool check_roman(const struct task_problem *p, const char *answer, const char *gold);

/* `gold` "yes" or "no". Without either word in the answer, "is not TOPIC" and OPPOSITE mean no and
 * a plain TOPIC means yes ("91 is not prime", "composite"); both may be NULL. */
bool check_yes_no(const char *answer, const char *gold, const char *topic, const char *opposite);

/* The relation of two numbers: `gold` "larger 9.9 9.11" or "smaller 9.11 9.9", the asked one
 * first; "equal 9.9 9.90". Numbers may be fractions. */
bool check_compare(const char *answer, const char *gold);

/* The plain form of a text, for a check of one's own: no Markdown or LaTeX, ASCII signs, spaces
 * and newlines kept. */
void check_plain(struct str *out, const char *text);

#endif
