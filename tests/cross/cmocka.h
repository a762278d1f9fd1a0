/* cmocka, as much of it as the kernel tests use, for building them for another machine without its
 * libraries: the first failure ends the program. */
#ifndef TESTS_CROSS_CMOCKA_H
#define TESTS_CROSS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

#define cmocka_unit_test(f)                                                                        \
    { #f, f }
#define print_message printf
#define fail_msg(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define check_or_end(ok, text)                                                                     \
    ((ok) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, text), exit(1)))
#define assert_true(x)               check_or_end(x, #x)
#define assert_false(x)              check_or_end(!(x), "not: " #x)
#define assert_non_null(x)           check_or_end((x) != NULL, #x)
#define assert_int_equal(a, b)       check_or_end((a) == (b), #a " == " #b)
#define assert_memory_equal(a, b, n) check_or_end(memcmp(a, b, n) == 0, #a " equals " #b)

static inline int run_all(const struct CMUnitTest *tests, size_t n) {
    for (size_t i = 0; i < n; i++) {
        tests[i].run(NULL);
        printf("ok %s\n", tests[i].name);
        fflush(stdout);
    }
    return 0;
}
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    run_all(tests, sizeof(tests) / sizeof *(tests))

#endif
