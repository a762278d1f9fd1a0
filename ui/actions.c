/* actions: the table. None of the chat's keys shadows one of readline's editing keys, but for the
 * three that are promised: Ctrl-O (the thinking), Ctrl-J (a new line) and PgUp/PgDn (scrolling). */
#include "ui/actions.h"

#include <stddef.h>

#include "ui/keys.h"

#define C KEYS_C
#define A KEYS_ALT
#define S KEYS_SHIFT

const struct action actions[] = {
    {REQ_SEND, IN_CHAT, {'\r'}, "Enter", "send the message"},
    {REQ_NEWLINE, IN_CHAT, {C('J'), A | '\r', S | '\r'}, "Alt-Enter, Ctrl-J", "begin a new line"},
    {REQ_INTERRUPT,
     IN_CHAT | IN_LIST | IN_PAGE | IN_REPLAY,
     {C('C')},
     "Ctrl-C",
     "stop the answer and keep it; clear the line; twice when idle: quit"},
    {REQ_EOF, IN_CHAT, {C('D')}, "Ctrl-D", "quit, on an empty line"},
    {REQ_THINKING,
     IN_CHAT | IN_REPLAY,
     {C('O')},
     "Ctrl-O",
     "the thinking: shown, collapsed, hidden"},
    {REQ_ANSWER_NOW, IN_CHAT, {A | 'a'}, "Alt-A", "end the thought and answer now"},
    {REQ_CONTINUE, IN_CHAT, {A | 'g'}, "Alt-G", "go on after the limit was reached"},
    {REQ_COPY, IN_CHAT, {A | 'w'}, "Alt-W", "send the last answer to the clipboard"},
    {REQ_PAGE_UP, IN_CHAT | IN_LIST | IN_PAGE | IN_REPLAY, {KEYS_PGUP}, "PgUp", "a page up"},
    {REQ_PAGE_DOWN, IN_CHAT | IN_LIST | IN_PAGE | IN_REPLAY, {KEYS_PGDN}, "PgDn", "a page down"},
    {REQ_LINE_UP, IN_CHAT | IN_REPLAY, {S | KEYS_UP, KEYS_WHEEL_UP}, "Shift-Up", "a line up"},
    {REQ_LINE_DOWN,
     IN_CHAT | IN_REPLAY,
     {S | KEYS_DOWN, KEYS_WHEEL_DOWN},
     "Shift-Down",
     "a line down"},
    {REQ_LINE_UP, IN_LIST | IN_PAGE, {KEYS_UP, C('P'), KEYS_WHEEL_UP}, "Up", "up"},
    {REQ_LINE_DOWN, IN_LIST | IN_PAGE, {KEYS_DOWN, C('N'), KEYS_WHEEL_DOWN}, "Down", "down"},
    {REQ_TOP, IN_CHAT | IN_REPLAY, {KEYS_CTRL | KEYS_HOME}, "Ctrl-Home", "to the beginning"},
    {REQ_BOTTOM, IN_CHAT | IN_REPLAY, {KEYS_CTRL | KEYS_END}, "Ctrl-End", "to the end, and follow"},
    {REQ_TOP, IN_LIST | IN_PAGE, {KEYS_HOME}, "Home", "to the first"},
    {REQ_BOTTOM, IN_LIST | IN_PAGE, {KEYS_END}, "End", "to the last"},
    {REQ_TURN_PREV, IN_CHAT, {A | KEYS_UP}, "Alt-Up", "the turn before, with its thought open"},
    {REQ_TURN_NEXT, IN_CHAT, {A | KEYS_DOWN}, "Alt-Down", "the turn after, with its thought open"},
    {REQ_FOCUS,
     IN_CHAT | IN_REPLAY,
     {KEYS_BACKTAB},
     "Shift-Tab",
     "scroll the other pane: conversation, thinking"},
    {REQ_COMPLETE, IN_CHAT, {0}, "Tab", "complete a command, a path, a value"},
    {REQ_SEARCH_INPUT, IN_CHAT, {0}, "Ctrl-R", "search in what was typed before"},
    {REQ_EDITOR, IN_CHAT, {0}, "Ctrl-X Ctrl-E", "write in $VISUAL or $EDITOR"},
    {REQ_REDRAW, IN_CHAT | IN_LIST | IN_PAGE | IN_REPLAY, {C('L')}, "Ctrl-L", "draw it all anew"},
    {REQ_SUSPEND,
     IN_CHAT | IN_LIST | IN_PAGE | IN_REPLAY,
     {C('Z')},
     "Ctrl-Z",
     "suspend; fg comes back"},
    {REQ_HELP, IN_CHAT, {KEYS_F1}, "F1", "this help"},
    {REQ_PICK, IN_LIST, {'\r'}, "Enter", "take the selected one"},
    {REQ_DELETE, IN_LIST, {KEYS_DELETE}, "Del", "delete the selected one, where offered"},
    {REQ_LEAVE, IN_LIST, {'\033'}, "Esc", "back to the chat"},
    {REQ_LEAVE, IN_PAGE, {'\033', 'q', KEYS_F1}, "Esc, q", "back to the chat"},
    {REQ_PAGE_DOWN, IN_PAGE, {' '}, "Space", "a page down"},
    {REQ_LINE_UP, IN_PAGE, {'k'}, "k", "up"},
    {REQ_LINE_DOWN, IN_PAGE, {'j'}, "j", "down"},
    {REQ_REPLAY_PAUSE, IN_REPLAY, {' '}, "Space", "pause, play on"},
    {REQ_REPLAY_STEP, IN_REPLAY, {'.', KEYS_RIGHT}, ".", "one token further"},
    {REQ_REPLAY_NEXT, IN_REPLAY, {'n', KEYS_DOWN}, "n", "the next turn"},
    {REQ_REPLAY_PREV, IN_REPLAY, {'p', KEYS_UP}, "p", "the turn before"},
    {REQ_REPLAY_FASTER, IN_REPLAY, {'+', '='}, "+", "faster, up to 16x"},
    {REQ_REPLAY_SLOWER, IN_REPLAY, {'-'}, "-", "slower, down to 0.25x"},
    {REQ_REPLAY_INSTANT, IN_REPLAY, {'i', KEYS_END}, "i", "all at once"},
    {REQ_REPLAY_LEAVE, IN_REPLAY, {'q', '\033'}, "q", "leave the replay"},
    {REQ_NONE, 0, {0}, NULL, NULL},
};

enum request action_of_key(int code, enum action_where where) {
    for (const struct action *a = actions; a->request; a++) {
        if (!(a->where & where)) continue;
        for (int i = 0; i < ACTION_MAX_KEYS; i++)
            if (a->keys[i] && a->keys[i] == code) return a->request;
    }
    return REQ_NONE;
}
