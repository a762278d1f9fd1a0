/* worked: written arithmetic, digit by digit from the right. */
#include "engine/tasks/worked.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* The digits found so far, last digit first found. */
struct digits {
    char s[24];
    int at; /* s[at..] holds them */
};

static void digits_init(struct digits *d) {
    d->at = (int)sizeof d->s - 1;
    d->s[d->at] = '\0';
}

static const char *digits_put(struct digits *d, int digit) {
    assert(d->at > 0 && digit >= 0 && digit <= 9);
    d->s[--d->at] = (char)('0' + digit);
    return d->s + d->at;
}

/* The last carry becomes the first digit. */
static void bring_down(struct str *t, struct digits *d, int carry) {
    if (carry > 0) str_addf(t, "carry %d -> %s\n", carry, digits_put(d, carry));
}

long long worked_sum(struct str *t, long long a, long long b) {
    struct digits found;
    digits_init(&found);
    int carry = 0;
    for (long long x = a, y = b; x > 0 || y > 0; x /= 10, y /= 10) {
        if (carry == 0 && (x == 0 || y == 0) && found.s[found.at] != '\0') {
            str_addf(t, "copy %lld -> %lld%s\n", x + y, x + y, found.s + found.at);
            break;
        }
        int s = (int)(x % 10 + y % 10) + carry;
        str_addf(t, "%lld+%lld: %d+%d+%d=%d", x, y, (int)(x % 10), (int)(y % 10), carry, s);
        carry = s / 10;
        str_addf(t, ", carry %d -> %s\n", carry, digits_put(&found, s % 10));
    }
    bring_down(t, &found, carry);
    return a + b;
}

long long worked_difference(struct str *t, long long a, long long b) {
    assert(a >= b && b >= 0);
    struct digits found;
    digits_init(&found);
    int borrow = 0;
    const char *s = "0";
    for (long long x = a, y = b; x > 0; x /= 10, y /= 10) {
        if (borrow == 0 && y == 0 && found.s[found.at] != '\0') {
            str_addf(t, "copy %lld -> %lld%s\n", x, x, found.s + found.at);
            s = "";
            break;
        }
        int d = (int)(x % 10 - y % 10) - borrow;
        str_addf(t, "%lld-%lld: %d-%d-%d=%d", x, y, (int)(x % 10), (int)(y % 10), borrow, d);
        borrow = d < 0;
        if (borrow) str_addf(t, ", %d+10=%d", d, d + 10);
        s = digits_put(&found, d + 10 * borrow);
        str_addf(t, ", borrow %d -> %s\n", borrow, s);
    }
    if (s[0] == '0' && s[1] != '\0') str_addf(t, "%s is %lld\n", s, a - b);
    return a - b;
}

long long worked_digit_product(struct str *t, long long a, int d) {
    assert(a >= 0 && d >= 0 && d <= 9);
    struct digits found;
    digits_init(&found);
    int carry = 0;
    for (long long x = a; x > 0; x /= 10) {
        int m = (int)(x % 10) * d;
        str_addf(t, "%lld*%d: %d*%d=%d", x, d, (int)(x % 10), d, m);
        if (carry > 0) str_addf(t, ", %d+%d=%d", m, carry, m + carry);
        m += carry;
        carry = m / 10;
        str_addf(t, ", carry %d -> %s\n", carry, digits_put(&found, m % 10));
    }
    bring_down(t, &found, carry);
    return a * d;
}

long long worked_product(struct str *t, long long a, long long b) {
    struct digits kept;
    digits_init(&kept);
    long long head = 0; /* what the lines above hand on: everything but the digits kept */
    for (long long y = b; y > 0; y /= 10) {
        int d = (int)(y % 10);
        if (d < 2)
            str_addf(t, "%lld*%d=%lld\n", a, d, a * d);
        else
            worked_digit_product(t, a, d);
        if (head > 0 && d > 0) worked_sum(t, a * d, head);
        head += a * d;
        if (y < 10) break;
        str_addf(t, "%lld: keep %lld, go on with %lld\n", head, head % 10, head / 10);
        digits_put(&kept, (int)(head % 10));
        head /= 10;
    }
    if (b > 9) str_addf(t, "%lld with %s -> %lld\n", head, kept.s + kept.at, a * b);
    return a * b;
}

/* The multiples of b as far as this division needs them, at least the first. */
static void multiples(struct str *t, long long a, long long b) {
    int most = 1;
    char s[24];
    snprintf(s, sizeof s, "%lld", a);
    long long rest = 0;
    for (const char *c = s; *c != '\0'; c++) {
        rest = rest * 10 + *c - '0';
        if (rest / b + 1 > most) most = (int)(rest / b) + 1;
        rest %= b;
    }
    if (most > 9) most = 9;
    str_addf(t, "Times %lld:", b);
    for (int k = 1; k <= most; k++) str_addf(t, " %lld", b * k);
    str_add(t, "\n");
}

long long worked_quotient(struct str *t, long long a, long long b) {
    assert(a >= 0 && b >= 1);
    char s[24];
    snprintf(s, sizeof s, "%lld", a);
    if (a < b) {
        str_addf(t, "%lld<%lld: 0, rest %lld\n", a, b, a);
        return 0;
    }
    if (b > 9) multiples(t, a, b);
    long long head = 0, quotient = 0;
    for (const char *c = s; *c != '\0'; c++) {
        head = head * 10 + *c - '0';
        if (head < b && quotient == 0) continue; /* the first step takes as many as it needs */
        long long d = head / b;
        str_addf(t, "%lld%s%s: %lld*%lld=%lld", head, c[1] != '\0' ? "|" : "", c + 1, d, b, d * b);
        quotient = quotient * 10 + d;
        str_addf(t, ", %lld-%lld=%lld -> %lld\n", head, d * b, head - d * b, quotient);
        head -= d * b;
    }
    return quotient;
}

int worked_nines(struct str *t, long long n) {
    char s[24];
    snprintf(s, sizeof s, "%lld", n);
    int rest = 0;
    str_addf(t, "%s:", s);
    for (const char *c = s; *c != '\0'; c++) {
        rest = (rest + *c - '0') % 9;
        str_addf(t, " %d", rest);
    }
    return rest;
}

void worked_check_nines(struct str *t, long long a, char op, long long b, long long c) {
    str_add(t, "Check by nines: ");
    int x = worked_nines(t, a);
    str_add(t, ", ");
    int y = worked_nines(t, b);
    str_add(t, ", ");
    int z = worked_nines(t, c);
    int got = op == '+' ? x + y : op == '-' ? x - y : x * y;
    str_addf(t, "; %d%c%d=%d", x, op, y, got);
    if (got < 0 || got > 8) str_addf(t, ", %d by nines", ((got % 9) + 9) % 9);
    assert(((got - z) % 9) == 0);
    str_add(t, ", right.\n");
}

void worked_result(struct str *t, const char *fmt, ...) {
    va_list ap;
    str_add(t, "Result: ");
    va_start(ap, fmt);
    str_addv(t, fmt, ap);
    va_end(ap);
}
