/* spelling: problems about one word, letter by letter: spell, reverse, n-th letter, palindromes.
 *
 * Every thought begins with the word spelled by words_spell(); later steps name a letter together
 * with its number, so that each is found by looking back at one place. */
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/words.h"
#include "engine/tasks/worked.h"

static bool check_word(const struct task_problem *p, const char *answer) {
    return says_word(answer, p->gold.s, p->turns[p->n_turns - 1].question.s);
}

static void hyphenate(struct str *out, const char *word) {
    for (int i = 0; word[i]; i++) str_addf(out, "%s%c", i ? "-" : "", word[i]);
}

static const struct wordings spell_asks = {
    .ways = "spell",
    .train = ASK_LIST(
        "Spell {a}.", "Spell the word \"{a}\".", "How do you spell {a}?", "How is \"{a}\" spelled?",
        "spell out {a}", "{a}, letter by letter please", "Please spell {a} for me.",
        "Can you spell \"{a}\"?", "What are the letters of {a}?", "Write {a} letter by letter.",
        "Give me the spelling of {a}.", "List the letters in {a}.",
        "Separate the letters of \"{a}\" with hyphens.", "What is the spelling of '{a}'?",
        "Break {a} into letters.", "I need {a} spelled out.", "Name each letter of {a} in order.",
        "Say {a} one letter at a time.", "Which letters make up the word {a}?", "spelling: {a}",
        "Could you spell the word {a}, please?", "Put hyphens between the letters of {a}.",
        "How [do you|does one|do I|would you|to] spell <word>?",
        "How is <word> [spelled|spelt|written letter by letter]?",
        "[spell|spelling|letters][:|,] {a}", "<word>, how is it [spelled|spelt]?",
        "<word>, [letter by letter|spelled out|one letter at a time]",
        "[Which|What] letters [are in|make|does one need for] <word>[|, in order]?"),
    .amounts =
        ASK_LIST("the spelling of <word>", "the letters [of|in] <word>[| one by one| in order]",
                 "<word> [spelled|spelt] out", "how <word> is [spelled|spelt]"),
    .deeds = ASK_LIST("spell <word>", "spell [out |]<word>",
                      "[write|say|give|read] <word> letter by letter",
                      "[write|say|list|name|give] [the|all the|all] letters [of|in] <word>[| one "
                      "by one| in order]",
                      "[split|break|divide] <word> into [letters|its letters|single letters]",
                      "put [hyphens|dashes|a hyphen] between the letters of <word>"),
    .test = ASK_LIST("Tell me how {a} is written, one letter after another.",
                     "Show every letter in \"{a}\", in sequence.",
                     "My child asks how to spell {a}.", "Take {a} apart into its single letters.",
                     "Dictate the letters of '{a}' to me.", "I forgot how {a} is spelt."),
};

static void make_spell(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], shown[WORD_MAX];
    struct str out = STR_INIT;
    words_any(r, split, 3, 12, w);
    words_shown(r, w, shown);
    ask_question(p, r, split, &spell_asks, ASK_ARGS(shown));
    words_spell(&p->turns[0].thought, w);
    hyphenate(&out, w);
    str_addf(&p->turns[0].thought, "\n%d letters.\n", (int)strlen(w));
    worked_result(&p->turns[0].thought, "%s", out.s);
    ask_answer(p, r,
               ASK_LIST("{a} is spelled {b}.", "{b}", "It is spelled {b}.", "The letters are {b}."),
               ASK_ARGS(shown, out.s));
    str_add(&p->gold, w);
    str_free(&out);
}

/* The word itself says nothing here: it has to come letter by letter. */
static bool check_spell(const struct task_problem *p, const char *answer) {
    const char *w = p->gold.s;
    size_t n = strlen(w);
    int runs = 0, right = 0;
    for (const char *s = answer; *s;) {
        char run[64];
        size_t len = 0;
        const char *t = s;
        while (*t && len < sizeof run) { /* single letters with anything but letters between */
            char c = *t;
            bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
            bool more = (t[1] | 32) >= 'a' && (t[1] | 32) <= 'z' && t[1];
            if (letter && more) break;
            if (!letter && strchr(".\n", c) && len) break;
            if (letter) run[len++] = (char)(c | 32);
            t++;
        }
        if (len >= 2) {
            runs++;
            right += len == n && !memcmp(run, w, n);
        }
        while ((*t | 32) >= 'a' && (*t | 32) <= 'z') t++;
        s = t > s ? t : s + 1;
    }
    return runs >= 1 && right == runs;
}

const struct task_family task_spell = {"spell", "words spelled", true,
                                       2.0,     make_spell,      check_spell};

static const struct wordings reverse_asks = {
    .ways = "reverse",
    .train = ASK_LIST(
        "Reverse the word {a}.", "Write \"{a}\" backwards.", "What is {a} backwards?",
        "reverse {a}", "Spell {a} backwards.", "What do you get when you reverse \"{a}\"?",
        "Please reverse the letters of {a}.", "How is {a} written backwards?",
        "Turn the word \"{a}\" around.", "{a} backwards", "{a} in reverse order?",
        "Give me {a} from the last letter to the first.", "Can you write '{a}' in reverse?",
        "Flip the letters of {a}.", "Read {a} from right to left.", "Mirror the word {a}.",
        "What word results from reversing \"{a}\"?", "I want {a} with its letters reversed.",
        "Could you reverse {a} for me?", "What does {a} become when read backwards?",
        "Show me \"{a}\" reversed.", "Say {a} back to front.", "reversed: {a}",
        "How do you [spell|write|say] <word> backwards?", "[reverse|reversed|backwards][:|,] {a}",
        "<word> [backwards|reversed|in reverse], [what is it|what is that|please]?",
        "What [is|becomes of] <word> [backwards|reversed|spelled backwards|in reverse|when "
        "reversed]?",
        "[Backwards|In reverse|Reversed], what is <word>?"),
    .amounts = ASK_LIST("<word> [backwards|reversed|in reverse|spelled backwards|written "
                        "backwards|from back to front]",
                        "the reverse of <word>", "the letters of <word> in reverse[| order]"),
    .deeds = ASK_LIST(
        "reverse <word>", "reverse the letters [of|in] <word>",
        "[write|spell|say|read] <word> [backwards|in reverse|from back to front|from the end]",
        "turn <word> [around|backwards]", "flip <word>"),
    .test =
        ASK_LIST("Start at the end of {a} and write it down to its first letter.",
                 "If I hold \"{a}\" up to be read the other way round, what does it say?",
                 "Put the letters of {a} in opposite order.", "What would {a} look like reversed?",
                 "Take '{a}', end first: what is it?", "Invert the order of letters in {a}."),
};

static void make_reverse(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], back[WORD_MAX], shown[WORD_MAX];
    struct str *t = &p->turns[0].thought;
    words_any(r, split, 3, 12, w);
    int n = (int)strlen(w);
    for (int i = 0; i < n; i++) back[i] = w[n - 1 - i];
    back[n] = 0;
    words_shown(r, w, shown);
    ask_question(p, r, split, &reverse_asks, ASK_ARGS(shown));
    words_spell(t, w);
    str_add(t, "\nBackwards:");
    for (int i = n; i > 0; i--) str_addf(t, " %d:%c", i, w[i - 1]);
    str_addf(t, "\nTogether: %s\nCheck: it starts with %c, the last letter, and ends with %c.\n",
             back, w[n - 1], w[0]);
    worked_result(t, "%s", back);
    ask_answer(p, r,
               ASK_LIST("{a} backwards is {b}.", "Reversed, {a} is {b}.", "It is {b}.",
                        "\"{a}\" reversed is \"{b}\"."),
               ASK_ARGS(shown, back));
    str_add(&p->gold, back);
}

const struct task_family task_reverse = {"reverse", "words reversed", true,
                                         2.0,       make_reverse,     check_word};

static const struct wordings nth_asks = {
    .ways = "nth-letter",
    .train = ASK_LIST(
        "What is the {b} letter of {a}?", "Which letter is {b} in \"{a}\"?", "{b} letter of {a}",
        "Give me the {b} letter of the word {a}.", "Tell me the {b} letter in {a}.",
        "In the word {a}, what is the {b} letter?", "what's the {b} letter in {a}",
        "Name the {b} letter of '{a}'.", "Find the {b} letter of {a}.",
        "Which letter comes {b} in the word {a}?", "I need the {b} letter of \"{a}\".",
        "Please tell me the {b} letter of {a}.", "Can you find the {b} letter in \"{a}\"?",
        "Look at the word {a}. What is its {b} letter?", "The word is {a}. Which letter is {b}?",
        "What letter stands {b} in {a}?", "Pick out the {b} letter of {a}.",
        "For the word '{a}', say the {b} letter.", "letter number: {b}, word: {a}",
        "Do you know the {b} letter of {a}?", "Take {a}: what is the {b} letter?",
        "[What|Which] [letter |]is the {b} letter [of|in] <word>?",
        "[What|Which] letter [comes|is|stands] {b} in <word>?",
        "In <word>, [what|which] is the {b} letter?", "<word>, {b} letter?",
        "{b} letter [of|in] <word>?", "The {b} letter of <word> is [what|which|which one]?"),
    .amounts = ASK_LIST("the {b} letter [of|in] <word>", "the {b} letter in the spelling of <word>",
                        "the letter that [is|comes|stands] {b} in <word>"),
    .deeds = ASK_LIST("[find|name|pick|tell me|say] the {b} letter [of|in] <word>"),
    .test = ASK_LIST(
        "If I spell {a}, which letter do I say {b}?", "\"{a}\" has a {b} letter. Which one is it?",
        "From the letters of {a}, show the {b} one.",
        "Counting through {a}, what do you reach as the {b} letter?",
        "Let the word be {a}; its {b} letter is?", "Quiz: the {b} character of '{a}'."),
};

static const char *const ordinals[] = {"first", "second", "third",    "fourth",
                                       "fifth", "sixth",  "seventh",  "eighth",
                                       "ninth", "tenth",  "eleventh", "twelfth"};

static const char *suffix(int n) { return n == 1 ? "st" : n == 2 ? "nd" : n == 3 ? "rd" : "th"; }

static void make_nth(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], shown[WORD_MAX], letter[2] = "";
    struct str which = STR_INIT, *t = &p->turns[0].thought;
    words_any(r, split, 3, 12, w);
    int n = (int)strlen(w), at = (int)rng_between(r, 1, n), kind = (int)rng_below(r, 10), back = 0;
    if (kind == 0)
        at = n, str_add(&which, "last");
    else if (kind <= 2 && at < n)
        back = n + 1 - at;
    if (back)
        str_addf(&which, "%s-to-last", ordinals[back - 1]);
    else if (kind < 7 && kind > 0)
        str_add(&which, ordinals[at - 1]);
    else if (kind > 0)
        str_addf(&which, "%d%s", at, suffix(at));
    words_shown(r, w, shown);
    ask_question(p, r, split, &nth_asks, ASK_ARGS(shown, which.s));
    str_addf(t, "letter %s: ", which.s);
    words_spell(t, w);
    if (kind == 0)
        str_addf(t, "\n%d letters, the last is %d.", n, n);
    else if (back)
        str_addf(t, "\n%d letters, from the end: %d+1-%d=%d.", n, n, back, at);
    str_addf(t, "\nNumber %d is %c.\n", at, w[at - 1]);
    worked_result(t, "%c", w[at - 1]);
    letter[0] = w[at - 1];
    ask_answer(p, r,
               ASK_LIST("The {b} letter of {a} is {c}.", "It is {c}.",
                        "The {b} letter of \"{a}\" is \"{c}\"."),
               ASK_ARGS(shown, which.s, letter));
    str_add(&p->gold, letter);
    str_free(&which);
}

/* A letter claimed: the last single letter of the answer, "a" and "I" as words aside; an answer
 * with "or" between letters claims none. */
static bool check_letter(const struct task_problem *p, const char *answer) {
    int last = 0, seen = 0;
    bool many = false;
    for (const char *s = answer; *s; s++) {
        bool before = s > answer && ((s[-1] | 32) >= 'a' && (s[-1] | 32) <= 'z');
        bool after = (s[1] | 32) >= 'a' && (s[1] | 32) <= 'z' && s[1];
        bool letter = (*s | 32) >= 'a' && (*s | 32) <= 'z';
        if (!letter || before || after || (s > answer && s[-1] == '\'' && *s == 's')) continue;
        bool article = *s == 'a' && s[1] == ' ' && s[2] && (s[2] | 32) >= 'a' && (s[2] | 32) <= 'z';
        if (article || (*s == 'I' && s[1] == ' ')) continue;
        if (seen && (*s | 32) != last) many = true;
        last = *s | 32;
        seen++;
    }
    return seen && !many && last == p->gold.s[0];
}

const struct task_family task_nth_letter = {"nth-letter", "nth letter", true,
                                            1.0,          make_nth,     check_letter};

static const struct wordings palindrome_asks = {
    .ways = "palindrome",
    .train = ASK_LIST(
        "Is {a} a palindrome?", "Is \"{a}\" the same backwards?",
        "Does {a} read the same in both directions?", "palindrome or not: {a}",
        "Check whether {a} is a palindrome.", "Tell me if \"{a}\" is a palindrome.",
        "{a}: palindrome?", "Is the word {a} a palindrome, yes or no?",
        "Can {a} be read backwards without change?", "Would you call \"{a}\" a palindrome?",
        "Do the letters of {a} form a palindrome?", "Is '{a}' spelled the same from the end?",
        "Please check if {a} is a palindrome.", "I wonder whether {a} is a palindrome.",
        "Reversed, is {a} still the same word?", "Is it true that {a} is a palindrome?",
        "Does \"{a}\" stay the same when reversed?", "Decide if {a} is a palindrome.",
        "Am I right that '{a}' is a palindrome?", "Could {a} be a palindrome?",
        "Is {a} equal to its reverse?", "Is <word> a palindrome[|, yes or no| or not]?",
        "Does <word> read the same [backwards|both ways|from both ends|forwards and backwards]?",
        "[palindrome|palindrome or not|a palindrome][:|,] {a}[|?]",
        "<word>, is [it|that] a palindrome?",
        "Is <word> the same [backwards|reversed|when reversed|from behind]?"),
    .deeds = ASK_LIST("[check|test|find out] [if|whether] <word> is a palindrome",
                      "[check|find out] [if|whether] <word> reads the same [backwards|both ways]"),
    .claims =
        ASK_LIST("<word> is a palindrome",
                 "<word> reads the same [backwards|in both directions|both ways|from both ends]",
                 "<word> is the same [backwards|reversed|when reversed]"),
    .test = ASK_LIST("If you turn {a} around, do you get {a} again?",
                     "Test the word \"{a}\" for being palindromic.",
                     "Someone claims {a} is a palindrome. Is that so?",
                     "Forwards and backwards, is '{a}' identical?",
                     "Are the first and last halves of {a} mirror images?",
                     "I have the word {a}. Palindromic, yes or no?"),
};

static void draw_palindrome(struct rng *r, enum task_split split, char w[WORD_MAX]) {
    static const char *const real[] = {"level", "radar", "civic", "refer", "kayak",   "noon",
                                       "madam", "rotor", "solos", "stats", "deified", "racecar",
                                       "eve",   "pop",   "wow",   "mum",   "redder",  "reviver",
                                       "tenet", "peep",  "deed",  "sagas", "minim",   "rotator"};
    do {
        if (rng_below(r, 4) == 0) {
            strcpy(w, real[rng_below(r, sizeof real / sizeof *real)]);
        } else { /* half a word and its mirror */
            int n = (int)rng_between(r, 3, 9);
            words_pseudo(r, TASK_TRAIN, (n + 1) / 2 > 3 ? (n + 1) / 2 : 3, 6, w);
            for (int i = 0; i < n / 2; i++) w[n - 1 - i] = w[i];
            w[n] = 0;
        }
    } while (task_operand_split(w) != split);
}

static void make_palindrome(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], shown[WORD_MAX];
    struct str *t = &p->turns[0].thought;
    uint32_t kind = rng_below(r, 10);
    do { /* half are palindromes, some are a letter away from one, the others any words */
        if (kind < 8)
            draw_palindrome(r, kind < 5 ? split : (enum task_split)rng_below(r, 2), w);
        else
            words_any(r, split, 3, 9, w);
        if (kind >= 5 && kind < 8) {
            int at = (int)rng_below(r, (uint32_t)strlen(w));
            w[at] = (char)('a' + rng_below(r, 26));
        }
    } while (task_operand_split(w) != split);
    words_shown(r, w, shown);
    ask_question(p, r, split, &palindrome_asks, ASK_ARGS(shown));
    words_spell(t, w);
    int n = (int)strlen(w), i = 0;
    for (; i < n / 2; i++) {
        bool same = w[i] == w[n - 1 - i];
        str_addf(t, "\n%d:%c %d:%c %s", i + 1, w[i], n - i, w[n - 1 - i],
                 same ? "same" : "different");
        if (!same) break;
    }
    bool yes = i == n / 2;
    if (yes && n % 2) str_addf(t, "\n%d:%c middle", i + 1, w[i]);
    str_add(t, yes ? "\nAll pairs are the same.\n" : "\nOne pair is different.\n");
    worked_result(t, yes ? "yes" : "no");
    if (yes)
        ask_answer(p, r,
                   ASK_LIST("Yes, {a} is a palindrome.", "Yes, {a} reads the same backwards.",
                            "Yes, \"{a}\" is a palindrome."),
                   ASK_ARGS(shown));
    else
        ask_answer(p, r,
                   ASK_LIST("No, {a} is not a palindrome.", "No, {a} reads differently backwards.",
                            "No, \"{a}\" is not a palindrome."),
                   ASK_ARGS(shown));
    str_add(&p->gold, yes ? "yes" : "no");
}

static bool check_claim(const struct task_problem *p, const char *answer) {
    return says_yes_no(answer, p->gold.s[0] == 'y');
}

const struct task_family task_palindrome = {"palindrome", "palindromes",   true,
                                            1.0,          make_palindrome, check_claim};
