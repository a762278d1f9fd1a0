/* reasoning_impl: the markers of a format, shared by its table and the splitter. */
#ifndef ENGINE_REASONING_IMPL_H
#define ENGINE_REASONING_IMPL_H

enum state {
    STATE_START, /* nothing but white space came */
    STATE_THOUGHT,
    STATE_ANSWER,
    STATE_HEADER, /* between messages: what comes says who speaks, until a body begins */
    N_STATES
};

enum effect {
    EFFECT_OPEN,   /* a thought begins, unless some of the answer is there already */
    EFFECT_CLOSE,  /* the thought ends and the answer begins */
    EFFECT_HEADER, /* a header begins */
    EFFECT_BODY,   /* the header ends; it says which channel begins */
    EFFECT_SKIP    /* nothing but not to be shown */
};

struct reasoning_marker {
    const char *text; /* NULL ends a table */
    enum effect effect;
    unsigned in; /* the states in which it counts: bits 1 << state */
};

#endif
