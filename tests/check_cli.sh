#!/bin/sh
# The program from outside, as people script it: the built-in model, real files, exit statuses.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$here" && cd "${BUILD:-build}" && pwd)
aside=$build/aside
model=$here/engine/builtin/aside-mini.gguf
if [ ! -f "$model" ]; then
    echo "skipped the command line: there is no built-in model"
    exit 0
fi
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME="$home" ASIDE_DATA_DIR="$home/data" ASIDE_CONFIG="$home/config" XDG_STATE_HOME="$home/state"
unset ASIDE_MODELS XDG_DATA_HOME XDG_CONFIG_HOME
cd "$home" || exit 1
status=0
ok() { echo "ok $1"; }
bad() {
    echo "not ok $1: $2"
    status=1
}
check() { # check NAME CONDITION…: the condition is a command
    name=$1
    shift
    if "$@"; then ok "$name"; else bad "$name" "$*"; fi
}
exits() { # exits STATUS COMMAND…
    want=$1
    shift
    "$@" >"$home/out" 2>"$home/err" </dev/null
    got=$?
    [ "$got" = "$want" ] || { echo "exit status $got, wanted $want: $*"; cat "$home/err"; return 1; }
}
one_line() { [ "$(wc -l <"$home/err")" = 1 ]; }

# ask: the answer on stdout, the thought on stderr, nothing else
"$aside" ask --temp 0 'What is 12 + 7?' >answer 2>thought </dev/null
check "ask answers on standard output" grep -q 19 answer
check "ask answers in one line" [ "$(wc -l <answer)" = 1 ]
check "ask thinks on standard error" [ -s thought ]
check "no escape sequence in a pipe" sh -c '! cat answer thought | grep -q "$(printf "\033")"'
"$aside" ask --temp 0 --thinking hide 'What is 12 + 7?' >answer2 2>thought </dev/null
check "--thinking hide leaves standard error empty" [ ! -s thought ]
check "hiding the thought changes no answer" cmp -s answer answer2
echo 'What is 12 + 7?' | "$aside" ask --temp 0 >answer2 2>/dev/null
check "ask reads standard input" cmp -s answer answer2
echo 'What is 12 + 7?' | "$aside" --temp 0 >answer2 2>/dev/null
check "without a terminal the chat answers standard input" cmp -s answer answer2
"$aside" ask --think off --temp 0 'What is 12 + 7?' >answer2 2>thought </dev/null
check "--think off gives no thought" [ ! -s thought ]
"$aside" ask --json --seed 5 'Spell the word tree.' >json 2>/dev/null </dev/null
check "--json is one line" [ "$(wc -l <json)" = 1 ]
check "--json has thought, answer and statistics" grep -q '"thought":.*"answer":.*"ttft_us":.*"tokens":\[{' json
"$aside" ask --json --seed 5 -t 1 'Spell the word tree.' 2>/dev/null </dev/null | sed 's/"[a-z]*_us":[0-9-]*//g; s/"n_\(steps\|drafted\|accepted\)":[0-9]*//g; s/"conversation":[0-9]*//' >one
"$aside" ask --json --seed 5 -t 2 'Spell the word tree.' 2>/dev/null </dev/null | sed 's/"[a-z]*_us":[0-9-]*//g; s/"n_\(steps\|drafted\|accepted\)":[0-9]*//g; s/"conversation":[0-9]*//' >two
check "the same seed gives the same tokens at any thread count" cmp -s one two

# votes
"$aside" ask --vote 4 --temp 0.7 --seed 3 'What is 12 + 7?' >answer2 2>votes </dev/null
check "a vote gives one answer" [ "$(wc -l <answer2)" = 1 ]
check "a vote tells how the answers were shared out" grep -q '^entropy [0-9.]* nats$' votes
check "the shares are of all that were drawn" grep -q '^ *[1-4] of 4 .*%' votes
voted=$("$aside" history list --json </dev/null | grep -o '"id":[0-9]*' | head -1 | cut -d: -f2)
check "every answer of a vote is kept" [ "$("$aside" history export "$voted" --format json </dev/null | grep -o '"role":[[:space:]]*"assistant"' | wc -l)" = 4 ]
check "the chosen one can be verified" sh -c "'$aside' replay --verify $voted </dev/null | grep -q '^verified'"
"$aside" ask --vote 3 --temp 0.7 --json 'What is 12 + 7?' >json 2>/dev/null </dev/null
check "a vote as JSON has the groups" grep -q '"votes":\[{"answer":.*"n":.*"n_samples":3' json
check "a vote at temperature 0 is refused" exits 1 "$aside" ask --vote 3 --temp 0 hi
check "a vote of no number is refused" exits 2 "$aside" ask --vote many hi
check "a vote of too many is refused" exits 2 "$aside" eval --vote 65
check "a vote is counted in an evaluation" sh -c "'$aside' eval --family addition -n 1 --vote 2 --temp 0.5 --json </dev/null | grep -q '\"vote\":2'"
check "a vote without a whole answer says so" sh -c "! '$aside' ask --vote 2 --temp 1 -n 3 hi 2>err >/dev/null </dev/null && grep -q 'none of the 2 answers is complete' err"
check "samples are measured" sh -c "'$aside' bench -p 0 -n 2 -r 1 --samples 2 --json </dev/null | grep -q '\"2 samples\"'"

before=$("$aside" history list --json </dev/null | grep -o '"id"' | wc -l)
"$aside" ask --no-save hello >/dev/null 2>&1 </dev/null
check "--no-save keeps nothing" [ "$("$aside" history list --json </dev/null | grep -o '"id"' | wc -l)" = "$before" ]

# history and replay
check "verified replay finds every token again" exits 0 "$aside" replay --verify 1
check "export and import" sh -c "'$aside' history export 1 --format json -o e.json && '$aside' history import e.json >/dev/null"
"$aside" history export 1 --format json | grep '"text"' >a
"$aside" history export "$("$aside" history list --json | grep -o '"id":[0-9]*' | head -1 | cut -d: -f2)" --format json | grep '"text"' >b
check "the import has the same tokens" cmp -s a b
check "show tells tokens with their alternatives" sh -c "'$aside' history show 1 --tokens >tokens && grep -q '^ *1  .*%.*  \"' tokens && grep -q '^answer: perplexity .* uncertain (below 50 %)' tokens && ! grep -q '  token [0-9]' tokens"
check "search finds a prompt" exits 0 "$aside" history search tree --in prompt
check "search keeps to its scope" exits 1 "$aside" history search tree --in title --in title nosuchword
check "rename, tag and pin show in the list" sh -c "'$aside' history rename 2 A new name && '$aside' history tag 2 '#maths' short | grep -qx 'maths short' && '$aside' history pin 2 && '$aside' history list --tag Maths | grep -q '^    2\\* .*  A new name  #maths  #short\$'"
check "a tag can be taken away, a pin too" sh -c "'$aside' history tag 2 -short | grep -qx maths && '$aside' history unpin 2 && '$aside' history list --json new | grep -q '\"pinned\":false,\"tags\":\[\"maths\"\]'"
check "what is deleted is listed apart and comes back" sh -c "'$aside' history delete 2 && ! '$aside' history list | grep -q 'A new name' && '$aside' history list --deleted | grep -q 'A new name' && '$aside' history undelete 2 && '$aside' history list | grep -q 'A new name'"
check "the list in JSON counts tokens" sh -c "'$aside' history list --json | grep -q '\"tokens\":[1-9]'"
check "--now deletes for good" sh -c "'$aside' history delete --now 2 && ! '$aside' history undelete 2 2>/dev/null"
check "completion knows the verbs of history" sh -c "'$aside' completion bash | grep -q 'list show search .*undelete'"
check "a conversation can be deleted once" sh -c "'$aside' history delete 1 && ! '$aside' history delete 1 2>/dev/null"

# errors: one line, the right status
for words in 'nosuch' 'ask --nosuch' 'ask --temp hot' 'eval --family nosuch' 'replay' 'history nosuch' 'score'; do
    # shellcheck disable=SC2086
    check "wrong usage is status 2: $words" exits 2 "$aside" $words
done
check "a missing model is status 1" exits 1 "$aside" ask -m /nosuch.gguf hi
check "and one line" one_line
head -c 100000 "$model" >cut.gguf
check "a cut model is status 1" exits 1 "$aside" ask -m cut.gguf hi
check "and one line that names the file" sh -c 'grep -q "^aside: cut.gguf: " err && [ "$(wc -l <err)" = 1 ]'
echo 'temp = hot' >config
check "a wrong config file is status 1" exits 1 "$aside" ask hi
check "and says its line" grep -q 'config:1: temp' err
rm config
check "an empty prompt is status 1" exits 1 "$aside" ask
check "a prompt that does not fit says by how much" sh -c "yes word | head -5000 | '$aside' ask >/dev/null 2>err; [ \$? = 1 ] && grep -q context err"
if [ -e /dev/full ]; then
    "$aside" ask --temp 0 'What is 12 + 7?' >/dev/full 2>err </dev/null
    check "a full standard output is status 1" [ $? = 1 ]
fi
ASIDE_DATA_DIR=/proc/nosuch "$aside" ask --temp 0 'What is 12 + 7?' >answer2 2>err </dev/null
check "without a place for the history there is still an answer" cmp -s answer answer2
check "and the loss is said" grep -q 'not saved' err

# signals: a long answer, interrupted and killed
long='--predict 100000 --ctx-size 0'
# shellcheck disable=SC2086
"$aside" ask $long --temp 5 --top-p 1 'Tell me about numbers.' >/dev/null 2>&1 </dev/null &
pid=$!
sleep 0.1
kill -INT $pid 2>/dev/null
wait $pid
code=$?
check "Ctrl-C ends with status 130 (or it was done before)" [ "$code" = 130 -o "$code" = 0 ]
check "the history is whole after it" exits 0 "$aside" history stats

# inspection
printf 'Hello, world! 42' | "$aside" tokenize -m "$model" >ids
check "tokenize prints a JSON array" grep -q '^\[[0-9, ]*\]$' ids
check "and decodes to the same text" [ "$("$aside" tokenize -m "$model" --decode <ids)" = 'Hello, world! 42' ]
check "score prints a line a token" [ "$("$aside" score -m "$model" --tokens '5 6 7 8' | grep -c '^[0-9]')" -ge 3 ]
echo '[{"role":"user","content":"Hi"}]' >m.json

# compare: its sums are those of score, a thing compared with itself is the same
"$aside" score --text 'How many r are in strawberry?' | awk -F'\t' '$3 >= 0 && NR > 1 { s -= $4; n++ } END { printf "%.4f\n", s / n }' >sum
"$aside" compare --precision exact,fast --text 'How many r are in strawberry?' >out
check "compare's cross-entropy is score's" grep -q "^cross-entropy *$(cat sum) " out
"$aside" compare --against "$model" --text 'How many r are in strawberry?' >out
check "a model is no distance from itself" grep -q '^most *0.000000$' out
"$aside" ask --temp 0 --seed 1 'How many r are in strawberry?' >/dev/null 2>&1 </dev/null
said=$("$aside" history list --json | grep -o '"id":[0-9]*' | head -1 | cut -d: -f2)
"$aside" compare --conversation "$said" --think on,off >out
check "without its thought the answer is less likely" awk '/^cross-entropy/ { exit !($3 > 2 * $2) }' out
"$aside" compare --conversation "$said" --precision exact,fast --json >json
check "compare --json has totals and tokens" grep -q '"cross_entropy":\[.*"kl":{"mean":.*"tokens":\[{"answer":1,"id":' json
"$aside" quantize --type Q4_0 "$model" q4.gguf >/dev/null 2>&1
"$aside" compare --against q4.gguf --conversation "$said" >out
check "a coarser quantization is some distance away" awk '/^mean/ { exit !($2 > 0) }' out
"$aside" compare --cache-type f16,q8_0 --conversation "$said" >out
check "so is a cache of 8 bits" awk '/^mean/ { exit !($2 > 0) }' out
check "other vocabularies are refused" exits 1 "$aside" compare --against "$here/tests/golden/qwen3-f16.gguf" --text 'How many?'
check "in one line" one_line
for words in 'compare' 'compare --think on,off' 'compare --precision exact,loud' 'compare --cache-type f16,q9' 'compare --against q4.gguf --text a b'; do
    # shellcheck disable=SC2086
    check "wrong usage is status 2: $words" exits 2 "$aside" $words
done
check "a conversation that is not there is status 1" exits 1 "$aside" compare --conversation 999999 --think on,off
check "an empty text is status 1" exits 1 "$aside" compare --precision exact,fast --text ''

# lookup: all of the attention is told, and most of it is where the answer comes from
"$aside" lookup "$said" --of 3 >out
check "the shares of what was looked up add up" awk '/%/ && !/"/ && n < 6 { s += $1; n++ } END { exit !(s > 99.9 && s < 100.1) }' out
check "the thought's result was looked up" grep -q 'thought  Result: 3' out
"$aside" lookup "$said" --of 3 --layer 2 --json >json
check "lookup --json has every token" grep -q '"shares":{.*"tokens":\[{"id":' json
check "words that are not there are status 1" exits 1 "$aside" lookup "$said" --of nosuchword
check "a layer that is not there is status 1" exits 1 "$aside" lookup "$said" --layer 99
check "lookup without a conversation is status 2" exits 2 "$aside" lookup
check "template renders" sh -c "'$aside' template -m '$model' --messages m.json --options '{\"add_generation_prompt\":true}' | grep -q Hi"
check "info says what the file is" sh -c "'$aside' info -m '$model' | grep -q deepseek2"
check "models lists the built-in one" sh -c "'$aside' models | grep -q builtin"
mkdir -p "$home/data/models/folder"
echo '{"model_type":"alien"}' >"$home/data/models/folder/config.json"
head -c 1500000 /dev/zero >"$home/data/models/folder/model.safetensors"
check "models lists folders too, with the reason where one cannot run" sh -c "'$aside' models | grep -q '^folder  *1.5 MB  cannot run: .*alien'"
check "a folder is removed whole" sh -c "'$aside' models remove --yes folder && [ ! -e '$home/data/models/folder' ]"
check "every command has help" sh -c "for c in \$('$aside' help | awk '/^  [a-z]/ {print \$1}'); do '$aside' \$c --help >/dev/null || exit 1; done"
check "bash completion is valid bash" sh -c "command -v bash >/dev/null || exit 0; '$aside' completion bash | bash -n"
for page in "$here"/man/*.in; do
    "$aside" manual "$page" >page 2>/dev/null
    check "no mark is left in $(basename "$page" .in)" sh -c '[ -s page ] && ! grep -q "^@" page'
done
exit $status
