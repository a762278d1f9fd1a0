/* divisors: gcd by Euclid's steps, lcm from it, primes by trial division, factors likewise. */
#include <stdio.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

static bool check_gold(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

static long long gcd(long long a, long long b) { return b == 0 ? a : gcd(b, a % b); }

/* Two numbers with a common factor, most of the time. */
static void draw_pair(struct rng *r, long long *a, long long *b, int most_factor, int most_common) {
    long long common = rng_below(r, 5) == 0 ? 1 : rng_between(r, 2, most_common);
    do {
        *a = common * rng_between(r, 1, most_factor);
        *b = common * rng_between(r, 1, most_factor);
    } while (*a == *b || *a < 4 || *b < 4);
}

/* ---- gcd ---- */

static const struct wordings gcd_wordings = {
    .ways = "gcd",
    .train =
        (const char *const[]){
            "gcd({a}, {b})",
            "gcd of {a} and {b}",
            "{a} boys and {b} girls form equal groups. How many groups can there be at most?",
            "What is the gcd of {a} and {b}?",
            "What is the greatest common divisor of {a} and {b}?",
            "Find the greatest common factor of {a} and {b}.",
            "Compute gcd({a},{b}).",
            "Please find the gcd of {a} and {b}.",
            "Calculate the highest common factor of {a} and {b}.",
            "Which is the largest number that divides both {a} and {b}?",
            "i need the greatest common divisor of {a} and {b}",
            "Tell me the gcd of {a} and {b}.",
            "Can you work out the gcd of {a} and {b}?",
            "Use Euclid's algorithm on {a} and {b}.",
            "hcf of {a} and {b}",
            "gcf {a} {b}",
            "Determine the greatest common divisor of {a} and {b}.",
            "What's the biggest common factor of {a} and {b}?",
            "By what number can I reduce {a}/{b} at most?",
            "What is the greatest divisor that {a} and {b} share?",
            "Could you tell me gcd({a}, {b}), please?",
            "{a} and {b}: greatest common divisor?",
            "[gcd|hcf|gcf]: {a}, {b}",
            "[What|Which] is the [largest|biggest|greatest] number that divides {a} and {b}?",
            "{a} [apples|pens|rolls] and {b} [pears|cards|buns] are [packed|sorted] into "
            "[bags|boxes] that are all alike. How many [bags|boxes] [at most|can there be at "
            "most]?",
            "By what is {a}/{b} reduced[| at most]?",
            "[Two ropes|Two boards] of {a} and {b} cm are cut into equal pieces, as long as "
            "possible. How long is [a|each] piece?",
            NULL},
    .amounts = ASK_LIST(
        "the [gcd|greatest common divisor|greatest common factor|highest common factor|largest "
        "common divisor|hcf|gcf|biggest common factor] of {a} and {b}",
        "gcd({a}, {b})",
        "the [largest|greatest|biggest] number that [divides|goes into] [both |]{a} and {b}",
        "the [gcd|hcf] of {a} with {b}"),
    .deeds = ASK_LIST("[find|compute|calculate|work out|determine] the [gcd|greatest common "
                      "divisor|hcf|greatest common factor] of {a} and {b}",
                      "use Euclid's algorithm [on|for] {a} and {b}"),
    .test =
        (const char *const[]){"Name the gcd for the pair {a}, {b}.",
                              "{a} roses and {b} tulips go into equal bunches. How many bunches "
                              "can there be at most?",
                              "Up to what size can a measure fit evenly into both {a} and {b}?",
                              "Quick one: gcd, {a} with {b}",
                              "Of all common divisors of {a} and {b}, which one is the top?", NULL},
};

/* n divided by d, tens of times first: "7*20=140, 191-140=51, 7*7=49, 51-49=2". Returns the rest.
 */
static long long write_rest(struct str *t, long long n, long long d) {
    long long q = n / d, tens = q / 10 * 10;
    if (tens > 0) {
        str_addf(t, "%lld*%lld=%lld, %lld-%lld=%lld", d, tens, d * tens, n, d * tens, n - d * tens);
        n -= d * tens;
        if (n < d) return n;
        str_add(t, ", ");
    }
    q = n / d;
    str_addf(t, "%lld*%lld=%lld, %lld-%lld=%lld", d, q, d * q, n, d * q, n - d * q);
    return n % d;
}

/* Euclid: divide, go on with the divisor and the rest. */
static long long write_gcd(struct str *t, long long a, long long b) {
    if (a < b) {
        long long swap = a;
        a = b;
        b = swap;
    }
    while (true) {
        str_addf(t, "%lld/%lld: ", a, b);
        long long rest = write_rest(t, a, b);
        str_add(t, "\n");
        if (rest == 0) break;
        a = b;
        b = rest;
    }
    str_addf(t, "rest 0, so the gcd is %lld\n", b);
    return b;
}

static void make_gcd(struct rng *r, enum task_split split, struct task_problem *p) {
    long long a, b;
    do {
        draw_pair(r, &a, &b, 16, 25);
    } while (!ask_fits(split, "gcd %lld %lld", a < b ? a : b, a < b ? b : a));
    long long g = gcd(a, b);
    struct ask_args args;
    ask_args(&args, "%lld|%lld|%lld", a, b, g);
    ask_question(p, r, split, &gcd_wordings, &args);
    struct str *t = &p->turns[0].thought;
    write_gcd(t, a, b);
    str_addf(t, "Check: %lld*%lld=%lld, %lld*%lld=%lld, right.\n", g, a / g, a, g, b / g, b);
    worked_result(t, "%lld", g);
    static const char *const answers[] = {"gcd({a}, {b}) = {c}.", "The gcd is {c}.",
                                          "The greatest common divisor of {a} and {b} is {c}.",
                                          NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%lld", g);
}

const struct task_family task_gcd = {
    .name = "gcd",
    .title = "Greatest common divisor",
    .verifiable = true,
    .weight = 1.3,
    .make = make_gcd,
    .check = check_gold,
};

/* ---- lcm ---- */

static const struct wordings lcm_wordings = {
    .ways = "lcm",
    .train =
        (const char *const[]){"lcm({a}, {b})",
                              "lcm of {a} and {b}",
                              "One light blinks every {a} seconds, another every {b}. After "
                              "how many seconds do they blink together?",
                              "Which number comes first in the multiples of both {a} and {b}?",
                              "What is the lcm of {a} and {b}?",
                              "What is the least common multiple of {a} and {b}?",
                              "Find the least common multiple of {a} and {b}.",
                              "Compute lcm({a},{b}).",
                              "Please find the lcm of {a} and {b}.",
                              "Calculate the lowest common multiple of {a} and {b}.",
                              "Which is the smallest number that both {a} and {b} divide?",
                              "i need the least common multiple of {a} and {b}",
                              "Tell me the lcm of {a} and {b}.",
                              "Can you work out the lcm of {a} and {b}?",
                              "lcm {a} {b}",
                              "Determine the smallest common multiple of {a} and {b}.",
                              "What's the smallest common multiple of {a} and {b}?",
                              "What is the lowest common denominator of 1/{a} and 1/{b}?",
                              "One bell rings every {a} minutes, another every {b}. They ring "
                              "together now. In how many minutes do they ring together again?",
                              "{a} and {b}: least common multiple?",
                              "Could you tell me lcm({a}, {b}), please?",
                              "Give the least common multiple for {a} and {b}.",
                              "Where do the multiples of {a} and {b} meet first?",
                              "lcm: {a}, {b}",
                              "[What|Which] is the [smallest|lowest|first] number that is a "
                              "multiple of {a} and [of |]{b}?",
                              "[One pump|One lamp|One clock|One dog] [starts|flashes|chimes|barks] "
                              "every {a} [seconds|minutes|hours], [another|the other] every {b}. "
                              "Both did now. After how many is it both again?",
                              "<who> [runs|swims|visits] every {a} days and <who> every {b} days. "
                              "In how many days [on the same day|together] again?",
                              NULL},
    .amounts =
        ASK_LIST("the [lcm|least common multiple|lowest common multiple|smallest common multiple] "
                 "of {a} and {b}",
                 "lcm({a}, {b})",
                 "the [smallest|lowest|least] number that [both |]{a} and {b} [divide|go into]"),
    .deeds = ASK_LIST("[find|compute|calculate|work out|determine] the [lcm|least common "
                      "multiple|lowest common multiple] of {a} and {b}"),
    .test =
        (const char *const[]){"Name the lcm for the pair {a}, {b}.",
                              "Two buses leave now, then every {a} and every {b} minutes. After "
                              "how many minutes do they next leave at once?",
                              "Which number is the first in both the {a} times and the {b} times "
                              "table?",
                              "Quick one: lcm, {a} with {b}",
                              "Of all common multiples of {a} and {b}, which one is the lowest?",
                              NULL},
};

static void make_lcm(struct rng *r, enum task_split split, struct task_problem *p) {
    long long a, b;
    do {
        draw_pair(r, &a, &b, 9, 12);
    } while (!ask_fits(split, "lcm %lld %lld", a < b ? a : b, a < b ? b : a));
    long long g = gcd(a, b), l = a / g * b;
    struct ask_args args;
    ask_args(&args, "%lld|%lld|%lld", a, b, l);
    ask_question(p, r, split, &lcm_wordings, &args);
    struct str *t = &p->turns[0].thought;
    write_gcd(t, a, b);
    str_addf(t, "%lld/%lld=%lld, so %lld*%lld\n", a, g, a / g, b, a / g);
    if (a / g > 1) worked_digit_product(t, b, (int)(a / g));
    str_addf(t, "Check: %lld/%lld=%lld, a whole number.\n", l, a, b / g);
    worked_result(t, "%lld", l);
    static const char *const answers[] = {"lcm({a}, {b}) = {c}.", "The lcm is {c}.",
                                          "The least common multiple of {a} and {b} is {c}.", NULL};
    ask_answer(p, r, answers, &args);
    str_addf(&p->gold, "%lld", l);
}

const struct task_family task_lcm = {
    .name = "lcm",
    .title = "Least common multiple",
    .verifiable = true,
    .weight = 0.8,
    .make = make_lcm,
    .check = check_gold,
};

/* ---- primes ---- */

static const int primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 0};

static const struct wordings prime_wordings = {
    .ways = "prime",
    .train =
        (const char *const[]){
            "Is {a} a prime number?",
            "Is {a} prime?",
            "is {a} prime or not",
            "Is {a} one of the primes?",
            "Is it true that {a} is a prime number?",
            "{a} prime?",
            "Check whether {a} is prime.",
            "Please tell me if {a} is a prime.",
            "Can you find out whether {a} is a prime number?",
            "Test {a} for primality.",
            "Does {a} have divisors other than 1 and itself?",
            "i want to know if {a} is prime",
            "Would you call {a} a prime?",
            "Is the number {a} prime or composite?",
            "Decide: is {a} prime?",
            "Prime or not: {a}",
            "Tell me whether {a} is a prime number.",
            "Do you know if {a} is prime?",
            "Can {a} be split into smaller factors, or is it prime?",
            "Determine if {a} is a prime.",
            "Say whether {a} is composite or prime.",
            "Find out if {a} is prime, please.",
            "Is {a} [prime|a prime|a prime number|composite or prime|prime or composite]?",
            "[prime|prime number|prime or not|prime or composite]: {a}",
            "Is [the number |]{a} [divisible by anything other than 1 and itself|only divisible by "
            "1 and itself]?",
            "{a}, is [it|that] [prime|a prime][| number]?",
            "Has {a} [got |]any [factors|divisors] besides 1 and {a}[|, or is it prime]?",
            NULL},
    .deeds = ASK_LIST("[check|test|find out] [if|whether] {a} is [a prime|prime|a prime number]",
                      "test {a} for being prime"),
    .claims =
        ASK_LIST("{a} is [prime|a prime|a prime number]", "the number {a} is [prime|a prime]"),
    .test =
        (const char *const[]){"Does {a} belong to the primes?",
                              "My friend says that {a} is a prime number. Is it?",
                              "primality of {a}?", "Is there no way to factor {a}, so is it prime?",
                              "What about {a}, is that one of the prime numbers?", NULL},
};

/* Whether p divides n, as one tells by hand: 2 and 5 by the last digit, 3 by the sum of the
 * digits, others by dividing. Writes no newline. */
static bool write_trial(struct str *t, long long n, int p) {
    str_addf(t, "%lld by %d: ", n, p);
    if (p == 2 || p == 5) {
        str_addf(t, "ends in %lld", n % 10);
    } else if (p == 3) {
        char s[24];
        int sum = 0;
        snprintf(s, sizeof s, "%lld", n);
        for (const char *c = s; *c != '\0'; c++) {
            str_addf(t, "%s%c", c == s ? "" : "+", *c);
            sum += *c - '0';
        }
        if (s[1] != '\0') str_addf(t, "=%d", sum);
    } else {
        write_rest(t, n, p);
    }
    str_add(t, n % p == 0 ? ", yes" : ", no");
    return n % p == 0;
}

/* Tries the primes in turn; returns the one that divides n, 0 when p*p > n for the next one. */
static int write_trials(struct str *t, long long n) {
    for (const int *p = primes; *p != 0; p++) {
        if (*p * *p > n) {
            str_addf(t, "%d*%d=%d>%lld, enough\n", *p, *p, *p * *p, n);
            return 0;
        }
        bool divides = write_trial(t, n, *p);
        str_add(t, "\n");
        if (divides) return *p;
    }
    return 0;
}

static void make_prime(struct rng *r, enum task_split split, struct task_problem *p) {
    long long n;
    bool want = rng_below(r, 2) == 0, is_prime;
    do {
        n = rng_between(r, 11, rng_below(r, 4) == 0 ? 399 : 199);
        is_prime = true;
        for (const int *d = primes; *d != 0 && *d * *d <= n; d++)
            is_prime = is_prime && n % *d != 0;
        bool easy = !is_prime && n % 2 == 0 && rng_below(r, 3) > 0; /* even ones teach little */
        if (is_prime != want || easy) n = 0;
    } while (n == 0 || !ask_fits(split, "prime %lld", n));
    struct str *t = &p->turns[0].thought;
    int d = write_trials(t, n);
    struct ask_args args;
    ask_args(&args, "%lld|%d|%lld", n, d, d > 0 ? n / d : 0);
    ask_question(p, r, split, &prime_wordings, &args);
    if (is_prime) {
        str_addf(t, "No prime up to there divides %lld.\n", n);
        worked_result(t, "yes, %lld is prime", n);
    } else {
        str_addf(t, "%lld=%d*%lld\n", n, d, n / d);
        worked_result(t, "no, %lld is not prime", n);
    }
    static const char *const yes[] = {"Yes, {a} is prime.", "Yes, {a} is a prime number.", NULL};
    static const char *const no[] = {"No, {a} is not prime: {a} = {b} * {c}.",
                                     "No, {a} = {b} * {c}, so it is not a prime number.", NULL};
    ask_answer(p, r, is_prime ? yes : no, &args);
    str_add(&p->gold, is_prime ? "yes" : "no");
}

static bool check_prime(const struct task_problem *p, const char *answer) {
    return check_yes_no(answer, p->gold.s, "prime", "composite");
}

const struct task_family task_prime = {
    .name = "prime",
    .title = "Prime or not",
    .verifiable = true,
    .weight = 0.5,
    .make = make_prime,
    .check = check_prime,
};

/* ---- factors ---- */

static const struct wordings factors_wordings = {
    .ways = "factors",
    .train = (const char *const[]){"Factor {a} into primes.",
                                   "What is the prime factorization of {a}?",
                                   "prime factors of {a}",
                                   "factorise {a}",
                                   "Take {a} apart into primes.",
                                   "Which prime numbers make up {a}?",
                                   "Show {a} fully factored.",
                                   "Find the prime factors of {a}.",
                                   "Please write {a} as a product of primes.",
                                   "Split {a} into its prime factors.",
                                   "Decompose {a} into prime factors.",
                                   "Can you factorize {a}?",
                                   "i need the prime factorisation of {a}",
                                   "Which primes multiply to {a}?",
                                   "Break {a} down into primes.",
                                   "Give the prime decomposition of {a}.",
                                   "Prime factorization: {a}",
                                   "factors({a}), primes only",
                                   "Work out the prime factors of {a}, please.",
                                   "Write {a} as a product of prime numbers.",
                                   "How does {a} factor into primes?",
                                   "Tell me the prime factorization of {a}.",
                                   "What are the prime factors of {a}, with repeats?",
                                   "Do a prime factorisation of {a}.",
                                   "[What|Which] are the prime factors of {a}?",
                                   "[What|Which] [primes|prime numbers] [multiply|multiplied "
                                   "together] [to|give|make] {a}?",
                                   "{a} = ? [(primes)|as primes|in primes]",
                                   "factors of {a}[, primes only| in primes|, only primes]?",
                                   NULL},
    .amounts = ASK_LIST("the prime [factors|factorization|factorisation|decomposition] of {a}",
                        "{a} as a product of [primes|prime numbers]",
                        "{a} [factored|split|decomposed] into primes"),
    .deeds = ASK_LIST("[factor|factorize|factorise|decompose|split|break] {a} into [primes|prime "
                      "factors|its prime factors]",
                      "[write|give] {a} as a product of [primes|prime numbers]",
                      "find [the|all] prime factors of {a}", "do a prime factorization of {a}",
                      "[factor|factorize|factorise] {a}"),
    .test = (const char *const[]){"Of which prime numbers is {a} made?",
                                  "Take {a} apart until only primes are left.",
                                  "{a} = product of which primes?",
                                  "Express {a} through its prime divisors.",
                                  "I would like to see {a} fully factored.", NULL},
};

static void make_factors(struct rng *r, enum task_split split, struct task_problem *p) {
    long long n;
    do {
        static const int usual[] = {2, 2, 2, 3, 3, 3, 5, 5, 7, 7, 11, 13, 17, 19};
        n = 1;
        for (int k = (int)rng_between(r, 2, 5); k > 0; k--) {
            int d = usual[rng_below(r, sizeof usual / sizeof usual[0])];
            if (n * d <= 500) n *= d;
        }
        bool is_prime = true;
        for (int d = 2; d * d <= n; d++) is_prime = is_prime && n % d != 0;
        if (is_prime || n < 8) n = 0;
    } while (n == 0 || !ask_fits(split, "factors %lld", n));
    struct str product = STR_INIT;
    struct str *t = &p->turns[0].thought;
    long long left = n;
    for (const int *d = primes; left > 1;) {
        if (*d * *d > left) { /* what is left has no smaller divisor */
            str_addf(t, "%lld is prime\n", left);
            str_addf(&product, "%s%lld", product.len > 0 ? " * " : "", left);
            break;
        }
        bool divides = write_trial(t, left, *d);
        if (!divides) {
            str_add(t, "\n");
            d++;
            continue;
        }
        str_addf(&product, "%s%d", product.len > 0 ? " * " : "", *d);
        str_addf(t, ", %d*%lld -> %s\n", *d, left / *d, product.s);
        left /= *d;
    }
    worked_result(t, "%s", str_cstr(&product));
    struct ask_args args;
    ask_args(&args, "%lld|%s", n, product.s);
    ask_question(p, r, split, &factors_wordings, &args);
    static const char *const answers[] = {"{a} = {b}.", "The prime factorization of {a} is {b}.",
                                          "It factors as {b}.", NULL};
    ask_answer(p, r, answers, &args);
    str_add(&p->gold, product.s);
    str_free(&product);
}

static bool check_factors(const struct task_problem *p, const char *answer) {
    return check_numbers(answer, p->gold.s);
}

const struct task_family task_factors = {
    .name = "factors",
    .title = "Prime factors",
    .verifiable = true,
    .weight = 1,
    .make = make_factors,
    .check = check_factors,
};
