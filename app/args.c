/* args: see args.h. */
#include "app/args.h"

#include <string.h>

bool args_take(struct args *a, const char *names, bool has_value) {
    if (a->next >= a->argc) return false;
    char *word = a->argv[a->next];
    for (const char *n = names; n; n = strchr(n, '|') ? strchr(n, '|') + 1 : NULL) {
        size_t len = strcspn(n, "|");
        if (strncmp(word, n, len) != 0) continue;
        bool attached = has_value && len > 2 && word[1] == '-' && word[len] == '=';
        if (word[len] != '\0' && !attached) continue;
        a->next++;
        a->failed = false;
        if (!has_value) return true;
        if (attached)
            a->value = word + len + 1;
        else if (a->next < a->argc)
            a->value = a->argv[a->next++];
        else
            a->failed = true, a->value = "";
        return true;
    }
    return false;
}
