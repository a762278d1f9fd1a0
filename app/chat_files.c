/* chat_files: text that comes into messages from files, and goes out to the clipboard. */
#include <md4c.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/attach.h"
#include "app/chat.h"
#include "base/mem.h"

/* ---- Files ------------------------------------------------------------------------------ */

/* "1,204 tokens of 8,192", or the bytes where the model's tokenizer is elsewhere. */
static void add_size(struct chat *c, struct str *out, const struct str *text) {
    const struct tokenizer *t = c->runner.model ? model_tokenizer(c->runner.model) : NULL;
    struct tokens ids = {0};
    size_t used, total;
    if (!t) {
        str_addf(out, "%zu bytes", text->len);
        return;
    }
    tokenizer_encode(t, text->s, text->len, 0, &ids);
    backend_context(c->runner.backend, &used, &total);
    str_addf(out, "%zu tokens of the %zu that fit", ids.n, total);
    if (used && used < total && used + ids.n > total)
        str_addf(out, ", but only %zu are left", total - used);
    tokens_free(&ids);
}

void chat_read(struct chat *c, const char *path) {
    struct str message = STR_INIT, size = STR_INIT;
    struct err e;
    if (!*path) {
        ui_notice(c->ui,
                  "/read FILE puts a text file into the message; @FILE in a message adds it");
    } else if (!attach_file(&message, path, &e)) {
        chat_complain(c, &e);
    } else {
        add_size(c, &size, &message);
        ui_input_set(c->ui, message.s);
        ui_notice(c->ui, "%s: %s", path, size.s);
    }
    str_free(&message);
    str_free(&size);
}

void chat_weigh_attachment(struct chat *c) {
    const char *line = ui_input_line(c->ui);
    struct str path = STR_INIT, last = STR_INIT, text = STR_INIT, size = STR_INIT;
    size_t at = 0;
    if (!strchr(line, '@')) return;
    while (attach_next(line, &at, &path)) {
        str_clear(&last);
        str_addn(&last, path.s, path.len);
    }
    if (last.len && (!c->weighed || strcmp(c->weighed, last.s) != 0)) {
        free(c->weighed); /* a word is looked at once, also where it names no text file */
        c->weighed = mem_strdup(last.s);
        if (attach_file(&text, last.s, NULL)) {
            add_size(c, &size, &text);
            ui_notice(c->ui, "%s: %s", last.s, size.s);
        }
    }
    str_free(&path);
    str_free(&last);
    str_free(&text);
    str_free(&size);
}

/* ---- The clipboard ---------------------------------------------------------------------- */

struct code_blocks {
    struct str text; /* of the block in work, at the end the one that was wanted */
    int n, wanted;   /* counted from 1; wanted 0: the last */
    bool inside;
};

static int enter_block(MD_BLOCKTYPE type, void *detail, void *ctx) {
    struct code_blocks *b = ctx;
    (void)detail;
    if (type != MD_BLOCK_CODE || (b->wanted && b->n == b->wanted)) return 0;
    b->n++;
    b->inside = true;
    str_clear(&b->text);
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *ctx) {
    (void)detail;
    if (type == MD_BLOCK_CODE) ((struct code_blocks *)ctx)->inside = false;
    return 0;
}

static int ignore_span(MD_SPANTYPE type, void *detail, void *ctx) {
    (void)type, (void)detail, (void)ctx;
    return 0;
}

static int take_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *ctx) {
    struct code_blocks *b = ctx;
    (void)type;
    if (b->inside) str_addn(&b->text, text, n);
    return 0;
}

/* The text of a fenced or indented block of Markdown, as it was written. False: there is none. */
static bool find_code(const struct str *markdown, int wanted, struct str *out) {
    struct code_blocks b = {.wanted = wanted};
    MD_PARSER parser = {.flags = MD_FLAG_NOHTML,
                        .enter_block = enter_block,
                        .leave_block = leave_block,
                        .enter_span = ignore_span,
                        .leave_span = ignore_span,
                        .text = take_text};
    md_parse(markdown->s ? markdown->s : "", (MD_SIZE)markdown->len, &parser, &b);
    bool found = b.n > 0 && (!wanted || b.n == wanted);
    if (found) str_addn(out, str_cstr(&b.text), b.text.len);
    str_free(&b.text);
    return found;
}

static void send(struct chat *c, const char *what, const struct str *text) {
    if (!text->len)
        ui_notice(c->ui, "there is no %s to copy", what);
    else if (!ui_copy(c->ui, text->s, text->len))
        ui_notice(c->ui, "the %s is too long for a clipboard (%zu bytes)", what, text->len);
    else
        ui_notice(c->ui, "%s sent to the terminal's clipboard (%zu bytes)", what, text->len);
}

void chat_copy(struct chat *c, const char *what) {
    const struct transcript *t = &c->transcript;
    size_t n = t->n;
    while (n && t->messages[n - 1].role != CHAT_ASSISTANT) n--;
    if (!n) {
        ui_notice(c->ui, "there is no answer to copy");
        return;
    }
    const struct transcript_message *m = &t->messages[n - 1];
    if (!*what) {
        send(c, "answer", &m->content);
    } else if (strcmp(what, "thought") == 0) {
        send(c, "thought", &m->reasoning);
    } else if (strcmp(what, "code") == 0 || str_starts(what, "code ")) {
        struct str code = STR_INIT;
        int wanted = what[4] ? (int)strtol(what + 5, NULL, 10) : 0;
        find_code(&m->content, wanted, &code);
        send(c, "code block", &code);
        str_free(&code);
    } else {
        ui_notice(c->ui, "/copy copies the answer; /copy thought, /copy code or /copy code N");
    }
}
