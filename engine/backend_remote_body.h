/* backend_remote_body: a chat request as JSON. Servers differ in what they know: fields beyond the
 * oldest few are given up, for good, when a server's refusal names them. */
#ifndef ENGINE_BACKEND_REMOTE_BODY_H
#define ENGINE_BACKEND_REMOTE_BODY_H

#include "engine/backend.h"

struct cJSON;

/* `given_up`: a bit for each optional field to leave out. Owned. */
struct cJSON *remote_body(const struct chat_request *r, const char *model, unsigned given_up);

/* Asks with another seed, where the body has one. */
void remote_body_seed(struct cJSON *body, uint64_t seed);

/* Takes out of `body` the optional fields that the refusal names, and notes them. False: none. */
bool remote_body_give_up(struct cJSON *body, const char *refusal, unsigned *given_up);

#endif
