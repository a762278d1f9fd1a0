/* mem: allocation that cannot fail for its caller.
 *
 * Running out of memory ends the program after the hook ran (the interface restores the terminal
 * there). Everything returned here is released with free(). */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *mem_alloc(size_t bytes);           /* uninitialised; never NULL, also for 0 */
void *mem_calloc(size_t n, size_t size); /* zeroed; ends the program on overflow of n*size */
void *mem_realloc(void *p, size_t bytes);
void *mem_array(size_t n, size_t size); /* mem_alloc(n*size), overflow checked */
void *mem_grow(void *p, size_t *cap, size_t need, size_t size); /* doubles *cap until >= need */
char *mem_strdup(const char *s);                                /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);                     /* copies n bytes and adds a NUL */
void *mem_aligned(size_t align, size_t bytes); /* align: a power of two; contents undefined */

/* `hook` runs once before the program ends for lack of memory. */
void mem_on_exhausted(void (*hook)(void));

/* A guard for code that must not allocate: while `on` in this thread, any mem_* call aborts with
 * a message. The engine holds it while it decodes. */
void mem_forbid(bool on);

#endif
