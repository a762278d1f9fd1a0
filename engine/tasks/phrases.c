/* phrases: problems about several words: sorted alphabetically, counted, acronyms. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/tasks/ask.h"
#include "engine/tasks/check.h"
#include "engine/tasks/families.h"
#include "engine/tasks/says.h"
#include "engine/tasks/words.h"
#include "engine/tasks/worked.h"

static const struct wordings sort_asks = {
    .ways = "sort-words",
    .train = ASK_LIST(
        "Sort these words: {a}.", "Put these words in alphabetical order: {a}.",
        "sort alphabetically: {a}", "Arrange alphabetically: {a}.", "Alphabetise: {a}.",
        "What is the alphabetical order of {a}?", "Order these words from a to z: {a}.",
        "Please sort {a}.", "Can you put {a} in alphabetical order?",
        "In which order do {a} stand in a dictionary?", "Sort the list {a}.",
        "List these alphabetically: {a}.", "words: {a}. sorted?", "Bring {a} into abc order.",
        "Write these words in alphabetical order: {a}.", "Could you alphabetise {a}, please?",
        "I have the words {a}. Sort them.", "Here are some words: {a}. Put them in order.",
        "alphabetical order of {a}", "Give me {a} sorted alphabetically.",
        "Rearrange {a} alphabetically.",
        "[sort|alphabetical|alphabetical order|sorted|a to z]: {a}",
        "[Here are|These are|I have|We have] [some words|the words|the names|the titles]: {a}. "
        "[Sort them.|Put them in alphabetical order.|Order them from a to z.|Alphabetize them.]",
        "In alphabetical order, what are {a}?"),
    .amounts = ASK_LIST(
        "{a} [in alphabetical order|sorted|alphabetically|sorted alphabetically|in abc order]",
        "the alphabetical order of {a}", "the words {a} [in alphabetical order|sorted]"),
    .deeds = ASK_LIST("[sort|order|arrange|alphabetise|alphabetize] [|the words |these words: "
                      "]{a}[| alphabetically| in alphabetical order| from a to z]",
                      "[sort|order|alphabetize] {a}",
                      "put [|the words |these words ]{a} [in order|in alphabetical order|in abc "
                      "order|from a to z]",
                      "list {a} [in alphabetical order|alphabetically|from a to z]"),
    .test =
        ASK_LIST("How would a dictionary order the words {a}?",
                 "Which comes first, second and so on by the alphabet: {a}?",
                 "Make an a-to-z list from {a}.", "Help me file these under their letters: {a}.",
                 "My shopping list says {a}; write it down alphabetically."),
};

static bool before(const char *a, const char *b) { return strcmp(a, b) < 0; }

/* Whether no two of the words begin with the same three letters. */
static bool told_apart(char w[][WORD_MAX], int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (strncmp(w[i], w[j], 3) == 0) return false;
    return true;
}

static void join(struct str *out, char w[][WORD_MAX], int n, const char *sep) {
    for (int i = 0; i < n; i++) str_addf(out, "%s%s", i ? sep : "", w[i]);
}

static void draw_words(struct rng *r, enum task_split split, char w[][WORD_MAX], int n) {
    do {
        for (int i = 0; i < n; i++) words_pick(r, split, 3, 9, w[i]);
        if (rng_below(r, 3) == 0) /* two that begin alike */
            do words_pick(r, split, 3, 9, w[1]);
            while (w[1][0] != w[0][0]);
    } while (!told_apart(w, n));
}

/* The letters up to the first that tells the two apart: "b-a-k<b-a-n". */
static void write_comparison(struct str *t, const char *a, const char *b) {
    int k = 0;
    while (a[k] == b[k] && a[k]) k++;
    for (int i = 0; i <= k; i++) str_addf(t, "%s%c", i ? "-" : "", a[i]);
    str_addc(t, a[k] < b[k] ? '<' : '>');
    for (int i = 0; i <= k; i++) str_addf(t, "%s%c", i ? "-" : "", b[i]);
}

/* Insertion sort as for numbers: each line compares one more word with those sorted so far, from
 * the end, and gives the new order as the words' numbers. */
static void write_sorted(struct str *t, char w[][WORD_MAX], int n, int sorted[]) {
    for (int i = 0; i < n; i++) str_addf(t, "%s%d %s", i ? ", " : "", i + 1, w[i]);
    for (int i = 0; i < n; i++) {
        int at = i;
        str_addf(t, "\n%d:", i + 1);
        for (; at > 0; at--) {
            str_add(t, at < i ? ", " : " ");
            write_comparison(t, w[i], w[sorted[at - 1]]);
            if (!before(w[i], w[sorted[at - 1]])) break;
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = i;
        str_add(t, i ? " ->" : "");
        for (int k = 0; k <= i; k++) str_addf(t, " %d", sorted[k] + 1);
    }
    for (int k = 0; k < n; k++)
        str_addf(t, "%s%d %s", k ? ", " : "\n", sorted[k] + 1, w[sorted[k]]);
    str_add(t, "\n");
}

static void make_sort(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[6][WORD_MAX];
    int order[6];
    struct str list = STR_INIT, sorted = STR_INIT, *t = &p->turns[0].thought;
    int n = (int)rng_between(r, 3, 6);
    draw_words(r, split, w, n);
    join(&list, w, n, rng_below(r, 8) ? ", " : " ");
    ask_question(p, r, split, &sort_asks, ASK_ARGS(list.s));
    write_sorted(t, w, n, order);
    for (int i = 0; i < n; i++) str_addf(&sorted, "%s%s", i ? ", " : "", w[order[i]]);
    worked_result(t, "%s", sorted.s);
    ask_answer(p, r,
               ASK_LIST("{a}.", "Sorted: {a}.", "In alphabetical order: {a}.", "The order is {a}."),
               ASK_ARGS(sorted.s));
    str_addn(&p->gold, sorted.s, sorted.len);
    str_free(&list);
    str_free(&sorted);
}

/* The words of the gold, in its order, are the last ones of the answer. */
static bool check_sort(const struct task_problem *p, const char *answer) {
    struct str got = STR_INIT, want = STR_INIT, gold = STR_INIT;
    str_addf(&gold, " %s ", p->gold.s);
    for (size_t i = 0; i < gold.len; i++)
        if (gold.s[i] == ',') gold.s[i] = ' ';
    for (const char *s = answer; *s;) {
        size_t n = 0;
        char word[WORD_MAX + 2] = " ";
        while (isalpha((unsigned char)s[n])) n++;
        if (n && n < WORD_MAX) {
            for (size_t i = 0; i < n; i++) word[i + 1] = (char)tolower((unsigned char)s[i]);
            word[n + 1] = ' ';
            word[n + 2 < sizeof word ? n + 2 : n + 1] = 0;
            if (strstr(gold.s, word)) str_add(&got, word);
        }
        s += n ? n : 1;
    }
    for (const char *s = p->gold.s; *s; s++)
        if (*s == ',')
            str_add(&want, " ");
        else if (*s == ' ')
            str_add(&want, " ");
        else
            str_addc(&want, *s);
    /* want "a  b  c", got " a  b  c ": the same gaps by construction */
    bool right = got.len == want.len + 2 && !strncmp(got.s + 1, want.s, want.len);
    bool last =
        got.len > want.len + 2 && !strncmp(got.s + got.len - want.len - 1, want.s, want.len);
    str_free(&got);
    str_free(&want);
    str_free(&gold);
    return right || last;
}

const struct task_family task_sort_words = {"sort-words", "words sorted", true,
                                            2.8,          make_sort,      check_sort};

static const struct wordings count_asks = {
    .ways = "word-count",
    .train = ASK_LIST(
        "How many words are in \"{a}\"?", "Count the words: {a}", "word count: {a}",
        "How many words does \"{a}\" have?", "How many words: {a}?", "Count the words in '{a}'.",
        "What is the number of words in \"{a}\"?", "Please count the words in \"{a}\".",
        "How long is \"{a}\" in words?", "The sentence is \"{a}\". How many words?",
        "Tell me the word count of \"{a}\".", "Can you count the words of '{a}'?",
        "\"{a}\" - how many words is that?", "Give the number of words of this: {a}",
        "number of words in: {a}", "How many words do you see here: {a}",
        "I wrote \"{a}\". How many words are those?", "What's the word count for '{a}'?",
        "Find the number of words in \"{a}\".", "Words in \"{a}\"?",
        "How many separate words are there in \"{a}\"?",
        "How many words [are|are there] in [\"{a}\"|'{a}'|the sentence \"{a}\"]?",
        "How many words does [\"{a}\"|'{a}'] [have|contain]?",
        "\"{a}\" [has|contains] how many words?", "[words|word count|number of words][:|,] {a}",
        "[My sentence|My title|The line|The note] is \"{a}\". How many words [is that|does it "
        "have|are there]?"),
    .amounts = ASK_LIST("the number of words in [\"{a}\"|'{a}'|“{a}”]",
                        "the word count of [\"{a}\"|'{a}'|this: {a}]",
                        "how many words [\"{a}\"|'{a}'] has"),
    .deeds = ASK_LIST("count the words [in|of] [\"{a}\"|'{a}'|this: {a}|the sentence \"{a}\"]",
                      "count how many words [\"{a}\"|'{a}'] has"),
    .test = ASK_LIST("Do you know how many words \"{a}\" is made of?",
                     "Say how many words one must read in \"{a}\".",
                     "Here is a line, tell its length in words: {a}",
                     "\"{a}\" consists of how many words?",
                     "Let me know the word count for the line '{a}'."),
};

/* "the small dog will cook a red apple": any such sentence has countable words. */
static void sentence(struct rng *r, int n, struct str *out) {
    static const char *const small[] = {"the",  "a",     "my",   "and", "with", "in", "on", "under",
                                        "some", "every", "near", "not", "will", "or", "of"};
    char w[WORD_MAX];
    for (int i = 0; i < n; i++) {
        if (i) str_addc(out, ' ');
        if (rng_below(r, 3) == 0)
            str_add(out, small[rng_below(r, 15)]);
        else {
            words_pick_topic(r, (enum word_topic)rng_below(r, WORD_N_TOPICS), w);
            str_add(out, w);
        }
    }
}

static void make_count(struct rng *r, enum task_split split, struct task_problem *p) {
    struct str s = STR_INIT, *t = &p->turns[0].thought;
    int n = (int)rng_between(r, 2, 11), k = 0;
    do {
        str_clear(&s);
        sentence(r, n, &s);
    } while (task_operand_split(s.s) != split);
    ask_question(p, r, split, &count_asks, ASK_ARGS(s.s));
    for (const char *w = s.s; *w; w += w[0] == ' ') {
        size_t len = strcspn(w, " ");
        str_addf(t, "%s%d %.*s", k ? ", " : "", k + 1, (int)len, w);
        k++;
        w += len;
    }
    str_add(t, "\n");
    worked_result(t, "%d", k);
    struct ask_num num = ask_num(k);
    ask_answer(p, r, ASK_LIST("There are {a} words.", "It has {a} words.", "{a} words."),
               ASK_ARGS(num.s));
    str_add(&p->gold, num.s);
    str_free(&s);
}

static bool check_count(const struct task_problem *p, const char *answer) {
    return check_number(p, answer, p->gold.s);
}

const struct task_family task_word_count = {"word-count", "words counted", true,
                                            1.4,          make_count,      check_count};

static const struct wordings acronym_asks = {
    .ways = "acronym",
    .train = ASK_LIST(
        "What is the acronym of {a}?", "Make an acronym from \"{a}\".", "acronym: {a}",
        "Take the first letters of {a}.", "What does {a} abbreviate to?",
        "Give me the initials of \"{a}\".", "What are the initials of {a}?",
        "How would you shorten {a} to its initials?", "Abbreviate {a}.",
        "Write the acronym for {a}.", "Form an acronym of {a}.", "initials of {a}",
        "Please make an acronym of {a}.", "Can you give the acronym for \"{a}\"?",
        "Which acronym stands for {a}?", "Put together the first letters of '{a}'.",
        "Our club is called {a}. What is its acronym?", "short form of {a}?",
        "Tell me the acronym that {a} makes.", "First letter of each word in {a}?",
        "Use the first letters of {a} as an abbreviation.",
        "[What|Which] [acronym|abbreviation] [does {a} have|is made of {a}|comes from {a}]?",
        "How is {a} [abbreviated|shortened][| to an acronym| to initials]?",
        "[acronym|initials|abbreviation|short]: {a}", "{a}, [acronym|initials|in short]?",
        "[The club|The firm|The group|A society|The team] is [named|called] {a}. [What is the "
        "acronym?|What are the initials?|How is that abbreviated?]"),
    .amounts = ASK_LIST("the [acronym|abbreviation|initials] [of|for] [{a}|\"{a}\"]",
                        "the first letters of [{a}|\"{a}\"]", "the short form of {a}"),
    .deeds = ASK_LIST(
        "[make|form|build|give] [an|the] [acronym|abbreviation] [of|from|for] [{a}|\"{a}\"]",
        "[take|write|join] the first letters of [{a}|\"{a}\"]",
        "abbreviate [{a}|\"{a}\"][| by its first letters| with initials]",
        "[give|write] the initials of {a}"),
    .test = ASK_LIST("Our group is the {a}. What acronym could we use?",
                     "Keep only what each word of {a} starts with.",
                     "Shorten \"{a}\" so that one letter of every word is left, the first one.",
                     "What would be a good acronym for {a}?", "Monogram for {a}?"),
};

static void make_acronym(struct rng *r, enum task_split split, struct task_problem *p) {
    char w[5][WORD_MAX], gold[8] = "";
    struct str name = STR_INIT, *t = &p->turns[0].thought;
    int n = (int)rng_between(r, 2, 5);
    for (int i = 0; i < n; i++) {
        words_pick(r, split, 3, 12, w[i]);
        gold[i] = w[i][0] = (char)toupper((unsigned char)w[i][0]);
    }
    join(&name, w, n, " ");
    ask_question(p, r, split, &acronym_asks, ASK_ARGS(name.s));
    for (int i = 0; i < n; i++) str_addf(t, "%s%s %c", i ? ", " : "", w[i], gold[i]);
    str_add(t, "\n");
    worked_result(t, "%s", gold);
    ask_answer(p, r, ASK_LIST("The acronym is {a}.", "It is {a}.", "{b}: {a}."),
               ASK_ARGS(gold, name.s));
    str_add(&p->gold, gold);
    str_free(&name);
}

/* "N.A.T.O." is NATO; small letters do not make an acronym of two letters ("to" is a word). */
static bool check_acronym(const struct task_problem *p, const char *answer) {
    int right = 0, wrong = 0;
    for (const char *s = answer; *s;) {
        char run[16];
        size_t n = 0;
        const char *e = s;
        while (n < sizeof run &&
               (isupper((unsigned char)*e) || (n && *e == '.' && isupper((unsigned char)e[1])))) {
            if (*e != '.') run[n++] = *e;
            e++;
        }
        bool whole = !isalpha((unsigned char)*e) && (s == answer || !isalpha((unsigned char)s[-1]));
        if (n >= 2 && whole) {
            bool same = n == strlen(p->gold.s) && !memcmp(run, p->gold.s, n);
            right += same;
            wrong += !same;
        }
        s = e > s ? e : s + 1;
    }
    return right && !wrong;
}

const struct task_family task_acronym = {"acronym", "acronyms",   true,
                                         0.8,       make_acronym, check_acronym};
