/* input: see input.h. Readline's state is global, and so is ours. */
#include "ui/input.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum { HISTORY_LINES = 2000 };

static struct {
    bool open;
    struct input_options o;
    char *history_file;
    FILE *nowhere;    /* where readline would draw */
    struct str queue; /* bytes on their way to readline */
    size_t at;
    char *taken;  /* accepted, not yet handed out */
    char *handed; /* handed out, valid until the next call */
    bool editor;
    struct str shown; /* the line made harmless */
    struct str prompt;
    char **matches;
    size_t n_matches;
    char **candidates; /* of the completion that is running */
} in;

/* ---- Bytes to readline ---------------------------------------------------------------------- */

/* Readline asks for a byte only while one is queued, but for a few commands that read on (a
 * numeric argument's next key, say): those wait for the terminal. */
static int feed(FILE *f) {
    (void)f;
    if (in.at < in.queue.len) return (unsigned char)in.queue.s[in.at++];
    unsigned char c;
    for (;;) {
        ssize_t k = read(STDIN_FILENO, &c, 1);
        if (k == 1) return c;
        if (k < 0 && errno == EINTR) continue;
        return EOF;
    }
}

static int feed_available(void) { return in.at < in.queue.len; }

static void pump(void) {
    while (in.at < in.queue.len && in.open) rl_callback_read_char();
    str_clear(&in.queue);
    in.at = 0;
}

static void drop_handed(void) {
    free(in.handed);
    in.handed = NULL;
}

void input_key(const char *bytes, size_t n) {
    drop_handed();
    input_matches_close();
    str_addn(&in.queue, bytes, n);
    pump();
}

void input_insert(const char *text, size_t n) {
    char *copy = mem_strndup(text, n);
    drop_handed();
    input_matches_close();
    rl_begin_undo_group();
    rl_insert_text(copy);
    rl_end_undo_group();
    free(copy);
}

void input_set(const char *text) {
    drop_handed();
    rl_begin_undo_group();
    rl_delete_text(0, rl_end);
    rl_point = 0;
    rl_insert_text(text ? text : "");
    rl_end_undo_group();
}

void input_clear(void) {
    drop_handed();
    input_matches_close();
    rl_callback_sigcleanup();
    rl_free_line_state();
    rl_replace_line("", 1);
    rl_point = rl_end = rl_mark = 0;
    rl_clear_message();
    using_history();
}

const char *input_line(void) { return rl_line_buffer ? rl_line_buffer : ""; }

bool input_empty(void) { return rl_end == 0 && !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH); }

static int row_start(int at) {
    while (at > 0 && rl_line_buffer[at - 1] != '\n') at--;
    return at;
}

static int row_end(int at) {
    while (at < rl_end && rl_line_buffer[at] != '\n') at++;
    return at;
}

/* By code points: the column is only a place to come back to. */
static int column(int from, int to) {
    int n = 0;
    for (int i = from; i < to; i++) n += (rl_line_buffer[i] & 0xC0) != 0x80;
    return n;
}

bool input_vertical(int delta) {
    if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH)) return false;
    int start = row_start(rl_point), want = column(start, rl_point), to;
    if (delta < 0) {
        if (start == 0) return false;
        to = row_start(start - 1);
    } else {
        int end = row_end(rl_point);
        if (end == rl_end) return false;
        to = end + 1;
    }
    int stop = row_end(to);
    while (to < stop && want > 0) {
        do to++;
        while (to < stop && (rl_line_buffer[to] & 0xC0) == 0x80);
        want--;
    }
    rl_point = to;
    return true;
}

/* ---- What readline tells -------------------------------------------------------------------- */

static void on_redisplay(void) {}
static void on_prep(int meta) { (void)meta; }
static void on_deprep(void) {}

static void history_save(const char *line) {
    HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;
    if (last && strcmp(last->line, line) == 0) return;
    add_history(line);
    if (!in.history_file) return;
    if (append_history(1, in.history_file) != 0) {
        write_history(in.history_file);
        chmod(in.history_file, 0600);
    }
}

static void on_line(char *line) {
    if (!line) return; /* end of file is not readline's to decide here */
    free(in.taken);
    in.taken = line;
    bool blank = line[strspn(line, " \t\n")] == 0;
    if (!blank) history_save(line);
}

static int on_editor(int count, int key) {
    (void)count, (void)key;
    in.editor = true;
    return 0;
}

const char *input_taken(void) {
    drop_handed();
    in.handed = in.taken;
    in.taken = NULL;
    return in.handed;
}

bool input_wants_editor(void) {
    bool wants = in.editor;
    in.editor = false;
    return wants;
}

/* ---- Completion ----------------------------------------------------------------------------- */

void input_matches_close(void) {
    for (size_t i = 0; i < in.n_matches; i++) free(in.matches[i]);
    free(in.matches);
    in.matches = NULL;
    in.n_matches = 0;
}

/* matches[0] is what they have in common; 1..n are the choices. */
static void on_matches(char **matches, int n, int longest) {
    (void)longest;
    input_matches_close();
    in.matches = mem_array((size_t)n, sizeof *in.matches);
    for (int i = 1; i <= n; i++) {
        const char *slash = rl_filename_completion_desired ? strrchr(matches[i], '/') : NULL;
        const char *name = slash && slash[1] ? slash + 1 : matches[i];
        struct str safe = {0};
        utf8_add_harmless(&safe, name, strlen(name));
        in.matches[in.n_matches++] = str_take(&safe);
    }
}

static char *next_candidate(const char *text, int state) {
    static size_t at;
    if (state == 0) at = 0;
    while (in.candidates && in.candidates[at]) {
        const char *c = in.candidates[at++];
        if (strncmp(c, text, strlen(text)) == 0) return mem_strdup(c);
    }
    return NULL;
}

/* File names are offered where a path is meant: after /read and /export, and after '@'. */
static char *next_path(const char *text, int state) {
    if (*text != '@') return rl_filename_completion_function(text, state);
    char *path = rl_filename_completion_function(text + 1, state);
    if (!path) return NULL;
    struct str s = {0};
    str_addf(&s, "@%s", path);
    free(path);
    return str_take(&s);
}

static char **on_complete(const char *text, int start, int end) {
    rl_attempted_completion_over = 1;
    in.candidates =
        in.o.complete ? in.o.complete(in.o.complete_ctx, rl_line_buffer, (size_t)start, (size_t)end)
                      : NULL;
    char **found = NULL;
    if (in.candidates) {
        found = rl_completion_matches(text, next_candidate);
        for (size_t i = 0; in.candidates[i]; i++) free(in.candidates[i]);
        free(in.candidates);
        in.candidates = NULL;
    } else if (*text == '@' || str_starts(rl_line_buffer, "/read ") ||
               str_starts(rl_line_buffer, "/export ")) {
        rl_filename_completion_desired = 1;
        found = rl_completion_matches(text, next_path);
    }
    return found;
}

/* ---- Opening and closing -------------------------------------------------------------------- */

static void history_load(const char *file) {
    history_comment_char = '#';
    history_write_timestamps = 1; /* so that entries of several lines come back whole */
    using_history();
    stifle_history(HISTORY_LINES);
    if (!file) return;
    in.history_file = mem_strdup(file);
    read_history(file);
    using_history();
}

bool input_open(const struct input_options *o, struct err *e) {
    in.o = *o;
    in.nowhere = fopen("/dev/null", "r+");
    if (!in.nowhere) return err_set(e, "/dev/null: %s", strerror(errno));
    rl_readline_name = "aside";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_instream = rl_outstream = in.nowhere;
    rl_getc_function = feed;
    rl_input_available_hook = feed_available;
    rl_redisplay_function = on_redisplay;
    rl_prep_term_function = on_prep;
    rl_deprep_term_function = on_deprep;
    rl_attempted_completion_function = on_complete;
    rl_completion_display_matches_hook = on_matches;
    rl_completer_word_break_characters = " \t\n";
    rl_completer_quote_characters = "";
    rl_variable_bind("show-all-if-ambiguous", "on"); /* ~/.inputrc is read after, and wins */
    rl_add_defun("edit-message", on_editor, -1);
    history_load(o->history_file);
    rl_callback_handler_install("", on_line);
    rl_variable_bind("bell-style", "none");
    rl_bind_keyseq_in_map("\\C-x\\C-e", on_editor, emacs_standard_keymap);
    rl_bind_key_if_unbound_in_map('v', on_editor, vi_movement_keymap);
    in.open = true;
    return true;
}

void input_close(void) {
    if (!in.open) return;
    in.open = false;
    rl_callback_handler_remove();
    if (in.history_file) history_truncate_file(in.history_file, HISTORY_LINES);
    input_matches_close();
    clear_history();
    rl_instream = stdin;
    rl_outstream = stdout;
    fclose(in.nowhere);
    free(in.history_file);
    free(in.taken);
    drop_handed();
    str_free(&in.queue);
    str_free(&in.shown);
    str_free(&in.prompt);
    in.history_file = in.taken = NULL;
}

void input_size(int rows, int cols) { rl_set_screen_size(rows, cols); }

/* ---- What is to be seen --------------------------------------------------------------------- */

static void add_shown(struct str *out, const char *s, size_t n) { utf8_add_harmless(out, s, n); }

void input_view(struct input_view *v) {
    *v = (struct input_view){.prompt = ""};
    str_clear(&in.shown);
    str_clear(&in.prompt);
    size_t point = rl_point < 0 ? 0 : rl_point > rl_end ? (size_t)rl_end : (size_t)rl_point;
    add_shown(&in.shown, rl_line_buffer, point);
    v->cursor = in.shown.len;
    add_shown(&in.shown, rl_line_buffer + point, (size_t)rl_end - point);
    v->text = str_cstr(&in.shown);
    v->n = in.shown.len;
    if (rl_display_prompt && *rl_display_prompt) {
        for (const char *p = rl_display_prompt; *p; p++)
            if (*p != RL_PROMPT_START_IGNORE && *p != RL_PROMPT_END_IGNORE)
                str_addc(&in.prompt, *p);
        struct str safe = {0};
        add_shown(&safe, in.prompt.s, in.prompt.len);
        str_free(&in.prompt);
        in.prompt = safe;
        v->prompt = str_cstr(&in.prompt);
    }
    v->vi_command = rl_editing_mode == 0 && rl_get_keymap() == vi_movement_keymap;
    v->matches = (const char *const *)in.matches;
    v->n_matches = in.n_matches;
}
