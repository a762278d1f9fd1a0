/* ways: whole sentences to ask for what the families do, each list a text file ways/KEY.txt with
 * one sentence a line, in the grammar of vary.h. The build sets the files into the program. */
#ifndef ENGINE_TASKS_WAYS_H
#define ENGINE_TASKS_WAYS_H

/* The lines of ways/KEY.txt, each with its '\n'; NULL: there is no such file. */
const char *ways_text(const char *key);

#endif
