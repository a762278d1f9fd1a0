/* backend_remote: a server elsewhere that speaks the chat protocol of OpenAI (vLLM, SGLang,
 * llama-server, Ollama, hosted DeepSeek) as a backend.
 *
 * What it cannot do, and says: go on with an unfinished answer, close a thought early, count tokens
 * beforehand. Tokens come as the server cuts them, a delta each, with the server's
 * log-probabilities where it gives some; entropies are not known (NaN), nor, mostly, token numbers
 * (TOKEN_NO_ID). */
#ifndef ENGINE_BACKEND_REMOTE_H
#define ENGINE_BACKEND_REMOTE_H

#include "engine/backend.h"

struct remote_params {
    /* http[s]://host[:port][/path][#model]; without a path it is /v1. A name, password or query in
     * it is refused: keys do not belong there. */
    const char *url;
    const char *key;                         /* sent as a bearer token; NULL or "" = none */
    int64_t connect_ms, idle_ms, backoff_ms; /* 0: 10 s, 120 s, half a second (then doubling) */
};

bool remote_is_url(const char *name); /* whether it is meant as one */
bool remote_key_valid(const char *key);

/* Opens nothing yet where the model is named; else asks for the models: the only one is taken. The
 * parameters are copied. info->sampling has -1 where the server decides. */
struct backend *backend_remote_open(const struct remote_params *p, struct err *e);

struct remote_model {
    char *id;
    uint64_t context; /* tokens, 0 = the server does not say */
};
/* GET …/models. Blocks, 25 s at most. Owned; release with remote_models_free. */
bool remote_models(const struct remote_params *p, struct remote_model **out, size_t *n,
                   struct err *e);
void remote_models_free(struct remote_model *models, size_t n);

#endif
