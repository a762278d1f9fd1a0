/* prompt: a conversation as the text and the tokens that a model is asked to continue.
 *
 * The model's own template renders it. The template's text is tokenized with its special tokens;
 * the messages' words are not, so nobody can write "<|im_end|>" into a question and end it there.
 * To tell the two apart, contents that hold such a token are rendered between marks. */
#ifndef ENGINE_PROMPT_H
#define ENGINE_PROMPT_H

#include "engine/backend.h"

struct prompt {
    struct str text;    /* as rendered, with what was put after the generation prompt */
    struct str given;   /* the part of the answer that is there already (a continuation) */
    struct tokens ids;  /* all of it */
    size_t n_given_ids; /* how many of the last ids are the request's resume_ids */
};

/* False: no template, a template's error with its line. `out` is to be freed either way. */
bool prompt_build(const struct model *m, const struct chat_request *r, struct prompt *out,
                  struct err *e);
void prompt_free(struct prompt *p);

/* Appends the bytes that a generated token adds: its text, and of a control token only what the
 * family writes around thoughts. */
void prompt_piece(const struct model *m, int32_t id, struct str *out);

/* A splitter for what the model writes after this prompt; `given` is to be fed to it first. */
struct reasoning *prompt_splitter(const struct model *m, const struct prompt *p);

/* The template's variables: an object with the messages and the options. Owned JSON. `mark`: put
 * marks around the contents that hold special tokens. */
char *prompt_variables(const struct model *m, const struct chat_request *r, bool mark);

#endif
