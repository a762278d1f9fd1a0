/* backend_remote_body: see backend_remote_body.h. */
#include "engine/backend_remote_body.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *const optional[] = {"logprobs",
                                       "top_logprobs",
                                       "chat_template_kwargs",
                                       "reasoning_effort",
                                       "top_k",
                                       "min_p",
                                       "repetition_penalty",
                                       "repeat_penalty",
                                       "stream_options",
                                       "thinking_budget_tokens",
                                       "seed"};
#define N_OPTIONAL (sizeof optional / sizeof *optional)

static void add_messages(cJSON *body, const struct chat_request *r) {
    static const char *const roles[] = {
        [CHAT_SYSTEM] = "system", [CHAT_USER] = "user", [CHAT_ASSISTANT] = "assistant"};
    cJSON *list = cJSON_AddArrayToObject(body, "messages");
    for (size_t i = 0; i < r->n_messages; i++) {
        const struct chat_message *m = &r->messages[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "role", roles[m->role]);
        cJSON_AddStringToObject(one, "content", m->content ? m->content : "");
        cJSON_AddItemToArray(list, one); /* earlier thoughts are not sent: templates drop them */
    }
}

/* 31 bits, which every server takes. */
static double short_seed(uint64_t seed) { return (double)(seed & 0x7FFFFFFF); }

void remote_body_seed(cJSON *body, uint64_t seed) {
    cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "seed");
    if (item) cJSON_SetNumberValue(item, short_seed(seed));
}

/* What is left to the server is not sent: numbers below zero, a penalty of 1, a filter that is off
 * and that not every server knows. */
static void add_sampling(cJSON *body, const struct chat_options *o) {
    const struct sampling *s = &o->sampling;
    if (s->temperature >= 0) cJSON_AddNumberToObject(body, "temperature", s->temperature);
    if (s->top_p >= 0) cJSON_AddNumberToObject(body, "top_p", s->top_p);
    if (s->top_k > 0) cJSON_AddNumberToObject(body, "top_k", s->top_k);
    if (s->min_p > 0) cJSON_AddNumberToObject(body, "min_p", s->min_p);
    if (s->repeat_penalty > 0 && s->repeat_penalty != 1) { /* two names of the same */
        cJSON_AddNumberToObject(body, "repetition_penalty", s->repeat_penalty);
        cJSON_AddNumberToObject(body, "repeat_penalty", s->repeat_penalty);
    }
    cJSON_AddNumberToObject(body, "seed", short_seed(s->seed));
    if (o->n_predict >= 0) cJSON_AddNumberToObject(body, "max_tokens", (double)o->n_predict);
}

static void add_thinking(cJSON *body, const struct chat_options *o) {
    cJSON *extra = cJSON_Parse(o->extra_json ? o->extra_json : "{}");
    if (!cJSON_IsObject(extra)) {
        cJSON_Delete(extra);
        extra = cJSON_CreateObject();
    }
    if (o->think != THINK_AUTO) { /* the two names that templates use */
        cJSON_AddBoolToObject(extra, "enable_thinking", o->think == THINK_ON);
        cJSON_AddBoolToObject(extra, "thinking", o->think == THINK_ON);
    }
    if (o->think == THINK_OFF)
        cJSON_AddStringToObject(body, "reasoning_effort", "none");
    else if (o->effort)
        cJSON_AddStringToObject(body, "reasoning_effort", o->effort);
    if (o->budget >= 0 && o->think != THINK_OFF)
        cJSON_AddNumberToObject(body, "thinking_budget_tokens", (double)o->budget);
    if (extra->child)
        cJSON_AddItemToObject(body, "chat_template_kwargs", extra);
    else
        cJSON_Delete(extra);
}

struct cJSON *remote_body(const struct chat_request *r, const char *model, unsigned given_up) {
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "model", model);
    add_messages(body, r);
    cJSON_AddTrueToObject(body, "stream");
    cJSON *stream = cJSON_AddObjectToObject(body, "stream_options");
    cJSON_AddTrueToObject(stream, "include_usage");
    cJSON_AddTrueToObject(body, "logprobs");
    cJSON_AddNumberToObject(body, "top_logprobs", SAMPLE_ALTS);
    add_sampling(body, &r->options);
    add_thinking(body, &r->options);
    for (size_t i = 0; i < N_OPTIONAL; i++)
        if (given_up >> i & 1) cJSON_DeleteItemFromObjectCaseSensitive(body, optional[i]);
    return body;
}

bool remote_body_give_up(struct cJSON *body, const char *refusal, unsigned *given_up) {
    bool any = false;
    for (size_t i = 0; i < N_OPTIONAL; i++) {
        if (!strstr(refusal, optional[i])) continue;
        if (!cJSON_GetObjectItemCaseSensitive(body, optional[i])) continue;
        cJSON_DeleteItemFromObjectCaseSensitive(body, optional[i]);
        *given_up |= 1u << i;
        any = true;
        if (i == 0) { /* the alternatives hang on it */
            cJSON_DeleteItemFromObjectCaseSensitive(body, optional[1]);
            *given_up |= 2;
        }
    }
    return any;
}
