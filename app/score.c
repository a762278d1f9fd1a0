/* score: `aside score`, how likely a model finds a text, token by token. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/models.h"
#include "app/runner.h"
#include "base/mem.h"
#include "engine/engine.h"

struct score {
    struct options options;
    const char *text, *list;
    bool step, fast;
    struct model *model;
    struct session *session;
    struct tokens tokens;
};

/* "1 2 3", also with commas and brackets as in JSON. */
static bool read_list(const char *s, struct tokens *out, struct err *e) {
    for (;;) {
        s += strspn(s, " \t\r\n,[]");
        if (!*s) return true;
        char *end;
        errno = 0;
        long id = strtol(s, &end, 10);
        if (end == s || errno || id < 0 || id > INT32_MAX)
            return err_set(e, "--tokens: \"%.20s\" is not a token id", s);
        tokens_add(out, (int32_t)id);
        s = end;
    }
}

static bool read_tokens(struct score *s, struct err *e) {
    if (s->list) return read_list(s->list, &s->tokens, e);
    const struct tokenizer *t = model_tokenizer(s->model);
    if (!t) return err_set(e, "the file has no vocabulary; give --tokens");
    tokenizer_encode(t, s->text, strlen(s->text), TOKENIZE_ADD, &s->tokens);
    return true;
}

static bool open_session(struct score *s, struct err *e) {
    char *path = models_resolve(s->options.model, e);
    if (!path) return false;
    s->model = model_open(path, e);
    free(path);
    if (!s->model || !read_tokens(s, e)) return false;
    if (!s->tokens.n) return err_set(e, "there are no tokens to score");
    struct session_params p = runner_session_params(&s->options);
    p.exact = !s->fast;
    if (s->tokens.n > 1u << 24) return err_set(e, "%zu tokens are too many", s->tokens.n);
    if (!p.n_ctx) p.n_ctx = (uint32_t)s->tokens.n;
    s->session = session_open(s->model, &p, e);
    return s->session != NULL;
}

static void print_row(const struct score *s, struct sampler *sampler, size_t pos,
                      const float *logits) {
    bool last = pos + 1 == s->tokens.n;
    struct sample sample;
    sampler_measure(sampler, logits, last ? -1 : s->tokens.ids[pos + 1], &sample);
    printf("%zu\t%d\t", pos, s->tokens.ids[pos]);
    printf("%d\t%.6f\t", sample.id, (double)sample.logprob); /* -1 and 0 after the last */
    printf("%d\t%.6f\t%.6f\n", sample.alt_id[0], (double)sample.alt_logprob[0],
           (double)sample.entropy);
}

/* In pieces, so that the logits of a long text do not all stand in memory at once. */
static bool run(struct score *s, struct err *e) {
    enum { PIECE = 256 };
    size_t n_vocab = model_info(s->model)->n_vocab, piece = s->step ? 1 : PIECE;
    struct sampler *sampler = sampler_new(n_vocab);
    float *logits = mem_array(n_vocab * piece, sizeof *logits);
    bool ok = true;
    puts("pos\ttoken\tnext\tlogprob_next\ttop1\tlogprob_top1\tentropy_nats");
    for (size_t at = 0; ok && at < s->tokens.n; at += piece) {
        size_t n = s->tokens.n - at < piece ? s->tokens.n - at : piece;
        ok =
            session_eval(s->session, s->tokens.ids + at, n, s->step ? NULL : logits, NULL, NULL, e);
        for (size_t i = 0; ok && i < n; i++)
            print_row(s, sampler, at + i,
                      s->step ? session_logits(s->session) : logits + i * n_vocab);
    }
    free(logits);
    sampler_free(sampler);
    return ok;
}

static int parse(struct score *s, struct args *a, struct err *e) {
    while (a->next < a->argc) {
        if (args_take(a, "--tokens", true)) {
            s->list = a->value;
        } else if (args_take(a, "--text", true)) {
            s->text = a->value;
        } else if (args_take(a, "--step", false)) {
            s->step = true;
        } else if (args_take(a, "--fast", false)) {
            s->fast = true;
        } else if (!options_take(&s->options, a, e)) {
            return command_misused("score", "%s", e->msg[0] ? e->msg : a->argv[a->next]);
        }
        if (a->failed) return command_misused("score", "an option lacks its value");
    }
    if (!s->list == !s->text) return command_misused("score", "give --tokens or --text");
    return EXIT_OK;
}

int command_score(int argc, char **argv) {
    struct score s = {0};
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    options_init(&s.options);
    int status = parse(&s, &a, &e);
    if (status == EXIT_OK && !(open_session(&s, &e) && run(&s, &e))) status = command_failed(&e);
    session_close(s.session);
    model_close(s.model);
    tokens_free(&s.tokens);
    options_done(&s.options);
    return status;
}
