/* chat_pages: the list of models, and pages to read: statistics, the context. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "app/models.h"
#include "app/servers.h"
#include "base/mem.h"

static void show_models(struct chat *c, const char *title) {
    struct ui_item *items = mem_calloc(c->n_models, sizeof *items);
    for (size_t i = 0; i < c->n_models; i++) {
        struct str detail = STR_INIT;
        if (strstr(c->models[i].path, "://"))
            str_add(&detail, "server");
        else
            str_addf(&detail, "%.1f MB", (double)c->models[i].bytes / 1e6);
        items[i] =
            (struct ui_item){(int64_t)i, c->models[i].name, str_take(&detail), c->models[i].path};
    }
    struct ui_list list = {.number = CHAT_LIST_MODELS, .title = title};
    ui_list_open(c->ui, &list, items, c->n_models);
    for (size_t i = 0; i < c->n_models; i++) free((char *)(uintptr_t)items[i].detail);
    free(items);
}

void chat_list_models(struct chat *c) {
    chat_forget_lists(c);
    c->models = models_list(&c->n_models);
    servers_add(&c->options, &c->models, &c->n_models);
    show_models(c, "models");
}

void chat_model_choose(struct chat *c, const char *name) {
    struct err e;
    char *url = servers_find(&c->options, name);
    chat_forget_lists(c);
    if (url && !strchr(url, '#') &&
        !servers_models(&c->options, url, &c->models, &c->n_models, &e)) {
        chat_complain(c, &e);
    } else if (c->n_models > 1) {
        show_models(c, "models of this server");
    } else if (chat_model_open(c, c->n_models ? c->models[0].path : name)) {
        c->ids.n = 0;
        ui_notice(c->ui, "now with %s", backend_info(c->runner.backend)->name);
    }
    free(url);
}

void chat_pick(struct chat *c, int list, int64_t id) {
    chat_pick_session(c, list, id);
    if (list == CHAT_LIST_TREE && !chat_busy(c)) chat_tree_go(c, id);
    char *model = list == CHAT_LIST_MODELS && (size_t)id < c->n_models
                      ? mem_strdup(c->models[id].path)
                      : NULL;
    chat_forget_lists(c);
    if (model && !chat_busy(c)) chat_model_choose(c, model); /* it may list a server's */
    free(model);
}

static void add_row(struct str *page, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void add_row(struct str *page, const char *name, const char *fmt, ...) {
    va_list ap;
    str_addf(page, "| %s | ", name);
    va_start(ap, fmt);
    str_addv(page, fmt, ap);
    va_end(ap);
    str_add(page, " |\n");
}

void chat_stats(struct chat *c) {
    struct history_totals t;
    struct err e;
    struct str page = STR_INIT;
    if (!c->history || !c->transcript.conversation) {
        ui_notice(c->ui, "there are no statistics before the first answer");
        return;
    }
    if (!history_flush(c->history, &e) ||
        !history_totals(c->history, c->transcript.conversation, &t, &e)) {
        chat_complain(c, &e);
        return;
    }
    str_add(&page, "| this conversation | |\n|---|---|\n");
    add_row(&page, "messages", "%lld", (long long)t.messages);
    add_row(&page, "tokens generated", "%lld", (long long)t.tokens);
    add_row(&page, "of them thought / answer", "%lld / %lld", (long long)t.thought_tokens,
            (long long)t.answer_tokens);
    add_row(&page, "time thinking", "%.1f s", t.thought_s);
    add_row(&page, "time in all", "%.1f s", t.total_s);
    if (t.tokens && isfinite(t.mean_logprob))
        add_row(&page, "perplexity of what was chosen", "%.3f", exp(-t.mean_logprob));
    if (c->facts.tokens_per_s > 0)
        add_row(&page, "last answer", "%.1f tokens/s", c->facts.tokens_per_s);
    chat_add_certainty(c, &page);
    const struct model_info *info = backend_info(c->runner.backend);
    str_addf(&page, "\n| model | %s |\n|---|---|\n", info->name);
    add_row(&page, c->runner.model ? "file" : "server", "%s", info->path);
    if (c->runner.model) {
        add_row(&page, "parameters (active per token)", "%.2f M (%.2f M)",
                (double)info->n_params / 1e6, (double)info->n_params_active / 1e6);
        add_row(&page, "weights", "%.1f MB", (double)info->weight_bytes / 1e6);
        add_row(&page, "cache per token", "%llu bytes",
                (unsigned long long)info->kv_bytes_per_token);
    }
    if (history_totals(c->history, 0, &t, &e)) {
        str_add(&page, "\n| whole history | |\n|---|---|\n");
        add_row(&page, "conversations", "%lld", (long long)t.conversations);
        add_row(&page, "tokens", "%lld", (long long)t.tokens);
        add_row(&page, "on disk", "%.1f MB", (double)t.bytes / 1e6);
    }
    ui_page_open(c->ui, "statistics", page.s);
    str_free(&page);
}

void chat_context(struct chat *c) {
    struct str page = STR_INIT;
    size_t used, total;
    backend_context(c->runner.backend, &used, &total);
    if (total)
        str_addf(&page, "%zu of %zu tokens are used.\n", used, total);
    else
        str_addf(&page, "%zu tokens are used; the server does not say how many it has.\n", used);
    bool counts = c->runner.model != NULL; /* a server's tokens cannot be counted here */
    str_addf(&page, "\n| part | %s |\n|---|---|\n", counts ? "tokens" : "bytes");
    for (size_t i = 0; i < c->transcript.n; i++) {
        static const char *const who[] = {"system", "you", "aside"};
        struct transcript_message *m = &c->transcript.messages[i];
        struct tokens ids = {0};
        if (counts)
            tokenizer_encode(model_tokenizer(c->runner.model), str_cstr(&m->content),
                             m->content.len, 0, &ids);
        char *title = transcript_title(str_cstr(&m->content));
        str_addf(&page, "| %s: %s | %zu |\n", who[m->role], title, counts ? ids.n : m->content.len);
        free(title);
        tokens_free(&ids);
    }
    if (c->n_dropped)
        str_addf(&page, "\nThe oldest %zu turns are left out of the prompt.\n", c->n_dropped / 2);
    str_add(&page, counts
                       ? "\nEarlier thoughts are kept in or left out of the prompt as the model's "
                         "template asks.\n"
                       : "\nEarlier thoughts are not sent to the server.\n");
    ui_page_open(c->ui, "context", page.s);
    str_free(&page);
}

void chat_replay(struct chat *c, int64_t conversation) {
    struct err e;
    if (!history_flush(c->history, &e) ||
        !(c->player = player_open(c->history, c->ui, conversation, 1, &e)))
        chat_complain(c, &e);
}
