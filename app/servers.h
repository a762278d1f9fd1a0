/* servers: which server a model's name means, and the key for it. */
#ifndef APP_SERVERS_H
#define APP_SERVERS_H

#include "app/models.h"
#include "app/options.h"

/* The address that -m NAME means: NAME itself where it is one, else that of `servers` in the
 * options, a #MODEL after NAME taking the place of its own. Owned; NULL: no server. */
char *servers_find(const struct options *o, const char *name);

/* The key: $ASIDE_API_KEY, or the first line that `api-key-command` prints (it finds the server's
 * host in $ASIDE_HOST); *key is NULL when neither is set. Owned: erase it before it is freed. */
bool servers_key(const struct options *o, const char *url, char **key, struct err *e);
void servers_key_free(char *key);

/* Adds the named servers to a list of models. */
void servers_add(const struct options *o, struct model_file **files, size_t *n);

/* The models of a server, as addresses. Asks it. */
bool servers_models(const struct options *o, const char *url, struct model_file **files, size_t *n,
                    struct err *e);

/* Prints the models of a server for `aside models NAME`. */
bool servers_print(const struct options *o, const char *url, bool json, struct err *e);

#endif
