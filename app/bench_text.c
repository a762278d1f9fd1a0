/* bench_text: see the header. The tokens are given, as if the model had chosen them: what drafts
 * bring hangs on the text, and on the model only for how long a step takes, so that a text that was
 * written elsewhere tells of any model. (The drafts of a model's own block are only worth something
 * for text that it could have written itself.) */
#include "app/bench_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/mem.h"

enum { TEXT_LIMIT = 16 << 20, WAYS = 2 };

struct way {
    const char *name;
    enum speculation how;
    struct session *s;
    struct speculate *drafts;
    struct speculation_counts counts; /* of the last round */
    double best, sum;                 /* seconds */
};

static bool open_way(struct way *w, const struct model *m, struct session_params p, struct err *e) {
    p.speculation = w->how;
    speculate_prepare(&p, m);
    w->s = session_open(m, &p, e);
    if (w->s) w->drafts = speculate_new(w->s, w->how);
    return w->s != NULL;
}

static bool say(struct way *w, const struct tokens *ids, size_t from, struct err *e) {
    session_truncate(w->s, 0);
    if (!session_eval(w->s, ids->ids, from, NULL, NULL, NULL, e)) return false;
    int64_t start = clock_mono_us();
    speculate_begin(w->drafts);
    for (size_t i = from; i < ids->n; i++)
        if (!speculate_take(w->drafts, ids->ids[i], ids->n - i - 1, e)) return false;
    speculate_end(w->drafts);
    double seconds = (double)(clock_mono_us() - start) * 1e-6;
    w->counts = speculate_counts(w->drafts);
    w->sum += seconds;
    if (w->best <= 0 || seconds < w->best) w->best = seconds;
    return true;
}

static void print_way(const struct way *w, const struct way *plain, size_t n, size_t rounds,
                      bool json) {
    double per_step = (double)n / (double)w->counts.steps, mean = w->sum / (double)rounds;
    if (json)
        printf("{\"test\": \"text\", \"drafts\": \"%s\", \"tokens\": %zu, \"best_tok_s\": %.3f, "
               "\"mean_tok_s\": %.3f, \"steps\": %zu, \"drafted\": %zu, \"accepted\": %zu}\n",
               w->name, n, (double)n / w->best, (double)n / mean, w->counts.steps,
               w->counts.drafted, w->counts.accepted);
    else
        printf("%-20s %7zu %10.2f %10.2f %11.2f %9zu %9zu %8.2f\n", w->name, n, (double)n / w->best,
               (double)n / mean, per_step, w->counts.drafted, w->counts.accepted,
               plain->sum / w->sum);
}

static bool read_text(const struct model *m, const char *path, uint32_t n_ctx, struct tokens *ids,
                      struct err *e) {
    struct str text = STR_INIT;
    if (!model_tokenizer(m)) return err_set(e, "the model has no vocabulary to read a text with");
    if (!files_read_whole(path, TEXT_LIMIT, &text, e)) return false;
    tokenizer_encode(model_tokenizer(m), str_cstr(&text), text.len, TOKENIZE_ADD, ids);
    str_free(&text);
    if (ids->n > n_ctx) ids->n = n_ctx;
    return ids->n >= 16 || err_set(e, "%s: a text of %zu tokens is too short", path, ids->n);
}

bool bench_text(const struct model *m, struct session_params p, const char *path, size_t rounds,
                bool json, struct err *e) {
    struct way ways[WAYS] = {{.name = "one a step", .how = SPECULATION_OFF},
                             {.name = "with drafts", .how = p.speculation}};
    struct tokens ids = {0};
    uint32_t trained = model_info(m)->context_length;
    if (!p.n_ctx) p.n_ctx = trained && trained < 8192 ? trained : 8192;
    bool ok = read_text(m, path, p.n_ctx, &ids, e);
    for (int i = 0; ok && i < WAYS; i++) ok = open_way(&ways[i], m, p, e);
    for (size_t r = 0; ok && r < rounds; r++)
        for (int i = 0; ok && i < WAYS; i++) ok = say(&ways[i], &ids, ids.n / 4, e);
    if (ok && !json)
        printf("%-20s %7s %10s %10s %11s %9s %9s %8s\n", "", "tokens", "best tok/s", "mean",
               "tokens/step", "drafted", "accepted", "faster");
    for (int i = 0; ok && i < WAYS; i++)
        print_way(&ways[i], &ways[0], ids.n - ids.n / 4, rounds, json);
    for (int i = 0; i < WAYS; i++) {
        speculate_free(ways[i].drafts);
        session_close(ways[i].s);
    }
    tokens_free(&ids);
    return ok;
}
