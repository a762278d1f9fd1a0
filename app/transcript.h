/* transcript: the messages of the conversation at hand, from the root to where it stands, as the
 * engine wants them and with their ids in the history. */
#ifndef APP_TRANSCRIPT_H
#define APP_TRANSCRIPT_H

#include "base/str.h"
#include "engine/engine.h"
#include "history/history.h"

struct transcript_message {
    enum chat_role role;
    struct str content, reasoning;
    int64_t id;   /* in the history; 0 = not kept */
    size_t shown; /* its index in the ui */
    char *model;  /* of an answer: what wrote it; NULL = not known */
};

struct transcript {
    struct transcript_message *messages;
    size_t n, cap;
    int64_t conversation; /* in the history; 0 = not kept (yet) */
};

void transcript_free(struct transcript *t); /* leaves it empty and reusable */
struct transcript_message *transcript_add(struct transcript *t, enum chat_role role,
                                          const char *content, const char *reasoning, int64_t id);

/* Adds what the person said. Its first message begins the conversation: the row in the history, a
 * title, the system prompt (NULL: none) as the root. `h` NULL: nothing is kept. False when it could
 * not be saved (e says why); the messages are in the transcript all the same. */
bool transcript_prompt(struct transcript *t, struct history *h, const char *model,
                       const char *system, const char *text, struct err *e);

void transcript_cut(struct transcript *t, size_t n); /* keeps the first n */
int64_t transcript_leaf(const struct transcript *t); /* id of the last message, 0 = none */

/* Messages [0, n) as a request wants them; owned array, texts borrowed. */
struct chat_message *transcript_request(const struct transcript *t, size_t n);

/* Reads a saved conversation; `leaf` 0 = where it stood. */
bool transcript_load(struct transcript *t, struct history *h, int64_t conversation, int64_t leaf,
                     struct err *e);

/* A title from the first words of a prompt. Owned. */
char *transcript_title(const char *prompt);

#endif
