/* families: every family by the name of its table row, once. A family `task_NAME` is defined in
 * one file of this folder; its row here puts it into task_families. */
#ifndef ENGINE_TASKS_FAMILIES_H
#define ENGINE_TASKS_FAMILIES_H

#include "engine/tasks/tasks.h"

/* clang-format off */
#define TASK_NUMBER_FAMILIES(X) \
    X(addition) \
    X(subtraction) \
    X(multiplication) \
    X(division) \
    X(expression) \
    X(fraction) \
    X(percent) \
    X(power) \
    X(decimal_compare) \
    X(decimal_sum) \
    X(rounding) \
    X(gcd) \
    X(lcm) \
    X(prime) \
    X(factors) \
    X(binary) \
    X(hex) \
    X(roman) \
    X(sequence) \
    X(sort_numbers) \
    X(min_max) \
    X(median) \
    X(mean)

#define TASK_WORD_FAMILIES(X)                                                                      \
    X(letter_count)                                                                                \
    X(vowel_count)                                                                                 \
    X(reverse)                                                                                     \
    X(spell)                                                                                       \
    X(nth_letter)                                                                                  \
    X(palindrome)                                                                                  \
    X(sort_letters)                                                                                \
    X(caesar)                                                                                      \
    X(sort_words)                                                                                  \
    X(word_count)                                                                                  \
    X(acronym)                                                                                     \
    X(weekday_shift)                                                                               \
    X(weekday_date)                                                                                \
    X(days_between)                                                                                \
    X(leap_year)                                                                                   \
    X(month_length)                                                                                \
    X(time_shift)                                                                                  \
    X(time_between)                                                                                \
    X(units)                                                                                       \
    X(change)                                                                                      \
    X(shopping)                                                                                    \
    X(comparisons)                                                                                 \
    X(ages)                                                                                        \
    X(rates)                                                                                       \
    X(knights)                                                                                     \
    X(syllogisms)                                                                                  \
    X(truth)                                                                                       \
    X(greeting)                                                                                    \
    X(courtesy)                                                                                    \
    X(identity)                                                                                    \
    X(abilities)                                                                                   \
    X(help_aside)                                                                                  \
    X(beyond)                                                                                      \
    X(follow_up)                                                                                   \
    X(next_question)
/* clang-format on */

#define TASK_DECLARE(name) extern const struct task_family task_##name;
TASK_NUMBER_FAMILIES(TASK_DECLARE)
TASK_WORD_FAMILIES(TASK_DECLARE)
#undef TASK_DECLARE

#endif
