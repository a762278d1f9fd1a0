/* commands: the table, its help, and the reader of command-line words. */
#include "app/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/options.h"

const struct command commands[] = {
    {"chat", "[OPTION…] [-p PROMPT]", "open the chat (what `aside` alone does)",
     "Without a terminal the prompt is read from standard input and answered on standard output.\n"
     "  -p, --prompt TEXT   send this as the first message\n"
     "  --resume [ID]       go on with a saved conversation (the newest if no ID)\n"
     "  --plain             a linear interface for screen readers, without cursor tricks",
     command_chat},
    {"ask", "[OPTION…] [PROMPT…]", "answer one prompt: the answer on stdout, the thought on stderr",
     "The prompt is the words after the options, or standard input when there are none, or both.\n"
     "  --json              one JSON object with answer, thought and all statistics\n"
     "  --vote N            draw N answers at once and give the one that most agree on; how they\n"
     "                      were shared out goes to standard error\n"
     "  --thinking show|hide  whether the thought goes to standard error\n"
     "  --no-save           keep nothing in the history",
     command_ask},
    {"replay", "[OPTION…] ID", "play a saved conversation with its real timing",
     "No model is needed. Keys: space pauses, . steps a token, n and p go to the next and "
     "previous\n"
     "turn, + and - change the speed, i shows the rest at once, q leaves.\n"
     "  --speed X           0.25 to 16, or 0 for instant\n"
     "  --verify            run the model again from the stored seeds and compare every token\n"
     "  --cast FILE         write it as an asciicast (for asciinema) instead of playing it\n"
     "  --size COLSxROWS    of that screen (default 100x30)",
     command_replay},
    {"history", "VERB [ARG…]", "look into the saved conversations, sort and export them",
     "  list [--tag TAG] [--deleted] [--json] [WORDS]\n"
     "                              pinned ones (*), then newest first; WORDS narrow by title\n"
     "  show ID [--thinking show|hide]\n"
     "  search WORDS [--in thought|answer|prompt|title|all]\n"
     "  export ID [--format markdown|html|json|text] [-o FILE]\n"
     "  import FILE                 a JSON export, as a new conversation\n"
     "  rename ID TITLE\n"
     "  tag ID [TAG|-TAG…]          add tags, take them away; prints those that it has\n"
     "  pin ID…, unpin ID…          keep at the top of the list\n"
     "  delete [--now] ID…          kept aside for 30 days; --now: for good, at once\n"
     "  undelete ID…                take back what was deleted\n"
     "  stats [ID]",
     command_history},
    {"models", "[SERVER] | list|show|verify|remove [NAME] | --recommended",
     "list, check and remove the models that can be named with -m",
     "Alone: the built-in model, the GGUF files in $ASIDE_MODELS (default: the folder `models` in "
     "the\n"
     "data directory), and the named servers; or the models that a server has.\n"
     "  list                the files, with what they are and whether they run here\n"
     "  show NAME           what a model is and needs, as `aside info`\n"
     "  verify NAME         compare with the SHA-256 recorded at download\n"
     "  remove [--yes] NAME delete it, all its parts\n"
     "  --recommended       models worth trying, by the memory they take\n"
     "  --json              one JSON array",
     command_models},
    {"pull", "[--list] OWNER/REPO[:QUANT]", "download a model from Hugging Face",
     "Takes the quantization named, or the best one that fits in memory; goes on where an earlier\n"
     "try was cut; verifies the SHA-256. The path is printed. Any command that runs a model takes\n"
     "-hf OWNER/REPO[:QUANT] in place of -m to pull first. HF_TOKEN and HF_ENDPOINT are honoured.\n"
     "  --list              only tell what there is, how large, and whether it fits",
     command_pull},
    {"quantize", "[--type T] [-t N] [--force] MODEL FILE",
     "write a model anew in fewer bits, as a GGUF file",
     "MODEL is what -m takes: a GGUF file with numbers of any type that can be read, or a folder "
     "as\n"
     "Hugging Face publishes them (config.json, tokenizer.json, safetensors).\n"
     "  --type T            Q8_0, Q6_K, Q5_K_M, Q4_K_M (the default), Q4_0, F16, BF16 or F32\n"
     "  -t, --threads N     default: one per core\n"
     "  --force             replace FILE if it exists",
     command_quantize},
    {"info", "-m FILE [--json]", "what a model file is, and the memory it needs", NULL,
     command_info},
    {"eval", "[OPTION…] [--family F] [-n N]", "accuracy on problems that a program can check",
     "Works with any model, so that models can be compared.\n"
     "  --family NAME       only this family (repeatable); `list` names them\n"
     "  -n N                problems of each family (default 20)\n"
     "  --vote N            count the answer that most of N agree on; the cost is that of all N\n"
     "  --think on|off      with and without thinking\n"
     "  --json              one JSON object a line",
     command_eval},
    {"score", "-m FILE --tokens \"1 2 3\" | --text TEXT",
     "log-probabilities of a text, token by token",
     "Prints tab-separated: pos token next logprob_next top1 logprob_top1 entropy_nats.\n"
     "The model is computed exactly: weights as stored, activations, keys and values in (nearly) "
     "full\n"
     "precision.\n"
     "  --step              token by token instead of one prefill\n"
     "  --fast              as the chat computes: with rounded activations, keys and values",
     command_score},
    {"compare", "[-m FILE] [--against FILE] [OPTION…] [FILE | --text TEXT | --conversation ID]",
     "how far two models, or two ways to run one, are apart on the same text",
     "Prints cross-entropy and perplexity under both, the Kullback-Leibler divergence between "
     "their\n"
     "distributions with its percentiles, how often they agree on the likeliest token, and the "
     "tokens\n"
     "where they differ most. At least one of these has to differ:\n"
     "  --against FILE      a second model (or quantization) with the same vocabulary\n"
     "  --think A,B         answers after their thought (on) and without it (off)\n"
     "  --precision A,B     exact (the default for both) or fast, as for `score`\n"
     "  --cache-type A,B    f16 or q8_0: how keys and values are kept; fast is then the default\n"
     "The text is FILE (- is standard input), or\n"
     "  --text TEXT         this one\n"
     "  --conversation ID   the answers of a saved conversation, after the prompts they had\n"
     "  --answer N          only its answer number N\n"
     "A text longer than -c tokens is cut into windows that overlap by half.\n"
     "  --json              one JSON object, with every token",
     command_compare},
    {"lookup", "[-m FILE] [--of WORDS] [--answer N] [--layer L] ID",
     "what an answer of a saved conversation drew on",
     "Attention is a look-up in the context: one more pass tells where the model looked when it "
     "chose\n"
     "each token of the answer, in the question and in each line of its thought.\n"
     "  --of WORDS          only these words of the answer (or of the thought)\n"
     "  --answer N          answer number N (default: the last)\n"
     "  --layer L           layer L alone, from 1 (default: the mean of all)\n"
     "  --json              one JSON object, with the weight of every token",
     command_lookup},
    {"tokenize", "-m FILE [--special] [--decode]", "standard input as a JSON array of token ids",
     "  --special           parse special tokens in the text\n"
     "  --decode            the other way: ids in, text out",
     command_tokenize},
    {"template", "-m FILE | --template FILE --messages FILE [--options JSON]",
     "render a chat template",
     "  --messages FILE     a JSON array of {role, content, …}; - is standard input\n"
     "  --options JSON      further variables, as an object",
     command_template},
    {"bench", "[-m FILE] [-p N,…] [-n N,…] [-d N,…] [--samples N,…] [--text FILE]",
     "prefill and decode speed on this machine",
     "  -p N,…              prompt lengths to prefill\n"
     "  -n N,…              tokens to decode\n"
     "  -d N,…              depths (tokens already in the context)\n"
     "  --samples N,…       so many answers decoded together; tokens of all of them are counted\n"
     "  --text FILE         instead of these: writing a text, with drafts and without, as if the\n"
     "                      model chose it\n"
     "  -r N                repetitions\n"
     "  --json              one JSON object a line",
     command_bench},
    {"completion", "bash|zsh", "print a completion script for the shell", NULL, command_completion},
    {"manual", "FILE.in", "fill the tables into the source of a manual page (for make)", NULL,
     command_manual},
    {"help", "[COMMAND]", "help on a command", NULL, command_help},
    {.name = NULL},
};

const struct command *command_find(const char *name) {
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static void print_options(void) {
    puts("\nOptions of commands that run a model:");
    for (const struct option *o = options_table; o->name; o++) {
        char head[96];
        bool is_switch = o->kind == OPTION_BOOL;
        snprintf(head, sizeof head, "%s%s--%s%s%s", o->flags ? o->flags : "",
                 o->flags ? ", " : "    ", is_switch ? "[no-]" : "", o->name, is_switch ? "" : " ");
        printf("  %s%s\n        %s\n", head, is_switch ? "" : o->value, o->help);
    }
}

static int overview(void) {
    puts("aside " ASIDE_VERSION
         ": chat in the terminal with a local reasoning model, its thoughts beside "
         "its answers\n\nusage: aside [COMMAND] [OPTION…]\n");
    for (const struct command *c = commands; c->name; c++)
        printf("  %-11s %s\n", c->name, c->summary);
    print_options();
    puts("\n`aside help COMMAND` tells more; man aside tells all.");
    return EXIT_OK;
}

int command_usage(const char *name) {
    const struct command *c = command_find(name);
    printf("usage: aside %s %s\n%s\n", c->name, c->synopsis, c->summary);
    if (c->details) printf("\n%s\n", c->details);
    if (strcmp(name, "chat") == 0 || strcmp(name, "ask") == 0) print_options();
    return EXIT_OK;
}

int command_help(int argc, char **argv) {
    if (argc < 2 || argv[1][0] == '-') return overview();
    if (!command_find(argv[1]))
        return command_misused("help", "there is no command \"%s\"", argv[1]);
    return command_usage(argv[1]);
}

int command_misused(const char *name, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "aside %s: ", name);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\ntry: aside help %s\n", name);
    va_end(ap);
    return EXIT_USAGE;
}

int command_failed(const struct err *e) {
    fprintf(stderr, "aside: %s\n", e->msg);
    return EXIT_FAILED;
}
