/* servers: see servers.h. */
#include "app/servers.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/engine.h"

#define KEY_MAX 4096

/* The next "NAME=URL" of *at, false at the end. Lengths in *n_name and *n_url. */
static bool next_server(const char **at, const char **name, size_t *n_name, const char **url,
                        size_t *n_url) {
    while (*at && **at) {
        const char *word = *at + strspn(*at, " \t");
        size_t n = strcspn(word, " \t");
        const char *eq = memchr(word, '=', n);
        *at = word + n;
        if (!eq) continue;
        *name = word;
        *n_name = (size_t)(eq - word);
        *url = eq + 1;
        *n_url = n - *n_name - 1;
        return true;
    }
    return false;
}

char *servers_find(const struct options *o, const char *name) {
    const char *at = o->servers, *found, *url;
    size_t n_found, n_url, n = name ? strcspn(name, "#") : 0;
    if (remote_is_url(name)) return mem_strdup(name);
    while (n && next_server(&at, &found, &n_found, &url, &n_url)) {
        if (n_found != n || strncmp(found, name, n) != 0) continue;
        struct str out = STR_INIT;
        const char *own = memchr(url, '#', n_url);
        str_addn(&out, url, name[n] && own ? (size_t)(own - url) : n_url);
        str_add(&out, name + n);
        return str_take(&out);
    }
    return NULL;
}

void servers_add(const struct options *o, struct model_file **files, size_t *n) {
    const char *at = o->servers, *name, *url;
    size_t n_name, n_url, cap = *n;
    while (next_server(&at, &name, &n_name, &url, &n_url)) {
        *files = mem_grow(*files, &cap, *n + 1, sizeof **files);
        (*files)[(*n)++] =
            (struct model_file){mem_strndup(name, n_name), mem_strndup(url, n_url), 0};
    }
}

/* ---- Keys ------------------------------------------------------------------------------- */

static bool run_command(const char *command, const char *url, char *line, struct err *e) {
    struct str shell = STR_INIT;
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    str_addf(&shell, "ASIDE_HOST=%.*s; export ASIDE_HOST; %s", (int)n, host, command);
    FILE *f = popen(str_cstr(&shell), "r");
    bool read = f && fgets(line, KEY_MAX, f);
    int status = f ? pclose(f) : -1;
    str_free(&shell);
    if (!read) line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (status != 0) return err_set(e, "api-key-command: it failed (status %d)", status);
    return *line || err_set(e, "api-key-command: it printed no key");
}

bool servers_key(const struct options *o, const char *url, char **key, struct err *e) {
    const char *given = getenv("ASIDE_API_KEY");
    char line[KEY_MAX];
    *key = NULL;
    if (given && *given) {
        *key = mem_strdup(given);
        return true;
    }
    if (!o->api_key_command) return true;
    bool ok = run_command(o->api_key_command, url, line, e);
    if (ok) *key = mem_strdup(line);
    explicit_bzero(line, sizeof line);
    return ok;
}

void servers_key_free(char *key) {
    if (key) explicit_bzero(key, strlen(key));
    free(key);
}

/* ---- Listing ---------------------------------------------------------------------------- */

static bool get_models(const struct options *o, const char *url, struct remote_model **models,
                       size_t *n, struct err *e) {
    struct remote_params p = {.url = url};
    char *key;
    if (!servers_key(o, url, &key, e)) return false;
    p.key = key;
    bool ok = remote_models(&p, models, n, e);
    servers_key_free(key);
    return ok;
}

bool servers_models(const struct options *o, const char *url, struct model_file **files, size_t *n,
                    struct err *e) {
    struct remote_model *models;
    *files = NULL;
    *n = 0;
    if (!get_models(o, url, &models, n, e)) return false;
    *files = mem_calloc(*n, sizeof **files);
    for (size_t i = 0; i < *n; i++) {
        struct str path = STR_INIT;
        str_addf(&path, "%.*s#%s", (int)strcspn(url, "#"), url, models[i].id);
        (*files)[i] = (struct model_file){mem_strdup(models[i].id), str_take(&path), 0};
    }
    remote_models_free(models, *n);
    return true;
}

bool servers_print(const struct options *o, const char *url, bool json, struct err *e) {
    struct remote_model *models;
    size_t n;
    if (!get_models(o, url, &models, &n, e)) return false;
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", models[i].id);
        cJSON_AddNumberToObject(one, "context", (double)models[i].context);
        cJSON_AddItemToArray(list, one);
        if (json) continue;
        struct str name = STR_INIT;
        utf8_add_harmless(&name, models[i].id, strlen(models[i].id));
        printf("%-50s", name.s);
        if (models[i].context) printf(" %llu tokens", (unsigned long long)models[i].context);
        putchar('\n');
        str_free(&name);
    }
    char *text = cJSON_PrintUnformatted(list);
    if (json) puts(text);
    cJSON_free(text);
    cJSON_Delete(list);
    remote_models_free(models, n);
    return true;
}
