/* hints: see hints.h. The file has a line "NAME COUNT" for each hint that was told. */
#include "app/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"

#define MOST_RUNS  2
#define FILE_LIMIT 4096

static const struct {
    const char *name, *text;
} hints[HINT_N] = {
    [HINT_START] = {"start", "Ask anything. Enter sends, F1 helps, /model changes the model, "
                             "Ctrl-D quits."},
    [HINT_THOUGHT] = {"thought", "Ctrl-O folds or hides the thinking; F2 shows how sure it was of "
                                 "each token"},
    [HINT_LONG] = {"long", "Alt-A ends the thought and answers now; Ctrl-C stops"},
    [HINT_STOPPED] = {"stopped", "/continue goes on, /regen writes it again; nothing is lost"},
    [HINT_HISTORY] = {"history", "this is kept: /list and /search find it again, /replay plays it"},
};

static int told[HINT_N]; /* in how many runs */
static bool loaded, told_now[HINT_N];

static char *state_path(void) { return files_xdg("XDG_STATE_HOME", ".local/state", "hints"); }

static void load(void) {
    char *path = state_path();
    struct str text = STR_INIT;
    loaded = true;
    if (files_read_whole(path, FILE_LIMIT, &text, NULL))
        for (int i = 0; i < HINT_N; i++) {
            const char *at = strstr(str_cstr(&text), hints[i].name);
            if (at) told[i] = atoi(at + strlen(hints[i].name));
        }
    str_free(&text);
    free(path);
}

static void save(void) {
    char *path = state_path();
    struct str text = STR_INIT;
    for (int i = 0; i < HINT_N; i++)
        if (told[i]) str_addf(&text, "%s %d\n", hints[i].name, told[i]);
    files_write_whole(path, text.s, text.len, NULL); /* else it is told once more: no harm */
    str_free(&text);
    free(path);
}

const char *hint_tell(enum hint which) {
    if (!loaded) load();
    if (told_now[which] || told[which] >= MOST_RUNS) return NULL;
    told_now[which] = true;
    told[which]++;
    save();
    return hints[which].text;
}
