/* template: chat templates in the subset of Jinja that models use, as Hugging Face sets it up
 * (trim_blocks, lstrip_blocks, loopcontrols, generation tag; undefined is lenient only where Jinja
 * is). Errors name the line of the template. */
#ifndef ENGINE_TEMPLATE_H
#define ENGINE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct template;

/* `source` is copied. */
struct template *template_compile(const char *source, size_t len, struct err *e);
void template_free(struct template *t);

/* Renders with `variables_json`, a JSON object whose members become the template's variables
 * (messages, tools, add_generation_prompt, bos_token, enable_thinking …). Integers and floats are
 * kept apart, key order is kept. Output is appended to `out`; untouched on failure. Bounded: a
 * template that loops or recurses too long is stopped with an error. */
bool template_render(const struct template *t, const char *variables_json, size_t len,
                     struct str *out, struct err *e);

#endif
