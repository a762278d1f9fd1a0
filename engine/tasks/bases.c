/* bases: the same number in binary, hexadecimal and Roman writing, both ways. Reading goes from the
 * left and keeps a running value; writing divides and puts the rests in front. */
#include <stdio.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/worked.h"

static const char hex_digits[] = "0123456789ABCDEF";

/* n in a base, most significant digit first. */
static void write_base(char out[24], long long n, int base) {
    char back[24];
    int k = 0;
    do back[k++] = hex_digits[n % base];
    while ((n /= base) > 0);
    for (int i = 0; i < k; i++) out[i] = back[k - 1 - i];
    out[k] = '\0';
}

/* ---- binary ---- */

static const struct wordings from_binary = {
    .ways = "from-binary",
    .train = (const char *const[]){"What is binary {b} in decimal?",
                                   "Convert {b} from binary to decimal.",
                                   "0b{b} in decimal",
                                   "binary {b} to decimal",
                                   "The bits are {b}. What number is that?",
                                   "{b} in base two is which decimal value?",
                                   "Decode the bits {b}.",
                                   "Which decimal number is {b} in base 2?",
                                   "Please convert the binary number {b} to decimal.",
                                   "What number does the binary {b} stand for?",
                                   "i have {b} in binary, what is it in decimal",
                                   "Read the binary number {b}.",
                                   "How much is 0b{b}?",
                                   "Translate binary {b} into a decimal number.",
                                   "[What|Which] [decimal |]number is [binary|0b|the binary] {b}?",
                                   "binary to decimal: {b}",
                                   "{b} (binary) = ? (decimal)",
                                   "In decimal, [what|how much] is [binary|the binary number] {b}?",
                                   "Bits {b}, [what number|how much in decimal]?",
                                   NULL},
    .amounts = ASK_LIST("[binary|the binary number|the bits|0b] {b} in [decimal|base 10|base "
                        "ten|our usual numbers]",
                        "the [decimal value|value] of [binary|the binary number|the bits] {b}",
                        "{b} [base 2|in base 2|in binary] as a decimal number"),
    .deeds =
        ASK_LIST("convert [binary|the binary number|0b] {b} to [decimal|base 10|a decimal number]",
                 "[read|decode|translate] the binary [number|code|word] {b}",
                 "turn binary {b} into [a decimal number|decimal|base ten]"),
    .test = (const char *const[]){"My computer shows the bits {b}. Which decimal value is that?",
                                  "Give the base ten value of the binary word {b}.",
                                  "Quick one: bits {b} as a decimal", NULL},
};

static const struct wordings to_binary = {
    .ways = "to-binary",
    .train =
        (const char *const[]){
            "What is {a} in binary?", "Convert {a} to binary.", "{a} in binary",
            "decimal {a} to binary", "Show {a} in bits.", "Write {a} with zeros and ones.",
            "What does {a} look like in a computer, in binary?", "How do you write {a} in base 2?",
            "Please convert the decimal number {a} to binary.", "Write {a} as a binary number.",
            "i need {a} in binary", "Can you give me the binary form of {a}?",
            "Express {a} in base two.", "Turn {a} into a binary number.",
            "How is {a} [written|represented] in [binary|base 2|bits]?", "decimal to binary: {a}",
            "{a} (decimal) = ? (binary)", "In binary, what is {a}?", NULL},
    .amounts = ASK_LIST("{a} in [binary|base 2|base two|bits|the binary system]",
                        "the binary [form|representation|writing|number] [of|for] {a}",
                        "{a} [written|as a number] in binary"),
    .deeds = ASK_LIST("convert {a} [to|into] [binary|base 2|base two|bits]",
                      "[write|express|give|show] {a} in [binary|base 2|base two]",
                      "turn {a} into [binary|bits]"),
    .test = (const char *const[]){"Which bits make up the number {a}?",
                                  "Show {a} the way a computer counts, in zeros and ones.",
                                  "Quick one: {a} as bits", NULL},
};

static void think_from_binary(struct str *t, const char *bits) {
    long long value = 0;
    for (const char *c = bits; *c != '\0'; c++) {
        long long next = value * 2 + (*c - '0');
        str_addf(t, "%s: %lld*2=%lld, +%c=%lld\n", c, value, value * 2, *c, next);
        value = next;
    }
}

static void think_to_binary(struct str *t, long long n, const char *bits) {
    size_t at = strlen(bits);
    for (long long x = n; x > 0; x /= 2)
        str_addf(t, "%lld: half %lld, rest %lld -> %s\n", x, x / 2, x % 2, bits + --at);
}

static void make_binary(struct rng *r, enum task_split split, struct task_problem *p) {
    long long n;
    do {
        n = rng_between(r, 2, rng_below(r, 3) == 0 ? 63 : 255);
    } while (!ask_fits(split, "binary %lld", n));
    bool reading = rng_below(r, 2) == 0;
    char bits[24];
    write_base(bits, n, 2);
    struct ask_args args;
    ask_args(&args, "%lld|%s", n, bits);
    ask_question(p, r, split, reading ? &from_binary : &to_binary, &args);
    struct str *t = &p->turns[0].thought;
    if (reading) {
        think_from_binary(t, bits);
        str_addf(t, "Check: the last bit is %lld, so it is %s.\n", n % 2, n % 2 ? "odd" : "even");
        worked_result(t, "%lld", n);
        str_addf(&p->gold, "10 %lld", n);
    } else {
        think_to_binary(t, n, bits);
        str_addf(t, "Check: %lld is %s, the last bit is %lld.\n", n, n % 2 ? "odd" : "even", n % 2);
        worked_result(t, "%s", bits);
        str_addf(&p->gold, "2 %s", bits);
    }
    static const char *const read[] = {"{b} in binary is {a}.", "Binary {b} is {a} in decimal.",
                                       "That is {a}.", NULL};
    static const char *const write[] = {"{a} in binary is {b}.", "In binary, {a} is {b}.",
                                        "That is {b}.", NULL};
    ask_answer(p, r, reading ? read : write, &args);
}

/* The gold of these families is the base that is asked for, a space, the writing in it. */
static bool check_based(const struct task_problem *p, const char *answer) {
    const char *writing = strchr(p->gold.s, ' ') + 1;
    if (str_starts(p->gold.s, "2 ")) return check_binary(p, answer, writing);
    if (str_starts(p->gold.s, "16 ")) return check_hex(p, answer, writing);
    if (str_starts(p->gold.s, "roman ")) return check_roman(p, answer, writing);
    return check_number(p, answer, writing);
}

const struct task_family task_binary = {
    .name = "binary",
    .title = "Binary and decimal",
    .verifiable = true,
    .weight = 0.6,
    .make = make_binary,
    .check = check_based,
};

/* ---- hexadecimal ---- */

static const struct wordings from_hex = {
    .ways = "from-hex",
    .train =
        (const char *const[]){
            "What is hex {b} in decimal?", "Convert 0x{b} to decimal.", "0x{b} in decimal",
            "hex {b} to decimal", "The memory cell holds 0x{b}. What is its decimal value?",
            "Change {b} from base 16 to base 10.", "Which decimal number is {b} in base 16?",
            "Please convert the hexadecimal number {b} to decimal.",
            "What number does the hexadecimal {b} stand for?",
            "i have {b} in hex, what is it in decimal", "Read the hexadecimal number {b}.",
            "How much is 0x{b}?", "Translate hexadecimal {b} into a decimal number.",
            "[What|Which] [decimal |]number is [hex |0x|hexadecimal ]{b}?", "hex to decimal: {b}",
            "{b} (hex) = ? (decimal)", "In decimal, [what|how much] is [hex |0x]{b}?", NULL},
    .amounts = ASK_LIST("[hex |hexadecimal |0x|the hex number ]{b} in [decimal|base 10|base ten]",
                        "the [decimal value|value] of [hex |hexadecimal |0x]{b}",
                        "{b} [base 16|in base 16|(hex)] as a decimal number"),
    .deeds = ASK_LIST(
        "convert [hex |hexadecimal |0x|the hex number ]{b} to [decimal|base 10|a decimal number]",
        "[read|decode|translate] the hex [number|code] {b}",
        "turn hex {b} into [a decimal number|decimal|base ten]"),
    .test = (const char *const[]){"A debugger prints 0x{b}. Which decimal value is that?",
                                  "Give the base ten value of the hex word {b}.",
                                  "Quick one: {b}, from base sixteen", NULL},
};

static const struct wordings to_hex = {
    .ways = "to-hex",
    .train =
        (const char *const[]){
            "What is {a} in hexadecimal?", "Convert {a} to hex.", "{a} in hex",
            "decimal {a} to hexadecimal", "Show {a} in hex digits.",
            "The byte is {a}. What is it in hex?", "How do you write {a} in base 16?",
            "Please convert the decimal number {a} to hexadecimal.", "Write {a} as a hex number.",
            "i need {a} in hex", "Can you give me the hexadecimal form of {a}?",
            "Express {a} in base sixteen.", "Turn {a} into a hexadecimal number.",
            "How is {a} [written|represented] in [hex|hexadecimal|base 16]?", "decimal to hex: {a}",
            "{a} (decimal) = ? (hex)", "In [hex|hexadecimal], what is {a}?", NULL},
    .amounts = ASK_LIST("{a} in [hex|hexadecimal|base 16|the hexadecimal system]",
                        "the [hex|hexadecimal] [form|representation|writing|number] [of|for] {a}"),
    .deeds = ASK_LIST("convert {a} [to|into] [hex|hexadecimal|base 16]",
                      "[write|express|give|show] {a} in [hex|hexadecimal|base 16]",
                      "turn {a} into [hex|hexadecimal]"),
    .test = (const char *const[]){"Which hex digits make up the number {a}?",
                                  "A byte has the value {a}. Show it as hexadecimal.",
                                  "Quick one: {a}, into base sixteen", NULL},
};

/* A digit above 9 is named with its value once. */
static void name_digit(struct str *t, int digit) {
    if (digit > 9) str_addf(t, "%c=%d, ", hex_digits[digit], digit);
}

static void think_from_hex(struct str *t, const char *word) {
    long long value = 0;
    for (const char *c = word; *c != '\0'; c++) {
        int digit = (int)(strchr(hex_digits, *c) - hex_digits);
        str_addf(t, "%s: ", c);
        name_digit(t, digit);
        if (value == 0) {
            str_addf(t, "start %d\n", digit);
        } else { /* times 16 is doubling four times */
            str_addf(t, "%lld*16: %lld, %lld, %lld, %lld, ", value, value * 2, value * 4, value * 8,
                     value * 16);
            str_addf(t, "%lld+%d=%lld\n", value * 16, digit, value * 16 + digit);
        }
        value = value * 16 + digit;
    }
}

static void think_to_hex(struct str *t, long long n, const char *word) {
    size_t at = strlen(word);
    for (long long x = n; x > 0; x /= 16) {
        long long q = x / 16, rest = x % 16;
        str_addf(t, "%lld: 16*%lld=%lld, rest %lld", x, q, q * 16, rest);
        if (rest > 9) str_addf(t, "=%c", hex_digits[rest]);
        str_addf(t, " -> %s\n", word + --at);
    }
}

static void make_hex(struct rng *r, enum task_split split, struct task_problem *p) {
    long long n;
    bool reading = rng_below(r, 2) == 0;
    do {
        n = rng_between(r, 16, reading && rng_below(r, 3) == 0 ? 4095 : 255);
    } while (!ask_fits(split, "hex %lld", n));
    char word[24];
    write_base(word, n, 16);
    struct ask_args args;
    ask_args(&args, "%lld|%s", n, word);
    ask_question(p, r, split, reading ? &from_hex : &to_hex, &args);
    struct str *t = &p->turns[0].thought;
    if (reading) {
        think_from_hex(t, word);
        worked_result(t, "%lld", n);
        str_addf(&p->gold, "10 %lld", n);
    } else {
        think_to_hex(t, n, word);
        str_addf(t, "Check: 16*%lld+%lld=%lld, right.\n", n / 16, n % 16, n);
        worked_result(t, "%s", word);
        str_addf(&p->gold, "16 %s", word);
    }
    static const char *const read[] = {"{b} in hexadecimal is {a}.", "0x{b} is {a} in decimal.",
                                       "That is {a}.", NULL};
    static const char *const write[] = {"{a} in hexadecimal is {b}.", "In hex, {a} is {b}.",
                                        "That is {b}.", NULL};
    ask_answer(p, r, reading ? read : write, &args);
}

const struct task_family task_hex = {
    .name = "hex",
    .title = "Hexadecimal and decimal",
    .verifiable = true,
    .weight = 1.6,
    .make = make_hex,
    .check = check_based,
};

/* ---- Roman numerals ---- */

static const struct {
    int value;
    const char *sign;
} roman_signs[] = {
    {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
    {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"},
};

static const struct wordings from_roman = {
    .ways = "from-roman",
    .train =
        (const char *const[]){
            "What is {b} in Arabic numerals?", "Convert the Roman numeral {b} to a number.",
            "Roman numeral {b}", "roman {b} to decimal",
            "Which number did the Romans write as {b}?",
            "The clock shows {b}. What number is that?",
            "What is the value of {b} in Roman numerals?", "Which number is {b} in Roman numerals?",
            "Please convert {b} from Roman numerals.",
            "What number does the Roman numeral {b} stand for?",
            "i saw {b} on an old house, which year is that", "Read the Roman number {b}.",
            "How much is {b} as a normal number?", "Translate the Roman number {b} into digits.",
            "[What|Which] number is [Roman|the Roman numeral|written] {b}[| in Roman numerals]?",
            "roman to number: {b}", "What [number |]does {b} [mean|stand for] in Roman numerals?",
            "[A clock|A book|A coin|A king] has [the number|the numeral|] {b} [on it|behind its "
            "name]. [Which number is it?|What number is that?]",
            NULL},
    .amounts = ASK_LIST("[the Roman numeral|Roman|the Roman number] {b} [in digits|in decimal|as a "
                        "number|in our numbers|in Arabic numerals]",
                        "the value of [the Roman numeral|Roman] {b}",
                        "{b} in [Arabic|ordinary|normal] numerals"),
    .deeds = ASK_LIST("convert [the Roman numeral|Roman|the Roman number] {b} [to|into] [a "
                      "number|digits|decimal|an Arabic number]",
                      "[read|decode|translate] the Roman [number|numeral] {b}"),
    .test =
        (const char *const[]){"A tower carries the Roman number {b}. Which number is it in digits?",
                              "Give the ordinary value of the Roman {b}.",
                              "Quick one: Roman {b} in digits", NULL},
};

static const struct wordings to_roman = {
    .ways = "to-roman",
    .train =
        (const char *const[]){
            "What is {a} in Roman numerals?", "Convert {a} to Roman numerals.",
            "{a} in Roman numerals", "{a} to roman", "Write {a} the way the Romans did.",
            "Which Roman letters make {a}?", "How did the Romans write {a}?",
            "How do you write {a} in Roman numerals?",
            "Please convert the number {a} to a Roman numeral.", "Write {a} as a Roman numeral.",
            "i need {a} in roman numerals", "Can you give me the Roman form of {a}?",
            "Express {a} as a Roman number.", "Turn {a} into a Roman numeral.",
            "How is {a} written in Roman [numerals|numbers]?", "number to roman: {a}",
            "In Roman [numerals|numbers], what is {a}?",
            "How would a Roman [write|have written] {a}?", NULL},
    .amounts =
        ASK_LIST("{a} in Roman [numerals|numbers|letters]",
                 "the Roman [numeral|number|form] [of|for] {a}", "{a} as a Roman [numeral|number]"),
    .deeds =
        ASK_LIST("convert {a} [to|into] [a Roman numeral|Roman numerals|Roman]",
                 "[write|express|give|show] {a} [in Roman numerals|as a Roman numeral|in Roman]",
                 "turn {a} into [Roman|a Roman number]"),
    .test =
        (const char *const[]){
            "Give the Roman spelling of the number {a}.",
            "An old house from the year {a} shows the year in Roman numerals. What stands there?",
            "Quick one: {a} as a Roman number", NULL},
};

static void write_roman(struct str *out, long long n) {
    for (size_t i = 0; i < sizeof roman_signs / sizeof roman_signs[0]; i++)
        for (; n >= roman_signs[i].value; n -= roman_signs[i].value)
            str_add(out, roman_signs[i].sign);
}

/* One line a sign, with what is left to read. */
static void think_from_roman(struct str *t, const char *word) {
    long long value = 0;
    while (*word != '\0') {
        size_t best = 0;
        for (size_t i = 0; i < sizeof roman_signs / sizeof roman_signs[0]; i++)
            if (str_starts(word, roman_signs[i].sign) &&
                (best == 0 || strlen(roman_signs[i].sign) > strlen(roman_signs[best - 1].sign)))
                best = i + 1;
        const char *sign = roman_signs[best - 1].sign;
        int worth = roman_signs[best - 1].value;
        for (const char *c = word; *c != '\0'; c++) /* letters apart: the tokenizer joins them */
            str_addf(t, "%s%c", c == word ? "" : "-", *c);
        str_addf(t, ": %s=%d, %lld+%d=%lld\n", sign, worth, value, worth, value + worth);
        value += worth;
        word += strlen(sign);
    }
}

/* One line a digit: its value and letters. */
static void think_to_roman(struct str *t, long long n) {
    struct str all = STR_INIT;
    for (long long place = 1000; place > 0; place /= 10) {
        long long part = n / place % 10 * place;
        if (part == 0) continue;
        struct str letters = STR_INIT;
        write_roman(&letters, part);
        write_roman(&all, part);
        str_addf(t, "%lld=%s -> %s\n", part, str_cstr(&letters), str_cstr(&all));
        str_free(&letters);
    }
    str_free(&all);
}

static void make_roman(struct rng *r, enum task_split split, struct task_problem *p) {
    long long n;
    struct str word = STR_INIT;
    bool reading = rng_below(r, 2) == 0;
    do {
        static const int most[] = {50, 200, 1000, 3999};
        n = rng_between(r, 2, most[rng_below(r, 4)]);
        str_clear(&word);
        write_roman(&word, n);
    } while (word.len > 9 || !ask_fits(split, "roman %lld", n)); /* long ones take long to read */
    struct ask_args args;
    ask_args(&args, "%lld|%s", n, word.s);
    ask_question(p, r, split, reading ? &from_roman : &to_roman, &args);
    struct str *t = &p->turns[0].thought;
    if (reading) {
        think_from_roman(t, word.s);
        worked_result(t, "%lld", n);
        str_addf(&p->gold, "10 %lld", n);
    } else {
        think_to_roman(t, n);
        worked_result(t, "%s", word.s);
        str_addf(&p->gold, "roman %s", word.s);
    }
    static const char *const read[] = {"{b} is {a}.", "The Roman numeral {b} is {a}.",
                                       "That is {a}.", NULL};
    static const char *const write[] = {"{a} is {b}.", "In Roman numerals, {a} is {b}.",
                                        "That is {b}.", NULL};
    ask_answer(p, r, reading ? read : write, &args);
    str_free(&word);
}

const struct task_family task_roman = {
    .name = "roman",
    .title = "Roman numerals",
    .verifiable = true,
    .weight = 1.3,
    .make = make_roman,
    .check = check_based,
};
