/* loop: see loop.h. The two signals are blocked but inside ppoll(), so that none is missed between
 * looking and sleeping. */
#include "app/loop.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t ended;
static sigset_t while_asleep;

static void on_end(int sig) {
    (void)sig;
    ended = 1;
}

void loop_open(void) {
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &block, &while_asleep);
    sigdelset(&while_asleep, SIGTERM);
    sigdelset(&while_asleep, SIGHUP);
    struct sigaction act = {.sa_handler = on_end};
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
}

void loop_sleep(int fd_terminal, int fd_b, int fd_c, int fd_d, int timeout_ms) {
    struct pollfd fds[4] = {{.fd = fd_terminal, .events = POLLIN},
                            {.fd = fd_b, .events = POLLIN},
                            {.fd = fd_c, .events = POLLIN},
                            {.fd = fd_d, .events = POLLIN}};
    struct timespec t = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    ppoll(fds, 4, timeout_ms < 0 ? NULL : &t, &while_asleep);
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) ended = 1;
}

bool loop_ended(void) { return ended; }

int loop_sooner(int a, int b) { return a < 0 ? b : b < 0 ? a : a < b ? a : b; }
