/* runner: see runner.h. */
#include "app/runner.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "app/models.h"
#include "app/servers.h"
#include "base/mem.h"

static bool open_remote(struct runner *r, const struct options *o, const char *url, struct err *e) {
    struct remote_params p = {.url = url};
    char *key;
    if (!servers_key(o, url, &key, e)) return false;
    p.key = key;
    r->backend = backend_remote_open(&p, e);
    servers_key_free(key);
    if (r->backend) r->path = mem_strdup(backend_info(r->backend)->path);
    return r->backend != NULL;
}

static const char *const cache_types[] = {[CACHE_F16] = "f16", [CACHE_Q8_0] = "q8_0"};

static enum speculation speculation_of(const char *how) {
    static const char *const names[] = {[SPECULATION_AUTO] = "auto",
                                        [SPECULATION_OFF] = "off",
                                        [SPECULATION_MTP] = "mtp",
                                        [SPECULATION_NGRAM] = "ngram"};
    int i = SPECULATION_NGRAM;
    while (i > SPECULATION_AUTO && strcmp(names[i], how) != 0) i--;
    return (enum speculation)i;
}

enum cache_type runner_cache_type(const char *name) {
    return name && strcmp(name, cache_types[CACHE_Q8_0]) == 0 ? CACHE_Q8_0 : CACHE_F16;
}

struct session_params runner_session_params(const struct options *o) {
    return (struct session_params){.n_ctx = (uint32_t)o->ctx_size,
                                   .n_threads = (int)o->threads,
                                   .speculation = speculation_of(o->speculate),
                                   .cache_type = runner_cache_type(o->cache_type)};
}

bool runner_open(struct runner *r, const struct options *o, struct err *e) {
    *r = (struct runner){0};
    char *url = servers_find(o, o->model);
    if (url) {
        bool ok = open_remote(r, o, url, e);
        free(url);
        return ok;
    }
    r->path = models_resolve(o->model, e);
    if (!r->path) return false;
    r->model = model_open(r->path, e);
    if (!r->model) goto fail;
    const struct model_info *info = model_info(r->model);
    if (!info->has_tokenizer) {
        err_set(e, "%s: the file has no vocabulary to chat with", r->path);
        goto fail;
    }
    if (!info->has_template) {
        err_set(e, "%s: the file has no chat template", r->path);
        goto fail;
    }
    struct session_params p = runner_session_params(o);
    r->cache_type = p.cache_type;
    r->backend = backend_local_open(r->model, &p, e);
    if (!r->backend) goto fail;
    return true;
fail:
    runner_close(r);
    return false;
}

void runner_close(struct runner *r) {
    if (r->backend) backend_close(r->backend);
    if (r->model) model_close(r->model);
    free(r->path);
    *r = (struct runner){0};
}

/* FNV-1a over the pieces in order, each with its length. */
int64_t runner_vocabulary(struct runner *r) {
    uint64_t hash = 0xcbf29ce484222325u;
    struct str piece = STR_INIT;
    if (r->vocabulary || !r->model) return r->vocabulary;
    const struct tokenizer *t = model_tokenizer(r->model);
    for (size_t id = 0; id < tokenizer_size(t); id++) {
        str_clear(&piece);
        tokenizer_piece(t, (int32_t)id, true, &piece);
        hash = (hash ^ piece.len) * 0x100000001b3u;
        for (size_t i = 0; i < piece.len; i++)
            hash = (hash ^ (unsigned char)piece.s[i]) * 0x100000001b3u;
    }
    str_free(&piece);
    r->vocabulary = (int64_t)(hash >> 11);
    if (!r->vocabulary) r->vocabulary = 1;
    return r->vocabulary;
}

static uint64_t draw_seed(void) {
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) seed = (uint64_t)(uintptr_t)&seed;
    return seed >> 11;
}

void runner_think(struct chat_options *c, const char *think) {
    c->budget = -1;
    if (!think || strcmp(think, "auto") == 0) return;
    if (strcmp(think, "off") == 0 || strcmp(think, "0") == 0) {
        c->think = THINK_OFF;
        return;
    }
    c->think = THINK_ON;
    if (think[0] >= '0' && think[0] <= '9')
        c->budget = strtoll(think, NULL, 10);
    else if (strcmp(think, "on") != 0)
        c->effort = think;
}

struct chat_options runner_chat_options(const struct runner *r, const struct options *o) {
    struct chat_options c = {.n_predict = o->predict,
                             .loop_guard = o->loop_guard,
                             .sampling = backend_info(r->backend)->sampling};
    runner_think(&c, o->think);
    if (o->temp >= 0) c.sampling.temperature = (float)o->temp;
    if (o->top_k >= 0) c.sampling.top_k = (int)o->top_k;
    if (o->top_p >= 0) c.sampling.top_p = (float)o->top_p;
    if (o->min_p >= 0) c.sampling.min_p = (float)o->min_p;
    if (o->repeat_penalty >= 0) {
        c.sampling.repeat_penalty = (float)o->repeat_penalty;
        if (c.sampling.repeat_last_n == 0) c.sampling.repeat_last_n = 64;
    }
    c.sampling.seed = o->seed >= 0 ? (uint64_t)o->seed : draw_seed();
    return c;
}

/* A float as the shortest decimal that reads back as the same float: 0.2, not 0.200000003. */
static void add_float(cJSON *j, const char *name, float x) {
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtof(text, NULL) == x) break;
    }
    cJSON_AddRawToObject(j, name, text);
}

char *runner_settings_json(const struct runner *r, const struct chat_options *c, size_t n_given) {
    static const char *const modes[] = {"auto", "on", "off"};
    size_t used, total;
    backend_context(r->backend, &used, &total);
    cJSON *j = cJSON_CreateObject();
    add_float(j, "temperature", c->sampling.temperature);
    cJSON_AddNumberToObject(j, "top_k", c->sampling.top_k);
    add_float(j, "top_p", c->sampling.top_p);
    add_float(j, "min_p", c->sampling.min_p);
    add_float(j, "repeat_penalty", c->sampling.repeat_penalty);
    cJSON_AddNumberToObject(j, "repeat_last_n", c->sampling.repeat_last_n);
    cJSON_AddStringToObject(j, "think", modes[c->think]);
    if (c->effort) cJSON_AddStringToObject(j, "effort", c->effort);
    cJSON_AddNumberToObject(j, "budget", (double)c->budget);
    cJSON_AddNumberToObject(j, "n_predict", (double)c->n_predict);
    cJSON_AddNumberToObject(j, "n_ctx", (double)total);
    if (r->model) cJSON_AddStringToObject(j, "cache_type", cache_types[r->cache_type]);
    if (n_given) cJSON_AddNumberToObject(j, "given", (double)n_given);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}

size_t runner_settings_given(const struct cJSON *j) {
    cJSON *item = cJSON_GetObjectItemCaseSensitive(j, "given");
    return cJSON_IsNumber(item) && item->valuedouble > 0 ? (size_t)item->valuedouble : 0;
}

static double number(cJSON *j, const char *name, double fallback) {
    cJSON *item = cJSON_GetObjectItemCaseSensitive(j, name);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

bool runner_settings_read(cJSON *j, struct chat_options *out, struct options *o) {
    if (!cJSON_IsObject(j)) return false;
    char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, "cache_type"));
    const char *think = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, "think"));
    *out = (struct chat_options){
        .think = !think || strcmp(think, "auto") == 0 ? THINK_AUTO
                 : strcmp(think, "on") == 0           ? THINK_ON
                                                      : THINK_OFF,
        .effort = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, "effort")),
        .budget = (int64_t)number(j, "budget", -1),
        .n_predict = (int64_t)number(j, "n_predict", -1),
        .sampling = {.temperature = (float)number(j, "temperature", 1),
                     .top_k = (int)number(j, "top_k", 0),
                     .top_p = (float)number(j, "top_p", 1),
                     .min_p = (float)number(j, "min_p", 0),
                     .repeat_penalty = (float)number(j, "repeat_penalty", 1),
                     .repeat_last_n = (int)number(j, "repeat_last_n", 0)}};
    o->ctx_size = (int64_t)number(j, "n_ctx", 0);
    o->cache_type = type ? type : (char *)(uintptr_t)cache_types[CACHE_F16];
    return true;
}
