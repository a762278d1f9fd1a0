#!/bin/sh
# What a vote is worth and what it costs: accuracy over all families of `aside eval` for several
# numbers of answers, with the tokens and seconds of a problem. VOTES, TEMP and N (problems of a
# family) change the sizes; arguments go to aside ("-m FILE", "-t 2", "--family addition").
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
aside=${ASIDE:-$here/build/aside}
number() { printf '%s\n' "$row" | sed -n "s/.*\"$1\":\([0-9.e+-]*\).*/\1/p"; }
percent() { number "$1" | awk "{ print 100 * \$1 }"; }
printf '%8s %9s %8s %18s %10s %9s\n' answers problems right '95% interval' tokens seconds
for votes in ${VOTES:-1 4 8}; do
    row=$("$aside" eval --vote "$votes" --temp "${TEMP:-0.7}" -n "${N:-10}" --json "$@" | tail -1)
    [ -n "$row" ] || exit 1
    printf '%8s %9s %7.1f%% %8.1f to %5.1f%% %10.0f %9.2f\n' "$votes" "$(number n)" \
        "$(percent accuracy)" "$(percent low)" "$(percent high)" "$(number tokens)" \
        "$(number seconds)"
done
