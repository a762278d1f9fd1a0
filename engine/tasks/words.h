/* words: what the word problems are about.
 *
 * Common English words by topic, people's names, and made-up words that can be pronounced, so that
 * spelling is learnt as a skill and not word by word. A word belongs to the split that
 * task_operand_split() gives it, so the two splits share none. */
#ifndef ENGINE_TASKS_WORDS_H
#define ENGINE_TASKS_WORDS_H

#include "engine/tasks/tasks.h"

#define WORD_MAX 24 /* bytes of a buffer that any word here fits, with its NUL */

enum word_topic {
    WORD_ANIMAL,
    WORD_FOOD,
    WORD_HOME,
    WORD_NATURE,
    WORD_PEOPLE, /* what people do and are */
    WORD_BODY,
    WORD_CITY, /* buildings, traffic, places */
    WORD_SCIENCE,
    WORD_VERB,
    WORD_ADJECTIVE,
    WORD_ABSTRACT,
    WORD_N_TOPICS
};

/* A word of lo..hi letters (a range that the lists can serve: 3 <= lo, lo <= 9, hi >= 4) of any
 * topic and of this split; lower case a-z. */
void words_pick(struct rng *r, enum task_split split, int lo, int hi, char out[WORD_MAX]);

/* The same from one topic, of either split. */
void words_pick_topic(struct rng *r, enum word_topic t, char out[WORD_MAX]);

/* A made-up word of lo..hi letters (3 <= lo <= hi <= 16) of this split. */
void words_pseudo(struct rng *r, enum task_split split, int lo, int hi, char out[WORD_MAX]);

/* A real word mostly, else a made-up one, else (rarely) letters at random. */
void words_any(struct rng *r, enum task_split split, int lo, int hi, char out[WORD_MAX]);

/* A word as people write it in a question: sometimes with a capital, rarely all in capitals. */
void words_shown(struct rng *r, const char *word, char out[WORD_MAX]);

/* `n` different first names; the strings are static. */
void words_names(struct rng *r, int n, const char *out[]);

/* Appends "1:s 2:t 3:r", the way in which every family spells a word: the number before each
 * letter is what later steps look it up by. */
void words_spell(struct str *out, const char *word);

#endif
