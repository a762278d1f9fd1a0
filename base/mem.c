#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*exhausted_hook)(void);
static _Thread_local bool forbidden;

void mem_on_exhausted(void (*hook)(void)) { exhausted_hook = hook; }

void mem_forbid(bool on) { forbidden = on; }

static void *checked(void *p, size_t bytes) {
    if (!p) {
        if (exhausted_hook) exhausted_hook();
        fprintf(stderr, "aside: out of memory (asked for %zu bytes)\n", bytes);
        exit(1);
    }
    return p;
}

static void guard(void) {
    if (forbidden) {
        fputs("aside: bug: allocation where none is allowed\n", stderr);
        abort();
    }
}

static size_t product(size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) checked(NULL, SIZE_MAX);
    return bytes;
}

void *mem_alloc(size_t bytes) {
    guard();
    return checked(malloc(bytes ? bytes : 1), bytes);
}

void *mem_calloc(size_t n, size_t size) {
    guard();
    size_t bytes = product(n, size);
    return checked(calloc(1, bytes ? bytes : 1), bytes);
}

void *mem_realloc(void *p, size_t bytes) {
    guard();
    return checked(realloc(p, bytes ? bytes : 1), bytes);
}

void *mem_array(size_t n, size_t size) { return mem_alloc(product(n, size)); }

void *mem_grow(void *p, size_t *cap, size_t need, size_t size) {
    if (need <= *cap) return p;
    size_t n = *cap ? *cap : 16;
    while (n < need) n = product(n, 2);
    p = mem_realloc(p, product(n, size));
    *cap = n;
    return p;
}

char *mem_strdup(const char *s) { return s ? mem_strndup(s, strlen(s)) : NULL; }

char *mem_strndup(const char *s, size_t n) {
    char *copy = mem_alloc(n + 1);
    if (n) memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

void *mem_aligned(size_t align, size_t bytes) {
    guard();
    void *p = NULL;
    if (posix_memalign(&p, align < sizeof(void *) ? sizeof(void *) : align, bytes ? bytes : 1))
        p = NULL;
    return checked(p, bytes);
}
