/* utf8: reading and writing UTF-8 (RFC 3629) that may be broken. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Decodes the character at s[0..n), n >= 1. Returns the bytes taken (1..4). A byte that starts no
 * valid character (overlong forms, surrogates and > U+10FFFF included) takes one byte and gives
 * UTF8_REPLACEMENT with *ok false; `ok` may be NULL. */
size_t utf8_decode(const char *s, size_t n, unsigned *cp, bool *ok);

/* Writes cp to out[0..4) and returns the number of bytes; an invalid cp gives U+FFFD. */
size_t utf8_encode(unsigned cp, char out[4]);

bool utf8_valid(const char *s, size_t n);

/* How many bytes at the end of s[0..n) begin a character that could still be completed (0..3).
 * A streaming writer holds those back. */
size_t utf8_incomplete_tail(const char *s, size_t n);

/* Appends s with every invalid byte replaced by U+FFFD. */
void utf8_add_valid(struct str *out, const char *s, size_t n);

/* Appends s made harmless for a terminal: invalid bytes become U+FFFD; C0 and C1 controls and DEL
 * become visible stand-ins (U+2400.. "control pictures", U+FFFD for C1), except '\n' and '\t';
 * bidirectional overrides and isolates become U+FFFD. */
void utf8_add_harmless(struct str *out, const char *s, size_t n);

/* Appends s as a C string shows it, in quotes: \n, \t, \" and \\; controls and bytes that are not
 * UTF-8 as \xHH. One line, every byte told. */
void utf8_add_quoted(struct str *out, const char *s, size_t n);

#endif
