/* view_replay: the bar that stands in place of the input while a session is played. What is played
 * and how fast is the program's affair (the status line's activity says it). */
#include "ui/state.h"

void draw_replay(struct ui *u) {
    struct rect box = u->lay.input;
    int x = box.x + screen_puts(box.y, box.x, 2, screen_glyph(GLYPH_PLAY), THEME_PROMPT) + 1;
    const char *title = u->title ? u->title : "";
    screen_puts(box.y, x, box.cols - x - 1, title, THEME_TEXT);
}

bool replay_request(struct ui *u, enum request req) {
    static const struct {
        enum request req;
        enum ui_replay_key key;
    } map[] = {
        {REQ_REPLAY_PAUSE, UI_REPLAY_PAUSE},     {REQ_REPLAY_STEP, UI_REPLAY_STEP},
        {REQ_REPLAY_NEXT, UI_REPLAY_NEXT_TURN},  {REQ_REPLAY_PREV, UI_REPLAY_PREV_TURN},
        {REQ_REPLAY_FASTER, UI_REPLAY_FASTER},   {REQ_REPLAY_SLOWER, UI_REPLAY_SLOWER},
        {REQ_REPLAY_INSTANT, UI_REPLAY_INSTANT}, {REQ_REPLAY_LEAVE, UI_REPLAY_LEAVE},
        {REQ_INTERRUPT, UI_REPLAY_LEAVE},
    };
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (map[i].req == req) {
            ui_post(u, UI_REPLAY, NULL, 0, 0, map[i].key);
            return true;
        }
    return false;
}
