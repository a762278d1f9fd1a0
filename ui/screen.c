/* screen: see screen.h. Curses is used for what it is good at, sending only what changed; keys are
 * read as bytes elsewhere, because readline wants them as they come. */
#include "ui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/utf8.h"
#include "ui/text.h"

/* curses.h and term.h define short macros that would clash with plain names. */
#undef lines
#undef columns

static const struct {
    const char *utf8, *ascii;
} glyphs[GLYPH_N] = {
    [GLYPH_HLINE] = {"─", "-"},  [GLYPH_VLINE] = {"│", "|"},  [GLYPH_TEE_DOWN] = {"┬", "+"},
    [GLYPH_TEE_UP] = {"┴", "+"}, [GLYPH_CROSS] = {"┼", "+"},  [GLYPH_TEE_RIGHT] = {"├", "|"},
    [GLYPH_CORNER] = {"└", "`"}, [GLYPH_PROMPT] = {"›", ">"}, [GLYPH_MORE] = {"↓", "v"},
    [GLYPH_FULL] = {"▰", "#"},   [GLYPH_EMPTY] = {"▱", "."},  [GLYPH_DOTS] = {"…", "..."},
    [GLYPH_BULLET] = {"•", "*"}, [GLYPH_BAR] = {"▏", "|"},    [GLYPH_CLOSED] = {"▸", "+"},
    [GLYPH_OPEN] = {"▾", "-"},   [GLYPH_MIDDOT] = {"·", "-"}, [GLYPH_CURSOR] = {"▏", "_"},
    [GLYPH_PLAY] = {"▶", ">"},   [GLYPH_PAUSE] = {"‖", "="},  [GLYPH_DONE] = {"☑", "[x]"},
    [GLYPH_TODO] = {"☐", "[ ]"},
};

static struct {
    bool open, left; /* left: handed over for now */
    bool ascii, colour, mouse;
    SCREEN *sp;
    struct termios saved;
    char restore[256]; /* bytes that undo what we switched on */
    size_t n_restore;
    chtype attrs[THEME_N];
    short pair[THEME_N];
    int wake[2];
    volatile sig_atomic_t resized, suspend, resumed;
    struct sigaction old[NSIG];
} scr = {.wake = {-1, -1}};

const char *screen_glyph(enum glyph g) { return scr.ascii ? glyphs[g].ascii : glyphs[g].utf8; }
bool screen_ascii(void) { return scr.ascii; }
int screen_rows(void) { return LINES; }
int screen_cols(void) { return COLS; }

/* ---- Giving the terminal back --------------------------------------------------------------- */

static void write_all(const char *s, size_t n) {
    while (n > 0) {
        ssize_t k = write(STDOUT_FILENO, s, n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return;
        s += k;
        n -= (size_t)k;
    }
}

void screen_emergency(void) {
    if (!scr.open || scr.left) return;
    scr.left = true;
    write_all(scr.restore, scr.n_restore);
    tcsetattr(STDIN_FILENO, TCSANOW, &scr.saved);
}

static void restore_add(const char *s) {
    if (!s || s == (char *)-1) return;
    size_t n = strlen(s);
    if (scr.n_restore + n > sizeof scr.restore) return;
    memcpy(scr.restore + scr.n_restore, s, n);
    scr.n_restore += n;
}

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGTERM, SIGHUP};
enum { N_FATAL = sizeof fatal / sizeof *fatal };

static void on_fatal(int sig) {
    screen_emergency();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void on_event(int sig) {
    int saved = errno;
    if (sig == SIGWINCH)
        scr.resized = 1;
    else if (sig == SIGTSTP)
        scr.suspend = 1;
    else
        scr.resumed = 1;
    if (write(scr.wake[1], "", 1) < 0) errno = saved; /* a full pipe wakes just as well */
    errno = saved;
}

static void catch (int sig, void (*handler)(int), bool only_default) {
    struct sigaction now, sa = {.sa_handler = handler};
    sigemptyset(&sa.sa_mask);
    sigaction(sig, NULL, &now);
    scr.old[sig] = now;
    /* A handler that the program (or a sanitizer) has set for a fatal signal is its own affair. */
    if (only_default && (now.sa_flags & SA_SIGINFO || now.sa_handler != SIG_DFL)) return;
    sigaction(sig, &sa, NULL);
}

static void uncatch(int sig, void (*handler)(int)) {
    struct sigaction now;
    sigaction(sig, NULL, &now);
    if (!(now.sa_flags & SA_SIGINFO) && now.sa_handler == handler)
        sigaction(sig, &scr.old[sig], NULL);
}

static void signals_install(void) {
    for (int i = 0; i < N_FATAL; i++) catch (fatal[i], on_fatal, true);
    catch (SIGWINCH, on_event, false);
    catch (SIGTSTP, on_event, false);
    catch (SIGCONT, on_event, false);
}

static void signals_remove(void) {
    for (int i = 0; i < N_FATAL; i++) uncatch(fatal[i], on_fatal);
    uncatch(SIGWINCH, on_event);
    uncatch(SIGTSTP, on_event);
    uncatch(SIGCONT, on_event);
}

/* ---- Opening and closing -------------------------------------------------------------------- */

static void modes_on(void) {
    static const char paste[] = "\033[?2004h", wheel[] = "\033[?1000h\033[?1006h";
    write_all(paste, sizeof paste - 1);
    if (scr.mouse) write_all(wheel, sizeof wheel - 1);
}

static bool wake_open(struct err *e) {
    if (pipe(scr.wake) != 0) return err_set(e, "pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(scr.wake[i], F_SETFL, fcntl(scr.wake[i], F_GETFL) | O_NONBLOCK);
        fcntl(scr.wake[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

static void restore_prepare(void) {
    scr.n_restore = 0;
    restore_add("\033[?2004l");
    if (scr.mouse) restore_add("\033[?1006l\033[?1000l");
    restore_add(tigetstr("sgr0"));
    restore_add(tigetstr("cnorm"));
    restore_add(tigetstr("rmcup"));
}

bool screen_open(const struct screen_options *o, struct err *e) {
    if (scr.open) return err_set(e, "the screen is already open");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(e, "standard input or output is no terminal");
    const char *term = getenv("TERM");
    int ok = 0;
    if (!term || !*term) return err_set(e, "TERM is not set");
    if (setupterm(NULL, STDOUT_FILENO, &ok) != OK)
        return err_set(e, "TERM=%s: unknown terminal", term);
    const char *cup = tigetstr("cup");
    bool places = cup && cup != (char *)-1;
    del_curterm(cur_term); /* newterm() makes its own */
    if (!places) return err_set(e, "TERM=%s: the cursor cannot be placed on it", term);
    setlocale(LC_CTYPE, "");
    scr.ascii = o->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    scr.mouse = o->mouse;
    if (tcgetattr(STDIN_FILENO, &scr.saved) != 0)
        return err_set(e, "terminal: %s", strerror(errno));
    if (!wake_open(e)) return false;
    /* Before curses, which leaves signals alone that have a handler. */
    signals_install();
    scr.sp = newterm(NULL, stdout, stdin);
    if (!scr.sp) {
        signals_remove();
        close(scr.wake[0]);
        close(scr.wake[1]);
        return err_set(e, "TERM=%s: curses cannot use it", term);
    }
    restore_prepare();
    scr.open = true;
    scr.left = false;
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    const char *no_color = getenv("NO_COLOR");
    scr.colour = !(no_color && *no_color) && has_colors() && start_color() == OK &&
                 use_default_colors() == OK;
    screen_theme(o->theme);
    modes_on();
    return true;
}

void screen_close(void) {
    if (!scr.open) return;
    if (!scr.left) screen_leave();
    signals_remove();
    delscreen(scr.sp);
    close(scr.wake[0]);
    close(scr.wake[1]);
    scr.wake[0] = scr.wake[1] = -1;
    scr.open = false;
}

void screen_leave(void) {
    if (scr.left) return;
    curs_set(1);
    endwin();
    write_all("\033[?2004l", 8);
    if (scr.mouse) write_all("\033[?1006l\033[?1000l", 16);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &scr.saved);
    scr.left = true;
}

void screen_enter(void) {
    if (!scr.left) return;
    scr.left = false;
    reset_prog_mode();
    modes_on();
    screen_resize();
    screen_repaint();
}

void screen_suspend(void) {
    screen_leave();
    struct sigaction dfl = {.sa_handler = SIG_DFL}, ours;
    sigemptyset(&dfl.sa_mask);
    sigaction(SIGTSTP, &dfl, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
    /* The shell may have changed the modes meanwhile: those are what we give back later. */
    tcgetattr(STDIN_FILENO, &scr.saved);
    screen_enter();
}

int screen_wake_fd(void) { return scr.wake[0]; }

struct screen_signals screen_signals(void) {
    char drain[64];
    while (read(scr.wake[0], drain, sizeof drain) > 0) {
    }
    struct screen_signals s = {scr.resized, scr.suspend, scr.resumed};
    scr.resized = scr.suspend = scr.resumed = 0;
    return s;
}

void screen_resize(void) {
    struct winsize w;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0)
        resizeterm(w.ws_row, w.ws_col);
}

void screen_theme(const struct theme *t) {
    static const struct {
        unsigned style;
        chtype attr;
    } map[] = {{STYLE_BOLD, A_BOLD},
               {STYLE_ITALIC, A_ITALIC},
               {STYLE_UNDERLINE, A_UNDERLINE},
               {STYLE_DIM, A_DIM},
               {STYLE_REVERSE, A_REVERSE}};
    for (int i = 0; i < THEME_N; i++) {
        const struct theme_look *l = &t->look[i];
        scr.attrs[i] = A_NORMAL;
        unsigned attrs = l->attrs | (scr.colour ? 0 : l->alone);
        for (size_t k = 0; k < sizeof map / sizeof *map; k++)
            if (attrs & map[k].style) scr.attrs[i] |= map[k].attr;
        scr.pair[i] = 0;
        if (scr.colour && (l->fg >= 0 || l->bg >= 0) &&
            init_pair((short)(i + 1), l->fg, l->bg) == OK)
            scr.pair[i] = (short)(i + 1);
    }
}

/* ---- Drawing -------------------------------------------------------------------------------- */

void screen_begin(void) {
    erase();
    curs_set(0);
}

void screen_flush(void) { refresh(); }
void screen_send(const char *s, size_t n) {
    fflush(stdout); /* after what curses has begun */
    write_all(s, n);
}

void screen_repaint(void) { clearok(curscr, TRUE); }

void screen_cursor(int y, int x) {
    move(y, x);
    curs_set(1);
}

static attr_t style_attrs(unsigned style) {
    attr_t a = scr.attrs[STYLE_ELEMENT(style)];
    if (style & STYLE_BOLD) a |= A_BOLD;
    if (style & STYLE_ITALIC) a |= A_ITALIC;
    if (style & STYLE_UNDERLINE) a |= A_UNDERLINE;
    if (style & STYLE_DIM) a |= A_DIM;
    if (style & STYLE_REVERSE) a |= A_REVERSE;
    return a;
}

/* One base with its marks into its cells. Where libc, whose widths curses goes by, disagrees with
 * ours or does not know the character, a stand-in of our width keeps the row in place. */
static void put_cell(int y, int x, const unsigned *cp, int n, int cols, attr_t a, short pair) {
    wchar_t w[CCHARW_MAX + 1];
    int k = 0;
    cchar_t cell;
    if (scr.ascii ? cp[0] >= 0x7f : wcwidth((wchar_t)cp[0]) != cols) {
        w[0] = scr.ascii ? L'?' : L'\xFFFD';
        w[1] = 0;
        for (int i = 0; i < cols; i++) {
            setcchar(&cell, w, a, pair, NULL);
            mvadd_wch(y, x + i, &cell);
        }
        return;
    }
    for (int i = 0; i < n && k < CCHARW_MAX; i++)
        if (i == 0 || (!scr.ascii && wcwidth((wchar_t)cp[i]) == 0)) w[k++] = (wchar_t)cp[i];
    w[k] = 0;
    if (setcchar(&cell, w, a, pair, NULL) == OK) mvadd_wch(y, x, &cell);
}

int screen_put(int y, int x, int room, const char *s, size_t n, unsigned style) {
    attr_t a = style_attrs(style);
    short pair = scr.pair[STYLE_ELEMENT(style)];
    int used = 0;
    struct cluster c;
    if (y < 0 || y >= LINES || x < 0) return 0;
    if (room > COLS - x) room = COLS - x;
    for (size_t i = 0; i < n; i += c.bytes) {
        text_cluster(s + i, n - i, &c);
        if (c.cols == 0) continue;
        if (used + c.cols > room) break;
        for (int k = 0; k < c.n;) {
            int cols = text_cp_cols(c.cp[k]), m = 1;
            while (k + m < c.n && text_cp_cols(c.cp[k + m]) == 0) m++;
            if (cols > 0) put_cell(y, x + used, &c.cp[k], m, cols, a, pair);
            used += cols;
            k += m;
        }
    }
    return used;
}

int screen_puts(int y, int x, int room, const char *s, unsigned style) {
    return screen_put(y, x, room, s, strlen(s), style);
}

int screen_puts_right(int y, int right, int room, const char *s, unsigned style) {
    int cols = text_cols(s, strlen(s));
    if (cols > room) return right;
    screen_puts(y, right - cols, cols, s, style);
    return right - cols;
}

void screen_line(int y, int x, int room, const struct paper *p, const struct line *l) {
    const char *s = p->text.s + l->text;
    for (size_t r = l->run; r < l->run + l->n_runs; r++) {
        int used = screen_put(y, x, room, s, p->runs[r].bytes, p->runs[r].style);
        s += p->runs[r].bytes;
        x += used;
        room -= used;
    }
}

void screen_glyphs(int y, int x, int n, enum glyph g, unsigned style) {
    for (int i = 0; i < n; i++) screen_puts(y, x + i, 1, screen_glyph(g), style);
}
