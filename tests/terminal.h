/* terminal: a program on a pseudo-terminal whose other side is libvterm: what a person would see,
 * as text. Every byte the program sends is also checked: no control byte but those that a terminal
 * program has reason to send. */
#ifndef TESTS_TERMINAL_H
#define TESTS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

struct terminal;

/* Starts argv[0] at this size, TERM=xterm-256color, LC_ALL=C.UTF-8, no ~/.inputrc but `inputrc` (a
 * path, NULL: none). env: NAME=VALUE pairs that are added, NULL-terminated, or NULL. Inherited by
 * the child: fd 3, if `control` is not -1. */
struct terminal *terminal_start(char *const argv[], int rows, int cols, const char *const *env,
                                int control);
/* Ends the program (SIGKILL if it still runs) and returns its wait status. */
int terminal_end(struct terminal *t);

void terminal_send(struct terminal *t, const char *bytes, size_t n);
void terminal_resize(struct terminal *t, int rows, int cols);
pid_t terminal_pid(const struct terminal *t);
int terminal_fd(const struct terminal *t);
/* Takes what the program sent, waiting at most `ms` for the first byte; false when it has ended. */
bool terminal_read(struct terminal *t, int ms);
/* Reads until nothing came for `quiet_ms`. */
void terminal_settle(struct terminal *t, int quiet_ms);
/* The screen: a line per row, spaces at the ends of lines left out. */
void terminal_screen(struct terminal *t, struct str *out);
/* Reads until the screen holds `text`; false after twenty seconds. */
bool terminal_wait(struct terminal *t, const char *text);
void terminal_cursor(struct terminal *t, int *row, int *col);
/* Everything sent so far, and whether alternate screen and bracketed paste are on. */
const struct str *terminal_bytes(const struct terminal *t);

#endif
