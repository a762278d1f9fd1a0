/* player: plays a saved conversation into the interface with its recorded timing. */
#ifndef APP_PLAYER_H
#define APP_PLAYER_H

#include "history/history.h"
#include "ui/ui.h"

struct player;

/* Reads everything at once (no model is needed). `speed` 0.25..16, 0 = instant. */
struct player *player_open(struct history *h, struct ui *u, int64_t conversation, double speed,
                           struct err *e);
void player_close(struct player *p);
/* Milliseconds until the next token is due, -1 when paused or at the end. */
int player_due_ms(const struct player *p);
void player_advance(struct player *p);      /* shows what is due by now */
bool player_key(struct player *p, int key); /* an enum ui_replay_key; false: leave */
bool player_at_end(const struct player *p);

#endif
