/* view_help: the help page, made from the action table. */
#include <stdlib.h>

#include "base/mem.h"
#include "ui/state.h"

static void add_table(struct str *out, unsigned where) {
    str_add(out, "| Key | |\n|---|---|\n");
    for (const struct action *a = actions; a->request; a++)
        if (a->where & where) str_addf(out, "| %s | %s |\n", a->label, a->help);
    str_add(out, "\n");
}

void help_markdown(struct str *out, const char *commands) {
    if (commands && *commands) str_addf(out, "## Commands\n\n%s\n\n", commands);
    str_add(out, "## Keys\n\n");
    add_table(out, IN_CHAT);
    str_add(out, "All other keys edit the line as readline and your ~/.inputrc say.\n\n");
    str_add(out, "## Keys in the inspect mode\n\n");
    add_table(out, IN_INSPECT);
    str_add(out, "## Keys in lists\n\nTyping narrows the list.\n\n");
    add_table(out, IN_LIST);
    str_add(out, "## Keys in the tree\n\n");
    add_table(out, IN_TREE);
    str_add(out, "## Keys in a vote\n\n");
    add_table(out, IN_VOTE);
    str_add(out, "## Keys in a replay\n\n");
    add_table(out, IN_REPLAY);
}

const char *const *ui_key_help(void) {
    static char **rows;
    static size_t n, cap;
    if (rows) return (const char *const *)rows;
    for (const struct action *a = actions; a->request; a++) {
        struct str s = {0};
        str_addf(&s, "%s\t%s", a->label, a->help);
        rows = mem_grow(rows, &cap, n + 2, sizeof *rows);
        rows[n++] = str_take(&s);
        rows[n] = NULL;
    }
    return (const char *const *)rows;
}
