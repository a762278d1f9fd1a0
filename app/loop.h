/* loop: where the interface sleeps: one poll over the terminal, the backend and signals. */
#ifndef APP_LOOP_H
#define APP_LOOP_H

#include <stdbool.h>

/* SIGTERM and SIGHUP end the loop in order (what is pending is written) instead of killing. */
void loop_open(void);
/* Sleeps until the terminal or one of the others (< 0: none) is readable, a signal came or
 * timeout_ms (< 0: never) is over. */
void loop_sleep(int fd_terminal, int fd_b, int fd_c, int fd_d, int timeout_ms);
bool loop_ended(void); /* a signal asked the program to end */

/* The sooner of two timeouts in milliseconds, where -1 is never. */
int loop_sooner(int a, int b);

#endif
