/* letters: problems that go through the letters of a word one by one and keep a running state:
 * counts of a letter and of vowels, letters sorted, the Caesar cipher.
 *
 * The tally writes each letter with its number and the count so far, "3:r 1", so that a step only
 * looks at one letter and the count before it. */
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/words.h"
#include "engine/tasks/worked.h"

static bool check_count(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

static bool check_word(const struct task_problem *p, const char *answer) {
    return says_word(answer, p->gold.s, p->turns[p->n_turns - 1].question.s);
}

/* Appends the tally of the letters of `set` in w and then where they were; returns the count. */
static int tally(struct str *t, const char *w, const char *set) {
    int count = 0;
    for (int i = 0; w[i]; i++) {
        count += strchr(set, w[i]) != NULL;
        str_addf(t, "%s%d:%c %d", i ? ", " : "\n", i + 1, w[i], count);
    }
    str_add(t, "\nCheck:");
    for (int i = 0; w[i]; i++)
        if (strchr(set, w[i])) str_addf(t, " %d:%c", i + 1, w[i]);
    str_addf(t, count ? " is %d.\n" : " none, %d.\n", count);
    worked_result(t, "%d", count);
    return count;
}

static const struct wordings count_asks = {
    .ways = "letter-count",
    .train = ASK_LIST(
        "How many {b}'s are in {a}?", "How many times does {b} occur in \"{a}\"?",
        "how many {b} in {a}", "Count the letter {b} in {a}.",
        "How often does the letter {b} appear in the word {a}?", "How many {b}s are there in {a}?",
        "In {a}, how many times do you see {b}?", "What is the number of {b}'s in \"{a}\"?",
        "Please count the {b}'s in {a}.", "Can you count how many {b}'s the word {a} has?",
        "number of {b} in {a}?", "How many of the letters of {a} are {b}?",
        "The word {a}: how many {b}'s?", "Tell me how many {b}'s \"{a}\" contains.",
        "How frequently is {b} used in '{a}'?", "Count {b} in the word '{a}'.",
        "What's the count of {b} in {a}?", "I want to know how many times {b} is in {a}.",
        "How many letters {b} does {a} have?", "Find how many {b}'s occur in {a}.",
        "Does {a} contain {b}, and how many times?", "{a}: count of {b}?",
        "How many {b}'s does \"{a}\" have?",
        "How many [{b}'s|{b}s|{b}|letters {b}|times {b}] [are|are there|do you see|are in|can be "
        "found] in <word>?",
        "How many [{b}'s|{b}s|{b}] [are|are there] in <word>?",
        "How [often|many times] [is|does] [the letter |][{b}|{b}] [occur |appear |come |][in|in] "
        "<word>?",
        "How many [{b}'s|{b}s] does <word> [have|contain|include|hold]?",
        "In <word>, how many [{b}'s|{b}s|{b}] [are there|do you count|do you see]?",
        "<word> has how many [{b}'s|{b}s|{b}]?",
        "[{b}|{b}'s|letter {b}] in <word>, how many[| of them]?",
        "Of the letters in <word>, how many are {b}?"),
    .amounts = ASK_LIST(
        "the number of [{b}'s|{b}s|letters {b}|times {b} occurs] in <word>",
        "the count of [{b}|the letter {b}] in <word>",
        "how [many times|often] [{b}|the letter {b}] [is|occurs|appears|comes up] in <word>"),
    .deeds =
        ASK_LIST("count [the {b}'s|the {b}s|the letter {b}|every {b}|all {b}'s] in <word>",
                 "count how [many times|often] [{b}|the letter {b}] [is|occurs|appears] in <word>"),
    .test = ASK_LIST("If I write {a}, how often must I write {b}?",
                     "Going through \"{a}\", how many {b}'s do you meet?",
                     "Give the frequency of the letter {b} within {a}.",
                     "For my word game: {b} comes up how many times in {a}?",
                     "Look at '{a}' and say how many of its letters equal {b}.",
                     "If you look for the letter {b} in {a}, how many times do you find it?"),
};

static void make_count(struct rng *r, enum task_split split, struct task_problem *p) {
    static const struct {
        const char *word;
        char letter;
    } famous[] = {{"strawberry", 'r'}, {"mississippi", 's'}, {"banana", 'a'},
                  {"raspberry", 'r'},  {"bookkeeper", 'e'},  {"committee", 'm'},
                  {"mississippi", 'i'}};
    char w[WORD_MAX], shown[WORD_MAX], letter[2] = "", asked[8] = "";
    do {
        const int f = (int)rng_below(r, 7);
        if (rng_below(r, 60) == 0) {
            strcpy(w, famous[f].word);
            letter[0] = famous[f].letter;
        } else {
            words_any(r, split, 3, 13, w);
            letter[0] = w[rng_below(r, (uint32_t)strlen(w))];
            if (rng_below(r, 8) == 0) letter[0] = (char)('a' + rng_below(r, 26));
        }
        /* Words that repeat a letter are asked about that letter more often than chance has it. */
        for (int i = 0; w[i] && rng_below(r, 4) < 2; i++)
            if (strchr(w + i + 1, w[i])) letter[0] = w[i];
    } while (task_operand_split(w) != split);
    words_shown(r, w, shown);
    asked[0] = rng_below(r, 10) ? letter[0] : (char)(letter[0] - 32);
    if (rng_below(r, 8) == 0) {
        char quoted[8] = {'"', asked[0], '"', 0};
        strcpy(asked, quoted);
    }
    ask_question(p, r, split, &count_asks, ASK_ARGS(shown, asked));
    struct str *t = &p->turns[0].thought;
    str_addf(t, "count %s: ", letter);
    words_spell(t, w);
    struct ask_num n = ask_num(tally(t, w, letter));
    str_add(&p->gold, n.s);
    if (!strcmp(n.s, "0"))
        ask_answer(p, r,
                   ASK_LIST("There are 0 {b}'s in {a}.", "The letter {b} occurs 0 times in {a}."),
                   ASK_ARGS(shown, letter));
    else if (!strcmp(n.s, "1"))
        ask_answer(p, r, ASK_LIST("There is 1 {b} in {a}.", "The letter {b} occurs 1 time in {a}."),
                   ASK_ARGS(shown, letter));
    else
        ask_answer(p, r,
                   ASK_LIST("There are {c} {b}'s in {a}.",
                            "The letter {b} occurs {c} times in {a}.", "{a} has {c} {b}'s."),
                   ASK_ARGS(shown, letter, n.s));
}

const struct task_family task_letter_count = {"letter-count", "letters counted", true, 1.5,
                                              make_count,     check_count};

static const struct wordings vowel_asks = {
    .ways = "vowel-count",
    .train = ASK_LIST(
        "How many vowels are in {a}?", "Count the vowels in \"{a}\".",
        "How many vowels does {a} have?", "vowels in {a}?", "What is the number of vowels in {a}?",
        "number of vowels, word: {a}", "How many of the letters in {a} are vowels?",
        "Please count the vowels of {a}.", "Can you count the vowels in '{a}'?",
        "The word {a} has how many vowels?", "Tell me how many vowels there are in {a}.",
        "count vowels: {a}", "How many vowels (a, e, i, o, u) does {a} contain?",
        "In {a}, how many letters are vowels?", "Find the number of vowels of \"{a}\".",
        "How many times does a vowel occur in {a}?", "What's the vowel count of {a}?",
        "Give me the vowel count for '{a}'.", "I need the number of vowels in {a}.",
        "How many vowels do I need to write {a}?", "Word {a}: vowels?",
        "How many vowels [are|are there|do you see|can be found] in <word>?",
        "How many vowels does <word> [have|contain|include]?",
        "In <word>, how many vowels are there?", "<word> has how many vowels?",
        "vowels in <word>, how many?",
        "How many [letters|of the letters] [in|of] <word> are vowels?"),
    .amounts = ASK_LIST("the number of vowels in <word>", "the vowel count of <word>",
                        "how many vowels <word> has", "how many vowels there are in <word>"),
    .deeds = ASK_LIST("count [the|all] vowels [in|of] <word>", "count how many vowels <word> has"),
    .test = ASK_LIST("Of the letters of {a}, some are vowels. How many?",
                     "Pick all vowels out of \"{a}\" and say how many you got.",
                     "A, e, i, o and u: how many of those occur in {a} altogether?",
                     "How many vowels would you find in the word {a}?",
                     "Vowel total for '{a}', please.", "Say how many vowels {a} is written with."),
};

static void make_vowels(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], shown[WORD_MAX];
    words_any(r, split, 3, 12, w);
    words_shown(r, w, shown);
    ask_question(p, r, split, &vowel_asks, ASK_ARGS(shown));
    struct str *t = &p->turns[0].thought;
    words_spell(t, w);
    struct ask_num n = ask_num(tally(t, w, "aeiou"));
    str_add(&p->gold, n.s);
    if (!strcmp(n.s, "1"))
        ask_answer(p, r, ASK_LIST("{a} has 1 vowel.", "There is 1 vowel in {a}."), ASK_ARGS(shown));
    else
        ask_answer(p, r,
                   ASK_LIST("{a} has {b} vowels.", "There are {b} vowels in {a}.",
                            "The word {a} contains {b} vowels."),
                   ASK_ARGS(shown, n.s));
}

const struct task_family task_vowel_count = {"vowel-count", "vowels counted", true,
                                             0.9,           make_vowels,      check_count};

static const struct wordings sort_asks = {
    .ways = "sort-letters",
    .train = ASK_LIST(
        "Sort the letters of {a}.", "Put the letters of \"{a}\" in alphabetical order.",
        "Write the letters of {a} alphabetically.", "letters of {a} in order, a to z",
        "Arrange the letters of {a} in alphabetical order.", "sort letters: {a}",
        "What are the letters of '{a}' sorted from a to z?", "Order the letters in {a}.",
        "Please sort the letters in the word {a}.", "Can you sort the letters of \"{a}\"?",
        "Alphabetise the letters of {a}.", "Rearrange {a} so that its letters are sorted.",
        "What do you get when the letters of {a} are sorted?",
        "Give me the letters of {a} alphabetically.", "Sort '{a}' letter by letter.",
        "How do the letters of {a} look in alphabetical order?",
        "Take the letters of {a} and sort them.", "Letters of {a}, sorted?",
        "I'd like the letters of \"{a}\" in alphabetical order.",
        "Bring the letters of {a} into order.", "Could you alphabetise the letters of {a}?",
        "[sort letters|letters in order|sorted letters]: {a}",
        "How [are|do] the letters of <word> [sorted|look when sorted|go from a to z]?",
        "[In|Into] [alphabetical order|which order] go the letters of <word>?",
        "<word>: its letters [in order|sorted|from a to z]?"),
    .amounts = ASK_LIST(
        "the letters of <word> [in alphabetical order|sorted|in order|from a to z|alphabetically]",
        "<word> with its letters [sorted|in alphabetical order|in order]",
        "the sorted letters of <word>"),
    .deeds = ASK_LIST("[sort|order|arrange|alphabetise|alphabetize] the letters [of|in] <word>[| "
                      "alphabetically| in alphabetical order| from a to z]",
                      "put the letters [of|in] <word> [in order|in alphabetical order|from a to z]",
                      "list the letters of <word> [in alphabetical order|alphabetically]"),
    .test = ASK_LIST("Which string results if {a} has its letters put in abc order?",
                     "Line up the letters of {a} as in the alphabet.",
                     "From a to z, list the letters that {a} is made of.",
                     "Reorder the characters in '{a}' alphabetically.",
                     "Can the letters of {a} be put in a-to-z order? Show me.",
                     "Which word do you get from \"{a}\" with its letters in alphabetical order?"),
};

static void make_sort(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], shown[WORD_MAX], done[WORD_MAX] = "";
    words_any(r, split, 3, 8, w);
    words_shown(r, w, shown);
    ask_question(p, r, split, &sort_asks, ASK_ARGS(shown));
    struct str *t = &p->turns[0].thought;
    words_spell(t, w);
    for (int i = 0; w[i]; i++) { /* each letter goes after the last one that is not greater */
        int at = i;
        for (; at > 0 && done[at - 1] > w[i]; at--) done[at] = done[at - 1];
        done[at] = w[i];
        str_addf(t, "\n%d:%c ->", i + 1, w[i]);
        for (int k = 0; k <= i; k++) str_addf(t, " %c", done[k]);
    }
    str_addf(t, "\nTogether: %s\nCheck: %d letters.\n", done, (int)strlen(done));
    worked_result(t, "%s", done);
    ask_answer(
        p, r,
        ASK_LIST("The letters of {a} sorted are {b}.", "Sorted: {b}.", "In order, {a} is {b}."),
        ASK_ARGS(shown, done));
    str_add(&p->gold, done);
}

/* The sorted word and the word asked about have the same letters, so the last word counts. */
static bool check_sorted(const struct task_problem *p, const char *answer) {
    struct str plain = STR_INIT;
    const char *g = p->gold.s;
    size_t n = strlen(g);
    check_plain(&plain, answer);
    struct str letters = STR_INIT; /* the letters of the answer's end */
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.s[i] | 32;
        if (c >= 'a' && c <= 'z') str_addc(&letters, c);
    }
    bool right = says_word(answer, g, p->turns[0].question.s) ||
                 (letters.len >= n && !memcmp(letters.s + letters.len - n, g, n));
    if (says_any(answer, "or")) right = false;
    str_free(&letters);
    str_free(&plain);
    return right;
}

const struct task_family task_sort_letters = {"sort-letters", "letters sorted", true, 1.4,
                                              make_sort,      check_sorted};

static const struct wordings encode_asks = {
    .ways = "caesar-encode",
    .train = ASK_LIST(
        "Shift each letter of {a} by {b}.", "Encode {a} with a Caesar shift of {b}.",
        "caesar {b}: {a}", "Caesar cipher, shift {b}: {a}",
        "Encrypt \"{a}\" with Caesar shift {b}.", "What is {a} in a Caesar cipher with shift {b}?",
        "Move every letter of {a} {b} forward.", "Apply a Caesar shift of {b} to the word {a}.",
        "Use the Caesar cipher with key {b} on {a}.", "Please encode {a}, Caesar key {b}.",
        "Shift '{a}' forward by {b} in the alphabet.",
        "How is {a} written in Caesar code with shift {b}?", "Encode the word {a} by +{b}.",
        "Can you Caesar-encode \"{a}\" with a shift of {b}?", "rotate {a} by {b} letters",
        "Give me the Caesar code of {a} for key {b}.", "Write {a} in ROT{b}.", "ROT{b} of {a}?",
        "Turn {a} into secret writing with a Caesar shift of {b}.",
        "Replace each letter of {a} by the letter {b} places later.",
        "Encipher '{a}' by moving {b} letters ahead.",
        "[Caesar|Caesar code|Caesar cipher|encode][:|,] {a}, [shift|key] {b}",
        "{a}, [each|every] letter {b} [places|steps] [on|further|later]?",
        "How is {a} [encoded|encrypted|written] with [a Caesar shift of|shift|key] {b}?"),
    .amounts = ASK_LIST("[the Caesar code of|the Caesar cipher of] {a} [with|for] [shift|key] {b}",
                        "{a} [shifted|moved] [forward |on |]by {b}",
                        "{a} in a Caesar [cipher|code] with [shift|key] {b}", "ROT{b} of {a}"),
    .deeds = ASK_LIST(
        "shift [each|every] letter of {a} [forward |on |]by {b}",
        "[encode|encrypt|encipher] {a} with a Caesar [cipher|code|shift] of {b}",
        "[encode|encrypt|encipher] the word {a} with [shift|key] {b}",
        "[apply|use] a Caesar [shift|cipher] of {b} [to|on] {a}",
        "move the letters of {a} {b} [places|steps|letters] [on|forward|further] in the alphabet",
        "shift {a} by {b}"),
    .test = ASK_LIST("What would Caesar write for {a} with a shift of {b}?",
                     "Advance all the letters in {a} through the alphabet by {b}.",
                     "What is the secret message for {a} with a Caesar shift of {b}?",
                     "With an offset of {b}, what does \"{a}\" turn into?",
                     "Make a Caesar ciphertext: plaintext {a}, offset {b}."),
};

static const struct wordings decode_asks = {
    .ways = "caesar-decode",
    .train = ASK_LIST(
        "Decode {a}, a Caesar shift of {b}.", "Shift each letter of {a} back by {b}.",
        "Decrypt \"{a}\" (Caesar, shift {b}).", "caesar decode {b}: {a}",
        "The word {a} was encoded with Caesar shift {b}. What was it?",
        "Undo a Caesar shift of {b} on {a}.", "Move every letter of {a} {b} backward.",
        "What does {a} mean if the Caesar key is {b}?", "Decipher '{a}', key {b}.",
        "Please decode {a}, Caesar key {b}.", "Can you decode \"{a}\" with a Caesar shift of {b}?",
        "Which word is {a} after removing a Caesar shift of {b}?", "Caesar -{b}: {a}",
        "Shift '{a}' back {b} letters.", "Someone shifted a word by {b} and got {a}. Decode it.",
        "Read the Caesar code {a}, shift {b}.", "decrypt {a} shift {b}",
        "Take {b} from each letter of {a}.", "Reverse the Caesar cipher of {a} with key {b}.",
        "Each letter of {a} is {b} too far. Correct it.",
        "[Decode|Decrypt|Caesar back][:|,] {a}, [shift|key] {b}",
        "{a}, [each|every] letter {b} [places|steps] [back|earlier]?",
        "{a} [is|was] [encoded|encrypted] with [a Caesar shift of|shift|key] {b}. [What is the "
        "word?|Decode it.|What does it say?|What was the word?]"),
    .amounts = ASK_LIST(
        "the plain [text|word] [of|behind] {a}, a Caesar [code|cipher] with [shift|key] {b}",
        "{a} [shifted|moved] back by {b}", "{a} decoded with [a Caesar shift of|key|shift] {b}"),
    .deeds = ASK_LIST("shift [each|every] letter of {a} back by {b}",
                      "[decode|decrypt|decipher] {a}[, |, which has |, which was made with ]Caesar "
                      "[shift|key] {b}",
                      "[decode|decrypt|decipher] {a} with a Caesar [shift|key] of {b}",
                      "undo the Caesar [shift|cipher] of {b} [in|on] {a}",
                      "move the letters of {a} {b} [places|steps|letters] back in the alphabet",
                      "shift {a} back by {b}"),
    .test = ASK_LIST("My friend sent the Caesar code {a} with shift {b}. What did she mean?",
                     "Caesar wrote {a} with the number {b}. Read his word.",
                     "Recover the plaintext of {a} given the offset {b}.",
                     "What hides behind \"{a}\" if all letters were advanced by {b}?",
                     "Which word appears if I shift {a} back by {b} letters?"),
};

/* Shifts up to 5 are walked letter by letter; 13 is one step either way, as people know it. */
static void make_caesar(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[WORD_MAX], out[WORD_MAX];
    int k = rng_below(r, 8) ? (int)rng_between(r, 1, 5) : 13;
    bool decode = rng_below(r, 2);
    words_any(r, split, 3, k < 4 ? 8 : 6, w);
    int n = (int)strlen(w), step = decode ? 25 : 1;
    if (decode) /* the word asked about is the encoded one */
        for (int i = 0; i < n; i++) w[i] = (char)('a' + (w[i] - 'a' + k) % 26);
    struct ask_num key = ask_num(k);
    ask_question(p, r, split, decode ? &decode_asks : &encode_asks, ASK_ARGS(w, key.s));
    struct str *t = &p->turns[0].thought;
    str_addf(t, "%s %d: ", decode ? "back" : "forward", k);
    words_spell(t, w);
    for (int i = 0; i < n; i++) {
        int c = w[i] - 'a';
        str_addf(t, "\n%d:%c ->", i + 1, w[i]);
        for (int j = 0; k < 13 && j < k; j++) str_addf(t, " %c", 'a' + (c = (c + step) % 26));
        if (k == 13) str_addf(t, " %c", 'a' + (c = (c + 13) % 26));
        out[i] = (char)('a' + c);
    }
    out[n] = 0;
    str_add(t, "\n");
    worked_result(t, "%s", out);
    ask_answer(p, r,
               decode ? ASK_LIST("{a} decodes to {b}.", "Decoded, it is {b}.", "It is {b}.")
                      : ASK_LIST("{a} becomes {b}.", "Encoded, it is {b}.", "It is {b}."),
               ASK_ARGS(w, out));
    str_add(&p->gold, out);
}

const struct task_family task_caesar = {"caesar", "Caesar shifts", true,
                                        1.8,      make_caesar,     check_word};
