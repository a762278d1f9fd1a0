/* Bytes of a terminal into keys: the same keys however the bytes are cut, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "ui/actions.h"
#include "ui/keys.h"

static void codes(const char *bytes, size_t n, size_t cut, int *out, size_t *n_out) {
    struct keys k = {0};
    struct key key;
    *n_out = 0;
    keys_feed(&k, bytes, cut);
    while (keys_next(&k, &key, false)) out[(*n_out)++] = key.code;
    keys_feed(&k, bytes + cut, n - cut);
    while (keys_next(&k, &key, false)) out[(*n_out)++] = key.code;
    while (keys_next(&k, &key, true)) out[(*n_out)++] = key.code;
    keys_free(&k);
}

static void keys_have_their_names(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        int code;
    } table[] = {
        {"a", 'a'},
        {"\303\251", 0xE9},
        {"\r", '\r'},
        {"\033[A", KEYS_UP},
        {"\033OA", KEYS_UP},
        {"\033[1;2A", KEYS_SHIFT | KEYS_UP},
        {"\033[1;3B", KEYS_ALT | KEYS_DOWN},
        {"\033[1;5H", KEYS_CTRL | KEYS_HOME},
        {"\033[5~", KEYS_PGUP},
        {"\033[6~", KEYS_PGDN},
        {"\033[3~", KEYS_DELETE},
        {"\033[Z", KEYS_BACKTAB},
        {"\033OP", KEYS_F1},
        {"\033[11~", KEYS_F1},
        {"\033[[A", KEYS_F1},
        {"\033a", KEYS_ALT | 'a'},
        {"\033\r", KEYS_ALT | '\r'},
        {"\033[13;2u", KEYS_SHIFT | '\r'},
        {"\033[27;5;106~", KEYS_C('J')},
        {"\033[<64;10;3M", KEYS_WHEEL_UP},
        {"\033[999z", KEYS_OTHER},
        {"\033", '\033'},
        {"\033[", KEYS_ALT | '['},
        {"\033[200~pasted\033[201~", KEYS_PASTE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].bytes), n_seen;
        int seen[64];
        for (size_t cut = 0; cut <= n; cut++) {
            codes(table[i].bytes, n, cut, seen, &n_seen);
            assert_int_equal(n_seen, 1);
            assert_int_equal(seen[0], table[i].code);
        }
    }
}

static void pasted_line_ends_are_newlines(void **state) {
    (void)state;
    static const char bytes[] = "\033[200~a\rb\r\nc\033[201~d";
    struct keys k = {0};
    struct key key;
    keys_feed(&k, bytes, sizeof bytes - 1);
    assert_true(keys_next(&k, &key, false));
    assert_int_equal(key.code, KEYS_PASTE);
    assert_string_equal(key.text, "a\nb\nc");
    assert_true(keys_next(&k, &key, false));
    assert_int_equal(key.code, 'd');
    keys_free(&k);
}

static void any_bytes_end(void **state) {
    (void)state;
    struct rng r = {.seed = 3};
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        int seen[64];
        size_t n = rng_below(&r, sizeof bytes + 1), n_seen;
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)(rng_below(&r, 2) ? "\033[O;<~M0129"[rng_below(&r, 11)]
                                               : (char)rng_below(&r, 256));
        codes(bytes, n, n ? rng_below(&r, (uint32_t)n) : 0, seen, &n_seen);
        assert_true(n_seen <= n);
    }
}

/* Two actions must not want one key in one place. */
static void no_key_means_two_things(void **state) {
    (void)state;
    for (const struct action *a = actions; a->request; a++)
        for (const struct action *b = a + 1; b->request; b++)
            for (int i = 0; i < ACTION_MAX_KEYS; i++)
                for (int j = 0; j < ACTION_MAX_KEYS; j++)
                    if (a->where & b->where && a->keys[i])
                        assert_int_not_equal(a->keys[i], b->keys[j]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_their_names),
        cmocka_unit_test(pasted_line_ends_are_newlines),
        cmocka_unit_test(any_bytes_end),
        cmocka_unit_test(no_key_means_two_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
