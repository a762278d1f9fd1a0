/* actions: everything a key can ask for, in one table: its default keys, where it holds, and its
 * help. The key bar, the help page and the manual are made from it. Keys that the table does not
 * know go to readline. */
#ifndef UI_ACTIONS_H
#define UI_ACTIONS_H

enum request {
    REQ_NONE,
    REQ_SEND,
    REQ_NEWLINE,
    REQ_THINKING,
    REQ_INTERRUPT,
    REQ_EOF,
    REQ_ANSWER_NOW,
    REQ_CONTINUE,
    REQ_COPY,
    REQ_PAGE_UP,
    REQ_PAGE_DOWN,
    REQ_LINE_UP,
    REQ_LINE_DOWN,
    REQ_TOP,
    REQ_BOTTOM,
    REQ_TURN_PREV,
    REQ_TURN_NEXT,
    REQ_FOCUS,
    REQ_SIBLING_PREV,
    REQ_SIBLING_NEXT,
    REQ_TREE,
    REQ_UNDO,
    REQ_REDO,
    REQ_EDIT_THOUGHT,
    REQ_THINK_MORE,
    REQ_EDITOR, /* bound inside readline, listed here for the help */
    REQ_COMPLETE,
    REQ_SEARCH_INPUT,
    REQ_REDRAW,
    REQ_SUSPEND,
    REQ_HELP,
    REQ_SESSIONS,
    REQ_SEARCH,
    /* lists and pages */
    REQ_PICK,
    REQ_DELETE, /* from here in the order of enum ui_list_verb */
    REQ_UNDELETE,
    REQ_RENAME,
    REQ_TAG,
    REQ_PIN,
    REQ_SCOPE,
    REQ_LEAVE,
    /* the tree */
    REQ_TREE_PARENT,
    REQ_TREE_REPLY,
    REQ_TREE_PREV,
    REQ_TREE_NEXT,
    /* replay */
    REQ_REPLAY_PAUSE,
    REQ_REPLAY_STEP,
    REQ_REPLAY_NEXT,
    REQ_REPLAY_PREV,
    REQ_REPLAY_FASTER,
    REQ_REPLAY_SLOWER,
    REQ_REPLAY_INSTANT,
    REQ_REPLAY_LEAVE,
    /* how sure it was */
    REQ_LENS,
    REQ_INSPECT,
    REQ_TOKEN_PREV,
    REQ_TOKEN_NEXT,
    REQ_UNCERTAIN_PREV,
    REQ_UNCERTAIN_NEXT,
    REQ_CHOICE_NEXT,
    REQ_SELECT,
    REQ_SELECT_PREV,
    REQ_SELECT_NEXT,
    REQ_LOOKUP,
    REQ_LAYER_PREV,
    REQ_LAYER_NEXT,
    REQ_INSIDE,
    REQ_FORK
};

enum action_where { /* bits */
                    IN_CHAT = 1,
                    IN_LIST = 2,
                    IN_PAGE = 4,
                    IN_REPLAY = 8,
                    IN_INSPECT = 16,
                    IN_TREE = 32,
                    IN_VOTE = 64
};

enum { ACTION_MAX_KEYS = 3 };

struct action {
    enum request request;
    unsigned where;
    int keys[ACTION_MAX_KEYS]; /* keys.h codes; 0 = none */
    const char *label;         /* how the keys are written: "Alt-Enter, Ctrl-J" */
    const char *help;
};

extern const struct action actions[]; /* ends with request REQ_NONE */

enum request action_of_key(int code, enum action_where where);

#endif
