/* kept: the caches of conversations that were left, so that going on with one takes no reading
 * again. One file for each conversation, model and cache type in $XDG_CACHE_HOME/aside/contexts,
 * written when a conversation is left and taken when it is opened again; of all files the latest
 * used are kept, up to the option saved-caches. Whatever fails costs time, never a conversation. */
#ifndef APP_KEPT_H
#define APP_KEPT_H

#include "app/runner.h"

/* What the engine's cache holds, as far as files are concerned. */
struct kept {
    int64_t conversation; /* 0: none that can be resumed */
    bool changed;         /* since it was saved or restored */
};

/* The conversation (0: one that is not in the history) begins to use the cache. */
void kept_use(struct kept *k, int64_t conversation);
/* Before the cache goes to another conversation than `next`, the model changes or the program ends
 * (next 0): saves it, in the background, if it changed. */
void kept_leave(struct kept *k, const struct options *o, const struct runner *r, int64_t next);
/* A conversation is opened: takes its cache from its file, if there is one, in the background. */
void kept_return(struct kept *k, const struct options *o, const struct runner *r,
                 int64_t conversation);
/* Waits for what goes on in the background, and drops the files that are too many. False: the cache
 * was not kept, and why. */
bool kept_settle(const struct options *o, const struct runner *r, struct err *e);
/* Removes what is kept of a conversation. */
void kept_forget(int64_t conversation);

#endif
