/* worked: written arithmetic, one small step a line, shared by all families.
 *
 * The notation, everywhere the same. A line begins with what is left of the numbers, deals with
 * their last digits, and ends with the digits found so far, so that a step needs only the line
 * above:
 *
 *     347+586: 7+6+0=13, carry 1 -> 3
 *     34+58: 4+8+1=13, carry 1 -> 33
 *     3+5: 3+5+1=9, carry 0 -> 933
 *
 * A number that has run out counts as 0; once nothing is carried either, the rest of the other is
 * copied: "copy 41 -> 41933". A carry of 0 is added in sums and left out after products. Operators
 * have no spaces around them inside a thought; lines end with a newline. Checks are written as
 * "Check: …" on the last lines. Numbers are >= 0 unless a function says otherwise; every function
 * returns the result that it wrote. */
#ifndef ENGINE_TASKS_WORKED_H
#define ENGINE_TASKS_WORKED_H

#include "base/str.h"

long long worked_sum(struct str *t, long long a, long long b);

/* a >= b. A negative digit gets 10 and borrows: "34-58: 4-8-0=-4, -4+10=6, borrow 1 -> 6". */
long long worked_difference(struct str *t, long long a, long long b);

/* a times one digit: "34*6: 4*6=24, 24+4=28, carry 2 -> 82". */
long long worked_digit_product(struct str *t, long long a, int d);

/* From the last digit of b: the digit product, plus what is handed on; its last digit is kept, the
 * rest handed on ("1120: keep 0, go on with 112"); at the end "1680 with 0 -> 16800". */
long long worked_product(struct str *t, long long a, long long b);

/* Long division, b >= 1, the digits not yet brought down after a bar:
 *
 *     74|32: 9*8=72, 74-72=2 -> 9
 *     23|2: 2*8=16, 23-16=7 -> 92
 *     72: 9*8=72, 72-72=0 -> 929
 *
 * A divisor of two digits or more has its multiples written first: "Times 23: 23 46 69 …". */
long long worked_quotient(struct str *t, long long a, long long b);

/* Casting out nines, the rest written after each digit: "347: 3 7 5". Returns the rest, 0..8. */
int worked_nines(struct str *t, long long n);

/* The line "Check by nines: …" for a op b = c, op '+', '-' or '*'. */
void worked_check_nines(struct str *t, long long a, char op, long long b, long long c);

/* The last line of every thought: "Result: 933", without a newline. */
void worked_result(struct str *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
