/* replay: `aside replay ID` plays a saved conversation in the interface; with --verify the model
 * runs again from the stored seeds and every token is compared. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cast.h"
#include "app/commands.h"
#include "app/generate.h"
#include "app/loop.h"
#include "app/player.h"
#include "app/transcript.h"
#include "base/files.h"
#include "base/mem.h"

/* ---- Playing ---------------------------------------------------------------------------- */

static int play(const struct options *o, struct history *h, int64_t id, double speed,
                struct err *e) {
    struct ui_options uo = {.theme = o->theme, .markdown = o->markdown, .mouse = o->mouse};
    struct ui *u = ui_open(&uo, e);
    if (!u) return command_failed(e);
    mem_on_exhausted(ui_emergency_restore);
    loop_open();
    struct player *p = player_open(h, u, id, speed, e);
    bool leave = !p;
    while (!leave && !loop_ended()) {
        loop_sleep(ui_input_fd(u), ui_wake_fd(u), -1, -1,
                   loop_sooner(ui_draw(u), player_due_ms(p)));
        ui_input(u);
        struct ui_action a;
        while (!leave && ui_next_action(u, &a)) {
            leave |= a.type == UI_QUIT || a.type == UI_INTERRUPT;
            if (a.type == UI_REPLAY) leave |= !player_key(p, a.value);
        }
        player_advance(p);
    }
    bool failed = !p;
    if (p) player_close(p);
    ui_close(u);
    return failed ? command_failed(e) : EXIT_OK;
}

/* Without a terminal there is nothing to play on: the text, at once. */
static int print_text(struct history *h, int64_t id, struct err *e) {
    struct str text = STR_INIT;
    if (!history_export(h, id, "text", &text, e)) return command_failed(e);
    fwrite(text.s, 1, text.len, stdout);
    str_free(&text);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int record(const struct options *o, int64_t id, const char *size, double speed,
                  const char *file, struct err *e) {
    struct cast_size screen = {100, 30};
    struct str cast = STR_INIT;
    if (size && !cast_size_read(size, &screen))
        return command_misused("replay", "--size takes COLUMNSxROWS, 40x10 to 500x200");
    bool ok =
        cast_record(o, id, screen, speed, &cast, e) && files_write_whole(file, cast.s, cast.len, e);
    str_free(&cast);
    return ok ? EXIT_OK : command_failed(e);
}

/* ---- Verifying -------------------------------------------------------------------------- */

struct recorded {
    int32_t *ids;
    bool *forced;
    size_t n, cap_ids, cap_forced;
};

static bool add_recorded(void *ctx, const struct history_token *t) {
    struct recorded *r = ctx;
    if (t->token_id < 0) return true;
    r->ids = mem_grow(r->ids, &r->cap_ids, r->n + 1, sizeof *r->ids);
    r->forced = mem_grow(r->forced, &r->cap_forced, r->n + 1, sizeof *r->forced);
    r->ids[r->n] = t->token_id;
    r->forced[r->n++] = t->forced;
    return true;
}

struct comparison {
    const struct recorded *want;
    size_t at;         /* next token to compare */
    size_t differs_at; /* first difference, SIZE_MAX = none */
};

static void compare(void *ctx, const struct event *ev) {
    struct comparison *c = ctx;
    if (ev->type != EVENT_TOKEN || ev->token.sample.id < 0) return;
    if (c->at < c->want->n && ev->token.sample.id != c->want->ids[c->at] &&
        c->differs_at == SIZE_MAX)
        c->differs_at = c->at;
    c->at++;
}

/* Runs the stretches between forced tokens (a person's "answer now", a budget): each is generated
 * from exactly what preceded it. */
static bool verify_message(struct runner *run, const struct transcript *t, size_t i,
                           const struct history_message *m, const struct recorded *want,
                           struct comparison *c, struct err *e) {
    cJSON *settings = cJSON_Parse(m->sampling_json ? m->sampling_json : "");
    struct chat_options options;
    struct options unused;
    if (!runner_settings_read(settings, &options, &unused)) {
        cJSON_Delete(settings);
        return err_set(e, "message %lld has no settings to run it with", (long long)m->id);
    }
    options.sampling.seed = m->seed;
    options.budget = -1; /* forced tokens are taken from the record */
    struct chat_message *messages = transcript_request(t, i + 1);
    bool ok = true;
    for (size_t from = runner_settings_given(settings); ok && from < want->n && c->differs_at == SIZE_MAX;) {
        size_t to = from;
        while (to < want->n && !want->forced[to]) to++;
        options.n_predict = (int64_t)(to - from);
        messages[i].content = messages[i].reasoning = "";
        struct chat_request request = {.messages = messages,
                                       .n_messages = from ? i + 1 : i,
                                       .in_thought = false,
                                       .resume_ids = from ? want->ids : NULL,
                                       .n_resume_ids = from,
                                       .options = options};
        struct generation g = {.ttft_us = -1};
        c->at = from;
        if (to > from) {
            ok = generate(run, &request, compare, c, &g, e);
            if (ok && c->at < to && c->differs_at == SIZE_MAX) c->differs_at = c->at;
            generation_done(&g);
        }
        while (to < want->n && want->forced[to]) to++;
        from = to;
    }
    free(messages);
    cJSON_Delete(settings);
    return ok;
}

static bool open_for(struct runner *run, const struct options *o, const struct history_message *m,
                     struct err *e) {
    struct options wanted = *o;
    struct chat_options unused;
    cJSON *settings = cJSON_Parse(m->sampling_json ? m->sampling_json : "");
    if (settings) runner_settings_read(settings, &unused, &wanted);
    if (!o->model) wanted.model = m->model;
    bool ok = runner_open(run, &wanted, e);
    cJSON_Delete(settings);
    return ok;
}

static int verify(const struct options *o, struct history *h, int64_t id, struct err *e) {
    struct transcript t = {0};
    struct history_message *messages = NULL;
    struct runner run = {0};
    size_t n = 0, n_tokens = 0, n_different = 0;
    bool ok = transcript_load(&t, h, id, 0, e) && history_messages(h, id, 0, &messages, &n, e);
    for (size_t i = 0; ok && i < n; i++) {
        struct recorded want = {0};
        struct comparison c = {&want, 0, SIZE_MAX};
        if (messages[i].role != HISTORY_ASSISTANT) continue;
        ok = history_message_tokens(h, messages[i].id, add_recorded, &want, e);
        if (ok && want.n && !run.backend) ok = open_for(&run, o, &messages[i], e);
        if (ok && want.n) ok = verify_message(&run, &t, i, &messages[i], &want, &c, e);
        if (ok && c.differs_at != SIZE_MAX) {
            printf("message %lld: token %zu of %zu differs\n", (long long)messages[i].id,
                   c.differs_at, want.n);
            n_different++;
        } else if (ok && !want.n)
            printf("message %lld: it has no token numbers to compare\n", (long long)messages[i].id);
        else if (ok)
            printf("message %lld: %zu tokens, all the same\n", (long long)messages[i].id, want.n);
        n_tokens += want.n;
        free(want.ids);
        free(want.forced);
    }
    if (ok && !n_different) printf("verified: every one of %zu tokens is the same\n", n_tokens);
    for (size_t i = 0; i < n; i++) history_message_done(&messages[i]);
    free(messages);
    runner_close(&run);
    transcript_free(&t);
    return !ok ? command_failed(e) : n_different ? EXIT_FAILED : EXIT_OK;
}

int command_replay(int argc, char **argv) {
    struct options o;
    struct args a = {argc, 1, argv, NULL, false};
    struct err e = {""};
    const char *cast = NULL, *size = NULL;
    bool checks = false;
    double speed = 1;
    int64_t id = 0;
    int status = EXIT_OK;
    options_init(&o);
    if (!options_load(&o, &e)) status = command_failed(&e);
    while (status == EXIT_OK && a.next < argc) {
        if (args_take(&a, "--verify", false))
            checks = true;
        else if (args_take(&a, "--cast", true) && !a.failed)
            cast = a.value;
        else if (args_take(&a, "--size", true) && !a.failed)
            size = a.value;
        else if (args_take(&a, "--speed", true)) {
            char *end;
            speed = strtod(a.value, &end);
            if (*end || end == a.value || (speed != 0 && (speed < 0.25 || speed > 16)))
                status = command_misused("replay", "--speed takes 0.25 to 16, or 0");
        } else if (argv[a.next][0] == '-' && options_take(&o, &a, &e))
            continue;
        else if (id == 0 && strtoll(argv[a.next], NULL, 10) > 0)
            id = strtoll(argv[a.next++], NULL, 10);
        else
            status = command_misused("replay", "%s", e.msg[0] ? e.msg : argv[a.next]);
    }
    if (status == EXIT_OK && !id)
        status = command_misused("replay", "which conversation? (aside history list)");
    if (status == EXIT_OK && cast) {
        status = record(&o, id, size, speed, cast, &e);
    } else if (status == EXIT_OK) {
        struct str notice = STR_INIT;
        struct history *h = history_open(NULL, &notice, &e);
        if (notice.len) fprintf(stderr, "aside: %s\n", notice.s);
        str_free(&notice);
        if (!h)
            status = command_failed(&e);
        else if (checks)
            status = verify(&o, h, id, &e);
        else if (isatty(0) && isatty(1))
            status = play(&o, h, id, speed, &e);
        else
            status = print_text(h, id, &e);
        history_close(h);
    }
    options_done(&o);
    return status;
}
