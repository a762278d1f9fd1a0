/* chat_settings: changing settings in the chat, keeping them, and presets. */
#include <stdlib.h>
#include <string.h>

#include "app/chat.h"
#include "app/presets.h"
#include "base/mem.h"

/* Makes a changed setting felt at once where it concerns the screen. */
static void apply(struct chat *c, const char *name) {
    if (strcmp(name, "thinking") == 0)
        ui_thinking_set(c->ui, strcmp(c->options.thinking, "show") == 0       ? UI_THINKING_SHOW
                               : strcmp(c->options.thinking, "collapse") == 0 ? UI_THINKING_COLLAPSE
                                                                              : UI_THINKING_HIDE);
    if (strcmp(name, "lens") == 0) ui_lens_set(c->ui, chat_lens_value(c->options.lens));
    if (strcmp(name, "uncertain") == 0) ui_uncertain_set(c->ui, c->options.uncertain);
    if (strcmp(name, "markdown") == 0) ui_markdown_set(c->ui, c->options.markdown);
    if (strcmp(name, "theme") == 0 &&
        !ui_theme_set(c->ui, c->options.theme ? c->options.theme : ""))
        ui_notice(c->ui, "there is no theme \"%s\"", c->options.theme ? c->options.theme : "");
}

void chat_set(struct chat *c, const char *name, const char *value) {
    struct err e;
    if (!option_set(&c->options, name, value, &e)) {
        chat_complain(c, &e);
        return;
    }
    ui_notice(c->ui, "%s is now %s", name, *value ? value : "unset");
    apply(c, name);
}

static void list_settings(struct chat *c) {
    struct str page = STR_INIT;
    str_add(&page, "| setting | value | |\n|---|---|---|\n");
    for (const struct option *o = options_table; o->name; o++) {
        str_addf(&page, "| %s | `", o->name);
        size_t before = page.len;
        option_get(&c->options, o, &page);
        if (page.len == before) str_add(&page, "—");
        str_addf(&page, "` | %s |\n", o->help);
    }
    str_add(&page, "\n`/set NAME VALUE` changes one, `/save NAME` keeps it for the next time.\n");
    ui_page_open(c->ui, "settings", page.s);
    str_free(&page);
}

void chat_settings_command(struct chat *c, const char *arg) {
    char name[64];
    size_t n = strcspn(arg, " =");
    if (!*arg) {
        list_settings(c);
        return;
    }
    if (n >= sizeof name) n = sizeof name - 1;
    memcpy(name, arg, n);
    name[n] = '\0';
    const struct option *o = option_find(name);
    const char *value = arg + n + strspn(arg + n, " =");
    if (!o)
        ui_notice(c->ui, "there is no setting called \"%s\" (/set alone lists them)", name);
    else if (strcmp(name, "model") == 0)
        chat_model_command(c, value);
    else if (!*value) {
        struct str now = STR_INIT;
        option_get(&c->options, o, &now);
        ui_notice(c->ui, "%s is %s", name, now.len ? now.s : "unset");
        str_free(&now);
    } else
        chat_set(c, name, value);
}

void chat_save(struct chat *c, const char *arg) {
    const struct option *o = option_find(arg);
    struct str line = STR_INIT;
    struct err e;
    if (!o) {
        ui_notice(c->ui, "/save NAME keeps one setting for the next time; /set lists them");
        return;
    }
    options_line(&c->options, o, &line);
    str_truncate(&line, line.len - 1);
    if (options_persist(&c->options, o, &e))
        ui_notice(c->ui, "%s is kept in the config file", line.s);
    else
        chat_complain(c, &e);
    str_free(&line);
}

static void list_presets(struct chat *c) {
    struct str all = STR_INIT;
    char **names = preset_names();
    for (size_t i = 0; names[i]; i++) str_addf(&all, "%s%s", i ? ", " : "presets: ", names[i]);
    if (all.len)
        ui_notice(c->ui, "%s", all.s);
    else
        ui_notice(c->ui, "no presets yet: /preset save NAME keeps the present system prompt, "
                         "sampling and thinking");
    preset_names_free(names);
    str_free(&all);
}

/* A system prompt is the root of a conversation: with another one, another begins. */
static void apply_preset(struct chat *c, const char *name) {
    struct err e;
    char *before = mem_strdup(c->options.system);
    if (!option_set(&c->options, "preset", name, &e)) {
        chat_complain(c, &e);
    } else if (strcmp(before ? before : "", c->options.system ? c->options.system : "") != 0) {
        chat_new(c);
        ui_notice(c->ui, "preset %s: with its system prompt a new conversation begins", name);
    } else {
        ui_notice(c->ui, "preset %s is applied; /set shows all settings", name);
    }
    free(before);
}

void chat_preset(struct chat *c, const char *arg) {
    const char *name = strchr(arg, ' ');
    size_t verb = name ? (size_t)(name - arg) : strlen(arg);
    struct err e;
    if (name) name += strspn(name, " ");
    if (!*arg)
        list_presets(c);
    else if (verb == 4 && memcmp(arg, "save", 4) == 0 && name) {
        if (preset_save(&c->options, name, &e))
            ui_notice(c->ui, "kept as preset %s: /preset %s or --preset %s applies it", name, name,
                      name);
        else
            chat_complain(c, &e);
    } else if (verb == 6 && memcmp(arg, "delete", 6) == 0 && name) {
        if (preset_delete(name, &e))
            ui_notice(c->ui, "preset %s is deleted", name);
        else
            chat_complain(c, &e);
    } else if (!chat_busy(c))
        apply_preset(c, arg);
}
