/* SHA-256 against the vectors of FIPS 180-4 and its companions, in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/sha256.h"

static void it_agrees_with_the_standard(void **state) {
    (void)state;
    static const struct {
        const char *text, *hex;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
         "lmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct sha256 h;
        char hex[65];
        sha256_init(&h);
        sha256_add(&h, vectors[i].text, strlen(vectors[i].text));
        sha256_end(&h, hex);
        assert_string_equal(hex, vectors[i].hex);
    }
}

static void a_million_bytes_in_any_pieces_give_the_same(void **state) {
    (void)state;
    char bytes[200], hex[65];
    memset(bytes, 'a', sizeof bytes);
    for (size_t piece = 1; piece <= sizeof bytes; piece += 33) {
        struct sha256 h;
        sha256_init(&h);
        for (size_t at = 0; at < 1000000; at += piece)
            sha256_add(&h, bytes, 1000000 - at < piece ? 1000000 - at : piece);
        sha256_end(&h, hex);
        assert_string_equal(hex,
                            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_the_standard),
        cmocka_unit_test(a_million_bytes_in_any_pieces_give_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
