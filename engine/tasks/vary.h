/* vary: one meaning, many ways to say it.
 *
 * Wordings are a small grammar: "[What is|What's] {a} plus {b}?" offers a choice (nested as one
 * likes, an empty one allowed), and "<word>" stands for one of the named choices that all families
 * share. On top of their whole sentences families name what they ask for: an amount ("the sum of
 * {a} and {b}"), a deed ("add {a} and {b}") or a claim ("{a} is prime"), and the common frames here
 * make questions of it ("Can you tell me what {x} is?"). At the end the question is roughened as
 * people type: what stands before or behind it, small letters, marks left out, contractions, slips.
 *
 * All this is for the training and validation splits. The test split's sentences are said as they
 * stand, and a test proves that no wording here can say one of them. */
#ifndef ENGINE_TASKS_VARY_H
#define ENGINE_TASKS_VARY_H

#include "engine/tasks/ask.h"

/* Appends one reading of the pattern, all choices drawn from r; places "{a}" stay. */
void vary_expand(struct rng *r, const char *pattern, struct str *out);

/* Appends a wording of the split (not TASK_TEST), its choices made and roughened; places stay.
 * `chat`: it is talk, which gets no introductions. */
void vary_wording(struct rng *r, enum task_split split, const struct wordings *w, bool chat,
                  struct str *out);

/* The alternatives behind "<name>", or NULL: "a|b|c". */
const char *vary_slot(const char *name, size_t len);

/* The frames, whose "{x}" is the amount, deed or claim; NULL-terminated. */
extern const char *const vary_amounts[], *const vary_deeds[], *const vary_claims[];

#endif
