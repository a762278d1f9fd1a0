/* reasoning: which text of a model is thought and which is answer, decided while it streams.
 *
 * A format is a row of a table: the tags a family writes around its thoughts, the words with which
 * a thought can be closed early, how thinking is switched (template variables), recommended
 * sampling. It is found from the template's text and the vocabulary. */
#ifndef ENGINE_REASONING_H
#define ENGINE_REASONING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum channel {
    CHANNEL_THOUGHT,
    CHANNEL_ANSWER,
    CHANNEL_MARKUP /* tags and headers themselves: counted, not shown */
};

struct reasoning_format {
    const char *name;         /* "think", "harmony", "mistral" … ; "none": no thoughts at all */
    const char *open, *close; /* "<think>", "</think>"; as text that begins or ends a thought */
    const char *bridge;       /* what is appended to a thought that is cut short, before `close` */
    const char *more; /* and to one that is taken up again after it was closed; NULL: no thoughts */
    bool can_switch_off;
    /* recommended sampling of the family; < 0 = no recommendation */
    float temperature, top_p, min_p;
    int top_k;
    /* What begins an answer where no thought was opened, NULL: nothing ("<|content|>"). */
    const char *answer;
    /* What `reasoning_effort` must be for thinking to be on or off, NULL: not asked. */
    const char *effort_on, *effort_off;
    const struct reasoning_marker *markers; /* what the splitter looks for; private */
    int start;                              /* where output begins; private */
};

/* The format of a chat template (by what the text contains); never NULL ("none" at the least). */
const struct reasoning_format *reasoning_detect(const char *chat_template, const char *arch);
const struct reasoning_format *reasoning_named(const char *name); /* NULL: no such format */

/* The splitter: fed with the pieces as they come, it hands back runs of text with their channel.
 * Text that may turn out to be part of a tag is held back until that is decided. */
struct reasoning;

/* `prompt_tail`: the end of the rendered prompt (the last few hundred bytes); if it leaves a
 * thought open, output starts inside it; if it closes one, output is answer only. */
struct reasoning *reasoning_new(const struct reasoning_format *f, const char *prompt_tail);
void reasoning_free(struct reasoning *r);

/* Called for each run; `text` is n bytes of whole UTF-8 characters. */
typedef void reasoning_sink(void *ctx, enum channel c, const char *text, size_t n);

void reasoning_feed(struct reasoning *r, const char *bytes, size_t n, reasoning_sink *sink,
                    void *ctx);
void reasoning_finish(struct reasoning *r, reasoning_sink *sink,
                      void *ctx); /* flushes what is held */
/* True once a closing tag came although no thought was opened: all that was handed out as answer
 * before it was the thought (models whose prompt should have opened it). */
bool reasoning_was_thought(const struct reasoning *r);
/* True while nothing came after a prompt that closes the thought before it began. */
bool reasoning_closed(const struct reasoning *r);
/* Whether `text` is, or is part of, a tag of the format (so that a control token matters). */
bool reasoning_knows(const struct reasoning_format *f, const char *text, size_t n);
enum channel reasoning_channel(const struct reasoning *r); /* where the next text goes */
bool reasoning_in_thought(const struct reasoning *r);
/* Splits a whole text (an imported answer with inline tags) into thought and answer. */
void reasoning_split(const struct reasoning_format *f, const char *text, size_t n,
                     struct str *thought, struct str *answer);

#endif
