#!/bin/sh
# Our functions must not take the place of a library's: a shared library's own calls would end up
# in ours. (readline exports history_search, for one.)
set -u
build=${BUILD:-build}
ours=$(mktemp) theirs=$(mktemp)
trap 'rm -f "$ours" "$theirs"' EXIT
nm --defined-only "$build/libaside.a" 2>/dev/null | awk '$2 ~ /^[TDBR]$/ {print $3}' | sort -u >"$ours"
ldd "$build/aside" | awk '$3 ~ /^\// {print $3}' | while read -r lib; do
    nm -D --defined-only "$lib"
done | awk '$2 ~ /^[TDBRW]$/ {sub(/@.*/, "", $3); print $3}' | sort -u >"$theirs"
both=$(comm -12 "$ours" "$theirs")
if [ ! -s "$ours" ] || [ ! -s "$theirs" ]; then
    echo "not ok symbols: nm found nothing to compare"
    exit 1
elif [ -n "$both" ]; then
    echo "not ok symbols: also exported by a library:" $both
    exit 1
fi
echo "ok no function of ours has the name of a library's"
