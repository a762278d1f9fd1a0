/* attach: see attach.h. */
#include "app/attach.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/utf8.h"

static void expand_home(struct str *out, const char *path) {
    const char *home = getenv("HOME");
    bool tilde = str_starts(path, "~/") && home;
    if (tilde) str_add(out, home);
    str_add(out, tilde ? path + 1 : path);
}

static bool is_file(const char *path) {
    struct str real = STR_INIT;
    struct stat st;
    expand_home(&real, path);
    bool yes = stat(str_cstr(&real), &st) == 0 && !S_ISDIR(st.st_mode);
    str_free(&real);
    return yes;
}

/* CommonMark closes a fence with at least as many backticks as opened it. */
static size_t longest_ticks(const char *s) {
    size_t longest = 0;
    for (; *s; s++) {
        size_t n = strspn(s, "`");
        if (n > longest) longest = n;
        if (n) s += n - 1;
    }
    return longest;
}

static bool read_text(struct str *text, const char *path, struct err *e) {
    struct str real = STR_INIT;
    expand_home(&real, path);
    bool ok = files_read_whole(str_cstr(&real), ATTACH_LIMIT, text, e);
    if (ok && (!utf8_valid(str_cstr(text), text->len) || memchr(text->s, '\0', text->len)))
        ok = err_set(e, "%s: not a text file", path);
    str_free(&real);
    return ok;
}

bool attach_file(struct str *out, const char *path, struct err *e) {
    struct str text = STR_INIT;
    bool ok = read_text(&text, path, e);
    if (ok) {
        size_t ticks = longest_ticks(text.s) + 1;
        if (ticks < 3) ticks = 3;
        str_addf(out, "%s:\n", path);
        for (size_t i = 0; i < ticks; i++) str_addc(out, '`');
        str_addf(out, "\n%s%s", text.s, text.len && !str_ends(text.s, "\n") ? "\n" : "");
        for (size_t i = 0; i < ticks; i++) str_addc(out, '`');
        str_addc(out, '\n');
    }
    str_free(&text);
    return ok;
}

static bool begins_word(const char *s, size_t i) {
    return s[i] == '@' && (i == 0 || isspace((unsigned char)s[i - 1]));
}

bool attach_next(const char *message, size_t *at, struct str *path) {
    str_clear(path);
    size_t i = *at;
    while (message[i] && !begins_word(message, i)) i++;
    if (!message[i]) return false;
    bool quoted = message[++i] == '"';
    size_t n = strcspn(message + i + quoted, quoted ? "\"" : " \t\n");
    str_addn(path, message + i + quoted, n);
    str_cstr(path);
    *at = i + quoted + n;
    return true;
}

/* The path as it names a file: whole, or without the punctuation of the sentence after it. */
static bool names_file(struct str *path) {
    while (path->len && !is_file(path->s)) {
        if (!strchr(".,;:!?)", path->s[path->len - 1])) return false;
        str_truncate(path, path->len - 1);
    }
    return path->len > 0;
}

static bool came_before(const char *message, size_t end, const char *path) {
    struct str earlier = STR_INIT;
    bool found = false;
    size_t at = 0;
    while (!found && attach_next(message, &at, &earlier) && at < end)
        found = names_file(&earlier) && strcmp(earlier.s, path) == 0;
    str_free(&earlier);
    return found;
}

bool attach_expand(struct str *out, const char *message, struct err *e) {
    struct str path = STR_INIT;
    size_t at = 0;
    bool ok = true;
    str_add(out, message);
    while (ok && attach_next(message, &at, &path)) {
        if (!names_file(&path) || came_before(message, at, path.s)) continue;
        str_add(out, "\n\n");
        ok = attach_file(out, path.s, e);
    }
    str_free(&path);
    return ok;
}
