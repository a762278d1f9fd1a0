/* runner: an opened model with a backend on it, and the way from options to a request. */
#ifndef APP_RUNNER_H
#define APP_RUNNER_H

#include "app/options.h"
#include "engine/engine.h"

struct runner {
    char *path;          /* of the model file, or the server's address */
    struct model *model; /* NULL: it is on a server */
    struct backend *backend;
    int64_t vocabulary; /* see runner_vocabulary(); 0: not asked for yet */
    enum cache_type cache_type;
};

/* The type that --cache-type names; NULL: the default one. */
enum cache_type runner_cache_type(const char *name);
/* What the options say of a session. */
struct session_params runner_session_params(const struct options *o);

/* Opens what o->model names with o's context and threads. On failure nothing is left open. */
bool runner_open(struct runner *r, const struct options *o, struct err *e);
void runner_close(struct runner *r); /* fine on a zeroed one */

/* A number below 2^53 that tells the model's vocabulary from others; 0 on a server. */
int64_t runner_vocabulary(struct runner *r);

/* The request's options: what `o` sets, else what the model recommends. Strings are borrowed from
 * `o`. A seed is drawn where none is set, small enough (53 bits) to survive JSON. */
struct chat_options runner_chat_options(const struct runner *r, const struct options *o);

/* The part of it that --think THINK sets (NULL: nothing is said); `effort` borrows from it. */
void runner_think(struct chat_options *c, const char *think);

/* What has to be kept so that an answer can be computed again, as JSON; its first n_given tokens
 * were there before, made with other settings. Owned. */
char *runner_settings_json(const struct runner *r, const struct chat_options *c, size_t n_given);
/* The way back (without the seed): the request's options, and the session's among `o`. Texts point
 * into `json`, which the caller deletes after. */
struct cJSON;
bool runner_settings_read(struct cJSON *json, struct chat_options *out, struct options *o);
size_t runner_settings_given(const struct cJSON *json);

#endif
